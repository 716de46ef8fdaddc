"""The center's written plans and its supervising physician, by version and by date (R34, R36).

L34997, "Documentation Requirements" 5, asks for a plan of quality control, procedures for emergencies and a
plan for uninterrupted surveillance; "Provider Qualifications" for general supervision by a physician in
cardiology or internal medicine. Each version is a deed: what was in force on a day is in force on that day
for ever, and a version that was put on file later than it says it holds shows both dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol, TypeVar, cast

from einthoven.base.deeds import Body, Deed, Draft
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import DAY, Duration, Instant, to_iso

PLAN_SET: Final = "plan.set"
SUPERVISOR_SET: Final = "supervisor.set"
TITLE_MAX, TEXT_MAX, WHY_MAX, NAME_MAX = 200, 60_000, 500, 200
BLANK: Final = "[["
"""What marks a place of a template that a center fills in: a text that still holds one is nobody's plan."""
BACK: Duration = DAY
"""A version that follows another holds at the earliest from so long before it was put on file."""
AHEAD: Duration = 366 * DAY


class PlanKind(StrEnum):
    """A plan that a center must have (L34997, documentation 5)."""

    QUALITY = "quality"
    """Quality control for ECG surveillance."""
    EMERGENCY = "emergency"
    """Procedures for the emergency management of patients."""
    CONTINUITY = "continuity"
    """How surveillance goes on without interruption, day and night."""


TITLES: Final[Mapping[PlanKind, str]] = {
    PlanKind.QUALITY: "Quality control of ECG surveillance",
    PlanKind.EMERGENCY: "Emergency procedures",
    PlanKind.CONTINUITY: "Uninterrupted surveillance",
}
"""What each is called on pages and paper."""
SPECIALTIES: Final = ("cardiology", "internal medicine")
"""Of a supervising physician (R34)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a plan.

    Attributes:
        kind: which.
        version: from 1, in the order in which they were put on file.
        title, text: as adopted; ``text`` may be empty where ``document`` holds it.
        document: SHA-256 of a document on file, ``""`` for none.
        since: from when on it holds.
        why: of the change.
        by, at: actor who put it on file, and when.
    """

    kind: PlanKind
    version: int
    title: str
    text: str
    document: str
    since: Instant
    why: str
    by: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Who supervises, from ``since`` on.

    Attributes:
        version: as of a plan.
        name: complete name; ``npi`` ten digits; ``specialty`` one of ``SPECIALTIES``.
        person: staff number, None for somebody who is not of the staff.
    """

    version: int
    name: str
    npi: str
    specialty: str
    person: int | None
    since: Instant
    why: str
    by: str
    at: Instant

    @property
    def words(self) -> str:
        """``Dr. Ada Heart (cardiology, NPI 1234567893)``."""
        return f"{self.name} ({', '.join(filter(None, (self.specialty, self.npi and f'NPI {self.npi}')))})"


class _Version(Protocol):
    @property
    def version(self) -> int: ...

    @property
    def since(self) -> Instant: ...


V = TypeVar("V", bound=_Version)


def in_force(versions: Iterable[V], at: Instant) -> V | None:
    """The version that holds at an instant: of those that hold from then or before, the one filed last."""
    return max((one for one in versions if one.since <= at), key=lambda one: one.version, default=None)


def within(versions: Iterable[V], start: Instant, stop: Instant) -> tuple[V, ...]:
    """Every version in force at some moment of ``[start, stop)``, in the order in which they came to hold."""
    every = list(versions)
    moments = sorted({start, *(one.since for one in every if start < one.since < stop)})
    found = (in_force(every, at) for at in moments)
    return tuple(dict.fromkeys(one for one in found if one is not None))


@dataclass(slots=True)
class HousePlans:
    """Every version of every plan, and every supervising physician; changes by ``apply`` alone."""

    KINDS: ClassVar[frozenset[str]] = frozenset({PLAN_SET, SUPERVISOR_SET})
    plans: dict[PlanKind, list[Plan]] = field(default_factory=dict)
    supervisors: list[Supervisor] = field(default_factory=list)

    def apply(self, deed: Deed) -> None:
        """Take one deed; kinds of others change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == PLAN_SET:
            kind = PlanKind(body["kind"])
            texts = body["title"], body["text"], body["document"]
            one = Plan(kind, body["version"], *texts, body["since"], body["why"], deed.actor, deed.at)
            self.plans.setdefault(kind, []).append(one)
        elif deed.kind == SUPERVISOR_SET:
            who = body["name"], body["npi"], body["specialty"], body["person"]
            self.supervisors.append(
                Supervisor(body["version"], *who, body["since"], body["why"], deed.actor, deed.at)
            )

    def plan(self, kind: PlanKind, at: Instant) -> Plan | None:
        """The version of a plan that holds at an instant; None where none does."""
        return in_force(self.plans.get(kind, ()), at)

    def supervisor(self, at: Instant) -> Supervisor | None:
        """Who supervises at an instant."""
        return in_force(self.supervisors, at)


