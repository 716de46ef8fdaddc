"""What the pages of orders ask: the worklist, one order, a form while it is typed (R29).

What payers' policies say of an order comes from ``Books.determine``; while no policies are held it is null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

from einthoven.base.deeds import Deed
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import stream_name
from einthoven.base.instants import MILLISECOND, Instant
from einthoven.billing.service import Earlier
from einthoven.center import order_known
from einthoven.center.audit_words import words as in_words
from einthoven.center.criteria_page import ms, signed
from einthoven.center.desk_books import MOVED, Books
from einthoven.center.desk_door import Look, Who
from einthoven.center.order_acts import reaches, read
from einthoven.enrollment import order_deeds as deeds
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_book import VERSIONS
from einthoven.enrollment.order_content import signed_bytes
from einthoven.enrollment.order_missing import Missing, missing
from einthoven.enrollment.order_read import Fault, to_json
from einthoven.enrollment.order_states import ENDED, OPEN, Lack, OrderRecord, State
from einthoven.escalation import signature as signatures
from einthoven.surveillance.roles import Permission, reaches_all

Shape: TypeAlias = dict[str, Any]
_ASKED: Final = (Permission.READ_ORDER, Permission.ORDER, Permission.ORDER_SIGN, Permission.ENROLL)
OUTCOMES_MOST: Final = 20_000
"""Outcomes that are kept in mind: one an order and day."""
_CHECKED: Final = ("order", "date", "number")
ROWS_DEFAULT: Final = 200
ROWS_MOST: Final = 1000
VERSIONS_MOST: Final = 1000
STATES: Final[Mapping[str, frozenset[State]]] = {
    "held": frozenset({State.HELD}),
    "ready": frozenset({State.READY}),
    "enrolled": frozenset({State.ENROLLED}),
    "ended": ENDED,
    "all": frozenset(State),
}
"""What ``state`` asks for."""


def answer(books: Books, who: Who, what: str, params: Mapping[str, str], now: Instant) -> Shape:
    """``orders``: the worklist; ``order``: one of them; ``order.check``: a form that is being typed."""
    if what == "orders":
        return worklist(books, who, params, now)
    if what == "order.check":
        return check(books, who, params, now)
    if what == "order.papers":
        return {"papers": papers(one(books, who, params))}
    return page(books, who, one(books, who, params), now)


def _need(books: Books, who: Who, permission: Permission = Permission.READ_ORDER) -> None:
    if permission not in books.surveil.permissions(who.staff):
        raise RefusedError("permission", "that is not for your roles")


def one(books: Books, who: Who, params: Mapping[str, str]) -> OrderRecord:
    """The order that a question names, if it is theirs to read.

    Raises:
        RefusedError: orders are not for their roles.
        NotFoundError: there is none, or it is of another practice: in the same words.
    """
    _need(books, who)
    number = _whole(params, "id", 0)
    record = books.orders.orders.get(number)
    if record is None or not reaches(books, who, Permission.READ_ORDER, record.practice):
        raise NotFoundError(f"there is no order {number}")
    return record


@dataclass(frozen=True, slots=True)
class Asker:
    """What somebody may do with orders, looked up once for a list of them.

    Attributes:
        permissions: theirs.
        everything: those that they have for every practice.
        practice: of which they are.
        person: whether somebody is signed in.
    """

    permissions: frozenset[Permission]
    everything: frozenset[Permission]
    practice: int | None
    person: bool

    def may(self, permission: Permission, practice: int | None) -> bool:
        """Whether they may do this with an order of that practice, as ``order_acts.reaches``."""
        if permission in self.everything:
            return True
        return permission in self.permissions and practice is not None and practice == self.practice

    @property
    def of_center(self) -> bool:
        """Whether they enter orders of every practice."""
        return Permission.ORDER in self.everything


def asker(books: Books, who: Who) -> Asker:
    """Who asks."""
    surveil = books.surveil
    told = frozenset(surveil.permissions(who.staff))
    member = surveil.staff.members.get(who.staff)
    if member is None:
        return Asker(told, told, None, False)
    everything = frozenset(one for one in _ASKED if reaches_all(member.roles, one))
    return Asker(told, everything, member.practice, True)


# ---- the worklist ------------------------------------------------------------------------------------------


def worklist(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> Shape:
    """Orders of a state, the newest first, and how many wait: a held order is work."""
    _need(books, who)
    asked = params.get("state", "held")
    if asked not in STATES:
        raise InputError(f"state: want {', '.join(STATES)}")
    limit = min(_whole(params, "limit", ROWS_DEFAULT), ROWS_MOST)
    below = _whole(params, "below", books.orders.next_order)
    held: list[OrderRecord] = []
    counts = dict.fromkeys(("held", "ready", "enrolled", "ended", "returned", "asked"), 0)
    oldest: Instant | None = None
    sees = asker(books, who)
    for record in reversed(books.orders.orders.values()):
        if not sees.may(Permission.READ_ORDER, record.practice):
            continue
        counts["ended" if record.state in ENDED else str(record.state)] += 1
        counts["returned"] += record.returned is not None and record.state in OPEN
        counts["asked"] += record.wish is not None
        if record.state is State.HELD:
            oldest = record.since if oldest is None else min(oldest, record.since)
        if record.state in STATES[asked] and record.number < below and len(held) <= limit:
            held.append(record)
    shown = held[:limit]
    return {
        "now_ms": ms(now),
        "orders": [
            {**row(books, sees, record), "outcome": outcome(books, record, books.today(now))}
            for record in shown
        ],
        "next": shown[-1].number if len(held) > limit else None,
        "counts": counts,
        "oldest_held_ms": ms(oldest),
        "may_receive": Permission.ORDER in books.surveil.permissions(who.staff),
        "practices": practices(books, sees),
    }


def outcome(books: Books, record: OrderRecord, today: str) -> str:
    """What the payer's policy says of an order that waits, in a word; ``""`` of others, or for no answer."""
    if record.state not in OPEN:
        return ""
    on = record.order.start or today
    before = order_known.of_record(books, record)
    key = record.number, record.version, on, before
    if key not in books.outcomes:
        if len(books.outcomes) >= OUTCOMES_MOST:
            books.outcomes.clear()
        told = determined(books, record.order, on, before)
        books.outcomes[key] = "" if told is None else str(told["outcome"])
    return books.outcomes[key]


