"""What a transmitter sends next: live samples first, the backlog beside them in what bandwidth is left (R2).

Pure bookkeeping over sample indices; outlives connections. A sample is in exactly one of five places: durable
at the center, declared a hole, in flight, due in the live lane, or in the backlog. Nothing leaves the spool
before it is durable or a hole.

The backlog is held back three ways, so that it never delays a live frame by more than about a second: by the
center's window, by the bytes still in the connection's write buffer, and by a window of the transmitter's own
that halves when an acknowledgement takes longer than ``SLOW`` and grows while it takes less than ``QUICK``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from einthoven.base.errors import OursError
from einthoven.base.instants import MILLISECOND, SECOND, Duration, Instant
from einthoven.base.spans import Span, SpanSet
from einthoven.link.limits import MAX_FRAME_BYTES, MAX_SAMPLES, SAMPLES_HEADER_BYTES

SLOW: Final[Duration] = 800 * MILLISECOND
"""A backlog frame acknowledged later than this: the link queues; the own window is halved."""
QUICK: Final[Duration] = 500 * MILLISECOND
"""A backlog frame acknowledged sooner than this: the own window grows by what was acknowledged."""
BUFFER_BYTES: Final = 4096
"""Default bound on the write buffer: no backlog frame is added while more than this waits there."""
LIVE_KEEP: Final = 4
"""Live frames kept for the live lane after a stall; what is older goes by the backlog lane, so that the
newest samples are seen first."""
RECONNECT_FIRST: Final[Duration] = SECOND
RECONNECT_MAX: Final[Duration] = 60 * SECOND


class Chunk(NamedTuple):
    """Samples ``[start, stop)`` to send as one frame now, in the backlog lane or the live one."""

    start: int
    stop: int
    backlog: bool


class _Sent(NamedTuple):
    start: int
    stop: int
    at: Instant


class Lanes:
    """The send schedule of one stream.

    Args:
        live: samples per live frame, one second's worth as a rule.
        backlog: most samples per backlog frame, ten seconds' worth as a rule, within the center's limits.
        acquired: samples ``[0, acquired)`` exist already.
        durable: what an earlier run knows to be durable.
        buffer_bytes: no backlog frame is sent while more than this waits in the write buffer.

    Attributes:
        durable: samples known to be durable at the center; the spool may drop them.
        holes: samples declared never to come.
    """

    __slots__ = (
        "_acquired",
        "_backlog",
        "_backlog_flight",
        "_backlog_samples",
        "_backlog_size",
        "_buffer_bytes",
        "_connected",
        "_credit",
        "_live_at",
        "_live_samples",
        "_live_size",
        "_own",
        "_sent",
        "durable",
        "holes",
    )

    def __init__(
        self,
        live: int,
        backlog: int,
        acquired: int = 0,
        durable: Iterable[tuple[int, int]] = (),
        buffer_bytes: int = BUFFER_BYTES,
    ) -> None:
        if not 0 < live <= backlog:
            raise OursError(f"live frames of {live} samples, backlog frames of {backlog}")
        self._live_samples = self._live_size = live
        self._backlog_samples = self._backlog_size = backlog
        self._buffer_bytes = buffer_bytes
        self._acquired = acquired
        self._live_at = acquired
        self._connected = False
        self._credit = 0
        self._own = 2 * live
        self._backlog_flight = 0
        self._sent: deque[_Sent] = deque()
        self.durable = SpanSet(durable)
        self.holes = SpanSet()
        self._backlog = SpanSet()
        self._rebuild()

    @property
    def acquired(self) -> int:
        """One past the newest sample acquired."""
        return self._acquired

    @property
    def unacknowledged(self) -> int:
        """Samples not yet durable and not holes: what the spool must keep."""
        return sum(span.length for span in self._wanted(0, self._acquired))

    @property
    def waiting(self) -> int:
        """Samples in the backlog, not in flight."""
        return self._backlog.total

    @property
    def in_flight(self) -> int:
        """Backlog samples sent and unacknowledged on this connection; live ones not counted."""
        return self._backlog_flight

    @property
    def done(self) -> bool:
        """Whether every acquired sample is durable or a hole."""
        return self.unacknowledged == 0

    def acquire(self, stop: int) -> None:
        """Samples up to ``stop`` are on the transmitter's own disk now."""
        if stop < self._acquired:
            raise OursError(f"acquired went back from {self._acquired} to {stop}")
        if not self._connected:
            self._backlog.add(self._acquired, stop)
            self._live_at = stop
        self._acquired = stop

    def hole(self, start: int, stop: int) -> None:
        """Samples ``[start, stop)`` were never recorded; ``stop`` may lie beyond what is acquired so far."""
        self.holes.add(start, stop)
        self._backlog.remove(start, stop)
        if stop > self._acquired:
            self.acquire(stop)
            self._backlog.remove(start, stop)

    def connected(self, durable: Iterable[tuple[int, int]], window: int, most: int = MAX_SAMPLES) -> None:
        """A new connection is welcomed.

        Args:
            durable: what the center holds already.
            window: its backlog window, samples.
            most: samples per lead that fit one frame (``most_samples``); longer frames are cut down to it.
        """
        self._live_size = min(self._live_samples, most)
        self._backlog_size = min(self._backlog_samples, most)
        for start, stop in durable:
            self.durable.add(start, stop)
        self._connected = True
        self._credit = window
        self._own = 2 * self._live_size
        self._forget_flight()

    def disconnected(self) -> None:
        """The connection is gone: whatever is unacknowledged becomes backlog."""
        self._connected = False
        self._forget_flight()

    def credit(self, window: int, resend: bool) -> None:
        """CREDIT came: the new window; ``resend`` puts what is in flight back into the backlog."""
        self._credit = window
        if resend:
            live_at = self._live_at
            self._forget_flight()
            self._backlog.remove(live_at, self._acquired)
            self._live_at = live_at

    def acked(self, spans: Iterable[tuple[int, int]], now: Instant) -> None:
        """ACK came: these samples are durable."""
        for start, stop in spans:
            self.durable.add(start, stop)
            self._backlog.remove(start, stop)
        while self._sent and self.durable.covers(self._sent[0].start, self._sent[0].stop):
            sent = self._sent.popleft()
            self._backlog_flight -= sent.stop - sent.start
            self._adapt(sent.stop - sent.start, now - sent.at)

    def next(self, now: Instant, buffered: int) -> list[Chunk]:
        """The frames to send now, in order; call again until it is empty. What it returns counts as sent.

        Args:
            now: any clock that does not step, ns.
            buffered: bytes waiting in the connection's write buffer.
        """
        if not self._connected:
            return []
        chunks = self._live_chunks(buffered)
        if not chunks and buffered <= self._buffer_bytes:
            chunk = self._backlog_chunk(now)
            if chunk is not None:
                chunks.append(chunk)
        return chunks

    def flush(self) -> list[Chunk]:
        """The last, short live frame: acquisition is over, or is pausing."""
        if not self._connected:
            return []
        chunks = self._live_chunks(0)
        chunks.extend(Chunk(*span, False) for span in self._wanted(self._live_at, self._acquired))
        self._live_at = self._acquired
        return chunks

    def _live_chunks(self, buffered: int) -> list[Chunk]:
        """Whole live frames due; when the link stalls they wait, and all but the newest become backlog."""
        size = self._live_size
        due = (self._acquired - self._live_at) // size
        if due > LIVE_KEEP:
            late = self._live_at + (due - LIVE_KEEP) * size
            for span in self._wanted(self._live_at, late):
                self._backlog.add(*span)
            self._live_at = late
            due = LIVE_KEEP
        if buffered > 4 * self._buffer_bytes:
            return []
        chunks: list[Chunk] = []
        for _ in range(due):
            stop = self._live_at + size
            chunks.extend(Chunk(*span, False) for span in self._wanted(self._live_at, stop))
            self._live_at = stop
        return chunks

    def _backlog_chunk(self, now: Instant) -> Chunk | None:
        room = min(self._credit, self._own) - self.in_flight
        first = next(iter(self._backlog), None)
        if first is None or room <= 0:
            return None
        size = min(self._backlog_size, max(self._own // 2, self._live_size), first.length)
        if size > room:
            if self._sent or self._credit < self._live_size:
                return None
            size = min(size, self._credit)
        stop = first.start + size
        self._backlog.remove(first.start, stop)
        self._backlog_flight += size
        self._sent.append(_Sent(first.start, stop, now))
        return Chunk(first.start, stop, True)

    def _adapt(self, samples: int, took: Duration) -> None:
        if took > SLOW:
            self._own = max(self._own // 2, self._live_size)
        elif took < QUICK:
            self._own = min(self._own + samples, max(self._credit, self._backlog_size))

    def _forget_flight(self) -> None:
        self._backlog_flight = 0
        self._sent.clear()
        self._rebuild()

    def _rebuild(self) -> None:
        self._live_at = self._acquired
        self._backlog = SpanSet(self._wanted(0, self._acquired))

    def _wanted(self, start: int, stop: int) -> list[Span]:
        """The parts of ``[start, stop)`` that are neither durable nor holes."""
        return [
            span
            for part in self.durable.missing(start, stop)
            for span in self.holes.missing(part[0], part[1])
        ]


def most_samples(leads: int, max_samples: int = MAX_SAMPLES, max_bytes: int = MAX_FRAME_BYTES) -> int:
    """Samples per lead that fit one frame, coded or not, within the limits of a WELCOME."""
    return min(max_samples, ((max_bytes - SAMPLES_HEADER_BYTES) // leads - 1) // 2)


def reconnect_delay(attempt: int, uniform: float, permanent: bool = False) -> Duration:
    """How long to wait before connecting again: exponential, full jitter.

    Args:
        attempt: failed attempts in a row, 0 for the first retry; back to 0 after a WELCOME that lasted 60 s.
        uniform: a random number in [0, 1).
        permanent: the center refused with a code that trying again cannot help.

    Returns:
        ns, anywhere in [0, min(60 s, 1 s × 2^attempt)), so that a storm of thousands spreads; after a
        permanent refusal 30 to 60 s.
    """
    if permanent:
        return round(RECONNECT_MAX * (0.5 + uniform / 2))
    return round(uniform * min(RECONNECT_MAX, RECONNECT_FIRST << min(attempt, 10)))
