"""How soon samples were durable, in the facts: a row for each hour and stream (R39)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import apsw
import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import HOUR, Instant
from einthoven.center.transmission import Row, packed, unpacked
from einthoven.edges.store.facts_audit import Ask
from einthoven.edges.store.facts_thread import FactsThread


def keep(thread: FactsThread, rows: Sequence[Row], done: Callable[[StoreError | None], None]) -> None:
    """Keep rows, each whole; what was kept of the same hour and stream gives way.

    Args:
        done: called on the facts' thread.
    """
    kept = list(rows)

    def run(connection: apsw.Connection) -> None:
        blobs = packed(np.stack([counts for _, _, counts in kept])) if kept else []
        values = [(hour, stream, blob) for (hour, stream, _), blob in zip(kept, blobs, strict=True)]
        connection.executemany("INSERT OR REPLACE INTO transmission VALUES (?, ?, ?)", values)

    def told(_result: None, error: Exception | None) -> None:
        done(error if error is None or isinstance(error, StoreError) else StoreError(str(error)))

    thread.submit(run, told)


def of_hour(ask: Ask, hour: int) -> list[Row]:
    """What was counted in an hour, by stream."""
    found = ask("SELECT stream, counts FROM transmission WHERE hour = ? ORDER BY stream", hour)
    return [(hour, stream, unpacked(counts)) for stream, counts in found]


def of_stream(
    ask: Ask, stream: StreamId, since: Instant, until: Instant
) -> list[tuple[int, NDArray[np.uint32]]]:
    """What was counted of a stream in the hours from one instant to another, with the hour of each."""
    first, last = since // HOUR, until // HOUR
    found = ask(
        "WITH RECURSIVE h(hour) AS (SELECT ?1 UNION ALL SELECT hour + 1 FROM h WHERE hour < ?2) "
        "SELECT t.hour, t.counts FROM h JOIN transmission t ON t.hour = h.hour AND t.stream = ?3 "
        "ORDER BY t.hour",
        first,
        last,
        stream,
    )
    return [(hour, unpacked(counts)) for hour, counts in found]
