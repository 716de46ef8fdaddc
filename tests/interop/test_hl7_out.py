"""Reports and acknowledgements as HL7 v2: hl7apy finds them valid against 2.5.1, python-hl7 reads them."""

from __future__ import annotations

import base64
from datetime import UTC
from typing import Any

import hl7
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message
from hl7apy.validation import Validator
from tests.interop.messages import ADT, BERLIN, NOON, PDF, report

from einthoven.base.errors import MessageError
from einthoven.enrollment.people import Patient
from einthoven.interop import hl7v2
from einthoven.interop.hl7_ack import Header, acknowledged, answer, header, header_or_what_there_is
from einthoven.interop.hl7_adt import Identifier
from einthoven.interop.hl7_oru import Between, number, oru, with_page

BETWEEN = Between("EINTHOVEN", "HEART", "LAB", "GOOD HEALTH")


def valid(raw: bytes) -> Any:
    """The message as hl7apy parses it, after its own validation against the tables of 2.5.1."""
    message = parse_message(raw.decode(), validation_level=VALIDATION_LEVEL.STRICT)
    assert Validator.validate(message)
    return message


def sent(**changed: object) -> bytes:
    known = (Identifier("4711", "GOOD HEALTH", "MR"),)
    return oru(report(**changed), BETWEEN, "C0001", NOON, BERLIN, known)


def test_another_library_finds_the_message_valid_and_reads_its_values() -> None:
    # That library takes data of 199 characters at most, as if ED-5 were ST; in 2.5.1 it is TX, without limit.
    message = valid(sent(pdf=lambda: PDF[:100]))
    observation = message.oru_r01_patient_result.oru_r01_order_observation
    found = [one.obx for one in observation.oru_r01_observation]
    assert [one.obx_2.value for one in found] == ["NM", "NM", "NM", "TX", "TX", "ED"]
    assert [one.obx_5.value for one in found[:3]] == ["71.5", "41", "1204"]
    assert [one.obx_6.ce_1.value for one in found[:3]] == ["/min", "/min", "{beats}"]
    assert message.oru_r01_patient_result.oru_r01_patient.pid.pid_5.xpn_1.value == "Doe"


def test_codes_are_those_of_others_where_there_is_one_and_local_ones_are_marked() -> None:
    message = hl7.parse(sent())
    told = [str(obx[3]).split("^") for obx in message.segments("OBX")]
    af = "Atrial fibrillation"
    assert told[0] == ["8867-4", "Heart rate", "LN", "rate.mean", "Mean heart rate", "99EINT"]
    assert told[2] == ["pvc.count", "Ventricular ectopic beats", "99EINT"]
    assert told[3] == ["164889003", af, "SCT", "atrial-fibrillation", af, "99EINT"]
    assert told[4] == ["8601-7", "ECG impression", "LN"]
    study = ["18754-2", "Ambulatory cardiac rhythm monitor (Holter) study", "LN"]
    assert str(message["OBR"][0][4]).split("^") == [*study, "daily", "Report of a day of wear", "99EINT"]


def test_the_page_comes_back_byte_for_byte_and_the_impression_word_for_word() -> None:
    message = hl7v2.parse(sent())
    assert [message.get("OBX", 5, part, of=6) for part in (2, 3, 4)] == ["AP", "PDF", "Base64"]
    assert base64.b64decode(message.get("OBX", 5, 5, of=6)) == PDF
    lines = [message.get("OBX", 5, repeat=one, of=5) for one in (1, 2)]
    assert "\n".join(lines) == report().conclusion


def test_the_page_may_be_put_in_later_and_in_no_other_place() -> None:
    digest = 64 * "a"
    told = report(conclusion=f"^AP^PDF^Base64^{digest}")
    waiting = oru(told, BETWEEN, "C1", NOON, BERLIN, page=digest).decode()
    assert len(waiting) < 3000
    assert with_page(waiting, digest, PDF).encode() == oru(told, BETWEEN, "C1", NOON, BERLIN)
    assert with_page(waiting, 64 * "b", PDF) == waiting


def test_whose_it_is_of_when_and_who_signed() -> None:
    message = hl7v2.parse(sent())
    assert [message.get("PID", 3, repeat=one) for one in (1, 2)] == ["4711", "3"]
    assert [message.get("PID", 3, 4, repeat=one) for one in (1, 2)] == ["GOOD HEALTH", "EINTHOVEN"]
    assert (message.get("PID", 7), message.get("PID", 8)) == ("19500102", "F")
    assert [message.get("OBR", place) for place in (7, 8, 22)] == [
        "20261120130000.000+0100", "20261121130000.000+0100", "20261121140000.000+0100",
    ]  # fmt: skip
    assert (message.get("OBR", 16), message.get("OBR", 16, 2)) == ("1234567893", "Poe")
    assert (message.get("OBR", 32, 1, 2), message.get("OBR", 32, 2)) == ("Poe", "20261121140000.000+0100")
    assert message.get("MSH", 10) == "C0001"


