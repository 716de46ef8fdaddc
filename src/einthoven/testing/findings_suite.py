"""What any facts must do with findings: a test class inherits ``FindingsSuite`` beside ``FactsSuite``."""
# ruff: noqa: D102 - the name of a test says what it tests

from __future__ import annotations

from dataclasses import replace

import pytest

from einthoven.base.errors import StoreError, UnfitError
from einthoven.base.instants import SECOND, Instant
from einthoven.center.enroll import enroll
from einthoven.center.found import (
    Asked,
    Gone,
    Key,
    LiveFinding,
    Made,
    News,
    OnlyOpen,
    Reason,
    Renewed,
    Replaced,
    Told,
    Withdrawal,
)
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import BY_CODE, NSVT, PAUSE, VENTRICULAR_TACHYCARDIA
from einthoven.testing.facts_suite import NOON, FactsUnderTest, request

MADE = Made("live-1/2026.1", 3, {"beats": 2.0})


def found(
    start: int, end: int | None = None, kind: int = VENTRICULAR_TACHYCARDIA, run: int = 0, seq: int = 1
) -> LiveFinding:
    """A finding that was told two seconds after its onset."""
    told = start + 720
    finding = Finding(BY_CODE[kind], start, end, told, None if end is None else end + 90, seq, (3.0, 170.5))
    return LiveFinding(Key(run, 0, seq), finding, False, 360.0, made=MADE)


def keep(facts: FactsUnderTest, *news: News, at: Instant = NOON) -> StoreError | None:
    """Keep news of findings and give back what ``done`` was told."""
    told: list[StoreError | None] = []
    facts.record_findings(news, MADE.by, at, told.append)
    facts.flush()
    assert len(told) == 1
    return told[0]


