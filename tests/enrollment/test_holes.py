from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.spans import Span, SpanSet
from einthoven.enrollment.holes import AWAITED, Hole, explain

CASES = [
    ("nothing missing", [], [(0, 10, "power")], []),
    ("not told yet", [(5, 9)], [], [Hole(5, 9, AWAITED, False)]),
    ("declared", [(5, 9)], [(5, 9, "power")], [Hole(5, 9, "power", True)]),
    (
        "partly declared",
        [(5, 20)],
        [(8, 12, "storage")],
        [Hole(5, 8, AWAITED, False), Hole(8, 12, "storage", True), Hole(12, 20, AWAITED, False)],
    ),
    ("declared but stored all the same", [(5, 6)], [(0, 100, "reset")], [Hole(5, 6, "reset", True)]),
    (
        "two declare one place: the first rules",
        [(0, 10)],
        [(0, 6, "power"), (4, 10, "lead-off")],
        [Hole(0, 6, "power", True), Hole(6, 10, "lead-off", True)],
    ),
    (
        "pieces of one cause are one hole",
        [(0, 10)],
        [(0, 5, "power"), (5, 10, "power")],
        [Hole(0, 10, "power", True)],
    ),
]


@pytest.mark.parametrize(
    ("missing", "declared", "want"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_every_hole_has_a_cause(
    missing: list[tuple[int, int]], declared: list[tuple[int, int, str]], want: list[Hole]
) -> None:
    assert explain([Span(*span) for span in missing], declared) == want


pairs = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair) + 1))


@settings(max_examples=150, deadline=None)
@given(st.lists(pairs, max_size=6), st.lists(pairs, max_size=6))
def test_the_holes_are_what_is_missing_no_more_no_less(
    missing: list[tuple[int, int]], declared: list[tuple[int, int]]
) -> None:
    spans = SpanSet(missing)
    holes = explain(spans, [(start, stop, "power") for start, stop in declared])
    assert SpanSet((hole.start, hole.stop) for hole in holes) == spans
    assert all(one.stop <= other.start for one, other in itertools.pairwise(holes))
    told = SpanSet(declared)
    assert all(hole.declared == told.covers(hole.start, hole.stop) for hole in holes)
