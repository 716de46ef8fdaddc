"""Patients of the demo who telephone: without a transmitter, after a symptom, while the demo runs (R6).

They call by the scenario ``telephone``, the first a good minute after the start, and when a visitor lets one
call. Sounds are made beside the event loop; a call whose patient has one already waits for the next turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import httpx
import structlog

from einthoven.answering.call import UNATTENDED
from einthoven.base.errors import EinthovenError, InputError
from einthoven.base.ids import StreamId, parse_stream
from einthoven.base.instants import SECOND, Instant
from einthoven.center.call_ports import Switchboard
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.ports import Scheduler
from einthoven.sim.caller import Caller, prepared
from einthoven.sim.caller_script import CallerScript
from einthoven.sim.caller_ways import DirectWay
from einthoven.sim.caller_words import said
from einthoven.sim.demo import PHYSICIAN, TELEPHONE
from einthoven.sim.scenario import Scenario, shipped

LOG = structlog.get_logger("einthoven.demo")
SCENARIO: Final = "telephone"
CALLED: Final = "+15555550100"
"""The center's number, of the range that is kept for fiction."""
ADDRESSES: Final = "12 Example Lane, Springfield"
WAITING_MOST: Final = 2
KEPT: Final = 4
"""Calls that are over of which pages are still told what was said."""
BORN: Final = ("1948-05-17", "1971-10-02", "1963-01-29")
SEXES: Final = ("female", "male", "female")


def people(scenario: Scenario | None = None) -> list[dict[str, Any]]:
    """The bodies of ``POST /api/enroll`` of those who telephone."""
    house = shipped(SCENARIO) if scenario is None else scenario
    return [
        {
            "patient": {
                "name": caller.patient,
                "sex": SEXES[place % len(SEXES)],
                "birth_date": BORN[place % len(BORN)],
                "address": ADDRESSES,
                "telephone": caller.telephone or f"+1555555018{place % 10}",
            },
            "physician": {"name": PHYSICIAN, "npi": "1234567893", "telephone": TELEPHONE},
            "telephone": {
                "profile": caller.transmitter,
                "numbers": [caller.telephone] if caller.telephone else [],
            },
        }
        for place, caller in enumerate(house.callers)
    ]


def enroll(client: httpx.Client) -> list[StreamId]:
    """Enroll them through the center's own door.

    Raises:
        InputError: the center refuses; says whom and why.
    """
    made = []
    for body in people():
        answer = client.post("/api/enroll", json=body | {"end_previous": True})
        told = answer.json()
        if answer.status_code != 201:
            raise InputError(f"demo: {body['patient']['name']}: {told.get('error', answer.text)}")
        made.append(parse_stream(str(told["stream"])))
    return made


@dataclass(slots=True)
class _Call:
    """A call that is under way."""

    caller: Caller
    way: DirectWay
    born: str
    answered: Instant | None = None


@dataclass(slots=True)
class DemoCalls:
    """Who telephones in the demo. All calls on the event loop.

    Attributes:
        room: the desk.
        board: where calls ring.
        streams: of the patients, as ``people`` has them.
        code_of: the code that a patient was given.
        scheduler: of this loop.
    """

    room: DeskRoom
    board: Switchboard
    streams: list[StreamId]
    code_of: Callable[[StreamId], str]
    scheduler: Scheduler
    scenario: Scenario = field(default_factory=lambda: shipped(SCENARIO))
    calls: dict[str, _Call] = field(default_factory=dict)
    _made: dict[str, int] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _turns: int = 0
    _told: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def begin(self) -> None:
        """From now on they call, each at its time."""
        for script in self.scenario.callers:
            self._at(script.at_s, script)

    def _at(self, seconds: float, script: CallerScript) -> None:
        def due() -> None:
            # Calls that nobody takes do not pile up: two that wait are enough to see what becomes of them.
            if sum(call.state in UNATTENDED for call in self.room.desk.books.calls.live()) < WAITING_MOST:
                self.dial(script)
            if script.every_s:
                self._at(script.every_s, script)

        self.scheduler.call_later(round(seconds * SECOND), due)

    async def made(self) -> None:
        """Returns once no sound of a call is being made any more: whoever dialled by now rings."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def let_one_call(self) -> bool:
        """A visitor wants a call now; False where everybody telephones already."""
        scripts = self.scenario.callers
        for _ in scripts:
            script = scripts[self._turns % len(scripts)]
            self._turns += 1
            if self.dial(script):
                return True
        return False

    def dial(self, script: CallerScript) -> bool:
        """Somebody calls; False where they telephone already."""
        if script.id in self._made and self._made[script.id] < 0:
            return False
        if script.id in self.calls:
            return False
        number = self._made.get(script.id, 0) + 1
        self._made[script.id] = -number  # its sound is being made
        task = asyncio.get_running_loop().create_task(self._dial(script, number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _dial(self, script: CallerScript, number: int) -> None:
        try:
            place = self.scenario.callers.index(script)
            code = self.code_of(self.streams[place])
            heart = self.scenario.caller_heart(script)
            make = partial(prepared, script, heart, code, number)
            made = await asyncio.get_running_loop().run_in_executor(None, make)
            way = DirectWay(self.board, CALLED)
            caller = Caller(script, made, code, way, self.room.clock, self.scheduler)
            self.calls[script.id] = _Call(caller, way, BORN[place % len(BORN)])
            caller.dial()
        except EinthovenError as error:  # told; the next patient calls all the same
            LOG.error("demo_failed", what="a patient's call", error=str(error))
        finally:
            self._made[script.id] = number

    # ---- what pages are told -----------------------------------------------------------------------------

    def turn(self, now: Instant) -> None:
        """What patients say, for the pages; calls that are over are forgotten."""
        told: dict[str, Mapping[str, Any]] = {}
        for name, one in list(self.calls.items()):
            if one.way.number is not None:
                if one.answered is None and one.caller.has_answer:
                    one.answered = now
                lasted = 0 if one.answered is None else now - one.answered
                lines = said(one.caller.script, one.born, one.caller.stage, lasted)
                told[f"caller:{one.way.number}"] = {
                    "call": one.way.number,
                    "stage": str(one.caller.stage),
                    "lines": lines,
                }
            if one.caller.why:
                del self.calls[name]
        for key, entity in told.items():
            if self._told.get(key) != entity:
                self.room.desk.news.put(key, dict(entity))
        for key in [key for key in self._told if key not in told][:-KEPT]:
            del self._told[key]
            self.room.desk.news.put(key, None)
        self._told |= told

    def heard(self, call: int) -> None:
        """Somebody put on record what a patient said: they are told to play."""
        for one in self.calls.values():
            if one.way.number == call:
                one.caller.play()

    def leave(self) -> None:
        """The demo is over: everybody hangs up."""
        for one in list(self.calls.values()):
            one.caller.hang_up("the demo is over")
