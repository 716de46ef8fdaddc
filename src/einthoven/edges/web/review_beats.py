"""Beats of long stretches for the reviewer, as people labelled them; on a reading thread.

Sealed beats change only when a segment is sealed anew, so what was read of them is kept: a period of thirty
days is three million beats, read once in a few seconds and then at hand.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreDamagedError
from einthoven.base.ids import StreamId
from einthoven.base.layout import Layout
from einthoven.base.spans import Span
from einthoven.center.live_findings import FindingHistory, LiveFinding
from einthoven.ecg.beats import BEAT, beats_of
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import (
    ATRIAL_FIBRILLATION,
    ATRIAL_FLUTTER,
    VENTRICULAR_FIBRILLATION,
    VENTRICULAR_FLUTTER,
)
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.stored import merged_beats
from einthoven.reports.review_labels import Labels, labelled

Beats: TypeAlias = NDArray[np.void]

BLOCK_S: Final = 4 * 3600
"""Seconds whose beats are read and kept together."""
JUDGED_KEPT: Final = 16
"""Stretches whose findings over untouched beats are kept."""
KEPT_BYTES: Final = 128 << 20
"""Bytes of beats kept, of all patients: one period of thirty days and a half."""
FINDINGS_MOST: Final = 100_000
"""Findings of a period that are looked through."""
FIBRILLATION: Final = frozenset({ATRIAL_FIBRILLATION, ATRIAL_FLUTTER})
BLIND: Final = frozenset({VENTRICULAR_FIBRILLATION, VENTRICULAR_FLUTTER})


@dataclass(frozen=True, slots=True)
class Asked:
    """A stretch of a stream, and what the event loop knew of it when it was asked for.

    Attributes:
        stream: whose.
        layout: rate and leads.
        start, stop: samples.
        unsealed: rows of the ward from ``start`` to ``stop``.
        revision: of the labels.
        labels: those in force.
    """

    stream: StreamId
    layout: Layout
    start: int
    stop: int
    unsealed: Beats
    revision: int
    labels: Labels


def asked(deps: WebDeps, stream: StreamId, layout: Layout, start: int, stop: int) -> Asked:
    """What a reading thread needs of the event loop; called there."""
    revision, labels = deps.review.labels(stream)
    unsealed = deps.ward.beats(stream, start, stop)
    return Asked(stream, layout, start, stop, unsealed, revision, labels)


class KeptBeats:
    """Sealed beats by block, the longest unused given up first.

    Args:
        deps: the store, and what is sealed of a stream.
    """

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[StreamId, int], tuple[object, Beats]] = OrderedDict()
        self._bytes = 0
        self._judged: dict[tuple[object, ...], list[Finding]] = {}

    def judged(self, name: tuple[object, ...], judge: Callable[[], list[Finding]]) -> list[Finding]:
        """Findings told again from beats that nobody touched: once, as long as ``name`` says the same."""
        with self._lock:
            kept = self._judged.get(name)
        if kept is None:
            kept = judge()
            with self._lock:
                self._judged[name] = kept
                while len(self._judged) > JUDGED_KEPT:
                    self._judged.pop(next(iter(self._judged)))
        return kept

    def beats(self, want: Asked) -> Beats:
        """Beats as people labelled them, ``BEAT`` rows in order, no rows of grades."""
        return labelled(self.told(want), want.labels, want.layout.rate_hz)

    def told(self, want: Asked) -> Beats:
        """Beats as the analysis told them; those in files that are damaged are missing."""
        size = round(BLOCK_S * want.layout.rate_hz)
        stop = min(want.stop, max(self._deps.reader.stored(want.stream).stop, want.start))
        segments = self._deps.segments(want.stream)
        parts = [np.zeros(0, BEAT)]
        for block in range(want.start // size, -(-stop // size)):
            rows = self._block(want.stream, block, size, segments)
            parts.append(rows[(rows["sample"] >= want.start) & (rows["sample"] < stop)])
        fresh = beats_of(want.unsealed)
        fresh = fresh[(fresh["sample"] >= want.start) & (fresh["sample"] < want.stop)]
        return merged_beats(np.concatenate(parts), fresh, want.layout.rate_hz)

    def _block(self, stream: StreamId, block: int, size: int, segments: list[dict[str, object]]) -> Beats:
        low, high = block * size, (block + 1) * size
        mark = tuple(
            (one.get("name"), one.get("sealed_at"), one.get("beats_crc"))
            for one in segments
            if int(str(one["start"])) < high and int(str(one["stop"])) > low
        )
        key = stream, block
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == mark:
                self._kept.move_to_end(key)
                return kept[1]
        rows = self._read(stream, low, high)
        if mark:
            self._keep(key, mark, rows)
        return rows

    def _read(self, stream: StreamId, low: int, high: int) -> Beats:
        parts = [np.zeros(0, BEAT)]
        for start, stop in self._deps.reader.stored(stream).within(low, high):
            try:
                parts.append(self._deps.reader.beats(stream, start, stop))
            except StoreDamagedError:
                continue
        return np.concatenate(parts)

    def _keep(self, key: tuple[StreamId, int], mark: object, rows: Beats) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._bytes += rows.nbytes - (0 if before is None else before[1].nbytes)
            self._kept[key] = mark, rows
            while self._bytes > KEPT_BYTES and len(self._kept) > 1:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone.nbytes


def spans_of(history: FindingHistory, want: Asked, kinds: Collection[int], end: int) -> list[Span]:
    """Where findings of some kinds hold in a stretch; open ones up to ``end``."""
    return [
        Span(one.start, max(one.start, end if one.end is None else one.end))
        for one in findings_of(history, want, kinds)
        if one.state != "withdrawn"
    ]


def findings_of(history: FindingHistory, want: Asked, kinds: Collection[int]) -> list[LiveFinding]:
    """The findings of some kinds that touch a stretch, the first ``FINDINGS_MOST``."""
    return list(history.between(want.stream, want.start, want.stop, FINDINGS_MOST, kinds))
