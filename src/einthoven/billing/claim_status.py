"""Why a claim was taken or turned down before anybody decided it: numbers with our own words (277CA, STC).

Numbers are those of the claim status category codes, claim status codes and entity identifiers; the lists'
own texts are X12's and are not shipped. From memory, high confidence [M!]; a code that is not here is shown
as its number.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SURE: Final = "M!"
TAKEN: Final = frozenset({"A0", "A1", "A2", "A5"})
TURNED_DOWN: Final = frozenset({"A3", "A6", "A7", "A8"})
"""Categories; ``A4`` (not found) is neither: a person looks at it."""
CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "A0": "passed on",
        "A1": "received",
        "A2": "accepted for a decision",
        "A3": "sent back",
        "A4": "not found",
        "A5": "split",
        "A6": "turned down, something is missing",
        "A7": "turned down, something is wrong",
        "A8": "turned down, fields contradict one another",
    }
)
STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "19": "receipt confirmed",
        "20": "accepted for processing",
        "21": "information missing or wrong",
        "24": "not approved to hand claims in",
        "25": "not approved",
        "26": "not known there",
        "33": "subscriber and number not found",
        "54": "a duplicate of what was handed in before",
        "88": "not eligible on the dates of service",
        "97": "eligibility of the patient not found",
        "116": "handed in to the wrong payer",
        "122": "data missing or wrong, so that it cannot be processed",
        "125": "name",
        "126": "address",
        "128": "tax id",
        "145": "specialty or taxonomy code",
        "153": "id number",
        "158": "date of birth",
        "164": "member number",
        "178": "charges",
        "187": "dates of service",
        "249": "place of service",
        "254": "main diagnosis",
        "255": "diagnosis",
        "453": "modifier of the code",
        "454": "code of the service",
        "477": "pointer at a diagnosis",
        "481": "format of the claim",
        "500": "ZIP code",
        "535": "kind of the claim (original or replacement)",
        "562": "NPI",
    }
)
ENTITIES: Mapping[str, str] = MappingProxyType(
    {
        "40": "receiver",
        "41": "submitter",
        "77": "place of service",
        "82": "rendering provider",
        "85": "billing provider",
        "AY": "clearing house",
        "DK": "ordering provider",
        "DQ": "supervising provider",
        "IL": "subscriber",
        "PR": "payer",
        "QC": "patient",
    }
)


def words(code: str) -> str:
    """One status in words: ``turned down, something is wrong: billing provider, NPI [A7:562:85]``.

    Args:
        code: category, status and entity, parted by colons.
    """
    category, _, rest = code.partition(":")
    status, _, entity = rest.partition(":")
    what = STATUSES.get(status) or (f"status {status}" if status else "")
    whose = ENTITIES.get(entity, entity)
    told = ", ".join(filter(None, (whose, what)))
    return ": ".join(filter(None, (CATEGORIES.get(category, category), told))) + f" [{code}]"
