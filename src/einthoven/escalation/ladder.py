"""The ladder: whom to call next, by which number, when, and why (R22, R23).

What is due is computed from stored facts alone, the notification with its calls and the plan, so a center
that restarts in the middle of a call goes on where it was. A notification that nobody has been reached for
always has a call that runs or one that is due, now or at a known time; a ladder that reached nobody starts
again and the supervisor is told, and nothing but a person who can act ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from einthoven.base.errors import NotFoundError
from einthoven.base.instants import HOUR, MINUTE, Duration, Instant, to_iso
from einthoven.escalation.calendar import (
    Calendar,
    Hours,
    Number,
    Person,
    covering,
    instant_of,
    local,
    numbers_at,
    within,
)
from einthoven.escalation.calls import Call, CallBook, Callee, Notification, Outcome, State
from einthoven.escalation.criteria import rank

COVERING = "cover"
"""The ``who`` of a rung that is whoever covers by the calendar; else the key of a person."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder.

    Attributes:
        who: ``COVERING``, or the key of a person.
        tries: how often each of their numbers is tried in a round.
        retry: time before the same number is tried again.
        wait: time after the last try before the next rung: long enough to be called back, or none.
        hours: when the rung is used; none for always.
    """

    who: str
    tries: int = 1
    retry: Duration = 2 * MINUTE
    wait: Duration = 0
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps for one urgency.

    Attributes:
        rungs: in order.
        again: time between a round that reached nobody and the next.
        call_most: a call that runs longer is asked about.
        action_most: after reaching somebody, what they did is asked for from then on.
        daily_at: minute of the local day from which a list is called, until ``DAILY_UNTIL``; None: always.
    """

    rungs: tuple[Rung, ...]
    again: Duration
    call_most: Duration
    action_most: Duration
    daily_at: int | None = None


