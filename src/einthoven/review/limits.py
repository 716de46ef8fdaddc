"""How long a case may wait for whom: a table the center may set, with the reason of each number.

Domain G.2: a technician has seen an emergent alarm within 2 minutes, the physician's telephone rings
within 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from einthoven.base.errors import FaultsError
from einthoven.base.instants import HOUR, MINUTE, SECOND, Duration
from einthoven.review.facts import Tier


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one tier.

    Attributes:
        untouched: nobody holds it so long: it escalates, and again after every such time.
        warn: held so long without a verdict: its holder is warned.
        held: held so long without a verdict: it goes back to the list.
        decided: judged and nothing follows so long: it escalates.
        overread: the second reading is due within this.
        why: of the numbers.
    """

    untouched: Duration
    warn: Duration
    held: Duration
    decided: Duration
    overread: Duration
    why: str


Limits = Mapping[Tier, Limit]
SHIPPED: Limits = {
    Tier.EMERGENT: Limit(
        2 * MINUTE,
        2 * MINUTE,
        4 * MINUTE,
        MINUTE,
        15 * MINUTE,
        "acknowledged within 2 min, so that the physician's telephone rings within 10",
    ),
    Tier.URGENT: Limit(
        10 * MINUTE,
        10 * MINUTE,
        20 * MINUTE,
        5 * MINUTE,
        24 * HOUR,
        "told within half an hour, with time for one who is on the telephone",
    ),
    Tier.TECHNICAL: Limit(
        15 * MINUTE,
        20 * MINUTE,
        40 * MINUTE,
        30 * MINUTE,
        24 * HOUR,
        "a patient without electrodes is unseen; calling one takes minutes",
    ),
    Tier.DAILY: Limit(
        8 * HOUR,
        30 * MINUTE,
        60 * MINUTE,
        60 * MINUTE,
        24 * HOUR,
        "read within the shift that it came in, for the report of the day",
    ),
}
ESCALATIONS_MOST = 5
"""So often a case escalates; it stays first of its tier whatever follows."""
UNDO: Duration = MINUTE
"""So long a verdict may be taken back, while nobody was told of it."""


def checked(limits: Limits) -> Limits:
    """The table, when it holds together.

    Raises:
        FaultsError: a tier is missing, a limit is not positive, a holder would be warned after the case was
            taken away, or a graver tier would wait longer; every fault in a line.
    """
    faults = [f"limits: {tier}: missing" for tier in Tier if tier not in limits]
    times = [field.name for field in fields(Limit) if field.name != "why"]
    for tier, limit in limits.items():
        faults += [
            f"limits: {tier}.{name}: {getattr(limit, name) / SECOND:g} s: must be positive"
            for name in times
            if getattr(limit, name) <= 0
        ]
        if limit.warn >= limit.held:
            faults.append(f"limits: {tier}.warn: must be shorter than held")
    if not faults:
        faults += [
            f"limits: {graver}.untouched: longer than of {milder}"
            for graver, milder in zip(tuple(Tier), tuple(Tier)[1:], strict=False)
            if limits[graver].untouched > limits[milder].untouched
        ]
    if faults:
        raise FaultsError("\n".join(faults))
    return limits
