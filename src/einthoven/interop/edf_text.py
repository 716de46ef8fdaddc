"""The texts of an EDF+ header: who and what in ASCII, eighty characters each (R41).

Source: Kemp and Olivan 2003 (EDF+), 2.1.3.3 and 2.1.3.4. What ASCII cannot say is told in full by an
annotation, which is UTF-8 (2.2.2).
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime

from einthoven.base.layout import Layout
from einthoven.interop.recording import Recording, Subject

FIELD = 80
LABEL = 16
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_LETTERS = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE",
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",
    }
)  # fmt: skip
"""Latin letters that no accent makes of others."""
_SEXES = {"female": "F", "male": "M"}


def ascii_of(text: str) -> str:
    """A text in printable ASCII: accents dropped, ``?`` for what has no Latin letter."""
    parts = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(
        char if " " <= char <= "~" else "?" for char in parts if not unicodedata.combining(char)
    ).strip()


def subfield(text: str) -> str:
    """A subfield: spaces become ``_``, nothing becomes ``X``."""
    return "_".join(ascii_of(text).split()) or "X"


def day(when: date) -> str:
    """``02-MAY-1951``."""
    return f"{when.day:02d}-{_MONTHS[when.month - 1]}-{when.year:04d}"


def patient(subject: Subject) -> str:
    """Identifier, sex, birth date, name; the name cut where it does not fit."""
    born = day(date.fromisoformat(subject.birth_date)) if subject.birth_date else "X"
    sex = _SEXES.get(subject.sex, "X")
    return f"{subfield(subject.identifier)[:20]} {sex} {born} {subfield(subject.name)}"[:FIELD]


def name_is_whole(subject: Subject) -> bool:
    """Whether the header tells the name as it is."""
    name = subject.name
    return name.isascii() and name.isprintable() and patient(subject).endswith(f" {subfield(name)}")


def recording(one: Recording, begun: datetime | None) -> str:
    """Date, name of the recording, nobody, and the transmitter."""
    since = "X" if begun is None else day(begun.date())
    return f"Startdate {since} {subfield(one.name)[:24]} X {subfield(one.transmitter)}"[:FIELD]


def labels(layout: Layout) -> list[str]:
    """``ECG II``: unique, at most 16 characters of ASCII."""
    found: list[str] = []
    for name in layout.names:
        plain = f"ECG {ascii_of(name) or '?'}"
        label, turn = plain[:LABEL].rstrip(), 1
        while label in found:
            turn += 1
            label = f"{plain[: LABEL - 1 - len(str(turn))].rstrip()} {turn}"
        found.append(label)
    return found


def told(text: str) -> str:
    """A text as an annotation may hold it: without control characters, which part its fields."""
    return "".join(char if char.isprintable() else " " for char in text).strip()
