"""What the routes of reports need of the center."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class ReportDoor(Protocol):
    """Figures and PDFs of reports."""

    def get(self, digest: str) -> bytes:
        """What is on file under a SHA-256; called on the reading threads. NotFoundError where nothing is."""
        ...

    def preliminary(self, number: int) -> Callable[[], bytes]:
        """How to set a report as it stands now; called on the event loop, and what it returns on a thread."""
        ...
