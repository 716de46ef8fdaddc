"""ASC X12 interchanges as text: segments, delimiters, characters, control numbers (X12.5, X12.6).

X12 has no escape: a delimiter inside a value would end it. Values are brought into the character set that
every receiver must take (basic and extended set of X12.6, ASCII), and what cannot be is named.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from einthoven.base.errors import InputError

ELEMENT, COMPONENT, REPEAT, SEGMENT = "*", ":", "^", "~"
DELIMITERS = ELEMENT + COMPONENT + REPEAT + SEGMENT
CONTROL_MAX = 999_999_999
"""Control numbers of interchange (ISA13) and group (GS06) have nine digits."""
_LETTERS = str.maketrans(
    {"ß": "SS", "Æ": "AE", "Ø": "O", "Œ": "OE", "Þ": "TH", "Ð": "D", "Ł": "L", "Đ": "D", "’": "'", "‘": "'"}
    | {"“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "}
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A value that cannot be sent: where it stands in the claim, and why, one line."""

    where: str
    words: str


def text(value: str, where: str = "", most: int = 0, flaws: list[Flaw] | None = None) -> str:
    """A value in capitals and ASCII: accents are taken off, other scripts are flaws.

    Args:
        where: its place, for the flaw.
        most: longest that the element takes, 0: any.
        flaws: what is wrong goes here; a value with a flaw is written without what cannot be.
    """
    made = unicodedata.normalize("NFKD", value.upper().translate(_LETTERS))
    made = "".join(char for char in made if not unicodedata.combining(char))
    bad = sorted({char for char in made if not " " <= char <= "~" or char in DELIMITERS})
    if bad and flaws is not None:
        flaws.append(Flaw(where, f"{' '.join(map(repr, bad))} cannot be written in an X12 file"))
    made = " ".join("".join(char for char in made if char not in bad).split())
    if most and len(made) > most:
        if flaws is not None:
            flaws.append(Flaw(where, f"is longer than {most} characters"))
        made = made[:most].rstrip()
    return made


def segment(*elements: str) -> str:
    """A segment without its end: empty elements at its end are left off.

    Raises:
        InputError: an element holds a delimiter, which ``text`` takes out.
    """
    for element in elements:
        if any(char in ELEMENT + SEGMENT for char in element):
            raise InputError(f"{elements[0]}: {element!r} holds a delimiter")
    told = list(elements)
    while told and not told[-1]:
        told.pop()
    return ELEMENT.join(told)


def composite(*parts: str) -> str:
    """An element of components; empty ones at its end are left off."""
    return COMPONENT.join(parts).rstrip(COMPONENT)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends an interchange to whom.

    Attributes:
        sender, receiver: identifiers of at most 15 characters; ``sender_kind``, ``receiver_kind`` say of what
            kind (``ZZ`` mutually agreed, ``30`` tax id, ``27``/``28`` Medicare contractor …).
        control: number of interchange and group, never used twice.
        at: local date and time.
        test: whether it is only a test (ISA15).
    """

    sender: str
    receiver: str
    control: int
    at: datetime
    test: bool = False
    sender_kind: str = "ZZ"
    receiver_kind: str = "ZZ"


def interchange(
    envelope: Envelope, code: str, version: str, sets: Sequence[Sequence[str]], newline: bool = True
) -> str:
    """A whole interchange of one group.

    Args:
        code: functional identifier (GS01), ``HC`` for claims.
        version: of the implementation guide (GS08), e.g. ``005010X222A1``.
        sets: segments of each transaction set, from ``ST`` to the one before ``SE``.

    Raises:
        InputError: the control number does not fit into nine digits.
    """
    if not 0 < envelope.control <= CONTROL_MAX:
        raise InputError(f"control number {envelope.control}: want 1 to {CONTROL_MAX}")
    number = f"{envelope.control:09d}"
    at, blank = envelope.at, " " * 10
    isa = (
        *("ISA", "00", blank, "00", blank),
        *(
            envelope.sender_kind,
            f"{envelope.sender:15.15}",
            envelope.receiver_kind,
            f"{envelope.receiver:15.15}",
        ),
        *(f"{at:%y%m%d}", f"{at:%H%M}", REPEAT, "00501", number, "0", "T" if envelope.test else "P"),
        COMPONENT,
    )
    group = str(envelope.control)
    made = [ELEMENT.join(isa)]
    made.append(
        segment(
            *("GS", code, envelope.sender.strip(), envelope.receiver.strip()),
            *(f"{at:%Y%m%d}", f"{at:%H%M}", group, "X", version),
        )
    )
    for each in sets:
        control = each[0].split(ELEMENT)[2]
        made += [*each, segment("SE", str(len(each) + 1), control)]
    made += [segment("GE", str(len(sets)), group), segment("IEA", "1", number)]
    return "".join(f"{one}{SEGMENT}" + ("\n" if newline else "") for one in made)


def one_set(content: str, control: str) -> str:
    """An interchange with one of its transaction sets alone, ``""`` where there is none of that number.

    What stands in others is of other people, and goes to nobody who asked for this one.
    """
    told = list(split(content))
    starts = [at for at, one in enumerate(told) if one[0] == "ST" and one[2:3] == [control]]
    if not starts:
        return ""
    stop = next((at for at in range(starts[0], len(told)) if told[at][0] == "SE"), len(told) - 1)
    kept = [one for one in told[: starts[0]] if one[0] in ("ISA", "GS")] + told[starts[0] : stop + 1]
    kept += [
        ["GE", "1", *one[2:]] if one[0] == "GE" else one for one in told[stop:] if one[0] in ("GE", "IEA")
    ]
    return "".join(f"{content[3].join(one)}{content[105]}\n" for one in kept)


def split(content: str) -> Iterable[list[str]]:
    """Segments of an interchange by its own delimiters, as lists of elements; those of ISA as they are.

    Raises:
        InputError: it does not begin with a whole ISA segment.
    """
    content = content.lstrip("\ufeff \r\n\t")
    if not content.startswith("ISA") or len(content) < 106:
        raise InputError("this is no X12 file: it does not begin with an ISA segment of 106 characters")
    element, end = content[3], content[105]
    if element.isalnum() or end.isalnum() or content[:106].count(element) != 16:
        raise InputError("this is no X12 file: its ISA segment has not 16 elements of their fixed lengths")
    for one in content.split(end):
        told = one.strip("\r\n\t ")
        if told:
            yield told.split(element)
