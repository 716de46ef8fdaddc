"""The transmitter's side of one connection: a table of states, no socket, no clock (``docs/wire.md``).

The host feeds messages and the time and carries the effects out. What to send when is decided by ``Lanes``
(samples) and ``Outbox`` (events), which outlive the connection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, TypeAlias

from einthoven.base.errors import FrameError
from einthoven.base.instants import Instant
from einthoven.link import limits
from einthoven.link.effects import (
    ClockAsked,
    Close,
    Credited,
    Durable,
    Left,
    Ready,
    Refused,
    Send,
    TransmitterEffect,
)
from einthoven.link.fields import fit_text
from einthoven.link.frames import decode, encode
from einthoven.link.identity import signed_hello
from einthoven.link.limits import FATAL, Code
from einthoven.link.messages import (
    Ack,
    Challenge,
    ClockQuery,
    ClockReply,
    Credit,
    Event,
    Goodbye,
    LayoutFrame,
    Refuse,
    Welcome,
)


class State(IntEnum):
    """Where the conversation stands."""

    CHALLENGE = 0
    WELCOME = 1
    STREAMING = 2
    CLOSED = 3


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a transmitter is.

    Attributes:
        transmitter, stream: from enrollment.
        private_key: 32 bytes, Ed25519.
        center: identity of the center it was enrolled at (``identity.fingerprint``), zeros without TLS.
        firmware: free text, at most 64 bytes.
    """

    transmitter: str
    stream: int
    private_key: bytes
    center: bytes
    firmware: str = ""


Effects: TypeAlias = list[TransmitterEffect]
_Handler: TypeAlias = Callable[["TransmitterSession", Any], Effects]


class TransmitterSession:
    """One connection of a transmitter.

    Args:
        identity: who it is.
        layout: what its samples mean.
        nonce: 32 fresh random bytes.
        now: center or device time when the connection opened, ns; only differences matter.

    Attributes:
        state: where the conversation stands.
        welcome: the center's WELCOME once it came.
    """

    __slots__ = ("_heard", "_identity", "_layout", "_nonce", "state", "welcome")

    def __init__(self, identity: Identity, layout: LayoutFrame, nonce: bytes, now: Instant) -> None:
        self._identity = identity
        self._layout = layout
        self._nonce = nonce
        self._heard = now
        self.state = State.CHALLENGE
        self.welcome: Welcome | None = None

    @property
    def streaming(self) -> bool:
        """Whether samples and events may be sent."""
        return self.state == State.STREAMING

    def received(self, message: bytes, now: Instant) -> Effects:
        """What follows from one message of the center. Never raises: a bad message closes the connection."""
        if self.state == State.CLOSED:
            return []
        self._heard = now
        try:
            frame = decode(message)
        except FrameError as error:
            return self._end(Code.MALFORMED, str(error))
        handler = TABLE.get((self.state, type(frame)))
        if handler is None:
            return self._end(Code.ORDER, f"{type(frame).__name__} in state {self.state.name}")
        return handler(self, frame)

    def tick(self, now: Instant) -> Effects:
        """Time-outs; ask about once a second."""
        if self.state == State.CLOSED or now - self._heard < limits.SILENCE_TIMEOUT:
            return []
        return self._end(Code.SILENT, "nothing heard of the center")

    def event(self, event: Event) -> Effects:
        """Send an event of the outbox."""
        return [Send(encode(event))] if self.streaming else []

    def clock(self, asked: ClockAsked, position: float, device: int) -> Effects:
        """Answer a clock query: sample position (fractional) and device clock (ns) at this very moment."""
        if not self.streaming:
            return []
        return [Send(encode(ClockReply(asked.id, asked.center, position, device)))]

    def goodbye(self, code: Code = Code.DONE, text: str = "") -> Effects:
        """Say good-bye and close."""
        return self._end(code, text)

    def _end(self, code: Code, text: str) -> Effects:
        if self.state == State.CLOSED:
            return []
        self.state = State.CLOSED
        return [Send(encode(Goodbye(code, fit_text(text)))), Close(code, text)]

    def _challenged(self, frame: Challenge) -> Effects:
        me = self._identity
        if frame.identity != me.center:
            return self._end(Code.IDENTITY, "this is not the center the transmitter was enrolled at")
        hello = signed_hello(me.private_key, frame, me.stream, me.transmitter, self._nonce, me.firmware)
        self.state = State.WELCOME
        return [Send(encode(hello))]

    def _welcomed(self, frame: Welcome) -> Effects:
        self.welcome = frame
        self.state = State.STREAMING
        return [Send(encode(self._layout)), Ready(frame)]

    def _acked(self, frame: Ack) -> Effects:
        return [Durable(frame.spans, frame.last_event)]

    def _queried(self, frame: ClockQuery) -> Effects:
        return [ClockAsked(frame.id, frame.center)]

    def _credited(self, frame: Credit) -> Effects:
        return [Credited(frame.window, frame.resend)]

    def _refused(self, frame: Refuse) -> Effects:
        told = Refused(frame.code, frame.text)
        if frame.code not in FATAL:
            return [told]
        self.state = State.CLOSED
        return [told, Close(frame.code, frame.text)]

    def _left(self, frame: Goodbye) -> Effects:
        self.state = State.CLOSED
        return [Left(frame.code, frame.text), Close(frame.code, frame.text)]


TABLE: Final[dict[tuple[State, type], _Handler]] = {
    (State.CHALLENGE, Challenge): TransmitterSession._challenged,
    (State.CHALLENGE, Refuse): TransmitterSession._refused,
    (State.CHALLENGE, Goodbye): TransmitterSession._left,
    (State.WELCOME, Welcome): TransmitterSession._welcomed,
    (State.WELCOME, Refuse): TransmitterSession._refused,
    (State.WELCOME, Goodbye): TransmitterSession._left,
    (State.STREAMING, Ack): TransmitterSession._acked,
    (State.STREAMING, ClockQuery): TransmitterSession._queried,
    (State.STREAMING, Credit): TransmitterSession._credited,
    (State.STREAMING, Refuse): TransmitterSession._refused,
    (State.STREAMING, Goodbye): TransmitterSession._left,
}
"""State and frame → handler; whatever is not here ends the connection with ``ORDER``."""
