"""Documents of people and orders (certificates, scanned papers, messages), by SHA-256 (R16, R29, R36)."""

from __future__ import annotations

import hashlib
import re
import threading
from typing import Final

from einthoven.base.errors import InputError, NotFoundError, StoreDamagedError, StoreFullError
from einthoven.edges.store.disk import Disk

FOLDER: Final = "documents"
MAX_BYTES: Final = 10 << 20
"""A scanned certificate of some pages."""
RESERVE: Final = 512 << 20
"""Room that documents leave: ECG is stored down to half of it, and goes before paper."""
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
KINDS: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
"""How a file that is taken begins, and what it is; its name says nothing."""
HL7: Final = "x-application/hl7-v2+er7"
FHIR: Final = "application/fhir+json"
MESSAGES: Final = {b"MSH": HL7, b"{": FHIR}
"""How a message begins that an order came in, and what it is. Nobody uploads one."""


def type_of(content: bytes) -> str | None:
    """Media type of a document by its content, None where it is none that is taken."""
    return next((kind for start, kind in KINDS.items() if content.startswith(start)), None)


def message_type(content: bytes) -> str | None:
    """Media type of a message, None where it is none."""
    told = content.lstrip()
    return next((kind for start, kind in MESSAGES.items() if told.startswith(start)), None)


def checked(content: bytes, what: str) -> str:
    """The digest of a document that may be kept.

    Args:
        what: it is, for the error.

    Raises:
        InputError: too large, or no PDF, PNG or JPEG.
    """
    if len(content) > MAX_BYTES:
        raise InputError(f"{what}: larger than {MAX_BYTES >> 20} MB")
    if type_of(content) is None:
        raise InputError(f"{what}: is no PDF, PNG or JPEG")
    return hashlib.sha256(content).hexdigest()


class Documents:
    """The documents of a data folder. What a deed names is never taken away."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._putting = threading.Lock()

    @property
    def most(self) -> int:
        """Bytes of the largest that is taken."""
        return MAX_BYTES

    def has(self, digest: str) -> bool:
        """Whether a document is on file."""
        return DIGEST.fullmatch(digest) is not None and self._disk.size(f"{FOLDER}/{digest}") is not None

    def put(self, content: bytes, what: str) -> str:
        """Keep a document, durable on return; its digest.

        Raises:
            InputError: as ``checked``.
            StoreFullError: the disk has no room beside what ECG needs.
            OSError: it could not be written.
        """
        digest = checked(content, what)
        with self._putting:  # the same one put twice at once is written once
            self._put(digest, content, what)
        return digest

    def put_message(self, content: bytes) -> str:
        """Keep a message of another system as it came, durable on return; its digest.

        Raises:
            InputError: it is too large, or neither HL7 v2 nor JSON.
            StoreFullError, OSError: as ``put``.
        """
        if len(content) > MAX_BYTES or message_type(content) is None:
            raise InputError("message: is neither HL7 v2 nor JSON, or too large")
        digest = hashlib.sha256(content).hexdigest()
        with self._putting:
            self._put(digest, content, "message")
        return digest

    def _put(self, digest: str, content: bytes, what: str) -> None:
        if not self.has(digest):
            if self._disk.free() < RESERVE:
                raise StoreFullError(f"{what}: the disk has less than {RESERVE >> 20} MB free")
            self._disk.make_directory(FOLDER)
            self._disk.replace(f"{FOLDER}/{digest}", content)

    def take_away(self, digest: str) -> None:
        """Remove one that no deed names: the change it was brought for was refused."""
        self._disk.unlink(f"{FOLDER}/{digest}")

    def read(self, digest: str) -> tuple[bytes, str]:
        """A document and its media type.

        Raises:
            NotFoundError: there is none.
            StoreDamagedError: its bytes are not what they were.
        """
        if not self.has(digest):
            raise NotFoundError(f"there is no document {digest[:64]!r}")
        content = self._disk.read(f"{FOLDER}/{digest}")
        kind = type_of(content) or message_type(content)
        if kind is None or hashlib.sha256(content).hexdigest() != digest:
            raise StoreDamagedError(f"{FOLDER}/{digest}: is not what was put there")
        return content, kind

    def faults(self) -> list[tuple[str, str]]:
        """(path, what is wrong) of each file that is not what its name says."""
        found = []
        for name in self._disk.list(FOLDER):
            path = f"{FOLDER}/{name}"
            if DIGEST.fullmatch(name) is None:
                continue  # left half-written by a crash, or not ours
            if hashlib.sha256(self._disk.read(path)).hexdigest() != name:
                found.append((path, "is not what was put there: its SHA-256 is not its name"))
        return found
