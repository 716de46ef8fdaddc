"""A torsade: its axis turns, so that many beats are small in every lead and missed; it is told still."""

from __future__ import annotations

import pytest
from tests.ecg.simulated import BEFORE_S, Case, played

from einthoven.ecg.analyze import analyze
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Rhythm, Script

CASES = [
    Case("torsade", rate, seed, for_s=60.0, leads=leads, rate_hz=rate_hz)
    for leads, rate_hz in ((("V1",), 250.0), (("V1",), 1000.0), (("II",), 128.0), (("II", "V5"), 333.3))
    for rate in (180.0, 220.0)
    for seed in (0, 1, 11)
]
GRAVE = {
    "torsade-de-pointes",
    "sustained-ventricular-tachycardia",
    "nonsustained-ventricular-tachycardia",
    "ventricular-flutter",
}
"""What a torsade may be named; each is told with high priority while it goes on."""


def name_of(case: Case) -> str:
    return f"{'+'.join(case.leads)} at {case.rate_hz:g} Hz, {case.rate_bpm:g} a minute, heart {case.seed}"


def told_by(case: Case, seconds: float) -> bool:
    """Whether something grave is told of a record that ends so long after the onset."""
    layout = layout_of(case.leads, case.rate_hz)
    script = Script(rhythms=(Rhythm(0.0, "sinus", 70.0), Rhythm(BEFORE_S, case.kind, case.rate_bpm)))
    samples = Heart(script, layout, seed=case.seed).samples(0, int((BEFORE_S + seconds) * case.rate_hz))
    return bool({finding["kind"] for finding in analyze(samples, layout).findings} & GRAVE)


def test_they_are_told_within_ten_seconds_but_for_one_that_is_hardly_seen() -> None:
    late = [case for case in CASES if not told_by(case, 10.0)]
    assert len(late) <= 1
    assert all(told_by(case, 22.0) for case in late)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_it_goes_on_as_long_as_it_does(case: Case) -> None:
    got = played(case)
    told = [finding for finding in got.found.findings if finding["kind"] in GRAVE]
    seconds = range(int(BEFORE_S) + 5, int(BEFORE_S + case.for_s) - 1)
    missing = [s for s in seconds if not any(f["opened"] <= s <= f["closed"] for f in told)]
    assert len(missing) <= 8, missing
    slow = [f for f in got.found.findings if f["kind"].endswith("idioventricular-rhythm")]
    assert sum(f["closed"] - f["opened"] for f in slow) <= 10


def test_all_of_them_are_told_as_going_on_for_long() -> None:
    for case in CASES:
        assert played(case).kinds("high") & GRAVE, name_of(case)
