"""One open page at the desk: what it is told, what it reports to have painted (R9, R18)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.deeds import CENTER
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import MILLISECOND, SECOND, Instant
from einthoven.center import (
    agreement_page,
    audit_page,
    call_page,
    centers_page,
    continuity_page,
    correction_page,
    criteria_page,
    glass_page,
    ladder_page,
    legs_page,
    wearing_page,
)
from einthoven.center.desk import Desk
from einthoven.center.desk_door import PAGE_LEFT, Answer, Look, Me, Wanted, Who
from einthoven.center.desk_interest import Interest
from einthoven.center.desk_news import DeskReader, Entity
from einthoven.center.desk_pulse import legs_of_case
from einthoven.center.desk_questions import ASKED, LOOKED
from einthoven.center.desk_shapes import case_history, case_shape, contact_log, ms, patient_page
from einthoven.center.desk_trouble import Trouble
from einthoven.center.displays import Glass, parse_report
from einthoven.center.ports import Clock
from einthoven.center.review_office import ReviewOffice
from einthoven.center.shown_beats import ShownBeats
from einthoven.center.staff_page import sites_page, staff_page
from einthoven.center.surveil import CONSOLE
from einthoven.center.wearing_page import Wearing
from einthoven.surveillance.drafting import Cause
from einthoven.surveillance.roles import Permission
from einthoven.surveillance.staff_changes import may
from einthoven.surveillance.stations import StationKind
from einthoven.surveillance.wearing import CallRule

SEATS_MAX = 600
"""Open pages at the desk: 250 stations with two each, and offices."""
OF_CARE = ("patient:", "case:", "notif", "emerg", "ending:", "telephone:")
"""Of these whoever cares for the patient is told, at a practice, too; others are of how it is done here."""
SESSION_OVER = "signed out, or the session is over: sign in again"


@dataclass(slots=True, eq=False)
class DeskSeat:
    """``center.desk_door.Seat`` of one page.

    Attributes:
        seen: the second in which ``me`` was looked at last.
        proved: whether it has proved to paint anything at its station.
        leaves: whether it said that it is being closed or left.
    """

    room: DeskRoom
    who: Who
    me: Me
    reader: DeskReader
    glass: Glass
    interest: Interest
    told: Entity | None = None
    seen: int = -1
    over: str | None = None
    proved: bool = False
    leaves: bool = False

    def next(self, now: int, wall: Instant) -> str | None:
        """The next text for the page."""
        own: dict[str, Entity | None] = {}
        if wall // SECOND != self.seen or self.reader.snapshot_due:
            self.seen = wall // SECOND
            self.interest.who = self.who
            self.room.desk.news.refilter(self.reader, self.interest.look(wall))
            mine = self.me()
            if mine is None:
                self.over = SESSION_OVER
                return None
            self.room.place(self, mine)
            me = {**mine, **self.room.about(self.who, wall)}
            if me != self.told or self.reader.snapshot_due:
                own["me"] = self.told = me
            center = self.room.center(wall) | {
                "standby_alarm": self.room.stands_by(self.who),
                "interest": "own" if self.interest.own else "all",
            }
            own["center"] = center
        return self.room.desk.news.next(self.reader, now, wall, self._changed(own), self._nonce)

    def _changed(self, own: dict[str, Entity | None]) -> dict[str, Entity | None]:
        center = own.get("center")
        if center is not None and center == self.room.told.get(id(self)) and not self.reader.snapshot_due:
            del own["center"]
        elif center is not None:
            self.room.told[id(self)] = center
        return own

    def _nonce(self) -> str:
        return self.room.desk.world.displays.nonce(self.glass)

    def take(self, text: str) -> None:
        """A text of the page: a painted report, a wish to start over, or that the page goes."""
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError("a message of a page is JSON") from error
        kind = body.get("type") if isinstance(body, dict) else None
        if kind == "reload":
            self.room.desk.news.reload(self.reader)
        elif kind == "painted":
            self.room.painted(self, body)
        elif kind == "leaving":
            self.leaves = True
        else:
            raise InputError(f"{str(kind)[:20]!r} is no message of a page")

    def refuse(self, why: str) -> None:
        """Tell the page that what it sent was not taken."""
        self.room.desk.news.refuse(self.reader, why)

    def ended(self) -> str | None:
        """Why the page must go."""
        return self.over

    def close(self, why: str) -> None:
        """The page is gone."""
        self.leaves = self.leaves or why == PAGE_LEFT
        self.room.left(self)


@dataclass(slots=True)
class DeskRoom:
    """The desk with its seats (``center.desk_door.DeskDoor``).

    Attributes:
        clock: the center's clocks.
        name: of the center.
        seats: the open pages.
        told: what each seat was told of the center.
        wearing: who wore what; None: nothing is stored here.
        rule: who is called about it.
        trouble: what is wrong with the desk itself.
        beats: those read for a verdict.
        review: what people said of beats, and the strips they gathered.
    """

    desk: Desk
    clock: Clock
    name: str
    seats: set[DeskSeat] = field(default_factory=set)
    told: dict[int, Entity] = field(default_factory=dict)
    beats: ShownBeats = field(init=False)
    review: ReviewOffice = field(init=False)
    wearing: Wearing | None = None
    rule: CallRule = field(default_factory=CallRule)
    trouble: Trouble | None = None
    _visible: dict[int, Instant] = field(default_factory=dict)
    _away: dict[int, tuple[Instant, Cause]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        triage = self.desk.books.triage
        triage.beats = self.beats = ShownBeats(triage.cases)
        self.review = ReviewOffice(self.desk.books)

    def open(self, who: Who, me: Me) -> DeskSeat:
        """A seat for a page; at a registered station its person is on duty there from now on."""
        if len(self.seats) >= SEATS_MAX:
            raise RefusedError("full", f"{SEATS_MAX} pages are open at the desk")
        now = self.clock.wall()
        self._away.pop(who.staff, None)
        if who.staff != CONSOLE and who.station is not None:
            drafts = self.desk.books.surveil.sign_on(who.staff, who.station, who.peer, now)
            self.desk.commit(drafts, f"staff {who.staff}", now)
        wants = Interest(self.desk.books, who)
        wants.sees = lambda key, entity: self.sees(wants.who, key, entity)
        reader = self.desk.news.reader(wants)
        seat = DeskSeat(self, who, me, reader, self.desk.world.displays.open(), wants)
        self.seats.add(seat)
        return seat

    def place(self, seat: DeskSeat, me: Mapping[str, object]) -> None:
        """Looked at once a second: whether the page's browser is still the station that it was."""
        told, who = me.get("station"), seat.who
        station = told.get("id") if isinstance(told, Mapping) else None
        if "station" not in me or station == who.station or who.staff == CONSOLE:
            return
        # A browser that becomes a station shows so with its next page: the socket of this one came without.
        seat.who = replace(who, station=None)
        surveil = self.desk.books.surveil
        duty = surveil.watches.duties.get(who.staff)
        if duty is not None and duty.station == who.station and not self._seated(who):
            self.signed_out(who.staff, f"{Cause.NOT_IN_PLACE.value}: {surveil.not_in_place(duty)}")

    def _seated(self, who: Who) -> bool:
        """Whether somebody has a page open at a station."""
        return any((one.who.staff, one.who.station) == (who.staff, who.station) for one in self.seats)

    def left(self, seat: DeskSeat) -> None:
        """A page is gone; its station is silent from now on, which ``due`` finds unless it comes back.

        One that said so, or that the browser took leave of, is no riddle: the record says that it was closed.
        """
        self.seats.discard(seat)
        self.told.pop(id(seat), None)
        if not any(other.who.staff == seat.who.staff for other in self.seats):
            self._away[seat.who.staff] = self.clock.wall(), Cause.LEFT if seat.leaves else Cause.CLOSED
        if seat.leaves and seat.proved and seat.who.station is not None:
            self.desk.books.surveil.proofs.left.add(seat.who.station)

    def sweep(self, now: Instant) -> None:
        """Once a second: whoever has had no page open for as long as a screen may be silent is off duty."""
        patience = self.desk.books.surveil.limits.silence
        for person, (since, cause) in list(self._away.items()):
            if now - since > patience:
                del self._away[person]
                self.signed_out(person, cause.value)

    def signed_out(self, person: int, cause: str) -> None:
        """Somebody's session is over: their watches are lost, their cases go back to the list."""
        now = self.clock.wall()
        desk = self.desk
        desk.commit(desk.books.surveil.sign_off(person, now, cause), CENTER, now)
        desk.commit(desk.books.triage.holder_gone(person, now, cause), CENTER, now)

    def wanted(self, act: str, fields: Mapping[str, object]) -> Wanted | None:
        """Beats that an act speaks of."""
        return self.beats.wanted(act, fields)

    def shown(self, stream: StreamId, rows: NDArray[np.void]) -> None:
        """They were read."""
        self.beats.put(stream, rows)

    def act(self, who: Who, act: str, fields: Mapping[str, object], answer: Answer) -> None:
        """Do something."""
        self.desk.act(who, act, fields, self.clock.wall(), answer)

    def painted(self, seat: DeskSeat, body: object) -> None:
        """A report of what was painted; at no registered station it proves nothing to anybody."""
        report = parse_report(body)
        checked = self.desk.world.displays.check(seat.glass, report)
        station, now = seat.who.station, self.clock.wall()
        if station is None or seat.who.staff == CONSOLE or checked.at is None:
            return
        limit = self.desk.books.surveil.limits.silence
        if report.visible:
            self._visible[station], seat.proved = now, True
        elif self._visible.get(station, 0) > now - limit and self._others(seat, station):
            return  # another page of this station is in sight
        drafts = self.desk.books.surveil.painted(station, checked, report.visible, now)
        self.desk.commit(drafts, CENTER, now)

    def _others(self, seat: DeskSeat, station: int) -> bool:
        return any(other is not seat and other.who.station == station for other in self.seats)

    def sees(self, who: Who, key: str, entity: Entity) -> bool:
        """Whether somebody is told of an entity: people of a practice of their own patients alone."""
        surveil = self.desk.books.surveil
        if who.staff == CONSOLE:
            return surveil.staff.administrators() == 0
        member = surveil.staff.members.get(who.staff)
        if member is None:
            return False
        stream = entity.get("stream")
        need = Permission.READ_CASE if key.startswith(OF_CARE) else Permission.READ_CENTER
        if key == "legs":  # of no use to whoever watches, and told every few seconds
            return {need, Permission.READ_METRICS} <= surveil.permissions(who.staff)
        if key.startswith("telephone:"):
            return call_page.sees(self.desk.books, who, key, self.clock.wall())
        if not isinstance(stream, str):
            return need in surveil.permissions(who.staff)
        number = parse_stream(stream)
        practice = self.desk.books.practice(number)
        return may(surveil.staff, member, need, practice, number, self.clock.wall())

    def about(self, who: Who, now: Instant) -> dict[str, Any]:
        """What of ``me`` the desk knows."""
        surveil = self.desk.books.surveil
        pause = self.desk.books.triage.cases.audio.get(who.station or 0)
        return {
            "audio": {"paused_until_ms": ms(pause.until if pause and pause.until > now else None)},
            "watches": {
                "held": surveil.watches.load(who.staff),
                "limit": surveil.limits.person,
                "warn": surveil.limits.warn,
            },
        }

    def stands_by(self, who: Who) -> bool:
        """Whether a station is told of every watch that is lost: those of standbys and supervisors are."""
        station = self.desk.books.surveil.stations.stations.get(who.station or 0)
        return station is not None and station.kind in (StationKind.STANDBY, StationKind.SUPERVISOR)

    def center(self, now: Instant) -> dict[str, Any]:
        """The ``center`` entity, as far as it is the same for everybody."""
        record = self.desk.record
        met = None if self.trouble is None else self.trouble.defect(now)
        return {
            "name": self.name,
            "attended": self.desk.books.surveil.attended,
            "continuity": self.desk.pulse.continuity,
            "sound": {},
            "telephone": call_page.expected(self.desk.books),
            "lines": self.desk.books.line_faults.shape(),
            "unsaved_since_ms": ms(record.unsaved),
            "unsaved": record.waiting if record.unsaved is not None else 0,
            "defect": None if met is None else {"what": met.what, "since_ms": ms(met.since)},
            "since_ms": ms(self.desk.began) if self.desk.began <= now else None,
        }

    # ---- questions ---------------------------------------------------------------------------------------

    def ask(self, who: Who, what: str, params: Mapping[str, str]) -> Mapping[str, object]:
        """A question that the desk answers from memory."""
        match what:
            case "case":
                return self._case(who, params)
            case "patient" | "emergency":
                return self._patient(who, params)
            case "contacts":
                return self._contacts(who, params)
            case "glass":
                return glass_page.page(self.desk.books, who, params, self.clock.wall())
            case "legs":
                self._need(who, Permission.READ_CENTER)
                return self.desk.pulse.answer(params, self.clock.wall())
            case "continuity":
                return self._continuity(who, params)
            case "staff":
                self._need(who, Permission.READ_STAFF)
                return staff_page(self.desk.books, self.clock.wall())
            case "sites":
                self._need(who, Permission.READ_PLACES)
                return sites_page(self.desk.books, self.clock.wall())
            case "centers":
                self._need(who, Permission.READ_PLACES)
                return centers_page.page(self.desk.books, self.clock.wall())
            case "agreement":
                self._need(who, Permission.READ_STAFF)
                return agreement_page.page(self.desk.books, params, self.clock.wall())
            case "criteria" if "id" not in params:
                return criteria_page.inbox(self.desk.books, who, self.clock.wall())
            case "criteria":
                return criteria_page.page(self.desk.books, who, params, self.clock.wall())
            case "ladder":
                return ladder_page.page(self.desk.books, who, params, self.clock.wall())
            case "limits" | "limits.check":
                self._need(who, Permission.READ_METRICS)
                if what == "limits":
                    return legs_page.page(self.desk.books, who)
                return legs_page.check(self.desk.books, params, self.clock.wall())
            case "ladder.check":
                return ladder_page.check(self.desk.books, who, params, self.clock.wall())
            case "criteria.check":
                return criteria_page.check(self.desk.books, who, params, self.clock.wall())
            case _ if what in ASKED:
                return ASKED[what](self.desk.books, who, what, params, self.clock.wall())
            case _:
                raise InputError(f"{what[:40]!r} is no question of the desk")

    def look(self, who: Who, what: str, params: Mapping[str, str]) -> Look | None:
        """A question that needs the store; None: ``ask`` answers it."""
        if what == "compliance":
            return self._wearing(who, params)
        if what in LOOKED:
            journal = self.desk.world.journal.read_kinds
            return LOOKED[what](self.desk.books, journal, who, params, self.clock.wall())
        if what != "audit":
            return None
        self._need(who, Permission.READ_AUDIT)
        books, asked = self.desk.books, audit_page.asked(params)
        patients = Permission.READ_CASE in books.surveil.permissions(who.staff)

        def read() -> Callable[[], Mapping[str, object]]:
            found = self.desk.world.journal.audit(asked)
            return lambda: audit_page.told(books, found, patients=patients)

        return Look([params.get("stream") or asked.person or "audit"], read)

    def _wearing(self, who: Who, params: Mapping[str, str]) -> Look:
        """Hours worn, of one patient or of all."""
        self._need(who, Permission.READ_CONTACTS)
        source, books, now, rule = self.wearing, self.desk.books, self.clock.wall(), self.rule
        if source is None:
            raise NotFoundError("this center keeps no samples")
        mine = [one for one in source.services() if self._theirs(who, one[0])]
        if "id" not in params:
            patients = wearing_page.wearers(books, mine)

            def read() -> Callable[[], Mapping[str, object]]:
                found = wearing_page.standings(source, patients, now, rule)
                return lambda: wearing_page.list_page(books, found, rule)

            return Look(["patients"], read)
        stream = parse_stream(params["id"])
        since = dict(mine).get(stream)
        if since is None:
            raise NotFoundError(f"{stream_name(stream)} is not in service")

        def read_one() -> Callable[[], Mapping[str, object]]:
            told = source.recorded(stream, since, since, off=True)
            return lambda: wearing_page.patient_page(books, stream, told, now)

        return Look([stream_name(stream)], read_one)

    def _theirs(self, who: Who, stream: StreamId) -> bool:
        """Whether somebody may call a patient."""
        surveil, books = self.desk.books.surveil, self.desk.books
        member = surveil.staff.members.get(who.staff)
        if member is None:
            return True  # the console: `_need` has let it in
        need, now = Permission.READ_CONTACTS, self.clock.wall()
        return may(surveil.staff, member, need, books.practice(stream), stream, now)

    def _need(self, who: Who, permission: Permission) -> None:
        if permission not in self.desk.books.surveil.permissions(who.staff):
            raise RefusedError("permission", "that is not for your roles")

    def _case(self, who: Who, params: Mapping[str, str]) -> Mapping[str, object]:
        self._need(who, Permission.READ_CASE)
        books = self.desk.books
        case = books.triage.cases.case(_whole(params, "id"))
        shape = case_shape(books, case)
        if not self.sees(who, f"case:{case.number}", shape):
            raise RefusedError("practice", f"case {case.number} is not of a patient of your practice")
        return {"case": shape, **case_history(books, case), "legs": legs_of_case(books, case.number)}

    def _patient(self, who: Who, params: Mapping[str, str]) -> Mapping[str, object]:
        return patient_page(self.desk.books, self._of_theirs(who, params), self.clock.wall())

    def _contacts(self, who: Who, params: Mapping[str, str]) -> Mapping[str, object]:
        stream = self._of_theirs(who, params)
        on_record = correction_page.history(self.desk.books, stream)
        return {"log": contact_log(self.desk.books, stream), "on_record": on_record}

    def _of_theirs(self, who: Who, params: Mapping[str, str]) -> StreamId:
        """The stream that is asked about, of somebody who may read how to reach its patient."""
        self._need(who, Permission.READ_CONTACTS)
        stream = parse_stream(params.get("id", ""))
        if not self._theirs(who, stream):
            raise NotFoundError(f"no stream {stream_name(stream)}")
        return stream

    def _continuity(self, who: Who, params: Mapping[str, str]) -> Mapping[str, object]:
        self._need(who, Permission.READ_CONTINUITY)
        start, stop = (_whole(params, name) * MILLISECOND for name in ("from_ms", "to_ms"))
        now = self.clock.wall()
        if not 0 <= start < stop:
            raise InputError("from_ms must be before to_ms")
        return continuity_page.continuity(self.desk.books, start, stop, now)


def _whole(params: Mapping[str, str], name: str) -> int:
    text = params.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise InputError(f"{name}: want a whole number")
    return int(text)
