"""What is no finding of the heart: the patient's marks, and conditions of the equipment (R3, R4, R19).

Silence is a finding: no data, a lost link, leads that are off, a low battery and a clock that is off are
watched here, each told when it begins, when it becomes graver by the patient's criteria, and when it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

from einthoven.base.deeds import Deed
from einthoven.base.ids import StreamId
from einthoven.base.instants import MILLISECOND, MINUTE, SECOND, Duration, Instant
from einthoven.center.census import QUALITY_LEAD_OFF
from einthoven.center.desk_books import Books
from einthoven.center.desk_feed import Background, met_of, tier_of
from einthoven.center.patient_notes import NOTED
from einthoven.center.ports import StreamEvent
from einthoven.escalation.calendar import is_night
from einthoven.escalation.criteria import judge_symptom, judge_technical
from einthoven.escalation.measures import Context
from einthoven.escalation.moved import MOVED, pairs
from einthoven.escalation.prescribing import LENT, SIGNED, TEMPLATE_SIGNED
from einthoven.review.facts import FindingFact, FindingState, Priority, Symptom, symptom_fact
from einthoven.review.grouping import CONDITIONS

EVERY = 5
"""Seconds between two looks at a patient's equipment: what is watched here lasts for minutes."""
SILENT: Duration = 10 * SECOND
CLOCK_OFF: Duration = 2 * SECOND
"""A sample dated so long after it came is not of its time: the transmitter's clock is off.
A clock that is behind shows as no data."""
LATE: Duration = MINUTE
"""A mark that came so long after it was made came through the backlog."""
SEVERITIES = ("unknown", "mild", "moderate", "severe")
MARKS_KEPT = 20
"""Marks of a patient held, to be found near a finding."""

States: TypeAlias = Callable[[StreamId, Instant], Mapping[str, Any] | None]
BackgroundOf: TypeAlias = Callable[[StreamId, Instant], Background]


def background(books: Books, marks: Marks, stream: StreamId, at: Instant) -> Background:
    """What is known of a patient besides the ECG."""
    notes = books.notes.of(stream)
    criteria = books.criteria.in_force(stream, notes.practice, at)
    return Background(
        criteria.table,
        books.criteria.change_after(stream, notes.practice, at),
        known_af=notes.known_af,
        at_risk=notes.at_risk,
        has_pacer=notes.has_pacer,
        night=is_night(notes.zone, at) if notes.zone else None,
        marks=marks.of(stream),
    )


def concerned(books: Books, deed: Deed) -> list[StreamId]:
    """Whose findings a deed may make more of: criteria were signed or lent, something was noted of a patient.

    ``desk_feed.Feed.look_again`` judges what stands of them once more; a form that waits changes nothing.
    """
    body = cast("Mapping[str, Any]", deed.body)
    if deed.kind in (SIGNED, LENT, NOTED):
        return [body["stream"]]
    if deed.kind == TEMPLATE_SIGNED:
        return [stream for stream, one in books.notes.notes.items() if one.practice == body["practice"]]
    if deed.kind == MOVED:
        return [stream for stream, _ in pairs(body["moves"])]
    return []


class Marks:
    """Marks of patients as facts, as they become durable.

    Args:
        time_of: center time at which a sample was acquired.
        background: what else is known of a patient at an instant.
        near: whether the analysis found an arrhythmia near an instant; None: not known.

    Attributes:
        heard: told whose mark came, for what lies near it to be judged anew: a symptom may make more of it.
    """

    def __init__(
        self,
        time_of: Callable[[StreamId, float], Instant | None],
        background: BackgroundOf,
        near: Callable[[StreamId, Instant], bool | None],
    ) -> None:
        self._time_of = time_of
        self._background = background
        self._near = near
        self.failed: Callable[[str, Exception], None] = lambda _what, _error: None
        self.heard: Callable[[Iterable[StreamId], Instant], None] = lambda _streams, _now: None
        self._waiting: list[StreamEvent] = []
        self._at: dict[StreamId, list[Instant]] = {}

    def event(self, event: StreamEvent) -> None:
        """A durable event; those that are no marks are passed over."""
        if event.kind == "mark":
            self._waiting.append(event)

    def of(self, stream: StreamId) -> tuple[Instant, ...]:
        """When a patient pressed, lately."""
        return tuple(self._at.get(stream, ()))

    def take(self, now: Instant) -> list[FindingFact]:
        """Marks that came since the last call; one that a defect keeps back comes with a later call."""
        events, self._waiting = self._waiting, []
        told = []
        for event in events:
            try:
                told.append(self._fact(event))
                self.heard((event.stream,), now)
            except Exception as error:  # noqa: BLE001 - a defect with one mark: told; the others are judged
                self.failed("mark", error)
                self._waiting.append(event)
        return told

    def _fact(self, event: StreamEvent) -> FindingFact:
        stream, body = event.stream, event.body
        told = self._time_of(stream, event.sample)
        at = event.received if told is None else min(told, event.received)
        held = self._at.setdefault(stream, [])
        if at not in held:
            held.append(at)
            del held[:-MARKS_KEPT]
        word, severity = str(body.get("symptom", "")), str(body.get("severity", ""))
        context = Context(arrhythmia=self._near(stream, at))
        judged = judge_symptom(word, self._background(stream, at).table, context)
        mark = Symptom(
            word,
            SEVERITIES.index(severity) if severity in SEVERITIES else 0,
            str(body.get("activity", "")),
            str(body.get("text", "")),
        )
        late = event.received - at > LATE and "call" not in body  # a strip by telephone is of before
        return symptom_fact(stream, event.number, at, mark, tier_of(judged), met_of(judged), late)


