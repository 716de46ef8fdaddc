"""Which findings make one case, which none, and that none goes missing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review.ward import FIRST_AF, NOON, TEN_MINUTES, Ward, ended, found, rate_met, withdrawn

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND
from einthoven.ecg.kinds import BY_NAME, KINDS
from einthoven.review.alarms import acknowledge
from einthoven.review.case import Verdict
from einthoven.review.facts import (
    FindingFact,
    FindingState,
    Priority,
    Symptom,
    Tier,
    fact_body,
    fact_from,
    symptom_fact,
)
from einthoven.review.grouping import CONDITIONS, GROUP_OF, RULES, Became, Group, judge
from einthoven.review.verdicts import know_af

VF, VT, NSVT = (
    "ventricular-fibrillation",
    "sustained-ventricular-tachycardia",
    "nonsustained-ventricular-tachycardia",
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_finding_stands_in_one_group(kind):
    assert [group for group, rule in RULES.items() if kind.name in rule.kinds] == [GROUP_OF[kind.name]]


def test_the_table_names_no_kind_that_nobody_tells():
    technical = {"no-data", "lead-off", "battery", "clock", "gateway-off", "worn", "notice", "noise"}
    assert set(GROUP_OF) == set(BY_NAME) | {"symptom"} | technical
    assert set(CONDITIONS) == technical | {"analysis-lost"}


def test_every_group_says_why_it_reaches_so_far():
    assert set(RULES) == set(Group)
    assert all(rule.gap > 0 and rule.why and rule.title for rule in RULES.values())


@pytest.mark.parametrize(
    ("kind", "group"),
    [
        ("ventricular-fibrillation", Group.VENTRICULAR),
        ("asystole", Group.BRADY),
        ("av-block-3", Group.BRADY),
        ("atrial-flutter", Group.AF),
        ("supraventricular-tachycardia", Group.SVT),
        ("ventricular-couplet", Group.ECTOPY),
        ("capture-failure", Group.PACER),
        ("st-elevation", Group.ST),
        ("analysis-lost", Group.QUALITY),
    ],
)
def test_the_group_of_a_kind(kind, group):
    assert GROUP_OF[kind] is group


def test_a_finding_that_meets_a_criterion_makes_a_case():
    ward = Ward()
    assert ward.tell(found(tier=Tier.EMERGENT, kind=VT)) == ["finding.placed", "case.opened"]
    case = ward.case()
    assert (case.tier, case.priority, case.title) == (Tier.EMERGENT, Priority.HIGH, "Sustained VT")
    assert case.onset_at == NOON


@pytest.mark.parametrize(
    ("gap_s", "cases"), [(60, 1), (TEN_MINUTES, 1), (TEN_MINUTES + 1, 2)], ids=["near", "limit", "far"]
)
def test_findings_of_one_group_within_its_reach_make_one_case(gap_s, cases):
    ward = Ward()
    ward.tell(found("a", lasts_s=5))
    ward.tell(found("b", start_s=5 + gap_s, lasts_s=5))
    assert len(ward.book.cases) == cases


def test_what_lasts_reaches_on():
    ward = Ward()
    ward.tell(found("a"))
    ward.tell(found("b", start_s=36_000))
    assert len(ward.book.cases) == 1


def test_a_late_finding_joins_from_the_other_side_and_is_marked():
    ward = Ward()
    ward.tell(found("b", start_s=100, lasts_s=5))
    ward.tell(replace(found("a", lasts_s=5), late=True))
    case = ward.case()
    assert (case.late, case.onset_at, len(case.findings)) == (True, NOON, 2)
    ward.tell(found("c", start_s=105, lasts_s=5))
    assert ward.case().late


def test_findings_of_two_patients_or_two_groups_never_share_a_case():
    ward = Ward()
    ward.tell(found("a"))
    ward.tell(found("a", stream=2))
    ward.tell(found("c", kind="pause"))
    assert [case.stream for case in ward.book.cases.values()] == [1, 2, 1]


def test_a_closed_case_takes_no_more():
    ward = Ward()
    ward.tell(found("a", tier=Tier.DAILY, lasts_s=5))
    ward.take()
    ward.judge()
    ward.close()
    ward.tell(found("b", start_s=20, lasts_s=5))
    assert ward.case(2).findings[0].key == "b"


def test_a_graver_finding_raises_the_case_and_its_alarm():
    ward = Ward()
    ward.tell(found("a", lasts_s=5))
    ward.take()
    ward.judge()
    assert ward.case().alarm.by == 3
    ward.tell(found("b", kind=VF, tier=Tier.EMERGENT, start_s=10))
    case = ward.case()
    assert (case.tier, case.title, case.state) == (Tier.EMERGENT, "Ventricular fibrillation", "held")
    assert (case.alarm.state, case.alarm.by, case.given) == ("active", None, None)


def test_a_finding_that_grows_graver_raises_its_case():
    ward = Ward()
    fact = found("a")
    ward.tell(fact)
    ward.tell(replace(fact, kind=VT, title="Sustained VT", tier=Tier.EMERGENT))
    assert (ward.case().tier, ward.case().title) == (Tier.EMERGENT, "Sustained VT")
    ward.tell(ended(fact))
    assert ward.case().tier is Tier.EMERGENT, "a case never sinks"


@pytest.mark.parametrize("reason", ["reclassed", "late"])
def test_what_was_withdrawn_before_it_was_told_makes_no_case(reason):
    ward = Ward()
    assert ward.tell(withdrawn(found(), reason)) == ["finding.placed"]
    placement = ward.book.placements[1, "a"]
    assert placement.became is Became.ARTEFACT
    assert reason in placement.reasons[0]


def test_a_finding_that_meets_nothing_is_listed_with_the_reason():
    made = judge(found(tier=None), NOON, None)
    assert (made.became, made.reasons) == (Became.LISTED, ("it meets no criterion of this patient",))


def test_a_kind_of_high_priority_is_read_even_where_no_criterion_speaks_of_it():
    made = judge(found(tier=None, kind=VF, priority=Priority.HIGH), NOON, None)
    assert (made.became, made.tier, made.priority) == (Became.CASE, Tier.URGENT, Priority.HIGH)


def test_a_kind_that_nobody_knows_is_never_nothing():
    made = judge(found(tier=None, kind="sunspots"), NOON, None)
    assert (made.became, made.group) == (Became.CASE, Group.TECHNICAL)


def test_a_disturbance_makes_a_case_when_it_lasts():
    ward = Ward()
    ward.tell(found("x", kind="analysis-lost", tier=None))
    assert ward.book.placements[1, "x"].became is Became.WAITING
    assert ward.later(59) == []
    assert ward.later(1) == ["finding.placed", "case.opened"]
    assert ward.case().tier is Tier.TECHNICAL


def test_a_disturbance_that_passes_makes_none():
    ward = Ward()
    fact = found("x", kind="analysis-lost", tier=None)
    ward.tell(fact)
    ward.tell(ended(fact, 59))
    assert ward.later(3600) == []
    assert ward.book.placements[1, "x"].reasons == ("it was over after 59 s, less than 60 s",)


def test_conditions_of_many_patients_that_last_make_a_case_each():
    ward = Ward()
    for stream in (1, 2, 3):
        ward.tell(found("x", kind="no-data", tier=None, stream=stream))
        ward.tell(found("y", kind="lead-off", tier=None, stream=stream))
    ward.later(30)
    assert [(case.stream, len(case.findings)) for case in ward.book.cases.values()] == [
        (1, 2),
        (2, 2),
        (3, 2),
    ]


def test_a_technical_case_closes_itself_when_the_condition_is_over():
    ward = Ward()
    fact = found("x", kind="lead-off", tier=Tier.URGENT)
    ward.tell(fact)
    assert ward.tell(ended(fact, 400)) == ["case.finding", "case.closed"]
    assert (ward.case().closing, ward.book.lit) == ("over", set())


def test_a_technical_condition_that_goes_on_after_all_makes_another_case():
    ward = Ward()
    fact = found("x", kind="lead-off", tier=Tier.URGENT)
    for told in (fact, ended(fact, 400), fact):
        ward.tell(told)
    assert [case.state for case in ward.book.cases.values()] == ["closed", "open"]


def test_one_that_was_taken_back_is_over_whoever_looked():
    ward = Ward()
    fact = found("x", kind="analysis-lost", tier=Tier.URGENT)
    ward.tell(fact)
    ward.keep(acknowledge(ward.book, 1, 3, 1))
    assert ward.tell(withdrawn(fact)) == ["case.finding", "case.closed"]
    assert ward.case().closing == "over"


def test_a_technical_case_that_somebody_holds_waits_for_them():
    ward = Ward()
    fact = found("x", kind="lead-off", tier=Tier.URGENT)
    ward.tell(fact)
    ward.take()
    assert ward.tell(ended(fact, 400)) == ["case.finding"]
    assert ward.later(1200) == ["case.returned", "case.escalated", "case.closed"]


def test_a_symptom_is_a_case_with_what_went_before_and_after():
    ward = Ward()
    mark = symptom_fact(1, 9, NOON, Symptom("palpitations", 2))
    ward.tell(mark)
    case = ward.case()
    assert (case.tier, case.title) == (Tier.DAILY, "Palpitations")
    assert case.symptom == Symptom("palpitations", 2)
    assert (case.onset_at, case.last_at) == (NOON - 60 * SECOND, NOON + 30 * SECOND)


STORM = [
    found("a", lasts_s=5),
    found("b", kind=VF, tier=Tier.EMERGENT, start_s=300, lasts_s=20),
    found("c", tier=None, start_s=400, lasts_s=2),
    found("d", kind="pause", start_s=900, lasts_s=5),
    found("e", start_s=1500, tier=Tier.DAILY),
    withdrawn(found("f", start_s=1600)),
    found("g", kind="analysis-lost", tier=None, start_s=1700, lasts_s=30),
    found("h", kind="lead-off", tier=Tier.URGENT, start_s=1800),
]


@given(order=st.permutations(STORM))
def test_in_whatever_order_findings_come_each_is_placed_once(order: list[FindingFact]):
    ward = Ward()
    for fact in order:
        ward.tell(fact)
    placed = [deed.body["key"] for deed in ward.journal if deed.kind == "finding.placed"]
    assert sorted(placed) == list("abcdefgh")
    became = {key: placement.became.value for (_, key), placement in ward.book.placements.items()}
    assert became == dict.fromkeys("abdeh", "case") | {"c": "listed", "f": "artefact", "g": "artefact"}
    held = [fact.key for case in ward.book.cases.values() for fact in case.findings]
    assert sorted(held) == list("abdeh")
    grave = next(case for case in ward.book.cases.values() if case.finding("b"))
    assert grave.tier is Tier.EMERGENT


class TestKnownFibrillation:
    def ward(self) -> Ward:
        ward = Ward()
        ward.tell(found("on", kind="atrial-fibrillation", met=(FIRST_AF,), lasts_s=100))
        ward.take()
        ward.judge()
        return ward

    def told(self, **fields) -> Became:
        ward = self.ward()
        ward.tell(found("next", kind="atrial-fibrillation", start_s=7200, lasts_s=100, **fields))
        return ward.book.placements[1, "next"].became

    def test_its_onset_is_a_case_and_a_true_verdict_makes_it_known(self):
        ward = self.ward()
        assert ward.book.af_known[1].case == 1

    def test_then_it_is_burden(self):
        assert self.told(met=(FIRST_AF,)) is Became.BURDEN
        assert self.told(tier=Tier.DAILY) is Became.BURDEN

    def test_a_fast_rate_in_it_is_a_case(self):
        assert self.told(met=(FIRST_AF, rate_met())) is Became.CASE

    def test_an_emergent_one_is_never_burden(self):
        assert self.told(tier=Tier.EMERGENT, met=(FIRST_AF,)) is Became.CASE

    def test_another_verdict_on_its_case_takes_it_back(self):
        ward = self.ward()
        ward.tell(found("v", kind="atrial-fibrillation", start_s=110, tier=Tier.EMERGENT))
        ward.judge(Verdict.ARTEFACT)
        assert ward.book.af_known == {}

    def test_the_episode_of_its_own_case_still_counts_by_its_tier(self):
        ward = Ward()
        ward.tell(found("on", kind="atrial-fibrillation", tier=Tier.DAILY))
        ward.take()
        ward.judge()
        ward.tell(found("on", kind="atrial-fibrillation", met=(FIRST_AF,)))
        assert (ward.case().tier, ward.case().state) == (Tier.URGENT, "held")

    def test_a_grave_tier_without_a_reason_is_a_case(self):
        assert self.told(tier=Tier.EMERGENT) is Became.CASE

    def test_a_tachycardia_counted_in_it_is_of_the_same_group(self):
        ward = self.ward()
        ward.tell(replace(found("t", kind="tachycardia", start_s=50), in_af=True))
        assert ward.book.placements[1, "t"].case == 1

    def test_an_episode_that_turns_fast_becomes_a_case(self):
        ward = self.ward()
        fact = found("next", kind="atrial-fibrillation", start_s=7200, tier=Tier.DAILY)
        ward.tell(fact)
        ward.tell(replace(fact, tier=Tier.URGENT, met=(rate_met(),)))
        assert ward.book.placements[1, "next"].case == 2

    def test_known_from_the_order_its_onset_is_a_case_all_the_same(self):
        ward = Ward()
        ward.keep(know_af(ward.book, 1, True, "permanent, says the order", None))
        assert know_af(ward.book, 1, True, "permanent", None) == []
        for number in range(3):
            ward.tell(found(f"n{number}", kind="atrial-fibrillation", start_s=number * 7200, lasts_s=60))
        became = [ward.book.placements[1, f"n{number}"].became for number in range(3)]
        assert became == [Became.CASE, Became.CASE, Became.CASE], "urgent, and nothing says it is only there"
        ward.tell(found("m", kind="atrial-fibrillation", start_s=30_000, lasts_s=60, met=(FIRST_AF,)))
        assert ward.book.placements[1, "m"].reasons[0] == (
            "atrial fibrillation is known: case 1 told its onset, episodes count as burden"
        )
        with pytest.raises(InputError, match="a reason is needed"):
            know_af(ward.book, 1, False, " ", 3)

    def test_another_verdict_leaves_it_unknown(self):
        ward = Ward()
        ward.tell(found("on", kind="atrial-fibrillation", lasts_s=100))
        ward.take()
        ward.judge(Verdict.NOT_MEETING)
        assert ward.book.af_known == {}


@pytest.mark.parametrize(
    "fact",
    [
        found(met=(FIRST_AF, rate_met())),
        withdrawn(found(tier=None)),
        symptom_fact(4, 2, NOON, Symptom("syncope", 3, "stairs", "fell"), Tier.EMERGENT, late=True),
        replace(found(), start=10, stop=900, in_af=True, state=FindingState.INTERRUPTED),
    ],
)
def test_a_fact_goes_into_a_deed_and_back(fact: FindingFact):
    assert fact_from(fact_body(fact)) == fact
