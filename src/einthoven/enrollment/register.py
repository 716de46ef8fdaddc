"""An enrollment as it stands in the facts: stream, period, patient and physician together."""

from __future__ import annotations

from dataclasses import dataclass

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.enrollment.people import OrderingPhysician, Patient
from einthoven.enrollment.periods import ServicePeriod


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Whose samples a stream holds, and by whose order.

    Attributes:
        stream: the stream.
        period: its service period.
        patient: the patient as known now.
        physician: who ordered it, where that was given.
    """

    stream: StreamId
    period: ServicePeriod
    patient: Patient
    physician: OrderingPhysician | None


@dataclass(frozen=True, slots=True)
class KnownPeriod:
    """A service period as the center's own register has it, with what tells which test it was (R5, R33).

    Attributes:
        period: the period.
        declared: whether its transmitter ever said what it sends; before that no sample can come, so a period
            that ended without it was no service. Of one by telephone: whether a strip came.
        origin: when the first sample was taken, of a recording that was made before and sent later; None: of
            one that came as it was made.
        order: number of the order under which it was opened, None without.
    """

    period: ServicePeriod
    declared: bool = True
    origin: Instant | None = None
    order: int | None = None

    @property
    def served(self) -> bool:
        """Whether it is, or can still become, a service."""
        return self.declared or self.period.ended is None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One change of the facts, or one look at a patient's data (R42): written with it, never altered.

    Attributes:
        seq: its number, rising.
        at: when.
        actor: who: a person, a transmitter, or ``center``.
        action: what was done, e.g. ``period.end``.
        subject: to what, e.g. ``s000017`` or ``patient 3``.
        detail: JSON-ready fields; what a value was before, where one was replaced.
        deed: number of the deed that it is of, 0 for none.
        hash: over the line and the hash before it, 32 bytes (``base.chain``).
    """

    seq: int
    at: Instant
    actor: str
    action: str
    subject: str
    detail: dict[str, object]
    deed: int = 0
    hash: bytes = b""
