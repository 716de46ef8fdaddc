"""A study out of the analysis of a whole record (``ecg.analyze``): the way of a bare file (R13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import SECOND, Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.base.thresholds import Thresholds
from einthoven.ecg.analyze import Analysis, made_by
from einthoven.ecg.beats import LEAD_OFF, UNKNOWN
from einthoven.ecg.measure import Trends
from einthoven.reports.study import Found, Gap, Study

NO_FINDINGS = ("quality-", "gap")
"""Kinds that say something of the signal; a lost analysis stays, because beats mean nothing in it."""
NOT_RECORDED = "not in the record"
NOT_MEASURED = "no lead measured anything"
MISSING_LEAST_S = 1
"""Seconds without a measured sample in any lead that are told as a gap."""


def study_of(
    samples: int,
    layout: Layout,
    start: Instant,
    result: Analysis,
    trends: Trends,
    thresholds: Thresholds,
    present: Sequence[Span] | None = None,
) -> Study:
    """The study of a record.

    Args:
        samples: its length.
        layout: rate and leads.
        start: instant of sample 0; 0 where it is not known: times are then counted from it.
        result: of ``analyze``, findings of ST among them.
        trends: of the record.
        thresholds: with which it was analysed.
        present: the spans that the record holds, in order, apart; None: all of it.
    """
    seconds = max(1, int(np.ceil(samples / layout.rate_hz)))
    quality = np.full((seconds, len(layout.leads)), UNKNOWN, np.uint8)
    quality[: len(result.quality)] = result.quality[:seconds]
    return Study(
        layout=layout,
        samples=samples,
        origin=0,
        time_of=Straight(start, layout.rate_hz),
        beats=result.beats,
        quality=quality,
        findings=tuple(_found(one) for one in result.findings if _kept(one)),
        trends=trends,
        gaps=_gaps(quality, layout, samples, present),
        made_by=made_by(thresholds),
    )


class Straight:
    """The clock of a record: a straight line from its start."""

    __slots__ = ("_rate_hz", "_start")

    def __init__(self, start: Instant, rate_hz: float) -> None:
        self._start, self._rate_hz = start, rate_hz

    def __call__(self, sample: int) -> Instant:
        """Center time of a sample."""
        return self._start + round(sample * SECOND / self._rate_hz)


def _kept(finding: dict[str, Any]) -> bool:
    return not str(finding["kind"]).startswith(NO_FINDINGS)


def _found(finding: dict[str, Any]) -> Found:
    return Found(
        finding["kind"], finding["start_sample"], finding["end_sample"], finding["evidence"]["values"]
    )


def _gaps(
    quality: NDArray[np.uint8], layout: Layout, samples: int, present: Sequence[Span] | None
) -> tuple[Gap, ...]:
    """What the record does not hold, and seconds in which no lead was connected."""
    missing = [] if present is None else SpanSet(present).missing(0, samples)
    found = [Gap(one.start, one.stop, NOT_RECORDED) for one in missing]
    off = (quality == LEAD_OFF).all(axis=1)
    edges = np.flatnonzero(np.diff(off.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    rate = layout.rate_hz
    for a, b in edges.tolist():
        start, stop = round(a * rate), min(round(b * rate), samples)
        if b - a >= MISSING_LEAST_S and not any(gap.start < stop and gap.stop > start for gap in found):
            found.append(Gap(start, stop, NOT_MEASURED))
    return tuple(sorted(found, key=lambda gap: gap.start))
