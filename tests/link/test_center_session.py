"""The center's side of a connection, against a second table written from docs/wire.md."""

from __future__ import annotations

import itertools
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.link.sessions import (
    LAYOUT,
    LEADS,
    NOW,
    block,
    challenged,
    counted,
    hello,
    kinds,
    known,
    replies,
    streaming,
    welcomed,
)

from einthoven.base.instants import DAY, MILLISECOND, MINUTE, SECOND
from einthoven.base.layout import Lead
from einthoven.base.spans import Span
from einthoven.link import codec, frames, limits
from einthoven.link.center_session import CenterSession, Known, State
from einthoven.link.effects import (
    Block,
    Close,
    Counted,
    Declared,
    Joined,
    Left,
    Send,
    Told,
)
from einthoven.link.ledger import Ledger
from einthoven.link.limits import Code, Severity


def looked_up() -> CenterSession:
    session, challenge = challenged()
    session.received(hello(challenge), NOW)
    return session


IN_STATE = {
    "HELLO": lambda: challenged()[0],
    "LOOKUP": looked_up,
    "LAYOUT": welcomed,
    "STREAM": streaming,
}


FRAMES = {
    "CHALLENGE": frames.Challenge(b"x" * 32, 1, b"y" * 32),
    "HELLO": frames.Hello(17, "T-100", b"t" * 32, bytes(64)),
    "WELCOME": frames.Welcome(1, 1, 65536, 1, 1, 1),
    "LAYOUT": LAYOUT,
    "SAMPLES": frames.decode(block(0)),
    "ACK": frames.Ack(1),
    "mark": frames.Mark(1, 5, "dizzy", Severity.MILD),
    "status": frames.Status(1, 5),
    "hole": frames.Hole(1, 5, 6),
    "CLOCK_QUERY": frames.ClockQuery(1, 1),
    "CLOCK_REPLY": frames.ClockReply(1, 1, 1.0, 1),
    "CREDIT": frames.Credit(1),
    "REFUSE": frames.Refuse(Code.DONE),
    "GOODBYE": frames.Goodbye(),
}

# The table "What the center does with a frame" of docs/wire.md: + taken, x refused ORDER and closed, - bye.
PAGE = """
              HELLO  LOOKUP  LAYOUT        STREAM
CHALLENGE     x      x       x             x
HELLO         +      x       x             x
WELCOME       x      x       x             x
LAYOUT        x      x       +             x
SAMPLES       x      x       layout-first  +
ACK           x      x       x             x
mark          x      x       layout-first  +
status        x      x       layout-first  +
hole          x      x       layout-first  +
CLOCK_QUERY   x      x       x             x
CLOCK_REPLY   x      x       clock         clock
CREDIT        x      x       x             x
REFUSE        x      x       x             x
GOODBYE       -      -       -             -
"""

MESSAGES = st.one_of(
    st.sampled_from([frames.encode(frame) for frame in FRAMES.values()]), st.binary(max_size=60)
)


def page_cells() -> list[tuple[str, str, str]]:
    head, *rows = [line.split() for line in PAGE.strip().splitlines()]
    return [(state, row[0], cell) for row in rows for state, cell in zip(head, row[1:], strict=True)]


@pytest.mark.parametrize(("state", "frame", "cell"), page_cells())
def test_state_table(state: str, frame: str, cell: str) -> None:
    session = IN_STATE[state]()
    assert session.state.name == state
    effects = session.received(frames.encode(FRAMES[frame]), NOW)
    if cell == "+":
        assert session.state != State.CLOSED
        assert not session.bad
    elif cell == "-":
        assert kinds(effects) == [Left, Close]
    else:
        code = Code.ORDER if cell == "x" else next(code for code in Code if code.text == cell)
        assert replies(effects)[0] == frames.Refuse(code, replies(effects)[0].text)
        assert (session.state == State.CLOSED) == (cell == "x")
        assert session.bad == 1
        assert counted(effects) == [code.text]
    if session.state == State.CLOSED:
        assert effects[-1] == Close(effects[-1].code, effects[-1].detail)
        assert not session.streaming
        assert session.received(frames.encode(LAYOUT), NOW) == []
        assert session.tick(NOW + DAY) == []


def test_the_page_has_this_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "wire.md").read_text()
    for name, *cells in (line.split() for line in PAGE.strip().splitlines()[1:]):
        assert f"| {name} | {' | '.join(cells)} |" in text, name


