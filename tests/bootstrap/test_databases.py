"""What a folder of databases holds, and how each record of it can be scored."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.base.errors import InputError
from einthoven.bootstrap.databases import Form, alarm_in, databases_in, window_labels


def record(folder: Path, name: str, *endings: str, comment: str = "") -> None:
    """A header, and empty files beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.hea").write_text(f"{name} 1 250 100\n{name}.dat 16 200\n{comment}")
    for ending in endings:
        (folder / f"{name}.{ending}").write_bytes(b"")


def test_each_database_is_scored_by_what_it_has(tmp_path: Path) -> None:
    record(tmp_path / "a", "1", "dat", "atr")
    record(tmp_path / "a", "2", "dat")
    record(tmp_path / "b", "1", "atr", "qrs")
    record(tmp_path / "c", "1", "dat", "q1c")
    record(tmp_path / "c", "2", "dat")
    record(tmp_path / "d", "1", "mat")
    (tmp_path / "d" / "REFERENCE.csv").write_text("1,N\n")
    record(tmp_path / "e", "1", "dat")
    record(tmp_path / "f", "1", "dat", comment="# Asystole\n# False alarm\n")
    record(tmp_path / "f", "2", "dat", comment="# Asystole\n")
    record(tmp_path / "h", "1", "dat", "atr")
    record(tmp_path / "h", "2", "dat")
    (tmp_path / "h" / "x_5s_shockable_labels.csv").write_text("record,start_s,shockable\n1,0,0\n2,5,1\n")
    (tmp_path / "g").mkdir()
    (tmp_path / "file.txt").write_text("no database")
    found = {each.name: each for each in databases_in(tmp_path)}
    assert list(found) == ["a", "b", "c", "d", "e", "f", "h"]
    assert {name: each.records for name, each in found.items()} == {
        "a": {Form.BEATS: ["1"]},
        "b": {Form.INTERVALS: ["1"]},
        "c": {Form.BORDERS: ["1"]},
        "d": {Form.STRIPS: ["1"]},
        "e": {},
        "f": {Form.ALARMS: ["1"]},
        "h": {Form.BEATS: ["1"], Form.WINDOWS: ["1", "2"]},
    }
    assert {name: list(each.left_out) for name, each in found.items()} == {
        "a": ["2"],
        "b": [],
        "c": ["2"],
        "d": [],
        "e": [""],
        "f": ["2"],
        "h": [],
    }
    assert window_labels(tmp_path / "h") == {"1": [(0.0, False)], "2": [(5.0, True)]}
    assert alarm_in(tmp_path / "f", "1") == ("Asystole", False)


def test_a_record_whose_signals_are_missing_among_others_stays_and_will_fail(tmp_path: Path) -> None:
    record(tmp_path / "a", "1", "dat", "atr")
    record(tmp_path / "a", "2", "atr")
    (tmp_path / "a" / "3.hea").write_text("this is no header")
    (tmp_path / "a" / "3.atr").write_bytes(b"")
    (database,) = databases_in(tmp_path / "a")
    assert database.records == {Form.BEATS: ["1", "2", "3"]}


def test_a_database_may_be_named_by_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path / "a", "1", "dat", "atr")
    monkeypatch.chdir(tmp_path / "a")
    assert [each.name for each in databases_in(Path())] == ["a"]


@pytest.mark.parametrize("name", ["none", "file", "empty"])
def test_where_there_is_no_database_it_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=name):
        databases_in(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"record,start_s,shockable\nr1,0.0,1\nr1,5\n", ":3: 'r1,5' is not record, start in seconds, 0 or 1"),
        (b"record,start_s,shockable\nr1,soon,1\n", ":2: 'r1,soon,1' is not"),
        (b"record,start_s,shockable\nr1,nan,1\n", ":2: 'r1,nan,1' is not"),
        (b"record\n\xff\xfe", ": no text: byte 7 is 0xff"),
    ],
)
def test_labels_that_cannot_be_read_are_named(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "x_5s_shockable_labels.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        window_labels(tmp_path)
    assert str(refused.value).startswith(f"{path}{told}")
