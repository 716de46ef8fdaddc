"""Sign-in of a center, made of its facts: staff book, secrets, sessions, the pages' access, the console."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

import structlog

from einthoven.base.deeds import CENTER, Body, Deed
from einthoven.base.errors import InputError, StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import HOUR, MINUTE, Instant
from einthoven.bootstrap.claims import ClaimFacts, ClaimRun, open_claims
from einthoven.bootstrap.corrections import open_corrections
from einthoven.bootstrap.desk import DeskRun
from einthoven.bootstrap.dossier_room import kept_free
from einthoven.bootstrap.dossier_run import DossierRun
from einthoven.bootstrap.exchange import Register, open_exchange
from einthoven.bootstrap.peers import KEYS_FOLDER, ensure_seed
from einthoven.bootstrap.reports import ReportEvents
from einthoven.bootstrap.sign_in_stores import (
    AtDesk,
    JournalAudit,
    StaffKeeper,
    StoredSecrets,
    StoredSessions,
    waited,
)
from einthoven.center import desk_ports as desk
from einthoven.center.enroll import EnrollmentUnit
from einthoven.center.export_office import ExportOffice
from einthoven.center.papers_office import PapersOffice
from einthoven.center.passkey_sign_in import PasskeySignIn
from einthoven.center.peer_office import PeerOffice
from einthoven.center.ports import Clock
from einthoven.center.sessions import Sessions
from einthoven.center.sight import Sight
from einthoven.center.sign_in import SignIn
from einthoven.center.sign_in_ports import Held, Limits
from einthoven.center.staff_office import StaffBookPeople, StaffOffice
from einthoven.center.station_office import StationOffice
from einthoven.center.tally import Tally
from einthoven.edges.store.day_files import DayFiles
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.documents import Documents
from einthoven.edges.store.report_files import ReportFiles
from einthoven.edges.web.access import Access, ReadLedger
from einthoven.edges.web.console import Console
from einthoven.edges.web.hosts import Hosts
from einthoven.edges.web.oidc import Oidc, Provider, check_provider
from einthoven.edges.web.server import is_loopback
from einthoven.settings import Settings

T = TypeVar("T")
LOG = structlog.get_logger("einthoven.access")


SIGHT: Final = frozenset({"patient.noted", "glass.broken", "practice.added", "staff.changed"})
"""Deeds after which somebody may see other patients than before."""
DEMO_LOGIN: Final = "demo-"
"""Logins of the demo's people begin with it."""


class DeskFacts(Protocol):
    """The part of the facts that people need."""

    @property
    def journal(self) -> desk.Journal:
        """Deeds and audit lines."""
        ...

    @property
    def secrets(self) -> desk.Secrets:
        """What proves who somebody is."""
        ...

    @property
    def sessions(self) -> desk.Sessions:
        """Who is signed in."""
        ...


class EntryReader(ReportEvents, Register, ClaimFacts, Protocol):
    """Streams, periods, events, and who is enrolled."""


class EntryFacts(DeskFacts, Protocol):
    """The same of a running center."""

    @property
    def reader(self) -> EntryReader:
        """Where questions go."""
        ...

    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T:
        """Run ``act`` in one transaction."""
        ...


@dataclass(slots=True)
class People:
    """Sign-in and all it stands on.

    Attributes:
        keeper: the staff book.
        sign_in: the use-cases.
        office: the commands.
        places: sites and stations.
        stored: the secrets.
    """

    keeper: StaffKeeper
    sign_in: SignIn
    office: StaffOffice
    places: StationOffice
    stored: StoredSecrets


def open_people(
    facts: DeskFacts,
    settings: Settings,
    now: Instant,
    tally: Tally | None = None,
    demo: bool = False,
    at_desk: AtDesk | None = None,
    base: Callable[[], str] | None = None,
    on_file: Callable[[str], bool] = lambda _digest: False,
    folder: Path | None = None,
) -> People:
    """Bring the staff book and the open sessions back.

    Args:
        demo: whether one click signs visitors in.
        at_desk: the desk that runs here.
        base: address of the pages that are served; None: none are, it is what the settings will make it.
        on_file: whether a document is kept in the data folder.
        folder: the data folder, which holds this center's key; None: no commands about other centers.

    Raises:
        InputError: others than the demo's people work on the folder of a demo.
    """
    counts = tally or Tally()

    def failed(action: str, error: StoreError) -> None:
        counts.add("audit_failed", action)
        LOG.error("audit_failed", action=action, error=str(error))

    keeper, stored = StaffKeeper(facts.journal, at_desk), StoredSecrets(facts.secrets)
    if demo:
        _only_of_the_demo(keeper)
    everybody = StaffBookPeople(keeper.book)
    limits = Limits(idle=settings.lock_minutes * MINUTE, absolute=settings.session_hours * HOUR)
    sessions = Sessions(StoredSessions(facts.sessions), everybody, now, limits)
    audit = JournalAudit(facts.journal, failed)
    sign_in = SignIn(everybody, stored, sessions, audit, secrets.token_bytes, limits, demo=demo)
    address = base or (lambda: address_of_pages(settings))
    parts = keeper.stations, keeper.decide, sign_in, audit, secrets.token_bytes, address
    places = StationOffice(*parts)
    papers = PapersOffice(keeper.book, keeper.stations, keeper.decide, on_file)

    def noted(actor: str, action: str, subject: str, detail: Body, at: Instant) -> None:
        waited(lambda done: facts.journal.note(actor, action, subject, detail, at, done))

    others = places.commands() | papers.commands() | ExportOffice(noted).commands()
    if folder is not None:
        seed = partial(ensure_seed, folder / KEYS_FOLDER)
        others |= PeerOffice(lambda: keeper.peers, keeper.decide, seed).commands()
    office = StaffOffice(keeper.book, keeper.record, sign_in, secrets.token_bytes, others)
    if not demo:
        # Whoever was let in by a click stays in no longer than the demo.
        for person in everybody.everybody():
            if person.login.startswith(DEMO_LOGIN):
                sign_in.end_all(person.number, "the demo is over", CENTER, now)
    return People(keeper, sign_in, office, places, stored)


