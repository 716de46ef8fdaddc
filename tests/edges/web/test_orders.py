"""Papers of orders over HTTP: who may put and read one, with which order, and what is on record of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from tests.edges.web.signed_center import SignedCenter, call

from einthoven.base.errors import NotFoundError
from einthoven.center.desk_door import DeskDoor, Who
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.documents import Documents

PDF = b"%PDF-1.7\nan order\n%%EOF\n"
MESSAGE = b"MSH|^~\\&|EPIC|CLINIC||||||||\r"
DIGEST, TOLD = hashlib.sha256(PDF).hexdigest(), hashlib.sha256(MESSAGE).hexdigest()


class Desk:
    """Order 5 names the paper and the message; to the auditor there is none."""

    def __init__(self) -> None:
        self.hidden: set[int] = set()

    def ask(self, who: Who, what: str, params: Mapping[str, str]) -> Mapping[str, object]:
        assert what == "order.papers"
        if params["id"] != "5" or who.staff in self.hidden:
            raise NotFoundError(f"there is no order {params['id']}")
        return {"papers": [DIGEST, TOLD]}


@pytest.fixture
def center(static: Path, tmp_path: Path) -> Iterator[SignedCenter]:
    desk = Desk()
    center = SignedCenter(static, desk=cast("DeskDoor", desk))
    center.house.everybody()
    (tmp_path / "data").mkdir()
    center.access.documents = Documents(RealDisk(tmp_path / "data"))
    center.access.note = center.house.facts.journal.note
    center.desk_of_orders = desk  # type: ignore[attr-defined]
    yield center
    center.deps.reads.close()


def test_an_office_puts_a_paper_on_file_and_reads_it_with_its_order(center: SignedCenter) -> None:
    office = center.enter("office")
    told = call(center, office, "POST", "/api/orders/documents", content=PDF)
    assert (told.status_code, told.json()["document"]) == (201, DIGEST)
    seen = call(center, office, "GET", f"/api/orders/5/documents/{DIGEST}")
    assert (seen.status_code, seen.content) == (200, PDF)
    assert seen.headers["content-disposition"].startswith("attachment")
    assert center.reads("document.put", "read.order_document") == [
        (office.held.actor, "document.put", f"document {DIGEST[:12]}…"),
        (office.held.actor, "read.order_document", "order 5"),
    ]


def test_a_message_is_saved_and_can_do_nothing_in_a_browser(center: SignedCenter) -> None:
    store = cast("Documents", center.access.documents)
    assert store.put_message(MESSAGE) == TOLD
    seen = call(center, center.enter("enrollment"), "GET", f"/api/orders/5/documents/{TOLD}")
    assert (seen.content, seen.headers["content-type"]) == (MESSAGE, "x-application/hl7-v2+er7")
    assert seen.headers["content-disposition"] == f'attachment; filename="document-{TOLD[:12]}.hl7"'
    assert "sandbox" in seen.headers["content-security-policy"]


def test_a_message_is_nothing_that_somebody_uploads(center: SignedCenter) -> None:
    told = call(center, center.enter("office"), "POST", "/api/orders/documents", content=MESSAGE)
    assert told.status_code == 400
    assert "is no PDF, PNG or JPEG" in told.json()["error"]


@pytest.mark.parametrize("path", [f"6/documents/{DIGEST}", f"5/documents/{'0' * 64}"])
def test_what_no_order_of_theirs_names_is_not_there(center: SignedCenter, path: str) -> None:
    office = center.enter("office")
    call(center, office, "POST", "/api/orders/documents", content=PDF)
    assert call(center, office, "GET", f"/api/orders/{path}").status_code == 404


def test_a_paper_that_the_order_does_not_name_is_not_read_with_it(center: SignedCenter) -> None:
    office, other = center.enter("office"), PDF + b"another"
    call(center, office, "POST", "/api/orders/documents", content=other)
    path = f"/api/orders/5/documents/{hashlib.sha256(other).hexdigest()}"
    assert call(center, office, "GET", path).status_code == 404


def test_another_practice_has_no_such_order(center: SignedCenter) -> None:
    office = center.enter("office")
    call(center, office, "POST", "/api/orders/documents", content=PDF)
    desk: Any = center.desk_of_orders  # type: ignore[attr-defined]
    desk.hidden.add(office.held.staff)
    assert call(center, office, "GET", f"/api/orders/5/documents/{DIGEST}").status_code == 404
    assert center.reads("read.order_document") == []
