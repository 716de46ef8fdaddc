from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import EnrollmentError
from einthoven.base.instants import from_iso
from einthoven.enrollment import checks
from einthoven.enrollment.people import Contact, Patient, merged, patient, physician, same_person

NOW = from_iso("2026-11-21T12:00:00Z")

JANE = {
    "name": "Doe, Jane",
    "birth_date": "1951-02-28",
    "sex": "F",
    "address": "1 Main Street,\n Springfield",
    "telephone": "+1 (555) 010-0000",
    "contacts": [{"name": "John Doe", "telephone": "555 010 0001 ext 12", "relation": "husband"}],
}


def test_a_whole_patient() -> None:
    assert patient(JANE, NOW) == Patient(
        "Doe, Jane",
        "1951-02-28",
        "female",
        "1 Main Street, Springfield",
        "+1 (555) 010-0000",
        (Contact("John Doe", "555 010 0001 ext 12", "husband"),),
    )


@pytest.mark.parametrize(
    "name",
    [
        "Ng",
        "O’Brien-Smith, Mary Ann",
        "Ærø Ünal",
        "李小龍",
        "محمد علی‌زاده",
        "Ἀλέξανδρος",
        "Αντώνης Ñ",
        "นภา",
        "X Æ A-12",
    ],
)
def test_names_of_any_script(name: str) -> None:
    assert patient({"name": name}, NOW).name == name


def test_names_are_kept_in_one_form() -> None:
    assert patient({"name": "  Zoe\u0308   Kö nig "}, NOW).name == "Zoë Kö nig"


BAD_PATIENTS = [
    ({}, "patient.name: want text, got NoneType"),
    ({"name": "  "}, "patient.name: is missing"),
    ({"name": "12 34"}, "patient.name: '12 34' holds no letter"),
    ({"name": 7}, "patient.name: want text, got int"),
    ({"name": "x" * 201}, "patient.name: 201 characters, at most 200"),
    ({"name": "x" * 10**6}, "patient.name: 1000000 characters"),
    ({"name": "Jane\x00"}, "patient.name: character U+0000 is not allowed"),
    ({"name": "Jane\u202eeoD"}, "patient.name: character U+202E is not allowed"),
    ({"name": "Jane\ud800"}, "patient.name: character U+D800 is not allowed"),
    ({"name": "Jane", "birth_date": "28.2.1951"}, "patient.birth_date: '28.2.1951' is no date"),
    ({"name": "Jane", "birth_date": "2001-02-29"}, "patient.birth_date: '2001-02-29' is no date"),
    ({"name": "Jane", "birth_date": "2026-11-23"}, "patient.birth_date: 2026-11-23 is in the future"),
    ({"name": "Jane", "birth_date": "1850-01-01"}, "patient.birth_date: 1850-01-01 is more than 130 years"),
    ({"name": "Jane", "sex": "yes"}, "patient.sex: 'yes' is not female"),
    ({"name": "Jane", "telephone": "call me"}, "patient.telephone: 'call me' is no telephone number"),
    ({"name": "Jane", "telephone": "12"}, "patient.telephone: '12' is no telephone number"),
    ({"name": "Jane", "telephone": "1" * 16}, "is no telephone number (3 to 15 digits)"),
    ({"name": "Jane", "address": "x" * 501}, "patient.address: 501 characters, at most 500"),
    ({"name": "Jane", "ssn": "1"}, "patient: 'ssn' is no field of an enrollment"),
    ({"name": "Jane", "contacts": {}}, None),
    ({"name": "Jane", "contacts": "me"}, "patient.contacts: want a list"),
    ({"name": "Jane", "contacts": ["me"]}, "patient.contacts[0]: want an object"),
    ({"name": "Jane", "contacts": [{"name": "J"}]}, "patient.contacts[0].telephone: want text"),
    ({"name": "Jane", "contacts": [{"telephone": "555 0100"}]}, "patient.contacts[0].name"),
    ({"name": "Jane", "contacts": [{}] * 11}, "patient.contacts: 11 of them, at most 10"),
    ("Jane", "patient: want an object with fields, got str"),
]


