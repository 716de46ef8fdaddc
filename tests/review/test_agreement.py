"""Agreement of second readers: the counts of deeds as they come, and of the real rooms' own deeds."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.deeds import Deed
from einthoven.base.instants import DAY
from einthoven.review.agreement import KEPT_DAYS, AgreementBook, Counts


class Desk:
    """Deeds one after another."""

    def __init__(self) -> None:
        self.book, self.at, self.number = AgreementBook(), 1000 * DAY, 0

    def does(self, kind: str, case: int, **body: Any) -> None:
        self.number += 1
        deed = Deed(self.number, self.at, "staff 1", f"case.{kind}", f"case {case}", {"case": case, **body})
        self.book.apply(deed)

    def judged(self, case: int, by: int, verdict: str = "true", due: bool = True) -> None:
        self.does("verdict", case, by=by, verdict=verdict)
        if due:
            self.does("overread_due", case, reader=by, verdict=verdict)

    def read(self, case: int, verdict: str, agrees: bool) -> None:
        self.does("overread", case, by=9, verdict=verdict, agrees=agrees)


def test_agreement_is_told_by_reader_and_by_kind_of_case() -> None:
    desk = Desk()
    for case, group in ((1, "af"), (2, "af"), (3, "brady")):
        desk.does("opened", case, group=group)
    desk.judged(1, by=3)
    desk.judged(2, by=4)
    desk.judged(3, by=3, due=False)
    desk.read(1, "artefact", agrees=False)
    desk.read(2, "true", agrees=True)
    assert desk.book.by_reader(desk.at) == {3: Counts(2, 1, 1, 0), 4: Counts(1, 1, 1, 1)}
    assert desk.book.by_group(desk.at) == {"af": Counts(2, 2, 2, 1), "brady": Counts(1, 0, 0, 0)}
    [one] = desk.book.differed
    assert (one.case, one.reader, one.first, one.by, one.second) == (1, 3, "true", 9, "artefact")


def test_a_verdict_that_was_taken_back_counts_as_none() -> None:
    desk = Desk()
    desk.does("opened", 1, group="af")
    desk.judged(1, by=3)
    desk.does("undone", 1, by=3, verdict="true")
    desk.judged(1, by=3, verdict="artefact", due=False)
    assert desk.book.by_reader(desk.at) == {3: Counts(1, 0, 0, 0)}


def test_a_reading_counts_on_the_day_of_its_verdict_and_old_days_go() -> None:
    desk = Desk()
    desk.does("opened", 1, group="af")
    desk.judged(1, by=3)
    desk.at += DAY
    desk.read(1, "true", agrees=True)
    assert desk.book.by_reader(desk.at) == {}
    assert desk.book.by_reader(desk.at - DAY) == {3: Counts(1, 1, 1, 1)}
    desk.at += KEPT_DAYS * DAY
    desk.does("opened", 2, group="af")
    desk.judged(2, by=4)
    assert desk.book.by_reader(0) == {4: Counts(1, 1, 0, 0)}


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(1, 3), st.booleans(), st.sampled_from([None, True, False]))
    )
)
def test_sums_by_reader_and_by_kind_are_the_same(moves: list[tuple[int, int, bool, bool | None]]) -> None:
    desk = Desk()
    for case in range(1, 6):
        desk.does("opened", case, group=f"g{case % 2}")
    waiting: set[int] = set()
    for case, by, due, agrees in moves:
        if case not in waiting:
            desk.judged(case, by, due=due)
            waiting |= {case} if due else set()
        elif agrees is not None:
            desk.read(case, "true", agrees)
            waiting.discard(case)
    sums = [list(part(0).values()) for part in (desk.book.by_reader, desk.book.by_group)]
    totals = [
        [sum(getattr(one, name) for one in part) for name in ("given", "due", "read", "agreed")]
        for part in sums
    ]
    assert totals[0] == totals[1]
    assert totals[0][1] - totals[0][2] == len(waiting)
    assert all(one.agreed <= one.read <= one.due <= one.given for part in sums for one in part)
