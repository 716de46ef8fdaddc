"""Plays a night on virtual time: people at stations, what hearts do, what goes wrong (``docs/nights.md``).

The center lives by whole seconds; every station has a moment of its own in each at which its page hears the
desk, paints and reports, and its person looks and acts. The same seed plays the same night.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

from einthoven.base.deeds import Deed
from einthoven.base.errors import EinthovenError, OursError, RefusedError, StoreError
from einthoven.base.ids import parse_stream
from einthoven.base.instants import SECOND, Instant
from einthoven.center.desk_door import Answer, Who
from einthoven.center.desk_ports import Journal
from einthoven.center.desk_seat import DeskRoom, DeskSeat
from einthoven.center.ports import StreamEvent
from einthoven.sim.night import EQUIPMENT, UNDO, Finding, Night, NightAct, OnDuty
from einthoven.sim.night_center import KEPT, PEER, RATE, Hearts, NightCenter
from einthoven.sim.night_glass import StationGlass
from einthoven.sim.night_record import Accepted, Down, Happened, Rang, Record
from einthoven.sim.people import Habits, Physician, Picked, Technician
from einthoven.sim.station import Entity, HeadlessStation
from einthoven.testing.clock import VirtualClock
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.scheduler import VirtualScheduler

NOTICED = 20 * SECOND
"""So long after a station fell silent the center closes its connection."""
BETWEEN = SECOND // 1000
"""The script's instants are so much later, so that nothing of it falls upon the center's own second."""
BACK_S = (0.5, 3.0)
"""A page that can connect again does so within this."""


class SeatOf:
    """A seat whose acts are those of its person, as the pages' routes would ask (``station.Seat``)."""

    def __init__(self, room: DeskRoom, who: Who) -> None:
        self.room, self.who = room, who
        self.seat: DeskSeat = room.open(who, lambda: {"staff": {"id": who.staff}})

    def next(self, now: int, wall: Instant) -> str | None:
        """The next message."""
        return self.seat.next(now, wall)

    def take(self, text: str) -> None:
        """A message of the page."""
        self.seat.take(text)

    def act(self, act: str, fields: Mapping[str, object], answer: Answer) -> None:
        """Ask for something to be done."""
        self.room.act(self.who, act, fields, answer)

    def close(self, why: str) -> None:
        """The page is gone."""
        self.seat.close(why)


class NightStation(HeadlessStation):
    """A station that keeps on record what its person accepted and which cases it was told of."""

    def __init__(self, seat: SeatOf, glass: StationGlass, place: _Place) -> None:
        super().__init__(seat, glass)
        self._place = place

    def step(self, now: int, wall: Instant, report_every: int = SECOND) -> None:
        """As a station does; cases seen for the first time are noted."""
        before = len(self._place.record.reports)
        super().step(now, wall, report_every)
        record = self._place.record
        if not self.visible and not self.cut and len(record.reports) == before:
            self._place.glass.hidden(wall)
        for key in self.changed:
            if key.startswith("case:") and not self.cut:
                record.seen.setdefault(int(key[5:]), wall)

    def answered(self, act: str, fields: Mapping[str, object], error: EinthovenError | None) -> None:
        """Keep what was accepted; what is only not on record yet took effect all the same."""
        super().answered(act, fields, error)
        record, now = self._place.record, self._place.clock.wall()
        if error is not None and not isinstance(error, StoreError):
            reason = error.reason if isinstance(error, RefusedError) else str(error)
            record.refused.append((now, self._place.person.login, act, reason))
        elif act == "watch.accept":
            watches = fields["watches"]
            assert isinstance(watches, list)
            for number in watches:
                stream = parse_stream(self.held[f"watch:{number}"]["stream"])
                record.accepts.append(Accepted(now, self._place.number, self._place.person.station, stream))


@dataclass(slots=True, eq=False)
class _Place:
    """A person of the night where they sit.

    Attributes:
        away: why their page has no connection now; empty when it has.
        seat: the connection; it may be dead without the center knowing.
        since: since when it is dead.
    """

    person: OnDuty
    number: int
    clock: VirtualClock
    record: Record
    glass: StationGlass
    phase: int
    technician: Technician | None = None
    away: set[str] = field(default_factory=set)
    seat: SeatOf | None = None
    since: int | None = None
    gone: bool = False


@dataclass(slots=True)
class Played:
    """A night that was played.

    Attributes:
        start, stop: of it, center time.
        center: as it stands.
        deeds: all of them, as the journal has them.
        defects: of the center or of a station.
    """

    night: Night
    start: Instant
    stop: Instant
    center: NightCenter
    record: Record
    deeds: list[Deed]
    defects: list[str]


