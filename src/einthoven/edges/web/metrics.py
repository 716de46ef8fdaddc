"""Prometheus metrics of the pages and of the census; ``docs/metrics.md`` names every one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from einthoven.center.census import Census
from einthoven.center.ports import Clock
from einthoven.center.tally import Tally

BUILD_BUCKETS = (0.0001, 0.0003, 0.001, 0.003, 0.005, 0.01, 0.03, 0.1)
LATE_BUCKETS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0)
REQUEST_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


class WebMetrics:
    """What the pages count; one per registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "einthoven_web_requests", "HTTP requests answered", ["route", "status"], registry=registry
        )
        self.request_seconds = Histogram(
            "einthoven_web_request_seconds",
            "Time to answer an HTTP request",
            ["route"],
            buckets=REQUEST_BUCKETS,
            registry=registry,
        )
        self.screens = Gauge("einthoven_live_screens", "Open live sockets", registry=registry)
        self.messages = Counter(
            "einthoven_live_messages", "Messages sent to screens", ["kind"], registry=registry
        )
        self.bytes = Counter(
            "einthoven_live_bytes", "Payload bytes sent to screens", ["kind"], registry=registry
        )
        self.build_seconds = Histogram(
            "einthoven_live_build_seconds",
            "Time to build the messages of one tick of one screen",
            buckets=BUILD_BUCKETS,
            registry=registry,
        )
        self.late_seconds = Histogram(
            "einthoven_live_tick_late_seconds",
            "How late a screen's tick began: how long the event loop was held",
            buckets=LATE_BUCKETS,
            registry=registry,
        )
        self.skips = Counter(
            "einthoven_live_skips",
            "Times waves were dropped for a screen that did not keep up",
            registry=registry,
        )
        self.closed = Counter(
            "einthoven_live_closed", "Live sockets ended, by reason", ["reason"], registry=registry
        )
        self.refused = Counter(
            "einthoven_web_refused",
            "Requests refused before they reached a handler",
            ["reason"],
            registry=registry,
        )


class CensusCollector(Collector):
    """Gauges of the census, computed when somebody looks."""

    def __init__(self, census: Census, clock: Clock) -> None:
        self._census = census
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        """Counts over all open service periods, and whether samples are stored."""
        center = self._census.center(self._clock.wall())
        for name, words in (
            ("patients", "Open service periods"),
            ("connected", "Of these, transmitters connected"),
            ("silent", "Of these, heard before and without a new sample for 3 s"),
            ("behind_s", "Seconds the live analysis is behind what was received"),
        ):
            value = center[name]
            assert isinstance(value, int | float)
            yield GaugeMetricFamily(f"einthoven_{name.replace('_s', '_seconds')}", words, value)
        patients, seconds = self._census.to_come()
        yield GaugeMetricFamily(
            "einthoven_backlog_patients", "Of these, with samples that the transmitter still holds", patients
        )
        yield GaugeMetricFamily(
            "einthoven_backlog_seconds", "Seconds of signal that transmitters still hold, in all", seconds
        )
        yield GaugeMetricFamily(
            "einthoven_storing", "1 while samples are stored, 0 while they are not", center["storing"] == "ok"
        )
        yield GaugeMetricFamily(
            "einthoven_clock_ok",
            "1 while the center's clock runs true, 0 after a step",
            center["clock"] == "ok",
        )


class TallyCollector(Collector):
    """The center's plain counters, each ``einthoven_<name>_total`` with its label as ``kind``."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterable[Metric]:
        """One family a name."""
        families: dict[str, dict[str, int]] = defaultdict(dict)
        for (name, label), count in self._tally.all().items():
            families[name][label] = count
        for name, labels in sorted(families.items()):
            words = f"Counted by the center: {name}"
            family = CounterMetricFamily(f"einthoven_{name}", words, labels=["kind"])
            for label, count in sorted(labels.items()):
                family.add_metric([label], count)
            yield family
