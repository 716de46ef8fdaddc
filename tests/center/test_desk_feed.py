"""Findings of the ward become facts with the tier they meet, each change told once, none forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from einthoven.base.instants import MINUTE, SECOND, Instant
from einthoven.base.thresholds import shipped
from einthoven.center.desk_feed import KEPT, Background, Feed
from einthoven.center.found import Key, LiveFinding, Reason, Withdrawal
from einthoven.ecg.findings import WORDS, Finding
from einthoven.ecg.kinds import BY_NAME
from einthoven.review.facts import FindingState, Tier

RATE = 250.0
EPOCH: Instant = 1_700_000_000 * SECOND


def at(seconds: float) -> Instant:
    return EPOCH + round(seconds * SECOND)


class Ward:
    """Findings that a test puts there."""

    def __init__(self) -> None:
        self.standing: dict[int, list[LiveFinding]] = {}
        self.touched: dict[int, None] = {}
        self.dated = True

    def say(self, stream: int, *findings: LiveFinding) -> None:
        self.standing[stream] = list(findings)
        self.touched[stream] = None

    def findings(self, stream: int) -> list[LiveFinding]:
        return self.standing.get(stream, [])

    def changed(self) -> Iterable[int]:
        taken, self.touched = list(self.touched), {}
        return taken

    def time_of(self, _stream: int, sample: float) -> Instant | None:
        return at(sample / RATE) if self.dated else None


def found(kind: str, start: float, end: float | None = None, **values: float) -> LiveFinding:
    """A finding of seconds ``start`` to ``end``; values that a test does not say are not known."""
    named = BY_NAME[kind]
    unknown = {value.name: 0.0 if value.name in WORDS else float("nan") for value in named.values}
    first, last = round(start * RATE), None if end is None else round(end * RATE)
    said = tuple((unknown | values)[value.name] for value in named.values)
    return LiveFinding(Key(0, 0, 1), Finding(named, first, last, first + 100, last, 1, said), False, RATE)


def feed(ward: Ward, **known: Any) -> Feed:
    return Feed(ward, ward.changed, ward.time_of, lambda _stream, _at: Background(shipped(), **known))


def test_a_long_pause_is_told_with_the_criterion_that_it_meets_and_only_once() -> None:
    ward = Ward()
    told = feed(ward)
    ward.say(7, found("pause", 10, 16.5, rr_ms=6500))
    (fact,) = told.take(at(20))
    assert (fact.stream, fact.kind, fact.tier, fact.state) == (7, "pause", Tier.EMERGENT, FindingState.CLOSED)
    assert (fact.start_at, fact.end_at) == (at(10), at(16.5))
    assert "pause.emergent" in fact.met[0].criterion
    ward.say(7, found("pause", 10, 16.5, rr_ms=6500))
    assert told.take(at(21)) == []


def test_a_criterion_is_met_when_the_interval_was_as_long_and_the_rate_as_lasting_as_it_asks() -> None:
    ward = Ward()
    told = feed(ward)
    ward.say(1, found("pause", 10, 16.5, rr_ms=6500))
    ward.say(2, found("supraventricular-tachycardia", 0, 100, rate_bpm=190))
    ward.say(3, found("asystole", 20, None, rr_ms=7000))
    facts = {fact.stream: fact for fact in told.take(at(120))}
    assert [fact.tier for fact in facts.values()] == [Tier.EMERGENT] * 3
    met = {stream: fact.met_at for stream, fact in facts.items()}
    assert met == {1: at(16), 2: at(60), 3: at(24)}
    # told again without being graver: it was met when it was met
    ward.say(3, found("asystole", 20, 130, rr_ms=110_000))
    (again,) = told.take(at(131))
    assert again.met_at == at(24)


def test_an_open_finding_is_judged_again_when_time_alone_makes_more_of_it() -> None:
    ward = Ward()
    told = feed(ward)
    ward.say(1, found("supraventricular-tachycardia", 0, None, rate_bpm=190))
    first = told.take(at(5))
    assert [fact.tier for fact in first] != [Tier.EMERGENT]
    assert told.take(at(30)) == []
    later = [fact for second in range(31, 70) for fact in told.take(at(second))]
    assert later[-1].tier is Tier.EMERGENT
    assert told.take(at(200)) == []


def test_a_pause_that_goes_on_is_no_graver_than_it_is_by_now() -> None:
    ward = Ward()
    told = feed(ward)
    ward.say(1, found("pause", 10, None, rr_ms=3100))
    tiers = [(second, fact.tier) for second in range(14, 20) for fact in told.take(at(second))]
    assert tiers[0] == (14, Tier.URGENT)
    assert [tier for second, tier in tiers if second < 16] == [Tier.URGENT]
    assert tiers[-1][1] is Tier.EMERGENT


def test_a_tachycardia_that_goes_on_has_as_many_beats_as_there_was_time_for() -> None:
    ward = Ward()
    told = feed(ward)
    ward.say(1, found("ventricular-tachycardia", 10, None, rate_bpm=180, beats=4))
    tiers = [(second, fact.tier) for second in range(12, 30) for fact in told.take(at(second))]
    assert tiers == [(12, Tier.URGENT), (15, Tier.EMERGENT)]  # 15 beats at 180 a minute: 4.7 s


def test_what_goes_on_lasts_as_far_as_was_analysed_and_by_the_clock_only_where_nothing_comes() -> None:
    ward, reached = Ward(), [13.4]
    told = feed(ward)
    told._reach = lambda _stream, _one: round(reached[0] * RATE)
    ward.say(1, found("pause", 10, None, rr_ms=3100))
    assert [fact.tier for fact in told.take(at(16.5))] == [Tier.DAILY]  # its next beat came after 3.4 s
    assert [fact for second in (17, 18, 19, 20) for fact in told.take(at(second))] == []
    reached[0] = 14.2
    assert [fact.tier for second in (21, 22) for fact in told.take(at(second))] == [Tier.URGENT]
    # nothing more comes: that it ended is not known
    later = [fact.tier for second in range(23, 40) for fact in told.take(at(second))]
    assert later == [Tier.EMERGENT]


def test_what_the_analysis_has_not_come_to_is_looked_at_once_a_second_and_not_at_every_turn() -> None:
    ward, looks = Ward(), list[int]()

    def reach(stream: int, _one: LiveFinding) -> int:
        looks.append(stream)
        return round(13.4 * RATE)

    told = feed(ward)
    told._reach = reach
    ward.say(1, found("pause", 10, None, rr_ms=3100))
    for turn in range(25):  # five seconds
        told.take(at(16.5 + turn / 5))
    assert 3 <= len(looks) <= 6


def test_a_finding_whose_end_is_not_known_counts_for_what_cannot_be_ruled_out() -> None:
    ward = Ward()
    told = feed(ward)
    one = found("supraventricular-tachycardia", 0, 10, rate_bpm=190)
    ward.say(1, one)
    (short,) = told.take(at(20))
    ward.say(1, LiveFinding(one.key, one.finding, False, RATE, interrupted=True))
    (unknown,) = told.take(at(21))
    assert short.tier is not Tier.EMERGENT
    assert (unknown.state, unknown.tier) == (FindingState.INTERRUPTED, Tier.EMERGENT)


def test_a_finding_that_gave_way_is_withdrawn_and_one_that_aged_is_not() -> None:
    ward = Ward()
    told = feed(ward)
    ward.say(1, found("pause", 10, 14.5, rr_ms=4500))
    told.take(at(20))
    ward.say(1)
    (gone,) = told.take(at(30))
    assert (gone.state, gone.reason) == (
        FindingState.WITHDRAWN,
        "another analysis of the same samples stands in its place",
    )
    ward.say(2, found("pause", 10, 14.5, rr_ms=4500))
    told.take(at(20))
    ward.say(2)
    assert told.take(at(15) + KEPT + MINUTE) == []


def test_what_the_analysis_takes_back_is_told_with_its_reason() -> None:
    ward = Ward()
    told = feed(ward)
    one = found("pause", 10, 14.5, rr_ms=4500)
    ward.say(1, one)
    told.take(at(20))
    taken_back = Withdrawal(Reason.LATE)
    ward.say(1, LiveFinding(one.key, one.finding, False, RATE, taken_back=taken_back))
    (fact,) = told.take(at(21))
    assert (fact.state, fact.reason) == (FindingState.WITHDRAWN, taken_back.words)


def test_a_finding_whose_time_is_not_known_waits_and_is_not_lost() -> None:
    ward = Ward()
    told = feed(ward)
    ward.dated = False
    ward.say(1, found("asystole", 10))
    assert told.take(at(11)) == []
    ward.dated = True
    assert [fact.kind for fact in told.take(at(13))] == ["asystole"]


def test_whoever_looks_again_hears_what_other_criteria_make_of_it() -> None:
    ward = Ward()
    table = [shipped()]
    told = Feed(ward, ward.changed, ward.time_of, lambda _stream, _at: Background(table[0]))
    ward.say(1, found("pause", 10, 15.2, rr_ms=5200))
    (fact,) = told.take(at(20))
    assert fact.tier is Tier.URGENT
    table[0] = shipped().changed({"pause.emergent.interval_ms": 5000})
    told.look_again([1], at(21))
    (graver,) = told.take(at(21))
    assert graver.tier is Tier.EMERGENT


def test_a_mark_near_a_pause_makes_it_graver() -> None:
    ward = Ward()
    ward.say(1, found("pause", 10, 13.4, rr_ms=3400))
    (plain,) = feed(ward).take(at(20))
    ward.touched = {1: None}
    (felt,) = feed(ward, marks=(at(12),)).take(at(20))
    assert plain.tier is not Tier.EMERGENT
    assert felt.tier is Tier.EMERGENT


def test_a_defect_with_one_finding_is_told_and_it_is_judged_again_while_the_others_go_on() -> None:
    ward, defects, broken = Ward(), [], [True]
    told = feed(ward)
    told.failed = lambda what, error: defects.append((what, str(error)))
    time_of = told._time_of

    def breaking(stream: int, sample: float) -> int | None:
        if stream == 1 and broken:
            raise RuntimeError("a defect")
        return time_of(stream, sample)

    told._time_of = breaking
    for stream in (1, 2):
        ward.say(stream, found("pause", 10, 16.5, rr_ms=6500))
    assert [fact.stream for fact in told.take(at(20))] == [2]
    assert defects == [("finding", "a defect")]
    broken.clear()
    assert [fact.stream for fact in told.take(at(21))] == [1]
