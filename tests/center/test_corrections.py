"""Wrong patient, as a case: who says so, who confirms, what follows, what went out and is followed up."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from tests.center.correction_house import CorrectionOffice
from tests.center.test_desk_criteria import reason

from einthoven.base.errors import EnrollmentError, InputError, NotFoundError
from einthoven.base.instants import DAY, HOUR, MILLISECOND, MINUTE
from einthoven.billing import claim_amends as amends
from einthoven.billing.claim import Part
from einthoven.billing.claim_states import Kept
from einthoven.billing.claim_states import State as ClaimState
from einthoven.bootstrap.exchange import former, once
from einthoven.center import dossier, dossier_care
from einthoven.center.open_record import Asking, OpenRecord
from einthoven.center.report_shelf import LifeShelf
from einthoven.enrollment.corrections import State, Work
from einthoven.interop.fhir_search import wanted
from einthoven.reports.life_states import State as ReportState
from einthoven.review.facts import Tier

ROE = {"name": "Roe, Rae", "birth_date": "1952-01-01"}


@pytest.fixture
def office() -> CorrectionOffice:
    return CorrectionOffice()


def test_one_person_says_so_and_another_confirms(office: CorrectionOffice) -> None:
    number = office.corrects(to=3)
    assert office.carry_out() == 0
    assert office.house.books.card(1).name == "Doe, Jane"
    assert reason(office.ask(office.clerk, "patient.correct_confirm", correction=number)) == "two_persons"
    for who in (office.technician, office.physician, office.auditor):
        assert reason(office.ask(who, "patient.correct_confirm", correction=number)) == "permission"
    office.must(office.supervisor, "patient.correct_confirm", correction=number)
    assert office.correction().state is State.CONFIRMED
    office.carry_out()
    assert office.correction().state is State.APPLIED
    assert office.house.books.card(1).name == "Poe, Pat"


def test_nothing_is_overwritten(office: CorrectionOffice) -> None:
    office.corrected(to={"name": "Moe, Max", "birth_date": "1960-02-03"})
    lines = office.house.kept.audit(limit=100_000)
    (changed,) = [line for line in lines if line.action == "period.patient"]
    assert changed.detail["was"] == {"patient": 1, "physician": 1}
    assert changed.actor == f"staff {office.supervisor.staff}"
    assert office.house.kept.patient(1).name == "Doe, Jane"
    told = office.house.room.ask(office.technician, "patient", {"id": "s000001"})["on_record"]
    assert [(one["was"], one["until_ms"]) for one in told] == [("Doe, Jane", office.now / MILLISECOND)]


def test_two_who_were_mistaken_for_one_another(office: CorrectionOffice) -> None:
    office.must(office.physician, "ladder.set", stream="s000002", plan=_plan("Dr. Roe's"))
    done = office.corrected(swap="s000002")
    assert [office.house.books.card(stream).name for stream in (1, 2)] == ["Roe, Rae", "Doe, Jane"]
    assert [part.was.name for part in done.parts] == ["Doe, Jane", "Roe, Rae"]
    plans = office.house.books.notify.plans
    assert plans.plan_for(1, 1).calendar.persons[0].name == "Dr. Roe's"
    assert 2 not in plans.streams


def _plan(name: str) -> dict[str, object]:
    return {
        "zone": "UTC",
        "persons": [
            {
                "key": "a",
                "name": name,
                "role": "physician",
                "numbers": [{"number": "+1 555 0111", "kind": "mobile"}],
            }
        ],
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"to": 99}, "there is no patient 99"),
        ({"to": 1}, "s000001 is patient 1's already"),
        ({"to": "Roe"}, "want the number of a patient"),
        ({"to": {"name": ""}}, "patient.name"),
        ({"to": {"name": "Roe", "born": "1952"}}, "'born' is no field"),
        ({}, "want the number of a patient"),
        ({"swap": "s000099"}, "there is no stream s000099"),
        ({"swap": "s000001"}, "is the same stream"),
        ({"to": 3, "swap": "s000002"}, "want a patient's number, or"),
        ({"to": 3, "practice": 77}, "there is no practice 77"),
        ({"swap": "s000002", "practice": 1}, "go with the two people"),
        (
            {"to": 3, "physician": {"name": "Dr. X", "npi": "1234567890", "telephone": "555 0101"}},
            "check digit",
        ),
        ({"to": 3, "from_ms": 9e15 / 1e3}, "from_ms"),
        ({"to": 3, "why": " "}, "why: must be said"),
        ({"to": 3, "stream": "s000044"}, "there is no stream s000044"),
    ],
)
def test_what_is_wrong_is_named(office: CorrectionOffice, fields: dict[str, object], words: str) -> None:
    with pytest.raises((InputError, EnrollmentError, NotFoundError), match=words.replace("(", r"\(")):
        office.corrects(**fields)
    assert office.house.books.corrections.corrections == {}


def test_a_person_with_another_open_period_is_refused_and_it_stays_to_be_done(
    office: CorrectionOffice,
) -> None:
    number = office.corrects(to=2)
    office.must(office.supervisor, "patient.correct_confirm", correction=number)
    office.carry_out()
    assert office.correction().state is State.CONFIRMED
    page = office.house.room.ask(office.clerk, "correction", {"id": "1"})
    assert "is in open period 2" in page["trouble"]
    assert office.house.books.card(1).name == "Doe, Jane"
    assert reason(office.ask(office.clerk, "patient.correct", stream="s000001", to=3, why="x")) == "open"
    office.must(office.clerk, "patient.correct_drop", correction=number, why="swap them instead")
    office.later(120)
    office.corrected(swap="s000002")
    assert office.house.books.card(1).name == "Roe, Rae"


def test_criteria_ladder_and_notes_of_the_wrong_person_hold_no_more(office: CorrectionOffice) -> None:
    draft = office.propose()
    assert office.sign(draft) is None
    office.must(office.technician, "patient.note", stream="s000001", known_af=True)
    waiting = office.propose()
    assert office.value() == 3500
    before = office.now
    office.later(60)
    office.corrected(to=3, practice=2)
    books = office.house.books
    assert office.value() == 4000
    assert books.criteria.in_force(1, 1, before).layer == "patient"
    assert books.notes.of(1).known_af is None
    assert books.practice(1) == 2
    assert waiting not in books.criteria.forms
    (item,) = office.items(kind="criteria")
    assert "nobody has signed criteria for Poe, Pat" in item.words


def test_signed_criteria_go_with_the_person(office: CorrectionOffice) -> None:
    draft = office.propose(stream="s000002")
    assert office.sign(draft) is None
    assert (office.value(1), office.value(2)) == (4000, 3500)
    office.corrected(swap="s000002")
    assert (office.value(1), office.value(2)) == (3500, 4000)
    office.later(3600)
    office.corrected(swap="s000002")
    assert (office.value(1), office.value(2)) == (4000, 3500)


def test_a_signed_report_stays_and_says_on_every_page_that_it_is_wrong(office: CorrectionOffice) -> None:
    office.work()
    office.issued()
    before = office.report()
    office.must(office.office, "report.view", report=1)
    office.corrected(to=3, practice=2)
    marked = office.report()
    assert (marked.content, marked.signatures, marked.impression) == (
        before.content,
        before.signatures,
        before.impression,
    )
    assert (marked.state, marked.standing) == (ReportState.SIGNED, "wrong patient")
    office.later(61)
    made = office.work()
    assert "daily s000001 2023-11-13" in made  # the marked edition
    assert "daily s000001 2023-11-13~1" in made  # for the right person
    assert office.maker.set[-1].state in ("wrong patient", "preliminary")
    notice = next(one.notice for one in office.maker.set if one.state == "wrong patient")
    assert "not that of Doe, Jane" in notice
    assert "Poe" not in notice
    (item,) = office.items(kind="report")
    assert (item.tell, item.state) == ("Heart practice", Work.OPEN)
    for act in ("report.write_addendum",):
        error = office.ask(office.technician, act, report=1, text="more", base=0)
        assert reason(error) == "wrong_patient"


def test_the_wrong_practice_keeps_what_it_was_told_and_sees_nothing_else(office: CorrectionOffice) -> None:
    office.work()
    office.issued()
    office.corrected(to=3, practice=2)
    office.work()
    (mine,) = office.inbox(office.physician)["reports"]
    assert (mine["report"], mine["patient"], mine["standing"]) == (1, "Doe, Jane", "wrong patient")
    assert not any(mine["may"][name] for name in ("write", "sign", "add", "cosign"))
    (theirs,) = office.inbox(office.stranger)["reports"]
    assert (theirs["patient"], theirs["state"]) == ("Poe, Pat", "drafted")
    for who, number in ((office.physician, theirs["report"]), (office.stranger, 1)):
        with pytest.raises(NotFoundError):
            office.shown(who, number)
    assert "Poe" not in str(office.shown(office.physician, 1))
    assert reason(
        office.ask(office.physician, "patient.contact", stream="s000001", how="telephone", said="x")
    ) in (
        "permission",
        "practice",
    )


def test_a_draft_is_withdrawn_and_nobody_of_the_right_practice_reads_it(office: CorrectionOffice) -> None:
    office.work()
    office.corrected(to=3, practice=2)
    assert (office.report().state, office.report().standing) == (ReportState.WITHDRAWN, "wrong patient")
    with pytest.raises(NotFoundError):
        office.shown(office.stranger, 1)
    assert reason(office.write(office.physician)) == "wrong_patient"


def test_from_an_instant_on_the_days_before_stay_whose_they_were(office: CorrectionOffice) -> None:
    office.work()
    office.issued()
    office.later(2 * 86400)
    assert "daily s000001 2023-11-14" in office.work()
    middle = office.now - 36 * HOUR
    office.corrected(to=3, practice=2, from_ms=middle / MILLISECOND)
    assert office.report(1).misfiled is None
    assert office.report(2).misfiled is not None
    office.later(61)
    made = office.work()
    assert "daily s000001 2023-11-14~1a" in made
    assert "daily s000001 2023-11-14~1" in made
    books = office.house.books
    drafts = [books.reports.reports[number] for number in books.reports.of_stream[1]]
    spans = {one.about.which: (one.about.start, one.about.stop) for one in drafts}
    assert spans["2023-11-14~1a"][1] == middle == spans["2023-11-14~1"][0]
    names = {one.about.which: books.whose(one).name for one in drafts}
    assert (names["2023-11-14~1a"], names["2023-11-14~1"]) == ("Doe, Jane", "Poe, Pat")
    assert office.items(kind="report") == []  # the second was never signed, so it never went out


def test_who_was_called_about_the_wrong_person_is_listed_and_the_case_is_judged_anew(
    office: CorrectionOffice,
) -> None:
    house = office.house
    house.hire("Kim, Bo")
    house.finds(1, "ventricular-tachycardia", Tier.EMERGENT)
    house.run(1)
    (case,) = house.books.triage.cases.of_stream(1)
    tech = office.technician
    office.must(tech, "case.take", case=case.number)
    office.must(tech, "case.verdict", case=case.number, verdict="true", note="VT", relabels=[], strips=[])
    house.run(1)
    (told,) = house.books.notify.calls.of_case(case.number)
    contact = house.room.desk.books.notify.contacts(told, office.now)[0]
    call = int(
        office.must(tech, "call.start", notification=told.number, contact=contact.contact, number="")["call"]
    )
    office.must(
        tech,
        "call.end",
        call=call,
        outcome="voicemail",
        person="",
        person_role="",
        readback=False,
        said="",
        action="",
    )
    office.corrected(to=3, practice=2)
    kinds = {one.kind for one in office.items()}
    assert {"call", "notification", "case", "order", "breach", "criteria"} <= kinds
    assert house.books.notify.calls.notifications[told.number].withdrawn.startswith("wrong patient")
    assert str(house.books.triage.cases.case(case.number).state) == "open"
    (call_item,) = office.items(kind="call")
    assert call_item.due - call_item.since == HOUR
    house.run(1)


def test_an_emergency_that_goes_on_has_the_right_address_at_once(office: CorrectionOffice) -> None:
    house = office.house
    house.finds(2, "ventricular-fibrillation", Tier.EMERGENT)
    house.run(1)
    (case,) = house.books.triage.cases.of_stream(2)
    for stream in ("s000001", "s000002"):
        office.must(office.technician, "emergency.begin", stream=stream)
    office.must(office.technician, "emergency.step", emergency=1, step="patient", note="no answer")
    office.corrected(swap="s000002")
    book = house.books.emergencies
    shown = [book.emergencies[book.open[stream]] for stream in (1, 2)]
    assert [one.facts.patient for one in shown] == ["Roe, Rae", "Doe, Jane"]
    assert [one.number for one in shown] == [3, 4]
    assert shown[0].done == {}  # nobody called the right person yet
    assert all(
        one.ended is not None and "wrong patient" in one.outcome for one in map(book.emergencies.get, (1, 2))
    )
    assert house.books.triage.cases.case(case.number).emergency == 4
    (told,) = house.books.notify.calls.of_case(case.number)
    assert (told.number, str(told.state)) == (2, "waiting")
    assert told.say.startswith("Doe, Jane: ")
    assert "took its place" in office.items(kind="emergency")[0].words
    office.must(office.technician, "emergency.end", emergency=4, outcome="help is there")
    assert house.books.triage.cases.case(case.number).emergency is None


def test_items_are_done_by_somebody_with_words_and_are_late_otherwise(office: CorrectionOffice) -> None:
    office.corrected(to=3)
    number = office.items(kind="order")[0].number
    assert reason(office.ask(office.technician, "correction.done", item=number, how="x")) == "permission"
    with pytest.raises(InputError, match="how: must be said"):
        office.must(office.clerk, "correction.done", item=number, how="")
    office.must(office.clerk, "correction.done", item=number, how="claim withdrawn, new order asked for")
    assert reason(office.ask(office.clerk, "correction.done", item=number, how="again")) == "state"
    office.must(office.supervisor, "correction.reopen", item=number, why="the order is not there yet")
    office.later(4 * 86400)
    page = office.house.room.ask(office.supervisor, "correction", {"id": "1"})
    shown = {one["item"]: one for one in page["list"]}[number]
    assert (shown["overdue"], len(shown["log"])) == (True, 2)
    assert office.house.room.ask(office.auditor, "corrections", {})["overdue"] >= 1


def test_everything_stands_again_after_a_crash_at_any_moment(office: CorrectionOffice) -> None:
    office.work()
    office.issued()
    number = office.corrects(to={"name": "Moe, Max"}, practice=2)
    office.must(office.supervisor, "patient.correct_confirm", correction=number)
    job = office.corrections.next(office.now)
    assert job is not None
    job[1]()  # the facts have changed, the journal does not know
    office.house.kill()
    office.begin_corrections()
    office.carry_out()
    assert office.correction().state is State.APPLIED
    assert office.house.books.card(1).name == "Moe, Max"
    patients = [line for line in office.house.kept.audit(limit=100_000) if line.action == "patient.add"]
    assert len(patients) == 4  # Moe was added once
    before = office.house.books.corrections
    office.house.kill()
    assert office.house.books.corrections == before


def test_what_comes_late_is_found_too(office: CorrectionOffice) -> None:
    kept = office.house.kept
    kept.journal.note("console", "read.export", "s000001", {}, office.now - MINUTE, lambda _error: None)
    office.corrected(to=3)
    assert len(office.items(kind="export")) == 1
    physician = f"staff {office.physician.staff}"
    kept.journal.note(physician, "read.window", "s000001", {}, office.now - MINUTE, lambda _error: None)
    office.later(120)
    assert office.carry_out() == 1
    (item,) = office.items(kind="read")
    assert "Dr. Fib looked first" in item.words
    office.later(120)
    office.carry_out()
    assert len(office.items(kind="read")) == 1


def test_a_day_later_the_wall_says_nothing_of_it_any_more(office: CorrectionOffice) -> None:
    from einthoven.center.correction_page import mark

    books = office.house.books
    assert mark(books, 1, office.now) is None
    office.corrected(to=3)
    assert mark(books, 1, office.now + HOUR) is not None
    assert mark(books, 1, office.now + DAY) is None


def test_the_record_on_request_holds_no_report_of_the_other_person(office: CorrectionOffice) -> None:
    office.work()
    office.issued()
    matter: Any = SimpleNamespace(
        books=office.house.books,
        record=SimpleNamespace(stream=1),
        clock=SimpleNamespace(at=lambda at: f"at {at}"),
    )
    assert [one.number for one in dossier_care.reports_of(matter)] == [1]
    office.corrected(to=3, practice=2)
    office.later(61)
    office.work()
    assert [office.house.books.whose(one).name for one in dossier_care.reports_of(matter)] == ["Poe, Pat"]
    (words,) = dossier_care._corrected(matter)
    assert "on record for another person (correction 1). 1 report made for them" in words
    assert "Doe" not in words


def test_over_fhir_each_practice_reads_its_own_and_the_wrong_one_is_entered_in_error(
    office: CorrectionOffice,
) -> None:
    office.work()
    office.issued()
    office.corrected(to=3, practice=2)
    office.later(61)
    office.work()
    books, kept = office.house.books, office.house.kept
    shelf = LifeShelf(books.reports, office.files, kept.enrolled, partial(former, books, kept))
    record = OpenRecord("Boston", kept, shelf, former=partial(once, books))

    def asks(practice: int, patient: int) -> list[tuple[str, str]]:
        asking = Asking(lambda stream: books.practice(stream) == practice, practice=practice)
        found = record.search(wanted("DiagnosticReport", [("patient", f"p{patient}")]), asking)
        return [(one.resource["id"], one.resource["status"]) for one in found]

    assert asks(1, 1) == [("report-1", "entered-in-error")]
    assert asks(2, 3) == [("report-2", "preliminary")]
    assert asks(1, 3) == asks(2, 1) == []
    other = Asking(lambda stream: books.practice(stream) == 2, practice=2)
    with pytest.raises(NotFoundError):
        record.read("DiagnosticReport", "report-1", other)
    page, _ = record.page("report-1-v2", Asking(lambda _stream: False, practice=1))
    assert b"wrong patient" in page


def test_a_claim_that_was_made_is_listed_for_billing(office: CorrectionOffice) -> None:
    claims = office.house.books.claims
    claims.claims[7] = Kept(7, Part.TECHNICAL, 1, office.now)
    claims.of_stream[1] = [7]
    office.corrected(to=3)
    (item,) = office.items(kind="claim")
    assert "claim 7 for Doe, Jane" in item.words


@pytest.mark.parametrize(
    ("state", "becomes", "worked"),
    [
        (ClaimState.CHECKING, ClaimState.VOID, False),
        (ClaimState.RELEASED, ClaimState.VOID, False),
        (ClaimState.SENT, ClaimState.SENT, True),
        (ClaimState.PAID, ClaimState.PAID, True),
    ],
)
def test_a_claim_for_the_wrong_person_never_goes_out_or_is_work_for_billing(
    office: CorrectionOffice, state: ClaimState, becomes: ClaimState, worked: bool
) -> None:
    claims = office.house.books.claims
    claims.claims[7] = Kept(7, Part.TECHNICAL, 1, office.now, state)
    claims.of_stream[1] = [7]
    office.corrected(to=3)
    kept = claims.claims[7]
    assert (kept.state, kept.wrong) == (becomes, worked)
    assert claims.missing(1, Part.TECHNICAL)  # one for the right person is proposed
    if worked:
        assert kept.due is not None
        assert kept.due.why == "correction 1: Poe, Pat was monitored, the claim is for Jane Doe"
        assert amends.works(claims, kept) == ["void it with the payer, or say why it stands"]


def test_a_report_that_is_being_made_meanwhile_is_of_the_wrong_person_and_not_kept(
    office: CorrectionOffice,
) -> None:
    job = office.reports.next(office.now)
    assert job is not None
    job.work()(office.reports, office.now)  # what is due
    job = office.reports.next(office.now)
    assert job is not None
    assert job.about is not None
    took = job.work()
    office.corrected(to=3)
    took(office.reports, office.now)
    assert office.house.books.reports.reports == {}
    office.later(61)
    assert office.work() == ["daily s000001 2023-11-13~1"]


def test_glass_that_was_broken_for_one_shows_nothing_of_the_other(office: CorrectionOffice) -> None:
    office.work()
    office.issued()
    office.must(office.stranger, "break_glass", stream="s000001", why="called to the emergency room for her")
    assert office.shown(office.stranger, 1)["patient"] == "Doe, Jane"
    office.corrected(to=3)
    with pytest.raises(NotFoundError):
        office.shown(office.stranger, 1)
    assert [one["patient"] for one in office.inbox(office.stranger)["reports"]] == []


def test_who_ordered_it_for_the_right_person_is_called_from_then_on(office: CorrectionOffice) -> None:
    physician = {"name": "Dr. New", "npi": "1234567893", "telephone": "+1 555 0222"}
    done = office.corrected(to=3, practice=2, physician=physician)
    assert (done.parts[0].was.physician, done.parts[0].now.physician) == ("Dr. Fib", "Dr. New")
    assert office.house.books.notify.plans.orders[1][:2] == ("Dr. New", "+1 555 0222")
    (item,) = office.items(kind="criteria")
    assert item.tell == "Dr. New"


def test_the_record_on_request_warns_that_its_audit_names_the_other_person(office: CorrectionOffice) -> None:
    lines = [dossier.Trail(1, office.now, "center", "period.patient", "s000001")]
    matter: Any = SimpleNamespace(
        books=office.house.books,
        record=SimpleNamespace(stream=1),
        clock=SimpleNamespace(at=lambda at: f"at {at}"),
        trail=lines,
        withheld=frozenset({1}),
    )
    assert dossier.trail_section(matter).reasons == ()
    office.corrected(to=3)
    section = dossier.trail_section(matter)
    assert str(section.state) == "partly"
    assert (
        "1 of 1 lines of audit.jsonl are without details: another person was on record until"
        in section.reasons[0]
    )
