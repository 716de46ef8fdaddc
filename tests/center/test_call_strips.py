"""Strips of a call: whose they are, judged before it closes, moved to whose they are."""

from __future__ import annotations

import pytest
from tests.center.call_house import DOE, QUALITY, ROE, closable, house, judge, refused

from einthoven.answering import call_deeds
from einthoven.answering.call import State
from einthoven.base.errors import InputError, RefusedError
from einthoven.review.facts import Tier


def test_a_call_is_taken_tied_asked_judged_and_closed() -> None:
    center = house()
    number = center.rings()
    assert center.entity(number)["alarm"]["priority"] == "medium"
    center.act("telephone.take", call=number)
    assert center.entity(number)["taken_by"]["name"] == "Anna"
    assert center.entity(number)["alarm"] is None
    center.strip(number)
    center.act("telephone.tie", call=number, stream="s000001")
    center.act("telephone.ask", call=number, symptom="racing", severity=2, text="since breakfast")
    center.place()
    center.run(1)
    center.act("telephone.hang", call=number)
    assert center.call(number).state is State.ENDED
    with pytest.raises(RefusedError, match="not judged"):
        center.act("telephone.close", call=number, outcome="strip taken")
    (case,) = center.entity(number)["strips"][0]["cases"]
    center.act("case.take", case=case)
    center.act("case.verdict", case=case, verdict="not_meeting")
    center.act("telephone.close", call=number, outcome="strip taken")
    assert center.entity(number) is None
    assert center.call(number).closed_by == center.anna


def test_no_call_is_closed_before_its_strips_are_somebody_s_stored_and_judged() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    with refused("state"):
        center.act("telephone.close", call=number, outcome="no strip", note="sent none")
    center.tell(call_deeds.opened(center.books.calls, number, 1, center.now))
    center.hangs_up(number)
    with refused("coming"):
        center.act("telephone.close", call=number, outcome="strip taken")
    with refused("coming"):
        center.act("telephone.strike", call=number, strip=1, why="a test")
    book = center.books.calls
    center.tell(call_deeds.strip(book, number, 1, center.now, center.now, 7500, dict(QUALITY), []))
    with refused("not_tied"):
        center.act("telephone.close", call=number, outcome="strip taken")
    center.act("telephone.tie", call=number, stream="s000001")
    with refused("not_placed"):
        center.act("telephone.close", call=number, outcome="strip taken")
    center.place()
    with refused("unjudged"):
        center.act("telephone.close", call=number, outcome="strip taken")
    judge(center, number)
    with refused("strips"):
        center.act("telephone.close", call=number, outcome="no strip", note="none")
    center.act("telephone.close", call=number, outcome="strip taken")


@pytest.mark.parametrize("outcome", ["no strip", "wrong number", "test call"])
def test_some_outcomes_say_nothing_without_a_note(outcome: str) -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.hangs_up(number)
    with pytest.raises(InputError, match="says nothing without one"):
        center.act("telephone.close", call=number, outcome=outcome)
    with refused("strips"):
        center.act("telephone.close", call=number, outcome="strip taken")
    with pytest.raises(InputError, match="outcome: want one of strip taken"):
        center.act("telephone.close", call=number, outcome="fine")
    center.act("telephone.close", call=number, outcome=outcome, note="a friend who wanted to try it")


def test_a_strip_that_counts_for_nothing_takes_its_findings_with_it() -> None:
    center = house()
    number = closable(center)
    (case,) = center.entity(number)["strips"][0]["cases"]
    center.act("telephone.strike", call=number, strip=1, why="played for a test")
    assert center.books.triage.cases.case(case).closing == "withdrawn"
    with refused("struck"):
        center.act("telephone.strike", call=number, strip=1, why="twice")
    assert center.books.calls.not_theirs(DOE) == [
        (center.call(number).strips[0].start, center.call(number).strips[0].stop, "played for a test")
    ]
    center.act("telephone.close", call=number, outcome="test call", note="played for a test")


def test_a_finding_that_comes_late_on_a_struck_strip_makes_no_case() -> None:
    center = house()
    number = closable(center)
    strip = center.call(number).strips[0]
    center.act("telephone.strike", call=number, strip=1, why="played for a test")
    before = center.books.triage.cases.next_case
    assert strip.start is not None
    center.finds(DOE, "pause", Tier.EMERGENT, start=strip.start + 100, stop=strip.start + 900)
    center.run(1)
    assert center.books.triage.cases.next_case == before


def test_a_strip_of_the_wrong_patient_is_moved_and_nothing_is_overwritten() -> None:
    center = house()
    number = closable(center)
    case = judge(center, number)
    was = center.call(number).strips[0]
    with refused("placed"):
        center.act("telephone.tie", call=number, stream="s000002")
    center.act("telephone.move", call=number, stream="s000002", why="it was her husband")
    moved = center.call(number).strips[0]
    assert (moved.stream, moved.start) == (None, None)
    assert [(one.stream, one.start, one.stop) for one in moved.before] == [(DOE, was.start, was.stop)]
    assert center.call(number).stream == ROE
    center.place()
    placed = center.call(number).strips[0]
    assert placed.stream == ROE
    assert center.books.calls.strips_of(DOE) == []
    assert [strip.number for _call, strip in center.books.calls.strips_of(ROE)] == [1]
    with refused("not_followed"):
        center.act("telephone.close", call=number, outcome="strip taken")
    (item,) = center.entity(number)["strips"][0]["follow"]
    assert f"case {case}: not_meeting" in item["words"]
    center.act("telephone.followed", call=number, strip=1, item=1, how="read again as his")
    with refused("done"):
        center.act("telephone.followed", call=number, strip=1, item=1, how="twice")
    with refused("unjudged"):
        center.act("telephone.close", call=number, outcome="strip taken")
    judge(center, number)
    center.act("telephone.close", call=number, outcome="strip taken")
    with refused("same"):
        center.act("telephone.move", call=number, stream="s000002", why="again", by=center.sara)


def test_of_a_closed_call_supervisors_put_strips_right() -> None:
    center = house()
    number = closable(center)
    judge(center, number)
    center.act("telephone.close", call=number, outcome="strip taken")
    with refused("permission"):
        center.act("telephone.strike", call=number, strip=1, why="a test")
    center.act("telephone.strike", call=number, strip=1, why="a test after all", by=center.sara)
    assert center.ask("telephone")["to_follow"] == [number]
    center.act("telephone.followed", call=number, strip=1, item=1, how="told", by=center.sara)
    assert center.ask("telephone")["to_follow"] == []


def test_one_strip_of_two_may_be_somebody_else_s() -> None:
    center = house()
    number = center.rings()
    center.act("telephone.take", call=number)
    center.strip(number)
    center.run(60)
    center.strip(number)
    center.act("telephone.tie", call=number, stream="s000001")
    center.act("telephone.move", call=number, strip=2, stream="s000002", why="the second is his")
    center.place()
    assert [one.stream for one in center.call(number).strips] == [DOE, ROE]
    assert center.call(number).stream == DOE
