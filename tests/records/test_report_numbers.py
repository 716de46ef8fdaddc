"""The figures of a report, counted again from the annotations on another way: by pandas, from the files."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from tests.e2e.processes import einthoven
from tests.interop.judge import quiet, wfdb
from tests.records.records import need

pytestmark = [pytest.mark.records, quiet]
RECORDS = ["101", "106", "201", "207"]
BEATS = {"N", "S", "V", "F", "/", "Q"}


@pytest.fixture(scope="module", params=RECORDS)
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict, pd.DataFrame]:
    """A record's report, and its annotations as written by ``analyze`` and read by wfdb."""
    record, out = need("mitdb") / request.param, tmp_path_factory.mktemp("report")
    made = einthoven(
        "report", record, "-o", out / "r.pdf", "--json", out / "r.json", "--start", "2026-01-01T00:00Z"
    )
    assert (made.code, (out / "r.pdf").read_bytes()[:5]) == (0, b"%PDF-")
    assert einthoven("analyze", record, "-o", out, "--json").code == 0
    read = wfdb.rdann(str(out / request.param), "ein")
    rows = pd.DataFrame({"sample": read.sample, "symbol": read.symbol, "aux": read.aux_note})
    found = pd.read_json(out / f"{request.param}.json")
    blind = found[found["kind"].isin(["ventricular-fibrillation", "ventricular-flutter", "analysis-lost"])]
    spans = pd.arrays.IntervalArray.from_arrays(blind["start_sample"], blind["end_sample"], closed="both")
    rows["blind"] = [bool(spans.contains(sample).any()) for sample in rows["sample"]]
    return json.loads((out / "r.json").read_text()), rows


def figures(report: dict) -> dict[str, dict]:
    every = [shown for section in report["sections"] for shown in section["shown"] if shown["figure"]]
    return {shown["figure"]["name"]: shown["figure"] for shown in every}


def beats_of(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["symbol"].isin(BEATS)]


def test_beats_and_ventricular_ectopy(told: tuple[dict, pd.DataFrame]) -> None:
    report, rows = told
    beats = beats_of(rows)
    [rate] = [one for one in report["sections"] if one["name"] == "rate"]
    assert rate["shown"][0]["text"].replace("\u202f", "") == str(len(beats))
    counted = beats[~beats["blind"]]
    assert figures(report)["ventricular_beats"]["value"] == (counted["symbol"] == "V").sum()


def test_couplets_and_runs(told: tuple[dict, pd.DataFrame]) -> None:
    report, rows = told
    beats = beats_of(rows)
    ectopic = (beats["symbol"] == "V") & ~beats["blind"]
    lengths = ectopic.groupby((ectopic != ectopic.shift()).cumsum()).agg(["first", "size"])
    runs = lengths.loc[lengths["first"], "size"]
    assert figures(report)["ventricular_couplets"]["value"] == (runs == 2).sum()
    assert figures(report)["ventricular_runs"]["value"] == (runs >= 3).sum()
    if (runs >= 3).any():
        assert figures(report)["ventricular_run_longest"]["value"] == runs.max()


def test_mean_rate_and_hours(told: tuple[dict, pd.DataFrame]) -> None:
    report, rows = told
    beats = beats_of(rows)
    steps = beats["sample"].diff().dropna() / report["rate_hz"]
    touched = beats["blind"] | beats["blind"].shift(fill_value=False)
    usual = steps[(steps < 4.0) & ~touched]
    assert figures(report)["rate_mean"]["value"] == pytest.approx(60 / usual.mean(), rel=0.02)
    [hours] = next(one["tables"] for one in report["sections"] if one["name"] == "hours")
    assert sum(int(row["cells"][2].replace("\u202f", "")) for row in hours["rows"]) == len(beats)
    extremes = [figures(report)[f"rate_{end}_8_beats"]["value"] for end in ("least", "most")]
    eights = 60 * 8 / usual.rolling(8).sum().dropna()
    assert eights.min() * 0.99 <= extremes[0] <= extremes[1] <= eights.max() * 1.01


def test_time_in_atrial_fibrillation(told: tuple[dict, pd.DataFrame]) -> None:
    report, rows = told
    changes = rows[rows["symbol"] == "+"].assign(aux=lambda at: at["aux"].str.strip("\x00"))
    stop = changes["sample"].shift(-1).fillna(650_000)
    inside = (stop - changes["sample"])[changes["aux"].isin(["(AFIB", "(AFL"])].sum() / report["rate_hz"]
    # Annotations hold one rhythm at a time and change at beats: seconds are lost or won at either end.
    assert figures(report)["af_seconds"]["value"] == pytest.approx(inside, abs=5.0)


def test_every_figure_lies_within_the_record(told: tuple[dict, pd.DataFrame]) -> None:
    report, _ = told
    for one in figures(report).values():
        assert 0 <= one["start"] <= one["end"] <= 650_000
    for strip in report["strips"]:
        assert strip["end"] - strip["start"] == len(strip["traces"][0]["values"])


def test_the_strips_are_the_records_own_samples(told: tuple[dict, pd.DataFrame]) -> None:
    report, _ = told
    name = report["service"]["stream"]
    stored = wfdb.rdrecord(str(need("mitdb") / name), physical=False).d_signal
    for strip in report["strips"]:
        for place, trace in enumerate(strip["traces"]):
            assert trace["values"] == stored[strip["start"] : strip["end"], place].tolist()


def test_it_is_the_same_report_when_it_is_made_again(tmp_path: Path) -> None:
    record = need("mitdb") / "101"
    made = []
    for turn in ("one", "two"):
        out = tmp_path / f"{turn}.pdf"
        assert einthoven("report", record, "-o", out, "--name", "Doe, Jane").code == 0
        made.append(out.read_bytes())
    assert made[0] == made[1]
