"""A desk with kits in stock and orders that are ready, on facts in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.center.desk_house import DeskHouse

from einthoven.answering import call_deeds, strip_deeds
from einthoven.answering.call import Line
from einthoven.base.deeds import CENTER
from einthoven.base.errors import EinthovenError
from einthoven.base.instants import Instant
from einthoven.base.layout import Layout, Lead
from einthoven.bootstrap.desk import Cards
from einthoven.center import service_office
from einthoven.center.desk_door import Who
from einthoven.center.desk_steps import Then
from einthoven.center.enroll import EnrollmentUnit, expire
from einthoven.center.ports import StreamEvent
from einthoven.enrollment import order_deeds
from einthoven.enrollment.order_read import strict
from einthoven.enrollment.order_states import Source
from einthoven.enrollment.periods import ServicePeriod

NPI = "1234567893"


def order_json(**change: Any) -> dict[str, Any]:
    """An order that lacks nothing."""
    order: dict[str, Any] = {
        "patient": {
            "name": "Doe, Jane",
            "birth_date": "1950-02-03",
            "sex": "female",
            "telephone": "+1 555 555 0100",
            "postal": {"street": "1 Main St", "city": "Springfield", "state": "NY", "zip": "12345"},
            "contacts": [{"name": "Doe, John", "telephone": "+1 555 555 0101", "relation": "husband"}],
        },
        "orderer": {
            "name": "Dr. Weber",
            "npi": NPI,
            "telephone": "+1 555 555 0102",
            "kind": "physician",
        },
        "payer": {"id": "medicare", "state": "NY"},
        "test": "telemetry",
        "indication": "infrequent-symptoms",
        "diagnoses": ["R55"],
        "setting": "home",
        "country": "US",
        "days": 14,
        "criteria": "center",
        "dated": "2023-01-10",
        "signature": {"name": "Dr. Weber", "at": "2023-01-10", "how": "paper", "legible": True},
    }
    return order | change


class ServiceHouse(DeskHouse):
    """Steps are written at once; a test may keep what follows back."""

    def __init__(self) -> None:
        super().__init__(patients=0)
        self.held: list[Callable[[], None]] | None = None
        self.begun: set[int] = set()
        self.expired: list[ServicePeriod] = []
        self.changed: list[int] = []
        self.hire("Enid", "enrollment")
        self.hire("Sam", "supervisor")
        self.hire("Thea", "technician")
        self._wire()

    def _wire(self) -> None:
        drawn = iter(f"{one * 271828 % 1_000_000:06}" for one in range(1, 10_000))
        self.books.draw = drawn.__next__
        self.room.desk.books.card = Cards(self.kept)
        self.room.desk.steps.apart = self._apart
        self.room.desk.steps.changed = self.changed.extend
        self.books.known = self.kept.of_person

    def kill(self) -> None:
        super().kill()
        self._wire()
        self.held = None
        drafts = service_office.unfinished(self.books, self.kept.ordered_periods())
        self.room.desk.commit(drafts, CENTER, self.clock.wall())

    def _apart(self, write: Callable[[EnrollmentUnit], Any], actor: str, at: Instant, then: Then) -> None:
        try:
            result, failed = self.kept.unit(write, actor, at), None
        except EinthovenError as error:
            result, failed = None, error
        if self.held is None:
            then(result, failed)
        else:
            self.held.append(lambda: then(result, failed))

    def sends(self, stream: int) -> None:
        """The transmitter has said what it sends: from now on it is a service."""
        layout = Layout(250.0, (Lead("II"), Lead("V1")))
        self.kept.declare_layout(stream, layout, stream, None, self.clock.wall())
        self.begun.add(stream)

    def is_open(self, stream: int) -> bool:
        facts = self.kept.stream(stream)
        return facts is not None and facts.open

    def look(self) -> None:
        """What follows by itself."""
        now, books, periods = self.clock.wall(), self.books, self.kept.open_periods()
        follow = service_office.followed(books, periods, self.is_open, self.begun.__contains__)
        self.room.desk.commit(follow, CENTER, now)
        self.room.desk.commit(service_office.stays(books, periods, self.is_open), CENTER, now)

    def minute(self) -> None:
        """What a center does every minute: what reached its limit ends, what follows of periods is told."""
        now, books = self.clock.wall(), self.books
        self.expired += expire(self.kept, now)
        periods = self.kept.open_periods()
        books.periods = {one.stream: one for one in periods}
        while made := service_office.codes(books, self.kept.recorders(), now):
            self.room.desk.commit(made, CENTER, now)
        told = [*service_office.endings(books, periods, now), *service_office.overs(books, self.expired)]
        self.room.desk.commit(told, CENTER, now)

    def act(self, act: str, *, by: int = 1, **fields: Any) -> Mapping[str, object]:
        """Do something; what is refused is raised."""
        return self.act_at_desk(by, act, fields)

    def begin_act(self, act: str, by: int = 1, **fields: Any) -> list[Any]:
        """The same for one whose answer is kept back."""
        told: list[Any] = []
        self.room.act(Who(by, by, "192.0.2.7"), act, fields, lambda made, error: told.append(error or made))
        return told

    def order(self, **change: Any) -> int:
        """A ready order; its number."""
        number = self.books.orders.next_order
        order = strict(order_json(**change), self.clock.wall())
        came = order_deeds.Came(Source.FORM)
        self._found(order_deeds.receive(self.books.orders, order, (), came))
        return number

    def kit(self, name: str = "T-1") -> str:
        """A kit in stock."""
        key = name.encode().hex().ljust(64, "0")
        self.act("kit.add", transmitter=name, rate_hz=250, leads=["II", "V1"], public_key=key)
        return name

    def enroll(self, number: int | None = None, kit: str = "T-1", **fields: Any) -> Mapping[str, object]:
        """Enroll under an order."""
        return self.act("order.enroll", order=number or self.order(), transmitter=kit, **fields)

    def by_telephone(self, number: int | None = None, **recorder: Any) -> Mapping[str, object]:
        """Enroll under an order for strips by telephone; the answer has the patient's code."""
        order = number or self.order(test="post-symptom")
        return self.act("order.enroll", order=order, telephone={"profile": "simulated", **recorder})

    def calls_with_strip(self, stream: int) -> None:
        """A strip came by telephone: the facts have its mark."""
        last = self.kept.last_event(stream)
        mark = StreamEvent(stream, last + 1, "mark", 0, self.clock.wall(), {"symptom": "palpitations"})
        self.kept.record_events([mark], lambda _error: None)

    def strip_of_call(self, stream: int, *, struck: bool) -> None:
        """A call of theirs with a strip that lies in their ECG; ``struck``: it counts for nothing."""
        book, now, by = self.books.calls, self.clock.wall(), 3
        number = book.next_call
        self._found(call_deeds.rang(book, Line.SIP, "+15555550100", "", "", now))
        self._found(call_deeds.take(book, number, by, by))
        self._found(call_deeds.tie(book, number, by, stream, "asked"))
        self._found(call_deeds.strip(book, number, 1, now, now, 7500, {"hz_per_mv": 100.0, "speed": 1}, []))
        self._found(call_deeds.placed(book, number, 1, stream, 0, 7500))
        if struck:
            self._found(strip_deeds.strike(book, number, 1, by, "a test", {}))

    def kinds(self) -> list[str]:
        """Kinds of all deeds."""
        return [deed.kind for deed in self.kept.journal.read(0, 10_000)]
