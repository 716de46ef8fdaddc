"""Findings of one stream as the patient page is told of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from einthoven.base.instants import MILLISECOND, Instant
from einthoven.center.found import Withdrawal
from einthoven.center.live_findings import LiveFinding, State
from einthoven.ecg.kinds import BY_NAME
from einthoven.edges.web.evidence import Evidence

FINDINGS_MAX: Final = 1000
"""Findings of one answer: half a megabyte."""
FINDINGS_DEFAULT: Final = 200
FINDINGS_LEAST: Final = 10
"""More than begin at one sample."""


def findings_body(
    rows: Sequence[LiveFinding],
    start: int,
    limit: int,
    time_of: Callable[[int], Instant | None],
    evidence: Mapping[str, Evidence],
) -> State:
    """The answer over ``rows``, which are one more than ``limit`` where there are more.

    What begins at one sample is never torn apart, so that ``next`` misses nothing: the page leaves out what
    it has by its ``id``.
    """
    more = len(rows) > limit
    kept = rows[:limit]
    goes_on = max(rows[limit].start, start + 1) if more else None
    if goes_on is not None:
        kept = [finding for finding in kept if finding.start < goes_on]
    told = [_finding(finding, time_of, evidence[finding.id]) for finding in kept]
    body: State = {"findings": told, "truncated": more}
    if goes_on is not None:
        body["next"] = goes_on
    return body


def _finding(finding: LiveFinding, time_of: Callable[[int], Instant | None], evidence: Evidence) -> State:
    kind = BY_NAME.get(finding.kind)
    values = () if kind is None else kind.values
    return {
        "id": finding.id,
        "kind": finding.kind,
        "words": finding.words,
        "priority": finding.priority,
        "start": finding.start,
        "end": finding.end,
        "opened_ms": _ms(time_of(finding.start)),
        "closed_ms": None if finding.end is None else _ms(time_of(finding.end)),
        "state": finding.state,
        "told_as": list(finding.told_as),
        "withdrawn": _withdrawn(finding.withdrawal, time_of),
        "values": dict(finding.values),
        "units": {value.name: value.unit for value in values if value.unit},
        "limits": dict(finding.limits),
        "strip": list(finding.strip),
        "leads": evidence.leads,
        "beats": evidence.beats,
        "rule": finding.rule,
        "version": finding.version,
    }


def _withdrawn(gone: Withdrawal | None, time_of: Callable[[int], Instant | None]) -> State | None:
    """Why a finding does not hold, and when that was known, as far as it is."""
    if gone is None:
        return None
    at = gone.at if gone.sample is None else time_of(gone.sample)
    return {"reason": str(gone.reason), "words": gone.words, "at_ms": _ms(at)}


def _ms(at: Instant | None) -> int | None:
    return None if at is None else at // MILLISECOND
