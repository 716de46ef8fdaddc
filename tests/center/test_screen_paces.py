"""Screens that lie lose the watch at every pace: of the samples, and of the screen's own reports.

Transmitters send a frame each second (``docs/wire.md``), some two or ten; a page answers each tick, or
oftener, or every other one. How the frames lie to the center's seconds is chance, and stays so for hours.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.center.test_displays import RATE
from tests.center.test_refused import HOUR_MS, ScreenHouse

from einthoven.base.instants import SECOND, Instant
from einthoven.center.displays import Reason

FROZEN_MAX = 3 * SECOND
"""A picture that stands still is proved no longer than this."""
TOLD_MAX = 5 * SECOND
"""From the last proof until everybody is told that the watch is lost (R18)."""


class Pace(NamedTuple):
    """In tenths of a second: between frames of samples, where the first ends, how long one is under way,
    between the screen's reports."""

    frame: int
    phase: int
    delay: int
    report: int


PACES = st.builds(
    Pace,
    frame=st.sampled_from([1, 2, 5, 10, 20]),
    phase=st.integers(0, 19),
    delay=st.integers(1, 4),
    report=st.sampled_from([1, 2, 5, 10, 20]),
)
SECONDS_LATE = Pace(frame=10, phase=8, delay=3, report=10)
"""What the screen has had for a second is 2.2 s old at every tick, though nothing is wrong."""
SLOWEST = Pace(frame=20, phase=9, delay=4, report=20)


class PacedHouse(ScreenHouse):
    """A house where samples come in frames, and where the pen of the page moves evenly."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self.pace = pace
        self.tenths = 0
        self.nonce = ""
        self.glass.screen.lag_s = (pace.frame + pace.delay) / 10 + 0.06

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self._tenth()
        assert self.defects == []

    def _tenth(self) -> None:
        self.tenths += 1
        frame, phase, delay, report = self.pace
        front, here = self.glass.hub.front(1), self.tenths - delay
        ended = (here - phase % frame) // frame * frame + phase % frame
        if ended * RATE // 10 > front:
            self.glass.come(front, ended * RATE // 10, 1)
        self.glass.show()
        self.clock.move(0.1)
        now, wall = self.clock.monotonic(), self.clock.wall()
        if self.tenths % 2 == 0:
            self.room.desk.turn(wall)
        while (text := self.page.next(now, wall)) is not None:
            self.nonce = json.loads(text).get("nonce", self.nonce)
        if self.nonce and self.tenths % report == 0:
            self.page.take(json.dumps(self.glass.screen.report(self.nonce)))

    def watched(self) -> bool:
        return self.books.surveil.watches.holding(1) is not None

    def lost(self) -> tuple[Instant, Instant, str]:
        """The last proof, when the loss was told, why."""
        (deed,) = self.kept.journal.read_kinds(("watch.lost",))
        since: Any = deed.body["since"]
        return since, deed.at, str(deed.body["cause"])


def watching(pace: Pace) -> PacedHouse:
    """An honest screen that holds the watch, and holds it for as long as one looks."""
    house = PacedHouse(pace)
    house.run(8)
    house.accept()
    house.run(6)
    assert house.watched()
    return house


@settings(max_examples=15, deadline=None)
@given(pace=PACES)
@example(pace=SECONDS_LATE)
@example(pace=SLOWEST)
def test_an_honest_screen_keeps_its_watch_at_every_pace(pace: Pace) -> None:
    house = watching(pace)
    house.run(12)
    assert house.watched()
    assert house.kept.journal.read_kinds(("watch.lost",)) == []


@pytest.mark.parametrize("lie", ["frozen", "claims", "changed", "stale", "ahead"])
@settings(max_examples=12, deadline=None)
@given(pace=PACES, tenths=st.integers(0, 9))
@example(pace=SECONDS_LATE, tenths=0)
@example(pace=SLOWEST, tenths=5)
def test_a_lie_loses_the_watch_at_every_pace(lie: Any, pace: Pace, tenths: int) -> None:
    house = watching(pace)
    house.run(tenths / 10)
    if lie == "ahead":
        house.glass.screen.clock_off_ms = HOUR_MS
    else:
        house.glass.screen.lie = lie
    lied = house.clock.wall()
    house.run(10)
    assert not house.watched()
    proved, told, cause = house.lost()
    assert proved <= lied + (FROZEN_MAX if lie == "frozen" else 0)
    assert told <= proved + TOLD_MAX
    assert cause in {reason.words for reason in Reason}


@settings(max_examples=6, deadline=None)
@given(pace=PACES, seldom=st.integers(50, 80))
def test_a_screen_that_reports_too_seldom_loses_the_watch_however_right_its_picture_is(
    pace: Pace, seldom: int
) -> None:
    house = watching(pace)
    house.pace = pace._replace(report=seldom)
    house.run(16)
    assert not house.watched()
    proved, told, _ = house.lost()
    assert told <= proved + TOLD_MAX


def test_old_samples_that_go_on_coming_are_not_shown_as_live() -> None:
    """They take ten seconds. An honest page says that they are old; a clock that is behind hides it."""
    house = PacedHouse(SECONDS_LATE._replace(delay=104))
    house.run(16)
    house.accept()
    house.run(6)
    assert house.watched()
    house.glass.screen.clock_off_ms = -HOUR_MS
    house.run(10)
    assert not house.watched()
    assert house.lost()[2] == Reason.UNMARKED.words
