"""How the stages tell findings, and what becomes of the rows they tell.

A stage appends rows of twelve numbers. Those of one finding share the stage and ``SEQ``. A later row may
carry a sharper kind than the one that opened it (a ventricular tachycardia turns out nonsustained): the last
one stands. An instant finding is told by its close alone. A withdrawn one was told on provisional beats and
the final ones disagree: who saw it must learn of it, the result of the record does not have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.thresholds import shipped
from einthoven.ecg.kinds import ANALYSIS_LOST, BY_CODE, WORDS, Kind

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

KIND, ACTION, START, END, TOLD, SEQ, V0 = range(7)
VALUES = 6
COLUMNS = V0 + VALUES
"""Columns of a row. ``START``, ``END`` and ``TOLD`` are sample indices; ``END`` is -1 until closed."""

OPEN, UPDATE, CLOSE, WITHDRAW = 1, 2, 3, 4
OPEN_END = -1
STRIP_BEFORE_S, STRIP_AFTER_S, STRIP_MAX_S = 3, 5, 60
"""A finding's strip begins so long before it and ends so long after it, but is no longer than that."""
BEATS_MAX = 500
"""Beats listed in one finding's evidence; of more, the first ones, and their number is told."""
NORMAL_AUX = "(N"


@njit(nogil=True)
def tell(
    out: F64,
    n: int,
    kind: int,
    action: int,
    start: int,
    end: int,
    told: int,
    seq: int,
    v0: float,
    v1: float,
    v2: float,
    v3: float,
    v4: float,
    v5: float,
) -> int:
    """Append a row to ``out`` (float64[rows, COLUMNS]) behind its first ``n``; returns the new number."""
    row = out[n]
    row[0], row[1], row[2], row[3], row[4], row[5] = kind, action, start, end, told, seq
    row[6], row[7], row[8], row[9], row[10], row[11] = v0, v1, v2, v3, v4, v5
    return n + 1


@dataclass(frozen=True, slots=True)
class Finding:
    """What the analysis says of one stretch, after its last row so far.

    Attributes:
        kind: what it is.
        start: sample index of its onset.
        end: of its end; None while it is open.
        opened_told: sample index of the step that told it first.
        closed_told: of the step that told its end; None while it is open.
        seq: running number within the stage.
        values: V0 … V5 as told last.
        withdrawn: told on provisional beats; the final ones disagree.
    """

    kind: Kind
    start: int
    end: int | None
    opened_told: int
    closed_told: int | None
    seq: int
    values: tuple[float, ...]
    withdrawn: bool = False


def finding_of(row: F64, before: Finding | None) -> Finding:
    """A finding as a row tells it; ``before`` is what it was after the row before, None for the first."""
    action, told = int(row[ACTION]), int(row[TOLD])
    closing = action in (CLOSE, WITHDRAW)
    return Finding(
        BY_CODE[int(row[KIND])],
        int(row[START]),
        int(row[END]) if closing else None,
        told if before is None else before.opened_told,
        told if closing else None,
        int(row[SEQ]),
        tuple(float(value) for value in row[V0:COLUMNS]),
        action == WITHDRAW,
    )


class Fold:
    """Rows in, findings out; the state of the folding is the findings that are open.

    ``add`` may be called with any cutting of the rows.
    """

    def __init__(self) -> None:
        self.open: dict[tuple[str, int], Finding] = {}
        self.done: list[Finding] = []

    def add(self, rows: F64) -> list[Finding]:
        """Take float64[n, COLUMNS] rows as they were told; returns each row's finding as it is now."""
        changed = []
        for row in rows:
            kind = BY_CODE[int(row[KIND])]
            key = (kind.stage, int(row[SEQ]))
            before = self.open.pop(key, None)
            if before is not None and int(row[ACTION]) == OPEN:
                # Numbers begin anew behind a gap; what was not closed before it stays open.
                self.done.append(before)
                before = None
            finding = finding_of(row, before)
            if finding.closed_told is not None:
                self.done.append(finding)
            else:
                self.open[key] = finding
            changed.append(finding)
        return changed

    def findings(self, withdrawn: bool = False) -> list[Finding]:
        """All so far by onset, the open ones among them; withdrawn ones only when asked for."""
        every = [*self.done, *self.open.values()]
        kept = [finding for finding in every if withdrawn or not finding.withdrawn]
        return sorted(kept, key=lambda finding: (finding.start, finding.kind.code, finding.seq))


def fold(rows: F64) -> list[Finding]:
    """Findings of a whole record's rows (float64[n, COLUMNS], as told)."""
    folded = Fold()
    folded.add(rows)
    return folded.findings()


def as_json(
    finding: Finding,
    rate_hz: float,
    version: str,
    limits: Mapping[str, float],
    beats: I64,
    leads: Sequence[str] = (),
    last_sample: int | None = None,
) -> dict[str, Any]:
    """A finding for ``--json``.

    Args:
        finding: the finding.
        rate_hz: sampling rate.
        version: version of the analysis and of the table of thresholds.
        limits: values of the thresholds, by key.
        beats: int64[n], sample indices of the record's beats in order.
        leads: names of the leads that were fit for use over its strip.
        last_sample: bounds the strip, None when more may come.
    """
    kind = finding.kind
    stop = finding.end if finding.end is not None else finding.opened_told
    inside = beats[np.searchsorted(beats, finding.start) : np.searchsorted(beats, stop, "right")]
    made = written(
        kind.name,
        finding.start,
        finding.end,
        finding.opened_told,
        rate_hz,
        kind.rule,
        version,
        leads,
        last_sample,
    )
    made["evidence"] |= {
        "values": named_values(finding),
        "thresholds": {v.limit: limits[v.limit] for v in kind.values if v.limit in limits},
        "beat_count": len(inside),
        "beats": inside[:BEATS_MAX].tolist(),
    }
    if finding.withdrawn:
        made["evidence"]["withdrawn"] = True
    return made


