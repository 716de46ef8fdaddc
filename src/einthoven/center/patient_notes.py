"""What the desk is told of a patient besides the enrollment: circumstances for criteria, contacts (R20, R21).

Kept as deeds like everything that is acted on: a criterion that asks whether fibrillation was known must find
what was known then, not what is known today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Final, cast

from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import FaultsError, InputError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant

NOTED: Final = "patient.noted"
CONTACTED: Final = "patient.contacted"
TEXT_MAX = 500
CONTACTS_KEPT = 200
"""Contacts of one patient held in memory, the last ones; all of them are in the journal."""
HOW = ("telephone", "message", "visit", "other")
_FLAGS = ("at_risk", "known_af", "has_pacer")


@dataclass(frozen=True, slots=True)
class Notes:
    """What is known of one patient; None and empty wherever it is not known.

    Attributes:
        practice: number of the practice that ordered the service.
        at_risk: no data of this wearer is an emergency.
        known_af: atrial fibrillation was known before the service.
        has_pacer: has a pacemaker.
        zone: time zone where the patient lives, as IANA names it.
        place: where the patient is now, where that is not the address.
        local_number: of the emergency service there.
    """

    practice: int | None = None
    at_risk: bool | None = None
    known_af: bool | None = None
    has_pacer: bool | None = None
    zone: str = ""
    place: str = ""
    local_number: str = ""


NAMES = tuple(one.name for one in fields(Notes))


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody spoke with the patient: when, who (actor), how, what was said."""

    at: Instant
    by: str
    how: str
    said: str


@dataclass(slots=True)
class PatientNotes:
    """The book of notes and contacts, by stream."""

    notes: dict[StreamId, Notes] = field(default_factory=dict)
    contacts: dict[StreamId, list[Contact]] = field(default_factory=dict)

    KINDS: ClassVar[frozenset[str]] = frozenset({NOTED, CONTACTED})

    def of(self, stream: StreamId) -> Notes:
        """What is known of a patient."""
        return self.notes.get(stream, Notes())

    def apply(self, deed: Deed) -> None:
        """Take one deed; other kinds change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == NOTED:
            stream = body["stream"]
            known = {name: body[name] for name in NAMES if name in body}
            self.notes[stream] = replace(self.of(stream), **known)
        elif deed.kind == CONTACTED:
            held = self.contacts.setdefault(body["stream"], [])
            held.append(Contact(deed.at, deed.actor, body["how"], body["said"]))
            del held[:-CONTACTS_KEPT]


def note(book: PatientNotes, stream: StreamId, told: Mapping[str, object]) -> list[Draft]:
    """What is newly known of a patient; nothing where all of it was known.

    Raises:
        FaultsError: fields that are none, or of the wrong form, a line each.
    """
    faults = [f"{name}: no such field" for name in told if name not in NAMES]
    for name, value in told.items():
        if name in _FLAGS and not (value is None or isinstance(value, bool)):
            faults.append(f"{name}: want true, false or null")
        elif name == "practice" and not (value is None or (type(value) is int and value > 0)):
            faults.append("practice: want its number or null")
        elif name in ("zone", "place", "local_number") and not _is_line(value):
            faults.append(f"{name}: want a text of at most {TEXT_MAX} characters on one line")
    if faults:
        raise FaultsError("\n".join(faults))
    before = book.of(stream)
    fresh = {name: value for name, value in told.items() if getattr(before, name) != value}
    return [Draft(NOTED, stream_name(stream), {"stream": stream, **cast("Any", fresh)})] if fresh else []


def contact(stream: StreamId, how: object, said: object) -> list[Draft]:
    """Somebody spoke with the patient.

    Raises:
        InputError: ``how`` is none of ``HOW``, or nothing is said of what was said.
    """
    if how not in HOW:
        raise InputError(f"how: want one of {', '.join(HOW)}")
    if not isinstance(said, str) or not said.strip() or len(said) > 4 * TEXT_MAX:
        raise InputError(f"said: want what was said, at most {4 * TEXT_MAX} characters")
    return [Draft(CONTACTED, stream_name(stream), {"stream": stream, "how": str(how), "said": said.strip()})]


def _is_line(value: object) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_MAX and value.isprintable()
