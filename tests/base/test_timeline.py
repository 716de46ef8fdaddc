from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.instants import HOUR, MILLISECOND, MINUTE, SECOND, from_iso
from einthoven.base.timeline import Fix, Timeline

NOON = from_iso("2026-03-01T12:00:00Z")
RATE = 250.0


def fix(minutes: float, offset: int = 0, uncertainty: int = MILLISECOND, drift: float = 0.0) -> Fix:
    """A fix so many minutes into a stream begun at noon, by a clock that is ``offset`` off."""
    return Fix(minutes * 60 * RATE, NOON + round(minutes * MINUTE * (1 + drift)) + offset, uncertainty)


def test_nothing_is_known_without_origin_and_fixes() -> None:
    line = Timeline(RATE)
    assert not line.known
    assert line.instant_of(0) is None
    assert line.sample_of(NOON) is None


def test_a_declared_origin_is_the_whole_truth() -> None:
    line = Timeline(RATE, NOON, [fix(10, offset=HOUR)])
    assert line.instant_of(0) == NOON
    assert line.instant_of(250) == NOON + SECOND
    assert line.sample_of(NOON - SECOND) == -250.0


def test_thirty_days_at_a_thousand_hertz_stay_exact() -> None:
    line = Timeline(1000.0, NOON)
    for sample in (0, 1, 2_591_999_999, 2_592_000_000):
        assert line.instant_of(sample) == NOON + sample * MILLISECOND


def test_one_fix_goes_on_at_the_nominal_rate_both_ways() -> None:
    line = Timeline(RATE, None, [fix(10)])
    assert line.instant_of(0) == NOON
    assert line.instant_of(20 * 60 * RATE) == NOON + 20 * MINUTE


def test_drift_is_followed_between_fixes() -> None:
    line = Timeline(RATE, None, [fix(m, drift=1e-4) for m in range(0, 600, 3)])
    at = line.instant_of(299.5 * 60 * RATE)
    assert at is not None
    assert abs(at - (NOON + round(299.5 * MINUTE * 1.0001))) < MILLISECOND
    assert line.dropped == 0


def test_jitter_within_its_uncertainty_stays_monotone() -> None:
    shaken = [
        fix(m / 60, offset=(-1) ** m * 200 * MILLISECOND, uncertainty=250 * MILLISECOND) for m in range(600)
    ]
    line = Timeline(RATE, None, shaken)
    instants = [line.instant_of(sample) for sample in range(0, 150_000, 50)]
    assert instants == sorted(i for i in instants if i is not None)


STEPS = [
    # the center's clock steps after 60 minutes, the fixes reach to the minute given: whose level is kept?
    ("back, and the time before is longer", -10 * MINUTE, 90, 0),
    ("back, and the time after is longer", -10 * MINUTE, 200, -10 * MINUTE),
]


def test_a_clock_that_stepped_back_keeps_the_longer_level() -> None:
    for name, step, until, kept in STEPS:
        fixes = [fix(m, offset=0 if m < 60 else step) for m in range(until)]
        line = Timeline(RATE, None, fixes)
        for minute in (5, 59, 60, until):
            assert line.instant_of(minute * 60 * RATE) == NOON + minute * MINUTE + kept, (name, minute)
        assert line.dropped == (until - 60 if kept == 0 else 60), name


def test_a_jump_forward_is_kept_where_it_happened() -> None:
    line = Timeline(RATE, None, [fix(m, offset=0 if m < 60 else 2 * HOUR) for m in range(120)])
    assert line.instant_of(59 * 60 * RATE) == NOON + 59 * MINUTE
    assert line.instant_of(60 * 60 * RATE) == NOON + 60 * MINUTE + 2 * HOUR
    assert line.dropped == 0


def test_one_wild_fix_among_many_is_dropped() -> None:
    fixes = [fix(m) for m in range(100)] + [fix(50.5, offset=3 * HOUR), fix(51.5, offset=-3 * HOUR)]
    line = Timeline(RATE, None, fixes)
    assert line.dropped == 2
    assert line.instant_of(50.5 * 60 * RATE) == NOON + round(50.5 * MINUTE)


fixes_anyhow = st.lists(
    st.builds(
        Fix,
        st.floats(0, 1e8),
        st.integers(NOON - 24 * HOUR, NOON + 24 * HOUR),
        st.integers(0, 10 * SECOND),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(
    fixes_anyhow, st.sampled_from([100.0, 250.0, 360.0, 1000.0]), st.lists(st.floats(-1e6, 1e9), min_size=2)
)
def test_any_fixes_give_a_monotone_map(fixes: list[Fix], rate: float, samples: list[float]) -> None:
    line = Timeline(rate, None, fixes)
    assert line.known == bool(fixes)
    if fixes:
        instants = [line.instant_of(sample) for sample in sorted(samples)]
        assert all(a <= b for a, b in pairwise(instants))  # type: ignore[operator]


@settings(max_examples=150, deadline=None)
@given(fixes_anyhow.filter(bool), st.floats(-1e6, 1e9))
def test_there_and_back_is_the_same_sample(fixes: list[Fix], sample: float) -> None:
    line = Timeline(250.0, None, fixes)
    at = line.instant_of(sample)
    assert at is not None
    back = line.sample_of(at)
    assert back is not None
    assert abs(back - sample) < 1e-3


@settings(max_examples=50, deadline=None)
@given(st.permutations([fix(m, offset=-SECOND * (m > 20)) for m in range(0, 40, 4)]))
def test_the_order_of_the_fixes_does_not_matter(fixes: list[Fix]) -> None:
    line, same = Timeline(RATE, None, fixes), Timeline(RATE, None, sorted(fixes))
    assert [line.instant_of(s) for s in range(0, 600_000, 999)] == [
        same.instant_of(s) for s in range(0, 600_000, 999)
    ]
