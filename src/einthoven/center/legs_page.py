"""What the page of the limits asks: those of legs and calls that are in force, what others would change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from einthoven.answering.limits import RANGES, CallLimits
from einthoven.base.errors import FaultsError, InputError
from einthoven.base.instants import SECOND, Instant
from einthoven.center.criteria_page import form_given
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.escalation.criteria import rank
from einthoven.escalation.leg_preview import preview
from einthoven.escalation.legs import LEGS, LIMIT_LEAST, LIMIT_MOST, SHIPPED
from einthoven.surveillance.roles import Permission

Shape: TypeAlias = dict[str, Any]


def page(books: Books, who: Who) -> Shape:
    """``GET /api/desk/limits``: every leg and every limit of a call, shipped and the center's own, in seconds
    (``tries``: times)."""
    own = books.legs.overrides
    tiers = sorted(SHIPPED, key=rank, reverse=True)
    return {
        "tiers": tiers,
        "legs": [
            {
                "name": leg.name,
                "shipped": {tier: SHIPPED[tier][leg.name] / SECOND for tier in tiers},
                "own": {tier: own.get(f"{tier}.{leg.name}") for tier in tiers},
            }
            for leg in LEGS
        ],
        "least_s": LIMIT_LEAST // SECOND,
        "most_s": LIMIT_MOST // SECOND,
        "telephone": _calls(books),
        "may_set": Permission.SETTING_CHANGE in books.surveil.permissions(who.staff),
    }


def _calls(books: Books) -> list[Shape]:
    own, shipped = books.calls.overrides, CallLimits().told()
    return [
        {"name": name, "shipped": shipped[name], "own": own.get(name), "least": least, "most": most}
        for name, (least, most) in RANGES.items()
    ]


def check(books: Books, params: Mapping[str, str], now: Instant) -> Shape:
    """What ``legs.set`` would say of ``{"limits": …}``: faults at their legs, or what would change.

    Raises:
        InputError: it is no such form.
    """
    limits = form_given(params).get("limits")
    if not isinstance(limits, Mapping):
        raise InputError("limits: want an object")
    try:
        changes = preview(books.legs, limits, now)
    except FaultsError as error:
        pairs = (line.partition(": ") for line in str(error).splitlines())
        return {"faults": [{"key": key, "words": words} for key, _, words in pairs], "changes": []}
    return {
        "faults": [],
        "changes": [
            {
                "key": f"{one.tier}.{one.leg}",
                "was_s": one.was / SECOND,
                "limit_s": one.limit / SECOND,
                "ended": one.ended,
                "missed": one.missed,
                "would_miss": one.would_miss,
                "over": one.over,
            }
            for one in changes
        ],
    }
