"""Of the record on request: calls, strips, who took them and who was there of a service by telephone (R36).

Nothing of it was displayed between strips, and none of that is missing: what such a service asks is somebody
at the telephone, day and night, and that stands here with its proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from einthoven.answering.call import Call, Outcome, State, Strip
from einthoven.base.instants import SECOND, to_iso
from einthoven.center import call_record
from einthoven.center.call_cases import RATE, Lies, lies_at
from einthoven.center.dossier import Matter
from einthoven.center.dossier_blocks import Block, Lacks, Section, facts, head, small, strip, table, text
from einthoven.center.dossier_care import plan_blocks, plan_documents, verdict_words
from einthoven.reports.telephone import LINES, MEMORIES, TIED, answered_s, missed, symptom_of
from einthoven.reports.words import count, number
from einthoven.review.case import Case
from einthoven.review.facts import SYMPTOM, SYMPTOM_BEFORE, FindingFact
from einthoven.surveillance.continuity import percent
from einthoven.surveillance.house_plans import PlanKind

NOT_SHOWN: Final = (
    "This is a service of strips by telephone. Between calls nobody watched this patient's ECG and no screen "
    "displayed it; none of that is asked of such a service. What is: a qualified person at a station to take "
    "calls, day and night."
)


def by_telephone(matter: Matter) -> bool:
    """Whether the service is of strips by telephone."""
    return matter.record.telephone


def calls_of(matter: Matter) -> list[Call]:
    """The patient's calls, in order."""
    return matter.books.calls.theirs(matter.record.stream)


def strips_in(matter: Matter, call: Call) -> list[Strip]:
    """The strips of a call that are this patient's; another's are told to nobody."""
    return [one for one in call.strips if call.stream_of(one) == matter.record.stream]


# ---- 3: calls and strips -----------------------------------------------------------------------------------


def call_blocks(matter: Matter, lacks: Lacks) -> Iterator[Block]:
    """Every call with its strips."""
    yield text(NOT_SHOWN)
    calls = calls_of(matter)
    if not calls:
        yield text("No call came in this period.")
    for call in calls:
        yield head(f"Call {call.number}, {matter.clock.at(call.rang_at)}")
        yield facts(_call(matter, call))
        if call.state is not State.CLOSED:
            yield lacks.add(f"Call {call.number}: it is not closed ({call.state}).")
        elif call.outcome == Outcome.NOT_REACHED:
            yield lacks.add(f"Call {call.number}: missed, and nobody was reached when it was called back.")
        for one in strips_in(matter, call):
            yield from _strip(matter, call, one, lacks)


def _call(matter: Matter, call: Call) -> dict[str, str]:
    clock, books, asked = matter.clock, matter.books, call.asked
    takes = [
        f"{clock.at(one.at)} to {clock.at(one.until)}, {_taker(matter, one.person, one.station, one.at)}"
        for one in call.takes
    ]
    tries = [
        f"{clock.at(one.at)}, {books.name(one.person)}: {'reached' if one.reached else 'not reached'}"
        f"{one.note and f', {one.note}'}"
        for one in call.tries
    ]
    return {
        "Line": LINES[call.line],
        "Number told by the line": call.caller or "none",
        "Whose call, how known": TIED.get(call.tied, call.tied),
        "Answered": answer_words(call),
        "Escalated": count(call.escalations, "time", "times") if call.escalations else "never",
        "With": "; ".join(takes),
        "Called back": "; ".join(tries),
        "Felt": symptom_of(asked),
        "Felt at": "not told" if asked.symptom_at is None else clock.at(asked.symptom_at),
        "While": asked.activity,
        "In their words": asked.text,
        "Medication": asked.medication,
        "Line down": f"{clock.at(call.ended_at)}: {call.why}" if call.ended_at is not None else "",
        "Outcome": f"{call.outcome}{call.note and f': {call.note}'}",
        "Closed": ""
        if call.closed_at is None
        else f"{clock.at(call.closed_at)}, {books.name(call.closed_by)}",
    }


