"""Every kind of finding: its number, its name, what its evidence values mean, and what it is in a WFDB file.

Numbers are stored and never used again for another kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from einthoven.base.thresholds import shipped

Priority = Literal["high", "medium", "low", "none"]
Stage = Literal["rhythm", "afib", "flutter", "fibrillation", "st"]


def whole(number: int) -> int:
    """A whole number that is no literal to numba, which compiles a function anew for each of those."""
    return cast("int", np.int64(number))


# Ventricular.
VENTRICULAR_FIBRILLATION = whole(1)
VENTRICULAR_FLUTTER = whole(2)
ASYSTOLE = whole(3)
VENTRICULAR_TACHYCARDIA = whole(10)
NSVT = whole(11)
SUSTAINED_VT = whole(12)
TORSADE = whole(13)
VENTRICULAR_RUN = whole(14)
AIVR = whole(15)
IVR = whole(16)
VENTRICULAR_COUPLET = whole(17)
VENTRICULAR_BIGEMINY = whole(18)
VENTRICULAR_TRIGEMINY = whole(19)
FREQUENT_VENTRICULAR = whole(20)
# Supraventricular.
ATRIAL_FIBRILLATION = whole(30)
ATRIAL_FLUTTER = whole(31)
SVT = whole(32)
SUPRAVENTRICULAR_RUN = whole(33)
SUPRAVENTRICULAR_COUPLET = whole(34)
ATRIAL_BIGEMINY = whole(35)
FREQUENT_SUPRAVENTRICULAR = whole(36)
# Rate.
SINUS_BRADYCARDIA = whole(40)
SINUS_TACHYCARDIA = whole(41)
SINUS_ARRHYTHMIA = whole(42)
BRADYCARDIA = whole(43)
TACHYCARDIA = whole(44)
PAUSE = whole(45)
EXTREME_BRADYCARDIA = whole(46)
EXTREME_TACHYCARDIA = whole(47)
SINUS_RHYTHM = whole(48)
# Conduction.
AV_BLOCK_1 = whole(50)
MOBITZ_1 = whole(51)
MOBITZ_2 = whole(52)
AV_BLOCK_2_TO_1 = whole(53)
AV_BLOCK_HIGH_GRADE = whole(54)
AV_BLOCK_3 = whole(55)
JUNCTIONAL = whole(56)
# Pacemaker.
PACED = whole(60)
CAPTURE_FAILURE = whole(61)
SENSING_FAILURE = whole(62)
# Repolarisation.
ST_ELEVATION = whole(70)
ST_DEPRESSION = whole(71)
# What could not be said.
UNDETERMINED = whole(80)
ANALYSIS_LOST = whole(81)


@dataclass(frozen=True, slots=True)
class Value:
    """One evidence value of a kind.

    Attributes:
        name: what it is, kebab-free, unit last when it has one (``rate_bpm``).
        unit: unit, ``""`` for a bare number.
        limit: key of the threshold it was compared with (``base/thresholds.toml``), or ``""``.
    """

    name: str
    unit: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding.

    Attributes:
        code: its number in a row.
        name: its name outside.
        priority: of the alarm it may raise (IEC 60601-1-8), before the physician's criteria have their say.
        stage: who tells it; a running number belongs to one stage.
        values: what V0, V1, … mean; a value of -1 in a column that cannot be negative is "not known".
        aux: its rhythm in a WFDB ``+`` annotation, or ``""``.
        rank: among rhythms that hold at once, the highest is written.
        rule: name of the rule, of those in ``base/thresholds.toml``.
    """

    code: int
    name: str
    priority: Priority
    stage: Stage
    values: tuple[Value, ...]
    aux: str = ""
    rank: int = 0
    rule: str = ""

    @property
    def version(self) -> int:
        """Of the rule, as the table of thresholds has it."""
        return shipped().rules[self.rule]

    def compared(self, limits: Mapping[str, float]) -> dict[str, float]:
        """What its values are compared with, by name of the value, out of a table's values by key."""
        return {value.name: limits[value.limit] for value in self.values if value.limit in limits}


def _v(*columns: str) -> tuple[Value, ...]:
    """Values written ``name|unit|key of the limit``, the latter two optional."""
    return tuple(Value(*column.split("|")) for column in columns)


