"""Made-up irregular rhythms that are no fibrillation: there are too few of them among the recorded hearts.

Ectopic beats at random and in runs, repeated patterns, flutter with changing block, Wenckebach's periods.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Draw = np.random.Generator
LEAST_MS, MOST_MS = 210.0, 2900.0


def sinus(draw: Draw, n: int) -> F64:
    """Slow drift and breathing."""
    mean, drift = draw.uniform(480, 1150), draw.uniform(0.005, 0.03) * 0.44
    breath, period = draw.uniform(0, 0.06), draw.uniform(3, 7)
    slow, phase = 0.0, 0.0
    out = np.zeros(n)
    for index in range(n):
        slow = 0.9 * slow + draw.normal(0, drift)
        phase += 2 * np.pi / period * draw.uniform(0.8, 1.2)
        out[index] = mean * (1 + slow + breath * np.sin(phase))
    return out


def ectopy(draw: Draw, n: int) -> F64:
    """Premature beats, single, in runs or in bigeminy, each followed by a pause."""
    base = sinus(draw, n)
    often, coupling, scatter = draw.uniform(0.02, 0.35), draw.uniform(0.5, 0.8), draw.uniform(0.01, 0.06)
    run, again = float(draw.choice([0, 0, 0.3, 0.5])), float(draw.choice([0, 0, 0.5, 0.8]))
    pause = draw.uniform(0.95, 1.35)
    out: list[float] = []
    ectopic = False
    for beat in base:
        if draw.random() < (max(often, again) if ectopic else often):
            out.append(beat * (coupling + draw.normal(0, scatter)))
            while draw.random() < run:
                out.append(beat * (coupling + draw.normal(0, scatter)))
            out.append(beat * (pause + draw.normal(0, 0.02)))
            ectopic = True
        else:
            out.append(beat)
            ectopic = ectopic and draw.random() >= 0.5
    return np.array(out[:n])


def pattern(draw: Draw, n: int) -> F64:
    """One to three patterns of two to seven intervals in turn, now and then with a beat left out."""
    mean, stay = draw.uniform(480, 950), draw.uniform(0.6, 0.98)
    jitter, left_out = draw.uniform(0.005, 0.03), draw.uniform(0, 0.12)
    kinds = [draw.uniform(0.5, 1.35, draw.integers(2, 8)) for _ in range(draw.integers(1, 4))]
    out: list[float] = []
    now = 0
    while len(out) < n:
        if draw.random() > stay:
            now = int(draw.integers(len(kinds)))
        for value in kinds[now] / kinds[now].mean():
            if draw.random() >= left_out:
                out.append(mean * value * (1 + draw.normal(0, jitter)))
    return np.array(out[:n])


def flutter(draw: Draw, n: int) -> F64:
    """Whole numbers of a fast atrial cycle."""
    cycle, stay, jitter = draw.uniform(180, 330), draw.uniform(0.2, 0.9), draw.uniform(5, 20)
    ratios = draw.choice([2, 3, 4, 5], draw.integers(1, 4), replace=False)
    now = ratios[0]
    out = np.zeros(n)
    for index in range(n):
        if draw.random() > stay:
            now = draw.choice(ratios)
        out[index] = now * cycle + draw.normal(0, jitter)
    return out


def wenckebach(draw: Draw, n: int) -> F64:
    """Intervals that shorten until a beat is dropped."""
    cycle, jitter = draw.uniform(400, 900), draw.uniform(0.005, 0.02)
    least = int(draw.integers(3, 6))
    most = least + int(draw.integers(1, 4))
    out: list[float] = []
    while len(out) < n:
        steps = int(draw.integers(least, most)) - 2
        longer = draw.uniform(0.1, 0.25) / np.arange(1, steps + 1) ** draw.uniform(0.8, 1.5)
        periods = [*(1 + longer), 2 - longer.sum()]
        out += [cycle * period * (1 + draw.normal(0, jitter)) for period in periods]
    return np.array(out[:n])


MIXTURE: tuple[tuple[Callable[[Draw, int], F64], int], ...] = (
    (ectopy, 120),
    (pattern, 120),
    (flutter, 60),
    (wenckebach, 60),
)


def simulated(seed: int = 7, intervals: int = 200) -> list[F64]:
    """Rows of intervals in ms, none of them fibrillation."""
    draw = np.random.default_rng(seed)
    return [
        np.clip(np.rint(make(draw, intervals)), LEAST_MS, MOST_MS)
        for make, count in MIXTURE
        for _ in range(count)
    ]
