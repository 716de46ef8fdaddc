"""The stage of atrial fibrillation over a whole list of beats, in the order of calls of the live ward."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.thresholds import Thresholds
from einthoven.ecg.afib_kernels import ROWS_MAX, WORDS, beat, begin, finish, second
from einthoven.ecg.findings import COLUMNS, Finding, fold
from einthoven.ecg.fingerprint import crc_of
from einthoven.ecg.trees import Forest, Trees, load_forest

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

BEAT = np.dtype([("sample", "<i8"), ("rr_ms", "<i8"), ("code", "<i8"), ("p_score", "<f8")])
"""One beat as ``afib_kernels.beat`` takes it."""
FINAL_AFTER_MS = 2500
"""A beat is final when two more were detected, or when it is this old."""
MODEL = "afib"
SOURCES = (
    "ecg/afib.py",
    "ecg/afib_features.py",
    "ecg/afib_kernels.py",
    "ecg/findings.py",
    "ecg/jit.py",
    "ecg/kinds.py",
    "ecg/trees.py",
    "base/thresholds.py",
    "base/thresholds.toml",
)
"""What the compiled kernel depends on."""


def trees_of(forest: Forest) -> Trees:
    """A forest as the kernels take it."""
    return forest.feature, forest.threshold, forest.child, forest.root


def blank() -> F64:
    """The state of a stream of which nothing was seen, float64[WORDS]."""
    state = np.zeros(WORDS)
    begin(state, state.view(np.int64))
    return state


def beats_of(samples: I64, codes: I64, rate_mhz: int, p_scores: F64 | None = None) -> NDArray[np.void]:
    """``BEAT`` rows of beats at ``samples``, int64[n], of the classes ``codes``, int64[n]."""
    rows = np.zeros(len(samples), BEAT)
    rows["sample"], rows["code"] = samples, codes
    rows["rr_ms"][1:] = (np.diff(samples) * 1_000_000 + rate_mhz // 2) // rate_mhz
    rows["p_score"] = -1.0 if p_scores is None else p_scores
    return rows


def _compile(version: int) -> Callable[..., tuple[int, int]]:
    """``follow``, kept on disk under ``version``."""

    @njit(cache=True, nogil=True)
    def follow(
        state: F64,
        th: F64,
        trees: Trees,
        beats: NDArray[np.void],
        first: int,
        stop: int,
        ready: int,
        rate_mhz: int,
        out: F64,
        n: int,
    ) -> tuple[int, int]:
        assert version >= 0
        w = state.view(np.int64)
        seen = ready
        for index in range(first, stop):
            now = ((index + 1) * rate_mhz + 999) // 1000
            while seen < len(beats) and beats[seen]["sample"] < now:
                seen += 1
            aged = now - FINAL_AFTER_MS * rate_mhz // 1_000_000
            while ready < seen and (ready + 2 < seen or beats[ready]["sample"] <= aged):
                b = beats[ready]
                n = beat(
                    state,
                    w,
                    th,
                    trees,
                    now,
                    b["sample"],
                    b["rr_ms"],
                    b["code"],
                    b["p_score"],
                    rate_mhz,
                    out,
                    n,
                )
                ready += 1
            n = second(state, w, th, trees, now, rate_mhz, out, n)
        return n, ready

    compiled: Callable[..., tuple[int, int]] = follow
    return compiled


follow = _compile(crc_of(SOURCES, "einthoven"))
"""Seconds ``first`` to ``stop`` of a record.

Args:
    state: float64[WORDS].
    th: thresholds.
    trees: the forest's arrays.
    beats: all beats of the record, ``BEAT`` rows.
    first, stop: first second, and second after the last.
    ready: beats that were final before ``first``.
    rate_mhz: sampling rate in millihertz.
    out, n: rows, and how many there are already; room for ``ROWS_MAX`` a beat and second.

Returns:
    Rows, and beats that are final now.
"""


def rows_of(
    beats: NDArray[np.void], samples: int, rate_mhz: int, thresholds: Thresholds, forest: Forest | None = None
) -> F64:
    """Rows that a record's beats give, float64[n, COLUMNS]; what is open at its end is closed there.

    Args:
        beats: ``BEAT`` rows.
        samples: the record's length.
        rate_mhz: sampling rate in millihertz.
        thresholds: the table of thresholds.
        forest: another judge than the one in the package.
    """
    th = np.array(thresholds.vector())
    trees = trees_of(load_forest(MODEL) if forest is None else forest)
    seconds = -(-samples * 1000 // rate_mhz)
    out = np.zeros((ROWS_MAX * (len(beats) // 8 + 16), COLUMNS))
    state = blank()
    n, _ = follow(state, th, trees, beats, 0, seconds + 3, 0, rate_mhz, out, 0)
    n = finish(state, state.view(np.int64), th, trees, samples, rate_mhz, out, n)
    return out[:n]


def find(
    beats: NDArray[np.void], samples: int, rate_mhz: int, thresholds: Thresholds, forest: Forest | None = None
) -> list[Finding]:
    """Findings of a record's beats, as ``rows_of``."""
    return fold(rows_of(beats, samples, rate_mhz, thresholds, forest))


def rhythm_marks(findings: list[Finding], samples: int) -> list[tuple[int, str]]:
    """Rhythm changes of WFDB as they are scored: ``(AFIB`` where an episode begins, ``(N`` where it ends."""
    changes: list[tuple[int, str]] = []
    for finding in findings:
        changes.append((finding.start, finding.kind.aux))
        end = samples if finding.end is None else finding.end
        if end < samples:
            changes.append((end, "(N"))
    return changes
