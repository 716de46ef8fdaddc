"""Conformance of the store of samples: builders of batches, and the suites of ``BlockStore`` and
``SampleReader``.

An adapter's test hands in what it built and calls the checks; each raises ``AssertionError`` naming what
differs.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, NotFoundError, StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import SpanSet
from einthoven.center.ports import BlockStore, SampleReader
from einthoven.link.blocks import FrameBatch

I16 = NDArray[np.int16]


def signal(stream: StreamId, start: int, stop: int, leads: int = 2) -> I16:
    """Samples ``[start, stop)`` of a made-up ECG of a stream, int16[n, leads]: a function of the index
    alone.
    """
    index = np.arange(start, stop, dtype=np.int64)[:, None]
    lead = np.arange(leads, dtype=np.int64)[None, :]
    phase = 0.05 * (index + 40 * lead + stream)
    wave: NDArray[np.float64] = 300 * np.sin(phase) + 900 * ((index + stream) % 250 < 6)
    noise = (index * 2654435761 + lead * 40503 + stream * 97) >> 7 & 7
    samples: I16 = (wave + noise).astype(np.int16)
    return samples


def plain_frame(start: int, samples: I16, backlog: bool = False) -> bytes:
    """A SAMPLES frame of the link with codec 0."""
    n, leads = map(int, samples.shape)
    head = bytes([1, 5, int(backlog), 0])
    body = start.to_bytes(8, "little") + n.to_bytes(4, "little") + bytes([leads, 0, 0, 0])
    body += bytes(samples.astype("<i2").tobytes())
    crc = zlib.crc32(head + bytes(4) + body)
    return head + crc.to_bytes(4, "little") + body


Block = tuple[StreamId, int, int]
"""Stream, start, stop."""


def batch_of(
    blocks: Iterable[Block],
    received: Instant = 0,
    backlog: bool = False,
    leads: int = 2,
    make: Callable[[StreamId, int, int, int], I16] = signal,
) -> FrameBatch:
    """A batch of ``signal`` samples, one frame a block."""
    rows = list(blocks)
    frames = [plain_frame(start, make(stream, start, stop, leads), backlog) for stream, start, stop in rows]
    length = np.array([len(frame) for frame in frames], np.int64)
    table = np.array(rows, np.int64).reshape(-1, 3)
    return FrameBatch(
        data=np.frombuffer(b"".join(frames), np.uint8),
        offset=np.cumsum(length) - length,
        length=length,
        stream=table[:, 0].copy(),
        start=table[:, 1].copy(),
        count=table[:, 2] - table[:, 1],
        leads=np.full(len(rows), leads, np.int64),
        lane=np.full(len(rows), int(backlog), np.int64),
        received=np.full(len(rows), received, np.int64),
    )


def seconds(stream: StreamId, first: int, last: int, rate: int = 250) -> list[Block]:
    """One-second blocks of a stream for seconds ``[first, last)``."""
    return [(stream, rate * second, rate * (second + 1)) for second in range(first, last)]


class Shop(Protocol):
    """What the suites are run on: a store, its reader, and a way to get answers delivered."""

    store: BlockStore
    reader: SampleReader

    def settle(self) -> None:
        """Return when every submitted batch was answered."""
        ...


def check_block_store(shop: Shop) -> None:
    """``BlockStore``: each batch is answered once, in order, and what was answered as durable is readable."""
    answers: list[tuple[int, StoreError | None]] = []
    batches = [batch_of(seconds(7, 4 * turn, 4 * turn + 4), turn * SECOND) for turn in range(5)]
    known = {id(batch): turn for turn, batch in enumerate(batches)}
    for batch in batches:
        shop.store.submit(batch, lambda done, error: answers.append((known[id(done)], error)))
    shop.settle()
    assert answers == [(turn, None) for turn in range(5)]
    assert list(shop.reader.stored(7)) == [(0, 5000)]
    shop.store.submit(batch_of([]), lambda done, error: answers.append((len(done), error)))
    shop.settle()
    assert answers[5:] == [(0, None)]


def check_window(reader: SampleReader, stream: StreamId, start: int, stop: int, stored: SpanSet) -> None:
    """One window holds ``signal`` where it is stored and ``INVALID_SAMPLE`` elsewhere, and says which is
    which.
    """
    window = reader.read(stream, start, stop)
    assert window.start == start
    assert window.samples.dtype == np.int16
    wanted = np.full((stop - start, window.samples.shape[1]), INVALID_SAMPLE, np.int16)
    for low, high in stored.within(start, stop):
        wanted[low - start : high - start] = signal(stream, low, high, wanted.shape[1])
    np.testing.assert_array_equal(window.samples, wanted)
    assert window.present == stored.within(start, stop)


def check_sample_reader(
    reader: SampleReader,
    stored: dict[StreamId, SpanSet],
    windows: Sequence[tuple[int, int]] = ((0, 1), (100, 260), (0, 4000), (900, 3100)),
) -> None:
    """``SampleReader`` over streams of two leads that hold ``signal`` in exactly these spans."""
    assert reader.streams() == sorted(stored)
    for stream, spans in stored.items():
        assert reader.stored(stream) == spans
        for start, stop in [*windows, (spans.start, spans.stop)]:
            check_window(reader, stream, start, stop, spans)
        _check_envelope(reader, stream, spans)
    absent = max(stored, default=0) + 1000
    assert not reader.stored(absent)
    _refuses(NotFoundError, lambda: reader.read(absent, 0, 10))
    for start, stop in ((10, 10), (20, 10), (-5, 5)):
        _refuses(InputError, partial(reader.read, min(stored), start, stop))


def _check_envelope(reader: SampleReader, stream: StreamId, spans: SpanSet) -> None:
    """Lows, highs and coverage of an envelope are those of its bins' samples, at any width."""
    for start, stop, bins in ((0, spans.stop, 4), (0, spans.stop, 64), (spans.start, spans.stop, 1)):
        envelope = reader.envelope(stream, start, stop, bins)
        size, count = envelope.bin_samples, len(envelope.coverage)
        assert envelope.start <= start
        assert stop <= envelope.start + count * size
        assert count <= 2 * bins + 2
        for row in range(count):
            first = envelope.start + row * size
            pieces = [signal(stream, *span) for span in spans.within(first, first + size)]
            stored = sum(len(piece) for piece in pieces)
            np.testing.assert_allclose(envelope.coverage[row], stored / size, rtol=1e-6)
            if pieces:
                joined = np.concatenate(pieces)
                assert envelope.low[row].tolist() == joined.min(axis=0).tolist()
                assert envelope.high[row].tolist() == joined.max(axis=0).tolist()
            else:
                assert (envelope.low[row] > envelope.high[row]).all()


def _refuses(kind: type[Exception], call: Callable[[], object]) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"want {kind.__name__}")
