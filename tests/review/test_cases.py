"""Working on a case: one holder, a clock, a verdict, and nothing closes that should not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review.ward import NOBODY_TWICE, NOON, SHOWN, Ward, ended, found, ward_with, withdrawn

from einthoven.base.errors import FaultsError, InputError, NotFoundError, RefusedError
from einthoven.base.instants import HOUR, MINUTE, SECOND
from einthoven.review.case import TRANSITIONS, Event, State, Verdict, after
from einthoven.review.facts import Tier
from einthoven.review.limits import SHIPPED, checked
from einthoven.review.shapes import Lesson, lessons
from einthoven.review.verdicts import Opinion, judge_case, read_opinion, read_verdict, undo
from einthoven.review.working import (
    Told,
    archivable,
    emergency,
    holder_gone,
    notifying,
    release,
    station_lost,
    take,
    take_over,
)

REACHED = Told(70, "Dr Bell, cardiologist", "no action necessary")

# The second table, written from the words: state, then what may happen in it and where that leads.
SPECIFIED = """
open       taken->held  raised->open  over->closed
held       released->open  returned->open  raised->held  judged->decided
decided    taken->decided  released->decided  returned->decided  raised->held  undone->held
decided    telling->notifying  closed->closed  reopened->open
notifying  taken->notifying  released->notifying  returned->notifying  raised->held  undone->held
notifying  closed->closed  reopened->open
closed     reopened->open
"""


def specified() -> dict[tuple[State, Event], State]:
    table = {}
    for line in SPECIFIED.strip().splitlines():
        state, *moves = line.split()
        for move in moves:
            event, to = move.split("->")
            table[State(state), Event(event)] = State(to)
    return table


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("state", list(State))
def test_every_transition(state: State, event: Event):
    assert TRANSITIONS.get((state, event)) == specified().get((state, event))
    assert after(state, event, held=True) == specified().get((state, event))


def test_what_is_raised_while_nobody_holds_it_is_open():
    assert after(State.DECIDED, Event.RAISED, held=False) is State.OPEN


class TestOneHolder:
    def test_the_second_is_refused_and_told_who_has_it(self):
        ward = ward_with()
        ward.take(by=3)
        with pytest.raises(RefusedError, match=r"case 1 is held by staff 3 since 2026-11-01T12:00:00") as no:
            ward.take(by=4)
        assert no.value.reason == "held"
        assert ward.case().held_by == 3

    def test_taking_twice_is_taking_once(self):
        ward = ward_with()
        ward.take(by=3)
        assert ward.take(by=3) == []

    def test_what_was_given_back_may_be_taken(self):
        ward = ward_with()
        ward.take(by=3)
        ward.keep(release(ward.book, 1, 3, ward.now))
        ward.take(by=4)
        assert ward.case().held_by == 4

    def test_only_the_holder_gives_it_back_or_judges_it(self):
        ward = ward_with()
        ward.take(by=3)
        with pytest.raises(RefusedError, match="held by staff 3, not by staff 4"):
            release(ward.book, 1, 4, ward.now)
        with pytest.raises(RefusedError, match="held by staff 3, not by staff 4"):
            ward.judge(by=4)

    def test_a_supervisor_takes_over_with_a_reason(self):
        ward = ward_with()
        with pytest.raises(RefusedError, match="case 1 is held by nobody: take it"):
            take_over(ward.book, 1, 9, 5, "asleep", ward.now)
        ward.take(by=3)
        with pytest.raises(InputError, match="a reason is needed"):
            take_over(ward.book, 1, 9, 5, " ", ward.now)
        assert take_over(ward.book, 1, 3, 5, "asleep", ward.now) == []
        assert ward.keep(take_over(ward.book, 1, 9, 5, "asleep", ward.now)) == ["case.returned", "case.taken"]
        assert (ward.case().state, ward.case().held_by, ward.case().station) == (State.HELD, 9, 5)
        assert ward.journal[-2].body["cause"] == "staff 9 takes over: asleep"

    def test_a_station_that_is_lost_loses_its_cases(self):
        ward = ward_with()
        ward.tell(found(stream=2))
        ward.take(1, by=3, station=1)
        ward.take(2, by=4, station=2)
        assert ward.keep(station_lost(ward.book, 1, ward.now, "lid closed")) == ["case.returned"]
        assert [ward.case(n).held_by for n in (1, 2)] == [None, 4]
        assert ward.journal[-1].body["cause"] == "station 1: lid closed"

    def test_a_person_who_leaves_loses_theirs_a_judged_one_too(self):
        ward = ward_with()
        ward.take()
        ward.judge()
        ward.keep(holder_gone(ward.book, 3, ward.now, "signed out"))
        assert (ward.case().state, ward.case().held_by) == (State.DECIDED, None)
        ward.take(by=4)
        ward.notify()
        ward.close(by=4, told=REACHED)
        assert ward.case().state is State.CLOSED

    def test_a_case_that_is_not_there_and_one_that_is_closed(self):
        ward = ward_with(Tier.DAILY)
        with pytest.raises(NotFoundError, match="no case 9"):
            ward.take(9)
        ward.take()
        ward.judge()
        ward.close()
        with pytest.raises(RefusedError, match="case 1 is closed: it cannot be taken"):
            ward.take()


class TestClock:
    @pytest.mark.parametrize(
        ("tier", "limit"),
        [(Tier.EMERGENT, 120), (Tier.URGENT, 600), (Tier.TECHNICAL, 900), (Tier.DAILY, 8 * 3600)],
    )
    def test_a_case_that_nobody_touches_escalates_and_again(self, tier, limit):
        ward = ward_with(tier)
        assert ward.later(limit - 1) == []
        assert ward.later(1) == ["case.escalated"]
        assert ward.later(limit - 1) == []
        assert ward.later(1) == ["case.escalated"]
        assert ward.case().escalated == 2
        assert "nobody holds it" in ward.journal[-1].body["reasons"][0]

    def test_a_holder_is_warned_then_loses_it_and_it_escalates(self):
        ward = ward_with(Tier.EMERGENT)
        ward.take()
        assert ward.later(119) == []
        assert ward.later(1) == ["case.warned"]
        assert ward.later(119) == []
        assert ward.later(1) == ["case.returned", "case.escalated"]
        assert (ward.case().held_by, ward.case().escalated) == (None, 1)

    def test_taking_an_escalated_case_ends_that(self):
        ward = ward_with(Tier.EMERGENT)
        ward.later(120)
        ward.take()
        assert ward.case().escalated == 0

    def test_a_true_verdict_that_nothing_follows_escalates(self):
        ward = ward_with(Tier.EMERGENT)
        ward.take()
        ward.judge()
        assert ward.later(60) == ["case.escalated"]
        assert "nothing followed" in ward.journal[-1].body["reasons"][0]
        assert ward.case().alarm.state == "acknowledged", "its holder is there"
        assert ward.later(60) == ["case.returned", "case.escalated"]
        assert (ward.case().held_by, ward.case().alarm.state) == (None, "active")

    def test_while_the_physician_is_being_told_the_ladder_has_the_clock(self):
        ward = ward_with(Tier.EMERGENT)
        ward.take()
        ward.judge()
        ward.notify()
        assert "case.escalated" not in ward.later(3600)

    def test_one_that_is_being_told_and_has_no_holder_escalates(self):
        ward = ward_with(Tier.EMERGENT)
        ward.take()
        ward.judge()
        ward.notify()
        ward.keep(station_lost(ward.book, 1, ward.now, "network cut"))
        assert ward.later(60) == ["case.escalated"]
        assert ward.case().alarm.state == "active"

    def test_raising_a_case_sets_its_clock_anew(self):
        ward = ward_with(Tier.DAILY)
        ward.tell(found("b", tier=Tier.EMERGENT, start_s=5))
        assert ward.case().due_at == NOON + 2 * MINUTE

    def test_and_its_escalations(self):
        ward = ward_with(Tier.DAILY)
        ward.later(8 * 3600)
        ward.tell(found("b", tier=Tier.EMERGENT, start_s=5))
        assert (ward.case().escalated, ward.later(120)) == (0, ["case.escalated"])

    def test_limits_hold_together(self):
        assert checked(SHIPPED) is SHIPPED
        bad = dict(SHIPPED) | {Tier.EMERGENT: replace(SHIPPED[Tier.EMERGENT], untouched=HOUR, warn=HOUR)}
        with pytest.raises(FaultsError, match=r"limits: emergent\.warn: must be shorter than held"):
            checked(bad)
        late = dict(SHIPPED) | {Tier.EMERGENT: replace(SHIPPED[Tier.EMERGENT], untouched=HOUR)}
        with pytest.raises(FaultsError, match=r"emergent\.untouched: longer than of urgent"):
            checked(late)
        with pytest.raises(FaultsError, match="limits: daily: missing"):
            checked({tier: limit for tier, limit in SHIPPED.items() if tier is not Tier.DAILY})


SENT = st.sampled_from(["true", "artefact"]) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab1\n", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2),
    max_leaves=6,
)


class TestVerdict:
    def test_nobody_judges_what_they_do_not_hold(self):
        with pytest.raises(RefusedError, match="case 1 is open: it cannot be judged"):
            ward_with().judge()

    def test_a_true_urgent_case_is_told_before_it_closes(self):
        ward = ward_with()
        ward.take()
        ward.judge()
        for told in (None, REACHED):  # that was of another verdict
            with pytest.raises(RefusedError, match="nobody is told of this verdict yet") as no:
                ward.close(told=told)
            assert no.value.reason == "not_told"
        ward.notify()
        for told in (None, Told(70, " ", "none"), Told(71, "Dr Bell", "none"), Told(70, "Dr Bell", " ")):
            with pytest.raises(RefusedError, match="case 1 is urgent, and"):
                ward.close(told=told)
        assert ward.close(told=REACHED) == ["case.closed"]
        assert ward.journal[-1].body["action"] == "no action necessary"

    @pytest.mark.parametrize("verdict", [Verdict.ARTEFACT, Verdict.NOT_MEETING, Verdict.RELABEL])
    def test_what_is_not_true_closes_without_a_call(self, verdict):
        ward = ward_with()
        ward.take()
        ward.judge(verdict)
        with pytest.raises(RefusedError, match="calls for no notification"):
            notifying(ward.book, 1, 70)
        assert ward.close() == ["case.closed"]

    def test_a_case_without_a_verdict_does_not_close(self):
        ward = ward_with()
        ward.take()
        with pytest.raises(RefusedError, match="closed before it has a verdict"):
            ward.close()

    @pytest.mark.parametrize(
        ("opinion", "words"),
        [
            (Opinion(Verdict.RELABEL), "no beat is given another class"),
            (Opinion(Verdict.RELABEL, relabels=[(100, "N")]), "no beat is given another class"),
            (Opinion(Verdict.RELABEL, relabels=[(101, "V")]), "sample 101: no beat that was shown"),
            (Opinion(Verdict.RELABEL, relabels=[(100, "X")]), "sample 100: 'X'"),
            (Opinion(Verdict.TRUE, relabels=[(100, "V"), (100, "S")]), "sample 100 stands twice"),
            (Opinion(Verdict.TRUE, strips=[(5, 5)]), r"strips: \[5, 5\]"),
            (Opinion(Verdict.TRUE, "x" * 2001), "note: 2001 letters"),
        ],
    )
    def test_a_verdict_that_contradicts_itself_is_refused(self, opinion, words):
        ward = ward_with()
        ward.take()
        with pytest.raises(InputError, match=words):
            judge_case(ward.book, 1, 3, opinion, ward.now, NOBODY_TWICE, SHOWN)

    def test_a_command_is_read_whole(self):
        command = {"verdict": "relabel", "note": "wide", "relabels": [[100, "V"]], "strips": [[5, 900]]}
        assert read_opinion(command) == Opinion(Verdict.RELABEL, "wide", [(100, "V")], [(5, 900)])
        assert read_opinion({"verdict": "true", "note": None}) == Opinion(Verdict.TRUE, "", [], [])

    @pytest.mark.parametrize(
        ("command", "words"),
        [
            ({}, "verdict: missing"),
            ({"verdict": "true", "note": 5}, "note: not a text"),
            ({"verdict": "true", "strips": 5}, "strips: not a list"),
            ({"verdict": "true", "strips": [[1, 2, 3]]}, r"strips: number 1: want \[start, stop\]"),
            ({"verdict": "true", "relabels": [["1", "V"]]}, "relabels: '1': want the number of a sample"),
            ({"verdict": "true", "relabels": [[-1, "V"]]}, "relabels: '-1': want the number of a sample"),
            ({"verdict": "true", "strips": [[True, 3]]}, "strips: 'True': want the number of a sample"),
        ],
    )
    def test_a_command_of_another_form_is_refused(self, command, words):
        with pytest.raises(InputError, match=words):
            read_opinion(command)

    @given(command=st.dictionaries(st.sampled_from(["verdict", "note", "relabels", "strips"]), SENT))
    def test_whatever_is_sent_it_is_a_verdict_or_one_line(self, command):
        try:
            opinion = read_opinion(command)
        except InputError as error:
            words = str(error)
        else:
            words = ""
            assert all(isinstance(start, int) and isinstance(stop, int) for start, stop in opinion.strips)
        assert "\n" not in words

    def test_a_verdict_that_there_is_not(self):
        assert read_verdict("not_meeting") is Verdict.NOT_MEETING
        with pytest.raises(InputError, match=r"verdict: 'maybe': want one of true, artefact"):
            read_verdict("maybe")

    def test_it_teaches_the_templates_once_it_is_closed(self):
        ward = ward_with()
        ward.take()
        ward.judge(Verdict.RELABEL)
        assert lessons(ward.case()) == ()
        ward.close()
        assert lessons(ward.case()) == (Lesson(1, 100, "N", "V", 0, 4, 1),)

    def test_a_finding_that_the_verdict_does_not_cover_asks_for_another(self):
        ward = ward_with()
        ward.take()
        ward.judge(Verdict.ARTEFACT)
        ward.tell(found("b", start_s=20))
        assert (ward.case().state, ward.case().given, ward.case().held_by) == (State.HELD, None, 3)

    def test_more_of_the_same_is_covered_by_a_true_verdict(self):
        ward = ward_with()
        ward.take()
        ward.judge()
        ward.tell(found("b", start_s=20, lasts_s=3))
        assert ward.case().state is State.DECIDED

    @pytest.mark.parametrize("told", [None, Told(71, "Dr Bell", "none")])
    def test_what_the_physician_was_called_for_is_told_whatever_the_verdict_becomes(self, told):
        ward = ward_with()
        ward.take()
        ward.judge()
        ward.notify()
        ward.tell(found("b", start_s=5, tier=Tier.EMERGENT))
        assert (ward.case().state, ward.case().notification) == (State.HELD, 70)
        ward.judge(Verdict.ARTEFACT)
        with pytest.raises(RefusedError) as no:
            ward.close(told=told)
        assert no.value.reason == "not_told"
        ward.close(told=REACHED)

    def grave_and_milder(self) -> Ward:
        ward = ward_with(Tier.EMERGENT)
        ward.tell(found("b", start_s=3))
        ward.take()
        return ward

    def test_a_milder_finding_that_grows_as_grave_asks_for_another(self):
        ward = self.grave_and_milder()
        ward.judge()
        ward.tell(found("b", start_s=3, tier=Tier.EMERGENT))
        assert (ward.case().state, ward.journal[-1].body["reasons"]) == (
            State.HELD,
            ["Nonsustained VT is emergent now"],
        )

    def test_one_that_comes_back_after_the_verdict_asks_for_another(self):
        ward = self.grave_and_milder()
        ward.tell(withdrawn(found("b", start_s=3)))
        ward.judge()
        ward.tell(found("b", start_s=3))
        assert ward.case().state is State.HELD

    def test_one_that_only_ends_does_not(self):
        ward = self.grave_and_milder()
        ward.judge()
        ward.tell(ended(found("b", start_s=3)))
        assert ward.case().state is State.DECIDED


class TestUndo:
    def judged(self) -> Ward:
        ward = ward_with()
        ward.take()
        ward.judge()
        return ward

    def test_within_a_minute_it_is_as_if_nothing_was_said(self):
        ward = self.judged()
        ward.later(60)
        ward.keep(undo(ward.book, 1, 3, ward.now, told=False))
        case = ward.case()
        assert (case.state, case.given, len(case.verdicts)) == (State.HELD, None, 1)
        assert ward.book.quality[3].verdicts == {"true": 0}

    def test_in_the_middle_of_a_call_too_while_nobody_was_told(self):
        ward = self.judged()
        ward.notify()
        with pytest.raises(RefusedError, match="somebody was told"):
            undo(ward.book, 1, 3, ward.now, told=True)
        ward.keep(undo(ward.book, 1, 3, ward.now, told=False))
        assert ward.case().notification is None

    def test_later_it_is_too_late(self):
        ward = self.judged()
        ward.now += MINUTE + 1
        with pytest.raises(RefusedError, match="older than 60 s"):
            undo(ward.book, 1, 3, ward.now, told=False)

    def test_by_another_it_is_not_done(self):
        with pytest.raises(RefusedError, match="held by staff 3, not by staff 4"):
            undo(self.judged().book, 1, 4, NOON, told=False)

    def test_what_made_fibrillation_known_is_taken_back_with_it(self):
        ward = Ward()
        ward.tell(found(kind="atrial-fibrillation"))
        ward.take()
        ward.judge()
        assert 1 in ward.book.af_known
        ward.keep(undo(ward.book, 1, 3, ward.now, told=False))
        assert ward.book.af_known == {}


class TestWithdrawn:
    def test_nobody_has_looked_it_closes_with_the_reason_and_stays_to_be_seen(self):
        ward = ward_with()
        assert ward.tell(withdrawn(found())) == ["case.finding", "case.closed"]
        case = ward.case()
        assert (case.state, case.closing, case.alarm.state) == (State.CLOSED, "withdrawn", "latched")
        assert ward.journal[-1].body["reasons"] == ["the analysis took all of it back: reclassed"]
        assert ward.book.lit == {1}

    def test_somebody_holds_it_they_decide(self):
        ward = ward_with()
        ward.take()
        assert ward.tell(withdrawn(found())) == ["case.finding"]
        ward.keep(release(ward.book, 1, 3, ward.now))
        assert ward.case().state is State.OPEN

    def test_another_finding_of_the_case_holds(self):
        ward = ward_with()
        ward.tell(found("b", start_s=5))
        ward.tell(withdrawn(found()))
        assert ward.case().state is State.OPEN

    def test_it_comes_back_in_a_new_case(self):
        ward = ward_with()
        ward.tell(withdrawn(found()))
        ward.tell(found())
        assert ward.book.placements[1, "a"].case == 2

    def test_a_finding_that_grows_graver_after_its_case_closed_makes_another(self):
        ward = ward_with()
        ward.take()
        ward.judge(Verdict.NOT_MEETING)
        ward.close()
        ward.tell(ended(found()))
        assert len(ward.book.cases) == 1
        ward.tell(found(tier=Tier.EMERGENT))
        assert ward.case(2).tier is Tier.EMERGENT


def test_an_emergency_comes_first_and_ends_with_the_case():
    ward = ward_with(Tier.DAILY)
    ward.tell(found(stream=2, tier=Tier.EMERGENT))
    ward.keep(emergency(ward.book, 1, 8))
    assert list(ward.book.worklist) == [1, 2]
    assert emergency(ward.book, 1, 8) == []
    ward.keep(emergency(ward.book, 1, None))
    assert list(ward.book.worklist) == [2, 1]


def test_a_case_leaves_the_book_two_days_after_it_closed_and_was_seen():
    ward = ward_with(lasts_s=4)
    ward.tell(found(stream=2, lasts_s=4))
    ward.tell(withdrawn(found(stream=2)))
    ward.take()
    ward.judge(Verdict.ARTEFACT)
    ward.close()
    ward.now += 48 * HOUR - SECOND
    assert archivable(ward.book, ward.now) == []
    ward.now += SECOND
    ward.keep(archivable(ward.book, ward.now))
    assert set(ward.book.cases) == {2}, "nobody has seen the one that was withdrawn"
    assert (1, "a") not in ward.book.placements
    assert ward.book == ward.replayed()
    with pytest.raises(NotFoundError):
        take(ward.book, 1, 3, 1, ward.now)
