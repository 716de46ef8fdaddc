"""The shift of the demo at work: simulated technicians at headless stations of the running center, cues for
hearts that a visitor watches, and somebody who answers when a visitor calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final, cast

import structlog

from einthoven.base.deeds import Deed, staff_actor
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import SECOND
from einthoven.bootstrap.demo_calls import DemoCalls
from einthoven.bootstrap.demo_watch import DemoPosts, Post
from einthoven.center.desk_door import Answer, Who
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.live import LiveHub
from einthoven.review.case import State as CaseState
from einthoven.review.facts import Tier
from einthoven.sim.colleagues import OFFERED, Colleague, SecondReader, Shift
from einthoven.sim.cues import CuedSource, Prompter
from einthoven.sim.people import Habits, Physician
from einthoven.sim.screen import LiveScreen
from einthoven.sim.station import Entity, HeadlessStation
from einthoven.sim.telephone import Ringing, Telephone
from einthoven.surveillance.watches import State as WatchState

LOG = structlog.get_logger("einthoven.demo")
TURN_S: Final = 0.25
ADDRESS: Final = "127.0.0.1"
READY_S: Final = 20.0
"""How long the ward waits for the shift to be there."""
HABITS: Final = Habits(accept_s=2.0, notice_s=8.0, review_s=25.0, dial_s=10.0, talk_s=40.0, ring_s=20.0)
ANSWERS: Final = 0.8
PATIENCE_S: Final = 4.0
"""So long somebody's patients, offered to all, wait for a colleague with fewer."""
SHARES: Final = (("true", 0.8), ("not_meeting", 0.1), ("artefact", 0.1))
PRESSING: Final = (Tier.EMERGENT, Tier.URGENT)


class SeatAt:
    """A seat of the desk room with the acts of its person (``sim.station.Seat``)."""

    def __init__(self, room: DeskRoom, post: Post) -> None:
        self._room = room
        self._who = Who(post.person, post.station, ADDRESS)
        self._seat = room.open(self._who, lambda: {"staff": {"id": post.person}})
        self.next = self._seat.next
        self.take = self._seat.take
        self.close = self._seat.close

    def act(self, act: str, fields: Mapping[str, object], answer: Answer) -> None:
        """As a page's request."""
        self._room.act(self._who, act, fields, answer)


