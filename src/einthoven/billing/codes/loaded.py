"""The shipped book with what a site loaded: what claims and pages ask (R38, R40)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from einthoven.billing.codes.book import Codes, paired
from einthoven.billing.codes.code import Code, Exclusion, Pairing, Validity
from einthoven.billing.codes.descriptors import Descriptors
from einthoven.billing.codes.icd10 import OrderFile, icd10_valid
from einthoven.billing.codes.ptp import PtpFile


@dataclass(frozen=True, slots=True)
class Loaded:
    """Book and files.

    Attributes:
        book: the shipped one.
        ptp: parts of quarterly NCCI files; those of the newest quarter count.
        icd10: order files of fiscal years.
        descriptors: licensed ones; the last file that has a code counts.
    """

    book: Codes
    ptp: tuple[PtpFile, ...] = ()
    icd10: tuple[OrderFile, ...] = ()
    descriptors: tuple[Descriptors, ...] = ()

    def lookup(self, code: str) -> Code:
        """A code by its number; see ``Codes.lookup``."""
        return self.book.lookup(code)

    def valid_on(self, code: str, on: date) -> Validity:
        """Whether a code is valid on a day; see ``Codes.valid_on``."""
        return self.book.valid_on(code, on)

    def icd10_valid(self, code: str, on: date) -> Validity:
        """Whether a diagnosis code can be billed for a day of service; see ``icd10.icd10_valid``."""
        return icd10_valid(code, on, self.icd10)

    def descriptor(self, code: str) -> str:
        """The licensed descriptor of a code, ``""`` where none is loaded."""
        asked = code.strip().upper()
        return next((one.words[asked] for one in reversed(self.descriptors) if asked in one.words), "")

    @property
    def quarter(self) -> tuple[PtpFile, ...]:
        """The parts of the newest quarter: a file holds every edit there ever was, deleted ones too."""
        newest = max((one.through for one in self.ptp), default=None)
        return tuple(one for one in self.ptp if one.through == newest)

    def may_not_go_with(self, code: str, other: str, on: date) -> Pairing:
        """Whether two codes go together on a day: edits of the quarterly file first, then the book.

        Raises:
            NotFoundError: one of them is not in the book.
        """
        first, second = self.book.lookup(code), self.book.lookup(other)
        told = self.book.may_not_go_with(code, other, on)
        edits = self._edits(first, second, on)
        covered = all(any(part.covers(one, on) for part in self.quarter) for one in (first.code, second.code))
        # Where the file speaks, what the book remembers of NCCI is not asked.
        kept = tuple(each for each in told.why if not (covered or edits) or each.kind != "ncci")
        return paired(first, second, edits + kept, covered)

    def _edits(self, first: Code, second: Code, on: date) -> tuple[Exclusion, ...]:
        pair = {first.code, second.code}
        return tuple(
            edit.exclusion(part.name)
            for part in self.quarter
            for edit in part.edits
            if {edit.first, edit.second} == pair
            and edit.indicator != "9"
            and edit.start <= on
            and (edit.stop is None or on <= edit.stop)
        )
