"""Saved steps on disk: in pieces, small, and each piece as good as its own streams' past."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from tests.center.ward_fakes import PLAN, RECORD, Memory, batch

from einthoven.base.errors import StoreError
from einthoven.base.instants import SECOND
from einthoven.center.tally import Tally
from einthoven.center.ward import LiveWard
from einthoven.center.ward_snapshot import pack_beats, unpack_beats
from einthoven.center.ward_steps import FOLDER, GROUP, SAVE_BYTES_S, StepFiles
from einthoven.ecg.analyze import analyze
from einthoven.testing.disk import ForgetfulDisk

STREAMS = (1, 5, GROUP, GROUP + 1, 9 * GROUP)


class Room:
    """A ward of five streams in three files, and the disk it is saved on."""

    def __init__(self, disk=None) -> None:
        self.disk = disk or ForgetfulDisk()
        self.records = dict.fromkeys(STREAMS, RECORD)
        self.ward = LiveWard(Memory(self.records).read)
        for stream in STREAMS:
            self.ward.admit(stream, PLAN)
        self.ward.settle_in()
        self.tally = Tally()
        self.files = StepFiles(self.disk, self.ward, self.tally)

    def give(self, start, stop):
        self.ward.step([batch([(stream, start, stop) for stream in STREAMS], self.records)], 0)

    def again(self):
        self.disk.crash()
        room = Room(self.disk)
        room.files.restore()
        return room


def test_pieces_take_turns_and_each_stream_goes_on_from_its_own_moment():
    room = Room()
    room.give(0, 1000)
    waits = [room.files.save_next(60 * SECOND)]
    assert room.again().ward.positions() == {1: 1000, 5: 1000, 128: 0, 129: 0, 1152: 0}
    room.give(1000, 2000)
    waits.append(room.files.save_next(60 * SECOND))
    room.give(2000, 3000)
    waits.append(room.files.save_next(60 * SECOND))
    assert waits == [20 * SECOND] * 3, "all of it once a minute"
    again = room.again()
    assert again.ward.positions() == {1: 1000, 5: 1000, 128: 2000, 129: 2000, 1152: 3000}
    room.give(3000, 4000)
    room.files.save_next(60 * SECOND)
    assert room.again().ward.positions()[1] == 4000
    room.files.save_all()
    assert set(room.again().ward.positions().values()) == {4000}


def test_a_large_ward_is_saved_slower_rather_than_harder(monkeypatch):
    room = Room()
    room.give(0, 7500)
    monkeypatch.setattr("einthoven.center.ward_steps.SAVE_BYTES_S", 100)
    wait = room.files.save_next(60 * SECOND)
    (name,) = room.disk.list(FOLDER)
    assert wait == room.disk.size(f"{FOLDER}/{name}") * SECOND // 100 > 20 * SECOND
    assert SAVE_BYTES_S > 100


def test_files_of_streams_that_left_go():
    room = Room()
    room.files.save_all()
    assert len(room.disk.list(FOLDER)) == 3
    for stream in (GROUP, GROUP + 1):
        room.ward.discharge(stream)
    for _ in range(2):
        room.files.save_next(SECOND)
    assert len(room.disk.list(FOLDER)) == 2
    for stream in STREAMS:
        room.ward.discharge(stream)
    assert room.files.save_next(SECOND) == SECOND
    assert room.disk.list(FOLDER) == []


@pytest.mark.parametrize("harm", ["flip", "cut", "junk"])
def test_a_file_that_cannot_be_read_costs_its_own_streams_only(harm):
    room = Room()
    room.give(0, 1000)
    room.files.save_all()
    path = f"{FOLDER}/{sorted(room.disk.list(FOLDER))[1]}"
    if harm == "flip":
        room.disk.flip(path, 500)
    else:
        room.disk.replace(path, room.disk.read(path)[:900] if harm == "cut" else b"junk")
    again = room.again()
    assert again.ward.positions() == {1: 1000, 5: 1000, 128: 0, 129: 0, 1152: 1000}
    assert again.tally.count("ward_step_unreadable") == 1


def test_a_full_disk_is_told_and_the_old_step_stays():
    room = Room()
    room.give(0, 1000)
    room.files.save_all()
    room.give(1000, 2000)
    room.disk.fail("write", 1)
    with pytest.raises(StoreError, match="ward/step-000000"):
        room.files.save_next(SECOND)
    assert room.again().ward.positions()[1] == 1000


def test_half_an_hour_of_beats_is_small():
    beats = analyze(RECORD, PLAN).beats
    many = np.concatenate([beats] * 30)
    many["sample"] += np.repeat(np.arange(30) * len(RECORD), len(beats))
    assert (unpack_beats(pack_beats(many)) == many).all()
    assert (unpack_beats(pack_beats(many[:0])) == many[:0]).all()
    assert len(zlib.compress(pack_beats(many).tobytes(), 1)) < len(many) * 16 // 3
