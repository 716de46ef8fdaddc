"""The audit as a chain: each line carries a hash over the line before it, so that none changes unseen (R42).

The hash of a line is SHA-256 over the hash before it and the line in one fixed encoding: ``seq``, ``at``
and ``deed`` as signed 64-bit little-endian numbers (``deed`` 0 where the line is of no deed), then actor,
action, subject and detail in UTF-8, each behind its length in bytes as an unsigned 32-bit little-endian
number. Before the first line stands ``GENESIS``. Anybody can compute it again from the table alone.

It proves that the lines up to a hash are those that led to it. Who can write the file can also compute a new
chain; that is found against a hash (a *head*) that was kept elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from einthoven.base.errors import InputError

GENESIS = sha256(b"einthoven audit chain 1").digest()
"""What the first line is chained to."""
_NUMBERS = Struct("<32sqqq")
_LENGTH = Struct("<I")
_HEAD = re.compile(r"([0-9]{1,18}):([0-9a-fA-F]{64})")


def link(previous: bytes, seq: int, at: int, deed: int, texts: tuple[bytes, bytes, bytes, bytes]) -> bytes:
    """The hash of a line, 32 bytes.

    Args:
        previous: hash of the line before it, or ``GENESIS``.
        seq, at, deed: its number, its instant, the number of its deed or 0.
        texts: actor, action, subject and detail as stored, UTF-8.
    """
    parts = [_NUMBERS.pack(previous, seq, at, deed)]
    for text in texts:
        parts += (_LENGTH.pack(len(text)), text)
    return sha256(b"".join(parts)).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """A place of the chain: the number of a line and its hash; ``seq`` 0 is the chain without a line."""

    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read what ``str`` wrote; InputError otherwise."""
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise InputError(
                f"not a head of the audit: {text.strip()[:100]!r} (NUMBER:64 hexadecimal digits)"
            )
        return cls(int(found[1]), bytes.fromhex(found[2]))
