"""A disk that fills and fails while the center lives on: no restart puts anything right (R8, R12).

Samples come again when they can be stored. What a transmitter had no room to keep is a declared hole, and
what could not be sealed is sealed later.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.scenarios.test_whole_center import Played

from einthoven.base.errors import StoreError
from einthoven.base.spans import Span
from einthoven.edges.store.archive import Archive
from einthoven.sim.scenario import parse

SCENARIO = parse(
    """
name = "failing-disk"
duration = "+00:05:00"
settle = 60
weather = { delay_s = 0.05, jitter_s = 0.05 }

[[heart]]
name = "busy"
rhythms = [{ kind = "sinus", rate = 84, pvc_per_hour = 300, couplet_share = 0.2 }]

[[transmitter]]
id = "T-1"
patient = "Volta, Boris"
heart = "busy"

[[transmitter]]
id = "T-2"
patient = "Ampere, Ada"
heart = "busy"
frame = 0.25
room = "00:00:30"

[[event]]
at = "+00:00:40"
do = "disk-full"
for = 60

[[event]]
at = "+00:00:50"
do = "mark"
symptom = "dizziness"

[[expect]]
at = "+00:01:55"
what = "behind"
at_most = 3

[[event]]
at = "+00:02:00"
do = "cut"
for = 100
transmitter = "T-1"

[[event]]
at = "+00:03:30"
do = "disk-error"
for = 60

[[expect]]
what = "holes"
transmitter = "T-1"
causes = []

[[expect]]
what = "holes"
transmitter = "T-2"
causes = ["storage"]
at_least = 10

[[expect]]
what = "dials"
transmitter = "T-2"
at_most = 1
"""
)


@pytest.mark.parametrize("seed", range(6))
def test_a_disk_that_recovers_leaves_nothing_wrong(seed: int) -> None:
    played = Played(SCENARIO, seed)
    assert played.faults() == []
    assert played.center.deaths == 0


def test_sealed_beats_that_could_not_be_rewritten_are_rewritten_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rewrite, calls = Archive.replace_beats, []

    def failing(*args: Any) -> list[Span]:
        calls.append(args)
        if len(calls) % 2:
            raise StoreError("the disk failed")
        return rewrite(*args)

    with monkeypatch.context() as patched:
        patched.setattr(Archive, "replace_beats", failing)
        played = Played(SCENARIO, 1)
    assert len(calls) > 4
    assert played.faults() == []
