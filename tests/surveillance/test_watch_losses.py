from __future__ import annotations

import pytest
from tests.surveillance.floor import T0, Floor, kinds, one, watched

from einthoven.base.instants import DAY, SECOND
from einthoven.surveillance import staff_changes, stations
from einthoven.surveillance.drafting import Cause


def test_a_silent_station_loses_its_watch_at_the_last_proof_and_the_patient_is_offered_to_all() -> None:
    floor, person = watched()
    last = floor.now
    assert floor.run(4) == []
    deeds = floor.run(1)
    assert kinds(deeds) == ["display.ended", "watch.lost", "incident.opened", "watch.offered"]
    assert one(deeds, "display.ended")["until"] == last
    lost = one(deeds, "watch.lost")
    assert (lost["since"], lost["cause"], lost["by"]) == (last, "the station is silent", person)
    assert one(deeds, "incident.opened")["since"] == last
    assert one(deeds, "watch.offered")["to"] == "all"
    assert floor.offered_to_all(1)


def test_supervisor_and_standby_stand_in_the_loss() -> None:
    floor, _ = watched()
    supervisor = floor.technician(role="supervisor")
    floor.station("standby")
    floor.sign_on(supervisor, floor.station("supervisor"))
    floor.station("wall")
    lost = one(floor.run(6), "watch.lost")
    assert (lost["supervisors"], lost["stations"]) == ([supervisor], [2, 3])


def test_a_tile_that_is_not_painted_any_more_loses_only_its_own_watch() -> None:
    floor, person = watched(2)
    floor.run(6, {1: [2]})
    assert (floor.watched_by(1), floor.watched_by(2)) == (None, person)
    assert floor.book.incidents.live[3].cause == Cause.NOT_PAINTED.value


def test_a_proof_that_is_not_believed_says_why() -> None:
    floor, _ = watched()
    for _ in range(6):
        floor.now += SECOND
        floor.due()
        floor.paint(1, [], doubts={1: "the picture is frozen"})
    assert floor.book.incidents.live[2].cause == "the picture is frozen"


def test_a_tile_away_for_three_seconds_is_no_loss() -> None:
    floor, person = watched()
    floor.run(3, {1: []})
    assert floor.run(1, {1: [1]}) == []
    assert floor.watched_by(1) == person


def test_a_late_proof_does_not_bridge_a_silence_that_nobody_looked_at() -> None:
    floor, _ = watched()
    last = floor.now
    floor.now += 6 * SECOND
    assert floor.paint(1, [1]) == []
    deeds = floor.due()
    assert one(deeds, "display.ended")["until"] == last
    assert one(deeds, "watch.lost")["since"] == last
    assert kinds(floor.paint(1, [1])) == ["display.shown"]


@pytest.mark.parametrize(
    ("act", "cause"),
    [
        (lambda floor: floor.paint(1, [1], visible=False), Cause.HIDDEN),
        (lambda floor: floor.close_page(1), Cause.CLOSED),
    ],
)
def test_hidden_and_closed_pages_lose_at_once(act, cause) -> None:
    floor, _ = watched()
    last = floor.now
    floor.now += SECOND // 2
    deeds = act(floor)
    assert kinds(deeds) == ["display.ended", "watch.lost", "incident.opened", "watch.offered"]
    assert (one(deeds, "incident.opened")["since"], one(deeds, "incident.opened")["cause"]) == (
        last,
        cause.value,
    )


def test_a_page_that_said_it_goes_is_no_silent_station_until_it_paints_again() -> None:
    floor, person = watched()
    last = floor.now
    floor.proofs.left.add(1)
    lost = one(floor.run(6), "watch.lost")
    assert (lost["since"], lost["cause"]) == (last, "the page was closed or left")
    floor.paint(1, [1])
    floor.take(person, 1)
    floor.run(2, {1: [1]})
    assert one(floor.run(6), "watch.lost")["cause"] == "the station is silent"


def test_an_expired_credential_ends_the_watch_no_later_than_it_expired() -> None:
    floor, _ = watched(expires=T0 + 3 * SECOND + 1)
    deeds = floor.run(4, {1: [1]})
    lost = one(deeds, "watch.lost")
    assert lost["since"] == T0 + 3 * SECOND
    assert lost["cause"].startswith("not qualified any more: CCT C-1 expired 2026-11-22T12:00:03")
    assert "display.ended" not in kinds(deeds)


def test_somebody_who_left_does_not_watch() -> None:
    floor, person = watched()
    floor.do(staff_changes.leave(floor.staff, person, "moved away"))
    assert one(floor.run(1, {1: [1]}), "watch.lost")["cause"] == "not qualified any more: Tech 1 Nyx has left"


def test_a_site_that_moved_is_no_place_any_more() -> None:
    floor, _ = watched()
    floor.do(stations.change_site(floor.places, 1, "Main house", "2 High Street", "US", ["198.51.100.0/24"]))
    lost = one(floor.run(1, {1: [1]}), "watch.lost")
    assert "address 192.0.2.10 is in no network of site Main house" in lost["cause"]


def test_a_place_is_wrong_from_the_deed_that_made_it_so_not_from_the_next_look() -> None:
    floor, _ = watched()
    floor.do(stations.close_site(floor.places, 1, "sold"))
    closed = floor.now
    floor.now += SECOND // 2
    floor.paint(1, [1])
    floor.now += SECOND // 2
    lost = one(floor.due(), "watch.lost")
    assert lost["since"] == closed
    assert lost["cause"].endswith("site Main house was closed")


