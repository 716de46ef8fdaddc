"""What is printed beside a report's figures: where it stands, who signed it, who was called (R24, R27)."""

from __future__ import annotations

from collections.abc import Iterator

from einthoven.base.instants import Instant
from einthoven.center.desk_books import Books
from einthoven.escalation.calendar import local
from einthoven.escalation.calls import Call, Outcome
from einthoven.escalation.signature import Signature as Signed
from einthoven.reports.life_states import FINAL, Kind, Report, State
from einthoven.reports.standing import Addendum, Signature, Standing
from einthoven.surveillance.roles import Role


def standing_of(books: Books, report: Report, edition: int, zone: str) -> Standing:
    """Where a report stands now, or stood as its ``edition`` was issued: with the addenda that there were.

    Args:
        edition: 0 for now.
        zone: times are printed in.
    """
    addenda = report.addenda[: edition - 1] if edition else report.addenda
    # Before the second signature is there it is not issued, and says so.
    final = report.state in FINAL and report.state is not State.COSIGN
    return Standing(
        ("addendum" if addenda else "signed") if final else "preliminary",
        report.impression.text,
        tuple(_signature(books, one, zone) for one in report.signatures),
        tuple(Addendum(one.text, _signature(books, one.signature, zone)) for one in addenda),
        tuple(_calls(books, report, zone)) if report.about.kind is Kind.URGENT else (),
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


def _calls(books: Books, report: Report, zone: str) -> Iterator[str]:
    """Each call for the case of an urgent report, and what the physician did, in order."""
    book = books.notify.calls
    for number in book.cases.get(int(report.about.which), ()):
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
