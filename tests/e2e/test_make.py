"""``make`` plays real ECG where there is any; ``-n`` says what it would run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("EINTHOVEN_", "MAKE"))}


def would_run(*words: str, cwd: Path = ROOT, data: Path | None = None) -> str:
    """The last command of a target."""
    env = CLEAN | ({"EINTHOVEN_DATA": str(data)} if data is not None else {})
    command = ["make", "-n", "-f", str(ROOT / "Makefile"), *words]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, check=True)
    return ran.stdout.strip().splitlines()[-1]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "some data" / "mitdb"
    folder.mkdir(parents=True)
    (folder / "100.hea").write_text("100 2 360 650000\n")
    return folder.parent


def test_the_demo_replays_the_records_of_the_data_folder(data: Path) -> None:
    assert f" demo --records '{data}/mitdb'" in would_run("demo", data=data)


def test_the_data_folder_beside_the_checkout_is_found_without_being_told(tmp_path: Path) -> None:
    folder = tmp_path / "shared" / "data" / "mitdb"
    folder.mkdir(parents=True)
    (folder / "100.hea").write_text("100 2 360 650000\n")
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("requirements.lock", "pyproject.toml", "frontend/package-lock.json"):
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).touch()
    assert " demo --records '../shared/data/mitdb'" in would_run("demo", cwd=checkout)


@pytest.mark.parametrize("made", ["", "mitdb"])
def test_without_records_the_demo_simulates_hearts(tmp_path: Path, made: str) -> None:
    (tmp_path / "none" / made).mkdir(parents=True)
    assert would_run("demo", data=tmp_path / "none").endswith("einthoven demo")


def test_what_is_asked_for_goes_before(data: Path) -> None:
    asked = would_run("demo", "RECORDS=/x/y", "PATIENTS=4", "PORT=9000", data=data)
    assert " ".join(asked.split()).endswith("demo --records '/x/y' --patients 4 --port 9000")
    assert "--records" not in would_run("demo", "RECORDS=", data=data)
