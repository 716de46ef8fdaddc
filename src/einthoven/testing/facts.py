"""The facts in memory: real code for simulations, held to ``facts_suite`` like the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar
from zlib import crc32

from einthoven.base.errors import NotFoundError, StoreError, UnfitError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.base.timeline import Fix, Timeline
from einthoven.center.enroll import EnrollmentUnit
from einthoven.center.found import (
    NEAR_S,
    Asked,
    Gone,
    Key,
    LiveFinding,
    News,
    OnlyOpen,
    Reason,
    Renewed,
    Replaced,
    Told,
    Withdrawal,
)
from einthoven.center.ports import ClockFix, StreamEvent, StreamFacts
from einthoven.enrollment.people import Patient
from einthoven.enrollment.periods import Ending, ServicePeriod
from einthoven.enrollment.register import AuditLine, Enrolled, KnownPeriod
from einthoven.enrollment.telephone import Recorder
from einthoven.testing.facts_unit import MemoryUnit, Tables
from einthoven.testing.journal import MemoryJournal, MemorySecrets, MemorySessions

T = TypeVar("T")


def _gave_way(one: LiveFinding) -> bool:
    return one.taken_back is not None and one.taken_back.gave_way


def _give_way(one: LiveFinding, reason: Reason, at: Instant) -> LiveFinding:
    end = max(one.start, one.told if one.end is None else one.end)
    before = one.withdrawal or Withdrawal(reason, at=at)
    return replace(one, finding=replace(one.finding, end=end), taken_back=replace(before, gave_way=True))


def _put(held: dict[Key, LiveFinding], one: LiveFinding, at: Instant) -> None:
    """A finding is new or changed; one that does not hold stays, whatever its number is used for again."""
    key, before = one.key, held.get(one.key)
    known = None if before is None else before.withdrawal
    if before is not None and known is not None and abs(before.start - one.start) > NEAR_S * one.rate_hz:
        least = min(other.seq for other in held if other[:2] == key[:2])
        aside = key._replace(seq=min(-1, least - 1))
        held[aside] = replace(before, key=aside)
        known = None
    gone = one.withdrawal
    if gone is not None:
        since = at if known is None or known.at is None else known.at
        one = replace(one, taken_back=replace(gone, at=since))
    held[key] = one


def _keep(held: dict[Key, LiveFinding], one: News, at: Instant) -> None:
    """Carry one change of a stream's findings out."""
    if isinstance(one, Told):
        _put(held, one.finding, at)
        return
    for key, found in list(held.items()):
        reason = Reason.LATE
        if isinstance(one, Replaced):
            gone, reason = key.run != one.run and one.start <= found.start < one.stop, one.reason
        elif isinstance(one, Renewed):
            gone = one.start <= found.start < one.stop and max(found.start, found.told) >= one.told
            gone, reason = gone and key not in one.keys, Reason.REPLAYED
        else:
            gone = isinstance(one, Gone) and key in one.keys
        if gone and not _gave_way(found):
            held[key] = _give_way(found, reason, at)
        elif isinstance(one, OnlyOpen) and found.state == "open" and key not in one.keys:
            end = max(found.start, found.told)
            held[key] = replace(found, finding=replace(found.finding, end=end), interrupted=True)


