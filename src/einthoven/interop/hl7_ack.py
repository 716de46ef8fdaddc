"""Acknowledgements of HL7 v2, original and enhanced mode (HL7 v2.5.1 chapters 2.9.2, 2.9.3, 2.15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from einthoven.base.errors import MessageError
from einthoven.base.instants import Instant
from einthoven.interop import hl7v2
from einthoven.interop.hl7_time import stamp
from einthoven.interop.hl7v2 import Line, Message

TAKEN: Final = frozenset({"AA", "CA"})
CODES: Final = frozenset({"AA", "AE", "AR", "CA", "CE", "CR"})
"""Table 0008: accept, error (of the content), reject (of the kind of message, or of this system now)."""
_REJECTED: Final = frozenset({200, 201, 202, 203, 207})
_WHEN: Final = frozenset({"", "AL", "NE", "ER", "SU"})


@dataclass(frozen=True, slots=True)
class Header:
    """What an acknowledgement repeats of the message that it answers; ``""`` where that could not be read.

    Attributes:
        application, facility: of the sender (MSH-3, MSH-4).
        to_application, to_facility: of the receiver (MSH-5, MSH-6).
        code, event: of the message (MSH-9).
        control: its control id (MSH-10).
        processing: ``P``, ``T`` or ``D`` (MSH-11).
        version: of HL7 (MSH-12).
        accept: when the sender wants an accept acknowledgement (MSH-15); ``""``: original mode.
    """

    application: str = ""
    facility: str = ""
    to_application: str = ""
    to_facility: str = ""
    code: str = ""
    event: str = ""
    control: str = ""
    processing: str = "P"
    version: str = hl7v2.VERSION
    accept: str = ""

    @property
    def enhanced(self) -> bool:
        """Whether the sender speaks the enhanced mode: it is answered with CA, CE or CR."""
        return bool(self.accept)


def header(message: Message) -> Header:
    """The header of a message.

    Raises:
        MessageError: a field of it that must be there is not, or holds what none of its values is.
    """
    told = Header(
        message.get("MSH", 3),
        message.get("MSH", 4),
        message.get("MSH", 5),
        message.get("MSH", 6),
        message.get("MSH", 9),
        message.get("MSH", 9, 2),
        message.get("MSH", 10),
        message.get("MSH", 11) or "P",
        message.get("MSH", 12) or hl7v2.VERSION,
        message.get("MSH", 15).strip().upper(),
    )
    if not told.control:
        raise MessageError("MSH[1]-10", "is missing: without a control id nothing can be acknowledged", 101)
    if not told.code:
        raise MessageError("MSH[1]-9", "is missing: of what type is the message?", 101)
    if told.accept not in _WHEN:
        raise MessageError("MSH[1]-15", f"{told.accept[:20]!r} is not AL, NE, ER or SU", 103)
    return told


def header_or_what_there_is(message: Message) -> Header:
    """The header of a message whose header is at fault, as far as it can be read."""

    def read(field: int, component: int = 1) -> str:
        try:
            return message.get("MSH", field, component)
        except MessageError:
            return message.raw("MSH", field, component)

    return Header(read(3), read(4), read(5), read(6), read(9), read(9, 2), read(10), read(11) or "P")


def answer(told: Header, error: MessageError | None, control: str, at: Instant, zone: tzinfo) -> bytes | None:
    """The acknowledgement, or None where the sender wants none.

    Args:
        error: why the message is not taken; None: it is kept, and whoever sent it may forget it.
        control: control id of the answer.
    """
    if told.accept == "NE" or (told.accept, error is None) in {("ER", True), ("SU", False)}:
        return None
    code = "A" if error is None else ("R" if error.code in _REJECTED else "E")
    code = ("C" if told.enhanced else "A") + code
    lines: list[Line] = [
        (
            "MSH",
            {
                3: told.to_application,
                4: told.to_facility,
                5: told.application,
                6: told.facility,
                7: stamp(at, zone),
                9: ("ACK", told.event, "ACK") if told.event else ("ACK", "", "ACK"),
                10: control,
                11: told.processing,
                12: hl7v2.VERSION,
            },
        ),
        ("MSA", {1: code, 2: told.control}),
    ]
    if error is not None:
        words = str(error)[:250]
        lines.append(("ERR", {2: place_of(error.where), 3: _condition(error.code), 4: "E", 8: words}))
    return hl7v2.write(lines, None)


def _condition(code: int) -> tuple[str, str, str]:
    words = {
        100: "Segment sequence error",
        101: "Required field missing",
        102: "Data type error",
        103: "Table value not found",
        200: "Unsupported message type",
        201: "Unsupported event code",
        202: "Unsupported processing id",
        203: "Unsupported version id",
        204: "Unknown key identifier",
        205: "Duplicate key identifier",
        207: "Application internal error",
    }
    return str(code), words.get(code, "Application internal error"), "HL70357"


def place_of(where: str) -> tuple[str, ...]:
    """ERR-2 of ``PID[1]-7``: segment, its number, field."""
    segment, _, rest = where.partition("[")
    number, _, field = rest.rstrip("]").partition("]-")
    if len(segment) != 3:
        return ("",)
    return (segment, number or "1", field) if field else (segment, number or "1")


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a receiver said.

    Attributes:
        code: of ``CODES``.
        control: of the message that it answers.
        words: what else it said.
    """

    code: str
    control: str
    words: str

    @property
    def taken(self) -> bool:
        """Whether it answers for the message from now on."""
        return self.code in TAKEN


def acknowledged(message: Message) -> Acknowledged:
    """An acknowledgement, taken apart.

    Raises:
        MessageError: the message is none, or its code is.
    """
    if "MSA" not in message.names():
        raise MessageError("MSA", "is missing: this is no acknowledgement", 100)
    code = message.get("MSA", 1).strip().upper()
    if code not in CODES:
        raise MessageError("MSA[1]-1", f"{code[:20]!r} is not {', '.join(sorted(CODES))}", 103)
    said = [message.get("MSA", 3)]
    for of in range(1, min(message.count("ERR"), 5) + 1):
        said += [message.get("ERR", 3, 2, of=of), message.get("ERR", 7, of=of), message.get("ERR", 8, of=of)]
    return Acknowledged(code, message.get("MSA", 2), " ".join(" ".join(said).split()))
