"""Policy files read and checked: every fault as ``file:line: words``; with a fault nothing starts (R35).

A file is TOML: one ``[policy]`` and any number of ``[[clause]]``. ``docs/policies.md`` says every key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Any

from einthoven.base.errors import FaultsError, InputError
from einthoven.billing import logic
from einthoven.billing.fact_words import FACTS, FactWord
from einthoven.billing.logic import Compared, Node, OneOf, Said
from einthoven.billing.policy import EFFECTS, SUBJECTS, Clause, Policies, Policy
from einthoven.billing.policy_check import clause_faults, set_faults
from einthoven.billing.toml_lines import Path, Toml, parse
from einthoven.enrollment.order import Test

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_LINE = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?\Z")
_STATE = re.compile(r"[A-Z]{2}\Z")
TEXT_MAX = 600
_ORDERING = ("<", "<=", ">", ">=")
NEEDS_CHANGE = ("required", "excludes", "one-of", "limit", "informs")


@dataclass(frozen=True, slots=True)
class _Key:
    kind: str
    required: bool = False


_POLICY: Mapping[str, _Key] = {
    "id": _Key("id", required=True),
    "version": _Key("text", required=True),
    "title": _Key("text", required=True),
    "payer": _Key("id", required=True),
    "contractor": _Key("text"),
    "contractor_name": _Key("text"),
    "jurisdiction": _Key("text"),
    "states": _Key("states"),
    "part_of": _Key("states"),
    "tests": _Key("tests"),
    "from": _Key("date", required=True),
    "to": _Key("date"),
    "source": _Key("text", required=True),
    "level": _Key("level"),
    "held": _Key("yes"),
    "partial": _Key("yes"),
    "missing": _Key("text"),
    "marks": _Key("texts"),
    "gap_before": _Key("text"),
    "like": _Key("id"),
    "replaces": _Key("id"),
}
_CLAUSE: Mapping[str, _Key] = {
    "id": _Key("id", required=True),
    "lines": _Key("lines"),
    "section": _Key("text", required=True),
    "short": _Key("text", required=True),
    "text": _Key("text", required=True),
    "effect": _Key("effect", required=True),
    "asks": _Key("asks", required=True),
    "when": _Key("asks"),
    "group": _Key("id"),
    "subjects": _Key("subjects"),
    "change": _Key("text"),
    "contraindication": _Key("yes"),
    "note": _Key("text"),
}


def load(files: Sequence[tuple[str, str]]) -> Policies:
    """Every policy of some files, checked one by one and against one another.

    Args:
        files: name of each, for faults, and its text.

    Raises:
        FaultsError: a line for each fault, ``file:line: words``.
    """
    faults: list[str] = []
    found: list[Policy] = []
    for source, text in files:
        try:
            made, wrong = _read(source, text)
        except InputError as error:
            faults.append(str(error))
            continue
        faults += wrong
        found += [made] if made is not None else []
    kept, wrong = _replaced(found)
    faults += wrong
    whole, wrong = _borrowed(kept)
    faults += wrong
    faults += set_faults(whole)
    if faults:
        raise FaultsError("\n".join(dict.fromkeys(faults)))
    return Policies(tuple(sorted(whole, key=lambda one: (one.payer, one.id, one.first))))


def _replaced(found: Sequence[Policy]) -> tuple[list[Policy], list[str]]:
    """Policies without those that another one replaces; one may replace what has its own id."""
    replaced = {one.replaces for one in found if one.replaces}
    faults = [
        f"{one.read_at}: replaces: no policy {one.replaces!r} beside it"
        for one in found
        if one.replaces and not any(other.id == one.replaces for other in found if other is not one)
    ]
    return [one for one in found if one.id not in replaced or one.replaces == one.id], faults


def _borrowed(found: Sequence[Policy]) -> tuple[list[Policy], list[str]]:
    """Policies that have the clauses of another (``like``) with them."""
    own = {one.id: one for one in found if not one.like}
    made, faults = [], []
    for one in found:
        if not one.like:
            made.append(one)
        elif one.like in own:
            made.append(replace(one, clauses=own[one.like].clauses))
        else:
            faults.append(f"{one.read_at}: like: no policy {one.like!r} with clauses of its own")
    return made, faults


def _read(source: str, text: str) -> tuple[Policy | None, list[str]]:
    """One file: the policy, None where its head is not sound, and every fault."""
    toml = parse(text, source)
    faults = [
        f"{toml.at(key)}: {key!r} is not known here (want [policy] and [[clause]])"
        for key in toml.content
        if key not in ("policy", "clause")
    ]
    head, rows = toml.content.get("policy"), toml.content.get("clause", [])
    if not isinstance(head, dict):
        return None, [*faults, f"{toml.at('policy')}: [policy] is missing"]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None, [*faults, f"{toml.at('clause')}: clauses are written as [[clause]] each"]
    reader = _Table(toml, ("policy",), faults)
    values = reader.values(head, _POLICY)
    made = [_clause(_Table(toml, ("clause", place), faults), row) for place, row in enumerate(rows)]
    clauses = [one for one in made if one is not None]
    faults += _twice(toml, clauses)
    faults += clause_faults(toml, clauses)
    policy = _policy(reader, values, tuple(clause for clause, _ in clauses), bool(rows))
    return policy, faults


def _policy(
    reader: _Table, values: dict[str, Any] | None, clauses: tuple[Clause, ...], any_: bool
) -> Policy | None:
    if values is None:
        return None
    first, last = values.pop("from"), values.pop("to", None)
    if last is not None and last < first:
        reader.fault("to", f"to = {last} is before from = {first}")
        return None
    made = Policy(
        contractor=values.pop("contractor", ""),
        contractor_name=values.pop("contractor_name", ""),
        jurisdiction=values.pop("jurisdiction", ""),
        states=values.pop("states", ()),
        part_of=values.pop("part_of", ()),
        tests=values.pop("tests", ()),
        first=first,
        last=last,
        clauses=clauses,
        read_at=reader.toml.at("policy"),
        **values,
    )
    if made.held and not made.like and not any_:
        reader.fault("id", "has no clause (a policy that is known and not held says held = false)")
    if clauses and (made.like or not made.held):
        reader.fault("like" if made.like else "held", "and clauses of its own: one of the two")
    if made.partial and not made.missing:
        reader.fault("partial", "a partial policy says what of it is missing")
    return made


def _clause(table: _Table, row: dict[str, object]) -> tuple[Clause, Path] | None:
    values = table.values(row, _CLAUSE)
    if values is None:
        return None
    effect, subjects = values["effect"], values.pop("subjects", None)
    if effect == "informs":
        subjects = subjects or ("period", "claim")
        if "order" in subjects:
            table.fault("subjects", "a clause that informs is asked of periods and claims alone")
    if (effect == "one-of") != bool(values.get("group")):
        table.fault("group", "a clause that is one of several has a group, others have none")
    if effect in NEEDS_CHANGE and not values.get("change"):
        table.fault("effect", f"a clause whose effect is {effect} says what would change it (change = …)")
    made = Clause(lines=values.pop("lines", ()), subjects=subjects or SUBJECTS, **values)
    asked = {name: FACTS[name].source for name in made.names}
    if "order" in made.subjects and set(asked.values()) - {"order"}:
        late = next(name for name, source in asked.items() if source != "order")
        table.fault("asks", f"{late} is not known of an order: name subjects, or effect informs")
    if "period" in made.subjects and "claim" in asked.values():
        late = next(name for name, source in asked.items() if source == "claim")
        table.fault("asks", f'{late} is known of a claim alone: subjects = ["claim"]')
    return made, table.path


def _twice(toml: Toml, clauses: Sequence[tuple[Clause, Path]]) -> list[str]:
    seen: dict[str, str] = {}
    faults = []
    for clause, path in clauses:
        at = toml.at(*path, "id")
        if clause.id in seen:
            faults.append(f"{at}: clause {clause.id!r} is already at {seen[clause.id]}")
        seen.setdefault(clause.id, at)
    return faults


class _Table:
    """One table of a file: its values by their kinds, faults with their lines."""

    def __init__(self, toml: Toml, path: Path, faults: list[str]) -> None:
        self.toml = toml
        self.path = path
        self.faults = faults

    def fault(self, key: str, words: str) -> None:
        """Note what is wrong."""
        self.faults.append(f"{self.toml.at(*self.path, key)}: {words}")

    def values(self, given: Mapping[str, object], known: Mapping[str, _Key]) -> dict[str, Any] | None:
        """The values, None where one that is required is missing or cannot be read."""
        for key in given:
            if key not in known:
                self.fault(key, f"{key!r} is not known (want {', '.join(known)})")
        found: dict[str, Any] = {}
        sound = True
        for key, rule in known.items():
            if key not in given:
                if rule.required:
                    self.fault(key, f"{key!r} is missing")
                    sound = False
                continue
            try:
                found[key] = _KINDS[rule.kind](given[key])
            except InputError as error:
                self.fault(key, f"{key}: {error}")
                sound = False
        return found if sound else None


# ---- kinds of values ---------------------------------------------------------------------------------------


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError("want a text")
    text = " ".join(value.split())
    if len(text) > TEXT_MAX:
        raise InputError(f"{len(text)} characters, at most {TEXT_MAX}")
    return text


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.match(value):
        raise InputError(f"{value!r} is no name (letters, digits, points, dashes)")
    return value


def _date(value: object) -> date:
    if type(value) is not date:
        raise InputError(f"{str(value)[:40]!r} is no date (want YYYY-MM-DD without quotes)")
    return value


def _yes(value: object) -> bool:
    if not isinstance(value, bool):
        raise InputError("want true or false")
    return value


def _list(value: object, one: Callable[[object], str]) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise InputError("want a list")
    found = tuple(one(item) for item in value)
    if len(set(found)) < len(found):
        raise InputError("names something twice")
    return found


def _matched(value: object, form: re.Pattern[str], what: str) -> str:
    if not isinstance(value, str) or not form.match(value):
        raise InputError(f"{value!r} is no {what}")
    return value


def _chosen(value: object, options: Sequence[str]) -> str:
    if value not in options:
        raise InputError(f"{value!r} is none of {', '.join(options)}")
    return str(value)


def _asks(value: object) -> Node:
    node = logic.parse(_text(value))
    for leaf in logic.leaves(node):
        word = FACTS.get(leaf.name)
        if word is None:
            raise InputError(f"unknown fact {leaf.name!r}{_like(leaf.name)}")
        _typed(leaf, word)
    return node


def _like(name: str) -> str:
    near = get_close_matches(name, FACTS, 1)
    return f" (is {near[0]!r} meant?)" if near else ""


def _typed(leaf: Said | Compared | OneOf, word: FactWord) -> None:
    """Refuse a question that its fact cannot answer."""
    kind, name = word.kind, leaf.name
    if isinstance(leaf, Said):
        if kind != "yes":
            raise InputError(f"{name} is no yes or no, compare it with something")
        return
    if kind == "yes":
        raise InputError(f"{name} is yes or no, it stands alone or after not")
    constants = (leaf.to,) if isinstance(leaf, Compared) else leaf.of
    for one in constants:
        _constant(name, word, one)
    if kind == "codes" and isinstance(leaf, Compared):
        raise InputError(f'{name} is a list of codes: {name} in ("…", "…")')
    if kind == "word" and isinstance(leaf, Compared) and leaf.sign in _ORDERING:
        raise InputError(f"{name} is a word, there is no {leaf.sign} of words")


def _constant(name: str, word: FactWord, one: object) -> None:
    if word.kind == "number" and isinstance(one, str):
        raise InputError(f"{name} is a number, {one!r} is none")
    if word.kind != "number" and not isinstance(one, str):
        raise InputError(f"{name} is no number, {one} is one")
    if word.kind == "word" and one not in word.options:
        raise InputError(f"{name} is never {one!r} (want one of {', '.join(word.options)})")
    if word.kind == "date":
        try:
            date.fromisoformat(str(one))
        except ValueError as error:
            raise InputError(f"{name} is a date, {one!r} is none (want YYYY-MM-DD)") from error


_KINDS: Mapping[str, Callable[[object], Any]] = {
    "id": _id,
    "text": _text,
    "texts": lambda value: _list(value, _text),
    "date": _date,
    "yes": _yes,
    "states": lambda value: _list(value, lambda one: _matched(one, _STATE, "state (two letters)")),
    "tests": lambda value: _list(value, lambda one: _chosen(one, tuple(Test))),
    "level": lambda value: _chosen(value, ("local", "national")),
    "effect": lambda value: _chosen(value, EFFECTS),
    "lines": lambda value: _list(value, lambda one: _matched(one, _LINE, "line (LINE or LINE.SENTENCE)")),
    "subjects": lambda value: _list(value, lambda one: _chosen(one, SUBJECTS)),
    "asks": _asks,
}
