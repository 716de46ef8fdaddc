"""Every rhythm, incident and disturbance a simulated heart can be told to have is found and named rightly."""

from __future__ import annotations

import pytest
from tests.ecg.simulated import AFTER_S, BEFORE_S, Case, played

from einthoven.ecg.kinds import BY_CODE
from einthoven.sim.hearts.script import RHYTHMS, Disturbance, Incident

ONE = (("II", "V1"), 250.0)
OTHERS = ((("II",), 360.0), (("I", "II", "V2"), 200.0), (("V5", "V1"), 500.0))
NAMES = (
    "N",
    "AFIB",
    "AFL",
    "SVTA",
    "VT",
    "IVR",
    "B",
    "T",
    "AB",
    "BI",
    "BII",
    "B3",
    "NOD",
    "P",
    "SBR",
    "ASYS",
)
VOCABULARY = {f"({name}" for name in NAMES}

# The rhythm, its rate; what is found; least shares of true time told and of told time true; seconds by which
# onset and end may be off, and within which it must be told.
FOUND = {
    "bigeminy 75": ("ventricular-bigeminy", 0.95, 0.98, 3, 12),
    "trigeminy 75": ("ventricular-trigeminy", 0.95, 0.98, 4, 15),
    "afib 95": ("atrial-fibrillation", 0.85, 0.98, 15, 130),
    "afib 140": ("atrial-fibrillation", 0.85, 0.98, 15, 130),
    "flutter 75": ("atrial-flutter", 0.95, 0.95, 8, 75),
    "svt 180": ("supraventricular-tachycardia", 0.95, 0.98, 3, 8),
    "vt 125": ("sustained-ventricular-tachycardia", 0.95, 0.98, 3, 4),
    "vt 170": ("sustained-ventricular-tachycardia", 0.95, 0.98, 3, 4),
    "junctional 48": ("junctional-rhythm", 0.9, 0.9, 8, 20),
    "idioventricular 42": ("idioventricular-rhythm", 0.95, 0.98, 3, 12),
    "asystole 70": ("asystole", 0.95, 0.95, 3, 6),
    "block1 70": ("av-block-1", 0.9, 0.95, 8, 25),
    "wenckebach 72": ("av-block-2-mobitz-1", 0.9, 0.98, 8, 15),
    "mobitz2 72": ("av-block-2-mobitz-2", 0.9, 0.98, 8, 15),
    "block3 38": ("av-block-3", 0.9, 0.98, 8, 25),
    "paced 70": ("paced-rhythm", 0.95, 0.98, 3, 10),
}
HIGH = {
    "vt": {"sustained-ventricular-tachycardia", "ventricular-flutter"},
    "vf": {"ventricular-fibrillation", "ventricular-flutter"},
    "asystole": {"asystole"},
    "block3": {"av-block-3"},
}
"""Findings of high priority that a rhythm may have; the others none."""


def case(text: str, seed: int = 1, layout: tuple[tuple[str, ...], float] = ONE) -> Case:
    kind, rate = text.split()
    return Case(kind, float(rate), seed, leads=layout[0], rate_hz=layout[1])


@pytest.mark.parametrize("text", FOUND)
def test_a_rhythm_is_found_named_and_timed(text: str) -> None:
    name, least_told, least_true, off_s, told_s = FOUND[text]
    one = case(text)
    got = played(one)
    told, true = got.agreement(RHYTHMS[one.kind])
    assert told >= least_told, got.found.rhythm
    assert true >= least_true, got.found.rhythm
    spans = got.spans(name)
    assert spans[0][0] == pytest.approx(BEFORE_S, abs=off_s)
    assert spans[-1][1] == pytest.approx(BEFORE_S + one.for_s, abs=off_s)
    assert got.told_after(name)[0] <= told_s
    assert got.kinds("high") <= HIGH.get(one.kind, set())


@pytest.mark.parametrize("seed", [2, 3, 4])
@pytest.mark.parametrize("text", [text for text in FOUND if text not in ("afib 140", "vt 170", "flutter 75")])
def test_whoever_has_it_and_however_it_is_measured(text: str, seed: int) -> None:
    one = case(text, seed, OTHERS[seed - 2])
    got = played(one)
    told, true = got.agreement(RHYTHMS[one.kind])
    assert told >= 0.8, got.found.rhythm
    assert true >= 0.9, got.found.rhythm
    assert got.kinds("high") <= HIGH.get(one.kind, set())


@pytest.mark.parametrize("seed", [2, 3])
def test_flutter_is_found_where_its_waves_are_seen(seed: int) -> None:
    told, true = played(case("flutter 60", seed, OTHERS[seed - 2])).agreement("(AFL")
    assert told >= 0.9
    assert true >= 0.9


