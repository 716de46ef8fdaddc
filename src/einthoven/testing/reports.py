"""Fakes of what the life of reports needs, as real code: a maker of small reports, a store in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.ids import stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.center.report_ports import Made
from einthoven.escalation.signature import canonical
from einthoven.reports.life_due import Service
from einthoven.reports.life_states import About
from einthoven.reports.standing import Standing


@dataclass(slots=True)
class PaperMaker:
    """Makes reports of a few figures; a test changes them by raising ``edition``.

    Attributes:
        edition: of the figures, by stream; 1 where none is named.
        broken: why nothing can be made; ``""``: it can.
        made, set: what was made, and how often something was set.
    """

    edition: dict[int, int] = field(default_factory=dict)
    broken: str = ""
    made: list[About] = field(default_factory=list)
    set: list[Standing] = field(default_factory=list)
    write: Callable[[About, int], dict[str, object]] | None = None

    def stamp(self, about: About) -> str:
        """The edition of the stream's figures."""
        return str(self.edition.get(about.stream, 1))

    def make(self, about: About, note: str) -> Made:
        """A few figures."""
        if self.broken:
            raise InputError(self.broken)
        self.made.append(about)
        edition = self.edition.get(about.stream, 1)
        figures: dict[str, object] = {
            "kind": str(about.kind),
            "stream": stream_name(about.stream),
            "from": to_iso(about.start),
            "to": to_iso(about.stop),
            "beats": 100_000 + edition,
            "note": note,
        }
        if self.write is not None:
            figures |= self.write(about, edition)
        headline = f"AF burden 12 %, longest pause 2.{edition} s"
        return Made(canonical(json.loads(json.dumps(figures))), "paper 1", headline)

    def typeset(self, content: bytes, standing: Standing) -> bytes:
        """Something that begins like a PDF and holds what it was made of."""
        self.set.append(standing)
        return b"%PDF-1.7\n" + hashlib.sha256(content).digest() + repr(standing).encode()


@dataclass(slots=True)
class MemoryReports:
    """``ReportStore`` in memory."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def put(self, content: bytes) -> str:
        """Keep it."""
        digest = hashlib.sha256(content).hexdigest()
        self.kept[digest] = content
        return digest

    def get(self, digest: str) -> bytes:
        """What was kept; NotFoundError where nothing was."""
        if digest not in self.kept:
            raise NotFoundError(f"there is no report {digest[:64]!r} on file")
        return self.kept[digest]


@dataclass(slots=True)
class PaperServices:
    """``ReportFacts`` that a test tells.

    Attributes:
        told: the periods.
        until: until when samples of a stream are in; of others, until the end of time.
    """

    told: list[Service] = field(default_factory=list)
    until: dict[int, Instant | None] = field(default_factory=dict)

    def complete(self, service: Service) -> Instant | None:
        """As told."""
        return self.until.get(service.stream, service.stop or 1 << 62)

    def services(self, ended_since: Instant) -> Sequence[Service]:
        """Those that go on, or ended since."""
        return [one for one in self.told if one.stop is None or one.stop >= ended_since]
