"""The transmitter's side of a connection, against a second table written from docs/wire.md."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.instants import SECOND
from einthoven.base.layout import Lead
from einthoven.base.spans import Span
from einthoven.link import frames, identity, limits
from einthoven.link.effects import ClockAsked, Close, Credited, Durable, Left, Ready, Refused, Send
from einthoven.link.limits import FATAL, PERMANENT, Code
from einthoven.link.transmitter_session import Identity, State, TransmitterSession

PRIVATE = bytes(range(32))
CENTER = b"c" * 32
ME = Identity("T-100", 17, PRIVATE, CENTER, "fw 2")
LAYOUT = frames.LayoutFrame(250_000, (Lead("II"),), 5)
CHALLENGE = frames.Challenge(b"n" * 32, 1, CENTER)
WELCOME = frames.Welcome(3, 1, 65_536, 10_000, 15_000, 4, (Span(0, 500),))


def replies(effects: list) -> list[frames.Frame]:
    return [frames.decode(effect.data) for effect in effects if isinstance(effect, Send)]


def in_state(name: str) -> TransmitterSession:
    session = TransmitterSession(ME, LAYOUT, b"t" * 32, 0)
    for frame in {"CHALLENGE": [], "WELCOME": [CHALLENGE], "STREAMING": [CHALLENGE, WELCOME]}[name]:
        session.received(frames.encode(frame), 0)
    assert session.state.name == name
    return session


FRAMES = {
    "CHALLENGE": CHALLENGE,
    "HELLO": frames.Hello(17, "T-100", b"t" * 32, bytes(64)),
    "WELCOME": WELCOME,
    "LAYOUT": LAYOUT,
    "SAMPLES": frames.Samples(0, 1, 1, b"ab"),
    "ACK": frames.Ack(1),
    "EVENT": frames.Mark(1, 5, "dizzy"),
    "CLOCK_QUERY": frames.ClockQuery(1, 1),
    "CLOCK_REPLY": frames.ClockReply(1, 1, 1.0, 1),
    "CREDIT": frames.Credit(1),
    "REFUSE": frames.Refuse(Code.FUTURE),
    "GOODBYE": frames.Goodbye(),
}

# The table "What the transmitter does with a frame" of docs/wire.md: + taken, x good-bye and close, - closed.
PAGE = """
              CHALLENGE  WELCOME  STREAMING
CHALLENGE     +          x        x
HELLO         x          x        x
WELCOME       x          +        x
LAYOUT        x          x        x
SAMPLES       x          x        x
ACK           x          x        +
EVENT         x          x        x
CLOCK_QUERY   x          x        +
CLOCK_REPLY   x          x        x
CREDIT        x          x        +
REFUSE        +          +        +
GOODBYE       -          -        -
"""


def page_cells() -> list[tuple[str, str, str]]:
    head, *rows = [line.split() for line in PAGE.strip().splitlines()]
    return [(state, row[0], cell) for row in rows for state, cell in zip(head, row[1:], strict=True)]


@pytest.mark.parametrize(("state", "frame", "cell"), page_cells())
def test_state_table(state: str, frame: str, cell: str) -> None:
    session = in_state(state)
    effects = session.received(frames.encode(FRAMES[frame]), 1)
    assert (session.state == State.CLOSED) == (cell != "+")
    if cell == "x":
        assert [reply.code for reply in replies(effects)] == [Code.ORDER]
        assert isinstance(effects[-1], Close)
    if cell == "-":
        assert effects == [Left(Code.DONE, ""), Close(Code.DONE, "")]
    if cell != "+":
        assert (
            session.received(frames.encode(CHALLENGE), 2) == session.tick(10**15) == session.goodbye() == []
        )


def test_the_page_has_this_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "wire.md").read_text()
    for name, *cells in (line.split() for line in PAGE.strip().splitlines()[1:]):
        assert f"| {name} | {' | '.join(cells)} |" in text, name


def test_a_whole_conversation() -> None:
    session = in_state("CHALLENGE")
    (hello,) = replies(session.received(frames.encode(CHALLENGE), 0))
    assert (hello.stream, hello.transmitter, hello.nonce, hello.firmware) == (17, "T-100", b"t" * 32, "fw 2")
    assert identity.proves(identity.public_key(PRIVATE), CHALLENGE, hello)
    effects = session.received(frames.encode(WELCOME), 0)
    assert replies(effects) == [LAYOUT]
    assert effects[-1] == Ready(WELCOME)
    assert session.welcome == WELCOME
    ack = frames.Ack(4, (Span(0, 9),))
    assert session.received(frames.encode(ack), 0) == [Durable((Span(0, 9),), 4)]
    (asked,) = session.received(frames.encode(frames.ClockQuery(6, 77)), 0)
    assert asked == ClockAsked(6, 77)
    assert replies(session.clock(asked, 12.5, 99)) == [frames.ClockReply(6, 77, 12.5, 99)]
    assert session.received(frames.encode(frames.Credit(5, True)), 0) == [Credited(5, True)]
    assert replies(session.event(frames.Mark(1, 2, "x"))) == [frames.Mark(1, 2, "x")]
    assert replies(session.goodbye()) == [frames.Goodbye()]
    assert session.clock(asked, 1.0, 1) == session.event(frames.Mark(1, 2, "x")) == []


def test_a_stranger_gets_no_proof() -> None:
    session = in_state("CHALLENGE")
    stranger = frames.Challenge(b"n" * 32, 1, b"d" * 32)
    (bye,) = replies(session.received(frames.encode(stranger), 0))
    assert isinstance(bye, frames.Goodbye)
    assert bye.code == Code.IDENTITY
    assert session.state == State.CLOSED


@pytest.mark.parametrize("code", list(Code))
def test_refusals(code: Code) -> None:
    effects = in_state("STREAMING").received(frames.encode(frames.Refuse(code, "why")), 0)
    assert effects[0] == Refused(code, "why")
    assert effects[1:] == ([Close(code, "why")] if code in FATAL else [])
    assert code in FATAL or code not in PERMANENT


def test_a_malformed_frame_ends_the_connection() -> None:
    session = in_state("STREAMING")
    (bye,) = replies(session.received(b"\x01\x06garbage", 0))
    assert bye.code == Code.MALFORMED


def test_a_silent_center_is_left() -> None:
    session = in_state("STREAMING")
    assert session.tick(limits.SILENCE_TIMEOUT - 1) == []
    session.received(frames.encode(frames.Ack(0)), 80 * SECOND)
    assert session.tick(limits.SILENCE_TIMEOUT + 1) == []
    effects = session.tick(80 * SECOND + limits.SILENCE_TIMEOUT)
    assert effects[-1] == Close(Code.SILENT, effects[-1].detail)


MESSAGES = st.one_of(
    st.sampled_from([frames.encode(frame) for frame in FRAMES.values()]), st.binary(max_size=60)
)


@settings(max_examples=100, deadline=None)
@given(st.lists(MESSAGES, max_size=12), st.sampled_from(["CHALLENGE", "WELCOME", "STREAMING"]))
def test_nothing_makes_it_raise(messages: list[bytes], state: str) -> None:
    session = in_state(state)
    for message in messages:
        before = session.state
        effects = session.received(message, 0)
        assert before != State.CLOSED or effects == []
