"""Stretches of time in annotation files as EC57 compares them: episodes of a rhythm, waves, unreadable
signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Span = tuple[int, int]
Spans = list[Span]

NOISE, RHYTHM, WAVES_ON, WAVES_OFF = 14, 28, 32, 33
"""Annotation codes of ``~``, ``+``, ``[`` and ``]``."""
SHUTDOWN = 0x30
"""Subtype bits of ``~``: both of the first two signals unreadable."""


@dataclass(frozen=True, slots=True)
class Period:
    """What of a record is scored: samples ``start`` … ``end`` at ``rate_hz``."""

    start: int
    end: int
    rate_hz: float


@dataclass(frozen=True, slots=True)
class Episodes:
    """Two lists of episodes compared; times in seconds, within the scored period.

    Attributes:
        ref_s, test_s: in episodes of the reference, in those found.
        overlap_s: in both.
        total_s: the scored period.
        TPS, FN: reference episodes of which any was found, and none.
        TPP, FP: found episodes that meet one of the reference, and none.
    """

    ref_s: float = 0.0
    test_s: float = 0.0
    overlap_s: float = 0.0
    total_s: float = 0.0
    TPS: int = 0
    FN: int = 0
    TPP: int = 0
    FP: int = 0

    def __add__(self, other: Episodes) -> Episodes:
        names = self.__dataclass_fields__
        return Episodes(*(getattr(self, name) + getattr(other, name) for name in names))


def waves_of(sample: I64, code: I64, last: int) -> list[tuple[int, int, Span]]:
    """What lies between ``[`` and ``]``: positions of the two marks and their times.

    A ``[`` that nothing closes reaches to ``last``; a second one within, and a ``]`` that closes nothing,
    mean nothing.
    """
    out: list[tuple[int, int, Span]] = []
    opened = -1
    for place in np.flatnonzero((code == WAVES_ON) | (code == WAVES_OFF)).tolist():
        if code[place] == WAVES_ON:
            opened = place if opened < 0 else opened
        elif opened >= 0:
            out.append((opened, place, (int(sample[opened]), int(sample[place]))))
            opened = -1
    if opened >= 0:
        out.append((opened, len(code), (int(sample[opened]), last)))
    return out


def unreadable_spans(
    sample: I64,
    code: I64,
    sub: I64,
    beats: I64,
    waves: Sequence[tuple[int, int, Span]],
    last: int,
    window: int,
) -> Spans:
    """Stretches that a file gives up: from a ``~`` with both ``SHUTDOWN`` bits to the next ``~`` without
    them.

    Where anything else is written before that, the file did not keep to it: then it is what lies between the
    last beat before the mark and that other annotation, less a window on either side. What is written in
    waves does not count.

    Args:
        sample, code, sub: all annotations.
        beats: positions of the beats among them.
        waves: of ``waves_of``.
        last: the record's end.
        window: samples.
    """
    counted = np.ones(len(code), np.bool_)
    for first, mark, _ in waves:
        counted[first : mark + 1] = False
    steps, a_beat = np.flatnonzero(counted).tolist(), set(beats.tolist())
    given_up = {place for place in steps if code[place] == NOISE and sub[place] & SHUTDOWN == SHUTDOWN}
    out: Spans = []
    before, skip = 0, False
    for turn, place in enumerate(steps):
        if skip:
            skip = False
            continue
        if place in a_beat:
            before = int(sample[place])
        elif place in given_up:
            if turn + 1 == len(steps):
                out.append((int(sample[place]), last))
                break
            follower = steps[turn + 1]
            skip = code[follower] == NOISE and follower not in given_up
            if skip:
                out.append((int(sample[place]), int(sample[follower])))
                continue
            ended = [span[1] for _, mark, span in waves if mark < place]
            stop = int(sample[follower]) - window
            out.append((min(max([before, *ended]) + window, stop), stop))
    return out


def rhythm_spans(
    sample: I64, code: I64, aux: dict[int, str], texts: tuple[str, ...], with_waves: bool, last: int
) -> Spans:
    """Episodes of a rhythm: from a ``+`` whose text begins with one of ``texts`` to the next of another kind.

    Args:
        sample, code: all annotations.
        aux: their texts by position.
        texts: beginnings of the rhythm's text; empty for none.
        with_waves: whether ``[`` … ``]`` is an episode too.
        last: the record's end.
    """
    found = [span for _, _, span in waves_of(sample, code, last)] if with_waves else []
    opened = -1
    for place in np.flatnonzero(code == RHYTHM).tolist() if texts else []:
        mine = aux.get(place, "").startswith(texts)
        if mine and opened < 0:
            opened = int(sample[place])
        elif not mine and opened >= 0:
            found.append((opened, int(sample[place])))
            opened = -1
    if opened >= 0:
        found.append((opened, max(last, int(sample[-1]))))
    return _joined(found)


def _joined(spans: Spans) -> Spans:
    """Spans in order, those that touch as one."""
    out: Spans = []
    for start, stop in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], stop))
        else:
            out.append((start, stop))
    return out


def compare(reference: Spans, found: Spans, period: Period) -> Episodes:
    """Episodes of a reference against those found, within a period; both in order and apart."""
    kept = [_clipped(spans, period) for spans in (reference, found)]
    length = [_length(spans) / period.rate_hz for spans in kept]
    shared = [_shared(kept[0], kept[1]), _shared(kept[1], kept[0])]
    met = [sum(1 for each in side if each > 0) for side in shared]
    return Episodes(
        ref_s=length[0],
        test_s=length[1],
        overlap_s=sum(shared[0]) / period.rate_hz,
        total_s=(period.end - period.start) / period.rate_hz,
        TPS=met[0],
        FN=len(kept[0]) - met[0],
        TPP=met[1],
        FP=len(kept[1]) - met[1],
    )


def _clipped(spans: Spans, period: Period) -> Spans:
    cut = [(max(start, period.start), min(stop, period.end)) for start, stop in spans]
    return [(start, stop) for start, stop in cut if start < stop]


def _length(spans: Spans) -> int:
    return sum(stop - start for start, stop in spans)


def _shared(spans: Spans, others: Spans) -> list[int]:
    """Samples of each span that any of the others covers."""
    if not others:
        return [0] * len(spans)
    starts, stops = np.array(others, np.int64).T
    return [
        int(np.clip(np.minimum(stop, stops) - np.maximum(start, starts), 0, None).sum())
        for start, stop in spans
    ]
