"""Where a report stands: preliminary, signed, with addenda; what is printed beside its content (R27).

The content of a report never changes; what a physician says of it, and who signed, stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["preliminary", "issued", "signed", "addendum", "wrong patient"]


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it is printed.

    Attributes:
        name: of who signed, in full.
        role: in which role, with credentials if any.
        when: time of signing as printed, with its zone.
        meaning: what it says: ``"reviewed and signed"``, ``"co-signed"``.
    """

    name: str
    role: str
    when: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Addendum:
    """What was added to a signed report, and who signed it; ``signature`` is None while nobody has."""

    text: str
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a report stands.

    Attributes:
        state: ``preliminary`` until it is signed; ``issued``: a technical one that no physician signed;
            ``addendum`` once something signed was added; ``wrong patient`` where it was made for another
            person than whose ECG it shows.
        impression: the physician's words; ``""`` while there are none.
        signatures: of the report, in order.
        addenda: in order.
        calls: what was done about it, line by line: contacts with the physician (urgent report, strip).
        issued: of a technical report, who issued it when, each time.
    """

    state: State = "preliminary"
    impression: str = ""
    signatures: tuple[Signature, ...] = ()
    addenda: tuple[Addendum, ...] = ()
    calls: tuple[str, ...] = ()
    notice: str = ""
    """What stands on top of its first page and on every page of it, where something is wrong with it."""
    issued: tuple[str, ...] = ()


STATES: dict[State, str] = {
    "preliminary": "PRELIMINARY – not signed by a physician",
    "issued": "TECHNICAL REPORT, ISSUED",
    "signed": "SIGNED",
    "addendum": "SIGNED, WITH ADDENDUM",
    "wrong patient": "WRONG PATIENT – do not use for this person",
}
"""How a state is printed on every page."""
