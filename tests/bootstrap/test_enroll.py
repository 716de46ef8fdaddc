"""Enrolling: what can fail is tried before the center is asked; what is not known is not called a failure."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import click
import httpx
import pytest

from einthoven.base.errors import InputError
from einthoven.bootstrap import enroll as enrolling
from einthoven.bootstrap import keys
from einthoven.bootstrap.enroll import enroll_at
from einthoven.bootstrap.keys import read_key
from einthoven.edges.intake.certificate import ensure_certificate

BODY: dict[str, object] = {"transmitter": "T-1", "rate_hz": 250.0, "leads": ["II", "V1"]}
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("keys")
    return ensure_certificate(folder, ["127.0.0.1"], time.time_ns()).read_text()


class Center:
    """Answers as told, and keeps what it was asked."""

    def __init__(self, identity: object, answer: Answer) -> None:
        self.identity, self.answer = identity, answer
        self.asked: list[dict[str, object]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=self.identity)
        self.asked.append(json.loads(request.content))
        return self.answer(request)

    def enroll(self, out: Path, **change: object) -> dict[str, object]:
        return enroll_at("http://center:1/", BODY | change, out, httpx.MockTransport(self))


def opened(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, json={"stream": "s000017", "period": 1})


def failing(error: type[httpx.TransportError]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("as told", request=request)

    return answer


def test_an_enrollment_writes_the_key_that_it_enrolled(tmp_path: Path, pem: str) -> None:
    center = Center({"link": "wss://127.0.0.1:2/link", "certificate": pem}, opened)
    assert center.enroll(tmp_path / "t.key")["stream"] == "s000017"
    key = read_key(tmp_path / "t.key")
    assert (key.stream, key.link, key.certificate) == ("s000017", "wss://127.0.0.1:2/link", pem)
    assert (key.rate_hz, key.leads) == (250.0, ("II", "V1"))
    assert [path.name for path in tmp_path.iterdir()] == ["t.key"]
    assert len(center.asked) == 1


@pytest.mark.parametrize(
    "identity",
    [
        {},
        [],
        {"link": "wss://127.0.0.1:2/link"},
        {"link": "ftp://127.0.0.1:2/link", "certificate": "{pem}"},
        {"link": "wss://host:abc/link", "certificate": "{pem}"},
        {"link": "wss://127.0.0.1:2/link", "certificate": "hello"},
    ],
    ids=str,
)
def test_a_center_without_a_usable_identity_is_asked_for_nothing(
    tmp_path: Path, pem: str, identity: object
) -> None:
    if isinstance(identity, dict) and identity.get("certificate") == "{pem}":
        identity = identity | {"certificate": pem}
    center = Center(identity, opened)
    with pytest.raises(InputError):
        center.enroll(tmp_path / "t.key")
    assert center.asked == []
    assert list(tmp_path.iterdir()) == []


def test_what_the_terminal_gave_as_no_text_is_named(tmp_path: Path, pem: str) -> None:
    center = Center({"link": "wss://127.0.0.1:2/link", "certificate": pem}, opened)
    with pytest.raises(InputError, match=r"patient: .*is no text"):
        center.enroll(tmp_path / "t.key", patient="Doe\udcff")
    assert center.asked == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_known_beforehand(
    tmp_path: Path, pem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the system answers a user; root, who may run this, could write everywhere."""

    def denied(path: Path, *_how: int) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    center = Center({"link": "wss://127.0.0.1:2/link", "certificate": pem}, opened)
    monkeypatch.setattr(keys.os, "open", denied)
    with pytest.raises(PermissionError):
        center.enroll(tmp_path / "t.key")
    assert center.asked == []


def test_a_file_that_cannot_be_made_is_known_beforehand(tmp_path: Path, pem: str) -> None:
    center = Center({"link": "wss://127.0.0.1:2/link", "certificate": pem}, opened)
    with pytest.raises(OSError, match="too long"):
        center.enroll(tmp_path / ("k" * 254))
    assert center.asked == []


UNKNOWN: dict[str, tuple[Answer, str]] = {
    "no answer in time": (failing(httpx.ReadTimeout), "no answer came"),
    "cut while waiting": (failing(httpx.ReadError), "no answer came"),
    "closed without an answer": (failing(httpx.RemoteProtocolError), "no answer came"),
    "cut while asking": (failing(httpx.WriteError), "no answer came"),
    "a defect at the center": (lambda _: httpx.Response(500, json={"error": "oh"}), "answered 500 (oh)"),
    "a gateway in between": (lambda _: httpx.Response(502, text="<html>"), "answered 502"),
    "opened, told in no JSON": (lambda _: httpx.Response(201, text="ok"), "answered 201"),
    "opened, without its stream": (lambda _: httpx.Response(201, json={}), "its stream was not told"),
    "opened, as no stream": (lambda _: httpx.Response(201, json={"stream": "x"}), "its stream was not told"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_period_that_may_be_open_is_said_to_be(
    tmp_path: Path, pem: str, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, words = UNKNOWN[case]
    center = Center({"link": "wss://127.0.0.1:2/link", "certificate": pem}, answer)
    with pytest.raises(click.exceptions.Exit) as stop:
        center.enroll(tmp_path / "t.key")
    assert stop.value.exit_code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert line.endswith("enroll T-1 again, which ends that period")
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_cannot_be_written_after_all_names_its_stream(
    tmp_path: Path, pem: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, key: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(enrolling, "write_key", full)
    center = Center({"link": "wss://127.0.0.1:2/link", "certificate": pem}, opened)
    with pytest.raises(click.exceptions.Exit):
        center.enroll(tmp_path / "t.key")
    said = capsys.readouterr().err
    assert "s000017 was opened" in said
    assert "No space left" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (failing(httpx.ConnectError), "no center answers"),
        (failing(httpx.ConnectTimeout), "no center answers"),
        (lambda _: httpx.Response(409, json={"error": "T-1 is worn"}), "refused: T-1 is worn"),
        (lambda _: httpx.Response(503, json={"error": "disk full"}), "refused: disk full"),
        (lambda _: httpx.Response(404, text="nothing here"), "refused: Not Found"),
    ],
)
def test_what_was_not_done_is_refused(tmp_path: Path, pem: str, answer: Answer, words: str) -> None:
    center = Center({"link": "wss://127.0.0.1:2/link", "certificate": pem}, answer)
    with pytest.raises(InputError, match=words):
        center.enroll(tmp_path / "t.key")
    assert list(tmp_path.iterdir()) == []
