"""The measurements of one patient for the patient page: now, in the last hour, today; on a reading thread."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.center.live_findings import FindingHistory, LiveFinding
from einthoven.center.ports import SampleReader
from einthoven.ecg.beats import beats_of, grades_of
from einthoven.ecg.measure_now import Known, Look, look, looks_at, measure_now
from einthoven.ecg.measure_record import BLIND, FIBRILLATION, NOT_OF_THE_HEART
from einthoven.ecg.measure_trends import SILENCED
from einthoven.edges.web.quality import known_rows, look_back
from einthoven.edges.web.stored import Damage, whole_window
from einthoven.reports.review_labels import Labels, labelled

TODAY_S: Final = 25 * 3600
"""The longest day."""
FINDINGS_MOST: Final = 5000
"""Findings of today that are looked at: what a very ectopic heart has."""

Rows = NDArray[np.void]


def first_of_today(layout: Layout, since: int, end: int) -> int:
    """Where today begins: at ``since``, a day before ``end`` at the most."""
    return max(0, min(since, end - 1), end - round(TODAY_S * layout.rate_hz))


def measures_body(
    reader: SampleReader,
    findings: FindingHistory,
    stream: StreamId,
    layout: Layout,
    unsealed: Rows,
    since: int,
    labels: Labels | None = None,
) -> dict[str, object]:
    """All measurements of a stream up to its newest stored sample, JSON-ready (``ecg.measure_now``).

    Args:
        unsealed: rows of the ward, from ``look_back`` before today on.
        since: first sample of today; a day at the most is looked at.
        labels: what people said of the beats.
    """
    stored = reader.stored(stream)
    end = stored.stop
    if not stored:
        return {"start": 0, "end": 0, "now": {}, "hour": {}, "today": {}, "episodes": []}
    start = first_of_today(layout, since, end)
    rows = known_rows(reader, stream, start - look_back(layout), end, unsealed, pick=None)
    at, grades = grades_of(rows, len(layout.leads))
    beats = labelled(beats_of(rows), labels or Labels(), layout.rate_hz)
    found = findings.between(stream, start, end, FINDINGS_MOST + 1)
    known = Known(
        layout=layout,
        start=start,
        end=end,
        rows=beats[beats["sample"] >= start],
        grade_at=at,
        grades=grades,
        stored=stored,
        fibrillation=_where(found, FIBRILLATION, start, end),
        blind=_where(found, BLIND, start, end),
        rhythms={kind: _where(found, {kind}, start, end) for kind in SILENCED},
        episodes=[
            (one.kind, one.start, one.end)
            for one in found[:FINDINGS_MOST]
            if one.end is not None and one.state == "closed" and not one.kind.startswith(NOT_OF_THE_HEART)
        ],
    )
    looks = [_look(reader, stream, known, span) for span in looks_at(known)]
    body = measure_now(known, [one for one in looks if one is not None])
    words = {one.kind: one.words for one in found}
    for row in body["episodes"]:
        row["words"] = words[row["kind"]]
    return body | {"findings_left_out": len(found) > FINDINGS_MOST}


def _where(found: Sequence[LiveFinding], kinds: Collection[str], start: int, end: int) -> SpanSet:
    """Where one of ``kinds`` was found, within ``[start, end)``."""
    spans = SpanSet()
    for one in found:
        stop = end if one.end is None else one.end
        if one.kind in kinds and one.state in ("open", "closed") and stop > start:
            spans.add(max(start, one.start), min(end, stop))
    return spans


def _look(reader: SampleReader, stream: StreamId, known: Known, span: Span) -> Look | None:
    """One look, None where its samples cannot be read whole."""
    damage = Damage()
    window = whole_window(reader, stream, len(known.layout.leads), span.start, span.stop, damage)
    return None if damage.spans else look(window.samples, span.start, known)
