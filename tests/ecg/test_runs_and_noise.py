"""Tachycardias out of slow rhythms are told, noise in fibrillation makes none, and holes hide none."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.analyze import Analysis, analyze
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Disturbance, Incident, Rhythm, Script

LONG = {"sustained-ventricular-tachycardia", "torsade-de-pointes"}


def spans(found: Analysis, kinds: set[str]) -> list[tuple[float, float]]:
    return [(f["opened"], f["closed"]) for f in found.findings if f["kind"] in kinds]


@pytest.mark.parametrize("rate", [45, 55])
def test_runs_out_of_a_slow_regular_rhythm_are_told_beat_by_beat(rate: int) -> None:
    """Beside narrow beats wide ones are low and less steep; they are no P waves."""
    runs = tuple(Incident(60.0 + 15 * k, "run", beats=5 + k, rate_bpm=160) for k in range(5))
    heart = Heart(
        Script((Rhythm(0, "sinus", rate, variability=0.4),), incidents=runs),
        layout_of(("II", "V1"), 250.0),
        2,
    )
    found = analyze(heart.samples(0, 150 * 250), heart.layout)
    assert len(spans(found, {"nonsustained-ventricular-tachycardia"})) == 5
    true = [at for at, symbol in heart.truth(0, 150 * 250).beats if symbol == "V"]
    told = found.beats["sample"]
    assert all(np.min(np.abs(told - at)) <= 38 for at in true)


@pytest.mark.parametrize(
    ("leads", "seed", "for_s"), [(("II", "V1"), 2, 60.0), (("I", "II", "V1", "V2"), 1, 30.0)]
)
def test_motion_in_atrial_fibrillation_is_no_long_tachycardia(
    leads: tuple[str, ...], seed: int, for_s: float
) -> None:
    script = Script((Rhythm(0, "afib", 110),), disturbances=(Disturbance(30, 30 + for_s, "motion", 0.8),))
    heart = Heart(script, layout_of(leads, 250.0), seed)
    found = analyze(heart.samples(0, 110 * 250), heart.layout)
    assert sum(stop - start for start, stop in spans(found, LONG)) <= 6.0


def test_fibrillation_goes_on_where_each_beat_before_it_had_a_short_hole() -> None:
    heart = Heart(Script((Rhythm(0, "sinus", 70), Rhythm(40, "vf", 70))), layout_of(("II",), 250.0), 4)
    count = 100 * 250
    samples = heart.samples(0, count)
    for at, _ in heart.truth(0, count).beats:
        samples[at + 2 : at + 7] = INVALID_SAMPLE
    waves = spans(analyze(samples, heart.layout), {"ventricular-fibrillation", "ventricular-flutter"})
    assert sum(stop - start for start, stop in waves) >= 55
