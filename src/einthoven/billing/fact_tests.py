"""Facts of earlier tests and earlier services: what was done before, how long ago, and what runs beside.

Days are local dates. A test without a last day lasted one day; one without any date is taken for an earlier
one of which nobody knows when it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Protocol

from einthoven.billing.logic import Value
from einthoven.billing.service import REGISTER, Earlier
from einthoven.enrollment.order import Order, Prior, PriorTest

MONITORING: Final = (Prior.HOLTER, Prior.EVENT, Prior.PATCH, Prior.TELEMETRY)
"""Kinds of tests that are a surveillance of their own: two of them on one day are one too many (L34997)."""
NEAR_DAYS: Final = 30
NEAR_MONTHS: Final = 12
"""Below these an earlier service stands in the way of another one, whatever else there was."""


class Put(Protocol):
    """Takes a fact: name, value, the words that stand there, where that is."""

    def __call__(self, name: str, value: Value, words: str = "", where: str = "", /) -> None:
        """Take it."""
        ...


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a service.

    Attributes:
        first: its first day.
        last: the day on which monitoring concludes, as far as that can be said; None: it cannot.
    """

    first: date
    last: date | None


def ordered_days(order: Order, first: date) -> Days:
    """The days that an order asks for."""
    return Days(first, first + timedelta(days=order.days - 1) if order.days else None)


def put_tests(order: Order, days: Days, put: Put) -> None:
    """What was done before the service, and what it told."""
    tests = [one for one in order.prior_tests if (_first(one) or days.first) <= days.first]
    words = "; ".join(test_words(one) for one in tests)
    put("prior_tests_listed", True if tests else None, words)
    whole = bool(tests) and all(one.on and one.result for one in tests)
    put("prior_tests_documented", True if whole else None, words)
    told = {one.revealing for one in tests}
    # What one of them told is not known while nobody said it: it is not taken for nothing.
    put("prior_unrevealing", False if True in told else True if told == {False} else None, words)
    for name, kind in (("ecg_done", Prior.ECG), ("examination_done", Prior.EXAM)):
        done = [one for one in tests if one.kind is kind and one.on and one.result]
        put(name, True if done else None, "; ".join(one.result for one in done))


def put_overlap(order: Order, days: Days, known: Sequence[Earlier], put: Put) -> None:
    """Whether another surveillance, listed or known to the center, has a day in common with this one."""
    kind = str(order.test or "telemetry")
    listed = [
        (test_words(one), _first(one), _last(one), f"prior_tests[{at}]")
        for at, one in enumerate(order.prior_tests)
        if one.kind in MONITORING
    ]
    # Services of this kind at the center are counted by their first days; a kit that is changed begins anew.
    beside = [one for one in known if one.test not in ("", kind)]
    listed += [
        (one.words, date.fromisoformat(one.first_day), _day(one.last_day), one.where or REGISTER)
        for one in beside
    ]
    shared = [_shared(first, last, days) for _, first, last, _ in listed]
    value = True if True in shared else None if None in shared else False
    which = [one for one, told in zip(listed, shared, strict=True) if told is value]
    if value is False:
        put("monitoring_overlaps", False, "none is listed on these days")
    else:
        where = ", ".join(one[3] for one in which)
        put("monitoring_overlaps", value, "; ".join(one[0] for one in which), where)


@dataclass(frozen=True, slots=True, order=True)
class _Before:
    """An earlier service of the same kind; of two of one day that of the center's register is the later."""

    first: date
    where: str
    words: str
    last: date | None = field(compare=False)


def put_earlier(order: Order, days: Days, known: Sequence[Earlier], put: Put) -> None:
    """Earlier services of this kind: how long ago they began and ended."""
    kind = str(order.test) if order.test else "telemetry"
    listed = [one for one in order.prior_tests if str(one.kind) == kind]
    undated = any(_first(one) is None for one in listed)
    before = sorted([*_listed(listed, days.first), *_known(known, kind, days.first)])
    row = _row_begins(days.first, before)
    told = "" if row == days.first else f"with a service that began {row} and ended the day before or later"
    # Of a service that was measured its own days are asked for beside these (served_days).
    put("days_in_a_row", order.days + (days.first - row).days if order.days else None, told)
    if not before:
        words = "one has no date" if undated else "none is listed"
        put("earlier_service", undated, words)
        # An earlier service without its date leaves open how long ago it was.
        for name in ("days_since_earlier", "months_since_earlier", "days_between_claims"):
            put(name, None)
        return
    last = before[-1]
    put("earlier_service", True, last.words or f"last began {last.first}", last.where)
    since, months = (days.first - last.first).days, months_between(last.first, days.first)
    # One without its date may be later than those with theirs: it can only shorten the time.
    words = last.words or f"began {last.first}"
    put("days_since_earlier", since if not undated or since < NEAR_DAYS else None, words, last.where)
    put("months_since_earlier", months if not undated or months < NEAR_MONTHS else None, words, last.where)
    _put_between(days, before, undated, put)


def _put_between(days: Days, before: Sequence[_Before], undated: bool, put: Put) -> None:
    """From date of service to date of service, of the one that ended last."""
    ends = [(one.last, one) for one in before if one.last is not None]
    if days.last is None or not ends:
        put("days_between_claims", None)
        return
    ended, last = max(ends)
    between = (days.last - ended).days
    open_ = undated or len(ends) < len(before)
    words = f"that one ended {ended}, this one {days.last}"
    put("days_between_claims", between if not open_ or between < NEAR_DAYS else None, words, last.where)


def test_words(one: PriorTest) -> str:
    """A test in words: its kind, its days, what it told."""
    until = f" to {one.until}" if one.until and one.until != one.on else ""
    return " ".join(f"{str(one.kind).replace('-', ' ')} {one.on}{until} {one.result}".split())


def months_between(first: date, last: date) -> int:
    """Whole months from one day to another: 2022-03-31 to 2023-03-30 are 11, to 2023-03-31 are 12."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (last.day < first.day)


# ---- how ---------------------------------------------------------------------------------------------------


def _first(one: PriorTest) -> date | None:
    given = one.on or one.until
    return date.fromisoformat(given) if given else None


def _last(one: PriorTest) -> date | None:
    given = one.until or one.on
    return date.fromisoformat(given) if given else None


def _shared(first: date | None, last: date | None, days: Days) -> bool | None:
    """Whether a test has a day in common with a service; None: not known."""
    if first is None:
        return None
    if first > days.first:
        return None if days.last is None else first <= days.last
    return None if last is None else last >= days.first


def _day(given: str) -> date | None:
    return date.fromisoformat(given) if given else None


def _listed(tests: Iterable[PriorTest], on: date) -> Iterable[_Before]:
    for one in tests:
        first = _first(one)
        if first is not None and first <= on:
            yield _Before(first, "", "", _last(one))


def _known(known: Iterable[Earlier], kind: str, on: date) -> Iterable[_Before]:
    for one in known:
        first = date.fromisoformat(one.first_day)
        if one.test in ("", kind) and first <= on:
            yield _Before(first, one.where or REGISTER, one.words, _day(one.last_day))


def _row_begins(first: date, before: Sequence[_Before]) -> date:
    for one in reversed(before):
        if one.first < first and one.last is not None and one.last >= first - timedelta(days=1):
            first = one.first
    return first
