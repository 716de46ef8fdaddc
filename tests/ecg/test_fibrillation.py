"""Fibrillation is told within ten seconds, closed when the heart beats; noise and loose leads are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ecg.fibrillation_cases import RATE, Streamer, beating, fibrillating, still

SHOCKABLE = ("ventricular-fibrillation", "ventricular-flutter")
OFF, FLAT, UNUSABLE = 3, 4, 2


def noisy_in(first, last):
    """Quality as the engine tells it: noisy where there is no line between beats."""
    return lambda second: [1 if first <= second < last else 0]


@pytest.mark.parametrize("seed", range(5))
def test_fibrillation_is_told_within_ten_seconds_and_dated_back(seed):
    before, _ = beating(40, seed=seed)
    signal = np.concatenate([before, fibrillating(30, seed)])
    found = Streamer(1).run(signal, beating(40)[1], noisy_in(40, 70))
    assert len(found) == 1
    kind, start, told, end = found[0]
    assert kind in SHOCKABLE
    assert 37 <= start <= 44
    assert 44 <= told <= 50
    assert end is None


@pytest.mark.parametrize("seed", range(5))
def test_a_stream_that_begins_in_fibrillation_is_told(seed):
    found = Streamer(1).run(fibrillating(30, seed), quality=noisy_in(0, 30))
    assert found[0][0] in SHOCKABLE
    assert found[0][2] <= 10


def test_it_closes_with_its_end_when_the_heart_beats_again():
    before, beats = beating(40)
    after, again = beating(20, seed=1)
    signal = np.concatenate([before, fibrillating(20), after])
    found = Streamer(1).run(signal, [*beats, *(again + 60)], noisy_in(40, 61))
    assert len(found) == 1
    assert 56 <= found[0][3] <= 64


@pytest.mark.parametrize(
    ("name", "signal"),
    [
        ("calm", beating(60, 60)[0]),
        ("slow", beating(60, 35)[0]),
        ("fast", beating(60, 170)[0]),
        ("noise", np.random.default_rng(1).normal(0, 150, 60 * RATE)),
        ("beats in noise", beating(60)[0] + np.random.default_rng(2).normal(0, 100, 60 * RATE)),
        ("drift", 800 * np.sin(2 * np.pi * 0.3 * np.arange(60 * RATE) / RATE) + beating(60)[0]),
        ("silence", still(60)),
        ("nothing at all", np.zeros(60 * RATE)),
    ],
)
def test_what_is_no_fibrillation(name, signal):
    found = Streamer(1).run(signal, np.arange(0, 60, 0.5), noisy_in(0, 60))
    assert [kind for kind, *_ in found if kind in SHOCKABLE] == [], name


@pytest.mark.parametrize("code", [OFF, FLAT, 255])
def test_a_lead_that_is_not_measured_is_never_judged(code):
    found = Streamer(1).run(fibrillating(60), quality=lambda second: [code])
    assert found == []


def test_a_lead_that_plainly_beats_outweighs_one_that_shakes():
    beats, times = beating(70)
    shaken = np.concatenate([beating(40)[0], fibrillating(30)])
    found = Streamer(2).run(np.stack([beats, shaken]), times, lambda second: [0, 1 if second >= 40 else 0])
    assert found == []


def test_the_other_leads_do_while_one_is_off():
    before, beats = beating(40)
    signal = np.concatenate([before, fibrillating(30)])
    both = np.stack([signal, np.zeros_like(signal)])
    found = Streamer(2).run(both, beats, lambda second: [1 if second >= 40 else 0, OFF])
    assert [kind in SHOCKABLE for kind, *_ in found] == [True]


def test_it_stays_open_while_nothing_can_be_judged_but_not_for_ever():
    before, beats = beating(40)
    signal = np.concatenate([before, fibrillating(80)])
    codes = lambda second: [0 if second < 40 else 1 if second < 60 else OFF]  # noqa: E731
    stage = Streamer(1)
    assert stage.run(signal[: 80 * RATE], beats, codes)[0][3] is None
    assert stage.run(signal[80 * RATE :], beats, codes)[0][3] == 60


def test_what_is_open_closes_where_the_signal_breaks_off():
    before, beats = beating(40)
    stage = Streamer(1)
    stage.run(np.concatenate([before, fibrillating(20)]), beats, noisy_in(40, 60))
    assert stage.finish()[0][3] == 60


@given(cut=st.integers(1, 69), seed=st.integers(0, 3), leads=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_a_copied_state_goes_on_as_the_first(cut, seed, leads):
    parts = [beating(40, seed=seed)[0], fibrillating(12, seed), still(9, seed), beating(9, seed=seed + 1)[0]]
    signal = np.stack([np.concatenate(parts) * (1 - 0.2 * lead) for lead in range(leads)])
    beats = [*beating(40)[1], *(beating(9)[1] + 61)]
    codes = lambda second: [1 if 40 <= second < 52 else 0] * leads  # noqa: E731
    whole = Streamer(leads)
    whole.run(signal, beats, codes)
    first = Streamer(leads)
    first.run(signal[:, : cut * RATE], beats, codes)
    after = Streamer(leads)
    after.state[:] = first.state.copy()
    after.ring[:] = first.ring
    after.second = first.second
    after.rows[:] = first.rows
    after.n = first.n
    first.state[:] = np.nan
    after.run(signal[:, cut * RATE :], beats, codes)
    assert after.state.tobytes() == whole.state.tobytes()
    assert after.rows[: after.n].tobytes() == whole.rows[: whole.n].tobytes()
