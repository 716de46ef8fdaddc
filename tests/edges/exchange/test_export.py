"""Records and annotations out; the wfdb package is the judge."""

from __future__ import annotations

import json
import resource
import signal
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.edges.exchange.shelf import ECG, LAYOUT, START, Shelf, beats_at, facts_of
from tests.interop.judge import quiet, wfdb

from einthoven.base.errors import InputError, NotFoundError, RecordError, StoreDamagedError, StoreError
from einthoven.base.instants import MILLISECOND, MINUTE, SECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import SpanSet
from einthoven.center.found import Told
from einthoven.center.ports import Window
from einthoven.edges.exchange import atomic
from einthoven.edges.exchange.annotations import annotation_path, read_annotation_file, write_annotation_file
from einthoven.edges.exchange.export import CHUNK, DAMAGED, HOLES_IN_HEADER, export_stream
from einthoven.edges.exchange.records import read_record, write_record
from einthoven.enrollment.holes import AWAITED
from einthoven.interop.wfdb import Annotations
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.facts_suite import hole, mark, stored
from einthoven.testing.findings_suite import found, keep


@pytest.fixture
def facts() -> MemoryFacts:
    return facts_of()


def judged(path: Path) -> wfdb.Record:
    return wfdb.rdrecord(str(path.with_suffix("")), physical=False)


