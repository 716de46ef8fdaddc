"""A heart with leads on it: int16 samples of any stretch, and what is true of them."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.sim.hearts import waves
from einthoven.sim.hearts.morphology import SPIKE_MV, WAVE_S, Body, add_wave, lead_matrix
from einthoven.sim.hearts.rhythm import Beats, Event
from einthoven.sim.hearts.script import RHYTHMS, Rhythm, Script

STRETCH_S = 2.0
"""Samples are made in fixed stretches of this length, so that how they are asked for changes nothing."""
_KEPT = 8
_SENSOR_MV = 0.006
_RUN_BEATS_MIN = 3
_RUN_GAP_S = 0.6


@dataclass(frozen=True, slots=True)
class RhythmSpan:
    """A rhythm under its WFDB label (``"(N"``, ``"(AFIB"``, ``"(VT"``, …) in samples ``[start, stop)``."""

    start: int
    stop: int
    label: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a stretch because it was made.

    Attributes:
        beats: (sample of the main deflection, WFDB symbol) in order; ``"x"`` is a P wave not conducted.
        rhythms: rhythm spans that touch the stretch, cut to it; three or more ventricular beats in a row at
            100/min or more are ``(VT`` within any rhythm.
        lead_off: (start, stop, lead names) of samples that are ``INVALID_SAMPLE``.
    """

    beats: list[tuple[int, str]]
    rhythms: list[RhythmSpan]
    lead_off: list[tuple[int, int, tuple[str, ...]]]


def layout_of(names: tuple[str, ...], rate_hz: float = 250.0, gain: float = 200.0) -> Layout:
    """A usual layout: these leads at one gain, 12 bits, baseline 0."""
    layout = Layout(rate_hz, tuple(Lead(name, gain=gain, resolution=12) for name in names))
    layout.check()
    return layout


