"""What may be done with a claim after it was handed in: replaced, voided, paid back (R40).

Nothing is overwritten: a replacement and a void are claims of their own, checked and released as any other,
and name the payer's number of the one that they are about. What became of that one the payer decides.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from einthoven.base.deeds import Body, Draft, Json
from einthoven.base.errors import InputError, RefusedError
from einthoven.billing import claim as claims
from einthoven.billing import claim_amended as kinds
from einthoven.billing.claim_answers import carried_out, view_of
from einthoven.billing.claim_book import VOIDED, ClaimBook
from einthoven.billing.claim_deeds import body_of, subject
from einthoven.billing.claim_states import (
    ANSWERED,
    HANDED_IN,
    OPEN,
    OUT,
    Event,
    Kept,
    Kind,
    State,
    applies,
)

REFUND_DAYS: Final = 60
"""An overpayment is reported and returned within so many days of the date on which it was identified (42 USC
1320a-7k(d), 42 CFR 401.305(b)); of Medicare and Medicaid, other payers by their contract [M!]."""
REFUND_SURE: Final = "M!"
MEDICARE_B: Final = "MB"
"""Filing indicator of a payer that takes neither replacements nor voids [M!]."""
NUMBER_MAX: Final = 50
"""REF02 of REF*F8 (005010X222A1)."""


def refund_by(known: str) -> str:
    """The last day on which an overpayment is paid back in time, by the day on which it was known."""
    return (date.fromisoformat(known) + timedelta(days=REFUND_DAYS)).isoformat()


def lacks(book: ClaimBook, kept: Kept) -> str:
    """Why a claim can be neither replaced nor voided, ``""`` where it can."""
    if kept.kind is Kind.VOID:
        return f"claim {kept.number} asks for a void itself"
    if kept.state not in HANDED_IN:
        return f"claim {kept.number} is {kept.state}: only what was handed in is replaced or voided"
    next_ = book.follower(kept.number)
    if next_ is not None:
        return f"claim {next_.number} is a {next_.kind} of it already, {next_.state}"
    return ""


def amend(book: ClaimBook, number: int, kind: Kind, original: str, why: str) -> list[Draft]:
    """A claim that replaces one that was handed in, or asks the payer to void it.

    Args:
        original: the payer's number of it; ``""``: as its answer told it.

    Raises:
        RefusedError: it cannot be (``state``), or nobody knows the payer's number of it (``number``).
        InputError: the number is too long.
    """
    kept = book.claim(number)
    reason = lacks(book, kept)
    if reason or kept.claim is None:
        raise RefusedError("state", reason or f"claim {number} is being made")
    told = original.strip() or kept.payer_number
    if not told:
        words = f"the payer's number of claim {number} is not known: no answer told it; say it"
        raise RefusedError("number", words)
    if len(told) > NUMBER_MAX or any(ord(char) < 32 for char in told):
        raise InputError(f"original: want one line of at most {NUMBER_MAX} characters")
    void = kind is Kind.VOID
    content: Json = claims.to_json(kept.claim) | {"original": told, "void": void}
    body: Body = {
        "claim": book.next_claim,
        "stream": kept.stream,
        "part": str(kept.part),
        "kind": str(kind),
        "replaces": number,
        "why": why,
        "content": content,
    }
    return [Draft(kinds.AMENDED, f"claim {book.next_claim}", body)]


def done(book: ClaimBook, number: int, how: str) -> list[Draft]:
    """The payer said by other ways than a file that it voided a claim as it was asked."""
    kept = book.claim(number)
    if kept.kind is not Kind.VOID or kept.state not in (*OUT, State.DENIED):
        words = (
            f"claim {number} is a {kept.kind}, {kept.state}: only a void that was handed in is carried out"
        )
        raise RefusedError("state", words)
    return list(carried_out(view_of(book), kept, how))


# ---- what is to be put right -------------------------------------------------------------------------------


def due(kept: Kept, why: str, day: str, *, person: bool = False) -> list[Draft]:
    """Something that was let out is to be put right; nothing where that was said before.

    Args:
        day: local date on which it became known.
        person: it is another person's.
    """
    if (
        kept.kind is Kind.VOID
        or kept.state not in (*OUT, *ANSWERED)
        or any(one.why == why for one in kept.dues)
    ):
        return []
    return [Draft(kinds.DUE, subject(kept), body_of(kept, why=why, day=day, person=person))]


def another_s(kept: Kept, why: str, day: str) -> list[Draft]:
    """A claim is another person's: what was not handed in never is, what was is to be put right."""
    if kept.kind is Kind.VOID:
        return []
    if applies(kept, Event.VOIDED):
        return [Draft(VOIDED, subject(kept), body_of(kept, why=why, anew=not kept.replaces))]
    return due(kept, why, day, person=True)


