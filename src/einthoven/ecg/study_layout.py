"""Where the second stage of the analysis keeps what it knows of one stream.

The first stage (``kernels``) finds beats. The second looks at their shape: it keeps the last seconds of
signal at about 125 samples a second, the beats that wait for their class, and the shapes that this patient's
beats have.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg import pacing
from einthoven.ecg.afib_flutter_layout import WORDS as FLUTTER_WORDS
from einthoven.ecg.afib_kernels import WORDS as AFIB_WORDS
from einthoven.ecg.beats import ARTEFACT, FUSION, NORMAL, SUPRAVENTRICULAR, VENTRICULAR
from einthoven.ecg.fibrillation_layout import words as fibrillation_words
from einthoven.ecg.rhythm_layout import ATRIA_HEAD
from einthoven.ecg.rhythm_layout import WORDS as RHYTHM_WORDS
from einthoven.ecg.waves_p import words

GRID_MS = 8
GRID_HZ = 125.0
"""Step of the grid on which shapes are compared, at every sampling rate."""
BEFORE, AFTER = 64, 64
"""Grid points of a beat's window before its fiducial point, and from it on: 512 ms each."""
WINDOW = BEFORE + AFTER
SHIFT = 3
"""Grid points by which two beats are moved to fit: 24 ms each way."""
QRS_FROM, QRS_TO = BEFORE - 14, BEFORE + 18
P_FROM, P_TO = BEFORE - 33, BEFORE - 8
T_FROM, T_TO = BEFORE + 20, BEFORE + 56
SHAPES = 8
"""Shapes kept for one patient; one more place holds the beat before, one more the unhurried beat."""
LAST, UNHURRIED = SHAPES, SHAPES + 1
QUEUE = 40
"""Beats that wait to be measured: all candidates of a learning time at once, and some."""
BEATS = 16
"""Measured beats kept: those that wait for their class and those that give the context."""
RING_S = 10
"""Seconds of signal kept."""
RR_KEPT = 32
"""Intervals kept for the patient's usual rhythm."""

# The stage's own whole numbers, then floats.
(
    D_FIRST,
    D_COUNT,
    D_PHASE,
    D_QUEUED,
    D_TAKEN,
    D_MEASURED,
    D_FINAL,
    D_RR_COUNT,
    D_NN_COUNT,
    D_SHAPES,
    D_UNUSUAL,
    D_WHOLE,
) = range(12)
UNUSUAL_MS = 120.0
"""``D_UNUSUAL``: how many beats in a row, up to the last one measured, are of another shape than the
reference, or no narrower than this."""
D_RR = D_WHOLE
D_NN = D_RR + RR_KEPT
D_SLOW = D_NN + RR_KEPT
"""Slow mean of the relative change from interval to interval."""
D_BASE = D_SLOW + 1
D_RUN = D_BASE + 1
"""Usual interval before the present run of early beats, ms; how many beats the run has."""
D_LEADS = D_RUN + 1
"""Of each lead: sum of the group under way (whole), last value (whole)."""

# Of a beat in the queue: whole numbers, then floats.
Q_SAMPLE, Q_MASK, Q_HEIGHT, Q_SLOPE, Q_MARGIN, Q_WORDS = range(6)

# Of a shape, floats; then ``WINDOW`` float32 points of every lead.
(
    H_COUNT,
    H_TOTAL,
    H_ID,
    H_EARLY,
    H_WIDTH,
    H_P,
    H_P_SPREAD,
    H_RESID,
    H_RESID_SPREAD,
    H_T,
    H_T_SPREAD,
    H_JUDGED,
    H_CHANCES,
) = range(13)
H_POINTS = H_CHANCES + 5
"""``H_ID``: number of the shape, counted in ``D_SHAPES`` since the samples began and never used again."""

CLASSES = 5
"""N, S, V, F, artefact."""

# Of a measured beat: whole numbers, then floats.
B_SAMPLE, B_RR, B_TOLD, B_CODE, B_SHAPE, B_MARKS = range(6)
EARLY_BIT, TEMPLATE_BIT = 16, 32
"""What ``B_TOLD`` holds, which is told of a beat and decides nothing: from bit 0 on the leads that took part,
from ``EARLY_BIT`` on its interval over the usual one in thousandths and 1 (0: not known), from
``TEMPLATE_BIT`` on the number of its shape (``H_ID``)."""
B_CHANCES = B_MARKS
B_VALUES = B_CHANCES + CLASSES

