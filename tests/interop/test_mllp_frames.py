"""MLLP's frames, however the bytes are cut, broken off or strewn with others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.interop.mllp import HEAD_MAX, Block, Unframer, framed

MESSAGE = st.binary(max_size=300).map(lambda raw: raw.replace(b"\x0b", b"").replace(b"\x1c", b""))


@given(st.lists(MESSAGE, max_size=6), st.data())
def test_messages_come_out_as_they_went_in(sent: list[bytes], data: st.DataObject) -> None:
    line = b"".join(framed(one) for one in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(line)), max_size=8)))
    unframer, found = Unframer(1000), list[Block]()
    for start, stop in zip([0, *cuts], [*cuts, len(line)], strict=True):
        found += unframer.feed(line[start:stop])
    assert [one.content for one in found] == sent
    assert all(one.whole for one in found)
    assert (unframer.stray, unframer.broken, unframer.open) == (0, 0, False)


@given(st.binary(max_size=600))
def test_whatever_comes_the_next_frame_is_found(noise: bytes) -> None:
    unframer = Unframer(1000)
    unframer.feed(noise)
    assert unframer.feed(framed(b"MSH|x"))[-1] == Block(b"MSH|x")


def test_what_is_strewn_between_and_broken_off_is_counted() -> None:
    unframer = Unframer(1000)
    assert unframer.feed(b"GET / HTTP/1.1\r\n\r\n") == []
    assert unframer.stray == 14
    assert unframer.feed(b"\x0bMSH|lost") == []
    assert unframer.open
    assert unframer.feed(framed(b"MSH|kept")) == [Block(b"MSH|kept")]
    assert unframer.broken == 1


def test_a_frame_may_end_without_cr() -> None:
    assert Unframer(10).feed(b"\x0ba\x1c\x0bb\x1c\r") == [Block(b"a"), Block(b"b")]


def test_of_a_message_that_is_too_large_the_head_is_kept_and_the_next_is_whole() -> None:
    unframer = Unframer(10_000)
    found = []
    for _ in range(100):
        found += unframer.feed((b"\x0b" if not unframer.open else b"") + 1000 * b"x")
    assert found == []
    assert unframer.feed(b"\x1c\r" + framed(b"next")) == [Block(HEAD_MAX * b"x", False), Block(b"next")]


def test_a_message_that_holds_a_frame_is_not_framed() -> None:
    with pytest.raises(ValueError, match="bytes of a frame"):
        framed(b"a\x1cb")
