"""Nothing is taken that cannot have been recorded yet (docs/wire.md, section 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.link.sessions import LAYOUT, NOW, block, kinds, known, replies, streaming, welcomed

from einthoven.base.instants import HOUR, MILLISECOND, MINUTE, SECOND
from einthoven.link import frames
from einthoven.link.effects import Block, Declared, Exchanged
from einthoven.link.limits import Cause, Code, Severity


def test_a_jump_just_short_of_31_days_is_taken() -> None:
    session = streaming()
    assert kinds(session.received(block(31 * 86_400 * 250 - 250), NOW)) == [Block]


def test_future_of_a_recording_is_what_its_origin_says() -> None:
    layout = replace(LAYOUT, recorded=True, origin=NOW - HOUR)
    session = streaming(layout=layout)
    allowed = 2 * 3600 * 250
    assert kinds(session.received(block(allowed - 250), NOW)) == [Block]
    assert [reply.code for reply in replies(session.received(block(allowed), NOW))] == [Code.FUTURE]
    assert kinds(session.received(block(allowed), NOW + SECOND)) == [Block]


def test_before_any_clock_exchange_no_sample_is_older_than_the_service_period() -> None:
    session = streaming(known(since=NOW - HOUR))
    allowed = 2 * 3600 * 250
    assert kinds(session.received(block(allowed - 250), NOW)) == [Block]
    assert [reply.code for reply in replies(session.received(block(allowed), NOW))] == [Code.FUTURE]


@pytest.mark.parametrize(
    "event",
    [
        frames.Hole(1, 0, 2 * 3600 * 250 + 1, Cause.POWER),
        frames.Mark(1, 2 * 3600 * 250 + 1, "dizziness", Severity.MILD),
    ],
    ids=["hole", "mark"],
)
def test_an_event_cannot_lie_beyond_what_can_have_been_recorded(event: frames.Event) -> None:
    session = streaming(known(since=NOW - HOUR))
    assert [reply.code for reply in replies(session.received(frames.encode(event), NOW))] == [Code.FUTURE]


def test_a_recording_cannot_begin_in_the_future() -> None:
    session = welcomed()
    layout = replace(LAYOUT, recorded=True, origin=NOW + HOUR + 1)
    told = replies(session.received(frames.encode(layout), NOW))
    assert [reply.code for reply in told] == [Code.FUTURE]
    assert not session.streaming
    again = session.received(frames.encode(replace(layout, origin=NOW - HOUR)), NOW)
    assert Declared in kinds(again)


def test_future_of_a_live_stream_is_what_the_clock_exchange_says() -> None:
    session = streaming()
    (query,) = replies(session.tick(NOW))
    later = NOW + 40 * MILLISECOND
    reply = frames.ClockReply(query.id, query.center, 5000.5, 123)
    assert session.received(frames.encode(reply), later) == [Exchanged(17, 5000.5, NOW, later, 123)]
    edge = 5000 + 3600 * 250
    assert session.ceiling == edge
    assert [reply.code for reply in replies(session.received(block(edge - 249), later))] == [Code.FUTURE]
    assert kinds(session.received(block(edge - 250), later)) == [Block]
    session.tick(later + MINUTE)
    assert session.ceiling == edge + 60 * 250