def test_a_whole_stream_comes_back_sample_for_sample(facts: MemoryFacts, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    shelf = Shelf(ECG)
    result = export_stream(shelf, facts, 1, tmp_path / "out", progress=lambda *now: told.append(now))
    read = judged(result.header)
    assert np.array_equal(read.d_signal, ECG)
    assert (read.record_name, read.fs, read.sig_name) == ("s000001", 360, ["MLII", "V5 left"])
    assert (read.adc_gain, read.baseline) == ([200.0, 99.5], [1024, -3])
    assert (read.adc_res, read.adc_zero, read.units) == ([11, 12], [1024, 0], ["mV", "mV"])
    assert read.base_datetime.isoformat() == "2026-03-04T10:11:12.250000"
    assert read.checksum == read.calc_checksum()
    assert (result.first_sample, result.samples, result.holes) == (0, 300_000, ())
    assert (told[-1], shelf.largest) == ((300_000, 300_000), CHUNK)
    back = read_record(str(result.header))
    assert np.array_equal(back.samples, ECG)
    assert (back.layout, back.start) == (LAYOUT, START)
    names = sorted(entry.name for entry in (tmp_path / "out").iterdir())
    assert names == ["s000001.dat", "s000001.ein", "s000001.hea", "s000001.holes.json"]


PARTS = [
    # from, to in ms after the start of the stream → samples of the record
    (1000, 2000, (360, 720)),
    (None, 1000, (0, 360)),
    (1000, None, (360, 300_000)),
    (-5000, 1000, (0, 360)),
    (1001, 1002, (361, 361)),
    (1001, 1004, (361, 362)),
    (2000, 1000, None),
    (10**9, None, None),
    (None, -1, None),
]


@pytest.mark.parametrize(("after", "before", "want"), PARTS)
def test_a_part_by_time(
    facts: MemoryFacts, tmp_path: Path, after: int | None, before: int | None, want: tuple[int, int] | None
) -> None:
    from_ = None if after is None else START + after * MILLISECOND
    to = None if before is None else START + before * MILLISECOND
    if want is None or want[0] == want[1]:
        with pytest.raises(NotFoundError, match="nothing is stored of s000001 in that time"):
            export_stream(Shelf(ECG), facts, 1, tmp_path, from_, to)
        assert list(tmp_path.iterdir()) == []
        return
    result = export_stream(Shelf(ECG), facts, 1, tmp_path, from_, to)
    assert np.array_equal(judged(result.header).d_signal, ECG[slice(*want)])
    assert result.first_sample == want[0]
    assert result.start == START + round(want[0] / 360 * SECOND)


def test_holes_are_marked_and_told_with_their_causes(facts: MemoryFacts, tmp_path: Path) -> None:
    assert stored(facts, hole(1, 1, 1000, 1500, "power"), hole(1, 2, 4000, 9000, "storage")) is None
    shelf = Shelf(ECG, (500, 1000), (1500, 4000), (6000, 7000), (7500, 8000))
    result = export_stream(shelf, facts, 1, tmp_path)
    want = np.full((7500, 2), INVALID_SAMPLE, np.int16)
    for start, stop in shelf.spans:
        want[start - 500 : stop - 500] = ECG[start:stop]
    read = judged(result.header)
    assert np.array_equal(read.d_signal, want)
    assert read.comments == [
        "einthoven stream s000001, samples 500 to 8000",
        "hole at samples 500 to 1000 of this record: power",
        "hole at samples 3500 to 5500 of this record: storage",
        "hole at samples 6500 to 7000 of this record: storage",
    ]
    told = json.loads((tmp_path / "s000001.holes.json").read_text())
    assert told["first_sample"] == 500
    assert told["start_ns"] == START + round(500 / 360 * SECOND)
    assert told["holes"][0] == {"start": 1000, "stop": 1500, "cause": "power", "declared": True}
    assert [(one["start"], one["stop"]) for one in told["holes"]] == [
        (1000, 1500),
        (4000, 6000),
        (7000, 7500),
    ]


def test_many_holes_are_all_listed_beside_the_record(facts: MemoryFacts, tmp_path: Path) -> None:
    shelf = Shelf(ECG, *((at, at + 5) for at in range(0, 3000, 10)))
    result = export_stream(shelf, facts, 1, tmp_path)
    assert judged(result.header).comments[-1] == (
        f"and {299 - HOLES_IN_HEADER} more holes, all listed in s000001.holes.json"
    )
    assert len(json.loads((tmp_path / "s000001.holes.json").read_text())["holes"]) == 299
    assert {one.cause for one in result.holes} == {"not yet received"}


def test_a_stream_without_a_clock_goes_out_whole_only(tmp_path: Path) -> None:
    facts = facts_of(origin=None)
    with pytest.raises(InputError, match="not tied to a clock yet"):
        export_stream(Shelf(ECG), facts, 1, tmp_path, from_=START)
    result = export_stream(Shelf(ECG[:1000]), facts, 1, tmp_path)
    assert result.start is None
    assert judged(result.header).base_datetime is None


def test_what_is_not_there_is_named(facts: MemoryFacts, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no stream s000009"):
        export_stream(Shelf(ECG), facts, 9, tmp_path)
    empty = Shelf(ECG)
    empty.spans = SpanSet()
    with pytest.raises(NotFoundError, match="nothing is stored of s000001"):
        export_stream(empty, facts, 1, tmp_path)


def test_damage_midway_leaves_the_earlier_export_as_it_was(facts: MemoryFacts, tmp_path: Path) -> None:
    class Rotten(Shelf):
        def read(self, stream: int, start: int, stop: int) -> Window:
            if start > 0:
                raise StoreDamagedError("log/00000001.log: offset 77: checksum")
            return super().read(stream, start, stop)

    export_stream(Shelf(ECG[:500]), facts, 1, tmp_path)
    with pytest.raises(StoreDamagedError, match="offset 77"):
        export_stream(Rotten(ECG), facts, 1, tmp_path)
    assert np.array_equal(judged(tmp_path / "s000001.hea").d_signal, ECG[:500])
    assert len(list(tmp_path.iterdir())) == 4


def test_what_turns_out_to_be_damaged_is_a_hole_that_says_so(facts: MemoryFacts, tmp_path: Path) -> None:
    class Spoilt(Shelf):
        def read(self, stream: int, start: int, stop: int) -> Window:
            window = super().read(stream, start, stop)
            low, high = max(0, 2000 - start), max(0, 3000 - start)
            window.samples[low:high] = INVALID_SAMPLE
            left = SpanSet(window.present)
            left.remove(2000, 3000)
            return Window(start, window.samples, list(left))

    result = export_stream(Spoilt(ECG, (0, 5000), (6000, 300_000)), facts, 1, tmp_path)
    assert [(hole.start, hole.stop, hole.cause) for hole in result.holes] == [
        (2000, 3000, DAMAGED),
        (5000, 6000, AWAITED),
    ]
    assert result.damaged == [result.holes[0]]
    record = judged(result.header)
    assert f"hole at samples 2000 to 3000 of this record: {DAMAGED}" in record.comments
    assert (record.d_signal[2000:3000] == INVALID_SAMPLE).all()
    assert np.array_equal(record.d_signal[3000:5000], ECG[3000:5000])
    told = json.loads((tmp_path / "s000001.holes.json").read_text())
    assert [hole["cause"] for hole in told["holes"]] == [DAMAGED, AWAITED]


def test_an_export_into_a_file_is_refused(facts: MemoryFacts, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file"):
        export_stream(Shelf(ECG), facts, 1, tmp_path / "file")


@quiet
def test_what_was_found_leaves_with_the_samples(facts: MemoryFacts, tmp_path: Path) -> None:
    assert stored(facts, mark(1, 1, 2500)) is None
    assert keep(facts, Told(1, found(2000, 2900))) is None
    shelf = Shelf(ECG)
    shelf.found = beats_at((100, 1), (400, 5), (2000, 9), (5000, 16))
    result = export_stream(shelf, facts, 1, tmp_path, to=START + 10 * SECOND)
    read = wfdb.rdann(str(result.header.with_suffix("")), "ein")
    assert list(zip(read.sample.tolist(), read.symbol, strict=True)) == [
        (100, "+"), (100, "N"), (400, "V"), (2000, '"'), (2000, "+"), (2000, "S"), (2500, '"'), (2900, '"'),
    ]  # fmt: skip
    assert read.fs == 360
    assert [read.aux_note[at] for at in (0, 3, 4, 7)] == [
        "(N",
        "ventricular-tachycardia begins",
        "(VT",
        "ventricular-tachycardia ends",
    ]
    note = read_annotation_file(tmp_path / "s000001.ein").aux[6]
    assert note == "symptom: palpitations; walking; ä 心"
    export_stream(shelf, facts, 1, tmp_path, bare=True)
    names = sorted(entry.name for entry in tmp_path.iterdir())
    assert names == ["s000001.dat", "s000001.hea", "s000001.holes.json"]


samples16 = arrays(np.int16, st.tuples(st.integers(1, 40), st.integers(1, 12)))


@settings(max_examples=40, deadline=None)
@given(
    samples16,
    st.floats(0.01, 1e6),
    st.integers(-(2**20), 2**20),
    st.integers(100_000, 1_000_000),
    st.none() | st.integers(0, 4_000_000_000_000).map(lambda ms: ms * MILLISECOND),
    st.integers(1, 41),
)
def test_any_samples_and_gains_are_written_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    samples: np.ndarray,
    gain: float,
    baseline: int,
    rate_mhz: int,
    start: Instant | None,
    cut: int,
) -> None:
    leads = tuple(Lead(f"L{n}", gain + n, baseline) for n in range(samples.shape[1]))
    layout = Layout(rate_mhz / 1000, leads)
    folder = tmp_path_factory.mktemp("out")
    blocks = [samples[at : at + cut] for at in range(0, len(samples), cut)]
    written = write_record(folder, "rec", layout, blocks, start)
    back = read_record(str(folder / "rec"))
    assert np.array_equal(back.samples, samples)
    assert (back.layout, back.start, written.samples) == (layout, start, len(samples))
    read = judged(written.header)
    assert np.array_equal(read.d_signal, samples)
    assert read.adc_gain == [lead.gain for lead in leads]


def test_a_record_of_30_days_needs_the_memory_of_a_minute(tmp_path: Path) -> None:
    block = np.zeros((CHUNK, 2), np.int16)

    def blocks() -> Iterator[np.ndarray]:
        for _ in range(200):
            yield block

    tracemalloc.start()
    written = write_record(tmp_path, "long", LAYOUT, blocks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert written.samples == 200 * CHUNK
    assert written.header.with_suffix(".dat").stat().st_size == 200 * CHUNK * 4
    assert peak < 5_000_000  # the file has 100 MB


BAD_WRITES = [
    ("a b", LAYOUT, [ECG[:10]], [], RecordError, "record 'a b': a record name has letters"),
    ("../a", LAYOUT, [ECG[:10]], [], RecordError, "a record name has letters"),
    ("a", LAYOUT, [], [], InputError, "there are no samples"),
    ("a", LAYOUT, [ECG[:0]], [], InputError, "there are no samples"),
    ("a", LAYOUT, [ECG[:10]], ["one\ntwo"], RecordError, "line break"),
]


@pytest.mark.parametrize(("name", "layout", "blocks", "comments", "kind", "want"), BAD_WRITES)
def test_what_cannot_be_written_leaves_nothing(
    tmp_path: Path,
    name: str,
    layout: Layout,
    blocks: list[np.ndarray],
    comments: list[str],
    kind: type[Exception],
    want: str,
) -> None:
    with pytest.raises(kind, match=want):
        write_record(tmp_path, name, layout, blocks, None, lambda: comments)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
    try:
        with pytest.raises(StoreError, match=r"rec\.dat: File too large"):
            write_record(tmp_path, "rec", LAYOUT, [ECG])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, previous)
    assert list(tmp_path.iterdir()) == []
    error = atomic.store_error(tmp_path / "x", OSError(28, "No space left on device"))
    assert str(error).endswith("x: no room left")


@quiet
def test_annotations_on_disk(tmp_path: Path) -> None:
    beats = Annotations.of(np.array([10, 300, 5000]), np.array([1, 5, 1], np.uint8), rate_hz=360.0)
    path = write_annotation_file(tmp_path / "out", "s000001", "ein", beats)
    assert path == tmp_path / "out" / "s000001.ein"
    back = read_annotation_file(path)
    assert (back.sample.tolist(), back.symbols, back.rate_hz) == ([10, 300, 5000], ["N", "V", "N"], 360.0)
    assert wfdb.rdann(str(path.with_suffix("")), "ein").symbol == ["N", "V", "N"]
    with pytest.raises(RecordError, match=r"gone\.ein: No such file"):
        read_annotation_file(tmp_path / "gone.ein")
    with pytest.raises(RecordError):
        write_annotation_file(
            tmp_path / "out", "s000001", "ein", Annotations.of(np.array([5, 1]), np.array([1, 1]))
        )
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["s000001.ein"]


@pytest.mark.parametrize("annotator", ["", "hea", "DAT", "json", "a/b", "..", "e n", "1st", "x" * 21])
def test_an_annotator_cannot_overwrite_a_record(tmp_path: Path, annotator: str) -> None:
    with pytest.raises(InputError, match="annotator"):
        annotation_path(tmp_path, "rec", annotator)


def test_an_export_runs_while_the_stream_grows(facts: MemoryFacts, tmp_path: Path) -> None:
    class Growing(Shelf):
        def read(self, stream: int, start: int, stop: int) -> Window:
            self.spans.add(0, min(len(self.samples), self.spans.stop + 5000))
            return super().read(stream, start, stop)

    result = export_stream(Growing(ECG, (0, 200_000)), facts, 1, tmp_path)
    assert np.array_equal(judged(result.header).d_signal, ECG[:200_000])
    assert result.start is not None
    assert result.start + MINUTE > START