def test_welcome_tells_limits_and_resume_point() -> None:
    session, challenge = challenged()
    session.received(hello(challenge), NOW)
    spans = [(2 * at, 2 * at + 1) for at in range(300)]
    effects = session.known(known(ledger=Ledger(spans), last_event=9), NOW + 5)
    (welcome,) = replies(effects)
    assert welcome == frames.Welcome(
        7, NOW + 5, 65_536, 10_000, 15_000, 9, tuple(Span(*span) for span in spans[-256:]), True
    )
    assert effects[1] == Joined(17, "T-100", "fw")
    assert (session.stream, session.transmitter, session.last_event) == (17, "T-100", 9)


FOREIGN_KEY = "foreign-key"


def answering(**changes: bytes) -> object:
    return lambda challenge: hello(replace(challenge, **changes))


FOREIGN = [
    ("unknown", hello, None, Code.IDENTITY, "unknown-transmitter"),
    ("other key", hello, known(public_key=b"k" * 32), Code.IDENTITY, FOREIGN_KEY),
    ("other stream", lambda challenge: hello(challenge, stream=18), known(), Code.IDENTITY, FOREIGN_KEY),
    ("replayed", answering(nonce=b"o" * 32), known(), Code.IDENTITY, FOREIGN_KEY),
    ("relayed", answering(identity=b"m" * 32), known(), Code.IDENTITY, FOREIGN_KEY),
    ("ended", hello, known(open=False), Code.ENDED, "ended"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "say", "facts", "code", "count"), FOREIGN, ids=[row[0] for row in FOREIGN])
def test_foreign_hello_is_refused(
    what: str, say: object, facts: Known | None, code: Code, count: str
) -> None:
    session, challenge = challenged()
    session.received(say(challenge), NOW)
    effects = session.known(facts, NOW)
    assert [reply.code for reply in replies(effects)] == [code]
    assert kinds(effects)[-1] is Close
    assert counted(effects) == [count]
    assert not session.streaming


def test_unknown_and_unproven_look_alike_from_outside() -> None:
    seen = []
    for facts in (None, known(public_key=b"k" * 32)):
        session, challenge = challenged()
        session.received(hello(challenge), NOW)
        seen.append(replies(session.known(facts, NOW)))
    assert seen[0] == seen[1]


GAIN = (Lead("II", 100.0), Lead("V1"))
NAMES = (Lead("I"), Lead("V1"))
ENROLLED = known()
DECLARED = known(declared=True, recording=77)
LAYOUTS = [
    ("as enrolled", ENROLLED, LAYOUT, None),
    ("other names", ENROLLED, replace(LAYOUT, leads=NAMES), None),
    ("other gain than enrolled", ENROLLED, replace(LAYOUT, leads=GAIN), None),
    ("other rate than enrolled", ENROLLED, replace(LAYOUT, rate_mhz=360_000), Code.LAYOUT_ENROLLED),
    ("other lead count than enrolled", ENROLLED, replace(LAYOUT, leads=LEADS[:1]), Code.LAYOUT_ENROLLED),
    ("as declared", DECLARED, LAYOUT, None),
    ("other rate", DECLARED, replace(LAYOUT, rate_mhz=360_000), Code.LAYOUT_CONFLICT),
    ("other lead count", DECLARED, replace(LAYOUT, leads=LEADS[:1]), Code.LAYOUT_CONFLICT),
    ("other gain", DECLARED, replace(LAYOUT, leads=GAIN), Code.LAYOUT_CONFLICT),
    ("other names than declared", DECLARED, replace(LAYOUT, leads=NAMES), Code.LAYOUT_CONFLICT),
    ("other recording", DECLARED, replace(LAYOUT, recording=78), Code.LAYOUT_CONFLICT),
    ("dated now", DECLARED, replace(LAYOUT, recorded=True, origin=5), Code.LAYOUT_CONFLICT),
]


