"""Every command of docs/set-up.md does what the page says, on a folder that no center serves."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from tests.e2e.processes import Ran, here

from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.people import open_people
from einthoven.center.sign_in_ports import Where
from einthoven.edges.store.facts import Facts
from einthoven.settings import load

PAGE = Path(__file__).resolve().parents[2] / "docs" / "set-up.md"
LAST = ("site close", "station retire", "staff credential withdraw")
"""Tried when everything else has been: on the page they stand beside what they undo."""


def commands() -> list[list[str]]:
    """Those of the page, by their words."""
    blocks = re.findall(r"^```\n(.*?)^```", PAGE.read_text(), re.S | re.M)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    found = [words[1:] for words in lines if words[:1] == ["einthoven"]]
    assert len(found) >= 15
    return sorted(found, key=lambda words: " ".join(words).startswith(LAST))


def register(folder: Path, link: str) -> None:
    """Open the link in a browser at the site."""
    now = RealClock().wall()
    facts = Facts(folder / "facts.sqlite", now)
    try:
        places = open_people(facts, load(folder), now).places
        assert places.use(link.partition("#")[2], Where("192.0.2.5"), now).station == 1
    finally:
        facts.close()


def test_every_command_of_the_page_works_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "card.pdf").write_bytes(b"%PDF-1.7\n")
    told: dict[str, Ran] = {}
    for words in commands():
        ran = here(*words)
        assert (ran.code, ran.err) == (0, ""), words
        told[" ".join(words[:3]).partition(" --")[0]] = ran
        if words[:2] == ["station", "add"]:
            register(tmp_path / "center", ran.told["link"])
    assert told["staff training add"].told["may_watch"]["ok"] is True
    assert told["staff credential list"].told["people"][0]["works_from"] == "Main house"
    (left,) = json.loads(here("station", "list", "--data", tmp_path / "center").out)["stations"]
    assert (left["name"], left["active"]) == ("Desk by the door", False)
