"""Whom the ladder calls at which hour, and when a list is called by day (R22, R23)."""

from __future__ import annotations

import pytest
from tests.escalation.ladder_desk import (
    FIELDS,
    HOURLY,
    NOON,
    OFFICE_HOURS,
    PLAN_CALLEE,
    WEEK,
    Desk,
)

from einthoven.base.errors import NotFoundError
from einthoven.base.instants import HOUR, SECOND, from_iso
from einthoven.escalation.calendar import covering
from einthoven.escalation.calls import raise_tier
from einthoven.escalation.ladder import callees, find_callee
from einthoven.escalation.plans import plan_of


def test_a_contact_is_called_by_the_number_of_the_hour_or_by_another() -> None:
    plan = plan_of(HOURLY, 1)
    noon, night = NOON, NOON + 8 * HOUR
    assert find_callee(plan, "fib", noon) == PLAN_CALLEE
    assert find_callee(plan, "fib", night).number == "5550102"
    assert find_callee(plan, "fib", noon, "5550102").number_kind == "mobile"
    for contact, number, words in (("x", "", "nobody of that key"), ("fib", "1", "no such number of Dr Fib")):
        with pytest.raises(NotFoundError, match=words):
            find_callee(plan, contact, noon, number)


@pytest.mark.parametrize(
    ("at", "want"),
    [
        ("2026-11-20T17:00:00Z", "5550101"),  # Friday noon: the office
        ("2026-11-20T21:59:59Z", "5550101"),
        ("2026-11-20T22:00:00Z", "5550102"),  # 17:00: the mobile telephone
        ("2026-11-21T12:59:59Z", "5550102"),  # Saturday 07:59 is still Friday's night
        ("2026-11-21T13:00:00Z", "5550201"),  # Saturday: another covers
        ("2026-11-26T17:00:00Z", "5550201"),  # a holiday
        ("2026-11-27T17:00:00Z", "5550101"),
    ],
)
def test_the_hour_says_who_and_which_number(at: str, want: str) -> None:
    plan = plan_of(HOURLY, 1)
    assert [one.number for one in callees(plan, "emergent", from_iso(at))] == [want]


def test_a_rung_with_hours_is_used_in_them_alone() -> None:
    office = {"who": "fib", "hours": [OFFICE_HOURS]}
    fields = FIELDS | {"ladders": {"urgent": {"rungs": [office, {"who": "flutter"}]}}}
    plan = plan_of(fields, 1)
    noon, evening = (callees(plan, "urgent", at) for at in (NOON, NOON + 5 * HOUR))
    assert [one.contact for one in noon] == ["fib", "fib", "flutter"]
    assert [one.contact for one in evening] == ["flutter"]
    # where no rung is for this hour, all are
    alone = plan_of(FIELDS | {"ladders": {"urgent": {"rungs": [office]}}}, 1)
    assert [one.contact for one in callees(alone, "urgent", NOON + 5 * HOUR)] == ["fib", "fib"]


@pytest.mark.parametrize(
    ("begin", "stop", "first", "last"),
    [
        ("24:00", "08:00", "2026-11-21T05:00:00Z", "2026-11-21T12:59:59Z"),
        ("24:00", "24:00", "2026-11-21T05:00:00Z", "2026-11-22T04:59:59Z"),
        ("00:00", "08:00", "2026-11-20T05:00:00Z", "2026-11-20T12:59:59Z"),
        ("17:00", "00:00", "2026-11-20T22:00:00Z", "2026-11-21T04:59:59Z"),
        ("00:00", "00:00", "2026-11-20T05:00:00Z", "2026-11-21T04:59:59Z"),
    ],
)
def test_midnight_at_the_end_of_a_friday_is_not_the_one_it_begins_with(
    begin: str, stop: str, first: str, last: str
) -> None:
    hours = {"days": ["fri"], "from": begin, "to": stop}
    fields = FIELDS | {"cover": [hours | {"person": "fib"}]}
    made = plan_of(fields, 1).calendar
    around = (from_iso(first) - 1, from_iso(first), from_iso(last), from_iso(last) + SECOND)
    assert [bool(covering(made, at)) for at in around] == [False, True, True, False]


def test_hours_begin_at_the_minute() -> None:
    fields = HOURLY | {"cover": [{"days": WEEK, "from": "17:31", "to": "17:31", "person": "fib"}]}
    fields["exceptions"] = [{"from": "2026-11-20T12:30", "to": "2026-11-20T12:31", "person": "flutter"}]
    plan = plan_of(fields, 1)
    found = [callees(plan, "urgent", NOON + n * 30 * SECOND)[0].contact for n in (59, 60, 61, 62)]
    assert found == ["fib", "flutter", "flutter", "fib"]


def test_a_call_that_is_overdue_goes_to_who_covers_now() -> None:
    plan = plan_of(HOURLY, 1)
    desk = Desk(at=from_iso("2026-11-21T12:59:00Z"))
    desk.call("no_answer", plan)
    desk.now = from_iso("2026-11-21T13:30:00Z")
    assert desk.next_call(plan).callee.number == "5550201"


def test_where_nothing_is_planned_for_the_hour_every_number_counts() -> None:
    fields = HOURLY | {"ladders": {"emergent": {"rungs": [{"who": "fib"}]}}}
    sunday = Desk(at=from_iso("2026-11-22T17:00:00Z"))
    due = sunday.next_call(plan_of(fields, 1))
    assert due.callee.number == "5550101"
    assert "nothing is planned for this hour" in due.why


@pytest.mark.parametrize(
    ("opened", "want"),
    [
        ("2026-11-20T13:00:00Z", "2026-11-20T14:00:00Z"),  # before nine: at nine
        ("2026-11-20T17:00:00Z", "2026-11-20T17:00:00Z"),
        ("2026-11-20T21:59:59Z", "2026-11-20T21:59:59Z"),
        ("2026-11-20T22:00:00Z", "2026-11-21T14:00:00Z"),  # from five on: the next morning
        ("2026-10-31T22:00:00Z", "2026-11-01T14:00:00Z"),  # the clocks go back in that night
    ],
)
def test_a_daily_list_is_called_by_day(opened: str, want: str) -> None:
    desk = Desk("daily", from_iso(opened))
    assert desk.next_call().due_at == from_iso(want)


@pytest.mark.parametrize(
    ("opened", "want"),
    [
        ("2026-11-20T21:29:59Z", "2026-11-20T21:30:00Z"),
        ("2026-11-20T22:29:59Z", "2026-11-20T22:29:59Z"),
        ("2026-11-20T22:30:00Z", "2026-11-21T21:30:00Z"),
    ],
)
def test_a_daily_list_of_the_late_afternoon_is_called_for_an_hour(opened: str, want: str) -> None:
    plan = plan_of(FIELDS | {"ladders": {"daily": {"at": "16:30"}}}, 1)
    assert Desk("daily", from_iso(opened)).next_call(plan).due_at == from_iso(want)


def test_what_rises_to_emergent_is_due_by_its_ladder() -> None:
    desk = Desk("daily", from_iso("2026-11-20T23:00:00Z"))
    assert desk.next_call().due_at > desk.now
    desk.do(raise_tier(desk.book, 1, "emergent"))
    assert desk.next_call().due_at == desk.now
