"""Service periods at the desk: enrolled by order, extended, interrupted, ended; and their kits (R5, R33)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.center.service_house import ServiceHouse, order_json

from einthoven.base.deeds import Draft
from einthoven.base.errors import EnrollmentError, InputError, NotFoundError, RefusedError, StoreFullError
from einthoven.base.ids import parse_stream
from einthoven.base.instants import DAY, HOUR
from einthoven.center import hospital, service_office
from einthoven.center.enroll import end_service, enroll
from einthoven.enrollment import order_deeds
from einthoven.enrollment.kit_states import State as Kit
from einthoven.enrollment.order_states import State as OrderState
from einthoven.enrollment.service_book import What
from einthoven.testing.facts_suite import request


@pytest.fixture
def house() -> ServiceHouse:
    made = ServiceHouse()
    made.kit()
    return made


def test_a_ready_order_and_a_kit_of_the_shelf_make_a_period(house: ServiceHouse) -> None:
    now = house.clock.wall()
    number = house.order()
    answer = house.enroll(number)
    assert answer["stream"] == "s000001"
    enrolled = house.kept.enrolled(1)
    assert (enrolled.patient.name, enrolled.patient.address) == (
        "Doe, Jane",
        "1 Main St, Springfield, NY 12345",
    )
    assert enrolled.patient.contacts[0].relation == "husband"
    assert enrolled.physician is not None
    assert enrolled.physician.name == "Dr. Weber"
    assert enrolled.period.limit == now + 14 * DAY
    record = house.books.orders.order(number)
    assert (record.state, record.stream, record.period) == (OrderState.ENROLLED, 1, 1)
    kit = house.books.kits.kit("T-1")
    assert (kit.state, kit.stream) == (Kit.ASSIGNED, 1)
    assert house.books.service.of(1).order == number
    assert house.changed == [1]


def test_more_than_thirty_days_are_not_had_without_an_extension(house: ServiceHouse) -> None:
    house.enroll(house.order(days=45))
    period = house.kept.enrolled(1).period
    assert period.limit - period.started == 30 * DAY


def test_an_order_that_is_not_ready_and_a_kit_that_is_none_are_refused(house: ServiceHouse) -> None:
    with pytest.raises(NotFoundError):
        house.enroll(99)
    with pytest.raises(NotFoundError):
        house.enroll(kit="T-9")
    held = house.order(signature=None)
    with pytest.raises(RefusedError) as caught:
        house.enroll(held)
    assert caught.value.reason == "state"
    assert house.kept.open_periods() == []


def test_an_order_makes_one_period_and_a_kit_has_one_patient(house: ServiceHouse) -> None:
    number = house.order()
    house.enroll(number)
    house.kit("T-2")
    with pytest.raises(RefusedError):
        house.enroll(number, "T-2")
    with pytest.raises(RefusedError) as caught:
        house.enroll(house.order(patient=order_json()["patient"] | {"name": "Roe, Rick"}))
    assert "a patient has it" in caught.value.detail


def test_while_one_is_enrolled_nobody_else_takes_order_or_kit(house: ServiceHouse) -> None:
    house.held = []
    first, second = house.order(), house.order()
    told = house.begin_act("order.enroll", order=first, transmitter="T-1")
    other = house.begin_act("order.enroll", order=second, transmitter="T-1")
    assert other[0].reason == "changed"
    house.held.pop()()
    assert told[0]["stream"] == "s000001"


def test_a_second_period_of_the_same_person_needs_the_first_to_end(house: ServiceHouse) -> None:
    house.enroll()
    house.sends(1)
    house.kit("T-2")
    with pytest.raises(RefusedError) as caught:
        house.enroll(kit="T-2", end_previous=True)
    assert caught.value.reason == "period_rule"
    house.act("period.allow", by=2, order=2, why="the first transmitter is broken")
    with pytest.raises(EnrollmentError, match="is in open period 1"):
        house.enroll(2, "T-2")
    assert house.enroll(2, "T-2", end_previous=True)["stream"] == "s000002"
    assert not house.is_open(1)
    house.look()
    assert house.books.kits.kit("T-1").state is Kit.DUE


def test_the_thirty_day_rule_names_its_reason_and_a_supervisor_may_allow_it(house: ServiceHouse) -> None:
    house.enroll()
    house.sends(1)
    house.clock.move(5 * 86400)
    house.act("period.end", stream="s000001", why="the question is answered")
    house.kit("T-2")
    house.clock.move(10 * 86400)
    number = house.order(statements={"new_symptoms": {"answer": True, "words": "fainted"}})
    with pytest.raises(RefusedError) as caught:
        house.enroll(number, "T-2")
    assert "not more than one in 30 days" in caught.value.detail
    assert "supervisor" in caught.value.detail
    with pytest.raises(RefusedError) as refused:
        house.act("period.allow", by=1, order=number, why="we want to")
    assert refused.value.reason == "permission"
    house.act("period.allow", by=2, order=number, why="the practice pays")
    answer = house.enroll(number, "T-2")
    reasons = answer["reasons"]
    assert isinstance(reasons, list)
    assert any("30 days" in one for one in reasons)


def test_a_period_that_ended_without_a_sample_was_no_service(house: ServiceHouse) -> None:
    house.enroll()
    house.clock.move(86400)
    house.act("period.end", stream="s000001", why="the kit never arrived")
    house.kit("T-2")
    assert house.enroll(kit="T-2")["stream"] == "s000002"


def test_strips_by_telephone_are_no_telemetry_to_the_rules(house: ServiceHouse) -> None:
    house.by_telephone()
    house.calls_with_strip(1)
    house.clock.move(86400)
    house.act("period.end", stream="s000001", why="over")
    house.clock.move(86400)
    house.kit("T-2")
    assert house.enroll(kit="T-2")["stream"] == "s000002"
    house.sends(2)
    house.act("period.end", stream="s000002", why="over")
    house.clock.move(86400)
    with pytest.raises(RefusedError, match=r"post-symptom here, s000001.* not more than one in 30 days"):
        house.by_telephone()


@pytest.mark.parametrize(("struck", "again"), [(True, True), (False, False)])
def test_an_episode_of_which_every_strip_was_struck_was_no_service(
    house: ServiceHouse, struck: bool, again: bool
) -> None:
    house.by_telephone()
    house.calls_with_strip(1)
    house.strip_of_call(1, struck=struck)
    house.clock.move(86400)
    house.act("period.end", stream="s000001", why="over")
    if again:
        assert house.by_telephone()["stream"] == "s000002"
        return
    with pytest.raises(RefusedError, match="not more than one in 30 days"):
        house.by_telephone()


def test_a_repetition_without_new_symptoms_is_refused_for_a_year(house: ServiceHouse) -> None:
    house.enroll()
    house.sends(1)
    house.clock.move(86400)
    house.act("period.end", stream="s000001", why="over")
    house.kit("T-2")
    house.clock.move(60 * 86400)
    with pytest.raises(RefusedError, match="12 months"):
        house.enroll(kit="T-2")
    house.enroll(house.order(statements={"new_symptoms": {"answer": True, "words": "syncope"}}), "T-2")


def test_nobody_is_enrolled_in_a_hospital(house: ServiceHouse) -> None:
    with pytest.raises(RefusedError, match="in a hospital, not at home"):
        house.enroll(house.order(setting="hospital"))


def test_a_full_disk_leaves_everything_as_it_was(house: ServiceHouse) -> None:
    number = house.order()
    house.kept.failing = StoreFullError("no room")
    with pytest.raises(StoreFullError):
        house.enroll(number)
    house.kept.failing = None
    assert house.books.kits.kit("T-1").state is Kit.STOCK
    house.enroll(number)


def test_a_center_killed_between_row_and_deeds_makes_the_deeds_at_its_start(house: ServiceHouse) -> None:
    number = house.order()
    house.held = []
    house.begin_act("order.enroll", order=number, transmitter="T-1")
    assert house.books.orders.order(number).stream is None
    house.kill()
    assert house.books.orders.order(number).stream == 1
    assert house.books.kits.kit("T-1").state is Kit.ASSIGNED
    assert house.books.service.of(1).order == number
    house.kill()
    assert house.kinds().count("order.enrolled") == house.kinds().count("kit.assigned") == 1


def test_an_order_that_was_withdrawn_in_the_same_moment_moves_no_kit_at_a_later_start(
    house: ServiceHouse,
) -> None:
    number = house.order()
    house.held = []
    house.begin_act("order.enroll", order=number, transmitter="T-1")
    # Centers of before let it be withdrawn while it was being enrolled, and their journals say so.
    drafts = order_deeds.withdraw(house.books.orders, number, "the office called")
    house.room.desk.commit(drafts, "staff 1", house.clock.wall())
    house.held.pop()()
    house.held = None
    assert house.books.orders.order(number).stream is None
    assert house.books.service.of(1).order == number
    house.act("period.end", stream="s000001", why="the order was withdrawn")
    house.look()
    house.act("kit.return", transmitter="T-1")
    house.act("kit.clean", transmitter="T-1", done=True)
    other = house.order(patient=order_json()["patient"] | {"name": "Roe, Rick"})
    assert house.enroll(other)["stream"] == "s000002"
    before = house.kinds()
    house.kill()
    assert house.books.kits.kit("T-1").stream == 2
    assert house.kinds() == before


def test_an_order_is_held_while_it_is_being_enrolled(house: ServiceHouse) -> None:
    house.held = []
    number = house.order()
    told = house.begin_act("order.enroll", order=number, transmitter="T-1")
    for act, fields in (
        ("order.withdraw", {"why": "the office called"}),
        ("order.refuse", {"why": "not ours"}),
        ("order.return", {"why": "look again"}),
        ("order.edit", {"base": 1, "fields": order_json(days=7)}),
        ("order.paper_signature", {"name": "Dr. Weber", "at": "2023-11-01", "document": "", "legible": True}),
        ("order.enroll", {"transmitter": "T-1"}),
    ):
        (refused,) = house.begin_act(act, order=number, **fields)
        assert (refused.reason, refused.detail) == (
            "changed",
            f"order {number} is being changed at this moment: try again",
        ), act
    (refused,) = house.begin_act("kit.retire", transmitter="T-1", why="old")
    assert refused.reason == "changed"
    assert house.begin_act("order.note", order=number, text="called back") == [{}]
    other = house.order()
    assert "order" not in house.begin_act("order.withdraw", order=other, why="twice")[0]
    house.held.pop()()
    assert told[0]["stream"] == "s000001"
    assert house.books.orders.order(number).state is OrderState.ENROLLED
    with pytest.raises(RefusedError) as caught:
        house.act("order.withdraw", order=number, why="the office called")
    assert caught.value.reason == "state"


def test_an_enrolling_that_fails_lets_the_order_go(house: ServiceHouse) -> None:
    house.held = []
    number = house.order()
    house.kept.failing = StoreFullError("no room")
    told = house.begin_act("order.enroll", order=number, transmitter="T-1")
    house.held.pop()()
    assert isinstance(told[0], StoreFullError)
    house.kept.failing = None
    house.act("order.withdraw", order=number, why="the office called")


def test_a_period_ends_and_its_kit_goes_the_long_way_to_the_next_patient(house: ServiceHouse) -> None:
    house.enroll()
    house.begun.add(1)
    house.look()
    assert house.books.kits.kit("T-1").state is Kit.WORN
    house.act("period.end", stream="s000001", why="14 days are over")
    house.look()
    assert house.books.kits.kit("T-1").state is Kit.DUE
    assert house.books.service.of(1).ended_why == "14 days are over"
    other = house.order(patient=order_json()["patient"] | {"name": "Roe, Rick"})
    for act in ("kit.return", "kit.clean", "kit.clean"):
        with pytest.raises(RefusedError):
            house.enroll(other)
        done = {"done": house.books.kits.kit("T-1").state is Kit.CLEANING} if act == "kit.clean" else {}
        house.act(act, transmitter="T-1", **done)
    house.enroll(other)
    assert not house.books.kits.kit("T-1").unclean


def test_a_period_that_ends_elsewhere_is_followed(house: ServiceHouse) -> None:
    enroll(house.kept, request(transmitter="T-1", public_key="ab" * 32), house.clock.wall())
    house.look()
    kit = house.books.kits.kit("T-1")
    assert (kit.state, kit.stream) == (Kit.ASSIGNED, 1)
    end_service(house.kept, 1, house.clock.wall() + DAY)
    house.look()
    house.look()
    assert house.books.kits.kit("T-1").state is Kit.DUE


def test_a_period_is_extended_with_the_physicians_words(house: ServiceHouse) -> None:
    house.enroll()
    before = house.kept.enrolled(1).period.limit
    with pytest.raises(InputError, match="said_by"):
        house.act("period.extend", stream="s000001", days=10, words="still fainting")
    with pytest.raises(InputError, match="days"):
        house.act("period.extend", stream="s000001", days=31, words="x y z", said_by="Dr. Weber")
    house.act("period.extend", stream="s000001", days=10, words="still fainting", said_by="Dr. Weber")
    assert house.kept.enrolled(1).period.limit == before + 10 * DAY
    told = house.books.service.of(1).extensions[0]
    assert (told.days, told.said_by, told.words) == (10, "Dr. Weber", "still fainting")
    line = next(one for one in house.kept.audit() if one.action == "period.limit")
    assert line.actor == "staff 1"
    house.act("period.end", stream="s000001", why="over")
    with pytest.raises(RefusedError):
        house.act("period.extend", stream="s000001", days=1, words="x", said_by="Dr. Weber")


def test_a_stay_interrupts_and_the_patient_comes_home(house: ServiceHouse) -> None:
    house.enroll()
    house.clock.move(3600)
    house.act("period.interrupt", by=3, stream="s000001", where="General Hospital", why="fell")
    with pytest.raises(RefusedError, match="interrupted since"):
        house.act("period.interrupt", by=3, stream="s000001", where="Other")
    house.clock.move(3600)
    house.act("period.resume", by=3, stream="s000001")
    (stay,) = house.books.service.of(1).stays
    assert stay.stop is not None
    assert (stay.stop - stay.start, stay.where) == (HOUR, "General Hospital")
    with pytest.raises(RefusedError, match="not interrupted"):
        house.act("period.resume", by=3, stream="s000001")


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("period.interrupt", {"where": "General Hospital"}),
        ("period.resume", {}),
        ("followup.done", {"what": "first day", "reached": True, "said": "fine"}),
        ("followup.move", {"what": "first day", "until_ms": 1, "why": "asleep"}),
    ],
)
def test_nothing_is_noted_of_a_period_that_is_not_there_yet(
    house: ServiceHouse, act: str, fields: dict[str, object]
) -> None:
    with pytest.raises(NotFoundError, match="there is no stream s000001"):
        house.act(act, by=3, stream="s000001", **fields)
    house.enroll()
    service = house.books.service.of(1)
    assert (service.stays, service.calls, service.moved) == ((), (), {})


def test_the_first_call_becomes_due_is_late_is_put_off_and_done(house: ServiceHouse) -> None:
    house.enroll()
    start = house.clock.wall()

    def due() -> list[tuple[What, bool]]:
        return [(one.what, one.overdue) for one in service_office.calls_due(house.books, house.is_open, now)]

    now = start + DAY - 1
    assert due() == []
    now = start + DAY
    assert due() == [(What.FIRST, False)]
    now = start + DAY + 5 * HOUR
    assert due() == [(What.FIRST, True)]
    house.clock.move(29 * 3600)
    house.act("followup.done", by=3, stream="s000001", reached=False, said="rings")
    assert due() == [(What.FIRST, True)]
    later = (start + 40 * HOUR) / 1e6
    house.act("followup.move", by=3, stream="s000001", until_ms=later, why="asked to be called at ten")
    assert due() == []
    now = start + 40 * HOUR
    assert due() == [(What.FIRST, False)]
    house.act("followup.done", by=3, stream="s000001", reached=True, said="all well")
    assert due() == []


def test_a_kit_that_does_not_come_back_is_called_for_every_week(house: ServiceHouse) -> None:
    house.enroll()
    house.act("followup.done", stream="s000001", reached=True, said="well")
    house.act("period.end", stream="s000001", why="over")
    house.look()
    house.clock.move(8 * 86400)
    now = house.clock.wall()
    (due,) = service_office.calls_due(house.books, house.is_open, now)
    assert (due.what, due.kit) == (What.RETURN, "T-1")
    house.act("followup.done", stream="s000001", what="return of the kit", reached=True, said="sends it")
    assert service_office.calls_due(house.books, house.is_open, now) == []
    assert service_office.calls_due(house.books, house.is_open, now + 7 * DAY)
    house.act("kit.lost", transmitter="T-1", why="never came")
    assert service_office.calls_due(house.books, house.is_open, now + 7 * DAY) == []


def test_whoever_has_another_role_does_none_of_it(house: ServiceHouse) -> None:
    for act, fields in (
        ("order.enroll", {"order": house.order(), "transmitter": "T-1"}),
        ("kit.retire", {"transmitter": "T-1", "why": "old"}),
        ("period.end", {"stream": "s000001", "why": "x"}),
    ):
        with pytest.raises(RefusedError) as caught:
            house.act(act, by=3, **fields)
        assert caught.value.reason == "permission"


def test_bad_fields_are_named(house: ServiceHouse) -> None:
    for fields, words in (
        ({"transmitter": "T 1"}, "transmitter"),
        ({"transmitter": "T-3", "public_key": "00"}, "public_key"),
        ({"transmitter": "T-3", "public_key": "ab" * 32, "rate_hz": 5, "leads": ["II"]}, "rate_hz"),
    ):
        with pytest.raises(EnrollmentError, match=words):
            house.act("kit.add", **fields)
    assert parse_stream("s000001") == 1


def told(house: ServiceHouse, event: str, control: str, at: int) -> None:
    """A hospital says something of patient 1."""
    visit = {"place": "ICU 3", "kind": "I", "number": "V1", "admitted": None, "discharged": None}
    body: dict[str, Any] = {
        "patient": 1,
        "from": "HIS|General",
        "control": control,
        "digest": control,
        "event": event,
        "at": at,
        "identifiers": [],
        "merged": [],
        "person": {},
        "visit": visit,
        "passed": [],
    }
    house.room.desk.commit([Draft(hospital.TOLD, "patient 1", body)], "hospital", house.clock.wall())
    house.look()


def test_a_hospitals_message_interrupts_and_ends_what_it_began(house: ServiceHouse) -> None:
    house.enroll()
    house.clock.move(3600)
    at = house.clock.wall()
    told(house, "A01", "1", at)
    house.look()
    (stay,) = house.books.service.of(1).stays
    assert (stay.start, stay.where, stay.by) == (at, "ICU 3", "hospital")
    house.clock.move(3600)
    told(house, "A03", "2", house.clock.wall())
    assert [one.stop for one in house.books.service.of(1).stays] == [at + HOUR]
    house.look()
    assert len(house.books.service.of(1).stays) == 1


def test_a_discharge_that_is_taken_back_goes_on(house: ServiceHouse) -> None:
    house.enroll()
    house.clock.move(3600)
    at = house.clock.wall()
    told(house, "A01", "1", at)
    house.clock.move(3600)
    told(house, "A03", "2", house.clock.wall())
    house.clock.move(600)
    told(house, "A13", "3", at)
    first, second = house.books.service.of(1).stays
    assert (first.stop, second.start, second.stop) == (at + HOUR, at + HOUR, None)


def test_what_a_person_ended_no_message_begins_again(house: ServiceHouse) -> None:
    house.enroll()
    house.clock.move(3600)
    told(house, "A01", "1", house.clock.wall())
    house.clock.move(3600)
    house.act("period.resume", by=3, stream="s000001")
    house.look()
    assert house.books.service.of(1).interrupted is None
    house.clock.move(3600)
    told(house, "A01", "2", house.clock.wall())
    assert house.books.service.of(1).interrupted is not None


def test_a_message_does_not_end_what_a_person_began(house: ServiceHouse) -> None:
    house.enroll()
    house.clock.move(3600)
    house.act("period.interrupt", by=3, stream="s000001", where="a nursing home")
    told(house, "A03", "1", house.clock.wall())
    assert house.books.service.of(1).interrupted is not None


def test_who_was_admitted_is_not_enrolled(house: ServiceHouse) -> None:
    house.enroll()
    house.act("period.end", stream="s000001", why="over")
    told(house, "A01", "1", house.clock.wall())
    house.kit("T-2")
    house.clock.move(400 * 86400)
    with pytest.raises(RefusedError, match="patient is there now"):
        house.enroll(kit="T-2")
