"""Rows of the facts as values and back: layouts, events, periods."""

from __future__ import annotations

import json
from typing import Any, Final

from einthoven.base.layout import Layout, Lead
from einthoven.center.ports import StreamFacts
from einthoven.enrollment.periods import Decision, Ending, ServicePeriod
from einthoven.enrollment.register import KnownPeriod

KINDS: Final = {"mark": 1, "status": 2, "hole": 3}
"""Kind of an event → how it is stored; the numbers of the link."""
KIND_NAMES: Final = {number: name for name, number in KINDS.items()}

PERIOD_COLUMNS: Final = (
    "p.id, p.patient, p.transmitter, s.id, p.started, p.limit_at, p.ended, p.cause "
    "FROM service_period p JOIN stream s ON s.period = p.id"
)
KNOWN_COLUMNS: Final = (
    "p.id, p.patient, p.transmitter, s.id, p.started, p.limit_at, p.ended, p.cause, s.declared, s.origin, "
    "json_extract(p.decision, '$.inputs.order'), "
    "EXISTS(SELECT 1 FROM event e WHERE e.stream = s.id AND e.kind = 1) "
    "FROM service_period p JOIN stream s ON s.period = p.id"
)
STREAM_COLUMNS: Final = (
    "s.id, p.transmitter, s.public_key, s.layout, s.declared, s.recording, s.origin, t.name, "
    "p.ended, p.started FROM stream s "
    "JOIN service_period p ON p.id = s.period JOIN patient t ON t.id = p.patient"
)


def compact(value: object) -> str:
    """JSON without blanks, any script as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def layout_text(layout: Layout) -> str:
    """A layout as JSON."""
    leads = [
        [lead.name, lead.gain, lead.baseline, lead.resolution, lead.adc_zero, lead.units]
        for lead in layout.leads
    ]
    return compact({"rate_mhz": layout.rate_mhz, "leads": leads})


def layout_of(text: str) -> Layout:
    """The layout that ``layout_text`` wrote."""
    fields = json.loads(text)
    return Layout(fields["rate_mhz"] / 1000, tuple(Lead(*lead) for lead in fields["leads"]))


def decision_text(decision: Decision) -> str:
    """A decision as JSON, for the period that came of it."""
    return compact(
        {
            "rule": decision.rule,
            "version": decision.version,
            "inputs": dict(decision.inputs),
            "outcome": decision.outcome,
            "reasons": decision.reasons,
        }
    )


def signed(number: int) -> int:
    """An unsigned 64-bit number as SQLite keeps it."""
    return number - 2**64 if number >= 2**63 else number


def unsigned(number: int) -> int:
    """The number that ``signed`` kept."""
    return number + 2**64 if number < 0 else number


def period_of(row: Any) -> ServicePeriod:
    """The period in a row of ``PERIOD_COLUMNS``."""
    number, patient, transmitter, stream, started, limit, ended, cause = row
    return ServicePeriod(
        number, patient, transmitter, stream, started, limit, ended, None if cause is None else Ending(cause)
    )


def known_of(row: Any) -> KnownPeriod:
    """The period in a row of ``KNOWN_COLUMNS``; one by telephone was a service once a strip came."""
    *columns, declared, origin, order, marked = row
    period = period_of(columns)
    if period.telephone:
        declared, origin = marked, None
    return KnownPeriod(period, bool(declared), origin, None if order is None else int(order))


def stream_of(row: Any) -> StreamFacts:
    """The stream in a row of ``STREAM_COLUMNS``."""
    stream, transmitter, key, layout, declared, recording, origin, patient, ended, started = row
    return StreamFacts(
        stream=stream,
        transmitter=transmitter,
        public_key=bytes(key),
        layout=layout_of(layout),
        declared=bool(declared),
        recording=unsigned(recording),
        origin=origin,
        patient=patient,
        open=ended is None,
        since=started,
    )
