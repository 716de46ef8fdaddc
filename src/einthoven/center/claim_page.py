"""What the pages of claims ask: the worklist, one claim with its checks, files and what came back (R40)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, TypeAlias

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import stream_name
from einthoven.base.instants import Instant
from einthoven.billing import adjustments
from einthoven.billing.claim import to_json
from einthoven.billing.claim_amends import works
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_check import Check, check_json, stamp
from einthoven.billing.claim_states import ENDED, Answered, File, Kept, Remit, State, Unmatched
from einthoven.billing.claim_status import words
from einthoven.billing.remittance import DEADLINE_SURE, Answer, deadline
from einthoven.center.claim_chain import amending, chain_shape, to_do
from einthoven.center.criteria_page import ms
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.surveillance.roles import Permission

Shape: TypeAlias = dict[str, Any]
TABS: Mapping[str, frozenset[State]] = {
    "check": frozenset({State.CHECKING}),
    "held": frozenset({State.HELD}),
    "ready": frozenset({State.READY, State.RELEASED}),
    "sent": frozenset({State.FILED, State.SENT}),
    "denied": frozenset({State.DENIED, State.PARTLY, State.REJECTED, State.REVERSED, State.APPEALED}),
    "amend": frozenset(),
    "paid": frozenset({State.PAID}),
    "void": frozenset(ENDED),
}
"""Tab of the worklist → the states on it; on ``amend`` is what is to be put right, whatever its state."""
LIST_MOST, LIST_EVER = 300, 5000
FILES_MOST, REMITS_MOST, UNMATCHED_MOST = 50, 50, 200
DENIED: Final = frozenset({State.DENIED, State.PARTLY})


def answer(books: Books, who: Who, what: str, params: Mapping[str, str], now: Instant) -> Shape:
    """``claims``: the worklist; ``claim``: one of them."""
    if Permission.READ_CLAIM not in books.surveil.permissions(who.staff):
        raise RefusedError("permission", "that is not for your roles")
    if what == "claims":
        return worklist(books, who, params, now)
    text = params.get("id", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError("claim: want its number")
    return page(books, who, books.claims.claim(int(text)), now)


def _may(books: Books, who: Who) -> bool:
    return Permission.CLAIM in books.surveil.permissions(who.staff)


# ---- the worklist ------------------------------------------------------------------------------------------


def worklist(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> Shape:
    """Claims of one tab; those denied by the deadline of their redetermination, others by what moved last.

    Args:
        params: ``tab``; ``q``, words of which each is in a claim; ``limit``, the most that are listed.

    Raises:
        InputError: there is no such tab, or the limit is no number that fits.
    """
    tab, sought = params.get("tab", "held"), params.get("q", "").casefold()[:80].split()
    if tab not in TABS:
        raise InputError(f"tab: {tab[:20]!r} is none of {', '.join(TABS)}")
    most = _limit(params.get("limit", str(LIST_MOST)))
    book = books.claims
    amend = amending(book)
    of_tab = amend if tab == "amend" else (one for one in book.claims.values() if one.state in TABS[tab])
    found = [one for one in of_tab if _named(one, sought)]
    today = books.today(now)
    key: Callable[[Kept], Any] = _by_deadline if tab == "denied" else (lambda one: -one.since)
    if tab == "amend":  # what has a day first, the nearest first
        key = lambda one: to_do(book, one, today)["back_by"] or "~"  # noqa: E731
    found.sort(key=key)
    return {
        "now_ms": ms(now),
        "today": today,
        "tab": tab,
        "counts": _counts(book, len(amend)),
        "claims": [row(books, one, today) for one in found[:most]],
        "left_out": max(0, len(found) - most),
        "files": [
            _file(one) for one in sorted(book.files.values(), key=lambda one: -one.number)[:FILES_MOST]
        ],
        "remits": [
            _remit(books, one)
            for one in sorted(book.remits.values(), key=lambda one: -one.number)[:REMITS_MOST]
        ],
        "unmatched": [_unmatched(books, one) for one in list(book.waiting())[:UNMATCHED_MOST]],
        "lacks": [] if books.claiming is None else books.claiming.lacks(),
        "may": _may(books, who),
    }


def on_tab(book: ClaimBook, kept: Kept, tab: str) -> bool:
    """Whether a claim stands on a tab of the worklist."""
    return bool(works(book, kept)) if tab == "amend" else kept.state in TABS[tab]


def _counts(book: ClaimBook, amend: int) -> dict[str, int]:
    held = Counter(kept.state for kept in book.claims.values())
    return {name: sum(held[state] for state in states) for name, states in TABS.items()} | {"amend": amend}


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= LIST_EVER):
        raise InputError(f"limit: want a whole number from 1 to {LIST_EVER}")
    return int(text)


def _named(kept: Kept, sought: list[str]) -> bool:
    """Whether every word is somewhere in what names a claim."""
    if not sought:
        return True
    told = [kept.id, stream_name(kept.stream), str(kept.part), str(kept.state)]
    if kept.claim is not None:
        claim = kept.claim
        told += [claim.patient.name.listed, claim.patient.birth_date, claim.patient.member]
        told += [claim.payer.id, claim.payer.name, claim.day, f"order {claim.order}"]
        told += [part for line in claim.lines for part in (line.code, *line.modifiers)]
    words = "\n".join(told).casefold()
    return all(one in words for one in sought)


def _by_deadline(kept: Kept) -> tuple[bool, str, int]:
    due = _deadline(kept)
    return not due, due, -kept.since


def _deadline(kept: Kept) -> str:
    denied = kept.denied
    return "" if denied is None or kept.state not in DENIED else deadline(denied.day)


def row(books: Books, kept: Kept, today: str) -> Shape:
    """A claim on the worklist."""
    claim, due = kept.claim, _deadline(kept)
    bad = [one for one in kept.checks if one.holds]
    first = next((one for one in bad if one.stops), bad[0] if bad else None)
    return {
        "claim": kept.number,
        "id": kept.id,
        "part": str(kept.part),
        "stream": stream_name(kept.stream),
        "patient": claim.patient.name.listed if claim is not None else books.card(kept.stream).name,
        "payer": "" if claim is None else claim.payer.name or claim.payer.id,
        "codes": [] if claim is None else [line.code for line in claim.lines],
        "modifiers": [] if claim is None else [one for line in claim.lines for one in line.modifiers],
        "day": "" if claim is None else claim.day,
        "cents": 0 if claim is None else claim.cents,
        "paid": kept.paid,
        "state": str(kept.state),
        "since_ms": ms(kept.since),
        "held": len(bad),
        "stops": sum(one.stops for one in bad),
        "stamp": stamp(kept.checks),
        "why": _why(books, kept, first),
        "over": len(kept.over),
        "file": kept.file,
        "accepted": kept.accepted,
        "deadline": due,
        "days_left": _days_left(due, today),
        "kind": str(kept.kind),
        "replaces": kept.replaces,
        **to_do(books.claims, kept, today),
    }


def _why(books: Books, kept: Kept, first: Check | None) -> str:
    """One line that says what a person wants to know of a claim at its place on the list."""
    if kept.state is State.REJECTED:
        return kept.rejected
    decided = [one for one in kept.answers if not one.answer.form]
    if decided and kept.state not in (State.PAID, State.FILED, State.SENT, *ENDED):
        return "; ".join(_reasons(books, decided[-1].answer)) or str(decided[-1].outcome)
    if kept.state is State.VOID:
        return kept.void
    if kept.state in ENDED:
        return kept.log[-1].words
    if kept.state is State.CHECKING:
        return "" if books.claiming is None else books.claiming.trouble(kept.number)
    if first is not None and kept.state is State.HELD:
        return f"{first.title}: {first.words}"
    return ""


def _reasons(books: Books, found: Answer) -> list[str]:
    own = _own(books)[0]
    told = [f"{one.group}-{one.code} {adjustments.carc(one.code, own)}" for one in found.all_adjustments()]
    told += [*(words(code) for code in found.said), *found.notes]
    return list(dict.fromkeys(told))


def _own(books: Books) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The site's own words of reasons and remarks."""
    return ({}, {}) if books.claiming is None else books.claiming.own


