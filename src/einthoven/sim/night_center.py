"""The center of a simulated night: its own desk on virtual time, to be killed and started on its journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from einthoven.base.deeds import CENTER, Body, Deed, Draft
from einthoven.base.errors import StoreFullError
from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, MILLISECOND, MINUTE, SECOND, Instant
from einthoven.center.audited import AuditAsked, AuditFound
from einthoven.center.census import QUALITY_LEAD_OFF
from einthoven.center.desk import Desk, DeskWorld
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_conditions import Conditions, Marks, background, concerned
from einthoven.center.desk_feed import Background, Feed
from einthoven.center.desk_ports import Done, Journal, Notice, Posted, Tried
from einthoven.center.desk_pulse import Pulse
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.found import Key, LiveFinding
from einthoven.center.patient_notes import note
from einthoven.center.ports import Clock, StreamEvent
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import BY_NAME, WORDS
from einthoven.escalation import plans
from einthoven.sim import night as script
from einthoven.sim.night import Answering, Night, OnDuty
from einthoven.sim.night_glass import SecondPictures
from einthoven.surveillance import staff_changes, stations

RATE = 250.0
SITE_NETWORK, PEER = "192.0.2.0/24", "192.0.2.7"
ZONE = "America/New_York"
TOPICS = ("reading ECGs", "directing a patient in an emergency")
KEPT = 10 * MINUTE
"""The analysis tells what ended for so long."""
LEADS_ON: Sequence[Mapping[str, int]] = ({"quality": 0},)
LEADS_OFF: Sequence[Mapping[str, int]] = ({"quality": QUALITY_LEAD_OFF},)


def _nobody(_error: object) -> None:
    return None


class NightDisk:
    """A journal on a disk that can be full (``center.desk_ports.Journal``)."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.full = False

    def _done(self, done: Done) -> bool:
        if self.full:
            done(StoreFullError("no room left on the disk"))
        return self.full

    def append(
        self, deeds: Sequence[Deed], outbox: Sequence[Notice], done: Done, tried: Sequence[Tried] = ()
    ) -> None:
        """Keep all of it or nothing."""
        if not self._done(done):
            self._journal.append(deeds, outbox, done, tried)

    def note(self, actor: str, action: str, subject: str, detail: Body, at: Instant, done: Done) -> None:
        """An audit line that is no deed."""
        if not self._done(done):
            self._journal.note(actor, action, subject, detail, at, done)

    def alive(self, at: Instant, done: Done = _nobody) -> None:
        """The center was alive at ``at``."""
        if not self._done(done):
            self._journal.alive(at, done)

    def read(self, after: int = 0, limit: int = 1000) -> list[Deed]:
        """Deeds above a number."""
        return self._journal.read(after, limit)

    def read_kinds(
        self, kinds: Collection[str], after: int = 0, limit: int = 1000, subject: str | None = None
    ) -> list[Deed]:
        """The same of some kinds."""
        return self._journal.read_kinds(kinds, after, limit, subject)

    def last(self) -> int:
        """Number of the last deed."""
        return self._journal.last()

    def last_alive(self) -> Instant | None:
        """The last mark of life."""
        return self._journal.last_alive()

    def audit(self, asked: AuditAsked) -> AuditFound:
        """Lines of the audit."""
        return self._journal.audit(asked)

    def due(self, now: Instant, limit: int = 100, lane: str = "") -> list[Posted]:
        """Messages due."""
        return self._journal.due(now, limit, lane)

    def posted(self, id_: str) -> Posted | None:
        """A message."""
        return self._journal.posted(id_)