@pytest.mark.parametrize("seed", [1, 2])
def test_fibrillation_of_the_ventricles(seed: int) -> None:
    got = played(case("vf 70", seed, (ONE, *OTHERS)[seed - 1]))
    told, true = got.agreement("(VFIB")
    assert told >= 0.95
    assert true >= 0.95
    kind = "ventricular-fibrillation"
    assert got.told_after(kind)[0] <= 10
    assert got.kinds("high") <= HIGH["vf"]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_torsade_is_told_as_something_as_grave(seed: int) -> None:
    """So twisted that half its beats are not found, it may be named flutter or plain tachycardia."""
    got = played(case("torsade 220", seed))
    named = got.kinds("high") | {"nonsustained-ventricular-tachycardia"} & got.kinds()
    assert named & {"torsade-de-pointes", "sustained-ventricular-tachycardia", "ventricular-flutter"}
    onsets = [(f["opened"], f["evidence"]["told"]) for f in got.found.findings if f["kind"] in named]
    assert min(told for _, told in onsets) <= BEFORE_S + 10


@pytest.mark.parametrize(("symbol", "text"), [("/", "paced 70"), ("V", "bigeminy 75"), ("A", "svt 180")])
def test_beats_have_their_class(symbol: str, text: str) -> None:
    true, told = played(case(text)).beats()
    mine = [b for a, b in zip(true, told, strict=True) if a == symbol]
    assert mine.count({"A": "S"}.get(symbol, symbol)) >= 0.97 * len(mine)
    normal = [b for a, b in zip(true, told, strict=True) if a == "N"]
    assert normal.count("N") >= 0.97 * len(normal)


def test_incidents_are_found() -> None:
    incidents = (
        Incident(30, "pvc"),
        Incident(50, "couplet"),
        Incident(70, "run", beats=8, rate_bpm=170),
        Incident(90, "run", beats=3, rate_bpm=150),
        Incident(110, "pac"),
        Incident(130, "pause", seconds=3.4),
    )
    got = played(Case("sinus", 72, for_s=90, incidents=incidents))
    true, told = got.beats()
    assert [b for a, b in zip(true, told, strict=True) if a == "V"] == ["V"] * (1 + 2 + 8 + 3)
    assert [b for a, b in zip(true, told, strict=True) if a == "A"] == ["S"]
    ((start, stop),) = got.spans("nonsustained-ventricular-tachycardia")
    assert stop - start == pytest.approx(7 * 60 / 170, rel=0.05)
    assert got.told_after("nonsustained-ventricular-tachycardia")[0] <= 4
    assert len(got.spans("ventricular-couplet")) == 1
    assert len(got.spans("ventricular-run")) == 1
    ((start, stop),) = got.spans("pause")
    assert stop - start == pytest.approx(3.4, abs=0.02)
    assert got.kinds("high") == set()


SOILED = (
    Disturbance(20, 60, "wander", 0.5),
    Disturbance(100, 40, "muscle", 0.15),
    Disturbance(180, 60, "mains", 0.2),
    Disturbance(280, 30, "motion", 0.4, leads=("V1",)),
    Disturbance(340, 20, "lead_off", leads=("V1",)),
    Disturbance(380, 15, "lead_off"),
    Disturbance(420, 60, "muscle", 0.3, leads=("II",)),
    Disturbance(500, 40, "motion", 0.25),
)
"""Ten minutes with everything that comes between heart and converter."""


@pytest.mark.parametrize(
    ("kind", "rate"),
    [
        ("sinus", 60),
        ("sinus", 95),
        ("afib", 80),
        ("afib", 120),
        ("paced", 70),
        ("block1", 65),
        ("bigeminy", 70),
    ],
)
def test_disturbances_never_become_an_alarm_of_high_priority(kind: str, rate: float) -> None:
    """Half an hour of each: the ten minutes thrice, of three people."""
    for seed in (1, 2, 3):
        got = played(Case(kind, rate, seed, for_s=600 - BEFORE_S - AFTER_S, disturbances=SOILED))
        assert got.kinds("high") == set(), seed


def test_a_lost_signal_is_said_and_is_no_arrhythmia() -> None:
    got = played(Case("sinus", 72, disturbances=(Disturbance(90, 30, "lead_off"),)))
    ((start, stop),) = got.spans("analysis-lost")
    assert start == pytest.approx(90, abs=1.5)
    assert stop == pytest.approx(120, abs=1.5)
    assert got.kinds() <= {"analysis-lost", "sinus-arrhythmia", "sinus-rhythm"}


def test_every_rhythm_label_is_of_the_vocabulary() -> None:
    assert {kind.aux for kind in BY_CODE.values()} - {""} | {"(N"} == VOCABULARY
    assert set(RHYTHMS.values()) <= VOCABULARY | {"(VFIB"}
