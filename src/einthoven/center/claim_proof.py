"""What was measured and determined of a service, as JSON beside its claim (R39, R40)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from einthoven.base.deeds import Json
from einthoven.base.instants import MILLISECOND
from einthoven.billing.family import family_json
from einthoven.billing.service import ServiceRecord
from einthoven.center.claim_ports import Evidence


def proof(evidence: Evidence, determination: Mapping[str, Any] | None) -> Mapping[str, Json]:
    """Everything that a person who looks at a claim wants to see of its service."""
    record = evidence.record
    made: dict[str, Any] = {
        "first_day": record.first_day,
        "last_day": record.last_day,
        "record": _record(record),
        "family": None if evidence.family is None else family_json(evidence.family),
        "determination": None if determination is None else dict(determination),
        "order": None if evidence.order is None else evidence.order[0],
    }
    return cast("Mapping[str, Json]", made)


def _record(record: ServiceRecord) -> dict[str, Any]:
    sent, watched, told, reports = (
        record.transmission,
        record.attendance,
        record.notifications,
        record.reports,
    )
    return {
        "period": record.period,
        "started_ms": record.started // MILLISECOND,
        "ended_ms": None if record.ended is None else record.ended // MILLISECOND,
        "zone": record.zone,
        "recorded_h": round(record.recorded_s / 3600, 2),
        "longest_h": round(record.longest_s / 3600, 2),
        "immediate": None if sent is None else round(sent.immediate, 6),
        "p99_s": None if sent is None else round(sent.p99_s, 3),
        "watched": None if watched is None else round(watched.watched, 6),
        "displayed": None if watched is None else round(watched.displayed, 6),
        "gaps": None if watched is None else len(watched.gaps),
        "told": None if told is None else [told.with_action, told.due],
        "daily": None if reports is None else [reports.daily_made, reports.daily_due],
        "urgent": None if reports is None else [reports.urgent_made, reports.urgent_due],
        "summary_ms": None
        if reports is None or reports.summary_signed is None
        else reports.summary_signed // MILLISECOND,
        "watchers": len(record.watchers),
        "in_us": record.in_us,
        "supervisor": record.supervisor,
        "plans": [kind for kind, _ in record.plans],
        "interruptions": len(record.interruptions),
    }
