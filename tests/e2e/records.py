"""Short records of known samples, as WFDB files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout, Lead
from einthoven.edges.exchange.records import write_record
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Script

I16 = NDArray[np.int16]

ODD = Layout(
    333.0,
    (
        Lead("MLII", gain=187.5, baseline=1024, resolution=11, adc_zero=1000),
        Lead("a lead", gain=60.0, baseline=-7, resolution=16),
        Lead("V5", gain=1e3, baseline=0, resolution=12),
    ),
)
"""Nothing in it is usual, so that nothing can be right by chance."""


def heart(seconds: float, seed: int, layout: Layout | None = None) -> tuple[Layout, I16]:
    """A simulated heart with leads II and V1 at 250 Hz."""
    chosen = layout or layout_of(("II", "V1"), 250.0)
    return chosen, Heart(Script(), chosen, seed).samples(0, round(seconds * chosen.rate_hz))


def noise(seconds: float, seed: int, layout: Layout = ODD) -> tuple[Layout, I16]:
    """Samples over the whole range that a stream can hold."""
    count = round(seconds * layout.rate_hz)
    shape = (count, len(layout.leads))
    return layout, np.random.default_rng(seed).integers(-32767, 32768, shape).astype(np.int16)


def written(folder: Path, name: str, record: tuple[Layout, I16]) -> Path:
    """The record as WFDB; the path without extension, as commands take it."""
    layout, samples = record
    write_record(folder, name, layout, [samples])
    return folder / name
