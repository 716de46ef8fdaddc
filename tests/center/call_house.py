"""A center that is telephoned: patients without a transmitter, technicians at stations, virtual time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.center.desk_house import DeskHouse

from einthoven.answering import call_deeds
from einthoven.answering.call import Call, Line
from einthoven.base.deeds import Draft
from einthoven.base.errors import RefusedError
from einthoven.base.instants import DAY, SECOND, Instant
from einthoven.center.desk_books import PatientCard
from einthoven.center.desk_door import Who
from einthoven.enrollment.periods import ServicePeriod
from einthoven.review.facts import FindingFact, Symptom, symptom_fact
from einthoven.testing.web import EPOCH

DOE, ROE = 1, 2
RATE = 250
CARDS = {
    DOE: PatientCard("Doe, Jane", "1950-02-03", "+1 555 555 0100", number=1),
    ROE: PatientCard("Roe, Richard", "1948-05-06", "+1 555 555 0200", number=2),
}
QUALITY: Mapping[str, Any] = {"snr_db": 24.5, "gap": 0.0, "speed": 1, "hz_per_mv": 100.0, "polarity": 1}


class CallHouse(DeskHouse):
    """Two patients whose strips come by telephone."""

    def __init__(self) -> None:
        super().__init__(patients=0)
        self.anna = self.hire("Anna")
        self.ben = self.hire("Ben")
        self.sara = self.hire("Sara", "supervisor")
        self._wire()
        self.marks = 0

    def _wire(self) -> None:
        self.books.card = lambda stream: CARDS.get(stream, PatientCard(""))
        self.books.periods = {
            stream: ServicePeriod(
                stream, stream, f"telephone/{stream}", stream, EPOCH - 5 * DAY, EPOCH + 25 * DAY
            )
            for stream in CARDS
        }

    def kill(self) -> None:
        super().kill()
        self._wire()

    @property
    def now(self) -> Instant:
        return self.clock.wall()

    def tell(self, drafts: list[Draft]) -> None:
        """What the room of calls tells of itself."""
        self._found(drafts)

    def rings(self, caller: str = "+15555550100", line: Line = Line.SIP) -> int:
        """A call comes; its number."""
        number = self.books.calls.next_call
        self.tell(
            call_deeds.rang(self.books.calls, line, caller, "+15555559999", f"trace-{number}", self.now)
        )
        return number

    def hangs_up(self, number: int) -> None:
        """The caller does."""
        self.tell(call_deeds.hung(self.books.calls, number, "the caller hung up", self.now))

    def call(self, number: int) -> Call:
        """As it stands."""
        return self.books.calls.call(number)

    def strip(self, number: int, seconds: int = 30, **quality: Any) -> int:
        """A strip comes and is complete; its number."""
        book, strip = self.books.calls, len(self.call(number).strips) + 1
        self.tell(call_deeds.opened(book, number, strip, self.now - seconds * SECOND))
        told = {**QUALITY, **quality}
        times = (self.now - seconds * SECOND, self.now, seconds * RATE)
        self.tell(call_deeds.strip(book, number, strip, *times, told, []))
        return strip

    def place(self) -> None:
        """What the room does with strips whose patient is known: into the ECG, with a mark of the symptom."""
        book = self.books.calls
        for call, strip, stream in book.to_place():
            started = self.books.periods[stream].started
            stop = (self.now - started) * RATE // SECOND
            start = stop - strip.samples
            self.tell(call_deeds.placed(book, call.number, strip.number, stream, start, stop))
            self.marks += 1
            at = started + start * SECOND // RATE
            asked = call.asked
            mark = Symptom(asked.symptom, asked.severity, asked.activity, asked.text)
            self.tell_fact(symptom_fact(stream, self.marks, at, mark))

    def tell_fact(self, fact: FindingFact) -> None:
        """A finding or mark comes to the desk."""
        self.room.desk.place(fact, self.now)

    def act(self, act: str, *, by: int = 0, **fields: Any) -> Mapping[str, object]:
        """Do something at one's own station; what is refused is raised."""
        return self.act_at_desk(by or self.anna, act, fields)

    def ask(self, what: str, by: int = 0, **params: str) -> Mapping[str, Any]:
        """A question."""
        person = by or self.anna
        return self.room.ask(Who(person, person, "192.0.2.7"), what, params)

    def kinds(self) -> list[str]:
        """Kinds of the deeds about calls, in order."""
        return [deed.kind for deed in self.kept.journal.read() if deed.kind.startswith("telephone.")]

    def entity(self, number: int) -> Any:
        """As pages are told of it."""
        return self.room.desk.news.get(f"telephone:{number}")


def house() -> CallHouse:
    made = CallHouse()
    made.seat(made.anna)
    made.seat(made.ben)
    made.run(1)
    return made


def refused(reason: str) -> Any:
    """A refusal with this reason."""
    return pytest.raises(RefusedError, check=lambda error: error.reason == reason)


def closable(center: CallHouse, stream: str = "s000001") -> int:
    """A call with a strip in a patient's ECG, whose line is down."""
    number = center.rings()
    center.act("telephone.take", call=number)
    center.strip(number)
    center.act("telephone.tie", call=number, stream=stream)
    center.place()
    center.run(1)
    center.act("telephone.hang", call=number)
    return number


def judge(center: CallHouse, number: int, strip: int = 1) -> int:
    """The case of a strip is judged; its number."""
    case: int = center.entity(number)["strips"][strip - 1]["cases"][0]
    center.act("case.take", case=case)
    center.act("case.verdict", case=case, verdict="not_meeting")
    return case
