"""Kernels and files against slow, plain models of the same."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.edges.store.shop import SETTINGS, SOURCES, Shop

from einthoven.base.errors import StoreDamagedError
from einthoven.base.layout import Layout, Lead
from einthoven.base.spans import SpanSet
from einthoven.ecg.beats import BEAT, GRADES, TEMPLATE_MAX, last_told
from einthoven.edges.store import kernels
from einthoven.edges.store.beats import beats_from_bytes, beats_to_bytes, merge_beats
from einthoven.edges.store.coarse import bin_samples, bins_of
from einthoven.edges.store.coverage import Coverage
from einthoven.edges.store.formats import (
    BLOCK_HEADER_BYTES,
    ENTRY,
    SCAR,
    FolderFormat,
    index_bytes,
    log_header,
)
from einthoven.edges.store.gather import Samples
from einthoven.edges.store.geometry import Geometry
from einthoven.edges.store.logview import LogFile, LogSet
from einthoven.edges.store.recovery import load_index, scan_log
from einthoven.edges.store.store import Store
from einthoven.interop.wfdb_annotations import parse_annotations
from einthoven.testing.disk import ForgetfulDisk
from einthoven.testing.store_suite import batch_of, check_sample_reader
from einthoven.testing.web import grade_rows

few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

blocks = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 60), st.integers(1, 12), st.booleans()),
    min_size=1,
    max_size=60,
)


@few
@given(st.lists(blocks, min_size=1, max_size=4))
def test_coverage_is_the_union_of_the_blocks(files):
    logs, models = LogSet(), {}
    coverage = Coverage(logs)
    ordinal = 1
    for number, rows in enumerate(files, 1):
        file = LogFile(number, ordinal, np.zeros(1, ENTRY))
        logs.add(file)
        for row, (stream, start, count, backlog) in enumerate(rows):
            entry = np.zeros(1, ENTRY)
            entry["stream"], entry["start"], entry["count"] = stream, start, count
            entry["lane"], entry["ordinal"] = backlog, row
            file.publish(entry)
            models.setdefault(stream, SpanSet()).add(start, start + count)
            if row % 7 == 0:
                assert coverage.stored(stream) == models[stream]
        ordinal += len(rows)
    for stream, model in models.items():
        assert coverage.stored(stream) == model
    assert coverage.streams() == sorted(models)


@few
@given(blocks, st.integers(0, 50), st.integers(1, 40))
def test_sorted_and_unsorted_index_pick_the_same_blocks(rows, start, length):
    disk = ForgetfulDisk()
    disk.make_directory("log")
    entries = np.zeros(len(rows), ENTRY)
    for row, (stream, begin, count, _) in enumerate(rows):
        entries[row]["stream"], entries[row]["start"], entries[row]["count"] = stream, begin, count
        entries[row]["ordinal"] = row
    disk.put("log/00000001.idx", index_bytes(1, 10, 999, entries, np.zeros(0, SCAR)))
    mapped = load_index(disk, 1)
    memory = LogFile(1, 10, entries, len(entries))
    for stream in range(1, 6):
        target = (stream, start, start + length)
        want = [
            row
            for row, (owner, begin, count, _) in enumerate(rows)
            if owner == stream and begin < start + length and begin + count > start
        ]
        for file in (mapped, memory):
            (chosen,) = file.select([target])
            assert chosen["ordinal"].tolist() == want
    assert mapped.stop == memory.stop == 10 + len(rows)


@few
@given(st.lists(st.booleans(), max_size=300))
def test_runs_are_the_runs(flags):
    window = Samples.empty(1000, 1000 + len(flags), 1)
    window.present[:] = flags
    model = SpanSet((1000 + at, 1001 + at) for at, flag in enumerate(flags) if flag)
    assert window.spans() == list(model)


@few
@given(st.lists(blocks, min_size=1, max_size=3), st.data())
def test_a_log_file_with_a_damaged_stretch_gives_up_no_block_outside_it(groups, data):
    disk = ForgetfulDisk()
    shop = Shop(disk, SETTINGS)
    for rows in groups:
        shop.commit(batch_of((stream, 10 * start, 10 * start + count) for stream, start, count, _ in rows))
    content = bytearray(disk.read("log/00000001.log"))
    whole = scan_log(np.frombuffer(bytes(content), np.uint8))
    assert len(whole.entries) == sum(map(len, groups))
    assert len(whole.scars) == 0
    low = data.draw(st.integers(64, len(content) - 1))
    high = data.draw(st.integers(low + 1, min(len(content), low + 3000)))
    for at in range(low, high):
        content[at] ^= data.draw(st.integers(1, 255)) if at == low else 0x55
    found = scan_log(np.frombuffer(bytes(content), np.uint8)).entries["offset"].tolist()
    ends = [*whole.entries["offset"].tolist()[1:], len(content)]
    outside = [
        begin
        for begin, end in zip(whole.entries["offset"].tolist(), ends, strict=True)
        if end <= low or begin >= high
    ]
    padding_only = set(whole.entries["offset"].tolist()) - set(outside)
    assert set(outside) <= set(found) <= set(outside) | padding_only


@few
@given(st.binary(max_size=3000))
def test_garbage_in_the_log_folder_stops_nothing(content):
    disk = ForgetfulDisk()
    disk.make_directory("log")
    shop = Shop(disk)
    shop.commit(batch_of([(5, 0, 250)]))
    shop.close()
    disk.put("log/00000007.log", log_header(7, 50)[: len(content) % 65] + content)
    disk.put("log/00000007.idx", content)
    disk.put("log/00000003.idx", content)
    again = Store(disk, SOURCES, SETTINGS)
    check_sample_reader(again.reader, {5: SpanSet([(0, 250)])})
    again.close()


@st.composite
def beat_rows(draw):
    steps = draw(st.lists(st.one_of(st.integers(1, 400), st.integers(1000, 200_000)), max_size=50))
    beats = np.zeros(len(steps), BEAT)
    beats["sample"] = 5000 + np.cumsum(steps)
    for row in range(len(beats)):
        beats["code"][row] = draw(st.sampled_from([1, 5, 8, 12, 38]))
        beats["late"][row] = draw(st.integers(0, 1))
        beats["leads"][row] = draw(st.integers(0, 0xFFF))
        beats["rr_ms"][row] = draw(st.one_of(st.just(0), st.integers(0, 65_535)))
        beats["template"][row] = draw(st.one_of(st.integers(0, 3), st.integers(0, TEMPLATE_MAX)))
    return beats


grades_of_a_row = st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 7]), min_size=12, max_size=12)


@few
@given(beat_rows(), st.lists(st.tuples(st.integers(0, 400), st.booleans(), grades_of_a_row), max_size=20))
def test_grades_between_beats_survive_and_change_no_interval(beats, told):
    """A row of grades may stand at a beat's own sample, before it."""
    beats["rr_ms"][1:] = np.minimum(np.rint(np.diff(beats["sample"]) * 1000 / 250.0), 65_535)
    rows = np.zeros(len(told), BEAT)
    for row, (ahead, late, grades) in zip(rows, told, strict=True):
        on_a_beat = len(beats) and ahead % 2
        row["sample"] = beats["sample"][ahead % len(beats)] if on_a_beat else 5000 + ahead
        row["code"], row["late"] = GRADES, late
        fields = [sum(grade << 3 * i for i, grade in enumerate(grades[at : at + 5])) for at in (0, 5, 10)]
        row["leads"], row["rr_ms"], row["conf"] = fields
    both = last_told(np.concatenate([beats, rows]))
    back = beats_from_bytes(beats_to_bytes(both, 5000, 250.0), 5000, 250.0, "x")
    np.testing.assert_array_equal(back[both["code"] == GRADES], both[both["code"] == GRADES])
    assert (np.abs(back["rr_ms"].astype(int) - both["rr_ms"].astype(int)) <= 1).all()
    assert (back["code"] == both["code"]).all()
    assert (back["template"] == both["template"]).all()


