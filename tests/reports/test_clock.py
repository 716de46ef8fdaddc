"""Times as printed, and days cut at the site's hour: days on which the clocks change are a case each."""

from __future__ import annotations

from itertools import pairwise

import pytest

from einthoven.base.errors import InputError
from einthoven.base.instants import MILLISECOND, from_iso
from einthoven.reports.clock import AS_RECORDED, ClockFace, cuts, lasting, zone_of

NEW_YORK = "America/New_York"


def ms(text: str) -> int:
    return from_iso(text) // MILLISECOND


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (3.6, "3.6 s"),
        (9.96, "10.0 s"),
        (12, "12 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (3599, "59 min 59 s"),
        (7170, "2 h"),
        (22_340, "6 h 12 min"),
    ],
)
def test_how_long(seconds: float, words: str) -> None:
    assert lasting(seconds) == words


def test_a_moment_has_its_date_only_where_it_needs_one() -> None:
    start, end = ms("2026-11-23T13:00:00Z"), ms("2026-11-24T13:00:00Z")
    assert ClockFace(NEW_YORK, start, end).time(start) == "08:00:00"
    assert ClockFace(NEW_YORK, start, end, several=True).time(end) == "24 Nov 08:00:00"
    assert ClockFace("", 0, 5_000).time(3_723_000) == "1:02:03"
    assert ClockFace(NEW_YORK, start, end).time(None) == "–"


def test_dates_of_service_name_the_zone() -> None:
    start, end = ms("2026-11-23T13:00:00Z"), ms("2026-11-24T13:00:00Z")
    told = ClockFace(NEW_YORK, start, end).dates()
    assert told == "23 Nov 2026 08:00 – 24 Nov 2026 08:00 (America/New_York)"
    assert ClockFace(AS_RECORDED, start, end).dates().endswith("(as recorded)")
    assert ClockFace("", 0, 1_806_000).dates() == "30 min 6 s, date not given"


def hours_between(start: str, end: str, zone: str, hour: int) -> list[float]:
    edges = [ms(start), *cuts(ms(start), ms(end), zone, hour), ms(end)]
    return [(b - a) / 3_600_000 for a, b in pairwise(edges)]


def test_days_are_cut_at_the_hour() -> None:
    assert hours_between("2026-06-01T15:00:00Z", "2026-06-03T15:00:00Z", NEW_YORK, 8) == [21, 24, 3]


def test_a_day_on_which_the_clocks_go_forward_has_23_hours() -> None:
    assert hours_between("2026-03-07T13:00:00Z", "2026-03-10T12:00:00Z", NEW_YORK, 8) == [23, 24, 24]


def test_a_day_on_which_the_clocks_go_back_has_25_hours() -> None:
    assert hours_between("2026-10-31T12:00:00Z", "2026-11-02T13:00:00Z", NEW_YORK, 8) == [25, 24]


def test_an_hour_that_there_is_not_is_when_the_clocks_went_forward() -> None:
    [cut] = cuts(ms("2026-03-08T05:00:00Z"), ms("2026-03-08T20:00:00Z"), NEW_YORK, 2)
    assert cut == ms("2026-03-08T07:00:00Z")


def test_a_zone_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="Mars/Base"):
        zone_of("Mars/Base")
