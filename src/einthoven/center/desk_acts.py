"""What people do at the desk: each act by its name, its fields, and the use-case that decides it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from einthoven.base.deeds import Draft
from einthoven.base.errors import RefusedError
from einthoven.base.ids import StreamId, parse_stream
from einthoven.base.instants import Instant
from einthoven.center import act_fields, correction_acts, desk_criteria, glass_page, plan_acts, report_acts
from einthoven.center.act_fields import Fields, whole, words
from einthoven.center.administration import ADMINISTRATION, Administered, Registers
from einthoven.center.call_acts import TELEPHONE
from einthoven.center.claim_acts import CLAIMS
from einthoven.center.desk_books import Books, emergency_facts
from einthoven.center.desk_door import Who
from einthoven.center.desk_steps import Step
from einthoven.center.order_acts import ORDERS
from einthoven.center.patient_notes import contact, note
from einthoven.center.review_acts import REVIEW
from einthoven.center.service_acts import SERVICE
from einthoven.escalation import emergency
from einthoven.escalation.emergency import physician_beside
from einthoven.escalation.leg_book import set_limits
from einthoven.escalation.prescribing import Form
from einthoven.review import working

Do: TypeAlias = Callable[[Books, Who, Fields, Instant], list[Draft] | Step]
"""Decides an act: the deeds of it, or a step where rows of the facts change."""
TEXT_MAX = 2000


@dataclass(frozen=True, slots=True)
class Act:
    """An act.

    Attributes:
        fields: that it may have.
        do: decides it.
        made: name in a deed's body of the number that the answer tells; ``""``: see ``desk.ANSWERED``.
    """

    fields: tuple[str, ...]
    do: Do
    made: str = ""


def _watch(name: str) -> Do:
    def do(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        made: list[Draft] = getattr(books.surveil, name)(who.staff, fields, now)
        return made

    return do


def _case(name: str) -> Do:
    def do(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        made: list[Draft] = getattr(books.triage, name)(who, fields, now)
        return made

    return do


def _call(name: str) -> Do:
    def do(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        made: list[Draft] = getattr(books.notify, name)(who, fields, now)
        return made

    return do


def _undo(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    case = books.triage.cases.case(whole(fields, "case"))
    if books.notify.was_called(case):
        raise RefusedError("told", f"case {case.number}: the physician was called already")
    taken_back = books.notify.taken_back(case, "the verdict was taken back")
    return [*books.triage.undo(who, fields, now), *taken_back]


def _take_over(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    number, why = whole(fields, "case"), words(fields, "why", 500)
    return working.take_over(books.triage.cases, number, who.staff, who.station, why, now)


def _begin(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """The procedure, and the physician in parallel where a case of this patient calls for one."""
    stream = act_fields.stream(fields)
    card = books.card(stream)
    facts = emergency_facts(card, books.notes.of(stream))
    cases = [one for one in books.triage.cases.of_stream(stream) if one.closed_at is None]
    gravest = min(cases, key=lambda one: (one.tier.rank, one.number), default=None)
    number = None if gravest is None else gravest.number
    drafts = emergency.begin(books.emergencies, stream, facts, number)
    if gravest is not None:
        drafts += working.emergency(books.triage.cases, gravest.number, books.emergencies.next_emergency)
        say = f"{card.name}: {gravest.title}; the emergency procedure is under way"
        practice = books.practice(stream)
        drafts += physician_beside(books.notify.calls, stream, gravest.number, practice, say)
    return drafts


def _step(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    note_ = words(fields, "note", TEXT_MAX, empty=True)
    return emergency.step(books.emergencies, whole(fields, "emergency"), words(fields, "step", 60), note_)


def _place(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    return emergency.place(books.emergencies, whole(fields, "emergency"), words(fields, "place", 500))


def _end(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    number = whole(fields, "emergency")
    drafts = emergency.end(books.emergencies, number, words(fields, "outcome", TEXT_MAX, empty=True))
    case = books.emergencies.emergencies[number].case
    known = books.triage.cases.cases.get(case) if case is not None else None
    if known is not None and known.emergency == number and known.closed_at is None:
        drafts += working.emergency(books.triage.cases, known.number, None)
    return drafts


def _ladder(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    drafts, _flaws = books.notify.set_plan(fields, now)
    return drafts


def _legs(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    return set_limits(books.legs, fields.get("limits"), words(fields, "why", 500))


def _contact(_books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    return contact(act_fields.stream(fields), fields.get("how"), fields.get("said"))


def _note(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    stream = act_fields.stream(fields)
    return note(books.notes, stream, {name: fields[name] for name in fields if name != "stream"})


def _administer(act: Administered) -> Act:
    def do(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        to = Registers(books.surveil.staff, books.surveil.stations, who.staff, books.on_file)
        return act.do(to, fields, now)

    return Act(act.fields, do, act.made)


NOTES = ("practice", "at_risk", "known_af", "has_pacer", "zone", "place", "local_number")
SIGNED = ("report", "content", "confirmation")
PROPOSED = ("stream", "practice", "overrides", "why", "effective_ms")
ENDED = ("call", "outcome", "person", "person_role", "readback", "said", "action")

ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "watch.accept": Act(("watches",), _watch("accept")),
        "watch.decline": Act(("watches", "why"), _watch("decline")),
        "watch.offer": Act(("watches", "to"), _watch("offer")),
        "watch.withdraw": Act(("watches",), _watch("withdraw")),
        "watch.take": Act(("streams",), _watch("take")),
        "incident.close": Act(("incident", "cause", "note"), _watch("close_incident")),
        "break_glass": Act(("stream", "why"), glass_page.break_glass),
        "case.take": Act(("case",), _case("take")),
        "case.take_over": Act(("case", "why"), _take_over),
        "case.release": Act(("case",), _case("release")),
        "case.verdict": Act(("case", "verdict", "note", "relabels", "strips"), _case("verdict")),
        "case.undo": Act(("case",), _undo),
        "case.overread": Act(("case", "verdict", "note"), _case("overread")),
        "case.close": Act(("case",), _case("close")),
        "alarm.acknowledge": Act(("case",), _case("acknowledge")),
        "alarm.pause_audio": Act(("seconds",), _case("pause_audio")),
        "alarm.pause": Act(("stream", "seconds", "why"), _case("pause")),
        "alarm.resume": Act(("stream",), _case("resume")),
        "call.start": Act(("notification", "contact", "number"), _call("start")),
        "call.incoming": Act(("notification", "name"), _call("incoming")),
        "call.end": Act(ENDED, _call("end")),
        "notification.close": Act(("notification", "action"), _call("close")),
        "notification.withdraw": Act(("notification", "why"), _call("withdraw")),
        "emergency.begin": Act(("stream",), _begin),
        "emergency.step": Act(("emergency", "step", "note"), _step),
        "emergency.place": Act(("emergency", "place"), _place),
        "emergency.end": Act(("emergency", "outcome"), _end),
        "criteria.propose": Act(PROPOSED, desk_criteria.propose),
        "criteria.drop": Act(("draft", "why"), desk_criteria.drop),
        "criteria.sign": Act(("draft", "content", "confirmation"), desk_criteria.sign),
        "report.edit": Act(("report", "text", "base"), report_acts.edit),
        "report.prepare": Act(("report",), report_acts.prepare),
        "report.release": Act(("report",), report_acts.release),
        "report.return": Act(("report", "why"), report_acts.give_back),
        "report.comment": Act(("report", "text"), report_acts.comment),
        "report.sign": Act((*SIGNED, "cosign", "cosigner"), report_acts.sign),
        "report.cosign": Act(SIGNED, report_acts.cosign),
        "report.write_addendum": Act(("report", "text", "base"), report_acts.write_addendum),
        "report.add": Act(SIGNED, report_acts.add),
        "report.view": Act(("report",), report_acts.view),
        "report.acknowledge": Act(("report",), report_acts.acknowledge),
        "report.sentence": Act(("practice", "sentence", "title", "text"), report_acts.sentence, "sentence"),
        "report.drop_sentence": Act(("practice", "sentence"), report_acts.drop_sentence),
        "report.delegate": Act(("practice", "person", "until_ms"), report_acts.delegate),
        "report.undelegate": Act(("practice", "person"), report_acts.undelegate),
        "legs.set": Act(("limits", "why"), _legs),
        "plan.set": Act(plan_acts.PLAN_FIELDS, plan_acts.plan, "version"),
        "supervisor.set": Act(plan_acts.SUPERVISOR_FIELDS, plan_acts.supervisor, "version"),
        "ladder.set": Act(("stream", "practice", "plan"), _ladder),
        "patient.contact": Act(("stream", "how", "said"), _contact),
        "patient.note": Act(("stream", *NOTES), _note),
        "patient.correct": Act(correction_acts.FIELDS, correction_acts.correct, "correction"),
        "patient.correct_confirm": Act(("correction",), correction_acts.confirm, "correction"),
        "patient.correct_drop": Act(("correction", "why"), correction_acts.drop, "correction"),
        "correction.done": Act(("item", "how"), correction_acts.done, "correction"),
        "correction.reopen": Act(("item", "why"), correction_acts.reopen, "correction"),
        **{name: Act(fields, do, made) for name, (fields, do, made) in REVIEW.items()},
        **{name: Act(fields, do, made) for name, (fields, do, made) in ORDERS.items()},
        **{name: Act(fields, do) for name, (fields, do) in SERVICE.items()},
        **{name: Act(fields, do, made) for name, (fields, do, made) in CLAIMS.items()},
        **{name: Act(fields, do, made) for name, (fields, do, made) in TELEPHONE.items()},
        **{name: _administer(act) for name, act in ADMINISTRATION.items()},
    }
)
"""Every act that the desk takes; who may do it stands in ``surveillance.roles.ACTS``."""


def stream_of(books: Books, fields: Fields, act: str) -> StreamId | None:
    """The patient that an act is about; None where it names none, or one that nobody knows."""
    if isinstance(fields.get("stream"), str):
        return parse_stream(str(fields["stream"]))
    tables: tuple[tuple[str, Mapping[int, object]], ...] = (
        ("case", books.triage.cases.cases),
        ("notification", books.notify.calls.notifications),
        ("emergency", books.emergencies.emergencies),
        ("correction", books.corrections.corrections),
    )
    number = fields.get("report")
    if type(number) is int and number in books.reports.reports:
        return books.reports.reports[number].about.stream
    for name, table in tables:
        number = fields.get(name)
        if type(number) is int and number in table:
            found: StreamId = getattr(table[number], "stream")  # noqa: B009 - of any of the tables
            return found
    form = form_named(books, fields)
    if form is not None:
        return form.scope.stream
    number = fields.get("call")
    if act.startswith("telephone."):
        patient_s = books.calls.calls.get(number) if type(number) is int else None
        return None if patient_s is None else patient_s.stream
    call = books.notify.calls.calls.get(number) if type(number) is int else None
    return None if call is None else books.notify.calls.notifications[call.notification].stream


def practice_of(books: Books, fields: Fields) -> int | None:
    """The practice that an act about no patient is about; None where it is about none."""
    form = form_named(books, fields)
    if form is not None:
        return form.scope.practice
    practice = fields.get("practice")
    return practice if type(practice) is int else None


def practice_held(books: Books, fields: Fields, stream: StreamId) -> int | None:
    """Whose patient an act is about: of a report, whose practice's report it is."""
    number = fields.get("report")
    report = books.reports.reports.get(number) if type(number) is int else None
    return books.practice(stream) if report is None else books.practice_of(report)


def form_named(books: Books, fields: Fields) -> Form | None:
    """The form that ``draft`` names; None where it names none."""
    number = fields.get("draft")
    return books.criteria.forms.get(number) if type(number) is int else None
