"""A heart, a store that holds it, and a ward: what the tests of the ward share."""

from __future__ import annotations

import numpy as np
from tests.ecg.hearts import heart, layout

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import SpanSet
from einthoven.center.ports import Window
from einthoven.center.ward import LiveWard
from einthoven.center.ward_late import joined
from einthoven.ecg.analyze import analyze
from einthoven.link.blocks import SampleBatch

RATE = 125.0
LEADS = 2
SECOND = 125
PLAN = layout(RATE, LEADS)
RECORD, _ = heart(60, RATE, LEADS, seed=5)
RECORD[1290:1575, 1] = INVALID_SAMPLE
RECORD[3750:4300, 1] = 20
RECORD[5500:6200, 1] += np.random.default_rng(5).normal(0, 60, 700).astype(np.int16)
"""The second lead is off, flat and noisy in turn."""
BLOCK = 100
BLOCKS = len(RECORD) // BLOCK
FIELDS = ["sample", "code", "leads", "rr_ms", "conf", "template"]


class Memory:
    """A store that holds what it was given, and can be told to have nothing."""

    def __init__(self, records) -> None:
        self.records = records
        self.have = {stream: SpanSet() for stream in records}

    def put(self, stream, start, stop):
        self.have[stream].add(start, stop)

    def read(self, stream, start, stop):
        samples = np.full((stop - start, self.records[stream].shape[1]), INVALID_SAMPLE, np.int16)
        present = self.have[stream].within(start, stop)
        for low, high in present:
            samples[low - start : high - start] = self.records[stream][low:high]
        return Window(start, samples, present)


def batch(blocks, records, lane=0, received=0, stored=True):
    """Blocks ``(stream, start, stop)`` as one batch."""
    parts = [records[stream][start:stop].reshape(-1) for stream, start, stop in blocks]
    sizes = np.array([len(part) for part in parts], np.int64)
    column = lambda values: np.array(values, np.int64)  # noqa: E731
    return SampleBatch(
        samples=np.concatenate([np.zeros(0, np.int16), *parts]),
        offset=np.cumsum(sizes) - sizes,
        stream=column([block[0] for block in blocks]),
        start=column([block[1] for block in blocks]),
        count=column([block[2] - block[1] for block in blocks]),
        leads=column([records[block[0]].shape[1] for block in blocks]),
        lane=column([lane] * len(blocks)),
        received=column([received] * len(blocks)),
        stored=stored,
    )


def drained(ward):
    while ward.refill(700):
        pass
    return ward


def ward_of(memory, plan=PLAN):
    ward = LiveWard(memory.read)
    for stream in memory.records:
        ward.admit(stream, plan)
    return ward


def give(ward, memory, stream, start, stop, lane=0, stored=True):
    if stored:
        memory.put(stream, start, stop)
    return ward.step([batch([(stream, start, stop)], memory.records, lane, stored=stored)], 0)


def same(found, wanted):
    return len(found) == len(wanted) and all((found[name] == wanted[name]).all() for name in FIELDS)


def all_rows(ward, stream=1):
    """Beats and grades."""
    return ward.rows(stream, 0, 1 << 60)


def whole(record, plan=PLAN, present=None):
    """The same of a record analysed in one go."""
    found = analyze(record, plan, present=present)
    return joined(found.beats, found.grades)
