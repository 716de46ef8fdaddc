"""Virtual time: order, cancelling, ties by seed, wrong clocks."""

from __future__ import annotations

import pytest

from einthoven.base.errors import OursError
from einthoven.base.instants import SECOND
from einthoven.testing.clock import EPOCH, DriftingClock, VirtualClock
from einthoven.testing.scheduler import VirtualScheduler


def test_work_runs_at_its_instant_and_in_order() -> None:
    time = VirtualScheduler()
    seen: list[tuple[str, int]] = []
    time.call_later(30, lambda: seen.append(("c", time.now)))
    time.call_later(10, lambda: seen.append(("a", time.now)))
    time.call_later(10, lambda: time.call_later(5, lambda: seen.append(("b", time.now))))
    time.run_until(20)
    assert (seen, time.now) == ([("a", 10), ("b", 15)], 20)
    time.run_for(10)
    assert seen[-1] == ("c", 30)
    assert not time.step()


def test_cancelled_work_does_not_run() -> None:
    time = VirtualScheduler()
    seen: list[int] = []
    cancel = time.call_later(5, lambda: seen.append(1))
    time.call_later(6, lambda: seen.append(2))
    cancel()
    cancel()
    time.run_for(10)
    assert seen == [2]


def ties(seed: int) -> list[int]:
    time = VirtualScheduler(seed)
    seen: list[int] = []
    for number in range(20):
        time.call_later(7, lambda number=number: seen.append(number))  # type: ignore[misc]
    time.run_for(7)
    return seen


def test_ties_are_broken_by_the_seed() -> None:
    assert ties(1) == ties(1)
    assert ties(1) != ties(2)
    assert sorted(ties(3)) == list(range(20))


def test_the_past_is_refused() -> None:
    time = VirtualScheduler()
    time.run_for(5)
    with pytest.raises(OursError):
        time.call_at(4, lambda: None)


def test_run_while_stops_when_it_is_done_or_at_the_limit() -> None:
    time = VirtualScheduler()
    seen: list[int] = []
    for at in (1, 2, 3):
        time.call_at(at * SECOND, lambda at=at: seen.append(at))  # type: ignore[misc]
    assert time.run_while(lambda: len(seen) < 2, 10 * SECOND)
    assert time.now == 2 * SECOND
    assert not time.run_while(lambda: True, SECOND // 2)
    assert time.now == 5 * SECOND // 2


def test_clocks() -> None:
    time = VirtualScheduler()
    clock = VirtualClock(time)
    device = DriftingClock(clock, ppm=100, offset=-3 * SECOND)
    time.run_for(1000 * SECOND)
    assert clock.wall() == EPOCH + 1000 * SECOND
    assert device.monotonic() == 1000 * SECOND + SECOND // 10
    assert device.wall() == EPOCH + 997 * SECOND + SECOND // 10
    assert device.delay(device.monotonic()) == 1000 * SECOND
    clock.step(-60 * SECOND)
    assert clock.wall() == EPOCH + 940 * SECOND
    assert clock.monotonic() == 1000 * SECOND
    assert device.monotonic() == 1000 * SECOND + SECOND // 10
