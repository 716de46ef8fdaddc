"""Calls of patients at the desk: who has them, what they come to, what is refused and why."""

from __future__ import annotations

from typing import Any

import pytest
from tests.center.call_house import DOE, ROE, closable, house, refused

from einthoven.answering import call_deeds, callers
from einthoven.answering.call import State
from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.instants import DAY, HOUR, MILLISECOND, SECOND
from einthoven.center.call_guesses import code_of
from einthoven.center.desk_acts import stream_of
from einthoven.center.desk_door import Who
from einthoven.center.noticing import Noticing
from einthoven.center.patient_notes import note
from einthoven.escalation.notices import Recipient
from einthoven.surveillance import staff_changes
from einthoven.testing.web import EPOCH


def test_a_call_that_nobody_takes_escalates_quickly_then_slowly_and_sounds_for_ever() -> None:
    center = house()
    number = center.rings()
    center.run(19)
    assert center.call(number).escalated == 0
    center.run(2)
    assert center.entity(number)["alarm"]["priority"] == "medium"
    assert center.call(number).escalated == 1
    center.run(20)
    assert center.call(number).escalated == 2
    assert center.entity(number)["alarm"]["priority"] == "high"
    center.run(60)
    assert center.call(number).escalated == 5
    center.run(290)
    assert center.call(number).escalated == 5
    center.run(20)
    assert center.call(number).escalated == 6
    center.act("telephone.take", call=number)
    assert center.entity(number)["alarm"] is None
    center.run(400)
    assert center.call(number).escalated == 0


def test_it_rings_until_a_person_takes_it_and_is_never_answered_by_the_center() -> None:
    center = house()
    number = center.rings()
    center.run(600)
    assert center.call(number).state is State.RINGING
    assert set(center.kinds()) == {"telephone.rang", "telephone.escalated"}


def test_whoever_comes_second_is_told_who_has_it() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    with refused("held") as told:
        center.act("telephone.take", call=number, by=center.ben)
    assert f"is with staff {center.anna}" in str(told.value)
    assert center.act("telephone.take", call=number) is not None  # twice is nothing
    assert center.kinds().count("telephone.taken") == 1


def test_a_caller_who_hangs_up_in_the_moment_of_the_taking_is_called_back() -> None:
    center = house()
    number = center.rings()
    center.hangs_up(number)
    assert center.call(number).state is State.MISSED
    center.act("telephone.take", call=number)
    assert center.call(number).state is State.ENDED
    with refused("not_called_back"):
        center.act("telephone.close", call=number, outcome="no strip", note="no")
    center.act("telephone.tried", call=number, reached=True, note="wanted to know how to send")
    center.act("telephone.close", call=number, outcome="called back", note="told how to send")
    with refused("state"):
        center.act("telephone.close", call=number, outcome="called back", note="twice")


def test_a_missed_call_sounds_at_once_and_escalates_after_five_minutes() -> None:
    center = house()
    number = center.rings()
    center.run(5)
    center.hangs_up(number)
    center.run(1)
    assert center.entity(number)["alarm"]["priority"] == "medium"
    center.run(290)
    assert center.call(number).escalated == 0
    center.run(15)
    assert center.call(number).escalated == 1


def test_a_missed_call_is_not_reached_after_as_many_tries_as_the_center_asks_for() -> None:
    center = house()
    number = center.rings()
    center.hangs_up(number)
    center.act("telephone.take", call=number)
    for done in range(3):
        with refused("not_called_back") as told:
            center.act("telephone.close", call=number, outcome="not reached")
        assert f"{done} of 3" in str(told.value)
        center.act("telephone.tried", call=number, reached=False, note="")
    center.act("telephone.close", call=number, outcome="not reached")


def test_nobody_can_be_called_back_who_hides_their_number() -> None:
    center = house()
    number = center.rings(caller="")
    center.hangs_up(number)
    center.act("telephone.take", call=number)
    assert center.entity(number)["tries_wanted"] == 0
    center.act("telephone.close", call=number, outcome="not reached")


def test_who_rings_again_and_is_answered_was_not_left_alone() -> None:
    center = house()
    first = center.rings()
    center.hangs_up(first)
    second = center.rings()
    center.act("telephone.take", call=first)
    assert center.entity(second)["earlier"] == [first]
    with refused("not_called_again"):
        center.act("telephone.close", call=first, outcome="called again")
    center.act("telephone.take", call=second)
    center.act("telephone.close", call=first, outcome="called again")
    assert center.call(first).outcome == "called again"


