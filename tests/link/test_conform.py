"""The conformance plays find nothing in our own two ends, and find what is broken on purpose."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from einthoven.base.instants import MILLISECOND, SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.link import frames, identity, play
from einthoven.link.center_session import CenterSession, Known
from einthoven.link.codec import pack
from einthoven.link.conform import Setup, check_center
from einthoven.link.effects import (
    Block,
    ClockAsked,
    Close,
    Credited,
    Declared,
    Durable,
    Joined,
    NeedIdentity,
    Ready,
    Send,
    Told,
)
from einthoven.link.lanes import Lanes
from einthoven.link.ledger import Ledger
from einthoven.link.limits import Code
from einthoven.link.outbox import Outbox
from einthoven.link.rehearse import Expected, check_transmitter
from einthoven.link.transmitter_session import Identity, TransmitterSession

PRIVATE = bytes(range(32))
PUBLIC = identity.public_key(PRIVATE)
CENTER = b"c" * 32
LEADS = (Lead("II"), Lead("V1"))
START = 1_800_000_000 * SECOND


class Center:
    """A whole center in a hundred lines: every session is the real one, the store is a set."""

    def __init__(self, **changes: object) -> None:
        self.now = START
        self.facts = Known(PUBLIC, Layout(250.0, LEADS), False, 0, None, True, Ledger(), 0)
        self.facts = replace(self.facts, **changes)
        self.sessions: dict[int, CenterSession] = {}
        self.out: dict[int, deque[bytes]] = {}
        self.number = 0

    def nonce(self) -> bytes:
        return self.number.to_bytes(32, "big")

    def dial(self, line: int) -> None:
        self.number += 1
        self.sessions[line] = CenterSession(self.number, self.nonce(), CENTER, self.now)
        self.out[line] = deque()
        self.run(line, self.sessions[line].open())

    def run(self, line: int, effects: list) -> None:
        session = self.sessions[line]
        for effect in effects:
            if isinstance(effect, Send):
                self.out[line].append(effect.data)
            elif isinstance(effect, NeedIdentity):
                here = effect.stream == 17 and effect.transmitter == "T-100"
                self.run(line, session.known(self.facts if here else None, self.now))
            elif isinstance(effect, Joined):
                for other, older in self.sessions.items():
                    if other != line and older.streaming:
                        self.run(other, older.refuse(Code.SUPERSEDED))
            elif isinstance(effect, Declared):
                self.facts = replace(
                    self.facts, layout=effect.layout, declared=True, recording=effect.recording
                )
            elif isinstance(effect, Block):
                span = (effect.start, effect.start + effect.count)
                self.facts.ledger.committed(*span)
                self.run(line, session.ack([span]))
            elif isinstance(effect, Told):
                self.facts = replace(self.facts, last_event=effect.event.number)
                self.run(line, session.ack([], effect.event.number))

    def hear(self, line: int, message: bytes) -> None:
        self.run(line, self.sessions[line].received(message, self.now))

    def perform(self, action: play.Action) -> play.Heard:
        if isinstance(action, play.Dial):
            self.dial(action.line)
        elif isinstance(action, play.Hang):
            self.sessions.pop(action.line, None)
            self.out.pop(action.line, None)
        elif isinstance(action, play.Say) and action.line in self.sessions:
            self.hear(action.line, action.data)
        elif isinstance(action, play.Hear):
            return self.wait(action)
        return play.Heard(self.now)

    def wait(self, action: play.Hear) -> play.Heard:
        deadline = self.now + action.timeout
        while True:
            session = self.sessions.get(action.line)
            if session is None:
                return play.Heard(self.now, closed=True)
            if self.out[action.line]:
                return play.Heard(self.now, self.out[action.line].popleft())
            if session.state.name == "CLOSED":
                return play.Heard(self.now, closed=True)
            if self.now >= deadline:
                return play.Heard(self.now)
            self.now += 100 * MILLISECOND
            for line, other in self.sessions.items():
                self.run(line, other.tick(self.now))


def watch(script: play.Play, perform: Callable[[play.Action], play.Heard]) -> play.Report:
    action = next(script)
    for _ in range(20_000):
        try:
            action = script.send(perform(action))
        except StopIteration as end:
            return end.value
    raise AssertionError("the play never ends")


SETUP = Setup("T-100", 17, PRIVATE, CENTER, 250_000, ("II", "V1"), b"s" * 32)


def test_our_center_conforms() -> None:
    report = watch(check_center(SETUP), Center().perform)
    assert report.differences == []
    assert len(report.checks) > 40


@pytest.mark.parametrize("leads", [1, 12])
def test_it_plays_any_number_of_leads(leads: int) -> None:
    names = tuple(f"L{number}" for number in range(leads))
    center = Center(layout=Layout(360.0, tuple(Lead(name) for name in names)))
    setup = replace(SETUP, rate_mhz=360_000, leads=names)
    assert watch(check_center(setup), center.perform).differences == []


class SameNonce(Center):
    def nonce(self) -> bytes:
        return bytes(32)


class NeverAcknowledges(Center):
    def run(self, line: int, effects: list) -> None:
        super().run(line, [effect for effect in effects if not isinstance(effect, Block)])


class Forgets(Center):
    def dial(self, line: int) -> None:
        self.facts = replace(self.facts, ledger=Ledger())
        super().dial(line)


class TakesTwo(Center):
    def run(self, line: int, effects: list) -> None:
        super().run(line, [effect for effect in effects if not isinstance(effect, Joined)])


class NoClock(Center):
    def run(self, line: int, effects: list) -> None:
        def query(effect: object) -> bool:
            return isinstance(effect, Send) and effect.data[1] == 8

        super().run(line, [effect for effect in effects if not query(effect)])


class Stutters(Center):
    def run(self, line: int, effects: list) -> None:
        spoilt = [
            Send(effect.data + b"!") if isinstance(effect, Send) and effect.data[1] == 6 else effect
            for effect in effects
        ]
        super().run(line, spoilt)


BROKEN_CENTERS = [
    (SameNonce, "a replayed hello is refused"),
    (NeverAcknowledges, "samples are acknowledged: codec 0"),
    (Forgets, "the resume point holds what was acknowledged"),
    (TakesTwo, "the newer of two connections wins"),
    (NoClock, "the clock is asked"),
    (Stutters, "every frame is well-formed"),
]


@pytest.mark.parametrize(("broken", "name"), BROKEN_CENTERS, ids=[row[0].__name__ for row in BROKEN_CENTERS])
def test_a_broken_center_is_found_out(broken: type[Center], name: str) -> None:
    report = watch(check_center(SETUP), broken().perform)
    assert name in [check.name for check in report.differences]


def test_a_center_that_is_not_there_is_said() -> None:
    report = watch(check_center(SETUP), lambda _: play.Heard(START, closed=True))
    assert not report.ok


class Transmitter:
    """A transmitter on virtual time: the real session, lanes and outbox over made-up samples."""

    live, backlog = 250, 2500

    def __init__(self) -> None:
        self.now = START
        self.lanes = Lanes(self.live, self.backlog, acquired=5_000)
        self.outbox = Outbox(last=0)
        self.session: TransmitterSession | None = None
        self.out: deque[bytes] = deque()
        self.connections = 0
        self.outbox.add(frames.Mark(0, 100, "dizzy"))

    def identity(self) -> Identity:
        return Identity("T-100", 17, PRIVATE, CENTER)

    def layout(self) -> frames.LayoutFrame:
        return frames.LayoutFrame(250_000, LEADS, 5)

    def samples(self, start: int, stop: int) -> np.ndarray:
        index = np.arange(start, stop)
        return np.stack([index % 251, index % 13], 1).astype(np.int16)

    def nonce(self) -> bytes:
        return self.connections.to_bytes(32, "big")

    def connect(self) -> None:
        self.connections += 1
        self.session = TransmitterSession(self.identity(), self.layout(), self.nonce(), self.now)
        self.out.clear()

    def hang(self) -> None:
        self.session = None
        self.lanes.disconnected()

    def run(self, effects: list) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.out.append(effect.data)
            elif isinstance(effect, Ready):
                self.ready(effect.welcome)
            elif isinstance(effect, Durable):
                self.lanes.acked(effect.spans, self.now)
                self.outbox.acked(effect.last_event)
            elif isinstance(effect, Credited):
                self.lanes.credit(effect.window, effect.resend)
            elif isinstance(effect, ClockAsked):
                position = 5_000 + (self.now - START) * 250 / SECOND
                self.run(self.session.clock(effect, position, self.now))
            elif isinstance(effect, Close):
                self.lanes.disconnected()

    def ready(self, welcome: frames.Welcome) -> None:
        self.lanes.connected(welcome.durable, welcome.window)
        self.outbox.connected(welcome.last_event)

    def send(self, chunk: tuple[int, int, bool]) -> None:
        start, stop, backlog = chunk
        self.out.append(pack(start, self.samples(start, stop), backlog))

    def step(self) -> None:
        self.now += 50 * MILLISECOND
        self.lanes.acquire(5_000 + (self.now - START) * 250 // SECOND)
        if self.session is None or not self.session.streaming:
            return
        for event in self.outbox.due():
            self.run(self.session.event(event))
        while chunks := self.lanes.next(self.now, 0):
            for chunk in chunks:
                self.send(chunk)

    def perform(self, action: play.Action) -> play.Heard:
        if isinstance(action, play.Accept):
            self.now += SECOND
            self.connect()
        elif isinstance(action, play.Hang):
            self.hang()
        elif isinstance(action, play.Say) and self.session is not None:
            self.run(self.session.received(action.data, self.now))
        elif isinstance(action, play.Hear):
            return self.wait(action)
        return play.Heard(self.now)

    def wait(self, action: play.Hear) -> play.Heard:
        deadline = self.now + action.timeout
        while not self.out:
            if self.session is None or self.session.state.name == "CLOSED":
                return play.Heard(self.now, closed=True)
            if self.now >= deadline:
                return play.Heard(self.now)
            self.step()
        return play.Heard(self.now, self.out.popleft())


EXPECTED = Expected("T-100", 17, PUBLIC, CENTER, 250_000, 2, b"s" * 32)


def test_our_transmitter_conforms() -> None:
    report = watch(check_transmitter(EXPECTED), Transmitter().perform)
    assert report.differences == []
    assert len(report.checks) > 15


class Trusting(Transmitter):
    def identity(self) -> Identity:
        stranger = bytes(31) + b"\x01"
        return replace(super().identity(), center=stranger if self.connections == 1 else CENTER)


class OneNonce(Transmitter):
    def nonce(self) -> bytes:
        return bytes(32)


class DropsOnSend(Transmitter):
    def send(self, chunk: tuple[int, int, bool]) -> None:
        super().send(chunk)
        self.lanes.durable.add(chunk[0], chunk[1])


class IgnoresAcks(Transmitter):
    def ready(self, welcome: frames.Welcome) -> None:
        self.lanes = Lanes(self.live, self.backlog, self.lanes.acquired)
        self.lanes.connected((), welcome.window)
        self.outbox.connected(welcome.last_event)


class IgnoresWindow(Transmitter):
    def ready(self, welcome: frames.Welcome) -> None:
        super().ready(replace(welcome, window=100_000))


class Relabels(Transmitter):
    def samples(self, start: int, stop: int) -> np.ndarray:
        return super().samples(start, stop) + np.int16(self.connections)


class OtherLayout(Transmitter):
    def layout(self) -> frames.LayoutFrame:
        return frames.LayoutFrame(250_000, LEADS, self.connections)


class OtherKey(Transmitter):
    def identity(self) -> Identity:
        return replace(super().identity(), private_key=b"k" * 32)


class SkipsEvents(Transmitter):
    def step(self) -> None:
        if self.outbox.last == 1:
            self.outbox.last = 2
        super().step()
        self.outbox.add(frames.Status(0, 5))


BROKEN = [
    (Trusting, "another center's identity is refused"),
    (OneNonce, "every HELLO has a nonce of its own"),
    (DropsOnSend, "what was not acknowledged comes again"),
    (IgnoresAcks, "what is durable is not sent again"),
    (IgnoresWindow, "the backlog stays inside the window"),
    (Relabels, "samples come again unchanged"),
    (OtherLayout, "LAYOUT stays the same"),
    (OtherKey, "HELLO is signed with the enrolled key"),
    (SkipsEvents, "events are numbered from 1 without a hole"),
]


@pytest.mark.parametrize(("broken", "name"), BROKEN, ids=[row[0].__name__ for row in BROKEN])
def test_a_broken_transmitter_is_found_out(broken: type[Transmitter], name: str) -> None:
    report = watch(check_transmitter(EXPECTED), broken().perform)
    assert name in [check.name for check in report.differences]
