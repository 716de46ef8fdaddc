"""The codec gives back every int16, in few bits, and never leaves its bounds."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from einthoven.base.errors import FrameError
from einthoven.link import codec
from einthoven.link.limits import Codec

SHAPES = st.tuples(st.integers(1, 120), st.integers(1, 12))
WILD = arrays(np.int16, SHAPES)


@st.composite
def waves(draw: st.DrawFn) -> np.ndarray:
    """Slow waves with jumps, holes and noise of a drawn size."""
    count, leads = draw(SHAPES)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    noise = rng.integers(-1, 2, (count, leads)) * draw(st.sampled_from([0, 1, 7, 300, 12_000]))
    walk = np.cumsum(rng.integers(-9, 10, (count, leads)), axis=0) + noise
    samples = np.clip(walk, -32768, 32767).astype(np.int16)
    samples[rng.random(count) < draw(st.sampled_from([0.0, 0.1, 0.9]))] = -32768
    return samples


def reference_decode(payload: bytes, count: int, leads: int) -> list[list[int]]:
    """The decoder as docs/wire.md tells it, bit by bit and slow."""
    at = 0
    columns = []
    for _ in range(leads):
        predictor = payload[at]
        if predictor == 0:
            raw = payload[at + 1 : at + 1 + 2 * count]
            columns.append(
                [int.from_bytes(raw[2 * i : 2 * i + 2], "little", signed=True) for i in range(count)]
            )
            at += 1 + 2 * count
            continue
        column = [int.from_bytes(payload[at + 1 : at + 3], "little", signed=True)]
        bit = (at + 3) * 8

        def take(n: int) -> int:
            nonlocal bit
            value = sum(((payload[(bit + i) // 8] >> ((bit + i) % 8)) & 1) << i for i in range(n))
            bit += n
            return value

        k = 0
        for index in range(count - 1):
            if index % 32 == 0:
                k = take(4)
            folded = 0
            if k != 15:
                zeros = 0
                while take(1) == 0:
                    zeros += 1
                folded = take(16) if zeros == 24 else (zeros << k) | take(k)
            x1, x2, x3 = [column[max(index - back, 0)] for back in range(3)]
            guess = {1: x1, 2: 2 * x1 - x2, 3: 3 * x1 - 3 * x2 + x3, 4: (3 * x1 - x2) >> 1}[predictor]
            residual = folded >> 1 if folded % 2 == 0 else -(folded + 1) // 2
            column.append((guess + residual + 32768) % 65536 - 32768)
        columns.append(column)
        at = (bit + 7) // 8
    assert at == len(payload)
    return [list(row) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("kind", list(Codec))
@settings(deadline=None)
@given(samples=st.one_of(WILD, waves()))
def test_every_sample_comes_back(kind: Codec, samples: np.ndarray) -> None:
    payload = codec.encode(samples, kind)
    count, leads = samples.shape
    assert len(payload) <= leads * (1 + 2 * count)
    assert np.array_equal(codec.decode(payload, count, leads, kind), samples)


@settings(max_examples=40, deadline=None)
@given(st.one_of(WILD, waves()))
def test_the_page_describes_what_is_written(samples: np.ndarray) -> None:
    assert reference_decode(codec.encode(samples), *samples.shape) == samples.tolist()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 60), st.integers(1, 4), st.sampled_from(Codec))
def test_garbage_decodes_to_something_or_is_refused(payload: bytes, n: int, leads: int, kind: Codec) -> None:
    with contextlib.suppress(FrameError):
        assert codec.decode(payload, n, leads, kind).shape == (n, leads)


@settings(max_examples=200, deadline=None)
@given(waves(), st.data())
def test_damage_stays_inside_its_own_stretch(samples: np.ndarray, data: st.DataObject) -> None:
    payload = bytearray(codec.encode(samples))
    for _ in range(3):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    count, leads = samples.shape
    guard = np.full(count * leads + 64, 77, np.int16)
    inside = np.frombuffer(b"\xff" * 16 + bytes(payload) + b"\xff" * 16, np.uint8).copy()
    codec.decode_into(inside, 16, len(payload), count, leads, 1, guard, 32)
    assert (guard[:32] == 77).all()
    assert (guard[-32:] == 77).all()


@settings(deadline=None)
@given(waves(), st.integers(1, 8))
def test_cut_or_lengthened_payload_is_refused(samples: np.ndarray, size: int) -> None:
    count, leads = samples.shape
    for kind in Codec:
        payload = codec.encode(samples, kind)
        for wrong in (payload[:-size], payload + bytes(size)):
            with pytest.raises(FrameError):
                codec.decode(wrong, count, leads, kind)


CHEAP = [
    ("a lead that is off", np.full((250, 2), -32768), 2 * 7),
    ("a flat lead", np.full((250, 1), 12), 7),
    ("a ramp", np.arange(250)[:, None] * 3, 7 + 30),
    ("lead off half way", np.where(np.arange(250)[:, None] < 125, 5, -32768), 7 + 20),
    ("one sample", np.array([[-32768, 32767]]), 6),
    ("noise is written as it is", np.random.default_rng(3).integers(-32768, 32768, (250, 1)), 501),
]


@pytest.mark.parametrize(("what", "samples", "most"), CHEAP, ids=[case[0] for case in CHEAP])
def test_size(what: str, samples: np.ndarray, most: int) -> None:
    assert len(codec.encode(samples.astype(np.int16))) <= most


def test_the_worked_example_of_the_page() -> None:
    samples = np.array([[100], [101], [103], [104], [104], [102], [99], [99]], np.int16)
    payload = codec.encode(samples)
    page = Path(__file__).parents[2] / "docs" / "wire.md"
    assert f"`{payload.hex(' ')}`" in page.read_text()
    assert reference_decode(payload, 8, 1) == samples.tolist()


WRONG = [
    np.zeros((0, 1), np.int16),
    np.zeros((1, 13), np.int16),
    np.zeros((4,), np.int16),
    np.zeros((4, 1), np.int32),
]


@pytest.mark.parametrize("samples", WRONG, ids=str)
def test_wrong_arrays_are_refused(samples: np.ndarray) -> None:
    with pytest.raises(FrameError):
        codec.encode(samples)


def test_unknown_codec_is_refused() -> None:
    with pytest.raises(FrameError):
        codec.encode(np.zeros((1, 1), np.int16), 2)
    with pytest.raises(FrameError):
        codec.decode(b"ab", 1, 1, 2)


def test_strided_input_is_the_same() -> None:
    wide = np.arange(600, dtype=np.int16).reshape(100, 6)
    assert codec.encode(wide[::2, 1:3]) == codec.encode(wide[::2, 1:3].copy())


@pytest.mark.records
def test_uplink_of_real_ecg_is_under_the_budget() -> None:
    wfdb = pytest.importorskip("wfdb")
    folder = Path(os.environ.get("EINTHOVEN_DATA", Path(__file__).parents[3] / "shared" / "data")) / "mitdb"
    if not folder.is_dir():
        pytest.skip("no records here")
    bits = []
    for name in ("100", "119", "203", "231"):
        signal = wfdb.rdrecord(str(folder / name), physical=False, sampto=360 * 120).d_signal
        at = np.arange(0, len(signal) - 1, 360 / 250)
        leads = [np.interp(at, np.arange(len(signal)), signal[:, lead]) for lead in range(2)]
        samples = np.rint(np.stack(leads, 1)).astype(np.int16)
        frames = [codec.pack(start, samples[start : start + 250]) for start in range(0, 29_000, 250)]
        bits.append(8 * float(np.mean([len(frame) for frame in frames])))
    assert max(bits) < 4_000, bits
    assert float(np.mean(bits)) < 2_800, bits
