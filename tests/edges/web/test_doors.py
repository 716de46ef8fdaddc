"""Every route × every role, against a table written from R42 and the issue; and what else a door asks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from prometheus_client import CollectorRegistry
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from tests.center.house import ROLES
from tests.edges.web.signed_center import SignedCenter, call, credentials

from einthoven.base.errors import OursError, RefusedError, StoreFullError
from einthoven.center.desk_door import DeskDoor
from einthoven.center.open_record import Enrollments, OpenRecord
from einthoven.center.order_door import OrderDoor
from einthoven.center.sessions import Opened
from einthoven.edges.web.claims import ClaimDoor
from einthoven.edges.web.door import Door, guarded
from einthoven.edges.web.dossier import DossierDoor
from einthoven.edges.web.metrics import WebMetrics
from einthoven.edges.web.oidc import Oidc, Provider
from einthoven.edges.web.report_door import ReportDoor

CARE = {"technician", "supervisor"}
PRACTICE = {"physician", "office"}
ANYBODY = {"nobody", *ROLES}
STAFF = set(ROLES)
WHO = {
    # pages without data, signing in, what transmitters and watchdogs ask
    "page": ANYBODY,
    "file": ANYBODY,
    "asset": ANYBODY,
    "healthz": ANYBODY,
    "readyz": ANYBODY,
    "well-known": ANYBODY,
    "me": ANYBODY,
    "sign-in": ANYBODY,
    "peer": ANYBODY,  # another center, which proves itself by its signature
    "sign-in set-up": ANYBODY,
    "sign-in passkey begin": ANYBODY,
    "sign-in passkey": ANYBODY,
    "sign-in oidc": ANYBODY,
    "sign-in oidc return": ANYBODY,
    "sign-in demo": ANYBODY,
    # asking the simulated technicians of a demo for patients: whoever can watch
    "demo ask": {"technician", "supervisor"},
    "demo call": {"technician", "supervisor"},
    # one's own session and keys
    "sign-out": STAFF,
    "lock": STAFF,
    "unlock": STAFF,
    "unlock passkey": STAFF,
    "confirm": STAFF,
    "confirm passkey begin": STAFF,
    "confirm passkey": STAFF,
    "alive": STAFF,
    "passkeys": STAFF,
    "passkey begin": STAFF,
    "passkey add": STAFF,
    "passkey remove": STAFF,
    # people
    "staff": {"supervisor", "administrator", "auditor"},
    "staff reset": {"administrator"},
    # documents of their papers: read by whoever reads people, put by whoever enters papers
    "document": {"supervisor", "administrator", "auditor"},
    "document put": {"supervisor", "administrator"},
    # papers of orders: whose order names them the desk decides
    "order document": {"supervisor", "enrollment", "billing", "auditor"} | PRACTICE,
    "order document put": {"supervisor", "enrollment"} | PRACTICE,
    # what a physician wrote about an extension: whose period names it the desk decides
    "period document": {"technician", "supervisor", "enrollment"} | PRACTICE,
    "period document put": {"supervisor", "enrollment", "physician"},
    # calls of patients: recordings handed in, and the voice of who has a call
    "telephone strip": CARE,
    "telephone sound": CARE,
    "telephone file put": CARE,
    "telephone file": CARE,
    "telephone voice": CARE,
    "metrics": {"supervisor", "administrator", "service"},
    # a browser becomes a station: by a link, or by whoever keeps the places
    "station look": ANYBODY,
    "station use": ANYBODY,
    "station link": {"administrator"},
    "station here": {"administrator"},
    # patients: those who care for them, and the practice that does
    "live": CARE | PRACTICE,
    "streams": CARE | PRACTICE,
    "stream": CARE | PRACTICE,
    "window": CARE | PRACTICE,
    "envelope": CARE | PRACTICE,
    "beats": CARE | PRACTICE,
    "quality": CARE | PRACTICE,
    "measures": CARE | PRACTICE,
    "findings": CARE | PRACTICE,
    # the reviewer's desk: whoever reads ECG reads it, who may review says what beats are
    "review": CARE | PRACTICE,
    "shapes": CARE | PRACTICE,
    "intervals": CARE | PRACTICE,
    "trend": CARE | PRACTICE,
    "jump": CARE | PRACTICE,
    "points": CARE | PRACTICE,
    "relabel": CARE | {"physician"},
    # billing codes: whoever is signed in
    "codes": STAFF,
    # decision support where orders are written: discovery is open, calls need a machine that enters orders
    "cds services": ANYBODY,
    "cds call": {"enrollment", "supervisor", "physician", "office"},
    "cds feedback": {"enrollment", "supervisor", "physician", "office"},
    "enroll": {"enrollment"},
    "end": {"enrollment"},
    # reports: whoever may read them; whose, the desk decides
    "report content": CARE | PRACTICE | {"enrollment", "billing", "auditor"},
    "report pdf": CARE | PRACTICE | {"enrollment", "billing", "auditor"},
    # claims: files out by whoever reads claims, answers in by whoever works them
    "claim answers": {"billing"},
    "claim file": {"billing", "auditor"},
    "claim packet": {"billing"},
    # whole records: whoever may take records away
    "dossier": PRACTICE | {"supervisor", "billing"},
    "dossier state": PRACTICE | {"supervisor", "billing"},
    "dossier file": PRACTICE | {"supervisor", "billing"},
    # FHIR: what of it is whose is looked at kind by kind
    "fhir-metadata": ANYBODY,
    "fhir-create": {"supervisor", "enrollment"} | PRACTICE,  # orders
    "fhir-transaction": {"supervisor", "enrollment"} | PRACTICE,
    "fhir-search": CARE | PRACTICE | {"enrollment", "billing", "auditor"},
    "fhir-read": CARE | PRACTICE | {"enrollment", "billing", "auditor"},
    # watches, cases, calls: whoever works here or cares for patients; each act is permitted by the desk
    "desk": CARE | PRACTICE | {"administrator", "auditor", "service"},
    "desk-act": STAFF,
    "desk-ask": STAFF,
    "desk-ask-one": STAFF,
    "desk-check": STAFF,
    "desk-check-form": STAFF,
}
WHILE_LOCKED = {
    # the wall goes on, and whoever is there can unlock, or go
    *(name for name, who in WHO.items() if who == ANYBODY),
    "live",
    "desk",
    "streams",
    "stream",
    "envelope",
    "findings",
    "metrics",
    "telephone voice",
    "telephone strip",
    "sign-out",
    "lock",
    "unlock",
    "unlock passkey",
}
POST = {
    *(name for name in WHO if name.startswith(("sign-in", "passkey ", "unlock", "confirm"))),
    "sign-out",
    "lock",
    "alive",
    "staff reset",
    "document put",
    "telephone file put",
    "claim answers",
    "claim packet",
    "dossier",
    "order document put",
    "period document put",
    "demo ask",
    "demo call",
    "enroll",
    "end",
    "relabel",
    "cds call",
    "cds feedback",
    "desk-act",
    "station look",
    "station use",
    "station link",
    "station here",
    "desk-check",
    "desk-check-form",
    "fhir-create",
    "fhir-transaction",
    "peer",
} - {"sign-in oidc", "sign-in oidc return"}


class NoPeers:
    """No other center is trusted."""

    def received(self, raw: bytes, address: str, now: int) -> bytes:
        raise RefusedError("unknown", "not trusted here")


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedCenter]:
    folder = tmp_path_factory.mktemp("static")
    oidc = Oidc(Provider("https://id.example", "einthoven"), bytes)
    record = OpenRecord("Center", cast("Enrollments", object()))
    others = {"peers": NoPeers(), "reports": cast("ReportDoor", object()), "record": record}
    others["orders"] = cast("OrderDoor", object())
    others["claims"] = cast("ClaimDoor", object())
    others["dossiers"] = cast("DossierDoor", object())
    center = SignedCenter(folder, demo=True, oidc=oidc, desk=cast("DeskDoor", object()), **others)
    center.house.everybody()
    yield center
    center.deps.reads.close()


@pytest.fixture(scope="module")
def sessions(center: SignedCenter) -> dict[str, Opened | None]:
    return {"nobody": None} | {role: center.enter(role) for role in ROLES}


def routes(center: SignedCenter) -> dict[str, Route | WebSocketRoute]:
    return {
        str(route.name): route for route in center.app.routes if isinstance(route, Route | WebSocketRoute)
    }


def knock(door: Door, scope: Scope) -> tuple[int | str, str]:
    """Call a door; ("in", "") where it lets in, else status or close code, and what it said."""
    told: list[Message] = []
    entered = False

    async def inside(_scope: Scope, _receive: Receive, _send: Send) -> None:
        nonlocal entered
        entered = True

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        told.append(message)

    async def run() -> None:
        behind, door._app = door._app, inside
        try:
            await door(scope, receive, send)
        finally:
            door._app = behind

    asyncio.run(run())
    if entered:
        return "in", ""
    if told[0]["type"] == "websocket.accept":
        return told[1]["code"], told[1]["reason"]
    return told[0]["status"], told[1]["body"].decode()


def request(route: Route | WebSocketRoute, headers: dict[str, str]) -> Scope:
    kind = "websocket" if isinstance(route, WebSocketRoute) else "http"
    named = {
        "stream": "s000017",
        "name": "x",
        "rest": "s000017",
        "act": "case.take",
        "what": "case",
        "id": "1",
        "kind": "Patient",
        "digest": "ab" * 32,
        "report": "1",
        "job": "1",
        "period": "s000017",
        "file": "1",
        "claim": "1",
        "order": "1",
        "call": "1",
        "strip": "1",
    }
    return {
        "type": kind,
        "method": "POST" if route.name in POST else "GET",
        "path": route.path,
        "path_params": {name: named[name] for name in route.param_convertors},
        "headers": [
            (name.encode(), value.encode()) for name, value in {"host": "127.0.0.1", **headers}.items()
        ],
        "client": ("10.0.0.7", 5000),
        "state": {},
    }


def door_of(route: Route | WebSocketRoute) -> Door:
    assert isinstance(route.app, Door)
    return route.app


def test_the_table_has_every_route(center: SignedCenter) -> None:
    assert set(routes(center)) == set(WHO)
    posts = {
        name
        for name, route in routes(center).items()
        if isinstance(route, Route) and "POST" in (route.methods or ())
    }
    assert posts == POST


@pytest.mark.parametrize("who", ["nobody", *ROLES])
@pytest.mark.parametrize("name", sorted(WHO))
def test_who_may_come_in(
    center: SignedCenter, sessions: dict[str, Opened | None], name: str, who: str
) -> None:
    route, opened = routes(center)[name], sessions[who]
    told, words = knock(door_of(route), request(route, {} if opened is None else credentials(opened)))
    websocket = isinstance(route, WebSocketRoute)
    if who in WHO[name]:
        assert told == "in"
    elif who == "nobody":
        assert told == (4401 if websocket else 401)
        assert "sign in first" in words
    else:
        assert told == (4403 if websocket else 403)
        assert f"not for {who}" in words


@pytest.mark.parametrize("who", [role for role in ROLES if role != "service"])
@pytest.mark.parametrize("name", sorted(WHO))
def test_who_may_come_in_while_the_controls_are_locked(center: SignedCenter, name: str, who: str) -> None:
    center.house.now += 90_000_000_000
    opened = center.house.enter(who)
    center.house.sign_in.lock(opened.held, center.house.now)
    center.at()
    route = routes(center)[name]
    told, words = knock(door_of(route), request(route, credentials(opened)))
    assert (told == "in") == (who in WHO[name] and name in WHILE_LOCKED)
    if who in WHO[name] and told != "in":
        assert '"locked"' in words


@pytest.mark.parametrize("name", sorted(POST))
def test_an_act_carries_the_token_of_its_own_session(
    center: SignedCenter, sessions: dict[str, Opened | None], name: str
) -> None:
    if WHO[name] == ANYBODY:
        return
    who = sorted(WHO[name] - {"service"})[0]
    mine, other = center.enter(who), center.enter("technician")
    route = routes(center)[name]
    for given in ("", other.held.csrf, mine.held.csrf[:-1], "é", mine.held.csrf.upper()):
        told, words = knock(
            door_of(route),
            request(route, credentials(mine) | {"x-einthoven-csrf": given.encode().decode("latin-1")}),
        )
        assert told == 403
        assert '"reason":"csrf"' in words or '"text":"csrf"' in words


def test_a_machine_needs_no_token_of_a_page_and_its_own_is_no_cookie(center: SignedCenter) -> None:
    machine, person = center.enter("service"), center.enter("supervisor")
    route = routes(center)["metrics"]
    cases = [
        (credentials(machine), "in"),
        ({"cookie": f"einthoven={machine.token}"}, 401),
        ({"authorization": f"Bearer {person.token}"}, 401),
        (credentials(person) | {"authorization": "Basic eDp5"}, 401),
        ({"cookie": f"einthoven={person.token}; einthoven={person.token}"}, 401),
    ]
    assert [knock(door_of(route), request(route, headers))[0] for headers, _ in cases] == [
        told for _, told in cases
    ]


def test_a_socket_is_opened_by_our_page_alone(center: SignedCenter) -> None:
    opened = center.enter("technician")
    route, cookie = routes(center)["live"], {"cookie": f"einthoven={opened.token}"}
    origins = [None, "https://evil.example", "http://127.0.0.1:81", "null", "http://127.0.0.1"]
    told = [
        knock(door_of(route), request(route, cookie | ({} if origin is None else {"origin": origin})))[0]
        for origin in origins
    ]
    assert told == [4403, 4403, 4403, 4403, "in"]


def test_a_route_that_is_in_no_table_is_not_served(center: SignedCenter) -> None:
    async def nothing(_request: object) -> None: ...

    with pytest.raises(OursError, match=r"'forgotten'.*not in the table"):
        guarded(
            [Route("/x", nothing, name="forgotten")],
            center.access,
            center.clock,
            WebMetrics(CollectorRegistry()),
        )


# ---- what is seen and that it is noted --------------------------------------------------------------------


@pytest.fixture
def signed(static: Path) -> Iterator[SignedCenter]:
    center = SignedCenter(static)
    center.house.everybody()
    for stream in (17, 18):
        center.come(0, 2500, stream)
    yield center
    center.deps.reads.close()


def test_a_practice_sees_its_own_patients_and_the_others_do_not_exist(signed: SignedCenter) -> None:
    opened = signed.enter("physician")
    seen = call(signed, opened, "GET", "/api/streams").json()
    assert [state["id"] for state in seen] == ["s000017"]
    for what in ("", "/window?start=0&stop=9", "/envelope?start=0&stop=9", "/findings?start=0&stop=9"):
        assert call(signed, opened, "GET", f"/api/streams/s000017{what}").status_code == 200
        for hidden in ("s000018", "s000999"):
            answer = call(signed, opened, "GET", f"/api/streams/{hidden}{what}")
            assert (answer.status_code, answer.json()) == (404, {"error": f"no stream {hidden}"})


def test_what_is_read_is_noted_once_for_one_look(signed: SignedCenter) -> None:
    opened = signed.enter("technician")
    actor = opened.held.actor
    for start in range(0, 900, 100):
        call(signed, opened, "GET", f"/api/streams/s000017/window?start={start}&stop={start + 100}")
    call(signed, opened, "GET", "/api/streams/s000017/window?start=0&stop=x")
    call(signed, opened, "GET", "/api/streams/s000018/beats?start=0&stop=100")
    call(signed, opened, "GET", "/api/streams")
    expected = [
        (actor, "read.window", "s000017"),
        (actor, "read.beats", "s000018"),
        (actor, "read.list", "patients"),
    ]
    assert signed.reads("read.window", "read.beats", "read.list") == expected
    signed.house.now += 600_000_000_000
    call(signed, opened, "GET", "/api/streams/s000017/window?start=0&stop=100")
    again = signed.enter("technician")
    call(signed, again, "GET", "/api/streams/s000017/window?start=0&stop=100")
    assert signed.reads("read.window") == [(actor, "read.window", "s000017")] * 3


def test_what_is_refused_is_not_noted_as_read(signed: SignedCenter) -> None:
    call(signed, signed.enter("billing"), "GET", "/api/streams/s000017")
    call(signed, signed.enter("physician"), "GET", "/api/streams/s000018")
    assert signed.reads("read.stream") == []


def test_a_full_disk_does_not_blank_a_screen_and_is_told(signed: SignedCenter) -> None:
    opened = signed.enter("technician")
    signed.house.facts.failing = StoreFullError("no room")
    assert call(signed, opened, "GET", "/api/streams/s000017/beats?start=0&stop=9").status_code == 200
    assert signed.unaudited == 1
    signed.house.facts.failing = None
    assert call(signed, opened, "GET", "/api/streams/s000017/beats?start=0&stop=9").status_code == 200
    assert signed.reads("read.beats") == [(opened.held.actor, "read.beats", "s000017")]