def _days_left(due: str, today: str) -> int | None:
    return (date.fromisoformat(due) - date.fromisoformat(today)).days if due else None


def _file(one: File) -> Shape:
    return {
        "file": one.number,
        "claims": len(one.claims),
        "made_ms": ms(one.made),
        "sent_ms": None if one.sent is None else ms(one.sent),
        "accepted": one.accepted,
        "said": one.said,
    }


def _remit(books: Books, one: Remit) -> Shape:
    return {
        "remit": one.number,
        "kind": one.kind,
        "name": one.name,
        "payer": one.payer,
        "trace": one.trace,
        "day": one.day,
        "cents": one.cents,
        "answers": one.answers,
        "posted": one.posted,
        "at_ms": ms(one.at),
        "by": books.actor(one.by),
        "faults": list(one.faults),
        "settled": [list(pair) for pair in one.settled],
    }


def _unmatched(books: Books, one: Unmatched) -> Shape:
    remit = books.claims.remits[one.remit]
    told = one.answer
    return {
        "remit": one.remit,
        "place": one.place,
        "why": one.why,
        "payer": remit.payer,
        "day": remit.day,
        "number": told.number,
        "patient": told.patient,
        "charged": told.charged,
        "paid": told.paid,
        "reasons": _reasons(books, told),
        "notice": bool(told.form),
        "faults": list(told.faults),
    }


