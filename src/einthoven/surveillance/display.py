"""The display ledger: which patient was painted on which station, from when to when (R9, R15).

A station proves each second which tiles it painted. The proofs themselves are no deeds; the deeds are the
first proof of a tile (``display.shown``) and the last one (``display.ended``), so the ledger is exact to the
proof: what was not proved is not displayed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from einthoven.base.deeds import Deed
from einthoven.base.ids import StreamId
from einthoven.base.instants import Duration, Instant


@dataclass(slots=True)
class DisplayBook:
    """What is displayed.

    Attributes:
        on: station → stream → the latest proof that a deed tells of, the first at least.
        where: stream → the stations that show it.
    """

    on: dict[int, dict[StreamId, Instant]] = field(default_factory=dict)
    where: dict[StreamId, set[int]] = field(default_factory=dict)

    KINDS = frozenset({"display.shown", "display.ended"})

    def apply(self, deed: Deed) -> None:
        """Take a deed in; other kinds are nothing to this book."""
        if deed.kind not in self.KINDS:
            return
        body = cast(Mapping[str, Any], deed.body)
        station, stream = body["station"], body["stream"]
        if deed.kind == "display.shown":
            self.on.setdefault(station, {})[stream] = body["since"]
            self.where.setdefault(stream, set()).add(station)
        else:
            shown = self.on[station]
            del shown[stream]
            if not shown:
                del self.on[station]
            self.where[stream].discard(station)
            if not self.where[stream]:
                del self.where[stream]

    def prove(self, station: int, stream: StreamId, at: Instant) -> None:
        """A deed of another kind rests on a proof at this instant."""
        shown = self.on.get(station, {})
        if stream in shown:
            shown[stream] = max(shown[stream], at)


@dataclass(frozen=True, slots=True)
class Painted:
    """What a station proved at one moment; checked against the samples before it comes here.

    Attributes:
        station: its number.
        at: center time of the proof.
        streams: whose tiles it painted, with the samples that it should show.
        visible: whether the page says that it can be seen.
        doubts: streams whose proof was not believed → the cause in words.
    """

    station: int
    at: Instant
    streams: Collection[StreamId]
    visible: bool = True
    doubts: Mapping[StreamId, str] = field(default_factory=dict)


@dataclass(slots=True)
class Proofs:
    """The latest proofs: live, in no deed, gone with the process.

    Attributes:
        seen: station → its last report.
        tiles: station → stream → last proof.
        doubts: station → stream → why the last report was not believed.
        first: accepted watch → first proof of its tile on its station since it was accepted.
        left: stations whose page said that it goes, and which have proved nothing since.
    """

    seen: dict[int, Instant] = field(default_factory=dict)
    tiles: dict[int, dict[StreamId, Instant]] = field(default_factory=dict)
    doubts: dict[int, Mapping[StreamId, str]] = field(default_factory=dict)
    first: dict[int, Instant] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)

    def alive(self, station: int, now: Instant, silence: Duration) -> bool:
        """Whether a station has reported within ``silence``."""
        return self.seen.get(station, now - silence - 1) >= now - silence

    def last(self, book: DisplayBook, station: int, stream: StreamId) -> Instant | None:
        """The last proof of what the book says is displayed, None for what is not."""
        known = book.on.get(station, {}).get(stream)
        if known is None:
            return None
        return max(known, self.tiles.get(station, {}).get(stream, known))

    def proved_until(self, book: DisplayBook, now: Instant) -> Instant:
        """The instant up to which everything on display is proved: what a mark of life may say of this
        center, and how far a continuity report reaches.
        """
        oldest = now
        for station, shown in book.on.items():
            tiles = self.tiles.get(station, {})
            oldest = min(oldest, *(tiles.get(stream, known) for stream, known in shown.items()))
        return oldest
