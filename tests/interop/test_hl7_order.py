"""Orders as HL7 v2: what is read, what is a fault and where it stood; hl7apy parses what is made here."""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import ValidationError
from hl7apy.parser import parse_message
from hl7apy.validation import Validator
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interop.messages import BERLIN
from tests.interop.ordered import HEAD, LINES, OBR, ORC, SAID, asked, omg, orm, read, segment

from einthoven.base.errors import MessageError
from einthoven.base.instants import from_iso
from einthoven.enrollment.order import Indication, Prior, Setting, Test
from einthoven.enrollment.order_missing import missing
from einthoven.enrollment.order_read import parse as parse_order
from einthoven.enrollment.order_read import to_json
from einthoven.interop import hl7v2
from einthoven.interop.hl7_ack import header
from einthoven.interop.hl7_order import TESTS, orders
from einthoven.interop.hl7_orr import Outcome, answered
from einthoven.interop.order_said import ITEMS

NOW = from_iso("2023-11-14T12:00:00Z")
UNTIMED = segment("OBR", {**OBR, 27: ""})
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "hl7.md").read_text()


def test_a_whole_order_is_read_and_lacks_nothing() -> None:
    order, faults = read(orm(), NOW)
    assert faults == {}
    assert missing(order) == []
    patient, orderer = order.patient, order.orderer
    assert (patient.name, patient.birth_date, patient.sex) == ("Quinn, Ada M", "1951-04-03", "female")
    assert (patient.record_number, patient.telephone) == ("4711", "+1 215 5550101")
    assert (patient.postal.street, patient.postal.state, patient.postal.country) == ("1 Elm St", "PA", "US")
    assert (patient.contacts[0].name, patient.contacts[0].relation) == ("Ben Quinn", "son")
    assert (orderer.name, orderer.npi, orderer.practice) == ("Lind, Rosa", "1234567893", "Heart practice")
    assert orderer.telephone == "+1 215 5550199"
    assert (order.test, order.indication) == (Test.TELEMETRY, Indication.INFREQUENT)
    assert (order.days, order.start, order.dated) == (30, "2023-11-20", "2023-11-12")
    assert order.diagnoses == ("R55", "R00.2")
    assert (order.payer.id, order.payer.state, order.payer.member) == ("MEDICARE", "PA", "1EG4TE5MK73")
    assert order.setting is Setting.HOME
    assert order.said("low_risk").answer is True
    assert order.said("low_risk").where == "visit note 2023-11-12"
    assert order.said("screening").answer is False
    assert order.said("severe").answer is None
    assert (order.prior_tests[0].kind, order.prior_tests[0].on) == (Prior.HOLTER, "2023-01-10")
    assert order.prior_tests[0].revealing is False
    assert order.symptoms[0].severity == "severe"
    assert order.signature is not None
    assert (order.signature.how, order.signature.at) == ("message", "2023-11-12")
    assert order.placer == "7001^EPIC"


def test_both_messages_say_the_same() -> None:
    assert read(omg(orm()), NOW) == read(orm(), NOW)


def test_what_has_no_field_here_is_a_note() -> None:
    (one,) = asked(orm({"potassium": "4.1"}))
    assert "NTE[1]-3 behind OBR[1]: Please call before shipping." in one.said.notes
    assert any("potassium: 4.1" in told for told in one.said.notes)
    assert any("class of the visit O" in told for told in one.said.notes)


def test_the_class_of_the_visit_is_no_setting() -> None:
    order, _ = read(orm({"setting": ""}).replace("PV1|1|O", "PV1|1|I"), NOW)
    assert order.setting is None


