"""The desk of a running center: made of its facts, its ward and its clock."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Protocol

import structlog

from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import EinthovenError, NotFoundError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import SECOND, Instant
from einthoven.base.thresholds import Thresholds
from einthoven.bootstrap.core import Core
from einthoven.bootstrap.notices import Post
from einthoven.bootstrap.report_maker import Place, StoredReports
from einthoven.bootstrap.reports import ReportEvents, ReportRun, cutting_of, open_reports
from einthoven.bootstrap.sign_in_stores import waited
from einthoven.bootstrap.wearing import StoredWearing
from einthoven.center import call_page, desk_ports
from einthoven.center.analysed import Analysed
from einthoven.center.desk import Desk, DeskWorld
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_conditions import Conditions, Marks, background, concerned
from einthoven.center.desk_feed import Background, Feed
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.desk_trouble import Trouble
from einthoven.center.displays import Displays
from einthoven.center.live import LiveHub
from einthoven.center.open_record import OpenRecord
from einthoven.center.order_door import OrderDoor
from einthoven.center.ports import Clock, SampleReader, StreamEvent
from einthoven.center.shown_beats import JudgedShapes
from einthoven.center.sign_in_ports import Held
from einthoven.center.tally import Tally
from einthoven.edges.store.day_files import DayFiles
from einthoven.edges.store.report_files import ReportFiles
from einthoven.enrollment.guests import guest_named
from einthoven.enrollment.register import Enrolled
from einthoven.escalation.prescribing import CriteriaBook
from einthoven.settings import Settings

LOG = structlog.get_logger("einthoven.desk")
TURN_S = 0.2
"""Between two turns of the desk: a finding is a case within a fifth of a second."""
BEFORE = 60 * SECOND
"""Marks that came so long before the last life ended are looked at again."""


class EnrolledFacts(Protocol):
    """The part of the facts that says who is enrolled."""

    def enrolled(self, stream: StreamId) -> Enrolled:
        """Patient, period and physician of a stream; NotFoundError where there is no such."""
        ...

    def events(self, stream: StreamId, kinds: Iterable[str] = ...) -> Sequence[StreamEvent]:
        """Events of some kinds, by sample."""
        ...


class Cards:
    """What the enrollment says of patients, read once and again when it changed."""

    def __init__(self, facts: EnrolledFacts) -> None:
        self._facts = facts
        self._cards: dict[StreamId, PatientCard] = {}

    def __call__(self, stream: StreamId) -> PatientCard:
        """The card of a stream's patient; one that says nothing where nobody is enrolled."""
        card = self._cards.get(stream)
        if card is None:
            card = self._read(stream)
            if card.name:  # of a stream that is not there yet nothing is remembered: it may be tomorrow
                self._cards[stream] = card
        return card

    def forget(self, stream: StreamId) -> None:
        """The enrollment of a stream changed."""
        self._cards.pop(stream, None)

    def _read(self, stream: StreamId) -> PatientCard:
        try:
            told = self._facts.enrolled(stream)
        except NotFoundError:
            return PatientCard("")
        patient, physician = told.patient, told.physician
        return PatientCard(
            patient.name,
            patient.birth_date,
            patient.telephone,
            patient.address,
            tuple((one.name, one.relation, one.telephone) for one in patient.contacts),
            physician.name if physician else "",
            physician.telephone if physician else "",
            physician.npi if physician else "",
            told.period.patient,
        )


