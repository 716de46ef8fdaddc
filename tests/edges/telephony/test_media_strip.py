"""A strip by way of a media stream: a log of frames in the public format, replayed by a client not ours."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.edges.telephony import media_wire as wire
from tests.edges.telephony.board import Board, Heard
from tests.edges.telephony.test_media import closed, listening, send, stream
from tests.telephone.calls import call, heart

from einthoven.telephone.g711 import decode, encode
from einthoven.telephone.receiver import Closed, Receiver, Samples, millivolts

ECG = heart(30.0)
DROPPED_S = 0.06
EVERY_S = 5.0


def log_of(path: Path, lost: set[int]) -> bytes:
    """Record the frames of a call as a service sends them, one JSON object a line, without those lost; what
    was recorded before any was lost."""
    sound = encode((call(ECG) * 32767).astype(np.int16), "mu").tobytes()
    sound += b"\xff" * (-len(sound) % 160)
    parts = wire.pieces(sound)
    lines = [wire.connected(), wire.start(caller="+15555550100"), wire.dtmf("1"), wire.mark("greeting")]
    frames = [(n, text) for n, text in enumerate(wire.frames(parts), 1) if n not in lost]
    lines += [text for _, text in sorted(frames, key=lambda one: one[0] + 4 * (one[0] % 7 == 0))]
    path.write_text("\n".join([*lines, wire.stop()]) + "\n")
    return sound


def replayed(path: Path) -> Heard:
    """What the center hears of a log."""
    board, lines = Board(), path.read_text().splitlines()

    async def go() -> None:
        async with listening(board) as server, stream(server) as socket:
            await send(socket, lines)
            await closed(socket)

    asyncio.run(go())
    return board.only


def likeness(mv: NDArray[np.float64], good: NDArray[np.bool_]) -> float:
    """Correlation with what was played, where there is signal, once the delay is taken out."""
    inner = slice(100, len(mv) - 100)
    kept = good[inner]
    played = (np.roll(ECG, shift)[inner][kept] for shift in range(-40, 41))
    return max(float(np.corrcoef(mv[inner][kept], one)[0, 1]) for one in played)


def test_a_log_of_frames_gives_the_strip_and_its_gaps(tmp_path: Path) -> None:
    """60 ms are lost every 5 s; every seventh frame comes late."""
    seconds = np.arange(2.0, 33.0, EVERY_S)
    lost = {round(at * 50) + n for at in seconds for n in range(round(DROPPED_S * 50))}
    sound = log_of(tmp_path / "call.jsonl", lost)
    heard = replayed(tmp_path / "call.jsonl")
    assert heard.samples == len(sound)
    assert heard.lost == 160 * len(lost)
    timeline = np.array(heard.timeline())
    came = timeline >= 0
    assert np.array_equal(timeline[came], np.frombuffer(sound, np.uint8)[came])

    receiver = Receiver(8000)
    events = []
    for part in heard.parts:
        events += receiver.lose(part) if isinstance(part, int) else receiver.feed(decode(part, "mu") / 32768)
    events += receiver.end()
    (summary,) = [event.summary for event in events if isinstance(event, Closed)]
    parts = [event for event in events if isinstance(event, Samples)]
    flags = np.concatenate([part.flags for part in parts])
    mv = millivolts(np.concatenate([part.hz for part in parts]), summary.scale)
    assert mv is not None
    gaps = np.count_nonzero(flags) / 250
    within = [at for at in seconds if summary.start_s < at < summary.start_s + len(flags) / 250]
    assert DROPPED_S * len(within) <= gaps <= 4 * DROPPED_S * len(within)
    assert likeness(mv[: len(ECG)], flags[: len(ECG)] == 0) >= 0.99


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.8])
def test_a_log_that_breaks_off_gives_all_that_came(tmp_path: Path, cut: float) -> None:
    sound = log_of(tmp_path / "call.jsonl", set())
    lines = (tmp_path / "call.jsonl").read_text().splitlines()
    (tmp_path / "call.jsonl").write_text("\n".join([*lines[: round(cut * len(lines))], wire.stop()]))
    heard = replayed(tmp_path / "call.jsonl")
    line = heard.timeline()
    assert heard.lost <= 5 * 160
    assert [one for one, true in zip(line, sound, strict=False) if one not in (-1, true)] == []
    assert len(line) >= cut * len(sound) - 10 * 160


def test_the_log_is_json_as_services_send_it(tmp_path: Path) -> None:
    log_of(tmp_path / "call.jsonl", set())
    told = [json.loads(line) for line in (tmp_path / "call.jsonl").read_text().splitlines()]
    assert [one["event"] for one in told[:5]] == ["connected", "start", "dtmf", "mark", "media"]
    assert len(base64.b64decode(told[4]["media"]["payload"])) == 160
