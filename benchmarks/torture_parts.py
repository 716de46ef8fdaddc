"""The processes that the torture starts, kills, holds and asks: the center, and transmitters."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
POLL_S = 0.05


class TortureError(Exception):
    """Something did not happen in time, or a process ended that nobody killed."""


def free_ports(count: int) -> list[int]:
    """Ports that are free now and stay the same over restarts."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@dataclass
class Child:
    """One process: its output goes to a file, its death is noticed.

    Attributes:
        name: for messages.
        log: where stdout and stderr go, appended over restarts.
    """

    name: str
    log: Path
    process: asyncio.subprocess.Process | None = None
    held: bool = False

    async def spawn(self, *words: str) -> None:
        """Start it: a Python module and its arguments."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *words, cwd=ROOT, stdout=log, stderr=log
            )
        self.held = False

    @property
    def alive(self) -> bool:
        """Whether it runs, held or not."""
        return self.process is not None and self.process.returncode is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def hold(self) -> None:
        """SIGSTOP: it stands still with every connection open."""
        self.send(signal.SIGSTOP)
        self.held = True

    def go_on(self) -> None:
        """SIGCONT."""
        self.send(signal.SIGCONT)
        self.held = False

    async def kill(self) -> None:
        """``kill -9`` and wait until it is gone."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            await self.process.wait()

    async def finish(self, seconds: float) -> int:
        """SIGTERM; its exit code. Raises ``TortureError`` where it does not end in time."""
        self.send(signal.SIGTERM)
        return await self.ended(seconds)

    async def ended(self, seconds: float) -> int:
        """Wait for its end; its exit code."""
        assert self.process is not None
        try:
            return await asyncio.wait_for(self.process.wait(), seconds)
        except TimeoutError as error:
            raise TortureError(f"{self.name} did not end within {seconds:g} s\n{self.tail()}") from error

    def faults(self) -> list[str]:
        """Lines of its output that name a defect: tracebacks, and what is logged as an error."""
        marks = ("Traceback", "Logging error", '"level": "error"', '"level": "critical"')
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [f"{self.name}: {line[:300]}" for line in lines if any(mark in line for mark in marks)]

    def tail(self, lines: int = 20) -> str:
        """The end of its output."""
        return (
            "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""
        )


@dataclass
class CenterChild(Child):
    """The center, on ports that never change.

    Attributes:
        data: its data folder.
        web, link: ports.
        segment_s: length of a sealed segment.
        full: a file that, while it exists, makes the weak disk full.
        weak: where this run is to die by itself, or "".
    """

    data: Path = Path()
    web: int = 0
    link: int = 0
    segment_s: int = 10
    full: Path | None = None
    weak: str = ""
    starts: int = field(default=0)

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.web}"

    async def start(self, weak: str = "") -> None:
        """``einthoven serve``; with a weak point the same on a disk that kills it there."""
        self.weak = weak
        self.starts += 1
        where = ["--data", str(self.data), "--port", str(self.web), "--link-port", str(self.link)]
        where += ["--segment-s", str(self.segment_s)]
        if weak or self.full:
            full = ["--full", str(self.full)] if self.full else []
            await self.spawn("benchmarks.torture_center", *where, "--weak", weak, *full)
        else:
            await self.spawn("einthoven", "serve", *where)

    async def ready(self, seconds: float = 60.0, want: bool = True) -> dict[str, Any]:
        """Wait until ``/readyz`` says so (or, with ``want`` False, says that it is not); its answer.

        Raises:
            TortureError: not in time, or the process ended.
        """
        until = time.monotonic() + seconds
        told: object = "no answer"
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            while time.monotonic() < until:
                if not self.alive:
                    code = self.process.returncode if self.process else None
                    raise TortureError(f"the center ended by itself with {code}\n{self.tail()}")
                with contextlib.suppress(httpx.HTTPError):
                    answer = await client.get(f"{self.url}/readyz")
                    told = answer.json()
                    if (answer.status_code == 200) is want:
                        return dict(answer.json())
                await asyncio.sleep(POLL_S)
        raise TortureError(f"the center is not {'ready' if want else 'unready'} after {seconds:g} s: {told}")

    async def get(self, path: str) -> Any:
        """A JSON answer of its pages, or the text."""
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
            answer = await client.get(f"{self.url}{path}")
            answer.raise_for_status()
            return answer.json() if "json" in answer.headers["content-type"] else answer.text


@dataclass
class WearersChild(Child):
    """A process with transmitters on patients.

    Attributes:
        folder: spools, plan and report.
        wearers: the plan's entries (see ``torture_wearers``).
    """

    folder: Path = Path()
    wearers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def report(self) -> Path:
        """What it wrote when it ended in order."""
        return self.folder / "report.json"

    async def start(self) -> None:
        """Put everything on."""
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps({"wearers": self.wearers, "report": str(self.report)}))
        self.report.unlink(missing_ok=True)
        await self.spawn("benchmarks.torture_wearers", str(plan))
