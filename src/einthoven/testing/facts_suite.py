"""What any facts must do: one suite for the ones in SQLite and the ones in memory.

A test class inherits ``FactsSuite`` and gives a fixture ``facts``; ``again`` gives the same facts opened anew
where that means something.
"""
# ruff: noqa: D102 - the name of a test says what it tests

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import pytest

from einthoven.base.errors import EnrollmentError, NotFoundError, StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Instant, from_iso
from einthoven.base.layout import Layout, Lead
from einthoven.base.timeline import Timeline
from einthoven.center.enroll import (
    Corrected,
    EnrollmentUnit,
    end_service,
    enroll,
    expire,
)
from einthoven.center.found import Asked, LiveFinding, News
from einthoven.center.ports import ClockFix, StreamEvent, StreamFacts
from einthoven.enrollment.people import Patient
from einthoven.enrollment.periods import Ending, ServicePeriod
from einthoven.enrollment.register import AuditLine, Enrolled, KnownPeriod

T = TypeVar("T")
NOON = from_iso("2026-11-21T12:00:00Z")
LAYOUT = Layout(360.0, (Lead("MLII", 200.5, 1024, 11, 1024), Lead("V5 β", 100.0, -3, 12, 0)))


class Questions(Protocol):
    """What can be asked of facts."""

    def stream(self, stream: StreamId) -> StreamFacts | None: ...
    def all(self) -> list[StreamFacts]: ...
    def by_transmitter(self, transmitter: str, stream: StreamId) -> StreamFacts | None: ...
    def enrolled(self, stream: StreamId) -> Enrolled: ...
    def enrollments(self) -> list[Enrolled]: ...
    def open_periods(self) -> list[ServicePeriod]: ...
    def expired_periods(self, since: Instant) -> list[ServicePeriod]: ...
    def periods_with(self, transmitter: str) -> list[ServicePeriod]: ...
    def ordered_periods(self) -> list[tuple[int, ServicePeriod]]: ...
    def of_person(self, name: str, birth_date: str) -> tuple[KnownPeriod, ...]: ...
    def last_event(self, stream: StreamId) -> int: ...
    def events(
        self, stream: StreamId, kinds: Iterable[str] = ..., start: int = ..., stop: int = ...
    ) -> list[StreamEvent]: ...
    def last_status(self, stream: StreamId) -> StreamEvent | None: ...
    def findings(
        self, stream: StreamId, start: int = ..., stop: int = ..., limit: int = ...
    ) -> list[LiveFinding]: ...
    def finding_stamp(self, stream: StreamId, start: int, stop: int) -> tuple[int, int]: ...
    def asked_findings(self, stream: StreamId, asked: Asked) -> list[LiveFinding]: ...
    def holes(self, stream: StreamId) -> list[tuple[int, int, str]]: ...
    def fixes(self, stream: StreamId) -> list[ClockFix]: ...
    def fix_before(self, stream: StreamId, sample: float = ...) -> ClockFix | None: ...
    def ended_since(self, since: Instant, limit: int) -> list[tuple[StreamId, Instant]]: ...
    def timeline(self, stream: StreamId) -> Timeline: ...
    def audit(self, after: int = ..., limit: int = ...) -> list[AuditLine]: ...


class FactsUnderTest(Protocol):
    """What the suite uses of facts."""

    @property
    def reader(self) -> Questions: ...

    def stream(self, stream: StreamId) -> StreamFacts | None: ...
    def all(self) -> list[StreamFacts]: ...
    def by_transmitter(self, transmitter: str, stream: StreamId) -> StreamFacts | None: ...
    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T: ...
    def declare_layout(
        self, stream: StreamId, layout: Layout, recording: int, origin: Instant | None, at: Instant
    ) -> None: ...
    def declare_layout_soon(
        self,
        stream: StreamId,
        layout: Layout,
        recording: int,
        origin: Instant | None,
        at: Instant,
        done: Callable[[StoreError | None], None],
    ) -> None: ...
    def record_events(
        self, events: Iterable[StreamEvent], done: Callable[[StoreError | None], None]
    ) -> None: ...
    def record_fixes(self, fixes: Iterable[ClockFix]) -> None: ...
    def record_findings(
        self, news: Iterable[News], version: str, at: Instant, done: Callable[[StoreError | None], None]
    ) -> None: ...
    def flush(self) -> None: ...


