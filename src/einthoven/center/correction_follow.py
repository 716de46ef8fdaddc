"""What follows when the facts say that a period is another person's: one transaction of the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from einthoven.base.deeds import Draft
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.billing.claim_amends import another_s
from einthoven.billing.claim_deeds import WHY_MAX
from einthoven.billing.claim_making import name_parts, same_person
from einthoven.center.correct import Change
from einthoven.center.correction_callers import callers_moved, sheet
from einthoven.center.correction_reach import reach, wrong
from einthoven.center.desk_books import Books, emergency_facts
from einthoven.center.patient_notes import NAMES, NOTED, Notes
from einthoven.enrollment import correction_deeds
from einthoven.enrollment.correction_deeds import Out
from einthoven.enrollment.corrections import Correction, Part, Whose
from einthoven.enrollment.register import AuditLine
from einthoven.escalation import calls, emergency, prescribing
from einthoven.escalation.emergency import EMERGENT
from einthoven.escalation.moved import LADDER_MOVED, MOVED, move
from einthoven.reports import life_deeds
from einthoven.review import working
from einthoven.review.case import Case, Event, State, after

REOPEN: Final = frozenset({State.DECIDED, State.NOTIFYING})
"""Cases that are judged and not closed: they are judged anew, by the right person's criteria."""
ELSEWHERE: Final = "wrong patient: another procedure, with the right person's address, goes on in its place"
"""How an emergency ended that was filled with the wrong person's address."""


def follow(
    books: Books,
    one: Correction,
    changes: Sequence[Change],
    lines: Mapping[StreamId, Sequence[AuditLine]],
    ordered: Mapping[StreamId, str],
    now: Instant,
) -> list[Draft]:
    """Everything that follows.

    Args:
        changes: what the facts changed; the enrollment is the right person's already.
        lines: of the audit, by stream.
        ordered: who had ordered it, by stream.
    """
    notes = {change.stream: books.notes.of(change.stream) for change in changes}
    parts = [_part(books, one, change, notes, ordered) for change in changes]
    sources = {change.stream: _source(one, change.stream) for change in changes}
    drafts: list[Draft] = []
    out: list[Out] = []
    for part in parts:
        drafts += _misfiled(books, one, part)
        for was in _wrongly(books, part, one.since):
            out += reach(books, part.stream, was, one.since, now, lines.get(part.stream, ()), one.number)
        out += _unsigned(books, part, sources[part.stream], now)
        out += sheet(books, part)
    drafts += correction_deeds.applied(books.corrections, one.number, parts, out, now)
    drafts.append(move(MOVED, sources))
    drafts.append(move(LADDER_MOVED, sources))
    drafts += callers_moved(books, parts, sources, now)
    for part in parts:
        source = sources[part.stream]
        drafts += _noted(part, _right(notes, part, source))
        drafts += _forms(books, part.stream)
        drafts += _claims(books, one, part, now)
        drafts += _told_anew(books, part.stream, now)
    right = {part.stream: _right(notes, part, sources[part.stream]) for part in parts}
    return [*drafts, *_emergencies(books, right)]


def more(
    books: Books, one: Correction, lines: Mapping[StreamId, Sequence[AuditLine]], now: Instant
) -> list[Draft]:
    """What was found only later: lines of the audit that came meanwhile, what a book had missed."""
    until = one.applied_at or now
    out = [
        each
        for part in one.parts
        for each in reach(
            books, part.stream, part.was, one.since, until, lines.get(part.stream, ()), one.number
        )
    ]
    return correction_deeds.found(books.corrections, one.number, out, now)


def _source(one: Correction, stream: StreamId) -> StreamId | None:
    """Of two that were mistaken for one another the other has what is the person's own."""
    return None if one.swap is None else next(other for other in one.streams if other != stream)


def _part(
    books: Books,
    one: Correction,
    change: Change,
    notes: Mapping[StreamId, Notes],
    ordered: Mapping[StreamId, str],
) -> Part:
    source = _source(one, change.stream)
    practice = one.practice if source is None else notes[source].practice
    card = books.card(change.stream)
    was = Whose(
        change.numbers.was,
        change.was.name,
        change.was.birth_date,
        notes[change.stream].practice,
        ordered[change.stream],
    )
    now = Whose(change.numbers.patient, change.now.name, change.now.birth_date, practice, card.physician)
    return Part(change.stream, was, now)


def _wrongly(books: Books, part: Part, since: Instant) -> Iterator[Whose]:
    """Each who was on record for what is another's now."""
    held = books.corrections.segments.get(part.stream, ())
    before = [one.whose for one in held if one.stop is None or one.stop > since]
    yield from {one.patient: one for one in (*before, part.was)}.values()


def _misfiled(books: Books, one: Correction, part: Part) -> Iterator[Draft]:
    for number in books.reports.of_stream.get(part.stream, ()):
        report = books.reports.reports[number]
        if not wrong(report, one.since):
            continue
        held = books.corrections.at(part.stream, report.about.start)
        whose = part.was if held is None or held.stop is None else held.whose
        told = whose.patient, whose.name, whose.practice
        yield from life_deeds.misfile(books.reports, number, one.number, *told)


