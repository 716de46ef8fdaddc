"""The desk's entities as pages see them (``docs/desk.md``): JSON-ready, times in milliseconds since 1970."""

from __future__ import annotations

from typing import Any, TypeAlias

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import MILLISECOND, SECOND, Instant
from einthoven.center import correction_page, criteria_page
from einthoven.center.desk_books import Books
from einthoven.center.notice_book import Noticed, shown
from einthoven.escalation import emergency as emergencies
from einthoven.escalation.ladder import EMERGENT, callees, upcoming
from einthoven.review.alarms import LOUD
from einthoven.review.case import AlarmState, Case, Given
from einthoven.review.facts import FindingFact, Met
from einthoven.review.working import closes_at
from einthoven.surveillance import peer_lending, watching
from einthoven.surveillance.watches import EVERYBODY, State

Shape: TypeAlias = dict[str, Any]
EARLIER_MAX = 20
"""Earlier cases like one that are told with it."""


def ms(at: Instant | None) -> float | None:
    """An instant for a page."""
    return None if at is None else at / MILLISECOND


def who(books: Books, person: int | None) -> Shape | None:
    """A member of staff, None for nobody."""
    return None if person is None else {"id": person, "name": books.name(person)}


def watcher(books: Books, person: int | None, stream: StreamId) -> Shape | None:
    """Whoever accepted or holds a watch; at another center the person there, as it states."""
    if person is None or person > 0:
        return who(books, person)
    return {"id": person, "name": books.surveil.peers.words(-person, stream)}


def watch(books: Books, number: int, now: Instant) -> Shape | None:
    """``watch:<number>`` while it lives."""
    watched = books.surveil.watches
    one = watched.live.get(number)
    if one is None:
        return None
    before = None if one.before is None else watched.live.get(one.before)
    proof = None
    if one.station is not None and one.stream not in watched.displays.on.get(one.station, {}):
        # While it is displayed each second has a proof, and nobody is told of each.
        proof = books.surveil.proofs.last(watched.displays, one.station, one.stream)
    following = watched.to_follow(one.stream) if one.state is State.OFFERED_ON else None
    to = one.offered_to if following is None else following.offered_to
    return {
        "id": number,
        "stream": stream_name(one.stream),
        "patient": books.card(one.stream).name,
        "state": one.state.value,
        "by": watcher(books, one.by, one.stream),
        "station": one.station,
        "offered_to": "all" if to == EVERYBODY else who(books, to),
        "from": None if before is None else watcher(books, before.by, one.stream),
        "since_ms": ms(one.since),
        "proof_ms": ms(proof),
        "overdue": watching.overdue(one, books.surveil.limits, now),
        "why": one.why,
    }


def patient(books: Books, stream: StreamId, now: Instant) -> Shape | None:
    """``patient:<stream>`` while in service."""
    watched = books.surveil.watches
    if stream not in watched.services:
        return None
    begun = watched.services[stream]
    held = watched.holding(stream)
    incident = watched.incidents.going_on.get(stream)
    since = None if incident is None else watched.incidents.live[incident].since
    pause = books.triage.cases.paused.get(stream)
    criteria = books.criteria.in_force(stream, books.practice(stream), now)
    return {
        "stream": stream_name(stream),
        "patient": books.card(stream).name,
        "corrected": correction_page.mark(books, stream, now),
        "watched": held is not None,
        "displayed": stream in watched.displays.where,
        "unwatched_since_ms": ms(since if begun is not None and held is None else None),
        "known_af": stream in books.triage.cases.af_known,
        "alarm_paused_until_ms": ms(None if pause is None else pause.until),
        "criteria": {
            "version": criteria.words,
            "effective_ms": ms(criteria.effective or None),
            "signed_by": "" if criteria.signed is None else criteria.signed.name,
            "signed_ms": None if criteria.signed is None else ms(criteria.signed.at),
        },
    }


def person(books: Books, number: int) -> Shape | None:
    """``person:<number>`` while signed in at a station."""
    surveil = books.surveil
    duty, member = surveil.watches.duties.get(number), surveil.staff.members.get(number)
    if duty is None or member is None:
        return None
    station = surveil.stations.stations.get(duty.station)
    site = None if station is None else surveil.stations.sites.get(station.site)
    return {
        "id": number,
        "name": member.name,
        "roles": sorted(role.value for role in member.roles),
        "station": None if station is None else station.name,
        "site": None if site is None else site.name,
        "held": surveil.watches.load(number),
        "limit": surveil.limits.person,
        "warn": surveil.limits.warn,
        "since_ms": ms(duty.since),
        "alive": duty.station in surveil.proofs.seen,
    }


