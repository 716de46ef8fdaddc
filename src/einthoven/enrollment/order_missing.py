"""What an order still lacks before a service can begin under it, whoever pays (R29).

What a payer's policy wants beside this is said by its determination; here stands what the center itself
needs: to know the patient, to reach the physician, to watch by the right criteria.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from einthoven.enrollment.order import Order, Setting

_TITLES: Final = frozenset(
    {"dr", "prof", "mr", "mrs", "ms", "md", "do", "np", "pa", "phd", "facc", "rn", "dnp", "aprn", "jr", "sr"}
)
"""Words beside a name that are none of it, without their points."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that is wanted: its path, and what to do, one line for the ordering office."""

    where: str
    words: str


def missing(order: Order) -> list[Missing]:
    """What is missing, in the order of the form; none: the order is complete."""
    found = [Missing(where, words) for where, words, there in _wanted(order) if not there]
    if not signs_own(order):
        signed = "" if order.signature is None else order.signature.name
        words = f"Signed by {signed}, ordered by {order.orderer.name}: who orders signs."
        found.append(Missing("signature.name", words))
    if order.signature is not None and not order.signature.at:
        found.append(Missing("signature.at", "The day on which it was signed."))
    if order.signature is not None and order.signature.legible is False:
        found.append(Missing("signature.legible", "The signature cannot be read: sign again."))
    found += [
        Missing(f"documents[{at}].legible", f"{one.name or one.kind} cannot be read: send it again.")
        for at, one in enumerate(order.documents)
        if one.legible is False
    ]
    return found


def signs_own(order: Order) -> bool:
    """Whether a signature is of who orders, as far as both names are known (R29)."""
    signed = "" if order.signature is None else order.signature.name
    return not (signed and order.orderer.name) or same_name(signed, order.orderer.name)


def same_name(one: str, other: str) -> bool:
    """Whether two names as they are printed can be one person's: ``Weber, Anna`` and ``Dr. Anna M. Weber``.

    Titles, order, case and accents do not matter; one may have more names than the other. A name that has no
    letters of its own is nobody's.
    """
    first, second = _names(one), _names(other)
    return bool(first and second) and (first <= second or second <= first)


def _names(name: str) -> frozenset[str]:
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)
    ).casefold()
    words = re.findall(r"[^\W\d_]+", re.sub(r"\b(\w)\.(?=\w\b)", r"\1", bare))
    return frozenset(word for word in words if word not in _TITLES)


def _wanted(order: Order) -> list[tuple[str, str, bool]]:
    patient, orderer, home = order.patient, order.orderer, order.setting in (None, Setting.HOME)
    return [
        ("patient.name", "The patient's complete name.", bool(patient.name)),
        ("patient.birth_date", "The patient's date of birth.", bool(patient.birth_date)),
        ("patient.sex", "The patient's sex.", bool(patient.sex)),
        ("patient.telephone", "The patient's telephone number.", bool(patient.telephone)),
        (
            "patient.postal.street",
            "Where the patient lives: an ambulance is sent there.",
            bool(patient.postal.street and patient.postal.city) or not home,
        ),
        ("patient.contacts", "Somebody to call in an emergency.", bool(patient.contacts)),
        ("orderer.name", "The name of the physician or practitioner who orders.", bool(orderer.name)),
        ("orderer.npi", "The NPI of who orders.", bool(orderer.npi)),
        ("orderer.telephone", "A number at which the physician is reached.", bool(orderer.telephone)),
        ("orderer.kind", "Whether a physician or a qualified practitioner orders.", bool(orderer.kind)),
        ("test", "Which service is ordered.", order.test is not None),
        ("indication", "Why it is ordered.", order.indication is not None),
        ("diagnoses", "At least one diagnosis (ICD-10-CM).", bool(order.diagnoses)),
        ("days", "For how many days.", order.days > 0),
        ("setting", "Where the patient will be while monitored.", order.setting is not None),
        ("criteria", "By which criteria the physician wants to be told.", bool(order.criteria)),
        (
            "criteria_words",
            "The physician's own criteria.",
            bool(order.criteria_words) or order.criteria != "own",
        ),
        ("payer.id", "Who pays.", bool(order.payer.id)),
        ("payer.state", "The state in which the service is furnished.", bool(order.payer.state)),
        ("dated", "The day on which the order was written.", bool(order.dated)),
        ("signature", "The signature of who orders.", order.signature is not None),
    ]
