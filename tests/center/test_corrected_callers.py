"""Who calls, when a period by telephone was another person's: code and numbers follow the person."""

from __future__ import annotations

import pytest
from tests.center.correction_house import CorrectionOffice

from einthoven.answering import call_deeds
from einthoven.answering.call import Line
from einthoven.base.deeds import CENTER
from einthoven.base.instants import DAY
from einthoven.center import service_office
from einthoven.center.enroll import end_service, enroll

SUE, TOM = 4, 5
SUES, TOMS, POES = "+1 555 555 0104", "+1 555 555 0105", "+1 555 555 0133"


class Office(CorrectionOffice):
    """Sue and Tom send strips by telephone; Sue has numbers of her own and one that was typed."""

    def __init__(self) -> None:
        super().__init__()
        drawn = iter(f"{one * 271828 % 1_000_000:06}" for one in range(1, 1000))
        self.house.books.draw = drawn.__next__
        for name, number, more in (("Sue", SUES, "+1 555 555 0199"), ("Tom", TOMS, "")):
            patient = {"name": name, "birth_date": "1950-01-01", "telephone": number}
            recorder = {"profile": "simulated"} | ({"numbers": [number, more]} if more else {})
            enroll(self.house.kept, {"patient": patient, "telephone": recorder}, self.now - DAY)
        self.know()

    def know(self) -> None:
        """As the center does once a minute."""
        books = self.house.books
        books.periods = {one.stream: one for one in self.house.kept.open_periods()}
        while made := service_office.codes(books, self.house.kept.recorders(), self.now):
            self.house.room.desk.commit(made, CENTER, self.now)

    def code(self, stream: int) -> str:
        known = self.house.books.callers.of(stream)
        assert known is not None
        return known.code

    def rings(self, caller: str, keys: str = "") -> list[tuple[str, str]]:
        """Who is proposed for a call."""
        book, desk = self.house.books.calls, self.house.room.desk
        number = book.next_call
        desk.commit(call_deeds.rang(book, Line.SIP, caller, "", "", self.now), CENTER, self.now)
        desk.commit(call_deeds.keyed(book, number, keys), CENTER, self.now)
        return self.proposed(number)

    def proposed(self, number: int) -> list[tuple[str, str]]:
        """As the pages were told last."""
        told = self.house.room.desk.news.get(f"telephone:{number}")
        assert told is not None
        return [(one["patient"], one["how"]) for one in told["guesses"]]


@pytest.fixture
def office() -> Office:
    return Office()


def test_numbers_and_code_of_the_person_before_propose_nobody(office: Office) -> None:
    before = office.code(SUE)
    assert office.rings(SUES, before) == [("Sue", "code")]
    moe = {"name": "Moe, Max", "birth_date": "1960-02-03", "telephone": POES}
    office.corrected(stream="s000004", to=moe)
    assert office.code(SUE) != before
    assert office.rings(SUES, before) == []
    assert office.rings("+15555550199") == []
    assert office.rings(POES) == [("Moe, Max", "number")]
    assert office.rings("", office.code(SUE)) == [("Moe, Max", "code")]
    caller = office.house.books.callers.of(SUE)
    assert caller is not None
    assert caller.profile == "simulated"
    (item,) = office.items(kind="sheet")
    assert (item.tell, item.due) == ("Moe, Max", office.now + DAY)
    assert "15555550199" in item.words


def test_a_call_that_rings_meanwhile_proposes_who_it_may_be_now(office: Office) -> None:
    assert office.rings(POES) == []
    assert office.rings(SUES) == [("Sue", "number")]
    office.corrected(stream="s000004", to={"name": "Moe, Max", "telephone": POES})
    assert (office.proposed(1), office.proposed(2)) == ([("Moe, Max", "number")], [])


def test_of_two_who_were_swapped_each_takes_code_and_numbers_along(office: Office) -> None:
    sue, tom = office.code(SUE), office.code(TOM)
    office.corrected(stream="s000004", swap="s000005")
    books = office.house.books
    assert [books.card(one).name for one in (SUE, TOM)] == ["Tom", "Sue"]
    assert (office.code(SUE), office.code(TOM)) == (tom, sue)
    assert office.rings(SUES) == [("Sue", "number")]
    assert office.rings("+15555550199") == [("Sue", "number")]
    assert office.rings("", tom) == [("Tom", "code")]
    assert books.callers.by_code(sue, books.periods) == TOM


def test_whose_other_period_is_no_period_by_telephone_gets_a_sheet_of_their_own(office: Office) -> None:
    before = office.code(SUE)
    office.corrected(stream="s000004", swap="s000001")
    assert office.rings(SUES, before) == []
    assert office.rings("", office.code(SUE)) == [("Doe, Jane", "code")]
    assert office.house.books.callers.of(1) is None


def test_of_a_period_that_is_over_nothing_is_given_anew(office: Office) -> None:
    before = office.code(SUE)
    end_service(office.house.kept, SUE, office.now)
    office.know()
    office.corrected(stream="s000004", to=3)
    assert office.code(SUE) == before
    assert office.items(kind="sheet") == []


def test_after_a_restart_everything_is_as_it_was(office: Office) -> None:
    office.corrected(stream="s000004", to={"name": "Moe, Max", "telephone": POES})
    code = office.code(SUE)
    office.house.kill()
    assert office.code(SUE) == code
