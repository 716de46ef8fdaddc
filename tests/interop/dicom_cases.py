"""Recordings for the tests of formats: made up, and of real records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from einthoven.base.instants import from_iso
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.ecg.beats import ARTEFACT, BEAT, NORMAL, SUPRAVENTRICULAR, VENTRICULAR
from einthoven.edges.exchange.records import Record
from einthoven.interop.recording import Mark, Recording, Subject

START = from_iso("2026-03-04T10:11:12.250Z")
JANE = Subject("Doe, Jane", "1953-05-08", "female", "P-1")
LAYOUT = Layout(250.0, (Lead("II", 200.0, 0, 16, 0), Lead("V5 left", 99.5, -3, 12, 0)))


def beats_at(places: list[int], codes: list[int]) -> np.ndarray:
    rows = np.zeros(len(places), BEAT)
    rows["sample"], rows["code"] = places, codes
    return rows


def recording(samples: np.ndarray, *present: tuple[int, int], layout: Layout = LAYOUT) -> Recording:
    """A recording of an array; outside ``present`` (everything if none is given) nothing was received."""
    held = samples.copy()
    spans = SpanSet(present or [(0, len(samples))])
    for gap in spans.missing(0, len(samples)):
        held[gap.start : gap.stop] = INVALID_SAMPLE
    return Recording(
        name="s000001",
        layout=layout,
        samples=len(samples),
        present=tuple(spans),
        read=lambda start, stop: held[start:stop],
        start=START,
        utc_offset_minutes=-300,
        subject=JANE,
        transmitter="T-100",
        made_by="0.1.0",
    )


def noise(samples: int, leads: int = 2, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(-32767, 32768, (samples, leads)).astype(np.int16)


def told(made: Recording) -> Recording:
    """The same with beats, rhythms, findings, a symptom and a gap."""
    places = list(range(100, made.samples, 200))
    kinds = [(NORMAL, NORMAL, VENTRICULAR, SUPRAVENTRICULAR, ARTEFACT)[n % 5] for n in range(len(places))]
    third = made.samples // 3
    return replace(
        made,
        beats=beats_at(places, kinds),
        rhythm=((0, "(N"), (third, "(AFIB"), (2 * third, "(P")),
        marks=(
            Mark("episode", third, 2 * third, "atrial-fibrillation", "Atrial fibrillation"),
            Mark("symptom", third + 5, None, "palpitations", "Palpitations"),
            Mark("episode", third + 50, third + 900, "pause", "Pause 3.4 s"),
        ),
    )


def of_record(record: Record) -> Recording:
    """A record as read, dated."""
    return replace(
        recording(record.samples, layout=record.layout),
        name=record.name,
        read=lambda a, z: record.samples[a:z],
    )


names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=6)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    count = draw(st.integers(1, 12))
    called = draw(st.lists(names, min_size=count, max_size=count, unique=True))
    gains = st.floats(0.01, 100_000).map(lambda gain: float(f"{gain:.6g}"))
    leads = tuple(
        Lead(name, draw(gains), draw(st.integers(-32768, 32767)), draw(st.integers(8, 16)), 0)
        for name in called
    )
    return Layout(draw(st.integers(100_000, 1_000_000)) / 1000, leads)


@st.composite
def gappy(draw: st.DrawFn, most: int = 3000) -> Recording:
    """A recording of any layout with gaps, and leads that were not measured for a while."""
    layout = draw(layouts())
    samples = draw(st.integers(1, most))
    values = noise(samples, len(layout.leads), draw(st.integers(0, 99)))
    for _ in range(draw(st.integers(0, 3))):
        start, lead = draw(st.integers(0, samples - 1)), draw(st.integers(0, len(layout.leads) - 1))
        values[start : start + draw(st.integers(1, 200)), lead] = INVALID_SAMPLE
    cuts = sorted(draw(st.sets(st.integers(0, samples), max_size=6)))
    present = SpanSet(zip(cuts[::2], cuts[1::2], strict=False)) or SpanSet([(0, samples)])
    return replace(
        recording(values, *map(tuple, present), layout=layout), subject=replace(JANE, name=draw(names))
    )


def spans_of(made: Recording) -> list[Span]:
    return list(made.present)
