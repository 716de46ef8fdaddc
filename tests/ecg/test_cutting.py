"""The same samples give the same beats and the same state, bit for bit, however they are cut (R13)."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ecg.hearts import heart, layout

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.bay import Bay

RECORDS = {
    (rate, leads): heart(14, rate, leads, seed=int(rate) + leads)[0]
    for rate in (100.0, 250.0, 999.9)
    for leads in (1, 3)
}
for number, record in enumerate(RECORDS.values()):
    hole = len(record) // 2
    record[hole : hole + 90 + number, 0] = INVALID_SAMPLE


def one_pass(rate, leads, samples, begin=0):
    bay = Bay(round(rate * 1000), leads, slots=1)
    slot = bay.take(layout(rate, leads))
    one = np.ones(1, np.int64)
    flat = samples.reshape(-1)
    found = bay.advance(one * slot, flat, one * 0, one * begin, one * len(samples))
    return found[:, 1:], bay.state[slot].copy()


@given(
    which=st.sampled_from(sorted(RECORDS)),
    begin=st.sampled_from([0, 1, 777, 10**10]),
    sizes=st.lists(st.sampled_from([1, 2, 3, 50, 63, 249, 250, 251, 1000]), min_size=1, max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_any_cutting_gives_the_same_beats_and_state(which, begin, sizes):
    rate, leads = which
    samples = RECORDS[which]
    beats, state = one_pass(rate, leads, samples, begin)
    bay = Bay(round(rate * 1000), leads, slots=1)
    slot = bay.take(layout(rate, leads))
    cuts = np.minimum(np.cumsum(np.resize(sizes, len(samples) // min(sizes) + 1)), len(samples))
    cuts = np.unique(np.concatenate([[0], cuts[cuts < len(samples)], [len(samples)]]))
    found = bay.advance(
        np.full(len(cuts) - 1, slot), samples.reshape(-1), cuts[:-1] * leads, begin + cuts[:-1], np.diff(cuts)
    )
    assert (found[:, 1:] == beats).all()
    assert bay.state[slot].tobytes() == state.tobytes()


@given(order=st.permutations(list(range(8)) * 4), cut=st.integers(1, 700))
@settings(max_examples=30, deadline=None)
def test_interleaved_streams_do_not_touch_each_other(order, cut):
    samples = RECORDS[250.0, 3]
    bay = Bay(250_000, 3, slots=1)
    slots = [bay.take(layout(250.0, 3)) for _ in range(8)]
    flat = np.concatenate([np.roll(samples, 13 * number, axis=0).reshape(-1) for number in range(8)])
    at = [0] * 8
    found = [[] for _ in range(8)]
    for number in [*order, *range(8)]:
        count = min(cut + number, len(samples) - at[number])
        if number == order[-1] or sum(at) == 0:
            count = len(samples) - at[number]
        if count <= 0:
            continue
        one = np.ones(1, np.int64)
        offset = (number * len(samples) + at[number]) * 3
        rows = bay.advance(one * slots[number], flat, one * offset, one * at[number], one * count)
        found[number].append(rows[:, 1:])
        at[number] += count
    for number in range(8):
        alone, state = one_pass(250.0, 3, np.roll(samples, 13 * number, axis=0)[: at[number]])
        assert (np.concatenate(found[number]) == alone).all()
        assert bay.state[slots[number]].tobytes() == state.tobytes()


def test_a_state_is_its_row_and_nothing_else():
    samples = RECORDS[250.0, 1]
    _, state = one_pass(250.0, 1, samples)
    bay = Bay(250_000, 1, slots=1)
    first, second = bay.take(layout(250.0, 1)), bay.take(layout(250.0, 1))
    one = np.ones(1, np.int64)
    bay.advance(one * first, samples.reshape(-1), one * 0, one * 0, one * 1500)
    bay.copy(first, second)
    flat = samples.reshape(-1)
    bay.advance(one * second, flat, one * 1500, one * 1500, one * (len(samples) - 1500))
    assert bay.state[second].tobytes() == state.tobytes()


def test_the_room_for_beats_is_never_too_small():
    samples = RECORDS[250.0, 1]
    bay = Bay(250_000, 1, slots=1)
    slot = bay.take(layout(250.0, 1))
    one = np.ones(1, np.int64)
    long = np.tile(samples.reshape(-1), 100)
    found = bay.advance(one * slot, long, one * 0, one * 0, one * len(long))
    assert len(found) > 1000
    many = np.arange(5000)
    found = bay.advance(
        one.repeat(5000) * slot, long, many * 60, len(long) + many * 60, one.repeat(5000) * 60
    )
    assert (np.diff(found[:, 0]) >= 0).all()
    assert len(found) > 1000


def test_state_fits_its_budget():
    assert Bay(250_000, 2).plan.row_words * 8 <= 65_536
    assert Bay(250_000, 3).plan.row_words * 8 <= 65_536
    assert Bay(1_000_000, 12).plan.row_words * 8 <= 147_456, "twelve leads keep their shapes too"


def test_slots_are_used_again():
    bay = Bay(250_000, 1, slots=2)
    taken = [bay.take(layout(250.0, 1)) for _ in range(5)]
    bay.release(taken[2])
    assert bay.take(layout(250.0, 1)) == taken[2]
    assert bay.next_sample(taken[2]) == -1
