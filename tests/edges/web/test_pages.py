"""Pages, headers, and who is refused."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry
from tests.edges.web.small_center import SmallCenter

from einthoven.base.errors import EnrollmentError, InputError, OursError, RefusedError, StoreFullError
from einthoven.edges.web.app import build_app
from einthoven.edges.web.guard import HEADERS
from einthoven.edges.web.server import WebServer
from einthoven.testing.web import facts_of


def get(center: SmallCenter, path: str, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with center.client() as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


def post(center: SmallCenter, path: str, content: bytes, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with center.client() as client:
            sent = {"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
            return await client.post(path, content=content, headers=sent)

    return asyncio.run(ask())


PAGES = [
    ("/", 200, "text/html; charset=utf-8", "no-store"),
    ("/patient/s000017", 200, "text/html; charset=utf-8", "no-store"),
    ("/patient/s000017/", 200, "text/html; charset=utf-8", "no-store"),
    (
        "/assets/main-0a1b2c.js",
        200,
        "text/javascript; charset=utf-8",
        "public, max-age=31536000, immutable",
    ),
    ("/icon.svg", 200, "image/svg+xml", "public, max-age=3600"),
    ("/secret.key", 404, "application/json", "no-store"),
    ("/assets/../secret.key", 404, "application/json", "no-store"),
    ("/assets/%2e%2e/%2e%2e/etc/passwd", 404, "application/json", "no-store"),
    ("/patient/xyz", 404, "application/json", "no-store"),
    ("/patient/s000017/beats", 404, "application/json", "no-store"),
    ("/nowhere", 404, "application/json", "no-store"),
    ("/api/nowhere", 404, "application/json", "no-store"),
]


@pytest.mark.parametrize(("path", "status", "kind", "kept"), PAGES)
def test_pages(center: SmallCenter, path: str, status: int, kind: str, kept: str) -> None:
    answer = get(center, path)
    assert (answer.status_code, answer.headers["content-type"], answer.headers["cache-control"]) == (
        status,
        kind,
        kept,
    )
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


def test_a_front_end_built_later_or_anew_is_served(center: SmallCenter, static: Path) -> None:
    shutil.move(static, static.parent / "away")
    answer = get(center, "/")
    assert answer.status_code == 503
    assert "make frontend" in answer.text
    shutil.move(static.parent / "away", static)
    assert "wall" in get(center, "/").text
    (static / "index.html").write_text("<!doctype html><title>newer</title>")
    os.utime(static / "index.html", ns=(1, 1))
    assert "newer" in get(center, "/").text


HOSTS = [
    ("127.0.0.1:8093", 200),
    ("localhost:8093", 200),
    ("[::1]:8093", 200),
    ("localhost", 200),
    ("evil.example:8093", 403),
    ("127.0.0.1.evil.example", 403),
    ("localhost.evil.example:8093", 403),
    ("192.168.1.7:8093", 403),
    ("", 403),
]


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_a_rebound_name_gets_nothing(center: SmallCenter, host: str, status: int) -> None:
    answer = get(center, "/api/streams", host=host)
    assert answer.status_code == status
    assert ("Patient" in answer.text) == (status == 200)


@pytest.mark.parametrize("length", [1001, 5000, 20_000])
def test_an_address_that_is_too_long_is_none(center: SmallCenter, length: int) -> None:
    """A number of 4300 digits in one is no number to Python, and was a fault of the center."""
    answer = get(center, "/api/telephone/".ljust(length - 10, "9") + "/sound.wav")
    assert answer.status_code == 414
    assert "more than 1000 characters" in answer.json()["error"]


POSTS = [
    ({}, 201),
    ({"origin": "http://127.0.0.1"}, 201),
    ({"sec_fetch_site": "same-origin"}, 201),
    ({"origin": "http://127.0.0.1:3000"}, 403),
    ({"origin": "https://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"sec_fetch_site": "cross-site"}, 403),
    ({"sec_fetch_site": "same-site"}, 403),
    ({"content_type": "text/plain"}, 415),
]


@pytest.mark.parametrize(("headers", "status"), POSTS)
def test_another_page_cannot_enroll(center: SmallCenter, headers: dict[str, str], status: int) -> None:
    answer = post(center, "/api/enroll", b'{"transmitter":"T-9"}', **headers)
    assert answer.status_code == status
    assert center.enrolled == ([{"transmitter": "T-9"}] if status == 201 else [])


BODIES = [
    (b"{", None, 400, "the body is not JSON"),
    (b"\xff", None, 400, "the body is not JSON"),
    (b"[]", None, 400, "the body is not a JSON object"),
    (b"[" * 70_000, None, 413, "an enrollment has at most 65536 bytes"),
    (b"{}", InputError("patient: name\n is missing"), 400, "patient: name is missing"),
    (b"{}", EnrollmentError("T-100 is in an open period"), 409, "T-100 is in an open period"),
    (b"{}", RefusedError("shared", "T-100"), 403, "shared: T-100"),
    (b"{}", StoreFullError("disk full"), 503, "disk full"),
    (b"{}", OursError("broken"), 500, "broken"),
    (b"{}", ZeroDivisionError("secret"), 500, "the center failed to answer; its log says why"),
]


@pytest.mark.parametrize(("body", "raised", "status", "line"), BODIES)
def test_what_is_wrong_with_an_enrollment_is_one_line(
    center: SmallCenter, body: bytes, raised: Exception | None, status: int, line: str
) -> None:
    center.enrollment = raised
    answer = post(center, "/api/enroll", body)
    assert (answer.status_code, answer.json()) == (status, {"error": line})


def test_a_period_is_ended_by_its_stream_and_a_guests_is_not(center: SmallCenter) -> None:
    ended: list[tuple[int, str]] = []

    def end(stream: int, actor: str) -> dict[str, object]:
        ended.append((stream, actor))
        return {"stream": "s000017"}

    guest_of_another = replace(facts_of(18), transmitter="center-1.s000004")
    facts = {17: facts_of(17), 18: guest_of_another}
    center.app = build_app(replace(center.deps, registry=CollectorRegistry(), facts=facts.get, end=end))
    told = post(center, "/api/enroll/end", b'{"stream":"s000017"}')
    assert (told.status_code, told.json(), ended) == (200, {"stream": "s000017"}, [(17, "console")])
    guest = post(center, "/api/enroll/end", b'{"stream":"s000018"}')
    assert guest.status_code == 409
    assert "guests of another center" in guest.json()["error"]
    assert post(center, "/api/enroll/end", b"{}").status_code == 400
    assert len(ended) == 1


def test_enrolling_is_a_post(center: SmallCenter) -> None:
    answer = get(center, "/api/enroll")
    assert (answer.status_code, answer.json()) == (405, {"error": "Method Not Allowed"})


READY = [
    ({}, 200, []),
    ({"storing": "full"}, 503, ["storing: full; samples are shown and not stored"]),
    ({"stepped": None}, 503, ["analysis: no step yet"]),
    ({"moved": 2.5}, 503, ["analysis: last step 2.5 s ago"]),
    ({"clock": "stepped"}, 503, ["clock: stepped"]),
]


@pytest.mark.parametrize(("case", "status", "reasons"), READY)
def test_ready(center: SmallCenter, case: dict[str, object], status: int, reasons: list[str]) -> None:
    center.census.storing(str(case.get("storing", "ok")), 0)
    center.census.clock(str(case.get("clock", "ok")))
    center.clock.move(float(str(case.get("moved", 0))))
    if "stepped" in case:
        center.stepped = None
    answer = get(center, "/readyz")
    assert (answer.status_code, answer.json()) == (status, {"ready": not reasons, "reasons": reasons})
    assert get(center, "/healthz").text == "ok\n"


def test_metrics_name_routes_not_paths_and_are_all_documented(center: SmallCenter) -> None:
    center.tally.add("link_refused", "signature", 3)
    get(center, "/api/streams/s000017")
    get(center, "/nowhere/1")
    get(center, "/api/streams", host="evil.example")
    text = get(center, "/metrics").text
    assert 'einthoven_web_requests_total{route="stream",status="200"} 1.0' in text
    assert "nowhere" not in text
    assert 'einthoven_web_refused_total{reason="host"} 1.0' in text
    assert 'einthoven_link_refused_total{kind="signature"} 3.0' in text
    assert "einthoven_patients 2.0" in text
    page = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text()
    named = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    families = {name for name in named if not name.endswith("_created")} - {"einthoven_link_refused_total"}
    assert [name for name in sorted(families) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "center.example", ""])
def test_without_tls_it_listens_on_loopback_only(center: SmallCenter, host: str) -> None:
    with pytest.raises(InputError, match="without TLS"):
        WebServer(center.app, host)


def test_a_port_that_is_taken_is_told(center: SmallCenter) -> None:
    async def run() -> None:
        async with center.served() as server:
            with pytest.raises(InputError, match=f"cannot listen on 127.0.0.1 port {server.port}"):
                await WebServer(center.app, port=server.port).start()

    asyncio.run(run())
