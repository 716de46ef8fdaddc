"""Second readings, and findings that come again under another name."""

from __future__ import annotations

import pytest
from tests.review.ward import Ward, found, ward_with, withdrawn

from einthoven.base.errors import RefusedError
from einthoven.review.case import State, Verdict
from einthoven.review.facts import Tier
from einthoven.review.sampling import SamplingPlan
from einthoven.review.verdicts import overread, undo


class TestUnderAnotherName:
    """Samples that came late had the stretch analysed again: the same finding has another key."""

    def closed(self) -> Ward:
        ward = ward_with(lasts_s=5)
        ward.take()
        ward.judge(Verdict.ARTEFACT)
        ward.close()
        return ward

    def test_nobody_is_asked_twice(self):
        ward = self.closed()
        ward.tell(found("again", start_s=2, lasts_s=4))
        assert ward.book.placements[1, "again"].case == 1
        assert (len(ward.book.cases), ward.case().state) == (1, State.CLOSED)
        assert "judged in case 1" in ward.journal[-1].body["reasons"][-1]

    @pytest.mark.parametrize(
        "fact",
        [
            found("again", start_s=2.1, lasts_s=4),
            found("again", start_s=2, lasts_s=4, tier=Tier.EMERGENT),
            found("again", kind="ventricular-fibrillation"),
        ],
        ids=["later", "graver", "another kind"],
    )
    def test_unless_it_is_something_else(self, fact):
        ward = self.closed()
        ward.tell(fact)
        assert ward.book.placements[1, "again"].case == 2

    def test_nor_is_it_what_had_been_taken_back_and_comes_again(self):
        ward = ward_with(lasts_s=5)
        ward.take()
        ward.tell(withdrawn(found()))
        ward.judge(Verdict.ARTEFACT)
        ward.close()
        ward.tell(found())
        assert ward.book.placements[1, "a"].case == 2

    def test_nor_what_presses_more_than_the_case_that_was_judged(self):
        ward = ward_with(Tier.DAILY, lasts_s=5)
        ward.tell(found("b", tier=Tier.DAILY, start_s=1))
        ward.take()
        ward.tell(withdrawn(found("b", tier=Tier.EMERGENT, start_s=1)))
        ward.judge(Verdict.ARTEFACT)
        ward.close()
        ward.tell(found("c", tier=Tier.EMERGENT, start_s=1))
        assert ward.book.placements[1, "c"].case == 2

    def test_nor_is_a_verdict_void_by_it(self):
        ward = ward_with(Tier.EMERGENT, lasts_s=5)
        ward.take()
        ward.judge()
        ward.tell(found("again", start_s=1, lasts_s=5, tier=Tier.EMERGENT))
        ward.tell(withdrawn(found(tier=Tier.EMERGENT)))
        assert (ward.case().state, ward.case().alarm.state) == (State.DECIDED, "acknowledged")


class TestSecondReading:
    def read(self, tier: Tier = Tier.EMERGENT, verdict: Verdict = Verdict.ARTEFACT) -> Ward:
        ward = ward_with(tier, lasts_s=5)
        ward.take()
        ward.judge(verdict)
        ward.close()
        return ward

    def test_of_every_emergent_case(self):
        ward = self.read()
        assert ward.case().overread.why == "every emergent case is read twice"
        assert ward.book.reading == {1}

    def test_by_another_person(self):
        ward = self.read()
        with pytest.raises(RefusedError, match="staff 3 read it first") as no:
            overread(ward.book, 1, 3, Verdict.ARTEFACT, "", ward.now)
        assert no.value.reason == "same_reader"

    def test_who_agrees_ends_it(self):
        ward = self.read()
        assert ward.keep(overread(ward.book, 1, 4, Verdict.ARTEFACT, "", ward.now)) == ["case.overread"]
        assert (ward.case().state, ward.book.reading) == (State.CLOSED, set())
        assert (ward.book.quality[3].read, ward.book.quality[3].agreement) == (1, 1.0)
        with pytest.raises(RefusedError, match="no second reading is due"):
            overread(ward.book, 1, 4, Verdict.TRUE, "", ward.now)

    def test_who_disagrees_opens_it_again_for_another_to_decide(self):
        ward = self.read()
        ward.keep(overread(ward.book, 1, 4, Verdict.TRUE, "VT", ward.now))
        case = ward.case()
        assert (case.state, case.alarm.state, case.escalated, case.given) == (State.OPEN, "latched", 1, None)
        assert ward.book.quality[3].missed == 1
        with pytest.raises(RefusedError, match="another decides"):
            ward.take(by=3)
        ward.take(by=4)
        ward.judge(by=4)
        assert ward.book.reading == set(), "two readers have seen it"

    def test_what_a_later_case_took_over_is_decided_there(self):
        ward = ward_with(Tier.DAILY, lasts_s=5)
        ward.tell(found("b", tier=Tier.DAILY, lasts_s=5))
        ward.take()
        ward.judge(Verdict.ARTEFACT, plan=SamplingPlan(by_verdict={Verdict.ARTEFACT: 1.0}))
        ward.close()
        ward.tell(found("a", lasts_s=9))
        ward.keep(overread(ward.book, 1, 4, Verdict.TRUE, "", ward.now))
        assert [[fact.key for fact in ward.case(number).findings] for number in (1, 2)] == [["b"], ["a"]]

    def test_and_nothing_is_opened_again_when_all_of_it_was(self):
        ward = ward_with(Tier.DAILY, lasts_s=5)
        ward.take()
        ward.judge(Verdict.ARTEFACT, plan=SamplingPlan(by_verdict={Verdict.ARTEFACT: 1.0}))
        ward.close()
        ward.tell(found("a", lasts_s=9))
        assert ward.keep(overread(ward.book, 1, 4, Verdict.TRUE, "", ward.now)) == ["case.overread"]
        assert (ward.case().state, ward.book.quality[3].missed) == (State.CLOSED, 1)

    def test_one_that_nobody_reads_in_time_is_told_once(self):
        ward = self.read()
        assert ward.later(15 * 60) == ["case.overread_late"]
        assert ward.later(3600) == []

    def test_what_was_taken_back_is_not_read_again(self):
        ward = ward_with(Tier.EMERGENT)
        ward.take()
        ward.judge()
        ward.keep(undo(ward.book, 1, 3, ward.now, told=False))
        assert ward.book.reading == set()

    def test_what_is_raised_meanwhile_is_judged_anew_before_it_is_read(self):
        ward = ward_with(Tier.EMERGENT)
        ward.take()
        ward.judge()
        ward.tell(found("b", start_s=3, tier=Tier.EMERGENT))
        assert (ward.book.reading, ward.case().overread) == (set(), None)

    def test_of_others_a_share_as_drawn(self):
        ward = ward_with(Tier.DAILY)
        ward.take()
        assert "case.overread_due" in ward.judge(plan=SamplingPlan(by_verdict={Verdict.TRUE: 1.0}))
