"""Proof of identity: Ed25519 (RFC 8032) over a challenge, bound to the center's certificate (R5, R42).

The center sends 32 fresh random bytes; the transmitter signs them together with the fingerprint of the
certificate it saw and every field of its HELLO. A replayed HELLO carries an old nonce, a relayed one another
fingerprint, one of another stream other fields: none of them verifies. Keys and nonces are arguments.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from einthoven.base.errors import InputError
from einthoven.link.messages import Challenge, Hello

DOMAIN: Final = b"einthoven link 1 hello\0"
"""Begins every signed message, so that the key's signatures mean nothing elsewhere."""
NO_CERTIFICATE: Final = bytes(32)
"""Identity of a center reached without TLS (tests on one machine only)."""


def fingerprint(certificate_der: bytes) -> bytes:
    """The center's identity: SHA-256 of its certificate in DER form."""
    return sha256(certificate_der).digest()


def public_key(private: bytes) -> bytes:
    """The 32-byte public key of a 32-byte private key (seed).

    Raises:
        InputError: the private key has another length.
    """
    return _private(private).public_key().public_bytes_raw()


def hello_message(challenge: Challenge, hello: Hello) -> bytes:
    """What is signed: domain, challenge nonce, center identity, then HELLO without its signature."""
    transmitter, firmware = hello.transmitter.encode(), hello.firmware.encode()
    return b"".join(
        (
            DOMAIN,
            challenge.nonce,
            challenge.identity,
            hello.stream.to_bytes(4, "little"),
            bytes((hello.protocol,)),
            hello.nonce,
            bytes((len(transmitter),)),
            transmitter,
            bytes((len(firmware),)),
            firmware,
        )
    )


def signed_hello(
    private: bytes, challenge: Challenge, stream: int, transmitter: str, nonce: bytes, firmware: str = ""
) -> Hello:
    """A HELLO with its proof; ``nonce`` is 32 fresh random bytes of the transmitter."""
    blank = Hello(stream, transmitter, nonce, bytes(64), firmware)
    signature = _private(private).sign(hello_message(challenge, blank))
    return Hello(stream, transmitter, nonce, signature, firmware)


def proves(public: bytes, challenge: Challenge, hello: Hello) -> bool:
    """Whether ``hello`` was signed for exactly this challenge with the key that ``public`` belongs to."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(hello.signature, hello_message(challenge, hello))
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(private: bytes) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(private)
    except ValueError:
        raise InputError(f"a private key has 32 bytes, not {len(private)}") from None
