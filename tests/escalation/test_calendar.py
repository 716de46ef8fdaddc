"""Who covers when: hours of a week, nights of clock changes, holidays, exceptions, gaps (R21–R23)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.base.instants import DAY, HOUR, MINUTE, from_iso
from einthoven.escalation.calendar import (
    DAYS,
    HOLIDAY,
    Calendar,
    Cover,
    Hours,
    Instead,
    Number,
    Person,
    covering,
    gaps,
    instant_of,
    is_night,
    numbers_at,
    within,
)

NEW_YORK = "America/New_York"
FIB = Person("fib", "Dr Fib", "physician", (Number("mobile", "1"),))
FLUTTER = Person("flutter", "Dr Flutter", "physician", (Number("mobile", "2"),))
EVERY = frozenset((*DAYS, HOLIDAY))
DAYTIME, NIGHT = Hours(EVERY, 8 * 60, 20 * 60), Hours(EVERY, 20 * 60, 8 * 60)


def calendar(*covers: Cover, **more: object) -> Calendar:
    return Calendar(NEW_YORK, (FIB, FLUTTER), covers, **more)


TWO = calendar(Cover(DAYTIME, "fib"), Cover(NIGHT, "flutter"))


def keys(found: tuple[Person, ...]) -> list[str]:
    return [person.key for person in found]


@pytest.mark.parametrize(
    ("at", "want"),
    [
        ("2026-11-20T13:00:00Z", "fib"),
        ("2026-11-20T12:59:59Z", "flutter"),
        ("2026-11-21T00:59:59Z", "fib"),
        ("2026-11-21T01:00:00Z", "flutter"),
        # the night in which 02:00 becomes 03:00, and the one in which it is 01:00 twice
        ("2026-03-08T06:59:59Z", "flutter"),
        ("2026-03-08T11:59:59Z", "flutter"),
        ("2026-03-08T12:00:00Z", "fib"),
        ("2026-11-01T12:59:59Z", "flutter"),
        ("2026-11-01T13:00:00Z", "fib"),
    ],
)
def test_hours_of_the_local_day(at: str, want: str) -> None:
    assert keys(covering(TWO, from_iso(at))) == [want]


LOCAL = [
    (date(2026, 11, 20), 12 * 60, "2026-11-20T17:00:00Z"),
    (date(2026, 7, 1), 12 * 60, "2026-07-01T16:00:00Z"),
    (date(2026, 11, 20), 24 * 60, "2026-11-21T05:00:00Z"),
    # skipped: the moment at which the clocks skip it
    (date(2026, 3, 8), 2 * 60 + 30, "2026-03-08T07:00:00Z"),
    (date(2026, 3, 8), 2 * 60, "2026-03-08T07:00:00Z"),
    (date(2026, 3, 8), 3 * 60, "2026-03-08T07:00:00Z"),
    # twice: the first
    (date(2026, 11, 1), 60 + 30, "2026-11-01T05:30:00Z"),
    (date(2026, 11, 1), 2 * 60, "2026-11-01T07:00:00Z"),
]


@pytest.mark.parametrize(("day", "minute", "want"), LOCAL)
def test_a_local_time_is_one_instant(day: date, minute: int, want: str) -> None:
    assert instant_of(NEW_YORK, day, minute) == from_iso(want)


@pytest.mark.parametrize(
    "zone", ["Australia/Lord_Howe", "America/Puerto_Rico", "Pacific/Guam", "America/Phoenix"]
)
def test_hours_that_meet_leave_no_gap_in_any_zone(zone: str) -> None:
    made = Calendar(zone, (FIB, FLUTTER), TWO.covers)
    start = from_iso("2026-01-01T00:00:00Z")
    assert gaps(made, start, start + 365 * DAY) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 24 * 60 - 1), min_size=1, max_size=5, unique=True).map(sorted),
    st.sampled_from(["America/New_York", "America/Anchorage", "Europe/London", "Australia/Lord_Howe", "UTC"]),
    st.sampled_from([from_iso("2026-03-05T00:00:00Z"), from_iso("2026-10-30T00:00:00Z")]),
    st.integers(0, 10 * DAY),
)
def test_a_day_cut_anywhere_is_covered_by_exactly_one(
    cuts: list[int], zone: str, start: int, after: int
) -> None:
    persons = tuple(Person(str(n), str(n), "physician", (Number("mobile", "1"),)) for n in range(len(cuts)))
    covers = tuple(Cover(Hours(EVERY, cut, cuts[(n + 1) % len(cuts)]), str(n)) for n, cut in enumerate(cuts))
    made = Calendar(zone, persons, covers)
    assert len(covering(made, start + after)) == 1
    assert gaps(made, start, start + 10 * DAY) == []


def test_a_gap_and_an_overlap_are_found_to_the_minute_and_told() -> None:
    made = calendar(
        Cover(Hours(EVERY, 8 * 60, 17 * 60), "fib"), Cover(Hours(EVERY, 16 * 60, 7 * 60), "flutter")
    )
    start = from_iso("2026-11-20T17:00:00Z")
    assert [(flaw.kind, flaw.words) for flaw in gaps(made, start, start + DAY)] == [
        (
            "several",
            "Fri 2026-11-20 16:00 to Fri 2026-11-20 17:00 (America/New_York): "
            "Dr Fib and Dr Flutter cover at once",
        ),
        ("nobody", "Sat 2026-11-21 07:00 to Sat 2026-11-21 08:00 (America/New_York): nobody covers"),
    ]


def test_hours_without_a_number_are_found() -> None:
    office = Number("office", "1", (Hours(EVERY, 8 * 60, 17 * 60),))
    made = Calendar(
        NEW_YORK,
        (Person("fib", "Dr Fib", "physician", (office,)),),
        (Cover(Hours(EVERY, 0, 24 * 60), "fib"),),
    )
    start = from_iso("2026-11-20T17:00:00Z")
    (flaw,) = gaps(made, start, start + DAY - 5 * HOUR)
    assert (flaw.kind, flaw.start, flaw.stop) == ("no-number", start + 5 * HOUR, start + DAY - 5 * HOUR)
    assert numbers_at(made, made.persons[0], start) == (office,)
    assert numbers_at(made, made.persons[0], start + 5 * HOUR) == ()


def test_a_calendar_without_rules_is_one_gap() -> None:
    start = from_iso("2026-11-20T17:00:00Z")
    (flaw,) = gaps(calendar(), start, start + DAY)
    assert (flaw.kind, flaw.start, flaw.stop) == ("nobody", start, start + DAY)


def test_a_holiday_is_no_weekday() -> None:
    weekday = Cover(Hours(frozenset(DAYS), 0, 24 * 60), "fib")
    holiday = Cover(Hours(frozenset({HOLIDAY}), 0, 24 * 60), "flutter")
    made = calendar(weekday, holiday, holidays=frozenset({date(2026, 11, 26)}))
    assert keys(covering(made, from_iso("2026-11-26T04:59:59Z"))) == ["fib"]
    assert keys(covering(made, from_iso("2026-11-26T05:00:00Z"))) == ["flutter"]
    assert keys(covering(made, from_iso("2026-11-27T05:00:00Z"))) == ["fib"]


def test_exceptions_go_before_rules_and_later_ones_before_earlier() -> None:
    start = from_iso("2026-11-20T17:00:00Z")
    made = calendar(
        *TWO.covers,
        exceptions=(
            Instead(start, start + 2 * HOUR, "flutter"),
            Instead(start + HOUR, start + 3 * HOUR, None),
        ),
    )
    found = [keys(covering(made, start + n * HOUR // 2)) for n in (-1, 0, 1, 2, 5, 6)]
    assert found == [["fib"], ["flutter"], ["flutter"], [], [], ["fib"]]
    assert [(flaw.start, flaw.stop) for flaw in gaps(made, start, start + 6 * HOUR)] == [
        (start + HOUR, start + 3 * HOUR)
    ]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_gaps_are_exactly_where_not_one_covers(data: st.DataObject) -> None:
    minutes = st.integers(0, 24 * 60 - 1)
    hours = st.builds(Hours, st.frozensets(st.sampled_from([*DAYS, HOLIDAY]), min_size=1), minutes, minutes)
    covers = data.draw(st.lists(st.builds(Cover, hours, st.sampled_from(["fib", "flutter"])), max_size=4))
    start = from_iso("2026-10-30T00:00:00Z")
    made = calendar(*covers, holidays=frozenset({date(2026, 11, 2)}))
    found = gaps(made, start, start + 5 * DAY)
    for at in data.draw(st.lists(st.integers(start, start + 5 * DAY - 1), min_size=20, max_size=20)):
        inside = [flaw for flaw in found if flaw.start <= at < flaw.stop]
        assert len(inside) == (len(covering(made, at)) != 1)
        assert all(flaw.who == tuple(keys(covering(made, at))) for flaw in inside)


@pytest.mark.parametrize(
    ("at", "night"),
    [
        ("2026-11-21T02:59:59Z", False),
        ("2026-11-21T03:00:00Z", True),
        ("2026-11-21T10:59:59Z", True),
        ("2026-11-21T11:00:00Z", False),
    ],
)
def test_night_is_where_the_patient_is(at: str, night: bool) -> None:
    assert is_night(NEW_YORK, from_iso(at)) is night
    assert is_night("UTC", from_iso(at), 2 * 60, 3 * 60) is (at == "2026-11-21T02:59:59Z")


def test_no_hours_are_all_hours() -> None:
    assert within(TWO, (), from_iso("2026-11-21T02:59:59Z"))
    assert not within(TWO, (Hours(EVERY, 0, 1),), from_iso("2026-11-21T05:00:00Z") + MINUTE)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "America", "x" * 300, "a\x00b"])
def test_what_is_no_zone(name: str) -> None:
    with pytest.raises(InputError, match=r"zone: .* is no time zone"):
        is_night(name, 0)
