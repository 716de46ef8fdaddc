"""Annotation files; the wfdb package is the judge."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interop.judge import quiet, wfdb

from einthoven.base.errors import RecordError
from einthoven.interop.wfdb import (
    CODES,
    SYMBOLS,
    Annotations,
    annotation_pieces,
    parse_annotations,
    write_annotations,
)

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
ROW = st.tuples(
    st.one_of(st.integers(0, 1030), st.integers(0, 2**33)),
    st.sampled_from(sorted(SYMBOLS)),
    st.integers(-128, 127),
    st.integers(0, 255),
    st.integers(-128, 127),
    TEXT,
)
Rows = list[tuple[int, int, int, int, int, str]]


def build(rows: Rows) -> Annotations:
    columns = list(zip(*rows, strict=True)) or [()] * 6
    aux = tuple(columns[5])
    return Annotations(
        np.cumsum(np.array(columns[0], np.int64)),
        np.array(columns[1], np.uint8),
        np.array(columns[2], np.int8),
        np.array(columns[3], np.uint8),
        np.array(columns[4], np.int8),
        aux if any(aux) else (),
    )


def same(left: Annotations, right: Annotations) -> bool:
    return (
        all(
            np.array_equal(getattr(left, name), getattr(right, name))
            for name in ("sample", "code", "sub", "chan", "num")
        )
        and left.aux == right.aux
        and left.rate_hz == right.rate_hz
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(ROW, max_size=12), st.integers(0, 12))
def test_pieces_make_the_same_file(rows: Rows, cut: int) -> None:
    whole = build(rows)

    def part(which: slice) -> Annotations:
        columns = (getattr(whole, name)[which] for name in ("sample", "code", "sub", "chan", "num"))
        return Annotations(*columns, whole.aux[which])

    pieces = [part(slice(0, cut)), part(slice(cut, None))]
    assert b"".join(annotation_pieces(pieces)) == write_annotations(whole)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROW, max_size=12))
def test_what_is_written_is_read_back(rows: Rows) -> None:
    annotations = build(rows)
    assert same(parse_annotations(write_annotations(annotations), "x"), annotations)


@quiet
@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=8))
def test_wfdb_reads_what_we_write(rows: Rows) -> None:
    rows[0] = (max(rows[0][0], 1), *rows[0][1:])  # a note at sample 0 means the file to wfdb, not the ECG
    annotations = build(rows)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "r.ein").write_bytes(write_annotations(annotations))
        read = wfdb.rdann(f"{folder}/r", "ein")
    assert np.array_equal(read.sample, annotations.sample)
    assert read.symbol == annotations.symbols
    assert np.array_equal(read.subtype, annotations.sub)
    assert np.array_equal(read.chan, annotations.chan)
    assert np.array_equal(read.num, annotations.num)
    assert tuple(read.aux_note) == (annotations.aux or ("",) * len(rows))


@quiet
@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=8))
def test_we_read_what_wfdb_writes(rows: Rows) -> None:
    # wfdb writes no negative subtype or number
    annotations = build([(a, b, sub & 127, chan, num & 127, e) for a, b, sub, chan, num, e in rows])
    with tempfile.TemporaryDirectory() as folder:
        wfdb.wrann(
            "r",
            "atr",
            annotations.sample,
            annotations.symbols,
            subtype=annotations.sub,
            chan=annotations.chan.astype(np.int64),
            num=annotations.num,
            aux_note=list(annotations.aux) or None,
            fs=360,
            write_dir=folder,
        )
        read = parse_annotations((Path(folder) / "r.atr").read_bytes(), "r.atr")
    assert read.rate_hz == 360.0
    assert np.array_equal(read.sample, annotations.sample)
    assert np.array_equal(read.code, annotations.code)
    assert np.array_equal(read.sub, annotations.sub)
    assert np.array_equal(read.chan, annotations.chan)
    assert np.array_equal(read.num, annotations.num)
    assert read.aux == annotations.aux


@quiet
@pytest.mark.parametrize("rate", [250.0, 128.5])
def test_the_rate_is_kept_and_wfdb_sees_it(tmp_path: Path, rate: float) -> None:
    annotations = Annotations.of(np.array([10, 400]), np.array([1, 5], np.uint8), rate_hz=rate)
    (tmp_path / "r.ein").write_bytes(write_annotations(annotations))
    assert same(parse_annotations((tmp_path / "r.ein").read_bytes(), "r.ein"), annotations)
    read = wfdb.rdann(str(tmp_path / "r"), "ein")
    assert (read.fs, read.symbol, read.sample.tolist()) == (rate, ["N", "V"], [10, 400])


def test_text_in_any_script() -> None:
    annotations = Annotations.of(np.array([5]), np.array([22], np.uint8), ("心悸 Ω",))
    assert parse_annotations(write_annotations(annotations), "x").aux == ("心悸 Ω",)


BAD = [
    (b"", "0 bytes: not an annotation file"),
    (b"\x01", "1 bytes"),
    (b"\x05\x04", "the end mark is missing at byte 2"),
    (b"\x00\xec\x00\x00", "long time difference at byte 0 is cut short"),
    (b"\x05\x04\x05\xfcab", "the text at byte 4 is cut short"),
    (b"\x05\xf0\x00\x00", "byte 0: annotation code 60 is out of range"),
    (b"\x05\xd0\x00\x00", "byte 0: annotation code 52 is out of range"),
    (b"\x00\xec\xff\xff\xff\xff\x00\x04\x00\x00", "annotation before sample 0"),
]


@pytest.mark.parametrize(("data", "want"), BAD)
def test_bad_files_are_named_in_one_line(data: bytes, want: str) -> None:
    with pytest.raises(RecordError, match=r"x\.atr: ") as caught:
        parse_annotations(data, "x.atr")
    assert want in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        rows = len(parse_annotations(data, "x"))
    except RecordError:
        rows = 0
    assert rows <= len(data) // 2


def test_code_0_moves_the_time_and_is_no_annotation() -> None:
    read = parse_annotations(b"\x05\x04" + b"\x07\x00" + b"\x01\x14" + b"\0\0", "x")
    assert (read.sample.tolist(), read.symbols) == ([5, 13], ["N", "V"])


UNWRITABLE = [
    (Annotations.of(np.array([5, 4]), np.array([1, 1], np.uint8)), "number 1 at sample 4 is before"),
    (Annotations.of(np.array([-1]), np.array([1], np.uint8)), "number 0 at sample -1 is before"),
    (Annotations.of(np.array([5]), np.array([0], np.uint8)), "number 0 has code 0"),
    (Annotations.of(np.array([5]), np.array([59], np.uint8)), "number 0 has code 59"),
    (Annotations.of(np.array([5]), np.array([22], np.uint8), ("x" * 256,)), "256 bytes, at most 255"),
    (Annotations.of(np.array([5]), np.array([22, 1], np.uint8)), "1 samples but 2 codes"),
    (Annotations.of(np.array([5]), np.array([22], np.uint8), ("a", "b")), "1 samples but 2 texts"),
]


@pytest.mark.parametrize(("annotations", "want"), UNWRITABLE)
def test_what_cannot_be_written_is_refused(annotations: Annotations, want: str) -> None:
    with pytest.raises(RecordError, match=want):
        write_annotations(annotations)


def test_codes_and_symbols_are_one_to_one() -> None:
    assert len(CODES) == len(SYMBOLS) == 39
    assert {code: symbol for symbol, code in CODES.items()} == SYMBOLS


def test_thirty_days_of_beats_are_written_whole_arrays_at_a_time() -> None:
    beats = np.cumsum(np.full(3_000_000, 216, np.int64))
    began = time.process_time()
    data = write_annotations(Annotations.of(beats, np.ones(len(beats), np.uint8)))
    assert time.process_time() - began < 5
    assert len(data) == 2 * len(beats) + 2
