"""What a clause asks of facts: a small expression in three-valued (Kleene) logic, read and weighed (R35).

::

    low_risk and not high_risk_vt_vf
    days <= 30 or longer
    setting in ("hospital", "emergency-room")
    diagnosis in ("R55", "I48")

True and false are as always; what is not known stays not known unless the rest decides: ``False and unknown``
is false, ``True or unknown`` is true. So more knowledge never turns a true or false answer into another one.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from einthoven.base.errors import InputError

Truth: TypeAlias = bool | None
Value: TypeAlias = bool | int | float | str | date | tuple[str, ...] | None
"""What a fact may be: yes or no, a number, a word of a few, a date, codes, or not known."""

LONGEST = 1000
"""Characters of an expression; one that is longer is not read by anybody."""
DEEPEST = 20
_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|==|!=|<|>|\(|\)|,))"
)
_WORDS = ("and", "or", "not", "in")
COMPARED: Mapping[str, Callable[..., bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Said:
    """A fact that is yes or no."""

    name: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A fact beside a constant: ``sign`` of ``COMPARED``; dates as ``YYYY-MM-DD``."""

    name: str
    sign: str
    to: int | float | str


@dataclass(frozen=True, slots=True)
class OneOf:
    """A fact that is one of some words; of codes: any code begins with any of them."""

    name: str
    of: tuple[int | float | str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    of: Node


@dataclass(frozen=True, slots=True)
class All:
    """Each of them."""

    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of them."""

    of: tuple[Node, ...]


Node: TypeAlias = Said | Compared | OneOf | Not | All | Any


def parse(text: str) -> Node:
    """Read an expression.

    Raises:
        InputError: it is none; one line that says where it goes wrong.
    """
    if len(text) > LONGEST:
        raise InputError(f"{len(text)} characters, at most {LONGEST}")
    reader = _Reader(_tokens(text))
    node = reader.any(0)
    if reader.at < len(reader.tokens):
        raise InputError(f"{reader.tokens[reader.at][1]!r} is not expected here")
    return node


def weigh(node: Node, facts: Mapping[str, Value]) -> Truth:
    """Whether it holds: True, False, or None where the facts do not decide it."""
    match node:
        case Said(name):
            value = facts.get(name)
            return value if isinstance(value, bool) else None
        case Compared(name, sign, to):
            return _compared(facts.get(name), sign, to)
        case OneOf(name, of):
            return _one_of(facts.get(name), of)
        case Not(of):
            inner = weigh(of, facts)
            return None if inner is None else not inner
        case All(parts):
            return both(weigh(part, facts) for part in parts)
        case Any(parts):
            return either(weigh(part, facts) for part in parts)


def both(parts: Iterable[Truth]) -> Truth:
    """Kleene's *and* of any number; of none: True."""
    told = set(parts)
    return False if False in told else None if None in told else True


def either(parts: Iterable[Truth]) -> Truth:
    """Kleene's *or* of any number; of none: False."""
    told = set(parts)
    return True if True in told else None if None in told else False


def names(node: Node) -> dict[str, None]:
    """The facts it asks for, in the order of the text."""
    match node:
        case Said(name) | Compared(name, _, _) | OneOf(name, _):
            return {name: None}
        case Not(of):
            return names(of)
        case All(parts) | Any(parts):
            return {name: None for part in parts for name in names(part)}


def unknown(node: Node, facts: Mapping[str, Value]) -> dict[str, None]:
    """The facts whose knowledge could decide it; none where it is decided."""
    if weigh(node, facts) is not None:
        return {}
    match node:
        case Said(name) | Compared(name, _, _) | OneOf(name, _):
            return {name: None}
        case Not(of):
            return unknown(of, facts)
        case All(parts) | Any(parts):
            return {name: None for part in parts for name in unknown(part, facts)}


def leaves(node: Node) -> list[Said | Compared | OneOf]:
    """The questions it is made of."""
    match node:
        case Said() | Compared() | OneOf():
            return [node]
        case Not(of):
            return leaves(of)
        case All(parts) | Any(parts):
            return [leaf for part in parts for leaf in leaves(part)]


def _compared(value: Value, sign: str, to: int | float | str) -> Truth:
    if value is None or isinstance(value, tuple):
        return None
    if isinstance(value, date):
        return COMPARED[sign](value, date.fromisoformat(str(to)))
    return COMPARED[sign](value, to)


def _one_of(value: Value, of: tuple[int | float | str, ...]) -> Truth:
    if isinstance(value, tuple):
        # One more code can always be added: that none is there is not known.
        return True if any(code.startswith(str(one)) for code in value for one in of) else None
    return None if value is None else value in of


# ---- reading -----------------------------------------------------------------------------------------------


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise InputError(f"cannot be read at {text[at:].strip()[:20]!r}")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        at = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0

    def any(self, depth: int) -> Node:
        """Parts joined by ``or``."""
        parts = [self.all(depth)]
        while self.take("or"):
            parts.append(self.all(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def all(self, depth: int) -> Node:
        """Parts joined by ``and``."""
        parts = [self.one(depth)]
        while self.take("and"):
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self, depth: int) -> Node:
        """A part: a question, its contrary, or something in brackets."""
        if depth > DEEPEST:
            raise InputError(f"is nested deeper than {DEEPEST}")
        if self.take("not"):
            return Not(self.one(depth + 1))
        if self.take("("):
            node = self.any(depth + 1)
            self.want(")")
            return node
        return self.question()

    def question(self) -> Node:
        """A fact, alone or beside constants."""
        kind, name = self.next("a fact")
        if kind != "word" or name in _WORDS:
            raise InputError(f"{name!r} stands where a fact is expected")
        if self.take("in"):
            return OneOf(name, self.constants())
        if self.peek() == "not" and self.take("not"):
            self.want("in")
            return Not(OneOf(name, self.constants()))
        if self.peek() in COMPARED:
            sign = self.next("a comparison")[1]
            return Compared(name, sign, self.constant())
        return Said(name)

    def constants(self) -> tuple[int | float | str, ...]:
        """``(…, …)``."""
        self.want("(")
        found = [self.constant()]
        while self.take(","):
            if self.peek() == ")":
                break
            found.append(self.constant())
        self.want(")")
        return tuple(found)

    def constant(self) -> int | float | str:
        """A number or a text."""
        kind, text = self.next("a number or a text")
        if kind == "text":
            return text[1:-1]
        if kind == "number":
            return float(text) if "." in text else int(text)
        raise InputError(f"{text!r} stands where a number or a text is expected")

    def peek(self) -> str:
        """The next token, ``""`` at the end."""
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def next(self, what: str) -> tuple[str, str]:
        """Take the next token."""
        if self.at >= len(self.tokens):
            raise InputError(f"ends where {what} is expected")
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, word: str) -> bool:
        """Take a word or sign if it is next."""
        here = self.peek() == word and self.tokens[self.at][0] in ("word", "sign")
        self.at += here
        return here

    def want(self, word: str) -> None:
        """Take a word or sign that must be next."""
        if not self.take(word):
            here = f" before {self.peek()!r}" if self.peek() else " at the end"
            raise InputError(f"{word!r} is missing{here}")
