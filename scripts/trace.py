"""Where each requirement, and each clause of L34997, is built, shown by a test, and told: ``docs/trace.md``.

    .venv/bin/python scripts/trace.py [--check]

Reads ``docs/trace.toml`` (requirement → modules, tests, pages), ``docs/trace-open.toml`` (what is not built,
and why) and the policy file of L34997. One of a requirement's modules names it (``R14``); a test counts where
what it imports, itself or by way of others, holds one of them; whole centers (``tests/e2e``,
``tests/browser``, ``tests/torture``) hold everything.
``--check`` writes nothing and fails where the page is old.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "einthoven"
PAGE = ROOT / "docs" / "trace.md"
POLICY = SOURCES / "billing" / "policies" / "L34997.toml"
ALL = tuple(f"R{number}" for number in range(1, 45))
CASES = "tests/billing/orders_table.json"
TABLE = "tests/billing/test_orders_table.py::test_an_order"
WHOLE = ("tests/e2e/", "tests/browser/", "tests/torture/")
ENGINE = ("tests/billing/test_sentences.py", "tests/billing/test_determine_properties.py")
"""Every sentence of the determination is a clause; every clause can be met, not met and not documented."""
WHOLE_CENTER = frozenset({"R43"})
"""What no one module does."""
INTRO = """\
# Trace

<!-- Made by `make trace` of docs/trace.toml, docs/trace-open.toml, the policy of L34997 and the sources. -->

Where each requirement is built, which tests show it, which page tells of it: the main ones, chosen by people.
That they are there, that a module names the requirement, and that each test reaches one of its modules, is
checked by `make check`. Whether a test is the right one is for whoever reads it to judge. What is not built
is said to be open, with the reason.

"""
CLAUSES = f"""\
Each clause of `billing/policies/L34997.toml`. That every sentence of the determination is a clause, and that
each clause can be met, not met and not documented, is shown for all of them by
{" and ".join(f"`{one}`" for one in ENGINE)};
a clause that an order decides names first one of the cases that say so, written by hand from the text. The
requirement is what makes it come true here.
"""


@dataclass(slots=True)
class Trace:
    """What the two files say.

    Attributes:
        met: requirement → says, tests, pages, modules besides those that name it.
        open: requirement → why it, or which part of it, is not built.
        clauses: clause of L34997 → the requirements that make it come true.
        policy: the clauses of the policy file, in order.
    """

    met: Mapping[str, Mapping[str, Any]]
    open: Mapping[str, Mapping[str, Any]]
    clauses: Mapping[str, list[str]]
    policy: list[dict[str, Any]] = field(default_factory=list)


def load(root: Path = ROOT) -> Trace:
    """Read both files and the policy."""
    told = tomllib.loads((root / "docs" / "trace.toml").read_text())
    clauses = told.pop("clauses", {})
    opened = tomllib.loads((root / "docs" / "trace-open.toml").read_text())
    return Trace(told, opened, clauses, tomllib.loads(POLICY.read_text())["clause"])


@cache
def _texts() -> dict[str, str]:
    return {
        str(path.relative_to(SOURCES)): path.read_text()
        for path in sorted(SOURCES.rglob("*.py"))
        if "static" not in path.parts
    }


@cache
def numbers_of(module: str) -> frozenset[str]:
    """Requirements that a module names; a span ``R25–R27`` names those between as well."""
    text, found = _texts()[module], set[str]()
    for first, last in re.findall(r"\bR(\d+)–R?(\d+)\b", text):
        found |= {f"R{number}" for number in range(int(first), int(last) + 1)}
    return frozenset(found | set(re.findall(r"(?<!FHIR )\bR\d+\b", text)))


@cache
def modules_of(requirement: str) -> tuple[str, ...]:
    """Modules that name a requirement."""
    return tuple(one for one in _texts() if requirement in numbers_of(one) and not one.startswith("testing/"))


@cache
def _imports(path: Path) -> frozenset[str]:
    """Dotted names that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{one.name}" for one in node.names}
    return frozenset(found)


def _file_of(name: str) -> Path | None:
    for base, prefix in ((ROOT / "src", "einthoven"), (ROOT, "tests")):
        if name.split(".", maxsplit=1)[0] == prefix:
            path = base / Path(*name.split("."))
            for one in (path.with_suffix(".py"), path / "__init__.py"):
                if one.exists():
                    return one
    return None


@cache
def reached(test: str) -> frozenset[str]:
    """Modules that a test file holds, itself or by way of others."""
    waiting, seen = [ROOT / test], set[Path]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        waiting += [file for name in _imports(path) if (file := _file_of(name)) is not None]
    return frozenset(str(one.relative_to(SOURCES)) for one in seen if SOURCES in one.parents)


