"""What each screen is told of the census: a snapshot in pages, then numbered changes, and a tick every
second.

Messages are made when the screen can take one, so what a slow screen has not taken coalesces instead of
queueing: it holds one position in a shared, bounded list of changes, and starts over with a snapshot when it
falls out of it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import MILLISECOND, SECOND, Instant
from einthoven.center.census import Census, State

PAGE = 256
"""States in one message: about 100 kB, and two milliseconds to make."""
CHANGES_MAX = 20_000
"""Changes kept for screens that have not taken them: both links of a reconnect storm of 10,000. A screen
further behind than that is cheaper served with a snapshot."""
STRIDE = 2_000
"""Changes looked at for one message: one build stays within milliseconds."""
AROUND = 64
"""Streams of open periods beyond its view whose fast fields a screen is told each second, in turn: with 64 or
fewer the whole list is never older than a second, with 10,000 a list entry is as old as its ``newest_ms``
says."""
TICK = SECOND


@dataclass(slots=True, eq=False)
class Reader:
    """What one screen has been told.

    Attributes:
        n: number of the last message that changed something.
        at: number of the last entry of the change list it has.
        watched: streams of its view.
        told: what it was last told of each watched stream.
        unsent: streams of the snapshot still to come.
        around: the second in which it was last told of each stream beyond its view.
        sees: which streams it may be told of, None for all; where that changes, ``News.reload`` it.
        mine: of a screen that may not see all, the open streams it sees, of ``mine_of`` all of them.
    """

    n: int = 0
    at: int = 0
    snapshot_due: bool = True
    watched: frozenset[StreamId] = frozenset()
    told: dict[StreamId, State] = field(default_factory=dict)
    unsent: dict[StreamId, None] = field(default_factory=dict)
    around: dict[StreamId, int] = field(default_factory=dict)
    sees: Callable[[StreamId], bool] | None = None
    mine: tuple[StreamId, ...] = ()
    mine_of: tuple[StreamId, ...] | None = None
    center: State = field(default_factory=dict)
    looked: int = -1
    turn: int = 0
    spoke: int | None = None
    notice: str | None = None


class News:
    """The changes of a census, for any number of screens.

    Args:
        census: its ``on_change`` is taken over.
        boot: names this run of the center; a screen that sees another one starts afresh.
    """

    def __init__(self, census: Census, boot: str) -> None:
        self._census = census
        self._boot = boot
        self._changes: deque[tuple[StreamId, State | None]] = deque(maxlen=CHANGES_MAX)
        self._last = 0
        census.on_change = self._note

    def reader(self, sees: Callable[[StreamId], bool] | None = None) -> Reader:
        """A new screen; its first message is a snapshot.

        Args:
            sees: which streams it may be told of, None for all.
        """
        return Reader(sees=sees)

    def reload(self, reader: Reader) -> None:
        """Start the screen over with a snapshot."""
        reader.snapshot_due, reader.mine_of = True, None

    def watch(self, reader: Reader, streams: Iterable[StreamId]) -> None:
        """The screen shows these streams now; it is told of their fast fields from the next message on."""
        reader.watched = frozenset(streams)
        reader.told = {stream: told for stream, told in reader.told.items() if stream in reader.watched}
        reader.looked = -1

    def refuse(self, reader: Reader, why: str) -> None:
        """Tell the screen, with the next tick, that its last request was not taken."""
        reader.notice = why

    def next(self, reader: Reader, now: int, wall: Instant) -> str | None:
        """The next text message for a screen, None when there is nothing to tell.

        Args:
            now: monotonic nanoseconds, paces the ticks.
            wall: center time.
        """
        self._census.find(wall)
        text = self._news(reader, wall)
        if text is None and (reader.notice or reader.spoke is None or now - reader.spoke >= TICK):
            tick: State = {"type": "tick", "n": reader.n, "server_ms": wall // MILLISECOND}
            if reader.notice:
                tick["refused"], reader.notice = reader.notice, None
            text = _json(tick)
        if text is not None:
            reader.spoke = now
        return text

    def _news(self, reader: Reader, wall: Instant) -> str | None:
        if reader.snapshot_due or reader.at < self._last - len(self._changes):
            return self._snapshot(reader, wall)
        patients: dict[StreamId, State] = {}
        removed: dict[StreamId, None] = {}
        if reader.unsent:
            patients |= self._page(reader, wall)
        else:
            self._take(reader, patients, removed, wall)
        second = wall // SECOND
        center: State = {}
        if reader.looked != second:
            reader.looked = second
            self._look(reader, patients, removed, wall)
            present = self._center(reader, wall)
            center = {name: value for name, value in present.items() if reader.center.get(name) != value}
            reader.center = present
        if not patients and not removed and not center:
            return None
        reader.n += 1
        return _json(
            {
                "type": "change",
                "n": reader.n,
                "server_ms": wall // MILLISECOND,
                "patients": [
                    {"id": stream_name(stream), **fields} for stream, fields in patients.items() if fields
                ],
                "removed": [stream_name(stream) for stream in removed],
                "center": center,
            }
        )

    def _snapshot(self, reader: Reader, wall: Instant) -> str:
        """The first page: the view's streams, then those of open periods; the rest follows as changes with
        whole states."""
        reader.snapshot_due = False
        reader.told = {}
        reader.around = {}
        reader.at = self._last
        streams = self._census.streams()
        if reader.sees is not None:
            streams = tuple(filter(reader.sees, streams))
        ordered = [stream for stream in streams if stream in reader.watched]
        reader.unsent = dict.fromkeys((*ordered, *self._open(reader), *streams))
        patients = self._page(reader, wall)
        reader.n += 1
        reader.looked = wall // SECOND
        reader.center = self._center(reader, wall)
        return _json(
            {
                "type": "snapshot",
                "n": reader.n,
                "server_ms": wall // MILLISECOND,
                "boot": self._boot,
                "center": reader.center,
                "total": len(streams),
                "patients": list(patients.values()),
            }
        )

    def _page(self, reader: Reader, wall: Instant) -> dict[StreamId, State]:
        """Whole states of the next ``PAGE`` streams of a snapshot."""
        page: dict[StreamId, State] = {}
        for stream in list(islice(reader.unsent, PAGE)):
            del reader.unsent[stream]
            state = self._census.state(stream, wall)
            if state is not None:
                page[stream] = state
                if stream in reader.watched:
                    reader.told[stream] = state
                else:
                    reader.around[stream] = wall // SECOND
        return page

    def _take(
        self,
        reader: Reader,
        patients: dict[StreamId, State],
        removed: dict[StreamId, None],
        wall: Instant,
    ) -> None:
        """Move a screen along the list of changes, at most a page of streams and ``STRIDE`` entries at
        once."""
        first = self._last - len(self._changes)
        touched: dict[StreamId, None] = {}
        stop = min(self._last, reader.at + STRIDE)
        while reader.at < stop and len(patients) < PAGE:
            stream, fields = self._changes[reader.at - first]
            if reader.sees is not None and not reader.sees(stream):
                pass
            elif fields is None:
                patients.pop(stream, None)
                touched.pop(stream, None)
                reader.told.pop(stream, None)
                removed[stream] = None
            elif stream in removed:
                break  # gone and back: removals are applied last, so its return waits for the next message
            elif stream in reader.watched:
                touched[stream] = None
            else:
                patients[stream] = patients.get(stream, {}) | fields
            reader.at += 1
        for stream in touched:
            self._differ(reader, stream, patients, wall)

    def _look(
        self,
        reader: Reader,
        patients: dict[StreamId, State],
        removed: dict[StreamId, None],
        wall: Instant,
    ) -> None:
        """Once a second: everything of the streams that the screen shows, and some of the others in turn."""
        for stream in reader.watched:
            unseen = reader.sees is not None and not reader.sees(stream)
            if stream not in reader.unsent and stream not in removed and not unseen:
                self._differ(reader, stream, patients, wall)
        if reader.unsent or reader.at < self._last:
            return  # whoever came meanwhile is told whole first, when the screen gets to it
        streams = self._open(reader)
        for _ in range(min(AROUND, len(streams))):
            reader.turn = (reader.turn + 1) % len(streams)
            stream = streams[reader.turn]
            if stream in reader.watched or stream in removed:
                continue
            fields, changed = self._census.fast(stream, wall)
            if changed >= reader.around.get(stream, -1):
                patients[stream] = patients.get(stream, {}) | fields
            reader.around[stream] = wall // SECOND

    def _open(self, reader: Reader) -> tuple[StreamId, ...]:
        """The open streams that the screen may be told of."""
        everybody = self._census.open_streams()
        if reader.sees is None:
            return everybody
        if reader.mine_of is not everybody:
            reader.mine_of, reader.mine = everybody, tuple(filter(reader.sees, everybody))
        return reader.mine

    def _center(self, reader: Reader, wall: Instant) -> State:
        """The state of the center; its counts are of what the screen may be told of."""
        center = self._census.center(wall)
        return center if reader.sees is None else center | self._census.counts(self._open(reader), wall)

    def _differ(
        self, reader: Reader, stream: StreamId, patients: dict[StreamId, State], wall: Instant
    ) -> None:
        """Add what is different in a stream from what the screen was told."""
        state = self._census.state(stream, wall)
        if state is None:
            return
        told = reader.told.get(stream, {})
        fields = {name: value for name, value in state.items() if told.get(name, _NOTHING) != value}
        reader.told[stream] = state
        if fields:
            patients[stream] = patients.get(stream, {}) | fields

    def _note(self, stream: StreamId, fields: State | None) -> None:
        self._changes.append((stream, fields))
        self._last += 1


_NOTHING = object()


def _json(message: State) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
