"""Claims as 837P: what is written is found valid by a reader that is not ours, whatever names people have."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.billing.claims import claim, profile

from einthoven.base.errors import InputError
from einthoven.billing.claim import Claim, Consent, Facility, Line, Part, PersonName
from einthoven.interop import x12, x12_835, x12_check
from einthoven.interop.x12 import Envelope, Flaw
from einthoven.interop.x12_837p import Parties, write

BY = profile().submitter
PARTIES = Parties(BY.name, BY.id, BY.contact, BY.telephone, BY.receiver, BY.receiver_id)
AT = datetime(2023, 5, 1, 9, 30)  # noqa: DTZ001 - local time, as the file carries it


def envelope(control: int = 7) -> Envelope:
    return Envelope(BY.id, BY.receiver_id, control, AT)


def written(*claims: Claim, control: int = 7) -> str:
    told = [(f"E{at:06d}", one) for at, one in enumerate(claims, start=1)]
    text, flaws = write(told, PARTIES, envelope(control))
    assert flaws == ()
    return text


def segments(text: str, name: str) -> list[list[str]]:
    return [one for one in x12.split(text) if one[0] == name]


@pytest.mark.parametrize("part", list(Part))
def test_a_claim_is_valid_837p(part: Part) -> None:
    assert x12_check.faults(written(claim(part))) == ()


def test_many_claims_stand_in_sets_of_their_own() -> None:
    text = written(*(claim() for _ in range(5)))
    assert x12_check.faults(text) == ()
    assert [one[2] for one in segments(text, "ST")] == ["0001", "0002", "0003", "0004", "0005"]
    assert [one[1] for one in segments(text, "CLM")] == [f"E{at:06d}" for at in range(1, 6)]


def test_what_stands_in_it() -> None:
    made = replace(
        claim(), lines=(Line("93229", ("GA",), 1, "2023-03-30", 65005, (1, 2)),), note="By courier"
    )
    text = written(made)
    assert "SV1*HC:93229:GA*650.05*UN*1***1:2~" in text
    assert "DTP*472*D8*20230330~" in text
    assert "HI*ABK:R55*ABF:I4891~" in text
    assert "NM1*DK*1*MULLER*ANN****XX*1245319599~" in text
    assert "CLM*E000001*650.05***12:B:1*Y*A*Y*Y~" in text
    assert "NTE*ADD*BY COURIER~" in text
    assert (
        "ISA*00*          *00*          *ZZ*SUB1           *ZZ*04412          *230501*0930*^*00501*000000007"
        in text
    )


def test_a_claim_that_replaces_another_names_it() -> None:
    text = written(replace(claim(), original="ICN 123"))
    assert "*12:B:7*" in text
    assert "REF*F8*ICN 123~" in text
    assert x12_check.faults(text) == ()


def test_what_was_signed_stands_in_it_as_it_is_on_record() -> None:
    made = replace(claim(), signed="", assignment="C", benefits=Consent(False))
    text = written(made)
    assert "*12:B:1*N*C*N*Y~" in text
    assert x12_check.faults(text) == ()
    faults = x12_check.faults(written(replace(claim(), release=Consent(), assignment="", benefits=Consent())))
    assert len(faults) == 3
    assert all("CLM" in one.segment for one in faults)


def test_a_place_that_is_no_home_is_named_unless_it_is_that_of_who_bills() -> None:
    read = claim(Part.PROFESSIONAL)
    text = written(read)
    assert "NM1*77*2*READING PRACTICE*****XX*1679576722~" in text
    assert text.index("NM1*82*") < text.index("NM1*77*")
    assert "N4*DALLAS*TX*752010003~" in text
    assert x12_check.faults(text) == ()
    assert "NM1*77*" not in written(claim())
    assert "NM1*77*" not in written(replace(read, facility=Facility(same=True)))
    nameless = replace(read, facility=replace(read.facility, npi=""))
    assert "NM1*77*2*READING PRACTICE~" in written(nameless)
    assert x12_check.faults(written(nameless)) == ()


def test_a_mark_of_a_test_stands_in_the_envelope() -> None:
    text, _ = write([("E1", claim())], PARTIES, replace(envelope(), test=True))
    assert segments(text, "ISA")[0][15] == "T"


MISSING = [
    (
        "city",
        lambda one: replace(one, billing=replace(one.billing, postal=replace(one.billing.postal, city=""))),
        "City",
    ),
    ("NPI", lambda one: replace(one, billing=replace(one.billing, npi="")), ""),
    (
        "birth date",
        lambda one: replace(one, patient=replace(one.patient, birth_date="1950-13-40")),
        "Birth Date",
    ),
    ("diagnosis", lambda one: replace(one, diagnoses=()), ""),
    ("line", lambda one: replace(one, lines=()), ""),
    ("place", lambda one: replace(one, place=""), ""),
]


@pytest.mark.parametrize(("change", "words"), [row[1:] for row in MISSING], ids=[row[0] for row in MISSING])
def test_what_is_missing_is_found_by_the_other_reader(change: object, words: str) -> None:
    text, _ = write([("E1", change(claim()))], PARTIES, envelope())  # type: ignore[operator]
    found = x12_check.faults(text)
    assert found
    assert any(words in one.words for one in found)
    assert all("\n" not in one.words for one in found)


@pytest.mark.parametrize(
    ("told", "sent"),
    [
        ("Müller", "MULLER"),
        ("Ångström-Łukasz", "ANGSTROM-LUKASZ"),
        ("O’Brien", "O'BRIEN"),
        ("Groß", "GROSS"),
        ("  a   b ", "A B"),
    ],
)
def test_letters_with_marks_are_written_without_them(told: str, sent: str) -> None:
    flaws: list[Flaw] = []
    assert x12.text(told, "name", 60, flaws) == sent
    assert flaws == []


@pytest.mark.parametrize("told", ["Doe*", "a~b", "x:y", "u^v", "王", "Doe\x07"])
def test_what_cannot_be_written_is_named_and_never_ends_a_segment(told: str) -> None:
    made = replace(claim(), patient=replace(claim().patient, name=PersonName(f"{told}Z", "Jane")))
    text, flaws = write([("E1", made)], PARTIES, envelope())
    assert [one.where for one in flaws] == ["patient.name.last"]
    assert len(segments(text, "SE")) == 1
    assert int(segments(text, "SE")[0][1]) == text.count("~") - 4


def test_a_value_that_is_too_long_is_named() -> None:
    made = replace(claim(), patient=replace(claim().patient, name=PersonName("D" * 61, "Jane")))
    _, flaws = write([("E1", made)], PARTIES, envelope())
    assert flaws == (Flaw("patient.name.last", "is longer than 60 characters"),)


@pytest.mark.parametrize("control", [0, -1, 1_000_000_000])
def test_a_control_number_has_nine_digits(control: int) -> None:
    with pytest.raises(InputError, match="control number"):
        write([("E1", claim())], PARTIES, envelope(control))


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)


@given(NAMES, NAMES, NAMES, st.integers(1, 99_999_99), st.integers(1, x12.CONTROL_MAX))
@settings(max_examples=60, deadline=None)
def test_whatever_a_name_is_the_file_holds_together(
    last: str, street: str, note: str, cents: int, control: int
) -> None:
    whole = claim()
    patient = replace(
        whole.patient, name=PersonName(last, "Jane"), postal=replace(whole.patient.postal, street=street)
    )
    made = replace(whole, patient=patient, note=note, lines=(replace(whole.lines[0], cents=cents),))
    text, flaws = write([("E000001", made)], PARTIES, envelope(control))
    told = list(x12.split(text))
    assert text.isascii()
    assert [told[at][0] for at in (0, 1, 2, -3, -2, -1)] == ["ISA", "GS", "ST", "SE", "GE", "IEA"]
    assert told[-3][1] == str(len(told) - 4)
    assert (told[0][13], told[-1][2]) == (f"{control:09d}", f"{control:09d}")
    if not flaws and x12.text(last) and x12.text(street):
        assert x12_check.faults(text) == ()


# ---- what receivers say ------------------------------------------------------------------------------------

WHOLE = (
    f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'04412':15}*ZZ*{'SUB1':15}*230502*0100*^*00501*000000042*0*P*:~"
    "GS*FA*04412*SUB1*20230502*0100*42*X*005010X231A1~ST*999*0001*005010X231A1~"
    "AK1*HC*7*005010X222A1~{sets}AK9*{all}*2*2*{good}~SE*9*0001~GE*1*42~IEA*1*000000042~"
)


def test_a_file_that_was_taken() -> None:
    text = WHOLE.format(sets="AK2*837*0001~IK5*A~AK2*837*0002~IK5*A~", all="A", good="2")
    (said,) = x12_check.acknowledgements(text)
    assert (said.group, said.accepted, said.sets) == ("7", True, (("0001", True, ""), ("0002", True, "")))


def test_a_set_that_was_turned_down_says_why() -> None:
    sets = "AK2*837*0001~IK5*A~AK2*837*0002~IK3*N4*10*2010*8~IK4*1*19*1~IK5*R*5~"
    (said,) = x12_check.acknowledgements(WHOLE.format(sets=sets, all="P", good="1"))
    assert not said.accepted
    assert said.sets[1] == (
        "0002",
        False,
        "N4 at segment 10 has fields that are wrong; its element 1 is missing",
    )


def test_the_999_that_the_other_reader_makes_of_our_file_is_read() -> None:
    import io

    import pyx12.params
    import pyx12.x12n_document

    told = io.StringIO()
    text = io.StringIO(written(claim(), claim()))
    pyx12.x12n_document.x12n_document(pyx12.params.params(), text, told, None)
    (said,) = x12_check.acknowledgements(told.getvalue())
    assert (said.group, said.accepted, [one[0] for one in said.sets]) == ("7", True, ["0001", "0002"])


@pytest.mark.parametrize("text", ["", "ISA", "hello", WHOLE[:100], "ISA" + "x" * 200])
def test_what_is_no_such_file_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError, match=r"^.+$"):
        x12_check.acknowledgements(text)
    with pytest.raises(InputError, match=r"^.+$"):
        x12_835.read(text)


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_the_other_reader_never_breaks_us(text: str) -> None:
    assert x12_check.faults(text)
