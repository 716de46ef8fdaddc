"""``einthoven dossier`` and ``einthoven verify`` of its archive, as commands (R36, R37)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.bootstrap.period_folder import make_folder

from einthoven.cli import run
from einthoven.edges.store.facts_reader import FactsReader


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, what was printed, what was said."""
    code = run(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_a_record_is_taken_out_on_record_checked_anywhere_and_its_heads_lie_in_the_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, archive = tmp_path / "center", tmp_path / "one.zip"
    make_folder(folder)
    code, out, _ = told(capsys, "dossier", "s000001", "--data", str(folder), "-o", str(archive))
    assert code == 0
    made = json.loads(out)
    assert made["complete"] is False
    code, out, _ = told(capsys, "peer", "key", "--data", str(folder))
    key = json.loads(out)["key"]
    assert key == made["key"]["public"]
    assert told(capsys, "verify", str(archive), "--key", key)[0] == 0
    facts = FactsReader(folder / "facts.sqlite")
    try:
        assert [line.action for line in facts.audit(0, 10_000)][-1] == "read.dossier"
    finally:
        facts.close()
    # The record's own heads are in the center's audit.
    import zipfile

    heads = tmp_path / "heads.txt"
    with zipfile.ZipFile(archive) as opened:
        heads.write_bytes(opened.read("audit-heads.txt"))
    code, out, _ = told(capsys, "verify", str(folder), "--heads", str(heads))
    assert "kept heads in it" in out


def test_what_is_no_record_or_has_no_key_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, archive = tmp_path / "center", tmp_path / "one.zip"
    make_folder(folder, hours=2, events=1)
    code, _, err = told(capsys, "dossier", "s000007", "--data", str(folder), "-o", str(archive))
    assert (code, err.strip()) == (2, "einthoven: there is no service period s000007")
    archive.write_bytes(b"PK\x03\x04 and no more")
    code, _, err = told(capsys, "verify", str(archive))
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    code, out, _ = told(capsys, "verify", str(archive), "--key", "ab" * 32)
    assert code == 1
    assert "DAMAGED" in out
