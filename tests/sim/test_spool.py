"""The spool on disk survives a crash at any byte, and never gives an index away twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from einthoven.base.errors import OursError, StoreDamagedError, StoreError, StoreFullError
from einthoven.link.limits import Cause
from einthoven.link.messages import Hole, Mark, Status
from einthoven.sim import disk_spool
from einthoven.sim.disk_spool import DiskSpool
from einthoven.sim.spool import MemorySpool, Origin, Spool

ORIGIN = Origin(77, 123_456_789_000, False)


def block(start: int, count: int = 100) -> np.ndarray:
    index = np.arange(start, start + count, dtype=np.int64)
    return np.stack([index % 30_011, (index * 7) % 20_011], axis=1).astype(np.int16)


def filled(folder: Path, blocks: int = 5) -> DiskSpool:
    spool = DiskSpool(folder, 2)
    spool.begin(ORIGIN)
    for number in range(blocks):
        spool.append(number * 100, block(number * 100))
    spool.keep_event(Mark(1, 50, "dizziness"))
    spool.keep_event(Status(2, 100))
    spool.sync()
    return spool


@pytest.fixture(params=["memory", "disk"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Spool:
    return MemorySpool(2, 1000) if request.param == "memory" else DiskSpool(tmp_path / "spool", 2, 1000)


class TestBoth:
    """What every spool does."""

    def test_reads_what_was_appended_across_blocks(self, spool: Spool) -> None:
        for start in range(0, 500, 100):
            spool.append(start, block(start))
        spool.sync()
        assert np.array_equal(spool.read(0, 500), block(0, 500))
        assert np.array_equal(spool.read(150, 320), block(150, 170))
        assert spool.stop == 500

    def test_a_gap_is_no_sample(self, spool: Spool) -> None:
        spool.append(0, block(0))
        spool.append(300, block(300))
        assert [tuple(span) for span in spool.spooled] == [(0, 100), (300, 400)]
        assert np.array_equal(spool.read(300, 400), block(300))
        with pytest.raises(OursError):
            spool.read(50, 350)

    @pytest.mark.parametrize("start", [0, 50, 99])
    def test_an_index_is_given_once(self, spool: Spool, start: int) -> None:
        spool.append(0, block(0))
        with pytest.raises(OursError):
            spool.append(start, block(start))

    def test_full_is_refused_and_acknowledging_makes_room(self, spool: Spool) -> None:
        for start in range(0, 1000, 100):
            spool.append(start, block(start))
        assert spool.fill == 1.0
        with pytest.raises(StoreFullError):
            spool.append(1000, block(1000))
        assert spool.stop == 1000
        spool.acknowledge([(0, 200)], 0)
        spool.append(1000, block(1000))
        assert np.array_equal(spool.read(200, 1100), block(200, 900))

    def test_events_stay_until_acknowledged(self, spool: Spool) -> None:
        for number in (1, 2, 3):
            spool.keep_event(Mark(number, number, "x"))
        spool.sync()
        spool.acknowledge([], 2)
        assert [event.number for event in spool.events] == [3]
        assert spool.last_event == 3


class TestReopened:
    """What a restart finds on the disk."""

    def test_everything_synced_is_there(self, tmp_path: Path) -> None:
        filled(tmp_path).acknowledge([(0, 150)], 1)
        again = DiskSpool(tmp_path, 2)
        assert again.origin == ORIGIN
        assert again.stop == 500
        assert np.array_equal(again.read(0, 500), block(0, 500))
        assert [event.number for event in again.events] == [2]
        assert again.last_event == 2
        assert again.acknowledged.covers(0, 150)

    def test_numbers_and_position_survive_when_all_is_acknowledged(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(disk_spool, "SEGMENT_BYTES", 1000)
        monkeypatch.setattr(disk_spool, "_REWRITE_BYTES", 40)
        spool = filled(tmp_path)
        spool.acknowledge([(0, 500)], 2)
        spool.close()
        for _ in range(2):
            again = DiskSpool(tmp_path, 2)
            assert (again.stop, again.last_event, again.events) == (500, 2, [])
            assert again.fill == 0.0
            again.close()
        assert len(list(tmp_path.glob("samples-*"))) == 1

    def test_files_are_removed_only_when_acknowledged(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(disk_spool, "SEGMENT_BYTES", 1000)
        spool = filled(tmp_path, 20)
        before = len(list(tmp_path.glob("samples-*")))
        spool.acknowledge([(100, 1900)], 0)
        assert len(list(tmp_path.glob("samples-*"))) == before
        spool.acknowledge([(0, 100)], 0)
        assert len(list(tmp_path.glob("samples-*"))) <= 3
        assert np.array_equal(spool.read(1900, 2000), block(1900))

    def test_renumbered_events_are_what_is_found(self, tmp_path: Path) -> None:
        spool = filled(tmp_path)
        spool.renumber([Mark(8, 50, "dizziness"), Status(9, 100)], 9)
        spool.close()
        again = DiskSpool(tmp_path, 2)
        assert [event.number for event in again.events] == [8, 9]
        again.renumber([Mark(1, 50, "dizziness")], 1)
        again.close()
        assert [event.number for event in DiskSpool(tmp_path, 2).events] == [1]

    def test_another_layout_is_refused(self, tmp_path: Path) -> None:
        filled(tmp_path)
        with pytest.raises(StoreDamagedError, match="leads"):
            DiskSpool(tmp_path, 3)

    def test_the_file_can_be_torn_at_every_byte(self, tmp_path: Path) -> None:
        filled(tmp_path / "whole", 3).close()
        path = next((tmp_path / "whole").glob("samples-*"))
        data = path.read_bytes()
        record = len(data) // 3
        for cut in {*range(0, len(data), 97), record - 1, record, record + 1, 2 * record - 1, len(data) - 1}:
            folder = tmp_path / f"cut{cut}"
            shutil.copytree(tmp_path / "whole", folder)
            os.truncate(folder / path.name, cut)
            spool = DiskSpool(folder, 2)
            assert spool.stop == cut // record * 100
            assert np.array_equal(spool.read(0, spool.stop), block(0, spool.stop))
            spool.append(spool.stop + 7, block(spool.stop + 7))
            spool.sync()
            spool.close()
            again = DiskSpool(folder, 2)
            assert again.stop == cut // record * 100 + 107

    def test_garbage_at_the_end_is_cut_off(self, tmp_path: Path) -> None:
        filled(tmp_path).close()
        for name in ("events", "acks", next(tmp_path.glob("samples-*")).name):
            with (tmp_path / name).open("ab") as file:
                file.write(Random(1).randbytes(300))
        again = DiskSpool(tmp_path, 2)
        assert (again.stop, again.last_event) == (500, 2)
        again.keep_event(Hole(3, 500, 600, Cause.RESET))
        again.append(600, block(600))
        again.sync()
        again.close()
        last = DiskSpool(tmp_path, 2)
        assert [event.number for event in last.events] == [1, 2, 3]
        assert last.stop == 700

    def test_bit_rot_is_named_and_never_read_as_good(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(disk_spool, "SEGMENT_BYTES", 1000)
        filled(tmp_path, 6).close()
        path = sorted(tmp_path.glob("samples-*"))[0]
        data = bytearray(path.read_bytes())
        data[100] ^= 4
        path.write_bytes(data)
        spool = DiskSpool(tmp_path, 2)
        with pytest.raises(StoreDamagedError, match=path.name):
            spool.read(0, 100)
        assert np.array_equal(spool.read(300, 400), block(300))


class TestFailingDisk:
    """What a disk that refuses leaves behind."""

    def test_what_could_not_be_synced_counts_as_never_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spool = filled(tmp_path)
        spool.append(500, block(500))
        spool.append(600, block(600))
        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", _refuse)
            with pytest.raises(StoreError):
                spool.sync()
        assert spool.stop == 500
        assert not spool.spooled.within(500, 700)
        spool.append(700, block(700))
        spool.sync()
        spool.close()
        again = DiskSpool(tmp_path, 2)
        assert [tuple(span) for span in again.spooled] == [(0, 500), (700, 800)]

    def test_an_event_that_could_not_be_written_is_written_with_the_next_sync(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spool = filled(tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", _refuse)
            with pytest.raises(StoreFullError):
                spool.keep_event(Mark(3, 400, "late"))
        spool.sync()
        spool.close()
        assert [event.number for event in DiskSpool(tmp_path, 2).events] == [1, 2, 3]


def _refuse(*_: object) -> int:
    raise OSError(28, "No space left on device")


CHILD = """
import sys
import numpy as np
from pathlib import Path
from einthoven.sim.disk_spool import DiskSpool
from einthoven.sim.spool import Origin
spool = DiskSpool(Path(sys.argv[1]), 2)
if spool.origin is None:
    spool.begin(Origin(77, 1, False))
at = spool.stop
while True:
    index = np.arange(at, at + 100, dtype=np.int64)
    spool.append(at, np.stack([index % 30011, (index * 7) % 20011], axis=1).astype(np.int16))
    spool.sync()
    at += 100
    print(at, flush=True)
    spool.acknowledge([(max(0, at - 5000), max(0, at - 4900))], 0)
"""


def test_killed_at_any_moment_it_holds_what_it_said_was_synced(tmp_path: Path) -> None:
    chance = Random(3)
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        told = 0
        for _ in range(chance.randrange(20, 400)):
            told = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().splitlines()
        told = int(rest[-1]) if rest and rest[-1] else told
        child.stdout.close()
        child.wait()
        spool = DiskSpool(tmp_path, 2)
        assert spool.stop >= told
        first = spool.spooled.start
        assert np.array_equal(spool.read(first, spool.stop), block(first, spool.stop - first))
        assert spool.acknowledged.covers(0, first) or first == 0
        spool.close()
