"""A desk at which periods turn out to be other people's: three patients, two practices, enrollment."""

from __future__ import annotations

from typing import Any

from tests.center.report_house import ReportOffice

from einthoven.base.errors import EinthovenError
from einthoven.base.instants import DAY, HOUR, MINUTE
from einthoven.bootstrap.desk import Cards
from einthoven.center.correction_desk import CorrectionDesk
from einthoven.center.desk_door import Who
from einthoven.center.enroll import end_service, enroll
from einthoven.enrollment.corrections import Correction, Item, Work
from einthoven.testing.facts_suite import request

NPI = "1234567893"


class CorrectionOffice(ReportOffice):
    """Doe and Roe of the Heart practice; Poe, whose period is over, of nobody's. Doe has worn one a day."""

    def __init__(self) -> None:
        super().__init__()
        self.clerk = self.sit("Hu, Lin", "enrollment")
        kept = self.house.kept
        physician = {"name": "Dr. Fib", "npi": NPI, "telephone": "+1 555 0100"}
        for number, name in enumerate(("Doe, Jane", "Roe, Rae", "Poe, Pat"), 1):
            body = request(f"T-{number}", name, birth_date=f"195{number}-01-01", physician=physician)
            enroll(kept, body, self.now - DAY)
        end_service(kept, 3, self.now - HOUR)
        self.begin_corrections()

    def begin_corrections(self) -> None:
        """As at a start of the center."""
        books, cards = self.house.books, Cards(self.house.kept)
        books.card = cards

        def changed(streams: Any) -> None:
            for stream in streams:
                cards.forget(stream)
                card = cards(stream)
                books.notify.plans.orders[stream] = (card.physician, card.physician_telephone, "UTC")

        self.corrections = CorrectionDesk(
            self.house.room.desk, self.house.kept, self.house.kept.journal, changed
        )
        books.people, books.correcting = self.house.kept, self.corrections.troubles

    def carry_out(self) -> int:
        """Everything that is confirmed; how much was done."""
        done = 0
        while (job := self.corrections.next(self.now)) is not None:
            number, work = job
            try:
                work()(self.corrections, self.now)
            except (EinthovenError, OSError) as error:
                self.corrections.failed(number, error)
            done += 1
            assert done < 50
        return done

    def corrects(self, who: Who | None = None, **fields: Any) -> int:
        """Somebody says so; the number of the correction."""
        told = {"stream": "s000001", "why": "the kits were mixed up at the counter"} | fields
        return int(self.must(who or self.clerk, "patient.correct", **told)["correction"])

    def corrected(self, **fields: Any) -> Correction:
        """Said, confirmed by the supervisor, carried out."""
        number = self.corrects(**fields)
        self.must(self.supervisor, "patient.correct_confirm", correction=number)
        assert self.carry_out() >= 1
        return self.correction(number)

    def correction(self, number: int = 1) -> Correction:
        return self.house.books.corrections.correction(number)

    def items(self, number: int = 1, kind: str = "") -> list[Item]:
        found = self.house.books.corrections.items_of(self.correction(number))
        return [one for one in found if kind in ("", one.kind)]

    def open_items(self) -> list[Item]:
        return [one for one in self.house.books.corrections.items.values() if one.state is Work.OPEN]

    def issued(self, number: int = 1) -> None:
        """A report is written, signed and lies in the inbox."""
        assert self.write(self.physician, number=number) is None
        assert self.signs(self.physician, number=number) is None
        self.work()
        self.later(MINUTE / 1e9)