def open_desk(
    core: Core,
    journal: desk_ports.Journal,
    enrolled: EnrolledFacts,
    thresholds: Thresholds,
    clock: Clock,
    tally: Tally,
    name: str,
) -> DeskRoom:
    """The desk, its books where the journal stands; reads the journal, so not on the event loop."""
    books = Books(Cards(enrolled), criteria=CriteriaBook(thresholds))

    def known(stream: StreamId, at: Instant) -> Background:
        return background(books, marks, stream, at)

    def heard(what: str, error: Exception) -> None:
        tally.add("desk_failed", what)
        LOG.error("desk_failed", what=what, error=repr(error), exc_info=error)

    trouble = Trouble(clock, heard)
    failed = trouble.failed

    taught = JudgedShapes(books.triage.cases, core.ward.beats)
    reach = Analysed(core.ward.vitals, core.ward.beats)
    judging = core.time_of, known, thresholds.values(), taught, failed, reach
    feed = Feed(core.ward.boards, core.ward.boards.follow(), *judging)
    marks = Marks(core.time_of, known, feed.near)
    marks.failed, marks.heard = failed, feed.look_again

    def prescribed(deed: Deed) -> None:
        feed.look_again(concerned(books, deed), deed.at)

    conditions = Conditions(core.census.open_streams, core.census.state, known, core.census.ahead)
    displays = Displays(core.hub, core.ward, lambda: secrets.token_hex(16))

    desk = Desk(DeskWorld(journal, displays, [feed, marks, conditions], secrets.token_hex(8)), books, failed)
    since = journal.last_alive() or 0
    count = desk.start(clock.wall())
    desk.listeners.append(prescribed)
    conditions.resume(fact for case in books.triage.cases.open_cases() for fact in case.findings)
    for stream in (*core.census.open_streams(), *core.census.by_telephone()):
        for event in enrolled.events(stream, ("mark",)):
            if event.received >= since - BEFORE:
                marks.event(event)  # told again where it was told: nothing follows from that
    core.listeners.append(marks.event)
    LOG.info("desk_opened", deeds=count, attended=books.surveil.attended)
    return DeskRoom(desk, clock, name, wearing=StoredWearing(core, enrolled), trouble=trouble)


