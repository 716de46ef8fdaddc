"""Orders at the desk: who enters, completes, signs, refuses; what everybody else is told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.center.order_house import PAPER, UNSIGNED, OrderOffice
from tests.center.test_desk_criteria import reason
from tests.enrollment.test_order_read import FULL

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.center import order_page
from einthoven.center.desk_seat import DeskRoom
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_deeds import enroll
from einthoven.enrollment.order_states import State
from einthoven.escalation.signature import SIGNS_ORDER


@pytest.fixture
def office() -> OrderOffice:
    return OrderOffice()


def test_an_office_enters_what_it_knows_and_hears_what_is_missing(office: OrderOffice) -> None:
    number = office.receives({"patient": {"name": "Ada Quinn"}, "orderer": {"npi": "1234567890"}})
    told = office.shown(number=number)
    assert (told["state"], told["practice"]["name"]) == ("held", "Heart practice")
    assert told["faults"] == [{"where": "orderer.npi", "words": "1234567890: the check digit does not fit"}]
    assert told["missing"][0] == {"where": "patient.birth_date", "words": "The patient's date of birth."}
    assert told["given"]["orderer"] == {"npi": "1234567890"}
    assert told["determination"] is None
    (row,) = office.listed(state="held")["orders"]
    assert row["first"]["where"] == "orderer.npi"
    assert row["since_ms"] == row["received_ms"]
    assert row["lacks"] == len(told["faults"]) + len(told["missing"])


def test_the_office_completes_the_physician_signs_and_it_is_ready(office: OrderOffice) -> None:
    office.receives({**UNSIGNED, "days": 0})
    assert reason(office.signs()) == "missing"
    assert office.shown(office.physician)["may"]["why_not"].startswith("what is missing comes first")
    assert office.edits(UNSIGNED) is None
    assert office.shown(office.physician)["may"]["sign"]
    assert reason(office.signs(office.office)) == "permission"
    assert office.signs() is None
    told = office.shown()
    assert (told["state"], told["signature"]["name"], told["signature"]["ok"]) == ("ready", "Dr. Fib", True)
    assert told["signature"]["meaning"] == SIGNS_ORDER == told["meaning"]
    assert told["content"] == told["signature"]["content"]
    assert [one["words"] for one in told["log"]] == [
        "took an order in",
        "changed an order: version 2: days",
        "signed an order: Dr. Fib",
    ]
    assert reason(office.signs(office.colleague)) == "signed"


def test_an_edit_after_the_signature_makes_it_void_and_it_is_signed_again(office: OrderOffice) -> None:
    office.receives()
    office.signs()
    signed = office.shown()["order"]
    assert office.edits({**signed, "days": 14}, office.enrollment) is None
    told = office.shown()
    assert told["signature"] is None
    assert told["state"] == "held"
    assert told["void"]["name"] == "Dr. Fib"
    assert told["void"]["by"] == "Poe, Max"
    assert office.listed(state="held")["orders"][0]["void"]
    assert office.signs() is None
    assert office.shown()["void"] is None


def test_a_signature_needs_proof_for_exactly_this_order(office: OrderOffice) -> None:
    office.receives()
    content = office.order().content
    assert reason(office.ask(office.physician, "order.sign", order=1, content=content)) == "confirmation"
    assert reason(office.signs(staff=office.colleague.staff)) == "confirmation"
    assert reason(office.signs(content="0" * 64)) == "confirmation"
    assert reason(office.ask(office.physician, "order.sign", order=1, content="0" * 64)) == "content"
    assert office.order().state is State.HELD


def test_a_signature_that_was_tampered_with_does_not_hold(office: OrderOffice) -> None:
    office.receives()
    office.signs()
    record = office.order()
    assert record.signed is not None
    forged = replace(record, signed={**record.signed, "name": "Dr. Else"})
    office.house.books.orders.orders[1] = forged
    told = office.shown()["signature"]
    assert not told["ok"]
    assert told["reasons"] == ["the signature was changed after it was made"]


def test_no_form_brings_an_electronic_signature_with_it(office: OrderOffice) -> None:
    signature = {"name": "Dr. Fib", "at": "2023-11-14", "how": "electronic", "content": "0" * 64}
    office.receives({**UNSIGNED, "signature": signature})
    told = office.shown()
    assert told["faults"][0]["where"] == "signature.how"
    assert told["signature"] is None
    office.edits({**UNSIGNED, "signature": signature})
    assert office.shown()["faults"] == []
    assert office.shown()["signature"] is None


def test_a_paper_signature_is_of_a_paper_on_file(office: OrderOffice) -> None:
    office.receives()
    told: dict[str, Any] = {"order": 1, "name": "Dr. Fib", "at": "2023-11-01", "legible": False}
    refused = office.ask(office.office, "order.paper_signature", document="b" * 64, **told)
    assert isinstance(refused, NotFoundError)
    late = office.ask(office.office, "order.paper_signature", document=PAPER, **{**told, "at": "2099-01-01"})
    assert "is in the future" in str(late)
    office.must(office.office, "order.paper_signature", document=PAPER, **told)
    assert office.shown()["missing"][0]["where"] == "signature.legible"
    office.must(office.office, "order.paper_signature", document=PAPER, **{**told, "legible": True})
    assert office.shown()["state"] == "ready"
    assert office.shown()["signature"]["how"] == "paper"


def test_papers_that_are_not_on_file_are_named(office: OrderOffice) -> None:
    papers = [
        {"kind": "note", "name": "x", "sha256": PAPER},
        {"kind": "note", "name": "y", "sha256": "c" * 64},
    ]
    office.receives({**UNSIGNED, "documents": papers})
    told = office.shown()
    assert told["faults"] == [{"where": "documents[1].sha256", "words": "cccccccccccc… is not on file"}]
    assert [one["sha256"] for one in told["order"]["documents"]] == [PAPER]


def test_a_practice_sees_its_own_and_the_others_do_not_exist(office: OrderOffice) -> None:
    office.receives()
    center = office.receives(who=office.enrollment)
    assert office.order(center).practice is None
    for who, numbers in (
        (office.physician, [1]),
        (office.stranger, []),
        (office.enrollment, [2, 1]),
        (office.biller, [2, 1]),
        (office.auditor, [2, 1]),
        (office.supervisor, [2, 1]),
    ):
        assert [one["order"] for one in office.listed(who, state="all")["orders"]] == numbers
    for number in (1, center, 9):
        with pytest.raises(NotFoundError, match=f"there is no order {number}"):
            office.shown(office.stranger, number)
        refused = office.ask(office.stranger, "order.note", order=number, text="x")
        assert isinstance(refused, NotFoundError)
    with pytest.raises(RefusedError):
        office.listed(office.technician)
    assert reason(office.ask(office.biller, "order.note", order=1, text="x")) == "permission"


def test_an_order_of_the_center_is_given_to_a_practice(office: OrderOffice) -> None:
    number = office.receives(who=office.enrollment)
    with pytest.raises(NotFoundError):
        office.shown(office.physician, number)
    office.must(office.enrollment, "order.assign", order=number, practice=1)
    assert office.shown(office.physician, number)["practice"]["id"] == 1
    refused = office.ask(office.enrollment, "order.assign", order=number, practice=2)
    assert reason(refused) == "practice"
    assert isinstance(office.ask(office.enrollment, "order.assign", order=number, practice=9), NotFoundError)
    named = office.receives(who=office.enrollment, practice=2)
    assert office.order(named).practice == 2
    office.house.books.homes = {"1234567893": 1}
    assert office.order(office.receives(who=office.enrollment)).practice == 1


def test_the_center_gives_back_and_refuses_the_practice_withdraws(office: OrderOffice) -> None:
    for _ in range(3):
        office.receives(FULL)
    office.must(office.enrollment, "order.return", order=1, why="The NPI is of another physician.")
    told = office.shown()
    assert (told["state"], told["returned"]["by"]) == ("held", "Poe, Max")
    (row,) = office.listed(state="held")["orders"]
    assert row["first"] == {"where": "", "words": "Given back: The NPI is of another physician."}
    assert reason(office.ask(office.office, "order.refuse", order=2, why="x")) == "permission"
    office.must(office.enrollment, "order.refuse", order=2, why="We watch nobody there.")
    office.must(office.office, "order.withdraw", order=3, why="The patient does not want it.")
    assert office.listed(state="all")["counts"] == {
        "held": 1,
        "ready": 0,
        "enrolled": 0,
        "ended": 2,
        "returned": 1,
        "asked": 0,
    }
    assert [one["ended"] for one in office.listed(state="ended")["orders"]] == [
        "The patient does not want it.",
        "We watch nobody there.",
    ]
    assert reason(office.edits(FULL, number=2)) == "state"


def test_who_was_slower_is_told_and_loses_nothing(office: OrderOffice) -> None:
    office.receives()
    office.edits({**UNSIGNED, "days": 14})
    late = office.ask(office.enrollment, "order.edit", order=1, base=1, fields={**UNSIGNED, "days": 7})
    assert reason(late) == "changed"
    assert office.order().order.days == 14


def test_pages_of_the_worklist_follow_one_another(office: OrderOffice) -> None:
    for _ in range(5):
        office.receives()
    first = office.listed(limit="2")
    assert [one["order"] for one in first["orders"]] == [5, 4]
    second = office.listed(limit="2", below=str(first["next"]))
    assert [one["order"] for one in second["orders"]] == [3, 2]
    last = office.listed(limit="2", below=str(second["next"]))
    assert [one["order"] for one in last["orders"]] == [1]
    assert last["next"] is None
    with pytest.raises(InputError, match="state: want held, ready"):
        office.listed(state="lost")


def test_a_form_is_looked_at_while_it_is_typed_and_nothing_is_kept(office: OrderOffice) -> None:
    asked: list[tuple[Order, str]] = []

    def determine(order: Order, on: str, _earlier: object) -> dict[str, object]:
        asked.append((order, on))
        return {"outcome": "incomplete"}

    office.house.books.determine = determine

    def check(**form: Any) -> dict[str, Any]:
        params = {"id": "", "form": json.dumps(form)}
        return dict(office.house.room.ask(office.office, "order.check", params))

    told = check(order={**UNSIGNED, "days": -1})
    assert [one["where"] for one in told["faults"]] == ["days"]
    assert [one["where"] for one in told["missing"]] == ["days", "signature"]
    assert told["determination"] == {"outcome": "incomplete"}
    assert asked[-1][1] == told["date"] == "2023-03-02"
    assert check(order={}, date="2023-06-11")["date"] == "2023-06-11"
    assert check(order={})["date"] == "2023-11-14"
    for wrong in ({"order": {}, "date": "soon"}, {"order": {}, "when": ""}, {"order": 7}):
        with pytest.raises(InputError):
            check(**wrong)
    with pytest.raises(RefusedError):
        office.house.room.ask(office.technician, "order.check", {"form": "{}"})
    assert office.house.books.orders.orders == {}
    office.receives(FULL)
    assert office.shown()["determination"] == {"outcome": "incomplete"}


def test_every_version_is_read_from_the_journal(office: OrderOffice) -> None:
    office.receives()
    office.edits({**UNSIGNED, "days": 14})
    office.signs()
    look = office.house.room.look(office.office, "order_versions", {"id": "1"})
    assert look is not None
    assert list(look.subjects) == ["order 1"]
    told: dict[str, Any] = dict(look.read()())
    assert [(one["version"], one["order"]["days"]) for one in told["versions"]] == [(1, 30), (2, 14), (3, 14)]
    assert [one["changed"] for one in told["versions"]] == [[], ["days"], []]
    with pytest.raises(NotFoundError):
        office.house.room.look(office.stranger, "order_versions", {"id": "1"})


def test_after_a_start_orders_stand_where_they_stood(office: OrderOffice) -> None:
    office.receives()
    office.signs()
    office.house.room.desk.commit(enroll(office.house.books.orders, 1, 2, 5), "staff 8", office.now)
    before = office.house.books.orders
    office.house.room = office.house._opened()
    assert isinstance(office.house.room, DeskRoom)
    assert office.house.books.orders == before
    told = order_page.page(office.house.books, office.enrollment, office.order(), office.now)
    assert (told["state"], told["stream"], told["period"]) == ("enrolled", "s000002", 5)
    assert told["signature"]["ok"]


def test_who_orders_signs_and_nobody_else(office: OrderOffice) -> None:
    number = office.receives()
    error = office.signs(office.colleague, number)
    assert isinstance(error, RefusedError)
    assert (error.reason, office.order(number).state) == ("orderer", State.HELD)
    assert "Dr. Fib: who orders signs it, not Dr. Second" in error.detail
    assert office.signs(number=number) is None
