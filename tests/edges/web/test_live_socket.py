"""The live socket over the real server: what a page sees, and what it must not."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from tests.edges.web.small_center import SmallCenter, Tab, tab
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from einthoven.base.instants import SECOND
from einthoven.center.live_wire import FLAG_FRESH, FLAG_REPAINT, FLAG_SKIPPED
from einthoven.edges.web.server import MESSAGE_MAX
from einthoven.testing.web import EPOCH, heart

LIMIT_S = 20.0


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run to the end within the limit, and leave no task behind."""

    async def limited() -> None:
        async with asyncio.timeout(LIMIT_S):
            await work()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert left == []

    asyncio.run(limited())


async def until(what: Callable[[], bool]) -> None:
    """Give the loop its turns until something is so."""
    for _ in range(100_000):
        if what():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to be so")


def with_tab(center: SmallCenter, work: Callable[[Tab], Coroutine[Any, Any, None]]) -> None:
    async def served() -> None:
        async with center.served() as server, tab(server) as page:
            await work(page)

    run(served)


def test_a_page_opens_with_a_snapshot_then_sees_its_view_live(center: SmallCenter) -> None:
    async def work(page: Tab) -> None:
        snapshot = await page.text("snapshot")
        assert [patient["id"] for patient in snapshot["patients"]] == ["s000017", "s000018"]
        assert (snapshot["boot"], snapshot["center"]["patients"]) == ("b007", 2)
        center.come(0, 1000)
        await page.view("s000017", epoch=7, history=2.0)
        epoch, runs = await page.waves()
        assert epoch == 7
        assert [(run.lead, run.flags, run.first, run.columns) for run in runs] == [
            (0, FLAG_FRESH, 500, 500),
            (1, FLAG_FRESH, 500, 500),
        ]
        center.come(1000, 1250)
        _, runs = await page.waves()
        for run in runs:
            assert (run.first, run.flags) == (1000, 0)
            assert run.values.tolist() == heart(17, 1000, 1250, 2)[:, run.lead].tolist()

    with_tab(center, work)


