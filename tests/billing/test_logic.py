"""Three-valued expressions: Kleene's tables, the grammar; more knowledge never turns an answer."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.billing.logic import (
    All,
    Any,
    Compared,
    Node,
    Not,
    OneOf,
    Said,
    Value,
    names,
    parse,
    unknown,
    weigh,
)

NAMES = ("a", "b", "c")
LEAVES = st.one_of(
    st.sampled_from(NAMES).map(Said),
    st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.integers(0, 3)).map(
        lambda pair: Compared("n", pair[0], pair[1])
    ),
    st.sets(st.sampled_from(["x", "y", "z"]), min_size=1).map(lambda of: OneOf("w", tuple(sorted(of)))),
)
NODES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda of: All(tuple(of))),
        st.lists(inner, min_size=2, max_size=3).map(lambda of: Any(tuple(of))),
    ),
    max_leaves=8,
)
WORLDS = st.fixed_dictionaries(
    {
        **{name: st.sampled_from([True, False, None]) for name in NAMES},
        "n": st.one_of(st.none(), st.integers(0, 3)),
        "w": st.sampled_from([None, "x", "y", "z"]),
    }
)


def written(node: Node) -> str:
    match node:
        case Said(name):
            return name
        case Compared(name, sign, to):
            return f"{name} {sign} {to!r}"
        case OneOf(name, of):
            return f"{name} in ({', '.join(map(repr, of))})"
        case Not(of):
            return f"not ({written(of)})"
        case All(parts):
            return " and ".join(f"({written(part)})" for part in parts)
        case Any(parts):
            return " or ".join(f"({written(part)})" for part in parts)


@given(NODES)
def test_what_is_written_is_read_as_it_was_meant(node: Node) -> None:
    assert parse(written(node)) == node


@given(NODES, WORLDS, st.data())
def test_more_knowledge_never_turns_an_answer(
    node: Node, world: dict[str, Value], data: st.DataObject
) -> None:
    before = weigh(node, world)
    more = dict(world)
    for name, value in world.items():
        if value is None and data.draw(st.booleans()):
            more[name] = data.draw(
                st.sampled_from([0, 1, 2, 3] if name == "n" else ["x", "y"] if name == "w" else [True, False])
            )
    if before is not None:
        assert weigh(node, more) is before


@given(NODES, WORLDS)
def test_what_is_open_is_decided_by_what_is_asked(node: Node, world: dict[str, Value]) -> None:
    asked = unknown(node, world)
    assert (asked == {}) == (weigh(node, world) is not None)
    assert all(world[name] is None for name in asked)
    assert set(asked) <= set(names(node))


def test_the_tables_of_kleene() -> None:
    rank = {False: 0, None: 1, True: 2}
    for left, right in product(rank, rank):
        world: dict[str, Value] = {"a": left, "b": right}
        assert rank[weigh(parse("a and b"), world)] == min(rank[left], rank[right])
        assert rank[weigh(parse("a or b"), world)] == max(rank[left], rank[right])
        assert rank[weigh(parse("not a"), world)] == 2 - rank[left]


@pytest.mark.parametrize(
    ("text", "world", "told"),
    [
        ("a and not b or c", {"a": True, "b": True, "c": True}, True),
        ("a and (not b or c)", {"a": False, "b": False, "c": True}, False),
        ('day >= "2023-06-11"', {"day": date(2023, 6, 11)}, True),
        ('day >= "2023-06-11"', {"day": date(2023, 6, 10)}, False),
        ("n not in (1, 2,)", {"n": 3}, True),
        ('codes in ("I48", "R55")', {"codes": ("I48.91",)}, True),
        ('codes in ("I48", "R55")', {"codes": ("R00.2",)}, None),
        ("n <= 30", {"n": None}, None),
        ("n <= 30", {}, None),
        ("share >= 0.95", {"share": 0.95}, True),
    ],
)
def test_an_expression(text: str, world: dict[str, Value], told: bool | None) -> None:
    assert weigh(parse(text), world) is told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "ends where a fact is expected"),
        ("a and", "ends where a fact is expected"),
        ("a b", "'b' is not expected here"),
        ("(a", "')' is missing at the end"),
        ("a in x", "'(' is missing before 'x'"),
        ("a == ", "ends where a number or a text is expected"),
        ("a == b", "'b' stands where a number or a text is expected"),
        ("and", "'and' stands where a fact is expected"),
        ("3 < a", "'3' stands where a fact is expected"),
        ("a; b", "cannot be read at '; b'"),
        ("a not b", "'in' is missing before 'b'"),
        ("not " * 40 + "a", "is nested deeper than 20"),
        ("a" * 1001, "1001 characters, at most 1000"),
    ],
)
def test_what_is_no_expression_is_told_in_a_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=r".") as told:
        parse(text)
    assert str(told.value) == words


@given(st.text(alphabet="abn ()<>=!,\"'0123.-_\nandornotin", max_size=60))
def test_any_text_is_an_expression_or_a_fault(text: str) -> None:
    try:
        told = weigh(parse(text), {})
    except InputError as error:
        told = len(str(error).splitlines()) != 1 or None
    assert told is not True
