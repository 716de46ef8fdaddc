"""Synthetic signals after IEC 60601-2-27, as a converter with an ordinary front end shows them.

The standard's own figures are not at hand; what is known of them are the numbers that devices state against
it (rates, heights, widths, pulses). From these the signals are built: a QRS complex is a triangle of the
stated base, a T wave half a sine, ventricular beats are triangles of 160 ms pointing the other way. Every
signal has 5 µV of noise, as any amplifier.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from einthoven.base.layout import Layout, Lead

GAIN = 200.0
RANGE_MV = 10.0
NOISE_MV = 0.005
PULSE_HZ = 50_000.0


def layout(rate_hz=250.0, leads=("II", "V1")):
    """Leads at 200 units a millivolt, ± 10 mV."""
    return Layout(rate_hz, tuple(Lead(name, GAIN, resolution=12) for name in leads))


def evenly(rate_bpm, seconds, first=0.5):
    """Times of beats at one rate."""
    return np.arange(first, seconds - 0.3, 60.0 / rate_bpm)


def alternating(short_s, long_s, seconds, first=0.5):
    """Times of beats at two intervals in turn."""
    steps = np.tile([short_s, long_s], int(seconds / (short_s + long_s)) + 2)
    times = first + np.concatenate([[0.0], np.cumsum(steps)])
    return times[times < seconds - 0.3]


def ecg(times, seconds, rate_hz=250.0, height_mv=1.0, width_s=0.08, t_mv=0.2, polarity=None, wide=None):
    """Millivolts of one lead.

    Args:
        times: middles of the QRS complexes, seconds.
        height_mv, width_s: of the QRS complex. t_mv: of the T wave.
        polarity: one factor a beat. wide: one flag a beat, ventricular ones.
    """
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    out = np.zeros(len(at))
    for index, time in enumerate(times):
        ventricular = wide is not None and wide[index]
        base = 0.16 if ventricular else width_s
        size = height_mv * (-1.2 if ventricular else 1.0) * (1.0 if polarity is None else polarity[index])
        out += size * np.maximum(0.0, 1.0 - np.abs(at - time) / (base / 2))
        phase = (at - (time - base / 2) - 0.17) / 0.18
        out += (-t_mv if ventricular else t_mv) * np.where(
            (phase > 0) & (phase < 1), np.sin(np.pi * phase), 0
        )
    return out


def pulses(times, seconds, rate_hz, height_mv, width_ms, overshoot_mv=0.0, tail_ms=4.0):
    """Pacemaker pulses behind a front end of 150 Hz (less at slow sampling), millivolts.

    Args:
        height_mv, width_ms: of the pulse at the electrodes.
        overshoot_mv: of the other sign behind it, falling with a time constant of ``tail_ms``.
    """
    out = np.zeros(int(seconds * rate_hz))
    low_pass = butter(4, min(150.0, 0.4 * rate_hz), fs=PULSE_HZ, output="sos")
    for time in times:
        start = int((time - 0.005) * rate_hz)
        fine = np.arange(int(0.3 * PULSE_HZ)) / PULSE_HZ + start / rate_hz
        since = fine - time
        wave = np.where((since >= 0) & (since < width_ms / 1000), height_mv, 0.0)
        behind = since - width_ms / 1000
        tail = np.exp(-np.maximum(behind, 0) * 1000 / tail_ms)
        wave -= np.where(behind >= 0, np.sign(height_mv) * overshoot_mv * tail, 0.0)
        shown = np.interp(
            np.arange(int(0.29 * rate_hz)) / rate_hz + start / rate_hz, fine, sosfilt(low_pass, wave)
        )
        stop = min(len(out), start + len(shown))
        out[start:stop] += shown[: stop - start]
    return out


def converted(millivolts, second_lead=0.7, seed=1):
    """int16[n, 2]: the signal, and a second lead that sees it smaller."""
    chance = np.random.default_rng(seed)
    both = np.stack([millivolts, second_lead * millivolts], axis=1)
    both += chance.normal(0, NOISE_MV, both.shape)
    return np.round(np.clip(both, -RANGE_MV, RANGE_MV) * GAIN).clip(-2047, 2047).astype(np.int16)
