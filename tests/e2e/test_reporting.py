"""``einthoven report``: from a bare file to a PDF, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.e2e.processes import einthoven
from tests.e2e.records import heart, written
from tests.edges.typeset.papers import texts

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import Span
from einthoven.interop.edf import edf_pieces
from einthoven.interop.recording import Recording


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("record"), "r", heart(90, 4))


def test_a_bare_file_gives_a_report_and_one_line(record: Path, tmp_path: Path) -> None:
    ran = einthoven(
        "report", record, "-o", tmp_path / "r.pdf", "--name", "王小明", "--birth-date", "1960-02-29",
        "--start", "2026-11-20T08:00", "--zone", "America/New_York", "--json", tmp_path / "r.json",
    )  # fmt: skip
    assert (ran.code, ran.err) == (0, "")
    told = json.loads(ran.out)
    assert (told["record"], told["kind"], told["days"]) == ("r", "daily", 1)
    content = json.loads((tmp_path / "r.json").read_text())
    assert content["service"]["start_ms"] == 1_795_179_600_000
    for text in texts((tmp_path / "r.pdf").read_bytes()):
        assert "王小明" in text
        assert "born 29 Feb 1960" in text
        assert "20 Nov 2026 08:00 – 20 Nov 2026 08:01 (America/New_York)" in text


def test_without_a_name_or_a_time_it_says_so(record: Path, tmp_path: Path) -> None:
    assert einthoven("report", record, "-o", tmp_path / "r.pdf").code == 0
    for text in texts((tmp_path / "r.pdf").read_bytes()):
        assert "name not given" in text
        assert "1 min 30 s, date not given" in text


def test_of_the_whole_record_and_on_letter(record: Path, tmp_path: Path) -> None:
    ran = einthoven("report", record, "-o", tmp_path / "r.pdf", "--kind", "end", "--paper", "letter")
    assert json.loads(ran.out)["kind"] == "end"
    assert "Report at the end of service" in texts((tmp_path / "r.pdf").read_bytes())[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--day", "2"], "there is no day 2: the record has 1"),
        (["--zone", "Mars/Base"], "there is no time zone 'Mars/Base'"),
        (["--start", "yesterday"], "--start 'yesterday' is not a date and time"),
        (["--birth-date", "29.2.1960"], "--birth-date: '29.2.1960' is no date"),
        (["--birth-date", "2999-01-01"], "--birth-date"),
        (["--name", "1234"], "--name: '1234' holds no letter"),
        (["--leads", "V9"], "no lead 'V9'"),
        (["--kind", "weekly"], "'weekly' is not one of"),
    ],
)
def test_what_it_does_not_take_is_named_and_nothing_is_written(
    record: Path, tmp_path: Path, options: list[str], words: str
) -> None:
    ran = einthoven("report", record, "-o", tmp_path / "r.pdf", *options)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.line
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(record: Path, tmp_path: Path) -> None:
    ran = einthoven("report", record, "-o", tmp_path / "no" / "r.pdf")
    assert ran.code == 2
    assert "no: there is no such folder" in ran.line


def test_pdf_and_json_in_one_file_are_refused(record: Path, tmp_path: Path) -> None:
    ran = einthoven("report", record, "-o", tmp_path / "r.pdf", "--json", tmp_path / "r.pdf")
    assert ran.code == 2
    assert "cannot be one file" in ran.line


def test_all_noise_gives_an_honest_page(tmp_path: Path) -> None:
    layout, samples = heart(60, 1)
    samples[:] = np.random.default_rng(5).integers(-900, 900, samples.shape)
    record = written(tmp_path, "n", (layout, samples))
    assert einthoven("report", record, "-o", tmp_path / "n.pdf").code == 0
    first = texts((tmp_path / "n.pdf").read_bytes())[0]
    assert "no heartbeat was found" in first or "Analysed" in first


def test_gaps_of_a_file_are_gaps_of_its_report(tmp_path: Path) -> None:
    layout, samples = heart(120, 9)
    samples[10_000:20_000] = INVALID_SAMPLE
    present = (Span(0, 10_000), Span(20_000, len(samples)))
    recording = Recording("d", layout, len(samples), present, lambda a, b: samples[a:b])
    path = tmp_path / "d.edf"
    path.write_bytes(b"".join(edf_pieces(recording)))
    assert einthoven("report", path, "-o", tmp_path / "d.pdf", "--json", tmp_path / "d.json").code == 0
    told = json.loads((tmp_path / "d.json").read_text())
    [wear] = [one for one in told["sections"] if one["name"] == "wear"]
    assert wear["tables"][0]["rows"][0]["cells"] == ["not in the record", "1", "40 s", "40 s"]
    assert any("of 2 min" in line["text"] for line in told["conclusion"])
