"""Numba kernels of the live picture: which columns are complete, and their smallest and largest sample.

Column ``c`` at ``spc`` samples per column holds the samples ``ceil(c·spc) … ceil((c+1)·spc) − 1``, computed
in float64 by one multiplication and one ``ceil``, so that Python, the kernels and a page's JavaScript agree
to the sample and runs join whatever the instant at which they are cut.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE

I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
HOLE = np.int16(INVALID_SAMPLE)


@njit(cache=True, nogil=True)
def column_of(sample: int, spc: float) -> int:
    """The column that sample ``sample`` (≥ 0) falls in: the number of columns that end at or before it."""
    column = math.floor(sample / spc)
    while math.ceil((column + 1) * spc) <= sample:
        column += 1
    while column > 0 and math.ceil(column * spc) > sample:
        column -= 1
    return column


@njit(cache=True, nogil=True)
def columns_of(samples: I64, spc: F64) -> I64:
    """``column_of`` for each stream of a view: int64[k], float64[k] → int64[k]."""
    columns = np.empty(len(samples), np.int64)
    for k in range(len(samples)):
        columns[k] = column_of(samples[k], spc[k])
    return columns


@njit(cache=True, nogil=True)
def min_max(samples: I16, first: int, lead: int, start: int, stop: int, spc: float) -> I16:
    """Pairs (min, max) of columns ``start … stop − 1`` of one lead, int16[2·(stop − start)].

    ``samples`` is int16[n, leads] from sample index ``first``. Columns without a valid sample, also those
    outside ``samples``, hold ``INVALID_SAMPLE`` twice; a column that is valid in part shows that part.
    """
    pairs = np.empty(2 * (stop - start), np.int16)
    n = samples.shape[0]
    for column in range(start, stop):
        low = max(math.ceil(column * spc) - first, 0)
        high = min(math.ceil((column + 1) * spc) - first, n)
        least = HOLE
        most = HOLE
        for index in range(low, high):
            value = samples[index, lead]
            if value == HOLE:
                continue
            if least == HOLE:
                least = value
                most = value
            elif value < least:
                least = value
            elif value > most:
                most = value
        pairs[2 * (column - start)] = least
        pairs[2 * (column - start) + 1] = most
    return pairs


def warm() -> None:
    """Compile (or load from cache) every kernel, so that the first screen does not wait for it."""
    samples = np.zeros((4, 1), np.int16)
    columns_of(np.zeros(1, np.int64), np.ones(1, np.float64))
    column_of(0, 1.0)
    min_max(samples, 0, 0, 0, 2, 2.0)
