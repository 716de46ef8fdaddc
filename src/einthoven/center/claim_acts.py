"""What people do with claims at the desk: made, changed, released, put into a file, answered (R40)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from einthoven.base.deeds import Draft, staff_actor
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import Instant
from einthoven.billing import claim_amends as amends
from einthoven.billing import claim_answers as answers
from einthoven.billing import claim_deeds as life
from einthoven.billing.claim import Part
from einthoven.billing.claim_states import Kind
from einthoven.center import act_fields
from einthoven.center.act_fields import Fields, numbers, whole, words
from einthoven.center.desk_books import Books, Claiming
from einthoven.center.desk_door import Who

REASONS_MAX: Final = 60


def make(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.make {stream, part}``."""
    stream = act_fields.stream(fields)
    try:
        part = Part(str(fields.get("part")))
    except ValueError:
        raise InputError("part: want technical or professional") from None
    if not books.card(stream).name:
        raise NotFoundError("stream: nobody is enrolled there")
    return life.want(books.claims, stream, part)


def change(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.change {claim, base, content}``: the whole claim as it now is."""
    return life.change(books.claims, whole(fields, "claim"), fields.get("content"), whole(fields, "base"))


def again(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.check {claim}``."""
    return life.again(books.claims, whole(fields, "claim"))


def note(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.note {claim, text}``."""
    return life.note(books.claims, whole(fields, "claim"), words(fields, "text", life.TEXT_MAX))


def release(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.release {claim, version, reasons, seen}``: reasons by rule, for each check that is not met;
    ``seen`` the stamp of the checks that were looked at."""
    told = fields.get("reasons", {})
    if not isinstance(told, Mapping) or len(told) > REASONS_MAX:
        raise InputError("reasons: want an object, a reason for each check")
    reasons: dict[str, str] = {}
    for rule, why in told.items():
        if not isinstance(why, str) or len(why) > life.WHY_MAX:
            raise InputError(f"reasons.{str(rule)[:40]}: want a text of at most {life.WHY_MAX} characters")
        reasons[str(rule)] = why
    seen = words(fields, "seen", 80)
    return life.release(books.claims, whole(fields, "claim"), whole(fields, "version"), reasons, seen)


def take_back(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.take_back {claim, why}``."""
    return life.take_back(books.claims, whole(fields, "claim"), words(fields, "why", life.WHY_MAX))


def void(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.void {claim, why}``."""
    return life.void(books.claims, whole(fields, "claim"), words(fields, "why", life.WHY_MAX))


def file(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``claim.file {claims}``: an 837P of released claims."""
    return _claiming(books).file(numbers(fields, "claims"), now)


def sent(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.sent {file}``: somebody handed the file in."""
    return life.sent(books.claims, whole(fields, "file"))


def appeal(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.appeal {claim, how}``: a redetermination was asked for."""
    return life.appeal(books.claims, whole(fields, "claim"), words(fields, "how", life.WHY_MAX))


def answered(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.answered {digest}``: a file that was sent to ``/api/claims/answers`` and read there."""
    return _claiming(books).take(words(fields, "digest", 80), staff_actor(who.staff))


def match(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.match {remit, place, claim}``: to which claim an answer is."""
    return answers.match_by_hand(books.claims, whole(fields, "remit"), _place(fields), whole(fields, "claim"))


def set_aside(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.set_aside {remit, place, why}``: an answer is of no claim here."""
    why = words(fields, "why", life.WHY_MAX)
    return answers.set_aside(books.claims, whole(fields, "remit"), _place(fields), why)


def replace(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.replace {claim, why, original}``: a claim that takes the place of one that was handed in."""
    return _amend(books, fields, Kind.REPLACEMENT)


def cancel(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.cancel {claim, why, original}``: a claim that asks the payer to void one."""
    return _amend(books, fields, Kind.VOID)


def _amend(books: Books, fields: Fields, kind: Kind) -> list[Draft]:
    original = fields.get("original", "")
    if not isinstance(original, str):
        raise InputError("original: want a text, the payer's number of the claim")
    why = words(fields, "why", life.WHY_MAX)
    return amends.amend(books.claims, whole(fields, "claim"), kind, original, why)


def carried_out(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.carried_out {claim, how}``: the payer voided what it was asked to, and said so otherwise."""
    return amends.done(books.claims, whole(fields, "claim"), words(fields, "how", life.WHY_MAX))


def stands(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.stands {claim, why}``: nothing is to be put right."""
    return amends.stands(books.claims, whole(fields, "claim"), words(fields, "why", life.WHY_MAX))


def refund_owed(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``claim.refund_owed {claim, cents, known, why}``: money is to go back; since when that is known."""
    told = whole(fields, "cents"), words(fields, "known", 10), words(fields, "why", life.WHY_MAX)
    return amends.owe(books.claims, whole(fields, "claim"), *told, books.today(now))


def refunded(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``claim.refunded {claim, day, how}``: what was owed went back."""
    told = words(fields, "day", 10), words(fields, "how", life.WHY_MAX)
    return amends.pay_back(books.claims, whole(fields, "claim"), *told, books.today(now))


def refund_dropped(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``claim.refund_dropped {claim, why}``: nothing is owed after all."""
    return amends.not_owed(books.claims, whole(fields, "claim"), words(fields, "why", life.WHY_MAX))


def _place(fields: Fields) -> int:
    place = fields.get("place")
    if type(place) is not int or place < 0:
        raise InputError("place: want a whole number, 0 the first")
    return place


def _claiming(books: Books) -> Claiming:
    if books.claiming is None:
        raise RefusedError("claiming", "this center makes no files of claims")
    return books.claiming


CLAIMS: Final = {
    "claim.make": (("stream", "part"), make, "claim"),
    "claim.change": (("claim", "base", "content"), change, "version"),
    "claim.check": (("claim",), again, ""),
    "claim.note": (("claim", "text"), note, ""),
    "claim.release": (("claim", "version", "reasons", "seen"), release, ""),
    "claim.take_back": (("claim", "why"), take_back, ""),
    "claim.void": (("claim", "why"), void, ""),
    "claim.file": (("claims",), file, "file"),
    "claim.sent": (("file",), sent, ""),
    "claim.appeal": (("claim", "how"), appeal, ""),
    "claim.answered": (("digest",), answered, "remit"),
    "claim.match": (("remit", "place", "claim"), match, ""),
    "claim.set_aside": (("remit", "place", "why"), set_aside, ""),
    "claim.replace": (("claim", "why", "original"), replace, "claim"),
    "claim.cancel": (("claim", "why", "original"), cancel, "claim"),
    "claim.carried_out": (("claim", "how"), carried_out, ""),
    "claim.stands": (("claim", "why"), stands, ""),
    "claim.refund_owed": (("claim", "cents", "known", "why"), refund_owed, ""),
    "claim.refunded": (("claim", "day", "how"), refunded, ""),
    "claim.refund_dropped": (("claim", "why"), refund_dropped, ""),
}
"""Each act: its fields, what decides it, and the number that its answer tells."""
