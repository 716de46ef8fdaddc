"""A report as every format of messages takes it: whose, of when, what was measured, the page itself (R41)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.enrollment.people import OrderingPhysician, Patient
from einthoven.interop.codes import Coding

ReportState = Literal["preliminary", "final", "appended", "wrong patient"]


@dataclass(frozen=True, slots=True)
class Measured:
    """A value of a report.

    Attributes:
        name: of the figure, unique in its report: letters, digits, ``.`` and ``-``.
        words: as people read it.
        codes: what it is, the best known code first.
        value: a number, or words.
        unit: UCUM; ``""`` for words and for bare numbers.
        at: when it was so, of an extreme; None: over the whole report.
        until: when that ended, of an episode.
        samples: of the stream, from which it was made: ``[start, stop)``; None where no one span is meant.
    """

    name: str
    words: str
    codes: tuple[Coding, ...]
    value: float | int | str
    unit: str = ""
    at: Instant | None = None
    until: Instant | None = None
    samples: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of ECG in a report.

    Attributes:
        name: unique in its report.
        words: what it shows.
        layout: rate and leads, as they were stored.
        samples: int16[n, leads]; holes hold ``INVALID_SAMPLE``.
        start: instant of the first sample; None where nothing ties it to a clock.
        first: number of the first sample in its stream.
    """

    name: str
    words: str
    layout: Layout
    samples: NDArray[np.int16]
    start: Instant | None
    first: int = 0


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature under a report.

    Attributes:
        name: of who signed, as printed.
        at: when.
        meaning: what the signature means.
        npi: of who signed, ``""`` where not known.
    """

    name: str
    at: Instant
    meaning: str
    npi: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingReport:
    """A report that leaves the center; text that is not known is ``""``.

    Attributes:
        id: of the report, the same for all its versions: letters, digits and ``-``.
        version: from 1; each signature and each addendum makes another.
        kind: ``daily``, ``urgent``, ``end``, …
        title: as printed.
        state: as it is now; ``wrong patient``: it was made, and perhaps sent, for ``patient`` by mistake.
        stream: whose samples it tells of.
        patient_number: of the patient at this center.
        patient, physician: as enrolled; ``physician`` ordered the service.
        transmitter: identifier of what recorded.
        start, stop: the time that the report is of.
        made: when this version was made.
        signed: the signatures, in order; none under a preliminary report.
        conclusion: the impression.
        values, strips: what was found.
        pdf: the page; None where there is none.
        analysis: version of the analysis.
        notice: what stands on every page, where something is wrong with it.
        former: ``patient`` is not the one for whom the stream is on record now.
        practice: number of the practice whose report a ``former`` one is.
    """

    id: str
    version: int
    kind: str
    title: str
    state: ReportState
    stream: StreamId
    patient_number: int
    patient: Patient
    physician: OrderingPhysician | None
    transmitter: str
    start: Instant
    stop: Instant
    made: Instant
    signed: tuple[Signed, ...] = ()
    conclusion: str = ""
    values: tuple[Measured, ...] = ()
    strips: tuple[Strip, ...] = ()
    pdf: Callable[[], bytes] | None = None
    analysis: str = ""
    notice: str = ""
    former: bool = False
    practice: int | None = None
