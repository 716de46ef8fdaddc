"""What the life of reports needs of the world: who makes and sets them, where they lie, who is in service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from einthoven.base.instants import Instant
from einthoven.reports.life_due import Service
from einthoven.reports.life_states import About
from einthoven.reports.standing import Standing


@dataclass(frozen=True, slots=True)
class Made:
    """The values of a report.

    Attributes:
        content: canonical JSON, UTF-8: the same figures give the same bytes.
        analysis: version of the analysis that made them.
        headline: what stands out, one line without the patient's name; ``""`` for nothing.
    """

    content: bytes
    analysis: str
    headline: str = ""


class ReportMaker(Protocol):
    """Makes reports of what is stored, and sets them. Called on one thread, one call after another."""

    def stamp(self, about: About) -> str:
        """What a report would be made from now, in a word that changes when that may have: cheap, it is asked
        again and again for every report whose figures may still change."""
        ...

    def make(self, about: About, note: str) -> Made:
        """The values of a report of a day (``about.which`` its local date, ``start`` and ``stop`` the part
        that was worn), of a case (``which`` its number) or of a whole period.

        Args:
            note: what is missing in it.

        Raises:
            EinthovenError: it cannot be made now; it is tried again.
        """
        ...

    def typeset(self, content: bytes, standing: Standing) -> bytes:
        """The PDF of a content: the same of the same content and standing."""
        ...


class ReportStore(Protocol):
    """Contents and PDFs of reports, each under its SHA-256; called on threads."""

    def put(self, content: bytes) -> str:
        """Keep it, durable on return; its digest.

        Raises:
            StoreError: there is no room.
            OSError: it could not be written.
        """
        ...

    def get(self, digest: str) -> bytes:
        """NotFoundError where there is none, StoreDamagedError where it is not what was put there."""
        ...


class ReportFacts(Protocol):
    """Who is in service; called on the maker's thread."""

    def services(self, ended_since: Instant) -> Sequence[Service]:
        """Periods that go on, or that ended at ``ended_since`` or later."""
        ...

    def complete(self, service: Service) -> Instant | None:
        """Every sample acquired before this is stored, or declared lost; None: not known."""
        ...
