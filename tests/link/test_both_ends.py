"""Both ends over a network that cuts, delays and a store that fails: nothing lost, nothing twice (R2, R8)."""

from __future__ import annotations

import random
from collections import deque

import numpy as np
import pytest

from einthoven.base.instants import MILLISECOND, SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.base.spans import SpanSet
from einthoven.link import frames, identity
from einthoven.link.center_session import CenterSession, Known
from einthoven.link.codec import pack, unpack
from einthoven.link.effects import Block, Close, Credited, Durable, NeedIdentity, Ready, Send, Told
from einthoven.link.lanes import Lanes
from einthoven.link.ledger import Ledger
from einthoven.link.outbox import Outbox
from einthoven.link.transmitter_session import Identity, TransmitterSession

PRIVATE = bytes(range(32))
LEADS = (Lead("II"),)
RATE = 100


class World:
    """One transmitter, one center, a line of 40 ms that is cut at random, a store that fails at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = 0
        self.lanes = Lanes(RATE, 10 * RATE, buffer_bytes=2000)
        self.outbox = Outbox(last=0)
        self.ledger = Ledger()
        self.stored = SpanSet()
        self.events: list[int] = []
        self.last_event = 0
        self.up: deque[tuple[int, bytes]] = deque()
        self.down: deque[tuple[int, bytes]] = deque()
        self.writes: deque[tuple[int, list[Block], list[int]]] = deque()
        self.failing = False
        self.owes_resend = False
        self.left: TransmitterSession | None = None
        self.right: CenterSession | None = None

    def wave(self, start: int, stop: int) -> np.ndarray:
        return (np.arange(start, stop) * 7919 % 60_000 - 30_000).astype(np.int16)[:, None]

    def connect(self) -> None:
        nonce = self.random.randbytes(32)
        layout = frames.LayoutFrame(RATE * 1000, LEADS, 9)
        me = Identity("T", 5, PRIVATE, bytes(32))
        self.left = TransmitterSession(me, layout, self.random.randbytes(32), self.now)
        self.right = CenterSession(1, nonce, bytes(32), self.now)
        self.at_center(self.right.open())

    def cut(self) -> None:
        self.left = self.right = None
        self.up.clear()
        self.down.clear()
        self.lanes.disconnected()

    def at_center(self, effects: list) -> None:
        blocks, told = [], []
        for effect in effects:
            if isinstance(effect, Send):
                self.down.append((self.now + 40 * MILLISECOND, effect.data))
            elif isinstance(effect, NeedIdentity):
                known = Known(
                    identity.public_key(PRIVATE),
                    Layout(float(RATE), LEADS),
                    False,
                    0,
                    None,
                    True,
                    self.ledger,
                    self.last_event,
                )
                self.at_center(self.right.known(known, self.now))
            elif isinstance(effect, Block):
                assert not self.stored.within(effect.start, effect.start + effect.count), "stored twice"
                frame = frames.decode(effect.message)
                assert np.array_equal(unpack(frame), self.wave(frame.start, frame.stop))
                blocks.append(effect)
            elif isinstance(effect, Told):
                told.append(effect.event.number)
            elif isinstance(effect, Close):
                pytest.fail(f"closed: {effect}")
        if blocks or told:
            self.writes.append((self.now + 80 * MILLISECOND, blocks, told))

    def at_transmitter(self, effects: list) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.up.append((self.now + 40 * MILLISECOND, effect.data))
            elif isinstance(effect, Ready):
                self.lanes.connected(effect.welcome.durable, effect.welcome.window)
                self.outbox.connected(effect.welcome.last_event)
            elif isinstance(effect, Durable):
                self.lanes.acked(effect.spans, self.now)
                self.outbox.acked(effect.last_event)
                assert all(self.stored.covers(*span) for span in effect.spans), "acknowledged, not stored"
            elif isinstance(effect, Credited):
                self.lanes.credit(effect.window, effect.resend)
                if effect.resend:
                    self.outbox.resend()

    def commit(self) -> None:
        while self.writes and self.writes[0][0] <= self.now:
            _, blocks, told = self.writes.popleft()
            spans = [(block.start, block.start + block.count) for block in blocks]
            for span in spans:
                if self.failing:
                    self.ledger.failed(*span)
                else:
                    self.stored.add(*span)
                    self.ledger.committed(*span)
            if self.failing:
                self.owes_resend = True
                continue
            for number in told:
                if number == self.last_event + 1:
                    self.events.append(number)
                    self.last_event = number
            if self.right is not None:
                self.at_center(self.right.ack(spans, self.last_event))
        if self.owes_resend and not self.failing and self.right is not None and self.right.streaming:
            self.owes_resend = False
            self.at_center(self.right.credit(self.right.window(), True))

    def step(self, calm: bool) -> None:
        self.now += 20 * MILLISECOND
        if not calm:
            self.misfortune()
        if self.left is None and self.random.random() < 0.2:
            self.connect()
        while self.up and self.up[0][0] <= self.now:
            self.at_center(self.right.received(self.up.popleft()[1], self.now))
        while self.down and self.down[0][0] <= self.now:
            self.at_transmitter(self.left.received(self.down.popleft()[1], self.now))
        self.commit()
        if self.left is not None and self.left.streaming:
            for event in self.outbox.due():
                self.at_transmitter(self.left.event(event))
            while chunks := self.lanes.next(self.now, sum(len(data) for _, data in self.up)):
                for chunk in chunks:
                    message = pack(chunk.start, self.wave(chunk.start, chunk.stop), chunk.backlog)
                    self.up.append((self.now + 40 * MILLISECOND, message))

    def misfortune(self) -> None:
        self.lanes.acquire(self.lanes.acquired + 2)
        if self.random.random() < 0.004:
            self.cut()
        if self.random.random() < 0.004:
            self.failing = not self.failing
        if self.random.random() < 0.01:
            self.outbox.add(frames.Mark(0, self.lanes.acquired, "dizzy"))


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_or_doubled(seed: int) -> None:
    world = World(seed)
    for _ in range(3000):
        world.step(calm=False)
    world.failing = False
    for _ in range(600):
        world.step(calm=True)
    assert world.left is not None
    for chunk in world.lanes.flush():
        world.up.append((world.now, pack(chunk.start, world.wave(chunk.start, chunk.stop))))
    for _ in range(40):
        world.step(calm=True)
    assert list(world.stored) == [(0, world.lanes.acquired)]
    assert world.lanes.done
    assert world.events == list(range(1, world.outbox.last + 1))
    assert world.outbox.pending == []
    assert world.now > 60 * SECOND
