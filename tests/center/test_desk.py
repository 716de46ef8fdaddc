"""A whole desk on virtual time: nobody unwatched, every case to its end, on record over restarts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from tests.center.desk_house import DeskHouse

from einthoven.base.errors import EinthovenError, InputError, NotFoundError, RefusedError
from einthoven.base.instants import MINUTE, SECOND
from einthoven.center.desk_door import PAGE_LEFT, Who
from einthoven.center.notice_book import NoticeBook
from einthoven.review.case import State
from einthoven.review.facts import Tier
from einthoven.surveillance import watches
from einthoven.surveillance.continuity import ContinuityBook

LOSSES = ("watch.lost", "display.ended", "incident.opened", "duty.ended")
WATCHED = {watches.State.HELD, watches.State.OFFERED_ON}


def states(house: DeskHouse) -> dict[int, tuple[int | None, str]]:
    """Who is responsible for whom."""
    book = house.books.surveil.watches
    held = {stream: book.holding(stream) for stream in range(1, house.patients + 1)}
    return {
        stream: (None, "nobody") if watch is None else (watch.by, watch.state.value)
        for stream, watch in held.items()
    }


def asked(house: DeskHouse, who: Who, act: str, fields: dict[str, Any]) -> EinthovenError | None:
    told: list[EinthovenError | None] = []
    house.room.act(who, act, fields, lambda _told, error: told.append(error))
    return told[0]


def test_a_defect_in_the_proof_or_in_notices_stops_no_start_and_no_watch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They decide nothing. The proof says that it is none, until a start without the defect."""
    house = DeskHouse(patients=2)
    kim = house.hire("Kim, Alex")
    house.begin()
    house.seat(kim)
    house.run(40)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as defective:
        defective.setattr(ContinuityBook, "_take", broken)
        defective.setattr(NoticeBook, "apply", broken)
        house.kill()
    assert {what for what, _error in house.defects} == {"figures"}
    house.defects.clear()
    house.seat(kim)
    house.run(40)
    assert states(house) == {1: (kim, "held"), 2: (kim, "held")}
    supervisor = Who(house.hire("Hay, Jo", role="supervisor"), None, "192.0.2.7")
    until_ms = house.clock.wall() // 10**6
    span = {"from_ms": str(until_ms - 10_000), "to_ms": str(until_ms)}
    with pytest.raises(RefusedError, match=r"unproved: deed \d+"):
        house.room.ask(supervisor, "continuity", span)
    told: Any = house.room.center(house.clock.wall())["continuity"]
    assert told["shift_pct"] is None
    house.kill()
    report: Any = house.room.ask(supervisor, "continuity", span)
    assert report["percent"] is not None


def test_whoever_sits_down_takes_what_is_offered_and_holds_it_once_it_is_painted() -> None:
    house = DeskHouse(patients=3)
    kim = house.hire("Kim, Alex")
    house.begin()
    house.run(1)
    assert set(states(house).values()) == {(None, "nobody")}
    house.seat(kim)
    house.run(40)
    assert set(states(house).values()) == {(kim, "held")}
    report = house.continuity(house.clock.wall() - 10 * SECOND, house.clock.wall() - 3 * SECOND)
    assert report.percent == "100.000"


def test_a_shift_is_handed_over_without_a_gap() -> None:
    house = DeskHouse(patients=5)
    kim, lee = house.hire("Kim, Alex"), house.hire("Lee, Robin")
    house.begin()
    leaving = house.seat(kim)
    house.run(40)
    start = house.clock.wall()
    house.seat(lee)
    leaving.leaving, leaving.successor = True, lee
    house.run(60)
    assert set(states(house).values()) == {(lee, "held")}
    report = house.continuity(start, house.clock.wall() - 3 * SECOND)
    assert report.percent == "100.000"
    assert {one.person for row in report.rows for one in row.watched} == {kim, lee}


