"""Which tier what meets: the rows of the criteria, as data (R21; the domain's table G.2).

A row is a tier, the kinds of findings it is about, limits that must all hold and circumstances that must all
hold. The numbers are those of the table of thresholds in force for the patient (``base/thresholds``); rows
without a number cannot be moved by a form, and say so. ``docs/escalation.md`` tells every row in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RULE = "criteria"
RULE_VERSION = 1
"""Goes up when the rows here would judge otherwise; the numbers have a version of their own."""

Compare = Literal["at least", "more than", "less than"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One comparison.

    Attributes:
        measure: name of what is compared (``measures.Measures``).
        compare: how: ``at least``, ``more than``, ``less than``.
        key: of the threshold it is compared with.
    """

    measure: str
    compare: Compare
    key: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: everything in it must hold.

    Attributes:
        name: of the criterion, ``event.tier.name``; that of its threshold where it has one.
        tier: ``daily``, ``urgent`` or ``emergent``.
        kinds: names of the findings, symptoms or conditions it is about.
        limits: comparisons, the telling one first: its value and limit are shown.
        when: circumstances (``measures.CIRCUMSTANCES``).
        flag: threshold that turns the row on (1) and off (0); ``""`` for a row that is always on.
        words: what it says, for people; the values follow it.
    """

    name: str
    tier: str
    kinds: frozenset[str]
    limits: tuple[Limit, ...] = ()
    when: tuple[str, ...] = ()
    flag: str = ""
    words: str = ""


def _kinds(names: str) -> frozenset[str]:
    return frozenset(names.split())


_ADVANCED_BLOCK = _kinds("av-block-2-mobitz-2 av-block-2-to-1 av-block-high-grade av-block-3")
_SLOW = _kinds(
    "sinus-bradycardia bradycardia extreme-bradycardia junctional-rhythm idioventricular-rhythm "
    "accelerated-idioventricular-rhythm"
)
_FAST = _kinds("supraventricular-tachycardia tachycardia sinus-tachycardia extreme-tachycardia")
_AF = _kinds("atrial-fibrillation atrial-flutter")
_VT = _kinds(
    "ventricular-tachycardia nonsustained-ventricular-tachycardia sustained-ventricular-tachycardia "
    "torsade-de-pointes"
)
_V_RUN = _kinds("ventricular-run")
_V_SLOW = _kinds("accelerated-idioventricular-rhythm idioventricular-rhythm")


def _row(
    name: str, kinds: frozenset[str] | str, words: str, *limits: Limit, when: str = "", flag: bool = False
) -> Row:
    """A row; its tier is the second part of its name, ``flag`` says that its threshold is an on and off."""
    about = _kinds(kinds) if isinstance(kinds, str) else kinds
    asked = tuple(each.strip() for each in when.split(",") if each)
    return Row(name, name.split(".")[1], about, limits, asked, name if flag else "", words)


def _least(measure: str, key: str) -> Limit:
    return Limit(measure, "at least", key)


def _vt_rows(kinds: frozenset[str], *more: Limit) -> tuple[Row, ...]:
    """Rows of a run of wide beats; a run that the analysis did not call a tachycardia must be fast, too."""
    many = _least("beats", "vt.emergent.beats"), _least("rate_bpm", "vt.emergent.rate_bpm")
    long = _least("duration_s", "vt.emergent.duration_s")
    some = _least("beats", "vt.urgent.beats")
    return (
        _row("vt.emergent.beats", kinds, "wide complexes, many and fast", *many),
        _row("vt.emergent.duration_s", kinds, "wide complexes, sustained", long, *more),
        _row("vt.urgent.beats", kinds, "ventricular tachycardia", some, *more),
    )


def _pause_row(name: str, words: str, when: str = "") -> Row:
    return _row(name, "pause", words, _least("interval_ms", name), when=when)


def _slow_row(name: str, words: str, tier: str = "", when: str = "") -> Row:
    """A slow rate, and for a tier how long."""
    limits = [Limit("lowest_rate_bpm", "less than", name)]
    if tier:
        limits.append(_least(f"below_{tier}_s", f"bradycardia.{tier}.duration_s"))
    return _row(name, _SLOW, words, *limits, when=when)


def _fast_row(name: str, kinds: frozenset[str], words: str, when: str = "") -> Row:
    duration = f"{name.rpartition('.')[0]}.duration_s"
    return _row(
        name, kinds, words, _least("highest_rate_bpm", name), _least("duration_s", duration), when=when
    )


_MISSED = "a beat is missing, which may be an advanced AV block"
_UNKNOWN_BLOCK = _least("unmeasured", "avb.urgent.mobitz_2")
_SLOW_AF = Limit("lowest_rate_bpm", "less than", "atrial_fibrillation.urgent.slow_bpm")
_SLOW_BLOCK = Limit("rate_bpm", "less than", "avb.emergent.rate_bpm")
_RUNS = Limit("runs_per_h", "more than", "pvc.urgent.runs_per_h")
_CAPTURE_PAUSE = _least("longest_pause_ms", "paced.emergent.pause_ms")

FINDINGS: tuple[Row, ...] = (
    _row(
        "ventricular_fibrillation.emergent.any",
        "ventricular-fibrillation ventricular-flutter",
        "ventricular fibrillation or flutter",
        flag=True,
    ),
    _row("asystole.emergent.any", "asystole", "asystole", flag=True),
    _row("torsade.emergent.any", "torsade-de-pointes", "torsade de pointes"),
    *_vt_rows(_VT),
    *_vt_rows(_V_RUN, Limit("rate_bpm", "more than", "vt.detect.rate_bpm")),
    _row(
        "vt.daily.beats",
        _VT | _V_RUN | _V_SLOW,
        "ventricular beats in a row",
        _least("beats", "vt.daily.beats"),
    ),
    _row("pvc.urgent.runs_per_h", _VT | _V_RUN, "ventricular runs in the last hour", _RUNS),
    _row(
        "pvc.daily.any",
        "ventricular-bigeminy ventricular-trigeminy frequent-ventricular-beats",
        "ventricular beats: pattern or burden",
    ),
    _pause_row("pause.emergent.interval_ms", "pause"),
    _pause_row("pause.emergent.interval_with_symptom_ms", "pause with a symptom", "symptom"),
    _pause_row("pause.urgent.interval_ms", "pause by day", "not in_af, awake_or_symptom"),
    _pause_row("pause.urgent.interval_in_af_ms", "pause in atrial fibrillation", "in_af"),
    _pause_row("pause.daily.interval_ms", "pause"),
    _pause_row("paced.emergent.pause_ms", "pause although paced", "pacing_failed"),
    _row("paced.emergent.pause_ms", "capture-failure", "no capture, with a pause", _CAPTURE_PAUSE),
    _row("paced.urgent.capture_fault", "capture-failure", "no capture", flag=True),
    _row("paced.urgent.sensing_fault", "sensing-failure", "no sensing", flag=True),
    _row("paced.daily.any", "capture-failure sensing-failure", "pacemaker fault"),
    _slow_row("bradycardia.emergent.rate_bpm", "sustained slow rate", "emergent"),
    _slow_row(
        "bradycardia.urgent.rate_bpm", "slow rate, awake or with a symptom", "urgent", "awake_or_symptom"
    ),
    _slow_row("bradycardia.daily.rate_bpm", "slow rate"),
    _fast_row("svt.emergent.rate_bpm", _FAST, "fast rate"),
    _fast_row("svt.urgent.rate_bpm", _FAST, "fast rate"),
    _row(
        "svt.daily.any",
        "supraventricular-tachycardia supraventricular-run",
        "supraventricular tachycardia or run, of any length",
    ),
    _fast_row("atrial_fibrillation.emergent.fast_bpm", _AF | _FAST, "very fast atrial fibrillation", "in_af"),
    _fast_row("atrial_fibrillation.urgent.fast_bpm", _AF | _FAST, "fast atrial fibrillation", "in_af"),
    _row(
        "atrial_fibrillation.urgent.slow_bpm", _AF | _SLOW, "slow atrial fibrillation", _SLOW_AF, when="in_af"
    ),
    _row(
        "atrial_fibrillation.urgent.first",
        _AF,
        "atrial fibrillation or flutter for the first time",
        when="first_af",
        flag=True,
    ),
    _row(
        "atrial_fibrillation.daily.any", _AF, "atrial fibrillation or flutter: burden, onset, end", flag=True
    ),
    _row("avb.emergent.rate_bpm", _ADVANCED_BLOCK, "advanced AV block with a slow rate", _SLOW_BLOCK),
    _row("avb.emergent.symptom", _ADVANCED_BLOCK, "advanced AV block with a symptom", when="symptom"),
    _row("avb.urgent.mobitz_2", "av-block-2-mobitz-2", "second degree AV block, Mobitz II", flag=True),
    _row("avb.urgent.two_to_one", "av-block-2-to-1", "second degree AV block, 2:1", flag=True),
    _row(
        "avb.urgent.third_degree",
        "av-block-3 av-block-high-grade",
        "third degree or high grade AV block",
        flag=True,
    ),
    _row("avb.urgent.mobitz_2", "rhythm-undetermined", _MISSED, _UNKNOWN_BLOCK, flag=True),
    _row("avb.daily.first_degree", "av-block-1", "first degree AV block", flag=True),
    _row("avb.daily.mobitz_1", "av-block-2-mobitz-1", "second degree AV block, Mobitz I", flag=True),
    _row("avb.daily.any", _ADVANCED_BLOCK, "advanced AV block"),
    *(
        _row(name, "st-elevation st-depression", "ST level away from its reference", _least("away_uv", name))
        for name in ("st.urgent.level_uv", "st.daily.level_uv")
    ),
    *(
        _row(name, "analysis-lost", words, _least("duration_s", name), when=when)
        for name, words, when in (
            ("technical.urgent.lead_off_s", "no lead fit for analysis", ""),
            ("technical.emergent.no_data_at_risk_s", "no lead fit for analysis, wearer at risk", "at_risk"),
        )
    ),
)
"""The rows about findings of the analysis."""

UNJUDGED: dict[str, str] = {
    "sinus-rhythm": "the usual rhythm",
    "sinus-arrhythmia": "a variant of the usual rhythm",
    "paced-rhythm": "a pacemaker at work; its faults are findings of their own",
    "ventricular-couplet": "counted in the burden of ventricular beats",
    "supraventricular-couplet": "counted in the burden of supraventricular beats",
    "atrial-bigeminy": "counted in the burden of supraventricular beats",
    "frequent-supraventricular-beats": "counted in the burden of supraventricular beats",
}
"""Kinds of findings that meet no tier whatever their values, and why: they go into the report alone."""

SYNCOPE, CHEST_PAIN, PRE_SYNCOPE, PALPITATION = "syncope", "chest-pain", "pre-syncope", "palpitation"
UNSAID, OTHER = "not-said", "other"
SYMPTOM_WORDS: dict[str, str] = {
    "syncope": SYNCOPE,
    "fainted": SYNCOPE,
    "faint": SYNCOPE,
    "chest-pain": CHEST_PAIN,
    "pre-syncope": PRE_SYNCOPE,
    "dizzy": PRE_SYNCOPE,
    "palpitation": PALPITATION,
    "palpitations": PALPITATION,
    "racing": PALPITATION,
    "skipped": PALPITATION,
    "short-breath": OTHER,
    "tired": OTHER,
    "other": OTHER,
}
"""What the words of a mark (``docs/wire.md``) mean here; ``faint`` may be either and is taken as the graver.

