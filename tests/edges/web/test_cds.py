"""CDS Hooks over the wire: a real client on a real socket, with a machine's token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from jsonschema import validate
from prometheus_client import CollectorRegistry
from tests.edges.web.signed_center import SignedCenter, call, credentials
from tests.interop.cds_calls import INSTANCE
from tests.interop.cds_calls import call as hook
from tests.interop.cds_schemas import RESPONSE, SERVICES, broken

from einthoven.billing.service import Earlier
from einthoven.edges.web.app import build_app
from einthoven.edges.web.permissions import NEEDS
from einthoven.enrollment.order import Order


@pytest.fixture
def center(tmp_path: Path) -> SignedCenter:
    made = SignedCenter(tmp_path)
    made.house.everybody()
    made.house.join("records", "service", "enrollment")
    return made


def over_the_wire(
    center: SignedCenter, who: str | None, ask: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]
) -> httpx.Response:
    """One request through a socket of this machine."""

    async def run() -> httpx.Response:
        async with center.served() as server:
            headers = {} if who is None else credentials(center.enter(who))
            async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=30) as client:
                return await ask(client)

    return asyncio.run(run())


def test_anybody_discovers_the_services(center: SignedCenter) -> None:
    answer = over_the_wire(center, None, lambda client: client.get("/cds-services"))
    assert answer.status_code == 200
    validate(answer.json(), SERVICES)


@pytest.mark.parametrize("name", ["order-sign", "order-select"])
def test_a_system_that_may_enter_orders_is_answered(center: SignedCenter, name: str) -> None:
    answer = over_the_wire(
        center, "records", lambda client: client.post(f"/cds-services/einthoven-{name}", json=hook(name))
    )
    assert answer.status_code == 200
    made = answer.json()
    validate(made, RESPONSE)
    assert made["cards"][0]["summary"] == "Covered under L34997 (Novitas Solutions)"
    extensions = [one["resource"]["extension"][-1] for one in made.get("systemActions", [])]
    assert len(extensions) == (name == "order-sign")
    assert all(broken(one) == [] for one in extensions)
    assert center.tally.count("cds_calls", name) == 1


def test_a_service_on_record_here_is_on_the_card_and_the_look_is_noted(center: SignedCenter) -> None:
    here = Earlier("2023-02-20", "2023-02-25", "telemetry", where="register of this center, s000012")
    asked: list[tuple[str, int | None]] = []

    def earlier(order: Order, practice: int | None) -> list[Earlier]:
        asked.append((order.patient.name, practice))
        return [here]

    center.app = build_app(
        replace(center.deps, registry=CollectorRegistry(), earlier=earlier, today=lambda _now: "2023-03-02")
    )
    path, body = "/cds-services/einthoven-order-sign", hook("order-sign")
    for one in body["context"]["draftOrders"]["entry"]:
        one["resource"].pop("occurrencePeriod", None)
    made = call(center, center.enter("records"), "POST", path, json=body).json()
    validate(made, RESPONSE)
    (card,) = made["cards"]
    assert card["summary"].startswith("Not covered under L34997")
    assert "telemetry 2023-02-20 to 2023-02-25, register of this center, s000012" in card["detail"]
    assert "Date of service 2023-03-02" in card["detail"]
    assert asked == [("Doe, Jane Q", None)]
    assert [subject for _, _, subject in center.reads("read.earlier")] == ["s000012"]


def test_nobody_else_is(center: SignedCenter) -> None:
    told = over_the_wire(center, None, lambda client: client.post("/cds-services/x", json=hook()))
    assert told.status_code == 401
    told = call(center, center.enter("auditor"), "POST", "/cds-services/einthoven-order-sign", json=hook())
    assert told.status_code == 403
    assert {name for name in NEEDS if name.startswith("cds")} == {"cds services", "cds call", "cds feedback"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("einthoven-order-sign", {"hook": "order-sign"}, 400),
        ("einthoven-order-sign", [], 400),
        ("patient-view", {"hook": "patient-view"}, 404),
        ("einthoven-order-sign/feedback", {"feedback": [{}]}, 400),
    ],
)
def test_a_bad_call_is_one_line(center: SignedCenter, path: str, body: object, status: int) -> None:
    told = call(center, center.enter("enrollment"), "POST", f"/cds-services/{path}", json=body)
    assert told.status_code == status
    assert "\n" not in told.json()["error"]


def test_what_became_of_a_card_is_counted(center: SignedCenter) -> None:
    row = {"card": INSTANCE, "outcome": "accepted", "outcomeTimestamp": "2023-02-28T15:06:00Z"}
    answer = over_the_wire(
        center,
        "records",
        lambda client: client.post("/cds-services/einthoven-order-sign/feedback", json={"feedback": [row]}),
    )
    assert answer.status_code == 200
    assert center.tally.count("cds_cards", "accepted") == 1
