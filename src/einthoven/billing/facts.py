"""Facts that clauses ask for, taken from an order, a measured service and a claim, each with where it stands.

What nobody said and nothing measured is None: not documented, never taken for no. Documents and statements
only ever add: an answer to what was open leaves every other answer as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from einthoven.base.instants import SECOND, Instant
from einthoven.billing.fact_tests import Days, Put, ordered_days, put_earlier, put_overlap, put_tests
from einthoven.billing.fact_words import FACTS
from einthoven.billing.logic import Value
from einthoven.billing.service import Earlier, Gap, ServiceRecord, Watcher, days_served, last_served
from einthoven.enrollment.order import TERRITORIES, Order, OrderSignature
from einthoven.enrollment.order_missing import signs_own
from einthoven.enrollment.statements import QUESTIONS, Statement

HOUR_S = 3600.0
DAILY = frozenset(
    f"{often}{each}"
    for often in ("", "once ", "twice ", "several times ", "many times ")
    for each in ("daily", "a day", "every day", "each day", "per day", "hourly", "an hour", "every hour")
) - {"a day", "an hour", "per day"} | {"constantly", "all the time", "all day"}
"""How often a symptom comes, in words that mean nothing but daily or oftener; others are left to people."""
SPECIALTIES = ("cardiolog", "internal medicine", "internist")
"""How the specialties that may supervise are written (R34)."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact.

    Attributes:
        name: of ``fact_words.FACTS``.
        value: None: not documented.
        where: where it stands, e.g. ``visit note 2026-10-02`` or ``order, signed 2023-02-28``.
        words: the words that stand there, ``""`` for none.
    """

    name: str
    value: Value
    where: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ClaimSeen:
    """What of a claim a policy asks for; None: not known.

    Attributes:
        faults: how many faults its checks found (R40).
        hook_up: whether it bills the hook-up.
        units: how many services of this kind it bills.
    """

    faults: int | None = None
    hook_up: bool | None = None
    units: int | None = None


Facts = dict[str, Fact]


def facts_of_order(
    order: Order, on: date, earlier: Sequence[Earlier] = (), days: Days | None = None
) -> Facts:
    """The facts of an order.

    Args:
        order: the order.
        on: date of service.
        earlier: services of this patient that the center itself knows of, beside those the order lists.
        days: days of the service, where it began: how long after the last one it was counts from there and
            not from a date of service at its end; None: those that are ordered, from ``on`` on.
    """
    stands = signed_words(order.signature)
    found: Facts = {}

    def put(name: str, value: Value, words: str = "", where: str = "", /) -> None:
        found[name] = Fact(name, value, "" if value is None else where or stands, words)

    for key in QUESTIONS:
        said = order.said(key)
        put(key, said.answer, said.words, said.where)
        if f"{key}_why" in FACTS:
            put(f"{key}_why", True if said.words or said.where else None, said.words, said.where)
    put("test", order.test and str(order.test))
    put("indication", order.indication and str(order.indication), order.indication_words)
    put("setting", order.setting and str(order.setting))
    put("days", order.days or None)
    put("diagnosis", order.diagnoses or None, ", ".join(order.diagnoses))
    put("criteria_set", True if order.criteria else None, order.criteria_words or order.criteria)
    put("orderer_is_clinician", True if order.orderer.kind else None, order.orderer.kind)
    put("orderer_in_us", _inside(order.orderer.country), order.orderer.country)
    put("patient_in_us", _inside(order.country), order.country)
    put("patient_named", True if order.patient.name else None, order.patient.name)
    put("order_dated", True if order.dated else None, order.dated)
    put("ordered_on", date.fromisoformat(order.dated) if order.dated else None, order.dated)
    put("service_date", on, on.isoformat(), "date asked for")
    _signature(order, put)
    _symptoms(order, put)
    served = days or ordered_days(order, on)
    put_tests(order, served, put)
    put_overlap(order, served, earlier, put)
    put_earlier(order, served, earlier, put)
    return found


def facts_of_service(record: ServiceRecord, on: date, order: Order | None = None) -> Facts:
    """The facts of a service period as measured.

    Args:
        record: the measured period.
        on: date of service.
        order: the order it is under; None: none is on file.
    """
    found: Facts = {}

    def put(name: str, value: Value, words: str = "", where: str = "", /) -> None:
        if value is not None and not where:
            where = f"record of period {record.period}, {FACTS[name].path}"
        found[name] = Fact(name, value, where, words)

    ended = record.ended is not None
    hours = record.recorded_s / HOUR_S
    put("order_on_file", True if order is not None else None)
    selected = order is not None and order.indication is not None
    shown = selected and order is not None and order.said("low_risk").answer is not None
    put("selection_on_file", True if shown else None)
    sent = record.transmission
    put("automatic", True if sent is not None and sent.samples > 0 else None)
    put("immediate_share", sent.immediate if sent else None, _within(record))
    put("recorded_hours", hours if ended or hours > 24 else None, f"{hours:.1f} h stored")
    put("query_hours", record.longest_s / HOUR_S)
    _attendance(record, put)
    put("surveillance_in_us", record.in_us)
    put("recorder_exclusive", record.exclusive)
    put("supervised", _supervises(record.supervisor), record.supervisor)
    _told(record, put)
    _reports(record, put)
    put("service_ended", ended)
    put("served_days", days_served(record), f"{record.first_day} to {record.last_day}")
    longer = Statement() if order is None else order.said("longer")
    ordered = (longer.words or longer.where) if longer.answer else ""
    put("extension_documented", True if record.extended or ordered else None, record.extended or ordered)
    stays = [one for one in record.interruptions if _covers(record, one.start, one.stop, on)]
    put("in_facility", bool(stays), ", ".join(one.where for one in stays))
    plans = dict(record.plans)
    for kind in ("quality", "emergency", "continuity"):
        put(f"plan_{kind}", True if kind in plans else None, f"version {plans.get(kind, '')}".strip())
    return found


def served(record: ServiceRecord, order: Order | None) -> Days:
    """The days of a service: until monitoring concluded, or until the ordered days are over while it goes on;
    where no order says how many, None for its last one."""
    first = date.fromisoformat(record.first_day)
    last = last_served(record)
    if last is not None:
        # A service that ends at midnight ends with the day before, as its record says.
        concluded = min(_local(record.zone, last), date.fromisoformat(record.last_day))
        return Days(first, max(first, concluded))
    ordered = None if order is None else ordered_days(order, first).last
    return Days(first, None if ordered is None else max(ordered, date.fromisoformat(record.last_day)))


def facts_of_claim(claim: ClaimSeen | None) -> Facts:
    """The facts of a claim; all unknown for None."""
    seen = claim or ClaimSeen()
    values = {
        "claim_faults": seen.faults,
        "claim_hook_up": seen.hook_up,
        "claim_units": seen.units,
    }
    return {name: Fact(name, value, "" if value is None else "claim") for name, value in values.items()}


def signed_words(signature: OrderSignature | None) -> str:
    """How an order is named as a place: signed when, or not signed yet."""
    if signature is None:
        return "order, not signed yet"
    return f"order, signed {signature.at[:10]}" if signature.at else "order, signed"


# ---- parts of an order -------------------------------------------------------------------------------------


def _inside(country: str) -> bool | None:
    return country in TERRITORIES if country else None


def _signature(order: Order, put: Put) -> None:
    signature = order.signature
    put("signed", True if signature is not None else None, signature.name if signature else "")
    named = signature is not None and bool(signature.name and order.orderer.name)
    whose = f"signed by {signature.name}, ordered by {order.orderer.name}" if signature and named else ""
    # Somebody else's signature is not that of who orders: theirs is still wanted.
    put("signature_own", True if named and signs_own(order) else None, whose)
    dated = signature.at if signature is not None else ""
    put("signature_dated", True if dated else None, dated[:10])
    if signature is None:
        put("signature_legible", None)
    elif signature.how == "paper":
        put("signature_legible", signature.legible, signature.name)
    else:
        # Given electronically, here or in the sending system: the name is printed beside it.
        put("signature_legible", signature.legible is not False, signature.name)
    unread = [one.name or one.kind for one in order.documents if one.legible is False]
    put("papers_legible", not unread, ", ".join(unread))


def _symptoms(order: Order, put: Put) -> None:
    listed = order.symptoms
    words = ", ".join(one.words or one.what for one in listed)
    put("symptoms_listed", True if listed else None, words)
    described = bool(listed) and all(one.how_often and one.severity for one in listed)
    put("symptoms_described", True if described else None, words)
    _frequency(order, put)
    there = {one.what for one in listed}
    for name in FACTS:
        if name.startswith("symptom_"):
            what = name.removeprefix("symptom_").replace("_", "-")
            # A symptom that is not in the list was not asked for: not known, not denied.
            put(name, True if what in there else None)


def _frequency(order: Order, put: Put) -> None:
    """Whether every symptom that is listed comes daily; what words leave open is left to the physician."""
    often = [" ".join(one.how_often.lower().strip(" .").split()) for one in order.symptoms]
    daily: bool | None = None
    if any(one and one not in DAILY for one in often):
        daily = False
    elif often and all(often):
        daily = True
    words = (f"{one.what} {one.how_often}".strip() for one in order.symptoms)
    put("symptoms_all_daily", daily, ", ".join(words))


# ---- parts of a service ------------------------------------------------------------------------------------


def _covers(record: ServiceRecord, start: Instant, stop: Instant | None, on: date) -> bool:
    """Whether a day lies wholly between two instants, in the zone of the record."""
    first, last = _local(record.zone, start), None if stop is None else _local(record.zone, stop)
    return first < on and (last is None or on < last)


def _local(zone: str, instant: Instant) -> date:
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return datetime.fromtimestamp(instant / SECOND, UTC).date()
    return datetime.fromtimestamp(instant / SECOND, place).date()


def _within(record: ServiceRecord) -> str:
    sent = record.transmission
    return f"within {sent.within_s:g} s; p99 {sent.p99_s:.1f} s" if sent else ""


def _attendance(record: ServiceRecord, put: Put) -> None:
    seen = record.attendance
    put("displayed_share", seen.displayed if seen else None)
    put("watched_share", seen.watched if seen else None)
    if seen is None or (seen.unproved and not seen.gaps):
        put("no_gap", None, seen.unproved if seen else "")
    else:
        put("no_gap", not seen.gaps, _gap_words(seen.gaps))
    watchers = record.watchers
    put("watchers_qualified", _each(watchers), ", ".join(one.lacks for one in watchers if one.lacks))
    filed = bool(watchers) and all(one.credentials for one in watchers)
    put("credentials_on_file", True if filed else None, ", ".join(one.name for one in watchers))


def _each(watchers: Sequence[Watcher]) -> bool | None:
    return all(one.qualified for one in watchers) if watchers else None


def _gap_words(gaps: Sequence[Gap]) -> str:
    return f"{len(gaps)} gaps: {gaps[0].cause}" if gaps else ""


def _supervises(supervisor: str) -> bool | None:
    if not supervisor:
        return None
    return any(word in supervisor.lower() for word in SPECIALTIES)


def _told(record: ServiceRecord, put: Put) -> None:
    told = record.notifications
    put("contacts_on_record", True if told is not None else None)
    if told is None:
        for name in ("physician_reached", "machine_only", "actions_on_record"):
            put(name, None)
        return
    put("physician_reached", told.reached >= told.due, f"{told.reached} of {told.due}")
    put("machine_only", told.machine_only)
    put("actions_on_record", told.with_action >= told.reached, f"{told.with_action} of {told.reached}")


def _reports(record: ServiceRecord, put: Put) -> None:
    made = record.reports
    if made is None:
        for name in ("daily_reports_made", "reports_made", "summary_made"):
            put(name, None)
        return
    daily, urgent = made.daily_made >= made.daily_due, made.urgent_made >= made.urgent_due
    put("daily_reports_made", daily, f"{made.daily_made} of {made.daily_due}")
    put("reports_made", daily and urgent, f"{made.urgent_made} of {made.urgent_due} urgent")
    put("summary_made", made.summary_made)
