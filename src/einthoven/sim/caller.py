"""A simulated patient on the telephone, on virtual or real time: rings, speaks, plays strips, hangs up (R6).

It knows no line: what it dials, sends and hangs up with is a ``Way`` (``sim.caller_ways``). Sounds are made
before the call, for that takes a while; packets go out by the clock, all that are due at once where time was
short.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final, Protocol

from einthoven.base.instants import SECOND, Instant
from einthoven.center.ports import Clock, Scheduler
from einthoven.sim import caller_sound as sounds
from einthoven.sim.caller_script import CallerScript
from einthoven.sim.hearts.heart import Heart

PACKET_NS: Final = SECOND // 50
CATCH_UP: Final = 50
"""Packets sent at once where the clock ran ahead; a second."""
QUIET: Final = sounds.packets(sounds.silence(0.02))[0]


class Stage(StrEnum):
    """How far a call is."""

    DIALLING = "dialling"
    RINGING = "ringing"
    SPEAKING = "speaking"
    WAITING = "waiting"
    """To be told to put the telephone down on the recorder."""
    PLAYING = "playing"
    LEAVING = "leaving"
    """The last strip is played."""
    OVER = "over"


class Ends(Protocol):
    """What a way tells the caller."""

    def ringing(self) -> None:
        """It rings at the other end."""
        ...

    def answered(self) -> None:
        """Somebody is there."""
        ...

    def ended(self, why: str) -> None:
        """The other end hung up, or the line failed; told once."""
        ...


class Way(Protocol):
    """A line as a caller has it. Packets are 20 ms of µ-law, in order."""

    def dial(self, number: str, ends: Ends) -> None:
        """Begin; ``number`` is the caller's own."""
        ...

    def send(self, payload: bytes, late: float) -> None:
        """The next packet, ``late`` seconds later than it should."""
        ...

    def lose(self) -> None:
        """The next packet does not come."""
        ...

    def press(self, digit: str) -> bool:
        """A key, as an event of the line; False where it has none: the sound of the key is sent."""
        ...

    def leave(self) -> None:
        """The caller hangs up; doing it again does nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """The sounds of a call, in packets.

    Attributes:
        voice: what is said first.
        keys: the code as tones.
        strips: in order.
    """

    voice: Sequence[bytes]
    keys: Sequence[bytes]
    strips: Sequence[Sequence[bytes]]


def prepared(script: CallerScript, heart: Heart, code: str, call: int) -> Prepared:
    """Make the sounds of the ``call``-th call; a quarter of a second's work, so not on an event loop."""

    def packets(sound: sounds.F64, place: int) -> list[bytes]:
        return sounds.packets(sounds.spoiled(sound, script.trouble, script.seed * 1000 + call * 10 + place))

    return Prepared(
        packets(sounds.voice(script.voice_s, script.seed + call), 0),
        packets(sounds.keys(code), 1) if code and script.code else (),
        [
            packets(sounds.strip(heart, script.transmitter, one), 2 + place)
            for place, one in enumerate(script.strips)
        ],
    )