def _unsigned(books: Books, part: Part, source: StreamId | None, now: Instant) -> Iterator[Out]:
    """Whether a physician has signed criteria for the right person."""
    name = stream_name(part.stream)
    layer, version = "shipped", None
    if source is not None:
        layer, version = books.criteria.held(source, part.now.practice, now)
    elif part.now.practice is not None:
        version = books.criteria.version_at(prescribing.Scope(practice=part.now.practice), now)
        layer = "practice"
    practice = books.surveil.staff.practices.get(part.now.practice or 0)
    tell = part.now.physician or ("the right person's physician" if practice is None else practice.name)
    if version is None:
        words = f"nobody has signed criteria for {part.now.name}: the center's table holds for {name}"
        yield Out(f"criteria {name}", "criteria", part.stream, words, tell)
    elif layer == "practice":
        words = f"the criteria of {tell} hold for {part.now.name}: is that what is wanted for them?"
        yield Out(f"criteria {name}", "criteria", part.stream, words, tell)


def _right(notes: Mapping[StreamId, Notes], part: Part, source: StreamId | None) -> Notes:
    """What is noted of the right person."""
    return Notes(practice=part.now.practice) if source is None else notes[source]


def _noted(part: Part, right: Notes) -> Iterator[Draft]:
    """What was noted of the person before is not so of the right one."""
    told = {name: getattr(right, name) for name in NAMES}
    yield Draft(NOTED, stream_name(part.stream), {"stream": part.stream, **cast("Any", told)})


def _emergencies(books: Books, right: Mapping[StreamId, Notes]) -> Iterator[Draft]:
    """An emergency that goes on has the wrong address on every screen: one with the right address takes its
    place at once, for help is under way to somebody who does not need it."""
    number, told_now = books.emergencies.next_emergency, books.notify.calls.next_notification
    for stream, notes in right.items():
        running = books.emergencies.emergencies.get(books.emergencies.open.get(stream, 0))
        if running is None:
            continue
        facts = emergency_facts(books.card(stream), notes)
        yield from emergency.anew(books.emergencies, running, facts, ELSEWHERE, number)
        case = books.triage.cases.cases.get(running.case or 0)
        if case is not None and case.emergency == running.number and case.closed_at is None:
            yield from working.emergency(books.triage.cases, case.number, number)
            beside = list(_physician(books, case, facts.patient, notes.practice, told_now))
            yield from beside
            told_now += len(beside)
        number += 1


def _physician(books: Books, case: Case, patient: str, practice: int | None, number: int) -> Iterator[Draft]:
    """The right person's physician beside the procedure, where a call about the wrong one was withdrawn."""
    book = books.notify.calls
    told = book.of_case(case.number)
    if told and all(one.state is calls.State.WAITING for one in told):
        say = f"{patient}: {case.title}; the emergency procedure is under way"
        body = {
            "notification": number,
            "case": case.number,
            "stream": case.stream,
            "practice": practice,
            "tier": EMERGENT,
            "say": say,
        }
        # ``calls.open_notification`` refuses beside an open one: those are withdrawn in this very moment.
        yield Draft(calls.OPENED, stream_name(case.stream), cast("Any", body))


def _forms(books: Books, stream: StreamId) -> Iterator[Draft]:
    """Criteria that wait for a signature were for another person."""
    for form in list(books.criteria.forms.values()):
        if form.scope.stream == stream:
            yield from prescribing.drop(books.criteria, form.number, "the period is another person's")


def _claims(books: Books, one: Correction, part: Part, now: Instant) -> Iterator[Draft]:
    """A claim for the person before: nobody claims a service of another (R5)."""
    for number in books.claims.of_stream.get(part.stream, ()):
        kept = books.claims.claims[number]
        name = kept.claim.patient.name if kept.claim is not None else name_parts(part.was.name)
        if same_person(name, name_parts(part.now.name)):
            continue
        why = f"correction {one.number}: {part.now.name} was monitored, the claim is for {name.words}"
        yield from another_s(kept, why[:WHY_MAX], books.today(now))


def _told_anew(books: Books, stream: StreamId, now: Instant) -> Iterator[Draft]:
    """Nobody is called any more about the wrong person; what is judged and not closed is judged anew."""
    book = books.notify.calls
    for number in sorted(book.live):
        told = book.notifications[number]
        if told.stream == stream and told.state is calls.State.WAITING:
            yield from calls.withdraw(book, number, "wrong patient: it is told of the right one")
    for case in books.triage.cases.of_stream(stream):
        running = [one for one in book.of_case(case.number) if one.state is not calls.State.WAITING]
        if case.state in REOPEN and not running and after(case.state, Event.REOPENED, False) is not None:
            body = {
                "case": case.number,
                "by": None,
                "barred": None,
                "due_at": now + books.triage.cases.limits[case.tier].untouched,
                "reasons": ["the period is another person's: judge it by their criteria"],
            }
            yield Draft("case.reopened", f"case {case.number}", cast("Any", body))
