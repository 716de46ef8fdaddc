"""The quick sums over shapes are those of their plain definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.ecg.study_layout import P_FROM, P_TO, QRS_FROM, QRS_TO, SHIFT, WINDOW
from einthoven.ecg.study_measure import (
    LAG_FROM,
    LAGS,
    P_POINTS,
    best_shift,
    centre_qrs,
    detrended,
    likeness,
    p_search,
)

seeds = st.integers(0, 2**32 - 1)


def wander(rng, leads):
    """Two beats' worth of µV far from zero, as an electrode's offset leaves them."""
    return np.cumsum(rng.normal(0, 60, (leads, WINDOW)), axis=1) + rng.normal(0, 20_000, (leads, 1))


def correlation_by_definition(one, other, shift):
    a = one[QRS_FROM:QRS_TO] - one[QRS_FROM:QRS_TO].mean()
    b = other[QRS_FROM + shift : QRS_TO + shift]
    b = b - b.mean()
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


@settings(deadline=None)
@given(seed=seeds, leads=st.integers(1, 3))
def test_best_shift_is_the_highest_mean_correlation_of_all_shifts(seed, leads):
    rng = np.random.default_rng(seed)
    beat, shape = wander(rng, leads), wander(rng, leads)
    weight = rng.dirichlet(np.ones(leads))
    mine = np.empty((leads, WINDOW))
    centre_qrs(beat, mine)
    wanted = [
        sum(weight[lead] * correlation_by_definition(beat[lead], shape[lead], shift) for lead in range(leads))
        for shift in range(-SHIFT, SHIFT + 1)
    ]
    corr, shift = best_shift(mine, shape, weight)
    assert corr == pytest.approx(max(wanted), abs=1e-7)
    assert wanted[shift + SHIFT] == pytest.approx(max(wanted), abs=1e-7)


def test_a_beat_moved_is_found_where_it_was_moved_to():
    beat = wander(np.random.default_rng(3), 2)
    mine = np.empty((2, WINDOW))
    centre_qrs(beat, mine)
    for shift in range(-SHIFT, SHIFT + 1):
        corr, found = best_shift(mine, np.roll(beat, shift, axis=1), np.array([0.5, 0.5]))
        assert (found, corr) == (shift, pytest.approx(1.0, abs=1e-7))


def test_a_lead_of_no_weight_does_not_count():
    rng = np.random.default_rng(4)
    beat = wander(rng, 2)
    shape = np.stack([beat[0], wander(rng, 1)[0]])
    mine = np.empty((2, WINDOW))
    centre_qrs(beat, mine)
    assert best_shift(mine, shape, np.array([1.0, 0.0])) == (pytest.approx(1.0, abs=1e-7), 0)


@settings(deadline=None)
@given(seed=seeds)
def test_the_p_wave_is_found_where_the_plain_search_finds_it(seed):
    rng = np.random.default_rng(seed)
    lead, usual = wander(rng, 1)[0], np.zeros(P_POINTS)
    detrended(wander(rng, 1)[0], P_FROM, P_TO, usual)
    window, found = np.zeros(P_POINTS), []
    for lag in range(LAG_FROM, LAG_FROM + LAGS):
        detrended(lead, P_FROM + lag, P_TO + lag, window)
        found.append((usual * window).sum() / np.sqrt((usual**2).sum() * (window**2).sum()))
    corr, lag = p_search(usual, lead, np.zeros(LAGS))
    assert corr == pytest.approx(max(found), abs=1e-7)
    assert found[lag - LAG_FROM] == pytest.approx(max(found), abs=1e-7)


def test_likeness_of_a_beat_with_itself_is_one():
    beat = wander(np.random.default_rng(5), 1)[0]
    corr, mine, its = likeness(beat, beat, QRS_FROM, QRS_TO, 0)
    assert (corr, mine) == (pytest.approx(1.0), pytest.approx(its))
