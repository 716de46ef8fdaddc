"""Prescribing by the requests of a page: confirmed once for one content, signed, read back, on record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.center.house import PASSWORD
from tests.edges.web.signed_center import call
from tests.edges.web.signing_center import SigningCenter
from websockets.asyncio.client import connect
from websockets.typing import Origin

from einthoven.base.instants import SECOND
from einthoven.center.sessions import Opened

URGENT = "pause.urgent.interval_ms"


@pytest.fixture
def center(static: Path) -> Iterator[SigningCenter]:
    made = SigningCenter(static)
    yield made
    made.deps.reads.close()


def post(center: SigningCenter, opened: Opened, path: str, **body: Any) -> httpx.Response:
    return call(center, opened, "POST", path, json=body)


def proposed(center: SigningCenter, opened: Opened, value: int = 3500) -> tuple[int, str]:
    """A form, and the hash of what its page shows."""
    form = {"stream": "s000017", "overrides": {URGENT: value}, "why": "asked for by telephone"}
    draft = post(center, opened, "/api/desk/criteria.propose", **form).json()["draft"]
    page = call(center, opened, "GET", "/api/desk/criteria/s000017").json()
    return draft, next(one["content"] for one in page["drafts"] if one["draft"] == draft)


def confirmed(center: SigningCenter, opened: Opened, content: str, **typed: str) -> httpx.Response:
    center.house.now += 60 * SECOND
    given = {"password": PASSWORD, "code": center.house.code("physician")} | typed
    return post(center, opened, "/api/session/confirm", content=content, **given)


def sign(center: SigningCenter, opened: Opened, draft: int, content: str, name: str) -> httpx.Response:
    body = {"draft": draft, "content": content, "confirmation": name}
    return post(center, opened, "/api/desk/criteria.sign", **body)


def test_what_a_supervisor_wrote_down_the_physician_signs(center: SigningCenter) -> None:
    physician = center.enter("physician")
    draft, content = proposed(center, center.enter("supervisor"))
    (waiting,) = call(center, physician, "GET", "/api/desk/criteria").json()["drafts"]
    assert (waiting["draft"], waiting["content"], waiting["may"]["sign"]) == (draft, content, True)
    told = confirmed(center, physician, content)
    assert told.status_code == 200
    answer = sign(center, physician, draft, content, told.json()["confirmation"])
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    page = call(center, physician, "GET", "/api/desk/criteria/s000017").json()
    (version,) = page["versions"]
    assert version["signature"] | {"at_ms": 0} == {
        "name": "Physician",
        "meaning": "I prescribe these criteria",
        "at_ms": 0,
        "components": ["password", "code"],
        "content": content,
        "ok": True,
        "reasons": [],
    }
    assert page["holds"]["words"] == "patient 1"


def test_a_confirmation_is_for_one_content_once(center: SigningCenter) -> None:
    physician = center.enter("physician")
    draft, content = proposed(center, physician)
    other, another = proposed(center, physician, 3600)
    name = confirmed(center, physician, content).json()["confirmation"]
    swapped = sign(center, physician, other, another, name)
    assert (swapped.status_code, swapped.json()["reason"]) == (409, "confirmation")
    again = sign(center, physician, draft, content, name)
    assert "used already" in again.json()["error"]
    assert sign(center, physician, draft, content, "").json()["reason"] == "confirmation"
    assert center.books.criteria.versions == {}


def test_a_wrong_or_used_second_factor_confirms_nothing(center: SigningCenter) -> None:
    physician = center.enter("physician")
    _, content = proposed(center, physician)
    for typed in ({"password": "not the password"}, {"code": "000000"}, {"code": ""}):
        told = confirmed(center, physician, content, **typed)
        assert (told.status_code, told.json()["reason"]) == (401, "sign_in")
        center.house.now += 600 * SECOND
    assert confirmed(center, physician, content).status_code == 200
    used = center.house.code("physician")
    told = post(center, physician, "/api/session/confirm", content=content, password=PASSWORD, code=used)
    assert told.status_code == 401


def test_a_confirmation_of_another_session_signs_nothing(center: SigningCenter) -> None:
    one, two = center.enter("physician"), center.enter("physician")
    draft, content = proposed(center, one)
    name = confirmed(center, one, content).json()["confirmation"]
    assert sign(center, two, draft, content, name).json()["reason"] == "confirmation"


def test_what_is_read_and_what_is_refused_is_on_record(center: SigningCenter) -> None:
    physician, technician = center.enter("physician"), center.enter("technician")
    draft, content = proposed(center, technician)
    assert call(center, physician, "GET", "/api/desk/criteria/s000018").status_code == 404
    assert call(center, center.enter("billing"), "GET", "/api/desk/criteria/s000017").status_code == 403
    assert sign(center, technician, draft, content, "x").json()["reason"] == "confirmation"
    assert center.reads("read.criteria") == [(technician.held.actor, "read.criteria", "s000017")]


def test_a_form_is_looked_at_before_it_is_proposed(center: SigningCenter) -> None:
    physician, path = center.enter("physician"), "/api/desk/check/criteria/s000017"
    told = post(center, physician, path, overrides={URGENT: 2999}).json()
    assert [fault["keys"] for fault in told["faults"]] == [[URGENT, "pause.daily.interval_ms"]]
    assert post(center, physician, path, overrides=[]).status_code == 400
    assert post(center, center.enter("billing"), path, overrides={}).status_code == 403


@pytest.mark.parametrize("value", [r'"\ud83d"', "NaN", "1e400", r'{"\udc4d": 1}'])
def test_what_no_journal_can_keep_is_refused_at_the_door(center: SigningCenter, value: str) -> None:
    """Half of an emoji that was cut in two, and numbers that are none; the next decision is on record."""
    administrator = center.enter("administrator")
    headers = {"content-type": "application/json"}
    content = b'{"name": %s}' % value.encode()
    for path in ("/api/desk/practice.add", "/api/session/unlock", "/api/enroll"):
        opened = center.enter("enrollment") if path == "/api/enroll" else administrator
        answer = call(center, opened, "POST", path, content=content, headers=headers)
        assert answer.status_code == 400
        assert "holds a number or a text that is none" in answer.json()["error"]
    assert post(center, administrator, "/api/desk/practice.add", name="Elm").status_code == 200


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("criteria", {"overrides": {URGENT: 3500}, "effective_ms": 1e308}),
        ("ladder", {"plan": None, "at_ms": 1e308}),
    ],
)
def test_an_instant_that_no_calendar_has_is_refused_by_its_field(
    center: SigningCenter, what: str, form: dict[str, Any]
) -> None:
    answer = post(center, center.enter("supervisor"), f"/api/desk/check/{what}/s000017", **form)
    assert answer.status_code == 400
    assert "_ms: want milliseconds since 1970" in answer.json()["error"]


def test_whoever_opens_the_desk_saw_names_and_that_is_on_record_once(center: SigningCenter) -> None:
    """A worklist in a window of its own opens no wall, whose names were noted alone."""
    opened = center.enter("technician")

    async def served() -> list[str]:
        async with center.served() as server:
            told = []
            for _ in range(2):
                address = server.url.replace("http", "ws", 1) + "/desk"
                headers = {"cookie": f"einthoven={opened.token}"}
                async with connect(
                    address, origin=Origin(server.url), additional_headers=headers, proxy=None
                ) as page:
                    told.append(json.loads(await page.recv())["type"])
            return told

    assert asyncio.run(served()) == ["snapshot", "snapshot"]
    assert center.reads("desk.list", "live.list") == [(opened.held.actor, "desk.list", "patients")]
