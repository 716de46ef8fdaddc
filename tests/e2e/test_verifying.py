"""``einthoven verify``: a whole folder is called whole; a single bit that is not as written is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.e2e.processes import Serving, done, einthoven, here, until
from tests.e2e.records import heart, written

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.edges.exchange.records import read_record

SEGMENT_S = 10


@dataclass(frozen=True, slots=True)
class Folder:
    """A stopped center's data: one stream in sealed segments and the log."""

    path: Path
    stream: str


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    center = Serving(tmp_path_factory.mktemp("verified"), options=("--segment-s", str(SEGMENT_S)))
    try:
        return filled(center.start())
    finally:
        center.stop()


def filled(center: Serving) -> Folder:
    """Streams in sealed segments, the rest in the log, and then the center stops."""
    enrolled = center.enroll(250, "II,V1", transmitter="T-sealed", patient="Sealed, Sue")
    path = written(center.folder, "rec", heart(65, 1))
    done("transmit", path, "--center", center.url, "--key", enrolled.key, "--speed", 100)
    beats = f"/api/streams/{enrolled.stream}/beats?start=0&stop=16250"
    found = center.get(beats).json()["samples"]
    assert len(found) > 50
    # A new period ends the old one: its last segment need not wait for more.
    center.enroll(250, "II,V1", transmitter="T-sealed", patient="Sealed, Sue")
    sealed = center.data / "streams" / enrolled.stream
    until("sealed segments", lambda: len(list(sealed.glob("*_*.ein"))) >= 7, 60)
    assert einthoven("verify", center.data).code == 0
    assert center.get(beats).json()["samples"] == found
    # Stopping closes the log's file; all of it is sealed, so the next start removes it.
    log = center.data / "log" / "00000001.log"
    center.stop()
    center.start()
    until("the sealed log to go", lambda: not log.exists(), 60)
    other = center.enroll(250, "II,V1")
    done("transmit", path, "--center", center.url, "--key", other.key, "--speed", 100)
    center.stop()
    return Folder(center.data, enrolled.stream)


@pytest.fixture
def copy(whole: Folder, tmp_path: Path) -> Folder:
    shutil.copytree(whole.path, tmp_path / "copy")
    return Folder(tmp_path / "copy", whole.stream)


def test_a_whole_folder_is_called_whole(whole: Folder) -> None:
    ran = einthoven("verify", whole.path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1].startswith("whole: ")
    assert re.search(r" [789] segments", ran.out)


def flip(path: Path, share: float) -> None:
    """Turn one bit over, at this share of the file."""
    data = bytearray(path.read_bytes())
    data[min(len(data) - 1, int(share * len(data)))] ^= 0x10
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Folder], str]] = {
    "samples of a sealed segment": lambda it: f"streams/{it.stream}/{it.stream}_000002.dat",
    "header of a sealed segment": lambda it: f"streams/{it.stream}/{it.stream}_000002.hea",
    "beats of a sealed segment": lambda it: f"streams/{it.stream}/{it.stream}_000003.ein",
    "the coarse picture": lambda it: f"streams/{it.stream}/{it.stream}.env",
    "the log": lambda _: "log/00000002.log",
}


@pytest.mark.parametrize("what", DAMAGE)
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_single_bit_is_found_and_its_file_named(copy: Folder, what: str, share: float) -> None:
    name = DAMAGE[what](copy)
    flip(copy.path / name, share)
    ran = here("verify", copy.path)
    assert (ran.code, ran.err) == (1, "")
    damaged = [line for line in ran.out.splitlines() if line.startswith("DAMAGED")]
    assert any(Path(name).name in line for line in damaged), ran.out
    assert ran.out.splitlines()[-1].startswith("damaged: ")


@pytest.mark.parametrize("ending", [".dat", ".hea", ".ein"])
def test_a_missing_file_is_named(copy: Folder, ending: str) -> None:
    name = f"{copy.stream}_000002{ending}"
    (copy.path / "streams" / copy.stream / name).unlink()
    ran = here("verify", copy.path)
    assert ran.code == 1
    assert any(name in line for line in ran.out.splitlines() if line.startswith("DAMAGED"))


def test_damaged_samples_are_never_exported(whole: Folder, copy: Folder, tmp_path: Path) -> None:
    good = done("export", whole.stream, "--data", whole.path, "-o", tmp_path / "good")
    assert (good["samples"], good["damaged"], good["holes"]) == (16_250, 0, [])
    want = read_record(str(tmp_path / "good" / whole.stream)).samples
    flip(copy.path / DAMAGE["samples of a sealed segment"](copy), 0.5)
    ran = here("export", copy.stream, "--data", copy.path, "-o", tmp_path / "out")
    assert ran.code == 1
    assert f"are damaged on the disk and left out (`einthoven verify {copy.path}`" in ran.line
    (hole,) = ran.told["holes"]
    assert hole["cause"] == "damaged on the center's disk"
    assert ran.told["damaged"] == hole["stop"] - hole["start"] > 0
    got = read_record(str(tmp_path / "out" / copy.stream)).samples
    assert (got[hole["start"] : hole["stop"]] == INVALID_SAMPLE).all()
    want[hole["start"] : hole["stop"]] = INVALID_SAMPLE
    assert np.array_equal(got, want)