def request(transmitter: str = "T-100", name: str = "Doe, Jane", **more: object) -> dict[str, object]:
    """The body of an enrollment; each transmitter with a key of its own."""
    patient: dict[str, object] = {"name": name}
    for field in ("birth_date", "telephone", "address", "sex", "contacts"):
        if field in more:
            patient[field] = more.pop(field)
    key = transmitter.encode().ljust(32, b"\1").hex()
    return {
        "patient": patient,
        "transmitter": transmitter,
        "rate_hz": 360,
        "leads": ["MLII", "V5"],
        "public_key": key,
        **more,
    }


def mark(stream: StreamId, number: int, sample: int = 0) -> StreamEvent:
    """A patient's mark."""
    body: dict[str, object] = {
        "symptom": "palpitations",
        "severity": 2,
        "activity": "walking",
        "text": "ä 心",
    }
    return StreamEvent(stream, number, "mark", sample, NOON + number, body)


def status(stream: StreamId, number: int, battery: int | None = 80) -> StreamEvent:
    """A transmitter's status."""
    body: dict[str, object] = {"battery": battery, "lead_off": 0, "quality": [0, 1], "rssi": -60}
    return StreamEvent(stream, number, "status", 360 * number, NOON + number, body)


def hole(stream: StreamId, number: int, start: int, stop: int, cause: str = "power") -> StreamEvent:
    """A declared hole."""
    return StreamEvent(stream, number, "hole", start, NOON, {"stop": stop, "cause": cause})


def stored(facts: FactsUnderTest, *events: StreamEvent) -> StoreError | None:
    """Store events and give back what ``done`` was told."""
    told: list[StoreError | None] = []
    facts.record_events(events, told.append)
    facts.flush()
    assert len(told) == 1
    return told[0]


