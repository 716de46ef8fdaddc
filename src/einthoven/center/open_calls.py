"""Calls to physicians as the open record tells them (R23, R24, R41)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from einthoven.base.ids import StreamId
from einthoven.enrollment.register import Enrolled
from einthoven.escalation.calls import Call, CallBook, Notification, Outcome
from einthoven.interop.fhir_rest import Told


def calls_of(book: CallBook, streams: Mapping[StreamId, Enrolled]) -> Sequence[Told]:
    """Every call about patients of these streams, by when it began. Safe on any thread."""
    told = [
        (book.calls[number], one)
        for one in list(book.notifications.values())
        if one.stream in streams
        for number in one.calls
    ]
    told.sort(key=lambda pair: (pair[0].started, pair[0].number))
    return [_told(call, about, streams[about.stream]) for call, about in told]


def _told(call: Call, about: Notification, whose: Enrolled) -> Told:
    outcome = "" if call.outcome is None else str(call.outcome).replace("_", " ")
    # A call in which somebody was spoken with who can act is the one that reached, and there is one at most.
    acted = call.number == about.reached_call
    if call.readback:
        outcome += ", read back"
    action = call.action or (about.action if acted else "")
    return Told(
        number=call.number,
        patient_number=whose.period.patient,
        patient=whose.patient.name,
        tier=about.tier,
        say=about.say,
        to=call.callee.name,
        reached=_reached(call),
        started=call.started,
        ended=call.ended,
        outcome=outcome,
        acted=acted,
        said=call.said,
        action=action,
        incoming=call.incoming,
    )


def _reached(call: Call) -> str:
    if call.outcome is not Outcome.REACHED or not call.person:
        return ""
    return call.person + (f", {call.person_role}" if call.person_role else "")
