"""Loss proof: ``kill -9`` of center and transmitters at random moments, bad networks; then reconciliation.

``python -m benchmarks.torture --rounds 200`` prints one JSON document; exit code 0 only when nothing is lost,
nothing doubled, every hole explained, and the data folder whole. A seed chooses what is done when; what the
processes were doing at that instant is theirs, so a run is alike, not equal, when repeated.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.torture_center import CALLS, OFTEN, WHENS
from benchmarks.torture_parts import CenterChild, TortureError, WearersChild, free_ports
from benchmarks.torture_reckoning import LogAudit, reckon

from einthoven.base.ids import parse_stream
from einthoven.bootstrap.enroll import enroll_at
from einthoven.bootstrap.keys import read_key
from einthoven.sim.proxy import Proxy

RATES = (250.0, 250.0, 360.0, 128.0, 500.0)
LEADS = (("II", "V1"), ("II",), ("II", "V1", "V5"))
CALM_S = (16.0, 20.0)
"""A segment is sealed ten seconds after its last block at the earliest."""
COMPILE_S = 300.0
"""The very first start on a machine compiles the analysis."""
SETTINGS = 'seal_grace_s = 12\nward_save_s = 5\nlog_level = "warning"\n'
"""Segments with holes are sealed soon, so that log files go while the torture is on."""


@dataclass
class Plan:
    """What a torture is made of.

    Attributes:
        rounds: how many.
        seed: of every choice.
        processes, wearers: processes of transmitters, and transmitters in each.
        pause_s: shortest and longest wait between two rounds.
        drain_s: longest time until everything is acknowledged at the end.
        restart_at_end: switch every transmitter off and on before that, so that nobody is in a long back-off.
        calm: after so many rounds one quiet stretch, long enough for segments to be sealed; 0: never.
        acts: what may happen, with weights.
    """

    rounds: int
    seed: int = 1
    processes: int = 3
    wearers: int = 4
    pause_s: tuple[float, float] = (0.1, 1.8)
    drain_s: float = 300.0
    restart_at_end: bool = False
    calm: int = 20
    acts: dict[str, int] = field(default_factory=lambda: dict(ACTS))


ACTS = {
    "kill_center": 22,
    "weak_center": 10,
    "kill_center_twice": 3,
    "stop_center": 3,
    "hold_center": 5,
    "kill_transmitters": 22,
    "kill_everything": 4,
    "hold_transmitters": 5,
    "cut": 9,
    "reset": 9,
    "stall": 4,
    "half_open_near": 2,
    "half_open_far": 2,
}


class Torture:
    """One run, in a folder."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        self.chance = Random(plan.seed)
        self.done: Counter[str] = Counter()
        self.audit = LogAudit()
        self.settings = SETTINGS
        self.proxies: list[Proxy] = []
        self.parties: list[WearersChild] = []
        web, link = free_ports(2)
        self.center = CenterChild(
            "the center", folder / "center.log", data=folder / "data", web=web, link=link
        )

    # ---- setting up --------------------------------------------------------------------------------------

    async def set_up(self) -> None:
        """A center, its transmitters enrolled and worn, half of them through bad networks."""
        self.center.data.mkdir(parents=True)
        (self.center.data / "einthoven.toml").write_text(self.settings)
        await self.center.start()
        await self.center.ready(COMPILE_S)
        await self._stranger()
        for number in range(self.plan.processes):
            proxy = Proxy("127.0.0.1", self.center.link, seed=self.plan.seed + number)
            await proxy.open()
            self.proxies.append(proxy)
            party = WearersChild(
                f"transmitters {number}",
                self.folder / f"party{number}.log",
                folder=self.folder / f"party{number}",
            )
            party.folder.mkdir()
            for place in range(self.plan.wearers):
                party.wearers.append(await self._enroll(party, number, place))
            self.parties.append(party)
            await party.start()

    async def _stranger(self) -> None:
        """Somebody who speaks no TLS knocks: no transmitter's business, and no page in the log."""
        reader, writer = await self._knock()
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    async def _knock(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        until = time.monotonic() + 10
        while True:  # the pages are there a moment before the link is
            try:
                return await asyncio.open_connection("127.0.0.1", self.center.link)
            except OSError:
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(0.05)

    async def _enroll(self, party: WearersChild, number: int, place: int) -> dict[str, Any]:
        index = number * self.plan.wearers + place
        source = {
            "kind": "heart" if index % 3 == 2 else "counter",
            "seed": self.plan.seed * 100 + index,
            "rate_hz": RATES[index % len(RATES)],
            "leads": list(LEADS[index % len(LEADS)]),
        }
        key = party.folder / f"{index}.key"
        body: dict[str, object] = {
            "patient": {"name": f"Patient, Number {index}"},
            "transmitter": f"T-{index}",
            "rate_hz": source["rate_hz"],
            "leads": source["leads"],
        }
        given = await asyncio.to_thread(enroll_at, self.center.url, body, key)
        port = self.center.link if place % 2 else self.proxies[number].port
        assert read_key(key).link.endswith(f":{self.center.link}/link")
        return {
            "key": str(key),
            "stream": parse_stream(str(given["stream"])),
            "link": f"wss://127.0.0.1:{port}/link",
            "spool": str(party.folder / f"spool{index}"),
            "source": source,
            "frame_s": 0.25 if index % 4 == 3 else 1.0,
            "status_s": 3.0 + index % 5,
            "codec": index % 2,
        }

    # ---- the rounds --------------------------------------------------------------------------------------

    async def play(self, say: Callable[[str], None]) -> None:
        """All rounds; a center that died at its weak point is started again."""
        names, weights = list(self.plan.acts), list(self.plan.acts.values())
        for number in range(self.plan.rounds):
            await self._revive()
            name = self.chance.choices(names, weights)[0]
            self.done[name] += 1
            say(f"round {number + 1}/{self.plan.rounds}: {name}")
            act: Callable[[], Awaitable[None]] = getattr(self, f"do_{name}")
            await act()
            await asyncio.sleep(self.chance.uniform(*self.plan.pause_s))
            if self.plan.calm and number % self.plan.calm == self.plan.calm - 1:
                await self._revive()
                await asyncio.sleep(self.chance.uniform(*CALM_S))

    async def _revive(self) -> None:
        for party in self.parties:
            if not party.alive:
                raise TortureError(f"{party.name} ended by themselves\n{party.tail()}")
        if self.center.alive:
            return
        if not self.center.weak:
            raise TortureError(f"the center ended by itself\n{self.center.tail()}")
        self.done["died_at_weak_point"] += 1
        self.audit.look(self.center.data)
        await self._start_center()

    async def _start_center(self, weak: str = "") -> None:
        """Start it; most times wait until it is up, so that there is something to kill."""
        await self.center.start(weak)
        if self.chance.random() < 0.85:
            try:
                await self.center.ready()
            except TortureError:
                if self.center.alive or not weak:
                    raise

    async def _kill_center(self) -> None:
        await self.center.kill()
        self.audit.look(self.center.data)

    def _party(self) -> WearersChild:
        return self.chance.choice(self.parties)

    def _proxy(self) -> Proxy:
        return self.chance.choice(self.proxies)

    async def do_kill_center(self) -> None:
        """``kill -9`` of the center, and on again."""
        await self._kill_center()
        await self._start_center()

    async def do_weak_center(self) -> None:
        """A center that dies between two instructions of storing or sealing."""
        call = self.chance.choice((*CALLS, *OFTEN * 5))
        nth = self.chance.randint(1, 60 if call in OFTEN else 4)
        await self._kill_center()
        await self._start_center(f"{call}:{nth}:{self.chance.choice(WHENS)}")

    async def do_kill_center_twice(self) -> None:
        """Killed again while it comes up."""
        await self._kill_center()
        await self.center.start()
        await asyncio.sleep(self.chance.uniform(0.2, 3.0))
        await self.do_kill_center()

    async def do_stop_center(self) -> None:
        """Stopped in order."""
        code = await self.center.finish(60)
        if code not in (0, -9):
            raise TortureError(f"the center stopped with {code}\n{self.center.tail()}")
        self.audit.look(self.center.data)
        await self._start_center()

    async def do_hold_center(self) -> None:
        """SIGSTOP, SIGCONT: everything it knows is late."""
        self.center.hold()
        await asyncio.sleep(self.chance.uniform(0.3, 4.0))
        self.center.go_on()

    async def do_kill_transmitters(self) -> None:
        """``kill -9`` of a process of transmitters; on again a little later."""
        party = self._party()
        await party.kill()
        await asyncio.sleep(self.chance.choice((0.0, 0.0, self.chance.uniform(0.0, 3.0))))
        await party.start()

    async def do_kill_everything(self) -> None:
        """A power cut in the whole house."""
        await self.center.kill()
        for party in self.parties:
            await party.kill()
        self.audit.look(self.center.data)
        for party in self.parties:
            await party.start()
        await self._start_center()

    async def do_hold_transmitters(self) -> None:
        """SIGSTOP, SIGCONT of transmitters."""
        party = self._party()
        party.hold()
        await asyncio.sleep(self.chance.uniform(0.3, 4.0))
        party.go_on()

    async def do_cut(self) -> None:
        """No network for a while."""
        self._proxy().cut(self.chance.uniform(0.1, 4.0))

    async def do_reset(self) -> None:
        """Every connection reset where it stands."""
        self._proxy().reset()

    async def do_stall(self) -> None:
        """Nothing gets through for a while, then all of it."""
        self._proxy().stall(self.chance.uniform(0.2, 4.0))

    async def do_half_open_near(self) -> None:
        """The transmitter is told, the center is not: a second connection takes over."""
        self._proxy().half_open(center_notices=False)

    async def do_half_open_far(self) -> None:
        """The center is told, the transmitter is not: it must notice the silence."""
        self._proxy().half_open(center_notices=True)

    # ---- the end -----------------------------------------------------------------------------------------

    async def settle(self) -> list[dict[str, Any]]:
        """Let everything be acknowledged and stop in order; what the transmitters' memories say."""
        if not self.center.alive or self.center.weak:
            await self._kill_center()
            await self.center.start()
        await self.center.ready(90)
        if self.plan.restart_at_end:
            for party in self.parties:
                await party.kill()
                await party.start()
                await self._worn(party)
        codes = await asyncio.gather(*(party.finish(self.plan.drain_s) for party in self.parties))
        if any(codes):
            tails = "\n".join(party.tail() for party in self.parties)
            raise TortureError(f"transmitters ended with {codes}\n{tails}")
        code = await self.center.finish(60)
        if code:
            raise TortureError(f"the center stopped with {code}\n{self.center.tail()}")
        return [one for party in self.parties for one in json.loads(party.report.read_text())]

    async def _worn(self, party: WearersChild) -> None:
        """Wait until a party that was just started has its signal handler: its first spool file grows."""
        spools = [Path(one["spool"]) for one in party.wearers]
        before = [_bytes_in(spool) for spool in spools]
        until = time.monotonic() + 30
        while [_bytes_in(spool) for spool in spools] == before:
            if time.monotonic() > until:
                state = "run" if party.alive else "are gone"
                raise TortureError(f"{party.name} {state} and do not acquire\n{party.tail()}")
            await asyncio.sleep(0.05)

    async def tear_down(self) -> None:
        """Leave no process behind."""
        for child in (self.center, *self.parties):
            if child.held:
                child.go_on()
            await child.kill()
        for proxy in self.proxies:
            await proxy.close()


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("samples-*"))