def test_a_closed_lid_loses_the_watch_within_five_seconds_and_others_take_over() -> None:
    house = DeskHouse(patients=4)
    kim, lee = house.hire("Kim, Alex"), house.hire("Lee, Robin")
    house.begin()
    closing = house.seat(kim)
    house.run(40)
    house.seat(lee)
    house.run(5)
    shut = house.clock.wall()
    closing.station.cut = True
    house.run(7)
    lost = [deed for deed in house.kept.journal.read_kinds(("watch.lost",)) if deed.at > shut]
    assert len(lost) == 4
    assert all(deed.at - shut <= 6 * SECOND for deed in lost)
    assert all(shut - 2 * SECOND <= int(str(deed.body["since"])) <= shut for deed in lost)
    house.run(40)
    assert set(states(house).values()) == {(lee, "held")}
    report = house.continuity(shut - MINUTE // 2, house.clock.wall() - 3 * SECOND)
    assert len([lapse for row in report.rows for lapse in row.lapses]) == 4
    assert all(shut - 2 * SECOND <= lapse.start <= shut for row in report.rows for lapse in row.lapses)


def test_an_emergent_finding_goes_from_the_list_to_a_physician_who_acted() -> None:
    house = DeskHouse(patients=2)
    kim = house.hire("Kim, Alex")
    house.begin()
    house.seat(kim)
    house.run(40)
    house.finds(1, "ventricular-tachycardia", Tier.EMERGENT)
    house.run(400)
    (case,) = house.books.triage.cases.cases.values()
    told = house.books.notify.calls.notifications[case.notification or 0]
    assert house.physician.asked == 1
    assert told.action == "no action necessary"
    assert case.state is State.CLOSED
    call = house.books.notify.calls.calls_of(told.number)[0]
    assert (call.person, call.readback, call.outcome) == ("Dr. Weber", True, "reached")


class Broken:
    """What has a defect."""

    def of(self, *_args: object) -> Any:
        raise RuntimeError("a defect of the notices")

    def take(self, _now: int) -> Any:
        raise RuntimeError("a defect of the facts")


def test_a_defect_of_notices_or_of_one_source_of_facts_is_told_and_stops_no_decision() -> None:
    house = DeskHouse(patients=2)
    kim = house.hire("Kim, Alex")
    house.begin()
    house.seat(kim)
    desk, defects = house.room.desk, set[str]()
    desk.failed = lambda what, _error: defects.add(what)
    desk.noticing = cast("Any", Broken())
    desk.world = replace(desk.world, facts=[Broken(), *desk.world.facts])
    house.run(40)
    assert set(states(house).values()) == {(kim, "held")}
    house.finds(1, "ventricular-tachycardia", Tier.EMERGENT)
    house.run(400)
    assert house.physician.asked == 1
    assert defects == {"notices", "facts"}


def test_a_case_leaves_the_book_two_days_after_it_was_closed_and_stays_in_the_journal() -> None:
    house = DeskHouse(patients=1)
    kim = house.hire("Kim, Alex")
    house.begin()
    house.seat(kim)
    house.run(40)
    house.finds(1, "ventricular-tachycardia", Tier.EMERGENT)
    house.run(400)
    (case,) = house.books.triage.cases.cases.values()
    errors: list[object] = []
    who = Who(house.hire("Lee, Sam", "supervisor"), None, "10.1.2.3")
    fields = {"case": case.number, "verdict": "true", "note": ""}
    now = house.clock.wall()
    house.room.desk.act(who, "case.overread", fields, now, lambda _told, error: errors.append(error))
    house.run(1)
    assert errors == [None], "what is emergent is read twice"
    kept = list(house.books.triage.cases.cases)
    house.clock.move(47 * 3600)
    for _ in range(2):
        house.clock.move(3600 - house.clock.wall() // SECOND % 3600)
        assert list(house.books.triage.cases.cases) == kept
        house.room.desk.turn(house.clock.wall())
    assert case.number not in house.books.triage.cases.cases
    assert house.books.triage.cases.by_stream == {1: []}
    house.kill()
    assert case.number not in house.books.triage.cases.cases


def test_a_center_killed_in_mid_call_asks_about_the_call_and_goes_on() -> None:
    house = DeskHouse(patients=2)
    kim = house.hire("Kim, Alex")
    house.begin()
    house.seat(kim, talk_s=500.0)
    house.run(40)
    house.finds(1, "ventricular-tachycardia", Tier.EMERGENT)
    house.run(120)
    assert house.books.notify.calls.running(1) is not None
    before = house.clock.wall()
    house.clock.move(30)
    house.kill()
    house.run(1)
    (due,) = house.books.notify.due(house.clock.wall())
    assert due.kind == "resolve"
    assert set(states(house).values()) == {(None, "nobody")}
    house.seat(kim)
    house.run(60)
    lapses = [
        lapse for row in house.continuity(before - MINUTE, house.clock.wall()).rows for lapse in row.lapses
    ]
    assert len(lapses) == 2
    assert all(abs(lapse.start - before) <= 2 * SECOND for lapse in lapses)
    assert {lapse.cause for lapse in lapses} == {"the center was down"}


def test_a_case_of_somebody_who_watches_nobody_is_given_back_when_the_center_dies() -> None:
    house = DeskHouse(patients=1)
    kim, lee = house.hire("Kim, Alex"), house.hire("Lee, Robin")
    house.begin()
    house.seat(kim)
    house.run(40)
    house.room.open(Who(lee, lee, "192.0.2.7"), lambda: {"staff": {"id": lee}})
    house.technicians[0].asleep = True
    house.finds(1, "pause", Tier.URGENT)
    house.run(1)
    assert asked(house, Who(lee, lee, "192.0.2.7"), "case.take", {"case": 1}) is None
    assert house.books.triage.cases.case(1).held_by == lee
    house.kill()
    house.run(2)
    assert house.books.triage.cases.case(1).held_by is None


def test_a_replayed_desk_is_the_one_that_died() -> None:
    house = DeskHouse(patients=3)
    kim = house.hire("Kim, Alex")
    house.begin()
    house.seat(kim)
    house.run(40)
    house.finds(2, "pause", Tier.URGENT)
    house.run(30)
    was, number = house.books, house.room.desk.record.number
    house.kill()
    now = house.books
    replayed = [one.number for one in house.kept.journal.read(0, 10_000)][:number]
    assert replayed == list(range(1, number + 1))
    assert now.surveil.staff == was.surveil.staff
    assert now.triage.cases.cases == was.triage.cases.cases
    assert now.notify.calls == was.notify.calls


def test_two_people_taking_one_case_is_one_person_holding_it() -> None:
    house = DeskHouse(patients=1)
    kim, lee = house.hire("Kim, Alex"), house.hire("Lee, Robin")
    house.begin()
    house.finds(1, "pause", Tier.URGENT)
    house.run(1)
    first, second = Who(kim, kim, "192.0.2.7"), Who(lee, lee, "192.0.2.7")
    assert asked(house, first, "case.take", {"case": 1}) is None
    refused = asked(house, second, "case.take", {"case": 1})
    assert isinstance(refused, RefusedError)
    assert refused.reason == "held"
    lines = [line for line in house.kept.audit() if line.action == "refused"]
    assert [(line.actor, line.detail["act"]) for line in lines] == [(f"staff {lee}", "case.take")]


@pytest.mark.parametrize(
    ("act", "fields", "error", "words"),
    [
        ("case.eat", {}, NotFoundError, "no act of the desk"),
        ("case.take", {"case": "1"}, InputError, "case: want a whole number"),
        ("case.take", {"case": 1, "cse": 2}, InputError, "'cse' is no field"),
        ("case.take", {"case": 9}, NotFoundError, "no case 9"),
        ("incident.close", {"incident": 1, "cause": "x"}, RefusedError, "not for your roles"),
        ("watch.accept", {"watches": [1]}, RefusedError, "not signed in at a station"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    act: str, fields: dict[str, Any], error: type[EinthovenError], words: str
) -> None:
    house = DeskHouse(patients=1)
    kim = house.hire("Kim, Alex")
    house.begin()
    refused = asked(house, Who(kim, kim, "192.0.2.7"), act, fields)
    assert isinstance(refused, error)
    assert words in str(refused)


def test_a_watch_from_outside_the_site_is_refused() -> None:
    house = DeskHouse(patients=1)
    kim = house.hire("Kim, Alex")
    house.begin()
    who = Who(kim, kim, "203.0.113.9")
    house.room.open(who, lambda: {"staff": {"id": kim}})
    refused = asked(house, who, "watch.accept", {"watches": [1]})
    assert isinstance(refused, RefusedError)
    assert refused.reason == "not_in_place"


def test_a_report_that_answers_no_tick_proves_nothing() -> None:
    house = DeskHouse(patients=1)
    kim = house.hire("Kim, Alex")
    house.begin()
    seat = house.room.open(Who(kim, kim, "192.0.2.7"), lambda: {"staff": {"id": kim}})
    house.run(2)
    seat.take('{"type":"painted","nonce":"forged","visible":true,"tiles":[["s000001",0,1,0,-1,0,0,0]]}')
    assert house.books.surveil.watches.displays.on == {}
    assert house.books.surveil.proofs.seen == {}


def test_whoever_closed_their_page_is_off_duty_and_may_sit_down_elsewhere() -> None:
    house = DeskHouse(patients=2)
    kim, lee = house.hire("Kim, Alex"), house.hire("Lee, Robin")
    house.begin()
    sitting = house.seat(kim)
    house.run(40)
    house.finds(1, "pause", Tier.URGENT)
    house.run(1)
    assert asked(house, Who(kim, kim, "192.0.2.7"), "case.take", {"case": 1}) is None
    house.technicians.remove(sitting)
    sitting.station.leave("closed")
    house.run(7)
    assert set(states(house).values()) == {(None, "nobody")}
    assert kim not in house.books.surveil.watches.duties
    assert house.books.triage.cases.case(1).held_by is None
    other = Who(kim, lee, "192.0.2.7")
    house.room.open(other, lambda: {"staff": {"id": kim}})
    assert house.books.surveil.watches.duties[kim].station == lee


@pytest.mark.parametrize(
    ("words", "why", "watches", "duty"),
    [
        ('{"type":"leaving"}', "gone", "the page was closed or left", "the page was closed or left"),
        (None, PAGE_LEFT, "the page was closed or left", "the page was closed or left"),
        (None, "gone", "the station is silent", "the station closed its connection"),
    ],
)
def test_a_page_that_was_closed_is_told_from_a_line_that_broke(
    words: str | None, why: str, watches: str, duty: str
) -> None:
    house = DeskHouse(patients=2)
    kim = house.hire("Kim, Alex")
    house.begin()
    sitting = house.seat(kim)
    house.run(40)
    shut = house.clock.wall()
    house.technicians.remove(sitting)
    if words is not None:
        sitting.station.say(words)
    sitting.station.leave(why)
    house.run(7)
    deeds = [deed for deed in house.kept.journal.read_kinds(LOSSES) if deed.at > shut]
    causes = {(deed.kind, deed.body["cause"]) for deed in deeds}
    assert causes == {
        ("watch.lost", watches),
        ("display.ended", watches),
        ("incident.opened", watches),
        ("duty.ended", duty),
    }
    assert all(deed.at - shut <= 6 * SECOND for deed in deeds if deed.kind == "watch.lost")


def test_a_page_that_comes_back_at_once_keeps_its_watch() -> None:
    house = DeskHouse(patients=2)
    kim = house.hire("Kim, Alex")
    house.begin()
    first = house.seat(kim)
    house.run(40)
    house.technicians.remove(first)
    first.station.leave("reloaded")
    house.run(2)
    house.seat(kim)
    start = house.clock.wall()
    house.run(20)
    assert set(states(house).values()) == {(kim, "held")}
    assert house.continuity(start - MINUTE // 6, house.clock.wall() - 3 * SECOND).percent == "100.000"
