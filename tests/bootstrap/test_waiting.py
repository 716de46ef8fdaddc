"""What waits for facts that take nothing: the latest word of each finding, in an order that says the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.bootstrap.waiting import WaitingNews
from einthoven.center.enroll import enroll
from einthoven.center.found import (
    Asked,
    Gone,
    Key,
    LiveFinding,
    News,
    OnlyOpen,
    Reason,
    Renewed,
    Replaced,
    Told,
    Withdrawal,
)
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import BY_CODE, NSVT, PAUSE, SINUS_RHYTHM, VENTRICULAR_TACHYCARDIA
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.facts_suite import request

RATE = 250.0


def word(
    seq: int, start: int, end: int | None = None, kind: int = VENTRICULAR_TACHYCARDIA, gone: bool = False
) -> LiveFinding:
    finding = Finding(BY_CODE[kind], start, end, start + 500, None if end is None else end + 100, seq, ())
    taken_back = Withdrawal(Reason.WENT_ON) if gone else None
    return LiveFinding(Key(0, 0, seq), finding, False, RATE, taken_back=taken_back)


def told(seq: int, end: int | None = None, stream: int = 1, kind: int = VENTRICULAR_TACHYCARDIA) -> Told:
    return Told(stream, word(seq, 1000 * seq, end, kind))


def test_of_a_finding_the_latest_word_waits_in_the_place_of_the_first() -> None:
    waiting = WaitingNews()
    waiting.add([told(1), told(2), told(1, end=1500), told(1, stream=2), told(1, end=1700)])
    assert len(waiting) == 3
    assert waiting.hand_over(9) == [told(1, end=1700), told(2), told(1, stream=2)]


def test_what_is_under_way_is_not_changed() -> None:
    waiting = WaitingNews()
    waiting.add([told(1), told(2)])
    assert waiting.hand_over(1) == [told(1)]
    waiting.add([told(1, end=1500), told(2, end=2500)])
    waiting.passed(kept=True)
    assert waiting.hand_over(9) == [told(2, end=2500), told(1, end=1500)]


def test_what_was_refused_waits_in_its_place() -> None:
    waiting = WaitingNews()
    waiting.add([told(1), told(2)])
    waiting.hand_over(1)
    waiting.passed(kept=False)
    waiting.add([told(1, end=1500)])
    assert waiting.hand_over(9) == [told(1, end=1500), told(2)]


@pytest.mark.parametrize(
    "between",
    [Replaced(1, 0, 10, 7), Gone(1, frozenset([Key(0, 0, 1)])), OnlyOpen(1, frozenset())],
    ids=["replaced", "gone", "only open"],
)
def test_no_word_goes_past_what_says_what_holds_at_all(between: News) -> None:
    waiting = WaitingNews()
    waiting.add([told(1), told(1, stream=2), between, told(1, end=1500), told(1, end=1500, stream=2)])
    assert waiting.hand_over(9) == [told(1), told(1, end=1500, stream=2), between, told(1, end=1500)]


def test_a_number_is_reached_when_nothing_before_it_waits() -> None:
    waiting = WaitingNews()
    waiting.add([told(1), told(2)])
    number = waiting.last
    waiting.add([told(3), told(2, end=2500)])
    waiting.hand_over(1)
    waiting.passed(kept=True)
    assert not waiting.reached(number)
    waiting.hand_over(1)
    waiting.passed(kept=True)
    assert waiting.reached(number)
    assert len(waiting) == 1


def test_what_waits_is_bounded_and_the_least_pressing_goes_first() -> None:
    waiting = WaitingNews(most=20)
    told_first = [told(seq, 1000 * seq + 9, kind=PAUSE) for seq in range(5)]
    assert waiting.add([*told_first, Replaced(1, 0, 1, None)]) == 0
    gone = 0
    for seq in range(10, 1000):
        gone += waiting.add([told(seq, kind=SINUS_RHYTHM)])
        assert len(waiting) <= 20
    rest = waiting.hand_over(99)
    assert rest[:6] == [*told_first, Replaced(1, 0, 1, None)]
    assert rest[-1] == told(999, kind=SINUS_RHYTHM)
    assert gone + len(rest) == 5 + 1 + 990


def test_what_is_under_way_is_not_let_go() -> None:
    waiting = WaitingNews(most=10)
    waiting.add([told(seq, kind=SINUS_RHYTHM) for seq in range(10)])
    batch = waiting.hand_over(6)
    assert waiting.add([told(seq) for seq in range(10, 14)]) == 5
    waiting.passed(kept=False)
    assert waiting.hand_over(6) == batch
    assert len(waiting) == 9


KEYS = st.integers(1, 3)
PLACES = st.integers(0, 20).map(lambda place: 300 * place)
TOLD = st.builds(
    lambda seq, start, length, kind, gone: Told(
        1, word(seq, start, None if length is None and not gone else start + (length or 0), kind, gone)
    ),
    KEYS,
    PLACES,
    st.sampled_from([None, 300, 900]),
    st.sampled_from([VENTRICULAR_TACHYCARDIA, NSVT]),
    st.booleans(),
)
SOME_KEYS = st.frozensets(KEYS.map(lambda seq: Key(0, 0, seq)))
NEWS = st.one_of(
    TOLD,
    TOLD,
    TOLD,
    st.builds(lambda start, run: Replaced(1, start, start + 2000, run), PLACES, st.sampled_from([None, 7])),
    st.builds(lambda keys: Gone(1, keys), SOME_KEYS),
    st.builds(lambda start, keys: Renewed(1, start, start + 2000, 0, keys), PLACES, SOME_KEYS),
    st.builds(lambda keys: OnlyOpen(1, keys), SOME_KEYS),
)


class Kept:
    """Facts, and what is in them when nothing waits."""

    def __init__(self) -> None:
        self.facts = MemoryFacts()
        enroll(self.facts, request(), 0)

    def take(self, news: Iterable[News]) -> None:
        self.facts.record_findings(news, "", 0, lambda _: None)

    def all(self) -> list[LiveFinding]:
        found = self.facts.asked_findings(1, Asked(gave_way=True))
        return sorted((replace(one, key=one.key._replace(seq=0)) for one in found), key=repr)


@settings(max_examples=500, deadline=None)
@given(pieces=st.lists(st.tuples(st.lists(NEWS, max_size=4), st.integers(0, 3), st.booleans()), max_size=12))
def test_facts_end_the_same_whether_they_took_every_word_or_the_latest(
    pieces: list[tuple[list[News], int, bool]],
) -> None:
    at_once, later, waiting = Kept(), Kept(), WaitingNews()
    for news, count, kept in pieces:
        at_once.take(news)
        waiting.add(news)
        batch = waiting.hand_over(count)
        if kept:
            later.take(batch)
        waiting.passed(kept)
    later.take(waiting.hand_over(1 << 30))
    assert later.all() == at_once.all()
