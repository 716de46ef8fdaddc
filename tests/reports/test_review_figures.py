"""Figures for the reviewer, counted by hand; and where a jump leads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.base.spans import Span
from einthoven.ecg.beats import BEAT, GRADES
from einthoven.ecg.kinds import BY_NAME
from einthoven.reports.review_figures import HISTOGRAM_MS, RR_LOW_MS, intervals, trend
from einthoven.reports.review_jumps import (
    BEATS,
    KINDS,
    OF_BEATS,
    WHICH,
    Event,
    beat_of_class,
    choose,
    rate_extreme,
)
from einthoven.reports.review_labels import CODES


def rows(told: list[tuple[str, int]]) -> np.ndarray:
    """Beats (class, interval before it in ms) at 250 Hz; an interval of 0 begins anew a second on."""
    out = np.zeros(len(told), BEAT)
    at = 0
    for row, (letter, rr) in zip(out, told, strict=True):
        at += (rr or 1000) // 4
        row["sample"], row["code"], row["rr_ms"] = at, CODES[letter], rr
    return out


PLAIN = [("N", 0), ("N", 800), ("V", 480), ("N", 1120), ("N", 800)]


def test_the_histogram_counts_each_interval_by_the_beat_that_ends_it() -> None:
    told = intervals(rows(PLAIN))
    bins = {name: {RR_LOW_MS + HISTOGRAM_MS * at: n for at, n in enumerate(counts) if n}
            for name, counts in told["counts"].items()}  # fmt: skip
    assert bins["N"] == {800: 2, 1120: 1}
    assert bins["V"] == {480: 1}
    assert (told["count"], told["mean_ms"]) == (4, 800.0)
    assert (told["longest"], told["shortest"]) == ([1120, 850], [480, 570])


def test_the_plot_pairs_intervals_that_follow_one_another() -> None:
    told = intervals(rows([*PLAIN, ("N", 0), ("N", 800)]))["plot"]
    cells = [tuple(told[at : at + 4]) for at in range(0, len(told), 4)]
    place = {ms: (ms - RR_LOW_MS) // 25 for ms in (480, 800, 1120)}
    assert sorted(cells) == sorted(
        [
            (place[800], place[480], 1, 1),
            (place[480], place[1120], 1, 0),
            (place[1120], place[800], 1, 0),
        ]
    )


def test_bins_of_a_trend() -> None:
    beats = rows([("N", 0)] + [("N", 1000)] * 4 + [("V", 500)] * 4)
    told = trend(beats, 0, 1250, 3, [Span(1250, 1875)])
    assert told["beats"]["N"] == [4, 1, 0]
    assert told["beats"]["V"] == [0, 4, 0]
    assert told["rate"] == [60.0, 100.0, None]
    assert (told["rate_high"], told["rate_low"]) == ([None, 120.0, None], [None, 60.0, None])
    assert (told["longest_ms"], told["af"]) == ([1000.0, 1000.0, None], [0.0, 0.5, 0.0])


@given(
    st.lists(st.tuples(st.sampled_from("NSVFQ/|"), st.integers(0, 3000)), max_size=60), st.integers(1, 900)
)
def test_every_beat_of_the_heart_is_in_one_bin(told: list[tuple[str, int]], size: int) -> None:
    beats = rows(told)
    stop = int(beats["sample"][-1]) + 1 if len(beats) else 1
    out = trend(beats, 0, size, -(-stop // size), ())
    assert sum(map(sum, out["beats"].values())) == sum(letter != "|" for letter, _ in told)
    counted = intervals(beats)
    assert sum(map(sum, counted["counts"].values())) == counted["count"]


def test_grades_are_no_beats() -> None:
    beats = rows(PLAIN)
    beats["code"][0] = GRADES
    assert intervals(beats)["count"] == 4
    assert sum(trend(beats, 0, 10_000, 1, ())["beats"]["N"]) == 3


EVENTS = [Event(100, 200, "a", 150.0), Event(400, 900, "b", 90.0), Event(950, 960, "c")]


@pytest.mark.parametrize(
    ("which", "at", "words"),
    [
        ("first", 0, "a"),
        ("last", 0, "c"),
        ("next", 100, "b"),
        ("previous", 400, "a"),
        ("next", 950, None),
        ("previous", 100, None),
        ("longest", 0, "b"),
        ("fastest", 0, "a"),
        ("slowest", 0, "b"),
    ],
)
def test_which_event(which: str, at: int, words: str | None) -> None:
    found = choose(reversed(EVENTS), which, at)
    assert (found and found.words) == words


@pytest.mark.parametrize(
    ("which", "at", "sample"),
    [
        ("first", 0, 570),
        ("last", 0, 970),
        ("next", 570, 970),
        ("next", 970, None),
        ("previous", 970, 570),
        ("previous", 570, None),
        ("fastest", 0, 970),
        ("slowest", 0, 570),
    ],
)
def test_which_beat(which: str, at: int, sample: int | None) -> None:
    beats = rows([("N", 0), ("N", 800), ("V", 480), ("N", 1120), ("V", 480 - 80 + 80 - 0)])
    beats["rr_ms"][4] = 400
    beats["sample"][4] = 970
    found = beat_of_class(beats, "V", which, at)
    assert (found and found.start) == sample


def test_nothing_to_jump_to_is_nothing_and_an_odd_word_is_refused() -> None:
    none = np.zeros(0, BEAT)
    assert all(choose([], which, 0) is None for which in WHICH)
    assert all(beat_of_class(none, letter, which, 0) is None for letter in BEATS for which in OF_BEATS)
    assert rate_extreme(none, "fastest") is None
    for ask in (
        lambda: choose([], "x", 0),
        lambda: beat_of_class(none, "V", "longest", 0),
        lambda: rate_extreme(none, "next"),
    ):
        with pytest.raises(InputError):
            ask()


def test_the_fastest_and_slowest_stretch_and_the_longest_interval() -> None:
    beats = rows([("N", 0)] + [("N", 1000)] * 5 + [("N", 400)] * 5 + [("N", 1600)])
    fast, slow, longest = (rate_extreme(beats, which) for which in ("fastest", "slowest", "longest"))
    assert fast is not None
    assert slow is not None
    assert longest is not None
    assert (round(fast.rate or 0), round(slow.rate or 0)) == (150, 60)
    assert (longest.start, longest.stop) == (int(beats["sample"][-2]), int(beats["sample"][-1]))


def test_every_kind_that_one_jumps_to_is_a_kind_of_finding() -> None:
    assert {name for names in KINDS.values() for name in names} <= set(BY_NAME)
