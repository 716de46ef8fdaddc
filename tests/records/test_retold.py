"""Ectopic findings told again from beats that nobody touched: how far they are those of the analysis."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from tests.records.records import DS1, need

from einthoven.base.spans import Span
from einthoven.base.thresholds import shipped
from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.beats import grades_of
from einthoven.ecg.kinds import BY_NAME
from einthoven.edges.exchange.records import Record, read_record
from einthoven.reports.review_retold import ECTOPIC, Around, retold

pytestmark = pytest.mark.records


def agreement(record: Record, found: Analysis, sure: bool) -> Counter[str]:
    """Findings that both tell, to the very sample or not; that only one tells."""
    last = len(record.samples)
    own = [
        (one["kind"], one["start_sample"], last if one["end_sample"] is None else one["end_sample"])
        for one in found.findings
        if one["kind"] in BY_NAME and BY_NAME[one["kind"]].code in ECTOPIC
    ]
    af = [
        Span(one["start_sample"], last if one["end_sample"] is None else one["end_sample"])
        for one in found.findings
        if one["kind"] in ("atrial-fibrillation", "atrial-flutter")
    ]
    at, grades = grades_of(found.grades, len(record.layout.leads))
    beats = found.beats.copy()
    beats["conf"] = np.where(sure, beats["conf"], 0)
    around = Around(at, grades, af, list(found.fibrillation))
    left = [
        (one.kind.name, one.start, one.end)
        for one in retold(beats, record.layout.rate_mhz, 0, last, shipped(), around)
    ]
    told: Counter[str] = Counter()
    for kind, start, end in own:
        hit = next((one for one in left if one[0] == kind and one[1] <= end and one[2] >= start), None)
        told["both" if hit else "analysis alone"] += 1
        if hit:
            left.remove(hit)
            told["exact"] += hit[1:] == (start, end)
    told["retold alone"] = len(left)
    return told


def test_untouched_beats_tell_what_the_analysis_told() -> None:
    """The figures of docs/review.md; they may only grow better."""
    folder = need("mitdb")
    kept, sealed = Counter[str](), Counter[str]()
    for name in DS1:
        record = read_record(str(folder / name))
        found = analyze(record.samples, record.layout)
        kept += agreement(record, found, sure=True)
        sealed += agreement(record, found, sure=False)
    assert (kept["both"] >= 678, kept["exact"] >= 673, kept["retold alone"] <= 22) == (True, True, True), kept
    assert (sealed["both"] >= 678, sealed["exact"] >= 671, sealed["retold alone"] <= 27) == (
        True, True, True,
    ), sealed  # fmt: skip