def test_a_row_of_grades_is_a_mark_that_other_tools_read():
    rows = grade_rows([(5000, (0, 1, 2)), (5250, (5, 0, 255)), (5500, (0, 0, 0))])
    told = parse_annotations(beats_to_bytes(rows, 5000, 250.0), "x")
    assert told.symbols == ["~", "~", "~"]
    assert told.sub.tolist() == [0b0100_0010, 0b0001_0000, 0]
    assert told.aux == ("q=012", "q=507", "q=0")


@few
@given(beat_rows(), st.sampled_from([250.0, 360.0, 500.5]))
def test_beats_survive_their_annotation_file(beats, rate):
    if len(beats) > 1:
        steps = np.diff(beats["sample"]) * 1000 / rate
        beats["rr_ms"][1:] = np.where(beats["late"][1:] == 1, beats["rr_ms"][1:], np.minimum(steps, 65_535))
    back = beats_from_bytes(beats_to_bytes(beats, 5000, rate), 5000, rate, "x")
    for name in ("sample", "code", "late", "leads", "template"):
        np.testing.assert_array_equal(back[name], beats[name])
    assert (np.abs(back["rr_ms"].astype(int) - beats["rr_ms"].astype(int)) <= 1).all()


def test_a_template_is_written_where_it_changes_and_files_without_have_none():
    rows = np.zeros(5, BEAT)
    rows["sample"], rows["code"], rows["template"] = np.arange(5) * 200 + 5000, 1, [0, 3, 3, 7, 7]
    rows["rr_ms"][1:] = 800
    rows["rr_ms"][3] = 777
    data = beats_to_bytes(rows, 5000, 250.0)
    assert parse_annotations(data, "x").aux == ("", "t=3", "", "rr=777 t=7", "")
    assert beats_from_bytes(data, 5000, 250.0, "x")["template"].tolist() == [0, 3, 3, 7, 7]
    rows["template"] = 0
    old = beats_from_bytes(beats_to_bytes(rows, 5000, 250.0), 5000, 250.0, "x")
    assert not old["template"].any()
    assert old["rr_ms"][3] == 777


