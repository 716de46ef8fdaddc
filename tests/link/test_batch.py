"""Batches say of each frame what the slow path says, and decode and acknowledge the same."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import FrameError
from einthoven.base.spans import Span
from einthoven.link import batch, codec, frames
from einthoven.link.blocks import FrameBatch
from einthoven.link.limits import REASONS


def some_frames(seed: int, many: int = 6) -> list[bytes]:
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(many):
        shape = (int(rng.integers(1, 90)), int(rng.integers(1, 13)))
        block = np.cumsum(rng.integers(-40, 41, shape), axis=0).astype(np.int16)
        made.append(
            codec.pack(int(rng.integers(0, 2**39)), block, bool(rng.integers(2)), int(rng.integers(2)))
        )
    return made


def summed(message: bytes) -> bytes:
    return message[:4] + struct.pack("<I", frames.checksum(message)) + message[8:]


def batch_of(messages: list[bytes]) -> FrameBatch:
    data, offset, length = batch.join(messages)
    found = batch.parse(data, offset, length)
    rows = np.arange(len(messages), dtype=np.int64)
    return FrameBatch(data, offset, length, rows, found.start, found.count, found.leads, found.lane, rows)


@settings(deadline=None)
@given(st.binary(min_size=8, max_size=300), st.integers(0, 9))
def test_checksum_equals_zlib(frame: bytes, before: int) -> None:
    data = np.frombuffer(bytes(before) + frame + b"tail", np.uint8).copy()
    expected = zlib.crc32(frame[:4] + bytes(4) + frame[8:])
    assert int(batch.frame_crc(data, before, before + len(frame))) == expected == frames.checksum(frame)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_parse_agrees_with_decode(seed: int, data: st.DataObject) -> None:
    messages = some_frames(seed)
    for row, message in enumerate(messages):
        spoilt = bytearray(message)
        for _ in range(data.draw(st.integers(0, 2))):
            spoilt[data.draw(st.integers(0, min(len(spoilt), 30) - 1))] = data.draw(st.integers(0, 255))
        cut = bytes(spoilt[: data.draw(st.integers(0, len(spoilt)))] if data.draw(st.booleans()) else spoilt)
        messages[row] = summed(cut) if len(cut) >= 8 and data.draw(st.booleans()) else cut
    found = batch.parse(*batch.join(messages))
    for row, message in enumerate(messages):
        try:
            frame = frames.decode(message)
        except FrameError as error:
            reason = error.reason
            frame = None
        if not isinstance(frame, frames.Samples):
            expected = "type" if frame is not None or (len(message) >= 8 and message[1] != 5) else reason
            if message[:1] != b"\x01" and len(message) >= 8:
                expected = "version"
            assert REASONS[found.code[row]] == expected
            continue
        assert found.code[row] == 0
        seen = [
            int(column[row]) for column in (found.start, found.count, found.leads, found.lane, found.codec)
        ]
        assert seen == [frame.start, frame.count, frame.leads, int(frame.backlog), frame.codec]


def test_rows_outside_the_buffer_are_refused() -> None:
    data, _, length = batch.join(some_frames(1, 1))
    whole = int(length[0])
    offset = np.array([0, 1, -1, 2**40], np.int64)
    lengths = np.array([whole, whole, whole, 8], np.int64)
    assert list(batch.parse(data, offset, lengths).code) == [0, batch.SHORT, batch.SHORT, batch.SHORT]


def test_nothing_is_nothing() -> None:
    assert len(batch.parse(*batch.join([])).code) == 0
    samples, failed = batch.decode_checked(batch_of([]), True)
    assert len(samples) == 0
    assert len(failed) == 0


@settings(deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_batch_decodes_as_one_by_one(seed: int, stored: bool) -> None:
    messages = some_frames(seed)
    samples = batch.decode(batch_of(messages), stored)
    assert samples.stored is stored
    for row, message in enumerate(messages):
        frame = frames.decode(message)
        assert isinstance(frame, frames.Samples)
        at, size = int(samples.offset[row]), frame.count * frame.leads
        block = samples.samples[at : at + size].reshape(frame.count, frame.leads)
        assert np.array_equal(block, codec.unpack(frame))


def test_a_frame_that_does_not_decode_is_reported_and_empty() -> None:
    messages = some_frames(5, 3)
    good = codec.pack(0, np.zeros((40, 1), np.int16))
    messages[1] = summed(good[:24] + b"\x09" + good[25:])
    work = batch_of(messages)
    assert frames.decode(messages[1])
    samples, failed = batch.decode_checked(work, False)
    assert list(failed) == [1]
    assert samples.count[1] == 0
    assert work.count[1] == 40, "the frame batch itself is left alone"
    assert list(samples.count[[0, 2]]) == list(work.count[[0, 2]])


@pytest.mark.parametrize("events", [None, np.array([0, 7, 2**32 - 1], np.int64)])
def test_acks_are_ack_frames(events: np.ndarray | None) -> None:
    start = np.array([0, 250, 2**39], np.int64)
    stop = start + 250
    rows = batch.acks(start, stop, events)
    assert rows.shape == (3, batch.ACK_LEN)
    for row in range(3):
        last = 0 if events is None else int(events[row])
        expected = frames.Ack(last, (Span(int(start[row]), int(stop[row])),))
        assert frames.decode(rows[row].tobytes()) == expected
        assert frames.encode(expected) == rows[row].tobytes()
