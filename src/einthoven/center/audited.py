"""What is asked of the audit, and what of it is found: newest first, a page at a time (R42)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.enrollment.register import AuditLine

PAGE_MAX = 500
"""Lines of one answer."""


@dataclass(frozen=True, slots=True)
class AuditAsked:
    """Which lines of the audit.

    Attributes:
        below: lines numbered below this; None: from the newest on.
        limit: at most so many.
        stream: about its patient, their cases and their person; None: about anything.
        person: by this actor or about them (``staff 3``); ``""``: by anybody.
        kinds: actions (``watch.lost``) or beginnings of them (``watch.``), one of which it is; none: any.
        since, until: from then, and before then; None: without that end.
    """

    below: int | None = None
    limit: int = 100
    stream: StreamId | None = None
    person: str = ""
    kinds: tuple[str, ...] = ()
    since: Instant | None = None
    until: Instant | None = None

    def holds(self, line: AuditLine, subjects: frozenset[str] | None) -> bool:
        """Whether a line is among them, whatever the limit; ``subjects`` are those of the stream."""
        return (
            (self.below is None or line.seq < self.below)
            and (subjects is None or line.subject in subjects)
            and self.person in ("", line.actor, line.subject)
            and (not self.kinds or any(is_of(line.action, kind) for kind in self.kinds))
            and (self.since is None or line.at >= self.since)
            and (self.until is None or line.at < self.until)
        )


def is_of(action: str, kind: str) -> bool:
    """Whether an action is one, or begins like one that ends with a point."""
    return action.startswith(kind) if kind.endswith(".") else action == kind


@dataclass(frozen=True, slots=True)
class AuditFound:
    """Lines, newest first, and ``below`` of the next answer, None where there are no older ones."""

    lines: Sequence[AuditLine]
    next: int | None


def selected(lines: Sequence[AuditLine], asked: AuditAsked) -> AuditFound:
    """The same over lines in memory, by number; every other reader of the audit answers as this does."""
    subjects = None if asked.stream is None else frozenset(_subjects(lines, asked.stream))
    found = [line for line in reversed(lines) if asked.holds(line, subjects)]
    more = len(found) > asked.limit
    return AuditFound(found[: asked.limit], found[asked.limit - 1].seq if more else None)


def _subjects(lines: Sequence[AuditLine], stream: StreamId) -> Iterator[str]:
    """What lines about the patient of a stream call themselves about."""
    name = stream_name(stream)
    yield name
    for line in lines:
        if line.action == "case.opened" and line.detail.get("stream") == stream:
            yield line.subject
        elif line.action == "period.open" and line.subject == name and "patient" in line.detail:
            yield f"patient {line.detail['patient']}"