_RUN = (
    "shape_change||vt.detect.shape_change",
    "polymorphic",
    "provisional",
)
_VT = _v("beats|beats|vt.detect.beats", "rate_bpm|bpm|vt.detect.rate_bpm", "fastest_rr_ms|ms", *_RUN)
_SLOW_RUN = _v("beats|beats", "rate_bpm|bpm|vt.detect.rate_bpm", "fastest_rr_ms|ms", *_RUN)
_PATTERN = "beats|beats"
_S_RUN = _v(
    "beats|beats|supraventricular_run.detect.beats",
    "rate_bpm|bpm|supraventricular_run.detect.rate_bpm",
    "fastest_rr_ms|ms",
)
_COUPLET = _v("rr_ms|ms", "coupling_ms|ms", "mean_rr_ms|ms")
_P = "p_seen_share"
_SINUS = _v(_P, "beats|beats", "usual_rate_bpm|bpm")
_BRADY = _v(
    "rate_bpm|bpm|bradycardia.detect.rate_bpm",
    "lowest_rate_bpm|bpm",
    "below_urgent_s|s|bradycardia.urgent.duration_s",
    "below_emergent_s|s|bradycardia.emergent.duration_s",
    _P,
    "in_atrial_fibrillation",
)
_TACHY = _v(
    "rate_bpm|bpm|tachycardia.detect.rate_bpm",
    "highest_rate_bpm|bpm",
    "beats|beats|svt.detect.beats",
    "onset_ratio||svt.detect.onset_ratio",
    _P,
    "in_atrial_fibrillation",
)
_SVT = _v(
    "rate_bpm|bpm|svt.detect.rate_bpm",
    "highest_rate_bpm|bpm",
    "beats|beats|svt.detect.beats",
    "onset_ratio||svt.detect.onset_ratio",
    _P,
    "in_atrial_fibrillation",
)
_DROPS = _v(
    "dropped|beats",
    "pr_first_ms|ms",
    "pr_last_ms|ms",
    "pr_after_ms|ms",
    "rr_ms|ms",
    "rate_bpm|bpm|avb.emergent.rate_bpm",
)
_AF = _v(
    "chance",
    "rate_bpm|bpm",
    "beats|beats",
    "irregularity_pct|%",
    _P,
    "duration_s|s|atrial_fibrillation.detect.duration_s",
)
_FLUTTER = _v(
    "explained_share",
    "atrial_rate_bpm|bpm",
    "rate_bpm|bpm",
    "wave_height_uv|µV",
    "windows",
    "duration_s|s|atrial_fibrillation.detect.duration_s",
)
_VF = _v(
    "chance",
    "judged_s|s",
    "lead_count",
    "amplitude_uv|µV",
    "duration_s|s|ventricular_fibrillation.detect.duration_s",
    "main_frequency_hz|Hz",
)
_STILL = _v(
    "step_share",
    "still_s|s|asystole.detect.duration_s",
    "lead_count",
    "largest_step_uv|µV",
    "duration_s|s",
    "usual_step_uv|µV",
)
_ST = _v(
    "level_uv|µV|st.detect.level_uv",
    "reference_uv|µV",
    "lead",
    "slope_uv_per_s|µV/s",
    "seconds|s|st.detect.duration_s",
)