class CorrectionSuite:
    """Whose a period is changes by a correction alone, and what was before stays (R5)."""

    def test_a_correction_changes_whose_a_period_is_once(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        facts.unit(lambda unit: unit.add_patient(Patient("Roe, Rae")), "staff 1", NOON)
        change = Corrected(1, 1, 1, None, 2, None, 0)
        facts.unit(lambda unit: unit.correct_period(change), "staff 2", NOON + HOUR)
        assert facts.reader.enrolled(1).patient.name == "Roe, Rae"
        found = facts.stream(1)
        assert found is not None
        assert found.patient == "Roe, Rae"
        line = facts.reader.audit()[-1]
        assert (line.action, line.subject, line.actor) == ("period.patient", "s000001", "staff 2")
        assert line.detail["was"] == {"patient": 1, "physician": None}
        assert facts.unit(lambda unit: unit.corrected(1, 1), "staff 2", NOON) == change
        assert facts.unit(lambda unit: unit.corrected(2, 1), "staff 2", NOON) is None

    def test_the_patient_of_a_period_that_is_over_is_corrected_too(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        end_service(facts, 1, NOON + HOUR)
        facts.unit(lambda unit: unit.add_patient(Patient("Roe, Rae")), "staff 1", NOON)
        change = Corrected(1, 1, 1, None, 2, None, NOON)
        facts.unit(lambda unit: unit.correct_period(change), "staff 2", NOON + HOUR)
        told = facts.reader.enrolled(1)
        assert (told.patient.name, told.period.ended) == ("Roe, Rae", NOON + HOUR)

    def test_one_that_does_not_begin_with_what_is_on_record_changes_nothing(
        self, facts: FactsUnderTest
    ) -> None:
        enroll(facts, request(), NOON)
        facts.unit(lambda unit: unit.add_patient(Patient("Roe, Rae")), "staff 1", NOON)
        before = facts.reader.audit()
        with pytest.raises(Exception, match="by a correction alone"):
            facts.unit(
                lambda unit: unit.correct_period(Corrected(1, 1, 2, None, 2, None, 0)), "staff 2", NOON
            )
        assert facts.reader.enrolled(1).patient.name == "Doe, Jane"
        assert facts.reader.audit() == before


class EnrollmentSuite:
    """Enrolling, by the rule that a transmitter serves one patient in a period (R5)."""

    def test_a_first_enrollment(self, facts: FactsUnderTest) -> None:
        physician = {"name": "Dr. A", "npi": "1234567893", "telephone": "555-0199"}
        contacts = [{"name": "John", "telephone": "555 0101", "relation": "son"}]
        body = request(birth_date="1951-02-28", sex="F", contacts=contacts, physician=physician)
        result = enroll(facts, body, NOON)
        assert (result["stream"], result["patient"], result["outcome"]) == ("s000001", "Doe, Jane", "opened")
        found = facts.stream(1)
        assert found is not None
        assert (found.transmitter, found.patient, found.open, found.declared) == (
            "T-100",
            "Doe, Jane",
            True,
            False,
        )
        assert found.public_key == b"T-100".ljust(32, b"\1")
        assert found.layout == Layout(360.0, (Lead("MLII"), Lead("V5")))
        enrolled = facts.reader.enrolled(1)
        assert enrolled.patient.contacts[0].relation == "son"
        assert enrolled.patient.sex == "female"
        assert enrolled.physician is not None
        assert enrolled.physician.npi == "1234567893"
        assert enrolled.period.limit == NOON + 30 * DAY
        assert facts.reader.all() == facts.all() == [found]
        assert [line.action for line in facts.reader.audit()] == [
            "patient.add",
            "physician.add",
            "period.open",
        ]

    def test_only_its_own_transmitter_finds_a_stream(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        assert facts.by_transmitter("T-100", 1) == facts.stream(1)
        assert facts.by_transmitter("T-101", 1) is None
        assert facts.by_transmitter("T-100", 2) is None
        assert facts.stream(2) is None
        with pytest.raises(NotFoundError):
            facts.reader.enrolled(2)

    def test_the_same_patient_again_ends_and_opens(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        result = enroll(facts, request(telephone="555 0100"), NOON + DAY)
        assert (result["stream"], result["ended"], result["outcome"]) == ("s000002", "s000001", "renewed")
        first, second = facts.reader.enrolled(1), facts.reader.enrolled(2)
        assert facts.reader.enrollments() == [first, second]
        assert (first.period.ended, first.period.cause) == (NOON + DAY, Ending.RENEWED)
        assert first.period.patient == second.period.patient
        assert second.patient.telephone == "555 0100"
        assert [found.open for found in facts.all()] == [False, True]

    def test_another_patient_is_refused_and_nothing_changes(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        before = facts.reader.audit()
        with pytest.raises(EnrollmentError, match=r"period 1 \(stream s000001, since 2026-11-21T12:00"):
            enroll(facts, request(name="Roe, Richard"), NOON + DAY)
        assert facts.reader.audit() == before
        assert len(facts.all()) == 1
        result = enroll(facts, request(name="Roe, Richard", end_previous=True), NOON + 2 * DAY)
        assert (result["outcome"], result["ended"]) == ("reassigned", "s000001")
        assert [(found.patient, found.open) for found in facts.all()] == [
            ("Doe, Jane", False),
            ("Roe, Richard", True),
        ]

    def test_one_name_with_another_birth_date_is_another(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(birth_date="1951-02-28"), NOON)
        with pytest.raises(EnrollmentError, match="belongs to another patient"):
            enroll(facts, request(birth_date="1952-02-28"), NOON)

    def test_a_patients_second_transmitter_overlaps(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(birth_date="1951-02-28"), NOON)
        body = request("T-200", birth_date="1951-02-28")
        with pytest.raises(EnrollmentError, match=r"patient Doe, Jane is in open period 1 .* T-100"):
            enroll(facts, body, NOON + DAY)
        result = enroll(facts, {**body, "end_previous": True}, NOON + DAY)
        first, second = facts.reader.enrolled(1), facts.reader.enrolled(2)
        assert first.period.cause is Ending.REASSIGNED
        assert first.period.patient == second.period.patient
        assert result["stream"] == "s000002"

    def test_two_people_of_one_name_are_two_patients(self, facts: FactsUnderTest) -> None:
        enroll(facts, request("T-1"), NOON)
        enroll(facts, request("T-2"), NOON)
        one, other = facts.reader.enrolled(1), facts.reader.enrolled(2)
        assert one.period.patient != other.period.patient

    def test_a_key_belongs_to_one_transmitter(self, facts: FactsUnderTest) -> None:
        enroll(facts, request("T-1"), NOON)
        with pytest.raises(EnrollmentError, match="public_key: belongs to transmitter T-1"):
            enroll(facts, request("T-2", public_key=request("T-1")["public_key"]), NOON)

    def test_a_period_ends_by_hand_once(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        assert end_service(facts, 1, NOON + HOUR, "nurse").cause is Ending.CLOSED
        found = facts.stream(1)
        assert found is not None
        assert not found.open
        assert facts.reader.audit()[-1].actor == "nurse"
        with pytest.raises(EnrollmentError, match="period 1 ended at 2026-11-21T13:00:00"):
            end_service(facts, 1, NOON + DAY)
        with pytest.raises(NotFoundError, match="s000009"):
            end_service(facts, 9, NOON)
        result = enroll(facts, request(), NOON + DAY)
        assert (result["outcome"], result["ended"]) == ("opened", None)

    def test_thirty_days_end_a_period(self, facts: FactsUnderTest) -> None:
        enroll(facts, request("T-1"), NOON)
        enroll(facts, request("T-2"), NOON + DAY)
        assert expire(facts, NOON + 30 * DAY - 1) == []
        ended = expire(facts, NOON + 30 * DAY)
        assert [(period.stream, period.ended, period.cause) for period in ended] == [
            (1, NOON + 30 * DAY, Ending.EXPIRED)
        ]
        assert [found.open for found in facts.all()] == [False, True]
        assert expire(facts, NOON + 30 * DAY) == []
        assert facts.reader.expired_periods(NOON + 30 * DAY) == ended
        assert facts.reader.expired_periods(NOON + 30 * DAY + 1) == []
        end_service(facts, 2, NOON + 31 * DAY)
        ends = [(2, facts.reader.enrolled(2).period.ended), (1, NOON + 30 * DAY)]
        for since, limit, kept in (
            (0, 9, 2),
            (NOON + 30 * DAY, 9, 2),
            (NOON + 30 * DAY + 1, 9, 1),
            (0, 1, 1),
        ):
            assert facts.reader.ended_since(since, limit) == ends[:kept]

    def test_the_limit_of_an_open_period_moves_with_its_reason(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)

        def longer(unit: EnrollmentUnit) -> None:
            period = unit.period_of(1)
            assert period is not None
            unit.move_limit(period, period.limit + 5 * DAY, "Dr. Weber: goes on")

        facts.unit(longer, "staff 1", NOON + HOUR)
        assert facts.reader.enrolled(1).period.limit == NOON + 35 * DAY
        line = facts.reader.audit()[-1]
        assert (line.action, line.subject, line.actor) == ("period.limit", "s000001", "staff 1")
        assert line.detail["why"] == "Dr. Weber: goes on"
        assert expire(facts, NOON + 31 * DAY) == []
        end_service(facts, 1, NOON + 34 * DAY)
        assert facts.reader.enrolled(1).period.ended == NOON + 34 * DAY

    def test_the_periods_of_a_patient_a_transmitter_and_those_that_are_open(
        self, facts: FactsUnderTest
    ) -> None:
        enroll(facts, request(), NOON)
        enroll(facts, request(), NOON + HOUR)
        enroll(facts, request("T-200", "Roe, Rick"), NOON)
        assert facts.unit(lambda unit: [one.stream for one in unit.periods_of(1)], "x", NOON) == [1, 2]
        assert [one.stream for one in facts.reader.open_periods()] == [2, 3]
        assert [one.stream for one in facts.reader.periods_with("T-100")] == [1, 2]
        assert facts.reader.ordered_periods() == []

    def test_what_fails_midway_is_undone(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        before = (facts.all(), facts.reader.audit())

        def act(unit: EnrollmentUnit) -> None:
            period = unit.open_period("T-100")
            assert period is not None
            unit.update_patient(period.patient, unit.patient(period.patient))
            raise KeyError("midway")

        with pytest.raises(KeyError, match="midway"):
            facts.unit(act, "test", NOON)
        assert (facts.all(), facts.reader.audit()) == before


class EventSuite:
    """Layouts, events, clock fixes."""

    def test_a_layout_is_declared_once(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        facts.declare_layout(1, LAYOUT, 2**64 - 5, NOON, NOON + SECOND)
        found = facts.stream(1)
        assert found is not None
        assert (found.layout, found.declared, found.recording, found.origin) == (
            LAYOUT,
            True,
            2**64 - 5,
            NOON,
        )
        assert facts.reader.stream(1) == found
        lines = len(facts.reader.audit())
        facts.declare_layout(1, LAYOUT, 2**64 - 5, NOON, NOON + MINUTE)
        assert len(facts.reader.audit()) == lines
        assert facts.reader.audit()[-1].actor == "transmitter T-100"
        with pytest.raises(NotFoundError, match="s000007"):
            facts.declare_layout(7, LAYOUT, 1, None, NOON)

    def test_a_layout_is_known_at_once_and_stored_soon(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        told: list[StoreError | None] = []
        facts.declare_layout_soon(1, LAYOUT, 7, None, NOON, told.append)
        found = facts.by_transmitter("T-100", 1)
        assert found is not None
        assert (found.layout, found.declared, found.recording) == (LAYOUT, True, 7)
        facts.flush()
        assert told == [None]
        assert facts.reader.stream(1) == found == facts.stream(1)
        with pytest.raises(NotFoundError, match="s000007"):
            facts.declare_layout_soon(7, LAYOUT, 1, None, NOON, told.append)

    def test_events_are_stored_once(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        assert facts.reader.last_event(1) == 0
        events = [mark(1, 1, 500), status(1, 2), hole(1, 3, 100, 200)]
        assert stored(facts, *events) is None
        assert stored(facts, *events, status(1, 4, None)) is None
        other = StreamEvent(1, 1, "mark", 9, NOON, {"symptom": "changed"})
        assert stored(facts, other) is None
        assert facts.reader.last_event(1) == 4
        assert facts.reader.events(1) == [events[2], events[0]]
        assert facts.reader.events(1, ("status",)) == [events[1], status(1, 4, None)]
        assert facts.reader.last_status(1) == status(1, 4, None)
        assert facts.reader.events(1, ("mark", "hole"), 100, 500) == [events[2]]
        assert facts.reader.events(1, ("mark",), 500, 501) == [events[0]]
        assert facts.reader.holes(1) == [(100, 200, "power")]
        audited = [line.action for line in facts.reader.audit() if line.action.startswith("event.")]
        assert audited == ["event.mark", "event.hole"]

    def test_streams_do_not_share_events(self, facts: FactsUnderTest) -> None:
        enroll(facts, request("T-1"), NOON)
        enroll(facts, request("T-2"), NOON)
        assert stored(facts, mark(1, 1), mark(2, 1, 77)) is None
        assert [event.sample for event in facts.reader.events(2)] == [77]
        assert facts.reader.last_status(2) is None

    def test_events_of_no_stream_are_told_as_not_stored(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        assert isinstance(stored(facts, mark(1, 1), mark(9, 1)), StoreError)
        assert facts.reader.events(1) == []
        assert stored(facts, mark(1, 1)) is None

    def test_an_event_that_skips_a_number_is_not_stored(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        assert stored(facts, mark(1, 1)) is None
        assert "event 3 came before 2" in str(stored(facts, mark(1, 3)))
        assert "event 5 came before 4" in str(stored(facts, mark(1, 2), mark(1, 3), mark(1, 5)))
        assert facts.reader.last_event(1) == 1
        assert stored(facts, mark(1, 1), mark(1, 2), mark(1, 3)) is None
        assert facts.reader.last_event(1) == 3

    def test_no_events_at_all_are_done(self, facts: FactsUnderTest) -> None:
        assert stored(facts) is None

    def test_fixes_become_a_timeline(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        assert not facts.reader.timeline(1).known
        fixes = [ClockFix(1, 360.0 * 60 * n + 0.5, NOON + n * MINUTE, MILLISECOND) for n in range(3)]
        facts.record_fixes([fixes[2], fixes[0]])
        facts.record_fixes([fixes[1], fixes[0]])
        facts.record_fixes([ClockFix(9, 1.0, NOON, 1)])
        facts.record_fixes(fixes[1:2])
        facts.flush()
        assert facts.reader.fixes(1) == fixes
        assert facts.reader.timeline(1).instant_of(0.5) == NOON
        with pytest.raises(NotFoundError):
            facts.reader.timeline(9)
        for sample, found in ((0.5, None), (0.6, fixes[0]), (360.0 * 60, fixes[0]), (1e9, fixes[2])):
            assert facts.reader.fix_before(1, sample) == found
        assert facts.reader.fix_before(1) == fixes[2]
        assert facts.reader.fix_before(9) is None

    def test_a_declared_origin_rules_the_timeline(self, facts: FactsUnderTest) -> None:
        enroll(facts, request(), NOON)
        facts.declare_layout(1, LAYOUT, 1, NOON - HOUR, NOON)
        assert facts.reader.timeline(1).instant_of(360) == NOON - HOUR + SECOND

    def test_the_audit_is_read_in_pages(self, facts: FactsUnderTest) -> None:
        for number in range(5):
            enroll(facts, request(f"T-{number}"), NOON)
        whole = facts.reader.audit()
        page = facts.reader.audit(limit=4)
        assert page + facts.reader.audit(after=page[-1].seq) == whole
        assert [line.seq for line in whole] == sorted({line.seq for line in whole})


class FactsSuite(CorrectionSuite, EnrollmentSuite, EventSuite):
    """All of it but findings (``findings_suite``)."""