def peer(books: Books, number: int, now: Instant) -> Shape | None:
    """``peer:<number>`` while that center is trusted."""
    surveil = books.surveil
    one = surveil.peers.peers.get(number)
    if one is None:
        return None
    alive = peer_lending.alive(surveil.proofs, number, surveil.limits, now)
    return {
        "id": number,
        "name": one.name,
        "alive": alive,
        "silent_since_ms": None if alive else ms(surveil.proofs.seen.get(-number)),
        "lent": len(surveil.peers.lent_to(number)),
        "watching": len(surveil.watches.by_person.get(-number, ())),
        "guests": len(surveil.peers.guests_of(number)),
    }


def incident(books: Books, number: int) -> Shape | None:
    """``incident:<number>`` until somebody closed it."""
    one = books.surveil.watches.incidents.live.get(number)
    if one is None:
        return None
    return {
        "id": number,
        "stream": stream_name(one.stream),
        "patient": books.card(one.stream).name,
        "kind": one.kind,
        "cause": one.cause,
        "since_ms": ms(one.since),
        "until_ms": ms(one.until),
        "closed_by": None,
        "note": one.note,
    }


def case(books: Books, number: int) -> Shape | None:
    """``case:<number>`` until it is closed, its alarm was seen, and it was read again where that is due."""
    book = books.triage.cases
    one = book.cases.get(number)
    if one is None or (one.closed_at is not None and number not in book.lit and number not in book.reading):
        return None
    return case_shape(books, one)


def case_shape(books: Books, one: Case) -> Shape:
    """A case, closed or not."""
    given, overread, alarm = one.given, one.overread, one.alarm
    mark = one.symptom
    state = AlarmState.ACKNOWLEDGED if alarm.state not in LOUD else alarm.state
    return {
        "id": one.number,
        "stream": stream_name(one.stream),
        "patient": books.card(one.stream).name,
        "group": one.group.value,
        "title": one.title,
        "tier": one.tier.value,
        "priority": one.priority.value if one.priority.value != "none" else "low",
        "state": one.state.value,
        "onset_ms": ms(one.onset_at),
        "opened_ms": ms(one.opened_at),
        "due_ms": ms(one.due_at),
        "escalated": one.escalated > 0,
        "late": one.late,
        "held_by": who(books, one.held_by),
        "held_ms": ms(one.held_at),
        "findings": [_finding(fact) for fact in one.findings],
        "met": [_met(met) for met in one.met],
        "symptom": None
        if mark is None
        else {
            "text": ": ".join(filter(None, (mark.symptom, mark.text))),
            "severity": mark.severity,
            "at_ms": ms(one.onset_at),
        },
        "alarm": {
            "state": state.value,
            "since_ms": ms(alarm.since),
            "acknowledged_by": None if alarm.by is None else books.name(alarm.by),
            "acknowledged_ms": ms(alarm.at),
        },
        "verdict": None if given is None else _given(books, given),
        "overread": None if overread is None else ("done" if overread.done else "due"),
        "first_reader": None if overread is None else who(books, overread.reader),
        "overread_due_ms": None if overread is None or overread.done else ms(overread.due_at),
        "closes_ms": ms(closes_at(one, books.triage.told(one))),
        "notification": one.notification,
        "emergency": one.emergency,
        "closing": one.closing,
    }


def case_history(books: Books, one: Case) -> Shape:
    """What a case's page asks for besides: earlier ones like it, every verdict given, why it is a case."""
    earlier = [
        {
            "case": each.number,
            "title": each.title,
            "start": each.findings[0].start,
            "stop": each.findings[0].stop,
            "at_ms": ms(each.onset_at),
            "verdict": None if each.given is None else _given(books, each.given),
        }
        for each in books.triage.cases.of_stream(one.stream, one.group)
        if each.number < one.number and each.findings
    ]
    placed = [books.triage.cases.placements.get((one.stream, fact.key)) for fact in one.findings]
    reasons = [reason for made in placed if made is not None for reason in made.reasons]
    return {
        "similar": earlier[:EARLIER_MAX],
        "verdicts": [_given(books, given) for given in one.verdicts],
        "reasons": list(dict.fromkeys(reasons)),
        "criteria": criteria_page.in_force(books, one.stream, _criteria_at(one)),
    }


def _criteria_at(case: Case) -> Instant:
    """Whose criteria its gravest finding meets: those of its onset, or stricter ones of later."""
    least = min((fact.tier.rank for fact in case.findings if fact.tier is not None), default=None)
    of = [fact.criteria_at for fact in case.findings if fact.tier is not None and fact.tier.rank == least]
    return next((at for at in of if at is not None), case.onset_at)


def _given(books: Books, given: Given) -> Shape:
    return {
        "verdict": given.verdict.value,
        "by": books.name(given.by),
        "at_ms": ms(given.at),
        "note": given.note,
    }


def contact_log(books: Books, stream: StreamId) -> list[Shape]:
    """Who spoke with a patient, when, how, and what was said; oldest first (R21)."""
    return [
        {"at_ms": ms(one.at), "by": books.actor(one.by), "how": one.how, "said": one.said}
        for one in books.notes.contacts.get(stream, ())
    ]


