"""What people do with orders at the desk: received, edited, signed, returned, refused, withdrawn (R29)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from einthoven.base.deeds import Draft, staff_actor
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import stream_name
from einthoven.base.instants import DAY, Instant, to_iso
from einthoven.center.act_fields import Fields, flag, stream, whole, words
from einthoven.center.desk_door import Who
from einthoven.center.signing import signature_of
from einthoven.center.surveil import CONSOLE
from einthoven.enrollment import order_deeds as deeds
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_content import signed_bytes
from einthoven.enrollment.order_deeds import Came
from einthoven.enrollment.order_read import Fault, parse
from einthoven.enrollment.order_states import OrderRecord, Source
from einthoven.escalation.signature import SIGNS_ORDER
from einthoven.surveillance.roles import Permission, reaches_all

if TYPE_CHECKING:
    from einthoven.center.desk_books import Books

Do: TypeAlias = "Callable[[Books, Who, Fields, Instant], list[Draft]]"
SETTLED_MAX: Final = 200


# ---- who ---------------------------------------------------------------------------------------------------


def reaches(books: Books, who: Who, permission: Permission, practice: int | None) -> bool:
    """Whether somebody may do this with an order of that practice (None: the center's alone)."""
    surveil = books.surveil
    if who.staff == CONSOLE:
        return surveil.staff.administrators() == 0
    member = surveil.staff.members.get(who.staff)
    if member is None or permission not in surveil.permissions(who.staff):
        return False
    if reaches_all(member.roles, permission):
        return True
    return practice is not None and member.practice == practice


def permit(books: Books, who: Who, permission: Permission, fields: Fields) -> None:
    """Whether somebody may act on the order that an act names; one that comes has none yet.

    Raises:
        NotFoundError: there is none, or it is of another practice: in the same words.
    """
    number = fields.get("order")
    if type(number) is not int:
        return
    record = books.orders.orders.get(number)
    if record is None or not reaches(books, who, permission, record.practice):
        raise NotFoundError(f"there is no order {number}")


def home(books: Books, who: Who, asked: object, order: Order) -> int | None:
    """The practice that an order which somebody enters is of: their own, or the one that they name.

    Raises:
        NotFoundError: there is no such practice.
    """
    member = books.surveil.staff.members.get(who.staff)
    if member is not None and not reaches_all(member.roles, Permission.ORDER):
        return member.practice
    if asked is None:
        return home_of(books, order.orderer.npi)
    if type(asked) is not int or asked not in books.surveil.staff.practices:
        raise NotFoundError(f"practice: there is no practice {str(asked)[:20]}")
    return asked


def home_of(books: Books, *names: str) -> int | None:
    """The practice that the setting ``order_practices`` gives to an NPI or a sender; None for none."""
    found = (books.homes[one] for one in names if one in books.homes)
    return next((one for one in found if one in books.surveil.staff.practices), None)


# ---- versions ----------------------------------------------------------------------------------------------


def read(
    books: Books, given: object, now: Instant, *, signs: bool, drafted: bool = False
) -> tuple[Order, list[Fault]]:
    """An order as a page sends it; its papers must be on file.

    Args:
        signs: whether a signature in it counts: on paper, and nothing else, when it comes by a form.
        drafted: it is only looked at: a signature that it holds is taken as it is.
    """
    if not isinstance(given, Mapping):
        raise InputError("order: want an object with the fields of an order")
    order, faults = parse(given, now)
    found = [one for one in faults if signs or not one.where.startswith("signature")]
    if not signs:
        order = replace(order, signature=None)
    elif order.signature is not None and order.signature.how != "paper" and not drafted:
        told = "an order is signed here by its physician, or on paper that is on file"
        found.append(Fault("signature.how", told))
        order = replace(order, signature=None)
    return _on_file(books, order, found)


def _on_file(books: Books, order: Order, faults: list[Fault]) -> tuple[Order, list[Fault]]:
    papers = [one for one in order.documents if books.on_file(one.sha256)]
    for at, one in enumerate(order.documents):
        if one not in papers:
            faults.append(Fault(f"documents[{at}].sha256", f"{one.sha256[:12]}… is not on file"))
    if len(papers) < len(order.documents):
        order = replace(order, documents=tuple(papers))
    signature = order.signature
    if signature is not None and signature.document and not books.on_file(signature.document):
        faults.append(Fault("signature.document", f"{signature.document[:12]}… is not on file"))
        order = replace(order, signature=None)
    return order, faults


def receive(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``order.receive {order, practice}``: an order is entered; what it lacks holds it."""
    given = fields.get("order")
    order, faults = read(books, given, now, signs=True)
    practice = home(books, who, fields.get("practice"), order)
    came = Came(Source.FORM, _actor(who), "", practice, deeds.plain(given))
    return deeds.receive(books.orders, order, faults, came)


def edit(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``order.edit {order, base, fields, settled}``: the order as it now is, whole."""
    del who
    number, given = whole(fields, "order"), fields.get("fields")
    order, faults = read(books, given, now, signs=False)
    settled = _paths(fields.get("settled"))
    return deeds.edit(
        books.orders,
        number,
        whole(fields, "base"),
        order,
        faults,
        given=deeds.plain(given),
        settled=settled,
    )


def _paths(value: object) -> Collection[str]:
    if value is None:
        return ()
    if (
        not isinstance(value, list)
        or len(value) > SETTLED_MAX
        or not all(isinstance(one, str) for one in value)
    ):
        raise InputError(f"settled: want a list of at most {SETTLED_MAX} paths")
    return tuple(value)


def sign(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``order.sign {order, content, confirmation}``: the physician orders exactly what was shown."""
    record = deeds.to_sign(books.orders, whole(fields, "order"))
    signed = signature_of(books, who, fields, signed_bytes(record.order), "order", SIGNS_ORDER, now)
    made = signed.body()
    return deeds.sign(books.orders, record.number, signed.content, made, signed.name, to_iso(now))


def paper_signature(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``order.paper_signature {order, name, at, document, legible}``."""
    document = words(fields, "document", 64)
    if not books.on_file(document):
        raise NotFoundError(f"document: {document[:12]}… is not on file")
    number, legible = whole(fields, "order"), flag(fields, "legible")
    if str(fields.get("at"))[:10] > to_iso(now + DAY)[:10]:  # somewhere it is tomorrow already
        raise InputError(f"at: {str(fields.get('at'))[:40]} is in the future")
    return deeds.paper_signature(
        books.orders, number, fields.get("name"), fields.get("at"), document, legible
    )


# ---- what people decide ------------------------------------------------------------------------------------


def give_back(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``order.return {order, why}``: the ordering office has something to do."""
    return deeds.give_back(books.orders, whole(fields, "order"), fields.get("why"))


def refuse(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``order.refuse {order, why}``: the center does not take it."""
    member = books.surveil.staff.members.get(who.staff)
    if member is not None and not reaches_all(member.roles, Permission.ORDER):
        raise RefusedError("permission", "an order is refused by the center; whoever ordered withdraws it")
    return deeds.refuse(books.orders, whole(fields, "order"), fields.get("why"))


def withdraw(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``order.withdraw {order, why}``: whoever ordered takes it back."""
    return deeds.withdraw(books.orders, whole(fields, "order"), fields.get("why"))


def note(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``order.note {order, text}``."""
    return deeds.note(books.orders, whole(fields, "order"), fields.get("text"))


def assign(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``order.assign {order, practice}``: an order of the center alone is of a practice from now on."""
    record: OrderRecord = books.orders.order(whole(fields, "order"))
    practice = home(books, who, whole(fields, "practice"), record.order)
    return [] if practice is None else deeds.assign(books.orders, record.number, practice)


def place(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``order.place {order, stream, why}``: it is the order of a service corrected to its patient."""
    record, wanted = books.orders.order(whole(fields, "order")), stream(fields)
    if wanted not in books.placeable(record):
        told = f"{stream_name(wanted)} is no service that was corrected to {record.order.patient.name}"
        raise RefusedError("not_theirs", f"{told} and has no order of theirs")
    return deeds.place(books.orders, record.number, wanted, fields.get("why"))


def _actor(who: Who) -> str:
    return "console" if who.staff == CONSOLE else staff_actor(who.staff)


ORDERS: Mapping[str, tuple[tuple[str, ...], Do, str]] = MappingProxyType(
    {
        "order.receive": (("order", "practice"), receive, "order"),
        "order.edit": (("order", "base", "fields", "settled"), edit, ""),
        "order.sign": (("order", "content", "confirmation"), sign, ""),
        "order.paper_signature": (("order", "name", "at", "document", "legible"), paper_signature, ""),
        "order.return": (("order", "why"), give_back, ""),
        "order.refuse": (("order", "why"), refuse, ""),
        "order.withdraw": (("order", "why"), withdraw, ""),
        "order.note": (("order", "text"), note, ""),
        "order.assign": (("order", "practice"), assign, ""),
        "order.place": (("order", "stream", "why"), place, ""),
    }
)
"""Fields of each act, what decides it, and the number that its answer tells."""
