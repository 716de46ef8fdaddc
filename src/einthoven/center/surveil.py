"""The watch, as the desk runs it: who sits where, what screens prove, who accepts and hands on (R9, R14–R18).

Everything is decided by ``surveillance``; here the books, the proofs and the limits of one center are held
together, and each use-case ends in drafts that the desk commits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center import act_fields
from einthoven.center.act_fields import Fields, numbers, words
from einthoven.center.displays import Checked
from einthoven.surveillance import handing, incidents, peer_lending, services, staff_changes, watching
from einthoven.surveillance.display import Painted, Proofs
from einthoven.surveillance.drafting import Told
from einthoven.surveillance.judgement import Judgement
from einthoven.surveillance.limits import Limits
from einthoven.surveillance.peer_book import PeerBook, trusted
from einthoven.surveillance.qualification import Recognised, qualified
from einthoven.surveillance.roles import Permission, permissions_of
from einthoven.surveillance.staff import Member, StaffBook
from einthoven.surveillance.stations import Site, StationBook, in_place
from einthoven.surveillance.watches import EVERYBODY, Duty, OfferedTo, WatchBook

NO_STATION = "you are not signed in at a station: this screen is none"
UNFIT = frozenset({"not_on_duty", "not_qualified", "not_in_place"})
"""Reasons of refusals by which somebody may not watch at all, whatever the patient."""
CONSOLE = 0
"""Who asks where sign-in is off: nobody of the staff."""


@dataclass(slots=True)
class Surveillance:
    """Books, proofs and limits of watching in one center.

    Attributes:
        staff, stations, watches, peers: the books.
        proofs: what screens prove now.
        limits, recognised: what the center set.
    """

    staff: StaffBook = field(default_factory=StaffBook)
    stations: StationBook = field(default_factory=StationBook)
    watches: WatchBook = field(default_factory=WatchBook)
    peers: PeerBook = field(default_factory=PeerBook)
    proofs: Proofs = field(default_factory=Proofs)
    limits: Limits = field(default_factory=Limits)
    recognised: Recognised = field(default_factory=Recognised)

    @property
    def attended(self) -> bool:
        """Whether surveillance is set up here: from the first registered station on, and never off again.

        Before that nobody could hold a watch; after it, every moment without one is an incident.
        """
        return bool(self.stations.stations)

    def told(self) -> Told:
        """Who hears of losses."""
        return watching.told_of(self.watches, self.staff, self.stations)

    def member(self, person: int) -> Member:
        """A member of staff; RefusedError for the console and for whom nobody knows."""
        member = self.staff.members.get(person)
        if member is None:
            raise RefusedError("not_signed_in", "sign in first: nobody is responsible anonymously")
        return member

    def permissions(self, person: int) -> frozenset[Permission]:
        """What somebody may do; everything for the console of a center without an administrator."""
        if person == CONSOLE and self.staff.administrators() == 0:
            return frozenset(Permission)
        member = self.staff.members.get(person)
        return frozenset() if member is None or not member.active else permissions_of(member.roles)

    def fit(self, person: int, now: Instant) -> Judgement:
        """Whether somebody is qualified to watch."""
        return qualified(self.member(person), now, self.recognised)

    # ---- patients ----------------------------------------------------------------------------------------

    def expected(self, stream: StreamId, now: Instant) -> list[Draft]:
        """A patient was enrolled: they may be offered and accepted from now on."""
        if stream in self.watches.services:
            return []
        return services.expect(self.watches, stream, self.limits, now)

    def began(self, stream: StreamId, now: Instant) -> list[Draft]:
        """The first samples came: from now on the patient must be watched."""
        if self.watches.services.get(stream) is not None:
            return []
        return services.begin(self.watches, stream, self.limits, now)

    def ended(self, stream: StreamId, now: Instant) -> list[Draft]:
        """The service period is over."""
        if stream not in self.watches.services:
            return []
        return services.end(self.watches, self.proofs, stream, self.limits, now)

    def not_in_place(self, duty: Duty) -> str:
        """Why somebody's station is none to watch at now, in words."""
        station = self.stations.stations.get(duty.station)
        site = None if station is None else self.stations.sites.get(station.site)
        place = in_place(station, site, duty.address)
        return f"this screen is no longer station {duty.station}" if place.ok else place.words

    # ---- stations ----------------------------------------------------------------------------------------

    def sign_on(self, person: int, station: int, address: str, now: Instant) -> list[Draft]:
        """Somebody's page opened at a station."""
        return watching.sign_on(self.watches, person, station, address, self.limits, now)

    def sign_off(self, person: int, now: Instant, cause: str = "") -> list[Draft]:
        """Somebody signs out (refused while they watch), or their session is over (``cause``)."""
        return watching.sign_off(
            self.watches, self.proofs, person, self.limits, now, self.told(), cause=cause
        )

    def painted(self, station: int, checked: Checked, visible: bool, now: Instant) -> list[Draft]:
        """What a station's screen proved; a forged report proves nothing and is no sign of life."""
        if checked.at is None:
            return []
        doubts = {sight.stream: sight.reason.words for sight in checked.sights if sight.reason is not None}
        report = Painted(station, checked.at, checked.proven(), visible, doubts)
        return watching.painted(self.watches, self.proofs, report, self.limits, now, self.told())

    def due(self, now: Instant) -> list[Draft]:
        """What time has done: stopped proofs, people no longer fit, offers too old."""
        unfit = watching.no_longer_fit(self.watches, self.staff, self.stations, self.recognised, now)
        unfit |= peer_lending.fallen(self.watches, self.peers, now)
        return watching.due(self.watches, self.proofs, unfit, self.limits, now, self.told())

    def restarted(self, alive_until: Instant, now: Instant) -> list[Draft]:
        """What the last life of the center left: everything it displayed ended when it was last alive."""
        return services.restart(self.watches, alive_until, self.limits, now, self.told())

    def alive_until(self, now: Instant) -> Instant:
        """What a mark of life may say: everything on display is proved up to here."""
        return self.proofs.proved_until(self.watches.displays, now)

    # ---- acts --------------------------------------------------------------------------------------------

    def accept(self, person: int, fields: Fields, now: Instant) -> list[Draft]:
        """``watch.accept {watches}``."""
        chosen = numbers(fields, "watches")
        return self._fit_or_told(
            person,
            now,
            lambda: handing.accept(self.watches, chosen, self._seat(person, now), self.limits, now),
        )

    def take(self, person: int, fields: Fields, now: Instant) -> list[Draft]:
        """``watch.take {streams}``: patients whom nobody watches."""
        chosen = act_fields.streams(fields)
        return self._fit_or_told(
            person, now, lambda: handing.take(self.watches, chosen, self._seat(person, now), self.limits, now)
        )

    def decline(self, person: int, fields: Fields, now: Instant) -> list[Draft]:
        """``watch.decline {watches, why}``."""
        why = words(fields, "why", 200)
        return handing.decline(self.watches, numbers(fields, "watches"), person, why, self.limits, now)

    def offer(self, person: int, fields: Fields, now: Instant) -> list[Draft]:
        """``watch.offer {watches, to}``: ``"all"`` for the whole shift, and for everybody.

        ``to`` another center is ``{"center": N}``.
        """
        chosen = None if fields.get("watches") == "all" else numbers(fields, "watches")
        if isinstance(center := fields.get("to"), Mapping):
            act_fields.known(("center",), center, "to")
            return self._offer_elsewhere(person, chosen, act_fields.whole(center, "center"), now)
        return handing.offer(
            self.watches, chosen, _to(fields), person, self.limits, now, may_assign=self._may_assign(person)
        )

    def _offer_elsewhere(
        self, person: int, chosen: list[int] | None, center: int, now: Instant
    ) -> list[Draft]:
        peer = trusted(self.peers, center)
        return peer_lending.offer(
            self.watches,
            self.peers,
            chosen,
            peer.number,
            person,
            self.limits,
            now,
            alive=peer_lending.alive(self.proofs, peer.number, self.limits, now),
            may_assign=self._may_assign(person),
        )

    def withdraw(self, person: int, fields: Fields, now: Instant) -> list[Draft]:
        """``watch.withdraw {watches}``."""
        chosen = numbers(fields, "watches")
        return handing.withdraw(
            self.watches, chosen, person, self.limits, now, may_assign=self._may_assign(person)
        )

    def close_incident(self, _person: int, fields: Fields, _now: Instant) -> list[Draft]:
        """``incident.close {incident, cause, note}``."""
        return incidents.close(
            self.watches.incidents,
            numbers(fields, "incident"),
            words(fields, "cause", 200),
            words(fields, "note", 2000, empty=True),
        )

    def break_glass(self, person: int, fields: Fields, now: Instant) -> list[Draft]:
        """``break_glass {stream, why}``: see a patient of another practice for an hour, on record."""
        why = words(fields, "why", 500)
        return staff_changes.break_glass(self.staff, person, act_fields.stream(fields), why, now)

    def _seat(self, person: int, now: Instant) -> handing.Seat:
        self.member(person)
        return watching.seat(
            self.watches,
            self.proofs,
            self.staff,
            self.stations,
            self.recognised,
            self.limits,
            person,
            now,
        )

    def _fit_or_told(self, person: int, now: Instant, act: Callable[[], list[Draft]]) -> list[Draft]:
        """The deeds, or a refusal that names everything that is missing for a watch, not only the first."""
        try:
            return act()
        except RefusedError as error:
            if error.reason not in UNFIT:
                raise
            words = "; ".join(missing(self, person, now)) or error.detail
            raise RefusedError(error.reason, words) from error

    def _may_assign(self, person: int) -> bool:
        return Permission.WATCH_ASSIGN in self.permissions(person)


