"""Frames of sound in order: what is missing is told, what is doubled is dropped, nothing is made up.

Frames are counted (``chunk``, or the number of the frame in the stream), so order and loss are told by
numbers; how long what is missing was, by the timestamps around it, and by the usual length of a frame where
these make no sense. A service that counts on over sound that it lost itself is told by its timestamps alone.
Pure: a frame goes in, sound and gaps come out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, TypeAlias

HELD: Final = 10
"""Frames that wait for one before them: 200 ms of the usual ones."""
CONFIRM: Final = 3
"""Frames in a row whose timestamps must agree that sound is missing, where the numbers say it is not."""
SLACK: Final = 320.0
"""Samples by which timestamps may be beside the sound: 40 ms."""
SKEW: Final = 1e-3
"""Of a frame's length: how far a clock that runs beside the sound is followed, 1 ms a second."""
JUMP_MOST: Final = 500
"""Frames: numbers that leap farther began anew."""
GAP_MOST: Final = 600 * 8000
"""Samples: a timestamp that leaps farther is not believed."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The next samples."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """So many samples are missing here."""

    samples: int


Out: TypeAlias = Sound | Lost


@dataclass(frozen=True, slots=True)
class _Held:
    payload: bytes
    at: float | None
    """Its place by its timestamp, in samples."""


@dataclass(slots=True)
class Sequence:
    """Puts the frames of one stream in order.

    Attributes:
        counts: ``late`` (came after its place was told as lost, or again), ``doubled``, ``unnumbered``,
            ``anew`` (numbers began anew), ``gaps``, ``lost`` (samples).
        samples: told so far, lost ones included.
    """

    counts: Counter[str] = field(default_factory=Counter)
    samples: int = 0
    _next: int | None = None
    _held: dict[int, _Held] = field(default_factory=dict)
    _zero: float | None = None
    """Timestamp at which the stream began, in samples."""
    _usual: int = 160
    _even: bool = True
    """Whether all frames were as long so far."""
    _numbered: bool | None = None

    def put(self, payload: bytes, number: int | None, at_ms: float | None) -> list[Out]:
        """A frame as it came; what is in order by now.

        Args:
            payload: G.711 of the frame, empty for a frame that is counted and holds no sound.
            number: of the frame; None where the service does not count.
            at_ms: its timestamp; None where it has none.
        """
        at = None if at_ms is None else at_ms * 8.0
        if self._numbered is None:
            self._numbered = number is not None
        if not self._numbered:
            number = (-1 if self._next is None else self._next - 1) + 1 + len(self._held)
        if number is None:
            # Its place cannot be known, and that of its number will be told as lost.
            self.counts["unnumbered"] += 1
            return []
        out: list[Out] = []
        if self._far(number):
            out = self._anew(number, at)
        elif self._next is None and number <= 1:
            self._next = number
        if self._next is not None and number < self._next:
            self.counts["late"] += 1
        elif number in self._held:
            self.counts["doubled"] += 1
        else:
            self._held[number] = _Held(payload, at)
            out += self._due(ending=False)
        return out

    def end(self) -> list[Out]:
        """Nothing more comes, or nothing has for a while: all that is held."""
        return self._due(ending=True)

    def _anew(self, number: int, at: float | None) -> list[Out]:
        """Numbers leap: sound goes on here, and a timestamp that can be believed tells what is missing."""
        out, forward = self.end(), self._next is not None and number > self._next
        self.counts["anew"] += 1
        missing = 0 if at is None or self._zero is None else round(at - self._zero - self.samples)
        if forward and 0 < missing <= GAP_MOST:
            self._lose(missing, out)
        else:
            self._zero = None
        self._next = number
        return out

    def _far(self, number: int) -> bool:
        near = self._next if self._next is not None else min(self._held, default=number)
        return abs(number - near) > JUMP_MOST

    def _due(self, *, ending: bool) -> list[Out]:
        out: list[Out] = []
        while self._held:
            first = min(self._held)
            waiting = len(self._held) <= HELD and not ending
            if self._next is None:
                if waiting:
                    break
                # Began with a frame that is not the first: what was before it nobody hears of again.
                self._next = first
            gap = first - self._next
            if gap and waiting:
                break
            if not gap and not ending and self._unsure(first):
                break
            self._tell(first, gap, out)
        return out

    def _unsure(self, first: int) -> bool:
        """Whether timestamps say that sound is missing before a frame, and more must say so too."""
        if self._ahead(self._held[first], 0) <= SLACK:
            return False
        return not all(first + k in self._held for k in range(CONFIRM)) and len(self._held) <= HELD

    def _ahead(self, one: _Held, behind: int) -> float:
        """Samples missing before a frame by its timestamp, ``behind`` of them being here; 0: unknown."""
        if one.at is None or self._zero is None:
            return 0.0
        return one.at - self._zero - self.samples - behind

    def _missing(self, first: int, gap: int) -> int:
        """Samples that are missing before a frame, of which ``gap`` frames are."""
        one = self._held[first]
        by_time = self._ahead(one, 0)
        if gap:
            guess = min(gap * self._usual, GAP_MOST)
            if self._even and abs(by_time - guess) <= SLACK:
                return guess
            if guess / 2 <= by_time <= GAP_MOST:
                return round(by_time)
            if one.at is not None:
                self._zero = one.at - self.samples - guess
            return guess
        behind, least = 0, by_time
        for k in range(CONFIRM):
            follower = self._held.get(first + k)
            if follower is None:
                break
            if follower.at is not None:
                least = min(least, self._ahead(follower, behind))
            behind += len(follower.payload)
        if least > GAP_MOST and one.at is not None:
            self._zero = one.at - self.samples
            return 0
        return round(least) if least > SLACK else 0

    def _tell(self, first: int, gap: int, out: list[Out]) -> None:
        missing = self._missing(first, gap)
        one = self._held.pop(first)
        self._next = first + 1
        if missing:
            self._lose(missing, out)
        if not one.payload:
            return
        if one.at is not None:
            if self._zero is None:
                self._zero = one.at - self.samples
            most = len(one.payload) * SKEW
            self._zero += max(-most, min(most, self._ahead(one, 0)))
        out.append(Sound(one.payload))
        self._even = (self._even and len(one.payload) == self._usual) or self.samples == 0
        self.samples += len(one.payload)
        self._usual = len(one.payload)

    def _lose(self, samples: int, out: list[Out]) -> None:
        out.append(Lost(samples))
        self.counts["gaps"] += 1
        self.counts["lost"] += samples
        self.samples += samples
