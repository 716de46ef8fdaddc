"""A record that does not get through leaves a period that is ended, and says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import httpx
import numpy as np
import pytest
from tests.interop.recordings import NOON, recording

from einthoven.base.errors import InputError
from einthoven.base.layout import Layout, Lead
from einthoven.bootstrap import importing
from einthoven.interop.edf import edf_pieces

PERSON: dict[str, object] = {"patient": {"name": "Doe, Jane"}}


@pytest.fixture
def record(tmp_path: Path) -> str:
    samples = np.random.default_rng(5).integers(-500, 500, (2500, 1)).astype(np.int16)
    path = tmp_path / "rec.edf"
    path.write_bytes(b"".join(edf_pieces(recording(samples, Layout(250.0, (Lead("II"),)), start=NOON))))
    return str(path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands for the center: what was asked of it, in order."""
    asked: list[str] = []

    def enroll(_center: str, body: dict[str, Any], _out: Path, **_more: object) -> dict[str, object]:
        asked.append(f"enroll {body['transmitter']}")
        return {"stream": "s000007", "period": 7, "patient": "Doe, Jane"}

    def post(_self: object, url: str, json: dict[str, str]) -> httpx.Response:
        asked.append(f"{url} {json['stream']}")
        return httpx.Response(200, json={"ended": "2026-11-23T12:00:00.000Z"})

    monkeypatch.setattr(importing, "enroll_at", enroll)
    monkeypatch.setattr(importing, "read_key", lambda _path: None)
    monkeypatch.setattr(importing, "send", lambda *_args, **_more: {"samples": 2500})
    monkeypatch.setattr(httpx.Client, "post", post)
    return asked


def test_enrolled_sent_ended(record: str, asked: list[str]) -> None:
    told = importing.import_record(record, "http://127.0.0.1:8093/", PERSON)
    assert (told["stream"], told["samples"], told["ended"]) == ("s000007", 2500, "2026-11-23T12:00:00.000Z")
    assert asked == [f"enroll {told['transmitter']}", "http://127.0.0.1:8093/api/enroll/end s000007"]
    again = importing.import_record(record, "http://127.0.0.1:8093", PERSON)
    assert again["transmitter"] == told["transmitter"]


@pytest.mark.parametrize(
    "failure", [InputError("the center refused"), click.exceptions.Exit(1), KeyboardInterrupt()]
)
def test_what_fails_midway_ends_the_period(
    record: str, asked: list[str], monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise failure

    monkeypatch.setattr(importing, "send", fail)
    with pytest.raises(type(failure)):
        importing.import_record(record, "http://127.0.0.1:8093", PERSON, transmitter="T-1")
    assert asked == ["enroll T-1", "http://127.0.0.1:8093/api/enroll/end s000007"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(403, json={"error": "not permitted"}), "not permitted"),
        (httpx.Response(500, text="broken"), "Expecting value"),
        (httpx.ConnectError("gone"), "gone"),
    ],
)
def test_a_period_that_stays_open_is_said(
    record: str,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: httpx.Response | Exception,
    words: str,
) -> None:
    def post(_self: object, _url: str, **_more: object) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(httpx.Client, "post", post)
    told = importing.import_record(record, "http://127.0.0.1:8093", PERSON)
    assert told["ended"] is None
    assert f"s000007: its period is open still: {words}" in capsys.readouterr().err
    assert len(asked) == 1


TIMES = [
    (None, "", "2026-03-04T12:00:00.000Z"),
    (None, "America/New_York", "2026-03-04T17:00:00.000Z"),
    (None, "Asia/Kathmandu", "2026-03-04T06:15:00.000Z"),
    ("2026-07-01T08:00", "Europe/Vienna", "2026-07-01T06:00:00.000Z"),
    ("2026-07-01T08:00+01:00", "Europe/Vienna", "2026-07-01T07:00:00.000Z"),
    ("2026-07-01T08:00:00.250Z", "", "2026-07-01T08:00:00.250Z"),
]


@pytest.mark.parametrize(("start", "zone", "want"), TIMES)
def test_the_clock_of_the_recorder(
    record: str, asked: list[str], start: str | None, zone: str, want: str
) -> None:
    told = importing.import_record(record, "http://127.0.0.1:8093", PERSON, start=start, zone=zone)
    assert told["start"] == want


def test_no_such_zone(record: str, asked: list[str]) -> None:
    with pytest.raises(InputError, match="no time zone 'Moon'"):
        importing.import_record(record, "http://127.0.0.1:8093", PERSON, zone="Moon")
    assert asked == []


def test_a_token_goes_along(record: str, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str | None] = []

    class Client(httpx.Client):
        def __init__(self, **options: Any) -> None:
            seen.append(options["headers"].get("authorization"))
            super().__init__(**options)

    monkeypatch.setattr(httpx, "Client", Client)
    importing.import_record(record, "http://127.0.0.1:8093", PERSON, token="abc")
    assert seen == ["Bearer abc"]
