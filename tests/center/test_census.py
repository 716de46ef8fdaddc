"""The census: what is so with each stream and the center."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from einthoven.base.instants import SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.center.census import Census, State
from einthoven.center.ports import StreamEvent
from einthoven.testing.web import EPOCH, FakeVitals, FakeWard, facts_of, plain_layout

MS = EPOCH // 1_000_000


def qualities(state: State) -> list[int]:
    leads = state["leads"]
    assert isinstance(leads, list)
    return [lead["quality"] for lead in leads]


class Room:
    """A census over a fake ward, and the changes it told."""

    def __init__(self, streams: tuple[int, ...] = (17,), mapped: bool = True) -> None:
        self.ward = FakeWard()
        self.census = Census(
            self.ward, lambda _stream, sample: EPOCH + int(sample) * 4_000_000 if mapped else None, EPOCH
        )
        self.told: list[tuple[int, State | None]] = []
        for stream in streams:
            self.ward.layouts[stream] = plain_layout()
            self.census.admit(facts_of(stream))
        self.census.on_change = lambda stream, fields: self.told.append((stream, fields))

    def come(self, stream: int, stop: int, at: int) -> None:
        self.census.arrived(np.array([stream]), np.array([stop]), np.array([EPOCH + at]))

    def state(self, now: int = 0, stream: int = 17) -> State:
        state = self.census.state(stream, EPOCH + now)
        assert state is not None
        return state


def test_a_stream_nothing_was_heard_of() -> None:
    room = Room()
    assert room.state() == {
        "id": "s000017",
        "patient": "Patient, 17",
        "transmitter": "T-17",
        "rate_hz": 250.0,
        "leads": [
            {"name": "II", "gain": 200.0, "baseline": 0, "quality": 255},
            {"name": "V1", "gain": 200.0, "baseline": 0, "quality": 255},
        ],
        "hr": None,
        "rhythm": None,
        "findings": [],
        "battery": None,
        "link": "never",
        "link_since_ms": None,
        "link_reason": None,
        "newest_ms": None,
        "backlog_s": 0.0,
        "stored": True,
        "status_ms": None,
        "mark": None,
        "period": "open",
    }
    assert room.census.state(99, EPOCH) is None


def test_fast_fields_come_from_the_ward_at_most_once_a_second() -> None:
    room = Room()
    room.come(17, 500, at=2 * SECOND)
    room.ward.signs[17] = FakeVitals(heart_rate_bpm=71.6, quality=(0, 1), stored=False)
    state = room.state(2 * SECOND)
    assert (state["hr"], state["newest_ms"], state["stored"]) == (72, MS + 499 * 4, False)
    assert qualities(state) == [0, 1]
    room.ward.signs[17] = FakeVitals(heart_rate_bpm=150.0)
    assert room.state(2 * SECOND + 900_000_000)["hr"] == 72
    assert room.state(3 * SECOND)["hr"] == 150


def test_without_a_clock_fix_the_receipt_dates_the_newest_sample() -> None:
    room = Room(mapped=False)
    room.come(17, 500, at=3 * SECOND)
    assert room.state(4 * SECOND)["newest_ms"] == MS + 3000


def test_old_signs_are_not_shown() -> None:
    room = Room()
    room.come(17, 250, at=SECOND)
    room.census.event(StreamEvent(17, 1, "status", 250, EPOCH + SECOND, {"battery": 81, "lead_off": 2}))
    for now, rate, quality in ((11, 72, [0, 3]), (12, None, [255, 255])):
        state = room.state(now * SECOND)
        assert (state["hr"], qualities(state)) == (rate, quality)
        assert (state["battery"], state["status_ms"]) == (81, MS + 1000)


@pytest.mark.parametrize("received", [1, 3])
def test_the_newest_sample_is_never_dated_after_it_came(received: int) -> None:
    """A transmitter whose clock runs an hour ahead must not look live for an hour after it fell silent."""
    room = Room()
    room.come(17, 500, at=received * SECOND)
    assert room.state(60 * SECOND)["newest_ms"] == MS + min(499 * 4, received * 1000)


def test_after_a_restart_the_newest_sample_is_not_dated_after_the_start() -> None:
    room = Room()
    room.census.admit(facts_of(18), front=250 * 3600)
    assert room.state(60 * SECOND, stream=18)["newest_ms"] == MS


def test_late_samples_do_not_make_a_stream_look_fresh() -> None:
    room = Room()
    room.come(17, 1000, at=SECOND)
    room.come(17, 400, at=60 * SECOND)
    assert room.census.center(EPOCH + 60 * SECOND)["silent"] == 1
    assert room.state(60 * SECOND)["hr"] is None


LINKS = [
    ([("up", 1, 1)], ("connected", 1, None)),
    ([("up", 1, 1), ("down", 5, 1)], ("lost", 5, "silent for 90 s")),
    ([("up", 1, 1), ("up", 4, 2), ("down", 5, 1)], ("connected", 4, None)),
    ([("up", 1, 1), ("down", 3, 1), ("up", 4, 2)], ("connected", 4, None)),
    ([("down", 3, 0)], ("lost", 3, "silent for 90 s")),
]


@pytest.mark.parametrize(("steps", "expected"), LINKS)
def test_the_link(steps: list[tuple[str, int, int]], expected: tuple[str, int, str | None]) -> None:
    room = Room()
    for act, at, session in steps:
        if act == "up":
            room.census.link_up(17, EPOCH + at * SECOND, session)
        else:
            room.census.link_down(17, EPOCH + at * SECOND, "silent for 90 s", session)
    state = room.state()
    assert (state["link"], state["link_since_ms"], state["link_reason"]) == (
        expected[0],
        MS + expected[1] * 1000,
        expected[2],
    )
    assert room.census.center(EPOCH)["connected"] == int(expected[0] == "connected")


def test_status_and_marks() -> None:
    room = Room()
    room.come(17, 250, at=0)
    room.census.event(StreamEvent(17, 1, "status", 250, EPOCH, {"battery": 81, "lead_off": 2}))
    room.census.event(StreamEvent(17, 2, "mark", 500, EPOCH, {"symptom": "dizzy"}))
    room.census.event(StreamEvent(17, 3, "hole", 500, EPOCH, {"stop": 600, "cause": "power"}))
    state = room.state()
    assert state["battery"] == 81
    assert qualities(state) == [0, 3]
    assert state["mark"] == {"sample": 500, "symptom": "dizzy", "at_ms": MS + 2000}
    assert [fields for _, fields in room.told] == [{"battery": 81}, {"mark": state["mark"]}]
    room.census.event(StreamEvent(17, 4, "status", 900, EPOCH, {"battery": None, "lead_off": 0}))
    assert room.state()["battery"] is None


def test_only_what_changed_is_told() -> None:
    room = Room()
    room.census.link_up(17, EPOCH)
    room.census.admit(facts_of(17))
    room.census.event(StreamEvent(17, 1, "status", 0, EPOCH, {"battery": None}))
    declared = Layout(360.0, (Lead("MLII", 100.0, 12),))
    room.census.admit(dataclasses.replace(facts_of(17), layout=declared))
    room.census.admit(dataclasses.replace(facts_of(17), layout=declared, open=False))
    room.census.discharge(17)
    assert [fields for _, fields in room.told] == [
        {"link": "connected", "link_since_ms": MS},
        {"rate_hz": 360.0},
        {"leads": [{"name": "MLII", "gain": 100.0, "baseline": 12, "quality": 255}]},
        {"period": "ended"},
        None,
    ]


def test_the_center_counts_open_periods() -> None:
    room = Room(streams=(1, 2, 3, 4))
    room.census.admit(facts_of(4, still_open=False))
    for stream in (1, 2, 4):
        room.census.link_up(stream, EPOCH)
        room.come(stream, 250, at=SECOND)
    room.come(2, 500, at=4 * SECOND)
    room.census.storing("full", EPOCH + SECOND)
    room.census.storing("full", EPOCH + 2 * SECOND)
    room.census.clock("the center's clock was set forward by 3.0 s")
    room.census.behind(0.16)
    assert room.census.center(EPOCH + 5 * SECOND) == {
        "storing": "full",
        "since_ms": MS + 1000,
        "findings": "ok",
        "findings_since_ms": None,
        "findings_waiting": 0,
        "clock": "the center's clock was set forward by 3.0 s",
        "patients": 3,
        "connected": 2,
        "silent": 1,
        "behind_s": 0.2,
    }


def test_ended_periods_are_told_apart_and_can_be_shown_from_their_facts() -> None:
    room = Room(streams=(1, 2, 3))
    room.census.admit(facts_of(2, still_open=False))
    assert room.census.streams() == (1, 2, 3)
    assert room.census.open_streams() == (1, 3)
    room.census.discharge(2)
    room.census.discharge(3)
    assert (room.census.streams(), room.census.open_streams()) == ((1,), (1,))
    past = room.census.past(facts_of(2, still_open=False), EPOCH + SECOND)
    assert past.keys() == room.state(stream=1).keys()
    assert (past["period"], past["newest_ms"], past["hr"]) == ("ended", MS + 1000, None)
    assert qualities(past) == [255, 255]


def test_what_is_still_to_come_is_added_up_over_open_periods() -> None:
    room = Room(streams=(1, 2, 3, 4))
    for stream, seconds in ((1, 90.0), (2, 30.0), (4, 7.0)):
        room.census.backlog(stream, seconds)
    room.census.admit(facts_of(4, still_open=False))
    assert room.census.to_come() == (2, 120.0)


def test_a_stream_never_seen_is_passed_over() -> None:
    room = Room()
    room.census.link_up(5, EPOCH)
    room.census.link_down(5, EPOCH, "gone")
    room.census.event(StreamEvent(5, 1, "mark", 0, EPOCH, {}))
    room.census.backlog(5, 3.0)
    room.census.discharge(5)
    room.come(5, 10, at=0)
    assert room.told == []
    assert room.census.streams() == (17,)


def test_how_far_samples_are_dated_after_they_came() -> None:
    room = Room()
    assert room.census.ahead(17) == 0
    room.come(17, 251, 3 * SECOND)
    assert room.census.ahead(17) == 0
    room.come(17, 2501, 4 * SECOND)
    assert room.census.ahead(17) == 6 * SECOND


def test_strips_by_telephone_are_in_no_count_and_never_silent() -> None:
    room = Room((17, 18))
    facts = dataclasses.replace(facts_of(18), transmitter="telephone/1")
    room.census.admit(facts)
    room.come(17, 250, 0)
    room.come(18, 250, 0)
    told = room.census.center(EPOCH + 60 * SECOND)
    assert (told["patients"], told["silent"], told["connected"]) == (1, 1, 0)
    assert room.census.open_streams() == (17,)
    assert room.census.by_telephone() == [18]
    assert room.census.streams() == (17, 18)
    assert room.state(stream=18)["transmitter"] == "telephone/1"
    room.census.admit(dataclasses.replace(facts, open=False))
    assert room.census.by_telephone() == []
