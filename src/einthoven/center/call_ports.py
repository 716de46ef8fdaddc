"""What lines tell the center of calls, and what the center asks of lines (R6). All on the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Law = Literal["mu", "a"]
"""G.711: the law of a line's sound."""


class LineCall(Protocol):
    """One call, as its line holds it."""

    @property
    def line(self) -> str:
        """``answering.call.Line``: ``sip``, ``media``."""
        ...

    @property
    def caller(self) -> str:
        """Number of the caller as the line says it, ``""`` where it is withheld."""
        ...

    @property
    def called(self) -> str:
        """The number that was dialled."""
        ...

    @property
    def trace(self) -> str:
        """What the line's own log calls it: a Call-ID, a stream's id."""
        ...

    def answer(self) -> None:
        """A person took the call: a line that lets it ring answers now; doing it again does nothing."""
        ...

    def hang_up(self, why: str) -> None:
        """End it; doing it again does nothing."""
        ...

    def speak(self, sound: NDArray[np.int16]) -> None:
        """Sound for the caller: int16[n], 8000 a second. Dropped where the line is not open."""
        ...


class Switchboard(Protocol):
    """What the center offers to lines (``center.call_room.CallRoom``)."""

    def rings(self, call: LineCall) -> int:
        """A call came. Its number, by which the line tells the rest.

        Raises:
            RefusedError: there is no room for another call; the line says busy.
        """
        ...

    def sound(self, number: int, law: Law, payload: bytes) -> None:
        """The next sound of the caller, 8000 a second, one byte a sample, in order."""
        ...

    def lost(self, number: int, samples: int) -> None:
        """The line lost so many samples at this place: a gap, never filled."""
        ...

    def pressed(self, number: int, digit: str) -> None:
        """The patient pressed a key, as the line itself tells it (RFC 4733, a ``dtmf`` event)."""
        ...

    def ended(self, number: int, why: str) -> None:
        """The caller hung up, or the line failed. Nothing more comes of this call."""
        ...


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A recording of a call that somebody handed in.

    Attributes:
        name: what the file was called, for people.
        digest: SHA-256 of its bytes, by which it is on file for good (``FiledSounds``).
        rate: samples a second, 8000 to 192000.
        seconds: how long it says it is; 0: it does not say.
        channel: of two, the one in which the caller is, from 0.
        caller: number that called, where whoever handed it in knows it; ``""``.
        person, station: who handed it in, and where; the call is theirs.
    """

    name: str
    digest: str
    rate: int
    seconds: float
    channel: int
    caller: str
    person: int
    station: int | None


Sounds = Iterable[NDArray[np.float64]]
"""Sound of a file in order, in parts of some seconds: float64[n] within ±1 at the file's rate."""


class FileRoom(Protocol):
    """What the center offers to whoever hands in a recording (``center.call_room.CallRoom``)."""

    def file(self, handed: HandedIn, sound: Sounds) -> int:
        """A call of the line ``file``, taken by who handed it in; its number, at once, on the event loop.

        ``sound`` is read once, in order, on the room's own thread and not before this returned. Where it
        raises ``RecordError`` the file is damaged from there on: what came before counts, and the error's
        words are why the call ended. Otherwise it ends at the end of the file.

        Raises:
            RefusedError: there is no room for another call, or they may take none.
        """
        ...

    def filed(self, digest: str) -> int | None:
        """The last call that the same bytes came in as; None: never."""
        ...


class FiledSounds(Protocol):
    """Recordings on file; read on any thread but the event loop."""

    def again(self, digest: str, channel: int) -> tuple[int, Sounds]:
        """Rate and sound of a recording that was handed in: what a center that was killed reads again.

        Raises:
            NotFoundError: there is none.
            RecordError: its bytes are not what they were, or no sound.
        """
        ...


class Ear(Protocol):
    """Whoever listens to the caller; called on the event loop, never waits."""

    def heard(self, law: Law, payload: bytes) -> None:
        """The next sound of the caller, 8000 a second, one byte a sample."""
        ...

    def missed(self, samples: int) -> None:
        """So many samples were lost by the line here."""
        ...

    def over(self, why: str) -> None:
        """The call ended, or somebody else has it now: nothing more comes, and nothing more is spoken."""
        ...


class Voice(Protocol):
    """What the center offers to the page of who has a call (``center.call_room.CallRoom``)."""

    def listen(self, number: int, person: int, ear: Ear) -> Callable[[], None]:
        """Hear the caller from now on; the returned callable ends it, and doing so again does nothing.

        Raises:
            NotFoundError: there is no such call.
            RefusedError: its line is down, or this person does not have it.
        """
        ...

    def speak(self, number: int, person: int, sound: NDArray[np.int16]) -> None:
        """Say something to the caller: int16[n], 8000 a second. Dropped where this person has it no more."""
        ...
