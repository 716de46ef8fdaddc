"""Streams that are lent go to the other center over the link, as a transmitter's do."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.base.urls import place
from einthoven.bootstrap.core import Core
from einthoven.center.peer_form import Link
from einthoven.center.ports import Clock, StreamEvent, Window
from einthoven.link.identity import NO_CERTIFICATE, fingerprint
from einthoven.link.transmitter_session import Identity
from einthoven.sim.peer_relay import Relay
from einthoven.sim.wire import Dialer, LoopScheduler, der_of

LOG = structlog.get_logger("einthoven.peer")
LOANS_FILE = "peer.loans.json"
LOANS_MAX = 10_000
LOAN = b"einthoven peer loan 1\0"


def loan_seed(seed: bytes, stream: StreamId) -> bytes:
    """The key by which a stream that is lent proves itself at the other center: the same after a restart."""
    return hashlib.sha256(LOAN + seed + stream.to_bytes(4, "little")).digest()


@dataclass(frozen=True, slots=True)
class _Here:
    """The live picture of one stream."""

    core: Core
    stream: StreamId

    def front(self) -> int:
        return self.core.hub.front(self.stream)

    def acquired(self, sample: int) -> Instant | None:
        return self.core.time_of(self.stream, sample)

    def recent(self, start: int, stop: int) -> Window:
        return self.core.ward.recent(self.stream, start, stop)


class Forwarder:
    """Sends streams on; all calls on the event loop.

    Args:
        core: whose streams.
        clock: the center's.
        keys: folder of the center's keys; which sample a loan began with is kept there too.
        seed: of the center's key.
    """

    def __init__(self, core: Core, clock: Clock, keys: Path, seed: bytes) -> None:
        self._core = core
        self._clock = clock
        self._file = keys / LOANS_FILE
        self._seed = seed
        self._running: dict[StreamId, tuple[Link, Relay, Dialer]] = {}
        self._refused: dict[StreamId, Link] = {}
        self._closing: set[asyncio.Task[None]] = set()
        core.listeners.append(self._event)

    def forward(self, stream: StreamId, link: Link | None) -> None:
        """Send a stream there from now on, or no more; again with the same is nothing."""
        running = self._running.get(stream)
        if running is not None and running[0] == link:
            return
        if running is not None:
            self._stop(stream)
        if link is None:
            self._refused.pop(stream, None)
        elif self._refused.get(stream) != link:
            try:
                self._start(stream, link)
            except (InputError, OSError) as error:
                self._refused[stream] = link  # told once; another link is tried again
                LOG.error("not forwarded", stream=stream_name(stream), error=str(error))

    def _start(self, stream: StreamId, link: Link) -> None:
        facts = self._core.facts.stream(stream)
        if facts is None or not facts.declared or self._core.hub.front(stream) == 0:
            return
        seed = loan_seed(self._seed, stream)
        center = fingerprint(der_of(link.certificate)) if link.certificate else NO_CERTIFICATE
        identity = Identity(link.transmitter, link.stream, seed, center, "einthoven-center")
        name = f"{stream_name(stream)} {link.url} {link.stream}"
        recording = int.from_bytes(hashlib.sha256(seed + name.encode()).digest()[:7], "little") + 1
        base = self._base(name, self._core.hub.front(stream))
        dialer = Dialer(link.url, link.certificate)
        scheduler = LoopScheduler(asyncio.get_running_loop())
        here = _Here(self._core, stream)
        parts = identity, facts.layout, recording, base, here, self._clock, scheduler, dialer.dial
        relay = Relay(*parts)
        self._running[stream] = link, relay, dialer
        relay.start()
        LOG.info("forwarded", stream=stream_name(stream), to=place(link.url), there=stream_name(link.stream))

    def _stop(self, stream: StreamId) -> None:
        _link, relay, dialer = self._running.pop(stream)
        relay.stop()
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(dialer.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Send nothing any more."""
        for stream in list(self._running):
            self._stop(stream)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _event(self, event: StreamEvent) -> None:
        running = self._running.get(event.stream)
        if running is None:
            return
        try:
            running[1].event(event)
        except Exception as error:  # noqa: BLE001 - of the other center: never in the way of the mark here
            LOG.error("not forwarded", stream=stream_name(event.stream), kind=event.kind, error=repr(error))

    def _base(self, name: str, front: int) -> int:
        """Our sample that is the first of a loan: the one it began with, also after a restart."""
        known = self._loans()
        if name not in known:
            known[name] = front
            kept = dict(list(known.items())[-LOANS_MAX:])
            partial = self._file.with_name(self._file.name + ".part")
            with partial.open("w") as file:
                json.dump(kept, file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._file)
        return known[name]

    def _loans(self) -> dict[str, int]:
        try:
            told = json.loads(self._file.read_text())
            return {str(name): int(base) for name, base in told.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(f"{self._file}: unreadable ({error})") from error
