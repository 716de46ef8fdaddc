"""The live average beat: what it measures, what it leaves out, and that a copy of its state goes on."""

import numpy as np
import pytest
from tests.ecg.known_waves import beats

from einthoven.ecg.waves_live import (
    L_COUNT,
    M_DRIFT,
    M_EACH,
    M_LEADS,
    M_PR,
    M_QRS,
    M_QT,
    M_RR,
    M_SLOPE,
    M_ST60,
    M_ST80,
    average_beat,
    live_words,
    measure_average,
    measured_words,
    st_of_lead,
)

TIMES = 0.7 + 0.8 * np.arange(40)
FS = 125.0


def run(signal, fs=FS, times=TIMES, state=None, rr_s=0.8):
    f = np.zeros(live_words(len(signal), fs)) if state is None else state
    taken = [average_beat(f, signal, round(time * fs), rr_s, rr_s, fs) for time in times]
    return f, taken


def measured(f, leads=2, fs=FS):
    out = np.zeros(measured_words(leads))
    assert measure_average(f, leads, fs, out)
    return out


@pytest.mark.parametrize("fs", [93.75, 100.0, 125.0, 187.5])
@pytest.mark.parametrize("leads", [1, 2, 3])
def test_pr_qrs_and_qt_of_a_known_beat(fs, leads):
    f, taken = run(beats(TIMES, 33.0, fs, leads, noise_uv=20.0), fs)
    assert sum(taken) >= 38
    out = measured(f, leads, fs)
    assert out[M_PR] == pytest.approx(115, abs=22)
    assert out[M_QRS] == pytest.approx(90, abs=24)
    assert out[M_QT] == pytest.approx(405, abs=25)
    assert out[M_RR] == pytest.approx(800)


def test_st_is_measured_against_the_pr_segment_and_its_drift_against_the_first_measurements():
    f, _ = run(beats(TIMES, 33.0, FS))
    for _ in range(3):
        usual = measured(f)
    assert abs(usual[M_LEADS + M_ST60]) < 40  # its PR segment is only 15 ms long
    assert abs(usual[M_LEADS + M_DRIFT]) < 1
    f, _ = run(beats(TIMES, 33.0, FS, st_uv=150.0), state=f)
    out = measured(f)
    for lead in range(2):
        at = M_LEADS + lead * M_EACH
        assert out[at + M_ST60] - usual[at + M_ST60] == pytest.approx(150, abs=20)
        assert out[at + M_ST80] - usual[at + M_ST80] == pytest.approx(150, abs=20)
        assert out[at + M_DRIFT] == pytest.approx(150, abs=25)


def test_the_slope_of_st():
    x = np.zeros(200)
    x[100:] = 2.0 * np.arange(100)
    out = np.zeros(3)
    st_of_lead(x, 90, 100, 250.0, out)
    assert out[M_SLOPE] == pytest.approx(500.0)
    assert out[M_ST60] == pytest.approx(30.0)
    assert out[M_ST80] == pytest.approx(40.0)


def test_too_few_beats_are_not_measured():
    f, _ = run(beats(TIMES, 33.0, FS), times=TIMES[:4])
    out = np.zeros(measured_words(2))
    assert not measure_average(f, 2, FS, out)
    assert np.isnan(out).all()


def test_a_beat_of_another_shape_is_left_out_until_many_come():
    usual, other = beats(TIMES, 33.0, FS), -beats(TIMES, 33.0, FS)
    f, _ = run(usual)
    kept = f.copy()
    _, taken = run(other, times=TIMES[1:6], state=f)
    assert not any(taken)
    assert np.array_equal(f[L_COUNT + 2 :], kept[L_COUNT + 2 :])
    _, taken = run(other, times=TIMES[6:20], state=f)
    assert sum(taken) == 14 - 6
    assert f[L_COUNT] == 8


def test_a_beat_at_the_edge_of_the_window_is_left_out():
    f, taken = run(beats(TIMES, 33.0, FS), times=[0.1, 32.9])
    assert not any(taken)
    assert not f.any()


def test_noise_sinks_in_the_average():
    quiet, _ = run(beats(TIMES, 33.0, FS, noise_uv=0.0))
    rough, _ = run(beats(TIMES, 33.0, FS, noise_uv=60.0, seed=4))
    start = 6
    assert np.std((rough - quiet)[start:]) < 60 / 2


def test_a_copied_state_goes_on_bit_for_bit():
    signal = beats(TIMES, 33.0, FS)
    f, _ = run(signal, times=TIMES[:13])
    copy = f.copy()
    run(signal, times=TIMES[13:], state=f)
    run(signal, times=TIMES[13:], state=copy)
    assert np.array_equal(f, copy)
    assert np.array_equal(measured(f), measured(copy), equal_nan=True)
