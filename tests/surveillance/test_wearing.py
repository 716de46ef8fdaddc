"""What was worn and why not: every moment of a day is one or the other; who drops out is called once."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.instants import HOUR, MINUTE
from einthoven.surveillance.wearing import (
    FEW,
    LEADS_OFF,
    NEVER,
    NOT_RECEIVED,
    SILENT,
    CallRule,
    Gap,
    Recorded,
    gaps,
    joined,
    standing,
    stretch,
)

DAY = 24 * HOUR
NOW = 1000 * DAY
RULE = CallRule()

moments = st.integers(0, 60)
pairs = st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))
records = st.builds(
    Recorded,
    st.integers(0, 40),
    st.lists(pairs, max_size=6),
    st.lists(st.tuples(moments, moments, st.sampled_from(["power", "removed"])), max_size=4),
    st.lists(pairs, max_size=4),
)


@given(records, pairs)
def test_every_moment_is_worn_or_has_one_cause(told: Recorded, span: tuple[int, int]) -> None:
    """A naive reading, moment by moment, gives the same."""
    start, stop = span
    worn, by_cause = 0, dict[str, int]()
    for at in range(max(start, told.since), stop):
        if not any(low <= at < high for low, high in told.spans):
            cause = next((why for low, high, why in told.gaps if low <= at < high), NOT_RECEIVED)
        elif any(low <= at < high for low, high in told.off):
            cause = LEADS_OFF
        else:
            worn += 1
            continue
        by_cause[cause] = by_cause.get(cause, 0) + 1
    found = stretch(told, start, stop)
    assert (found.worn, found.gaps) == (worn, by_cause)
    assert found.worn + sum(found.gaps.values()) == found.stop - found.start
    pieces = gaps(told, start, stop)
    assert all(a.stop <= b.start for a, b in pairwise(pieces))


@given(records, pairs, st.integers(0, 60))
def test_recording_more_never_puts_anybody_on_the_list(
    told: Recorded, more: tuple[int, int], now: int
) -> None:
    rule = CallRule(silent=5, day=20, least=12, grace=3, again=10)
    before = standing(told, None, now, rule)
    after = standing(replace(told, spans=[*told.spans, more]), None, now, rule)
    assert set(after.reasons) <= set(before.reasons) | ({SILENT} if NEVER in before.reasons else set())


def test_a_transmitter_in_a_drawer_is_called_about_once() -> None:
    told = Recorded(NOW - 10 * DAY, [(NOW - 10 * DAY, NOW - 3 * HOUR)])
    found = standing(told, None, NOW, RULE)
    assert (found.reasons, found.since, found.settled) == ((SILENT,), NOW - 3 * HOUR, False)
    assert standing(told, NOW - HOUR, NOW, RULE).settled
    assert not standing(told, NOW - 4 * HOUR, NOW, RULE).settled  # that was before it fell silent
    later = NOW + 30 * HOUR
    assert not standing(told, NOW - HOUR, later, RULE).settled  # and a day later they are called again


def test_too_few_hours_are_told_with_how_many() -> None:
    worn = [(NOW - k * DAY, NOW - k * DAY + 15 * HOUR) for k in range(5, 0, -1)] + [(NOW - HOUR, NOW)]
    found = standing(Recorded(NOW - 5 * DAY, [*worn[:-1], (NOW - MINUTE, NOW)]), None, NOW, RULE)
    assert (found.reasons, found.worn // MINUTE) == ((FEW,), 15 * 60 + 1)
    assert standing(Recorded(NOW - 5 * DAY, worn), None, NOW, RULE).reasons == ()  # 16 of 24: enough


def test_a_service_that_has_just_begun_is_given_time() -> None:
    begun = NOW - 90 * MINUTE
    assert standing(Recorded(begun, []), None, NOW, RULE).reasons == ()
    assert standing(Recorded(begun - HOUR, []), None, NOW, RULE).reasons == (NEVER,)
    young = Recorded(NOW - 7 * HOUR, [(NOW - 2 * HOUR, NOW)])
    assert standing(young, None, NOW, RULE).reasons == (FEW,)
    assert standing(replace(young, spans=[(NOW - 5 * HOUR, NOW)]), None, NOW, RULE).reasons == ()


def test_gaps_of_one_cause_near_one_another_are_one_line() -> None:
    found = [
        Gap(0, 1, "a"),
        Gap(MINUTE, 2 * MINUTE, "a"),
        Gap(2 * MINUTE, 3 * MINUTE, "b"),
        Gap(HOUR, 2 * HOUR, "b"),
    ]
    assert joined(found) == [Gap(0, 2 * MINUTE, "a"), *found[2:]]
