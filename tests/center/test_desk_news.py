"""Stations are told of the desk: whatever happens and however slow they are, they end with what there is."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.instants import SECOND
from einthoven.center.desk_news import CHANGES_MAX, PAGE, DeskNews, DeskReader, Entity

WALL = 1_700_000_000 * SECOND


class Station:
    """A page that takes messages as a browser would, and finds holes in their numbers."""

    def __init__(self, news: DeskNews, only: str = "") -> None:
        self.only = only
        self.reader: DeskReader = news.reader(self.wants)
        self.news = news
        self.held: dict[str, Any] = {}
        self.n = 0
        self.now = 0

    def wants(self, _key: str, entity: Entity) -> bool:
        return not self.only or entity.get("stream") == self.only

    def take(self, own: dict[str, Entity | None] | None = None) -> dict[str, Any] | None:
        text = self.news.next(self.reader, self.now, WALL, own or {}, lambda: "abc")
        if text is None:
            return None
        told: dict[str, Any] = json.loads(text)
        if told["type"] == "snapshot":
            self.held, self.n = {}, told["n"]
        elif told["type"] == "change":
            assert told["n"] == self.n + 1
            self.n = told["n"]
        if told["type"] != "tick":
            self.held |= told["put"]
            for key in told["drop"]:
                del self.held[key]
        return told

    def take_all(self) -> None:
        while (told := self.take()) is not None and told["type"] != "tick":
            pass


def test_a_station_gets_a_snapshot_then_changes_then_ticks() -> None:
    news = DeskNews("boot-1")
    news.put("case:1", {"id": 1})
    station = Station(news)
    told = station.take({"me": {"name": "Kim"}})
    assert told is not None
    assert (told["type"], told["boot"], told["n"], told["more"]) == ("snapshot", "boot-1", 1, False)
    assert told["put"] == {"case:1": {"id": 1}, "me": {"name": "Kim"}}
    assert station.take() == {"type": "tick", "n": 1, "server_ms": WALL // 1_000_000, "nonce": "abc"}
    assert station.take() is None
    station.now += SECOND
    assert (station.take() or {})["type"] == "tick"
    news.put("case:1", {"id": 1, "state": "held"})
    news.put("case:1", {"id": 1, "state": "closed"})
    assert (station.take() or {})["put"] == {"case:1": {"id": 1, "state": "closed"}}
    news.put("case:1", None)
    assert (station.take() or {})["drop"] == ["case:1"]


def test_what_did_not_change_is_not_told() -> None:
    news = DeskNews("b")
    assert news.put("a", {"x": 1})
    assert not news.put("a", {"x": 1})
    assert not news.put("b", None)


def test_a_large_desk_comes_in_pages() -> None:
    news = DeskNews("b")
    for number in range(PAGE + 5):
        news.put(f"case:{number}", {"id": number})
    station = Station(news)
    first = station.take()
    assert first is not None
    assert first["more"]
    assert len(first["put"]) == PAGE
    news.put("case:0", None)
    news.put(f"case:{PAGE + 1}", None)
    station.take_all()
    assert set(station.held) == {f"case:{n}" for n in range(PAGE + 5)} - {"case:0", f"case:{PAGE + 1}"}


def test_a_station_that_falls_behind_starts_over() -> None:
    news = DeskNews("b")
    news.put("gone", {"id": 0})
    station = Station(news)
    station.take_all()
    news.put("gone", None)
    for number in range(CHANGES_MAX + 1):
        news.put("busy", {"id": number})
    assert (station.take() or {})["type"] == "snapshot"
    assert station.held == {"busy": {"id": CHANGES_MAX}}


def test_what_leaves_the_sight_of_a_station_is_dropped_there() -> None:
    news = DeskNews("b")
    news.put("watch:1", {"stream": "s000001"})
    news.put("watch:2", {"stream": "s000002"})
    station = Station(news, only="s000001")
    station.take_all()
    assert set(station.held) == {"watch:1"}
    station.only = "s000002"
    news.refilter(station.reader, {"s000001", "s000002"})
    station.take_all()
    assert set(station.held) == {"watch:2"}


def test_a_refusal_is_told_at_once() -> None:
    news = DeskNews("b")
    station = Station(news)
    station.take_all()
    news.refuse(station.reader, "no such message")
    assert (station.take() or {})["refused"] == "no such message"
    assert station.take() is None


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(0, 3))),
            st.sampled_from(["take", "reload"]),
        ),
        max_size=60,
    )
)
def test_a_station_ends_with_what_there_is(steps: list[Any]) -> None:
    news = DeskNews("b")
    station = Station(news)
    truth: dict[str, Any] = {}
    for step in steps:
        if step == "take":
            station.take()
        elif step == "reload":
            news.reload(station.reader)
        else:
            key, value = step
            entity = None if value is None else {"v": value}
            news.put(key, entity)
            truth |= {key: entity} if entity else {}
            if entity is None:
                truth.pop(key, None)
    station.take_all()
    assert station.held == truth
