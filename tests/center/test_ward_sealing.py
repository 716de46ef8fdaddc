"""The ward and what is sealed of its beats: what changes after it was handed over is told.

Whatever is sealed when, across restarts too, in the end the sealed beats are those of an analysis of all
that is stored (house rule 4, R13).
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.center.ward_fakes import (
    BLOCK,
    BLOCKS,
    FIELDS,
    PLAN,
    RECORD,
    Memory,
    all_rows,
    drained,
    give,
    same,
    ward_of,
    whole,
)

from einthoven.base.spans import SpanSet
from einthoven.center.ward_catchup import SETTLE_MS
from einthoven.ecg.analyze import analyze
from einthoven.ecg.beats import GRADES


def test_late_beats_are_marked_and_what_they_supersede_is_told():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    give(ward, memory, 1, 0, 2000)
    give(ward, memory, 1, 3000, 7000)
    live = all_rows(ward)
    assert not live["late"].any()
    ward.hand_over(1, 0, 5000)
    ward.drop_beats(1, 0, 5000)
    give(ward, memory, 1, 2000, 2600, lane=1)
    give(ward, memory, 1, 2600, 3000, lane=1)
    beats = all_rows(drained(ward))
    told = SpanSet(ward.superseded(1))
    wanted = whole(RECORD[:7000], PLAN)
    assert told.covers(2000, 3000)
    assert not told.covers(6000, 7000)
    for low, high in told:
        inside = (wanted["sample"] >= low) & (wanted["sample"] < min(high, 5000))
        got = beats[(beats["sample"] >= low) & (beats["sample"] < min(high, 5000))]
        assert same(got, wanted[inside])
    hole = beats[(beats["sample"] >= 2000) & (beats["sample"] < 3000)]
    assert len(hole)
    assert hole["late"].all()
    assert SpanSet(ward.superseded(1)) == told, "told until confirmed"
    ward.confirm(1)
    assert ward.superseded(1) == []
    ward.drop_beats(1, 0, 5000)
    kept = all_rows(ward)["sample"]
    assert (kept >= 7000 - SETTLE_MS * 125 // 1000).all(), "what more may be decided of stays"


class Seal:
    """Keeps beats as the store does: seals up to any line, and rewrites what the ward says has changed."""

    def __init__(self, ward) -> None:
        self.ward, self.rows, self.spans = ward, {}, SpanSet()

    def turn(self, start=0, stop=0, confirm=True):
        for low, high in self.ward.superseded(1):
            for first, end in self.spans.within(low, high):
                self._keep(first, end, self.ward.rows(1, first, end))
        if confirm:
            self.ward.confirm(1)
            for span in list(self.spans):
                self.ward.drop_beats(1, *span)
        for low, high in self.spans.missing(start, stop):
            self._keep(low, high, self.ward.hand_over(1, low, high))
            self.spans.add(low, high)
            self.ward.drop_beats(1, low, high)

    def _keep(self, low, high, beats):
        self.rows = {at: row for at, row in self.rows.items() if not low <= at[0] < high}
        for row in beats:
            self.rows[int(row["sample"]), int(row["code"]) != GRADES] = tuple(
                row[name].item() for name in FIELDS
            )

    def ends_as(self, record, spans=None):
        drained(self.ward)
        self.turn(0, 1 << 40)
        self.turn()
        wanted = [tuple(row[name].item() for name in FIELDS) for row in whole(record, PLAN, present=spans)]
        return [self.rows[sample] for sample in sorted(self.rows)] == wanted


@given(
    away=st.sets(st.integers(0, BLOCKS - 2), max_size=30),
    random=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_sealed_beats_end_as_those_of_the_whole(away, random):
    """Sealed anywhere at any time, undecided ends and stretches behind holes included."""
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    seal = Seal(ward)
    waiting: list[int] = []
    for number in range(BLOCKS):
        if number in away:
            waiting.append(number)
        else:
            give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK)
        if waiting and random.random() < 0.3:
            late = waiting.pop(0 if random.random() < 0.7 else -1)
            give(ward, memory, 1, late * BLOCK, (late + 1) * BLOCK, lane=1)
        ward.refill(int(random.random() * 300))
        if random.random() < 0.3:
            start = random.randrange(number + 1) * BLOCK
            seal.turn(start, start + 5 * BLOCK, confirm=random.random() < 0.8)
    for late in waiting:
        give(ward, memory, 1, late * BLOCK, (late + 1) * BLOCK, lane=1)
        seal.turn(0, 0)
    assert seal.ends_as(RECORD)
    assert len(all_rows(ward)) < 60, "what is sealed is forgotten, but for the last seconds"


@given(
    away=st.sets(st.integers(0, BLOCKS - 2), max_size=20),
    unstored=st.sets(st.integers(0, BLOCKS - 1), max_size=12),
    random=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_samples_seen_live_that_are_never_stored_leave_no_trace(away, unstored, random):
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    seal = Seal(ward)
    waiting: list[int] = sorted(away - unstored)
    for number in range(BLOCKS):
        if number not in waiting:
            give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK, stored=number not in unstored)
        ward.refill(int(random.random() * 300))
        if random.random() < 0.2:
            start = random.randrange(number + 1) * BLOCK
            seal.turn(start, start + 5 * BLOCK)
        for lost in [one for one in sorted(unstored) if one < number and random.random() < 0.2]:
            unstored.remove(lost)
            assert ward.forget(1, lost * BLOCK, (lost + 1) * BLOCK) == BLOCK
    for number in sorted([*waiting, *unstored], key=lambda _: random.random()):
        if number in unstored:
            ward.forget(1, number * BLOCK, (number + 1) * BLOCK)
        else:
            give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK, lane=1)
    assert ward.forget(1, len(RECORD), len(RECORD) + 100) == 0
    assert seal.ends_as(RECORD, list(memory.have[1]))


@given(
    away=st.sets(st.integers(0, BLOCKS - 1), max_size=20),
    saved_at=st.integers(0, BLOCKS - 1),
    died_at=st.integers(0, BLOCKS - 1),
    unstored=st.integers(0, 6),
    random=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_what_a_life_sealed_after_its_last_saved_step_is_put_right(away, saved_at, died_at, unstored, random):
    """The next life starts from the saved step; the last blocks of the first one were never stored."""
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    seal = Seal(ward)
    saved = ward.snapshot()
    waiting = sorted(away)
    for number in range(died_at + 1):
        if number not in away:
            give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK, stored=number <= died_at - unstored)
        elif random.random() < 0.5:
            waiting.remove(number)
            give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK, lane=1)
        ward.refill(int(random.random() * 300))
        if random.random() < 0.4:
            start = random.randrange(number + 1) * BLOCK
            seal.turn(start, start + 5 * BLOCK)
        if number == min(saved_at, died_at):
            saved = ward.snapshot()
    again = ward_of(memory)
    again.restore(saved)
    for hole in SpanSet(memory.have[1]).missing(0, (died_at + 1) * BLOCK):
        again.forget(1, *hole)
    unseen = again.unseen(1, memory.have[1])
    again.resume(1, seal.spans, SpanSet())
    for span in unseen:
        give(again, memory, 1, *span)
    seal.ward = again
    for number in [n for n in waiting if n <= died_at]:
        give(again, memory, 1, number * BLOCK, (number + 1) * BLOCK, lane=1)
        seal.turn()
    for number in range(died_at + 1, BLOCKS):
        give(again, memory, 1, number * BLOCK, (number + 1) * BLOCK)
    assert seal.ends_as(RECORD, list(memory.have[1]))


def test_a_beat_that_was_undecided_when_it_was_sealed_is_told_when_it_is_decided():
    """A segment is whole, its last beat is not decided, and the next samples come minutes later."""
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    wanted = analyze(RECORD, PLAN).beats["sample"]
    end = int(wanted[20]) + 2
    give(ward, memory, 1, 0, end)
    assert wanted[20] not in ward.hand_over(1, 0, end)["sample"]
    ward.drop_beats(1, 0, end)
    assert ward.superseded(1) == []
    give(ward, memory, 1, end, len(RECORD))
    assert any(low <= wanted[20] < high for low, high in ward.superseded(1))
    assert wanted[20] in ward.beats(1, 0, end)["sample"]


def test_a_beat_that_was_undecided_before_a_hole_is_told_when_the_hole_fills():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    wanted = analyze(RECORD, PLAN).beats["sample"]
    end = int(wanted[20]) + 2
    give(ward, memory, 1, 0, end)
    give(ward, memory, 1, end + 700, len(RECORD))
    ward.hand_over(1, 0, len(RECORD))
    ward.drop_beats(1, 0, len(RECORD))
    give(ward, memory, 1, end, end + 300, lane=1)
    assert any(low <= wanted[20] < high for low, high in ward.superseded(1))
    assert wanted[20] in ward.beats(1, 0, end)["sample"]


def test_what_is_sealed_behind_an_open_hole_is_forgotten_and_told_all_the_same():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    seal = Seal(ward)
    give(ward, memory, 1, 0, 2000)
    give(ward, memory, 1, 2200, 7500)
    seal.turn(2200, 5000)
    held = all_rows(ward)["sample"]
    assert not ((held >= 2200) & (held < 5000)).any()
    assert (held < 2000).any()
    give(ward, memory, 1, 2000, 2200, lane=1)
    seal.turn()
    assert seal.ends_as(RECORD)


def test_nothing_found_between_handing_over_and_dropping_is_lost():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    late = int(analyze(RECORD, PLAN).beats["sample"][20])
    give(ward, memory, 1, 0, late + 2)
    assert late not in ward.hand_over(1, 0, late + 2)["sample"]
    give(ward, memory, 1, late + 2, late + 2000)
    ward.drop_beats(1, 0, late + 2)
    assert late in all_rows(ward)["sample"]
    assert SpanSet(ward.superseded(1)).covers(late, late + 1)


def test_what_was_told_and_not_confirmed_is_in_the_snapshot():
    """The center dies between asking what changed and writing it."""
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    give(ward, memory, 1, 0, 2000)
    give(ward, memory, 1, 2600, 7000)
    ward.hand_over(1, 0, 5000)
    ward.drop_beats(1, 0, 5000)
    give(ward, memory, 1, 2000, 2600, lane=1)
    told = drained(ward).superseded(1)
    assert told
    again = ward_of(memory)
    assert again.restore(ward.snapshot())
    again.resume(1, SpanSet([(0, 5000)]), SpanSet())
    again_told = SpanSet(again.superseded(1))
    wanted = whole(RECORD[:7000], PLAN)
    for low, high in told:
        assert again_told.covers(low, high)
        inside = (wanted["sample"] >= low) & (wanted["sample"] < high)
        assert same(again.rows(1, low, high), wanted[inside])


@pytest.mark.parametrize("keep", [False, True], ids=["replayed", "kept"])
def test_a_restart_without_a_saved_step_tells_what_it_replays(keep):
    """Where the replay would be too long what is sealed stays as it is."""
    memory = Memory({1: RECORD})
    memory.put(1, 0, len(RECORD))
    ward = ward_of(memory)
    ward.settle_in()
    sealed = SpanSet([(0, 5000)])
    assert ward.unseen(1, memory.have[1]) == [(0, len(RECORD))]
    ward.resume(1, sealed, sealed if keep else SpanSet())
    give(ward, memory, 1, 5000 if keep else 0, len(RECORD))
    told = SpanSet(ward.superseded(1))
    assert told.covers(0, 5000) != keep
    assert bool(told) != keep


def test_a_hole_is_forgotten_wherever_it_was_seen():
    cases = [(0, 300), (3000, 3300), (7200, 7500), (0, 7500), (2000, 2500)]
    for start, stop in cases:
        memory = Memory({1: RECORD})
        ward = ward_of(memory)
        give(ward, memory, 1, 0, 2000)
        give(ward, memory, 1, 2500, 7500)
        memory.have[1].remove(start, stop)
        seen = ward.forget(1, start, stop)
        assert seen == (stop - start) - max(0, min(stop, 2500) - max(start, 2000)), (start, stop)
        wanted = whole(RECORD, PLAN, present=list(memory.have[1]))
        assert same(all_rows(drained(ward)), wanted), (start, stop)
        assert ward.positions() == {1: memory.have[1].stop}
    assert ward.forget(9, 0, 100) == 0


def test_only_streams_with_news_are_asked():
    memory = Memory({1: RECORD, 2: RECORD})
    ward = ward_of(memory)
    for stream in (1, 2):
        give(ward, memory, stream, 0, 2000)
        give(ward, memory, stream, 2600, 7000)
        ward.hand_over(stream, 0, 5000)
        ward.drop_beats(stream, 0, 5000)
    assert ward.late_streams() == []
    give(ward, memory, 1, 2000, 2100, lane=1)
    give(ward, memory, 1, 2100, 2200, lane=1)
    assert ward.late_streams() == [1]
    assert ward.superseded(1)
    assert ward.late_streams() == [1], "until it is confirmed"
    ward.confirm(1)
    assert ward.late_streams() == []
    give(ward, memory, 1, 2200, 2300, lane=1)
    assert ward.late_streams() == [1], "the fast path brought these"
