"""The fibrillation stage over whole records, and what its findings are worth: delays, false ones, alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.fibrillation import second
from einthoven.ecg.fibrillation_asystole import HEARS
from einthoven.ecg.fibrillation_layout import SCORE, VF_JUDGED_AT, words
from einthoven.ecg.fibrillation_leads import CASE
from einthoven.ecg.findings import COLUMNS, Finding, fold
from einthoven.ecg.kinds import ASYSTOLE
from einthoven.ecg.trees import Forest
from training.fibrillation_data import NO_PULSES, NOISE, UNKNOWN, VF, VT, Record

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

FIBRILLATION_S, ASYSTOLE_S = 4.0, 4.0
BEAT_LATENCY_S = 0.4
"""A beat is taken to be known so long after it."""
FROM_ONSET_S = 10.0
NEVER = -6.0


@njit(nogil=True)
def run(
    signal: I16,
    unit_uv: F64,
    every: int,
    rate_hz: float,
    quality: I64,
    beats: I64,
    feature: I16,
    threshold: F32,
    child: I32,
    root: I32,
    f: F64,
    scores: F64,
    out: F64,
) -> int:
    """Stream a record through the stage; ``scores`` gets each second's, held while no lead can be judged."""
    length = signal.shape[1]
    w = f.view(np.int64)
    case = np.zeros(CASE)
    n = at = 0
    beat = 0
    held = NEVER
    for number in range(len(quality)):
        now = int(np.ceil((number + 1) * rate_hz))
        filled = min(now // every, length)
        while at < len(beats) and beats[at] <= now - BEAT_LATENCY_S * rate_hz:
            beat = beats[at]
            at += 1
        n = second(
            f,
            w,
            number,
            now,
            rate_hz,
            signal,
            unit_uv,
            filled,
            rate_hz / every,
            quality[number],
            beat,
            NO_PULSES,
            HEARS,
            -1,
            FIBRILLATION_S,
            ASYSTOLE_S,
            feature,
            threshold,
            child,
            root,
            case,
            out,
            n,
        )
        if w[VF_JUDGED_AT] == now:
            held = f[SCORE]
        scores[number + 1] = held
    return n


@dataclass(frozen=True, slots=True)
class Streamed:
    """A record's findings and the score of every second (float64[seconds + 1])."""

    record: Record
    findings: list[Finding]
    scores: F64


def stream(record: Record, forest: Forest) -> Streamed:
    """What the stage says of a record, judged by ``forest``."""
    f = np.zeros(words(len(record.signal)))
    scores = np.full(record.seconds + 1, NEVER)
    out = np.zeros((8 + 4 * record.seconds, COLUMNS))
    quality = record.quality[: record.seconds].astype(np.int64)
    trees = (forest.feature, forest.threshold, forest.child, forest.root)
    rate, every = record.rate_hz, record.every
    n = run(record.signal, record.unit_uv, every, rate, quality, record.beats, *trees, f, scores, out)
    return Streamed(record, fold(out[:n]), scores)


def roc(
    streamed: list[Streamed], left_out: dict[str, tuple[int, int]], noise: bool = False
) -> dict[str, Any]:
    """Sensitivity at 99 % specificity over the windows that end at 5, 10, 15 … s, pooled over the records.

    Args:
        streamed: records of one database.
        left_out: by record, the seconds between which windows that are not shockable are left out.
        noise: count windows annotated as noise as not shockable.
    """
    good: list[float] = []
    bad: list[float] = []
    for one in streamed:
        label = one.record.label
        first, last = left_out.get(one.record.name, (0, -1))
        for at in range(5, len(label), 5):
            if label[at] in (VT, VF):
                bad.append(one.scores[at])
            elif label[at] >= 0 and (noise or label[at] != NOISE) and not first <= at <= last:
                good.append(one.scores[at])
    calm, ill = np.sort(good), np.sort(bad)
    line = calm[int(np.ceil(0.99 * len(calm))) - 1]
    below = np.searchsorted(calm, ill, "left") + np.searchsorted(calm, ill, "right")
    return {
        "windows": len(calm),
        "shockable": len(ill),
        "se_at_99_sp": round(100 * float(np.mean(ill > line)), 1),
        "auc": round(float(below.sum() / 2 / len(calm) / len(ill)), 4),
        "line": round(float(line), 2),
    }


def _episodes(record: Record) -> list[tuple[int, int]]:
    """Seconds between which every window is fibrillation; the onset is five seconds before the first."""
    inside = np.concatenate([[False], record.label == VF, [False]])
    edges = np.flatnonzero(np.diff(inside.astype(int)))
    return [(int(a) - 5, int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def delays(streamed: list[Streamed]) -> dict[str, Any]:
    """How long after its onset (to a second) each episode of fibrillation of 5 s or more was told."""
    found: list[float] = []
    starts: list[float] = []
    missed = 0
    for one in streamed:
        rate = one.record.rate_hz
        mine = [finding for finding in one.findings if finding.kind.code != ASYSTOLE]
        for onset, end in _episodes(one.record):
            told = [
                f
                for f in mine
                if f.opened_told / rate <= end + 5 and (f.end is None or f.end / rate > onset + 1)
            ]
            if not told:
                missed += 1
                continue
            found.append(max(0.0, told[0].opened_told / rate - onset))
            if told[0].opened_told / rate > onset:
                starts.append(told[0].start / rate - onset)
    return {
        "episodes": len(found) + missed,
        "missed": missed,
        "delay_median_s": _quantile(found, 0.5),
        "delay_90_percent_s": _quantile(found, 0.9),
        "told_within_10_s": int(np.sum(np.array(found) <= FROM_ONSET_S)),
        "start_error_median_s": _quantile(starts, 0.5),
    }


def _quantile(values: list[float], share: float) -> float | None:
    return round(float(np.quantile(values, share)), 1) if values else None


def false_findings(streamed: list[Streamed]) -> dict[str, Any]:
    """Findings of fibrillation and of asystole where there is neither; the hours they were sought in."""
    count = {"fibrillation": 0, "asystole": 0}
    where: set[str] = set()
    for one in streamed:
        label = one.record.label
        for finding in one.findings:
            start, end = (int(at / one.record.rate_hz) for at in (finding.start, finding.opened_told))
            if np.isin(label[start : end + 6], (VF, VT, UNKNOWN)).any():
                continue
            count["asystole" if finding.kind.code == ASYSTOLE else "fibrillation"] += 1
            where.add(one.record.name)
    return {
        "hours": round(sum(one.record.seconds for one in streamed) / 3600, 1),
        **count,
        "in": sorted(where),
    }


def alarms(streamed: list[Streamed], kind: str, asystole: bool) -> dict[str, int]:
    """cinc2015: was the condition told or open in the 10 s before the alarm (minute 5) or at it?"""
    counts = {"TP": 0, "FP": 0, "TN": 0, "FN": 0}
    for one in streamed:
        if one.record.comments[0] != kind:
            continue
        rate = one.record.rate_hz
        said = any(
            (finding.kind.code == ASYSTOLE) == asystole
            and finding.opened_told <= 300 * rate
            and (finding.end is None or finding.end >= 290 * rate)
            for finding in one.findings
        )
        true = one.record.comments[1].startswith("True")
        counts[("T" if said == true else "F") + ("P" if said else "N")] += 1
    return counts
