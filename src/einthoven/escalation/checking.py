"""A form of criteria looked at before it is proposed: each fault at its numbers, what would change (R21)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from einthoven.base.errors import FaultsError
from einthoven.base.instants import Instant
from einthoven.base.thresholds import TIERS, Thresholds
from einthoven.escalation.fields import numbers
from einthoven.escalation.prescribing import (
    Change,
    CriteriaBook,
    Scope,
    diff,
    late,
    propose,
    with_limits,
)
from einthoven.escalation.wording import named

_KEY = re.compile(rf"\b[a-z_0-9]+\.(?:{'|'.join(TIERS)})\.[a-z_0-9]+\b")
_BEFORE = re.compile(r"^form: (?:(?P<key>\S+): )?")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a form.

    Attributes:
        keys: of the numbers it is about; of a contradiction both. ``why`` and ``effective`` for those fields.
        words: a sentence.
    """

    keys: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What would come of a form.

    Attributes:
        faults: why it would be refused.
        changes: what differs from what holds now, what becomes less sensitive first; none with faults.
        late: what the analysis tells only later than asked.
    """

    faults: tuple[Fault, ...]
    changes: tuple[Change, ...] = ()
    late: tuple[str, ...] = ()


def holding(book: CriteriaBook, scope: Scope, practice: int | None, now: Instant) -> Thresholds:
    """The table that holds for a scope now."""
    if scope.stream is not None:
        return book.in_force(scope.stream, practice, now).table
    version = book.version_at(scope, now)
    return book.base if version is None else with_limits(book.base, version.form.limits, "practice")


def look(
    book: CriteriaBook,
    scope: Scope,
    practice: int | None,
    overrides: Mapping[str, object],
    now: Instant,
    effective: Instant | None = None,
) -> Looked:
    """What ``prescribing.propose`` would say to a form whose reason is given."""
    try:
        (draft,) = propose(book, scope, practice, overrides, "-", now, effective)
    except FaultsError as error:
        return Looked(tuple(_fault(line) for line in str(error).splitlines()))
    made = with_limits(book.base, numbers(draft.body["limits"]), "form")
    before = holding(book, scope, practice, now)
    return Looked((), tuple(diff(before, made)), tuple(late(made, book.base)))


def _fault(line: str) -> Fault:
    """A line of the refusal as a sentence, with the numbers that it names."""
    keys = tuple(dict.fromkeys(_KEY.findall(line)))
    if not keys:
        field, _, words = line.partition(": ")
        return Fault((field,), words)
    before = _BEFORE.match(line)
    rest = line[before.end() :] if before is not None and before["key"] in keys else line
    rest = rest.removeprefix("form: ")
    return Fault(keys, _KEY.sub(lambda found: f"“{named(found[0])}”", rest))
