"""The center notices that its clock was set."""

from __future__ import annotations

import pytest

from einthoven.base.instants import HOUR, MILLISECOND, MINUTE, SECOND
from einthoven.center.clockwatch import SHOWN_FOR, ClockWatch

START = 1_800_000_000 * SECOND


@pytest.mark.parametrize(
    ("passed", "wall_moved", "steps"),
    [
        (SECOND, SECOND, 0),
        (SECOND, SECOND + 150 * MILLISECOND, 0),
        (HOUR, HOUR + 1700 * MILLISECOND, 0),
        (SECOND, SECOND + 300 * MILLISECOND, 1),
        (SECOND, SECOND - 300 * MILLISECOND, 1),
        (SECOND, -HOUR, 1),
        (SECOND, 365 * 24 * HOUR, 1),
    ],
    ids=["steady", "late look", "slewed", "a bit forward", "a bit back", "an hour back", "a year on"],
)
def test_steps_are_told_from_slew(passed: int, wall_moved: int, steps: int) -> None:
    watch = ClockWatch().look(START, 0).look(START + wall_moved, passed)
    assert watch.steps == steps
    assert (watch.state(START + wall_moved) == "ok") == (steps == 0)


def test_a_step_says_which_way_and_how_far_and_fades() -> None:
    watch = ClockWatch().look(START, 0).look(START + SECOND - 5 * SECOND, SECOND)
    stepped = START - 4 * SECOND
    assert watch.state(stepped + MINUTE) == "the center's clock was set back by 5.0 s"
    assert watch.state(stepped + SHOWN_FOR) == "ok"


def test_every_step_counts() -> None:
    watch = ClockWatch()
    for turn in range(1, 6):
        watch = watch.look(START + turn * HOUR, turn * SECOND)
    assert watch.steps == 4
