"""Reports on file: kept under the hash of what they are, found when they are no longer that."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.edges.store.shop import Shop

from einthoven.base.errors import NotFoundError, StoreDamagedError, StoreFullError
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.report_files import ReportFiles
from einthoven.edges.store.verify import verify_disk
from einthoven.testing.disk import ForgetfulDisk


@pytest.fixture
def files(tmp_path: Path) -> ReportFiles:
    return ReportFiles(RealDisk(tmp_path))


@settings(max_examples=50)
@given(st.binary(max_size=3000))
def test_what_is_put_is_read_again(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    files = ReportFiles(RealDisk(tmp_path_factory.mktemp("reports")))
    digest = files.put(content)
    assert digest == sha256(content).hexdigest()
    assert files.put(content) == digest
    assert files.get(digest) == content
    assert files.faults() == []


@pytest.mark.parametrize("digest", ["", "../facts.sqlite", "0" * 63, "A" * 64, "0" * 64, "0" * 64 + "\n"])
def test_what_is_not_on_file_is_not_there(files: ReportFiles, digest: str) -> None:
    with pytest.raises(NotFoundError):
        files.get(digest)


@pytest.mark.parametrize("spoilt", [b"", b"not what it was", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_report_that_was_changed_is_found_and_not_served(
    files: ReportFiles, tmp_path: Path, spoilt: bytes
) -> None:
    digest = files.put(b'{"beats":100000}')
    (tmp_path / "reports" / digest).write_bytes(spoilt)
    with pytest.raises(StoreDamagedError, match="is not what was put there"):
        files.get(digest)
    assert [path for path, _ in files.faults()] == [f"reports/{digest}"]


def test_a_full_disk_keeps_no_report_and_says_so(files: ReportFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RealDisk, "free", lambda _self: 0)
    with pytest.raises(StoreFullError, match="a report: the disk has less than"):
        files.put(b"{}")


def test_a_folder_is_verified_with_its_reports() -> None:
    disk = ForgetfulDisk()
    Shop(disk)
    digest = ReportFiles(disk).put(b"{}")
    assert verify_disk(disk).problems == []
    disk.replace(f"reports/{digest}", b"x")
    assert [problem.path for problem in verify_disk(disk).problems] == [f"reports/{digest}"]
