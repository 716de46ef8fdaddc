"""CPU time of each of the center's threads, and what the store counts, for ``/metrics``."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import fields

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from einthoven.edges.store.stats import StoreStats

GAUGES = {"queued", "seal_lag_seconds"}


class CenterCollector(Collector):
    """Threads, store and queues of a running center, computed when somebody looks.

    Args:
        stats: what the store counts.
        waiting: blocks that the live analysis has not taken; pending: samples of its late analysis.
        connections: open ones of transmitters.
        free: bytes left on the disk of the data folder.
    """

    def __init__(
        self,
        stats: StoreStats,
        waiting: Callable[[], int],
        pending: Callable[[], int],
        connections: Callable[[], int],
        free: Callable[[], int],
    ) -> None:
        self._stats = stats
        self._gauges = {
            "einthoven_data_free_bytes": ("Bytes that can still be written to the data folder", free),
            "einthoven_ward_waiting_blocks": ("Blocks that the live analysis has not taken yet", waiting),
            "einthoven_ward_pending_samples": ("Samples that late analysis has yet to go through", pending),
            "einthoven_link_connections": ("Open transmitter connections", connections),
        }

    def collect(self) -> Iterable[Metric]:
        """One family for the threads, one a counter of the store, one a queue."""
        cpu = CounterMetricFamily(
            "einthoven_thread_cpu_seconds", "CPU time used by a thread", labels=["thread"]
        )
        used: dict[str, float] = {}
        for thread in threading.enumerate():
            if thread.ident is None:
                continue
            try:
                seconds = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            except OSError:  # it ended meanwhile
                continue
            name = thread.name.rstrip("0123456789_-") or thread.name
            used[name] = used.get(name, 0.0) + seconds
        for name, seconds in used.items():
            cpu.add_metric([name], seconds)
        yield cpu
        for field in fields(self._stats):
            value = getattr(self._stats, field.name)
            name, words = (
                f"einthoven_store_{field.name}",
                f"The store's count of {field.name.replace('_', ' ')}",
            )
            if field.name in GAUGES:
                yield GaugeMetricFamily(name, words, value=value)
            else:
                yield CounterMetricFamily(name, words, value=value)
        for name, (words, ask) in self._gauges.items():
            with contextlib.suppress(OSError):  # a disk that does not answer is told elsewhere
                yield GaugeMetricFamily(name, words, value=ask())
