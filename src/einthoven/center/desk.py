"""The desk: everything that people decide about patients, in one place, one after another (R14–R24).

``commit`` is the only way anything changes: drafts become deeds, the books take them, the journal writes
them, and every station hears of the entities they touched. Time comes in by ``turn``; findings by the feed.
All calls on the event loop.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, cast

from einthoven.answering.callers import CODE
from einthoven.base.deeds import CENTER, Body, Deed, Draft, staff_actor
from einthoven.base.errors import (
    EinthovenError,
    InputError,
    NotFoundError,
    RefusedError,
    StoreError,
    UnfitError,
)
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import SECOND, Duration, Instant
from einthoven.center import act_fields, call_acts, call_cases, call_page, desk_entity, order_acts
from einthoven.center.desk_acts import ACTS, practice_held, practice_of, stream_of
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Answer, Who
from einthoven.center.desk_news import DeskNews
from einthoven.center.desk_ports import Journal, Notice, Tried
from einthoven.center.desk_pulse import Pulse, Shifts
from einthoven.center.desk_record import DeskRecord, Done
from einthoven.center.desk_steps import Step, Steps, touched
from einthoven.center.displays import Checked, Glass, Report
from einthoven.center.notice_book import Undelivered
from einthoven.center.noticing import Noticing
from einthoven.center.surveil import CONSOLE
from einthoven.escalation.prescribing import TEMPLATE_SIGNED
from einthoven.review.case import State
from einthoven.review.facts import FindingFact
from einthoven.review.working import calls_for_call, notifying
from einthoven.surveillance.roles import ACTS as PERMITS
from einthoven.surveillance.roles import Permission, reaches_all
from einthoven.surveillance.staff_changes import may

PAGE = 5000
"""Deeds read at once at a start."""
ARCHIVING: Duration = 3600 * SECOND
"""Cases that are long closed leave the book this often."""
DUE_ROUNDS = 100
"""What is due may make more due; so often it is asked again in one second."""
LATE: Duration = 60 * SECOND
"""Watches and notifications are told anew this often for what time alone changes in them."""
ANSWERED = ("watch", "case", "call", "notification", "emergency", "draft", "incident", "version")
"""Numbers of what a deed made, for the answer to its act."""


class Screens(Protocol):
    """What judges the reports of screens (``displays.Displays``)."""

    def beat(self, at: Instant) -> None:
        """A second has gone by."""
        ...

    def open(self) -> Glass:
        """A new page's screen."""
        ...

    def nonce(self, glass: Glass) -> str:
        """What the next tick of a page asks to be answered with."""
        ...

    def check(self, glass: Glass, report: Report) -> Checked:
        """Judge a report."""
        ...


class Facts(Protocol):
    """Where facts of findings, marks and conditions come from (``desk_feed.Feed``)."""

    def take(self, now: Instant) -> list[FindingFact]:
        """Those that are new or different since the last call."""
        ...


@dataclass(slots=True)
class DeskWorld:
    """What a desk is made on.

    Attributes:
        journal: where deeds are kept.
        displays: checks what screens report.
        facts: findings, marks, conditions.
        boot: names this run of the center.
        shifts: when they begin.
    """

    journal: Journal
    displays: Screens
    facts: Sequence[Facts]
    boot: str
    shifts: Shifts = field(default_factory=Shifts)


