"""The sealer leaves the processor to others while it can."""

from __future__ import annotations

import pytest

from einthoven.bootstrap.sealer import rest


@pytest.mark.parametrize(
    ("lag", "expected"),
    [(0.0, 0.15), (120.0, 0.15), (121.0, 0.05), (600.0, 0.05), (601.0, 0.0)],
    ids=["nothing waits long", "two minutes", "longer", "ten minutes", "far behind"],
)
def test_it_rests_the_less_the_further_it_is_behind(lag: float, expected: float) -> None:
    assert rest(0.05, lag) == pytest.approx(expected)


def test_no_rest_is_long() -> None:
    assert rest(10.0, 0.0) == 1.0
