"""Orders that come by message: new, changed, cancelled; what the sender is told of each (R29, R41).

The sender's number of an order (with who sent it) tells orders apart: the same one again makes no second
order. A message is refused or kept as a whole: ``checked`` looks at every order of it before any is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from einthoven.base.deeds import Draft
from einthoven.base.errors import MessageError
from einthoven.base.instants import Instant
from einthoven.center.desk_books import Books
from einthoven.center.order_acts import home_of
from einthoven.enrollment import order_deeds as deeds
from einthoven.enrollment.order import Order, OrderDocument
from einthoven.enrollment.order_content import changed, merged
from einthoven.enrollment.order_deeds import MESSAGE, Came
from einthoven.enrollment.order_read import Fault, parse
from einthoven.enrollment.order_states import OPEN, OrderRecord, Source, State
from einthoven.enrollment.people import Patient, same_person
from einthoven.interop.order_said import Said, clean, joined

STATUS: Final = {
    State.HELD: "HD",
    State.READY: "SC",
    State.ENROLLED: "IP",
    State.REFUSED: "CA",
    State.WITHDRAWN: "CA",
}
"""State of an order → ORC-5 (table 0038)."""
CANCELLED: Final = "cancelled by the ordering system"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a message wants of one order.

    Attributes:
        control: ``NW`` new, ``XO`` change, ``CA`` cancel.
        placer: the sender's number.
        said: what it says of it.
        where: its number stands in the message.
    """

    control: str
    placer: str
    said: Said
    where: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of orders.

    Attributes:
        source, sender: how and from whom.
        title: of the message as a document: ``ORM^O01 MSG00001``.
        document: SHA-256 of it on file.
        wanted: its orders.
        practice: whose they are, where the sender is of one; None: by ``order_practices``.
    """

    source: Source
    sender: str
    title: str
    document: str
    wanted: Sequence[Wanted]
    practice: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one order of a message: ORC-1 of the answer, the order as it stands, more words, and
    whether it is a new one."""

    control: str
    record: OrderRecord
    words: str = ""
    fresh: bool = False


def checked(books: Books, letter: Letter, now: Instant) -> None:
    """Whether a message can be taken; nothing is changed.

    Raises:
        MessageError: it changes or cancels an order that never came (204), or its number is that of another
            patient's order, or of one that has ended (205).
    """
    seen: set[str] = set()
    for one in letter.wanted:
        where = one.where or f"{one.said.origin}-2"
        if one.placer and one.placer in seen:
            raise MessageError(where, f"{one.placer} stands there twice", 205)
        seen.add(one.placer)
        known = books.orders.of_placer(letter.sender, one.placer)
        if known is None:
            if one.control != "NW":
                which = one.placer or "an order without a number"
                raise MessageError(where, f"{which} is no order of yours here", 204)
            continue
        order, _ = parse(one.said.order, now)
        if not _same_patient(known.order, order):
            raise MessageError(where, f"{one.placer} is another patient's order here", 205)
        if known.state not in (*OPEN, State.ENROLLED) and one.control != "CA":
            ended = f"{one.placer} has ended here ({known.state}: {known.ended}): send a new number"
            raise MessageError(where, ended, 205)


def _same_patient(held: Order, said: Order) -> bool:
    one, other = held.patient, said.patient
    if not one.name or not other.name or (one.record_number and one.record_number == other.record_number):
        return True
    return same_person(Patient(one.name, one.birth_date), Patient(other.name, other.birth_date))


def take(books: Books, letter: Letter, now: Instant, commit: Callable[[list[Draft]], None]) -> list[Taken]:
    """Take every order of a message that was ``checked``.

    Args:
        commit: lets drafts take effect; called in order, an order each.
    """
    told = []
    for one in letter.wanted:
        known = books.orders.of_placer(letter.sender, one.placer)
        if known is None:
            told.append(_new(books, letter, one, now, commit))
        elif one.control == "CA":
            told.append(_cancel(books, letter, one, known, commit))
        else:
            told.append(_change(books, letter, one, known, now, commit))
    return told


def _new(
    books: Books, letter: Letter, one: Wanted, now: Instant, commit: Callable[[list[Draft]], None]
) -> Taken:
    order, faults = _read(books, letter, one.said, now)
    practice = letter.practice or home_of(books, order.orderer.npi, letter.sender)
    came = Came(letter.source, letter.sender, one.placer, practice)
    number = books.orders.next_order
    commit(deeds.receive(books.orders, order, faults, came, joined(one.said.notes)))
    return Taken("OK", books.orders.order(number), fresh=True)


def _read(books: Books, letter: Letter, said: Said, now: Instant) -> tuple[Order, list[Fault]]:
    """The order that a message says, with the message and its papers, which are on file, as documents."""
    order, faults = said.read(now)
    message = OrderDocument(
        f"{str(letter.source).upper()} {MESSAGE}", clean(letter.title, 80), letter.document
    )
    papers = [one for one in order.documents if books.on_file(one.sha256)]
    return replace(order, documents=(message, *papers)), faults


def _change(
    books: Books,
    letter: Letter,
    one: Wanted,
    known: OrderRecord,
    now: Instant,
    commit: Callable[[list[Draft]], None],
) -> Taken:
    """A change, or the same number once more: what it says differently is the newest word of who orders."""
    control = "XR" if one.control == "XO" else "OK"
    said, faults = _read(books, letter, one.said, now)
    order, _ = parse(merged(known.order, one.said.order), now)
    order = replace(order, documents=known.order.documents)
    paths = [path for path in changed(known.order, order) if path != "documents"]
    fresh = [fault for fault in faults if fault not in known.faults]
    signed = "signature" in one.said.order and order.signature is not None
    if not paths and not fresh and order.signature == known.order.signature:
        return Taken(control, known, "as it is known here")
    if known.state is State.ENROLLED:
        words = (", ".join(paths) or "; ".join(fault.words for fault in fresh))[: deeds.WHY_MAX]
        if known.wish is None:
            commit(deeds.wish(books.orders, known.number, "change", words, letter.document))
        told = "a service runs under it: people at the center decide"
        return Taken("UX", books.orders.order(known.number), told)
    order = replace(order, documents=(*known.order.documents, *said.documents))
    base = known.version
    settled = list(one.said.order)
    drafts = deeds.edit(books.orders, known.number, base, order, faults, settled=settled, signed=signed)
    notes = [deeds.note(books.orders, known.number, text) for text in joined(one.said.notes)]
    commit([*drafts, *(draft for drafted in notes for draft in drafted)])
    return Taken(control, books.orders.order(known.number))


def _cancel(
    books: Books,
    letter: Letter,
    one: Wanted,
    known: OrderRecord,
    commit: Callable[[list[Draft]], None],
) -> Taken:
    why = "; ".join([CANCELLED, *one.said.notes])[: deeds.WHY_MAX]
    if known.state in OPEN:
        commit(deeds.withdraw(books.orders, known.number, why))
        return Taken("CR", books.orders.order(known.number))
    if known.state is State.ENROLLED:
        if known.wish is None or known.wish.what != "cancel":
            commit(deeds.wish(books.orders, known.number, "cancel", why, letter.document))
        told = "a service runs under it: people at the center decide"
        return Taken("UC", books.orders.order(known.number), told)
    return Taken("CR", known, "it had ended")
