"""Silence is a finding: what fails is told when it begins, when it becomes graver, and when it is over."""

from __future__ import annotations

from typing import Any

from einthoven.base.instants import MILLISECOND, MINUTE, SECOND, Instant
from einthoven.base.thresholds import shipped
from einthoven.center.census import QUALITY_LEAD_OFF
from einthoven.center.desk_conditions import EVERY, Conditions, Marks
from einthoven.center.desk_feed import Background
from einthoven.center.ports import StreamEvent
from einthoven.review.facts import FindingFact, FindingState, Tier

EPOCH: Instant = 1_700_000_000 * SECOND


def at(seconds: float) -> Instant:
    return EPOCH + round(seconds * SECOND)


class Ward:
    """Patients whose state a test sets."""

    def __init__(self, *streams: int, at_risk: bool | None = None) -> None:
        self.states: dict[int, dict[str, Any]] = {stream: {} for stream in streams}
        self.at_risk = at_risk
        self.conditions = Conditions(
            lambda: self.states,
            lambda stream, _now: self.states.get(stream),
            self.background,
            lambda _stream: self.ahead,
        )
        self.ahead = 0

    def background(self, _stream: int, _at: Instant) -> Background:
        return Background(shipped(), at_risk=self.at_risk)

    def look(self, start: float, stop: float) -> list[tuple[float, FindingFact]]:
        """Seconds ``start`` to ``stop``: what was told when."""
        return [
            (float(second), fact)
            for second in range(round(start), round(stop))
            for fact in self.conditions.take(at(second))
        ]


