"""The life of a technical report: issued by who watches, reviewed by a physician who wants to, never lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.reports.test_life import NOON, Desk, reason

from einthoven.base.errors import EinthovenError
from einthoven.base.instants import DAY, HOUR, MINUTE, from_iso
from einthoven.escalation.signature import digest, verify
from einthoven.reports import life_deeds as life
from einthoven.reports import life_due as due
from einthoven.reports.life_book import LifeBook
from einthoven.reports.life_states import About, Kind, Report, State

STRIP = About(Kind.STRIP, 1, "12.1", NOON - MINUTE, NOON)


class StripDesk(Desk):
    """Its reports are of a strip by telephone."""

    def make(self, content: str = "a", stamp: str = "1") -> list[str]:
        made = "2026.1", "", "", stamp
        return self.keep(life.draft(self.book, STRIP, digest(content.encode()), *made))

    def release(self, by: int = 3) -> list[str]:
        return self.keep(life.release(self.book, self.report.number), f"staff {by}")

    def issue(self) -> list[str]:
        return self.keep(life.issue(self.book, self.report.number, "ab" * 32, "p"))


@pytest.fixture
def desk() -> StripDesk:
    made = StripDesk()
    made.make()
    return made


def test_a_technical_report_is_issued_without_an_impression(desk: StripDesk) -> None:
    assert (desk.report.standing, desk.report.editions) == ("preliminary", 0)
    assert desk.release() == ["report.released"]
    assert (desk.report.state, desk.report.standing, desk.report.editions) == (State.ISSUED, "issued", 1)
    assert [(one.by, one.content) for one in desk.report.releases] == [("staff 3", desk.report.content)]
    assert desk.book.unissued == {1}
    desk.issue()
    assert (desk.book.unissued, desk.book.open) == (set(), set())
    assert reason(desk.release) == "state"
    assert life.prepare(desk.book, 1) == []


def test_another_report_is_not_issued_without_a_physician() -> None:
    desk = Desk()
    desk.make()
    assert reason(life.release, desk.book, 1) == "kind"


def test_what_changes_after_it_is_issued_waits_to_be_issued_again_corrected(desk: StripDesk) -> None:
    desk.release()
    desk.issue()
    assert desk.make("b", "2") == ["report.outdated"]
    assert desk.report.outdated_why == "made again, its figures differ from what was issued"
    assert (desk.book.open, desk.report.content) == ({1}, digest(b"a"))
    assert desk.make("b", "3") == []
    desk.release(4)
    assert (desk.report.content, desk.report.outdated, desk.report.editions) == (digest(b"b"), None, 2)
    assert [one.content for one in desk.report.releases] == [digest(b"a"), digest(b"b")]
    assert desk.book.unissued == {1}


def test_a_physician_may_review_it_after_it_was_issued(desk: StripDesk) -> None:
    desk.release()
    desk.issue()
    assert reason(desk.sign) == "impression"
    desk.write("Sinus rhythm during palpitations.", by=7)
    assert (desk.report.state, desk.report.editions) == (State.ISSUED, 1)
    desk.sign()
    assert (desk.report.standing, desk.report.editions) == ("signed", 2)
    assert verify(life.content(desk.report), desk.report.signatures[0]).ok
    desk.issue()
    desk.add()
    assert desk.report.editions == 3
    assert reason(desk.release) == "state"


def test_one_of_the_wrong_person_gets_another_edition_that_says_so(desk: StripDesk) -> None:
    desk.release()
    desk.issue()
    desk.keep(life.misfile(desk.book, 1, 5, 9, "Doe, Jane", 1))
    assert (desk.report.standing, desk.report.editions) == ("wrong patient", 2)
    assert reason(desk.release) == "wrong_patient"


class TechnicalLives(RuleBasedStateMachine):
    """Anything in any order: what was issued and signed stays, and a restart stands where it stood."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = StripDesk()
        self.desk.make()
        self.was: list[str] = []

    def tried(self, act: Any, *given: Any) -> None:
        self.desk.now += 1
        try:
            act(*given)
        except EinthovenError:
            return

    @rule(content=st.sampled_from("abc"))
    def made_again(self, content: str) -> None:
        self.tried(self.desk.make, content, content)

    @rule(by=st.sampled_from([3, 4]))
    def released(self, by: int) -> None:
        self.tried(self.desk.release, by)

    @rule()
    def issued(self) -> None:
        self.tried(self.desk.issue)

    @rule()
    def written(self) -> None:
        self.tried(self.desk.write, "x", 7, max(self.desk.book.reports))

    @rule(second=st.booleans())
    def signs(self, second: bool) -> None:
        self.tried(self.desk.sign, 7, second)

    @rule()
    def cosigns(self) -> None:
        self.tried(self.desk.cosign, 8)

    @rule()
    def adds(self) -> None:
        if self.desk.report.signatures:
            self.tried(self.desk.add)

    @invariant()
    def what_was_issued_is_named_for_ever(self) -> None:
        now = [one.content for one in self.desk.report.releases]
        assert now[: len(self.was)] == self.was
        self.was = now

    @invariant()
    def one_of_each_is_not_withdrawn(self) -> None:
        standing = [one for one in self.desk.book.reports.values() if one.state is not State.WITHDRAWN]
        assert [one.number for one in standing] == [self.desk.book.newest[STRIP.key]]

    @invariant()
    def what_is_signed_holds(self) -> None:
        one: Report = self.desk.report
        assert all(verify(life.content(one), each).ok for each in one.signatures)
        assert len(one.pdfs) <= one.editions

    def teardown(self) -> None:
        again = LifeBook()
        for deed in self.desk.deeds:
            again.apply(deed)
        assert again == self.desk.book


TestTechnicalLives = TechnicalLives.TestCase
TestTechnicalLives.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


# ---- which are due -----------------------------------------------------------------------------------------


def asked(service: due.Service, now: str, played: list[due.Played]) -> list[str]:
    found = due.reports_due([service], [], set(), due.Cutting(), from_iso(now), lambda _one: None, played)
    return [one.about.words for one in found]


def test_of_a_telephone_service_no_day_is_due_and_one_report_of_the_period() -> None:
    start = from_iso("2026-11-01T12:00Z")
    going = due.Service(1, start, telephone=True)
    assert asked(going, "2026-11-20T12:00Z", []) == []
    ended = due.Service(1, start, start + 30 * DAY, telephone=True)
    assert asked(ended, "2026-11-30T12:00Z", []) == []
    assert asked(ended, "2026-12-01T12:00Z", []) == ["period s000001"]


def test_a_strip_is_due_once_its_call_is_closed() -> None:
    start = from_iso("2026-11-01T12:00Z")
    strips = [
        due.Played("12.2", 1, start + HOUR, start + HOUR + MINUTE),
        due.Played("12.1", 1, start, start + 9),
    ]
    going = due.Service(1, start, telephone=True)
    assert asked(going, "2026-11-02T12:00Z", strips) == ["strip s000001 12.1", "strip s000001 12.2"]
    known = {About(Kind.STRIP, 1, "12.1", 0, 1).key}
    left = due.reports_due([going], [], known, due.Cutting(), start + DAY, lambda _one: None, strips)
    assert [one.about.name for one in left] == ["12.2"]


def test_one_that_nobody_issues_is_overdue() -> None:
    desk = StripDesk()
    desk.make()
    assert not due.overdue(desk.report, NOON + HOUR)
    assert due.overdue(desk.report, NOON + 3 * HOUR)
    desk.release()
    assert not due.overdue(desk.report, NOON + 3 * DAY)
