"""What happened to claims after they were handed in, as the deeds say it (R40)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from einthoven.base.deeds import Deed
from einthoven.base.errors import OursError
from einthoven.billing.claim import dollars
from einthoven.billing.claim_states import (
    REFUNDS,
    TRANSITIONS,
    Back,
    BackEvent,
    Due,
    Event,
    Kept,
    Noted,
    Refund,
    State,
    applies,
)

AMENDED: Final = "claim.amended"
REPLACED, CANCELLED, DONE = "claim.replaced", "claim.cancelled", "claim.carried_out"
DUE, STANDS = "claim.due", "claim.stands"
OWED, REFUNDED, NOT_OWED = "claim.refund_owed", "claim.refunded", "claim.refund_dropped"
KINDS: Final = frozenset({AMENDED, REPLACED, CANCELLED, DONE, DUE, STANDS, OWED, REFUNDED, NOT_OWED})
LOG_MAX: Final = 500


def after(kept: Kept, event: Event) -> State:
    """Where an event leads; OursError where it does not apply: no deed that was drafted here does that."""
    if not applies(kept, event):
        raise OursError(f"claim {kept.number} is {kept.state}: {event} does not apply")
    return TRANSITIONS[kept.state, event]


def to_of(kept: Kept, event: Event, deed: Deed, **change: Any) -> Kept:
    """The claim after an event."""
    state = after(kept, event)
    since = deed.at if state is not kept.state else kept.since
    return replace(kept, state=state, since=since, **change)


def log_of(kept: Kept, deed: Deed, words: str) -> Kept:
    """The claim with a line of what happened."""
    return replace(kept, log=(*kept.log, Noted(deed.at, deed.actor, words))[-LOG_MAX:])


def moved(kept: Kept, deed: Deed, body: Mapping[str, Any]) -> Kept:
    """The claim after one of ``KINDS``."""
    if deed.kind == REPLACED:
        return log_of(to_of(kept, Event.REPLACED, deed), deed, f"replaced by claim {body['by']}")
    if deed.kind == CANCELLED:
        return log_of(
            to_of(kept, Event.CANCELLED, deed), deed, f"voided by the payer, as claim {body['by']} asked"
        )
    if deed.kind == DONE:
        return log_of(to_of(kept, Event.DONE, deed), deed, f"carried out: {body['how']}")
    if deed.kind == DUE:
        one = Due(deed.at, body["day"], body["why"], bool(body["person"]))
        return log_of(replace(kept, dues=(*kept.dues, one)), deed, f"to be put right: {one.why}")
    if deed.kind == STANDS:
        why = body["why"]
        dues = tuple(one if one.settled else replace(one, settled=why) for one in kept.dues)
        return log_of(replace(kept, dues=dues), deed, f"nothing is put right: {why}")
    return _refunded(kept, deed, body)


def _refunded(kept: Kept, deed: Deed, body: Mapping[str, Any]) -> Kept:
    if deed.kind == OWED:
        one = Refund(body["cents"], body["known"], body["why"], deed.at, deed.actor)
        words = f"{dollars(one.cents)} owed to the payer, known since {one.known}: {one.why}"
        return log_of(replace(kept, refunds=(*kept.refunds, one)), deed, words)
    event = BackEvent.PAY if deed.kind == REFUNDED else BackEvent.DROP
    last = kept.refunds[-1] if kept.refunds else None
    state = None if last is None else REFUNDS.get((last.state, event))
    if last is None or state is None:
        raise OursError(f"claim {kept.number}: no refund of it is owed: {event} does not apply")
    last = replace(last, state=state, day=str(body.get("day", "")), how=body["how"])
    kept = replace(kept, refunds=(*kept.refunds[:-1], last))
    if state is Back.DROPPED:
        return log_of(kept, deed, f"{dollars(last.cents)} not owed after all: {last.how}")
    if body["whole"]:
        kept = to_of(kept, Event.REFUNDED, deed)
    return log_of(kept, deed, f"{dollars(last.cents)} paid back on {last.day}: {last.how}")
