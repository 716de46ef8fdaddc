"""The census: the current state of every stream (R4, R9, R44); ``live_news`` tells the screens of it.

Two kinds of fields:

* **slow** ones (patient, transmitter, link, battery, mark, period, findings) change by events, each of which
  is told;
* **fast** ones (heart rate, rhythm, signal quality, age, backlog, stored) are computed when somebody looks,
  at most once a second: 10,000 patients cost nothing but those that are looked at.

The counts over all patients (``center``) are array operations. Pure of I/O and of clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import MILLISECOND, SECOND, Duration, Instant
from einthoven.base.layout import Lead
from einthoven.center.live_findings import FindingNews, FindingSource, NoFindings
from einthoven.center.live_rows import Rows, grown
from einthoven.center.ports import StreamEvent, StreamFacts

QUALITY_LEAD_OFF = 3
QUALITY_UNKNOWN = 255
SIGNS_STALE = 10 * SECOND
"""Heart rate and signal quality are unknown when nothing newer than this came: unknown is never shown as
normal."""
SILENT = 3 * SECOND
"""Without a new sample this long a stream counts as silent (its tile is greyed at the same age)."""

TimeOf: TypeAlias = Callable[[StreamId, float], Instant | None]
State: TypeAlias = dict[str, object]


class VitalSigns(Protocol):
    """What the census reads of the ward's ``Vitals``."""

    @property
    def heart_rate_bpm(self) -> float | None:
        """Heart rate, None while unknown."""
        ...

    @property
    def quality(self) -> Sequence[int]:
        """Quality code of each lead."""
        ...

    @property
    def stored(self) -> bool:
        """Whether the newest samples are durable (False: "live, not stored")."""
        ...


class VitalsSource(Protocol):
    """The part of the ward that the census reads."""

    def vitals(self, stream: StreamId) -> VitalSigns | None:
        """The present state of a stream, None when it is not in the ward."""
        ...


@dataclass(slots=True)
class Entry:
    """One stream of the census."""

    facts: StreamFacts
    row: int
    slow: State
    session: int = 0
    lead_off: int = 0
    told: Instant | None = None
    backlog_s: float = 0.0
    fast: State = field(default_factory=dict)
    looked: int = -1
    changed: int = -1


