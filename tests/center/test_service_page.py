"""What the pages of service periods are told: inventory, periods, calls, a patient's sheet."""

from __future__ import annotations

from typing import Any

import pytest
from tests.center.service_house import ServiceHouse

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.center.desk_books import PatientCard
from einthoven.center.desk_door import Who
from einthoven.center.patient_notes import note
from einthoven.surveillance import staff_changes


@pytest.fixture
def house() -> ServiceHouse:
    made = ServiceHouse()
    made.kit()
    made.kit("T-2")
    made.books.card = lambda stream: PatientCard("Doe, Jane" if stream == 1 else "", telephone="+1 555")
    made.books.center_telephone = "+1 212 555 0100"
    made.books.zone = "America/New_York"
    return made


def ask(house: ServiceHouse, what: str, by: int = 1, **params: str) -> Any:
    house.books.periods = {one.stream: one for one in house.kept.open_periods()}
    return house.room.ask(Who(by, by, "192.0.2.7"), what, params)


def test_the_inventory_says_where_each_kit_is_and_what_can_be_done_with_it(house: ServiceHouse) -> None:
    house.enroll()
    house.act("kit.lost", transmitter="T-2", why="not in the drawer")
    told = ask(house, "kits")
    rows = {one["transmitter"]: one for one in told["kits"]}
    assert (rows["T-1"]["state"], rows["T-1"]["patient"], rows["T-1"]["acts"]) == (
        "assigned",
        "Doe, Jane",
        [],
    )
    assert (rows["T-2"]["state"], rows["T-2"]["said"]) == ("lost", "not in the drawer")
    assert rows["T-2"]["acts"] == ["return", "retire"]
    assert told["states"]["assigned"] == told["states"]["lost"] == 1
    house.act("period.end", stream="s000001", why="over")
    house.look()
    house.clock.move(8 * 86400)
    told = ask(house, "kits")
    assert told["overdue"] == 1
    assert told["kits"][0]["call_due"]


def test_the_list_has_what_runs_with_the_calls_that_are_due(house: ServiceHouse) -> None:
    number = house.order()
    house.enroll(number)
    house.act("period.interrupt", stream="s000001", where="General Hospital")
    house.clock.move(30 * 3600)
    told = ask(house, "services", by=3)
    (row,) = told["services"]
    assert (row["patient"], row["order"], row["kit"]) == ("Doe, Jane", number, "assigned")
    assert row["interrupted"]["where"] == "General Hospital"
    assert row["limit_ms"] - row["started_ms"] == 14 * 86400e3
    (call,) = told["calls"]
    assert (call["what"], call["overdue"], call["telephone"]) == ("first day", True, "+1 555")
    assert told["may"] == {"extend": False, "call": True, "end": False, "kit": False}
    house.act("followup.done", stream="s000001", reached=True, said="well")
    told = ask(house, "services")
    assert told["calls"] == []
    assert told["services"][0]["first_call"]["done_ms"] is not None


def test_one_period_has_everything_that_was_done_about_it(house: ServiceHouse) -> None:
    house.enroll()
    house.act("period.extend", stream="s000001", days=5, words="goes on", said_by="Dr. Weber")
    house.act("followup.done", stream="s000001", reached=False, said="rings")
    told = ask(house, "service", id="s000001")
    assert [(one["days"], one["said_by"], one["by"]) for one in told["extensions"]] == [
        (5, "Dr. Weber", "Enid")
    ]
    assert [(one["reached"], one["by"]) for one in told["calls"]] == [(False, "Enid")]
    assert told["limit_ms"] - told["started_ms"] == 19 * 86400e3
    house.act("period.end", stream="s000001", why="the question is answered")
    told = ask(house, "service", id="s000001")
    assert (told["ended_why"], told["ended_ms"]) == ("the question is answered", told["now_ms"])


def test_the_sheet_of_a_patient_has_local_days_and_numbers(house: ServiceHouse) -> None:
    house.enroll()
    told = ask(house, "instructions", id="s000001")
    assert (told["patient"], told["transmitter"], told["leads"]) == ("Doe, Jane", "T-1", ["II", "V1"])
    assert (told["center_telephone"], told["emergency"]) == ("+1 212 555 0100", "911")
    assert told["first_day"] < told["last_day"]


def test_who_may_ask_what(house: ServiceHouse) -> None:
    house.enroll()
    house.hire("Bill", "billing")
    for what in ("kits", "services"):
        with pytest.raises(RefusedError):
            ask(house, what, by=4)
    with pytest.raises(RefusedError):
        ask(house, "kits", by=3)
    with pytest.raises(NotFoundError):
        ask(house, "service", id="s000009")


@pytest.mark.parametrize("role", ["office", "physician"])
def test_a_practice_reads_and_moves_the_periods_of_its_own_patients_alone(
    house: ServiceHouse, role: str
) -> None:
    house.enroll()
    staff = house.books.surveil.staff
    for name in ("Heart", "Lung"):
        house._found(staff_changes.add_practice(staff, name))
    house._found(note(house.books.notes, 1, {"practice": 1}))
    theirs, others = staff.next_member, staff.next_member + 1
    for practice in (1, 2):
        house._found(staff_changes.join(staff, f"P{practice}", f"p{practice}", [role], practice))
    for what in ("service", "instructions"):
        assert ask(house, what, by=theirs, id="s000001")["patient"] == "Doe, Jane"
        with pytest.raises(NotFoundError) as there:
            ask(house, what, by=others, id="s000001")
        with pytest.raises(NotFoundError) as nowhere:
            ask(house, what, by=others, id="s000009")
        assert str(there.value) == str(nowhere.value).replace("s000009", "s000001")
    longer = {"stream": "s000001", "days": 5, "words": "goes on", "said_by": "Dr. Weber"}
    with pytest.raises(RefusedError):
        house.act("period.extend", by=others, **longer)
    for act in ("period.interrupt", "period.end", "followup.done"):
        with pytest.raises((RefusedError, InputError)):
            house.act(act, by=theirs, stream="s000001")
    assert house.books.service.of(1).extensions == ()