def patient_page(books: Books, stream: StreamId, now: Instant) -> Shape:
    """Where a patient is, whom to call about them, and what to tell them."""
    card, notes = books.card(stream), books.notes.of(stream)
    plan = books.notify.plans.plan_for(stream, notes.practice)
    practice = books.surveil.staff.practices.get(notes.practice or 0)
    rungs = [
        {
            "contact": one.contact,
            "name": one.name,
            "role": one.role,
            "number": one.number,
            "due_ms": None,
            "why": "",
        }
        for one in callees(plan, EMERGENT, now)
    ]
    return {
        "address": card.address,
        "place": notes.place,
        "local_number": notes.local_number or emergencies.LOCAL_NUMBER,
        "telephone": card.telephone,
        "contacts": [
            {"name": name, "role": relation, "number": number} for name, relation, number in card.contacts
        ],
        "physician": {
            "name": card.physician,
            "role": "physician",
            "practice": "" if practice is None else practice.name,
            "number": card.physician_telephone,
        },
        "ladder": rungs,
        "tell": [step.detail for step in emergencies.PROCEDURE if step.key == "instruct"],
        "log": contact_log(books, stream),
        "on_record": correction_page.history(books, stream),
    }


def _finding(fact: FindingFact) -> Shape:
    return {
        "key": fact.key,
        "kind": fact.kind,
        "title": fact.title,
        "start": fact.start,
        "stop": fact.stop,
        "state": fact.state.value,
    }


def _met(met: Met) -> Shape:
    return {
        "criterion": met.criterion,
        "tier": met.tier.value,
        "value": met.value if met.unit else None,
        "limit": met.limit if met.unit else None,
        "unit": "" if met.unit == "flag" else met.unit,
        "words": met.words,
    }


def notification(books: Books, number: int, now: Instant) -> Shape | None:
    """``notification:<number>`` until it is closed."""
    book = books.notify.calls
    if number not in book.live:
        return None
    told = book.notifications[number]
    plan = books.notify.plans.plan_of(told)
    running = book.running(number)
    dues = books.notify.next(number, now)
    ahead = [] if running else upcoming(book, number, plan, now)
    return {
        "id": number,
        "case": told.case,
        "stream": stream_name(told.stream),
        "patient": books.card(told.stream).name,
        "tier": told.tier,
        "say": told.say,
        "state": told.shown,
        "opened_ms": ms(told.opened),
        "due_ms": ms(min((due.due_at for due in dues), default=None)),
        "next": [
            {
                "contact": due.callee.contact,
                "name": due.callee.name,
                "role": due.callee.role,
                "number": due.callee.number,
                "due_ms": ms(due.due_at),
                "why": due.why,
            }
            for due in ahead
            if due.callee is not None
        ],
        "calls": [
            {
                "id": call.number,
                "contact": call.callee.contact,
                "name": call.callee.name,
                "number": call.callee.number,
                "by": books.actor(call.by),
                "started_ms": ms(call.started),
                "ended_ms": ms(call.ended),
                "outcome": None if call.outcome is None else call.outcome.value,
                "person": call.person,
                "person_role": call.person_role,
                "readback": call.readback,
                "said": call.said,
                "action": call.action,
            }
            for call in book.calls_of(number)
        ],
        "notices": [_notice(one) for one in books.notices.of(number)],
    }


def _notice(one: Noticed) -> Shape:
    return {
        "channel": one.way,
        "to": shown(one),
        "what": one.what,
        "state": one.state,
        "queued_ms": ms(one.queued),
        "at_ms": ms(one.at),
        "next_ms": ms(one.next_at),
        "attempts": one.attempts,
        "receipt": one.receipt,
        "known": one.known,
    }


def emergency(books: Books, number: int) -> Shape | None:
    """``emergency:<number>`` while it goes on."""
    one = books.emergencies.emergencies.get(number)
    if one is None or one.ended is not None:
        return None
    steps = []
    for step in one.steps:
        done = one.done.get(step.key)
        steps.append(
            {
                "id": step.key,
                "title": step.title,
                "detail": step.detail,
                "done_ms": None if done is None else ms(done.at),
                "by": "" if done is None else books.actor(done.by),
                "note": "" if done is None else done.note,
            }
        )
    return {
        "id": number,
        "stream": stream_name(one.stream),
        "patient": one.facts.patient,
        "opened_ms": ms(one.at),
        "by": books.actor(one.by),
        "steps": steps,
        "address": one.facts.address,
        "place": one.place or one.facts.place,
        "local_number": one.facts.local_number,
        "contacts": [
            {"name": name, "role": relation, "number": number}
            for name, relation, number in one.facts.contacts
        ],
    }


def seconds(value: int | None) -> float | None:
    """A duration for a page."""
    return None if value is None else value / SECOND
