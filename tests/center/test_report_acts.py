"""Reports at the desk: who writes, makes ready, signs, adds, acknowledges; what everybody else is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.center.report_house import ReportOffice
from tests.center.test_desk_criteria import DEMANDED, reason

from einthoven.base.errors import EinthovenError, InputError, NotFoundError
from einthoven.base.instants import DAY, MILLISECOND
from einthoven.center.desk_door import Who
from einthoven.center.sign_in_ports import Confirmed
from einthoven.escalation.signature import verify
from einthoven.reports import life_deeds as life
from einthoven.reports.life_book import LifeBook
from einthoven.reports.life_states import State


@pytest.fixture
def office() -> ReportOffice:
    made = ReportOffice()
    assert made.work() == ["daily s000001 2023-11-13"]
    return made


def test_a_technician_prepares_and_the_physician_signs(office: ReportOffice) -> None:
    assert office.write(office.technician) is None
    office.must(office.technician, "report.prepare", report=1)
    assert reason(office.signs(office.technician)) == "permission"
    assert office.signs(office.physician) is None
    told = office.shown(office.physician)
    assert (told["state"], told["standing"]) == ("signed", "signed")
    (signature,) = told["signatures"]
    assert (signature["name"], signature["ok"]) == ("Dr. Fib", True)
    assert signature["meaning"] == "I reviewed this report and sign it"
    assert told["authors"] == ["Kim, Alex"]


def test_what_is_signed_is_not_changed_by_anybody(office: ReportOffice) -> None:
    office.write(office.physician)
    office.signs(office.physician)
    for who in (office.technician, office.supervisor, office.physician):
        assert reason(office.write(who, "other")) == "state"
    assert reason(office.ask(office.technician, "report.prepare", report=1)) == "state"


def test_an_office_writes_only_while_a_physician_has_delegated_it(office: ReportOffice) -> None:
    assert reason(office.write(office.office)) == "delegate"
    assert reason(office.ask(office.office, "report.delegate", practice=1, person=4)) == "permission"
    person = office.office.staff
    until = (office.now + DAY) / MILLISECOND
    office.must(office.physician, "report.delegate", practice=1, person=person, until_ms=until)
    assert office.write(office.office) is None
    office.must(office.office, "report.prepare", report=1)
    assert reason(office.signs(office.office)) == "permission"
    assert office.shown(office.office)["may"]["write"]
    office.later(25 * 3600)
    assert reason(office.write(office.office, "later")) == "delegate"
    office.must(office.physician, "report.delegate", practice=1, person=person)
    assert office.inbox(office.physician)["delegates"][0]["name"] == "Lee, Robin"
    office.must(office.physician, "report.undelegate", practice=1, person=person)
    assert reason(office.write(office.office, "later")) == "delegate"
    stranger = office.stranger.staff
    assert reason(office.ask(office.physician, "report.delegate", practice=1, person=stranger)) == "person"
    assert reason(office.ask(office.physician, "report.delegate", practice=2, person=person)) == "practice"


def test_a_second_signature_and_only_then_it_is_issued(office: ReportOffice) -> None:
    office.write(office.physician)
    stranger = office.stranger.staff
    assert reason(office.signs(office.physician, cosign=True, cosigner=stranger)) == "cosigner"
    assert office.signs(office.physician, cosign=True, cosigner=office.colleague.staff) is None
    assert office.work() == []
    assert office.shown(office.colleague)["may"]["cosign"]
    assert not office.shown(office.physician)["may"]["cosign"]
    assert reason(office.signs(office.physician, "report.cosign")) == "cosigner"
    assert office.signs(office.colleague, "report.cosign") is None
    assert office.work() == ["daily s000001 2023-11-13"]
    assert [one.name for one in office.maker.set[-1].signatures] == ["Dr. Fib", "Dr. Second"]
    assert office.shown(office.physician)["delivery"] == "sent"


def test_an_addendum_is_written_and_signed_and_issued_anew(office: ReportOffice) -> None:
    office.write(office.physician)
    office.signs(office.physician)
    office.work()
    assert office.signs(office.physician, "report.add") is not None  # nothing was written
    office.must(office.technician, "report.write_addendum", report=1, text="Noise at 03:00.", base=0)
    assert office.signs(office.physician, "report.add") is None
    assert office.work() == ["daily s000001 2023-11-13"]
    told = office.shown(office.physician)
    assert [(one["text"], one["signature"]["ok"]) for one in told["added"]] == [("Noise at 03:00.", True)]
    assert told["standing"] == "addendum"
    assert [one["edition"] for one in told["sent"]] == [1, 2]
    assert (office.maker.set[0].state, office.maker.set[1].state) == ("signed", "addendum")


def test_a_signature_needs_proof_for_exactly_what_was_shown(office: ReportOffice) -> None:
    office.write(office.physician)
    shown = office.shown(office.physician)["to_sign"]
    assert reason(office.ask(office.physician, "report.sign", report=1, content=shown)) == "confirmation"
    office.write(office.technician, "Not what was shown.")
    proof = Confirmed(office.physician.staff, b"session", shown, DEMANDED, office.now)
    held = replace(office.physician, confirmed=proof)
    assert reason(office.ask(held, "report.sign", report=1, content=shown)) == "content"
    other = replace(office.physician, confirmed=replace(proof, staff=office.colleague.staff))
    now = office.shown(office.physician)["to_sign"]
    assert reason(office.ask(other, "report.sign", report=1, content=now)) == "confirmation"
    assert office.report().state is State.DRAFTED


def test_a_practice_sees_its_own_and_the_others_do_not_exist(office: ReportOffice) -> None:
    office.write(office.physician)
    for number in (1, 999):
        with pytest.raises(NotFoundError, match=f"there is no report {number}"):
            office.shown(office.stranger, number)
    assert office.inbox(office.stranger)["reports"] == []
    for act, more in (("report.comment", {"text": "x"}), ("report.acknowledge", {})):
        assert reason(office.ask(office.stranger, act, report=1, **more)) == "practice"
    with pytest.raises(EinthovenError):
        office.signs(office.stranger)
    assert [one["report"] for one in office.inbox(office.auditor)["reports"]] == [1]
    assert not any(value for name, value in office.shown(office.auditor)["may"].items() if name != "why_not")


def test_viewed_and_acknowledged_are_the_practices(office: ReportOffice) -> None:
    office.write(office.physician)
    office.signs(office.physician)
    office.work()
    assert reason(office.ask(office.technician, "report.view", report=1)) == "permission"
    office.must(office.office, "report.view", report=1)
    assert office.shown(office.office)["sent"][0]["state"] == "viewed"
    office.must(office.physician, "report.acknowledge", report=1)
    (sent,) = office.shown(office.physician)["sent"]
    assert (sent["state"], sent["words"], sent["to"]) == ("acknowledged", "Dr. Fib", "Heart practice")


def test_sentences_are_kept_by_the_practice_that_uses_them(office: ReportOffice) -> None:
    said = {"practice": 1, "title": "Normal", "text": "Sinus rhythm throughout."}
    number = office.must(office.physician, "report.sentence", **said)["sentence"]
    assert office.shown(office.technician)["sentences"] == [
        {"sentence": number, "title": "Normal", "text": "Sinus rhythm throughout."}
    ]
    assert reason(office.ask(office.stranger, "report.sentence", **said)) == "practice"
    assert reason(office.ask(office.technician, "report.sentence", **said)) == "permission"
    office.must(office.office, "report.drop_sentence", practice=1, sentence=number)
    assert office.inbox(office.physician)["sentences"] == []


def test_who_wrote_what_is_read_back_from_the_journal(office: ReportOffice) -> None:
    office.write(office.technician, "one")
    office.maker.edition[1] = 2
    office.later(700)
    office.work()
    office.write(office.physician, "two", 2)
    look = office.house.room.look(office.physician, "impressions", {"id": "2"})
    assert look is not None
    told: Any = look.read()()
    assert [(one["report"], one["text"], one["by"]) for one in told["versions"]] == [
        (1, "one", "Kim, Alex"),
        (2, "two", "Dr. Fib"),
    ]


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("report.edit", {"report": 1, "text": "x"}),
        ("report.edit", {"report": 1, "text": 5, "base": 0}),
        ("report.edit", {"report": "1", "text": "x", "base": 0}),
        ("report.edit", {"report": 77, "text": "x", "base": 0}),
        ("report.sign", {"report": 77, "content": "x"}),
        ("report.return", {"report": 77, "why": "x"}),
        ("report.sentence", {"practice": 1, "title": " ", "text": "b"}),
        ("report.comment", {"report": 1, "text": "  "}),
        ("report.comment", {"report": 1, "text": "x", "more": 1}),
    ],
)
def test_bad_input_is_told_by_its_field(office: ReportOffice, act: str, fields: dict[str, Any]) -> None:
    error = office.ask(office.physician, act, **fields)
    assert isinstance(error, InputError)
    assert any(name in str(error) for name in (*fields, "base"))


def test_a_restart_stands_where_the_center_stood(office: ReportOffice) -> None:
    office.write(office.technician)
    office.signs(office.physician)
    before = office.house.books.reports
    office.house.kill()
    office.begin_reports()
    assert office.house.books.reports == before
    assert office.work() == ["daily s000001 2023-11-13"]  # it was signed, and no PDF was on file yet
    assert office.report().pdfs != ()
    again = LifeBook()
    for deed in office.house.kept.journal.read():
        again.apply(deed)
    assert again == office.house.books.reports
    (signature,) = office.report().signatures
    assert verify(life.content(office.report()), signature).ok


def test_nobody_signs_at_a_center_without_sign_in(office: ReportOffice) -> None:
    office.write(office.physician)
    console = Who(0, None, "127.0.0.1")
    told = office.ask(console, "report.sign", report=1, content="x" * 64)
    assert reason(told) in ("nobody", "permission")
