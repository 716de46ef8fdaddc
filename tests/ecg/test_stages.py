"""The stages over the beats run with them, second by second: the same findings however samples are cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ecg.hearts import heart, layout

from einthoven.base.spans import Span
from einthoven.base.thresholds import shipped
from einthoven.ecg.analyze import analyze
from einthoven.ecg.bay import Bay, judges_of
from einthoven.ecg.findings import COLUMNS

RATE = 250
PLAN = layout(250.0, 2)
JUDGES = judges_of(shipped())


def stopping(seconds=90, still=(30, 42)):
    """A heart that stands still for a while."""
    samples, _ = heart(seconds, 250.0, 2, seed=3)
    low, high = (second * RATE for second in still)
    samples[low:high] = samples[low] + np.random.default_rng(1).normal(0, 1, (high - low, 2)).round()
    return samples


def told_of(samples, cuts):
    bay = Bay(250_000, 2, slots=1, judges=JUDGES)
    slot, told = bay.take(PLAN), []
    edges = np.unique([0, *cuts, len(samples)])
    bay.advance(
        np.full(len(edges) - 1, slot),
        samples.reshape(-1),
        edges[:-1] * 2,
        edges[:-1],
        np.diff(edges),
        told=told,
    )
    rows = np.concatenate([np.zeros((0, COLUMNS)), *(part[:, :COLUMNS] for part in told)])
    return rows, bay.finish(slot), bay.state[slot].copy()


@given(cuts=st.lists(st.integers(1, 90 * RATE - 1), max_size=40))
@settings(max_examples=15, deadline=None)
def test_any_cutting_tells_the_same_rows(cuts):
    samples = stopping()
    rows, end, state = told_of(samples, [])
    assert len(rows)
    again = told_of(samples, cuts)
    assert again[0].tobytes() == rows.tobytes()
    assert again[1].tobytes() == end.tobytes()
    assert again[2].tobytes() == state.tobytes()


def test_a_still_heart_is_told_while_it_is_still():
    found = [f for f in analyze(stopping(), PLAN).findings if f["kind"] == "asystole"]
    assert len(found) == 1
    finding = found[0]
    assert 28.5 < finding["opened"] < 30.5
    assert 41 < finding["closed"] < 44
    assert finding["evidence"]["told"] - finding["opened"] <= 4 + 4


def test_what_is_open_at_the_end_of_the_samples_is_closed_there():
    samples = stopping(60, (50, 60))
    found = [f for f in analyze(samples, PLAN).findings if f["kind"] == "asystole"]
    assert [f["end_sample"] for f in found] == [60 * RATE]


@pytest.mark.parametrize("kind", ["asystole", "pause"])
def test_a_gap_is_no_pause(kind):
    samples, _ = heart(90, 250.0, 2, seed=3)
    present = [Span(0, 30 * RATE), Span(42 * RATE, 90 * RATE)]
    assert not [f for f in analyze(samples, PLAN, present=present).findings if f["kind"] == kind]


def test_finishing_leaves_the_state_as_it_is():
    bay = Bay(250_000, 2, slots=1, judges=JUDGES)
    slot, one = bay.take(PLAN), np.ones(1, np.int64)
    samples = stopping(40, (30, 40))
    bay.advance(one * slot, samples.reshape(-1), one * 0, one * 0, one * len(samples))
    before = bay.state[slot].copy()
    assert len(bay.finish(slot))
    assert bay.state[slot].tobytes() == before.tobytes()
