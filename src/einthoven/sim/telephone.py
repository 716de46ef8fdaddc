"""Who answers when a visitor of the demo calls: words on the screen, a moment after the call began.

Nothing is dialled. What the page shows of it is marked as simulated, and ends nothing by itself: the visitor
writes down what came of the call, as after a real one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from einthoven.base.instants import SECOND, Instant

Answer: TypeAlias = dict[str, Any]
RINGS: Final = 3 * SECOND
SPEAKS: Final = 7 * SECOND
"""From the start of the call to the message read back."""
VOICEMAIL_EVERY: Final = 4
"""Of so many calls the last reaches a machine: the ladder goes on."""
ACTIONS: Final = {
    "emergent": "I call the patient now and have them brought to the emergency department.",
    "urgent": "I call the patient within the hour and see them today.",
}
NOTHING: Final = "No action necessary; keep it for the report."


@dataclass(frozen=True, slots=True)
class Ringing:
    """A call that a visitor began.

    Attributes:
        call: its number.
        stream: name of the patient's stream.
        name, role: who is called.
        say: what they are told.
        tier: of the notification.
        begun: when.
    """

    call: int
    stream: str
    name: str
    role: str
    say: str
    tier: str
    begun: Instant


@dataclass(slots=True)
class Telephone:
    """The calls of visitors that are under way.

    Attributes:
        told: what the pages are told now, by call.
    """

    told: dict[int, Answer] = field(default_factory=dict)
    _ringing: dict[int, tuple[Ringing, bool]] = field(default_factory=dict)
    _count: int = 0

    def started(self, ringing: Ringing) -> None:
        """A visitor calls."""
        self._count += 1
        self._ringing[ringing.call] = (ringing, self._count % VOICEMAIL_EVERY == 0)

    def ended(self, call: int) -> None:
        """The visitor has put down what came of it."""
        self._ringing.pop(call, None)

    def step(self, now: Instant) -> dict[int, Answer | None]:
        """What changed in what the pages are told; None for a call that is over."""
        wanted = {number: answer(*one, now) for number, one in self._ringing.items()}
        changed: dict[int, Answer | None] = {
            number: one for number, one in wanted.items() if self.told.get(number) != one
        }
        changed |= dict.fromkeys(self.told.keys() - wanted.keys())
        self.told = wanted
        return changed


def answer(ringing: Ringing, is_machine: bool, now: Instant) -> Answer:
    """What a page is told of a call: ``ringing``, ``voicemail`` or ``answered`` with what was said so far."""
    since = now - ringing.begun
    lines: list[str] = []
    state = "ringing"
    if since >= RINGS and is_machine:
        state, lines = "voicemail", ["You have reached my voice mail. Please leave a message."]
    elif since >= RINGS:
        state, lines = "answered", [f"{ringing.name} here, {ringing.role.replace('-', ' ')}. Please go on."]
        if since >= SPEAKS:
            lines.append(f"I read back: {_short(ringing.say)}.")
            lines.append(ACTIONS.get(ringing.tier, NOTHING))
    return {
        "call": ringing.call,
        "stream": ringing.stream,
        "state": state,
        "name": ringing.name,
        "role": ringing.role,
        "lines": lines,
    }


def _short(say: str) -> str:
    """The message without what a voice would not repeat: patient and finding."""
    return say.partition(", from ")[0]
