"""Lines of the audit about one patient, each with the hash before it: anybody can compute them (R42)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from einthoven.base.chain import GENESIS
from einthoven.base.ids import StreamId
from einthoven.center.audited import AuditAsked
from einthoven.edges.store.facts_audit import Ask, read_audit

PAGE: Final = 500
_RAW: Final = (
    "SELECT a.seq, a.at, a.actor, a.action, a.subject, a.detail, ifnull(a.deed, 0), a.hash, "
    "(SELECT b.hash FROM audit b WHERE b.seq = a.seq - 1) FROM audit a "
    "WHERE a.seq IN (SELECT value FROM json_each(?)) ORDER BY a.seq"
)


@dataclass(frozen=True, slots=True)
class ChainedLine:
    """A line as it is stored: ``detail`` the very text that is hashed; ``before`` the hash of the line before
    it."""

    seq: int
    at: int
    actor: str
    action: str
    subject: str
    detail: str
    deed: int
    hash: bytes
    before: bytes


def trail(ask: Ask, stream: StreamId) -> Iterator[ChainedLine]:
    """Every line about the patient of a stream, the oldest first."""
    seqs: list[int] = []
    below: int | None = None
    while True:
        found = read_audit(ask, AuditAsked(below=below, limit=PAGE, stream=stream))
        seqs += [line.seq for line in found.lines]
        if found.next is None:
            break
        below = found.next
    seqs.reverse()
    for first in range(0, len(seqs), PAGE):
        for row in ask(_RAW, json.dumps(seqs[first : first + PAGE])):
            seq, at, actor, action, subject, detail, deed, digest, before = row
            chained = digest, GENESIS if before is None else before
            yield ChainedLine(seq, at, actor, action, subject, detail, deed, *chained)


def head_of(ask: Ask) -> tuple[int, bytes]:
    """Number and hash of the last line of the audit."""
    found = ask("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    return (0, GENESIS) if not found else (int(found[0][0]), bytes(found[0][1]))
