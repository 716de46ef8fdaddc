"""Checks of a field of an enrollment: the value as kept, or one line that names the field."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

from einthoven.base.errors import EnrollmentError
from einthoven.base.instants import SECOND, Instant

_JOINERS = {"\u200c", "\u200d"}
"""Zero-width joiners: names in Persian and Indic scripts need them."""
_TELEPHONE = re.compile(r"(\+?)([0-9 ().\-/]{3,40})(?: *(?:x|ext\.?) *([0-9]{1,8}))?\Z", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_TRANSMITTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")
OLDEST_YEARS = 130


def line(field: str, value: object, longest: int, *, required: bool = False) -> str:
    """One line of text in any script, NFC, blanks collapsed; ``""`` for None where it is not required.

    Control characters, unassigned ones and the ones that turn the direction of writing are refused: they can
    make a name on the wall read as another.

    Raises:
        EnrollmentError: not text, too long (characters), empty where required, or with such characters.
    """
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise EnrollmentError(f"{field}: want text, got {type(value).__name__}")
    if len(value) > 4 * longest:
        raise EnrollmentError(f"{field}: {len(value)} characters, at most {longest}")
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if not text:
        if required:
            raise EnrollmentError(f"{field}: is missing")
        return ""
    if len(text) > longest:
        raise EnrollmentError(f"{field}: {len(text)} characters, at most {longest}")
    for char in text:
        if unicodedata.category(char)[0] == "C" and char not in _JOINERS:
            raise EnrollmentError(f"{field}: character U+{ord(char):04X} is not allowed")
    return text


def name(field: str, value: object) -> str:
    """A person's complete name (R28): at most 200 characters, at least one letter, in any script."""
    text = line(field, value, 200, required=True)
    if not any(unicodedata.category(char)[0] == "L" for char in text):
        raise EnrollmentError(f"{field}: {text!r} holds no letter")
    return text


def telephone(field: str, value: object, *, required: bool = False) -> str:
    """A telephone number: 3–15 digits (ITU-T E.164) with ``+``, blanks, ``( ) . - /`` and an extension."""
    text = line(field, value, 60, required=required)
    if not text:
        return ""
    match = _TELEPHONE.match(text)
    digits = sum(char.isdigit() for char in match[2]) if match else 0
    if match is None or not 3 <= digits <= 15:
        raise EnrollmentError(f"{field}: {text!r} is no telephone number (3 to 15 digits)")
    return text


def last_day(now: Instant) -> date:
    """The last day that may have begun somewhere on earth at ``now``: the one after that of UTC."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=now // SECOND)).date() + timedelta(days=1)


def day(field: str, value: object, now: Instant) -> str:
    """A date of birth, ``YYYY-MM-DD``: not in the future anywhere on earth, at most 130 years ago."""
    text = line(field, value, 40)
    if not text:
        return ""
    try:
        if not _DATE.match(text):
            raise ValueError(text)
        found = date.fromisoformat(text)
    except ValueError as error:
        raise EnrollmentError(f"{field}: {text!r} is no date (want YYYY-MM-DD)") from error
    today = last_day(now)
    if found > today:
        raise EnrollmentError(f"{field}: {text} is in the future")
    if today.year - found.year > OLDEST_YEARS:
        raise EnrollmentError(f"{field}: {text} is more than {OLDEST_YEARS} years ago")
    return text


def sex(field: str, value: object) -> str:
    """``female``, ``male``, ``other``, ``unknown`` (codes of FHIR AdministrativeGender); F, M, O, U too."""
    text = line(field, value, 20).casefold()
    for word in ("female", "male", "other", "unknown"):
        if text and text in {word, word[0]}:
            return word
    if text:
        raise EnrollmentError(f"{field}: {text!r} is not female, male, other or unknown")
    return ""


def npi(field: str, value: object) -> str:
    """A National Provider Identifier: ten digits, the last a Luhn check digit over ``80840`` and the rest.

    Source: 45 CFR 162.406; CMS, "Requirements for NPI and NPI check digit" (ISO/IEC 7812-1 annex).
    """
    text = line(field, value, 20, required=True)
    if not re.fullmatch(r"[12][0-9]{9}", text):
        raise EnrollmentError(f"{field}: {text!r} is no NPI (ten digits, the first 1 or 2)")
    total = 0
    for place, digit in enumerate(reversed("80840" + text)):
        number = int(digit) * (1 + place % 2)
        total += number // 10 + number % 10
    if total % 10:
        raise EnrollmentError(f"{field}: {text}: the check digit does not fit")
    return text


def transmitter(field: str, value: object) -> str:
    """A transmitter's identifier as on its label: 1–64 of letters, digits, ``. _ : -``."""
    text = line(field, value, 64, required=True)
    if not _TRANSMITTER.match(text):
        raise EnrollmentError(f"{field}: {text!r}: want 1 to 64 letters, digits, . _ : -")
    return text


def public_key(field: str, value: object) -> bytes:
    """An Ed25519 public key: 32 bytes, written as 64 hexadecimal digits."""
    text = line(field, value, 64, required=True)
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise EnrollmentError(f"{field}: want 64 hexadecimal digits (an Ed25519 public key)")
    return bytes.fromhex(text)
