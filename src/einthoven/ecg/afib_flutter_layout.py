"""Words of the state of ``afib_flutter``."""

from __future__ import annotations

(
    PHASE,
    SEQ,
    START,
    LAST,
    HITS,
    MISSES,
    HZ,
    SUM_SHARE,
    SUM_UV,
    SUM_RR,
    WAVES,
    WAVES_FROM,
    WAVES_LAST,
    WORDS,
) = range(14)
"""Whether an episode is under way or told; its running number, onset and last window; windows that show it,
and windows since that do not; mean frequency; sums over the windows: share explained, height, interval.
Windows that show waves without a pause, sure enough to doubt P waves; where the first begins; the last."""
