"""Orders over FHIR: posted and read by another client library (fhirpy), held with reasons, whose they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.center.desk_house import DeskHouse
from tests.edges.web.signed_center import SignedCenter, call
from tests.interop.posted import bundle, request

from einthoven.base.deeds import CENTER
from einthoven.bootstrap.order_intake import OrderIntake
from einthoven.center.open_record import OpenRecord
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.documents import FHIR, Documents
from einthoven.enrollment import order_deeds as deeds
from einthoven.enrollment.order_book import OrderBook
from einthoven.enrollment.order_states import State

JSON = "application/fhir+json"


class Nobody:
    """Nobody is enrolled."""

    def enrollments(self) -> list[Any]:
        return []


class Center(SignedCenter):
    """A signed center whose orders lie in a desk's book; its people are those of the desk."""

    def __init__(self, folder: Path) -> None:
        self.desk_house = DeskHouse(patients=1)
        desk, self.papers = self.desk_house.room.desk, Documents(RealDisk(folder))
        self.books = self.desk_house.books
        self.books.on_file = self.papers.has
        self.intake = OrderIntake(desk, self.papers, self.desk_house.clock, UTC)
        orders = lambda: list(self.books.orders.orders.values())  # noqa: E731
        record = OpenRecord("Heart Center", Nobody(), orders=orders)
        super().__init__(folder, record=record, orders=self.intake)
        self.house.everybody()
        self.house.join("lab", "service", "enrollment")
        self.books.surveil.staff = self.house.keeper.book  # the desk knows the same people

    def order(self, number: int = 1) -> Any:
        return self.books.orders.order(number)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    made = Center(tmp_path)
    yield made
    made.deps.reads.close()


def post(
    center: SignedCenter, who: str, body: object, path: str = "/ServiceRequest", **headers: str
) -> httpx.Response:
    told = {"content-type": JSON} | headers
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return call(center, center.enter(who), "POST", f"/fhir{path}", content=content, headers=told)


def through(center: SignedCenter, login: str, use: Callable[[SyncFHIRClient], Any], **headers: str) -> Any:
    """What somebody gets with the other library, of the real server on a socket."""
    token = f"Bearer {center.enter(login).token}"
    center.at()

    async def run() -> Any:
        async with center.served() as server:
            client = SyncFHIRClient(f"{server.url}/fhir", authorization=token, extra_headers=headers)
            return await asyncio.to_thread(use, client)

    return asyncio.run(run())


def test_a_client_library_posts_an_order_and_reads_it_back(center: Center) -> None:
    def use(client: SyncFHIRClient) -> Any:
        made = client.resource("ServiceRequest", **request()).create()
        found = client.resources("ServiceRequest").search(status="active").fetch_all()
        again = client.reference("ServiceRequest", made.id).to_resource()
        named = client.resources("ServiceRequest").search(identifier="urn:oid:1.2.3|7001").fetch_all()
        return made, found, again, named

    made, found, again, named = through(center, "lab", use)
    assert (made.id, made.status) == ("order-1", "active")
    assert [one.id for one in found] == [one.id for one in named] == ["order-1"]
    assert again.serialize() == found[0].serialize()
    get_fhir_model_class("ServiceRequest").model_validate(again.serialize())
    record = center.order()
    assert (record.state, record.source.value) == (State.READY, "fhir")
    (document,) = record.order.documents
    content, kind = center.papers.read(document.sha256)
    assert (json.loads(content)["resourceType"], kind) == ("ServiceRequest", FHIR)
    assert center.reads("read.fhir")[-1][2] == "order 1"


def test_an_incomplete_order_is_held_and_told_with_paths(center: Center) -> None:
    made = request()
    made["contained"][1]["identifier"][0]["value"] = "1234567890"
    del made["contained"][4]["item"][1]
    told = post(center, "lab", made)
    assert told.status_code == 201
    assert told.headers["location"].endswith("/fhir/ServiceRequest/order-1")
    assert told.headers["etag"] == 'W/"1"'
    outcome = told.json()
    get_fhir_model_class("OperationOutcome").model_validate(outcome)
    issues = [(one["code"], one["details"]["text"], one["expression"]) for one in outcome["issue"]]
    assert issues[0] == ("value", "orderer.npi", ["ServiceRequest.contained[1].identifier[0]"])
    assert ("required", "setting", ["QuestionnaireResponse.item.where(linkId='setting')"]) in issues
    assert {one["severity"] for one in outcome["issue"]} == {"warning"}
    assert center.order().state is State.HELD
    whole = post(center, "lab", made, prefer="return=representation")
    assert (whole.status_code, whole.json()["status"]) == (200, "on-hold")
    assert post(center, "lab", made, prefer="return=minimal").content == b""
    wanted = call(center, center.enter("lab"), "GET", "/fhir/ServiceRequest?status=on-hold")
    assert wanted.json()["total"] == 1


def test_a_transaction_takes_all_of_its_orders_or_none(center: Center) -> None:
    both = bundle()
    second = deepcopy(both["entry"][0])
    second["fullUrl"] = "urn:uuid:second"
    second["resource"]["identifier"][0]["value"] = "7002"
    both["entry"].append(second)
    told = post(center, "lab", both, "")
    assert told.status_code == 200
    answer = told.json()
    get_fhir_model_class("Bundle").model_validate(answer)
    assert answer["type"] == "transaction-response"
    statuses = [one["response"]["status"] for one in answer["entry"]]
    assert statuses == ["201 Created", *["200 OK"] * 5, "201 Created"]
    assert answer["entry"][-1]["response"]["location"] == "ServiceRequest/order-2"
    second["resource"]["status"] = "revoked"
    second["resource"]["identifier"][0]["value"] = "7003"
    refused = post(center, "lab", both, "")
    assert refused.status_code == 404
    assert refused.json()["issue"][0]["expression"] == ["Bundle.entry[6].resource.identifier"]
    assert list(center.books.orders.orders) == [1, 2]
    assert center.order().version == 1


