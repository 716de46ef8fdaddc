"""What went out under the wrong name: found in every book of the desk, and in the audit (R36, R42).

Each thing has a key that is the same for ever, so that looking again finds no more than what is new. One too
many is looked at and marked as done; one too few is a person who was never told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.center.desk_books import Books
from einthoven.enrollment.correction_deeds import Out
from einthoven.enrollment.corrections import Whose
from einthoven.enrollment.register import AuditLine
from einthoven.escalation.calls import Outcome
from einthoven.reports.life_states import Delivery, Report
from einthoven.surveillance.roles import BOUND

PRIVACY: Final = "the privacy officer"
LOOKED: Final = ("read.", "live.", "case.verdict")
"""Lines of the audit that are looked through."""
OUT: Final = frozenset(Delivery) - {Delivery.UNDELIVERED}
"""A delivery that waits may still go."""


ANEW: Final = frozenset({"order", "claim", "breach", "criteria", "read", "peer"})
"""Kinds that every correction asks about; what else an earlier one has listed is followed up there."""


def reach(
    books: Books,
    stream: StreamId,
    was: Whose,
    since: Instant,
    until: Instant,
    lines: Sequence[AuditLine] = (),
    number: int = 0,
) -> list[Out]:
    """Everything that went out of a stream under a name, and that no earlier correction has listed.

    Args:
        was: the person whose name it was.
        number: of the correction; 0 for one that is only thought of.
        since: from when on they were the wrong one; 0 for ever since.
        until: when the name was put right.
        lines: of the audit about the stream.
    """
    earlier = {
        item.key
        for one in books.corrections.of_stream(stream)
        for item in books.corrections.items_of(one)
        if one.number != number and item.stream == stream and item.kind not in ANEW
    }
    found = [
        *_emergencies(books, stream, since, until),
        *_calls(books, stream, was, since, until),
        *_notices(books, stream, since, until),
        *_reports(books, stream, since, until, number),
        *_strips(books, stream, since, until),
        *_contacts(books, stream, was, since, until),
        *_audited(books, stream, was, since, until, lines),
        *_followed(books, stream, was, number),
    ]
    peer = books.surveil.peers.lent.get(stream)
    if peer is not None:
        name = books.surveil.peers.words(peer)
        words = f"{name} watches {stream_name(stream)} under the name of {was.name}"
        found.append(Out(f"peer {peer} {stream_name(stream)}", "peer", stream, words, name))
    name = stream_name(stream)
    breach = f"what of {name} was told under the name of {was.name}, and to whom (45 CFR 164.402)"
    return [
        *(one for one in found if one.key not in earlier),
        *_billing(books, stream, was),
        Out(f"breach {name}", "breach", stream, breach, PRIVACY),
    ]


def wrong(report: Report, since: Instant) -> bool:
    """Whether a report holds samples that are of the wrong person."""
    return report.misfiled is None and report.about.stop > since


def _practice(books: Books, number: int | None) -> str:
    held = books.surveil.staff.practices.get(number or 0)
    return "the ordering physician" if held is None else held.name


def _emergencies(books: Books, stream: StreamId, since: Instant, until: Instant) -> Iterator[Out]:
    for one in books.emergencies.emergencies.values():
        if one.stream != stream or not since <= one.at <= until:
            continue
        goes_on = one.ended is None
        of = one.facts.patient
        words = f"emergency procedure {one.number} of {to_iso(one.at)}: address and contacts of {of}"
        tell = "whoever was sent there, and the contacts who were called"
        if goes_on:
            words += "; it WENT ON: one with the right address took its place, every step to be done again"
        yield Out(f"emergency {one.number}", "emergency", stream, words, tell)


def _calls(books: Books, stream: StreamId, was: Whose, since: Instant, until: Instant) -> Iterator[Out]:
    book = books.notify.calls
    for told in book.notifications.values():
        if told.stream != stream or not since <= told.opened <= until:
            continue
        practice = _practice(books, told.practice)
        words = f"notification {told.number} of case {told.case}: “{told.say[:120]}”"
        yield Out(f"notification {told.number}", "notification", stream, words, practice)
        for call in book.calls_of(told.number):
            if call.started > until:
                continue
            who = (
                f"{call.person}, {call.person_role}" if call.outcome is Outcome.REACHED else call.callee.name
            )
            came = "it goes on" if call.outcome is None else str(call.outcome).replace("_", " ")
            words = f"call {call.number} of {to_iso(call.started)} about {was.name}: {came}"
            if call.action:
                words += f"; done: {call.action[:120]}"
            yield Out(f"call {call.number}", "call", stream, words, f"{who or 'who answered'} ({practice})")
        if told.reached is not None:
            words = f"case {told.case} of {to_iso(told.opened)} was told to {practice} alone"
            yield Out(f"tell {told.number}", "tell", stream, words, "the right person's physician")


def _notices(books: Books, stream: StreamId, since: Instant, until: Instant) -> Iterator[Out]:
    for one in books.notices.notices.values():
        if one.stream != stream or one.what == "report" or not since <= one.queued <= until:
            continue  # messages about reports stand beside the reports
        if one.state == "given_up" and one.known:
            continue
        words = f"{one.way} of {to_iso(one.queued)} ({one.what}): {one.state.replace('_', ' ')}"
        yield Out(f"notice {one.id}", "notice", stream, words, one.to)


def _reports(
    books: Books, stream: StreamId, since: Instant, until: Instant, correction: int
) -> Iterator[Out]:
    for number in books.reports.of_stream.get(stream, ()):
        report = books.reports.reports[number]
        wrong_before = report.misfiled is not None and report.misfiled.correction != correction
        if wrong_before or report.made > until or report.about.stop <= since:
            continue
        for one in report.sent:
            if one.state in OUT and one.edition <= 1 + len(report.addenda):
                words = (
                    f"report {number} ({report.about.words}), edition {one.edition}: {one.way}, {one.state}"
                )
                key = f"report {number} {one.edition} {one.way} {one.to}"
                yield Out(key, "report", stream, words, one.to)


def _strips(books: Books, stream: StreamId, since: Instant, until: Instant) -> Iterator[Out]:
    for one in books.strips.of(stream):
        if since <= one.at <= until:
            words = f"strip {one.number}, kept {to_iso(one.at)}" + (
                f": “{one.caption}”" if one.caption else ""
            )
            tell = f"{books.actor(one.by)}: does its caption hold for the right person?"
            yield Out(f"strip {one.number}", "strip", stream, words, tell)


def _contacts(books: Books, stream: StreamId, was: Whose, since: Instant, until: Instant) -> Iterator[Out]:
    for one in books.notes.contacts.get(stream, ()):
        if since <= one.at <= until:
            words = f"{to_iso(one.at)}, {one.how}, by {books.actor(one.by)}: “{one.said[:120]}”"
            yield Out(f"contact {stream_name(stream)} {one.at}", "contact", stream, words, was.name)


def _audited(
    books: Books, stream: StreamId, was: Whose, since: Instant, until: Instant, lines: Sequence[AuditLine]
) -> Iterator[Out]:
    """Judged cases (those put away too), what was taken away, and who of others looked."""
    looked: dict[str, AuditLine] = {}
    for line in sorted(lines, key=lambda line: line.seq):
        if not since <= line.at <= until:
            continue
        if line.action == "case.verdict":
            words = f"{line.subject}: {line.detail.get('verdict', 'judged')}, {to_iso(line.at)}"
            tell = f"{books.actor(line.actor)}: does the verdict hold for the right person?"
            yield Out(line.subject, "case", stream, words, tell)
        elif line.action == "read.export":
            words = f"{to_iso(line.at)}: a record of {was.name} was taken away by {books.actor(line.actor)}"
            yield Out(f"export {line.seq}", "export", stream, words, books.actor(line.actor))
        elif line.action == "read.fhir" or _outside(books, line.actor):
            looked.setdefault(line.actor, line)
    for actor, line in looked.items():
        words = f"{books.actor(actor)} looked first {to_iso(line.at)} ({line.action})"
        yield Out(f"read {stream_name(stream)} {actor}", "read", stream, words, PRIVACY)


def _billing(books: Books, stream: StreamId, was: Whose) -> Iterator[Out]:
    """The order of the service, and every claim that was made for it."""
    name, order = stream_name(stream), books.orders.of_stream(stream)
    of = f"order {order.number}" if order is not None else "whatever ordered the service"
    words = (
        f"{of} is {was.name}'s: an order for the right person is needed, and this service is none under it"
    )
    yield Out(f"order {name}", "order", stream, words, "enrollment and the ordering office")
    for number in books.claims.of_stream.get(stream, ()):
        claim = books.claims.claims[number]
        words = f"claim {number} for {was.name}: {claim.state}; nothing is claimed for a service of another"
        yield Out(f"claim {number}", "claim", stream, words, "billing, and the payer where it was sent")


def _followed(books: Books, stream: StreamId, was: Whose, number: int) -> Iterator[Out]:
    """What an earlier correction had told to the physician of whoever is the wrong person now."""
    for one in books.corrections.of_stream(stream):
        for item in books.corrections.items_of(one):
            if one.number != number and item.stream == stream and item.kind == "tell" and item.log:
                words = f"told after correction {one.number} ({item.log[-1].how[:120]}): {item.words}"
                yield Out(f"item {item.number}", "tell", stream, words, f"the physician of {was.name}")


def _outside(books: Books, actor: str) -> bool:
    """Whether somebody is of a practice: whoever works at the center may see every patient."""
    kind, _, number = actor.partition(" ")
    member = books.surveil.staff.members.get(int(number)) if kind == "staff" and number.isdigit() else None
    return member is not None and bool(member.roles & BOUND)
