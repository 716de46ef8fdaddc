"""Recordings as HL7 V3 Annotated ECG (R41): ANSI/HL7 V3 ECG R1-2004, message type PORT_MT020001.

A recording becomes documents of bounded length. In each, every stretch in which the same leads were measured
is one sequence set: the format has no value for "not measured", so a lead is written only where it was.
Times carry their offset from UTC; a recording without a clock counts seconds from its start.

The service is no clinical trial, which the schema asks for: its identifier says "not applicable". The kind of
study is a LOINC code, for the procedure codes that the implementation guide shows are not free to copy.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import MICROSECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE, Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.ecg.beats import ARTEFACT
from einthoven.interop.codes import LOCAL
from einthoven.interop.mdc import (
    BEATS,
    RHYTHMS,
    Code,
    lead_code,
    marks_of,
    rhythm_words,
    rhythms_of,
)
from einthoven.interop.names import parts
from einthoven.interop.recording import CHUNK, Recording

VALUES_MAX: Final = 1 << 22
"""Samples of a document, all leads together: some 20 MB of text."""
LENGTHS_S: Final = (3_600, 1_800, 1_200, 600, 300, 120, 60)
"""Lengths of a document, in seconds: the longest that fits ``VALUES_MAX`` is taken."""
MDC: Final = "2.16.840.1.113883.6.24"
ACT: Final = "2.16.840.1.113883.5.4"
GENDER: Final = "2.16.840.1.113883.5.1"
LOINC: Final = "2.16.840.1.113883.6.1"
OURS: Final = LOCAL.removeprefix("urn:uuid:")
"""Root of the identifiers of patients and transmitters."""
_NAMESPACE: Final = uuid.UUID(OURS)
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'type="Observation" classCode="OBS" moodCode="EVN">\n'
)
_STATEMENT: Final = "MDC_ECG_INTERPRETATION_STATEMENT"
_COMMENT: Final = "MDC_ECG_INTERPRETATION_COMMENT"


@dataclass(frozen=True, slots=True)
class Document:
    """One document of an export.

    Attributes:
        number: from 1.
        of: how many there are.
        span: its samples of the recording.
        pieces: its bytes, piece by piece.
    """

    number: int
    of: int
    span: Span
    pieces: Iterator[bytes]


def documents(recording: Recording) -> Iterator[Document]:
    """A recording as documents, in order; none for a stretch of which nothing was received."""
    spans = _cuts(recording)
    for number, span in enumerate(spans, 1):
        yield Document(number, len(spans), span, document(recording, span))


def _cuts(recording: Recording) -> list[Span]:
    """A document ends where samples are missing: most readers read its first sequence set only."""
    rate, leads = recording.layout.rate_hz, len(recording.layout.leads)
    longest = next(round(s * rate) for s in (*LENGTHS_S, 1) if s * rate * leads <= VALUES_MAX)
    return [
        Span(start, min(start + longest, run.stop))
        for run in SpanSet(recording.present).within(0, recording.samples)
        for start in range(run.start, run.stop, longest)
    ]


def document(recording: Recording, span: Span) -> Iterator[bytes]:
    """Samples ``span`` of a recording, at most ``VALUES_MAX`` values, as a document, piece by piece.

    No piece at all where no lead was measured: a document has one sequence set at the least.
    """
    samples = np.concatenate(
        [
            recording.read(start, min(start + CHUNK, span.stop))
            for start in range(span.start, span.stop, CHUNK)
        ]
    )
    if (samples == INVALID_SAMPLE).all():
        return
    clock = _Clock(recording)
    yield (_HEAD + _about(recording, span, samples, clock)).encode()
    yield b"<component><series>"
    yield (_code("RHYTHM", ACT) + clock.interval("effectiveTime", span) + _device(recording)).encode()
    for start, stop, measured in _sets(samples):
        yield f"<component><sequenceSet>{clock.axis(span.start + start)}".encode()
        for place, lead in enumerate(recording.layout.leads):
            if measured[place]:
                yield _sequence(lead, samples[start:stop, place])
        yield b"</sequenceSet></component>\n"
    yield from _annotations(recording, span, clock)
    yield b"</series></component>\n</AnnotatedECG>\n"


def _sets(samples: NDArray[np.int16]) -> Iterator[tuple[int, int, NDArray[np.bool_]]]:
    """(start, stop, measured) of each stretch in which the same leads were measured, at least one of them."""
    measured = samples != INVALID_SAMPLE
    change = np.flatnonzero((measured[1:] != measured[:-1]).any(axis=1)) + 1
    edges = [0, *change.tolist(), len(samples)]
    for start, stop in pairwise(edges):
        if measured[start].any():
            yield start, stop, measured[start]


class _Clock:
    """Times of samples: on the wall with the offset from UTC, or seconds where there is no clock."""

    def __init__(self, recording: Recording) -> None:
        self._start: Instant | None = recording.start
        self._rate_mhz = recording.layout.rate_mhz
        self._offset = recording.utc_offset_minutes

    @property
    def code(self) -> str:
        return "TIME_RELATIVE" if self._start is None else "TIME_ABSOLUTE"

    def value(self, sample: int) -> str:
        """Attributes that name the time of a sample."""
        if self._start is None:
            return f'value="{sample * 1000 / self._rate_mhz!r}" unit="s"'
        micros = (self._start + sample * 10**12 // self._rate_mhz + MICROSECOND // 2) // MICROSECOND
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros + self._offset * 60_000_000)
        hours, minutes = divmod(abs(self._offset), 60)
        sign = "-" if self._offset < 0 else "+"
        return f'value="{moment:%Y%m%d%H%M%S.%f}{sign}{hours:02d}{minutes:02d}"'

    def interval(self, element: str, span: Span) -> str:
        """An element with the times of a span; its end is that of the last sample."""
        if self._start is None:
            return f'<{element} nullFlavor="UNK"/>'
        return f"<{element}><low {self.value(span.start)}/><high {self.value(span.stop - 1)}/></{element}>\n"

    def boundary(self, start: int, stop: int | None) -> str:
        """A region of interest: a point, or from a sample up to the one before ``stop``."""
        kind = "IVL_PQ" if self._start is None else "IVL_TS"
        if stop is None:
            edges = f"<center {self.value(start)}/>"
        else:
            edges = f"<low {self.value(start)}/><high {self.value(stop - 1)}/>"
        value = f'<value xsi:type="{kind}">{edges}</value>'
        return (
            f"<support><supportingROI>{_code('ROIPS', ACT)}<component><boundary>{_code(self.code, ACT)}"
            f"{value}</boundary></component></supportingROI></support>"
        )

    def axis(self, sample: int) -> str:
        """The sequence of times of a set that begins with ``sample``."""
        kind = "GLIST_PQ" if self._start is None else "GLIST_TS"
        step = f'<increment value="{1000 / self._rate_mhz!r}" unit="s"/>'
        value = f'<value xsi:type="{kind}"><head {self.value(sample)}/>{step}</value>'
        return f"<component><sequence>{_code(self.code, ACT)}{value}</sequence></component>\n"


def _sequence(lead: Lead, samples: NDArray[np.int16]) -> bytes:
    """A lead: physical value = origin + scale × digit, in µV."""
    code = lead_code(lead.name)
    head = (
        f'<component><sequence><code code="{code.reference}" codeSystem="{MDC}" codeSystemName="MDC" '
        f"displayName={_quoted(lead.name)}/>"
        f'<value xsi:type="SLIST_PQ"><origin value="{-lead.baseline * 1000 / lead.gain!r}" unit="uV"/>'
        f'<scale value="{1000 / lead.gain!r}" unit="uV"/><digits>'
    )
    digits = " ".join(map(str, samples.tolist()))
    return f"{head}{digits}</digits></value></sequence></component>\n".encode()


def _about(recording: Recording, span: Span, samples: NDArray[np.int16], clock: _Clock) -> str:
    """Identifier, kind, time and patient of a document."""
    subject = recording.subject
    person = ""
    if subject.name.strip():
        family, given = map(_clean, parts(subject.name))
        person += f"<name>{f'<family>{family}</family><given>{given}</given>' if given else family}</name>"
    sex = {"female": "F", "male": "M", "other": "UN"}.get(subject.sex)
    if sex:
        person += _code(sex, GENDER, element="administrativeGenderCode")
    if subject.birth_date:
        person += f'<birthTime value="{subject.birth_date.replace("-", "")}"/>'
    who = _identifier(subject.identifier) + f"<subjectDemographicPerson>{person}</subjectDemographicPerson>"
    return (
        f'<id root="{_root(recording, span, samples)}"/>{_code("18754-2", LOINC)}'
        f"{clock.interval('effectiveTime', span)}"
        "<componentOf><timepointEvent><componentOf><subjectAssignment>"
        f"<subject><trialSubject>{who}</trialSubject></subject>"
        '<componentOf><clinicalTrial><id nullFlavor="NA"/></clinicalTrial></componentOf>'
        "</subjectAssignment></componentOf></timepointEvent></componentOf>\n"
    )


def _root(recording: Recording, span: Span, samples: NDArray[np.int16]) -> uuid.UUID:
    """The document's identifier: it follows from what the document says."""
    digest = hashlib.sha256(samples.astype("<i2").tobytes())
    time = (recording.start, recording.utc_offset_minutes)
    found = (recording.rhythm, recording.marks, recording.made_by)
    about = (recording.name, span, recording.layout, time, recording.subject, recording.transmitter, found)
    digest.update(repr(about).encode())
    digest.update(recording.beats.tobytes())
    return uuid.uuid5(_NAMESPACE, digest.hexdigest())