def test_calls_that_wait_stand_by_line_then_by_how_long() -> None:
    center = house()
    missed = center.rings("+15555550111")
    center.hangs_up(missed)
    center.run(1)
    first, second = center.rings("+15555550112"), center.rings("+15555550113")
    assert [one["call"] for one in center.ask("telephone")["calls"]] == [first, second, missed]
    center.act("telephone.take", call=first)
    assert [one["call"] for one in center.ask("telephone")["calls"]] == [second, missed, first]


def test_who_signs_out_with_a_patient_on_the_line_leaves_a_call_that_sounds_at_once() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.room.signed_out(center.anna, "signed out")
    center.run(1)
    assert center.call(number).state is State.LEFT
    assert "signed out" in center.entity(number)["left"]
    assert center.entity(number)["alarm"]["priority"] == "medium"
    center.act("telephone.take", call=number, by=center.ben)
    assert center.call(number).taken_by == center.ben


def test_a_station_that_goes_dark_loses_its_call_within_seconds() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.run(5)
    assert center.call(number).state is State.TAKEN
    center.technicians.pop(0)  # the machine hangs: its socket is open, and nothing is painted
    center.run(6)
    assert center.call(number).state is State.LEFT
    assert "the station is silent" in center.call(number).left


def test_what_is_not_closed_goes_back_to_everybody() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.hangs_up(number)
    center.run(890)
    center.act("telephone.take", call=number)  # keeps it for as long again
    center.run(890)
    assert center.call(number).state is State.ENDED
    center.run(15)
    assert center.call(number).state is State.UNFINISHED
    assert center.entity(number)["left"] == "not closed within 15 min"


def test_a_call_is_offered_and_taken_over_without_a_moment_alone() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.act("telephone.offer", call=number, to=center.ben)
    assert center.entity(number)["offered_to"]["name"] == "Ben"
    assert center.call(number).taken_by == center.anna
    center.act("telephone.take", call=number, by=center.ben)
    assert (center.call(number).taken_by, center.call(number).offered_to) == (center.ben, None)
    assert "telephone.left" not in center.kinds()
    with refused("held"):
        center.act("telephone.hang", call=number)


def test_an_offer_goes_to_somebody_at_a_station() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    with refused("not_on_duty"):
        center.act("telephone.offer", call=number, to=center.sara)
    center.act("telephone.offer", call=number, to=center.ben)
    center.act("telephone.offer", call=number, to=center.anna)  # taken back
    with refused("held"):
        center.act("telephone.take", call=number, by=center.ben)


def test_a_supervisor_takes_over_with_a_reason_and_nobody_else_does() -> None:
    center = house()
    center.seat(center.sara)
    center.run(1)
    number = center.rings()
    with refused("not_held"):
        center.act("telephone.take_over", call=number, why="Anna is ill", by=center.sara)
    center.act("telephone.take", call=number)
    with refused("permission"):
        center.act("telephone.take_over", call=number, why="mine", by=center.ben)
    center.act("telephone.take_over", call=number, why="Anna is ill", by=center.sara)
    assert center.call(number).taken_by == center.sara


def test_calls_are_answered_at_a_station() -> None:
    center = house()
    number = center.rings()
    with refused("not_on_duty"):
        center.act("telephone.take", call=number, by=center.sara)


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("leave", {}),
        ("hang", {}),
        ("tie", {"stream": "s000001"}),
        ("ask", {"symptom": "racing"}),
        ("offer", {"to": 2}),
        ("tried", {"reached": False, "note": ""}),
        ("close", {"outcome": "test call", "note": "a test"}),
    ],
)
def test_what_is_done_with_a_call_its_holder_does(act: str, fields: dict[str, Any]) -> None:
    center = house()
    number = center.rings()
    with refused("not_held"):
        center.act(f"telephone.{act}", call=number, **fields)
    center.act("telephone.take", call=number, by=center.ben)
    with refused("held"):
        center.act(f"telephone.{act}", call=number, **fields)
    with pytest.raises(NotFoundError, match="no telephone call 99"):
        center.act(f"telephone.{act}", call=99, **fields)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"symptom": "fluttering"}, "symptom: want one of palpitations"),
        ({"severity": 4}, "severity: want 0"),
        ({"severity": True}, "severity: want 0"),
        ({"memory": "later"}, "memory: want one of post-symptom"),
        ({"memory": ["x"]}, "memory: want one of"),
        ({"text": "x" * 201}, "text: want a text of at most 200"),
        ({"symptom_ms": (EPOCH + 60 * SECOND) / MILLISECOND}, "symptom_ms: .* is in the future"),
        ({"symptom_ms": (EPOCH - 7 * DAY) / MILLISECOND}, "is more than a day before the service"),
        ({"loud": 1}, "'loud' is no field of it"),
    ],
)
def test_what_the_patient_said_is_read_strictly(fields: dict[str, Any], words: str) -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.act("telephone.tie", call=number, stream="s000001")
    with pytest.raises(InputError, match=words):
        center.act("telephone.ask", call=number, **fields)
    assert "telephone.asked" not in center.kinds()


