"""What a session asks of its host: small values, carried out in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import Span
from einthoven.link.limits import Code
from einthoven.link.messages import Event, Welcome


@dataclass(frozen=True, slots=True)
class Send:
    """Queue this message (one frame) on the connection."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection after what was queued; the session is over."""

    code: Code
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NeedIdentity:
    """Center: look this transmitter and stream up and answer with ``CenterSession.known``."""

    transmitter: str
    stream: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Center: identity proven, WELCOME sent; an older connection of the stream is to be superseded."""

    stream: int
    transmitter: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Declared:
    """Center: the transmitter's LAYOUT is taken; samples follow.

    Attributes:
        layout, recording, origin: as declared; ``origin`` None for a live recording.
        fresh: True when the stream had none before: fix it for good.
        renamed: the enrolled lead names that the declared ones differ from, or None.
    """

    stream: int
    layout: Layout
    recording: int
    origin: Instant | None
    fresh: bool
    renamed: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Block:
    """Center: samples to store, a well-formed SAMPLES message holding only indices not taken before."""

    start: int
    count: int
    leads: int
    backlog: bool
    message: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """Center: an event, the next of its stream; acknowledge it with ``CenterSession.ack`` once durable."""

    stream: int
    event: Event


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Center: one clock exchange: position ``position`` was reached between ``sent`` and ``received``."""

    stream: int
    position: float
    sent: Instant
    received: Instant
    device: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Center: something refused or absorbed by rule, to be counted under ``what`` (a short fixed word)."""

    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """The other side said good-bye."""

    code: Code
    text: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Transmitter: welcomed; LAYOUT is sent and samples may flow (``Lanes.connected``)."""

    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Durable:
    """Transmitter: these samples, and every event up to ``last_event``, need not be kept any longer."""

    spans: tuple[Span, ...]
    last_event: int


@dataclass(frozen=True, slots=True)
class ClockAsked:
    """Transmitter: answer at once with ``TransmitterSession.clock``."""

    id: int
    center: Instant


@dataclass(frozen=True, slots=True)
class Credited:
    """Transmitter: the backlog window now; ``resend``: whatever is unacknowledged was not stored."""

    window: int
    resend: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Transmitter: the center refused something; ``Close`` follows where that ends the connection."""

    code: Code
    text: str


CenterEffect: TypeAlias = (
    Send | Close | NeedIdentity | Joined | Declared | Block | Told | Exchanged | Counted | Left
)
TransmitterEffect: TypeAlias = Send | Close | Ready | Durable | ClockAsked | Credited | Refused | Left
