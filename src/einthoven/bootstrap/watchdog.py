"""``einthoven watchdog``: a second pair of eyes on a center, best on another machine (R24).

A center that is gone cannot say so. This asks ``/readyz`` every second and makes noise where it does not say
"ready" for some seconds. What it decides is a plain object over seconds (``Watch``); the loop around it only
asks, waits and tells, and outlives whatever goes wrong meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click
import httpx

from einthoven.base.errors import InputError
from einthoven.sim.transmit import pages_of

PERIOD_S = 1.0
ANSWER_S = 2.0
"""A center that is well answers in milliseconds."""
ANSWER_MAX = 4096
"""Bytes of an answer that are read."""
REPEAT_S = 30.0


@dataclass(frozen=True, slots=True)
class Word:
    """One thing to tell: ``alarm`` (also again, while it lasts), ``back`` or ``watching``."""

    kind: str
    words: str


class Watch:
    """Decides when to alarm.

    Args:
        limit: seconds without a ready center before the first alarm.
        repeat: seconds from one alarm to the next while it lasts.

    Attributes:
        alarming: whether the center is missing now.
    """

    def __init__(self, limit: float, repeat: float = REPEAT_S) -> None:
        self._limit = limit
        self._repeat = repeat
        self._good: float | None = None
        self._seen = False
        self._told = 0.0
        self.alarming = False

    def see(self, fault: str | None, now: float) -> list[Word]:
        """What an answer gives to tell.

        Args:
            fault: what was wrong with it; None: the center is ready.
            now: seconds of a clock that never steps back.
        """
        if self._good is None:
            self._good = now
        if fault is None:
            return self._ready(now)
        missing = now - self._good
        if missing < self._limit or (self.alarming and now - self._told < self._repeat):
            return []
        self.alarming, self._told = True, now
        since = f"for {missing:.0f} s" if self._seen else f"since the watch began, {missing:.0f} s ago"
        return [Word("alarm", f"the center is NOT READY {since}: {fault}")]

    def _ready(self, now: float) -> list[Word]:
        gone, self._good = now - (self._good or 0.0), now
        first, self._seen = not self._seen, True
        if self.alarming:
            self.alarming = False
            return [Word("back", f"the center is back after {gone:.0f} s")]
        return [Word("watching", "the center is ready")] if first else []


async def ask(client: httpx.AsyncClient, url: str) -> str | None:
    """Ask once; None where the center is ready, else what was wrong. Raises nothing."""
    try:
        async with asyncio.timeout(ANSWER_S), client.stream("GET", url) as answer:
            said = bytearray()
            async for piece in answer.aiter_bytes():
                said += piece
                if len(said) > ANSWER_MAX:
                    break
        return _judged(answer.status_code, bytes(said))
    except TimeoutError:
        return f"no answer within {ANSWER_S:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever it is, the center did not say that it is ready
        return f"no answer: {_line(str(error)) or type(error).__name__}"


def _judged(status: int, said: bytes) -> str | None:
    """Ready is only what says so in the words of a center; another server may answer 200 to anything."""
    with suppress(ValueError):
        answer = json.loads(said)
        if isinstance(answer, dict) and status == 200 and answer.get("ready") is True:
            return None
        if isinstance(answer, dict) and isinstance(answer.get("reasons"), list):
            return _line("; ".join(map(str, answer["reasons"]))) or f"{status} without a reason"
    return f"{status} {_line(said.decode('utf-8', 'replace'))}".strip()


def _line(words: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in " ".join(words.split()))[:200]


class Herald:
    """Tells on the terminal, with its bell, and runs a command for each alarm.

    Args:
        command: for the shell, with ``EINTHOVEN_ALARM`` in its environment; empty: none.
        write: puts a line where people see it.
    """

    def __init__(self, command: str, write: Callable[[str], None]) -> None:
        self._command = command
        self._write = write
        self._running: subprocess.Popen[bytes] | None = None

    def tell(self, word: Word) -> None:
        """Tell it; raises nothing."""
        bell = "\a" if word.kind == "alarm" else ""
        self._say(f"{bell}einthoven watchdog: {word.words}")
        if word.kind == "alarm" and self._command:
            self._run(word.words)

    def _run(self, words: str) -> None:
        if self._running is not None and self._running.poll() is None:
            self._say("einthoven watchdog: the command of the last alarm still runs; it is not run again")
            return
        if self._running is not None and self._running.returncode:
            self._say(
                f"einthoven watchdog: the command of the last alarm ended with {self._running.returncode}"
            )
        try:
            self._running = subprocess.Popen(
                self._command,
                shell=True,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=os.environ | {"EINTHOVEN_ALARM": words},
            )
        except (OSError, ValueError) as error:
            self._say(f"einthoven watchdog: the command cannot be run: {error}")

    def _say(self, line: str) -> None:
        with suppress(OSError, ValueError):  # nobody reads any more: the command still rings
            self._write(line)


async def watch_over(
    watch: Watch,
    asking: Callable[[], Awaitable[str | None]],
    tell: Callable[[Word], None],
    now: Callable[[], float] = time.monotonic,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Ask, tell, wait, for ever; ends only when it is cancelled."""
    while True:
        fault = await asking()
        for word in watch.see(fault, now()):
            tell(word)
        await pause(PERIOD_S)


def run_watchdog(center: str, on_alarm: str, after: float, trust: Path | None) -> int:
    """Watch a center until Ctrl-C or SIGTERM.

    Returns:
        1 if the center was missing at the end, else 0.

    Raises:
        InputError: the URL is none, or the certificates to trust cannot be read.
    """
    url = pages_of(center) + "/readyz"
    try:
        trusted = ssl.create_default_context(cafile=trust)
    except (OSError, ssl.SSLError) as error:
        raise InputError(f"{trust}: no certificates to trust: {error}") from error
    watch = Watch(after)
    herald = Herald(on_alarm, lambda line: click.echo(line, err=True))

    async def run() -> None:
        task = asyncio.current_task()
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        client = httpx.AsyncClient(timeout=ANSWER_S, trust_env=False, verify=trusted)
        async with client:
            await watch_over(watch, lambda: ask(client, url), herald.tell)

    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(run())
    return 1 if watch.alarming else 0
