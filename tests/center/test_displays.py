"""Proof that a patient is on a screen: honest screens pass whatever comes, and every lie is found."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND
from einthoven.center.displays import Displays, Glass, Reason, Sight, parse_report
from einthoven.center.live import LiveHub, columns
from einthoven.center.live_view import View
from einthoven.testing.screens import FakeScreen, Lie
from einthoven.testing.web import EPOCH, FakeWard, plain_layout

RATE = 250
TICK = SECOND // 10
NOT_A_FAULT = {None, Reason.STARTING, Reason.REPAINTING}


class Room:
    """A hub, a ward, one screen on a live socket and its reports on a desk socket; a tenth of a second a
    step."""

    def __init__(
        self, streams: tuple[int, ...] = (7,), cps: float = 94.5, buffer_s: float = 1.0, rate: float = RATE
    ) -> None:
        self.rate = rate
        self.now = 0
        self.cps = cps
        self.epoch = 0
        self.ward = FakeWard()
        self.dated = True
        self.hub = LiveHub(self.ward, lambda _s, at: EPOCH + int(at * SECOND / rate) if self.dated else None)
        for stream in streams:
            self.ward.layouts[stream] = plain_layout(rate, 2)
            self.hub.admit(stream, plain_layout(rate, 2))
        numbers = itertools.count(1)
        self.displays = Displays(self.hub, self.ward, lambda: f"nonce-{next(numbers)}")
        self.screen = FakeScreen(dict.fromkeys(streams, rate), buffer_s)
        self.glass: Glass = self.displays.open()
        self.live = self.hub.open()
        self.streams = streams
        self.view(cps)

    def view(self, cps: float, leads: tuple[int, ...] = ()) -> None:
        self.epoch += 1
        self.cps = cps
        self.hub.view(self.live, View(self.epoch, tuple((s, leads) for s in self.streams), cps, 10.0))

    def reconnect(self) -> None:
        self.hub.close(self.live)
        self.live = self.hub.open()
        self.view(self.cps)

    def come(self, start: int, stop: int, stream: int = 7) -> None:
        self.ward.take(stream, start, stop)
        received = np.array([EPOCH + self.now])
        self.hub.arrived(np.array([stream]), np.array([start]), np.array([stop]), received)

    def show(self) -> None:
        """Waves go out and a frame is drawn."""
        self.now += TICK
        self.screen.take(self.hub.frames(self.live, self.now, EPOCH + self.now))
        self.screen.frame((EPOCH + self.now) / 1e6)

    def ask(self) -> str:
        self.displays.beat(EPOCH + self.now)
        return self.displays.nonce(self.glass)

    def judge(self, report: dict[str, Any]) -> dict[int, Reason | None]:
        checked = self.displays.check(self.glass, parse_report(json.loads(json.dumps(report))))
        return {sight.stream: sight.reason for sight in checked.of(self.streams)}

    def second(self, feed: Callable[[int], None] = lambda _n: None) -> dict[int, Reason | None]:
        """Ten tenths with whatever comes in them, a tick, one more frame, the report."""
        for n in range(10):
            feed(n)
            self.show()
        return self.answer()

    def answer(self) -> dict[int, Reason | None]:
        nonce = self.ask()
        self.screen.frame((EPOCH + self.now) / 1e6)
        return self.judge(self.screen.report(nonce))

    def live_for(self, seconds: int, stream: int = 7) -> list[Reason | None]:
        """Frames of 0.1 s, in step with the clock."""

        def feed(_n: int) -> None:
            front = self.hub.front(stream)
            self.come(front, front + int(self.rate / 10), stream)

        return [self.second(feed)[stream] for _ in range(seconds)]


# ---- honest screens ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cps", [10.0, 62.5, 94.5, 249.0, 250.0, 2000.0])
@pytest.mark.parametrize("rate", [100.0, 128.0, 250.0, 1000.0])
def test_a_live_picture_is_proven_every_second(cps: float, rate: float) -> None:
    room = Room(cps=cps, rate=rate)
    reasons = room.live_for(6)
    assert reasons[0] is Reason.STARTING, "at the first tick nothing is known of the second before it"
    assert reasons[1:] == [None] * 5


def test_a_patient_of_whom_nothing_came_yet_is_displayed_as_such() -> None:
    room = Room()
    assert [room.second()[7] for _ in range(3)] == [Reason.STARTING, None, None]


def test_silence_of_the_transmitter_is_not_the_screens_fault() -> None:
    room = Room()
    room.live_for(5)
    for _ in range(30):
        room.screen.settle()
        assert room.second() == {7: None}


def test_the_late_picture_and_the_one_before_it_are_both_right() -> None:
    room = Room(buffer_s=0.3)
    room.live_for(3)
    front = room.hub.front(7)
    room.come(front + 50, front + 75)
    room.show()
    nonce = room.ask()
    room.come(front, front + 20)
    room.come(front + 20, front + 50)
    room.screen.settle()
    assert room.judge(room.screen.report(nonce)) == {7: None}, "the screen has not been told of either"
    nonce = room.ask()
    room.show()
    room.screen.settle()
    assert room.judge(room.screen.report(nonce)) == {7: None}, "the screen has both"


STEPS = ["live", "burst", "hole", "late", "again", "nothing", "view", "raw", "reconnect", "second"]


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_an_honest_screen_never_fails(data: st.DataObject) -> None:
    room = Room((7, 8), buffer_s=data.draw(st.sampled_from([0.0, 0.25, 1.06, 1.9]), "buffer"))
    front = {7: 0, 8: 0}
    holes: list[tuple[int, int, int]] = []
    told: list[Reason | None] = []
    for _ in range(data.draw(st.integers(1, 40), "steps")):
        stream = data.draw(st.sampled_from([7, 8]), "stream")
        size = data.draw(st.integers(1, 400), "samples")
        match data.draw(st.sampled_from(STEPS), "step"):
            case "live" | "burst":
                room.come(front[stream], front[stream] + size, stream)
                front[stream] += size
            case "hole":
                holes.append((stream, front[stream], front[stream] + size))
                room.come(front[stream] + size, front[stream] + size + 30, stream)
                front[stream] += size + 30
            case "late" if holes:
                late, start, stop = holes.pop(data.draw(st.integers(0, len(holes) - 1), "which"))
                middle = data.draw(st.integers(start, stop), "cut")
                for part in ((middle, stop), (start, middle)):
                    if part[0] < part[1]:
                        room.come(*part, late)
            case "again" if front[stream]:
                start = data.draw(st.integers(max(0, front[stream] - 500), front[stream] - 1), "from")
                room.come(start, min(front[stream], start + size), stream)
            case "view":
                room.view(data.draw(st.sampled_from([62.5, 94.5, 120.0]), "columns a second"))
            case "raw":
                room.view(500.0)
            case "reconnect":
                room.reconnect()
            case "second":
                told += judged(room, front)
            case _:
                room.show()
    told += judged(room, front)
    assert set(told) <= NOT_A_FAULT


def judged(room: Room, front: dict[int, int]) -> list[Reason | None]:
    """What is said after a second; of a patient's first seconds nothing can be drawn yet."""
    told = room.second()
    begun = [stream for stream in told if front[stream] > 2 * RATE]
    assert all(told[stream] is not Reason.NOTHING_DRAWN for stream in begun)
    return [reason for reason in told.values() if reason is not Reason.NOTHING_DRAWN]