def set_plan(
    book: HousePlans, kind: str, title: str, text: str, document: str, since: Instant, why: str, now: Instant
) -> list[Draft]:
    """A center adopts a plan, or another version of it.

    Raises:
        InputError: no such kind, nothing said, a blank of a template not filled in, or a date too far away.
        RefusedError: it would rewrite what was in force (``past``), or is what is in force (``same``).
    """
    try:
        which = PlanKind(kind)
    except ValueError as error:
        raise InputError(f"kind: {kind[:40]!r}, want one of {', '.join(PlanKind)}") from error
    if not text and not document:
        raise InputError("text: say the plan, or put its document on file")
    if BLANK in text:
        blank = text[text.index(BLANK) :].split("]]", 1)[0][:60]
        raise InputError(f"text: a blank of the template is not filled in: {blank}]]")
    title, versions = title or TITLES[which], book.plans.get(which, [])
    last = versions[-1] if versions else None
    if last is not None and (last.title, last.text, last.document) == (title, text, document):
        raise RefusedError("same", f"version {last.version} of this plan says just that")
    _dated("effective_ms", versions, since, now)
    body: Body = {
        "kind": str(which),
        "version": len(versions) + 1,
        "title": title,
        "text": text,
        "document": document,
        "since": since,
        "why": why,
    }
    return [Draft(PLAN_SET, f"plan {which}", body)]


def set_supervisor(
    book: HousePlans,
    name: str,
    npi: str,
    specialty: str,
    person: int | None,
    since: Instant,
    why: str,
    now: Instant,
) -> list[Draft]:
    """Another physician supervises.

    Raises:
        InputError: no such specialty, or a date too far away.
        RefusedError: it would rewrite who supervised (``past``), or they supervise already (``same``).
    """
    if specialty not in SPECIALTIES:
        raise InputError(f"specialty: {specialty[:40]!r}, want one of {', '.join(SPECIALTIES)}")
    last = book.supervisors[-1] if book.supervisors else None
    if last is not None and (last.name, last.npi, last.specialty) == (name, npi, specialty):
        raise RefusedError("same", f"{name} supervises since {to_iso(last.since)}")
    _dated("since_ms", book.supervisors, since, now)
    body: Body = {
        "version": len(book.supervisors) + 1,
        "name": name,
        "npi": npi,
        "specialty": specialty,
        "person": person,
        "since": since,
        "why": why,
    }
    return [Draft(SUPERVISOR_SET, "supervisor", body)]


def _dated(field_name: str, versions: Sequence[_Version], since: Instant, now: Instant) -> None:
    """The first version may hold from long ago (it was on paper); a later one never changes what held."""
    if since > now + AHEAD:
        raise InputError(f"{field_name}: {to_iso(since)} is more than a year ahead")
    if versions and since < now - BACK:
        words = f"{to_iso(since)[:10]}: what was in force then stays so; say a day from now on"
        raise RefusedError("past", f"{field_name}: {words}")
