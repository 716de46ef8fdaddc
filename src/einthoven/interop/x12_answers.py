"""What the readers of payers' answers share: where reading stands, faults by segment, amounts, days.

Each answer is read leniently: what can be read is kept, what cannot is a fault (``x12_835``, ``x12_277ca``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, Final

from einthoven.billing.remittance import Answer, Remittance

FAULTS_MAX: Final = 200
"""Faults of one claim, and of one set, that are kept."""
_AMOUNT = re.compile(r"-?[0-9]{0,12}(?:\.[0-9]{1,2})?\Z")


@dataclass
class AnswerReader:
    """Where reading stands.

    Attributes:
        component: the sign that parts the components of an element.
        done: transaction sets that are whole.
        set, claim: those that are being read.
        at: number of the segment.
    """

    NEGATIVE: ClassVar[bool] = True
    """Whether an amount may be taken back."""

    component: str
    done: list[Remittance] = field(default_factory=list)
    set: Remittance | None = None
    claim: Answer | None = None
    at: int = 0

    def fault(self, words: str) -> None:
        """Something that cannot be read: of the claim, of the set where there is none."""
        told = f"segment {self.at}: {words}"
        if self.claim is not None and len(self.claim.faults) < FAULTS_MAX:
            self.claim = replace(self.claim, faults=(*self.claim.faults, told))
        elif self.set is not None and len(self.set.faults) < FAULTS_MAX:
            self.set = replace(self.set, faults=(*self.set.faults, told))

    def cents(self, told: str, what: str) -> int:
        """An amount in cents; a fault and 0 where it is none."""
        if not told:
            return 0
        minus = told.startswith("-")
        if not _AMOUNT.match(told) or told in ("-", ".") or (minus and not self.NEGATIVE):
            self.fault(f"{what}: {told[:20]!r} is no amount")
            return 0
        whole, _, part = told.removeprefix("-").partition(".")
        made = int(whole or 0) * 100 + int(f"{part:0<2}"[:2] or 0)
        return -made if minus else made

    def day(self, told: str, what: str) -> str:
        """``YYYY-MM-DD`` of ``YYYYMMDD``; a fault and ``""`` where it is none."""
        try:
            if len(told) != 8 or not (told.isascii() and told.isdigit()):
                raise ValueError(told)
            return date(int(told[:4]), int(told[4:6]), int(told[6:])).isoformat()
        except ValueError:
            self.fault(f"{what}: {told[:20]!r} is no date")
            return ""