async def torture(plan: Plan, folder: Path, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Play a plan in an empty folder; the report, JSON-ready, with ``ok``."""
    began = time.monotonic()
    run = Torture(plan, folder)
    try:
        await run.set_up()
        await run.play(say)
        say("quiet: everything is to be acknowledged")
        reports = await run.settle()
    finally:
        await run.tear_down()
    say("reconciling")
    wearers = [one for party in run.parties for one in party.wearers]
    result = await asyncio.to_thread(reckon, run.center.data, wearers, reports, run.audit)
    result.problems += [fault for child in (run.center, *run.parties) for fault in child.faults()]
    refusals = Counter[str]()
    for report in reports:
        refusals.update(report["refusals"])
    return {
        "ok": not result.problems,
        "seed": plan.seed,
        "rounds": plan.rounds,
        "transmitters": len(wearers),
        "done": dict(sorted(run.done.items())),
        "center_starts": run.center.starts,
        "connections_through_bad_networks": sum(proxy.connections for proxy in run.proxies),
        "refusals": dict(refusals),
        **result.as_json(),
        "seconds": round(time.monotonic() - began, 1),
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="default: by the time of day")
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--wearers", type=int, default=4, help="transmitters a process")
    parser.add_argument("--keep", type=Path, help="work in this (empty) folder and leave it")
    given = parser.parse_args()
    seed = int(time.time()) % 100_000 if given.seed is None else given.seed
    plan = Plan(given.rounds, seed, given.processes, given.wearers)
    folder = given.keep or Path(tempfile.mkdtemp(prefix="einthoven-torture-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"torture: seed {seed}, in {folder}", file=sys.stderr)
    try:
        report = asyncio.run(torture(plan, folder, lambda line: print(line, file=sys.stderr, flush=True)))
    except TortureError as error:
        report = {"ok": False, "seed": seed, "rounds": given.rounds, "problems": str(error).splitlines()}
    print(json.dumps(report, indent=1))
    if not report["ok"]:
        print(f"torture: left in {folder}", file=sys.stderr)
        sys.exit(1)
    if given.keep is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
