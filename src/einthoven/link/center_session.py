"""The center's side of one connection: a table of states, no socket, no clock, no look-up (``docs/wire.md``).

The host feeds messages and the time and carries the effects out in order. The common case, the next SAMPLES
frame of a stream, need not pass here: a host may check many with ``batch.parse`` and take those that have
``leads`` leads, end at or before ``ceiling`` and are wholly fresh to ``ledger.accept``, setting ``next_live``
(live lane) and ``heard`` itself.

``now`` is center time in ns from a clock that does not step; the same clock dates CHALLENGE and CLOCK_QUERY.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, TypeAlias

from einthoven.base.errors import FrameError
from einthoven.base.instants import Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import Span
from einthoven.link import limits
from einthoven.link.clock import next_query
from einthoven.link.codec import pack, unpack
from einthoven.link.effects import (
    Block,
    CenterEffect,
    Close,
    Counted,
    Declared,
    Exchanged,
    Joined,
    Left,
    NeedIdentity,
    Send,
    Told,
)
from einthoven.link.fields import fit_text
from einthoven.link.frames import decode, encode
from einthoven.link.identity import proves
from einthoven.link.ledger import Ledger
from einthoven.link.limits import FATAL, Code
from einthoven.link.messages import (
    Ack,
    Challenge,
    ClockQuery,
    ClockReply,
    Credit,
    Event,
    Goodbye,
    Hello,
    Hole,
    LayoutFrame,
    Mark,
    Refuse,
    Samples,
    Status,
    Welcome,
)

_QUERIES_KEPT: Final = 8
"""Unanswered clock queries remembered; an answer to an older one is absorbed."""
_NEVER: Final[Instant] = 2**63 - 1


class State(IntEnum):
    """Where the conversation stands."""

    HELLO = 0
    LOOKUP = 1
    LAYOUT = 2
    STREAM = 3
    CLOSED = 4


@dataclass(frozen=True, slots=True)
class Known:
    """What the center knows of a stream: the answer to ``NeedIdentity``.

    Attributes:
        public_key: of the transmitter, 32 bytes.
        layout: as declared, or as enrolled before the first declaration (rate, number and names of leads).
        declared: which of the two.
        recording, origin: as declared.
        open: whether the service period is open.
        ledger: the stream's ledger, shared by all its connections.
        last_event: every event up to this number is durable.
        since: when the service period began: the stream's first sample is no older.
    """

    public_key: bytes
    layout: Layout
    declared: bool
    recording: int
    origin: Instant | None
    open: bool
    ledger: Ledger
    last_event: int
    since: Instant = 0


Effects: TypeAlias = list[CenterEffect]
_Handler: TypeAlias = Callable[["CenterSession", Any, Instant], Effects]


class CenterSession:
    """One connection at the center.

    Args:
        number: of this connection, for logs.
        nonce: 32 fresh random bytes.
        identity: of the center (``identity.fingerprint``).
        now: when the connection opened.
        window_seconds: backlog window granted in WELCOME.

    Attributes:
        state: where the conversation stands.
        streaming: whether SAMPLES are taken.
        stream, transmitter: from HELLO; 0 and "" before.
        leads, rate_mhz: of the stream's layout; 0 before LAYOUT.
        ledger: of the stream, None before WELCOME.
        next_live: the index at which the live lane goes on.
        ceiling: no sample at or above this index is taken; moves on with ``tick``.
        last_event: every event up to this number is durable.
        heard: when the last frame came; a host that takes SAMPLES itself sets it.
        due: call ``tick`` at or after this instant.
        bad: malformed and refused frames so far.
    """

    __slots__ = (
        "_challenge",
        "_event",
        "_fix",
        "_hello",
        "_known",
        "_opened",
        "_origin",
        "_queries",
        "_queries_sent",
        "_since",
        "_window_seconds",
        "bad",
        "ceiling",
        "due",
        "heard",
        "last_event",
        "leads",
        "ledger",
        "next_live",
        "number",
        "rate_mhz",
        "state",
        "stream",
        "streaming",
        "transmitter",
    )

    def __init__(
        self,
        number: int,
        nonce: bytes,
        identity: bytes,
        now: Instant,
        window_seconds: int = limits.WINDOW_SECONDS,
    ) -> None:
        self.number = number
        self.state = State.HELLO
        self.streaming = False
        self.stream = 0
        self.transmitter = ""
        self.leads = 0
        self.rate_mhz = 0
        self.ledger: Ledger | None = None
        self.next_live = 0
        self.ceiling = 0
        self.last_event = 0
        self.heard = now
        self.bad = 0
        self.due = now + limits.HELLO_TIMEOUT
        self._challenge: Challenge | None = Challenge(nonce, now, identity)
        self._hello: Hello | None = None
        self._known: Known | None = None
        self._opened = now
        self._origin: Instant | None = None
        self._event = 0
        self._fix: tuple[float, Instant] | None = None
        self._queries: list[ClockQuery] = []
        self._queries_sent = 0
        self._since: Instant = 0
        self._window_seconds = window_seconds

    def open(self) -> Effects:
        """The connection is up: challenge the transmitter."""
        return [] if self._challenge is None else [Send(encode(self._challenge))]

    def received(self, message: bytes, now: Instant) -> Effects:
        """What follows from one message. Never raises: what is wrong is refused, counted, and may close."""
        if self.state == State.CLOSED:
            return []
        self.heard = now
        try:
            frame = decode(message)
        except FrameError as error:
            return self.refuse(Code.MALFORMED, str(error), error.reason)
        act = TABLE.get((self.state, type(frame)), Code.ORDER)
        if isinstance(act, Code):
            return self.refuse(act, f"{type(frame).__name__} in state {self.state.name}")
        return act(self, frame, now)

    def samples(self, frame: Samples, now: Instant) -> Effects:
        """What follows from one decoded SAMPLES frame: the slow path, any lane, any overlap."""
        ledger = self.ledger
        if not self.streaming or ledger is None:
            return self.refuse(Code.LAYOUT_FIRST, "SAMPLES before LAYOUT")
        if frame.leads != self.leads:
            return self.refuse(Code.LEADS, f"{frame.leads} leads, the layout has {self.leads}")
        self._raise_ceiling(now)
        if frame.stop > self.ceiling:
            return self.refuse(Code.FUTURE, f"sample {frame.stop - 1} is beyond {self.ceiling - 1}")
        try:
            block = unpack(frame)
        except FrameError as error:
            return self.refuse(Code.PAYLOAD, str(error))
        effects: Effects = []
        again = tuple(ledger.acknowledgeable(frame.start, frame.stop))
        fresh = ledger.accept(frame.start, frame.stop)
        if sum(span.length for span in fresh) < frame.count:
            effects.append(Counted("duplicate"))
        if again:
            spans = again[: limits.MAX_SPANS]
            effects.append(Send(encode(Ack(self.last_event, spans))))
        for start, stop in fresh:
            part = block[start - frame.start : stop - frame.start]
            message = encode(frame) if len(part) == frame.count else pack(start, part, frame.backlog)
            effects.append(Block(start, stop - start, frame.leads, frame.backlog, message))
        if not frame.backlog:
            self.next_live = max(self.next_live, frame.stop)
        return effects

    def known(self, known: Known | None, now: Instant) -> Effects:
        """The answer to ``NeedIdentity``: what the center knows, None when there is no such stream."""
        challenge, hello = self._challenge, self._hello
        if self.state != State.LOOKUP or challenge is None or hello is None:
            return []
        if known is None:
            return self.refuse(Code.IDENTITY, "not proven", "unknown-transmitter")
        if not proves(known.public_key, challenge, hello):
            return self.refuse(Code.IDENTITY, "not proven", "foreign-key")
        if not known.open:
            return self.refuse(Code.ENDED, "the service period has ended")
        self._challenge = self._hello = None
        self._known = known
        self.ledger = known.ledger
        self.last_event = self._event = known.last_event
        self.state = State.LAYOUT
        self._opened = now
        self.due = now + limits.HELLO_TIMEOUT
        spans, truncated = known.ledger.newest(limits.MAX_SPANS)
        welcome = Welcome(
            self.number,
            now,
            limits.MAX_FRAME_BYTES,
            limits.MAX_SAMPLES,
            self.window(known.layout.rate_mhz),
            known.last_event,
            spans,
            truncated,
        )
        return [Send(encode(welcome)), Joined(self.stream, self.transmitter, hello.firmware)]

    def window(self, rate_mhz: int = 0) -> int:
        """The full backlog window in samples."""
        return self._window_seconds * (rate_mhz or self.rate_mhz) // 1000

    def ack(self, spans: Iterable[tuple[int, int]], last_event: int | None = None) -> Effects:
        """These samples (and events) became durable: tell the transmitter, at most 256 spans a frame."""
        if last_event is not None:
            self.last_event = max(self.last_event, last_event)
        if self.state not in (State.LAYOUT, State.STREAM):
            return []
        rows = [Span(*span) for span in spans]
        groups = [rows[at : at + limits.MAX_SPANS] for at in range(0, len(rows), limits.MAX_SPANS)] or [[]]
        return [Send(encode(Ack(self.last_event, tuple(group)))) for group in groups]

    def credit(self, window: int, resend: bool = False) -> Effects:
        """Change the backlog window; ``resend``: storing failed, what is unacknowledged must come again."""
        if self.state not in (State.LAYOUT, State.STREAM):
            return []
        if resend:
            self._event = self.last_event
        return [Send(encode(Credit(window, resend)))]

    def tick(self, now: Instant) -> Effects:
        """Time-outs and clock queries; sets ``due`` for the next call."""
        if self.state == State.CLOSED:
            self.due = _NEVER
            return []
        if self.state != State.STREAM and now >= self._opened + limits.HELLO_TIMEOUT:
            return self.refuse(Code.HELLO_LATE, f"still in state {self.state.name}")
        if now >= self.heard + limits.SILENCE_TIMEOUT:
            return self.refuse(Code.SILENT, "nothing heard")
        effects: Effects = []
        if self.state == State.STREAM:
            self._raise_ceiling(now)
            if now >= self._query_due():
                effects.append(self._query(now))
        self._plan()
        return effects

    def refuse(self, code: Code, text: str = "", what: str = "") -> Effects:
        """Refuse: told and counted; closes on a fatal code or after too many.

        Args:
            code: what the transmitter is told; a host uses SUPERSEDED and BUSY.
            text: for the maker's log.
            what: counted under this word instead of the code's.
        """
        if self.state == State.CLOSED:
            return []
        told = fit_text(text)
        effects: Effects = [Counted(what or code.text, told), Send(encode(Refuse(code, told)))]
        self.bad += 1
        if code in FATAL:
            effects.append(self._close(code, told))
        elif self.bad >= limits.BAD_FRAMES_MAX:
            effects.append(Counted(Code.GARBAGE.text, told))
            effects.append(Send(encode(Refuse(Code.GARBAGE, "too many refused frames"))))
            effects.append(self._close(Code.GARBAGE, told))
        return effects

    def goodbye(self, code: Code = Code.SHUTDOWN, text: str = "") -> Effects:
        """The center closes this connection of its own accord."""
        if self.state == State.CLOSED:
            return []
        return [Send(encode(Goodbye(code, fit_text(text)))), self._close(code, text)]

    def _close(self, code: Code, detail: str) -> Close:
        self.state = State.CLOSED
        self.streaming = False
        self.due = _NEVER
        return Close(code, detail)

    def _on_hello(self, frame: Hello, _now: Instant) -> Effects:
        self._hello = frame
        self.stream, self.transmitter = frame.stream, frame.transmitter
        self.state = State.LOOKUP
        return [NeedIdentity(frame.transmitter, frame.stream)]

    def _on_layout(self, frame: LayoutFrame, now: Instant) -> Effects:
        known, ledger = self._known, self.ledger
        if known is None or ledger is None:
            return []
        refusal = layout_refusal(known, frame)
        if refusal is not None:
            return self.refuse(*refusal)
        origin = frame.origin if frame.recorded else None
        if origin is not None and origin > now + limits.FUTURE_TOLERANCE:
            return self.refuse(Code.FUTURE, "the recording begins in the future")
        self.rate_mhz, self.leads = frame.rate_mhz, len(frame.leads)
        self._known, self._origin, self._since = None, origin, known.since
        self.next_live = ledger.accepted.stop
        self.state, self.streaming = State.STREAM, True
        self._opened = now
        self._raise_ceiling(now)
        self._plan()
        names = known.layout.names
        renamed = names if not known.declared and names != frame.layout.names else None
        declared = Declared(self.stream, frame.layout, frame.recording, origin, not known.declared, renamed)
        return [declared, *([Counted("renamed-leads")] if renamed else [])]

    def _on_event(self, frame: Event, now: Instant) -> Effects:
        if frame.number <= self._event:
            absorbed: Effects = [Counted("duplicate-event")]
            if frame.number <= self.last_event:
                absorbed.append(Send(encode(Ack(self.last_event))))
            return absorbed
        if frame.number != self._event + 1:
            return self.refuse(Code.EVENT_ORDER, f"event {frame.number}, want {self._event + 1}")
        reach = frame.stop if isinstance(frame, Hole) else frame.sample
        self._raise_ceiling(now)
        if reach > self.ceiling:
            return self.refuse(Code.FUTURE, f"an event at {reach} is beyond {self.ceiling - 1}")
        self._event = frame.number
        return [Told(self.stream, frame)]

    def _on_reply(self, frame: ClockReply, now: Instant) -> Effects:
        query = next((query for query in self._queries if query.id == frame.id), None)
        if query is None:
            if 0 < frame.id <= self._queries_sent:
                return [Counted("late-clock-reply")]
            return self.refuse(Code.CLOCK, f"query {frame.id} was never asked")
        if query.center != frame.center or frame.position > self._farthest():
            return self.refuse(Code.CLOCK, "echoed time or position is impossible")
        self._queries.remove(query)
        self._fix = (frame.position, now)
        self._raise_ceiling(now)
        return [Exchanged(self.stream, frame.position, query.center, now, frame.device)]

    def _on_goodbye(self, frame: Goodbye, _now: Instant) -> Effects:
        return [Left(frame.code, frame.text), self._close(frame.code, frame.text)]

    def _query_due(self) -> Instant:
        spread = (self.number * 2654435761 % 2**32) / 2**32
        return next_query(self._opened, self._queries_sent, spread)

    def _query(self, now: Instant) -> Send:
        self._queries_sent += 1
        query = ClockQuery(self._queries_sent, now)
        self._queries = [*self._queries, query][-_QUERIES_KEPT:]
        return Send(encode(query))

    def _plan(self) -> None:
        limit = self.heard + limits.SILENCE_TIMEOUT
        if self.state == State.STREAM:
            self.due = min(limit, self._query_due())
        else:
            self.due = min(limit, self._opened + limits.HELLO_TIMEOUT)

    def _farthest(self) -> int:
        highest = 0 if self.ledger is None else self.ledger.accepted.stop
        return min(highest + limits.JUMP_SECONDS_MAX * self.rate_mhz // 1000, limits.MAX_INDEX)

    def _raise_ceiling(self, now: Instant) -> None:
        """Set ``ceiling``: one past the highest index that can have been acquired by ``now``."""
        self.ceiling = self._farthest()
        if self._origin is not None:
            position, since = 0.0, self._origin
        elif self._fix is not None:
            position, since = self._fix
        else:
            position, since = 0.0, self._since
        elapsed = now + limits.FUTURE_TOLERANCE - since
        self.ceiling = max(0, min(self.ceiling, int(position) + elapsed * self.rate_mhz // 10**12))


def layout_refusal(known: Known, frame: LayoutFrame) -> tuple[Code, str] | None:
    """Why a LAYOUT cannot be taken for this stream, or None when it can."""
    want, have = known.layout, frame.layout
    if not known.declared:
        if (want.rate_mhz, len(want.leads)) == (have.rate_mhz, len(have.leads)):
            return None
        return Code.LAYOUT_ENROLLED, (
            f"{have.rate_hz:g} Hz × {len(have.leads)} leads, "
            f"enrolled for {want.rate_hz:g} Hz × {len(want.leads)}"
        )
    origin = frame.origin if frame.recorded else None
    if want.rate_mhz != have.rate_mhz or want.leads != have.leads:
        return Code.LAYOUT_CONFLICT, "rate or leads differ from what this stream has"
    if known.recording != frame.recording or known.origin != origin:
        return Code.LAYOUT_CONFLICT, "another recording, or another origin, than this stream has"
    return None


TABLE: Final[dict[tuple[State, type], _Handler | Code]] = {
    (State.HELLO, Hello): CenterSession._on_hello,
    (State.HELLO, Goodbye): CenterSession._on_goodbye,
    (State.LOOKUP, Goodbye): CenterSession._on_goodbye,
    (State.LAYOUT, LayoutFrame): CenterSession._on_layout,
    (State.LAYOUT, Samples): Code.LAYOUT_FIRST,
    (State.LAYOUT, Mark): Code.LAYOUT_FIRST,
    (State.LAYOUT, Status): Code.LAYOUT_FIRST,
    (State.LAYOUT, Hole): Code.LAYOUT_FIRST,
    (State.LAYOUT, ClockReply): Code.CLOCK,
    (State.LAYOUT, Goodbye): CenterSession._on_goodbye,
    (State.STREAM, Samples): CenterSession.samples,
    (State.STREAM, Mark): CenterSession._on_event,
    (State.STREAM, Status): CenterSession._on_event,
    (State.STREAM, Hole): CenterSession._on_event,
    (State.STREAM, ClockReply): CenterSession._on_reply,
    (State.STREAM, Goodbye): CenterSession._on_goodbye,
}
"""State and frame → handler or refusal; whatever is not here is refused with ``ORDER`` and closes."""
