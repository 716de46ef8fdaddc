"""What the live analysis says of a stream: beats, and the quality of each lead and second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BEAT = np.dtype(
    [
        ("sample", "<i8"),
        ("code", "u1"),
        ("late", "u1"),
        ("leads", "<u2"),
        ("rr_ms", "<u2"),
        ("conf", "<u2"),
        ("template", "<i8"),
    ]
)
"""One beat (R10).

``sample`` index of its fiducial point (the largest deflection of the QRS complex); ``code`` as WFDB numbers
annotations, see below; ``late`` 1 when it came out of samples that arrived late (R12); ``leads`` bit mask of
the leads that took part; ``rr_ms`` interval to the beat before, milliseconds, 0 where there is none since the
samples began or the last gap; ``conf`` how sure the class is, in thousandths, 0 before there is one;
``template`` number of the shape that its QRS complex was found to be like, counted from 1 since the samples
began or the last gap, 0 where none is known (or beyond ``TEMPLATE_MAX``).
"""
TEMPLATE_MAX = 65_535
"""A shape a minute for six weeks."""
SHAPE = 11
"""Column of what ``Bay.advance`` tells that has that number: ``study_layout.O_SHAPE``."""

NORMAL, VENTRICULAR, FUSION, SUPRAVENTRICULAR, PACED, UNCLASSED, ARTEFACT = 1, 5, 6, 9, 12, 13, 16
"""Codes: N, V, F, S, / and Q, and |, which looks like a QRS complex and is none: no beat, kept to be seen."""
GRADES = 14
"""Code of a row that is no beat: the quality of each lead from its sample on (``~``), see ``grades_of``."""
GRADE_BITS, GRADES_A_FIELD = 3, 5
"""How a row of grades holds them: three bits a lead, five leads each in ``leads``, ``rr_ms`` and ``conf``."""
GRADE_UNKNOWN = 7
GRADES_EVERY_S = 60
"""Rows of grades are told when a lead's quality changes, and at every whole minute."""


def beat_rows(told: NDArray[np.int64], late: NDArray[np.uint8] | int = 0) -> NDArray[np.void]:
    """``BEAT`` rows of what ``Bay.advance`` tells, in the order told: a beat is told again when its class is
    known. Rows of grades are among them."""
    rows = np.zeros(len(told), BEAT)
    rows["sample"], rows["rr_ms"], rows["leads"] = told[:, 1], told[:, 2], told[:, 3]
    rows["code"], rows["conf"], rows["late"] = told[:, 4], told[:, 5], late
    shape = told[:, SHAPE]
    rows["template"] = np.where((rows["code"] != GRADES) & (shape <= TEMPLATE_MAX), shape, 0)
    return rows


def last_told(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Each beat once, as it was told last, in order of time; rows of grades too."""
    return rows[last_places(rows)]


def last_places(rows: NDArray[np.void]) -> NDArray[np.int64]:
    """Where in ``rows`` each beat was told last, in order of time: int64[n]."""
    _, place = np.unique(order(rows)[::-1], return_index=True)
    last: NDArray[np.int64] = len(rows) - 1 - place
    return last


def order(rows: NDArray[np.void]) -> NDArray[np.int64]:
    """Numbers, int64[n], by which rows are sorted and told apart: grades stand before a beat of the same
    sample."""
    place: NDArray[np.int64] = 2 * rows["sample"].astype(np.int64) + (rows["code"] != GRADES)
    return place


def beats_of(rows: NDArray[np.void]) -> NDArray[np.void]:
    """The rows that are beats."""
    beats: NDArray[np.void] = rows[rows["code"] != GRADES]
    return beats


def grades_of(rows: NDArray[np.void], leads: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """What rows of grades say.

    Returns:
        (int64[n], uint8[n, leads]): from which sample on each lead is of which quality.
    """
    told = rows[rows["code"] == GRADES]
    lead = np.arange(leads)
    fields = np.stack([told["leads"], told["rr_ms"], told["conf"]], axis=1).astype(np.int64)
    packed = fields[:, lead // GRADES_A_FIELD] >> GRADE_BITS * (lead % GRADES_A_FIELD)
    grades = (packed & GRADE_UNKNOWN).astype(np.uint8)
    grades[grades == GRADE_UNKNOWN] = UNKNOWN
    return told["sample"].astype(np.int64), grades


GOOD = 0
NOISY = 1
UNUSABLE = 2
LEAD_OFF = 3
FLAT = 4
SATURATED = 5
UNKNOWN = 255

QUALITY_NAMES: dict[int, str] = {
    GOOD: "good",
    NOISY: "noisy",
    UNUSABLE: "unusable",
    LEAD_OFF: "lead-off",
    FLAT: "flat",
    SATURATED: "saturated",
    UNKNOWN: "unknown",
}
"""Quality of one lead over one second: *good*; *noisy* (detect, do not classify); *unusable* (too noisy to
detect); *lead-off* (the transmitter measured nothing); *flat* (no signal at all); *saturated* (at the
converter's rails); *unknown* (the second is not wholly there)."""
