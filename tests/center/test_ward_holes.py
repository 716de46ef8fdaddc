"""Streams with holes beyond number: they cost little, and what they end as is right all the same."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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

from einthoven.base.spans import Span, SpanSet
from einthoven.center.ward import LiveWard
from einthoven.center.ward_catchup import KEEP_MS, CatchUp
from einthoven.center.ward_late import STATES_MAX

FRAMES = 2000
SHORT = 20


def skipping(frames=FRAMES, short=SHORT):
    """A transmitter that skips one sample per frame: a ward that saw that, and what it was given."""
    record = np.tile(RECORD, (-(-frames * short // len(RECORD)), 1))[: frames * short]
    memory = Memory({1: record})
    ward = ward_of(memory)
    for frame in range(frames):
        give(ward, memory, 1, frame * short, frame * short + short - 1)
    return ward, memory


def late_of(ward):
    bay, bed = ward._place[1]
    return bay.late[bed]


def test_a_hole_a_frame_keeps_few_runs(monkeypatch):
    ward, _ = skipping()
    assert len(late_of(ward).runs) < STATES_MAX
    assert len(late_of(ward).quiet.spans) > FRAMES - STATES_MAX - 2
    monkeypatch.setattr(CatchUp, "present", lambda *_: pytest.fail("looked at every span"))
    stop = FRAMES * SHORT - 1
    window = ward.recent(1, stop - 99, stop)
    assert window.present == [Span(stop - 99 + 20 * k, stop - 80 + 20 * k) for k in range(5)]


def test_nothing_looks_at_more_spans_than_it_is_asked_for(monkeypatch):
    ward, memory = skipping()
    made = []
    within = SpanSet.within

    def counted(self, start, stop):
        found = within(self, start, stop)
        made.append(len(found))
        return found

    monkeypatch.setattr(SpanSet, "within", counted)
    walk = SpanSet.__iter__

    def walked(self):
        assert len(self) < 100, "walked through all spans"
        return walk(self)

    monkeypatch.setattr(SpanSet, "__iter__", walked)
    ward.recent(1, FRAMES * SHORT - 100, FRAMES * SHORT)
    give(ward, memory, 1, 1000 * SHORT - 1, 1000 * SHORT, lane=1)
    give(ward, memory, 1, FRAMES * SHORT, FRAMES * SHORT + 10)
    assert max(made) <= 100 // SHORT + 1


@pytest.mark.parametrize("restart", [False, True], ids=["one life", "restarted"])
def test_holes_filled_in_the_end_give_the_beats_of_the_whole(restart):
    ward, memory = skipping(300)
    if restart:
        saved = ward.snapshot()
        ward = ward_of(memory)
        assert ward.restore(saved)
        assert len(late_of(ward).runs) < STATES_MAX
        assert ward.unseen(1, memory.have[1]) == []
    for frame in range(300):
        give(ward, memory, 1, frame * SHORT + SHORT - 1, frame * SHORT + SHORT, lane=1)
    assert same(all_rows(drained(ward)), whole(memory.records[1], PLAN))


@given(
    first=st.sets(st.integers(0, BLOCKS - 1)),
    order=st.permutations(range(BLOCKS)),
    lost=st.sets(st.integers(0, BLOCKS - 1), max_size=20),
    seed=st.randoms(use_true_random=False),
)
@settings(max_examples=80, deadline=None)
def test_many_holes_sealing_and_restarts(first, order, lost, seed):
    """Live with holes, then the backlog in any order, snapshots in between, some blocks for ever missing."""
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    coming = [*sorted(first), *(n for n in order if n not in first)]
    for number in coming:
        if number in lost:
            continue
        give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK, lane=seed.randrange(2))
        if seed.random() < 0.3:
            ward.refill(seed.randrange(400))
        if seed.random() < 0.1:
            saved, ward = ward.snapshot(), ward_of(memory)
            assert ward.restore(saved)
    wanted = whole(RECORD, PLAN, present=list(memory.have[1]))
    assert same(all_rows(drained(ward)), wanted)
    if 1 in ward._place:
        bay, bed = ward._place[1]
        assert bed not in bay.late or len(bay.late[bed].runs) <= STATES_MAX


def test_beats_at_old_holes_are_forgotten_once_sealed():
    ward, memory = skipping(40, 800)
    stop = 40 * 800
    for _ in range(2):
        ward.hand_over(1, 0, stop)
        ward.drop_beats(1, 0, stop)
        ward.superseded(1)
        ward.confirm(1)
    assert len(late_of(ward).quiet.beats), "a restart may have to compare them"
    far = stop + KEEP_MS * SECOND // 1000 + 1000
    memory.records[1] = np.zeros((far + 1000, 2), np.int16)
    give(ward, memory, 1, far, far + 1000)
    ward.superseded(1)
    ward.confirm(1)
    ward.drop_beats(1, 0, stop)
    assert len(late_of(ward).quiet.beats) == 0


class Watched:
    """A lock that says whether it is held."""

    def __init__(self) -> None:
        self.lock, self.held, self.most_bites = threading.Lock(), False, 0

    def __enter__(self):
        self.lock.acquire()
        self.held, self.bites = True, 0

    def __exit__(self, *_):
        self.held = False
        self.lock.release()


def test_samples_are_read_back_without_the_lock_and_analysed_in_bites(monkeypatch):
    memory, lock, reads = Memory({1: RECORD}), Watched(), []

    def read(*asked):
        assert not lock.held
        reads.append(asked)
        return memory.read(*asked)

    monkeypatch.setattr("einthoven.center.ward_catchup.BITE_VALUES", 2 * 500)
    ward = LiveWard(read, lock)
    ward.admit(1, PLAN)
    go_on, sizes = CatchUp.go_on, []

    def watched(self, bed, run, start, part):
        assert lock.held
        sizes.append(len(part))
        return go_on(self, bed, run, start, part)

    monkeypatch.setattr(CatchUp, "go_on", watched)
    give(ward, memory, 1, 0, 1000)
    give(ward, memory, 1, 1200, 7500)
    give(ward, memory, 1, 1000, 1200, lane=1)
    while ward.refill(3000):
        pass
    assert reads
    assert max(sizes) == 500
    assert same(all_rows(ward), whole(RECORD, PLAN))


def test_a_step_copies_few_streams_under_one_hold_of_the_lock(monkeypatch):
    records = dict.fromkeys(range(1, 101), RECORD)
    lock = Watched()
    ward = LiveWard(Memory(records).read, lock)
    for stream in records:
        ward.admit(stream, PLAN)
    ward.step([batch([(stream, 0, 1000) for stream in records], records)], 0)
    held: list[int] = []

    class Counting(Watched):
        def __exit__(self, *args):
            held.append(self.bites)
            super().__exit__(*args)

    counting = ward._lock = Counting()
    sync = CatchUp.sync

    def counted(self, bed):
        counting.bites += 1
        sync(self, bed)

    monkeypatch.setattr(CatchUp, "sync", counted)
    saved = ward.snapshot()
    assert sum(held) == 100
    assert max(held) <= 16
    some = ward.snapshot(streams=np.array([5, 7, 99]))
    again = ward_of(Memory(records))
    assert again.restore(some)
    assert [s for s, at in again.positions().items() if at] == [5, 7, 99]
    assert again.restore(saved)
    assert set(again.positions().values()) == {1000}
