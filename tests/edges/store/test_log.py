"""The log: what is committed is durable, what is not is not, whatever the disk does."""

from __future__ import annotations

import contextlib
import errno

import numpy as np
import pytest
from tests.edges.store.shop import SETTINGS, Shop

from einthoven.base.errors import OursError, StoreError, StoreFullError
from einthoven.base.instants import SECOND
from einthoven.base.spans import SpanSet
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.log import LogSettings, LogWriter
from einthoven.edges.store.logview import LogSet
from einthoven.edges.store.recovery import recover_logs
from einthoven.edges.store.stats import StoreStats
from einthoven.edges.store.store import reader_on
from einthoven.testing.disk import ForgetfulDisk, PowerCutError
from einthoven.testing.store_suite import batch_of, check_block_store, check_sample_reader, seconds

LIMITS = LogSettings(roll_bytes=20_000, reserve_bytes=0)


@pytest.fixture(params=["real", "forgetful"])
def disk(request, tmp_path):
    return RealDisk(tmp_path) if request.param == "real" else ForgetfulDisk()


def test_block_store_and_reader_conform(disk):
    shop = Shop(disk)
    check_block_store(shop)
    check_sample_reader(shop.reader, {7: SpanSet([(0, 5000)])})
    check_sample_reader(reader_on(disk), {7: SpanSet([(0, 5000)])})
    shop.close()


def writer(disk, sync=True):
    disk.make_directory("log")
    logs = LogSet()
    found = recover_logs(disk, logs)
    return LogWriter(disk, logs, found.next_number, found.next_sequence, LIMITS, StoreStats(), sync), logs


def lost_after_power_cut(seed, sync):
    """Commit until the power goes at a random step; the acknowledged blocks that a restart does not find."""
    disk = ForgetfulDisk(seed)
    log, _ = writer(disk, sync)
    disk.cut_power_at(20 + seed % 41)
    acknowledged = []
    with contextlib.suppress(PowerCutError):
        for turn in range(100):
            log.commit([batch_of([(1 + turn % 3, 250 * turn, 250 * turn + 200)], turn)])
            acknowledged.append((1 + turn % 3, 250 * turn))
    disk.crash("some")
    _, logs = writer(disk)
    found = {(int(entry["stream"]), int(entry["start"])) for file in logs.files() for entry in file.entries()}
    return [block for block in acknowledged if block not in found]


def test_nothing_acknowledged_is_lost_in_a_power_cut():
    assert [lost_after_power_cut(seed, sync=True) for seed in range(40)] == [[]] * 40


def test_the_test_above_notices_when_the_fsync_is_taken_out():
    assert any(lost_after_power_cut(seed, sync=False) for seed in range(40))


def test_a_disk_that_lies_about_the_sync_of_appended_files_loses_them():
    disk = ForgetfulDisk()
    disk.syncing = False
    shop = Shop(disk)
    shop.commit(batch_of(seconds(5, 0, 3)))
    disk.crash()
    assert stored(disk) == {}


def stored(disk):
    shop = Shop(disk, SETTINGS)
    spans = {stream: list(shop.reader.stored(stream)) for stream in shop.reader.streams()}
    shop.close()
    return spans


def test_a_restart_goes_on_after_what_was_there(disk):
    for turn in range(4):
        shop = Shop(disk)
        shop.commit(batch_of(seconds(5, 10 * turn, 10 * turn + 10), turn * SECOND))
        check_sample_reader(shop.reader, {5: SpanSet([(0, 2500 * (turn + 1))])})
        shop.close()


@pytest.mark.parametrize("cut", [1, 7, 8, 56, 57, 200, 1079])
def test_a_torn_last_block_is_cut_off_and_named(cut):
    disk = ForgetfulDisk()
    shop = Shop(disk)
    shop.commit(batch_of(seconds(5, 0, 3)))
    shop.commit(batch_of(seconds(5, 3, 4)))
    size = disk.size("log/00000001.log")
    disk.truncate("log/00000001.log", size - cut)
    disk.crash("all")
    shop = Shop(disk)
    assert list(shop.reader.stored(5)) == [(0, 750)]
    assert shop.inner.recovery.cut_bytes == 1080 - cut
    assert "never acknowledged" in shop.inner.recovery.notes[0]
    assert not shop.reader.damage()