class DeskRun:
    """A desk that runs: its seconds, its patients, what sign-in asks of it.

    Args:
        room: the desk.
        core: whose patients.
        clock: the center's.
        on_loop: runs a callable on the event loop.
        post: who gets notices, and how.

    Attributes:
        beside: what else runs as long as the desk does.
        record: what is read over FHIR; None before it is opened.
        orders: takes orders over FHIR; None: nothing is taken.
    """

    def __init__(
        self,
        room: DeskRoom,
        core: Core,
        clock: Clock,
        on_loop: Callable[[Callable[[], None]], object],
        post: Post,
    ) -> None:
        self.room = room
        self._postman = post.open(room)
        self._core = core
        self._clock = clock
        self.on_loop = on_loop
        self._second = -1
        self.reports: ReportRun | None = None
        self._stopped = False
        self.beside: list[Callable[[], Coroutine[object, object, None]]] = []
        self.record: OpenRecord | None = None
        self.orders: OrderDoor | None = None

    def begin_reports(
        self, facts: ReportEvents, store: ReportFiles, shelf: DayFiles, settings: Settings
    ) -> None:
        """Reports are made from now on; they lie in ``store``, the days they are made of on ``shelf``."""
        core, desk = self._core, self.room.desk
        cutting = cutting_of(settings)
        place = Place(cutting, core.thresholds, settings.center_name)
        maker = StoredReports(core, facts, desk, self.on_loop, shelf, place, lambda: not self._stopped)
        self.reports = open_reports(desk, core, facts, store, self._clock, settings, maker)

    @property
    def samples(self) -> SampleReader:
        """Stored samples, for threads."""
        return self._core.store.reader

    @property
    def hub(self) -> LiveHub:
        """The live picture, for screens of this process."""
        return self._core.hub

    async def run(self) -> None:
        """Turn for ever, and send what is due beside it."""
        self._postman.start()
        making = None if self.reports is None else asyncio.create_task(self.reports.run(), name="reports")
        beside = [asyncio.create_task(one(), name="beside the desk") for one in self.beside]
        for task in beside:
            task.add_done_callback(_ended)
        try:
            while True:
                self.turn()
                await asyncio.sleep(TURN_S)
        finally:
            self._stopped = True
            if making is not None:
                making.cancel()
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._postman.stop()

    def patient_changed(self, streams: Iterable[StreamId]) -> None:
        """What is known of the patient of these streams has changed: cards, tiles and cases say so."""
        desk, core = self.room.desk, self._core
        for stream in streams:
            if isinstance(desk.books.card, Cards):
                desk.books.card.forget(stream)
            facts = core.facts.stream(stream)
            if facts is not None and stream in core.census:
                core.census.admit(facts)
            for key in (f"patient:{stream_name(stream)}", *call_page.touched(desk.books, stream)):
                desk.touch(key)

    def turn(self) -> None:
        """One turn; a defect in it is counted and told, and the next turn goes on."""
        now = self._clock.wall()
        self.room.desk.guarded("patients", lambda: self._patients(now))
        self.room.desk.guarded("away", lambda: self.room.sweep(now))
        self.room.desk.guarded("turn", lambda: self.room.desk.turn(now))
        if self.room.trouble is not None:
            self.room.trouble.turned()

    def unready(self) -> list[str]:
        """Why patients cannot be watched by this desk, a line each; empty where they can."""
        trouble = self.room.trouble
        return [] if trouble is None else trouble.reasons(self.room.desk.record.unsaved)

    def _patients(self, now: Instant) -> None:
        """Once a second: who is in service now, who no longer is."""
        if now // SECOND == self._second or not self.room.desk.books.surveil.attended:
            return
        self._second = now // SECOND
        services = self.room.desk.books.surveil.watches.services
        foreign = self.room.desk.books.surveil.peers.foreign  # whose service is another center's to begin
        here = {stream for stream in self._core.census.open_streams() if not self._coming(stream)} - foreign
        for stream in self._core.census.by_telephone():
            self._order(stream)  # cases of their strips go to their physician, too
        for stream in here:
            self._order(stream)
            begun = self._core.hub.extent(stream)[0] > 0
            if begun and services.get(stream) is None:
                self.room.desk.serve([stream], (), now)
            elif stream not in services:
                self.room.desk.expect([stream], now)
        self.room.desk.serve((), [one for one in services if one not in here and one not in foreign], now)

    def _coming(self, stream: StreamId) -> bool:
        """Whether it is a guest of another center by the enrollment, of whom perhaps no deed tells yet."""
        facts = self._core.census.facts(stream)
        return facts is not None and guest_named(facts.transmitter) is not None

    def _order(self, stream: StreamId) -> None:
        """Whom the order names: the ladder of a patient for whom no plan was set."""
        orders, card = self.room.desk.books.notify.plans.orders, self.room.desk.books.card(stream)
        if stream not in orders and card.physician_telephone:
            orders[stream] = (card.physician, card.physician_telephone, "UTC")

    def keep(self, drafts: Sequence[Draft], actor: str, at: Instant) -> None:
        """Keep drafts of sign-in through the desk, which alone numbers deeds; not on the event loop."""
        self.decide(lambda: drafts, actor, at)

    def decide(self, decide: Callable[[], Sequence[Draft]], actor: str, at: Instant) -> None:
        """The same for what is decided on the event loop, where the books change; not on the event loop.

        Raises:
            EinthovenError: as ``decide``; ``StoreError`` where it is not on record yet.
        """
        refused: list[EinthovenError] = []

        def there(done: desk_ports.Done) -> None:
            try:
                drafts = decide()
            except EinthovenError as error:
                refused.append(error)
                done(None)
                return
            self.room.desk.commit(drafts, actor, at, done)

        waited(lambda done: self.on_loop(lambda: there(done)))
        if refused:
            raise refused[0]

    def more(self, held: Held, number: int | None) -> dict[str, object]:
        """What ``/api/me`` says of a place (the station of this number) and of a person's papers."""
        surveil = self.room.desk.books.surveil
        station = None if number is None else surveil.stations.stations.get(number)
        site = None if station is None else surveil.stations.sites.get(station.site)
        told: dict[str, object] = {"station": None}
        if station is not None:
            told["station"] = {
                "id": station.number,
                "name": station.name,
                "site": "" if site is None else site.name,
            }
        if held.staff is None or held.staff not in surveil.staff.members:
            return told | {"qualified": {"ok": False, "reasons": ["nobody is signed in"]}}
        judged = surveil.fit(held.staff, self._clock.wall())
        reasons = [] if judged.ok else list(judged.reasons)
        if station is None:
            reasons.append("this is no registered station")
        return told | {"qualified": {"ok": judged.ok and station is not None, "reasons": reasons}}


def _ended(task: asyncio.Task[None]) -> None:
    """What runs beside the desk ends with it; one that ends before has failed."""
    if not task.cancelled() and task.exception() is not None:
        LOG.critical("ended", what=task.get_name(), error=repr(task.exception()))
