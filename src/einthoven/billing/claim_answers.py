"""What comes back of claims that were handed in: acknowledged, answered, matched with their claim (R40).

An answer goes to the right one of a chain: a void is never paid, and what was replaced is not decided anew.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from einthoven.base.deeds import Body, Draft, Json
from einthoven.base.errors import RefusedError
from einthoven.billing import claim as claims
from einthoven.billing import claim_book as kinds
from einthoven.billing.claim_amended import CANCELLED, DONE, REPLACED
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_deeds import TEXT_MAX, body_of, subject
from einthoven.billing.claim_notice import match_notice
from einthoven.billing.claim_states import (
    ANSWERED,
    OPEN,
    OUT,
    TRANSITIONS,
    Event,
    Kept,
    Kind,
    State,
    applies,
    claim_number,
    event_of,
)
from einthoven.billing.remittance import Answer, Outcome, Remittance, answer_json, outcome


def acknowledge(
    book: ClaimBook,
    number: int,
    accepted: bool,
    sets: Sequence[tuple[str, bool, str]],
    partly: bool = False,
) -> list[Draft]:
    """What a receiver says of a file (999, 997); nothing where the same was known.

    Args:
        partly: sets that are not named were taken, though others were turned down.
    """
    known = book.file(number)
    controls = dict(known.claims)
    said = {control: (good, why) for control, good, why in sets}
    told: list[Json] = []
    for control, one in controls.items():
        # Of a group turned down whole, each set is; of a good one, those not named are good.
        rest = accepted or (partly and bool(said))
        good, why = said.get(control, (rest, "" if rest else "the whole file was turned down"))
        told.append([one, good, why[:TEXT_MAX] or ("" if good else "no reason was given")])
    words = "; ".join(why for _, good, why in sets if not good and why)[:TEXT_MAX]
    if known.accepted == accepted and known.said == words:
        return []
    body: Body = {"file": number, "accepted": accepted, "claims": told, "said": words}
    return [Draft(kinds.ACKNOWLEDGED, f"claims file {number}", body)]


@dataclass(frozen=True, slots=True)
class Ordered:
    """Answers of a remittance in the order in which they go on record, each with its place in the file.

    Attributes:
        again: numbers of claims of which the file says more than that their payment was taken back.
    """

    answers: tuple[tuple[int, Answer], ...]
    again: frozenset[int]


def in_order(found: Remittance) -> Ordered:
    """What a payer takes back comes before what it says instead, in whatever order they stand."""
    told = [(outcome(one) is Outcome.REVERSED, place, one) for place, one in enumerate(found.answers)]
    told.sort(key=lambda one: not one[0])
    again = (claim_number(one.number) for back, _, one in told if not back)
    answers = tuple((place, one) for _, place, one in told)
    return Ordered(answers, frozenset(one for one in again if one is not None))


def take(
    book: ClaimBook,
    found: Remittance,
    digest: str,
    name: str,
    most: int | None = None,
    ordered: Ordered | None = None,
) -> list[Draft]:
    """A remittance comes in: each answer goes to its claim, or is kept as one that fits none.

    The same text again changes nothing, and so does another text with the very same payment. Of one of which
    not every answer is on record yet, the same text gives those that are missing.

    Args:
        most: so many answers, the others later; None: all.
        ordered: see ``in_order``; None: it is made here.
    """
    number = book.digests.get(digest)
    notices = any(one.form for one in found.answers)
    if number is None and not notices and _known(book, found):
        return []
    drafts: list[Draft] = []
    ordered = ordered or in_order(found)
    left = ordered.answers
    if notices:  # clearing houses send some twice
        own = book.next_remit if number is None else number
        left = tuple(pair for pair in left if not _told_before(book, pair[1], own))
    skipped = len(found.answers) - len(left)
    posted = 0 if number is None else book.remits[number].posted - skipped
    if number is None:
        number = book.next_remit
        drafts.append(_remit(number, found, digest, name, skipped))
    posting = _Posting(book, number, found.day, ordered.again)
    for place, answer in left[posted : None if most is None else posted + most]:
        drafts += posting.post(place, answer)
    return drafts


def _told_before(book: ClaimBook, answer: Answer, remit: int) -> bool:
    """Whether a notice says of a claim what one in another file said before."""
    kept = book.claims.get(claim_number(answer.number) or 0) if answer.form else None
    return kept is not None and any(one.answer == answer and one.remit != remit for one in kept.answers)


def _remit(number: int, found: Remittance, digest: str, name: str, skipped: int) -> Draft:
    settled: list[Json] = [[why, cents] for why, cents in found.settled]
    body: Body = {
        "remit": number,
        "digest": digest,
        "kind": found.kind,
        "name": name,
        "payer": found.payer,
        "trace": found.number,
        "day": found.day,
        "cents": found.cents,
        "answers": len(found.answers),
        "skipped": skipped,
        "faults": list(found.faults),
        "settled": settled,
    }
    return Draft(kinds.REMIT, f"remittance {number}", body)


class _Posting:
    """Answers of one remittance, one after another: each sees what those before it did."""

    def __init__(self, book: ClaimBook, number: int, day: str, again: frozenset[int]) -> None:
        self.book = view_of(book)
        self.number, self.day, self.again = number, day, again
        self.seen: set[int] = set()

    def post(self, place: int, answer: Answer) -> Iterator[Draft]:
        """An answer and what follows from it."""
        kept, why = match(self.book, answer)
        came = outcome(answer)
        if kept is not None and came is not Outcome.REVERSED:
            before = any(
                one.remit == self.number and one.outcome is not Outcome.REVERSED for one in kept.answers
            )
            if before or kept.number in self.seen:
                why, kept = f"claim {kept.number} is answered twice in this file", None
            else:
                self.seen.add(kept.number)
        if kept is None:
            told: Body = {"remit": self.number, "place": place, "answer": answer_json(answer), "why": why}
            yield Draft(kinds.UNMATCHED, f"remittance {self.number}", told)
            return
        yield _answer(kinds.ANSWERED, kept, self.number, place, self.day, answer)
        yield from _follows(self.book, kept, came, kept.number in self.again)


def _follows(book: ClaimBook, kept: Kept, came: Outcome, again: bool) -> Iterator[Draft]:
    """What an answer means for the other claims of the chain; ``book`` is a view, and takes it in.

    Args:
        again: the payer says something else of this claim in the same file: a correction of its own.
    """
    event = event_of(kept, came)
    if event is None:
        return
    book.claims[kept.number] = replace(kept, state=TRANSITIONS[kept.state, event])
    if event is Event.DONE:
        yield from _ended(book, book.claim(kept.replaces), Event.CANCELLED, kept.number)
    elif event in (Event.PAID, Event.PARTLY):
        for one in list(book.before(kept)):
            yield from _ended(book, one, Event.REPLACED, kept.number)
    elif event is Event.REVERSED:
        next_ = book.follower(kept.number)
        if next_ is None or next_.state not in (*OUT, *ANSWERED):
            return
        if next_.kind is Kind.REPLACEMENT:
            yield from _ended(book, book.claim(kept.number), Event.REPLACED, next_.number)
        elif not again and applies(next_, Event.DONE):
            yield from carried_out(book, next_, "the payer took its payment back")


def carried_out(book: ClaimBook, kept: Kept, how: str) -> Iterator[Draft]:
    """A void did what it was to do; ``book`` is a view, and takes it in."""
    book.claims[kept.number] = replace(kept, state=State.DONE)
    yield Draft(DONE, subject(kept), body_of(kept, how=how))
    yield from _ended(book, book.claim(kept.replaces), Event.CANCELLED, kept.number)


def _ended(book: ClaimBook, kept: Kept, event: Event, by: int) -> Iterator[Draft]:
    if applies(kept, event):
        book.claims[kept.number] = replace(kept, state=TRANSITIONS[kept.state, event])
        kind = REPLACED if event is Event.REPLACED else CANCELLED
        yield Draft(kind, subject(kept), body_of(kept, by=by))


def view_of(book: ClaimBook) -> ClaimBook:
    """A book beside a book: what is put into its claims is not in the other's."""
    return replace(book, claims=cast("dict[int, Kept]", ChainMap({}, book.claims)))


