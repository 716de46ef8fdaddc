"""The chain of the audit: its encoding as written down, and heads as text."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.chain import GENESIS, Head, link
from einthoven.base.errors import InputError

LINE = st.tuples(
    st.binary(min_size=32, max_size=32),
    *[st.integers(-(2**63), 2**63 - 1)] * 3,
    st.tuples(*[st.binary(max_size=12)] * 4),
)


def test_a_line_is_encoded_as_the_documents_say() -> None:
    """The recipe of docs/store.md, step by step."""
    texts = (b"staff 3", b"case.taken", b"case 5", '{"ä":1}'.encode())
    whole = hashlib.sha256(b"einthoven audit chain 1").digest()
    for number in (1, -5, 7):
        whole += struct.pack("<q", number)
    for text in texts:
        whole += struct.pack("<I", len(text)) + text
    assert link(GENESIS, 1, -5, 7, texts) == hashlib.sha256(whole).digest()


@given(one=LINE, other=LINE)
def test_two_lines_have_one_hash_only_if_they_are_one(one: tuple, other: tuple) -> None:
    assert (link(*one) == link(*other)) == (one == other)


@given(texts=st.tuples(*[st.binary(max_size=6)] * 4), cut=st.integers(0, 3))
def test_nothing_moves_from_one_text_into_the_next(texts: tuple[bytes, ...], cut: int) -> None:
    joined = b"".join(texts)
    other = (joined[:cut], joined[cut:], b"", b"")
    assert (link(GENESIS, 1, 1, 1, other) == link(GENESIS, 1, 1, 1, texts)) == (other == texts)


@given(seq=st.integers(0, 10**18 - 1), digest=st.binary(min_size=32, max_size=32))
def test_a_head_comes_back_as_it_was_written(seq: int, digest: bytes) -> None:
    assert Head.parse(f" {Head(seq, digest)}\n") == Head(seq, digest)


ZEROS = "0" * 64
NO_HEADS = [
    "",
    "5",
    "5:",
    f":{ZEROS}",
    f"5:{ZEROS[1:]}",
    f"5:{ZEROS}0",
    f"-1:{ZEROS}",
    f"5:g{ZEROS[1:]}",
    f"٣:{ZEROS}",
]


@pytest.mark.parametrize("text", NO_HEADS)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a head of the audit"):
        Head.parse(text)
