"""An export needs no more memory for a long recording than for a short one."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from einthoven.base.instants import from_iso
from einthoven.base.layout import Layout, Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.edges.exchange.format_files import FORMATS, Way
from einthoven.edges.exchange.stored import StoredRecording
from einthoven.interop.recording import CHUNK, Recording

START = from_iso("2026-03-04T10:11:12Z")
LAYOUT = Layout(250.0, (Lead("II"), Lead("V1")))
BLOCK = np.zeros((CHUNK, 2), np.int16)


def taken(chunks: int) -> StoredRecording:
    """A made-up recording of so many pieces, with a gap in the middle; its samples cost nothing to read."""
    count = chunks * CHUNK
    present = (Span(0, count // 2), Span(count // 2 + 500, count))
    recording = Recording("s000001", LAYOUT, count, present, lambda a, b: BLOCK[: b - a], start=START)
    return StoredRecording(recording, 1, 0, SpanSet(present), ())


def peak(form: str, chunks: int, out: Path) -> int:
    told: list[tuple[int, int]] = []
    way = Way(taken(chunks), out, START, bare=False, progress=lambda *now: told.append(now))
    tracemalloc.start()
    FORMATS[form](way)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told[-1][0] == told[-1][1]
    return most


@pytest.mark.parametrize("form", ["wfdb", "edf", "ishne"])
def test_ten_times_the_samples_take_no_more_memory(tmp_path: Path, form: str) -> None:
    peak(form, 1, tmp_path / "warm")
    short, long = peak(form, 4, tmp_path / "short"), peak(form, 40, tmp_path / "long")
    written = sum(path.stat().st_size for path in (tmp_path / "long").iterdir())
    assert written > 20_000_000
    assert long < short + 1_000_000  # one piece more would be 500 kB
