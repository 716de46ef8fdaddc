"""``einthoven peer`` on a data folder that no center serves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.center.peer_house import PeerHouse

from einthoven.base.errors import EnrollmentError, RefusedError
from einthoven.bootstrap.peers import PeerRun
from einthoven.bootstrap.staff import ask
from einthoven.cli import run
from einthoven.enrollment.guests import guest_named, refuse_guest_name, transmitter_name
from einthoven.surveillance.peer_book import Peer

KEY = "5" * 64
NAMED = [("Boston", 0, 1, 1), ("Denver", 0, 1, 2), ("Oslo", 0, 1, 3)]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert run(["peer", *arguments]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def data(tmp_path: Path) -> str:
    folder = tmp_path / "center"
    body = {"name": "Doe, Jane", "login": "jane", "password": "a long enough password"}
    ask(folder, "administrator", body, make=True)
    return str(folder)


def test_a_center_is_entered_listed_and_removed(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    key = told(capsys, "key", "--data", data)["key"]
    assert told(capsys, "key", "--data", data)["key"] == key
    added = ["add", "--data", data, "--name", "Denver", "--key", KEY, "--url", "https://denver.example:8093/"]
    assert told(capsys, *added) == {"center": 1}
    centers = told(capsys, "list", "--data", data)["centers"]
    assert isinstance(centers, list)
    [center] = centers
    assert (center["name"], center["key"], center["url"]) == ("Denver", KEY, "https://denver.example:8093")
    assert run(["peer", *added]) == 2
    assert "remove it first" in capsys.readouterr().err
    assert told(capsys, "remove", "1", "--data", data, "--why", "the contract ended") == {"center": 1}
    assert told(capsys, "list", "--data", data) == {"centers": []}
    assert told(capsys, *added) == {"center": 2}


class Poster:
    """Posts to Denver break by a defect; what goes to others is told."""

    def __init__(self) -> None:
        self.posted: list[str] = []

    async def post(self, peer: Peer, _raw: bytes) -> bytes:
        if peer.name == "Denver":
            raise ZeroDivisionError
        self.posted.append(peer.name)
        raise RefusedError("unreachable", "no answer in time")


def test_a_defect_in_a_post_is_told_and_stops_nothing() -> None:
    boston, denver, oslo = (PeerHouse(*one) for one in NAMED)
    boston.trust(denver)
    boston.trust(oslo)

    async def play() -> PeerRun:
        world: Any = boston.world
        run = PeerRun(boston.room.desk, world, boston.seed_, boston.clock)
        poster: Any = Poster()
        run._poster = poster
        for _ in range(2):
            run.turn()
            await asyncio.gather(*run._posts)
        assert poster.posted == ["Oslo", "Oslo"]
        return run

    run = asyncio.run(play())
    assert [(what, type(error)) for what, error in boston.defects] == [("peers", ZeroDivisionError)] * 2
    assert run.peers.troubles == {1: "a defect here; see the log", 2: "no answer in time"}


def test_a_guest_is_known_by_the_name_of_the_transmitter_alone() -> None:
    assert guest_named(transmitter_name(3, 17)) == (3, 17)
    for other in ("T-1", "center-3", "center-0.s000017", "center-3.s17", "center-3.s4294967296", "a.s000017"):
        assert guest_named(other) is None
    with pytest.raises(EnrollmentError, match="how guests of another center are called"):
        refuse_guest_name(" center-3.s000017 ")
    refuse_guest_name("T-1")
    refuse_guest_name(None)


def test_a_certificate_that_is_none_is_refused(
    data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "no.pem").write_text("hello")
    added = [
        "peer",
        "add",
        "--data",
        data,
        "--name",
        "Denver",
        "--key",
        KEY,
        "--url",
        "https://denver.example",
    ]
    assert run([*added, "--certificate", str(tmp_path / "no.pem")]) == 2
    assert "certificate" in capsys.readouterr().err
