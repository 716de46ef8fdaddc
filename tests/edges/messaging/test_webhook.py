"""Webhooks against a server that others wrote (uvicorn with Starlette), over http and https."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from tests.edges.messaging.mail_server import nobody
from tests.sim.waiting import until

from einthoven.base.errors import DeliveryUnknownError, InputError, RefusedError
from einthoven.base.instants import SECOND
from einthoven.center.desk_ports import FOR_GOOD, FOR_NOW, Notice
from einthoven.edges.intake.certificate import CERTIFICATE, KEY, ensure_certificate
from einthoven.edges.messaging.webhook import WebhookMessenger, WebhookSettings, checked, signature
from einthoven.testing.journal_suite import NOON

SECRET = b"shared with the receiver"
SETTINGS = WebhookSettings(SECRET, timeout_s=5)


@dataclass
class Receiver:
    """What was posted, and what is answered."""

    url: str = ""
    answer: Response = field(default_factory=lambda: Response("taken", 202))
    hang: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    elsewhere: int = 0

    async def hook(self, request: Request) -> Response:
        self.got.append((dict(request.headers), await request.body()))
        await until("the test to end", lambda: not self.hang)
        return self.answer

    async def other(self, _request: Request) -> Response:
        self.elsewhere += 1
        return Response("here")


async def served(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve to the end, and leave no connection behind: whoever broke off may not have been heard yet, and
    what a closed loop still holds is complained of in whichever test runs when it is collected."""
    await server.serve([listener])
    for transport in list(vars(asyncio.get_running_loop()).get("_transports", {}).values()):
        transport.abort()
    for _ in range(3):
        await asyncio.sleep(0)


def serving(receiver: Receiver, keys: Path | None = None) -> Iterator[Receiver]:
    routes = [
        Route("/hook", receiver.hook, methods=["POST"]),
        Route("/other", receiver.other, methods=["GET", "POST"]),
    ]
    tls: dict[str, Any] = {}
    if keys is not None:
        tls = {"ssl_certfile": keys / CERTIFICATE, "ssl_keyfile": keys / KEY}
    app = Starlette(routes=routes)
    quiet = {"log_level": "critical", "lifespan": "off", "ws": "none", "timeout_graceful_shutdown": 1}
    config = uvicorn.Config(app, **quiet, **tls)
    server, listener = uvicorn.Server(config), socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(served(server, listener)), daemon=True)
    thread.start()
    receiver.url = f"{'https' if keys else 'http'}://127.0.0.1:{listener.getsockname()[1]}/hook"
    yield receiver
    receiver.hang = False
    server.should_exit = server.force_exit = True
    thread.join(20)
    assert not thread.is_alive()
    listener.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    yield from serving(Receiver())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    ensure_certificate(folder, ["127.0.0.1"], NOON)
    return folder


@pytest.fixture
def secure(keys: Path) -> Iterator[Receiver]:
    yield from serving(Receiver(), keys)


def hook(url: str, id_: str = "n-1") -> Notice:
    return Notice(id_, "webhook", url, {"id": id_, "tier": "emergent", "words": "ä 心"}, NOON)


def post(message: Notice, settings: WebhookSettings = SETTINGS, late: int = 0) -> str:
    return asyncio.run(WebhookMessenger(settings, lambda: NOON + late).send(message))


