"""Each requirement and each clause has its tests, or is said to be open with the reason."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _script() -> Any:
    made = importlib.util.spec_from_file_location("trace_script", ROOT / "scripts" / "trace.py")
    assert made is not None
    assert made.loader is not None
    module = importlib.util.module_from_spec(made)
    sys.modules["trace_script"] = module
    made.loader.exec_module(module)
    return module


TRACE = _script()
GOOD = {
    "says": "x",
    "modules": ["surveillance/watching.py"],
    "tests": ["tests/surveillance/test_watch_by_hand.py"],
    "pages": ["surveillance.md"],
}


def test_nothing_is_amiss() -> None:
    assert list(TRACE.faults(TRACE.load())) == []


def test_the_page_is_the_one_that_would_be_made() -> None:
    assert (ROOT / "docs" / "trace.md").read_text() == TRACE.page(TRACE.load()), "run `make trace`"


def test_what_is_open_is_the_telephone_path_and_more_than_one_machine() -> None:
    told = TRACE.load().open
    assert {number: "part" in one for number, one in told.items()} == {"R6": False, "R43": True}


def test_a_requirement_without_a_test_is_found() -> None:
    told = TRACE.load()
    less = {number: one for number, one in told.met.items() if number != "R14"}
    found = list(TRACE.faults(replace(told, met=less)))
    assert "R14: has no test and is not said to be open" in found
    assert "clause attended: R14 is not met" in found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tests": []}, "has no test"),
        ({"tests": ["tests/surveillance/test_gone.py"]}, "no file tests/surveillance/test_gone.py"),
        ({"tests": ["tests/surveillance/test_watch_by_hand.py::test_gone"]}, "has no test_gone"),
        ({"tests": ["tests/ecg/test_hrv.py"]}, "reaches none of its modules"),
        ({"modules": ["surveillance/gone.py"]}, "no module surveillance/gone.py"),
        ({"modules": []}, "has no module"),
        ({"modules": ["ecg/hrv.py"]}, "none of its modules names it"),
        ({"pages": ["gone.md"]}, "no page gone.md"),
        ({"pages": []}, "no page tells of it"),
    ],
)
def test_what_is_amiss_with_one_is_named(change: dict[str, Any], words: str) -> None:
    told = TRACE.load()
    found = list(TRACE.faults(replace(told, met={**told.met, "R14": GOOD | change})))
    assert any(line.startswith("R14") and words in line for line in found)


def test_a_clause_that_nobody_traced_and_one_that_there_is_not_are_found() -> None:
    told = TRACE.load()
    clauses = {one: needs for one, needs in told.clauses.items() if one != "seamless"} | {"gone": ["R1"]}
    found = list(TRACE.faults(replace(told, clauses=clauses)))
    assert found == ["clause seamless: not in trace.toml", "clause gone: L34997 has none of that name"]


def test_open_without_a_reason_and_open_beside_met_are_found() -> None:
    told = TRACE.load()
    found = list(
        TRACE.faults(replace(told, open={**told.open, "R8": {"why": "later"}, "R99": {"why": "x" * 30}}))
    )
    assert "R8: is said to be met and to be open" in found
    assert "R8: say why it is open" in found
    assert "R99: there is no such requirement" in found


def test_a_span_of_requirements_names_those_between_and_a_version_of_fhir_none() -> None:
    assert {"R14", "R15"} <= TRACE.numbers_of("surveillance/watching.py") | TRACE.numbers_of("base/deeds.py")
    assert "R4" not in TRACE.numbers_of("edges/web/fhir.py")
