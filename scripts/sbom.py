"""What einthoven is made of: two lists of parts in CycloneDX, one of Python, one of what the pages and the
wheel take from npm.

    .venv/bin/python scripts/sbom.py [OUT]

Writes ``python.cdx.json`` (cyclonedx-bom over the environment, without what only develops and tests) and
``npm.cdx.json`` (``npm sbom``: what is built into the pages, and the fonts that reports are set in) into OUT
(``build/sbom``), and fails where a licence is none of ``docs/licences.toml``.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LICENCES = ROOT / "docs" / "licences.toml"
WORDS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}
"""Classifiers that stand for one licence; the one of BSD for whichever of its forms, all of them taken."""
WORD = re.compile(r"\s+(?:AND|OR)\s+|[()]")


def runtime(requirements: Iterable[str]) -> set[str]:
    """Names of the packages that run: ours and theirs, with the markers of this machine, without extras that
    nobody asked for."""
    found: set[str] = set()
    waiting = [(Requirement(one), "") for one in requirements]
    while waiting:
        asked, extra = waiting.pop()
        if asked.marker is not None and not asked.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(asked.name)
        for wanted in {"", *asked.extras}:
            if (key := f"{name}[{wanted}]") not in found:
                found.add(key)
                of = importlib.metadata.requires(asked.name) or []
                waiting += [(Requirement(one), wanted) for one in of]
    return {one.partition("[")[0] for one in found}


def licences_of(part: Mapping[str, Any], said: Mapping[str, str]) -> list[str]:
    """Each licence of a part, in SPDX as far as that is known; what is between AND and OR one by one."""
    if part_name(part) in said:
        return [said[part_name(part)]]
    told: list[str] = []
    for one in part.get("licenses", []):
        of = one.get("license", {})
        text = str(one.get("expression") or of.get("id") or of.get("name") or "").strip()
        told += [WORDS[text]] if text in WORDS else WORD.split(text)
    return list(dict.fromkeys(one.strip() for one in told if one.strip()))


def part_name(part: Mapping[str, Any]) -> str:
    """As ``docs/licences.toml`` names it; of npm with its scope."""
    group = part.get("group", "")
    return f"{group}/{part['name']}" if group else str(part["name"])


def refused(parts: Iterable[Mapping[str, Any]], rules: Mapping[str, Any]) -> list[str]:
    """Parts under a licence that is not taken, or under none that is known, a line each."""
    faults = []
    for part in parts:
        told = licences_of(part, rules["said"])
        bad = [one for one in told if one not in rules["allowed"]]
        if bad or not told:
            faults.append(f"{part_name(part)} {part['version']}: {', '.join(bad) or 'says no licence'}")
    return faults


def only(bom: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """A list with some of its parts, and what hangs together among them."""
    parts = [
        one
        for one in bom["components"]
        if canonicalize_name(part_name(one)) in names or part_name(one) in names
    ]
    refs = {one["bom-ref"] for one in parts} | {bom["metadata"]["component"]["bom-ref"]}
    hang = [
        one | {"dependsOn": [ref for ref in one.get("dependsOn", []) if ref in refs]}
        for one in bom.get("dependencies", [])
        if one["ref"] in refs
    ]
    return bom | {"components": parts, "dependencies": hang}


def python_parts() -> dict[str, Any]:
    """The list of Python's packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tool = Path(sys.executable).parent / "cyclonedx-py"
    made = subprocess.run(
        [tool, "environment", "--pyproject", "pyproject.toml", "--mc-type", "application", "--of", "JSON",
         "--output-reproducible", sys.executable],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return only(json.loads(made.stdout), runtime(project["dependencies"]))


def npm_parts() -> dict[str, Any]:
    """The list of what is taken from npm: into the pages, and as fonts into the wheel."""
    frontend = ROOT / "frontend"
    made = subprocess.run(
        ["npm", "sbom", "--sbom-format", "cyclonedx"],
        cwd=frontend,
        capture_output=True,
        text=True,
        check=True,
    )
    built = subprocess.run(
        ["npm", "sbom", "--sbom-format", "cyclonedx", "--omit", "dev"],
        cwd=frontend, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = {part_name(one) for one in json.loads(built.stdout)["components"]}
    names |= set(re.findall(r'"(@[\w-]+/[\w-]+)": \[', (frontend / "scripts" / "fonts.mjs").read_text()))
    return only(json.loads(made.stdout), names)


def main() -> int:
    """Write both lists; 1 where a licence is not taken."""
    asked = argparse.ArgumentParser(description="The parts of einthoven as CycloneDX.")
    asked.add_argument("out", nargs="?", type=Path, default=ROOT / "build" / "sbom")
    out: Path = asked.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    rules, faults = tomllib.loads(LICENCES.read_text()), []
    for name, made in (("python", python_parts()), ("npm", npm_parts())):
        faults += refused(made["components"], rules)
        (out / f"{name}.cdx.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
        sys.stdout.write(f"{out / name}.cdx.json: {len(made['components'])} parts\n")
    for line in faults:
        sys.stderr.write(f"licence: {line}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
