"""P waves that march through a slow escape rhythm: told from places alone, whatever the pace."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from einthoven.ecg.rhythm_layout import ATRIA_HEAD, MARCH_BEATS
from einthoven.ecg.rhythm_p_march import marches

RATE_HZ = 250.0
T_END_S, QRS_S = 0.45, 0.16
"""Behind a beat so long, and before it so long, no P wave is seen."""


@njit
def _follow(w: np.ndarray, beat: int, rr_ms: int, p: int, first: int, last: int) -> bool:
    return marches(w, beat, rr_ms, p, (first, last), RATE_HZ)


def told(beats_s: np.ndarray, p_waves_s: np.ndarray) -> list[bool]:
    """What is said at each beat but the first, when P waves lie at ``p_waves_s``."""
    w, said = np.zeros(ATRIA_HEAD, np.int64), []
    samples = np.rint(beats_s * RATE_HZ).astype(int)
    for before, beat in pairwise(samples.tolist()):
        first, last = before + int(T_END_S * RATE_HZ), beat - int(QRS_S * RATE_HZ)
        places = [int(p * RATE_HZ) for p in p_waves_s]
        seen = [p for p in places if first + 15 <= p <= last - 15]
        rr_ms = round((beat - before) * 1000 / RATE_HZ)
        said.append(bool(_follow(w, beat, rr_ms, seen[-1] if seen else 0, first, last)))
    return said


def escape(rr_s: float, count: int, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return np.asarray(1.0 + np.cumsum(rr_s * (1 + 0.02 * draw.standard_normal(count))))


@pytest.mark.parametrize(
    ("ventricles", "atria"), [(40, 66), (40, 98), (42, 78), (42, 66), (45, 78), (45, 98), (48, 70), (48, 80)]
)
@pytest.mark.parametrize("seed", range(4))
def test_atria_at_a_pace_of_their_own_are_told(ventricles: int, atria: int, seed: int) -> None:
    beats = escape(60.0 / ventricles, 60, seed)
    p_waves = np.arange(0.3, beats[-1], 60.0 / atria)
    assert sum(told(beats, p_waves)[MARCH_BEATS:]) >= 8


def conducted(beats: np.ndarray) -> np.ndarray:
    return beats - 0.2


def two_to_one(beats: np.ndarray) -> np.ndarray:
    middle = beats[:-1] - 0.2 + 0.5 * np.diff(beats)
    return np.sort(np.concatenate([beats - 0.2, middle]))


def behind(beats: np.ndarray) -> np.ndarray:
    """The end of the T wave, taken for a P wave."""
    return beats + 0.55


def slower(beats: np.ndarray) -> np.ndarray:
    """Atria and ventricles apart, and the atria the slower ones: no block."""
    return np.arange(0.3, beats[-1], 1.06 * float(np.diff(beats).mean()))


@given(st.integers(36, 58), st.sampled_from([conducted, two_to_one, behind, slower]), st.integers(0, 999))
@settings(max_examples=100, deadline=None)
def test_other_hearts_are_not(rate: int, atria: Callable[[np.ndarray], np.ndarray], seed: int) -> None:
    beats = escape(60.0 / rate, 60, seed)
    draw = np.random.default_rng(seed)
    p_waves = atria(beats)
    p_waves = p_waves + 0.01 * draw.standard_normal(len(p_waves))
    assert not any(told(beats, p_waves))


def test_nor_is_what_lies_anywhere() -> None:
    """By chance a pace may explain ten intervals, once in a long while."""
    for seed in range(40):
        beats = escape(1.3, 200, seed)
        anywhere = np.sort(np.random.default_rng(seed).uniform(0, beats[-1], 160))
        assert sum(told(beats, anywhere)) <= 3