class NightPlayer:
    """One night.

    Args:
        night: the script.
        seed: of everybody's delays; the night's own where it is None.
        journal: where deeds are kept; in memory by default.
        watch: called once a second with the player, after the center's second: to look at invariants.
        hearts: makes what stands for analysis and transmitters; what the script tells by default.
    """

    def __init__(
        self,
        night: Night,
        seed: int | None = None,
        journal: Journal | None = None,
        watch: Callable[[NightPlayer], None] | None = None,
        hearts: Callable[[VirtualScheduler, VirtualClock], Hearts] | None = None,
    ) -> None:
        self.night = night if seed is None else replace(night, seed=seed)
        self.chance = Random(self.night.seed)
        self.time = VirtualScheduler(self.night.seed)
        self.clock = VirtualClock(self.time, self.night.start)
        self.record = Record()
        self.hearts = Hearts(self.night.start) if hearts is None else hearts(self.time, self.clock)
        kept = MemoryFacts().journal if journal is None else journal
        self.center = NightCenter(self.night, self.clock, kept, self.hearts)
        self.physicians = {
            one.number: Physician(one.name, one.answers, one.otherwise, one.action)
            for one in self.night.answering
        }
        self.places: dict[str, _Place] = {}
        self._watch = watch

    def play(self) -> Played:
        """Play it to its end."""
        night = self.night
        for one in night.staff:
            self._at(one.from_s, partial(self._sit_down, one))
            self._at(one.to_s, partial(self._shift_over, one))
        for number, finding in enumerate(night.findings, 1):
            self._script(number, finding)
        for act in night.acts:
            self._at(act.at_s, partial(self._do, act.do, act))
            if act.for_s > 0 and act.do in UNDO:
                self._at(act.at_s + act.for_s, partial(self._do, UNDO[act.do], act))
        self._second()
        self.center.serve()
        patients = range(1, night.patients + 1)
        self.record.began = dict.fromkeys(patients, self.clock.wall())
        self.time.run_until(round(night.duration_s * SECOND))
        deeds: list[Deed] = []
        while more := self.center.disk.read(len(deeds), 5000):
            deeds += more
        defects = [f"{what}: {error!r}" for what, error in self.center.defects]
        return Played(self.night, night.start, self.clock.wall(), self.center, self.record, deeds, defects)

    def _at(self, seconds: float, act: Callable[[], None]) -> None:
        if seconds <= self.night.duration_s:
            self.time.call_at(round(seconds * SECOND) + BETWEEN, act)

    def _second(self) -> None:
        self.time.call_later(SECOND, self._second)
        self.center.turn()
        if self._watch is not None:
            self._watch(self)

    # ---- people ------------------------------------------------------------------------------------------

    def _sit_down(self, one: OnDuty) -> None:
        number = self.center.number[one.login]
        glass = StationGlass(one.station, self.night.start, self.record)
        phase = round((0.05 + 0.9 * self.chance.random()) * SECOND)
        place = _Place(one, number, self.clock, self.record, glass, phase)
        self.places[one.login] = place
        self._connect(place)
        self.time.call_later(phase, partial(self._moment, place))

    def _connect(self, place: _Place) -> None:
        """Their page opens, or comes back."""
        if place.away or place.gone:
            return
        if self.center.room is None:
            self.time.call_later(SECOND, partial(self._connect, place))
            return
        old, place.since = place.seat, None
        who = Who(place.number, place.person.station, PEER)
        seat = place.seat = SeatOf(self.center.room, who)
        if old is not None and old.room is seat.room:
            old.close("the page connected again")
        if place.technician is None:
            place.technician = self._technician(place, seat)
        else:
            place.technician.station.reseat(seat)

    def _technician(self, place: _Place, seat: SeatOf) -> Technician:
        one = place.person
        habits = Habits(
            accept_s=one.accept_s,
            notice_s=one.notice_s,
            review_s=one.review_s,
            dial_s=one.dial_s,
            talk_s=one.talk_s,
        )
        return Technician(
            NightStation(seat, place.glass, place),
            Random(self.chance.randrange(1 << 30)),
            self._answerer,
            self.truth,
            habits,
            successor=self.center.number.get(one.successor),
            usual=one.usual,
        )

    def _answerer(self, number: str) -> Physician:
        found = self.physicians.get(number)
        if found is None:
            raise OursError(f"nobody of the night has the number {number}")
        return _Telephone(found, self.record, self.clock)

    def truth(self, case: Entity) -> str:
        """The verdict that a case deserves: true where any of its findings is.

        A mark and a condition of the equipment always are.
        """
        real = {self._key(number): one.real for number, one in enumerate(self.night.findings, 1)}
        return "true" if any(real.get(one["key"], True) for one in case["findings"]) else "artefact"

    @staticmethod
    def _key(number: int) -> str:
        return f"0-0-{number}"

    def _moment(self, place: _Place) -> None:
        """A station's moment of a second."""
        if place.gone:
            return
        self.time.call_later(SECOND, partial(self._moment, place))
        technician = place.technician
        if technician is None:
            return
        now = self.clock.monotonic()
        if place.since is not None and now - place.since > NOTICED and place.seat is not None:
            if place.seat.room is self.center.room:
                place.seat.close("no answer to a ping")
            place.seat = None
        technician.step(now, self.clock.wall())
        station = technician.station
        here = bool(station.me) and not station.cut
        if technician.leaving and here and not station.tiles() and not technician.busy:
            station.leave("the shift is over")
            place.gone = True
            self._happened("left", place.person.login)

    def _shift_over(self, one: OnDuty) -> None:
        place = self.places.get(one.login)
        if place is not None and place.technician is not None:
            place.technician.leaving = True
            self._happened("shift-over", one.login)

    # ---- hearts ------------------------------------------------------------------------------------------

    def _script(self, number: int, told: Finding) -> None:
        end = told.at_s + told.for_s
        if told.symptom:
            self._at(told.at_s + told.told_s, partial(self._press, number, told))
        elif told.kind in EQUIPMENT:
            self._at(told.at_s, partial(self._ail, told, True))
            self._at(end, partial(self._ail, told, False))
        else:
            first = told.at_s + told.told_s
            if first < end:
                self._at(first, partial(self._tell, number, told, False))
            self._at(max(first, end), partial(self._tell, number, told, True))
            self._at(max(first, end) + KEPT / SECOND, lambda: self.hearts.forget(number, told.patient))

    def _tell(self, number: int, told: Finding, over: bool) -> None:
        self.hearts.tell(number, told, self.clock.wall(), over)

    def _press(self, number: int, told: Finding) -> None:
        sample = round(told.at_s * RATE)
        body: dict[str, object] = {"symptom": told.symptom, "severity": "moderate"}
        now = self.clock.wall()
        self.center.mark(StreamEvent(told.patient, number, "mark", sample, now, body))

    def _ail(self, told: Finding, begins: bool) -> None:
        ailing = self.hearts.ailing.setdefault(told.patient, {})
        if begins:
            ailing[told.kind] = self.clock.wall()
        else:
            ailing.pop(told.kind, None)

    # ---- what goes wrong -----------------------------------------------------------------------------------

    def _happened(self, what: str, who: str = "") -> None:
        self.record.happened.append(Happened(self.clock.wall(), what, who))

    def _do(self, what: str, act: NightAct) -> None:
        self._happened(what, act.who)
        place = self.places.get(act.who)
        match what:
            case "kill-center":
                self.center.kill()
                self.record.downs.append(Down(self.clock.wall()))
                for one in self.places.values():
                    self._torn(one)
            case "start-center":
                self.center.start()
                self.record.downs[-1].stop = self.clock.wall()
                for one in self.places.values():
                    self._soon_back(one)
            case "cut-center" | "mend-center":
                cut = what == "cut-center"
                self.hearts.away_since = self.clock.wall() if cut else None
                for one in self.places.values():
                    self._away(one, "center", cut)
            case "disk-full" | "disk-well":
                self.center.disk.full = what == "disk-full"
            case _ if place is not None and place.technician is not None:
                self._do_place(what, place, place.technician, act)
            case _:
                pass

    def _do_place(self, what: str, place: _Place, technician: Technician, act: NightAct) -> None:
        match what:
            case "close-lid" | "open-lid":
                self._away(place, "lid", what == "close-lid")
            case "cut-station" | "mend-station":
                self._away(place, "cable", what == "cut-station")
            case "hide" | "show":
                technician.station.visible = what == "show"
            case "freeze" | "thaw":
                place.glass.frozen = what == "freeze"
            case "sleep" | "wake":
                technician.asleep = what == "sleep"
            case "hand-over":
                technician.hand_over(self.center.number[act.to], act.patients)

    def _away(self, place: _Place, why: str, away: bool) -> None:
        if away:
            place.away.add(why)
            self._torn(place)
        else:
            place.away.discard(why)
            self._soon_back(place)

    def _torn(self, place: _Place) -> None:
        """The line is dead; the center learns it by silence."""
        if place.technician is not None:
            place.technician.station.cut = True
            place.since = self.clock.monotonic() if place.since is None else place.since

    def _soon_back(self, place: _Place) -> None:
        if not place.away and not place.gone:
            wait = round(self.chance.uniform(*BACK_S) * SECOND)
            self.time.call_later(wait, partial(self._connect, place))


class _Telephone(Physician):
    """A physician whose telephone keeps a list of what rang."""

    def __init__(self, physician: Physician, record: Record, clock: VirtualClock) -> None:
        super().__init__(physician.name)
        self._physician, self._record, self._clock = physician, record, clock

    def call(self, chance: Random, number: str) -> Picked:
        """Ring once."""
        picked = self._physician.call(chance, number)
        self._record.calls.append(Rang(self._clock.wall(), number, picked.outcome))
        return picked