class MemoryFacts:
    """The facts of a simulated center.

    Args:
        deliver: runs ``done`` of ``record_events``; by default at once.

    Attributes:
        failing: while set, every change fails with it and nothing is kept (a full or broken disk).
        journal, secrets, sessions: for the desk (``center.desk_ports``), with the same audit.
    """

    def __init__(self, deliver: Callable[[Callable[[], None]], object] = lambda act: act()) -> None:
        self._deliver = deliver
        self._tables = Tables()
        self._events: dict[StreamId, dict[int, StreamEvent]] = {}
        self._fixes: dict[StreamId, dict[tuple[float, Instant], ClockFix]] = {}
        self._findings: dict[StreamId, dict[Key, LiveFinding]] = {}
        self.failing: StoreError | None = None
        self.journal = MemoryJournal(self)
        self.secrets = MemorySecrets(self)
        self.sessions = MemorySessions(self)

    def audit_lines(self) -> list[AuditLine]:
        """The audit itself, for the fakes that share it."""
        return self._tables.audit

    def hand(self, act: Callable[[], None]) -> None:
        """Run ``act`` where ``done`` belongs."""
        self._deliver(act)

    @property
    def reader(self) -> MemoryFacts:
        """Itself: what is in memory needs no second connection."""
        return self

    def close(self) -> None:
        """Nothing to close."""

    def flush(self) -> None:
        """Nothing waits."""

    def by_transmitter(self, transmitter: str, stream: StreamId) -> StreamFacts | None:
        """The stream if it belongs to this transmitter, else None."""
        facts = self._tables.streams.get(stream)
        return facts if facts is not None and facts.transmitter == transmitter else None

    def stream(self, stream: StreamId) -> StreamFacts | None:
        """A stream, or None where there is no such."""
        return self._tables.streams.get(stream)

    def all(self) -> list[StreamFacts]:
        """Every stream, by number."""
        return [facts for _, facts in sorted(self._tables.streams.items())]

    def enrolled(self, stream: StreamId) -> Enrolled:
        """Patient, period and physician of a stream; NotFoundError where there is no such."""
        period = self._period(stream)
        ordered = self._tables.ordered.get(period.number)
        physician = None if ordered is None else self._tables.physicians[ordered]
        return Enrolled(stream, period, self._tables.patients[period.patient], physician)

    def open_periods(self) -> list[ServicePeriod]:
        """Every period that is open, by number."""
        return [one for one in self._tables.periods.values() if one.ended is None]

    def expired_periods(self, since: Instant) -> list[ServicePeriod]:
        """Every period that ended at its limit by itself, at or after an instant, by number."""
        ended = (one for one in self._tables.periods.values() if one.cause is Ending.EXPIRED)
        return [one for one in ended if one.ended is not None and one.ended >= since]

    def periods_with(self, transmitter: str) -> list[ServicePeriod]:
        """Every period of a transmitter, by number."""
        return [one for one in self._tables.periods.values() if one.transmitter == transmitter]

    def recorders(self) -> list[tuple[ServicePeriod, Recorder]]:
        """Open periods by telephone, each with what was typed of its recorder, by period."""
        found = (one for one in self._tables.periods.values() if one.telephone and one.ended is None)
        return [(one, self._tables.recorders[one.number]) for one in found]

    def ordered_periods(self) -> list[tuple[int, ServicePeriod]]:
        """Orders under which a period was opened, each with its period, by period."""
        return [(number, self._tables.periods[one]) for one, number in sorted(self._tables.orders.items())]

    def of_person(self, name: str, birth_date: str) -> tuple[KnownPeriod, ...]:
        """Every period of a person of this name and date of birth, by when it began."""
        return tuple(self._tables.known(name, birth_date))

    def enrollments(self) -> list[Enrolled]:
        """Every enrollment there ever was, by stream."""
        return [
            self.enrolled(one) for one in sorted(period.stream for period in self._tables.periods.values())
        ]

    def patient(self, number: int) -> Patient:
        """A patient by number; NotFoundError where there is none."""
        if number not in self._tables.patients:
            raise NotFoundError(f"there is no patient {number}")
        return self._tables.patients[number]

    def _period(self, stream: StreamId) -> ServicePeriod:
        for period in self._tables.periods.values():
            if period.stream == stream:
                return period
        raise NotFoundError(f"there is no stream {stream_name(stream)}")

    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T:
        """Run ``act`` in one transaction; what it raises undoes it all."""
        before = self._tables.copy()
        try:
            if self.failing is not None:
                raise self.failing
            return act(MemoryUnit(self._tables, actor, at))
        except BaseException:
            self._tables = before
            raise

    def declare_layout(
        self, stream: StreamId, layout: Layout, recording: int, origin: Instant | None, at: Instant
    ) -> None:
        """Fix the layout of a stream for good, audited; nothing to do if it is so already."""
        facts = self._tables.streams.get(stream)
        if facts is None:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        if facts.declared and (facts.layout, facts.recording, facts.origin) == (layout, recording, origin):
            return
        if self.failing is not None:
            raise self.failing
        unit = MemoryUnit(self._tables, f"transmitter {facts.transmitter}", at)
        unit.declare_layout(stream, layout, recording, origin)

    def declare_layout_soon(
        self,
        stream: StreamId,
        layout: Layout,
        recording: int,
        origin: Instant | None,
        at: Instant,
        done: Callable[[StoreError | None], None],
    ) -> None:
        """The same; ``done`` is told whether it was stored."""
        failure: StoreError | None = None
        try:
            self.declare_layout(stream, layout, recording, origin, at)
        except StoreError as error:
            failure = error
        self._deliver(lambda: done(failure))

    def record_events(self, events: Iterable[StreamEvent], done: Callable[[StoreError | None], None]) -> None:
        """Store events, all or none; a repeated number changes nothing."""
        kept = list(events)
        failure = self.failing
        last: dict[StreamId, int] = {}
        for event in kept:
            before = last.get(event.stream, self.last_event(event.stream))
            if event.stream not in self._tables.streams:
                failure = failure or StoreError(f"there is no stream {stream_name(event.stream)}")
            elif event.number > before + 1:
                skipped = f"event {event.number} came before {before + 1}"
                failure = failure or StoreError(f"{stream_name(event.stream)}: {skipped}")
            last[event.stream] = max(before, event.number)
        if failure is None:
            for event in kept:
                self._put_event(event)
        self._deliver(lambda: done(failure))

    def _put_event(self, event: StreamEvent) -> None:
        held = self._events.setdefault(event.stream, {})
        if event.number in held:
            return
        held[event.number] = event
        if event.kind == "mark":
            self._tables.marked.add(event.stream)
        if event.kind != "status":
            actor = f"transmitter {self._tables.streams[event.stream].transmitter}"
            detail: dict[str, object] = {"number": event.number, "sample": event.sample, **event.body}
            unit = MemoryUnit(self._tables, actor, event.received)
            unit.audit(f"event.{event.kind}", stream_name(event.stream), detail)

    def record_fixes(self, fixes: Iterable[ClockFix]) -> None:
        """Store clock fixes, best effort."""
        for fix in fixes:
            if self.failing is None and fix.stream in self._tables.streams:
                self._fixes.setdefault(fix.stream, {}).setdefault((fix.sample, fix.at), fix)

    def record_findings(
        self, news: Iterable[News], version: str, at: Instant, done: Callable[[StoreError | None], None]
    ) -> None:
        """Keep what changed among findings, all of it or nothing."""
        del version  # nobody asks for it here
        failure = self.failing
        kept = list(news)
        if any(one.stream not in self._tables.streams for one in kept):
            failure = failure or UnfitError("findings of a stream that is not here")
        for one in kept if failure is None else ():
            _keep(self._findings.setdefault(one.stream, {}), one, at)
        done(failure)

    def findings(
        self, stream: StreamId, start: int = 0, stop: int = 2**62, limit: int = 10_000
    ) -> list[LiveFinding]:
        """A stream's findings that overlap samples ``[start, stop)``, by onset; the first ``limit``."""
        return self.asked_findings(stream, Asked(start, stop, limit))

    def asked_findings(self, stream: StreamId, asked: Asked) -> list[LiveFinding]:
        """The findings of a stream that are asked for, by onset and key."""
        found = [
            one
            for one in self._findings.get(stream, {}).values()
            if one.start < asked.stop
            and (one.end is None or one.end >= asked.start)
            and (asked.gave_way or not _gave_way(one))
            and (asked.kinds is None or one.finding.kind.code in asked.kinds)
            and (asked.after is None or (one.start, one.key) > asked.after)
        ]
        return sorted(found, key=lambda one: (one.start, one.key))[: asked.limit]

    def finding_stamp(self, stream: StreamId, start: int, stop: int) -> tuple[int, int]:
        """Two numbers that change when a finding that touches ``[start, stop)`` comes, changes or goes."""
        found = [
            (one.start, -1 if one.end is None else one.end, one.state, one.kind)
            for one in self._findings.get(stream, {}).values()
            if one.start < stop and (one.end is None or one.end >= start)
        ]
        return len(found), crc32(repr(sorted(found)).encode())

    def last_event(self, stream: StreamId) -> int:
        """The highest event number that is stored for a stream, 0 for none."""
        return max(self._events.get(stream, {}), default=0)

    def events(
        self, stream: StreamId, kinds: Iterable[str] = ("mark", "hole"), start: int = 0, stop: int = 2**62
    ) -> list[StreamEvent]:
        """A stream's events of some kinds tied to samples ``[start, stop)``, by sample and number."""
        wanted = set(kinds)
        held = self._events.get(stream, {}).values()
        found = [event for event in held if event.kind in wanted and start <= event.sample < stop]
        return sorted(found, key=lambda event: (event.sample, event.number))

    def last_status(self, stream: StreamId) -> StreamEvent | None:
        """A stream's newest status, or None."""
        statuses = self.events(stream, ("status",))
        return max(statuses, key=lambda event: event.number, default=None)

    def holes(self, stream: StreamId) -> list[tuple[int, int, str]]:
        """(start, stop, cause) of each hole that the transmitter declared."""
        return [
            (
                event.sample,
                int(str(event.body.get("stop", event.sample))),
                str(event.body.get("cause", "other")),
            )
            for event in self.events(stream, ("hole",))
        ]

    def fixes(self, stream: StreamId) -> list[ClockFix]:
        """A stream's clock fixes, by sample."""
        return [fix for _, fix in sorted(self._fixes.get(stream, {}).items())]

    def fix_before(self, stream: StreamId, sample: float = 2.0**62) -> ClockFix | None:
        """The last clock fix before a sample."""
        return next((fix for fix in reversed(self.fixes(stream)) if fix.sample < sample), None)

    def ended_since(self, since: Instant, limit: int) -> list[tuple[StreamId, Instant]]:
        """Streams whose service period ended at ``since`` or later and when; the last ``limit``, newest
        first."""
        found = [
            (period.ended, period.stream)
            for period in self._tables.periods.values()
            if period.ended is not None and period.ended >= since
        ]
        return [(stream, ended) for ended, stream in sorted(found, reverse=True)[:limit]]

    def timeline(self, stream: StreamId) -> Timeline:
        """Sample index against center time of a stream; NotFoundError where there is no such."""
        facts = self._tables.streams.get(stream)
        if facts is None:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        fixes = (Fix(fix.sample, fix.at, fix.uncertainty) for fix in self.fixes(stream))
        return Timeline(facts.layout.rate_hz, facts.origin, fixes)

    def audit(self, after: int = 0, limit: int = 1000) -> list[AuditLine]:
        """At most ``limit`` audit lines numbered above ``after``, in order."""
        return [line for line in self._tables.audit if line.seq > after][:limit]