@pytest.mark.parametrize(("what", "facts", "layout", "code"), LAYOUTS, ids=[row[0] for row in LAYOUTS])
def test_layout(what: str, facts: Known, layout: frames.LayoutFrame, code: Code | None) -> None:
    session = welcomed(facts)
    effects = session.received(frames.encode(layout), NOW)
    if code is not None:
        assert [reply.code for reply in replies(effects)] == [code]
        assert kinds(effects)[-1] is Close
        return
    renamed = ("II", "V1") if what == "other names" else None
    assert effects[0] == Declared(17, layout.layout, 77, None, not facts.declared, renamed)
    assert counted(effects) == (["renamed-leads"] if renamed else [])
    assert (session.streaming, session.leads, session.rate_mhz) == (True, 2, 250_000)


def test_samples_are_taken_once_in_whatever_cutting() -> None:
    ledger = Ledger([(0, 100)])
    session = streaming(known(ledger=ledger))
    assert session.next_live == 100
    (first,) = session.received(block(100), NOW)
    assert first == Block(100, 250, 2, False, block(100))
    assert session.next_live == 350
    again = session.received(block(100), NOW)
    assert again == [Counted("duplicate")], "in flight: absorbed, acknowledged when durable"
    ledger.committed(100, 350)
    assert replies(session.received(block(100), NOW)) == [frames.Ack(0, (Span(100, 350),))]
    overlap = session.received(block(300, 100, backlog=True), NOW)
    assert replies(overlap) == [frames.Ack(0, (Span(300, 350),))]
    part = overlap[-1]
    assert (part.start, part.count, part.backlog) == (350, 50, True)
    whole, cut = frames.decode(block(300, 100, backlog=True)), frames.decode(part.message)
    assert np.array_equal(codec.unpack(cut), codec.unpack(whole)[50:])
    assert session.next_live == 350, "the backlog lane does not move the live lane"
    assert ledger.accepted.stop == 400


def test_storing_failed_counts_once_when_it_comes_again() -> None:
    ledger = Ledger()
    session = streaming(known(ledger=ledger))
    session.received(block(0), NOW)
    ledger.failed(0, 250)
    assert replies(session.credit(15_000, resend=True)) == [frames.Credit(15_000, True)]
    assert kinds(session.received(block(0, backlog=True), NOW)) == [Block]


DAMAGED_PAYLOAD = frames.encode(frames.Samples(0, 40, 2, b"\x09" + bytes(20), 1))
REFUSED_SAMPLES = [
    ("other leads", block(0, leads=3), Code.LEADS),
    ("damaged payload", DAMAGED_PAYLOAD, Code.PAYLOAD),
    ("a jump of 31 days", block(31 * 86_400 * 250), Code.FUTURE),
    ("malformed", block(0)[:-1], Code.MALFORMED),
]


@pytest.mark.parametrize(
    ("what", "message", "code"), REFUSED_SAMPLES, ids=[row[0] for row in REFUSED_SAMPLES]
)
def test_refused_samples_leave_no_trace(what: str, message: bytes, code: Code) -> None:
    ledger = Ledger()
    session = streaming(known(ledger=ledger))
    effects = session.received(message, NOW)
    assert [reply.code for reply in replies(effects)] == [code]
    assert not ledger.accepted
    assert session.streaming


CLOCK_LIES = [
    ("never asked", frames.ClockReply(9, NOW, 1.0, 0), Code.CLOCK),
    ("other time echoed", frames.ClockReply(1, NOW + 1, 1.0, 0), Code.CLOCK),
    ("position beyond all bounds", frames.ClockReply(1, NOW, 1e12, 0), Code.CLOCK),
]


@pytest.mark.parametrize(("what", "reply", "code"), CLOCK_LIES, ids=[row[0] for row in CLOCK_LIES])
def test_clock_lies_are_refused(what: str, reply: frames.ClockReply, code: Code) -> None:
    session = streaming()
    session.tick(NOW)
    assert [said.code for said in replies(session.received(frames.encode(reply), NOW))] == [code]


def test_clock_queries_come_in_a_burst_and_then_every_minute() -> None:
    session = streaming()
    asked = []
    now = NOW
    while now < NOW + 5 * MINUTE:
        now = max(now, session.due)
        session.heard = now
        for query in replies(session.tick(now)):
            asked.append(query.center)
    gaps = [after - before for before, after in itertools.pairwise(asked)]
    assert asked[0] == NOW
    assert gaps[:7] == [500 * MILLISECOND] * 7
    assert set(gaps[8:]) == {MINUTE}
    late = session.received(frames.encode(frames.ClockReply(1, asked[0], 0.0, 0)), now)
    assert late == [Counted("late-clock-reply")]


