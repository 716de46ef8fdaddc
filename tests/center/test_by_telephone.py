"""A service period without a transmitter: strips by telephone, enrolled by an order (R5, R6, R7, R32)."""

from __future__ import annotations

import pytest
from tests.center.service_house import ServiceHouse

from einthoven.base.errors import EnrollmentError, NotFoundError, RefusedError
from einthoven.base.instants import DAY
from einthoven.center import service_office
from einthoven.center.desk_door import Who
from einthoven.center.enroll import enroll
from einthoven.enrollment.order_states import State as OrderState
from einthoven.enrollment.service_book import What


@pytest.fixture
def house() -> ServiceHouse:
    return ServiceHouse()


def test_a_ready_order_makes_a_period_without_a_kit(house: ServiceHouse) -> None:
    now = house.clock.wall()
    number = house.order(test="post-symptom")
    answer = house.by_telephone(number, numbers=["+1 (555) 555-0170", "555 555 0171"])
    facts = house.kept.stream(1)
    assert facts is not None
    assert facts.telephone
    assert facts.transmitter == "telephone/1"
    assert (facts.layout.rate_hz, facts.layout.names, facts.layout.leads[0].gain) == (250.0, ("II",), 1000.0)
    assert facts.declared
    assert facts.origin == facts.since == now
    caller = house.books.callers.of(1)
    assert caller is not None
    assert answer["code"] == caller.code
    assert (caller.numbers, caller.profile) == (("15555550170", "5555550171"), "simulated")
    record = house.books.orders.order(number)
    assert (record.state, record.stream) == (OrderState.ENROLLED, 1)
    assert house.kept.enrolled(1).period.limit == now + 14 * DAY
    assert house.kinds()[-3:] == ["order.enrolled", "period.began", "telephone.code"]


def test_without_a_number_the_patients_own_telephone_is_known(house: ServiceHouse) -> None:
    house.by_telephone()
    assert house.books.callers.by_number("5555550100", {1}) == (1,)


def test_an_order_is_enrolled_with_what_it_asks_for(house: ServiceHouse) -> None:
    house.kit()
    strips, telemetry = house.order(test="post-symptom"), house.order()
    with pytest.raises(EnrollmentError, match="need no kit"):
        house.enroll(strips)
    with pytest.raises(EnrollmentError, match="needs a kit"):
        house.by_telephone(telemetry)
    with pytest.raises(EnrollmentError, match="no profile 'king'"):
        house.by_telephone(strips, profile="king")
    with pytest.raises(EnrollmentError, match=r"telephone.numbers\[1\]"):
        house.by_telephone(strips, numbers=["+1 555 555 0100", "home"])
    assert house.kept.open_periods() == []


def test_each_has_a_place_and_a_code_of_their_own(house: ServiceHouse) -> None:
    codes = set()
    for number in range(1, 6):
        patient = {"name": f"Doe, J{number}", "birth_date": "1950-02-03", "sex": "female"}
        body = {"patient": patient, "telephone": {}}
        enroll(house.kept, body, house.clock.wall())
    house.minute()
    for stream in range(1, 6):
        facts, caller = house.kept.stream(stream), house.books.callers.of(stream)
        assert facts is not None
        assert caller is not None
        assert facts.transmitter == f"telephone/{stream}"
        codes.add(caller.code)
        assert house.books.callers.by_code(caller.code, house.books.periods) == stream
    assert len(codes) == 5


def test_telemetry_and_strips_by_telephone_are_never_open_at_once(house: ServiceHouse) -> None:
    house.kit()
    house.by_telephone()
    house.calls_with_strip(1)
    with pytest.raises(RefusedError, match="not two forms on one day") as refused:
        house.enroll()
    assert "is in open period 1 (stream s000001, strips by telephone" in refused.value.detail
    house.act("period.allow", by=2, order=2, why="the practice wants both")
    with pytest.raises(EnrollmentError, match=r"R5|end that period first"):
        house.enroll(2)
    house.clock.move(86400)
    house.act("period.end", stream="s000001", why="telemetry is needed")
    house.clock.move(86400)
    assert house.enroll(house.order())["stream"] == "s000002"


