"""Which reports are due: days cut at the site's hour, events that were told, periods that ended."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.instants import DAY, HOUR, MINUTE, from_iso, to_iso
from einthoven.escalation.signature import digest
from einthoven.reports import life_due as due
from einthoven.reports.life_states import About, Key, Kind, Report, State

NEW_YORK = due.Cutting("America/New_York")
UTC = due.Cutting()


def at(text: str) -> int:
    return from_iso(text)


def told(found: list[due.Due]) -> list[tuple[str, str, str, str]]:
    return [
        (one.about.words, to_iso(one.about.start)[:16], to_iso(one.about.stop)[:16], one.note)
        for one in found
    ]


def asked(
    service: due.Service, now: str, complete: str | None, known: set[Key] | None = None
) -> list[due.Due]:
    until = None if complete is None else at(complete)
    return due.reports_due([service], [], known or set(), UTC, at(now), lambda _one: until)


def test_a_day_is_due_when_it_is_over_and_its_samples_are_in() -> None:
    one, until = due.Service(1, at("2026-11-21T12:00Z")), "2026-11-22T08:00:01Z"
    assert asked(one, "2026-11-22T07:59:59Z", until) == []
    assert told(asked(one, "2026-11-22T08:00:02Z", until)) == [
        ("daily s000001 2026-11-21", "2026-11-21T12:00", "2026-11-22T08:00", "")
    ]


def test_what_there_is_is_not_due_again_and_a_restart_goes_on() -> None:
    one, now = due.Service(1, at("2026-11-19T12:00Z")), "2026-11-22T09:00Z"
    first = asked(one, now, now)
    assert [each.about.which for each in first] == ["2026-11-19", "2026-11-20", "2026-11-21"]
    known = {each.about.key for each in first[:2]}
    assert [each.about.which for each in asked(one, now, now, known)] == ["2026-11-21"]


def test_a_day_waits_for_its_samples_and_not_for_ever() -> None:
    one, until = due.Service(1, at("2026-11-21T12:00Z")), "2026-11-22T03:00Z"
    assert asked(one, "2026-11-22T09:59Z", until) == []
    (late,) = asked(one, "2026-11-22T10:00Z", until)
    assert late.note == "when this was made, samples from 2026-11-22T03:00:00.000Z on had not all come"
    (unknown,) = asked(one, "2026-11-22T10:00Z", None)
    assert "not known" in unknown.note


def test_a_period_that_ends_has_a_last_part_of_a_day_and_a_summary() -> None:
    end = "2026-11-22T15:30Z"
    one = due.Service(1, at("2026-11-21T12:00Z"), at(end))
    assert [each[0] for each in told(asked(one, end, end))] == [
        "daily s000001 2026-11-21",
        "daily s000001 2026-11-22",
        "end s000001",
    ]


def test_a_minute_of_wear_has_no_report() -> None:
    one, now = due.Service(1, at("2026-11-21T12:00Z"), at("2026-11-21T12:00:59Z")), "2026-11-22T12:00Z"
    assert asked(one, now, now) == []


@pytest.mark.parametrize(
    ("begin", "hours"), [("2026-03-07T13:00Z", [23, 24, 24]), ("2026-10-31T12:00Z", [25, 24, 24])]
)
def test_days_on_clocks_that_change_are_23_and_25_hours_long(begin: str, hours: list[int]) -> None:
    # In New York the clocks change at 02:00 on 8 March and on 1 November 2026.
    found = list(due.days(NEW_YORK, at(begin), at(begin) + 4 * DAY))[:3]
    assert [(stop - low) / HOUR for _, low, stop in found] == hours
    assert next(day for day, _, _ in found) == begin[:10]


def test_who_began_before_the_cut_began_on_the_day_before() -> None:
    one, now = due.Service(1, at("2026-11-21T07:00Z")), "2026-11-22T09:00Z"
    assert [each.about.which for each in asked(one, now, now)] == ["2026-11-20", "2026-11-21"]


def test_what_was_told_comes_first_once() -> None:
    case = due.Told(5, 1, at("2026-11-21T13:00Z"), at("2026-11-21T13:05Z"))
    one, now = due.Service(1, at("2026-11-20T12:00Z")), at("2026-11-21T13:10Z")
    found = due.reports_due([one], [case], set(), UTC, now, lambda _one: now)
    assert [each.about.words for each in found] == ["urgent s000001 5", "daily s000001 2026-11-20"]
    assert due.reports_due([], [case], {found[0].about.key}, UTC, now, lambda _one: now) == []


def test_samples_are_asked_about_only_where_a_report_is_due_otherwise() -> None:
    one, now = due.Service(1, at("2026-11-21T12:00Z")), at("2026-11-22T07:00Z")
    asked_of: list[due.Service] = []

    def complete(service: due.Service) -> int:
        asked_of.append(service)
        return now

    assert due.reports_due([one], [], set(), UTC, now, complete) == []
    assert asked_of == []


def report(**change: object) -> Report:
    about = About(Kind.DAILY, 1, "2026-11-21", 0, DAY)
    made = Report(1, about, digest(b"a"), "1", "", "", "stamp 1", made=DAY, since=DAY)
    return replace(made, **change)  # type: ignore[arg-type]


def test_it_is_looked_at_again_when_what_it_was_made_from_changed_and_not_all_the_time() -> None:
    one = report()
    assert not due.looked_at_again(one, "stamp 1", DAY, 3 * DAY)
    assert not due.looked_at_again(one, "stamp 2", DAY, DAY + due.AGAIN - 1)
    assert due.looked_at_again(one, "stamp 2", DAY, DAY + due.AGAIN)
    assert not due.looked_at_again(report(state=State.WITHDRAWN), "stamp 2", DAY, 3 * DAY)


def test_a_report_that_waits_too_long_is_overdue() -> None:
    assert not due.overdue(report(), 2 * DAY)
    assert due.overdue(report(), 2 * DAY + 1)
    assert due.overdue(report(state=State.COSIGN), 2 * DAY + 1)
    assert not due.overdue(report(state=State.SIGNED), 9 * DAY)


@given(
    st.integers(0, 60 * 24 * 400),
    st.integers(1, 60 * 24 * 31),
    st.integers(0, 1439),
    st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]),
)
def test_days_cover_the_period_without_hole_or_overlap(begin: int, minutes: int, cut: int, zone: str) -> None:
    start = at("2026-01-01T00:00Z") + begin * MINUTE
    stop = start + minutes * MINUTE
    found = list(due.days(due.Cutting(zone, cut), start, stop))
    assert (found[0][1], found[-1][2]) == (start, stop)
    assert all(one[2] == two[1] for one, two in pairwise(found))
    assert len({day for day, _, _ in found}) == len(found)
    assert all(low < high for _, low, high in found)
    assert all(22 * HOUR <= high - low <= 26 * HOUR for _, low, high in found[1:-1])