def faults(trace: Trace) -> Iterator[str]:
    """What does not hold, a line each."""
    for number in ALL:
        if number not in trace.met and number not in trace.open:
            yield f"{number}: has no test and is not said to be open"
        if number in trace.met and number in trace.open and not trace.open[number].get("part"):
            yield f"{number}: is said to be met and to be open"
    for number in (*trace.met, *trace.open):
        if number not in ALL:
            yield f"{number}: there is no such requirement"
    for number, one in trace.open.items():
        if len(str(one.get("why", ""))) < 20:
            yield f"{number}: say why it is open"
    for number, one in trace.met.items():
        yield from _faults_of(number, one)
    ids = [one["id"] for one in trace.policy]
    yield from (f"clause {one}: not in trace.toml" for one in ids if not trace.clauses.get(one))
    yield from (f"clause {one}: L34997 has none of that name" for one in trace.clauses if one not in ids)
    for clause, needs in trace.clauses.items():
        yield from (f"clause {clause}: {one} is not met" for one in needs if one not in trace.met)


def _faults_of(number: str, one: Mapping[str, Any]) -> Iterator[str]:
    modules = set(one.get("modules", ()))
    if not modules:
        yield f"{number}: has no module"
    if not modules & set(modules_of(number)) and number not in WHOLE_CENTER:
        yield f"{number}: none of its modules names it"
    yield from (f"{number}: no module {name}" for name in one.get("modules", ()) if name not in _texts())
    if not one.get("tests"):
        yield f"{number}: has no test"
    for test in one.get("tests", ()):
        path, _, name = test.partition("::")
        if not (ROOT / path).is_file():
            yield f"{number}: no file {path}"
        elif name and not re.search(rf"def {name}\b", (ROOT / path).read_text()):
            yield f"{number}: {path} has no {name}"
        elif not path.startswith(WHOLE) and not modules & reached(path):
            yield f"{number}: {path} reaches none of its modules"
    yield from (
        f"{number}: no page {page}" for page in one.get("pages", ()) if not (ROOT / "docs" / page).exists()
    )
    if not one.get("pages"):
        yield f"{number}: no page tells of it"


def page(trace: Trace) -> str:
    """The page."""
    lines = [
        *INTRO.splitlines(),
        f"{len(trace.met)} requirements have tests; {len(trace.open)} are open, in whole or in part.",
        "",
        "## Requirements",
        "",
        "| | in short | modules | tests | pages |",
        "|---|---|---|---|---|",
    ]
    for number in ALL:
        if number in trace.met:
            lines.append(_row(number, trace.met[number], trace.open.get(number)))
        else:
            lines.append(f"| {number} | **open** | – | – | – |")
    lines += ["", "## Open", "", "| | which part | why |", "|---|---|---|"]
    lines += [
        f"| {number} | {one.get('part', 'all of it')} | {one['why']} |" for number, one in trace.open.items()
    ]
    lines += [
        "",
        "## Clauses of L34997",
        "",
        *CLAUSES.splitlines(),
        "",
        "| clause | lines | asks, in short | requirement | tests | page |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_clause(trace, one) for one in trace.policy]
    return "\n".join(lines) + "\n"


def _row(number: str, one: Mapping[str, Any], opened: Mapping[str, Any] | None) -> str:
    modules = one["modules"]
    says = str(one["says"]) + ("" if opened is None else f" (**open**: {opened['part']})")
    shown = ", ".join(f"`{name}`" for name in modules)
    return f"| {number} | {says} | {shown} | {_tests(one)} | {_pages(one)} |"


def _tests(one: Mapping[str, Any]) -> str:
    return ", ".join(f"`{test}`" for test in one["tests"])


def _pages(one: Mapping[str, Any]) -> str:
    return ", ".join(f"[{name.removesuffix('.md')}]({name})" for name in one["pages"])


@cache
def _decided() -> dict[str, list[str]]:
    """Clause → the cases of the table, written by hand from the text, that say how it comes out."""
    found: dict[str, list[str]] = {}
    for row in json.loads((ROOT / CASES).read_text()):
        for clause in row["clauses"]:
            found.setdefault(clause, []).append(row["name"].replace(" ", "-"))
    return found


def _clause(trace: Trace, clause: Mapping[str, Any]) -> str:
    needs = [number for number in trace.clauses.get(clause["id"], ()) if number in trace.met]
    cases = _decided().get(clause["id"], [])
    tests = [f"{TABLE}[{cases[0]}]"] if cases else []
    tests += list(dict.fromkeys(test for number in needs for test in trace.met[number]["tests"][:2]))
    pages = list(dict.fromkeys(name for number in needs for name in trace.met[number]["pages"][:1]))
    told = ", ".join(f"`{test}`" for test in tests)
    linked = ", ".join(f"[{name.removesuffix('.md')}]({name})" for name in pages)
    lines = ", ".join(clause["lines"])
    return f"| {clause['id']} | {lines} | {clause['text']} | {', '.join(needs)} | {told} | {linked} |"


def main() -> int:
    """Write the page; 1 where something does not hold, or, with --check, where the page is old."""
    asked = argparse.ArgumentParser(description="Where each requirement is built, shown and told.")
    asked.add_argument("--check", action="store_true", help="write nothing; fail where the page is old")
    check: bool = asked.parse_args().check
    trace = load()
    found = list(faults(trace))
    for line in found:
        sys.stderr.write(f"trace: {line}\n")
    if found:
        return 1
    made = page(trace)
    if check:
        old = not PAGE.exists() or PAGE.read_text() != made
        sys.stderr.write("trace: docs/trace.md is old: run `make trace`\n" if old else "")
        return int(old)
    PAGE.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