def test_not_both_on_the_day_on_which_the_other_ends(house: ServiceHouse) -> None:
    house.kit()
    house.enroll()
    house.sends(1)
    house.act("period.end", stream="s000001", why="over")
    number = house.order(test="post-symptom")
    with pytest.raises(RefusedError, match="not two forms on one day"):
        house.by_telephone(number)
    house.clock.move(86400)
    assert house.by_telephone(number)["stream"] == "s000002"


def test_a_period_without_a_strip_was_no_service(house: ServiceHouse) -> None:
    house.by_telephone()
    house.clock.move(86400)
    house.act("period.end", stream="s000001", why="never called")
    assert house.by_telephone()["stream"] == "s000002"


def test_a_center_that_is_killed_before_the_deeds_makes_code_and_period_at_its_start(
    house: ServiceHouse,
) -> None:
    house.held = []
    number = house.order(test="post-symptom")
    house.begin_act("order.enroll", order=number, telephone={"profile": "simulated", "numbers": ["5550170"]})
    house.kill()
    house.minute()
    caller = house.books.callers.of(1)
    assert caller is not None
    assert (caller.numbers, caller.profile) == (("5550170",), "simulated")
    assert house.books.service.of(1).order == number
    house.kill()
    house.minute()
    assert house.kinds().count("telephone.code") == 1
    assert house.books.callers.of(1) == caller


def test_recorder_numbers_and_code_change_while_the_period_is_open(house: ServiceHouse) -> None:
    house.by_telephone()
    house.minute()
    first = house.books.callers.of(1)
    assert first is not None
    house.act("period.telephone", stream="s000001", profile="tone-1900", numbers=["+49 171 5550100"])
    other = house.books.callers.of(1)
    assert other is not None
    assert (other.code, other.profile, other.numbers) == (first.code, "tone-1900", ("491715550100",))
    house.act("period.telephone", stream="s000001", renew=True)
    renewed = house.books.callers.of(1)
    assert renewed is not None
    assert renewed.code != first.code
    assert (renewed.profile, renewed.numbers) == (other.profile, other.numbers)
    assert house.books.callers.by_code(first.code, house.books.periods) is None
    house.clock.move(86400)
    house.act("period.end", stream="s000001", why="over")
    house.minute()
    with pytest.raises(NotFoundError, match="no open period by telephone"):
        house.act("period.telephone", stream="s000001", renew=True)


def test_it_ends_by_itself_is_extended_and_interrupted_as_any_other(house: ServiceHouse) -> None:
    house.by_telephone()
    house.act("period.extend", by=2, stream="s000001", days=2, words="goes on", said_by="Dr. Weber")
    house.act("period.interrupt", stream="s000001", where="General Hospital", why="")
    house.act("period.resume", stream="s000001")
    house.clock.move(16 * 86400 + 60)
    house.minute()
    assert not house.is_open(1)
    assert house.books.service.of(1).over is not None


def test_the_pages_tell_of_a_period_by_telephone(house: ServiceHouse) -> None:
    code = house.by_telephone(numbers=["555 555 0170"])["code"]
    house.minute()
    who = Who(1, 1, "192.0.2.7")
    told = house.room.ask(who, "service", {"id": "s000001"})
    assert told["by_telephone"] == {
        "code": code,
        "numbers": ["5555550170"],
        "profile": "simulated",
        "strips": 0,
        "calls": [],
    }
    assert house.room.ask(who, "instructions", {"id": "s000001"})["code"] == code
    assert "simulated" in [one["name"] for one in house.room.ask(who, "kits", {})["recorders"]]


def test_nobody_is_to_call_for_a_kit_that_there_is_not(house: ServiceHouse) -> None:
    house.by_telephone()
    house.clock.move(15 * 86400)
    house.minute()
    due = service_office.calls_due(house.books, house.is_open, house.clock.wall() + 30 * DAY)
    assert [one.what for one in due] == []
    assert not house.is_open(1)


def test_the_patient_is_called_after_a_day(house: ServiceHouse) -> None:
    house.by_telephone()
    house.clock.move(86400 + 60)
    due = service_office.calls_due(house.books, house.is_open, house.clock.wall())
    assert [(one.stream, one.what) for one in due] == [(1, What.FIRST)]
