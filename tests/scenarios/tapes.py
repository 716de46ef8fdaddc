"""Hearts of scenarios, played once and kept: every seed of a scenario has the same."""

from __future__ import annotations

import numpy as np

from einthoven.sim.scenario import Scenario, Wearer
from einthoven.sim.sources import HeartSource, Source

GROW_S = 900


class Tape:
    """A source that keeps what it gave."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept = source.samples(0, 0)
        self.layout, self.length, self.recording = source.layout, source.length, source.recording

    def samples(self, start: int, stop: int) -> np.ndarray:
        while stop > len(self._kept):
            more = len(self._kept) + round(GROW_S * self.layout.rate_hz)
            self._kept = np.concatenate([self._kept, self._source.samples(len(self._kept), more)])
        return self._kept[start:stop]


_TAPES: dict[tuple[str, str], Tape] = {}


def tape(scenario: Scenario, wearer: Wearer) -> Tape:
    """The heart of one wearer of a scenario."""
    key = (scenario.name, wearer.id)
    if key not in _TAPES:
        _TAPES[key] = Tape(HeartSource(scenario.heart(wearer), wearer.seed))
    return _TAPES[key]
