"""Words of the rhythm stage's state, and where it finds its thresholds.

The state is ``WORDS`` eight-byte words: the stream's own, the last beats, the last ectopic beats, and a slot
for every condition that can be open. Whole numbers are read through the int64 view ``w``, the others through
``f``.
"""

from __future__ import annotations

from einthoven.base.thresholds import position
from einthoven.ecg.kinds import whole

# The stream's own words. V_: the run of ventricular beats that goes on; A_: of supraventricular ones;
# EARLY_: of provisional ventricular ones; X_: provisional intervals; N_: normal beats; FAST_: the stretch of
# fast beats; DROP_: a dropped beat that is not yet judged. HOLED: like UNUSABLE, seconds in which every lead
# was blank for a while; UNHEARD: leads are fit, but nothing of a heart was found in them for long; DOUBT,
# NOISE: how little the last beats look like a heart's, and whether they are noise; UNSURE, UNLIKE, ODD,
# ODD_S: how unsure their classes are, how unlike each other they are, whether they are odd (1) or nothing
# to go by (2), and the seconds of the latter; SINUS_FROM: no sinus rhythm, paced rhythm or pause before;
# WIDE_RUN: fast beats of wide complexes in a row; PACING: a paced rhythm was told, and some of the last
# beats are paced. WAVY: waves of one frequency fill the line between beats: maybe (1), surely (2). PULSE_:
# pulses that keep a pace of their own (``rhythm_pacer``): the newest, the pace in samples, the first with a
# beat of the heart's own since the pulse before, how many of those, how many others since, how many came soon
# after the beat, shortest and longest time since it in ms, how many beats a pulse may have led.
(
    NOW,
    LAST_SEQ,
    SECOND,
    UNUSABLE,
    VF_OPEN,
    AF_OPEN,
    COUNT,
    LOST_S,
    P_EVER,
    SINUS_RR,
    V_TOTAL,
    V_SURE,
    V_START,
    V_SUM,
    V_FAST,
    V_SHAPE,
    V_SHAPES,
    V_SIGN,
    V_SAME,
    V_TWISTS,
    V_COUPLING,
    V_LAST,
    V_GOES_ON,
    A_TOTAL,
    A_SURE,
    A_START,
    A_SUM,
    A_FAST,
    A_COUPLING,
    A_LAST,
    EARLY_COUNT,
    EARLY_START,
    EARLY_SUM,
    EARLY_NTH,
    EARLY_OVER,
    EARLY_OPEN,
    EARLY_SHAPE,
    EARLY_SHAPES,
    EARLY_SLOWEST,
    EARLY_FASTEST,
    FAST_BEATS,
    FAST_START,
    FAST_BEFORE,
    SLOW_URGENT,
    SLOW_EMERGENT,
    CYCLES_B,
    CYCLES_T,
    CYCLES_A,
    DROPPED,
    DROP_START,
    DROP_RR,
    DROP_BEFORE_1,
    DROP_BEFORE_2,
    DROP_AFTER,
    TWO_TO_ONE,
    TWO_START,
    SPIKES_LOST,
    SPIKES_BLIND,
    V_COUNT,
    A_COUNT,
    X_COUNT,
    N_COUNT,
    N_WIDTH,
    HOLED,
    UNHEARD,
    DOUBT,
    NOISE,
    UNSURE,
    UNLIKE,
    ODD,
    ODD_S,
    SINUS_FROM,
    WIDE_RUN,
    PACING,
    WAVY,
    PULSE_LAST,
    PULSE_GAP,
    PULSE_FROM,
    PULSE_OWN,
    PULSE_NONE,
    PULSE_BLIND,
    PULSE_NEAR,
    PULSE_FAR,
    PULSE_LED,
    OWN_WORDS,
) = range(85)

KEEP = 16
"""Last beats kept."""
R_SAMPLE, R_RR, R_CLASS, R_PR, R_P, RING_WORDS = range(6)
"""Words of a kept beat. ``R_P``: state of the P wave, and 4 × (P waves since the beat before + 1)."""
HIDDEN = 16
"""Added to the number of P waves between two beats for each of them that was not seen, only reckoned."""
APART = 256
"""Added to it when the P waves march through the beats at a pace of their own."""
RING = OWN_WORDS
TIMES = 24
"""Last ectopic beats kept: bounds what can be counted in a minute."""
V_TIMES = RING + KEEP * RING_WORDS
A_TIMES = V_TIMES + TIMES
X_KEEP = 16
"""Last intervals of provisional beats kept."""
X_RING = A_TIMES + TIMES

# Slots of what can be open.
(
    VENTRICULAR,
    ATRIAL_RUN,
    BIGEMINY,
    TRIGEMINY,
    ATRIAL_PATTERN,
    MANY_V,
    MANY_A,
    SLOW,
    FAST,
    SINUS_VARIES,
    SILENCE,
    LONG_PR,
    DROPS,
    NO_CONDUCTION,
    JUNCTION,
    PACER,
    CAPTURE,
    SENSING,
    LOST,
    TOO_SLOW,
    TOO_FAST,
    SINUS,
    SLOTS,
) = (whole(number) for number in range(23))
L_SEQ, L_KIND, L_START, L_LAST, L_V0 = range(5)
"""Words of a slot: running number (0 not open), kind, onset, last sample it held at, six evidence values.
While not open, an onset other than -1 is that of a condition that has not lasted long enough."""
SLOT_WORDS = 10
SLOT = X_RING + X_KEEP
WORDS = SLOT + SLOTS * SLOT_WORDS
ROWS_MAX = 48
"""Rows that one call may append."""

