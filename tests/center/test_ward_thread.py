"""The thread of the ward, turn by turn: what a failed step does, and saving in pieces."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import structlog
from tests.center.ward_fakes import Memory, batch

from einthoven.base.errors import StoreError
from einthoven.base.instants import SECOND
from einthoven.bootstrap.core import Core
from einthoven.bootstrap.ward_thread import WardThread, WardWork
from einthoven.center.tally import Tally

LOG = structlog.get_logger("test")


class Hand:
    """A clock that is set by hand, and work that does as it is told."""

    def __init__(self) -> None:
        self.now = 100 * SECOND
        self.broken = self.full = False
        self.stepped, self.skipped, self.saved = [], [], []
        self.tried: list[int] = []
        self.tally = Tally()
        work = WardWork(self.step, self.idle, self.save, self.skipped.append)
        self.thread = WardThread(work, self, SECOND // 10, 60 * SECOND, self.tally)

    def monotonic(self):
        return self.now

    wall = monotonic

    def step(self, batches, now):
        if self.broken:
            raise MemoryError
        self.stepped += batches

    def idle(self, now):
        self.tried.append(now // SECOND)
        if self.full:
            raise OSError
        return False

    def save(self, every):
        self.saved.append((self.now // SECOND, every))
        if self.full:
            raise OSError
        return 7 * SECOND

    def turn(self, second):
        self.now = second * SECOND
        with structlog.testing.capture_logs():
            self.thread.turn(LOG)


@pytest.fixture
def blocks():
    memory = Memory({1: np.zeros((100, 2), np.int16)})
    return batch([(1, 0, 50), (1, 50, 100)], memory.records)


def test_a_failed_step_gives_its_blocks_to_the_store_and_is_no_step(blocks):
    hand = Hand()
    hand.thread.offer(blocks)
    hand.turn(101)
    assert hand.stepped == [blocks]
    assert hand.thread.last_step == 101 * SECOND
    hand.broken = True
    hand.thread.offer(blocks)
    hand.turn(102)
    assert hand.skipped == [blocks]
    assert hand.thread.last_step == 101 * SECOND, "what says that the ward stands still"
    assert hand.tally.count("ward_step_failed") == 1
    assert hand.tally.count("ward_skipped_frames") == 2
    hand.broken = False
    hand.turn(103)
    assert hand.thread.last_step == 103 * SECOND


def test_pieces_are_saved_when_they_are_due_and_a_failure_waits_its_time():
    hand = Hand()
    hand.thread._next_save = 160 * SECOND
    for second in (159, 160, 166, 167):
        hand.turn(second)
    assert hand.saved == [(160, 60 * SECOND), (167, 60 * SECOND)]
    hand.full = True
    for second in (174, 180, 233, 234):
        hand.turn(second)
    assert [second for second, _ in hand.saved[2:]] == [174, 234]


def test_what_was_skipped_is_not_forgotten_when_the_store_cannot_be_read():
    facts, given = SimpleNamespace(stream=5, open=True, declared=True), []

    def replay(_facts, spans):
        given.append(spans)
        if len(given) == 1:
            raise StoreError("not now")

    core = SimpleNamespace(
        _skipped={5},
        _replay=replay,
        facts=SimpleNamespace(stream=lambda _: facts),
        ward=SimpleNamespace(unseen=lambda *_: [(0, 10)], refill=lambda _: 0),
        store=SimpleNamespace(reader=SimpleNamespace(stored=lambda _: None)),
    )
    with pytest.raises(StoreError):
        Core.catch_up(core, 0)
    assert [Core.catch_up(core, 0), Core.catch_up(core, 0)] == [True, False]
    assert given == [[(0, 10)], [(0, 10)]]


def test_late_analysis_that_failed_waits_a_while():
    hand = Hand()
    hand.full = True
    for second in (101, 102, 110, 111):
        hand.turn(second)
    hand.full = False
    for second in (112, 121, 122):
        hand.turn(second)
    assert hand.tried == [101, 111, 121, 122]
    assert hand.tally.count("ward_late_failed") == 2