def _known(book: ClaimBook, found: Remittance) -> bool:
    if not found.number:
        return False
    key = found.payer, found.number, found.day, found.cents, len(found.answers)
    return any(key == (one.payer, one.trace, one.day, one.cents, one.answers) for one in book.remits.values())


def _answer(kind: str, kept: Kept, remit: int, place: int, day: str, answer: Answer) -> Draft:
    told: dict[str, Json] = {"remit": remit, "place": place, "day": day, "outcome": str(outcome(answer))}
    return Draft(kind, subject(kept), body_of(kept, **told, answer=answer_json(answer)))


def match(book: ClaimBook, answer: Answer) -> tuple[Kept | None, str]:
    """The claim that an answer is to, or why there is none."""
    if answer.faults:
        return None, f"it cannot be read safely: {answer.faults[0]}"
    if answer.form:
        return match_notice(book, answer)
    number = claim_number(answer.number)
    kept = None if number is None else book.claims.get(number)
    if kept is None or kept.claim is None:
        return None, f"{answer.number or 'no number'} is no claim of this center"
    why = _deaf(kept, outcome(answer))
    if why:
        return None, why
    if abs(answer.charged) != kept.claim.cents and (answer.charged or kept.kind is not Kind.VOID):
        told = claims.dollars(answer.charged), claims.dollars(kept.claim.cents)
        return None, f"claim {kept.number} charged {told[1]}, the answer says {told[0]}"
    codes = {line.code for line in kept.claim.lines}
    strange = [line.code for line in answer.lines if line.code and line.code not in codes]
    if strange:
        return None, f"claim {kept.number} has no line {strange[0]}"
    return kept, ""


