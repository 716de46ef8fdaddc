"""Checks of claims: a claim as it should be passes each, and one wrong thing fails what asks for it alone."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.billing.claims import READER, at, claim, context, failing, judged, order, profile, record
from tests.billing.test_claim_signed import SIGNED, WITHOUT_FILES, line

from einthoven.base.errors import InputError
from einthoven.base.instants import from_iso
from einthoven.billing.claim import (
    Line,
    Part,
    PersonName,
    from_json,
    to_json,
)
from einthoven.billing.claim_check import Check, Other, Outcome, Weight, check_json, check_of
from einthoven.billing.claim_making import make, name_parts
from einthoven.billing.claim_rules import RULES, check
from einthoven.billing.claim_rules_dates import day_of
from einthoven.billing.family import derive
from einthoven.billing.service import (
    Attendance,
    Earlier,
    Gap,
    Interruption,
    Notifications,
    Reports,
    Watcher,
    days_served,
)
from einthoven.enrollment.order import OrderSignature, Prior, PriorTest, Setting
from einthoven.enrollment.statements import Statement


@pytest.mark.parametrize("part", list(Part))
def test_a_claim_as_it_should_be_passes_every_check(part: Part) -> None:
    assert set(failing(context(claim(part)))) == WITHOUT_FILES


BROKEN: list[tuple[str, dict[str, Any], set[str]]] = [
    ("no order", {"order": None}, {"order", "order.signed", "order.before", "bundle.concurrent", "place"}),
    ("order not signed", {"order": order(signature=None)}, {"order.signed"}),
    (
        "signature not legible",
        {"order": order(signature=OrderSignature("Ann Müller, MD", "2023-02-27", "paper", legible=False))},
        {"order.signed"},
    ),
    (
        "signed after the service began",
        {"order": order(signature=OrderSignature("Ann Müller, MD", "2023-03-02", "electronic"))},
        {"order.before"},
    ),
    (
        "signed by somebody else",
        {"order": order(signature=OrderSignature("Bo Smith", "2023-02-27", "electronic"))},
        {"order.signer"},
    ),
    ("another person was monitored", {"record": record(patient="Roe, Richard")}, {"person"}),
    ("patient in a nursing facility", {"order": order(setting=Setting.SKILLED_NURSING)}, {"place"}),
    (
        "Holter on days of the service",
        {"order": order(prior_tests=(PriorTest(Prior.HOLTER, "2023-03-02", "2023-03-03"),))},
        {"bundle.concurrent"},
    ),
    ("monitoring goes on", {"record": record(ended=None)}, {"dates.concluded", "dates.technical"}),
    (
        "a gap without a watch",
        {"record": record(attendance=Attendance(0.99, 0.99, (Gap(1, 2, "closed lid"),)))},
        {"attended", "family"},
    ),
    ("attendance not proved", {"record": record(attendance=None)}, {"attended", "family"}),
    ("surveillance abroad", {"record": record(in_us=False)}, {"us"}),
    ("shared transmitter", {"record": record(exclusive=False)}, {"exclusive"}),
    (
        "an action is not on record",
        {"record": record(notifications=Notifications(2, 2, 1, 0))},
        {"told"},
    ),
    (
        "summary not signed",
        {"record": record(reports=Reports(30, 30, 30, 2, 2, 2, True, None))},
        {"reports"},
    ),
    ("no plans", {"record": record(plans=())}, {"plans"}),
    (
        "somebody without a credential",
        {"record": record(watchers=(Watcher(1, "X", (), False, "no credential"),))},
        {"qualified", "family"},
    ),
    (
        "an earlier service 20 days before",
        {"record": record(earlier=(Earlier("2023-02-09", "2023-02-20", "telemetry"),))},
        {"frequency.30", "frequency.year"},
    ),
    (
        "a Holter and strips by telephone 20 days before",
        {
            "record": record(
                earlier=(
                    Earlier("2023-02-09", "2023-02-10", "holter"),
                    Earlier("2023-02-09", "2023-02-20", "post-symptom"),
                )
            )
        },
        set(),
    ),
    (
        "an earlier service half a year before, nothing said of new symptoms",
        {"record": record(earlier=(Earlier("2022-09-01", "2022-09-30", "telemetry"),))},
        {"frequency.year"},
    ),
    ("hook-up", {"claim": line(code="93270")}, {"hookup", "dates.technical"} - {"dates.technical"}),
    ("-26", {"claim": line(modifiers=("26",))}, {"code.component"}),
    ("the professional code on the technical part", {"claim": line(code="93228")}, {"code.part"}),
    ("two units", {"claim": line(units=2)}, {"units.one"}),
    ("another day", {"claim": line(day="2023-03-29")}, {"dates.technical"}),
    ("a day in the future", {"claim": line(day="2023-05-02")}, {"dates.technical", "dates.future"}),
    ("no charge", {"claim": line(cents=0)}, {"charge"}),
    ("points at nothing", {"claim": line(pointers=(3,))}, {"icd10.pointers"}),
    ("unknown code", {"claim": line(code="99999")}, {"code.valid"}),
    ("no line", {"claim": replace(claim(), lines=())}, {"code.valid", "dates.technical"}),
    ("inpatient place", {"claim": replace(claim(), place="21")}, {"place", "place.facility"}),
    (
        "no supervisor",
        {"claim": replace(claim(), supervising=type(READER)()), "record": record(supervisor="")},
        {"supervision"},
    ),
    (
        "a diagnosis that was split in 2022",
        {"claim": replace(claim(), diagnoses=("R55", "I47.1"))},
        {"icd10"},
    ),
    (
        "NPI with a wrong digit",
        {"claim": replace(claim(), ordering=replace(claim().ordering, npi="1245319598"))},
        {"people"},
    ),
    (
        "no member number",
        {"claim": replace(claim(), patient=replace(claim().patient, member=""))},
        {"patient"},
    ),
    ("patient abroad", {"claim": replace(claim(), patient=replace(claim().patient, country="CA"))}, {"us"}),
    ("not covered", {"determination": {"outcome": "not covered", "summary": "screening"}}, {"covered"}),
    ("policy not held", {"determination": {"outcome": "policy not held", "summary": "2026"}}, {"covered"}),
    ("837P not valid", {"faults": ("Billing Provider City Name is missing",)}, {"form"}),
    ("837P not looked at", {"faults": None}, {"form"}),
    ("-GA without a notice", {"claim": line(modifiers=("GA",))}, {"modifiers"}),
]


@pytest.mark.parametrize(
    ("change", "rules"), [(one[1], one[2]) for one in BROKEN], ids=[one[0] for one in BROKEN]
)
def test_one_wrong_thing(change: dict[str, Any], rules: set[str]) -> None:
    failed = set(failing(context(**change)))
    assert rules <= failed
    extra = failed - rules - WITHOUT_FILES
    assert not extra, {name: failing(context(**change)).get(name) for name in extra}


def test_every_rule_fails_somewhere_in_this_file() -> None:
    broken = {rule for _, _, rules in (*BROKEN, *SIGNED) for rule in rules}
    elsewhere = {
        "dates.professional",
        "dates.thirtieth",
        "frequency.longer",
        "frequency.apart",
        "bundle.codes",
        "place.stays",
        "billing",
        "payer",
        "code.tracing",  # tests/billing/test_telephone_by_hand.py
        "code.successor",
        "original",  # tests/billing/test_claim_answers.py
        "alone",  # tests/center/test_claim_desk.py
    }
    assert {rule.id for rule in RULES} - broken - elsewhere - WITHOUT_FILES == set()


# ---- dates -------------------------------------------------------------------------------------------------


def test_an_early_end_is_one_unit_on_the_day_of_its_end() -> None:
    short = record(last_day="2023-03-04", ended=at("2023-03-04"))
    made = claim(measured=short)
    assert (made.lines[0].day, made.lines[0].units) == ("2023-03-04", 1)
    assert set(failing(context(made, record=short))) == WITHOUT_FILES


def test_the_professional_part_is_of_the_day_of_the_signature() -> None:
    assert claim(Part.PROFESSIONAL).lines[0].day == "2023-04-01"
    unsigned = record(reports=Reports(30, 30, 30, 2, 2, 2, True, None))
    made = claim(Part.PROFESSIONAL, measured=unsigned)
    assert made.lines[0].day == ""
    assert judged(context(made, record=unsigned), "dates.professional").outcome is Outcome.NOT_DOCUMENTED


def test_thirty_days_are_not_read_before_the_thirtieth() -> None:
    early = record(reports=Reports(30, 30, 30, 2, 2, 2, True, at("2023-03-20")))
    assert claim(Part.PROFESSIONAL, measured=early).lines[0].day == "2023-03-30"
    made = replace(claim(Part.PROFESSIONAL, measured=early), lines=(Line("93228", (), 1, "2023-03-20", 1),))
    assert judged(context(made, record=early), "dates.thirtieth").stops
    # 29 days are read when they are read.
    less = record(last_day="2023-03-29", reports=Reports(29, 29, 29, 0, 0, 0, True, at("2023-03-20")))
    assert claim(Part.PROFESSIONAL, measured=less).lines[0].day == "2023-03-20"


@pytest.mark.parametrize(
    ("last", "why", "outcome"),
    [
        ("2023-03-30", "", Outcome.NOT_APPLICABLE),
        ("2023-03-31", "", Outcome.NOT_APPLICABLE),
        ("2023-04-01", "", Outcome.NOT_MET),
        ("2023-04-05", "syncope came back on day 28", Outcome.MET),
    ],
)
def test_more_than_thirty_days_want_a_reason(last: str, why: str, outcome: Outcome) -> None:
    longer = record(last_day=last, extended=why)
    assert judged(context(record=longer), "frequency.longer").outcome is outcome


def test_within_twelve_months_only_with_new_symptoms() -> None:
    again = record(earlier=(Earlier("2022-09-01", "2022-09-30", "telemetry"),))
    new = order(statements={"new_symptoms": Statement(True, "syncope again")})
    same = order(statements={"new_symptoms": Statement(False)})
    assert judged(context(record=again, order=new), "frequency.year").outcome is Outcome.MET
    assert judged(context(record=again, order=same), "frequency.year").outcome is Outcome.NOT_MET
    year = record(earlier=(Earlier("2022-02-28", "2022-03-20", "telemetry"),))
    assert judged(context(record=year), "frequency.year").outcome is Outcome.MET


# ---- bundles -----------------------------------------------------------------------------------------------


def test_one_after_the_other_is_no_bundle_and_is_told() -> None:
    before = order(prior_tests=(PriorTest(Prior.HOLTER, "2023-02-20", "2023-02-22"),))
    told = judged(context(order=before), "bundle.concurrent")
    assert told.outcome is Outcome.MET
    assert "Holter until 2023-02-22: before it" in told.words


def other(**change: Any) -> Other:
    made = Other(9, "technical", ("93229",), "2023-03-30", "2023-03-01", "2023-03-30", 2)
    return replace(made, **change)


def test_a_holter_claim_of_the_same_days_excludes_telemetry_and_one_of_other_days_does_not() -> None:
    holter = other(codes=("93226",), first_day="2023-03-10", last_day="2023-03-11", day="2023-03-11")
    told = judged(context(others=(holter,)), "bundle.codes")
    assert told.outcome is Outcome.NOT_MET
    assert "93229 with 93226 on claim 9" in told.words
    apart = replace(holter, first_day="2023-02-10", last_day="2023-02-11")
    assert judged(context(others=(apart,)), "bundle.codes").outcome is Outcome.MET


def test_a_second_claim_for_the_same_service_is_stopped() -> None:
    assert judged(context(others=(other(period=1),)), "frequency.30").stops
    late = other(first_day="2023-01-20", last_day="2023-02-01")
    assert judged(context(others=(late,)), "frequency.30").outcome is Outcome.MET
    assert judged(context(others=(replace(late, first_day="2023-02-01"),)), "frequency.30").stops


@pytest.mark.parametrize(("began", "stops"), [("2023-01-31", True), ("2023-01-30", False)])
def test_the_thirtieth_day_after_another_service_began_is_the_first_that_may_be_billed(
    began: str, stops: bool
) -> None:
    before = other(first_day=began, last_day=began)
    assert judged(context(others=(before,)), "frequency.30").stops is stops
    known = record(earlier=(Earlier(began, began, "telemetry"),))
    assert judged(context(record=known), "frequency.30").stops is stops


@pytest.mark.parametrize(
    ("began", "outcome"), [("2022-03-02", Outcome.NOT_DOCUMENTED), ("2022-03-01", Outcome.MET)]
)
def test_after_twelve_months_nothing_is_asked_of_new_symptoms(began: str, outcome: Outcome) -> None:
    known = record(earlier=(Earlier(began, began, "telemetry"),))
    assert judged(context(record=known), "frequency.year").outcome is outcome


def test_a_stay_in_a_facility_takes_its_days_out_and_all_of_them_leave_nothing() -> None:
    stay = Interruption(at("2023-03-05"), at("2023-03-07"), "Main Hospital")
    assert judged(context(record=record(interruptions=(stay,))), "place.stays").outcome is Outcome.MET
    nothing = record(interruptions=(stay,), recorded_s=0.0)
    assert judged(context(record=nothing), "place.stays").stops


# ---- who bills, who pays -----------------------------------------------------------------------------------


def test_what_the_billing_file_does_not_say_is_said_at_the_claim() -> None:
    from einthoven.billing.profile import EMPTY

    made = make(Part.TECHNICAL, 1, (7, order()), record(), EMPTY)
    told = failing(context(made))
    assert {"billing", "payer", "charge", "place"} <= set(told)
    assert "name, NPI, tax id" in told["billing"]
    assert "'medicare'" in told["payer"]


# ---- family ------------------------------------------------------------------------------------------------


def test_what_was_too_short_is_no_telemetry_and_says_why() -> None:
    short = record(last_day="2023-03-01", longest_s=180.0, recorded_s=180.0)
    from datetime import date

    told = judged(context(record=short, family=derive(short, date(2023, 3, 1))), "family")
    assert told.stops
    assert "more than 24 h" in told.words


# ---- values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "parts"),
    [
        ("Doe, Jane Q", PersonName("Doe", "Jane", "Q")),
        ("Jane Q Doe", PersonName("Doe", "Jane", "Q")),
        ("Jane Doe", PersonName("Doe", "Jane")),
        ("Ann Müller, MD", PersonName("Müller", "Ann")),
        ("Dr. Ann Müller, M.D., FACC", PersonName("Müller", "Ann")),
        ("Doe, John, Jr", PersonName("Doe", "John", "Jr")),
        ("John Doe Jr", PersonName("Doe Jr", "John")),
        ("Cher", PersonName("Cher")),
        ("", PersonName()),
        ("MD", PersonName()),
    ],
)
def test_names_are_taken_apart(told: str, parts: PersonName) -> None:
    assert name_parts(told) == parts


def test_a_claim_is_read_back_as_it_was_written() -> None:
    for part in Part:
        assert from_json(to_json(claim(part))) == claim(part)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"placer": "x"}, "claim: 'placer' is no field of it"),
        ({"patient": {"nam": {}}}, "claim.patient: 'nam' is no field of it"),
        ({"lines": [{"code": 93229}]}, "lines[0].code: Input should be a valid string"),
        ({"lines": [{"cents": -1}]}, "lines[0].cents: want an amount in whole cents, not negative"),
        ({"lines": [{"units": "1"}]}, "lines[0].units"),
        ({"part": "global"}, "part: Input should be 'technical' or 'professional'"),
        ({"lines": [{}] * 51}, "lines: 51 of them, at most 50"),
        ({"note": "a\nb"}, "note: want one line of at most 2000 characters"),
    ],
)
def test_a_field_that_is_wrong_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        from_json(to_json(claim()) | change)
    assert words in str(error.value)


@pytest.mark.parametrize("given_", [None, [], 5, "x", {}])
def test_what_is_no_claim_is_refused_in_one_line(given_: object) -> None:
    with pytest.raises(InputError, match=r"^.+$"):
        from_json(given_)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(st.sampled_from(["part", "lines", "patient", "code", "stream", "period"]), x)
        ),
        max_leaves=12,
    )
)
def test_nothing_that_comes_as_a_claim_breaks_the_reader(told: object) -> None:
    with contextlib.suppress(InputError):
        from_json(told)


def test_a_check_is_read_back_as_it_was_written() -> None:
    for one in check(context()):
        assert check_of(check_json(one)) == one


def test_a_rule_says_its_source_and_how_sure_that_is() -> None:
    for rule in RULES:
        assert rule.source
        assert rule.sure in {"S", "LCD", "M!", "M", "M?", "I"}
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_what_is_told_alone_holds_nothing() -> None:
    note = Check("x", "x", Outcome.NOT_MET, Weight.NOTE, "", "", "", "I")
    assert (note.fails, note.holds, note.stops) == (True, False, False)


def test_the_profile_of_the_tests_is_read() -> None:
    assert profile().fees["93229"] == 65000


def test_the_page_tells_every_check_with_its_weight() -> None:
    page = (Path(__file__).parents[2] / "docs" / "claims.md").read_text()
    told = re.findall(r"^\| `([a-z0-9.]+)` \| ([^|]+) \| (stop|reason|note) \|$", page, re.M)
    assert told == [(rule.id, rule.title, str(rule.weight)) for rule in RULES]


# ---- what 30 days are, when monitoring concludes -----------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "start", "end", "days"),
    [
        ("UTC", "2023-03-01T14:00:00Z", "2023-03-31T14:00:00Z", 30),  # 30 times 24 hours touch 31 dates
        ("UTC", "2023-03-01T14:00:00Z", "2023-03-31T14:00:01Z", 31),
        ("UTC", "2023-03-01T00:00:00Z", "2023-03-30T23:59:59Z", 30),
        ("America/New_York", "2023-03-01T15:00:00Z", "2023-03-31T15:00:00Z", 30),  # one hour is skipped
        ("America/New_York", "2023-10-20T14:00:00Z", "2023-11-19T15:00:00Z", 30),  # one comes twice
        ("America/Chicago", "2024-02-10T18:00:00Z", "2024-03-11T17:00:00Z", 30),  # through a leap day
        ("UTC", "2023-03-01T14:00:00Z", "2023-03-01T15:00:00Z", 1),
    ],
)
def test_days_served(zone: str, start: str, end: str, days: int) -> None:
    began, ended = from_iso(start), from_iso(end)
    first, last = day_of(began, zone), day_of(ended - 1, zone)
    made = record(started=began, ended=ended, zone=zone, first_day=first, last_day=last)
    assert days_served(made) == days
    wanted = Outcome.NOT_APPLICABLE if days <= 30 else Outcome.NOT_MET
    assert judged(context(record=made), "frequency.longer").outcome is wanted


def test_who_did_not_come_home_before_the_end_was_served_until_they_went_to_the_hospital() -> None:
    stay = Interruption(at("2023-03-20"), None, "Main Hospital")
    gone = record(interruptions=(stay,))
    made = claim(measured=gone)
    assert made.lines[0].day == "2023-03-20"
    assert "dates.technical" not in failing(context(made, record=gone))
    wrong = replace(made, lines=(replace(made.lines[0], day="2023-03-30"),))
    assert judged(context(wrong, record=gone), "dates.technical").stops
    back = record(interruptions=(replace(stay, stop=at("2023-03-22")),))
    assert claim(measured=back).lines[0].day == "2023-03-30"


def test_an_order_signed_in_the_evening_is_of_that_evening_and_not_of_the_next_day() -> None:
    signed = order(
        dated="2023-03-01", signature=OrderSignature("Ann Müller, MD", "2023-03-02T02:00:00Z", "electronic")
    )
    there = record(zone="America/Chicago")
    assert judged(context(order=signed, record=there), "order.before").outcome is Outcome.MET
    guam = order(dated="", signature=OrderSignature("Ann Müller, MD", "2023-03-01T20:00:00Z", "electronic"))
    assert judged(context(order=guam, record=record(zone="Pacific/Guam")), "order.before").stops


def test_a_year_is_twelve_months_in_claims_as_in_policies() -> None:
    whole = record(first_day="2024-02-28", earlier=(Earlier("2023-02-28", "2023-03-20", "telemetry"),))
    assert judged(context(record=whole), "frequency.year").outcome is Outcome.MET
    leap = record(first_day="2025-02-28", earlier=(Earlier("2024-02-29", "2024-03-20", "telemetry"),))
    assert judged(context(record=leap), "frequency.year").outcome is Outcome.NOT_DOCUMENTED
