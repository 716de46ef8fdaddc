"""What was found in a recording, as WFDB annotations (R41).

Beats by their own codes, ``+`` where the rhythm changes, ``[`` and ``]`` round ventricular fibrillation and
flutter, and notes (``"``) for episodes, symptoms and gaps.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.kinds import BY_CODE, VENTRICULAR_FIBRILLATION, VENTRICULAR_FLUTTER
from einthoven.interop.recording import Mark, Recording
from einthoven.interop.wfdb_annotations import CODES, NOTE, Annotations

BEATS_AT_A_TIME = 1 << 16
TEXT_MAX = 255
"""Bytes of a note (annot(5)): a longer one is cut between two characters."""
WAVES = frozenset(BY_CODE[code].name for code in (VENTRICULAR_FIBRILLATION, VENTRICULAR_FLUTTER))
_BEFORE, _BEHIND = 0, 1
_Row = tuple[int, int, int, str]
"""Sample, whether it stands before or behind a beat of that sample, code, text."""


def marked(recording: Recording) -> Iterator[Annotations]:
    """The annotations of a recording, piece by piece, for ``annotation_pieces``.

    Notes read ``KIND begins`` and ``KIND ends`` for an episode (``KIND`` alone where it has no length),
    ``symptom: WORDS``, and ``gap begins: CAUSE`` and ``gap ends``.
    """
    rows = sorted(
        chain(
            ((sample, _BEFORE, CODES["+"], aux) for sample, aux in recording.rhythm),
            *(_rows(mark) for mark in recording.marks),
        )
    )
    beats = recording.beats
    place = np.array([row[0] for row in rows], np.int64)
    behind = np.array([row[1] for row in rows], bool)
    samples = np.ascontiguousarray(beats["sample"])
    where = np.where(
        behind, np.searchsorted(samples, place, "right"), np.searchsorted(samples, place, "left")
    )
    order = np.argsort(where, kind="stable")
    for first in range(0, max(1, len(beats)), BEATS_AT_A_TIME):
        stop = first + BEATS_AT_A_TIME
        last = stop >= len(beats)
        taken = order[(where[order] >= first) & ((where[order] < stop) | last)]
        yield _piece(beats[first:stop], where[taken] - first, [rows[at] for at in taken.tolist()])


def _piece(beats: NDArray[np.void], where: NDArray[np.int64], rows: list[_Row]) -> Annotations:
    """Beats with the other rows put in before beat number ``where``."""
    sample = np.insert(beats["sample"], where, [row[0] for row in rows])
    code = np.insert(beats["code"], where, np.array([row[2] for row in rows], np.uint8))
    aux = [""] * len(sample)
    for turn, (at, row) in enumerate(zip(where.tolist(), rows, strict=True)):
        aux[at + turn] = cut(row[3], TEXT_MAX)
    return Annotations.of(sample, code, tuple(aux) if rows else ())


def _rows(mark: Mark) -> Iterator[_Row]:
    if mark.kind == "symptom":
        yield mark.start, _BEFORE, NOTE, f"symptom: {mark.text}"
        return
    name = "gap" if mark.kind == "gap" else mark.code
    more = f": {mark.code}" if mark.kind == "gap" and mark.code else ""
    ends = mark.stop is not None and mark.stop > mark.start
    yield mark.start, _BEFORE, NOTE, f"{name} begins{more}" if ends else f"{name}{more}"
    wave = mark.kind == "episode" and mark.code in WAVES
    if wave:
        yield mark.start, _BEFORE, CODES["["], ""
    if ends and mark.stop is not None:
        if wave:
            yield mark.stop - 1, _BEHIND, CODES["]"], ""
        yield mark.stop, _BEFORE, NOTE, f"{name} ends"


def cut(text: str, size: int) -> str:
    """The first ``size`` bytes of a text, cut between two characters."""
    return text.encode()[:size].decode("utf-8", "ignore")
