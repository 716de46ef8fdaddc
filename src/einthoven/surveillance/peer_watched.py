"""Who watched at another center, as it stated; for the continuity report (R14, R16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from einthoven.base.deeds import Deed
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.surveillance.peer_book import Watcher, watcher_of


@dataclass(slots=True)
class StatedWatchers:
    """Every watcher that another center stated, by stream, in order.

    Attributes:
        names: of the centers.
    """

    names: dict[int, str] = field(default_factory=dict)
    by_stream: dict[StreamId, list[Watcher]] = field(default_factory=dict)

    KINDS = frozenset({"peer.trusted", "peer.watcher"})

    def apply(self, deed: Deed) -> None:
        """Take one of its kinds in."""
        body = cast(Mapping[str, Any], deed.body)
        if deed.kind == "peer.trusted":
            self.names[body["peer"]] = body["name"]
        else:
            self.by_stream.setdefault(body["stream"], []).append(watcher_of(body))

    def within(
        self, stream: StreamId, start: Instant, stop: Instant
    ) -> Iterator[tuple[Instant, Instant, Watcher]]:
        """Who was responsible from when to when in ``[start, stop)`` of a watch there, as stated."""
        told: Sequence[Watcher] = self.by_stream.get(stream, ())
        for place, one in enumerate(told):
            # whoever was stated first was it from the beginning of the watch on
            low = max(start, one.since) if place else start
            high = min(stop, max(low, told[place + 1].since)) if place + 1 < len(told) else stop
            if low < high:
                yield low, high, one

    def center(self, person: int) -> str:
        """The name of the center that ``-N`` stands for."""
        return self.names.get(-person, f"center {-person}")
