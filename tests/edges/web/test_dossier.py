"""The record of a service by requests: begun, followed, taken by whoever may, all of it on record (R36)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.edges.web.signed_center import SignedCenter, call

from einthoven.base.errors import NotFoundError


class PaperDossiers:
    """Records that a test makes."""

    def __init__(self, path: Path) -> None:
        self.path, self.asked = path, list[tuple[int, str]]()
        self.told: dict[str, object] = {"state": "making", "percent": 20, "what": "setting pages"}

    def begin(self, stream: int, by: str, claim: int = 0) -> int:
        self.asked.append((stream, by))
        return len(self.asked)

    def state(self, job: int, by: str) -> dict[str, object]:
        if not 0 < job <= len(self.asked) or self.asked[job - 1][1] != by:
            raise NotFoundError(f"there is no record {job} of yours")
        return self.told

    def file(self, job: int, by: str) -> tuple[Path, str]:
        self.state(job, by)
        return self.path, "record-s000017-2026-11-23.zip"


@pytest.fixture
def center(static: Path, tmp_path: Path) -> Iterator[SignedCenter]:
    made = SignedCenter(static, dossiers=PaperDossiers(tmp_path / "1.zip"))
    (tmp_path / "1.zip").write_bytes(b"PK\x03\x04")
    made.house.everybody()
    yield made
    made.deps.reads.close()


def actions(center: SignedCenter) -> list[str]:
    return [line.action for line in center.house.facts.audit_lines()]


def test_a_record_is_begun_followed_and_taken_and_each_is_on_record(center: SignedCenter) -> None:
    supervisor = center.enter("supervisor")
    begun = call(center, supervisor, "POST", "/api/streams/s000017/dossier")
    assert begun.status_code == 202
    assert (begun.json()["job"], begun.json()["state"]) == (1, "making")
    assert "read.dossier" in actions(center)
    followed = call(center, supervisor, "GET", "/api/dossiers/1").json()
    assert followed["what"] == "setting pages"
    taken = call(center, supervisor, "GET", "/api/dossiers/1/file")
    assert taken.content == b"PK\x03\x04"
    assert taken.headers["content-type"] == "application/zip"
    assert "record-s000017-2026-11-23.zip" in taken.headers["content-disposition"]
    assert taken.headers["cache-control"] == "no-store"
    [line] = [one for one in center.house.facts.audit_lines() if one.action == "read.dossier_file"]
    assert line.subject == "s000017"


def test_a_job_of_somebody_else_does_not_exist(center: SignedCenter) -> None:
    supervisor, biller = center.enter("supervisor"), center.enter("billing")
    call(center, supervisor, "POST", "/api/streams/s000017/dossier")
    for path in ("/api/dossiers/1", "/api/dossiers/1/file", "/api/dossiers/2"):
        assert call(center, biller, "GET", path).status_code == 404
    assert "read.dossier_file" not in actions(center)


def test_billing_takes_any_record_and_a_practice_that_of_its_own_patients(center: SignedCenter) -> None:
    for who, stream, code in (
        ("billing", "s000017", 202),
        ("physician", "s000017", 202),
        ("physician", "s000018", 404),
    ):
        told = call(center, center.enter(who), "POST", f"/api/streams/{stream}/dossier")
        assert told.status_code == code, (who, stream)


def test_a_technician_takes_no_record_away(center: SignedCenter) -> None:
    told = call(center, center.enter("technician"), "POST", "/api/streams/s000017/dossier")
    assert told.status_code == 403
    assert told.json()["reason"] == "permission"


def test_an_archive_that_is_gone_is_made_again(center: SignedCenter, tmp_path: Path) -> None:
    supervisor = center.enter("supervisor")
    call(center, supervisor, "POST", "/api/streams/s000017/dossier")
    (tmp_path / "1.zip").unlink()
    told = call(center, supervisor, "GET", "/api/dossiers/1/file")
    assert (told.status_code, told.json()["error"]) == (404, "this record is no longer there: make it again")
