"""The worklist: urgency, then age; the same order whatever the order of the changes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from einthoven.review.case import Alarm, AlarmState, Case, State
from einthoven.review.facts import Priority, Tier
from einthoven.review.grouping import Group
from einthoven.review.worklist import Worklist, urgency


def case(number: int, tier: Tier = Tier.URGENT, opened: int = 0, **fields) -> Case:
    alarm = Alarm(AlarmState.ACTIVE, 0)
    made = Case(number, 1, Group.VENTRICULAR, "", tier, Priority.LOW, 0, opened, None, 0, alarm)
    return replace(made, **fields)


def order(*cases: Case) -> list[int]:
    worklist = Worklist()
    for each in cases:
        worklist.put(each)
    return list(worklist)


def test_tiers_first():
    tiers = (Tier.DAILY, Tier.TECHNICAL, Tier.URGENT, Tier.EMERGENT)
    assert order(*(case(number, tier, -number) for number, tier in enumerate(tiers))) == [3, 2, 1, 0]


def test_then_what_escalated_then_the_oldest():
    assert order(case(1, opened=5), case(2, opened=3), case(3, opened=9, escalated=1)) == [3, 2, 1]


def test_an_emergency_that_runs_before_everything():
    assert order(case(1, Tier.EMERGENT), case(2, Tier.DAILY, emergency=4)) == [2, 1]


def test_of_one_age_by_number():
    assert order(case(2), case(1)) == [1, 2]


CASES = st.builds(
    case,
    st.integers(1, 12),
    st.sampled_from(list(Tier)),
    st.integers(0, 5),
    escalated=st.integers(0, 2),
    emergency=st.sampled_from([None, 1]),
    state=st.sampled_from([State.OPEN, State.HELD, State.CLOSED]),
)


@given(changes=st.lists(CASES, max_size=40))
def test_it_is_the_sorted_list_of_what_is_not_closed(changes: list[Case]):
    worklist = Worklist()
    last: dict[int, Case] = {}
    for change in changes:
        worklist.put(change)
        last[change.number] = change
    live = sorted((each for each in last.values() if each.state is not State.CLOSED), key=urgency)
    assert list(worklist) == [each.number for each in live]
    assert len(worklist) == len(live)
    assert all((number in worklist) == (each in live) for number, each in last.items())
