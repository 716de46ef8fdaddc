"""How far the analysis has come: up to which sample an open finding is known to last (R10, R21).

Center time runs ahead of it: a frame is a second, and a beat is final two beats or 2.5 s later. A pause of
3.5 s whose next beat is there already, but not final yet, is no pause of 6 s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from einthoven.base.ids import StreamId
from einthoven.center.found import LiveFinding
from einthoven.center.shown_beats import BeatsIn
from einthoven.center.ward_report import Vitals

FINAL_S: Final = 3.0
"""A beat is final before so much has been analysed behind it; an interval that is open then goes on."""
BY_INTERVAL: Final = "rr_ms"
"""What tells this value is open from beat to beat."""

Reach: TypeAlias = Callable[[StreamId, LiveFinding], int | None]


class Analysed:
    """Says how far an open finding goes, as ``desk_feed.Feed`` asks.

    Args:
        vitals: what is published of a stream (``ward.LiveWard.vitals``).
        beats: unsealed beats of a span, those that are not final yet as well.
    """

    def __init__(self, vitals: Callable[[StreamId], Vitals | None], beats: BeatsIn) -> None:
        self._vitals = vitals
        self._beats = beats

    def __call__(self, stream: StreamId, one: LiveFinding) -> int | None:
        """The sample after the last that is known to be in it; None where nothing was analysed."""
        vitals = self._vitals(stream)
        if vitals is None:
            return None
        if BY_INTERVAL not in one.values:
            return vitals.next
        late = round(FINAL_S * one.rate_hz)
        since = max(int(one.start) + 1, vitals.next - late)
        coming = self._beats(stream, since, vitals.next)["sample"]
        return int(coming[0]) if len(coming) else vitals.next
