"""Instants, identifiers and layouts: what is taken and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.base.ids import parse_stream, stream_name
from einthoven.base.instants import MILLISECOND, from_iso, to_iso
from einthoven.base.layout import Layout, Lead


@given(st.integers(0, 4_000_000_000_000))
def test_an_instant_is_written_and_read_back(milliseconds: int) -> None:
    assert from_iso(to_iso(milliseconds * MILLISECOND)) == milliseconds * MILLISECOND


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-21T00:00:00Z", 1_795_219_200),
        ("2026-11-21T01:00:00+01:00", 1_795_219_200),
        ("2026-11-21", 1_795_219_200),
    ],
)
def test_iso_texts(text: str, seconds: int) -> None:
    assert from_iso(text) == seconds * 1_000_000_000


def test_a_text_that_is_no_time_is_refused() -> None:
    with pytest.raises(InputError, match="yesterday"):
        from_iso("yesterday")


@given(st.integers(1, 2**32 - 1))
def test_a_stream_is_written_and_read_back(stream: int) -> None:
    assert parse_stream(stream_name(stream)) == stream


@pytest.mark.parametrize("text", ["", "s", "0", "s0", "-1", "4294967296", "s1x", "x1"])
def test_a_text_that_names_no_stream_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a stream"):
        parse_stream(text)


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        (Layout(99.9, (Lead("II"),)), "sampling rate"),
        (Layout(1000.5, (Lead("II"),)), "sampling rate"),
        (Layout(float("nan"), (Lead("II"),)), "sampling rate"),
        (Layout(250, ()), "0 leads"),
        (Layout(250, tuple(Lead(f"L{n}") for n in range(13))), "13 leads"),
        (Layout(250, (Lead("II"), Lead("II"))), "two leads"),
        (Layout(250, (Lead(""),)), "lead name"),
        (Layout(250, (Lead("II", gain=0),)), "gain"),
        (Layout(250, (Lead("II", gain=float("nan")),)), "gain"),
        (Layout(250, (Lead("II", resolution=24),)), "resolution"),
        (Layout(250, (Lead("II", units=""),)), "units"),
    ],
)
def test_a_layout_out_of_range_is_refused_by_name(layout: Layout, words: str) -> None:
    with pytest.raises(InputError, match=words):
        layout.check()


def test_a_good_layout_passes() -> None:
    Layout(360, (Lead("MLII", 200, 1024, 11, 1024), Lead("V5"))).check()
