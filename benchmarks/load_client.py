"""Thousands of transmitters in one process, with as little work a message as Python allows.

Identity, layout and resume are the link's own code; only the two hot paths are written out: a frame leaves by
a patch of its index and checksum, an acknowledgement is read with one ``unpack``.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import ssl
import time
from array import array
from dataclasses import dataclass, field
from random import Random
from struct import Struct
from typing import Any

import picows
from benchmarks.load_signal import Signal

from einthoven.base.layout import Layout
from einthoven.base.spans import SpanSet
from einthoven.link.effects import ClockAsked, Close, Credited, Durable, Ready, Send
from einthoven.link.lanes import reconnect_delay
from einthoven.link.limits import MAX_FRAME_BYTES, FrameType
from einthoven.link.messages import LayoutFrame
from einthoven.link.transmitter_session import TransmitterSession
from einthoven.sim.wire import Credentials, der_of, pinned_context

TICK_S = 0.01
ACK = int(FrameType.ACK)
BINARY = picows.WSMsgType.BINARY
_ACK_ONE = Struct("<BBHIIHHQQ")
RING = 64
"""Frames whose time of sending is remembered; what is acknowledged later has no latency."""
LATENCY_MS = 20_000
"""The histogram has a bin a millisecond; what takes longer falls into the last one."""
CLOCK = time.perf_counter


@dataclass(slots=True)
class Counts:
    """What a fleet counted; ``latency`` is a histogram of frame → durable acknowledgement in ms."""

    sent: int = 0
    resent: int = 0
    repeats: int = 0
    connects: int = 0
    welcomes: int = 0
    losses: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    latency: array[int] = field(default_factory=lambda: array("q", bytes(8 * LATENCY_MS)))
    late_tick_ms: float = 0.0
    connect_ms: list[float] = field(default_factory=list)


class Client(picows.WSListener):  # type: ignore[misc, unused-ignore]
    """One transmitter: its connection, and its ledger of what was acknowledged."""

    def __init__(self, fleet: Fleet, number: int, credentials: Credentials) -> None:
        super().__init__()
        self.fleet = fleet
        self.number = number
        self.credentials = credentials
        self.voice = fleet.signal.voice(number)
        self.slot = 0
        self.first: int | None = None
        self.next = 0
        self.front = 0
        self.acked = SpanSet()
        self.sent_at = array("d", bytes(8 * RING))
        self.transport: Any = None
        self.session: TransmitterSession | None = None
        self.streaming = False
        self.attempt = 0
        self.dialled = 0.0

    # -- the hot paths ---------------------------------------------------------------------------------

    def send_next(self, now: float) -> None:
        """The frame that is due."""
        index = self.next
        self.next = index + 1
        if self.streaming:
            fleet = self.fleet
            self.sent_at[index % RING] = now
            fleet.counts.sent += 1
            self.transport.send(BINARY, fleet.signal.message(self.voice, index))

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        """An acknowledgement, or something rarer."""
        message = frame.get_payload_as_bytes()
        if len(message) == 32 and message[1] == ACK:
            _, _, _, _, _, spans, _, start, stop = _ACK_ONE.unpack(message)
            if spans == 1:
                if start == self.front and stop - start == self.fleet.frame:
                    self.front = stop
                    self._timed(start // self.fleet.frame)
                else:
                    self._acknowledged(start, stop)
                return
        if frame.msg_type == BINARY:
            self._seldom(message)
        elif frame.msg_type == picows.WSMsgType.CLOSE:
            transport.disconnect()

    def _timed(self, index: int) -> None:
        sent = self.sent_at[index % RING]
        if sent:
            self.sent_at[index % RING] = 0.0
            milliseconds = int((CLOCK() - sent) * 1000)
            self.fleet.counts.latency[milliseconds if milliseconds < LATENCY_MS else LATENCY_MS - 1] += 1

    def _acknowledged(self, start: int, stop: int) -> None:
        """Out of order, again, or many frames at once."""
        acked, frame = self.settled(), self.fleet.frame
        fresh = acked.add(start, stop)
        if not fresh:
            self.fleet.counts.repeats += 1
        for span in fresh:
            for first in range(span.start, span.stop, frame):
                self._timed(first // frame)
        if acked.start == 0:
            self.front = next(iter(acked)).stop

    def settled(self) -> SpanSet:
        """What was acknowledged."""
        self.acked.add(0, self.front)
        return self.acked

    # -- what is rare ------------------------------------------------------------------------------------

    def on_ws_connected(self, transport: Any) -> None:
        """Begin the conversation."""
        self.transport = transport
        layout = self.fleet.layout
        told = LayoutFrame(layout.rate_mhz, layout.leads, 1 + self.number)
        self.session = TransmitterSession(
            self.fleet.identities[self.number], told, os.urandom(32), time.monotonic_ns()
        )

    def on_ws_disconnected(self, transport: Any) -> None:  # noqa: ARG002
        """Dial again, with jitter."""
        self.streaming = False
        self.transport = self.session = None
        self.sent_at = array("d", bytes(8 * RING))
        self.fleet.counts.losses += 1
        self.fleet.dial_later(self)

    def _seldom(self, message: bytes) -> None:
        if self.session is not None:
            self._carry(self.session.received(message, time.monotonic_ns()))

    def _carry(self, effects: list[Any]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.transport.send(BINARY, effect.data)
            elif isinstance(effect, Ready):
                self._welcomed(effect)
            elif isinstance(effect, Durable):
                for start, stop in effect.spans:
                    self._acknowledged(start, stop)
            elif isinstance(effect, Credited):
                if effect.resend:
                    self._resend()
            elif isinstance(effect, ClockAsked) and self.session is not None:
                position = self.fleet.position(self)
                self._carry(self.session.clock(effect, position, time.time_ns()))
            elif isinstance(effect, Close):
                reasons = self.fleet.counts.refusals
                reasons[effect.code.text] = reasons.get(effect.code.text, 0) + 1
                self.transport.disconnect()

    def _welcomed(self, ready: Ready) -> None:
        counts = self.fleet.counts
        counts.welcomes += 1
        counts.connect_ms.append((CLOCK() - self.dialled) * 1000)
        for start, stop in ready.welcome.durable:
            self._acknowledged(start, stop)
        self.streaming = True
        self.attempt = 0
        if self.first is None:
            self.first = self.fleet.next_tick(self.slot)
        self._resend()

    def _resend(self) -> None:
        """What was acquired and is not acknowledged goes by the backlog lane."""
        now, frame = CLOCK(), self.fleet.frame
        for gap in self.settled().missing(0, self.next * frame):
            for index in range(gap.start // frame, gap.stop // frame):
                self.sent_at[index % RING] = now
                self.fleet.counts.resent += 1
                self.transport.send(BINARY, self.fleet.signal.message(self.voice, index, backlog=True))


class Fleet:
    """Many clients of one center.

    Args:
        credentials: one a transmitter, each with its own key.
        signal: what they play.
        layout: as enrolled.
        frame_s: seconds in a frame.
        link: instead of the link in the credentials.
        seed: of phases and jitter.
        first: number of the first client.
        handshakes: under way at once; each costs a millisecond of CPU here too, so few of them make a storm
            last and many of them hold up the frames of those that are connected.
    """

    def __init__(
        self,
        credentials: list[Credentials],
        signal: Signal,
        layout: Layout,
        frame_s: float = 1.0,
        link: str = "",
        seed: int = 1,
        first: int = 0,
        handshakes: int = 1000,
    ) -> None:
        self.signal, self.layout, self.frame = signal, layout, signal.frame
        self.counts = Counts()
        self.link = link or credentials[0].link
        self.identities = {first + k: one.identity("loadgen") for k, one in enumerate(credentials)}
        self.clients = [Client(self, first + k, one) for k, one in enumerate(credentials)]
        self._chance = Random(seed)
        self._ticks = max(1, round(frame_s / TICK_S))
        self._slots: list[list[Client]] = [[] for _ in range(self._ticks)]
        for client in self.clients:
            client.slot = self._chance.randrange(self._ticks)
            self._slots[client.slot].append(client)
        certificate = credentials[0].certificate
        self._context: ssl.SSLContext | None = pinned_context(certificate) if certificate else None
        self._der = der_of(certificate) if certificate else b""
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(handshakes)
        self._begun = 0.0
        self._tick = 0
        self._running = False
        self.closing = False

    async def connect(self, seconds: float) -> None:
        """Connect everyone within about ``seconds``; returns when all are welcomed or twice that is over.

        Each is worn from its first welcome on: its first frame is full within a second of that.
        """
        self._begun = CLOCK()
        self._running = True
        asyncio.get_running_loop().call_later(TICK_S, self._run)

        async def one(client: Client, delay: float) -> None:
            await asyncio.sleep(delay)
            await self._dial(client)

        step = seconds / len(self.clients)
        await asyncio.gather(*(one(client, k * step) for k, client in enumerate(self.clients)))
        deadline = CLOCK() + 30.0 + seconds
        while not all(client.streaming for client in self.clients) and CLOCK() < deadline:  # noqa: ASYNC110 (thousands, looked at)
            await asyncio.sleep(0.05)
        gc.collect()
        gc.freeze()

    def start(self) -> int:
        """Measure from now on; how many frames were sent before."""
        self.counts.latency = array("q", bytes(8 * LATENCY_MS))
        self.counts.late_tick_ms = 0.0
        return self.counts.sent + self.counts.resent

    def next_tick(self, slot: int) -> int:
        """The next tick of a slot."""
        return self._tick + 1 + (slot - self._tick - 1) % self._ticks

    def stop(self) -> None:
        """Send nothing new."""
        self._running = False

    def drop(self, number: int) -> int:
        """Cut ``number`` connections at once, those that stand; how many. They come back by themselves."""
        standing = [client for client in self.clients if client.streaming]
        chosen = self._chance.sample(standing, min(number, len(standing)))
        for client in chosen:
            client.transport.disconnect(graceful=False)
        return len(chosen)

    async def drain(self, seconds: float, frames: int = 0) -> int:
        """Wait until at most ``frames`` frames are unacknowledged, or ``seconds`` are over; how many are."""
        deadline = CLOCK() + seconds
        while (left := self.unacknowledged) > frames and CLOCK() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        return left

    async def close(self) -> None:
        """Close every connection."""
        self.closing = True
        for task in list(self._tasks):
            task.cancel()
        for client in self.clients:
            if client.transport is not None:
                client.transport.send_close(picows.WSCloseCode.OK)
                client.transport.disconnect()
        await asyncio.sleep(0.2)

    @property
    def streaming(self) -> int:
        """Clients connected and welcomed."""
        return sum(client.streaming for client in self.clients)

    @property
    def unacknowledged(self) -> int:
        """Frames acquired and not acknowledged."""
        return sum(client.next - client.settled().total // self.frame for client in self.clients)

    def position(self, client: Client) -> float:
        """Sample being acquired: a frame leaves when its last sample is there."""
        if client.first is None:
            return 0.0
        frames = ((CLOCK() - self._begun) / TICK_S - client.first) / self._ticks + 1
        return max(0.0, frames) * self.frame

    def dial_later(self, client: Client) -> None:
        """Reconnect after a delay with full jitter."""
        if self.closing:
            return
        delay = reconnect_delay(client.attempt, self._chance.random()) / 1e9
        client.attempt += 1

        def begin() -> None:
            task = asyncio.get_running_loop().create_task(self._dial(client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        asyncio.get_running_loop().call_later(delay, begin)

    async def _dial(self, client: Client) -> None:
        async with self._gate:
            await self._handshake(client)

    async def _handshake(self, client: Client) -> None:
        if self.closing or client.transport is not None:
            return
        self.counts.connects += 1
        client.dialled = CLOCK()
        try:
            await picows.ws_connect(
                lambda: client,
                self.link,
                ssl_context=self._context,
                max_frame_size=MAX_FRAME_BYTES,
                websocket_handshake_timeout=30,
                read_buffer_init_size=1024,
            )
        except (OSError, picows.WSError, TimeoutError) as error:
            reasons = self.counts.refusals
            reasons[type(error).__name__] = reasons.get(type(error).__name__, 0) + 1
            self.dial_later(client)

    def _run(self) -> None:
        """Every tick: the clients whose frame is due; late ticks are made up for at once."""
        if not self._running:
            return
        now = CLOCK()
        due = int((now - self._begun) / TICK_S)
        self.counts.late_tick_ms = max(
            self.counts.late_tick_ms, (now - self._begun - self._tick * TICK_S) * 1000
        )
        while self._tick < due:
            for client in self._slots[self._tick % self._ticks]:
                if client.first is not None and self._tick >= client.first:
                    client.send_next(now)
            self._tick += 1
        wait = self._begun + (self._tick + 1) * TICK_S - CLOCK()
        asyncio.get_running_loop().call_later(max(0.0, wait), self._run)


def cpu_s() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def percentile(histogram: array[int], share: float) -> float:
    """The ``share`` quantile of a latency histogram, ms; NaN when it is empty."""
    total = sum(histogram)
    seen = 0
    for milliseconds, count in enumerate(histogram):
        seen += count
        if total and seen >= share * total:
            return milliseconds + 0.5
    return float("nan")
