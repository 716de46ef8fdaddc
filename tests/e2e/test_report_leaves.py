"""The report of a real record leaves: every value and strip valid FHIR, all of it one HL7 message."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class
from tests.e2e.processes import done
from tests.interop.judge import DATA, needs_data
from tests.interop.messages import BERLIN, NOON, report

from einthoven.interop import fhir, hl7v2
from einthoven.interop.hl7_oru import Between, oru
from einthoven.interop.reported import content_of
from einthoven.reports.words import number, share

pytestmark = [pytest.mark.records, needs_data]


def test_the_report_of_a_real_record_leaves_as_it_was_printed(tmp_path: Path) -> None:
    pdf, kept = tmp_path / "207.pdf", tmp_path / "207.json"
    done("report", DATA / "mitdb" / "207", "-o", pdf, "--json", kept, "--start", "2026-11-20T08:00:00Z")
    told, content = json.loads(kept.read_bytes()), content_of(kept.read_bytes())
    printed = {
        shown["figure"]["name"].replace("_", "-"): shown["text"]
        for section in told["sections"]
        for shown in section["shown"]
        if shown["figure"] is not None and shown["figure"]["value"] is not None
    }
    values = {one.name: one for one in content.values}
    assert set(printed) <= set(values)
    for name, text in printed.items():
        value = values[name].value
        assert isinstance(value, float | int)
        as_printed = {number(value, places) for places in range(3)} | {share(value)}
        assert text in as_printed or not text[-1].isdigit() or name == "af-seconds", (name, text, value)
    made = report(values=content.values, strips=content.strips, pdf=pdf.read_bytes)
    resources = [fhir.measurement(made, one) for one in content.values]
    resources += [fhir.strip(made, one) for one in content.strips]
    for one in resources:
        get_fhir_model_class("Observation").model_validate(one)
    assert len({one["id"] for one in resources}) == len(resources) > 40
    page = fhir.attachment(made, pdf.read_bytes())
    get_fhir_model_class("DiagnosticReport").model_validate(fhir.diagnostic_report(made, "Center", page))
    message = hl7v2.parse(oru(made, Between(), "C1", NOON, BERLIN))
    last = message.count("OBX")
    assert last == len(content.values) + 2  # the impression, and the page
    assert base64.b64decode(message.get("OBX", 5, 5, of=last)) == pdf.read_bytes()