def test_a_notice_arrives_signed_and_with_its_id(receiver: Receiver) -> None:
    assert post(hook(receiver.url)) == "202 taken"
    ((headers, body),) = receiver.got
    assert json.loads(body) == {"id": "n-1", "tier": "emergent", "words": "ä 心"}
    assert headers["content-type"] == "application/json"
    assert (headers["webhook-id"], headers["idempotency-key"]) == ("n-1", '"n-1"')
    assert headers["webhook-timestamp"] == str(NOON // SECOND)
    # what a receiver computes, written out
    signed = hmac.new(SECRET, b"n-1." + headers["webhook-timestamp"].encode() + b"." + body, hashlib.sha256)
    assert headers["webhook-signature"] == "v1," + base64.b64encode(signed.digest()).decode()


def test_the_same_notice_twice_has_one_id_and_a_signature_for_each_time(receiver: Receiver) -> None:
    post(hook(receiver.url))
    post(hook(receiver.url), late=60 * SECOND)
    (first, one), (second, other) = receiver.got
    assert (first["webhook-id"], one) == (second["webhook-id"], other)
    assert first["webhook-signature"] != second["webhook-signature"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 60


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's verification section."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_over_https_only_who_is_trusted_gets_it(secure: Receiver, keys: Path) -> None:
    with pytest.raises(RefusedError, match=FOR_NOW):
        post(hook(secure.url))
    assert secure.got == []
    assert post(hook(secure.url), replace(SETTINGS, trust=keys / CERTIFICATE)) == "202 taken"


STATUSES = [
    (400, FOR_GOOD), (401, FOR_GOOD), (404, FOR_GOOD), (410, FOR_GOOD), (422, FOR_GOOD), (408, FOR_NOW),
    (409, FOR_NOW), (425, FOR_NOW), (429, FOR_NOW), (500, FOR_NOW), (503, FOR_NOW), (304, FOR_GOOD),
]  # fmt: skip


@pytest.mark.parametrize(("status", "reason"), STATUSES)
def test_a_refusal_is_told_with_the_receivers_words(receiver: Receiver, status: int, reason: str) -> None:
    receiver.answer = Response(None if status == 304 else "not\nso\x07", status)
    with pytest.raises(RefusedError) as told:
        post(hook(receiver.url))
    assert told.value.reason == reason
    assert told.value.detail.startswith("304" if status == 304 else f"{status} not so?")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answer = RedirectResponse(receiver.url.replace("/hook", "/other"), status)
    with pytest.raises(RefusedError, match=f"for good: {status}: redirected"):
        post(hook(receiver.url))
    assert (len(receiver.got), receiver.elsewhere) == (1, 0)


def test_a_receiver_that_does_not_answer_leaves_it_unknown(receiver: Receiver) -> None:
    receiver.hang = True
    with pytest.raises(DeliveryUnknownError, match="may have it"):
        post(hook(receiver.url), replace(SETTINGS, timeout_s=3))  # time enough to get there on a busy machine
    assert len(receiver.got) == 1


def test_an_answer_without_end_is_not_read_to_its_end(receiver: Receiver) -> None:
    async def flood() -> AsyncIterator[bytes]:
        for _ in range(500):
            yield b"x" * 4096
            await asyncio.sleep(0)

    receiver.answer = StreamingResponse(flood())
    assert post(hook(receiver.url)).startswith("200 xxxx")


def test_an_answer_that_drips_ends_with_the_time_that_a_call_has(receiver: Receiver) -> None:
    over = threading.Event()

    async def drip() -> AsyncIterator[bytes]:
        while not over.is_set():
            yield b"."
            await asyncio.sleep(0.01)

    receiver.answer = StreamingResponse(drip())
    try:
        with pytest.raises(DeliveryUnknownError):
            post(hook(receiver.url), replace(SETTINGS, timeout_s=0.5))
    finally:
        over.set()


def test_nobody_there_is_refused_for_now() -> None:
    with nobody() as port, pytest.raises(RefusedError, match=FOR_NOW):
        post(hook(f"http://127.0.0.1:{port}/hook"), replace(SETTINGS, timeout_s=1))


def test_proxies_and_passwords_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password geheim\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert post(hook(receiver.url)) == "202 taken"
    assert "authorization" not in receiver.got[0][0]


REFUSED_URLS = [
    "http://clinic.example/hook", "http://10.0.0.5/hook", "http://127.0.0.1.example/hook", "ftp://127.0.0.1/hook",
    "https://user:geheim@clinic.example/hook", "clinic.example/hook", "", "https://", "http://[::2]/hook",
    "https://clinic.example:99999/hook", "file:///etc/passwd", "http://localhost.example/",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_urls_that_a_notice_must_not_go_to(url: str) -> None:
    with pytest.raises(RefusedError, match=FOR_GOOD) as told:
        checked(url)
    assert "geheim" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://clinic.example/hook?x=1",
        "http://127.0.0.1:8/h",
        "http://localhost/",
        "http://[::1]:9/h",
        "http://127.9.9.9/",
    ],
)
def test_urls_that_it_may_go_to(url: str) -> None:
    assert str(checked(url)) == url


@given(url=st.text(max_size=60))
def test_any_text_is_a_url_or_refused_for_good(url: str) -> None:
    reason = FOR_GOOD
    with suppress(RefusedError):
        try:
            assert checked(url).scheme in ("http", "https")
        except RefusedError as error:
            reason = error.reason
            raise
    assert reason == FOR_GOOD


@pytest.mark.parametrize("id_", ["", "a b", 'a"b', "a\\b", "ä", "a\r\nx: y", "x" * 201])
def test_an_id_that_fits_no_header_is_refused_for_good(id_: str) -> None:
    with pytest.raises(RefusedError, match=FOR_GOOD):
        post(hook("http://127.0.0.1:9/hook", id_))


def test_settings_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 24 bytes"):
        WebhookSettings(b"short")
    with pytest.raises(InputError, match=r"none\.pem: no certificates"):
        WebhookMessenger(replace(SETTINGS, trust=tmp_path / "none.pem"), lambda: NOON)
    assert "shared" not in repr(SETTINGS)
