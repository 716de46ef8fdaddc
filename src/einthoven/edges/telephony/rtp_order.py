"""Packets of one caller's sound, put in order on the caller's own clock (RFC 3550; R6). Pure; time is given.

G.711 has one byte a sample, 8000 a second, and so has the clock of its packets: a place on the line's time is
counted in samples. What is told is one unbroken row of ``Sound`` and ``Lost``: every sample between the first
sound and the last is one or the other, none is made up, none is told twice (no concealment, no stretching).

- A packet that is missing is waited for 60 ms, or the length of two packets where they are longer.
- Where no packet is missing and the clock still moved on (silence suppression, hold, keys), nothing was sent
  for that time: lost, at once.
- Where nothing comes at all, what is lost grows after 2 s, by the time that went by.
- A clock that jumps back, or further on than time did, was set anew: what follows stands where it came.
- Another source, or numbers far from those before, is believed at its second packet in a row.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import Final

RATE: Final = 8000
WINDOW_S: Final = 0.06
"""So long a missing packet is waited for."""
QUIET_S: Final = 2.0
"""So long nothing may come before its time counts as lost: what only stood still somewhere still gets in."""
SLACK: Final = 2 * RATE
"""Samples by which a clock may run ahead of the time that went by."""
HELD_MAX: Final = 64
"""Packets that wait for a missing one."""
DROPOUT: Final = 3000
MISORDER: Final = 100
"""How far numbers may jump on and back and still be of one row (RFC 3550, A.1)."""
REMEMBERED: Final = 512


@dataclass(frozen=True, slots=True)
class Sound:
    """Coded sound, one byte a sample, as it came."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """So many samples did not come at this place."""

    samples: int


Piece = Sound | Lost


@dataclass(frozen=True, slots=True)
class Packet:
    """What of a packet counts here.

    Attributes:
        source: SSRC.
        number: of the packet, 16 bits.
        clock: of its first sample, 32 bits.
        payload: its sound; None where it holds none (a key, comfort noise, sound on hold).
    """

    source: int
    number: int
    clock: int
    payload: bytes | None


@dataclass(order=True, slots=True)
class _Held:
    place: int
    number: int
    came: float = field(compare=False)
    payload: bytes = field(compare=False)


@dataclass(slots=True)
class Order:
    """The row of one call.

    Attributes:
        late, doubled, strange: packets that came after their time was told, twice, or from a source or with
            a clock that was not believed.
    """

    late: int = 0
    doubled: int = 0
    strange: int = 0
    _source: int | None = None
    _top: int = 0
    """Number of the newest packet, without its wraps."""
    _sounded: int = 0
    """Number of the newest packet that held sound."""
    _whole: int = 0
    """All numbers up to here came or were given up."""
    _came: set[int] = field(default_factory=set)
    _clock: int | None = None
    """Clock after the newest sound, without its wraps."""
    _shift: int = 0
    """From clock to place."""
    _next: int = 0
    _held: list[_Held] = field(default_factory=list)
    _heard: float | None = None
    """When the newest sound came, and the place after it."""
    _heard_to: int = 0
    _maybe: tuple[Packet, float] | None = None

    @property
    def told(self) -> int:
        """Samples told so far, sound and lost."""
        return self._next

    def packet(self, packet: Packet, now: float) -> list[Piece]:
        """One more packet, and what can be told by it. ``now`` in seconds, never backwards."""
        if self._source is None:
            self._begin(packet)
        ahead = _signed(packet.number - self._top, 16)
        if packet.source != self._source or not -MISORDER < ahead < DROPOUT:
            return self._stranger(packet, now)
        self._maybe = None
        number = self._top + ahead
        if number in self._came:
            self.doubled += 1
            return []
        self._came.add(number)
        out: list[Piece] = []
        if packet.payload:
            out = self._sound(packet.payload, packet.clock, number, now)
        self._top = max(self._top, number)
        return out + self._drain(now)

    def tick(self, now: float) -> list[Piece]:
        """What can be told because time went by."""
        out = self._drain(now)
        if self._heard is not None and now - self._heard > QUIET_S:
            out += self._lose_to(self._heard_to + round((now - self._heard - QUIET_S) * RATE))
        return out

    def end(self) -> list[Piece]:
        """What still waited; nothing more comes."""
        return self._drain(float("inf"))

    def _begin(self, packet: Packet) -> None:
        self._source = packet.source
        self._top = self._whole = self._sounded = packet.number - 1
        self._clock = None
        self._came = set()

    def _stranger(self, packet: Packet, now: float) -> list[Piece]:
        before = self._maybe
        self._maybe = (packet, now)
        if before is None or before[0].source != packet.source:
            self.strange += before is not None
            return []
        if _signed(packet.number - before[0].number, 16) != 1:
            self.strange += 1
            return []
        out = self.end()
        self._begin(before[0])
        self._maybe = None
        return out + self.packet(*before) + self.packet(packet, now)

    def _sound(self, payload: bytes, clock: int, number: int, now: float) -> list[Piece]:
        """Hold it at its place; not one whose clock is past that of sound with a higher number."""
        out: list[Piece] = []
        newest = number > self._sounded
        if self._clock is None:
            at, anew = clock, True
        else:
            at = self._clock + _signed(clock - self._clock, 32)
            anew = newest and self._jumped(at, len(payload), now)
            if not newest and at + len(payload) > self._clock:
                self.strange += 1
                return []
        if anew:
            out = self.end()
            self._shift = self._anew(len(payload), now) - at
        place = at + self._shift
        if place + len(payload) <= self._next:
            self.late += 1
            return out
        insort(self._held, _Held(place, number, now, payload))
        if newest or anew:
            self._sounded = number
            self._clock = at + len(payload)
            self._heard, self._heard_to = now, place + len(payload)
        return out

    def _jumped(self, at: int, length: int, now: float) -> bool:
        """Whether the clock was set anew: it went back, on further than time, or stood still in a pause."""
        assert self._clock is not None
        assert self._heard is not None
        step = at - self._clock
        since = (now - self._heard) * RATE
        return step <= -length or step > since + SLACK or at + self._shift <= self._next - length

    def _anew(self, length: int, now: float) -> int:
        """The place of sound whose clock says nothing of where it stands."""
        if self._heard is None:
            return self._next
        place = self._heard_to + round((now - self._heard) * RATE) - length
        return place if place > self._next + round(WINDOW_S * RATE) else self._next

    def _drain(self, now: float) -> list[Piece]:
        """Tell what waits for nothing any more."""
        out: list[Piece] = []
        self._forget()
        while self._held:
            first = self._held[0]
            patience = max(WINDOW_S, 2 * len(first.payload) / RATE)
            waits = first.place > self._next and first.number > self._whole
            if waits and now - first.came < patience and len(self._held) <= HELD_MAX:
                break
            self._held.pop(0)
            self._whole = max(self._whole, first.number)
            self._forget()
            out += self._lose_to(first.place)
            sound = first.payload[self._next - first.place :]
            if sound:
                out.append(Sound(sound))
                self._next += len(sound)
            else:
                self.doubled += 1
        return out

    def _forget(self) -> None:
        while self._whole + 1 in self._came:
            self._whole += 1
        if len(self._came) > 2 * REMEMBERED:
            self._came = {one for one in self._came if one > self._top - REMEMBERED}

    def _lose_to(self, place: int) -> list[Piece]:
        if place <= self._next:
            return []
        lost = Lost(place - self._next)
        self._next = place
        return [lost]


def _signed(difference: int, bits: int) -> int:
    """The shorter way round between two wrapped numbers."""
    half = 1 << (bits - 1)
    return ((difference + half) & ((1 << bits) - 1)) - half
