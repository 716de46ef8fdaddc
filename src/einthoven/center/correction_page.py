"""What the page of corrections asks: the list, one correction with what went out, who else it could be."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from einthoven.base.errors import EinthovenError, InputError, RefusedError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import HOUR, Duration, Instant
from einthoven.center import correction_acts
from einthoven.center.correction_reach import reach
from einthoven.center.criteria_page import ms
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Look, Who
from einthoven.center.surveil import CONSOLE
from einthoven.enrollment import correction_deeds
from einthoven.enrollment.corrections import KINDS, ORDER, Correction, Item, State, Whose, Work
from einthoven.surveillance.roles import Permission

Shape: TypeAlias = dict[str, Any]
MARKED: Final[Duration] = 12 * HOUR
"""So long the wall says of a patient that their name was put right: a shift that was told the other name."""
FOUND_MOST: Final = 20
SHOWN_MOST: Final = 500


def _need(books: Books, who: Who) -> None:
    if Permission.READ_CORRECTION not in books.surveil.permissions(who.staff):
        raise RefusedError("permission", "that is not for your roles")


def answer(books: Books, who: Who, what: str, params: Mapping[str, str], now: Instant) -> Shape:
    """``corrections``: all; ``correction``: one; ``correction.check``: what would follow."""
    _need(books, who)
    if what == "corrections":
        return listed(books, who, now)
    if what == "correction.check":
        return check(books, params, now)
    text = params.get("id", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError("correction: want its number")
    return page(books, who, books.corrections.correction(int(text)), now)


def listed(books: Books, who: Who, now: Instant) -> Shape:
    """Every correction, those that wait first, then the newest."""
    book = books.corrections
    order = sorted(book.corrections.values(), key=lambda one: (one.number not in book.waiting, -one.number))
    late = [number for number in book.open if book.items[number].overdue(now)]
    may = Permission.CORRECT in books.surveil.permissions(who.staff) and who.staff != CONSOLE
    return {
        "now_ms": ms(now),
        "corrections": [_line(books, one, now) for one in order[:SHOWN_MOST]],
        "open": len(book.open),
        "overdue": len(late),
        "may_correct": may,
        "practices": [
            {"id": one.number, "name": one.name}
            for one in sorted(books.surveil.staff.practices.values(), key=lambda one: one.name.casefold())
        ],
    }


def _line(books: Books, one: Correction, now: Instant) -> Shape:
    items = books.corrections.items_of(one)
    return {
        "correction": one.number,
        "stream": stream_name(one.stream),
        "swap": None if one.swap is None else stream_name(one.swap),
        "was": [part.was.name for part in one.parts] or [books.card(each).name for each in one.streams],
        "now": [part.now.name for part in one.parts] or _right(books, one),
        "state": str(one.state),
        "why": one.why,
        "by": books.actor(one.by),
        "at_ms": ms(one.at),
        "since_ms": ms(one.since or None),
        "applied_ms": ms(one.applied_at),
        "items": len(items),
        "open": sum(item.state is Work.OPEN for item in items),
        "overdue": sum(item.overdue(now) for item in items),
    }


def _right(books: Books, one: Correction) -> list[str]:
    """Who it is, before the facts say so."""
    if one.swap is not None:
        return [books.card(one.swap).name, books.card(one.stream).name]
    if one.patient is None or books.people is None:
        return [str((one.person or {}).get("name", ""))]
    try:
        return [books.people.patient(one.patient).name]
    except EinthovenError:
        return [f"patient {one.patient}"]


def page(books: Books, who: Who, one: Correction, now: Instant) -> Shape:
    """A correction: what is wrong, who it is, what went out, what was done about it."""
    actor = f"staff {who.staff}"
    may = Permission.CORRECT in books.surveil.permissions(who.staff) and who.staff != CONSOLE
    waits = one.state is State.PROPOSED
    why_not = ""
    if waits and one.by == actor:
        why_not = "you proposed it: a second person confirms it"
    elif waits and not may:
        why_not = "enrollment or a supervisor confirms it, signed in"
    items = books.corrections.items_of(one)
    order = {name: place for place, name in enumerate(ORDER)}
    return {
        **_line(books, one, now),
        "now_ms": ms(now),
        "person": one.person,
        "patient": one.patient,
        "physician": one.physician,
        "practice": _practice(books, one.practice),
        "confirmed_by": books.actor(one.confirmed_by),
        "confirmed_ms": ms(one.confirmed_at),
        "dropped_why": one.dropped_why,
        "trouble": books.correcting.get(one.number, ""),
        "parts": [
            {
                "stream": stream_name(part.stream),
                "was": _whose(books, part.was),
                "is": _whose(books, part.now),
            }
            for part in one.parts
        ],
        "list": [
            _item(books, item, now)
            for item in sorted(items, key=lambda item: (order[item.kind], item.number))
        ],
        "ahead": [] if one.parts else _ahead(books, one.streams, one.since, now),
        "may": {"confirm": waits and may and one.by != actor, "drop": waits and may, "follow": may},
        "why_not": why_not,
    }


def _practice(books: Books, number: int | None) -> str:
    held = books.surveil.staff.practices.get(number or 0)
    return "" if held is None else held.name


def _whose(books: Books, one: Whose) -> Shape:
    return {
        "patient": one.patient,
        "name": one.name,
        "birth_date": one.birth_date,
        "practice": _practice(books, one.practice),
        "physician": one.physician,
    }


def _item(books: Books, item: Item, now: Instant) -> Shape:
    return {
        "item": item.number,
        "kind": item.kind,
        "what": KINDS[item.kind].words,
        "words": item.words,
        "tell": item.tell,
        "stream": stream_name(item.stream),
        "since_ms": ms(item.since),
        "due_ms": ms(item.due),
        "state": str(item.state),
        "overdue": item.overdue(now),
        "log": [
            {"at_ms": ms(one.at), "by": books.actor(one.by), "how": one.how, "opened": one.opened}
            for one in item.log
        ],
    }


def _ahead(books: Books, streams: tuple[StreamId, ...], since: Instant, now: Instant) -> list[Shape]:
    """What is known to have gone out, before it is confirmed; the audit is looked through afterwards."""
    told = []
    for stream in streams:
        card = books.card(stream)
        was = Whose(card.number, card.name, card.birth_date, books.practice(stream), card.physician)
        told += [
            {"kind": one.kind, "what": KINDS[one.kind].words, "words": one.words, "tell": one.tell}
            for one in reach(books, stream, was, since, now)
        ]
    order = {name: place for place, name in enumerate(ORDER)}
    return sorted(told, key=lambda one: order[str(one["kind"])])


def check(books: Books, params: Mapping[str, str], now: Instant) -> Shape:
    """What is wrong with a form that is being filled in, or what would follow from it."""
    form = json.loads(params.get("form", "{}"))
    fields = {**form, "stream": params.get("id", "")}
    faults: list[str] = []
    for name in fields:
        if name not in correction_acts.FIELDS:
            faults.append(f"{name[:40]!r} is no field of it")
    stream = parse_stream(str(fields["stream"]))
    since = 0
    streams: tuple[StreamId, ...] = (stream,)
    try:
        wanted = correction_acts.wanted(books, fields, now)
        correction_deeds.propose(books.corrections, wanted)
        since, streams = wanted.since, (stream,) if wanted.swap is None else (stream, wanted.swap)
    except EinthovenError as error:
        faults += str(error).splitlines()
    card = books.card(stream)
    return {
        "faults": faults,
        "was": {
            "patient": card.number,
            "name": card.name,
            "birth_date": card.birth_date,
            "practice": _practice(books, books.practice(stream)),
            "physician": card.physician,
        },
        "ahead": _ahead(books, streams, since, now),
    }


def persons(books: Books, who: Who, params: Mapping[str, str]) -> Look:
    """Who is on file under a name, a number or a date of birth, with the streams that are theirs."""
    _need(books, who)
    people, typed = books.people, params.get("id", "").strip().casefold()
    if people is None or len(typed) > 200:
        raise InputError("name: want a part of a name, a number, or a date of birth")

    def read() -> Callable[[], Mapping[str, object]]:
        found: dict[int, Shape] = {}
        for one in people.enrollments():
            number, patient = one.period.patient, one.patient
            if typed not in patient.name.casefold() and typed not in (str(number), patient.birth_date):
                continue
            told = found.setdefault(
                number,
                {"patient": number, "name": patient.name, "birth_date": patient.birth_date, "streams": []},
            )
            told["streams"].append({"stream": stream_name(one.stream), "open": one.period.ended is None})
        ordered = sorted(found.values(), key=lambda each: str(each["name"]).casefold())
        return lambda: {"persons": ordered[:FOUND_MOST], "left_out": max(0, len(ordered) - FOUND_MOST)}

    return Look(["patients"], read)


def mark(books: Books, stream: StreamId, now: Instant) -> Shape | None:
    """What the wall and the patient's page say for some hours: the name was put right."""
    held = books.corrections.segments.get(stream)
    if not held:
        return None
    one = books.corrections.corrections[held[-1].correction]
    if one.applied_at is None or now - one.applied_at >= MARKED:
        return None
    return {"at_ms": ms(one.applied_at), "correction": one.number, "since_ms": ms(one.since or None)}


def history(books: Books, stream: StreamId) -> list[Shape]:
    """Who was on record for a stream, and until when."""
    return [
        {
            "correction": one.number,
            "was": part.was.name,
            "until_ms": ms(one.applied_at),
            "since_ms": ms(one.since or None),
        }
        for one, part in books.corrections.was(stream)
    ]
