"""The life of a claim, against a second table taken from the page, and against whatever may be tried."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.billing.claims import claim, context

from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import InputError, OursError, RefusedError
from einthoven.billing import claim_answers as answers
from einthoven.billing import claim_book as kinds
from einthoven.billing import claim_deeds as life
from einthoven.billing.claim import Claim, Part, to_json
from einthoven.billing.claim_amended import after
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_check import Check, Outcome, Weight
from einthoven.billing.claim_rules import check
from einthoven.billing.claim_states import TRANSITIONS, Event, Kept, State, claim_id, claim_number
from einthoven.billing.remittance import (
    Adjustment,
    Answer,
    PaidLine,
    Remittance,
    deadline,
    imbalance,
    outcome,
)
from einthoven.billing.remittance import Outcome as Came

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"


def test_the_table_is_that_of_the_page() -> None:
    told = PAGE.read_text().partition("<!-- transitions -->")[2].partition("\n\n#")[0]
    rows = set()
    for line in re.findall(r"^\| `([^|]+)` \| ([^|]+) \| `([^|`]+)` \|$", told, re.M):
        for state in re.split(r"`, `", line[0]):
            rows.add((State(state), Event(line[1].strip()), State(line[2])))
    assert rows == {(state, event, to) for (state, event), to in TRANSITIONS.items()}


class Office:
    """A book, and what is done with it; every deed is applied to a second book that is read back."""

    def __init__(self) -> None:
        self.book, self.deeds, self.now = ClaimBook(), list[Deed](), 0

    def do(self, drafts: list[Draft]) -> list[str]:
        for draft in drafts:
            self.now += 1
            deed = Deed(self.now, self.now, "staff 3", draft.kind, draft.subject, draft.body)
            self.deeds.append(deed)
            self.book.apply(deed)
        return [draft.kind for draft in drafts]

    def want(self, stream: int = 1, part: Part = Part.TECHNICAL) -> int:
        number = self.book.next_claim
        self.do(life.want(self.book, stream, part))
        return number

    def check(self, number: int, *checks: Check, made: Claim | None = None) -> None:
        kept = self.book.claim(number)
        content = made or kept.claim or claim()
        told = checks or (PASSED,)
        self.do(life.checked(kept, content, told, (), {"first_day": "2023-03-01"}))

    def ready(self, stream: int = 1) -> int:
        number = self.want(stream)
        self.check(number)
        return number

    def filed(self, *streams: int) -> list[int]:
        numbers = [self.ready(stream) for stream in streams or (1,)]
        for number in numbers:
            self.do(life.release(self.book, number, 1, {}))
        found = life.to_file(self.book, numbers)
        self.do(life.file(self.book, found, "ISA"))
        return numbers

    def state(self, number: int = 1) -> State:
        return self.book.claim(number).state


def one(outcome_: Outcome = Outcome.MET, weight: Weight = Weight.STOP, rule: str = "x") -> Check:
    return Check(rule, "title", outcome_, weight, "words", "", "source", "I")


PASSED = one()
STOPS = one(Outcome.NOT_MET)
REASON = one(Outcome.NOT_DOCUMENTED, Weight.REASON, "y")


def paid(number: int = 1, cents: int = 50000, **change: Any) -> Answer:
    off = Adjustment("CO", "45", 65000 - cents)
    made = Answer(claim_id(number), "1", 65000, cents, adjustments=(off,))
    return Answer(**{name: getattr(made, name) for name in made.__slots__} | change)


def remittance(*answers: Answer, **change: Any) -> Remittance:
    told = {
        "payer": "Medicare",
        "number": "T1",
        "day": "2023-05-01",
        "cents": 50000,
        "answers": answers,
    } | change
    return Remittance("835", **told)


# ---- going out ---------------------------------------------------------------------------------------------


def test_a_claim_that_passes_is_released_filed_handed_in_and_paid() -> None:
    office = Office()
    (number,) = office.filed()
    assert (number, office.state()) == (1, State.FILED)
    office.do(life.sent(office.book, 1))
    assert office.state() is State.SENT
    assert life.sent(office.book, 1) == []
    office.do(answers.take(office.book, remittance(paid()), "d1", "era.835"))
    kept = office.book.claim(1)
    assert (kept.state, kept.paid) == (State.PAID, 50000)
    assert "paid: 500.00 of 650.00" in kept.log[-1].words


def test_a_hard_check_stops_whatever_is_said() -> None:
    office = Office()
    number = office.want()
    office.check(number, STOPS, REASON)
    assert office.state() is State.HELD
    with pytest.raises(RefusedError) as error:
        life.release(office.book, number, 1, {"x": "because", "y": "because"})
    assert error.value.reason == "stopped"


@pytest.mark.parametrize("reasons", [{}, {"y": ""}, {"y": "   "}, {"z": "because"}])
def test_a_check_that_is_not_met_wants_a_reason_on_record(reasons: dict[str, str]) -> None:
    office = Office()
    number = office.want()
    office.check(number, PASSED, REASON)
    with pytest.raises(RefusedError) as error:
        life.release(office.book, number, 1, reasons)
    assert error.value.reason == "reason"
    office.do(life.release(office.book, number, 1, {"y": "the paper is on file"}))
    kept = office.book.claim(number)
    assert (kept.state, kept.over) == (State.RELEASED, (("y", "the paper is on file"),))


def test_what_was_changed_meanwhile_is_not_released() -> None:
    office = Office()
    number = office.ready()
    changed = to_json(claim()) | {"note": "by courier"}
    office.do(life.change(office.book, number, changed, 1))
    assert office.state() is State.CHECKING
    with pytest.raises(RefusedError, match="only a claim that was checked"):
        life.release(office.book, number, 1, {})
    office.check(number)
    with pytest.raises(RefusedError) as error:
        life.release(office.book, number, 1, {})
    assert error.value.reason == "changed"
    office.do(life.release(office.book, number, 2, {}))


def test_two_who_change_at_once_lose_nothing() -> None:
    office = Office()
    number = office.ready()
    office.do(life.change(office.book, number, to_json(claim()) | {"note": "a"}, 1))
    with pytest.raises(RefusedError) as error:
        life.change(office.book, number, to_json(claim()) | {"note": "b"}, 1)
    assert error.value.reason == "changed"


@pytest.mark.parametrize("name", life.FIXED)
def test_what_a_claim_is_for_does_not_change(name: str) -> None:
    office = Office()
    number = office.ready()
    other = {"part": "professional", "stream": 2, "period": 9, "order": 9}[name]
    with pytest.raises(InputError, match=f"^{name}: is not changed"):
        life.change(office.book, number, to_json(claim()) | {name: other}, 1)


def test_nothing_changed_is_no_deed() -> None:
    office = Office()
    number = office.ready()
    assert life.change(office.book, number, to_json(claim()), 1) == []
    kept = office.book.claim(number)
    assert life.checked(kept, claim(), kept.checks, kept.modifiers, {}) == []


def test_one_claim_for_a_part_of_a_service_until_it_is_voided() -> None:
    office = Office()
    number = office.ready()
    with pytest.raises(RefusedError, match="claim 1 is for the technical part of s000001 already"):
        life.want(office.book, 1, Part.TECHNICAL)
    office.want(part=Part.PROFESSIONAL)
    office.do(life.void(office.book, number, "made twice"))
    assert office.want() == 3


def test_control_numbers_rise_and_are_never_used_twice() -> None:
    office = Office()
    office.filed(1)
    office.filed(2, 3)
    assert (list(office.book.files), office.book.next_file) == ([1, 2], 3)
    assert office.book.file(2).claims == (("0001", 2), ("0002", 3))


def test_what_was_released_is_taken_back_while_it_is_in_no_file() -> None:
    office = Office()
    number = office.ready()
    office.do(life.release(office.book, number, 1, {}))
    office.do(life.take_back(office.book, number, "wrong payer"))
    assert office.state() is State.CHECKING
    with pytest.raises(RefusedError):
        life.take_back(office.book, office.filed(2)[0], "too late")


# ---- what a receiver says ----------------------------------------------------------------------------------


def test_a_file_in_part_turned_down_gives_that_claim_back() -> None:
    office = Office()
    first, second = office.filed(1, 2)
    told = answers.acknowledge(office.book, 1, False, [("0001", True, ""), ("0002", False, "N4 is missing")])
    office.do(told)
    assert (office.state(first), office.state(second)) == (State.FILED, State.REJECTED)
    assert (office.book.claim(first).accepted, office.book.claim(second).rejected) == (True, "N4 is missing")
    assert (
        answers.acknowledge(office.book, 1, False, [("0001", True, ""), ("0002", False, "N4 is missing")])
        == []
    )
    # Mended and checked, it goes out in another file.
    office.do(life.change(office.book, second, to_json(claim()) | {"note": "x"}, 1))
    office.check(second)
    office.do(life.release(office.book, second, 2, {}))
    office.do(life.file(office.book, life.to_file(office.book, [second]), "ISA"))
    assert office.book.claim(second).file == 2


def test_a_file_turned_down_whole_gives_every_claim_back() -> None:
    office = Office()
    numbers = office.filed(1, 2)
    office.do(answers.acknowledge(office.book, 1, False, []))
    assert {office.state(one_) for one_ in numbers} == {State.REJECTED}


# ---- answers -----------------------------------------------------------------------------------------------


OUTCOMES = [
    ("contractual alone", (("CO", "45", 15000),), 50000, "1", Came.PAID),
    ("deductible", (("PR", "1", 65000),), 0, "1", Came.PAID),
    (
        "coinsurance and sequestration",
        (("PR", "2", 10000), ("CO", "253", 1000), ("CO", "45", 4000)),
        50000,
        "1",
        Came.PAID,
    ),
    ("not necessary", (("CO", "50", 65000),), 0, "4", Came.DENIED),
    ("not necessary, the patient pays", (("PR", "50", 65000),), 0, "1", Came.DENIED),
    ("status alone", (("OA", "23", 65000),), 0, "4", Came.DENIED),
    ("partly", (("CO", "151", 15000),), 50000, "1", Came.PARTLY),
    ("reversed", (("CO", "45", -15000),), -50000, "22", Came.REVERSED),
]


@pytest.mark.parametrize(
    ("off", "cents", "status", "came"), [row[1:] for row in OUTCOMES], ids=[row[0] for row in OUTCOMES]
)
def test_what_an_answer_comes_to(off: Any, cents: int, status: str, came: Came) -> None:
    told = Answer(
        "E1",
        status,
        sum(each[2] for each in off) + cents,
        cents,
        adjustments=tuple(Adjustment(*each) for each in off),
    )
    assert outcome(told) is came
    assert imbalance(told) == 0


def test_an_answer_of_a_line_counts_as_one_of_the_claim() -> None:
    line = PaidLine("93229", (), 65000, 0, "", (Adjustment("CO", "50", 65000),), ("N115",))
    told = Answer("E1", "1", 65000, 0, lines=(line,))
    assert (outcome(told), told.all_remarks(), imbalance(told)) == (Came.DENIED, ("N115",), 0)


def test_a_denial_can_be_asked_again_within_125_days_of_its_notice() -> None:
    assert deadline("2023-05-01") == "2023-09-03"
    assert deadline("") == ""
    office = Office()
    (number,) = office.filed()
    denied = paid(cents=0, status="4", adjustments=(Adjustment("CO", "50", 65000),))
    office.do(answers.take(office.book, remittance(denied), "d1", "x"))
    kept = office.book.claim(number)
    assert kept.state is State.DENIED
    assert kept.denied is not None
    assert kept.denied.day == "2023-05-01"
    office.do(life.appeal(office.book, number, "by fax, 2023-06-01"))
    assert office.state() is State.APPEALED
    # And won.
    office.do(answers.take(office.book, remittance(paid(), number="T2", day="2023-07-01"), "d2", "x"))
    assert office.state() is State.PAID


def test_the_same_file_twice_changes_nothing() -> None:
    office = Office()
    office.filed()
    office.do(answers.take(office.book, remittance(paid()), "d1", "x"))
    assert answers.take(office.book, remittance(paid()), "d1", "x") == []
    assert answers.take(office.book, remittance(paid()), "another digest, the same payment", "x") == []
    assert office.book.claim(1).paid == 50000


STRANGE = [
    ("a number of nobody", paid(number=77), "E000077 is no claim of this center"),
    ("no number of ours", replace(paid(), number="HOSP-1"), "HOSP-1 is no claim"),
    ("another charge", paid(charged=1), "claim 1 charged 650.00, the answer says 0.01"),
    ("another code", paid(lines=(PaidLine("93000"),)), "claim 1 has no line 93000"),
    ("not readable", paid(faults=("CLP04: 'x' is no amount",)), "it cannot be read safely"),
]


@pytest.mark.parametrize(("told", "why"), [row[1:] for row in STRANGE], ids=[row[0] for row in STRANGE])
def test_what_fits_no_claim_is_kept_and_dealt_with(told: Answer, why: str) -> None:
    office = Office()
    office.filed()
    office.do(answers.take(office.book, remittance(told), "d1", "x"))
    (left,) = office.book.waiting()
    assert why in left.why
    assert left.answer == told
    assert office.state() is State.FILED
    office.do(answers.match_by_hand(office.book, 1, 0, 1))
    assert list(office.book.waiting()) == []
    assert len(office.book.claim(1).answers) == 1
    with pytest.raises(RefusedError):
        answers.set_aside(office.book, 1, 0, "again")


def test_what_is_none_of_ours_is_put_aside_and_stays() -> None:
    office = Office()
    office.do(answers.take(office.book, remittance(paid(9)), "d1", "x"))
    office.do(answers.set_aside(office.book, 1, 0, "of the hospital"))
    assert list(office.book.waiting()) == []
    assert office.book.unmatched[1, 0].answer == paid(9)


def test_an_answer_to_what_was_not_handed_in_waits() -> None:
    office = Office()
    office.ready()
    office.do(answers.take(office.book, remittance(paid()), "d1", "x"))
    (left,) = office.book.waiting()
    assert "it was not handed in" in left.why
    with pytest.raises(RefusedError, match="it was not handed in"):
        answers.match_by_hand(office.book, 1, 0, 1)


def test_a_claim_answered_twice_in_one_file_is_answered_once_and_the_other_kept() -> None:
    office = Office()
    office.filed()
    office.do(answers.take(office.book, remittance(paid(), paid()), "d1", "x"))
    assert len(office.book.claim(1).answers) == 1
    assert [each.why for each in office.book.waiting()] == ["claim 1 is answered twice in this file"]


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("E000012", 12),
        ("e12", 12),
        (" E000012 ", 12),
        ("12", None),
        ("", None),
        ("E", None),
        ("E1x", None),
        ("E٣", None),
    ],
)
def test_the_number_of_a_claim_as_payers_write_it(told: str, number: int | None) -> None:
    assert claim_number(told) == number


# ---- anything ----------------------------------------------------------------------------------------------

ACTS = st.lists(st.tuples(st.integers(0, 11), st.integers(1, 4), st.integers(0, 3)), max_size=40)


def tried(office: Office, act: int, number: int, how: int) -> None:
    book = office.book
    said = (
        paid(number),
        paid(number, cents=0, status="4"),
        paid(number, cents=-1),
        paid(number, charged=7),
    )
    acts = (
        lambda: life.want(book, number, Part.TECHNICAL),
        lambda: life.checked(
            book.claim(number), claim(), ((PASSED,), (STOPS,), (REASON,), (PASSED, REASON))[how], (), {}
        ),
        lambda: life.change(book, number, to_json(claim()) | {"note": str(how)}, book.claim(number).version),
        lambda: life.release(book, number, book.claim(number).version, {"y": "why"} if how else {}),
        lambda: life.take_back(book, number, "why"),
        lambda: life.file(book, life.to_file(book, list(range(1, number + 1))[-1 - how :]), "ISA"),
        lambda: life.sent(book, number),
        lambda: answers.acknowledge(book, number, how > 1, [("0001", how > 0, "why")]),
        lambda: answers.take(
            book, remittance(said[how], number=str(len(office.deeds))), str(len(office.deeds)), "x"
        ),
        lambda: answers.match_by_hand(book, number, how, number),
        lambda: life.appeal(book, number, "fax"),
        lambda: life.void(book, number, "why"),
    )
    kept = book.claims.get(number)
    if act == 1 and (kept is None or kept.state not in (State.CHECKING, State.HELD, State.READY)):
        return  # the desk checks none of them
    office.do(acts[act]())


@given(ACTS)
@settings(max_examples=150, deadline=None)
def test_whatever_is_tried_is_done_or_refused_and_the_deeds_give_the_same_book(
    acts: list[tuple[int, int, int]],
) -> None:
    office = Office()
    for act, number, how in acts:
        try:
            tried(office, act, number, how)
        except (RefusedError, InputError):
            continue
    again = ClaimBook()
    for deed in office.deeds:
        again.apply(deed)
    assert again == office.book
    for kept in office.book.claims.values():
        if kept.state in (State.RELEASED, State.FILED, State.SENT, State.PAID):
            assert not any(each.stops for each in kept.checks)
            assert {rule for rule, _ in kept.over} == {each.rule for each in kept.checks if each.holds}
    # Nothing that a payer said is lost.
    told = sum(each.answers for each in office.book.remits.values())
    kept_answers = sum(len(each.answers) for each in office.book.claims.values())
    assert kept_answers + sum(not each.claim for each in office.book.unmatched.values()) == told


def test_an_event_that_does_not_apply_is_a_defect_of_ours() -> None:
    with pytest.raises(OursError):
        after(Kept(1, Part.TECHNICAL, 1, 0), Event.SENT)


def test_the_real_checks_go_through_a_deed() -> None:
    office = Office()
    number = office.want()
    checks = check(context())
    office.do(life.checked(office.book.claim(number), claim(), checks, (("GA", "why"),), {}))
    assert office.book.claim(number).checks == checks
    assert office.book.claim(number).modifiers == (("GA", "why"),)


def test_a_deed_of_another_book_changes_nothing() -> None:
    book = ClaimBook()
    book.apply(Deed(1, 1, "center", "order.received", "order 1", {"order": 1}))
    assert book == ClaimBook()
    assert kinds.WANTED in ClaimBook.KINDS
