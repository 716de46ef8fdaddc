"""How long a call may wait before it is told to more people, as a center sets it (R6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from einthoven.answering.call import State
from einthoven.base.deeds import Json
from einthoven.base.errors import FaultsError, InputError
from einthoven.base.instants import SECOND, Duration, Instant

FAST: Final = 5
"""So often a call escalates by ``step``; after that by ``again``."""
HIGH_FROM: Final = 2
"""From so many escalations on its alarm is of high priority, before that of medium."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Seconds each, but for ``tries``.

    Attributes:
        answer: a call rings or waits so long before it escalates first; so does one that was left.
        step: and escalates again after so long.
        again: from its fifth escalation on.
        call_back: a call that was missed, or left unfinished, escalates first after so long.
        finish: one whose line is down goes back to everybody when its holder does not close it within so
            long.
        tries: calls back, none of them answered, before a missed call may be closed.
    """

    answer: int = 20
    step: int = 20
    again: int = 300
    call_back: int = 300
    finish: int = 900
    tries: int = 3

    def due(self, state: State, at: Instant) -> Instant | None:
        """When a call that came into a state at an instant escalates, or is taken from its holder."""
        return None if state not in _FIRST else at + self._of(_FIRST[state])

    def next(self, times: int, at: Instant) -> Instant:
        """When one that escalated for the ``times``-th time does so again."""
        return at + self._of("step" if times < FAST else "again")

    def _of(self, name: str) -> Duration:
        seconds: int = getattr(self, name)
        return seconds * SECOND

    @property
    def longest(self) -> Duration:
        """Nothing that nobody has waits longer for its next escalation."""
        return max(self.answer, self.step, self.again, self.call_back) * SECOND

    def told(self) -> dict[str, Json]:
        """As JSON."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


_FIRST: Final[Mapping[State, str]] = {
    State.RINGING: "answer",
    State.WAITING: "answer",
    State.LEFT: "answer",
    State.MISSED: "call_back",
    State.UNFINISHED: "call_back",
    State.ENDED: "finish",
}
RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "answer": (5, 120),
    "step": (5, 120),
    "again": (30, 900),
    "call_back": (30, 900),
    "finish": (60, 7200),
    "tries": (1, 10),
}
"""What a center may set: seconds, or times; longer would leave a patient waiting, shorter would ring wolf."""


def limits_of(given: Mapping[str, object]) -> CallLimits:
    """The limits that a center's own make; those that are not named are as shipped.

    Raises:
        InputError: a name that is none.
        FaultsError: values out of range; a line each.
    """
    strange = sorted(given.keys() - RANGES.keys())
    if strange:
        raise InputError(f"limits: there is no limit {strange[0][:40]!r} (known: {', '.join(RANGES)})")
    faults = []
    for name, value in given.items():
        least, most = RANGES[name]
        if type(value) is not int or not least <= value <= most:
            faults.append(f"limits.{name}: want a whole number from {least} to {most}")
    if faults:
        raise FaultsError("\n".join(faults))
    return CallLimits(**given)  # type: ignore[arg-type]