def practices(books: Books, sees: Asker) -> list[Shape]:
    """Whose orders somebody of the center enters; none for those who enter their own practice's."""
    if not sees.of_center:
        return []
    known = books.surveil.staff.practices.values()
    return [{"id": one.number, "name": one.name} for one in sorted(known, key=lambda one: one.name)]


def row(books: Books, sees: Asker, record: OrderRecord) -> Shape:
    """An order in a list: since when it waits, and what it lacks first."""
    order, lacks = record.order, record.lacks
    first, strange = _first(record), books.strange(record)
    return {
        "order": record.number,
        "version": record.version,
        "state": str(record.state),
        "since_ms": ms(record.since),
        "received_ms": ms(record.received),
        "source": str(record.source),
        "sender": books.actor(record.sender),
        "practice": _practice(books, record),
        "patient": order.patient.name,
        "birth_date": order.patient.birth_date,
        "orderer": order.orderer.name,
        "test": None if order.test is None else str(order.test),
        "indication": None if order.indication is None else str(order.indication),
        "days": order.days,
        "dated": order.dated,
        "start": order.start,
        "payer": order.payer.id,
        "placer": order.placer,
        "lacks": len(lacks) + (record.returned is not None),
        "first": None if first is None else _told(first),
        "returned": "" if record.returned is None else record.returned.why,
        "signed": "" if order.signature is None else order.signature.how,
        "void": record.void is not None,
        "wish": "" if record.wish is None else record.wish.what,
        "ended": record.ended,
        "stream": None if record.stream is None or strange else stream_name(record.stream),
        "moved": MOVED if strange else "",
        "place": _places(books, sees, record),
        "may": _may(sees, record),
    }


def _first(record: OrderRecord) -> Lack | None:
    if record.returned is not None:
        return Missing("", f"Given back: {record.returned.why}")
    return next(iter(record.lacks), None)


