"""How a simulated transmitter behaves, what it counts, and what it needs of a connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from einthoven.sim.wearing import Battery


class Channel(Protocol):
    """An open connection to the center, as the transmitter sees it."""

    @property
    def buffered(self) -> int:
        """Bytes given to ``send`` that are not on the wire yet."""
        ...

    def send(self, message: bytes) -> None:
        """Queue one message; nothing happens after ``close``."""
        ...

    def close(self) -> None:
        """Close after what was queued; ``Transmitter.lost`` follows."""
        ...


@dataclass(frozen=True, slots=True)
class Habits:
    """How a transmitter behaves.

    Attributes:
        frame_s: seconds in a live frame.
        backlog_frame_s: seconds in a backlog frame, at most.
        codec: 0 plain, 1 coded.
        status_s: seconds between two status events.
        battery: what it starts with.
        speed: only for a recorded source: how many times real time it may be sent; None: a live stream.
        phase_s: when in its frame the first one is due, to spread transmitters over the second.
    """

    frame_s: float = 1.0
    backlog_frame_s: float = 10.0
    codec: int = 1
    status_s: float = 60.0
    battery: Battery = field(default_factory=Battery)
    speed: float | None = None
    phase_s: float = 0.0


@dataclass(slots=True)
class Counters:
    """What a transmitter counted.

    Attributes:
        frames, bytes_sent: sample frames and bytes of all messages given to the connection.
        dials, welcomes: connections tried and welcomed.
        live_late: live frames sent more than a second after their last sample.
        refusals: refusal codes by name.
    """

    frames: int = 0
    bytes_sent: int = 0
    dials: int = 0
    welcomes: int = 0
    live_late: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
