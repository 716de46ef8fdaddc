"""Reports are made when they are due, made again when figures change, issued when they are final."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.center.report_house import ReportOffice

from einthoven.base.deeds import CENTER
from einthoven.base.errors import StoreError
from einthoven.base.instants import DAY, HOUR
from einthoven.center.noticing import Noticing
from einthoven.center.report_standing import standing_of
from einthoven.escalation.notices import REPORT, Recipient
from einthoven.reports.life_due import Service
from einthoven.reports.life_states import About, State
from einthoven.review.facts import Tier
from einthoven.testing.reports import MemoryReports, PaperMaker, PaperServices


@pytest.fixture
def office() -> ReportOffice:
    return ReportOffice()


def test_a_day_that_is_over_is_drafted_once(office: ReportOffice) -> None:
    assert office.work() == ["daily s000001 2023-11-13"]
    office.later(61)
    assert office.work() == []
    (line,) = office.inbox(office.physician)["reports"]
    assert line["state"] == "drafted"
    assert (line["patient"], line["which"], line["written"]) == ("Patient, 1", "2023-11-13", False)
    assert line["headline"].startswith("AF burden")
    assert office.report().content in office.files.kept


def test_figures_that_change_make_a_newer_draft_with_what_was_written(office: ReportOffice) -> None:
    office.work()
    office.write(office.technician, "Sinus rhythm.")
    office.maker.edition[1] = 2
    office.later(61)
    assert office.work() == []  # not all the time
    office.later(600)
    assert office.work() == ["daily s000001 2023-11-13"]
    assert [one["report"] for one in office.inbox(office.physician)["reports"]] == [2]
    assert office.report(1).state is State.WITHDRAWN
    assert office.report(2).impression.text == "Sinus rhythm."
    assert office.shown(office.physician, 1)["newer"] == 2


def test_figures_that_change_after_the_signature_make_an_addendum_due(office: ReportOffice) -> None:
    office.work()
    office.write(office.physician)
    office.signs(office.physician)
    office.work()
    office.maker.edition[1] = 2
    office.later(700)
    assert office.work() == ["daily s000001 2023-11-13"]
    told = office.shown(office.physician)
    assert told["outdated"]["words"] == "made again, its figures differ from what was signed"
    assert told["signatures"][0]["ok"]
    assert (told["state"], told["waits"]) == ("signed", True)
    for _ in range(3):
        office.later(700)
        assert office.work() == []


def test_what_was_made_from_something_else_and_is_the_same_is_not_made_for_ever(
    office: ReportOffice,
) -> None:
    office.maker.write = lambda _about, _edition: {"beats": 7}
    office.work()
    office.maker.edition[1] = 2
    office.later(700)
    assert office.work() == ["daily s000001 2023-11-13"]
    for _ in range(3):
        office.later(700)
        assert office.work() == []
    assert list(office.house.books.reports.reports) == [1]


def test_what_cannot_be_made_is_told_and_tried_again(office: ReportOffice) -> None:
    office.maker.broken = "the disk is away"
    assert office.work() == ["daily s000001 2023-11-13"]
    office.later(61)
    assert office.work() == []
    (trouble,) = office.inbox(office.supervisor)["troubles"]
    assert (trouble["which"], trouble["words"]) == ("2023-11-13", "the disk is away")
    assert office.inbox(office.physician)["troubles"] == []
    office.maker.broken = ""
    office.later(600)
    assert office.work() == ["daily s000001 2023-11-13"]
    assert office.inbox(office.supervisor)["troubles"] == []


def test_a_center_that_does_not_know_what_is_due_says_so(
    office: ReportOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_facts: object, _since: int) -> list[Service]:
        raise StoreError("the facts cannot be read")

    with monkeypatch.context() as patched:
        patched.setattr(PaperServices, "services", broken)
        office.work()
        since = office.inbox(office.physician)["stalled"]["since_ms"]
        office.later(61)
        office.work()
        told = office.inbox(office.physician)["stalled"]
        assert told == {"since_ms": since, "words": "the facts cannot be read"}
    office.later(61)
    assert office.work() == ["daily s000001 2023-11-13"]
    assert office.inbox(office.physician)["stalled"] is None


def test_what_is_missing_is_said_until_it_has_come(office: ReportOffice) -> None:
    office.worn.until[1] = office.now - 3 * HOUR
    assert office.work() == []
    office.later(7200)
    assert office.work() == ["daily s000001 2023-11-13"]
    assert "had not all come" in office.report(1).note
    office.maker.edition[1] = 2
    office.worn.until[1] = office.now - 4 * HOUR
    office.later(700)
    office.work()
    assert "had not all come" in office.report(2).note
    office.maker.edition[1], office.worn.until[1] = 3, office.now
    office.later(700)
    office.work()
    assert office.report(3).note == ""


def test_a_report_that_cannot_be_looked_at_keeps_no_other_back(
    office: ReportOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.worn.told = [Service(1, office.now - DAY), Service(2, office.now - DAY)]
    office.work()
    stamp = office.maker.stamp

    def broken(about: About) -> str:
        if about.stream == 1:
            raise StoreError("damaged")
        return stamp(about)

    monkeypatch.setattr(PaperMaker, "stamp", lambda _self, about: broken(about))
    office.maker.edition[2] = 2
    office.later(700)
    assert office.work() == ["daily s000002 2023-11-13"]
    assert office.inbox(office.physician)["stalled"] is None


def test_what_is_no_longer_due_is_no_trouble(office: ReportOffice) -> None:
    office.maker.broken = "the disk is away"
    office.work()
    assert office.inbox(office.supervisor)["troubles"] != []
    office.worn.told = []
    office.later(61)
    office.work()
    assert office.inbox(office.supervisor)["troubles"] == []


def test_a_lost_file_keeps_one_report_back_and_no_other(office: ReportOffice) -> None:
    office.work()
    office.write(office.physician)
    office.signs(office.physician)
    kept, office.files.kept = office.files.kept, MemoryReports().kept
    office.worn.told.append(Service(2, office.now - DAY))
    office.later(61)
    assert sorted(office.work()) == ["daily s000001 2023-11-13", "daily s000002 2023-11-13"]
    assert "there is no report" in office.inbox(office.supervisor)["troubles"][0]["words"]
    office.files.kept |= kept
    office.later(700)
    assert office.work() == ["daily s000001 2023-11-13"]
    assert len(office.report().pdfs) == 1


def test_an_event_that_was_told_has_an_urgent_report_with_its_calls(office: ReportOffice) -> None:
    house = office.house
    house.seat(house.hire("Roe, Kim"))
    house.run(2)
    house.finds(2, "pause", Tier.URGENT)
    house.begin()
    for _ in range(600):
        house.run(1)
        if any(one.reached for one in house.books.notify.calls.notifications.values()):
            break
    (told,) = [one for one in house.books.notify.calls.notifications.values() if one.reached]
    office.worn.told = []
    office.later(61)
    assert office.work() == [f"urgent s000002 {told.case}"]
    office.write(office.physician)
    office.must(office.technician, "report.comment", report=1, text="seen")
    assert office.signs(office.physician) is None
    office.work()
    calls = office.maker.set[-1].calls
    assert "reached Dr. Weber" in calls[0]
    assert "UTC: call to Dr. Weber" in calls[0]


def test_what_is_printed_says_who_signed_as_what_when_and_how(
    office: ReportOffice,
) -> None:
    office.work()
    office.write(office.physician)
    office.signs(office.physician)
    office.work()
    (signed,) = office.maker.set[-1].signatures
    assert (signed.name, signed.role) == ("Dr. Fib", "physician, Heart practice")
    assert signed.when == "2023-11-14 22:13:20 UTC"
    assert signed.meaning == "I reviewed this report and sign it"
    report = office.report()
    clicked = replace(report, signatures=(replace(report.signatures[0], components=("demo",)),))
    told = standing_of(office.house.books, clicked, 1, "America/New_York").signatures[0]
    assert told.when == "2023-11-14 17:13:20 EST"
    assert told.meaning.endswith("(by a click in a demo)")


def test_who_waits_too_long_is_overdue_for_the_supervisor(office: ReportOffice) -> None:
    office.work()
    office.later(24 * 3600 + 61)
    told = office.inbox(office.supervisor)
    assert (told["overdue"], told["reports"][0]["overdue"]) == (1, True)


def test_the_end_of_a_period_has_a_report(office: ReportOffice) -> None:
    office.worn.told = [Service(1, office.now - 3 * HOUR, office.now)]
    assert sorted(office.work()) == ["daily s000001 2023-11-13", "end s000001"]


def test_a_notice_tells_the_practices_address_and_names_nobody(office: ReportOffice) -> None:
    to = Recipient("mail", "email", "desk@heart.example", frozenset({"daily"}), frozenset({REPORT}), 1)
    other = Recipient("else", "email", "x@other.example", frozenset({"daily"}), frozenset({REPORT}), 2)
    urgent = Recipient("urge", "email", "u@heart.example", frozenset({"urgent"}), frozenset({REPORT}), 1)
    desk = office.house.room.desk
    desk.noticing = Noticing(
        "Boston", (to, other, urgent), link_report=lambda number: f"https://c/reports/{number}"
    )
    office.work()
    office.write(office.physician)
    office.signs(office.physician)
    office.work()
    (posted,) = office.house.kept.journal.due(office.now)
    text = str(posted.notice.content["text"])
    assert "https://c/reports/1" in text
    assert "s000001, report 1: it is signed and can be read" in text
    assert "Patient, 1" not in text + str(posted.notice.content["subject"])
    assert [(one.way, one.to, str(one.state)) for one in office.report().sent] == [
        ("portal", "Heart practice", "sent"),
        ("e-mail", "desk@heart.example", "waiting"),
    ]
    assert all(notice.notification is None for notice in desk.books.notices.notices.values())


def test_a_center_without_a_maker_says_so(office: ReportOffice) -> None:
    office.house.books.making = None
    told = office.inbox(office.physician)
    assert (told["made"], told["cut"], told["reports"]) == (False, "", [])


def test_deeds_of_the_center_are_the_centers(office: ReportOffice) -> None:
    office.work()
    deeds = [deed for deed in office.house.kept.journal.read() if deed.kind == "report.drafted"]
    assert [deed.actor for deed in deeds] == [CENTER]
