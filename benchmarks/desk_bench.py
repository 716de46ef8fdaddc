"""A big center's desk: 10,000 patients, 250 technicians who paint and work, 2,000 open cases, a real journal.

``python -m benchmarks.desk_bench [--patients N] [--stations N] [--cases N] [--seconds S]`` prints JSON. Every
station is told its changes four times a second and reports 40 tiles once; acts come at fixed moments whatever
the desk does, and each is timed from its moment to its answer, which comes when it is on disk. Not in it: the
network, and checking each tile's picture (``benchmarks.displays_bench``: 0.16 of a core).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from einthoven.base.deeds import CENTER, Draft
from einthoven.base.errors import EinthovenError
from einthoven.base.ids import stream_name
from einthoven.base.instants import DAY, SECOND, Instant
from einthoven.bootstrap.serve import GC_THRESHOLDS
from einthoven.center.desk import Desk, DeskWorld
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_door import Who
from einthoven.center.desk_seat import DeskRoom, DeskSeat
from einthoven.center.displays import Checked, Glass, Report, Sight
from einthoven.edges.store.facts import Facts
from einthoven.review.facts import FindingFact, FindingState, Met, Priority, Tier
from einthoven.surveillance import staff_changes, stations

TELLS_A_SECOND = 4
TURNS_A_SECOND = 5
ACTS_A_SECOND = 40
"""Each of 250 technicians does something every six seconds: a bad night."""
TOPICS = ("reading ECGs", "directing a patient in an emergency")
NONCE = re.compile(r'"nonce":"([0-9a-f]+)"')


class Clock:
    """The clocks of this machine; the wall stands while a center is made, so that nobody falls silent."""

    def __init__(self) -> None:
        self._stands: Instant | None = time.time_ns()
        self._late = 0

    def go(self) -> None:
        """From where it stood."""
        assert self._stands is not None
        self._late, self._stands = time.time_ns() - self._stands, None

    def step(self) -> None:
        """A second on."""
        assert self._stands is not None
        self._stands += SECOND

    def wall(self) -> Instant:
        """Now."""
        return time.time_ns() - self._late if self._stands is None else self._stands

    def monotonic(self) -> int:
        """Now, for differences."""
        return time.monotonic_ns()


CLOCK = Clock()


class Believing:
    """Screens are taken at their word: the pictures are checked in another benchmark."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._at: Instant = 0

    def beat(self, at: Instant) -> None:
        """A second began."""
        self._at = at

    def open(self) -> Glass:
        """A screen."""
        return Glass()

    def nonce(self, _glass: Glass) -> str:
        """What the next report must repeat."""
        return f"{next(self._numbers):x}"

    def check(self, _glass: Glass, report: Report) -> Checked:
        """Everything is proved."""
        return Checked(self._at, [Sight(tile.stream, None) for tile in report.tiles])


@dataclass
class Station:
    """One page: what it watches, and what it was told last."""

    seat: DeskSeat
    who: Who
    tiles: str = "[]"
    nonce: str = "0"
    told_bytes: int = 0

    def listen(self) -> None:
        """Take everything there is to be told."""
        while (text := self.seat.next(time.monotonic_ns(), CLOCK.wall())) is not None:
            self.told_bytes += len(text)
            found = NONCE.search(text)
            if found is not None:
                self.nonce = found[1]
                return

    def paint(self) -> None:
        """Report what was painted."""
        self.seat.take(f'{{"type":"painted","nonce":"{self.nonce}","visible":true,"tiles":{self.tiles}}}')


