"""What happens in a service period beside its samples: extension, interruption, calls (R32, R33).

The period itself, with its limit and its end, is a row of the facts; here stands what people decided about it
and why, in the order in which they did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Final, cast

from einthoven.base.deeds import Deed
from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, HOUR, Duration, Instant

BEGAN: Final = "period.began"
ALLOWED: Final = "period.allowed"
EXTENDED: Final = "period.extended"
INTERRUPTED: Final = "period.interrupted"
RESUMED: Final = "period.resumed"
ENDED: Final = "period.ended"
ENDING: Final = "period.ending"
OVER: Final = "period.over"
CALLED: Final = "followup.called"
MOVED: Final = "followup.moved"

FIRST_CALL: Duration = DAY
"""After the beginning of a period the patient is called: does it work, does it chafe, any question?"""
FIRST_CALL_LATE: Duration = 4 * HOUR
"""So long after it is due the call is overdue [inference]."""
RETURN_CALL_AGAIN: Duration = 7 * DAY
"""Between two calls for a kit that has not come back [inference]."""


END_NOTICE: Duration = DAY
"""So long before a period ends by itself somebody is told, and asks whether it is to go on."""


class What(StrEnum):
    """What is asked by telephone: the patient about the first two, the ordering practice about the last."""

    FIRST = "first day"
    RETURN = "return of the kit"
    END = "end of service"


def notice_at(started: Instant, limit: Instant) -> Instant:
    """When it is told that a period will end: a day before, of one of a day or two in the middle of it."""
    return limit - min(END_NOTICE, max(0, limit - started) // 2)


@dataclass(frozen=True, slots=True)
class Extension:
    """A period lasts longer (R33).

    Attributes:
        days: so many more.
        limit: until when it may last now.
        words: the treating physician's own.
        said_by: the physician, by name; ``document`` SHA-256 of what they wrote, ``""`` for none.
        at, by: when, and who put it on record (an actor).
    """

    days: int
    limit: Instant
    words: str
    said_by: str
    document: str
    at: Instant
    by: str


@dataclass(frozen=True, slots=True)
class Stay:
    """From when to when the patient was in a facility: no service is counted (R32).

    Attributes:
        stop: None while it lasts.
        by: who said so: an actor, or ``hospital`` where a message did.
        over_by: the same of its end, ``""`` while it lasts.
    """

    start: Instant
    stop: Instant | None
    where: str
    why: str
    by: str
    over_by: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what about, whether somebody was reached, what was said."""

    what: What
    at: Instant
    by: str
    reached: bool
    said: str


