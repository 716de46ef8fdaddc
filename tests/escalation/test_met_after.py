"""How long after its onset a finding met its criteria: the first leg of its case begins there (R22)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.thresholds import shipped
from einthoven.escalation.criteria import judge, met_after, rank
from einthoven.escalation.measures import Context, Found

TABLE = shipped()
PLAIN = Context(symptom=False, night=False, known_af=False, first_af=False, at_risk=False, has_pacer=False,
                arrhythmia=False, longest_pause_ms=0, runs_last_hour=0)  # fmt: skip
VT, SVT, SLOW = "ventricular-tachycardia", "supraventricular-tachycardia", "bradycardia"


def run(beats: float | None, rate: float | None) -> dict[str, object]:
    return {"beats": beats, "rate_bpm": rate}


def pause(ms: float | None) -> dict[str, object]:
    return {"rr_ms": ms, "in_atrial_fibrillation": 0, "cause": "no P wave due"}


def tachy(rate: float) -> dict[str, object]:
    return {"rate_bpm": rate, "highest_rate_bpm": rate, "in_atrial_fibrillation": 0}


def after(kind: str, values: dict, duration_s: float, worst: str) -> float:
    return met_after(Found(kind, values, duration_s), TABLE, PLAIN, worst)


MET = [
    ("a run has its fifteenth beat", VT, run(20, 140), 9.0, "emergent", 6.0),
    ("and had its fourth before", VT, run(20, 120), 9.0, "urgent", 1.5),
    ("a slow run lasts 30 s", VT, run(60, 110), 33.0, "emergent", 30.0),
    ("a run of uncounted beats may have had them at once", VT, run(None, 140), 9.0, "emergent", 0.0),
    ("so may one whose rate is not known", VT, run(20, None), 9.0, "emergent", 0.0),
    ("a pause reaches 6 s", "pause", pause(7000), 7.0, "emergent", 6.0),
    ("and 4 s before", "pause", pause(7000), 7.0, "urgent", 4.0),
    ("and 3 s before that", "pause", pause(7000), 7.0, "daily", 3.0),
    ("a pause of 6 s exactly is one when it ends", "pause", pause(6000), 6.0, "emergent", 6.0),
    ("an interval not known may have been as long at once", "pause", pause(None), 7.0, "emergent", 0.0),
    ("a fast rate lasts a minute", SVT, tachy(190), 95.0, "emergent", 60.0),
    ("what does not meet it by its end", SVT, tachy(190), 40.0, "emergent", 40.0),
    ("what ends before it begins", SVT, tachy(190), -1.0, "emergent", 0.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values", "duration_s", "worst", "want"), [row[1:] for row in MET], ids=[row[0] for row in MET]
)
def test_when_it_met_them(kind: str, values: dict, duration_s: float, worst: str, want: float) -> None:
    assert after(kind, values, duration_s, worst) == pytest.approx(want, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("ventricular-fibrillation", "ventricular_fibrillation"),
        ("ventricular-flutter", "ventricular_fibrillation"),
        ("asystole", "asystole"),
    ],
)
def test_what_is_emergent_at_once_is_so_when_it_has_lasted_long_enough_to_be_it(kind: str, key: str) -> None:
    least = TABLE.values().get(f"{key}.detect.duration_s", 0.0)
    assert after(kind, {}, 60.0, "emergent") == least
    # nothing lasts longer than it did
    assert after(kind, {}, least / 2, "emergent") == least / 2


@given(st.floats(120, 300), st.integers(15, 60))
def test_a_run_is_emergent_with_its_fifteenth_beat_whatever_its_rate(rate: float, beats: int) -> None:
    lasted = 0.1 + (beats - 1) * 60.0 / rate
    assert after(VT, run(beats, rate), lasted, "emergent") == pytest.approx(14 * 60.0 / rate)


@given(st.integers(3000, 6000))
def test_a_pause_is_urgent_at_the_very_interval_prescribed(limit: int) -> None:
    table = TABLE.changed({"pause.urgent.interval_ms": limit, "pause.emergent.interval_ms": 6000})
    found = Found("pause", pause(6500), 6.5)
    assert met_after(found, table, PLAIN, "urgent") == pytest.approx(limit / 1000)
    going_on = judge(Found("pause", pause(2990), 2.99, open=True), table, PLAIN)
    assert going_on.again_s == 3.0
    later = judge(Found("pause", pause(2990), 3.0, open=True), table, PLAIN)
    assert later.again_s == (6.0 if limit == 3000 else limit / 1000)


def test_how_grave_the_tiers_are() -> None:
    assert [rank(tier) for tier in (None, "daily", "urgent", "emergent")] == [0, 1, 2, 3]


def test_nothing_is_met_before_it_lasts_long_enough_for_the_analysis_to_tell_it() -> None:
    sooner = TABLE.changed({"svt.urgent.duration_s": 20})
    assert met_after(Found("tachycardia", tachy(160), 95.0), sooner, PLAIN, "urgent") == 60.0
    told_from = {"tachycardia.detect.duration_s": 10.0}
    found = Found("sinus-tachycardia", tachy(160), 95.0, measured=told_from)
    assert met_after(found, sooner, PLAIN, "urgent") == 20.0
