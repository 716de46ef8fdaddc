"""What people do when a period is the wrong person's: say so, confirm it, follow up what went out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import Instant
from einthoven.center import act_fields
from einthoven.center.act_fields import Fields, numbers, whole, words
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.surveil import CONSOLE
from einthoven.enrollment import correction_deeds, people
from einthoven.enrollment.correction_deeds import Wanted

HOW_MAX: Final = 1000
FIELDS: Final = ("stream", "to", "swap", "practice", "physician", "from_ms", "why")


def correct(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``patient.correct {stream, to | swap, practice, physician, from_ms, why}``: nothing changes yet."""
    _somebody(who)
    return correction_deeds.propose(books.corrections, wanted(books, fields, now))


def wanted(books: Books, fields: Fields, now: Instant) -> Wanted:
    """What somebody says is right, checked.

    Raises:
        InputError, EnrollmentError: a field is wrong; names it.
        NotFoundError: there is no such stream, person or practice.
    """
    stream = act_fields.stream(fields)
    if not books.card(stream).number:
        raise NotFoundError(f"there is no stream {stream_name(stream)}")
    swap, to = _swap(books, fields), fields.get("to")
    patient, person = _to(books, stream, to, now) if swap is None or to is not None else (None, None)
    practice = whole(fields, "practice") if fields.get("practice") is not None else None
    if practice is not None and practice not in books.surveil.staff.practices:
        raise NotFoundError(f"practice: there is no practice {practice}")
    ordered = fields.get("physician")
    physician = None if ordered is None else asdict(people.physician(ordered))
    since = act_fields.instant_ms(fields, "from_ms") if fields.get("from_ms") is not None else 0
    if since > now:
        raise InputError("from_ms: is in the future")
    why = words(fields, "why", correction_deeds.WHY_MAX)
    return Wanted(stream, swap, patient, person, practice, physician, since, why)


def _swap(books: Books, fields: Fields) -> StreamId | None:
    value = fields.get("swap")
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError("swap: want a stream, e.g. s000002")
    stream = parse_stream(value)
    if not books.card(stream).number:
        raise NotFoundError(f"swap: there is no stream {stream_name(stream)}")
    if fields.get("practice") is not None or fields.get("physician") is not None:
        raise InputError("swap: practice and physician go with the two people")
    return stream


def _to(
    books: Books, stream: StreamId, to: object, now: Instant
) -> tuple[int | None, Mapping[str, Any] | None]:
    if type(to) is int:
        if books.people is None:
            raise NotFoundError(f"to: there is no patient {to}")
        books.people.patient(to)
        if to == books.card(stream).number:
            raise InputError(f"to: {stream_name(stream)} is patient {to}'s already")
        return to, None
    if not isinstance(to, Mapping):
        raise InputError("to: want the number of a patient, or the fields of a new one")
    told = asdict(people.patient(to, now))
    return None, told | {"contacts": list(told["contacts"])}


def confirm(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``patient.correct_confirm {correction}``: by a second person."""
    _somebody(who)
    return correction_deeds.confirm(books.corrections, whole(fields, "correction"), f"staff {who.staff}")


def drop(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``patient.correct_drop {correction, why}``."""
    _somebody(who)
    why = words(fields, "why", correction_deeds.WHY_MAX)
    return correction_deeds.drop(books.corrections, whole(fields, "correction"), why)


def done(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``correction.done {item, how}``: one item or several of one correction."""
    _somebody(who)
    return correction_deeds.done(books.corrections, numbers(fields, "item"), words(fields, "how", HOW_MAX))


def reopen(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``correction.reopen {item, why}``."""
    _somebody(who)
    return correction_deeds.reopen(books.corrections, numbers(fields, "item"), words(fields, "why", HOW_MAX))


def _somebody(who: Who) -> None:
    if who.staff == CONSOLE:
        raise RefusedError("nobody", "nobody is signed in here, and two people decide this")
