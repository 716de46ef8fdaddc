"""What is printed beside a report's figures: where it stands, who signed it, who was called (R24, R27)."""

from __future__ import annotations

from collections.abc import Iterator

from einthoven.answering.call import Strip
from einthoven.base.instants import Instant
from einthoven.center.call_cases import cases_on, lies_at
from einthoven.center.desk_books import Books
from einthoven.escalation.calendar import local
from einthoven.escalation.calls import Call, Outcome
from einthoven.escalation.signature import Signature as Signed
from einthoven.reports.life_states import FINAL, Kind, Report, State
from einthoven.reports.standing import Addendum, Signature, Standing
from einthoven.reports.standing import State as Stands
from einthoven.surveillance.roles import Role


def standing_of(books: Books, report: Report, edition: int, zone: str) -> Standing:
    """Where a report stands now, or stood as its ``edition`` was issued: with the addenda that there were.

    Args:
        edition: 0 for now.
        zone: times are printed in.
    """
    before = len(report.releases)
    addenda = report.addenda[: max(0, edition - 1 - before)] if edition else report.addenda
    # What was issued before is issued as it was; the edition after the last addendum says that it is wrong.
    wrong = report.misfiled is not None and edition in (0, report.editions)
    # Before the second signature is there it is not issued, and says so.
    final = report.state in FINAL and report.state is not State.COSIGN
    state: Stands = ("addendum" if addenda else "signed") if final else "preliminary"
    technical = 0 < edition <= before or (before > 0 and not final)
    if technical:  # what a physician writes of it comes with the signature
        state = "issued"
    return Standing(
        "wrong patient" if wrong else state,
        "" if technical else report.impression.text,
        () if technical else tuple(_signature(books, one, zone) for one in report.signatures),
        tuple(Addendum(one.text, _signature(books, one.signature, zone)) for one in addenda),
        tuple(_contacts(books, report, zone)),
        _notice(report, zone) if wrong else "",
        tuple(_issued(books, report, edition, zone)),
    )


def _issued(books: Books, report: Report, edition: int, zone: str) -> Iterator[str]:
    """Who issued a technical report: as the edition was issued, or all of them."""
    for place, one in enumerate(report.releases[: edition or None]):
        words = "issued, corrected" if place else "issued"
        yield f"{words} by {books.actor(one.by)}{_role(books, one.by)}, {printed(one.at, zone)}"


def _role(books: Books, actor: str) -> str:
    """``, technician, CCT``: what somebody of the center is."""
    number = actor.removeprefix("staff ")
    return what_of(books, int(number)) if number.isdigit() else ""


def what_of(books: Books, person: int) -> str:
    """``, technician, CCT``: roles and credentials of somebody of the center; ``""`` for a stranger."""
    member = books.surveil.staff.members.get(person)
    if member is None:
        return ""
    roles = [str(role) for role in sorted(member.roles)]
    return "".join(f", {one}" for one in (*roles, *dict.fromkeys(each.kind for each in member.credentials)))


def _contacts(books: Books, report: Report, zone: str) -> Iterator[str]:
    """Contacts with the physician about the case of an urgent report, or about what was found in a strip."""
    if report.about.kind is Kind.URGENT:
        yield from _calls(books, int(report.about.name), zone)
    elif report.about.kind is Kind.STRIP:
        lies = lies_at(strip_named(books, report.about.name))
        for case in [] if lies is None else cases_on(books, lies):
            yield from _calls(books, case.number, zone)


def strip_named(books: Books, name: str) -> Strip | None:
    """A strip by telephone by its name, ``12.1``: call and strip."""
    call, _, number = name.partition(".")
    known = books.calls.calls.get(int(call))
    strips = () if known is None else known.strips
    return next((one for one in strips if one.number == int(number)), None)


def _notice(report: Report, zone: str) -> str:
    """What every page says: whose it is not. The right person is named to nobody of another practice."""
    told = report.misfiled
    assert told is not None
    return (
        f"WRONG PATIENT. The ECG in this report is not that of {told.name}. Do not use it for {told.name}; "
        f"tell whoever has a copy. Correction {told.correction}, {printed(told.at, zone)}."
    )


def _signature(books: Books, one: Signed, zone: str) -> Signature:
    member = books.surveil.staff.members.get(one.signer)
    meaning = f"{one.meaning} (by a click in a demo)" if "demo" in one.components else one.meaning
    if member is None:
        return Signature(one.name, "", printed(one.at, zone), meaning)
    roles = [str(role) for role in sorted(member.roles)]
    roles = [str(Role.PHYSICIAN)] if Role.PHYSICIAN in member.roles else roles
    credentials = [each.kind for each in member.credentials if one.at < each.stop]
    practice = books.surveil.staff.practices.get(member.practice or 0)
    parts = [*roles, *credentials, *([] if practice is None else [practice.name])]
    return Signature(one.name, ", ".join(dict.fromkeys(parts)), printed(one.at, zone), meaning)


def printed(at: Instant, zone: str) -> str:
    """Date and time with the zone: ``2026-11-23 09:12:05 EST``."""
    there = local(zone, at)
    return f"{there:%Y-%m-%d %H:%M:%S} {there.tzname()}"


def _calls(books: Books, case: int, zone: str) -> Iterator[str]:
    """Each call for a case, and what the physician did, in order."""
    book = books.notify.calls
    for number in book.cases.get(case, ()):
        told = book.notifications[number]
        for each in told.calls:
            yield _call(books, book.calls[each], zone)
        if told.closed is not None:
            what = told.action or told.withdrawn
            yield f"{printed(told.closed, zone)}: {'physician' if told.action else 'withdrawn'}: {what}"


def _call(books: Books, call: Call, zone: str) -> str:
    way = "call from" if call.incoming else "call to"
    whom = " ".join(filter(None, (call.callee.name, call.callee.number)))
    said = "under way" if call.outcome is None else str(call.outcome).replace("_", " ")
    if call.outcome is Outcome.REACHED:
        said = f"reached {call.person} ({call.person_role})" + (", read back" if call.readback else "")
    words = "; ".join(filter(None, (said, call.action)))
    return f"{printed(call.started, zone)}: {way} {whom} by {books.actor(call.by)}: {words}"