(
    LAST_P,
    CYCLE_MS,
    CYCLES,
    STRAYS,
    OFFSET_MS,
    OFFSETS,
    CENTRE,
    LAST_WIDTH,
    LAST_PR,
    STRANGE,
    UNSEEN,
    LEAST_RP,
    MOST_RP,
    LEAST_PR,
    MOST_PR,
    MARCHED,
    ATRIA_RING,
) = range(17)
MARCH_BEATS = 10
"""Intervals over which P waves that march through an escape rhythm are followed."""
M_P, M_BEGIN, M_END, M_BEAT, MARCH_WORDS = range(5)
ATRIA_HEAD = ATRIA_RING + MARCH_BEATS * MARCH_WORDS
"""Behind ``WORDS``, of the search for P waves (``rhythm_p_waves``): sample of the newest P wave (0: none
known), interval of the atria, how often it was measured and how often in a row it was not kept, what PR is
more than the time from the middle of P to the fiducial point, how often that was measured and with the usual
P wave's middle how many steps before the QRS complex, QRS width and PR of the beat before; whether the form
is one that was found between beats, not before them, in how many intervals in a row it was not seen, and how
near and how far it lay from the beats before and behind it, ms; how many intervals were followed; then of all
of those the sample of the last P wave (0: none), where the line on which it would have been seen begins and
ends, and the beat; then the usual P wave."""

# Classes of beats as kept; DOUBTED is added for one that may start nothing.
NORMAL, ATRIAL, VENTRICLE, FUSION, UNKNOWN, PACE = range(6)
DOUBTED = 8

WIDE_MS, WIDER, WIDTHS = 140.0, 1.5, 16
"""A beat is wide from this width on, if it is so many times as wide as the normal ones, of which so many must
be known."""

P_UNKNOWN, P_ABSENT, P_SEEN = 0, 1, 2

TH_CONFIDENCE = position("analysis.detect.confidence")
TH_LOST_S = position("analysis.detect.lost_s")
TH_P_SEEN = position("analysis.detect.p_seen")
TH_P_ABSENT = position("analysis.detect.p_absent")
TH_PAUSE = position("pause.detect.interval_ms")
TH_PAUSE_LONG = position("pause.daily.interval_ms")
TH_PAUSE_RATIO = position("pause.detect.ratio")
TH_SLOW = position("bradycardia.detect.rate_bpm")
TH_SLOW_S = position("bradycardia.detect.duration_s")
TH_URGENT = position("bradycardia.urgent.rate_bpm")
TH_URGENT_S = position("bradycardia.urgent.duration_s")
TH_EMERGENT = position("bradycardia.emergent.rate_bpm")
TH_EMERGENT_S = position("bradycardia.emergent.duration_s")
TH_FAST = position("tachycardia.detect.rate_bpm")
TH_FAST_S = position("tachycardia.detect.duration_s")
TH_SVT = position("svt.detect.rate_bpm")
TH_SVT_BEATS = position("svt.detect.beats")
TH_SVT_ONSET = position("svt.detect.onset_ratio")
TH_SVT_SPREAD = position("svt.detect.spread")
TH_RUN = position("supraventricular_run.detect.beats")
TH_RUN_RATE = position("supraventricular_run.detect.rate_bpm")
TH_PAC = position("pac.detect.per_min")
TH_PVC = position("pvc.detect.per_min")
TH_BIGEMINY = position("bigeminy.detect.ectopic")
TH_TRIGEMINY = position("trigeminy.detect.ectopic")
TH_VT_BEATS = position("vt.detect.beats")
TH_VT = position("vt.detect.rate_bpm")
TH_SUSTAINED_S = position("vt.detect.sustained_s")
TH_SHAPE = position("vt.detect.shape_change")
TH_NOISE = position("vt.detect.noise_change")
TH_TORSADE = position("vt.detect.torsade_rate_bpm")
TH_ACCELERATED = position("ivr.detect.accelerated_bpm")
TH_PR = position("avb.detect.pr_ms")
TH_PR_BEATS = position("avb.detect.pr_beats")
TH_PR_STEP = position("avb.detect.pr_step_ms")
TH_MISSING = position("avb.detect.missing_ratio")
TH_JUNCTION_BEATS = position("junctional.detect.beats")
TH_JUNCTION = position("junctional.detect.rate_bpm_max")
TH_VARIES = position("sinus_arrhythmia.detect.range_ms")
TH_PACED = position("paced.detect.beats")
TH_SPIKES = position("paced.detect.lost_spikes")
TH_CAPTURE = position("paced.detect.capture_ms")
TH_SENSING = position("paced.detect.sensing_ms")
TH_TOO_SLOW = position("extreme_rate.detect.slow_bpm")
TH_TOO_SLOW_BEATS = position("extreme_rate.detect.slow_beats")
TH_TOO_FAST = position("extreme_rate.detect.fast_bpm")
TH_TOO_FAST_BEATS = position("extreme_rate.detect.fast_beats")
