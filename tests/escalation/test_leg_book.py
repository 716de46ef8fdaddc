"""The legs of cases deed by deed: what ended in which window, what runs and by when it is to end (R22)."""

from __future__ import annotations

from typing import Any

import pytest

from einthoven.base.deeds import Deed
from einthoven.base.instants import DAY, HOUR, MINUTE, SECOND, from_iso
from einthoven.escalation.leg_book import Ended, Figures, LegBook, Running, Window
from einthoven.escalation.legs import LEGS

NOON = from_iso("2026-11-21T17:00:00Z")
SHIFT = NOON - 5 * HOUR


class Cases:
    """A book of legs, and deeds about its cases at seconds after noon."""

    def __init__(self) -> None:
        self.book = LegBook()
        self.number = 0

    def did(self, after: float, kind: str, case: int = 1, **body: Any) -> None:
        self.number += 1
        told = {"case": case, "stream": case} | body
        self.book.apply(
            Deed(self.number, NOON + round(after * SECOND), "staff 3", kind, f"case {case}", told)
        )

    def opened(self, after: float, tier: str = "emergent", case: int = 1, met: float | None = None) -> None:
        met_at = None if met is None else NOON + round(met * SECOND)
        self.did(after, "case.opened", case, tier=tier, finding={"met_at": met_at})

    def judged(self, verdict: str = "true", case: int = 1) -> None:
        """Taken after 10 s, judged after 20 s."""
        self.did(10, "case.taken", case)
        self.did(20, "case.verdict", case, verdict=verdict)

    def legs(self, case: int = 1) -> dict[str, tuple[float, float | None]]:
        """Seconds after noon from which, and to which; None for a leg that runs."""
        return {
            one.leg: (
                (one.start - NOON) / SECOND,
                (one.stop - NOON) / SECOND if isinstance(one, Ended) else None,
            )
            for one in self.book.legs_of(case)
        }


@pytest.fixture
def cases() -> Cases:
    return Cases()


def test_a_case_from_its_criterion_to_the_action(cases: Cases) -> None:
    cases.opened(0, met=-4)
    cases.did(3, "legs.displayed", at=NOON + 2 * SECOND)
    cases.judged()
    cases.did(30, "call.started", incoming=False)
    cases.did(50, "call.ended", action="")
    cases.did(60, "call.started", incoming=False)
    cases.did(90, "call.ended", action="")
    cases.did(90, "notification.reached")
    assert cases.legs()["reached to action"] == (90, None)
    cases.did(300, "notification.closed")
    assert cases.legs() == {
        "criterion met to finding": (-4, 0),
        "finding to displayed": (0, 2),
        "displayed to held": (2, 10),
        "held to verdict": (10, 20),
        "verdict to call started": (20, 30),
        "call started to reached": (30, 90),
        "reached to action": (90, 300),
        "criterion met to call started": (-4, 30),
        "criterion met to reached": (-4, 90),
    }
    assert len(cases.book.history) == len(LEGS)
    # each is counted once, whatever comes behind it
    cases.did(400, "notification.closed")
    assert len(cases.book.history) == len(LEGS)


def test_an_action_said_in_the_call_is_known_when_it_reached(cases: Cases) -> None:
    cases.opened(0)
    cases.judged()
    cases.did(30, "call.started", incoming=False)
    cases.did(90, "call.ended", action="admitted")
    cases.did(90, "notification.reached")
    assert cases.legs()["reached to action"] == (90, 90)


def test_a_call_that_came_in_counts_from_when_it_reached(cases: Cases) -> None:
    cases.opened(0)
    cases.judged()
    cases.did(30, "call.started", incoming=True)
    assert cases.legs()["verdict to call started"] == (20, None)
    cases.did(90, "call.ended", action="")
    cases.did(90, "notification.reached")
    assert cases.legs()["verdict to call started"] == (20, 90)
    assert cases.legs()["call started to reached"] == (90, 90)


def test_who_withdraws_a_notification_that_reached_nobody_did_no_action(cases: Cases) -> None:
    cases.opened(0)
    cases.judged()
    cases.did(30, "call.started", incoming=False)
    cases.did(40, "notification.closed")
    assert "reached to action" not in cases.legs()


def test_a_criterion_is_never_met_after_the_case_was_found(cases: Cases) -> None:
    cases.opened(0, met=7)
    assert cases.legs()["criterion met to finding"] == (0, 0)


