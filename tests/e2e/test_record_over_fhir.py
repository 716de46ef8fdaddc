"""A real record is brought into a center, reported, and read over FHIR by a client library."""

from __future__ import annotations

from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhirpy import SyncFHIRClient
from tests.e2e.processes import Serving, done, until
from tests.interop.judge import DATA, needs_data

pytestmark = [pytest.mark.records, pytest.mark.slow, needs_data]


def test_a_record_that_was_brought_in_is_reported_and_read(tmp_path: Path) -> None:
    center = Serving(tmp_path).start()
    try:
        whose = ("--patient", "Doe, Jane", "--birth-date", "1950-01-02", "--sex", "female")
        record = DATA / "mitdb" / "207"
        done("import", record, "--center", center.url, "--start", "2026-11-22T08:00:00Z", *whose)
        client = SyncFHIRClient(f"{center.url}/fhir")
        jane = client.resources("Patient").search(name="Doe").first()
        asked = client.resources("DiagnosticReport").search(patient=jane.id)
        found = until("the reports", lambda: [one for one in asked.fetch_all() if one.get("result")])
        for told in found:
            assert told["status"] == "preliminary"  # nobody has signed, so nobody concludes
            assert "conclusion" not in told
            assert "presentedForm" not in told
        observations = client.resources("Observation").search(patient=jane.id).fetch_all()
        for one in observations:
            get_fhir_model_class("Observation").model_validate(one.serialize())
        codes = {coding["code"] for one in observations for coding in one["code"]["coding"]}
        assert {"8867-4", "131328", "ventricular-beats", "conclusion"} <= codes
        strips = [one for one in observations if "component" in one]
        assert strips
        assert strips[0]["component"][0]["valueSampledData"]["data"].count(" ") > 1000
    finally:
        center.stop()
