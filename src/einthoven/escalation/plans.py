"""Plans as they are set: calendars and ladders of practices and patients, read and checked (R21, R22).

A plan is set whole; one with a fault is refused with every fault in a line, and what covers badly (gaps,
overlaps, hours without a number) is told when it is set, before it hurts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from einthoven.base.deeds import Body, Deed, Draft, Json
from einthoven.base.errors import FaultsError, InputError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import DAY, SECOND, Duration, Instant, from_iso
from einthoven.enrollment import checks
from einthoven.escalation.calendar import (
    DAYS,
    HOLIDAY,
    NUMBER_KINDS,
    Calendar,
    Cover,
    Flaw,
    Hours,
    Instead,
    Number,
    Person,
    gaps,
    instant_of,
    zone_of,
)
from einthoven.escalation.calls import Notification
from einthoven.escalation.fields import text, whole, whole_or_none
from einthoven.escalation.ladder import COVERING, Ladder, Plan, Rung, plan_of_order, usual_ladders
from einthoven.escalation.moved import LADDER_MOVED, pairs

SET = "ladder.set"
AHEAD: Duration = 28 * DAY
"""So far ahead a plan that is set is looked over."""
PERSONS_MAX, NUMBERS_MAX, COVERS_MAX, RUNGS_MAX, TRIES_MAX = 40, 6, 200, 20, 10
WAIT_MAX_S = 4 * 3600
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\Z")


@dataclass
class PlanBook:
    """Every plan that holds; changes by ``apply`` alone.

    Attributes:
        streams, practices: plans of patients and of practices.
        bodies: each as it was set, by subject, for the page that changes it.
        orders: name, telephone and zone of the ordering physician by stream, as enrolled (no deeds).
        zone: of the center, where an order does not tell one.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset({SET, LADDER_MOVED})
    streams: dict[StreamId, Plan] = field(default_factory=dict)
    practices: dict[int, Plan] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)
    orders: dict[StreamId, tuple[str, str, str]] = field(default_factory=dict, compare=False)
    zone: str = "UTC"

    def apply(self, deed: Deed) -> None:
        """Take one deed; kinds of others change nothing."""
        if deed.kind == LADDER_MOVED:
            self._moved(deed)
        if deed.kind != SET:
            return
        stream, practice = whole_or_none(deed.body.get("stream")), whole_or_none(deed.body.get("practice"))
        plan = plan_of(deed.body["plan"], whole(deed.body["version"]))
        self.bodies[deed.subject] = deed.body
        if stream is not None:
            self.streams[stream] = plan
        elif practice is not None:
            self.practices[practice] = plan

    def _moved(self, deed: Deed) -> None:
        """All at once: two people may have been mistaken for one another."""
        plans, bodies = dict(self.streams), dict(self.bodies)
        for stream, source in pairs(deed.body["moves"]):
            plan = None if source is None else plans.get(source)
            body = None if source is None else bodies.get(stream_name(source))
            if plan is None or body is None:
                self.streams.pop(stream, None)
                self.bodies.pop(stream_name(stream), None)
            else:
                self.streams[stream], self.bodies[stream_name(stream)] = plan, body
            self.orders.pop(stream, None)  # read anew from the enrollment

    def plan_of(self, told: Notification) -> Plan:
        """The patient's plan, else their practice's, else one made from the order."""
        return self.plan_for(told.stream, told.practice)

    def plan_for(self, stream: StreamId, practice: int | None) -> Plan:
        """As ``plan_of``. Without plan and order nobody can be called, and the supervisor is told."""
        plan = self.streams.get(stream) or (self.practices.get(practice) if practice is not None else None)
        if plan is not None:
            return plan
        order = self.orders.get(stream)
        if order is None:
            return Plan(0, Calendar(self.zone, ()), usual_ladders(()))
        return plan_of_order(*order)


def set_plan(
    book: PlanBook, fields: object, now: Instant, stream: StreamId | None = None, practice: int | None = None
) -> tuple[list[Draft], list[Flaw]]:
    """A plan for a patient or for a practice, and what of its cover will hurt within four weeks.

    Raises:
        FaultsError: the plan has faults, a line each.
    """
    subject = stream_name(stream) if stream is not None else f"practice {practice}"
    before = book.bodies.get(subject)
    version = whole(before["version"]) + 1 if before else 1
    plan = plan_of(fields, version)
    body: dict[str, Json] = {"version": version, "plan": fields}  # type: ignore[dict-item]  # checked above
    body |= {"stream": stream} if stream is not None else {"practice": practice}
    flaws = gaps(plan.calendar, now, now + AHEAD) if uses_cover(plan) else []
    return [Draft(SET, subject, body)], flaws


def plan_of(fields: object, version: int) -> Plan:
    """The plan that a body's ``plan`` tells (``docs/escalation.md``).

    Raises:
        FaultsError: every fault in a line, with the field's name.
    """
    reader = _Reader([])
    plan = reader.plan(fields, version)
    if reader.faults or plan is None:
        raise FaultsError("\n".join(reader.faults))
    return plan