class Census:
    """The state of every stream. All calls on one thread (the event loop).

    Args:
        ward: where heart rate and signal quality come from.
        time_of: center time at which a sample was acquired.
        at: now, for the center's own ``since_ms``; what is known of before counts as received by then.
        findings: where findings and rhythms come from.
    """

    def __init__(
        self, ward: VitalsSource, time_of: TimeOf, at: Instant, findings: FindingSource | None = None
    ) -> None:
        self._ward = ward
        self._findings = FindingNews(findings or NoFindings(), time_of)
        self._time_of = time_of
        self._entries: dict[StreamId, Entry] = {}
        self._streams: tuple[StreamId, ...] | None = None
        self._open_streams: tuple[StreamId, ...] | None = None
        self._rows = Rows()
        self._front = np.zeros(64, np.int64)
        self._received = np.zeros(64, np.int64)
        self._open = np.zeros(64, np.bool_)
        self._connected = np.zeros(64, np.bool_)
        self._storing = "ok"
        self._since = self.began = at
        self._unsaved: Instant | None = None
        self._waiting = 0
        self._clock = "ok"
        self._behind_s = 0.0
        self.on_change: Callable[[StreamId, State | None], None] = lambda _stream, _fields: None
        """Called with every change of slow fields; a whole state for a new stream, None for a removed one."""

    # ---- what happens ------------------------------------------------------------------------------------

    def admit(self, facts: StreamFacts, front: int = 0, received: Instant = 0) -> None:
        """A stream that is new, or whose facts changed (layout declared, period ended).

        Args:
            front, received: one past its newest sample, and when that came, where known after a restart.
        """
        stream = facts.stream
        row = self._rows.add(stream)
        self._make_room()
        self._open[row] = facts.open and not facts.telephone
        self._open_streams = None
        entry = self._entries.get(stream)
        if entry is None:
            self._front[row], self._received[row] = front, received
            self._connected[row] = False
            self._streams = None
            entry = self._entries[stream] = Entry(facts, row, _unheard(facts))
            self._findings.ask(stream)
            self.on_change(stream, self._whole(entry, received))
            return
        layout_changed = entry.facts.layout != facts.layout
        entry.facts = facts
        self._tell(entry, _named(facts))
        if layout_changed:
            entry.looked = -1
            self.on_change(stream, {"leads": self._leads(entry, fresh=False)})

    def discharge(self, stream: StreamId) -> None:
        """The stream is no longer shown at all."""
        entry = self._entries.pop(stream, None)
        if entry is not None:
            self._streams = self._open_streams = None
            self._open[entry.row] = self._connected[entry.row] = False
            self._rows.remove(stream)
            self.on_change(stream, None)

    def link_up(self, stream: StreamId, at: Instant, session: int = 0) -> None:
        """The transmitter is connected, by the connection ``session``."""
        entry = self._entries.get(stream)
        if entry is None:
            return
        entry.session = session
        self._connected[entry.row] = True
        self._tell(entry, {"link": "connected", "link_since_ms": at // MILLISECOND, "link_reason": None})

    def link_down(self, stream: StreamId, at: Instant, reason: str, session: int = 0) -> None:
        """The connection is lost; the end of one that a newer has replaced says nothing."""
        entry = self._entries.get(stream)
        if entry is None or entry.session != session:
            return
        self._connected[entry.row] = False
        self._tell(entry, {"link": "lost", "link_since_ms": at // MILLISECOND, "link_reason": reason})

    def event(self, event: StreamEvent) -> None:
        """A mark or a status of the transmitter; other kinds are passed over."""
        entry = self._entries.get(event.stream)
        if entry is None:
            return
        body = event.body
        if event.kind == "mark":
            at = self._time_of(event.stream, event.sample)
            mark = {
                "sample": event.sample,
                "symptom": str(body.get("symptom", "")),
                "at_ms": (event.received if at is None else at) // MILLISECOND,
            }
            self._tell(entry, {"mark": mark})
        elif event.kind == "status":
            battery, lead_off = body.get("battery"), body.get("lead_off")
            entry.lead_off = lead_off if isinstance(lead_off, int) else 0
            entry.told = event.received
            entry.looked = -1
            self._tell(entry, {"battery": battery if isinstance(battery, int) else None})

    def arrived(
        self, streams: NDArray[np.int64], stops: NDArray[np.int64], received: NDArray[np.int64]
    ) -> None:
        """Blocks that the ward has taken in, int64[k] each; those that bring nothing newer change nothing."""
        rows = self._rows.of(streams)
        newer = (rows > 0) & (stops > self._front[rows])
        rows = rows[newer]
        np.maximum.at(self._front, rows, stops[newer])
        np.maximum.at(self._received, rows, received[newer])

    def find(self, now: Instant) -> None:
        """Tell of the findings that changed, and no more of those that ended a while ago."""
        for stream in self._findings.due(now):
            entry = self._entries.get(stream)
            if entry is not None:
                self._tell(entry, {"findings": self._findings.told(stream, now)})

    def backlog(self, stream: StreamId, seconds: float) -> None:
        """How many seconds of signal the transmitter still holds that the center has not got."""
        entry = self._entries.get(stream)
        if entry is not None:
            entry.backlog_s = seconds

    def storing(self, state: str, at: Instant) -> None:
        """Whether samples are being stored: ``"ok"``, ``"full"`` or ``"failing"``, since ``at``."""
        if state != self._storing:
            self._storing, self._since = state, at

    def keeping(self, refused: Instant | None, waiting: int) -> None:
        """Since when findings cannot be saved, None while they can, and how many changes of them wait."""
        self._unsaved, self._waiting = refused, waiting

    def clock(self, state: str) -> None:
        """``"ok"`` or what happened to the center's clock, in words."""
        self._clock = state

    def behind(self, seconds: float) -> None:
        """How far the live analysis is behind what was received."""
        self._behind_s = seconds

    # ---- what is so --------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, stream: StreamId) -> bool:
        return stream in self._entries

    def streams(self) -> tuple[StreamId, ...]:
        """The streams, in the order admitted."""
        if self._streams is None:
            self._streams = tuple(self._entries)
        return self._streams

    def open_streams(self) -> tuple[StreamId, ...]:
        """Those of them whose service period is open and whose transmitter is to send all the time: nobody
        watches a patient whose strips come by telephone, who is in no count and never silent (R7)."""
        if self._open_streams is None:
            entries = self._entries.items()
            self._open_streams = tuple(
                stream for stream, entry in entries if entry.facts.open and not entry.facts.telephone
            )
        return self._open_streams

    def by_telephone(self) -> list[StreamId]:
        """Those of open periods whose strips come by telephone."""
        entries = self._entries.items()
        return [stream for stream, entry in entries if entry.facts.open and entry.facts.telephone]

    def facts(self, stream: StreamId) -> StreamFacts | None:
        """The facts of a stream as last admitted."""
        entry = self._entries.get(stream)
        return None if entry is None else entry.facts

    def state(self, stream: StreamId, now: Instant) -> State | None:
        """The whole state of a stream; its fast fields are at most one second old."""
        entry = self._entries.get(stream)
        return None if entry is None else self._whole(entry, now)

    def past(self, facts: StreamFacts, newest: Instant | None = None) -> State:
        """The same of a stream that has left the census, or is not in it: what its facts say.

        Args:
            newest: center time of its newest sample, where known.
        """
        leads = [_lead(lead, QUALITY_UNKNOWN) for lead in facts.layout.leads]
        return _unheard(facts) | _fast_fields(leads, None, newest, 0.0, True, None)

    def fast(self, stream: StreamId, now: Instant) -> tuple[State, int]:
        """The fast fields of a stream, at most one second old, and the second in which they last changed."""
        entry = self._entries.get(stream)
        if entry is None:
            return {}, -1
        self._refresh(entry, now)
        return entry.fast, entry.changed

    def center(self, now: Instant) -> State:
        """The state of the center, with counts over all open service periods but those by telephone.

        ``silent`` counts those that were heard since the start and have brought no new sample for ``SILENT``.
        """
        rows = slice(0, self._rows.size)
        open_, received = self._open[rows], self._received[rows]
        return {
            "storing": self._storing,
            "since_ms": self._since // MILLISECOND,
            "findings": "ok" if self._unsaved is None else "unsaved",
            "findings_since_ms": None if self._unsaved is None else self._unsaved // MILLISECOND,
            "findings_waiting": 0 if self._unsaved is None else self._waiting,
            "clock": self._clock,
            "patients": int(np.count_nonzero(open_)),
            "connected": int(np.count_nonzero(open_ & self._connected[rows])),
            "silent": int(np.count_nonzero(open_ & (received > 0) & (now - received > SILENT))),
            "behind_s": round(self._behind_s, 1),
        }

    def counts(self, streams: Iterable[StreamId], now: Instant) -> State:
        """The counts of ``center`` over these streams only, which are of open periods."""
        rows = [self._entries[stream].row for stream in streams if stream in self._entries]
        received = self._received[rows]
        return {
            "patients": len(rows),
            "connected": int(np.count_nonzero(self._connected[rows])),
            "silent": int(np.count_nonzero((received > 0) & (now - received > SILENT))),
        }

    def to_come(self) -> tuple[int, float]:
        """Of how many open periods the transmitter is known to hold samples that the center has not got, and
        seconds of them in all."""
        held = [entry.backlog_s for entry in self._entries.values() if entry.facts.open and entry.backlog_s]
        return len(held), sum(held)

    def _whole(self, entry: Entry, now: Instant) -> State:
        self._refresh(entry, now)
        return entry.slow | entry.fast

    def _refresh(self, entry: Entry, now: Instant) -> None:
        second = now // SECOND
        if entry.looked != second:
            entry.looked = second
            fast = self._fast(entry, now)
            if fast != entry.fast:
                entry.fast, entry.changed = fast, second

    def _fast(self, entry: Entry, now: Instant) -> State:
        stream = entry.facts.stream
        vitals = self._ward.vitals(stream)
        received = int(self._received[entry.row])
        front = int(self._front[entry.row])
        newest = self._newest(stream, front, received)
        fresh = now - received <= SIGNS_STALE
        signs = vitals if fresh else None
        fields = _fast_fields(
            self._leads(entry, signs, fresh=fresh),
            None if signs is None else signs.heart_rate_bpm,
            newest,
            entry.backlog_s,
            vitals is None or vitals.stored,
            entry.told,
        )
        if fresh:
            fields["rhythm"] = self._findings.rhythm(stream)
        return fields

    def _newest(self, stream: StreamId, front: int, received: Instant) -> Instant | None:
        """When the newest sample was acquired: never after it came, whatever the transmitter's clock says."""
        at = self._time_of(stream, front - 1) if front else None
        if at is None:
            return received or None
        return min(at, received or self.began)

    def ahead(self, stream: StreamId) -> Duration:
        """By how much the newest sample of a stream is dated after it came; 0 where it is not."""
        row = self._entries[stream].row
        front, received = int(self._front[row]), int(self._received[row])
        at = self._time_of(stream, front - 1) if front and received else None
        return 0 if at is None else max(0, at - received)

    def _leads(self, entry: Entry, signs: VitalSigns | None = None, *, fresh: bool) -> list[State]:
        """Name, calibration and quality of each lead; one that the transmitter says is off, is off while
        samples come."""
        found = () if signs is None else signs.quality
        leads: list[State] = []
        for index, lead in enumerate(entry.facts.layout.leads):
            quality = int(found[index]) if index < len(found) else QUALITY_UNKNOWN
            if fresh and entry.lead_off >> index & 1:
                quality = QUALITY_LEAD_OFF
            leads.append(_lead(lead, quality))
        return leads

    def _tell(self, entry: Entry, fields: State) -> None:
        changed = {name: value for name, value in fields.items() if entry.slow.get(name) != value}
        if changed:
            entry.slow |= changed
            self.on_change(entry.facts.stream, changed)

    def _make_room(self) -> None:
        size = self._rows.size
        self._front = grown(self._front, size)
        self._received = grown(self._received, size)
        self._open = grown(self._open, size)
        self._connected = grown(self._connected, size)


def _named(facts: StreamFacts) -> State:
    return {
        "patient": facts.patient,
        "transmitter": facts.transmitter,
        "rate_hz": facts.layout.rate_hz,
        "period": "open" if facts.open else "ended",
    }


def _lead(lead: Lead, quality: int) -> State:
    return {"name": lead.name, "gain": lead.gain, "baseline": lead.baseline, "quality": quality}


def _fast_fields(
    leads: list[State],
    rate: float | None,
    newest: Instant | None,
    backlog_s: float,
    stored: bool,
    told: Instant | None,
) -> State:
    return {
        "leads": leads,
        "hr": None if rate is None else round(rate),
        "rhythm": None,
        "newest_ms": None if newest is None else newest // MILLISECOND,
        "backlog_s": round(backlog_s, 1),
        "stored": stored,
        "status_ms": None if told is None else told // MILLISECOND,
    }


def _unheard(facts: StreamFacts) -> State:
    """The slow fields of a stream that nothing was heard of yet."""
    return {
        "id": stream_name(facts.stream),
        **_named(facts),
        "battery": None,
        "link": "never",
        "link_since_ms": None,
        "link_reason": None,
        "mark": None,
        "findings": [],
    }
