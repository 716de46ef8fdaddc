"""Two centers on virtual time, each with a desk and a clock of its own, and a wire between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.center.desk_house import TURN, DeskHouse

from einthoven.base.deeds import CENTER
from einthoven.base.errors import EinthovenError, InputError, RefusedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Instant
from einthoven.base.layout import Layout, Lead
from einthoven.center.desk_books import PatientCard
from einthoven.center.desk_door import Who
from einthoven.center.peer_desk import Admitted, PeerDesk
from einthoven.center.peer_details import Details, Sending
from einthoven.center.peer_form import Link
from einthoven.center.peer_message import public_key
from einthoven.surveillance import peer_book
from einthoven.surveillance.peer_book import Guest, Peer

FIRST_GUEST = 101
LAYOUT = Layout(250.0, (Lead("II"), Lead("V1")))


@dataclass
class House:
    """What a desk between centers needs, in memory; guests get the streams 101, 102, …"""

    next: int = FIRST_GUEST
    told: dict[StreamId, Details] = field(default_factory=dict)
    forwarded: dict[StreamId, Link] = field(default_factory=dict)
    gone: list[StreamId] = field(default_factory=list)
    refuse: str = ""
    periods: dict[StreamId, tuple[int, StreamId]] = field(default_factory=dict)
    """The facts: open periods of guests, and whose; they outlive the center."""
    breaks: bool = False
    dies: bool = False
    """The center dies when the period is written, before anybody hears of it."""

    def sending(self, stream: StreamId) -> Sending | None:
        return Sending(f"T-{stream}", LAYOUT, f"{stream:064x}")

    def forward(self, stream: StreamId, link: Link | None) -> None:
        if link is None:
            self.forwarded.pop(stream, None)
        else:
            self.forwarded[stream] = link

    def admit(self, told: Details, peer: int, theirs: StreamId, done: Admitted) -> None:
        if self.refuse:
            done(None, InputError(self.refuse))
            return
        if self.breaks:
            done(None, ZeroDivisionError())
            return
        for stream in [one for one, whose in self.periods.items() if whose == (peer, theirs)]:
            del self.periods[stream]  # renewed
        stream, self.next = self.next, self.next + 1
        self.told[stream] = told
        self.periods[stream] = (peer, theirs)
        if not self.dies:
            done(stream, None)

    def enrolled(self) -> list[Guest]:
        return [Guest(*whose, stream, 0) for stream, whose in self.periods.items()]

    def link(self, guest: Guest) -> Link | None:
        return Link(guest.stream, f"center-{guest.peer}", "wss://there:8094/link", "")

    def discharge(self, stream: StreamId) -> None:
        self.gone.append(stream)
        self.periods.pop(stream, None)


class PeerHouse(DeskHouse):
    """A center that speaks with others."""

    def __init__(self, name: str, patients: int, seed: int, key: int) -> None:
        self.name, self.seed_ = name, bytes([key]) * 32
        self.world = House()
        self.lives = 0
        super().__init__(patients, seed)

    @property
    def key(self) -> str:
        return public_key(self.seed_)

    def _opened(self) -> Any:
        room = super()._opened()
        room.desk.books.card = lambda stream: PatientCard(
            f"Patient, {stream}",
            telephone="+1 555 0101",
            address="12 Elm St",
            contacts=(("Sam Doe", "spouse", "+1 555 0102"),),
            physician="Dr. Weber",
            physician_telephone="+1 555 0100",
        )
        self.lives += 1
        self.peers = PeerDesk(room.desk, self.world, self.seed_, f"{self.name} {self.lives}")
        return room

    def trust(self, other: PeerHouse, url: str = "https://there.example:8093") -> None:
        book = self.books.surveil.peers
        self.room.desk.commit(
            peer_book.trust(book, self.key, other.name, other.key, url), "console", self.clock.wall()
        )

    def act(self, person: int, act: str, **fields: Any) -> EinthovenError | None:
        told: list[EinthovenError | None] = []
        who = Who(person, person, "192.0.2.7")
        self.room.act(who, act, fields, lambda _told, error: told.append(error))
        return told[0]

    def lend(self, person: int, watches: Any = "all", center: int = 1) -> EinthovenError | None:
        return self.act(person, "watch.offer", watches=watches, to={"center": center})

    def responsible(self, stream: StreamId) -> int | None:
        """Who is, by this center's books: a person, ``-N`` for center N, None for nobody."""
        watch = self.books.surveil.watches.holding(stream)
        return None if watch is None else watch.by

    def guest(self, theirs: StreamId, peer: int = 1) -> StreamId | None:
        found = self.books.surveil.peers.guests_of(peer).get(theirs)
        return None if found is None else found.stream

    def refusals(self) -> list[str]:
        lines = self.kept.audit()
        return [str(one.detail["reason"]) for one in lines if one.action == "peer.refused"]

    def step(self) -> None:
        """One turn of everything in this house."""
        self.clock.move(TURN / SECOND)
        now, wall = self.clock.monotonic(), self.clock.wall()
        self.room.desk.turn(wall)
        self.room.sweep(wall)
        for one in self.technicians:
            one.step(now, wall)


