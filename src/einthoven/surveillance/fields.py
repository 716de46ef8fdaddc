"""Fields of the registers of people and places: the value as kept, or one line that names the field."""

from __future__ import annotations

import re

from einthoven.base.errors import EnrollmentError, InputError
from einthoven.base.instants import Instant
from einthoven.enrollment import checks

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
LATEST: Instant = 4_102_444_800 * 10**9
"""2100-01-01: a date behind it is a slip of the hand."""


def line(field: str, value: object, longest: int = 200, *, required: bool = True) -> str:
    """One line of text as ``enrollment.checks.line`` keeps it; InputError names the field."""
    try:
        return checks.line(field, value, longest, required=required)
    except EnrollmentError as error:
        raise InputError(str(error)) from error


def name(field: str, value: object) -> str:
    """A complete name with at least one letter; InputError names the field."""
    try:
        return checks.name(field, value)
    except EnrollmentError as error:
        raise InputError(str(error)) from error


def login(field: str, value: object) -> str:
    """A name to sign in by: 1–64 of small letters, digits and ``. _ @ + -``; capitals are made small."""
    text = line(field, value, 64).casefold()
    if not _LOGIN.match(text):
        raise InputError(f"{field}: {text!r}: want 1 to 64 letters, digits, . _ @ + -")
    return text


def digest(field: str, value: object) -> str:
    """The SHA-256 of a document on file, 64 hexadecimal digits; ``""`` where there is none."""
    text = line(field, value, 64, required=False).lower()
    if text and not _DIGEST.match(text):
        raise InputError(f"{field}: want 64 hexadecimal digits (the SHA-256 of the document)")
    return text


def key(field: str, value: object) -> str:
    """The key of a station as 64 hexadecimal digits (the SHA-256 of its secret)."""
    text = line(field, value, 64).lower()
    if not _DIGEST.match(text):
        raise InputError(f"{field}: want 64 hexadecimal digits (the SHA-256 of the secret)")
    return text


def instant(field: str, value: object) -> Instant:
    """Whole nanoseconds since 1970, before 2100."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{field}: want an instant (whole nanoseconds), got {type(value).__name__}")
    if not 0 <= value < LATEST:
        raise InputError(f"{field}: {value} is no instant between 1970 and 2100")
    return value
