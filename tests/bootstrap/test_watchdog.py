"""The watchdog: when it alarms, what it takes for ready, and that nothing stops it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.bootstrap.watchdog import Herald, Watch, Word, ask, run_watchdog, watch_over


def told(answers: str, limit: float = 5, repeat: float = 30) -> list[tuple[int, str]]:
    """One answer a second: ``.`` ready, ``x`` not; (second, kind) of what is told."""
    watch, out = Watch(limit, repeat), []
    for second, answer in enumerate(answers):
        out += [(second, word.kind) for word in watch.see(None if answer == "." else "gone", 100.0 + second)]
    return out


CASES = [
    ("", []),
    ("...", [(0, "watching")]),
    ("..xxxx..", [(0, "watching")]),
    ("..xxxxx.", [(0, "watching"), (6, "alarm"), (7, "back")]),
    ("xxxxx.", [(5, "watching")]),
    ("xxxxxx.", [(5, "alarm"), (6, "back")]),
    (".xxxx.xxxx.xxxx.", [(0, "watching")]),
    ("." + "x" * 70 + ".", [(0, "watching"), (5, "alarm"), (35, "alarm"), (65, "alarm"), (71, "back")]),
    (".xxxxx.xxxxx.", [(0, "watching"), (5, "alarm"), (6, "back"), (11, "alarm"), (12, "back")]),
]


@pytest.mark.parametrize(("answers", "want"), CASES)
def test_when_it_alarms(answers: str, want: list[tuple[int, str]]) -> None:
    assert told(answers) == want


@given(answers=st.text(".x", max_size=200), limit=st.integers(1, 20), repeat=st.integers(1, 40))
def test_an_alarm_is_told_exactly_where_the_center_is_missing_so_long(
    answers: str, limit: int, repeat: int
) -> None:
    """A second statement of the rule, over runs of answers."""
    alarms, last, rung = [], 0, None
    for second, answer in enumerate(answers):
        if answer == ".":
            last, rung = second, None
        elif second - last >= limit and (rung is None or second - rung >= repeat):
            alarms.append(second)
            rung = second
    found = told(answers, limit, repeat)
    assert [second for second, kind in found if kind == "alarm"] == alarms
    assert [kind for _, kind in found].count("watching") <= 1


def test_the_words_say_since_when_and_why() -> None:
    watch = Watch(5)
    watch.see(None, 0)
    (word,) = watch.see("no connection", 7)
    assert word == Word("alarm", "the center is NOT READY for 7 s: no connection")
    assert watch.see(None, 9) == [Word("back", "the center is back after 9 s")]
    never = Watch(5)
    never.see("x", 0)
    assert never.see("x", 6) == [Word("alarm", "the center is NOT READY since the watch began, 6 s ago: x")]


READY = b'{"ready":true,"reasons":[]}'
ANSWERS = [
    (200, READY, None),
    (503, b'{"ready":false,"reasons":["disk full","clock set"]}', "disk full; clock set"),
    (200, b'{"ready":false,"reasons":["x"]}', "x"),
    (503, READY, "503 without a reason"),
    (200, b"<h1>It works!</h1>", "200 <h1>It works!</h1>"),
    (200, b"", "200"),
    (200, b"true", "200 true"),
    (200, b'{"ready":1}', '200 {"ready":1}'),
    (302, b"", "302"),
    (500, b"\xff\x07\nbad", "500 \ufffd? bad"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "want"), ANSWERS)
def test_only_a_center_that_says_so_is_ready(status: int, body: bytes, want: str | None) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "http://center/readyz"
        return httpx.Response(status, content=body, headers={"location": "http://other/"})

    async def run() -> str | None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            return await ask(client, "http://center/readyz")

    assert asyncio.run(run()) == want


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), ZeroDivisionError("oh"), RecursionError()])
def test_whatever_goes_wrong_is_an_answer(error: Exception) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    async def run() -> str | None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            return await ask(client, "http://center/readyz")

    assert str(asyncio.run(run())).startswith("no answer: ")


def test_the_loop_asks_tells_and_waits_until_it_is_stopped() -> None:
    answers, heard, seconds = list(".xxxxxx."), list[str](), [0.0]

    async def asking() -> str | None:
        return None if answers.pop(0) == "." else "gone"

    async def pause(wait: float) -> None:
        seconds[0] += wait
        if not answers:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(
            watch_over(Watch(5), asking, lambda word: heard.append(word.kind), lambda: seconds[0], pause)
        )
    assert heard == ["watching", "alarm", "back"]


ALARM = Word("alarm", "the center is NOT READY")


def test_an_alarm_rings_and_runs_the_command(tmp_path: Path) -> None:
    lines: list[str] = []
    herald = Herald(f'printf %s "$EINTHOVEN_ALARM" > {tmp_path / "said"}', lines.append)
    herald.tell(Word("watching", "the center is ready"))
    herald.tell(ALARM)
    assert herald._running is not None
    assert herald._running.wait(20) == 0
    assert (tmp_path / "said").read_text() == ALARM.words
    assert lines == [
        "einthoven watchdog: the center is ready",
        "\aeinthoven watchdog: the center is NOT READY",
    ]


def test_a_command_that_still_runs_is_not_run_again_and_one_that_fails_is_told() -> None:
    lines: list[str] = []
    herald = Herald("read line; exit 3", lines.append)
    read, write = os.pipe()
    herald._running = subprocess.Popen(["sh", "-c", "read line; exit 3"], stdin=read)
    herald.tell(ALARM)
    assert lines[-1] == "einthoven watchdog: the command of the last alarm still runs; it is not run again"
    os.close(write)
    os.close(read)
    herald._running.wait(20)
    herald.tell(ALARM)
    assert lines[-1] == "einthoven watchdog: the command of the last alarm ended with 3"
    assert herald._running is not None
    herald._running.wait(20)


def test_a_terminal_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    def gone(_line: str) -> None:
        raise BrokenPipeError

    herald = Herald(f"touch {tmp_path / 'rang'}", gone)
    herald.tell(ALARM)
    assert herald._running is not None
    assert herald._running.wait(20) == 0
    assert (tmp_path / "rang").exists()


def test_a_url_or_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="want the center"):
        run_watchdog("center:8093", "", 5, None)
    with pytest.raises(InputError, match="no certificates to trust"):
        run_watchdog("https://center:8093", "", 5, tmp_path / "none.pem")


def test_the_command_alarms_where_nobody_is_and_ends_with_one() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        words = [sys.executable, "-m", "einthoven", "watchdog", "--center", url, "--after", "1"]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            line = process.stderr.readline()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 1
    assert line.startswith("\aeinthoven watchdog: the center is NOT READY since the watch began, ")
