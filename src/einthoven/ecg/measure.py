"""Measurements of a record from its beats: rates, intervals, ectopic beats, burdens, QTc and ST trends (R25).

Every figure is a ``Measure`` (or a ``Series`` of them) and carries the samples it came from. What cannot be
told is NaN with a reason, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import Span
from einthoven.ecg.beats import ARTEFACT, NOISY, NORMAL, SUPRAVENTRICULAR, VENTRICULAR
from einthoven.ecg.waves_live import (
    M_DRIFT,
    M_EACH,
    M_LEADS,
    M_PR,
    M_QRS,
    M_QT,
    M_RR,
    M_SLOPE,
    M_ST60,
    M_ST80,
)

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

KINDS = {NORMAL: "normal", SUPRAVENTRICULAR: "supraventricular", VENTRICULAR: "ventricular"}
MEAN_OF = 8
MINUTE_LEAST = 10
"""Intervals a minute needs for its rate to be told."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure and where it came from.

    Attributes:
        value: NaN when not determined.
        unit: of the value.
        start_sample, end_sample: the samples it came from, from the first up to but not including the last.
        beats_used: how many beats or intervals it rests on.
        why: reason for not determined, else empty.
    """

    value: float
    unit: str
    start_sample: int
    end_sample: int
    beats_used: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Many figures of one kind: arrays of one length; as ``Measure``."""

    value: F64
    unit: str
    start_sample: I64
    end_sample: I64
    beats_used: I64

    def __len__(self) -> int:
        return len(self.value)

    def at(self, index: int) -> Measure:
        """One of them."""
        return Measure(
            float(self.value[index]),
            self.unit,
            int(self.start_sample[index]),
            int(self.end_sample[index]),
            int(self.beats_used[index]),
        )

    def most(self) -> Measure:
        """The largest."""
        return self._pick(np.argmax(np.nan_to_num(self.value, nan=-np.inf)) if len(self) else None)

    def least(self) -> Measure:
        """The smallest."""
        return self._pick(np.argmin(np.nan_to_num(self.value, nan=np.inf)) if len(self) else None)

    def _pick(self, index: np.intp | None) -> Measure:
        if index is None or np.isnan(self.value[index]):
            return undetermined(self.unit, "no value")
        return self.at(int(index))