class FindingsSuite:
    """Findings are kept as they stand, and told by stretch."""

    @pytest.fixture
    def enrolled(self, facts: FactsUnderTest) -> FactsUnderTest:
        enroll(facts, request(), NOON)
        return facts

    def test_a_finding_opens_and_closes(self, enrolled: FactsUnderTest) -> None:
        assert keep(enrolled, Told(1, found(1000))) is None
        assert [(one.start, one.end, one.state) for one in enrolled.reader.findings(1)] == [
            (1000, None, "open")
        ]
        assert keep(enrolled, Told(1, found(1000, 5000))) is None
        (one,) = enrolled.reader.findings(1)
        assert (one.start, one.end, one.state, one.told) == (1000, 5000, "closed", 1720)
        assert (one.kind, one.id) == ("ventricular-tachycardia", "0-0-1")
        assert (one.values["beats"], one.values["rate_bpm"]) == (3.0, 170.5)

    def test_what_it_was_made_by_is_kept_with_it(self, enrolled: FactsUnderTest) -> None:
        keep(enrolled, Told(1, found(1000)))
        (one,) = enrolled.reader.findings(1)
        assert (one.made, one.version) == (MADE, "3/live-1/2026.1")
        assert one.limits == {"beats": 2.0}

    def test_the_kinds_it_was_told_under_are_kept_with_it(self, enrolled: FactsUnderTest) -> None:
        sharper = found(1000, 5000, kind=NSVT)
        keep(enrolled, Told(1, found(1000)), Told(1, replace(sharper, was=(int(VENTRICULAR_TACHYCARDIA),))))
        (one,) = enrolled.reader.findings(1)
        assert (one.words, one.told_as) == ("Nonsustained VT", ["Ventricular tachycardia"])

    def test_the_same_news_again_change_nothing(self, enrolled: FactsUnderTest) -> None:
        for _ in range(2):
            keep(enrolled, Told(1, found(1000)), Told(1, found(1000, 5000)))
        assert [one.state for one in enrolled.reader.findings(1)] == ["closed"]

    def test_a_stamp_changes_with_what_is_found_in_its_stretch_alone(self, enrolled: FactsUnderTest) -> None:
        def stamp() -> tuple[int, int]:
            return enrolled.reader.finding_stamp(1, 900, 6000)

        stamps = [stamp()]
        for news in (
            Told(1, found(1000)),
            Told(1, found(1000, 5000)),
            Told(1, found(1000, 5001)),
            Told(1, found(1000, 5001, kind=NSVT)),
            Told(1, found(5999, seq=2)),
            Gone(1, frozenset([Key(0, 0, 2)])),
        ):
            keep(enrolled, news)
            stamps.append(stamp())
        assert len(set(stamps)) == len(stamps)
        keep(enrolled, Told(1, found(1000, 5001, kind=NSVT)), Told(1, found(6000, 7000, seq=3)))
        keep(enrolled, Told(1, found(100, 899, seq=4)))
        assert stamp() == stamps[-1]

    def test_a_stretch_tells_what_overlaps_it_by_onset(self, enrolled: FactsUnderTest) -> None:
        first, second = found(1000, 5000, seq=1), found(8000, seq=2)
        keep(enrolled, Told(1, second), Told(1, first))
        assert [one.start for one in enrolled.reader.findings(1)] == [1000, 8000]
        assert [one.start for one in enrolled.reader.findings(1, 5000, 8000)] == [1000]
        assert [one.start for one in enrolled.reader.findings(1, 5001, 8000)] == []
        assert [one.start for one in enrolled.reader.findings(1, 10**9)] == [8000]
        assert [one.start for one in enrolled.reader.findings(1, limit=1)] == [1000]
        assert enrolled.reader.findings(2) == []

    def test_what_a_later_analysis_finds_takes_the_place_of_the_old(self, enrolled: FactsUnderTest) -> None:
        keep(enrolled, Told(1, found(1000, 2000, run=900)), Told(1, found(9000, run=900, seq=2)))
        keep(enrolled, Told(1, found(990, 2000, run=0)), Replaced(1, 0, 9000, 0))
        assert [one.start for one in enrolled.reader.findings(1)] == [990, 9000]
        keep(enrolled, Replaced(1, 0, 10_000, None))
        assert enrolled.reader.findings(1) == []

    def test_what_a_restart_does_not_find_open_was_interrupted(self, enrolled: FactsUnderTest) -> None:
        keep(enrolled, Told(1, found(1000, seq=1)), Told(1, found(1500, seq=2)))
        keep(enrolled, OnlyOpen(1, frozenset([Key(0, 0, 2)])))
        states = [(one.start, one.end, one.state) for one in enrolled.reader.findings(1)]
        assert states == [(1000, 1720, "interrupted"), (1500, None, "open")]

    def test_findings_that_are_named_give_way(self, enrolled: FactsUnderTest) -> None:
        keep(enrolled, Told(1, found(1000, seq=1)), Told(1, found(1500, 1600, seq=2)))
        keep(enrolled, Gone(1, frozenset([Key(0, 0, 1), Key(0, 0, 9)])))
        assert [one.start for one in enrolled.reader.findings(1)] == [1500]
        keep(enrolled, Told(1, found(1000, 4000, seq=1)))
        assert [one.start for one in enrolled.reader.findings(1)] == [1000, 1500]

    def test_what_is_gone_through_again_holds_only_where_it_is_known(self, enrolled: FactsUnderTest) -> None:
        """Each is told 720 samples after its onset."""
        keep(enrolled, *(Told(1, found(start, start + 10, seq=start)) for start in range(0, 6000, 1000)))
        keep(enrolled, Renewed(1, 1000, 5000, 2720, frozenset([Key(0, 0, 3000)])))
        assert [one.start for one in enrolled.reader.findings(1)] == [0, 1000, 3000, 5000]

    def test_what_does_not_hold_keeps_its_reason_and_when_it_was_taken_back(
        self, enrolled: FactsUnderTest
    ) -> None:
        ended = replace(found(1000, 1300, seq=1), taken_back=Withdrawal(Reason.WENT_ON))
        early = found(2000, 2000, seq=2)
        early = replace(early, finding=replace(early.finding, withdrawn=True))
        keep(enrolled, Told(1, found(1000, seq=1)), Told(1, ended), Told(1, early))
        keep(enrolled, Told(1, early), at=NOON + SECOND)
        kept = [(one.start, one.state, one.withdrawal) for one in enrolled.reader.findings(1)]
        assert kept == [
            (1000, "withdrawn", Withdrawal(Reason.WENT_ON, None, NOON)),
            (2000, "withdrawn", Withdrawal(Reason.RECLASSED, 2090, NOON)),
        ]

    def test_what_gave_way_is_kept_and_told_when_asked_for(self, enrolled: FactsUnderTest) -> None:
        keep(enrolled, *(Told(1, found(start, seq=start)) for start in (1000, 2000, 3000, 4000)))
        keep(enrolled, Replaced(1, 1000, 1001, 7), Replaced(1, 2000, 2001, None), at=NOON + SECOND)
        keep(enrolled, Gone(1, frozenset([Key(0, 0, 3000)])), Renewed(1, 4000, 4001, 0, frozenset()))
        keep(enrolled, Replaced(1, 0, 9000, None), at=NOON + 2 * SECOND)
        assert enrolled.reader.findings(1) == []
        told = [
            (one.start, one.withdrawal) for one in enrolled.reader.asked_findings(1, Asked(gave_way=True))
        ]
        assert told == [
            (1000, Withdrawal(Reason.LATE, at=NOON + SECOND, gave_way=True)),
            (2000, Withdrawal(Reason.LOST, at=NOON + SECOND, gave_way=True)),
            (3000, Withdrawal(Reason.LATE, at=NOON, gave_way=True)),
            (4000, Withdrawal(Reason.REPLAYED, at=NOON, gave_way=True)),
        ]

    def test_what_is_found_again_holds_again(self, enrolled: FactsUnderTest) -> None:
        keep(enrolled, Told(1, found(1000)), Replaced(1, 0, 9000, None), Told(1, found(1100, 5000)))
        (one,) = enrolled.reader.asked_findings(1, Asked(gave_way=True))
        assert (one.start, one.state, one.withdrawal) == (1100, "closed", None)

    def test_a_number_that_is_used_again_takes_nothing_away(self, enrolled: FactsUnderTest) -> None:
        """Another life tells something else under the number of what gave way."""
        for start in (1000, 9000, 17_000):
            keep(enrolled, Told(1, found(start, start + 10)), Replaced(1, 0, 20_000, None))
        keep(enrolled, Told(1, found(25_000)))
        told = enrolled.reader.asked_findings(1, Asked(gave_way=True))
        assert [(one.start, one.state) for one in told] == [
            (1000, "withdrawn"),
            (9000, "withdrawn"),
            (17_000, "withdrawn"),
            (25_000, "open"),
        ]
        assert len({one.id for one in told}) == 4

    def test_findings_are_asked_for_by_kind_and_page(self, enrolled: FactsUnderTest) -> None:
        kinds = (VENTRICULAR_TACHYCARDIA, PAUSE, PAUSE)
        keep(enrolled, *(Told(1, found(1000, kind=kind, seq=at)) for at, kind in enumerate(kinds)))
        asked = Asked(kinds={PAUSE}, limit=1)
        (first,) = enrolled.reader.asked_findings(1, asked)
        (second,) = enrolled.reader.asked_findings(1, asked._replace(after=(first.start, first.key)))
        assert (first.key, second.key) == (Key(0, 0, 1), Key(0, 0, 2))
        assert enrolled.reader.asked_findings(1, asked._replace(after=(1000, second.key))) == []

    def test_findings_of_no_stream_fail_as_a_whole(self, enrolled: FactsUnderTest) -> None:
        assert isinstance(keep(enrolled, Told(1, found(1000)), Told(7, found(1000))), UnfitError)
        assert enrolled.reader.findings(1) == []
