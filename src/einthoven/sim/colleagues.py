"""The simulated shift of the demo: technicians who keep the watch and leave a visitor work, and a supervisor
who reads a second time.

They are ``Technician`` in all they do; what is added is how they treat somebody who is no simulation:
patients are offered to whoever sits down, cases of a visitor's patients are left alone, and whoever the
visitor leaves is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from einthoven.sim.people import Technician
from einthoven.sim.station import Entity

OFFERED = 4
"""Patients that are offered to somebody who sits down, and to whoever asks for more."""
GREETING_S = 3.0
READING_S = 40.0
"""Median from a verdict that is to be read again to the second reading."""
REFUSALS_KEPT = 100


@dataclass(slots=True)
class Shift:
    """What those of one simulated shift know of one another.

    Attributes:
        people: their numbers.
        offered: streams in the order in which they are offered to a visitor; others follow by number.
        asked: visitors who asked for more patients, and for how many.
        greeted: (person, since when on duty) who were offered patients when they came.
    """

    people: frozenset[int] = frozenset()
    offered: tuple[str, ...] = ()
    asked: dict[int, int] = field(default_factory=dict)
    greeted: set[tuple[int, float]] = field(default_factory=set)


@dataclass(slots=True)
class Colleague(Technician):
    """A simulated technician beside whom a visitor may work."""

    shift: Shift = field(default_factory=Shift)

    def step(self, now: int, wall: int) -> None:
        """As ``Technician.step``, and see to visitors."""
        Technician.step(self, now, wall)
        del self.station.refused[:-REFUSALS_KEPT]
        if self.station.me and not self.leaving:
            self._see_visitors(now)

    def cases(self) -> list[Entity]:
        """All but those of a visitor's patients, unless this person is at work on them."""
        theirs, me = self.visitors_streams(), self.station.me
        return [
            one
            for one in self.station.of("case:")
            if one["stream"] not in theirs or (one["held_by"] or {}).get("id") == me
        ]

    def visitors_streams(self) -> set[str]:
        """Streams that somebody watches, or has accepted, who is no simulation."""
        return {
            watch["stream"]
            for watch in self.station.of("watch:")
            if watch["by"] is not None
            and watch["by"]["id"] not in self.shift.people
            and watch["state"] != "offered"
        }

    # ---- visitors ----------------------------------------------------------------------------------------

    def _see_visitors(self, now: int) -> None:
        """One of the shift offers some patients to a visitor who came, or who asked."""
        if not self._is_host():
            return
        for one in self.station.of("person:"):
            if one["id"] in self.shift.people or not one["alive"]:
                continue
            if one["id"] in self.shift.asked:
                self._soon(f"asked {one['id']}", now, GREETING_S / 2, partial(self._answer, one["id"]))
            elif one["held"] == 0 and (one["id"], one["since_ms"]) not in self.shift.greeted:
                self._soon(f"greet {one['id']}", now, GREETING_S, partial(self._greet, one))

    def _is_host(self) -> bool:
        """Whoever watches most of those who are offered first, then whoever watches most."""
        first, score = self.shift.offered[:OFFERED], {}
        for one in self.station.of("person:"):
            if one["id"] in self.shift.people:
                score[one["id"]] = (0, one["held"], one["id"])
        for watch in self.station.of("watch:"):
            by = (watch["by"] or {}).get("id")
            if by in score and watch["stream"] in first:
                count, held, _ = score[by]
                score[by] = (count + 1, held, by)
        return bool(score) and self.station.me == max(score, key=lambda person: score[person])

    def _greet(self, visitor: Entity, now: int) -> None:
        self.shift.greeted.add((visitor["id"], visitor["since_ms"]))
        self._give(visitor["id"], OFFERED, now)

    def _answer(self, visitor: int, now: int) -> None:
        self._give(visitor, self.shift.asked.pop(visitor, 0), now)

    def _give(self, visitor: int, count: int, _now: int) -> None:
        place = {stream: number for number, stream in enumerate(self.shift.offered)}
        mine = [self.station.held[f"watch:{number}"] for number in self.mine()]
        busy = {one["stream"] for one in self.station.of("case:") if one["held_by"] is not None}
        free = [one for one in mine if one["stream"] not in busy]
        free.sort(key=lambda one: (place.get(one["stream"], len(place)), one["stream"]))
        chosen = [one["id"] for one in free[:count]]
        if chosen:
            self.station.act("watch.offer", {"watches": chosen, "to": visitor})


@dataclass(slots=True)
class SecondReader(Technician):
    """A simulated supervisor: reads again what is drawn for it, takes no patients and no cases.

    Attributes:
        stands_back: whether somebody else is there to do it now.
    """

    stands_back: Callable[[], bool] = lambda: False

    def step(self, now: int, wall: int) -> None:
        """Look at the screen; read what is to be read again."""
        self.station.step(now, wall)
        del self.station.refused[:-REFUSALS_KEPT]
        if not self.station.me:
            return
        if not self.stands_back():
            for case in self.station.of("case:"):
                if case["overread"] == "due" and case["verdict"] is not None:
                    self._soon(f"read {case['id']}", now, READING_S, partial(self._read, case))
        offered = [one for one in self.station.of("watch:") if self._to_me(one)]
        if offered:
            self._soon("decline", now, self.habits.accept_s, self._decline)
        self._act_on_plans(now)

    def _to_me(self, watch: Entity) -> bool:
        to = watch["offered_to"]
        return watch["state"] == "offered" and isinstance(to, dict) and to["id"] == self.station.me

    def _decline(self, _now: int) -> None:
        offered = sorted(one["id"] for one in self.station.of("watch:") if self._to_me(one))
        if offered:
            self.station.act("watch.decline", {"watches": offered, "why": "leads the shift"})

    def _read(self, case: Entity, _now: int) -> None:
        told = self.station.held.get(f"case:{case['id']}", case)
        if told["overread"] == "due" and told["verdict"] is not None:
            verdict = told["verdict"]["verdict"]
            self.station.act("case.overread", {"case": case["id"], "verdict": verdict, "note": ""})
