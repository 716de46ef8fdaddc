"""Sets of sample spans behave like sets of integers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.spans import Span, SpanSet

Spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


def as_set(spans: list[tuple[int, int]]) -> set[int]:
    return {index for start, stop in spans for index in range(start, stop)}


def indices(spans: SpanSet) -> set[int]:
    return {index for span in spans for index in range(span.start, span.stop)}


def assert_tidy(spans: SpanSet) -> None:
    listed = list(spans)
    assert all(span.start < span.stop for span in listed)
    assert all(left.stop < right.start for left, right in pairwise(listed))


@given(Spans, Spans)
def test_adding_and_removing_is_set_arithmetic(
    added: list[tuple[int, int]], removed: list[tuple[int, int]]
) -> None:
    spans, model = SpanSet(), set[int]()
    for start, stop in added:
        fresh = spans.add(start, stop)
        assert as_set([tuple(span) for span in fresh]) == set(range(start, stop)) - model
        model |= set(range(start, stop))
        assert_tidy(spans)
    assert indices(spans) == model
    assert spans.total == len(model)
    for start, stop in removed:
        spans.remove(start, stop)
        model -= set(range(start, stop))
        assert_tidy(spans)
    assert indices(spans) == model


@given(Spans, st.integers(0, 60), st.integers(0, 60))
def test_questions_agree_with_the_set(added: list[tuple[int, int]], start: int, stop: int) -> None:
    spans, model, asked = SpanSet(added), as_set(added), set(range(start, stop))
    assert as_set([tuple(span) for span in spans.missing(start, stop)]) == asked - model
    assert as_set([tuple(span) for span in spans.within(start, stop)]) == asked & model
    assert spans.covers(start, stop) == (asked <= model)
    assert spans.start == (min(model) if model else 0)
    assert spans.stop == (max(model) + 1 if model else 0)
    assert spans.copy() == spans


@given(Spans, st.integers(0, 60), st.integers(0, 60))
def test_neighbours_are_whole_spans(added: list[tuple[int, int]], start: int, stop: int) -> None:
    spans, model = SpanSet(added), as_set(added)
    start, stop = min(start, stop), max(start, stop)
    wanted = [span for span in spans if span.start <= stop and span.stop >= start]
    assert spans.touching(start, stop) == wanted
    assert spans.after(start) == min((index for index in model if index >= start), default=None)
    assert spans.bounds() == ([span.start for span in spans], [span.stop for span in spans])


def test_a_live_stream_grows_at_the_end() -> None:
    spans = SpanSet([(0, 250)])
    assert spans.add(250, 500) == [Span(250, 500)]
    assert list(spans) == [Span(0, 500)]


@pytest.mark.parametrize(
    ("start", "stop", "fresh"),
    [(0, 10, []), (5, 15, [Span(10, 15)]), (8, 32, [Span(10, 20), Span(30, 32)]), (40, 40, [])],
)
def test_what_is_new_is_told(start: int, stop: int, fresh: list[Span]) -> None:
    assert SpanSet([(0, 10), (20, 30)]).add(start, stop) == fresh


@given(Spans, st.integers(0, 60), st.integers(0, 60))
def test_extending_is_adding_where_the_set_ends(added: list[tuple[int, int]], start: int, stop: int) -> None:
    spans = SpanSet(added)
    if start >= stop:
        return
    before = spans.copy()
    goes_on = not before or before.stop == start
    assert spans.extend(start, stop) == goes_on
    if goes_on:
        before.add(start, stop)
    assert spans == before
