"""Findings and rhythms as the screens are told of them, for every patient, when something changes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.instants import SECOND
from einthoven.center.census import Census, State
from einthoven.center.live_findings import ENDED_TOLD, TOLD_MAX
from einthoven.center.live_news import News
from einthoven.testing.web import (
    EPOCH,
    FakeFinding,
    FakeFindings,
    FakeRhythm,
    FakeWard,
    facts_of,
    plain_layout,
)

MS = EPOCH // 1_000_000
RATE = 250
VT = FakeFinding()


class Room:
    """A census over fake findings, and what it told; sample 0 was acquired at EPOCH."""

    def __init__(self, streams: tuple[int, ...] = (17,), mapped: bool = True) -> None:
        self.ward = FakeWard()
        self.findings = FakeFindings()
        self.mapped = mapped
        self.census = Census(self.ward, self.time_of, EPOCH, self.findings)
        self.told: list[tuple[int, State | None]] = []
        for stream in streams:
            self.ward.layouts[stream] = plain_layout()
            self.census.admit(facts_of(stream))
        self.census.find(EPOCH)
        self.census.on_change = lambda stream, fields: self.told.append((stream, fields))

    def time_of(self, _stream: int, sample: float) -> int | None:
        return EPOCH + int(sample * SECOND / RATE) if self.mapped else None

    def find(self, at_s: float) -> list[dict[str, Any]]:
        """What was told of stream 17 by then, from the last change on."""
        self.census.find(EPOCH + round(at_s * SECOND))
        state = self.census.state(17, EPOCH + round(at_s * SECOND))
        assert state is not None
        found = state["findings"]
        assert isinstance(found, list)
        return found


def test_an_open_finding_is_told_with_what_a_tile_says_of_it() -> None:
    room = Room()
    room.findings.say(17, VT)
    (told,) = room.find(5)
    assert told == {
        "id": "1",
        "kind": "ventricular-tachycardia",
        "words": "Ventricular tachycardia",
        "priority": "high",
        "start": 1000,
        "end": None,
        "since_ms": MS + 4000,
        "ended_ms": None,
        "state": "open",
        "rate": 182,
    }
    assert room.told == [(17, {"findings": [told]})]


def test_nobody_asks_for_the_findings_of_a_patient_while_nothing_changes() -> None:
    room = Room((17, 18, 19))
    asked = room.findings.asked
    for second in range(10):
        room.census.find(EPOCH + second * SECOND)
    assert room.findings.asked == asked
    room.findings.say(18, VT)
    room.census.find(EPOCH + 10 * SECOND)
    assert room.findings.asked == asked + 1
    assert [stream for stream, _ in room.told] == [18]


def test_what_ended_is_told_of_for_two_minutes_and_then_no_more() -> None:
    room = Room()
    room.findings.say(17, replace(VT, state="closed", end=2000))
    gone = 8 + ENDED_TOLD / SECOND
    assert [one["ended_ms"] for one in room.find(9)] == [MS + 8000]
    assert len(room.find(gone - 0.1)) == 1
    assert room.find(gone) == []
    assert [fields for _, fields in room.told][-1] == {"findings": []}
    assert len(room.told) == 2


def test_each_that_ended_goes_in_its_turn() -> None:
    room = Room()
    room.findings.say(17, *(replace(VT, id=f"{i:02d}", state="closed", end=i * RATE) for i in (10, 20, 30)))
    told = ENDED_TOLD / SECOND
    assert [len(room.find(told + at)) for at in (5, 10, 25, 29, 30)] == [3, 2, 1, 1, 0]


def test_one_that_was_withdrawn_says_so() -> None:
    room = Room()
    room.findings.say(17, VT)
    room.find(5)
    room.findings.say(17, replace(VT, state="withdrawn", end=1300))
    assert [one["state"] for one in room.find(6)] == ["withdrawn"]


def test_the_most_pressing_comes_first_and_what_is_open_before_what_ended() -> None:
    room = Room()
    room.findings.say(
        17,
        replace(VT, id="1", priority="low", start=900),
        replace(VT, id="2", priority="high", state="closed", start=950, end=1000),
        replace(VT, id="3", priority="medium", start=100),
        replace(VT, id="4", priority="medium", start=200),
    )
    assert [one["id"] for one in room.find(5)] == ["4", "3", "1", "2"]


def test_of_very_many_the_most_pressing_are_told() -> None:
    room = Room()
    room.findings.say(17, *(replace(VT, id=f"{i:02d}", priority="low", start=i) for i in range(40)))
    room.findings.say(17, replace(VT, id="99", start=0))
    told = [one["id"] for one in room.find(5)]
    assert len(told) == TOLD_MAX
    assert told[:3] == ["99", "39", "38"]


def test_without_a_clock_there_are_no_times_and_the_ward_decides_how_long() -> None:
    room = Room(mapped=False)
    room.findings.say(17, replace(VT, state="closed", end=2000))
    (told,) = room.find(9)
    assert (told["since_ms"], told["ended_ms"]) == (None, None)
    assert len(room.find(1000)) == 1


def test_findings_of_before_a_patient_was_here_are_told_when_he_is() -> None:
    room = Room()
    room.findings.say(18, VT)
    room.census.find(EPOCH)
    room.ward.layouts[18] = plain_layout()
    room.census.admit(facts_of(18))
    room.census.find(EPOCH + 5 * SECOND)
    state = room.census.state(18, EPOCH + 5 * SECOND)
    assert state is not None
    assert state["findings"] == [room.told[-1][1]["findings"][0]]  # type: ignore[index]


@pytest.mark.parametrize(("age_s", "words"), [(0, "AF"), (10, "AF"), (11, None)])
def test_the_rhythm_is_not_known_when_nothing_came_for_ten_seconds(age_s: int, words: str | None) -> None:
    room = Room()
    room.findings.rhythms[17] = FakeRhythm()
    room.census.arrived(np.array([17]), np.array([2500]), np.array([EPOCH]))
    state = room.census.state(17, EPOCH + age_s * SECOND)
    assert state is not None
    told = state["rhythm"]
    assert (told["words"] if isinstance(told, dict) else None) == words
    if words:
        assert told == {"words": "AF", "aux": "(AFIB", "since_ms": MS + 2000}


def test_a_screen_that_shows_others_is_told_of_it_at_once() -> None:
    room = Room((17, 18))
    news = News(room.census, "b007")
    reader = news.reader()
    news.watch(reader, [17])
    news.next(reader, 0, EPOCH)
    room.findings.say(18, VT)
    text = news.next(reader, SECOND // 10, EPOCH + SECOND // 10)
    assert text is not None
    (told,) = json.loads(text)["patients"]
    assert (told["id"], told["findings"][0]["words"]) == ("s000018", "Ventricular tachycardia")


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["high", "medium", "low", "none"]), st.integers(0, 300)),
        max_size=12,
    ),
    st.lists(st.integers(1, 60), max_size=12),
)
def test_what_is_told_is_what_is_so_whenever_it_is_looked_at(
    said: list[tuple[int, Any, int]], steps: list[int]
) -> None:
    """However findings change and time goes by, the state is that of a census that sees it for the first
    time."""
    room = Room()
    now = 300
    for number, priority, end in said:
        state: Any = "open" if end % 3 == 0 else "closed"
        finding = replace(
            VT, id=str(number), priority=priority, state=state, end=None if state == "open" else end * RATE
        )
        room.findings.say(17, finding)
        now += steps[number % len(steps)] if steps else 0
        shown = room.find(now)
        fresh = Room()
        fresh.findings.say(17, *room.findings.found[17].values())
        assert shown == fresh.find(now)
