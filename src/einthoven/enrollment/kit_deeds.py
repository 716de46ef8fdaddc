"""What may be done with a kit, drafted as deeds: taken into stock, assigned, given back, cleaned (R5)."""

from __future__ import annotations

from einthoven.base.deeds import Body, Draft, Json
from einthoven.base.errors import EnrollmentError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.layout import Layout
from einthoven.enrollment import kit_book as kinds
from einthoven.enrollment.kit_book import KitBook
from einthoven.enrollment.kit_states import Event, Kit, State, can


def _subject(transmitter: str) -> str:
    return f"kit {transmitter}"


def _draft(kind: str, kit: Kit, **more: Json) -> Draft:
    body: Body = {"transmitter": kit.transmitter, **more}
    return Draft(kind, _subject(kit.transmitter), body)


def _movable(book: KitBook, transmitter: str, event: Event, what: str) -> Kit:
    kit = book.kit(transmitter)
    if not can(kit, event):
        raise RefusedError("state", f"kit {transmitter} is {kit.state}: {what}")
    return kit


def add(
    book: KitBook, transmitter: str, layout: Layout, public_key: bytes, model: str, serial: str
) -> list[Draft]:
    """A kit comes into stock, clean from its maker.

    Raises:
        EnrollmentError: there is a kit of that name, or another has the key.
    """
    if transmitter in book.kits:
        raise EnrollmentError(f"transmitter: there is a kit {transmitter} already")
    holder = book.keys.get(public_key)
    if holder is not None:
        raise EnrollmentError(f"public_key: belongs to kit {holder}; each transmitter has its own key")
    body: Body = {
        "transmitter": transmitter,
        "rate_hz": layout.rate_hz,
        "leads": list(layout.names),
        "public_key": public_key.hex(),
        "model": model,
        "serial": serial,
    }
    return [Draft(kinds.ADDED, _subject(transmitter), body)]


def assignable(book: KitBook, transmitter: str) -> Kit:
    """A kit that a patient can be given.

    Raises:
        NotFoundError: there is no such kit.
        RefusedError: it is not clean and on the shelf (``kit``).
    """
    kit = book.kit(transmitter)
    if kit.state is State.STOCK:
        return kit
    why = {
        State.ASSIGNED: "a patient has it",
        State.WORN: "a patient wears it",
        State.DUE: "the last patient has not sent it back",
        State.RETURNED: "it must be cleaned first",
        State.CLEANING: "it is not clean yet",
    }.get(kit.state, kit.said or "it cannot be assigned")
    raise RefusedError("kit", f"kit {transmitter} is {kit.state}: {why}")


def assign(kit: Kit, stream: StreamId, shipping: str = "") -> Draft:
    """A period was opened with it."""
    return _draft(kinds.ASSIGNED, kit, stream=stream, shipping=shipping)


def follow(kit: Kit, stream: StreamId) -> Draft:
    """A period was opened with it elsewhere."""
    return _draft(kinds.FOLLOWED, kit, stream=stream, was=str(kit.state))


def sent(kit: Kit) -> Draft:
    """Its first sample came."""
    return _draft(kinds.SENT, kit, stream=kit.stream)


def due(kit: Kit) -> Draft:
    """Its period is over."""
    return _draft(kinds.DUE, kit, stream=kit.stream)


def shipped(book: KitBook, transmitter: str, shipping: str) -> list[Draft]:
    """The number under which it is sent, or comes back."""
    kit = book.kit(transmitter)
    return [] if kit.shipping == shipping else [_draft(kinds.SHIPPED, kit, shipping=shipping)]


def give_back(book: KitBook, transmitter: str, shipping: str = "") -> list[Draft]:
    """It is here again.

    Raises:
        RefusedError: no patient was to send it back (``state``).
    """
    kit = book.kit(transmitter)
    if kit.state is State.LOST:
        return [_draft(kinds.FOUND, kit)]
    if kit.state in (State.ASSIGNED, State.WORN):
        assert kit.stream is not None
        where = stream_name(kit.stream)
        raise RefusedError("state", f"kit {transmitter} is {kit.state} in open period {where}: end it first")
    kit = _movable(book, transmitter, Event.RETURNED, "it is not expected back")
    return [_draft(kinds.RETURNED, kit, shipping=shipping)]


def clean(book: KitBook, transmitter: str, done: bool) -> list[Draft]:
    """Cleaning begins, or is done: then it is on the shelf again."""
    event, kind = (Event.CLEANED, kinds.CLEANED) if done else (Event.CLEANING, kinds.CLEANING)
    return [_draft(kind, _movable(book, transmitter, event, "there is nothing to be cleaned"))]


def lose(book: KitBook, transmitter: str, why: str) -> list[Draft]:
    """It is nowhere; the period of one that is worn is ended first."""
    kit = _movable(book, transmitter, Event.LOST, "one that is in an open period is not lost: end that first")
    return [_draft(kinds.LOST, kit, why=why)]


def retire(book: KitBook, transmitter: str, why: str) -> list[Draft]:
    """It is never assigned again."""
    kit = _movable(book, transmitter, Event.RETIRED, "it is with a patient, or retired already")
    return [_draft(kinds.RETIRED, kit, why=why)]
