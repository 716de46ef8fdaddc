"""Beats, rhythms, findings, symptoms and gaps as DICOM waveform annotations (PS3.3 C.10.10).

Annotation groups: 1 beats, 2 rhythm (one at a time), 3 findings, 4 symptoms, 5 where no signal was received.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from einthoven.base.spans import Span, SpanSet
from einthoven.interop.dicom_study import text
from einthoven.interop.mdc import (
    BEATS,
    FINDINGS,
    NO_SIGNAL,
    RHYTHMS,
    Code,
    marks_of,
    rhythm_words,
    rhythms_of,
)
from einthoven.interop.recording import Mark, Recording

POSITIONS_MAX: Final = 16_000
"""Positions of one annotation, whose UL values share 65,534 bytes (PS3.5 7.1.2); more make another."""
GROUP_BEATS, GROUP_RHYTHM, GROUP_FINDINGS, GROUP_SYMPTOMS, GROUP_GAPS = 1, 2, 3, 4, 5
_RHYTHM_NAME: Final = ("8884-9", "LN", "Cardiac Rhythm")


def coded(value: str, scheme: str, meaning: str) -> Items:
    """A code sequence of one item."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning[:64]
    return Items([item])


def mdc(code: Code) -> Items:
    """A code of ISO/IEEE 11073."""
    return coded(code.value, "MDC", code.meaning)


def waveform_annotations(recording: Recording, span: Span) -> Items:
    """What is to be said of the samples of ``span``; positions count from 1 at its start."""
    return Items(
        [
            *_beats(recording, span),
            *_rhythms(recording, span),
            *(_mark(mark, stop, span) for mark, stop in marks_of(recording, span)),
            *_gaps(recording, span),
        ]
    )


def _item(group: int, kind: str, positions: Sequence[int]) -> Dataset:
    item = Dataset()
    item.ReferencedWaveformChannels = [1, 0]
    if kind:
        item.TemporalRangeType = kind
        item.ReferencedSamplePositions = list(positions)
    item.AnnotationGroupNumber = group
    return item


def _beats(recording: Recording, span: Span) -> Iterator[Dataset]:
    low, high = np.searchsorted(recording.beats["sample"], span)
    rows = recording.beats[low:high]
    for code, name in BEATS.items():
        places = (rows["sample"][rows["code"] == code] - span.start + 1).tolist()
        for first in range(0, len(places), POSITIONS_MAX):
            some = places[first : first + POSITIONS_MAX]
            item = _item(GROUP_BEATS, "POINT" if len(some) == 1 else "MULTIPOINT", some)
            item.ConceptNameCodeSequence = mdc(name)
            yield item


def _stretch(group: int, start: int, stop: int, span: Span) -> Dataset:
    """An annotation of ``[start, stop)`` as far as it lies in ``span``, and whether it goes on outside."""
    first, last = start - span.start + 1, stop - span.start
    if start < span.start and stop > span.stop:
        return _item(group, "", ())
    if start < span.start:
        return _item(group, "END", [last])
    if stop > span.stop:
        return _item(group, "BEGIN", [first])
    return _item(group, "SEGMENT", [first, last])


def _rhythms(recording: Recording, span: Span) -> Iterator[Dataset]:
    for start, stop, aux in rhythms_of(recording, span):
        item = _stretch(GROUP_RHYTHM, start, stop, span)
        code = RHYTHMS.get(aux)
        if code is None:
            item.UnformattedTextValue = text(rhythm_words(aux), 1024) or "rhythm not known"
        else:
            _name(item, code)
        yield item


def _name(item: Dataset, code: Code) -> None:
    item.ConceptNameCodeSequence = coded(*_RHYTHM_NAME)
    item.ConceptCodeSequence = mdc(code)


def _mark(mark: Mark, stop: int | None, span: Span) -> Dataset:
    group = {"episode": GROUP_FINDINGS, "symptom": GROUP_SYMPTOMS, "gap": GROUP_GAPS}[mark.kind]
    if stop is None:
        item = _item(group, "POINT", [mark.start - span.start + 1])
    else:
        item = _stretch(group, mark.start, stop, span)
    code = FINDINGS.get(mark.code) if mark.kind == "episode" else None
    if code is None:
        item.UnformattedTextValue = text(mark.text or mark.code, 1024) or mark.kind
    else:
        _name(item, code)
    return item


def _gaps(recording: Recording, span: Span) -> Iterator[Dataset]:
    missing = SpanSet(recording.present).missing(*span)
    pairs = [place for gap in missing for place in (gap.start - span.start + 1, gap.stop - span.start)]
    for first in range(0, len(pairs), POSITIONS_MAX):
        some = pairs[first : first + POSITIONS_MAX]
        item = _item(GROUP_GAPS, "SEGMENT" if len(some) == 2 else "MULTISEGMENT", some)
        item.ConceptNameCodeSequence = mdc(NO_SIGNAL)
        yield item