@dataclass
class Weather:
    """What the wire does: shares of messages lost and doubled, and up to how many turns they take."""

    lose: float = 0.0
    double: float = 0.0
    turns: int = 0
    cut: bool = False


class Wire:
    """Carries turns and answers between houses; what was sent is kept, for whoever wants to send it again."""

    def __init__(self, one: PeerHouse, two: PeerHouse, seed: int = 1) -> None:
        self.houses = (one, two)
        self.weather = Weather()
        self.chance = Random(seed)
        self.now = 0
        self.second = -1
        self.seen: list[tuple[PeerHouse, bytes]] = []
        self.answers: list[tuple[PeerHouse, bytes]] = []
        self._under_way: list[tuple[int, int, Callable[[], None]]] = []
        self._number = 0

    def run(self, seconds: float, each: Callable[[], None] = lambda: None) -> None:
        for _ in range(round(seconds * SECOND / TURN)):
            self.now += 1
            for house in self.houses:
                house.step()
            ready = sorted(one[:2] for one in self._under_way if one[0] <= self.now)
            for key in ready:
                [carried] = [one for one in self._under_way if one[:2] == key]
                self._under_way.remove(carried)
                carried[2]()
            if self.now % (SECOND // TURN) == 0:
                for house in self.houses:
                    for peer, raw in house.peers.turn(house.clock.wall()):
                        self._post(house, peer, raw)
            each()
        for house in self.houses:
            assert house.defects == []

    def _carry(self, act: Callable[[], None]) -> None:
        weather = self.weather
        if weather.cut or self.chance.random() < weather.lose:
            return
        for _ in range(1 + (self.chance.random() < weather.double)):
            self._number += 1
            due = self.now + self.chance.randint(0, weather.turns)
            if due == self.now:
                act()
            else:
                self._under_way.append((due, self._number, act))

    def _post(self, house: PeerHouse, peer: Peer, raw: bytes) -> None:
        other = next(one for one in self.houses if one.key == peer.key)
        self.seen.append((other, raw))
        self._carry(lambda: self._arrive(house, peer, other, raw))

    def _arrive(self, house: PeerHouse, peer: Peer, other: PeerHouse, raw: bytes) -> None:
        try:
            answer = other.peers.received(raw, "198.51.100.7", other.clock.wall())
        except RefusedError as error:
            why = error.detail
            self._carry(lambda: house.peers.unanswered(peer.number, why, house.clock.wall()))
            return
        self.answers.append((house, answer))
        self._carry(lambda: house.peers.answered(peer.number, answer, house.clock.wall()))


def two_houses(patients: int = 3, apart_s: float = 0.0, seed: int = 1) -> tuple[PeerHouse, PeerHouse, Wire]:
    """Boston with patients and Kim (1) at work, Denver with none and Lee (1); they trust each other."""
    boston, denver = PeerHouse("Boston", patients, seed, 1), PeerHouse("Denver", 0, seed + 1, 2)
    denver.clock.epoch += round(apart_s * SECOND)
    boston.trust(denver)
    denver.trust(boston)
    boston.seat(boston.hire("Kim, Alex"))
    denver.seat(denver.hire("Lee, Robin"))
    boston.begin()
    wire = Wire(boston, denver, seed)
    wire.run(40)
    return boston, denver, wire


def since(house: PeerHouse, start: Instant) -> Any:
    """The continuity report of a house from an instant on."""
    return house.continuity(start, house.clock.wall() - 3 * SECOND)


__all__ = ["CENTER", "FIRST_GUEST", "House", "PeerHouse", "Weather", "Wire", "since", "two_houses"]
