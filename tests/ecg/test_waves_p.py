"""The usual P wave: learned from normal beats, missed in a beat, found between two, none in fibrillation."""

import numpy as np
import pytest
from tests.ecg.known_waves import QRS, P, T, beats

from einthoven.ecg.waves_kernels import smooth
from einthoven.ecg.waves_p import (
    p_between,
    p_centre,
    p_evidence,
    p_learn,
    p_solid,
    span,
    words,
)
from einthoven.ecg.waves_p_live import B_PR_MS, B_QRS_MS, B_SCORE, B_SOLID, TOLD, p_before

RATES = [100.0, 125.0, 187.5, 250.0]


def smoothed(y, fs):
    out = np.empty_like(y)
    for lead in range(len(y)):
        smooth(np.ascontiguousarray(y[lead]), int(0.012 * fs + 0.5), out[lead])
    return out


def learned(signal, times, fs):
    """State after all beats, and the evidence of each before it was learned."""
    f, s, told = np.zeros(words(len(signal), fs)), smoothed(signal, fs), []
    for before, time in zip([times[0] - 1, *times[:-1]], times, strict=True):
        on, t_end = int((time + QRS[0]) * fs), int((before + T[1]) * fs)
        told.append(p_evidence(f, s, on, t_end, fs))
        p_learn(f, s, on, t_end, fs)
    return f, s, np.array(told)


TIMES = 0.7 + 0.8 * np.arange(20)


@pytest.mark.parametrize("fs", RATES)
def test_a_usual_p_wave_is_known_after_three_beats_and_missed_when_it_lacks(fs):
    p = np.ones(20, bool)
    p[15] = False
    f, _, told = learned(beats(TIMES, 17.0, fs, p=p), TIMES, fs)
    assert (told[:3] == -1).all()
    assert told[3:15].min() > 0.7
    assert told[15] < 0.1
    assert p_solid(f, 2, fs) > 0.8
    assert p_centre(f, 2, fs) / fs == pytest.approx(QRS[0] - (P[0] + P[1]) / 2, abs=0.02)


@pytest.mark.parametrize("fs", RATES)
def test_what_does_not_repeat_is_no_p_wave(fs):
    times = 0.7 + np.cumsum(np.random.default_rng(3).uniform(0.5, 0.9, 40))
    signal = beats(times, times[-1] + 1, fs, p=np.zeros(40, bool))
    at = np.arange(signal.shape[1]) / fs
    f, _, told = learned(signal + 60 * np.sin(2 * np.pi * 6.1 * at), times, fs)
    assert told[8:].max() < 0.15
    assert p_solid(f, 2, fs) < 0.15


def test_no_room_behind_the_t_wave_is_not_decidable():
    fs = 125.0
    f, s, _ = learned(beats(TIMES, 17.0, fs), TIMES, fs)
    on = int((TIMES[5] + QRS[0]) * fs)
    assert p_evidence(f, s, on, on - int(0.09 * fs), fs) == -1
    assert p_evidence(f, s, on, on - int(0.20 * fs), fs) > 0.5
    assert p_evidence(f, s, 10, -100, fs) == -1  # the window begins too late


def test_evidence_cares_about_neither_offset_nor_gain():
    fs = 125.0
    signal = beats(TIMES, 17.0, fs)
    _, _, told = learned(signal, TIMES, fs)
    _, _, moved = learned(signal * 0.25 + 800, TIMES, fs)
    assert moved == pytest.approx(told, abs=1e-6)


def test_a_copied_state_goes_on_as_if_nothing_had_been():
    fs, signal = 125.0, beats(TIMES, 17.0, 125.0)
    f, s, _ = learned(signal, TIMES[:10], fs)
    copy = f.copy()
    for state in (f, copy):
        for time in TIMES[10:]:
            p_learn(state, s, int((time + QRS[0]) * fs), -100, fs)
    assert np.array_equal(f, copy)


@pytest.mark.parametrize("fs", RATES)
def test_one_call_a_beat_tells_p_pr_and_qrs(fs):
    p = np.ones(20, bool)
    p[15] = False
    signal, f, rows = beats(TIMES, 17.0, fs, p=p), np.zeros(words(2, fs)), []
    for time in TIMES:
        low, told = max(0, int((time - 0.55) * fs)), np.zeros(TOLD)
        window = np.ascontiguousarray(signal[:, low : int((time + 0.3) * fs)])
        p_before(f, window, round(time * fs) - low, 0.8, -10_000, True, fs, told)
        rows.append(told)
    found = np.array(rows)
    assert (found[:3, B_SCORE] == -1).all()
    assert found[15, B_SCORE] < 0.1
    assert found[15, B_PR_MS] == 0
    usual = found[3:][p[3:]]
    assert usual[:, B_SCORE].min() > 0.7
    assert np.median(usual[:, B_PR_MS]) == pytest.approx(115, abs=24)
    assert np.median(usual[:, B_QRS_MS]) == pytest.approx(90, abs=24)
    assert found[-1, B_SOLID] > 0.8


def dropped(fs, p_count, noise_uv=3.0):
    """A pause of 2.4 s with so many P waves in it, 0.7 s apart, behind twenty usual beats."""
    times = np.append(TIMES, TIMES[-1] + 2.4)
    signal = beats(times, times[-1] + 1, fs, noise_uv=noise_uv)
    extra = TIMES[-1] + 0.7 + 0.7 * np.arange(p_count)
    none = beats(extra, times[-1] + 1, fs, noise_uv=0.0) - beats(
        extra, times[-1] + 1, fs, p=np.zeros(p_count, bool), noise_uv=0.0
    )
    return signal + none, times, extra


@pytest.mark.parametrize("fs", RATES)
@pytest.mark.parametrize("count", [0, 1, 2])
def test_p_waves_between_two_beats_are_counted_and_placed(fs, count):
    signal, times, extra = dropped(fs, count)
    f, s, _ = learned(signal, times[:-1], fs)
    at = np.zeros(8, np.int64)
    start, stop = int((times[-2] + T[1]) * fs), int((times[-1] + P[0] - 0.02) * fs)
    assert p_between(f, s, start, stop, fs, at) == count
    assert at[:count] / fs == pytest.approx(extra + (P[0] + P[1]) / 2, abs=0.03)


def test_noise_between_two_beats_is_not_decidable():
    fs = 125.0
    signal, times, _ = dropped(fs, 1)
    f, s, _ = learned(signal, times[:-1], fs)
    start, stop = int((times[-2] + T[1]) * fs), int((times[-1] + P[0]) * fs)
    rough = s + 200 * np.random.default_rng(1).standard_normal(s.shape)
    at = np.zeros(8, np.int64)
    assert p_between(f, rough, start, stop, fs, at) == -1
    assert p_between(f, s, start, start + 10, fs, at) == -1
    assert p_between(np.zeros_like(f), s, start, stop, fs, at) == -1


def test_the_state_has_the_length_that_is_told():
    assert words(2, 125.0) == 3 + 2 * span(125.0)
    assert words(2, 187.5) < 120
