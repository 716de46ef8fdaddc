"""A message between two centers: canonical JSON, signed with the sender's key (decision 0008, R15, R42).

The signature (Ed25519, RFC 8032) is over ``DOMAIN`` and the message without ``signature``, as JSON with
sorted keys, no blanks and no escapes above ASCII, in UTF-8. A message has ``version``, ``kind`` (``turn`` or
``answer``), ``sender`` and ``recipient`` (public keys), ``number``, ``at`` (ns, by the sender's clock),
``life`` (names this run of the sender), ``to_life`` (the run of the recipient it is meant for, ``""`` where
none is known), ``answers`` (of an answer: the number it answers, else 0) and ``body``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import MINUTE, Duration, Instant

DOMAIN: Final = b"einthoven peer 1\0"
"""Begins everything that is signed, so that the key's signatures mean nothing elsewhere."""
VERSION: Final = 1
TURN: Final = "turn"
ANSWER: Final = "answer"
MESSAGE_MAX: Final = 1 << 20
"""Bytes of a message: 200 patients with all that is told of each."""
APART_MAX: Duration = MINUTE
"""How far two centers' clocks may be apart, and how old a message may be."""


@dataclass(frozen=True, slots=True)
class Message:
    """One of them, as the module says."""

    kind: str
    sender: str
    recipient: str
    number: int
    at: Instant
    life: str
    to_life: str = ""
    answers: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    version: int = VERSION


_KINDS: Final = {
    "kind": str,
    "sender": str,
    "recipient": str,
    "number": int,
    "at": int,
    "life": str,
    "to_life": str,
    "answers": int,
    "body": dict,
    "version": int,
}


def canonical(value: object) -> bytes:
    """The one way to write a JSON value.

    Raises:
        InputError: it has a number that JSON cannot hold, or a text that UTF-8 cannot.
    """
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode()
    except (ValueError, TypeError, UnicodeEncodeError, RecursionError) as error:
        raise InputError(f"not to be written as JSON: {error}") from error


def public_key(seed: bytes) -> str:
    """The public key of a seed of 32 bytes, 64 hexadecimal digits."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def seal(message: Message, seed: bytes) -> bytes:
    """A message with its signature, as it is sent."""
    fields = asdict(message)
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(DOMAIN + canonical(fields))
    return canonical(fields | {"signature": signature.hex()})


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message as it came: read, and not yet believed."""

    message: Message
    signature: bytes

    def check(self) -> Message:
        """The message, signed by the key that it names.

        Raises:
            RefusedError: ``forged``.
        """
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.message.sender))
            key.verify(self.signature, DOMAIN + canonical(asdict(self.message)))
        except (InvalidSignature, ValueError, InputError) as error:
            raise RefusedError("forged", "the signature is not the sender's") from error
        return self.message


def read(raw: bytes) -> Sealed:
    """What came, as a message.

    Raises:
        RefusedError: ``too_large``; ``malformed``: it is none; ``version``: of another version.
    """
    if len(raw) > MESSAGE_MAX:
        raise RefusedError("too_large", f"{len(raw)} bytes, at most {MESSAGE_MAX}")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RefusedError("malformed", "a message is JSON") from error
    if not isinstance(value, dict):
        raise RefusedError("malformed", "a message is a JSON object")
    if value.get("version") != VERSION:
        raise RefusedError("version", f"version {str(value.get('version'))[:20]} is not spoken here")
    signature = value.pop("signature", None)
    for name, kind in _KINDS.items():
        if type(value.get(name)) is not kind:
            raise RefusedError("malformed", f"{name}: missing, or of another type")
    if unknown := value.keys() - _KINDS.keys():
        raise RefusedError("malformed", f"{min(unknown)[:40]!r} is no field of a message")
    try:
        return Sealed(Message(**value), bytes.fromhex(signature))
    except (TypeError, ValueError) as error:
        raise RefusedError("malformed", "signature: want hexadecimal digits") from error


def fresh(message: Message, own: str, now: Instant, after: int) -> None:
    """Whether a message that is signed is for us, of now, and new.

    Args:
        own: our public key.
        after: the highest number that was taken from this sender.

    Raises:
        RefusedError: ``recipient``, ``clock``, ``replayed``.
    """
    if message.recipient != own:
        raise RefusedError("recipient", "meant for another center")
    if abs(message.at - now) > APART_MAX:
        apart = (message.at - now) / 1e9
        raise RefusedError("clock", f"dated {apart:+.0f} s from now: set the clocks, or it is an old message")
    if message.number <= after:
        raise RefusedError("replayed", f"number {message.number} came already, or a later one did")
