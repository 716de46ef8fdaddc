"""``einthoven peer`` on a data folder that no center serves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from einthoven.bootstrap.staff import ask
from einthoven.cli import run

KEY = "5" * 64


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert run(["peer", *arguments]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def data(tmp_path: Path) -> str:
    folder = tmp_path / "center"
    body = {"name": "Doe, Jane", "login": "jane", "password": "a long enough password"}
    ask(folder, "administrator", body, make=True)
    return str(folder)


def test_a_center_is_entered_listed_and_removed(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    key = told(capsys, "key", "--data", data)["key"]
    assert told(capsys, "key", "--data", data)["key"] == key
    added = ["add", "--data", data, "--name", "Denver", "--key", KEY, "--url", "https://denver.example:8093/"]
    assert told(capsys, *added) == {"center": 1}
    centers = told(capsys, "list", "--data", data)["centers"]
    assert isinstance(centers, list)
    [center] = centers
    assert (center["name"], center["key"], center["url"]) == ("Denver", KEY, "https://denver.example:8093")
    assert run(["peer", *added]) == 2
    assert "remove it first" in capsys.readouterr().err
    assert told(capsys, "remove", "1", "--data", data, "--why", "the contract ended") == {"center": 1}
    assert told(capsys, "list", "--data", data) == {"centers": []}
    assert told(capsys, *added) == {"center": 2}


def test_a_certificate_that_is_none_is_refused(
    data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "no.pem").write_text("hello")
    added = [
        "peer",
        "add",
        "--data",
        data,
        "--name",
        "Denver",
        "--key",
        KEY,
        "--url",
        "https://denver.example",
    ]
    assert run([*added, "--certificate", str(tmp_path / "no.pem")]) == 2
    assert "certificate" in capsys.readouterr().err
