"""A signature bound to exactly what was signed (R21, R27).

Made after 21 CFR Part 11: it shows the signer's printed name, date and time and meaning (11.50), holds the
hash of the exact content so that it fits no other (11.70), and takes two components of different sorts, of
which a later signing in the same session needs one (11.200(a)(1)). These are our readings of those
paragraphs, tested as such; they are no claim of conformity, which an organisation makes and not a program.

The value is a plain fact: the journal that keeps it is chained by hash, and the seal below fails when any
field of the signature itself is changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from einthoven.base.deeds import Body, Json
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import Instant, to_iso

PRESCRIBES = "I prescribe these criteria"
SIGNS_REPORT = "I reviewed this report and sign it"
COSIGNS_REPORT = "I reviewed this report, signed by another physician, and co-sign it"
ADDS_TO_REPORT = "I add this to the signed report"
SIGNS_ORDER = "I order this service for this patient"
MEANINGS = (PRESCRIBES, SIGNS_REPORT, COSIGNS_REPORT, ADDS_TO_REPORT, SIGNS_ORDER)
"""What a signature can mean (11.50(a)(3))."""

COMPONENTS: dict[str, frozenset[str]] = {
    "password": frozenset({"knows"}),
    "code": frozenset({"has"}),
    "passkey": frozenset({"has"}),
    "passkey-verified": frozenset({"has", "is or knows"}),
    "demo": frozenset({"demonstration", "simulated patients"}),
}
"""What a signer may show, and which sorts of proof it is; a passkey with user verification is two. ``demo``
is the click of a visitor where all patients are simulated: it proves nobody, and stands in the signature."""
FIRST_SORTS, LATER_SORTS = 2, 1
"""So many sorts at the first signing of a session, and at later ones (11.200(a)(1)(i))."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature.

    Attributes:
        content: SHA-256 of the canonical content, 64 hexadecimal digits.
        signer: number of the member of staff.
        name: as printed (11.50(a)(1)).
        at: when (11.50(a)(2)).
        meaning: one of ``MEANINGS`` (11.50(a)(3)).
        components: what the signer showed, of ``COMPONENTS``.
        seal: SHA-256 over all of the above.
    """

    content: str
    signer: int
    name: str
    at: Instant
    meaning: str
    components: tuple[str, ...]
    seal: str

    def body(self) -> dict[str, Json]:
        """As the fields of a deed."""
        made: dict[str, Json] = {field.name: getattr(self, field.name) for field in fields(self)}
        return made | {"components": list(self.components)}

    def shown(self) -> str:
        """As it stands on screen and paper (11.50(b))."""
        return f"{self.meaning}. {self.name}, {to_iso(self.at)}"


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether a signature holds, and each reason why not."""

    ok: bool
    reasons: tuple[str, ...]


def canonical(content: Body) -> bytes:
    """The one way of writing a content: JSON, keys sorted, no blanks, UTF-8.

    Raises:
        InputError: a value that JSON does not have (not a number, an object of a program).
    """
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError) as error:
        raise InputError(f"content cannot be signed: {error}") from error


def digest(content: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def sign(
    content: bytes,
    signer: int,
    name: str,
    at: Instant,
    meaning: str,
    components: Sequence[str],
    first: bool,
) -> Signature:
    """A signature under ``content``.

    Args:
        content: exactly what was shown to the signer, canonical.
        signer: number of the member of staff.
        name: their printed name.
        at: now.
        meaning: one of ``MEANINGS``.
        components: what they showed for this signature and what was found good.
        first: whether it is the first signature of the session.

    Raises:
        RefusedError: too few sorts of proof (``components``), no name (``name``), another meaning
            (``meaning``).
    """
    if meaning not in MEANINGS:
        raise RefusedError("meaning", f"a signature means one of: {'; '.join(MEANINGS)}")
    if not name.strip():
        raise RefusedError("name", "a signature needs the signer's printed name")
    unknown = [one for one in components if one not in COMPONENTS]
    if unknown:
        raise RefusedError("components", f"not known: {', '.join(unknown)}")
    sorts = {sort for one in components for sort in COMPONENTS[one]}
    needed = FIRST_SORTS if first else LATER_SORTS
    if len(sorts) < needed:
        which = "the first signature of a session" if first else "a signature"
        raise RefusedError(
            "components",
            f"{which} takes {needed} sorts of proof, such as password and code; {len(sorts)} shown",
        )
    unsealed = Signature(digest(content), signer, name.strip(), at, meaning, tuple(components), "")
    return Signature(
        unsealed.content, signer, unsealed.name, at, meaning, unsealed.components, _seal(unsealed)
    )


def verify(content: bytes, signature: Signature) -> Verified:
    """Whether ``signature`` is one under exactly ``content``, whole as it was made."""
    reasons = []
    if digest(content) != signature.content:
        reasons.append("the content is not what was signed")
    if _seal(signature) != signature.seal:
        reasons.append("the signature was changed after it was made")
    if signature.meaning not in MEANINGS:
        reasons.append("the signature has no meaning that is known")
    return Verified(not reasons, tuple(reasons))


def from_body(body: Mapping[str, Json]) -> Signature:
    """The signature that a deed's fields tell; changed or missing fields make one that does not verify."""
    components = body.get("components")
    signer, at = body.get("signer"), body.get("at")
    return Signature(
        content=str(body.get("content", "")),
        signer=signer if isinstance(signer, int) else 0,
        name=str(body.get("name", "")),
        at=at if isinstance(at, int) else 0,
        meaning=str(body.get("meaning", "")),
        components=tuple(str(one) for one in components) if isinstance(components, list | tuple) else (),
        seal=str(body.get("seal", "")),
    )


def _seal(signature: Signature) -> str:
    return digest(canonical({key: value for key, value in signature.body().items() if key != "seal"}))
