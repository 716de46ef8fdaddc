"""Every rhythm that the ward of the demo is scripted to have is found in what it sends."""

from __future__ import annotations

import pytest

from einthoven.ecg.analyze import analyze
from einthoven.sim.hearts.heart import Heart
from einthoven.sim.scenario import shipped

WARD = shipped("ward16")
SECONDS = 660
WANTED = {
    "afib": {"atrial-fibrillation"},
    "flutter": {"atrial-flutter"},
    "svt": {"supraventricular-tachycardia"},
    "bigeminy": {"ventricular-bigeminy"},
    "trigeminy": {"ventricular-trigeminy"},
    "block1": {"av-block-1"},
    "wenckebach": {"av-block-2-mobitz-1"},
    "mobitz2": {"av-block-2-mobitz-2"},
    "block3": {"av-block-3"},
    "paced": {"paced-rhythm"},
    "sinus": {"sinus-rhythm"},
    "run": {"nonsustained-ventricular-tachycardia"},
    "couplet": {"ventricular-couplet"},
    "pause": {"pause"},
}
"""Kind of finding that says a scripted rhythm or incident."""


@pytest.mark.parametrize("wearer", WARD.wearers, ids=lambda one: one.id)
def test_what_is_scripted_is_found(wearer) -> None:
    script = WARD.hearts[wearer.heart]
    samples = Heart(script, wearer.layout, seed=1).samples(0, round(SECONDS * wearer.layout.rate_hz))
    found = {finding["kind"] for finding in analyze(samples, wearer.layout).findings}
    for event in (*script.rhythms, *script.incidents):
        if event.at_s < SECONDS - 120:
            assert found & WANTED[event.kind], event.kind


def test_every_scripted_rhythm_has_a_finding_to_look_for() -> None:
    kinds = {event.kind for heart in WARD.hearts.values() for event in (*heart.rhythms, *heart.incidents)}
    assert kinds <= set(WANTED)
