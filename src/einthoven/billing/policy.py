"""A payer's policy as a plain value: whom and when it binds, and its clauses (R35)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from einthoven.billing.logic import All, Any, Node, Not, names

SUBJECTS = ("order", "period", "claim")
EFFECTS = ("required", "excludes", "one-of", "limit", "documentation", "informs")
"""What a clause does:

- ``required``: must hold; where it does not, the service is not covered.
- ``excludes``: where it holds, the service is not covered.
- ``one-of``: of its ``group`` at least one must hold.
- ``limit``: as required; of time or number.
- ``documentation``: must hold; where it does not, a paper is wanted, and the answer is incomplete.
- ``informs``: as required, and answered by the measured service alone: asked of periods and claims.
"""


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing a policy asks.

    Attributes:
        id: own short name, e.g. ``low-risk``.
        lines: places in the source text, ``LINE.SENTENCE`` as the table of sentences counts them.
        section: heading it stands under.
        short: few words for one line of a summary, of what is wrong when it stands in the way.
        text: what it asks, in our own words.
        effect: of ``EFFECTS``.
        asks: what it asks of which facts.
        when: when it applies; None: always.
        group: of a ``one-of``.
        subjects: of ``SUBJECTS``.
        change: what would change it when it stands in the way.
        contraindication: it stands against because the patient would be in danger, not for money alone.
        note: how we read it where the source leaves it open, with its mark of sureness.
        weighed: what decides: of what must hold *if it applies, it holds*; of the others *it applies and
            holds*.
        names: the facts it asks for, those that decide whether it applies first.
    """

    id: str
    lines: tuple[str, ...]
    section: str
    short: str
    text: str
    effect: str
    asks: Node
    when: Node | None = None
    group: str = ""
    subjects: tuple[str, ...] = SUBJECTS
    change: str = ""
    contraindication: bool = False
    note: str = ""
    weighed: Node = field(init=False, compare=False, repr=False)
    names: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        asked = names(self.when) if self.when is not None else {}
        object.__setattr__(self, "weighed", self._weighed())
        object.__setattr__(self, "names", tuple(asked | names(self.asks)))

    def _weighed(self) -> Node:
        if self.when is None:
            return self.asks
        if self.effect in ("excludes", "one-of"):
            return All((self.when, self.asks))
        return Any((Not(self.when), self.asks))


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy.

    Attributes:
        id, version, title: names; ``source`` says where its text stands.
        payer: who pays, as orders name it (``medicare``).
        contractor: who decides for the payer, ``""``: whoever it is; ``contractor_name`` in full.
        jurisdiction: the contractor's, in words.
        states: two-letter codes of where it binds; empty: everywhere.
        part_of: states of which only a part is the contractor's: it binds there where the order names them.
        tests: of ``order.Test``; empty: every one.
        first, last: first and last date of service, both counted; ``last`` None: open.
        level: ``local`` or ``national``; a national one decides where no local one does.
        held: False: known to bind, but its text is not here; the answer is "policy not held".
        partial: only a part of its clauses is here; ``missing`` says which are not.
        marks: marks of sureness, ``what: mark``.
        gap_before: why the days before it are nobody's, ``""``: they must not be.
        like: id of the policy whose clauses it has; ``""``: its own.
        replaces: id of a policy, shipped as a rule, that is not taken because of it.
        read_at: where it was read: file and line of its head.
    """

    id: str
    version: str
    title: str
    payer: str
    contractor: str
    contractor_name: str
    jurisdiction: str
    states: tuple[str, ...]
    part_of: tuple[str, ...]
    tests: tuple[str, ...]
    first: date
    last: date | None
    source: str
    level: str = "local"
    held: bool = True
    partial: bool = False
    missing: str = ""
    marks: tuple[str, ...] = ()
    gap_before: str = ""
    like: str = ""
    replaces: str = ""
    clauses: tuple[Clause, ...] = ()
    read_at: str = ""

    def on(self, day: date) -> bool:
        """Whether a date of service is one of its days."""
        return self.first <= day and (self.last is None or day <= self.last)

    def of(self, test: str) -> bool:
        """Whether it is about a service."""
        return not self.tests or test in self.tests

    def at(self, contractor: str, state: str) -> bool:
        """Whether it binds at a place; the contractor decides where it is named."""
        if self.contractor and contractor and contractor != self.contractor:
            return False
        if not self.states or state in self.states:
            return True
        return bool(contractor) and contractor == self.contractor and state in self.part_of


@dataclass(frozen=True, slots=True)
class Policies:
    """Those that a center has, checked against one another (``policy_check``)."""

    all: Sequence[Policy] = field(default_factory=tuple)

    def __iter__(self) -> Iterator[Policy]:
        return iter(self.all)

    def pick(self, payer: str, contractor: str, state: str, test: str, day: date) -> Policy | None:
        """The one that decides: a held local one, else the local one that is known and not held, else a
        national one; None where none is known."""
        found = [
            one
            for one in self.all
            if one.payer == payer and one.on(day) and one.of(test) and one.at(contractor, state)
        ]
        found.sort(key=lambda one: (one.level != "local", not one.held, not one.contractor))
        return found[0] if found else None

    def payers(self) -> tuple[str, ...]:
        """Those of whom any policy is known."""
        return tuple(dict.fromkeys(one.payer for one in self.all))
