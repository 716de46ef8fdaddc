"""Frames: what is written is read back, and nothing else is."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import FrameError
from einthoven.base.layout import Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.link import frames, limits
from einthoven.link.frames import decode, encode
from einthoven.link.limits import REASONS, Cause, Code, Severity

U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
TIME = st.integers(0, 2**63 - 1)
I64 = st.integers(-(2**63), 2**63 - 1)
INDEX = st.integers(0, limits.MAX_INDEX - 1)


def text(limit: int, low: int = 0) -> st.SearchStrategy[str]:
    return st.text(max_size=limit, min_size=low).filter(
        lambda word: (not word or word.isprintable()) and low <= len(word.encode("utf-8", "replace")) <= limit
    )


def spans() -> st.SearchStrategy[tuple[Span, ...]]:
    pair = st.tuples(INDEX, st.integers(1, 1000))
    return st.lists(pair, max_size=20).map(
        lambda pairs: tuple(SpanSet((at, min(at + size, limits.MAX_INDEX)) for at, size in pairs))
    )


LEAD = st.builds(
    Lead,
    name=text(24, 1),
    gain=st.floats(0.001, 1e6),
    baseline=st.integers(-(2**31) + 1, 2**31 - 1),
    resolution=st.integers(8, 16),
    adc_zero=st.integers(-(2**31) + 1, 2**31 - 1),
    units=text(16, 1),
)
LAYOUT = st.builds(
    frames.LayoutFrame,
    rate_mhz=st.integers(100_000, 1_000_000),
    leads=st.lists(LEAD, min_size=1, max_size=12, unique_by=lambda lead: lead.name).map(tuple),
    recording=st.integers(1, 2**64 - 1),
    recorded=st.just(True),
    origin=TIME,
    codecs=st.integers(1, 3),
)


@st.composite
def plain_samples(draw: st.DrawFn) -> frames.Samples:
    count, leads = draw(st.integers(1, 40)), draw(st.integers(1, 12))
    payload = draw(st.binary(min_size=2 * count * leads, max_size=2 * count * leads))
    return frames.Samples(draw(INDEX) // 2, count, leads, payload, 0, draw(st.booleans()))


KEY = st.binary(min_size=32, max_size=32)
NUMBER = st.integers(1, 2**32 - 1)
FRAMES = st.one_of(
    st.builds(frames.Challenge, KEY, TIME, KEY),
    st.builds(
        frames.Hello,
        stream=NUMBER,
        transmitter=text(64, 1),
        nonce=KEY,
        signature=st.binary(min_size=64, max_size=64),
        firmware=text(64),
        protocol=st.just(1),
    ),
    st.builds(
        frames.Welcome,
        U64,
        TIME,
        st.integers(24, 65536),
        st.integers(1, 10_000),
        U32,
        U32,
        spans(),
        st.booleans(),
    ),
    LAYOUT,
    LAYOUT.map(lambda frame: replace(frame, recorded=False, origin=0)),
    plain_samples(),
    st.builds(frames.Ack, U32, spans()),
    st.builds(frames.Mark, NUMBER, INDEX, text(32), st.sampled_from(Severity), text(200), text(200)),
    st.builds(
        frames.Status,
        NUMBER,
        INDEX,
        I64,
        st.none() | st.integers(0, 100),
        st.integers(0, 4095),
        st.lists(st.integers(0, 3), max_size=12).map(tuple),
        st.none() | st.integers(-127, 0),
        st.none() | st.integers(0, 100),
    ),
    st.builds(lambda n, at, size, why: frames.Hole(n, at, at + size, why), NUMBER, st.integers(0, 2**39),
              st.integers(1, 2**38), st.sampled_from(Cause)),
    st.builds(frames.ClockQuery, U32, TIME),
    st.builds(frames.ClockReply, U32, TIME, st.floats(0, 2**40), I64),
    st.builds(frames.Credit, U32, st.booleans()),
    st.builds(frames.Refuse, st.sampled_from(Code), text(200)),
    st.builds(frames.Goodbye, st.sampled_from(Code), text(200)),
)  # fmt: skip


def signed(message: bytes) -> bytes:
    """The message with a checksum that fits it."""
    return message[:4] + struct.pack("<I", frames.checksum(message)) + message[8:]


def reason_of(message: bytes) -> str:
    with pytest.raises(FrameError) as caught:
        decode(message)
    assert caught.value.reason in REASONS[1:]
    return caught.value.reason


@given(FRAMES)
def test_what_is_written_is_read_back(frame: frames.Frame) -> None:
    message = encode(frame)
    assert len(message) <= limits.MAX_FRAME_BYTES
    assert decode(message) == frame


@given(FRAMES, st.data())
def test_a_frame_cut_short_is_refused(frame: frames.Frame, data: st.DataObject) -> None:
    message = encode(frame)
    cut = data.draw(st.integers(0, len(message) - 1))
    assert reason_of(message[:cut]) in ("short", "crc")
    if cut >= 8:
        reason_of(signed(message[:cut]))


@given(FRAMES, st.binary(min_size=1, max_size=9))
def test_trailing_bytes_are_refused(frame: frames.Frame, more: bytes) -> None:
    reason_of(encode(frame) + more)
    reason_of(signed(encode(frame) + more))


@given(FRAMES, st.data())
def test_one_flipped_bit_is_never_taken(frame: frames.Frame, data: st.DataObject) -> None:
    message = bytearray(encode(frame))
    bit = data.draw(st.integers(0, 8 * len(message) - 1))
    message[bit // 8] ^= 1 << (bit % 8)
    reason_of(bytes(message))


@settings(max_examples=200)
@given(FRAMES, st.data())
def test_a_well_summed_mutation_is_another_frame_or_refused(frame: frames.Frame, data: st.DataObject) -> None:
    message = bytearray(encode(frame))
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    mutated = signed(bytes(message))
    with contextlib.suppress(FrameError):
        assert encode(decode(mutated)) == mutated


@given(st.binary(max_size=400))
def test_garbage_is_refused(message: bytes) -> None:
    for candidate in (message, signed(b"\x01" + message) if len(message) > 8 else message):
        with contextlib.suppress(FrameError):
            assert encode(decode(candidate)) == candidate


def test_claimed_sizes_allocate_nothing() -> None:
    ack = encode(frames.Ack(1))
    claims = signed(ack[:12] + struct.pack("<HH", 256, 0))
    samples = ONE
    huge = signed(samples[:16] + struct.pack("<I", 2**32 - 1) + samples[20:])
    tracemalloc.start()
    assert reason_of(claims) == "short"
    assert reason_of(huge) == "count"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


ONE = encode(frames.Samples(0, 1, 1, b"ab"))
LEADS = (Lead("II"),)
GOOD = frames.LayoutFrame(250_000, LEADS, 1)
REFUSED = [
    ("short", b""),
    ("short", b"\x01\x05\x00\x00\x00\x00\x00"),
    ("long", bytes(limits.MAX_FRAME_BYTES + 1)),
    ("version", b"\x02" + encode(frames.Goodbye())[1:]),
    ("type", b"\x01\x00" + bytes(6)),
    ("type", b"\x01\x0d" + bytes(6)),
    ("crc", encode(frames.Goodbye())[:-1] + b"\x01"),
    ("flags", signed(b"\x01\x0c\x01" + encode(frames.Goodbye())[3:])),
    ("flags", signed(b"\x01\x05\x02" + ONE[3:])),
    ("reserved", signed(b"\x01\x0c\x00\x01" + encode(frames.Goodbye())[4:])),
    ("reserved", signed(ONE[:21] + b"\x01\x00\x00ab")),
    ("count", signed(ONE[:16] + struct.pack("<IBBH", 0, 1, 0, 0))),
    ("leads", signed(ONE[:20] + b"\x0d\x00\x00\x00ab")),
    ("leads", signed(ONE[:20] + b"\x00\x00\x00\x00ab")),
    ("index", signed(ONE[:8] + struct.pack("<QIBBH", 2**40, 1, 1, 0, 0) + b"ab")),
    ("index", signed(ONE[:8] + struct.pack("<QIBBH", 2**64 - 1, 1, 1, 0, 0) + b"ab")),
    ("codec", signed(b"\x01\x05\x00\x02" + ONE[4:])),
    ("payload", signed(ONE + b"c")),
    ("payload", signed(b"\x01\x05\x00\x01" + ONE[4:])),
    ("text", signed(encode(frames.Refuse(Code.FUTURE, "a"))[:-1] + b"\xff")),
    ("text", signed(encode(frames.Refuse(Code.FUTURE, "a"))[:-1] + b"\n")),
    ("value", signed(encode(frames.Refuse(Code.FUTURE, ""))[:8] + struct.pack("<HB", 999, 0))),
    ("value", signed(encode(frames.ClockReply(1, 2, 3.0, 4))[:24] + struct.pack("<dq", float("nan"), 4))),
    ("value", signed(encode(frames.ClockReply(1, 2, 3.0, 4))[:24] + struct.pack("<dq", float("inf"), 4))),
    ("value", signed(encode(frames.ClockReply(1, 2, 3.0, 4))[:24] + struct.pack("<dq", -0.5, 4))),
    ("value", signed(encode(frames.ClockQuery(1, 2))[:16] + struct.pack("<q", -1))),
    ("value", signed(encode(frames.Hole(1, 5, 6))[:-9] + struct.pack("<QB", 5, 1))),
    ("spans", signed(encode(frames.Ack(1))[:12] + struct.pack("<HHQQ", 1, 0, 5, 5))),
    ("spans", signed(encode(frames.Ack(1))[:12] + struct.pack("<HHQQQQ", 2, 0, 0, 5, 5, 6))),
    ("spans", signed(encode(frames.Ack(1))[:12] + struct.pack("<HH", 257, 0))),
    ("layout", signed(encode(GOOD)[:8] + struct.pack("<I", 99_000) + encode(GOOD)[12:])),
    ("value", signed(encode(GOOD)[:12] + b"\x0d" + encode(GOOD)[13:])),
    ("value", signed(encode(GOOD)[:32] + struct.pack("<d", float("nan")) + encode(GOOD)[40:])),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "message"), REFUSED)
def test_refused_for(reason: str, message: bytes) -> None:
    assert reason_of(message) == reason


UNWRITABLE = [
    frames.Challenge(b"", 0, bytes(32)),
    frames.Hello(0, "T", bytes(32), bytes(64)),
    frames.Hello(1, "", bytes(32), bytes(64)),
    frames.Hello(1, "T" * 65, bytes(32), bytes(64)),
    frames.Hello(1, "\ud800", bytes(32), bytes(64)),
    frames.Welcome(1, 1, 70_000, 1, 1, 1),
    frames.Welcome(1, 1, 65_536, 1, 1, 1, tuple(Span(2 * at, 2 * at + 1) for at in range(257))),
    frames.LayoutFrame(250_000, LEADS, 0),
    frames.LayoutFrame(250_000, LEADS, 1, False, 5),
    frames.LayoutFrame(250_000, (Lead("II"), Lead("II")), 1),
    frames.LayoutFrame(250_000, (), 1),
    frames.LayoutFrame(250_000, (Lead("II", float("nan")),), 1),
    frames.Samples(0, 10_001, 1, bytes(20_002)),
    frames.Samples(0, 4_000, 12, bytes(96_000)),
    frames.Samples(-1, 1, 1, b"ab"),
    frames.Ack(-1),
    frames.Mark(0, 0, ""),
    frames.Mark(1, 0, "x" * 33),
    frames.Hole(1, 5, 5),
    frames.Status(1, 1, battery=101),
    frames.Status(1, 1, quality=(4,)),
    frames.ClockReply(1, 1, float("nan"), 0),
    frames.Credit(2**32),
    frames.Refuse(77),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("frame", UNWRITABLE, ids=lambda frame: type(frame).__name__)
def test_a_value_that_does_not_fit_is_not_written(frame: frames.Frame) -> None:
    with pytest.raises(FrameError):
        encode(frame)


def test_every_type_has_a_frame() -> None:
    written = {kind for kind, _ in frames.WRITERS.values()}
    assert written == set(limits.FrameType)
    assert set(frames.READERS) == set(limits.FrameType) - {limits.FrameType.SAMPLES}
    assert all(fields(kind) for kind in frames.WRITERS)


def test_the_longest_frame_holds_the_most_spans() -> None:
    many = tuple(Span(2 * at, 2 * at + 1) for at in range(256))
    assert decode(encode(frames.Ack(7, many))) == frames.Ack(7, many)
