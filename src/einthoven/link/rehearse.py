"""Does a maker's transmitter speak the link? A scripted center that watches it.

Three acts, each a connection: a stranger's certificate, which must be refused; a first stream of which some
is never acknowledged and which is cut; a second stream in which exactly that must come again, inside the
window, beside live samples. Samples are compared bit for bit with those of the first act.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import FrameError
from einthoven.base.instants import SECOND, Duration
from einthoven.base.spans import Span, SpanSet
from einthoven.link import limits
from einthoven.link.codec import unpack
from einthoven.link.identity import proves
from einthoven.link.limits import Code
from einthoven.link.messages import (
    Ack,
    Challenge,
    ClockQuery,
    ClockReply,
    Frame,
    Goodbye,
    Hello,
    Hole,
    LayoutFrame,
    Mark,
    Samples,
    Status,
    Welcome,
)
from einthoven.link.play import PATIENCE, Accept, Closed, Hang, Play, Silence, Step, Talk, name_of

FIRST_ACT: Final[Duration] = 12 * SECOND
"""How long the first stream runs: acknowledged for its first half only."""
SECOND_ACT: Final[Duration] = 30 * SECOND
"""How long the second may take to bring what is missing."""
WINDOW_SECONDS: Final = 5
"""A small backlog window, so that keeping inside it shows."""
CONNECT: Final[Duration] = 90 * SECOND
"""How long to wait for a connection; longer than the longest back-off."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Which transmitter is to be watched.

    Attributes:
        transmitter, stream, public_key: as enrolled.
        center: identity of the certificate that the listener shows; zeros without TLS.
        rate_mhz, leads: as enrolled; ``leads`` is their number.
        seed: 32 random bytes.
    """

    transmitter: str
    stream: int
    public_key: bytes
    center: bytes
    rate_mhz: int
    leads: int
    seed: bytes


@dataclass(slots=True)
class _Heard:
    """What one act has heard."""

    spans: SpanSet = field(default_factory=SpanSet)
    blocks: list[tuple[int, NDArray[np.int16]]] = field(default_factory=list)
    live_next: int = -1
    live_frames: int = 0
    outstanding: int = 0


class _Center(Talk):
    """A center by script."""

    def __init__(self, expected: Expected) -> None:
        super().__init__(expected.seed)
        self.expected = expected
        self.durable = SpanSet()
        self.layout: LayoutFrame | None = None
        self.events = 0
        self.event_acked = 0
        self.first = _Heard()
        self.hellos: list[bytes] = []
        self.query: ClockQuery | None = None
        self.queries = 0
        self.position = 0.0
        self.noted: set[str] = set()

    def once(self, name: str, ok: bool, detail: str) -> None:
        """Note a rule that every frame is held to: the first breach, or nothing."""
        if not ok and name not in self.noted:
            self.noted.add(name)
            self.note(name, False, detail)

    def connected(self, name: str, center: bytes) -> Step[Challenge | None]:
        """Wait for the transmitter and challenge it."""
        heard = yield from self.act(Accept(CONNECT))
        if heard.closed:
            self.note(name, False, f"no connection within {CONNECT // SECOND} s")
            return None
        challenge = Challenge(self.nonce(), self.now, center)
        yield from self.say(challenge)
        return challenge

    def stranger(self) -> Step[None]:
        """Act 1: another certificate's identity; a transmitter must not prove itself to it."""
        name = "another center's identity is refused"
        if (yield from self.connected(name, bytes(31) + b"\x01")) is None:
            return
        said = yield from self.hear(limits.HELLO_TIMEOUT)
        ok = isinstance(said, Closed) or (isinstance(said, Goodbye) and said.code == Code.IDENTITY)
        self.note(name, ok, f"want GOODBYE identity or a close, but {name_of(said)}")
        yield from self.act(Hang())

    def welcome(self, name: str) -> Step[bool]:
        """Challenge, HELLO, WELCOME, LAYOUT, each looked at; whether samples may follow."""
        challenge = yield from self.connected(name, self.expected.center)
        if challenge is None:
            return False
        said = yield from self.hear(limits.HELLO_TIMEOUT)
        if not isinstance(said, Hello):
            return self.note("HELLO follows CHALLENGE", False, name_of(said))
        me = self.expected
        self.note(
            "HELLO names the enrolled transmitter and stream",
            (said.transmitter, said.stream) == (me.transmitter, me.stream),
            f"{said.transmitter} {said.stream}",
        )
        self.note(
            "HELLO is signed with the enrolled key", proves(me.public_key, challenge, said), "it is not"
        )
        self.note("every HELLO has a nonce of its own", said.nonce not in self.hellos, said.nonce.hex())
        self.hellos.append(said.nonce)
        window = WINDOW_SECONDS * me.rate_mhz // 1000
        spans = tuple(self.durable)[-limits.MAX_SPANS :]
        yield from self.say(
            Welcome(
                len(self.hellos),
                self.now,
                limits.MAX_FRAME_BYTES,
                limits.MAX_SAMPLES,
                window,
                self.event_acked,
                spans,
            )
        )
        said_layout = yield from self.hear(limits.HELLO_TIMEOUT)
        if not isinstance(said_layout, LayoutFrame):
            return self.note("LAYOUT follows WELCOME", False, name_of(said_layout))
        self.look_at_layout(said_layout)
        return True

    def look_at_layout(self, layout: LayoutFrame) -> None:
        """As enrolled, and the same on every connection."""
        got = (layout.rate_mhz, len(layout.leads))
        want = (self.expected.rate_mhz, self.expected.leads)
        self.note("LAYOUT is as enrolled", got == want, f"rate and leads {got}, enrolled {want}")
        if self.layout is not None:
            self.note("LAYOUT stays the same", layout == self.layout, f"{layout} after {self.layout}")
        self.layout = layout

    def take(self, frame: Frame, heard: _Heard) -> None:
        """Hold one frame to the rules that every frame is held to."""
        if isinstance(frame, Samples):
            self.take_samples(frame, heard)
        elif isinstance(frame, Mark | Status | Hole):
            ok = frame.number in (self.events + 1, *range(self.event_acked + 1, self.events + 1))
            self.once("events are numbered from 1 without a hole", ok, f"{frame.number} after {self.events}")
            self.events = max(self.events, frame.number)
        elif isinstance(frame, ClockReply):
            self.take_reply(frame)
        elif not isinstance(frame, Goodbye):
            self.once("only a transmitter's frames come", False, name_of(frame))

    def take_samples(self, frame: Samples, heard: _Heard) -> None:
        leads = self.expected.leads
        self.once("SAMPLES have the layout's leads", frame.leads == leads, f"{frame.leads} of {leads}")
        again = heard.spans.within(frame.start, frame.stop)
        self.once("nothing is sent twice on one connection", not again, f"{again}")
        stored = self.durable.within(frame.start, frame.stop)
        self.once("what is durable is not sent again", not stored, f"{stored}")
        try:
            block = unpack(frame)
        except FrameError as error:
            self.once("every payload decodes", False, f"samples {frame.start}: {error}")
            return
        heard.spans.add(frame.start, frame.stop)
        heard.blocks.append((frame.start, block))
        if frame.backlog:
            heard.outstanding += frame.count
            window = WINDOW_SECONDS * self.expected.rate_mhz // 1000
            self.once(
                "the backlog stays inside the window",
                heard.outstanding <= window,
                f"{heard.outstanding} samples unacknowledged, the window is {window}",
            )
            return
        heard.live_frames += 1
        self.once(
            "live frames follow one another",
            heard.live_next in (-1, frame.start),
            f"{frame.start} after {heard.live_next}",
        )
        heard.live_next = frame.stop

    def take_reply(self, frame: ClockReply) -> None:
        query, self.query = self.query, None
        self.once("a clock reply answers a query", query is not None, f"id {frame.id}")
        if query is None:
            return
        self.note(
            "CLOCK_REPLY echoes id and time",
            (frame.id, frame.center) == (query.id, query.center),
            f"{frame.id} {frame.center}, asked {query.id} {query.center}",
        )
        self.note("the position never goes back", frame.position >= self.position, f"{frame.position}")
        highest = self.first.spans.stop
        second = self.expected.rate_mhz / 1000
        near = highest - second <= frame.position <= highest + 60 * second
        self.note("the position fits the samples", near or not highest, f"{frame.position}, sent {highest}")
        self.position = frame.position

    def ask(self) -> Step[None]:
        """Query the clock."""
        self.queries += 1
        self.query = ClockQuery(self.queries, self.now)
        yield from self.say(self.query)

    def ack(self, spans: list[Span]) -> Step[None]:
        """Acknowledge samples and every event so far."""
        for span in spans:
            self.durable.add(*span)
        self.event_acked = self.events
        yield from self.say(Ack(self.event_acked, tuple(SpanSet(spans))))

    def first_stream(self) -> Step[bool]:
        """Act 2: acknowledge the first half, then only listen, then cut."""
        if not (yield from self.welcome("the transmitter connects again after a close")):
            return False
        heard, asked = self.first, False
        begin = self.now
        while self.now < begin + FIRST_ACT:
            said = yield from self.hear(begin + FIRST_ACT - self.now)
            if isinstance(said, Closed):
                return self.note("the connection stays open", False, "closed in the first stream")
            if isinstance(said, Silence):
                continue
            self.take(said, heard)
            if isinstance(said, Samples) and self.now < begin + FIRST_ACT // 2:
                yield from self.ack([Span(said.start, said.stop)])
                heard.outstanding -= said.count if said.backlog else 0
            if not asked and heard.live_frames >= 2:
                asked = True
                yield from self.ask()
        self.note(
            "live frames come", heard.live_frames >= 2, f"{heard.live_frames} in {FIRST_ACT // SECOND} s"
        )
        self.note("the clock is answered", asked and self.query is None, "no CLOCK_REPLY")
        yield from self.act(Hang())
        return True

    def second_stream(self) -> Step[None]:
        """Act 3: what was not acknowledged comes again, unchanged, beside live samples."""
        if not (yield from self.welcome("the transmitter connects again after a cut")):
            return
        missing = [part for span in self.first.spans for part in self.durable.missing(*span)]
        heard, begin, held = _Heard(), self.now, self.now + PATIENCE
        pending: list[Samples] = []
        while self.now < begin + SECOND_ACT:
            done = all(heard.spans.covers(*span) for span in missing)
            if done and heard.live_frames >= 2 and not pending:
                break
            said = yield from self.hear(SECOND)
            if isinstance(said, Closed):
                self.note("the connection stays open", False, "closed in the second stream")
                return
            if not isinstance(said, Silence):
                self.take(said, heard)
            if isinstance(said, Samples):
                pending.append(said)
            if self.now >= held and pending:
                yield from self.ack([Span(frame.start, frame.stop) for frame in pending])
                heard.outstanding = 0
                pending.clear()
        lost = [span for part in missing for span in heard.spans.missing(*part)]
        self.note("what was not acknowledged comes again", not lost, f"{lost} never came")
        self.note(
            "live goes on beside the backlog", heard.live_frames >= 2, f"{heard.live_frames} live frames"
        )
        self.note("samples come again unchanged", self.unchanged(heard), "they differ")
        yield from self.say(Goodbye())
        yield from self.act(Hang())

    def unchanged(self, heard: _Heard) -> bool:
        """Whether every sample heard in both streams is the same in both."""
        for start, block in heard.blocks:
            for other_start, other in self.first.blocks:
                low = max(start, other_start)
                high = min(start + len(block), other_start + len(other))
                if low < high and not np.array_equal(
                    block[low - start : high - start], other[low - other_start : high - other_start]
                ):
                    return False
        return True


def check_transmitter(expected: Expected) -> Play:
    """A play against a transmitter that is set to connect to the listener; takes about a minute."""
    center = _Center(expected)
    yield from center.stranger()
    if (yield from center.first_stream()):
        yield from center.second_stream()
    return center.report
