"""Hazards and threats: every module and every test that the pages name is there, and nothing stands alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text() for name in ("risk", "threats")}
NODE = re.compile(r"`((?:tests|src)/[\w/]+\.py)::(test_\w+)`")
ROOMS = (
    "base|link|ecg|enrollment|billing|surveillance|review|escalation|reports|interop|center|edges|sim|testing"
    "|bootstrap"
)
MODULE = re.compile(rf"`((?:{ROOMS})/[\w/]+\.py)`")
HAZARDS = {
    "missed VF": "H1",
    "late notice": "H2",
    "wrong patient": "H3",
    "clock": "H4",
    "artefact flood": "H5",
    "stale picture": "H6",
    "silent link loss": "H7",
}
"""Those that were asked for by name, and where they stand."""


@pytest.mark.parametrize("name", PAGES)
def test_every_test_that_is_named_is_there(name: str) -> None:
    nodes = NODE.findall(PAGES[name])
    assert len(nodes) > 40
    missing = [
        f"{path}::{test}"
        for path, test in nodes
        if not (ROOT / path).exists() or not re.search(rf"def {test}\b", (ROOT / path).read_text())
    ]
    assert missing == []


@pytest.mark.parametrize("name", PAGES)
def test_every_module_that_is_named_is_there(name: str) -> None:
    named = MODULE.findall(PAGES[name])
    assert named
    assert [one for one in named if not (ROOT / "src" / "einthoven" / one).exists()] == []


def test_every_hazard_says_how_what_and_what_is_left_and_has_a_test() -> None:
    sections = re.split(r"(?m)^## ", PAGES["risk"])[1:]
    assert len(sections) >= 15
    for place, text in enumerate(sections, 1):
        title = text.splitlines()[0]
        assert title.startswith(f"H{place} "), title
        for part in (
            "**Sequence.**",
            "**Harm.**",
            "**Severity",
            "**Controls.**",
            "**Tests.**",
            "**Residual.**",
        ):
            assert part in text, f"{title}: {part}"
        assert NODE.search(text), title
        assert MODULE.search(text), title


def test_what_was_asked_for_by_name_is_among_them() -> None:
    titles = {line.split()[1]: line for line in PAGES["risk"].splitlines() if line.startswith("## H")}
    assert set(HAZARDS.values()) <= set(titles)


def test_every_boundary_has_its_threats_with_a_proof_and_says_what_is_open() -> None:
    sections = re.split(r"(?m)^## ", PAGES["threats"])[1:]
    assert len(sections) == 7
    letters = set()
    for text in sections:
        rows = [
            line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| [STRIDE] \|", line)
        ]
        assert rows
        for letter, threat, control, proof in rows:
            letters.add(letter)
            assert threat
            assert control
            assert NODE.search(proof) or re.search(r"tests/[\w/]+\.py", proof), threat
    assert letters == set("STRIDE")
    assert PAGES["threats"].count("**Open.**") >= 6
