"""Fields of a deed's body, or of a request, with the type they must have."""

from __future__ import annotations

from collections.abc import Mapping

from einthoven.base.deeds import Json
from einthoven.base.errors import EnrollmentError, InputError
from einthoven.enrollment import checks


def whole(value: Json) -> int:
    """A whole number; InputError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"not a whole number: {value!r}")
    return value


def whole_or_none(value: Json) -> int | None:
    """A whole number, or None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mapping(value: Json) -> Mapping[str, Json]:
    """An object; InputError for anything else."""
    if not isinstance(value, Mapping):
        raise InputError(f"not an object: {value!r}")
    return value


def numbers(value: Json) -> dict[str, float]:
    """An object of numbers."""
    return {key: float(one) for key, one in mapping(value).items() if isinstance(one, int | float)}


def text(where: str, value: object, longest: int, *, required: bool = False) -> str:
    """One line of text in any script; InputError names the field.

    What people write in haste may have line breaks: they become blanks.
    """
    try:
        return checks.line(where, value, longest, required=required)
    except EnrollmentError as error:
        raise InputError(str(error)) from error