class Caller:
    """One call of a patient.

    Args:
        script: what they do.
        made: their sounds.
        code: the patient's code, pressed where the script says so.
        way: the line.
        clock, scheduler: real or virtual.

    Attributes:
        stage: how far it is.
        why: why it ended, ``""`` while it goes on.
        done: called once it is over.
    """

    def __init__(
        self,
        script: CallerScript,
        made: Prepared,
        code: str,
        way: Way,
        clock: Clock,
        scheduler: Scheduler,
        chance: Random | None = None,
    ) -> None:
        self.script = script
        self.stage = Stage.DIALLING
        self.why = ""
        self.done: Callable[[], None] = lambda: None
        self._made, self._way = made, way
        self._code = code if script.code else ""
        self._clock, self._scheduler = clock, scheduler
        self._chance = Random(script.seed) if chance is None else chance
        self._queue: deque[bytes] = deque()
        self._next = 0
        self._began: Instant | None = None
        self._sent = 0
        self._until: Instant | None = None
        self._lost = 0
        self._timers: list[Callable[[], None]] = []

    def dial(self) -> None:
        """Call."""
        self._way.dial(self.script.telephone, self)
        if self.stage in (Stage.DIALLING, Stage.RINGING):
            self._later(self.script.patience_s, self._gives_up)

    def play(self) -> None:
        """The patient is told to put the telephone down on the recorder now."""
        if self.stage is Stage.WAITING:
            self._until = self._clock.monotonic()

    @property
    def has_answer(self) -> bool:
        """Whether somebody was there."""
        return self._began is not None

    def hang_up(self, why: str = "the caller hung up") -> None:
        """The patient hangs up."""
        if self.stage is not Stage.OVER:
            self.ended(why)
            self._way.leave()

    # ---- what the line tells -----------------------------------------------------------------------------

    def ringing(self) -> None:
        """It rings."""
        if self.stage is Stage.DIALLING:
            self.stage = Stage.RINGING

    def answered(self) -> None:
        """Somebody is there: the patient speaks, presses the code, waits to be told."""
        if self.stage not in (Stage.DIALLING, Stage.RINGING):
            return
        self.stage = Stage.SPEAKING
        self._began = self._clock.monotonic()
        self._queue.extend(self._made.voice)
        if self._code and not all(self._way.press(digit) for digit in self._code):
            self._queue.extend(self._made.keys)
        self._tick()

    def ended(self, why: str) -> None:
        """It is over."""
        if self.stage is Stage.OVER:
            return
        self.stage, self.why = Stage.OVER, why
        for cancel in self._timers:
            cancel()
        self._queue.clear()
        self.done()

    # ---- packet by packet --------------------------------------------------------------------------------

    def _gives_up(self) -> None:
        if self.stage in (Stage.DIALLING, Stage.RINGING):
            self.hang_up("nobody answered")

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._timers.append(self._scheduler.call_later(round(seconds * SECOND), act))

    def _tick(self) -> None:
        if self.stage is Stage.OVER or self._began is None:
            return
        due = (self._clock.monotonic() - self._began) // PACKET_NS + 1
        for _ in range(min(CATCH_UP, due - self._sent)):
            if not self._packet():
                return
        if due - self._sent > CATCH_UP:  # time stood still for longer: sound that is late goes on from here
            self._began += (due - self._sent) * PACKET_NS
        self._timers[:] = [self._scheduler.call_later(PACKET_NS, self._tick)]

    def _packet(self) -> bool:
        """The next 20 ms; False where the call is over."""
        if not self._queue and not self._go_on():
            return False
        self._sent += 1
        payload = self._queue.popleft() if self._queue else QUIET
        trouble = self.script.trouble
        if self._lost > 0 or (trouble.loss and self._chance.random() < trouble.loss / trouble.burst):
            self._lost = trouble.burst - 1 if self._lost == 0 else self._lost - 1
            self._way.lose()
        else:
            late = self._chance.uniform(0.0, trouble.jitter_s) if trouble.jitter_s else 0.0
            self._way.send(payload, late)
        return True

    def _go_on(self) -> bool:
        """What was to be sent is sent: what comes now; False where the call is over."""
        now = self._clock.monotonic()
        if self.stage in (Stage.SPEAKING, Stage.PLAYING):
            last = self._next == len(self._made.strips)
            wait = self.script.hang_up_s if last else self.script.strips[self._next].after_s
            self.stage = Stage.LEAVING if last else Stage.WAITING
            self._until = now + round(wait * SECOND)
        if self._until is None or now < self._until:
            return True
        if self.stage is Stage.LEAVING:
            self.hang_up()
            return False
        self._queue.extend(self._made.strips[self._next])
        self._next += 1
        self.stage, self._until = Stage.PLAYING, None
        return True
