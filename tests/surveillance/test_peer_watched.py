"""Who watched at another center, by what it stated."""

from __future__ import annotations

from einthoven.surveillance.peer_book import Watcher
from einthoven.surveillance.peer_watched import StatedWatchers


def one(since: int, number: int) -> Watcher:
    return Watcher(since, number, f"Person {number}", (), "Desk", "House")


def test_whoever_was_stated_first_was_it_from_the_beginning_of_the_watch_on() -> None:
    told = StatedWatchers(by_stream={7: [one(15, 1), one(20, 2)]})
    spans = [(low, high, who.number) for low, high, who in told.within(7, 10, 30)]
    assert spans == [(10, 20, 1), (20, 30, 2)]


def test_of_a_patient_of_whom_nothing_was_stated_nobody_is_named() -> None:
    assert list(StatedWatchers().within(7, 10, 30)) == []


def test_a_watch_that_was_over_before_the_next_one_began_is_the_first_ones_alone() -> None:
    told = StatedWatchers(by_stream={7: [one(15, 1), one(20, 2)]})
    assert [(low, high, who.number) for low, high, who in told.within(7, 10, 18)] == [(10, 18, 1)]