def test_a_screen_that_was_away_is_proven_again_with_its_next_report() -> None:
    room = Room()
    room.live_for(3)
    for _ in range(20):
        room.come(room.hub.front(7), room.hub.front(7) + RATE)
        room.now += SECOND
        room.ask()
    room.reconnect()
    assert room.live_for(2) == [None, None]


# ---- lies --------------------------------------------------------------------------------------------------


def lying(lie: Lie, seconds: int = 5) -> list[Reason | None]:
    room = Room()
    room.live_for(4)
    room.screen.lie = lie
    return room.live_for(seconds)


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        ("hidden", Reason.HIDDEN),
        ("nonce", Reason.NOT_IN_VIEW),
        ("changed", Reason.WRONG_PICTURE),
        ("claims", Reason.WRONG_PICTURE),
        ("covered", Reason.NOT_IN_VIEW),
        ("stale", Reason.STALE),
    ],
)
def test_a_lie_is_found_with_the_first_report(lie: Lie, reason: Reason) -> None:
    found = lying(lie)
    assert found == [Reason.FORGED if lie == "nonce" else reason] * 5


def test_a_frozen_canvas_with_a_live_socket_is_found_within_four_seconds() -> None:
    found = lying("frozen", 8)
    assert found[3:] == [Reason.FROZEN] * 5


