"""Windows of a few seconds, shockable or not, against what was told of them: as defibrillators are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from einthoven.ecg.ec57 import RHYTHMS, Marks
from einthoven.ecg.ec57_report import percent
from einthoven.ecg.ec57_spans import rhythm_spans

SHOCKABLE = "VTVF"
"""Class of episodes (``ec57.RHYTHMS``) that a shock may end."""
CELLS = ("TP", "FN", "FP", "TN")


def window_counts(
    found: Marks, labels: Iterable[tuple[float, bool]], seconds: float, rate_hz: float
) -> dict[str, int]:
    """How windows of one record were told: one is told shockable when at least half of it is.

    Args:
        found: annotations of the analysis.
        labels: start of each window in seconds, and whether it is shockable.
        seconds: length of a window.
        rate_hz: samples per second.
    """
    last = int(found.sample[-1]) if len(found.sample) else 0
    texts, waves = RHYTHMS[SHOCKABLE]
    spans = rhythm_spans(found.sample, found.code, found.aux, texts, waves, last)
    out = dict.fromkeys(CELLS, 0)
    for start, shockable in labels:
        first, end = start * rate_hz, (start + seconds) * rate_hz
        inside = sum(max(0.0, min(end, b) - max(first, a)) for a, b in spans)
        told = 2 * inside >= end - first
        out[("TP" if told else "FN") if shockable else ("FP" if told else "TN")] += 1
    return out


def windows_report(records: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Counts of all records with sensitivity and specificity in percent, and each record's."""
    whole = {cell: sum(counts[cell] for counts in records.values()) for cell in CELLS}
    return {"windows": _rates(whole), "records": {name: _rates(counts) for name, counts in records.items()}}


def _rates(counts: Mapping[str, int]) -> dict[str, Any]:
    se = percent(counts["TP"], counts["TP"] + counts["FN"])
    return dict(counts) | {"Se": se, "Sp": percent(counts["TN"], counts["TN"] + counts["FP"])}
