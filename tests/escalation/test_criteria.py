"""Which tier what meets: the domain's table G.2 row by row, at and beside every boundary."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.thresholds import shipped
from einthoven.ecg.kinds import KINDS
from einthoven.escalation.criteria import judge, judge_symptom, judge_technical, rank
from einthoven.escalation.measures import Context, Found
from einthoven.escalation.prescribing import STRICTER
from einthoven.escalation.rules import FINDINGS, SYMPTOMS, TECHNICAL, UNJUDGED

TABLE = shipped()
PLAIN = Context(symptom=False, night=False, known_af=False, first_af=False, at_risk=False, has_pacer=False,
                arrhythmia=False, longest_pause_ms=0, runs_last_hour=0)  # fmt: skip


def context(**more: object) -> Context:
    given = {name: getattr(PLAIN, name) for name in PLAIN.__slots__}
    return Context(**(given | more))


def tier(kind: str, duration_s: float, values: dict[str, object], **more: object) -> str | None:
    made = judge(Found(kind, values, duration_s), TABLE, context(**more))
    assert made.undecided == ()
    assert made.reasons
    assert made.worst == made.tier
    return made.tier


def pause(ms: float, **values: object) -> dict[str, object]:
    return {"rr_ms": ms, "in_atrial_fibrillation": 0, "cause": "no P wave due"} | values


def brady(rate: float, urgent_s: float = 0, emergent_s: float = 0, **values: object) -> dict[str, object]:
    return {
        "rate_bpm": rate,
        "lowest_rate_bpm": rate,
        "below_urgent_s": urgent_s,
        "below_emergent_s": emergent_s,
        "in_atrial_fibrillation": 0,
    } | values


def tachy(rate: float, **values: object) -> dict[str, object]:
    return {"rate_bpm": rate, "highest_rate_bpm": rate, "in_atrial_fibrillation": 0} | values


def run(beats: int, rate: float) -> dict[str, object]:
    return {"beats": beats, "rate_bpm": rate}


def block(rate: float) -> dict[str, object]:
    return {"rate_bpm": rate}


VT, NSVT, SUSTAINED = (
    "ventricular-tachycardia",
    "nonsustained-ventricular-tachycardia",
    "sustained-ventricular-tachycardia",
)
AF, SVT = "atrial-fibrillation", "supraventricular-tachycardia"
SINUS_SLOW, SLOW = "sinus-bradycardia", "bradycardia"

G2 = [
    # VF/VFL/asystole-like: any confirmed is emergent
    ("ventricular-fibrillation", 4, {}, {}, "emergent"),
    ("ventricular-flutter", 0.1, {}, {}, "emergent"),
    ("asystole", 4, {}, {}, "emergent"),
    ("asystole", 4, {}, {"night": True, "has_pacer": True}, "emergent"),
    # pause: 6 s, with a symptom 3 s; 4 s by day; 5 s in atrial fibrillation; 3 s daily
    ("pause", 6, pause(6000), {}, "emergent"),
    ("pause", 6, pause(5999), {}, "urgent"),
    ("pause", 6, pause(6000), {"night": True}, "emergent"),
    ("pause", 4, pause(4000), {}, "urgent"),
    ("pause", 4, pause(3999), {}, "daily"),
    ("pause", 4, pause(4000), {"night": True}, "daily"),
    ("pause", 4, pause(4000), {"night": None}, "urgent"),
    ("pause", 5, pause(5000, in_atrial_fibrillation=1), {"night": True}, "urgent"),
    ("pause", 5, pause(4999, in_atrial_fibrillation=1), {}, "daily"),
    ("pause", 3, pause(3000), {}, "daily"),
    ("pause", 3, pause(2999), {}, None),
    ("pause", 3, pause(3000), {"symptom": True}, "emergent"),
    ("pause", 3, pause(2999), {"symptom": True}, None),
    ("pause", 3, pause(3000, cause="paced rhythm"), {"has_pacer": True}, "emergent"),
    ("pause", 3, pause(2999, cause="paced rhythm"), {"has_pacer": True}, None),
    # bradycardia: below 30 for 30 s; below 40 for 60 s awake or with a symptom; below 50
    (SINUS_SLOW, 90, brady(29.9, 90, 30), {}, "emergent"),
    (SINUS_SLOW, 90, brady(29.9, 90, 30), {"night": True}, "emergent"),
    (SINUS_SLOW, 90, brady(29.9, 90, 29.9), {}, "urgent"),
    (SLOW, 90, brady(30, 90, 0), {}, "urgent"),
    (SLOW, 60, brady(39.9, 60, 0), {}, "urgent"),
    (SLOW, 60, brady(39.9, 60, 0), {"night": True}, "daily"),
    (SLOW, 60, brady(39.9, 60, 0), {"night": True, "symptom": True}, "urgent"),
    (SLOW, 60, brady(39.9, 59.9, 0), {}, "daily"),
    (SLOW, 600, brady(40, 0, 0), {}, "daily"),
    (SLOW, 600, brady(49.9, 0, 0), {}, "daily"),
    (SLOW, 600, brady(50, 0, 0), {}, None),
    ("junctional-rhythm", 60, {"rate_bpm": 39}, {}, "urgent"),
    ("junctional-rhythm", 59, {"rate_bpm": 39}, {}, "daily"),
    ("junctional-rhythm", 30, {"rate_bpm": 29}, {}, "emergent"),
    ("idioventricular-rhythm", 30, run(15, 29), {}, "emergent"),
    ("idioventricular-rhythm", 4, run(3, 45), {}, "daily"),
    ("accelerated-idioventricular-rhythm", 10, run(15, 90), {}, "daily"),
    ("extreme-bradycardia", 10, {"rate_bpm": 38, "lowest_rate_bpm": 35}, {}, "daily"),
    # wide complexes: 15 beats at 120, or 30 s; 4 to 14 beats; runs of 3
    (NSVT, 7, run(15, 120), {}, "emergent"),
    (NSVT, 7, run(14, 200), {}, "urgent"),
    (NSVT, 7, run(15, 119.9), {}, "urgent"),
    (SUSTAINED, 30, run(50, 101), {}, "emergent"),
    (VT, 29.9, run(14, 101), {}, "urgent"),
    (NSVT, 2, run(4, 110), {}, "urgent"),
    ("ventricular-run", 2, run(3, 110), {}, "daily"),
    ("ventricular-run", 2, run(4, 100), {}, "daily"),
    ("ventricular-run", 40, run(60, 100), {}, "daily"),
    ("torsade-de-pointes", 2, run(6, 220), {}, "emergent"),
    # supraventricular tachycardia: 180 for 60 s; 150 for 60 s; shorter
    (SVT, 60, tachy(180), {}, "emergent"),
    (SVT, 60, tachy(179.9), {}, "urgent"),
    (SVT, 59.9, tachy(230), {}, "daily"),
    (SVT, 60, tachy(150), {}, "urgent"),
    (SVT, 600, tachy(149.9), {}, "daily"),
    ("supraventricular-run", 2, run(3, 130), {}, "daily"),
    ("tachycardia", 60, tachy(180), {}, "emergent"),
    ("sinus-tachycardia", 60, tachy(150), {}, "urgent"),
    ("sinus-tachycardia", 600, tachy(149), {}, None),
    ("extreme-tachycardia", 60, {"rate_bpm": 181, "highest_rate_bpm": 190}, {}, "emergent"),
    # atrial fibrillation: 180 sustained; first ever, 150 for 60 s, below 40; known: burden
    (AF, 60, {"rate_bpm": 180}, {"known_af": True}, "emergent"),
    (AF, 59.9, {"rate_bpm": 180}, {"known_af": True}, "daily"),
    (AF, 60, {"rate_bpm": 150}, {"known_af": True}, "urgent"),
    (AF, 600, {"rate_bpm": 149.9}, {"known_af": True}, "daily"),
    (AF, 600, {"rate_bpm": 39.9}, {"known_af": True, "night": True}, "urgent"),
    (AF, 600, {"rate_bpm": 40}, {"known_af": True}, "daily"),
    (AF, 600, {"rate_bpm": 80}, {"first_af": True}, "urgent"),
    (AF, 600, {"rate_bpm": 80}, {"first_af": True, "known_af": True}, "daily"),
    ("atrial-flutter", 600, {"rate_bpm": 80}, {"first_af": True}, "urgent"),
    ("atrial-flutter", 600, {"rate_bpm": 80}, {}, "daily"),
    ("tachycardia", 60, tachy(150, in_atrial_fibrillation=1), {"known_af": True}, "urgent"),
    (SLOW, 60, brady(39, 10, 0, in_atrial_fibrillation=1), {"night": True}, "urgent"),
    # AV block: third degree or Mobitz II below 40 or with a symptom; these and 2:1; first degree, Mobitz I
    *((kind, 9, block(39.9), {}, "emergent") for kind in ("av-block-3", "av-block-2-mobitz-2")),
    *((kind, 9, block(70), {"symptom": True}, "emergent") for kind in ("av-block-3", "av-block-2-mobitz-2")),
    *(
        (kind, 9, block(40), {}, "urgent")
        for kind in ("av-block-3", "av-block-2-mobitz-2", "av-block-2-to-1")
    ),
    ("av-block-high-grade", 9, block(60), {}, "urgent"),
    ("av-block-high-grade", 9, block(30), {}, "emergent"),
    ("av-block-2-mobitz-1", 9, block(30), {"symptom": True}, "daily"),
    ("av-block-1", 9, {"pr_ms": 400}, {}, "daily"),
    # ventricular beats: more than 6 runs an hour; pattern and burden
    ("ventricular-run", 2, run(3, 110), {"runs_last_hour": 7}, "urgent"),
    ("ventricular-run", 2, run(3, 110), {"runs_last_hour": 6}, "daily"),
    ("ventricular-bigeminy", 60, {"ectopic": 20}, {}, "daily"),
    ("ventricular-trigeminy", 60, {"ectopic": 20}, {}, "daily"),
    ("frequent-ventricular-beats", 60, {"most_per_min": 9}, {}, "daily"),
    # ST: 200 µV; 100 µV
    ("st-elevation", 60, {"level_uv": 200}, {}, "urgent"),
    ("st-depression", 60, {"level_uv": -200}, {}, "urgent"),
    ("st-depression", 60, {"level_uv": -199}, {}, "daily"),
    ("st-elevation", 60, {"level_uv": 99}, {}, None),
    # pacemaker: no capture with a pause of 3 s; faults
    ("capture-failure", 2, {"spikes": 2}, {"longest_pause_ms": 3000}, "emergent"),
    ("capture-failure", 2, {"spikes": 2}, {"longest_pause_ms": 2999}, "urgent"),
    ("sensing-failure", 2, {"spikes": 2}, {}, "urgent"),
    # nothing is analysed
    ("analysis-lost", 300, {"seconds": 10}, {}, "urgent"),
    ("analysis-lost", 299, {"seconds": 10}, {}, None),
    ("analysis-lost", 600, {"seconds": 10}, {"at_risk": True}, "emergent"),
    ("analysis-lost", 599, {"seconds": 10}, {"at_risk": True}, "urgent"),
    *((kind, 600, {}, {}, None) for kind in UNJUDGED),
]


@pytest.mark.parametrize(("kind", "duration_s", "values", "more", "want"), G2)
def test_g2(kind: str, duration_s: float, values: dict, more: dict, want: str | None) -> None:
    assert tier(kind, duration_s, values, **more) == want


def test_every_kind_of_the_analysis_is_judged_or_said_to_be_of_the_report() -> None:
    judged = {kind for row in FINDINGS for kind in row.kinds}
    assert judged | set(UNJUDGED) == {kind.name for kind in KINDS}
    assert not judged & set(UNJUDGED)
    assert judged <= {row[0] for row in G2} | {"rhythm-undetermined"}


def test_every_number_of_a_tier_decides_something() -> None:
    tiers = {key for key, entry in TABLE.entries.items() if entry.tier != "detect"}
    assert tiers <= set(STRICTER)
    for key, entry in TABLE.entries.items():
        if entry.only and entry.tier == "emergent":
            assert entry.only == STRICTER[key]


def test_a_row_compares_with_numbers_that_there_are() -> None:
    for row in (*FINDINGS, *SYMPTOMS, *TECHNICAL):
        assert not row.flag or row.flag in TABLE.entries
        assert all(limit.key in TABLE.entries for limit in row.limits)
        assert row.words


def test_what_is_met_says_value_limit_and_unit() -> None:
    made = judge(Found("pause", pause(4200), 4.2), TABLE, PLAIN)
    first = made.met[0]
    assert (first.criterion, first.value, first.limit, first.unit) == (
        "pause.urgent.interval_ms", 4200, 4000, "ms"
    )  # fmt: skip
    assert first.words == "urgent: pause by day: 4200 ms (at least 4000 ms)"
    assert made.version == TABLE.version
    assert made.rule == "criteria 1"


UNKNOWN = [
    ("a symptom near a long pause", "pause", pause(3500), {"symptom": None}, "daily", "emergent", "symptom"),
    ("the rate of a block", "av-block-3", {"rate_bpm": None}, {}, "urgent", "emergent", "rate"),
    ("the interval", "pause", {"cause": None}, {}, None, "emergent", "how long"),
    ("whether it is the first", AF, {"rate_bpm": 80}, {"first_af": None}, "daily", "urgent", "first ever"),
    ("what the missing beat was", "rhythm-undetermined", {"rr_ms": 1800}, {}, None, "urgent", "what it was"),
    ("whether pacing failed", "pause", pause(3500, cause="unknown"), {"has_pacer": True}, "daily", "emergent",
     "pacing"),
    ("whether it was in atrial fibrillation", "pause", pause(4500, in_atrial_fibrillation=None), {}, "daily",
     "urgent", "atrial fibrillation"),
    ("the peak's time", SVT, {"rate_bpm": 160, "highest_rate_bpm": 185}, {}, "urgent", "emergent", "so fast"),
    ("the ST level", "st-elevation", {"level_uv": None}, {}, None, "urgent", "ST level"),
    ("runs", "ventricular-run", run(3, 110), {"runs_last_hour": None}, "daily", "urgent", "runs"),
    ("capture", "capture-failure", {}, {"longest_pause_ms": None}, "urgent", "emergent", "a pause"),
    ("a rate", SVT, {}, {}, "daily", "emergent", "so fast"),
    ("the peak", SVT, {"rate_bpm": 160, "highest_rate_bpm": None}, {}, "urgent", "emergent", "so fast"),
    ("the lowest rate", SLOW, brady(45) | {"lowest_rate_bpm": None, "below_emergent_s": None}, {}, "daily",
     "emergent", "so slow"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values", "more", "met", "worst", "words"),
    [row[1:] for row in UNKNOWN],
    ids=[r[0] for r in UNKNOWN],
)
def test_what_is_not_known_never_looks_like_not_met(
    kind: str, values: dict, more: dict, met: str | None, worst: str, words: str
) -> None:
    made = judge(Found(kind, values, 90 if kind in (SVT, SLOW) else 2), TABLE, context(**more))
    assert made.tier == met
    assert made.worst == worst
    assert any(words in one.words for one in made.undecided)
    assert any("is not known" in reason for reason in made.reasons)


def test_nothing_known_at_all_is_never_nothing() -> None:
    for row in FINDINGS:
        for kind in row.kinds:
            made = judge(Found(kind, {}, 301.0), TABLE, Context())
            assert made.worst, kind


AGAIN = [
    ("a run reaches 15 beats", VT, run(4, 140), 1.5, {}, 6.0),
    ("a run reaches 30 s", VT, run(4, 110), 1.5, {}, 30.0),
    ("a pause goes on to 4 s", "pause", pause(3000), 3.0, {}, 4.0),
    ("and on to 6 s", "pause", pause(4000), 4.0, {}, 6.0),
    (
        "a pause that may be one in fibrillation",
        "pause",
        pause(3200, in_atrial_fibrillation=None),
        3.2,
        {},
        4.0,
    ),
    ("a fast rate lasts", SVT, tachy(190), 5.0, {}, 60.0),
    ("a slow rate, too slow to be fast", SVT, tachy(140), 5.0, {}, None),
    ("fibrillation is emergent at once", "ventricular-fibrillation", {}, 5.0, {}, None),
    ("no analysis for five minutes", "analysis-lost", {}, 10.0, {}, 300.0),
]


@pytest.mark.parametrize(
    ("kind", "values", "duration_s", "more", "want"), [r[1:] for r in AGAIN], ids=[r[0] for r in AGAIN]
)
def test_an_open_finding_says_when_to_look_again(
    kind: str, values: dict, duration_s: float, more: dict, want: float | None
) -> None:
    made = judge(Found(kind, values, duration_s, open=True), TABLE, context(**more))
    assert made.again_s == pytest.approx(want) if want else made.again_s is None
    if want:
        later = judge(Found(kind, values, want, open=True), TABLE, context(**more))
        assert rank(later.worst) > rank(made.worst)
        closed = judge(Found(kind, values, duration_s), TABLE, context(**more))
        assert closed.again_s is None


INTERRUPTED = [
    ("a run cut off by the loss of the signal", VT, run(5, 140), 2.0, "urgent", "emergent"),
    ("a pause", "pause", pause(3000), 3.0, "daily", "emergent"),
    ("a fast rate", SVT, tachy(160), 10.0, "daily", "urgent"),
    ("a slow rate", SLOW, brady(35, 20, 0), 20.0, "daily", "urgent"),
    ("a slow rate that was never so slow", SLOW, brady(45), 20.0, "daily", "daily"),
    ("atrial fibrillation at rest", AF, {"rate_bpm": 80}, 90.0, "daily", "daily"),
]


@pytest.mark.parametrize(
    ("kind", "values", "duration_s", "met", "worst"),
    [row[1:] for row in INTERRUPTED],
    ids=[row[0] for row in INTERRUPTED],
)
def test_what_ended_in_the_dark_may_have_lasted(
    kind: str, values: dict, duration_s: float, met: str, worst: str
) -> None:
    made = judge(Found(kind, values, duration_s, interrupted=True), TABLE, PLAIN)
    assert (made.tier, made.worst) == (met, worst)
    if kind == VT:
        assert {one.criterion for one in made.undecided} == {"vt.emergent.beats", "vt.emergent.duration_s"}


STRICT_BRADY = shipped().changed({"bradycardia.emergent.rate_bpm": 38, "bradycardia.emergent.duration_s": 20})
MEASURED = shipped().values()


def strict(values: dict[str, object], duration_s: float, **more: object) -> tuple[str | None, str | None]:
    made = judge(Found(SLOW, values, duration_s, measured=MEASURED, **more), STRICT_BRADY, PLAIN)
    return made.tier, made.worst


def test_a_stricter_rate_than_the_analysis_measures_is_bounded_not_guessed() -> None:
    assert strict(brady(45, 0, 0), 90) == ("daily", "daily")
    assert strict(brady(37, 50, 0), 90) == ("daily", "emergent")
    assert strict(brady(29, 50, 20), 90) == ("emergent", "emergent")
    assert strict(brady(37, 10, 0), 15) == ("daily", "daily")
    # open, and where the rate is followed
    assert strict(brady(45, 0, 0), 90, open=True) == ("daily", "daily")
    assert strict(brady(45, 0, 0), 90, open=True, low_bpm=45) == ("daily", "daily")
    assert strict(brady(45, 0, 0), 90, open=True, low_bpm=36) == ("daily", "emergent")


@pytest.mark.parametrize(
    ("word", "arrhythmia", "want", "worst"),
    [
        ("syncope", False, "emergent", "emergent"),
        ("faint", False, "emergent", "emergent"),
        ("chest-pain", False, "emergent", "emergent"),
        ("dizzy", False, "urgent", "urgent"),
        ("pre-syncope", False, "urgent", "urgent"),
        ("palpitations", True, "urgent", "urgent"),
        ("racing", True, "urgent", "urgent"),
        ("skipped", False, "daily", "daily"),
        ("palpitations", None, "daily", "urgent"),
        ("tired", True, "daily", "daily"),
        ("short-breath", False, "daily", "daily"),
        ("other", False, "daily", "daily"),
        ("", False, "daily", "urgent"),
        ("Herzrasen", False, "daily", "urgent"),
    ],
)
def test_the_patients_button(word: str, arrhythmia: bool | None, want: str, worst: str) -> None:
    made = judge_symptom(word, TABLE, context(arrhythmia=arrhythmia))
    assert (made.tier, made.worst) == (want, worst)


@pytest.mark.parametrize(
    ("condition", "value", "at_risk", "want", "worst"),
    [
        ("lead-off", 299, False, None, None),
        ("lead-off", 300, False, "urgent", "urgent"),
        ("battery", 10, False, None, None),
        ("battery", 9, False, "urgent", "urgent"),
        ("battery", None, False, None, "urgent"),
        ("gateway-off", 1799, True, None, None),
        ("gateway-off", 1800, False, "urgent", "urgent"),
        ("no-data", 600, True, "emergent", "emergent"),
        ("no-data", 599, True, None, None),
        ("no-data", 600, None, None, "emergent"),
        ("no-data", 600, False, None, None),
        ("no-data", 1800, False, "urgent", "urgent"),
        ("worn", 20, False, None, None),
        ("worn", 19.9, False, "daily", "daily"),
    ],
)
def test_the_equipment(
    condition: str, value: float | None, at_risk: bool | None, want: str | None, worst: str | None
) -> None:
    made = judge_technical(condition, value, TABLE, context(at_risk=at_risk))
    assert (made.tier, made.worst) == (want, worst)


def test_a_row_that_is_switched_off_leaves_what_is_milder() -> None:
    table = shipped().changed({"avb.urgent.mobitz_2": 0, "atrial_fibrillation.urgent.first": 0})
    assert judge(Found("av-block-2-mobitz-2", block(60), 9), table, PLAIN).tier == "daily"
    assert judge(Found(AF, {"rate_bpm": 80}, 600), table, context(first_af=True)).tier == "daily"
    assert judge(Found("av-block-2-mobitz-2", block(30), 9), table, PLAIN).tier == "emergent"


KIND_NAMES = sorted({kind for row in FINDINGS for kind in row.kinds})
truth = st.sampled_from([None, False, True])
contexts = st.builds(
    Context, symptom=truth, night=truth, known_af=truth, first_af=truth, at_risk=truth, has_pacer=truth,
    arrhythmia=truth, longest_pause_ms=st.none() | st.floats(0, 9000),
    runs_last_hour=st.none() | st.integers(0, 20),
)  # fmt: skip
GRAVER = {
    "rr_ms": (1000, 9000, 1), "beats": (3, 40, 1),
    "below_urgent_s": (0, 120, 1), "below_emergent_s": (0, 120, 1),
    "level_uv": (50, 400, 1), "highest_rate_bpm": (60, 250, 1), "lowest_rate_bpm": (20, 100, -1),
}  # fmt: skip
"""Values of the evidence, their range, and towards which side they are graver."""


@st.composite
def evidence(draw: st.DrawFn) -> dict[str, float]:
    return {name: draw(st.floats(low, high)) for name, (low, high, _) in GRAVER.items()}


def rates(values: dict[str, float], slow: bool) -> dict[str, float]:
    """The rate told: for slow rhythms the lowest, for fast ones the highest."""
    return values | {"rate_bpm": values["lowest_rate_bpm" if slow else "highest_rate_bpm"]}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KIND_NAMES), evidence(), contexts, st.floats(0, 900), st.data())
def test_graver_values_never_give_a_milder_tier(
    kind: str, values: dict, around: Context, duration: float, data: st.DataObject
) -> None:
    slow = "brady" in kind or "block" in kind or kind in ("junctional-rhythm", "idioventricular-rhythm")
    graver = dict(values)
    for name, (_, _, side) in GRAVER.items():
        graver[name] += side * data.draw(st.floats(0, 60), name)
    longer = duration + data.draw(st.floats(0, 600), "longer")
    before = judge(Found(kind, rates(values, slow), duration), TABLE, around)
    after = judge(Found(kind, rates(graver, slow), longer), TABLE, around)
    assert rank(after.worst) >= rank(before.worst)
    assert rank(after.tier) >= rank(before.tier)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(KIND_NAMES), evidence(), contexts, st.floats(0, 900), st.booleans(),
    st.dictionaries(st.sampled_from(sorted(STRICTER)), st.floats(0, 1), max_size=12),
)  # fmt: skip
def test_a_stricter_table_never_gives_a_milder_tier(
    kind: str, values: dict, around: Context, duration: float, slow: bool, moves: dict[str, float]
) -> None:
    from einthoven.escalation.prescribing import with_limits

    limits = {}
    for key, share in moves.items():
        entry = TABLE.entries[key]
        goal = entry.low if STRICTER[key] == "lower" else entry.high
        limits[key] = entry.value + share * (goal - entry.value)
    found = Found(kind, rates(values, slow), duration, measured=MEASURED)
    before, after = judge(found, TABLE, around), judge(found, with_limits(TABLE, limits, "x"), around)
    assert rank(after.worst) >= rank(before.worst)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(KIND_NAMES), evidence(), contexts, st.floats(0, 900), st.booleans())
def test_an_end_that_is_not_known_is_never_milder(
    kind: str, values: dict, around: Context, duration: float, slow: bool
) -> None:
    cut = judge(Found(kind, rates(values, slow), duration, interrupted=True), TABLE, around)
    ended = judge(Found(kind, rates(values, slow), duration), TABLE, around)
    assert rank(cut.worst) >= rank(ended.worst)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(KIND_NAMES), evidence(), contexts, st.floats(0, 900), st.data())
def test_knowing_more_never_rules_in_what_was_ruled_out(
    kind: str, values: dict, around: Context, duration: float, data: st.DataObject
) -> None:
    hidden = data.draw(st.sets(st.sampled_from([*GRAVER, "rate_bpm"])))
    whole = rates(values, slow=False)
    partial = {name: None if name in hidden else value for name, value in whole.items()}
    known = judge(Found(kind, whole, duration), TABLE, around)
    unknown = judge(Found(kind, partial, duration), TABLE, around)
    assert rank(unknown.worst) >= rank(known.tier)
