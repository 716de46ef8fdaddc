"""When samples were acquired: right to 50 ms however old they are, and cheap where it is asked often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from einthoven.base.errors import StoreError
from einthoven.base.instants import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Instant
from einthoven.base.spans import SpanSet
from einthoven.base.timeline import Fix, Timeline
from einthoven.bootstrap.dating import TIMELINES_MAX, Dating
from einthoven.center.ports import ClockFix, StreamFacts
from einthoven.center.streams import Streams
from einthoven.testing.web import EPOCH, facts_of

RATE = 250
SLOW = 1 + 100e-6
"""The crystal of these transmitters: 100 ppm slow, 8.6 s a day."""
ALLOWED = 50 * MILLISECOND


def truth(sample: float, pace: float = SLOW) -> Instant:
    return EPOCH + round(sample / RATE * pace * SECOND)


class Stored:
    """Clock fixes in the facts, and how often they were looked at."""

    def __init__(self) -> None:
        self.fixes: dict[int, list[ClockFix]] = {}
        self.looks = self.built = 0
        self.broken = False

    def fix_before(self, stream: int, sample: float = 2.0**62) -> ClockFix | None:
        self.looks += 1
        if self.broken:
            raise StoreError("the disk failed")
        return next((fix for fix in reversed(self.fixes.get(stream, [])) if fix.sample < sample), None)

    def timeline(self, stream: int) -> Timeline:
        self.built += 1
        fixes = self.fixes.get(stream, [])
        return Timeline(RATE, None, [Fix(fix.sample, fix.at, fix.uncertainty) for fix in fixes])


class Room:
    """A center that may have run before: fixes every ten minutes up to ``history``."""

    def __init__(self, history: int = 0, streams: int = 1, origin: Instant | None = None) -> None:
        self.facts = {stream: replace(facts_of(stream), origin=origin) for stream in range(1, streams + 1)}
        self.stored = Stored()
        for stream in self.facts:
            self.stored.fixes[stream] = [
                ClockFix(stream, at / SECOND * RATE, truth(at / SECOND * RATE), MILLISECOND)
                for at in range(0, history, 10 * MINUTE)
            ]
        self.streams = Streams(self.load, lambda _: [])
        self.dating = Dating(self.streams.peek, self.facts.get, self.stored)

    def load(self, stream: int) -> tuple[StreamFacts, int, SpanSet] | None:
        return self.facts[stream], 0, SpanSet()

    def exchange(self, at: int, stream: int = 1, seconds: int = 4) -> None:
        """A burst of clock exchanges from ``at`` nanoseconds of signal on, each with 80 ms of delay."""
        state = self.streams.get(stream)
        assert state is not None
        for number in range(2 * seconds):
            position = (at + number * SECOND // 2) / SECOND * RATE
            sent = truth(position) - 40 * MILLISECOND
            state.observe(position, sent, sent + 80 * MILLISECOND)
        self.stored.fixes.setdefault(stream, []).extend(state.fixes_due)
        state.fixes_due = []

    def error(self, at: int, stream: int = 1) -> float:
        sample = at / SECOND * RATE
        found = self.dating.time_of(stream, sample)
        assert found is not None
        return abs(found - truth(sample))


AGES = [0, SECOND, 30 * SECOND, 5 * MINUTE, HOUR, DAY, 5 * DAY, 10 * DAY - MINUTE]


@pytest.mark.parametrize("age", AGES)
def test_a_fit_of_seconds_does_not_date_the_days_before(age: int) -> None:
    """The center was restarted on the tenth day; the transmitter is back for four seconds."""
    room = Room(history=10 * DAY)
    room.exchange(10 * DAY)
    assert room.error(10 * DAY + 4 * SECOND - age) < ALLOWED


@pytest.mark.parametrize("age", [0, MINUTE, 30 * MINUTE, 3 * HOUR, DAY])
def test_samples_of_an_outage_lie_between_what_is_known_of_both_ends(age: int) -> None:
    room = Room(history=DAY)
    room.exchange(3 * DAY)
    assert room.error(3 * DAY - age) < ALLOWED
    assert room.stored.built == 0


@pytest.mark.parametrize("age", [0, HOUR, 2 * HOUR, 5 * HOUR, 9 * HOUR])
def test_hours_of_one_life_of_the_center(age: int) -> None:
    room = Room()
    for at in range(0, 10 * HOUR, MINUTE):
        room.exchange(at, seconds=1)
    assert room.error(10 * HOUR - MINUTE - age) < ALLOWED


def test_the_newest_sample_touches_the_facts_once_at_most() -> None:
    """Before the transmitter is back the last fix is all there is, at 100 ppm 6 ms off for each minute."""
    room = Room(history=DAY, streams=1000)
    for minute in (-12, -8, -5):
        for stream in room.facts:
            assert room.error(DAY + minute * MINUTE, stream) < ALLOWED
    assert (room.stored.looks, room.stored.built) == (1000, 0)
    room.exchange(DAY + MINUTE)
    for second in range(100):
        assert room.error(DAY + MINUTE + second * SECOND) < ALLOWED
    assert (room.stored.looks, room.stored.built) == (1000, 0)


def test_few_timelines_are_kept_and_none_of_who_has_left() -> None:
    room = Room(history=DAY, streams=2 * TIMELINES_MAX)
    for stream in room.facts:
        room.dating.time_of(stream, HOUR // SECOND * RATE)
    assert room.stored.built == 2 * TIMELINES_MAX
    for stream in list(room.facts)[-TIMELINES_MAX:]:
        room.dating.time_of(stream, 2 * HOUR // SECOND * RATE)
    assert room.stored.built == 2 * TIMELINES_MAX
    room.dating.time_of(1, HOUR // SECOND * RATE)
    room.dating.forget(2 * TIMELINES_MAX)
    room.dating.time_of(2 * TIMELINES_MAX, HOUR // SECOND * RATE)
    assert room.stored.built == 2 * TIMELINES_MAX + 2


def test_a_timeline_is_read_anew_once_more_is_stored() -> None:
    room = Room(history=2 * HOUR)
    assert room.error(30 * MINUTE) < ALLOWED
    room.exchange(10 * HOUR)
    room.exchange(20 * HOUR)
    assert room.error(6 * HOUR) < ALLOWED
    assert room.stored.built == 2


def test_sample_0_is_looked_up_seldom() -> None:
    room = Room(history=DAY)
    for at in range(DAY, DAY + 3 * HOUR, 10 * MINUTE):
        room.exchange(at)
        assert room.error(0) < ALLOWED
    assert room.stored.built == 1


def test_a_declared_origin_needs_no_look() -> None:
    room = Room(history=DAY, origin=EPOCH - DAY)
    assert room.dating.time_of(1, 10 * RATE) == EPOCH - DAY + 10 * SECOND
    room.streams.get(1)
    assert room.dating.time_of(1, 10 * RATE) == EPOCH - DAY + 10 * SECOND
    assert room.stored.looks == 0


def test_what_nobody_knows() -> None:
    room = Room()
    assert room.dating.time_of(9, 0) is None
    assert room.dating.time_of(1, 0) is None
    room.exchange(DAY)
    assert room.error(DAY) < ALLOWED
    assert room.dating.time_of(1, 0) is not None


def test_the_picture_goes_on_while_the_facts_cannot_be_read() -> None:
    room = Room(history=DAY)
    room.stored.broken = True
    assert room.dating.time_of(1, DAY // SECOND * RATE) is None
    room.exchange(2 * DAY)
    assert room.error(2 * DAY) < ALLOWED
    assert room.dating.time_of(1, DAY // SECOND * RATE) is None
    room.stored.broken = False
    assert room.error(DAY - 10 * MINUTE) < ALLOWED


def test_an_index_that_jumped_is_dated_by_the_exchanges_after_the_jump() -> None:
    """The transmitter was off for an hour and did not count it: samples before are dated by what was stored
    then."""
    room = Room(history=HOUR)
    state = room.streams.get(1)
    assert state is not None
    for at in range(HOUR, HOUR + 10 * MINUTE, MINUTE):
        room.exchange(at, seconds=1)
    position = (HOUR + 10 * MINUTE) // SECOND * RATE
    late = truth(position) + HOUR
    state.observe(position, late, late + MILLISECOND)
    assert state.fit.breaks == 1
    assert room.error(HOUR + 5 * MINUTE) < ALLOWED
    found = room.dating.time_of(1, position)
    assert found is not None
    assert abs(found - late) < ALLOWED
