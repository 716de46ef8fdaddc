"""``einthoven determine``: what it prints, its exit codes, and one line for each fault."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.billing.orders import BASE, changed

from einthoven.base.instants import from_iso
from einthoven.bootstrap.demo import POLICIES
from einthoven.bootstrap.policies import determined_by, policies_of
from einthoven.cli import run
from einthoven.enrollment.order_read import strict


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "order.json"


def put(file: Path, changes: dict[str, Any]) -> str:
    file.write_text(json.dumps(changed(BASE, changes)))
    return str(file)


def test_covered_is_exit_0(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["determine", put(file, {}), "--date", "2023-03-01"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Covered under L34997 (Novitas Solutions)\n")
    assert "Stands against" not in said


def test_not_covered_is_exit_1_and_says_what_would_change_it(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = {"setting": "hospital", "statements.low_risk": None}
    assert run(["determine", put(file, changes), "--date", "2023-03-01"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("Not covered under L34997 (Novitas Solutions): patient in a hospital")
    assert "place of the patient: hospital, order, signed 2023-02-28" in said
    assert "setting: Not covered while the patient is in a facility; after discharge home it can be." in said
    assert "ask the ordering physician (statements.low_risk)" in said


def test_contradictions_and_another_policy_before_the_end_are_shown_with_their_places(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holter = {"kind": "holter", "on": "2023-05-19", "until": "2023-05-20", "result": "nothing"}
    assert run(["determine", put(file, {"prior_tests": [holter]}), "--date", "2023-05-20"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "! The order denies other monitoring on the same days, and another one is listed on them." in said
    assert "prior_tests[0]: on the same days: holter 2023-05-19 to 2023-05-20 nothing" in said
    assert "! L34997 R4 binds at the beginning, L39490 2023-06-11, held in part, from 2023-06-11 on" in said


def test_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["determine", put(file, {}), "--date", "2023-03-01", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["policy"]["id"], told["date"]) == ("covered", "L34997", "2023-03-01")


class LateIn2026:
    """A clock at a date whose policy is known and not held."""

    def wall(self) -> int:
        return from_iso("2026-11-01T12:00:00Z")


def test_without_a_date_it_is_today_and_no_policy_of_medicare_is_held(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("einthoven.bootstrap.determining.RealClock", LateIn2026)
    assert run(["determine", put(file, {})]) == 1
    assert capsys.readouterr().out.startswith("Policy not held: TNACMD")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--date", "2999-01-01"], "--date: 2999-01-01 is in the future"),
        (["--date", "01/03/2023"], "--date: '01/03/2023' is no date (want YYYY-MM-DD)"),
        (["--policies", "nowhere"], "nowhere: is no folder of policies"),
    ],
)
def test_a_bad_request_is_one_line(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(["determine", put(file, {}), *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"einthoven: {words}")
    assert said.count("\n") == 1


def test_every_fault_of_an_order_is_a_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = {"orderer.npi": "1234567890", "indication": "curiosity", "mood": "good"}
    assert run(["determine", put(file, changes), "--date", "2023-03-01"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[2] for line in lines] == ["mood", "orderer.npi", "indication"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "is no JSON"),
        (b'{"days": 30, "days": 31}', "field 'days' stands there twice"),
        (b"[]", "order: want an object"),
        (b" " * 1_000_001, "1000001 bytes"),
    ],
)
def test_a_file_that_is_no_order(
    file: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    file.write_bytes(content)
    assert run(["determine", str(file), "--date", "2023-03-01"]) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["determine", "nowhere.json"]) == 2
    assert "nowhere.json: No such file" in capsys.readouterr().err


def test_a_policy_with_a_typo_stops_it(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    text = (POLICIES / "example-health.toml").read_text().replace("payer =", "pair =")
    (own / "own.toml").write_text(text)
    assert run(["determine", put(file, {}), "--policies", str(own)]) == 2
    said = capsys.readouterr().err
    assert "own.toml:8: 'pair' is not known" in said
    assert "own.toml:4: 'payer' is missing" in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("payer =", "pair =", "own.toml:8: 'pair' is not known"),
        (
            'payer = "example-health"',
            'payer = "medicare"',
            "L34997 R4 (L34997.toml:5) both bind on 2015-10-01",
        ),
    ],
)
def test_a_center_does_not_start_with_a_bad_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    (tmp_path / "mine").mkdir()
    text = (POLICIES / "example-health.toml").read_text().replace(old, new)
    (tmp_path / "mine" / "own.toml").write_text(text)
    (tmp_path / "einthoven.toml").write_text('policies = "mine"\n')
    assert run(["serve", "--data", str(tmp_path)]) == 2
    assert words in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["einthoven.toml", "mine"]


def test_the_payer_of_the_demo_covers_today() -> None:
    told = determined_by(policies_of(POLICIES))
    order = strict(changed(BASE, {"payer.id": "example-health"}), 10**18 * 2)
    answer = told(order, date(2026, 11, 1).isoformat())
    assert answer["outcome"] == "covered"
    assert answer["summary"] == "Covered under EXAMPLE-1 (Example Health)"
