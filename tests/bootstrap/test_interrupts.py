"""Interrupts that Python would drop are heeded at the next step of the work."""

from __future__ import annotations

import signal

import pytest

from einthoven.bootstrap.interrupts import heed, heeding
from einthoven.bootstrap.progress import progress_bar


class Swallows:
    """Interrupts itself where exceptions are ignored."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def drop() -> None:
    """An interrupt that nobody hears of."""
    thing = Swallows()
    del thing


def dropped_at_work(steps: list[int]) -> None:
    """Work of two steps, with an interrupt between that nobody hears of."""
    with heeding(), progress_bar("work") as tell:
        tell(1, 2)
        steps.append(1)
        drop()
        tell(2, 2)
        steps.append(2)


def test_an_interrupt_that_would_be_dropped_stops_the_work_at_the_next_step() -> None:
    steps: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        dropped_at_work(steps)
    assert steps == [1]


def test_an_interrupt_at_the_very_end_is_not_forgotten() -> None:
    with pytest.raises(KeyboardInterrupt), heeding():
        drop()


def test_an_interrupt_is_raised_at_once_where_it_can_be() -> None:
    with pytest.raises(KeyboardInterrupt), heeding():
        signal.raise_signal(signal.SIGINT)


def test_afterwards_everything_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), heeding():
        drop()
    assert signal.getsignal(signal.SIGINT) is before
    heed()