def written(
    kind: str,
    start: int,
    end: int | None,
    told: int,
    rate_hz: float,
    rule: str,
    version: str,
    leads: Sequence[str] = (),
    last_sample: int | None = None,
) -> dict[str, Any]:
    """The form of every finding, whoever found it; its evidence holds nothing yet but leads, strip and when
    it was told.

    Args:
        kind: name of the kind.
        start, end: samples; ``end`` None while it is open.
        told: sample of the step that told it first.
        rate_hz: sampling rate.
        rule: name of the rule, of ``base/thresholds.toml``.
        version: of the analysis and of the table of thresholds; that of the rule is put before it.
        leads: names of the leads it rests on.
        last_sample: bounds the strip.
    """
    return {
        "kind": kind,
        "opened": round(start / rate_hz, 3),
        "closed": None if end is None else round(end / rate_hz, 3),
        "start_sample": start,
        "end_sample": end,
        "rule": rule,
        "version": f"{shipped().rules[rule]}/{version}",
        "evidence": {
            "values": {},
            "thresholds": {},
            "beat_count": 0,
            "beats": [],
            "leads": list(leads),
            "strip": strip_of(start, told if end is None else end, rate_hz, last_sample),
            "told": round(told / rate_hz, 3),
        },
    }


def named_values(finding: Finding) -> dict[str, float | str | None]:
    """Named evidence; "not known" is None, a code is its word."""
    named: dict[str, float | str | None] = {}
    for value, number in zip(finding.kind.values, finding.values, strict=False):
        if value.name in WORDS:
            named[value.name] = WORDS[value.name].get(int(number), "unknown")
        elif not np.isfinite(number) or (number == -1 and finding.kind.stage == "rhythm"):
            named[value.name] = None
        else:
            named[value.name] = round(number, 3)
    return named


def strip(finding: Finding, rate_hz: float, last_sample: int | None = None) -> list[int]:
    """First and last sample of the piece of ECG that shows the finding."""
    stop = finding.end if finding.end is not None else finding.opened_told
    return strip_of(finding.start, stop, rate_hz, last_sample)


def strip_of(start: int, stop: int, rate_hz: float, last_sample: int | None = None) -> list[int]:
    """First and last sample of the piece of ECG that shows what lies in ``[start, stop]``."""
    before, after, most = (round(s * rate_hz) for s in (STRIP_BEFORE_S, STRIP_AFTER_S, STRIP_MAX_S))
    first = max(0, start - before)
    last = min(stop + after, first + most)
    return [first, last if last_sample is None else min(last, last_sample)]


def rhythm_changes(findings: Iterable[Finding], beats: I64, last: int) -> list[tuple[int, str]]:
    """Rhythm annotations of WFDB: where a rhythm begins, and its ``aux``.

    At any sample the rhythm of the highest rank holds; where none does it is ``(N``. While analysis is lost
    nothing is known: no change is written within, and the rhythm is told anew behind it.

    Args:
        findings: any order; those without a rhythm do not count.
        beats: int64[n], sample indices of the record's beats in order: the rhythm is first told at the first
            one, and one that ends makes way for another at the beat behind its end; with fewer than
            two no rhythm is told but what a finding knows.
        last: sample index of the record's end.
    """
    first = int(beats[0]) if len(beats) else 0
    blank = len(beats) < 2
    kept = [finding for finding in findings if not finding.withdrawn]
    lost = [(f.start, _end(f, last)) for f in kept if f.kind.code == ANALYSIS_LOST]
    renew = {max(first, end) for _, end in lost}
    steps: dict[int, list[tuple[Kind, int]]] = {sample: [] for sample in {first, *renew}}
    for finding in kept:
        if finding.kind.aux:
            begin = max(first, finding.start)
            steps.setdefault(begin, []).append((finding.kind, 1))
            end = max(begin, _end(finding, last))
            behind = int(np.searchsorted(beats, end, "right"))
            over = int(beats[behind]) if behind < len(beats) else last + 1
            steps.setdefault(over, []).append((finding.kind, -1))
    active: dict[Kind, int] = {}
    changes: list[tuple[int, str]] = []
    for sample in sorted(steps):
        for kind, step in steps[sample]:
            active[kind] = active.get(kind, 0) + step
        if sample > last or any(start <= sample < end for start, end in lost):
            continue
        held = [kind for kind, count in active.items() if count > 0]
        aux = max(held, key=lambda kind: (kind.rank, kind.code)).aux if held else NORMAL_AUX
        if blank and not held and not changes:
            continue
        if not changes or changes[-1][1] != aux or sample in renew:
            changes.append((sample, aux))
    return changes


def _end(finding: Finding, last: int) -> int:
    return last if finding.end is None else finding.end
