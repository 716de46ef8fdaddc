"""A service period as it was measured, read out of the books of a desk (R36, R39)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.center.desk_house import DeskHouse

from einthoven.base.deeds import CENTER, Draft
from einthoven.base.instants import DAY, HOUR, SECOND
from einthoven.base.spans import SpanSet
from einthoven.billing.service import ServiceRecord
from einthoven.center.service_record import Reading, Stored, longest_s, service_record
from einthoven.enrollment.people import Patient
from einthoven.enrollment.periods import PERIOD_MAX, ServicePeriod
from einthoven.enrollment.register import Enrolled, KnownPeriod
from einthoven.escalation import calls
from einthoven.escalation.calls import Callee
from einthoven.reports.life_due import Cutting
from einthoven.surveillance import house_plans, staff_changes
from einthoven.testing.web import EPOCH


def stored(house: DeskHouse, *others: ServicePeriod, ended: int | None = None) -> Stored:
    period = ServicePeriod(7, 3, "T-1", 1, EPOCH, EPOCH + PERIOD_MAX, ended)
    told = Enrolled(1, period, Patient("Doe, Jane"), None)
    seconds = (house.clock.wall() - EPOCH) / SECOND
    return Stored(told, EPOCH, ended, seconds, seconds, tuple(KnownPeriod(one) for one in others))


def read(house: DeskHouse, told: Stored | None = None, zone: str = "America/New_York") -> ServiceRecord:
    now = house.clock.wall()
    proved = house.books.surveil.alive_until(now)
    return service_record(house.books, told or stored(house), Reading(now, proved, Cutting(zone)))


@pytest.fixture
def watched() -> DeskHouse:
    """One patient, watched for two minutes by one technician."""
    house = DeskHouse(patients=1)
    house.hire("Nyx, Ann")
    one = house.seat(1)
    house.run(2)
    house.begin()
    one.station.act("watch.take", {"streams": ["s000001"]})
    house.run(120)
    return house


def test_a_patient_who_was_watched_is_read_with_who_watched_and_their_papers(watched: DeskHouse) -> None:
    record = read(watched)
    assert record.attendance is not None
    assert record.attendance.unproved == ""
    assert record.attendance.watched == pytest.approx(1, abs=0.05)
    assert record.attendance.displayed == pytest.approx(1, abs=0.05)
    assert all(gap.cause for gap in record.attendance.gaps)
    [who] = record.watchers
    assert (who.person, who.name, who.qualified, who.in_us) == (1, "Nyx, Ann", True, True)
    assert who.credentials[0].startswith("CCT N-1 (CCI), ")
    assert record.in_us is True
    assert record.transmission is None  # nobody measured it


def test_papers_that_ran_out_while_somebody_watched_are_told_with_the_day(watched: DeskHouse) -> None:
    staff = watched.books.surveil.staff
    now = watched.clock.wall()
    watched._found(staff_changes.end_credential(staff, 1, "CCT", "N-1", "revoked by the board", now))
    watched.run(30)
    [who] = read(watched).watchers
    assert who.qualified  # the watch was lost at once
    late = read(watched, zone="UTC")
    assert late.attendance is not None
    assert late.attendance.gaps[-1].stop >= now


def test_without_a_site_in_the_united_states_it_is_said(watched: DeskHouse) -> None:
    places = watched.books.surveil.stations
    site = places.sites[1]
    places.sites[1] = replace(site, territory="MX")
    watched.books.continuity.places.sites[1] = places.sites[1]
    record = read(watched)
    assert record.in_us is False
    assert record.watchers[0].in_us is False


def test_a_center_without_watches_proves_nothing() -> None:
    house = DeskHouse(patients=1)
    house.run(5)
    record = read(house)
    assert record.attendance is None
    assert record.watchers == ()
    assert record.in_us is None


def test_a_deed_that_the_proof_missed_is_said(watched: DeskHouse) -> None:
    watched.books.continuity.missed = watched.kept.journal.read(0, 1)[0]
    record = read(watched)
    assert record.attendance is not None
    assert record.attendance.unproved == "deed 1 could not be taken into the proof"
    assert record.watchers == ()


def call(house: DeskHouse, case: int, outcome: str, action: str = "") -> None:
    book, now = house.books.notify.calls, house.clock.wall()
    desk = house.room.desk
    desk.commit(calls.open_notification(book, case, 1, None, "urgent", "AF"), "staff 1", now)
    number = book.next_notification - 1
    callee = Callee("1", "Dr. Weber", "physician", "+1 555 0100", "office")
    desk.commit(calls.start(book, number, callee), "staff 1", now)
    said = {"outcome": outcome, "person": "Dr. Weber", "person_role": "physician"}
    said |= {"readback": outcome == "reached", "said": "AF", "action": action}
    desk.commit(calls.end(book, book.next_call - 1, said), "staff 1", now)


def test_calls_are_counted_by_what_came_of_them() -> None:
    house = DeskHouse(patients=1)
    call(house, 1, "reached", "no action necessary")
    call(house, 2, "reached")
    call(house, 3, "voicemail")
    call(house, 4, "no_answer")
    told = read(house).notifications
    assert told is not None
    assert (told.due, told.reached, told.with_action, told.machine_only) == (4, 2, 1, 1)


def test_periods_of_the_same_patient_and_transmitter_are_told_apart() -> None:
    house = DeskHouse(patients=1)
    house.run(1)
    before = ServicePeriod(5, 3, "T-0", 9, EPOCH - 40 * DAY, EPOCH - 10 * DAY, EPOCH - 20 * DAY)
    other = ServicePeriod(6, 4, "T-1", 8, EPOCH - DAY, EPOCH + DAY, EPOCH - HOUR)
    record = read(house, stored(house, before, other))
    [one] = record.earlier
    assert (one.first_day, one.last_day) == ("2026-01-19", "2026-02-07") or one.last_day > one.first_day
    assert record.exclusive is True
    shared = ServicePeriod(6, 4, "T-1", 8, EPOCH - DAY, EPOCH + DAY, EPOCH + HOUR)
    assert read(house, stored(house, shared)).exclusive is False


def test_days_are_counted_and_what_no_report_was_made_of_is_missing() -> None:
    house = DeskHouse(patients=1)
    house.clock.move(3 * 86400)
    record = read(house, stored(house, ended=house.clock.wall()), zone="UTC")
    assert record.reports is not None
    assert (record.reports.daily_due, record.reports.daily_made) == (4, 0)
    assert record.reports.summary_made is False
    assert record.reports.summary_signed is None


def test_plans_and_supervisor_are_those_in_force_at_the_end() -> None:
    house = DeskHouse(patients=1)
    house.clock.move(60)
    now, book = house.clock.wall(), house.books.house
    drafts: list[Draft] = house_plans.set_plan(book, "quality", "", "Twice.", "", EPOCH - DAY, "", now)
    drafts += house_plans.set_supervisor(book, "Dr. Ada", "", "cardiology", None, EPOCH - DAY, "", now)
    house.room.desk.commit(drafts, CENTER, now)
    house.room.desk.commit(
        house_plans.set_plan(book, "quality", "", "Thrice.", "", now + DAY, "", now), CENTER, now
    )
    record = read(house)
    assert record.plans == (("quality", 1),)
    assert record.supervisor == "Dr. Ada (cardiology)"


@given(st.lists(st.tuples(st.integers(1, 50_000), st.integers(1, 50_000)), max_size=20))
def test_the_longest_stretch_that_one_query_answers_has_no_hole_of_an_hour(
    pieces: list[tuple[int, int]],
) -> None:
    spans, at, rate = SpanSet(), 0, 5.0
    for hole, length in pieces:
        at += hole
        spans.add(at, at + length)
        at += length
    found = longest_s(spans, rate)
    every = list(spans)
    best = 0
    for first in range(len(every)):
        for last in range(first, len(every)):
            holes = [
                b.start - a.stop for a, b in zip(every[first:last], every[first + 1 : last + 1], strict=True)
            ]
            if all(one < 3600 * rate for one in holes):
                best = max(best, every[last].stop - every[first].start)
    assert found == best / rate
