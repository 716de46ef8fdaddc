"""ST elevation and depression in a record: a lead whose ST level leaves where it began, for a time.

The level is that of the average of the last sixteen normal beats, 80 ms behind the J point against the PR
segment, every ten seconds (``measure_trends``). It is compared with its mean over the record's first
measurements, about half a minute, as EC57 does.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout
from einthoven.base.thresholds import Thresholds
from einthoven.ecg.analyze import Analysis, made_by
from einthoven.ecg.beats import ARTEFACT
from einthoven.ecg.findings import BEATS_MAX, written
from einthoven.ecg.kinds import BY_CODE, ST_DEPRESSION, ST_ELEVATION
from einthoven.ecg.measure import Trends
from einthoven.ecg.measure_trends import EVERY_S
from einthoven.ecg.waves_live import M_DRIFT, M_EACH, M_LEADS, M_SLOPE, M_ST80

F64 = NDArray[np.float64]
UNSEEN_MOST_S = 30
"""Measurements may be missing for so long within a finding."""
LEVEL, DURATION = "st.detect.level_uv", "st.detect.duration_s"


def st_findings(
    trends: Trends, layout: Layout, result: Analysis, samples: int, thresholds: Thresholds
) -> list[dict[str, Any]]:
    """Findings of ST in the form of the others (``findings.written``), by onset.

    Args:
        trends: of the record.
        layout: rate and leads.
        result: of ``analyze``: its beats.
        samples: length of the record.
        thresholds: the level and how long it must last.
    """
    beats = result.beats["sample"][result.beats["code"] != ARTEFACT].astype(np.int64)
    found = []
    for lead, name in enumerate(layout.names):
        columns = trends.rows[:, M_LEADS + lead * M_EACH : M_LEADS + (lead + 1) * M_EACH]
        for sign, code in ((1.0, ST_ELEVATION), (-1.0, ST_DEPRESSION)):
            drift = sign * columns[:, M_DRIFT]
            for first, last in episodes(drift, thresholds[LEVEL], thresholds[DURATION]):
                peak = first + int(np.nanargmax(drift[first : last + 1]))
                level, away = float(columns[peak, M_ST80]), float(columns[peak, M_DRIFT])
                start = round(first * EVERY_S * layout.rate_hz)
                span = start, max(start + 1, int(trends.end[last])), samples - 1
                values = {
                    "level_uv": round(away, 1),
                    "reference_uv": round(level - away, 1),
                    "lead": name,
                    "slope_uv_per_s": round(float(columns[peak, M_SLOPE]), 1),
                    "seconds": (last - first + 1) * EVERY_S,
                }
                found.append(_written(code, span, layout, thresholds, beats, values))
    return sorted(found, key=lambda one: (one["start_sample"], one["kind"]))


def episodes(drift: F64, level: float, duration_s: float) -> list[tuple[int, int]]:
    """First and last row of each stretch in which ``drift`` (float64[k], one a ``EVERY_S``, NaN where not
    measured) is at ``level`` or above for ``duration_s`` at least."""
    high = np.flatnonzero(np.nan_to_num(drift, nan=-np.inf) >= level)
    low = np.flatnonzero(np.nan_to_num(drift, nan=np.inf) < level)
    cuts = [0]
    for at, (one, other) in enumerate(pairwise(high.tolist())):
        between = np.searchsorted(low, other) > np.searchsorted(low, one)
        if between or (other - one - 1) * EVERY_S > UNSEEN_MOST_S:
            cuts.append(at + 1)
    parts = [high[a:b] for a, b in pairwise([*cuts, len(high)]) if a < b]
    return [
        (int(part[0]), int(part[-1])) for part in parts if (part[-1] - part[0] + 1) * EVERY_S >= duration_s
    ]


def _written(
    code: int,
    span: tuple[int, int, int],
    layout: Layout,
    thresholds: Thresholds,
    beats: NDArray[np.int64],
    values: dict[str, Any],
) -> dict[str, Any]:
    """The finding over ``span``: its first and last sample, and the record's last."""
    kind, rate = BY_CODE[code], layout.rate_hz
    start, stop, limit = span
    told = min(round(start + thresholds[DURATION] * rate), stop)
    by, leads = made_by(thresholds), [values["lead"]]
    made = written(kind.name, start, stop, told, rate, kind.rule, by, leads, limit)
    inside = beats[np.searchsorted(beats, start) : np.searchsorted(beats, stop, "right")]
    made["evidence"] |= {
        "values": values,
        "thresholds": {key: thresholds[key] for key in (LEVEL, DURATION)},
        "beat_count": len(inside),
        "beats": inside[:BEATS_MAX].tolist(),
    }
    return made
