"""277CA: each claim is taken or turned down with reasons; what cannot be read is said, nothing is lost."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.billing.remittance import Answer, Notice, Outcome, Remittance, outcome
from einthoven.center.claim_files import read_file
from einthoven.interop import x12_check
from einthoven.interop.x12_277ca import read

HEAD = (
    f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'CLHR00':15}*ZZ*{'SUB1':15}*230502*0100*^*00501*000000042*0*P*:~",
    "GS*HN*CLHR00*SUB1*20230502*0100*42*X*005010X214~",
    "ST*277*0001*005010X214~",
    "BHT*0085*08*N42*20230502*0100*TH~",
    "HL*1**20*1~",
    "NM1*AY*2*CLEARING HALL*****46*CLHR00~",
    "TRN*1*CH0001~",
    "DTP*050*D8*20230501~",
    "DTP*009*D8*20230502~",
    "HL*2*1*21*1~",
    "NM1*41*2*RECEIVING CENTER*****46*SUB1~",
    "TRN*2*7-0001~",
    "STC*A1:19:AY*20230502*WQ*1300~",
    "QTY*90*1~",
    "QTY*AA*1~",
    "AMT*YU*650~",
    "AMT*YY*650~",
    "HL*3*2*19*1~",
    "NM1*85*2*RECEIVING CENTER*****XX*1234567893~",
    "TRN*1*0~",
    "STC*A1:19:AY**WQ*1300~",
)
TAKEN = (
    "HL*{at}*3*PT~",
    "NM1*QC*1*DOE*JANE****MI*1EG4TE5MK73~",
    "TRN*2*E000001~",
    "STC*A2:20:PR*20230502*WQ*650~",
    "REF*1K*ICN77~",
    "DTP*472*D8*20230330~",
)
DOWN = (
    "HL*{at}*3*PT~",
    "NM1*QC*1*ROE*RICHARD****MI*1EG4TE5MK74~",
    "TRN*2*E000002~",
    "STC*A7:562:82*20230502*U*650*******A6:164:IL~",
    "DTP*472*D8*20230330~",
    "SVC*HC:93229*650*****1~",
    "STC*A7:254*20230502*U~",
)
TAIL = ("SE*{count}*0001~", "GE*1*42~", "IEA*1*000000042~")


def file(*claims: tuple[str, ...], head: tuple[str, ...] = HEAD) -> str:
    body = [one.replace("{at}", str(at)) for at, each in enumerate(claims, start=4) for one in each]
    told = [*head, *body, *TAIL]
    return "\n".join(told).replace("{count}", str(len(told) - 4))


WHOLE = file(TAKEN, DOWN)


def one(text: str) -> Remittance:
    (told,) = read(text)
    return told


def test_one_claim_is_taken_and_one_is_turned_down_with_every_reason() -> None:
    told = one(WHOLE)
    assert (told.kind, told.payer, told.payer_number) == ("277CA", "CLEARING HALL", "CLHR00")
    assert (told.number, told.day, told.cents, told.faults) == ("CH0001", "2023-05-02", 0, ())
    taken, down = told.answers
    assert (taken.number, taken.notice, taken.said) == ("E000001", Notice.TAKEN, ("A2:20:PR",))
    assert (taken.patient, taken.charged, taken.payer_number, taken.batch) == (
        "JANE DOE",
        65000,
        "ICN77",
        "7-0001",
    )
    assert (down.number, down.notice) == ("E000002", Notice.TURNED_DOWN)
    assert down.said == ("A7:562:82", "A6:164:IL", "A7:254")
    assert [each.code for each in down.lines] == ["93229"]
    assert [outcome(each) for each in told.answers] == [Outcome.TAKEN, Outcome.TURNED_DOWN]


def test_the_other_reader_finds_the_files_of_these_tests_good() -> None:
    assert [each.words for each in x12_check.faults(file(TAKEN))] == []
    assert [each.words for each in x12_check.faults(WHOLE)] == []


def test_a_file_is_known_by_what_is_in_it() -> None:
    assert tuple(one for one, _ in read_file(WHOLE.encode(), "answer.txt").remits) == read(WHOLE)


def test_delimiters_are_those_of_the_file() -> None:
    strange = WHOLE.replace("~\n", "!").replace("~", "!").replace("*", "|").replace(":", ">")
    assert one(strange) == one(WHOLE)


def test_a_set_turned_down_at_a_level_above_claims_is_said_of_its_claim() -> None:
    receiver = "STC*A3:24:41*20230502*U*650~"
    head = tuple(receiver if each.startswith("STC") else each for each in HEAD if "QTY" not in each)
    (answer,) = one(file(head=head[: head.index("HL*3*2*19*1~")])).answers
    assert (answer.number, answer.batch, answer.notice) == ("", "7-0001", Notice.TURNED_DOWN)
    assert answer.said == ("A3:24:41",)
    provider = (*(each for each in HEAD[:-1] if "QTY" not in each), "STC*A8:562:85*20230502*U*650~")
    (answer,) = one(file(head=provider)).answers
    assert (answer.number, answer.batch, answer.said) == ("", "7-0001", ("A8:562:85",))


def test_a_receiver_taken_with_claims_below_says_nothing_beside_them() -> None:
    assert [each.number for each in one(file(TAKEN)).answers] == ["E000001"]


BAD = [
    ("no such status", "STC*A2:20:PR*", "STC*Z9:20:PR*", "whether it was taken is not said (Z9:20:PR)"),
    ("not found", "STC*A2:20:PR*", "STC*A4:35:PR*", "whether it was taken is not said (A4:35:PR)"),
    ("no status", "STC*A2:20:PR*20230502*WQ*650~\n", "", "whether it was taken is not said (no status)"),
    ("both at once", "*20230502*WQ*650~\nREF", "*20230502*U*650~\nREF", "taken and turned down: A2:20:PR"),
    ("an amount", "*WQ*650~\nREF", "*WQ*65O~\nREF", "STC04: '65O' is no amount"),
    ("an action", "*WQ*650~\nREF", "*XX*650~\nREF", "STC03: 'XX' is neither"),
    ("no number", "TRN*2*E000001~", "TRN*2~", "TRN02: says not of which claim"),
    ("a level lost", "HL*5*3*PT~\n", "", "TRN02: a second claim, 'E000002'"),
]


@pytest.mark.parametrize(("good", "bad", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_wrong_of_one_claim_waits_for_a_person(good: str, bad: str, words: str) -> None:
    assert WHOLE.count(good) == 1
    told = one(WHOLE.replace(good, bad))
    assert words in " ".join(told.answers[0].faults)
    if len(told.answers) == 2:
        assert told.answers[1] == one(WHOLE).answers[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (WHOLE[: WHOLE.index("HL*5")], "ends in the middle of a transaction set"),
        (WHOLE[: WHOLE.index("SE*")], "ends in the middle of a transaction set"),
        (WHOLE.replace("QTY*AA*1", "QTY*AA*2"), "2 claim(s) were turned down, and tells of 1"),
        (WHOLE.replace("QTY*90*1", "QTY*90*O"), "QTY02: 'O' is no count"),
        (WHOLE.replace("SE*", "SE*1"), "something may be missing"),
        (WHOLE.replace("*0001~\nGE", "*0002~\nGE"), "SE: ends set '0002', begun was '0001'"),
        (WHOLE.replace("DTP*009*D8*20230502", "DTP*009*D8*20230231"), "DTP03: '20230231' is no date"),
        (WHOLE[: WHOLE.index("SE*")] + "GE*1*42~IEA*1*000000042~", "GE where the end"),
    ],
)
def test_what_may_be_missing_is_said_of_the_file(text: str, words: str) -> None:
    told = one(text)
    assert words in " ".join(told.faults)
    assert told.answers[0] == one(WHOLE).answers[0]


def test_a_set_without_its_end_does_not_take_the_next_one_with_it() -> None:
    body = WHOLE.split("\n")
    first, second = read("\n".join([*body[:2], *body[2:-3], *body[2:]]))
    assert "ST where the end" in first.faults[0]
    assert second == one(WHOLE)
    assert first.answers == second.answers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no X12 file"),
        ("hello", "no X12 file"),
        (WHOLE.replace("ST*277*0001*005010X214", "ST*835*0001"), r"holds no 277CA \(in it: 835\)"),
        (WHOLE.replace("005010X214", "005010X212"), r"\(in it: 277 of 005010X212\)"),
        (WHOLE.replace("~", "|", 1), "holds no 277CA"),
        (WHOLE.replace("*", ";").replace("ISA;", "ISA*", 1), "no X12 file"),
    ],
)
def test_what_is_no_277ca_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read(text)
    assert "\n" not in str(refused.value)


@given(
    st.integers(0, len(WHOLE) - 1), st.characters(codec="ascii"), st.sampled_from(["put", "take", "change"])
)
@settings(max_examples=300, deadline=None)
def test_one_letter_wrong_never_turns_a_refusal_into_a_claim_taken(place: int, letter: str, how: str) -> None:
    after = place + (how != "put")
    text = WHOLE[:place] + ("" if how == "take" else letter) + WHOLE[after:]
    try:
        told = read(text)
    except InputError:
        return
    answers = [each for part in told for each in part.answers]
    assert not [each for each in answers if each.number == "E000002" and each.notice is Notice.TAKEN]
    first = WHOLE.index("HL*4*")
    if first <= place < WHOLE.index("HL*5*") - 2 and letter not in "~*:":
        assert one(WHOLE).answers[1] in answers
    if len(answers) < 2:
        assert any(part.faults for part in (*told, *answers))


@given(st.integers(106, len(WHOLE)))
@settings(max_examples=300, deadline=None)
def test_a_file_cut_off_anywhere_says_so_or_is_refused(length: int) -> None:
    try:
        told = read(WHOLE[:length])
    except InputError:
        return
    done = f"SE*{WHOLE.count('~') - 4}*0001" in WHOLE[:length]
    assert done or told[0].faults


CODES = st.sampled_from(["A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "Z1", ""])


@given(st.lists(st.tuples(CODES, st.sampled_from(["WQ", "U", ""])), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_claim_is_taken_only_where_nothing_says_otherwise(said: list[tuple[str, str]]) -> None:
    claim = (*TAKEN[:3], *(f"STC*{code}:20:PR*20230502*{action}*650~" for code, action in said))
    (answer,) = one(file(claim)).answers
    down = {"A3", "A6", "A7", "A8"}
    if answer.notice is Notice.TAKEN:
        assert not any(code in down or action == "U" for code, action in said)
    elif answer.notice is Notice.TURNED_DOWN:
        assert any(code in down or action == "U" for code, action in said)
        assert not any(code in ("A0", "A1", "A2", "A5") for code, _ in said)
    else:
        assert answer.faults


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_anything_is_read_or_refused(raw: bytes) -> None:
    text = raw.decode("latin-1")
    for each in (text, WHOLE[:106] + text, WHOLE[: WHOLE.index("HL*4")] + text):
        with contextlib.suppress(InputError):
            read(each)


def test_an_answer_of_before_has_no_notice() -> None:
    assert (Answer("E000001").form, Answer("E000001").notice) == ("", Notice.NONE)
