"""At which speed a strip was played, told from the ECG itself where nothing else tells it (R6).

Width of the tallest waves, at half their height: in 269 strips of 9 to 20 s (mitdb DS1, svdb, cudb, cinc2017)
16 to 69 ms as recorded, hence 5 to 23 ms at threefold speed. Clearly wider is single speed, narrower
threefold; between, the distance of the beats decides where it can, since no heart beats at 30/min for long
under a telephone: else nothing is said.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.telephone.demodulate import MID_HZ

F64 = NDArray[np.float64]
WIDE_MS, NARROW_MS = 30.0, 10.0
WIDE_APART_S: Final = 0.3
"""Wide waves closer than this may be a ventricular rhythm at threefold speed."""
SLOW_S: Final = 0.67
"""Of beats this far apart at threefold speed, the heart's own would be 2 s apart."""
PEAKS_LEAST: Final = 4
TALL_HZ: Final = 8.0
"""What is lower is no wave but the noise of a tone that rests."""


def speed_of(hz: F64, flags: NDArray[np.uint8]) -> int:
    """1 or 3, or 0 where it cannot be told; of 5 s or more of frequencies 750 a second."""
    widths, apart = _waves(hz, flags)
    if len(widths) < PEAKS_LEAST:
        return 0
    width = float(np.median(widths)) * 1000 / MID_HZ
    beat_s = float(np.median(apart)) / MID_HZ
    if width <= NARROW_MS:
        return 3 if beat_s < SLOW_S else 0
    return 1 if beat_s >= (WIDE_APART_S if width >= WIDE_MS else SLOW_S) else 0


def _mean(hz: F64, size: int) -> F64:
    return np.convolve(np.pad(hz, size // 2, mode="edge"), np.ones(size) / size, "valid")


def _waves(hz: F64, flags: NDArray[np.uint8]) -> tuple[list[float], list[float]]:
    """Widths of the tallest waves, and how far they are apart, in values."""
    smooth = _mean(hz, 5)
    tall = np.abs(smooth - _mean(smooth, 187))
    tall[flags != 0] = 0.0
    highest = float(np.percentile(tall, 99))
    if highest < TALL_HZ:
        return [], []
    least = 0.6 * highest
    places: list[int] = []
    above = np.concatenate([[False], tall > least, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1])
    for begin, stop in zip(edges[::2], edges[1::2], strict=True):
        at = int(begin) + int(np.argmax(tall[begin:stop]))
        if places and at - places[-1] < MID_HZ // 10:
            if tall[at] > tall[places[-1]]:
                places[-1] = at
        else:
            places.append(at)
    widths = [_width(tall, at) for at in places]
    return widths, [float(b - a) for a, b in pairwise(places)]


def _width(tall: F64, at: int) -> float:
    half = 0.5 * tall[at]
    left, right = at, at
    while left > 0 and tall[left] > half:
        left -= 1
    while right < len(tall) - 1 and tall[right] > half:
        right += 1
    # Between samples, as a straight line has it.
    begin = left + (half - tall[left]) / max(1e-9, tall[left + 1] - tall[left])
    stop = right - (half - tall[right]) / max(1e-9, tall[right - 1] - tall[right])
    return float(max(0.0, stop - begin))
