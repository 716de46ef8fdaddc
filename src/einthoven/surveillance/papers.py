"""How long somebody's papers still count, so that a renewal is asked for before a watch is lost (R16)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from einthoven.base.instants import DAY, Duration, Instant
from einthoven.surveillance.qualification import Recognised, qualified_spans
from einthoven.surveillance.roles import Permission, permissions_of
from einthoven.surveillance.staff import Credential, Member, Training

WARNING: Duration = 30 * DAY
"""So long before its end a paper is warned of: a board's renewal takes weeks."""


class PaperState(StrEnum):
    """How a paper stands at a moment."""

    AHEAD = "ahead"
    """It counts from a later day on."""
    CURRENT = "current"
    EXPIRING = "expiring"
    """It counts, ends within ``WARNING``, and nothing of its kind goes on behind it."""
    RENEWED = "renewed"
    """It is over, or soon will be, and another of its kind goes on."""
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


def credential_state(
    one: Credential, all_: Sequence[Credential], now: Instant, warning: Duration = WARNING
) -> PaperState:
    """How a credential stands among all of its owner's."""
    if one.ended is not None and one.ended <= now:
        return PaperState.WITHDRAWN
    others = [(each.since, each.stop) for each in all_ if each.kind == one.kind and each is not one]
    return _state(one.since, one.stop, others, now, warning)


def training_state(
    one: Training, all_: Sequence[Training], now: Instant, warning: Duration = WARNING
) -> PaperState:
    """How a training stands among all of its owner's."""
    others = [(each.on, each.expires) for each in all_ if each.topic == one.topic and each is not one]
    return _state(one.on, one.expires, others, now, warning)


def _state(
    since: Instant, stop: Instant, others: Sequence[tuple[Instant, Instant]], now: Instant, warning: Duration
) -> PaperState:
    if now < since:
        return PaperState.AHEAD
    if stop - now > warning:
        return PaperState.CURRENT
    # Without a gap: one that begins after this one has ended leaves its owner without any in between.
    if any(begin <= max(stop, now) and end > max(stop, now) for begin, end in others):
        return PaperState.RENEWED
    return PaperState.EXPIRING if now < stop else PaperState.EXPIRED


def runs_out(member: Member, now: Instant, recognised: Recognised) -> Instant | None:
    """When somebody whose papers are in order now stops being qualified as far as they say, else None.

    None as well for whoever has no role that watches: nobody waits for their papers.
    """
    if not member.active or Permission.WATCH_HOLD not in permissions_of(member.roles):
        return None
    spans = qualified_spans(member, recognised)
    return next((span.stop for span in spans if span.start <= now < span.stop), None)