@dataclass(slots=True)
class Hearts:
    """What the analysis and the transmitters of the night say; it outlives a killed center, as hearts do.

    Args:
        start: of the night.
    """

    start: Instant
    standing: dict[StreamId, dict[int, LiveFinding]] = field(default_factory=dict)
    marks: list[StreamEvent] = field(default_factory=list)
    ailing: dict[StreamId, dict[str, Instant]] = field(default_factory=dict)
    away_since: Instant | None = None
    _changed: dict[StreamId, None] = field(default_factory=dict)

    def tell(self, number: int, told: script.Finding, now: Instant, over: bool) -> None:
        """A finding as the analysis knows it now."""
        kind = BY_NAME[told.kind]
        unknown = {one.name: 0.0 if one.name in WORDS else float("nan") for one in kind.values}
        values = unknown | dict(told.values)
        first, last = round(told.at_s * RATE), round((told.at_s + told.for_s) * RATE)
        sample = round((now - self.start) / SECOND * RATE)
        told_at = min(sample, last) if over else sample
        said = tuple(values[one.name] for one in kind.values)
        found = Finding(
            kind,
            first,
            last if over else None,
            told_at,
            sample if over else None,
            number,
            said,
        )
        key = Key(0, 0, number)
        self.standing.setdefault(told.patient, {})[number] = LiveFinding(key, found, False, RATE)
        self._changed[told.patient] = None

    def forget(self, number: int, patient: StreamId) -> None:
        """The analysis tells a finding no more: it ended ten minutes ago."""
        self.standing.get(patient, {}).pop(number, None)
        self._changed[patient] = None

    def all_changed(self) -> None:
        """A new life of the center asks for everything."""
        self._changed |= dict.fromkeys(self.standing)

    def findings(self, stream: StreamId) -> Sequence[LiveFinding]:
        """Open ones and those that ended lately."""
        return list(self.standing.get(stream, {}).values())

    def changed(self) -> Iterable[StreamId]:
        """Streams of which something changed since the last call."""
        taken, self._changed = list(self._changed), {}
        return taken

    def reach(self, _stream: StreamId, _one: LiveFinding) -> int | None:
        """Up to which sample an open finding is known to last: what a script tells goes on by the clock."""
        return None

    def time_of(self, _stream: StreamId, sample: float) -> Instant | None:
        """Center time of a sample."""
        return self.start + round(sample / RATE * SECOND)

    def state(self, stream: StreamId, now: Instant) -> Mapping[str, Any] | None:
        """A transmitter's state, as the census tells it."""
        ailing = self.ailing.get(stream, {})
        since = self.away_since if self.away_since is not None else ailing.get("gateway-off")
        silent = ailing.get("no-data", since)
        return {
            "newest_ms": (now if silent is None else silent) // MILLISECOND,
            "link": "connected" if since is None else "lost",
            "link_since_ms": (self.start if since is None else since) // MILLISECOND,
            "leads": LEADS_OFF if "lead-off" in ailing else LEADS_ON,
            "battery": 5 if "battery" in ailing else 90,
        }


class RarePulse(Pulse):
    """Figures for the supervisor's page, looked at once a minute: nobody of the night reads them."""

    def look(self, now: Instant, second: int) -> dict[str, Any] | None:
        """As ``Pulse.look``, once a minute."""
        return Pulse.look(self, now, second) if second % 60 == 0 else None


