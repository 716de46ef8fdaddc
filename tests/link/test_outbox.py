"""Events: numbered without a hole, told until durable, never dropped."""

from __future__ import annotations

import pytest

from einthoven.link.limits import Cause
from einthoven.link.messages import Hole, Mark, Status
from einthoven.link.outbox import Outbox

MARK = Mark(0, 5, "palpitations")


def numbers(events: list) -> list[int]:
    return [event.number for event in events]


def test_numbers_follow_and_are_sent_once_a_connection() -> None:
    box = Outbox(last=0)
    assert [box.add(MARK).number, box.add(Status(0, 6)).number] == [1, 2]
    box.connected(0)
    assert numbers(box.due()) == [1, 2]
    assert box.due() == []
    box.add(MARK)
    assert numbers(box.due()) == [3]
    box.acked(2)
    assert numbers(box.pending) == [3]
    box.connected(2)
    assert numbers(box.due()) == [3], "unacknowledged goes again"
    box.resend()
    assert numbers(box.due()) == [3]
    box.acked(3)
    assert box.pending == []


def test_a_number_that_was_never_sent_from_here_is_somebody_elses() -> None:
    """A clone with the same key used event 2 while this one was away: the hole told as 2 is not stored."""
    box = Outbox(last=0)
    box.add(MARK)
    box.connected(0)
    box.due()
    box.acked(1)
    hole = box.add(Hole(0, 10, 90, Cause.POWER))
    box.acked(hole.number)
    assert box.pending == [hole]
    box.connected(hole.number)
    assert [(event.sample, event.number) for event in box.due()] == [(10, 3)]
    box.acked(3)
    assert box.pending == []


def test_after_another_connection_took_over_everything_unacknowledged_goes_again() -> None:
    """Number 1 is durable: this one, or that of a clone that connected meanwhile. Better twice than never."""
    box = Outbox(last=0)
    box.connected(0)
    mark = box.add(MARK)
    box.due()
    box.doubt()
    box.connected(mark.number)
    assert [(event.sample, event.number) for event in box.due()] == [(5, 2)]
    box.connected(2)
    assert box.due() == []


AFTER_RESTART = [
    ("memory kept", Outbox([Mark(7, 0, ""), Mark(8, 0, "")], 8), 6, [7, 8]),
    ("one had arrived", Outbox([Mark(7, 0, ""), Mark(8, 0, "")], 8), 7, [8]),
    ("all had arrived", Outbox([Mark(7, 0, "")], 7), 7, []),
    ("memory lost, the center knows 50", Outbox([Mark(1, 0, ""), Mark(2, 0, "")], None), 50, [51, 52]),
    ("center restored from an old copy", Outbox([Mark(7, 0, "")], 7), 3, [4]),
]


@pytest.mark.parametrize(
    ("what", "box", "last", "sent"), AFTER_RESTART, ids=[case[0] for case in AFTER_RESTART]
)
def test_resume(what: str, box: Outbox, last: int, sent: list[int]) -> None:
    box.connected(last)
    assert numbers(box.due()) == sent
    assert box.add(MARK).number == (sent[-1] if sent else last) + 1
