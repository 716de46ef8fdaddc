"""When papers run out: warned of in time, and never of one that was renewed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.instants import DAY, Instant
from einthoven.surveillance.papers import WARNING, PaperState, credential_state, runs_out, training_state
from einthoven.surveillance.qualification import Recognised, qualified
from einthoven.surveillance.roles import Role
from einthoven.surveillance.staff import Credential, Member, Training

NOW: Instant = 20_000 * DAY
RULE = Recognised(kinds=("CCT", "RN"), topics=("reading ECGs",))


def paper(since: int, until: int, kind: str = "CCT") -> Credential:
    return Credential(kind, "77", "CCI", NOW + since * DAY, NOW + until * DAY)


def member(papers: list[Credential], training: list[Training]) -> Member:
    roles = frozenset({Role.TECHNICIAN})
    return Member(1, "Ruiz, Tom", "ruiz", roles, None, True, 0, tuple(papers), tuple(training))


CASES = [
    (paper(-9, 31), [], PaperState.CURRENT),
    (paper(-9, 30), [], PaperState.EXPIRING),
    (paper(-9, 1), [], PaperState.EXPIRING),
    (paper(-9, 0), [], PaperState.EXPIRED),
    (paper(1, 400), [], PaperState.AHEAD),
    (paper(-9, 9), [paper(9, 400)], PaperState.RENEWED),
    (paper(-9, 9), [paper(10, 400)], PaperState.EXPIRING),
    (paper(-9, 9), [paper(-9, 400, "RN")], PaperState.EXPIRING),
    (paper(-99, -9), [paper(-1, 400)], PaperState.RENEWED),
    (replace(paper(-9, 400), ended=NOW - DAY), [], PaperState.WITHDRAWN),
    (replace(paper(-9, 400), ended=NOW + DAY), [], PaperState.EXPIRING),
]


@pytest.mark.parametrize(("one", "others", "state"), CASES)
def test_how_a_credential_stands(one: Credential, others: list[Credential], state: PaperState) -> None:
    assert credential_state(one, [one, *others], NOW) is state


def test_how_a_training_stands() -> None:
    one = Training("reading ECGs", NOW - DAY, NOW + WARNING, "us")
    assert training_state(one, [one], NOW) is PaperState.EXPIRING
    other = replace(one, topic="cleaning", expires=NOW + 9 * WARNING)
    assert training_state(one, [one, other], NOW) is PaperState.EXPIRING
    assert training_state(one, [one, replace(other, topic=one.topic)], NOW) is PaperState.RENEWED


days = st.integers(-50, 50)
spans = st.tuples(days, st.integers(1, 60)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(spans, max_size=4), st.lists(spans, max_size=4))
def test_papers_run_out_when_their_owner_stops_being_qualified(
    papers: list[tuple[int, int]], trained: list[tuple[int, int]]
) -> None:
    who = member(
        [paper(*span) for span in papers],
        [Training("reading ECGs", NOW + a * DAY, NOW + b * DAY, "us") for a, b in trained],
    )
    end = runs_out(who, NOW, RULE)
    assert (end is not None) == qualified(who, NOW, RULE).ok
    if end is not None:
        assert qualified(who, end - 1, RULE).ok
        assert not qualified(who, end, RULE).ok
        assert all(qualified(who, day, RULE).ok for day in range(NOW, end, DAY))


def test_nobody_waits_for_the_papers_of_whoever_does_not_watch() -> None:
    who = member([paper(-1, 9)], [Training("reading ECGs", NOW - DAY, NOW + DAY, "us")])
    assert runs_out(who, NOW, RULE) == NOW + DAY
    assert runs_out(replace(who, roles=frozenset({Role.BILLING})), NOW, RULE) is None
    assert runs_out(replace(who, active=False), NOW, RULE) is None
