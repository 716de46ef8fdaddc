"""Deeds take effect at once, are written in order, and none is lost while the journal fails."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.center.desk_house import DeskHouse

from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import OursError, StoreError
from einthoven.base.instants import SECOND
from einthoven.center.desk_ports import Tried
from einthoven.center.desk_record import BATCH_MAX, DeskRecord, Done
from einthoven.reports.life_book import LifeBook


class Counting:
    """A book of one kind."""

    KINDS: Collection[str] = ("watch.held",)

    def __init__(self) -> None:
        self.seen: list[int] = []

    def apply(self, deed: Deed) -> None:
        self.seen.append(deed.number)


class Paper:
    """A journal that answers when it is told to."""

    def __init__(self) -> None:
        self.kept: list[Deed] = []
        self.sent: list[str] = []
        self.asked: list[tuple[list[Deed], list[str], Done]] = []

    def append(
        self, deeds: Sequence[Deed], outbox: Sequence[str], done: Done, tried: Sequence[Tried] = ()
    ) -> None:
        assert not tried
        self.asked.append((list(deeds), list(outbox), done))

    def last(self) -> int:
        return len(self.kept)

    def answer(self, error: StoreError | None = None) -> None:
        deeds, outbox, done = self.asked.pop(0)
        if error is None:
            self.kept += deeds
            self.sent += outbox
        done(error)


HELD, OTHER = Draft("watch.held", "s000001"), Draft("case.opened", "case 1")


def desk() -> tuple[DeskRecord[str], Paper, Counting]:
    journal, book = Paper(), Counting()
    return DeskRecord(journal, [book]), journal, book


def test_a_deed_takes_effect_before_it_is_durable_and_is_answered_after() -> None:
    record, journal, book = desk()
    told: list[StoreError | None] = []
    deeds = record.commit([HELD, OTHER], "staff 1", 5, told.append)
    assert [(deed.number, deed.kind, deed.actor, deed.at) for deed in deeds] == [
        (1, "watch.held", "staff 1", 5),
        (2, "case.opened", "staff 1", 5),
    ]
    assert book.seen == [1]
    assert told == []
    journal.answer()
    assert told == [None]
    assert record.waiting == 0


def test_nothing_decided_is_answered_at_once_and_asks_nothing_of_the_journal() -> None:
    record, journal, _ = desk()
    told: list[StoreError | None] = []
    assert record.commit([], "staff 1", 5, told.append) == []
    assert told == [None]
    assert journal.asked == []


def test_what_is_decided_while_the_journal_writes_goes_with_the_next_commit() -> None:
    record, journal, _ = desk()
    for at in range(3):
        record.commit([HELD], "center", at)
    assert len(journal.asked) == 1
    journal.answer()
    assert [deed.number for deed in journal.asked[0][0]] == [2, 3]
    journal.answer()
    assert [deed.number for deed in journal.kept] == [1, 2, 3]


def test_a_failure_is_told_once_and_written_when_the_journal_works_again() -> None:
    record, journal, book = desk()
    told: list[StoreError | None] = []
    record.commit([HELD], "center", 10, told.append, ["mail"])
    record.commit([HELD], "center", 11, told.append)
    full = StoreError("no room")
    journal.answer(full)
    assert told == [full, full]
    assert record.unsaved == 10
    assert book.seen == [1, 2]
    record.turn(10 + SECOND - 1)
    assert journal.asked == []
    record.turn(10 + SECOND)
    journal.answer()
    assert [deed.number for deed in journal.kept] == [1, 2]
    assert journal.sent == ["mail"]
    assert record.unsaved is None
    assert told == [full, full]


def test_what_was_written_although_it_failed_is_not_written_again() -> None:
    record, journal, _ = desk()
    told: list[StoreError | None] = []
    record.commit([HELD], "center", 10, told.append)
    deeds, _, done = journal.asked.pop()
    journal.kept += deeds
    done(StoreError("the disk answered too late"))
    record.turn(10 + SECOND)
    assert told == [None]
    assert journal.asked == []
    assert record.waiting == 0


def test_a_batch_is_bounded_and_keeps_each_decision_whole() -> None:
    record, journal, _ = desk()
    record.commit([HELD], "center", 0)
    record.commit([HELD] * (BATCH_MAX - 1), "center", 0)
    record.commit([HELD] * 2, "center", 0)
    journal.answer()
    assert len(journal.asked[0][0]) == BATCH_MAX - 1
    journal.answer()
    assert len(journal.asked[0][0]) == 2


def test_a_replay_brings_the_books_to_where_the_journal_stands() -> None:
    record, journal, book = desk()
    record.commit([HELD, OTHER, HELD], "center", 1)
    journal.answer()
    again, _, later = desk()
    assert again.replay(journal.kept) == 3
    assert later.seen == book.seen
    assert again.number == 3
    assert again.commit([HELD], "center", 2)[0].number == 4


def test_a_journal_with_a_hole_is_not_replayed() -> None:
    record, _, _ = desk()
    with pytest.raises(OursError, match="deed 2 follows deed 0"):
        record.replay([Deed(2, 1, "center", "watch.held", "s000001", {})])


@given(st.lists(st.one_of(st.integers(0, 4), st.just("fail"), st.just("work")), max_size=40))
def test_the_journal_holds_every_deed_once_in_order_whatever_fails(steps: list[int | str]) -> None:
    record, journal, book = desk()
    now, answered = 0, 0

    def told(_error: StoreError | None) -> None:
        nonlocal answered
        answered += 1

    asked = 0
    for step in steps:
        now += SECOND
        if isinstance(step, int):
            record.commit([HELD] * step, "center", now, told)
            asked += 1
        elif journal.asked:
            journal.answer(StoreError("broken") if step == "fail" else None)
        record.turn(now)
    while record.waiting:
        now += SECOND
        record.turn(now)
        journal.answer()
    assert [deed.number for deed in journal.kept] == list(range(1, record.number + 1))
    assert book.seen == [deed.number for deed in journal.kept]
    assert answered == asked


class Defective(Counting):
    def apply(self, _deed: Deed) -> None:
        raise RuntimeError("a defect")


def test_a_defect_of_a_book_that_only_counts_is_told_and_the_deed_is_kept() -> None:
    book, figures, journal, told = Counting(), Defective(), Paper(), list[str]()
    record = DeskRecord[str](journal, [figures, book], counting=[figures])
    record.failed = lambda what, _error: told.append(what)
    record.commit([HELD], "center", 0)
    journal.answer()
    assert (book.seen, told, [deed.number for deed in journal.kept]) == ([1], ["figures"], [1])
    assert DeskRecord[str](journal, [figures], counting=[figures]).replay(journal.kept) == 1


def test_a_deed_that_a_book_cannot_take_leaves_no_hole_in_the_numbers() -> None:
    broken, journal = Defective(), Paper()
    record = DeskRecord[str](journal, [broken])
    with pytest.raises(RuntimeError):
        record.commit([HELD], "center", 0)
    record.commit([OTHER], "center", 0)
    journal.answer()
    assert [(deed.number, deed.kind) for deed in journal.kept] == [(1, "case.opened")]


def test_a_defect_in_the_book_of_reports_stops_no_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody is watched or called by what reports say."""
    house = DeskHouse(patients=1)
    monkeypatch.setattr(LifeBook, "apply", lambda _book, _deed: 1 / 0)
    house._found([Draft("report.withdrawn", "report 1", {"report": 1, "why": "x"})])
    house.kill()
    assert house.defects
    assert all(isinstance(error, ZeroDivisionError) for _what, error in house.defects)
    assert house.kept.journal.read(0, 1000)[-1].kind == "report.withdrawn"
