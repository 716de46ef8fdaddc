"""Who may be calling: told to a person, who says who it is; nobody is tied by the machine alone (R6)."""

from __future__ import annotations

import re
from typing import Final

from einthoven.answering.call import Call
from einthoven.answering.callers import DIGITS
from einthoven.base.ids import StreamId
from einthoven.center.desk_books import Books

BETWEEN: Final = re.compile(r"[^0-9]+")
"""Keys that end what was dialled: who errs presses one and begins anew."""


def code_of(keys: str) -> str:
    """The last six digits that stand for themselves among the keys that a caller pressed; ``""`` for none."""
    whole = [one for one in BETWEEN.split(keys) if len(one) == DIGITS]
    return whole[-1] if whole else ""


def guesses(books: Books, call: Call) -> list[tuple[StreamId, str]]:
    """Patients that a call of nobody known may be of: by the code keyed in, or the number called from."""
    return [] if call.stream is not None else _fits(books, call)


def how_known(books: Books, call: Call, stream: StreamId) -> str:
    """How it is known that a call is a patient's: ``code``, ``number``, or that they were ``asked``."""
    return next((how for one, how in _fits(books, call) if one == stream), "asked")


def _fits(books: Books, call: Call) -> list[tuple[StreamId, str]]:
    live = {stream for stream, period in books.periods.items() if period.telephone}
    found: dict[StreamId, str] = {}
    code = code_of(call.digits)
    keyed = books.callers.by_code(code, live) if code else None
    if keyed is not None:
        found[keyed] = "code"
    for stream in books.callers.by_number(call.caller, live) if call.caller else ():
        found.setdefault(stream, "number")
    return list(found.items())
