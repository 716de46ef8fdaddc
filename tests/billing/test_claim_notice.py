"""A 277CA of a clearing house or payer: claims are taken or given back to be mended; nothing is lost."""

from __future__ import annotations

import pytest
from tests.billing.claims import claim
from tests.billing.test_claim_life import Office, paid, remittance
from tests.interop.test_x12_277ca import DOWN, HEAD, TAKEN, WHOLE, file

from einthoven.billing import claim_answers as answers
from einthoven.billing import claim_deeds as life
from einthoven.billing.claim import to_json
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_states import State
from einthoven.billing.claim_status import CATEGORIES, TURNED_DOWN, words
from einthoven.billing.claim_status import TAKEN as GOOD
from einthoven.billing.remittance import Outcome
from einthoven.interop.x12_277ca import read

BATCH_8 = tuple(one.replace("TRN*2*7-0001~", "TRN*2*8-0001~") for one in HEAD)


def handed_in(*streams: int) -> Office:
    office = Office()
    office.filed(*(streams or (1, 2)))
    office.do(life.sent(office.book, 1))
    return office


def take(office: Office, text: str, digest: str = "d1") -> list[str]:
    (told,) = read(text)
    return office.do(answers.take(office.book, told, digest, "answer.277"))


def test_one_claim_is_taken_and_the_other_comes_back_with_every_reason() -> None:
    office = handed_in()
    take(office, WHOLE)
    good, bad = office.book.claim(1), office.book.claim(2)
    assert (good.state, good.accepted, bad.state, bad.accepted) == (State.SENT, True, State.REJECTED, False)
    assert "rendering provider, NPI [A7:562:82]" in bad.rejected
    assert "subscriber, member number [A6:164:IL]" in bad.rejected
    assert bad.log[-1].words.startswith("turned down: turned down, something is wrong: rendering provider")
    assert [one.outcome for one in (*good.answers, *bad.answers)] == [Outcome.TAKEN, Outcome.TURNED_DOWN]
    assert (good.paid, bad.denied) == (0, None)


def test_what_was_turned_down_is_mended_and_goes_out_anew() -> None:
    office = handed_in()
    take(office, WHOLE)
    office.do(life.change(office.book, 2, to_json(claim()) | {"note": "NPI mended"}, 1))
    office.check(2)
    office.do(life.release(office.book, 2, 2, {}))
    office.do(life.file(office.book, life.to_file(office.book, [2]), "ISA"))
    kept = office.book.claim(2)
    assert (kept.state, kept.file, kept.accepted, kept.set) == (State.FILED, 2, None, "0001")
    # What the clearing house said of the first file, told again, does not turn down the second.
    again = WHOLE.replace("TRN*2*7-0001~", "TRN*2*1-0002~")
    take(office, again, "d2")
    assert office.state(2) is State.FILED
    assert any("it is about file 1" in one.why for one in office.book.waiting())


def test_a_payer_may_turn_down_what_a_clearing_house_took_and_pay_what_it_took() -> None:
    office = handed_in()
    take(office, file(TAKEN, head=tuple(one for one in HEAD if "QTY" not in one)))
    office.do(answers.take(office.book, remittance(paid()), "era", "x"))
    assert office.state(1) is State.PAID
    down = tuple(one.replace("E000002", "E000001") for one in DOWN)
    take(office, file(down, head=tuple(one for one in BATCH_8 if "QTY" not in one)), "d3")
    assert office.state(1) is State.PAID
    (waits,) = office.book.waiting()
    assert waits.why == "claim 1 is paid: a payer has decided it"
    office.do(answers.match_by_hand(office.book, waits.remit, waits.place, 1))
    assert (office.state(1), list(office.book.waiting())) == (State.PAID, [])


def test_the_same_is_said_twice_and_taken_once() -> None:
    office = handed_in()
    take(office, WHOLE)
    before = office.book.claim(1), office.book.claim(2)
    assert take(office, WHOLE) == []
    assert take(office, WHOLE.replace("CH0001", "CH0002"), "d2") == ["remit.taken"]
    assert (office.book.claim(1), office.book.claim(2)) == before
    assert list(office.book.waiting()) == []