VALUES = (
    "corr_ref",
    "corr_ref_min",
    "amp_ref",
    "resid_ref",
    "corr_near",
    "share_near",
    "early_near",
    "width_near",
    "is_ref",
    "corr_prev",
    "width",
    "width_low",
    "width_ref",
    "sharp",
    "sharp_ref",
    "polarity",
    "polarity_ref",
    "p_corr",
    "p_resid",
    "p_energy",
    "p_best",
    "p_lag",
    "t_corr",
    "t_area",
    "noise",
    "height",
    "slope",
    "margin",
    "area_ref",
    "amp_uv",
    "jump",
    "flat_before",
    "ref_share",
    "p_usual",
    "p_odd",
    "p_height_ref",
    "resid_odd",
    "t_odd",
    "irregular_slow",
    "r_base",
    "run",
    "base_ratio",
    "slow_p",
    "slow_p_odd",
    "slow_p_best",
    "slow_p_lag",
    "slow_corr",
    "r_slow",
    "p_score",
    "p_solid",
    "p_rr",
)
"""What is measured of each beat's shape."""
(
    V_CORR_REF,
    V_CORR_REF_MIN,
    V_AMP_REF,
    V_RESID_REF,
    V_CORR_NEAR,
    V_SHARE_NEAR,
    V_EARLY_NEAR,
    V_WIDTH_NEAR,
    V_IS_REF,
    V_CORR_PREV,
    V_WIDTH,
    V_WIDTH_LOW,
    V_WIDTH_REF,
    V_SHARP,
    V_SHARP_REF,
    V_POLARITY,
    V_POLARITY_REF,
    V_P_CORR,
    V_P_RESID,
    V_P_ENERGY,
    V_P_BEST,
    V_P_LAG,
    V_T_CORR,
    V_T_AREA,
    V_NOISE,
    V_HEIGHT,
    V_SLOPE,
    V_MARGIN,
    V_AREA_REF,
    V_AMP_UV,
    V_JUMP,
    V_FLAT_BEFORE,
    V_REF_SHARE,
    V_P_USUAL,
    V_P_ODD,
    V_P_HEIGHT_REF,
    V_RESID_ODD,
    V_T_ODD,
    V_IRREGULAR_SLOW,
    V_R_BASE,
    V_RUN,
    V_BASE_RATIO,
    V_SLOW_P,
    V_SLOW_P_ODD,
    V_SLOW_P_BEST,
    V_SLOW_P_LAG,
    V_SLOW_CORR,
    V_R_SLOW,
    V_P_SCORE,
    V_P_SOLID,
    V_P_RR,
) = range(len(VALUES))
BEAT_WORDS = B_VALUES + len(VALUES)

(
    T_RATE_MHZ,
    T_LEADS,
    T_GROUP,
    T_RING,
    T_AT_QUEUE,
    T_AT_BEATS,
    T_AT_SHAPES,
    T_SHAPE_WORDS,
    T_AT_P,
    T_P_WORDS,
    T_AT_RHYTHM,
    T_AT_PACING,
    T_AT_FLUTTER,
    T_AT_AFIB,
    T_AT_FIBRILLATION,
    T_AT_RING,
    T_WORDS,
    T_TABLE,
) = range(18)


def study_table(rate_mhz: int, leads: int) -> NDArray[np.int64]:
    """Sizes and places for ``rate_mhz`` millihertz and ``leads`` leads, int64[T_TABLE]."""
    table = np.zeros(T_TABLE, np.int64)
    group = max(1, (rate_mhz + 62_500) // 125_000)
    table[T_RATE_MHZ], table[T_LEADS], table[T_GROUP] = rate_mhz, leads, group
    table[T_RING] = RING_S * rate_mhz // (1000 * group) + 8
    table[T_AT_QUEUE] = D_LEADS + 2 * leads
    table[T_AT_BEATS] = table[T_AT_QUEUE] + QUEUE * Q_WORDS
    table[T_AT_SHAPES] = table[T_AT_BEATS] + BEATS * BEAT_WORDS
    table[T_SHAPE_WORDS] = H_POINTS + (leads * WINDOW + 1) // 2
    table[T_AT_P] = table[T_AT_SHAPES] + (SHAPES + 2) * table[T_SHAPE_WORDS]
    table[T_P_WORDS] = words(leads, GRID_HZ)
    table[T_AT_RHYTHM] = table[T_AT_P] + table[T_P_WORDS]
    table[T_AT_PACING] = table[T_AT_RHYTHM] + RHYTHM_WORDS + ATRIA_HEAD + table[T_P_WORDS]
    table[T_AT_FLUTTER] = table[T_AT_PACING] + pacing.words(leads)
    table[T_AT_AFIB] = table[T_AT_FLUTTER] + FLUTTER_WORDS
    table[T_AT_FIBRILLATION] = table[T_AT_AFIB] + AFIB_WORDS
    table[T_AT_RING] = table[T_AT_FIBRILLATION] + fibrillation_words(leads)
    table[T_WORDS] = table[T_AT_RING] + (leads * table[T_RING] + 3) // 4
    return table


CODES = (NORMAL, SUPRAVENTRICULAR, VENTRICULAR, FUSION, ARTEFACT)
"""The code of each class of the forests."""

(
    O_BLOCK,
    O_SAMPLE,
    O_RR,
    O_MASK,
    O_CODE,
    O_CONF,
    O_FINAL,
    O_WIDTH,
    O_P_SCORE,
    O_P_RR,
    O_CORR_PREV,
    O_SHAPE,
    O_CORR_REF,
    O_EARLY,
    O_DOUBT,
    OUT,
) = range(16)
"""What is told of a beat, whole numbers: block, sample, interval in ms, leads, code, confidence in
thousandths (0: not classed yet), whether final, QRS width in ms, how well the usual P wave is seen in
thousandths (−1 unknown), PR in ms (0 unknown), likeness to the beat before in thousandths (−1 unknown),
number of its shape (``H_ID``, 0 unknown), likeness to the reference and interval over the usual one, both in
thousandths (−1 unknown), how little it looks like a heart's in thousandths (−1 unknown)."""
