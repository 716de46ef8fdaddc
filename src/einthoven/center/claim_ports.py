"""What claims need of the world: what was ordered, measured and determined of a service, and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.billing.claim import Provider
from einthoven.billing.facts import ClaimSeen
from einthoven.billing.family import Family
from einthoven.billing.service import ServiceRecord
from einthoven.center.service_record import Stored
from einthoven.enrollment.order import Order


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a claim is made of and judged by.

    Attributes:
        order: its number, and the order; None where the service has none.
        reader: who signed the summary report.
        family: by what was measured, on the date of service.
    """

    record: ServiceRecord
    order: tuple[int, Order] | None = None
    family: Family | None = None
    reader: Provider | None = None


class ClaimSource(Protocol):
    """Where evidence comes from."""

    def ended(self, since: Instant) -> Sequence[StreamId]:
        """Streams whose service period ended at ``since`` or later; on a thread."""
        ...

    def stored(self, stream: StreamId) -> Stored:
        """What facts and store say of a period; on a thread. NotFoundError where there is no such stream."""
        ...

    def ordered(self, stream: StreamId) -> bool:
        """Whether a service stands on an order that is here; on the loop."""
        ...

    def evidence(self, stored: Stored, now: Instant) -> Evidence:
        """Everything else, of the books; on the loop."""
        ...

    def determine(self, evidence: Evidence, day: str, seen: ClaimSeen) -> Mapping[str, Any] | None:
        """What the payer's policy says of a claim for a date of service, as JSON; None: no policies are
        held."""
        ...
