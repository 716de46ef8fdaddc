"""What may be done with an order, drafted as deeds: received, edited, signed, given back, ended (R29).

Who may do it is the center's to say; here is what holds for everybody. Nothing is overwritten: each version
is a deed. A signature holds for the version that it is under, and is void, visibly, once that is changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from einthoven.base.deeds import Body, Draft, Json
from einthoven.base.errors import EnrollmentError, InputError, RefusedError
from einthoven.base.exact import exact_json
from einthoven.base.ids import StreamId
from einthoven.base.instants import from_iso
from einthoven.enrollment import checks
from einthoven.enrollment import order_book as kinds
from einthoven.enrollment.order import Order, OrderDocument, OrderSignature
from einthoven.enrollment.order_book import OrderBook
from einthoven.enrollment.order_content import CHANGED_MAX, changed, digest, of_office
from einthoven.enrollment.order_missing import missing, same_name
from einthoven.enrollment.order_read import LIST_MAX, Fault, to_json
from einthoven.enrollment.order_states import OPEN, Lack, OrderRecord, Source, State

WHY_MAX, NOTE_MAX = 500, 1000
FAULTS_MAX: Final = 200
"""Faults of one order that are kept; a sender of more has sent something else."""
MESSAGE: Final = "message"
"""Kind of the document that an order came as; no edit takes it away."""


@dataclass(frozen=True, slots=True)
class Came:
    """How an order comes.

    Attributes:
        source, sender, placer, practice: as of ``OrderRecord``.
        given: the JSON as it came, kept where something of it cannot be read.
    """

    source: Source
    sender: str = ""
    placer: str = ""
    practice: int | None = None
    given: Mapping[str, Json] | None = None


def subject(number: int) -> str:
    """An order as the subject of a deed: ``order 5``."""
    return f"order {number}"


# ---- versions ----------------------------------------------------------------------------------------------


def receive(
    book: OrderBook, order: Order, faults: Sequence[Fault], came: Came, notes: Sequence[str] = ()
) -> list[Draft]:
    """An order comes: held where something is missing or faulty, ready where not; never thrown away.

    Args:
        notes: what came with it and has no field of an order.

    Raises:
        RefusedError: the sender's number is one that came before (``known``).
    """
    order = _capped(order)
    known = book.of_placer(came.sender, came.placer) if came.placer else None
    if known is not None:
        raise RefusedError("known", f"{came.placer} of {came.sender} is order {known.number}")
    number = book.next_order
    body: dict[str, Json] = {
        **_version(number, 1, order, faults),
        "source": str(came.source),
        "sender": came.sender,
        "placer": came.placer,
        "practice": came.practice,
        "given": came.given if faults else None,
    }
    told = [Draft(kinds.NOTED, subject(number), {"order": number, "text": _exact(one)}) for one in notes]
    return [Draft(kinds.RECEIVED, subject(number), body), *told]


def edit(
    book: OrderBook,
    number: int,
    base: int,
    order: Order,
    faults: Sequence[Fault],
    *,
    given: Mapping[str, Json] | None = None,
    settled: Collection[str] = (),
    signed: bool = False,
) -> list[Draft]:
    """An order is written anew, whole; nothing where it says the same and nothing waited for that.

    A signature that comes with it counts only where a message brings it; others are made by their own deeds.
    Faults of a message that it came in stay until the field that they are about is changed, or somebody has
    seen them (``settled``).

    Args:
        base: the version that was changed.
        settled: paths of faults that were seen and are left as they are.
        signed: whether the signature is that of the message in which this version came.

    Raises:
        RefusedError: it is ended or enrolled (``state``), or changed meanwhile (``changed``).
    """
    record = open_order(book, number, "it is not changed any more")
    if base != record.version:
        raise RefusedError("changed", f"order {number} was changed meanwhile: it is version {record.version}")
    order = _capped(_with_messages(order, record.order))
    paths = changed(record.order, order)
    order = replace(order, signature=order.signature if signed else _signature_after(record, order, paths))
    seen = {*settled, *paths}
    kept = [one for one in record.faults if one.origin and not _seen(one.where, seen)]
    kept = [one for one in kept if one not in faults]
    told = [*kept, *faults]
    same = order == record.order and tuple(told) == record.faults
    if same and record.returned is None:
        return []
    body = _version(number, record.version + 1, order, told)
    more: Body = {"changed": _few(paths), "given": given if faults else None, "signed": signed}
    return [Draft(kinds.EDITED, subject(number), {**body, **more})]


def to_sign(book: OrderBook, number: int) -> OrderRecord:
    """An order that may be signed: one that nothing but the signature is missing of.

    Raises:
        RefusedError: it is ended or enrolled (``state``), signed as it is (``signed``), or lacks something
            else (``missing``): what is signed is whole.
    """
    record = open_order(book, number, "it is not signed any more")
    if record.order.signature is not None and record.order.signature.how == "electronic":
        raise RefusedError("signed", f"order {number} is signed as it is, by {record.order.signature.name}")
    lacks = [one for one in missing(record.order) if not one.where.startswith("signature")]
    held: list[Lack] = [*record.faults, *lacks]
    if held:
        first, more = held[0], len(held) - 1
        words = f"{first.where}: {first.words}" + (f" ({more} more)" if more else "")
        raise RefusedError("missing", f"order {number} is not whole yet, so it cannot be signed: {words}")
    return record


def sign(
    book: OrderBook, number: int, content: str, signature: Mapping[str, Json], name: str, at: str
) -> list[Draft]:
    """A physician signs what was shown.

    Args:
        content: SHA-256 of it.
        signature: the signature as a plain value; the center makes and proves it.
        name, at: printed name and instant, ISO 8601.

    Raises:
        RefusedError: as ``to_sign``, somebody else orders (``orderer``), or the content is another
            (``content``).
    """
    record = to_sign(book, number)
    if not same_name(name, record.order.orderer.name):
        orderer = record.order.orderer.name
        raise RefusedError("orderer", f"order {number} is of {orderer}: who orders signs it, not {name}")
    if content != record.content:
        raise RefusedError("content", f"order {number} is not what was shown: read it again, then sign")
    printed = _printed(name)
    made = OrderSignature(printed, at, "electronic", content, "", True)
    body = _version(number, record.version + 1, replace(record.order, signature=made), record.faults)
    return [Draft(kinds.SIGNED, subject(number), {**body, "signature": signature, "name": printed})]


def paper_signature(
    book: OrderBook, number: int, name: object, at: object, document: str, legible: bool
) -> list[Draft]:
    """The order was signed on paper, which is on file; whoever enters it says whether it can be read (R28).

    Args:
        name: printed under the signature.
        at: date on the paper, ``YYYY-MM-DD``, or an instant.
        document: SHA-256 of the paper.

    Raises:
        RefusedError: it is ended or enrolled (``state``).
        InputError: no name, or no date.
    """
    record = open_order(book, number, "it is not signed any more")
    printed, when = _printed(name), _text("at", at, 40)
    try:
        from_iso(when)
    except InputError as error:
        raise InputError(f"at: {error}") from error
    made = OrderSignature(printed, when, "paper", "", document, legible)
    if made == record.order.signature:
        return []
    body = _version(number, record.version + 1, replace(record.order, signature=made), record.faults)
    return [Draft(kinds.PAPER_SIGNED, subject(number), {**body, "name": printed})]


def _version(number: int, version: int, order: Order, faults: Sequence[Fault]) -> dict[str, Json]:
    told: list[Json] = [
        {"where": _exact(one.where), "words": _exact(one.words)}
        | ({"origin": _exact(one.origin)} if one.origin else {})
        for one in _kept(faults)
    ]
    return {
        "order": number,
        "version": version,
        "content": to_json(order),
        "digest": digest(order),
        "faults": told,
        "missing": [{"where": one.where, "words": one.words} for one in missing(order)],
    }


def _kept(faults: Sequence[Fault]) -> Sequence[Fault]:
    more = len(faults) - FAULTS_MAX
    return faults if more <= 0 else [*faults[:FAULTS_MAX], Fault("", f"{more} more faults")]


def _signature_after(record: OrderRecord, order: Order, paths: Sequence[str]) -> OrderSignature | None:
    """What is left of the signature that there was."""
    held = record.order.signature
    if held is None:
        return None
    if held.how == "electronic":
        return held if digest(order) == held.content else None
    return held if all(of_office(one) for one in paths) else None


def _with_messages(order: Order, before: Order) -> Order:
    """The message that an order came as stays with it."""
    there = {one.sha256 for one in order.documents}
    kept: list[OrderDocument] = [
        one for one in before.documents if one.kind.endswith(MESSAGE) and one.sha256 not in there
    ]
    return replace(order, documents=(*kept, *order.documents)) if kept else order


def _capped(order: Order) -> Order:
    """As many documents as an order has; older ones stay in its earlier versions."""
    return replace(order, documents=order.documents[-LIST_MAX:])


def _seen(where: str, paths: Collection[str]) -> bool:
    """Whether a fault at ``where`` is about one of the paths: the same field, one within or around it."""
    listed = where.partition("[")[0]
    return any(
        one in (where, listed) or where.startswith((f"{one}.", f"{one}[")) or one.startswith(f"{where}.")
        for one in paths
    )


def _few(paths: Sequence[str]) -> list[Json]:
    more = len(paths) - CHANGED_MAX
    return [*paths[:CHANGED_MAX], *([f"{more} more"] if more > 0 else [])]


# ---- what people decide ------------------------------------------------------------------------------------


def open_order(book: OrderBook, number: int, what: str) -> OrderRecord:
    """An order that waits; RefusedError (``state``) where it is enrolled or ended."""
    record = book.order(number)
    if record.state not in OPEN:
        raise RefusedError("state", f"order {number} is {record.state}: {what}")
    return record


def give_back(book: OrderBook, number: int, why: object) -> list[Draft]:
    """The center gives it back to the ordering office; RefusedError (``state``) where nobody waits for it."""
    record = open_order(book, number, "nobody waits for it")
    return [Draft(kinds.RETURNED, subject(record.number), {"order": number, "why": _text("why", why)})]


def refuse(book: OrderBook, number: int, why: object) -> list[Draft]:
    """The center does not take it; RefusedError (``state``) where it is ended or enrolled."""
    record = open_order(book, number, "it is not refused any more")
    return [Draft(kinds.REFUSED, subject(record.number), {"order": number, "why": _text("why", why)})]


def withdraw(book: OrderBook, number: int, why: object) -> list[Draft]:
    """Whoever ordered takes it back; RefusedError (``state``) where it is ended or enrolled."""
    record = open_order(book, number, "it is not withdrawn any more")
    return [Draft(kinds.WITHDRAWN, subject(record.number), {"order": number, "why": _text("why", why)})]


def note(book: OrderBook, number: int, text: object) -> list[Draft]:
    """Tell others something about it; no part of the order. It answers what the ordering system asked."""
    record = book.order(number)
    said = _text("text", text, NOTE_MAX)
    return [Draft(kinds.NOTED, subject(record.number), {"order": number, "text": said})]


def assign(book: OrderBook, number: int, practice: int) -> list[Draft]:
    """An order that came without one is of a practice; nothing where it is.

    Raises:
        RefusedError: it is another practice's (``practice``).
    """
    record = book.order(number)
    if record.practice == practice:
        return []
    if record.practice is not None:
        raise RefusedError("practice", f"order {number} is of practice {record.practice}")
    return [Draft(kinds.ASSIGNED, subject(number), {"order": number, "practice": practice})]


def wish(book: OrderBook, number: int, what: str, words: str, document: str) -> list[Draft]:
    """The ordering system asks to cancel or change what a service runs under: people decide it.

    Raises:
        RefusedError: no service began under it (``state``).
    """
    record = book.order(number)
    if record.state is not State.ENROLLED:
        raise RefusedError("state", f"order {number} is {record.state}")
    body: Body = {"order": number, "what": what, "words": words, "document": document}
    return [Draft(kinds.WISHED, subject(number), body)]


def to_enroll(book: OrderBook, number: int) -> OrderRecord:
    """An order under which a service can begin.

    Raises:
        RefusedError: it is not ready (``state``), with what it lacks first.
    """
    record = book.order(number)
    if record.state is State.READY and not record.lacking:
        return record
    lacks = next(iter(record.lacks), None)
    why = f": {lacks.where}: {lacks.words}" if lacks is not None else ""
    if record.returned is not None and record.state is State.HELD:
        why = f": it was given back: {record.returned.why}"
    raise RefusedError("state", f"order {number} is {record.state}, not ready{why}")


def enroll(book: OrderBook, number: int, stream: StreamId, period: int) -> list[Draft]:
    """A service period begins under it; RefusedError as ``to_enroll``."""
    record = to_enroll(book, number)
    body: Body = {"order": record.number, "stream": stream, "period": period}
    return [Draft(kinds.ENROLLED, subject(number), body)]


def place(book: OrderBook, number: int, stream: StreamId, why: object) -> list[Draft]:
    """It is the order of a service that was corrected to its patient (R5); whose it is says the center.

    Raises:
        RefusedError: it waits for something, or is ended (``state``); it is there already (``there``).
    """
    record = book.order(number)
    if record.state is not State.ENROLLED:
        record = to_enroll(book, number)
    before = book.of_stream(stream)
    if before is not None and before.number == number:
        raise RefusedError("there", f"order {number} is the order of that service")
    period = None if before is None else before.period
    body: Body = {"order": number, "stream": stream, "period": period, "why": _text("why", why)}
    return [Draft(kinds.PLACED, subject(number), body)]


def _text(name: str, value: object, most: int = WHY_MAX) -> str:
    try:
        return checks.line(name, value, most, required=True)
    except EnrollmentError as error:
        raise InputError(str(error)) from error


def _printed(name: object) -> str:
    try:
        return checks.name("name", name)
    except EnrollmentError as error:
        raise InputError(str(error)) from error


def plain(given: object) -> Any:
    """What came as JSON, as a deed can keep it: None where it is no object, or holds what no text can."""
    try:
        exact_json(given)
    except (TypeError, ValueError):
        return None
    return dict(given) if isinstance(given, Mapping) else None


def _exact(text: str) -> str:
    """A text whose halves of signs are written out, for no journal takes them."""
    return text.encode("utf-8", "backslashreplace").decode()