def _practice(books: Books, record: OrderRecord) -> Shape | None:
    known = books.surveil.staff.practices.get(record.practice or 0)
    return None if known is None else {"id": known.number, "name": known.name}


def _places(books: Books, sees: Asker, record: OrderRecord) -> list[str]:
    """Services that were corrected to its patient and wait for an order of theirs."""
    if Permission.CORRECT not in sees.permissions:
        return []
    return [stream_name(one) for one in books.placeable(record)]


def _may(sees: Asker, record: OrderRecord) -> Shape:
    """What somebody may do with an order, and why not sign it."""
    waits = record.state in OPEN
    acts = sees.may(Permission.ORDER, record.practice)
    signs = sees.person and sees.may(Permission.ORDER_SIGN, record.practice)
    enrolls = Permission.ENROLL in sees.permissions
    why = _unsigned(record, signs)
    return {
        "edit": acts and waits,
        "sign": signs and waits and not why,
        "paper_signature": acts and waits,
        "return": acts and waits,
        "refuse": acts and waits and sees.of_center,
        "withdraw": acts and waits,
        "note": acts,
        "assign": acts and record.practice is None and sees.of_center,
        "enroll": enrolls and record.state is State.READY,
        "why_not": why,
    }


def _unsigned(record: OrderRecord, signs: bool) -> str:
    """Why somebody cannot sign an order that waits; ``""`` where they can."""
    if record.state not in OPEN:
        return f"it is {record.state}"
    if not signs:
        return "a physician of the order's practice signs"
    signature = record.order.signature
    if signature is not None and signature.how == "electronic":
        return f"it is signed by {signature.name}"
    lacks = [one for one in record.missing if not one.where.startswith("signature")]
    if record.faults or lacks:
        return "what is missing comes first: what is signed is whole"
    return ""


# ---- one order ---------------------------------------------------------------------------------------------


def page(books: Books, who: Who, record: OrderRecord, now: Instant) -> Shape:
    """An order with all that was done to it, and what its payer's policy says of it."""
    order, sees = record.order, asker(books, who)
    on = order.start or books.today(now)
    known = order_known.known(books, order)
    before = order_known.before(books, known, record.stream)
    return {
        **row(books, sees, record),
        "number": record.number,
        "now_ms": ms(now),
        "order": to_json(order),
        "content": record.content,
        "given": record.given,
        "faults": [_told(one) for one in record.faults],
        "missing": [_told(one) for one in record.missing],
        "determination": determined(books, order, on, before),
        "earlier": order_known.told(before),
        "rules": order_known.rules(books, record, order, known, now),
        "payer_policy": None if books.held is None else books.held(order, on),
        "signature": _signature(record),
        "void": _void(books, record),
        "returned": None
        if record.returned is None
        else {
            "why": record.returned.why,
            "at_ms": ms(record.returned.at),
            "by": books.actor(record.returned.by),
        },
        "wish": None
        if record.wish is None
        else {
            "what": record.wish.what,
            "words": record.wish.words,
            "document": record.wish.document,
            "at_ms": ms(record.wish.at),
        },
        "period": record.period,
        "allowed": _allowed(books, record),
        "log": [
            {
                "at_ms": ms(entry.at),
                "by": books.actor(entry.by),
                "kind": entry.kind,
                "words": ": ".join(filter(None, (in_words(entry.kind), entry.words))),
            }
            for entry in record.log
        ],
        "most": {"why": deeds.WHY_MAX, "note": deeds.NOTE_MAX},
        "meaning": signatures.SIGNS_ORDER,
        "practices": practices(books, sees),
    }


def _told(one: Lack) -> Shape:
    told = {"where": one.where, "words": one.words}
    return told | ({"origin": one.origin} if isinstance(one, Fault) and one.origin else {})


def _allowed(books: Books, record: OrderRecord) -> str:
    """Why a supervisor allows what a rule of enrollment refuses; ``""`` where nobody does."""
    allowance = books.service.allowances.get(record.number)
    return "" if allowance is None else allowance.why


