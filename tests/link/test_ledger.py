"""The ledger against a model that keeps every index by itself."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from einthoven.base.spans import Span
from einthoven.link.ledger import Ledger

START = st.integers(0, 60)
SIZE = st.integers(1, 20)


class LedgerModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger([(5, 9)])
        self.durable = set(range(5, 9))
        self.flying: list[Span] = []

    @property
    def in_flight(self) -> set[int]:
        return {index for span in self.flying for index in range(*span)}

    @rule(start=START, size=SIZE)
    def frame_comes(self, start: int, size: int) -> None:
        fresh = self.ledger.accept(start, start + size)
        indices = {index for span in fresh for index in range(*span)}
        assert indices == set(range(start, start + size)) - self.durable - self.in_flight
        assert len(indices) == sum(span.length for span in fresh)
        self.flying.extend(fresh)

    @rule(pick=st.integers(0, 100))
    def store_syncs(self, pick: int) -> None:
        if self.flying:
            span = self.flying.pop(pick % len(self.flying))
            self.ledger.committed(*span)
            self.durable |= set(range(*span))

    @rule(pick=st.integers(0, 100))
    def store_fails(self, pick: int) -> None:
        if self.flying:
            self.ledger.failed(*self.flying.pop(pick % len(self.flying)))

    @rule(start=START, size=SIZE)
    def failure_never_takes_durable_samples(self, start: int, size: int) -> None:
        if not self.in_flight & set(range(start, start + size)):
            self.ledger.failed(start, start + size)

    @rule(start=START, size=SIZE)
    def only_durable_is_acknowledged(self, start: int, size: int) -> None:
        spans = self.ledger.acknowledgeable(start, start + size)
        assert {index for span in spans for index in range(*span)} == self.durable & set(
            range(start, start + size)
        )

    @invariant()
    def agrees(self) -> None:
        accepted = self.durable | self.in_flight
        assert {index for span in self.ledger.durable for index in range(*span)} == self.durable
        assert {index for span in self.ledger.accepted for index in range(*span)} == accepted
        assert self.ledger.in_flight == len(self.in_flight)
        holes = {index for span in self.ledger.holes() for index in range(*span)}
        assert holes == set(range(max(accepted) + 1)) - accepted


TestLedger = LedgerModel.TestCase
TestLedger.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_newest_spans_of_a_welcome() -> None:
    ledger = Ledger([(0, 1), (2, 3), (4, 5)])
    assert ledger.newest(2) == ((Span(2, 3), Span(4, 5)), True)
    assert ledger.newest(3) == ((Span(0, 1), Span(2, 3), Span(4, 5)), False)
