"""Recordings as files that belong together: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.waveforms.numpy_handler import multiplex_array
from tests.interop.dicom_cases import noise, recording, told

from einthoven.base.errors import InputError, StoreDamagedError
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.edges.exchange.part_files import write_aecg, write_dicom
from einthoven.interop.recording import Recording

MINUTE = 60 * 250
SPLIT = ((0, 3 * MINUTE), (5 * MINUTE, 6 * MINUTE), (8 * MINUTE, 9 * MINUTE))
WRITERS = [(write_dicom, "dcm"), (write_aecg, "aecg.xml")]
Writer = Callable[..., list[Path]]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(("write", "ending"), WRITERS)
def test_one_part_has_the_name_several_are_numbered(write: Writer, ending: str, tmp_path: Path) -> None:
    samples = noise(9 * MINUTE)
    steps: list[tuple[int, int]] = []
    written = write(told(recording(samples, *SPLIT)), tmp_path / "out", lambda *done: steps.append(done))
    assert names(tmp_path / "out") == [f"s000001-000{number}.{ending}" for number in (1, 2, 3)]
    assert [path.name for path in written] == names(tmp_path / "out")
    assert [done for done, _ in steps] == [3 * MINUTE, 6 * MINUTE, 9 * MINUTE, 9 * MINUTE]
    write(recording(samples[:MINUTE]), tmp_path / "out")
    assert names(tmp_path / "out") == [f"s000001.{ending}"]


def test_the_files_hold_the_samples(tmp_path: Path) -> None:
    samples = noise(9 * MINUTE)
    parts = [dcmread(path) for path in write_dicom(recording(samples, *SPLIT), tmp_path)]
    back = np.concatenate([multiplex_array(part, 0, as_raw=True) for part in parts])
    assert (back == np.concatenate([samples[slice(*span)] for span in SPLIT])).all()
    assert [part.InstanceNumber for part in parts] == [1, 2, 3]
    assert len({part.SeriesInstanceUID for part in parts}) == 1
    assert len({part.SOPInstanceUID for part in parts}) == 3


@pytest.mark.parametrize(("write", "ending"), WRITERS)
def test_what_cannot_be_read_leaves_what_was_there(write: Writer, ending: str, tmp_path: Path) -> None:
    samples = noise(9 * MINUTE)
    made = recording(samples, *SPLIT)
    write(made, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def read(start: int, stop: int) -> np.ndarray:
        if start >= 5 * MINUTE:
            raise StoreDamagedError("segment 2 at byte 17")
        return samples[start:stop]

    with pytest.raises(StoreDamagedError):
        write(replace(told(made), read=read), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("write", "ending"), WRITERS)
def test_other_files_stay(write: Writer, ending: str, tmp_path: Path) -> None:
    others = [f"s0000010.{ending}", f"s000001-x.{ending}", f"s000001-0001.{ending}.bak", f"as000001.{ending}"]
    for name in others:
        (tmp_path / name).touch()
    write(recording(noise(1000)), tmp_path)
    assert names(tmp_path) == sorted([*others, f"s000001.{ending}"])


def test_a_stretch_without_any_lead_is_no_document(tmp_path: Path) -> None:
    samples = noise(3000)
    samples[:1500] = INVALID_SAMPLE
    made = recording(samples, (0, 1000), (1200, 1500), (1501, 3000))
    assert [path.name for path in write_aecg(made, tmp_path)] == ["s000001-0003.aecg.xml"]


def test_a_recording_without_a_clock_is_no_dicom(tmp_path: Path) -> None:
    made: Recording = replace(recording(noise(1000)), start=None)
    with pytest.raises(InputError, match="DICOM wants date and time"):
        write_dicom(made, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert [path.name for path in write_aecg(made, tmp_path)] == ["s000001.aecg.xml"]
