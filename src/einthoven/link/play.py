"""What a conformance play asks of its host, and what it finds: the ground of ``conform`` and ``rehearse``.

A play is a generator: it yields actions, gets a ``Heard`` back for each, and returns a ``Report``. It knows
no socket and no clock; the host dials or listens, and tells the time with every answer.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeAlias, TypeVar

from einthoven.base.errors import FrameError
from einthoven.base.instants import SECOND, Duration, Instant
from einthoven.link.frames import decode, encode
from einthoven.link.messages import Frame

PATIENCE: Duration = 5 * SECOND
"""How long a play waits for an answer that is due at once."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a connection as line ``line``."""

    line: int = 0


@dataclass(frozen=True, slots=True)
class Accept:
    """Wait for the other side to connect, as line ``line``; ``Heard.closed`` when nobody does in time."""

    timeout: Duration
    line: int = 0


@dataclass(frozen=True, slots=True)
class Say:
    """Send one message; nothing happens when the line is closed already."""

    data: bytes
    line: int = 0


@dataclass(frozen=True, slots=True)
class Hear:
    """Wait for one message, ``timeout`` ns at most."""

    timeout: Duration
    line: int = 0


@dataclass(frozen=True, slots=True)
class Hang:
    """Cut the line without a word."""

    line: int = 0


Action: TypeAlias = Dial | Accept | Say | Hear | Hang


@dataclass(frozen=True, slots=True)
class Heard:
    """The host's answer to every action.

    Attributes:
        now: the time, ns, from one clock throughout.
        data: the message for ``Hear``; None when none came in time, and for other actions.
        closed: whether the line is closed (or could not be opened).
    """

    now: Instant
    data: bytes | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(slots=True)
class Report:
    """What a play found."""

    checks: list[Check] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return all(check.ok for check in self.checks)

    @property
    def differences(self) -> list[Check]:
        """What differs."""
        return [check for check in self.checks if not check.ok]


Play: TypeAlias = Generator[Action, Heard, Report]
_Value = TypeVar("_Value")
Step: TypeAlias = Generator[Action, Heard, _Value]


@dataclass(frozen=True, slots=True)
class Closed:
    """Stands for a frame where the line was closed instead."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Stands for a frame where none came in time."""


Said: TypeAlias = Frame | Closed | Silence


def name_of(said: Said) -> str:
    """How a report names what was heard."""
    if isinstance(said, Closed):
        return "the line was closed"
    if isinstance(said, Silence):
        return "nothing came in time"
    code = getattr(said, "code", None)
    return type(said).__name__ + (f" {code.text} ({getattr(said, 'text', '')})" if code is not None else "")


class Talk:
    """The part that both plays share: saying frames, hearing frames, noting checks.

    Args:
        seed: makes nonces; different for every run (32 random bytes), fixed in tests.
    """

    def __init__(self, seed: bytes) -> None:
        self.report = Report()
        self.now: Instant = 0
        self._seed = seed
        self._nonces = 0

    def note(self, name: str, ok: bool, detail: str = "") -> bool:
        """Put a check into the report; its outcome."""
        self.report.checks.append(Check(name, ok, "" if ok else detail))
        return ok

    def nonce(self) -> bytes:
        """32 bytes never used before in this run."""
        self._nonces += 1
        return sha256(self._seed + self._nonces.to_bytes(4, "little")).digest()

    def act(self, action: Action) -> Step[Heard]:
        """One action; keeps the time."""
        heard = yield action
        self.now = max(self.now, heard.now)
        return heard

    def say(self, frame: Frame, line: int = 0) -> Step[Heard]:
        """Send a frame."""
        heard = yield from self.act(Say(encode(frame), line))
        return heard

    def hear(self, timeout: Duration = PATIENCE, line: int = 0) -> Step[Said]:
        """The next frame; a malformed one is noted and taken for silence."""
        heard = yield from self.act(Hear(max(timeout, 0), line))
        if heard.data is None:
            return Closed() if heard.closed else Silence()
        try:
            return decode(heard.data)
        except FrameError as error:
            self.note("every frame is well-formed", False, f"{error}: {heard.data[:40].hex()}")
            return Silence()

    def until(
        self,
        wanted: type,
        answer: Callable[[Frame, int], Step[bool]],
        timeout: Duration = PATIENCE,
        line: int = 0,
    ) -> Step[Said]:
        """The next wanted frame; ``answer`` is shown every other one and says whether to go on waiting."""
        deadline = self.now + timeout
        while True:
            said = yield from self.hear(deadline - self.now, line)
            if isinstance(said, (Closed, Silence, wanted)):
                return said
            patient = yield from answer(said, line)
            if not patient:
                return said
            if self.now >= deadline:
                return Silence()
