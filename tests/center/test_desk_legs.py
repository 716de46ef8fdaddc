"""Legs, shifts and continuity of a whole desk: from its deeds, over restarts, told to whom they concern."""

from __future__ import annotations

from typing import Any

import pytest
from tests.center.desk_house import DeskHouse

from einthoven.base.errors import InputError
from einthoven.base.instants import HOUR, MILLISECOND, MINUTE, SECOND, from_iso, to_iso
from einthoven.center import desk_pulse
from einthoven.center.desk_door import Who
from einthoven.center.desk_pulse import Shifts, shifts_of
from einthoven.center.surveil import CONSOLE
from einthoven.escalation.leg_book import Ended, Running
from einthoven.escalation.legs import LEGS
from einthoven.review.facts import Tier

HERE = Who(CONSOLE, None, "127.0.0.1")


def act(house: DeskHouse, name: str, **fields: object) -> object:
    told: list[object] = []
    house.room.act(HERE, name, fields, lambda _made, error: told.append(error))
    return told[0]


def at(house: DeskHouse, kind: str) -> int:
    """When the first deed of a kind was done."""
    return house.kept.journal.read_kinds((kind,))[0].at


def legs(house: DeskHouse) -> Any:
    """The entity as stations are told it."""
    return house.room.desk.news.get("legs")


def worked() -> DeskHouse:
    """A technician at a station takes an emergent case to a physician who acted."""
    house = DeskHouse(patients=2)
    kim = house.hire("Kim, Alex")
    house.begin()
    house.seat(kim)
    house.run(40)
    house.finds(1, "pause", Tier.EMERGENT, met_at=house.clock.wall() - 4 * SECOND)
    house.run(400)
    return house


def test_every_leg_of_a_case_has_the_instants_of_its_deeds() -> None:
    house = worked()
    met = at(house, "case.opened") - 4 * SECOND - house.clock.wall() % 1
    found = {one.leg: one for one in house.books.legs.legs_of(1) if isinstance(one, Ended)}
    assert list(found) == [leg.name for leg in LEGS]
    opened, reached = at(house, "case.opened"), at(house, "notification.reached")
    (shown,) = house.kept.journal.read_kinds(("legs.displayed",))
    stages = {
        "finding to displayed": (opened, shown.body["at"]),
        "displayed to held": (shown.body["at"], at(house, "case.taken")),
        "held to verdict": (at(house, "case.taken"), at(house, "case.verdict")),
        "verdict to call started": (at(house, "case.verdict"), at(house, "call.started")),
        "call started to reached": (at(house, "call.started"), reached),
    }
    assert {name: (found[name].start, found[name].stop) for name in stages} == stages
    assert abs(found["criterion met to finding"].start - met) <= SECOND
    assert found["criterion met to reached"].stop == reached
    # a proof of the patient's tile that is not older than the finding
    assert opened <= int(str(shown.body["at"])) <= opened + 3 * SECOND


def test_stations_are_told_percentiles_of_the_hour_the_shift_and_the_day() -> None:
    told = legs(worked())
    assert [window["name"] for window in told["windows"]] == ["hour", "shift", "day"]
    for window in told["windows"]:
        assert {row["name"] for row in window["legs"]} == {leg.name for leg in LEGS}
        assert {(row["tier"], row["n"]) for row in window["legs"]} == {("emergent", 1)}
        for row in window["legs"]:
            assert row["p50_s"] == row["p90_s"] == row["p99_s"]
            assert row["within_pct"] == (100.0 if row["p50_s"] <= row["limit_s"] else 0.0)
    assert (told["running"], told["open"]) == ([], 0)


def test_what_has_the_least_time_left_stands_first_and_says_so() -> None:
    house = DeskHouse(patients=3)
    house.finds(1, "pause", Tier.DAILY)
    house.finds(2, "pause", Tier.URGENT)
    house.finds(3, "pause", Tier.EMERGENT)
    house.run(4)
    running = legs(house)["running"]
    assert [one["tier"] for one in running] == ["emergent", "urgent", "daily"] or [
        one["leg"] for one in running
    ] == ["finding to displayed"] * 3
    # somebody holds all of them: it has been before a person's eyes
    for number in (1, 2, 3):
        assert act(house, "case.take", case=number) is None
    house.run(4)
    running = legs(house)["running"]
    assert [(one["tier"], one["leg"], one["about"]) for one in running] == [
        ("emergent", "held to verdict", False),
        ("urgent", "held to verdict", False),
        ("daily", "held to verdict", False),
    ]
    assert running[0]["due_ms"] - running[0]["since_ms"] == 180_000
    house.run(170)
    assert legs(house)["running"][0]["about"]


