"""How alarms look and sound: one table for the center and its pages (IEC 60601-1-8, clauses 6.3.2 and 6.3.3).

``frontend/src/desk/alarm_signals.json`` is ``as_text()``; a test keeps both the same. Times in milliseconds
from the beginning of a burst, colours as on a dark screen with the ink that is readable on them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from itertools import pairwise

from einthoven.review.facts import Priority

NOTES = {"C4": 261.63, "E4": 329.63, "G4": 392.0, "C5": 523.25}
"""Fundamental frequencies in Hz, within the standard's 150 … 1000."""
HARMONICS_DB = (0.0, -3.0, -6.0, -9.0, -12.0)
"""Level of the fundamental and its harmonics: at least four of them between 300 and 4000 Hz, within 15 dB."""
RISE_SHARE = 0.15
"""Part of a pulse in which it rises, and in which it falls: no clicks, and the standard's 10 … 20 %."""
REMINDER_S = 30
"""While sound is paused or off, a station shows so, and reminds after every such time."""
DEAD_MAN_S = 5
"""A station that hears nothing of the center so long alarms by itself."""


@dataclass(frozen=True, slots=True)
class Look:
    """Sight of a priority: flashing so often a second, lit for ``duty`` of each period; 0 Hz is steady."""

    sign: str
    colour: str
    ink: str
    flash_hz: float
    duty: float


@dataclass(frozen=True, slots=True)
class Sound:
    """One burst and how it repeats.

    Attributes:
        notes: of the pulses.
        pulse_ms: length of each.
        gaps_ms: silence between one pulse and the next.
        every_s: silence between bursts.
        repeats: whether bursts follow one another. Low is heard once, when the alarm begins: what is to be
            read tomorrow does not sound through the night (domain F: who hears more, hurries less).
    """

    notes: tuple[str, ...]
    pulse_ms: int
    gaps_ms: tuple[int, ...]
    every_s: float
    repeats: bool = True


@dataclass(frozen=True, slots=True)
class Pulse:
    """One pulse of a burst."""

    note: str
    hz: float
    start_ms: int
    ms: int


LOOKS: dict[Priority, Look] = {
    Priority.HIGH: Look("!!!", "#ff3b3b", "#140000", 2.0, 0.5),
    Priority.MEDIUM: Look("!!", "#ffd23b", "#171200", 0.6, 0.5),
    Priority.LOW: Look("!", "#3bd6ff", "#001318", 0.0, 1.0),
}
_X, _HIGH_MS = 100, 150
_FIVE = (_X, _X, 2 * _X + _HIGH_MS, _X)
_CARDIAC = ("C4", "E4", "G4", "G4", "C5")
SOUNDS: dict[Priority, Sound] = {
    Priority.HIGH: Sound(_CARDIAC * 2, _HIGH_MS, (*_FIVE, 600, *_FIVE), 5.0),
    Priority.MEDIUM: Sound(("C4", "E4", "G4"), 200, (200, 200), 7.5),
    Priority.LOW: Sound(("E4", "C4"), 200, (200,), 20.0, repeats=False),
}
"""The cardiac melody of the standard's annex for high and medium; low is two notes that fall."""


def burst(priority: Priority) -> tuple[Pulse, ...]:
    """The pulses of one burst, in order; none for a priority that does not sound."""
    sound = SOUNDS.get(priority)
    if sound is None:
        return ()
    start, pulses = 0, []
    for note, gap in zip(sound.notes, (*sound.gaps_ms, 0), strict=True):
        pulses.append(Pulse(note, NOTES[note], start, sound.pulse_ms))
        start += sound.pulse_ms + gap
    return tuple(pulses)


def gaps(pulses: tuple[Pulse, ...]) -> tuple[int, ...]:
    """Silence between each pulse and the next, in milliseconds."""
    return tuple(after.start_ms - before.start_ms - before.ms for before, after in pairwise(pulses))


def as_text() -> str:
    """The table as the pages read it."""
    table = {
        "harmonics_db": list(HARMONICS_DB),
        "rise_share": RISE_SHARE,
        "reminder_s": REMINDER_S,
        "dead_man_s": DEAD_MAN_S,
        "priorities": {
            priority.value: {
                **asdict(look),
                "every_s": SOUNDS[priority].every_s,
                "repeats": SOUNDS[priority].repeats,
                "pulses": [asdict(pulse) for pulse in burst(priority)],
            }
            for priority, look in LOOKS.items()
        },
    }
    return json.dumps(table, indent=2) + "\n"