def _only_of_the_demo(keeper: StaffKeeper) -> None:
    """Before a page is served: the demo signs in whoever comes, so nobody real may work there."""
    members = keeper.book.members.values()
    others = [one.name for one in members if not one.login.startswith(DEMO_LOGIN)]
    if others:
        raise InputError(f"demo: {others[0]} works on this data folder; the demo signs in whoever comes")


def address_of_pages(settings: Settings) -> str:
    """Where the pages will be, of a center that is not running."""
    if is_loopback(settings.web_host):
        host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
        return f"http://{host}:{settings.web_port}"
    return f"https://{settings.web_name}:{settings.web_port}"


def access_of(
    people: People,
    facts: DeskFacts,
    settings: Settings,
    hosts: Hosts,
    tally: Tally,
    sight: Sight | None = None,
) -> Access:
    """What the pages need of sign-in.

    Raises:
        InputError: the provider's settings cannot be trusted.
    """
    oidc = None
    if settings.oidc_issuer:
        provider = Provider(
            settings.oidc_issuer,
            settings.oidc_client_id,
            settings.oidc_client_secret,
            settings.oidc_claim,
            settings.oidc_label,
        )
        check_provider(provider)
        oidc = Oidc(provider, secrets.token_bytes)
    return Access(
        sign_in=people.sign_in,
        passkeys=PasskeySignIn(people.sign_in, people.stored, secrets.token_bytes),
        oidc=oidc,
        sight=sight or Sight(),
        hosts=hosts,
        ledger=ReadLedger(facts.journal.note, lambda: tally.add("reads_not_audited")),
        places=people.places,
    )


def check_administrator(facts: DeskFacts, host: str, folder: Path) -> None:
    """Refuse to listen beyond this machine while anybody who comes may do everything.

    Raises:
        InputError: there is no administrator.
    """
    if StaffKeeper(facts.journal).book.administrators() == 0:
        raise InputError(
            f"web_host: the pages listen on {host} only with sign-in, and there is no administrator yet: "
            f"einthoven administrator --data {folder} --name 'Doe, Jane' --login jane"
        )


@dataclass(slots=True)
class Entry:
    """Sign-in of a running center.

    Attributes:
        access: for the pages.
        people: sign-in and the staff book.
        console: of the data folder; the caller's to start and stop.
        claims: what makes and checks claims.
        dossiers: what makes records on request.
    """

    access: Access
    people: People
    console: Console
    claims: ClaimRun
    dossiers: DossierRun

    async def sweep(self, now: Instant) -> None:
        """Put down what time has done to sessions."""
        await self.access.thread.run(lambda: self.people.sign_in.sweep(now))


def open_entry(
    facts: EntryFacts,
    settings: Settings,
    hosts: Hosts,
    clock: Clock,
    tally: Tally,
    folder: Path,
    demo: bool,
    desk_run: DeskRun,
    base: Callable[[], str],
) -> Entry:
    """Sign-in of a center that starts; reads the facts, so not on the event loop.

    Args:
        base: address of the pages, once they are served.
    """
    surveil, books = desk_run.room.desk.books.surveil, desk_run.room.desk.books
    at_desk = AtDesk(surveil.staff, surveil.stations, desk_run.decide, surveil.peers)
    documents = Documents(RealDisk(folder))
    on_file = books.on_file = documents.has
    people = open_people(facts, settings, clock.wall(), tally, demo, at_desk, base, on_file, folder)

    def practice(stream: StreamId) -> int | None:
        # The demo's patients are all of its one practice.
        return next(iter(surveil.staff.practices), None) if demo else books.practice(stream)

    def glass_broken(held: Held, stream: StreamId, now: Instant) -> bool:
        return surveil.staff.glass_open(held.staff or 0, stream, now)

    access = access_of(people, facts, settings, hosts, tally, Sight(practice, glass_broken))
    access.more = desk_run.more
    access.documents, access.note = documents, facts.journal.note
    seen = access.sight

    def heard(deed: Deed) -> None:
        if deed.kind in SIGHT:
            seen.changed()

    desk_run.room.desk.listeners.append(heard)
    files, shelf = ReportFiles(RealDisk(folder)), DayFiles(RealDisk(folder))
    desk_run.begin_reports(facts.reader, files, shelf, settings)
    people.office.extend(open_exchange(desk_run, facts, files, clock, settings, folder, documents))
    open_corrections(desk_run, facts, clock)
    claims = open_claims(desk_run, facts.reader, files, clock, settings, folder)
    dossiers = DossierRun(folder, clock, kept_free(settings.disk_reserve_mb) * 3 // 4)
    desk_run.beside.append(dossiers.run)

    async def act(command: str, body: Mapping[str, object]) -> dict[str, object]:
        answer = await access.thread.run(lambda: people.office.do(command, body, clock.wall()))
        LOG.info("console", command=command, staff=answer.get("staff"))
        return answer

    return Entry(access, people, Console(folder, act), claims, dossiers)
