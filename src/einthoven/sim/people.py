"""Simulated technicians and physicians: seeded delays, and the acts a person at a page would do.

A technician paints what they watch, takes what is offered, works the most urgent case, telephones
the physician by the ladder on the screen, and hands over at the end of the shift. None of it is faster than
a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from einthoven.base.instants import MILLISECOND, MINUTE, SECOND, Instant
from einthoven.sim.station import Entity, HeadlessStation

TIERS = {"emergent": 0, "urgent": 1, "technical": 2, "daily": 3}
"""From the most pressing: the order in which a technician works."""
LETHAL = frozenset({"ventricular-fibrillation", "ventricular-flutter", "asystole"})
"""Findings for which the emergency procedure is begun as soon as they are judged true."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How quick somebody is: medians of log-normal delays in seconds, and their spread.

    Attributes:
        accept_s: from an offer to accepting it.
        notice_s: from a case on the list to taking it.
        review_s: from taking it to the verdict.
        dial_s: from the verdict, or the end of a call, to the next call.
        talk_s: a call that somebody answers.
        ring_s: one that nobody answers.
        step_s: a step of the emergency procedure.
        spread: of the logarithm.
    """

    accept_s: float = 4.0
    notice_s: float = 6.0
    review_s: float = 25.0
    dial_s: float = 15.0
    talk_s: float = 90.0
    ring_s: float = 25.0
    step_s: float = 12.0
    spread: float = 0.4

    def delay(self, median_s: float, chance: Random) -> int:
        """One delay, ns."""
        return round(chance.lognormvariate(0.0, self.spread) * median_s * SECOND)


@dataclass(frozen=True, slots=True)
class Picked:
    """What comes of one call: the outcome of the contract, and who answered."""

    outcome: str
    person: str = ""
    role: str = ""
    said: str = ""
    action: str = ""


class Physician:
    """Somebody at the other end of the telephone.

    Args:
        name: who answers, and reads back.
        answers: probability that they pick up.
        otherwise: what a call comes to when they do not.
        act: what they do about it.
    """

    def __init__(
        self,
        name: str,
        answers: float = 0.8,
        otherwise: str = "voicemail",
        act: str = "no action necessary",
    ) -> None:
        self.name, self._answers, self._otherwise, self._act = name, answers, otherwise, act
        self.asked = 0

    def call(self, chance: Random, number: str) -> Picked:
        """Ring once."""
        del number
        self.asked += 1
        if chance.random() >= self._answers:
            return Picked(self._otherwise)
        return Picked("reached", self.name, "physician", "the finding, its time and the patient", self._act)


@dataclass(slots=True)
class Technician:
    """A person at a station.

    Attributes:
        station: the page.
        answerer: who answers which number.
        truth: the verdict that a case deserves.
        leaving: whether the shift is over: everything is offered on, nothing new is taken.
        successor: to whom it is offered then; None: to all.
        asleep: the page runs on, the person does nothing; so it is with a page out of sight.
        usual: patients they take gladly; more only when an offer to all has waited ``patience_s``.
    """

    station: HeadlessStation
    chance: Random
    answerer: Callable[[str], Physician]
    truth: Callable[[Entity], str] = lambda _case: "true"
    habits: Habits = field(default_factory=Habits)
    leaving: bool = False
    successor: int | None = None
    asleep: bool = False
    usual: int = 40
    patience_s: float = 20.0
    _plans: dict[str, tuple[int, Callable[[int], None]]] = field(default_factory=dict)
    _picked: dict[int, Picked] = field(default_factory=dict)
    _waiting: dict[int, int] = field(default_factory=dict)
    _begun: set[int] = field(default_factory=set)

    def step(self, now: int, wall: Instant) -> None:
        """Let them look at the screen and do what is due; call it at least once a second."""
        self.station.step(now, wall)
        if self.asleep or self.station.cut or not self.station.visible or not self.station.me:
            return
        if self.station.take_changes() or self._waiting or self.leaving:
            self._plan(now, wall)
        self._act_on_plans(now)

    def _act_on_plans(self, now: int) -> None:
        for key, (due, act) in sorted(self._plans.items(), key=lambda plan: plan[1][0]):
            if due <= now:
                del self._plans[key]
                self.station.changed.add("")  # what comes next is to be thought of
                act(now)

    def _soon(self, key: str, now: int, median_s: float, act: Callable[[int], None]) -> None:
        if key not in self._plans:
            self._plans[key] = (now + self.habits.delay(median_s, self.chance), act)

    def _plan(self, now: int, wall: Instant) -> None:
        me = self.station.me
        if self.leaving:
            self._plan_leaving(now)
        elif self._wanted(now, me):
            self._soon("accept", now, self.habits.accept_s, self._accept)
        self._plan_case(now, wall, me)

    # ---- watches -----------------------------------------------------------------------------------------

    def _for_me(self, watch: Entity, me: int) -> bool:
        if watch["state"] != "offered" or (watch["from"] is not None and watch["from"]["id"] == me):
            return False
        return watch["offered_to"] == "all" or (
            watch["offered_to"] is not None and watch["offered_to"]["id"] == me
        )

    def _wanted(self, now: int, me: int) -> list[int]:
        """The offers they would accept now, oldest first: their own, the usual number of those to all, and
        what nobody else took for a while."""
        offered = [one for one in self.station.of("watch:") if self._for_me(one, me)]
        since = {one["id"]: self._waiting.get(one["id"], now) for one in offered}
        self._waiting = since
        late = now - round(self.patience_s * SECOND)
        gladly = max(0, self.usual - self._held())
        chosen = []
        for one in sorted(offered, key=lambda one: int(one["id"])):
            to_all = one["offered_to"] == "all"
            if not to_all or since[one["id"]] <= late:
                chosen.append(int(one["id"]))
            elif gladly > 0:
                gladly -= 1
                chosen.append(int(one["id"]))
        return chosen[: self._room()]

    def _accept(self, now: int) -> None:
        wanted = [] if self.leaving else self._wanted(now, self.station.me)
        if wanted:
            self.station.act("watch.accept", {"watches": wanted})

    def _held(self) -> int:
        mine = self.station.held.get("me", {}).get("watches")
        return 0 if mine is None else int(mine["held"])

    def _room(self) -> int:
        mine = self.station.held.get("me", {}).get("watches")
        return 40 if mine is None else int(mine["limit"]) - int(mine["held"])

    def mine(self) -> list[int]:
        """The watches they hold and have not offered on."""
        me = self.station.me
        return sorted(
            int(one["id"])
            for one in self.station.of("watch:")
            if one["state"] == "held" and one["by"] is not None and one["by"]["id"] == me
        )

    def _plan_leaving(self, now: int) -> None:
        if self.mine():
            self._soon("offer", now, self.habits.accept_s, self._offer)

    def _offer(self, _now: int) -> None:
        to: object = "all" if self.successor is None else self.successor
        if mine := self.mine():
            self.station.act("watch.offer", {"watches": mine, "to": to})

    def hand_over(self, to: int, count: int) -> None:
        """Offer some of theirs to somebody, as a supervisor asked."""
        if mine := self.mine()[:count]:
            self.station.act("watch.offer", {"watches": mine, "to": to})

    # ---- cases -------------------------------------------------------------------------------------------

    def _plan_case(self, now: int, wall: Instant, me: int) -> None:
        cases = self.cases()
        mine = [one for one in cases if (one["held_by"] or {}).get("id") == me]
        for case in mine:
            key = f"case {case['id']}"
            if case["state"] == "held" and case["verdict"] is None:
                self._soon(key, now, self.habits.review_s, partial(self._judge, int(case["id"])))
            elif case["alarm"]["state"] in ("active", "latched"):  # it escalated, or something joined it
                self._finish(now, "alarm.acknowledge", {"case": case["id"]}, self.habits.accept_s)
            elif self._procedure(now, case):
                continue
            elif case["state"] == "notifying":
                self._plan_call(now, wall, case)
            elif case["state"] == "decided":
                self._plan_close(now, case)
        for told in self.station.of("notification:"):
            for call in told["calls"]:
                if call["ended_ms"] is None and call["by"] == self.name:
                    self._plan_end(now, wall, told, call)
        if mine or self.leaving:
            return
        if self._free(cases):
            self._soon("take", now, self.habits.notice_s, self._take)
        for case in cases:  # the physician in parallel, by a second person
            if case["emergency"] and case["state"] == "notifying" and case["held_by"] is not None:
                self._plan_call(now, wall, case)

    def cases(self) -> list[Entity]:
        """The cases that concern them."""
        return self.station.of("case:")

    @staticmethod
    def _free(cases: list[Entity]) -> list[Entity]:
        """Cases that nobody works on: new ones, and those whose holder is gone."""
        return [
            one
            for one in cases
            if one["held_by"] is None and one["state"] in ("open", "decided", "notifying")
        ]

    def _others(self, case: Entity) -> bool:
        """Whether somebody else judged it: whoever did goes on with it first."""
        given = case["verdict"]
        return given is not None and given["by"] != self.name

    @property
    def busy(self) -> bool:
        """Whether they hold a case or are on the telephone."""
        calls = [call for told in self.station.of("notification:") for call in told["calls"]]
        held = any((one["held_by"] or {}).get("id") == self.station.me for one in self.station.of("case:"))
        return held or any(call["ended_ms"] is None and call["by"] == self.name for call in calls)

    def _finish(self, now: int, act: str, fields: dict[str, object], median_s: float = 0.0) -> None:
        key = f"{act} {sorted(fields.items())}"
        self._soon(key, now, median_s or self.habits.dial_s, partial(self._act, act, fields))

    def _plan_close(self, now: int, case: Entity) -> None:
        number = int(case["id"])
        self._soon(f"close {number}", now, self.habits.dial_s, partial(self._close, number))

    def _close(self, number: int, _now: int) -> None:
        case = self.station.held.get(f"case:{number}")
        if case is not None and case["state"] in ("decided", "notifying"):  # it may have closed by itself
            self.station.act("case.close", {"case": number})

    def _take(self, _now: int) -> None:
        waiting = self._free(self.cases())
        if waiting:
            first = min(waiting, key=lambda one: (TIERS[one["tier"]], self._others(one), one["opened_ms"]))
            self.station.act("case.take", {"case": first["id"]})

    def _act(self, act: str, fields: dict[str, object], _now: int) -> None:
        self.station.act(act, fields)

    def _judge(self, number: int, _now: int) -> None:
        case = self.station.held.get(f"case:{number}")
        if case is None or case["verdict"] is not None:
            return
        fields: dict[str, object] = {"case": number, "verdict": self.truth(case), "note": ""}
        self.station.act("case.verdict", fields | {"relabels": [], "strips": []})

    # ---- emergencies -------------------------------------------------------------------------------------

    def _procedure(self, now: int, case: Entity) -> bool:
        """Begin and work the emergency procedure of a case that asks for it; whether it keeps them busy."""
        number = case["emergency"]
        running = self.station.held.get(f"emergency:{number}") if number else None
        if running is not None:
            left = [step["id"] for step in running["steps"] if step["done_ms"] is None]
            if left:
                fields = {"emergency": number, "step": left[0], "note": ""}
                key = f"step {number} {left[0]}"
                self._soon(key, now, self.habits.step_s, partial(self._act, "emergency.step", fields))
            else:
                self._finish(
                    now, "emergency.end", {"emergency": number, "outcome": "help is with the patient"}
                )
            return True
        if case["state"] != "notifying" or case["id"] in self._begun:
            return False
        if not any(one["kind"] in LETHAL for one in case["findings"]):
            return False
        told = self.station.held.get(f"notification:{case['notification']}")
        if told is None or told["calls"]:
            return False  # begun before, or the physician has it in hand
        self._begun.add(case["id"])
        fields = {"stream": case["stream"]}
        self._soon(
            f"begin {case['id']}", now, self.habits.accept_s, partial(self._act, "emergency.begin", fields)
        )
        return True

    # ---- calls -------------------------------------------------------------------------------------------

    def _plan_call(self, now: int, wall: Instant, case: Entity) -> None:
        told = self.station.held.get(f"notification:{case['notification']}")
        if told is None:  # it is closed: nothing is left to be told
            if (case["held_by"] or {}).get("id") == self.station.me:
                self._plan_close(now, case)
            return
        if told["state"] == "reached":
            self._finish(now, "notification.close", {"notification": told["id"], "action": ""})
            return
        running = [call for call in told["calls"] if call["ended_ms"] is None]
        if running:
            self._plan_end(now, wall, told, running[-1])
        elif told["state"] == "calling" and told["next"]:
            due = max(0, int(told["next"][0]["due_ms"]) * MILLISECOND - wall)
            key = f"call {told['id']} {len(told['calls'])}"
            self._soon(key, now + due, self.habits.dial_s, partial(self._call, int(told["id"])))

    def _plan_end(self, now: int, wall: Instant, told: Entity, call: Entity) -> None:
        """Their own call ends when it is over; somebody else's once it has run too long."""
        number = int(call["id"])
        key = f"hang up {number}"
        if call["by"] == self.name:
            if key not in self._plans:
                picked = self._picked.get(number)
                if picked is None:
                    picked = self.answerer(call["number"]).call(self.chance, call["number"])
                    self._picked[number] = picked
                talk = self.habits.talk_s if picked.outcome == "reached" else self.habits.ring_s
                self._soon(key, now, talk, partial(self._hang_up, picked, number))
        elif told["due_ms"] is not None:
            late = max(0, int(told["due_ms"]) * MILLISECOND - wall) + MINUTE  # whoever called says so first
            silent = partial(self._hang_up, Picked("no_answer"), number)
            self._soon(key, now + late, self.habits.dial_s, silent)

    @property
    def name(self) -> str:
        """As the desk knows them; empty before it told."""
        return str(self.station.held.get(f"person:{self.station.me}", {}).get("name", ""))

    def _call(self, number: int, _now: int) -> None:
        told = self.station.held.get(f"notification:{number}")
        if told is not None and told["next"] and all(call["ended_ms"] is not None for call in told["calls"]):
            fields = {"notification": number, "contact": told["next"][0]["contact"]}
            self.station.act("call.start", fields | {"number": told["next"][0]["number"]})

    def _hang_up(self, picked: Picked, call: int, _now: int) -> None:
        every = [one for told in self.station.of("notification:") for one in told["calls"]]
        if not any(one["id"] == call and one["ended_ms"] is None for one in every):
            return  # somebody has said how it ended
        reached = picked.outcome == "reached"
        fields: dict[str, object] = {
            "call": call,
            "outcome": picked.outcome,
            "person": picked.person,
            "person_role": picked.role,
            "readback": reached,
            "said": picked.said,
            "action": picked.action,
        }
        self.station.act("call.end", fields)
