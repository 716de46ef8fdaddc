"""HL7 v2 of a running center: messages of hospitals are taken, reports go to them (R41; docs/hl7.md)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Final, Protocol, TypeVar

import structlog

from einthoven.base.deeds import Draft
from einthoven.base.errors import EinthovenError, InputError, MessageError, StoreError
from einthoven.base.instants import HOUR, Instant
from einthoven.base.networks import networks
from einthoven.bootstrap.order_intake import OrderIntake, Papers, names_of
from einthoven.bootstrap.postman import Postman
from einthoven.bootstrap.sign_in_stores import waited
from einthoven.center import hospital
from einthoven.center.desk import Desk
from einthoven.center.desk_ports import HL7, Done, Notice, Tried
from einthoven.center.enroll import EnrollmentUnit
from einthoven.center.hl7_sender import Hl7Sender, Route, held_back
from einthoven.center.hospital import HOSPITAL, Letter
from einthoven.center.outbox import Outbox, Retry
from einthoven.center.ports import Clock
from einthoven.center.report_ports import ReportStore
from einthoven.center.report_shelf import LifeShelf
from einthoven.edges.exchange.mllp import Limits, MllpMessenger, MllpServer, Receiver
from einthoven.edges.web.server import is_loopback
from einthoven.escalation.calendar import zone_of
from einthoven.interop import hl7v2
from einthoven.interop.hl7_ack import Header, answer, header, header_or_what_there_is
from einthoven.interop.hl7_adt import Adt, adt
from einthoven.interop.hl7_oru import Between
from einthoven.interop.hl7v2 import Message
from einthoven.interop.mllp import Block
from einthoven.settings import Settings

T = TypeVar("T")
LOG = structlog.get_logger("einthoven.hl7")
TURN_S: Final = 1.0
"""Between two looks for reports to be sent."""


class Facts(Protocol):
    """The part of the facts that is changed by what hospitals say."""

    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T:
        """Run ``act`` in one transaction."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """What HL7 stands on.

    Attributes:
        desk: where deeds are kept; used on the event loop.
        facts: patients.
        shelf: reports as they leave.
        store: their pages.
        clock: the center's.
        changed: hears, not on the event loop, of a patient whose data changed.
        papers: where messages of orders are kept; None: orders are not taken.
    """

    desk: Desk
    facts: Facts
    shelf: LifeShelf
    store: ReportStore
    clock: Clock
    changed: Callable[[int], None] = lambda _patient: None
    papers: Papers | None = None


def address(text: str, name: str) -> tuple[str, int]:
    """Host and port of a setting.

    Raises:
        InputError: the port is none.
    """
    host, _, port = text.rpartition(":")
    if not host or not 0 <= int(port) <= 65535:
        raise InputError(f"{name}: want host:port, got {text!r}")
    return host.strip("[]"), int(port)


class Intake:
    """Takes messages: each is answered once what follows from it is durable, or is refused with its place."""

    def __init__(
        self, world: World, processing: str, zone: tzinfo, orders: OrderIntake | None = None
    ) -> None:
        self._world = world
        self._orders = orders
        self._processing = processing
        self._zone = zone
        self._answers = 0

    async def receive(self, block: Block, peer: str) -> bytes | None:
        """What is answered to a message (``edges.exchange.mllp.Receive``)."""
        told = Header()
        self._answers += 1
        control = f"A{self._world.clock.wall() // 1_000_000 % 10**12}-{self._answers}"[:20]
        try:
            if not block.whole:
                raise MessageError("MSH", f"larger than {hl7v2.MESSAGE_MAX} bytes", 207)
            message = await asyncio.to_thread(hl7v2.parse, block.content)
            told = header_or_what_there_is(message)
            told = header(message)
            hospital.checked(told, self._processing)
            if told.code != "ADT":
                return await self._ordered(message, told, block.content, control)
            said = adt(message, told, self._world.clock.wall(), self._zone)
            letter = Letter(told, hospital.named(said, told), hospital.digest(block.content))
            await self._keep(letter, peer)
            error = None
        except MessageError as fault:
            error = fault
        except (EinthovenError, OSError) as trouble:
            LOG.error("hl7_not_kept", peer=peer, control=told.control, error=str(trouble))
            error = MessageError("MSH", "not kept here now; send it again", 207)
        if error is not None:
            LOG.warning("hl7_refused", peer=peer, control=told.control, error=str(error))
        return answer(told, error, control, self._world.clock.wall(), self._zone)

    async def _ordered(self, message: Message, told: Header, raw: bytes, control: str) -> bytes | None:
        """Orders are answered by what became of them; a sender of the enhanced mode by its own words."""
        if self._orders is None:
            raise MessageError("MSH[1]-9", "orders are not taken here", 200)
        made = await self._orders.take(message, told, raw, control)
        if told.enhanced:
            return answer(told, None, control, self._world.clock.wall(), self._zone)
        return made

    async def _keep(self, letter: Letter, peer: str) -> None:
        book = self._world.desk.books.hospital
        if book.is_repeat(letter.sender, letter.header.control, letter.digest):
            return
        known = hospital.holder(book, letter.adt)
        patient = await asyncio.to_thread(self._filled, letter.adt, known)
        LOG.info("hl7_taken", peer=peer, control=letter.header.control, patient=patient)
        if patient is None:
            return  # nobody who is enrolled here
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: StoreError | None) -> None:
            if kept.done():
                return  # the sender has left
            if error is None:
                kept.set_result(None)
            else:
                kept.set_exception(error)

        self._world.desk.commit([hospital.told(letter, patient)], HOSPITAL, self._world.clock.wall(), done)
        await kept

    def _filled(self, said: Adt, known: int | None) -> int | None:
        world = self._world
        act = lambda unit: hospital.fill(unit, known, said)  # noqa: E731
        patient, changed = world.facts.unit(act, HOSPITAL, world.clock.wall())
        if changed and patient is not None:
            world.changed(patient)
        return patient


class HospitalRun:
    """HL7 while the center runs: a server, a sender, both or none.

    Raises:
        InputError: a setting is wrong; names it.
    """

    def __init__(self, world: World, settings: Settings, folder: Path) -> None:
        self._world = world
        self._settings = settings
        zone = zone_of(settings.zone)
        tls = settings.hl7_security == "tls"
        self.server: MllpServer | None = None
        if settings.hl7_listen:
            self._at = address(settings.hl7_listen, "hl7_listen")
            _protected(settings, "hl7_listen", self._at[0])
            self._tls = _server_tls(settings, folder) if tls else None
            orders = None
            if world.papers is not None:
                names = names_of(settings.order_tests, settings.order_payers)
                orders = OrderIntake(world.desk, world.papers, world.clock, zone, names)
            intake = Intake(world, settings.hl7_processing, zone, orders)
            self.server = MllpServer(intake.receive, networks(settings.hl7_from), Limits())
        self.sender: Hl7Sender | None = None
        if settings.hl7_send:
            host, port = address(settings.hl7_send, "hl7_send")
            _protected(settings, "hl7_send", host)
            receiver = Receiver(host, port, _client_tls(settings, folder) if tls else None)
            self._open_sender(receiver, zone)

    def _open_sender(self, receiver: Receiver, zone: tzinfo) -> None:
        settings, desk, world = self._settings, self._world.desk, self._world
        between = Between(
            settings.hl7_application,
            settings.hl7_facility,
            settings.hl7_to_application,
            settings.hl7_to_facility,
            settings.hl7_processing,
        )
        route = Route(f"mllp://{settings.hl7_send}", between, zone)
        book = desk.books.hospital
        known = lambda number: book.of(number).identifiers  # noqa: E731
        self.sender = Hl7Sender(desk.books.reports, world.shelf.one, route, known)
        desk.listeners.append(self.sender.heard)
        wall = world.clock.wall

        def settle(draft: Draft, tried: Tried, done: Done) -> None:
            desk.settle(draft, tried, wall(), lambda: done(None))

        retry = Retry(age=settings.hl7_hours * HOUR)
        messengers = {HL7: MllpMessenger(receiver, world.store.get)}
        waits = lambda notice: held_back(desk.books.notices.notices, notice.id)  # noqa: E731
        outbox = Outbox(desk.world.journal, messengers, settle, retry, HL7, waits)
        self._postman = Postman(outbox, wall, lambda words: LOG.error("outbox", detail=words))

    async def run(self) -> None:
        """For ever; closes both at the end.

        Raises:
            OSError: the address cannot be listened on.
        """
        try:
            if self.server is not None:
                await self.server.start(*self._at, self._tls)
                LOG.info("hl7_listening", host=self._at[0], port=self.server.port)
            if self.sender is not None:
                self._postman.start()
            while True:
                await self._send()
                await asyncio.sleep(TURN_S)
        finally:
            if self.server is not None:
                await self.server.stop()
            if self.sender is not None:
                await self._postman.stop()

    async def _send(self) -> None:
        """Queue every report that is to be sent."""
        sender, wall = self.sender, self._world.clock.wall
        while sender is not None and (number := sender.next(wall())) is not None:
            try:
                draft, notice = await asyncio.to_thread(sender.message, number, wall())
                self._world.desk.post([draft], [notice], wall())
                sender.kept(number)
            except Exception as error:  # noqa: BLE001 - the top of a task: told; other reports go on
                LOG.error("hl7_no_message", report=number, error=repr(error))
                sender.failed(number, wall())


def post(
    desk: Desk,
    on_loop: Callable[[Callable[[], None]], object],
    decide: Callable[[], tuple[Sequence[Draft], Sequence[Notice]]],
    actor: str,
    at: Instant,
) -> None:
    """Decide on the event loop and keep deeds and messages; not on the event loop.

    Raises:
        EinthovenError: as ``decide``; ``StoreError`` where it is not on record yet.
    """
    refused: list[EinthovenError] = []

    def there(done: Done) -> None:
        try:
            drafts, notices = decide()
        except EinthovenError as error:
            refused.append(error)
            done(None)
            return
        desk.record.commit(drafts, actor, at, done, notices)

    waited(lambda done: on_loop(lambda: there(done)))
    if refused:
        raise refused[0]


def _protected(settings: Settings, name: str, host: str) -> None:
    if settings.hl7_security == "none" and host != "localhost" and not is_loopback(host):
        raise InputError(f"{name}: {host} is beyond this machine: hl7_security = tls, or tunnel")


def _server_tls(settings: Settings, folder: Path) -> ssl.SSLContext:
    if not settings.hl7_certificate or not settings.hl7_key:
        raise InputError("hl7_listen: hl7_security = tls wants hl7_certificate and hl7_key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(folder / settings.hl7_certificate, folder / settings.hl7_key)
        if settings.hl7_trust:
            context.load_verify_locations(folder / settings.hl7_trust)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise InputError(f"hl7_certificate: cannot be served with ({error})") from error
    return context


def _client_tls(settings: Settings, folder: Path) -> ssl.SSLContext:
    trust = folder / settings.hl7_trust if settings.hl7_trust else None
    try:
        context = ssl.create_default_context(cafile=trust)
        if settings.hl7_certificate and settings.hl7_key:
            context.load_cert_chain(folder / settings.hl7_certificate, folder / settings.hl7_key)
    except (OSError, ssl.SSLError) as error:
        raise InputError(f"hl7_trust: {error}") from error
    return context
