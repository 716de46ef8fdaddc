"""Whatever comes in whatever order: every finding ends in one place, and no grave one is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.review.ward import FIRST_AF, NOON, Ward, found, rate_met

from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import OursError, RefusedError
from einthoven.base.instants import HOUR, SECOND
from einthoven.review.alarms import acknowledge, pause, pause_audio, resume
from einthoven.review.book import CaseBook
from einthoven.review.case import AlarmState, Case, State, Verdict
from einthoven.review.facts import FindingFact, FindingState, Symptom, Tier, symptom_fact
from einthoven.review.grouping import Became, Group
from einthoven.review.verdicts import overread, undo
from einthoven.review.working import (
    Told,
    archivable,
    emergency,
    holder_gone,
    release,
    station_lost,
    take_over,
)
from einthoven.review.worklist import urgency

GRAVE = (Tier.EMERGENT, Tier.URGENT)
KINDS_TOLD = [
    "sustained-ventricular-tachycardia",
    "pause",
    "atrial-fibrillation",
    "atrial-flutter",
    "ventricular-couplet",
    "analysis-lost",
    "lead-off",
    "sunspots",
]

# The second table: what a deed does to the state of its case, with and without a holder.
MOVES = {
    "case.taken": {"open": "held", "decided": "decided", "notifying": "notifying"},
    "case.released": {"held": "open", "decided": "decided", "notifying": "notifying"},
    "case.returned": {"held": "open", "decided": "decided", "notifying": "notifying"},
    "case.verdict": {"held": "decided"},
    "case.undone": {"decided": "held", "notifying": "held"},
    "case.notifying": {"decided": "notifying"},
    "case.reopened": {"decided": "open", "notifying": "open", "closed": "open"},
    "case.closed verdict": {"decided": "closed", "notifying": "closed"},
    "case.closed over": {"open": "closed"},
    "case.closed withdrawn": {"open": "closed"},
    "case.raised": {"open": "open", "held": "held", "decided": "held", "notifying": "held"},
}


@dataclass
class Seen:
    """What the model knows of a case."""

    state: str = "open"
    holder: int | None = None

    def take(self, deed: Deed) -> None:
        name = f"{deed.kind} {deed.body['cause']}" if deed.kind == "case.closed" else deed.kind
        if name not in MOVES:
            return
        self.state = MOVES[name][self.state]
        if deed.kind == "case.taken":
            self.holder = deed.body["by"]
        elif deed.kind in ("case.released", "case.returned", "case.closed", "case.reopened"):
            self.holder = None
        if deed.kind == "case.raised" and self.holder is None:
            self.state = "open"


class Watch(RuleBasedStateMachine):
    """Findings of two patients come, change and go while three people work on their cases."""

    def __init__(self) -> None:
        super().__init__()
        self.ward = Ward()
        self.told: dict[tuple[int, str], FindingFact] = {}
        self.model: dict[int, Seen] = {}
        self.archived: set[int] = set()
        self.read = 0

    def model_step(self) -> None:
        for deed in self.ward.journal[self.read :]:
            if deed.kind == "case.opened":
                self.model[deed.body["case"]] = Seen()
            elif deed.kind == "case.archived":
                self.archived |= set(deed.body["cases"])
            elif deed.kind.startswith("case.") and isinstance(deed.body.get("case"), int):
                self.model[deed.body["case"]].take(deed)
        self.read = len(self.ward.journal)

    def act(self, decide) -> None:
        try:
            made = decide()
        except RefusedError:
            return
        if made and isinstance(made[0], Draft):
            self.ward.keep(made, "staff 3")

    def pick(self, which: int) -> int | None:
        cases = sorted(self.ward.book.cases)
        return cases[which % len(cases)] if cases else None

    @rule(
        stream=st.integers(1, 2),
        kind=st.sampled_from(KINDS_TOLD),
        tier=st.sampled_from([None, *Tier]),
        ago=st.integers(0, 3000),
        lasts=st.sampled_from([None, 3, 300]),
        late=st.booleans(),
        met=st.sampled_from([(), (FIRST_AF,), (FIRST_AF, rate_met())]),
    )
    def tell(self, stream, kind, tier, ago, lasts, late, met) -> None:
        start_s = (self.ward.now - NOON) // SECOND - ago
        fact = found(f"f{len(self.told)}", kind, tier, start_s, lasts, stream)
        self.put(replace(fact, late=late, met=met))

    @rule(stream=st.integers(1, 2), tier=st.sampled_from([None, Tier.EMERGENT]))
    def press(self, stream, tier) -> None:
        mark = symptom_fact(stream, len(self.told), self.ward.now, Symptom("other"), tier)
        self.put(mark)

    def put(self, fact: FindingFact) -> None:
        self.told[fact.stream, fact.key] = fact
        self.ward.tell(fact)

    @precondition(lambda self: self.told)
    @rule(
        which=st.integers(0, 50),
        state=st.sampled_from(list(FindingState)),
        tier=st.sampled_from([None, *Tier]),
        again=st.booleans(),
    )
    def change(self, which, state, tier, again) -> None:
        fact = list(self.told.values())[which % len(self.told)]
        last = None if state is FindingState.OPEN else max(self.ward.now, fact.start_at)
        made = replace(fact, state=state, end_at=last, tier=fact.tier if tier is None else tier)
        self.put(made)
        if again:
            assert self.ward.tell(made) == [], "told twice is told once"

    @rule(which=st.integers(0, 50), by=st.integers(3, 5))
    def take(self, which, by) -> None:
        if (number := self.pick(which)) is not None:
            self.act(lambda: self.ward.take(number, by, by))

    @rule(which=st.integers(0, 50), verdict=st.sampled_from(list(Verdict)))
    def judge(self, which, verdict) -> None:
        number = self.pick(which)
        if number is not None and (by := self.ward.case(number).held_by) is not None:
            self.act(lambda: self.ward.judge(verdict, number, by))

    @precondition(lambda self: self.ward.book.cases)
    @rule(
        which=st.integers(0, 50),
        by=st.integers(3, 5),
        verdict=st.sampled_from([Verdict.TRUE, Verdict.TRUE, *Verdict]),
        then=st.lists(st.sampled_from(["notify", "undo", "told", "read", "lost"]), max_size=4),
    )
    def handle(self, which, by, verdict, then) -> None:
        """A person takes a case, judges it, and goes on with it."""
        number = self.pick(which)
        assert number is not None
        self.act(lambda: self.ward.take(number, by, by))
        if self.ward.case(number).held_by == by:
            self.act(lambda: self.ward.judge(verdict, number, by))
        for what in then:
            self.do(number, by + (what == "read"), what)

    @rule(
        which=st.integers(0, 50),
        by=st.integers(3, 5),
        what=st.sampled_from(
            ["release", "undo", "notify", "close", "told", "ack", "read", "gone", "lost", "over", "emergency"]
        ),
    )
    def work(self, which, by, what) -> None:
        number = self.pick(which)
        if number is not None:
            self.do(number, by, what)

    def do(self, number: int, by: int, what: str) -> None:
        ward, book, case = self.ward, self.ward.book, self.ward.case(number)
        holder = case.held_by or by
        told = Told(case.notification or 7, "Dr Bell", "no action necessary")
        acts = {
            "release": lambda: release(book, number, holder, ward.now),
            "undo": lambda: undo(book, number, holder, ward.now, told=False),
            "notify": lambda: ward.notify(number),
            "close": lambda: ward.close(number, holder),
            "told": lambda: ward.close(number, holder, told),
            "ack": lambda: acknowledge(book, number, by, by),
            "read": lambda: overread(book, number, by, Verdict.TRUE, "", ward.now),
            "gone": lambda: holder_gone(book, by, ward.now, "signed out"),
            "emergency": lambda: emergency(book, number, 8 if case.emergency is None else None),
            "over": lambda: take_over(book, number, by, by, "asleep", ward.now),
            "lost": lambda: station_lost(book, by, ward.now, "network cut"),
        }
        self.act(acts[what])

    @rule(what=st.sampled_from(["audio", "alarm", "resume"]), stream=st.integers(1, 2))
    def quiet(self, what, stream) -> None:
        book, now = self.ward.book, self.ward.now
        acts = {
            "audio": lambda: pause_audio(book, 1, 3, 60, now),
            "alarm": lambda: pause(book, stream, 3, 60, "electrodes", now),
            "resume": lambda: resume(book, 3),
        }
        self.act(acts[what])

    @rule(seconds=st.sampled_from([1, 30, 61, 130, 700, 3600]))
    def later(self, seconds) -> None:
        self.ward.later(seconds)

    @precondition(lambda self: len(self.ward.book.cases) > 4)
    @rule()
    def two_days(self) -> None:
        self.ward.now += 48 * HOUR
        self.ward.keep(archivable(self.ward.book, self.ward.now))

    @invariant()
    def states_are_those_of_the_second_table(self) -> None:
        self.model_step()
        for number, case in self.ward.book.cases.items():
            assert (case.state, case.held_by) == (self.model[number].state, self.model[number].holder)

    @invariant()
    def held_means_held(self) -> None:
        for case in self.ward.book.cases.values():
            assert (case.state is not State.HELD) or case.held_by is not None
            assert (case.state not in (State.OPEN, State.CLOSED)) or case.held_by is None
            assert (case.state in (State.DECIDED, State.NOTIFYING)) <= (case.given is not None)

    @invariant()
    def every_finding_has_one_place(self) -> None:
        self.model_step()
        book = self.ward.book
        for key, fact in self.told.items():
            placement = book.placements.get(key)
            if placement is None:
                assert self.archived, f"{key} is nowhere"
                continue
            live = [c for c in book.cases.values() if c.finding(fact.key) and c.stream == fact.stream]
            assert [c.number for c in live if c.state is not State.CLOSED] in ([], [placement.case])
            if placement.case is not None:
                assert book.case(placement.case).finding(fact.key) == fact
            assert placement.reasons

    @invariant()
    def no_grave_finding_is_lost(self) -> None:
        book = self.ward.book
        for key, fact in self.told.items():
            placement = book.placements.get(key)
            if placement is None or fact.withdrawn or fact.tier not in GRAVE:
                continue
            if placement.became is Became.BURDEN:
                # It met nothing but being there, in a patient of whom that is known.
                assert fact.tier is not Tier.EMERGENT
                continue
            case = book.case(placement.case)
            assert self.judged_or_over(case, fact)

    @staticmethod
    def judged_or_over(case: Case, fact: FindingFact) -> bool:
        if case.state is not State.CLOSED or case.closing == "verdict":
            return case.tier in GRAVE
        return case.closing == "over" and fact.over and case.group in (Group.QUALITY, Group.TECHNICAL)

    @invariant()
    def what_nobody_acknowledged_is_lit(self) -> None:
        book = self.ward.book
        for case in book.cases.values():
            loud = case.alarm.state in (AlarmState.ACTIVE, AlarmState.LATCHED)
            assert not loud or case.number in book.lit
            assert loud or case.alarm.by is not None or case.alarm.state is AlarmState.CLEARED

    @invariant()
    def the_worklist_is_in_order(self) -> None:
        cases = self.ward.book.open_cases()
        assert cases == sorted(cases, key=urgency)
        assert {c.number for c in cases} == {
            n for n, c in self.ward.book.cases.items() if c.state is not State.CLOSED
        }

    def teardown(self) -> None:
        assert self.ward.replayed() == self.ward.book


Watch.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestWatch = Watch.TestCase


def test_a_book_takes_no_deed_of_another_room():
    book = CaseBook()
    book.apply(Deed(1, NOON, "center", "watch.accepted", "s000001", {"case": 1}))
    assert book == CaseBook()


@pytest.mark.parametrize("kind", ["case.taken", "case.verdict", "alarm.acknowledged", "case.closed"])
def test_a_deed_that_does_not_fit_is_our_own_fault(kind: str):
    with pytest.raises(OursError, match=rf"deed 5 {kind}: no case 9"):
        CaseBook().apply(Deed(5, NOON, "center", kind, "case 9", {"case": 9}))


def test_no_kind_of_deed_erases_an_alarm():
    acts = {kind for kind in CaseBook.KINDS if kind.startswith("alarm.")}
    assert acts == {
        "alarm.acknowledged",
        "alarm.audio_paused",
        "alarm.audio_resumed",
        "alarm.paused",
        "alarm.resumed",
    }


def test_what_is_of_no_case_is_forgotten_after_a_while_and_the_journal_has_it():
    ward = Ward()
    for number in range(205):
        ward.tell(found(f"n{number}", tier=None, start_s=number * 10, lasts_s=1))
    assert len(ward.book.placements) == 200
    assert sum(deed.kind == "finding.placed" for deed in ward.journal) == 205
