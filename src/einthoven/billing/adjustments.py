"""Why payers take something off: numbers of reasons with our own words, and what in the record answers them.

Numbers are those of the claim adjustment reason codes (CARC) and remittance advice remark codes (RARC); the
lists' own texts are X12's and are not shipped. A site puts the words that it is licensed to use into its
billing file, under ``[carc]`` and ``[rarc]``. From memory, high confidence [M!].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from einthoven.billing.remittance import Answer

SURE: Final = "M!"
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "CO": "by contract or law: not the patient's to pay",
        "PR": "the patient's to pay",
        "OA": "other",
        "PI": "by the payer's own decision",
        "CR": "correction of an earlier answer",
    }
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason in our words, and the rules of a claim's checks that answer it."""

    words: str
    answers: tuple[str, ...] = ()


_NEED: Final = ("covered", "order", "order.signed")
_DOCS: Final = ("told", "reports", "attended", "qualified", "plans")
CARC: Mapping[str, Reason] = MappingProxyType(
    {
        "1": Reason("deductible"),
        "2": Reason("coinsurance"),
        "3": Reason("copayment"),
        "4": Reason(
            "the modifier does not go with the code, or one is missing", ("modifiers", "code.component")
        ),
        "5": Reason("the place of service does not go with the code", ("place",)),
        "11": Reason("the diagnosis does not go with the code", ("icd10", "covered")),
        "16": Reason("information is missing or wrong", ("form", "people", "patient")),
        "18": Reason("the same was billed before", ("frequency.30",)),
        "22": Reason("another payer comes first", ("payer",)),
        "26": Reason("before the coverage began", ("dates.technical", "patient")),
        "27": Reason("after the coverage ended", ("dates.technical", "patient")),
        "29": Reason("handed in too late"),
        "31": Reason("the patient is not known to the payer", ("patient",)),
        "45": Reason("above the fee schedule"),
        "49": Reason("a routine examination or screening", _NEED),
        "50": Reason("not seen as medically necessary", (*_NEED, "bundle.concurrent")),
        "54": Reason("more than one provider for the same service"),
        "55": Reason("seen as experimental", _NEED),
        "58": Reason("furnished in a place that does not fit", ("place", "place.stays")),
        "96": Reason("not covered", _NEED),
        "97": Reason("paid within another service", ("bundle.codes", "bundle.concurrent")),
        "109": Reason("another payer or contractor is responsible", ("payer",)),
        "119": Reason("the most that is paid in a time was reached", ("frequency.30", "frequency.year")),
        "146": Reason("the diagnosis was not valid on that day", ("icd10",)),
        "150": Reason("the record does not support this level of service", (*_NEED, *_DOCS, "family")),
        "151": Reason("the record does not support this many services", ("units.one", "frequency.year")),
        "152": Reason("the record does not support this length", ("frequency.longer",)),
        "167": Reason("the diagnosis is not covered", ("icd10", "covered")),
        "170": Reason("not paid to this kind of provider", ("billing", "people")),
        "181": Reason("the code was not valid on that day", ("code.valid",)),
        "182": Reason("the modifier was not valid on that day", ("modifiers",)),
        "184": Reason("who ordered may not order it", ("people", "order")),
        "197": Reason("authorization is missing"),
        "204": Reason("not in the patient's benefits", ("covered",)),
        "226": Reason("records that were asked for did not come, or too late", _DOCS),
        "236": Reason("the codes do not go together (NCCI)", ("bundle.codes",)),
        "252": Reason("records are wanted before it is decided", _DOCS),
        "253": Reason("sequestration"),
        "272": Reason("coverage rules were not followed", _NEED),
        "B7": Reason("the provider was not entitled on that day", ("billing", "people")),
        "B15": Reason("another service that it needs was not there", ("bundle.codes",)),
        "B20": Reason("furnished, in part or whole, by another provider"),
    }
)
RARC: Mapping[str, Reason] = MappingProxyType(
    {
        "M25": Reason("the record does not support this level of service", _DOCS),
        "M76": Reason("the diagnosis is missing or wrong", ("icd10",)),
        "M86": Reason("a like service was paid within the time", ("frequency.30", "frequency.year")),
        "M127": Reason("the medical record is missing", _DOCS),
        "MA01": Reason("can be appealed"),
        "MA130": Reason("the claim cannot be processed: a new one is wanted, no appeal", ("form",)),
        "N115": Reason("decided by a local coverage determination", _NEED),
        "N386": Reason("decided by a national coverage determination", _NEED),
        "N362": Reason("more units than are paid", ("units.one",)),
        "N425": Reason("excluded by statute", ("us", "place")),
        "N706": Reason("documents are missing", _DOCS),
    }
)


def carc(code: str, own: Mapping[str, str] | None = None) -> str:
    """Words of a reason; the number alone where none are known."""
    if own and code in own:
        return own[code]
    known = CARC.get(code)
    return known.words if known else f"reason {code}"


def rarc(code: str, own: Mapping[str, str] | None = None) -> str:
    """Words of a remark; the number alone where none are known."""
    if own and code in own:
        return own[code]
    known = RARC.get(code)
    return known.words if known else f"remark {code}"


def answering(answer: Answer) -> tuple[str, ...]:
    """Rules of checks that answer what was taken off, each once, in order."""
    found: list[str] = []
    for one in answer.all_adjustments():
        found += CARC[one.code].answers if one.code in CARC else ()
    for remark in answer.all_remarks():
        found += RARC[remark].answers if remark in RARC else ()
    return tuple(dict.fromkeys(found))
