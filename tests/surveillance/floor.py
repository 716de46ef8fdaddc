"""A surveillance floor in memory: books, a journal as a list, people and stations to watch with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from einthoven.base.deeds import CENTER, Deed, Draft, numbered, staff_actor
from einthoven.base.instants import DAY, SECOND, Instant, from_iso
from einthoven.surveillance import handing, incidents, services, staff_changes, stations, watching
from einthoven.surveillance.continuity import Continuity, report
from einthoven.surveillance.display import Painted, Proofs
from einthoven.surveillance.drafting import Cause, Told
from einthoven.surveillance.limits import Limits
from einthoven.surveillance.qualification import Recognised
from einthoven.surveillance.staff import StaffBook
from einthoven.surveillance.stations import StationBook
from einthoven.surveillance.watches import EVERYBODY, OfferedTo, State, Watch, WatchBook

T0 = from_iso("2026-11-22T12:00:00Z")
ADDRESS = "192.0.2.10"
TOPICS = Recognised().topics


def key(number: int) -> str:
    return f"{number:064x}"


@dataclass
class Floor:
    """Applies what the rooms draft, as a center would; ``now`` moves by hand."""

    limits: Limits = field(default_factory=Limits)
    now: Instant = T0
    journal: list[Deed] = field(default_factory=list)
    staff: StaffBook = field(default_factory=StaffBook)
    places: StationBook = field(default_factory=StationBook)
    book: WatchBook = field(default_factory=WatchBook)
    proofs: Proofs = field(default_factory=Proofs)

    def do(self, drafts: Sequence[Draft], actor: str = CENTER) -> list[Deed]:
        deeds = numbered(drafts, len(self.journal), actor, self.now)
        for deed in deeds:
            self.journal.append(deed)
            self.staff.apply(deed)
            self.places.apply(deed)
            self.book.apply(deed)
        return deeds

    # ---- people and places
    def site(self) -> None:
        self.do(
            stations.add_site(self.places, "Main house", "1 Main Street, Springfield", "US", ["192.0.2.0/24"])
        )

    def station(self, kind: str = "desk") -> int:
        if not self.places.sites:
            self.site()
        number = self.places.next_station
        self.do(stations.register_station(self.places, f"desk {number}", 1, key(number), kind))
        return number

    def technician(self, expires: Instant = T0 + 365 * DAY, role: str = "technician") -> int:
        number = self.staff.next_member
        self.do(staff_changes.join(self.staff, f"Tech {number} Nyx", f"tech{number}", [role]))
        self.certify(number, expires)
        return number

    def certify(self, number: int, expires: Instant) -> None:
        start = min(self.now, expires) - 400 * DAY
        self.do(staff_changes.credential(self.staff, number, "CCT", f"C-{number}", "CCI", start, expires))
        for topic in TOPICS:
            if not any(one.topic == topic for one in self.staff.members[number].training):
                self.do(
                    staff_changes.training(self.staff, number, topic, start, T0 + 700 * DAY, "Head Nurse")
                )

    def on_duty(self, **more: Instant) -> int:
        """Somebody new at a new station of the same number, which is alive."""
        person, station = self.technician(**more), self.station()
        assert person == station
        self.sign_on(person, station)
        self.paint(station, [])
        return person

    def sign_on(self, person: int, station: int, address: str = ADDRESS) -> None:
        self.do(watching.sign_on(self.book, person, station, address, self.limits, self.now))

    def sign_off(self, person: int, cause: str = "") -> list[Deed]:
        return self.do(
            watching.sign_off(self.book, self.proofs, person, self.limits, self.now, self.told(), cause=cause)
        )

    def told(self) -> Told:
        return watching.told_of(self.book, self.staff, self.places)

    # ---- service
    def expect(self, stream: int) -> list[Deed]:
        return self.do(services.expect(self.book, stream, self.limits, self.now))

    def begin(self, *streams: int) -> None:
        for stream in streams:
            self.do(services.begin(self.book, stream, self.limits, self.now))

    def end(self, stream: int) -> list[Deed]:
        return self.do(services.end(self.book, self.proofs, stream, self.limits, self.now))

    def restart(self, alive_until: Instant) -> list[Deed]:
        """A new life: the books come from the journal alone, proofs are gone."""
        self.staff, self.places, self.book, self.proofs = StaffBook(), StationBook(), WatchBook(), Proofs()
        for deed in self.journal:
            self.staff.apply(deed)
            self.places.apply(deed)
            self.book.apply(deed)
        return self.do(services.restart(self.book, alive_until, self.limits, self.now, self.told()))

    # ---- pictures and time
    def paint(
        self,
        station: int,
        streams: Collection[int],
        *,
        visible: bool = True,
        doubts: Mapping[int, str] | None = None,
        age: int = 0,
    ) -> list[Deed]:
        picture = Painted(station, self.now - age, streams, visible, doubts or {})
        return self.do(watching.painted(self.book, self.proofs, picture, self.limits, self.now, self.told()))

    def close_page(self, station: int) -> list[Deed]:
        drafts = watching.gone(
            self.book, self.proofs, station, Cause.CLOSED, self.limits, self.now, self.told()
        )
        return self.do(drafts)

    def due(self) -> list[Deed]:
        unfit = watching.no_longer_fit(self.book, self.staff, self.places, Recognised(), self.now)
        return self.do(watching.due(self.book, self.proofs, unfit, self.limits, self.now, self.told()))

    def run(self, seconds: float, screens: Mapping[int, Collection[int]] | None = None) -> list[Deed]:
        """Second by second: what is due, then what each station paints."""
        deeds: list[Deed] = []
        for _ in range(int(seconds)):
            self.now += SECOND
            deeds += self.due()
            for station, streams in (screens or {}).items():
                deeds += self.paint(station, streams)
        return deeds

    # ---- by hand
    def seat(self, person: int) -> handing.Seat:
        return watching.seat(
            self.book, self.proofs, self.staff, self.places, Recognised(), self.limits, person, self.now
        )

    def take(self, person: int, *streams: int) -> list[Deed]:
        drafts = handing.take(self.book, streams, self.seat(person), self.limits, self.now)
        return self.do(drafts, staff_actor(person))

    def accept(self, person: int, *streams: int) -> list[Deed]:
        numbers = [self.following(stream).number for stream in streams]
        drafts = handing.accept(self.book, numbers, self.seat(person), self.limits, self.now)
        return self.do(drafts, staff_actor(person))

    def offer(self, person: int, to: OfferedTo, *streams: int, may_assign: bool = False) -> list[Deed]:
        """Offer these on, or the whole shift."""
        numbers = [self.holder(stream).number for stream in streams] or None
        drafts = handing.offer(self.book, numbers, to, person, self.limits, self.now, may_assign=may_assign)
        return self.do(drafts, staff_actor(person))

    def decline(self, person: int, *streams: int) -> list[Deed]:
        numbers = [self.following(stream).number for stream in streams]
        drafts = handing.decline(self.book, numbers, person, "my hands are full", self.limits, self.now)
        return self.do(drafts, staff_actor(person))

    def withdraw(self, person: int, *streams: int, may_assign: bool = False) -> list[Deed]:
        numbers = [self.following(stream).number for stream in streams]
        drafts = handing.withdraw(self.book, numbers, person, self.limits, self.now, may_assign=may_assign)
        return self.do(drafts, staff_actor(person))

    def close_incident(self, person: int, *numbers: int, cause: str = "", note: str = "looked into") -> None:
        self.do(incidents.close(self.book.incidents, numbers, cause, note), staff_actor(person))

    # ---- looking
    def holder(self, stream: int) -> Watch:
        watch = self.book.holding(stream)
        assert watch is not None
        return watch

    def following(self, stream: int) -> Watch:
        watch = self.book.to_follow(stream)
        assert watch is not None
        return watch

    def watched_by(self, stream: int) -> int | None:
        watch = self.book.holding(stream)
        return None if watch is None else watch.by

    def offered_to_all(self, stream: int) -> bool:
        watch = self.book.to_follow(stream)
        return watch is not None and (watch.state, watch.offered_to) == (State.OFFERED, EVERYBODY)

    def continuity(self, start: Instant, stop: Instant) -> Continuity:
        proved = self.proofs.proved_until(self.book.displays, self.now)
        return report(self.journal, start, stop, proved)


def watched(streams: int = 1, **more: Instant) -> tuple[Floor, int]:
    """A floor on which one person at station 1 holds streams 1 … ``streams``, since one second."""
    floor = Floor()
    person = floor.on_duty(**more)
    chosen = range(1, streams + 1)
    floor.begin(*chosen)
    floor.take(person, *chosen)
    floor.run(1, {person: chosen})
    assert all(floor.watched_by(stream) == person for stream in chosen)
    return floor, person


def kinds(deeds: Sequence[Deed]) -> list[str]:
    return [deed.kind for deed in deeds]


def one(deeds: Sequence[Deed], kind: str) -> Mapping[str, object]:
    """The body of the only deed of this kind."""
    [deed] = [deed for deed in deeds if deed.kind == kind]
    return deed.body
