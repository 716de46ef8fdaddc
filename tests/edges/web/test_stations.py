"""A browser becomes a station over HTTP, and from then on whoever signs in there sits at it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.center.house import PASSWORD
from tests.edges.web.signed_center import SignedCenter, call
from tests.edges.web.small_center import BASE

from einthoven.base.instants import MINUTE, SECOND
from einthoven.center.station_office import digest_of
from einthoven.edges.web.hosts import Hosts

HERE = ["127.0.0.0/8"]


@pytest.fixture
def center(static: Path) -> Iterator[SignedCenter]:
    center = SignedCenter(static)
    center.house.everybody()
    site(center, HERE)
    yield center
    center.deps.reads.close()


def site(center: SignedCenter, networks: list[str]) -> None:
    told = {"name": "Main house", "address": "1 Main Street, Springfield", "territory": "US"}
    center.house.office.do("site.add", told | {"networks": networks}, center.house.now)


def link(center: SignedCenter, place: int = 1, name: str = "Desk one") -> str:
    """What stands behind the # of a new link."""
    told = center.house.office.do(
        "station.add", {"name": name, "site": place, "kind": "desk"}, center.house.now
    )
    address, _, secret = str(told["link"]).partition("#")
    assert address == "https://center.example/station"
    return secret


def post(center: SignedCenter, path: str, body: object, cookie: str = "", **headers: str) -> httpx.Response:
    """A request of a browser in which nobody is signed in."""
    return call(center, None, "POST", path, json=body, headers={"cookie": cookie, "origin": BASE} | headers)


def become(center: SignedCenter, secret: str, cookie: str = "") -> str:
    """The cookie of a browser that became the link's station."""
    answer = post(center, "/api/station/use", {"link": secret}, cookie)
    assert answer.status_code == 200, answer.text
    return answer.headers["set-cookie"].split(";")[0]


def where(center: SignedCenter, cookie: str) -> int | None:
    """Where somebody sits who signs in with this cookie."""
    center.house.now += 90 * SECOND
    center.at()
    typed = {"login": "technician", "password": PASSWORD, "code": center.house.code("technician")}
    answer = post(center, "/api/sign-in", typed, cookie)
    assert answer.status_code == 200, answer.text
    newest = max(center.house.facts.sessions.open(center.house.now), key=lambda one: one.created)
    return newest.station


def test_a_link_makes_the_browser_a_station_and_who_signs_in_there_sits_at_it(center: SignedCenter) -> None:
    secret = link(center)
    told = post(center, "/api/station/look", {"link": secret}).json()
    assert (told["station"], told["name"], told["site"]["name"], told["against"]) == (
        1,
        "Desk one",
        "Main house",
        [],
    )
    assert where(center, "") is None
    answer = post(center, "/api/station/use", {"link": secret})
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert attributes == ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=34560000"]
    own = name.removeprefix("einthoven_station=")
    assert center.house.places.book.keys == {digest_of(own): 1}
    assert own not in answer.text
    assert where(center, name) == 1


def test_what_is_kept_of_secrets_is_their_hash(center: SignedCenter) -> None:
    secret = link(center)
    own = become(center, secret).removeprefix("einthoven_station=")
    kept = repr([(line.action, line.detail) for line in center.house.facts.audit()])
    assert secret not in kept
    assert own not in kept
    assert digest_of(own) in kept


def test_a_link_is_used_once_and_guessing_is_slowed_down(center: SignedCenter) -> None:
    secret = link(center)
    become(center, secret)
    for _ in range(11):
        answer = post(center, "/api/station/use", {"link": secret})
        assert (answer.status_code, answer.json()["reason"]) == (403, "link")
    answer = post(center, "/api/station/look", {"link": link(center)})
    assert (answer.status_code, answer.json()["reason"]) == (429, "wait")
    assert int(answer.headers["retry-after"]) >= 1
    refused = [line for line in center.house.facts.audit() if line.action == "station.link_refused"]
    assert len(refused) == 11


def test_half_an_hour_later_it_is_over(center: SignedCenter) -> None:
    secret = link(center)
    center.house.now += 30 * MINUTE
    center.at()
    assert post(center, "/api/station/use", {"link": secret}).json()["reason"] == "link"


def test_a_screen_outside_the_site_is_told_why_and_does_not_become_one(center: SignedCenter) -> None:
    site(center, ["198.51.100.0/24"])
    secret = link(center, 2)
    why = "address 127.0.0.1 is in no network of site Main house"
    assert post(center, "/api/station/look", {"link": secret}).json()["against"] == [why]
    answer = post(center, "/api/station/use", {"link": secret})
    assert (answer.status_code, answer.json()) == (403, {"error": why, "reason": "not_in_place"})
    assert "set-cookie" not in answer.headers


def test_one_browser_is_one_station(center: SignedCenter) -> None:
    cookie = become(center, link(center))
    second = link(center, name="Desk two")
    why = "this browser is station 1, Desk one: retire that station first"
    assert post(center, "/api/station/look", {"link": second}, cookie).json()["against"] == [why]
    assert post(center, "/api/station/use", {"link": second}, cookie).json()["reason"] == "is_station"
    center.house.office.do("station.retire", {"station": 1, "why": "moved"}, center.house.now)
    assert where(center, become(center, second, cookie)) == 2


