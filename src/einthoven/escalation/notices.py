"""Notices to further recipients, by e-mail or webhook: additional, and never sufficient (R23).

A notice holds what is needed to open the case and, where the center lets it, the values that met the
criteria; nothing that names the patient: no name, no birth date, no address, no telephone, neither in the
subject nor in the text (45 CFR 164.502(b), minimum necessary), unless the center allows the name
(``Occasion.patient``). Its id is made from what it tells, so that one sent twice is the same.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from einthoven.base.deeds import Json
from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.base.thresholds import TIERS
from einthoven.base.urls import place
from einthoven.escalation.criteria import Met

EMAIL, WEBHOOK = "email", "webhook"
CHANNELS = (EMAIL, WEBHOOK)
OPENED, EXHAUSTED, REACHED, EMERGENCY = "opened", "exhausted", "reached", "emergency"
REPORT, TELEPHONE = "report", "telephone"
WHATS = (OPENED, EXHAUSTED, REACHED, EMERGENCY, REPORT, TELEPHONE)
"""What a notice tells of."""
ADDITIONAL = (
    "This is an additional notice. It does not replace the telephone call to a person who can act, and "
    "nobody waits for an answer to it."
)
NOT_URGENT = "What must be acted on at once is told by telephone, never by this."
"""Of a report."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+\Z")
_URL = re.compile(r"https://[A-Za-z0-9.-]{1,253}(:\d{1,5})?(/[!-~]*)?\Z")
_LOCAL_URL = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?(/[!-~]*)?\Z")
_SAID = {
    OPENED: "met a criterion; a physician is being called",
    EXHAUSTED: "met a criterion; nobody who can act was reached so far, the calls go on",
    REACHED: "met a criterion; a person who can act was reached by telephone",
    EMERGENCY: "the emergency procedure was opened",
    REPORT: "it is signed and can be read",
    TELEPHONE: "a patient telephones, or is to be called back, and nobody of the center attends to it",
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets notices.

    Attributes:
        key: unique, without meaning.
        channel: ``email`` or ``webhook``.
        to: address or URL.
        tiers: of which tiers.
        whats: of what.
        practice: of this practice's patients only; None for all.
        contact: only where this person (a key of the ladder's plan) is called; ``""`` for always.
    """

    key: str
    channel: str
    to: str
    tiers: frozenset[str]
    whats: frozenset[str]
    practice: int | None = None
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What there is to tell.

    Attributes:
        center: name of the center.
        what: of ``WHATS``.
        stream, case: whose; of a call of which it is not known who calls, None.
        number: of the notification, the emergency, the report or the call.
        tier: of the case.
        at: since when.
        met: criteria that were met, with values.
        link: where the case opens for those signed in; ``""`` for none.
        rounds: of the ladder so far, for ``exhausted``; how often a call escalated.
        practice: whose patient it is, as far as known.
        contacts: keys of the persons of the plan in force.
        patient: the name, where notices may hold it; else ``""``.
    """

    center: str
    what: str
    stream: StreamId | None
    case: int | None
    number: int
    tier: str
    at: Instant
    met: tuple[Met, ...] = ()
    link: str = ""
    rounds: int = 0
    practice: int | None = None
    contacts: frozenset[str] = frozenset()
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: the same id for the same facts to the same recipient."""

    id: str
    channel: str
    to: str
    subject: str
    text: str
    json: dict[str, Json]


def recipient(fields: dict[str, Json]) -> Recipient:
    """The recipient that ``key``, ``channel``, ``to``, ``tiers`` and ``whats`` tell; ``practice`` and
    ``contact`` may be there.

    Raises:
        InputError: one line naming the field.
    """
    strange = sorted(fields.keys() - {"key", "channel", "to", "tiers", "whats", "practice", "contact"})
    if strange:
        raise InputError(f"{strange[0][:40]}: a recipient has no such field")
    channel, to, key = fields.get("channel"), fields.get("to"), fields.get("key")
    practice, contact = fields.get("practice"), fields.get("contact", "")
    if practice is not None and (type(practice) is not int or practice < 1):
        raise InputError(f"practice: {str(practice)[:40]!r}: want the number of a practice")
    if not isinstance(contact, str) or len(contact) > 60:
        raise InputError(f"contact: {str(contact)[:40]!r}: want the key of a person of a ladder")
    if not isinstance(key, str) or not re.fullmatch(r"[a-z0-9-]{1,40}", key):
        raise InputError(f"key: {str(key)[:40]!r}: want 1 to 40 of a-z, 0-9, -")
    if channel not in CHANNELS:
        raise InputError(f"channel: {str(channel)[:40]!r}: want one of {', '.join(CHANNELS)}")
    good = isinstance(to, str) and (
        _ADDRESS.match(to) if channel == EMAIL else _URL.match(to) or _LOCAL_URL.match(to)
    )
    if not good or not isinstance(to, str):
        want = "an e-mail address" if channel == EMAIL else "an https URL"
        given = repr(str(to)[:60]) if channel == EMAIL else place(str(to))  # what is behind may be a secret
        raise InputError(f"to: {given}: want {want}")
    return Recipient(
        key,
        str(channel),
        to,
        _words("tiers", fields.get("tiers"), TIERS[1:]),
        _words("whats", fields.get("whats"), WHATS),
        practice if isinstance(practice, int) else None,
        contact,
    )


def notices(recipients: Sequence[Recipient], occasion: Occasion) -> list[Notice]:
    """The notices of an occasion, in the order of the recipients who want to know of it."""
    return [
        _notice(one, occasion)
        for one in recipients
        if occasion.tier in one.tiers and occasion.what in one.whats and _concerns(one, occasion)
    ]


def _concerns(one: Recipient, occasion: Occasion) -> bool:
    here = one.practice is None or one.practice == occasion.practice
    return here and (one.contact == "" or one.contact in occasion.contacts)


def notice_id(one: Recipient, occasion: Occasion) -> str:
    """A UUID (version 8, RFC 9562) of the facts: who is told, of what, of which number, how often round."""
    told = (one.channel, one.to, occasion.what, occasion.tier, _name(occasion))
    which = (str(occasion.number), str(occasion.at), str(occasion.rounds))
    facts = "\x1f".join((*told, *which))
    raw = bytearray(hashlib.sha256(facts.encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


def _name(occasion: Occasion) -> str:
    return "unknown caller" if occasion.stream is None else stream_name(occasion.stream)


def _notice(one: Recipient, occasion: Occasion) -> Notice:
    name = _name(occasion)
    made = notice_id(one, occasion)
    what = f"{occasion.tier}: {name}" + (f", case {occasion.case}" if occasion.case else "")
    what += f", report {occasion.number}" if occasion.what == REPORT else ""
    what += f", telephone call {occasion.number}" if occasion.what == TELEPHONE else ""
    additional = NOT_URGENT if occasion.what == REPORT else ADDITIONAL
    lines = [
        f"{what}: {_SAID[occasion.what]}.",
        f"Since {to_iso(occasion.at)}.",
        *([f"Patient: {occasion.patient}"] if occasion.patient else []),
        *(f"- {met.words}" for met in occasion.met),
        *([f"Open it: {occasion.link}"] if occasion.link else []),
        "",
        additional,
        f"{occasion.center} · notice {made}",
    ]
    met: list[Json] = [
        {"criterion": m.criterion, "tier": m.tier, "value": m.value, "limit": m.limit, "unit": m.unit}
        for m in occasion.met
    ]
    body: dict[str, Json] = {
        "id": made,
        "additional": True,
        "sufficient": False,
        "what": occasion.what,
        "stream": None if occasion.stream is None else name,
        "case": occasion.case,
        "number": occasion.number,
        "tier": occasion.tier,
        "at": to_iso(occasion.at),
        "met": met,
        "link": occasion.link,
        "words": additional,
    }
    if occasion.patient:
        body["patient"] = occasion.patient
    return Notice(made, one.channel, one.to, f"[{occasion.center}] {what}", "\n".join(lines), body)


def _words(field: str, value: Json, known: Sequence[str]) -> frozenset[str]:
    if not isinstance(value, list) or not value or not set(map(str, value)) <= set(known):
        raise InputError(f"{field}: want a list of {', '.join(known)}")
    return frozenset(map(str, value))
