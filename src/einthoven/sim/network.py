"""A bad network between transmitters and a center, on virtual time, by seed.

The link runs in TCP streams, so a message is never lost, doubled or reordered alone: what a bad network does
is to delay, to slow down, to stall, to cut, and to leave one end believing in a connection that the other
forgot.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from einthoven.base.instants import SECOND
from einthoven.center.ports import Connection, Scheduler
from einthoven.sim.transmitter import Transmitter

WRITABLE_BYTES = 4096
"""A sender is told to go on when fewer bytes than this wait."""


class Peer(Protocol):
    """The center's end of one connection."""

    def received(self, message: bytes) -> None:
        """A message came in."""
        ...

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        ...


class Door(Protocol):
    """Where a simulated center takes connections."""

    def accept(self, connection: Connection) -> Peer | None:
        """A new connection; None: nobody answers (the center is down or full)."""
        ...


@dataclass(frozen=True, slots=True)
class Weather:
    """The state of the network.

    Attributes:
        delay_s: one-way delay, at least.
        jitter_s: mean of an exponentially distributed delay on top.
        up_bytes_s, down_bytes_s: width of the link towards and from the center; None: as wide as needed.
        refuse: share of dials that fail.
    """

    delay_s: float = 0.03
    jitter_s: float = 0.0
    up_bytes_s: float | None = None
    down_bytes_s: float | None = None
    refuse: float = 0.0


class Network:
    """Connections between transmitters and one center.

    Args:
        scheduler: virtual time, with ``now``.
        now: nanoseconds that only go forward.
        door: the center.
        seed: of delays and refusals.
        weather: at the start.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        now: Callable[[], int],
        door: Door,
        seed: int = 0,
        weather: Weather | None = None,
    ) -> None:
        self._scheduler = scheduler
        self._now = now
        self._door = door
        self._chance = Random(seed)
        self._weather = weather or Weather()
        self._own: dict[str, Weather] = {}
        self._cut_until: dict[str, int] = {}
        self._wires: list[_Wire] = []

    def dial(self, transmitter: Transmitter) -> None:
        """Begin a connection for a transmitter (its ``dial``)."""
        name = transmitter.identity.transmitter
        weather = self.weather(name)
        delay = round((weather.delay_s + self._chance.expovariate(1.0) * weather.jitter_s) * SECOND)
        blocked = self._now() < max(self._cut_until.get(name, 0), self._cut_until.get("", 0))
        if blocked or self._chance.random() < weather.refuse:
            self._scheduler.call_later(delay + SECOND, lambda: transmitter.lost("no answer"))
            return
        self._scheduler.call_later(3 * delay, lambda: self._answer(transmitter))

    def weather(self, name: str) -> Weather:
        """What holds for this transmitter now."""
        return self._own.get(name, self._weather)

    def set_weather(self, weather: Weather, name: str = "") -> None:
        """Change the weather of one transmitter, or of all without their own."""
        if name:
            self._own[name] = weather
        else:
            self._weather = weather

    def cut(self, seconds: float, name: str = "") -> None:
        """Break the connections (of one transmitter) and let none through for a while; both ends notice."""
        self._cut_until[name] = self._now() + round(seconds * SECOND)
        self.reset(name)

    def reset(self, name: str = "") -> None:
        """Break the connections (of one transmitter): what is on the way is lost, both ends notice."""
        for wire in self._of(name):
            wire.break_off("connection reset", near=True, far=True)

    def center_died(self) -> None:
        """The center's process is gone: every transmitter sees a reset, nobody is left to be told there."""
        for wire in self._of(""):
            wire.peer = None
            wire.break_off("connection reset", near=True, far=True)

    def stall(self, seconds: float, name: str = "") -> None:
        """Nothing gets through for a while, and nobody is told."""
        for wire in self._of(name):
            wire.stall(self._now() + round(seconds * SECOND))

    def half_open(self, name: str = "", center_notices: bool = True) -> None:
        """One end sees the connection break; the other goes on talking into the void until its time-out."""
        for wire in self._of(name):
            wire.break_off("connection reset", near=not center_notices, far=center_notices)

    def _of(self, name: str) -> list[_Wire]:
        self._wires = [wire for wire in self._wires if wire.open]
        return [wire for wire in self._wires if not name or wire.name == name]

    def _answer(self, transmitter: Transmitter) -> None:
        wire = _Wire(self, transmitter)
        peer = self._door.accept(wire.far_end)
        if peer is None:
            transmitter.lost("connection refused")
            return
        wire.peer = peer
        self._wires.append(wire)
        transmitter.connected(wire.near_end)

    def pipe(
        self, name: str, up: bool, deliver: Callable[[bytes], None], drained: Callable[[], None]
    ) -> _Pipe:
        """One direction of a new connection."""
        return _Pipe(
            self._scheduler, self._now, self._chance, lambda: self.weather(name), up, deliver, drained
        )