def uses_cover(plan: Plan) -> bool:
    """Whether a rung is whoever covers."""
    return any(rung.who == COVERING for ladder in plan.ladders.values() for rung in ladder.rungs)


@dataclass
class _Reader:
    """Reads a plan and collects its faults."""

    faults: list[str]

    def plan(self, fields: object, version: int) -> Plan | None:
        given = self.object_(
            "plan", fields, {"zone", "persons", "cover", "holidays", "exceptions", "ladders"}
        )
        zone = given.get("zone")
        try:
            zone_of(zone if isinstance(zone, str) else "")
        except InputError as error:
            self.faults.append(f"plan.{error}")
            return None
        persons = [
            self.person(f"persons[{at}]", one) for at, one in self.list_("persons", given, PERSONS_MAX)
        ]
        keys = [person.key for person in persons if person]
        if len(set(keys)) < len(keys):
            self.faults.append("persons: two have the same key")
        covers = [self.cover(f"cover[{at}]", one, keys) for at, one in self.list_("cover", given, COVERS_MAX)]
        holidays = [self.day(f"holidays[{at}]", one) for at, one in self.list_("holidays", given, COVERS_MAX)]
        exceptions = [
            self.instead(f"exceptions[{at}]", one, keys, str(zone))
            for at, one in self.list_("exceptions", given, COVERS_MAX)
        ]
        calendar = Calendar(
            str(zone),
            tuple(one for one in persons if one),
            tuple(one for one in covers if one),
            frozenset(one for one in holidays if one),
            tuple(one for one in exceptions if one),
        )
        ladders = self.ladders(given.get("ladders"), keys)
        if COVERING in {rung.who for ladder in ladders.values() for rung in ladder.rungs} and not covers:
            self.faults.append("ladders: a rung is whoever covers, and cover names nobody")
        return Plan(version, calendar, ladders)

    def person(self, where: str, value: object) -> Person | None:
        given = self.object_(where, value, {"key", "name", "role", "numbers"})
        found = [
            self.number(f"{where}.numbers[{at}]", one)
            for at, one in self.list_(f"{where}.numbers", given, NUMBERS_MAX, "numbers")
        ]
        if not found:
            self.faults.append(f"{where}.numbers: has none")
        try:
            key = text(f"{where}.key", given.get("key"), 60, required=True)
            name = text(f"{where}.name", given.get("name"), 200, required=True)
            role = text(f"{where}.role", given.get("role"), 60, required=True)
        except InputError as error:
            self.faults.append(str(error))
            return None
        if key == COVERING:
            self.faults.append(f"{where}.key: {COVERING!r} means whoever covers")
        return Person(key, name, role, tuple(one for one in found if one))

    def number(self, where: str, value: object) -> Number | None:
        given = self.object_(where, value, {"kind", "number", "hours"})
        kind = given.get("kind")
        if kind not in NUMBER_KINDS:
            self.faults.append(f"{where}.kind: want one of {', '.join(NUMBER_KINDS)}")
            return None
        try:
            number = checks.telephone(f"{where}.number", given.get("number"), required=True)
        except InputError as error:
            self.faults.append(str(error))
            return None
        return Number(str(kind), number, self.every_hours(where, given))

    def every_hours(self, where: str, given: Mapping[str, object]) -> tuple[Hours, ...]:
        listed = self.list_(f"{where}.hours", given, COVERS_MAX, "hours")
        found = [self.hours(f"{where}.hours[{at}]", one) for at, one in listed]
        return tuple(one for one in found if one)

    def hours(self, where: str, value: object, more: frozenset[str] = frozenset()) -> Hours | None:
        given = self.object_(where, value, {"days", "from", "to"} | more)
        days = given.get("days")
        if not isinstance(days, list) or not days or not set(map(str, days)) <= {*DAYS, HOLIDAY}:
            self.faults.append(f"{where}.days: want a list of {', '.join((*DAYS, HOLIDAY))}")
            return None
        start, stop = (self.minute(f"{where}.{name}", given.get(name)) for name in ("from", "to"))
        if start is None or stop is None:
            return None
        return Hours(frozenset(map(str, days)), start, stop or 24 * 60)

    def minute(self, where: str, value: object) -> int | None:
        match = _TIME.match(value) if isinstance(value, str) else None
        minute = int(match[1]) * 60 + int(match[2]) if match else 24 * 60 + 1
        if minute > 24 * 60:
            self.faults.append(f"{where}: {str(value)[:20]!r} is no time of day (want e.g. 17:30)")
            return None
        return minute

    def cover(self, where: str, value: object, keys: Sequence[str]) -> Cover | None:
        given = self.object_(where, value, {"days", "from", "to", "person"})
        hours = self.hours(where, value, frozenset({"person"}))
        person = self.who(f"{where}.person", given.get("person"), keys)
        return Cover(hours, person) if hours and person else None

    def instead(self, where: str, value: object, keys: Sequence[str], zone: str) -> Instead | None:
        given = self.object_(where, value, {"from", "to", "person"})
        times = [self.moment(f"{where}.{name}", given.get(name), zone) for name in ("from", "to")]
        person = given.get("person")
        named = None if person is None else self.who(f"{where}.person", person, keys)
        start, stop = times
        if start is None or stop is None or (person is not None and named is None):
            return None
        if stop <= start:
            self.faults.append(f"{where}.to: is not after from")
            return None
        return Instead(start, stop, named)

    def moment(self, where: str, value: object, zone: str) -> Instant | None:
        """A local date and time, ``2026-11-26T08:00``."""
        try:
            if not isinstance(value, str) or len(value) != 16:
                raise InputError(str(value))
            at = from_iso(value)
            minutes = at // (60 * SECOND) % (24 * 60)
            return instant_of(zone, date.fromisoformat(value[:10]), minutes)
        except (InputError, ValueError):
            self.faults.append(f"{where}: {str(value)[:30]!r} is no local time (want e.g. 2026-11-26T08:00)")
            return None

    def day(self, where: str, value: object) -> date | None:
        try:
            return date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            self.faults.append(f"{where}: {str(value)[:30]!r} is no date (want YYYY-MM-DD)")
            return None

    def ladders(self, value: object, keys: Sequence[str]) -> dict[str, Ladder]:
        usual = usual_ladders(keys)
        given = self.object_("ladders", value if value is not None else {}, set(usual))
        for tier, fields in given.items():
            if tier in usual:
                usual[tier] = self.ladder(f"ladders.{tier}", fields, keys, usual[tier])
        for tier, ladder in usual.items():
            if not ladder.rungs:
                self.faults.append(f"ladders.{tier}: names nobody")
        return usual

    def ladder(self, where: str, value: object, keys: Sequence[str], usual: Ladder) -> Ladder:
        given = self.object_(where, value, {"rungs", "again_s", "call_most_s", "action_most_s", "at"})
        rungs = [
            self.rung(f"{where}.rungs[{at}]", one, keys)
            for at, one in self.list_(f"{where}.rungs", given, RUNGS_MAX, "rungs")
        ]
        at = given.get("at")
        return Ladder(
            tuple(one for one in rungs if one) if "rungs" in given else usual.rungs,
            self.span(f"{where}.again_s", given.get("again_s"), usual.again, least=10),
            self.span(f"{where}.call_most_s", given.get("call_most_s"), usual.call_most, least=30),
            self.span(f"{where}.action_most_s", given.get("action_most_s"), usual.action_most, least=60),
            usual.daily_at if at is None else self.minute(f"{where}.at", at),
        )

    def rung(self, where: str, value: object, keys: Sequence[str]) -> Rung | None:
        given = self.object_(where, value, {"who", "tries", "retry_s", "wait_s", "hours"})
        who = given.get("who")
        named = COVERING if who == COVERING else self.who(f"{where}.who", who, keys)
        tries = given.get("tries", 1)
        if isinstance(tries, bool) or not isinstance(tries, int) or not 1 <= tries <= TRIES_MAX:
            self.faults.append(f"{where}.tries: want 1 to {TRIES_MAX}")
            return None
        retry = self.span(f"{where}.retry_s", given.get("retry_s"), 120 * SECOND, least=5)
        wait = self.span(f"{where}.wait_s", given.get("wait_s"), 0)
        return Rung(named, tries, retry, wait, self.every_hours(where, given)) if named else None

    def span(self, where: str, value: object, usual: Duration, least: int = 0) -> Duration:
        if value is None:
            return usual
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= WAIT_MAX_S:
            self.faults.append(f"{where}: want {least} to {WAIT_MAX_S} seconds")
            return usual
        return round(value * SECOND)

    def who(self, where: str, value: object, keys: Sequence[str]) -> str | None:
        if isinstance(value, str) and value in keys:
            return value
        self.faults.append(f"{where}: {str(value)[:40]!r} is no key of persons")
        return None

    def object_(self, where: str, value: object, known: set[str] | frozenset[str]) -> Mapping[str, object]:
        if not isinstance(value, Mapping):
            self.faults.append(f"{where}: want an object with fields")
            return {}
        self.faults += [f"{where}: {str(key)[:40]!r} is no field of it" for key in value if key not in known]
        return value

    def list_(
        self, where: str, given: Mapping[str, object], most: int, name: str = ""
    ) -> Sequence[tuple[int, object]]:
        value = given.get(name or where, [])
        if not isinstance(value, list) or len(value) > most:
            self.faults.append(f"{where}: want a list of at most {most}")
            return []
        return list(enumerate(value))