@dataclass(slots=True)
class Desk:
    """One center's desk.

    Attributes:
        books: the states.
        news: what stations are told.
        failed: hears of defects in the desk's own second, which goes on.
        listeners: hear every deed after it took effect.
        noticing: who is told by e-mail and webhook.
        pulse: legs and continuity, looked at every few seconds.
        steps: takes acts that change rows of the facts.
    """

    world: DeskWorld
    books: Books
    failed: Callable[[str, Exception], None] = lambda _what, _error: None
    news: DeskNews = field(init=False)
    record: DeskRecord[Notice] = field(init=False)
    began: Instant = 0
    listeners: list[Callable[[Deed], None]] = field(default_factory=list)
    noticing: Noticing = field(default_factory=lambda: Noticing("", ()))
    pulse: Pulse = field(init=False)
    steps: Steps = field(default_factory=Steps)
    _dirty: dict[str, None] = field(default_factory=dict)
    _second: int = -1
    _lost: dict[int, str] = field(default_factory=dict)
    _late: list[str] = field(default_factory=list)
    _share: int = 1
    _undelivered: Undelivered = field(init=False)
    _alive: set[int] = field(default_factory=set)
    _gone: dict[int, str] = field(default_factory=dict)
    _down: Instant | None = None

    def __post_init__(self) -> None:
        self.news = DeskNews(self.world.boot)
        self.record = DeskRecord(self.world.journal, self.books.all(), counting=self.books.counting())
        self.record.failed = self.failed
        self.record.listen = self._heard
        self.pulse = Pulse(self.books, self.world.shifts)
        triage, notify = self.books.triage, self.books.notify
        triage.told = notify.told
        placed = triage.cases.placements
        self._undelivered = Undelivered(self.books.notices, lambda stream, key: (stream, key) in placed)

    # ---- starting ----------------------------------------------------------------------------------------

    def start(self, now: Instant) -> int:
        """Bring the books back from the journal, and end what the last life displayed; deeds read.

        Raises:
            OursError: the journal is not whole.
        """
        count = 0
        while deeds := self.world.journal.read(self.record.number, PAGE):
            count += self.record.replay(deeds)
        self.began = self.books.notify.restarted = now
        self._down = alive = self.world.journal.last_alive()
        if self.books.surveil.watches.services or self.books.surveil.watches.duties:
            self.commit(self.books.surveil.restarted(min(alive or now, now), now), CENTER, now)
        self._all_dirty()
        self._tell(now)
        return count

    def _some_dirty(self) -> None:
        """A share of everything, so that in a big center no second has to look at all of it."""
        if not self._late:
            self._late = self._keys()
            self._share = -(-len(self._late) // (LATE // SECOND))
        self._dirty |= dict.fromkeys(self._late[-self._share :])
        del self._late[-self._share :]

    def _all_dirty(self) -> None:
        self._dirty |= dict.fromkeys(self._keys())

    def _keys(self) -> list[str]:
        watched = self.books.surveil.watches
        keys = [f"watch:{number}" for number in watched.live]
        keys += [f"patient:{stream_name(stream)}" for stream in watched.services]
        keys += [f"person:{number}" for number in watched.duties]
        keys += [f"peer:{number}" for number in self.books.surveil.peers.peers]
        keys += [f"incident:{number}" for number in watched.incidents.live]
        keys += [f"case:{number}" for number in self.books.triage.cases.cases]
        keys += [f"notification:{number}" for number in self.books.notify.calls.live]
        keys += [f"emergency:{number}" for number in self.books.emergencies.open.values()]
        keys += [f"telephone:{number}" for number in self.books.calls.open]
        return keys

    # ---- deeds -------------------------------------------------------------------------------------------

    def commit(
        self, drafts: Sequence[Draft], actor: str, now: Instant, done: Done | None = None
    ) -> list[Deed]:
        """Let drafts take effect, write them, tell the stations, and whoever gets notices of it."""
        drafts = [*drafts, *self._graver(drafts)]
        queued, notices = self._notices(drafts, now)
        deeds = self.record.commit([*drafts, *queued], actor, now, done, notices)
        if deeds:
            self._tell(now)
        return deeds

    def _graver(self, drafts: Sequence[Draft]) -> list[Draft]:
        """What is told of a case that grew graver goes on as that; who was reached before is told again."""
        notify = self.books.notify
        raised = [cast("Mapping[str, Any]", one.body) for one in drafts if one.kind == "case.raised"]
        return [draft for body in raised for draft in notify.graver(int(body["case"]), str(body["tier"]))]

    def _notices(self, drafts: Sequence[Draft], now: Instant) -> tuple[list[Draft], list[Notice]]:
        """Notices are additional: a defect in them is told, and what they would tell is kept all the same."""
        try:
            return self.noticing.of(self.books, drafts, now)
        except Exception as error:  # noqa: BLE001 - of a further recipient: never in the way of a decision
            self.failed("notices", error)
            return [], []

    def settle(self, draft: Draft, tried: Tried, now: Instant, kept: Callable[[], None]) -> None:
        """Keep what came of trying a notice; ``kept`` once it is durable, so that it is not sent before."""
        self.record.commit([draft], CENTER, now, tried=[tried], kept=kept)
        self._tell(now)

    def post(self, drafts: Sequence[Draft], notices: Sequence[Notice], now: Instant) -> None:
        """Keep messages to the outside with the deeds that tell them."""
        self.record.commit(drafts, CENTER, now, outbox=notices)
        self._tell(now)

    def _heard(self, deed: Deed) -> None:
        """Which entities a deed touches: those whose numbers stand in its body."""
        body = cast("Mapping[str, Any]", deed.body)
        for name in ("watch", "before", "to"):
            if deed.kind.startswith("watch.") and type(body.get(name)) is int:
                self._dirty[f"watch:{body[name]}"] = None
        for name in ("case", "notification", "emergency", "incident"):
            if type(body.get(name)) is int:
                self._dirty[f"{name}:{body[name]}"] = None
        if deed.kind.startswith("telephone.") and "call" in body:
            self._dirty[f"telephone:{body['call']}"] = None
        if deed.kind == CODE:  # who may be calling is another now
            self._dirty |= {f"telephone:{number}": None for number in self.books.calls.open}
        case = self.books.triage.cases.cases.get(body["case"]) if type(body.get("case")) is int else None
        if case is not None:
            self._dirty |= dict.fromkeys(call_page.touched(self.books, case.stream))
        if deed.kind.startswith("peer."):
            self._dirty[f"peer:{body['peer']}"] = None
        for name in ("by", "person"):
            if type(body.get(name)) is int:
                self._dirty[f"person:{body[name]}"] = None
        notice = self.books.notices.notices.get(body["id"]) if deed.kind.startswith("notice.") else None
        if notice is not None and notice.notification is not None:
            self._dirty[f"notification:{notice.notification}"] = None
        if type(body.get("stream")) is int:
            self._dirty[f"patient:{stream_name(body['stream'])}"] = None
            self._watches_of(body["stream"])
            if deed.kind in self.books.service.KINDS:
                self._dirty[f"ending:{stream_name(body['stream'])}"] = None
        if deed.kind == TEMPLATE_SIGNED:
            of = [
                one
                for one in self.books.surveil.watches.services
                if self.books.practice(one) == body["practice"]
            ]
            self._dirty |= dict.fromkeys(f"patient:{stream_name(one)}" for one in of)
        for listener in self.listeners:
            listener(deed)
        if deed.kind == "watch.lost" and body.get("station") is not None:
            self._lost[body["station"]] = str(body["cause"])
        elif deed.kind == "duty.ended":
            self._gone[body["person"]] = str(body["cause"])

    def touch(self, key: str) -> None:
        """Something about an entity changed that is in no deed."""
        self._dirty[key] = None

    def _watches_of(self, stream: StreamId) -> None:
        watched = self.books.surveil.watches
        for number in (watched.holder.get(stream), watched.following.get(stream)):
            if number is not None:
                self._dirty[f"watch:{number}"] = None

    def _tell(self, now: Instant) -> None:
        dirty, self._dirty = self._dirty, {}
        for key in dirty:
            self.news.put(key, desk_entity.entity(self.books, key, now))

    # ---- acts --------------------------------------------------------------------------------------------

    def act(self, who: Who, act: str, fields: Mapping[str, object], now: Instant, answer: Answer) -> None:
        """Do something for somebody; ``answer`` follows once it is on record, or at once with the refusal."""
        try:
            known = ACTS.get(act)
            if known is None:
                raise NotFoundError(f"{act[:40]!r} is no act of the desk")
            act_fields.known(known.fields, fields, act)
            self.permit(who, act, fields, now)
            self.steps.free(touched(act, fields))
            drafts = known.do(self.books, who, fields, now)
            if isinstance(drafts, Step):
                refused = partial(self._refused, who, act, fields, now)
                self.steps.take(drafts, actor_of(who), now, self.commit, refused, answer)
                return
        except EinthovenError as error:
            self._refused(who, act, fields, now, error)
            answer(None, error)
            return

        def done(error: StoreError | None) -> None:
            answer(made, error)

        made: dict[str, object] = {}
        names = (known.made,) if known.made else ANSWERED
        for draft in drafts:
            made = {name: draft.body[name] for name in names if name in draft.body} | made
        try:
            self.commit(drafts, actor_of(who), now, done)
        except UnfitError as error:
            answer(None, error)
            return
        if any(draft.kind == "case.verdict" for draft in drafts):  # it looks at every case of the list
            self._follow(now)

    def permit(self, who: Who, act: str, fields: Mapping[str, object], now: Instant) -> None:
        """Whether somebody may do this about this patient.

        Raises:
            RefusedError: not with their roles (``permission``), or not about a patient of another practice.
        """
        permission = PERMITS.get(act)
        if "practice" in fields and act == "patient.note":
            permission = Permission.ENROLL
        surveil = self.books.surveil
        if permission is None or (who.staff == CONSOLE and surveil.staff.administrators() == 0):
            return
        if permission not in surveil.permissions(who.staff):
            raise RefusedError("permission", f"{act} is not for your roles")
        if act == "break_glass":
            return  # about patients of other practices: that is what it is for
        if act.startswith("order."):
            order_acts.permit(self.books, who, permission, fields)
            return
        if act.startswith("telephone."):
            return  # of the center's own people alone: a call that nobody is known of yet is of no practice
        stream = stream_of(self.books, fields, act)
        if stream is None:
            self._permit_practice(who, permission, practice_of(self.books, fields))
            return
        member, practice = surveil.member(who.staff), practice_held(self.books, fields, stream)
        if not may(surveil.staff, member, permission, practice, stream, now):
            raise RefusedError("practice", f"{stream_name(stream)} is not a patient of your practice")

    def _permit_practice(self, who: Who, permission: Permission, practice: int | None) -> None:
        """Whether somebody may do this about a practice itself: its template, its ladder."""
        member = self.books.surveil.member(who.staff)
        if practice is None or reaches_all(member.roles, permission) or member.practice == practice:
            return
        raise RefusedError("practice", f"practice {practice} is not yours")

    def _refused(
        self, who: Who, act: str, fields: Mapping[str, object], now: Instant, error: EinthovenError
    ) -> None:
        """What was refused to somebody is on record; what a page misspelt is only told."""
        if not isinstance(error, RefusedError):
            return
        stream = None
        with contextlib.suppress(InputError):
            stream = stream_of(self.books, fields, act)
        subject = act if stream is None else stream_name(stream)
        body: Body = {"act": act, "reason": error.reason, "words": error.detail, "from": who.peer}
        self.world.journal.note(actor_of(who), "refused", subject, body, now, lambda _error: None)

    # ---- time --------------------------------------------------------------------------------------------

    def turn(self, now: Instant) -> None:
        """What came and what is due; a few times a second."""
        for source in (*self.world.facts, self._undelivered):
            self.guarded("facts", lambda source=source: self._placed(source, now))  # type: ignore[misc]
        if now // SECOND != self._second:
            self._second = now // SECOND
            self._once_a_second(now)
        else:
            self.guarded("pulse", self.pulse.count)
        self.record.turn(now)

    def place(self, fact: FindingFact, now: Instant) -> None:
        """A finding, mark or condition as it is now."""
        counts = call_cases.as_it_counts(self.books, fact)
        self.commit(self.books.triage.place(counts, now), CENTER, now)

    def guarded(self, what: str, act: Callable[[], None]) -> None:
        """Do something; a defect in it is told and does not stop the rest of the second."""
        try:
            act()
        except Exception as error:  # noqa: BLE001 - the top of a task: counted, told; the rest goes on
            self.failed(what, error)

    def _placed(self, source: Facts, now: Instant) -> None:
        for fact in source.take(now):
            self.guarded("place", lambda fact=fact: self.place(fact, now))  # type: ignore[misc]

    def _once_a_second(self, now: Instant) -> None:
        self.guarded("beat", lambda: self.world.displays.beat(now))
        self.guarded("watch", lambda: self._watch(now))
        self.guarded("cases", lambda: self._cases(now))
        if self._second % (ARCHIVING // SECOND) == 0:
            self.guarded("archive", lambda: self._archive(now))
        self.guarded("calls", lambda: self._calls(now))
        self.guarded("telephone", lambda: self._telephone(now))
        self.guarded("follow", lambda: self._follow(now))
        self.guarded("pulse", lambda: self._pulse(now))
        if self.books.surveil.attended:
            self.world.journal.alive(self.books.surveil.alive_until(now))
        self._some_dirty()
        self._tell(now)

    def _watch(self, now: Instant) -> None:
        self.commit(self.books.surveil.due(now), CENTER, now)
        lost, self._lost = self._lost, {}
        for station, cause in lost.items():
            self.commit(self.books.triage.station_lost(station, now, cause), CENTER, now)
        watched, proofs = self.books.surveil.watches, self.books.surveil.proofs
        alive = {person for person, duty in watched.duties.items() if duty.station in proofs.seen}
        # No deed says that a station's screen has spoken, or that it no longer does.
        self._dirty |= dict.fromkeys(f"person:{person}" for person in alive ^ self._alive)
        self._alive = alive
        gone, self._gone = self._gone, {}
        for person, cause in gone.items():  # they may have held cases and no watch
            self.commit(self.books.triage.holder_gone(person, now, cause), CENTER, now)

    def _cases(self, now: Instant) -> None:
        for _ in range(DUE_ROUNDS):
            drafts = self.books.triage.due(now)
            if not drafts:
                return
            self.commit(drafts, CENTER, now)

    def _archive(self, now: Instant) -> None:
        self.commit(self.books.triage.archivable(now), CENTER, now)

    def _pulse(self, now: Instant) -> None:
        self.commit(self.pulse.displayed(), CENTER, now)
        told = self.pulse.look(now, self._second)
        if told is not None:
            self.news.put("legs", told)

    def _calls(self, now: Instant) -> None:
        self.commit(self.books.notify.supervise(now), CENTER, now)

    def _telephone(self, now: Instant) -> None:
        down, self._down = self._down, None
        self.commit(call_acts.due(self.books, now, down), CENTER, now)

    def _follow(self, now: Instant) -> None:
        """What a verdict asks for and nobody does by hand: the physician is to be told."""
        for number in list(self.books.triage.cases.worklist):
            case = self.books.triage.cases.cases[number]
            if case.state is not State.DECIDED or not calls_for_call(case):
                continue
            open_ = self.books.notify.calls.of_case(number)
            if not open_:
                name, practice = self.books.card(case.stream).name, self.books.practice(case.stream)
                self.commit(self.books.notify.opened(case, name, practice), CENTER, now)
                open_ = self.books.notify.calls.of_case(number)
            self.commit(notifying(self.books.triage.cases, number, open_[0].number), CENTER, now)

    # ---- patients and places -----------------------------------------------------------------------------

    def serve(self, begun: Iterable[StreamId], over: Iterable[StreamId], now: Instant) -> None:
        """Streams whose samples come must be watched; those whose service is over need not be."""
        if not self.books.surveil.attended:
            return
        for stream in begun:
            self.commit(self.books.surveil.began(stream, now), CENTER, now)
        for stream in over:
            self.commit(self.books.surveil.ended(stream, now), CENTER, now)

    def expect(self, streams: Iterable[StreamId], now: Instant) -> None:
        """Patients were enrolled: somebody may accept them before their first sample."""
        if self.books.surveil.attended:
            for stream in streams:
                self.commit(self.books.surveil.expected(stream, now), CENTER, now)


def actor_of(who: Who) -> str:
    """Who did it, as deeds say it."""
    return "console" if who.staff == CONSOLE else staff_actor(who.staff)
