"""docs/wire.md says the numbers that the code has."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.link import lanes, limits
from einthoven.link.identity import DOMAIN
from einthoven.link.limits import FATAL, PERMANENT, REASONS, Code, FrameType

PAGE = (Path(__file__).parents[2] / "docs" / "wire.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", list(Code))
def test_code(code: Code) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {code.value} | {code.text} |")]
    closes = row.split("|")[-2].strip()
    assert closes.startswith("yes") == (code in FATAL or code == Code.DONE)
    assert closes.endswith("do not hurry back") == (code in PERMANENT)


@pytest.mark.parametrize("kind", list(FrameType))
def test_type(kind: FrameType) -> None:
    assert any(line.startswith(f"| {kind.value} | {kind.name} |") for line in PAGE.splitlines())
    assert f"{kind.value} {kind.name}" in PAGE


@pytest.mark.parametrize("reason", REASONS[1:])
def test_reason(reason: str) -> None:
    table = PAGE[PAGE.index("| reason | |") :].split("\n\n")[0]
    words = table.replace("|", ",").replace("\n", ",").split(",")
    assert reason in [word.strip() for word in words]


NUMBERS = [
    f"| frame | {limits.MAX_FRAME_BYTES // 1000} {limits.MAX_FRAME_BYTES % 1000} bytes |",
    f"| samples in a frame | {limits.MAX_SAMPLES // 1000} 000 per lead",
    f"| leads | 1–{limits.MAX_LEADS} |",
    f"| spans in WELCOME, ACK | {limits.MAX_SPANS} |",
    f"| HELLO, LAYOUT | {limits.HELLO_TIMEOUT // 10**9} s each |",
    f"| silence | {limits.SILENCE_TIMEOUT // 10**9} s |",
    f"| refused frames | {limits.BAD_FRAMES_MAX} a connection |",
    f"| ahead of the clock | {limits.FUTURE_TOLERANCE // (3600 * 10**9)} h |",
    f"| jump | {limits.JUMP_SECONDS_MAX // 86_400} days of samples |",
    f"| backlog window | {limits.WINDOW_SECONDS} s of samples",
    f"acknowledged within {lanes.QUICK // 10**6} ms",
    f"more than {lanes.SLOW // 10**6} ms halves",
    f"more than {lanes.BUFFER_BYTES} bytes wait",
    f"more than {lanes.LIVE_KEEP} live frames wait",
    f"min({lanes.RECONNECT_MAX // 10**9} s, {lanes.RECONNECT_FIRST // 10**9} s × 2ⁿ)",
    f"| {len(DOMAIN)} | `{DOMAIN[:-1].decode()}` and one zero byte |",
]


@pytest.mark.parametrize("text", NUMBERS)
def test_number(text: str) -> None:
    assert text in PAGE
