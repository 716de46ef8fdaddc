"""TLS of the pages: which certificates are served with, and which are refused and why."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.edges.web.small_center import SmallCenter

from einthoven.base.errors import InputError
from einthoven.base.instants import DAY, SECOND
from einthoven.bootstrap.web_tls import CERTIFICATE, WebTls, web_tls
from einthoven.edges.intake.certificate import make_certificate
from einthoven.edges.web.server import WebServer
from einthoven.settings import Settings

NOW = 1_800_000_000 * SECOND


def given(folder: Path, *names: str, at: int = NOW, days: int = 90) -> None:
    make_certificate(folder / "given.pem", folder / "given.key", list(names), at, days)


def tls(folder: Path, at: int = NOW, **settings: Any) -> WebTls:
    return web_tls(Settings(**settings), folder, folder / "keys", at)


OWN: dict[str, Any] = {"web_certificate": "given.pem", "web_key": "given.key", "web_name": "center.example"}


def test_loopback_is_plain_as_ever(tmp_path: Path) -> None:
    plain = tls(tmp_path)
    assert (plain.context, plain.hosts.scheme, plain.hosts.names) == (None, "http", frozenset())
    assert not (tmp_path / "keys").exists()


def test_an_own_certificate_is_made_once_and_anew_when_its_time_comes(tmp_path: Path) -> None:
    first = tls(tmp_path, web_host="0.0.0.0", web_name="Center.Example")
    assert first.hosts.names == {"center.example"}
    assert first.hosts.secure
    made = (tmp_path / "keys" / CERTIFICATE).read_bytes()
    assert (tmp_path / "keys" / "web-key.pem").stat().st_mode & 0o777 == 0o600
    tls(tmp_path, at=NOW + 700 * DAY, web_host="0.0.0.0", web_name="center.example")
    assert (tmp_path / "keys" / CERTIFICATE).read_bytes() == made
    tls(tmp_path, at=NOW + 800 * DAY, web_host="0.0.0.0", web_name="center.example")
    assert (tmp_path / "keys" / CERTIFICATE).read_bytes() != made
    renamed = tls(tmp_path, web_host="0.0.0.0", web_name="other.example")
    assert renamed.hosts.names == {"other.example"}


@pytest.mark.parametrize("name", ["center.example", "*.example", "10.0.0.9"])
def test_a_certificate_of_the_site_is_served_with(tmp_path: Path, name: str) -> None:
    given(tmp_path, name)
    asked = name if name[0] != "*" else "center.example"
    assert tls(tmp_path, web_host="10.0.0.9", **(OWN | {"web_name": asked})).context is not None


REFUSED = [
    ({"web_host": "10.0.0.9"}, "web_name: the pages listen on 10.0.0.9; say by which name"),
    ({"web_certificate": "given.pem"}, "belong together"),
    (OWN | {"web_certificate": "none.pem"}, "No such file"),
    (OWN | {"web_key": "none.key"}, "web_key: .*No such file"),
    (OWN | {"web_key": "given.pem"}, "is no private key in PEM"),
    (OWN | {"web_certificate": "given.key"}, "is no certificate in PEM"),
    (OWN | {"web_key": "other.key"}, "is not the key of"),
    (OWN | {"web_name": "other.example"}, r"is for center\.example, not for other\.example"),
    (OWN | {"web_name": "deep.center.example"}, "not for deep"),
]


@pytest.mark.parametrize(("settings", "words"), REFUSED)
def test_what_does_not_fit_is_refused_in_a_line(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    make_certificate(tmp_path / "other.pem", tmp_path / "other.key", ["x"], NOW, 9)
    given(tmp_path, "center.example")
    with pytest.raises(InputError, match=words) as caught:
        tls(tmp_path, **settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("at", [NOW - 3 * DAY, NOW + 90 * DAY])
def test_a_certificate_of_another_time_is_refused(tmp_path: Path, at: int) -> None:
    given(tmp_path, "center.example")
    with pytest.raises(InputError, match=r"is valid from .*, not now"):
        tls(tmp_path, at=at, web_host="0.0.0.0", **OWN)


def test_the_pages_are_served_with_tls_alone(tmp_path: Path) -> None:
    made = tls(tmp_path, at=time.time_ns(), web_host="0.0.0.0", web_name="localhost")
    assert made.context is not None
    assert made.context.minimum_version == ssl.TLSVersion.TLSv1_2
    center = SmallCenter(tmp_path)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "keys" / CERTIFICATE))

    async def run() -> None:
        server = WebServer(center.app, "127.0.0.1", 0, made.context, made.name)
        await server.start()
        try:
            assert server.url == f"https://localhost:{server.port}"
            async with httpx.AsyncClient(verify=trusting, trust_env=False) as client:
                assert (await client.get(f"{server.url}/healthz")).text == "ok\n"
            async with httpx.AsyncClient(trust_env=False) as client:
                with pytest.raises(httpx.HTTPError):
                    await client.get(f"http://localhost:{server.port}/healthz")
        finally:
            await server.stop()

    asyncio.run(run())
