"""Findings of the live ward: those of the whole record, in whatever order its samples come."""

from __future__ import annotations

import itertools
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.center.eventful import PLAN, RATE, RECORD, SECONDS
from tests.center.ward_fakes import Memory, all_rows, batch, drained, give, same, ward_of, whole

from einthoven.base.spans import Span
from einthoven.base.thresholds import shipped
from einthoven.center.found import STAGES, Gone, Maker, Reason, Replaced, Told, Withdrawal
from einthoven.center.ward import LiveWard
from einthoven.center.ward_findings import Board
from einthoven.ecg.analyze import analyze, made_by
from einthoven.ecg.bay import Bay
from einthoven.ecg.findings import CLOSE, COLUMNS, OPEN, OPEN_END, UPDATE, WITHDRAW
from einthoven.ecg.kinds import (
    ATRIAL_FIBRILLATION,
    BY_NAME,
    KINDS,
    PAUSE,
    SUSTAINED_VT,
    TORSADE,
    VENTRICULAR_TACHYCARDIA,
)
from einthoven.sim.hearts.heart import Heart
from einthoven.sim.hearts.script import Rhythm, Script

BLOCK = 2 * RATE
BLOCKS = len(RECORD) // BLOCK
RUN = 400


def of_the_record(present):
    """What the analysis of the whole finds, without what is said of leads and gaps."""
    found = analyze(RECORD, PLAN, present=present).findings
    return {
        (one["kind"], one["start_sample"], one["end_sample"], str(one["evidence"]["values"]))
        for one in found
        if one["kind"] in BY_NAME
    }


def test_limits_of_a_site_decide_and_are_kept_with_what_they_found():
    lenient = shipped().changed({"bigeminy.detect.ectopic": 10})
    found = {}
    for table in (shipped(), lenient):
        memory = Memory({1: RECORD})
        ward = LiveWard(memory.read, thresholds=table)
        ward.admit(1, PLAN)
        give(ward, memory, 1, 0, len(RECORD))
        kept = [one.finding for one in ward.boards.take_news() if isinstance(one, Told)]
        found[table.version] = [one for one in kept if one.kind == "ventricular-bigeminy"]
        assert {one.made.by for one in kept} == {made_by(table)}
    usual, site = found[shipped().version], found[lenient.version]
    assert {one.limits["ectopic"] for one in usual} == {3}
    assert {one.limits["ectopic"] for one in site} == {10}
    assert min(one.told for one in site) > min(one.told for one in usual)


def test_a_saved_step_of_other_limits_is_not_taken_up():
    memory = Memory({1: RECORD})
    ward = ward_of(memory)
    give(ward, memory, 1, 0, len(RECORD))
    saved = ward.snapshot()
    for table, taken in ((shipped(), True), (shipped().changed({"pac.detect.per_min": 6}), False)):
        again = LiveWard(memory.read, thresholds=table)
        again.admit(1, PLAN)
        assert again.restore(saved) is taken


def of_the_ward(ward):
    kept = [one for one in ward.boards.findings(1) if one.state != "withdrawn"]
    return {(one.kind, one.start, one.end, str(dict(one.values))) for one in kept}


def ended(ward):
    """What is open closes, as when the stream is let go."""
    bay, bed = ward._place.get(1, (None, 0))
    if bay is not None:
        bay.end_run(bed, int(bay.live_slot[bed]), late=False)


def test_a_stream_that_is_let_go_leaves_nothing_open():
    memory = Memory({1: RECORD})
    ward = ward_of(memory, PLAN)
    give(ward, memory, 1, 0, 75 * RATE)
    assert "open" in {one.state for one in ward.boards.findings(1)}
    kept = {}
    ward.discharge(1)
    ward.settle_in()
    for news in ward.boards.take_news():
        kept[news.finding.key] = news.finding
    assert kept
    assert "open" not in {one.state for one in kept.values()}
    assert ward.boards.findings(1) == []


