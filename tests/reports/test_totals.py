"""Days taken together are what they would be in one piece."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reports.studies import RATE, beats, found, study

from einthoven.reports.day import Day, day_of
from einthoven.reports.study import Study
from einthoven.reports.totals import totals_of
from einthoven.reports.window import window

SECONDS = 1200


def halves(one: Study, at: int) -> list[Day]:
    return [day_of(window(one, 0, at)), day_of(window(one, at, one.samples))]


@given(
    letters=st.lists(st.sampled_from("NNNNNNVS"), min_size=200, max_size=600).map("".join),
    cut_s=st.integers(60, 400),
)
def test_counts_rates_and_extremes_of_two_parts_are_those_of_the_whole(letters: str, cut_s: int) -> None:
    whole = study(beats(letters), SECONDS)
    one, two = totals_of([day_of(whole)]), totals_of(halves(whole, round(cut_s * RATE)))
    assert one.beats == two.beats
    for name in ("ventricular_beats", "supraventricular_beats", "analysed_seconds", "ventricular_share"):
        assert two.value(name) == pytest.approx(one.value(name))
    # The one interval over the cut belongs to neither part.
    assert two.value("rate_mean") == pytest.approx(one.value("rate_mean"), rel=0.01)
    assert sum(day.rr_count for day in two.days) >= one.first.rr_count - 1
    assert one.seconds == two.seconds
    least, most = two.value("rate_least_beat"), two.value("rate_most_beat")
    assert least is not None
    assert most is not None
    assert (one.value("rate_least_beat") or 0) <= least <= most <= (one.value("rate_most_beat") or 0)


def test_an_episode_over_midnight_is_one() -> None:
    af = [found("atrial-fibrillation", 500, 700), found("atrial-fibrillation", 900, 950)]
    whole = study(beats("N" * 1500), SECONDS, af)
    [told] = totals_of(halves(whole, round(600 * RATE))).of("atrial-fibrillation")
    assert (told.count, told.total_s) == (2, 250.0)
    assert (told.longest.start, told.longest.end) == (round(500 * RATE), round(700 * RATE))
    assert not told.longest.open


def test_an_episode_that_ends_with_the_day_and_another_later_are_two() -> None:
    af = [found("atrial-fibrillation", 500, 600), found("atrial-fibrillation", 620, 650)]
    whole = study(beats("N" * 1500), SECONDS, af)
    [told] = totals_of(halves(whole, round(600 * RATE))).of("atrial-fibrillation")
    assert told.count == 2


def test_burden_is_weighed_by_what_was_analysed() -> None:
    af = [found("atrial-fibrillation", 0, 300)]
    whole = study(beats("N" * 1500), SECONDS, af, gaps=[(600, 1100, "power")])
    two = totals_of(halves(whole, round(600 * RATE)))
    assert two.value("af_burden") == pytest.approx(100 * 300 / 700, abs=0.2)
    assert two.value("af_seconds") == 300.0


def test_what_goes_on_at_the_end_says_so() -> None:
    [told] = totals_of([day_of(study(beats("N" * 100), 80, [found("atrial-fibrillation", 10, None)]))]).of(
        "atrial-fibrillation"
    )
    assert told.longest.open
    assert told.longest.end == round(80 * RATE)
