"""What is put right after a claim was sent: replaced, voided, paid back, and which answer is to which."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.billing.claims import claim, context
from tests.billing.test_claim_life import PAGE, REASON, STOPS, Office, paid, remittance

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.billing import claim_amends as amends
from einthoven.billing import claim_answers as answers
from einthoven.billing import claim_deeds as life
from einthoven.billing.claim import Part, to_json
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_rules import OF_VOID, check
from einthoven.billing.claim_states import ENDED, REFUNDS, Back, BackEvent, Kind, State, claim_id
from einthoven.billing.remittance import Adjustment, Answer
from einthoven.interop import x12_837p, x12_check
from einthoven.interop.fhir_claim import claim_resource
from einthoven.interop.x12 import Envelope

PARTIES = x12_837p.Parties("Center", "SUB1", "Bill Billing", "2145550100", "Contractor", "04412")
ENVELOPE = Envelope("SUB1", "04412", 7, datetime(2023, 5, 1, 12, tzinfo=UTC))
TODAY = "2023-06-01"
WITHDRAWN = (State.CHECKING, State.HELD, State.READY, *ENDED)
"""States in which the payer has nothing that stands of a claim."""

NOT_OF_VOID = (State.PAID, State.PARTLY, State.REVERSED, State.REFUNDED, State.REPLACED)


def taken_back(number: int = 1, cents: int = 50000) -> Answer:
    off = (Adjustment("CO", "45", cents - 65000),)
    return Answer(claim_id(number), "22", -65000, -cents, payer_number=f"ICN{number}", adjustments=off)


def denied(number: int = 1) -> Answer:
    return paid(number, cents=0, status="4", adjustments=(Adjustment("CO", "50", 65000),))


class Desk(Office):
    """An office with one claim that was paid under the payer's number ICN1."""

    def __init__(self) -> None:
        super().__init__()
        self.came = 0
        self.filed()
        self.do(life.sent(self.book, 1))
        self.answer(paid(payer_number="ICN1"))

    def answer(self, *told: Answer) -> None:
        self.came += 1
        self.do(answers.take(self.book, remittance(*told, number=f"T{self.came}"), f"d{self.came}", "x"))

    def amend(self, kind: Kind, number: int = 1, original: str = "") -> int:
        made = self.book.next_claim
        self.do(amends.amend(self.book, number, kind, original, "the diagnosis was wrong"))
        return made

    def out(self, number: int) -> None:
        """Checked, released and handed in."""
        self.check(number)
        self.do(life.release(self.book, number, self.book.claim(number).version, {}))
        self.do(life.file(self.book, life.to_file(self.book, [number]), "ISA"))
        self.do(life.sent(self.book, self.book.next_file - 1))

    def states(self) -> list[State]:
        return [one.state for one in self.book.claims.values()]


@pytest.fixture
def desk() -> Desk:
    return Desk()


# ---- replaced ----------------------------------------------------------------------------------------------


def test_a_replacement_takes_the_place_of_the_first_only_when_the_payer_decides(desk: Desk) -> None:
    second = desk.amend(Kind.REPLACEMENT)
    made = desk.book.claim(second)
    assert made.claim is not None
    assert (made.kind, made.replaces, made.claim.original, made.claim.frequency) == (
        Kind.REPLACEMENT,
        1,
        "ICN1",
        "7",
    )
    desk.out(second)
    assert desk.states() == [State.PAID, State.SENT]
    desk.answer(taken_back(1), paid(second, cents=40000))
    assert desk.states() == [State.REPLACED, State.PAID]
    assert (desk.book.net(desk.book.claim(1)), desk.book.net(desk.book.claim(2))) == (0, 40000)
    assert amends.works(desk.book, desk.book.claim(1)) == []


def test_a_replacement_that_is_denied_leaves_the_first_as_it_was_until_it_is_taken_back(desk: Desk) -> None:
    second = desk.amend(Kind.REPLACEMENT)
    desk.out(second)
    desk.answer(denied(second))
    assert desk.states() == [State.PAID, State.DENIED]
    desk.answer(taken_back(1))
    assert desk.states() == [State.REPLACED, State.DENIED]


