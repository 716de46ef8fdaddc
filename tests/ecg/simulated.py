"""Simulated hearts of a known rhythm, what the analysis says of them, and how the two compare."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.kinds import BY_NAME
from einthoven.sim.hearts.heart import Heart, Truth, layout_of
from einthoven.sim.hearts.script import Disturbance, Incident, Rhythm, Script

BEFORE_S, AFTER_S = 60.0, 30.0
"""Of sinus rhythm before a rhythm and after it."""


@dataclass(frozen=True)
class Case:
    """A heart: sinus rhythm, then ``kind`` for ``for_s`` seconds, then sinus rhythm again."""

    kind: str
    rate_bpm: float
    seed: int = 1
    for_s: float = 150.0
    leads: tuple[str, ...] = ("II", "V1")
    rate_hz: float = 250.0
    incidents: tuple[Incident, ...] = ()
    disturbances: tuple[Disturbance, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}-{self.rate_bpm:g}-{self.seed}-{'+'.join(self.leads)}-{self.rate_hz:g}"


@dataclass(frozen=True)
class Played:
    """A case with its truth and what was found."""

    rate_hz: float
    samples: int
    truth: Truth
    found: Analysis

    def kinds(self, priority: str | None = None) -> set[str]:
        """Names of what was found, of one priority or all; not quality."""
        names = {finding["kind"] for finding in self.found.findings}
        return {name for name in names if name in BY_NAME and priority in (None, BY_NAME[name].priority)}

    def spans(self, kind: str) -> list[tuple[float, float]]:
        """Onset and end in seconds of each finding of a kind."""
        return [(f["opened"], f["closed"]) for f in self.found.findings if f["kind"] == kind]

    def told_after(self, kind: str) -> list[float]:
        """Seconds from the onset of each finding of a kind to the step that told it."""
        return [f["evidence"]["told"] - f["opened"] for f in self.found.findings if f["kind"] == kind]

    def cells(self, changes: list[tuple[int, str]]) -> NDArray[np.str_]:
        """The rhythm in each tenth of a second."""
        tenths = np.full(int(self.samples / self.rate_hz * 10), "(N", "<U8")
        for (start, aux), (stop, _) in pairwise([*changes, (self.samples, "")]):
            tenths[int(start / self.rate_hz * 10) : int(stop / self.rate_hz * 10)] = aux
        return tenths

    def agreement(self, aux: str) -> tuple[float, float]:
        """Share of the true time in a rhythm that is told, and of the told time that is true."""
        true = self.cells([(span.start, span.label) for span in self.truth.rhythms]) == aux
        told = self.cells(self.found.rhythm) == aux
        if aux == "(VFIB":
            told = (
                self.cells(
                    [(0, "(N")]
                    + [c for s in self.found.fibrillation for c in ((s.start, aux), (s.stop, "(N"))]
                )
                == aux
            )
        both = float((true & told).sum())
        return both / max(1, true.sum()), both / max(1, told.sum())

    def beats(self) -> tuple[list[str], list[str]]:
        """Symbols of the true beats that have a found one within 150 ms, and of those found."""
        symbols = {1: "N", 5: "V", 6: "F", 9: "S", 12: "/", 13: "Q"}
        found = self.found.beats[self.found.beats["code"] != 16]
        pairs = []
        for sample, symbol in self.truth.beats:
            if symbol != "x" and len(found):
                near = int(np.argmin(np.abs(found["sample"] - sample)))
                if abs(int(found["sample"][near]) - sample) <= 0.15 * self.rate_hz:
                    pairs.append((symbol, symbols[int(found["code"][near])]))
        return [true for true, _ in pairs], [told for _, told in pairs]


@lru_cache(maxsize=64)
def played(case: Case) -> Played:
    """Play a case and analyse it."""
    stop = BEFORE_S + case.for_s
    script = Script(
        (Rhythm(), Rhythm(BEFORE_S, case.kind, case.rate_bpm), Rhythm(stop)),
        case.incidents,
        case.disturbances,
    )
    heart = Heart(script, layout_of(case.leads, case.rate_hz), case.seed)
    count = int((stop + AFTER_S) * case.rate_hz)
    found = analyze(heart.samples(0, count), heart.layout)
    return Played(case.rate_hz, count, heart.truth(0, count), found)
