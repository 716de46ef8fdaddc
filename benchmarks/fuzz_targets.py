"""What is fuzzed: a target takes any bytes, gives them to the link, and checks what holds for all bytes.

A target raises ``AssertionError`` (or whatever escapes from the link) for a defect; a refusal is no defect.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from einthoven.base.errors import FrameError
from einthoven.base.instants import SECOND
from einthoven.base.layout import Layout
from einthoven.base.spans import SpanSet
from einthoven.link import batch, codec, frames, golden, identity, limits
from einthoven.link.blocks import FrameBatch
from einthoven.link.center_session import CenterSession, Known, State
from einthoven.link.effects import Block, Close, NeedIdentity, Send, Told
from einthoven.link.ledger import Ledger

NOW: Final = golden.NOW
PIECES_MAX: Final = 24
"""Messages in one input: enough to pass every limit on repeated mistakes."""


def fuzz_frame(data: bytes) -> None:
    """``frames.decode`` refuses by ``FrameError`` or gives a frame that encodes to the same bytes."""
    for message in (data, golden.summed(data) if len(data) >= limits.HEADER_BYTES else data):
        try:
            frame = frames.decode(message)
        except FrameError as error:
            known = error.reason in limits.REASONS[1:]
            assert known, f"reason {error.reason} is not in the table"  # noqa: PT017
        else:
            assert frames.encode(frame) == message, frame


def fuzz_codec(data: bytes) -> None:
    """``codec.decode`` refuses or gives samples that survive a round trip; verbatim bytes always do."""
    if len(data) < 3:
        return
    n, leads, payload = 1 + data[0] + data[1] * 16, 1 + data[2] % limits.MAX_LEADS, data[3:]
    for kind in (0, 1):
        try:
            samples = codec.decode(payload, n, leads, kind)
        except FrameError:
            continue
        assert samples.shape == (n, leads)
        for other in (0, 1):
            again = codec.decode(codec.encode(samples, other), n, leads, other)
            assert (again == samples).all()
        assert len(codec.encode(samples, 1)) <= leads + 2 * n * leads
    whole = len(payload) // (2 * leads) * 2 * leads
    if whole:
        block = np.frombuffer(payload[:whole], "<i2").reshape(-1, leads)[: limits.MAX_SAMPLES].copy()
        assert (codec.decode(codec.encode(block, 1), len(block), leads, 1) == block).all()


def pieces(data: bytes) -> list[bytes]:
    """Cut an input into messages: each begins with its length (16 bits) and how it is summed (a byte).

    An even byte puts the right checksum in, so that what lies behind the checksum is reached.
    """
    found: list[bytes] = []
    at = 0
    while at + 3 <= len(data) and len(found) < PIECES_MAX:
        length, how = struct.unpack_from("<HB", data, at)
        message = data[at + 3 : at + 3 + length]
        at += 3 + length
        if how % 2 == 0 and len(message) >= limits.HEADER_BYTES:
            message = golden.summed(message)
        found.append(message)
    return found


def joined(messages: list[bytes]) -> bytes:
    """The inverse of ``pieces``."""
    return b"".join(struct.pack("<HB", len(message), 0) + message for message in messages)


def fuzz_batch(data: bytes) -> None:
    """Many messages at once say of each what ``frames.decode`` and ``codec.decode`` say of it alone."""
    messages = pieces(data)
    if not messages:
        return
    buffer, offset, length = batch.join(messages)
    parsed = batch.parse(buffer, offset, length)
    good: list[frames.Samples] = []
    for row, message in enumerate(messages):
        try:
            frame: frames.Frame | None = frames.decode(message)
        except FrameError:
            frame = None
        assert (parsed.code[row] == 0) == isinstance(frame, frames.Samples), (row, parsed.code[row], frame)
        if isinstance(frame, frames.Samples):
            good.append(frame)
            told = (
                parsed.start[row],
                parsed.count[row],
                parsed.leads[row],
                parsed.lane[row],
                parsed.codec[row],
            )
            assert told == (frame.start, frame.count, frame.leads, frame.backlog, frame.codec)
    rows = np.flatnonzero(parsed.code == 0)
    if len(rows):
        _check_decoded(buffer, offset, length, parsed, rows, good)


def _check_decoded(
    buffer: np.ndarray,
    offset: np.ndarray,
    length: np.ndarray,
    parsed: batch.Parsed,
    rows: np.ndarray,
    good: list[frames.Samples],
) -> None:
    taken = FrameBatch(
        buffer,
        offset[rows],
        length[rows],
        np.arange(len(rows), dtype=np.int64),
        parsed.start[rows],
        parsed.count[rows],
        parsed.leads[rows],
        parsed.lane[rows],
        np.zeros(len(rows), np.int64),
    )
    samples, failed = batch.decode_checked(taken, stored=True)
    for row, frame in enumerate(good):
        try:
            want = codec.unpack(frame)
        except FrameError:
            assert row in failed
            continue
        assert row not in failed
        at = int(samples.offset[row])
        assert (samples.samples[at : at + want.size].reshape(want.shape) == want).all()


# ---- the center's session ------------------------------------------------------------------------------


def _known(ledger: Ledger, declared: bool) -> Known:
    layout = Layout(250.0, golden.LEADS)
    return Known(
        identity.public_key(golden.PRIVATE_KEY), layout, declared, 7 if declared else 0, None, True, ledger, 0
    )


def session_in(state: int, ledger: Ledger) -> CenterSession:
    """A session brought to a state: 0 HELLO … 3 STREAM, 4 CLOSED."""
    session = CenterSession(1, golden.CHALLENGE.nonce, golden.CENTER, NOW)
    session.open()
    if state == State.CLOSED:
        session.refuse(limits.Code.BUSY)
    if state in (State.LOOKUP, State.LAYOUT, State.STREAM):
        session.received(frames.encode(golden.HELLO), NOW)
    if state in (State.LAYOUT, State.STREAM):
        session.known(_known(ledger, declared=False), NOW)
    if state == State.STREAM:
        session.received(frames.encode(frames.LayoutFrame(250_000, golden.LEADS, 7)), NOW)
    assert session.state == state
    return session


def fuzz_session(data: bytes) -> None:
    """A session in any state takes any messages, never raises, and never lets a sample in twice."""
    if not data:
        return
    ledger = Ledger([(1_000, 1_250)])
    session = session_in(data[0] % 5, ledger)
    now, stored, event = NOW, SpanSet([(1_000, 1_250)]), 0
    for message in pieces(data[1:]):
        now += (len(message) % 7) * SECOND
        before, was = session.state, ledger.accepted.copy()
        effects = session.received(message, now)
        assert session.state >= before
        assert before != State.CLOSED or effects == []
        for effect in effects:
            if isinstance(effect, Send):
                frames.decode(effect.data)
            elif isinstance(effect, NeedIdentity):
                effects += session.known(_known(ledger, declared=False), now)
            elif isinstance(effect, Block):
                assert stored.missing(effect.start, effect.start + effect.count)[0].length == effect.count
                stored.add(effect.start, effect.start + effect.count)
                _check_block(effect)
            elif isinstance(effect, Told):
                event += 1
                assert effect.event.number == event
            elif isinstance(effect, Close):
                assert session.state == State.CLOSED
        assert ledger.accepted == stored, (was, ledger.accepted, stored)
        if session.streaming:
            assert ledger.accepted.stop <= session.ceiling
        session.tick(now)


def _check_block(block: Block) -> None:
    frame = frames.decode(block.message)
    assert isinstance(frame, frames.Samples)
    assert (frame.start, frame.count, frame.leads) == (block.start, block.count, block.leads)
    codec.unpack(frame)


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "frame": fuzz_frame,
    "codec": fuzz_codec,
    "batch": fuzz_batch,
    "session": fuzz_session,
}


def corpus(target: str) -> list[bytes]:
    """What fuzzing starts from: the golden frames, good and bad, shaped for the target."""
    good = [frames.encode(frame) for _, frame in golden.good()]
    bad = [raw for _, raw, _ in golden.bad()]
    if target == "frame":
        return good + bad
    if target == "codec":
        payloads = [
            (len(block), block.shape[1], codec.encode(block, int(kind)))
            for block, kind in ((block, kind) for _, block, kind in golden.payloads())
        ] + [(count, leads, raw) for _, raw, count, leads in golden.bad_payloads()]
        return [
            bytes([(n - 1) % 16, (n - 1) // 16, leads - 1]) + raw for n, leads, raw in payloads if n <= 4_096
        ]
    samples = [raw for raw in good + bad if len(raw) > 1 and raw[1] == limits.FrameType.SAMPLES]
    if target == "batch":
        return [joined([raw]) for raw in good + bad] + [joined(samples), joined(good)]
    return [bytes([state]) + joined(talk) for state in range(5) for talk in _talks(good, samples)]


def _talks(good: list[bytes], samples: list[bytes]) -> list[list[bytes]]:
    """What a transmitter may say after one another."""
    layout = frames.encode(frames.LayoutFrame(250_000, golden.LEADS, 7))
    hello = frames.encode(golden.HELLO)
    stream = [codec.pack(250 * index, golden.beat(250), index > 3) for index in (0, 1, 2, 3, 4, 3, 9, 5)]
    status = [frames.encode(frames.Status(number, 250 * number)) for number in (1, 2, 3, 3, 5)]
    mark = frames.encode(replace(frames.Mark(1, 5, "dizzy"), number=1))
    return [
        good,
        samples,
        [hello, layout, *stream, *status],
        stream + status,
        [layout, mark, *stream[4:]],
        [],
    ]
