"""Modifiers for a denial that is expected, what a claim says was signed, and where it was furnished."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.billing.claims import claim, context, failing, judged, order, profile, record

from einthoven.billing.claim import Abn, Claim, Consent, Facility
from einthoven.billing.claim_check import Check, Outcome
from einthoven.billing.claim_making import completed
from einthoven.billing.claim_modifiers import proposed_modifiers
from einthoven.billing.claim_rules import check
from einthoven.enrollment.order import Postal
from einthoven.enrollment.statements import Statement

WITHOUT_FILES = {"icd10.known"}
"""Without the year's ICD-10-CM file nobody knows whether a code is valid; that holds a claim, no more."""


def line(**change: Any) -> Claim:
    made = claim()
    return replace(made, lines=(replace(made.lines[0], **change),))


# ---- modifiers for expected denials ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("abn", "modifier"), [(Abn.ON_FILE, "GA"), (Abn.NONE, "GZ"), (Abn.UNSAID, "GZ"), (Abn.VOLUNTARY, "GZ")]
)
def test_a_denial_that_is_expected_proposes_a_modifier_and_puts_none_on(abn: Abn, modifier: str) -> None:
    not_covered = {"outcome": "not covered", "summary": "screening"}
    held = context(replace(claim(), abn=abn, abn_day="2023-02-28"), determination=not_covered)
    checks = check(held)
    proposed = proposed_modifiers(held, checks)
    assert [one for one, _ in proposed] == [modifier]
    assert "screening" in proposed[0][1]
    assert held.claim.lines[0].modifiers == ()
    # Put on by a person, the check of the policy lets it out, and nothing more is proposed.
    marked = replace(
        held, claim=replace(held.claim, lines=(replace(held.claim.lines[0], modifiers=(modifier,)),))
    )
    assert judged(marked, "covered").outcome is Outcome.MET
    assert proposed_modifiers(marked, check(marked)) == ()


def test_nothing_is_proposed_for_what_is_covered() -> None:
    assert proposed_modifiers(context(), check(context())) == ()


def test_no_denial_is_expected_of_what_cannot_go_out() -> None:
    not_covered = {"outcome": "not covered", "summary": "faults of the claim"}
    held = context(line(units=2), determination=not_covered)
    assert proposed_modifiers(held, check(held)) == ()


def test_modifiers_of_medicare_are_proposed_to_medicare_alone() -> None:
    made = replace(claim(), payer=replace(claim().payer, filing="CI"))
    held = context(made, determination={"outcome": "not covered", "summary": "screening"})
    assert proposed_modifiers(held, check(held)) == ()


def test_abroad_is_excluded_by_statute() -> None:
    held = context(record=record(in_us=False))
    assert [one for one, _ in proposed_modifiers(held, check(held))] == ["GY"]
    marked = context(line(modifiers=("GY",)), record=record(in_us=False))
    assert judged(marked, "us").outcome is Outcome.MET
    assert proposed_modifiers(marked, check(marked)) == ()


def _marked(*modifiers: str, abn: Abn = Abn.UNSAID, day: str = "", **change: Any) -> Check:
    made = replace(line(modifiers=modifiers), abn=abn, abn_day=day)
    return judged(context(made, **change), "modifiers")


ABROAD = {"record": record(in_us=False)}
FITTING: list[tuple[Check, str]] = [
    (_marked("GA", abn=Abn.ON_FILE, day="2023-03-01"), ""),
    (_marked("GA", abn=Abn.ON_FILE, day="2023-03-02"), "signed on 2023-03-02, after the service began"),
    (_marked("GA", abn=Abn.ON_FILE), "nobody says when the patient signed it"),
    (_marked("GA", abn=Abn.VOLUNTARY, day="2023-03-01"), "-GA says that a notice (ABN) is on file"),
    (_marked("GZ"), ""),
    (_marked("GZ", abn=Abn.VOLUNTARY, day="2023-03-01"), ""),
    (_marked("GZ", abn=Abn.ON_FILE, day="2023-03-01"), "-GZ says that no notice"),
    (_marked("GY", **ABROAD), ""),
    (_marked("GY"), "of what the law excludes, and nothing on record says that it does"),
    (_marked("GX", "GY", abn=Abn.VOLUNTARY, day="2023-02-01", **ABROAD), ""),
    (_marked("GX", abn=Abn.VOLUNTARY, day="2023-02-01"), "-GX: of what the law excludes"),
    (_marked("GX", "GY", **ABROAD), "-GX says that a voluntary notice was given, and none"),
    (_marked("GX", "GZ", abn=Abn.VOLUNTARY, day="2023-02-01"), "-GX and -GZ exclude one another"),
    (_marked("GA", "GX", abn=Abn.ON_FILE, day="2023-02-01"), "-GA and -GX exclude one another"),
    (_marked("GA", "GZ", abn=Abn.ON_FILE, day="2023-02-01"), "-GA and -GZ exclude one another"),
    (_marked("GZ", **ABROAD), "which is -GY, not a denial as not necessary"),
]


