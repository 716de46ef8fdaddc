"""Pulses of a pacemaker among the samples: found, hidden when large, the same however samples are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg import pacing

UNITS = np.array([5.0, 5.0])
SECONDS = 12
CUTS = st.lists(st.integers(1, SECONDS * 250 - 1), max_size=20, unique=True)


def line(
    rate: int, every_s: float = 1.0, height: int = 600, width: int = 1, seed: int = 1
) -> NDArray[np.int16]:
    """Two leads, 5 µV a unit: slow waves, a little noise, pulses every so often on both."""
    at = np.arange(SECONDS * rate)
    wave = 60 * np.sin(2 * np.pi * at / rate)[:, None] * [1.0, 0.6]
    wave += np.random.default_rng(1).normal(0, 1.5, wave.shape)
    for start in np.arange(0.5, SECONDS - 0.5, every_s):
        first = int(start * rate)
        wave[first : first + width] += height
    return np.round(wave).astype(np.int16)


def cleaned(samples: NDArray[np.int16], rate: int, cuts: list[int]) -> tuple[NDArray[np.int16], list[int]]:
    """What is passed on, and the samples of the pulses (the last ones kept)."""
    words = np.zeros(pacing.words(2), np.int64)
    out, flat = np.zeros_like(samples), samples.reshape(-1)
    for start, stop in zip([0, *cuts], [*cuts, len(samples)], strict=True):
        part = np.zeros(2 * (stop - start) + 4, np.int16)
        pacing.clean(
            words.view(np.float64), words, flat, 2 * start, stop - start, 2, start, rate * 1000, UNITS, part
        )
        out[start:stop] = part[: 2 * (stop - start)].reshape(-1, 2)
    first = max(0, words[pacing.PULSES] - pacing.KEEP)
    return out, [int(words[pacing.AT_PULSES + k % pacing.KEEP]) for k in range(first, words[pacing.PULSES])]


@pytest.mark.parametrize("rate", [200, 250, 360, 500, 1000])
@pytest.mark.parametrize("height", [600, -600])
def test_large_pulses_are_found_and_hidden(rate: int, height: int) -> None:
    samples = line(rate, height=height)
    out, found = cleaned(samples, rate, [])
    assert found == [int(t * rate) for t in np.arange(0.5, SECONDS - 0.5)]
    assert np.abs(out).max() < 120


def test_small_pulses_are_hidden_once_five_came() -> None:
    samples = line(500, height=90, width=2)
    out, found = cleaned(samples, 500, [])
    assert len(found) == SECONDS - 1
    rise = (out[:, 0] - line(500, height=0)[:, 0]).reshape(SECONDS, 500)
    assert rise[0].max() > 60
    assert rise[6:].max() < 30


@pytest.mark.parametrize("rate", [250, 500])
def test_pulses_are_found_and_hidden_between_samples_that_are_missing(rate: int) -> None:
    samples = line(rate)
    samples[rate // 5 :: 64] = INVALID_SAMPLE
    measured = samples != INVALID_SAMPLE
    wanted = [int(t * rate) for t in np.arange(0.5, SECONDS - 0.5)]
    assert measured[wanted].all()

    out, found = cleaned(samples, rate, [])

    assert set(found) <= set(wanted)
    assert len(found) >= len(wanted) - 2
    assert np.sum(np.abs(out[measured]) > 120) <= 4


@pytest.mark.parametrize(("width", "height"), [(8, 600), (60, 600)])
def test_what_takes_longer_is_none(width: int, height: int) -> None:
    samples = line(250, height=height, width=width)
    assert cleaned(samples, 250, [])[1] == []


def test_waves_of_the_heart_and_noise_pass_unchanged() -> None:
    at = np.arange(SECONDS * 250) / 250
    beats = 400 * np.maximum(0, 1 - np.abs((at % 0.8) - 0.4) / 0.02)
    noise = np.random.default_rng(3).normal(0, 25, (len(at), 2))
    samples = np.round(beats[:, None] + noise).astype(np.int16)
    samples[1000:1100, 1] = INVALID_SAMPLE
    out, found = cleaned(samples, 250, [])
    assert found == []
    assert (out == samples).all()


def test_below_200_hz_nothing_is_done() -> None:
    samples = line(128)
    out, found = cleaned(samples, 128, [])
    assert found == []
    assert (out == samples).all()


@settings(max_examples=40, deadline=None)
@given(CUTS, st.sampled_from([90, 600, -2500]))
def test_cutting_changes_nothing(cuts: list[int], height: int) -> None:
    samples = line(250, height=height, width=2)
    whole, found = cleaned(samples, 250, [])
    again, same = cleaned(samples, 250, sorted(cuts))
    assert (again == whole).all()
    assert same == found


def test_a_beat_belongs_to_a_pulse_that_has_company() -> None:
    words = np.zeros(pacing.words(2), np.int64)
    state, flat = words.view(np.float64), line(250).reshape(-1)
    part = np.zeros(len(flat) + 4, np.int16)
    pacing.clean(state, words, flat, 0, SECONDS * 250, 2, 0, 250_000, UNITS, part)
    pulse = 125 + 5 * 250
    assert pacing.pulse_of(state, words, pulse + 15, 250_000) == pulse
    assert pacing.pulse_of(state, words, pulse + 60, 250_000) == -1
    alone = np.zeros(pacing.words(2), np.int64)
    pacing.clean(
        alone.view(np.float64),
        alone,
        line(250, every_s=20.0).reshape(-1),
        0,
        1000,
        2,
        0,
        250_000,
        UNITS,
        part,
    )
    assert alone[pacing.PULSES] == 1
    assert pacing.pulse_of(alone.view(np.float64), alone, 140, 250_000) == -1
