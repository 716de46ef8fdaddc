"""Who was refused what, as lines of the log that a flood cannot drown (R42)."""

from __future__ import annotations

from typing import Any

from einthoven.base.ids import stream_name
from einthoven.base.instants import MINUTE, Instant
from einthoven.center.intake_world import Refusal

ABSORBED = frozenset({"duplicate", "duplicate-event", "late-clock-reply"})
"""Part of ordinary life after a reconnect: counted, not written."""
KEPT_MAX = 1000
"""Pairs of peer or stream and word that are remembered for a minute; beyond it only the count goes on."""


class RefusalLog:
    """One line a minute for each stream (or address, before it has proven itself) and word.

    Args:
        log: a structlog logger.
    """

    def __init__(self, log: Any) -> None:
        self._log = log
        self._begun: Instant = 0
        self._seen: dict[tuple[str, str], int] = {}
        self._dropped = 0

    def refused(self, refusal: Refusal, now: Instant) -> None:
        """Note one refusal at center time ``now``."""
        if refusal.what in ABSORBED:
            return
        if now - self._begun >= MINUTE:
            self._again(now)
        session = refusal.session
        stream = stream_name(session.stream) if session.stream else ""
        host = refusal.peer.rpartition(":")[0]
        key = (stream if session.leads else host, refusal.what)
        if key in self._seen:
            self._seen[key] += 1
        elif len(self._seen) >= KEPT_MAX:
            self._dropped += 1
        else:
            self._seen[key] = 0
            self._log.warning(
                "refused",
                what=refusal.what,
                detail=refusal.detail,
                peer=refusal.peer,
                claims_stream=stream,
                claims_transmitter=session.transmitter,
            )

    def _again(self, now: Instant) -> None:
        """A new minute: say how many more there were of each."""
        for (who, what), more in self._seen.items():
            if more:
                self._log.warning("refused_more", what=what, who=who, more=more)
        if self._dropped:
            self._log.warning("refused_more", what="any", who="others", more=self._dropped)
        self._seen, self._dropped, self._begun = {}, 0, now