@dataclass(slots=True)
class DemoDuty:
    """The shift, from sitting down to the end of the demo. All calls on the event loop.

    Attributes:
        room: the desk.
        hub: the live picture.
        posts: who sits where.
        hearts: those that take cues, by stream.
        usual: patients that each of them takes gladly.
        seed: of everybody's delays.
    """

    room: DeskRoom
    hub: LiveHub
    posts: DemoPosts
    hearts: Mapping[StreamId, CuedSource] = field(default_factory=dict)
    usual: int = 40
    seed: int = 1
    shift: Shift = field(init=False)
    technicians: list[Colleague] = field(default_factory=list)
    telephone: Telephone = field(default_factory=Telephone)
    prompter: Prompter = field(init=False)
    reader: SecondReader | None = None
    calls: DemoCalls | None = None
    _screens: list[LiveScreen] = field(default_factory=list)
    _second: int = -1

    def __post_init__(self) -> None:
        self.shift = Shift(self.posts.simulated)
        self.prompter = Prompter({}, Random(self.seed))

    # ---- beginning ---------------------------------------------------------------------------------------

    def sit(self) -> None:
        """Everybody sits down."""
        for number, post in enumerate(self.posts.technicians):
            chance = Random(self.seed * 1000 + number)
            self.technicians.append(
                Colleague(
                    self._station(post),
                    chance,
                    _physician,
                    truth=partial(plausible, chance),
                    habits=HABITS,
                    usual=self.usual,
                    patience_s=PATIENCE_S,
                    shift=self.shift,
                )
            )
        chance = Random(self.seed * 1000 + 999)
        station = self._station(self.posts.reader)
        self.reader = SecondReader(
            station, chance, _physician, habits=HABITS, stands_back=self._visitor_supervises
        )
        self.room.desk.listeners.append(self._heard)

    def _station(self, post: Post) -> HeadlessStation:
        screen = LiveScreen(self.hub, self.room.clock.monotonic)
        self._screens.append(screen)
        return HeadlessStation(SeatAt(self.room, post), screen)

    def ward(self, hearts: Mapping[StreamId, CuedSource]) -> None:
        """Whose hearts take cues, the quiet ones first: they are the first that a visitor is offered."""
        named = {stream_name(stream): source for stream, source in hearts.items()}
        self.prompter.hearts = named
        self.shift.offered = tuple(named)

    def joins(self, stream: StreamId, source: CuedSource) -> None:
        """A patient more whose heart takes cues."""
        self.prompter.hearts = {**self.prompter.hearts, stream_name(stream): source}

    async def ready(self, streams: Iterable[StreamId]) -> bool:
        """Until every patient is held, so that their service begins watched; False where that takes long."""
        wanted, watches = list(streams), self.room.desk.books.surveil.watches
        for _ in range(round(READY_S / TURN_S)):
            if all(watches.holding(stream) is not None for stream in wanted):
                return True
            await asyncio.sleep(TURN_S)
        return False

    # ---- at work -----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work for ever."""
        while True:
            self.turn()
            await asyncio.sleep(TURN_S)

    def turn(self) -> None:
        """Everybody looks at their screen; a defect in one of them is told, and the others go on."""
        now, wall = self.room.clock.monotonic(), self.room.clock.wall()
        for one in (*self.technicians, *([self.reader] if self.reader else [])):
            self._guarded("simulated staff", lambda one=one: one.step(now, wall))  # type: ignore[misc]
        if self.calls is not None:
            calls = self.calls
            self._guarded("simulated callers", lambda: calls.turn(wall))
        for call, told in self.telephone.step(wall).items():
            self.room.desk.news.put(f"answer:{call}", told)
        if now // SECOND != self._second:
            self._second = now // SECOND
            self._guarded("cues", lambda: self._prompt(now))

    def _guarded(self, what: str, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - the top of a task: told; the rest of the shift goes on
            LOG.error("demo_failed", what=what, error=repr(error))

    def _prompt(self, now: int) -> None:
        cases = self.room.desk.books.triage.cases
        troubled = {
            stream_name(case.stream)
            for case in (cases.cases[number] for number in cases.worklist)
            if case.tier in PRESSING and case.state is not CaseState.CLOSED
        }
        self.prompter.step(now, self.visitors_streams(), troubled)

    def visitors_streams(self) -> set[str]:
        """Streams that a visitor holds."""
        watches = self.room.desk.books.surveil.watches
        return {
            stream_name(stream)
            for stream, number in watches.holder.items()
            if (one := watches.live[number]).by not in self.posts.simulated and one.state is WatchState.HELD
        }

    def _visitor_supervises(self) -> bool:
        supervisor = self.posts.visitors["supervisor"][1]
        return any(
            duty.station == supervisor for duty in self.room.desk.books.surveil.watches.duties.values()
        )

    def place(self, role: str) -> tuple[str, int] | None:
        """Token and number of the station that a visitor in this role sits at; None: at none."""
        return self.posts.visitors.get(role)

    def ask(self, person: int) -> int:
        """A visitor asks for patients; how many will be offered."""
        self.shift.asked[person] = OFFERED
        return OFFERED

    def let_one_call(self) -> bool:
        """A visitor wants a patient to telephone; False where none can."""
        return self.calls is not None and self.calls.let_one_call()

    # ---- the telephone -----------------------------------------------------------------------------------

    def _heard(self, deed: Deed) -> None:
        if deed.kind == "telephone.asked" and self.calls is not None:
            self.calls.heard(cast(int, deed.body["call"]))
        if deed.kind == "call.ended":
            self.telephone.ended(cast(int, deed.body["call"]))
        if deed.kind != "call.started" or deed.actor in {staff_actor(one) for one in self.posts.simulated}:
            return
        body = cast("Mapping[str, Any]", deed.body)
        told = self.room.desk.books.notify.calls.notifications[body["notification"]]
        if not body["incoming"]:
            self.telephone.started(
                Ringing(
                    body["call"],
                    stream_name(told.stream),
                    body["name"],
                    body["role"],
                    told.say,
                    told.tier,
                    deed.at,
                )
            )

    def leave(self) -> None:
        """The demo is over: everybody closes their page, and hangs up."""
        if self.calls is not None:
            self.calls.leave()
        for one in (*self.technicians, *([self.reader] if self.reader else [])):
            one.station.leave("the demo is over")
        for screen in self._screens:
            screen.close()


def _physician(_number: str) -> Physician:
    return Physician("Dr. Phil Physician", answers=ANSWERS, act="calls the patient")


def plausible(chance: Random, case: Entity) -> str:
    """A verdict that somebody might give: noise is artefact, what presses most is mostly true."""
    if case["group"] == "quality":
        return "artefact"
    if case["group"] in ("technical", "symptom"):
        return "true"
    draw = chance.random()
    for verdict, share in SHARES:
        draw -= share
        if draw < 0:
            return verdict
    return "true"
