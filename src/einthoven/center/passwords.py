"""Passwords: argon2id with the parameters of RFC 9106, and what a password must be like (NIST SP 800-63B).

Randomness is an argument. Comparing takes some 50 ms and 64 MiB on purpose: never on the event loop.
"""

from __future__ import annotations

import base64
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from einthoven.base.errors import InputError

SALT_BYTES: Final = 16
LEAST: Final = 12
"""Characters; with a time code beside it, length is what counts, and no rules of composition."""
MOST_BYTES: Final = 1024
TEMPORARY_BYTES: Final = 10
COMMON: Final = frozenset(
    (
        "password1234",
        "passwordpassword",
        "123456789012",
        "1234567890123",
        "12345678901234",
        "qwertyuiop12",
        "qwertyuiopas",
        "qwertyuiopasdf",
        "abcdefghijkl",
        "letmeinletmein",
        "administrator",
        "administrator1",
        "changemechangeme",
        "welcomewelcome",
        "einthoven1905",
        "einthoveneinthoven",
    )
)


class Passwords:
    """Makes and compares hashes.

    Args:
        hasher: another cost than the default (RFC 9106, low memory: 3 passes over 64 MiB).
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hashed(self, password: str, salt: bytes) -> str:
        """The encoded hash of a password, with ``SALT_BYTES`` random bytes."""
        return self._hasher.hash(_plain(password), salt=salt)

    def matches(self, encoded: str, password: str) -> bool:
        """Whether this is the password; False too where the hash is not readable."""
        if len(password) > MOST_BYTES:
            return False
        try:
            return self._hasher.verify(encoded, _plain(password))
        except (VerificationError, InvalidHashError):
            return False

    def aged(self, encoded: str) -> bool:
        """Whether it was made with other parameters than today's and should be made anew."""
        return self._hasher.check_needs_rehash(encoded)


def temporary(random: bytes) -> str:
    """A password to hand over by telephone: 80 bits as four groups of four letters and figures."""
    text = base64.b32encode(random[:TEMPORARY_BYTES]).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def check(password: str, *known: str) -> None:
    """Refuse a password that is easily guessed.

    Args:
        known: what a guesser tries first: login, name.

    Raises:
        InputError: says why it is not taken.
    """
    plain = unicodedata.normalize("NFKC", password)
    if len(plain) < LEAST:
        raise InputError(f"password: {len(plain)} characters, at least {LEAST} are needed")
    if len(password) > MOST_BYTES or len(_plain(password)) > MOST_BYTES:
        raise InputError(f"password: longer than {MOST_BYTES} bytes")
    folded = plain.casefold()
    if len(set(folded)) < 5:
        raise InputError("password: fewer than five different characters")
    if folded in COMMON:
        raise InputError("password: one of those that are tried first")
    for word in known:
        if len(word) >= 4 and word.casefold() in folded and len(folded) - len(word) < LEAST - 4:
            raise InputError("password: hardly more than the login or the name")


def _plain(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
