"""A period is another person's: criteria and ladder of the one before hold no more (R5, R21).

What was signed stays on record for the time in which it held; a form or a plan that two mistaken streams had
each goes with the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from einthoven.base.deeds import Deed, Draft, Json
from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.escalation.fields import whole, whole_or_none

T = TypeVar("T")
MOVED, LADDER_MOVED = "criteria.moved", "ladder.moved"


@dataclass(frozen=True, slots=True)
class Moved:
    """From an instant on a stream is another person's.

    Attributes:
        at: from then on.
        own: so many of its versions were signed for whoever was on record before.
        source: the stream whose patient-level versions are the person's own; None: they have none here.
    """

    at: Instant
    own: int
    source: StreamId | None


def moves_of(deed: Deed, signed: Callable[[StreamId], int]) -> dict[StreamId, Moved]:
    """What a deed says of each stream.

    Args:
        signed: how many versions of a stream were signed until now.
    """
    return {to: Moved(deed.at, signed(to), source) for to, source in pairs(deed.body["moves"])}


def standing(
    signed: Callable[[StreamId], list[T]],
    moved: Mapping[StreamId, list[Moved]],
    stream: StreamId,
    at: Instant,
) -> list[T]:
    """What was signed for whose a stream is at ``at``: their own from elsewhere, then what was signed since.

    Args:
        signed: everything that was ever signed for a stream, in order.
        moved: by stream, in order.
    """
    told = moved.get(stream, ())
    own = signed(stream)
    after = next((one for one in told if one.at > at), None)
    own = own if after is None else own[: after.own]
    last = next((one for one in reversed(told) if one.at <= at), None)
    if last is None:
        return own
    # What held for them where they were on record until that very instant.
    theirs = [] if last.source is None else standing(signed, moved, last.source, last.at - 1)
    return [*theirs, *own[last.own :]]


def pairs(value: Json) -> list[tuple[StreamId, StreamId | None]]:
    """Stream, and the stream that the person was on record for, None for none; InputError for others."""
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise InputError(f"not a list: {value!r}")
    return [(whole(one[0]), whole_or_none(one[1])) for one in value]


def move(kind: str, moves: Mapping[StreamId, StreamId | None]) -> Draft:
    """Streams are other people's from now on (``MOVED`` or ``LADDER_MOVED``).

    Args:
        moves: stream → the stream whose criteria or plan are that person's own; None for none.
    """
    subject = stream_name(next(iter(moves)))
    return Draft(kind, subject, {"moves": [[to, source] for to, source in moves.items()]})
