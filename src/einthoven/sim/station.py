"""A station without a screen: it holds what the desk tells it, as a page would, and acts for a person.

The same object stands for a technician's page on virtual time and in the demo. What it knows it knows from
the desk's messages alone, and what it does it does through the same acts as a page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from einthoven.base.errors import EinthovenError, OursError
from einthoven.base.instants import SECOND, Instant

Entity: TypeAlias = dict[str, Any]
Answer: TypeAlias = Callable[[Mapping[str, object] | None, EinthovenError | None], None]
HIDDEN: Entity = {"type": "painted", "visible": False, "tiles": []}
"""The report of a page that went out of sight, but for its nonce."""


class Seat(Protocol):
    """A place at the desk: what the center gives to one open page."""

    def next(self, now: int, wall: Instant) -> str | None:
        """The next message, None when there is nothing to tell."""
        ...

    def take(self, text: str) -> None:
        """A message of the page."""
        ...

    def act(self, act: str, fields: Mapping[str, object], answer: Answer) -> None:
        """Ask for something to be done; ``answer`` follows once it is on record, or refused."""
        ...

    def close(self, why: str) -> None:
        """The page is gone."""
        ...


class Painter(Protocol):
    """What stands for the pixels of a station."""

    def report(self, streams: Sequence[str], nonce: str, wall: Instant) -> str:
        """The painted report of tiles that show these streams."""
        ...


class HeadlessStation:
    """One open page of one person.

    Args:
        seat: its place at the desk.
        painter: what it reports to have painted.

    Attributes:
        held: the entities as told, by key.
        changed: keys told of since ``take_changes``.
        refused: what was refused: (act, words).
        visible: whether its page is in sight; a hidden one says so once and reports nothing more.
        cut: whether its network is cut: nothing goes in or out.
    """

    def __init__(self, seat: Seat, painter: Painter) -> None:
        self._seat = seat
        self._hid = False
        self._tiles: list[str] | None = None
        self._painter = painter
        self._n = 0
        self._nonce = ""
        self._painted: Instant = 0
        self._heard: Instant = 0
        self.held: dict[str, Entity] = {}
        self.changed: set[str] = set()
        self.refused: list[tuple[str, str]] = []
        self.visible = True
        self.cut = False

    def step(self, now: int, wall: Instant, report_every: int = SECOND) -> None:
        """Take what the desk has to say, and report what is painted.

        Args:
            now: monotonic nanoseconds.
            wall: center time.
            report_every: between two painted reports, ns.

        Raises:
            OursError: a message was lost on the way: the numbers have a hole.
        """
        if self.cut:
            return
        while (text := self._seat.next(now, wall)) is not None:
            self._heard = now
            told = json.loads(text)
            if told["type"] == "tick":
                self._nonce = told["nonce"]
                break
            self._take(told)
        if self.visible and self._nonce and now - self._painted >= report_every:
            self._painted, self._hid = now, False
            self._seat.take(self._painter.report(self.tiles(), self._nonce, wall))
        elif self._nonce and not self.visible and not self._hid:
            self._hid = True  # a page says so once, and nothing more until it is seen again
            self._seat.take(json.dumps(HIDDEN | {"nonce": self._nonce}))

    def reseat(self, seat: Seat) -> None:
        """The page comes back at another seat, as after a lost connection; a snapshot follows."""
        self._seat, self._nonce, self._n = seat, "", 0
        self.cut = False

    def _take(self, told: Entity) -> None:
        if told["type"] == "snapshot":
            self.changed |= set(self.held)
            self.held = {}
        elif told["n"] != self._n + 1:
            raise OursError(f"desk message {told['n']} follows {self._n}")
        self._n = told["n"]
        self._tiles = None
        self.held |= told["put"]
        self.changed |= set(told["put"])
        for key in told["drop"]:
            self.held.pop(key, None)
            self.changed.add(key)

    def tiles(self) -> list[str]:
        """The streams on its screen: those whose watch is this person's."""
        if self._tiles is None:
            me = self.me
            watches = [one for one in self.of("watch:") if one["by"] is not None and one["by"]["id"] == me]
            self._tiles = sorted(one["stream"] for one in watches)
        return self._tiles

    @property
    def me(self) -> int:
        """Number of the person signed in; 0 before the first message."""
        staff = self.held.get("me", {}).get("staff")
        return int(staff["id"]) if staff else 0

    def of(self, prefix: str) -> list[Entity]:
        """Entities whose keys begin so."""
        return [one for key, one in self.held.items() if key.startswith(prefix)]

    def take_changes(self) -> set[str]:
        """Keys told of since the last call."""
        changed, self.changed = self.changed, set()
        return changed

    def act(
        self, act: str, fields: Mapping[str, object], then: Callable[[Entity], None] | None = None
    ) -> None:
        """Do something as a page would; what is refused is kept in ``refused``."""
        if self.cut:
            return

        def answer(told: Mapping[str, object] | None, error: EinthovenError | None) -> None:
            self.answered(act, fields, error)
            if error is None and then is not None:
                then(dict(told or {}))

        self._seat.act(act, fields, answer)

    def answered(self, act: str, fields: Mapping[str, object], error: EinthovenError | None) -> None:
        """What became of an act: on record, refused, or done and not on record yet (``StoreError``)."""
        del fields
        if error is not None:
            self.refused.append((act, str(error)))

    def say(self, text: str) -> None:
        """A message as the page's own."""
        self._seat.take(text)

    def leave(self, why: str) -> None:
        """Close the page."""
        self._seat.close(why)