@pytest.mark.parametrize(
    ("path", "place", "words", "message"),
    [
        (
            "orderer.npi",
            "ORC[1]-12",
            "1234567890: the check digit does not fit",
            orm().replace("1234567893", "1234567890"),
        ),
        ("patient.birth_date", "PID[1]-7", "no date", orm().replace("19510403", "3 April")),
        ("patient.birth_date", "PID[1]-7", "1951 is no whole date", orm().replace("|19510403|", "|1951|")),
        ("patient.sex", "PID[1]-8", "'x' is not female", orm().replace("|F|||1 Elm", "|X|||1 Elm")),
        (
            "test",
            "OBR[1]-4",
            "'MRI' is no test of this center",
            orm(OBR=segment("OBR", {**OBR, 4: "MRI^Scan^L"})),
        ),
        ("test", "ORC[1]", "OBR is missing", orm(OBR="")),
        ("diagnoses[1]", "DG1[1]-3", "'427.31' is no ICD-10-CM", orm(DG1="DG1|1||427.31^AF^I10")),
        (
            "statements.low_risk.answer",
            "OBX[17]-5",
            "'perhaps' is not Y or N",
            orm({"statements.low_risk": "perhaps"}),
        ),
        (
            "symptoms[0].what",
            "OBX[9]-5",
            "'spells' is none of palpitations",
            orm({"symptom.what": "spells"}),
        ),
        ("prior_tests[0].on", "OBX[14]-5", "no date", orm({"prior_test.on": "January"})),
        ("setting", "OBX[2]-5", "'moon' is none of home", orm({"setting": "moon"})),
        ("days", "OBX[21]-5", "want a whole number from 1 to 366", orm({"days": "9999"}, OBR=UNTIMED)),
        ("start", "TQ1[1]-7", "'soon' is no date", orm(OBR=UNTIMED, TQ1="TQ1|1|||||30^D|soon")),
        ("patient.postal.zip", "PID[1]-11", "'1910' is no ZIP", orm().replace("^19103^", "^1910^")),
        ("", "NTE[1]-3", "an escape sequence is not closed", orm(NTE="NTE|1||a \\F b")),
    ],
)
def test_a_fault_names_its_field_here_and_its_place_there(
    path: str, place: str, words: str, message: str
) -> None:
    order, faults = read(message, NOW)
    assert list(faults) == [path]
    origin, told = faults[path]
    assert origin == place
    assert words in told
    assert order.placer == "7001^EPIC"


@pytest.mark.parametrize(
    ("message", "where", "code"),
    [
        (orm().replace("PID|1", "ZID|1"), "PID", 100),
        (orm() + "PID|2||1\r", "PID", 100),
        (HEAD, "ORC", 100),
        (orm(ORC=segment("ORC", {**ORC, 1: "RP"})), "ORC[1]-1", 103),
        (orm(ORC=segment("ORC", {**ORC, 1: ""})), "ORC[1]-1", 101),
        (orm(ORC="ORC|NW", OBR="OBR|1|||93229"), "ORC[1]-2", 101),
        (orm().replace("ORM^O01^ORM_O01", "ORM^O02^ORM_O01"), "MSH[1]-9", 201),
        (orm() + LINES["ORC"] + "\r", "ORC[2]-2", 205),
        (HEAD + "".join(f"ORC|NW|{one}\r" for one in range(21)), "ORC", 100),
    ],
)
def test_only_what_could_not_be_answered_is_refused(message: str, where: str, code: int) -> None:
    with pytest.raises(MessageError) as error:
        asked(message)
    assert (error.value.where, error.value.code) == (where, code)


def test_several_orders_of_one_patient_come_in_one_message() -> None:
    second = f"{LINES['ORC']}\r{LINES['OBR']}\r".replace("7001", "7002").replace("93229", "93012")
    found = asked(orm() + second)
    assert [one.placer for one in found] == ["7001^EPIC", "7002^EPIC"]
    first, other = (one.said.read(NOW)[0] for one in found)
    assert (first.patient.name, first.test) == (other.patient.name, Test.TELEMETRY)
    assert other.test is Test.POST_SYMPTOM
    assert other.symptoms == ()


def test_a_number_may_stand_in_obr_and_a_duration_in_its_timing() -> None:
    obr = segment("OBR", {1: "1", 2: "7001", 4: "93229^^C4", 13: "Palpitations", 27: "^^W4^20231121"})
    order, faults = read(orm(ORC="ORC|NW", OBR=obr), NOW)
    assert faults == {}
    assert order.indication_words == "Palpitations"
    assert (order.placer, order.days, order.start) == ("7001", 28, "2023-11-21")
    quantity = read(orm(OBR=UNTIMED, TQ1="TQ1|1|||||30^D|20231121"), NOW)[0]
    assert (quantity.days, quantity.start) == (30, "2023-11-21")
    assert read(orm(OBR=UNTIMED, TQ1="TQ1|1|||||2^mo"), NOW)[1]["days"][0] == "TQ1[1]-6"