def test_what_was_felt_shortly_before_the_service_is_taken_down_as_it_was_said() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.act("telephone.tie", call=number, stream="s000001")
    felt = center.books.periods[1].started - HOUR
    center.act("telephone.ask", call=number, symptom_ms=felt / MILLISECOND)
    assert center.call(number).asked.symptom_at == felt


def test_what_was_said_before_stays_where_nothing_else_is_said() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.act("telephone.ask", call=number, symptom="dizzy", medication="a beta blocker")
    center.act("telephone.ask", call=number, severity=3, memory="pre-event memory")
    asked = center.entity(number)["asked"]
    assert (asked["symptom"], asked["severity"], asked["medication"]) == ("dizzy", 3, "a beta blocker")
    assert asked["memory"] == "pre-event memory"


def test_a_call_is_of_somebody_whose_service_by_telephone_runs() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    with pytest.raises(NotFoundError, match="s000009 is nobody who sends strips"):
        center.act("telephone.tie", call=number, stream="s000009")


def test_the_center_is_killed_and_every_call_stands_as_it_stood() -> None:
    center = house()
    waits, held = center.rings("+15555550111"), center.rings()
    center.act("telephone.take", call=held)
    center.strip(held)
    before = dict(center.books.calls.calls)
    center.kill()
    assert center.books.calls.calls == before
    center.run(1)  # nobody is signed in any more: who had it is gone
    assert center.call(held).state is State.LEFT
    assert center.call(waits).state is State.RINGING
    center.hangs_up(held)
    center.hangs_up(waits)
    assert {center.call(one).state for one in (waits, held)} == {State.MISSED}


def test_a_moment_without_anybody_qualified_is_told_and_explained() -> None:
    center = house()
    center.run(10)
    assert center.ask("telephone")["attended"]["nobody_since_ms"] is None
    for person in (center.anna, center.ben):
        center.room.signed_out(person, "signed out")
    center.technicians.clear()
    center.run(30)
    told = center.ask("telephone")["attended"]
    assert told["cause"] == "nobody who answers is signed in at a station"
    with refused("going_on"):
        center.act("telephone.explain", lapse=1, note="all were out", by=center.sara)
    center.seat(center.anna)
    center.run(2)
    (lapse,) = center.ask("telephone")["attended"]["lapses"]
    assert 29_000 <= lapse["until_ms"] - lapse["since_ms"] <= 33_000
    with refused("permission"):
        center.act("telephone.explain", lapse=1, note="all were out")
    center.act("telephone.explain", lapse=1, note="a fire alarm", by=center.sara)
    assert center.ask("telephone")["attended"]["lapses"][0]["explained_by"] == "Sara"


def test_a_center_that_was_not_running_had_nobody_to_answer() -> None:
    center = house()
    center.run(10)
    alive = center.kept.journal.last_alive()
    assert alive is not None
    center.technicians.clear()
    center.clock.move(600)
    center.kill()
    center.run(1)
    told = center.ask("telephone")["attended"]
    assert told["nobody_since_ms"] == alive / MILLISECOND
    assert told["cause"].startswith("the center was not running")


def test_nobody_need_be_there_while_no_service_by_telephone_runs() -> None:
    center = house()
    center.books.periods = {}
    center.technicians.clear()
    center.run(30)
    assert center.kinds() == []


def test_limits_are_the_center_s_own_with_a_reason_on_record() -> None:
    center = house()
    boss = center.hire("Ada", "administrator")
    with refused("permission"):
        center.act("telephone.limits", limits={"answer": 10}, why="we are quick")
    with pytest.raises(InputError, match=r"limits\.answer: want a whole number from 5 to 120"):
        center.act("telephone.limits", limits={"answer": 1}, why="quick", by=boss)
    center.act("telephone.limits", limits={"answer": 10}, why="we are quick", by=boss)
    number = center.rings()
    center.run(11)
    assert center.call(number).escalated == 1


def test_people_of_a_practice_see_their_own_patients_calls_alone() -> None:
    center = house()
    center.tell(staff_changes.add_practice(center.books.surveil.staff, "Heart practice"))
    staff = center.books.surveil.staff
    doctor = staff.next_member
    center.tell(staff_changes.join(staff, "Dr. Weber", "weber", ["physician"], practice=1))
    center.tell(note(center.books.notes, DOE, {"practice": 1}))
    hers, unknown = closable(center), center.rings("+15555550300")
    wanted = {one["call"] for one in center.ask("telephone", by=doctor)["calls"]}
    assert wanted == {hers}
    assert [one["stream"] for one in center.ask("telephone", by=doctor)["patients"]] == ["s000001"]
    assert "code" not in center.ask("telephone", by=doctor)["patients"][0]
    with pytest.raises(NotFoundError, match=f"there is no telephone call {unknown}"):
        center.ask("telephone", by=doctor, id=str(unknown))
    who = Who(doctor, None, "192.0.2.9")
    assert center.room.sees(who, f"telephone:{hers}", center.entity(hers))
    assert not center.room.sees(who, f"telephone:{unknown}", center.entity(unknown))
    with refused("permission"):
        center.act("telephone.take", call=unknown, by=doctor)


