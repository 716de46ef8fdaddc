"""Calls at the edges of moments: two who act at once, a call of two patients, a center that was away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.center.call_house import DOE, ROE, closable, house, judge, refused

from einthoven.answering import call_deeds, lapses
from einthoven.answering.call import State
from einthoven.answering.call_book import HEARD
from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import NotFoundError
from einthoven.base.instants import SECOND
from einthoven.center import call_acts
from einthoven.center.desk_door import Who
from einthoven.center.patient_notes import note
from einthoven.surveillance import staff_changes


def explained(number: int) -> list[Draft]:
    """Somebody looked into a lapse."""
    return [Draft(lapses.EXPLAINED, "telephone", {"lapse": number, "note": "at lunch"})]


def test_two_who_take_in_the_same_instant_one_has_it_and_the_other_is_told_who() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number, by=center.ben)
    with refused("held") as told:
        center.act("telephone.take", call=number, by=center.anna)
    assert f"staff {center.ben} since" in str(told.value)
    assert (center.call(number).taken_by, center.kinds().count("telephone.taken")) == (center.ben, 1)


def test_a_call_that_is_offered_to_one_is_no_third_person_s() -> None:
    center = house()
    center.seat(center.sara)
    center.run(1)
    number = center.rings()
    center.act("telephone.take", call=number)
    center.act("telephone.offer", call=number, to=center.ben)
    with refused("held"):
        center.act("telephone.take", call=number, by=center.sara)
    center.act("telephone.take", call=number, by=center.ben)
    assert center.call(number).taken_by == center.ben


def test_an_offer_ends_with_the_offerer_and_whoever_was_asked_takes_it_as_anybody() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.act("telephone.offer", call=number, to=center.ben)
    center.act("telephone.leave", call=number)
    assert center.call(number).offered_to is None
    center.act("telephone.take", call=number, by=center.ben)
    assert center.call(number).taken_by == center.ben


def test_a_call_is_offered_to_nobody_who_does_not_answer() -> None:
    center = house()
    clerk = center.hire("Bill", "billing")
    center.seat(clerk)
    center.run(1)
    number = center.rings()
    center.act("telephone.take", call=number)
    assert clerk in center.books.surveil.watches.duties
    with refused("permission"):
        center.act("telephone.offer", call=number, to=clerk)


def test_who_goes_on_at_another_station_has_the_call_there() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    before = center.call(number).station
    drafts = call_deeds.take(center.books.calls, number, center.anna, 77)
    assert [one.body["station"] for one in drafts] == [77]
    center.tell(drafts)
    assert (center.call(number).station, before) == (77, center.anna)
    center.run(1)
    assert center.call(number).state is State.LEFT
    assert center.call(number).left == f"signed in at station {center.anna}"


def test_a_station_that_never_proved_a_picture_and_one_that_said_good_bye_keep_their_call() -> None:
    center = house()
    number = center.rings()
    center.run(30)
    center.technicians.clear()  # nothing more is painted; the socket is open
    center.run(1)
    center.act("telephone.take", call=number)
    center.run(1)
    seen = center.books.surveil.proofs.seen[center.anna]
    taken = center.call(number).taken_at
    assert taken is not None
    assert seen < taken
    center.run(2)
    assert center.call(number).state is State.TAKEN, "judged by its page alone"
    center.books.surveil.proofs.seen[center.anna] = center.now
    center.books.surveil.proofs.left.add(center.anna)
    center.run(8)
    assert center.call(number).state is State.TAKEN, "it said good-bye"
    center.books.surveil.proofs.left.discard(center.anna)
    center.run(1)
    assert center.call(number).left == "the station is silent"


def test_a_closed_line_is_not_taken_from_a_silent_screen() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.hangs_up(number)
    center.run(2)
    center.technicians.pop(0)
    center.run(6)
    assert center.call(number).state is State.ENDED


def test_sound_that_comes_does_not_put_off_the_first_escalation() -> None:
    center = house()
    number = center.rings()
    center.run(15)
    center.tell(call_deeds.heard(center.books.calls, number))
    assert center.kinds()[-1] == HEARD
    center.run(6)
    assert center.call(number).escalated == 1


def test_of_keys_the_last_hundred_are_kept() -> None:
    center = house()
    number = center.rings()
    center.tell(call_deeds.keyed(center.books.calls, number, "1" * 100 + "730254"))
    assert center.call(number).digits == "1" * 94 + "730254"


def test_a_later_call_that_was_missed_itself_is_no_answer_to_the_first() -> None:
    center = house()
    first = center.rings()
    center.hangs_up(first)
    second = center.rings()
    center.hangs_up(second)
    center.act("telephone.take", call=second)  # to call back
    center.act("telephone.take", call=first)
    with refused("not_called_again"):
        center.act("telephone.close", call=first, outcome="called again")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("+15555550100", "+15555550100", True),
        ("+15555550100", "5555550100", True),
        ("+49 171 5550100", "01715550100", True),
        ("alice", "alice", True),
        ("+15555550100", "+15555550101", False),
        ("", "", False),
        ("alice", "", False),
        ("alice", "bob", False),
    ],
)
def test_the_same_caller_is_known_however_two_lines_write_the_number(
    first: str, second: str, same: bool
) -> None:
    center = house()
    missed = center.rings(first)
    center.hangs_up(missed)
    again = center.rings(second)
    assert center.entity(again)["earlier"] == ([missed] if same else [])
    center.act("telephone.take", call=again)
    center.act("telephone.take", call=missed)
    if same:
        center.act("telephone.close", call=missed, outcome="called again")
    else:
        with refused("not_called_again"):
            center.act("telephone.close", call=missed, outcome="called again")


def test_the_same_number_calls_twice_at_once_and_both_calls_stand() -> None:
    center = house()
    first, second = center.rings(), center.rings()
    earlier = [center.ask("telephone", id=str(one))["call"]["earlier"] for one in (first, second)]
    assert earlier == [[second], [first]]
    center.act("telephone.take", call=first)
    assert center.entity(second)["alarm"] is not None
    center.act("telephone.take", call=second)
    assert (center.call(first).taken_by, center.call(second).taken_by) == (center.anna, center.anna)


def test_a_missed_call_with_a_strip_that_nobody_could_be_told_of_is_closed_as_a_strip() -> None:
    center = house()
    number = center.rings()
    center.strip(number)
    center.hangs_up(number)
    center.act("telephone.take", call=number)
    center.act("telephone.tie", call=number, stream="s000001")
    center.place()
    center.run(1)
    judge(center, number)
    with refused("not_called_back"):
        center.act("telephone.close", call=number, outcome="strip taken")
    for _ in range(3):
        center.act("telephone.tried", call=number, reached=False, note="")
    center.act("telephone.close", call=number, outcome="strip taken")
    assert center.call(number).outcome == "strip taken"


def test_what_is_done_with_strips_of_an_open_call_its_holder_does_and_no_supervisor() -> None:
    center = house()
    center.seat(center.sara)
    center.run(1)
    number = closable(center)
    for act, fields in (("strike", {"strip": 1}), ("move", {"stream": "s000002"})):
        with refused("held"):
            center.act(f"telephone.{act}", call=number, why="no", by=center.sara, **fields)


def test_a_patient_is_tied_anew_where_the_strips_that_lie_are_struck_or_of_somebody_else() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.strip(number)
    center.act("telephone.tie", call=number, stream="s000001")
    center.place()
    with refused("placed"):
        center.act("telephone.tie", call=number, stream="s000002")
    center.act("telephone.strike", call=number, strip=1, why="a test")
    center.act("telephone.tie", call=number, stream="s000002")
    assert center.call(number).stream == ROE
    assert center.books.calls.not_theirs(ROE) == []
    assert len(center.books.calls.not_theirs(DOE)) == 1
    center.run(60)
    center.strip(number)
    center.act("telephone.move", call=number, strip=2, stream="s000001", why="hers")
    center.place()
    center.act("telephone.tie", call=number, stream="s000001")
    assert [one.number for _call, one in center.books.calls.strips_of(DOE)] == [2]


def test_a_moved_strip_takes_its_case_with_it() -> None:
    center = house()
    number = closable(center)
    (case,) = center.entity(number)["strips"][0]["cases"]
    center.act("telephone.move", call=number, stream="s000002", why="it was her husband")
    assert center.books.triage.cases.case(case).closing == "withdrawn"


def test_both_strips_of_a_call_move_with_it() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.strip(number)
    center.run(60)
    center.strip(number)
    center.act("telephone.tie", call=number, stream="s000001")
    center.place()
    center.run(1)
    center.act("telephone.move", call=number, stream="s000002", why="it was her husband")
    assert [(one.whose, one.stream, len(one.before)) for one in center.call(number).strips] == [
        (None, None, 1),
        (None, None, 1),
    ]


def test_nobody_is_there_where_whoever_is_has_no_role_no_credential_or_no_place() -> None:
    center = house()
    for person in (center.anna, center.ben):
        center.room.signed_out(person, "signed out")
    center.technicians.clear()
    clerk = center.hire("Bill", "billing")
    center.seat(clerk)
    center.run(1)
    assert call_acts.nobody(center.books, center.now) == "nobody who answers is signed in at a station"
    center.seat(center.anna)
    center.run(1)
    assert call_acts.nobody(center.books, center.now) is None
    duties = center.books.surveil.watches.duties
    duties[center.anna] = replace(duties[center.anna], address="198.51.100.9")
    assert str(call_acts.nobody(center.books, center.now)).startswith("Anna: ")
    duties[center.anna] = replace(duties[center.anna], address="192.0.2.7")
    assert call_acts.nobody(center.books, center.now) is None
    center.clock.move(401 * 86400)
    assert str(call_acts.nobody(center.books, center.now)).startswith("Anna: ")


def test_a_center_that_was_not_running_lapsed_also_where_somebody_is_there_again_at_once() -> None:
    center = house()
    center.run(10)
    down = center.now - 600 * SECOND
    drafts = call_acts.due(center.books, center.now, down)
    assert [(one.kind, one.body.get("since"), one.body.get("until")) for one in drafts] == [
        ("telephone.unattended", down, None),
        ("telephone.attended", None, center.now),
    ]
    center.tell(drafts)
    (lapse,) = center.books.calls.lapses.live.values()
    assert (lapse.cause, lapse.until) == ("the center was not running", center.now)
    center.books.periods = {}
    assert call_acts.due(center.books, center.now, down) == []


def test_a_lapse_that_went_on_when_the_center_died_is_one_lapse() -> None:
    center = house()
    for person in (center.anna, center.ben):
        center.room.signed_out(person, "signed out")
    center.technicians.clear()
    center.run(10)
    began = center.books.calls.lapses.live[1].since
    center.clock.move(600)
    center.kill()
    center.run(5)
    center.seat(center.anna)
    center.run(2)
    (lapse,) = center.books.calls.lapses.live.values()
    assert (lapse.since, lapse.cause) == (began, "nobody who answers is signed in at a station")
    assert lapse.until is not None
    assert lapse.until > began + 610 * SECOND


def test_of_lapses_that_were_explained_the_last_ones_stay_in_memory() -> None:
    book, now = lapses.Lapses(), 0
    for number in range(1, lapses.KEPT + 3):
        told = [*lapses.passed(book, "nobody", now, now + 1), *explained(number)]
        for draft in told:
            book.apply(Deed(1, now, "staff 1", draft.kind, draft.subject, draft.body))
    assert list(book.explained) == list(range(3, lapses.KEPT + 3))
    assert (book.live, book.going_on) == ({}, None)


def test_a_strip_is_in_the_book_of_whose_it_is_from_the_moment_it_is_moved() -> None:
    center = house()
    number = closable(center)
    center.act("telephone.move", call=number, strip=1, stream="s000002", why="it was her husband")
    assert [one.number for one in center.books.calls.of_stream(ROE)] == [number]
    assert [(one.number, strip.number) for one, strip in center.books.calls.strips_of(ROE)] == [(number, 1)]


def test_what_went_out_because_of_a_strip_is_listed_behind_what_went_out_before() -> None:
    center = house()
    number = closable(center)
    judge(center, number)
    center.act("telephone.move", call=number, stream="s000002", why="it was her husband")
    center.place()
    center.run(1)
    judge(center, number)
    center.act("telephone.move", call=number, stream="s000001", why="it was she after all")
    told = center.call(number).strips[0].follow
    assert [(one.number, one.kind) for one in told] == [(1, "case"), (2, "case")]
    assert [(one.stream, one.why) for one in center.call(number).strips[0].before] == [
        (DOE, "it was her husband"),
        (ROE, "it was she after all"),
    ]


def test_a_clock_that_is_set_back_by_an_hour_puts_no_escalation_off() -> None:
    center = house()
    number = center.rings()
    book, back = center.books.calls, center.now - 3600 * SECOND
    (draft,) = call_deeds.due(book, back, {})
    assert (draft.kind, draft.body["times"], draft.body["due_at"]) == (
        "telephone.escalated",
        1,
        back + 20 * SECOND,
    )
    assert call_deeds.due(book, center.now - 5 * SECOND, {}) == []
    center.act("telephone.take", call=number)
    center.hangs_up(number)
    assert call_deeds.due(book, back, {}) == [], "nobody loses what they have"


def test_a_call_with_a_strip_of_two_practices_is_told_to_neither_and_their_cases_are() -> None:
    center = house()
    staff = center.books.surveil.staff
    doctors = {}
    for practice, stream in ((1, DOE), (2, ROE)):
        center.tell(staff_changes.add_practice(staff, f"Practice {practice}"))
        doctors[stream] = staff.next_member
        center.tell(
            staff_changes.join(staff, f"Dr. {practice}", f"dr{practice}", ["physician"], practice=practice)
        )
        center.tell(note(center.books.notes, stream, {"practice": practice}))
    number = center.rings()
    center.act("telephone.take", call=number)
    center.strip(number)
    center.run(60)
    center.strip(number)
    center.act("telephone.tie", call=number, stream="s000001")
    key, hers = f"telephone:{number}", Who(doctors[DOE], None, "192.0.2.9")
    assert center.room.sees(hers, key, center.entity(number))
    center.act("telephone.move", call=number, strip=2, stream="s000002", why="the second is his")
    for stream, doctor in doctors.items():
        who = Who(doctor, None, "192.0.2.9")
        assert not center.room.sees(who, key, center.entity(number))
        assert center.ask("telephone", by=doctor)["calls"] == []
        assert center.ask("telephone", by=doctor, stream=f"s{stream:06}")["calls"] == []
        with pytest.raises(NotFoundError, match=f"there is no telephone call {number}"):
            center.ask("telephone", by=doctor, id=str(number))
    assert center.room.sees(Who(center.anna, center.anna, "192.0.2.7"), key, center.entity(number))


def test_nobody_is_to_be_called_back_for_a_recording_whose_bringer_left_while_it_was_read() -> None:
    center = house()
    book = center.books.calls
    number = book.next_call
    center.tell(
        call_deeds.handed_in(book, "a.wav", "+15555550100", "digest/0", center.anna, center.anna, center.now)
    )
    center.act("telephone.leave", call=number)
    center.tell(call_deeds.hung(book, number, "the end of the recording", center.now))
    assert center.call(number).state is State.MISSED
    assert center.entity(number)["missed"] is False
    center.act("telephone.take", call=number, by=center.ben)
    center.act("telephone.close", call=number, outcome="no strip", note="a voice alone", by=center.ben)
