"""Counts of the telephone's lines as a watchdog reads them."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from einthoven.bootstrap.line_metrics import LineCollector

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_what_lines_count_is_told_by_line_and_kind() -> None:
    registry, counts = CollectorRegistry(), {"open": 1, "calls": 3, "lost": 480}
    registry.register(LineCollector({"media": lambda: counts, "sip": dict}))
    counts["calls"] = 4
    told = generate_latest(registry).decode().splitlines()
    assert 'einthoven_line_open{line="media"} 1.0' in told
    assert 'einthoven_line_total{kind="calls",line="media"} 4.0' in told
    assert 'einthoven_line_total{kind="lost",line="media"} 480.0' in told
    assert not [line for line in told if 'line="sip"' in line and "_up" not in line]


def test_whether_a_line_is_up_and_registered_are_gauges_of_their_own() -> None:
    registry, known = CollectorRegistry(), {"registered": 1, "register_failed": 2}
    registry.register(LineCollector({"sip": lambda: known, "media": dict}, lambda line: line == "media"))
    told = generate_latest(registry).decode().splitlines()
    assert 'einthoven_line_up{line="sip"} 0.0' in told
    assert 'einthoven_line_up{line="media"} 1.0' in told
    assert 'einthoven_line_registered{line="sip"} 1.0' in told
    assert 'einthoven_line_total{kind="register_failed",line="sip"} 2.0' in told
    assert not [one for one in told if "line_total" in one and 'kind="registered"' in one]
    assert not [one for one in told if "line_registered" in one and 'line="media"' in one]


def test_the_page_names_them() -> None:
    page = PAGE.read_text()
    gauges = "einthoven_line_up", "einthoven_line_registered", "einthoven_line_open"
    kinds = "einthoven_line_total", "register_failed", "failed", "strangers", "claimed_twice", "unspoken"
    calls = "einthoven_calls_total", "einthoven_strips_total", "einthoven_call_samples_lost_total"
    for name in (*gauges, *kinds, *calls):
        assert f"`{name}`" in page
