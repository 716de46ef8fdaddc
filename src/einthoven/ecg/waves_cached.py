"""The kernels of a whole record's waves, kept compiled on disk until a source of theirs changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.fingerprint import crc_of
from einthoven.ecg.waves_record import steady_borders, trace_record

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I16 = NDArray[np.int16]

SOURCES = ("jit.py", "waves_cached.py", "waves_record.py", "waves_beat.py", "waves_kernels.py", "waves_p.py")


def _compile(version: int) -> Callable[..., Any]:
    @njit(nogil=True, cache=True)
    def trace(
        samples: I16,
        microvolts: F64,
        group: int,
        fs: float,
        at: I64,
        code: I64,
        usual: F64,
        borders: I64,
        sure: F64,
        evidence: F64,
        learn_first: int,
        steady: bool,
    ) -> I64:
        if version < 0:
            return borders
        # The usual P wave of the first beats is learned before they are judged.
        first = min(learn_first, len(at))
        trace_record(samples, microvolts, group, fs, at[:first], code[:first], usual, borders, sure, evidence)
        trace_record(samples, microvolts, group, fs, at, code, usual, borders, sure, evidence)
        if steady:
            return steady_borders(borders, at, code, fs * group)
        return borders

    return trace


trace_beats = _compile(crc_of(SOURCES))
"""``trace_record`` of all beats, after a first pass over ``learn_first`` of them, then ``steady_borders``.

Returns:
    int64[beats, leads + 1, MARKS].
"""
