"""Answers that take back and say anew, files taken in part, and fields of a claim that have a form."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.billing.claims import claim, context, judged
from tests.billing.test_claim_life import Office, paid, remittance

from einthoven.base.errors import InputError
from einthoven.billing import claim_answers as answers
from einthoven.billing import claim_deeds as life
from einthoven.billing.claim import to_json
from einthoven.billing.claim_states import State, claim_id
from einthoven.billing.remittance import Adjustment, Answer, outcome
from einthoven.billing.remittance import Outcome as Came
from einthoven.enrollment.order import Postal
from einthoven.interop import x12_837p, x12_check
from einthoven.interop.x12 import Envelope

PARTIES = x12_837p.Parties("Center", "SUB1", "Bill Billing", "2145550100", "Contractor", "04412")
ENVELOPE = Envelope("SUB1", "04412", 7, datetime(2023, 5, 1, 12, tzinfo=UTC))


def test_a_correction_follows_what_it_takes_back_in_whatever_order_they_stand() -> None:
    back = paid(-1, status="22", charged=-65000, paid=-50000, adjustments=(Adjustment("CO", "45", -15000),))
    back = replace(back, number=claim_id(1))
    for said in ((back, paid(cents=40000)), (paid(cents=40000), back)):
        office = Office()
        office.filed()
        office.do(answers.take(office.book, remittance(paid()), "d1", "x"))
        office.do(answers.take(office.book, remittance(*said, number="T2", cents=-10000), "d2", "x"))
        assert list(office.book.waiting()) == []
        assert (office.state(), office.book.claim(1).paid) == (State.PAID, 40000)


def test_nothing_paid_and_nothing_for_the_patient_to_pay_is_a_denial_whatever_it_is_called() -> None:
    assert outcome(Answer("E1", "1", 65000, 0, adjustments=(Adjustment("CO", "45", 65000),))) is Came.DENIED
    shared = (Adjustment("CO", "45", 60000), Adjustment("PR", "1", 5000))
    assert outcome(Answer("E1", "1", 65000, 0, adjustments=shared)) is Came.PAID


def test_of_a_file_taken_in_part_what_is_not_named_was_taken() -> None:
    office = Office()
    first, second = office.filed(1, 2)
    office.do(answers.acknowledge(office.book, 1, False, [("0002", False, "N4 is missing")], partly=True))
    assert (office.state(first), office.state(second)) == (State.FILED, State.REJECTED)
    assert office.book.claim(first).accepted is True


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("lines", [{"code": "93229", "modifiers": ["GA:59"]}], "lines[0].modifiers[0]"),
        ("lines", [{"code": "93229", "modifiers": [""]}], "lines[0].modifiers[0]"),
        ("lines", [{"code": "93229", "day": "2023-02-30"}], "lines[0].day"),
        ("lines", [{"code": "93229", "day": "soon"}], "lines[0].day"),
        ("lines", [{"code": "9322*"}], "lines[0].code"),
        ("diagnoses", ["R55:ABF"], "diagnoses[0]"),
        ("place", "1^", "place"),
        ("abn_day", "20230101", "abn_day"),
    ],
)
def test_a_field_with_a_form_is_refused_where_it_is_written(field: str, value: Any, where: str) -> None:
    office = Office()
    number = office.ready()
    with pytest.raises(InputError) as refused:
        life.change(office.book, number, to_json(claim()) | {field: value}, 1)
    assert str(refused.value).startswith(where)


@pytest.mark.parametrize(
    ("street", "stops"),
    [
        ("PO Box 12", True),
        ("P.O. BOX 12", True),
        ("Post Office Box 12", True),
        ("1 Main St", False),
        ("2 Poe Boxwood Rd", False),
    ],
)
def test_who_bills_stands_with_a_street_and_no_post_box(street: str, stops: bool) -> None:
    made = claim()
    boxed = replace(made, billing=replace(made.billing, postal=replace(made.billing.postal, street=street)))
    assert judged(context(boxed), "billing").stops is stops


def test_medicare_takes_no_claim_that_replaces_another_and_others_do() -> None:
    again = replace(claim(), original="ICN1")
    assert "takes no claim that replaces" in judged(context(again), "original").words
    other = replace(again, payer=replace(again.payer, filing="CI"))
    assert judged(context(other), "original").words == "replaces the payer's claim ICN1"


def test_a_territory_is_written_as_a_state_and_not_as_a_country() -> None:
    for state in ("PR", ""):
        made = claim()
        home = replace(made.patient, postal=Postal("1 Calle", "San Juan", state, "00901", "PR"))
        text, flaws = x12_837p.write([("E1", replace(made, patient=home))], PARTIES, ENVELOPE)
        assert "N4*SAN JUAN*PR*00901~" in text
        assert (flaws, x12_check.faults(text)) == ((), ())
