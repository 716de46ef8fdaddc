"""Is this covered, and what is missing? Clause by clause, with the fact and where it stands (R30–R35).

Pure: an order or a measured service, a date of service and the policies give the same answer at any time.
The answer is never a bare no: for each clause that stands in the way it says what would change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from einthoven.billing import logic
from einthoven.billing.cautions import Caution, Look, cautions
from einthoven.billing.fact_labels import LABELS
from einthoven.billing.fact_tests import Days, ordered_days
from einthoven.billing.fact_words import FACTS, PHYSICIAN
from einthoven.billing.facts import (
    ClaimSeen,
    Fact,
    Facts,
    facts_of_claim,
    facts_of_order,
    facts_of_service,
    served,
)
from einthoven.billing.logic import Truth, Value
from einthoven.billing.policy import Clause, Policies, Policy
from einthoven.billing.service import Earlier, ServiceRecord
from einthoven.enrollment.order import Order, Payer


class Overall(StrEnum):
    """The answer."""

    COVERED = "covered"
    NOT_COVERED = "not covered"
    INCOMPLETE = "incomplete"
    NOT_HELD = "policy not held"


class Outcome(StrEnum):
    """What became of a clause."""

    MET = "met"
    NOT_MET = "not met"
    NOT_DOCUMENTED = "not documented"
    NOT_APPLICABLE = "not applicable"


class Stands(StrEnum):
    """Which way a clause tells: an exclusion that is met tells against."""

    FOR = "for"
    AGAINST = "against"
    OPEN = "open"
    ASIDE = "aside"
    """It does not apply, or another of its group is met."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted: where (a path of the order's JSON where it is one), one line, from whom."""

    where: str
    words: str
    whom: str = PHYSICIAN


