"""The ear of one call: what its line told, as strips and digits with center time; off the event loop (R6).

What it tells depends on the parts alone, not on how they were cut: a call that is read again after a kill
gives the same strips, sample for sample.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import SECOND, Instant
from einthoven.center.call_world import Part
from einthoven.telephone import g711
from einthoven.telephone.dtmf import Dialled
from einthoven.telephone.profiles import Profile
from einthoven.telephone.quality import Summary
from einthoven.telephone.receiver import Closed, Event, Opened, Receiver, Samples

RATE: Final = 8000
SAME_KEY_S: Final = 1.5
"""A key that the line tells and the same one heard in the sound so near to it are one press."""


@dataclass(frozen=True, slots=True)
class Began:
    """A strip is coming: its number, center time of its first sound, the tone's centre."""

    strip: int
    at: Instant
    centre_hz: float


@dataclass(frozen=True, slots=True)
class Whole:
    """A strip is complete."""

    summary: Summary
    opened_at: Instant
    closed_at: Instant


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key of the patient's telephone, however it was told."""

    digit: str


Heard: TypeAlias = Began | Samples | Whole | Pressed


class CallEar:
    """Takes the parts of one call.

    Args:
        profile: of the caller's recorder, where it is known.
        rate: samples a second; 8000 of a line.
        began: when the call came, for sound whose parts have no times of their own.
    """

    def __init__(self, profile: Profile | None, rate: int = RATE, began: Instant = 0) -> None:
        self._rate = rate
        self._receiver, self._dialled = Receiver(rate, profile), Dialled(rate)
        self._begins: list[int] = []
        self._times: list[Instant] = []
        self._began = began
        self._taken = 0
        self._keys: list[tuple[str, float, bool]] = []

    def take(self, parts: Sequence[Part]) -> list[Heard]:
        """The next parts."""
        told: list[Heard] = []
        for part in parts:
            if part.kind == "key":
                told += self._key(part.data.decode("ascii", "replace"), self._taken / self._rate, line=True)
                continue
            self._begins.append(self._taken)
            self._times.append(part.at)
            if part.kind == "lost":
                told += self._told(self._receiver.lose(part.count))
                told += self._dial(np.zeros(min(part.count, self._rate)))
                self._taken += part.count
                continue
            law: g711.Law = "mu" if part.kind == "mu" else "a"
            told += self.sound(g711.decode(part.data, law) / 32768.0)
        return told

    def sound(self, sound: NDArray[np.float64]) -> list[Heard]:
        """Sound within ±1."""
        self._taken += len(sound)
        return [*self._told(self._receiver.feed(sound)), *self._dial(sound)]

    def end(self) -> list[Heard]:
        """The call is over."""
        return self._told(self._receiver.end())

    def _dial(self, sound: NDArray[np.float64]) -> list[Heard]:
        return [
            one for key in self._dialled.feed(sound) for one in self._key(key.digit, key.at_s, line=False)
        ]

    def _key(self, digit: str, at_s: float, line: bool) -> list[Heard]:
        """One press counts once: told by the line as an event, and heard in the sound as well."""
        for number, (other, when, by_line) in enumerate(self._keys):
            if other == digit and by_line != line and abs(when - at_s) <= SAME_KEY_S:
                del self._keys[number]
                return []
        self._keys.append((digit, at_s, line))
        return [Pressed(digit)]

    def _told(self, events: Sequence[Event]) -> list[Heard]:
        return [self._dated(event) for event in events]

    def _dated(self, event: Event) -> Heard:
        match event:
            case Opened():
                return Began(event.strip, self._at(event.at_s), event.centre_hz)
            case Closed(summary):
                return Whole(summary, self._at(summary.start_s), self._at(summary.stop_s))
            case Samples():
                return event

    def _at(self, seconds: float) -> Instant:
        """Center time at which a place in the call was received."""
        place = round(seconds * self._rate)
        index = bisect_right(self._begins, place) - 1
        if index < 0:
            return self._began + round(seconds * SECOND)
        return self._times[index]
