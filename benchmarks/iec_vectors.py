"""What the live analysis says of the signals of IEC 60601-2-27: ``python -m benchmarks.iec_vectors``, JSON.

``docs/iec-vectors.md`` shows the figures. They are measurements; no conformity to the standard is claimed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from benchmarks.iec_signals import alternating, converted, ecg, evenly, layout, pulses

from einthoven.base.thresholds import shipped
from einthoven.ecg.bay import Bay, judges_of
from einthoven.ecg.beats import beat_rows, beats_of, last_told
from einthoven.ecg.findings import COLUMNS, Fold

WITHIN = 0.05
"""A new rate is reached when the reading is within so much of it, and stays there."""


TACHYCARDIAS = (
    "ventricular-tachycardia",
    "nonsustained-ventricular-tachycardia",
    "sustained-ventricular-tachycardia",
    "torsade-de-pointes",
    "ventricular-flutter",
    "ventricular-fibrillation",
)


@dataclass(frozen=True)
class Watched:
    """What a monitor showed and told, second by second.

    Attributes:
        rates: the heart rate at the end of each second, NaN where none was shown.
        beats: samples of the beats found.
        findings: what was told, the withdrawn ones left out.
        rate_hz: sampling rate.
    """

    rates: np.ndarray
    beats: np.ndarray
    findings: list
    rate_hz: float

    def told(self, *kinds):
        """Second at which the first of these kinds was told; None when none was."""
        times = [f.opened_told / self.rate_hz for f in self.findings if f.kind.name in kinds]
        return min(times) if times else None

    def reached(self, rate_bpm, since_s):
        """Seconds from ``since_s`` until the reading is near a rate for good; None when it never is."""
        far = np.abs(self.rates[int(since_s) :] - rate_bpm) > WITHIN * rate_bpm
        far |= np.isnan(self.rates[int(since_s) :])
        if far[-1]:
            return None
        return float(np.flatnonzero(far)[-1] + 2) if far.any() else 1.0


def watch(samples, plan):
    """Feed samples second by second, as they come."""
    bay = Bay(plan.rate_mhz, len(plan.leads), slots=1, judges=judges_of(shipped()))
    slot, one, told, rows, rates = bay.take(plan), np.ones(1, np.int64), [], [], []
    flat, leads = np.ascontiguousarray(samples).reshape(-1), len(plan.leads)
    edges = np.arange(0, len(samples) + 1, int(plan.rate_hz))
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        rows.append(
            bay.advance(one * slot, flat, one * start * leads, one * start, one * (stop - start), told=told)
        )
        rates.append(float(bay.rates(one * slot)[0]))
    known = Fold()
    for part in told:
        known.add(part[:, :COLUMNS])
    beats = beats_of(last_told(beat_rows(np.concatenate(rows))))
    found = beats["sample"][beats["code"] != 16]
    return Watched(np.array(rates), found, known.findings(), plan.rate_hz)


def show(millivolts, rate_hz=250.0):
    """Watch one signal."""
    return watch(converted(millivolts), layout(rate_hz))


def accuracy(rate_bpm, width_s=0.08, height_mv=1.0, rate_hz=250.0):
    """The reading after 30 s of an even rhythm."""
    t_mv = 0.2 * height_mv if rate_bpm <= 180 else 0.0
    signal = ecg(evenly(rate_bpm, 30), 30, rate_hz, height_mv, width_s, t_mv)
    return float(show(signal, rate_hz).rates[-1])


def early(coupling_s):
    """The reading at 120 a minute, every other beat wide and so soon behind a narrow one."""
    times = alternating(coupling_s, 1.0 - coupling_s, 40)
    return float(show(ecg(times, 40, wide=np.arange(len(times)) % 2 == 1)).rates[-1])


def irregular(name):
    """Mean reading from 20 s on, and its span, of one of the four irregular rhythms."""
    seconds, t = 60, None
    if name == "ventricular bigeminy":
        t = alternating(0.5, 1.0, seconds)
    elif name == "slow alternating bigeminy":
        t = alternating(0.7, 1.3, seconds)
    elif name == "rapid alternating bigeminy":
        t = alternating(0.44, 0.56, seconds)
    if t is None:
        t = evenly(90, seconds)
        signal = ecg(t, seconds, width_s=0.12, polarity=np.where(np.arange(len(t)) % 2, -1.0, 1.0), t_mv=0.15)
    else:
        signal = ecg(t, seconds, wide=np.arange(len(t)) % 2 == 1)
    rates = show(signal).rates[20:]
    return float(rates.mean()), float(rates.min()), float(rates.max())


def step(before_bpm, after_bpm):
    """Seconds from a change of rate to the reading."""
    first = evenly(before_bpm, 30.3)
    then = np.arange(first[-1] + 60.0 / after_bpm, 64.7, 60.0 / after_bpm)
    watched = show(ecg(np.concatenate([first, then]), 65))
    return watched.reached(after_bpm, first[-1])


def tall_t(t_mv):
    """The reading at 80 a minute with a QRS complex of 1 mV and 100 ms, QT 350 ms, and this T wave."""
    return float(show(ecg(evenly(80, 40), 40, width_s=0.1, t_mv=t_mv)).rates[-1])


def disturbed(kind):
    """The reading at 80 a minute with a drifting baseline or with mains."""
    seconds, rate_hz = 40, 250.0
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    signal = ecg(evenly(80, seconds), seconds, rate_hz, height_mv=0.5 if kind == "drift" else 1.0)
    if kind == "drift":
        signal = signal + 4.0 * np.abs((0.1 * at) % 1.0 * 2 - 1) - 2.0
    else:
        signal = signal + 0.1 * np.sin(2 * np.pi * (50 if kind == "mains 50" else 60) * at)
    return float(show(signal, rate_hz).rates[-1])


def paced(height_mv, width_ms, kind, overshoot_mv=0.0, rate_hz=500.0, tail_ms=4.0):
    """The reading: pulses at 60 a minute that capture, at 80 that do not (own rhythm 30), in standstill.

    Returns the reading 20 s after the heart stopped, or at the end; NaN where none is shown.
    """
    seconds = 40
    at_pulse = evenly(80 if kind == "ineffective" else 60, seconds, 0.53)
    if kind == "standstill":
        signal = ecg(evenly(70, 20), seconds, rate_hz)
    elif kind == "effective":
        signal = ecg(at_pulse + 0.07, seconds, rate_hz, width_s=0.12)
    else:
        signal = ecg(evenly(30, seconds), seconds, rate_hz)
    signal = signal + pulses(at_pulse, seconds, rate_hz, height_mv, width_ms, overshoot_mv, tail_ms)
    return float(show(signal, rate_hz).rates[-1])


def asystole():
    """Seconds from the last beat of a rhythm to the alarm."""
    times = evenly(80, 30)
    watched = show(ecg(times, 50))
    told = watched.told("asystole")
    return None if told is None else told - times[-1]


def extreme(after_bpm):
    """Seconds from a change from 80 a minute to the alarm of an extreme rate."""
    first = evenly(80, 30.3)
    then = np.arange(first[-1] + 60.0 / after_bpm, 59.7, 60.0 / after_bpm)
    watched = show(ecg(np.concatenate([first, then]), 60))
    told = watched.told("extreme-bradycardia" if after_bpm < 80 else "extreme-tachycardia")
    return None if told is None else told - first[-1]


def tachycardia(name, gain):
    """Seconds from the first beat of a ventricular tachycardia to its alarm: 1 mV at 206, 2 mV at 195."""
    rate, size = (206, 1.0) if name == "a" else (195, 2.0)
    first = evenly(80, 30.3)
    then = np.arange(first[-1] + 0.45, 44.7, 60.0 / rate)
    seconds, rate_hz = 45, 250.0
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    signal = ecg(first, seconds, rate_hz)
    for time in then:
        # One wave runs into the next: a broad upstroke, a broader swing below the line.
        turn = 2 * np.pi * (at - time) * rate / 60.0
        signal += np.where(np.abs(turn) < np.pi, 0.62 * size * (np.cos(turn) + 0.3 * np.cos(2 * turn)), 0.0)
    watched = show(signal * gain, rate_hz)
    told = watched.told(*TACHYCARDIAS)
    return None if told is None else told - then[0]


RATES = (30, 40, 60, 80, 120, 180, 200, 240, 260, 280, 300, 320)
COUPLINGS = (0.30, 0.34, 0.38, 0.40, 0.42)
HEIGHTS = (0.5, 1.0, 2.0, 5.0)
WIDTHS = (0.04, 0.07, 0.1, 0.12)
IRREGULAR = {
    "ventricular bigeminy": 80,
    "slow alternating bigeminy": 60,
    "rapid alternating bigeminy": 120,
    "bidirectional": 90,
}
HEIGHTS_MV, WIDTHS_MS = (2.0, 50.0, 700.0), (0.1, 0.5, 2.0)
PULSES = tuple((sign * height, width) for height in HEIGHTS_MV for width in WIDTHS_MS for sign in (1, -1))
PACED = ("effective", "ineffective", "standstill")


def tail_of(height_mv, overshoot):
    """Height of the slow tail of the other sign behind a pulse: a tenth, 2 mV at the most."""
    return min(0.1 * abs(height_mv), 2.0) if overshoot else 0.0


def pacer(overshoot):
    """Readings for every pulse, with or without a slow tail of the other sign, up to 2 mV."""
    found = {}
    for kind in PACED:
        for height, width in PULSES:
            name = f"{kind} {height:g} mV {width:g} ms"
            found[name] = paced(height, width, kind, tail_of(height, overshoot), tail_ms=50.0)
    return found


def alarms():
    """Seconds to each alarm."""
    found = {"asystole": asystole(), "80 to 160": extreme(160), "80 to 30": extreme(30)}
    for name in "ab":
        for gain in (0.5, 1, 2):
            found[f"ventricular tachycardia {name}, gain {gain:g}"] = tachycardia(name, gain)
    return found


def measured():
    """Every figure."""
    return {
        "rate": {rate: accuracy(rate) for rate in RATES},
        "rate_by_qrs": {
            f"{height:g} mV {1000 * width:.0f} ms": accuracy(80, width, height)
            for height in HEIGHTS
            for width in WIDTHS
        },
        "fast_by_qrs": {
            f"{rate} {1000 * width:.0f} ms": accuracy(rate, width)
            for rate in (260, 280, 300, 320)
            for width in (0.04, 0.12)
        },
        "early_wide": {f"{coupling:g} s": early(coupling) for coupling in COUPLINGS},
        "irregular": {name: irregular(name) for name in IRREGULAR},
        "step_s": {"80 to 120": step(80, 120), "80 to 40": step(80, 40)},
        "tall_t": {t: tall_t(t) for t in (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4)},
        "disturbed": {kind: disturbed(kind) for kind in ("drift", "mains 50", "mains 60")},
        "pacer": pacer(False),
        "pacer_overshoot": pacer(True),
        "alarm_s": alarms(),
    }


if __name__ == "__main__":
    print(json.dumps(measured(), indent=1))
