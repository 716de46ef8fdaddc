"""What a report is computed from: the beats, grades, findings, marks and gaps of one stretch of a stream.

Everything counts samples from the first of the stretch; ``origin`` says which sample of the stream that is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import MILLISECOND, Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.ecg.beats import ARTEFACT, SUPRAVENTRICULAR
from einthoven.ecg.measure import Trends, touching

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Value = float | str | None
REJECTED = "rejected"
"""Verdict of a technician on a finding that is none; it counts nowhere."""
TimeOf = Callable[[int], Instant | None]
"""Center time at which a sample was acquired; None where nothing ties it to a clock."""


@dataclass(frozen=True, slots=True)
class Found:
    """One finding that holds.

    Attributes:
        kind: its name (``ecg.kinds``).
        start: first sample.
        end: the sample it ended at; None while it goes on.
        values: its evidence, by name (``ecg.kinds.Kind.values``).
        late: found in samples that came late (R12).
        verdict: what a technician said of it; ``""`` while nobody did.
        early: it went on before the stretch began; ``start`` is the stretch's.
    """

    kind: str
    start: int
    end: int | None
    values: Mapping[str, Value]
    late: bool = False
    verdict: str = ""
    early: bool = False


@dataclass(frozen=True, slots=True)
class Symptom:
    """The patient's button (R3): at which sample, which symptoms, how bad, doing what."""

    sample: int
    symptoms: tuple[str, ...] = ()
    severity: str = ""
    activity: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples that are not there, and why."""

    start: int
    stop: int
    cause: str


@dataclass(frozen=True, slots=True)
class Study:
    """A stretch of a stream as analysed.

    Attributes:
        layout: rate and leads.
        samples: length of the stretch, gaps included.
        origin: sample of the stream that is sample 0 here.
        time_of: center time of a sample of the stretch.
        beats: ``BEAT`` rows in order, artefacts among them, labels of technicians applied.
        quality: uint8[seconds, leads] (``ecg.beats``); unknown where samples are not there.
        findings: those that hold, by onset.
        trends: the average beat every ten seconds.
        gaps: what is not there, in order, apart.
        symptoms: in order.
        made_by: version of the analysis and of the table of thresholds.
        relabelled: how many beats carry a technician's label instead of the analysis' own.
    """

    layout: Layout
    samples: int
    origin: int
    time_of: TimeOf
    beats: NDArray[np.void]
    quality: U8
    findings: tuple[Found, ...]
    trends: Trends
    gaps: tuple[Gap, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    made_by: str = ""
    relabelled: int = 0
    _columns: dict[str, I64] = field(default_factory=dict, repr=False, compare=False)

    def column(self, name: str) -> I64:
        """One column of the beats as int64[n]."""
        if name not in self._columns:
            self._columns[name] = self.beats[name].astype(np.int64)
        return self._columns[name]

    @property
    def rate_hz(self) -> float:
        """Samples per second and lead."""
        return self.layout.rate_hz

    def ectopy_codes(self, atria: list[Span], blind: list[Span]) -> I64:
        """Class of each beat as ectopy is counted: no beat of fibrillating or fluttering atria is
        supraventricular ectopy, and none is any where beats mean nothing; such beats are 0 here."""
        code = self.column("code")
        at = self.column("sample")
        lost = touching(at, at, blind) | ((code == SUPRAVENTRICULAR) & touching(at, at, atria))
        return np.where(lost & (code != ARTEFACT), 0, code)

    def spans(self, kinds: Collection[str]) -> list[Span]:
        """Where one of ``kinds`` was found and not rejected, in order, apart, within the stretch."""
        found = SpanSet()
        for one in self.findings:
            if one.kind in kinds and one.verdict != REJECTED:
                stop = self.samples if one.end is None else min(one.end, self.samples)
                found.add(max(0, one.start), stop)
        return list(found)

    def ms(self, sample: int) -> int | None:
        """Milliseconds since 1970 at which a sample was acquired."""
        at = self.time_of(sample)
        return None if at is None else at // MILLISECOND