@pytest.mark.parametrize(("state", "status"), [("preliminary", "P"), ("final", "F"), ("appended", "C")])
def test_the_state_of_a_report_stands_in_every_line_of_it(state: str, status: str) -> None:
    message = hl7v2.parse(sent(state=state))
    assert {message.get("OBX", 11, of=one) for one in range(1, 7)} == {status} == {message.get("OBR", 25)}


def test_a_report_of_little_is_valid_too() -> None:
    bare = Patient("李小龍")
    raw = sent(patient=bare, physician=None, signed=(), values=(), conclusion="", pdf=None)
    valid(raw)
    message = hl7v2.parse(raw)
    assert message.get("PID", 5) == "李小龍"
    assert "OBX" not in message.names()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1 + 0.2, "0.3"), (1e-9, "0"), (-1e-9, "0"), (1e20, "1" + 20 * "0"), (-1.25, "-1.25"), (7, "7")],
)
def test_numbers_have_no_exponent(value: float, text: str) -> None:
    assert number(value) == text


# ---- acknowledgements --------------------------------------------------------------------------------------


def test_an_acknowledgement_is_valid_and_names_what_it_answers() -> None:
    told = header(hl7v2.parse(ADT.encode()))
    raw = answer(told, None, "9", NOON, UTC)
    assert raw is not None
    valid(raw)
    message = hl7v2.parse(raw)
    assert (message.get("MSA", 1), message.get("MSA", 2)) == ("AA", "MSG00001")
    assert [message.get("MSH", place) for place in (3, 5, 6)] == ["EINTHOVEN", "ADT1", "GOOD HEALTH"]
    assert acknowledged(message).taken


@pytest.mark.parametrize(
    ("code", "said"), [(101, "AE"), (102, "AE"), (200, "AR"), (201, "AR"), (203, "AR"), (207, "AR")]
)
def test_a_fault_is_answered_with_its_place(code: int, said: str) -> None:
    told = header(hl7v2.parse(ADT.encode()))
    raw = answer(told, MessageError("PID[1]-7", "'x' is no date", code), "9", NOON, UTC)
    assert raw is not None
    valid(raw)
    message = hl7v2.parse(raw)
    assert message.get("MSA", 1) == said
    assert [message.get("ERR", 2, part) for part in (1, 2, 3)] == ["PID", "1", "7"]
    assert (message.get("ERR", 3), message.get("ERR", 8)) == (str(code), "PID[1]-7: 'x' is no date")
    assert acknowledged(message).words.endswith("PID[1]-7: 'x' is no date")


@pytest.mark.parametrize(
    ("accept", "good", "bad"),
    [("", "AA", "AE"), ("AL", "CA", "CE"), ("NE", None, None), ("ER", None, "CE"), ("SU", "CA", None)],
)
def test_whoever_asks_for_the_enhanced_mode_gets_it(accept: str, good: str | None, bad: str | None) -> None:
    for error, wanted in ((None, good), (MessageError("PID[1]-3", "is missing", 101), bad)):
        raw = answer(Header(control="1", accept=accept), error, "9", NOON, UTC)
        assert (None if raw is None else hl7v2.parse(raw).get("MSA", 1)) == wanted


def test_a_header_at_fault_is_answered_as_far_as_it_can_be_read() -> None:
    message = hl7v2.parse(ADT.replace("|P|2.5.1", "|P|2.5.1|||MAYBE").encode())
    with pytest.raises(MessageError, match=r"MSH\[1\]-15"):
        header(message)
    assert header_or_what_there_is(message).control == "MSG00001"
    broken = hl7v2.parse(ADT.replace("ADT1", "A\\Q").encode())
    assert header_or_what_there_is(broken).application == "A\\Q"


@pytest.mark.parametrize(
    ("text", "where"),
    [("MSH|^~\\&|A", "MSA"), ("MSH|^~\\&|A\rMSA|OK|1", "MSA[1]-1"), ("MSH|^~\\&|A\rMSA||1", "MSA[1]-1")],
)
def test_what_is_no_acknowledgement_is_refused(text: str, where: str) -> None:
    with pytest.raises(MessageError) as error:
        acknowledged(hl7v2.parse(text.encode()))
    assert error.value.where == where


def test_a_report_of_the_wrong_patient_is_posted_as_wrong_value_by_value_and_says_so() -> None:
    words = "WRONG PATIENT: transmitted for Doe, Jane by mistake."
    raw = sent(state="wrong patient", notice=words, pdf=lambda: PDF[:100])
    valid(raw)
    message = hl7.parse(raw.decode())
    assert str(message["OBR"][0][25]) == "C"
    assert {str(obx[11]) for obx in message.segments("OBX")} == {"W"}
    assert str(message["NTE"][0][3]) == words
    assert str(message["PID"][0][5]).startswith("Doe")