def missing(surveil: Surveillance, person: int, now: Instant) -> list[str]:
    """What somebody lacks to watch where they sit, each with the command that sets it up; [] is nothing."""
    found, member = [], surveil.member(person)
    duty = surveil.watches.duties.get(person)
    if duty is None:
        found.append(f"{NO_STATION} (einthoven station add)")
    else:
        station = surveil.stations.stations.get(duty.station)
        site = None if station is None else surveil.stations.sites.get(station.site)
        place = in_place(station, site, duty.address)
        found += [] if place.ok else [_with_command(words, duty.station, site) for words in place.reasons]
    fit = qualified(member, now, surveil.recognised)
    if not fit.ok:
        found += [f"{words} ({_paper_command(words)} --login {member.login})" for words in fit.reasons]
    return found


def _paper_command(words: str) -> str:
    if words.startswith("training"):
        return "einthoven staff training add"
    if words.startswith("no role"):
        return "einthoven staff change"
    return "einthoven staff credential add"


def _with_command(words: str, station: int, site: Site | None) -> str:
    if words.startswith("station") or site is None:
        return f"{words} (einthoven station link {station})"
    return f"{words} (einthoven site change {site.number})"


def _to(fields: Fields) -> OfferedTo:
    to = fields.get("to")
    if to == EVERYBODY:
        return EVERYBODY
    if type(to) is not int:
        raise InputError('to: want the number of a member of staff, "all", or {"center": N}')
    return to
