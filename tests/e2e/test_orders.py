"""A whole center: orders by MLLP, over FHIR and by a form are held and stand the same after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.e2e.processes import Serving
from tests.e2e.test_hl7 import says
from tests.enrollment.test_order_read import FULL
from tests.interop.ordered import orm
from tests.interop.posted import request

from einthoven.testing.facts_suite import request as enrolled


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Serving]:
    made = Serving(tmp_path)
    made.data.mkdir()
    (made.data / "einthoven.toml").write_text(
        'hl7_listen = "127.0.0.1:0"\norder_tests = "MCT30=telemetry"\norder_payers = "CMS=medicare"\n'
    )
    yield made
    made.stop()


def asks(center: Serving, path: str, body: object = None, **headers: str) -> Any:
    told = {"origin": center.url} | headers
    method = "GET" if body is None else "POST"
    answer = httpx.request(
        method, f"{center.url}{path}", json=body, headers=told, trust_env=False, timeout=30
    )
    assert answer.status_code < 300, answer.text
    return answer


def test_orders_come_by_every_way_and_survive_a_kill(center: Serving) -> None:
    center.start()
    assert says(center, orm({"setting": ""}, OBR="OBR|1|7001^EPIC||MCT30")) == "AA"
    assert says(center, orm().replace("PID|", "ZID|")) == "AE"
    posted = asks(center, "/fhir/ServiceRequest", request(), **{"content-type": "application/fhir+json"})
    assert posted.json()["id"] == "order-2"
    entered = asks(center, "/api/desk/order.receive", {"order": FULL}).json()
    assert entered["order"] == 3
    before = asks(center, "/api/desk/orders?state=all").json()
    assert [(one["order"], one["source"], one["state"]) for one in before["orders"]] == [
        (3, "form", "ready"),
        (2, "fhir", "ready"),
        (1, "hl7", "held"),
    ]
    assert before["counts"]["held"] == 1
    held = asks(center, "/api/desk/order/1").json()
    assert {one["where"] for one in held["missing"]} >= {"setting", "days"}
    assert held["order"]["test"] == "telemetry"
    assert held["determination"]["outcome"] in ("incomplete", "policy not held")
    center.kill()
    center.start()
    assert says(center, orm({"setting": ""}, OBR="OBR|1|7001^EPIC||MCT30")) == "AA"
    after = asks(center, "/api/desk/orders?state=all").json()
    assert [one | {"outcome": ""} for one in after["orders"]] == [
        one | {"outcome": ""} for one in before["orders"]
    ]
    message = next(one for one in held["order"]["documents"] if one["kind"] == "HL7 message")
    paper = asks(center, f"/api/orders/1/documents/{message['sha256']}")
    assert paper.content.startswith(b"MSH|^~\\&|EPIC|CLINIC")
    whole = held["order"] | {"setting": "home", "days": 30, "payer": FULL["payer"]}
    asks(center, "/api/desk/order.edit", {"order": 1, "base": 1, "fields": whole})
    assert [one["where"] for one in asks(center, "/api/desk/order/1").json()["missing"]] == ["signature"]
    checked = asks(center, "/api/desk/check/order", {"order": FULL, "date": "2023-03-02"}).json()
    assert checked["missing"] == []
    assert checked["determination"]["date"] == "2023-03-02"
    assert (checked["earlier"], checked["payer_policy"]["held"]) == ([], "yes")
    person = FULL["patient"]
    asks(center, "/api/enroll", enrolled("T-1", person["name"], birth_date=person["birth_date"]))
    again = asks(center, "/api/desk/check/order", {"order": FULL, "date": "2023-03-02"}).json()
    assert [one["stream"] for one in again["earlier"]] == ["s000001"]
    (running,) = (one for one in again["rules"]["grounds"] if one["refused"])
    assert (running["rule"], running["allowable"]) == ("exclusive", False)
    found = asks(center, "/fhir/ServiceRequest?status=on-hold").json()
    assert [one["resource"]["id"] for one in found["entry"]] == ["order-1"]