@pytest.mark.parametrize("place", [0, 5, 12, 20, 60, 64 + 400])
def test_bit_rot_is_named_and_never_served_and_later_blocks_are_found(place):
    disk = ForgetfulDisk()
    shop = Shop(disk)
    for second in range(5):
        shop.commit(batch_of(seconds(5, second, second + 1)))
    disk.flip("log/00000001.log", 64 + 2 * 1080 + place, 3)
    disk.crash("all")
    shop = Shop(disk)
    (damage,) = shop.reader.damage()
    assert (damage.file, damage.offset) == ("log/00000001.log", 64 + 2 * 1080)
    if place >= 56:  # the block's own header is sound, so the samples can be named
        assert (damage.stream, damage.start, damage.stop) == (5, 500, 750)
    check_sample_reader(shop.reader, {5: SpanSet([(0, 500), (750, 1250)])})


def test_rot_that_comes_while_running_is_a_hole_with_a_name():
    disk = ForgetfulDisk()
    shop = Shop(disk)
    for second in range(5):
        shop.commit(batch_of(seconds(5, second, second + 1)))
    disk.flip("log/00000001.log", 64 + 2 * 1080 + 300)
    window = shop.reader.read(5, 0, 1250)
    assert window.present == [(0, 500), (750, 1250)]
    (damage,) = shop.reader.damage()
    assert (damage.stream, damage.start, damage.stop) == (5, 500, 750)


def test_a_header_of_a_log_file_that_rots_costs_no_block():
    disk = ForgetfulDisk()
    shop = Shop(disk)
    shop.commit(batch_of(seconds(5, 0, 3)))
    disk.flip("log/00000001.log", 17)
    disk.crash("all")
    shop = Shop(disk)
    assert list(shop.reader.stored(5)) == [(0, 750)]
    assert "header" in shop.inner.recovery.damage[0].detail


def test_a_damaged_index_is_made_anew():
    disk = ForgetfulDisk()
    shop = Shop(disk)
    shop.commit(batch_of(seconds(5, 0, 3)))
    shop.close()
    disk.flip("log/00000001.idx", 80)
    assert stored(disk) == {5: [(0, 750)]}


def test_a_full_disk_stores_nothing_of_the_batch_and_recovers_by_itself():
    disk = ForgetfulDisk(capacity=3 << 20)
    shop = Shop(disk)
    shop.commit(batch_of(seconds(5, 0, 3)))
    disk.put("ballast", bytes(disk.free() - (1 << 20) + 500))
    with pytest.raises(StoreFullError):
        shop.commit(batch_of(seconds(5, 3, 6), 2 * SECOND))
    assert list(shop.reader.stored(5)) == [(0, 750)]
    disk.unlink("ballast")
    shop.commit(batch_of(seconds(5, 3, 6), 2 * SECOND))
    check_sample_reader(shop.reader, {5: SpanSet([(0, 1500)])})
    assert shop.inner.stats.full == 1


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_failed_write_leaves_no_trace(error):
    disk = ForgetfulDisk()
    shop = Shop(disk)
    shop.commit(batch_of(seconds(5, 0, 3)))
    disk.fail("write", 1, error)
    with pytest.raises(StoreFullError if error == errno.ENOSPC else StoreError):
        shop.commit(batch_of(seconds(5, 3, 6)))
    shop.commit(batch_of(seconds(5, 3, 6)))
    check_sample_reader(shop.reader, {5: SpanSet([(0, 1500)])})
    disk.crash()
    assert stored(disk) == {5: [(0, 1500)]}


def test_what_a_killed_process_had_not_synced_is_durable_before_it_counts_as_stored():
    disk = ForgetfulDisk()
    Shop(disk).close()
    log, _ = writer(disk, sync=False)  # as one that is killed between write and fsync leaves it
    log.commit([batch_of([(7, 0, 250)])])
    disk.crash("all")  # kill -9: the page cache lives on
    first = Shop(disk)
    assert [*first.reader.stored(7)] == [(0, 250)]
    disk.crash()  # and now the power
    second = Shop(disk)
    assert [*second.reader.stored(7)] == [(0, 250)]
    assert second.reader.read(7, 0, 250).present == [(0, 250)]
    assert second.inner.recovery.notes == []


