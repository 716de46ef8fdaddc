"""The scenarios of the package, played against a small center that keeps the rules, and ones that do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.sim.fake_center import FakeCenter

import einthoven.sim.scenario
from einthoven.base.spans import SpanSet
from einthoven.sim.player import Setting, play
from einthoven.sim.scenario import load, shipped

FILES = sorted(Path(einthoven.sim.scenario.__file__).with_name("scenarios").glob("*.toml"))


def small_center(setting: Setting) -> FakeCenter:
    return FakeCenter(setting.time, setting.clock, setting.keys)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_scenario_ends_well(path: Path) -> None:
    outcome = play(load(path), small_center)
    assert outcome.failures == []
    assert all(account.acquired > 0 for account in outcome.accounts.values())


@pytest.mark.parametrize("seed", range(20, 25))
def test_trouble_with_other_seeds(seed: int) -> None:
    outcome = play(shipped("trouble"), small_center, seed)
    assert outcome.failures == []
    assert any(account.lost for account in outcome.accounts.values())


def test_a_seed_is_reproduced() -> None:
    one, two, other = (play(shipped("outage"), small_center, seed) for seed in (5, 5, 6))
    assert (one.steps, one.accounts) == (two.steps, two.accounts)
    assert one.steps != other.steps


class Forgetful(FakeCenter):
    """Acknowledges, and loses the newest when it is killed."""

    def kill(self) -> None:
        super().kill()
        for kept in self.kept.values():
            kept.spans.remove(max(0, kept.spans.stop - 500), kept.spans.stop)


class Twisted(FakeCenter):
    """Gives back one sample of another value."""

    def read(self, stream: int, start: int, stop: int) -> np.ndarray:
        samples = super().read(stream, start, stop).copy()
        samples[len(samples) // 2] += 1
        return samples


class Invents(FakeCenter):
    """Claims to hold samples that it was never sent."""

    def stored(self, stream: int) -> SpanSet:
        spans = super().stored(stream).copy()
        if spans:
            spans.add(spans.stop, spans.stop + 10)
        return spans


@pytest.mark.parametrize(
    ("center", "word"),
    [
        (Forgetful, "acknowledged and are not stored"),
        (Twisted, "another content"),
        (Invents, "were acquired"),
    ],
)
def test_a_center_that_breaks_the_rules_is_caught(center: type[FakeCenter], word: str) -> None:
    outcome = play(shipped("outage"), lambda setting: center(setting.time, setting.clock, setting.keys))
    assert any(word in failure for failure in outcome.failures)
