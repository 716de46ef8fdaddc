"""What somebody should look at beside the answer: two places of a record that contradict each other.

A caution never changes an answer; where a contradiction does, a clause says so as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from einthoven.billing.fact_words import FACTS
from einthoven.billing.facts import Fact, Facts


@dataclass(frozen=True, slots=True)
class Look:
    """Where one side of it stands: a path of the order's JSON or a place of the record, and what is there."""

    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Caution:
    """A caution.

    Attributes:
        kind: ``contradiction``, ``dates``, or ``policy`` where another one decides at the end.
        words: one line, or a few.
        looks: the places to look at.
    """

    kind: str
    words: str
    looks: tuple[Look, ...] = ()


def cautions(facts: Facts, first: date) -> tuple[Caution, ...]:
    """What facts of a service that begins on a day say against one another."""
    found = (_monitoring(facts), _frequency(facts), _risk(facts), _use(facts), _written(facts, first))
    return tuple(one for one in found if one is not None)


def _both(facts: Facts, words: str, sides: Sequence[tuple[str, object, str]]) -> Caution | None:
    """A caution where each of some facts has a value; each side is (fact, value, its words)."""
    if any(_of(facts, name).value is not value for name, value, _ in sides):
        return None
    return Caution("contradiction", words, tuple(_look(_of(facts, name), said) for name, _, said in sides))


def _of(facts: Facts, name: str) -> Fact:
    return facts.get(name, Fact(name, None))


def _look(fact: Fact, words: str) -> Look:
    said = f"{words}: {fact.words}" if fact.words else words
    path = FACTS[fact.name].path
    # What stands at a place of the order is named by its path; what stands elsewhere by that as well.
    return Look(fact.where, said) if fact.where.startswith(path) else Look(path, f"{said} ({fact.where})")


def _monitoring(facts: Facts) -> Caution | None:
    words = "The order denies other monitoring on the same days, and another one is listed on them."
    answered = ("same_day_other", False, "other monitoring on the same days is denied")
    return _both(facts, words, [answered, ("monitoring_overlaps", True, "on the same days")])


def _frequency(facts: Facts) -> Caution | None:
    words = "The symptoms are said to come only now and then, and each of them is listed as daily."
    answered = ("infrequent", True, "symptoms come only now and then")
    return _both(facts, words, [answered, ("symptoms_all_daily", True, "listed")])


def _risk(facts: Facts) -> Caution | None:
    words = "The risk of a life-threatening event is said to be low, and that of sustained VT or VF high."
    return _both(facts, words, [("low_risk", True, "low risk"), ("high_risk_vt_vf", True, "high risk")])


def _use(facts: Facts) -> Caution | None:
    words = "Holter and event recording are said not to suffice, and another test to be able to answer it."
    insufficient = ("others_insufficient", True, "Holter and event recording do not suffice")
    return _both(facts, words, [insufficient, ("other_suffices", True, "another test could answer it")])


def _written(facts: Facts, first: date) -> Caution | None:
    written = _of(facts, "ordered_on").value
    if not isinstance(written, date) or written <= first:
        return None
    words = "The order was written after the first day of the service: until then nobody had ordered it."
    looks = (Look("dated", f"written on {written}"), Look("start", f"first day {first}"))
    return Caution("dates", words, looks)
