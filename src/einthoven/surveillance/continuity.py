"""The proof of uninterrupted surveillance: the continuity report, from deeds alone (R14, R15, R36).

A patient in service is *covered* at a moment if somebody was responsible then (a watch held), qualified and
signed in at a station in place, and that very station displayed the patient. The report gives, for any
period, the covered share of the time in service, 100.000 only where nothing is missing to the nanosecond, and
each exception.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from einthoven.base.deeds import Deed
from einthoven.base.errors import RefusedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Duration, Instant
from einthoven.base.spans import SpanSet
from einthoven.surveillance.incidents import Incident
from einthoven.surveillance.peer_watched import StatedWatchers
from einthoven.surveillance.qualification import Recognised, qualified, qualified_spans
from einthoven.surveillance.staff import StaffBook
from einthoven.surveillance.stations import StationBook, in_place
from einthoven.surveillance.watches import WatchBook

FOREVER: Instant = 1 << 62
UNEXPLAINED = "no incident says why"
"""The cause of an exception that no incident covers: a hole in the proof itself, shown as such."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """A stretch ``[start, stop)`` in which a patient in service was not covered.

    Attributes:
        incident: the incident that covers it, None where there is none.
        closed_by, closed_at, note: of that; ``""``, None while nobody closed it.
    """

    start: Instant
    stop: Instant
    cause: str
    incident: int | None = None
    closed_by: str = ""
    closed_at: Instant | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """Who was responsible in ``[start, stop)``, with what papers, where.

    Attributes:
        credentials: in force at the start: ``RN 12345 (issuer)``.
        station, site: names at the end of the deeds, the site with its address.
        territory: ISO 3166-1 code of the site's country or territory; ``""``: not known, at another center.
    """

    start: Instant
    stop: Instant
    person: int
    name: str
    credentials: tuple[str, ...]
    station: str
    site: str
    territory: str = ""


@dataclass(frozen=True, slots=True)
class Shares:
    """Of one patient, ns: time in service, of that with a watch held, on a display, and with both as asked.

    Attributes:
        start, stop: first and last moment of service in the stretch that was asked for.
    """

    start: Instant
    stop: Instant
    service: Duration
    held: Duration
    shown: Duration
    covered: Duration


@dataclass(frozen=True, slots=True)
class Row:
    """One patient: time in service and covered time in the period (ns), lapses, who watched; all in order."""

    stream: StreamId
    service: Duration
    covered: Duration
    lapses: tuple[Lapse, ...]
    watched: tuple[Watched, ...]

    @property
    def percent(self) -> str | None:
        """The share as text; None for a patient who was not in service."""
        return percent(self.covered, self.service)


@dataclass(frozen=True, slots=True)
class Continuity:
    """The report over ``[start, stop)``; ``stop`` is what was asked for, or how far things are proved."""

    start: Instant
    stop: Instant
    rows: tuple[Row, ...]

    @property
    def service(self) -> Duration:
        """Time in service of all patients, ns."""
        return sum(row.service for row in self.rows)

    @property
    def covered(self) -> Duration:
        """Covered time of all patients, ns."""
        return sum(row.covered for row in self.rows)

    @property
    def percent(self) -> str | None:
        """The share over all patients."""
        return percent(self.covered, self.service)


def percent(part: Duration, whole: Duration) -> str | None:
    """``part`` of ``whole`` with three decimals, cut off, never rounded up: ``99.999`` for all but one ns."""
    if whole == 0:
        return None
    thousandths = part * 100_000 // whole
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"


@dataclass(slots=True)
class _Stretch:
    start: Instant
    stop: Instant | None = None

    def end(self) -> Instant:
        return FOREVER if self.stop is None else self.stop


@dataclass(slots=True)
class _Held(_Stretch):
    watch: int = 0
    person: int = 0
    station: int = 0


@dataclass(slots=True)
class _Kept:
    """What is remembered of one stream."""

    service: list[_Stretch] = field(default_factory=list)
    held: list[_Held] = field(default_factory=list)
    shown: dict[int, list[_Stretch]] = field(default_factory=dict)
    incidents: dict[int, Incident] = field(default_factory=dict)


@dataclass(slots=True)
class ContinuityBook:
    """The report's own view of the deeds; of the watch book it knows the kinds and none of the rules.

    Attributes:
        recognised: what counts as a credential at this center.
        missed: the first deed that a defect kept out: from then on nothing is proved, and no share is told.
    """

    recognised: Recognised = field(default_factory=Recognised)
    missed: Deed | None = None
    staff: StaffBook = field(default_factory=StaffBook)
    places: StationBook = field(default_factory=StationBook)
    _there: StatedWatchers = field(default_factory=StatedWatchers)
    _streams: dict[StreamId, _Kept] = field(default_factory=dict)
    _duties: dict[int, tuple[int, str]] = field(default_factory=dict)
    _fit: dict[int, list[tuple[Instant, Instant]]] = field(default_factory=dict)
    _judged: dict[int, Instant] = field(default_factory=dict)

    KINDS = StaffBook.KINDS | StationBook.KINDS | WatchBook.KINDS | StatedWatchers.KINDS

    def apply(self, deed: Deed) -> None:
        """Take a deed in; other kinds are nothing to this book. What raises is ``missed`` from then on."""
        if deed.kind not in self.KINDS:
            return
        try:
            self._take(deed)
        except Exception:
            self.missed = self.missed or deed
            raise

    def _take(self, deed: Deed) -> None:
        room, _, what = deed.kind.partition(".")
        body = cast(Mapping[str, Any], deed.body)
        if room == "peer":
            self._there.apply(deed)
        elif room in ("staff", "practice"):
            people = [body["person"]] if room == "staff" else []
            self._rejudge(people, deed)
        elif room in ("site", "station"):
            self._rejudge(list(self._duties), deed)
        elif room == "duty":
            self._rejudge([body["person"]], deed)
        elif room != "glass":
            kept = self._streams.setdefault(body["stream"], _Kept())
            if room == "service":
                _service(kept, what, body)
            elif room == "watch":
                self._watch(kept, what, body)
            elif room == "display":
                _display(kept, what, body)
            else:
                _incident(kept, what, body, deed)

    def _watch(self, kept: _Kept, what: str, body: Mapping[str, Any]) -> None:
        if what == "held":
            held = _Held(body["since"], None, body["watch"], body["by"], body["station"])
            kept.held.append(held)
        elif what in ("released", "lost"):
            for held in reversed(kept.held):
                if held.watch == body["watch"]:
                    held.stop = body["until" if what == "released" else "since"]
                    break

    def _rejudge(self, people: Iterable[int], deed: Deed) -> None:
        """Close what was judged of these people up to the deed, take the deed in, judge anew from it on."""
        chosen = list(people)
        for person in chosen:
            if person in self._judged:
                self._fit.setdefault(person, []).extend(self._good(person, self._judged.pop(person), deed.at))
        self.staff.apply(deed)
        self.places.apply(deed)
        body = cast(Mapping[str, Any], deed.body)
        if deed.kind == "duty.began":
            self._duties[body["person"]] = (body["station"], body["address"])
        elif deed.kind == "duty.ended":
            self._duties.pop(body["person"], None)
        for person in chosen:
            if person in self._duties:
                self._judged[person] = deed.at

    def _good(self, person: int, start: Instant, stop: Instant) -> list[tuple[Instant, Instant]]:
        """When somebody on duty was fit in ``[start, stop)``, in which no deed changed anything of it."""
        member = self.staff.members.get(person)
        number, address = self._duties[person]
        station = self.places.stations.get(number)
        site = None if station is None else self.places.sites.get(station.site)
        if member is None or not in_place(station, site, address).ok:
            return []
        spans = qualified_spans(member, self.recognised).within(start, stop)
        return [
            (span.start, span.stop) for span in spans if qualified(member, span.start, self.recognised).ok
        ]

    def _fit_spans(self, person: int) -> SpanSet:
        if person < 0:
            return SpanSet([(0, FOREVER)])  # another center judges its own people, and states it
        fit = list(self._fit.get(person, ()))
        if person in self._judged:
            fit += self._good(person, self._judged[person], FOREVER)
        return SpanSet(fit)

    def forget(self, before: Instant) -> None:
        """Let go of what ended by then; reports over anything earlier need the whole journal again."""
        for stream, kept in list(self._streams.items()):
            kept.service = [one for one in kept.service if one.end() > before]
            kept.held = [one for one in kept.held if one.end() > before]
            for station, shown in list(kept.shown.items()):
                kept.shown[station] = [one for one in shown if one.end() > before]
                if not kept.shown[station]:
                    del kept.shown[station]
            past = [one for one in kept.incidents.values() if one.until is not None and one.until <= before]
            for one in past:
                del kept.incidents[one.number]
            if not (kept.service or kept.held or kept.shown or kept.incidents):
                del self._streams[stream]
        self._fit = {
            person: later
            for person, spans in self._fit.items()
            if (later := [span for span in spans if span[1] > before])
        }

    def report(
        self, start: Instant, stop: Instant, proved: Instant, only: Collection[StreamId] | None = None
    ) -> Continuity:
        """The report over ``[start, stop)``, no farther than ``proved``.

        Args:
            only: these patients; None for all.
            proved: up to when everything that is on display is proved (``Proofs.proved_until``), or, for a
                center that does not run, its last mark of life.

        Raises:
            RefusedError: ``unproved``: a deed was missed by a defect.
        """
        if self.missed is not None:
            what = f"deed {self.missed.number} ({self.missed.kind}) could not be taken into the proof"
            raise RefusedError("unproved", f"{what}: a defect; see the log")
        until = max(start, min(stop, proved))
        fit: dict[int, SpanSet] = {}
        chosen = sorted(self._streams if only is None else self._streams.keys() & set(only))
        rows = [self._row(stream, self._streams[stream], start, until, fit) for stream in chosen]
        return Continuity(start, until, tuple(row for row in rows if row.service))

    def shares(self, stream: StreamId, start: Instant, stop: Instant, proved: Instant) -> Shares | None:
        """How much of one patient's time in service was watched and displayed; None where no time in service
        lies in ``[start, stop)``, or the proof missed a deed."""
        kept, until = self._streams.get(stream), max(start, min(stop, proved))
        if self.missed is not None or kept is None:
            return None
        service = SpanSet((max(one.start, start), min(one.end(), until)) for one in kept.service)
        if not service:
            return None
        held = SpanSet((one.start, one.end()) for one in kept.held)
        shown = SpanSet((one.start, one.end()) for of in kept.shown.values() for one in of)
        held_part, shown_part = (
            sum(part.length for span in service for part in those.within(*span)) for those in (held, shown)
        )
        covered = self._row(stream, kept, start, until, {}).covered
        return Shares(service.start, service.stop, service.total, held_part, shown_part, covered)

    def displays(
        self, stream: StreamId, start: Instant, stop: Instant
    ) -> list[tuple[int, str, Instant, Instant]]:
        """On which stations a patient was displayed in ``[start, stop)``: number, name, from when to when."""
        kept = self._streams.get(stream)
        found = [
            (number, max(one.start, start), min(one.end(), stop))
            for number, of in ({} if kept is None else kept.shown).items()
            for one in of
            if one.start < stop and one.end() > start
        ]
        names = {number: one.name for number, one in self.places.stations.items()}
        told = ((number, names.get(number, ""), low, high) for number, low, high in found)
        return sorted(told, key=lambda one: one[2])

    def share(self, start: Instant, stop: Instant, proved: Instant) -> tuple[Duration, Duration]:
        """Covered time and time in service of all patients over ``[start, stop)``, for pages that stand open.

        Only patients with an incident in the period are looked at to the nanosecond: where nobody watched, or
        nothing was displayed, there is one. ``report`` proves it of everybody. ``(0, 0)`` where a deed was
        missed: no share is told.
        """
        counting = self.counting(start, stop, proved, max(1, len(self._streams)))
        while True:
            try:
                next(counting)
            except StopIteration as done:
                found: tuple[Duration, Duration] = done.value
                return found

    def counting(
        self, start: Instant, stop: Instant, proved: Instant, many: int
    ) -> Generator[None, None, tuple[Duration, Duration]]:
        """``share``, with a pause after every ``many`` patients: of 10,000 it takes half a second in all.

        What becomes known between two steps counts for the patients that are still to come.
        """
        if self._unproved():
            return 0, 0
        until = max(start, min(stop, proved))
        covered = whole = 0
        fit: dict[int, SpanSet] = {}
        for place, (stream, kept) in enumerate(list(self._streams.items())):
            if place and place % many == 0:
                yield
            part, time = self._share_of(stream, kept, start, until, fit)
            covered, whole = covered + part, whole + time
        return (0, 0) if self._unproved() else (covered, whole)

    def _unproved(self) -> bool:
        return self.missed is not None

    def _share_of(
        self, stream: StreamId, kept: _Kept, start: Instant, until: Instant, fit: dict[int, SpanSet]
    ) -> tuple[Duration, Duration]:
        if any(
            one.since < until and (one.until is None or one.until > start) for one in kept.incidents.values()
        ):
            row = self._row(stream, kept, start, until, fit)
            return row.covered, row.service
        time = sum(max(0, min(one.end(), until) - max(one.start, start)) for one in kept.service)
        return time, time

    def _row(
        self, stream: StreamId, kept: _Kept, start: Instant, stop: Instant, fit: dict[int, SpanSet]
    ) -> Row:
        service = SpanSet((max(one.start, start), min(one.end(), stop)) for one in kept.service)
        covered, watched = SpanSet(), []
        for held in kept.held:
            low, high = max(held.start, start), min(held.end(), stop)
            if low >= high:
                continue
            shown = SpanSet(
                (one.start, one.end())
                for one in kept.shown.get(held.station, ())
                if one.start < high and low < one.end()
            )
            if held.person not in fit:
                fit[held.person] = self._fit_spans(held.person)
            for part in fit[held.person].within(low, high):
                for span in shown.within(part.start, part.stop):
                    for piece in service.within(span.start, span.stop):
                        covered.add(piece.start, piece.stop)
            for piece in service.within(low, high):
                watched += self._who(stream, held, piece.start, piece.stop)
        lapses = tuple(
            lapse
            for span in service
            for hole in covered.missing(span.start, span.stop)
            for lapse in _lapses(kept, hole.start, hole.stop)
        )
        return Row(stream, service.total, covered.total, lapses, tuple(watched))

    def _who(self, stream: StreamId, held: _Held, start: Instant, stop: Instant) -> list[Watched]:
        if held.person < 0:
            center = self._there.center(held.person)
            return [
                Watched(
                    low, high, held.person, f"{one.name}, at {center}", one.credentials, one.station, one.site
                )
                for low, high, one in self._there.within(stream, start, stop)
            ]
        return [self.at_station(held.person, held.station, start, stop)]

    def at_station(self, person: int, station: int | None, start: Instant, stop: Instant) -> Watched:
        """Somebody of this center at a station in ``[start, stop)``, whatever they had there."""
        member = self.staff.members.get(person)
        there = None if station is None else self.places.stations.get(station)
        site = None if there is None else self.places.sites.get(there.site)
        papers = [
            f"{one.kind} {one.number} ({one.issuer})"
            for one in (member.credentials if member else ())
            if one.kind in self.recognised.kinds and one.since <= start < one.stop
        ]
        where = f"{site.name}, {site.address}" if site else ""
        name, place = member.name if member else "", there.name if there else ""
        territory = site.territory if site else ""
        return Watched(start, stop, person, name, tuple(papers), place, where, territory)


def _service(kept: _Kept, what: str, body: Mapping[str, Any]) -> None:
    if what == "began":
        kept.service.append(_Stretch(body["since"]))
    elif what == "ended" and kept.service and kept.service[-1].stop is None:
        kept.service[-1].stop = body["until"]


def _display(kept: _Kept, what: str, body: Mapping[str, Any]) -> None:
    shown = kept.shown.setdefault(body["station"], [])
    if what == "shown":
        shown.append(_Stretch(body["since"]))
    elif shown and shown[-1].stop is None:
        shown[-1].stop = body["until"]


def _incident(kept: _Kept, what: str, body: Mapping[str, Any], deed: Deed) -> None:
    number = body["incident"]
    if what != "opened" and number not in kept.incidents:
        return
    if what == "opened":
        kept.incidents[number] = Incident(number, body["stream"], body["kind"], body["cause"], body["since"])
    elif what == "ended":
        kept.incidents[number] = replace(kept.incidents[number], until=body["until"])
    else:
        kept.incidents[number] = replace(
            kept.incidents[number],
            cause=body["cause"],
            note=body["note"],
            closed_by=deed.actor,
            closed_at=deed.at,
        )


def _lapses(kept: _Kept, start: Instant, stop: Instant) -> list[Lapse]:
    """A hole in the coverage, cut where incidents begin and end."""
    left, found = SpanSet([(start, stop)]), []
    for one in kept.incidents.values():
        for span in left.within(one.since, FOREVER if one.until is None else one.until):
            found.append(Lapse(*span, one.cause, one.number, one.closed_by, one.closed_at, one.note))
        left.remove(one.since, FOREVER if one.until is None else one.until)
    found += [Lapse(*span, UNEXPLAINED) for span in left]
    return sorted(found, key=lambda lapse: lapse.start)


def report(
    deeds: Iterable[Deed],
    start: Instant,
    stop: Instant,
    proved: Instant,
    recognised: Recognised | None = None,
) -> Continuity:
    """The report over ``[start, stop)`` from the deeds of a center from its first on, and nothing else."""
    book = ContinuityBook(recognised or Recognised())
    for deed in deeds:
        book.apply(deed)
    return book.report(start, stop, proved)