def stands(book: ClaimBook, number: int, why: str) -> list[Draft]:
    """Nothing is to be put right after all."""
    kept = book.claim(number)
    if kept.due is None:
        raise RefusedError("state", f"nothing of claim {number} is to be put right")
    other = book.standing(kept.stream, kept.part)
    if other is not None and other not in book.chain(number):
        words = f"claim {other.number} was made in its place, and is {other.state}: void that one first"
        raise RefusedError("state", words)
    return [Draft(kinds.STANDS, subject(kept), body_of(kept, why=why))]


# ---- money that goes back ----------------------------------------------------------------------------------


def owe(book: ClaimBook, number: int, cents: int, known: str, why: str, today: str) -> list[Draft]:
    """Money of a claim is to go back to the payer.

    Args:
        known: date on which the overpayment was identified.

    Raises:
        RefusedError: something of it is owed already (``state``), or so much was not paid (``cents``).
        InputError: no date, or one that is in the future.
    """
    kept = book.claim(number)
    if kept.kind is Kind.VOID:
        raise RefusedError(
            "state", f"claim {number} asks for a void: money goes back of claim {kept.replaces}"
        )
    if kept.owed is not None:
        raise RefusedError("state", f"{claims.dollars(kept.owed.cents)} of claim {number} are owed already")
    left = book.net(kept)
    if not 0 < cents <= left:
        words = f"the payer has paid {claims.dollars(left)} of claim {number} that did not go back"
        raise RefusedError("cents", words)
    _past(known, "known", today)
    return [Draft(kinds.OWED, subject(kept), body_of(kept, cents=cents, known=known, why=why))]


def pay_back(book: ClaimBook, number: int, day: str, how: str, today: str) -> list[Draft]:
    """What was owed went back; a claim of which nothing is left stands for nothing any more.

    Raises:
        RefusedError: nothing is owed (``state``).
        InputError: no date, or one that is in the future or before it was known.
    """
    kept = book.claim(number)
    owed = kept.owed
    if owed is None:
        raise RefusedError("state", f"nothing of claim {number} is owed to the payer")
    _past(day, "day", today)
    whole = book.net(kept) <= owed.cents and applies(kept, Event.REFUNDED)
    return [Draft(kinds.REFUNDED, subject(kept), body_of(kept, day=day, how=how, whole=whole))]


def not_owed(book: ClaimBook, number: int, how: str) -> list[Draft]:
    """What was thought to be owed is not."""
    kept = book.claim(number)
    if kept.owed is None:
        raise RefusedError("state", f"nothing of claim {number} is owed to the payer")
    return [Draft(kinds.NOT_OWED, subject(kept), body_of(kept, how=how))]


def _past(day: str, where: str, today: str) -> None:
    try:
        good = date.fromisoformat(day).isoformat() == day
    except ValueError:
        good = False
    if not good:
        raise InputError(f"{where}: {day[:20]!r} is no date (want YYYY-MM-DD)")
    if day > today:
        raise InputError(f"{where}: {day} is in the future (today is {today})")


# ---- what is left to do ------------------------------------------------------------------------------------


def works(book: ClaimBook, kept: Kept) -> list[str]:
    """What people have to do to put a claim right, a line each; nothing: nothing is to be done."""
    if kept.kind is Kind.VOID:
        return []
    told = []
    if kept.owed is not None:
        by = refund_by(kept.owed.known)
        told.append(f"{claims.dollars(kept.owed.cents)} go back to the payer by {by}")
    next_ = book.follower(kept.number)
    if kept.due is not None and not _settled(book, kept):
        told.append(_next(book, kept, next_))
    elif next_ is not None and next_.state in (*OPEN, State.RELEASED, State.REJECTED):
        told.append(f"its {next_.kind} {next_.id} is {next_.state}: look at it and hand it in")
    left = book.net(kept)
    # That a replacement was paid says nothing of the first payment: did it go back?
    gone = kept.state in (State.REPLACED, State.CANCELLED)
    if gone and left > 0 and kept.owed is None:
        told.append(f"{kept.state}, and {claims.dollars(left)} of it did not go back")
    return told


def _settled(book: ClaimBook, kept: Kept) -> bool:
    """Whether a wrong person's claim leaves nothing to be done: turned down, or taken back."""
    return kept.wrong and kept.state in (State.DENIED, State.REVERSED) and book.net(kept) <= 0


def _next(book: ClaimBook, kept: Kept, next_: Kept | None) -> str:
    if next_ is not None and next_.state in (*OUT, *ANSWERED):
        return f"its {next_.kind} {next_.id} is {next_.state}: the payer decides"
    if next_ is not None:
        return f"its {next_.kind} {next_.id} is {next_.state}: look at it and hand it in"
    if kept.state is State.FILED:
        return f"it stands in file {kept.file}: say whether that was handed in"
    left = book.net(kept)
    money = f"pay {claims.dollars(left)} back" if left > 0 and kept.owed is None else ""
    if kept.claim is not None and kept.claim.payer.filing == MEDICARE_B:  # it takes neither of the two
        return f"{money or 'have the contractor reopen it'}, or say why it stands"
    verb = "void it with the payer" if kept.wrong else "replace it or void it with the payer"
    return f"{verb}{money and f' and {money}'}, or say why it stands"