KINDS: tuple[Kind, ...] = (
    Kind(VENTRICULAR_FIBRILLATION, "ventricular-fibrillation", "high", "fibrillation", _VF, "", 100, "vf"),
    Kind(VENTRICULAR_FLUTTER, "ventricular-flutter", "high", "fibrillation", _VF, "", 100, "vf"),
    Kind(ASYSTOLE, "asystole", "high", "fibrillation", _STILL, "(ASYS", 99, "asystole"),
    Kind(VENTRICULAR_TACHYCARDIA, "ventricular-tachycardia", "high", "rhythm", _VT, "(VT", 90, "vt"),
    Kind(NSVT, "nonsustained-ventricular-tachycardia", "medium", "rhythm", _VT, "(VT", 90, "vt"),
    Kind(SUSTAINED_VT, "sustained-ventricular-tachycardia", "high", "rhythm", _VT, "(VT", 90, "vt"),
    Kind(TORSADE, "torsade-de-pointes", "high", "rhythm", _VT, "(VT", 90, "vt"),
    Kind(VENTRICULAR_RUN, "ventricular-run", "low", "rhythm", _SLOW_RUN, "(VT", 89, "vt"),
    Kind(AIVR, "accelerated-idioventricular-rhythm", "low", "rhythm", _SLOW_RUN, "(IVR", 87, "vt"),
    Kind(IVR, "idioventricular-rhythm", "medium", "rhythm", _SLOW_RUN, "(IVR", 87, "vt"),
    Kind(VENTRICULAR_COUPLET, "ventricular-couplet", "low", "rhythm", _COUPLET, rule="vt"),
    Kind(
        VENTRICULAR_BIGEMINY,
        "ventricular-bigeminy",
        "low",
        "rhythm",
        _v("ectopic|beats|bigeminy.detect.ectopic", _PATTERN),
        "(B",
        60,
        "pattern",
    ),
    Kind(
        VENTRICULAR_TRIGEMINY,
        "ventricular-trigeminy",
        "low",
        "rhythm",
        _v("ectopic|beats|trigeminy.detect.ectopic", _PATTERN),
        "(T",
        59,
        "pattern",
    ),
    Kind(
        FREQUENT_VENTRICULAR,
        "frequent-ventricular-beats",
        "low",
        "rhythm",
        _v("most_per_min|1/min|pvc.detect.per_min", _PATTERN),
        rule="ectopic-count",
    ),
    Kind(ATRIAL_FIBRILLATION, "atrial-fibrillation", "medium", "afib", _AF, "(AFIB", 70, "af"),
    Kind(ATRIAL_FLUTTER, "atrial-flutter", "medium", "flutter", _FLUTTER, "(AFL", 71, "af"),
    Kind(SVT, "supraventricular-tachycardia", "medium", "rhythm", _SVT, "(SVTA", 66, "tachycardia"),
    Kind(SUPRAVENTRICULAR_RUN, "supraventricular-run", "low", "rhythm", _S_RUN, "(SVTA", 65, "sv-run"),
    Kind(SUPRAVENTRICULAR_COUPLET, "supraventricular-couplet", "none", "rhythm", _COUPLET, rule="sv-run"),
    Kind(
        ATRIAL_BIGEMINY,
        "atrial-bigeminy",
        "none",
        "rhythm",
        _v("ectopic|beats|bigeminy.detect.ectopic", _PATTERN),
        "(AB",
        58,
        "pattern",
    ),
    Kind(
        FREQUENT_SUPRAVENTRICULAR,
        "frequent-supraventricular-beats",
        "none",
        "rhythm",
        _v("most_per_min|1/min|pac.detect.per_min", _PATTERN),
        rule="ectopic-count",
    ),
    Kind(SINUS_RHYTHM, "sinus-rhythm", "none", "rhythm", _SINUS, "(N", 1, "sinus-rhythm"),
    Kind(SINUS_BRADYCARDIA, "sinus-bradycardia", "low", "rhythm", _BRADY, "(SBR", 40, "bradycardia"),
    Kind(SINUS_TACHYCARDIA, "sinus-tachycardia", "low", "rhythm", _TACHY, rule="tachycardia"),
    Kind(
        SINUS_ARRHYTHMIA,
        "sinus-arrhythmia",
        "none",
        "rhythm",
        _v("range_ms|ms|sinus_arrhythmia.detect.range_ms", "mean_rr_ms|ms", _P, "beats|beats"),
        rule="sinus-arrhythmia",
    ),
    Kind(BRADYCARDIA, "bradycardia", "low", "rhythm", _BRADY, rule="bradycardia"),
    Kind(TACHYCARDIA, "tachycardia", "low", "rhythm", _TACHY, rule="tachycardia"),
    Kind(
        EXTREME_BRADYCARDIA,
        "extreme-bradycardia",
        "medium",
        "rhythm",
        _v("rate_bpm|bpm|extreme_rate.detect.slow_bpm", "lowest_rate_bpm|bpm", "beats|beats"),
        rule="extreme-rate",
    ),
    Kind(
        EXTREME_TACHYCARDIA,
        "extreme-tachycardia",
        "low",
        "rhythm",
        _v("rate_bpm|bpm|extreme_rate.detect.fast_bpm", "highest_rate_bpm|bpm", "beats|beats"),
        rule="extreme-rate",
    ),
    Kind(
        PAUSE,
        "pause",
        "medium",
        "rhythm",
        _v(
            "rr_ms|ms|pause.detect.interval_ms",
            "cause",
            "mean_rr_ms|ms",
            "rr_before_ms|ms",
            "p_waves",
            "in_atrial_fibrillation",
        ),
        rule="pause",
    ),
    Kind(
        AV_BLOCK_1,
        "av-block-1",
        "none",
        "rhythm",
        _v("pr_ms|ms|avb.detect.pr_ms", "longest_pr_ms|ms", "beats|beats|avb.detect.pr_beats", _P),
        "(BI",
        30,
        "av-block",
    ),
    Kind(MOBITZ_1, "av-block-2-mobitz-1", "low", "rhythm", _DROPS, "(BII", 62, "av-block"),
    Kind(MOBITZ_2, "av-block-2-mobitz-2", "medium", "rhythm", _DROPS, "(BII", 62, "av-block"),
    Kind(AV_BLOCK_2_TO_1, "av-block-2-to-1", "medium", "rhythm", _DROPS, "(BII", 63, "av-block"),
    Kind(AV_BLOCK_HIGH_GRADE, "av-block-high-grade", "medium", "rhythm", _DROPS, "(BII", 63, "av-block"),
    Kind(AV_BLOCK_3, "av-block-3", "high", "rhythm", _DROPS, "(B3", 88, "av-block"),
    Kind(
        JUNCTIONAL,
        "junctional-rhythm",
        "low",
        "rhythm",
        _v(
            "rate_bpm|bpm|junctional.detect.rate_bpm_max",
            "beats|beats|junctional.detect.beats",
            _P,
            "width_ms|ms",
        ),
        "(NOD",
        50,
        "junctional",
    ),
    Kind(
        PACED,
        "paced-rhythm",
        "none",
        "rhythm",
        _v("beats|beats|paced.detect.beats", "rate_bpm|bpm"),
        "(P",
        80,
        "pacemaker",
    ),
    Kind(
        CAPTURE_FAILURE,
        "capture-failure",
        "medium",
        "rhythm",
        _v("spikes||paced.detect.lost_spikes", "waited_ms|ms|paced.detect.capture_ms"),
        rule="pacemaker",
    ),
    Kind(
        SENSING_FAILURE,
        "sensing-failure",
        "medium",
        "rhythm",
        _v("spikes||paced.detect.lost_spikes", "after_beat_ms|ms|paced.detect.sensing_ms"),
        rule="pacemaker",
    ),
    Kind(ST_ELEVATION, "st-elevation", "low", "st", _ST, rule="st"),
    Kind(ST_DEPRESSION, "st-depression", "low", "st", _ST, rule="st"),
    Kind(
        UNDETERMINED,
        "rhythm-undetermined",
        "none",
        "rhythm",
        _v("reason", "rr_ms|ms", "mean_rr_ms|ms", "p_waves", "pr_ms|ms"),
        rule="av-block",
    ),
    Kind(
        ANALYSIS_LOST,
        "analysis-lost",
        "medium",
        "rhythm",
        _v("seconds|s|analysis.detect.lost_s",),
        rule="analysis",
    ),
)  # fmt: skip

