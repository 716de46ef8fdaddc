"""The pages of HL7 and FHIR say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from einthoven.center.hospital import HospitalBook
from einthoven.center.open_record import NEEDS
from einthoven.interop.fhir_rest import READ_ONLY, SEARCHES
from einthoven.interop.hl7_adt import EVENTS
from einthoven.interop.hl7v2 import CHARSETS
from einthoven.settings import Settings

DOCS = Path(__file__).resolve().parents[2] / "docs"
HL7 = (DOCS / "hl7.md").read_text()
FHIR = (DOCS / "fhir.md").read_text()


def rows(text: str, columns: int) -> list[list[str]]:
    """The rows of every table with so many columns."""
    found = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"
    ]
    return [row for row in found if len(row) == columns]


def test_the_events_that_are_taken() -> None:
    assert {row[0]: row[1] for row in rows(HL7, 2) if re.fullmatch(r"A\d\d", row[0])} == EVENTS


def test_the_deeds_settings_and_character_sets() -> None:
    assert {one for one in HospitalBook.KINDS if f"`{one}`" not in HL7} == set()
    named = set(re.findall(r"\bhl7_[a-z_]+\b", HL7))
    assert named <= set(Settings.model_fields)
    assert {one for one in CHARSETS if one not in HL7 and not one.startswith(("8859", "UNICODE"))} == set()


def test_the_resources_and_by_what_they_are_searched() -> None:
    told = {row[0]: set(re.findall(r"`([a-z_-]+)`", row[3])) for row in rows(FHIR, 4) if row[0] != "resource"}
    told.pop("---", None)
    assert told == {kind: set(params) for kind, params in SEARCHES.items()} | {
        kind: set() for kind in READ_ONLY
    }


def test_what_each_resource_needs() -> None:
    told = {
        kind.strip(): re.findall(r"`([a-z.]+)`", row[1])[0]
        for row in rows(FHIR.split("## Who reads what")[1].split("\n## ")[0], 2)
        if "`" in row[1]
        for kind in row[0].split(",")
    }
    assert told == {kind: str(permission) for kind, permission in NEEDS.items()}
