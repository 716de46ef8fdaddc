"""A stored stream without a store: samples in an array, beats of a list, facts in memory."""

from __future__ import annotations

import numpy as np

from einthoven.base.errors import StoreError
from einthoven.base.instants import from_iso
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import SpanSet
from einthoven.center.enroll import enroll
from einthoven.center.ports import Envelope, Window
from einthoven.ecg.beats import BEAT
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.facts_suite import request

START = from_iso("2026-03-04T10:11:12.250Z")
LAYOUT = Layout(360.0, (Lead("MLII", 200.0, 1024, 11, 1024), Lead("V5 left", 99.5, -3, 12, 0)))
ECG = np.random.default_rng(3).integers(-2000, 2000, (300_000, 2)).astype(np.int16)


class Shelf:
    """Stored samples in an array (``center.ports.SampleReader``)."""

    def __init__(self, samples: np.ndarray, *spans: tuple[int, int], at: int = 0) -> None:
        self.samples, self.at = samples, at
        self.spans = SpanSet(spans or [(at, at + len(samples))])
        self.largest = 0
        self.found = np.zeros(0, BEAT)

    def streams(self) -> list[int]:
        return [1]

    def stored(self, stream: int) -> SpanSet:
        return self.spans.copy()

    def read(self, stream: int, start: int, stop: int) -> Window:
        self.largest = max(self.largest, stop - start)
        out = np.full((stop - start, self.samples.shape[1]), INVALID_SAMPLE, np.int16)
        present = self.spans.within(start, stop)
        for span in present:
            out[span.start - start : span.stop - start] = self.samples[
                span.start - self.at : span.stop - self.at
            ]
        return Window(start, out, present)

    def envelope(self, stream: int, start: int, stop: int, bins: int) -> Envelope:
        raise StoreError("not asked here")

    def beats(self, stream: int, start: int, stop: int) -> np.ndarray:
        return self.found[(self.found["sample"] >= start) & (self.found["sample"] < stop)]

    def rows(self, stream: int, start: int, stop: int) -> np.ndarray:
        return self.beats(stream, start, stop)


def beats_at(*rows: tuple[int, int]) -> np.ndarray:
    """``BEAT`` rows from (sample, code)."""
    beats = np.zeros(len(rows), BEAT)
    beats["sample"], beats["code"] = [row[0] for row in rows], [row[1] for row in rows]
    return beats


def facts_of(layout: Layout = LAYOUT, origin: int | None = START, **patient: object) -> MemoryFacts:
    """Facts in memory that know one stream."""
    facts = MemoryFacts()
    enroll(facts, request(**patient), START)
    facts.declare_layout(1, layout, 1, origin, START)
    return facts
