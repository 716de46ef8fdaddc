"""What screens are told: whoever applies every message in order has the census, and little else is sent."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from einthoven.base.instants import SECOND
from einthoven.center.census import Census
from einthoven.center.live_news import AROUND, CHANGES_MAX, PAGE, News, Reader
from einthoven.center.ports import StreamEvent
from einthoven.testing.web import EPOCH, FakeVitals, FakeWard, facts_of, plain_layout

SLOW = ("id", "patient", "transmitter", "rate_hz", "battery", "link", "link_since_ms", "mark", "period")


class Page:
    """A page as the front end keeps its picture: snapshot, then numbered changes."""

    def __init__(self, news: News, reader: Reader) -> None:
        self.news, self.reader = news, reader
        self.n = -1
        self.patients: dict[str, dict[str, Any]] = {}
        self.center: dict[str, Any] = {}
        self.seen: list[dict[str, Any]] = []

    def take(self, now: int) -> dict[str, Any] | None:
        text = self.news.next(self.reader, now, EPOCH + now)
        if text is None:
            return None
        message: dict[str, Any] = json.loads(text)
        self.seen.append(message)
        match message["type"]:
            case "snapshot":
                self.patients = {patient["id"]: patient for patient in message["patients"]}
                self.center = message["center"]
            case "change":
                assert message["n"] == self.n + 1
                for patch in message["patients"]:
                    known = self.patients.get(patch["id"])
                    assert known is not None or "patient" in patch, "a new patient comes whole"
                    self.patients[patch["id"]] = (known or {}) | patch
                for gone in message["removed"]:
                    self.patients.pop(gone, None)
                self.center |= message["center"]
            case "tick":
                assert message["n"] == self.n
        self.n = message["n"]
        return message

    def settle(self, now: int) -> None:
        while (message := self.take(now)) is not None and message["type"] != "tick":
            pass


class Room:
    def __init__(self, streams: int = 3) -> None:
        self.ward = FakeWard()
        self.census = Census(self.ward, lambda _stream, _sample: None, EPOCH)
        self.news = News(self.census, "b007")
        for stream in range(1, streams + 1):
            self.admit(stream)

    def admit(self, stream: int) -> None:
        self.ward.layouts[stream] = plain_layout()
        self.census.admit(facts_of(stream))

    def page(self, *watched: int) -> Page:
        reader = self.news.reader()
        self.news.watch(reader, watched)
        return Page(self.news, reader)


def test_snapshot_then_silence_but_for_ticks() -> None:
    room = Room()
    page = room.page(2)
    first = page.take(0)
    assert first is not None
    assert (first["type"], first["n"], first["boot"], first["total"]) == ("snapshot", 1, "b007", 3)
    assert set(page.patients) == {"s000001", "s000002", "s000003"}
    page.settle(0)
    assert page.take(SECOND // 2) is None
    page.settle(SECOND)
    kinds = [message["type"] for message in page.seen[2:]]
    assert set(kinds) <= {"tick", "change"}


def test_a_slow_change_reaches_every_screen_at_once() -> None:
    room = Room()
    pages = [room.page(2), room.page(), room.page(1, 3)]
    for page in pages:
        page.settle(0)
    room.census.link_up(2, EPOCH + 5)
    room.census.link_down(2, EPOCH + SECOND, "cut")
    for page in pages:
        message = page.take(SECOND // 4)
        assert message is not None
        assert message["type"] == "change"
        (patch,) = message["patients"]
        assert (patch["id"], patch["link"], patch["link_reason"]) == ("s000002", "lost", "cut")
        assert "hr" not in patch
        assert page.take(SECOND // 3) is None


def test_fast_fields_come_once_a_second_and_only_when_different() -> None:
    room = Room()
    page = room.page(2)
    page.settle(0)
    room.census.arrived(np.array([2]), np.array([250]), np.array([EPOCH + SECOND]))
    room.ward.signs[2] = FakeVitals(heart_rate_bpm=90.0, quality=(0, 0))
    assert page.take(SECOND // 2) is None
    message = page.take(SECOND)
    assert message is not None
    patch = next(patch for patch in message["patients"] if patch["id"] == "s000002")
    assert [lead["quality"] for lead in patch.pop("leads")] == [0, 0]
    assert patch == {"id": "s000002", "hr": 90, "newest_ms": (EPOCH + SECOND) // 1_000_000}


def test_ten_thousand_states_do_not_follow_a_screen_of_64() -> None:
    room = Room(10_000)
    page = room.page(*range(1, 65))
    sizes = []
    for tick in range(45):
        text = room.news.next(page.reader, tick, EPOCH)
        assert text is not None or tick > 39
        sizes.append(len(text or ""))
    assert max(sizes) < 120_000
    assert sum(sizes) < 5_000_000
    for stream in range(1, 10_001):
        room.census.arrived(np.array([stream]), np.array([250]), np.array([EPOCH + SECOND]))
    text = room.news.next(page.reader, SECOND, EPOCH + SECOND)
    assert text is not None
    assert len(json.loads(text)["patients"]) <= 64 + AROUND


def test_pages_of_a_snapshot_put_the_view_first_and_lose_no_change() -> None:
    room = Room(3 * PAGE)
    page = room.page(3 * PAGE)
    page.take(0)
    assert f"s{3 * PAGE:06d}" in page.patients
    room.census.link_up(1, EPOCH)
    room.census.link_up(3 * PAGE - 1, EPOCH)
    room.census.discharge(2)
    page.settle(0)
    assert len(page.patients) == 3 * PAGE - 1
    assert page.patients["s000001"]["link"] == "connected"
    assert page.patients[f"s{3 * PAGE - 1:06d}"]["link"] == "connected"


def test_open_periods_come_first_and_only_they_have_their_turn() -> None:
    room = Room(2 * PAGE)
    for stream in range(1, PAGE + 1):
        room.census.admit(facts_of(stream, still_open=False))
    page = room.page(1)
    first = page.take(0)
    assert first is not None
    ids = [patient["id"] for patient in first["patients"]]
    assert ids == ["s000001", *(f"s{stream:06d}" for stream in range(PAGE + 1, 2 * PAGE))]
    page.settle(0)
    assert len(page.patients) == 2 * PAGE
    for stream in range(1, 2 * PAGE + 1):
        room.census.arrived(np.array([stream]), np.array([250]), np.array([EPOCH + SECOND]))
    for second in range(1, PAGE // AROUND + 1):
        page.settle(second * SECOND)
    heard = {name for name, patient in page.patients.items() if patient["newest_ms"] is not None}
    assert heard == {"s000001", *(f"s{stream:06d}" for stream in range(PAGE + 1, 2 * PAGE + 1))}


def test_a_screen_that_fell_out_of_the_list_gets_a_snapshot() -> None:
    room = Room()
    page = room.page(1)
    page.settle(0)
    for number in range(CHANGES_MAX + 1):
        room.census.event(StreamEvent(2, number, "status", 0, EPOCH, {"battery": number % 100}))
    message = page.take(1)
    assert message is not None
    assert message["type"] == "snapshot"
    page.settle(1)
    assert page.patients["s000002"]["battery"] == CHANGES_MAX % 100


def test_reload_gives_a_snapshot_and_a_refusal_comes_with_the_next_tick() -> None:
    room = Room()
    page = room.page(1)
    page.settle(0)
    room.news.reload(page.reader)
    assert (page.take(1) or {})["type"] == "snapshot"
    page.settle(1)
    room.news.refuse(page.reader, "view: 129 streams, at most 128 on one screen")
    message = page.take(2)
    assert message is not None
    assert message == {
        "type": "tick",
        "n": page.n,
        "server_ms": EPOCH // 1_000_000,
        "refused": "view: 129 streams, at most 128 on one screen",
    }


STREAMS = st.integers(1, 6)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("admit"), STREAMS),
        st.tuples(st.just("discharge"), STREAMS),
        st.tuples(st.just("up"), STREAMS),
        st.tuples(st.just("down"), STREAMS),
        st.tuples(st.just("battery"), STREAMS),
        st.tuples(st.just("view"), STREAMS),
        st.tuples(st.just("take"), st.just(0)),
        st.tuples(st.just("second"), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=80, deadline=None)
@given(STEPS)
@example([("take", 0), ("discharge", 1), ("admit", 1), ("admit", 4)])
def test_whoever_applies_every_message_has_the_census(steps: list[tuple[str, int]]) -> None:
    room = Room(3)
    page = room.page(1)
    now = 0
    for number, (act, stream) in enumerate(steps):
        match act:
            case "admit":
                room.admit(stream)
            case "discharge":
                room.census.discharge(stream)
            case "up":
                room.census.link_up(stream, EPOCH + now, number)
            case "down":
                room.census.link_down(stream, EPOCH + now + number, "cut")
            case "battery":
                room.census.event(StreamEvent(stream, number, "status", 0, EPOCH, {"battery": number}))
            case "view":
                room.news.watch(page.reader, range(1, stream))
            case "second":
                now += SECOND
                page.take(now)
            case _:
                now += 1
                page.take(now)
    page.settle(now + 2 * SECOND)
    page.settle(now + 2 * SECOND)
    expected = {}
    for stream in room.census.streams():
        state = room.census.state(stream, EPOCH + now)
        assert state is not None
        expected[str(state["id"])] = {name: state[name] for name in SLOW}
    assert {name: {key: patient[key] for key in SLOW} for name, patient in page.patients.items()} == expected
    assert page.center == room.census.center(EPOCH + now + 2 * SECOND)
