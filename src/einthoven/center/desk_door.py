"""How a page reaches the desk: who asks, a seat for each open page, acts and questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import EinthovenError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.sign_in_ports import Confirmed

Answer: TypeAlias = Callable[[Mapping[str, object] | None, EinthovenError | None], None]
"""Called once: what an act came to, once it is on record, or why it was refused or is not on record."""

Wanted: TypeAlias = tuple[StreamId, int, int]
"""A stream, and samples ``[start, stop)`` of it."""
PAGE_LEFT = "left"
"""Why a seat is closed whose page somebody closed or left; every other reason is the line's or ours."""

Me: TypeAlias = Callable[[], Mapping[str, object] | None]


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody at a page.

    Attributes:
        staff: their number; 0 for the console of a center without sign-in.
        station: the registered station the page runs at, None where it is none.
        peer: network address the page comes from.
        confirmed: what they proved once more for this act, where it is one that is signed.
    """

    staff: int
    station: int | None
    peer: str
    confirmed: Confirmed | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A question that the desk answers from what is stored.

    Attributes:
        subjects: what the looking is audited as being about.
        read: reads the store, on a reading thread; what it returns makes the answer, on the event loop.
    """

    subjects: Collection[str]
    read: Callable[[], Callable[[], Mapping[str, object]]]


class Seat(Protocol):
    """A place at the desk for one open page."""

    def next(self, now: int, wall: Instant) -> str | None:
        """The next text for the page, None when there is nothing to tell.

        Args:
            now: monotonic nanoseconds.
            wall: center time.
        """
        ...

    def take(self, text: str) -> None:
        """A text of the page.

        Raises:
            InputError: it is no message of a page; it is refused in words, the page stays.
        """
        ...

    def refuse(self, why: str) -> None:
        """Tell the page that what it sent was not taken."""
        ...

    def ended(self) -> str | None:
        """Why the page must go (signed out, the session is over), None while it may stay."""
        ...

    def close(self, why: str) -> None:
        """The page is gone."""
        ...


class DeskDoor(Protocol):
    """The desk, as pages reach it. All calls on the event loop."""

    def open(self, who: Who, me: Me) -> Seat:
        """A seat for a page that opened.

        Args:
            me: what ``/api/me`` would say to this page now, None once its session is over.

        Raises:
            RefusedError: no more pages are taken.
        """
        ...

    def wanted(self, act: str, fields: Mapping[str, object]) -> Wanted | None:
        """Beats that have to be read and ``shown`` before an act is done; None for nothing.

        Raises:
            InputError: more than could have been shown.
        """
        ...

    def shown(self, stream: StreamId, rows: NDArray[np.void]) -> None:
        """``BEAT`` rows of what was wanted; the act follows at once."""
        ...

    def act(self, who: Who, act: str, fields: Mapping[str, object], answer: Answer) -> None:
        """Do something; ``answer`` follows once it is on record, or at once with why it is refused."""
        ...

    def ask(self, who: Who, what: str, params: Mapping[str, str]) -> Mapping[str, object]:
        """A question that the desk answers from memory.

        Raises:
            NotFoundError: there is no such thing.
            RefusedError: it is not theirs to know.
        """
        ...

    def look(self, who: Who, what: str, params: Mapping[str, str]) -> Look | None:
        """The same of what is stored: how to read it; None where it is answered from memory, by ``ask``."""
        ...
