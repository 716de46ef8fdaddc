"""A regular tachycardia whose beats are found one by one is no flutter of the ventricles."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray
from tests.ecg.simulated import Case, played

from einthoven.ecg.kinds import IVR, VENTRICULAR_TACHYCARDIA
from einthoven.ecg.rhythm_layout import (
    L_KIND,
    L_SEQ,
    SLOT,
    SLOT_WORDS,
    VENTRICULAR,
    WORDS,
    X_COUNT,
    X_KEEP,
    X_RING,
)
from einthoven.ecg.rhythm_ventricular import steady

I64 = NDArray[np.int64]
SUSTAINED = "sustained-ventricular-tachycardia"
WAVES = {"ventricular-fibrillation", "ventricular-flutter"}


@pytest.mark.parametrize(
    ("rate", "seed", "leads"),
    [(170, 6, ("II",)), (190, 5, ("II",)), (190, 6, ("II",)), (190, 5, ("II", "V1")), (210, 5, ("II",))],
)
def test_tachycardia_stays_one_and_is_closed_with_its_length(
    rate: int, seed: int, leads: tuple[str, ...]
) -> None:
    got = played(Case("vt", rate, seed, for_s=60, leads=leads))
    assert not got.kinds() & WAVES
    ((start, stop),) = got.spans(SUSTAINED)
    assert start == pytest.approx(60, abs=1)
    assert stop == pytest.approx(120, abs=1)


@pytest.mark.parametrize("rate", [150, 178])
def test_its_beats_are_told_as_ventricular_for_as_long_as_it_lasts(rate: int) -> None:
    got = played(Case("vt", rate, seed=1, for_s=90, leads=("II", "V1")))
    beats = got.found.beats
    within = beats[(beats["sample"] > 70 * got.rate_hz) & (beats["sample"] < 149 * got.rate_hz)]
    assert len(within) > 100
    assert set(within["code"].tolist()) == {5}


@njit
def ask(words: I64, since_ms: float) -> bool:
    return bool(steady(words, since_ms))


def state(intervals: list[int], kind: int = VENTRICULAR_TACHYCARDIA, is_told: bool = True) -> I64:
    w = np.zeros(WORDS, np.int64)
    w[X_COUNT] = len(intervals)
    for index, interval in enumerate(intervals):
        w[X_RING + index % X_KEEP] = interval
    row = SLOT + VENTRICULAR * SLOT_WORDS
    w[row + L_SEQ], w[row + L_KIND] = int(is_told), kind
    return w


EVEN = [316, 320, 312, 316, 324, 316]


@pytest.mark.parametrize(
    ("name", "words", "since_ms", "want"),
    [
        ("even", state(EVEN), 600.0, True),
        ("uneven before that", state([900, 500, *EVEN]), 600.0, True),
        ("too few", state(EVEN[1:]), 600.0, False),
        ("uneven", state([*EVEN, 240]), 600.0, False),
        ("as fast as flutter", state([250, 248, 252, 250, 248, 252]), 600.0, False),
        ("not told", state(EVEN, is_told=False), 600.0, False),
        ("slow", state(EVEN, IVR), 600.0, False),
        ("over", state(EVEN), 1100.0, False),
    ],
)
def test_what_is_steady(name: str, words: I64, since_ms: float, want: bool) -> None:
    assert ask(words, since_ms) == want, name