@dataclass
class House:
    """The center, its people, and what was measured, in seconds by name."""

    room: DeskRoom
    stations: list[Station] = field(default_factory=list)
    took: dict[str, list[float]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    def keep(self, drafts: Any) -> None:
        """Commit what a rule drafted."""
        self.room.desk.commit(drafts, CENTER, CLOCK.wall())

    async def act(self, who: Who, name: str, fields: dict[str, object], due: float) -> bool:
        """Do something; its time counts from when it was due."""
        done: asyncio.Future[EinthovenError | None] = asyncio.get_running_loop().create_future()
        self.room.act(who, name, fields, lambda _told, error: done.set_result(error))
        error = await done
        self.took.setdefault(name, []).append(time.perf_counter() - due)
        if error is not None:
            self.refused[f"{name}: {error}"[:60]] = self.refused.get(f"{name}: {error}"[:60], 0) + 1
        return error is None


def opened(folder: Path, loop: asyncio.AbstractEventLoop) -> tuple[House, Facts]:
    """A desk on a real journal."""
    facts = Facts(folder / "facts.sqlite", CLOCK.wall(), loop.call_soon_threadsafe)
    world = DeskWorld(facts.journal, Believing(), [], "bench")  # type: ignore[arg-type]
    books = Books(lambda stream: PatientCard(f"Patient, {stream}", physician="Dr. Weber"))
    desk = Desk(world, books, lambda what, error: print(f"desk: {what}: {error!r}", file=sys.stderr))
    desk.start(CLOCK.wall())
    return House(DeskRoom(desk, CLOCK, "bench")), facts


def staffed(house: House, many: int) -> None:
    """A site, and qualified people at stations of their own."""
    surveil = house.room.desk.books.surveil
    now = CLOCK.wall()
    house.keep(stations.add_site(surveil.stations, "Boston", "1 Main St", "US", ["192.0.2.0/24"]))
    for number in range(1, many + 1):
        house.keep(staff_changes.join(surveil.staff, f"Technician {number}", f"t{number}", ["technician"]))
        until = now + 400 * DAY
        house.keep(
            staff_changes.credential(surveil.staff, number, "CCT", f"N{number}", "CCI", now - DAY, until)
        )
        for topic in TOPICS:
            house.keep(staff_changes.training(surveil.staff, number, topic, now - DAY, until, "the center"))
        key = f"{number:064x}"
        house.keep(stations.register_station(surveil.stations, f"Desk {number}", 1, key, "desk"))
        who = Who(number, number, "192.0.2.7")
        seat = house.room.open(who, lambda number=number: {"staff": {"id": number}})  # type: ignore[misc]
        house.stations.append(Station(seat, who))


async def watched(house: House, patients: int) -> None:
    """Everybody is in service, watched and displayed."""
    desk = house.room.desk
    desk.serve(range(1, patients + 1), (), CLOCK.wall())
    share = -(-patients // len(house.stations))
    for place, one in enumerate(house.stations):
        names = [
            stream_name(stream) for stream in range(1 + place * share, min(patients, (place + 1) * share) + 1)
        ]
        one.tiles = json.dumps([[name, 0, 1.0, 0, -1, 0, 0, 0] for name in names])
        for each in house.stations:  # whoever waits here has been painting all the while
            desk.books.surveil.proofs.seen[each.who.station or 0] = CLOCK.wall()
        await house.act(one.who, "watch.take", {"streams": names}, time.perf_counter())
    for _ in range(3):
        CLOCK.step()
        desk.turn(CLOCK.wall())
        for one in house.stations:
            one.paint()
        await asyncio.sleep(0)


def seated(house: House) -> float:
    """The first page takes its snapshot, in seconds; the others are taken to have theirs."""
    begun = time.perf_counter()
    first, news = house.stations[0], house.room.desk.news
    while first.seat.reader.snapshot_due or first.seat.reader.unsent is not None:
        first.listen()
    spent = time.perf_counter() - begun
    for one in house.stations[1:]:
        reader = one.seat.reader
        reader.wants.look(CLOCK.wall())  # type: ignore[attr-defined]
        reader.snapshot_due, reader.at = False, news._last
    return spent


def found(house: House, cases: int, key: str = "1") -> None:
    """Findings that meet a criterion, one of a patient each."""
    now = CLOCK.wall()
    met = (Met("pause.urgent.interval_ms", Tier.URGENT, 4200.0, 4000.0, "ms", "urgent: pause: 4200 ms"),)
    for stream in range(1, cases + 1):
        fact = FindingFact(
            f"{key}-{stream}", stream, "pause", "Pause", FindingState.CLOSED, now - 5 * SECOND, now,
            Tier.URGENT, Priority.MEDIUM, met,
        )  # fmt: skip
        house.room.desk.place(fact, now)


def works(house: House, cases: int, chance: Random) -> Iterator[tuple[Who, str, dict[str, object]]]:
    """What people do, for ever: take a case, judge it, or give it back; acknowledge; offer and withdraw."""
    order = list(range(1, cases + 1))
    chance.shuffle(order)
    book = house.room.desk.books.surveil.watches
    for number in order * 50:
        who = house.stations[chance.randrange(len(house.stations))].who
        yield who, "case.take", {"case": number}
        yield who, "alarm.acknowledge", {"case": number}
        if chance.random() < 0.5:
            yield who, "case.release", {"case": number}
        else:
            yield who, "case.verdict", {"case": number, "verdict": "not_meeting", "note": "no"}
            yield who, "case.undo", {"case": number}
            yield who, "case.release", {"case": number}
        mine = sorted(one.number for one in book.held_by(who.staff))[:1]
        yield who, "watch.offer", {"watches": mine, "to": "all"}
        yield who, "watch.withdraw", {"watches": mine}


async def paced(rate: float, seconds: float) -> Any:
    """Moments so many a second, each when it is due or, where the loop was busy, at once after it."""
    begun = time.perf_counter()
    for number in range(round(rate * seconds)):
        due = begun + number / rate
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        elif number % 16 == 0:
            await asyncio.sleep(0)
        yield number, due


async def run(house: House, seconds: float, cases: int) -> None:
    """Stations listen and paint, people act, the desk turns."""

    async def listening() -> None:
        many = len(house.stations)
        async for number, due in paced(many * TELLS_A_SECOND, seconds):
            one = house.stations[number % many]
            one.listen()
            house.took.setdefault("tell", []).append(time.perf_counter() - due)
            if number // many % TELLS_A_SECOND == 0:
                one.paint()
                house.took.setdefault("painted", []).append(time.perf_counter() - due)

    async def turning() -> None:
        async for _number, due in paced(TURNS_A_SECOND, seconds):
            begun = time.perf_counter()
            house.room.desk.turn(CLOCK.wall())
            house.room.sweep(CLOCK.wall())
            house.took.setdefault("turn", []).append(time.perf_counter() - begun)
            del due

    async def acting() -> None:
        work = works(house, cases, Random(1))
        async for _number, due in paced(ACTS_A_SECOND, seconds):
            who, name, fields = next(work)
            await house.act(who, name, fields, due)

    await asyncio.gather(listening(), turning(), acting())


def shares(took: list[float]) -> dict[str, float]:
    """Percentiles in ms."""
    took = sorted(took)
    at = {name: took[min(len(took) - 1, int(len(took) * share))] for name, share in
          (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))}  # fmt: skip
    return {"n": len(took), **{name: round(value * 1000, 2) for name, value in at.items()},
            "max": round(took[-1] * 1000, 2)}  # fmt: skip


async def measured(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Everything, as JSON."""
    begun = time.perf_counter()
    house, facts = opened(folder, asyncio.get_running_loop())
    staffed(house, given.stations)
    await watched(house, given.patients)
    found(house, given.cases)
    snapshot = seated(house)
    kept: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    house.room.desk.commit([Draft("bench.ready", "bench", {})], CENTER, CLOCK.wall(), kept.set_result)
    await kept
    gc.collect()  # as a center does that has come up
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    CLOCK.go()
    if house.refused:
        raise SystemExit(f"not set up: {house.refused}")
    ready = time.perf_counter() - begun
    held = len(house.room.desk.books.surveil.watches.holder)
    house.took, house.refused = {}, {}
    sent, cpu = sum(one.told_bytes for one in house.stations), time.process_time()
    begun = time.perf_counter()
    await run(house, given.seconds, given.cases)
    spent = time.perf_counter() - begun
    cpu = time.process_time() - cpu
    sent = sum(one.told_bytes for one in house.stations) - sent
    facts.close()
    ledger = [each for name in ("painted",) for each in house.took.get(name, [])]
    worklist = [each for name, took in house.took.items() if name.startswith(("case.", "alarm.", "watch."))
                for each in took]  # fmt: skip
    return {
        "patients": given.patients, "stations": given.stations, "cases": given.cases,
        "watches_held": held, "seconds": round(spent, 1), "ready_s": round(ready, 1),
        "snapshot_ms": round(snapshot * 1000, 1),
        "worklist_ms": shares(worklist), "ledger_ms": shares(ledger),
        "by_act_ms": {name: shares(took) for name, took in sorted(house.took.items())},
        "refused": house.refused, "cores": round(cpu / spent, 3),
        "told_kb_a_station_second": round(sent / spent / given.stations / 1000, 2),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def main() -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--stations", type=int, default=250)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(measured(given, Path(folder))), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