def test_who_is_called_and_diagnoses_of_other_systems() -> None:
    kin = "NK1|1|Quinn^Ben|SON^Son|||^PRN^PH^^1^215^5550103\rIN1|1||||PLAN"
    text = orm({"contact.name": "", "contact.telephone": "", "contact.relation": ""}).replace(
        "PV1|", f"{kin}\rPV1|"
    )
    order, _ = read(text, NOW)
    assert [(one.name, one.telephone, one.relation) for one in order.patient.contacts] == [
        ("Quinn, Ben", "+1 215 5550103", "Son")
    ]
    (one,) = asked(orm(DG1="DG1|1||427.31^AF^I9C"))
    assert any("427.31 AF I9C" in told for told in one.said.notes)


def test_a_paper_within_the_message_is_taken_out_of_it() -> None:
    data = base64.b64encode(b"%PDF-1.7 note").decode()
    paper = f"OBX|90|ED|34109-9^Visit note^LN||^AP^PDF^Base64^{data}||||||F\r"
    (one,) = asked(orm() + paper)
    assert one.said.papers == [("Visit note", "Visit note.pdf", b"%PDF-1.7 note")]
    (bad,) = asked(orm() + paper.replace(data, "???"))
    assert [(fault.where, fault.origin, fault.words) for fault in bad.said.faults] == [
        ("documents", "OBX[21]-5", "is no Base64")
    ]


# ---- another library ---------------------------------------------------------------------------------------


CHOICE = re.compile(r"Error: Missing required child \w+_SUPPGRP\.(RQD|RQ1|RXO|ODS|ODT)")
"""Of segments of which a message has one or another, that validator wants each."""


def valid(raw: str, folder: Path) -> Any:
    """The message as hl7apy parses it, after its own validation against the tables of 2.5.1."""
    message = parse_message(raw, validation_level=VALIDATION_LEVEL.STRICT)
    told = folder / "told.txt"
    with suppress(ValidationError):
        Validator.validate(message, report_file=str(told))
    errors = [one for one in told.read_text().splitlines() if one.startswith("Error")]
    assert [one for one in errors if not CHOICE.match(one)] == []
    return message


def test_another_library_parses_the_messages_that_are_made_here(tmp_path: Path) -> None:
    order = valid(orm(), tmp_path).orm_o01_order
    assert order.orc.orc_1.value == "NW"
    assert order.orm_o01_order_detail.orm_o01_obrrqdrq1rxoodsodt_suppgrp.obr.obr_4.ce_1.value == "93229"
    assert valid(omg(orm()), tmp_path).omg_o19_order.orc.orc_2.ei_1.value == "7001"


@pytest.mark.parametrize("text", [orm(), omg(orm())], ids=["ORM", "OMG"])
def test_another_library_finds_the_answers_valid(text: str, tmp_path: Path) -> None:
    told = header(hl7v2.parse(text.encode()))
    lacks = (("PID[1]-7", "patient.birth_date: The patient's date of birth."), ("", "signature: none"))
    outcomes = [
        Outcome("OK", "7001^EPIC", 5, "HD", ("93229", "MCT 30 days", "C4"), lacks),
        Outcome("UC", "7002", 4, "IP", ("93229", "", ""), (), "a service runs under it"),
    ]
    raw = answered(told, outcomes, "A1", NOW, BERLIN)
    assert raw is not None
    message = valid(raw.decode(), tmp_path)
    kind = message.msh.msh_9.msg_1.value
    assert kind == ("ORR" if told.code == "ORM" else "ORG")
    assert [one.err_4.value for one in message.err] == ["W", "W"]
    again = hl7v2.parse(raw)
    assert [again.get("ORC", 1, of=one) for one in (1, 2)] == ["OK", "UC"]
    assert (again.get("ORC", 2, 2), again.get("ORC", 3)) == ("EPIC", "order-5")
    assert again.get("ERR", 2) == "PID"
    assert again.get("MSA", 2) == "MSG00001"


# ---- whatever comes ----------------------------------------------------------------------------------------

WHOLE = orm().encode()
CUTS = st.lists(
    st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=4
)


@settings(max_examples=400, deadline=None)
@given(CUTS)
def test_any_mutation_is_an_order_or_a_refusal_in_words(cuts: list[tuple[int, int, bytes]]) -> None:
    raw = WHOLE
    for at, length, put in cuts:
        raw = raw[:at] + put + raw[at + length :]
    try:
        message = hl7v2.parse(raw)
        told = header(message)
        if told.code not in ("ORM", "OMG"):
            return
        found = orders(message, told, BERLIN)
    except MessageError as error:
        refused = (error.where, error.what)
        assert all(refused)
        return
    for one in found:
        order, faults = one.said.read(NOW)
        assert all(fault.origin for fault in faults)
        assert all(fault.words for fault in faults)
        assert parse_order(to_json(order), NOW) == (order, ())


