"""Signing in over HTTP, and what the live socket shows to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.center.house import PASSWORD
from tests.edges.web.signed_center import SignedCenter, call, signed_tab
from tests.edges.web.small_center import SmallCenter, Tab, tab
from tests.edges.web.test_live_socket import run

from einthoven.base.errors import InputError
from einthoven.base.instants import MINUTE, SECOND
from einthoven.center.sessions import Opened
from einthoven.edges.web.hosts import Hosts
from einthoven.edges.web.server import WebServer

SIGN_IN = "/api/sign-in"


@pytest.fixture
def center(static: Path) -> Iterator[SignedCenter]:
    center = SignedCenter(static)
    center.house.everybody()
    yield center
    center.deps.reads.close()


def body(center: SignedCenter, login: str, password: str = PASSWORD) -> dict[str, str]:
    center.house.now += 90 * SECOND
    return {"login": login, "password": password, "code": center.house.code(login)}


def test_sign_in_is_off_until_there_is_an_administrator(static: Path) -> None:
    center = SignedCenter(static)
    me = call(center, None, "GET", "/api/me").json()
    assert (me["sign_in"], me["csrf"], "staff" in me) == ("off", "", False)
    assert {"read.wall", "enroll", "staff.change"} <= set(me["permissions"])
    assert call(center, None, "GET", "/api/streams").status_code == 200
    answer = call(center, None, "POST", SIGN_IN, json={"login": "a", "password": "b", "code": "c"})
    assert (answer.status_code, answer.json()["error"]) == (
        403,
        "off: sign-in is off until there is an administrator",
    )
    center.house.administrator()
    assert call(center, None, "GET", "/api/streams").status_code == 401
    assert call(center, None, "GET", "/api/me").json()["sign_in"] == "needed"
    center.deps.reads.close()


def test_a_center_without_sign_in_says_so(center: SmallCenter, static: Path) -> None:
    plain = SmallCenter(static)

    async def ask() -> object:
        async with plain.client() as client:
            return (await client.get("/api/me")).json()["sign_in"]

    assert asyncio.run(ask()) == "off"
    plain.deps.reads.close()


def test_whoever_signs_in_gets_a_cookie_and_is_known(center: SignedCenter) -> None:
    answer = call(center, None, "POST", SIGN_IN, json=body(center, "technician"))
    assert answer.status_code == 200
    me, cookie = answer.json()["me"], answer.headers["set-cookie"]
    assert cookie.startswith("einthoven=")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert (me["sign_in"], me["staff"]["login"], me["session"]["locked"]) == ("in", "technician", False)
    token = cookie.removeprefix("einthoven=").partition(";")[0]
    assert token not in answer.text
    told = call(center, None, "GET", "/api/me", headers={"cookie": f"einthoven={token}"}).json()
    assert told == me


def test_one_browser_has_one_session(center: SignedCenter) -> None:
    opened = center.enter("technician")
    answer = call(center, opened, "POST", SIGN_IN, json=body(center, "supervisor"))
    assert answer.json()["me"]["staff"]["login"] == "supervisor"
    assert call(center, opened, "GET", "/api/streams").status_code == 401


def test_with_tls_the_cookie_is_of_this_host_alone(static: Path) -> None:
    center = SignedCenter(static, hosts=Hosts.of(["center.example"], secure=True))
    center.house.everybody()
    answer = call(
        center, None, "POST", SIGN_IN, json=body(center, "technician"), headers={"host": "center.example"}
    )
    assert answer.headers["set-cookie"].startswith("__Host-einthoven=")
    assert answer.headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict; Secure")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    plain = call(
        center,
        None,
        "POST",
        SIGN_IN,
        json={},
        headers={"host": "center.example", "origin": "http://center.example"},
    )
    assert plain.status_code == 403
    center.deps.reads.close()


def test_unknown_and_wrong_are_answered_alike(center: SignedCenter) -> None:
    wrong = [
        body(center, "technician", "not the password"),
        body(center, "technician") | {"login": "no-such-login"},
    ]
    answers = [call(center, None, "POST", SIGN_IN, json=one) for one in wrong]
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (401, '{"error":"login, password or code is wrong","reason":"sign_in"}')
    }
    assert sorted(answers[0].headers) == sorted(answers[1].headers)


def test_a_wait_is_told_with_its_seconds(center: SignedCenter) -> None:
    wrong = body(center, "technician", "not the password")
    for _ in range(5):
        call(center, None, "POST", SIGN_IN, json=wrong)
    answer = call(center, None, "POST", SIGN_IN, json=wrong)
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["reason"]) == (429, "1", "wait")


BAD = [
    (b"{", 400),
    (b"[]", 400),
    (b'{"login":5,"password":"x","code":"1"}', 400),
    (b'{"login":"' + b"x" * 70_000 + b'"}', 413),
    (b'{"login":"' + b"x" * 3_000 + b'"}', 400),
]


@pytest.mark.parametrize(("content", "status"), BAD)
@pytest.mark.parametrize("path", [SIGN_IN, f"{SIGN_IN}/set-up", f"{SIGN_IN}/passkey"])
def test_what_is_no_sign_in_is_refused_in_a_line(
    center: SignedCenter, path: str, content: bytes, status: int
) -> None:
    headers = {"content-type": "application/json", "host": "localhost"}
    answer = call(center, None, "POST", path, content=content, headers=headers)
    assert answer.status_code in {status, 401}
    assert "\n" not in answer.json()["error"]


def test_setting_up_shows_the_secret_once_and_opens_a_session(center: SignedCenter) -> None:
    admin = center.enter("jane")
    number = center.house.people["technician"]
    reset = call(center, admin, "POST", "/api/staff/reset", json={"staff": number}).json()
    typed = {"login": "technician", "password": reset["password"], "code": ""}
    begun = call(center, None, "POST", SIGN_IN, json=typed)
    assert "set-cookie" not in begun.headers
    told = begun.json()
    assert told["next"] == "set_up"
    assert told["qr"].startswith("<svg")
    center.house.codes[number] = told["secret"]
    own = {
        "ticket": told["ticket"],
        "password": "a password of my own",
        "code": center.house.code("technician"),
    }
    answer = call(center, None, "POST", f"{SIGN_IN}/set-up", json=own)
    assert answer.json()["me"]["staff"]["id"] == number
    assert call(center, None, "POST", f"{SIGN_IN}/set-up", json=own).status_code == 401


def test_lock_unlock_and_sign_out(center: SignedCenter) -> None:
    opened = center.enter("supervisor")
    post = lambda path, **json: call(center, opened, "POST", path, json=json)  # noqa: E731
    assert post("/api/session/lock").json()["me"]["session"]["locked"] is True
    refused = call(center, opened, "GET", "/api/staff")
    assert (refused.status_code, refused.json()["reason"]) == (403, "locked")
    assert call(center, opened, "GET", "/api/streams").status_code == 200
    assert post("/api/session/unlock", secret="wrong").status_code == 401
    assert post("/api/session/unlock", secret=PASSWORD).json()["me"]["session"]["locked"] is False
    gone = post("/api/sign-out")
    assert "Max-Age=0" in gone.headers["set-cookie"]
    assert call(center, opened, "GET", "/api/streams").status_code == 401


def test_a_sign_of_life_keeps_the_controls(center: SignedCenter) -> None:
    opened = center.enter("technician")
    for _ in range(3):
        center.house.now += 14 * MINUTE
        assert call(center, opened, "POST", "/api/session/alive", json={}).status_code == 200
        call(center, opened, "GET", "/api/streams")
    center.house.now += 15 * MINUTE
    answer = call(center, opened, "POST", "/api/session/alive", json={})
    assert (answer.status_code, answer.json()["reason"]) == (403, "locked")


# ---- the live socket --------------------------------------------------------------------------------------


def live(center: SignedCenter, login: str, work: Callable[[Tab, Opened], Awaitable[None]]) -> None:
    opened = center.enter(login)

    async def served() -> None:
        async with center.served() as server, signed_tab(server, opened) as page:
            await work(page, opened)

    run(served)


def test_a_screen_of_a_practice_is_told_of_its_patients_alone(center: SignedCenter) -> None:
    async def work(page: Tab, opened: Opened) -> None:
        snapshot = await page.text("snapshot")
        assert [patient["id"] for patient in snapshot["patients"]] == ["s000017"]
        assert (snapshot["total"], snapshot["center"]["patients"]) == (1, 1)
        center.come(0, 1000, 17)
        center.come(0, 1000, 18)
        await page.view("s000018", "s000017", history=2.0)
        _, runs = await page.waves()
        assert {run.stream for run in runs} == {17}
        center.census.link_up(18, center.clock.wall())
        center.census.link_up(17, center.clock.wall())
        change = await page.text("change")
        assert [patient["id"] for patient in change["patients"]] == ["s000017"]
        center.census.discharge(18)
        center.census.discharge(17)
        while not (change := await page.text("change"))["removed"]:
            pass
        assert change["removed"] == ["s000017"]

    live(center, "physician", work)


def test_what_somebody_sees_changes_with_the_practice_of_a_patient(center: SignedCenter) -> None:
    async def work(page: Tab, opened: Opened) -> None:
        await page.text("snapshot")
        center.come(0, 1000, 17)
        center.come(0, 1000, 18)
        await page.view("s000017", "s000018", history=2.0)
        await page.waves()
        center.sight._practice_of = {17: 2, 18: 1}.get
        center.sight.changed()
        snapshot = await page.text("snapshot")
        assert [patient["id"] for patient in snapshot["patients"]] == ["s000018"]
        center.come(1000, 2000, 17)
        center.come(1000, 2000, 18)
        _, runs = await page.waves()
        assert {run.stream for run in runs} == {18}

    live(center, "physician", work)


def test_the_first_sight_of_a_patient_is_noted_once_a_sign_in(center: SignedCenter) -> None:
    opened = center.enter("technician")

    async def served() -> None:
        async with center.served() as server:
            for _ in range(2):
                async with signed_tab(server, opened) as page:
                    await page.text("snapshot")
                    center.come(0, 1000, 17)
                    await page.view("s000017")
                    await page.waves()
                    await page.view("s000017", "s000018", epoch=2)
                    await page.waves()

    run(served)
    actor = opened.held.actor
    expected = [
        (actor, "live.list", "patients"),
        (actor, "read.live", "s000017"),
        (actor, "read.live", "s000018"),
    ]
    assert center.reads("live.list", "read.live") == expected


ENDS = ["sign out", "leave", "expire"]


@pytest.mark.parametrize("how", ENDS)
def test_a_screen_whose_session_ends_is_closed_with_the_reason(center: SignedCenter, how: str) -> None:
    async def work(page: Tab, opened: Opened) -> None:
        await page.text("snapshot")
        if how == "sign out":
            center.house.sign_in.sign_out(opened.held, center.house.now)
        elif how == "leave":
            center.house.office.do(
                "leave", {"login": "technician", "why": "for a test of ours"}, center.house.now
            )
        else:
            center.clock.move(15 * 3600)
        assert await page.closed() == 4401

    live(center, "technician", work)


def test_a_locked_screen_goes_on(center: SignedCenter) -> None:
    async def work(page: Tab, opened: Opened) -> None:
        await page.text("snapshot")
        center.house.sign_in.lock(opened.held, center.house.now)
        center.come(0, 1000)
        await page.view("s000017")
        _, runs = await page.waves()
        assert runs

    live(center, "technician", work)


def test_nobody_gets_a_reason_and_no_snapshot(center: SignedCenter) -> None:
    async def served() -> None:
        async with center.served() as server, tab(server) as page:
            assert await page.closed() == 4401

    run(served)


def test_screens_of_before_sign_in_end_with_the_first_administrator(static: Path) -> None:
    center = SignedCenter(static)

    async def served() -> None:
        async with center.served() as server, tab(server) as page:
            await page.text("snapshot")
            center.house.administrator()
            assert await page.closed() == 4401

    run(served)


def test_beyond_loopback_nothing_is_served_without_tls(center: SignedCenter) -> None:
    with pytest.raises(InputError, match="without TLS"):
        WebServer(center.app, "0.0.0.0")
