"""Orders at a paper center: real policies, papers on file in memory, people of every role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from tests.browser.signing_paper import SigningPaper
from tests.enrollment.test_order_read import FULL

from einthoven.base.errors import EinthovenError
from einthoven.base.instants import Instant, from_iso
from einthoven.billing.determine import determination_json, determine_order
from einthoven.billing.policy_told import payer_json
from einthoven.billing.service import Earlier
from einthoven.bootstrap.demo import POLICIES
from einthoven.bootstrap.policies import policies_of
from einthoven.center.desk_steps import Then
from einthoven.center.enroll import EnrollmentUnit, end_service, enroll
from einthoven.enrollment import kit_deeds, order_deeds
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_read import Fault, parse
from einthoven.enrollment.order_states import OrderRecord, Source
from einthoven.testing.facts_suite import request
from einthoven.testing.web import plain_layout

PDF = {"name": "order.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
"""A paper, as it is chosen on a page."""


class Shelf:
    """Documents in memory."""

    most = 10 << 20

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def put(self, content: bytes, _what: str) -> str:
        digest = sha256(content).hexdigest()
        self.held[digest] = content
        return digest

    def read(self, digest: str) -> tuple[bytes, str]:
        return self.held[digest], "application/pdf"


class OrderPaper(SigningPaper):
    """Practice 1 and everybody of it; the policies that come with the package answer."""

    def __init__(self, demo: bool = False, **doors: Any) -> None:
        super().__init__(demo=demo, **doors)
        if demo:
            self.signed.house.join("demo-physician", "physician")
            for deed in self.signed.house.facts.journal.read(self.signed.room.desk.record.number):
                self.signed.room.desk.record.replay([deed])
        self.shelf = Shelf()
        self.signed.access.documents = self.shelf
        books = self.signed.books
        books.on_file = self.shelf.held.__contains__
        books.determine, books.held = determined, held
        drawn = iter(f"{one * 271828 % 1_000_000:06}" for one in range(1, 10_000))
        books.draw = drawn.__next__
        books.known = self.signed.house.facts.of_person
        self.signed.room.desk.steps.apart = self._apart

    def _apart(self, write: Callable[[EnrollmentUnit], Any], actor: str, at: Instant, then: Then) -> None:
        """Transactions are carried out at once, on facts in memory."""
        try:
            result, failed = self.signed.house.facts.unit(write, actor, at), None
        except EinthovenError as error:
            result, failed = None, error
        then(result, failed)

    def stocks(self, *names: str) -> None:
        """Kits come into stock."""
        for name in names:
            key = sha256(name.encode()).digest()
            self.commit(
                lambda books, _now, name=name, key=key: kit_deeds.add(  # type: ignore[misc]
                    books.kits, name, plain_layout(), key, "Model 1", f"SN-{name}"
                )
            )

    def receives(self, *, without: Sequence[str] = (), faults: Sequence[Fault] = (), **change: Any) -> None:
        """An order of practice 1 comes, whole but for what it is without; with faults it is a message."""
        given = {key: one for key, one in (FULL | change).items() if key not in (*without, "documents")}

        def made(books: Any, now: int) -> list[Any]:
            order, found = parse(given, now)
            source = Source.HL7 if faults else Source.FORM
            came = order_deeds.Came(source, practice=1, given=given)
            return order_deeds.receive(books.orders, order, [*found, *faults], came)

        self.commit(made)

    def served(self, start: str, stop: str) -> None:
        """The patient of the order that ``receives`` makes had a service here."""
        facts, patient = self.signed.house.facts, FULL["patient"]
        body = request("T-90", patient["name"], birth_date=patient["birth_date"])
        began, ended = from_iso(f"{start}T15:00:00Z"), from_iso(f"{stop}T15:00:00Z")
        enroll(facts, body, began)
        self.sends(1, began)
        end_service(facts, 1, ended)

    def sends(self, stream: int, at: Instant = 0) -> None:
        """A transmitter has said what it sends: the period is a service."""
        self.signed.house.facts.declare_layout(stream, plain_layout(), stream, None, at)

    def order(self, number: int = 1) -> OrderRecord:
        """As it is on record."""
        return self.signed.books.orders.order(number)


def determined(order: Order, on: str, earlier: Sequence[Earlier]) -> dict[str, Any]:
    """What the shipped policies and that of the demo's payer say."""
    return determination_json(determine_order(order, date.fromisoformat(on), policies_of(POLICIES), earlier))


def held(order: Order, on: str) -> dict[str, Any]:
    """Which of them is that of the payer."""
    return payer_json(policies_of(POLICIES), order, date.fromisoformat(on))
