"""Words of the fibrillation stage's state: the stream's own, then those of each lead."""

from __future__ import annotations

from einthoven.ecg.fibrillation_leads import LEAD_WORDS

# Whole numbers. VF_: the open fibrillation or flutter, or the seconds that may become one (STEADY:
# 1 while a tachycardia is told whose beats are counted one by one); A_: asystole; A_MOVED: end of the last
# second in which every fit lead moved as in beats, or none was fit; A_BUSY: such seconds in a row.
(
    LAST_SEQ,
    FILLED,
    VF_OPEN,
    VF_SEQ,
    VF_START,
    VF_RISE,
    VF_HIGH,
    VF_LOW,
    VF_LOW_AT,
    VF_WINDOWS,
    VF_JUDGED_AT,
    VF_LEADS,
    VF_END,
    VF_STEADY,
    A_OPEN,
    A_SEQ,
    A_START,
    A_LEADS,
    A_MOVED,
    A_BUSY,
    WHOLE_WORDS,
) = range(21)
# Floats.
SCORE = WHOLE_WORDS
"""Log odds of a shockable rhythm at the last judged second."""
CHANCE_VF = SCORE + 1
CHANCE_VT = SCORE + 2
SUM_CHANCE = SCORE + 3
SUM_MATCH = SCORE + 4
SUM_UV = SCORE + 5
SUM_HZ = SCORE + 6
LATE_VF = SCORE + 7
LATE_VT = SCORE + 8
LATE_HZ = SCORE + 9
LATE_NOISE = SCORE + 10
A_TOP_UV = SCORE + 11
A_USUAL_UV = SCORE + 12
SCORE_SUM, SUMMED = SCORE + 13, 8
AT_LEADS = SCORE_SUM + SUMMED
"""SUM_: over the run of seconds; LATE_: the same with a memory of four seconds; ``SCORE_SUM`` and behind it:
over the leads of one second (log odds, chances of tachycardia and fibrillation, leads described, match, µV,
Hz; how much like noise the least such lead is)."""


def words(leads: int) -> int:
    """Words of the state of a stream of that many leads; all zero where nothing was seen."""
    return AT_LEADS + leads * LEAD_WORDS
