"""Calls at a real desk: its acts, its clocks and its refusals, with strips whose samples a test brings."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.browser.call_paper import heart, quality
from tests.browser.paper_center import STREAM
from tests.browser.signing_paper import SigningPaper
from tests.center.call_house import QUALITY, RATE

from einthoven.answering import call_deeds
from einthoven.answering.call import Call, Line
from einthoven.base.deeds import Draft
from einthoven.base.instants import DAY, SECOND
from einthoven.center.desk_books import PatientCard
from einthoven.enrollment.periods import ServicePeriod
from einthoven.review.facts import Symptom, symptom_fact

NAME, BORN = "Roe, Richard", "1951-03-09"


class CallDesk(SigningPaper):
    """Patient 17 has a service by telephone; the technician sits at desk 1."""

    def __init__(self) -> None:
        super().__init__()
        card = PatientCard(NAME, BORN, "+1 215 555 0142", number=1)
        self.signed.books.card = lambda _stream: card
        self.values: list[int] = []
        self.open = True
        self.center.app.router.routes[:0] = [
            Route("/api/telephone/{call:int}/strip/{strip:int}", self._strip, methods=["GET"]),
        ]

    def begins(self) -> None:
        """The service began five days ago, by the clock as it runs."""
        now = self.signed.clock.wall()
        period = ServicePeriod(1, 1, "telephone/17", STREAM, now - 5 * DAY, now + 25 * DAY)
        self.do(lambda: setattr(self.signed.books, "periods", {STREAM: period}))

    def sits(self, login: str = "technician") -> None:
        """Somebody's page at desk 1 is known."""
        body = {"person": self.signed.house.people[login], "station": 1, "address": "10.0.0.7"}
        self.commit(lambda _books, _now: [Draft("duty.began", f"staff {body['person']}", body)])

    def call(self, number: int) -> Call:
        """As it stands."""
        return self.signed.books.calls.call(number)

    def rings(self, caller: str = "+12155550142") -> int:
        """A call comes; its number."""
        number = self.signed.books.calls.next_call
        came = Line.SIP, caller, "+12155550100", f"trace-{number}"
        self.commit(lambda books, now: call_deeds.rang(books.calls, *came, now))
        return number

    def hangs_up(self, number: int) -> None:
        """The caller does."""
        self.commit(lambda books, now: call_deeds.hung(books.calls, number, "the caller hung up", now))

    def strip_begins(self, number: int) -> None:
        """A tone is heard."""
        self.values, self.open = [], True
        self.commit(lambda books, now: call_deeds.opened(books.calls, number, 1, now))

    def strip_ends(self, number: int, seconds: int) -> None:
        """It is complete, and goes where it belongs where that is known."""
        self.values, self.open = heart(seconds), False

        def made(books: Any, now: int) -> list[Draft]:
            times = now - seconds * SECOND, now, seconds * RATE
            return call_deeds.strip(books.calls, number, 1, *times, dict(QUALITY), [])

        self.commit(made)

    def places(self) -> None:
        """Strips whose patient is known go into the ECG, with a mark of the symptom."""
        books = self.signed.books
        for call, strip, stream in books.calls.to_place():
            began = books.periods[stream].started
            stop = (self.signed.clock.wall() - began) * RATE // SECOND
            start = stop - strip.samples
            lies = call.number, strip.number, stream, start, stop
            self.commit(lambda books, _now, lies=lies: call_deeds.placed(books.calls, *lies))  # type: ignore[misc]
            asked = call.asked
            mark = Symptom(asked.symptom, asked.severity, asked.activity, asked.text)
            fact = symptom_fact(stream, 1, began + start * SECOND // RATE, mark)
            self.do(lambda fact=fact: self.signed.room.desk.place(fact, self.signed.clock.wall()))  # type: ignore[misc]

    async def _strip(self, request: Request) -> Response:
        start = int(request.query_params.get("from", "0"))
        values = self.values[start:]
        told = {"strip": 1, "from": start, "total": len(self.values), "open": self.open, "unit": "uV"}
        told |= {"scale": 1, "values": values, "flags": [0] * len(values), "centre_hz": 1900.0, "speed": 1}
        closed = {} if self.open else {"quality": quality(len(self.values) // RATE), "analysed": True}
        return JSONResponse(told | closed)


__all__ = ["BORN", "NAME", "CallDesk"]
