"""Reports of strips by telephone at the desk: made when the call is closed, issued by who watches."""

from __future__ import annotations

from typing import Any

import pytest
from tests.center.report_house import ReportOffice
from tests.reports.telephoned import quality

from einthoven.answering import call_deeds
from einthoven.answering.call import Line
from einthoven.base.deeds import CENTER, Draft
from einthoven.base.errors import EinthovenError, RefusedError
from einthoven.base.instants import DAY, SECOND
from einthoven.reports.life_due import Service
from einthoven.reports.life_states import State


class TelephoneOffice(ReportOffice):
    """Patient 1 sends strips by telephone, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.worn.told = [Service(1, self.now - DAY, telephone=True)]

    def tell(self, drafts: list[Draft]) -> None:
        self.house.room.desk.commit(drafts, CENTER, self.now)

    def strip(self, *, closed: bool = True, millivolts: bool = True) -> int:
        """A call with a strip; its number."""
        book = self.house.books.calls
        number = book.next_call
        self.tell(call_deeds.rang(book, Line.SIP, "+12125550134", "+12125550100", "trace", self.now))
        self.tell([Draft("telephone.taken", "telephone", {"call": number, "person": 1, "station": 1})])
        told = quality(30, millivolts=millivolts)
        self.tell(call_deeds.opened(book, number, 1, self.now))
        times = self.now, self.now + 30 * SECOND, 7500
        self.tell(call_deeds.strip(book, number, 1, *times, told, []))
        self.tell([Draft("telephone.tied", "telephone", {"call": number, "stream": 1, "how": "asked"})])
        if millivolts:
            self.tell(call_deeds.placed(book, number, 1, 1, 5000, 12500))
        self.tell(call_deeds.hung(book, number, "the caller hung up", self.now))
        if closed:
            self.close(number)
        return number

    def close(self, number: int) -> None:
        told = {"call": number, "outcome": "strip taken", "note": ""}
        self.tell([Draft("telephone.closed", "telephone", told)])


@pytest.fixture
def office() -> TelephoneOffice:
    return TelephoneOffice()


def reason(error: EinthovenError | None) -> str:
    assert isinstance(error, RefusedError)
    return error.reason


def test_a_strip_is_reported_once_its_call_is_closed_and_no_day_ever(office: TelephoneOffice) -> None:
    number = office.strip(closed=False)
    assert office.work() == []
    office.close(number)
    office.later(61)
    assert office.work() == ["strip s000001 1.1"]
    office.later(3 * 86_400)
    assert office.work() == []
    (line,) = office.inbox(office.technician)["reports"]
    assert (line["kind"], line["which"], line["overdue"]) == ("strip", "1.1", True)
    assert line["may"]["release"]
    assert not line["may"]["write"]


def test_a_technician_issues_it_and_nobody_elses_word_is_needed(office: TelephoneOffice) -> None:
    office.strip()
    office.work()
    for who in (office.office, office.physician):
        assert reason(office.ask(who, "report.release", report=1)) == "permission"
    office.must(office.technician, "report.release", report=1)
    assert office.work() == ["strip s000001 1.1"]  # its PDF
    standing = office.maker.set[-1]
    assert (standing.state, standing.impression, standing.signatures) == ("issued", "", ())
    assert "technician" in standing.issued[0]
    told: dict[str, Any] = office.shown(office.physician)
    assert (told["state"], told["standing"], told["waits"], len(told["pdfs"])) == (
        "issued",
        "issued",
        False,
        1,
    )
    assert told["may"]["sign"]
    office.must(office.physician, "report.view", report=1)
    office.must(office.physician, "report.acknowledge", report=1)


def test_no_technician_writes_an_impression_and_a_physician_may(office: TelephoneOffice) -> None:
    office.strip()
    office.work()
    assert reason(office.write(office.technician)) == "technical"
    office.must(office.technician, "report.release", report=1)
    office.work()
    assert office.write(office.physician, "Sinus rhythm during palpitations.") is None
    assert office.signs(office.physician) is None
    office.work()
    assert [one.state for one in office.maker.set] == ["issued", "signed"]
    assert office.maker.set[-1].issued == office.maker.set[0].issued
    assert len(office.report().pdfs) == 2


def test_what_changes_after_it_was_issued_is_issued_again(office: TelephoneOffice) -> None:
    office.strip()
    office.work()
    office.must(office.technician, "report.release", report=1)
    office.work()
    office.maker.edition[1] = 2
    office.later(700)
    office.work()
    told = office.shown(office.technician)
    assert (told["waits"], told["may"]["release"]) == (True, True)
    office.must(office.technician, "report.release", report=1)
    office.work()
    assert len(office.report().pdfs) == 2
    assert office.maker.set[-1].issued[1].startswith("issued, corrected by")
    assert (
        office.files.kept[office.report().releases[0].content] != office.files.kept[office.report().content]
    )


def test_a_draft_of_a_strip_that_is_struck_out_is_withdrawn(office: TelephoneOffice) -> None:
    number = office.strip()
    office.work()
    body = {"call": number, "strip": 1, "why": "a test", "out": []}
    office.tell([Draft("telephone.struck", "telephone", body)])
    office.later(61)
    office.work()
    assert office.report().state is State.WITHDRAWN


def test_one_whose_size_is_not_known_is_reported_though_it_lies_in_no_ecg(office: TelephoneOffice) -> None:
    office.strip(millivolts=False)
    assert office.work() == ["strip s000001 1.1"]


def test_the_period_is_reported_when_it_has_ended(office: TelephoneOffice) -> None:
    office.worn.told = [Service(1, office.now - 30 * DAY, office.now - 60 * SECOND, telephone=True)]
    assert office.work() == ["period s000001"]
    office.must(office.technician, "report.release", report=1)
    office.work()
    assert office.shown(office.physician)["standing"] == "issued"