class _Pipe:
    """One direction: in order, with delay, width and stalls."""

    def __init__(
        self,
        scheduler: Scheduler,
        now: Callable[[], int],
        chance: Random,
        weather: Callable[[], Weather],
        up: bool,
        deliver: Callable[[bytes], None],
        drained: Callable[[], None],
    ) -> None:
        self._scheduler, self._now, self._chance, self._weather = scheduler, now, chance, weather
        self._up, self._deliver, self._drained = up, deliver, drained
        self._free_at = self._last = self._stalled = 0
        self._leaving: deque[tuple[int, int]] = deque()
        self._arriving: deque[bytes] = deque()
        self.open = True

    @property
    def buffered(self) -> int:
        while self._leaving and self._leaving[0][0] <= self._now():
            self._leaving.popleft()
        return sum(size for _, size in self._leaving)

    def send(self, message: bytes) -> None:
        if not self.open:
            return
        weather = self._weather()
        width = weather.up_bytes_s if self._up else weather.down_bytes_s
        took = round(len(message) / width * SECOND) if width else 0
        self._free_at = max(self._free_at, self._now()) + took
        if took:
            self._leaving.append((self._free_at, len(message)))
            self._scheduler.call_later(self._free_at - self._now(), self._left)
        delay = weather.delay_s + self._chance.expovariate(1.0) * weather.jitter_s
        self._last = max(self._last, self._free_at + round(delay * SECOND))
        self._arriving.append(message)
        self._scheduler.call_later(self._last - self._now(), self._arrive)

    def stall(self, until: int) -> None:
        self._stalled = max(self._stalled, until)
        self._free_at = max(self._free_at, until)
        self._last = max(self._last, until)

    def after(self, act: Callable[[], None]) -> None:
        """Run ``act`` once everything queued has arrived."""
        self._last = max(self._last, self._now())
        self._scheduler.call_later(self._last - self._now() + 1, act)

    def _left(self) -> None:
        if self.open and self.buffered < WRITABLE_BYTES:
            self._drained()

    def _arrive(self) -> None:
        if not self.open or not self._arriving:
            return
        if self._now() < self._stalled:
            self._scheduler.call_later(self._stalled - self._now(), self._arrive)
            return
        self._deliver(self._arriving.popleft())


class _Wire:
    """One connection: a pipe each way, and who knows that it is open."""

    def __init__(self, network: Network, transmitter: Transmitter) -> None:
        self.name = transmitter.identity.transmitter
        self.peer: Peer | None = None
        self._transmitter = transmitter
        self._near_open = self._far_open = True
        self._up = network.pipe(self.name, True, self._to_center, self._writable)
        self._down = network.pipe(self.name, False, self._to_transmitter, lambda: None)
        self.near_end = _NearEnd(self._up, self._close_near)
        self.far_end = _FarEnd(self._down, self.name, self._close_far)

    @property
    def open(self) -> bool:
        """Whether at least one end believes in it."""
        return self._near_open or self._far_open

    def stall(self, until: int) -> None:
        """Nothing arrives before ``until``."""
        self._up.stall(until)
        self._down.stall(until)

    def break_off(self, reason: str, near: bool, far: bool) -> None:
        """What is on the way is lost; the ends that are told see it close."""
        self._up.open = self._down.open = False
        if near and self._near_open:
            self._near_open = False
            self._transmitter.lost(reason)
        if far and self._far_open:
            self._far_open = False
            if self.peer is not None:
                self.peer.lost(reason)

    def _writable(self) -> None:
        if self._near_open:
            self._transmitter.writable()

    def _to_center(self, message: bytes) -> None:
        if self._far_open and self.peer is not None:
            self.peer.received(message)

    def _to_transmitter(self, message: bytes) -> None:
        if self._near_open:
            self._transmitter.received(message)

    def _close_near(self) -> None:
        """The transmitter closes: it knows at once, the center once everything sent has arrived."""
        if self._near_open:
            self._near_open = False
            self._up.after(lambda: self.break_off("closed by transmitter", near=False, far=True))
            self._transmitter.lost("closed")

    def _close_far(self) -> None:
        if self._far_open:
            self._far_open = False
            self._down.after(lambda: self.break_off("closed by center", near=True, far=False))
            if self.peer is not None:
                self.peer.lost("closed")


class _NearEnd:
    """``sim.habits.Channel``."""

    def __init__(self, pipe: _Pipe, close: Callable[[], None]) -> None:
        self._pipe = pipe
        self._close = close
        self._closed = False

    @property
    def buffered(self) -> int:
        return self._pipe.buffered

    def send(self, message: bytes) -> None:
        if not self._closed:
            self._pipe.send(message)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._close()


class _FarEnd:
    """``center.ports.Connection``."""

    def __init__(self, pipe: _Pipe, name: str, close: Callable[[], None]) -> None:
        self._pipe = pipe
        self._close = close
        self._closed = False
        self.peer = f"simulated {name}"

    def send(self, message: bytes) -> None:
        if not self._closed:
            self._pipe.send(message)

    def close(self, reason: str) -> None:
        del reason
        if not self._closed:
            self._closed = True
            self._close()

    def hold(self, held: bool) -> None:
        """Not simulated: what is on the way arrives."""
