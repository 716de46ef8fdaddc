"""Sample index to center time: within 50 ms where a quick exchange allows, honest where none does (R4)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.base.instants import MILLISECOND, MINUTE, SECOND
from einthoven.link.clock import BURST, BURST_GAP, QUERY_GAP, ClockFit, next_query

RATE = 250_000
START = 1_800_000_000 * SECOND


class Crystal:
    """A transmitter whose samples come a little too fast or too slow."""

    def __init__(self, ppm: float, begin: int = START, at: float = 0.0) -> None:
        self.ppm, self.begin, self.at = ppm, begin, at

    def position(self, instant: int) -> float:
        return self.at + (instant - self.begin) * RATE / 1e12 / (1 + self.ppm * 1e-6)

    def time(self, sample: float) -> float:
        return self.begin + (sample - self.at) * 1e12 / RATE * (1 + self.ppm * 1e-6)


def exchange(fit: ClockFit, crystal: Crystal, sent: int, up: float, down: float) -> None:
    """One exchange with the two delays in seconds."""
    answered = sent + round(down * SECOND)
    fit.observe(crystal.position(answered), sent, answered + round(up * SECOND))


@settings(max_examples=60, deadline=None)
@given(st.floats(-100, 100), st.integers(0, 10**6), st.integers(1, 8))
def test_eight_exchanges_with_one_quick_are_within_50_ms(ppm: float, seed: int, quick: int) -> None:
    rng = random.Random(seed)
    crystal, fit = Crystal(ppm), ClockFit(RATE)
    for number in range(8):
        sent = START + 3600 * SECOND + number * BURST_GAP
        most = 0.045 if number == quick - 1 else 0.3
        exchange(fit, crystal, sent, rng.uniform(0.002, most), rng.uniform(0.002, most))
    for sample in (crystal.position(START + 3600 * SECOND), crystal.position(START + 3610 * SECOND)):
        fix = fit.fix(sample)
        assert fix is not None
        error = abs(fix.at - crystal.time(sample))
        assert error <= 50 * MILLISECOND
        assert error <= fix.uncertainty <= 55 * MILLISECOND


@settings(max_examples=60, deadline=None)
@given(st.floats(-150, 150), st.integers(0, 10**6), st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_uncertainty_is_honest(ppm: float, seed: int, up: float, down: float) -> None:
    rng = random.Random(seed)
    crystal, fit = Crystal(ppm), ClockFit(RATE)
    now = START
    for number in range(40):
        exchange(fit, crystal, now, up + rng.expovariate(5), down + rng.expovariate(5))
        for ago in (0, 60):
            sample = max(0.0, crystal.position(now - ago * SECOND))
            fix = fit.fix(sample)
            assert fix is not None
            assert abs(fix.at - crystal.time(sample)) <= fix.uncertainty + 2
        now += BURST_GAP if number < BURST else QUERY_GAP
    assert fit.breaks == 0
    assert fit.exchanges <= 32


@pytest.mark.parametrize("ppm", [-100, 0, 37, 100])
def test_drift_is_found_in_an_hour(ppm: int) -> None:
    rng = random.Random(ppm)
    crystal, fit = Crystal(ppm), ClockFit(RATE)
    for minute in range(60):
        exchange(fit, crystal, START + minute * MINUTE, rng.uniform(0.01, 0.3), rng.uniform(0.01, 0.3))
    assert abs(fit.drift * 1e6 - ppm) < 15
    assert abs(fit.position(START + 3600 * SECOND) - crystal.position(START + 3600 * SECOND)) < 20


def test_a_restart_that_continues_the_index_starts_a_new_line() -> None:
    before, fit = Crystal(20), ClockFit(RATE)
    for number in range(12):
        exchange(fit, before, START + number * SECOND, 0.02, 0.02)
    pause = START + 600 * SECOND
    after = Crystal(20, pause, before.position(START + 20 * SECOND))
    exchange(fit, after, pause + SECOND, 0.02, 0.02)
    assert fit.breaks == 1
    sample = after.position(pause + SECOND)
    assert abs(fit.at(sample) - after.time(sample)) < 25 * MILLISECOND
    assert fit.exchanges == 1


def test_a_pause_that_is_declared_starts_afresh() -> None:
    fit = ClockFit(RATE)
    exchange(fit, Crystal(0), START, 0.02, 0.02)
    fit.restart()
    assert not fit.known
    assert fit.fix(0) is None
    assert fit.at(0) is None
    assert fit.position(START) is None


def test_a_recording_is_dated_by_its_origin() -> None:
    fit = ClockFit(360_000, origin=START)
    assert fit.known
    assert fit.at(360) == START + SECOND
    assert fit.position(START + SECOND) == 360
    assert fit.observe(999.0, START, START + SECOND).uncertainty == 0
    assert fit.at(360) == START + SECOND


def test_an_answer_before_the_question_is_dropped() -> None:
    fit = ClockFit(RATE)
    assert fit.observe(1.0, START, START - 1) is None
    assert not fit.known


def test_impossible_rate_is_refused() -> None:
    with pytest.raises(InputError):
        ClockFit(0)


def test_schedule() -> None:
    due = [next_query(START, sent) - START for sent in range(11)]
    assert due == [*(n * 500 * MILLISECOND for n in range(8)), *(4 * SECOND + n * MINUTE for n in range(3))]
    assert next_query(START, 8, 0.5) == START + 4 * SECOND + round(29.5 * SECOND)
    assert next_query(START, 9, 0.5) - next_query(START, 8, 0.5) == MINUTE
