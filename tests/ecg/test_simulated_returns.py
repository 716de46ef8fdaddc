"""How soon it is told that a rhythm is over; and pulses of a pacemaker that heed nothing."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from einthoven.ecg.analyze import Analysis, analyze
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Incident, Rhythm, Script

RATE_HZ = 250
LAYOUT = layout_of(("II", "V1"), float(RATE_HZ))


def played(rhythms: tuple[Rhythm, ...], seconds: int, seed: int) -> NDArray[np.int16]:
    return Heart(Script(rhythms), LAYOUT, seed).samples(0, seconds * RATE_HZ)


@cache
def analysed(rhythms: tuple[Rhythm, ...], seconds: int, seed: int) -> Analysis:
    return analyze(played(rhythms, seconds, seed), LAYOUT)


def pulsed(samples: NDArray[np.int16], times: NDArray[np.float64]) -> NDArray[np.int16]:
    """Pulses of 2 mV that make no beat."""
    out = samples.astype(np.int64)
    for time in times:
        out[int(time * RATE_HZ)] += 400
    return np.clip(out, -32767, 32767).astype(np.int16)


def told(found: Analysis, kind: str) -> list[float]:
    """Seconds at which findings of a kind were told to begin."""
    return [f["evidence"]["told"] for f in found.findings if f["kind"] == kind]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("block_s", [60, 390])
def test_sinus_rhythm_behind_third_degree_block_is_told_within_half_a_minute(seed: int, block_s: int) -> None:
    end = 90 + block_s
    rhythms = (Rhythm(0, "sinus", 64), Rhythm(90, "block3", 36), Rhythm(end, "sinus", 62))
    found = analysed(rhythms, end + 60, seed)
    assert [second for second in told(found, "sinus-rhythm") if end < second <= end + 35]
    assert not [f for f in found.findings if f["kind"] == "junctional-rhythm" and f["opened"] > end]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fibrillation_is_over_when_sinus_rhythm_was_seen_for_long(seed: int) -> None:
    """Sinus rhythm begins anew once fibrillation is closed."""
    rhythms = (Rhythm(0, "sinus", 72), Rhythm(200, "afib", 128), Rhythm(400, "sinus", 76))
    found = analysed(rhythms, 540, seed)
    (episode,) = [f for f in found.findings if f["kind"] == "atrial-fibrillation"]
    assert abs(episode["closed"] - 400) <= 6
    assert [second for second in told(found, "sinus-rhythm") if 400 < second <= 445]


@pytest.mark.parametrize("seed", range(1, 7))
def test_pulses_that_keep_their_pace_past_the_sinus_do_not_sense_it(seed: int) -> None:
    samples = played((Rhythm(0, "paced", 70), Rhythm(60, "sinus", 78)), 120, seed)
    found = analyze(pulsed(samples, np.arange(60.3, 119.0, 1.0)), LAYOUT)
    assert [second for second in told(found, "sensing-failure") if second <= 80]


@pytest.mark.parametrize("seed", [1, 2])
def test_pulses_of_the_atria_that_are_conducted_are_no_failure(seed: int) -> None:
    heart = Heart(Script((Rhythm(0, "sinus", 70),)), LAYOUT, seed)
    samples, beats = heart.samples(0, 120 * RATE_HZ), heart.truth(0, 120 * RATE_HZ).beats
    found = analyze(pulsed(samples, np.array([at / RATE_HZ - 0.2 for at, _ in beats[1:]])), LAYOUT)
    assert not told(found, "sensing-failure")


@pytest.mark.parametrize(("rate", "seed"), [(70, 1), (75, 2)])
def test_nor_are_they_beside_ventricular_beats(rate: int, seed: int) -> None:
    """Pulses of the atria need not heed beats of the ventricles, behind which they lead none."""
    early = tuple(Incident(second, "pvc") for second in np.arange(6.0, 116.0, 3.4))
    heart = Heart(Script((Rhythm(0, "sinus", rate, variability=0.0),), incidents=early), LAYOUT, seed)
    beats = heart.truth(0, 120 * RATE_HZ).beats
    first = next(at for at, symbol in beats if symbol != "V") / RATE_HZ
    pulses = np.arange(first - 0.2 + 60 / rate, 118.0, 60 / rate)
    found = analyze(pulsed(heart.samples(0, 120 * RATE_HZ), pulses), LAYOUT)
    assert sum(symbol == "V" for _, symbol in beats) == len(early)
    assert not told(found, "sensing-failure")
