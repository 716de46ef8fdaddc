"""Who wore what, from a running center's store and facts (``center.wearing_page.Wearing``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.bootstrap.core import Core
from einthoven.center.ports import StreamEvent
from einthoven.surveillance.wearing import Recorded


class Events(Protocol):
    """The part of the facts that is asked."""

    def events(self, stream: StreamId, kinds: Iterable[str] = ...) -> Sequence[StreamEvent]:
        """Events of some kinds, by sample."""
        ...


class StoredWearing:
    """What is stored, dated by the center's clock.

    Args:
        core: its census says who is in service, its store what is there.
        facts: holes and statuses.
    """

    def __init__(self, core: Core, facts: Events) -> None:
        self._core = core
        self._facts = facts

    def services(self) -> list[tuple[StreamId, Instant]]:
        """Streams in service and since when."""
        found = []
        for stream in self._core.census.open_streams():
            facts = self._core.census.facts(stream)
            if facts is not None:
                found.append((stream, facts.since))
        return found

    def recorded(self, stream: StreamId, since: Instant, start: Instant, *, off: bool) -> Recorded:
        """What is known of a stream from ``start`` on, in instants."""
        spans = []
        for low, high in reversed(list(self._core.store.reader.stored(stream))):
            dated = self._dated(stream, low, high)
            if dated is None:
                continue
            spans.append(dated)
            if dated[1] < start:
                break  # the newest before it says when the silence began
        return Recorded(since, spans[::-1], list(self._gaps(stream)), list(self._off(stream)) if off else ())

    def _gaps(self, stream: StreamId) -> Iterator[tuple[Instant, Instant, str]]:
        for event in self._facts.events(stream, ("hole",)):
            dated = self._dated(stream, event.sample, int(str(event.body.get("stop", event.sample))))
            if dated is not None:
                yield *dated, str(event.body.get("cause", "other"))

    def _off(self, stream: StreamId) -> Iterator[tuple[Instant, Instant]]:
        """From a status that says that all leads are off up to the next that does not."""
        facts = self._core.census.facts(stream)
        every = 0 if facts is None else (1 << len(facts.layout.leads)) - 1
        begun: int | None = None
        for event in self._facts.events(stream, ("status",)):
            mask = event.body.get("lead_off")
            if every and isinstance(mask, int) and mask & every == every:
                begun = event.sample if begun is None else begun
            elif begun is not None:
                dated, begun = self._dated(stream, begun, event.sample), None
                if dated is not None:
                    yield dated
        last = max((stop for _, stop in self._core.store.reader.stored(stream)), default=0)
        dated = None if begun is None else self._dated(stream, begun, last)
        if dated is not None:
            yield dated

    def _dated(self, stream: StreamId, low: int, high: int) -> tuple[Instant, Instant] | None:
        start, stop = self._core.time_of(stream, low), self._core.time_of(stream, high)
        return None if start is None or stop is None or stop <= start else (start, stop)