# ---- one claim ---------------------------------------------------------------------------------------------


def page(books: Books, who: Who, kept: Kept, now: Instant) -> Shape:
    """A claim with everything that was said of it."""
    text, flaws = "", tuple[str, ...]()
    if kept.file:
        text = books.claims.file(kept.file).text
    elif kept.claim is not None and books.claiming is not None:
        text, flaws = books.claiming.preview(kept, now)
    today = books.today(now)
    return {
        **row(books, kept, today),
        "now_ms": ms(now),
        "today": today,
        "version": kept.version,
        "checked": kept.checked,
        "content": None if kept.claim is None else to_json(kept.claim),
        "checks": [check_json(one) for one in kept.checks],
        "proposed": [list(one) for one in kept.modifiers],
        "proof": kept.proof,
        "reasons": [list(one) for one in kept.over],
        "x12": text,
        "flaws": list(flaws),
        "answers": [_answered(books, one) for one in kept.answers],
        "appeal": None
        if kept.appeal is None
        else {"at_ms": ms(kept.appeal.at), "how": kept.appeal.how, "packet": kept.appeal.packet},
        "deadline_sure": DEADLINE_SURE,
        "log": [{"at_ms": ms(one.at), "by": books.actor(one.by), "words": one.words} for one in kept.log],
        "may": _may(books, who),
        "next": _beside(books, kept),
        **chain_shape(books, kept),
    }


def _beside(books: Books, kept: Kept) -> int | None:
    """The next claim of the same state, so that a worklist is gone through by one key."""
    numbers = [one.number for one in books.claims.claims.values() if one.state is kept.state]
    later = [number for number in numbers if number > kept.number]
    return min(later, default=min((one for one in numbers if one != kept.number), default=None))


def _answered(books: Books, one: Answered) -> Shape:
    told, (carc, rarc) = one.answer, _own(books)
    return {
        "remit": one.remit,
        "at_ms": ms(one.at),
        "day": one.day,
        "deadline": "" if told.form else deadline(one.day),
        "outcome": str(one.outcome),
        "charged": told.charged,
        "paid": told.paid,
        "patient_cents": told.patient_cents,
        "payer_number": told.payer_number,
        "status": told.status,
        "notice": bool(told.form),
        "said": [*(words(code) for code in told.said), *told.notes],
        "adjustments": [
            {
                "group": each.group,
                "group_words": adjustments.GROUPS.get(each.group, ""),
                "code": each.code,
                "words": adjustments.carc(each.code, carc),
                "cents": each.cents,
            }
            for each in told.all_adjustments()
        ],
        "remarks": [{"code": code, "words": adjustments.rarc(code, rarc)} for code in told.all_remarks()],
        "answers": list(adjustments.answering(told)),
    }