FOREIGN: list[tuple[str, str, str, str]] = [
    ("of another center", "TRN*2*E000001~", "TRN*2*HOSP-1~", "HOSP-1 is no claim of this center"),
    ("of nobody", "TRN*2*E000001~", "TRN*2*E000099~", "E000099 is no claim of this center"),
    ("another charge", "*WQ*650~\nREF", "*WQ*651~\nREF", "claim 1 charged 650.00, the notice says 651.00"),
    ("not clear", "STC*A2:20:PR*", "STC*A4:35:PR*", "whether it was taken is not said"),
]


@pytest.mark.parametrize(
    ("good", "bad", "why"), [row[1:] for row in FOREIGN], ids=[row[0] for row in FOREIGN]
)
def test_what_fits_no_claim_is_kept_until_somebody_says_what_it_is(good: str, bad: str, why: str) -> None:
    office = handed_in()
    take(office, WHOLE.replace(good, bad))
    (waits,) = office.book.waiting()
    assert why in waits.why
    assert (office.state(1), office.state(2)) == (State.SENT, State.REJECTED)
    office.do(answers.set_aside(office.book, waits.remit, waits.place, "of the hospital"))
    assert list(office.book.waiting()) == []


def test_another_code_is_not_of_this_claim() -> None:
    office = handed_in()
    take(office, WHOLE.replace("SVC*HC:93229*", "SVC*HC:93000*"))
    (waits,) = office.book.waiting()
    assert (waits.why, office.state(2)) == ("claim 2 has no line 93000", State.SENT)


def test_a_set_turned_down_whole_is_its_claim() -> None:
    office = handed_in()
    text = "STC*A3:24:41*20230502*U*650~"
    head = tuple(text if one.startswith("STC") else one for one in HEAD[:13] if "QTY" not in one)
    take(office, file(head=tuple(one.replace("7-0001", "1-0002") for one in head)))
    assert (office.state(1), office.state(2)) == (State.SENT, State.REJECTED)
    assert "submitter, not approved to hand claims in" in office.book.claim(2).rejected


def test_a_notice_to_a_claim_that_did_not_go_out_waits() -> None:
    office = Office()
    office.ready(1)
    take(office, file(TAKEN, head=tuple(one for one in HEAD if "QTY" not in one)))
    (waits,) = office.book.waiting()
    assert waits.why == "claim 1 is ready: it was not handed in"


def test_deeds_of_it_are_read_back_to_the_same_book() -> None:
    office = handed_in()
    take(office, WHOLE.replace("TRN*2*E000001~", "TRN*2*HOSP-1~"))
    again = ClaimBook()
    for deed in office.deeds:
        again.apply(deed)
    assert again == office.book


def test_an_unclear_notice_matched_by_hand_decides_nothing() -> None:
    office = handed_in()
    take(office, WHOLE.replace("STC*A2:20:PR*", "STC*A4:35:PR*"))
    (waits,) = office.book.waiting()
    office.do(answers.match_by_hand(office.book, waits.remit, waits.place, 1))
    kept = office.book.claim(1)
    assert (kept.state, kept.accepted, kept.answers[-1].outcome) == (State.SENT, None, Outcome.PENDED)
    assert "not found: payer, status 35 [A4:35:PR]" in kept.log[-1].words


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("A7:562:85", "turned down, something is wrong: billing provider, NPI [A7:562:85]"),
        ("A2:20:PR", "accepted for a decision: payer, accepted for processing [A2:20:PR]"),
        ("A7:9999", "turned down, something is wrong: status 9999 [A7:9999]"),
        ("Z9", "Z9 [Z9]"),
    ],
)
def test_words_of_a_status_carry_its_number(code: str, said: str) -> None:
    assert words(code) == said


def test_no_category_is_both_or_without_words() -> None:
    assert not GOOD & TURNED_DOWN
    assert set(CATEGORIES) - {"A4"} == GOOD | TURNED_DOWN
