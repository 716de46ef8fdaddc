"""Services of the same person that the center itself has on record: which test each was, and when (R33).

The center's register is asked by the complete name and the date of birth, as enrollment finds a patient on
file. Pure: periods in, what determinations, claims and the rules of enrollment count out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.billing.service import REGISTER, Earlier
from einthoven.enrollment.order import Prior, Test
from einthoven.enrollment.order_states import OrderRecord
from einthoven.enrollment.register import KnownPeriod
from einthoven.escalation.calendar import local


def ordered_tests(orders: Mapping[int, OrderRecord], numbers: Iterable[int] | None = None) -> dict[int, str]:
    """Of orders under which another test than telemetry was ordered, which; of all or of those numbers."""
    found = orders.values() if numbers is None else [orders[one] for one in numbers if one in orders]
    return {
        record.number: str(record.order.test)
        for record in found
        if record.order.test not in (None, Test.TELEMETRY)
    }


def which_test(one: KnownPeriod, tests: Mapping[int, str]) -> str:
    """Which test a period was.

    What came by telephone is strips after a symptom; else it is as its order says; of one without an order, a
    recording that was made before and sent later is a Holter recording [inference: nothing that comes
    afterwards is real-time telemetry], everything else telemetry.
    """
    if one.period.telephone:
        return str(Test.POST_SYMPTOM)
    if one.order is not None and one.order in tests:
        return tests[one.order]
    if one.order is None and one.origin is not None:
        return str(Prior.HOLTER)
    return str(Test.TELEMETRY)


def earlier(
    periods: Iterable[KnownPeriod], tests: Mapping[int, str], zone: str, without: StreamId | None = None
) -> tuple[Earlier, ...]:
    """Periods as services before another one; those that ended without service are none.

    Args:
        periods: of the patient.
        tests: as ``ordered_tests``.
        zone: whose days count.
        without: the stream of the service in question itself.
    """
    return tuple(
        _earlier(one, which_test(one, tests), zone)
        for one in periods
        if one.served and one.period.stream != without
    )


def _earlier(one: KnownPeriod, test: str, zone: str) -> Earlier:
    period = one.period
    where = f"{REGISTER}, {stream_name(period.stream)}"
    if one.origin is not None:
        # How long a recording is that was brought in lies in the store, and is not asked here.
        return Earlier(_day(zone, one.origin), "", test, where=where)
    last = None if period.ended is None else max(period.started, period.ended - 1)
    return Earlier(_day(zone, period.started), "" if last is None else _day(zone, last), test, where=where)


def _day(zone: str, at: Instant) -> str:
    return local(zone, at).date().isoformat()
