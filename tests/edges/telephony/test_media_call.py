"""A stream as a call, frame by frame, without a network: any frames in any order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.edges.telephony import media_wire as wire
from tests.edges.telephony.board import Board

from einthoven.edges.telephony.media_call import CALL_MOST, EARLY_MOST, MediaCall, OpenStreams
from einthoven.edges.telephony.media_lines import MediaLine


class Wire:
    """A connection that writes down how it was closed."""

    def __init__(self) -> None:
        self.closed: list[tuple[int, str]] = []
        self.texts: list[str] = []

    def send_text(self, text: str) -> bool:
        self.texts.append(text)
        return True

    def close(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))


def a_call(board: Board, streams: OpenStreams | None = None) -> tuple[MediaCall, Wire]:
    below = Wire()
    return MediaCall(below, MediaLine("line"), board, streams or OpenStreams()), below


UNCOUNTED = wire.media(None, b"\x01" * 40)
PARTS = [place.to_bytes(2, "big") * 80 for place in range(1, 60)]
GOOD = [wire.connected(), wire.start(caller="+1555"), wire.dtmf("7"), wire.mark(), wire.snake_start()]
NONE = ["", "{", "[]", '{"event": 7}', '{"event": "media"}', wire.start(rate=44_100), '{"event": "dtmf"}']
TEXTS = st.one_of(
    st.sampled_from(GOOD),
    st.sampled_from(wire.frames(PARTS)),
    st.sampled_from(NONE),
    st.sampled_from([UNCOUNTED, wire.media(10**9, b"\x02" * 40), wire.stop()]),
    st.text(max_size=10),
    st.binary(max_size=10),
)


@settings(max_examples=300)
@given(st.lists(TEXTS, max_size=120))
def test_any_frames_in_any_order_make_one_call_that_ends_once(texts: list[str | bytes]) -> None:
    """The board sees to it that nothing is told of a call that ended."""
    board, streams = Board(), OpenStreams()
    call, below = a_call(board, streams)
    for text in texts:
        call.received(text)
    call.lost()
    call.lost()
    call.received(wire.start())
    assert len(below.closed) == 1
    assert len(board.calls) <= 1
    assert streams.calls == {}
    for heard in board.calls.values():
        assert heard.why == below.closed[0][1]
        sounds = [part for part in heard.parts if isinstance(part, bytes)]
        assert all(len(part) in (40, 160) for part in sounds)
        # Numbers that leap far begin anew, and then what came before may come again; a stream that begins
        # without numbers is taken as one that does not count.
        if UNCOUNTED not in texts and not any("1000000000" in str(text) for text in texts):
            told = [part for part in sounds if len(part) == 160]
            assert len(set(told)) == len(told)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(NONE[:5]), max_size=40), st.data())
def test_faults_between_good_frames_take_nothing_of_them(faults: list[str], data: st.DataObject) -> None:
    texts = [wire.start(), *wire.frames(PARTS)]
    for fault in faults:
        texts.insert(data.draw(st.integers(0, len(texts))), fault)
    board = Board()
    call, _ = a_call(board)
    for text in [*texts, wire.stop()]:
        call.received(text)
    assert board.only.parts == PARTS
    assert call.counts["faults"] == len(faults)


def test_sound_that_comes_before_the_start_is_not_lost() -> None:
    board = Board()
    call, _ = a_call(board)
    for text in [
        *wire.frames(PARTS)[:40],
        wire.dtmf("3"),
        wire.start(),
        *wire.frames(PARTS)[40:],
        wire.stop(),
    ]:
        call.received(text)
    assert (board.only.parts, board.only.keys) == (PARTS, "3")


def test_a_stream_that_never_starts_is_refused() -> None:
    board = Board()
    call, below = a_call(board)
    for text in [wire.media(1, b"\x01")] * (2 * EARLY_MOST):
        call.received(text)
    assert below.closed == [(1008, "start: is missing")]
    assert not board.calls


@pytest.mark.parametrize("seconds", [2.0])
def test_a_call_that_was_forgotten_ends(seconds: float) -> None:
    board = Board()
    call, below = a_call(board)
    call.received(wire.start())
    payload, chunk = b"\xff" * round(8000 * seconds), 0
    while not call.over:
        chunk += 1
        call.received(wire.media(chunk, payload, 1000 * seconds * (chunk - 1)))
    assert below.closed == [(1008, "it lasted longer than four hours")]
    assert CALL_MOST < board.only.samples <= CALL_MOST + len(payload)


def test_where_frames_of_all_kinds_are_counted_together_a_key_is_no_loss() -> None:
    """No chunk: the frames' own numbers tell order and loss."""
    board = Board()
    call, _ = a_call(board)
    call.received(wire.start())
    numbers = iter(range(2, 100))
    for part in PARTS[:10]:
        call.received(wire.media(None, part, sequenceNumber=next(numbers)))
    call.received(wire.dtmf("5").replace('"sequenceNumber": "5"', f'"sequenceNumber": "{next(numbers)}"'))
    for part in PARTS[10:20]:
        call.received(wire.media(None, part, sequenceNumber=next(numbers)))
    call.received(wire.stop())
    assert (board.only.parts, board.only.keys) == (PARTS[:20], "5")
