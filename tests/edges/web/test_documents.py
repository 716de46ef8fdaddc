"""Documents of papers over HTTP: what is taken, what is refused, what a browser is told of one."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.edges.web.signed_center import SignedCenter, call

from einthoven.base.errors import StoreFullError
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.documents import MAX_BYTES, Documents
from einthoven.edges.web.documents import AT_ONCE

PDF = b"%PDF-1.7\na card\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)


@pytest.fixture
def center(static: Path, tmp_path: Path) -> Iterator[SignedCenter]:
    center = SignedCenter(static)
    center.house.everybody()
    (tmp_path / "data").mkdir()
    center.access.documents = Documents(RealDisk(tmp_path / "data"))
    center.access.note = center.house.facts.journal.note
    yield center
    center.deps.reads.close()


def lines(center: SignedCenter) -> list[tuple[str, str, str]]:
    return center.reads("document.put", "read.document")


@pytest.mark.parametrize(
    ("content", "kind", "shown"),
    [
        (PDF, "application/pdf", 'attachment; filename="document-{}.pdf"'),
        (PNG, "image/png", 'inline; filename="document-{}.png"'),
        (JPEG, "image/jpeg", 'inline; filename="document-{}.jpg"'),
    ],
    ids=["pdf", "png", "jpeg"],
)
def test_a_document_is_kept_by_its_content_and_shown_without_any_power(
    center: SignedCenter, content: bytes, kind: str, shown: str
) -> None:
    supervisor, auditor = center.enter("supervisor"), center.enter("auditor")
    told = call(center, supervisor, "POST", "/api/documents", content=content)
    digest = hashlib.sha256(content).hexdigest()
    assert (told.status_code, told.json()) == (201, {"ok": True, "document": digest, "bytes": len(content)})
    seen = call(center, auditor, "GET", f"/api/documents/{digest}")
    assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, content, kind)
    assert seen.headers["content-disposition"] == shown.format(digest[:12])
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert seen.headers["content-security-policy"].startswith("default-src 'none'")
    assert "script-src" not in seen.headers["content-security-policy"]
    assert seen.headers["cache-control"] == "no-store"
    subject = f"document {digest}"
    expected = [
        (supervisor.held.actor, "document.put", subject),
        (auditor.held.actor, "read.document", subject),
    ]
    assert lines(center) == expected


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 400, "document: is empty"),
        (b"<html><script>alert(1)</script>", 400, "document: is no PDF, PNG or JPEG"),
        (b"PK\x03\x04" + bytes(30), 400, "document: is no PDF, PNG or JPEG"),
        (PDF + bytes(MAX_BYTES), 413, "document: larger than 10 MB"),
    ],
    ids=["empty", "page", "archive", "large"],
)
def test_what_is_none_is_refused_with_its_reason_and_leaves_nothing(
    center: SignedCenter, tmp_path: Path, content: bytes, status: int, words: str
) -> None:
    headers = {"content-type": "application/pdf"}
    answer = call(
        center, center.enter("administrator"), "POST", "/api/documents", content=content, headers=headers
    )
    assert (answer.status_code, answer.json()) == (status, {"error": words})
    assert not (tmp_path / "data" / "documents").exists()
    assert lines(center) == []


@pytest.mark.parametrize("digest", ["ab" * 32, "nothing", "..%2f..%2fkeys%2fpeer.key", "AB" * 32])
def test_a_document_that_there_is_not_is_not_found(center: SignedCenter, digest: str) -> None:
    answer = call(center, center.enter("auditor"), "GET", f"/api/documents/{digest}")
    assert answer.status_code == 404
    assert lines(center) == []


def test_a_document_whose_bytes_changed_is_not_shown(center: SignedCenter, tmp_path: Path) -> None:
    opened = center.enter("administrator")
    digest = call(center, opened, "POST", "/api/documents", content=PDF).json()["document"]
    (tmp_path / "data" / "documents" / digest).write_bytes(PDF.replace(b"card", b"cord"))
    answer = call(center, opened, "GET", f"/api/documents/{digest}")
    assert answer.status_code == 503
    assert "is not what was put there" in answer.json()["error"]


def test_what_is_not_on_record_is_not_told_as_kept(center: SignedCenter) -> None:
    opened = center.enter("administrator")
    center.house.facts.failing = StoreFullError("no room")
    answer = call(center, opened, "POST", "/api/documents", content=PDF)
    assert answer.status_code == 503


class Narrow(RealDisk):
    """A disk that is nearly full."""

    def free(self) -> int:
        return 300 << 20


def test_documents_leave_room_for_ecg(center: SignedCenter, tmp_path: Path) -> None:
    center.access.documents = Documents(Narrow(tmp_path / "data"))
    answer = call(center, center.enter("administrator"), "POST", "/api/documents", content=PDF)
    assert (answer.status_code, answer.json()["error"]) == (
        503,
        "document: the disk has less than 512 MB free",
    )


def test_only_a_few_are_taken_at_the_same_time(center: SignedCenter) -> None:
    """Each stands in memory whole."""
    opened = center.enter("administrator")

    async def ask() -> list[int]:
        begun, go = asyncio.Semaphore(0), asyncio.Event()

        async def slowly() -> object:
            begun.release()
            await go.wait()
            return None

        class Body:
            async def __aiter__(self):  # type: ignore[no-untyped-def]
                yield PDF[:4]
                await slowly()
                yield PDF[4:]

        async with center.as_(opened) as client:
            waiting = [
                asyncio.create_task(client.post("/api/documents", content=Body())) for _ in range(AT_ONCE)
            ]
            for _ in range(AT_ONCE):
                await begun.acquire()
            one_more = await client.post("/api/documents", content=PDF)
            go.set()
            return [one_more.status_code, *[(await one).status_code for one in waiting]]

    center.at()
    assert asyncio.run(ask()) == [503] + [201] * AT_ONCE


def test_a_center_without_a_folder_keeps_none(static: Path) -> None:
    center = SignedCenter(static)
    center.house.everybody()
    opened = center.enter("administrator")
    assert call(center, opened, "POST", "/api/documents", content=PDF).status_code == 404
    center.deps.reads.close()
