"""How much each lead counts for where the beats are. The views ``f``, ``w`` and table ``p`` are as in
``kernels``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.beats import FLAT, LEAD_OFF
from einthoven.ecg.design import (
    AT_LEADS,
    C_HEIGHT,
    C_LEAD_HEIGHTS,
    C_SLOPE,
    L_CAP,
    L_LEVEL,
    L_NOISE,
    L_PEAK,
    L_QUALITY,
    L_WEIGHT,
    LEAD_WORDS,
    LEADS,
    S_BACKGROUND,
    S_MASK,
)
from einthoven.ecg.jit import inner

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

LEVEL_FLOOR_UV = 60.0
"""A lead whose beats are lower than this (microvolts of QRS) is not amplified further."""


@inner
def silent(w: I64, at: int) -> bool:
    """Whether the lead at ``at`` shows nothing: it was off, or stood still, in the last second."""
    return bool(w[at + L_QUALITY] in (LEAD_OFF, FLAT))


@inner
def heard(w: I64, p: I64) -> int:
    """How many leads show something."""
    count = 0
    for lead in range(p[LEADS]):
        count += not silent(w, p[AT_LEADS] + lead * p[LEAD_WORDS])
    return count


@inner
def set_weights(f: F64, w: I64, p: I64) -> None:
    """Weigh each lead by how far its beats stand above its background; beats have joint height 1.

    A lead that shows nothing has no background either: where others show something, it has no weight.
    """
    total, background = 0.0, 0.0
    mask = np.int64(0)
    others = heard(w, p) > 0
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        level = max(f[at + L_LEVEL], LEVEL_FLOOR_UV)
        ratio = f[at + L_NOISE] / level
        share = 1.0 / (ratio * ratio + 0.01)
        if f[at + L_LEVEL] < LEVEL_FLOOR_UV:
            share *= 0.1
        if others and silent(w, at):
            share = 0.0
        f[at + L_WEIGHT] = share
        f[at + L_CAP] = 2.5 * level
        total += share
        if w[at + L_QUALITY] < 2 or w[at + L_QUALITY] == 255:
            mask |= np.int64(1) << lead
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        f[at + L_WEIGHT] /= total * max(f[at + L_LEVEL], LEVEL_FLOOR_UV)
        background += f[at + L_WEIGHT] * f[at + L_NOISE]
    f[S_BACKGROUND] = background
    w[S_MASK] = mask


@inner
def weigh_candidate(f: F64, p: I64, row: int) -> None:
    """Joint height and slope of a candidate under the leads' present weights."""
    leads = p[LEADS]
    height, slope = 0.0, 0.0
    for lead in range(leads):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        height += f[at + L_WEIGHT] * min(f[row + C_LEAD_HEIGHTS + lead], f[at + L_CAP])
        slope += f[at + L_WEIGHT] * f[row + C_LEAD_HEIGHTS + leads + lead]
    f[row + C_HEIGHT] = height
    f[row + C_SLOPE] = slope


@inner
def peak_height(f: F64, p: I64) -> float:
    """Joint height of the highest point so far under the leads' present weights."""
    best = 0.0
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        best += f[at + L_WEIGHT] * min(f[at + L_PEAK], f[at + L_CAP])
    return best