def test_the_same_report_again_proves_nothing_later_and_soon_nothing_at_all() -> None:
    room = Room()
    room.live_for(3)
    report = parse_report(room.screen.report(room.ask()))
    first = room.displays.check(room.glass, report)
    room.displays.beat(EPOCH + room.now + SECOND)
    again = room.displays.check(room.glass, report)
    assert (first.proven(), again.proven()) == ([7], [7])
    assert first.at == again.at == EPOCH + room.now
    room.displays.beat(EPOCH + room.now + 2 * SECOND)
    room.displays.beat(EPOCH + room.now + 3 * SECOND)
    assert room.displays.check(room.glass, report).at is None


def test_a_beat_has_one_nonce_however_often_it_is_asked_for() -> None:
    room = Room()
    room.live_for(3)
    assert room.displays.nonce(room.glass) == room.displays.nonce(room.glass)
    old = room.displays.nonce(room.glass)
    room.displays.beat(EPOCH + room.now + SECOND)
    assert room.displays.nonce(room.glass) != old
    assert room.displays.nonce(room.displays.open()) != room.displays.nonce(room.glass)


def test_a_report_speaks_for_the_tick_it_answers_and_not_for_old_ones() -> None:
    room = Room()
    room.live_for(3)
    old = room.ask()
    asked_at = room.now
    room.live_for(2)
    checked = room.displays.check(room.glass, parse_report(room.screen.report(old)))
    assert checked.at == EPOCH + asked_at
    assert checked.proven() == [7]
    older = room.ask()
    room.live_for(3)
    assert room.judge(room.screen.report(older)) == {7: Reason.FORGED}


def test_the_nonce_of_another_socket_is_worth_nothing() -> None:
    room = Room()
    room.live_for(3)
    other = room.displays.open()
    room.displays.beat(EPOCH + room.now)
    nonce = room.displays.nonce(other)
    assert room.judge(room.screen.report(nonce)) == {7: Reason.FORGED}


def test_a_picture_of_the_past_is_behind_even_where_every_column_is_right() -> None:
    room = Room(buffer_s=3.2)
    assert room.live_for(10)[6:] == [Reason.BEHIND] * 4


def test_old_samples_that_are_not_marked_stale_are_no_proof() -> None:
    room = Room()
    room.live_for(4)
    room.screen.lie = "unmarked"
    room.screen.settle()
    found = [room.second()[7] for _ in range(8)]
    assert found[:3] == [None] * 3
    assert found[-2:] == [Reason.UNMARKED] * 2


def test_without_a_date_nothing_is_said_of_age() -> None:
    room = Room()
    room.dated = False
    room.live_for(4)
    room.screen.lie = "stale"
    assert room.live_for(2) == [None, None]


def test_streams_that_are_not_in_service_and_those_not_reported() -> None:
    room = Room()
    room.live_for(3)
    room.hub.discharge(7)
    assert room.judge(room.screen.report(room.ask())) == {7: Reason.UNKNOWN}
    checked = room.displays.check(room.glass, parse_report(room.screen.report(room.ask())))
    assert checked.of([99]) == [Sight(99, Reason.NOT_IN_VIEW)]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_one_changed_sample_that_shows_is_found(data: st.DataObject) -> None:
    """One value of what was drawn is another: of any lead, any column of the report."""
    room = Room(cps=data.draw(st.sampled_from([62.5, 94.5, 250.0]), "columns a second"))
    room.live_for(4)
    nonce = room.ask()
    honest = room.screen.report(nonce)
    (name, stop, _spc, _crc, _newest, count, _leads, _flags) = honest["tiles"][0]
    assert name == "s000007"
    lead = data.draw(st.sampled_from([0, 1]), "lead")
    column = data.draw(st.integers(stop - count, stop - 1), "column")
    drawn = room.screen.drawn(7, lead)
    values = list(drawn[column])
    place = data.draw(st.integers(0, len(values) - 1), "of the pair")
    values[place] = data.draw(
        st.integers(-32768, 32767).filter(lambda value: value != values[place]), "value"
    )
    drawn[column] = tuple(values)
    assert room.judge(room.screen.report(nonce)) == {7: Reason.WRONG_PICTURE}


def crc_of(room: Room, stop: int, count: int, spc: float) -> int:
    """What columns of both leads really are."""
    start, end = math.ceil((stop - count) * spc), math.ceil(stop * spc)
    window = room.ward.recent(7, start, end)
    crc = 0
    for lead in (0, 1):
        crc = zlib.crc32(columns(window, lead, stop - count, stop, spc).tobytes(), crc)
    return crc


