"""Two services of telemetry whose dates of service are less than 30 days apart."""

from __future__ import annotations

import pytest
from tests.billing.claims import claim, context, judged, record

from einthoven.billing.claim import Part
from einthoven.billing.claim_check import Other, Outcome
from einthoven.billing.service import Earlier

CASES = pytest.mark.parametrize(
    ("ended", "outcome"), [("2023-03-01", Outcome.NOT_MET), ("2023-02-28", Outcome.MET)]
)
"""This service's own date of service is 2023-03-30."""


@CASES
def test_a_claim_of_another_service(ended: str, outcome: Outcome) -> None:
    before = Other(9, "technical", ("93229",), ended, "2023-01-20", ended, 2)
    assert judged(context(others=(before,)), "frequency.apart").outcome is outcome
    assert (
        judged(context(claim(Part.PROFESSIONAL), others=(before,)), "frequency.apart").outcome is Outcome.MET
    )


@CASES
def test_an_earlier_service_that_the_center_knows_of(ended: str, outcome: Outcome) -> None:
    known = record(earlier=(Earlier("2023-01-20", ended, "telemetry"),))
    assert judged(context(record=known), "frequency.apart").outcome is outcome
    beside = record(earlier=(Earlier("2023-01-20", ended, "holter"),))
    assert judged(context(record=beside), "frequency.apart").outcome is Outcome.MET
