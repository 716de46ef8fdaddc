"""A patient of another practice over HTTP: nothing, then an hour of reading, and all of it on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.center.house import ROLES
from tests.edges.web.signed_center import call
from tests.edges.web.signing_center import SigningCenter

from einthoven.base.instants import SECOND
from einthoven.center.sessions import Opened
from einthoven.center.sight import Sight

WHY = "called by the emergency room"
OTHERS = "s000018"
SEES, MAY, CANNOT = "sees", "may break it", "cannot"
WHO: dict[str, dict[str, str | int]] = {
    "technician": {"patient": SEES, "criteria": SEES, "ladder": SEES},
    "supervisor": {"patient": SEES, "criteria": SEES, "ladder": SEES},
    "physician": {"patient": MAY, "criteria": MAY, "ladder": MAY},
    "office": {"patient": CANNOT, "criteria": CANNOT, "ladder": CANNOT},
    "enrollment": {"patient": 403, "criteria": 403, "ladder": SEES},
    "billing": {"patient": 403, "criteria": 403, "ladder": 403},
    "administrator": {"patient": 403, "criteria": 403, "ladder": 403},
    "auditor": {"patient": 403, "criteria": SEES, "ladder": 403},
    "service": {"patient": 403, "criteria": 403, "ladder": 403},
}
"""What stands before the pages of a patient of another practice, by who asks."""


@pytest.fixture
def center(static: Path) -> Iterator[SigningCenter]:
    made = SigningCenter(static)
    for stream in (17, 18):
        made.come(0, 2500, stream)
    staff, books = made.books.surveil.staff, made.books
    made.access.sight = Sight(
        books.practice, lambda held, stream, now: staff.glass_open(held.staff or 0, stream, now)
    )
    yield made
    made.deps.reads.close()


def ask(center: SigningCenter, opened: Opened, stream: str = OTHERS, page: str = "patient") -> httpx.Response:
    return call(center, opened, "GET", f"/api/desk/glass/{stream}?page={page}")


def break_(center: SigningCenter, opened: Opened, **body: Any) -> httpx.Response:
    return call(center, opened, "POST", "/api/desk/break_glass", json={"stream": OTHERS, "why": WHY} | body)


def judged(answer: httpx.Response) -> str | int:
    if answer.status_code != 200:
        return answer.status_code
    told = answer.json()
    return SEES if told["sees"] else MAY if told["may_break"] else CANNOT


@pytest.mark.parametrize("role", ROLES)
def test_what_stands_before_the_pages_of_anothers_patient(center: SigningCenter, role: str) -> None:
    opened = center.enter(role)
    assert {page: judged(ask(center, opened, page=page)) for page in WHO[role]} == WHO[role]


def test_broken_the_ecg_is_read_and_after_the_hour_there_is_no_such_patient_again(
    center: SigningCenter,
) -> None:
    opened = center.enter("physician")
    ecg = f"/api/streams/{OTHERS}/window?start=0&stop=9"
    assert call(center, opened, "GET", ecg).status_code == 404
    assert break_(center, opened).status_code == 200
    assert call(center, opened, "GET", ecg).status_code == 200
    assert call(center, opened, "GET", f"/api/desk/ladder/{OTHERS}").status_code == 200
    changed = {"stream": OTHERS, "plan": {"zone": "UTC", "persons": [], "ladders": {}}}
    refused = call(center, opened, "POST", "/api/desk/ladder.set", json=changed)
    assert (refused.status_code, refused.json()["reason"]) == (409, "practice")
    center.house.now += 60 * 60 * SECOND
    again = center.enter("physician")
    assert call(center, again, "GET", ecg).status_code == 404
    assert judged(ask(center, again)) == MAY


def test_who_came_before_the_glass_and_who_broke_it_is_on_record_with_the_reason(
    center: SigningCenter,
) -> None:
    office, physician = center.enter("office"), center.enter("physician")
    ask(center, office)
    ask(center, physician)
    ask(center, physician, "s000017")
    break_(center, physician)
    ask(center, physician)
    call(center, physician, "GET", f"/api/streams/{OTHERS}/window?start=0&stop=9")
    by, other = physician.held.actor, office.held.actor
    assert center.reads("read.glass", "glass.broken", "read.window") == [
        (other, "read.glass", OTHERS),
        (by, "read.glass", OTHERS),
        (by, "glass.broken", OTHERS),
        (by, "read.window", OTHERS),
    ]
    lines = call(center, center.enter("auditor"), "GET", f"/api/desk/audit?stream={OTHERS}").json()["lines"]
    (line,) = [one for one in lines if one["action"] == "glass.broken"]
    assert (line["who"], line["detail"]["why"]) == ("Physician", WHY)
    assert line["words"] == "broke the glass: sees a patient of another practice for an hour"


REFUSED = [
    ("office", {}, 409, "permission"),
    ("technician", {}, 409, "permission"),
    ("physician", {"stream": "s000017"}, 409, "own"),
    ("physician", {"why": "because"}, 400, None),
    ("physician", {"why": ""}, 400, None),
    ("physician", {"until_ms": 9e15}, 400, None),
]


@pytest.mark.parametrize(("role", "body", "status", "reason"), REFUSED)
def test_what_opens_nothing(
    center: SigningCenter, role: str, body: dict[str, Any], status: int, reason: str | None
) -> None:
    answer = break_(center, center.enter(role), **body)
    assert (answer.status_code, answer.json().get("reason")) == (status, reason)
    assert center.books.surveil.staff.glass == {}


def test_a_lock_keeps_the_glass_whole(center: SigningCenter) -> None:
    opened = center.enter("physician")
    center.house.sign_in.lock(opened.held, center.house.now)
    assert (ask(center, opened).status_code, break_(center, opened).status_code) == (403, 403)
