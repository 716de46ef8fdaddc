"""What pages tell of a claim that is to be put right: its chain, what is to be done, what goes back (R40)."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

from einthoven.billing.claim_amends import MEDICARE_B, REFUND_SURE, lacks, refund_by, works
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_states import OUT, Due, Kept, Kind, Refund, State
from einthoven.center.criteria_page import ms
from einthoven.center.desk_books import Books

Shape: TypeAlias = dict[str, Any]


def to_do(book: ClaimBook, kept: Kept, today: str) -> Shape:
    """What is to be done to put a claim right, and by when money of it is to go back."""
    told = works(book, kept)
    known = ""
    if kept.owed is not None:
        known = kept.owed.known
    elif kept.due is not None and book.net(kept) > 0:
        known = kept.due.day
    by = refund_by(known) if known and told else ""
    left = (date.fromisoformat(by) - date.fromisoformat(today)).days if by else None
    return {"works": told, "back_by": by, "back_left": left}


def amending(book: ClaimBook) -> list[Kept]:
    """Claims of which something is to be put right."""
    return [kept for number in sorted(book.amending) if works(book, kept := book.claims[number])]


def chain_shape(books: Books, kept: Kept) -> Shape:
    """A claim's chain, dues and refunds, and which acts there are."""
    book = books.claims
    filing = "" if kept.claim is None else kept.claim.payer.filing
    can_finish = kept.kind is Kind.VOID and kept.state in (*OUT, State.DENIED)
    follower = book.follower(kept.number)
    return {
        "frequency": "" if kept.claim is None else kept.claim.frequency,
        "amend_why": kept.why,
        "chain": [_link(one, kept.number) for one in book.chain(kept.number)],
        "net": book.net(kept),
        "payer_number": kept.payer_number,
        "lacks_amend": lacks(book, kept),
        "medicare": filing == MEDICARE_B,
        "can_finish": can_finish,
        "follower": None if follower is None else follower.number,
        "wrong": kept.wrong,
        "dues": [_due(one) for one in kept.dues],
        "due": kept.due is not None,
        "refunds": [_refund(books, one) for one in kept.refunds],
        "owed": kept.owed is not None,
        "refund_sure": REFUND_SURE,
    }


def _link(one: Kept, here: int) -> Shape:
    return {
        "claim": one.number,
        "id": one.id,
        "kind": str(one.kind),
        "state": str(one.state),
        "replaces": one.replaces,
        "cents": 0 if one.claim is None else one.claim.cents,
        "paid": one.paid,
        "original": "" if one.claim is None else one.claim.original,
        "since_ms": ms(one.since),
        "here": one.number == here,
    }


def _due(one: Due) -> Shape:
    return {"at_ms": ms(one.at), "why": one.why, "person": one.person, "settled": one.settled}


def _refund(books: Books, one: Refund) -> Shape:
    return {
        "cents": one.cents,
        "known": one.known,
        "by": refund_by(one.known),
        "why": one.why,
        "at_ms": ms(one.at),
        "who": books.actor(one.by),
        "state": str(one.state),
        "day": one.day,
        "how": one.how,
    }
