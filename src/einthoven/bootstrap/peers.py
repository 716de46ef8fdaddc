"""The desk between centers of a running center: its key, its second, its guests, its wire."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import structlog

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import Instant
from einthoven.bootstrap.core import Core
from einthoven.bootstrap.peer_forward import Forwarder, loan_seed
from einthoven.center import peer_details
from einthoven.center.desk import Desk
from einthoven.center.enroll import end_service
from einthoven.center.peer_desk import Admitted, PeerDesk
from einthoven.center.peer_details import Details, Sending
from einthoven.center.peer_form import Link
from einthoven.center.peer_message import public_key
from einthoven.center.ports import Clock, StreamFacts
from einthoven.edges.messaging.peer_post import PeerPoster
from einthoven.enrollment.guests import guest_named, transmitter_name
from einthoven.surveillance.peer_book import Guest, Peer, PeerId

LOG = structlog.get_logger("einthoven.peer")
KEYS_FOLDER: Final = "keys"
KEY_FILE: Final = "peer.key"
TURN_S: Final = 1.0


def ensure_seed(folder: Path) -> bytes:
    """The seed of a center's key, made on first need (mode 0600).

    Args:
        folder: of the center's keys.

    Raises:
        InputError: the file is there and holds no key.
    """
    path = folder / KEY_FILE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        seed = bytes.fromhex(path.read_text().strip())
    except ValueError as error:
        raise InputError(f"{path}: holds no key") from error
    if len(seed) != 32:
        raise InputError(f"{path}: holds no key (want 64 hexadecimal digits)")
    return seed


class RealWorld:
    """``center.peer_desk.PeerWorld`` of a running center.

    Args:
        facts: of a stream.
        everyone: every stream that is known.
        enroll: opens a period, with the body of an enrollment; not on the loop. Its answer names the stream.
        end: ends the period of a stream; not on the loop.
        link: URL and certificate of this center's link.
        threads: where what waits for the disk runs.
        seed: of this center's key.
    """

    def __init__(
        self,
        facts: Callable[[StreamId], StreamFacts | None],
        everyone: Callable[[], Iterable[StreamFacts]],
        enroll: Callable[[dict[str, object]], Mapping[str, object]],
        end: Callable[[StreamId], object],
        link: Callable[[], tuple[str, str]],
        threads: Executor,
        seed: bytes,
    ) -> None:
        self._facts = facts
        self._everyone = everyone
        self._enroll = enroll
        self._end = end
        self._link = link
        self._threads = threads
        self._seed = seed
        self._own: tuple[str, str] = "", ""
        self.streams: Forwarder | None = None

    def sending(self, stream: StreamId) -> Sending | None:
        """How a patient's samples would come to another center; None: they do not, as by telephone."""
        facts = self._facts(stream)
        if facts is None or not facts.declared or facts.telephone:
            return None
        return Sending(facts.transmitter, facts.layout, public_key(loan_seed(self._seed, stream)))

    def forward(self, stream: StreamId, link: Link | None) -> None:
        """Send a stream there from now on, or no more."""
        if self.streams is not None:
            self.streams.forward(stream, link)

    def admit(self, told: Details, peer: PeerId, theirs: StreamId, done: Admitted) -> None:
        """Enroll a guest."""
        loop = asyncio.get_running_loop()

        def work() -> None:
            stream: StreamId | None = None
            failed: Exception | None = None
            try:
                body = peer_details.enrollment(told, transmitter_name(peer, theirs))
                stream = parse_stream(str(self._enroll(body)["stream"]))
            except Exception as error:  # noqa: BLE001 - the top of a task: told to whoever asked
                failed = error
            loop.call_soon_threadsafe(done, stream, failed)

        self._threads.submit(work)

    def enrolled(self) -> list[Guest]:
        """Every open period of a guest's transmitter, whether or not a deed says who that is."""
        named = [(one.stream, guest_named(one.transmitter)) for one in self._everyone() if one.open]
        return [Guest(*whose, stream, 0) for stream, whose in named if whose is not None]

    def link(self, guest: Guest) -> Link | None:
        """Where a guest's samples are to be sent."""
        if not self._own[0]:
            self._own = self._link()
        url, certificate = self._own
        if not url:
            return None
        return Link(guest.stream, transmitter_name(guest.peer, guest.theirs), url, certificate)

    def discharge(self, stream: StreamId) -> None:
        """A guest has left: its period ends."""

        def work() -> None:
            try:
                self._end(stream)
            except Exception as error:  # noqa: BLE001 - the top of a task: told; a start tries again
                LOG.warning("guest not ended", stream=stream_name(stream), error=str(error))

        self._threads.submit(work)


class PeerRun:
    """Speaks with every center that is trusted, once a second.

    Attributes:
        peers: the desk between centers.
    """

    def __init__(self, desk: Desk, world: RealWorld, seed: bytes, clock: Clock) -> None:
        self.peers = PeerDesk(desk, world, seed, secrets.token_hex(8))
        self._desk = desk
        self._world = world
        self._clock = clock
        self._poster = PeerPoster()
        self._posts: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """For ever."""
        try:
            while True:
                self._desk.guarded("peers", self.turn)
                await asyncio.sleep(TURN_S)
        finally:
            for task in list(self._posts):
                task.cancel()
            await asyncio.gather(*self._posts, return_exceptions=True)
            await self._poster.close()
            if self._world.streams is not None:
                await self._world.streams.close()

    def turn(self) -> None:
        """One turn: a message to each center."""
        for peer, raw in self.peers.turn(self._clock.wall()):
            task: asyncio.Task[None] = asyncio.get_running_loop().create_task(self._post(peer, raw))
            self._posts.add(task)
            task.add_done_callback(self._posts.discard)

    async def _post(self, peer: Peer, raw: bytes) -> None:
        was = self.peers.troubles.get(peer.number, "")
        try:
            answer = await self._poster.post(peer, raw)
        except RefusedError as error:
            self.peers.unanswered(peer.number, error.detail, self._clock.wall())
        except Exception as error:  # noqa: BLE001 - the top of a task: told; other centers and the desk go on
            self._desk.failed("peers", error)
            self.peers.unanswered(peer.number, "a defect here; see the log", self._clock.wall())
        else:
            now: Instant = self._clock.wall()
            self._desk.guarded("peers", lambda: self.peers.answered(peer.number, answer, now))
        trouble = self.peers.troubles.get(peer.number, "")
        if trouble != was:
            LOG.info("peer", center=peer.name, trouble=trouble or None)


def open_peers(
    desk: Desk,
    core: Core,
    clock: Clock,
    keys: Path,
    enroll: Callable[[dict[str, object]], Mapping[str, object]],
    changed: Callable[[list[StreamId]], None],
    link: Callable[[], tuple[str, Path]],
) -> PeerRun:
    """The desk between centers of a center that starts.

    Args:
        keys: folder of the center's keys.
        enroll: opens a period, and tells the wall; not on the loop.
        changed: periods were changed; on the loop.
        link: URL and certificate of the link, once it is open.
    """
    loop, seed = asyncio.get_running_loop(), ensure_seed(keys)

    def end(stream: StreamId) -> None:
        end_service(core.facts, stream, clock.wall(), "center")
        loop.call_soon_threadsafe(changed, [stream])

    def linked() -> tuple[str, str]:
        url, certificate = link()
        return url, certificate.read_text() if url else ""

    threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="guests")
    world = RealWorld(core.facts.stream, core.facts.all, enroll, end, linked, threads, seed)
    world.streams = Forwarder(core, clock, keys, seed)
    return PeerRun(desk, world, seed, clock)
