"""An order whose service turned out to be somebody else's: it says so where it is read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.center.correction_house import CorrectionOffice
from tests.center.service_house import order_json
from tests.center.test_desk_criteria import reason

from einthoven.base.errors import EinthovenError, InputError
from einthoven.base.ids import StreamId
from einthoven.center import dossier, order_page
from einthoven.center.desk_books import MOVED
from einthoven.center.open_record import Asking, OpenRecord
from einthoven.enrollment import order_deeds
from einthoven.enrollment.order_read import strict
from einthoven.enrollment.order_states import OrderRecord, Source, State
from einthoven.interop.fhir_search import wanted


def written(office: CorrectionOffice, name: str, born: str = "1951-01-01") -> OrderRecord:
    """An order for somebody, which is ready."""
    books = office.house.books
    number = books.orders.next_order
    made = strict(
        order_json(patient={**order_json()["patient"], "name": name, "birth_date": born}), office.now
    )
    office.house._found(order_deeds.receive(books.orders, made, (), order_deeds.Came(Source.FORM)))
    return books.orders.order(number)


def ordered(office: CorrectionOffice, name: str, stream: int = 1) -> OrderRecord:
    """An order for somebody, under which a stream began."""
    books = office.house.books
    number = written(office, name, f"195{stream}-01-01").number
    office.house._found(order_deeds.enroll(books.orders, number, StreamId(stream), stream))
    return books.orders.order(number)


def place(office: CorrectionOffice, order: int, stream: str, **fields: Any) -> EinthovenError | None:
    given = {"order": order, "stream": stream, "why": "it was written for her in August"} | fields
    return office.ask(office.clerk, "order.place", **given)


def offered(office: CorrectionOffice, order: int) -> object:
    books = office.house.books
    return order_page.page(books, office.clerk, books.orders.order(order), office.now)["place"]


@pytest.mark.parametrize(("name", "strange"), [("Doe, Jane", True), ("Poe, Pat", False)])
def test_it_says_so_wherever_it_is_read(name: str, strange: bool) -> None:
    office = CorrectionOffice()
    books = office.house.books
    record = ordered(office, name)
    assert not books.strange(record)
    office.corrected(to=3)
    told = order_page.page(books, office.clerk, record, office.now)
    assert (told["moved"], told["stream"]) == ((MOVED, None) if strange else ("", "s000001"))
    requests = OpenRecord(
        "Boston",
        office.house.kept,
        orders=lambda: [record],
        moved=lambda one: MOVED if books.strange(one) else "",
    )
    (found,) = requests.search(wanted("ServiceRequest", []), Asking(lambda _stream: True, everybody=True))
    subject = found.resource["subject"]["reference"]
    if strange:
        assert (found.resource["status"], subject, found.streams) == ("on-hold", "#patient", ())
        assert found.resource["note"][0]["text"] == MOVED
    else:
        assert (found.resource["status"], subject, found.streams) == ("active", "Patient/p3", (1,))


def test_a_correction_of_a_correction_gives_the_order_back() -> None:
    office = CorrectionOffice()
    record = ordered(office, "Doe, Jane")
    office.corrected(to=3)
    assert office.house.books.strange(record)
    office.corrected(to=1)
    assert not office.house.books.strange(record)


def test_the_record_of_the_right_person_holds_no_order_of_the_wrong_one() -> None:
    office = CorrectionOffice()
    ordered(office, "Doe, Jane")
    matter: Any = SimpleNamespace(books=office.house.books, record=SimpleNamespace(stream=1))
    get = dossier.Matter.order.fget  # type: ignore[attr-defined]
    assert get(matter).number == 1
    office.corrected(to=3)
    assert get(matter) is None


def test_an_order_of_the_right_person_is_put_under_the_service() -> None:
    office = CorrectionOffice()
    orders = office.house.books.orders
    ordered(office, "Doe, Jane")
    right = written(office, "Poe, Pat", "1953-01-01").number
    assert reason(place(office, right, "s000001")) == "not_theirs"  # it is Doe's still
    assert offered(office, right) == []
    office.corrected(to=3)
    assert offered(office, right) == ["s000001"]
    assert place(office, right, "s000001") is None
    found = orders.of_stream(StreamId(1))
    assert found is not None
    assert (found.number, found.state, found.period) == (right, State.ENROLLED, 1)
    assert found.log[-1].words == "it was written for her in August"
    assert office.house.books.strange(orders.order(1))
    assert offered(office, right) == offered(office, 1) == []
    assert reason(place(office, right, "s000001")) == "not_theirs"  # it has one of theirs now


def test_orders_of_two_who_were_mistaken_for_one_another_change_places() -> None:
    office = CorrectionOffice()
    books = office.house.books
    ordered(office, "Doe, Jane", 1)
    ordered(office, "Roe, Rae", 2)
    office.corrected(swap="s000002")
    assert [offered(office, number) for number in (1, 2)] == [["s000002"], ["s000001"]]
    for number, stream in ((1, "s000002"), (2, "s000001")):
        assert place(office, number, stream) is None
    served = [books.orders.of_stream(StreamId(stream)) for stream in (1, 2)]
    assert [one.number for one in served if one is not None] == [2, 1]
    assert not any(books.strange(one) for one in served)
    assert books.orders.counts[State.ENROLLED] == 2


@pytest.mark.parametrize(
    ("name", "born", "state"),
    [
        ("Poe, Pat", "1953-01-02", "another birth date"),
        ("Poe, Paula", "1953-01-01", "another name"),
        ("Poe, Pat", "1953-01-01", "given back"),
    ],
)
def test_an_order_that_is_not_theirs_or_waits_is_put_under_nothing(name: str, born: str, state: str) -> None:
    office = CorrectionOffice()
    ordered(office, "Doe, Jane")
    number = written(office, name, born).number
    if state == "given back":
        assert office.ask(office.clerk, "order.return", order=number, why="which leads?") is None
    office.corrected(to=3)
    assert reason(place(office, number, "s000001")) == "not_theirs"


def test_only_those_who_correct_put_orders_under_services_and_say_why() -> None:
    office = CorrectionOffice()
    ordered(office, "Doe, Jane")
    number = written(office, "Poe, Pat", "1953-01-01").number
    office.corrected(to=3)
    for who in (office.technician, office.physician, office.auditor):
        given = {"order": number, "stream": "s000001", "why": "x"}
        assert reason(office.ask(who, "order.place", **given)) == "permission"
    with pytest.raises(InputError, match="why"):
        raise place(office, number, "s000001", why=" ") or AssertionError("it was taken")
