"""``einthoven verify``: a whole folder is called whole; a single bit that is not as written is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.processes import Serving, done, einthoven, here, until
from tests.e2e.records import heart, written

SEGMENT_S = 10


@dataclass(frozen=True, slots=True)
class Folder:
    """A stopped center's data: one stream in sealed segments and the log."""

    path: Path
    stream: str


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    center = Serving(tmp_path_factory.mktemp("verified"), options=("--segment-s", str(SEGMENT_S))).start()
    enrolled = center.enroll(250, "II,V1")
    path = written(center.folder, "rec", heart(65, 1))
    done("transmit", path, "--center", center.url, "--key", enrolled.key, "--speed", 100)
    folder = center.data / "streams" / enrolled.stream
    until("sealed segments", lambda: len(list(folder.glob("*_*.ein"))) >= 6, 60)
    assert einthoven("verify", center.data).code == 0
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
    assert re.search(r"[678] segments", ran.out)


def flip(path: Path, share: float) -> None:
    """Turn one bit over, at this share of the file."""
    data = bytearray(path.read_bytes())
    data[min(len(data) - 1, int(share * len(data)))] ^= 0x10
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Folder], str]] = {
    "samples of a sealed segment": lambda it: f"streams/{it.stream}/{it.stream}_000002.dat",
    "header of a sealed segment": lambda it: f"streams/{it.stream}/{it.stream}_000002.hea",
    "beats of a sealed segment": lambda it: f"streams/{it.stream}/{it.stream}_000003.ein",
    "header of the stream": lambda it: f"streams/{it.stream}/{it.stream}.hea",
    "the coarse picture": lambda it: f"streams/{it.stream}/{it.stream}.env",
    "the log": lambda _: "log/00000001.log",
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


def test_damaged_samples_are_never_exported(copy: Folder, tmp_path: Path) -> None:
    name = DAMAGE["samples of a sealed segment"](copy)
    flip(copy.path / name, 0.5)
    ran = here("export", copy.stream, "--data", copy.path, "-o", tmp_path / "out")
    assert (ran.code, ran.out) == (2, "")
    assert Path(name).name in ran.line
    assert not list((tmp_path / "out").glob("*.hea"))
