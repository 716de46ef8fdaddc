"""A hand-over between two centers: nobody unwatched by hand, both agree, both can prove it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from tests.center.peer_house import FIRST_GUEST, PeerHouse, Weather, Wire, since, two_houses

from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.instants import SECOND
from einthoven.center import peer_form
from einthoven.center.desk_door import Who
from einthoven.surveillance import peer_book, peer_lending
from einthoven.surveillance.peer_lending import There

KIM = LEE = 1
DENVER = -1


def lapses(house: PeerHouse, start: int) -> list[tuple[int, int, str]]:
    return [(one.start, one.stop, one.cause) for row in since(house, start).rows for one in row.lapses]


def handed_over(patients: int = 3, apart_s: float = 0.0) -> tuple[PeerHouse, PeerHouse, Wire]:
    boston, denver, wire = two_houses(patients, apart_s)
    assert boston.lend(KIM) is None
    wire.run(60)
    assert all(boston.responsible(stream) == DENVER for stream in range(1, patients + 1))
    return boston, denver, wire


@pytest.mark.parametrize("apart_s", [0.0, 25.0, -40.0])
def test_a_whole_shift_goes_to_another_center_without_a_gap(apart_s: float) -> None:
    boston, denver, wire = two_houses(3, apart_s)
    start = boston.clock.wall()
    assert boston.lend(KIM) is None
    wire.run(60)
    for stream in (1, 2, 3):
        guest = denver.guest(stream)
        assert guest is not None
        assert (boston.responsible(stream), denver.responsible(guest)) == (DENVER, LEE)
    report = since(boston, start)
    assert report.percent == "100.000"
    names = {one.name for row in report.rows for one in row.watched}
    assert names == {"Kim, Alex", "Lee, Robin, at Denver"}
    [there] = {one for row in report.rows for one in row.watched if one.person == DENVER and one.stop} & {
        row.watched[-1] for row in report.rows[:1]
    }
    assert there.credentials == ("CCT N-1 (CCI)",)
    assert "Boston, 1 Main St" in there.site  # every test house stands there
    assert since(denver, denver.clock.wall() - 20 * SECOND).percent == "100.000"
    head = Who(boston.hire("Hay, Jo", role="supervisor"), None, "192.0.2.7")
    asked = {"from_ms": str(start // 10**6), "to_ms": str(boston.clock.wall() // 10**6)}
    told: Any = boston.room.ask(head, "continuity", asked)
    assert {(one["stream"], one["by"]) for one in told["elsewhere"]} == {
        (f"s00000{stream}", "Lee, Robin, at Denver") for stream in (1, 2, 3)
    }


def test_what_the_other_needs_goes_with_the_patient() -> None:
    boston, denver, wire = two_houses(1)
    boston.act(KIM, "patient.note", stream="s000001", place="at her sister's, 4 Oak St", local_number="112")
    boston.lend(KIM)
    wire.run(3)
    told = denver.world.told[FIRST_GUEST]
    assert told["patient"]["contacts"] == [
        {"name": "Sam Doe", "relation": "spouse", "telephone": "+1 555 0102"}
    ]
    assert denver.books.notes.of(FIRST_GUEST).place == "at her sister's, 4 Oak St"
    assert denver.books.criteria.in_force(FIRST_GUEST, None, denver.clock.wall()).words == "lent"
    assert boston.world.forwarded[1].stream == FIRST_GUEST
    boston.act(KIM, "patient.note", stream="s000001", place="home again")
    wire.run(3)
    assert denver.books.notes.of(FIRST_GUEST).place == "home again"


def test_nobody_ends_here_before_somebody_there_is_painted() -> None:
    boston, denver, wire = two_houses(1)
    [lee] = denver.technicians
    lee.asleep = True
    boston.lend(KIM)
    wire.run(30)
    assert boston.responsible(1) == KIM
    assert denver.responsible(FIRST_GUEST) is None
    assert list(denver.kept.journal.read_kinds(("incident.opened",))) == []
    lee.asleep = False
    wire.run(40)
    assert (boston.responsible(1), denver.responsible(FIRST_GUEST)) == (DENVER, LEE)


def test_a_silent_center_loses_the_watch_within_five_seconds_and_people_here_are_offered_it() -> None:
    boston, denver, wire = handed_over(2)
    [kim] = boston.technicians
    kim.asleep = True
    cut = boston.clock.wall()
    wire.weather.cut = True
    wire.run(8)
    lost = boston.kept.journal.read_kinds(("watch.lost",))
    assert len(lost) == 2
    assert {deed.body["cause"] for deed in lost} == {"the other center is silent"}
    assert all(cut - 3 * SECOND <= int(str(deed.body["since"])) <= cut for deed in lost)
    assert all(deed.at - int(str(deed.body["since"])) <= 6 * SECOND for deed in lost)
    offers = [boston.books.surveil.watches.to_follow(stream) for stream in (1, 2)]
    assert [one.offered_to for one in offers if one is not None] == ["all", "all"]
    kim.asleep = False
    wire.run(30)
    assert boston.responsible(1) == boston.responsible(2) == KIM
    # Denver, who hears nothing, goes on watching: twice, never not at all.
    assert denver.responsible(FIRST_GUEST) == LEE
    wire.weather.cut = False
    wire.run(10)
    assert denver.guest(1) is denver.guest(2) is None
    assert denver.books.surveil.watches.services == {}
    assert boston.responsible(1) == KIM
    assert {cause for _, _, cause in lapses(boston, cut - 5 * SECOND)} == {"the other center is silent"}


def test_a_short_cut_is_bridged_and_the_watch_goes_on_there() -> None:
    boston, _denver, wire = handed_over(1)
    start = boston.clock.wall()
    wire.weather.cut = True
    wire.run(2)
    wire.weather.cut = False
    wire.run(20)
    assert boston.responsible(1) == DENVER
    assert lapses(boston, start) == []


def test_whom_nobody_here_takes_they_take_again() -> None:
    boston, denver, wire = handed_over(1)
    boston.technicians[0].asleep = True
    start = boston.clock.wall()
    wire.weather.cut = True
    wire.run(20)
    assert boston.responsible(1) is None
    wire.weather.cut = False
    wire.run(20)
    assert (boston.responsible(1), denver.responsible(FIRST_GUEST)) == (DENVER, LEE)
    [(begun, over, cause)] = lapses(boston, start - 5 * SECOND)
    assert cause == "the other center is silent"
    assert 18 * SECOND <= over - begun <= 25 * SECOND


def test_a_closed_lid_there_is_a_lapse_here_with_its_cause() -> None:
    boston, denver, wire = handed_over(1)
    boston.technicians[0].asleep = True
    shut = boston.clock.wall()
    denver.technicians[0].station.cut = True
    wire.run(9)
    [lost] = boston.kept.journal.read_kinds(("watch.lost",))
    assert abs(int(str(lost.body["since"])) - shut) <= 3 * SECOND
    [there] = denver.kept.journal.read_kinds(("watch.lost",))
    assert there.body["stream"] == FIRST_GUEST
    assert denver.books.surveil.watches.incidents.going_on  # both centers answer for it


def test_they_hand_back_without_a_gap() -> None:
    boston, denver, wire = handed_over(2)
    start = boston.clock.wall()
    assert denver.lend(LEE) is None
    wire.run(60)
    assert [boston.responsible(stream) for stream in (1, 2)] == [KIM, KIM]
    assert denver.books.surveil.peers.guests == {}
    assert denver.world.gone == [FIRST_GUEST, FIRST_GUEST + 1]
    assert boston.world.forwarded == {}
    assert since(boston, start).percent == "100.000"
    served = [row for row in since(denver, start).rows if row.service]
    assert [row.percent for row in served] == ["100.000", "100.000"]


def test_we_take_back_without_a_gap() -> None:
    boston, denver, wire = handed_over(2)
    start = boston.clock.wall()
    mine = [boston.books.surveil.watches.holder[1]]
    assert boston.act(KIM, "watch.offer", watches=mine, to=KIM) is None
    wire.run(60)
    assert (boston.responsible(1), boston.responsible(2)) == (KIM, DENVER)
    assert denver.guest(1) is None
    assert denver.guest(2) is not None
    assert since(boston, start).percent == "100.000"


def test_an_offer_that_is_withdrawn_takes_the_patient_off_their_list() -> None:
    boston, denver, wire = two_houses(1)
    denver.technicians[0].asleep = True
    boston.lend(KIM)
    wire.run(5)
    [number] = [boston.books.surveil.watches.following[1]]
    assert boston.act(KIM, "watch.withdraw", watches=[number]) is None
    wire.run(5)
    assert denver.guest(1) is None
    assert boston.responsible(1) == KIM
    assert boston.books.surveil.peers.lent == {}


def test_who_cannot_be_taken_there_is_declined_with_the_reason() -> None:
    boston, denver, wire = two_houses(1)
    denver.world.refuse = "patient Doe is in open period 4"
    boston.lend(KIM)
    wire.run(6)
    [declined] = boston.kept.journal.read_kinds(("watch.declined",))
    assert declined.body["why"] == "patient Doe is in open period 4"
    assert boston.responsible(1) == KIM
    assert boston.books.surveil.peers.lent == {}


def test_a_restart_of_the_giver_is_a_lapse_that_ends_with_the_first_answer() -> None:
    boston, denver, wire = handed_over(1)
    start = boston.clock.wall()
    boston.kill()
    wire.run(15)
    assert (boston.responsible(1), denver.responsible(FIRST_GUEST)) == (DENVER, LEE)
    assert {cause for _, _, cause in lapses(boston, start - 5 * SECOND)} == {"the center was down"}


def test_a_restart_of_the_taker_leaves_the_patient_to_whoever_is_first() -> None:
    boston, denver, wire = handed_over(1)
    denver.kill()
    wire.run(40)
    assert boston.responsible(1) == KIM
    assert denver.guest(1) is None
    assert denver.books.surveil.watches.services == {}


def dead_between_enrollment_and_deed() -> tuple[PeerHouse, PeerHouse, Wire]:
    """Denver enrolled a guest and died before the deed; it is back, and knows the period alone."""
    boston, denver, wire = two_houses(1)
    denver.world.dies = True
    boston.lend(KIM)
    wire.run(3)
    assert denver.world.periods == {FIRST_GUEST: (1, 1)}
    assert denver.guest(1) is None
    denver.world.dies = False
    return boston, denver, wire


def test_a_taker_killed_between_the_enrollment_and_its_deed_finishes_when_it_is_back() -> None:
    boston, denver, wire = dead_between_enrollment_and_deed()
    denver.kill()
    denver.seat(LEE)
    wire.run(60)
    assert denver.world.periods == {FIRST_GUEST: (1, 1)}  # the same one, and no second
    assert denver.guest(1) == FIRST_GUEST
    assert (boston.responsible(1), denver.responsible(FIRST_GUEST)) == (DENVER, LEE)


def test_a_guest_that_came_to_nothing_leaves_nothing_behind_a_restart() -> None:
    boston, denver, wire = dead_between_enrollment_and_deed()
    [number] = [boston.books.surveil.watches.following[1]]
    boston.act(KIM, "watch.withdraw", watches=[number])
    wire.run(3)
    denver.kill()
    assert denver.world.periods == {FIRST_GUEST: (1, 1)}  # nobody said yet that they are not lent any more
    wire.run(3)
    assert (denver.world.periods, denver.guest(1)) == ({}, None)
    assert denver.books.surveil.watches.services == {}


def test_a_guest_of_a_center_that_is_trusted_no_more_is_not_waited_for_after_a_restart() -> None:
    _boston, denver, wire = dead_between_enrollment_and_deed()
    book = denver.books.surveil.peers
    denver.room.desk.commit(peer_book.distrust(book, 1, "over"), "console", denver.clock.wall())
    denver.kill()
    wire.run(2)
    assert denver.world.periods == {}


def test_a_defect_in_taking_a_guest_is_told_here_and_declined_there() -> None:
    boston, denver, wire = two_houses(1)
    denver.world.breaks = True
    boston.lend(KIM)
    with pytest.raises(AssertionError):
        wire.run(6)  # the house tells its defects
    assert [what for what, _error in denver.defects] == ["peers"]
    [declined] = boston.kept.journal.read_kinds(("watch.declined",))
    assert declined.body["why"] == "a defect there"
    assert boston.responsible(1) == KIM


def test_a_center_that_is_trusted_no_more_loses_its_watches_at_once() -> None:
    boston, denver, wire = handed_over(1)
    wire.run(1)

    boston.room.desk.commit(
        peer_book.distrust(boston.books.surveil.peers, 1, "the contract ended"),
        "console",
        boston.clock.wall(),
    )
    wire.run(40)
    assert boston.responsible(1) == KIM
    [lost] = boston.kept.journal.read_kinds(("watch.lost",))
    assert lost.body["cause"] == "the other center is not trusted any more"
    assert boston.books.surveil.peers.lent == {}
    # Denver, to whom nobody speaks any more, is left with a guest: its people see who is silent.
    assert denver.guest(1) is not None


def test_nothing_is_offered_to_a_center_that_does_not_answer_or_is_not_known() -> None:
    boston, _denver, wire = two_houses(1)
    wire.weather.cut = True
    wire.run(7)
    error = boston.lend(KIM)
    assert isinstance(error, RefusedError)
    assert error.reason == "center_silent"
    assert isinstance(boston.lend(KIM, center=4), NotFoundError)


def test_no_more_are_lent_than_a_message_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_lending, "LENT_MAX", 2)
    boston, _denver, wire = two_houses(3)
    wire.run(5)
    start = boston.clock.wall()
    error = boston.lend(KIM)
    assert isinstance(error, RefusedError)
    assert error.reason == "full"
    wire.run(20)
    assert [boston.responsible(stream) for stream in (1, 2, 3)] == [KIM] * 3
    assert lapses(boston, start) == []


def test_details_that_do_not_fit_in_one_message_come_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    lent = [peer_form.Lent(stream, False, "", {"words": "x" * 60}) for stream in (1, 2, 3)]
    assert [one.details is not None for one in peer_form.fitting(lent, 150)] == [True, True, False]
    monkeypatch.setattr(peer_form, "fitting", partial(peer_form.fitting, most=1))
    _boston, denver, _wire = handed_over(3)
    assert all(denver.guest(stream) is not None for stream in (1, 2, 3))


def test_a_guest_is_not_lent_on() -> None:
    _boston, denver, _wire = handed_over(1)
    oslo = PeerHouse("Oslo", 0, 5, 9)
    denver.trust(oslo)
    denver.books.surveil.proofs.seen[-2] = denver.clock.wall()
    error = denver.lend(LEE, center=2)
    assert isinstance(error, RefusedError)
    assert error.reason == "guest"


def test_another_person_there_is_named_from_then_on() -> None:
    boston, denver, wire = handed_over(1)
    fox = denver.hire("Fox, Sam")
    denver.seat(fox)
    [lee, _fox] = denver.technicians
    lee.leaving, lee.successor = True, fox
    start = boston.clock.wall()
    wire.run(60)
    assert denver.responsible(FIRST_GUEST) == fox
    report = since(boston, start)
    assert report.percent == "100.000"
    names = [one.name for one in report.rows[0].watched]
    assert names == ["Lee, Robin, at Denver", "Fox, Sam, at Denver"]


# ---- the wire is bad, and people are restless --------------------------------------------------------


def agreed(boston: PeerHouse, denver: PeerHouse, patients: int) -> None:
    """After settling: each patient has one person, in one house, by the books of both."""
    for stream in range(1, patients + 1):
        guest, here = denver.guest(stream), boston.responsible(stream)
        there = None if guest is None else denver.responsible(guest)
        assert (here, there) in ((KIM, None), (DENVER, LEE)), (stream, here, there)


@pytest.mark.parametrize("seed", range(1, 6))
def test_whatever_the_wire_does_nobody_is_unwatched_by_hand_and_both_agree_at_last(seed: int) -> None:
    patients = 3
    boston, denver, wire = two_houses(patients, apart_s=seed * 3 - 12, seed=seed)
    wire.weather = Weather(lose=0.25, double=0.25, turns=8)
    boston.technicians[0].asleep = denver.technicians[0].asleep = False
    chance = wire.chance

    def meanwhile() -> None:
        watches = boston.books.surveil.watches
        for stream in range(1, patients + 1):
            going_on = stream in watches.incidents.going_on
            assert (boston.responsible(stream) is None) == going_on  # watched, or an incident says so
        if chance.random() < 0.02:
            stream = chance.randint(1, patients)
            held = watches.holder.get(stream)
            if held is not None:
                boston.act(KIM, "watch.offer", watches=[held], to=chance.choice([{"center": 1}, KIM, "all"]))
        if chance.random() < 0.01:
            denver.lend(LEE)

    wire.run(150, meanwhile)
    ended = boston.kept.journal.read_kinds(("watch.released",))
    assert all(deed.body["to"] is not None for deed in ended)
    wire.weather = Weather()
    wire.run(1000)
    agreed(boston, denver, patients)
    report = since(boston, boston.clock.wall() - 60 * SECOND)
    assert report.percent == "100.000"


# ---- forged, replayed, unknown -----------------------------------------------------------------------


def test_a_message_of_a_center_that_is_not_trusted_is_refused_and_on_record() -> None:
    _boston, denver, _wire = two_houses(1)
    oslo = PeerHouse("Oslo", 1, 5, 9)
    oslo.trust(denver)
    [(_peer, raw)] = oslo.peers.turn(denver.clock.wall())
    with pytest.raises(RefusedError, match="not that of a center that is trusted"):
        denver.peers.received(raw, "203.0.113.5", denver.clock.wall())
    assert denver.refusals() == ["unknown"]
    for _ in range(50):
        with pytest.raises(RefusedError):
            denver.peers.received(raw, "203.0.113.5", denver.clock.wall())
    assert denver.refusals() == ["unknown"]  # a flood does not fill the audit


def test_a_forged_message_is_refused() -> None:
    _boston, denver, wire = handed_over(1)
    other, raw = next(one for one in reversed(wire.seen) if one[0] is denver)
    forged = raw.replace(b'"responsible":true', b'"responsible":false')
    assert forged != raw
    with pytest.raises(RefusedError, match="forged"):
        other.peers.received(forged, "203.0.113.5", other.clock.wall())
    assert denver.refusals() == ["forged"]


def test_a_replayed_message_is_refused_now_later_and_after_a_restart() -> None:
    boston, denver, wire = two_houses(1)
    before = len(wire.seen)
    boston.lend(KIM)
    wire.run(60)
    old = next(raw for other, raw in wire.seen[before:] if other is denver and b'"lent":[{' in raw)
    for reason, seconds in (("replayed", 0), ("clock", 120)):
        wire.run(seconds)
        with pytest.raises(RefusedError) as caught:
            denver.peers.received(old, "203.0.113.5", denver.clock.wall())
        assert caught.value.reason == reason
    last = [raw for other, raw in wire.seen if other is denver][-1]
    denver.kill()
    told = denver.peers.received(last, "203.0.113.5", denver.clock.wall())
    assert b'"kind":"answer"' in told  # it says in which life it is, and does nothing
    assert denver.books.surveil.peers.guests_of(1)
    assert denver.kept.journal.read_kinds(("peer.guest_left",)) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ws://denver.example:8094/link", "only wss leaves this machine"),
        ("ws://127.0.0.1.denver.example/link", "only wss leaves this machine"),
        ("https://denver.example/link", "want wss"),
        ("wss://[::1/link", "no address"),
    ],
)
def test_samples_leave_this_machine_encrypted_or_not_at_all(
    url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    boston, denver, wire = two_houses(1)
    monkeypatch.setattr(denver.world, "link", lambda guest: peer_form.Link(guest.stream, "center-1", url, ""))
    boston.lend(KIM)
    wire.run(20)
    assert boston.world.forwarded == {}
    assert words in boston.peers.troubles[1]
    assert "malformed" in boston.refusals()
    assert boston.responsible(1) == KIM


def test_on_one_machine_a_link_needs_no_encryption() -> None:
    guest = peer_form.GuestTold(
        1, peer_lending.Stated(There.OFFERED), link=peer_form.Link(7, "center-1", "ws://127.0.0.1:1/link", "")
    )
    assert peer_form.read_answer(peer_form.answer_body([guest]), 0).links[1].url == "ws://127.0.0.1:1/link"


def test_an_answer_of_another_or_an_old_one_proves_nothing() -> None:
    boston, _denver, wire = handed_over(1)
    house, old = next(one for one in reversed(wire.answers) if one[0] is boston)
    wire.weather.cut = True
    wire.run(2)
    seen = boston.books.surveil.proofs.seen[DENVER]
    house.peers.answered(1, old, house.clock.wall())
    changed = old.replace(b'"state":"held"', b'"state":"offered"')
    house.peers.answered(1, changed, house.clock.wall())
    house.peers.answered(1, b"{}", house.clock.wall())
    assert boston.books.surveil.proofs.seen[DENVER] == seen
    assert boston.refusals() == ["replayed", "forged", "version"]
