"""Signal bytes; the wfdb package is the judge."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.interop.judge import wfdb

from einthoven.base.errors import RecordError
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.interop.wfdb import (
    INVALID,
    byte_length,
    checksum,
    decode,
    encode,
    integrate,
    narrow,
    value_count,
)

PLAIN = (16, 24, 32, 61, 80, 160, 212, 310, 311)


def judged(fmt: int, data: bytes, rows: int, signals: int) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "r.dat").write_bytes(data)
        lines = [f"r {signals} 250 {rows}"] + [f"r.dat {fmt} 200 16 0 0 0 0 s{i}" for i in range(signals)]
        (Path(folder) / "r.hea").write_text("\n".join(lines) + "\n")
        return np.asarray(wfdb.rdrecord(f"{folder}/r", physical=False).d_signal)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(PLAIN), st.integers(1, 40), st.integers(1, 4))
def test_any_bytes_decode_as_wfdb_decodes_them(
    draw: st.DataObject, fmt: int, triples: int, signals: int
) -> None:
    rows = triples * 6  # whole groups of every format: at odd ends wfdb and its own manual disagree
    size = byte_length(fmt, rows * signals)
    data = draw.draw(st.binary(min_size=size, max_size=size))
    if fmt == 311:  # two bits of each word are spare, and wfdb expects them to be 0
        data = bytes(byte & 0x3F if at % 4 == 3 else byte for at, byte in enumerate(data))
    ours = decode(fmt, data, rows * signals, "r.dat").reshape(rows, signals)
    assert np.array_equal(ours, judged(fmt, data, rows, signals))


GOLDEN = [
    (212, b"\xff\x0f\x01", [-1, 1]),
    (212, b"\x00\x87\xff", [1792, -1793]),
    (212, b"\x34\x02", [0x234]),
    (310, b"\x02\x00\x04\x00", [1, 2, 0]),
    (310, b"\x00\x08\x00\x80", [0, 0, 1 + (16 << 5) - 1024]),
    (311, b"\x01\x08\x30\x00", [1, 2, 3]),
    (80, b"\x00\x80\xff", [-128, 0, 127]),
    (61, b"\xff\xfe\x01\x00", [-2, 256]),
    (160, b"\x00\x80\x00\x00", [0, -32768]),
    (24, b"\xff\xff\xff\x00\x00\x80", [-1, -(2**23)]),
    (32, b"\x00\x00\x00\x80", [-(2**31)]),
    (16, b"\xfe\xff", [-2]),
    (8, b"\xff\x05", [-1, 5]),
]


@pytest.mark.parametrize(("fmt", "data", "want"), GOLDEN)
def test_bytes_of_the_manual(fmt: int, data: bytes, want: list[int]) -> None:
    assert decode(fmt, data, len(want), "r.dat").tolist() == want
    assert value_count(fmt, len(data)) == len(want)
    with pytest.raises(RecordError, match=r"r\.dat: \d+ bytes of samples where \d+ are needed"):
        decode(fmt, data[:-1], len(want), "r.dat")


@pytest.mark.parametrize("fmt", [8, *PLAIN])
@pytest.mark.parametrize("values", range(8))
def test_length_and_count_agree(fmt: int, values: int) -> None:
    size = byte_length(fmt, values)
    assert value_count(fmt, size) >= values
    if values:
        assert value_count(fmt, size - 1) < values


samples16 = arrays(np.int16, st.tuples(st.integers(0, 50), st.integers(1, 3)))
samples12 = arrays(
    np.int16,
    st.tuples(st.integers(0, 50), st.integers(1, 3)),
    elements=st.integers(-2047, 2047) | st.just(INVALID_SAMPLE),
)


@settings(max_examples=100, deadline=None)
@given(samples16)
def test_format_16_round_trip(samples: np.ndarray) -> None:
    data = encode(16, samples, "x")
    assert np.array_equal(narrow(decode(16, data, samples.size, "x"), 16, "x", "s"), samples.reshape(-1))


@settings(max_examples=100, deadline=None)
@given(samples12)
def test_format_212_round_trip(samples: np.ndarray) -> None:
    data = encode(212, samples, "x")
    assert len(data) == byte_length(212, samples.size)
    assert np.array_equal(narrow(decode(212, data, samples.size, "x"), 212, "x", "s"), samples.reshape(-1))


@settings(max_examples=20, deadline=None)
@given(samples12.filter(lambda samples: samples.size > 0))
def test_what_we_encode_wfdb_reads(samples: np.ndarray) -> None:
    rows, signals = samples.shape
    for fmt in (16, 212):
        read = judged(fmt, encode(fmt, samples, "x"), rows, signals)
        assert np.array_equal(np.where(read == INVALID[fmt], INVALID_SAMPLE, read), samples)


@pytest.mark.parametrize("value", [2048, -2048, 32767, -32767])
def test_format_212_refuses_what_does_not_fit(value: int) -> None:
    with pytest.raises(RecordError, match="12 bits"):
        encode(212, np.array([[value]], np.int16), "rec")


def test_only_16_and_212_are_written() -> None:
    with pytest.raises(RecordError, match="format 310 is not written"):
        encode(310, np.zeros((1, 1), np.int16), "rec")


@pytest.mark.parametrize(("fmt", "value"), [(32, 32768), (32, -32768), (24, -40000), (524, 70000)])
def test_more_than_16_bits_is_refused_by_name(fmt: int, value: int) -> None:
    with pytest.raises(RecordError, match=rf"r\.dat: signal II: sample 1 is {value}, outside the 16 bits"):
        narrow(np.array([0, value], np.int32), fmt, "r.dat", "II")


def test_flac_is_not_plain_bytes() -> None:
    with pytest.raises(RecordError, match="format 516 cannot be read from plain bytes"):
        decode(516, b"fLaC", 1, "r.dat")


def test_differences_add_up_from_the_initial_value() -> None:
    steps = np.array([[0, 0], [1, -1], [127, -128]], np.int32)
    assert integrate(steps, [10, 20]).tolist() == [[10, 20], [11, 19], [138, -109]]


@settings(max_examples=50, deadline=None)
@given(samples16)
def test_checksum_is_a_signed_16_bit_sum(samples: np.ndarray) -> None:
    want = [int(np.int16(np.uint16(int(column.sum(dtype=np.int64)) & 0xFFFF))) for column in samples.T]
    assert checksum(samples).tolist() == want