def answer_words(call: Call) -> str:
    """After how long somebody answered; that nobody did while it rang."""
    after = answered_s(call)
    if after is not None:
        return f"after {number(max(0.0, after))} s"
    return "nobody answered while it rang" if missed(call) or call.ended_at is not None else "not yet"


def _taker(matter: Matter, person: int | None, station: int | None, at: int) -> str:
    if person is None:
        return "somebody who is not known"
    who = matter.books.continuity.at_station(person, station, at, at + 1)
    papers = ", ".join(who.credentials) or "no credential in force"
    return f"{who.name} ({papers}){who.station and f' at {who.station}, {who.site}'}"


def _strip(matter: Matter, call: Call, one: Strip, lacks: Lacks) -> Iterator[Block]:
    name = f"{call.number}.{one.number}"
    yield small(f"Strip {name}")
    lies = lies_at(one)
    cases = [] if lies is None else cases_within(matter, lies)
    verdicts = [verdict_words(matter, given) for each in cases for given in each.verdicts]
    yield facts(
        {
            "Received": f"{matter.clock.at(one.opened_at)} to {matter.clock.at(one.closed_at)}",
            "Recorded": MEMORIES[call.asked.memory],
            **_quality(one.quality or {}),
            "Counts": f"for nothing: {one.struck}" if one.struck else "",
            "Not read as an ECG": one.unfit,
            "Followed up": "; ".join(f"{each.words}: {each.how or 'not yet'}" for each in one.follow),
            "Event": ", ".join(str(each.number) for each in cases),
            "Read": "; ".join(verdicts),
        }
    )
    rows = matter.tracings.get((call.number, one.number), ())
    for key, words in rows:
        yield strip(key, words)
    if one.counts and not one.unfit and not rows:
        yield lacks.add(f"Strip {name}: its ECG is not stored, or cannot be read.")


def cases_within(matter: Matter, lies: Lies) -> list[Case]:
    """Events with a finding or a mark on a strip, archived ones too."""
    began = matter.stored.began

    def on(fact: FindingFact) -> bool:
        if fact.kind == SYMPTOM:  # told by its instant; sample 0 is the beginning of the service
            at = (fact.start_at + SYMPTOM_BEFORE - began) * RATE // SECOND
            return lies.start <= at < lies.stop
        return (
            fact.start is not None and fact.start < lies.stop and (fact.stop or fact.start + 1) > lies.start
        )

    return [case for case in matter.cases if any(on(one) for one in case.findings)]


def _quality(told: Mapping[str, Any]) -> dict[str, str]:
    snr, speed, gap = told.get("snr_db"), told.get("speed"), told.get("gap_s")
    sized = told.get("millivolts", told.get("hz_per_mv") is not None)
    return {
        "Signal to noise": "" if snr is None else f"{number(float(snr), 1)} dB",
        "Not received": "" if gap is None else f"{number(float(gap), 1)} s",
        "Size": "known" if sized else "not known: no millivolts",
        "Played": "" if speed is None else f"at {speed} times the speed of recording",
        "Notes": "; ".join(str(note) for note in told.get("notes") or ()),
    }


# ---- 10: somebody at the telephone -------------------------------------------------------------------------


def attended_section(matter: Matter) -> Section:
    """The plan, and the proof that somebody was there to take calls; the proof of display is not asked."""
    lacks, told = Lacks(), matter.record.attendance
    blocks = plan_blocks(matter, PlanKind.CONTINUITY, lacks)
    blocks += [head("Proof"), text(NOT_SHOWN)]
    if told is None:
        blocks.append(lacks.add("Whether somebody was there to take calls was not measured."))
    else:
        blocks += _attended(matter, lacks)
    blocks += _turns(matter)
    return Section(
        "continuity", "Attended day and night: plan and proof", "documentation 5, R6, R7",
        lacks.state(told is not None), tuple(lacks.missing), tuple(blocks),
        plan_documents(matter, PlanKind.CONTINUITY),
    )  # fmt: skip


