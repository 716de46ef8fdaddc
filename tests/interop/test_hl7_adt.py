"""What an ADT says of a patient and a stay; what is malformed is named by segment and field."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interop.messages import ADT, BERLIN, NOON

from einthoven.base.errors import MessageError
from einthoven.base.instants import MILLISECOND, SECOND
from einthoven.interop import hl7_time, names
from einthoven.interop.hl7_ack import header
from einthoven.interop.hl7_adt import EVENTS, Adt, Demographics, Identifier, Visit, adt
from einthoven.interop.hl7v2 import parse


def told(text: str) -> Adt:
    message = parse(text.encode())
    return adt(message, header(message), NOON, UTC)


def of_pid(field: int, value: str) -> Adt:
    lines = ADT.split("\r")
    fields = lines[2].split("|")
    fields[field] = value
    lines[2] = "|".join(fields)
    return told("\r".join(lines))


def at(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp()) * SECOND  # type: ignore[arg-type, misc]


def test_who_is_admitted_where_and_when() -> None:
    assert told(ADT) == Adt(
        "A01",
        at(2026, 11, 21, 11, 55),
        (Identifier("4711", "GOOD HEALTH", "MR"), Identifier("888", "REGION", "PI")),
        Demographics(
            "Doe, Jane M, III", "1950-01-02", "female",
            "1 Main St, Apt 2, Springfield IL 62701, USA", "+1 217 5550100",
        ),
        Visit("V123", "I", "GOOD HEALTH, CARD, 12, B", at(2026, 11, 21, 10, 45)),
    )  # fmt: skip


@pytest.mark.parametrize("event", [one for one in EVENTS if one != "A40"])
def test_each_event_is_taken(event: str) -> None:
    assert told(ADT.replace("ADT^A01", f"ADT^{event}")).event == event


def test_a_merge_says_which_record_is_no_more() -> None:
    merge = ADT.replace("ADT^A01^ADT_A01", "ADT^A40^ADT_A39")
    assert told(merge + "MRG|0815^^^GOOD HEALTH^MR\r").merged == (Identifier("0815", "GOOD HEALTH", "MR"),)
    with pytest.raises(MessageError, match=r"MRG\[1\]-1: is missing"):
        told(merge)


@pytest.mark.parametrize(
    ("field", "value", "where", "code"),
    [
        (3, "", "PID[1]-3", 101),
        (3, "~".join(["1^^^A"] * 21), "PID[1]-3", 102),
        (3, "1\\X07\\2", "PID[1]-3", 102),
        (5, "123^^", "PID[1]-5", 102),
        (5, "Doe\\XE280AE\\^Jane", "PID[1]-5", 102),
        (5, 300 * "x", "PID[1]-5", 102),
        (7, "2 Jan 1950", "PID[1]-7", 102),
        (7, "19500231", "PID[1]-7", 102),
        (7, "20300101", "PID[1]-7", 102),
        (8, "X", "PID[1]-8", 103),
        (8, "\\Q\\", "PID[1]-8", 102),
    ],
)
def test_what_is_malformed_is_named_by_its_place(field: int, value: str, where: str, code: int) -> None:
    with pytest.raises(MessageError) as error:
        of_pid(field, value)
    assert (error.value.where, error.value.code) == (where, code)


def test_other_faults_are_named_by_their_place() -> None:
    for text, where, code in [
        (ADT.replace("A01", "A99"), "MSH[1]-9", 201),
        (ADT.replace("PID|", "ZID|"), "PID", 100),
        (ADT + ADT.split("\r")[2], "PID", 100),
        (ADT.replace("+0100", "+9900"), "PV1[1]-44", 102),
        (ADT.replace("MSG00001", ""), "MSH[1]-10", 101),
    ]:
        with pytest.raises(MessageError) as error:
            told(text)
        assert (error.value.where, error.value.code) == (where, code)


def test_what_says_nothing_changes_nothing_and_two_quotes_empty_a_field() -> None:
    person = of_pid(7, "").person
    assert person.birth_date is None
    assert of_pid(7, '""').person.birth_date == ""
    assert of_pid(8, '""').person.sex == ""
    assert of_pid(11, '""').person.address == ""
    assert of_pid(13, '""').person.telephone == ""
    assert of_pid(5, '""').person.name is None


def test_what_is_no_telephone_is_passed_over_and_named() -> None:
    found = of_pid(13, "none~^PRN^FX^^^^5551212~(217) 555-0100")
    assert found.person.telephone == "(217) 555-0100"
    assert found.passed == ("PID[1]-13: 'none' is no telephone number (3 to 15 digits)",)
    assert of_pid(7, "1950").passed == ("PID[1]-7: 1950 is no whole date",)


@given(st.text(max_size=30), st.text(max_size=30))
def test_family_and_given_names_come_apart_and_together(family: str, given_: str) -> None:
    family, given_ = family.replace(",", "").strip(), given_.strip()
    whole = names.whole(family, given_)
    if family:
        assert names.parts(whole) == (family, given_)


@given(st.integers(0, 7_000_000_000_000))
def test_times_come_back_as_the_same_instant_in_any_zone(milliseconds: int) -> None:
    instant = milliseconds * MILLISECOND
    for zone in (UTC, BERLIN):
        assert hl7_time.instant(hl7_time.stamp(instant, zone), UTC) == instant


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026", at(2026, 1, 1)),
        ("20261121", at(2026, 11, 21)),
        ("202611211305", at(2026, 11, 21, 13, 5)),
        ("20261121130507.25-0500", at(2026, 11, 21, 18, 5, 7) + 250 * MILLISECOND),
    ],
)
def test_a_time_may_be_as_short_as_a_year(text: str, wanted: int) -> None:
    assert hl7_time.instant(text, UTC) == wanted


@pytest.mark.parametrize("text", ["", "x", "202", "20261301", "20261121250000", "2026-11-21", "٢٠٢٦"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        hl7_time.instant(text, UTC)


def test_times_without_offset_are_those_of_the_zone_of_the_site() -> None:
    assert hl7_time.instant("202611211200", BERLIN) == at(2026, 11, 21, 11)