def test_events_are_taken_in_order_once() -> None:
    session = streaming(known(last_event=4))
    mark = frames.Mark(5, 100, "dizzy", Severity.SEVERE, "walking")
    assert session.received(frames.encode(mark), NOW) == [Told(17, mark)]
    assert session.received(frames.encode(mark), NOW) == [Counted("duplicate-event")]
    gap = session.received(frames.encode(replace(mark, number=7)), NOW)
    assert [reply.code for reply in replies(gap)] == [Code.EVENT_ORDER]
    assert replies(session.ack([], 5)) == [frames.Ack(5)]
    assert replies(session.received(frames.encode(mark), NOW)) == [frames.Ack(5)]
    status = frames.Status(6, 200, battery=50)
    assert session.received(frames.encode(status), NOW) == [Told(17, status)]
    session.credit(15_000, resend=True)
    assert session.received(frames.encode(status), NOW) == [Told(17, status)], "it was not stored"


def test_acks_are_split_and_sent_even_before_the_layout() -> None:
    session = welcomed()
    spans = [(2 * at, 2 * at + 1) for at in range(300)]
    first, second = replies(session.ack(spans, 3))
    assert (len(first.spans), len(second.spans), second.last_event) == (256, 44, 3)
    assert challenged()[0].ack(spans) == []


TIMEOUTS = [
    ("no hello", lambda: challenged()[0], limits.HELLO_TIMEOUT, Code.HELLO_LATE),
    ("no layout", welcomed, limits.HELLO_TIMEOUT, Code.HELLO_LATE),
    ("silence", streaming, limits.SILENCE_TIMEOUT, Code.SILENT),
]


@pytest.mark.parametrize(("what", "make", "after", "code"), TIMEOUTS, ids=[row[0] for row in TIMEOUTS])
def test_time_outs(what: str, make: object, after: int, code: Code) -> None:
    session = make()
    assert session.due <= NOW + after
    assert Close not in kinds(session.tick(NOW + after - 1))
    assert session.due <= NOW + after
    effects = session.tick(NOW + after)
    assert [reply.code for reply in replies(effects)] == [code]
    assert kinds(effects)[-1] is Close


def test_a_host_that_takes_samples_itself_keeps_the_session_alive() -> None:
    session = streaming()
    session.heard = NOW + 60 * SECOND
    assert Close not in kinds(session.tick(NOW + 100 * SECOND))


def test_garbage_is_refused_and_then_closed() -> None:
    session = streaming()
    for _ in range(limits.BAD_FRAMES_MAX - 1):
        effects = session.received(b"garbage!", NOW)
        assert [reply.code for reply in replies(effects)] == [Code.MALFORMED]
        assert counted(effects) == ["version"]
    effects = session.received(b"", NOW)
    assert [reply.code for reply in replies(effects)] == [Code.MALFORMED, Code.GARBAGE]
    assert counted(effects) == ["short", "garbage"]
    assert kinds(effects)[-1] is Close


def test_the_host_closes() -> None:
    session = streaming()
    effects = session.refuse(Code.SUPERSEDED, "a newer connection has the stream")
    assert [reply.code for reply in replies(effects)] == [Code.SUPERSEDED]
    assert kinds(effects)[-1] is Close
    assert session.refuse(Code.BUSY) == session.goodbye() == session.credit(5) == session.ack([(0, 1)]) == []
    assert kinds(streaming().goodbye()) == [Send, Close]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([frames.encode(frame) for frame in FRAMES.values()]), st.binary(max_size=60)
        ),
        max_size=12,
    ),
    st.sampled_from(list(IN_STATE)),
)
def test_nothing_makes_it_raise(messages: list[bytes], state: str) -> None:
    session = IN_STATE[state]()
    closed = False
    for step, message in enumerate(messages):
        effects = session.received(message, NOW + step * SECOND) + session.tick(NOW + step * SECOND)
        assert not closed or effects == []
        closed = closed or Close in kinds(effects)
        assert closed == (session.state == State.CLOSED)


def test_a_session_is_small() -> None:
    def make() -> CenterSession:
        session = welcomed(known(ledger=ledger))
        session.received(frames.encode(LAYOUT), NOW)
        return session

    ledger = Ledger()
    make()
    tracemalloc.start()
    kept = [make() for _ in range(200)]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size / len(kept) < 2048
