"""``einthoven send`` as a process, to an archive that is a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.processes import einthoven
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