def undetermined(unit: str, why: str, start: int = 0, end: int = 0) -> Measure:
    """A figure that could not be told, with the reason."""
    return Measure(float("nan"), unit, start, end, 0, why)


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals between successive beats that can be trusted: no gap, no artefact, no lost signal between.

    Attributes:
        start, end: samples of the two beats.
        rr_ms: float64.
        first, second: int64, classes of the two.
    """

    start: I64
    end: I64
    rr_ms: F64
    first: I64
    second: I64

    def __len__(self) -> int:
        return len(self.start)

    def where(self, mask: Bool) -> Intervals:
        """Those that ``mask`` picks."""
        return Intervals(
            self.start[mask], self.end[mask], self.rr_ms[mask], self.first[mask], self.second[mask]
        )

    @property
    def normal(self) -> Intervals:
        """Those between two normal beats."""
        return self.where((self.first == NORMAL) & (self.second == NORMAL))


def usable_seconds(quality: NDArray[np.uint8]) -> Bool:
    """Which seconds at least one lead was fit for detection in: bool[seconds], of uint8[seconds, leads]."""
    return np.asarray((quality <= NOISY).any(axis=1), np.bool_)


def analysed_spans(quality: NDArray[np.uint8], rate_hz: float, samples: int) -> list[Span]:
    """Where at least one lead was fit for detection, in ``[0, samples)``; of uint8[seconds, leads]."""
    edges = np.flatnonzero(np.diff(usable_seconds(quality).astype(np.int8), prepend=0, append=0))
    at = np.minimum(np.ceil(edges * rate_hz), samples).astype(np.int64).reshape(-1, 2)
    return [Span(start, stop) for start, stop in at.tolist() if start < stop]


def touching(start: I64, end: I64, spans: list[Span]) -> Bool:
    """Which of the stretches from ``start`` to ``end`` touch one of ``spans`` (in order, apart): bool[n]."""
    if not spans:
        return np.zeros(len(start), np.bool_)
    first, stop = np.array(spans, np.int64).T
    before = np.searchsorted(first, end, side="left")
    over = np.searchsorted(stop, start, side="right")
    return np.asarray(before > over, np.bool_)


def intervals(
    sample: I64,
    code: I64,
    rr_ms: I64,
    rate_hz: float,
    quality: NDArray[np.uint8] | None = None,
    blind: list[Span] | None = None,
) -> Intervals:
    """Trusted intervals of a record.

    Args:
        sample, code, rr_ms: of each beat, in order; ``rr_ms`` 0 where there is no beat before, or a gap.
        rate_hz: sampling rate.
        quality: uint8[seconds, leads]; an interval that touches a second without a usable lead is left out.
        blind: spans in order, apart, in which beats mean nothing (ventricular fibrillation, analysis lost).
    """
    real = code != ARTEFACT
    sample, code, rr_ms = sample[real].astype(np.int64), code[real].astype(np.int64), rr_ms[real]
    start, end = sample[:-1], sample[1:]
    keep = rr_ms[1:] > 0
    if quality is not None and len(quality) and len(start):
        lost = np.concatenate([[0], np.cumsum(~usable_seconds(quality))])
        a = np.clip((start / rate_hz).astype(np.int64), 0, len(quality))
        b = np.clip((end / rate_hz).astype(np.int64) + 1, 0, len(quality))
        keep &= lost[b] == lost[a]
    keep &= ~touching(start, end, blind or [])
    exact = ((end - start) * (1000.0 / rate_hz)).astype(np.float64)
    return Intervals(start[keep], end[keep], exact[keep], code[:-1][keep], code[1:][keep])


def beat_rate(rr: Intervals) -> Series:
    """Heart rate of each interval, 1/min."""
    return Series(60_000.0 / rr.rr_ms, "1/min", rr.start, rr.end, np.ones(len(rr), np.int64))


def mean_rate(rr: Intervals, over: int = MEAN_OF) -> Series:
    """Heart rate over each ``over`` successive intervals without a break, 1/min."""
    count = len(rr) - over + 1
    if count <= 0:
        none = np.zeros(0, np.int64)
        return Series(np.zeros(0), "1/min", none, none, none)
    broken = np.concatenate([[0], np.cumsum(rr.start[1:] != rr.end[:-1])])
    whole = broken[over - 1 :] == broken[:count]
    first, last = np.flatnonzero(whole), np.flatnonzero(whole) + over - 1
    total = np.concatenate([[0.0], np.cumsum(rr.rr_ms)])
    value = 60_000.0 * over / (total[last + 1] - total[first])
    return Series(value, "1/min", rr.start[first], rr.end[last], np.full(len(first), over, np.int64))


def minute_rate(rr: Intervals, rate_hz: float, samples: int) -> Series:
    """Heart rate of each minute of the record, 1/min; NaN where there are too few intervals."""
    step = 60.0 * rate_hz
    minutes = max(1, int(np.ceil(samples / step)))
    which = np.minimum((rr.end / step).astype(np.int64), minutes - 1)
    count = np.bincount(which, minlength=minutes)
    total = np.bincount(which, weights=rr.rr_ms, minlength=minutes)
    value = np.where(count >= MINUTE_LEAST, 60_000.0 * count / np.maximum(total, 1.0), np.nan)
    edge = np.minimum(np.ceil(np.arange(minutes + 1) * step), samples).astype(np.int64)
    return Series(value, "1/min", edge[:-1], edge[1:], count.astype(np.int64))


def rr_summary(rr: Intervals) -> dict[str, Measure]:
    """Mean, spread, longest and shortest of all intervals, and of those between normal beats."""
    out: dict[str, Measure] = {}
    for name, part in (("rr", rr), ("nn", rr.normal)):
        if len(part) < 2:
            for kind in ("mean", "sd", "longest", "shortest"):
                out[f"{name}_{kind}"] = undetermined("ms", "fewer than two intervals")
            continue
        start, end = int(part.start[0]), int(part.end[-1])
        out[f"{name}_mean"] = Measure(float(part.rr_ms.mean()), "ms", start, end, len(part))
        out[f"{name}_sd"] = Measure(float(part.rr_ms.std(ddof=1)), "ms", start, end, len(part))
        for kind, index in (("longest", part.rr_ms.argmax()), ("shortest", part.rr_ms.argmin())):
            span = int(part.start[index]), int(part.end[index])
            out[f"{name}_{kind}"] = Measure(float(part.rr_ms[index]), "ms", *span, 1)
    return out


def hourly(sample: I64, code: I64, rate_hz: float, samples: int) -> dict[str, Series]:
    """Beats of each kind in each hour of the record, scaled to a whole hour in the last one (1/h)."""
    step = 3600.0 * rate_hz
    hours = max(1, int(np.ceil(samples / step)))
    edge = np.minimum(np.ceil(np.arange(hours + 1) * step), samples).astype(np.int64)
    share = np.maximum(edge[1:] - edge[:-1], 1) / step
    out: dict[str, Series] = {}
    for kind, name in KINDS.items():
        count = np.bincount(
            np.minimum((sample[code == kind] / step).astype(np.int64), hours - 1), minlength=hours
        )
        out[name] = Series(count / share, "1/h", edge[:-1], edge[1:], count.astype(np.int64))
    return out


@dataclass(frozen=True, slots=True)
class Runs:
    """Successive beats of one kind. ``length`` in beats; ``rate`` in 1/min, NaN for single ones."""

    start_sample: I64
    end_sample: I64
    length: I64
    rate: F64

    def pick(self, least: int, by: str) -> Measure:
        """The longest, shortest, fastest or slowest run of at least ``least`` beats."""
        mask = self.length >= least
        if not mask.any():
            return undetermined("beats" if by in ("longest", "shortest") else "1/min", "no run")
        values = self.length.astype(np.float64) if by in ("longest", "shortest") else self.rate
        indices = np.flatnonzero(mask)
        most = by in ("longest", "fastest")
        index = indices[(np.argmax if most else np.argmin)(values[indices])]
        unit = "beats" if by in ("longest", "shortest") else "1/min"
        span = int(self.start_sample[index]), int(self.end_sample[index]) + 1
        return Measure(float(values[index]), unit, *span, int(self.length[index]))


def runs(sample: I64, code: I64, rr_ms: I64, kind: int, rate_hz: float) -> Runs:
    """All runs of beats of one kind; a gap ends a run."""
    real = code != ARTEFACT
    sample, code, rr_ms = sample[real].astype(np.int64), code[real], rr_ms[real]
    mine = code == kind
    joined = mine[1:] & mine[:-1] & (rr_ms[1:] > 0)
    first = np.flatnonzero(mine & ~np.concatenate([[False], joined])[: len(mine)])
    last = np.flatnonzero(mine & ~np.concatenate([joined, [False]])[: len(mine)])
    length = last - first + 1
    time = (sample[last] - sample[first]) * 1000.0 / rate_hz
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(length > 1, 60_000.0 * (length - 1) / time, np.nan)
    return Runs(sample[first], sample[last], length.astype(np.int64), rate)


def burden(spans: list[Span], analysed: list[Span]) -> Measure:
    """Share of the analysed time that lies in ``spans``, percent (AF burden from spans of fibrillation and
    flutter of the atria)."""
    total = sum(span.length for span in analysed)
    if total == 0:
        return undetermined("%", "nothing analysed")
    inside = 0
    for span in spans:
        for part in analysed:
            inside += max(0, min(span.stop, part.stop) - max(span.start, part.start))
    return Measure(100.0 * inside / total, "%", analysed[0].start, analysed[-1].stop, 0)


def qtc_ms(qt_ms: F64, rr_ms: F64) -> dict[str, F64]:
    """QT corrected for rate, ms: Bazett (1920), Fridericia (1920) and Framingham (Sagie 1992)."""
    rr_s = rr_ms / 1000.0
    return {
        "bazett": qt_ms / np.sqrt(rr_s),
        "fridericia": qt_ms / np.cbrt(rr_s),
        "framingham": qt_ms + 154.0 * (1.0 - rr_s),
    }


NOT_SEEN = "not seen in any average beat"
NO_QT = "T not seen in any average beat, or it runs into the next P wave"
FEW_ROWS = 6
"""An interval seen in fewer rows than this, and in fewer than have none for a reason, is not told: a rhythm
is found some beats after it began."""


@dataclass(frozen=True, slots=True)
class Trends:
    """What the live average beats told, one row each ten seconds or so (``waves_live.measure_average``).

    Attributes:
        start, end: int64[k], first and last sample that the row's average rests on.
        beats: int64[k], how many beats it is of.
        rows: float64[k, measured_words(leads)], NaN where not seen.
        taken: int64[k], how many beats were taken by its end since the first; rows share beats, of which
            this tells how many. None: they share none.
        silent: for ``pr`` and ``qt``, why rows have none although a beat was averaged, and how many rows.
    """

    start: I64
    end: I64
    beats: I64
    rows: F64
    taken: I64 | None = None
    silent: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def used(self, seen: I64) -> int:
        """How many beats the rows numbered ``seen``, in order, rest on together, each counted once."""
        if self.taken is None or not len(seen):
            return int(self.beats[seen].sum())
        last = self.taken[seen]
        before = np.concatenate([[0], last[:-1]])
        return int((last - np.maximum(before, last - self.beats[seen])).sum())

    def series(self, column: int, unit: str) -> Series:
        """One column of the rows where it was seen."""
        value = self.rows[:, column]
        seen = np.isfinite(value)
        return Series(value[seen], unit, self.start[seen], self.end[seen], self.beats[seen])

    def used_of_lead(self, lead: int, name: str) -> int:
        """How many beats a series of ``st`` rests on, each counted once."""
        column = (
            M_LEADS
            + lead * M_EACH
            + {"st60": M_ST60, "st80": M_ST80, "drift": M_DRIFT, "slope": M_SLOPE}[name]
        )
        return self.used(np.flatnonzero(np.isfinite(self.rows[:, column])))

    def st(self, lead: int) -> dict[str, Series]:
        """ST of one lead: ``st60``, ``st80``, ``drift`` (µV) and ``slope`` (µV/s)."""
        at = M_LEADS + lead * M_EACH
        columns = {"st60": (M_ST60, "µV"), "st80": (M_ST80, "µV"), "drift": (M_DRIFT, "µV")}
        columns["slope"] = (M_SLOPE, "µV/s")
        return {name: self.series(at + column, unit) for name, (column, unit) in columns.items()}

    def summary(self) -> dict[str, Measure]:
        """Median PR, QRS, QT and QTc over the record."""
        out: dict[str, Measure] = {}
        columns = {"pr": self.rows[:, M_PR], "qrs": self.rows[:, M_QRS], "qt": self.rows[:, M_QT]}
        for name, values in qtc_ms(self.rows[:, M_QT], self.rows[:, M_RR]).items():
            columns[f"qtc_{name}"] = values
        for name, values in columns.items():
            seen = np.flatnonzero(np.isfinite(values))
            why, silent = self.silent.get("qt" if name.startswith("qt") else name, ("", 0))
            few = len(seen) < FEW_ROWS and len(seen) < silent
            if not len(seen) or few:
                out[name] = undetermined(
                    "ms", why if silent else (NO_QT if name.startswith("qt") else NOT_SEEN)
                )
                continue
            start, end = int(self.start[seen[0]]), int(self.end[seen[-1]])
            used = self.used(seen)
            out[name] = Measure(float(np.median(values[seen])), "ms", start, end, used)
        return out
