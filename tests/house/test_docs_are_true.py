"""What the pages say can be typed, opened and followed: commands, options, files, links, make's targets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from einthoven.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
ROOMS = "base|bootstrap|center|ecg|edges|enrollment|escalation|interop|link|review|sim|surveillance|testing"
FOLDERS = (ROOT, ROOT / "src" / "einthoven")
COMMAND = re.compile(r"(?m)(?:^|`)einthoven ([a-z][^`\n#]*)")
PLACES = f"src|tests|docs|frontend|scripts|benchmarks|training|{ROOMS}"
FILE = re.compile(rf"`((?:{PLACES})/[\w/-]+\.(?:py|ts|md))")
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
NO_COMMANDS = {("peer", "1"), ("audit",), ("link",)}
"""Contexts of signatures and hashes begin with the name of the house as well."""


def wrong(words: list[str]) -> str | None:
    """What of a command there is not."""
    command: click.Command = app
    for place, word in enumerate(words):
        if word.startswith("-") or not isinstance(command, click.Group):
            break
        if word not in command.commands:
            return " ".join(words[: place + 1])
        command = command.commands[word]
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
    asked = [word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return next((word for word in asked if word not in known), None)


def commands(text: str) -> Iterator[list[str]]:
    for match in COMMAND.finditer(text):
        first, *others = match[1].split("|")  # site|station: the first of several, with what follows all
        words = shlex.split(" ".join([first, *others[-1].split()[1:]] if others else [first]))
        if tuple(words[:2]) not in NO_COMMANDS and tuple(words[:1]) not in NO_COMMANDS:
            yield words


def anchors(page: Path) -> set[str]:
    """How headings are linked to."""
    titles = (title.replace("`", "").lower() for title in re.findall(r"(?m)^#+ (.*)$", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_command_and_option_is_there(page: Path) -> None:
    assert [words for words in commands(page.read_text()) if wrong(words) is not None] == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_file_is_there(page: Path) -> None:
    named = FILE.findall(page.read_text())
    assert [name for name in named if not any((folder / name).exists() for folder in FOLDERS)] == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for name, anchor in LINK.findall(page.read_text()):
        if name.startswith("http"):
            continue
        target = page.parent / name if name else page
        there = target.exists() and (not anchor or target.suffix != ".md" or anchor[1:] in anchors(target))
        dead += [] if there else [name + anchor]
    assert dead == []


def test_every_target_of_make_is_there() -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z]+)", page.read_text())}
    assert named - targets == set()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("staff add --data center --login rr", None),
        ("staff fly", "staff fly"),
        ("verify center --deeply", "--deeply"),
        ("export s000002 -o out", None),
    ],
)
def test_a_command_that_is_not_there_is_found(words: str, found: str | None) -> None:
    assert wrong(words.split()) == found