@few
@given(st.binary(max_size=200))
def test_any_bytes_are_beats_or_damage(data):
    with contextlib.suppress(StoreDamagedError):
        assert beats_from_bytes(data, 0, 250.0, "x").dtype == BEAT


def test_merging_beats_replaces_exactly_the_stretch():
    old, new = np.zeros(5, BEAT), np.zeros(3, BEAT)
    old["sample"], new["sample"] = [10, 20, 30, 40, 50], [5, 25, 60]
    assert merge_beats(old, new, 20, 41)["sample"].tolist() == [10, 25, 50]
    assert merge_beats(old, new, 0, 100)["sample"].tolist() == [5, 25, 60]


@few
@given(
    st.integers(1, 2**32 - 1),
    st.sampled_from([100.0, 128.0, 250.0, 360.0, 500.5, 1000.0]),
    st.sampled_from([10.0, 60.0, 3600.0]),
    st.integers(0, 10**9),
)
def test_segments_tile_a_stream(stream, rate, seconds, sample):
    geometry = Geometry.of(stream, Layout(rate, (Lead("II"),)), seconds)
    number = geometry.number(sample)
    start, stop = geometry.bounds(number)
    assert start <= sample < stop
    assert geometry.bounds(number + 1)[0] == stop
    assert start % bin_samples(rate) == 0 == stop % bin_samples(rate)
    assert abs(geometry.length - rate * seconds) <= 2 * bin_samples(rate)
    assert geometry.number(0) == 0


def test_phases_of_consecutive_streams_are_spread():
    layout = Layout(250.0, (Lead("II"),))
    phases = sorted(Geometry.of(stream, layout, 3600).phase for stream in range(1, 901))
    steps = np.diff([*phases, phases[0] + 900_000])
    assert steps.max() <= 4000


@pytest.mark.parametrize("leads", [1, 3])
def test_bins_hold_extremes_of_what_is_there(leads):
    random = np.random.default_rng(3)
    samples = random.integers(-2000, 2000, (1050, leads)).astype(np.int16)
    samples[5:9] = -32768
    present = (random.random(1050) < 0.6).astype(np.uint8)
    present[400:500] = 0
    bins = bins_of(samples, present, 100)
    assert len(bins) == 11
    for row, one in enumerate(bins):
        rows = slice(100 * row, 100 * row + 100)
        kept = samples[rows][present[rows] == 1]
        assert one["present"] == len(kept)
        kept = kept[(kept != -32768).all(axis=1)]
        if len(kept):
            assert one["low"].tolist() == kept.min(axis=0).tolist()
            assert one["high"].tolist() == kept.max(axis=0).tolist()
        else:
            assert (one["low"] > one["high"]).all()


def test_the_format_file_is_read_back_or_refused():
    made = FolderFormat(60.0, "mask")
    assert FolderFormat.from_bytes(made.to_bytes()) == made
    for content in (
        b"",
        b"{}",
        b'{"einthoven_store": 2, "segment_seconds": 60, "transform": "none"}',
        b"\xff",
    ):
        with pytest.raises(Exception, match=r"FORMAT|format"):
            FolderFormat.from_bytes(content)


def test_a_block_costs_its_frame_a_header_and_at_most_seven_bytes():
    assert BLOCK_HEADER_BYTES == 56
    for length in range(24, 60):
        assert kernels.block_room(np.array([length])) == 56 + -(-length // 8) * 8
