"""What is measured of a service by telephone, and which claim comes of it (R7, R39)."""

from __future__ import annotations

from datetime import date

from tests.center.call_house import DOE, ROE, CallHouse

from einthoven.answering import callers
from einthoven.base.deeds import CENTER, Draft
from einthoven.base.instants import DAY, MINUTE
from einthoven.billing.codes.code import Part
from einthoven.billing.family import Kind, derive
from einthoven.billing.service import ServiceRecord
from einthoven.center.service_record import Reading, Stored, service_record
from einthoven.enrollment.people import Patient
from einthoven.enrollment.register import Enrolled


def manned() -> CallHouse:
    house = CallHouse()
    house.seat(house.anna)
    house.run(2)
    house.begin()
    for stream, code in ((DOE, "271828"), (ROE, "314159")):
        house.tell([callers.told(stream, code, (), "")])
    return house


def record(house: CallHouse) -> ServiceRecord:
    return record_of(house, DOE)


def record_of(house: CallHouse, stream: int) -> ServiceRecord:
    period = house.books.periods[stream]
    told = Enrolled(stream, period, Patient("Doe, Jane"), None)
    return service_record(
        house.books, Stored(told, period.started, None, 60.0, 30.0), Reading(house.now, house.now)
    )


def a_strip(house: CallHouse, *, strike: bool = False) -> int:
    number = house.rings()
    house.act("telephone.take", call=number)
    house.act("telephone.tie", call=number, stream="s000001")
    strip = house.strip(number)
    house.place()
    if strike:
        house.act("telephone.strike", call=number, strip=strip, why="of another person")
    house.hangs_up(number)
    return number


def test_strips_are_counted_and_struck_ones_are_not() -> None:
    house = manned()
    assert (record(house).telephone, record(house).strips) == (True, 0)
    a_strip(house)
    a_strip(house)
    a_strip(house, strike=True)
    assert record(house).strips == 2


def test_however_many_strips_come_it_is_one_service_and_never_telemetry() -> None:
    house = manned()
    for _ in range(3):
        a_strip(house)
    last, after = (derive(record(house), day) for day in (date(2010, 12, 31), date(2011, 1, 1)))
    assert last.kind is after.kind is Kind.POST_SYMPTOM
    assert last.codes[Part.TECHNICAL] == "93012"
    assert not {"93228", "93229"} & {*last.codes.values(), *after.codes.values(), *after.instead}
    assert after.codes == {}
    assert any("one unit in 30 days" in note for note in last.notes)


def test_without_a_strip_there_is_nothing_to_bill() -> None:
    assert derive(record(CallHouse()), date(2010, 6, 1)).kind is Kind.NONE


def test_moments_in_which_nobody_was_there_to_answer_are_the_gaps() -> None:
    house = manned()
    none_called = record(house).attendance
    assert none_called is not None
    assert none_called.watched == 1.0
    a_strip(house)
    before = record(house).attendance
    assert before is not None
    assert before.watched == 1.0
    body = {"lapse": 1, "cause": "nobody is on duty", "since": house.now - 90 * MINUTE}
    house.room.desk.commit([Draft("telephone.unattended", "telephone", body)], CENTER, house.now)
    over = {"lapse": 1, "until": house.now - 30 * MINUTE}
    house.room.desk.commit([Draft("telephone.attended", "telephone", over)], CENTER, house.now)
    told = record(house).attendance
    assert told is not None
    assert [(one.stop - one.start, one.cause) for one in told.gaps] == [(60 * MINUTE, "nobody is on duty")]
    assert 0.98 < told.watched < 1 - 60 * MINUTE / (6 * DAY)


def test_where_no_station_ever_was_attendance_is_not_measured() -> None:
    house = manned()
    house.books.surveil.stations.stations.clear()
    assert record(house).attendance is None


def test_who_took_its_calls_is_who_watched_and_nothing_is_said_of_a_transmitter() -> None:
    house = manned()
    number = house.rings()
    house.act("telephone.take", call=number)
    house.act("telephone.tie", call=number, stream="s000001")
    house.run(5)
    house.hangs_up(number)
    told = record(house)
    assert [(one.name, one.qualified, one.in_us) for one in told.watchers] == [("Anna", True, True)]
    assert (told.in_us, told.exclusive, told.calls) == (True, None, 1)
    assert record_of(house, ROE).watchers == ()


def test_a_call_tied_to_the_wrong_patient_first_is_none_of_theirs() -> None:
    house = manned()
    number = house.rings()
    house.act("telephone.take", call=number)
    house.act("telephone.tie", call=number, stream="s000002")
    house.act("telephone.tie", call=number, stream="s000001")
    house.run(5)
    assert (record_of(house, ROE).calls, record_of(house, DOE).calls) == (0, 1)
    assert record_of(house, ROE).watchers == ()


def test_strips_from_before_the_symptom_are_counted_as_of_a_memory_loop() -> None:
    house = manned()
    a_strip(house)
    number = house.rings()
    house.act("telephone.take", call=number)
    house.act("telephone.tie", call=number, stream="s000001")
    house.act("telephone.ask", call=number, memory="pre-event memory")
    house.strip(number)
    house.place()
    assert (record(house).strips, record(house).looped) == (2, 1)


def test_a_strip_whose_size_is_not_known_is_no_ecg_and_no_service() -> None:
    house = manned()
    number = house.rings()
    house.act("telephone.take", call=number)
    house.act("telephone.tie", call=number, stream="s000001")
    house.strip(number, hz_per_mv=None)
    house.hangs_up(number)
    assert (record(house).strips, record(house).struck) == (0, 0)
    assert derive(record(house), date(2010, 6, 1)).kind is Kind.NONE
