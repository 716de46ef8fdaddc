"""Asystole: told as soon as its time is over, on a lead that shows the heart still; never on a loose one."""

import numpy as np
import pytest
from tests.ecg.fibrillation_cases import RATE, RATE_HZ, Streamer, beating, fibrillating, still

from einthoven.ecg.fibrillation_asystole import DEAF, HEARS

OFF, FLAT, UNUSABLE, SATURATED = 3, 4, 2, 5


def stops(seconds_still, noise_uv=3.0):
    """A heart that beats for 40 s and stops: signal and beats."""
    wave, beats = beating(40)
    return np.concatenate([wave, still(seconds_still, noise_uv=noise_uv)]), beats


@pytest.mark.parametrize("asystole_s", [3.0, 4.0, 6.0])
def test_it_is_told_at_the_first_second_after_its_time(asystole_s):
    signal, beats = stops(12)
    found = Streamer(1, asystole_s=asystole_s).run(signal, beats)
    assert [kind for kind, *_ in found] == ["asystole"]
    _, start, told, end = found[0]
    assert start == pytest.approx(beats[-1], abs=0.01)
    assert asystole_s <= told - beats[-1] <= max(asystole_s, 3.4) + 1
    assert end is None


def test_the_next_beat_ends_it():
    signal, beats = stops(10)
    after, again = beating(10, seed=2)
    found = Streamer(1).run(np.concatenate([signal, after]), [*beats, *(again + 50)])
    assert len(found) == 1
    assert found[0][3] == pytest.approx(50.4, abs=0.01)


def test_a_short_pause_is_none():
    signal, beats = stops(3)
    after, again = beating(10, seed=2)
    assert Streamer(1).run(np.concatenate([signal, after]), [*beats, *(again + 43)]) == []


@pytest.mark.parametrize("code", [OFF, UNUSABLE, SATURATED, 255])
def test_a_lead_that_is_not_fit_proves_nothing(code):
    signal, beats = stops(20)
    assert Streamer(1).run(signal, beats, lambda second: [code if second >= 40 else 0]) == []


def test_one_still_lead_is_enough_beside_one_that_is_off():
    signal, beats = stops(10)
    both = np.stack([signal, np.zeros_like(signal)])
    found = Streamer(2).run(both, beats, lambda second: [0, OFF])
    assert [kind for kind, *_ in found] == ["asystole"]


def test_a_lead_that_moves_as_in_beats_contradicts():
    signal, beats = stops(20)
    moving, _ = beating(60)
    assert Streamer(2).run(np.stack([signal, moving]), beats) == []


def test_beats_that_were_overlooked_are_no_asystole():
    wave, beats = beating(60)
    assert Streamer(1).run(wave, beats[beats < 40]) == []


def test_p_waves_alone_are_asystole():
    signal, beats = stops(12)
    at = np.arange(12 * RATE) / RATE
    for time in np.arange(0.5, 12, 0.8):
        signal[40 * RATE :] += 100 * np.exp(-0.5 * ((at - time) / 0.03) ** 2)
    assert [kind for kind, *_ in Streamer(1).run(signal, beats)] == ["asystole"]


def test_a_dead_line_counts_when_the_lead_was_seen_beating():
    wave, beats = beating(40)
    signal = np.concatenate([wave, np.zeros(10 * RATE)])
    found = Streamer(1).run(signal, beats, lambda second: [FLAT if second >= 40 else 0])
    assert [kind for kind, *_ in found] == ["asystole"]


@pytest.mark.parametrize("other", [OFF, SATURATED])
def test_a_dead_line_beside_a_loose_lead_does_not(other):
    wave, beats = beating(40)
    signal = np.stack([np.concatenate([wave, np.zeros(10 * RATE)])] * 2)
    found = Streamer(2).run(signal, beats, lambda second: [FLAT, other] if second >= 40 else [0, 0])
    assert found == []


def test_a_dead_line_from_the_start_is_a_lead_never_worn():
    found = Streamer(1).run(np.zeros(30 * RATE), quality=lambda second: [FLAT])
    assert found == []


def test_a_jump_to_a_dead_line_is_a_lead_pulled_off():
    wave, beats = beating(40)
    jump = np.full(20 * RATE, 4000.0)
    codes = lambda second: [FLAT if second > 40 else 0]  # noqa: E731
    assert Streamer(1).run(np.concatenate([wave, jump]), beats, codes) == []


def test_fibrillation_without_beats_is_not_asystole():
    wave, beats = beating(40)
    signal = np.concatenate([wave, fibrillating(20)])
    found = Streamer(1).run(signal, beats, lambda second: [1 if second >= 40 else 0])
    assert "asystole" not in [kind for kind, *_ in found]