class Conditions:
    """Conditions of the equipment as facts: told when they begin, become graver, and are over.

    Args:
        streams: the patients whose service period is open.
        state_of: the census' state of one (``census.state``).
        background: what else is known of a patient at an instant.
        ahead: by how much the newest sample is dated after it came (``census.ahead``).
    """

    def __init__(
        self,
        streams: Callable[[], Iterable[StreamId]],
        state_of: States,
        background: BackgroundOf,
        ahead: Callable[[StreamId], Duration] = lambda _stream: 0,
    ) -> None:
        self._ahead = ahead
        self._streams = streams
        self._state_of = state_of
        self._background = background
        self._open: dict[tuple[StreamId, str], FindingFact] = {}
        self._second = -1

    def resume(self, facts: Iterable[FindingFact]) -> None:
        """Conditions that an earlier life told and that nobody has said to be over."""
        for fact in facts:
            if fact.kind in WATCHED and not fact.over:
                self._open[fact.stream, fact.kind] = fact

    def take(self, now: Instant) -> list[FindingFact]:
        """What changed; each patient is looked at every ``EVERY`` seconds."""
        second = now // SECOND
        if second == self._second:
            return []
        self._second = second
        here = set(self._streams())
        told = [
            fact
            for stream in sorted(here)
            if stream % EVERY == second % EVERY
            for fact in self._of(stream, now)
        ]
        gone = [key for key in self._open if key[0] not in here]
        return told + [self._over(key, now) for key in gone]

    def _of(self, stream: StreamId, now: Instant) -> list[FindingFact]:
        state = self._state_of(stream, now)
        if state is None:
            return []
        background = self._background(stream, now)
        holds = _holding(state, background.table["technical.urgent.battery_pct"], now)
        if self._ahead(stream) > CLOCK_OFF:
            holds["clock"] = (now, None)
        told = []
        for kind in CONDITIONS:
            key = (stream, kind)
            known = self._open.get(key)
            if kind in holds:
                fact = self._held(stream, kind, holds[kind], known, background, now)
                if known is None or fact.tier is not known.tier:
                    self._open[key] = fact
                    told.append(fact)
            elif known is not None and kind in WATCHED:
                told.append(self._over(key, now))
        return told

    def _held(
        self,
        stream: StreamId,
        kind: str,
        since: tuple[Instant, float | None],
        known: FindingFact | None,
        background: Background,
        now: Instant,
    ) -> FindingFact:
        start = since[0] if known is None else known.start_at
        value = (now - start) / SECOND if since[1] is None else since[1]
        judged = judge_technical(kind, value, background.table, Context(at_risk=background.at_risk))
        return FindingFact(
            f"{kind}-{start}" if known is None else known.key,
            stream,
            kind,
            CONDITIONS[kind].title,
            FindingState.OPEN,
            start,
            tier=tier_of(judged),
            priority=Priority.LOW,
            met=met_of(judged),
        )

    def _over(self, key: tuple[StreamId, str], now: Instant) -> FindingFact:
        known = self._open.pop(key)
        return replace(known, state=FindingState.CLOSED, end_at=max(now, known.start_at))


WATCHED = frozenset({"no-data", "gateway-off", "lead-off", "battery", "clock"})
"""The conditions that are looked for here."""


def _holding(
    state: Mapping[str, Any], battery_pct: float, now: Instant
) -> dict[str, tuple[Instant, float | None]]:
    """The conditions that hold: since when, and a value where it is not the time they last."""
    found: dict[str, tuple[Instant, float | None]] = {}
    newest, battery, leads = state.get("newest_ms"), state.get("battery"), state.get("leads")
    if newest is not None and now - newest * MILLISECOND > SILENT:
        found["no-data"] = (newest * MILLISECOND, None)
    if state.get("link") == "lost" and state.get("link_since_ms") is not None:
        found["gateway-off"] = (int(state["link_since_ms"]) * MILLISECOND, None)
    if isinstance(leads, Sequence) and any(lead["quality"] == QUALITY_LEAD_OFF for lead in leads):
        found["lead-off"] = (now, None)
    if battery is not None and battery < battery_pct:
        found["battery"] = (now, float(battery))
    return found
