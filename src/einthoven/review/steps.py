"""What each deed of this room does to the book of cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from einthoven.base.deeds import Deed
from einthoven.base.errors import OursError
from einthoven.base.instants import Instant
from einthoven.review.case import (
    Alarm,
    AlarmPause,
    AlarmState,
    AudioPause,
    Case,
    Event,
    Given,
    KnownAf,
    Overread,
    Quality,
    Relabel,
    State,
    Verdict,
    after,
)
from einthoven.review.facts import Priority, Tier, fact_from
from einthoven.review.grouping import Became, Group, Placement

if TYPE_CHECKING:
    from einthoven.review.book import CaseBook

LOOSE_KEPT = 200
"""Findings of a stream that are of no case and whose placement is remembered; the journal has them all."""


_Body = dict[str, Any]


def _case(book: CaseBook, deed: Deed, body: _Body) -> Case:
    case = book.cases.get(body["case"])
    if case is None:
        raise OursError(f"deed {deed.number} {deed.kind}: no case {body['case']}")
    return case


def _moved(case: Case, event: Event, deed: Deed) -> State:
    state = after(case.state, event, case.held_by is not None)
    if state is None:
        raise OursError(f"deed {deed.number} {deed.kind}: case {case.number} is {case.state}")
    return state


def _placed(book: CaseBook, _: Deed, body: _Body) -> None:
    stream, key = body["stream"], body["key"]
    became = Became(body["became"])
    book.placements[stream, key] = Placement(
        stream,
        key,
        became,
        Group(body["group"]),
        body["case"],
        tuple(body["reasons"]),
        body["until"],
        Tier(body["tier"]),
        Priority(body["priority"]),
    )
    book.waiting.pop((stream, key), None)
    if became is Became.WAITING:
        book.waiting[stream, key] = fact_from(body["finding"])
        return
    loose = book.loose.setdefault(stream, [])
    if became is Became.CASE:
        if key in loose:
            loose.remove(key)
        return
    if key not in loose:
        loose.append(key)
    while len(loose) > LOOSE_KEPT:
        del book.placements[stream, loose.pop(0)]


def _opened(book: CaseBook, deed: Deed, body: _Body) -> None:
    fact = fact_from(body["finding"])
    case = Case(
        body["case"],
        fact.stream,
        Group(body["group"]),
        fact.title,
        Tier(body["tier"]),
        Priority(body["priority"]),
        fact.start_at,
        deed.at,
        body["due_at"],
        deed.at,
        Alarm(AlarmState(body["alarm"]), deed.at),
        findings=(fact,),
        late=fact.late,
    )
    if case.number != book.next_case:
        raise OursError(f"deed {deed.number}: case {case.number}, the next is {book.next_case}")
    book.next_case += 1
    book.by_stream.setdefault(fact.stream, []).append(case.number)
    if case.group is Group.AF:
        book.af_onset.setdefault(fact.stream, case.number)
    book.put(case)


def _finding(book: CaseBook, deed: Deed, body: _Body) -> None:
    """A finding joined, or one of the case's is told anew."""
    case, fact = _case(book, deed, body), fact_from(body["finding"])
    known = case.finding(fact.key)
    findings = (
        (*case.findings, fact)
        if known is None
        else tuple(fact if each.key == fact.key else each for each in case.findings)
    )
    book.put(
        replace(
            case,
            findings=findings,
            title=body["title"],
            onset_at=min(case.onset_at, fact.start_at),
            late=case.late or fact.late,
            alarm=_signal(case.alarm, AlarmState(body["alarm"]), body["sounds"], deed.at),
        )
    )


def _signal(alarm: Alarm, state: AlarmState, sounds: bool, at: Instant) -> Alarm:
    """An alarm that begins anew has been acknowledged by nobody."""
    return Alarm(state, at) if sounds else replace(alarm, state=state)


