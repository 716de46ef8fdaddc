"""The quality of leads over the past, as the patient page asks for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.edges.web.small_center import SmallCenter

from einthoven.base.spans import SpanSet
from einthoven.ecg.beats import FLAT, GOOD, LEAD_OFF, NOISY, UNKNOWN
from einthoven.edges.web import quality
from einthoven.edges.web.quality import graded_spans
from einthoven.testing.web import grade_rows

ONE = "/api/streams/s000017/quality"
BOTH_GOOD = (GOOD, GOOD)


def get(center: SmallCenter, path: str) -> Any:
    async def ask() -> Any:
        async with center.client() as client:
            return (await client.get(path)).json()

    return asyncio.run(ask())


def test_what_was_not_good_is_told_by_lead_sealed_and_not(center: SmallCenter) -> None:
    center.come(0, 5000)
    center.reader.graded[17] = grade_rows([(0, BOTH_GOOD), (500, (NOISY, GOOD)), (1000, (NOISY, FLAT))])
    center.ward.graded[17] = grade_rows([(2000, (GOOD, FLAT)), (3000, BOTH_GOOD)])
    assert get(center, f"{ONE}?start=600&stop=4000") == {
        "start": 600,
        "stop": 4000,
        "spans": [[600, 2000, 0, NOISY], [1000, 3000, 1, FLAT]],
        "truncated": False,
    }


def test_where_the_ward_knows_better_it_is_believed(center: SmallCenter) -> None:
    center.come(0, 1000)
    center.reader.graded[17] = grade_rows([(0, (NOISY, GOOD))])
    center.ward.graded[17] = grade_rows([(0, (LEAD_OFF, GOOD))])
    assert get(center, f"{ONE}?start=0&stop=1000")["spans"] == [[0, 1000, 0, LEAD_OFF]]


def test_nothing_is_said_of_a_hole_nor_of_a_second_that_is_not_whole(center: SmallCenter) -> None:
    center.come(0, 1000)
    center.come(2000, 3000)
    center.reader.graded[17] = grade_rows([(500, (FLAT, GOOD)), (2000, (UNKNOWN,) * 2), (2250, (FLAT, GOOD))])
    spans = get(center, f"{ONE}?start=0&stop=3000")["spans"]
    assert spans == [[500, 1000, 0, FLAT], [2250, 3000, 0, FLAT]]


def test_a_long_stretch_is_told_no_finer_than_asked(center: SmallCenter) -> None:
    center.come(0, 100_000)
    told = [(1000, (NOISY, GOOD)), (1250, BOTH_GOOD), (1500, (NOISY, GOOD)), (3000, BOTH_GOOD)]
    center.reader.graded[17] = grade_rows([*told, (50_000, (NOISY, GOOD)), (50_250, BOTH_GOOD)])
    spans = get(center, f"{ONE}?start=0&stop=100000&resolution=1000")["spans"]
    assert spans == [[1000, 3000, 0, NOISY]]


def test_of_much_it_says_where_to_go_on(center: SmallCenter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "PIECE_S", 8)
    monkeypatch.setattr(quality, "SPANS_MAX", 3)
    center.come(0, 10_000)
    each = [(at, (NOISY, GOOD) if at // 500 % 2 else BOTH_GOOD) for at in range(0, 10_000, 500)]
    center.reader.graded[17] = grade_rows(each)
    spans, at, answers = [], 0, 0
    while at is not None:
        body = get(center, f"{ONE}?start={at}&stop=10000")
        spans += body["spans"]
        assert body["truncated"] == ("next" in body)
        at, answers = body.get("next"), answers + 1
    assert answers > 1
    assert spans == [[at, at + 500, 0, NOISY] for at in range(500, 10_000, 1000)]


def test_damaged_rows_are_left_out_and_the_others_stand(center: SmallCenter) -> None:
    center.come(0, 1000)
    center.come(2000, 3000)
    center.reader.graded[17] = grade_rows([(0, (FLAT, GOOD)), (2000, (FLAT, GOOD))])
    center.reader.damaged[17] = SpanSet([(100, 101)])
    assert get(center, f"{ONE}?start=0&stop=3000")["spans"] == [[2000, 3000, 0, FLAT]]


@given(
    changes=st.lists(
        st.tuples(st.integers(1, 40), st.sampled_from([GOOD, NOISY, FLAT, UNKNOWN])), max_size=30
    ),
    holes=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=4),
    window=st.tuples(st.integers(0, 300), st.integers(1, 300)),
)
def test_every_stored_sample_has_the_grade_of_the_last_row(
    changes: list[tuple[int, int]], holes: list[tuple[int, int]], window: tuple[int, int]
) -> None:
    told, at = [], 0
    for step, code in changes:
        told.append((at, code))
        at += step
    stored = SpanSet([(0, at)])
    for low, length in holes:
        stored.remove(low, low + length)
    told = [(sample, code) for sample, code in told if stored.covers(sample, sample + 1)]
    start, stop = window[0], window[0] + window[1]
    wanted = {}
    for sample, code in told:
        run = next(span for span in stored if span.start <= sample < span.stop)
        following = [later for later, _ in told if later > sample]
        end = min([run.stop, stop, *following])
        wanted |= dict.fromkeys(range(max(sample, start), end), code)
    wanted = {sample: code for sample, code in wanted.items() if code not in (GOOD, UNKNOWN)}
    rows = grade_rows([(sample, (GOOD, code)) for sample, code in told])
    spans = graded_spans(rows, 2, stored, start, stop)
    assert {sample: code for low, high, _, code in spans for sample in range(low, high)} == wanted
    assert {lead for _, _, lead, _ in spans} <= {1}