class NightCenter:
    """A center with the patients, staff and stations of a night.

    Args:
        night: the script.
        clock: virtual time.
        journal: kept over a kill.

    Attributes:
        room: the desk; None while the center is dead.
        defects: of the desk's own seconds.
        number: of each member of staff, by login.
    """

    def __init__(self, night: Night, clock: Clock, journal: Journal, hearts: Hearts) -> None:
        self._night = night
        self._clock = clock
        self._hearts = hearts
        self._lives = 0
        self._marks: Marks | None = None
        self.disk = NightDisk(journal)
        self.defects: list[tuple[str, Exception]] = []
        self.number = {one.login: place for place, one in enumerate(night.staff, 1)}
        self.room: DeskRoom | None = None
        self.start()
        self._set_up()

    # ---- lives -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """A new life, from what the journal holds."""
        books, hearts = Books(self._card), self._hearts
        for patient in range(1, self._night.patients + 1):
            first = self._physicians(patient)[0]
            books.notify.plans.orders[patient] = (first.name, first.number, ZONE)

        def known(stream: StreamId, at: Instant) -> Background:
            return background(books, marks, stream, at)

        feed = Feed(hearts, hearts.changed, hearts.time_of, known, reach=hearts.reach)
        marks = self._marks = Marks(hearts.time_of, known, feed.near)
        marks.heard = feed.look_again
        patients = range(1, self._night.patients + 1)
        conditions = Conditions(lambda: patients, hearts.state, known)
        self._lives += 1
        screens = SecondPictures(self._night.start)
        world = DeskWorld(self.disk, screens, [feed, marks, conditions], f"life {self._lives}")
        desk = Desk(world, books, lambda what, error: self.defects.append((what, error)))
        desk.listeners.append(lambda deed: feed.look_again(concerned(books, deed), deed.at))
        desk.pulse = RarePulse(books)
        now = self._clock.wall()
        desk.start(now)
        conditions.resume(fact for case in books.triage.cases.open_cases() for fact in case.findings)
        hearts.all_changed()
        for event in hearts.marks:
            marks.event(event)
        self.room = DeskRoom(desk, self._clock, self._night.name)

    def kill(self) -> None:
        """Dead at once, with everything that is not in the journal."""
        self.room = None

    def mark(self, event: StreamEvent) -> None:
        """A patient pressed the button; kept by the store, told to the desk that lives."""
        self._hearts.marks.append(event)
        if self.room is not None and self._marks is not None:
            self._marks.event(event)

    def turn(self) -> None:
        """A second of the center, if it lives."""
        if self.room is not None:
            now = self._clock.wall()
            self.room.sweep(now)
            self.room.desk.turn(now)

    @property
    def books(self) -> Books:
        """The books of the life that runs."""
        assert self.room is not None
        return self.room.desk.books

    # ---- setting up --------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Every patient's samples come: they are in service from now on."""
        assert self.room is not None
        self.room.desk.serve(range(1, self._night.patients + 1), (), self._clock.wall())

    def _do(self, drafts: Sequence[Draft]) -> None:
        assert self.room is not None
        self.room.desk.commit(drafts, CENTER, self._clock.wall())

    def _set_up(self) -> None:
        places = self.books.surveil.stations
        self._do(stations.add_site(places, "Boston", "1 Main St, Boston, MA 02110", "US", [SITE_NETWORK]))
        for one in self._night.staff:
            self._hire(one)
        for number in range(1, max((one.station for one in self._night.staff), default=0) + 1):
            kind = "desk"
            if any(one.station == number and "supervisor" in one.roles for one in self._night.staff):
                kind = "supervisor"
            name = f"Desk {number}"
            self._do(stations.register_station(places, name, 1, f"{number:064x}", kind))
        for wearer in self._night.wearers:
            told = {"at_risk": wearer.at_risk, "known_af": wearer.known_af}
            self._do(note(self.books.notes, wearer.patient, told))
            if len(wearer.physicians) > 1:
                plan = _plan(self._physicians(wearer.patient))
                now = self._clock.wall()
                self._do(plans.set_plan(self.books.notify.plans, plan, now, wearer.patient)[0])

    def _hire(self, one: OnDuty) -> None:
        book, now = self.books.surveil.staff, self._clock.wall()
        number, since, until = self.number[one.login], now - DAY, now + 400 * DAY
        self._do(staff_changes.join(book, one.name, one.login, one.roles))
        self._do(staff_changes.credential(book, number, one.credential, f"N-{number}", "CCI", since, until))
        for topic in TOPICS:
            self._do(staff_changes.training(book, number, topic, since, until, "the center"))

    def _physicians(self, patient: StreamId) -> list[Answering]:
        every = {one.name: one for one in self._night.answering}
        for wearer in self._night.wearers:
            if wearer.patient == patient and wearer.physicians:
                return [every[name] for name in wearer.physicians]
        return [self._night.answering[0]]

    def _card(self, stream: StreamId) -> PatientCard:
        first = self._physicians(stream)[0]
        return PatientCard(
            f"Patient, {stream:02}",
            "1950-01-01",
            f"+1 555 010 {stream:04}",
            f"{stream} Elm St, Boston, MA 02110",
            (("Neighbor, A.", "neighbor", "+1 555 0177"),),
            first.name,
            first.number,
        )


def _plan(physicians: Sequence[Answering]) -> dict[str, object]:
    """A ladder of these, in order, with the shipped times."""
    persons = [
        {
            "key": f"p{place}",
            "name": one.name,
            "role": "physician",
            "numbers": [{"kind": "mobile", "number": one.number}],
        }
        for place, one in enumerate(physicians, 1)
    ]
    return {"zone": ZONE, "persons": persons}
