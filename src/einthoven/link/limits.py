"""Numbers of the link: versions, types, codes and limits, each limit with its reason (``docs/wire.md``)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from einthoven.base.instants import HOUR, SECOND, Duration

VERSION: Final = 1
"""First byte of every frame; a frame of another version is refused, never guessed at."""

HEADER_BYTES: Final = 8
"""version, type, flags, aux, CRC-32."""
SAMPLES_HEADER_BYTES: Final = 24
"""Where the payload of a SAMPLES frame begins."""
MAX_FRAME_BYTES: Final = 65_536
"""Longest frame. Bounds what one transmitter can make the center hold before it is checked."""
MAX_SAMPLES: Final = 10_000
"""Most samples per lead in one frame: 10 s at 1000 Hz; longer frames would delay live samples behind them."""
MAX_LEADS: Final = 12
MAX_INDEX: Final = 2**40
"""One past the highest sample index: 34 years at 1000 Hz, far inside 64-bit and float64 arithmetic."""
MAX_SPANS: Final = 256
"""Most spans in a WELCOME or ACK: bounds the frame; older spans are left out of a WELCOME and said to be."""
MAX_EVENT: Final = 2**32 - 1

TRANSMITTER_BYTES: Final = 64
FIRMWARE_BYTES: Final = 64
LEAD_NAME_BYTES: Final = 24
UNITS_BYTES: Final = 16
SYMPTOM_BYTES: Final = 32
TEXT_BYTES: Final = 200
"""Strings carry one length byte; these bounds keep every frame but SAMPLES, WELCOME and ACK under 1 kB."""

NONCE_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
IDENTITY_BYTES: Final = 32

HELLO_TIMEOUT: Final[Duration] = 10 * SECOND
"""From connection to HELLO, and from WELCOME to LAYOUT: one that proves nothing holds no memory longer."""
SILENCE_TIMEOUT: Final[Duration] = 90 * SECOND
"""Without any frame the connection is dead: a clock exchange is due every minute, plus half a minute."""
BAD_FRAMES_MAX: Final = 8
"""Malformed or refused frames on one connection before it is closed: a defect, not an accident."""
FUTURE_TOLERANCE: Final[Duration] = HOUR
"""How far ahead of the center's clock a sample may claim to lie; wider than any honest clock error."""
JUMP_SECONDS_MAX: Final = 31 * 24 * 3600
"""How far beyond the highest accepted sample a frame may start: one service period (30 days) and a day."""
WINDOW_SECONDS: Final = 60
"""Default backlog window: seconds of ECG unacknowledged in the backlog lane; 20× real time needs 3 s for each
150 ms from frame to acknowledgement."""


class FrameType(IntEnum):
    """Second byte of every frame."""

    CHALLENGE = 1
    HELLO = 2
    WELCOME = 3
    LAYOUT = 4
    SAMPLES = 5
    ACK = 6
    EVENT = 7
    CLOCK_QUERY = 8
    CLOCK_REPLY = 9
    CREDIT = 10
    REFUSE = 11
    GOODBYE = 12


class Codec(IntEnum):
    """``aux`` byte of a SAMPLES frame: how its payload is written."""

    PLAIN = 0
    RICE = 1


class EventKind(IntEnum):
    """What an EVENT frame tells."""

    MARK = 1
    STATUS = 2
    HOLE = 3


class Cause(IntEnum):
    """Why samples of a declared hole were never recorded."""

    POWER = 1
    LEAD_OFF = 2
    STORAGE = 3
    RESET = 4
    REMOVED = 5
    OTHER = 6


class Severity(IntEnum):
    """How bad the patient says the symptom is."""

    UNKNOWN = 0
    MILD = 1
    MODERATE = 2
    SEVERE = 3


class Code(IntEnum):
    """Codes of REFUSE and GOODBYE; the hyphenated lower-case name is what logs and counters show."""

    DONE = 0
    MALFORMED = 1
    IDENTITY = 2
    ENDED = 3
    SUPERSEDED = 4
    ORDER = 5
    LAYOUT_FIRST = 6
    LAYOUT_CONFLICT = 7
    LAYOUT_ENROLLED = 8
    LEADS = 9
    FUTURE = 10
    EVENT_ORDER = 11
    GARBAGE = 12
    HELLO_LATE = 13
    SILENT = 14
    BUSY = 15
    SHUTDOWN = 16
    CLOCK = 17
    PAYLOAD = 18

    @property
    def text(self) -> str:
        """``layout-conflict`` for ``LAYOUT_CONFLICT``."""
        return self.name.lower().replace("_", "-")


FATAL: Final = frozenset(
    {
        Code.IDENTITY,
        Code.ENDED,
        Code.SUPERSEDED,
        Code.ORDER,
        Code.LAYOUT_CONFLICT,
        Code.LAYOUT_ENROLLED,
        Code.GARBAGE,
        Code.HELLO_LATE,
        Code.SILENT,
        Code.BUSY,
        Code.SHUTDOWN,
    }
)
"""Refusals after which the connection is over."""

PERMANENT: Final = frozenset({Code.IDENTITY, Code.ENDED, Code.LAYOUT_CONFLICT, Code.LAYOUT_ENROLLED})
"""Codes after which connecting again soon cannot help: a command gives up and says why; what a patient wears
tells its wearer and goes on trying at the longest back-off."""

REASONS: Final = (
    "good",
    "short",
    "long",
    "version",
    "type",
    "crc",
    "flags",
    "reserved",
    "count",
    "leads",
    "index",
    "codec",
    "payload",
    "trailing",
    "text",
    "value",
    "spans",
    "layout",
)
"""Reason codes of a malformed frame; the position is the number that ``batch.parse`` reports."""
