"""The rhythm stage over a whole list of beats, in the order of calls that the live ward keeps to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.thresholds import Thresholds
from einthoven.ecg.findings import COLUMNS, Finding, fold
from einthoven.ecg.fingerprint import crc_of
from einthoven.ecg.rhythm_kernels import beat, begin, finish, provisional, second, tick
from einthoven.ecg.rhythm_layout import ROWS_MAX, WORDS

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

BEAT = np.dtype(
    [
        ("sample", "<i8"),
        ("rr_ms", "<i8"),
        ("code", "<i8"),
        ("early", "<i8"),
        ("conf", "<f8"),
        ("width_ms", "<i8"),
        ("p_score", "<f8"),
        ("pr_ms", "<i8"),
        ("p_between", "<i8"),
        ("shape", "<f8"),
        ("peak_uv", "<f8"),
    ]
)
"""One beat as ``rhythm_kernels.beat`` takes it; ``early`` is its provisional class."""
FINAL_AFTER_MS = 2500
"""A beat is final when two more were detected, or when it is this old."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """What is known of each second of a record besides its beats.

    Attributes:
        usable: int64[seconds], leads fit for detection.
        vf_open: int64[seconds], 1 while ventricular fibrillation is open.
        af_open: int64[seconds], 1 while atrial fibrillation is open.
    """

    usable: I64
    vf_open: I64
    af_open: I64

    @staticmethod
    def quiet(seconds: int) -> Seconds:
        """So many seconds with one good lead and no fibrillation."""
        return Seconds(np.ones(seconds, np.int64), np.zeros(seconds, np.int64), np.zeros(seconds, np.int64))


def blank(rows: int = 1) -> F64:
    """States of ``rows`` streams of which nothing was seen: float64[rows, WORDS]."""
    state = np.zeros((rows, WORDS))
    for row in state:
        begin(row, row.view(np.int64))
    return state


def vector(thresholds: Thresholds) -> F64:
    """The kernels' numbers as float64[...]."""
    return np.array(thresholds.vector())


def blank_beats(samples: I64, codes: I64, rate_mhz: int) -> NDArray[np.void]:
    """``BEAT`` rows of sure beats at ``samples`` of which only the class is known."""
    rows = np.zeros(len(samples), BEAT)
    rows["sample"], rows["code"], rows["early"] = samples, codes, codes
    rows["rr_ms"][1:] = (np.diff(samples) * 1_000_000 + rate_mhz // 2) // rate_mhz
    rows["conf"], rows["p_score"], rows["p_between"], rows["shape"] = 1.0, -1.0, -1, -1.0
    return rows


SOURCES = (
    "ecg/findings.py",
    "ecg/jit.py",
    "ecg/kinds.py",
    "ecg/rhythm.py",
    "ecg/rhythm_conduction.py",
    "ecg/rhythm_ectopic.py",
    "ecg/rhythm_extreme.py",
    "ecg/rhythm_groups.py",
    "ecg/rhythm_kernels.py",
    "ecg/rhythm_layout.py",
    "ecg/rhythm_pacer.py",
    "ecg/rhythm_rate.py",
    "ecg/rhythm_sinus.py",
    "ecg/rhythm_slots.py",
    "ecg/rhythm_ventricular.py",
    "base/thresholds.py",
)
"""What the compiled rules depend on."""


def _compile(version: int) -> Callable[..., tuple[int, int]]:
    """``follow``, kept on disk under ``version``."""

    @njit(cache=True, nogil=True)
    def follow(
        state: F64, th: F64, beats: NDArray[np.void], usable: I64, vf_open: I64, af_open: I64, first: int,
        stop: int, ready: int, rate_mhz: int, end: bool, out: F64, n: int,
    ) -> tuple[int, int]:  # fmt: skip
        """Seconds ``first`` to ``stop`` of a record.

        Args:
            state: float64[WORDS].
            th: thresholds.
            beats: all beats of the record, ``BEAT`` rows.
            usable: leads fit for detection, each second of the record; likewise ``vf_open`` and ``af_open``.
            vf_open: as in ``tick``.
            af_open: as in ``tick``.
            first: first second.
            stop: second after the last.
            ready: beats that were final before ``first``.
            rate_mhz: sampling rate in millihertz.
            end: no second follows: the last beats are final, whatever is open is closed.
            out: rows. n: rows so far. Returns rows and beats that are final now.
        """
        w = state.view(np.int64)
        assert version >= 0
        here = (first * rate_mhz + 999) // 1000
        seen = 0
        while seen < len(beats) and beats[seen]["sample"] < here:
            seen += 1
        for index in range(first, stop):
            now = ((index + 1) * rate_mhz + 999) // 1000
            if n + ROWS_MAX * 8 > len(out):
                break
            n = tick(state, w, th, now, usable[index], vf_open[index], af_open[index], rate_mhz, out, n)
            while seen < len(beats) and beats[seen]["sample"] < now:
                b = beats[seen]
                n = provisional(
                    state, w, th, b["sample"], b["rr_ms"], b["early"], b["shape"], rate_mhz, out, n
                )
                seen += 1
            aged = now - FINAL_AFTER_MS * rate_mhz // 1_000_000
            last = end and index == stop - 1
            while ready < seen and (last or ready + 2 < seen or beats[ready]["sample"] <= aged):
                b = beats[ready]
                n = beat(
                    state, w, th, b["sample"], b["rr_ms"], b["code"], b["conf"], b["width_ms"], b["p_score"],
                    b["pr_ms"], b["p_between"], b["shape"], b["peak_uv"], rate_mhz, out, n,
                )  # fmt: skip
                ready += 1
            since = (now - beats[seen - 1]["sample"]) * 1000.0 / rate_mhz if seen > 0 else -1.0
            n = second(state, w, th, now, since, rate_mhz, out, n)
        if end:
            n = finish(state, w, out, n)
        return n, ready

    compiled: Callable[..., tuple[int, int]] = follow
    return compiled


follow = _compile(crc_of(SOURCES, "einthoven"))


def rows_of(
    beats: NDArray[np.void], seconds: Seconds, rate_mhz: int, thresholds: Thresholds, end: bool = True
) -> F64:
    """Rows that a record's beats give, float64[n, COLUMNS]; with ``end``, what is open then is closed."""
    state = blank()[0]
    out = np.zeros((64 + ROWS_MAX * 16 + 8 * len(beats) + 4 * len(seconds.usable), COLUMNS))
    n, _ = follow(
        state, vector(thresholds), beats, seconds.usable, seconds.vf_open, seconds.af_open, 0,
        len(seconds.usable), 0, rate_mhz, end, out, 0,
    )  # fmt: skip
    return out[:n]


def find(
    beats: NDArray[np.void], seconds: Seconds, rate_mhz: int, thresholds: Thresholds, end: bool = True
) -> list[Finding]:
    """Findings of a record's beats, as ``rows_of``."""
    return fold(rows_of(beats, seconds, rate_mhz, thresholds, end))
