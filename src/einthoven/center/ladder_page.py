"""What the page of a ladder asks: the plan as it is set, and what would come of one: faults, holes, calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from einthoven.base.errors import FaultsError, InputError
from einthoven.base.instants import DAY, SECOND, Instant
from einthoven.center.act_fields import instant_ms
from einthoven.center.criteria_page import about, asked_about, form_given, ms, reaches
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.escalation.calendar import WHOLE_DAY, Calendar, gaps, instant_of, local, stretches
from einthoven.escalation.calls import CallBook, Notification, State
from einthoven.escalation.ladder import Ladder, Plan, upcoming, usual_ladders
from einthoven.escalation.plans import AHEAD, plan_of, uses_cover
from einthoven.escalation.prescribing import Scope
from einthoven.surveillance.roles import Permission

Shape: TypeAlias = dict[str, Any]
DAYS_SHOWN = 14
CALLS_SHOWN = 6
FLAWS_SHOWN = 40


def page(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> Shape:
    """The plan of a patient or of a practice, where it comes from, and what comes of it."""
    scope, practice = asked_about(books, who, params, Permission.READ_CONTACTS, now)
    source, plan, version = _plan(books, scope, practice)
    return {
        **about(books, scope),
        "now_ms": ms(now),
        "source": source,
        "version": version,
        "plan": plan,
        "may_set": reaches(books, who, Permission.LADDER_SET, scope, now),
        "usual": {tier: _usual(ladder) for tier, ladder in usual_ladders(("",)).items()},
        "looked": look(plan, now, now),
    }


def _plan(books: Books, scope: Scope, practice: int | None) -> tuple[str, Shape, int]:
    """Where the plan that holds comes from (``own``, ``practice``, ``order``, ``none``), and the plan."""
    plans = books.notify.plans
    own = plans.bodies.get(scope.subject)
    if own is not None:
        return "own", _as_set(own["plan"]), int(str(own["version"]))
    template = plans.bodies.get(f"practice {practice}")
    if scope.stream is not None and template is not None:
        return "practice", _as_set(template["plan"]), int(str(template["version"]))
    order = None if scope.stream is None else plans.orders.get(scope.stream)
    if order is None:
        return "none", {"zone": plans.zone, "persons": [], "ladders": {}}, 0
    name, telephone, zone = order
    numbers = [{"kind": "office", "number": telephone}]
    person = {"key": "ordering", "name": name, "role": "physician", "numbers": numbers}
    return "order", {"zone": zone, "persons": [person], "ladders": {}}, 0


def _as_set(plan: object) -> Shape:
    return dict(plan) if isinstance(plan, Mapping) else {}


def _usual(ladder: Ladder) -> Shape:
    (rung,) = ladder.rungs
    return {
        "tries": rung.tries,
        "retry_s": rung.retry // SECOND,
        "wait_s": rung.wait // SECOND,
        "again_s": ladder.again // SECOND,
    }


def check(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> Shape:
    """What would come of a plan, ``{"plan": …, "at_ms": …}``; without ``at_ms``, now."""
    asked_about(books, who, params, Permission.READ_CONTACTS, now)
    form = form_given(params)
    at = instant_ms(form, "at_ms") if form.get("at_ms") is not None else now
    if not now - 366 * DAY <= at <= now + 366 * DAY:
        raise InputError("at_ms: want a moment within a year of now")
    return look(form.get("plan"), now, at)


def look(fields: object, now: Instant, at: Instant) -> Shape:
    """Faults of a plan by their fields; of one without any, who covers when, and whom it would call.

    Args:
        fields: the plan as ``ladder.set`` takes it.
        now: center time; cover is looked over from then on.
        at: something happens then.
    """
    nothing: Shape = {"faults": [], "flaws": [], "days": [], "calls": {}, "covering": False}
    try:
        plan = plan_of(fields, 0)
    except FaultsError as error:
        return nothing | {"faults": [_fault(line) for line in str(error).splitlines()]}
    covering = uses_cover(plan)
    flaws = gaps(plan.calendar, now, now + AHEAD) if covering else []
    return {
        "faults": [],
        "covering": covering,
        "flaws": [{"kind": one.kind, "words": one.words} for one in flaws[:FLAWS_SHOWN]],
        "days": _days(plan.calendar, now) if plan.calendar.covers else [],
        "calls": {tier: _calls(plan, tier, at) for tier in plan.ladders},
    }


def _fault(line: str) -> Shape:
    where, _, words = line.partition(": ")
    return {"where": where.removeprefix("plan."), "words": words or line}


def _calls(plan: Plan, tier: str, at: Instant) -> list[Shape]:
    """Who would be called, in order, if something of a tier happened at ``at`` and nobody answered."""
    book = CallBook()
    book.notifications[1] = Notification(1, 1, 0, None, tier, "", at, "", State.WAITING)
    found = upcoming(book, 1, plan, at, CALLS_SHOWN)
    return [
        {
            "at_ms": ms(max(due.due_at, at)),
            "local": f"{local(plan.calendar.zone, max(due.due_at, at)):%a %H:%M:%S}",
            "name": due.callee.name,
            "role": due.callee.role,
            "number": due.callee.number,
            "kind": due.callee.number_kind,
            "why": due.why,
        }
        for due in found
        if due.callee is not None
    ]


def _days(calendar: Calendar, now: Instant) -> list[Shape]:
    """Who covers on each of the coming local days, in parts of the day, per cent of it."""
    names = {person.key: person.name for person in calendar.persons}
    first = local(calendar.zone, now).date()
    days = [first + timedelta(days=count) for count in range(DAYS_SHOWN)]
    begin, end = instant_of(calendar.zone, days[0], 0), instant_of(calendar.zone, days[-1], WHOLE_DAY)
    parts = stretches(calendar, begin, end)
    told = []
    for day in days:
        start, stop = instant_of(calendar.zone, day, 0), instant_of(calendar.zone, day, WHOLE_DAY)
        shares = []
        for one in parts:
            since, till = max(one.start, start), min(one.stop, stop)
            if since < till:
                shares.append(
                    {
                        "from": round(100 * (since - start) / (stop - start), 2),
                        "to": round(100 * (till - start) / (stop - start), 2),
                        "words": f"{_time(calendar, since)}–{_time(calendar, till)}",
                        "who": [names[key] for key in one.who],
                        "kind": one.kind,
                    }
                )
        told.append({"day": f"{day:%a %d %b}", "holiday": day in calendar.holidays, "parts": shares})
    return told


def _time(calendar: Calendar, at: Instant) -> str:
    return f"{local(calendar.zone, at):%H:%M}"
