"""The screen of a simulated technician is checked like a page's: what it reports is what the center sent."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from einthoven.base.instants import SECOND
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.center.displays import Checked, Displays, Reason, parse_report
from einthoven.center.live import LiveHub
from einthoven.sim.screen import LiveScreen
from einthoven.testing.web import EPOCH, FakeWard, plain_layout

RATES = {7: 250.0, 8: 360.0, 9: 128.0}
NAMES = ["s000007", "s000008", "s000009"]


class Room:
    """Three patients, one screen; a second a step."""

    def __init__(self) -> None:
        self.now = 0
        self.ward = FakeWard()
        self.hub = LiveHub(self.ward, lambda s, at: EPOCH + int(at * SECOND / RATES[s]))
        for stream, rate in RATES.items():
            self.ward.layouts[stream] = plain_layout(rate, 2)
            self.hub.admit(stream, plain_layout(rate, 2))
        numbers = itertools.count(1)
        self.displays = Displays(self.hub, self.ward, lambda: f"nonce-{next(numbers)}")
        self.glass = self.displays.open()
        self.screen = LiveScreen(self.hub, lambda: self.now)

    def come(self, start_s: float, stop_s: float, *streams: int) -> None:
        for stream in streams or RATES:
            start, stop = (round(at * RATES[stream]) for at in (start_s, stop_s))
            self.ward.take(stream, start, stop)
            received = np.array([EPOCH + self.now])
            self.hub.arrived(np.array([stream]), np.array([start]), np.array([stop]), received)

    def look(self, names: list[str] | None = None) -> Checked:
        """A second goes by, and the screen answers its tick."""
        self.now += SECOND
        self.displays.beat(EPOCH + self.now)
        nonce = self.displays.nonce(self.glass)
        text = self.screen.report(NAMES if names is None else names, nonce, EPOCH + self.now)
        return self.displays.check(self.glass, parse_report(json.loads(text)))

    def live(self, seconds: int, since: int = 0) -> list[Checked]:
        looks = []
        for at in range(since, since + seconds):
            self.come(at, at + 1)
            looks.append(self.look())
        return looks


def test_every_tile_is_proven_from_the_second_look_on() -> None:
    looks = Room().live(30)
    assert {sight.reason for sight in looks[0].sights} == {Reason.STARTING}
    assert all(one.proven() == [7, 8, 9] for one in looks[1:])


def test_who_has_no_samples_yet_is_displayed_too() -> None:
    room = Room()
    room.look()
    assert room.look().proven() == [7, 8, 9]


def test_another_view_is_proven_at_once() -> None:
    room = Room()
    room.live(10)
    room.come(10, 11)
    assert room.look(["s000008"]).proven() == [8]
    room.come(11, 12)
    assert room.look(NAMES).proven() == [7, 8, 9]


def test_a_hole_and_what_fills_it_later_are_painted() -> None:
    room = Room()
    room.live(10)
    room.come(11, 12)
    assert room.look().proven() == [7, 8, 9]
    room.come(10, 11)
    assert room.look().proven() == [7, 8, 9]
    assert all(one.proven() == [7, 8, 9] for one in room.live(5, since=12))


def test_a_screen_that_stood_still_goes_on() -> None:
    room = Room()
    room.live(10)
    room.come(10, 16)
    room.now += 5 * SECOND
    room.look()
    assert all(one.proven() == [7, 8, 9] for one in room.live(4, since=16))


@pytest.mark.parametrize("lead", [0, 1])
def test_a_sample_that_is_another_is_no_proof(lead: int) -> None:
    room = Room()
    room.live(10)
    trace = room.screen._tiles[7].traces[lead]
    trace.ring[(trace.end - 1) % len(trace.ring)] = INVALID_SAMPLE
    room.come(10, 11, 8, 9)
    seen = room.look()
    assert seen.proven() == [8, 9]
    assert seen.of([7])[0].reason is Reason.WRONG_PICTURE


def test_old_samples_are_marked() -> None:
    room = Room()
    room.live(10)
    for at in range(10, 18):
        room.come(at, at + 1, 8, 9)
        seen = room.look()
    assert seen.proven() == [7, 8, 9]
    assert [bool(sight.flags & 1) for sight in seen.sights] == [True, False, False]


def test_a_closed_screen_is_none() -> None:
    room = Room()
    assert room.hub.screens == 1
    room.screen.close()
    assert room.hub.screens == 0