def newest(seconds: float) -> dict[str, Any]:
    return {"newest_ms": at(seconds) // MILLISECOND}


def test_no_data_is_told_after_ten_seconds_from_the_newest_sample_on_and_once() -> None:
    ward = Ward(1)
    ward.states[1] = newest(100)
    assert ward.look(100, 110) == []
    told = ward.look(110, 200)
    assert [(fact.kind, fact.state, fact.start_at) for _, fact in told] == [
        ("no-data", FindingState.OPEN, at(100))
    ]
    assert told[0][0] <= 110 + EVERY
    ward.states[1] = newest(205)
    ((_, over),) = ward.look(205, 215)
    assert (over.state, over.key, over.start_at) == (FindingState.CLOSED, told[0][1].key, at(100))


def test_no_data_of_a_wearer_at_risk_becomes_emergent_after_ten_minutes() -> None:
    ward = Ward(1, at_risk=True)
    ward.states[1] = newest(0)
    told = ward.look(1, 700)
    graver = [(second, fact) for second, fact in told if fact.tier is Tier.EMERGENT]
    assert len(graver) == 1
    assert 600 <= graver[0][0] <= 600 + EVERY
    assert graver[0][1].key == told[0][1].key


def test_a_clock_that_is_ahead_is_told_at_once_and_when_it_is_right_again() -> None:
    ward = Ward(1)
    ward.states[1] = newest(0) | {"link": "connected"}
    ward.ahead = 2 * SECOND
    assert ward.look(0, 10) == []
    ward.ahead = 3600 * SECOND
    ((began, off),) = ward.look(0, 10)
    assert (off.kind, off.state, off.title) == ("clock", FindingState.OPEN, "Clock is off")
    assert off.start_at == at(began)
    ward.ahead = 0
    ((_, over),) = ward.look(5, 10)
    assert (over.key, over.state) == (off.key, FindingState.CLOSED)


def test_a_lead_that_is_off_for_five_minutes_is_urgent() -> None:
    ward = Ward(1)
    ward.states[1] = {"leads": [{"quality": 0}, {"quality": QUALITY_LEAD_OFF}]}
    told = ward.look(0, 400)
    assert [fact.tier for _, fact in told] == [None, Tier.URGENT]
    assert 300 <= told[1][0] <= 300 + 2 * EVERY


def test_a_battery_under_ten_percent_is_urgent_at_once() -> None:
    ward = Ward(1)
    ward.states[1] = {"battery": 10}
    assert ward.look(0, 10) == []
    ward.states[1] = {"battery": 9}
    ((_, fact),) = ward.look(10, 60)
    assert (fact.kind, fact.tier) == ("battery", Tier.URGENT)


def test_a_lost_link_counts_from_when_it_was_lost() -> None:
    ward = Ward(1)
    ward.states[1] = {"link": "lost", "link_since_ms": at(3) // MILLISECOND}
    ((_, fact),) = ward.look(50, 60)
    assert (fact.kind, fact.start_at) == ("gateway-off", at(3))


def test_what_failed_is_over_when_the_service_is() -> None:
    ward = Ward(1, 2)
    ward.states[1] = newest(0)
    ward.look(11, 20)
    del ward.states[1]
    ((_, fact),) = ward.look(20, 30)
    assert (fact.stream, fact.state) == (1, FindingState.CLOSED)


def test_a_restart_goes_on_with_what_was_told_and_ends_it_when_it_is_over() -> None:
    ward = Ward(1)
    ward.states[1] = newest(0)
    ((_, fact),) = ward.look(11, 20)
    again = Ward(1)
    again.conditions.resume([fact])
    again.states[1] = newest(0)
    assert again.look(60, 90) == []
    again.states[1] = newest(100)
    ((_, over),) = again.look(100, 110)
    assert (over.key, over.state) == (fact.key, FindingState.CLOSED)


def mark(number: int, symptom: str, sample: int, received: float) -> StreamEvent:
    body: dict[str, object] = {"symptom": symptom, "severity": "severe", "activity": "stairs", "text": "so"}
    return StreamEvent(7, number, "mark", sample, at(received), body)


def marks(arrhythmia: bool | None = None) -> Marks:
    return Marks(
        lambda _stream, sample: at(sample / 250),
        lambda _stream, _at: Background(shipped()),
        lambda _stream, _at: arrhythmia,
    )


def test_a_mark_is_a_fact_with_a_minute_before_and_half_a_minute_after_it() -> None:
    kept = marks()
    kept.event(mark(1, "syncope", 25_000, 101))
    kept.event(StreamEvent(7, 2, "status", 0, at(1), {}))
    (fact,) = kept.take(at(102))
    assert (fact.tier, fact.start_at, fact.end_at, fact.late) == (Tier.EMERGENT, at(40), at(130), False)
    assert fact.symptom is not None
    assert (fact.symptom.symptom, fact.symptom.severity, fact.symptom.activity) == ("syncope", 3, "stairs")
    assert kept.take(at(103)) == []
    assert kept.of(7) == (at(100),)


def test_what_lies_near_a_mark_is_to_be_judged_anew() -> None:
    kept, again = marks(), list[tuple[list[int], Instant]]()
    kept.heard = lambda streams, now: again.append((list(streams), now))
    kept.event(mark(1, "dizzy", 25_000, 101))
    kept.take(at(102))
    kept.take(at(103))
    assert again == [([7], at(102))]


def test_a_mark_that_a_defect_keeps_back_is_told_of_and_comes_later_and_the_others_come_now() -> None:
    kept, defects = marks(), list[str]()
    kept.failed = lambda what, error: defects.append(f"{what}: {error!r}")
    broken = mark(1, "syncope", 25_000, 101)
    whole = broken.body
    object.__setattr__(broken, "body", None)
    kept.event(broken)
    kept.event(mark(2, "syncope", 26_000, 105))
    assert [fact.start_at for fact in kept.take(at(106))] == [at(44)]
    assert len(defects) == 1
    object.__setattr__(broken, "body", whole)
    assert [fact.start_at for fact in kept.take(at(107))] == [at(40)]
    assert kept.take(at(108)) == []


def test_palpitation_is_urgent_with_an_arrhythmia_near_it_and_daily_without() -> None:
    for arrhythmia, tier in ((True, Tier.URGENT), (False, Tier.DAILY)):
        kept = marks(arrhythmia)
        kept.event(mark(1, "palpitations", 25_000, 101))
        (fact,) = kept.take(at(102))
        assert fact.tier is tier


def test_a_mark_that_came_through_the_backlog_is_late() -> None:
    kept = marks()
    kept.event(mark(1, "syncope", 25_000, 100 + 2 * MINUTE // SECOND))
    assert kept.take(at(300))[0].late
