"""Made-up signals for the fibrillation stage, 125 values a second in microvolts, and their streaming."""

from __future__ import annotations

import numpy as np

from einthoven.ecg.fibrillation import MODEL, finish, second
from einthoven.ecg.fibrillation_asystole import PAUSE_TOLD
from einthoven.ecg.fibrillation_layout import words
from einthoven.ecg.fibrillation_leads import CASE
from einthoven.ecg.findings import COLUMNS, fold
from einthoven.ecg.trees import load_forest

RATE = 125
RATE_HZ = 250.0
RING = 10 * RATE


def beating(seconds, bpm=75, seed=0, noise_uv=8.0, height_uv=1000.0):
    """(signal, seconds of the beats): QRS of 80 ms and a T wave."""
    rng = np.random.default_rng(seed)
    at = np.arange(int(seconds * RATE)) / RATE
    times = np.arange(0.4, seconds, 60 / bpm)
    wave = rng.normal(0, noise_uv, len(at))
    for time in times:
        for height, width, place in ((1.0, 0.012, 0.0), (-0.25, 0.012, 0.03), (0.25, 0.05, 0.26)):
            wave += height_uv * height * np.exp(-0.5 * ((at - time - place) / width) ** 2)
    return wave, times


def fibrillating(seconds, seed=0, height_uv=400.0):
    """A wandering oscillation of 4 to 6 Hz whose height comes and goes."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    smooth = np.ones(RATE) / RATE
    hertz = 5.0 + 6 * np.convolve(rng.normal(size=n + RATE - 1), smooth, "valid")
    height = 1 + 2 * np.convolve(rng.normal(size=n + RATE - 1), smooth, "valid")
    phase = np.cumsum(2 * np.pi * hertz / RATE)
    return height_uv * height * (np.sin(phase) + 0.25 * np.sin(1.7 * phase)) + rng.normal(0, 8, n)


def still(seconds, seed=0, noise_uv=3.0):
    """A silent heart: the noise of the amplifier, and a little drift."""
    rng = np.random.default_rng(seed)
    at = np.arange(int(seconds * RATE)) / RATE
    return rng.normal(0, noise_uv, len(at)) + 20 * np.sin(2 * np.pi * 0.2 * at)


class Streamer:
    """A stage fed second by second; ``state`` may be copied and put back at any time."""

    def __init__(self, leads, asystole_s=4.0, fibrillation_s=4.0):
        self.state = np.zeros(words(leads))
        self.ring = np.zeros((leads, RING), np.int16)
        self.second = 0
        self.rows = np.zeros((400, COLUMNS))
        self.n = 0
        self.limits = (fibrillation_s, asystole_s)
        forest = load_forest(MODEL)
        self.forest = (forest.feature, forest.threshold, forest.child, forest.root)

    def feed(self, values, quality, beat_s=0.0, paced=(), hearing=PAUSE_TOLD, lost=-1):
        """One second: float64[leads, RATE], quality codes, second of the last beat; else as in ``second``."""
        first = self.second * RATE
        self.ring[:, (first + np.arange(RATE)) % RING] = np.round(values)
        now = int((self.second + 1) * RATE_HZ)
        self.n = second(
            self.state,
            self.state.view(np.int64),
            self.second,
            now,
            RATE_HZ,
            self.ring,
            np.ones(len(self.ring)),
            first + RATE,
            float(RATE),
            np.asarray(quality, np.int64),
            int(beat_s * RATE_HZ),
            np.asarray(paced, np.uint8),
            hearing,
            lost,
            *self.limits,
            *self.forest,
            np.zeros(CASE),
            self.rows,
            self.n,
        )
        self.second += 1

    def run(self, leads, beats=(), quality=None):
        """Feed whole seconds of float64[leads, n]; a beat is known 0.4 s after it."""
        leads = np.atleast_2d(leads)
        for at in range(0, leads.shape[1] - RATE + 1, RATE):
            now = self.second + 1
            known = [time for time in beats if time <= now - 0.4]
            codes = [0] * len(leads) if quality is None else quality(self.second)
            self.feed(leads[:, at : at + RATE], codes, known[-1] if known else 0.0)
        return self.found()

    def finish(self):
        now = int(self.second * RATE_HZ)
        self.n = finish(self.state, self.state.view(np.int64), now, RATE_HZ, self.rows, self.n)
        return self.found()

    def found(self):
        """``(kind, start s, told s, end s or None)`` of each finding so far."""
        return [
            (
                f.kind.name,
                f.start / RATE_HZ,
                f.opened_told / RATE_HZ,
                None if f.end is None else f.end / RATE_HZ,
            )
            for f in fold(self.rows[: self.n])
        ]
