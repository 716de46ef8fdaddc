"""The benchmark of the desk still runs: it is on a desk of today, and nothing it does is refused."""

from __future__ import annotations

import argparse
import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks import desk_bench


@pytest.fixture
def collecting() -> Iterator[None]:
    """Garbage is collected as before once it is over."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("collecting")
def test_a_small_desk_is_measured_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_bench, "CLOCK", desk_bench.Clock())
    given = argparse.Namespace(patients=12, stations=3, cases=4, seconds=0.5)
    told = asyncio.run(desk_bench.measured(given, tmp_path))
    assert (told["watches_held"], told["refused"]) == (12, {})
    assert told["worklist_ms"]["n"] == 0.5 * desk_bench.ACTS_A_SECOND
    assert told["ledger_ms"]["n"] > 0