REFUSED_COOKIES = ["", "x" * 43, "*" * 43, "%00", "A" * 44]


@pytest.mark.parametrize("value", REFUSED_COOKIES)
def test_a_forged_cookie_is_no_station(center: SignedCenter, value: str) -> None:
    become(center, link(center))
    assert where(center, f"einthoven_station={value}") is None


def test_a_retired_station_is_none_nor_is_one_whose_screen_was_replaced(center: SignedCenter) -> None:
    cookie = become(center, link(center))
    other = center.house.office.do("station.link", {"station": 1}, center.house.now)
    again = become(center, str(other["link"]).partition("#")[2])
    assert (where(center, cookie), where(center, again)) == (None, 1)
    assert where(center, f"{cookie}; {again}") is None  # two of a name: nobody knows whose they are
    center.house.office.do("station.retire", {"station": 1, "why": "broken"}, center.house.now)
    assert where(center, again) is None


def test_another_page_cannot_make_the_browser_a_station(center: SignedCenter) -> None:
    secret = link(center)
    strange = [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}]
    for headers in strange:
        assert post(center, "/api/station/use", {"link": secret}, **headers).status_code == 403
    plain = call(
        center, None, "POST", "/api/station/use", content=b"{}", headers={"content-type": "text/plain"}
    )
    assert plain.status_code == 415
    become(center, secret)


BAD: list[tuple[Any, str]] = [
    ({}, "link: want the text behind the # of the address"),
    ({"link": 7}, "link: want the text"),
    ({"link": "x" * 201}, "link: want the text"),
    ({"link": "nonsense"}, "this link is not known"),
    ([], "the body is not a JSON object"),
]


@pytest.mark.parametrize(("body", "words"), BAD)
def test_what_is_no_link_is_refused_in_words(center: SignedCenter, body: object, words: str) -> None:
    for path in ("/api/station/look", "/api/station/use"):
        assert words in post(center, path, body).json()["error"]


def test_the_browser_of_an_administrator_becomes_a_station(center: SignedCenter) -> None:
    jane = center.enter("administrator")
    new = {"name": "Desk one", "site": 1, "kind": "desk"}
    answer = call(center, jane, "POST", "/api/station/here", json=new)
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "station": 1})
    cookie = answer.headers["set-cookie"].split(";")[0]
    assert where(center, cookie) == 1
    deeds = {line.action: line.actor for line in center.house.facts.audit()}
    assert deeds["station.registered"] == jane.held.actor
    again = call(center, jane, "POST", "/api/station/here", json={"station": 1})
    assert where(center, again.headers["set-cookie"].split(";")[0]) == 1
    assert where(center, cookie) is None
    bad = call(center, jane, "POST", "/api/station/here", json={"station": 9})
    assert (bad.status_code, bad.json()["error"]) == (404, "station 9: there is none")


def test_an_administrator_makes_a_link_on_the_pages(center: SignedCenter) -> None:
    jane = center.enter("administrator")
    new = {"name": "Desk one", "site": 1, "kind": "desk"}
    told = call(center, jane, "POST", "/api/station/link", json=new).json()
    assert where(center, become(center, told["link"].partition("#")[2])) == 1
    assert call(center, jane, "POST", "/api/station/link", json={"station": 1}).status_code == 200


def test_with_tls_the_cookie_is_for_tls_alone_and_signing_in_keeps_it_alive(static: Path) -> None:
    center = SignedCenter(static, hosts=Hosts.of(["center.example"], secure=True))
    center.house.everybody()
    site(center, HERE)
    secret, secure = link(center), "https://center.example"

    async def ask() -> list[httpx.Response]:
        center.at()
        async with center.client() as client:
            first = await client.post(f"{secure}/api/station/use", json={"link": secret})
            center.house.now += 90 * SECOND
            center.at()
            typed = {"login": "technician", "password": PASSWORD, "code": center.house.code("technician")}
            return [first, await client.post(f"{secure}/api/sign-in", json=typed)]

    first, second = asyncio.run(ask())
    assert first.headers["set-cookie"].endswith("; Secure")
    again = [one for one in second.headers.get_list("set-cookie") if one.startswith("einthoven_station=")]
    assert again == [first.headers["set-cookie"]]
    center.deps.reads.close()


def test_without_an_administrator_there_are_no_stations(static: Path) -> None:
    center = SignedCenter(static)
    site(center, HERE)
    with pytest.raises(Exception, match="there is no administrator yet"):
        link(center)
    answer = call(center, None, "POST", "/api/station/here", json={"name": "D", "site": 1, "kind": "desk"})
    assert (answer.status_code, answer.json()["reason"]) == (403, "no_administrator")
    assert "there is no administrator yet" in answer.json()["error"]
    center.deps.reads.close()


def test_an_open_page_is_told_what_its_acts_carry_and_where_it_sits(center: SignedCenter) -> None:
    jane = center.enter("administrator")
    again = center.access.still(jane.held, center.house.now)
    assert again is not None
    assert again.csrf == jane.held.csrf != ""
