"""A heart that stands still, under all that may hide it: noise, a pacemaker's pulses, leads that come off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.ecg.analyze import analyze
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Disturbance, Rhythm, Script

I16 = NDArray[np.int16]
STILL, AGAIN = 60, 90
"""Seconds at which the heart stops, and beats again."""


def stopping(
    layout: Layout,
    kind: str = "sinus",
    seconds: int = 120,
    disturbances: tuple[Disturbance, ...] = (),
    seed: int = 1,
) -> I16:
    rhythms = (Rhythm(0, kind, 70), Rhythm(STILL, "asystole", 40), Rhythm(AGAIN, kind, 70))
    heart = Heart(Script(rhythms=rhythms, disturbances=disturbances), layout, seed=seed)
    return heart.samples(0, int(seconds * layout.rate_hz)).copy()


def pulses(samples: I16, rate: float, start: float, stop: float) -> I16:
    """With pulses of 2 mV and 2 ms, 70 a minute, each followed by what an amplifier makes of it."""
    wave = samples.astype(float)
    tail = -100 * np.exp(-np.arange(int(0.02 * rate)) / (0.004 * rate))
    for time in np.arange(start, stop, 60 / 70):
        first, width = int(time * rate), max(1, round(0.002 * rate))
        wave[first : first + width] += 400
        wave[first + width : first + width + len(tail)] += tail[:, None]
    return np.clip(np.rint(wave), -2047, 2047).astype(np.int16)


def told(samples: I16, layout: Layout) -> dict[str, list[dict[str, Any]]]:
    findings: dict[str, list[dict[str, Any]]] = {}
    for finding in analyze(samples, layout).findings:
        findings.setdefault(finding["kind"], []).append(finding)
    return findings


@pytest.mark.parametrize("millivolts", [0.02, 0.03, 0.05])
def test_under_the_noise_of_muscles(millivolts: float) -> None:
    layout = layout_of(("II",), 250.0)
    noise = (Disturbance(0, 120, "muscle", millivolts),)
    found = told(stopping(layout, disturbances=noise), layout)
    first = found["asystole"][0]
    assert first["evidence"]["told"] <= STILL + 9
    assert first["opened"] == pytest.approx(STILL, abs=1.0)
    # A peak of much noise may pass for a beat and end it.
    assert sum(f["closed"] - f["opened"] for f in found["asystole"]) >= (25 if millivolts < 0.05 else 15)


@pytest.mark.parametrize(("lead", "rate"), [("II", 250.0), ("V5", 500.0), ("V1", 360.0)])
def test_under_pulses_that_capture_nothing(lead: str, rate: float) -> None:
    layout = layout_of((lead,), rate)
    found = told(pulses(stopping(layout, "paced"), rate, STILL + 0.3, AGAIN - 0.5), layout)
    ((start, stop),) = [(f["opened"], f["closed"]) for f in found["asystole"]]
    # These pulses are of another height than those before: they are known from the fifth of them on.
    assert (start, stop) == (pytest.approx(STILL, abs=3.5), pytest.approx(AGAIN, abs=2.0))
    assert found["asystole"][0]["evidence"]["told"] <= STILL + 7
    assert "capture-failure" in found
    for kind in ("paced-rhythm", "sinus-rhythm", "pause"):
        for other in found.get(kind, []):
            told_s = found["asystole"][0]["evidence"]["told"]
            assert min(other["closed"], stop) - max(other["opened"], told_s) <= 1.0, kind


@pytest.mark.parametrize("stop", [79, 120])
def test_it_ends_where_the_leads_come_off(stop: int) -> None:
    layout = layout_of(("II",), 250.0)
    samples = stopping(layout)
    samples[70 * 250 : stop * 250] = INVALID_SAMPLE
    found = told(samples, layout)
    first, *more = found["asystole"]
    if stop == 79:
        # Nine whole seconds are no loss: what stood still before and stands still after stood still.
        assert more == []
        assert first["closed"] == pytest.approx(AGAIN, abs=1.5)
        return
    assert more == []
    assert first["closed"] == pytest.approx(70, abs=1.0)
    assert [f["opened"] for f in found["analysis-lost"]] == [pytest.approx(70, abs=1.0)]


def test_where_nothing_can_be_found_it_lasts_no_longer_than_the_line_is_still() -> None:
    layout = layout_of(("II", "V1"), 250.0)
    samples = stopping(layout)
    samples[::50] = INVALID_SAMPLE
    ((start, stop),) = [(f["opened"], f["closed"]) for f in told(samples, layout)["asystole"]]
    assert start == pytest.approx(STILL, abs=1.5)
    assert stop == pytest.approx(AGAIN, abs=2.0)


def test_a_pause_lasts_on_while_fit_leads_show_no_beat() -> None:
    layout = layout_of(("II",), 250.0)
    samples = stopping(layout)
    rng = np.random.default_rng(1)
    # Not there before, so that it may hide beats: no asystole is told.
    samples[STILL * 250 : AGAIN * 250, 0] += (rng.normal(0, 16, (AGAIN - STILL) * 250)).astype(np.int16)
    found = told(samples, layout)
    if "analysis-lost" in found and "pause" in found:
        assert max(f["closed"] for f in found["pause"]) >= found["analysis-lost"][0]["closed"] - 1.0


@pytest.mark.parametrize("leads", [2, 6, 12])
@pytest.mark.parametrize("kind", ["vt", "asystole"])
def test_leads_that_were_never_on_take_nothing_from_the_one_that_is(leads: int, kind: str) -> None:
    one = Layout(250.0, (Lead("II", 200.0, 0, 16, 0),))
    script = Script(rhythms=(Rhythm(0, "sinus", 70), Rhythm(60, kind, 160), Rhythm(90, "sinus", 70)))
    samples = Heart(script, one, seed=3).samples(0, 110 * 250)
    many = np.full((len(samples), leads), INVALID_SAMPLE, np.int16)
    many[:, 1] = samples[:, 0]
    plan = Layout(250.0, tuple(Lead(f"lead {k}", 200.0, 0, 16, 0) for k in range(leads)))
    alone, beside = analyze(samples, one), analyze(many, plan)
    assert abs(len(beside.beats) - len(alone.beats)) <= 2


def test_a_paced_rhythm_tells_no_rate_that_is_not_known() -> None:
    layout = layout_of(("II",), 250.0)
    heart = Heart(Script(rhythms=(Rhythm(0, "paced", 70),)), layout, seed=1)
    (finding,) = told(heart.samples(0, 12 * 250), layout)["paced-rhythm"]
    assert finding["evidence"]["values"]["rate_bpm"] != 0.0