def test_a_store_opens_after_a_kill_on_a_disk_without_a_byte_left_and_writes_the_index_later():
    disk = ForgetfulDisk()
    shop = Shop(disk)
    shop.commit(batch_of(seconds(5, 0, 3)))
    disk.crash("all")
    roomy, disk.capacity = disk.capacity, disk.used()
    full = Shop(disk)
    assert [*full.reader.stored(5)] == [(0, 750)]
    check_sample_reader(full.reader, {5: SpanSet([(0, 750)])})
    assert full.inner.recovery.notes == [
        "log/00000001.log: no room for its index; the next start scans it again"
    ]
    with pytest.raises(StoreFullError):
        full.commit(batch_of(seconds(5, 3, 6)))
    disk.crash("all")
    disk.capacity = roomy
    again = Shop(disk)
    assert again.inner.recovery.notes == []
    assert disk.size("log/00000001.idx") is not None
    again.commit(batch_of(seconds(5, 3, 6)))
    check_sample_reader(again.reader, {5: SpanSet([(0, 1500)])})


def test_after_a_failed_fsync_the_file_is_never_written_again():
    disk = ForgetfulDisk()
    shop = Shop(disk)
    shop.commit(batch_of(seconds(5, 0, 3)))
    disk.fail("sync")
    with pytest.raises(StoreError, match="fsync"):
        shop.commit(batch_of(seconds(5, 3, 6)))
    assert list(shop.reader.stored(5)) == [(0, 750)]
    shop.commit(batch_of(seconds(5, 3, 6)))
    assert [name for name in disk.list("log") if name.endswith(".log")] == ["00000001.log", "00000002.log"]
    disk.crash()
    assert stored(disk) == {5: [(0, 1500)]}


def test_what_was_stored_first_wins():
    disk = ForgetfulDisk()
    shop = Shop(disk)

    def flat(value):
        return lambda _, start, stop, leads: np.full((stop - start, leads), value, np.int16)

    shop.commit(batch_of([(5, 0, 250)], make=flat(1)))
    shop.commit(batch_of([(5, 500, 750)], make=flat(2)))
    shop.commit(batch_of([(5, 200, 600)], make=flat(3)))
    for _ in range(2):
        samples = shop.reader.read(5, 0, 750).samples[:, 0]
        assert samples.tolist() == [1] * 250 + [3] * 250 + [2] * 250
        shop.close()
        shop = Shop(disk)
    assert shop.seal() == 1
    assert shop.reader.read(5, 0, 750).samples[:, 0].tolist() == [1] * 250 + [3] * 250 + [2] * 250


@pytest.mark.parametrize("field", ["start", "count", "leads", "stream", "length"])
def test_a_batch_that_contradicts_its_frames_is_our_defect_and_stores_nothing(field):
    disk = ForgetfulDisk()
    shop = Shop(disk)
    batch = batch_of(seconds(5, 0, 3))
    getattr(batch, field)[1] = 0 if field in ("stream", "length") else 7
    with pytest.raises(OursError):
        shop.commit(batch)
    answers = []
    shop.store.submit(batch, lambda _, error: answers.append(error))
    shop.store.submit(batch_of(seconds(6, 0, 3)), lambda _, error: answers.append(error))
    shop.settle()
    assert isinstance(answers[0], StoreError)
    assert answers[1] is None
    assert shop.reader.streams() == [6]


def test_a_queue_at_its_limit_refuses_at_once():
    disk = ForgetfulDisk()
    shop = Shop(disk)
    shop.store._queue_bytes_max = 5000
    answers = []
    for turn in range(3):
        batch = batch_of(seconds(5, 2 * turn, 2 * turn + 2))
        shop.store.submit(batch, lambda _, error, turn=turn: answers.append((turn, type(error))))
    assert answers == [(2, StoreError)]
    shop.settle()
    assert answers[1:] == [(0, type(None)), (1, type(None))]
    assert (shop.inner.stats.refused, shop.inner.stats.queued) == (1, 0)


def test_two_writers_on_one_folder_are_refused(disk):
    shop = Shop(disk)
    with pytest.raises(StoreError, match="another process"):
        Shop(disk)
    shop.close()
    Shop(disk).close()