def test_a_restart_changes_no_leg() -> None:
    house = worked()
    house.finds(2, "pause", Tier.URGENT, key="2-0-0")
    house.run(4)
    before, running = list(house.books.legs.history), house.books.legs.running(10)
    book = house.books.legs
    told = {name: window.figures(book.limits) for name, window in book.windows.items()}
    house.kill()
    book = house.books.legs
    assert list(book.history) == before
    assert book.running(10) == running
    book.turn(house.clock.wall(), house.room.desk.pulse.shifts.began(house.clock.wall()))
    assert {name: window.figures(book.limits) for name, window in book.windows.items()} == told


def test_a_leg_leaves_the_hour_and_stays_in_the_day() -> None:
    house = worked()
    house.clock.move(3700)
    house.run(4)
    hour, _shift, day = legs(house)["windows"]
    assert hour["legs"] == []
    assert len(day["legs"]) == len(LEGS)


def test_the_record_of_a_period_names_what_missed() -> None:
    house = worked()
    assert act(house, "legs.set", limits={"emergent.displayed to held": 1}, why="a trial") is None
    house.finds(2, "pause", Tier.EMERGENT, key="2-0-0")
    house.run(400)
    now = house.clock.wall() // MILLISECOND
    told: Any = house.room.ask(HERE, "legs", {"from_ms": str(now - 3_600_000), "to_ms": str(now + 1)})
    row = next(one for one in told["legs"] if one["name"] == "displayed to held")
    # the first was measured against the limit of its time
    assert (row["n"], row["missed"], row["limit_s"], row["within_pct"]) == (2, 1, 1.0, 50.0)
    (missed,) = told["missed"]
    assert (missed["case"], missed["leg"], missed["took_s"] > 1.0) == (2, "displayed to held", True)
    assert (told["truncated"], told["kept_from_ms"]) == (False, None)
    case: Any = house.room.ask(HERE, "case", {"id": "2"})
    assert [one["leg"] for one in case["legs"] if one["missed"]] == ["displayed to held"]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"emergent.held to verdict": 3600}, "the graver has less time"),
        ({"emergent.nothing": 3}, "no such leg"),
        ([], "want an object"),
    ],
)
def test_limits_that_contradict_are_refused(limits: object, words: str) -> None:
    house = DeskHouse()
    assert words in str(act(house, "legs.set", limits=limits, why="x"))
    assert house.kept.journal.read_kinds(("legs.limits",)) == []


def test_limits_of_the_center_hold_over_a_restart() -> None:
    house = DeskHouse()
    assert act(house, "legs.set", limits={"emergent.held to verdict": 90}, why="as we agreed") is None
    house.kill()
    assert house.books.legs.limits["emergent"]["held to verdict"] == 90 * SECOND
    assert act(house, "legs.set", limits={}, why="as shipped") is None
    assert house.books.legs.limits["emergent"]["held to verdict"] == 3 * MINUTE
    (_, back) = house.kept.journal.read_kinds(("legs.limits",))
    assert back.body["was"] == {"emergent.held to verdict": 90}


def test_a_case_that_grows_graver_is_measured_anew() -> None:
    house = DeskHouse(patients=1)
    house.finds(1, "pause", Tier.DAILY)
    house.run(2)
    assert act(house, "case.take", case=1) is None
    house.run(30)
    house.finds(1, "pause", Tier.EMERGENT, met_at=house.clock.wall())
    house.run(2)
    raised = at(house, "case.raised")
    (_, __, ___, verdict, *_rest) = house.books.legs.legs_of(1)
    assert isinstance(verdict, Running)
    assert (verdict.tier, verdict.leg, verdict.start) == ("emergent", "held to verdict", raised)


def test_a_case_of_the_equipment_has_no_legs() -> None:
    house = DeskHouse(patients=1)
    house.finds(1, "battery", Tier.TECHNICAL)
    house.run(4)
    assert house.books.legs.legs_of(1) == []
    assert (legs(house)["running"], legs(house)["open"]) == ([], 0)


def test_what_is_no_true_finding_awaits_no_call() -> None:
    house = DeskHouse(patients=1)
    house.finds(1, "pause", Tier.EMERGENT)
    house.run(2)
    assert act(house, "case.take", case=1) is None
    assert act(house, "case.verdict", case=1, verdict="artefact", note="") is None
    assert [one for one in house.books.legs.legs_of(1) if isinstance(one, Running)] == []
    assert act(house, "case.undo", case=1) is None
    left = [one.leg for one in house.books.legs.legs_of(1) if isinstance(one, Running)]
    assert left == ["held to verdict", "criterion met to call started", "criterion met to reached"]


# ---- continuity, incidents, standby ------------------------------------------------------------------------


