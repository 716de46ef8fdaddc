"""What the patient page reads of a stream's past: events, clock fixes, sealed segments."""

from __future__ import annotations

from collections.abc import Sequence

from einthoven.base.ids import StreamId
from einthoven.base.instants import to_iso
from einthoven.bootstrap.core import FactsReading
from einthoven.center.ports import ClockFix, StreamEvent
from einthoven.edges.store.reader import StoreReader
from einthoven.edges.web.stored import Lost

LOG_FOLDER, BEATS_SUFFIX = "log/", ".ein"


class History:
    """``edges.web.deps.History`` over the facts and the store's index."""

    def __init__(self, facts: FactsReading, store: StoreReader) -> None:
        self._facts = facts
        self._store = store

    def events(self, stream: StreamId) -> Sequence[StreamEvent]:
        """Marks and declared holes of a stream, by sample."""
        return self._facts.events(stream)

    def fixes(self, stream: StreamId) -> Sequence[ClockFix]:
        """Clock fixes of a stream, by sample."""
        return self._facts.fixes(stream)

    def segments(self, stream: StreamId) -> list[dict[str, object]]:
        """Sealed segments of a stream, JSON-ready."""
        return [
            {
                "name": row.name.base,
                "start": row.start,
                "stop": row.stop,
                "bytes": row.size,
                "sealed_at": to_iso(row.sealed_at),
                "beats_crc": row.beats_crc,
            }
            for row in self._store.segments(stream)
        ]

    def lost(self, stream: StreamId) -> Lost:
        """What is known to be damaged of a stream and not told otherwise: blocks of the log, which no longer
        count as stored, and files of beats. Damaged samples of segments show in every read."""
        lost = Lost()
        for one in self._store.damage():
            if one.stream == stream and one.start < one.stop:
                if one.file.startswith(LOG_FOLDER):
                    lost.samples.add(one.start, one.stop)
                elif one.file.endswith(BEATS_SUFFIX):
                    lost.beats.add(one.start, one.stop)
        return lost
