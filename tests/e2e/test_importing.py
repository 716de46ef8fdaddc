"""Recordings of other systems brought into a running center: each a period of its own, ended and analysed."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from tests.e2e.processes import Serving, done, here, until
from tests.e2e.records import heart, written
from tests.interop.judge import DATA, needs_data, quiet, wfdb
from tests.interop.recordings import NOON, recording

from einthoven.base.instants import from_iso
from einthoven.base.layout import INVALID_SAMPLE, Layout
from einthoven.ecg.analyze import analyze
from einthoven.edges.exchange.records import read_record
from einthoven.interop.edf import edf_pieces
from einthoven.interop.ishne import ishne_pieces

START = "2026-03-04T10:11:12Z"


def brought(center: Serving, record: object, name: str, *more: str) -> dict[str, object]:
    told: dict[str, object] = done("import", record, "--center", center.url, "--patient", name, *more)
    return told


def sealed(center: Serving, stream: str) -> None:
    """Wait until the last sample is sealed: then its beats are."""

    def whole() -> bool:
        told = center.get(f"/api/streams/{stream}").json()
        return bool(told["segments"]) and told["segments"][-1]["stop"] == told["stored"][-1][1]

    until("all of it to be sealed", whole)


@needs_data
@pytest.mark.records
@quiet
def test_a_real_record_is_there_with_its_beats(center: Serving, tmp_path: Path) -> None:
    record = read_record(str(DATA / "mitdb" / "106"))
    told = brought(
        center, DATA / "mitdb" / "106", "Real, Rita", "--birth-date", "1950-02-28", "--start", START
    )
    stream = str(told["stream"])
    assert (told["samples"], told["start"]) == (650_000, "2026-03-04T10:11:12.000Z")
    assert told["ended"] is not None
    state = center.streams()[stream]
    assert (state["period"], state["patient"]) == ("ended", "Real, Rita")
    sealed(center, stream)
    out = tmp_path / "out"
    found = analyze(record.samples, record.layout)
    assert done("export", stream, "--data", center.data, "-o", out)["beats"] == len(found.beats)
    back = wfdb.rdrecord(str(out / stream), physical=False)
    assert np.array_equal(back.d_signal, record.samples)
    assert back.base_datetime.isoformat() == "2026-03-04T10:11:12"
    marks = wfdb.rdann(str(out / stream), "ein")
    beats = np.isin(marks.symbol, list("NVSF/Q|"))
    assert np.array_equal(marks.sample[beats], found.beats["sample"])


def test_a_file_with_gaps_has_them_at_the_center(center: Serving, tmp_path: Path) -> None:
    layout, samples = heart(60, 8)
    one = recording(samples, layout, [(5000, 8000)], start=NOON)
    path = tmp_path / "gaps.edf"
    path.write_bytes(b"".join(edf_pieces(one)))
    told = brought(center, path, "Gap, Gustav", "--transmitter", "Recorder-7")
    assert (told["transmitter"], told["samples"]) == ("Recorder-7", 15_000)
    stream = str(told["stream"])
    page = center.get(f"/api/streams/{stream}").json()
    assert page["stored"] == [[0, 5000], [8000, 15_000]]
    assert page["holes"] == [{"start": 5000, "stop": 8000, "cause": "other", "declared": True}]
    out = done("export", stream, "--data", center.data, "-o", tmp_path / "out", "--format", "edf")
    back = read_record(str(tmp_path / "out" / f"{stream}.edf"))
    assert np.array_equal(back.samples, one.read(0, 15_000))
    assert (back.samples[5000:8000] == INVALID_SAMPLE).all()
    assert out["start"] == "2026-03-04T12:00:00.000Z"


def test_an_ishne_file_comes_in_under_its_own_start(center: Serving, tmp_path: Path) -> None:
    layout, samples = heart(20, 9, Layout(200.0, heart(1, 1)[0].leads))
    path = tmp_path / "holter.ecg"
    start = from_iso("2026-03-04T10:11:12.250Z")
    path.write_bytes(b"".join(ishne_pieces(recording(samples, layout, start=start))))
    physician = "--physician", "Grey, Meredith", "--physician-telephone", "555 0100", "--npi", "1234567893"
    told = brought(center, path, "Ishne, Ida", *physician)
    assert told["start"] == "2026-03-04T10:11:12.250Z"
    exported = done("export", told["stream"], "--data", center.data, "-o", tmp_path / "out")
    assert exported["start"] == told["start"]
    assert np.array_equal(read_record(str(tmp_path / "out" / str(told["stream"]))).samples, samples)


def test_the_same_record_twice_is_two_periods(center: Serving, tmp_path: Path) -> None:
    path = written(tmp_path, "rec", heart(10, 11))
    words = "Twice, Theo", "--birth-date", "1961-01-01", "--start", START
    one, other = (brought(center, path, *words) for _ in range(2))
    assert one["stream"] != other["stream"]
    assert one["transmitter"] == other["transmitter"]
    periods = {center.streams()[str(told["stream"])]["period"] for told in (one, other)}
    assert periods == {"ended"}


def test_what_cannot_come_in_is_said_in_one_line_and_opens_nothing(center: Serving, tmp_path: Path) -> None:
    path, before = written(tmp_path, "rec", heart(10, 12)), center.streams().keys()
    text = tmp_path / "text.edf"
    text.write_text("no EDF")
    bad = {
        (path,): "it does not say when it was recorded: give --start",
        (path, "--start", "yesterday"): "not a date and time",
        (path, "--start", "2099-01-01"): "by --start, 2099-01-01T00:00:00.000Z, it does not lie between",
        (path, "--start", "1960-01-01"): "it does not lie between 1970 and now",
        (tmp_path / "none", "--start", START): "none.hea: No such file",
        (text, "--start", START): "text.edf: its header is no EDF header",
        (path, "--start", START, "--birth-date", "tomorrow"): "birth_date",
        (path, "--start", START, "--npi", "1234567893"): "need --physician",
        (path, "--start", START, "--transmitter", "a b"): "transmitter",
    }
    for words, want in bad.items():
        ran = here("import", "--center", center.url, "--patient", "Bad, Bob", *words)
        assert (ran.code, ran.out) == (2, ""), words
        assert want in ran.line
    assert (
        here("import", path, "--center", "http://127.0.0.1:9", "--patient", "X", "--start", START).code == 2
    )
    assert center.streams().keys() == before


def test_a_period_is_ended_by_request_once(center: Serving) -> None:
    enrolled = center.enroll(250, "II")
    told = json.loads(post(center, enrolled.stream))
    assert (told["stream"], told["cause"]) == (enrolled.stream, "closed")
    assert center.streams()[enrolled.stream]["period"] == "ended"
    assert "ended at" in post(center, enrolled.stream, 409)
    assert "there is no stream s099999" in post(center, "s099999", 404)
    assert "not a stream" in post(center, "here", 400)
    lines = center.get("/api/desk/audit?kind=period.end").json()["lines"]
    assert enrolled.stream in [line["subject"] for line in lines]


def post(center: Serving, stream: str, status: int = 200) -> str:
    body = {"stream": stream}
    answer = httpx.post(f"{center.url}/api/enroll/end", json=body, trust_env=False, timeout=30)
    assert answer.status_code == status
    return answer.text


@quiet
def test_beats_leave_as_people_labelled_them(center: Serving, tmp_path: Path) -> None:
    told = brought(center, written(tmp_path, "rec", heart(60, 14)), "Said, Sam", "--start", START)
    stream = str(told["stream"])
    sealed(center, stream)
    export = "export", stream, "--data", center.data, "-o", tmp_path / "out"
    done(*export)
    before = wfdb.rdann(str(tmp_path / "out" / stream), "ein")
    sample = int(before.sample[np.flatnonzero(np.array(before.symbol) == "N")[20]])
    body = {"samples": [sample], "to": "V", "why": "wide"}
    url = f"{center.url}/api/streams/{stream}/relabel"
    assert httpx.post(url, json=body, trust_env=False, timeout=30).status_code == 200
    done(*export)
    after = wfdb.rdann(str(tmp_path / "out" / stream), "ein")
    changed = [
        (a, b, at)
        for a, b, at in zip(before.symbol, after.symbol, after.sample.tolist(), strict=True)
        if a != b
    ]
    assert changed == [("N", "V", sample)]
