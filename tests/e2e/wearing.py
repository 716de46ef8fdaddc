"""Transmitters on real connections, in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import SECOND
from einthoven.base.spans import SpanSet
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.keys import read_key
from einthoven.link import codec
from einthoven.link.effects import ClockAsked, Send
from einthoven.link.frames import encode
from einthoven.link.messages import LayoutFrame, Samples
from einthoven.link.transmitter_session import TransmitterSession
from einthoven.sim.habits import Habits
from einthoven.sim.sources import Source
from einthoven.sim.spool import MemorySpool
from einthoven.sim.transmitter import Transmitter
from einthoven.sim.wire import Credentials, Dialer, LoopScheduler

T = TypeVar("T")
I16 = NDArray[np.int16]


class Wearing:
    """The thread; everything that is worn in it is touched there only."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="transmitters")
        self._thread.start()
        self._dialers: list[Dialer] = []
        self._worn: list[Worn | Hand] = []

    def call(self, act: Callable[[], T]) -> T:
        """Run something in the thread; what it returned."""
        told: Future[T] = Future()

        def run() -> None:
            try:
                told.set_result(act())
            except Exception as error:  # noqa: BLE001  handed to whoever asked
                told.set_exception(error)

        self.loop.call_soon_threadsafe(run)
        return told.result(30)

    def wear(self, key: Path, source: Source, frame_s: float = 1.0, seed: int = 1) -> Worn:
        """A worn transmitter that acquires from now on."""
        return self._put_on(lambda: Worn(self, key, source, frame_s, seed))

    def by_hand(self, key: Path, source: Source, worn_s: float) -> Hand:
        """A transmitter that has been worn for some time, and sends what it is not told to withhold."""
        return self._put_on(lambda: Hand(self, key, source, worn_s))

    def _put_on(self, make: Callable[[], Any]) -> Any:
        def put_on() -> Any:
            worn = make()
            self._dialers.append(worn.dialer)
            self._worn.append(worn)
            worn.start()
            return worn

        return self.call(put_on)

    def close(self) -> None:
        """Take everything off and end the thread."""

        async def end() -> None:
            for worn in self._worn:
                worn.stop()
            for dialer in self._dialers:
                await dialer.close()

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(30)
        self.loop.close()


def credentials(key: Path) -> Credentials:
    """What a key file holds."""
    told = read_key(key)
    return Credentials(told.transmitter, told.number, told.secret, told.link, told.certificate)


class Worn:
    """One simulated transmitter."""

    def __init__(self, wearing: Wearing, key: Path, source: Source, frame_s: float, seed: int) -> None:
        given = credentials(key)
        self._wearing = wearing
        self._cut = False
        self.source = source
        self.dialer = Dialer(given.link, given.certificate)
        self._scheduler = LoopScheduler(wearing.loop)
        self.transmitter = Transmitter(
            given.identity(),
            source,
            MemorySpool(len(source.layout.leads)),
            RealClock(),
            self._scheduler,
            self._dial,
            seed,
            Habits(frame_s=frame_s),
        )

    def start(self) -> None:
        self.transmitter.start()

    def stop(self) -> None:
        self.transmitter.stop()

    def _dial(self, transmitter: Transmitter) -> None:
        if self._cut:
            self._scheduler.call_later(SECOND // 4, lambda: transmitter.lost("no network"))
        else:
            self.dialer.dial(transmitter)

    def do(self, act: Callable[[Transmitter], T]) -> T:
        """Do something with it in its thread."""
        return self._wearing.call(lambda: act(self.transmitter))


class Hand:
    """A transmitter whose live frames come every quarter of a second, except what is withheld.

    It has been worn for ``worn_s`` when it first connects, and sends that past at once.
    """

    def __init__(self, wearing: Wearing, key: Path, source: Source, worn_s: float) -> None:
        given = credentials(key)
        self._wearing = wearing
        self.source = source
        self.identity = given.identity()
        self.dialer = Dialer(given.link, given.certificate)
        self._rate = source.layout.rate_hz
        self._zero = time.monotonic() - worn_s
        self._withheld = SpanSet()
        self._at = 0
        self._session: TransmitterSession | None = None
        self._channel: Any = None
        self._timer: asyncio.TimerHandle | None = None

    # -- in its thread: what the dialer asks for ----------------------------------------------------------

    def start(self) -> None:
        self.dialer.dial(self)  # type: ignore[arg-type]  # it asks no more of a transmitter than this

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._channel is not None:
            self._channel.close()

    def connected(self, channel: Any) -> None:
        self._channel = channel
        layout = LayoutFrame(self.source.layout.rate_mhz, self.source.layout.leads, self.source.recording)
        self._session = TransmitterSession(self.identity, layout, bytes(32), time.monotonic_ns())
        self._frames()

    def received(self, message: bytes) -> None:
        assert self._session is not None
        for effect in self._session.received(message, time.monotonic_ns()):
            if isinstance(effect, ClockAsked):
                for answer in self._session.clock(effect, self.position(), time.time_ns()):
                    self._channel.send(answer.data)  # type: ignore[union-attr]
            elif isinstance(effect, Send):
                self._channel.send(effect.data)

    def writable(self) -> None:
        """Nothing is held back."""

    def lost(self, reason: str) -> None:
        self._channel = self._session = None

    def position(self) -> float:
        return (time.monotonic() - self._zero) * self._rate

    def _frames(self) -> None:
        if self._channel is None or self._session is None:
            return
        if self._session.streaming:
            stop = int(self.position())
            for span in self._withheld.missing(self._at, stop):
                self._send(*span, backlog=False)
            self._at = stop
        self._timer = self._wearing.loop.call_later(0.25, self._frames)

    def _send(self, start: int, stop: int, backlog: bool) -> None:
        for at in range(start, stop, 5000):
            samples = self.source.samples(at, min(at + 5000, stop))
            payload = codec.encode(samples, 1)
            self._channel.send(encode(Samples(at, *samples.shape, payload, 1, backlog)))

    # -- from the test's thread ---------------------------------------------------------------------------

    def withhold(self, start_s: float, stop_s: float) -> tuple[int, int]:
        """Keep back what is acquired between two times; the samples."""
        span = (round(start_s * self._rate), round(stop_s * self._rate))
        self._wearing.call(lambda: self._withheld.add(*span))
        return span

    def release(self, span: tuple[int, int]) -> None:
        """Send it now, as backlog."""
        self._wearing.call(lambda: self._send(*span, backlog=True))

    def now_s(self) -> float:
        """How long it has been worn."""
        return self.position() / self._rate