def test_of_two_causes_the_earlier_one_counts() -> None:
    expiry = T0 + 2 * SECOND
    floor, _ = watched(expires=expiry)
    for _ in range(3):
        floor.now += SECOND
        floor.paint(1, [1])
    last = floor.now
    floor.now += 6 * SECOND
    deeds = floor.due()
    assert one(deeds, "display.ended")["until"] == last
    lost = one(deeds, "watch.lost")
    assert (lost["since"], lost["cause"][:13]) == (expiry, "not qualified")


def test_a_session_that_ends_loses_its_watches_and_by_hand_nobody_may_leave() -> None:
    floor, person = watched(2)
    with pytest.raises(Exception, match="still_watching: you watch 2 patients"):
        floor.sign_off(person)
    deeds = floor.sign_off(person, "the session is over")
    assert kinds(deeds).count("watch.lost") == 2
    assert kinds(deeds)[-1] == "duty.ended"
    assert floor.offered_to_all(1)


def test_an_accepted_patient_who_is_never_painted_goes_back_to_everybody() -> None:
    floor = Floor()
    person = floor.on_duty()
    floor.begin(1)
    floor.take(person, 1)
    deeds = floor.run(16, {1: []})
    assert kinds(deeds) == ["watch.expired", "watch.offered"]
    assert one(deeds, "watch.expired")["why"] == Cause.NOT_PAINTED.value
    assert floor.book.load(person) == 0


def test_a_hand_over_whose_giver_dies_goes_to_the_one_who_accepted_with_the_gap_on_record() -> None:
    floor, giver = watched()
    taker = floor.on_duty()
    floor.offer(giver, taker, 1)
    last = floor.now
    floor.now += 2 * SECOND
    floor.accept(taker, 1)
    first = floor.now
    deeds = floor.run(6, {taker: [1]})
    assert kinds(deeds) == [
        "display.shown",
        "display.ended",
        "watch.lost",
        "watch.held",
        "incident.opened",
        "incident.ended",
    ]
    assert one(deeds, "watch.held")["since"] == first + SECOND
    assert (one(deeds, "incident.opened")["since"], one(deeds, "incident.ended")["until"]) == (
        last,
        first + SECOND,
    )
    assert floor.watched_by(1) == taker


def test_an_offer_to_one_person_goes_to_everybody_when_the_watch_before_it_is_lost() -> None:
    floor, giver = watched()
    taker = floor.on_duty()
    floor.offer(giver, taker, 1)
    deeds = floor.run(6, {taker: []})
    assert kinds(deeds) == [
        "display.ended",
        "watch.lost",
        "incident.opened",
        "watch.withdrawn",
        "watch.offered",
    ]
    assert floor.offered_to_all(1)


def test_a_restart_ends_everything_when_the_last_life_was_last_alive() -> None:
    floor, _ = watched(2)
    floor.run(10, {1: [1, 2]})
    alive = floor.proofs.proved_until(floor.book.displays, floor.now)
    assert alive == floor.now
    floor.now += 30 * SECOND
    deeds = floor.restart(alive)
    assert [deed.body["until"] for deed in deeds if deed.kind == "display.ended"] == [alive, alive]
    assert [(deed.body["since"], deed.body["cause"]) for deed in deeds if deed.kind == "incident.opened"] == [
        (alive, "the center was down")
    ] * 2
    assert floor.offered_to_all(1)
    assert floor.offered_to_all(2)
    assert floor.book.duties == {}
    floor.sign_on(1, 1)
    floor.paint(1, [])
    floor.take(1, 1, 2)
    floor.now += SECOND
    back = floor.now
    floor.paint(1, [1, 2])
    assert [incident.until for incident in floor.book.incidents.live.values()][2:] == [back, back]


def test_service_that_begins_watched_has_no_incident_and_otherwise_has_one_from_its_first_moment() -> None:
    floor = Floor()
    person = floor.on_duty()
    floor.expect(1)
    floor.take(person, 1)
    floor.run(1, {1: [1]})
    floor.begin(1)
    assert floor.book.incidents.live == {}
    floor.begin(2)
    began = floor.now
    assert floor.offered_to_all(2)
    floor.take(person, 2)
    floor.run(1, {1: [1, 2]})
    incident = floor.book.incidents.live[1]
    assert (incident.since, incident.until) == (began, began + SECOND)
    assert incident.cause == Cause.NOT_TAKEN.value


def test_the_end_of_service_ends_watch_offer_and_incident() -> None:
    floor, person = watched(2)
    floor.offer(person, "all", 1)
    assert kinds(floor.end(1)) == ["watch.withdrawn", "watch.released", "service.ended"]
    floor.run(6)
    assert 2 in floor.book.incidents.going_on
    assert kinds(floor.end(2)) == ["watch.withdrawn", "incident.ended", "service.ended"]
    assert floor.book.live == {}


def test_credentials_of_years_hence_do_not_wear_off() -> None:
    floor, person = watched(expires=T0 + 30 * DAY)
    floor.run(60, {1: [1]})
    assert floor.watched_by(1) == person
