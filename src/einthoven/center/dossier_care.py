"""Of the record on request: ECG with the response, reports, contacts, summary, emergencies (R36)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from einthoven.base.ids import stream_name
from einthoven.center.dossier import Matter
from einthoven.center.dossier_blocks import (
    Attachment,
    Block,
    Lacks,
    Section,
    State,
    facts,
    head,
    person,
    plan,
    small,
    strip,
    table,
    text,
    warn,
)
from einthoven.center.dossier_others import masked
from einthoven.center.service_record import action_of, told_of
from einthoven.escalation.calls import Call, Notification
from einthoven.escalation.emergency import Emergency
from einthoven.reports.life_states import FINAL, Kind, Report
from einthoven.reports.life_states import State as Life
from einthoven.reports.words import count
from einthoven.review.case import Case, Given, Verdict
from einthoven.surveillance.house_plans import PlanKind, within

SUMMARIES = frozenset({Kind.END, Kind.PERIOD})
"""Kinds that tell of a whole period."""
DONE = frozenset({Life.SIGNED, Life.ISSUED})
"""States in which nobody has to do anything more: signed, or a technical one that was issued."""
VERDICTS = {
    Verdict.TRUE: "real",
    Verdict.ARTEFACT: "artefact",
    Verdict.NOT_MEETING: "real, meets no criterion",
    Verdict.RELABEL: "beats of another class",
}
OUTCOMES = {
    "reached": "reached",
    "voicemail": "answering machine",
    "answering_service": "answering service",
    "no_answer": "no answer",
    "wrong_number": "wrong number",
    "busy": "busy",
}


# ---- 3: transmitted ECG and the response -------------------------------------------------------------------


def ecg_section(matter: Matter, calls: Callable[[Matter, Lacks], Iterable[Block]] | None = None) -> Section:
    """Copies of transmitted ECG, each with what the center did about it.

    Args:
        calls: of a service by telephone: its calls and strips, which stand before the events.
    """
    lacks, blocks = Lacks(), list[Block]()
    record = matter.record
    if not record.recorded_s and (record.strips or not record.telephone):
        blocks.append(lacks.add("No ECG is stored of this period."))
    much = f"{record.recorded_s:.0f} s" if record.telephone else f"{record.recorded_s / 3600:.1f} h"
    hours = f"{much} of ECG are stored; the samples are in the folder ecg (WFDB)."
    blocks.append(text(f"{hours} Strips: 25 mm/s, 10 mm/mV where nothing else stands beside them."))
    if calls is not None:
        blocks += calls(matter, lacks)
    if not matter.cases:
        blocks.append(text("Nothing was found that met a criterion or was marked by the patient."))
    for one in matter.cases:
        blocks += _event(matter, one, lacks)
    state = lacks.state(bool(record.recorded_s))
    return Section(
        "ecg", "Copies of transmitted ECG and the response to each", "documentation 5, R22–R24", state,
        tuple(lacks.missing), tuple(blocks),
    )  # fmt: skip


def _event(matter: Matter, case: Case, lacks: Lacks) -> Iterator[Block]:
    clock = matter.clock
    yield head(f"Event {case.number}: {case.title}, {clock.at(case.onset_at)}")
    told = {
        "Found": _found(matter, case),
        "Criteria": "; ".join(dict.fromkeys(one.words for one in case.met)),
        "Tier": str(case.tier),
        "Before the technician": clock.at(case.opened_at) + (" (from late samples)" if case.late else ""),
    }
    symptom = case.symptom
    if symptom is not None:
        doing = symptom.activity and f"while {symptom.activity}"
        told["Marked by the patient"] = ", ".join(filter(None, (symptom.symptom, doing, symptom.text)))
    for place, given in enumerate(case.verdicts, 1):
        label = "Verdict" if len(case.verdicts) == 1 else f"Verdict {place}"
        told[label] = verdict_words(matter, given)
    if not case.verdicts and case.closing == "withdrawn":
        told["Verdict"] = "none: the analysis took the finding back"
    elif not case.verdicts:
        told["Verdict"] = "none"
        lacks.add(f"Event {case.number} ({case.title}, {clock.at(case.onset_at)}): nobody judged it.")
    if case.overread is not None and case.overread.done:
        second = case.overread
        said = VERDICTS[second.verdict] if second.verdict else ""
        told["Second reading"] = f"{said}, {matter.books.name(second.by)}, {clock.at(second.at)}"
    if case.closed_at is not None:
        told["Closed"] = clock.at(case.closed_at)
    yield facts(told)
    numbers = matter.books.notify.calls.cases.get(case.number, ())
    for number in numbers:
        yield from _response(matter, matter.books.notify.calls.notifications[number])
    strips = matter.strips.get(case.number, ())
    for key, words in strips:
        yield strip(key, words)
    if not strips:
        yield lacks.add(f"Event {case.number}: its ECG is not stored, or cannot be read.")


def _found(matter: Matter, case: Case) -> str:
    """Onset, and how long it lasted where that is known."""
    last = case.last_at
    lasted = "" if last is None else f", {matter.clock.lasting(case.onset_at, last)}"
    many = f", {len(case.findings)} findings" if len(case.findings) > 1 else ""
    return f"{matter.clock.at(case.onset_at)}{lasted}{many}"


def verdict_words(matter: Matter, given: Given) -> str:
    """A verdict, by whom, when, with the note."""
    note = f": {given.note}" if given.note else ""
    return f"{VERDICTS[given.verdict]}, {matter.books.name(given.by)}, {matter.clock.at(given.at)}{note}"


def _response(matter: Matter, told: Notification) -> Iterator[Block]:
    calls = matter.books.notify.calls.calls_of(told.number)
    if calls:
        yield table((18, 22, 15, 33), ("Call", "To", "Outcome", "What was said"), _calls(matter, calls))
    yield facts({"Action of the physician": _action(matter, told)})


def _calls(matter: Matter, calls: Sequence[Call]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for one in calls:
        outcome = "runs" if one.outcome is None else OUTCOMES[one.outcome.value]
        who = f"{one.person} ({one.person_role})" if one.person else f"{one.callee.name}, {one.callee.number}"
        by = f"{matter.clock.at(one.started)}, {person(matter.books, one.by)}"
        said = f"{_masked(matter, one.said)}{' (read back)' if one.readback else ''}"
        rows.append((by, f"from {who}" if one.incoming else who, outcome, said))
    return rows


def _masked(matter: Matter, said: str) -> str:
    return masked(matter.books, matter.record.stream, said)


def _action(matter: Matter, told: Notification) -> str:
    if told.withdrawn:
        return f"nobody was to be told after all: {told.withdrawn}"
    return action_of(matter.books, told) or "not on record"


# ---- 4 and 6: reports --------------------------------------------------------------------------------------


def reports_section(matter: Matter) -> Section:
    """Reports to the ordering physician: daily and urgent ones, joined as they were issued."""
    lacks, told = Lacks(), matter.record.reports
    reports = [one for one in reports_of(matter) if one.about.kind not in SUMMARIES]
    blocks: list[Block] = []
    if told is None or not (told.daily_due + told.urgent_due + told.strips_due or reports):
        state = State.NONE
        kinds = (
            "report of a strip, and no urgent one," if matter.record.telephone else "daily or urgent report"
        )
        blocks.append(text(f"No {kinds} was due in this period."))
    else:
        if told.daily_made < told.daily_due:
            lacks.add(f"{told.daily_due - told.daily_made} of {told.daily_due} daily reports were not made.")
        if told.strips_made < told.strips_due:
            lacks.add(
                f"{told.strips_due - told.strips_made} of {told.strips_due} reports of strips were not made."
            )
        if told.urgent_made < told.urgent_due:
            lacks.add(
                f"{told.urgent_due - told.urgent_made} of {told.urgent_due} urgent reports were not made."
            )
        unsigned = [one for one in reports if one.state not in DONE]
        if unsigned:
            days = ", ".join(one.about.which or str(one.about.kind) for one in unsigned[:12])
            told_of_them = count(len(unsigned), "report is", "reports are")
            done = "issued" if matter.record.telephone else "signed"
            lacks.add(f"{told_of_them} not {done}: {days}{' …' if len(unsigned) > 12 else ''}")
        blocks += [warn(words) for words in lacks.missing]
        state = lacks.state(bool(reports))
    blocks += [text(words) for words in _corrected(matter)]
    if reports:
        blocks.append(_table(matter, reports))
    attached = _attached(matter, reports, lacks)
    return Section(
        "reports", "Reports to the ordering physician", "documentation 5, R25–R27", state,
        tuple(lacks.missing), tuple(blocks), attached,
    )  # fmt: skip


def _corrected(matter: Matter) -> Iterator[str]:
    """That the period was on record for another person: their reports are theirs, and not in this record."""
    books, stream = matter.books, matter.record.stream
    wrong = [books.reports.reports[number].misfiled for number in books.reports.of_stream.get(stream, ())]
    for one, _part in books.corrections.was(stream):
        at, theirs = (
            one.applied_at or one.at,
            [each for each in wrong if each and each.correction == one.number],
        )
        made = count(len(theirs), "report", "reports")
        yield (
            f"Until {matter.clock.at(at)} this period was on record for another person "
            f"(correction {one.number}). {made} made for them until then stand in their record, not here."
        )


def summary_section(matter: Matter) -> Section:
    """The summary report at the end of the monitoring episode."""
    lacks = Lacks()
    reports = [one for one in reports_of(matter) if one.about.kind in SUMMARIES]
    blocks: list[Block] = []
    if matter.stored.ended is None:
        blocks.append(lacks.add("The service goes on: its summary is made when it ends."))
    elif not reports:
        blocks.append(lacks.add("No summary report was made."))
    elif all(one.state not in DONE for one in reports):
        done = "issued" if matter.record.telephone else "signed"
        blocks.append(lacks.add(f"The summary report is not {done}."))
    if reports:
        blocks.append(_table(matter, reports))
    attached = _attached(matter, reports, lacks)
    return Section(
        "summary", "Summary report at the end of monitoring", "documentation 5, R26",
        lacks.state(bool(reports)), tuple(lacks.missing), tuple(blocks), attached,
    )  # fmt: skip


def reports_of(matter: Matter) -> list[Report]:
    """The reports of the period that stand, by what they tell of; none that was made for another person."""
    book = matter.books.reports
    every = (book.reports[number] for number in book.of_stream.get(matter.record.stream, ()))
    return sorted(
        (one for one in every if one.state is not Life.WITHDRAWN and one.misfiled is None),
        key=lambda one: (one.about.start, one.number),
    )


def _table(matter: Matter, reports: Sequence[Report]) -> Block:
    clock, rows = matter.clock, []
    for one in reports:
        signed = "; ".join(f"{each.name}, {clock.at(each.at)}" for each in one.signatures)
        issued = "; ".join(
            f"issued by {matter.books.actor(each.by)}, {clock.at(each.at)}" for each in one.releases
        )
        signed = "; ".join(filter(None, (issued, signed))) or "not signed"
        sent = ", ".join(dict.fromkeys(f"{each.way} to {each.to}: {each.state}" for each in one.sent))
        about = f"{one.about.kind} {one.about.which}".strip()
        rows.append((str(one.number), about, one.standing, signed, sent or "not delivered"))
    return table((7, 17, 12, 28, 28), ("No.", "Of", "Standing", "Signed", "Delivered"), rows)


def _attached(matter: Matter, reports: Sequence[Report], lacks: Lacks) -> tuple[Attachment, ...]:
    found = []
    for one in reports:
        title = f"Report {one.number}: {one.about.kind} {one.about.which}".strip()
        if one.pdfs and one.state in FINAL | DONE:
            found.append(Attachment(title, one.pdfs[-1], "reports"))
            if not matter.on_file(one.pdfs[-1]):
                lacks.add(f"{title}: its PDF is not on file.")
        else:
            found.append(Attachment(title, f"preliminary {one.number}", "made", "PRELIMINARY, NOT SIGNED"))
    return tuple(found)


# ---- 5: physician contacts ---------------------------------------------------------------------------------


def contacts_section(matter: Matter) -> Section:
    """Every time the physician was told because a pre-determined criterion was met, and what they did."""
    lacks, blocks, clock = Lacks(), list[Block](), matter.clock
    told = told_of(matter.books, matter.record.stream)
    rows = []
    for one in told:
        reached = clock.at(one.reached) if one.reached is not None else "not reached"
        action = _action(matter, one)
        rows.append(
            (
                clock.at(one.opened),
                f"Event {one.case}, {one.tier}: {_masked(matter, one.say)}",
                reached,
                action,
            )
        )
        if not one.withdrawn and one.reached is None:
            lacks.add(
                f"Notification of event {one.case}, {clock.at(one.opened)}: nobody who can act was reached."
            )
        elif not one.withdrawn and not action_of(matter.books, one):
            lacks.add(f"Notification of event {one.case}, {clock.at(one.opened)}: no action is on record.")
    blocks += [warn(words) for words in lacks.missing]
    if told:
        columns = ("To be told from", "Of what", "Reached", "Action of the physician")
        blocks.append(table((16, 31, 16, 29), columns, rows))
    else:
        blocks.append(text("The physician was not to be told of anything in this period."))
    for one in told:
        calls = matter.books.notify.calls.calls_of(one.number)
        if calls:
            blocks.append(small(f"Calls for event {one.case}"))
            columns = ("Call", "To", "Outcome", "What was said")
            blocks.append(table((18, 22, 15, 33), columns, _calls(matter, calls)))
    state = lacks.state(bool(told)) if told else State.NONE
    return Section(
        "contacts", "Physician contacts and the action taken", "documentation 5 and 6, R23, R24", state,
        tuple(lacks.missing), tuple(blocks),
    )  # fmt: skip


# ---- 9: emergencies ----------------------------------------------------------------------------------------


def emergency_section(matter: Matter) -> Section:
    """The procedures for emergencies in force, and each emergency of the period."""
    lacks = Lacks()
    blocks = plan_blocks(matter, PlanKind.EMERGENCY, lacks)
    every = [
        one for one in matter.books.emergencies.emergencies.values() if one.stream == matter.record.stream
    ]
    if not every:
        blocks.append(text("No emergency procedure was begun in this period."))
    for one in every:
        blocks += _emergency(matter, one)
    there = not lacks.missing or bool(every)
    return Section(
        "emergency", "Procedures for emergencies, and each emergency", "documentation 5, R20",
        lacks.state(there), tuple(lacks.missing), tuple(blocks), plan_documents(matter, PlanKind.EMERGENCY),
    )  # fmt: skip


def _emergency(matter: Matter, one: Emergency) -> Iterator[Block]:
    clock = matter.clock
    yield head(f"Emergency {one.number}, {clock.at(one.at)}")
    yield facts(
        {
            "Begun by": person(matter.books, one.by),
            "Event": "" if one.case is None else str(one.case),
            "Place": one.place,
            "Ended": f"{clock.at(one.ended)}, {person(matter.books, one.ended_by)}"
            if one.ended
            else "goes on",
            "Outcome": one.outcome,
        }
    )
    rows = []
    for step in one.steps:
        done = one.done.get(step.key)
        when = "not done" if done is None else f"{clock.at(done.at)}, {person(matter.books, done.by)}"
        rows.append((step.title, when, "" if done is None else done.note))
    yield table((26, 28, 38), ("Step", "Done", "Note"), rows)


def plan_blocks(matter: Matter, kind: PlanKind, lacks: Lacks) -> list[Block]:
    """A plan of the center in every version that was in force during the service."""
    clock, found = matter.clock, list[Block]()
    start, until = matter.stored.began, matter.until
    versions = within(matter.books.house.plans.get(kind, ()), start, until)
    if not versions:
        found.append(lacks.add("No plan was adopted and in force in this period."))
    elif versions[0].since > start:
        day = clock.day(versions[0].since)
        found.append(lacks.add(f"The plan is in force from {day} on: after the service began."))
    for one in versions:
        found.append(head(f"{one.title}, version {one.version}"))
        told = {
            "In force from": clock.at(one.since),
            "Put on file": f"{clock.at(one.at)}, {person(matter.books, one.by)}",
            "Why": one.why,
            "Document": one.document,
        }
        found.append(facts(told))
        if one.at > until:
            found.append(
                lacks.add(f"{one.title}, version {one.version}: put on file after the service ended.")
            )
        if one.text:
            found.append(plan(one.text))
    return found


def plan_documents(matter: Matter, kind: PlanKind) -> tuple[Attachment, ...]:
    """The documents of those versions."""
    versions = within(matter.books.house.plans.get(kind, ()), matter.stored.began, matter.until)
    return tuple(
        Attachment(f"{one.title}, version {one.version}", one.document, "documents")
        for one in versions
        if one.document
    )


def named(matter: Matter) -> str:
    """Whose record it is, of what."""
    return f"{matter.record.patient}, {stream_name(matter.record.stream)}"
