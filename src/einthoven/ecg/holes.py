"""Samples that a lead did not measure, a few in a row: what a device drops, not a lead that is off.

Bridged without delay, so that nothing waits for the sample behind a hole, and one by one, so that it does not
matter where blocks are cut.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner

I16 = NDArray[np.int16]
SHORT_MS = 20
"""A hole no longer than this, in samples that a lead did not measure, is bridged: the filters hold the value
before it, and what is kept of it becomes a straight line once a sample is measured again."""
HELD_BITS = 5
UNMEASURED = (1 << HELD_BITS) - 1
"""The last value measured and how many samples are missing since share a word; as many as fit: nothing was
measured yet, or not for long."""


@inner
def short_hole(rate_mhz: int) -> int:
    """How many samples in a row may be missing before the lead is silenced: 2 at 100 Hz, 20 at 1000 Hz."""
    return int(SHORT_MS * rate_mhz // 1_000_000)


@inner
def bridge(r: I16, at: int, ring: int, group: int, here: int, missing: int, last: int, value: int) -> int:
    """Turn what is kept of a short hole into a line from ``last`` to ``value``, the sample ``here`` since the
    samples began; returns what the line adds to the group that is not whole yet."""
    more, open_from = 0, here // group * group
    for k in range(missing):
        sample = here - missing + k
        more += (2 * (k + 1) * (value - last) + missing + 1) // (2 * (missing + 1))
        if sample < open_from and ((sample + 1) % group == 0 or k == missing - 1):
            place = at + sample // group % ring
            r[place] = min(max(r[place] + (2 * more + group) // (2 * group), -32767), 32767)
            more = 0
    return more
