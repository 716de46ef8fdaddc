"""What hospitals say: who is meant, what is filled, what is proposed; the same after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interop.messages import ADT

from einthoven.base.deeds import Deed, numbered
from einthoven.base.errors import InputError, MessageError, RefusedError
from einthoven.base.instants import HOUR, from_iso
from einthoven.center import hospital
from einthoven.center.enroll import EnrollmentUnit
from einthoven.center.hospital import HospitalBook, Letter
from einthoven.enrollment.people import Patient
from einthoven.interop.hl7_ack import Header, header
from einthoven.interop.hl7_adt import Identifier, adt
from einthoven.interop.hl7v2 import parse
from einthoven.testing.facts import MemoryFacts

NOW = from_iso("2026-11-21T13:00:00Z")
JANE = Patient("Doe, Jane M, III", "1950-01-02", "", "", "+1 555 0100")


class Center:
    """Patients in facts in memory, and the book."""

    def __init__(self, *patients: Patient) -> None:
        self.facts = MemoryFacts()
        self.book = HospitalBook()
        self.deeds: list[Deed] = []
        self.numbers = [
            self.facts.unit(lambda unit, one=one: unit.add_patient(one), "test", NOW) for one in patients
        ]

    def hears(self, text: str, at: int = NOW) -> int | None:
        """A message comes; the patient it is about."""
        message = parse(text.encode())
        told = header(message)
        said = hospital.named(adt(message, told, at, UTC), told)
        letter = Letter(told, said, hospital.digest(text.encode()))
        known = hospital.holder(self.book, said)
        number, _ = self.facts.unit(lambda unit: hospital.fill(unit, known, said), hospital.HOSPITAL, at)
        if number is not None:
            self.keeps(hospital.told(letter, number), at=at)
        return number

    def keeps(self, *drafts: object, at: int = NOW) -> None:
        for deed in numbered(drafts, len(self.deeds), "test", at):  # type: ignore[arg-type]
            self.deeds.append(deed)
            self.book.apply(deed)

    def patient(self, number: int) -> Patient:
        def read(unit: EnrollmentUnit) -> Patient:
            return unit.patient(number)

        return self.facts.unit(read, "test", NOW)

    def proposed(self, number: int) -> dict[str, tuple[str, str]]:
        return {one.name: (one.ours, one.theirs) for one in self.book.proposals(number, self.patient(number))}


def event(name: str, text: str = ADT) -> str:
    return text.replace("ADT^A01", f"ADT^{name}").replace("MSG00001", f"MSG-{name}")


def test_who_is_meant_by_name_and_birth_date_is_known_by_the_identifier_from_then_on() -> None:
    center = Center(JANE, Patient("Roe, Richard", "1960-05-06"))
    assert center.hears(ADT) == 1
    assert center.hears(event("A08", ADT.replace("Doe^Jane", "Miller^Joan"))) == 1
    assert [one.value for one in center.book.of(1).identifiers] == ["4711", "888"]


@pytest.mark.parametrize(
    "patients",
    [
        (),
        (replace(JANE, birth_date=""),),
        (replace(JANE, name="Doe, Jane"),),
        (JANE, JANE),  # which of the two?
    ],
)
def test_nobody_is_meant_where_that_is_not_certain_and_nothing_is_kept(patients: Sequence[Patient]) -> None:
    center = Center(*patients)
    lines = len(center.facts.audit())
    assert center.hears(ADT) is None
    assert center.deeds == []
    assert len(center.facts.audit()) == lines


def test_what_is_empty_is_filled_and_what_differs_is_proposed() -> None:
    center = Center(JANE)
    center.hears(ADT)
    now = center.patient(1)
    assert (now.sex, now.address) == ("female", "1 Main St, Apt 2, Springfield IL 62701, USA")
    assert now.telephone == JANE.telephone
    assert center.proposed(1) == {"telephone": ("+1 555 0100", "+1 217 5550100")}
    line = center.facts.audit()[-1]
    assert (line.actor, line.action, line.subject) == ("hospital", "patient.update", "patient 1")


def test_a_proposal_is_taken_or_left_and_comes_again_with_another_value() -> None:
    center = Center(JANE)
    center.hears(ADT)
    one = hospital.proposal(center.book, 1, "telephone", center.patient(1))
    assert hospital.taken(center.patient(1), one).telephone == "+1 217 5550100"
    center.keeps(hospital.settle(one, False))
    assert center.proposed(1) == {}
    with pytest.raises(RefusedError, match="says anything else"):
        hospital.proposal(center.book, 1, "telephone", center.patient(1))
    with pytest.raises(InputError, match="want one of"):
        hospital.proposal(center.book, 1, "number", center.patient(1))
    center.hears(event("A31", ADT.replace("5550100", "5550111")))
    assert center.proposed(1) == {"telephone": ("+1 555 0100", "+1 217 5550111")}


def test_another_name_under_a_known_identifier_is_proposed_and_never_written() -> None:
    center = Center(JANE)
    center.hears(ADT)
    center.hears(event("A08", ADT.replace("Doe^Jane^M^III", "Doe-Smith^Jane")))
    assert center.patient(1).name == JANE.name
    assert center.proposed(1)["name"] == (JANE.name, "Doe-Smith, Jane")


@pytest.mark.parametrize(
    ("events", "inside"),
    [
        (["A04"], None),
        (["A01"], True),
        (["A01", "A08"], True),
        (["A01", "A03"], False),
        (["A01", "A11"], False),
        (["A01", "A03", "A13"], True),
    ],
)
def test_whether_a_patient_is_in_the_hospital_follows_from_the_events(
    events: list[str], inside: bool | None
) -> None:
    center = Center(JANE)
    for place, one in enumerate(events):
        center.hears(event(one), NOW + place * HOUR)
    stay = center.book.of(1).stay
    assert (None if stay is None else stay.inside) == inside
    if inside and events[-1] == "A01":
        assert stay is not None
        assert (stay.since, stay.place) == (from_iso("2026-11-21T10:45:00Z"), "GOOD HEALTH, CARD, 12, B")


def test_a_merged_record_is_this_patients_from_then_on() -> None:
    center = Center(JANE, Patient("Roe, Richard", "1960-05-06"))
    center.hears(ADT)
    center.keeps(*hospital.link(center.book, 2, Identifier("0815", "GOOD HEALTH", "MR")))
    center.hears(event("A40") + "MRG|0815^^^GOOD HEALTH^MR\r")
    assert center.book.of(1).same_as == 2
    assert center.book.holders["GOOD HEALTH|0815"] == 1


def test_identifiers_of_two_patients_are_refused() -> None:
    center = Center(JANE, Patient("Roe, Richard", "1960-05-06"))
    center.keeps(*hospital.link(center.book, 1, Identifier("4711", "GOOD HEALTH")))
    center.keeps(*hospital.link(center.book, 2, Identifier("888", "REGION")))
    with pytest.raises(MessageError, match="several patients here: 1, 2"):
        center.hears(ADT)
    with pytest.raises(RefusedError, match="is patient 1's"):
        hospital.link(center.book, 2, Identifier("4711", "GOOD HEALTH"))
    assert hospital.link(center.book, 1, Identifier("4711", "GOOD HEALTH")) == []


def test_an_identifier_without_an_authority_is_of_the_facility_that_sent_it() -> None:
    center = Center(JANE)
    center.hears(ADT.replace("4711^^^GOOD HEALTH&1.2.3&ISO^MR", "4711"))
    assert Identifier("4711", "GOOD HEALTH") in center.book.of(1).identifiers


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (Header(code="OML"), 200),
        (Header(code="ADT", processing="T"), 202),
        (Header(code="ADT", version="3.0"), 203),
    ],
)
def test_other_messages_are_rejected(told: Header, code: int) -> None:
    with pytest.raises(MessageError) as error:
        hospital.checked(told, "P")
    assert error.value.code == code
    hospital.checked(Header(code="ADT", version="2.3"), "P")


def test_a_repeat_is_known_and_another_message_of_its_number_is_none() -> None:
    center = Center(JANE)
    center.hears(ADT)
    sender, digest = "ADT1|GOOD HEALTH", hospital.digest(ADT.encode())
    assert center.book.is_repeat(sender, "MSG00001", digest)
    assert not center.book.is_repeat(sender, "MSG00001", hospital.digest(b"another"))
    assert not center.book.is_repeat("OTHER|", "MSG00001", digest)


def test_the_memory_of_repeats_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hospital, "SEEN_MAX", 3)
    center = Center(JANE)
    for name in ("A01", "A04", "A08", "A31"):
        center.hears(event(name))
    assert [control for _, control in center.book.seen] == ["MSG-A04", "MSG-A08", "MSG-A31"]


@given(st.lists(st.sampled_from(["A01", "A03", "A04", "A08", "A11", "A13", "A28", "A31"]), max_size=8))
def test_a_restart_is_a_replay(events: list[str]) -> None:
    center = Center(JANE)
    for place, one in enumerate(events):
        center.hears(
            event(one).replace("Doe^Jane^M^III^^^L", f"Doe{place}^Jane") if place else event(one), NOW + place
        )
    again = HospitalBook()
    for deed in center.deeds:
        again.apply(deed)
    assert again == center.book
