"""The codes' data, and what a site loaded, as checks of claims ask them (R38)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from einthoven.base.errors import NotFoundError
from einthoven.billing.codes import shipped
from einthoven.billing.codes.code import Together, Valid, Validity
from einthoven.billing.codes.loaded import Loaded

_KNOWN: Final = {Valid.YES: True, Valid.NO: False}
_APART: Final = frozenset({Together.NEVER, Together.MODIFIER, Together.NOT})


class HeldCodes:
    """``claim_check.CodeBook`` of the shipped book and the files that a site loaded.

    Args:
        loaded: what counts now, asked each time; None: the shipped book alone.
    """

    def __init__(self, loaded: Callable[[], Loaded] | None = None) -> None:
        book = Loaded(shipped())
        self._loaded = loaded or (lambda: book)

    def valid(self, code: str, day: str) -> tuple[bool | None, str, str]:
        """Whether a code is valid on a day."""
        try:
            return _told(self._loaded().valid_on(code, date.fromisoformat(day)))
        except NotFoundError as error:
            return False, str(error), "I"

    def pair(self, code: str, other: str, day: str) -> tuple[bool, str, str]:
        """Whether two codes may not be billed together."""
        try:
            told = self._loaded().may_not_go_with(code, other, date.fromisoformat(day))
        except NotFoundError:
            return False, "", ""
        marks = " ".join(sorted({str(one.mark) for one in told.why}))
        return told.answer in _APART, told.words, marks

    def icd10(self, code: str, day: str) -> tuple[bool | None, str, str]:
        """Whether a diagnosis is valid on a day."""
        return _told(self._loaded().icd10_valid(code, date.fromisoformat(day)))


def _told(one: Validity) -> tuple[bool | None, str, str]:
    return _KNOWN.get(one.answer), one.words, str(one.mark)
