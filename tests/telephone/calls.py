"""Calls to try the receiver with: a made heart, played as a tone, through a line."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.telephone import g711
from einthoven.telephone.modulate import Playing, modulate
from einthoven.telephone.profiles import Profile, profile
from einthoven.telephone.quality import Summary
from einthoven.telephone.receiver import Closed, Event, Opened, Receiver, Samples, millivolts

F64 = NDArray[np.float64]
RATE = 8000
WAVES = (
    (-0.2, 0.12, 0.025),
    (-0.03, -0.1, 0.008),
    (0.0, 1.2, 0.010),
    (0.03, -0.25, 0.010),
    (0.28, 0.3, 0.05),
)
"""Of a beat: place in seconds, millivolts, width."""


def heart(seconds: float, rate: int = 250, beat_s: float = 0.83) -> F64:
    """Beats of millivolts, their distance a little uneven."""
    at = np.arange(round(seconds * rate)) / rate
    ecg = np.zeros(len(at))
    centre, number = 0.4, 0
    while centre < seconds + 1:
        for place, size, width in WAVES:
            ecg += size * np.exp(-0.5 * ((at - centre - place) / width) ** 2)
        centre += beat_s * (1 + 0.06 * np.sin(number))
        number += 1
    return ecg


def line(sound: F64, law: g711.Law = "mu") -> NDArray[np.int16]:
    """What comes out of a line."""
    return g711.decode(g711.encode((np.clip(sound, -1, 1) * 32767).astype(np.int16), law), law)


def call(
    ecg: F64, how: Playing | None = None, of: Profile | None = None, noise_db: float | None = None
) -> F64:
    """A strip between two silences."""
    played = how or Playing()
    sound = modulate(ecg, 250, of or profile("simulated"), RATE, played)
    sound = np.concatenate([np.zeros(RATE), sound, np.zeros(2 * RATE)])
    if noise_db is not None:
        size = played.level / np.sqrt(2) * 10 ** (-noise_db / 20)
        sound = sound + np.random.default_rng(7).normal(0, size, len(sound))
    return sound


@dataclass
class Strip:
    """A strip as it was told."""

    opened: Opened
    summary: Summary
    hz: F64
    flags: NDArray[np.uint8]
    mv: F64 | None = field(default=None)


def strips(events: list[Event]) -> list[Strip]:
    """Strips put together from events, each piece behind the one before."""
    found = []
    for opened in (one for one in events if isinstance(one, Opened)):
        parts = [one for one in events if isinstance(one, Samples) and one.strip == opened.strip]
        assert [part.first for part in parts] == np.cumsum([0] + [len(part.hz) for part in parts])[
            :-1
        ].tolist()
        closed = next(one for one in events if isinstance(one, Closed) and one.summary.number == opened.strip)
        hz = np.concatenate([np.zeros(0), *(part.hz for part in parts)])
        flags = np.concatenate([np.zeros(0, np.uint8), *(part.flags for part in parts)])
        assert len(hz) == closed.summary.samples
        found.append(Strip(opened, closed.summary, hz, flags, millivolts(hz, closed.summary.scale)))
    return found


def received(sound: NDArray, of: str | None = None, rate: int = RATE, cut: int = 1600) -> list[Strip]:
    receiver = Receiver(rate, profile(of) if of else None)
    events: list[Event] = []
    for at in range(0, len(sound), cut):
        events += receiver.feed(sound[at : at + cut])
    return strips(events + receiver.end())


def alike(ecg: F64, strip: Strip) -> tuple[float, float]:
    """Correlation and gain against the ECG that was sent, after the delay between them; gaps left out."""
    assert strip.mv is not None
    fine = 8
    places = np.arange(len(ecg) * fine) / fine
    sent = np.interp(places, np.arange(len(ecg)), ecg)
    got = np.interp(np.arange(len(strip.mv) * fine) / fine, np.arange(len(strip.mv)), strip.mv)
    there = np.repeat(strip.flags == 0, fine)
    # Whole samples first, then eighths around the best.
    coarse = max(range(-160 * fine, 161 * fine, fine), key=lambda lag: _at(lag, sent, got, there)[0])
    return max(_at(coarse + lag, sent, got, there) for lag in range(-fine, fine + 1))


def _at(lag: int, sent: F64, got: F64, there: NDArray[np.bool_]) -> tuple[float, float]:
    one, two = sent[max(0, -lag) :], got[max(0, lag) :]
    count = min(len(one), len(two))
    keep = there[max(0, lag) :][:count].copy()
    keep[:800] = keep[-800:] = False
    a, b = one[:count][keep] - one[:count][keep].mean(), two[:count][keep] - two[:count][keep].mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b))), float(a @ b / (a @ a))
