"""The fuzz targets hold for their corpus and a few hundred spoilt inputs; `make fuzz` goes on from there."""

from __future__ import annotations

import pytest
from benchmarks.fuzz import with_hypothesis
from benchmarks.fuzz_targets import TARGETS, corpus, joined, pieces

from einthoven.link import golden


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_nothing_escapes_and_everything_agrees(target: str) -> None:
    outcome = with_hypothesis(target, 0.0, examples=80)
    assert outcome.failure is None, f"{outcome.detail}\n{outcome.failure.hex()}"
    assert outcome.inputs >= len(corpus(target)) + 80


def test_a_defect_is_found_made_small_and_told() -> None:
    def act(data: bytes) -> None:
        if len(data) > 40 and data[0] == 1 and data[3] > 1:
            raise IndexError("beyond the end")

    outcome = with_hypothesis("frame", 20.0, act=act)
    assert outcome.failure is not None
    assert outcome.failure[3] > 1
    assert "IndexError" in outcome.as_json()["detail"]


def test_messages_are_cut_and_summed_as_they_were_joined() -> None:
    messages = [raw for _, raw, reason in golden.bad() if reason not in ("short", "crc")]
    assert pieces(joined(messages)) == messages
