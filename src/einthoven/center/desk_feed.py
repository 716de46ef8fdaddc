"""From what the analysis finds to what a technician is asked about: facts with the tier they meet (R10, R21).

For each stream whose findings changed, and for each open one that goes on long enough to meet more, the
patient's criteria are asked again. What is handed on is every fact that is new or different, once. A finding
that the ward no longer knows although it was open, or ended a moment ago, gave way to another analysis of the
same samples: it is handed on as withdrawn, never forgotten.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from einthoven.base.ids import StreamId
from einthoven.base.instants import MINUTE, SECOND, Duration, Instant
from einthoven.base.thresholds import Thresholds, shipped
from einthoven.center.analysed import BY_INTERVAL, Reach
from einthoven.center.found import LiveFinding
from einthoven.escalation.criteria import Judgement, judge, met_after, rank
from einthoven.escalation.measures import Context, Found, beats_so_far, in_ms
from einthoven.review.facts import FindingFact, FindingState, Met, Priority, Tier

KEPT: Duration = 9 * MINUTE
"""The ward keeps what ended for 10 minutes; one that is missing sooner gave way."""
RUNS: Duration = 60 * MINUTE
FIBRILLATION = frozenset({"atrial-fibrillation", "atrial-flutter"})
RUN_KINDS = frozenset(
    {"nonsustained-ventricular-tachycardia", "ventricular-run", "ventricular-tachycardia"}
    | {"sustained-ventricular-tachycardia", "torsade-de-pointes"}
)
NEAR_SYMPTOM: Duration = 2 * MINUTE
"""A mark belongs to what was found this long before and after it."""
SILENT: Duration = 10 * SECOND
"""Where nothing was analysed for so long, what is open counts as going on: that it ended is not known."""


class Findings(Protocol):
    """The part of the ward that tells findings."""

    def findings(self, stream: StreamId) -> Sequence[LiveFinding]:
        """Open ones and those that ended in the last 10 minutes, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Background:
    """What is known of a patient besides the ECG; None wherever it is not known.

    Attributes:
        table: the criteria in force.
        until: when others come into force that are signed by now; None: none are.
        known_af, first_af, at_risk, has_pacer, night: see ``escalation.measures.Context``.
        marks: instants of the patient's marks near now.
    """

    table: Thresholds
    until: Instant | None = None
    known_af: bool | None = None
    first_af: bool | None = None
    at_risk: bool | None = None
    has_pacer: bool | None = None
    night: bool | None = None
    marks: tuple[Instant, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """A finding by the criteria of one version: the first one's from its onset, any other's as if it had
    begun when they came into force (``since``)."""

    since: Instant
    table: Thresholds
    found: Found
    context: Context
    judged: Judgement

    @property
    def met_at(self) -> Instant | None:
        """When its criteria were met in the ECG: the first leg of its case begins there."""
        if self.judged.worst is None:
            return None
        after = met_after(self.found, self.table, self.context, self.judged.worst)
        return self.since + round(after * SECOND)

    @property
    def again(self) -> Instant | None:
        """When time alone may make more of it."""
        seconds = self.judged.again_s
        return None if seconds is None else self.since + round(seconds * SECOND)


@dataclass(slots=True)
class _Known:
    """What was handed on of one stream: the facts by key, and when runs began in the last hour."""

    facts: dict[str, FindingFact] = field(default_factory=dict)
    runs: dict[str, Instant] = field(default_factory=dict)


class Feed:
    """Facts of findings, as they change. All calls on the event loop.

    Args:
        ward: tells findings.
        changed: the streams whose findings changed since the last call (``Boards.follow``).
        time_of: center time at which a sample was acquired.
        background: what else is known of a patient at an instant (stream, onset).
        measured: the limits that the analysis measured with, by key; the shipped ones by default.
        taught: what people judged of the beats that a finding rests on, where that speaks against it.
        failed: hears of a defect in judging a finding, which is judged again a second later.
        reach: up to which sample an open finding is known to last; None where only center time tells.
    """

    def __init__(
        self,
        ward: Findings,
        changed: Callable[[], Iterable[StreamId]],
        time_of: Callable[[StreamId, float], Instant | None],
        background: Callable[[StreamId, Instant], Background],
        measured: Mapping[str, float] | None = None,
        taught: Callable[[StreamId, LiveFinding], str] = lambda _stream, _one: "",
        failed: Callable[[str, Exception], None] = lambda _what, _error: None,
        reach: Reach = lambda _stream, _one: None,
    ) -> None:
        self._taught = taught
        self._reach = reach
        self._measured = shipped().values() if measured is None else measured
        self._ward = ward
        self._changed = changed
        self._time_of = time_of
        self._background = background
        self.failed = failed
        self._known: dict[StreamId, _Known] = {}
        self._again: list[tuple[Instant, StreamId]] = []

    def look_again(self, streams: Iterable[StreamId], now: Instant) -> None:
        """Criteria, marks or what else is known of these patients changed."""
        for stream in streams:
            heapq.heappush(self._again, (now, stream))

    def near(self, stream: StreamId, at: Instant) -> bool | None:
        """Whether something that is no mere rhythm of the record lies near an instant."""
        known = self._known.get(stream)
        return known is not None and any(
            not fact.withdrawn
            and fact.priority is not Priority.NONE
            and fact.start_at <= at + NEAR_SYMPTOM
            and (fact.end_at is None or fact.end_at >= at - NEAR_SYMPTOM)
            for fact in known.facts.values()
        )

    def take(self, now: Instant) -> list[FindingFact]:
        """Facts that are new or different since the last call, stream by stream, by onset."""
        due = dict.fromkeys(self._changed())
        while self._again and self._again[0][0] <= now:
            due[heapq.heappop(self._again)[1]] = None
        return [fact for stream in due for fact in self._of(stream, now)]

    def _of(self, stream: StreamId, now: Instant) -> list[FindingFact]:
        known = self._known.setdefault(stream, _Known())
        told: list[FindingFact] = []
        seen: set[str] = set()
        again: Instant | None = None
        standing = sorted(self._ward.findings(stream), key=lambda one: (one.start, one.key))
        for one in standing:
            try:
                fact, later = self._fact(stream, one, known, now)
            except Exception as error:  # noqa: BLE001 - a defect with one finding: told; the others are judged
                self.failed("finding", error)
                seen.add(one.id)
                fact, later = None, now + SECOND
            if later is not None:
                again = later if again is None else min(again, later)
            if fact is None:
                continue
            seen.add(fact.key)
            if known.facts.get(fact.key) != fact:
                known.facts[fact.key] = fact
                told.append(fact)
        for key in [key for key in known.facts if key not in seen]:
            before = known.facts.pop(key)
            if not before.withdrawn and (before.end_at is None or before.end_at > now - KEPT):
                gone = replace(before, state=FindingState.WITHDRAWN, end_at=before.end_at or now)
                told.append(replace(gone, reason="another analysis of the same samples stands in its place"))
        if not known.facts:
            del self._known[stream]
        if again is not None:
            heapq.heappush(self._again, (again, stream))
        return told

    def _fact(
        self, stream: StreamId, one: LiveFinding, known: _Known, now: Instant
    ) -> tuple[FindingFact | None, Instant | None]:
        """A finding as a fact, and when time alone may make more of it; nothing while its time is unknown."""
        start_at = self._time_of(stream, one.start)
        if start_at is None:
            return None, now + SECOND
        end_at = None if one.end is None else self._time_of(stream, one.end)
        until = max(start_at, self._until(stream, one, now) if end_at is None else end_at)
        parts, changes = self._parts(stream, one, known, start_at, until)
        part = max(parts, key=lambda each: rank(each.judged.worst))  # of equals the first
        turns = [turn for each in parts if (turn := each.again) is not None]
        if changes is not None and one.state == "open":
            turns.append(changes)
        again = min(turns, default=None)
        if again is not None and again <= now:  # the analysis has not come so far yet
            again = now + SECOND
        before = known.facts.get(one.id)
        tier = tier_of(part.judged)
        met_at = before.met_at if before is not None and before.tier is tier else part.met_at
        first, last = one.strip
        withdrawal = one.withdrawal
        return (
            FindingFact(
                key=one.id,
                stream=stream,
                kind=one.kind,
                title=one.words,
                state=FindingState(one.state),
                start_at=start_at,
                end_at=end_at,
                tier=tier,
                priority=Priority(one.priority),
                met=met_of(part.judged),
                late=one.late,
                in_af=one.kind not in FIBRILLATION and self._in_af(known, start_at),
                start=first,
                stop=last,
                reason="" if withdrawal is None else withdrawal.words,
                met_at=met_at,
                criteria_at=None if part is parts[0] else part.since,
                taught=self._taught(stream, one),
            ),
            again,
        )

    def _until(self, stream: StreamId, one: LiveFinding, now: Instant) -> Instant:
        """Up to when an open finding is known to last."""
        reach = self._reach(stream, one)
        at = None if reach is None else self._time_of(stream, reach)
        return now if at is None or at < now - SILENT else min(at, now)

    def _parts(
        self, stream: StreamId, one: LiveFinding, known: _Known, start_at: Instant, until: Instant
    ) -> tuple[list[_Part], Instant | None]:
        """A finding by every version of the criteria that was in force while it went on, the oldest first;
        and when the next comes into force.

        What is prescribed counts from a moment on: of what goes on then, the time before is not counted by
        it. And it takes nothing back that the version before it made of the same finding. An interval between
        two beats is one event, of the moment at which it began.
        """
        background = self._background(stream, start_at)
        parts = [self._part(one, known, background, start_at, start_at, until)]
        if BY_INTERVAL in one.values:
            return parts, None
        while background.until is not None and background.until < until:
            since = background.until
            background = self._background(stream, since)
            parts.append(self._part(one, known, background, start_at, since, until))
        return parts, background.until

    def _part(
        self,
        one: LiveFinding,
        known: _Known,
        background: Background,
        start_at: Instant,
        since: Instant,
        until: Instant,
    ) -> _Part:
        found = Found(
            one.kind,
            one.values,
            (until - since) / SECOND,
            open=one.state == "open",
            interrupted=one.state == "interrupted",
            measured=self._measured,
        )
        context = self._context(one, known, background, start_at, until - start_at)
        judged = judge(found, background.table, context)
        if found.open:
            by_now = judge(_ended_now(found), background.table, context)
            judged = replace(by_now, again_s=judged.again_s)
        return _Part(since, background.table, found, context, judged)

    def _context(
        self, one: LiveFinding, known: _Known, background: Background, at: Instant, lasts: Duration
    ) -> Context:
        if one.kind in RUN_KINDS and one.state != "withdrawn":
            known.runs[one.id] = at
        known.runs = {key: began for key, began in known.runs.items() if began > at - RUNS}
        near = (mark for mark in background.marks if at - NEAR_SYMPTOM <= mark <= at + lasts + NEAR_SYMPTOM)
        return Context(
            symptom=any(True for _ in near),
            night=background.night,
            known_af=background.known_af,
            first_af=background.first_af,
            at_risk=background.at_risk,
            has_pacer=background.has_pacer,
            runs_last_hour=len(known.runs),
        )

    @staticmethod
    def _in_af(known: _Known, at: Instant) -> bool:
        return any(
            fact.kind in FIBRILLATION
            and not fact.withdrawn
            and fact.start_at <= at
            and (fact.end_at is None or fact.end_at > at)
            for fact in known.facts.values()
        )


def _ended_now(found: Found) -> Found:
    """An open finding as if it ended now: what may come of it yet is asked when it does.

    An interval is as long as it has lasted, a run has as many beats as ``measures`` says fit into it: both
    are told anew only at the end, and a tachycardia of 15 beats is called about while it goes on.
    """
    now = dict(found.values)
    interval = found.number("rr_ms")
    if interval is not None:
        now["rr_ms"] = max(interval, in_ms(found.duration_s))
    if found.number("beats") is not None:
        now["beats"] = beats_so_far(found).low
    return replace(found, open=False, values=now)


def tier_of(judged: Judgement) -> Tier | None:
    """The tier to act by: what is not ruled out counts as met until it is known."""
    worst = judged.worst
    return None if worst in (None, "detect") else Tier(worst)


def met_of(judged: Judgement) -> tuple[Met, ...]:
    """What was met, and what could not be decided, as a technician reads it."""
    met = [
        Met(
            one.criterion,
            Tier(one.tier),
            1.0 if one.value is None else one.value,
            1.0 if one.limit is None else one.limit,
            one.unit if one.limit is not None else "flag",
            one.words,
        )
        for one in judged.met
        if one.tier != "detect"
    ]
    open_still = [
        Met(one.criterion, Tier(one.tier), 0.0, 0.0, "", one.words)
        for one in judged.undecided
        if one.tier != "detect"
    ]
    return (*met, *open_still)
