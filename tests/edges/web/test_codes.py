"""Billing codes over the web: the book on a day, pairs, diagnoses; bad input in one line."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from tests.edges.web.small_center import SmallCenter

from einthoven.billing import codes
from einthoven.edges.web.app import build_app


@pytest.fixture
def center(tmp_path: Path) -> SmallCenter:
    return SmallCenter(tmp_path)


def get(center: SmallCenter, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with center.client() as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_the_book_on_a_day(center: SmallCenter) -> None:
    told: dict[str, Any] = get(center, "/api/codes?on=2010-12-31").json()
    by_code = {one["code"]: one for one in told["codes"]}
    assert set(by_code) == set(codes.shipped().codes)
    assert by_code["93012"]["valid"]["answer"] == "valid"
    assert by_code["93241"]["valid"]["answer"] == "not valid"
    assert told["on"] == "2010-12-31"
    assert [one["id"] for one in told["families"]][:3] == ["telemetry", "home-station", "event"]
    assert told["files"] == []
    assert told["marks"]["M?"]


def test_without_a_day_it_is_today_of_the_center(center: SmallCenter) -> None:
    told = get(center, "/api/codes").json()
    assert told["on"] == told["today"]


def test_a_pair_and_a_diagnosis(center: SmallCenter) -> None:
    told = get(center, "/api/codes/pair?a=93229&b=93226&on=2012-01-01").json()
    assert told["answer"] == "not together"
    assert {one["kind"] for one in told["why"]} == {"guideline", "ncci"}
    told = get(center, "/api/codes/diagnosis?code=i48.1&on=2019-10-01").json()
    assert (told["code"], told["valid"]["instead"]) == ("I48.1", ["I48.11", "I48.19"])


def test_today_is_the_centers_day(center: SmallCenter) -> None:
    center.app = build_app(
        replace(center.deps, registry=CollectorRegistry(), today=lambda _now: "2010-12-31")
    )
    told = get(center, "/api/codes").json()
    assert (told["on"], told["today"]) == ("2010-12-31", "2010-12-31")
    assert {one["code"]: one["valid"]["answer"] for one in told["codes"]}["93012"] == "valid"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/codes?on=2010-02-30", 400, "on='2010-02-30' is no date"),
        ("/api/codes?on=today", 400, "on='today' is no date"),
        ("/api/codes/pair?a=93229", 400, "b: want a code"),
        ("/api/codes/pair?a=93229&b=93013", 404, "no code '93013' is known here; near ones are 93012"),
        ("/api/codes/diagnosis?code=" + "x" * 30, 400, "code: want a code"),
    ],
)
def test_bad_input_is_one_line(center: SmallCenter, path: str, status: int, words: str) -> None:
    answer = get(center, path)
    assert answer.status_code == status
    assert words in answer.json()["error"]
