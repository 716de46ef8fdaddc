"""A center knows the earlier services of an order's patient from its own facts on disk, without a search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.center.service_house import order_json

from einthoven.base.deeds import Deed
from einthoven.base.instants import DAY, HOUR, from_iso
from einthoven.billing.shipped import shipped
from einthoven.bootstrap.policies import Register
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.enroll import end_service, enroll
from einthoven.center.patient_notes import note
from einthoven.edges.store import facts_rows as rows
from einthoven.edges.store.facts import Facts
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_read import strict
from einthoven.testing.facts_suite import LAYOUT, request

BEGAN = from_iso("2023-02-11T02:00:00Z")
"""Still the 10th in New York."""


class Center:
    """Books and facts of a center, of which a register is made."""

    def __init__(self, folder: Path) -> None:
        path = folder / "facts.sqlite"
        self.facts = Facts(path, BEGAN)
        self.books = Books(lambda _stream: PatientCard(""), zone="America/New_York")
        self.register = Register(self.books, shipped(), path)

    def close(self) -> None:
        self.register.close()
        self.facts.close()


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    made = Center(tmp_path)
    yield made
    made.close()


def ordered() -> Order:
    told = {"payer": {"id": "medicare", "state": "PA"}, "statements": {"new_symptoms": {"answer": True}}}
    return strict(order_json(**told), BEGAN)


def test_a_service_on_record_is_counted_in_days_of_the_center_and_told_with_its_place(center: Center) -> None:
    assert center.register.earlier(ordered(), None) == ()
    enroll(center.facts, request(birth_date="1950-02-03"), BEGAN)
    assert [one.words for one in center.register.earlier(ordered(), None)] == ["telemetry 2023-02-10 on"]
    end_service(center.facts, 1, BEGAN + HOUR)
    assert center.register.earlier(ordered(), None) == ()  # no sample ever came
    enroll(center.facts, request("T-2", birth_date="1950-02-03"), BEGAN)
    center.facts.declare_layout(2, LAYOUT, 7, None, BEGAN)
    end_service(center.facts, 2, BEGAN + 5 * DAY)
    (one,) = center.register.earlier(ordered(), None)
    assert (one.first_day, one.last_day) == ("2023-02-10", "2023-02-15")
    assert one.where == "register of this center, s000002"
    assert center.books.determine is not None
    told = center.books.determine(ordered(), "2023-03-02", [one])
    assert "a second service within 30 days" in str(told["summary"])


def test_a_practice_is_told_of_its_own(center: Center) -> None:
    enroll(center.facts, request(birth_date="1950-02-03"), BEGAN)
    assert center.register.earlier(ordered(), 1) == ()
    for draft in note(center.books.notes, 1, {"practice": 1}):
        center.books.notes.apply(Deed(1, BEGAN, "staff 1", draft.kind, draft.subject, draft.body))
    assert len(center.register.earlier(ordered(), 1)) == 1
    assert center.register.earlier(ordered(), 2) == ()


def test_nothing_of_it_is_searched_through(center: Center) -> None:
    sql = (
        f"EXPLAIN QUERY PLAN SELECT {rows.KNOWN_COLUMNS} WHERE p.patient IN "
        "(SELECT id FROM patient WHERE name_key = ? AND birth_date = ? AND birth_date <> '' "
        "UNION SELECT ?) ORDER BY p.started, p.id"
    )
    plan = [str(row[-1]) for row in center.facts.reader.ask(sql, "doe", "1950-02-03", 0)]
    assert not [one for one in plan if one.startswith("SCAN") and "CONSTANT" not in one], plan


def test_the_policy_of_the_payer_is_told(center: Center) -> None:
    assert center.books.held is not None
    assert center.books.held(ordered(), "2023-03-02")["held"] == "yes"
    assert center.register.today(BEGAN) == center.books.today(BEGAN)