def test_the_center_tells_the_share_of_the_shift_as_the_report_does() -> None:
    house = DeskHouse(patients=4)
    kim, lee = house.hire("Kim, Alex"), house.hire("Lee, Robin")
    house.begin()
    closing = house.seat(kim)
    house.run(60)
    house.seat(lee)
    house.run(5)
    closing.station.cut = True
    house.run(60)
    told: Any = house.room.center(house.clock.wall())["continuity"]
    pulse, now = house.room.desk.pulse, house.clock.wall()
    report = house.continuity(pulse.shifts.began(now), now)
    share = house.books.continuity.share(pulse.shifts.began(now), now, house.books.surveil.alive_until(now))
    assert share == (report.covered, report.service)
    assert 50.0 < told["shift_pct"] < 100.0
    assert told["incidents"] == len(house.books.surveil.watches.incidents.live) > 0


def test_of_many_patients_the_share_is_counted_a_part_at_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_pulse, "PATIENTS_A_STEP", 2)
    house = DeskHouse(patients=5)
    house.hire("Kim, Alex")
    house.begin()
    station = house.seat(1).station
    house.run(30)
    station.cut = True
    house.run(20)
    pulse, now = house.room.desk.pulse, house.clock.wall()
    shift, proved = pulse.shifts.began(now), house.books.surveil.alive_until(now)
    covered, whole = house.books.continuity.share(shift, now, proved)
    assert 0 < covered < whole
    for _ in range(10):  # what is being counted
        pulse.count()
    pulse.continuity = None
    pulse.look(now, 0)
    steps = 0
    while pulse.continuity is None:
        pulse.count()
        steps += 1
    assert steps == 4  # five patients by two, over the shift and over the day
    assert pulse.continuity["shift_pct"] == 100.0 * covered / whole


def test_a_defect_met_while_counting_ends_the_count_and_the_next_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = DeskHouse(patients=3)
    house.hire("Kim, Alex")
    house.begin()
    house.seat(1)
    house.run(30)
    monkeypatch.setattr(desk_pulse, "PATIENTS_A_STEP", 1)
    pulse, book, now = house.room.desk.pulse, house.books.continuity, house.clock.wall()
    pulse.look(now, 0)
    with monkeypatch.context() as defective:
        defective.setattr(book, "_streams", None)
        pulse.count()  # the third patient's is the last of the shift; the day begins with what is broken
        with pytest.raises(AttributeError):
            pulse.count()
    pulse.count()  # nothing is left of it
    pulse.look(now, 10)
    for _ in range(10):
        pulse.count()
    assert pulse.continuity is not None
    assert pulse.continuity["shift_pct"] is not None


def test_a_center_where_everybody_is_watched_all_the_time_tells_a_hundred() -> None:
    house = DeskHouse(patients=2)
    house.hire("Kim, Alex")
    assert house.room.center(house.clock.wall())["continuity"] is None
    house.seat(1)
    house.begin()
    house.run(60)
    start = house.clock.wall() - 20 * SECOND
    assert house.books.continuity.share(start, start + 10 * SECOND, house.clock.wall()) == (
        20 * SECOND, 20 * SECOND,
    )  # fmt: skip


def test_stations_of_standbys_and_supervisors_alarm_for_every_lost_watch() -> None:
    house = DeskHouse(patients=1)
    for name in ("Desk, Ann", "Standby, Ben", "Supervisor, Cy"):
        house.hire(name)
    kinds = {2: "standby", 3: "supervisor"}
    for number, kind in kinds.items():
        house.station_is(number, kind)
    told = {number: house.room.stands_by(Who(number, number, "192.0.2.7")) for number in (1, 2, 3)}
    assert told == {1: False, 2: True, 3: True}
    assert not house.room.stands_by(HERE)


@pytest.mark.parametrize(
    ("now", "began", "today"),
    [
        ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z", "2026-11-21T05:00:00Z"),
        ("2026-11-21T11:59:59Z", "2026-11-21T00:00:00Z", "2026-11-21T05:00:00Z"),
        ("2026-11-01T13:00:00Z", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z"),  # clocks went back
        ("2026-03-08T12:00:00Z", "2026-03-08T11:00:00Z", "2026-03-08T05:00:00Z"),  # and on
    ],
)
def test_shifts_begin_by_the_clock_of_the_place(now: str, began: str, today: str) -> None:
    shifts = shifts_of("19:00, 07:00", "America/New_York")
    at_ = from_iso(now)
    assert to_iso(shifts.began(at_)) == to_iso(from_iso(began))
    assert shifts.began(at_) <= at_ < shifts.began(at_) + 13 * HOUR
    assert to_iso(shifts.today(at_)) == to_iso(from_iso(today))


def test_shifts_that_are_none_are_refused() -> None:
    for begins, zone in (("7", "UTC"), ("", "UTC"), ("07:00,07:00", "UTC"), ("07:00", "Mars/Olympus")):
        with pytest.raises(InputError):
            shifts_of(begins, zone)
    assert Shifts().began(from_iso("2026-01-01T03:00:00Z")) == from_iso("2025-12-31T19:00:00Z")
