"""Judged cases close by themselves once nothing is left to be done, and not before."""

from __future__ import annotations

import pytest
from tests.review.ward import ward_with

from einthoven.base.instants import HOUR, SECOND
from einthoven.review.case import State, Verdict
from einthoven.review.due import due
from einthoven.review.working import Told, closes_at, emergency, holder_gone

REACHED = Told(70, "Dr Bell, cardiologist", "no action necessary")


@pytest.mark.parametrize("held", [True, False])
def test_it_closes_by_itself_once_its_verdict_can_no_longer_be_taken_back(held):
    ward = ward_with()
    ward.take()
    ward.judge(Verdict.ARTEFACT)
    if not held:
        ward.keep(holder_gone(ward.book, 3, ward.now, "signed out"))
    assert ward.later(59) == []
    assert closes_at(ward.case(), None) == ward.now + SECOND
    assert ward.later(1) == ["case.closed"]
    assert (ward.case().state, ward.case().closing) == (State.CLOSED, "verdict")
    body = ward.journal[-1].body
    assert (body["by"], body["notification"]) == (None, None)
    assert body["reasons"] == ["verdict artefact, and it can no longer be taken back"]


def test_one_whose_physician_was_told_closes_by_itself_with_what_they_did():
    ward = ward_with()
    ward.take()
    ward.judge()
    ward.notify()
    for told in (None, Told(70, " ", "none"), Told(71, "Dr Bell", "none"), Told(70, "Dr Bell", " ")):
        assert closes_at(ward.case(), told) is None
        assert due(ward.book, ward.now + HOUR, lambda _case, told=told: told) == []
    assert ward.keep(due(ward.book, ward.now, lambda _case: REACHED)) == ["case.closed"]
    assert ward.journal[-1].body["action"] == "no action necessary"
    assert ward.journal[-1].body["notification"] == 70


def test_nothing_closes_by_itself_while_its_emergency_runs():
    ward = ward_with()
    ward.take()
    ward.judge(Verdict.ARTEFACT)
    ward.keep(emergency(ward.book, 1, 5))
    assert "case.closed" not in ward.later(60)
    ward.keep(emergency(ward.book, 1, None))
    assert "case.closed" in ward.later(1)


def test_a_true_case_of_which_nobody_was_told_escalates_and_stays():
    ward = ward_with()
    ward.take()
    ward.judge()
    assert "case.closed" not in ward.later(3600)
    assert ward.case().escalated
