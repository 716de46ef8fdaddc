"""Whether patients can telephone at all: which lines are down, since when and why (R6, R44)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from einthoven.base.instants import MILLISECOND, SECOND, Instant


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line on which nobody is heard: since when, and why."""

    since: Instant
    why: str


@dataclass(slots=True)
class LineFaults:
    """Lines of the center and what is wrong with them; written by who keeps the lines open alone.

    Attributes:
        lines: those that are set up, by name.
        faults: of those that are down.
    """

    lines: tuple[str, ...] = ()
    faults: dict[str, LineFault] = field(default_factory=dict)

    def down(self, line: str, why: str, now: Instant) -> bool:
        """A line is down; whether that, or the reason for it, is new."""
        before = self.faults.get(line)
        self.faults[line] = LineFault(now if before is None else before.since, why)
        return before is None or before.why != why

    def up(self, line: str) -> bool:
        """A line is up; whether it was down."""
        return self.faults.pop(line, None) is not None

    def reasons(self, now: Instant) -> list[str]:
        """Why patients cannot telephone, a line each (``/readyz``)."""
        return [
            f"telephone: the line {line} is down since {(now - fault.since) // SECOND} s: {fault.why}"
            for line, fault in self.faults.items()
        ]

    def none_left(self) -> str:
        """Why no line is up at all; ``""`` while one is, and where none is set up."""
        if not self.lines or not set(self.lines) <= self.faults.keys():
            return ""
        return "no line is up: " + "; ".join(f"{line}: {one.why}" for line, one in self.faults.items())

    def shape(self) -> list[dict[str, Any]]:
        """For every page: the lines that are down."""
        return [
            {"line": line, "since_ms": fault.since // MILLISECOND, "why": fault.why}
            for line, fault in self.faults.items()
        ]