@dataclass(frozen=True, slots=True)
class Found:
    """A clause and what became of it; ``asks`` only while something of it is open."""

    clause: Clause
    outcome: Outcome
    stands: Stands
    facts: tuple[Fact, ...]
    asks: tuple[Ask, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What would change the answer: at which clause (``""``: no clause), where, and how."""

    clause: str
    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Determination:
    """An answer.

    Attributes:
        subject: ``order``, ``period`` or ``claim``.
        on: date of service.
        policy: what decided; with "policy not held" the one that is known and not held; None: none is known.
        outcome, summary: the answer, and one line of it.
        clauses: every clause of the policy, in its order.
        change: what would change it, those that stand against first.
        cautions: what should be looked at beside it: contradictions, another policy before the service ends.
    """

    subject: str
    on: date
    policy: Policy | None
    outcome: Overall
    summary: str
    clauses: tuple[Found, ...] = ()
    change: tuple[Change, ...] = ()
    cautions: tuple[Caution, ...] = ()


def determine_order(
    order: Order, on: date, policies: Policies, earlier: Sequence[Earlier] = ()
) -> Determination:
    """Whether what an order asks for is covered.

    Args:
        order: the order.
        on: date of service, e.g. the wanted first day.
        policies: those that are held.
        earlier: services of this patient that the center knows of, beside those the order lists.
    """
    days = ordered_days(order, on)
    return _determine("order", order, on, policies, facts_of_order(order, on, earlier, days), days)


def determine_service(
    order: Order | None,
    record: ServiceRecord,
    on: date,
    policies: Policies,
    claim: ClaimSeen | None = None,
    payer: Payer | None = None,
) -> Determination:
    """Whether a service as it was measured is covered; of its claim where one is given.

    Args:
        order: the order it is under, None where none is on file: nothing it would say is known.
        record: what was measured.
        on: date of service.
        policies: those that are held.
        claim: what the claim says, None while there is none.
        payer: who pays, where it is known without the order.
    """
    subject = "period" if claim is None else "claim"
    given = order if order is not None else Order(payer=payer or Payer())
    days = served(record, order)
    facts = facts_of_order(given, on, record.earlier, days)
    facts |= facts_of_service(record, on, order)
    facts |= facts_of_claim(claim)
    return _determine(subject, given, on, policies, facts, days)


def weigh_all(policy: Policy, facts: Facts, subject: str) -> tuple[Found, ...]:
    """Every clause of a policy against facts."""
    values = {name: fact.value for name, fact in facts.items()}
    groups = _groups(policy, values, subject)
    return tuple(_found(clause, facts, values, groups, subject) for clause in policy.clauses)


def overall(found: Sequence[Found], subject: str) -> Overall:
    """The answer of clauses: what stands against decides, then what is open; papers are asked for."""
    against = [one for one in found if one.stands is Stands.AGAINST]
    if any(one.clause.effect != "documentation" for one in against) or _none_applies(found, subject):
        return Overall.NOT_COVERED
    if against or any(one.stands is Stands.OPEN for one in found):
        return Overall.INCOMPLETE
    return Overall.COVERED


def determination_json(told: Determination) -> dict[str, Any]:
    """As it goes to pages, commands and other systems."""
    return {
        "subject": told.subject,
        "date": told.on.isoformat(),
        "policy": None if told.policy is None else _policy_json(told.policy),
        "outcome": str(told.outcome),
        "summary": told.summary,
        "clauses": [_clause_json(one) for one in told.clauses],
        "change": [{"clause": one.clause, "where": one.where, "words": one.words} for one in told.change],
        "cautions": [
            {
                "kind": one.kind,
                "words": one.words,
                "looks": [{"where": look.where, "words": look.words} for look in one.looks],
            }
            for one in told.cautions
        ],
    }


# ---- how ---------------------------------------------------------------------------------------------------


def _determine(
    subject: str, order: Order, on: date, policies: Policies, facts: Facts, days: Days
) -> Determination:
    payer = order.payer
    wanted = [
        Change("", f"payer.{name}", words)
        for name, given, words in (
            ("id", payer.id, "Say who pays: the policy is chosen by it."),
            (
                "state",
                payer.state,
                "Say in which state the service is furnished: it decides the policy.",
            ),
        )
        if not given
    ]
    if wanted:
        words = "Incomplete: which policy decides is not known without " + " and ".join(
            "payer" if one.where == "payer.id" else "state" for one in wanted
        )
        seen = cautions(facts, days.first)
        return Determination(subject, on, None, Overall.INCOMPLETE, words, (), tuple(wanted), seen)
    policy = _picked(policies, order, on)
    if policy is None or not policy.held:
        told = _not_held(subject, order, on, policy, policies)
    else:
        found = weigh_all(policy, facts, subject)
        outcome = overall(found, subject)
        summary = _summary(policy, outcome, found, subject)
        told = Determination(subject, on, policy, outcome, summary, found, _changes(found, subject))
    seen = (*_another(told, order, policies, facts, days), *cautions(facts, days.first))
    return replace(told, cautions=seen)


def _picked(policies: Policies, order: Order, day: date) -> Policy | None:
    payer, test = order.payer, str(order.test or "telemetry")
    return policies.pick(payer.id.lower(), payer.contractor.lower(), payer.state, test, day)


def _another(
    told: Determination, order: Order, policies: Policies, facts: Facts, days: Days
) -> Iterator[Caution]:
    """Another policy, or another version of it, between the first and the last day of the service.

    The date of service of the technical part is the day on which monitoring concludes: its policy decides
    what is claimed for that part.
    """
    if days.last is None:
        return
    before, after = (_picked(policies, order, day) for day in (days.first, days.last))
    if before == after:
        return
    ends = f"monitoring concludes on {days.last}, which is the date of service of the technical part"
    if after is None:
        words = f"No policy is known for the end of it: {ends}"
        yield Caution("policy", f"{words}.", (Look("policies", "Add the policy as one of your site."),))
        return
    old = "No policy that is known binds" if before is None else f"{_named(before)} binds"
    words = (
        f"{old} at the beginning, {_named(after)} from {after.first} on: {ends}, so {after.id} decides on it"
    )
    if not after.held:
        words += ". Its text is not here: decide by it, or add it as a policy of your site."
        yield Caution("policy", words, (Look("policies", after.source),))
    elif told.policy is not after:
        then = weigh_all(after, facts, told.subject)
        asked = {(one.where, one.words) for one in told.change}
        more = [one for one in _changes(then, told.subject) if (one.where, one.words) not in asked]
        words += f". Under it the answer is {overall(then, told.subject)}"
        words += ", and it asks for more:" if more else "; it asks for nothing more."
        yield Caution("policy", words, tuple(Look(one.where, one.words) for one in more))
    else:
        yield Caution("policy", f"{words}. The answer here is that of {after.id}.")


def _named(policy: Policy) -> str:
    version = "" if policy.version in policy.id else f" {policy.version}"
    return f"{policy.id}{version}" + (", held in part," if policy.partial else "")


def _not_held(
    subject: str, order: Order, on: date, policy: Policy | None, policies: Policies
) -> Determination:
    """No answer, and why: never that of an older policy."""
    payer = order.payer
    if policy is not None:
        words = f"Policy not held: {policy.id} ({policy.title}) binds on {on}, and its text is not here"
        change = f"Add {policy.id} as a policy of your site, or decide by its text: {policy.source}"
        return Determination(
            subject, on, policy, Overall.NOT_HELD, words, (), (Change("", "policies", change),)
        )
    where, hint = "policies", "Add the policy as one of your site (docs/policies.md)."
    elsewhere = policies.pick(payer.id.lower(), "", payer.state, str(order.test or "telemetry"), on)
    if payer.id.lower() not in policies.payers():
        words = f"Policy not held: none of payer {payer.id!r} is known here"
        where, hint = "payer.id", f"{hint} Known payers: {', '.join(policies.payers())}."
    elif payer.contractor and elsewhere is not None:
        words = f"Policy not held: none of {payer.contractor} for {payer.state} on {on}"
        name = elsewhere.contractor_name or elsewhere.id
        where, hint = (
            "payer.contractor",
            f"{payer.state} is {name}'s: correct the contractor or leave it out.",
        )
    else:
        words = f"Policy not held: none of {payer.id} for {payer.state} on {on} is known here"
    return Determination(subject, on, None, Overall.NOT_HELD, words, (), (Change("", where, hint),))


def _groups(policy: Policy, values: Mapping[str, Value], subject: str) -> dict[str, Truth]:
    """Group → whether one of it is met."""
    members: dict[str, list[Truth]] = {}
    for clause in policy.clauses:
        if clause.group and subject in clause.subjects:
            members.setdefault(clause.group, []).append(logic.weigh(clause.weighed, values))
    return {group: logic.either(truths) for group, truths in members.items()}


def _none_applies(found: Sequence[Found], subject: str) -> list[Clause]:
    """The clauses of groups of which not one applies: one of them would have to."""
    groups: dict[str, list[Found]] = {}
    for one in found:
        if one.clause.group and subject in one.clause.subjects:
            groups.setdefault(one.clause.group, []).append(one)
    return [
        one.clause
        for members in groups.values()
        if all(one.outcome is Outcome.NOT_APPLICABLE for one in members)
        for one in members
    ]


def _found(
    clause: Clause,
    facts: Facts,
    values: Mapping[str, Value],
    groups: Mapping[str, Truth],
    subject: str,
) -> Found:
    if subject not in clause.subjects:
        return Found(clause, Outcome.NOT_APPLICABLE, Stands.ASIDE, ())
    truth = logic.weigh(clause.weighed, values)
    outcome = _outcome(clause, values)
    stands = _stands(clause, truth, outcome, groups)
    used = tuple(facts.get(name, Fact(name, None)) for name in clause.names)
    asks: dict[Ask, None] = {}
    if stands is Stands.OPEN or (clause.effect == "documentation" and stands is Stands.AGAINST):
        open_ = logic.unknown(clause.weighed, values) or dict.fromkeys(logic.names(clause.asks))
        for name in open_:
            word = FACTS[name]
            asks[Ask(word.path, word.ask, word.whom)] = None
    return Found(clause, outcome, stands, used, tuple(asks))


def _outcome(clause: Clause, values: Mapping[str, Value]) -> Outcome:
    applies = True if clause.when is None else logic.weigh(clause.when, values)
    if applies is False:
        return Outcome.NOT_APPLICABLE
    told = logic.weigh(clause.asks, values) if applies else None
    return Outcome.NOT_DOCUMENTED if told is None else Outcome.MET if told else Outcome.NOT_MET


def _stands(clause: Clause, truth: Truth, outcome: Outcome, groups: Mapping[str, Truth]) -> Stands:
    # One of a group is enough; one that is not met tells against only where none can be met any more.
    if outcome is Outcome.NOT_APPLICABLE or (
        clause.group and groups[clause.group] is not False and truth is not groups[clause.group]
    ):
        return Stands.ASIDE
    if truth is None:
        return Stands.OPEN
    return Stands.FOR if truth is (clause.effect != "excludes") else Stands.AGAINST


def _changes(found: Sequence[Found], subject: str) -> tuple[Change, ...]:
    """What would change it: of what stands against its own words, of what is open what is asked."""
    made: dict[Change, None] = {}
    for one in found:
        if one.stands is Stands.AGAINST and one.clause.change:
            paths = (FACTS[name].path for name in logic.names(one.clause.asks))
            made[Change(one.clause.id, next(paths, ""), one.clause.change)] = None
    if not made and (none := _none_applies(found, subject)):
        words = f"One of these would have to be true: {_listed([one.short for one in none], len(none))}."
        made[Change("", FACTS[none[0].names[0]].path, words)] = None
    for one in found:
        for ask in one.asks:
            made[Change(one.clause.id, ask.where, ask.words)] = None
    return tuple(made)


def _summary(policy: Policy, outcome: Overall, found: Sequence[Found], subject: str) -> str:
    name = f"{policy.id} ({policy.contractor_name})" if policy.contractor_name else policy.id
    if policy.partial:
        name += ", held in part"
    if outcome is Overall.COVERED:
        return f"Covered as far as {name}, says" if policy.partial else f"Covered under {name}"
    against = [one.clause.short for one in found if one.stands is Stands.AGAINST]
    if outcome is Overall.NOT_COVERED:
        barred = [
            one.clause.short
            for one in found
            if one.stands is Stands.AGAINST and one.clause.effect != "documentation"
        ]
        if not barred:
            none = [clause.short for clause in _none_applies(found, subject)]
            barred = [f"none of: {_listed(none, len(none))}"]
        return f"Not covered under {name}: {_listed(barred)}"
    open_ = [one.clause.short for one in found if one.stands is Stands.OPEN]
    return f"Incomplete under {name}: {_listed([*against, *open_])}"


def _listed(words: Sequence[str], most: int = 3) -> str:
    shown = "; ".join(dict.fromkeys(words[:most]))
    return f"{shown}; and {len(words) - most} more" if len(words) > most else shown


def _policy_json(policy: Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "version": policy.version,
        "title": policy.title,
        "contractor": policy.contractor_name or policy.contractor,
        "jurisdiction": policy.jurisdiction,
        "from": policy.first.isoformat(),
        "to": None if policy.last is None else policy.last.isoformat(),
        "partial": policy.partial,
        "missing": policy.missing,
        "held": policy.held,
        "source": policy.source,
        "marks": list(policy.marks),
    }


def _clause_json(one: Found) -> dict[str, Any]:
    clause = one.clause
    return {
        "id": clause.id,
        "line": ", ".join(clause.lines),
        "section": clause.section,
        "short": clause.short,
        "text": clause.text,
        "note": clause.note,
        "effect": clause.effect,
        "group": clause.group,
        "contraindication": clause.contraindication,
        "outcome": str(one.outcome),
        "stands": str(one.stands),
        "facts": [
            {
                "name": fact.name,
                "label": LABELS[fact.name],
                "value": _plain(fact.value),
                "where": fact.where,
                "words": fact.words,
            }
            for fact in one.facts
        ],
        "asks": [{"where": ask.where, "words": ask.words, "whom": ask.whom} for ask in one.asks],
    }


def _plain(value: Value) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
