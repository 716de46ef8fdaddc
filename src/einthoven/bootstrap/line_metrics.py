"""What the telephone's lines count, for ``/metrics``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Counts = Callable[[], Mapping[str, int]]


class LineCollector(Collector):
    """Counts of lines, asked when somebody looks.

    Args:
        lines: what each line counts, by its name (``sip``, ``media``); ``open`` is how many calls it has now.
    """

    def __init__(self, lines: Mapping[str, Counts]) -> None:
        self._lines = dict(lines)

    def collect(self) -> Iterable[Metric]:
        """One family for calls that are open, one for all that is counted."""
        now = GaugeMetricFamily("einthoven_line_open", "Calls that a line has now", labels=["line"])
        counted = CounterMetricFamily(
            "einthoven_line", "What happened on a line, by kind", labels=["line", "kind"]
        )
        for line, counts in self._lines.items():
            told = dict(counts())
            if "open" in told:
                now.add_metric([line], told.pop("open"))
            for kind, count in sorted(told.items()):
                counted.add_metric([line, kind], count)
        yield now
        yield counted
