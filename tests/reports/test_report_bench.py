"""The benchmark of reports runs, and measures what it says."""

from __future__ import annotations

import pytest
from benchmarks import report_bench


@pytest.mark.slow  # it sets pages, for which fonts are built
def test_it_runs_small() -> None:
    told = report_bench.run(hours=0.05, days=3)
    assert told["daily"]["beats"] > 150
    assert told["daily"]["from_samples_s"] >= told["daily"]["from_day_s"] > 0
    assert (told["end"]["days"], told["end"]["pdf_bytes"] > 10_000) == (3, True)
