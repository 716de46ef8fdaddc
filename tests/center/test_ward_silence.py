"""The rate that is shown while the heart is silent, and behind it."""

from __future__ import annotations

import numpy as np
from benchmarks.iec_signals import converted, ecg, layout
from tests.center.ward_fakes import Memory, drained, give, ward_of

RATE_HZ = 250


def shown(times, seconds):
    """The heart rate at the end of every second, and the kinds of findings open then."""
    record = converted(ecg(np.asarray(times), seconds, float(RATE_HZ)))
    memory = Memory({1: record})
    ward = ward_of(memory, layout(float(RATE_HZ)))
    rates = []
    for second in range(seconds):
        give(ward, memory, 1, second * RATE_HZ, (second + 1) * RATE_HZ)
        rates.append(drained(ward).vitals(1).heart_rate_bpm)
    return rates


def test_while_a_pause_lasts_the_rate_is_what_the_silence_allows():
    before = np.arange(0.5, 20, 0.75)
    rates = shown([*before, before[-1] + 3.9, *np.arange(before[-1] + 4.65, 40, 0.75)], 40)
    last = before[-1]
    assert round(rates[int(last) + 1]) == 80
    silent = int(np.ceil(last + 3.0))
    assert round(rates[silent - 1], 1) == round(60 / (silent - last), 1)
    # The interval of the pause is a rate by itself until others follow it; the old ones are over.
    assert round(rates[silent]) == round(60 / 3.9)
    assert round(rates[-1]) == 80


def test_in_asystole_no_rate_is_shown_and_behind_it_none_of_before():
    before, after = np.arange(0.5, 20, 0.75), np.arange(28.0, 59, 2.0)
    rates = shown([*before, *after], 60)
    still = int(np.ceil(before[-1] + 4.0))
    assert all(rate is None for rate in rates[still:28])
    known = [rate for rate in rates[28:] if rate is not None]
    assert max(known) < 40
    assert round(known[-1]) == 30