def test_a_chain_of_three_ends_with_the_last(desk: Desk) -> None:
    second = desk.amend(Kind.REPLACEMENT)
    desk.out(second)
    desk.answer(replace(denied(second), payer_number="ICN2"))
    third = desk.amend(Kind.REPLACEMENT, second)
    desk.out(third)
    desk.answer(paid(third))
    assert desk.states() == [State.REPLACED, State.REPLACED, State.PAID]
    assert [one.number for one in desk.book.chain(second)] == [1, 2, 3]
    # The first payment stands in the payer's books: somebody looks whether it went back.
    assert amends.works(desk.book, desk.book.claim(1)) == ["replaced, and 500.00 of it did not go back"]


def test_what_was_replaced_is_not_decided_anew(desk: Desk) -> None:
    second = desk.amend(Kind.REPLACEMENT)
    desk.out(second)
    desk.answer(paid(second))
    desk.answer(paid(1))
    assert [one.why for one in desk.book.waiting()] == ["claim 1 is replaced: it is not paid any more"]
    with pytest.raises(RefusedError, match="not paid any more"):
        answers.match_by_hand(desk.book, desk.came, 0, 1)


# ---- voided ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2], ids=["told of the first", "told of the void"])
def test_a_void_is_carried_out_whichever_number_the_payer_tells(desk: Desk, number: int) -> None:
    void = desk.amend(Kind.VOID)
    desk.out(void)
    assert desk.states() == [State.PAID, State.SENT]
    desk.answer(taken_back(number))
    assert desk.states() == [State.CANCELLED, State.DONE]
    assert desk.book.net(desk.book.claim(1)) == 0
    assert amends.works(desk.book, desk.book.claim(1)) == []
    assert desk.want() == 3


def test_a_correction_of_the_payer_s_own_is_no_answer_to_a_void(desk: Desk) -> None:
    void = desk.amend(Kind.VOID)
    desk.out(void)
    desk.answer(paid(1, cents=40000), taken_back(1))
    assert desk.states() == [State.PAID, State.SENT]
    assert desk.book.claim(1).paid == 40000


def test_a_void_is_never_paid(desk: Desk) -> None:
    void = desk.amend(Kind.VOID)
    desk.out(void)
    desk.answer(paid(void))
    assert [one.why for one in desk.book.waiting()] == [
        "claim 2 asks the payer to void claim 1: it is not paid"
    ]
    assert desk.states() == [State.PAID, State.SENT]
    assert (desk.book.claim(1).paid, desk.book.claim(2).paid) == (50000, 0)


def test_a_void_that_was_refused_is_asked_for_again_or_carried_out_by_telephone(desk: Desk) -> None:
    void = desk.amend(Kind.VOID)
    with pytest.raises(RefusedError, match="a void of it already"):
        desk.amend(Kind.VOID)
    desk.out(void)
    desk.answer(denied(void))
    assert desk.states() == [State.PAID, State.DENIED]
    again = desk.amend(Kind.VOID)
    desk.out(again)
    desk.do(amends.done(desk.book, again, "by telephone, Ms Lee"))
    assert desk.states() == [State.CANCELLED, State.DENIED, State.DONE]


def test_a_void_says_what_the_first_said_and_is_asked_only_whether_it_says_so_rightly(desk: Desk) -> None:
    void = desk.amend(Kind.VOID)
    made = desk.book.claim(void).claim
    assert made is not None
    assert {one.rule for one in check(context(made))} == OF_VOID
    with pytest.raises(InputError, match="place: a claim that voids another says what that one said"):
        life.change(desk.book, void, to_json(made) | {"place": "11"}, 1)
    with pytest.raises(InputError, match="void: is not changed"):
        life.change(desk.book, void, to_json(made) | {"void": False}, 1)
    with pytest.raises(InputError, match="original: is wanted"):
        life.change(desk.book, void, to_json(made) | {"original": ""}, 1)
    assert life.change(desk.book, void, to_json(made) | {"original": "ICN-1"}, 1)


