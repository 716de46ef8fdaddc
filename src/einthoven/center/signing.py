"""Signing at the desk: who signs has proved once more who they are, for exactly what is on the screen."""

from __future__ import annotations

from einthoven.base.errors import RefusedError
from einthoven.base.instants import Instant
from einthoven.center.act_fields import Fields, words
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.surveil import CONSOLE
from einthoven.escalation import signature as signatures
from einthoven.escalation.signature import Signature


def signature_of(
    books: Books, who: Who, fields: Fields, content: bytes, what: str, meaning: str, now: Instant
) -> Signature:
    """The signature that an act ``{…, content, confirmation}`` puts under ``content``.

    Args:
        what: is signed, in a word: ``form``, ``report``.

    Raises:
        RefusedError: nobody is signed in (``nobody``), the content is not what was shown (``content``), or
            what was confirmed is nothing, of somebody else or for another content (``confirmation``).
    """
    if who.staff == CONSOLE:
        raise RefusedError("nobody", "nobody is signed in here, and a signature is a person's")
    shown = words(fields, "content", 64)
    if signatures.digest(content) != shown:
        raise RefusedError("content", f"the {what} is not what was shown: read it again, then sign")
    proof = who.confirmed
    if proof is None:
        raise RefusedError(
            "confirmation", "a signature needs proof of who signs: password and code, or passkey"
        )
    if proof.staff != who.staff or proof.content != shown:
        raise RefusedError("confirmation", "another content was confirmed: confirm this one, then sign")
    name = books.surveil.member(who.staff).name
    return signatures.sign(content, who.staff, name, now, meaning, proof.components, first=True)
