"""What the center itself knows of an order's patient, beside the order (R5, R32, R33).

Earlier services, and what the rules of enrollment would say at the click. A person is found by complete name
and date of birth, as enrollment finds one on file. People of a practice who type a name that is on no order
of theirs are told of services of their own practice alone: a form is no way to ask who else is a patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.billing.service import Earlier
from einthoven.center import call_record
from einthoven.center.desk_books import Books
from einthoven.center.earlier import earlier, ordered_tests
from einthoven.center.enroll_order import ByOrder, grounds_json
from einthoven.center.service_acts import staying
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_states import OPEN, OrderRecord
from einthoven.enrollment.people import Patient, same_person
from einthoven.enrollment.register import KnownPeriod

Shape: TypeAlias = dict[str, Any]


def known(books: Books, order: Order, practice: int | None = None) -> Sequence[KnownPeriod]:
    """Every service period of an order's patient on record here, by when it began.

    Args:
        practice: whose patients alone; None: everybody's.
    """
    patient = order.patient
    if not patient.name or not patient.birth_date:
        return ()
    found = books.known(patient.name, patient.birth_date)
    if practice is None:
        return found
    return [one for one in found if books.practice(one.period.stream) == practice]


def before(
    books: Books, periods: Sequence[KnownPeriod], without: StreamId | None = None
) -> tuple[Earlier, ...]:
    """Those periods as earlier services, without the order's own."""
    counted = call_record.rendered(books, periods)
    return earlier(counted, _tests(books, periods), books.zone, without)


def _tests(books: Books, periods: Sequence[KnownPeriod]) -> dict[int, str]:
    return ordered_tests(books.orders.orders, [one.order for one in periods if one.order is not None])


def of_record(books: Books, record: OrderRecord) -> tuple[Earlier, ...]:
    """Earlier services of the patient of an order on record."""
    return before(books, known(books, record.order), record.stream)


def same_patient(one: Order, other: Order) -> bool:
    """Whether two versions of an order are about one person."""
    first, second = (Patient(each.patient.name, each.patient.birth_date) for each in (one, other))
    return same_person(first, second) and first.birth_date == second.birth_date


def rules(
    books: Books, record: OrderRecord | None, order: Order, periods: Sequence[KnownPeriod], now: Instant
) -> Shape | None:
    """What the rules of enrollment say of an order that waits, enrolled now: the same as at the click.

    Returns:
        JSON-ready: ``day``, ``grounds`` (rule, refused, reason, source, change, where, allowable),
        ``refused``, and ``allowed``: why a supervisor allows it, ``""`` where nobody does. None: the order is
        enrolled, or ended.
    """
    if record is not None and record.state not in OPEN:
        return None
    allowance = None if record is None else books.service.allowances.get(record.number)
    allowed = "" if allowance is None else allowance.why
    told = staying(books), _tests(books, periods)
    by = ByOrder(0, order, now, books.zone, allowed, *told, empty=call_record.empty(books))
    ruling = by.ruled(periods)
    return {
        "day": dict(ruling.inputs)["first_day"],
        "grounds": grounds_json(ruling),
        "refused": bool(ruling.refusals),
        "allowed": allowed,
    }


def told(found: Sequence[Earlier]) -> list[Shape]:
    """Earlier services as pages are told of them; ``stream`` leads to each."""
    return [
        {
            "stream": one.where.rpartition(", ")[2],
            "test": one.test,
            "first_day": one.first_day,
            "last_day": one.last_day,
        }
        for one in found
    ]
