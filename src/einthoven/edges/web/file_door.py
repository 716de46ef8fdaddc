"""Calls as the pages see them: what takes recordings, what shows strips and sound (R6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from einthoven.center.call_ports import HandedIn
from einthoven.center.call_world import Part


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording on file.

    Attributes:
        digest: SHA-256 of its bytes.
        rate: samples a second.
        channels: 1 or 2.
        seconds: of sound; 0: it does not say.
        missing_s: seconds that its header says and that are not there.
    """

    digest: str
    rate: int
    channels: int
    seconds: float
    missing_s: float


class FileDoor(Protocol):
    """What takes recordings."""

    @property
    def most(self) -> int:
        """Bytes of the largest that is taken."""
        ...

    def keep(self, content: bytes, name: str, channel: int) -> Kept:
        """Look at a recording and put it on file, durable on return; on a reading thread.

        Raises:
            InputError: it is no sound that is taken; nothing is kept then.
            StoreError: there is no room.
            OSError: it could not be written.
        """
        ...

    def filed(self, digest: str) -> int | None:
        """The call that the same bytes came in as before; on the event loop."""
        ...

    def begin(self, handed: HandedIn) -> int:
        """Make the call, and let it be read; its number. RefusedError where it cannot be."""
        ...

    def state(self, number: int) -> dict[str, object]:
        """How far a call's recording is read; NotFoundError where there is none."""
        ...


class CallPages(Protocol):
    """Calls as the pages show them (``center.call_room.CallRoom``)."""

    def strip(self, call: int, strip: int, since: int) -> dict[str, object]:
        """A strip from a sample on, JSON-ready; on the event loop. NotFoundError where there is none."""
        ...

    def sound(self, call: int) -> Sequence[Part]:
        """All that is kept of a call's sound; on a reading thread.

        Raises:
            NotFoundError: nothing is kept of such a call.
            StoreDamagedError: it is damaged.
        """
        ...
