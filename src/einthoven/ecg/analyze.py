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
    FLAT,
    GOOD,
    GRADES,
    LEAD_OFF,
    NOISY,
    QUALITY_NAMES,
    SATURATED,
    UNKNOWN,
    UNUSABLE,
    beat_rows,
    beats_of,
    last_places,
)
from einthoven.ecg.evidence import leads_of
from einthoven.ecg.findings import (
    BEATS_MAX,
    COLUMNS,
    Finding,
    as_json,
    fold,
    rhythm_changes,
    strip,
    written,
)
from einthoven.ecg.fingerprint import decision
from einthoven.ecg.kinds import VENTRICULAR_FIBRILLATION, VENTRICULAR_FLUTTER
from einthoven.ecg.quality_kernels import FLAT_UV, NOISY_RATIO, OFF_SHARE, RAIL_SHARE, UNUSABLE_RATIO
from einthoven.ecg.settle import settled
from einthoven.ecg.study_layout import O_CODE, OUT

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
PIECE_SECONDS = 600
"""Seconds analysed between two calls of ``progress``."""
RULE_QUALITY, RULE_GAP = "signal-quality", "gap"
"""Of those in ``base/thresholds.toml``."""
QUALITY_LIMITS: dict[int, dict[str, float]] = {
    NOISY: {"background_ratio": NOISY_RATIO},
    UNUSABLE: {"background_ratio": UNUSABLE_RATIO},
    LEAD_OFF: {"not_measured_share": OFF_SHARE},
    FLAT: {"span_uv": FLAT_UV},
    SATURATED: {"rail_share": RAIL_SHARE},
}
"""What a second is compared with; the table of thresholds does not hold these."""
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
        told: int64[beats, OUT], what was told of each beat last (``study_layout.O_SHAPE`` …).
        went_by: like ``quality``, but what the analysis itself went by: a lead without a still place counts
            as noisy there, though it is told as good where fast beats repeat each other.
    """

    beats: NDArray[np.void]
    quality: NDArray[np.uint8]
    findings: list[dict[str, Any]]
    rhythm: list[tuple[int, str]]
    fibrillation: list[Span]
    grades: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, BEAT))
    told: I64 = field(default_factory=lambda: np.zeros((0, OUT), np.int64))
    went_by: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 1), np.uint8))


def version() -> str:
    """Name of this analysis: changes whenever the code that decides, or the shipped table, changes."""
    return f"live-1.{decision():08x}"


def made_by(thresholds: Thresholds) -> str:
    """Version of the analysis and of the table of thresholds in use, as findings name it."""
    return f"{version()}/{thresholds.version}"


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
    seconds, leads = len(samples) * 1000 // layout.rate_mhz + 1, len(layout.leads)
    graded = np.full((seconds, 2 * leads), UNKNOWN, np.uint8)
    parts: list[I64] = [np.zeros((0, OUT), np.int64)]
    total = max(1, sum(span.length for span in spans))
    done = 0
    told: list[F64] = []
    ends = {span.stop for span in spans}
    for start, stop in _pieces(spans, PIECE_SECONDS * layout.rate_mhz // 1000):
        block = _block(slot, flat, start, stop, leads)
        parts.append(_last(bay.advance(*block, tell=graded, told=told)))
        if stop in ends:
            told.append(bay.finish(slot))
        done += stop - start
        if progress is not None:
            progress(done / total)
    every = _last(np.concatenate(parts))
    del parts
    heard = beat_rows(every)
    beats, grades = beats_of(heard), heard[heard["code"] == GRADES]
    known = settled(fold(np.concatenate([np.zeros((0, COLUMNS)), *(rows[:, :COLUMNS] for rows in told)])))
    last = spans[-1].stop - 1 if spans else 0
    true = beats["sample"][beats["code"] != ARTEFACT]
    quality, went_by = graded[:, :leads], graded[:, leads:]
    record = _Record(layout, made_by(limits), true, last, quality)
    findings = _gaps(spans, record) + _stretches(record) + _told(known, limits, record)
    findings.sort(key=lambda finding: (finding["start_sample"], finding["kind"]))
    waves = SpanSet((f.start, min(last + 1, f.end or last + 1)) for f in known if f.kind.code in WAVES)
    rhythm, told_of = rhythm_changes(known, true, last), every[every[:, O_CODE] != GRADES]
    return Analysis(beats, quality, findings, rhythm, list(waves), grades, told_of, went_by)


def _last(every: I64) -> I64:
    """Each beat once, as it was told last, in order of time."""
    return every[last_places(beat_rows(every))]


@dataclass(frozen=True, slots=True)
class _Record:
    """What the findings of a record are written with.

    Attributes:
        layout: rate and leads.
        made_by: version of the analysis and of the table of thresholds.
        beats: int64[n], samples of the beats that are none of artefacts.
        last: the record's last sample.
        quality: uint8[seconds, leads].
    """

    layout: Layout
    made_by: str
    beats: I64
    last: int
    quality: NDArray[np.uint8]

    def leads(self, finding: Finding) -> list[str]:
        """The leads that were fit for use over a finding's strip."""
        first, stop = (int(at / self.layout.rate_hz) for at in strip(finding, self.layout.rate_hz, self.last))
        return leads_of(finding.kind, self.quality[first : stop + 1], self.layout.names)


