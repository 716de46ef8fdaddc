"""The ward: whatever way samples come in, once all are in the beats are those of the whole record."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.center import eventful
from tests.center.ward_fakes import (
    BLOCK,
    BLOCKS,
    PLAN,
    RECORD,
    SECOND,
    Memory,
    all_rows,
    batch,
    drained,
    give,
    same,
    ward_of,
    whole,
)
from tests.ecg.hearts import heart, layout

from einthoven.base.errors import InputError
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import Span, SpanSet
from einthoven.center.ward import LiveWard
from einthoven.ecg.analyze import analyze
from einthoven.ecg.beats import GRADES, NORMAL, TEMPLATE_MAX, VENTRICULAR, beat_rows
from einthoven.ecg.study_layout import O_CODE, O_SHAPE, OUT


@given(
    order=st.permutations(range(BLOCKS)),
    lanes=st.lists(st.integers(0, 1), min_size=BLOCKS, max_size=BLOCKS),
    refills=st.lists(st.integers(0, 3), min_size=BLOCKS, max_size=BLOCKS),
    lost=st.sets(st.integers(0, BLOCKS - 1), max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_any_order_of_arrival_gives_the_beats_of_the_whole(order, lanes, refills, lost):
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    for number, lane, refill in zip(order, lanes, refills, strict=True):
        if number not in lost:
            give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK, lane)
            ward.refill(refill * 150)
    spans = SpanSet((n * BLOCK, (n + 1) * BLOCK) for n in range(BLOCKS) if n not in lost)
    wanted = whole(RECORD, PLAN, present=list(spans))
    assert same(all_rows(drained(ward)), wanted)
    assert ward.pending() == 0


@given(
    outages=st.lists(st.tuples(st.integers(2, 50), st.integers(1, 12)), min_size=1, max_size=4),
    fill=st.randoms(use_true_random=False),
    blocks_a_step=st.integers(1, 4),
)
@settings(max_examples=60, deadline=None)
def test_outages_filled_by_the_backlog_lane(outages, fill, blocks_a_step):
    """Live goes on over several holes; the backlog comes oldest first or in pieces, mixed with live."""
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    away = {n for first, length in outages for n in range(first, first + length) if n < BLOCKS}
    waiting: list[int] = []
    for number in range(BLOCKS):
        if number in away:
            waiting.append(number)
            continue
        give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK)
        for _ in range(blocks_a_step):
            if waiting and fill.random() < 0.5:
                late = waiting.pop(0 if fill.random() < 0.7 else -1)
                give(ward, memory, 1, late * BLOCK, (late + 1) * BLOCK, lane=1)
        ward.refill(int(fill.random() * 500))
    for late in waiting:
        give(ward, memory, 1, late * BLOCK, (late + 1) * BLOCK, lane=1)
    assert same(all_rows(drained(ward)), whole(RECORD, PLAN))


@given(
    order=st.permutations([n % BLOCKS for n in range(2 * BLOCKS)]),
    sizes=st.lists(st.integers(1, 180), min_size=5, max_size=5),
)
@settings(max_examples=30, deadline=None)
def test_duplicates_and_overlaps_count_once(order, sizes):
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    taken = doubled = given_samples = 0
    for place, number in enumerate([*order, *range(BLOCKS)]):
        start = number * BLOCK
        stop = min(len(RECORD), start + (BLOCK if place >= len(order) else sizes[place % 5]))
        report = give(ward, memory, 1, start, stop, lane=place % 2)
        taken += report.samples
        doubled += report.duplicate_samples
        given_samples += stop - start
    assert taken == len(RECORD)
    assert taken + doubled == given_samples
    assert same(all_rows(drained(ward)), whole(RECORD, PLAN))


@given(
    order=st.permutations(range(BLOCKS)),
    stop_after=st.integers(0, BLOCKS - 1),
    refills=st.lists(st.integers(0, 2), min_size=BLOCKS, max_size=BLOCKS),
    rings=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_snapshot_and_replay_equal_an_uninterrupted_run(order, stop_after, refills, rings):
    memory = Memory({1: RECORD, 2: RECORD[::-1].copy()})
    ward = ward_of(memory)
    for place, number in enumerate(order):
        for stream in (1, 2):
            give(ward, memory, stream, number * BLOCK, (number + 1) * BLOCK, lane=place % 2)
        ward.refill(refills[place] * 150)
        if place == stop_after:
            saved = ward.snapshot(rings)
    again = ward_of(memory)
    assert again.restore(saved)
    for stream in (1, 2):
        for low, high in again.unseen(stream, memory.have[stream]):
            for start in range(low, high, 170):
                again.step([batch([(stream, start, min(high, start + 170))], memory.records)], 0)
    for stream in (1, 2):
        wanted = whole(memory.records[stream], PLAN)
        assert same(all_rows(drained(again), stream), wanted)
        assert same(all_rows(drained(ward), stream), wanted)
    assert again.positions() == {1: len(RECORD), 2: len(RECORD)}


def test_a_restored_ward_is_the_saved_one():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    give(ward, memory, 1, 0, 1000)
    give(ward, memory, 1, 1500, 5000)
    give(ward, memory, 1, 1000, 1200, lane=1)
    again = ward_of(memory)
    assert again.restore(ward.snapshot(rings=True))
    assert (all_rows(again) == all_rows(ward)).all()
    assert again.vitals(1) == ward.vitals(1)
    assert (again.recent(1, 4000, 5000).samples == RECORD[4000:5000]).all()
    for one in (ward, again):
        give(one, memory, 1, 1200, 1500, lane=1)
        assert same(all_rows(drained(one)), whole(RECORD[:5000], PLAN))


def test_each_beat_keeps_the_number_of_its_template():
    """That which ``analyze`` tells, through a saved step too."""
    memory = Memory({1: eventful.RECORD})
    ward = ward_of(memory, eventful.PLAN)
    give(ward, memory, 1, 0, 60 * eventful.RATE)
    saved, ward = ward.snapshot(), ward_of(memory, eventful.PLAN)
    assert ward.restore(saved)
    give(ward, memory, 1, 60 * eventful.RATE, len(eventful.RECORD))
    beats = ward.beats(1, 0, len(eventful.RECORD))
    told = analyze(eventful.RECORD, eventful.PLAN).told
    assert beats["template"].tolist() == told[:, O_SHAPE].tolist()
    assert len(np.unique(beats["template"])) > 2
    ventricular = set(beats["template"][beats["code"] == VENTRICULAR].tolist())
    assert ventricular
    assert not ventricular & set(beats["template"][:20].tolist())


def test_of_grades_no_template_is_told():
    told = np.zeros((3, OUT), np.int64)
    told[:, O_CODE], told[:, O_SHAPE] = [NORMAL, GRADES, NORMAL], [7, 7, TEMPLATE_MAX + 1]
    assert beat_rows(told)["template"].tolist() == [7, 0, 0]


def test_a_snapshot_of_another_version_is_not_taken():
    memory = Memory({1: RECORD})
    saved = ward_of(memory).snapshot()
    saved["version"] = saved["version"] + 1
    assert not ward_of(memory).restore(saved)


def test_provisional_beats_stand_until_the_chase_passes_them():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    give(ward, memory, 1, 0, 2000)
    give(ward, memory, 1, 2500, 7500)
    before = all_rows(ward)
    give(ward, memory, 1, 2000, 2500, lane=1)
    assert ward.pending() == 5000
    assert set(before["sample"]) <= set(all_rows(ward)["sample"])
    ward.refill(1000)
    assert ward.pending() == 4000
    later = before["sample"][before["sample"] >= 3500]
    assert set(later) <= set(all_rows(ward)["sample"])
    give(ward, memory, 1, 7500, 7500)
    assert same(all_rows(drained(ward)), whole(RECORD, PLAN))


def test_a_chase_waits_for_what_cannot_be_read_yet():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    give(ward, memory, 1, 0, 1000)
    give(ward, memory, 1, 1200, 7500, stored=False)
    give(ward, memory, 1, 1000, 1200, lane=1)
    assert ward.refill(10_000) == 0
    assert ward.pending() == 6300
    report = give(ward, memory, 1, 1200, 7500, lane=1)
    assert report.samples == 0
    assert report.duplicate_samples == 6300
    assert same(all_rows(drained(ward)), whole(RECORD, PLAN))


def test_more_holes_than_states():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    for number in range(0, BLOCKS, 2):
        give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK)
    assert len(ward.unseen(1, SpanSet([(0, len(RECORD))]))) == BLOCKS // 2
    spans = list(SpanSet((n * BLOCK, (n + 1) * BLOCK) for n in range(0, BLOCKS, 2)))
    assert same(all_rows(drained(ward)), whole(RECORD, PLAN, present=spans))
    for number in range(1, BLOCKS, 2):
        give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK, lane=1)
    assert same(all_rows(drained(ward)), whole(RECORD, PLAN))


def test_mixed_wards_and_blocks_of_nobody():
    plans = {1: layout(100.0, 1), 2: layout(250.0, 3), 3: layout(250.0, 3), 4: layout(1000.0, 2)}
    records = {s: heart(12, p.rate_hz, len(p.leads), seed=s)[0] for s, p in plans.items()}
    records[9] = records[1]
    ward = LiveWard()
    for stream, plan in plans.items():
        ward.admit(stream, plan)
    at = dict.fromkeys(records, 0)
    unknown = 0
    while any(at[s] < len(records[s]) for s in records):
        blocks = []
        for s, record in records.items():
            stop = min(len(record), at[s] + 77 * s)
            if stop > at[s]:
                blocks.append((s, at[s], stop))
            at[s] = stop
        unknown += ward.step([batch(blocks, records)], 0).unknown_blocks
    assert unknown > 0
    assert ward.vitals(9) is None
    for stream, plan in plans.items():
        assert same(ward.rows(stream, 0, 1 << 60), whole(records[stream], plan))
    wrong = batch([(2, 0, 10)], records)
    wrong.leads[:] = 1
    assert ward.step([wrong], 0).refused_blocks == 1


def test_vitals():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    assert ward.vitals(1) is None
    ward.settle_in()
    assert ward.vitals(1) is None
    ward.step([batch([(1, 0, 20 * SECOND)], memory.records, received=77)], 80)
    vitals = ward.vitals(1)
    assert vitals is not None
    assert (vitals.newest, vitals.next, vitals.received, vitals.stored) == (2499, 2500, 77, True)
    assert vitals.quality == (0, 0)
    assert vitals.heart_rate_bpm == pytest.approx(75, abs=5)
    flat = {1: np.zeros_like(RECORD)}
    ward.step([batch([(1, 2500, 3500)], flat, stored=False)], 90)
    vitals = ward.vitals(1)
    assert vitals is not None
    assert vitals.heart_rate_bpm is None
    assert vitals.quality == (4, 4)
    assert not vitals.stored


def test_recent_shows_holes_as_holes():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    give(ward, memory, 1, 0, 1000)
    give(ward, memory, 1, 1100, 3000)
    window = ward.recent(1, 900, 1300)
    assert window.present == [Span(900, 1000), Span(1100, 1300)]
    assert (window.samples[:100] == RECORD[900:1000]).all()
    assert (window.samples[100:200] == INVALID_SAMPLE).all()
    assert (window.samples[200:] == RECORD[1100:1300]).all()
    give(ward, memory, 1, 1000, 1100, lane=1)
    assert (ward.recent(1, 600, 3000).samples == RECORD[600:3000]).all()
    old = ward.recent(1, 400, 700)
    assert old.present == [Span(500, 700)]
    assert (ward.recent(1, 2900, 3100).samples[100:] == INVALID_SAMPLE).all()


def test_discharge_frees_and_forgets():
    memory = Memory({1: RECORD, 2: RECORD})
    ward = ward_of(memory)
    give(ward, memory, 1, 0, 3000)
    ward.discharge(1)
    report = give(ward, memory, 1, 3000, 3100)
    assert report.unknown_blocks == 1
    assert len(all_rows(ward)) == 0
    ward.admit(3, PLAN)
    memory.records[3], memory.have[3] = RECORD, SpanSet()
    give(ward, memory, 3, 0, len(RECORD))
    assert same(ward.rows(3, 0, 1 << 60), whole(RECORD, PLAN))
    assert ward.positions() == {2: 0, 3: len(RECORD)}
    ward.discharge(2)
    ward.discharge(2)
    ward.settle_in()


def test_admission_refuses_a_bad_layout_and_keeps_one_that_is_there():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    give(ward, memory, 1, 0, 1000)
    ward.admit(1, PLAN)
    ward.settle_in()
    assert ward.positions() == {1: 1000}
    with pytest.raises(InputError):
        ward.admit(2, layout(90.0, 1))


def test_an_empty_step_and_an_empty_batch():
    ward = LiveWard()
    assert ward.step([], 0).blocks == 0
    assert ward.step([batch([], {})], 0).blocks == 0