def _anew(case: Case, at: Instant) -> Alarm:
    """An alarm that begins anew: whether its condition lasts is what the findings say."""
    return Alarm(AlarmState.LATCHED if case.over else AlarmState.ACTIVE, at)


def _raised(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    state = _moved(case, Event.RAISED, deed)
    book.put(
        replace(
            case,
            state=state,
            tier=Tier(body["tier"]),
            priority=Priority(body["priority"]),
            due_at=body["due_at"],
            waiting_since=deed.at,
            escalated=0,
            warned=False,
            held_at=None if case.held_by is None else deed.at,
            given=None,
            overread=None,
            barred=None,
            alarm=_anew(case, deed.at),
        )
    )


def _taken(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    state = _moved(case, Event.TAKEN, deed)
    book.put(
        replace(
            case,
            state=state,
            held_by=body["by"],
            station=body["station"],
            held_at=deed.at,
            due_at=body["due_at"],
            warned=False,
            touched=True,
            escalated=0,
        )
    )


def _let_go(event: Event) -> Callable[[CaseBook, Deed, _Body], None]:
    def step(book: CaseBook, deed: Deed, body: _Body) -> None:
        case = _case(book, deed, body)
        state = _moved(case, event, deed)
        book.put(
            replace(
                case,
                state=state,
                held_by=None,
                station=None,
                held_at=None,
                warned=False,
                waiting_since=deed.at,
                due_at=body["due_at"],
            )
        )

    return step


def _warned(book: CaseBook, deed: Deed, body: _Body) -> None:
    book.put(replace(_case(book, deed, body), warned=True))


def _escalated(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    alarm = _signal(case.alarm, AlarmState(body["alarm"]), body["sounds"], deed.at)
    book.put(replace(case, escalated=body["level"], due_at=body["due_at"], alarm=alarm))


def _judged(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    relabels = tuple(Relabel(*each) for each in body["relabels"])
    strips = tuple((start, stop) for start, stop in body["strips"])
    given = Given(Verdict(body["verdict"]), body["by"], deed.at, body["note"], relabels, strips)
    book.put(
        replace(
            case,
            state=_moved(case, Event.JUDGED, deed),
            given=given,
            verdicts=(*case.verdicts, given),
            due_at=body["due_at"],
            waiting_since=deed.at,
        )
    )
    _count(book, given.by, given.verdict, 1)


def _count(book: CaseBook, by: int, verdict: Verdict, step: int) -> None:
    quality = book.quality.get(by, Quality())
    given = quality.verdicts | {verdict.value: quality.verdicts.get(verdict.value, 0) + step}
    book.quality[by] = replace(quality, verdicts=given)


def _undone(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    if case.given is None:
        raise OursError(f"deed {deed.number}: case {case.number} has no verdict to take back")
    _count(book, case.given.by, case.given.verdict, -1)
    book.put(
        replace(
            case,
            state=_moved(case, Event.UNDONE, deed),
            given=None,
            notification=None,
            overread=None,
            due_at=body["due_at"],
            held_at=deed.at,
            warned=False,
        )
    )


def _telling(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    state = _moved(case, Event.TELLING, deed)
    book.put(replace(case, state=state, notification=body["notification"], due_at=None))


def _closed(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    event = Event.CLOSED if body["cause"] == "verdict" else Event.OVER
    state = _moved(case, event, deed)
    book.put(
        replace(
            case,
            state=state,
            held_by=None,
            station=None,
            held_at=None,
            due_at=None,
            emergency=None,
            closed_at=deed.at,
            closing=body["cause"],
        )
    )
    book.shapes.learn(book.case(case.number))


def _reopened(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    book.shapes.unlearn(case)
    book.put(
        replace(
            case,
            state=_moved(case, Event.REOPENED, deed),
            findings=book.own(case),
            held_by=None,
            station=None,
            held_at=None,
            given=None,
            waiting_since=deed.at,
            due_at=body["due_at"],
            escalated=1,
            barred=body["barred"],
            closed_at=None,
            closing="",
            alarm=_anew(case, deed.at),
        )
    )


def _overread_due(book: CaseBook, deed: Deed, body: _Body) -> None:
    due = Overread(body["reader"], Verdict(body["verdict"]), body["why"], body["due_at"])
    book.put(replace(_case(book, deed, body), overread=due))


def _overread_late(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    if case.overread is not None:
        book.put(replace(case, overread=replace(case.overread, late=True)))


def _overread(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    if case.overread is None:
        raise OursError(f"deed {deed.number}: case {case.number} has no second reading due")
    done = replace(
        case.overread, by=body["by"], at=deed.at, verdict=Verdict(body["verdict"]), note=body["note"]
    )
    book.put(replace(case, overread=done))
    quality = book.quality.get(done.reader, Quality())
    first, second = done.first is Verdict.TRUE, done.verdict is Verdict.TRUE
    book.quality[done.reader] = replace(
        quality,
        read=quality.read + 1,
        agreed=quality.agreed + done.agrees,
        missed=quality.missed + (second and not first),
        overcalled=quality.overcalled + (first and not second),
    )


def _emergency(book: CaseBook, deed: Deed, body: _Body) -> None:
    book.put(replace(_case(book, deed, body), emergency=body["emergency"]))


def _archived(book: CaseBook, deed: Deed, body: _Body) -> None:
    for number in body["cases"]:
        case = book.cases.pop(number, None)
        if case is None:
            raise OursError(f"deed {deed.number}: no case {number} to archive")
        book.by_stream[case.stream].remove(number)
        for fact in case.findings:
            placement = book.placements.get((case.stream, fact.key))
            if placement is not None and placement.case == number:
                del book.placements[case.stream, fact.key]


def _af_known(book: CaseBook, _: Deed, body: _Body) -> None:
    if body["known"]:
        book.af_known[body["stream"]] = KnownAf(body["why"], body["case"])
    else:
        book.af_known.pop(body["stream"], None)


def _acknowledged(book: CaseBook, deed: Deed, body: _Body) -> None:
    case = _case(book, deed, body)
    alarm = Alarm(AlarmState.ACKNOWLEDGED, case.alarm.since, body["by"], deed.at)
    book.put(replace(case, alarm=alarm))


def _audio_paused(book: CaseBook, deed: Deed, body: _Body) -> None:
    covers = Priority(body["covers"])
    book.audio[body["station"]] = AudioPause(deed.at, body["until"], body["by"], covers)


def _audio_resumed(book: CaseBook, _: Deed, body: _Body) -> None:
    book.audio.pop(body["station"], None)


def _paused(book: CaseBook, deed: Deed, body: _Body) -> None:
    book.paused[body["stream"]] = AlarmPause(deed.at, body["until"], body["by"], body["why"])


def _resumed(book: CaseBook, _: Deed, body: _Body) -> None:
    book.paused.pop(body["stream"], None)


STEPS: dict[str, Callable[[CaseBook, Deed, _Body], None]] = {
    "finding.placed": _placed,
    "case.opened": _opened,
    "case.joined": _finding,
    "case.finding": _finding,
    "case.raised": _raised,
    "case.taken": _taken,
    "case.released": _let_go(Event.RELEASED),
    "case.returned": _let_go(Event.RETURNED),
    "case.warned": _warned,
    "case.escalated": _escalated,
    "case.verdict": _judged,
    "case.undone": _undone,
    "case.notifying": _telling,
    "case.closed": _closed,
    "case.reopened": _reopened,
    "case.overread_due": _overread_due,
    "case.overread_late": _overread_late,
    "case.overread": _overread,
    "case.emergency": _emergency,
    "case.archived": _archived,
    "case.af_known": _af_known,
    "alarm.acknowledged": _acknowledged,
    "alarm.audio_paused": _audio_paused,
    "alarm.audio_resumed": _audio_resumed,
    "alarm.paused": _paused,
    "alarm.resumed": _resumed,
}
