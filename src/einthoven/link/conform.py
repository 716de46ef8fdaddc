"""Does a center speak the link? A scripted transmitter that tries what the page promises.

Every case opens a connection of its own. What the center does otherwise than ``docs/wire.md`` says is a
difference in the report. A few seconds of made-up ECG are really sent, so the key should be of an enrollment
made for the purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from einthoven.base.layout import Lead
from einthoven.base.spans import SpanSet
from einthoven.link import golden, limits
from einthoven.link.codec import pack
from einthoven.link.identity import signed_hello
from einthoven.link.limits import Code, Codec
from einthoven.link.messages import (
    Ack,
    Challenge,
    ClockQuery,
    ClockReply,
    Credit,
    Frame,
    Goodbye,
    Hello,
    LayoutFrame,
    Refuse,
    Status,
    Welcome,
)
from einthoven.link.play import (
    PATIENCE,
    Closed,
    Dial,
    Hang,
    Play,
    Said,
    Say,
    Silence,
    Step,
    Talk,
    name_of,
)

RECORDING: Final = 0xC0F0
"""Recording number of the play's layout."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Whom to play.

    Attributes:
        transmitter, stream, private_key: from the key file.
        center: expected identity of the center; zeros without TLS.
        rate_mhz, leads: as enrolled.
        seed: 32 random bytes.
    """

    transmitter: str
    stream: int
    private_key: bytes
    center: bytes
    rate_mhz: int
    leads: tuple[str, ...]
    seed: bytes


class _Transmitter(Talk):
    """A transmitter by script; each case is a generator method."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup.seed)
        self.setup = setup
        self.index = 0
        self.event = 0
        self.acked = SpanSet()
        self.acked_event = 0
        self.layout = LayoutFrame(setup.rate_mhz, tuple(Lead(name) for name in setup.leads), RECORDING)

    @property
    def second(self) -> int:
        """Samples of one second."""
        return self.setup.rate_mhz // 1000

    def answer(self, frame: Frame, line: int) -> Step[bool]:
        """What a transmitter does beside the script; whether to go on waiting."""
        if isinstance(frame, ClockQuery):
            yield from self.say(ClockReply(frame.id, frame.center, float(self.index), self.now), line)
        elif isinstance(frame, Ack):
            self.take(frame)
        return isinstance(frame, ClockQuery | Ack | Credit)

    def take(self, ack: Ack) -> None:
        """Remember an acknowledgement."""
        self.acked_event = max(self.acked_event, ack.last_event)
        for start, stop in ack.spans:
            self.acked.add(start, stop)

    def dial(self, case: str, line: int = 0) -> Step[Challenge | None]:
        """Connect; the challenge."""
        heard = yield from self.act(Dial(line))
        if heard.closed:
            self.note(case, False, "the connection was not taken")
            return None
        said = yield from self.hear(line=line)
        if not isinstance(said, Challenge):
            self.note(case, False, f"want CHALLENGE first, but {name_of(said)}")
            return None
        return said

    def hello(self, challenge: Challenge) -> Hello:
        """A true HELLO for the challenge."""
        me = self.setup
        return signed_hello(
            me.private_key, challenge, me.stream, me.transmitter, self.nonce(), "conformance play"
        )

    def welcome(self, case: str, line: int = 0) -> Step[Welcome | None]:
        """Connect and prove identity; the WELCOME."""
        challenge = yield from self.dial(case, line)
        if challenge is None:
            return None
        yield from self.say(self.hello(challenge), line)
        said = yield from self.hear(line=line)
        if not isinstance(said, Welcome):
            self.note(case, False, f"want WELCOME, but {name_of(said)}")
            return None
        self.event = said.last_event
        self.index = max(self.index, said.durable[-1].stop if said.durable else 0)
        return said

    def stream(self, case: str, line: int = 0) -> Step[Welcome | None]:
        """Connect up to where samples flow."""
        welcome = yield from self.welcome(case, line)
        if welcome is not None:
            yield from self.say(self.layout, line)
        return welcome

    def samples(self, codec: Codec = Codec.RICE, leads: int = 0, start: int = -1) -> bytes:
        """One second of made-up ECG; moves on only where no start is given."""
        at = self.index if start < 0 else start
        if start < 0:
            self.index += self.second
        return pack(at, golden.beat(self.second, leads or len(self.setup.leads)), codec=codec)

    def durable(self, start: int, stop: int, line: int = 0) -> Step[Said]:
        """Wait until ``[start, stop)`` is acknowledged; the last thing heard."""
        deadline = self.now + PATIENCE
        said: Said = Silence()
        while not self.acked.covers(start, stop) and self.now < deadline:
            said = yield from self.until(Ack, self.answer, deadline - self.now, line)
            if not isinstance(said, Ack):
                break
            self.take(said)
        return said

    def refused(self, case: str, code: Code, line: int = 0) -> Step[bool]:
        """Wait for REFUSE with this code; where the code is fatal, for the close too."""
        said = yield from self.until(Refuse, self.answer, line=line)
        if not isinstance(said, Refuse) or said.code != code:
            return self.note(case, False, f"want REFUSE {code.text}, but {name_of(said)}")
        if code in limits.FATAL:
            said = yield from self.until(Closed, self.answer, line=line)
            if not isinstance(said, Closed):
                return self.note(case, False, f"want the line closed, but {name_of(said)}")
        return self.note(case, True)

    def case_identity(self) -> Step[None]:
        case = "challenge carries the center's identity"
        challenge = yield from self.dial(case)
        if challenge is not None:
            self.note(case, challenge.identity == self.setup.center, challenge.identity.hex())
        yield from self.act(Hang())

    def case_welcome(self) -> Step[None]:
        case = "a true hello is welcomed"
        welcome = yield from self.stream(case)
        if welcome is None:
            return
        self.note(case, True)
        said = yield from self.until(ClockQuery, self.answer)
        self.note("the clock is asked", isinstance(said, ClockQuery), name_of(said))
        if isinstance(said, ClockQuery):
            yield from self.answer(said, 0)
        yield from self.say(Goodbye())
        yield from self.act(Hang())

    def case_samples(self) -> Step[None]:
        case = "samples are acknowledged"
        if (yield from self.stream(case)) is None:
            return
        for codec in Codec:
            start = self.index
            message = self.samples(codec)
            yield from self.act(Say(message))
            said = yield from self.durable(start, self.index)
            ok = self.note(
                f"{case}: codec {codec.value}", self.acked.covers(start, self.index), name_of(said)
            )
            if not ok:
                continue
            self.acked.remove(start, self.index)
            yield from self.act(Say(message))
            said = yield from self.durable(start, self.index)
            self.note(
                f"durable samples are acknowledged again: codec {codec.value}",
                self.acked.covers(start, self.index),
                name_of(said),
            )
        yield from self.act(Hang())
        again = yield from self.welcome("the resume point")
        if again is not None:
            known = SpanSet(again.durable)
            ok = all(known.covers(*span) for span in self.acked)
            self.note(
                "the resume point holds what was acknowledged", ok, f"{known} lacks some of {self.acked}"
            )
        yield from self.act(Hang())

    def case_events(self) -> Step[None]:
        case = "events are acknowledged"
        if (yield from self.stream(case)) is None:
            return
        status = Status(self.event + 1, self.index, battery=50)
        for name in (case, "a repeated event is acknowledged again"):
            self.acked_event = 0
            yield from self.say(status)
            said: Said = Silence()
            deadline = self.now + PATIENCE
            while self.acked_event < status.number and self.now < deadline:
                said = yield from self.until(Ack, self.answer, deadline - self.now)
                if not isinstance(said, Ack):
                    break
                self.take(said)
            self.note(name, self.acked_event >= status.number, name_of(said))
        yield from self.say(replace(status, number=status.number + 2))
        yield from self.refused("an event out of order is refused", Code.EVENT_ORDER)
        yield from self.act(Hang())

    def case_foreign(self) -> Step[None]:
        old = yield from self.dial("a replayed hello is refused")
        yield from self.act(Hang())
        for case, stale in (("a replayed hello is refused", True), ("a forged hello is refused", False)):
            challenge = yield from self.dial(case)
            if challenge is None or old is None:
                continue
            hello = self.hello(old if stale else challenge)
            if not stale:
                hello = replace(hello, signature=bytes((hello.signature[0] ^ 1,)) + hello.signature[1:])
            yield from self.say(hello)
            yield from self.refused(case, Code.IDENTITY)
            yield from self.act(Hang())

    def case_order(self) -> Step[None]:
        case = "samples before hello are refused"
        if (yield from self.dial(case)) is not None:
            yield from self.act(Say(self.samples(start=self.index)))
            yield from self.refused(case, Code.ORDER)
        yield from self.act(Hang())
        case = "samples before the layout are refused"
        if (yield from self.welcome(case)) is not None:
            yield from self.act(Say(self.samples(start=self.index)))
            yield from self.refused(case, Code.LAYOUT_FIRST)
        yield from self.act(Hang())
        case = "another layout is refused"
        if (yield from self.welcome(case)) is not None:
            rate = 500_000 if self.setup.rate_mhz != 500_000 else 250_000
            yield from self.say(replace(self.layout, rate_mhz=rate))
            yield from self.refused(case, Code.LAYOUT_CONFLICT)
        yield from self.act(Hang())

    def case_odd_samples(self) -> Step[None]:
        far = self.index + (limits.JUMP_SECONDS_MAX + 86_400) * self.second
        other = 1 if len(self.setup.leads) > 1 else 2
        if (yield from self.stream("odd samples")) is None:
            return
        yield from self.act(Say(self.samples(start=far)))
        yield from self.refused("samples of the future are refused", Code.FUTURE)
        yield from self.act(Say(self.samples(leads=other, start=self.index)))
        yield from self.refused("samples of other leads are refused", Code.LEADS)
        good = self.samples(start=self.index)
        yield from self.act(Say(golden.summed(good[:24] + b"\x09" + good[25:])))
        yield from self.refused("a payload that does not decode is refused", Code.PAYLOAD)
        yield from self.act(Hang())

    def case_garbage(self) -> Step[None]:
        bad = golden.bad()
        most = limits.BAD_FRAMES_MAX - 1
        for first in range(0, len(bad), most):
            if (yield from self.stream("malformed frames are refused")) is None:
                return
            for name, message, _ in bad[first : first + most]:
                yield from self.act(Say(message))
                yield from self.refused(f"malformed is refused: {name}", Code.MALFORMED)
            yield from self.act(Hang())
        case = "too much garbage closes the line"
        if (yield from self.stream(case)) is None:
            return
        for _ in range(limits.BAD_FRAMES_MAX):
            yield from self.act(Say(b"garbage!"))
        for _ in range(limits.BAD_FRAMES_MAX):
            yield from self.until(Refuse, self.answer)
        yield from self.refused(case, Code.GARBAGE)
        yield from self.act(Hang())

    def case_newer_wins(self) -> Step[None]:
        case = "the newer of two connections wins"
        if (yield from self.stream(case, 0)) is None or (yield from self.stream(case, 1)) is None:
            return
        yield from self.refused(case, Code.SUPERSEDED, 0)
        yield from self.act(Hang(0))
        start = self.index
        yield from self.act(Say(self.samples(), 1))
        said = yield from self.durable(start, self.index, 1)
        self.note("the newer connection streams", self.acked.covers(start, self.index), name_of(said))
        yield from self.say(Goodbye(), 1)
        yield from self.act(Hang(1))

    def cases(self) -> Iterator[Callable[[], Step[None]]]:
        """The cases in order; the first samples come before anything that looks at what is stored."""
        yield self.case_identity
        yield self.case_welcome
        yield self.case_samples
        yield self.case_events
        yield self.case_foreign
        yield self.case_order
        yield self.case_odd_samples
        yield self.case_garbage
        yield self.case_newer_wins


def check_center(setup: Setup) -> Play:
    """A play against a center; the report says what differs from the page.

    ``limits.HELLO_TIMEOUT`` and ``SILENCE_TIMEOUT`` are not tried: they would take minutes.
    """
    transmitter = _Transmitter(setup)
    for case in transmitter.cases():
        yield from case()
    return transmitter.report