def _device(recording: Recording) -> str:
    if not recording.transmitter:
        return ""
    device = f"<manufacturedSeriesDevice>{_identifier(recording.transmitter)}</manufacturedSeriesDevice>"
    return f"<author><seriesAuthor>{device}</seriesAuthor></author>\n"


def _identifier(extension: str) -> str:
    if not extension:
        return '<id nullFlavor="UNK"/>'
    return f'<id root="{OURS}" extension={_quoted(extension)}/>'


def _annotations(recording: Recording, span: Span, clock: _Clock) -> Iterator[bytes]:
    low, high = np.searchsorted(recording.beats["sample"], span)
    rows = recording.beats[low:high]
    rhythm = [
        (max(start, span.start), min(stop, span.stop), aux)
        for start, stop, aux in rhythms_of(recording, span)
    ]
    marks = [(mark, stop) for mark, stop in marks_of(recording, span) if mark.kind != "gap"]
    if not (len(rows) or rhythm or marks):
        return
    yield b"<subjectOf><annotationSet>"
    yield _analyst(recording).encode()
    for sample, code in zip(rows["sample"].tolist(), rows["code"].tolist(), strict=True):
        what = "MDC_ECG_WAVC" if code == ARTEFACT else "MDC_ECG_BEAT"
        yield _annotation(what, _coded(BEATS.get(code)), clock.boundary(sample, None))
    for start, stop, aux in rhythm:
        code_ = RHYTHMS.get(aux)
        value = _words(rhythm_words(aux) or "not known") if code_ is None else _numbered(code_)
        yield _annotation("MDC_ECG_STAT_RHY", value, clock.boundary(start, stop))
    for mark, end in marks:
        start, until = max(mark.start, span.start), None if end is None else min(end, span.stop)
        what, words = _STATEMENT, mark.text or mark.code or "finding"
        if mark.kind == "symptom":
            what, words = _COMMENT, f"Symptom: {mark.text or mark.code or 'not told'}"
        yield _annotation(what, _words(words), clock.boundary(start, until))
    yield b"</annotationSet></subjectOf>\n"


