"""Sealing: WFDB that others read sample for sample, late samples, crashes at every step."""

from __future__ import annotations

import errno

import numpy as np
import pytest
from tests.edges.store.shop import LAYOUT, NOW, RATE, SOURCES, T0, Shop, beats_every_second
from tests.interop.judge import quiet, wfdb

from einthoven.base.instants import SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.edges.store.archive import GIVE_UP, Archive
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.sealed import Sources
from einthoven.edges.store.store import reader_on
from einthoven.edges.store.verify import verify_disk
from einthoven.testing.disk import ForgetfulDisk, PowerCutError
from einthoven.testing.store_suite import batch_of, check_sample_reader, seconds, signal


def fill(shop, stream, spans, backlog=False):
    for first, last in spans:
        for second in range(first, last, 5):
            shop.commit(
                batch_of(seconds(stream, second, min(second + 5, last)), T0 + second * SECOND, backlog)
            )


HOLES = [(0, 50), (58, 100), (290, 330)]


def spans_of(holes):
    return SpanSet((RATE * first, RATE * last) for first, last in holes)


@pytest.fixture(params=["real", "forgetful"])
def disk(request, tmp_path):
    return RealDisk(tmp_path) if request.param == "real" else ForgetfulDisk()


def test_sealed_unsealed_and_read_beside_the_writer_are_the_same(disk):
    shop = Shop(disk)
    fill(shop, 5, HOLES)
    fill(shop, 6, [(0, 200)])
    stored = {5: spans_of(HOLES), 6: spans_of([(0, 200)])}
    check_sample_reader(shop.reader, stored)
    check_sample_reader(reader_on(disk), stored)
    assert shop.seal() == 8
    check_sample_reader(shop.reader, stored)
    check_sample_reader(reader_on(disk), stored)
    fill(shop, 5, [(330, 340)])
    fill(shop, 5, [(50, 53)], backlog=True)
    stored[5] = spans_of([(0, 53), *HOLES[1:2], (290, 340)])
    check_sample_reader(shop.reader, stored)
    check_sample_reader(reader_on(disk), stored)
    shop.close()
    again = Shop(disk)
    check_sample_reader(again.reader, stored)
    assert again.inner.recovery.damage == []
    assert verify_disk(disk).problems == []
    again.close()


def test_log_files_go_when_all_in_them_is_sealed(disk):
    shop = Shop(disk)
    fill(shop, 5, [(0, 300)])
    shop.seal()
    shop.commit(batch_of(seconds(5, 300, 301), T0 + 4000 * SECOND))
    shop.seal()
    assert disk.list("log") == ["00000003.log"]
    assert shop.inner.stats.removed == 2
    shop.close()


def layout_of(leads, rate=RATE):
    names = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]
    gains = [200.0, 163.84, 1000.0] * 4
    rows = [Lead(names[i], gains[i], 7 * i, 12, 1024 * (i % 2)) for i in range(leads)]
    return Layout(rate, tuple(rows))


@quiet
@pytest.mark.parametrize(("leads", "rate"), [(1, 250), (2, 360), (3, 128), (8, 250), (12, 500.5)])
def test_wfdb_reads_a_whole_stream_sample_for_sample(tmp_path, leads, rate):
    layout = layout_of(leads, rate)
    sources = Sources(lambda _: layout, SOURCES.time_of, SOURCES.beats_of)
    shop = Shop(RealDisk(tmp_path), sources=sources)
    blocks = [(17, start, start + 500) for start in range(0, 100_000, 500)]
    kept = [block for block in blocks if not 20_000 <= block[1] < 70_000 and block[1] != 90_000]
    for at in range(0, len(kept), 10):
        shop.commit(batch_of(kept[at : at + 10], at * SECOND, leads=leads))
    shop.seal()
    shop.close()
    folder = tmp_path / "streams/s000017"
    record = wfdb.rdrecord(str(folder / "s000017"), physical=False)
    assert (record.fs, record.sig_name) == (rate, list(layout.names))
    wanted = np.full((100_000, leads), -32768, np.int16)
    for _, start, stop in kept:
        wanted[start:stop] = signal(17, start, stop, leads)
    assert record.sig_len == 100_000
    np.testing.assert_array_equal(record.d_signal, wanted)
    physical = wfdb.rdrecord(str(folder / "s000017"))
    assert np.isnan(physical.p_signal[20_000:70_000]).all()
    assert physical.units == ["mV"] * leads
    expected = (wanted[:20_000].astype(float) - [lead.baseline for lead in layout.leads]) / [
        lead.gain for lead in layout.leads
    ]
    np.testing.assert_allclose(physical.p_signal[:20_000], expected)
    header = wfdb.rdheader(str(folder / "s000017"))
    assert header.base_datetime.timestamp() is not None


