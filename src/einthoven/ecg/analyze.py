"""The analysis of a whole record: the very kernels of the live ward, in one go (R13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.base.thresholds import Thresholds, shipped
from einthoven.ecg.bay import Bay, judges_of
from einthoven.ecg.beats import (
    ARTEFACT,
    BEAT,
    GOOD,
    GRADES,
    QUALITY_NAMES,
    UNKNOWN,
    beat_rows,
    beats_of,
    last_told,
)
from einthoven.ecg.findings import COLUMNS, Finding, as_json, fold, rhythm_changes, settled
from einthoven.ecg.fingerprint import fingerprint
from einthoven.ecg.kinds import VENTRICULAR_FIBRILLATION, VENTRICULAR_FLUTTER
from einthoven.ecg.study_layout import OUT

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
PIECE_SECONDS = 600
"""Seconds analysed between two calls of ``progress``."""
RULE_QUALITY = "signal-quality"
RULE_GAP = "gap"
WAVES = (VENTRICULAR_FIBRILLATION, VENTRICULAR_FLUTTER)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the analysis found in a record.

    Attributes:
        beats: ``BEAT`` rows in order.
        quality: uint8[seconds, leads], quality codes; second ``k`` holds the samples from
            ``ceil(k × rate)`` to ``ceil((k + 1) × rate)``, and is unknown when not wholly there.
        findings: JSON-ready, in order of their start: ``{kind, opened, closed, start_sample, end_sample,
            rule, version, evidence}``; ``opened`` and ``closed`` in seconds from sample 0.
        rhythm: ``(sample, aux)`` wherever the rhythm changes, ``aux`` as WFDB writes it.
        fibrillation: samples ``[start, stop)`` of ventricular fibrillation and flutter.
        grades: the quality once more, as the live ward keeps it: rows for ``beats.grades_of``, in order.
    """

    beats: NDArray[np.void]
    quality: NDArray[np.uint8]
    findings: list[dict[str, Any]]
    rhythm: list[tuple[int, str]]
    fibrillation: list[Span]
    grades: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, BEAT))


def version() -> str:
    """Name of this analysis: changes whenever the code that decides changes."""
    return f"live-1.{fingerprint():08x}"


def analyze(
    samples: NDArray[np.int16],
    layout: Layout,
    progress: Callable[[float], None] | None = None,
    present: list[Span] | None = None,
    thresholds: Thresholds | None = None,
) -> Analysis:
    """Beats, quality and findings of a record.

    Args:
        samples: int16[n, leads]; ``INVALID_SAMPLE`` where a lead measured nothing.
        layout: rate and leads; resolution and zero tell where the converter's rails are.
        progress: called with the share done, 0–1.
        present: the spans of the samples that exist, in order; None for all. Elsewhere is a gap: the analysis
            starts afresh behind it.
        thresholds: from what on something is a finding; None for the table that the package carries.

    Raises:
        InputError: the array does not fit the layout, or the layout is out of range.
    """
    layout.check()
    if samples.ndim != 2 or samples.shape[1] != len(layout.leads) or samples.dtype != np.int16:
        raise InputError(f"samples {samples.dtype}{samples.shape} are not int16[n, {len(layout.leads)}]")
    spans = [Span(0, len(samples))] if present is None else present
    flat = np.ascontiguousarray(samples).reshape(-1)
    limits = shipped() if thresholds is None else thresholds
    bay = Bay(layout.rate_mhz, len(layout.leads), slots=1, judges=judges_of(limits))
    slot = bay.take(layout)
    quality = np.full((len(samples) * 1000 // layout.rate_mhz + 1, len(layout.leads)), UNKNOWN, np.uint8)
    parts: list[I64] = [np.zeros((0, OUT), np.int64)]
    total = max(1, sum(span.length for span in spans))
    done = 0
    told: list[F64] = []
    ends = {span.stop for span in spans}
    for start, stop in _pieces(spans, PIECE_SECONDS * layout.rate_mhz // 1000):
        parts.append(
            bay.advance(*(_block(slot, flat, start, stop, len(layout.leads))), tell=quality, told=told)
        )
        if stop in ends:
            told.append(bay.finish(slot))
        done += stop - start
        if progress is not None:
            progress(done / total)
    heard = last_told(beat_rows(np.concatenate(parts)))
    beats, grades = beats_of(heard), heard[heard["code"] == GRADES]
    known = settled(fold(np.concatenate([np.zeros((0, COLUMNS)), *(rows[:, :COLUMNS] for rows in told)])))
    last = spans[-1].stop - 1 if spans else 0
    true = beats["sample"][beats["code"] != ARTEFACT]
    findings = _gaps(spans, layout.rate_hz) + _stretches(quality, layout)
    findings += _told(known, layout, limits, true, last)
    findings.sort(key=lambda finding: (finding["start_sample"], finding["kind"]))
    waves = SpanSet((f.start, min(last + 1, f.end or last + 1)) for f in known if f.kind.code in WAVES)
    return Analysis(beats, quality, findings, rhythm_changes(known, true, last), list(waves), grades)


def _told(
    known: list[Finding], layout: Layout, limits: Thresholds, beats: I64, last: int
) -> list[dict[str, Any]]:
    """What the stages found, with its evidence."""
    names = [lead.name for lead in layout.leads]
    made_by = f"{version()}/{limits.version}"
    return [
        as_json(finding, layout.rate_hz, made_by, limits.values(), beats, names, last) for finding in known
    ]


def _pieces(spans: list[Span], longest: int) -> list[Span]:
    return [
        Span(start, min(span.stop, start + longest))
        for span in spans
        for start in range(span.start, span.stop, longest)
    ]


def _block(
    slot: int, flat: NDArray[np.int16], start: int, stop: int, leads: int
) -> tuple[I64, NDArray[np.int16], I64, I64, I64]:
    one = np.ones(1, np.int64)
    return one * slot, flat, one * start * leads, one * start, one * (stop - start)


def _finding(
    kind: str, start: int, stop: int, rate_hz: float, rule: str, evidence: dict[str, Any]
) -> dict[str, Any]:
    return {
        "kind": kind,
        "opened": round(start / rate_hz, 3),
        "closed": round(stop / rate_hz, 3),
        "start_sample": start,
        "end_sample": stop,
        "rule": rule,
        "version": version(),
        "evidence": evidence,
    }


def _gaps(spans: list[Span], rate_hz: float) -> list[dict[str, Any]]:
    """Samples that are not there between samples that are: a fact about the record, never an arrhythmia."""
    return [
        _finding("gap", before.stop, after.start, rate_hz, RULE_GAP, {"samples": after.start - before.stop})
        for before, after in pairwise(spans)
        if before.stop < after.start
    ]


def _stretches(quality: NDArray[np.uint8], layout: Layout) -> list[dict[str, Any]]:
    """Seconds in a row of one quality below good, lead by lead."""
    found: list[dict[str, Any]] = []
    for lead, column in enumerate(quality.T):
        edges = np.flatnonzero(np.diff(column)) + 1
        cuts = [0, *edges.tolist(), len(column)]
        for first, last in pairwise(cuts):
            if first == last or column[first] in (GOOD, UNKNOWN):
                continue
            start, stop = (-(-second * layout.rate_mhz // 1000) for second in (first, last))
            name = QUALITY_NAMES[int(column[first])]
            evidence = {"lead": layout.leads[lead].name, "quality": name, "seconds": int(last - first)}
            found.append(_finding(f"quality-{name}", start, stop, layout.rate_hz, RULE_QUALITY, evidence))
    return found
