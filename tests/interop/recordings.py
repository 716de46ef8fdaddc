"""Recordings of any shape, for the property tests of the formats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from einthoven.base.instants import DAY, SECOND, from_iso
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import Span
from einthoven.ecg.beats import BEAT
from einthoven.interop.recording import Mark, Recording, Subject

NOON = from_iso("2026-03-04T12:00:00Z")
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
PLAIN = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=24)
RATES = st.sampled_from([100.0, 128.0, 180.0, 250.0, 256.0, 360.0, 500.0, 1000.0]) | st.integers(
    100_000, 1_000_000
).map(lambda mhz: mhz / 1000)


def recording(
    samples: np.ndarray,
    layout: Layout,
    gaps: Sequence[tuple[int, int]] = (),
    beats: Sequence[tuple[int, int]] = (),
    **more: object,
) -> Recording:
    """A recording over an array; ``gaps`` hold ``INVALID_SAMPLE``, ``beats`` are (sample, code)."""
    data = samples.copy()
    missing = sorted((start, stop) for start, stop in gaps if start < stop)
    for start, stop in missing:
        data[start:stop] = INVALID_SAMPLE
    edges = [0, *(edge for gap in missing for edge in gap), len(data)]
    present = tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b)
    rows = np.zeros(len(beats), BEAT)
    if len(beats):
        rows["sample"], rows["code"] = zip(*beats, strict=True)
    fields = {"start": NOON, "name": "s000001", "transmitter": "T-100", "beats": rows} | more
    return Recording(
        layout=layout,
        samples=len(data),
        present=present,
        read=lambda start, stop: data[start:stop].copy(),
        **fields,  # type: ignore[arg-type]
    )


@st.composite
def layouts(draw: st.DrawFn, most: int = 4) -> Layout:
    """Any rate, any gains and names."""
    count = draw(st.integers(1, most))
    names = draw(st.lists(PLAIN, min_size=count, max_size=count, unique=True))
    leads = tuple(
        Lead(
            name,
            draw(st.floats(0.01, 1e6) | st.sampled_from([200.0, 99.5, 1000 / 3])),
            draw(st.integers(-40_000, 40_000)),
            draw(st.integers(8, 16)),
        )
        for name in names
    )
    return Layout(draw(RATES), leads)


@st.composite
def recordings(draw: st.DrawFn, longest: int = 3000, gaps: bool = True) -> Recording:
    """Any samples, layout, gaps, beats, marks and names."""
    layout = draw(layouts())
    count = draw(st.integers(1, longest))
    noise = np.random.default_rng(draw(st.integers(0, 2**32)))
    samples = noise.integers(-32768, 32768, (count, len(layout.leads))).astype(np.int16)
    cuts = sorted(set(draw(st.lists(st.integers(1, max(1, count - 1)), max_size=8)))) if gaps else []
    holes = [(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False) if 0 < a < b < count]
    at = sorted(draw(st.sets(st.integers(0, count - 1), max_size=12)))
    beats = [(sample, draw(st.sampled_from([1, 5, 6, 9, 12, 13, 16]))) for sample in at]
    marks = [Mark("gap", a, b, "power", "power") for a, b in holes]
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, count - 1))
        stop = draw(st.none() | st.integers(begin + 1, count + 1))
        kind = draw(st.sampled_from(["pause", "ventricular-fibrillation", "atrial-fibrillation"]))
        marks.append(
            Mark("episode", begin, stop if stop is None or stop < count else None, kind, draw(WORDS))
            if draw(st.booleans())
            else Mark("symptom", begin, None, draw(WORDS), draw(WORDS))
        )
    return recording(
        samples,
        layout,
        holes,
        beats,
        start=draw(st.none() | st.integers(0, 60 * 365 * DAY // SECOND).map(lambda s: s * SECOND + s % 7)),
        subject=Subject(draw(WORDS), draw(st.sampled_from(["", "1960-02-29"])), "female", "P000001"),
        rhythm=((at[0], "(N"),) if at else (),
        marks=tuple(sorted(marks, key=lambda mark: mark.start)),
    )
