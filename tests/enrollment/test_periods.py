from __future__ import annotations

import pytest

from einthoven.base.errors import OursError
from einthoven.base.instants import DAY, HOUR, from_iso
from einthoven.enrollment.periods import TRANSITIONS, Ending, Outcome, ServicePeriod, State, assign, end

NOON = from_iso("2026-11-01T12:00:00Z")
OPEN = ServicePeriod(3, 7, "T-100", 17, NOON, NOON + 30 * DAY)

# from the issue: enrolling again for the same patient ends the open period and opens another; for another
# patient it is refused unless the end of the open one is asked for; a period lasts 30 days at most
CASES = [
    ("free", None, False, False, NOON, Outcome.OPENED, None),
    ("free, end asked for", None, False, True, NOON, Outcome.OPENED, None),
    ("same patient", OPEN, True, False, NOON + DAY, Outcome.RENEWED, Ending.RENEWED),
    ("same patient, end asked for", OPEN, True, True, NOON + DAY, Outcome.RENEWED, Ending.RENEWED),
    ("other patient", OPEN, False, False, NOON + DAY, Outcome.REFUSED, None),
    ("other patient, end asked for", OPEN, False, True, NOON + DAY, Outcome.REASSIGNED, Ending.REASSIGNED),
    ("other patient, last moment", OPEN, False, False, NOON + 30 * DAY - 1, Outcome.REFUSED, None),
    ("other patient, 30 days over", OPEN, False, False, NOON + 30 * DAY, Outcome.OPENED, Ending.EXPIRED),
    ("same patient, 30 days over", OPEN, True, False, NOON + 31 * DAY, Outcome.OPENED, Ending.EXPIRED),
    ("clock stepped back", OPEN, True, False, NOON - HOUR, Outcome.RENEWED, Ending.RENEWED),
]


@pytest.mark.parametrize(
    ("holder", "same", "asked", "now", "outcome", "ending"),
    [row[1:] for row in CASES],
    ids=[row[0] for row in CASES],
)
def test_who_gets_the_transmitter(
    holder: ServicePeriod | None, same: bool, asked: bool, now: int, outcome: Outcome, ending: Ending | None
) -> None:
    decision = assign("T-100", holder, same, asked, now)
    assert decision.outcome is outcome
    assert decision.refused == (outcome is Outcome.REFUSED)
    assert (decision.ends[1] if decision.ends else None) == ending
    assert decision.reasons
    assert ("transmitter", "T-100") in decision.inputs


def test_a_refusal_names_the_open_period() -> None:
    reason = assign("T-100", OPEN, False, False, NOON + DAY).reasons[0]
    assert "period 3 (stream s000017, since 2026-11-01T12:00:00.000Z)" in reason
    assert "T-100" in reason
    assert "end_previous" in reason


@pytest.mark.parametrize(
    ("at", "ended"),
    [(NOON + DAY, NOON + DAY), (NOON - DAY, NOON), (NOON + 99 * DAY, NOON + 30 * DAY), (NOON, NOON)],
)
def test_a_period_ends_within_its_30_days(at: int, ended: int) -> None:
    done = end(OPEN, Ending.CLOSED, at)
    assert (done.state, done.ended, done.cause) == (State.ENDED, ended, Ending.CLOSED)


# the second table, from the requirement: an open period can end in four ways, an ended one is over for good
SPECIFIED = {(State.OPEN, cause): State.ENDED for cause in ("renewed", "reassigned", "closed", "expired")}


@pytest.mark.parametrize("cause", list(Ending))
@pytest.mark.parametrize("state", list(State))
def test_every_transition(state: State, cause: Ending) -> None:
    assert TRANSITIONS.get((state, cause)) == SPECIFIED.get((state, cause))
    period = OPEN if state is State.OPEN else end(OPEN, Ending.CLOSED, NOON)
    if (state, cause) in TRANSITIONS:
        assert end(period, cause, NOON).state is State.ENDED
    else:
        with pytest.raises(OursError, match="period 3 is ended"):
            end(period, cause, NOON)


def test_a_period_is_due_at_its_limit_once() -> None:
    assert not OPEN.due(NOON + 30 * DAY - 1)
    assert OPEN.due(NOON + 30 * DAY)
    assert not end(OPEN, Ending.EXPIRED, NOON + 30 * DAY).due(NOON + 31 * DAY)
