"""What follows a pulse: a tail alone is told from a beat, however fast it falls, and it is learned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.ecg.test_pacing import UNITS

from einthoven.ecg import pacing, pacing_wake

RATE, SECONDS = 250, 14
STARTS = [int(t * RATE) for t in np.arange(0.8, SECONDS - 0.6)]


def paced(
    height_mv: float = 3.0,
    tail_mv: float = 0.0,
    tail_ms: float = 50.0,
    beat_mv: float = 0.0,
    t_mv: float = 0.0,
) -> NDArray[np.int16]:
    """Two leads, 5 µV a unit: a pulse every second, its tail, a QRS complex and a T wave where asked for."""
    at = np.arange(SECONDS * RATE) / RATE
    line = np.zeros(len(at))
    for start in STARTS:
        line[start] += height_mv
        since = at - at[start]
        line -= np.where(since > 0, tail_mv * np.exp(-np.maximum(since, 0) * 1000 / tail_ms), 0.0)
        line += beat_mv * np.maximum(0, 1 - np.abs(since - 0.07) / 0.06)
        turn = (since - 0.18) / 0.18
        line += t_mv * np.where((turn > 0) & (turn < 1), np.sin(np.pi * turn), 0.0)
    both = line[:, None] * [1.0, 0.7] + np.random.default_rng(1).normal(0, 0.004, (len(at), 2))
    return np.round(both * 200).astype(np.int16)


def followed(samples: NDArray[np.int16]) -> tuple[NDArray[np.int16], list[int], NDArray[np.int64]]:
    """What is passed on, the barren pulses kept, the state of the watch."""
    words = np.zeros(pacing.words(2), np.int64)
    out = np.zeros(samples.size + 4, np.int16)
    pacing.clean(
        words.view(np.float64), words, samples.reshape(-1), 0, len(samples), 2, 0, RATE * 1000, UNITS, out
    )
    wake = words[pacing.at_wake(2) :]
    kept = range(max(0, wake[pacing_wake.W_BARREN] - pacing_wake.KEEP), wake[pacing_wake.W_BARREN])
    barren = [int(wake[pacing_wake.AT_BARREN + k % pacing_wake.KEEP]) for k in kept]
    return out[: samples.size].reshape(samples.shape), barren, wake


@settings(max_examples=30, deadline=None)
@given(st.floats(12.0, 120.0), st.floats(-2.0, 2.0))
def test_pulses_with_any_tail_and_no_beat_are_barren(tail_ms: float, tail_mv: float) -> None:
    height_mv = 3.0 if tail_mv > 0 else -3.0
    assert (
        followed(paced(height_mv, abs(tail_mv) * np.sign(height_mv), tail_ms))[1]
        == STARTS[-pacing_wake.KEEP :]
    )


@pytest.mark.parametrize("tail_mv", [0.0, 2.0])
@pytest.mark.parametrize(("beat_mv", "t_mv"), [(1.0, 0.2), (0.3, 0.05), (0.0, 0.25), (-0.3, -0.05)])
def test_pulses_that_a_beat_follows_are_not(tail_mv: float, beat_mv: float, t_mv: float) -> None:
    assert followed(paced(3.0, tail_mv, 50.0, beat_mv, t_mv))[1] == []


def test_the_fall_of_the_tail_is_learned_and_taken_off() -> None:
    out, _, wake = followed(paced(3.0, 2.0, 30.0))
    falls = wake.view(np.float64)[pacing_wake.AT_LEADS + pacing_wake.L_FALL_MS]
    assert falls == pytest.approx(30.0, rel=0.15)
    assert np.abs(out[STARTS[-4] - 5 : STARTS[-3]]).max() * 5 < 150


@pytest.mark.parametrize("beats", [True, False])
def test_a_small_pulse_is_hidden_only_where_its_like_were_barren(beats: bool) -> None:
    out = followed(paced(0.25, beat_mv=1.0 if beats else 0.0))[0]
    shown = np.abs(out[STARTS[-1] - 2 : STARTS[-1] + 3, 0]).max() * 5
    assert (shown > 150) == beats