SEGMENTS = st.sampled_from(["PID", "PV1", "IN1", *LINES, "OBX"])
FIELDS = st.tuples(SEGMENTS, st.integers(1, 50), st.text(max_size=30))


@settings(max_examples=300, deadline=None)
@given(st.lists(FIELDS, min_size=1, max_size=4))
def test_any_text_in_any_field_is_read_or_named(changes: list[tuple[str, int, str]]) -> None:
    lines = orm().split("\r")
    for name, at, text in changes:
        which = next(place for place, line in enumerate(lines) if line.startswith(name))
        fields = lines[which].split("|")
        fields += [""] * (at + 1 - len(fields))
        fields[at] = hl7v2.escaped(text)
        lines[which] = "|".join(fields)
    try:
        found = asked("\r".join(lines))
    except MessageError as error:
        refused = error.where[:3]
        assert refused in ("ORC", "PID", "MSH")
        return
    for one in found:
        order, faults = one.said.read(NOW)
        assert all(fault.origin and fault.words for fault in faults)
        assert parse_order(to_json(order), NOW) == (order, ())


def test_the_page_has_every_item_and_every_test() -> None:
    told = set(re.findall(r"(?m)^\| `([\w.]+)` \|", PAGE))
    plain = {name for name in ITEMS if not name.startswith("statements.")}
    assert plain <= told
    assert {"statements.KEY", "statements.KEY.words", "statements.KEY.where"} <= set(
        re.findall(r"`(statements\.KEY[\w.]*)`", PAGE)
    )
    for code in TESTS:
        assert f"`{code}`" in PAGE
    assert set(SAID) <= set(ITEMS)


@pytest.mark.parametrize(
    ("path", "place", "words", "message"),
    [
        ("statements.low_risk.answer", "OBX[2]-5", "no here, and yes at OBX[1]-5", "statements.low_risk"),
        ("setting", "OBX[2]-5", "hospital here, and home at OBX[1]-5", "setting"),
        ("prior_tests[0].on", "OBX[2]-5", "2023-02-10 here, and 2023-01-10 at OBX[1]-5", "prior_test.on"),
    ],
)
def test_of_two_answers_to_one_question_none_is_passed_over(
    path: str, place: str, words: str, message: str
) -> None:
    two = {
        "statements.low_risk": ("Y", "N"),
        "setting": ("home", "hospital"),
        "prior_test.on": ("20230110", "20230210"),
    }
    lines = [f"OBX|{at}|CE|{message}^^99EINT|1|{one}||||||F" for at, one in enumerate(two[message], 1)]
    (one,) = asked(HEAD + "\r".join([LINES["ORC"], LINES["OBR"], *lines]) + "\r")
    _, faults = one.said.read(NOW)
    assert [(fault.where, fault.origin, fault.words) for fault in faults] == [
        (path, place, f"{words}: which?")
    ]


def test_another_number_of_who_orders_or_another_length_is_a_fault() -> None:
    obr = segment("OBR", {**OBR, 16: "1003000126^Lind^Rosa^^^Dr.^^^NPI^^^^NPI"})
    _, faults = read(orm(OBR=f"{obr}\rTQ1|1|||||14^D"), NOW)
    assert faults["orderer.npi"] == ("OBR[1]-16", "1003000126 here, and 1234567893 at ORC[1]-12: which?")
    assert faults["days"] == ("TQ1[1]-6", "14 here, and 30 at OBR[1]-27: which?")


def test_a_second_request_behind_one_orc_is_told_and_its_words_are_no_order() -> None:
    order, faults = read(orm(OBR=f"{LINES['OBR']}\r" + segment("OBR", {1: "2", 4: "93012^strips^C4"})), NOW)
    assert faults["test"] == ("OBR[2]", "93012 stands behind the ORC of another request: want one of its own")
    assert order.test is Test.TELEMETRY


def test_words_that_come_in_two_pieces_are_not_lost() -> None:
    more = "OBX|90|TX|indication_words^^99EINT|1|and falls||||||F\r"
    (one,) = asked(orm({"indication_words": "faints"}) + more)
    assert any("indication_words: also and falls" in note for note in one.said.notes)