NEVER_OUT: Final = (*OPEN, State.RELEASED, State.REJECTED, State.VOID)


def _deaf(kept: Kept, came: Outcome) -> str:
    """Why an answer cannot be to a claim, ``""`` where it can."""
    if kept.state in NEVER_OUT:
        return f"claim {kept.number} is {kept.state}: it was not handed in"
    event = event_of(kept, came)
    if event is None or applies(kept, event):
        return ""
    if kept.kind is Kind.VOID:
        return f"claim {kept.number} asks the payer to void claim {kept.replaces}: it is not {came}"
    return f"claim {kept.number} is {kept.state}: it is not {came} any more"


def match_by_hand(book: ClaimBook, remit: int, place: int, number: int) -> list[Draft]:
    """Somebody says to which claim an answer is.

    Raises:
        RefusedError: it was matched or put aside, or the claim was not handed in.
    """
    one = book.unmatched.get((remit, place))
    if one is None or not one.waits:
        raise RefusedError("state", f"remittance {remit}: nothing at place {place} waits for a claim")
    kept = book.claim(number)
    came = outcome(one.answer)
    why = _deaf(kept, came)
    if why:
        raise RefusedError("state", why)
    said = _answer(kinds.MATCHED, kept, remit, place, book.remits[remit].day, one.answer)
    return [said, *_follows(view_of(book), kept, came, again=False)]


def set_aside(book: ClaimBook, remit: int, place: int, why: str) -> list[Draft]:
    """An answer is of no claim of this center; it stays on record."""
    one = book.unmatched.get((remit, place))
    if one is None or not one.waits:
        raise RefusedError("state", f"remittance {remit}: nothing at place {place} waits for a claim")
    body: Body = {"remit": remit, "place": place, "why": why}
    return [Draft(kinds.ASIDE, f"remittance {remit}", body)]
