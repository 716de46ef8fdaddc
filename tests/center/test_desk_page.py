"""The page of the desk names every act with its fields, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from einthoven.center.desk_acts import ACTS
from einthoven.surveillance.roles import ACTS as PERMITS

PAGE = (Path(__file__).parents[2] / "docs" / "desk.md").read_text()


def rows() -> dict[str, set[str]]:
    table = PAGE.split("| act | fields |")[1].split("\n\n")[0]
    told = {}
    for line in table.splitlines()[2:]:
        acts, fields = line.strip("|").split("|")
        for act in re.findall(r"`([\w.]+)`", acts):
            told[act] = set(re.findall(r"`([a-z_]+)`", fields))
    return told


def test_every_act_stands_on_the_page_with_its_fields() -> None:
    assert rows() == {name: set(act.fields) for name, act in ACTS.items()}


def test_every_act_has_its_permission() -> None:
    assert set(ACTS) <= set(PERMITS)
