"""How FHIR reaches the orders: what is posted, and what became of it (R29, R41)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from einthoven.center.desk_door import Who
from einthoven.enrollment.order_states import OrderRecord


@dataclass(frozen=True, slots=True)
class PostedOrder:
    """One order of what was posted.

    Attributes:
        record: as it stands now.
        fresh: whether it is a new one.
        origin: where its request stands: ``ServiceRequest``, ``Bundle.entry[2].resource``.
        words: more to be said of it.
    """

    record: OrderRecord
    fresh: bool
    origin: str
    words: str = ""


class OrderDoor(Protocol):
    """Takes orders over FHIR; called on the event loop."""

    async def post(self, who: Who, given: Mapping[str, object], raw: bytes) -> Sequence[PostedOrder]:
        """Take a ServiceRequest, or those of a transaction Bundle; returns once they are durable.

        Args:
            given: what was posted; ``raw``: its bytes, which are kept.

        Raises:
            InputError: nothing of it can be taken; a ``MessageError`` names the place.
            StoreError, OSError: it could not be kept now.
        """
        ...
