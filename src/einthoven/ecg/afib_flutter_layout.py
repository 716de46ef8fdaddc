"""Words of the state of ``afib_flutter``."""

from __future__ import annotations

PHASE, SEQ, START, LAST, HITS, MISSES, HZ, SUM_SHARE, SUM_UV, SUM_RR, WORDS = range(11)
"""Whether an episode is under way or told; its running number, onset and last window; windows that show it,
and windows since that do not; mean frequency; sums over the windows: share explained, height, interval."""
