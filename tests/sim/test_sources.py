"""Records and hearts as sources, and how a transmitter judges what it feels."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.base.errors import InputError
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Disturbance, Script
from einthoven.sim.sources import HeartSource, RecordSource
from einthoven.sim.wearing import GOOD, NOISY, UNKNOWN, Battery, lead_off, quality

LAYOUT = Layout(250.0, (Lead("II"), Lead("V1")))
SAMPLES = np.arange(2000, dtype=np.int16).reshape(-1, 2)


def test_a_record_ends() -> None:
    source = RecordSource(LAYOUT, SAMPLES)
    assert source.length == 1000
    assert np.array_equal(source.samples(990, 1000), SAMPLES[990:])
    with pytest.raises(InputError):
        source.samples(990, 1001)


@pytest.mark.parametrize(
    ("first", "start", "stop"), [(0, 990, 1010), (300, 0, 10), (995, 0, 2500), (3, 7, 7)]
)
def test_a_looped_record_goes_on_for_ever(first: int, start: int, stop: int) -> None:
    source = RecordSource(LAYOUT, SAMPLES, loop=True, first=first)
    expected = SAMPLES[(np.arange(start, stop) + first) % 1000]
    assert source.length is None
    assert np.array_equal(source.samples(start, stop), expected)


def test_the_recording_is_what_is_in_it() -> None:
    one = RecordSource(LAYOUT, SAMPLES)
    assert one.recording == RecordSource(LAYOUT, SAMPLES.copy()).recording
    other = Layout(250.0, (Lead("II"), Lead("V1", gain=100.0)))
    changed = SAMPLES.copy()
    changed[500, 1] += 1
    different = [
        RecordSource(other, SAMPLES),
        RecordSource(LAYOUT, changed),
        RecordSource(LAYOUT, SAMPLES[:-1]),
        RecordSource(LAYOUT, SAMPLES, loop=True, first=3),
    ]
    assert len({one.recording, *(source.recording for source in different)}) == 5
    assert 0 < one.recording < 2**64


def test_hearts_of_other_seeds_are_other_recordings() -> None:
    layout = layout_of(("II",))
    recordings = {HeartSource(Heart(Script(), layout, seed), seed).recording for seed in (1, 2, 2)}
    assert len(recordings) == 2


@pytest.mark.parametrize("samples", [SAMPLES[:0], SAMPLES[:, :1], SAMPLES.astype(np.int32)])
def test_what_is_no_record_is_refused(samples: np.ndarray) -> None:
    with pytest.raises(InputError):
        RecordSource(LAYOUT, samples)


def test_lead_off_and_quality() -> None:
    script = Script(
        disturbances=(
            Disturbance(10, 10, "muscle", 0.2, leads=("V1",)),
            Disturbance(30, 10, "lead_off", leads=("II",)),
        )
    )
    layout = layout_of(("II", "V1"))
    heart = Heart(script, layout, 4)
    seen = {second: heart.samples(second * 250, second * 250 + 250) for second in (5, 15, 35)}
    assert quality(seen[5], layout) == (GOOD, GOOD)
    assert quality(seen[15], layout) == (GOOD, NOISY)
    assert quality(seen[35], layout) == (UNKNOWN, GOOD)
    assert [lead_off(seen[second]) for second in (5, 15, 35)] == [0, 0, 1]
    assert lead_off(np.full((4, 3), INVALID_SAMPLE, np.int16)) == 0b111


def test_the_battery_drains() -> None:
    battery = Battery(80.0, hours=10.0)
    assert [battery.at(hours * 3600.0) for hours in (0, 1, 8, 20)] == [80, 70, 0, 0]
