"""Criteria in force at another center for a patient whom it lends us (R21)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from einthoven.base.deeds import Draft, Json
from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.thresholds import Threshold, Thresholds
from einthoven.escalation.prescribing import LENT, CriteriaBook

LIMITS_MAX: Final = 1000
WORDS_MAX: Final = 60


def limits_of(table: Thresholds) -> dict[str, float]:
    """Every number of the tiers, as another center is told."""
    return {key: table[key] for key in sorted(table.entries) if table.entries[key].tier != "detect"}


def lend(book: CriteriaBook, stream: StreamId, words: object, limits: object) -> list[Draft]:
    """Criteria that hold for a guest from now on, unless some are signed for them here.

    A number that our table does not know, or that would make an emergent criterion less sensitive than ours,
    is left out: ours holds then.
    """
    given = limits if isinstance(limits, Mapping) and len(limits) <= LIMITS_MAX else {}
    kept: dict[str, Json] = {}
    for key, value in sorted(given.items()):
        entry = book.base.entries.get(key)
        if entry is not None and value != entry.value and _takes(book.base, entry, key, value):
            kept[key] = float(value)
    name = f"{words}"[:WORDS_MAX]
    before = book.lent.get(stream)
    if before == (name, kept):
        return []
    return [Draft(LENT, stream_name(stream), {"stream": stream, "words": name, "limits": kept})]


def _takes(base: Thresholds, entry: Threshold, key: str, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    looser = (entry.only == "lower" and value > entry.value) or (
        entry.only == "higher" and value < entry.value
    )
    if entry.tier == "detect" or looser:
        return False
    try:
        base.changed({key: float(value)}, "lent", "lent")
    except InputError:
        return False
    return True
