"""Windows cut from a ring of values at any step."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from einthoven.ecg.study_signal import resample


@njit
def resampled(kept, at, ring, unit, first, step, oldest, newest, out):
    """``resample`` itself can only be called by kernels."""
    resample(kept, at, ring, unit, first, step, oldest, newest, out)


@given(
    ring=st.integers(5, 80),
    filled=st.integers(2, 400),
    first=st.floats(-50, 450),
    step=st.floats(0.2, 3.0),
    wanted=st.integers(1, 60),
    seed=st.integers(0, 99),
)
@settings(max_examples=200, deadline=None)
def test_a_window_is_the_signal_between_its_values_held_at_either_end_and_smoothed(
    ring, filled, first, step, wanted, seed
):
    signal = np.random.default_rng(seed).integers(-3000, 3000, filled).astype(np.int16)
    oldest, newest = max(0, filled - ring), filled - 1
    kept = np.zeros(7 + ring, np.int16)
    for index in range(oldest, filled):
        kept[7 + index % ring] = signal[index]
    out = np.empty(wanted)

    resampled(kept, 7, ring, 2.5, first, step, oldest, newest, out)

    places = np.clip(first + step * np.arange(wanted + 2), oldest, newest)
    line = 2.5 * np.interp(places, np.arange(oldest, filled), signal[oldest:])
    np.testing.assert_allclose(out, np.convolve(line, [0.25, 0.5, 0.25], "valid"), atol=1e-6)