def test_the_record_has_something_to_find():
    kinds = {kind for kind, *_ in of_the_record([Span(0, len(RECORD))])}
    assert kinds >= {
        "nonsustained-ventricular-tachycardia",
        "ventricular-fibrillation",
        "ventricular-bigeminy",
        "pause",
    }


@given(
    first=st.sets(st.integers(0, BLOCKS - 1)),
    order=st.permutations(range(BLOCKS)),
    lost=st.sets(st.integers(0, BLOCKS - 1), max_size=4),
    seed=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_any_order_holes_and_restarts_give_the_findings_of_the_whole(first, order, lost, seed):
    memory = Memory({1: RECORD})
    ward = ward_of(memory, PLAN)
    for number in [*sorted(first), *(n for n in order if n not in first)]:
        if number in lost:
            continue
        give(ward, memory, 1, number * BLOCK, (number + 1) * BLOCK, lane=seed.randrange(2))
        if seed.random() < 0.3:
            ward.refill(seed.randrange(1000))
        if seed.random() < 0.1:
            saved, ward = ward.snapshot(), ward_of(memory, PLAN)
            assert ward.restore(saved)
    ended(drained(ward))
    assert of_the_ward(ward) == of_the_record(list(memory.have[1]))


FAILING = {
    "telling": (Board, "tell"),
    "the end of a run": (Board, "end_run"),
    "the analysis": (Bay, "advance"),
    "giving way": (Board, "replace"),
}


@pytest.mark.parametrize("what", FAILING)
@given(
    order=st.one_of(st.just(list(range(BLOCKS))), st.permutations(range(BLOCKS))),
    fails=st.sets(st.integers(0, 5).map(lambda number: 25 * number + 1), max_size=3),
    late=st.booleans(),
)
@settings(max_examples=15, deadline=None)
def test_a_step_that_fails_loses_nothing(what, order, fails, late):
    """What a failed step held is taken from the store again, as the ward's thread does. Nothing fails while
    what failed is mended."""
    memory = Memory({1: RECORD})
    ward = ward_of(memory, PLAN)
    with failing(*FAILING[what], fails):
        for number in order:
            guarded(lambda at=number * BLOCK: give(ward, memory, 1, at, at + BLOCK, lane=int(late)))
            guarded(lambda: ward.refill(500))
    for start, stop in ward.unseen(1, memory.have[1]):
        give(ward, memory, 1, start, stop)
    ended(drained(ward))
    assert of_the_ward(ward) == of_the_record(list(memory.have[1]))
    assert same(all_rows(ward), whole(RECORD, PLAN))


@pytest.mark.parametrize("what", ["telling", "the analysis", "giving way"])
@pytest.mark.parametrize("call", range(1, 6, 2))
def test_late_analysis_that_fails_loses_nothing(what, call):
    memory = Memory({1: RECORD})
    ward = ward_of(memory, PLAN)
    for start, stop in ((0, 10), (12, SECONDS), (10, 12)):
        give(ward, memory, 1, start * RATE, stop * RATE)
    assert ward.pending()
    with failing(*FAILING[what], {call}), pytest.raises(MemoryError):
        drained(ward)
    ended(drained(ward))
    assert of_the_ward(ward) == of_the_record(list(memory.have[1]))
    assert same(all_rows(ward), whole(RECORD, PLAN))


@contextmanager
def failing(owner, name, calls):
    """Some calls of a method fail when half of what they do is done."""
    count, real = itertools.count(1), getattr(owner, name)

    def call(*values, **named):
        found = real(*values, **named)
        if next(count) in calls:
            raise MemoryError("once")
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, call)
        yield


def guarded(act):
    with suppress(MemoryError):
        act()


