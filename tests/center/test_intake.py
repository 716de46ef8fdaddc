"""What the intake does with what transmitters send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.center.intake_fakes import Center, Wearer

from einthoven.base.errors import StoreError, StoreFullError
from einthoven.base.spans import SpanSet
from einthoven.center import intake_events
from einthoven.center.intake import TAKEN_MAX
from einthoven.link.effects import ClockAsked
from einthoven.link.frames import encode
from einthoven.link.limits import Cause, Code, Severity
from einthoven.link.messages import ClockReply, Hole, Mark, Samples, Status


@pytest.fixture
def center() -> Center:
    return Center()


@pytest.fixture
def wear(center: Center) -> Callable[..., Wearer]:
    return lambda stream, **how: Wearer(center, stream, **how)


def test_samples_are_acknowledged_only_when_durable(center, wear) -> None:
    wearer = wear(1)
    wearer.samples(0, 250)
    center.intake.turn()
    assert not wearer.durable
    assert len(center.store.waiting) == 1
    center.store.commit()
    center.pump()
    assert wearer.durable == SpanSet([(0, 250)])


def test_what_is_durable_goes_to_the_ward_after(center, wear) -> None:
    wearer = wear(2)
    wearer.samples(0, 250)
    center.intake.turn()
    assert center.ward == []
    center.store.commit()
    (batch,) = center.ward
    assert batch.stored
    assert (batch.stream.tolist(), batch.start.tolist(), batch.count.tolist()) == ([2], [0], [250])
    index = np.arange(250)
    assert (batch.samples.reshape(250, 2)[:, 0] == index % 1000 + 2).all()


def test_a_clock_reading_goes_to_the_facts_at_once_before_the_samples_it_dates(center, wear) -> None:
    """A center killed in that moment dates them by it; it does not wait for a turn of its own."""
    wearer = wear(1)
    center.turn()
    asked = next(effect for effect in wearer.effects if isinstance(effect, ClockAsked))
    wearer.say(encode(ClockReply(asked.id, asked.center, 0.0, 0)))
    assert [(fix.stream, fix.sample) for fix in center.facts.fixes] == [(1, 0.0)]
    center.turn(1.0)
    assert len(center.facts.fixes) == 1


def test_many_transmitters_share_one_batch(center, wear) -> None:
    wearers = [wear(stream) for stream in (1, 2, 3)]
    for second in range(3):
        for wearer in wearers:
            wearer.samples(second * 250, second * 250 + 250)
    center.turn()
    assert len(center.store.written) == 1
    assert all(wearer.durable == SpanSet([(0, 750)]) for wearer in wearers)


def test_a_duplicate_is_stored_once_and_acknowledged_again(center, wear) -> None:
    first = wear(1)
    first.samples(0, 250)
    center.turn()
    first.samples(0, 250)
    first.samples(125, 500)
    center.turn()
    stored = sorted(center.store.spans(1))
    assert sum(stop - start for start, stop in stored) == 500
    assert first.durable == SpanSet([(0, 500)])
    assert center.tally.count("link", "duplicate") == 2


def test_the_backlog_fills_the_hole_beside_the_live_lane(center, wear) -> None:
    wearer = wear(1)
    wearer.samples(1000, 1250)
    wearer.samples(0, 500, backlog=True)
    wearer.samples(1250, 1500)
    wearer.samples(500, 1000, backlog=True)
    center.turn()
    assert wearer.durable == SpanSet([(0, 1500)])
    lanes = {(int(s), int(n)) for batch in center.ward for s, n in zip(batch.start, batch.lane, strict=True)}
    assert lanes == {(1000, 0), (1250, 0), (0, 1), (500, 1)}


def test_the_last_word_on_the_backlog_comes_after_the_connection_is_gone(center, wear) -> None:
    wearer = wear(1)
    wearer.samples(1000, 1250)
    center.turn()
    center.streams.get(1).exists_until = 1250  # as a clock exchange tells
    center.turn()
    assert center.told.behind == 4
    wearer.samples(0, 1000, backlog=True)
    wearer.close("gone")
    center.intake.turn()
    assert center.told.behind == 4
    center.turn()
    center.turn()
    assert center.told.behind == 0


def test_the_newer_connection_wins_and_nothing_doubles(center, wear) -> None:
    older = wear(1)
    older.samples(0, 250)
    center.turn()
    newer = wear(1)
    assert older.refusals() == [Code.SUPERSEDED]
    assert older.closed
    older.samples(250, 500)
    newer.samples(250, 500)
    center.turn()
    assert center.store.spans(1) == [(0, 250), (250, 500)]
    assert newer.session.welcome.durable == ((0, 250),)
    assert ("up", 1) in center.told.words


def test_when_the_disk_is_full_the_picture_lives_and_storing_recovers_by_itself(center, wear) -> None:
    wearer = wear(1)
    wearer.samples(0, 250)
    center.turn(error=StoreFullError("no room"))
    assert not wearer.durable
    assert center.intake.storing == "full"
    assert [batch.stored for batch in center.ward] == [False]
    wearer.samples(250, 500)
    center.turn()
    assert center.intake.storing == "ok"
    assert any(getattr(effect, "resend", False) for effect in wearer.effects)
    wearer.samples(0, 250, backlog=True)
    center.turn()
    assert wearer.durable == SpanSet([(0, 500)])
    assert [word for word in center.told.words if word[0] == "storing"] == [
        ("storing", "full"),
        ("storing", "ok"),
    ]


def test_a_queue_that_refuses_and_drains_does_not_flap(center, wear) -> None:
    """What stood in the queue before a refusal and is stored after it says nothing of what comes next."""
    patient, hurried = wear(1), wear(2)
    patient.samples(0, 250)
    center.intake.turn()
    (stalled,) = center.store.waiting
    center.store.waiting = []
    hurried.samples(0, 250)
    center.turn(error=StoreError("64 MiB already wait"))
    center.store.waiting = [stalled]
    center.store.commit()
    center.pump()
    assert center.intake.storing == "failing"
    assert patient.durable == SpanSet([(0, 250)])
    assert not any(getattr(effect, "resend", False) for effect in hurried.effects)
    hurried.samples(250, 500)
    center.turn()
    assert center.intake.storing == "ok"
    assert any(getattr(effect, "resend", False) for effect in hurried.effects)
    assert not any(getattr(effect, "resend", False) for effect in patient.effects), (
        "nothing of it was refused"
    )


def test_those_who_send_again_share_the_window(center, wear) -> None:
    wearers = [wear(stream) for stream in (1, 2, 3)]
    for wearer in wearers:
        wearer.samples(0, 250)
    center.turn(error=StoreFullError("no room"))
    for wearer in wearers:
        wearer.samples(250, 500)
    center.turn()
    windows = [[one.window for one in wearer.effects if getattr(one, "resend", False)] for wearer in wearers]
    assert windows == [[20 * 250]] * 3, "60 s in all"


def test_one_that_sends_without_end_waits_for_the_turn(center, wear) -> None:
    flood, calm = wear(1), wear(2)
    for start in range(TAKEN_MAX + 5):
        flood.samples(start, start + 1)
    calm.samples(0, 250)
    assert (flood.held, calm.held) == (True, False)
    center.turn()
    assert not flood.held
    assert flood.durable == SpanSet([(0, TAKEN_MAX + 5)]), "what had been read is taken"


def test_a_turn_that_breaks_off_leaves_nothing_in_between(center, wear) -> None:
    wearer = wear(1)
    wearer.samples(0, 250)
    submit, center.store.submit = center.store.submit, None
    with pytest.raises(TypeError):
        center.turn()
    center.pump()
    assert any(getattr(effect, "resend", False) for effect in wearer.effects)
    center.store.submit = submit
    wearer.samples(0, 250, backlog=True)
    center.turn()
    assert wearer.durable == SpanSet([(0, 250)])


def test_the_facts_get_no_more_than_they_can_take(center, wear) -> None:
    answers: list = []
    center.facts.record_events = lambda events, done: answers.append((len(list(events)), done))
    wearer = wear(1)
    for number in range(1, 12):
        wearer.say(encode(Mark(number, number, "dizziness", Severity.MILD)))
        center.turn()
    assert [count for count, _ in answers] == [1, 1, 1, 1]
    answers[0][1](None)
    center.turn()
    assert [count for count, _ in answers] == [1, 1, 1, 1, 7]


def test_events_beyond_what_can_wait_are_asked_for_again(center, wear, monkeypatch) -> None:
    monkeypatch.setattr(intake_events, "WAITING_MAX", 2)
    wearer = wear(1)
    for number in (1, 2, 3):
        wearer.say(encode(Mark(number, number, "dizziness", Severity.MILD)))
    for _ in range(3):
        center.turn(1.0)
    assert wearer.last_event == 2
    assert any(getattr(effect, "resend", False) for effect in wearer.effects)
    wearer.say(encode(Mark(3, 3, "dizziness", Severity.MILD)))
    center.turn()
    assert wearer.last_event == 3


def test_who_was_refused_what_is_told(center, wear) -> None:
    wearer = wear(1)
    wearer.say(b"\x01\x05garbage")
    center.turn()
    told = [(one.peer, one.session.stream, one.what) for one in center.refused]
    assert told == [("test:1", 1, "malformed")]


def test_a_failing_disk_is_told_apart_from_a_full_one(center, wear) -> None:
    wear(1).samples(0, 250)
    center.turn(error=StoreError("EIO"))
    assert center.intake.storing == "failing"


@pytest.mark.parametrize(
    ("who", "how", "counted"),
    [
        (1, {"key": bytes(32)}, "foreign-key"),
        (1, {"name": "T-2"}, "unknown-transmitter"),
        (9, {"key": bytes(range(32))}, "unknown-transmitter"),
    ],
    ids=["foreign key", "another's stream", "no such stream"],
)
def test_a_transmitter_that_proves_nothing_is_refused(center, wear, who, how, counted) -> None:
    wearer = wear(who, **how)
    assert wearer.refusals() == [Code.IDENTITY]
    assert wearer.closed
    assert center.tally.count("link", counted) == 1
    assert center.intake.connections == 0


def test_garbage_hurts_nobody_else(center, wear) -> None:
    bad, good = wear(1), wear(2)
    for turn in range(20):
        bad.say(bytes([1, 5, 0, 0]) + bytes(range(turn, turn + 40)))
        good.samples(turn * 250, turn * 250 + 250)
        center.turn()
    assert bad.closed
    assert Code.GARBAGE in bad.refusals()
    assert good.durable == SpanSet([(0, 5000)])


def test_a_payload_that_does_not_decode_is_never_stored(center, wear) -> None:
    wearer = wear(1)
    wearer.say(encode(Samples(0, 250, 2, b"\xff" * 60, codec=1)))
    wearer.samples(0, 250)
    center.turn()
    assert Code.PAYLOAD in wearer.refusals()
    assert all(start != 0 or stop == 250 for start, stop in center.store.spans(1))


def test_events_are_acknowledged_when_durable_and_told_to_the_wall(center, wear) -> None:
    wearer = wear(1)
    wearer.say(wearer.session.event(Mark(1, 100, "palpitations", Severity.SEVERE, "walking"))[0].data)
    wearer.say(wearer.session.event(Status(2, 100, battery=80))[0].data)
    assert wearer.last_event == 0
    center.turn()
    assert wearer.last_event == 2
    assert [word for word in center.told.words if word[0] == "event"] == [
        ("event", 1, "mark"),
        ("event", 1, "status"),
    ]
    assert center.facts.events[0].body["severity"] == "severe"


def test_events_that_were_not_stored_are_asked_for_again(center, wear) -> None:
    wearer = wear(1)
    center.facts.fail = StoreFullError("no room")
    mark = wearer.session.event(Mark(1, 100, "dizziness"))[0].data
    wearer.say(mark)
    center.turn()
    assert wearer.last_event == 0
    center.facts.fail = None
    center.turn(2.0)
    assert any(getattr(effect, "resend", False) for effect in wearer.effects)
    wearer.say(mark)
    center.turn()
    assert wearer.last_event == 1


def test_a_layout_that_was_not_stored_must_be_declared_again(center, wear) -> None:
    center.facts.fail = StoreFullError("no room")
    first = wear(1)
    assert first.refusals() == [Code.BUSY]
    assert first.closed
    center.facts.fail = None
    assert wear(1).refusals() == []
    assert center.facts.facts[1].declared


def test_a_declared_hole_is_no_backlog(center, wear) -> None:
    wearer = wear(1)
    wearer.samples(0, 250)
    wearer.samples(2500, 2750)
    state = center.streams.get(1)
    center.turn()
    state.exists_until = 2750
    assert state.waiting_s() == pytest.approx(9.0)
    wearer.say(wearer.session.event(Hole(1, 250, 2500, Cause.POWER))[0].data)
    center.turn()
    assert state.waiting_s() == 0


def test_a_full_house_refuses_the_next(wear) -> None:
    small = Center(connections_max=1)
    first = Wearer(small, 1)
    assert first.door is not None
    second = Wearer(small, 2)
    assert second.door is None
    assert second.refusals() == [Code.BUSY]
    assert second.closed
    assert small.tally.count("connections_refused", "full") == 1


def test_a_silent_connection_is_closed_and_the_wall_is_told(center, wear) -> None:
    wearer = wear(1)
    for _ in range(200):
        center.turn(1.0)
    assert wearer.closed
    assert ("down", 1, wearer.closed) in center.told.words


def test_an_ended_period_takes_nothing_more(center, wear) -> None:
    wearer = wear(1)
    center.facts.facts[1] = replace(center.facts.facts[1], open=False)
    center.intake.period_ended(center.facts.facts[1])
    center.pump()
    assert wearer.refusals() == [Code.ENDED]
    assert wear(1).refusals() == [Code.ENDED]


def test_stopping_says_good_bye(center, wear) -> None:
    wearer = wear(1)
    wearer.samples(0, 250)
    center.intake.close()
    center.store.commit()
    center.pump()
    assert wearer.closed
    assert center.store.spans(1) == [(0, 250)]
