"""The commands as processes: one run to its end, and a center that serves."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from einthoven.bootstrap.compiling import COMPILES
from einthoven.cli import run

T = TypeVar("T")

PATIENCE_S = 120.0
"""A start that compiles its kernels for the first time, on a busy machine, takes most of a minute."""
_CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("EINTHOVEN_")}


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def line(self) -> str:
        """Its one line on stderr."""
        assert self.err.endswith("\n"), self.err
        (line,) = self.err.splitlines()
        return line


def einthoven(*words: object, timeout: float = PATIENCE_S) -> Ran:
    """Run a command to its end."""
    command = [sys.executable, "-m", "einthoven", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=_CLEAN, check=False)
    return Ran(done.returncode, done.stdout, of_the_command(done.stderr))


def of_the_command(err: str) -> str:
    """What a command said, less the word on compiling, which depends on what ran before."""
    return err.replace(f"{COMPILES}\n", "")


_BEGUN: list[subprocess.Popen[str]] = []


def begin(*words: object) -> subprocess.Popen[str]:
    """Start a command and leave it running; if the test does not end it, ``end_leftovers`` does."""
    command = [sys.executable, "-m", "einthoven", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_CLEAN)
    _BEGUN.append(process)
    return process


def end_leftovers() -> None:
    """Kill what a test began and, failing, did not end."""
    while _BEGUN:
        process = _BEGUN.pop()
        if process.poll() is None:
            process.kill()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        process.wait(PATIENCE_S)


def here(*words: object) -> Ran:
    """Run a command in this process: for tables of many, where a process each would cost too much."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(word) for word in words])
    return Ran(code, out.getvalue(), of_the_command(err.getvalue()))


def done(*words: object) -> Any:
    """Run a command that must succeed silently; what it printed, as JSON."""
    ran = einthoven(*words)
    assert (ran.code, ran.err) == (0, "")
    return ran.told


def until(what: str, seen: Callable[[], T | None], seconds: float = PATIENCE_S) -> T:
    """Wait for something to be there; looks twenty times a second."""
    pause, end = threading.Event(), time.monotonic() + seconds
    while True:
        found = seen()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds:g} s for: {what}"
        pause.wait(0.05)


@dataclass(slots=True)
class Serving:
    """``einthoven serve`` on a folder.

    Attributes:
        port, link_port: of the pages and for transmitters; 0 takes a free one, which a restart keeps.
        options: more words for the command line.
    """

    folder: Path
    port: int = 0
    link_port: int = 0
    options: tuple[str, ...] = ()
    url: str = ""
    process: subprocess.Popen[str] | None = None
    _keys: int = field(default=0)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What it says on stderr."""
        return self.folder / "serve.log"

    def start(self) -> Serving:
        """Start, and wait until it says where the wall is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ports = ["--port", str(self.port), *(["--link-port", str(self.link_port)] if self.link_port else [])]
        words = ["serve", "--data", str(self.data), *ports, *self.options]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "einthoven", *words],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=_CLEAN,
            )
        watchdog = threading.Timer(PATIENCE_S, self.process.kill)
        watchdog.start()
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        watchdog.cancel()
        if "the wall is at http://" not in said:
            self.process.kill()
            raise AssertionError(f"code {self.wait()}, said {said!r}\n{self.log.read_text()}")
        self.url = said.split("the wall is at ")[1].split(",")[0]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.link_port = int(said.strip().rsplit(":", 1)[1].removesuffix("/link"))
        return self

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait for its end; the exit code."""
        assert self.process is not None
        code = self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return code

    def kill(self) -> None:
        """``kill -9``."""
        self.send(signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL

    def stop(self) -> None:
        """End it, whatever state it is in."""
        if self.process is not None:
            self.send(signal.SIGTERM)
            hanging = threading.Timer(PATIENCE_S, self.process.kill)
            hanging.start()
            try:
                self.process.wait()
            finally:
                hanging.cancel()
            self.wait()

    def get(self, path: str) -> httpx.Response:
        """A page of it."""
        return httpx.get(f"{self.url}{path}", timeout=30, trust_env=False)

    def streams(self) -> dict[str, dict[str, Any]]:
        """Every patient state, by stream."""
        return {state["id"]: state for state in self.get("/api/streams").json()}

    def enroll(self, rate: float, leads: str, **more: str) -> Enrolled:
        """Enroll somebody new."""
        self._keys += 1
        transmitter = more.pop("transmitter", f"T-{os.getpid()}-{self._keys}")
        patient = more.pop("patient", f"Example, Number {os.getpid()}-{self._keys}")
        key = self.folder / f"{transmitter}-{self._keys}.key"
        words = ["--patient", patient, "--transmitter", transmitter, "--rate", rate, "--leads", leads]
        options = [word for name, value in more.items() for word in (f"--{name.replace('_', '-')}", value)]
        told = done("enroll", "--center", self.url, *words, "--out", key, *options)
        return Enrolled(str(told["stream"]), key, told)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A stream, and the key file of its transmitter."""

    stream: str
    key: Path
    told: Any