@pytest.mark.parametrize(("fields", "want"), BAD_PATIENTS)
def test_a_bad_patient_is_refused_by_field(fields: object, want: str | None) -> None:
    if want is None:
        assert patient(fields, NOW).contacts == ()
        return
    with pytest.raises(EnrollmentError) as caught:
        patient(fields, NOW)
    assert want in str(caught.value)
    assert "\n" not in str(caught.value)


# made by the rule of 45 CFR 162.406: 80840 + first nine digits + check digit passes the Luhn test
GOOD_NPI = ["1234567893", "1245319599", "1679576722", "2000000002"]


@pytest.mark.parametrize("number", GOOD_NPI)
def test_good_npi(number: str) -> None:
    assert checks.npi("npi", number) == number


@pytest.mark.parametrize("number", GOOD_NPI)
@pytest.mark.parametrize("place", range(1, 10))
def test_any_one_digit_wrong_is_noticed(number: str, place: int) -> None:
    wrong = number[:place] + str((int(number[place]) + 3) % 10) + number[place + 1 :]
    with pytest.raises(EnrollmentError, match="npi: "):
        checks.npi("npi", wrong)


@pytest.mark.parametrize(
    "text", ["", None, "123456789", "12345678931", "3234567893", "123456789X", 1234567893]
)
def test_what_is_no_npi(text: object) -> None:
    with pytest.raises(EnrollmentError, match="npi: "):
        checks.npi("npi", text)


def test_a_physician_needs_name_npi_and_telephone() -> None:
    fields = {"name": "Dr. A. Fib", "npi": "1234567893", "telephone": "555-0199"}
    assert physician(fields).fax == ""
    for gone in fields:
        with pytest.raises(EnrollmentError, match=f"physician.{gone}: "):
            physician({key: value for key, value in fields.items() if key != gone})


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (
            checks.transmitter,
            ["T-100", "a", "AA:BB:CC:00:11:22", "x" * 64],
            ["", "-a", "a b", "x" * 65, "Ü", None],
        ),
        (checks.public_key, ["00" * 32, "aB" * 32], ["", "00" * 31, "00" * 33, "zz" * 32, None, 5]),
    ],
)
def test_identifiers(check: object, good: list[str], bad: list[object]) -> None:
    for value in good:
        check("field", value)  # type: ignore[operator]
    for wrong in bad:
        with pytest.raises(EnrollmentError, match="field: "):
            check("field", wrong)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Patient("Doe, Jane"), Patient("doe, jane"), True),
        (Patient("Doe, Jane"), Patient("Doe, Jane", "1951-02-28"), True),
        (Patient("Doe, Jane", "1951-02-28"), Patient("Doe, Jane", "1951-02-28"), True),
        (Patient("Doe, Jane", "1951-02-28"), Patient("Doe, Jane", "1952-02-28"), False),
        (Patient("Doe, Jane"), Patient("Doe, John"), False),
    ],
)
def test_who_is_the_same_person(one: Patient, other: Patient, same: bool) -> None:
    assert same_person(one, other) is same
    assert same_person(other, one) is same


def test_what_is_not_said_again_stays() -> None:
    old = patient(JANE, NOW)
    assert merged(old, Patient("Doe, Jane", telephone="555 0100")) == Patient(
        old.name, old.birth_date, old.sex, old.address, "555 0100", old.contacts
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.sampled_from(sorted(JANE)) | st.text(max_size=5), ANYTHING, max_size=6)


@settings(max_examples=200, deadline=None)
@given(FIELDS | ANYTHING)
def test_anything_is_a_patient_or_refused_in_one_line(fields: object) -> None:
    try:
        found = patient(fields, NOW)
    except EnrollmentError as error:
        assert str(error).isprintable()  # noqa: PT017 - the message is what is tested
    else:
        assert 0 < len(found.name) <= 200
