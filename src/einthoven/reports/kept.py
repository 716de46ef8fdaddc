"""A day as it is kept on the disk: its figures and strips, so that no later report reads its samples."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from einthoven.base.errors import StoreDamagedError
from einthoven.reports.day import Day
from einthoven.reports.strips import Cut

VERSION = 1
"""Of the form; a day of another form is made anew."""


@dataclass(frozen=True, slots=True)
class KeptDay:
    """A day, its strips, and what it was made from.

    Attributes:
        day: its figures.
        cuts: its strips.
        left_out: how many more were worth one.
        stamp: another one means that its figures may differ.
        version: of the form.
    """

    day: Day
    cuts: tuple[Cut, ...]
    left_out: int
    stamp: str
    version: int = VERSION


_FORM = TypeAdapter(KeptDay)


def to_bytes(kept: KeptDay) -> bytes:
    """As JSON in UTF-8."""
    return _FORM.dump_json(kept)


def from_bytes(data: bytes, name: str) -> KeptDay | None:
    """Back again; None where it is of another form.

    Raises:
        StoreDamagedError: it is no day at all; names ``name``.
    """
    try:
        kept = _FORM.validate_json(data)
    except ValidationError as error:
        if b'"version":%d' % VERSION not in data[-40:]:
            return None
        raise StoreDamagedError(f"{name}: is no day of a report: {error.errors()[0]['msg']}") from error
    return kept if kept.version == VERSION else None
