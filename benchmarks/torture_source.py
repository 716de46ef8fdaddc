"""Signals whose every sample says which index it has, so that a shift, a loss or a doubling shows."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout, Lead
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Rhythm, Script
from einthoven.sim.sources import HeartSource, Source

I16 = NDArray[np.int16]
PRIMES = (30_011, 30_013, 30_029)
"""Lead ``k`` repeats after the k-th of these samples: two leads together only after 900 million."""
STEPS = (1, 7_919, 104_729)


class CounterSource:
    """An endless counter: lead ``k`` of sample ``i`` is ``(i · step + seed) mod prime − prime / 2``."""

    def __init__(self, layout: Layout, seed: int) -> None:
        self.layout = layout
        self.length: int | None = None
        self._seed = seed
        digest = hashlib.blake2b(f"counter {seed} {layout}".encode(), digest_size=8).digest()
        self.recording = int.from_bytes(digest, "little") or 1

    def samples(self, start: int, stop: int) -> I16:
        """Samples ``[start, stop)``, int16[n, leads]."""
        index = np.arange(start, stop, dtype=np.int64)
        columns = []
        for lead in range(len(self.layout.leads)):
            prime, step = PRIMES[lead % len(PRIMES)], STEPS[lead % len(STEPS)]
            columns.append((index * step + self._seed * 997 + lead) % prime - prime // 2)
        return np.stack(columns, axis=1).astype(np.int16)


def make_source(plan: dict[str, Any]) -> Source:
    """The source of a plan ``{"kind": "counter" | "heart", "seed", "rate_hz", "leads"}``: always the same."""
    names, rate, seed = tuple(plan["leads"]), float(plan["rate_hz"]), int(plan["seed"])
    if plan["kind"] == "counter":
        return CounterSource(Layout(rate, tuple(Lead(name) for name in names)), seed)
    rhythm = Rhythm(rate_bpm=55 + seed * 7 % 60, pvc_per_hour=300)
    return HeartSource(Heart(Script((rhythm,)), layout_of(names, rate), seed), seed)
