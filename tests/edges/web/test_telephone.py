"""A call's strip as it grows, and its sound, over HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.edges.web.signed_center import SignedCenter, call

from einthoven.base.errors import NotFoundError, StoreDamagedError
from einthoven.center.call_world import Part
from einthoven.edges.web.telephone import wav_of
from einthoven.telephone.g711 import decode, encode

SOUND = encode((np.sin(np.arange(1600) / 4) * 9000).astype(np.int16), "mu").tobytes()
PARTS = [Part("mu", 1, SOUND), Part("lost", 2, count=160), Part("key", 3, b"4"), Part("a", 4, b"\xd5" * 81)]


class Calls:
    """``edges.web.telephone.CallPages`` of one call with one strip."""

    damaged = False

    def strip(self, number: int, strip: int, since: int) -> dict[str, object]:
        if (number, strip) != (7, 1):
            raise NotFoundError(f"call {number} has no strip {strip}")
        return {"strip": 1, "from": since, "values": [1, None], "flags": [0, 1]}

    def sound(self, number: int) -> list[Part]:
        if number != 7:
            raise NotFoundError(f"nothing is kept of call {number}")
        if self.damaged:
            raise StoreDamagedError("calls/00000007.call: damaged at byte 24")
        return PARTS


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def center(static: Path, calls: Calls) -> Iterator[SignedCenter]:
    center = SignedCenter(static, calls=calls)
    center.house.everybody()
    yield center
    center.deps.reads.close()


def test_a_strip_is_told_from_a_sample_on(center: SignedCenter) -> None:
    opened = center.enter("technician")
    for since in (0, 250):
        told = call(center, opened, "GET", f"/api/telephone/7/strip/1?from={since}")
        assert (told.status_code, told.json()["from"], told.json()["values"]) == (200, since, [1, None])
    assert center.reads("read.telephone") == [(opened.held.actor, "read.telephone", "telephone 7")]
    for path, status in (("8/strip/1", 404), ("7/strip/2", 404), ("7/strip/1?from=x", 400)):
        assert call(center, opened, "GET", f"/api/telephone/{path}").status_code == status


def test_the_sound_is_a_wav_that_others_read(center: SignedCenter, calls: Calls) -> None:
    opened = center.enter("supervisor")
    told = call(center, opened, "GET", "/api/telephone/7/sound.wav")
    assert (told.status_code, told.headers["content-type"]) == (200, "audio/wav")
    assert told.headers["x-einthoven-lost"] == "160"
    sound, rate = soundfile.read(io.BytesIO(told.content), dtype="int16")
    assert (rate, len(sound)) == (8000, 1600 + 160 + 81)
    assert np.array_equal(sound[:1600], decode(SOUND, "mu"))
    assert not sound[1600:1760].any()
    assert center.reads("read.call_sound") == [(opened.held.actor, "read.call_sound", "telephone 7")]
    assert call(center, opened, "GET", "/api/telephone/8/sound.wav").status_code == 404
    calls.damaged = True
    assert call(center, opened, "GET", "/api/telephone/7/sound.wav").status_code == 503


def test_a_call_without_sound_is_an_empty_file() -> None:
    content, lost = wav_of([])
    assert lost == 0
    assert soundfile.info(io.BytesIO(content)).frames == 0
    content, _ = wav_of([Part("a", 1, b"\xd5" * 8)])
    assert soundfile.info(io.BytesIO(content)).subtype == "ALAW"


def test_a_center_without_a_telephone_has_neither(static: Path) -> None:
    center = SignedCenter(static)
    center.house.everybody()
    opened = center.enter("technician")
    for path in ("strip/1", "sound.wav"):
        assert call(center, opened, "GET", f"/api/telephone/7/{path}").status_code == 404
    center.deps.reads.close()