def test_asystole_after_fibrillation_follows_it():
    wave, beats = beating(40)
    signal = np.concatenate([wave, fibrillating(15), still(15)])
    found = Streamer(1).run(signal, beats, lambda second: [1 if 40 <= second < 55 else 0])
    assert [kind.split("-")[0] for kind, *_ in found][-1] == "asystole"
    assert found[0][3] is not None
    assert found[1][1] >= found[0][3]


def noisy(seconds_still, noise_uv, height_uv=0.0):
    """A heart under noise that stops after 60 s, or beats on at ``height_uv``: signal and beats before."""
    wave, beats = beating(60, noise_uv=noise_uv)
    after, _ = beating(seconds_still, seed=5, noise_uv=noise_uv, height_uv=height_uv)
    return np.concatenate([wave, after]), beats


@pytest.mark.parametrize("noise_uv", [15.0, 25.0, 40.0])
def test_noise_that_was_there_before_is_no_beat(noise_uv):
    signal, beats = noisy(20, noise_uv)
    kind, start, told, _ = Streamer(1).run(signal, beats)[0]
    assert kind == "asystole"
    assert start == pytest.approx(beats[-1], abs=0.01)
    assert told - beats[-1] <= 8


def test_quieter_noise_behind_beats_of_which_no_pause_is_told_means_nothing():
    signal, beats = noisy(8, 25.0)
    streamer = Streamer(1)
    for second in range(68):
        before = [time for time in beats if time <= second + 0.6]
        part = signal[None, second * RATE : (second + 1) * RATE]
        streamer.feed(part, [0], before[-1] if before else 0.0, hearing=HEARS)
    assert "asystole" not in [kind for kind, *_ in streamer.found()]


def test_noise_that_was_not_there_before_may_hide_beats():
    wave, beats = beating(60)
    signal = np.concatenate([wave, still(20, noise_uv=40.0)])
    assert "asystole" not in [kind for kind, *_ in Streamer(1).run(signal, beats)]


@pytest.mark.parametrize("height_uv", [300.0, 450.0, 700.0])
@pytest.mark.parametrize("noise_uv", [8.0, 25.0, 40.0])
def test_smaller_beats_that_were_overlooked_are_no_asystole(height_uv, noise_uv):
    signal, beats = noisy(30, noise_uv, height_uv)
    assert Streamer(1).run(signal, beats) == []


def wakes(seconds_still):
    """A heart that stopped, its pacemaker's pulses going on: signal, beats, and where pulses still show."""
    signal, beats = stops(seconds_still)
    marks = np.zeros(len(signal), np.uint8)
    for first in range(40 * RATE + 30, len(signal) - 10, 100):
        signal[first : first + 5] += [0, 80, 160, 60, 0]
        marks[first : first + 6] = 1
    return signal, beats, marks


@pytest.mark.parametrize("known", [True, False])
def test_what_pulses_leave_behind_is_no_beat(known):
    signal, beats, marks = wakes(12)
    streamer = Streamer(1)
    for second in range(52):
        part = slice(second * RATE, (second + 1) * RATE)
        before = [time for time in beats if time <= second + 0.6]
        streamer.feed(signal[None, part], [0], before[-1] if before else 0.0, marks[part] if known else ())
    assert [kind for kind, *_ in streamer.found()] == (["asystole"] if known else [])


def test_it_ends_where_the_analysis_was_lost():
    signal, beats = stops(10)
    streamer = Streamer(1)
    streamer.run(signal, beats)
    for _ in range(9):
        streamer.feed(np.zeros((1, RATE)), [OFF], beats[-1])
    assert streamer.found()[0][3] is None
    streamer.feed(np.zeros((1, RATE)), [OFF], beats[-1], lost=int(50 * RATE_HZ))
    assert streamer.found()[0][3] == 50.0
    for second in range(12):
        streamer.feed(still(1, seed=second)[None], [0], beats[-1])
    assert streamer.found()[1][1:] == (60.0, 64.0, None)


def test_where_no_beat_can_be_found_it_lies_between_those_that_show():
    wave, _ = beating(40)
    after, _ = beating(20, seed=2)
    signal = np.concatenate([wave, still(12), after])
    streamer = Streamer(1)
    for second in range(72):
        streamer.feed(signal[None, second * RATE : (second + 1) * RATE], [1], 0.0, hearing=DEAF)
    ((kind, start, _, end),) = streamer.found()
    assert kind == "asystole"
    assert start == pytest.approx(40, abs=1.0)
    assert end == pytest.approx(52, abs=1.0)
