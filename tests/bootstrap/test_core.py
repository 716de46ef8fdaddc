"""The core without threads: what the ward, the sealer and the facts tell one another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from einthoven.base.errors import StoreError
from einthoven.base.instants import HOUR, SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.bootstrap.core import ENDED_SHOWN, LEAVE_AT_MOST, Core, CoreWorld, one_block
from einthoven.bootstrap.history import History
from einthoven.center.enroll import EnrollmentUnit, enroll
from einthoven.center.intake_world import IntakeConfig
from einthoven.center.ports import StreamEvent
from einthoven.ecg.analyze import analyze
from einthoven.edges.store.commit import GroupCommit
from einthoven.edges.store.log import LogSettings
from einthoven.edges.store.store import StoreSettings
from einthoven.edges.store.tracker import SealTimes
from einthoven.sim.hearts.heart import Heart
from einthoven.sim.hearts.script import Rhythm, Script
from einthoven.testing.clock import EPOCH, VirtualClock
from einthoven.testing.disk import ForgetfulDisk
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.scheduler import VirtualScheduler
from einthoven.testing.store_suite import batch_of

RATE = 250
LAYOUT = Layout(RATE, (Lead("II", 200.0, 0, 12, 0), Lead("V1", 200.0, 0, 12, 0)))
ECG = Heart(Script((Rhythm(rate_bpm=80),), (), (), None), LAYOUT, 1).samples(0, 120 * RATE)
LATER = 2_000_000_000 * SECOND


class Room:
    """One stream of a core, with what is stored."""

    def __init__(self) -> None:
        self.disk, self.facts = ForgetfulDisk(), MemoryFacts()
        body = {"patient": {"name": "Doe, Jane"}, "transmitter": "T-1", "rate_hz": RATE}
        enroll(self.facts, body | {"leads": ["II", "V1"], "public_key": "17" * 32}, 0)
        self.facts.declare_layout_soon(1, LAYOUT, 5, None, 0, lambda _: None)
        self.stored, self.now = SpanSet(), EPOCH
        self.start()

    def start(self) -> None:
        self.disk.crash("all")
        self.core = Core(
            CoreWorld(
                clock=VirtualClock(VirtualScheduler(0), self.now),
                disk=self.disk,
                facts=self.facts,
                deliver=lambda act: act(),
                block_store=lambda log, stats: GroupCommit(log, lambda act: act(), stats),
                to_ward=lambda _: None,
                nonce=lambda: bytes(32),
                intake=IntakeConfig(),
                store=StoreSettings(
                    30.0,
                    log=LogSettings(reserve_bytes=0),
                    times=SealTimes(settle=SECOND, grace=SECOND),
                ),
            )
        )
        self.core.recover()

    def give(self, first: int, last: int, stored: bool = True) -> None:
        """Seconds ``[first, last)`` arrive."""
        for start in range(first * RATE, last * RATE, RATE):
            samples = ECG[start : start + RATE]
            if stored:
                block = batch_of([(1, start, start + RATE)], make=lambda *_, part=samples: part)
                self.core.store.log.commit([block])
                self.stored.add(start, start + RATE)
            batch = one_block(1, start, samples, 2)
            batch.stored = stored
            self.core.step([batch], 0)

    def end(self, at: int = 1, transmitter: str = "T-1") -> None:
        """The service period ends."""

        def act(unit: EnrollmentUnit) -> None:
            period = unit.open_period(transmitter)
            unit.end_period(replace(period, ended=at, cause="ordered"))

        self.facts.unit(act, "test", 1)

    def seal(self, now: int = LATER) -> None:
        for turn in range(4):
            self.core.seal(now + turn * 100 * SECOND)
        while self.core.catch_up(now):
            pass
        self.core.seal(now + 500 * SECOND)

    def wanted(self) -> np.ndarray:
        return analyze(ECG[: self.stored.stop], LAYOUT, present=list(self.stored)).beats["sample"]

    def sealed(self) -> np.ndarray:
        return self.core.store.reader.beats(1, 0, len(ECG))["sample"]


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.core.close()


def undecided(seconds: int) -> bool:
    """Whether so many seconds hold a beat that only what follows decides."""
    whole = analyze(ECG, LAYOUT).beats["sample"]
    return len(analyze(ECG[: seconds * RATE], LAYOUT).beats) < (whole < seconds * RATE).sum()


def test_what_was_sealed_before_it_was_decided_is_put_right(room: Room) -> None:
    end = next(seconds for seconds in range(50, 110) if undecided(seconds))
    room.give(0, end)
    room.seal()
    few = room.sealed()
    assert room.core.store.reader.segments(1)[-1].stop == end * RATE
    room.give(end, 120)
    room.seal(2 * LATER)
    np.testing.assert_array_equal(room.sealed(), room.wanted())
    assert len(few) < (room.wanted() < end * RATE).sum()


def test_a_declared_hole_is_forgotten_after_what_came_before_it(room: Room) -> None:
    room.give(0, 30)
    room.give(30, 35, stored=False)
    hole = StreamEvent(1, 1, "hole", 30 * RATE, 0, {"stop": 40 * RATE, "cause": "storage"})
    room.facts.record_events([hole], lambda _: None)
    room.core.picture.event(hole)
    sent_before = one_block(1, 35 * RATE, ECG[35 * RATE : 40 * RATE], 2)
    room.core.step([sent_before], 0)
    assert room.core.ward.positions() == {1: 40 * RATE}
    room.core.step([], 0)
    assert room.core.ward.positions() == {1: 30 * RATE}
    room.give(40, 100)
    room.seal()
    np.testing.assert_array_equal(room.sealed(), room.wanted())


@pytest.mark.parametrize("restarted", [False, True])
def test_an_ended_stream_keeps_its_beats_until_it_is_sealed(room: Room, restarted: bool) -> None:
    room.give(0, 70)
    room.end()
    if restarted:
        room.start()
    else:
        room.core.picture.admit(room.facts.stream(1))
        room.core.store.archive.end(1, 0)
    room.core.step([], 0)
    assert room.core.ward.positions() == {1: 70 * RATE}
    room.seal()
    room.core.step([], 0)
    np.testing.assert_array_equal(room.sealed(), room.wanted())
    assert room.core.ward.positions() == {}


def test_an_ended_stream_leaves_everything_in_time(room: Room) -> None:
    room.give(0, 70)
    core = room.core
    assert core.streams.get(1) is not None
    room.end()
    core.intake.period_ended(room.facts.stream(1))
    core.store.archive.end(1, EPOCH)
    room.seal(EPOCH + HOUR)
    core.step([], 0)
    assert (core.streams.peek(1), core.ward.vitals(1), core.census.streams()) == (None, None, (1,))
    core.seal(EPOCH + ENDED_SHOWN - 1)
    assert 1 in core.census
    core.seal(EPOCH + ENDED_SHOWN)
    assert (core.census.streams(), core.hub.front(1), core.ward.positions()) == ((), 0, {})
    assert core.time_of(1, 0) is None
    np.testing.assert_array_equal(room.sealed(), room.wanted())


def test_an_ended_stream_stays_while_samples_wait_to_be_sealed(room: Room) -> None:
    room.give(0, 70)
    room.end()
    room.core.intake.period_ended(room.facts.stream(1))
    room.core.store.archive.end(1, LATER)
    room.disk.capacity = room.disk.used()
    for turn in range(3):
        with contextlib.suppress(StoreError):
            room.core.seal(LATER + turn * 100 * SECOND)
    assert (room.core.census.streams(), room.core.ward.positions()) == ((1,), {1: 70 * RATE})


def came_all_at_once(room: Room) -> None:
    """Seconds 70 to 120 are stored and the analysis has not been through them when the period ends."""
    room.give(0, 70)
    for start in range(70 * RATE, 120 * RATE, RATE):
        part = ECG[start : start + RATE]
        room.core.store.log.commit([batch_of([(1, start, start + RATE)], make=lambda *_, part=part: part)])
        room.core.skip(one_block(1, start, part, 2))
    room.stored.add(70 * RATE, 120 * RATE)
    room.end()
    room.core.intake.period_ended(room.facts.stream(1))
    room.core.store.archive.end(1, EPOCH)


def test_what_came_all_at_once_is_analysed_although_the_period_is_over(room: Room) -> None:
    came_all_at_once(room)
    for turn in range(5):
        room.core.seal(EPOCH + turn * 10 * SECOND)
        room.core.step([], 0)
    assert room.core.ward.positions() == {1: 70 * RATE}
    assert len(room.sealed()) < len(room.wanted())
    while room.core.catch_up(0):
        pass
    room.core.seal(EPOCH + 60 * SECOND)
    room.core.step([], 0)
    np.testing.assert_array_equal(room.sealed(), room.wanted())
    room.core.seal(EPOCH + 70 * SECOND)
    room.core.step([], 0)
    assert room.core.ward.positions() == {}


def test_an_ended_stream_does_not_stay_for_ever(room: Room) -> None:
    came_all_at_once(room)
    room.core.seal(EPOCH + LEAVE_AT_MOST - SECOND)
    room.core.step([], 0)
    assert room.core.ward.positions() == {1: 70 * RATE}
    room.core.seal(EPOCH + LEAVE_AT_MOST + SECOND)
    room.core.step([], 0)
    assert room.core.ward.positions() == {}


@pytest.mark.parametrize(
    ("sealed", "ended_at", "shown"),
    [(True, 1, ()), (False, 1, (1,)), (True, 2 * LATER - ENDED_SHOWN, (1,)), (False, 2 * LATER, (1,))],
    ids=["long ago", "long ago, not sealed", "lately", "just now"],
)
def test_a_start_admits_what_is_in_use(sealed: bool, ended_at: int, shown: tuple[int, ...]) -> None:
    room = Room()
    room.give(0, 70)
    if sealed:
        room.core.store.archive.end(1, 0)
        room.seal()
    room.end(ended_at)
    room.now = 2 * LATER
    room.start()
    assert room.core.census.streams() == shown
    room.core.seal(2 * LATER)
    room.seal(2 * LATER + ENDED_SHOWN)
    room.core.step([], 0)
    assert (room.core.census.streams(), room.core.ward.positions()) == ((), {})
    np.testing.assert_array_equal(room.sealed(), room.wanted())
    room.core.close()


def test_the_list_of_ended_streams_is_bounded(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("einthoven.bootstrap.core.ENDED_MAX", 2)
    for number in range(2, 7):
        body = {"patient": {"name": f"P {number}"}, "transmitter": f"T-{number}", "rate_hz": RATE}
        enroll(room.facts, body | {"leads": ["II", "V1"], "public_key": f"{number:064x}"}, 0)
        room.core.admit(room.facts.stream(number))
        room.end(EPOCH + number, f"T-{number}")
        room.core.intake.period_ended(room.facts.stream(number))
    room.core.seal(EPOCH + 10 * SECOND)
    assert room.core.census.streams() == (1, 5, 6)
    room.start()
    assert room.core.census.streams() == (1, 5, 6)


def test_damage_that_sealing_meets_is_told(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    room.give(0, 61)
    room.disk.flip("log/00000001.log", 4000)
    room.seal()
    assert "damage" in capsys.readouterr().out
    lost = History(room.facts, room.core.store.reader).lost(1)
    assert lost.samples
    assert not room.core.store.reader.stored(1).within(*next(iter(lost.samples)))


@pytest.mark.parametrize("saved_at", [0, 40, 100], ids=["no step", "an old step", "a new step"])
def test_a_restart_puts_right_what_an_earlier_life_sealed(room: Room, saved_at: int) -> None:
    """The earlier life saw seconds live that were never stored; what it sealed knows of them."""
    room.give(0, 40)
    if saved_at == 40:
        room.core.save_step()
    room.give(40, 45, stored=False)
    room.give(45, 100)
    room.seal()
    if saved_at == 100:
        room.core.save_step()
    hole = StreamEvent(1, 1, "hole", 40 * RATE, 0, {"stop": 45 * RATE, "cause": "storage"})
    room.facts.record_events([hole], lambda _: None)
    assert len(np.setxor1d(room.sealed(), room.wanted()))
    room.start()
    room.seal(2 * LATER)
    np.testing.assert_array_equal(room.sealed(), room.wanted())


def test_a_damaged_segment_does_not_hold_up_the_others(room: Room) -> None:
    room.give(0, 61)
    room.seal()
    room.disk.flip(next(row.name.beats for row in room.core.store.reader.segments(1)), 4)
    rows = room.core.ward.beats(1, 0, 1 << 40)
    spans = room.core.store.archive.replace_beats(1, [Span(0, 61 * RATE)], rows)
    assert SpanSet(spans).covers(0, 61 * RATE)
    assert room.core.store.stats.damaged == 1
    room.give(61, 100)
    room.seal(2 * LATER)
    assert room.core.store.reader.segments(1)[-1].stop == 100 * RATE