def test_a_step_that_fails_for_one_stream_is_whole_for_the_others(monkeypatch):
    memory = Memory({1: RECORD, 2: RECORD})
    ward = ward_of(memory, PLAN)
    real = Board.tell

    def tell(board, *values):
        if board.stream == 1:
            raise MemoryError("always")
        real(board, *values)

    monkeypatch.setattr(Board, "tell", tell)
    for start in range(0, len(RECORD), BLOCK):
        memory.put(1, start, start + BLOCK)
        memory.put(2, start, start + BLOCK)
        guarded(lambda at=start: ward.step([batch([(n, at, at + BLOCK) for n in (1, 2)], memory.records)], 0))
    assert ward.unseen(1, memory.have[1])
    assert ward.unseen(2, memory.have[2]) == []
    monkeypatch.setattr(Board, "tell", real)
    for start, stop in ward.unseen(1, memory.have[1]):
        give(ward, memory, 1, start, stop)
    drained(ward)
    assert [(one.kind, one.start) for one in ward.boards.findings(1)] == [
        (one.kind, one.start) for one in ward.boards.findings(2)
    ]


def keep(kept, news):
    """What somebody has, by key, who is told this."""
    if isinstance(news, Told):
        kept[news.finding.key] = news.finding
        return
    for key, one in list(kept.items()):
        if isinstance(news, Gone):
            gone = key in news.keys
        else:
            gone = key.run != news.run and news.start <= one.start < news.stop
        if gone:
            del kept[key]


