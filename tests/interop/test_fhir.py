"""Every resource is valid (``fhir.resources``, R4B) and says what the value behind it says."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.interop.messages import JANE, NOON, PDF, POE, report

from einthoven.base.instants import MINUTE
from einthoven.base.layout import INVALID_SAMPLE, Lead
from einthoven.ecg.kinds import BY_NAME
from einthoven.enrollment.people import Contact, Patient
from einthoven.interop import codes, fhir, fhir_rest
from einthoven.interop.fhir_rest import Page, Told
from einthoven.interop.hl7_adt import Identifier

CENTER = "Heart Center"
CALL = Told(
    7, 3, "Doe, Jane", "emergent", "Doe, Jane: VT", "Poe, Ann", "Poe, Ann, physician", NOON, NOON + MINUTE,
    "reached, read back", True, "will call back", "sends an ambulance", False,
)  # fmt: skip


def valid(resource: dict[str, Any]) -> dict[str, Any]:
    """What the library read of it, after its own validation, as JSON again."""
    model = get_fhir_model_class(resource["resourceType"])
    told: dict[str, Any] = json.loads(model.model_validate(resource).model_dump_json(exclude_none=True))
    return told


def every() -> list[dict[str, Any]]:
    """An instance of each, full and bare."""
    full, bare = report(), report(pdf=None, values=(), strips=(), signed=(), conclusion="")
    page = fhir.attachment(full, PDF)
    jane = replace(JANE, contacts=(Contact("Doe, John", "+1 555 0101", "son"), Contact("Roe", "112")))
    made = [
        fhir.patient(3, jane, [Identifier("4711", "GOOD HEALTH", "MR"), Identifier("1")], CENTER),
        fhir.patient(4, Patient("李小龍")),
        fhir.patient(5, Patient(", Jane")),
        fhir.practitioner(replace(POE, fax="+1 555 0198")),
        fhir.practitioner(POE),
        fhir.device("T_1:a", 3),
        fhir.device("T-2", None),
        *[fhir.measurement(full, one) for one in full.values],
        *[fhir.strip(full, one) for one in full.strips],
        fhir.strip(full, replace(full.strips[0], start=None)),
        fhir.document_reference(full, CENTER, page),
        fhir.binary(fhir.document_id(full), PDF),
        fhir_rest.communication(CALL, CENTER),
        fhir_rest.communication(replace(CALL, ended=None, outcome="", reached="", acted=False), CENTER),
        fhir_rest.communication(replace(CALL, acted=False, outcome="busy", incoming=True, say=""), CENTER),
        fhir_rest.capability(CENTER, "0.1.0", "http://127.0.0.1/fhir", NOON, secured=True),
        fhir_rest.capability(CENTER, "0.1.0", "http://127.0.0.1/fhir", NOON, secured=False),
        fhir_rest.outcome("error", "not-found", "no Patient p9"),
    ]
    for state in ("preliminary", "final", "appended", "wrong patient"):
        made.append(fhir.diagnostic_report(replace(full, state=state), CENTER, page))
        made.append(fhir.diagnostic_report(replace(bare, state=state), CENTER, None))
        made.append(fhir.measurement(replace(full, state=state), full.values[0]))
    made.append(fhir_rest.bundle(Page([], 0, "Patient"), "http://x/fhir"))
    found = [fhir.device("T-2", None), fhir.patient(4, Patient("x"))]
    made.append(
        fhir_rest.bundle(Page(found, 9, "Device?_count=2", "Device?_page=2", ["_sort"]), "http://x/fhir")
    )
    return made


def of(made: dict[str, Any]) -> str:
    return f"{made['resourceType']}-{made.get('id', '')}"


def test_strips_by_telephone_came_with_no_device() -> None:
    told = replace(report(), transmitter="")
    assert "device" not in fhir.measurement(told, told.values[0])
    assert fhir.measurement(report(), report().values[0])["device"]["reference"].startswith("Device/")


@pytest.mark.parametrize("resource", every(), ids=of)
def test_another_library_finds_each_instance_valid_and_loses_nothing_of_it(resource: dict[str, Any]) -> None:
    # It writes a whole second without its milliseconds.
    assert valid(resource) == json.loads(json.dumps(resource).replace(".000Z", "Z"))


def test_what_is_wrong_is_found_by_the_other_library() -> None:
    broken = fhir.measurement(report(), report().values[0]) | {"status": "ready"}
    del broken["code"]
    with pytest.raises(ValueError, match="code"):
        valid(broken)


def test_every_reference_within_a_report_leads_to_one_of_its_resources() -> None:
    told = report()
    made = {f"{one['resourceType']}/{one.get('id')}" for one in every()}
    result = fhir.diagnostic_report(told, CENTER, None)["result"]
    assert len(result) == len(told.values) + len(told.strips)
    assert {one["reference"] for one in result} <= made
    assert fhir.document_reference(told, CENTER, {})["context"]["related"][0]["reference"] in made
    observation = fhir.measurement(told, told.values[0])
    assert {observation[name]["reference"] for name in ("subject", "device")} <= made


@given(
    hnp.arrays(np.int16, st.integers(1, 50)),
    st.sampled_from([200.0, 1000.0, 409.6, 32.25]),
    st.integers(-2000, 2000),
    st.sampled_from([250.0, 360.0, 128.0, 1000.0]),
)
def test_sampled_data_gives_the_stored_samples_and_their_millivolts_back(
    samples: np.ndarray[Any, Any], gain: float, baseline: int, rate_hz: float
) -> None:
    lead = Lead("II", gain=gain, baseline=baseline)
    made = fhir.sampled(samples, lead, rate_hz)
    values = [INVALID_SAMPLE if one == "E" else int(one) for one in made["data"].split(" ")]
    assert values == samples.tolist()
    for raw in (one for one in values if one != INVALID_SAMPLE):
        millivolts = raw * made["factor"] + made["origin"]["value"]
        assert millivolts == pytest.approx((raw - baseline) / gain, abs=1e-6)
    assert made["period"] == pytest.approx(1000 / rate_hz)


def test_a_rate_of_250_has_a_period_of_4_ms_without_a_tail() -> None:
    made = fhir.strip(report(), report().strips[0])
    assert [Decimal(str(one["valueSampledData"]["period"])) for one in made["component"]] == [4, 4]
    first = made["component"][0]
    assert (first["valueSampledData"]["factor"], first["code"]["coding"][0]["code"]) == (0.005, "131330")
    assert [one["code"] for one in made["component"][1]["code"]["coding"]] == ["131328", "131075"]
    assert first["valueSampledData"]["data"].split(" ")[100:110] == 10 * ["E"]


def test_ids_are_ids_and_those_of_different_things_differ() -> None:
    told = [fhir.id_of(one) for one in ("T_1:a", "T.1.a", "T-1-a", "é", 90 * "x", 91 * "x", 90 * "_")]
    assert len(set(told)) == len(told)
    for one in told:
        assert 1 <= len(one) <= 64
        assert not set(one) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.")


def test_units_are_ucum_and_counts_have_an_annotation() -> None:
    told = [fhir.measurement(report(), one).get("valueQuantity") for one in report().values]
    assert told[0] == {"value": 71.5, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"}
    assert told[2] == {"value": 1204, "unit": "beats", "system": codes.UCUM, "code": "{beats}"}
    assert told[3] is None


def test_a_call_that_reached_nobody_is_not_done_and_says_why() -> None:
    made = fhir_rest.communication(replace(CALL, acted=False, outcome="voicemail"), CENTER)
    assert (made["status"], made["statusReason"]["text"], "received" in made) == (
        "not-done",
        "voicemail",
        False,
    )
    made = fhir_rest.communication(CALL, CENTER)
    assert (made["status"], made["priority"], made["received"]) == (
        "completed",
        "stat",
        "2026-11-21T12:01:00.000Z",
    )


def test_codes_of_findings_are_of_kinds_that_there_are() -> None:
    assert set(codes._RHYTHMS) <= set(BY_NAME)
    for kind in BY_NAME:
        told = codes.finding(kind, kind)
        assert told[-1] == codes.Coding(codes.LOCAL, kind, kind)
        assert {one.system for one in told} <= {codes.SNOMED, codes.MDC, codes.LOCAL}


def test_what_was_made_for_the_wrong_patient_is_entered_in_error_and_still_theirs() -> None:
    told = replace(report(), state="wrong patient", notice="WRONG PATIENT", former=True)
    page = fhir.attachment(told, PDF)
    made = [
        fhir.diagnostic_report(told, CENTER, page),
        fhir.measurement(told, told.values[0]),
        fhir.strip(told, told.strips[0]),
        fhir.document_reference(told, CENTER, page),
    ]
    assert {valid(one)["status"] for one in made} == {"entered-in-error"}
    assert {one["subject"]["reference"] for one in made} == {"Patient/p3"}
    assert made[0]["conclusion"].startswith("WRONG PATIENT")
