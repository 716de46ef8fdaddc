"""DICOM objects and PDFs to an archive by C-STORE (PS3.4 B, PS3.7 9.1.1), which answers for each (R41)."""

from __future__ import annotations

import re
import socket
import ssl
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import UID, ImplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.status import STORAGE_SERVICE_CLASS_STATUS, code_to_category

from einthoven.base.errors import InputError, RefusedError
from einthoven.interop.dicom import SHARED, encode, pdf_beside

Outcome = Literal["stored", "warning", "refused", "unknown"]
CONTEXTS_MAX: Final = 128
"""Presentation contexts of one association (PS3.8 9.3.2.2)."""
_PEER: Final = re.compile(r"(?P<title>[^@]+)@(?P<host>\[[^\]]+\]|[^:@]+):(?P<port>\d{1,5})")
_BROKEN: Final = (
    AttributeError, ValueError, KeyError, TypeError, NotImplementedError, EOFError, struct.error,
    BytesLengthException, RecursionError,
)  # fmt: skip
"""What reading or encoding a damaged object raises in pydicom."""
_UNCOMPRESSED: Final = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}


@dataclass(frozen=True, slots=True)
class Archive:
    """Whom to send to.

    Attributes:
        title: its application entity title, 1–16 characters.
        host: name or address.
        port: TCP port.
    """

    title: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.title}@{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one file.

    Attributes:
        path: the file.
        outcome: ``stored``; ``warning``: stored, but the archive says something; ``refused``: not stored;
            ``unknown``: sent, and no answer came.
        why: the archive's words, ``""`` where it was stored.
    """

    path: Path
    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Object:
    path: Path
    sop_class: UID
    syntax: UID
    data: Dataset | None = None


def parse_archive(text: str) -> Archive:
    """An archive written ``AET@host:port``, ``ARCHIVE@pacs.example:104``, ``A@[::1]:104``.

    Raises:
        InputError: it is not so written, or a part is out of range.
    """
    match = _PEER.fullmatch(text.strip())
    if match is None:
        raise InputError(f"not an archive (want AET@host:port, e.g. ARCHIVE@pacs.example:104): {text!r}")
    return Archive(title(match["title"]), match["host"].strip("[]"), _port(match["port"], text))


def title(text: str) -> str:
    """An application entity title: 1–16 characters of ASCII without backslash and controls (PS3.5 6.2).

    Raises:
        InputError: it is none.
    """
    name = text.strip()
    if not 1 <= len(name) <= 16 or not name.isascii() or not name.isprintable() or "\\" in name:
        raise InputError(f"not an application entity title (1 to 16 ASCII characters): {text!r}")
    return name


def _port(text: str, whole: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise InputError(f"port {port} of {whole!r} is outside 1–65535")
    return port


def store(
    paths: Sequence[Path],
    archive: Archive,
    *,
    calling: str = "EINTHOVEN",
    timeout_s: float = 30.0,
    tls: ssl.SSLContext | None = None,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Sent]:
    """Send files over one association, one after another; what became of each, in order.

    Every file is looked at before the first is sent. What the archive refuses keeps nothing else back. A PDF
    goes as a document into the study of the DICOM files that are sent with it.

    Args:
        paths: DICOM files and PDFs.
        archive: to whom.
        calling: our application entity title.
        timeout_s: how long to wait for the connection and for each answer.
        tls: by which the connection is made safe; None: it is not.
        told: told (files done, files in all).

    Raises:
        InputError: a file is neither DICOM object nor PDF, a PDF's study is not clear, or there is no such
            host.
        RefusedError: the archive cannot be reached or takes no association; nothing was sent.
    """
    with _unwarned():
        objects = _objects(paths)
    association = _associate(objects, archive, title(calling), timeout_s, tls)
    results: list[Sent] = []
    try:
        for item in objects:
            with _unwarned():
                results.append(_send(association, item))
            told(len(results), len(objects))
    finally:
        if association.is_established:
            association.release()
        else:
            association.abort()
    return results


def _objects(paths: Sequence[Path]) -> list[_Object]:
    documents = [path for path in paths if _is_pdf(path)]
    objects = {path: _look(path) for path in paths if path not in documents}
    studies: dict[str, Dataset] = {}
    for path in list(objects) if documents else []:
        data = dcmread(path, specific_tags=list(SHARED))
        studies.setdefault(str(data.get("StudyInstanceUID", "")), data)
    for path in documents:
        if len(studies) != 1:
            why = "none is" if not studies else f"they are of {len(studies)} studies"
            raise InputError(f"{path}: a PDF goes into the study of the DICOM files sent with it, and {why}")
        document = pdf_beside(next(iter(studies.values())), path.read_bytes(), path.stem)
        data = dcmread(BytesIO(encode(document)))
        objects[path] = _Object(path, UID(data.SOPClassUID), UID(data.file_meta.TransferSyntaxUID), data)
    return [objects[path] for path in paths]


def _is_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(5) == b"%PDF-"
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'cannot be read'}") from error


def _look(path: Path) -> _Object:
    try:
        data = dcmread(path, specific_tags=["SOPClassUID", "SOPInstanceUID"])
        found = _Object(path, UID(data.SOPClassUID), UID(data.file_meta.TransferSyntaxUID))
        if not (found.sop_class.is_valid and found.syntax.is_valid and UID(data.SOPInstanceUID).is_valid):
            raise InputError(f"{path}: not a DICOM object that can be sent: its identifiers are none")
        return found
    except InvalidDicomError as error:
        raise InputError(f"{path}: not a DICOM file") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'cannot be read'}") from error
    except AttributeError as error:
        raise InputError(f"{path}: not a DICOM object that can be sent: it has no identifiers") from error
    except _BROKEN as error:
        raise InputError(f"{path}: not a DICOM object that can be sent: {str(error)[:100]}") from error


@contextmanager
def _unwarned() -> Iterator[None]:
    """pydicom warns of values when they are looked at, and shows them: the archive judges what is odd."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _associate(
    objects: Sequence[_Object], archive: Archive, calling: str, timeout_s: float, tls: ssl.SSLContext | None
) -> Association:
    entity = AE(ae_title=calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = timeout_s
    entity.connection_timeout = timeout_s
    wanted = dict.fromkeys((item.sop_class, item.syntax) for item in objects)
    if len(wanted) > CONTEXTS_MAX:
        raise InputError(f"{len(wanted)} kinds of objects: one association has {CONTEXTS_MAX} at the most")
    for sop_class, syntax in wanted:
        convertible = syntax in _UNCOMPRESSED and syntax != ImplicitVRLittleEndian
        entity.add_requested_context(sop_class, [syntax, ImplicitVRLittleEndian] if convertible else [syntax])
    found = _found(archive)
    association = entity.associate(
        found, archive.port, ae_title=archive.title, tls_args=None if tls is None else (tls, archive.host)
    )
    if association.is_established:
        return association
    raise RefusedError(_why(association, archive, found, timeout_s, tls))


def _found(archive: Archive) -> str:
    """The archive's address; InputError where its name has none."""
    try:
        places = socket.getaddrinfo(archive.host, archive.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise InputError(f"{archive}: there is no such host") from error
    return str(places[0][4][0])


def _why(
    association: Association, archive: Archive, address: str, timeout_s: float, tls: ssl.SSLContext | None
) -> str:
    """Why no association came about, in one line."""
    if association.is_rejected:
        answer = association.acceptor.primitive
        words = "" if answer is None else f": {answer.reason_str} ({answer.result_str.lower()})"
        return f"{archive} rejected the association{words}"
    try:
        socket.create_connection((address, archive.port), timeout_s).close()
    except OSError as error:
        return f"{archive} cannot be reached: {error.strerror or 'no answer'}"
    if tls is not None:
        return f"{archive} answers, but not by TLS, or with a certificate that is not trusted"
    if association.is_aborted and association.acceptor.primitive is not None:
        return f"{archive} takes none of these objects"
    return f"{archive} answers, but takes no association: it closed the connection, or kept silent"


def _send(association: Association, item: _Object) -> Sent:
    if not association.is_established:
        return Sent(item.path, "refused", "not sent: the archive ended the association")
    if item.sop_class not in {one.abstract_syntax for one in association.accepted_contexts}:
        return Sent(item.path, "refused", f"the archive takes no {item.sop_class.name}")
    try:
        answer = association.send_c_store(item.data if item.data is not None else dcmread(item.path))
    except (RuntimeError, OSError, *_BROKEN) as error:
        return Sent(item.path, "refused", f"cannot be sent: {error}")
    if "Status" not in answer:
        association.abort()
        return Sent(item.path, "unknown", "no answer: the archive went away or kept silent")
    status = int(answer.Status)
    _, words = STORAGE_SERVICE_CLASS_STATUS.get(status, ("", ""))
    comment = str(answer.get("ErrorComment", "") or "")
    why = ": ".join(part for part in (f"{words} (0x{status:04X})".strip(), comment) if part)
    category = code_to_category(status)
    if category == "Success":
        return Sent(item.path, "stored")
    return Sent(item.path, "warning" if category == "Warning" else "refused", why)
