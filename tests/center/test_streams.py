"""What is held of streams in memory: open periods only, and how far back their clocks are trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from einthoven.base.instants import HOUR, MILLISECOND, MINUTE, SECOND
from einthoven.base.spans import SpanSet
from einthoven.center.ports import StreamFacts
from einthoven.center.streams import Streams, StreamState
from einthoven.testing.web import EPOCH, facts_of

RATE = 250


class Room:
    """Two streams in the facts, the second of an ended period; ``loads`` counts the looks."""

    def __init__(self) -> None:
        self.facts = {1: facts_of(1), 2: facts_of(2, still_open=False)}
        self.loads = 0
        self.streams = Streams(self.load, lambda stream: [(0, 100 * stream)])

    def load(self, stream: int) -> tuple[StreamFacts, int, SpanSet] | None:
        self.loads += 1
        return (self.facts[stream], 5, SpanSet()) if stream in self.facts else None

    def state(self) -> StreamState:
        state = self.streams.get(1)
        assert state is not None
        return state


def test_an_open_stream_is_built_once_and_again_after_it_left() -> None:
    room = Room()
    state = room.state()
    assert (state.exists_until, state.last_event) == (100, 5)
    assert room.streams.get(1) is room.streams.peek(1) is state
    room.streams.discharge(1)
    room.streams.discharge(1)
    assert room.streams.peek(1) is None
    assert room.state() is not state
    assert room.loads == 2


def test_who_knocks_after_the_end_is_answered_and_not_held() -> None:
    room = Room()
    for _ in range(2):
        state = room.streams.get(2)
        assert state is not None
        assert (state.facts.open, state.exists_until) == (False, 200)
        assert room.streams.peek(2) is None
    assert room.streams.get(3) is None
    assert list(room.streams.held()) == []


def test_a_period_that_ends_is_held_until_it_is_let_go() -> None:
    room = Room()
    state = room.state()
    room.streams.refresh(replace(room.facts[1], open=False))
    assert room.streams.get(1) is state
    assert not state.facts.open


def observe(state: StreamState, at: int, off: int = 0) -> None:
    """An exchange at a time of the signal, true but for ``off``."""
    state.observe(at / SECOND * RATE, EPOCH + at + off, EPOCH + at + off + 10 * MILLISECOND)


FOLLOWED = [
    ([0], 0),
    ([0, MINUTE], 0),
    ([n * MINUTE for n in range(50)], 0),
    ([n * MINUTE for n in range(60)], 0),
    ([n * MINUTE for n in range(113)], 56 * MINUTE),
    ([n * MINUTE for n in range(600)], 504 * MINUTE),
    ([0, 90 * MINUTE], 0),
    ([0, MINUTE, 3 * HOUR], 3 * HOUR),
]


@pytest.mark.parametrize(("exchanges", "since"), FOLLOWED)
def test_the_live_fit_dates_from_an_exchange_it_still_rests_on(exchanges: list[int], since: int) -> None:
    state = Room().state()
    assert not state.dates(0)
    for at in exchanges:
        observe(state, at)
    assert state.dated_from == since / SECOND * RATE
    assert state.dates(state.dated_from - 59 * RATE)
    assert not state.dates(state.dated_from - 61 * RATE)


def test_a_clock_that_jumped_dates_nothing_before() -> None:
    state = Room().state()
    observe(state, 0)
    observe(state, MINUTE)
    observe(state, 2 * MINUTE, off=HOUR)
    assert state.fit.breaks == 1
    assert state.dated_from == 120 * RATE


def test_a_declared_origin_dates_everything() -> None:
    room = Room()
    room.facts[1] = replace(room.facts[1], origin=EPOCH)
    assert room.state().dates(0)
