"""What stations are told of the desk: keyed entities, as a snapshot in pages and then numbered changes.

Watches, cases, calls, people: each is one entity under a key (``case:5``), JSON-ready. A station that has not
taken a change holds one position in a shared, bounded list; what changed several times meanwhile is told once
only; one that falls out of the list starts over with a snapshot. An entity is encoded once for all stations.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from einthoven.base.instants import MILLISECOND, SECOND, Instant

Entity: TypeAlias = Mapping[str, object]
Filter: TypeAlias = Callable[[str, Entity], bool]
"""Whether a station may and needs to know of an entity (key, entity)."""
PAGE = 400
"""Entities in one message of a snapshot: about 150 kB."""
CHANGES_MAX = 20_000
"""Changes kept for stations that have not taken them; one further behind gets a snapshot."""
STRIDE = 4_000
"""Changes looked at for one message, so that building it stays within milliseconds."""
TICK = SECOND


@dataclass(slots=True, eq=False)
class DeskReader:
    """What one station has been told.

    Attributes:
        wants: which entities it is told of; call ``DeskNews.refilter`` when what it says changed.
        n: number of the last message that changed something.
        at: number of the last change it has.
        known: the keys it holds, so that one that leaves its sight is dropped there.
    """

    wants: Filter
    n: int = 0
    at: int = 0
    snapshot_due: bool = True
    known: set[str] = field(default_factory=set)
    unsent: Iterator[str] | None = None
    again: dict[str, None] = field(default_factory=dict)
    spoke: int | None = None
    notice: str | None = None


class DeskNews:
    """The entities of the desk and their changes, for any number of stations.

    Args:
        boot: names this run of the center; a page that sees another one starts afresh.
    """

    def __init__(self, boot: str) -> None:
        self._boot = boot
        self._entities: dict[str, Entity] = {}
        self._texts: dict[str, str] = {}
        self._of_stream: dict[object, set[str]] = {}
        self._changes: deque[str] = deque(maxlen=CHANGES_MAX)
        self._last = 0

    def __len__(self) -> int:
        return len(self._entities)

    def get(self, key: str) -> Entity | None:
        """An entity as it stands, or None."""
        return self._entities.get(key)

    def put(self, key: str, entity: Entity | None) -> bool:
        """An entity as it is now, None when there is no such any more; whether that is a change."""
        if entity is None:
            gone = self._entities.pop(key, None)
            if gone is None:
                return False
            del self._texts[key]
            self._of_stream.get(gone.get("stream"), set()).discard(key)
        else:
            if self._entities.get(key) == entity:
                return False
            self._entities[key] = entity
            self._texts[key] = f"{json.dumps(key)}:{_json(entity)}"
            self._of_stream.setdefault(entity.get("stream"), set()).add(key)
        self._changes.append(key)
        self._last += 1
        return True

    def reader(self, wants: Filter) -> DeskReader:
        """A new station; its first message is a snapshot."""
        return DeskReader(wants)

    def reload(self, reader: DeskReader) -> None:
        """Start the station over with a snapshot."""
        reader.snapshot_due = True

    def refilter(self, reader: DeskReader, stream_names: Iterable[str]) -> None:
        """What a station wants to know of these streams has changed: its entities are looked at again."""
        for name in stream_names:
            reader.again |= dict.fromkeys(self._of_stream.get(name, ()))

    def refuse(self, reader: DeskReader, why: str) -> None:
        """Tell the station, with the next tick, that its last message was not taken."""
        reader.notice = why

    def next(
        self,
        reader: DeskReader,
        now: int,
        wall: Instant,
        own: Mapping[str, Entity | None],
        nonce: Callable[[], str],
    ) -> str | None:
        """The next text message for a station, None when there is nothing to tell.

        Args:
            now: monotonic nanoseconds, paces the ticks.
            wall: center time.
            own: what has changed of the entities that are this station's alone (``me``).
            nonce: makes what its next painted report must repeat.
        """
        text = self._news(reader, wall, own)
        if text is None and (reader.notice or reader.spoke is None or now - reader.spoke >= TICK):
            tick: dict[str, object] = {
                "type": "tick",
                "n": reader.n,
                "server_ms": wall // MILLISECOND,
                "nonce": nonce(),
            }
            if reader.notice:
                tick["refused"], reader.notice = reader.notice, None
            text = _json(tick)
            reader.spoke = now
        return text

    def _news(self, reader: DeskReader, wall: Instant, own: Mapping[str, Entity | None]) -> str | None:
        put: dict[str, str] = {}
        drop: list[str] = []
        kind = "change"
        if reader.snapshot_due or reader.at < self._last - len(self._changes):
            kind, reader.snapshot_due = "snapshot", False
            reader.known, reader.at = set(), self._last
            reader.unsent = iter(list(self._entities))
        paging = reader.unsent is not None
        if paging:
            self._page(reader, put)
        else:
            self._take(reader, put, drop)
        for key, entity in own.items():
            if entity is None:
                drop.append(key)
            else:
                put[key] = f"{json.dumps(key)}:{_json(entity)}"
        ends = paging and reader.unsent is None  # told even where it is empty: the page waits for it
        if kind == "change" and not put and not drop and not ends:
            return None
        reader.n += 1
        head: dict[str, object] = {"type": kind, "n": reader.n, "server_ms": wall // MILLISECOND}
        if kind == "snapshot":
            head["boot"] = self._boot
        head["more"] = reader.unsent is not None
        entities = ",".join(put.values())
        return f'{_json(head)[:-1]},"put":{{{entities}}},"drop":{_json(drop)}}}'

    def _page(self, reader: DeskReader, put: dict[str, str]) -> None:
        """The next entities of a snapshot; those that went meanwhile are passed over."""
        assert reader.unsent is not None
        for looked, key in enumerate(reader.unsent, 1):
            entity = self._entities.get(key)
            if entity is not None and reader.wants(key, entity):
                put[key] = self._texts[key]
                reader.known.add(key)
            if len(put) >= PAGE or looked >= STRIDE:
                return
        reader.unsent = None

    def _take(self, reader: DeskReader, put: dict[str, str], drop: list[str]) -> None:
        """Move a station along the list of changes."""
        first = self._last - len(self._changes)
        stop = min(self._last, reader.at + STRIDE)
        touched = {self._changes[at - first]: None for at in range(reader.at, stop)}
        reader.at = stop
        if reader.again:
            touched |= reader.again
            reader.again = {}
        for key in touched:
            entity = self._entities.get(key)
            if entity is not None and reader.wants(key, entity):
                put[key] = self._texts[key]
                reader.known.add(key)
            elif key in reader.known:
                reader.known.discard(key)
                drop.append(key)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