@quiet
def test_a_segment_alone_is_a_record_with_time_checksum_and_beats(tmp_path):
    shop = Shop(RealDisk(tmp_path))
    fill(shop, 5, [(0, 130)])
    shop.seal()
    row = shop.reader.segments(5)[1]
    name = str(tmp_path / row.name.base)
    header = wfdb.rdheader(name)
    moment = header.base_datetime
    assert moment.strftime("%Y-%m-%d %H:%M:%S") == "2023-11-14 22:14:16"  # T0 + 56 s
    record = wfdb.rdrecord(name, physical=False)
    np.testing.assert_array_equal(record.d_signal, signal(5, row.start, row.stop))
    assert [value % 65536 for value in record.checksum] == record.calc_checksum()
    assert record.init_value == record.d_signal[0].tolist()
    notes = wfdb.rdann(name, "ein")
    np.testing.assert_array_equal(
        notes.sample + row.start, beats_every_second(5, row.start, row.stop)["sample"]
    )
    assert set(notes.symbol) == {"N"}
    shop.close()


def test_beats_come_back_as_they_were(disk):
    shop = Shop(disk)
    fill(shop, 5, [(0, 130)])
    shop.seal()
    np.testing.assert_array_equal(shop.reader.beats(5, 300, 20_000), beats_every_second(5, 300, 20_000))
    envelope = shop.reader.envelope(5, 0, 130 * RATE, 32)
    np.testing.assert_allclose(envelope.rate_bpm[1:], 60)
    late = beats_every_second(5, 5000, 15_000, late=1)[::2]
    late["rr_ms"], late["code"], late["leads"] = 2000, 5, 0xFFF
    assert shop.archive.replace_beats(5, [Span(5000, 15_000)], late) == [
        Span(5000, 14_000),
        Span(14_000, 15_000),
    ]
    whole = beats_every_second(5, 0, 130 * RATE)
    outside = whole[(whole["sample"] < 5000) | (whole["sample"] >= 15_000)]
    wanted = np.sort(np.concatenate((outside, late)), order="sample")
    np.testing.assert_array_equal(shop.reader.beats(5, 0, 130 * RATE), wanted)
    envelope = shop.reader.envelope(5, 0, 130 * RATE, 32)
    assert envelope.rate_bpm[8] == pytest.approx(30)
    assert verify_disk(disk).problems == []
    shop.close()
    again = Shop(disk)
    np.testing.assert_array_equal(again.reader.beats(5, 0, 130 * RATE), wanted)
    again.close()


def test_when_a_segment_is_due():
    shop = Shop(ForgetfulDisk())
    geometry = shop.archive.geometry(5)
    first = geometry.bounds(0)[1] // RATE
    assert first * RATE == geometry.bounds(0)[1]
    fill(shop, 5, [(0, first)])
    assert shop.archive.seal_due(T0).sealed == 0
    assert shop.archive.seal_due(T0 + 30 * SECOND).sealed == 0  # whole, but its lane has not moved on
    fill(shop, 5, [(first, first + 1)])
    assert shop.archive.seal_due(T0 + 31 * SECOND).sealed == 0
    assert shop.archive.seal_due(T0 + 35 * SECOND).sealed == 0
    assert shop.archive.seal_due(T0 + 36 * SECOND).sealed == 1  # five seconds to settle are over
    assert shop.archive.seal_due(T0 + 90 * SECOND).sealed == 0
    assert shop.archive.seal_due(T0 + 92 * SECOND).sealed == 1  # a minute of grace is over
    fill(shop, 5, [(first + 1, first + 3)])
    assert shop.archive.seal_due(T0 + 100 * SECOND).sealed == 0
    shop.archive.end(5, T0 + 100 * SECOND)
    assert shop.archive.seal_due(T0 + 106 * SECOND).sealed == 1
    assert shop.inner.stats.resealed == 1
    assert [row.name.record for row in shop.reader.segments(5)] == ["s000005_000000", "s000005_000001r1"]