def test_late_analysis_slower_than_the_heart_leaves_one_finding():
    """What the fresh start after the hole tells of fibrillation, the other coming behind, does not stay."""
    script = Script(
        rhythms=(
            Rhythm(at_s=0, kind="sinus", rate_bpm=70),
            Rhythm(at_s=30, kind="afib", rate_bpm=95),
            Rhythm(at_s=200, kind="sinus", rate_bpm=75),
        )
    )
    record = Heart(script, PLAN, seed=2).samples(0, 300 * RATE)
    memory, kept = Memory({1: record}), {}
    ward = ward_of(memory, PLAN)
    give(ward, memory, 1, 0, 7 * RATE)
    give(ward, memory, 1, 9 * RATE, 50 * RATE)
    give(ward, memory, 1, 7 * RATE, 9 * RATE, lane=1)
    for start in range(50 * RATE, len(record), BLOCK):
        give(ward, memory, 1, start, start + BLOCK)
        ward.refill(BLOCK * 9 // 10)
    ended(drained(ward))
    for news in ward.boards.take_news():
        keep(kept, news)
    found = [(one.start, one.end) for one in kept.values() if one.kind == "atrial-fibrillation"]
    want = [one for one in analyze(record, PLAN).findings if one["kind"] == "atrial-fibrillation"]
    assert found == [(one["start_sample"], one["end_sample"]) for one in want]
    assert len(found) == 1


@given(cuts=st.lists(st.integers(1, len(RECORD) - 1), max_size=12, unique=True))
@settings(max_examples=20, deadline=None)
def test_what_was_told_adds_up_to_what_stands(cuts):
    """Whoever keeps the news has in the end what the board has."""
    memory = Memory({1: RECORD})
    ward = ward_of(memory, PLAN)
    pieces = list(zip([0, *sorted(cuts)], [*sorted(cuts), len(RECORD)], strict=True))
    kept = {}
    for start, stop in [*pieces[::2], *pieces[1::2]]:
        give(ward, memory, 1, start, stop)
        drained(ward)
        for news in ward.boards.take_news():
            keep(kept, news)
    board = ward.boards.open(2, RATE)
    board.entries = kept
    standing = {(one.key, one.start, one.end, one.state) for one in board.standing()}
    assert standing == {(one.key, one.start, one.end, one.state) for one in ward.boards.findings(1)}


def row(kind, action, start, end=OPEN_END, told=0, seq=1):
    values = np.zeros(COLUMNS)
    values[:6] = kind, action, start, end, told, seq
    return values[None, :]


@pytest.fixture
def board():
    return Board(1, float(RATE), [].append, Maker(shipped()))


def states(board):
    return [(one.kind, one.start, one.end, one.state) for one in board.standing()]


def test_a_finding_opens_and_closes(board):
    board.tell(RUN, row(VENTRICULAR_TACHYCARDIA, OPEN, 500, told=600), False, 600)
    assert states(board) == [("ventricular-tachycardia", 500, None, "open")]
    board.tell(RUN, row(VENTRICULAR_TACHYCARDIA, CLOSE, 500, 900, told=1000), False, 1000)
    assert states(board) == [("ventricular-tachycardia", 500, 900, "closed")]
    assert board.standing()[0].told == 600


def test_a_withdrawn_one_says_so(board):
    board.tell(RUN, row(VENTRICULAR_TACHYCARDIA, OPEN, 500), False, 600)
    board.tell(RUN, row(VENTRICULAR_TACHYCARDIA, WITHDRAW, 500, 700, told=720), False, 700)
    assert [state for *_, state in states(board)] == ["withdrawn"]
    assert board.standing()[0].withdrawal == Withdrawal(Reason.RECLASSED, 720)


def test_one_that_takes_another_kind_says_as_what_it_was_told_before(board):
    for kind, action, end in (
        (VENTRICULAR_TACHYCARDIA, OPEN, OPEN_END),
        (VENTRICULAR_TACHYCARDIA, UPDATE, OPEN_END),
        (SUSTAINED_VT, UPDATE, OPEN_END),
        (TORSADE, CLOSE, 900),
    ):
        board.tell(RUN, row(kind, action, 500, end), False, 1000)
    again = Board(1, float(RATE), [].append, Maker(shipped()))
    again.load(board.rows(0))
    for one in (*board.standing(), *again.standing()):
        assert (one.words, one.told_as) == (
            "Torsade de pointes",
            ["Ventricular tachycardia", "Sustained VT"],
        )
    board.tell(RUN, row(VENTRICULAR_TACHYCARDIA, OPEN, 500), False, 1000)
    assert board.standing()[0].told_as == ["Sustained VT", "Torsade de pointes"]


def test_a_run_that_goes_on_opens_again_what_its_end_had_closed(board):
    board.tell(RUN, row(ATRIAL_FIBRILLATION, OPEN, 500), False, 600)
    closing = np.concatenate([row(ATRIAL_FIBRILLATION, CLOSE, 500, 800), row(PAUSE, CLOSE, 700, 800)])
    board.end_run(RUN, closing, False)
    assert {state for *_, state in states(board)} == {"closed"}
    board.go_on(RUN)
    assert states(board) == [("atrial-fibrillation", 500, None, "open")]
    board.tell(RUN, row(ATRIAL_FIBRILLATION, UPDATE, 500), False, 900)
    board.go_on(RUN)
    assert states(board) == [("atrial-fibrillation", 500, None, "open")]


def test_what_a_fresh_start_found_gives_way_at_once_where_it_is_found_again(board):
    board.tell(RUN, row(VENTRICULAR_TACHYCARDIA, CLOSE, 900, 1200), False, 1300)
    board.tell(0, row(VENTRICULAR_TACHYCARDIA, CLOSE, 890, 1200, told=1300), True, 1300)
    assert states(board) == [("ventricular-tachycardia", 890, 1200, "closed")]


def test_what_another_run_found_beside_it_stays():
    """An analysis that has not come as far as the other's run says nothing of it."""
    news = []
    board = Board(1, float(RATE), news.append, Maker(shipped()))
    board.tell(900, row(VENTRICULAR_TACHYCARDIA, CLOSE, 900, 1200, told=1300), False, 1300)
    board.tell(0, row(VENTRICULAR_TACHYCARDIA, CLOSE, 800, 880, told=890), True, 890)
    assert [start for _, start, *_ in states(board)] == [900, 800]
    board.tell(0, row(VENTRICULAR_TACHYCARDIA, CLOSE, 890, 1190, told=1290, seq=2), True, 1290)
    assert [start for _, start, *_ in states(board)] == [890, 800]
    assert Gone(1, frozenset([(900, 0, 1)])) in news


def test_what_a_slower_analysis_has_passed_gives_way_whenever_it_is_told(board):
    board.replace(0, 0, 2000)
    board.tell(RUN, row(ATRIAL_FIBRILLATION, OPEN, 500, told=9000), False, 9000)
    board.replace(0, 2000, 2100)
    assert states(board) == []


def test_the_end_of_a_run_is_undone_however_long_ago_it_was(board):
    board.end_run(RUN, row(PAUSE, CLOSE, 700, 800, told=850), False)
    board.tell(RUN + 9000, row(ATRIAL_FIBRILLATION, OPEN, 9000), False, 1300 + 601 * RATE)
    board.go_on(RUN)
    assert states(board) == [("atrial-fibrillation", 9000, None, "open")]


def test_a_run_that_another_passes_through_is_not_undone(board):
    board.tell(RUN, row(ATRIAL_FIBRILLATION, OPEN, 500), False, 600)
    board.end_run(RUN, row(ATRIAL_FIBRILLATION, CLOSE, 500, 800), False)
    board.replace(0, 0, 900)
    board.go_on(RUN)
    assert states(board) == []


def test_what_is_not_found_again_gives_way_when_its_time_is_settled(board):
    board.tell(RUN, row(PAUSE, CLOSE, 900, 1200), False, 1300)
    board.replace(0, 0, 800)
    assert len(states(board)) == 1
    board.replace(0, 800, 1600)
    assert states(board) == []


def test_what_ended_long_ago_is_not_at_hand(board):
    board.tell(RUN, row(PAUSE, CLOSE, 900, 1200, told=1300), False, 1300)
    board.tell(RUN, row(ATRIAL_FIBRILLATION, OPEN, 2000), False, 1300 + 601 * RATE)
    assert states(board) == [("atrial-fibrillation", 2000, None, "open")]


def test_the_rhythm_is_that_of_the_highest_rank_that_is_open(board):
    assert board.rhythm().words == "Undetermined"
    board.tell(RUN, row(ATRIAL_FIBRILLATION, OPEN, 500), False, 600)
    board.tell(RUN, row(VENTRICULAR_TACHYCARDIA, OPEN, 900), False, 1000)
    assert (board.rhythm().aux, board.rhythm().words, board.rhythm().since) == ("(VT", "VT", 900)
    board.tell(RUN, row(VENTRICULAR_TACHYCARDIA, CLOSE, 900, 1500), False, 1600)
    assert (board.rhythm().aux, board.rhythm().words, board.rhythm().since) == ("(AFIB", "AF", 500)


def test_a_stream_that_is_not_here_has_no_rhythm():
    ward = ward_of(Memory({1: RECORD}), PLAN)
    assert ward.boards.rhythm(1) is None
    ward.settle_in()
    assert ward.boards.rhythm(1).words == "Undetermined"


def test_every_kind_can_be_told_and_kept(board):
    assert STAGES[:5] == ("rhythm", "afib", "flutter", "fibrillation", "st")  # as every store has them
    for seq, kind in enumerate(KINDS):
        board.tell(RUN, row(kind.code, OPEN, 1000 * seq, seq=seq), False, 1000)
    assert len(board.entries) == len(KINDS)
    for one in board.entries.values():
        assert one.words[0].isupper()


def test_replaced_stretches_that_adjoin_are_told_as_one():
    ward = ward_of(Memory({1: RECORD}), PLAN)
    ward.settle_in()
    board = ward.boards.open(1, RATE)
    board.replace(5, 0, 100)
    board.replace(5, 100, 200)
    assert ward.boards.take_news() == [Replaced(1, 0, 200, 5)]
    assert ward.boards.take_news() == []


def test_whoever_follows_hears_of_every_stream_that_changed_whatever_others_take():
    memory = Memory({1: RECORD, 2: RECORD})
    ward = LiveWard(memory.read)
    early = ward.boards.follow()
    ward.admit(1, PLAN)
    give(ward, memory, 1, 0, len(RECORD))
    assert ward.boards.take_changed_findings() == [1]
    late = ward.boards.follow()
    assert (early(), late()) == ([1], [1])
    assert (early(), late()) == ([], [])
