"""Who calls, when a period by telephone was another person's: code and numbers follow the person (R5, R6).

The recorder stays with the stream: its strips are of whoever has it. Codes and numbers were told of a person,
and stand on a sheet with that person's name. Of two who were mistaken for one another each takes their own
along. For anybody else the numbers of the person before are known no more, the right person's own telephone
stands in their place, and a new code is drawn: the sheet with the wrong name proposes nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from einthoven.answering import callers
from einthoven.base.deeds import Draft
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.center.desk_books import Books
from einthoven.enrollment.correction_deeds import Out
from einthoven.enrollment.corrections import Part


def callers_moved(
    books: Books, parts: Sequence[Part], sources: Mapping[StreamId, StreamId | None], now: Instant
) -> list[Draft]:
    """Codes and numbers of open periods by telephone that are another person's from now on.

    Args:
        parts: the enrollment is the right person's already.
        sources: of a swap the other stream, which has what is the person's own.

    Raises:
        OursError: no code is free.
    """
    made = []
    for part in parts:
        held = books.callers.of(part.stream)
        if held is None or part.stream not in books.periods:
            continue
        source = sources[part.stream]
        own = None if source is None or source not in books.periods else books.callers.of(source)
        if own is not None:
            code, numbers = own.code, own.numbers
        else:
            code = callers.given(books.callers, books.draw, books.periods, now)
            numbers = (books.card(part.stream).telephone,)
        made.append(callers.told(part.stream, code, numbers, held.profile))
    return made


def sheet(books: Books, part: Part) -> list[Out]:
    """Somebody must give the right person a sheet of their own, and ask which numbers they call from."""
    held = books.callers.of(part.stream)
    if held is None or part.stream not in books.periods:
        return []
    name = stream_name(part.stream)
    known = f" (known were {', '.join(held.numbers)})" if held.numbers else ""
    words = (
        f"code and numbers of {part.was.name}{known} propose {name} no more: give {part.now.name} a sheet of "
        f"their own, take the other back, ask which numbers they call from"
    )
    return [Out(f"sheet {name}", "sheet", part.stream, words, part.now.name)]