def _signature(record: OrderRecord) -> Shape | None:
    """The signature as it stands; an electronic one with whether it holds for exactly this order."""
    held = record.order.signature
    if held is None:
        return None
    told: Shape = {
        "how": held.how,
        "name": held.name,
        "at": held.at,
        "document": held.document,
        "legible": held.legible,
        "version": record.signed_version,
    }
    if held.how != "electronic":
        return told | {"ok": True, "reasons": []}
    made = signatures.from_body(record.signed or {})
    return told | signed(signed_bytes(record.order), made)


def _void(books: Books, record: OrderRecord) -> Shape | None:
    void = record.void
    if void is None:
        return None
    words = (
        f"The signature of {void.name} no longer holds: the order was changed after it. It must be signed."
    )
    return {
        "name": void.name,
        "signed": void.signed,
        "how": void.how,
        "version": void.version,
        "at_ms": ms(void.at),
        "by": books.actor(void.by),
        "words": words,
    }


def determined(books: Books, order: Order, on: str, before: Sequence[Earlier]) -> Mapping[str, object] | None:
    """What the payer's policy says of an order at a date, after services that the center knows of; None while
    no policies are held."""
    return None if books.determine is None else books.determine(order, on, before)


# ---- while it is typed -------------------------------------------------------------------------------------


def check(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> Shape:
    """A form as it stands: what cannot be read, what is missing, what policy and rules say. Nothing is kept.

    ``number`` names the order on record that is being changed, if it is one.
    """
    _need(books, who, Permission.ORDER)
    form = json.loads(params["form"])
    for name in form:
        if name not in _CHECKED:
            known_as = ", ".join(_CHECKED)
            raise InputError(f"check/order: {str(name)[:40]!r} is no field of it (known: {known_as})")
    number = form.get("number")
    record = None if number is None else one(books, who, {"id": str(number)})
    order, faults = read(books, form.get("order"), now, signs=True, drafted=True)
    on = _day(form.get("date")) or order.start or books.today(now)
    sees = asker(books, who)
    ours = sees.of_center or (record is not None and order_known.same_patient(record.order, order))
    known = order_known.known(books, order, None if ours else sees.practice or 0)
    before = order_known.before(books, known, None if record is None else record.stream)
    return {
        "faults": [_told(one) for one in faults],
        "missing": [_told(one) for one in missing(order)],
        "determination": determined(books, order, on, before),
        "earlier": order_known.told(before),
        "limited": not ours,
        "rules": order_known.rules(books, record, order, known, now),
        "payer_policy": None if books.held is None else books.held(order, on),
        "date": on,
    }


def _day(value: object) -> str:
    if value is None or value == "":
        return ""
    try:
        if not isinstance(value, str):
            raise ValueError(value)
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise InputError(f"date: {str(value)[:40]!r} is no date (want YYYY-MM-DD)") from None


def papers(record: OrderRecord) -> list[str]:
    """Digests of every paper and message that an order names."""
    found = [each.sha256 for each in record.order.documents]
    if record.order.signature is not None:
        found.append(record.order.signature.document)
    if record.wish is not None:
        found.append(record.wish.document)
    return list(dict.fromkeys(filter(None, found)))


# ---- versions ----------------------------------------------------------------------------------------------


def versions(
    books: Books, journal: Callable[..., Sequence[Deed]], who: Who, params: Mapping[str, str]
) -> Look:
    """How to read every version of an order from the journal."""
    record = one(books, who, params)
    subject = deeds.subject(record.number)

    def read_all() -> Callable[[], Shape]:
        found = journal(VERSIONS, limit=VERSIONS_MOST, subject=subject)
        return lambda: {"order": record.number, "versions": _versions(books, found)}

    return Look([subject], read_all)


def _versions(books: Books, found: Iterable[Deed]) -> list[Shape]:
    told = []
    for deed in found:
        body: Mapping[str, Any] = deed.body
        told.append(
            {
                "version": body["version"],
                "at_ms": deed.at / MILLISECOND,
                "by": books.actor(deed.actor),
                "words": in_words(deed.kind),
                "order": body["content"],
                "content": body["digest"],
                "changed": body.get("changed", []),
                "faults": body["faults"],
                "missing": body["missing"],
            }
        )
    return told


def _whole(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name, "")
    if not text and default:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError(f"{name}: want a whole number")
    return int(text)
