"""Atrial fibrillation from intervals: found once, dated back, not in what is irregular otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from einthoven.base.thresholds import shipped
from einthoven.ecg.afib import MODEL, beats_of, blank, find, follow, rhythm_marks, rows_of, trees_of
from einthoven.ecg.afib_kernels import JOIN_S, ROWS_MAX, WORDS, finish
from einthoven.ecg.findings import ACTION, CLOSE, COLUMNS, OPEN, SEQ, TOLD, Finding
from einthoven.ecg.kinds import ATRIAL_FIBRILLATION
from einthoven.ecg.trees import load_forest

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
RATE_MHZ = 250_000
THRESHOLDS = shipped().changed({"atrial_fibrillation.detect.duration_s": 30})


def sinus(draw: np.random.Generator, beats: int, rr_ms: float = 850) -> F64:
    breath = 30 * np.sin(np.arange(beats) * 1.1)
    return np.asarray(rr_ms + breath + draw.normal(0, 8, beats))


def fibrillation(draw: np.random.Generator, beats: int, rr_ms: float = 650) -> F64:
    return np.asarray(rr_ms * np.clip(draw.normal(1, 0.24, beats), 0.5, 1.8))


def samples_of(rr_ms: F64) -> I64:
    return np.rint(np.cumsum(rr_ms) * RATE_MHZ / 1e6).astype(np.int64)


def found(rr_ms: F64, codes: I64 | None = None, p: F64 | None = None) -> list[Finding]:
    at = samples_of(rr_ms)
    classes = np.ones(len(at), np.int64) if codes is None else codes
    return find(beats_of(at, classes, RATE_MHZ, p), int(at[-1]) + 100, RATE_MHZ, THRESHOLDS)


@pytest.mark.parametrize("seed", range(4))
def test_an_episode_is_told_once_and_dated_to_its_beats(seed: int) -> None:
    draw = np.random.default_rng(seed)
    parts = [sinus(draw, 200), fibrillation(draw, 200), sinus(draw, 200)]
    at = samples_of(np.concatenate(parts))
    (episode,) = found(np.concatenate(parts))
    assert episode.kind.code == ATRIAL_FIBRILLATION
    assert abs(episode.start - at[199]) < 10 * RATE_MHZ // 1000
    assert episode.end is not None
    assert abs(episode.end - at[399]) < 10 * RATE_MHZ // 1000
    assert episode.opened_told - episode.start <= 120 * RATE_MHZ // 1000
    score, rate, beats, irregularity, p_share, duration_s = episode.values
    assert score > 0.5
    assert 60000 / 650 * 0.85 < rate < 60000 / 650 * 1.15
    assert 170 < beats < 230
    assert irregularity > 15
    assert np.isnan(p_share)
    assert duration_s == pytest.approx((episode.end - episode.start) * 1000 / RATE_MHZ)


@pytest.mark.parametrize("rr_ms", [480, 600, 750])
def test_a_minute_of_it_is_told_soon_after_the_minute(rr_ms: float) -> None:
    for seed in range(4):
        draw = np.random.default_rng(seed)
        rr = np.concatenate([sinus(draw, 200), fibrillation(draw, 400, rr_ms), sinus(draw, 200)])
        at = samples_of(rr)
        beats = beats_of(at, np.ones(len(at), np.int64), RATE_MHZ)
        (episode,) = find(beats, int(at[-1]) + 100, RATE_MHZ, shipped())
        assert 50 <= (episode.opened_told - at[199]) * 1000 / RATE_MHZ <= 85
        assert abs(episode.start - at[199]) < 10 * RATE_MHZ // 1000


def bigeminy(draw: np.random.Generator) -> F64:
    return np.asarray(np.tile([520.0, 980.0], 150) + draw.normal(0, 12, 300))


def ectopic(draw: np.random.Generator) -> F64:
    rr = sinus(draw, 300)
    for beat in draw.choice(290, 30, replace=False):
        rr[beat], rr[beat + 1] = 520, 1100
    return rr


def wenckebach(draw: np.random.Generator) -> F64:
    return np.asarray(np.tile([820.0, 720.0, 690.0, 1180.0], 75) + draw.normal(0, 10, 300))


@pytest.mark.parametrize("rhythm", [sinus, bigeminy, ectopic, wenckebach])
def test_what_is_no_fibrillation(rhythm: object) -> None:
    draw = np.random.default_rng(3)
    assert callable(rhythm)
    assert found(rhythm(draw) if rhythm is not sinus else sinus(draw, 300)) == []


def test_ventricular_beats_spoil_their_intervals_only() -> None:
    draw = np.random.default_rng(1)
    rr, codes = sinus(draw, 400), np.ones(400, np.int64)
    for beat in draw.choice(398, 120, replace=False):
        early = draw.uniform(0.4, 0.9)
        rr[beat], rr[beat + 1], codes[beat] = 850 * early, 850 * draw.uniform(0.8, 1.6), 5
    assert found(rr, codes) == []
    assert len(found(fibrillation(draw, 400), codes)) == 1


def test_p_waves_clearly_seen_speak_against() -> None:
    rr = fibrillation(np.random.default_rng(2), 300)
    assert len(found(rr, p=np.zeros(300))) == 1
    assert len(found(rr, p=np.full(300, -1.0))) == 1
    assert found(rr, p=np.ones(300)) == []


def test_a_short_run_is_not_told() -> None:
    draw = np.random.default_rng(5)
    rr = np.concatenate([sinus(draw, 200), fibrillation(draw, 25), sinus(draw, 200)])
    assert found(rr) == []


def test_episodes_close_together_are_one() -> None:
    draw = np.random.default_rng(6)
    still = int(JOIN_S * 0.6 * 1000 / 850)
    rr = np.concatenate([fibrillation(draw, 150), sinus(draw, still), fibrillation(draw, 150)])
    assert len(found(rr)) == 1


def test_silence_concludes_the_episode() -> None:
    at = samples_of(fibrillation(np.random.default_rng(7), 300))
    later = np.concatenate([at, at + at[-1] + 60 * RATE_MHZ // 1000])
    rows = rows_of(beats_of(later, np.ones(600, np.int64), RATE_MHZ), int(later[-1]), RATE_MHZ, THRESHOLDS)
    assert rows[:, ACTION].tolist() == [OPEN, CLOSE, OPEN, CLOSE]
    assert rows[:, SEQ].tolist() == [1, 1, 2, 2]
    assert rows[1, TOLD] - at[-1] <= 12 * RATE_MHZ // 1000


def test_rhythm_changes_for_scoring() -> None:
    draw = np.random.default_rng(8)
    episodes = found(np.concatenate([sinus(draw, 200), fibrillation(draw, 200), sinus(draw, 200)]))
    (start, first), (end, second) = rhythm_marks(episodes, 10**9)
    assert (first, second) == ("(AFIB", "(N")
    assert (start, end) == (episodes[0].start, episodes[0].end)


def test_the_state_is_small() -> None:
    assert WORDS * 8 <= 6 * 1024


@given(st.integers(0, 2**31), st.lists(st.integers(1, 700), max_size=6))
@settings(max_examples=25, deadline=None)
def test_findings_do_not_depend_on_pieces_or_restarts(seed: int, cuts: list[int]) -> None:
    draw = np.random.default_rng(seed)
    rr = np.concatenate([sinus(draw, 60), fibrillation(draw, 250), sinus(draw, 150), fibrillation(draw, 120)])
    at = samples_of(rr)
    codes = np.where(draw.random(len(at)) < 0.1, 5, 1).astype(np.int64)
    beats = beats_of(at, codes, RATE_MHZ, draw.uniform(-1, 0.6, len(at)))
    length = int(at[-1]) + 1
    whole = rows_of(beats, length, RATE_MHZ, THRESHOLDS)
    th, trees = np.array(THRESHOLDS.vector()), trees_of(load_forest(MODEL))
    seconds = -(-length * 1000 // RATE_MHZ) + 3
    out = np.zeros((ROWS_MAX * len(beats), COLUMNS))
    state, n, ready, first = blank(), 0, 0, 0
    for stop in [*sorted({cut for cut in cuts if cut < seconds}), seconds]:
        state = np.frombuffer(state.tobytes(), np.float64).copy()
        n, ready = follow(state, th, trees, beats, first, stop, ready, RATE_MHZ, out, n)
        first = stop
    n = finish(state, state.view(np.int64), th, trees, length, RATE_MHZ, out, n)
    np.testing.assert_array_equal(out[:n], whole)
