"""What was answered: per claim what was paid, what was taken off and why (835, ClaimResponse, EOB), or before
that whether it was taken at all (277CA).

Amounts are whole cents. Every answer is kept, whether or not it fits a claim of this center.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter

RECEIPT_DAYS: Final = 5
"""A notice is presumed to be received so many days after its date (42 CFR 405.942(a)(1)) [M!]."""
REDETERMINATION_DAYS: Final = 120
"""A redetermination is asked for within so many days of the receipt (42 CFR 405.942(a)) [M!]."""
DEADLINE_SURE: Final = "M!"
CONTRACTUAL: Final = frozenset({("CO", "45"), ("CO", "253"), ("CO", "131")})
"""Taken off by agreement or by law: no denial. 45 over the fee schedule, 253 sequestration, 131 discount."""


class Outcome(StrEnum):
    """What an answer comes to."""

    PAID = "paid"
    PARTLY = "partly paid"
    DENIED = "denied"
    REVERSED = "reversed"
    """The payer takes back an earlier payment (CLP02 22)."""
    PENDED = "pended"
    """No decision yet."""
    TAKEN = "taken"
    """A clearing house or payer took it in, to be decided (277CA)."""
    TURNED_DOWN = "turned down"
    """It was turned down before anybody decided it (277CA)."""


class Notice(StrEnum):
    """What a 277CA says of a claim."""

    NONE = ""
    TAKEN = "taken"
    TURNED_DOWN = "turned down"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Something taken off.

    Attributes:
        group: ``CO`` contractual, ``PR`` patient, ``OA`` other, ``PI`` payer.
        code: of the reason (CARC).
        cents: how much.
    """

    group: str
    code: str
    cents: int


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line as the payer decided it; ``remarks`` are RARCs."""

    code: str
    modifiers: tuple[str, ...] = ()
    charged: int = 0
    paid: int = 0
    day: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A claim as the payer decided it.

    Attributes:
        number: the center's number of the claim as the payer gave it back (CLP01).
        status: code of the claim's status (CLP02), ``""`` where the form has none.
        payer_number: the payer's own number of it (ICN, CLP07).
        patient: name as told, ``""`` for none; ``patient_cents`` what the patient owes.
        faults: what of it could not be read; such an answer is not posted by itself.
        form: guide of a notice that decides nothing (277CA, ``005010X214``), ``""`` for an answer of a payer.
        notice: what such a notice says, ``said`` by which codes (``A7:562:85``), ``notes`` in its words.
        batch: our number of file and transaction set (BHT03) as a notice gives it back.
    """

    number: str
    status: str = ""
    charged: int = 0
    paid: int = 0
    patient_cents: int = 0
    payer_number: str = ""
    patient: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[PaidLine, ...] = ()
    faults: tuple[str, ...] = ()
    form: str = ""
    notice: Notice = Notice.NONE
    said: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    batch: str = ""

    def all_adjustments(self) -> tuple[Adjustment, ...]:
        """Of the claim and of its lines."""
        return (*self.adjustments, *(one for line in self.lines for one in line.adjustments))

    def all_remarks(self) -> tuple[str, ...]:
        """Of the claim and of its lines, each once."""
        found = (*self.remarks, *(one for line in self.lines for one in line.remarks))
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Remittance:
    """A file of answers.

    Attributes:
        kind: ``835``, ``277CA``, ``ClaimResponse`` or ``ExplanationOfBenefit``.
        payer, payer_number: who answers.
        number: of the payment or trace (TRN02).
        day: date of the notice, ``""`` unknown.
        cents: paid altogether, of all claims and of what was settled beside them.
        settled: what was taken off or added beside claims (PLB): reason code and cents.
        answers: one a claim, in order.
        faults: what of the file could not be read.
    """

    kind: str
    payer: str = ""
    payer_number: str = ""
    number: str = ""
    day: str = ""
    cents: int = 0
    settled: tuple[tuple[str, int], ...] = ()
    answers: tuple[Answer, ...] = ()
    faults: tuple[str, ...] = ()


def outcome(answer: Answer) -> Outcome:
    """Paid, partly paid, denied, reversed or pended.

    What is contractual, or the patient's to pay, is no denial; anything else that was taken off is. A claim
    of which nothing was paid and something was taken off that is no patient's share is denied.
    """
    if answer.form:
        told = {Notice.TAKEN: Outcome.TAKEN, Notice.TURNED_DOWN: Outcome.TURNED_DOWN}
        return told.get(answer.notice, Outcome.PENDED)
    if answer.status == "22" or answer.paid < 0:
        return Outcome.REVERSED
    if answer.status in ("13", "pended"):
        return Outcome.PENDED
    off = [one for one in answer.all_adjustments() if (one.group, one.code) not in CONTRACTUAL and one.cents]
    denying = [one for one in off if one.group != "PR" or _uncovered(one)]
    shared = any(one.group == "PR" and one.cents for one in off)
    if answer.status == "4" or (answer.paid == 0 and (denying or (answer.charged and not shared))):
        return Outcome.DENIED
    return Outcome.PARTLY if denying else Outcome.PAID


def _uncovered(one: Adjustment) -> bool:
    """Whether the patient owes it because it is not covered, not as a usual share."""
    return one.code not in ("1", "2", "3", "66", "100", "122", "142", "187", "241")


def short(told: Remittance) -> int:
    """Cents by which what was paid altogether differs from the claims and what was settled beside them
    (005010X221A1, 1.10.2.1: BPR02 is the sum of CLP04 less that of PLB); 0: they agree."""
    return told.cents - sum(one.paid for one in told.answers) + sum(cents for _, cents in told.settled)


def imbalance(answer: Answer) -> int:
    """Cents by which charged, paid and taken off do not add up (005010X221A1, 1.10.2); 0: they do."""
    return answer.charged - answer.paid - sum(one.cents for one in answer.all_adjustments())


def deadline(day: str) -> str:
    """Last day on which a redetermination can be asked for, by the notice's date; ``""``: not known."""
    if not day:
        return ""
    return (date.fromisoformat(day) + timedelta(days=RECEIPT_DAYS + REDETERMINATION_DAYS)).isoformat()


_ANSWER = TypeAdapter(Answer)


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer as JSON."""
    made: dict[str, Any] = TypeAdapter(dict[str, Any]).dump_python(asdict(answer), mode="json")
    return made


def answer_of(given: object) -> Answer:
    """The answer of its JSON form, as our own deeds hold it."""
    return _ANSWER.validate_python(given)
