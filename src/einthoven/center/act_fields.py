"""The fields of an act, read strictly: what is wrong is named, what is misspelt is not ignored in silence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId, parse_stream
from einthoven.base.instants import MILLISECOND, Instant

Fields: TypeAlias = Mapping[str, object]
MS_MAX = 253_402_300_800_000.0
"""The first instant that no calendar here can write: 10000-01-01, ms since 1970."""
LIST_MAX = 1000
"""Numbers in one list: a whole center's shift is 64."""


def known(names: Iterable[str], fields: Fields, act: str) -> None:
    """Refuse fields that an act does not have.

    Raises:
        InputError: names the first of them, and those that there are.
    """
    allowed: Sequence[str] = list(names)
    for name in fields:
        if name not in allowed:
            raise InputError(
                f"{act}: {name[:40]!r} is no field of it (known: {', '.join(allowed) or 'none'})"
            )


def numbers(fields: Fields, name: str) -> list[int]:
    """Whole numbers: a list, or one.

    Raises:
        InputError: it is missing or holds anything else; names the field.
    """
    value = fields.get(name)
    listed = value if isinstance(value, list) else [value]
    found = [one for one in listed if type(one) is int and one > 0]
    if not found or len(found) != len(listed) or len(found) > LIST_MAX:
        raise InputError(f"{name}: want a whole number or a list of them, at most {LIST_MAX}")
    return found


def whole(fields: Fields, name: str) -> int:
    """One whole number above 0; InputError as ``numbers``."""
    value = fields.get(name)
    if type(value) is not int or value <= 0:
        raise InputError(f"{name}: want a whole number")
    return value


def number(fields: Fields, name: str) -> float:
    """A number that is finite."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{name}: want a number")
    return float(value)


def instant_ms(fields: Fields, name: str) -> Instant:
    """Milliseconds since 1970, as pages tell time; at the latest of the year 9999."""
    value = number(fields, name)
    if abs(value) >= MS_MAX:
        raise InputError(f"{name}: want milliseconds since 1970")
    return round(value * MILLISECOND)


def flag(fields: Fields, name: str) -> bool:
    """True or false."""
    value = fields.get(name)
    if not isinstance(value, bool):
        raise InputError(f"{name}: want true or false")
    return value


def streams(fields: Fields) -> list[StreamId]:
    """The ``streams`` of an act."""
    value = fields.get("streams")
    named = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    if not isinstance(value, list) or not named or len(named) != len(value):
        raise InputError('streams: want a list of streams, e.g. ["s000001"]')
    return [parse_stream(one) for one in named]


def stream(fields: Fields) -> StreamId:
    """The ``stream`` of an act."""
    value = fields.get("stream")
    if not isinstance(value, str):
        raise InputError("stream: want a stream, e.g. s000001")
    return parse_stream(value)


def words(fields: Fields, name: str, most: int, *, empty: bool = False) -> str:
    """A text, without white space around it.

    Raises:
        InputError: it is no text, too long, or empty where it must not be; names the field.
    """
    value = fields.get(name, "" if empty else None)
    if not isinstance(value, str) or len(value) > most:
        raise InputError(f"{name}: want a text of at most {most} characters")
    if not value.strip() and not empty:
        raise InputError(f"{name}: must be said")
    return value.strip()


def pairs(fields: Fields, name: str) -> list[tuple[object, object]]:
    """A list of pairs, ``[]`` where it is not given."""
    value = fields.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, list) and len(one) == 2 for one in value):
        raise InputError(f"{name}: want a list of pairs")
    return [(one[0], one[1]) for one in value]
