"""A billing code as plain values: what it is, from when to when, how sure that is (R38).

Numbers, dates and our own short words; never a descriptor of a code set. A day that is not known exactly is a
stretch in which it lies, and a question that falls into that stretch is answered by "not known".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class Mark(StrEnum):
    """How sure a fact is."""

    READ = "S"
    COVERAGE = "LCD"
    SURE = "M!"
    INFERRED = "I"
    MEMORY = "M"
    UNSURE = "M?"


MARKS: Mapping[Mark, str] = MappingProxyType(
    {
        Mark.READ: "a source was read",
        Mark.COVERAGE: "stands in L34997 or on a public page about 93012",
        Mark.SURE: "from memory, sure",
        Mark.INFERRED: "inferred",
        Mark.MEMORY: "from memory, to be checked",
        Mark.UNSURE: "from memory, unsure: check it before use",
    }
)
"""Marks in words, the surest first."""


def weakest(*marks: Mark) -> Mark:
    """The least sure of some marks; one at least."""
    order = list(MARKS)
    return max(marks, key=order.index)


class Part(StrEnum):
    """What of a service a code stands for."""

    GLOBAL = "global"
    """All of it, technical and professional."""
    TECHNICAL = "technical"
    PROFESSIONAL = "professional"
    HOOK_UP = "hook-up"
    SCAN = "scan"
    """Analysis of a recording and the report of it, without the physician."""
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class Edge:
    """A first or last day of validity.

    Attributes:
        first: the earliest day that it may be; None: no earliest is known.
        last: the latest day that it may be; None: no latest is known. Equal to ``first`` where it is exact.
        words: beside the day, e.g. ``in the 1990s``; ``""`` for none.
    """

    first: date | None
    last: date | None
    mark: Mark
    words: str = ""
    sources: tuple[str, ...] = ()

    @property
    def exact(self) -> date | None:
        """The day, where it is known exactly."""
        return self.first if self.first == self.last else None


@dataclass(frozen=True, slots=True)
class Note:
    """Something said, with its mark; ``sources`` are ids of ``Codes.sources``."""

    words: str
    mark: Mark
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a code.

    Attributes:
        kind: ``elements``, ``parts``, ``hook-up``, ``frequency``, ``place``, ``modifier``, ``length``, ….
        start, stop: first and last day on which it holds; None: open.
    """

    kind: str
    words: str
    mark: Mark
    sources: tuple[str, ...] = ()
    start: date | None = None
    stop: date | None = None


@dataclass(frozen=True, slots=True)
class Units:
    """How often: ``most`` units in ``days`` days."""

    most: int
    days: int
    words: str
    mark: Mark
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceDate:
    """The date of service of a claim with this code.

    Attributes:
        day: ``end`` (monitoring ends) or ``reading`` (the physician completes the reading).
        least: the reading counts on this day of service at the earliest where the code tells of so many days;
            0: no such rule.
    """

    day: str
    least: int
    words: str
    mark: Mark
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replaced:
    """What stands in the place of a code that ended; several: by length or part, ``words`` say which."""

    codes: tuple[str, ...]
    mark: Mark
    words: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Two codes that do not go together.

    Attributes:
        code, other: the pair; of an NCCI edit column 1 (paid) and column 2 (denied).
        kind: ``whole`` (a global code and a part of it), ``guideline``, ``ncci``, ``hook-up``, ``policy``.
        start, stop: first and last day on which it holds; None: open.
        indicator: of NCCI: ``0`` never, ``1`` with a modifier and documentation, ``""`` not known here.
        scope: ``same period`` or ``same day``.
    """

    code: str
    other: str
    kind: str
    words: str
    mark: Mark
    scope: str
    start: date | None = None
    stop: date | None = None
    indicator: str = ""
    sources: tuple[str, ...] = ()

    def holds(self, on: date) -> bool:
        """Whether it holds on a day."""
        return (self.start is None or self.start <= on) and (self.stop is None or on <= self.stop)


@dataclass(frozen=True, slots=True)
class CodeFamily:
    """A family of codes: a service, whoever counts it under which numbers."""

    id: str
    name: str
    words: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """One code.

    Attributes:
        system: ``CPT`` or ``HCPCS``.
        family: id of its ``CodeFamily``; ``set``: the codes that are parts of one another.
        words: our own.
        start: first day of validity; ``end``: last one, None while no end is known.
        medicare: whether Medicare takes, or took, it.
    """

    code: str
    system: str
    family: str
    set: str
    part: Part
    words: str
    start: Edge
    end: Edge | None
    medicare: bool
    replaced: Replaced | None = None
    units: Units | None = None
    service_date: ServiceDate | None = None
    rules: tuple[Rule, ...] = ()
    notes: tuple[Note, ...] = ()


class Valid(StrEnum):
    """Whether a code is valid on a day."""

    YES = "valid"
    NO = "not valid"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Validity:
    """The answer for a code and a day.

    Attributes:
        words: one line that says why.
        instead: codes that stand in its place, where there are any.
        mark: the least sure fact that the answer stands on.
    """

    answer: Valid
    words: str
    mark: Mark
    instead: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Together(StrEnum):
    """Whether two codes go together."""

    NEVER = "never"
    MODIFIER = "with a modifier"
    """Only with a modifier and documentation that shows two services."""
    NOT = "not together"
    """They do not go together; whether a modifier helps is not known here."""
    UNKNOWN = "not known"
    """Nothing held here says so, and the file that would is not loaded."""
    YES = "together"
    """The quarterly file of that day has no edit of the pair."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """The answer for two codes and a day; ``why`` are the exclusions that hold."""

    answer: Together
    words: str
    why: tuple[Exclusion, ...] = ()