def test_an_act_on_a_call_is_about_its_patient_whatever_call_of_the_physician_has_its_number() -> None:
    center = house()
    number = closable(center)
    assert stream_of(center.books, {"call": number}, "telephone.take") == DOE
    assert stream_of(center.books, {"call": number}, "call.end") is None


def test_closed_calls_are_listed_by_day_and_then_page_by_page() -> None:
    center = house()
    numbers = []
    for _ in range(3):
        numbers.append(center.rings())
        center.act("telephone.take", call=numbers[-1])
        center.hangs_up(numbers[-1])
        center.act("telephone.close", call=numbers[-1], outcome="test call", note="a test")
    told = center.ask("telephone")
    assert ([one["call"] for one in told["calls"]], told["more"]) == (numbers[::-1], None)
    center.books.today = lambda _now: "2030-01-01" if _now > center.call(numbers[0]).rang_at else "2029-12-31"
    assert [one["call"] for one in center.ask("telephone", before=str(numbers[2]))["calls"]] == numbers[1::-1]
    with pytest.raises(InputError, match="before: want a number"):
        center.ask("telephone", before="x")


def test_an_escalation_goes_out_as_an_additional_notice() -> None:
    center = house()
    to = Recipient("boss", "email", "boss@clinic.example", frozenset({"emergent"}), frozenset({"telephone"}))
    center.room.desk.noticing = Noticing(
        "Boston", (to,), link_call=lambda number: f"https://c/telephone/{number}"
    )
    number = center.rings()
    center.run(21)
    assert "notice.queued" not in [deed.kind for deed in center.kept.journal.read()]
    center.run(20)
    (queued,) = [deed for deed in center.kept.journal.read() if deed.kind == "notice.queued"]
    told = [queued.body[name] for name in ("telephone", "stream", "notification")]
    assert told == [number, None, None]
    (posted,) = center.kept.journal.due(center.now)
    assert f"unknown caller, telephone call {number}" in str(posted.notice.content["subject"])
    assert f"https://c/telephone/{number}" in str(posted.notice.content["text"])


def test_who_may_call_is_told_by_number_or_code_and_tied_by_a_person_alone() -> None:
    center = house()
    center.tell([callers.told(DOE, "482913", ("+1 555 555 0100",), "simulated")])
    center.tell([callers.told(ROE, "730254", ("+1 555 555 0200", "+1 555 555 0100"), "simulated")])
    number = center.rings("+15555550100")
    assert [one["how"] for one in center.entity(number)["guesses"]] == ["number", "number"]
    assert center.entity(number)["guesses"][0]["born"] == "1950-02-03"
    center.tell(call_deeds.keyed(center.books.calls, number, "4829#730254#"))
    by_how = {one["stream"]: one["how"] for one in center.entity(number)["guesses"]}
    assert by_how == {"s000002": "code", "s000001": "number"}
    assert center.call(number).stream is None
    center.act("telephone.take", call=number)
    center.act("telephone.tie", call=number, stream="s000002")
    assert (center.call(number).tied, center.entity(number)["guesses"]) == ("code", [])


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("", ""),
        ("730254", "730254"),
        ("730254#", "730254"),
        ("73*730254#", "730254"),
        ("111222#730254", "730254"),
        ("7302545", ""),
        ("73025", ""),
        ("#*#", ""),
    ],
)
def test_a_code_is_six_digits_that_stand_for_themselves(keys: str, code: str) -> None:
    assert code_of(keys) == code


def test_codes_are_told_to_who_answers_or_enrolls() -> None:
    center = house()
    center.tell([callers.told(DOE, "482913", ("+1 555 555 0100",), "simulated")])
    enid, auditor = center.hire("Enid", "enrollment"), center.hire("Aude", "auditor")
    for person in (center.anna, enid):
        assert center.ask("telephone", by=person)["patients"][0]["code"] == "482913"
    assert center.ask("telephone", by=enid)["calls"] == []
    assert "code" not in center.ask("telephone", by=auditor)["patients"][0]
    with refused("permission"):
        center.ask("telephone", by=center.hire("Bill", "billing"))
