"""Where a key of a TOML file stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.billing.toml_lines import parse

TEXT = '''# a policy
id = "one"

[head]
"quoted.key" = 1
dotted.name = """
text with [brackets]
and "quotes" """
after = 'x'

[[clause]]
id = "a"
asks = [
  "first",  # a comment, with a ]
  { of = "b", when = [1,
      2] },
]

[[clause]]
id = "b"
[clause.limits]
most = 30

[[clause.part]]
n = 1
[[clause.part]]
n = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("id",), 2),
        (("head",), 4),
        (("head", "quoted.key"), 5),
        (("head", "dotted", "name"), 6),
        (("head", "after"), 9),
        (("clause", 0), 11),
        (("clause", 0, "id"), 12),
        (("clause", 0, "asks"), 13),
        (("clause", 0, "asks", 0), 14),
        (("clause", 0, "asks", 1), 15),
        (("clause", 0, "asks", 1, "when", 1), 16),
        (("clause", 1, "id"), 20),
        (("clause", 1, "limits", "most"), 22),
        (("clause", 1, "part", 0, "n"), 25),
        (("clause", 1, "part", 1, "n"), 27),
    ],
)
def test_the_line_of_a_key(path: tuple[str | int, ...], line: int) -> None:
    assert parse(TEXT, "policy.toml").lines[path] == line


def test_what_is_not_there_is_told_at_the_nearest_thing_around_it() -> None:
    read = parse(TEXT, "policy.toml")
    assert read.at("clause", 1, "limits", "least") == "policy.toml:21"
    assert read.at("nowhere") == "policy.toml"
    assert str(read.fault("is missing", "clause", 1)) == "policy.toml:19: is missing"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = 1\nb = \n", "policy.toml:2: Invalid value"),
        ("a = 1\na = 2\n", "policy.toml:2: Cannot overwrite a value"),
        ("a = " + "[" * 5000 + "]" * 5000, "policy.toml: "),
    ],
)
def test_what_is_no_toml_is_told_with_file_and_line(text: str, words: str) -> None:
    with pytest.raises(InputError) as told:
        parse(text, "policy.toml")
    assert str(told.value).startswith(words)
    assert "\n" not in str(told.value)


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,5}", fullmatch=True)
VALUES = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), st.text("ab\"'#[]{},\n\\ =.", max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {written(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(one)},\n" for one in value) + "]"
    return json.dumps(value)


def paths(value: Any, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    found = [path]
    if isinstance(value, dict):
        found += [each for name, one in value.items() for each in paths(one, (*path, name))]
    if isinstance(value, list):
        found += [each for place, one in enumerate(value) for each in paths(one, (*path, place))]
    return found


@given(st.lists(st.tuples(NAMES, st.dictionaries(NAMES, VALUES, max_size=4)), max_size=5))
def test_every_key_of_every_file_has_its_line(tables: list[tuple[str, dict[str, Any]]]) -> None:
    text, at = "", {}
    counts: dict[str, int] = {}
    for name, table in tables:
        counts[name] = counts.get(name, -1) + 1
        at[name, counts[name]] = text.count("\n") + 1
        text += f"[[{name}]]\n"
        for key, value in table.items():
            at[name, counts[name], key] = text.count("\n") + 1
            text += f"{key} = {written(value)}\n"
    read = parse(text, "f")
    for path, line in at.items():
        assert read.lines[path] == line
    for name, elements in read.content.items():
        for path in paths(elements, (name,)):
            assert path in read.lines