def _analyst(recording: Recording) -> str:
    """Who made the annotations: this program, and its version of the analysis."""
    if not recording.made_by:
        return ""
    device = (
        "<assignedDevice><manufacturerModelName>einthoven</manufacturerModelName>"
        f"<softwareName>{_clean(recording.made_by)}</softwareName></assignedDevice>"
    )
    kind = f"<assignedAuthorType>{device}</assignedAuthorType>"
    return f"<author><assignedEntity>{kind}</assignedEntity></author>\n"


def _annotation(code: str, value: str, support: str) -> bytes:
    return f"<component><annotation>{_code(code, MDC)}{value}{support}</annotation></component>\n".encode()


def _coded(code: Code | None) -> str:
    reference = "MDC_ECG_BEAT" if code is None else code.reference
    return f'<value xsi:type="CE" code="{reference}" codeSystem="{MDC}"/>'


def _numbered(code: Code) -> str:
    """A code by its whole number (partition × 65536 + number), for those whose reference is not known."""
    partition, number = map(int, code.value.split(":"))
    value = partition * 65_536 + number
    return f'<value xsi:type="CE" code="{value}" codeSystem="{MDC}" displayName={_quoted(code.meaning)}/>'


def _words(text: str) -> str:
    return f'<value xsi:type="ST">{_clean(text)}</value>'


def _code(code: str, system: str, element: str = "code") -> str:
    return f'<{element} code="{code}" codeSystem="{system}"/>'


def _plain(text: str) -> str:
    """Text as XML takes it: no controls, one line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _clean(text: str) -> str:
    return escape(_plain(text))


def _quoted(text: str) -> str:
    return quoteattr(_plain(text))
