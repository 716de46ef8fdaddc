"""What may be done with a claim, drafted as deeds: made, changed, released, handed in, asked again.

Who may do it is the center's to say; here is what holds for everybody: a claim with a failed check goes out
only with a reason on record, one that a hard check stops never does, and what was released does not change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from einthoven.base.deeds import Body, Draft, Json
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.billing import claim as claims
from einthoven.billing import claim_book as kinds
from einthoven.billing.claim import Claim, Part
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_check import Check, check_json, stamp
from einthoven.billing.claim_states import (
    ANSWERED,
    OPEN,
    Event,
    Kept,
    Kind,
    State,
    applies,
)

WHY_MAX, TEXT_MAX = 500, 1000
FILE_MAX: Final = 500
"""Claims in one file; the guide allows 5000 in a transaction set."""
FIXED: Final = ("part", "stream", "period", "order")
"""What a claim is for is not changed: that is another claim."""
OF_VOID: Final = ("original", "note")
"""What can be changed of a claim that voids another: it says what that one said."""


def subject(kept: Kept) -> str:
    """A claim as the subject of a deed: ``claim 12``."""
    return f"claim {kept.number}"


def body_of(kept: Kept, **more: Json) -> dict[str, Json]:
    """A body of a deed about a claim."""
    return {"claim": kept.number, "stream": kept.stream, **more}


def _movable(kept: Kept, event: Event, words: str) -> None:
    if not applies(kept, event):
        raise RefusedError("state", f"claim {kept.number} is {kept.state}: {words}")


# ---- made, checked, changed --------------------------------------------------------------------------------


def want(book: ClaimBook, stream: StreamId, part: Part) -> list[Draft]:
    """A claim for a part of a service is to be made.

    Beside one that is known to be another person's the right one is made; it goes out when that one is
    undone (``release``).

    Raises:
        RefusedError: there is one that stands (``there``).
    """
    standing = book.standing(stream, part)
    if standing is not None and not standing.wrong:
        words = f"claim {standing.number} is for the {part} part of {stream_name(stream)} already"
        raise RefusedError("there", words)
    number = book.next_claim
    body: Body = {"claim": number, "stream": stream, "part": str(part)}
    return [Draft(kinds.WANTED, f"claim {number}", body)]


def checked(
    kept: Kept,
    content: Claim,
    checks: Sequence[Check],
    modifiers: Sequence[tuple[str, str]],
    proof: Mapping[str, Json],
) -> list[Draft]:
    """A claim was made or checked; nothing where it was checked before with the same result."""
    told: dict[str, Json] = {
        "checks": [check_json(one) for one in checks],
        "modifiers": [list(one) for one in modifiers],
        "proof": dict(proof),
    }
    if kept.claim is None:
        told |= {"content": claims.to_json(content), "version": 1}
        return [Draft(kinds.MADE, subject(kept), body_of(kept, **told))]
    same = (tuple(checks), tuple(modifiers)) == (kept.checks, kept.modifiers)
    if kept.state is not State.CHECKING and same and kept.checked == kept.version:
        return []
    return [Draft(kinds.CHECKED, subject(kept), body_of(kept, version=kept.version, **told))]


def change(book: ClaimBook, number: int, given: object, base: int) -> list[Draft]:
    """Change a claim: the whole of it as it now is; it is checked anew.

    Args:
        base: version that the writer had before them.

    Raises:
        RefusedError: it was released, or somebody changed it meanwhile (``changed``).
        InputError: a field is wrong, or what the claim is for was changed.
    """
    kept = book.claim(number)
    _movable(kept, Event.CHANGED, "it does not change any more")
    if kept.claim is None:
        raise RefusedError("state", f"claim {number} is being made")
    if base != kept.version:
        raise RefusedError("changed", f"the claim was changed meanwhile: it is version {kept.version}")
    made = claims.from_json(given)
    claims.formed(made)
    for name in FIXED:
        if getattr(made, name) != getattr(kept.claim, name):
            raise InputError(f"{name}: is not changed: that is another claim")
    _kind_kept(kept, kept.claim, made)
    if made == kept.claim and kept.state is not State.REJECTED:
        return []
    words = ", ".join(_differing(claims.to_json(kept.claim), claims.to_json(made)))
    content: Json = claims.to_json(made)
    body = body_of(kept, version=kept.version + 1, content=content, words=words[:WHY_MAX])
    return [Draft(kinds.CHANGED, subject(kept), body)]


def _kind_kept(kept: Kept, before: Claim, made: Claim) -> None:
    """What makes a claim a replacement or a void stays so."""
    if made.void is not before.void:
        raise InputError("void: is not changed: that is another claim")
    if kept.replaces and not made.original:
        raise InputError(f"original: is wanted: the payer knows claim {kept.replaces} by it")
    if kept.kind is Kind.VOID:
        for name in _differing(claims.to_json(before), claims.to_json(made)):
            if name not in OF_VOID:
                raise InputError(f"{name}: a claim that voids another says what that one said")


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in after if after[name] != before.get(name)]


def again(book: ClaimBook, number: int) -> list[Draft]:
    """Check a claim anew: what it is judged by may have changed."""
    kept = book.claim(number)
    if kept.state is State.CHECKING:
        return []
    if kept.state not in OPEN:
        raise RefusedError("state", f"claim {number} is {kept.state}: it is not checked any more")
    return [Draft(kinds.AGAIN, subject(kept), body_of(kept))]


def note(book: ClaimBook, number: int, text: str) -> list[Draft]:
    """Write something down about a claim."""
    kept = book.claim(number)
    return [Draft(kinds.NOTED, subject(kept), body_of(kept, text=text))]


# ---- going out ---------------------------------------------------------------------------------------------


def release(
    book: ClaimBook, number: int, version: int, reasons: Mapping[str, str], seen: str | None = None
) -> list[Draft]:
    """A claim goes out.

    Args:
        version: that was looked at.
        reasons: why, for each check that is not met.
        seen: stamp of the checks that were looked at; None: those of now.

    Raises:
        RefusedError: it is not checked, it or what its checks say was changed meanwhile (``changed``), a hard
            check stops it (``stopped``), a reason is missing (``reason``), or the payer has another claim for
            this service (``undone``).
    """
    kept = book.claim(number)
    _movable(kept, Event.RELEASED, "only a claim that was checked is released")
    if version != kept.version or kept.checked != kept.version:
        raise RefusedError("changed", f"the claim was changed meanwhile: it is version {kept.version}")
    if seen is not None and seen != stamp(kept.checks):
        raise RefusedError("changed", "what the checks say changed meanwhile: look at them again")
    stops = [one for one in kept.checks if one.stops]
    if stops:
        more = f" (and {len(stops) - 1} more)" if len(stops) > 1 else ""
        raise RefusedError("stopped", f"{stops[0].title}: {stops[0].words}{more}")
    over: list[Json] = []
    for one in kept.checks:
        if not one.holds:
            continue
        why = reasons.get(one.rule, "").strip()
        if not why:
            raise RefusedError("reason", f"{one.title}: {one.words}; say why it goes out all the same")
        over.append([one.rule, why[:WHY_MAX]])
    _alone(book, kept)
    return [Draft(kinds.RELEASED, subject(kept), body_of(kept, version=version, over=over))]


def _alone(book: ClaimBook, kept: Kept) -> None:
    """Of one service the payer never has two claims that stand."""
    if kept.replaces:
        before = book.claim(kept.replaces)
        if before.state not in (State.SENT, *ANSWERED):
            words = (
                f"claim {before.number} is {before.state}: void this one, nothing of it is to be put right"
            )
            raise RefusedError("undone", words)
    if kept.kind is Kind.VOID:
        return
    other = book.barring(kept)
    if other is not None:
        words = f"claim {other.number} is {other.state} for this service: it is undone first"
        raise RefusedError("undone", words)


def take_back(book: ClaimBook, number: int, why: str) -> list[Draft]:
    """A released claim does not go out yet: it can be changed again."""
    kept = book.claim(number)
    _movable(kept, Event.TAKEN_BACK, "only what was released, and stands in no file, is taken back")
    return [Draft(kinds.TAKEN_BACK, subject(kept), body_of(kept, why=why))]


def to_file(book: ClaimBook, numbers: Sequence[int]) -> list[Kept]:
    """Claims that can go into one file.

    Raises:
        RefusedError: one of them was not released.
        InputError: too many of them, or one named twice.
    """
    if len(numbers) > FILE_MAX or len(set(numbers)) != len(numbers):
        raise InputError(f"claims: want at most {FILE_MAX} of them, each once")
    found = [book.claim(number) for number in numbers]
    for kept in found:
        _movable(kept, Event.FILED, "only a released claim goes into a file")
    return found


def file(book: ClaimBook, found: Sequence[Kept], text: str) -> list[Draft]:
    """An 837P file of claims: its number is the control number that stands in ``text``."""
    told: list[Json] = [[f"{at:04d}", kept.number] for at, kept in enumerate(found, start=1)]
    body: Body = {"file": book.next_file, "claims": told, "text": text}
    return [Draft(kinds.FILED, f"claims file {book.next_file}", body)]


def sent(book: ClaimBook, number: int) -> list[Draft]:
    """A file was handed in; nothing where that was known."""
    if book.file(number).sent is not None:
        return []
    return [Draft(kinds.SENT, f"claims file {number}", {"file": number})]


def void(book: ClaimBook, number: int, why: str) -> list[Draft]:
    """A claim that did not go out never will."""
    kept = book.claim(number)
    _movable(kept, Event.VOIDED, "what was handed in is not voided here")
    return [Draft(kinds.VOIDED, subject(kept), body_of(kept, why=why))]


def appeal(book: ClaimBook, number: int, how: str, packet: str = "") -> list[Draft]:
    """A redetermination was asked for."""
    kept = book.claim(number)
    _movable(kept, Event.APPEALED, "a redetermination is of a claim that was denied, wholly or in part")
    if kept.wrong:
        raise RefusedError("wrong", f"claim {number} is another person's: nothing is asked for again")
    return [Draft(kinds.APPEALED, subject(kept), body_of(kept, how=how, packet=packet))]
