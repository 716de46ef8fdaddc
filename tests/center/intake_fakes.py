"""An intake among fakes: time, store and facts are in the test's hands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from einthoven.base.errors import StoreError
from einthoven.base.instants import SECOND, Instant
from einthoven.base.layout import Layout, Lead
from einthoven.base.spans import SpanSet
from einthoven.center.intake import Intake
from einthoven.center.intake_world import IntakeConfig, IntakeWorld, Refusal
from einthoven.center.ports import ClockFix, StreamEvent, StreamFacts
from einthoven.center.streams import Streams
from einthoven.link import effects as fx
from einthoven.link.blocks import FrameBatch, SampleBatch
from einthoven.link.codec import pack
from einthoven.link.identity import public_key
from einthoven.link.limits import Code
from einthoven.link.messages import LayoutFrame
from einthoven.link.transmitter_session import Identity, TransmitterSession

START = 1_800_000_000 * SECOND
LAYOUT = Layout(250.0, (Lead("II"), Lead("V1")))
KEYS = {1: bytes(range(32)), 2: bytes(range(1, 33)), 3: bytes(range(2, 34))}


@dataclass
class HandClock:
    now: Instant = START

    def wall(self) -> Instant:
        return self.now

    def monotonic(self) -> int:
        return self.now - START


@dataclass
class HandStore:
    """Keeps batches until the test commits or fails them."""

    waiting: list[tuple[FrameBatch, Callable[[FrameBatch, StoreError | None], None]]] = field(
        default_factory=list
    )
    written: list[FrameBatch] = field(default_factory=list)

    def submit(self, batch, done) -> None:
        self.waiting.append((batch, done))

    def commit(self, error: StoreError | None = None) -> None:
        waiting, self.waiting = self.waiting, []
        for batch, done in waiting:
            if error is None:
                self.written.append(batch)
            done(batch, error)

    def spans(self, stream: int) -> list[tuple[int, int]]:
        return [
            (int(start), int(start + count))
            for batch in self.written
            for number, start, count in zip(batch.stream, batch.start, batch.count, strict=True)
            if number == stream
        ]


@dataclass
class HandFacts:
    facts: dict[int, StreamFacts] = field(default_factory=dict)
    events: list[StreamEvent] = field(default_factory=list)
    fixes: list[ClockFix] = field(default_factory=list)
    fail: StoreError | None = None

    def by_transmitter(self, transmitter: str, stream: int) -> StreamFacts | None:
        found = self.facts.get(stream)
        return found if found is not None and found.transmitter == transmitter else None

    def declare_layout_soon(self, stream, layout, recording, origin, at, done) -> None:
        if self.fail is not None:
            done(self.fail)
            return
        self.facts[stream] = replace(
            self.facts[stream], layout=layout, recording=recording, origin=origin, declared=True
        )
        done(None)

    def record_events(self, events: Iterable[StreamEvent], done) -> None:
        if self.fail is None:
            self.events += events
        done(self.fail)

    def record_fixes(self, fixes: Iterable[ClockFix]) -> None:
        self.fixes += fixes


@dataclass
class Told:
    """The observer: a list of what it was told."""

    words: list[tuple] = field(default_factory=list)

    def admit(self, facts, front=0, received=0) -> None:
        self.words.append(("admit", facts.stream, facts.layout.names))

    def link_up(self, stream, at, session=0) -> None:
        self.words.append(("up", stream))

    def link_down(self, stream, at, reason, session=0) -> None:
        self.words.append(("down", stream, reason))

    def event(self, event) -> None:
        self.words.append(("event", event.stream, event.kind))

    def backlog(self, stream, seconds) -> None:
        self.behind = seconds

    def storing(self, state, at) -> None:
        self.words.append(("storing", state))


class Wearer:
    """A transmitter at the other end of a fake connection."""

    def __init__(
        self, center: Center, stream: int, key: bytes | None = None, name: str | None = None
    ) -> None:
        self.center, self.stream = center, stream
        identity = Identity(name or f"T-{stream}", stream, key or KEYS[stream], bytes(32))
        layout = LayoutFrame(LAYOUT.rate_mhz, LAYOUT.leads, recording=stream)
        self.session = TransmitterSession(identity, layout, bytes([stream]) * 32, center.clock.now)
        self.durable = SpanSet()
        self.last_event = 0
        self.effects: list = []
        self.closed = ""
        self.held = False
        self.peer = f"test:{stream}"
        self.inbox: list[bytes] = []
        center.wearers.append(self)
        self.door = None
        self.door = center.intake.connected(self)
        center.pump()

    def send(self, message: bytes) -> None:
        self.inbox.append(message)

    def hear(self, message: bytes) -> None:
        for effect in self.session.received(message, self.center.clock.now):
            self.effects.append(effect)
            match effect:
                case fx.Send(data):
                    self.say(data)
                case fx.Durable(spans, last_event):
                    for span in spans:
                        self.durable.add(*span)
                    self.last_event = max(self.last_event, last_event)

    def close(self, reason: str) -> None:
        if not self.closed:
            self.closed = reason
            self.center.intake.disconnected(self.door, reason)

    def hold(self, held: bool) -> None:
        self.held = held

    def say(self, message: bytes) -> None:
        self.center.intake.received(self.door, message)
        self.center.pump()

    def samples(self, start: int, stop: int, backlog: bool = False) -> None:
        self.say(pack(start, block(self.stream, start, stop), backlog))

    def refusals(self) -> list[Code]:
        return [effect.code for effect in self.effects if isinstance(effect, fx.Refused)]


def block(stream: int, start: int, stop: int) -> np.ndarray:
    """Samples that say which they are, int16[n, 2]."""
    index = np.arange(start, stop)
    return np.stack([index % 1000 + stream, -(index % 700)], 1).astype(np.int16)


class Center:
    def __init__(self, connections_max: int = 10) -> None:
        self.clock, self.store, self.told = HandClock(), HandStore(), Told()
        self.wearers: list[Wearer] = []
        self.facts = HandFacts(
            {
                n: StreamFacts(n, f"T-{n}", public_key(KEYS[n]), LAYOUT, False, 0, None, f"P{n}", True)
                for n in (1, 2, 3)
            }
        )
        self.ward: list[SampleBatch] = []
        self.refused: list[Refusal] = []
        self.streams = Streams(
            lambda stream: (
                (self.facts.facts[stream], self._last(stream), SpanSet())
                if stream in self.facts.facts
                else None
            ),
            self.store.spans,
        )
        nonces = iter(range(1, 10_000))
        world = IntakeWorld(
            self.facts,
            self.store,
            self.clock,
            self.told,
            self.streams,
            lambda: next(nonces).to_bytes(32, "little"),
            self.ward.append,
            refused=self.refused.append,
        )
        self.tally = world.tally
        self.intake = Intake(world, IntakeConfig(connections_max=connections_max, backlog_total_s=60))

    def _last(self, stream: int) -> int:
        return max((event.number for event in self.facts.events if event.stream == stream), default=0)

    def pump(self) -> None:
        """Deliver what the intake sent until everything is quiet."""
        while any(wearer.inbox for wearer in self.wearers):
            for wearer in self.wearers:
                messages, wearer.inbox = wearer.inbox, []
                for message in messages:
                    wearer.hear(message)

    def turn(self, passed: float = 0.05, error: StoreError | None = None) -> None:
        self.clock.now += int(passed * SECOND)
        self.intake.turn()
        self.store.commit(error)
        self.pump()
