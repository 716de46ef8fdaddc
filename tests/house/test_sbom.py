"""What runs is listed, whole and with licences that are taken; what is not is refused by name."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
RULES = tomllib.loads((ROOT / "docs" / "licences.toml").read_text())
NODE = ROOT / "frontend" / "node_modules"


def _script() -> Any:
    made = importlib.util.spec_from_file_location("sbom", ROOT / "scripts" / "sbom.py")
    assert made is not None
    assert made.loader is not None
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)
    return module


SBOM = _script()


def part(name: str, *licences: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": "1", "licenses": list(licences)}


def test_a_licence_that_is_not_taken_is_refused_by_name() -> None:
    bad = [
        part("gnu", {"license": {"id": "GPL-3.0-only"}}),
        part("mute"),
        part("both", {"expression": "MIT AND AGPL-3.0-only"}),
        part("said-by-a-word", {"license": {"name": "Freely given"}}),
    ]
    assert [line.split(" ")[0] for line in SBOM.refused(bad, RULES)] == [
        "gnu",
        "mute",
        "both",
        "said-by-a-word",
    ]
    good = [
        part("one", {"license": {"id": "MIT"}}),
        part("two", {"expression": "Apache-2.0 OR BSD-3-Clause"}),
        part(
            "three", {"license": {"name": "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)"}}
        ),
        part("picows"),
    ]
    assert SBOM.refused(good, RULES) == []


def test_what_only_develops_does_not_run() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = SBOM.runtime(project["project"]["dependencies"])
    assert {"numpy", "apsw", "starlette", "h11"} <= names
    assert not names & {"pytest", "mypy", "hypothesis", "playwright"}
    assert SBOM.runtime(["pytest; extra == 'nobody'"]) == set()


def test_what_a_package_says_itself_is_not_said_for_it_twice() -> None:
    assert not set(RULES["said"]) & set(RULES["allowed"])
    assert set(RULES["said"].values()) <= set(RULES["allowed"])


@pytest.mark.slow
def test_the_list_of_python_is_valid_whole_and_of_taken_licences() -> None:
    made = SBOM.python_parts()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None
    assert SBOM.refused(made["components"], RULES) == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = {canonicalize_name(one["name"]) for one in made["components"]}
    assert listed == SBOM.runtime(project["project"]["dependencies"])
    assert all(one["version"] and one.get("purl", "").startswith("pkg:pypi/") for one in made["components"])


@pytest.mark.slow
@pytest.mark.skipif(not NODE.exists(), reason="nothing of npm is installed")
def test_the_list_of_npm_is_valid_and_holds_what_is_built_in_and_the_fonts() -> None:
    made = SBOM.npm_parts()
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(json.dumps(made)) is None
    assert SBOM.refused(made["components"], RULES) == []
    names = {SBOM.part_name(one) for one in made["components"]}
    assert {"lit", "lit-html", "@fontsource-variable/inter", "@expo-google-fonts/inter"} <= names
    assert not names & {"vite", "typescript", "vitest"}