@pytest.mark.parametrize(("kind", "frequency"), [(Kind.REPLACEMENT, "7"), (Kind.VOID, "8")])
def test_both_are_good_837p_with_the_payer_s_number(desk: Desk, kind: Kind, frequency: str) -> None:
    made = desk.book.claim(desk.amend(kind)).claim
    assert made is not None
    text, flaws = x12_837p.write([("E000002", made)], PARTIES, ENVELOPE)
    assert (flaws, x12_check.faults(text)) == ((), ())
    assert f"*12:B:{frequency}*" in text
    assert "REF*F8*ICN1~" in text
    told = claim_resource("E000002", made, "2023-06-01", "E000001")
    (related,) = told["related"]
    assert related["relationship"]["coding"][0]["code"] == "prior"
    assert related["claim"] == {"identifier": {"value": "ICN1"}, "display": "E000001"}
    assert told["status"] == ("cancelled" if kind is Kind.VOID else "active")


def test_without_the_payer_s_number_somebody_says_it() -> None:
    office = Office()
    office.filed()
    with pytest.raises(RefusedError, match="only what was handed in"):
        amends.amend(office.book, 1, Kind.VOID, "", "why")
    office.do(life.sent(office.book, 1))
    with pytest.raises(RefusedError) as error:
        amends.amend(office.book, 1, Kind.VOID, "  ", "why")
    assert error.value.reason == "number"
    with pytest.raises(InputError, match="at most 50"):
        amends.amend(office.book, 1, Kind.VOID, "x" * 51, "why")
    office.do(amends.amend(office.book, 1, Kind.VOID, " ICN7 ", "why"))
    made = office.book.claim(2).claim
    assert made is not None
    assert (made.original, made.void) == ("ICN7", True)


def test_a_replacement_that_the_receiver_turned_down_is_changed_and_goes_out_anew(desk: Desk) -> None:
    second = desk.amend(Kind.REPLACEMENT)
    desk.out(second)
    desk.do(answers.acknowledge(desk.book, 2, False, [("0001", False, "REF is wrong")]))
    assert desk.states() == [State.PAID, State.REJECTED]
    made = desk.book.claim(second).claim
    desk.do(life.change(desk.book, second, to_json(made) | {"original": "ICN-1"}, 1))  # type: ignore[arg-type]
    desk.out(second)
    assert desk.states() == [State.PAID, State.SENT]


# ---- paid back ---------------------------------------------------------------------------------------------


def test_the_table_of_refunds_is_that_of_the_page() -> None:
    told = PAGE.read_text().partition("| refund | what happens | becomes |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| `([^`]+)` \|$", told, re.M)
    assert {(Back(a), BackEvent(b), Back(c)) for a, b, c in rows} == {(*k, v) for k, v in REFUNDS.items()}


def test_money_goes_back_within_sixty_days_and_no_more_than_was_paid(desk: Desk) -> None:
    assert amends.refund_by("2023-01-31") == "2023-04-01"
    for cents, reason in ((0, "cents"), (50001, "cents")):
        with pytest.raises(RefusedError) as error:
            amends.owe(desk.book, 1, cents, TODAY, "why", TODAY)
        assert error.value.reason == reason
    for day in ("2023-06-02", "soon", "2023-02-30", "20230601"):
        with pytest.raises(InputError, match=r"^known: "):
            amends.owe(desk.book, 1, 100, day, "why", TODAY)
    desk.do(amends.owe(desk.book, 1, 10000, "2023-05-20", "paid twice in part", TODAY))
    assert amends.works(desk.book, desk.book.claim(1)) == ["100.00 go back to the payer by 2023-07-19"]
    with pytest.raises(RefusedError, match="owed already"):
        amends.owe(desk.book, 1, 100, TODAY, "why", TODAY)
    desk.do(amends.pay_back(desk.book, 1, TODAY, "check 12", TODAY))
    kept = desk.book.claim(1)
    assert (kept.state, desk.book.net(kept), kept.refunds[0].state) == (State.PAID, 40000, Back.PAID)
    desk.do(amends.owe(desk.book, 1, 40000, TODAY, "not ours", TODAY))
    desk.do(amends.not_owed(desk.book, 1, "it was ours"))
    desk.do(amends.owe(desk.book, 1, 40000, TODAY, "not ours after all", TODAY))
    desk.do(amends.pay_back(desk.book, 1, TODAY, "check 13", TODAY))
    assert (desk.state(), desk.book.net(desk.book.claim(1))) == (State.REFUNDED, 0)
    assert desk.want() == 2