def _told(known: list[Finding], limits: Thresholds, record: _Record) -> list[dict[str, Any]]:
    """What the stages found, with its evidence."""
    rate, values = record.layout.rate_hz, limits.values()
    return [
        as_json(one, rate, record.made_by, values, record.beats, record.leads(one), record.last)
        for one in known
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
    kind: str,
    start: int,
    stop: int,
    told: int,
    rule: str,
    record: _Record,
    leads: list[str],
    values: dict[str, Any],
    limits: dict[str, float],
) -> dict[str, Any]:
    """A finding that is none of the heart, in the form of the others."""
    rate = record.layout.rate_hz
    made = written(kind, start, stop, told, rate, rule, record.made_by, leads, record.last)
    inside = record.beats[np.searchsorted(record.beats, start) : np.searchsorted(record.beats, stop)]
    made["evidence"] |= {
        "values": values,
        "thresholds": limits,
        "beat_count": len(inside),
        "beats": inside[:BEATS_MAX].tolist(),
    }
    return made


def _gaps(spans: list[Span], record: _Record) -> list[dict[str, Any]]:
    """Samples that are not there between samples that are: a fact about the record, never an arrhythmia."""
    every = list(record.layout.names)
    return [
        _finding(
            "gap", one.stop, next_.start, next_.start, RULE_GAP, record, every,
            {"samples": next_.start - one.stop}, {},
        )
        for one, next_ in pairwise(spans)
        if one.stop < next_.start
    ]  # fmt: skip


def _stretches(record: _Record) -> list[dict[str, Any]]:
    """Seconds in a row of one quality below good, lead by lead."""
    found: list[dict[str, Any]] = []
    rate_mhz = record.layout.rate_mhz
    for lead, column in zip(record.layout.names, record.quality.T, strict=True):
        edges = np.flatnonzero(np.diff(column)) + 1
        cuts = [0, *edges.tolist(), len(column)]
        for first, last in pairwise(cuts):
            if first == last or column[first] in (GOOD, UNKNOWN):
                continue
            start, told, stop = (-(-second * rate_mhz // 1000) for second in (first, first + 1, last))
            code = int(column[first])
            name = QUALITY_NAMES[code]
            values = {"lead": lead, "quality": name, "seconds": int(last - first)}
            found.append(
                _finding(
                    f"quality-{name}",
                    start,
                    stop,
                    told,
                    RULE_QUALITY,
                    record,
                    [lead],
                    values,
                    QUALITY_LIMITS[code],
                )
            )
    return found
