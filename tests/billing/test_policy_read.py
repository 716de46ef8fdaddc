"""Policy files: what is wrong is told with file and line, all of it at once, and nothing starts with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import FaultsError, InputError
from einthoven.billing.policy import Policies
from einthoven.billing.policy_read import load
from einthoven.billing.shipped import files
from einthoven.bootstrap.policies import policies_of

HEAD = """\
[policy]
id = "P1"
version = "1"
title = "Telemetry"
payer = "acme"
from = 2024-01-01
to = 2024-12-31
source = "own"
"""
CLAUSE = """\
[[clause]]
id = "low-risk"
section = "Need"
short = "risk"
text = "The risk is low."
effect = "required"
asks = "low_risk"
change = "A lower risk."
"""


def faults(*texts: str) -> list[str]:
    """What is said of files a.toml, b.toml, …; none: they are taken."""
    try:
        load([(f"{name}.toml", text) for name, text in zip("abcd", texts, strict=False)])
    except FaultsError as error:
        return str(error).splitlines()
    return []


def with_head(line: str, new: str) -> str:
    return HEAD.replace(line, new) + CLAUSE


def with_clause(line: str, new: str) -> str:
    return HEAD + CLAUSE.replace(line, new)


def test_a_sound_file_is_taken() -> None:
    assert faults(HEAD + CLAUSE) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            with_clause("low_risk", "low_rsk"),
            "a.toml:15: asks: unknown fact 'low_rsk' (is 'low_risk' meant?)",
        ),
        (
            with_clause("low_risk", "moonlight"),
            "a.toml:15: asks: unknown fact 'moonlight'",
        ),
        (
            with_clause('lower risk."', 'lower risk."\nnte = "x"'),
            "a.toml:17: 'nte' is not known (want id, lines, section, short, "
            "text, effect, asks, when, group, subjects, change, contraindication, note)",
        ),
        (
            with_clause('"required"', '"demanded"'),
            "a.toml:14: effect: 'demanded' is none of required, excludes, "
            "one-of, limit, documentation, informs",
        ),
        (with_clause('text = "The risk is low."\n', ""), "a.toml:9: 'text' is missing"),
        (
            with_clause('change = "A lower risk."\n', ""),
            "a.toml:14: a clause whose effect is required says what would change it (change = …)",
        ),
        (with_clause("low_risk", "low_risk and"), "a.toml:15: asks: ends where a fact is expected"),
        (with_clause("low_risk", "days"), "a.toml:15: asks: days is no yes or no, compare it with something"),
        (with_clause("low_risk", "days > '3'"), "a.toml:15: asks: days is a number, '3' is none"),
        (
            with_clause("low_risk", "setting == 'hme'"),
            "a.toml:15: asks: setting is never 'hme' (want one of home, "
            "hospital, emergency-room, skilled-nursing, other-facility)",
        ),
        (
            with_clause("low_risk", "low_risk == 1"),
            "a.toml:15: asks: low_risk is yes or no, it stands alone or after not",
        ),
        (
            with_clause("low_risk", "service_date > '2024'"),
            "a.toml:15: asks: service_date is a date, '2024' is none (want YYYY-MM-DD)",
        ),
        (
            with_clause("low_risk", "setting < 'home'"),
            "a.toml:15: asks: setting is a word, there is no < of words",
        ),
        (
            with_clause("low_risk", "low_risk and not low_risk"),
            "a.toml:15: clause 'low-risk': asks can never be met",
        ),
        (
            with_clause("low_risk", "low_risk or not low_risk"),
            "a.toml:15: clause 'low-risk': asks is always met",
        ),
        (
            with_clause("low_risk", "days > 30 and days < 30"),
            "a.toml:15: clause 'low-risk': asks can never be met",
        ),
        (with_clause("low_risk", "days >= 1"), "a.toml:15: clause 'low-risk': asks is always met"),
        (
            with_clause("low_risk", "no_gap"),
            "a.toml:15: no_gap is not known of an order: name subjects, or effect informs",
        ),
        (
            with_clause('"required"', '"one-of"'),
            "a.toml:9: a clause that is one of several has a group, others have none",
        ),
        (with_head("2024-12-31", "2023-12-31"), "a.toml:7: to = 2023-12-31 is before from = 2024-01-01"),
        (
            with_head("2024-12-31", '"2024-12-31"'),
            "a.toml:7: to: '2024-12-31' is no date (want YYYY-MM-DD without quotes)",
        ),
        (with_head("from = 2024-01-01\n", ""), "a.toml:1: 'from' is missing"),
        (
            with_head('source = "own"', 'source = "own"\nstates = ["Pa"]'),
            "a.toml:9: states: 'Pa' is no state (two letters)",
        ),
        (
            with_head('source = "own"', 'source = "own"\npartial = true'),
            "a.toml:9: a partial policy says what of it is missing",
        ),
        (HEAD, "a.toml:2: has no clause (a policy that is known and not held says held = false)"),
        (CLAUSE, "a.toml: [policy] is missing"),
        (
            HEAD + CLAUSE + "[more]\nx = 1\n",
            "a.toml:17: 'more' is not known here (want [policy] and [[clause]])",
        ),
        ("[policy\n", "a.toml:1: Expected ']' at the end of a table declaration"),
        (HEAD + "id = \n", "a.toml:9: Invalid value"),
        (HEAD + CLAUSE + CLAUSE, "a.toml:18: clause 'low-risk' is already at a.toml:10"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, said: str) -> None:
    assert faults(text) == [said]


def test_every_fault_is_told_at_once() -> None:
    wrong = (
        HEAD.replace("2024-12-31", "2023-12-31")
        + CLAUSE.replace("low_risk", "low_rsk")
        + CLAUSE.replace("required", "wanted")
    )
    assert [line.split(": ")[0] for line in faults(wrong)] == ["a.toml:15", "a.toml:22", "a.toml:7"]


def test_a_clause_that_excludes_what_another_requires() -> None:
    other = CLAUSE.replace('"low-risk"', '"not-low"').replace("required", "excludes")
    assert faults(HEAD + CLAUSE + other) == [
        "a.toml:23: clause 'not-low' is excluding what 'low-risk' requires: the two contradict each other"
    ]
    apart = other.replace('asks = "low_risk"', 'asks = "low_risk"\nwhen = "screening"')
    only = CLAUSE.replace('asks = "low_risk"', 'asks = "low_risk"\nwhen = "not screening"')
    assert faults(HEAD + only + apart) == []


def test_two_clauses_that_cannot_both_hold() -> None:
    short = CLAUSE.replace('"low-risk"', '"short"').replace('"low_risk"', '"days < 10"')
    long = CLAUSE.replace('"low-risk"', '"long"').replace('"low_risk"', '"days > 20"')
    assert faults(HEAD + short + long) == [
        "a.toml:23: clause 'long' cannot be satisfied together with 'short'"
    ]


def test_two_policies_for_one_day() -> None:
    other = (
        HEAD.replace("P1", "P2")
        .replace("2024-01-01", "2024-12-31")
        .replace("2024-12-31\nsource", "2025-06-30\nsource")
    )
    said = faults(HEAD + CLAUSE, other + CLAUSE)
    assert said == ["b.toml:1: P2 1 and P1 1 (a.toml:1) both bind on 2024-12-31 (acme)"]
    elsewhere = other.replace('payer = "acme"', 'payer = "acme"\nstates = ["CA"]')
    here = HEAD.replace('payer = "acme"', 'payer = "acme"\nstates = ["PA"]')
    assert faults(here + CLAUSE, elsewhere + CLAUSE) == []


def test_days_between_two_policies() -> None:
    later = HEAD.replace("P1", "P2").replace("2024-01-01", "2025-01-02").replace("2024-12-31", "2025-12-31")
    assert faults(HEAD + CLAUSE, later + CLAUSE) == [
        "b.toml:1: between P1 (to 2024-12-31) and P2 (from 2025-01-02) no policy is named: "
        "say why by gap_before"
    ]
    assert faults(HEAD + CLAUSE, later + 'gap_before = "no contract"\n' + CLAUSE) == []
    assert faults(HEAD + CLAUSE, later.replace("2025-01-02", "2025-01-01") + CLAUSE) == []


def test_a_policy_twice() -> None:
    assert "b.toml:1: policy P1 1 is already at a.toml:1" in faults(HEAD + CLAUSE, HEAD + CLAUSE)


def test_clauses_of_another_policy() -> None:
    twin = HEAD.replace('"P1"', '"P2"').replace("acme", "other") + 'like = "P1"\n'
    taken = load([("a.toml", HEAD + CLAUSE), ("b.toml", twin)])
    assert [len(one.clauses) for one in taken] == [1, 1]
    assert faults(HEAD + CLAUSE, twin.replace('like = "P1"', 'like = "P9"')) == [
        "b.toml:1: like: no policy 'P9' with clauses of its own"
    ]


def test_a_site_replaces_what_is_shipped() -> None:
    whole = HEAD.replace('"1"', '"whole"') + 'replaces = "P1"\n' + CLAUSE + CLAUSE.replace("low-risk", "x")
    taken = load([("a.toml", HEAD + CLAUSE), ("b.toml", whole)])
    assert [(one.id, one.version) for one in taken] == [("P1", "whole")]
    assert faults(HEAD + 'replaces = "P9"\n' + CLAUSE) == ["a.toml:1: replaces: no policy 'P9' beside it"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_shipped_file_with_a_typo_is_refused_or_still_a_policy(data: st.DataObject) -> None:
    text = dict(files())["L39490.toml"]
    at = data.draw(st.integers(0, len(text) - 1))
    broken = text[:at] + data.draw(st.sampled_from(['"', "=", "[", "x", "\n", ""])) + text[at + 1 :]
    said: list[str] = []
    try:
        assert isinstance(load([("x.toml", broken)]), Policies)
    except FaultsError as error:
        said = str(error).splitlines()
    assert all(line.startswith("x.toml") for line in said)


# ---- the shipped ones and a site's own ---------------------------------------------------------------------


def test_the_shipped_policies_are_sound() -> None:
    assert {one.id for one in policies_of(None)} == {
        "L34997",
        "L39490",
        "L39492",
        "L33380",
        "NCD-20.15",
        "TNACMD",
    }


def test_which_one_decides_on_the_days_at_the_borders() -> None:
    def picked(contractor: str, state: str, test: str, day: str) -> str | None:
        one = policies_of(None).pick("medicare", contractor, state, test, date.fromisoformat(day))
        return None if one is None else one.id

    assert [picked("", "PA", "telemetry", day) for day in ("2015-09-30", "2015-10-01", "2023-06-10")] == [
        None,
        "L34997",
        "L34997",
    ]
    assert [picked("", "PA", "telemetry", day) for day in ("2023-06-11", "2026-06-20", "2026-06-21")] == [
        "L39490",
        "L39490",
        "TNACMD",
    ]
    assert picked("", "FL", "telemetry", "2023-06-10") == "L33380"
    assert picked("first-coast", "FL", "telemetry", "2023-06-11") == "L39492"
    assert picked("", "CA", "post-symptom", "2020-01-01") == "NCD-20.15"
    assert picked("", "CA", "post-symptom", "2026-06-21") == "TNACMD"
    assert picked("novitas", "FL", "telemetry", "2023-06-11") is None
    assert picked("novitas", "VA", "telemetry", "2023-06-11") == "L39490"
    assert picked("", "VA", "telemetry", "2023-06-11") is None


def test_a_site_adds_its_own_without_code(tmp_path: Path) -> None:
    own = (
        HEAD.replace("acme", "medicare").replace("2024-01-01", "2026-06-21").replace("to = 2024-12-31\n", "")
    )
    (tmp_path / "tnacmd.toml").write_text(own.replace("P1", "OWN") + CLAUSE)
    taken = policies_of(tmp_path).pick("medicare", "", "PA", "telemetry", date(2026, 7, 1))
    assert taken is not None
    assert taken.id == "OWN"


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing: is no folder of policies"):
        policies_of(tmp_path / "missing")
    with pytest.raises(InputError, match=r"holds no policy"):
        policies_of(tmp_path)
    (tmp_path / "own.toml").write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"own.toml: is not UTF-8 text"):
        policies_of(tmp_path)
