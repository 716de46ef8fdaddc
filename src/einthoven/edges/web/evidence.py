"""What findings rest on beside their values: leads that were fit for use, and beats; on a reading thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.base.layout import Layout
from einthoven.base.spans import SpanSet
from einthoven.center.live_findings import LiveFinding
from einthoven.center.ports import SampleReader
from einthoven.ecg.beats import ARTEFACT, UNKNOWN, beats_of, grades_of
from einthoven.ecg.evidence import leads_of
from einthoven.ecg.kinds import BY_NAME
from einthoven.edges.web.quality import known_rows, look_back

TOGETHER_S: Final = 3600
"""Strips that lie nearer to one another are read at once: beats are sealed by the hour."""

Rows = NDArray[np.void]


class Evidence(NamedTuple):
    """Of one finding.

    Attributes:
        leads: names of those that were fit for use in most seconds of its strip.
        beats: samples of its beats, as far as its strip goes.
    """

    leads: list[str]
    beats: list[int]


def bounds(found: Sequence[LiveFinding], layout: Layout) -> tuple[int, int]:
    """From where to where rows are asked for all strips: ``[first, last)``."""
    if not found:
        return 0, 0
    first = min(one.strip[0] for one in found) - look_back(layout)
    return max(0, first), max(one.strip[1] for one in found) + 1


def evidence_of(
    reader: SampleReader, stream: StreamId, layout: Layout, unsealed: Rows, found: Sequence[LiveFinding]
) -> Mapping[str, Evidence]:
    """Evidence of each finding, by its id.

    Args:
        unsealed: rows of the ward within ``bounds``.
    """
    near, back = round(TOGETHER_S * layout.rate_hz), look_back(layout)
    wide = SpanSet((max(0, one.strip[0] - back), one.strip[1] + near) for one in found)
    parts = [known_rows(reader, stream, start, stop, unsealed, pick=None) for start, stop in wide]
    rows = np.concatenate([unsealed[:0], *parts])
    at, grades = grades_of(rows, len(layout.leads))
    beats = beats_of(rows)
    true = beats["sample"][beats["code"] != ARTEFACT].astype(np.int64)
    told = {}
    for one in found:
        first, last = one.strip
        place = np.searchsorted(at, np.arange(first, last + 1, layout.rate_hz), side="right") - 1
        graded = np.full((len(place), len(layout.leads)), UNKNOWN, np.uint8)
        graded[place >= 0] = grades[place[place >= 0]]
        kind = BY_NAME.get(one.kind)
        names = [] if kind is None else leads_of(kind, graded, layout.names)
        stop = min(last, last if one.end is None else one.end)
        inside = true[np.searchsorted(true, one.start) : np.searchsorted(true, stop, "right")]
        told[one.id] = Evidence(names, inside.tolist())
    return told