# ---- another's ---------------------------------------------------------------------------------------------


def test_another_s_claim_that_was_not_handed_in_never_is() -> None:
    office = Office()
    number = office.ready()
    office.do(life.release(office.book, number, 1, {}))
    office.do(amends.another_s(office.book.claim(number), "correction 1", TODAY))
    assert office.state() is State.VOID
    assert office.book.missing(1, Part.TECHNICAL)
    assert office.want() == 2
    assert not office.book.missing(1, Part.TECHNICAL)


def test_another_s_claim_that_was_paid_is_work_until_it_is_undone(desk: Desk) -> None:
    desk.do(amends.another_s(desk.book.claim(1), "correction 1", TODAY))
    assert amends.another_s(desk.book.claim(1), "correction 1", TODAY) == []
    (told,) = amends.works(desk.book, desk.book.claim(1))
    assert told == "pay 500.00 back, or say why it stands"  # Medicare part B takes no void
    kept = desk.book.claim(1)
    assert kept.claim is not None
    other = replace(kept, claim=replace(kept.claim, payer=replace(kept.claim.payer, filing="CI")))
    assert amends.works(desk.book, other) == [f"void it with the payer and {told}"]
    right = desk.want()
    desk.check(right)
    with pytest.raises(RefusedError) as error:
        life.release(desk.book, right, 1, {})
    assert error.value.reason == "undone"
    void = desk.amend(Kind.VOID)
    desk.out(void)
    assert amends.works(desk.book, desk.book.claim(1)) == ["its void E000003 is sent: the payer decides"]
    desk.answer(taken_back(1))
    assert amends.works(desk.book, desk.book.claim(1)) == []
    desk.do(life.release(desk.book, right, 1, {}))


def test_another_s_claim_does_not_stand_after_all_while_the_right_person_s_does(desk: Desk) -> None:
    desk.do(amends.another_s(desk.book.claim(1), "correction 1", TODAY))
    right = desk.want()
    with pytest.raises(RefusedError, match="claim 2 was made in its place, and is checking"):
        amends.stands(desk.book, 1, "it was theirs after all")
    desk.check(right)
    desk.do(life.void(desk.book, right, "it was theirs after all"))
    desk.do(amends.stands(desk.book, 1, "it was theirs after all"))
    assert amends.works(desk.book, desk.book.claim(1)) == []


def test_another_s_claim_that_was_denied_bars_nobody_and_is_not_appealed() -> None:
    office = Office()
    office.filed()
    office.do(answers.take(office.book, remittance(denied()), "d", "x"))
    office.do(amends.another_s(office.book.claim(1), "correction 1", TODAY))
    assert amends.works(office.book, office.book.claim(1)) == []
    with pytest.raises(RefusedError, match="another person's"):
        life.appeal(office.book, 1, "fax")
    office.want()
    office.check(2)
    office.do(life.release(office.book, 2, 1, {}))


# ---- anything ----------------------------------------------------------------------------------------------

ACTS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 5), st.integers(0, 4)), min_size=8, max_size=40)


