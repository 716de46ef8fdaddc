"""``einthoven send`` as a process, to an archive that is a process of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.waveforms.numpy_handler import multiplex_array
from tests.e2e.processes import Serving, done, einthoven
from tests.e2e.records import heart, written
from tests.edges.exchange.archives import archive, free_port
from tests.interop.dicom_cases import noise, recording

from einthoven.base.spans import Span
from einthoven.interop.dicom import ambulatory, encode


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = recording(noise(2000))
    paths = [tmp_path / "1.dcm", tmp_path / "2.dcm"]
    for number, path in enumerate(paths):
        path.write_bytes(encode(ambulatory(made, Span(1000 * number, 1000 * number + 1000), number + 1)))
    return paths


def test_what_is_kept_is_told(files: list[Path], tmp_path: Path) -> None:
    with archive(tmp_path / "kept") as where:
        ran = einthoven("send", *files, "--to", where)
    assert (ran.code, ran.err) == (0, "")
    assert ran.told == {"to": str(where), "kept": 2, "warnings": 0, "not_kept": [], "not_known": []}
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_a_stored_stream_comes_to_the_archive_with_its_report(center: Serving, tmp_path: Path) -> None:
    """What a transmitter sent is what the archive holds, through every hand between."""
    layout, samples = record = heart(150, 2)
    path, enrolled = written(tmp_path, "rec", record), center.enroll(250, "II,V1")
    done("transmit", path, "--center", center.url, "--key", enrolled.key, "--speed", 100)
    out = tmp_path / "out"
    told = done("export", enrolled.stream, "--data", center.data, "-o", out, "--format", "dicom")
    (file,) = map(Path, told["files"])
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.7 of any bytes")
    with archive(tmp_path / "kept") as where:
        assert done("send", file, report, "--to", where)["kept"] == 2
    there = {one.Modality: one for one in map(dcmread, (tmp_path / "kept").iterdir())}
    back = there["ECG"]
    assert (multiplex_array(back, 0, as_raw=True) == samples).all()
    assert back.WaveformSequence[0].SamplingFrequency == layout.rate_hz
    assert {str(one.ConceptNameCodeSequence[0].CodeValue) for one in back.WaveformAnnotationSequence} >= {
        "10:8208"
    }
    assert there["DOC"].StudyInstanceUID == back.StudyInstanceUID
    assert findings(file) == []


def findings(path: Path) -> list[str]:
    """What dciodvfy finds."""
    judged = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    return [one for one in (judged.stdout + judged.stderr).splitlines() if one.startswith(("Error", "Warn"))]


def test_what_is_not_known_to_be_kept_is_exit_code_1(files: list[Path], tmp_path: Path) -> None:
    with archive(tmp_path / "kept", "--abort-after") as where:
        ran = einthoven("send", *files, "--to", where)
    assert ran.code == 1
    assert ran.told["not_known"] == [str(files[0])]
    assert ran.told["not_kept"] == [str(files[1])]
    assert f"{files[0]}: not known to be kept: no answer" in ran.err


def test_nothing_sent_is_exit_code_2(files: list[Path], tmp_path: Path) -> None:
    ran = einthoven("send", *files, "--to", f"ARCHIVE@127.0.0.1:{free_port()}")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be reached: Connection refused" in ran.line
    ran = einthoven("send", *files, "--to", "ARCHIVE")
    assert (ran.code, ran.out) == (2, "")
    assert "want AET@host:port" in ran.line
    ran = einthoven("send", tmp_path / "none.dcm", "--to", "ARCHIVE@127.0.0.1:104")
    assert (ran.code, ran.out) == (2, "")
    assert "none.dcm" in ran.line
    ran = einthoven("send", files[0], "--to", "ARCHIVE@127.0.0.1:104", "--trust", files[0])
    assert (ran.code, ran.out) == (2, "")
    assert "not a file of certificates" in ran.line
