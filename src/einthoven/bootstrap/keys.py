"""Key files of transmitters: made at enrollment, one a transmitter and service period."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from einthoven.base.errors import InputError
from einthoven.base.ids import parse_stream

KEY_FORMAT = 1


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a transmitter needs to prove itself to its center.

    Attributes:
        transmitter: identifier on its label.
        stream: the stream of this service period (``s000017``).
        private_key: Ed25519 seed, 64 hex digits.
        link: URL of the link, ``wss://…/link``.
        certificate: the center's certificate, PEM; nothing else is trusted.
        rate_hz, leads: as enrolled.
    """

    transmitter: str
    stream: str
    private_key: str
    link: str
    certificate: str
    rate_hz: float
    leads: tuple[str, ...]

    @property
    def number(self) -> int:
        """The stream's number."""
        return parse_stream(self.stream)

    @property
    def secret(self) -> bytes:
        """The Ed25519 seed, 32 bytes."""
        return bytes.fromhex(self.private_key)


def new_key() -> tuple[bytes, bytes]:
    """A new Ed25519 pair: (seed, public key), 32 bytes each."""
    key = Ed25519PrivateKey.generate()
    raw = serialization.Encoding.Raw
    seed = key.private_bytes(raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    return seed, key.public_key().public_bytes(raw, serialization.PublicFormat.Raw)


def read_key(path: Path) -> KeyFile:
    """Read a key file.

    Raises:
        InputError: not a key file; says what is missing or wrong.
    """
    try:
        values = json.loads(path.read_text())
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a key file: {error}") from error
    if not isinstance(values, dict) or values.get("einthoven") != KEY_FORMAT:
        raise InputError(f'{path}: not a key file of this version (want "einthoven": {KEY_FORMAT})')
    texts = ("transmitter", "stream", "private_key", "link", "certificate")
    for name in texts:
        if not isinstance(values.get(name), str):
            raise InputError(f"{path}: {name} is missing or no text")
    try:
        key = KeyFile(
            **{name: values[name] for name in texts},
            rate_hz=float(values["rate_hz"]),
            leads=tuple(str(name) for name in values["leads"]),
        )
        if len(key.secret) != 32:
            raise ValueError("private_key is not 32 bytes")
        parse_stream(key.stream)
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise InputError(f"{path}: not a whole key file: {error}") from error
    return key


def check_writable(path: Path, transmitter: str) -> None:
    """Refuse to write over the key of another transmitter, or over something that is no key file.

    Raises:
        InputError: the file is there and is not a key file of ``transmitter``.
    """
    if not path.exists():
        if not path.parent.is_dir():
            raise InputError(f"{path.parent}: no such folder")
        return
    other = read_key(path).transmitter
    if other != transmitter:
        raise InputError(f"{path}: holds the key of transmitter {other}; it is not written over")


def reserve_key(path: Path) -> Path:
    """Make the file that ``write_key`` renames, so that what cannot be written is known beforehand.

    Returns:
        The file, empty, mode 0600; gone once the key is written, otherwise the caller's to remove.
    """
    partial = path.with_name(path.name + ".part")
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    return partial


def write_key(path: Path, key: KeyFile) -> None:
    """Write a key file, mode 0600, whole or not at all."""
    text = json.dumps({"einthoven": KEY_FORMAT} | asdict(key), indent=1, ensure_ascii=False) + "\n"
    partial = reserve_key(path)
    with partial.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