def tried(desk: Desk, act: int, place: int, how: int) -> list[Draft]:
    """One of what people and payers do, with one of the last six claims."""
    book = desk.book
    number = max(1, len(book.claims) - place)
    kept = book.claim(number)
    came = f"n{len(desk.deeds)}"
    said = (paid(number), denied(number), taken_back(number), paid(number, cents=1), paid(number, charged=7))
    both = (taken_back(1), paid(number)), (paid(1), taken_back(1)), (taken_back(1), taken_back(number))

    def looked_at() -> list[Draft]:
        if kept.state not in (State.CHECKING, State.HELD, State.READY):
            raise RefusedError("state", "the desk checks none of them")
        told = ((), (), (REASON,), (STOPS,), ())[how]
        return life.checked(kept, kept.claim or claim(), told, (), {})

    def out() -> list[Draft]:
        if kept.state is State.CHECKING:
            desk.do(looked_at())
        desk.do(life.release(book, number, book.claim(number).version, {"y": "why"}))
        desk.do(life.file(book, life.to_file(book, [number]), "ISA"))
        return life.sent(book, book.next_file - 1)

    acts: tuple[Any, ...] = (
        lambda: life.want(book, 1, Part.TECHNICAL),
        looked_at,
        out,
        out,
        lambda: amends.amend(book, number, Kind.REPLACEMENT, f"ICN{number}", "why"),
        lambda: amends.amend(book, number, Kind.VOID, f"ICN{number}", "why"),
        lambda: answers.take(book, remittance(said[how], number=came), came, "x"),
        lambda: answers.take(book, remittance(*both[how % 3], number=came), came, "x"),
        lambda: life.void(book, number, "why") if how else amends.done(book, number, "by telephone"),
        lambda: amends.another_s(kept, "correction 1", TODAY),
        lambda: (
            amends.owe(book, number, (1, 10000, 40000, 50000)[how], TODAY, "why", TODAY)
            if how < 4
            else amends.pay_back(book, number, TODAY, "check", TODAY)
        ),
        lambda: (life.appeal, amends.stands, life.take_back)[how % 3](book, number, "why"),
    )
    made: list[Draft] = acts[act]()
    return made


@given(ACTS)
@settings(max_examples=400, deadline=None)
def test_whatever_is_tried_one_claim_stands_for_a_service_and_the_deeds_give_the_same_book(
    acts: list[tuple[int, int, int]],
) -> None:
    desk = Desk()
    for act, number, how in acts:
        before = {one.number: one for one in desk.book.claims.values()}
        try:
            desk.do(tried(desk, act, number, how))
        except (RefusedError, InputError, NotFoundError):
            continue
        finally:
            holds(desk.book)
            nothing_overwritten(desk.book, before)
    again = ClaimBook()
    for deed in desk.deeds:
        again.apply(deed)
    assert again == desk.book


def holds(book: ClaimBook) -> None:
    """What is so of every chain, whatever was done."""
    for kept in book.claims.values():
        if kept.kind is Kind.VOID:
            assert kept.paid <= 0
            assert kept.state not in (
                State.PAID,
                State.PARTLY,
                State.REVERSED,
                State.REFUNDED,
                State.REPLACED,
            )
        assert not any(one.payer_number == "" and one.answer.paid > 0 for one in kept.answers if False)
        if kept.state is State.CANCELLED:
            voids = (book.claims[one] for one in book.followers[kept.number])
            assert any(one.kind is Kind.VOID and one.state is State.DONE for one in voids)
        if kept.state is State.REPLACED:
            assert any(book.claims[one].kind is Kind.REPLACEMENT for one in book.followers[kept.number])
    standing = [
        one
        for one in book.claims.values()
        if one.kind is not Kind.VOID and one.state not in WITHDRAWN and not one.wrong
    ]
    # Those that the payer may have all go back to one: a claim and what replaces it.
    firsts = {[one, *book.before(one)][-1].number for one in standing}
    assert len(firsts) <= 1
    assert sum(one.state in (State.PAID, State.PARTLY) for one in standing) <= 1


def nothing_overwritten(book: ClaimBook, before: dict[int, Any]) -> None:
    for number, one in before.items():
        now = book.claims[number]
        assert now.answers[: len(one.answers)] == one.answers
        assert now.log[: len(one.log)] == one.log
        assert (now.replaces, now.kind) == (one.replaces, one.kind)
        if one.state in ENDED:
            assert now.state is one.state
