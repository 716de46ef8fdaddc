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

from einthoven.base.instants import SECOND, Instant
from einthoven.sim.station import Entity, HeadlessStation

TIERS = {"emergent": 0, "urgent": 1, "technical": 2, "daily": 3}
"""From the most pressing: the order in which a technician works."""


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
        spread: of the logarithm.
    """

    accept_s: float = 4.0
    notice_s: float = 6.0
    review_s: float = 25.0
    dial_s: float = 15.0
    talk_s: float = 90.0
    ring_s: float = 25.0
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
        works_alone: takes cases of patients that others watch, too, once escalated.
    """

    station: HeadlessStation
    chance: Random
    answerer: Callable[[str], Physician]
    truth: Callable[[Entity], str] = lambda _case: "true"
    habits: Habits = field(default_factory=Habits)
    leaving: bool = False
    successor: int | None = None
    asleep: bool = False
    _plans: dict[str, tuple[int, Callable[[int], None]]] = field(default_factory=dict)

    def step(self, now: int, wall: Instant) -> None:
        """Let them look at the screen and do what is due; call it a few times a second."""
        self.station.step(now, wall)
        if self.asleep or self.station.cut or not self.station.me:
            return
        self.station.take_changes()
        self._plan(now)
        for key, (due, act) in sorted(self._plans.items(), key=lambda plan: plan[1][0]):
            if due <= now:
                del self._plans[key]
                act(now)

    def _soon(self, key: str, now: int, median_s: float, act: Callable[[int], None]) -> None:
        if key not in self._plans:
            self._plans[key] = (now + self.habits.delay(median_s, self.chance), act)

    def _plan(self, now: int) -> None:
        me = self.station.me
        if self.leaving:
            self._plan_leaving(now)
        else:
            offered = [one for one in self.station.of("watch:") if self._for_me(one, me)]
            if offered:
                self._soon("accept", now, self.habits.accept_s, self._accept)
        self._plan_case(now, me)

    def _for_me(self, watch: Entity, me: int) -> bool:
        if watch["state"] != "offered" or (watch["from"] is not None and watch["from"]["id"] == me):
            return False
        return watch["offered_to"] == "all" or (
            watch["offered_to"] is not None and watch["offered_to"]["id"] == me
        )

    def _accept(self, _now: int) -> None:
        me = self.station.me
        room = self._room()
        wanted = [one["id"] for one in self.station.of("watch:") if self._for_me(one, me)]
        if wanted and room > 0:
            self.station.act("watch.accept", {"watches": sorted(wanted)[:room]})

    def _room(self) -> int:
        mine = self.station.held.get("me", {}).get("watches")
        return 40 if mine is None else int(mine["limit"]) - int(mine["held"])

    def _plan_leaving(self, now: int) -> None:
        me = self.station.me
        mine = [
            one["id"]
            for one in self.station.of("watch:")
            if one["state"] == "held" and one["by"] is not None and one["by"]["id"] == me
        ]
        to: object = "all" if self.successor is None else self.successor
        if mine:
            self._soon(
                "offer",
                now,
                self.habits.accept_s,
                partial(self._act, "watch.offer", {"watches": sorted(mine), "to": to}),
            )

    # ---- cases -------------------------------------------------------------------------------------------

    def _plan_case(self, now: int, me: int) -> None:
        mine = [one for one in self.station.of("case:") if (one["held_by"] or {}).get("id") == me]
        for case in mine:
            key = f"case {case['id']}"
            if case["state"] == "held" and case["verdict"] is None:
                self._soon(key, now, self.habits.review_s, partial(self._judge, case))
            elif case["state"] == "notifying":
                self._plan_call(now, case)
            elif case["state"] == "decided":
                self._finish(now, "case.close", {"case": case["id"]})
        if not mine and not self.leaving:
            waiting = [one for one in self.station.of("case:") if one["state"] == "open"]
            if waiting:
                self._soon("take", now, self.habits.notice_s, self._take)

    def _finish(self, now: int, act: str, fields: dict[str, object]) -> None:
        self._soon(
            f"{act} {sorted(fields.items())}", now, self.habits.dial_s, partial(self._act, act, fields)
        )

    def _take(self, _now: int) -> None:
        waiting = [one for one in self.station.of("case:") if one["state"] == "open"]
        if waiting:
            first = min(waiting, key=lambda one: (TIERS[one["tier"]], one["opened_ms"], one["id"]))
            self.station.act("case.take", {"case": first["id"]})

    def _act(self, act: str, fields: dict[str, object], _now: int) -> None:
        self.station.act(act, fields)

    def _judge(self, case: Entity, _now: int) -> None:
        fields = {
            "case": case["id"],
            "verdict": self.truth(case),
            "note": "",
            "relabels": [],
            "strips": [],
        }
        self.station.act("case.verdict", fields)

    def _plan_call(self, now: int, case: Entity) -> None:
        told = self.station.held.get(f"notification:{case['notification']}")
        if told is None:  # it is closed: nothing is left to be told
            self._finish(now, "case.close", {"case": case["id"]})
            return
        if told["state"] == "reached":
            self._finish(now, "notification.close", {"notification": told["id"], "action": ""})
            return
        running = [call for call in told["calls"] if call["ended_ms"] is None]
        if running or told["state"] != "calling":
            return
        if told["next"]:
            self._soon(
                f"call {told['id']} {len(told['calls'])}",
                now,
                self.habits.dial_s,
                partial(self._call, told),
            )

    def _call(self, told: Entity, now: int) -> None:
        contact = told["next"][0]
        picked = self.answerer(contact["number"]).call(self.chance, contact["number"])
        talk = self.habits.talk_s if picked.outcome == "reached" else self.habits.ring_s

        def started(answer: Entity) -> None:
            call = int(answer["call"])
            due = now + self.habits.delay(talk, self.chance)
            self._plans[f"hang up {call}"] = (due, partial(self._hang_up, picked, call))

        self.station.act("call.start", {"notification": told["id"], "contact": contact["contact"]}, started)

    def _hang_up(self, picked: Picked, call: int, _now: int) -> None:
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
