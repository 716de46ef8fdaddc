"""``einthoven conform`` finds nothing to say against our own center, nor against our own transmitter."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.e2e.processes import Serving, begin, einthoven
from tests.e2e.wearing import Wearing

from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Script
from einthoven.sim.sources import HeartSource


def check(out: str, checks: int) -> None:
    lines = out.splitlines()
    assert all(line.startswith("ok  ") for line in lines[:-1]), out
    assert lines[-1] == f"{len(lines) - 1} checks, 0 differ"
    assert len(lines) > checks


def test_our_own_center_conforms_again_and_again(center: Serving) -> None:
    enrolled = center.enroll(250, "II,V1")
    for _ in range(2):
        ran = einthoven("conform", center.url, "--key", enrolled.key)
        assert (ran.code, ran.err) == (0, ""), ran.out
        check(ran.out, 40)


@pytest.mark.slow
def test_our_own_transmitter_conforms(tmp_path: Path) -> None:
    key = tmp_path / "maker.key"
    words = ["--rate", 500, "--leads", "II,V5"]
    listening = begin("conform", "127.0.0.1:0", "--key", key, "--listen", *words)
    assert listening.stderr is not None
    said = listening.stderr.readline()
    link = json.loads(key.read_text())["link"]
    assert re.fullmatch(r"wss://127\.0\.0\.1:[1-9]\d*/link", link)
    assert said == f"listening on {link}; set the transmitter up with {key} and let it connect\n"
    wearing = Wearing()
    try:
        wearing.wear(key, HeartSource(Heart(Script(), layout_of(("II", "V5"), 500.0), 1), 1))
        out, err = listening.communicate(timeout=180)
    finally:
        wearing.close()
    assert (listening.returncode, err) == (0, ""), out
    check(out, 15)
