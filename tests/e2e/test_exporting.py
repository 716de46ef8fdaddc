"""Records that are taken out of a data folder are on record, whether a center runs on it or not."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.processes import Serving, done, einthoven, here
from tests.e2e.records import heart, written


def test_what_is_taken_out_is_on_record_first(own_center: Serving, tmp_path: Path) -> None:
    center = own_center
    path, enrolled = written(tmp_path, "rec", heart(10, 2)), center.enroll(250, "II,V1")
    done("transmit", path, "--center", center.url, "--key", enrolled.key, "--speed", 100)
    export = ["export", enrolled.stream, "--data", center.data, "-o"]
    until = "2099-01-01T00:00:00Z"
    assert done(*export, tmp_path / "served", "--to", until)["samples"] == 2500
    center.kill()
    assert done(*export, tmp_path / "alone")["samples"] == 2500
    assert here("export", "s000999", "--data", center.data, "-o", tmp_path / "none").code == 2
    assert einthoven("verify", center.data).code == 0
    center.start()
    lines = center.get("/api/desk/audit?kind=read.export").json()["lines"]
    whole, part = ({"format": "wfdb", "from": "", "to": to} for to in ("", until))
    assert [(one["actor"], one["subject"], one["detail"]) for one in lines] == [
        ("console", enrolled.stream, whole),
        ("console", enrolled.stream, part),
    ]
    assert {one["words"] for one in lines} == {"took stored ECG away as a record"}
