from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.surveillance.floor import ADDRESS, T0, Floor, kinds, one, watched

from einthoven.base.errors import InputError, NotFoundError, OursError, RefusedError
from einthoven.base.instants import MINUTE, SECOND
from einthoven.surveillance import handing, watching
from einthoven.surveillance.limits import Limits
from einthoven.surveillance.watches import TRANSITIONS, Event, State, after

PAGE = Path(__file__).resolve().parents[2] / "docs" / "surveillance.md"


def test_the_table_is_that_of_the_page() -> None:
    rows = re.findall(
        r"^\| (\w+) \| ([\w ]+) \| (\w+) \|",
        PAGE.read_text().split("## The watch")[1].split("\n## ")[0],
        re.M,
    )
    table = {(State(was), Event(event)): State(becomes) for was, event, becomes in rows if was != "state"}
    assert table == dict(TRANSITIONS)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_does_not_know_is_a_defect(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(OursError, match=f"a watch that is {state.value} cannot {event.value}"):
            after(state, event)


def test_a_hand_over_overlaps_and_is_one_batch() -> None:
    floor, giver = watched()
    taker = floor.on_duty()
    floor.offer(giver, taker, 1)
    floor.run(2, {giver: [1], taker: []})
    floor.accept(taker, 1)
    assert floor.holder(1).by == giver
    floor.now += SECOND // 2
    first = floor.now
    floor.paint(taker, [1])
    assert floor.holder(1).state is State.OFFERED_ON
    floor.now += SECOND // 4
    deeds = floor.paint(giver, [1])
    assert kinds(deeds) == ["watch.held", "watch.released"]
    assert one(deeds, "watch.held")["since"] == first
    assert one(deeds, "watch.released")["until"] == floor.now > first
    assert floor.watched_by(1) == taker
    assert floor.book.incidents.going_on == {}


def test_the_giver_may_stop_painting_as_soon_as_it_is_released() -> None:
    floor, giver = watched()
    taker = floor.on_duty()
    floor.offer(giver, taker, 1)
    floor.accept(taker, 1)
    floor.run(2, {taker: [1], giver: [1]})
    floor.run(20, {taker: [1], giver: []})
    assert floor.continuity(floor.book.services[1] + SECOND, floor.now).percent == "100.000"


def test_a_proof_from_before_the_acceptance_is_none_of_it() -> None:
    floor, giver = watched()
    taker = floor.on_duty()
    floor.offer(giver, taker, 1)
    floor.now += SECOND
    floor.accept(taker, 1)
    floor.now += SECOND // 2
    floor.paint(taker, [1], age=SECOND)
    assert floor.paint(giver, [1]) == []
    accepted = floor.following(1).since
    floor.paint(taker, [1], age=floor.now - accepted)
    assert one(floor.paint(giver, [1]), "watch.held")["since"] == accepted


def test_nothing_is_handed_to_a_screen_that_went_dark() -> None:
    floor, giver = watched()
    taker = floor.on_duty()
    floor.offer(giver, taker, 1)
    floor.accept(taker, 1)
    floor.paint(taker, [1])
    floor.now += 6 * SECOND
    floor.proofs.tiles[giver][1] = floor.now - SECOND
    assert floor.paint(giver, [1]) == []
    assert kinds(floor.due()) == ["display.ended", "watch.expired"]
    assert floor.holder(1).state is State.HELD


def test_a_whole_shift_passes_and_what_was_offered_already_stays_offered() -> None:
    floor, giver = watched(12)
    taker, other = floor.on_duty(), floor.on_duty()
    floor.offer(giver, other, 3)
    deeds = floor.offer(giver, taker)
    assert len(deeds) == 11
    assert floor.following(3).offered_to == other
    chosen = [stream for stream in range(1, 13) if stream != 3]
    floor.accept(taker, *chosen)
    floor.run(3, {taker: chosen, giver: range(1, 13)})
    assert floor.book.load(taker) == 11
    assert floor.book.load(giver) == 1
    assert [watch.stream for watch in floor.book.held_by(giver)] == [3]


def test_declined_withdrawn_and_forgotten_offers_leave_the_patient_where_it_was() -> None:
    floor, giver = watched(3)
    taker = floor.on_duty()
    screens = {giver: [1, 2, 3], taker: []}
    floor.offer(giver, taker)
    assert kinds(floor.decline(taker, 1)) == ["watch.declined"]
    assert kinds(floor.withdraw(giver, 2)) == ["watch.withdrawn"]
    assert watching.overdue(floor.following(3), floor.limits, floor.now + 61 * SECOND)
    assert kinds(floor.run(15 * 60 + 1, screens)) == ["watch.expired"]
    assert {floor.holder(stream).state for stream in (1, 2, 3)} == {State.HELD}


def test_an_acceptance_can_be_taken_back_until_the_other_is_responsible() -> None:
    floor, giver = watched()
    taker = floor.on_duty()
    floor.offer(giver, taker, 1)
    floor.accept(taker, 1)
    floor.withdraw(giver, 1)
    assert (floor.holder(1).state, floor.book.load(taker)) == (State.HELD, 0)


def test_a_supervisor_offers_on_the_watches_of_others() -> None:
    floor, giver = watched()
    taker, boss = floor.on_duty(), floor.on_duty()
    with pytest.raises(RefusedError, match="not_yours: watch 1 of s000001 is not yours"):
        floor.offer(boss, taker, 1)
    floor.offer(boss, taker, 1, may_assign=True)
    assert floor.following(1).offered_by == boss
    with pytest.raises(RefusedError, match="not_yours"):
        floor.withdraw(taker, 1)
    floor.withdraw(giver, 1)


def refused(code: str):
    return pytest.raises(RefusedError, match=f"^{code}: ")


def test_who_may_not_accept() -> None:
    floor, giver = watched(2)
    taker, other = floor.on_duty(), floor.on_duty()
    floor.offer(giver, taker, 1)
    with refused("not_yours"):
        floor.accept(other, 1)
    with refused("same_person"):
        floor.offer(giver, giver, 2)
    floor.offer(giver, "all", 2)
    with refused("same_person"):
        floor.accept(giver, 2)
    floor.accept(other, 2)
    with refused("taken"):
        floor.accept(taker, 2)
    with refused("not_on_duty"):
        floor.accept(99, 1)


def test_an_expired_credential_accepts_nothing_and_is_told_why() -> None:
    floor = Floor()
    floor.begin(1)
    person = floor.technician(expires=T0 - SECOND)
    floor.sign_on(person, floor.station())
    floor.paint(1, [])
    with pytest.raises(RefusedError, match=r"not_qualified: CCT C-1 expired 2026-11-22T11:59:59.000Z"):
        floor.take(person, 1)


def test_a_watch_from_outside_is_refused() -> None:
    floor = Floor()
    floor.begin(1)
    person = floor.technician()
    floor.sign_on(person, floor.station(), address="203.0.113.5")
    floor.paint(1, [])
    with pytest.raises(
        RefusedError, match=r"not_in_place: address 203\.0\.113\.5 is in no network of site Main"
    ):
        floor.take(person, 1)


def test_a_station_that_proves_nothing_takes_nothing() -> None:
    floor = Floor()
    floor.begin(1)
    person = floor.on_duty()
    floor.now += 6 * SECOND
    with refused("station_silent"):
        floor.take(person, 1)


def test_the_limits_of_person_and_screen() -> None:
    floor, person = watched(40)
    other = floor.on_duty()
    floor.begin(41)
    with pytest.raises(
        RefusedError, match="limit_person: that would be 41 patients, the limit of a person is 40"
    ):
        floor.take(person, 41)
    floor.take(other, 41)
    small = Limits(person=3, warn=2, screen=3)
    second = floor.technician()
    floor.sign_on(second, other)
    floor.begin(42, 43, 44)
    drafts = handing.take(floor.book, [42, 43], floor.seat(second), small, floor.now)
    assert len(drafts) == 2
    with refused("limit_screen"):
        handing.take(floor.book, [42, 43, 44], floor.seat(second), small, floor.now)


def test_taking_is_for_patients_whom_nobody_watches() -> None:
    floor, _ = watched()
    other, third = floor.on_duty(), floor.on_duty()
    with refused("watched"):
        floor.take(other, 1)
    floor.begin(2)
    floor.take(other, 2)
    with refused("taken"):
        floor.take(third, 2)
    with pytest.raises(NotFoundError, match="s000009 is not in service"):
        floor.take(third, 9)
    with refused("none"):
        floor.take(third)


def test_all_or_nothing() -> None:
    floor, giver = watched(2)
    before = len(floor.journal)
    taker = floor.on_duty()
    added = len(floor.journal) - before
    floor.offer(giver, "all", 1)
    with refused("offered_already"):
        floor.offer(giver, taker, 1, 2)
    assert floor.holder(2).state is State.HELD
    assert len(floor.journal) == before + added + 1


def test_an_offer_of_a_patient_whom_nobody_watches_stays() -> None:
    floor = Floor()
    person = floor.on_duty()
    floor.begin(1)
    with refused("unwatched"):
        floor.withdraw(person, 1, may_assign=True)
    with refused("offered_to_all"):
        floor.decline(person, 1)
    floor.run(20 * 60)
    assert floor.offered_to_all(1)


def test_watches_that_are_over_and_that_never_were() -> None:
    floor, person = watched()
    floor.run(6)
    with refused("over"):
        handing.offer(floor.book, [1], "all", person, floor.limits, floor.now)
    with pytest.raises(NotFoundError, match="watch 77: there is none"):
        handing.offer(floor.book, [77], "all", person, floor.limits, floor.now)
    with refused("not_held"):
        handing.offer(floor.book, [2], "all", person, floor.limits, floor.now, may_assign=True)
    with refused("not_on_duty"):
        handing.offer(floor.book, [2], 55, person, floor.limits, floor.now, may_assign=True)


def test_one_person_is_at_one_station() -> None:
    floor = Floor()
    person = floor.on_duty()
    floor.station()
    assert watching.sign_on(floor.book, person, 1, ADDRESS, floor.limits, floor.now) == []
    with refused("on_duty"):
        floor.sign_on(person, 2)
    floor.sign_off(person)
    assert floor.sign_off(person) == []
    floor.sign_on(person, 2)


def test_an_incident_is_closed_by_somebody_once_it_is_over() -> None:
    floor, person = watched()
    floor.run(6, {1: []})
    with refused("going_on"):
        floor.close_incident(person, 2)
    floor.take(person, 1)
    floor.run(1, {1: [1]})
    floor.close_incident(person, 1, 2, cause="the cat sat on the keys")
    closed = floor.book.incidents.closed[2]
    assert (closed.cause, closed.closed_by, closed.note) == (
        "the cat sat on the keys",
        "staff 1",
        "looked into",
    )
    assert floor.book.incidents.live == {}
    with refused("closed"):
        floor.close_incident(person, 2)
    with pytest.raises(NotFoundError):
        floor.close_incident(person, 9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"person": 30},
        {"warn": 0},
        {"screen": 39},
        {"silence": 5 * SECOND},
        {"silence": SECOND},
        {"paint": 4 * SECOND},
        {"answer": 16 * MINUTE},
    ],
)
def test_limits_that_contradict_themselves(wrong) -> None:
    with pytest.raises(InputError, match="limits"):
        Limits(**wrong)