def _attended(matter: Matter, lacks: Lacks) -> Iterator[Block]:
    clock, start, stop = matter.clock, matter.stored.began, matter.until
    told = matter.record.attendance
    assert told is not None
    away = sum(one.stop - one.start for one in told.gaps)
    yield facts(
        {
            "In service": f"{clock.at(start)} to {clock.at(stop)}",
            "Somebody qualified was there": f"{percent(stop - start - away, stop - start) or '–'} %",
        }
    )
    if told.unproved:
        yield lacks.add(f"The proof has a hole: {told.unproved}")
    yield small("Moments in which nobody was there")
    found = call_record.lapses(matter.books, start, stop)
    if not found:
        yield text("None: somebody qualified was at a station at every moment.")
        return
    yield lacks.add(f"{count(len(found), 'moment', 'moments')} in which nobody was there, with the cause.")
    rows = []
    for one in found:
        who = matter.books.actor(one.explained_by) if one.explained_by else ""
        said = f"{who}, {clock.at(one.explained_at)}: {one.note}" if who else "nobody explained it"
        rows.append((clock.at(one.since), clock.lasting(one.since, one.until), one.cause, said))
    yield table((22, 14, 28, 28), ("From", "For", "Cause", "Explained"), rows)


def _turns(matter: Matter) -> Iterator[Block]:
    parts = call_record.answered(matter.books, matter.record.stream, matter.stored.began, matter.until)
    if parts:
        yield head("Who had its calls, when and where")
        rows = [
            (matter.clock.at(one.start), matter.clock.lasting(one.start, one.stop), one.name,
             f"{one.station}, {one.site}") for one in parts
        ]  # fmt: skip
        yield table((22, 16, 20, 34), ("From", "For", "Who", "Where"), rows)


# ---- data beside the pages ---------------------------------------------------------------------------------


def call_rows(matter: Matter) -> Iterator[tuple[object, ...]]:
    """``calls.csv``."""
    yield (
        "call", "rang", "line", "caller", "answered after s", "first taken by", "escalations", "line down",
        "missed", "tries", "reached", "symptom", "felt at", "outcome", "closed", "closed by",
    )  # fmt: skip
    for call in calls_of(matter):
        after, first = answered_s(call), call.takes[0].person if call.takes else None
        yield (
            call.number, to_iso(call.rang_at), call.line.value, call.caller,
            "" if after is None else f"{after:.3f}", matter.books.name(first) if first is not None else "",
            call.escalations, _iso(call.ended_at), call.missed, len(call.tries), call.reached,
            call.asked.symptom, _iso(call.asked.symptom_at), call.outcome, _iso(call.closed_at),
            matter.books.name(call.closed_by) if call.closed_by is not None else "",
        )  # fmt: skip


def strip_shapes(matter: Matter) -> list[dict[str, object]]:
    """``strips.json``: each with its place in the ECG, its quality by the second, and why it was struck."""
    return [
        {
            "call": call.number,
            "strip": one.number,
            "received": [to_iso(one.opened_at), _iso(one.closed_at)],
            "samples": [one.start, one.stop],
            "seconds": one.samples / RATE,
            "memory": call.asked.memory.value,
            "symptom": call.asked.symptom,
            "symptom_at": _iso(call.asked.symptom_at),
            "struck": one.struck,
            "unfit": one.unfit,
            "quality": one.quality,
        }
        for call in calls_of(matter)
        for one in strips_in(matter, call)
    ]


def lapse_rows(matter: Matter) -> Iterator[tuple[object, ...]]:
    """Of ``continuity.csv``: moments in which nobody was there to take a call."""
    for one in call_record.lapses(matter.books, matter.stored.began, matter.until):
        by = matter.books.actor(one.explained_by) if one.explained_by else ""
        yield "nobody there", to_iso(one.since), _iso(one.until), "", "", "", "", "", one.cause, by


def _iso(at: int | None) -> str:
    return "" if at is None else to_iso(at)
