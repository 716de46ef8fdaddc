"""The request of an enrollment; the rule itself is in tests/enrollment, its keeping in the facts suite."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import EnrollmentError, StoreFullError
from einthoven.base.instants import DAY
from einthoven.base.layout import Layout, Lead
from einthoven.center.enroll import check, end_service, enroll
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.facts_suite import NOON, request

BAD = [
    (None, "request: want an object with fields, got NoneType"),
    ([], "request: want an object with fields, got list"),
    ({}, "patient: want an object with fields"),
    (request(transmitter=" "), "transmitter: is missing"),
    (request(rate_hz="fast"), "rate_hz: want a number"),
    (request(rate_hz=True), "rate_hz: want a number"),
    (request(rate_hz=99), "rate_hz: must be 100 to 1000 samples a second"),
    (request(rate_hz=10**400), "rate_hz: must be 100 to 1000"),
    (request(rate_hz=float("nan")), "rate_hz: must be 100 to 1000"),
    (request(rate_hz=float("inf")), "rate_hz: must be 100 to 1000"),
    (request(leads=[]), "leads: 0 leads: a stream has 1 to 12"),
    (request(leads=["I"] * 13), "leads: 13 of them, at most 12"),
    (request(leads=["I", "I"]), "leads: two leads have one name: I, I"),
    (request(leads=["x" * 25]), "leads: lead name"),
    (request(leads=["\ud800"]), "leads: "),
    (request(leads=["I", 2]), "leads: want a list of lead names"),
    (request(leads="I,II"), "leads: want a list of lead names"),
    (request(public_key="00"), "public_key: want 64 hexadecimal digits"),
    (request(end_previous="yes"), "end_previous: want true or false"),
    (request(physician={"name": "Dr. A", "npi": "1"}), "physician.npi: '1' is no NPI"),
    (request(colour="red"), "request: 'colour' is no field of an enrollment"),
]


@pytest.mark.parametrize(("body", "want"), BAD)
def test_a_bad_request_names_its_field_and_changes_nothing(body: object, want: str) -> None:
    facts = MemoryFacts()
    with pytest.raises(EnrollmentError) as caught:
        enroll(facts, body, NOON)
    assert want in str(caught.value)
    assert str(caught.value).isprintable()
    assert facts.all() == []
    assert facts.audit() == []


def test_a_good_request() -> None:
    checked = check(request(rate_hz=128.5, leads=["II"]), NOON)
    assert checked.layout == Layout(128.5, (Lead("II"),))
    assert checked.physician is None
    assert not checked.end_previous


def test_the_answer_is_ready_for_json() -> None:
    answer = enroll(MemoryFacts(), request(), NOON)
    assert answer == {
        "stream": "s000001",
        "period": 1,
        "patient": "Doe, Jane",
        "started": "2026-11-21T12:00:00.000Z",
        "limit": "2026-12-21T12:00:00.000Z",
        "outcome": "opened",
        "reasons": ["transmitter T-100 is in no open service period"],
        "ended": None,
    }


def test_a_transmitter_whose_30_days_are_over_is_free_for_anybody() -> None:
    facts = MemoryFacts()
    enroll(facts, request(), NOON)
    answer = enroll(facts, request(name="Roe, Richard"), NOON + 31 * DAY)
    assert (answer["outcome"], answer["ended"]) == ("opened", "s000001")
    assert facts.enrolled(1).period.ended == NOON + 30 * DAY


def test_a_transmitter_given_back_by_its_patient_is_free_for_anybody() -> None:
    facts = MemoryFacts()
    enroll(facts, request(), NOON)
    end_service(facts, 1, NOON + DAY)
    answer = enroll(facts, request(name="Roe, Richard"), NOON + DAY)
    assert (answer["stream"], answer["outcome"], answer["ended"]) == ("s000002", "opened", None)


def test_when_nothing_can_be_stored_nothing_is_enrolled() -> None:
    facts = MemoryFacts()
    facts.failing = StoreFullError("no room")
    with pytest.raises(StoreFullError):
        enroll(facts, request(), NOON)
    facts.failing = None
    assert facts.all() == []
    assert enroll(facts, request(), NOON)["stream"] == "s000001"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*sorted(request()), "physician", "end_previous"]), ANYTHING))
def test_anything_is_enrolled_or_refused_in_one_line(changes: dict[str, object]) -> None:
    message = ""
    try:
        enroll(MemoryFacts(), {**request(), **changes}, NOON)
    except EnrollmentError as error:
        message = str(error)
    assert message.isprintable()