A mark without a word, or with one that is not here, is ``not-said``: what it was is asked."""


SYMPTOMS: tuple[Row, ...] = (
    _row("symptom.emergent.syncope", SYNCOPE, "the patient marked: fainted", flag=True),
    _row("symptom.emergent.chest_pain", CHEST_PAIN, "the patient marked: chest pain", flag=True),
    _row("symptom.urgent.pre_syncope", PRE_SYNCOPE, "the patient marked: nearly fainted", flag=True),
    _row(
        "symptom.urgent.palpitation_with_arrhythmia",
        PALPITATION,
        "the patient marked: palpitation, with an arrhythmia",
        when="arrhythmia",
        flag=True,
    ),
    _row(
        "symptom.urgent.pre_syncope",
        UNSAID,
        "the patient pressed and did not say what it was",
        _least("unmeasured", "symptom.urgent.pre_syncope"),
        flag=True,
    ),
    _row(
        "symptom.daily.other",
        frozenset({SYNCOPE, CHEST_PAIN, PRE_SYNCOPE, PALPITATION, UNSAID, OTHER}),
        "the patient marked a symptom",
        flag=True,
    ),
)
"""The rows about the patient's button (R3)."""

LEAD_OFF, BATTERY, GATEWAY_OFF, NO_DATA, WORN = "lead-off", "battery", "gateway-off", "no-data", "worn"


def _technical(kind: str, name: str, compare: Compare, words: str, when: str = "") -> Row:
    return _row(f"technical.{name}", kind, words, Limit("value", compare, f"technical.{name}"), when=when)


TECHNICAL: tuple[Row, ...] = (
    _technical(NO_DATA, "emergent.no_data_at_risk_s", "at least", "no data of a wearer at risk", "at_risk"),
    _technical(LEAD_OFF, "urgent.lead_off_s", "at least", "lead off"),
    _technical(BATTERY, "urgent.battery_pct", "less than", "battery low"),
    _technical(GATEWAY_OFF, "urgent.gateway_off_s", "at least", "gateway off"),
    _technical(NO_DATA, "urgent.gateway_off_s", "at least", "no data"),
    _technical(WORN, "daily.worn_h_per_day", "less than", "worn too few hours of the day"),
)
"""The rows about conditions of the equipment; ``value`` in the unit of the threshold's name."""
