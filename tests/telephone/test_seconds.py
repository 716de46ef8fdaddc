"""A second of a strip: clipped where most of its tenths are, a gap where samples are missing."""

from __future__ import annotations

import pytest

from einthoven.telephone.demodulate import Measured
from einthoven.telephone.quality import Gathered


def tenth(*, cut: bool, clicks: int = 0) -> Measured:
    """400 values of a tone of amplitude 0.5; cut, its largest sample is lower than that."""
    return Measured(400, 200.0, 100.4, 0, 0, clicks, 0.45 if cut else 0.5)


@pytest.mark.parametrize(("cuts", "clipped"), [(0, False), (1, False), (5, False), (6, True), (10, True)])
def test_a_second_is_clipped_where_most_of_its_tenths_are(cuts: int, clipped: bool) -> None:
    second = Gathered(values=250)
    for number in range(10):
        second.add(tenth(cut=number < cuts))
    assert second.second(0, 1300.0, 1).clipped is clipped


def test_tenths_with_a_jump_are_counted_and_gaps_are_shares_of_what_there_is() -> None:
    second = Gathered(values=250, gap=50, lost=25)
    for number in range(10):
        second.add(tenth(cut=False, clicks=number % 3))
    told = second.second(3, 1300.0, 1)
    assert (told.at, told.clicks, told.gap, told.lost) == (3, 6, 0.2, 0.1)


def test_noise_at_threefold_speed_is_the_root_of_twenty_seven_times_as_large() -> None:
    second = Gathered(values=250)
    second.add(tenth(cut=False))
    single, threefold = second.second(0, 1300.0, 1).noise_hz, second.second(0, 1300.0, 3).noise_hz
    assert single is not None
    assert threefold is not None
    assert abs(threefold / single - 27**0.5) < 0.01
