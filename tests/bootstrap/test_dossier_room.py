"""A record on request never takes the room that samples need (R36, R44)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bootstrap.period_folder import T0, make_folder

from einthoven.base.errors import StoreFullError
from einthoven.base.instants import HOUR
from einthoven.bootstrap import dossier_room
from einthoven.bootstrap.dossier import make_dossier
from einthoven.bootstrap.dossier_room import PAPERS, Room, ecg_bytes, kept_free
from einthoven.bootstrap.service_records import open_books

NOW = T0 + 40 * HOUR
MB = 1_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("room") / "center"
    make_folder(made, hours=4, stored_s=120, events=1)
    return made


class Disk:
    """How much is free, as the test says: one answer a question, the last one for ever."""

    def __init__(self, *free: int) -> None:
        self.answers = list(free)

    def __call__(self, _folder: Path) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def limited(monkeypatch: pytest.MonkeyPatch, disk: Disk) -> None:
    monkeypatch.setattr(dossier_room.Room.__init__, "__defaults__", (disk, 1 << 10))


def test_it_is_refused_before_anything_is_written_and_says_what_it_needs_what_is_free_and_what_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Disk(600 * MB))
    out = folder / "one.zip"
    with pytest.raises(StoreFullError) as refused:
        make_dossier(folder, "s000001", out, NOW)
    told = str(refused.value)
    assert "the record takes about 13" in told  # 128 MiB for papers, and the ECG
    assert "600 MB are free, and 537 MB stay free for samples (twice disk_reserve_mb)" in told
    assert [one for one in folder.iterdir() if one.name.startswith("one.zip")] == []


def test_it_is_asked_again_once_its_pages_are_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, Disk(5_000 * MB, kept_free(256) + 1000))
    with pytest.raises(StoreFullError, match="takes about"):
        make_dossier(folder, "s000001", folder / "one.zip", NOW)


def test_one_whose_disk_fills_while_it_is_written_stops_and_takes_away_what_it_wrote(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, Disk(5_000 * MB, 5_000 * MB, kept_free(256) - 1))
    with pytest.raises(StoreFullError, match="the disk filled while the record was written"):
        make_dossier(folder, "s000001", folder / "one.zip", NOW)
    assert [one for one in folder.iterdir() if one.name.startswith("one.zip")] == []


def test_the_estimate_covers_what_is_written(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "one.zip"
    made = make_dossier(folder, "s000001", out, NOW)
    opened = open_books(folder, {1})
    try:
        estimate = ecg_bytes(opened, 1)
    finally:
        opened.close()
    assert estimate > 0
    assert out.stat().st_size == made["bytes"]
    assert out.stat().st_size <= estimate + PAPERS


def test_on_a_disk_of_its_own_an_archive_may_take_all_there_is(tmp_path: Path) -> None:
    room = Room(tmp_path, 0, lambda _folder: 100)
    room.want(100)
    with pytest.raises(StoreFullError) as refused:
        room.want(101)
    assert "stay free" not in str(refused.value)
