"""A recording as every exchange format takes it: samples on demand, and what was found in them (R41)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import SECOND, Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import Span
from einthoven.ecg.beats import BEAT

I16 = NDArray[np.int16]
Read = Callable[[int, int], I16]
"""Samples ``[start, stop)`` of a recording: int16[stop − start, leads]; holes hold ``INVALID_SAMPLE``."""
Progress = Callable[[int, int], None]
"""Told (samples done, samples in all)."""
MarkKind = Literal["episode", "symptom", "gap"]
CHUNK = 1 << 17
"""Samples per lead read at a time: at most 3 MB, so that 30 days need no more memory than a minute."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose recording it is; text that is not known is ``""``.

    Attributes:
        name: complete name, in any script.
        birth_date: ``YYYY-MM-DD``.
        sex: ``female``, ``male``, ``other``, ``unknown``.
        identifier: of the patient at this center.
    """

    name: str = ""
    birth_date: str = ""
    sex: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that holds from a sample on.

    Attributes:
        kind: an ``episode`` (a finding), a ``symptom`` (the patient's button), a ``gap`` (samples that are
            not there).
        start: sample of the recording, from 0.
        stop: the first sample behind it; None where it has no length, or was still open at the end.
        code: name of the kind of finding (``ecg.kinds``), the symptom's or the gap's cause; ``""`` if none.
        text: in words.
    """

    kind: MarkKind
    start: int
    stop: int | None
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording, or the part of one that leaves.

    Sample numbers count from the first sample of this recording, whatever they are in its stream.

    Attributes:
        name: file name without extension.
        layout: rate and leads.
        samples: per lead, holes included.
        present: the spans that were received, in order, apart; elsewhere ``read`` gives ``INVALID_SAMPLE``.
        read: the samples on demand; raises ``StoreDamagedError`` where they cannot be read.
        start: instant of sample 0, None where nothing ties it to a clock.
        utc_offset_minutes: what the clock on the wall was ahead of UTC at ``start``; for formats that know
            only the time on the wall.
        subject: whose it is.
        transmitter: identifier of what recorded it.
        beats: ``BEAT`` rows in order, artefacts among them, no rows of grades.
        rhythm: ``(sample, aux)`` wherever the rhythm changes, ``aux`` as WFDB writes it.
        marks: episodes, symptoms and gaps by start.
        made_by: version of the analysis; ``""`` where nothing was analysed.
        comments: lines for whoever reads the file.
        dated: instant of a sample by the clock that the center fitted, which may run otherwise than the
            nominal rate says; None: the nominal rate from ``start`` on.
    """

    name: str
    layout: Layout
    samples: int
    present: tuple[Span, ...]
    read: Read
    start: Instant | None = None
    utc_offset_minutes: int = 0
    subject: Subject = Subject()
    transmitter: str = ""
    beats: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, BEAT))
    rhythm: tuple[tuple[int, str], ...] = ()
    marks: tuple[Mark, ...] = ()
    made_by: str = ""
    comments: tuple[str, ...] = ()
    dated: Callable[[int], Instant | None] | None = None

    def instant(self, sample: int) -> Instant | None:
        """When a sample was taken, None where that is not known."""
        if self.dated is not None:
            return self.dated(sample)
        return (
            None if self.start is None else self.start + round(sample * 1000 * SECOND / self.layout.rate_mhz)
        )

    def blocks(self, size: int = CHUNK) -> Iterator[I16]:
        """All samples in order, ``size`` per lead at a time."""
        for start in range(0, self.samples, size):
            yield self.read(start, min(start + size, self.samples))
