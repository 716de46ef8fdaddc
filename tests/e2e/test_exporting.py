"""Records that are taken out of a data folder are on record, whether a center runs on it or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.e2e.processes import Serving, done, einthoven, here
from tests.e2e.records import heart, written
from tests.interop.judge import quiet, wfdb

from einthoven import cli_files
from einthoven.base.instants import HOUR
from einthoven.ecg.analyze import analyze
from einthoven.edges.exchange.format_files import FORMATS
from einthoven.edges.exchange.records import read_record
from einthoven.interop.tables import TABLES


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


EXPORTS = {
    "wfdb": {"hea", "dat", "ein", "holes.json"},
    "edf": {"edf", "holes.json"},
    "ishne": {"ecg", "ann", "holes.json"},
    "dicom": {"dcm"},
    "aecg": {"aecg.xml"},
    "csv": {f"{table}.csv" for table in TABLES},
    "parquet": {f"{table}.parquet" for table in TABLES},
}


def test_the_command_knows_every_format() -> None:
    assert tuple(FORMATS) == cli_files.FORMATS == tuple(EXPORTS)


@quiet
def test_every_format_leaves_with_what_was_found(center: Serving, tmp_path: Path) -> None:
    layout, samples = record = heart(60, 2)
    path, enrolled = written(tmp_path, "rec", record), center.enroll(250, "II,V1")
    done("transmit", path, "--center", center.url, "--key", enrolled.key, "--speed", 100)
    beats: set[int] = set()
    for form, endings in EXPORTS.items():
        out = tmp_path / form
        told = done("export", enrolled.stream, "--data", center.data, "-o", out, "--format", form)
        assert {Path(name).name for name in told["files"]} == {f"{enrolled.stream}.{e}" for e in endings}
        assert {entry.name for entry in out.iterdir()} == {f"{enrolled.stream}.{e}" for e in endings}
        assert (told["format"], told["samples"], told["damaged"]) == (form, len(samples), 0)
        beats.add(told["beats"])
    (found,) = beats
    assert 60 < found < 100
    # What no center has sealed yet is analysed as it would be.
    assert np.array_equal(
        analyze(samples, layout).beats["sample"], wfdb_beats(tmp_path / "wfdb" / enrolled.stream)
    )
    for form, name in (("edf", f"{enrolled.stream}.edf"), ("ishne", f"{enrolled.stream}.ecg")):
        assert np.array_equal(read_record(str(tmp_path / form / name)).samples, samples)
    local = tmp_path / "local"
    command = ["export", enrolled.stream, "--data", center.data, "-o", local, "--format", "edf"]
    done(*command, "--zone", "Asia/Tokyo")
    utc, tokyo = (read_record(str(at / f"{enrolled.stream}.edf")).start for at in (tmp_path / "edf", local))
    assert utc is not None
    assert tokyo == utc + 9 * HOUR
    bare = tmp_path / "bare"
    told = done("export", enrolled.stream, "--data", center.data, "-o", bare, "--format", "edf", "--bare")
    assert told["beats"] == 0
    refused = einthoven(
        "export", enrolled.stream, "--data", center.data, "-o", bare, "--format", "csv", "--bare"
    )
    assert refused.code == 2
    assert "--bare" in refused.line


def wfdb_beats(base: Path) -> np.ndarray:
    found = wfdb.rdann(str(base), "ein")
    return found.sample[np.isin(found.symbol, list("NVSF/Q|"))]