def test_a_stream_whose_layout_is_not_known_stays_in_the_log_until_it_is():
    known = {}
    sources = Sources(known.get, SOURCES.time_of, SOURCES.beats_of)
    shop = Shop(ForgetfulDisk(), sources=sources)
    fill(shop, 5, [(0, 100)])
    assert shop.seal() == 0
    check_sample_reader(shop.reader, {5: spans_of([(0, 100)])})
    known[5] = LAYOUT
    assert shop.seal(NOW + 1000 * SECOND) == 2
    check_sample_reader(shop.reader, {5: spans_of([(0, 100)])})


def act_late(shop):
    """A sealed stream with a hole; late samples come; everything is sealed again; beats are replaced."""
    fill(shop, 5, [(50, 58)], backlog=True)
    shop.archive.seal_due(NOW + 2000 * SECOND, 100)
    shop.archive.seal_due(NOW + 3000 * SECOND, 100)
    shop.archive.replace_beats(5, [Span(13_000, 14_000)], beats_every_second(5, 13_000, 14_000, late=1))
    fill(shop, 5, [(130, 200)])
    shop.archive.seal_due(NOW + 4000 * SECOND, 100)
    shop.archive.seal_due(NOW + 5000 * SECOND, 100)


def prepared(seed):
    disk = ForgetfulDisk(seed)
    shop = Shop(disk)
    fill(shop, 5, [(0, 50), (58, 130)])
    assert shop.seal() == 3
    return disk, shop


def steps_of_act_late():
    disk, shop = prepared(0)
    before = disk.steps
    act_late(shop)
    return disk.steps - before


@pytest.mark.parametrize(("keep", "stride"), [("none", 5), ("all", 7), ("some", 3)])
def test_a_crash_at_any_step_of_sealing_loses_and_doubles_nothing(keep, stride):
    total = steps_of_act_late()
    assert total > 100
    for step in range(1, total + 1, stride):
        disk, shop = prepared(step)
        committed = shop.reader.stored(5)
        disk.cut_power_at(step)
        with pytest.raises(PowerCutError):
            act_late(shop)
        disk.crash(keep)
        shop = Shop(disk)
        stored = shop.reader.stored(5)
        assert all(stored.covers(*span) for span in committed), (step, stored)
        check_sample_reader(shop.reader, {5: stored})
        assert shop.inner.recovery.damage == []
        assert verify_disk(disk).problems == [], step
        act_late(shop)
        check_sample_reader(shop.reader, {5: spans_of([(0, 200)])})
        assert verify_disk(disk).problems == [], step
        assert shop.inner.stats.damaged == 0
        shop.close()


@pytest.mark.parametrize("call", ["write", "sync"])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_fails_once_at_any_call_only_delays_sealing(call, error):
    for nth in range(1, 26, 2):
        disk, shop = prepared(nth)
        fill(shop, 5, [(50, 58)], backlog=True)
        disk.fail(call, nth, error)
        for turn in range(4):
            shop.archive.seal_due(NOW + (1000 + 100 * turn) * SECOND, 100)
        check_sample_reader(shop.reader, {5: spans_of([(0, 130)])})
        assert shop.reader.segments(5)[0].name.generation == 1, nth
        disk.crash("none")
        shop = Shop(disk)
        check_sample_reader(shop.reader, {5: spans_of([(0, 130)])})
        assert verify_disk(disk).problems == [], nth
        shop.close()


def test_a_disk_without_room_seals_later():
    disk, shop = prepared(1)
    fill(shop, 5, [(50, 58)], backlog=True)
    disk.capacity = disk.used() + 1000
    report = shop.archive.seal_due(NOW + 1000 * SECOND, 100)
    report = shop.archive.seal_due(NOW + 2000 * SECOND, 100)
    assert (report.sealed, report.error) == (0, "no room to seal into")
    check_sample_reader(shop.reader, {5: spans_of([(0, 130)])})
    disk.capacity = 1 << 40
    assert shop.archive.seal_due(NOW + 3000 * SECOND, 100).sealed == 2


