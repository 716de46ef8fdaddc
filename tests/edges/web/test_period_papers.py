"""What a physician wrote about an extension, over HTTP: who may put and read it (R33)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
from tests.edges.web.signed_center import SignedCenter, call

from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.center.desk_door import DeskDoor, Who
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.documents import Documents

PDF = b"%PDF-1.7\nan extension\n%%EOF\n"
DIGEST = hashlib.sha256(PDF).hexdigest()


class Desk:
    """Period s000001 names the paper; those who are told of no period, of this one neither."""

    def __init__(self) -> None:
        self.refused = False

    def ask(self, _who: Who, what: str, params: Mapping[str, str]) -> Mapping[str, object]:
        assert what == "service"
        if self.refused:
            raise RefusedError("permission", "that is not for your roles")
        if params["id"] != "s000001":
            raise NotFoundError(f"there is no stream {params['id']}")
        return {"extensions": [{"document": ""}, {"document": DIGEST}]}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def center(static: Path, tmp_path: Path, desk: Desk) -> Iterator[SignedCenter]:
    center = SignedCenter(static, desk=cast("DeskDoor", desk))
    center.house.everybody()
    (tmp_path / "data").mkdir()
    center.access.documents = Documents(RealDisk(tmp_path / "data"))
    center.access.note = center.house.facts.journal.note
    yield center
    center.deps.reads.close()


def test_a_physician_puts_it_on_file_and_a_technician_reads_it_with_its_period(center: SignedCenter) -> None:
    physician, technician = center.enter("physician"), center.enter("technician")
    told = call(center, physician, "POST", "/api/periods/documents", content=PDF)
    assert (told.status_code, told.json()["document"]) == (201, DIGEST)
    seen = call(center, technician, "GET", f"/api/periods/s000001/documents/{DIGEST}")
    assert (seen.status_code, seen.content) == (200, PDF)
    assert center.reads("document.put", "read.period_document") == [
        (physician.held.actor, "document.put", f"document {DIGEST[:12]}…"),
        (technician.held.actor, "read.period_document", "s000001"),
    ]


@pytest.mark.parametrize("path", [f"s000002/documents/{DIGEST}", f"s000001/documents/{'0' * 64}"])
def test_what_no_period_of_theirs_names_is_not_there(center: SignedCenter, path: str) -> None:
    call(center, center.enter("supervisor"), "POST", "/api/periods/documents", content=PDF)
    seen = call(center, center.enter("technician"), "GET", f"/api/periods/{path}")
    assert seen.status_code == 404
    assert center.reads("read.period_document") == []


def test_whom_the_desk_tells_nothing_reads_nothing(center: SignedCenter, desk: Desk) -> None:
    call(center, center.enter("supervisor"), "POST", "/api/periods/documents", content=PDF)
    desk.refused = True
    seen = call(center, center.enter("office"), "GET", f"/api/periods/s000001/documents/{DIGEST}")
    assert seen.status_code == 403


def test_whoever_may_not_extend_puts_nothing(center: SignedCenter) -> None:
    told = call(center, center.enter("technician"), "POST", "/api/periods/documents", content=PDF)
    assert told.status_code == 403
