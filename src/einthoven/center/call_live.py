"""What the call room holds of one call: its line, its ear, who listens, what waits (R6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from einthoven.base.instants import Instant
from einthoven.center.call_ear import CallEar
from einthoven.center.call_ports import Ear, LineCall
from einthoven.center.call_world import Part


@dataclass(slots=True)
class Live:
    """A call whose sound comes, or is not all heard yet.

    Attributes:
        line: None once it is down.
        waiting: parts that are not on the disk yet.
        to_hear: parts that are, and were not heard yet.
        hearing: whether its ear is at work.
        stored: whether all so far is on the disk.
        over: nothing more comes.
        ears: who listens, by a number of their own.
    """

    number: int
    line: LineCall | None
    ear: CallEar
    waiting: list[Part] = field(default_factory=list)
    to_hear: list[Part] = field(default_factory=list)
    since: Instant | None = None
    hearing: bool = False
    writing: bool = False
    stored: bool = True
    over: bool = False
    digits: str = ""
    ears: dict[int, tuple[int, Ear]] = field(default_factory=dict)
    sounded: bool = False

    @property
    def done(self) -> bool:
        """Whether all of it was heard."""
        return self.over and not (self.waiting or self.to_hear or self.hearing or self.writing)


def merged(parts: Sequence[Part]) -> list[Part]:
    """The same with sound in a row as one part, of the time at which its first came."""
    told: list[Part] = []
    for part in parts:
        last = told[-1] if told else None
        if last is not None and last.kind == part.kind and part.kind in ("mu", "a"):
            told[-1] = Part(part.kind, last.at, last.data + part.data)
        elif last is not None and last.kind == part.kind == "lost":
            told[-1] = Part("lost", last.at, b"", last.count + part.count)
        else:
            told.append(part)
    return told
