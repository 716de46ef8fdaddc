"""Strips that do not count, or are another patient's: nothing is overwritten (R6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from einthoven.answering import call_book as kinds
from einthoven.answering.call import Call, State, Strip
from einthoven.answering.call_book import CallBook
from einthoven.answering.call_deeds import WAYS, draft, mine
from einthoven.base.deeds import Body, Draft, Json
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name

Out: TypeAlias = Mapping[int, Sequence[tuple[str, str, str]]]
"""Number of a strip → what went out because of it: kind, what it was, who has it."""


def _strip_of(call: Call, number: int) -> Strip:
    found = call.strip(number)
    if found is None:
        raise NotFoundError(f"call {call.number} has no strip {number}")
    if found.closed_at is None:
        raise RefusedError("coming", f"strip {number} of call {call.number} still comes")
    if found.struck:
        raise RefusedError("struck", f"strip {number} of call {call.number} is struck: {found.struck}")
    return found


def _may_change(call: Call, by: int, *, may_correct: bool) -> None:
    """Strips of an open call are its holder's; those of a closed one of who may correct the record."""
    if call.state is not State.CLOSED:
        mine(call, by, "changed")
    elif not may_correct:
        raise RefusedError("permission", f"call {call.number} is closed: a supervisor puts its strips right")


def strike(
    book: CallBook, number: int, strip: int, by: int, why: str, out: Out, *, may_correct: bool = False
) -> list[Draft]:
    """A strip counts for nothing, with the reason: a test, not to be read. It stays stored.

    Args:
        out: what went out because of it, by its number.
        may_correct: whether they put closed calls right.
    """
    call = book.call(number)
    _may_change(call, by, may_correct=may_correct)
    found = _strip_of(call, strip)
    return [draft(kinds.STRUCK, number, strip=found.number, why=why, out=_out(out, found.number))]


def _out(out: Out, strip: int) -> list[Json]:
    return [list(one) for one in out.get(strip, ())]


def follow(book: CallBook, number: int, strip: int, item: int, how: str) -> list[Draft]:
    """What went out because of a strip that does not count was followed up.

    Raises:
        NotFoundError: there is no such thing.
        RefusedError: it was followed up before (``done``).
    """
    found = book.call(number).strip(strip)
    known = next((one for one in found.follow if one.number == item), None) if found is not None else None
    if known is None:
        raise NotFoundError(f"nothing of number {item} went out because of strip {strip} of call {number}")
    if known.how:
        raise RefusedError("done", f"that was followed up: {known.how}")
    return [draft(kinds.FOLLOWED, number, strip=strip, item=item, how=how)]


def played(
    book: CallBook, number: int, by: int, profile: str, speed: int, why: str, *, may_correct: bool = False
) -> list[Draft]:
    """Which recorder played the strips of a call: they are read anew by it; what lies in an ECG stays.

    Args:
        profile: kind of the recorder, ``""``: the patient's own.
        speed: times as fast as recorded; 0: as the sound tells it.
        why: how that is known.

    Raises:
        RefusedError: no strip of it counts and lies in no ECG (``placed``), or as ``strike``.
    """
    call = book.call(number)
    _may_change(call, by, may_correct=may_correct)
    if not any(one.waits for one in call.strips):
        raise RefusedError("placed", f"call {number} has no strip that is still to be placed")
    return [draft(kinds.PLAYED, number, profile=profile, speed=speed, why=why)]


@dataclass(frozen=True, slots=True)
class Move:
    """Strips are another patient's.

    Attributes:
        call: of which.
        strip: which; None: all that count, and the call itself.
        stream: whose they are.
        how: how that is known, of ``WAYS``.
        why: the reason.
        out: what went out because of each strip, by its number.
    """

    call: int
    strip: int | None
    stream: StreamId
    how: str
    why: str
    out: Out


def move(book: CallBook, wanted: Move, by: int, *, may_correct: bool = False) -> list[Draft]:
    """Take strips out of one patient's ECG and have them placed in another's; nothing is overwritten.

    Raises:
        RefusedError: they are that patient's already (``same``), or as ``strike``.
    """
    call, stream = book.call(wanted.call), wanted.stream
    _may_change(call, by, may_correct=may_correct)
    if wanted.how not in WAYS:
        raise InputError(f"how: want one of {', '.join(WAYS)}")
    if wanted.strip is not None:
        chosen: Sequence[Strip] = [_strip_of(call, wanted.strip)]
    else:
        chosen = [_strip_of(call, one.number) for one in call.strips if one.counts]
    strange = [one for one in chosen if call.stream_of(one) != stream]
    retied = wanted.strip is None and call.stream != stream
    if not strange and not retied:
        raise RefusedError("same", f"that is of {stream_name(stream)} already")
    drafts = [draft(kinds.TIED, call.number, stream=stream, how=wanted.how)] if retied else []
    for one in strange:
        was = call.stream_of(one)
        told: Body = {"was": was, "start": one.start, "stop": one.stop, "why": wanted.why}
        told = {**told, "out": _out(wanted.out, one.number)}
        drafts.append(draft(kinds.MOVED, call.number, strip=one.number, stream=stream, **told))
    return drafts
