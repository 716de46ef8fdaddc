"""Every command explains itself; the words are a contract, others call them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.processes import einthoven

from einthoven import __version__

CONTRACT = {
    "demo": ["--patients", "--records", "--port"],
    "serve": ["--data", "--port"],
    "enroll": ["--center", "--patient", "--transmitter", "--rate", "--leads", "--out"],
    "transmit": ["RECORD", "--center", "--key", "--speed", "--start"],
    "export": ["STREAM", "--data", "-o", "--from", "--to", "--format", "--zone", "--bare"],
    "import": ["RECORD", "--center", "--patient", "--birth-date", "--start", "--zone", "--token"],
    "analyze": ["RECORD", "-o", "-a", "--json", "--waves", "--leads"],
    "evaluate": ["DATADIR", "--json", "-o", "-a"],
    "report": ["RECORD", "-o", "--kind", "--name", "--start", "--zone", "--json", "--paper"],
    "verify": ["PATH"],
    "watchdog": ["--center", "--on-alarm", "--after", "--trust"],
    "send": ["FILE", "--to", "--as", "--timeout", "--tls", "--trust"],
    "settings": [],
    "conform": ["URL", "--key", "--listen"],
    "night": ["NIGHT", "--seed", "--json"],
}


@pytest.mark.parametrize("command", CONTRACT)
def test_a_command_explains_itself(command: str) -> None:
    ran = einthoven(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    for word in [f"einthoven {command}", *CONTRACT[command]]:
        assert word in ran.out


def test_the_list_of_commands_is_whole() -> None:
    for words in ((), ("--help",), ("-h",)):
        ran = einthoven(*words)
        assert (ran.code, ran.err) == (0, "")
        assert all(f"\n  {command} " in ran.out for command in CONTRACT)
    assert einthoven("--version").out.split()[-1] == __version__


def test_the_settings_that_are_printed_can_be_saved_and_used(tmp_path: Path) -> None:
    ran = einthoven("settings")
    assert (ran.code, ran.err) == (0, "")
    data = tmp_path / "data"
    data.mkdir()
    (data / "einthoven.toml").write_text(ran.out.replace("commit_ms = 50", "commit_ms = 5000"))
    refused = einthoven("serve", "--data", data)
    assert (refused.code, refused.out) == (2, "")
    assert "einthoven.toml" in refused.line
    assert "commit_ms" in refused.line
    assert sorted(path.name for path in data.iterdir()) == ["einthoven.toml"]