def test_the_same_number_is_the_same_order_and_a_revoked_one_is_withdrawn(center: Center) -> None:
    assert post(center, "lab", request()).status_code == 201
    again = post(center, "lab", request())
    assert (again.status_code, center.order().version) == (200, 1)
    changed = request()
    changed["quantityQuantity"]["value"] = 14
    assert post(center, "lab", changed).status_code == 200
    assert (center.order().version, center.order().order.days) == (2, 14)
    assert post(center, "lab", request() | {"status": "revoked"}).status_code == 200
    assert center.order().state is State.WITHDRAWN
    used = post(center, "lab", request())
    assert (used.status_code, used.json()["issue"][0]["code"]) == (409, "conflict")


def test_while_a_service_runs_a_change_waits_for_people(center: Center) -> None:
    post(center, "lab", request())
    desk = center.desk_house.room.desk
    desk.commit(deeds.enroll(center.books.orders, 1, 1, 1), CENTER, center.desk_house.clock.wall())
    changed = request()
    changed["quantityQuantity"]["value"] = 14
    told = post(center, "lab", changed)
    assert told.status_code == 200
    assert "people at the center decide" in told.json()["issue"][0]["diagnostics"]
    assert center.order().wish.what == "change"
    assert center.order().order.days == 30


def test_an_office_posts_for_its_practice_and_another_has_no_such_order(center: Center) -> None:
    assert post(center, "office", request()).status_code == 201
    assert center.order().practice == 1
    physician = call(center, center.enter("physician"), "GET", "/fhir/ServiceRequest/order-1")
    assert physician.status_code == 200
    assert post(center, "lab", request()).status_code == 201
    assert call(center, center.enter("physician"), "GET", "/fhir/ServiceRequest/order-2").status_code == 404
    assert call(center, center.enter("physician"), "GET", "/fhir/ServiceRequest").json()["total"] == 1
    assert call(center, center.enter("technician"), "GET", "/fhir/ServiceRequest").status_code == 403
    assert call(center, center.enter("billing"), "GET", "/fhir/ServiceRequest").json()["total"] == 2
    assert post(center, "billing", request()).status_code == 403


@pytest.mark.parametrize(
    ("body", "path", "status", "words"),
    [
        (b"{", "/ServiceRequest", 400, "is not JSON"),
        (b"[]", "/ServiceRequest", 400, "is not a JSON object"),
        ({"resourceType": "Patient"}, "/ServiceRequest", 400, "'Patient': want ServiceRequest"),
        ({"resourceType": "Patient"}, "/Patient", 404, "Patient is no resource that is taken here"),
        ({"resourceType": "Bundle", "type": "batch"}, "", 400, "'batch' is not taken: want transaction"),
        (b"x" * (11 << 20), "", 413, "at most 10 MB"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_one_line(
    center: Center, body: object, path: str, status: int, words: str
) -> None:
    told = post(center, "lab", body, path)
    assert told.status_code == status
    get_fhir_model_class("OperationOutcome").model_validate(told.json())
    assert words in told.json()["issue"][0]["diagnostics"]
    assert center.books.orders == OrderBook()
    other = post(center, "lab", request(), **{"content-type": "text/plain"})
    assert other.status_code == 415


def test_a_client_library_hears_why_it_is_refused(center: Center) -> None:
    def use(client: SyncFHIRClient) -> None:
        with pytest.raises(OperationOutcome, match="'batch' is not taken"):
            client.execute("", "post", data={"resourceType": "Bundle", "type": "batch"})
        with pytest.raises(ResourceNotFound):
            client.resource("ServiceRequest", **{**request(), "status": "revoked"}).create()

    through(center, "lab", use)


def test_the_statement_says_what_may_be_posted(center: Center) -> None:
    told = call(center, None, "GET", "/fhir/metadata").json()
    get_fhir_model_class("CapabilityStatement").model_validate(told)
    (rest,) = told["rest"]
    assert rest["interaction"] == [{"code": "transaction"}]
    kinds = {one["type"]: [each["code"] for each in one["interaction"]] for one in rest["resource"]}
    assert kinds["ServiceRequest"] == ["read", "search-type", "create"]
    assert all("create" not in one for kind, one in kinds.items() if kind != "ServiceRequest")


WHOLE = json.dumps(request()).encode()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_is_posted_is_an_order_or_is_refused(tmp_path_factory: Any, data: Any) -> None:
    center = Center(tmp_path_factory.mktemp("data"))
    raw = WHOLE
    for _ in range(data.draw(st.integers(1, 3))):
        at, length = data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, 40))
        raw = raw[:at] + data.draw(st.binary(max_size=8)) + raw[at + length :]
    told = post(center, "lab", raw)
    get_fhir_model_class(told.json()["resourceType"]).model_validate(told.json())
    if told.status_code == 201:
        assert center.papers.has(center.order().order.documents[0].sha256)
        assert (center.order().state is State.HELD) == bool(center.order().lacks)
    else:
        assert told.status_code in (400, 404, 422)
        assert center.books.orders == OrderBook()
    center.deps.reads.close()
