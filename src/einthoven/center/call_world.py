"""What the call room needs of the world: a place for raw sound, threads to work on, the desk (R6, R8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from einthoven.base.errors import StoreError
from einthoven.base.instants import Instant

T = TypeVar("T")
Kind = Literal["mu", "a", "lost", "key"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a call in the order in which its line told it.

    Attributes:
        kind: sound by either law of G.711, samples that the line lost, or a key that was pressed.
        at: center time of its receipt.
        data: of sound one byte a sample; of a key its digit.
        count: samples lost.
    """

    kind: Kind
    at: Instant
    data: bytes = b""
    count: int = 0

    @property
    def samples(self) -> int:
        """How far the call goes on by it, at 8000 a second."""
        return self.count if self.kind == "lost" else len(self.data) * (self.kind != "key")


class Tapes(Protocol):
    """Raw sound of calls on the disk (``edges.store.call_sound``); all calls on one thread but ``read``."""

    def write(self, chunks: Sequence[tuple[int, Sequence[Part]]]) -> dict[int, StoreError]:
        """Append parts of calls, by number; on return those of every call that is not named are durable.

        Returns:
            Calls whose parts could not be stored, and why; of these nothing is kept of this time.
        """
        ...

    def read(self, number: int) -> list[Part]:
        """All that is kept of a call, in order; what could not be stored is ``lost``.

        Raises:
            NotFoundError: nothing is kept of such a call.
            StoreDamagedError: what is kept fails its checksum before its end.
        """
        ...

    def close(self, number: int) -> None:
        """Nothing more comes of a call."""
        ...


class Worker(Protocol):
    """Work off the event loop, one piece after another."""

    def do(self, work: Callable[[], T], done: Callable[[T | None, Exception | None], None]) -> None:
        """Run ``work`` on the thread; ``done`` on the event loop with its result, or what it raised."""
        ...
