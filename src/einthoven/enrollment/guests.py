"""How the transmitter of another center's patient is called here: that name says whose guest a period is of.

It is in the facts before any deed tells of the guest, and so what a start goes on from (R15).
"""

from __future__ import annotations

import re
from typing import Final

from einthoven.base.errors import EnrollmentError, InputError
from einthoven.base.ids import StreamId, parse_stream, stream_name

PREFIX: Final = "center-"
_NAME: Final = re.compile(r"center-([1-9]\d{0,8})\.(s\d{6,10})\Z")


def transmitter_name(peer: int, theirs: StreamId) -> str:
    """How the transmitter of center ``peer``'s stream is called here: ``center-1.s000017``."""
    return f"{PREFIX}{peer}.{stream_name(theirs)}"


def guest_named(transmitter: str) -> tuple[int, StreamId] | None:
    """Whose guest the transmitter of such a name is, and which stream there; None for any other."""
    found = _NAME.match(transmitter) if transmitter.startswith(PREFIX) else None
    if found is None:
        return None
    try:
        return int(found[1]), parse_stream(found[2])
    except InputError:
        return None


def refuse_guest_name(transmitter: object) -> None:
    """Nobody enrolls a patient of this center under a guest's name: their service would not be this center's.

    Raises:
        EnrollmentError: the name is a guest's.
    """
    if isinstance(transmitter, str) and guest_named(transmitter.strip()) is not None:
        raise EnrollmentError(f"transmitter: {transmitter!r} is how guests of another center are called")
