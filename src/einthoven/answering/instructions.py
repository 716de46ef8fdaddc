"""What is read to a patient at the telephone: data, which a site makes its own (R6)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Final

from einthoven.base.errors import FaultsError, InputError

KNOWN: Final = frozenset({"id", "title", "when", "lines"})
LINES_MAX, LINE_MAX, MOST = 20, 400, 40


@dataclass(frozen=True, slots=True)
class Instruction:
    """One of them.

    Attributes:
        id: unique, of a-z, 0-9, -.
        title: what it is for, as who reads it chooses it.
        when: in which situation.
        lines: what is said, a sentence or two each, in plain words.
    """

    id: str
    title: str
    when: str
    lines: tuple[str, ...]


def parse(text: str, where: str) -> tuple[Instruction, ...]:
    """Instructions of a TOML file: tables ``[[instruction]]`` with ``id``, ``title``, ``when``, ``lines``.

    Args:
        where: the file, for what is told.

    Raises:
        InputError: it is no TOML.
        FaultsError: what is wrong, a line each.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}: {error}") from None
    faults = [f"{where}: {name[:40]!r} is nothing here" for name in told if name != "instruction"]
    tables = told.get("instruction")
    if not isinstance(tables, list) or not tables or len(tables) > MOST:
        raise FaultsError("\n".join([*faults, f"{where}: want 1 to {MOST} tables [[instruction]]"]))
    made = [_one(table, f"{where}: instruction {at}", faults) for at, table in enumerate(tables, 1)]
    seen: set[str] = set()
    for one in made:
        if one.id in seen:
            faults.append(f"{where}: id {one.id!r} stands twice")
        seen.add(one.id)
    if faults:
        raise FaultsError("\n".join(faults))
    return tuple(made)


def _one(table: object, where: str, faults: list[str]) -> Instruction:
    if not isinstance(table, dict):
        faults.append(f"{where}: want a table")
        return Instruction("", "", "", ())
    faults += [f"{where}: {name[:40]!r} is no field of it" for name in table if name not in KNOWN]
    key, title, when, lines = (table.get(name, "") for name in ("id", "title", "when", "lines"))
    if not isinstance(key, str) or not key or not set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-"):
        faults.append(f"{where}: id: want a-z, 0-9, -")
    for name, value in (("title", title), ("when", when)):
        if not isinstance(value, str) or len(value) > LINE_MAX or (name == "title" and not value.strip()):
            faults.append(f"{where}: {name}: want a text of at most {LINE_MAX} characters")
    good = isinstance(lines, list) and 0 < len(lines) <= LINES_MAX
    if not good or not all(isinstance(one, str) and 0 < len(one.strip()) <= LINE_MAX for one in lines):
        faults.append(f"{where}: lines: want 1 to {LINES_MAX} texts of at most {LINE_MAX} characters")
        lines = []
    return Instruction(str(key), str(title), str(when), tuple(map(str, lines)))


def shipped() -> tuple[Instruction, ...]:
    """Those of the house; a site's own file takes their place whole."""
    name = "instructions.toml"
    return parse(resources.files("einthoven.answering").joinpath(name).read_text("utf-8"), name)