def test_a_damaged_block_is_sealed_as_a_hole_and_its_log_file_stays():
    disk = ForgetfulDisk()
    shop = Shop(disk)
    fill(shop, 5, [(0, 100)])
    disk.flip("log/00000001.log", 64 + 1080 * 7 + 300)
    report = shop.archive.seal_due(NOW, 100)
    report = shop.archive.seal_due(NOW + 100 * SECOND, 100)
    assert [(damage.start, damage.stop) for damage in report.damage] == [(1750, 2000)]
    stored = {5: spans_of([(0, 7), (8, 100)])}
    check_sample_reader(shop.reader, stored)
    shop.commit(batch_of(seconds(6, 0, 1), T0 + 8000 * SECOND))
    shop.seal(NOW + 1000 * SECOND)
    shop.close()
    shop = Shop(disk)
    shop.seal(NOW + 2000 * SECOND)
    assert "00000001.log" in disk.list("log")
    assert [(damage.stream, damage.start) for damage in shop.reader.damage()] == [(5, 1750)]
    check_sample_reader(reader_on(disk), stored | {6: spans_of([(0, 1)])})
    report = verify_disk(disk)
    assert report.code == 1
    assert all(problem.path == "log/00000001.log" for problem in report.problems)


def poisoned(times, streams=(6,)):
    """Sources that fail for some streams, that often, in a way that nobody foresaw."""
    left = dict.fromkeys(streams, times)

    def beats_of(stream, start, stop):
        if left.get(stream, 0) > 0:
            left[stream] -= 1
            raise MemoryError("no room for beats")
        return beats_every_second(stream, start, stop)

    return Sources(SOURCES.layout_of, SOURCES.time_of, beats_of)


def turns(shop, count, step=400):
    """What ``count`` calls of the sealer sealed and named, and how many of them failed."""
    sealed, damage, failed = set(), [], 0
    for turn in range(count):
        try:
            report = shop.archive.seal_due(NOW + turn * step * SECOND)
        except MemoryError:
            failed += 1
            continue
        sealed |= {stream for stream, _, _ in report.spans}
        damage += report.damage
    return sealed, damage, failed


def test_a_failure_that_nobody_foresaw_is_tried_again():
    shop = Shop(ForgetfulDisk(), sources=poisoned(2))
    for stream in (5, 6, 7):
        fill(shop, stream, [(0, 50)])
    sealed, damage, failed = turns(shop, 12)
    assert (sealed, damage, failed) == ({5, 6, 7}, [], 2)
    assert verify_disk(shop.disk).problems == []


def test_a_segment_that_always_fails_is_named_and_does_not_stop_the_others():
    shop = Shop(ForgetfulDisk(), sources=poisoned(100))
    for stream in (5, 6, 7):
        fill(shop, stream, [(0, 10)])
    sealed, damage, failed = turns(shop, 40)
    assert sealed == {5, 7}
    assert failed == 1 + GIVE_UP
    assert {(one.stream, one.start) for one in damage} == {(6, 0)}
    assert "no room for beats" in damage[0].detail
    assert shop.reader.damage() == [], "the next start tries again"
    assert shop.reader.read(6, 0, 10 * RATE).present == [Span(0, 10 * RATE)], "it stays in the log"
    shop.close()
    again = Shop(shop.disk)
    assert turns(again, 4)[0] == {6}


def test_segments_are_gathered_by_size_as_well_as_by_number(monkeypatch):
    shop = Shop(ForgetfulDisk())
    for stream in range(1, 7):
        fill(shop, stream, [(0, 5)])
    monkeypatch.setattr("einthoven.edges.store.archive.BATCH_BYTES", 2 * 2 * RATE * 60 * 2)
    sizes = []
    real = Archive._gather
    monkeypatch.setattr(Archive, "_gather", lambda self, jobs: (sizes.append(len(jobs)), real(self, jobs))[1])
    assert turns(shop, 2, 1000)[0] == {1, 2, 3, 4, 5, 6}
    assert max(sizes) == 2
    assert sum(sizes) >= 6
