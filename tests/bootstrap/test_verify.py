"""``einthoven verify`` and the audit: heads that are printed, kept in a file, and held against it later."""

from __future__ import annotations

import os
from pathlib import Path

import apsw
import pytest
from tests.e2e.processes import here

from einthoven.base.chain import Head
from einthoven.base.errors import InputError
from einthoven.bootstrap.verify import add_head, read_heads
from einthoven.edges.store import schema
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.formats import FolderFormat
from einthoven.testing.journal_suite import NOON, appended, deed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with nothing but facts."""
    path = tmp_path / "data"
    path.mkdir()
    (path / "FORMAT").write_bytes(FolderFormat().to_bytes())
    write(path, 3)
    return path


def write(folder: Path, deeds: int) -> Head:
    """So many deeds more; the head then."""
    facts = Facts(folder / "facts.sqlite", NOON)
    last = facts.journal.last()
    assert appended(facts, [deed(last + number) for number in range(1, deeds + 1)]) is None
    line = facts.reader.audit(limit=9999)[-1]
    facts.close()
    return Head(line.seq, line.hash)


def tamper(folder: Path, sql: str) -> None:
    """Change the facts as somebody would who can write the file and is careful."""
    connection = apsw.Connection(str(folder / "facts.sqlite"))
    guards = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(sql)
    for _, guard in guards:
        connection.execute(str(guard))
    connection.close()


def test_what_was_looked_at_is_told_with_the_head(folder: Path) -> None:
    head = write(folder, 2)
    ran = here("verify", folder)
    assert ran.code == 0
    assert ran.out.splitlines()[:2] == ["audit    5 lines, 5 deeds", f"head     {head}"]
    assert here("verify", folder, "--head", head).out.splitlines()[0] == (
        "audit    5 lines, 5 deeds, 1 kept heads in it"
    )


def test_a_changed_line_is_named(folder: Path) -> None:
    tamper(folder, "UPDATE audit SET actor = 'staff 9' WHERE seq = 2")
    ran = here("verify", folder)
    assert ran.code == 1
    assert "DAMAGED  facts.sqlite: audit: line 2 was changed (or line 1 with its hash)" in ran.out
    assert "DAMAGED  facts.sqlite: deeds: deed 2 is not what audit line 2 says: actor" in ran.out
    assert ran.out.splitlines()[-1].startswith("damaged: ")


def test_a_file_of_heads_is_begun_held_against_and_added_to(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "usb" / "heads.txt"
    kept.parent.mkdir()
    for count in (1, 1, 2):
        head = write(folder, 1) if count == 2 or not kept.exists() else read_heads(kept)[-1]
        assert here("verify", folder, "--heads", kept).code == 0
        assert read_heads(kept)[-1] == head
        assert len(read_heads(kept)) == count
    text = kept.read_text()
    # a history that was cut off cleanly and went on otherwise
    tamper(folder, "DELETE FROM deed WHERE number > 3")
    tamper(folder, "DELETE FROM audit WHERE seq > 3")
    tamper(folder, "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'audit'")
    tamper(folder, "UPDATE audit_block SET high = (SELECT max(at) FROM audit)")
    assert here("verify", folder).code == 0
    ran = here("verify", folder, "--heads", kept)
    assert ran.code == 1
    assert "audit: line 4 is missing at the end: the head of line 4 was kept elsewhere" in ran.out
    write(folder, 3)
    ran = here("verify", folder, "--heads", kept)
    assert ran.code == 0  # the very same deeds again: nothing differs
    assert kept.read_text().startswith(text)
    tamper(folder, "DELETE FROM deed WHERE number > 4")
    tamper(folder, "DELETE FROM audit WHERE seq > 4")
    facts = Facts(folder / "facts.sqlite", NOON)
    assert appended(facts, [deed(5, "case.closed"), deed(6)]) is None
    facts.close()
    ran = here("verify", folder, "--heads", kept)
    assert ran.code == 1
    assert "audit: line 5 is not the one whose head was kept elsewhere" in ran.out
    assert read_heads(kept)[-1].seq == 6


def test_facts_that_are_gone_are_missed_by_who_kept_a_head(folder: Path) -> None:
    head = write(folder, 1)
    (folder / "facts.sqlite").unlink()
    assert here("verify", folder).code == 0
    ran = here("verify", folder, "--head", head)
    assert ran.code == 1
    assert "facts.sqlite: missing, though heads of its audit were kept elsewhere" in ran.out


def test_facts_of_an_older_program_are_whole_and_not_chained(folder: Path) -> None:
    (folder / "facts.sqlite").unlink()
    connection = apsw.Connection(str(folder / "facts.sqlite"))
    schema.migrate(connection, NOON, schema.MIGRATIONS[:3])
    connection.close()
    ran = here("verify", folder)
    assert ran.code == 0
    assert "note     facts.sqlite: audit not chained yet; it will be when a center opens it" in ran.out
    assert here("verify", folder, "--head", Head(1, bytes(32))).code == 1


def test_heads_in_the_folder_they_watch_over_are_refused(folder: Path) -> None:
    ran = here("verify", folder, "--heads", folder / "heads.txt")
    assert (ran.code, ran.out) == (2, "")
    assert f"{folder / 'heads.txt'} lies in the data folder" in ran.err


@pytest.mark.parametrize("line", ["5:xyz", "hello", "5"])
def test_a_file_that_holds_no_heads_is_refused(tmp_path: Path, line: str) -> None:
    kept = tmp_path / "heads.txt"
    kept.write_text(f"# kept at the clinic\n\n1:{'0' * 64} 2026-11-21T12:00:00.000Z\n{line}\n")
    with pytest.raises(InputError, match=r"heads.txt, line 4: not a head"):
        read_heads(kept)
    kept.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not a file of heads"):
        read_heads(kept)


def test_a_head_is_synced_before_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    add_head(tmp_path / "heads.txt", Head(1, bytes(32)), NOON)
    add_head(tmp_path / "heads.txt", Head(1, bytes(32)), NOON + 1)
    assert len(synced) == 1
    assert (tmp_path / "heads.txt").read_text() == f"1:{'0' * 64} 2026-11-21T12:00:00.000Z\n"
