"""A small center for the tests of transmitters: proves identity, keeps samples, acknowledges after commit."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from einthoven.base.instants import MILLISECOND, SECOND
from einthoven.base.spans import SpanSet
from einthoven.center.intake_world import as_fact
from einthoven.center.ports import Clock, Connection, StreamEvent
from einthoven.link import codec
from einthoven.link.frames import decode, encode
from einthoven.link.identity import NO_CERTIFICATE, proves
from einthoven.link.limits import Code
from einthoven.link.messages import (
    Ack,
    Challenge,
    ClockQuery,
    ClockReply,
    Event,
    Goodbye,
    Hello,
    Hole,
    LayoutFrame,
    Mark,
    Refuse,
    Samples,
    Status,
    Welcome,
)
from einthoven.testing.scheduler import VirtualScheduler


@dataclass
class Kept:
    """What is durable of one stream; survives ``FakeCenter.kill``."""

    whole: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.int16))
    spans: SpanSet = field(default_factory=SpanSet)
    events: list[Event] = field(default_factory=list)
    layout: LayoutFrame | None = None

    def keep(self, start: int, block: np.ndarray) -> None:
        if not len(self.whole):
            self.whole = np.zeros((1 << 16, block.shape[1]), np.int16)
        while len(self.whole) < start + len(block):
            self.whole = np.concatenate([self.whole, np.zeros_like(self.whole)])
        self.whole[start : start + len(block)] = block
        self.spans.add(start, start + len(block))

    def array(self, stop: int) -> np.ndarray:
        """Samples [0, stop) with zeros where nothing came."""
        return self.whole[:stop]


class FakeCenter:
    """``sim.network.Door``."""

    def __init__(
        self, time: VirtualScheduler, clock: Clock, keys: dict[int, bytes], window: int = 15_000
    ) -> None:
        self.time, self.clock, self.keys, self.window = time, clock, keys, window
        self.kept: dict[int, Kept] = {stream: Kept() for stream in keys}
        self.peers: list[FakePeer] = []
        self.up = self.disk_well = True
        self.doubled = 0
        self.backlog_in_flight_max = 0
        self.first_seen: dict[tuple[int, int], int] = {}
        self.exchanges: list[tuple[int, float, int, int]] = []

    def accept(self, connection: Connection) -> FakePeer | None:
        if not self.up:
            return None
        peer = FakePeer(self, connection)
        self.peers.append(peer)
        peer.open()
        return peer

    def kill(self) -> None:
        """Forget everything that is not committed."""
        self.up = False
        for peer in self.peers:
            peer.gone = True
        self.peers.clear()

    def restart(self) -> None:
        self.up = True

    def disk(self, state: str) -> None:
        self.disk_well = state == "well"

    def step_clock(self, by: int) -> None:
        self.clock.step(by)  # type: ignore[attr-defined]

    def stored(self, stream: int) -> SpanSet:
        return self.kept[stream].spans

    def read(self, stream: int, start: int, stop: int) -> np.ndarray:
        return self.kept[stream].array(stop)[start:stop]

    def holes(self, stream: int) -> list[tuple[int, int, str]]:
        found = [event for event in self.kept[stream].events if isinstance(event, Hole)]
        return [(hole.sample, hole.stop, hole.cause.name.lower()) for hole in found]

    def marks(self, stream: int) -> list[tuple[int, str]]:
        found = [event for event in self.kept[stream].events if isinstance(event, Mark)]
        return [(mark.sample, mark.symptom) for mark in found]

    def events(self, stream: int) -> list[StreamEvent]:
        return [as_fact(stream, event, 0) for event in self.kept[stream].events]


class FakePeer:
    def __init__(self, center: FakeCenter, connection: Connection) -> None:
        self.center, self.connection = center, connection
        self.gone = False
        self.stream = 0
        self.challenge = Challenge(len(center.peers).to_bytes(32, "big"), center.clock.wall(), NO_CERTIFICATE)
        self.fresh: list[Samples] = []
        self.fresh_events: list[Event] = []
        self.taken = SpanSet()
        self.committing = False

    def open(self) -> None:
        self.connection.send(encode(self.challenge))

    def lost(self, reason: str) -> None:
        self.gone = True

    def received(self, message: bytes) -> None:
        if self.gone:
            return
        frame = decode(message)
        if isinstance(frame, Hello):
            self.hello(frame)
        elif isinstance(frame, LayoutFrame):
            self.layout(frame)
        elif isinstance(frame, Samples):
            self.samples(frame)
        elif isinstance(frame, Mark | Status | Hole):
            self.fresh_events.append(frame)
            self.commit_later()
        elif isinstance(frame, ClockReply):
            now = self.center.clock.wall()
            self.center.exchanges.append((self.stream, frame.position, frame.center, now))
        else:
            assert isinstance(frame, Goodbye), frame

    def hello(self, hello: Hello) -> None:
        assert proves(self.center.keys[hello.stream], self.challenge, hello)
        self.stream = hello.stream
        for other in self.center.peers:
            if other is not self and other.stream == self.stream and not other.gone:
                other.commit()
                other.gone = True
                other.connection.send(encode(Refuse(Code.SUPERSEDED)))
                other.connection.close("superseded")
        kept = self.center.kept[self.stream]
        self.taken = kept.spans.copy()
        last = kept.events[-1].number if kept.events else 0
        spans = tuple(list(kept.spans)[-256:])
        self.connection.send(
            encode(Welcome(1, self.center.clock.wall(), 65_536, 10_000, self.center.window, last, spans))
        )
        self.ask_clock()

    def ask_clock(self) -> None:
        if not self.gone:
            self.connection.send(encode(ClockQuery(1, self.center.clock.wall())))
            self.center.time.call_later(10 * SECOND, self.ask_clock)

    def layout(self, frame: LayoutFrame) -> None:
        kept = self.center.kept[self.stream]
        if kept.layout is not None and kept.layout.recording != frame.recording:
            self.gone = True
            self.connection.send(encode(Refuse(Code.LAYOUT_CONFLICT, "another recording")))
            self.connection.close("layout")
            return
        kept.layout = kept.layout or frame

    def samples(self, frame: Samples) -> None:
        fresh = self.taken.add(frame.start, frame.stop)
        if sum(span.length for span in fresh) < frame.count:
            self.center.doubled += 1
        self.center.first_seen.setdefault((self.stream, frame.start), self.center.time.now)
        self.fresh.append(frame)
        backlog = sum(one.count for one in self.fresh if one.backlog)
        self.center.backlog_in_flight_max = max(self.center.backlog_in_flight_max, backlog)
        self.commit_later()

    def commit_later(self) -> None:
        if not self.committing:
            self.committing = True
            self.center.time.call_later(50 * MILLISECOND, self.commit)

    def commit(self) -> None:
        self.committing = False
        if self.gone:
            return
        if not self.center.disk_well:
            self.commit_later()
            return
        kept = self.center.kept[self.stream]
        for frame in self.fresh:
            block = codec.decode(frame.payload, frame.count, frame.leads, frame.codec)
            for span in kept.spans.within(frame.start, frame.stop):
                before = kept.array(frame.stop)[span.start : span.stop]
                assert np.array_equal(before, block[span.start - frame.start : span.stop - frame.start])
            kept.keep(frame.start, block)
        for event in self.fresh_events:
            if not kept.events or event.number == kept.events[-1].number + 1:
                kept.events.append(event)
        last = kept.events[-1].number if kept.events else 0
        spans = tuple(SpanSet((frame.start, frame.stop) for frame in self.fresh))
        self.connection.send(encode(Ack(last, spans)))
        self.fresh, self.fresh_events = [], []
