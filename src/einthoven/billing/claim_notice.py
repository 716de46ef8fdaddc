"""Which claim a notice is about that says whether it was taken, before anybody decides it (277CA)."""

from __future__ import annotations

import re
from typing import Final

from einthoven.billing.claim import dollars
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_states import ANSWERED, OUT, Kept, claim_number
from einthoven.billing.remittance import Answer, Notice

_BATCH: Final = re.compile(r"([0-9]{1,9})-([0-9]{4,9})")


def batch_of(control: int, set_: str) -> str:
    """Our number of a transaction set (BHT03), which notices give back: ``7-0001``."""
    return f"{control}-{set_}"


def match_notice(book: ClaimBook, answer: Answer) -> tuple[Kept | None, str]:
    """The claim that a notice is about, or why there is none.

    A notice of a whole set that names no claim is about the one claim in it; one of an earlier file says
    nothing of the claim as it was handed in since.
    """
    batch = _BATCH.fullmatch(answer.batch)
    file = None if batch is None else book.files.get(int(batch[1]))
    number = claim_number(answer.number)
    if not answer.number and file is not None and batch is not None:
        number = dict(file.claims).get(batch[2])
    kept = None if number is None else book.claims.get(number)
    if kept is None or kept.claim is None:
        return None, f"{answer.number or answer.batch or 'no number'} is no claim of this center"
    if kept.state not in (*OUT, *ANSWERED):
        return None, f"claim {kept.number} is {kept.state}: it was not handed in"
    if file is not None and batch is not None and (file.number, batch[2]) != (kept.file, kept.set):
        return (
            None,
            f"it is about file {file.number}; claim {kept.number} was handed in with file {kept.file}",
        )
    if kept.state in ANSWERED and answer.notice is Notice.TURNED_DOWN:
        return None, f"claim {kept.number} is {kept.state}: a payer has decided it"
    if answer.charged and answer.charged != kept.claim.cents:
        told = dollars(kept.claim.cents), dollars(answer.charged)
        return None, f"claim {kept.number} charged {told[0]}, the notice says {told[1]}"
    codes = {line.code for line in kept.claim.lines}
    strange = [line.code for line in answer.lines if line.code and line.code not in codes]
    if strange:
        return None, f"claim {kept.number} has no line {strange[0]}"
    return kept, ""
