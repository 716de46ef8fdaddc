"""Who may say hello: one key, one stream, one challenge, one center."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.link import identity
from einthoven.link.frames import Challenge, Hello

PRIVATE = bytes(range(32))
PUBLIC = identity.public_key(PRIVATE)
CHALLENGE = Challenge(b"n" * 32, 1, b"c" * 32)
HELLO = identity.signed_hello(PRIVATE, CHALLENGE, 17, "T-100", b"t" * 32, "fw 1.0")

FOREIGN = [
    ("another key", identity.public_key(b"x" * 32), CHALLENGE, HELLO),
    ("an old nonce", PUBLIC, replace(CHALLENGE, nonce=b"m" * 32), HELLO),
    ("another center", PUBLIC, replace(CHALLENGE, identity=b"d" * 32), HELLO),
    ("another stream", PUBLIC, CHALLENGE, replace(HELLO, stream=18)),
    ("another name", PUBLIC, CHALLENGE, replace(HELLO, transmitter="T-101")),
    ("another own nonce", PUBLIC, CHALLENGE, replace(HELLO, nonce=b"u" * 32)),
    ("another firmware", PUBLIC, CHALLENGE, replace(HELLO, firmware="fw 1.1")),
    ("fields moved", PUBLIC, CHALLENGE, replace(HELLO, transmitter="T-100fw 1.0", firmware="")),
    ("no signature", PUBLIC, CHALLENGE, replace(HELLO, signature=bytes(64))),
    ("no key", b"", CHALLENGE, HELLO),
]


@pytest.mark.parametrize(("what", "public", "challenge", "hello"), FOREIGN, ids=[row[0] for row in FOREIGN])
def test_refused(what: str, public: bytes, challenge: Challenge, hello: Hello) -> None:
    assert not identity.proves(public, challenge, hello)


def test_taken() -> None:
    assert identity.proves(PUBLIC, CHALLENGE, HELLO)


def test_the_time_of_the_challenge_is_not_signed() -> None:
    assert identity.proves(PUBLIC, replace(CHALLENGE, center=99), HELLO)


@given(st.integers(0, 511))
def test_no_other_signature_verifies(bit: int) -> None:
    forged = bytearray(HELLO.signature)
    forged[bit // 8] ^= 1 << (bit % 8)
    assert not identity.proves(PUBLIC, CHALLENGE, replace(HELLO, signature=bytes(forged)))


def test_a_key_of_wrong_length_is_named() -> None:
    with pytest.raises(InputError, match="32 bytes, not 5"):
        identity.public_key(b"short")


def test_fingerprint_is_sha256() -> None:
    assert identity.fingerprint(b"abc").hex().startswith("ba7816bf8f01cfea")
