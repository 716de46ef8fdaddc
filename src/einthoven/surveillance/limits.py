"""The center's limits of watching, as one value: how many, and how long anything may take (R14, R18)."""

from __future__ import annotations

from dataclasses import dataclass

from einthoven.base.errors import InputError
from einthoven.base.instants import MINUTE, SECOND, Duration


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of watching.

    Attributes:
        person: patients that one person may be responsible for; none more can be accepted.
        warn: from so many on the person and the supervisor are warned.
        screen: patients that may be watched on one station.
        silence: a proof of display older than this ends the display and the watch that rests on it; looked at
            once a second, so that a loss is told within 5 s of the last proof (R18).
        paint: an accepted patient must be painted within this time.
        answer: an offer that waits longer is overdue: the supervisor sees it.
        offer: an offer to somebody in particular ends after this time.
    """

    person: int = 40
    warn: int = 32
    screen: int = 64
    silence: Duration = 4 * SECOND
    paint: Duration = 15 * SECOND
    answer: Duration = MINUTE
    offer: Duration = 15 * MINUTE

    def __post_init__(self) -> None:
        if not 1 <= self.warn <= self.person <= self.screen:
            raise InputError(
                f"limits: want 1 <= warn <= person <= screen, got {self.warn}, {self.person}, {self.screen}"
            )
        if not SECOND < self.silence <= 4 * SECOND:
            raise InputError("limits.silence: want more than 1 s and at most 4 s (R18)")
        if not 0 < self.answer <= self.offer or self.paint <= self.silence:
            raise InputError("limits: want 0 < answer <= offer, and paint longer than silence")
