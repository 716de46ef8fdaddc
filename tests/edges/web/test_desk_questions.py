"""Questions to the desk over HTTP: what is shown is noted first; the store is read on a reading
thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from tests.edges.web.signed_center import SignedCenter, call

from einthoven.base.errors import InputError, RefusedError
from einthoven.center.desk_door import DeskDoor, Look, Who


class Answers:
    """A desk that answers questions and says on which thread it was asked."""

    def __init__(self) -> None:
        self.threads: list[str] = []

    def ask(self, who: Who, what: str, params: Mapping[str, str]) -> Mapping[str, object]:
        if what == "nothing":
            raise InputError("'nothing' is no question of the desk")
        return {"what": what, "staff": who.staff, **params}

    def look(self, _who: Who, what: str, params: Mapping[str, str]) -> Look | None:
        if what == "secret":
            raise RefusedError("permission", "that is not for your roles")
        if what != "audit":
            return None

        def read() -> Callable[[], Mapping[str, object]]:
            self.threads.append(threading.current_thread().name)
            return lambda: {"lines": [], "asked": dict(params)}

        return Look([params.get("stream", "audit")], read)


@pytest.fixture
def desk() -> Answers:
    return Answers()


@pytest.fixture
def center(static: Path, desk: Answers) -> Iterator[SignedCenter]:
    center = SignedCenter(static, desk=cast("DeskDoor", desk))
    center.house.everybody()
    yield center
    center.deps.reads.close()


def noted(center: SignedCenter) -> list[Any]:
    kinds = ("audit", "case", "patient", "contacts", "continuity", "legs")
    return center.reads(*(f"read.{kind}" for kind in kinds))


def test_reading_the_audit_is_on_record_before_it_is_shown(center: SignedCenter, desk: Answers) -> None:
    opened = center.enter("auditor")
    answer = call(center, opened, "GET", "/api/desk/audit?stream=s000017")
    assert (answer.status_code, answer.json()["asked"]) == (200, {"stream": "s000017"})
    assert desk.threads[0].startswith("web-read")
    call(center, opened, "GET", "/api/desk/audit")
    actor = opened.held.actor
    assert noted(center) == [(actor, "read.audit", "s000017"), (actor, "read.audit", "audit")]


def test_what_is_read_of_one_patient_at_the_desk_is_on_record(center: SignedCenter) -> None:
    opened = center.enter("technician")
    for path in ("case/12", "patient/s000017", "patient/s000017", "contacts/s000018"):
        assert call(center, opened, "GET", f"/api/desk/{path}").status_code == 200
    actor = opened.held.actor
    assert noted(center) == [
        (actor, "read.case", "case 12"),
        (actor, "read.patient", "s000017"),
        (actor, "read.contacts", "s000018"),
    ]


def test_how_the_center_did_is_read_on_record(center: SignedCenter) -> None:
    opened = center.enter("supervisor")
    for path in ("continuity?from_ms=0&to_ms=9", "continuity?from_ms=0&to_ms=99", "legs?from_ms=0&to_ms=9"):
        assert call(center, opened, "GET", f"/api/desk/{path}").status_code == 200
    actor = opened.held.actor
    assert noted(center) == [(actor, "read.continuity", "center"), (actor, "read.legs", "center")]


def test_what_is_refused_is_not_noted_as_read(center: SignedCenter) -> None:
    opened = center.enter("technician")
    refused = call(center, opened, "GET", "/api/desk/secret")
    assert (refused.status_code, refused.json()["reason"]) == (403, "permission")
    assert call(center, opened, "GET", "/api/desk/nothing").status_code == 400
    assert center.reads("read.secret", "read.nothing") == []
