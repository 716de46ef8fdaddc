"""Sounds of a call that are no strip, made by arithmetic: voices, dialling, music, fax, whistling.

Nothing is recorded: a voice is a pulse train through moving formants (Klatt 1980), syllable by syllable.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
RATE = 8000
VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
    (440, 1020, 2240),
)
DIGITS = {
    digit: (row, column)
    for row, line in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for column, digit in zip((1209, 1336, 1477, 1633), line, strict=True)
}


def tone(hz: float | F64, seconds: float, level: float = 0.3) -> F64:
    at = np.broadcast_to(np.asarray(hz, np.float64), (round(seconds * RATE),))
    return level * np.sin(2 * np.pi * np.cumsum(at) / RATE)


def silence(seconds: float) -> F64:
    return np.zeros(round(seconds * RATE))


def faded(sound: F64, seconds: float = 0.01) -> F64:
    edge = np.minimum(
        1, np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / max(1, seconds * RATE)
    )
    return sound * edge


def resonated(sound: F64, hz: float, width: float) -> F64:
    from scipy.signal import lfilter

    radius = np.exp(-np.pi * width / RATE)
    return lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * hz / RATE), radius * radius], sound)


def syllable(rng: np.random.Generator, pitch: float) -> F64:
    """A vowel with pitch and formants on the move, or a fricative."""
    seconds = rng.uniform(0.08, 0.45)
    count = round(seconds * RATE)
    if rng.random() < 0.2:
        return faded(0.1 * resonated(rng.normal(0, 1, count), rng.uniform(1800, 3400), 400), 0.02)
    bend = pitch * (1 + rng.uniform(-0.2, 0.2) * np.linspace(0, 1, count))
    phase = np.cumsum(bend) / RATE
    source = np.diff(np.floor(phase), prepend=0) + 0.02 * rng.normal(0, 1, count)
    formants = VOWELS[rng.integers(len(VOWELS))]
    made = sum(resonated(source, hz, 60 + hz / 25) for hz in formants)
    return faded(0.5 * made / max(1e-9, float(np.abs(made).max())), 0.02)


def voice(rng: np.random.Generator, seconds: float) -> F64:
    pitch, parts, total = rng.uniform(90, 280), [], 0.0
    while total < seconds:
        parts.append(syllable(rng, pitch * rng.uniform(0.85, 1.2)))
        if rng.random() < 0.25:
            parts.append(silence(rng.uniform(0.05, 0.7)))
        total = sum(map(len, parts)) / RATE
    return np.concatenate(parts)[: round(seconds * RATE)]


def dialled(rng: np.random.Generator, seconds: float) -> F64:
    parts, keys = [], list(DIGITS)
    while sum(map(len, parts)) < seconds * RATE:
        low, high = DIGITS[keys[rng.integers(len(keys))]]
        held = rng.uniform(5, 9) if rng.random() < 0.05 else rng.uniform(0.05, 0.4)
        parts += [
            tone(low, held, 0.25) + tone(high, held, 0.25 * rng.uniform(0.7, 1.4)),
            silence(rng.uniform(0.05, 0.5)),
        ]
    return np.concatenate(parts)[: round(seconds * RATE)]


def note(rng: np.random.Generator, hz: float, seconds: float, partials: int, vibrato: float) -> F64:
    at = np.arange(round(seconds * RATE)) / RATE
    moved = 1 + vibrato * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * at)
    parts = [
        tone(hz * number * moved, seconds, 0.3 / number ** rng.uniform(0.8, 2))
        for number in range(1, partials + 1)
        if hz * number < 3600
    ]
    made = np.sum(parts, axis=0) if parts else np.zeros(len(at))
    return faded(made * np.exp(-at * rng.choice([0.0, 0.5, 3.0])), 0.015)


def music(rng: np.random.Generator, seconds: float) -> F64:
    """Melodies and chords, from flutes of one partial to strings of many, high and low."""
    parts: list[F64] = []
    partials = int(rng.choice([1, 1, 2, 3, 6, 10]))
    vibrato = float(rng.choice([0.0, 0.003, 0.01, 0.02]))
    base, chord = float(rng.choice([110, 220, 440, 880, 1500])), int(rng.choice([1, 1, 3, 4]))
    while sum(map(len, parts)) < seconds * RATE:
        held = float(rng.choice([0.12, 0.25, 0.5, 1.0, 2.0, 4.0]))
        steps = rng.choice([0, 2, 4, 5, 7, 9, 11, 12], chord, replace=False)
        parts.append(
            np.sum([note(rng, base * 2 ** (step / 12), held, partials, vibrato) for step in steps], axis=0)
            / chord
        )
    return np.concatenate(parts)[: round(seconds * RATE)]


def whistled(rng: np.random.Generator, seconds: float) -> F64:
    parts: list[F64] = []
    hz = rng.uniform(1200, 2200)
    while sum(map(len, parts)) < seconds * RATE:
        held, to = rng.uniform(0.2, 1.5), float(np.clip(hz * rng.uniform(0.8, 1.25), 900, 2600))
        count = round(held * RATE)
        path = np.linspace(hz, to, count) if rng.random() < 0.5 else np.full(count, to)
        path = path * (1 + 0.006 * np.sin(2 * np.pi * 5.5 * np.arange(count) / RATE))
        parts += [faded(tone(path, held), 0.03), silence(rng.choice([0.0, 0.02, 0.3]))]
        hz = to
    return np.concatenate(parts)[: round(seconds * RATE)]


def ringing(rng: np.random.Generator, seconds: float) -> F64:
    """Dial tone, ring back, busy, as of North America and Europe (ITU-T E.180)."""
    pairs = (
        ((440, 480), 2, 4),
        ((425,), 1, 4),
        ((350, 440), 8, 0.1),
        ((480, 620), 0.5, 0.5),
        ((425,), 0.2, 0.2),
    )
    tones, on, off = pairs[rng.integers(len(pairs))]
    one = np.concatenate([np.sum([tone(hz, on, 0.2) for hz in tones], axis=0), silence(off)])
    return np.resize(one, round(seconds * RATE))


def fax(rng: np.random.Generator, seconds: float) -> F64:
    """Calling and answer tones, then V.21 at 300 bit/s: 1650 and 1850 Hz (ITU-T T.30, V.21)."""
    bits = np.repeat(rng.integers(0, 2, 300 * 4), RATE // 300 + 1)
    data = tone(np.where(bits, 1650.0, 1850.0), len(bits) / RATE)
    flags = np.repeat(np.resize([0, 1, 1, 1, 1, 1, 1, 0], 600), RATE // 300 + 1)
    head = tone(np.where(flags, 1650.0, 1850.0), len(flags) / RATE)
    one = [
        tone(1100, 0.5),
        silence(3),
        tone(2100, 3.3),
        silence(0.075),
        head,
        data,
        silence(1),
        0.2 * rng.normal(0, 0.5, 5 * RATE),
    ]
    return np.resize(np.concatenate(one), round(seconds * RATE))


def noise(rng: np.random.Generator, seconds: float) -> F64:
    return rng.normal(0, rng.uniform(0.005, 0.2), round(seconds * RATE))


def speech_noise(rng: np.random.Generator, seconds: float) -> F64:
    """Noise with the long-term spectrum of speech, falling by 9 dB an octave from 500 Hz, in its rhythm."""
    from scipy.signal import lfilter

    count = round(seconds * RATE)
    shaped = lfilter([0.3], [1, -1.1, 0.4], rng.normal(0, 1, count))
    slow = lfilter([0.0005], [1, -0.9995], np.abs(rng.normal(0, 1, count)) ** 3)
    loud = slow / max(1e-9, float(slow.max()))
    return rng.uniform(0.05, 0.5) * shaped * loud / max(1e-9, float(np.abs(shaped * loud).max()))


def quiet(rng: np.random.Generator, seconds: float) -> F64:
    """A line on which nobody speaks: nothing at all, or the noise of its last bit."""
    return rng.choice([0.0, 1e-4, 1e-3]) * rng.normal(0, 1, round(seconds * RATE))


KINDS: dict[str, Callable[[np.random.Generator, float], F64]] = {
    "voice": voice, "dialled": dialled, "music": music, "whistled": whistled, "ringing": ringing, "fax": fax,
    "noise": noise, "speech_noise": speech_noise, "quiet": quiet,
}  # fmt: skip