@pytest.mark.parametrize(
    ("spc", "ahead"), [(1.0, 1), (2.5, 40), (500.0, 0)], ids=["one sample ahead", "holes to come", "coarse"]
)
def test_columns_that_cannot_be_on_a_screen_are_wrong_though_their_sum_is_right(
    spc: float, ahead: int
) -> None:
    room = Room()
    room.live_for(8)
    stop = int(room.hub.front(7) / spc) + ahead
    tile = ["s000007", stop, spc, crc_of(room, stop, 2, spc), math.ceil(stop * spc) - 1, 2, 3, 0]
    report = {"type": "painted", "nonce": room.ask(), "visible": True, "tiles": [tile]}
    assert room.judge(report) == {7: Reason.WRONG_PICTURE}


def test_a_wrong_picture_over_late_samples_is_no_proof_either() -> None:
    room = Room(buffer_s=0.3)
    room.live_for(3)
    front = room.hub.front(7)
    room.come(front + 50, front + 150)
    room.come(front, front + 50)
    room.screen.lie = "changed"
    assert room.second() == {7: Reason.REPAINTING}


def test_a_screen_that_has_drawn_nothing_of_a_patient_who_sends_proves_nothing() -> None:
    room = Room()
    room.live_for(3)
    blank = FakeScreen({7: RATE})
    assert room.judge(blank.report(room.ask())) == {7: Reason.NOTHING_DRAWN}


# ---- what honest screens must not suffer from --------------------------------------------------------------


def test_samples_that_came_a_moment_before_the_tick_need_not_be_drawn_yet() -> None:
    room = Room()
    room.live_for(4)
    room.come(room.hub.front(7), room.hub.front(7) + 6 * RATE)
    assert room.judge(room.screen.report(room.ask())) == {7: None}


def test_a_row_of_the_hub_that_was_another_patients_says_nothing_of_this_one() -> None:
    room = Room((7,))
    room.live_for(20)
    room.hub.discharge(7)
    room.ward.layouts[8] = plain_layout(RATE, 2)
    room.hub.admit(8, plain_layout(RATE, 2))
    room.streams = (8,)
    room.screen.view({8: RATE})
    room.view(room.cps)
    room.come(0, 2 * RATE, 8)
    room.show()
    assert room.judge(room.screen.report(room.ask())) == {8: None}


def test_late_samples_between_two_reports_of_one_second_are_looked_at_again() -> None:
    room = Room(buffer_s=0.3)
    room.live_for(3)
    front = room.hub.front(7)
    room.come(front + 50, front + 150)
    room.show()
    nonce = room.ask()
    assert room.judge(room.screen.report(nonce)) == {7: None}
    room.come(front, front + 50)
    room.show()
    assert room.judge(room.screen.report(nonce)) == {7: None}


# ---- what a report may hold --------------------------------------------------------------------------------

GOOD = ["s000007", 500, 2.5, 12345, 1249, 100, 3, 0]


def painted(**change: Any) -> dict[str, Any]:
    return {"type": "painted", "nonce": "ab12", "visible": True, "tiles": [GOOD]} | change


def tile(place: int, value: Any) -> dict[str, Any]:
    return painted(tiles=[[*GOOD[:place], value, *GOOD[place + 1 :]]])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "not a JSON object"),
        (painted(nonce=7), "nonce"),
        (painted(nonce=""), "nonce"),
        (painted(visible=1), "visible"),
        (painted(tiles={}), "tiles must be a list"),
        (painted(tiles=[GOOD] * 129), "at most 128"),
        (painted(tiles=[GOOD, GOOD]), "named twice"),
        (painted(tiles=[GOOD[:7]]), "seven numbers"),
        (tile(0, "x"), "not a stream"),
        (tile(0, 7), "seven numbers"),
        (tile(1, -1), "column stop of s000007"),
        (tile(1, True), "column stop of s000007"),
        (tile(2, 0.5), "samples per column of s000007"),
        (tile(2, float("nan")), "samples per column of s000007"),
        (tile(2, "2.5"), "samples per column of s000007"),
        (tile(3, 2**32), "CRC of s000007"),
        (tile(4, 1250), "newest sample of s000007 is not that of its last column"),
        (tile(5, 501), "501 columns of s000007 are too many"),
        (tile(5, 0), "leads and no columns"),
        (tile(6, 0), "columns and no leads"),
        (tile(6, 4096), "leads of s000007"),
        (tile(7, 4), "flags of s000007"),
    ],
)
def test_a_malformed_report_is_refused_with_what_is_wrong(body: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_report(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    )
)
def test_whatever_is_sent_is_a_report_or_refused(value: Any) -> None:
    for body in (value, painted(tiles=value), painted(tiles=[value])):
        with contextlib.suppress(InputError):
            assert len(parse_report(body).tiles) <= 128