@pytest.mark.parametrize(("told", "words"), FITTING)
def test_a_modifier_fits_the_notice_and_the_reason_of_the_denial(told: Check, words: str) -> None:
    assert told.sure == "M!"
    assert told.outcome is (Outcome.NOT_MET if words else Outcome.MET)
    assert words in told.words


def test_a_voluntary_notice_of_what_the_law_excludes_goes_with_gy() -> None:
    held = context(replace(claim(), abn=Abn.VOLUNTARY, abn_day="2023-02-01"), record=record(in_us=False))
    assert [one for one, _ in proposed_modifiers(held, check(held))] == ["GY", "GX"]


def test_a_notice_without_a_day_before_the_service_is_none_that_counts() -> None:
    not_covered = {"outcome": "not covered", "summary": "screening"}
    for day in ("", "2023-03-02"):
        held = context(replace(claim(), abn=Abn.ON_FILE, abn_day=day), determination=not_covered)
        assert [one for one, _ in proposed_modifiers(held, check(held))] == ["GZ"]


# ---- what was signed, and where it was ---------------------------------------------------------------------


SIGNED: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("no release", {"release": Consent()}, {"consent.release": "nobody says whether"}),
    ("release refused", {"release": Consent(False)}, {"consent.release": "did not sign"}),
    ("release without a day", {"release": Consent(True)}, {"signed.days": "release: no date"}),
    ("release of tomorrow", {"release": Consent(True, "2023-05-02")}, {"signed.days": "in the future"}),
    ("no assignment of benefits", {"benefits": Consent()}, {"consent.benefits": "nobody says whether"}),
    ("benefits refused", {"benefits": Consent(False)}, {"consent.benefits": "did not sign"}),
    ("nobody signed for who bills", {"signed": ""}, {"provider.signed": "no signature of who bills"}),
    ("nobody says of assignment", {"assignment": ""}, {"assignment": "[payers.medicare]"}),
    ("place without an address", {"place": "11"}, {"place.facility": "place 11 is not the patient's home"}),
    (
        "place with half an address",
        {"place": "11", "facility": Facility("Office", "", Postal("1 Main St", "Dallas", "TX", "75201"))},
        {"place.facility": "nine digits of its ZIP code is missing"},
    ),
    ("place of who bills", {"place": "11", "facility": Facility(same=True)}, {}),
    ("a notice without its day", {"abn": Abn.ON_FILE}, {"notice": "nobody says when"}),
]


@pytest.mark.parametrize(("change", "wanted"), [row[1:] for row in SIGNED], ids=[row[0] for row in SIGNED])
def test_what_a_claim_states_rests_on_a_record(change: dict[str, Any], wanted: dict[str, str]) -> None:
    found = failing(context(replace(claim(), **change)))
    assert set(found) - WITHOUT_FILES == set(wanted)
    assert all(
        words in f"{found[rule]} {judged(context(replace(claim(), **change)), rule).mend}"
        for rule, words in wanted.items()
    )


def test_what_the_patient_signed_is_taken_from_the_order_with_its_day() -> None:
    made = claim()
    assert (made.release, made.benefits) == (Consent(True, "2023-02-27"), Consent(True, "2023-02-27"))
    for words, day in (("", ""), ("on paper", ""), ("2023-13-01, no 2023-02-01", "2023-02-01")):
        said = order(statements={"releases": Statement(True, words)})
        assert claim(ordered=said).release == Consent(True, day)
    assert claim(ordered=order(statements={})).release == Consent()


def test_what_is_said_later_fills_what_nobody_said_and_changes_nothing_else() -> None:
    bare = claim(ordered=order(statements={}))
    empty = replace(bare, signed="", assignment="")
    assert completed(empty, order(), profile()) == replace(claim(), diagnoses=bare.diagnoses)
    refused = replace(empty, release=Consent(False), benefits=Consent(True, "2022-01-01"))
    told = completed(refused, order(), profile())
    assert (told.release, told.benefits) == (Consent(False), Consent(True, "2022-01-01"))
    assert completed(claim(), None, profile()) == claim()
