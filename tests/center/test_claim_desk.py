"""What becomes of a claim at a running center after somebody let it out, when what it stands on changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.billing.claims import TODAY, at, order, profile, record
from tests.billing.test_claim_life import paid, remittance

from einthoven.answering import call_deeds, callers, strip_deeds
from einthoven.answering.call import Line
from einthoven.answering.call_book import CallBook
from einthoven.answering.callers import CallerBook
from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import RefusedError
from einthoven.base.instants import DAY, SECOND
from einthoven.billing import claim_amends as amends
from einthoven.billing import claim_answers as answers
from einthoven.billing import claim_deeds as life
from einthoven.billing.claim import Part
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_check import stamp
from einthoven.billing.claim_codes import HeldCodes
from einthoven.billing.claim_states import Kept, State
from einthoven.billing.family import derive
from einthoven.billing.service import Earlier, ServiceRecord
from einthoven.center.claim_desk import SETTLE, ClaimDesk
from einthoven.center.claim_ports import ClaimSource, Evidence
from einthoven.center.claim_posting import PORTION, parsed_of
from einthoven.center.desk import Desk
from einthoven.center.service_record import Stored

NOW = at(TODAY)
WHY = {"plans": "known", "icd10.known": "looked up"}


class House:
    """A center with one ended service; what is measured of it can change."""

    def __init__(self) -> None:
        self.book, self.now, self.record = ClaimBook(), NOW, record()
        self.deeds = 0
        orders = {number: SimpleNamespace(stream=stream) for number, stream in ((7, 1), (8, 2), (9, None))}
        held = SimpleNamespace(orders=orders)
        books = SimpleNamespace(
            claims=self.book,
            orders=held,
            callers=CallerBook(),
            calls=CallBook(),
            card=lambda _: SimpleNamespace(number=41),
        )
        desk = SimpleNamespace(books=books, commit=self.commit)
        self.desk = ClaimDesk(
            cast(Desk, desk), cast(ClaimSource, self), profile(), HeldCodes(), self.record.zone
        )

    def commit(self, drafts: list[Draft], actor: str, now: int) -> None:
        for draft in drafts:
            self.deeds += 1
            deed = Deed(self.deeds, now, actor, draft.kind, draft.subject, draft.body)
            self.book.apply(deed)
            self.desk.heard(deed)

    def ordered(self, _stream: int) -> bool:
        return True

    def evidence(self, _stored: Stored, _now: int) -> Evidence:
        measured: ServiceRecord = self.record
        on = date.fromisoformat(measured.last_day)
        return Evidence(measured, (7, order()), derive(measured, on))

    def determine(self, *_: Any) -> dict[str, Any]:
        return {"outcome": "covered", "summary": "every clause is met", "policy": {"id": "L34997"}}

    # ---- what is done ------------------------------------------------------------------------------------

    def told(self, kind: str, **body: Any) -> None:
        """Something happens, and what follows is done."""
        self.commit([Draft(kind, "stream 1", body)], "staff 3", self.now)

    def turn(self) -> None:
        self.now += SETTLE + SECOND
        while (number := self.desk.due(self.now)) is not None:
            prepared = self.desk.prepare(number, cast(Stored, None), self.now)
            self.desk.checked(prepared, [], self.now)

    def released(self) -> Kept:
        self.desk.ended([1], self.now)
        self.turn()
        kept = self.claim
        reasons = {one.rule: "known" for one in kept.checks if one.holds}
        self.commit(life.release(self.book, 1, kept.version, reasons), "staff 3", self.now)
        self.turn()
        assert self.claim.state is State.RELEASED
        return self.claim

    @property
    def claim(self) -> Kept:
        return self.book.claim(1)


def test_a_released_claim_of_a_wrong_patient_is_taken_back_by_itself() -> None:
    house = House()
    house.released()
    house.record = replace(house.record, patient="Roe, Richard")
    house.told("correction.applied", correction=1, stream=9, parts=[{"stream": 9}, {"stream": 1}])
    with pytest.raises(RefusedError, match="looked at again"):
        house.desk.file([1], house.now)
    house.turn()
    assert house.claim.state is State.HELD
    assert any("Roe, Richard was monitored" in one.words for one in house.claim.log)


def test_one_that_stands_in_a_file_is_marked_once() -> None:
    house = House()
    house.released()
    house.commit(house.desk.file([1], house.now), "staff 3", house.now)
    house.record = replace(house.record, in_us=False)
    for _ in range(2):
        house.told("period.ended", stream=1)
        house.turn()
    assert house.claim.state is State.FILED
    (due,) = house.claim.dues
    assert "outside the United States" in due.why
    assert (due.person, house.claim.due) == (False, due)
    # Somebody says that it stands: it is not asked again.
    house.commit(amends.stands(house.book, 1, "worn in Texas, the address is old"), "staff 3", house.now)
    house.told("period.ended", stream=1)
    house.turn()
    assert house.claim.due is None


def test_one_of_which_nothing_got_worse_stays_released() -> None:
    house = House()
    house.released()
    house.told("report.signed", stream=1)
    house.turn()
    assert house.claim.state is State.RELEASED
    assert len(house.desk.file([1], house.now)) == 1


def test_what_changed_while_the_center_stood_still_is_found_as_it_begins() -> None:
    house = House()
    house.released()
    house.record = replace(house.record, patient="Roe, Richard")
    house.desk = ClaimDesk(house.desk.desk, house.desk.source, profile(), HeldCodes(), house.record.zone)
    house.now += DAY
    house.turn()
    assert house.claim.state is State.HELD
    assert house.claim.part is Part.TECHNICAL


@pytest.mark.parametrize(
    ("number", "looked"),
    [(7, True), (8, False), (9, False), (99, False)],
    ids=["its own", "another service's", "of no service yet", "unknown"],
)
def test_an_order_moves_claims_of_its_own_service_alone(number: int, looked: bool) -> None:
    house = House()
    house.desk.ended([1], house.now)
    house.turn()
    house.told("order.noted", order=number, text="call back on Monday")
    assert (house.desk.due(house.now + SETTLE + SECOND) == 1) is looked


def test_a_check_that_was_passed_over_and_says_something_else_is_asked_again() -> None:
    house = House()
    house.record = replace(house.record, plans=(("quality", 1),))
    kept = house.released()
    assert "plans" in dict(kept.over)
    house.told("report.signed", stream=1)
    house.turn()
    assert house.claim.state is State.RELEASED
    house.record = replace(house.record, plans=())
    house.told("report.signed", stream=1)
    house.turn()
    assert house.claim.state is State.HELD
    assert house.claim.over == ()


def test_what_was_looked_at_is_what_is_released() -> None:
    house = House()
    house.record = replace(house.record, plans=(("quality", 1),))
    house.desk.ended([1], house.now)
    house.turn()
    seen = stamp(house.claim.checks)
    house.record = replace(house.record, plans=())
    house.told("report.signed", stream=1)
    house.turn()
    with pytest.raises(RefusedError, match="what the checks say changed meanwhile"):
        life.release(house.book, 1, 1, WHY, seen)
    assert life.release(house.book, 1, 1, WHY, stamp(house.claim.checks))


def test_a_later_service_puts_nothing_of_a_paid_one_right() -> None:
    house = House()
    house.released()
    house.commit(house.desk.file([1], house.now), "staff 3", house.now)
    house.commit(answers.take(house.book, remittance(paid()), "d", "x"), "staff 3", house.now)
    house.record = replace(house.record, earlier=(Earlier("2023-02-20", "2023-02-25", "telemetry"),))
    house.told("period.ended", stream=1)
    house.turn()
    assert (house.claim.state, house.claim.dues) == (State.PAID, ())
    assert any("once in 30 days" in one.words for one in house.claim.log)


def test_of_another_s_claim_the_right_one_is_proposed_and_waits_until_it_is_undone() -> None:
    house = House()
    house.released()
    house.commit(house.desk.file([1], house.now), "staff 3", house.now)
    house.commit(answers.take(house.book, remittance(paid()), "d", "x"), "staff 3", house.now)
    house.record = replace(house.record, patient="Roe, Richard")
    why = "correction 1: Roe, Richard was monitored"
    house.commit(amends.another_s(house.claim, why, TODAY), "center", house.now)
    house.told("correction.applied", correction=1, stream=1)
    for _ in range(3):
        house.desk.ended([1], house.now)
        house.turn()
    assert sorted(house.book.claims) == [1, 2, 3]  # the second is the professional part
    right = house.book.claim(3)
    assert right.state is State.HELD
    stops = {one.rule: one.words for one in right.checks if one.stops}
    assert stops["alone"] == "claim 1 for it is paid"
    house.commit(amends.owe(house.book, 1, 50000, TODAY, why, TODAY), "staff 3", house.now)
    house.commit(amends.pay_back(house.book, 1, TODAY, "check 12", TODAY), "staff 3", house.now)
    house.turn()
    assert "alone" not in {one.rule for one in house.book.claim(3).checks if one.stops}
    assert house.claim.state is State.REFUNDED


def test_a_large_file_goes_on_record_in_portions_and_taken_in_again_after_a_crash_is_whole() -> None:
    house = House()
    told = tuple(paid(number) for number in range(1, 2 * PORTION + 51))
    parsed = parsed_of("era.835", [remittance(*told)])
    house.desk.came("d1", parsed)
    house.commit(house.desk.take("d1", "staff 3"), "staff 3", house.now)
    assert house.book.remits[1].posted == PORTION
    assert house.desk.post(house.now)
    # The center stops here; its memory is gone, the book is not.
    house.desk = ClaimDesk(house.desk.desk, house.desk.source, profile(), HeldCodes(), house.record.zone)
    assert not house.desk.post(house.now)
    assert (house.book.remits[1].posted, house.book.remits[1].answers) == (2 * PORTION, len(told))
    house.desk.came("d1", parsed)
    house.commit(house.desk.take("d1", "staff 3"), "staff 3", house.now)
    assert not house.desk.post(house.now)
    assert house.book.remits[1].posted == len(told) == len(house.book.unmatched)
    house.desk.came("d1", parsed)
    assert house.desk.take("d1", "staff 3") == []


def test_two_payments_in_one_file_go_on_record_one_after_the_other() -> None:
    house = House()
    house.desk.came("d1", parsed_of("era.835", [remittance(paid()), remittance(paid(2), number="T2")]))
    house.commit(house.desk.take("d1", "staff 3"), "staff 3", house.now)
    while house.desk.post(house.now):
        pass
    assert [one.trace for one in house.book.remits.values()] == ["T1", "T2"]


@pytest.mark.parametrize(("patient", "looked"), [(41, True), (42, False)], ids=["theirs", "another's"])
def test_what_a_hospital_says_moves_claims_of_its_patient_alone(patient: int, looked: bool) -> None:
    house = House()
    house.desk.ended([1], house.now)
    house.turn()
    house.told("hospital.told", patient=patient)
    assert (house.desk.due(house.now + SETTLE + SECOND) == 1) is looked


# ---- strips by telephone -----------------------------------------------------------------------------------


class Telephoned(House):
    """A center with one ended service by telephone, and its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.books = cast(Any, self.desk.desk.books)
        self._tell([callers.told(1, "271828", ("+15555550100",), "")])
        self.record = replace(self.record, telephone=True, strips=1, looped=1, exclusive=None)

    def _tell(self, drafts: list[Draft]) -> None:
        for draft in drafts:
            self.deeds += 1
            deed = Deed(self.deeds, self.now, "staff 3", draft.kind, draft.subject, draft.body)
            self.books.callers.apply(deed)
            self.books.calls.apply(deed)
            self.desk.heard(deed)

    def strip(self) -> None:
        """A call with a strip in the patient's ECG."""
        book = self.books.calls
        self._tell(call_deeds.rang(book, Line.SIP, "+15555550100", "1", "", self.now))
        self._tell(call_deeds.take(book, 1, 3, 1))
        self._tell(call_deeds.tie(book, 1, 3, 1, "asked"))
        self._tell(
            call_deeds.strip(book, 1, 1, self.now, self.now, 7500, {"hz_per_mv": 100.0, "speed": 1}, [])
        )
        self._tell(call_deeds.placed(book, 1, 1, 1, 0, 7500))

    def strike(self) -> None:
        self._tell(strip_deeds.strike(self.books.calls, 1, 1, 3, "a test", {}))
        self.record = replace(self.record, strips=0, struck=1, looped=0)


def test_strips_by_telephone_make_one_technical_claim() -> None:
    house = Telephoned()
    house.strip()
    house.desk.ended([1], house.now)
    house.turn()
    assert [(one.part, one.claim.lines[0].code) for one in house.book.claims.values() if one.claim] == [
        (Part.TECHNICAL, "93271")
    ]


def test_where_no_strip_counts_no_claim_is_proposed_and_one_that_is_asked_for_says_why() -> None:
    house = Telephoned()
    house.desk.ended([1], house.now)
    house.strip()
    house.strike()
    house.desk.ended([1], house.now)
    assert house.book.claims == {}
    house.commit(life.want(house.book, 1, Part.TECHNICAL), "staff 3", house.now)
    house.turn()
    (why,) = (one for one in house.claim.checks if one.rule == "family")
    assert why.stops
    assert "no service was rendered" in why.words


def test_a_strip_that_is_struck_takes_a_released_claim_back() -> None:
    house = Telephoned()
    house.strip()
    house.released()
    house.strike()
    house.turn()
    assert house.claim.state is State.HELD
    assert any("no service was rendered" in one.words for one in house.claim.log)
