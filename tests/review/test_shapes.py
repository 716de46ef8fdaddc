"""What verdicts teach of a patient's shapes, and what it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review.ward import NOBODY_TWICE, NOON, Ward, ended, found

from einthoven.review.case import ShownBeat, Verdict
from einthoven.review.facts import Tier, fact_body, fact_from
from einthoven.review.grouping import Became, Group, judge
from einthoven.review.shapes import ENOUGH, Shapes
from einthoven.review.verdicts import Opinion, judge_case

COUPLET = found("c", "ventricular-couplet", Tier.DAILY)
TAUGHT = "all its 2 beats have shapes that people judged to be N, not V (case 1)"
RUN = 500


def taught(relabels: dict[int, str], shape: int = 7, ward: Ward | None = None) -> Ward:
    """A ward whose newest case closed with these beats relabelled, all of one shape that was called V."""
    ward = ward or Ward()
    ward.tell(ended(COUPLET))
    number = ward.book.next_case - 1
    ward.take(number)
    opinion = Opinion(Verdict.RELABEL, "narrow", list(relabels.items()))
    shown = {sample: ShownBeat("V", shape, RUN) for sample in relabels}
    ward.keep(judge_case(ward.book, number, 3, opinion, ward.now, NOBODY_TWICE, shown), "staff 3")
    return ward


def say(ward: Ward, *shapes: int, run: int = RUN) -> str:
    return ward.book.shapes.say(1, run, "V", shapes)


def test_enough_beats_of_a_shape_judged_alike_judge_the_shape_once_the_case_is_closed():
    ward = taught({600: "N", 700: "N"})
    assert say(ward, 7, 7) == ""
    ward.close()
    assert say(ward, 7, 7) == TAUGHT
    assert say(ward, 7) == "its one beat has a shape that people judged to be N, not V (case 1)"
    assert ward.replayed() == ward.book


@pytest.mark.parametrize(
    ("relabels", "asked", "run"),
    [
        ({600: "N"}, (7, 7), RUN),
        ({600: "N", 700: "S"}, (7, 7), RUN),
        ({600: "N", 700: "N"}, (7, 8), RUN),
        ({600: "N", 700: "N"}, (7, 0), RUN),
        ({600: "N", 700: "N"}, (), RUN),
        ({600: "N", 700: "N"}, (7, 7), RUN + 1),
    ],
    ids=["too few", "in two ways", "another shape", "unknown shape", "no beats", "another run"],
)
def test_nothing_is_said(relabels: dict[int, str], asked: tuple[int, ...], run: int):
    ward = taught(relabels)
    ward.close()
    assert say(ward, *asked, run=run) == ""


def test_a_beat_of_no_known_shape_teaches_nothing():
    ward = taught({600: "N", 700: "N"}, shape=0)
    ward.close()
    assert ward.book.shapes == Shapes()


def test_the_last_word_on_a_beat_counts():
    ward = taught({600: "S", 700: "S"})
    ward.close()
    ward.now += 3 * 3600 * 10**9
    again = replace(COUPLET, key="d", start_at=ward.now)
    ward.tell(ended(again))
    ward.take(2)
    shown = {sample: ShownBeat("V", 7, RUN) for sample in (600, 700)}
    opinion = Opinion(Verdict.RELABEL, "", [(600, "N"), (700, "N")])
    ward.keep(judge_case(ward.book, 2, 3, opinion, ward.now, NOBODY_TWICE, shown), "staff 3")
    ward.close(2)
    assert "judged to be N, not V (case 2)" in say(ward, 7)


def test_ectopy_of_judged_shapes_is_listed_with_the_reason():
    made = judge(replace(COUPLET, taught=TAUGHT), NOON, None)
    assert (made.became, made.reasons[0]) == (Became.LISTED, TAUGHT)
    assert judge(COUPLET, NOON, None).became is Became.CASE


@given(
    kind=st.sampled_from(["ventricular-couplet", "nonsustained-ventricular-tachycardia", "pause"]),
    tier=st.sampled_from([Tier.URGENT, Tier.EMERGENT]),
)
def test_what_is_urgent_stays_so_and_says_what_is_known(kind: str, tier: Tier):
    plain = found("c", kind, tier)
    made, before = judge(replace(plain, taught=TAUGHT), NOON, None), judge(plain, NOON, None)
    assert (made.became, made.tier, made.group) == (Became.CASE, before.tier, before.group)
    assert made.reasons == (*before.reasons, f"to be known: {TAUGHT}")


def test_only_ectopy_is_listed_for_it():
    made = judge(replace(found("r", "ventricular-run", Tier.DAILY), taught=TAUGHT), NOON, None)
    assert (made.became, made.group) == (Became.CASE, Group.VENTRICULAR)


def test_a_case_that_is_opened_again_teaches_nothing_any_more():
    ward = taught({600: "N", 700: "N"})
    ward.close()
    case = ward.case()
    ward.book.shapes.unlearn(case)
    assert ward.book.shapes == Shapes()
    assert ENOUGH == 2


@given(words=st.text(max_size=30))
def test_a_fact_keeps_it_in_a_deed(words: str):
    fact = replace(COUPLET, taught=words)
    assert fact_from(fact_body(fact)) == fact
    assert ("taught" in fact_body(fact)) == bool(words)
