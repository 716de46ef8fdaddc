"""TOML with the line of every key, so that whoever wrote a file is told where its fault is.

The standard library reads TOML and forgets where things stood. This reads it again for the lines alone, after
the library found it sound (TOML 1.0).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from einthoven.base.errors import InputError

Path: TypeAlias = tuple[str | int, ...]
"""Names of keys, and places in lists from 0: ``("clause", 2, "asks")``."""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SPACE: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK: Final = re.compile(r"[ \t]*")
_SCALAR: Final = re.compile(r"[^,\]}\n#]*")
_STRINGS: Final = (
    # The two quotes before the closing three may belong to the text: TOML 1.0, "Multi-line strings".
    re.compile(r'"""(?:\\.|[^\\])*?"""(?:"{0,2})', re.S),
    re.compile(r"'''.*?'''(?:'{0,2})", re.S),
    re.compile(r'"(?:\\.|[^"\\\n])*"'),
    re.compile(r"'[^'\n]*'"),
)


@dataclass(frozen=True, slots=True)
class Toml:
    """A file as read.

    Attributes:
        source: name of the file, for errors.
        content: what the standard library makes of it.
        lines: line of each key, table and element of a list, from 1.
    """

    source: str
    content: dict[str, Any]
    lines: Mapping[Path, int]

    def at(self, *path: str | int) -> str:
        """``file:12`` of a path, or of the nearest thing around it; the file alone where there is none."""
        for count in range(len(path), 0, -1):
            line = self.lines.get(path[:count])
            if line is not None:
                return f"{self.source}:{line}"
        return self.source

    def fault(self, words: str, *path: str | int) -> InputError:
        """The error of one fault, to be raised."""
        return InputError(f"{self.at(*path)}: {words}")


def parse(text: str, source: str) -> Toml:
    """Read TOML.

    Args:
        source: name of the file, for errors.

    Raises:
        InputError: it is none; names file and line.
    """
    try:
        content = tomllib.loads(text)
        lines = _Scan(text).lines_of_all()
    except tomllib.TOMLDecodeError as error:
        told = re.sub(r" \(at line (\d+), column \d+\)$", "", str(error))
        line = re.search(r"\(at line (\d+),", str(error))
        at = f"{source}:{line[1]}" if line else source
        raise InputError(f"{at}: {told}") from error
    except (ValueError, RecursionError) as error:
        # Numbers of thousands of digits, and lists in lists without end.
        raise InputError(f"{source}: {str(error).split(';')[0]}") from error
    return Toml(source, content, lines)


class _Scan:
    """Walks over TOML that is known to be sound and notes lines."""

    def __init__(self, text: str) -> None:
        # As tomllib: a line ends with \n, and \r\n is the same.
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._line = 1
        self._counts: dict[Path, int] = {}
        self._lines: dict[Path, int] = {}

    def lines_of_all(self) -> dict[Path, int]:
        """Line of every path of the file."""
        table: Path = ()
        self._skip(_SPACE)
        while self._at < len(self._text):
            if self._text.startswith("[[", self._at):
                table = self._array_head()
            elif self._text[self._at] == "[":
                self._at += 1
                table = self._in_lists(self._key())
                self._note(table)
                self._at += 1
            else:
                self._pair(table)
            self._skip(_SPACE)
        return self._lines

    def _array_head(self) -> Path:
        self._at += 2
        named = self._key()
        above = self._in_lists(named[:-1]) + named[-1:]
        place = self._counts.get(above, -1) + 1
        self._counts[above] = place
        self._lines.setdefault(above, self._line)
        self._lines[(*above, place)] = self._line
        self._at += 2
        return (*above, place)

    def _in_lists(self, named: Path) -> Path:
        """A path of a head with the places of the lists of tables that it goes through: always the last."""
        path: Path = ()
        for name in named:
            path = (*path, name)
            if path in self._counts:
                path = (*path, self._counts[path])
        return path

    def _note(self, path: Path) -> None:
        for count in range(1, len(path) + 1):
            self._lines.setdefault(path[:count], self._line)

    def _pair(self, table: Path) -> None:
        path = table + self._key()
        self._note(path)
        self._at += 1  # =
        self._skip(_BLANK)
        self._value(path)

    def _key(self) -> Path:
        """A dotted key, and the blanks after it."""
        names: list[str] = []
        while True:
            self._skip(_BLANK)
            if self._text[self._at] in "\"'":
                names.append(_unquoted(self._string()))
            else:
                names.append(self._match(_BARE))
            self._skip(_BLANK)
            if self._text[self._at] != ".":
                return tuple(names)
            self._at += 1

    def _value(self, path: Path) -> None:
        first = self._text[self._at]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._list(path)
        elif first == "{":
            self._inline(path)
        else:
            self._match(_SCALAR)

    def _list(self, path: Path) -> None:
        self._at += 1
        place = 0
        self._skip(_SPACE)
        while self._text[self._at] != "]":
            self._lines[(*path, place)] = self._line
            self._value((*path, place))
            place += 1
            self._skip(_SPACE)
            if self._text[self._at] == ",":
                self._at += 1
                self._skip(_SPACE)
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        self._skip(_SPACE)
        while self._text[self._at] != "}":
            self._pair(path)
            self._skip(_SPACE)
            if self._text[self._at] == ",":
                self._at += 1
                self._skip(_SPACE)
        self._at += 1

    def _string(self) -> str:
        for pattern in _STRINGS:
            if pattern.match(self._text, self._at):
                return self._match(pattern)
        raise AssertionError("unreachable: tomllib found the string sound")

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found is not None, "tomllib found it sound"
        self._line += found[0].count("\n")
        self._at = found.end()
        return found[0]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._match(pattern)


def _unquoted(text: str) -> str:
    """A quoted key without its quotes; escapes as the standard library reads them."""
    made: str = tomllib.loads(f"key = {text}")["key"]
    return made
