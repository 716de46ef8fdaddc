"""Billing codes as data with marks of sureness and sources (R38); ``docs/codes.md``.

``lookup``, ``valid_on``, ``may_not_go_with`` and ``icd10_valid`` answer from what is shipped alone;
what a site loaded (quarterly NCCI files, ICD-10-CM order files, descriptors) is asked through
``loaded.Loaded``.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources

from einthoven.billing.codes.book import Codes
from einthoven.billing.codes.code import Code, Pairing, Validity
from einthoven.billing.codes.icd10 import icd10_valid
from einthoven.billing.codes.load import load_codes

__all__ = ["Codes", "icd10_valid", "lookup", "may_not_go_with", "shipped", "valid_on"]
FILES = (
    "sources.toml",
    "families.toml",
    "telemetry.toml",
    "event.toml",
    "post_symptom.toml",
    "holter.toml",
    "patch.toml",
    "other.toml",
    "bundles.toml",
)


@cache
def shipped() -> Codes:
    """The book that comes with the package.

    Raises:
        FaultsError: the shipped files are faulty: nothing may start.
    """
    folder = resources.files(__package__)
    return load_codes((name, (folder / name).read_text("utf-8")) for name in FILES)


def lookup(code: str) -> Code:
    """A code of the shipped book; see ``Codes.lookup``.

    Raises:
        NotFoundError: no such code is known; names near ones.
    """
    return shipped().lookup(code)


def valid_on(code: str, on: date) -> Validity:
    """Whether a code is valid on a day; see ``Codes.valid_on``."""
    return shipped().valid_on(code, on)


def may_not_go_with(code: str, other: str, on: date) -> Pairing:
    """Whether two codes go together, by the shipped book alone; see ``Codes.may_not_go_with``."""
    return shipped().may_not_go_with(code, other, on)
