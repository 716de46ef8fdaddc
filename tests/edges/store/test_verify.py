"""``verify`` proves a folder whole, and names whatever is not as it was written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.edges.store.shop import T0, Shop

from einthoven.base.instants import SECOND
from einthoven.edges.store.index import IndexReader, IndexWriter
from einthoven.edges.store.verify import verify, verify_disk
from einthoven.testing.disk import ForgetfulDisk
from einthoven.testing.store_suite import batch_of, seconds


@pytest.fixture(scope="module")
def made():
    """A folder with everything in it: sealed segments, a closed log file, one at hand."""
    disk = ForgetfulDisk()
    shop = Shop(disk)
    for second in range(0, 150, 5):
        shop.commit(batch_of(seconds(5, second, second + 5), T0 + second * SECOND))
    shop.seal()
    for second in range(0, 100, 2):
        shop.commit(batch_of(seconds(6, 10 * second, 10 * second + 9), T0 + (9000 + second) * SECOND))
    shop.archive.seal_due(T0, 0)
    return disk, shop


def copy_of(disk):
    other = ForgetfulDisk()
    for path in ("log", "streams", "streams/s000005"):
        other.make_directory(path)
    for path in files_of(disk):
        other.put(path, disk.read(path))
    return other


def files_of(disk):
    top = [name for name in disk.list("") if disk.size(name) is not None]
    return (
        top
        + [f"log/{name}" for name in disk.list("log")]
        + [f"streams/s000005/{name}" for name in disk.list("streams/s000005")]
    )


def test_a_whole_folder_is_whole_while_it_is_written_to(made):
    disk, _ = made
    seen = []
    report = verify_disk(disk, lambda done, total, what: seen.append((done, total)))
    assert (report.code, report.problems) == (0, [])
    assert report.blocks > 400
    assert report.segments == 3
    assert seen[-1][0] == seen[-1][1] > 3
    assert any("not closed" in note for note in report.notes)


@pytest.mark.parametrize(
    ("path", "offset", "named", "detail"),
    [
        ("log/{closed}.log", 64 + 1080 * 3 + 500, "log/{closed}.log", "s000006 samples"),
        ("log/{closed}.log", 64 + 1080 * 3 + 3, "log/{closed}.log", "fail their checksum"),
        ("log/{closed}.log", 20, "log/{closed}.log", "header"),
        ("log/{closed}.idx", 100, "log/{closed}.idx", "rebuilt"),
        ("log/{open}.log", 64 + 1080 * 3 + 500, "log/{open}.log", "s000006 samples"),
        ("streams/s000005/s000005_000001.dat", 3000, "streams/s000005/s000005_000001.dat", "checksum"),
        ("streams/s000005/s000005_000001.hea", 30, "streams/s000005/s000005_000001.hea", "checksum"),
        ("streams/s000005/s000005_000001.ein", 30, "streams/s000005/s000005_000001.ein", "checksum"),
        ("streams/s000005/s000005.env", 100, "streams/s000005/s000005.env", "checksum"),
        ("streams/s000005/s000005.env", 20, "streams/s000005/s000005.env", "header"),
    ],
)
def test_a_flipped_bit_is_found_and_named(made, path, offset, named, detail):
    disk = copy_of(made[0])
    closed, current = [name[:8] for name in disk.list("log") if name.endswith(".log")][-2:]
    disk.flip(path.format(closed=closed, open=current), offset, 2)
    report = verify_disk(disk)
    assert report.code == 1
    assert {problem.path for problem in report.problems} == {
        named.format(closed=closed) if "closed" in named else named.format(open=current)
    }
    assert any(detail in problem.detail for problem in report.problems), report.problems


@pytest.mark.parametrize("ending", [".dat", ".hea", ".ein"])
def test_a_missing_file_is_named(made, ending):
    disk = copy_of(made[0])
    disk.unlink(f"streams/s000005/s000005_000001{ending}")
    (problem,) = verify_disk(disk).problems
    assert problem.path == f"streams/s000005/s000005_000001{ending}"
    assert problem.detail == "missing"


def test_every_byte_of_a_closed_log_file_counts(made):
    whole = made[0]
    closed = [name for name in whole.list("log") if name.endswith(".log")][-2]
    size = whole.size(f"log/{closed}")
    for offset in range(0, size, 997):
        disk = copy_of(whole)
        disk.flip(f"log/{closed}", offset, 5)
        assert verify_disk(disk).code == 1, offset


def test_a_damaged_database_is_damage_and_no_folder_is_unreadable(made, tmp_path):
    disk = copy_of(made[0])
    disk.put("index.sqlite", b"no database at all" * 100)
    assert verify_disk(disk).code == 1
    disk = copy_of(made[0])
    disk.put("facts.sqlite", b"no database at all" * 100)
    assert [problem.path for problem in verify_disk(disk).problems] == ["facts.sqlite"]
    assert verify(tmp_path / "absent").code == 2
    assert verify(tmp_path).code == 2
    (tmp_path / "FORMAT").write_text('{"einthoven_store": 99, "segment_seconds": 1, "transform": "none"}')
    assert "format 99" in str(verify(tmp_path).unreadable)


@pytest.mark.parametrize("what", ["beats", "coarse", "header"])
def test_a_segment_that_is_replaced_while_it_is_looked_at_is_no_damage(made, what, monkeypatch):
    """The row was read, then its files changed and its row with them; without the latter it is damage."""
    harm = {"beats": "s000005_000001.ein", "coarse": "s000005.env", "header": "s000005_000001.hea"}[what]
    for replaced in (False, True):
        disk = copy_of(made[0])
        disk.flip(f"streams/s000005/{harm}", 100)
        real = IndexReader.segment

        def later(self, stream, number, real=real, replaced=replaced):
            row = real(self, stream, number)
            return replace(row, coarse_crc=row.coarse_crc ^ 1) if replaced else row

        monkeypatch.setattr(IndexReader, "segment", later)
        assert verify_disk(disk).code == (0 if replaced else 1)
        monkeypatch.undo()


@pytest.mark.parametrize("under_way", ["generation", "beats", "nothing"])
def test_a_coarse_stretch_that_is_ahead_of_its_row_is_no_damage(made, under_way):
    disk = copy_of(made[0])
    disk.flip("streams/s000005/s000005.env", 100)
    row = IndexReader(disk).segment(5, 0)
    index = IndexWriter(disk)
    with index.transaction():
        if under_way == "generation":
            index.announce(replace(row.name, generation=1), row.leads)
        elif under_way == "beats":
            index.beats_next(row.name, 7)
    index.close()
    report = verify_disk(disk)
    assert report.code == (1 if under_way == "nothing" else 0)
    assert any("is being replaced" in note for note in report.notes) == (under_way != "nothing")