BY_CODE: dict[int, Kind] = {kind.code: kind for kind in KINDS}
BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}

# Why a pause came about: its value ``cause``.
CAUSE_UNKNOWN = 0
CAUSE_VENTRICULAR = 1
CAUSE_SUPRAVENTRICULAR = 2
CAUSE_FIBRILLATION = 3
CAUSE_BLOCKED_P = 4
CAUSE_PACED = 5
CAUSE_SINUS = 6
CAUSES: dict[int, str] = {
    CAUSE_UNKNOWN: "unknown",
    CAUSE_VENTRICULAR: "after a ventricular beat",
    CAUSE_SUPRAVENTRICULAR: "after a supraventricular beat",
    CAUSE_FIBRILLATION: "in atrial fibrillation",
    CAUSE_BLOCKED_P: "P wave not conducted",
    CAUSE_PACED: "paced rhythm",
    CAUSE_SINUS: "no P wave due",
}

# Why a rhythm stays undetermined: its value ``reason``.
REASON_P_UNSEEN = 1
REASON_PR_UNKNOWN = 2
REASONS: dict[int, str] = {
    REASON_P_UNSEEN: "a beat is missing and P waves cannot be seen",
    REASON_PR_UNKNOWN: "a beat is dropped and PR cannot be measured",
}
WORDS: dict[str, dict[int, str]] = {"cause": CAUSES, "reason": REASONS}
"""Evidence values that are codes, and their words."""