KNOWN_MAX = 4096
EMERGENT, URGENT, DAILY = "emergent", "urgent", "daily"
DAILY_UNTIL = 17 * 60
"""Minute of the local day after which a daily list waits for the next day."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom a practice's, or a patient's, notifications go to.

    Attributes:
        version: of the plan, from 1; 0 for one made from the order alone.
        calendar: persons, and who covers when.
        ladders: by tier.
        known: steps worked out so far, by tier and minute; they follow from the rest.
    """

    version: int
    calendar: Calendar
    ladders: dict[str, Ladder]
    known: dict[tuple[str, int, bool], tuple[Step, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )


def usual_ladders(keys: Sequence[str]) -> dict[str, Ladder]:
    """The shipped times for the persons named, in order."""

    def rungs(tries: int, retry: Duration, wait: Duration) -> tuple[Rung, ...]:
        return tuple(Rung(key, tries, retry, wait) for key in keys)

    return {
        EMERGENT: Ladder(rungs(2, MINUTE, 0), MINUTE, 5 * MINUTE, 15 * MINUTE),
        URGENT: Ladder(rungs(2, 5 * MINUTE, 5 * MINUTE), 10 * MINUTE, 10 * MINUTE, HOUR),
        DAILY: Ladder(rungs(1, 30 * MINUTE, 30 * MINUTE), HOUR, 15 * MINUTE, 8 * HOUR, 9 * 60),
    }


def plan_of_order(name: str, telephone: str, zone: str) -> Plan:
    """A plan where none was set: the ordering physician by the telephone of the order, at any hour (R29)."""
    person = Person("ordering", name, "physician", (Number("office", telephone),))
    return Plan(0, Calendar(zone, (person,)), usual_ladders(("ordering",)))


CALL, RESOLVE, SUPERVISOR, ACTION = "call", "resolve", "supervisor", "action"


@dataclass(frozen=True, slots=True)
class Due:
    """Something to do for a notification.

    Attributes:
        kind: ``call``; ``resolve`` a call that runs too long or was cut off by a restart; tell the
            ``supervisor``; ask for the ``action``.
        notification: number.
        tier: of the notification.
        due_at: when it is to be done.
        why: a sentence.
        callee: whom to call; None for the other kinds.
        call: number of the call to resolve, else None.
        rounds: rounds of the ladder that reached nobody.
    """

    kind: str
    notification: int
    tier: str
    due_at: Instant
    why: str
    callee: Callee | None = None
    call: int | None = None
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One try: a callee, with the times of their rung."""

    callee: Callee
    rung: int
    retry: Duration
    wait: Duration


def calls_due(book: CallBook, plans: PlanOf, now: Instant, restarted: Instant | None = None) -> list[Due]:
    """What is to be done by ``now``, the gravest and the longest due first.

    Args:
        book: notifications and calls.
        plans: the plan of a notification.
        now: center time.
        restarted: when the center last started; a call that ran then is asked about at once.
    """
    found = [
        due
        for number in sorted(book.live)
        for due in dues(book, number, plans.plan_of(book.notifications[number]), now, restarted)
        if due.due_at <= now
    ]
    return sorted(found, key=lambda due: (-rank(due.tier), due.due_at, due.notification, due.kind))


class PlanOf(Protocol):
    """Where the plan of a notification is found; ``plans.PlanBook`` is one."""

    def plan_of(self, told: Notification) -> Plan:
        """The patient's plan, else their practice's, else one made from the order."""
        ...


def dues(
    book: CallBook, number: int, plan: Plan, now: Instant, restarted: Instant | None = None
) -> list[Due]:
    """Everything due for one notification, now or later; never empty before it is closed."""
    told = book.notifications[number]
    if told.state is State.CLOSED:
        return []
    ladder = plan.ladders[told.tier]
    if told.state is State.REACHED and told.reached is not None:
        why = "reached: what the physician did is not on record yet"
        return [Due(ACTION, number, told.tier, told.reached + ladder.action_most, why)]
    running = book.running(number)
    if running is not None:
        return [_resolve(told, running, ladder, restarted)]
    place = _walk(told, book.calls_of(number), plan)
    return [*_supervisor(told, place), _next(told, place, plan, now)]


def callees(plan: Plan, tier: str, at: Instant) -> list[Callee]:
    """Everybody that the ladder calls at ``at``, in order, each number once."""
    seen = dict.fromkeys(step.callee for step in _steps(plan, tier, at))
    return list(seen)


def upcoming(book: CallBook, number: int, plan: Plan, now: Instant, most: int = 8) -> list[Due]:
    """The next calls of a notification that waits, in order, as they follow if nobody answers any of them."""
    told = book.notifications[number]
    if told.state is not State.WAITING:
        return []
    calls = book.calls_of(number)
    found: list[Due] = []
    while len(found) < most:
        due = _next(told, _walk(told, calls, plan), plan, now)
        if due.callee is None:
            break
        found.append(due)
        at = max(due.due_at, now)
        calls.append(Call(0, number, due.callee, False, "", at, at, Outcome.NO_ANSWER))
    return found


def find_callee(plan: Plan, contact: str, now: Instant, number: str = "") -> Callee:
    """A person of the plan by the number named, else by the one in use at this hour, else by their first.

    Raises:
        NotFoundError: the plan has no such person, or the person no such number.
    """
    person = plan.calendar.person(contact)
    if person is None:
        raise NotFoundError(f"contact {contact[:40]!r}: the plan names nobody of that key")
    known = [*numbers_at(plan.calendar, person, now), *person.numbers]
    found = next((each for each in known if not number or each.number == number), None)
    if found is None:
        raise NotFoundError(f"number {number[:40]!r}: the plan has no such number of {person.name}")
    return Callee(person.key, person.name, person.role, found.number, found.kind)


@dataclass(slots=True)
class _Place:
    """Where on the ladder a notification stands after its calls."""

    rounds: int
    round_at: Instant | None
    used: dict[tuple[str, str], int]
    tried: dict[tuple[str, str], Instant]
    wrong: set[tuple[str, str]]
    last: Call | None
    told_at: Instant


def _key(callee: Callee) -> tuple[str, str]:
    return callee.contact, callee.number


def _walk(told: Notification, calls: Iterable[Call], plan: Plan) -> _Place:
    """The calls so far, one after another: a round is over when every step of it was used."""
    place = _Place(0, None, {}, {}, set(), None, told.opened)
    for call in calls:
        if call.ended is None:
            continue
        place.last = call
        place.told_at = call.ended
        if call.incoming:
            continue
        key = _key(call.callee)
        place.used[key] = place.used.get(key, 0) + 1
        place.tried[key] = call.ended
        if call.outcome is Outcome.WRONG_NUMBER:
            place.wrong.add(key)
        if not _left(place, _steps(plan, told.tier, call.ended)):
            place.rounds += 1
            place.round_at = call.ended
            place.used, place.tried = {}, {}
    return place


def _left(place: _Place, steps: Sequence[Step]) -> list[Step]:
    """The steps of this round that were not used yet, numbers known to be wrong left out."""
    used = dict(place.used)
    left = []
    for step in steps:
        key = _key(step.callee)
        if key in place.wrong:
            continue
        if used.get(key, 0) > 0:
            used[key] -= 1
        else:
            left.append(step)
    return left


def _steps(plan: Plan, tier: str, at: Instant) -> tuple[Step, ...]:
    """The tries of one round at ``at``; where nothing is for this hour, those of all hours."""
    return _steps_of(plan, tier, at, anyway=False) or _steps_of(plan, tier, at, anyway=True)


def _steps_of(plan: Plan, tier: str, at: Instant, *, anyway: bool) -> tuple[Step, ...]:
    """The steps of ``at``, worked out once a minute: hours begin and end at whole ones."""
    key = tier, at // MINUTE, anyway
    found = plan.known.get(key)
    if found is None:
        if len(plan.known) >= KNOWN_MAX:
            plan.known.clear()
        found = plan.known[key] = tuple(_work_out(plan, tier, at, anyway))
    return found


def _work_out(plan: Plan, tier: str, at: Instant, anyway: bool) -> Iterator[Step]:
    for place, rung in enumerate(plan.ladders[tier].rungs):
        if not anyway and not within(plan.calendar, rung.hours, at):
            continue
        for person in _persons(plan.calendar, rung, at, anyway):
            numbers = person.numbers if anyway else numbers_at(plan.calendar, person, at)
            for _ in range(rung.tries):
                for each in numbers:
                    callee = Callee(person.key, person.name, person.role, each.number, each.kind)
                    yield Step(callee, place, rung.retry, rung.wait)


def _persons(calendar: Calendar, rung: Rung, at: Instant, anyway: bool) -> tuple[Person, ...]:
    if rung.who != COVERING:
        person = calendar.person(rung.who)
        return (person,) if person else ()
    who = covering(calendar, at)
    return who or (calendar.persons if anyway else ())


def _resolve(told: Notification, running: Call, ladder: Ladder, restarted: Instant | None) -> Due:
    """A call that runs has an end to be told: at once when the center restarted meanwhile."""
    by = f"call {running.number} of {running.by} to {running.callee.name or 'a caller'}"
    due_at = running.started + ladder.call_most
    if restarted is not None and running.started < restarted:
        due_at = min(due_at, restarted)
        why = f"{by} ran when the center restarted at {to_iso(restarted)}: say how it ended"
    else:
        why = f"{by} runs since {to_iso(running.started)}: say how it ended"
    return Due(RESOLVE, told.number, told.tier, due_at, why, running.callee, running.number)


def _supervisor(told: Notification, place: _Place) -> list[Due]:
    # By when, not by how many: a plan that was changed counts its rounds anew.
    if place.round_at is None or (told.told_at is not None and told.told_at >= place.round_at):
        return []
    why = f"the ladder went round {_times(place.rounds)} and nobody who can act was reached; it goes on"
    return [Due(SUPERVISOR, told.number, told.tier, place.round_at, why, rounds=place.rounds)]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _next(told: Notification, place: _Place, plan: Plan, now: Instant) -> Due:
    """The next call: at the first instant at which a step is left and its time has come."""
    ladder = plan.ladders[told.tier]
    at = _in_hours(plan, ladder, max(_earliest(told, place, plan, ladder), place.told_at))
    # Whom to call is asked of the hour in which it is done: a call that is overdue goes to who covers now.
    moment = max(at, now)
    steps = _left(place, _steps(plan, told.tier, moment))
    fallback = not _steps_of(plan, told.tier, moment, anyway=False)
    if not steps:
        # Every step of this hour was used under another hour's ladder: the round begins anew.
        every = _steps(plan, told.tier, moment)
        steps = [step for step in every if _key(step.callee) not in place.wrong]
    if not steps:
        why = "no number is left to call: every one is wrong, or the plan names none"
        return Due(SUPERVISOR, told.number, told.tier, place.told_at, why, rounds=max(1, place.rounds))
    step = steps[0]
    why = _why(told, place, step)
    if fallback:
        why += "; nothing is planned for this hour, so every number counts"
    return Due(CALL, told.number, told.tier, at, why, step.callee, rounds=place.rounds)


def _earliest(told: Notification, place: _Place, plan: Plan, ladder: Ladder) -> Instant:
    """When the next call is due, hours of a daily list apart."""
    if place.last is None or place.last.ended is None:
        return told.opened
    ended = place.last.ended
    if place.round_at == ended:
        return ended + ladder.again
    if place.last.incoming:
        return ended
    steps = _steps(plan, told.tier, ended)
    left = _left(place, steps)
    before = next((step for step in steps if _key(step.callee) == _key(place.last.callee)), None)
    if before is None or not left:
        return ended
    waited = ended if left[0].rung == before.rung else ended + before.wait
    tried = place.tried.get(_key(left[0].callee))
    return waited if tried is None else max(waited, tried + left[0].retry)


def _in_hours(plan: Plan, ladder: Ladder, at: Instant) -> Instant:
    """``at``, or the next time of the local day at which a daily list is called."""
    if ladder.daily_at is None:
        return at
    there = local(plan.calendar.zone, at)
    if ladder.daily_at <= there.hour * 60 + there.minute < max(DAILY_UNTIL, ladder.daily_at + 60):
        return at
    return _next_daily(plan, at, ladder.daily_at)


def _next_daily(plan: Plan, opened: Instant, minute: int) -> Instant:
    today = local(plan.calendar.zone, opened).date()
    first = instant_of(plan.calendar.zone, today, minute)
    return first if first >= opened else instant_of(plan.calendar.zone, today + timedelta(days=1), minute)


OUTCOME_WORDS = {
    Outcome.VOICEMAIL: "a voicemail is no notification",
    Outcome.ANSWERING_SERVICE: "an answering service is no notification",
    Outcome.NO_ANSWER: "nobody answered",
    Outcome.WRONG_NUMBER: "the number was wrong",
    Outcome.BUSY: "the line was busy",
    Outcome.REACHED: "reached",
}


def _why(told: Notification, place: _Place, step: Step) -> str:
    who = f"{step.callee.name}, {step.callee.number_kind}"
    if place.last is None or place.last.outcome is None:
        return f"{told.tier}: first on the ladder: {who}"
    after = OUTCOME_WORDS[place.last.outcome]
    if place.round_at == place.told_at:
        return f"{told.tier}: round {place.rounds + 1} of the ladder, since {after}: {who}"
    return f"{told.tier}: next on the ladder, since {after}: {who}"
