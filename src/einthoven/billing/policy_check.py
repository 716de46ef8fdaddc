"""What contradicts itself in a policy, and in several of them together: found before anything starts (R35).

Clauses are weighed in every world that matters: each fact true and false, each word, and for numbers and
dates a value at, before and behind each constant that they are compared with. So "never" and "always" are
proved, not guessed, within the questions that a clause asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise, product

from einthoven.billing import logic
from einthoven.billing.fact_words import FACTS, FactWord
from einthoven.billing.logic import Compared, Node, OneOf, Value
from einthoven.billing.policy import Clause, Policy
from einthoven.billing.toml_lines import Path, Toml

WORLDS_MAX = 20_000
"""An expression with more cases is refused; two clauses with more together are not compared."""
MUST_HOLD = ("required", "limit", "informs", "documentation")


def clause_faults(toml: Toml, clauses: Sequence[tuple[Clause, Path]]) -> list[str]:
    """Clauses that can never, or always, be met; and those that forbid what another one requires."""
    faults = []
    for clause, path in clauses:
        for key, node in (("asks", clause.asks), ("when", clause.when)):
            words = _settled(node) if node is not None else ""
            if words:
                faults.append(f"{toml.at(*path, key)}: clause {clause.id!r}: {key} {words}")
    for (first, _), (second, path) in combinations(clauses, 2):
        words = _against(first, second)
        if words:
            faults.append(f"{toml.at(*path, 'asks')}: clause {second.id!r} {words}")
    return faults


def set_faults(policies: Sequence[Policy]) -> list[str]:
    """Policies of one payer and place that overlap, leave days between them, or are there twice."""
    faults = []
    seen: dict[tuple[str, str, str, str], Policy] = {}
    for one in policies:
        name = (one.payer, one.contractor, one.id, one.version)
        if name in seen:
            words = f"policy {one.id} {one.version} is already at {seen[name].read_at}"
            faults.append(f"{one.read_at}: {words}")
        seen.setdefault(name, one)
    held = [one for one in policies if one.held]
    for first, second in combinations(held, 2):
        if _same_place(first, second) and (day := _shared(first, second)) is not None:
            words = f"{second.id} {second.version} and {first.id} {first.version} ({first.read_at}) both bind"
            place = second.jurisdiction or second.contractor_name or second.payer
            faults.append(f"{second.read_at}: {words} on {day} ({place})")
    return faults + _gaps(policies)


def _gaps(policies: Sequence[Policy]) -> list[str]:
    """Days between two policies of one contractor that are nobody's."""
    faults = []
    for one in policies:
        if one.gap_before:
            continue
        before = [
            other
            for other in policies
            if _same_place(one, other)
            and one.contractor == other.contractor
            and other.last is not None
            and other.last < one.first
        ]
        last = max((other.last for other in before if other.last is not None), default=None)
        if last is None or last + timedelta(days=1) == one.first:
            continue
        if any(other.on(last + timedelta(days=1)) for other in policies if _same_place(one, other)):
            continue
        which = next(other for other in before if other.last == last)
        words = f"between {which.id} (to {last}) and {one.id} (from {one.first}) no policy is named"
        faults.append(f"{one.read_at}: {words}: say why by gap_before")
    return faults


def _same_place(first: Policy, second: Policy) -> bool:
    """Whether two policies can be meant by one order, which need not name the contractor."""
    states = not (first.states and second.states) or bool(set(first.states) & set(second.states))
    tests = not (first.tests and second.tests) or bool(set(first.tests) & set(second.tests))
    return first.payer == second.payer and first.level == second.level and tests and states


def _shared(first: Policy, second: Policy) -> date | None:
    """The first day that two policies share."""
    day = max(first.first, second.first)
    return day if first.on(day) and second.on(day) else None


# ---- worlds ------------------------------------------------------------------------------------------------


def _settled(node: Node) -> str:
    """Why an expression asks nothing, ``""`` where it asks something."""
    told = {logic.weigh(node, world) for world in _worlds([node])}
    if not told:
        return f"asks for too many facts at once (more than {WORLDS_MAX} cases)"
    if True not in told:
        return "can never be met"
    return "" if told - {True} else "is always met"


def _against(first: Clause, second: Clause) -> str:
    """Why two clauses cannot both be satisfied, ``""`` where they can."""
    if not set(first.subjects) & set(second.subjects) or not set(first.names) & set(second.names):
        return ""
    wanted = [_wanted(clause) for clause in (first, second)]
    if None in wanted:
        return ""
    nodes = [node for clause in (first, second) for node in (clause.asks, clause.when) if node is not None]
    meant = False
    for world in _worlds(nodes):
        if any(
            clause.when is not None and logic.weigh(clause.when, world) is not True
            for clause in (first, second)
        ):
            continue
        meant = True
        if all(
            logic.weigh(clause.asks, world) is want
            for clause, want in zip((first, second), wanted, strict=True)
        ):
            return ""
    if not meant:
        return ""
    if first.effect == second.effect:
        return f"cannot be satisfied together with {first.id!r}"
    return f"is {_word(second)} what {first.id!r} {_verb(first)}: the two contradict each other"


def _wanted(clause: Clause) -> bool | None:
    """What of a clause must be so for the service to be covered; None: it may be either."""
    if clause.effect == "excludes":
        return False
    return True if clause.effect in MUST_HOLD else None


def _word(clause: Clause) -> str:
    return "excluding" if clause.effect == "excludes" else "requiring"


def _verb(clause: Clause) -> str:
    return "excludes" if clause.effect == "excludes" else "requires"


def _worlds(nodes: Sequence[Node]) -> Iterator[Mapping[str, Value]]:
    """Every combination of values that the questions can tell apart."""
    asked = list(dict.fromkeys(name for node in nodes for name in logic.names(node)))
    leaves = [leaf for node in nodes for leaf in logic.leaves(node)]
    choices: list[Sequence[Value]] = []
    count = 1
    for name in asked:
        values = _values(FACTS[name], [leaf for leaf in leaves if leaf.name == name])
        choices.append(values)
        count *= len(values)
    if count > WORLDS_MAX:
        return
    for combination in product(*choices):
        yield dict(zip(asked, combination, strict=True))


def _values(word: FactWord, leaves: Sequence[object]) -> Sequence[Value]:
    if word.kind == "yes":
        return (True, False)
    if word.kind == "word":
        return word.options
    constants = [
        one
        for leaf in leaves
        if isinstance(leaf, Compared | OneOf)
        for one in ((leaf.to,) if isinstance(leaf, Compared) else leaf.of)
    ]
    if word.kind == "codes":
        return (None, *((str(one),) for one in constants))
    if word.kind == "date":
        days = [date.fromisoformat(str(one)) for one in constants]
        return tuple({day + timedelta(days=by) for day in days for by in (-1, 0, 1)})
    numbers = sorted({float(one) for one in constants if not isinstance(one, str)})
    between = [(low + high) / 2 for low, high in pairwise(numbers)]
    ends = [numbers[0] - 1, numbers[-1] + 1] if numbers else [0.0]
    inside = [
        number
        for number in (*numbers, *between, *ends, word.low, word.high)
        if number is not None
        and (word.low is None or number >= word.low)
        and (word.high is None or number <= word.high)
    ]
    return tuple(dict.fromkeys(inside))
