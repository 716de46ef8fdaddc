"""What surveillance needs, on the folder of the demo: a site, stations, papers, a ladder (R16, R17, R21).

Everything is made where it is not there yet, so a folder that is kept grows no second set. Loopback and
simulated patients only: the site's one network is this machine.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from einthoven.base.deeds import CENTER, Draft
from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, Instant
from einthoven.bootstrap.desk import DeskRun
from einthoven.bootstrap.people import DEMO_LOGIN
from einthoven.center.desk_books import Books
from einthoven.center.patient_notes import note
from einthoven.sim.demo import PHYSICIAN, TELEPHONE
from einthoven.surveillance import staff_changes, stations
from einthoven.surveillance.qualification import qualified
from einthoven.surveillance.staff import StaffBook

SITE: Final = "Demo site"
NETWORKS: Final = ("127.0.0.0/8", "::1/128")
ZONE: Final = "America/New_York"
COLLEAGUES: Final = ("Tamsin Tickertape", "Tariq Telemann", "Toni Tracewell", "Tove Tideman", "Tomas Torso")
READER: Final = "Sigrun Secondlook"
PATIENTS_EACH: Final = 28
"""Patients for whom a simulated technician more is on duty: below the number from which it is called many."""
COLLEAGUES_LEAST: Final = 2
VISITORS: Final = {"technician": "desk", "supervisor": "supervisor"}
"""Roles in which a visitor sits at a station of their own, and its kind."""
SECRET_FILE: Final = "demo-stations"
PAPERS: Final = 400 * DAY
RENEW: Final = 30 * DAY
"""Papers that run no longer than this are renewed at a start."""


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody and the station where they sit."""

    person: int
    station: int


@dataclass(frozen=True, slots=True)
class DemoPosts:
    """The shift of the demo.

    Attributes:
        technicians, reader: the simulated ones.
        visitors: token and number of the station that a visitor in this role sits at.
        practice: of all patients.
    """

    technicians: tuple[Post, ...]
    reader: Post
    visitors: Mapping[str, tuple[str, int]]
    practice: int

    @property
    def simulated(self) -> frozenset[int]:
        """Numbers of those who are no visitors."""
        return frozenset({one.person for one in (*self.technicians, self.reader)})


def set_up_watch(run: DeskRun, keys: Path, patients: int, now: Instant) -> DemoPosts:
    """Make what is missing; waits for the disk, so not on the event loop."""
    made = _Setting(run, secret_of(keys / SECRET_FILE), now)
    book = made.books.surveil.staff
    practice = next(iter(book.practices))
    count = min(len(COLLEAGUES), max(COLLEAGUES_LEAST, -(-patients // PATIENTS_EACH)))
    site = made.site()
    technicians = tuple(
        Post(
            made.member(name, f"{DEMO_LOGIN}colleague-{number}", "technician"),
            made.station(f"Wall {number}", site, "wall"),
        )
        for number, name in enumerate(COLLEAGUES[:count], 1)
    )
    reader = Post(
        made.member(READER, f"{DEMO_LOGIN}reader", "supervisor"),
        made.station("Shift desk", site, "supervisor"),
    )
    visitors = {}
    for role, kind in VISITORS.items():
        made.papers(book.logins[f"{DEMO_LOGIN}{role}"])
        name = f"Your {role}'s station"
        visitors[role] = (made.token(name), made.station(name, site, kind))
    made.ladder(practice)
    return DemoPosts(technicians, reader, visitors, practice)


def circumstances(books: Books, streams: Iterable[StreamId], practice: int) -> list[Draft]:
    """Of which practice the patients are and in which zone they live."""
    told = {"practice": practice, "zone": ZONE, "local_number": "911"}
    return [draft for stream in streams for draft in note(books.notes, stream, told)]


class _Setting:
    """Makes what is not there yet."""

    def __init__(self, run: DeskRun, secret: bytes, now: Instant) -> None:
        self.books = run.room.desk.books
        self._run = run
        self._secret = secret
        self._now = now

    def _keep(self, drafts: list[Draft]) -> None:
        self._run.keep(drafts, CENTER, self._now)

    def token(self, name: str) -> str:
        """What a browser at this station carries: the same at every start on this folder."""
        made = hmac.new(self._secret, name.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).decode().rstrip("=")

    def site(self) -> int:
        book = self.books.surveil.stations
        for one in book.sites.values():
            if one.name == SITE:
                return one.number
        number = book.next_site
        self._keep(stations.add_site(book, SITE, "1 Loopback Lane, Springfield", "US", NETWORKS))
        return number

    def station(self, name: str, site: int, kind: str) -> int:
        book, key = self.books.surveil.stations, hashlib.sha256(self.token(name).encode()).hexdigest()
        for one in book.stations.values():
            if one.name == name:
                if one.public_key != key or not one.active:
                    self._keep(stations.change_station(book, one.number, name, site, key, kind))
                return one.number
        number = book.next_station
        self._keep(stations.register_station(book, name, site, key, kind))
        return number

    def member(self, name: str, login: str, role: str) -> int:
        book = self.books.surveil.staff
        number = book.logins.get(login)
        if number is None:
            number = book.next_member
            self._keep(staff_changes.join(book, name, login, [role]))
        self.papers(number)
        return number

    def papers(self, number: int) -> None:
        """A credential and the trainings, where those on file do not run on for a while."""
        book, surveil = self.books.surveil.staff, self.books.surveil
        if qualified(book.members[number], self._now + RENEW, surveil.recognised).ok:
            return
        until = self._now + PAPERS
        self._keep([*self._credential(book, number, until), *self._trainings(book, number, until)])

    def _credential(self, book: StaffBook, number: int, until: Instant) -> list[Draft]:
        certificate, since = f"DEMO-{number}", self._now - DAY
        return staff_changes.credential(book, number, "CCT", certificate, "the demo", since, until)

    def _trainings(self, book: StaffBook, number: int, until: Instant) -> list[Draft]:
        return [
            draft
            for topic in self.books.surveil.recognised.topics
            for draft in staff_changes.training(book, number, topic, self._now - DAY, until, "the demo")
        ]

    def ladder(self, practice: int) -> None:
        if practice in self.books.notify.plans.practices:
            return
        drafts, _flaws = self.books.notify.set_plan({"practice": practice, "plan": PLAN}, self._now)
        self._keep(drafts)


PLAN: Final[dict[str, object]] = {
    "zone": ZONE,
    "persons": [
        {
            "key": "phil",
            "name": PHYSICIAN,
            "role": "physician",
            "numbers": [{"kind": "mobile", "number": TELEPHONE}],
        },
        {
            "key": "nora",
            "name": "Dr. Nora Nightcall",
            "role": "covering-physician",
            "numbers": [{"kind": "mobile", "number": "+1 212 555 0102"}],
        },
    ],
    "ladders": {
        tier: {"rungs": [{"who": "phil", "tries": tries, "retry_s": 60, "wait_s": 0}, {"who": "nora"}]}
        for tier, tries in (("emergent", 2), ("urgent", 2))
    },
}
"""Whom the demo calls; numbers of the range that is kept for fiction (555-01xx)."""


def secret_of(path: Path) -> bytes:
    """What the tokens of the demo's stations are made from; made once, readable by the owner alone."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return bytes.fromhex(path.read_text())
