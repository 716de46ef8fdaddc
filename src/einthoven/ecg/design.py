"""From sampling rate and number of leads to the numbers the kernels run on: window lengths and row layout.

The filters are sums over windows of whole samples, so the state is exact in integers and any sampling rate
needs only other window lengths (no coefficients to design). From 400 Hz on, samples are first summed in
groups, so that the kernels always run at 100 to 400 steps a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout
from einthoven.ecg.pacing_wake import KEEP as BARREN
from einthoven.ecg.study_layout import T_WORDS, study_table

# Positions in the table of whole numbers that every kernel gets.
(
    RATE_MHZ,
    LEADS,
    GROUP,
    W_SMOOTH,
    W_MEAN,
    W_SLOPE,
    W_ENERGY,
    APART,
    T_ZONE,
    LEARN,
    FIDUCIAL,
    TAIL,
    BIN,
    STEPS_MHZ,
    CLOSE,
    AT_LEADS,
    LEAD_WORDS,
    AT_TAILS,
    TAIL_WORDS,
    AT_CANDIDATES,
    CANDIDATE_WORDS,
    AT_STUDY,
    ROW_WORDS,
    TABLE,
) = range(24)

# The stream's own words of a state row: whole numbers, then floats.
(
    S_NEXT,
    S_FIRST,
    S_PHASE,
    S_STEP,
    S_LEARN_UNTIL,
    S_BEST_AT,
    S_ARMED,
    S_CAND_NEXT,
    S_CAND_COUNT,
    S_BEAT_AT,
    S_BEAT_SAMPLE,
    S_RR_COUNT,
    S_PEAKS,
    S_NOISES,
    S_SECOND,
    S_SECOND_STEPS,
    S_SECOND_WHOLE,
    S_DEADLINE,
    S_BEATS,
    S_MASK,
    S_CLOSE_AT,
    S_CLOSE_ARMED,
    S_CLOSE_LAST,
    S_CLOSE_RUN,
    S_SILENT,
    S_SILENT_FROM,
    S_RR_SHOWN,
    S_BARREN,
    S_GRADES,
    S_REFUSED_AT,
    S_BARREN_RING,
) = range(31)
S_WHOLE_WORDS = S_BARREN_RING + BARREN

SILENT_PAUSE, SILENT_STILL = 1, 2
"""Values of ``S_SILENT``: a pause is told and lasts; asystole. It began at the beat ``S_SILENT_FROM``."""
KEEP = 8
"""How many beats, noise peaks and intervals the running levels look back on."""
S_BEST = S_WHOLE_WORDS
S_BEFORE = S_BEST + 1
S_THRESHOLD = S_BEST + 2
S_SLOPE = S_BEST + 3
S_RATE = S_BEST + 4
S_INTERVAL = S_BEST + 5
S_BACKGROUND = S_BEST + 6
S_CLOSE_BEST = S_BEST + 7
S_CLOSE_MEAN = S_BEST + 8
S_CLOSE_HEIGHT = S_BEST + 9
S_PEAK_RING = S_BEST + 10
S_NOISE_RING = S_PEAK_RING + KEEP
S_RR_RING = S_NOISE_RING + KEEP
STREAM_WORDS = S_RR_RING + KEEP

# Words of each lead: whole numbers, then floats.
(
    L_LAST,
    L_GROUP_SUM,
    L_SUM_1,
    L_SUM_2,
    L_SUM_3,
    L_SUM_E,
    L_MIN,
    L_MAX,
    L_BAD,
    L_RAIL,
    L_RAIL_LOW,
    L_RAIL_HIGH,
    L_BLANK_UNTIL,
    L_QUALITY,
    L_BEATS,
    L_WHOLE_WORDS,
) = range(16)
BINS = 5
L_BIN_BAND = L_WHOLE_WORDS
L_BIN_HIGH = L_BIN_BAND + BINS
L_SCALE = L_BIN_HIGH + BINS
L_UNIT_UV = L_SCALE + 1
L_WEIGHT = L_SCALE + 2
L_CAP = L_SCALE + 3
L_LEVEL = L_SCALE + 4
L_NOISE = L_SCALE + 5
L_SHOWN = L_SCALE + 6
"""A whole number: the quality that is told. The analysis goes by ``L_QUALITY``."""
L_PEAK = L_SCALE + 7
L_PROVEN = L_SCALE + 8
LEAD_WORDS_COUNT = L_SCALE + 9

# Words of a candidate: whole numbers, then floats, then the height in each lead, then the slope in each. Once
# it is a beat, its slope is that over the usual beat's.
C_AT, C_SAMPLE, C_STATE, C_HEIGHT, C_SLOPE, C_MARGIN, C_LEAD_HEIGHTS = range(7)
C_BARREN = 3
"""State of a candidate that is the trace of a pulse; 0: open, 1: too near, 2: a beat."""
CANDIDATES = 32
"""Candidates kept for looking back: over four seconds of them at the closest spacing."""


@dataclass(frozen=True, slots=True)
class Design:
    """The numbers of one combination of sampling rate and number of leads.

    Attributes:
        rate_mhz: sampling rate in millihertz.
        leads: leads of a stream.
        table: int64[TABLE], what the kernels read.
        study: int64[T_TABLE], the same for the second stage.
        unit: energy that a 1 mV, 100 ms triangle gives when a sample's unit is 1 µV; scales energies to
            "microvolts of QRS".
    """

    rate_mhz: int
    leads: int
    table: NDArray[np.int64]
    study: NDArray[np.int64]
    unit: float

    @property
    def row_words(self) -> int:
        """Eight-byte words of one stream's state."""
        return int(self.table[ROW_WORDS])


