"""Alarms of a bedside monitor judged true or false, as the PhysioNet/CinC challenge of 2015 does.

Each of its records ends its fifth minute in an alarm. The analysis sees those five minutes and nothing of
what comes after. An alarm counts as borne out when a finding of ``KINDS`` was told by then, was not taken
back, and still held within the last ``BACK_S`` seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout
from einthoven.base.thresholds import shipped
from einthoven.ecg.bay import Bay, judges_of
from einthoven.ecg.ec57_report import percent
from einthoven.ecg.findings import COLUMNS, Finding, Fold

ALARM_S = 300
BACK_S = 10.0
"""The challenge's own: what an alarm is about began at most ten seconds before it."""
MISSED_COSTS = 5
"""A true alarm that is called false counts so often in the score."""
WAVES = frozenset({"ventricular-fibrillation", "ventricular-flutter"})
RUNS = frozenset(
    {
        "ventricular-tachycardia",
        "nonsustained-ventricular-tachycardia",
        "sustained-ventricular-tachycardia",
        "torsade-de-pointes",
    }
)
KINDS = {
    "Asystole": frozenset({"asystole"}),
    "Bradycardia": frozenset({"extreme-bradycardia", "asystole"}),
    "Tachycardia": frozenset({"extreme-tachycardia"}) | RUNS,
    "Ventricular_Tachycardia": RUNS | WAVES,
    "Ventricular_Flutter_Fib": WAVES,
}
"""What bears an alarm out."""
TRUTHS = {"True alarm": True, "False alarm": False}
CELLS = ("TP", "FN", "FP", "TN")


@dataclass(frozen=True, slots=True)
class Judged:
    """One alarm: what it was, whether it was true, whether the analysis bears it out."""

    alarm: str
    true: bool
    borne_out: bool

    @property
    def cell(self) -> str:
        """Where it counts."""
        return ("TP" if self.borne_out else "FN") if self.true else ("FP" if self.borne_out else "TN")


def alarm_of(comments: Iterable[str]) -> tuple[str, bool] | None:
    """``(alarm, whether it was true)`` from the comments of a header; None where they tell of none."""
    notes = [comment.strip() for comment in comments]
    alarm = next((note for note in notes if note in KINDS), None)
    truth = next((TRUTHS[note] for note in notes if note in TRUTHS), None)
    return None if alarm is None or truth is None else (alarm, truth)


def judge_alarm(samples: NDArray[np.int16], layout: Layout, alarm: str, true: bool) -> Judged:
    """Judge the alarm at the end of minute five.

    Args:
        samples: int16[n, leads]; what comes after the alarm is not looked at.
        layout: rate and leads.
        alarm: one of ``KINDS``.
        true: whether it was.
    """
    found = told_by(samples, layout, ALARM_S)
    return Judged(alarm, true, any(bears_out(finding, alarm, layout.rate_hz) for finding in found))


def told_by(samples: NDArray[np.int16], layout: Layout, seconds: float) -> list[Finding]:
    """Findings as they stood after so many seconds, the withdrawn ones left out."""
    count = min(len(samples), int(seconds * layout.rate_hz))
    bay = Bay(layout.rate_mhz, len(layout.leads), slots=1, judges=judges_of(shipped()))
    slot, one = bay.take(layout), np.ones(1, np.int64)
    rows: list[NDArray[np.float64]] = []
    flat = np.ascontiguousarray(samples[:count]).reshape(-1)
    bay.advance(one * slot, flat, one * 0, one * 0, one * count, told=rows)
    known = Fold()
    for part in rows:
        known.add(part[:, :COLUMNS])
    return known.findings()


def bears_out(finding: Finding, alarm: str, rate_hz: float) -> bool:
    """Whether a finding says that the alarm was right."""
    ended = finding.end is not None and finding.end < (ALARM_S - BACK_S) * rate_hz
    return not ended and finding.kind.name in KINDS[alarm]


def alarms_report(judged: Mapping[str, Judged]) -> dict[str, Any]:
    """Counts and the challenge's score of all alarms and of each kind, and what became of each record."""
    counts = {name: dict.fromkeys(CELLS, 0) for name in ("all", *KINDS)}
    for one in judged.values():
        counts["all"][one.cell] += 1
        counts[one.alarm][one.cell] += 1
    return {
        "alarms": {name: _rated(each) for name, each in counts.items()},
        "records": {
            name: {"alarm": one.alarm, "true": one.true, "borne_out": one.borne_out, "counts_as": one.cell}
            for name, one in judged.items()
        },
    }


def _rated(counts: Mapping[str, int]) -> dict[str, Any]:
    tp, fn, fp, tn = (counts[cell] for cell in CELLS)
    return {
        **counts,
        "TPR": percent(tp, tp + fn),
        "TNR": percent(tn, tn + fp),
        "score": percent(tp + tn, tp + tn + fp + MISSED_COSTS * fn),
    }