class Heart:
    """An endless ECG made from a script.

    Args:
        script: what happens.
        layout: rate (100–1000 Hz) and leads; names must be in ``morphology.LEADS``.
        seed: the person; equal seeds give equal samples bit for bit.

    Raises:
        InputError: a lead that a simulated heart has not, or a layout out of range.
    """

    def __init__(self, script: Script, layout: Layout, seed: int) -> None:
        layout.check()
        self.layout = layout
        self.script = script
        self._seed = seed
        self._matrix = lead_matrix(layout.names)
        self._body = Body(seed)
        self._beats = Beats(script, seed)
        self._stretch = max(1, round(STRETCH_S * layout.rate_hz))
        self._made: OrderedDict[int, NDArray[np.int16]] = OrderedDict()

    def samples(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples ``[start, stop)``, int16[n, leads]; the same whatever was asked for before."""
        out = np.empty((max(0, stop - start), len(self.layout.leads)), dtype=np.int16)
        for index in range(start // self._stretch, (stop - 1) // self._stretch + 1 if stop > start else 0):
            first = index * self._stretch
            low, high = max(start, first), min(stop, first + self._stretch)
            out[low - start : high - start] = self._chunk(index)[low - first : high - first]
        return out

    def truth(self, start: int, stop: int) -> Truth:
        """What is true of samples ``[start, stop)``."""
        rate = self.layout.rate_hz
        events = self._beats.between(start / rate - 5.0, stop / rate + 5.0)
        beats = [(round(event.t * rate), event) for event in events if event.label]
        lead_off = []
        for item, at in self.script.disturbed(start / rate, stop / rate):
            low, high = max(start, round(at * rate)), min(stop, round((at + item.for_s) * rate))
            if item.kind == "lead_off" and low < high:
                lead_off.append((low, high, item.leads or self.layout.names))
        return Truth(
            beats=[(sample, event.label) for sample, event in beats if start <= sample < stop],
            rhythms=self._rhythms(start, stop, [event for _, event in beats]),
            lead_off=lead_off,
        )

    def _rhythms(self, start: int, stop: int, beats: list[Event]) -> list[RhythmSpan]:
        rate = self.layout.rate_hz
        runs = [(round(low * rate), round(high * rate)) for low, high in _runs(beats)]
        spans: list[RhythmSpan] = []
        t = start / rate
        while t < stop / rate:
            rhythm, _, end = self.script.passage(max(t, 0.0))
            last = stop if math.isinf(end) else min(stop, round(end * rate))
            at = start if not spans else spans[-1].stop
            for low, high in runs:
                if rhythm.kind != "vt" and low < last and high > at:
                    spans += _span(at, min(max(low, at), last), RHYTHMS[rhythm.kind])
                    spans += _span(max(low, at), min(high, last), "(VT")
                    at = min(high, last)
            spans += _span(at, last, RHYTHMS[rhythm.kind])
            t = end
        return _joined(spans)

    def _chunk(self, index: int) -> NDArray[np.int16]:
        made = self._made.get(index)
        if made is None:
            made = self._made[index] = self._make(index)
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return made

    def _make(self, index: int) -> NDArray[np.int16]:
        rate, first = self.layout.rate_hz, index * self._stretch
        t = np.arange(first, first + self._stretch) / rate
        vector = self._continuous(t)
        for event in self._beats.between(t[0] - WAVE_S, t[-1] + WAVE_S):
            for wave in self._body.waves(event):
                add_wave(vector, wave, first, rate)
            if event.shape == "spike":
                self._spike(vector, event.t, first)
        breath = waves.breathing(t, self._seed)
        vector *= (1.0 + 1.3 * breath)[:, None]
        sensor = waves.white(self._seed, index, 70, (self._stretch, len(self._matrix)))
        millivolts = vector @ self._matrix.T + _SENSOR_MV * sensor
        millivolts += breath[:, None] * (0.7 + 0.3 * np.cos(np.arange(len(self._matrix))))
        return self._converted(millivolts, t, index)

    def _continuous(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.zeros((len(t), 3))
        at = max(float(t[0]) - 1.0, 0.0)
        while at < t[-1] + 1.0:
            rhythm, start, end = self.script.passage(at)
            made = self._unbeaten(rhythm, t, start)
            if made is not None:
                out += made * waves.faded(t, start - 0.1, end + 0.1)[:, None]
            at = end
        return out

    def _unbeaten(self, rhythm: Rhythm, t: NDArray[np.float64], start: float) -> NDArray[np.float64] | None:
        if rhythm.kind == "afib":
            return waves.fibrillatory(t, self._seed)
        if rhythm.kind == "flutter":
            return waves.flutter(t, start)
        if rhythm.kind == "vf":
            return waves.ventricular_fibrillation(t, self._seed, start)
        return None

    def _spike(self, vector: NDArray[np.float64], at: float, first: int) -> None:
        """A pacing pulse: one to two samples up, then a small recharge of the other sign."""
        rate = self.layout.rate_hz
        place = math.floor(at * rate) - first
        width = max(1, round(0.002 * rate))
        if 0 <= place < len(vector):
            vector[place : place + width] += SPIKE_MV
        tail = np.arange(max(place + width, 0), min(place + width + round(0.02 * rate), len(vector)))
        if len(tail):
            fall = np.exp(-(tail - place) / (0.004 * rate))
            vector[tail] -= 0.25 * fall[:, None] * np.array(SPIKE_MV)

    def _converted(
        self, millivolts: NDArray[np.float64], t: NDArray[np.float64], index: int
    ) -> NDArray[np.int16]:
        rate, first = self.layout.rate_hz, index * self._stretch
        off = []
        for item, at in self.script.disturbed(float(t[0]), float(t[-1]) + 1 / rate):
            for lead, name in enumerate(self.layout.names):
                if item.leads and name not in item.leads:
                    continue
                if item.kind == "lead_off":
                    off.append((round(at * rate) - first, round((at + item.for_s) * rate) - first, lead))
                else:
                    millivolts[:, lead] += waves.disturbance(item, t, at, self._seed, index, lead)
        out = np.empty(millivolts.shape, dtype=np.int16)
        for number, lead_of in enumerate(self.layout.leads):
            half = 2 ** (lead_of.resolution - 1) - 1
            units = np.rint(millivolts[:, number] * lead_of.gain + lead_of.baseline)
            low, high = lead_of.adc_zero - half, lead_of.adc_zero + half
            out[:, number] = np.clip(units, max(low, -32767), min(high, 32767))
        for low, high, lead in off:
            out[max(0, low) : max(0, high), lead] = INVALID_SAMPLE
        return out


def _span(start: int, stop: int, label: str) -> list[RhythmSpan]:
    return [RhythmSpan(start, stop, label)] if start < stop else []


def _joined(spans: list[RhythmSpan]) -> list[RhythmSpan]:
    joined: list[RhythmSpan] = []
    for span in spans:
        if joined and joined[-1].label == span.label:
            joined[-1] = RhythmSpan(joined[-1].start, span.stop, span.label)
        else:
            joined.append(span)
    return joined


def _runs(beats: list[Event]) -> list[tuple[float, float]]:
    """Time spans of three or more ventricular beats in a row, each within 0.6 s of the one before."""
    runs: list[tuple[float, float]] = []
    row: list[float] = []
    for event in [*beats, None]:
        if event is not None and event.label == "V" and (not row or event.t - row[-1] <= _RUN_GAP_S):
            row.append(event.t)
            continue
        if len(row) >= _RUN_BEATS_MIN:
            runs.append((row[0], row[-1]))
        row = [event.t] if event is not None and event.label == "V" else []
    return runs
