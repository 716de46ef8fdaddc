"""Single samples that a device drops hide no beats; a lead that stays away longer is silenced, as before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from numpy.typing import NDArray
from tests.ecg.hearts import heart, layout

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.bay import Bay
from einthoven.ecg.beats import NOISY, VENTRICULAR
from einthoven.ecg.holes import bridge
from einthoven.ecg.kinds import BY_NAME

I16 = NDArray[np.int16]
PATTERNS = {"one of 64": (64, 1), "one of 256": (256, 1), "two of 100": (100, 2), "every other": (2, 1)}


def without(samples: I16, every: int, missing: int, first: int = 0) -> I16:
    """Copy with ``missing`` samples in a row not measured out of ``every``."""
    out = samples.copy()
    out[(np.arange(len(out)) + first) % every < missing] = INVALID_SAMPLE
    return out


def found_share(found: Analysis, peaks: NDArray[np.int64], rate: float) -> float:
    told = found.beats["sample"]
    return float(np.mean([np.min(np.abs(told - peak)) <= 0.05 * rate for peak in peaks]))


def kinds(found: Analysis) -> set[str]:
    return {finding["kind"] for finding in found.findings} & set(BY_NAME)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("rate", [100.0, 250.0, 1000.0])
def test_beats_are_found_as_if_no_sample_were_missing(pattern, rate):
    samples, peaks = heart(40, rate, leads=1)
    samples = without(samples, *PATTERNS[pattern], first=17)

    found = analyze(samples, layout(rate, 1))

    inside = peaks[peaks < 39 * rate]
    assert found_share(found, inside, rate) == 1.0
    assert len(found.beats) <= len(peaks)
    assert not (found.beats["code"] == VENTRICULAR).any()
    assert kinds(found) <= {"sinus-rhythm", "sinus-arrhythmia"}


def test_a_second_with_a_sample_missing_is_never_good():
    samples, _ = heart(20, leads=2)
    samples[7 * 250 + 100, 1] = INVALID_SAMPLE
    quality = analyze(samples, layout(250.0, 2)).quality[:20]
    assert quality[7, 1] == NOISY
    quality[7, 1] = 0
    assert (quality == 0).all()


@pytest.mark.parametrize(("missing", "heard"), [(5, True), (6, False)])
def test_from_more_than_20_ms_on_the_lead_is_silent(missing, heard):
    samples, peaks = heart(40, leads=1)
    # As often as the filters reach: of a lead that is silenced each time nothing is left.
    found = analyze(without(samples, 60, missing), layout(250.0, 1))
    assert (found_share(found, peaks[2:-1], 250.0) >= 0.95) is heard if heard else len(found.beats) == 0


def test_a_record_that_begins_with_a_sample_missing_begins_with_no_beat():
    samples, peaks = heart(20, leads=1)
    samples += 900
    samples[0] = INVALID_SAMPLE
    assert analyze(samples, layout(250.0, 1)).beats["sample"][0] >= peaks[0] - 10


@given(
    rate=st.sampled_from([100.0, 250.0, 500.0, 1000.0]),
    holes=st.lists(st.tuples(st.integers(0, 5999), st.integers(1, 25)), max_size=30),
    cuts=st.lists(st.integers(1, 5999), max_size=30, unique=True),
)
@settings(max_examples=60, deadline=None)
def test_it_does_not_matter_where_blocks_are_cut(rate, holes, cuts):
    samples, _ = heart(6000 / rate, rate, leads=2)
    for number, (start, length) in enumerate(holes):
        samples[start : start + length, number % 2] = INVALID_SAMPLE
    bay = Bay(round(rate * 1000), 2, slots=2)
    slots = bay.take(layout(rate, 2)), bay.take(layout(rate, 2))
    flat, one = samples.reshape(-1), np.ones(1, np.int64)
    whole = bay.advance(one * slots[0], flat, one * 0, one * 0, one * len(samples))
    edges = np.array([0, *sorted(cuts), len(samples)])
    parts = bay.advance(
        np.full(len(edges) - 1, slots[1]), flat, edges[:-1] * 2, edges[:-1].copy(), np.diff(edges)
    )
    assert (whole[:, 1:] == parts[:, 1:]).all()
    assert bay.state[slots[0]].tobytes() == bay.state[slots[1]].tobytes()


@njit
def bridged(kept, at, ring, group, here, missing, last, value):
    """``bridge`` itself can only be called by kernels."""
    return bridge(kept, at, ring, group, here, missing, last, value)


@given(
    group=st.integers(1, 5),
    here=st.integers(30, 400),
    missing=st.integers(1, 20),
    last=st.integers(-32767, 32767),
    value=st.integers(-32767, 32767),
)
@settings(max_examples=200, deadline=None)
def test_what_is_kept_of_a_short_hole_is_a_straight_line(group, here, missing, last, value):
    ring = 50
    held = np.full(here, last)
    line = np.concatenate([held[: here - missing], np.linspace(last, value, missing + 2)[1:-1]])
    kept = np.zeros(3 + ring, np.int16)
    whole = here // group
    for place in range(max(0, whole - ring), whole):
        kept[3 + place % ring] = last

    more = bridged(kept, 3, ring, group, here, missing, last, value)

    for place in range(max(0, whole - ring), whole):
        wanted = line[place * group : (place + 1) * group].mean()
        assert abs(int(kept[3 + place % ring]) - wanted) <= 2
    assert abs(more - (line - held)[whole * group :].sum()) <= group
