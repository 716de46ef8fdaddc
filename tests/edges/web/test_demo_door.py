"""What a demo gives its visitors at the door: a station to sit at, and colleagues to ask for patients."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest
from tests.edges.web.signed_center import SignedCenter, call
from tests.edges.web.small_center import BASE

from einthoven.edges.web.cookies import STATION

TOKEN = "t" * 43


class Door:
    """A demo with a station for technicians."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.free = 1

    def place(self, role: str) -> tuple[str, int] | None:
        return (TOKEN, 7) if role == "technician" else None

    def let_one_call(self) -> bool:
        self.free -= 1
        return self.free >= 0

    def ask(self, person: int) -> int:
        self.asked.append(person)
        return 4


@pytest.fixture
def center(static: Path) -> Iterator[SignedCenter]:
    center = SignedCenter(static, demo=True)
    center.house.everybody()
    center.access.demo = Door()
    yield center
    center.deps.reads.close()


def come(center: SignedCenter, role: str, cookie: str = "") -> httpx.Response:
    headers = {"cookie": cookie, "origin": BASE}
    answer = call(center, None, "POST", "/api/sign-in/demo", json={"role": role}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def cookies(answer: httpx.Response) -> SimpleCookie:
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        jar.load(line)
    return jar


def seated(center: SignedCenter) -> int:
    """How many sessions sit at the visitor's station."""
    return sum(one.station == 7 for one in center.house.facts.sessions.open(center.house.now))


def test_who_comes_as_technician_sits_at_a_station_and_its_cookie_is_for_no_script(
    center: SignedCenter,
) -> None:
    kept = cookies(come(center, "technician"))[STATION]
    assert (kept.value, kept["httponly"], kept["samesite"]) == (TOKEN, True, "Strict")
    assert seated(center) == 1


def test_in_another_role_the_browser_is_no_station_any_more(center: SignedCenter) -> None:
    come(center, "technician")
    kept = cookies(come(center, "auditor", f"{STATION}={TOKEN}"))[STATION]
    assert (kept.value, kept["max-age"]) == ("", "0")
    assert seated(center) == 1


def test_patients_are_asked_for_by_whoever_may_watch(center: SignedCenter) -> None:
    for role, status in (("technician", 200), ("auditor", 403)):
        answer = call(center, center.enter(role), "POST", "/api/demo/ask", json={})
        assert answer.status_code == status, answer.text
    door = center.access.demo
    assert isinstance(door, Door)
    assert len(door.asked) == 1


def test_a_patient_telephones_when_a_visitor_wants_it_and_one_is_free(center: SignedCenter) -> None:
    answers = [
        call(center, center.enter(role), "POST", "/api/demo/call", json={})
        for role in ("technician", "technician", "auditor")
    ]
    assert [one.status_code for one in answers] == [200, 403, 403]
    assert "no line is open" in answers[1].text


def test_a_center_that_is_no_demo_has_neither(static: Path) -> None:
    center = SignedCenter(static)
    center.house.everybody()
    answer = call(center, center.enter("technician"), "POST", "/api/demo/ask", json={})
    assert answer.status_code == 404
    answer = call(center, center.enter("technician"), "POST", "/api/demo/call", json={})
    assert answer.status_code == 404
    center.deps.reads.close()
