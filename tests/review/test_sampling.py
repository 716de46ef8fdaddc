"""Second readings are drawn so that nobody chooses and anybody may check."""

from __future__ import annotations

import pytest

from einthoven.base.errors import InputError
from einthoven.review.case import Verdict
from einthoven.review.facts import Tier
from einthoven.review.sampling import SamplingPlan, draw, drawn


def share(plan: SamplingPlan, verdict: Verdict, reader: int = 3, cases: int = 4000) -> float:
    return sum(draw(plan, case, Tier.DAILY, reader, verdict).due for case in range(cases)) / cases


def test_every_emergent_verdict():
    plan = SamplingPlan(by_verdict={})
    assert all(draw(plan, case, Tier.EMERGENT, 3, Verdict.TRUE).due for case in range(50))
    assert not any(draw(plan, case, Tier.URGENT, 3, Verdict.TRUE).due for case in range(50))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_share_of_each_verdict_is_what_the_plan_says(verdict):
    plan = SamplingPlan()
    assert share(plan, verdict) == pytest.approx(plan.by_verdict[verdict], abs=0.015)


def test_a_new_reader_is_read_more():
    plan = SamplingPlan(by_reader={7: 0.5})
    assert share(plan, Verdict.TRUE, reader=7) == pytest.approx(0.5, abs=0.03)
    assert share(plan, Verdict.TRUE, reader=8) == pytest.approx(0.05, abs=0.015)


def test_the_same_seed_draws_the_same_and_another_another():
    first = [drawn("a", case, 3, Verdict.TRUE) for case in range(100)]
    assert first == [drawn("a", case, 3, Verdict.TRUE) for case in range(100)]
    assert first != [drawn("b", case, 3, Verdict.TRUE) for case in range(100)]
    assert drawn("a", 1, 3, Verdict.TRUE) == pytest.approx(0.5, abs=0.5)


def test_it_says_what_was_compared():
    made = draw(SamplingPlan(by_verdict={Verdict.TRUE: 1.0}), 5, Tier.DAILY, 3, Verdict.TRUE)
    assert (made.due, made.share) == (True, 1.0)
    assert "of true verdicts of staff 3 are read twice" in made.why


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_a_share_is_between_nothing_and_all(bad):
    with pytest.raises(InputError, match=r"sampling: staff 7: share .* is not within 0 … 1"):
        SamplingPlan(by_reader={7: bad})
