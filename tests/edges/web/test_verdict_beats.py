"""A verdict that relabels beats: they are read, sealed and not, before the desk is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import httpx
from tests.edges.web.small_center import SmallCenter

from einthoven.base.spans import SpanSet
from einthoven.center.desk_door import Answer, DeskDoor, Wanted, Who


class Desk:
    """Wants what a test says, and remembers what came in which order."""

    def __init__(self, wants: Wanted | None) -> None:
        self.wants = wants
        self.came: list[object] = []

    def wanted(self, _act: str, _fields: Mapping[str, object]) -> Wanted | None:
        return self.wants

    def shown(self, stream: int, rows: Any) -> None:
        self.came.append((stream, rows["sample"].tolist()))

    def act(self, _who: Who, act: str, _fields: Mapping[str, object], answer: Answer) -> None:
        self.came.append(act)
        answer({}, None)


def came(tmp_path: Path, wants: Wanted | None, stream: int = 17) -> list[object]:
    desk = Desk(wants)
    center = SmallCenter(tmp_path, desk=cast("DeskDoor", desk))
    center.reader.spans[stream] = SpanSet([(0, 5000)])
    center.reader.sealed[stream] = [100, 300, 500]
    center.ward.unsealed[stream] = [700, 900]

    async def post() -> httpx.Response:
        async with center.client() as client:
            return await client.post("/api/desk/case.verdict", json={"case": 1})

    assert asyncio.run(post()).status_code == 200
    return desk.came


def test_sealed_and_unsealed_beats_come_before_the_act(tmp_path: Path) -> None:
    assert came(tmp_path, (17, 300, 800)) == [(17, [300, 500, 700]), "case.verdict"]


def test_an_act_that_wants_none_has_none_read(tmp_path: Path) -> None:
    assert came(tmp_path, None) == ["case.verdict"]