def design(rate_mhz: int, leads: int) -> Design:
    """Window lengths and row layout for ``rate_mhz`` millihertz and ``leads`` leads.

    Windows follow Hamilton's detector (2002): two smoothing means of 25 ms, a mean of 125 ms taken away, a
    difference over 10 ms, a mean of 80 ms over its magnitude.
    """
    table = np.zeros(TABLE, np.int64)
    table[RATE_MHZ], table[LEADS] = rate_mhz, leads
    group = max(1, rate_mhz // 200_000)
    table[GROUP], table[STEPS_MHZ] = group, rate_mhz // group
    per_ms = rate_mhz / group / 1e6

    def steps(ms: float, least: int = 1) -> int:
        return max(least, int(ms * per_ms + 0.5))

    table[W_SMOOTH], table[W_MEAN] = steps(25, 2), steps(125, 5)
    table[W_SLOPE], table[W_ENERGY] = steps(10), steps(80, 4)
    table[APART], table[T_ZONE] = steps(200), steps(360)
    table[CLOSE] = steps(150)
    table[LEARN], table[FIDUCIAL], table[BIN] = steps(3000), steps(90), steps(200)
    table[TAIL] = table[APART] + table[W_ENERGY] + table[W_SLOPE] + table[FIDUCIAL] + 4
    tail = 2 * table[W_SMOOTH] + table[W_MEAN] + 2 * table[TAIL]
    table[AT_LEADS], table[LEAD_WORDS] = STREAM_WORDS, LEAD_WORDS_COUNT
    table[TAIL_WORDS] = tail + tail % 2
    table[AT_TAILS] = 2 * (table[AT_LEADS] + leads * table[LEAD_WORDS])
    table[CANDIDATE_WORDS] = C_LEAD_HEIGHTS + 2 * leads
    table[AT_CANDIDATES] = (table[AT_TAILS] + leads * table[TAIL_WORDS]) // 2
    table[AT_STUDY] = table[AT_CANDIDATES] + CANDIDATES * table[CANDIDATE_WORDS]
    study = study_table(rate_mhz, leads)
    table[ROW_WORDS] = table[AT_STUDY] + study[T_WORDS]
    return Design(rate_mhz, leads, table, study, _unit(table))


def _unit(table: NDArray[np.int64]) -> float:
    """Largest energy of a triangle 1000 units high and 100 ms wide."""
    group = int(table[GROUP])
    rate = table[RATE_MHZ] / 1000
    at = np.arange(int(rate)) / rate
    wave = np.maximum(0.0, 1 - np.abs(at - 0.5) / 0.05) * 1000
    wave = wave[: len(wave) // group * group].reshape(-1, group).sum(axis=1)
    box = np.ones(table[W_SMOOTH])
    smooth = np.convolve(np.convolve(wave, box), box)
    width = int(table[W_MEAN])
    mean = np.convolve(smooth, np.ones(width))
    band = width * np.pad(smooth, (width // 2, width))[: len(mean)] - mean
    slope = np.abs(band[table[W_SLOPE] :] - band[: -table[W_SLOPE]])
    return float(np.convolve(slope, np.ones(table[W_ENERGY])).max()) / 1000


def blank_row(plan: Design, layout: Layout) -> NDArray[np.float64]:
    """The state of a stream of which no sample was seen: float64[row_words].

    Whole numbers in it are read through an int64 or int32 view of the same memory.
    """
    row = np.zeros(plan.row_words)
    whole = row.view(np.int64)
    whole[S_NEXT] = -1
    for index, lead in enumerate(layout.leads):
        at = int(plan.table[AT_LEADS] + index * plan.table[LEAD_WORDS])
        half = 1 << (lead.resolution - 1)
        whole[at + L_RAIL_LOW] = max(-32767, lead.adc_zero - half)
        whole[at + L_RAIL_HIGH] = min(32767, lead.adc_zero + half - 1)
        microvolts = 1000.0 / lead.gain
        row[at + L_UNIT_UV] = microvolts
        row[at + L_SCALE] = microvolts / plan.unit
    return row
