"""Recordings of calls over HTTP: what becomes a call, what is refused, who is told of it."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.edges.exchange.sounds import flac, wav
from tests.edges.web.signed_center import SignedCenter, call

from einthoven.base.errors import RecordError, RefusedError, StoreFullError
from einthoven.bootstrap.call_files import CallFiles, FiledRecordings
from einthoven.center.call_ports import HandedIn, Sounds
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.sound_store import FOLDER
from einthoven.edges.web.telephone_files import AT_ONCE

PATH = "/api/telephone/files"


class Room:
    """``center.call_ports.FileRoom``, which reads nothing before it is told to."""

    def __init__(self) -> None:
        self.handed: dict[int, tuple[HandedIn, Sounds]] = {}
        self.full = False

    def file(self, handed: HandedIn, sound: Sounds) -> int:
        if self.full:
            raise RefusedError("busy", "no room for another call")
        number = len(self.handed) + 1
        self.handed[number] = handed, sound
        return number

    def filed(self, digest: str) -> int | None:
        came = [number for number, (handed, _) in self.handed.items() if handed.digest == digest]
        return came[-1] if came else None

    def read(self, number: int) -> tuple[np.ndarray, str]:
        """On a thread of its own, as the real one does."""
        parts: list[np.ndarray] = []
        why: list[str] = []

        def work() -> None:
            try:
                parts.extend(self.handed[number][1])
            except RecordError as error:
                why.append(str(error))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return np.concatenate([np.zeros(0), *parts]), "".join(why)


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def center(static: Path, tmp_path: Path, room: Room) -> Iterator[SignedCenter]:
    (tmp_path / "data").mkdir()
    filed = FiledRecordings(RealDisk(tmp_path / "data"))
    center = SignedCenter(static, files=CallFiles(filed, room))
    center.house.everybody()
    center.access.note = center.house.facts.journal.note
    yield center
    center.deps.reads.close()


def hand_in(center: SignedCenter, content: bytes, role: str = "technician", **query: Any) -> Any:
    told = {"name": "call.wav"} | query
    return call(center, center.enter(role), "POST", PATH, content=content, params=told)


def test_a_recording_becomes_a_call_of_who_hands_it_in(
    center: SignedCenter, room: Room, tmp_path: Path
) -> None:
    content = flac(3.0, 44_100)
    digest = hashlib.sha256(content).hexdigest()
    told = hand_in(center, content, name="C:\\calls\\Mrs. Miller.flac", caller="+1 555 555-0100")
    assert told.status_code == 201
    assert told.json() == {
        "ok": True,
        "call": 1,
        "file": digest,
        "name": "Mrs. Miller.flac",
        "bytes": len(content),
        "rate": 44_100,
        "channels": 1,
        "seconds": 3.0,
        "missing_s": 0.0,
        "before": None,
    }
    assert (tmp_path / "data" / FOLDER / digest).read_bytes() == content
    handed = room.handed[1][0]
    technician = center.enter("technician").held
    assert (handed.person, handed.caller, handed.channel) == (technician.staff, "+1 555 555-0100", 0)
    assert center.reads("telephone.file") == [(technician.actor, "telephone.file", f"recording {digest}")]
    state = call(center, center.enter("technician"), "GET", f"{PATH}/1").json()
    assert (state["state"], state["read_s"], state["seconds"]) == ("reading", 0.0, 3.0)
    sound, why = room.read(1)
    assert (len(sound), why) == (3 * 44_100, "")
    state = call(center, center.enter("supervisor"), "GET", f"{PATH}/1").json()
    assert (state["state"], state["read_s"], state["why"]) == ("done", 3.0, "")


def test_the_same_recording_twice_is_said_and_taken_when_wanted(center: SignedCenter, room: Room) -> None:
    content = wav()
    hand_in(center, content)
    told = hand_in(center, content, name="other.wav")
    assert told.status_code == 409
    body = told.json()
    assert (body["reason"], body["call"]) == ("again", 1)
    assert body["error"] == "other.wav: the same recording came before, as call 1"
    assert len(room.handed) == 1
    again = hand_in(center, content, again=1)
    assert (again.status_code, again.json()["call"], again.json()["before"]) == (201, 2, 1)


def test_of_a_recording_that_was_cut_off_the_good_part_is_read(center: SignedCenter, room: Room) -> None:
    told = hand_in(center, wav(4.0)[:-16_000])
    assert (told.status_code, told.json()["missing_s"]) == (201, 1.0)
    sound, why = room.read(1)
    assert len(sound) == 3 * 8000
    assert why == "call.wav: ends 1.0 s before its header says"
    state = call(center, center.enter("technician"), "GET", f"{PATH}/1").json()
    assert (state["state"], state["read_s"], state["why"]) == ("damaged", 3.0, why)


@pytest.mark.parametrize(
    ("content", "query", "status", "words"),
    [
        (b"", {}, 400, "call.wav: is empty"),
        (b"%PDF-1.7", {}, 400, "call.wav: no sound that can be read"),
        (wav(rate=4000), {}, 400, "call.wav: 4000 Hz"),
        (wav(), {"channel": 1}, 400, "call.wav: has 1 channel(s), no number 2"),
        (wav(), {"channel": 2}, 400, "channel=2 is outside"),
        (wav(), {"name": ""}, 400, "name: is missing"),
        (wav(), {"name": "calls/"}, 400, "name: is missing"),
        (wav(), {"caller": "who knows"}, 400, "is no telephone number"),
        (wav(), {"again": "yes"}, 400, "again='yes'"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_and_nothing_is_kept(
    center: SignedCenter, room: Room, tmp_path: Path,
    content: bytes, query: dict[str, Any], status: int, words: str,
) -> None:  # fmt: skip
    told = hand_in(center, content, **query)
    assert (told.status_code, words in told.json()["error"]) == (status, True)
    assert not room.handed
    assert not (tmp_path / "data" / FOLDER).exists()
    assert center.reads("telephone.file") == []


def test_a_form_is_told_what_is_wanted(center: SignedCenter) -> None:
    told = call(
        center, center.enter("technician"), "POST", PATH, params={"name": "a.wav"}, files={"file": wav()}
    )
    assert (told.status_code, "the file itself" in told.json()["error"]) == (415, True)


def test_one_that_is_too_large_is_refused_before_it_is_all_there(center: SignedCenter) -> None:
    async def endless() -> Any:
        while True:
            yield bytes(1 << 20)

    told = hand_in(center, endless())  # type: ignore[arg-type]
    assert (told.status_code, told.json()["error"]) == (413, "call.wav: larger than 64 MB")


def test_where_there_is_no_room_it_is_said(center: SignedCenter, room: Room) -> None:
    room.full = True
    told = hand_in(center, wav())
    assert (told.status_code, told.json()["error"]) == (403, "no room for another call")


def test_a_line_of_the_audit_that_cannot_be_kept_stops_it(center: SignedCenter, room: Room) -> None:
    opened = center.enter("technician")
    center.house.facts.failing = StoreFullError("no room")
    told = call(center, opened, "POST", PATH, content=wav(), params={"name": "call.wav"})
    assert told.status_code == 503
    assert not room.handed


def test_nobody_in_particular_hands_nothing_in(static: Path, tmp_path: Path, room: Room) -> None:
    """While sign-in is off there is no person whose call it could be."""
    center = SignedCenter(static, files=CallFiles(FiledRecordings(RealDisk(tmp_path)), room))
    told = call(center, None, "POST", PATH, content=wav(), params={"name": "call.wav"})
    assert (told.status_code, told.json()["reason"]) == (401, "sign_in")
    center.deps.reads.close()


def test_a_center_without_a_telephone_says_so(static: Path) -> None:
    center = SignedCenter(static)
    center.house.everybody()
    told = hand_in(center, wav())
    assert (told.status_code, "no recordings" in told.json()["error"]) == (404, True)
    center.deps.reads.close()


def test_more_than_are_taken_at_once_try_again(center: SignedCenter) -> None:
    """Each stands in memory whole: one more than that waits at its own end."""
    opened = center.enter("technician")
    slow, waiting = asyncio.Event(), 0

    async def slowly() -> Any:
        nonlocal waiting
        waiting += 1
        await slow.wait()
        yield wav(1.0 + waiting)

    async def go() -> list[int]:
        center.at()
        async with center.as_(opened, timeout=60) as client:
            post: Callable[..., Any] = client.post
            first = [asyncio.create_task(post(PATH, params={"name": "a.wav"}, content=slowly()))
                     for _ in range(AT_ONCE)]  # fmt: skip
            while waiting < AT_ONCE:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            third = await post(PATH, params={"name": "a.wav"}, content=wav())
            slow.set()
            return [third.status_code, *sorted(one.status_code for one in await asyncio.gather(*first))]

    codes = asyncio.run(go())
    assert codes[0] == 503
    assert set(codes[1:]) <= {201, 409}