def test_who_holds_a_case_has_it_before_them(cases: Cases) -> None:
    cases.opened(0)
    assert cases.book.undisplayed == {1}
    cases.did(10, "case.taken")
    assert cases.book.undisplayed == set()
    assert cases.legs()["finding to displayed"] == (0, 10)
    cases.did(11, "legs.displayed", at=NOON + 5 * SECOND)
    assert cases.legs()["finding to displayed"] == (0, 10)


@pytest.mark.parametrize(
    ("verdict", "tier", "called"),
    [
        ("true", "emergent", True),
        ("true", "urgent", True),
        ("true", "daily", False),
        ("artefact", "emergent", False),
    ],
)
def test_a_call_is_awaited_of_true_findings_that_are_called(
    cases: Cases, verdict: str, tier: str, called: bool
) -> None:
    cases.opened(0, tier)
    cases.judged(verdict)
    assert ("verdict to call started" in cases.legs()) is called
    assert (cases.book.running(9) != []) is called


def test_a_verdict_taken_back_counts_no_more(cases: Cases) -> None:
    cases.opened(0)
    cases.judged("artefact")
    cases.did(25, "case.undone")
    assert cases.legs()["held to verdict"] == (10, None)
    cases.did(40, "case.verdict", verdict="true")
    assert cases.legs()["held to verdict"] == (10, 40)


def test_a_case_opened_again_is_to_be_held_again(cases: Cases) -> None:
    cases.opened(0)
    cases.judged("artefact")
    cases.did(30, "case.closed")
    assert (cases.book.open, cases.book.running(9)) == (set(), [])
    cases.did(60, "case.reopened")
    assert cases.book.open == {1}
    assert cases.legs()["displayed to held"] == (10, None)
    cases.did(70, "case.taken")
    assert cases.legs()["displayed to held"] == (10, 70)


def test_what_grows_graver_is_found_anew_by_whoever_holds_it(cases: Cases) -> None:
    cases.opened(0, "daily")
    cases.did(10, "case.taken")
    cases.did(99, "case.finding", finding={"met_at": NOON + 95 * SECOND})
    cases.did(100, "case.raised", tier="emergent")
    assert cases.legs()["displayed to held"] == (100, 100)
    assert cases.legs()["held to verdict"] == (100, None)
    assert cases.legs()["criterion met to finding"] == (95, 100)
    assert {one.tier for one in cases.book.legs_of(1)} == {"emergent"}
    # given back before: nobody has it before them
    cases.did(110, "case.released")
    cases.did(120, "case.raised", tier="emergent")
    assert cases.legs()["finding to displayed"] == (120, None)
    assert cases.book.undisplayed == {1}


def test_a_case_of_the_equipment_has_legs_from_the_moment_it_is_of_the_heart(cases: Cases) -> None:
    cases.opened(0, "technical")
    cases.judged()
    cases.did(30, "call.started", incoming=False)
    assert (cases.legs(), cases.book.open, list(cases.book.history)) == ({}, set(), [])
    cases.did(100, "case.raised", tier="urgent")
    assert cases.legs()["held to verdict"] == (100, None)


def test_an_archived_case_is_forgotten_and_its_legs_are_not(cases: Cases) -> None:
    cases.opened(0)
    cases.opened(1, case=2)
    cases.did(10, "case.taken")
    cases.did(60, "case.archived", cases=[1])
    assert (cases.book.tracks.keys(), cases.book.open, cases.book.undisplayed) == ({2}, {2}, {2})
    assert (cases.legs(1), len(cases.book.history)) == ({}, 4)
    # what comes late of a case that is gone changes nothing
    cases.did(70, "case.verdict", verdict="true")
    assert cases.legs(1) == {}


def test_what_has_the_least_time_left_comes_first_and_then_the_graver(cases: Cases) -> None:
    for case, (tier, after) in enumerate([("daily", 0), ("urgent", 5), ("emergent", 5), ("emergent", 5)], 1):
        cases.opened(after, tier, case)
    found = cases.book.running(9)
    assert [(one.case, one.leg, one.due) for one in found] == [
        (case, "finding to displayed", NOON + due * SECOND)
        for case, due in ((1, 5), (3, 10), (4, 10), (2, 10))
    ]
    assert cases.book.running(2) == found[:2]


def test_a_quarter_of_the_time_left_is_about_to_miss() -> None:
    one = Running(1, 1, "emergent", "displayed to held", NOON, NOON + 2 * MINUTE)
    told = [one.about_to_miss(NOON + after) for after in (0, 90 * SECOND - 1, 90 * SECOND, 3 * MINUTE)]
    assert told == [False, False, True, True]


