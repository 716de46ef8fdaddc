"""The sounds of a simulated caller: a voice-like noise of our own, keys, the strip as a tone; 8000 a second.

The voice says nothing: harmonics of a throat through two resonances, in syllables. It is there so that a
receiver hears something between strips that is no strip.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.sim.caller_script import Playback, Trouble
from einthoven.sim.hearts.heart import Heart
from einthoven.telephone import g711
from einthoven.telephone.modulate import Playing, modulate
from einthoven.telephone.profiles import profile

RATE: Final = 8000
PACKET: Final = 160
"""Samples of a packet: 20 ms."""
LEVEL: Final = 0.35
KEY_S, KEY_PAUSE_S, KEY_LEVEL = 0.16, 0.12, 0.2
LOW, HIGH = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0)
KEYS: Final = "123A456B789C*0#D"
"""Keys row by row (ITU-T Q.23)."""
FORMANTS: Final = ((730.0, 1090.0), (270.0, 2290.0), (300.0, 870.0), (530.0, 1840.0))
"""Two resonances of four vowels, Hz (Peterson and Barney 1952, men)."""
SYLLABLE_S: Final = 0.22

F64 = NDArray[np.float64]


def silence(seconds: float) -> F64:
    """Nothing."""
    return np.zeros(round(seconds * RATE))


def voice(seconds: float, seed: int) -> F64:
    """Somebody speaks: syllables of vowels at a pitch that falls and rises, pauses between them."""
    chance = np.random.default_rng(seed)
    parts, length = [], 0
    while length < seconds * RATE:
        said = _vowel(SYLLABLE_S * chance.uniform(0.7, 1.6), chance)
        rest = silence(chance.choice([0.04, 0.06, 0.3]))
        parts += [said, rest]
        length += len(said) + len(rest)
    return np.concatenate([*parts, silence(0.0)])[: round(seconds * RATE)]


def _vowel(seconds: float, chance: np.random.Generator) -> F64:
    at = np.arange(round(seconds * RATE)) / RATE
    pitch = chance.uniform(95, 190) * (1 + 0.08 * np.sin(2 * np.pi * 3.0 * at + chance.uniform(0, 6)))
    phase = np.cumsum(pitch) / RATE
    told = np.zeros(len(at))
    resonances = FORMANTS[chance.integers(len(FORMANTS))]
    for harmonic in range(1, 24):
        hz = float(harmonic * pitch.mean())
        if hz > 3300.0:
            break
        size = sum(1.0 / (1.0 + ((hz - one) / 90.0) ** 2) for one in resonances) + 0.03
        told += size / harmonic**0.5 * np.sin(2 * np.pi * harmonic * phase)
    shape = np.sin(np.pi * np.minimum(1.0, at / seconds)) ** 0.5
    made: F64 = 0.3 * told / max(1e-9, float(np.abs(told).max())) * shape
    return made


def keys(digits: str) -> F64:
    """Keys one after the other, as two tones each."""
    at = np.arange(round(KEY_S * RATE)) / RATE
    parts: list[F64] = []
    for digit in digits:
        row, column = divmod(KEYS.index(digit), 4)
        tones = np.sin(2 * np.pi * LOW[row] * at) + np.sin(2 * np.pi * HIGH[column] * at)
        parts += [KEY_LEVEL * tones, silence(KEY_PAUSE_S)]
    return np.concatenate([silence(0.2), *parts])


def strip(heart: Heart, transmitter: str, how: Playback) -> F64:
    """A strip of a heart's first lead as its transmitter plays it."""
    rate, lead = heart.layout.rate_hz, heart.layout.leads[0]
    first = round(how.at_s * rate)
    stored = heart.samples(first, first + round(how.seconds * rate))[:, 0].astype(np.float64)
    played = Playing(speed=how.speed, level=LEVEL, calibration=how.calibration, upside_down=how.upside_down)
    return modulate((stored - lead.baseline) / lead.gain, rate, profile(transmitter), RATE, played)


def spoiled(sound: F64, trouble: Trouble, seed: int) -> F64:
    """The sound with the noise of a line, too loud where it is."""
    made = sound
    if trouble.noise_db is not None:
        size = LEVEL / np.sqrt(2.0) * 10.0 ** (-trouble.noise_db / 20.0)
        made = made + np.random.default_rng(seed).normal(0.0, size, len(made))
    return np.clip(made * trouble.clip, -1.0, 1.0)


def packets(sound: F64) -> list[bytes]:
    """µ-law, 20 ms each, the last filled up with silence."""
    whole = np.concatenate([sound, np.zeros(-len(sound) % PACKET)])
    data = g711.encode(np.round(np.clip(whole, -1.0, 1.0) * 32767.0).astype(np.int16), "mu").tobytes()
    return [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
