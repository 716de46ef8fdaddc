"""Strict reading of TOML tables, with the line of what is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from einthoven.base.errors import InputError

_TIME = re.compile(r"\+?(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)\Z")
_MISSING: Any = object()

Locate = Callable[[str, int, str], str]
"""(table, its number, key) → ``file:line``."""


def located(text: str, source: str) -> Locate:
    """A finder of lines in the text of a file."""
    lines = text.splitlines()

    def find(table: str, number: int, key: str) -> str:
        start, end = _stretch(lines, table, number)
        named = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
        inline = re.compile(rf"""[{{,]\s*["']?{re.escape(key)}["']?\s*=""")
        for pattern in (named.match, inline.search):
            for index in range(start, end):
                if key and pattern(lines[index]):
                    return f"{source}:{index + 1}"
        return f"{source}:{start + 1}"

    return find


def _stretch(lines: Sequence[str], table: str, number: int) -> tuple[int, int]:
    """First and one past the last line of the ``number``-th table of a name; the top before any table."""
    heads = [index for index, line in enumerate(lines) if line.lstrip().startswith("[")]
    name = re.compile(rf"\s*\[\[?\s*{re.escape(table)}\s*\]?\]") if table else None
    found = [index for index in heads if name is not None and name.match(lines[index])]
    start = found[number] if number < len(found) else 0
    return start, next((index for index in heads if index > start), len(lines))


def seconds_of(value: object) -> float | None:
    """``"+01:02:03.5"``, ``"02:03"`` or a number of seconds ≥ 0; None when it is none of these."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if value >= 0 else None
    match = _TIME.match(value) if isinstance(value, str) else None
    if match is None or int(match[2]) > 59 or float(match[3]) >= 60:
        return None
    return int(match[1] or 0) * 3600.0 + int(match[2]) * 60.0 + float(match[3])


class Table:
    """One table; every key must be asked for before ``finish``.

    Args:
        values: as TOML gave them.
        locate: finds lines.
        name, number: which table it is; empty and 0 for the top.
    """

    def __init__(self, values: dict[str, Any], locate: Locate, name: str = "", number: int = 0) -> None:
        self._values = values
        self._locate = locate
        self._name = name
        self._number = number
        self._asked: set[str] = set()
        self._inner: list[Table] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def line(self) -> int:
        """Line of the table's head."""
        return int(self._locate(self._name, self._number, "").rsplit(":", 1)[1])

    def wrong(self, key: str, what: str) -> InputError:
        """An error that says where."""
        return InputError(f"{self._locate(self._name, self._number, key)}: {self._path(key)}: {what}")

    def finish(self) -> None:
        """Refuse keys that nobody asked for, here and in inline tables."""
        for key in self._values:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                raise self.wrong(key, f"no such key (known here: {known})")
        for table in self._inner:
            table.finish()

    def text(self, key: str, default: str = _MISSING) -> str:
        """A string."""
        return str(self._get(key, default, lambda value: isinstance(value, str) and bool(value), "a text"))

    def choice(self, key: str, choices: Sequence[str], default: str = _MISSING) -> str:
        """One of some strings."""
        return str(self._get(key, default, lambda value: value in choices, f"one of {', '.join(choices)}"))

    def number(self, key: str, default: float = _MISSING) -> float:
        """A number."""
        return float(self._get(key, default, _is_number, "a number"))

    def whole(self, key: str, default: int = _MISSING) -> int:
        """A whole number."""
        return int(
            self._get(key, default, lambda value: _is_number(value) and value == int(value), "a whole number")
        )

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        return bool(self._get(key, default, lambda value: isinstance(value, bool), "true or false"))

    def seconds(self, key: str, default: float = _MISSING) -> float:
        """A time or length of time."""
        want = 'a time like "+00:10:00" or seconds'
        value = self._get(key, default, lambda value: seconds_of(value) is not None, want)
        return seconds_of(value) or 0.0

    def texts(self, key: str, default: Sequence[str] = ()) -> list[str]:
        """A list of strings."""
        value = self._get(
            key,
            list(default),
            lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
            "a list of texts",
        )
        return [str(one) for one in value]

    def table(self, key: str) -> Table:
        """An inner table, empty when it is not there."""
        value = self._get(key, {}, lambda value: isinstance(value, dict), "a table")
        return Table(value, self._locate, self._name or key, self._number)

    def keys_of(self, key: str) -> list[str]:
        """The keys of an inner table, none when it is not there."""
        value = self._values.get(key, {})
        return [str(one) for one in value] if isinstance(value, dict) else []

    def tables(self, key: str) -> list[Table]:
        """A list of tables."""
        value = self._get(
            key,
            [],
            lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
            "a list of tables",
        )
        if self._name:
            inner = [Table(one, self._locate, self._name, self._number) for one in value]
            self._inner += inner
            return inner
        return [self.table_at(key, number) for number in range(len(value))]

    def table_at(self, key: str, number: int) -> Table:
        """The ``number``-th table of a list of the top."""
        return Table(self._values[key][number], self._locate, key, number)

    def _get(self, key: str, default: object, fits: Callable[[Any], bool], want: str) -> Any:
        self._asked.add(key)
        value = self._values.get(key, _MISSING)
        if value is _MISSING:
            if default is _MISSING:
                raise self.wrong(key, f"is missing (want {want})")
            return default
        if not fits(value):
            raise self.wrong(key, f"{value!r}: want {want}")
        return value

    def _path(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
