"""Payers' 835: what was paid and taken off; and one bad segment loses nothing of what was good."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.billing.remittance import Adjustment, Outcome, imbalance, outcome
from einthoven.interop import x12_check
from einthoven.interop.x12_835 import kinds, read

HEAD = (
    f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'04412':15}*ZZ*{'SUB1':15}*230601*0100*^*00501*000000042*0*P*:~",
    "GS*HP*04412*SUB1*20230601*0100*42*X*005010X221A1~",
    "ST*835*0001~",
    "BPR*I*512.5*C*ACH*CCP*01*999999999*DA*123456*1512345678**01*999988880*DA*98765*20230602~",
    "TRN*1*EFT0042*1512345678~",
    "DTM*405*20230601~",
    "N1*PR*MEDICARE CONTRACTOR~",
    "N3*1 PAYER ST~",
    "N4*DALLAS*TX*752011234~",
    "PER*BL*HELP*TE*8005550100~",
    "N1*PE*RECEIVING CENTER*XX*1234567893~",
    "LX*1~",
)
PAID = (
    "CLP*E000001*1*650*500*50*MB*ICN1*11*1~",
    "NM1*QC*1*DOE*JANE****MI*1EG4TE5MK73~",
    "SVC*HC:93229*650*500**1~",
    "DTM*472*20230330~",
    "CAS*CO*45*100~",
    "CAS*PR*2*50~",
)
DENIED = (
    "CLP*E000002*4*650*0**MB*ICN2*11*1~",
    "NM1*QC*1*ROE*RICHARD~",
    "MOA***MA01~",
    "SVC*HC:93229:GA*650*0**1~",
    "DTM*472*20230330~",
    "CAS*CO*50*600**45*50~",
    "LQ*HE*N115~",
)
TAIL = ("PLB*1234567893*20231231*WO:ICN0*-12.5~", "SE*{count}*0001~", "GE*1*42~", "IEA*1*000000042~")


def file(*claims: tuple[str, ...]) -> str:
    told = [*HEAD, *(one for each in claims for one in each), *TAIL]
    return "\n".join(told).replace("{count}", str(len(told) - 4))


WHOLE = file(PAID, DENIED)


def test_what_was_paid_and_what_was_taken_off() -> None:
    (told,) = read(WHOLE)
    assert (told.payer, told.number, told.day, told.cents) == (
        "MEDICARE CONTRACTOR",
        "EFT0042",
        "2023-06-01",
        51250,
    )
    assert told.settled == (("WO", -1250),)
    assert told.faults == ()
    paid, denied = told.answers
    assert (paid.number, paid.charged, paid.paid, paid.patient_cents) == ("E000001", 65000, 50000, 5000)
    assert (paid.patient, paid.payer_number) == ("JANE DOE", "ICN1")
    assert paid.all_adjustments() == (Adjustment("CO", "45", 10000), Adjustment("PR", "2", 5000))
    assert (paid.lines[0].code, paid.lines[0].day) == ("93229", "2023-03-30")
    assert (outcome(paid), imbalance(paid)) == (Outcome.PAID, 0)
    assert (outcome(denied), denied.all_remarks()) == (Outcome.DENIED, ("MA01", "N115"))
    assert denied.lines[0].modifiers == ("GA",)
    assert denied.lines[0].adjustments == (Adjustment("CO", "50", 60000), Adjustment("CO", "45", 5000))


def test_the_other_reader_finds_the_file_of_these_tests_good_but_for_what_is_short_of_it() -> None:
    found = [one.words for one in x12_check.faults(file(PAID))]
    assert found == [] or all("PLB" in one or "REF" in one for one in found), found


def test_delimiters_are_those_of_the_file() -> None:
    strange = WHOLE.replace("~\n", "!").replace("~", "!").replace("*", "|").replace(":", ">")
    assert read(strange) == read(WHOLE)


def test_two_transaction_sets_are_two_remittances() -> None:
    body = WHOLE.split("\n")
    two = [*body[:2], *body[2:-2], *body[2:-2], *body[-2:]]
    assert len(read("\n".join(two))) == 2
    assert list(kinds("\n".join(two))) == ["835", "835"]


BAD = [
    ("an amount", "CLP*E000001*1*650*500*", "CLP*E000001*1*650*5OO*", 0, "CLP04: '5OO' is no amount"),
    ("a sum", "CAS*CO*45*100~", "CAS*CO*45*99~", 0, "charged, paid and taken off do not add up: 1.00"),
    ("a date", "DTM*472*20230330~", "DTM*472*20230231~", 0, "DTM02: '20230231' is no date"),
    ("no group", "CAS*PR*2*50~", "CAS**2*50~", 0, "CAS01: says not who answers"),
    ("no number", "CLP*E000001*", "CLP**", 0, "CLP01: says not of which claim"),
]


@pytest.mark.parametrize(
    ("good", "bad", "place", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_what_is_wrong_of_one_claim_is_said_there_and_the_other_is_whole(
    good: str, bad: str, place: int, words: str
) -> None:
    (told,) = read(WHOLE.replace(good, bad, 1))
    assert words in told.answers[place].faults[0]
    assert told.answers[1] == read(WHOLE)[0].answers[1]


def test_an_empty_segment_loses_nothing_behind_it() -> None:
    assert (
        read(WHOLE.replace("SVC*HC:93229*650", "~SVC*HC:93229*650", 1))[0].answers == read(WHOLE)[0].answers
    )


def test_a_file_that_is_cut_off_says_so_and_keeps_what_came() -> None:
    (told,) = read(WHOLE[: WHOLE.index("CLP*E000002")])
    assert [one.number for one in told.answers] == ["E000001"]
    assert "ends in the middle" in told.faults[0]


def test_a_file_of_claims_is_no_file_of_answers() -> None:
    with pytest.raises(InputError, match=r"holds no 835 \(transaction sets in it: 837\)"):
        read(WHOLE.replace("ST*835*", "ST*837*"))


@given(
    st.integers(0, len(WHOLE) - 1), st.characters(codec="ascii"), st.sampled_from(["put", "take", "change"])
)
@settings(max_examples=300, deadline=None)
def test_one_letter_wrong_is_read_or_refused_and_the_other_claim_is_whole(
    place: int, letter: str, how: str
) -> None:
    after = place + (how != "put")
    text = WHOLE[:place] + ("" if how == "take" else letter) + WHOLE[after:]
    try:
        told = read(text)
    except InputError:
        return
    answers = [one for each in told for one in each.answers]
    good = read(WHOLE)[0].answers
    first, second = WHOLE.index("CLP*E000001"), WHOLE.index("CLP*E000002")
    if first < place < second - 2 and letter not in "~*:":
        assert good[1] in answers
    # Where the name of the segment that begins a claim is hurt, its lines run into the claim before it: that
    # one is then not added up and waits for a person, which the test above of what does not add up shows.
    if second + len("CLP") < place < WHOLE.index("PLB") - 2 and letter not in "~*:":
        assert good[0] in answers


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_anything_is_read_or_refused(raw: bytes) -> None:
    text = raw.decode("latin-1")
    for one in (text, WHOLE[:106] + text):
        with contextlib.suppress(InputError):
            read(one)


def test_a_payment_that_is_not_the_sum_of_its_claims_says_so() -> None:
    (told,) = read(WHOLE.replace("BPR*I*512.5*", "BPR*I*512.4*"))
    assert told.faults == ("the payment and its claims do not agree: -0.10 too much or too little",)
    assert [one.faults for one in told.answers] == [(), ()]
