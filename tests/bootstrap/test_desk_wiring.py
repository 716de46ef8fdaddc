"""How the product wires its desk: ``open_desk`` itself, over findings and marks of the test's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.center.test_desk_feed import RATE, Ward, at, found

from einthoven.base.deeds import CENTER
from einthoven.base.errors import NotFoundError
from einthoven.base.instants import SECOND
from einthoven.base.thresholds import shipped
from einthoven.bootstrap.desk import open_desk
from einthoven.center.desk_books import Books
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.found import LiveFinding
from einthoven.center.live import LiveHub
from einthoven.center.patient_notes import note
from einthoven.center.ports import StreamEvent
from einthoven.center.tally import Tally
from einthoven.ecg.beats import BEAT
from einthoven.escalation import prescribing
from einthoven.escalation.prescribing import Scope
from einthoven.escalation.signature import PRESCRIBES, sign
from einthoven.review.facts import Tier
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.web import FakeWard, HandClock

SVT = {"rate_bpm": 160.0, "highest_rate_bpm": 160.0}
STRICTER = {"svt.emergent.rate_bpm": 155.0}


class Enrollment:
    """Nobody's card is known; marks that are stored already."""

    def __init__(self) -> None:
        self.stored: list[StreamEvent] = []

    def enrolled(self, stream: int) -> Any:
        raise NotFoundError(f"no stream {stream}")

    def events(self, stream: int, kinds: Iterable[str] = ()) -> Sequence[StreamEvent]:
        return [event for event in self.stored if event.stream == stream and event.kind in kinds]


class House:
    """Patients 1 to 3, whose analysis says what a test puts there; lives of a center over one journal."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.ward = Ward()
        self.enrollment = Enrollment()
        self.kept = MemoryFacts()
        self.beats: list[int] = []
        self.analysed: float | None = None
        self.room = self.opened()

    def opened(self) -> DeskRoom:
        """A life of the center."""
        vitals = lambda _stream: (  # noqa: E731
            None if self.analysed is None else SimpleNamespace(next=round(self.analysed * RATE))
        )
        self.core = SimpleNamespace(
            time_of=self.ward.time_of,
            ward=SimpleNamespace(
                beats=self._beats,
                vitals=vitals,
                boards=SimpleNamespace(follow=lambda: self.ward.changed, findings=self.ward.findings),
            ),
            census=SimpleNamespace(
                open_streams=lambda: [1, 2, 3],
                by_telephone=list,
                state=lambda _stream, _now: None,
                ahead=lambda _stream: 0,
            ),
            hub=LiveHub(FakeWard(), lambda _stream, _sample: None),
            listeners=[],
        )
        core: Any = self.core
        journal = self.kept.journal
        self.tally = Tally()
        return open_desk(core, journal, self.enrollment, shipped(), self.clock, self.tally, "Center")

    def _beats(self, _stream: int, start: int, stop: int) -> np.ndarray[Any, Any]:
        rows = np.zeros(len(self.beats), BEAT)
        rows["sample"] = self.beats
        return rows[(rows["sample"] >= start) & (rows["sample"] < stop)]

    @property
    def books(self) -> Books:
        return self.room.desk.books

    def do(self, drafts: Any) -> None:
        self.room.desk.commit(drafts, CENTER, self.clock.wall())

    def until(self, seconds: float) -> None:
        """Time passes, five turns a second."""
        while self.clock.now < round(seconds * SECOND):
            self.clock.move(0.2)
            self.room.desk.turn(self.clock.wall())
        assert self.tally.all() == {}

    def tier(self, one: LiveFinding, stream: int = 1) -> Tier | None:
        """By what tier the desk acts on a finding: that of its case, None where it made none."""
        cases = self.books.triage.cases.open_cases()
        return next((case.tier for case in cases if case.stream == stream and case.finding(one.id)), None)

    def prescribe(
        self, scope: Scope, overrides: dict[str, float] = STRICTER, effective: float | None = None
    ) -> None:
        """A physician's stricter criteria are proposed and signed."""
        books, now = self.books.criteria, self.clock.wall()
        moment = None if effective is None else at(effective)
        practice = scope.practice or self.books.practice(scope.stream or 0)
        self.do(prescribing.propose(books, scope, practice, overrides, "asked", now, effective=moment))
        (form,) = books.forms.values()
        signed = sign(form.content(), 1, "Dr. Fib", now, PRESCRIBES, ("password", "code"), first=True)
        self.do(prescribing.sign(books, form.number, signed, now))


@pytest.fixture
def house() -> House:
    return House()


def dizzy(seconds: float, number: int = 1) -> StreamEvent:
    body: dict[str, object] = {"symptom": "dizzy", "severity": "moderate"}
    return StreamEvent(1, number, "mark", round(seconds * RATE), at(seconds + 0.5), body)


# ---- marks -------------------------------------------------------------------------------------------------


