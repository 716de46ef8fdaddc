"""Beats that come so fast that they fill every part of a second are not noise; noise among them is."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from einthoven.base.layout import Layout
from einthoven.ecg.analyze import analyze
from einthoven.ecg.beats import GOOD, NOISY, UNUSABLE
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Rhythm, Script

FROM_S, FOR_S = 30, 60
"""Sinus rhythm, then the fast one."""


@lru_cache(maxsize=8)
def fast(kind, rate_bpm, leads=("II", "V5"), rate_hz=250.0, seed=1):
    """int16[n, leads] of a rhythm that becomes fast, and its layout."""
    plan: Layout = layout_of(leads, rate_hz)
    script = Script(rhythms=(Rhythm(0, "sinus", 74), Rhythm(FROM_S, kind, rate_bpm)))
    return Heart(script, plan, seed=seed).samples(0, int((FROM_S + FOR_S) * rate_hz)), plan


def grades(samples, plan):
    """uint8[seconds, leads] of the fast rhythm, without its first seconds and the last."""
    return analyze(samples, plan).quality[FROM_S + 5 : FROM_S + FOR_S - 1]


def noise(samples, decibels):
    """White noise so many decibels below the lead's beats (as in the noise stress test), in units."""
    rms = np.ptp(samples, axis=0) / np.sqrt(8.0 * 10 ** (decibels / 10))
    return np.random.default_rng(2).normal(0.0, rms, samples.shape).astype(np.int16)


CLEAN = [
    ("sinus", 170), ("svt", 150), ("svt", 184), ("svt", 220), ("svt", 280),
    ("vt", 150), ("vt", 180), ("vt", 250), ("afib", 170), ("afib", 200),
]  # fmt: skip


@pytest.mark.parametrize("leads", [("II", "V5"), ("V1",)], ids="+".join)
@pytest.mark.parametrize(("kind", "rate_bpm"), CLEAN)
def test_a_clean_fast_rhythm_is_good(kind, rate_bpm, leads):
    told = grades(*fast(kind, rate_bpm, leads))
    assert (told == GOOD).mean(axis=0).min() >= 0.95


@pytest.mark.parametrize("rate_hz", [125.0, 128.0, 360.0, 500.0, 999.9, 1000.0])
@pytest.mark.parametrize(("kind", "rate_bpm"), [("svt", 220), ("vt", 180)])
def test_at_any_sampling_rate(kind, rate_bpm, rate_hz):
    told = grades(*fast(kind, rate_bpm, ("II", "V1", "V5"), rate_hz))
    assert (told == GOOD).mean(axis=0).min() >= 0.95


@pytest.mark.parametrize(("kind", "rate_bpm"), [("svt", 184), ("svt", 220), ("vt", 180), ("afib", 170)])
@pytest.mark.parametrize(("decibels", "least"), [(6, 0.75), (0, 0.98)])
def test_a_fast_rhythm_under_noise_is_not(kind, rate_bpm, decibels, least):
    samples, plan = fast(kind, rate_bpm)
    told = grades(samples + noise(samples, decibels), plan)
    assert np.isin(told, (NOISY, UNUSABLE)).mean() >= least


def test_noise_on_one_lead_is_that_lead_s():
    samples, plan = fast("svt", 220)
    spoilt = samples.copy()
    spoilt[:, 1] += noise(samples, 0)[:, 1]
    told = grades(spoilt, plan)
    assert (told[:, 0] == GOOD).mean() >= 0.95
    assert np.isin(told[:, 1], (NOISY, UNUSABLE)).mean() >= 0.95


def test_a_burst_of_noise_is_told_in_its_seconds():
    samples, plan = fast("svt", 220)
    spoilt = samples.copy()
    part = slice(60 * 250, 66 * 250)
    spoilt[part] += noise(spoilt[part], 0)
    told = analyze(spoilt, plan).quality
    assert np.isin(told[61:66], (NOISY, UNUSABLE)).all()
    assert (told[40:60] == GOOD).mean() >= 0.95
    assert (told[70:89] == GOOD).mean() >= 0.95


@pytest.mark.parametrize("share", [0.4, 1.0, 2.0])
@pytest.mark.parametrize(("kind", "rate_bpm"), [("svt", 220), ("vt", 250)])
def test_mains_repeat_too_but_are_noise(kind, rate_bpm, share):
    samples, plan = fast(kind, rate_bpm)
    hum = share * np.ptp(samples) * np.sin(2 * np.pi * 50 * np.arange(len(samples)) / 250.0 + 0.3)
    told = grades(np.clip(samples + hum[:, None], -32000, 32000).astype(np.int16), plan)
    assert (told == GOOD).mean() <= 0.05
