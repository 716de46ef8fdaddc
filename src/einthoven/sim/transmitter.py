"""A whole transmitter without a socket: it acquires, spools, sends, and never forgets (R1–R4).

The host gives it a way to dial, its own (drifting) clock and a scheduler, and hands it what comes in; the
same actor runs on virtual time against a simulated network and on a real connection (``wire``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from random import Random
from typing import TypeVar

from einthoven.base.errors import OursError, StoreDamagedError, StoreError
from einthoven.base.instants import SECOND
from einthoven.base.spans import Span, SpanSet
from einthoven.center.ports import Clock, Scheduler
from einthoven.link import codec
from einthoven.link.effects import (
    ClockAsked,
    Close,
    Credited,
    Durable,
    Left,
    Ready,
    Refused,
    Send,
    TransmitterEffect,
)
from einthoven.link.frames import encode
from einthoven.link.lanes import Chunk, Lanes, reconnect_delay
from einthoven.link.limits import MAX_SAMPLES, PERMANENT, Cause, Code, Severity
from einthoven.link.messages import Event, Hole, LayoutFrame, Mark, Samples, Status
from einthoven.link.outbox import Outbox
from einthoven.link.transmitter_session import Identity, TransmitterSession
from einthoven.sim.habits import Channel, Counters, Habits
from einthoven.sim.sources import I16, Source
from einthoven.sim.spool import Origin, Spool
from einthoven.sim.wearing import lead_off, quality

_Event = TypeVar("_Event", Mark, Status, Hole)
STEADY = 60 * SECOND
"""A connection that lasted this long was a good one: the next loss starts the back-off anew."""
PACE = 20_000_000
"""How often a recorded stream looks whether its speed allows more, ns."""
HOLE_S_MAX = 60.0
"""Samples that cannot be spooled are declared in holes of this length, or when spooling works again."""


class Transmitter:
    """One transmitter.

    Args:
        identity: from enrollment.
        source: its electrodes.
        spool: its disk. An unused one is begun; a used one is continued, and what was not spooled in between
            is declared a hole.
        clock: its own clock.
        scheduler: where its timers run.
        dial: begins a connection; ``connected`` or ``lost`` must follow.
        seed: of its nonces and back-off.
        habits: see there.
        cause: why samples are missing when a used spool is continued.
    """

    def __init__(
        self,
        identity: Identity,
        source: Source,
        spool: Spool,
        clock: Clock,
        scheduler: Scheduler,
        dial: Callable[[Transmitter], None],
        seed: int | None = None,
        habits: Habits | None = None,
        cause: Cause = Cause.RESET,
    ) -> None:
        self.identity = identity
        self.source = source
        self.spool = spool
        self.habits = habits or Habits()
        self.counters = Counters()
        self.refused: tuple[Code, str] | None = None
        self.on_progress: Callable[[], None] = lambda: None
        self.on_told: Callable[[Event], None] = lambda _: None
        self._clock = clock
        self._scheduler = scheduler
        self._dial = dial
        self._chance = Random(seed)
        self._rate = source.layout.rate_hz
        self._frame = max(1, round(self.habits.frame_s * self._rate))
        backlog = min(MAX_SAMPLES, max(self._frame, round(self.habits.backlog_frame_s * self._rate)))
        self.recorded = self.habits.speed is not None
        if spool.origin is None:
            spool.begin(Origin(source.recording, clock.wall(), self.recorded))
        self._base, self._zero = (0 if self.recorded else spool.stop), clock.monotonic()
        self.lanes = Lanes(self._frame, backlog, spool.stop, list(spool.acknowledged))
        self.outbox = Outbox(spool.events, spool.last_event)
        self._told_holes = SpanSet()
        self._session: TransmitterSession | None = None
        self._channel: Channel | None = None
        self._welcomed_at: int | None = None
        self._attempt = 0
        self._timers: dict[str, Callable[[], None]] = {}
        self._running = False
        self._off: Cause | None = None
        self._resting = False
        self._lead_off = 0
        self._newest: I16 = source.samples(0, 0)
        self._cause = cause
        self._lost: Span | None = None

    # -- running ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Put it on: acquire from now on, and dial."""
        self._running = True
        origin = self.spool.origin
        if self.spool.stop and not self.recorded and origin is not None:
            by_clock = int((self._clock.wall() - origin.wall) * self._rate / SECOND)
            self._base = max(self.spool.stop, by_clock)
        self._declare_gaps()
        self._later("acquire", round(self.habits.phase_s * SECOND), self._acquire)
        self._later("status", round(self.habits.status_s * SECOND), self._status_due)
        self._later("dial", 0, self._connect)

    def stop(self, goodbye: bool = True) -> None:
        """Take it off: no timer runs on; the connection is closed with a good-bye, or simply dropped."""
        self._running = False
        for cancel in self._timers.values():
            cancel()
        self._timers.clear()
        if self._session is not None and goodbye:
            self._carry(self._session.goodbye())
        elif self._channel is not None:
            self._channel.close()
        self._session = self._channel = None

    def rest(self) -> None:
        """Acquire no more; what is acquired is still sent."""
        self._resting = True

    def switch_off(self, cause: Cause = Cause.POWER) -> None:
        """No power, or not worn: nothing is acquired or sent until ``switch_on``."""
        if self._off is None and self._running:
            self._take(self._due())
            self._off = cause
            if self._channel is not None:
                self._channel.close()

    def switch_on(self) -> None:
        """Power again: what was missed is declared a hole with its cause."""
        if self._off is not None:
            cause, self._off = self._off, None
            self._declare(self.lanes.acquired, self._due(), cause)
            self._attempt = 0
            self._later("dial", 0, self._connect)

    def press(
        self, symptom: str, severity: Severity = Severity.UNKNOWN, activity: str = "", text: str = ""
    ) -> None:
        """The patient presses the button (R3)."""
        self._tell(Mark(0, int(self.position()), symptom, severity, activity, text))

    # -- what it knows -----------------------------------------------------------------------------

    def position(self) -> float:
        """The sample being acquired now, fractional: the ECG's own clock."""
        elapsed = self._clock.monotonic() - self._zero
        at = self._base + elapsed * self._rate / SECOND
        if self.source.length is None:
            return at
        return float(self.source.length) if self.recorded else min(at, float(self.source.length))

    @property
    def done(self) -> bool:
        """Whether a source that ends was acquired whole and every sample and event of it is durable."""
        whole = self.source.length is not None and self.lanes.acquired >= self.source.length
        return whole and self.lanes.done and not self.outbox.pending

    @property
    def streaming(self) -> bool:
        """Whether it is connected and welcomed."""
        return self._session is not None and self._session.streaming

    # -- the connection ------------------------------------------------------------------------------

    def connected(self, channel: Channel) -> None:
        """The host opened a connection."""
        if not self._running or self._off is not None:
            channel.close()
            return
        origin = self.spool.origin
        if origin is None:
            raise OursError("a transmitter without origin")
        frame = LayoutFrame(
            self.source.layout.rate_mhz,
            self.source.layout.leads,
            origin.recording,
            origin.recorded,
            origin.wall if origin.recorded else 0,
        )
        nonce = self._chance.randbytes(32)
        self._channel = channel
        self._session = TransmitterSession(self.identity, frame, nonce, self._clock.monotonic())
        self._later("tick", SECOND, self._tick)

    def received(self, message: bytes) -> None:
        """The center sent a message."""
        if self._session is not None:
            self._carry(self._session.received(message, self._clock.monotonic()))

    def writable(self) -> None:
        """The connection's buffer has drained."""
        self._pump()

    def lost(self, reason: str) -> None:
        """The connection is gone, or could not be made; it dials again after a while."""
        del reason
        now = self._clock.monotonic()
        if self._welcomed_at is not None and now - self._welcomed_at >= STEADY:
            self._attempt = 0
        self._session = self._channel = self._welcomed_at = None
        self.lanes.disconnected()
        if not self._running or self._off is not None:
            return
        permanent = self.refused is not None and self.refused[0] in PERMANENT
        delay = reconnect_delay(self._attempt, self._chance.random(), permanent)
        self._attempt += 1
        self._later("dial", delay, self._connect)

    def _connect(self) -> None:
        if self._channel is None and self._off is None:
            self.refused = None
            self.counters.dials += 1
            self._dial(self)

    def _tick(self) -> None:
        if self._session is not None:
            self._carry(self._session.tick(self._clock.monotonic()))
            self._later("tick", SECOND, self._tick)

    def _carry(self, effects: Iterable[TransmitterEffect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self._send(effect.data)
            elif isinstance(effect, Close):
                if self._channel is not None:
                    self._channel.close()
            elif isinstance(effect, Ready):
                self._ready(effect)
            elif isinstance(effect, Durable):
                self._durable(effect)
            elif isinstance(effect, ClockAsked):
                if self._session is not None:
                    self._carry(self._session.clock(effect, self.position(), self._clock.wall()))
            elif isinstance(effect, Credited):
                self.lanes.credit(effect.window, effect.resend)
                if effect.resend:
                    self.outbox.resend()
                self._pump()
            elif isinstance(effect, Refused | Left):
                self._refusal(effect.code, effect.text)

    def _refusal(self, code: Code, text: str) -> None:
        self.refused = (code, text)
        if code == Code.SUPERSEDED:
            self.outbox.doubt()
        self.counters.refusals[code.text] = self.counters.refusals.get(code.text, 0) + 1
        self.on_progress()

    def _ready(self, ready: Ready) -> None:
        welcome = ready.welcome
        self.counters.welcomes += 1
        self._welcomed_at = self._clock.monotonic()
        pending = self.outbox.pending
        self.outbox.connected(welcome.last_event)
        told = [Span(*hole) for hole in _holes(pending) if hole not in _holes(self.outbox.pending)]
        self.spool.acknowledge([*welcome.durable, *told], 0)
        if self.outbox.pending != pending:
            self.spool.renumber(self.outbox.pending, self.outbox.last)
        if not self.recorded:
            self._resume(max((span.stop for span in welcome.durable), default=0))
        self.lanes.connected(welcome.durable, welcome.window)
        if self.recorded and self.counters.welcomes == 1:
            self._base, self._zero = self.lanes.durable.total, self._clock.monotonic()
        self._status()
        self._pump()

    def _resume(self, durable: int) -> None:
        """A record goes on where the center's copy of it ends."""
        if self.source.length is not None and durable > self.lanes.acquired:
            self._base, self._zero = durable, self._clock.monotonic()
            self.lanes.acquire(durable)

    def _durable(self, told: Durable) -> None:
        settled = list(told.spans)
        for event in self.outbox.pending:
            if isinstance(event, Hole) and event.number <= told.last_event:
                settled.append(Span(event.sample, event.stop))
        self.lanes.acked(told.spans, self._clock.monotonic())
        self.outbox.acked(told.last_event)
        self.spool.acknowledge(settled, told.last_event)
        self._pump()
        self.on_progress()

    def _send(self, message: bytes) -> None:
        if self._channel is not None:
            self.counters.bytes_sent += len(message)
            self._channel.send(message)

    # -- samples -------------------------------------------------------------------------------------

    def _due(self) -> int:
        """Where acquisition should stand now: whole frames, or the end of a source that ends."""
        at = int(self.position())
        if self.source.length is not None and at >= self.source.length:
            return self.source.length
        return self.lanes.acquired + max(0, at - self.lanes.acquired) // self._frame * self._frame

    def _acquire(self) -> None:
        if self._resting:
            self._pump()
            return
        if self._off is None:
            self._take(self._due())
            self._pump()
        if self.recorded:
            self._later("acquire", PACE, self._acquire)
        elif self.source.length is None or self.lanes.acquired < self.source.length:
            due = self.lanes.acquired + self._frame if self._off is None else self.position() + self._frame
            ahead = (due - self.position()) / self._rate
            self._later("acquire", max(1_000_000, round(ahead * SECOND) + 1), self._acquire)

    def _take(self, stop: int) -> None:
        """Acquire up to ``stop``: spool, make durable, and only then let the lanes have it."""
        start = self.lanes.acquired
        if stop <= start:
            return
        try:
            for at in range(start, stop, self._frame):
                self._newest = self.source.samples(at, min(at + self._frame, stop))
                self.spool.append(at, self._newest)
            self.spool.sync()
        except StoreError:
            self._unspooled(start, stop)
        else:
            self._tell_lost()
        self.lanes.acquire(stop)
        off = lead_off(self._newest)
        if off != self._lead_off:
            self._lead_off = off
            self._status()

    def _unspooled(self, start: int, stop: int) -> None:
        """The disk did not take all of it: what it holds stays, the rest is a hole, told a little later."""
        with suppress(StoreError):  # what cannot be made durable the spool forgets: it counts as lost below
            self.spool.sync()
        first = min(max(start, self.spool.stop), stop)
        if self._lost is not None and self._lost.stop != first:
            self._tell_lost()
        self._lost = Span(first if self._lost is None else self._lost.start, stop)
        self.lanes.hole(first, stop)
        if self._lost.length >= HOLE_S_MAX * self._rate:
            self._tell_lost()

    def _tell_lost(self) -> None:
        if self._lost is not None and self._lost.length:
            lost, self._lost = self._lost, None
            self._declare(lost.start, lost.stop, Cause.STORAGE)

    def _pump(self) -> None:
        session, channel = self._session, self._channel
        if session is None or channel is None or not session.streaming:
            return
        for event in self.outbox.due():
            self._carry(session.event(event))
        while chunks := self._next_chunks(channel):
            for chunk in chunks:
                self._send_chunk(chunk)
        if self.source.length is not None and self.lanes.acquired >= self.source.length:
            for chunk in self.lanes.flush():
                self._send_chunk(chunk)

    def _next_chunks(self, channel: Channel) -> list[Chunk]:
        if self.habits.speed is not None:
            elapsed = (self._clock.monotonic() - self._zero) / SECOND
            allowed = self._base + elapsed * self.habits.speed * self._rate
            if self.lanes.durable.total + self.lanes.in_flight >= allowed:
                return []
        return self.lanes.next(self._clock.monotonic(), channel.buffered)

    def _send_chunk(self, chunk: Chunk) -> None:
        try:
            samples = self.spool.read(chunk.start, chunk.stop)
        except StoreDamagedError:
            self._declare(chunk.start, chunk.stop, Cause.STORAGE)
            self.lanes.acked([(chunk.start, chunk.stop)], self._clock.monotonic())
            return
        payload = codec.encode(samples, self.habits.codec)
        count, leads = samples.shape
        backlog = chunk.backlog or self.recorded
        self.counters.frames += 1
        if not backlog and self.position() - chunk.stop > self._rate:
            self.counters.live_late += 1
        self._send(encode(Samples(chunk.start, count, leads, payload, self.habits.codec, backlog)))

    # -- events --------------------------------------------------------------------------------------

    def _status_due(self) -> None:
        if self.streaming:
            self._status()
        self._later("status", round(self.habits.status_s * SECOND), self._status_due)

    def _status(self) -> None:
        elapsed = (self._clock.monotonic() - self._zero) / SECOND
        told = Status(
            number=0,
            sample=self.lanes.acquired,
            device=self._clock.wall(),
            battery=self.habits.battery.at(elapsed),
            lead_off=self._lead_off,
            quality=quality(self._newest, self.source.layout),
            rssi=-60 - int(20 * self._chance.random()),
            spool=round(100 * self.spool.fill),
        )
        self._tell(told)

    def _tell(self, event: _Event) -> None:
        """Number, keep, make durable, send."""
        numbered = self.outbox.add(event)
        self.on_told(numbered)
        with suppress(StoreError):  # held in memory; the spool writes it again with the next sync
            self.spool.keep_event(numbered)
            self.spool.sync()
        self._pump()

    def _declare(self, start: int, stop: int, cause: Cause) -> None:
        """Samples that will never come: say so, in parts that were not said before."""
        for span in self._told_holes.missing(start, stop):
            self._told_holes.add(span.start, span.stop)
            self.lanes.hole(span.start, span.stop)
            self._tell(Hole(0, span.start, span.stop, cause))

    def _declare_gaps(self) -> None:
        """After a restart: everything up to now that is neither here, nor there, nor declared, is a hole."""
        known = SpanSet([*self.spool.spooled, *self.spool.acknowledged])
        for event in self.outbox.pending:
            if isinstance(event, Hole):
                known.add(event.sample, event.stop)
                self._told_holes.add(event.sample, event.stop)
                self.lanes.hole(event.sample, event.stop)
        limit = max(self._base, self.lanes.acquired) if not self.recorded else self.lanes.acquired
        for span in known.missing(0, limit):
            split = min(max(span.start, self.spool.stop), span.stop)
            if span.start < split:
                self._declare(span.start, split, Cause.STORAGE)
            if split < span.stop:
                self._declare(split, span.stop, self._cause)

    def _later(self, name: str, delay: int, act: Callable[[], None]) -> None:
        cancel = self._timers.pop(name, None)
        if cancel is not None:
            cancel()
        self._timers[name] = self._scheduler.call_later(delay, act)


def _holes(events: Iterable[Event]) -> list[tuple[int, int]]:
    """Where the declared holes among some events are."""
    return [(event.sample, event.stop) for event in events if isinstance(event, Hole)]