@dataclass(frozen=True, slots=True)
class Over:
    """A period reached its limit, and nobody had said that it goes on.

    Attributes:
        at: when it ended.
        cases: numbers of those that were open then; they stay on the list until they are judged.
    """

    at: Instant
    cases: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A service period as people worked on it.

    Attributes:
        stream: whose samples.
        order: number of the order under which it began, None without.
        transmitter, started, limit: as it began, ``""`` and 0 where it began without an order.
        extensions, stays, calls: in order.
        moved: of each kind of call until when it was put off, and why.
        ended: when somebody ended it by hand, and why; ``""``.
        ending: the limit of which it was told that the period will end then, 0 before that.
        over: how it ended by itself, None where it did not.
    """

    stream: StreamId
    order: int | None = None
    transmitter: str = ""
    started: Instant = 0
    limit: Instant = 0
    extensions: tuple[Extension, ...] = ()
    stays: tuple[Stay, ...] = ()
    calls: tuple[Call, ...] = ()
    moved: Mapping[What, tuple[Instant, str]] = field(default_factory=dict)
    ended: Instant | None = None
    ended_why: str = ""
    ending: Instant = 0
    over: Over | None = None

    @property
    def interrupted(self) -> Stay | None:
        """The stay that lasts."""
        return self.stays[-1] if self.stays and self.stays[-1].stop is None else None

    def first_call_due(self) -> Instant | None:
        """When the patient is to be called first; None where that was done, or nobody began it here."""
        if not self.started or any(one.what is What.FIRST and one.reached for one in self.calls):
            return None
        moved = self.moved.get(What.FIRST)
        return self.started + FIRST_CALL if moved is None else moved[0]

    def return_call_due(self, overdue_since: Instant) -> Instant:
        """When the patient is to be called about a kit that should have been back since ``overdue_since``."""
        last = max((one.at for one in self.calls if one.what is What.RETURN), default=None)
        moved = self.moved.get(What.RETURN)
        again = overdue_since if last is None else last + RETURN_CALL_AGAIN
        return again if moved is None else max(again, moved[0])

    def end_call_due(self, started: Instant, limit: Instant) -> Instant | None:
        """When it is to be asked whether the service goes on; None where that was done since it was due."""
        due = notice_at(started, limit)
        if any(one.what is What.END and one.reached and one.at >= due for one in self.calls):
            return None
        moved = self.moved.get(What.END)
        return due if moved is None else min(max(due, moved[0]), limit)

    @property
    def over_unasked(self) -> bool:
        """Whether it ended by itself and nobody has put on record since that this is so."""
        over = self.over
        return over is not None and not any(
            one.what is What.END and one.reached and one.at >= over.at - END_NOTICE for one in self.calls
        )


@dataclass(frozen=True, slots=True)
class Allowance:
    """Somebody allowed a period that a rule refuses: the order, why, who, when."""

    order: int
    why: str
    at: Instant
    by: str


@dataclass(slots=True)
class ServiceBook:
    """Services by stream, allowances by order."""

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {BEGAN, ALLOWED, EXTENDED, INTERRUPTED, RESUMED, ENDED, ENDING, OVER, CALLED, MOVED}
    )
    services: dict[StreamId, Service] = field(default_factory=dict)
    allowances: dict[int, Allowance] = field(default_factory=dict)

    def of(self, stream: StreamId) -> Service:
        """What is known of a period."""
        return self.services.get(stream, Service(stream))

    def apply(self, deed: Deed) -> None:
        """Take one deed; other kinds change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == ALLOWED:
            self.allowances[body["order"]] = Allowance(body["order"], body["why"], deed.at, deed.actor)
        elif deed.kind in self.KINDS:
            self.services[body["stream"]] = _after(self.of(body["stream"]), deed, body)


def _after(held: Service, deed: Deed, body: Mapping[str, Any]) -> Service:
    match deed.kind:
        case "period.began":
            return replace(
                held,
                order=body["order"],
                transmitter=body["transmitter"],
                started=body["started"],
                limit=body["limit"],
            )
        case "period.extended":
            told = {name: body[name] for name in ("days", "limit", "words", "said_by", "document")}
            longer = Extension(**told, at=deed.at, by=deed.actor)
            return replace(held, extensions=(*held.extensions, longer))
        case "period.interrupted":
            stay = Stay(body["since"], None, body["where"], body["why"], body["said_by"] or deed.actor)
            return replace(held, stays=(*held.stays, stay))
        case "period.resumed":
            by = body["said_by"] or deed.actor
            over = [replace(one, stop=max(one.start, body["at"]), over_by=by) for one in held.stays[-1:]]
            return replace(held, stays=(*held.stays[:-1], *over))
        case "period.ended":
            return replace(held, ended=body["at"], ended_why=body["why"])
        case "period.ending":
            return replace(held, ending=body["limit"])
        case "period.over":
            return replace(held, over=Over(body["at"], tuple(body["cases"])))
        case "followup.called":
            call = Call(What(body["what"]), deed.at, deed.actor, body["reached"], body["said"])
            return replace(held, calls=(*held.calls, call))
        case _:
            moved = {**held.moved, What(body["what"]): (body["until"], body["why"])}
            return replace(held, moved=moved)
