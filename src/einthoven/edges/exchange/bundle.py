"""An archive with a signed list of what is in it, written, and checked by anybody (R37).

The last two files are the list and its signature: ``manifest.json`` holds the SHA-256 and length of every
other file; ``manifest.sig`` the Ed25519 signature (RFC 8032) of the center over the list.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from einthoven.base.errors import InputError, NotFoundError
from einthoven.interop.zip_store import Entry, directory, entries_of, local_header

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
FORMAT: Final = "einthoven dossier 1"
SIGNED: Final = b"einthoven dossier 1\n"
"""What stands before the list where it is signed, so that the signature means nothing else."""
PIECE: Final = 1 << 20
MANIFEST_MAX: Final = 64 << 20
Tell = Callable[[int, int], None]


def public_of(seed: bytes) -> bytes:
    """The public key, 32 bytes, of an Ed25519 seed."""
    return (
        Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    )


def key_id(public: bytes) -> str:
    """By what people tell keys apart: the first 16 hexadecimal digits of the key's SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


@dataclass
class Bundle:
    """An archive that is being written.

    Args:
        out: where to; it is at its beginning.

    Attributes:
        files: name → (SHA-256 in hexadecimal, bytes), in the order in which they came.
    """

    out: BinaryIO
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    _entries: list[Entry] = field(default_factory=list)
    _at: int = 0

    def add(self, name: str, content: bytes) -> None:
        """Put a file behind the others; InputError for a name that is none, or that is there."""
        if name in self.files:
            raise InputError(f"{name}: is in the archive already")
        self.files[name] = hashlib.sha256(content).hexdigest(), len(content)
        one = Entry(name, zlib.crc32(content), len(content), self._at)
        head = local_header(one)
        self.out.write(head)
        self.out.write(content)
        self._entries.append(one)
        self._at += len(head) + len(content)

    def close(self, told: Mapping[str, object], seed: bytes) -> dict[str, object]:
        """Write the list, its signature and the end; the list.

        Args:
            told: what the list says besides the files.
            seed: of the center's key.
        """
        public = public_of(seed)
        files = {
            name: {"sha256": digest, "bytes": size} for name, (digest, size) in sorted(self.files.items())
        }
        made: dict[str, object] = {
            "format": FORMAT,
            **told,
            "key": {"algorithm": "Ed25519", "public": public.hex(), "id": key_id(public)},
            "files": files,
        }
        text = (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode()
        self.add(MANIFEST, text)
        signature = Ed25519PrivateKey.from_private_bytes(seed).sign(SIGNED + text)
        self.add(SIGNATURE, (signature.hex() + "\n").encode())
        self.out.write(directory(self._entries, self._at))
        return made


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking an archive.

    Attributes:
        faults: a line each; empty where everything is as the center signed it.
        manifest: the list, None where there is none that can be read.
        signer: the public key that the list names, 64 hexadecimal digits, ``""`` where it names none.
        signed: whether the signature is that of the key that was asked for.
        files: how many there are; ``size`` bytes in all.
        kept: contents of the files that were asked for.
    """

    faults: tuple[str, ...]
    manifest: Mapping[str, Any] | None
    signer: str
    signed: bool
    files: int
    size: int
    kept: Mapping[str, bytes]

    @property
    def ok(self) -> bool:
        """Whether it is whole and signed by the key that was asked for."""
        return not self.faults and self.signed


def is_archive(path: Path) -> bool:
    """Whether a path is a file that begins like an archive."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def check(
    path: Path, public: bytes, keep: Callable[[str], bool], tell: Tell = lambda _done, _all: None
) -> Checked:
    """Check an archive against the key of the center that is said to have made it, and nothing else.

    Args:
        public: the center's key, 32 bytes, from a source that whoever sent the archive does not control.
        keep: which files' contents are wanted.
        tell: hears how many bytes were looked at.

    Raises:
        NotFoundError: there is no such file.
    """
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file")
    size, faults = path.stat().st_size, list[str]()
    seen: dict[str, tuple[str, int]] = {}
    kept: dict[str, bytes] = {}
    with path.open("rb") as file:
        try:
            for one in entries_of(file, size):
                wanted = keep(one.name) or one.name in (MANIFEST, SIGNATURE)
                digest, content, crc = _read(file, one, wanted and one.size <= MANIFEST_MAX)
                seen[one.name] = digest, one.size
                if crc != one.crc:
                    faults.append(f"{one.name}: its bytes are not those that were put in")
                if content is not None:
                    kept[one.name] = content
                tell(file.tell(), size)
        except InputError as error:
            faults.append(str(error))
    manifest, signed, why = _signed(seen, kept, public)
    faults += why
    if manifest is not None:
        faults += _differences(manifest, seen)
    key = manifest.get("key") if manifest is not None else None
    signer = str(key.get("public", "")) if isinstance(key, dict) else ""
    return Checked(tuple(faults), manifest, signer, signed, len(seen), size, kept)


def _read(file: BinaryIO, one: Entry, keep: bool) -> tuple[str, bytes | None, int]:
    digest, crc, left, parts = hashlib.sha256(), 0, one.size, list[bytes]()
    while left:
        piece = file.read(min(left, PIECE))
        if not piece:
            break
        left -= len(piece)
        digest.update(piece)
        crc = zlib.crc32(piece, crc)
        if keep:
            parts.append(piece)
    return digest.hexdigest(), b"".join(parts) if keep else None, crc


def _signed(
    seen: Mapping[str, tuple[str, int]], kept: Mapping[str, bytes], public: bytes
) -> tuple[dict[str, Any] | None, bool, list[str]]:
    """The list, whether the key signed it, and what is wrong with either."""
    text, mark = kept.get(MANIFEST), kept.get(SIGNATURE)
    if text is None or mark is None:
        lacking = [name for name in (MANIFEST, SIGNATURE) if name not in seen]
        return None, False, [f"{name}: is missing" for name in lacking] or ["the list is too long to be one"]
    faults: list[str] = []
    try:
        signature = bytes.fromhex(mark.decode("ascii").removesuffix("\n"))
        if (signature.hex() + "\n").encode() != mark:
            raise ValueError("not as it is written")
        Ed25519PublicKey.from_public_bytes(public).verify(signature, SIGNED + text)
        signed = True
    except (InvalidSignature, ValueError):
        signed = False
        faults.append(f"{SIGNATURE}: is not the signature of the key that was given")
    try:
        manifest = json.loads(text)
    except ValueError:
        return None, signed, [*faults, f"{MANIFEST}: is no list"]
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return None, signed, [*faults, f"{MANIFEST}: is no list of the form {FORMAT!r}"]
    return manifest, signed, faults


def _differences(manifest: Mapping[str, Any], seen: Mapping[str, tuple[str, int]]) -> list[str]:
    listed = manifest.get("files")
    if not isinstance(listed, dict):
        return [f"{MANIFEST}: lists no files"]
    faults = []
    for name, (digest, size) in seen.items():
        told = listed.get(name)
        if name in (MANIFEST, SIGNATURE):
            continue
        if not isinstance(told, dict):
            faults.append(f"{name}: is not on the list")
        elif told != {"sha256": digest, "bytes": size}:
            faults.append(f"{name}: is not what was signed: its SHA-256 or length differs")
    faults += [f"{name}: is on the list and not in the archive" for name in listed if name not in seen]
    return faults
