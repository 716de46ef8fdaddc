"""What the live picture needs of the findings: those of now from the ward, those of before from a history.

The ward hands over which streams' findings changed, so that ten thousand patients cost nothing while nothing
changes. Called on the event loop, but for ``FindingHistory``. Pure of I/O and of clocks.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from einthoven.base.ids import StreamId
from einthoven.base.instants import MILLISECOND, MINUTE, Duration, Instant
from einthoven.center.found import Withdrawal

Priority: TypeAlias = Literal["high", "medium", "low", "none"]
FindingState: TypeAlias = Literal["open", "closed", "withdrawn", "interrupted"]
State: TypeAlias = dict[str, object]
TimeOf: TypeAlias = Callable[[StreamId, float], Instant | None]

RANK: dict[str, int] = {"high": 0, "medium": 1, "low": 2, "none": 3}
"""The most pressing first."""
ENDED_TOLD: Duration = 2 * MINUTE
"""So long a finding that ended is told of: who looked away for a moment still sees what was."""
TOLD_MAX = 16
"""Findings told of one stream at once, the most pressing: a tile shows one, a head line counts."""


class LiveFinding(Protocol):
    """One finding as it stands now."""

    @property
    def id(self) -> str:
        """A name, unique within its stream."""
        ...

    @property
    def kind(self) -> str:
        """``ecg.kinds.Kind.name``."""
        ...

    @property
    def words(self) -> str:
        """What it is called on a screen."""
        ...

    @property
    def priority(self) -> Priority:
        """Of the alarm it may raise."""
        ...

    @property
    def start(self) -> int:
        """Sample of its onset."""
        ...

    @property
    def end(self) -> int | None:
        """Sample of its end, None while it is open."""
        ...

    @property
    def told(self) -> int:
        """Sample at which it was first told."""
        ...

    @property
    def state(self) -> FindingState:
        """Open, closed, withdrawn (told, and not so), or interrupted (its end is not known)."""
        ...

    @property
    def told_as(self) -> Sequence[str]:
        """The kinds under which it was told before it took this one, as people write them."""
        ...

    @property
    def withdrawal(self) -> Withdrawal | None:
        """Why and when it was withdrawn, None where it holds."""
        ...

    @property
    def values(self) -> Mapping[str, float | str | None]:
        """The evidence by name."""
        ...

    @property
    def strip(self) -> tuple[int, int]:
        """First and last sample of the piece of ECG that shows it."""
        ...

    @property
    def rule(self) -> str:
        """Name of the rule that found it."""
        ...

    @property
    def version(self) -> str:
        """Of that rule, of the analysis and of the thresholds in use."""
        ...

    @property
    def limits(self) -> Mapping[str, float]:
        """What the values were compared with, by name of the value."""
        ...


class RhythmNow(Protocol):
    """The rhythm that holds."""

    @property
    def aux(self) -> str:
        """As WFDB writes it."""
        ...

    @property
    def words(self) -> str:
        """Short enough for a tile."""
        ...

    @property
    def since(self) -> int | None:
        """Sample at which it began, None where nothing says so."""
        ...


class FindingSource(Protocol):
    """The part of the ward that tells findings."""

    def findings(self, stream: StreamId) -> Sequence[LiveFinding]:
        """The open ones and those that ended in the last 10 minutes of the stream, newest first."""
        ...

    def rhythm(self, stream: StreamId) -> RhythmNow | None:
        """The rhythm of now, None while nothing can be said."""
        ...

    def take_changed_findings(self) -> Sequence[StreamId]:
        """Streams whose findings changed since the last call."""
        ...


class FindingHistory(Protocol):
    """Every finding there ever was; called on the reading threads."""

    def between(
        self, stream: StreamId, start: int, stop: int, limit: int, kinds: Collection[int] | None = None
    ) -> Sequence[LiveFinding]:
        """Those that touch ``[start, stop)``, by start, the first ``limit`` of them; open ones too; only of
        these kinds (``ecg.kinds``) where they are given."""
        ...


class NoFindings:
    """A source and a history without any: a center that does not analyse."""

    def findings(self, _stream: StreamId) -> Sequence[LiveFinding]:
        """None."""
        return ()

    def rhythm(self, _stream: StreamId) -> RhythmNow | None:
        """Never known."""
        return None

    def take_changed_findings(self) -> Sequence[StreamId]:
        """Nothing changes."""
        return ()

    def between(
        self, _stream: StreamId, _start: int, _stop: int, _limit: int, _kinds: Collection[int] | None = None
    ) -> Sequence[LiveFinding]:
        """None."""
        return ()


class FindingNews:
    """What is told of the findings of every stream, and when that changes.

    Args:
        source: the ward.
        time_of: center time at which a sample was acquired.
    """

    def __init__(self, source: FindingSource, time_of: TimeOf) -> None:
        self._source = source
        self._time_of = time_of
        self._asked: set[StreamId] = set()
        self._leaving: list[tuple[Instant, StreamId]] = []
        self._leaves: dict[StreamId, Instant] = {}

    def ask(self, stream: StreamId) -> None:
        """The next ``due`` has this stream in it."""
        self._asked.add(stream)

    def due(self, now: Instant) -> set[StreamId]:
        """Streams of which something else is to be told than before."""
        due = self._asked | set(self._source.take_changed_findings())
        self._asked.clear()
        while self._leaving and self._leaving[0][0] <= now:
            at, stream = heapq.heappop(self._leaving)
            if self._leaves.get(stream) == at:
                del self._leaves[stream]
                due.add(stream)
        return due

    def told(self, stream: StreamId, now: Instant) -> list[State]:
        """What is told of a stream: what is open, then what ended within ``ENDED_TOLD``; the most pressing
        first, of like ones the newest."""
        shown = []
        for finding in self._source.findings(stream):
            ended = None if finding.end is None else self._time_of(stream, finding.end)
            if ended is not None and ended + ENDED_TOLD <= now:
                continue
            if ended is not None:
                self._leave(stream, ended + ENDED_TOLD)
            shown.append((finding, ended))
        shown.sort(key=lambda one: (one[0].state != "open", RANK[one[0].priority], -one[0].start))
        return [self._state(stream, finding, ended) for finding, ended in shown[:TOLD_MAX]]

    def _leave(self, stream: StreamId, at: Instant) -> None:
        """Something of the stream is not told any more from ``at``; the earliest such time is kept."""
        if at < self._leaves.get(stream, at + 1):
            self._leaves[stream] = at
            heapq.heappush(self._leaving, (at, stream))

    def _state(self, stream: StreamId, finding: LiveFinding, ended: Instant | None) -> State:
        since = self._time_of(stream, finding.start)
        rate = finding.values.get("rate_bpm")
        return {
            "id": finding.id,
            "kind": finding.kind,
            "words": finding.words,
            "priority": finding.priority,
            "start": finding.start,
            "end": finding.end,
            "since_ms": _ms(since),
            "ended_ms": _ms(ended),
            "state": finding.state,
            "rate": round(rate) if isinstance(rate, int | float) else None,
        }

    def rhythm(self, stream: StreamId) -> State | None:
        """What is told of a stream's rhythm."""
        now = self._source.rhythm(stream)
        if now is None:
            return None
        since = None if now.since is None else self._time_of(stream, now.since)
        return {"words": now.words, "aux": now.aux, "since_ms": _ms(since)}


def _ms(at: Instant | None) -> int | None:
    return None if at is None else at // MILLISECOND