def ended(after: float, took: float, tier: str = "emergent", case: int = 1, limit: float = 60) -> Ended:
    stop = NOON + round(after * SECOND)
    return Ended(case, tier, "displayed to held", stop - round(took * SECOND), stop, round(limit * SECOND))


def held(window: Window) -> Figures:
    figures = window.figures(LegBook().limits)
    return next(one for one in figures if (one.tier, one.leg) == ("emergent", "displayed to held"))


def test_a_window_holds_what_ended_since_it_begins() -> None:
    window = Window(NOON)
    for one in (ended(-1, 5), ended(0, 10), ended(5, 60), ended(9, 61), ended(10, 200)):
        window.add(one)
    made = held(window)
    assert (made.count, made.missed, made.p50, made.p99) == (4, 2, 60 * SECOND, 200 * SECOND)
    assert made.within == 50.0
    window.move(NOON + 9 * SECOND)
    made = held(window)
    assert (made.count, made.missed, made.p50) == (2, 2, 61 * SECOND)
    window.move(NOON + 10 * SECOND + 1)
    made = held(window)
    assert (made.count, made.missed, made.p50, made.within) == (0, 0, None, None)


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    window = Window()
    for n in range(200, 0, -1):
        window.add(ended(n, n))
    made = held(window)
    ranks = [n * SECOND for n in (100, 180, 190, 198)]
    assert [made.p50, made.p90, made.p95, made.p99] == ranks


def test_the_share_within_the_limit_is_never_rounded_up() -> None:
    window = Window()
    for n in range(3):
        window.add(ended(n, 61 if n == 0 else 5))
    assert held(window).within == 66.666


def test_a_stage_proved_before_the_one_it_follows_took_no_time() -> None:
    assert ended(0, -5).took == 0
    assert ended(0, 5).took == 5 * SECOND


def test_windows_are_an_hour_the_shift_and_a_day() -> None:
    cases = Cases()
    cases.opened(0)
    cases.did(10, "case.taken")
    book = cases.book

    def counts(after: int, shift: int = SHIFT) -> list[int]:
        book.turn(NOON + after, shift)
        return [held(window).count for window in book.windows.values()]

    assert counts(MINUTE) == [1, 1, 1]
    taken = 10 * SECOND
    assert counts(HOUR + taken) == [1, 1, 1]
    assert counts(HOUR + taken + 1) == [0, 1, 1]
    assert counts(DAY + taken, NOON + HOUR) == [0, 0, 1]
    # a shift that is longer than before has what ended in it
    assert counts(DAY + taken, NOON) == [0, 1, 1]
    assert counts(DAY + taken + 1) == [0, 1, 0]


def test_a_period_has_what_ended_in_it_and_what_missed_the_worst_first() -> None:
    book = LegBook()
    late = [ended(0, 61, case=1), ended(1, 90, case=2), ended(2, 500, "urgent", 3), ended(3, 90, case=4)]
    for one in (*late, ended(4, 60, case=5), ended(5, 99, case=6)):
        book.history.append(one)
    figures, missed = book.over(NOON, NOON + 5 * SECOND)
    assert [one.case for one in missed] == [2, 4, 1, 3]
    emergent = next(one for one in figures if (one.tier, one.leg) == ("emergent", "displayed to held"))
    assert (emergent.count, emergent.missed) == (4, 3)
    assert [one.case for one in book.over(NOON + 1, NOON + 6 * SECOND)[1]] == [6, 2, 4, 3]


def test_figures_come_by_tier_the_gravest_first() -> None:
    told = [(one.tier, one.leg) for one in Window().figures(LegBook().limits)]
    assert told == [(tier, leg.name) for tier in ("emergent", "urgent", "daily") for leg in LEGS]


def test_limits_hold_for_what_ends_after_they_were_set(cases: Cases) -> None:
    cases.opened(0)
    cases.opened(0, case=2)
    cases.did(10, "case.taken")
    cases.did(11, "legs.limits", limits={"emergent.displayed to held": 5}, was={}, why="a trial")
    cases.did(12, "case.taken", case=2)
    held_ = [one.limit for one in cases.book.history if one.leg == "displayed to held"]
    assert held_ == [2 * MINUTE, 5 * SECOND]


def test_everything_is_remembered_until_there_is_too_much(cases: Cases) -> None:
    book = cases.book
    assert book.kept_since is None
    assert book.history.maxlen is not None
    book.history.append(ended(6, 1))
    book.history.extend([ended(7, 1)] * (book.history.maxlen - 2))
    assert book.kept_since is None
    book.history.append(ended(8, 1))
    assert book.kept_since == NOON + 6 * SECOND
