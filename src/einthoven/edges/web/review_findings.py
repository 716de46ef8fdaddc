"""Findings as they are once people labelled beats: some hold no more, some are new; on a reading thread."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from einthoven.base.instants import MILLISECOND, Instant
from einthoven.base.spans import SpanSet
from einthoven.base.thresholds import Thresholds
from einthoven.center.live_findings import LiveFinding, State
from einthoven.ecg.analyze import made_by
from einthoven.ecg.beats import grades_of
from einthoven.ecg.findings import Finding, named_values, strip
from einthoven.ecg.words import in_full
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.quality import known_rows, look_back
from einthoven.edges.web.review_beats import BLIND, FIBRILLATION, Asked, KeptBeats, spans_of
from einthoven.reports.review_again import Difference, around, difference, laid_over
from einthoven.reports.review_retold import Around, retold

GONE: Final = "its beats were given another class"
VERSION: Final = "relabelled"


@dataclass(frozen=True, slots=True)
class Again:
    """What labels make of the findings of a stretch.

    Attributes:
        gone: ids of those that hold no more.
        fresh: what is told instead.
    """

    gone: frozenset[str] = frozenset()
    fresh: tuple[Finding, ...] = ()


def judged_again(
    deps: WebDeps, kept: KeptBeats, want: Asked, own: Sequence[LiveFinding], thresholds: Thresholds
) -> Again:
    """What the labels in force change about the findings of a stretch.

    Args:
        own: the findings of the stretch, as the analysis told them.
    """
    gone: set[str] = set()
    fresh: list[Finding] = []
    for span in around(want.labels, want.layout.rate_hz, want.start, want.stop):
        part = replace(want, start=span.start, stop=span.stop)
        found = _difference(deps, kept, part, thresholds)
        holds = [one for one in own if one.state != "withdrawn"]
        over, new = laid_over(holds, found)
        gone |= {one.id for one in over}
        fresh += [one for one in new if want.start <= one.start < want.stop]
    return Again(frozenset(gone), tuple(sorted(fresh, key=lambda one: (one.start, one.kind.code))))


def _difference(deps: WebDeps, kept: KeptBeats, part: Asked, thresholds: Thresholds) -> Difference:
    stop = min(part.stop, deps.reader.stored(part.stream).stop)
    start = max(0, part.start - look_back(part.layout))
    rows = known_rows(deps.reader, part.stream, start, stop, part.unsealed[:0])
    at, grades = grades_of(rows, len(part.layout.leads))
    known = Around(
        at, grades, *(spans_of(deps.findings, part, kinds, stop) for kinds in (FIBRILLATION, BLIND))
    )
    rate, told = part.layout.rate_mhz, kept.told(part)
    # Of what the analysis said nothing changes while people relabel: it is told again once.
    name = (part.stream, part.start, stop, zlib.crc32(told.tobytes()), thresholds.version)
    before = kept.judged(name, lambda: retold(told, rate, part.start, stop, thresholds, known))
    after = retold(kept.beats(part), rate, part.start, stop, thresholds, known)
    return difference(before, after)


def put_right(
    body: State,
    again: Again,
    want: Asked,
    stored: SpanSet,
    thresholds: Thresholds,
    time_of: Callable[[int], Instant | None],
) -> State:
    """The answer of ``findings_body`` with what holds no more withdrawn, and what is new among the others."""
    told = body["findings"]
    assert isinstance(told, list)
    for one in told:
        if one["id"] in again.gone:
            one |= {
                "state": "withdrawn",
                "withdrawn": {"reason": "relabelled", "words": GONE, "at_ms": None},
            }
    goes_on = body.get("next")
    stop = goes_on if isinstance(goes_on, int) else want.stop
    fresh = [
        _told(one, want, stored.stop - 1, thresholds, time_of)
        for one in again.fresh
        if want.start <= one.start < stop
    ]
    return body | {"findings": sorted([*told, *fresh], key=lambda one: one["start"])}


def _told(
    one: Finding, want: Asked, last: int, thresholds: Thresholds, time_of: Callable[[int], Instant | None]
) -> dict[str, object]:
    kind = one.kind

    def ms(sample: int) -> int | None:
        at = time_of(sample)
        return None if at is None else at // MILLISECOND

    return {
        "id": f"relabelled-{kind.name}-{one.start}",
        "kind": kind.name,
        "words": in_full(kind),
        "priority": kind.priority,
        "start": one.start,
        "end": one.end,
        "opened_ms": ms(one.start),
        "closed_ms": None if one.end is None else ms(one.end),
        "state": "open" if one.end is None else "closed",
        "told_as": [],
        "withdrawn": None,
        "values": named_values(one),
        "units": {value.name: value.unit for value in kind.values if value.unit},
        "limits": kind.compared(thresholds.values()),
        "strip": strip(one, want.layout.rate_hz, last),
        "leads": list(want.layout.names),
        "beats": [],
        "rule": kind.rule,
        "version": f"{kind.version}/{made_by(thresholds)}/{VERSION}",
    }
