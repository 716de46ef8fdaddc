from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import EnrollmentError
from einthoven.base.instants import from_iso
from einthoven.enrollment.order import Indication, Order, Test
from einthoven.enrollment.order_missing import missing, same_name
from einthoven.enrollment.order_read import parse, strict, to_json
from einthoven.enrollment.statements import QUESTIONS

NOW = from_iso("2023-03-01T12:00:00Z")
FULL = {
    "patient": {
        "name": "Ada Quinn",
        "birth_date": "1951-04-03",
        "sex": "female",
        "telephone": "+1 215 555 0101",
        "postal": {
            "street": "1 Elm St",
            "city": "Philadelphia",
            "state": "PA",
            "zip": "19103",
            "country": "US",
        },
        "contacts": [{"name": "Ben Quinn", "telephone": "+1 215 555 0102", "relation": "son"}],
    },
    "orderer": {
        "name": "Dr. Rosa Lind",
        "npi": "1234567893",
        "telephone": "+1 215 555 0199",
        "kind": "physician",
        "specialty": "cardiology",
        "country": "US",
    },
    "payer": {"id": "medicare", "contractor": "novitas", "state": "PA", "member": "1EG4TE5MK73"},
    "test": "telemetry",
    "indication": "infrequent-symptoms",
    "diagnoses": ["R55", "R00.2"],
    "symptoms": [{"what": "syncope", "how_often": "twice a month", "severity": "severe", "since": "2022-11"}],
    "prior_tests": [{"kind": "holter", "on": "2023-01-10", "result": "sinus rhythm", "revealing": False}],
    "statements": {
        "low_risk": {"answer": True, "where": "visit note 2023-02-20"},
        "screening": {"answer": False},
        "useful": {"answer": True, "words": "decides on ablation"},
    },
    "setting": "home",
    "country": "US",
    "days": 30,
    "start": "2023-03-02",
    "criteria": "practice",
    "signature": {"name": "Dr. Rosa Lind", "at": "2023-02-28", "how": "paper", "legible": True},
    "dated": "2023-02-28",
}


def test_a_whole_order_is_read_and_lacks_nothing() -> None:
    order = strict(FULL, NOW)
    assert (order.test, order.indication) == (Test.TELEMETRY, Indication.INFREQUENT)
    assert order.said("low_risk").answer is True
    assert order.said("screening").answer is False
    assert order.said("severe").answer is None
    assert missing(order) == []


def test_what_was_written_is_read_again() -> None:
    order = strict(FULL, NOW)
    written = to_json(order)
    assert json.loads(json.dumps(written)) == FULL
    assert strict(written, NOW) == order


def test_an_empty_order_lacks_everything_that_is_needed() -> None:
    order, faults = parse({}, NOW)
    assert (order, faults) == (Order(), ())
    wanted = [one.where for one in missing(order)]
    assert wanted[:2] == ["patient.name", "patient.birth_date"]
    assert {"orderer.npi", "test", "indication", "days", "setting", "signature"} <= set(wanted)


NO_CODE, NO_YES = "'427.31' is no ICD-10-CM code (e.g. R55 or I48.91)", "want true, false or null"
LATER = {"kind": "holter", "on": "2024-01-01"}
TURNED = {"kind": "holter", "on": "2023-01-02", "until": "2023-01-01"}
BAD = [
    ("npi", {"orderer": {"npi": "1234567890"}}, "orderer.npi", "1234567890: the check digit does not fit"),
    ("unknown field", {"colour": 1}, "colour", "is no field of an order"),
    ("unknown part", {"patient": {"nmae": "x"}}, "patient.nmae", "is no field of an order"),
    ("no date", {"dated": "28/02/2023"}, "dated", "'28/02/2023' is no date (want YYYY-MM-DD)"),
    ("test", {"test": "MRI"}, "test", "'MRI' is none of telemetry, post-symptom"),
    ("diagnosis", {"diagnoses": ["R55", "427.31"]}, "diagnoses[1]", NO_CODE),
    ("yes", {"statements": {"low_risk": {"answer": "yes"}}}, "statements.low_risk.answer", NO_YES),
    ("statement", {"statements": {"low-risk": True}}, "statements.low-risk", "is no field of an order"),
    ("days", {"days": 0.5}, "days", "want a whole number from 1 to 366"),
    ("list", {"symptoms": "syncope"}, "symptoms", "want a list, got str"),
    ("born", {"patient": {"birth_date": "2024-01-01"}}, "patient.birth_date", "2024-01-01 is in the future"),
    ("dated", {"dated": "2024-01-01"}, "dated", "2024-01-01 is in the future"),
    ("tested", {"prior_tests": [LATER]}, "prior_tests[0].on", "2024-01-01 is in the future"),
    ("until", {"prior_tests": [TURNED]}, "prior_tests[0].until", "2023-01-01 is before 2023-01-02"),
]  # fmt: skip


@pytest.mark.parametrize(("given_", "where", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_field_is_named_and_nothing_else_is_lost(given_: dict, where: str, words: str) -> None:
    whole = {**FULL, **given_}
    order, faults = parse(whole, NOW)
    assert [(one.where, one.words) for one in faults] == [(where, words)]
    assert order.days in (0, 30)
    assert order.indication is Indication.INFREQUENT
    with pytest.raises(EnrollmentError, match="^" + where.replace("[", r"\[").replace("]", r"\]")):
        strict(whole, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PARTS = st.dictionaries(st.sampled_from([*FULL, "documents", "placer", "criteria_words"]), JSON, max_size=6)
SAID = st.dictionaries(
    st.sampled_from(list(QUESTIONS)),
    st.fixed_dictionaries({"answer": st.none() | st.booleans(), "words": st.text(max_size=5)}),
)


@settings(max_examples=300, deadline=None)
@given(PARTS, SAID)
def test_any_json_is_read_without_a_crash_and_written_back_the_same(parts: dict, said: dict) -> None:
    order, _faults = parse({**FULL, **parts, "statements": said}, NOW)
    again, faults = parse(to_json(order), NOW)
    assert faults == ()
    assert again == order


@given(JSON)
def test_what_is_no_object_is_a_fault(value: object) -> None:
    order, faults = parse(value, NOW)
    if not isinstance(value, dict) and value is not None:
        assert order == Order()
        assert faults


NAMES = [
    ("Weber, Anna", "Dr. Anna Weber", True),
    ("Weber, Anna", "Anna M. Weber, M.D.", True),
    ("Dr. Weber", "Weber, Anna", True),
    ("José Núñez", "NUNEZ JOSE", True),
    ("Weber, Anna", "Dr. Phil Physician", False),
    ("Weber, Anna", "Weber, Karl", False),
    ("Dr.", "Weber, Anna", False),
    ("山田 太郎", "山田 太郎, MD", True),
]


@pytest.mark.parametrize(("one", "other", "same"), NAMES)
def test_names_as_they_are_printed(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
    assert same_name(other, one) is same


def test_who_orders_signs() -> None:
    order = strict({**FULL, "signature": {"name": "Dr. Karl Other", "at": "2023-02-28", "how": "paper"}}, NOW)
    told = "Signed by Dr. Karl Other, ordered by Dr. Rosa Lind: who orders signs."
    assert [(one.where, one.words) for one in missing(order)] == [("signature.name", told)]
