"""What the telephone's lines count, for ``/metrics``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Counts = Callable[[], Mapping[str, int]]


class LineCollector(Collector):
    """Counts of lines, asked when somebody looks.

    Args:
        lines: what each line counts, by its name (``sip``, ``media``); ``open`` is how many calls it has now,
            ``registered`` whether its PBX knows us.
        up: whether patients can call by a line.
    """

    def __init__(self, lines: Mapping[str, Counts], up: Callable[[str], bool] = lambda _line: True) -> None:
        self._lines = dict(lines)
        self._up = up

    def collect(self) -> Iterable[Metric]:
        """Families for lines that are up, calls that are open, lines that are registered; all that counts."""
        up = GaugeMetricFamily("einthoven_line_up", "1 while patients can call by it", labels=["line"])
        known = GaugeMetricFamily(
            "einthoven_line_registered", "1 while the PBX knows us as its extension", labels=["line"]
        )
        now = GaugeMetricFamily("einthoven_line_open", "Calls that a line has now", labels=["line"])
        counted = CounterMetricFamily(
            "einthoven_line", "What happened on a line, by kind", labels=["line", "kind"]
        )
        for line, counts in self._lines.items():
            told = dict(counts())
            up.add_metric([line], int(self._up(line)))
            if "registered" in told:
                known.add_metric([line], told.pop("registered"))
            if "open" in told:
                now.add_metric([line], told.pop("open"))
            for kind, count in sorted(told.items()):
                counted.add_metric([line, kind], count)
        yield up
        yield now
        yield known
        yield counted
