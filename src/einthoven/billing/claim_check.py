"""What a check of a claim says, and what it looks at (R40).

Outcomes are three-valued, as in determinations: what is not on record is never taken for either. Each check
is a rule with its source and its mark of sureness (``S`` read in a source, ``LCD``, ``M!`` and ``M?`` from
memory, ``I`` our own inference), and says what would mend it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Protocol

from einthoven.billing.claim import Claim
from einthoven.billing.family import Family
from einthoven.billing.service import ServiceRecord
from einthoven.enrollment.order import Order


class Outcome(StrEnum):
    """What a check found."""

    MET = "met"
    NOT_MET = "not met"
    NOT_DOCUMENTED = "not documented"
    NOT_APPLICABLE = "not applicable"


class Weight(StrEnum):
    """What follows where a check is not met."""

    STOP = "stop"
    """It cannot be released."""
    REASON = "reason"
    """It is held; it can be released with a reason on record."""
    NOTE = "note"
    """It is told."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: outcome, why in one line, and what would mend it."""

    outcome: Outcome
    words: str
    mend: str = ""


def met(words: str) -> Found:
    """It is as it must be."""
    return Found(Outcome.MET, words)


def not_met(words: str, mend: str = "") -> Found:
    """It is not."""
    return Found(Outcome.NOT_MET, words, mend)


def undocumented(words: str, mend: str = "") -> Found:
    """Nobody knows: it is not on record."""
    return Found(Outcome.NOT_DOCUMENTED, words, mend)


def not_applicable(words: str) -> Found:
    """It is not asked of this claim."""
    return Found(Outcome.NOT_APPLICABLE, words)


class CodeBook(Protocol):
    """What is known of codes (``billing.codes``)."""

    def valid(self, code: str, day: str) -> tuple[bool | None, str, str]:
        """Whether a CPT or HCPCS code is valid on a day (None: not known here), why, and how sure that is."""
        ...

    def pair(self, code: str, other: str, day: str) -> tuple[bool, str, str]:
        """Whether two codes may not be billed together, why, and how sure that is."""
        ...

    def icd10(self, code: str, day: str) -> tuple[bool | None, str, str]:
        """Whether a diagnosis is valid on a day (None: not known here), why, and how sure that is."""
        ...


@dataclass(frozen=True, slots=True)
class Other:
    """Another claim of the same person: its number, part, codes, dates and whether it still stands."""

    claim: int
    part: str
    codes: tuple[str, ...]
    day: str
    first_day: str
    last_day: str
    period: int


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that checks look at.

    Attributes:
        today: local date.
        order, record: None where there is none.
        family: None where it could not be derived.
        determination: its JSON form; None where there is none.
        others: claims of the same person that stand.
        faults: what the validating reader says of the claim as 837P; None: it was not asked.
        barred: which other claim for the same service the payer has; ``""``: none.
    """

    claim: Claim
    today: str
    codes: CodeBook
    order: Order | None = None
    record: ServiceRecord | None = None
    family: Family | None = None
    determination: Mapping[str, Any] | None = None
    others: Sequence[Other] = ()
    faults: tuple[str, ...] | None = None
    barred: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check.

    Attributes:
        id: ``dates.technical``.
        title: what it asks, own words.
        source, sure: where it is from, and how sure we are of that.
        weight: see ``Weight``.
        ask: finds.
    """

    id: str
    title: str
    source: str
    sure: str
    weight: Weight
    ask: Callable[[Context], Found] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Check:
    """What one rule said of one version of a claim."""

    rule: str
    title: str
    outcome: Outcome
    weight: Weight
    words: str
    mend: str
    source: str
    sure: str

    @property
    def fails(self) -> bool:
        """Whether it is not as it must be, or not known to be."""
        return self.outcome in (Outcome.NOT_MET, Outcome.NOT_DOCUMENTED)

    @property
    def stops(self) -> bool:
        """Whether the claim cannot be released because of it."""
        return self.fails and self.weight is Weight.STOP

    @property
    def holds(self) -> bool:
        """Whether it is held because of it."""
        return self.fails and self.weight is not Weight.NOTE


def run(rules: Sequence[Rule], context: Context) -> tuple[Check, ...]:
    """Every rule, in order."""
    made = []
    for rule in rules:
        found = rule.ask(context)
        told = (rule.weight, found.words, found.mend, rule.source, rule.sure)
        made.append(Check(rule.id, rule.title, found.outcome, *told))
    return tuple(made)


def stamp(checks: Sequence[Check]) -> str:
    """What holds a claim, in short: another where a check that is not met says something else."""
    told = "\n".join(repr((one.rule, str(one.outcome), one.words)) for one in checks if one.holds)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def check_json(check: Check) -> dict[str, Any]:
    """A check as JSON."""
    return {
        "rule": check.rule,
        "title": check.title,
        "outcome": str(check.outcome),
        "weight": str(check.weight),
        "words": check.words,
        "mend": check.mend,
        "source": check.source,
        "sure": check.sure,
    }


def check_of(given: Mapping[str, Any]) -> Check:
    """The check of its JSON form, as our own deeds hold it."""
    kinds = Outcome(given["outcome"]), Weight(given["weight"])
    words = given["words"], given["mend"], given["source"], given["sure"]
    return Check(given["rule"], given["title"], *kinds, *words)


def days_later(day: str, count: int) -> str:
    """The day so many days after another."""
    return (date.fromisoformat(day) + timedelta(days=count)).isoformat()


def days_between(first: str, last: str) -> int:
    """Days from one to another, 0 on the same day."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
