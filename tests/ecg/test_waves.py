"""Borders of P, QRS and T: made-up beats with known borders, and what must hold of any signal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ecg.known_waves import QRS, P, T, beats, record

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.waves import delineate_record, intervals_ms, wave_annotations
from einthoven.ecg.waves_beat import delineate_beat
from einthoven.ecg.waves_kernels import MARKS, P_OFF, P_ON, QRS_OFF, QRS_ON, T_OFF, T_ON, smooth

KNOWN = {P_ON: P[0], P_OFF: P[1], QRS_ON: QRS[0], QRS_OFF: QRS[1], T_ON: T[0], T_OFF: T[1]}
TIMES = 0.7 + 0.8 * np.arange(30)
SECONDS = 25.5


@pytest.mark.parametrize("leads", [1, 2, 3])
@pytest.mark.parametrize("rate_hz", [100.0, 128.0, 250.0, 360.0, 500.0, 1000.0])
def test_borders_lie_where_they_were_put(rate_hz, leads):
    samples, layout, rows = record(beats(TIMES, SECONDS, rate_hz, leads), TIMES, rate_hz)
    found = delineate_record(samples, layout, rows).borders[3:-1, 0]
    for column, place in KNOWN.items():
        error_ms = 1000 * (found[:, column] / rate_hz - TIMES[3:-1] - place)
        assert (found[:, column] >= 0).all()
        assert abs(np.median(error_ms)) <= 16 + 500 / rate_hz, column
        assert error_ms.std() <= 6 + 500 / rate_hz, column


@pytest.mark.parametrize(("p_sign", "t_sign"), [(1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)])
def test_waves_may_point_down(p_sign, t_sign):
    signal = beats(TIMES, SECONDS, 250.0, 2, p_sign=p_sign, t_sign=t_sign)
    found = delineate_record(*record(signal, TIMES, 250.0)).borders[3:-1, 0]
    for column, place in KNOWN.items():
        assert abs(np.median(found[:, column] / 250 - TIMES[3:-1]) - place) <= 0.018, column


def test_a_long_qt_is_followed():
    times = 0.8 + 1.0 * np.arange(20)
    signal = beats(times, 21.0, 250.0, 2, t=(0.36, 0.56))
    found = delineate_record(*record(signal, times, 250.0)).borders[3:-1, 0]
    assert abs(np.median(found[:, T_OFF] / 250 - times[3:-1]) - 0.56) <= 0.02


def test_drift_moves_no_border_far():
    signal = beats(TIMES, SECONDS, 250.0, 2)
    drift = 400 * np.sin(2 * np.pi * 0.3 * np.arange(signal.shape[1]) / 250)
    still = delineate_record(*record(signal, TIMES, 250.0)).borders[3:-1, 0]
    moved = delineate_record(*record(signal + drift, TIMES, 250.0)).borders[3:-1, 0]
    assert np.abs(np.median(moved - still, axis=0)).max() <= 3


def test_intervals_are_those_of_the_borders():
    waves = delineate_record(*record(beats(TIMES, SECONDS, 250.0), TIMES, 250.0))
    pr, qrs, qt = np.nanmedian(intervals_ms(waves, 250.0), axis=0)
    assert pr == pytest.approx(115, abs=16)
    assert qrs == pytest.approx(90, abs=16)
    assert qt == pytest.approx(405, abs=20)


def test_no_p_wave_is_told_where_there_is_none():
    rng = np.random.default_rng(5)
    times = 0.7 + np.cumsum(rng.uniform(0.45, 1.0, 60))
    seconds = times[-1] + 1
    signal = beats(times, seconds, 250.0, 2, p=np.zeros(60, bool))
    at = np.arange(signal.shape[1]) / 250
    fibrillation = 40 * np.sin(2 * np.pi * 6.3 * at + 2 * np.sin(2 * np.pi * 0.4 * at))
    waves = delineate_record(*record(signal + fibrillation, times, 250.0))
    assert (waves.borders[:, 0, P_ON] >= 0).mean() <= 0.1
    assert (waves.borders[:, 0, T_OFF] >= 0).mean() >= 0.9
    assert waves.p_solid[20:].max() < 0.15


def test_the_beat_that_lacks_its_p_wave_is_told_apart():
    p = np.ones(30, bool)
    p[[12, 20]] = False
    waves = delineate_record(*record(beats(TIMES, SECONDS, 250.0, 2, p=p), TIMES, 250.0))
    assert (waves.borders[3:-1, 0, P_ON] >= 0).tolist() == p[3:-1].tolist()
    assert waves.p_score[[12, 20]].max() < 0.1
    assert waves.p_score[3:][p[3:]].min() > 0.5


def test_ventricular_beats_get_no_p_wave():
    samples, layout, rows = record(beats(TIMES, SECONDS, 250.0), TIMES, 250.0)
    rows["code"][10] = 5
    waves = delineate_record(samples, layout, rows)
    assert waves.borders[10, 0, P_ON] == -1
    assert waves.borders[10, 0, QRS_ON] >= 0


def test_an_artefact_among_the_beats_changes_nothing():
    samples, layout, rows = record(beats(TIMES, SECONDS, 250.0), TIMES, 250.0)
    usual = delineate_record(samples, layout, rows).borders
    more = np.insert(rows, 10, rows[9])
    more["sample"][10], more["code"][10] = rows["sample"][9] + 90, 16
    found = delineate_record(samples, layout, more).borders
    assert (found[10] == -1).all()
    assert np.array_equal(np.delete(found, 10, axis=0), usual)


def test_annotations_come_in_order_and_in_triples():
    samples, layout, rows = record(beats(TIMES, SECONDS, 250.0), TIMES, 250.0)
    waves = delineate_record(samples, layout, rows)
    sample, code, number = wave_annotations(waves, rows["code"])
    assert (np.diff(sample) >= 0).all()
    assert code[:18].tolist() == [39, 24, 40, 39, 1, 40, 39, 27, 40] * 2
    assert number[:9].tolist() == [0, 0, 0, 1, 0, 1, 2, 0, 2]


def test_holes_dead_leads_and_odd_beats_do_no_harm():
    samples, layout, rows = record(beats(TIMES, SECONDS, 250.0), TIMES, 250.0)
    usual = delineate_record(samples, layout, rows).borders[:, 0]
    samples[:, 1] = INVALID_SAMPLE
    dead = delineate_record(samples, layout, rows).borders
    assert (dead[:, 2] == -1)[:, [QRS_ON, QRS_OFF]].all()
    assert np.abs(np.median(dead[:, 0] - usual, axis=0)).max() <= 4
    samples[:] = 7
    flat = delineate_record(samples, layout, rows)
    assert (flat.borders == -1).all()
    assert len(delineate_record(samples[:0], layout, rows).borders) == 30
    assert len(delineate_record(samples, layout, rows[:0]).borders) == 0


def trace(y, fid, rr_s, next_fid, fs):
    out, sure = np.zeros((len(y) + 1, MARKS), np.int64), np.zeros(3)
    delineate_beat(np.ascontiguousarray(y, np.float64), fid, rr_s, next_fid, fs, out, sure)
    return out, sure


def whole(draw_seed, leads, n):
    """Whole numbers, so that shifting and doubling are exact."""
    rng = np.random.default_rng(draw_seed)
    return np.round(np.cumsum(rng.integers(-40, 41, (leads, n)), axis=1)).astype(np.float64)


CASES = {
    "seed": st.integers(0, 10**6),
    "leads": st.integers(1, 3),
    "n": st.integers(20, 500),
    "fs": st.sampled_from([93.75, 125.0, 250.0, 360.0]),
    "place": st.floats(0, 1),
}


@settings(max_examples=150, deadline=None)
@given(**CASES, rr=st.floats(0, 3))
def test_borders_lie_inside_and_in_order_whatever_the_signal(seed, leads, n, fs, place, rr):
    y = whole(seed, leads, n)
    out, sure = trace(y, int(place * (n - 1)), rr, n if seed % 2 else min(n + 9, int(place * n) + 90), fs)
    assert out.min() >= -1
    assert out.max() < n
    assert ((sure >= 0) & (sure <= 1)).all()
    for p_on, p, p_off, on, _, off, t_on, t, t_off in out:
        assert (on < 0) == (off < 0)
        assert p_on < 0 or p_on <= p <= p_off <= on
        assert on < 0 or on < off
        assert t_on < 0 or off <= t_on <= t <= t_off


@settings(max_examples=80, deadline=None)
@given(**CASES, shift=st.integers(-3000, 3000), power=st.integers(-3, 6))
def test_borders_care_about_neither_offset_nor_scale(seed, leads, n, fs, place, shift, power):
    y, fid = whole(seed, leads, n), int(place * (n - 1))
    out, _ = trace(y, fid, 0.8, n, fs)
    scaled, _ = trace(y * 2.0**power, fid, 0.8, n, fs)
    assert np.array_equal(out, scaled)
    moved, _ = trace(y + shift, fid, 0.8, n, fs)
    assert np.mean(moved != out) <= 0.25  # sums round otherwise: a tie may fall to the other side


def test_a_real_looking_beat_is_the_same_at_any_offset_and_gain():
    y = beats(np.array([0.7, 1.5]), 2.0, 250.0, 2, noise_uv=5.0)
    out, _ = trace(y, 175, 0.8, 375, 250.0)
    for offset, gain in ((5000.0, 1.0), (-300.0, 0.1), (0.0, 37.0)):
        assert np.array_equal(trace(gain * y + offset, 175, 0.8, 375, 250.0)[0], out)


def test_smoothing_keeps_lines_and_does_not_delay():
    line = np.arange(40.0)
    out = np.empty(40)
    smooth(line, 3, out)
    assert out[5:-5] == pytest.approx(line[5:-5])
    pulse = np.zeros(21)
    pulse[10] = 16.0
    out = np.empty(21)
    smooth(pulse, 3, out)
    assert out[6:15].tolist() == [0, 1, 2, 3, 4, 3, 2, 1, 0]
