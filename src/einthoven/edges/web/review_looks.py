"""Single beats as they look, read once: relabelling asks for the same ones again; on a reading thread."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.review_beats import Asked
from einthoven.edges.web.stored import Damage, whole_window
from einthoven.reports.review_shapes import Family, window

F32 = NDArray[np.float32]
KEPT: Final = 10_000
"""Beats kept, of all patients: fifteen megabytes of two leads."""


class Looks:
    """The ECG around beats, the longest unused given up first.

    Args:
        deps: the store.
    """

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        self._kept: OrderedDict[tuple[StreamId, int], F32] = OrderedDict()

    def at(self, want: Asked, family: Family) -> F32:
        """float32[members, points, leads], about each lead's zero; NaN where nothing was measured."""
        before, after = window(want.layout.rate_hz)
        out = np.full((len(family.seen), before + after, len(want.layout.leads)), np.nan, np.float32)
        for place, sample in enumerate(family.seen.tolist()):
            out[place] = self._one(want, sample, before, after)
        return out

    def _one(self, want: Asked, sample: int, before: int, after: int) -> F32:
        key = want.stream, sample
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._read(want, sample - before, sample + after)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return kept

    def _read(self, want: Asked, low: int, stop: int) -> F32:
        leads = want.layout.leads
        out = np.full((stop - low, len(leads)), np.nan, np.float32)
        found = whole_window(
            self._deps.reader, want.stream, len(leads), max(0, low), stop, Damage(reads_left=0)
        )
        values = found.samples.astype(np.float32)
        values[found.samples == INVALID_SAMPLE] = np.nan
        out[max(0, low) - low :] = values - np.array([lead.baseline for lead in leads], np.float32)
        return out
