"""How a simulated transmitter is doing: battery, electrodes, signal, link (R4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE, Layout

GOOD, NOISY, UNUSABLE, UNKNOWN = range(4)
_NOISY_MV = 0.06
_UNUSABLE_MV = 0.25


@dataclass(frozen=True, slots=True)
class Battery:
    """A battery that drains in a straight line.

    Attributes:
        percent: charge at the start.
        hours: life of a full charge.
    """

    percent: float = 100.0
    hours: float = 24.0 * 7

    def at(self, elapsed_s: float) -> int:
        """Percent left after ``elapsed_s`` seconds."""
        return max(0, round(self.percent - elapsed_s / 36.0 / self.hours))


def lead_off(samples: NDArray[np.int16]) -> int:
    """Bit i set when more than half of lead i's samples are ``INVALID_SAMPLE``; 0 for no samples."""
    if not len(samples):
        return 0
    share = np.mean(samples == INVALID_SAMPLE, axis=0)
    return int(sum(1 << lead for lead, off in enumerate(share) if off > 0.5))


def quality(samples: NDArray[np.int16], layout: Layout) -> tuple[int, ...]:
    """Per lead good, noisy, unusable or unknown, from the median second difference of a second or so.

    Muscle and mains noise lie far above the slow waves between the beats, and the median does not see QRS.
    """
    if len(samples) < 8:
        return (UNKNOWN,) * len(layout.leads)
    off = lead_off(samples)
    found = []
    for number, lead in enumerate(layout.leads):
        bend = np.diff(samples[:, number].astype(np.float64), n=2) / lead.gain
        rough = float(np.median(np.abs(bend)))
        if off >> number & 1:
            found.append(UNKNOWN)
        else:
            found.append(UNUSABLE if rough > _UNUSABLE_MV else NOISY if rough > _NOISY_MV else GOOD)
    return tuple(found)