def test_state_changes_come_without_a_view(center: SmallCenter) -> None:
    async def work(page: Tab) -> None:
        first = await page.text("snapshot")
        center.census.link_up(18, EPOCH)
        change = await page.text("change")
        assert change["n"] == first["n"] + 1
        assert change["patients"] == [
            {"id": "s000018", "link": "connected", "link_since_ms": EPOCH // 1_000_000}
        ]

    with_tab(center, work)


def test_a_tick_comes_every_second_and_a_new_second_brings_fast_fields(center: SmallCenter) -> None:
    async def work(page: Tab) -> None:
        await page.text("snapshot")
        await page.view("s000017")
        await page.text("change")
        center.clock.move(1.0)
        center.come(0, 250)
        change = await page.text("change")
        (patch,) = (patch for patch in change["patients"] if patch["id"] == "s000017")
        assert (patch["hr"], patch["newest_ms"]) == (72, EPOCH // 1_000_000 + 996)
        center.clock.move(1.5)
        assert (await page.text("tick"))["n"] >= change["n"]

    with_tab(center, work)


def test_a_hidden_page_keeps_its_state_and_starts_afresh_when_shown(center: SmallCenter) -> None:
    async def work(page: Tab) -> None:
        await page.text("snapshot")
        center.come(0, 250)
        await page.view("s000017", history=4.0)
        await page.waves()
        await page.ask(type="visible", value=False)
        await page.ask(type="reload")
        await page.text("snapshot")  # so the hiding was taken before
        center.come(250, 2000)
        center.census.link_up(17, EPOCH)
        while True:
            data = await page.socket.recv()
            assert isinstance(data, str), "no waves while hidden"
            if json.loads(data)["type"] == "change":
                break
        await page.ask(type="visible", value=True)
        _, runs = await page.waves()
        assert [(run.flags, run.first, run.columns) for run in runs] == [(FLAG_FRESH, 1000, 1000)] * 2

    with_tab(center, work)


def test_late_samples_are_painted_again(center: SmallCenter) -> None:
    async def work(page: Tab) -> None:
        await page.view("s000017")
        center.come(0, 250)
        center.come(500, 750)
        while (await page.waves())[1][0].first + 0 < 0:
            pass
        center.come(250, 500)
        while True:
            _, runs = await page.waves()
            if runs[0].flags & FLAG_REPAINT:
                break
        assert runs[0].values.tolist() == heart(17, 250, 500, 2)[:, 0].tolist()

    with_tab(center, work)


def test_a_view_is_answered_before_the_next_tick_would_come(center: SmallCenter) -> None:
    async def work(page: Tab) -> None:
        await page.text("snapshot")
        center.come(0, 5000)
        clock = asyncio.get_running_loop().time
        took = []
        for epoch in range(1, 31):
            began = clock()
            await page.view("s000017", epoch=epoch)
            while (await page.waves())[0] != epoch:
                pass
            took.append(clock() - began)
        assert sorted(took)[15] < 0.035, "half of them in less than a third of a tick, and no wait of Nagle's"

    with_tab(center, work)


REFUSED = [
    ("{", "not JSON"),
    (json.dumps({"type": "view", "epoch": -1}), "epoch"),
    (b"\x00\x01", "binary messages are not taken"),
]


@pytest.mark.parametrize(("asked", "why"), REFUSED)
def test_a_request_that_cannot_be_taken_is_refused_in_words(
    center: SmallCenter, asked: str | bytes, why: str
) -> None:
    async def work(page: Tab) -> None:
        await page.text("snapshot")
        await page.socket.send(asked)
        while "refused" not in (tick := await page.text("tick")):
            pass
        assert why in tick["refused"]
        await page.ask(type="reload")
        await page.text("snapshot")

    with_tab(center, work)


def test_a_message_that_is_too_long_closes_the_socket(center: SmallCenter) -> None:
    async def work(page: Tab) -> None:
        await page.socket.send(" " * (MESSAGE_MAX + 1))
        assert await page.closed() == 1009

    with_tab(center, work)


def test_one_screen_too_many_is_told_why(static: Path) -> None:
    center = SmallCenter(static, screens_max=1)

    async def work() -> None:
        async with center.served() as server, tab(server) as page:
            await page.text("snapshot")
            async with tab(server) as second:
                with pytest.raises(ConnectionClosed) as caught:
                    await second.socket.recv()
                assert caught.value.rcvd is not None
                assert caught.value.rcvd.code == 1013
                assert "1 screens are open" in caught.value.rcvd.reason
            await page.ask(type="reload")
            await page.text("snapshot")

    run(work)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
def test_another_page_cannot_open_the_socket(center: SmallCenter, origin: str) -> None:
    async def work() -> None:
        async with center.served() as server:
            with pytest.raises(InvalidStatus) as caught:
                async with tab(server, origin=origin):
                    pass
            assert caught.value.response.status_code == 403
            assert center.hub.screens == 0

    run(work)


def test_a_rebound_name_cannot_open_the_socket(center: SmallCenter) -> None:
    async def work() -> None:
        async with center.served() as server:
            address = f"ws://evil.example:{server.port}/live"
            with pytest.raises(InvalidStatus) as caught:
                async with connect(address, host="127.0.0.1", port=server.port, proxy=None):
                    pass
            assert caught.value.response.status_code == 403

    run(work)


def test_a_closed_page_leaves_nothing_behind(center: SmallCenter) -> None:
    async def work() -> None:
        async with center.served() as server:
            for _ in range(3):
                async with tab(server) as page:
                    await page.text("snapshot")
            await until(lambda: center.hub.screens == 0)
            async with httpx.AsyncClient(base_url=server.url) as client:
                text = (await client.get("/metrics")).text
            assert 'einthoven_live_closed_total{reason="gone"} 3.0' in text
            assert "einthoven_live_screens 0.0" in text

    run(work)


def test_a_stopped_server_says_so_and_another_one_takes_the_page(static: Path) -> None:
    async def work() -> None:
        first = SmallCenter(static)
        async with first.served() as server, tab(server) as page:
            await page.text("snapshot")
            await server.stop()
            assert await page.closed() == 1012
        async with SmallCenter(static).served() as server, tab(server) as page:
            await page.text("snapshot")

    run(work)


def test_a_page_that_does_not_read_is_cut_and_holds_up_nobody(static: Path) -> None:
    center = SmallCenter(static, send_limit_s=0.3)

    async def work() -> None:
        streams = (17, 18)
        async with center.served() as server, tab(server) as good:
            await good.text("snapshot")
            small = socket.create_connection(("127.0.0.1", server.port))
            small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            async with tab(server, max_queue=1, close_timeout=0.1, sock=small) as stuck:
                await stuck.view(*(f"s{stream:06d}" for stream in streams), epoch=9)
                front = 0
                metric = center.deps.registry.get_sample_value
                while not metric("einthoven_live_closed_total", {"reason": "slow"}):
                    for stream in streams:
                        center.come(front, front + 4000, stream)
                    front += 4000
                    center.clock.move(1.0)
                    center.census.link_up(17, EPOCH + front)
                    await good.text("change")
            assert center.hub.screens == 1
            await good.ask(type="reload")
            await good.text("snapshot")

    run(work)


def test_skipped_waves_are_marked(center: SmallCenter) -> None:
    """A tick that comes seconds late is what a page sees that could not take more."""

    async def work(page: Tab) -> None:
        await page.text("snapshot")
        center.come(0, 250)
        await page.view("s000017", history=1.0)
        await page.waves()
        center.ward.take(17, 250, 5000)
        center.clock.move(19.0)
        center.hub.arrived(np.array([17]), np.array([250]), np.array([5000]))
        _, runs = await page.waves()
        assert runs[0].flags == FLAG_SKIPPED
        assert (runs[0].first, runs[0].columns) == (4500, 500)
        assert center.clock.now == 19 * SECOND

    with_tab(center, work)
