"""Documents of people: kept under the hash of what they are, whatever they are called."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from einthoven.base.errors import InputError, NotFoundError, StoreDamagedError
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.documents import MAX_BYTES, Documents, type_of

PDF = b"%PDF-1.7\n% a certificate\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Documents(RealDisk(tmp_path))


@pytest.mark.parametrize(
    ("content", "kind"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")]
)
def test_what_is_put_is_read_again(documents: Documents, content: bytes, kind: str, tmp_path: Path) -> None:
    digest = documents.put(content, "x")
    assert digest == sha256(content).hexdigest()
    assert documents.put(content, "x") == digest
    assert documents.read(digest) == (content, kind)
    assert (tmp_path / "documents" / digest).stat().st_mode & 0o777 == 0o600
    assert documents.faults() == []


@pytest.mark.parametrize("content", [b"", b"<html>", b"%PDF", b"MZ\x90", b" %PDF-1.7", b"GIF89a"])
def test_what_is_no_document_is_not_kept(documents: Documents, content: bytes, tmp_path: Path) -> None:
    assert type_of(content) is None
    with pytest.raises(InputError, match=r"card\.pdf: is no PDF, PNG or JPEG"):
        documents.put(content, "card.pdf")
    assert not (tmp_path / "documents").exists()


def test_one_byte_too_many_is_not_kept(documents: Documents) -> None:
    documents.put(PDF + bytes(MAX_BYTES - len(PDF)), "card.pdf")
    with pytest.raises(InputError, match=r"card\.pdf: larger than 10 MB"):
        documents.put(PDF + bytes(MAX_BYTES - len(PDF) + 1), "card.pdf")


@pytest.mark.parametrize("digest", ["", "../facts.sqlite", "0" * 63, "A" * 64, "0" * 64, "0" * 64 + "\n"])
def test_what_is_no_document_is_not_there(documents: Documents, digest: str) -> None:
    assert not documents.has(digest)
    with pytest.raises(NotFoundError):
        documents.read(digest)


def test_a_document_that_was_changed_is_found_and_not_served(documents: Documents, tmp_path: Path) -> None:
    digest = documents.put(PDF, "x")
    (tmp_path / "documents" / digest).write_bytes(PDF + b"1")
    (tmp_path / "documents" / "note.txt").write_text("not ours")
    with pytest.raises(StoreDamagedError, match="is not what was put there"):
        documents.read(digest)
    assert [path for path, _ in documents.faults()] == [f"documents/{digest}"]