def test_a_mark_makes_more_of_what_stands_near_it_at_once(house: House) -> None:
    pause = found("pause", 10, 13.5, rr_ms=3500)
    house.ward.say(1, pause)
    house.until(20)
    assert house.tier(pause) is not Tier.EMERGENT
    for heard in house.core.listeners:
        heard(dizzy(20))
    house.until(21)
    assert house.tier(pause) is Tier.EMERGENT


def test_a_mark_far_from_it_makes_nothing_of_it(house: House) -> None:
    pause = found("pause", 10, 13.5, rr_ms=3500)
    house.ward.say(1, pause)
    house.until(200)
    for heard in house.core.listeners:
        heard(dizzy(200))
    house.until(202)
    assert house.tier(pause) is not Tier.EMERGENT


def test_a_mark_of_the_last_life_counts_in_the_next(house: House) -> None:
    pause = found("pause", 10, 13.5, rr_ms=3500)
    house.until(18)
    house.enrollment.stored.append(dizzy(16))
    house.room = house.opened()
    house.ward.say(1, pause)
    house.until(20)
    assert house.tier(pause) is Tier.EMERGENT


# ---- how far the analysis has come -------------------------------------------------------------------------


def test_a_pause_whose_next_beat_has_come_is_as_long_as_it_was(house: House) -> None:
    pause = found("pause", 10, None, rr_ms=3100)
    house.beats, house.analysed = [round(13.4 * RATE)], 16.4
    house.until(16.4)
    house.ward.say(1, pause)
    house.until(17)
    assert house.tier(pause) not in (Tier.URGENT, Tier.EMERGENT)


def test_a_pause_that_goes_on_is_emergent_when_it_has_lasted(house: House) -> None:
    pause = found("pause", 10, None, rr_ms=3100)
    house.until(13.4)
    house.analysed = 13.4
    house.ward.say(1, pause)
    house.until(14)
    assert house.tier(pause) is not Tier.EMERGENT
    house.analysed = 16.2
    house.until(17.4)
    assert house.tier(pause) is Tier.EMERGENT


# ---- criteria and notes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", ["patient", "practice"])
def test_what_goes_on_is_judged_by_stricter_criteria_from_their_moment_on(house: House, of: str) -> None:
    """160 a minute for hours; then 155 for a minute is emergent: a minute after the signature it is."""
    svt = found("supraventricular-tachycardia", 0, None, **SVT)
    house.do(note(house.books.notes, 1, {"practice": 4}))
    for stream in (1, 2):
        house.ward.say(stream, svt)
    house.until(100)
    assert house.tier(svt) is not Tier.EMERGENT
    house.prescribe(Scope(stream=1) if of == "patient" else Scope(practice=4))
    house.until(159)
    assert house.tier(svt) is not Tier.EMERGENT
    house.until(162)
    assert house.tier(svt) is Tier.EMERGENT
    assert house.tier(svt, 2) is not Tier.EMERGENT
    # It ends, and stays what it was; the case says by which criteria.
    house.ward.say(1, found("supraventricular-tachycardia", 0, 163, **SVT))
    house.until(165)
    assert house.tier(svt) is Tier.EMERGENT
    (case,) = house.books.triage.cases.of_stream(1)
    assert [fact.criteria_at for fact in case.findings] == [at(100)]


def test_criteria_that_come_into_force_later_count_from_then_on_also_in_a_later_life(house: House) -> None:
    svt = found("supraventricular-tachycardia", 0, None, **SVT)
    house.prescribe(Scope(stream=1), effective=50)
    house.until(20)
    house.room = house.opened()
    house.ward.say(1, svt)
    house.until(109)
    assert house.tier(svt) is not Tier.EMERGENT
    house.until(112)
    assert house.tier(svt) is Tier.EMERGENT


def test_an_interval_is_judged_by_what_held_when_it_began(house: House) -> None:
    pause = found("pause", 10, None, rr_ms=3100)
    house.until(12)
    house.ward.say(1, pause)
    house.prescribe(Scope(stream=1), {"pause.emergent.interval_ms": 5200.0})
    house.until(15.8)
    assert house.tier(pause) is not Tier.EMERGENT
    house.until(17.4)
    assert house.tier(pause) is Tier.EMERGENT


def test_what_is_noted_of_a_patient_has_what_stands_judged_again(house: House) -> None:
    """Where the patient lives it was evening, not night: 4.2 s are urgent by day."""
    house.do(note(house.books.notes, 1, {"zone": "UTC"}))
    pause = found("pause", 10, 14.2, rr_ms=4200)
    house.ward.say(1, pause)
    house.until(20)
    assert house.tier(pause) is not Tier.URGENT
    house.do(note(house.books.notes, 1, {"zone": "America/New_York"}))
    house.until(21)
    assert house.tier(pause) is Tier.URGENT
