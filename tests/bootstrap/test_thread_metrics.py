"""Metrics of a running center beyond the pages'."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from einthoven.bootstrap.thread_metrics import CenterCollector
from einthoven.edges.store.stats import StoreStats

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def shown(free: int | OSError) -> str:
    def ask() -> int:
        if isinstance(free, OSError):
            raise free
        return free

    registry = CollectorRegistry()
    registry.register(CenterCollector(StoreStats(blocks=3), lambda: 5, lambda: 7, lambda: 11, ask))
    return generate_latest(registry).decode()


def test_every_metric_is_documented() -> None:
    page = PAGE.read_text()
    named = {line.split()[2] for line in shown(0).splitlines() if line.startswith("# TYPE")}
    assert len(named) > 20
    assert [name for name in sorted(named) if f"`{name}`" not in page] == []


def test_what_the_gauges_say() -> None:
    text = shown(1 << 30)
    for line in (
        "einthoven_store_blocks_total 3.0",
        "einthoven_ward_waiting_blocks 5.0",
        "einthoven_ward_pending_samples 7.0",
        "einthoven_link_connections 11.0",
        "einthoven_data_free_bytes 1.073741824e+09",
        'einthoven_thread_cpu_seconds_total{thread="MainThread"}',
    ):
        assert line in text


def test_a_disk_that_does_not_answer_leaves_the_others() -> None:
    text = shown(OSError(5, "input/output error"))
    assert "einthoven_data_free_bytes" not in text
    assert "einthoven_store_blocks_total 3.0" in text
