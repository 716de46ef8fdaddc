"""What the intake holds and needs: one connection, its settings, the world, events as facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.ports import BlockStore, Clock, Connection, StreamDirectory, StreamEvent, StreamFacts
from einthoven.center.streams import Streams, StreamState
from einthoven.center.tally import Tally
from einthoven.link.blocks import FrameBatch, SampleBatch
from einthoven.link.center_session import CenterSession
from einthoven.link.messages import Hole, Mark, Status


class Observer(Protocol):
    """Who is told of links and events: the census of the wall."""

    def admit(self, facts: StreamFacts, front: int = 0, received: Instant = 0) -> None:
        """Facts of a stream are new or changed."""

    def link_up(self, stream: StreamId, at: Instant, session: int = 0) -> None:
        """A transmitter is connected."""

    def link_down(self, stream: StreamId, at: Instant, reason: str, session: int = 0) -> None:
        """Its connection ended."""

    def event(self, event: StreamEvent) -> None:
        """A mark, a status or a declared hole is durable."""

    def backlog(self, stream: StreamId, seconds: float) -> None:
        """How much the transmitter still holds."""

    def storing(self, state: str, at: Instant) -> None:
        """Storing is ok, full or failing."""


@dataclass(slots=True, frozen=True)
class IntakeConfig:
    """Settings of the intake; see ``settings.Settings``."""

    connections_max: int = 12_000
    backlog_window_s: int = 60
    backlog_total_s: int = 20_000
    identity: bytes = bytes(32)


@dataclass(slots=True, eq=False)
class Door:
    """One connection.

    Attributes:
        state: of its stream, once it has proven whose it is.
        gone: the connection has ended.
        taken: messages since it was looked at last.
        noted: ``state.exists_until`` when its backlog was looked at last.
    """

    connection: Connection
    session: CenterSession
    number: int
    state: StreamState | None = None
    gone: bool = False
    taken: int = 0
    noted: int = -1


class Meter(Protocol):
    """What measures how soon samples are durable (``center.transmission``)."""

    def dated(self, state: StreamState) -> None:
        """The clock fit of a stream knows something new."""
        ...

    def durable(self, batch: FrameBatch, now: Instant) -> None:
        """Blocks are durable."""
        ...


class NoMeter:
    """Measures nothing."""

    def dated(self, state: StreamState) -> None:
        """As ``Meter``."""

    def durable(self, batch: FrameBatch, now: Instant) -> None:
        """As ``Meter``."""


class Refusal(NamedTuple):
    """Something refused or absorbed by rule: who, what, and the maker's detail.

    Attributes:
        peer: address of the other end.
        session: says which transmitter and stream it claims to be, as far as it has come.
        what: the word it is counted under.
        detail: for the maker's log, may be empty.
    """

    peer: str
    session: CenterSession
    what: str
    detail: str


@dataclass(slots=True)
class IntakeWorld:
    """What the intake needs of the world.

    Attributes:
        nonce: 32 fresh random bytes at every call.
        to_ward: takes decoded samples, stored or (live only) not.
        refused: hears of everything refused or absorbed.
    """

    directory: StreamDirectory
    store: BlockStore
    clock: Clock
    observer: Observer
    streams: Streams
    nonce: Callable[[], bytes]
    to_ward: Callable[[SampleBatch], None]
    tally: Tally = field(default_factory=Tally)
    refused: Callable[[Refusal], None] = lambda _refusal: None


def as_fact(stream: StreamId, event: Mark | Status | Hole, now: Instant) -> StreamEvent:
    """An event of the link as the fact that is stored."""
    match event:
        case Mark():
            kind = "mark"
            body: dict[str, object] = {
                "symptom": event.symptom,
                "severity": event.severity.name.lower(),
                "activity": event.activity,
                "text": event.text,
            }
        case Status():
            kind = "status"
            body = {
                "battery": event.battery,
                "lead_off": event.lead_off,
                "quality": list(event.quality),
                "rssi": event.rssi,
                "spool": event.spool,
                "device": event.device,
            }
        case Hole():
            kind = "hole"
            body = {"stop": event.stop, "cause": event.cause.name.lower().replace("_", "-")}
    return StreamEvent(stream, event.number, kind, event.sample, now, body)
