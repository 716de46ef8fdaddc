"""The page of figures is made from what was measured, and says where nothing was."""

from __future__ import annotations

from pathlib import Path

from benchmarks.accuracy import page
from benchmarks.accuracy_figures import total

ROOT = Path(__file__).resolve().parents[2]
NOTHING = {"version": "live-x", "evaluated": {}, "runs": {}, "alarms": None, "trained": {}}


def counted(hit: int, missed: int, extra: int) -> dict:
    counts = {"TP": hit, "FN": missed, "FP": extra}
    rates = {"Se": 100 * hit / (hit + missed), "PP": 100 * hit / (hit + extra)}
    return dict.fromkeys(("qrs", "veb", "sveb"), counts | rates) | {"rhythm": {}}


def row(text: str, name: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_without_data_everything_is_said_to_be_unmeasured() -> None:
    text = page(NOTHING)
    assert row(text, "mitdb DS2")[1:4] == ["– / –", "≥ 99.9 / 99.9", "not measured"]
    assert "| yes |" not in text
    assert "| no |" not in text


def test_the_noise_stress_test_is_not_called_unseen() -> None:
    text = page(NOTHING)
    assert {row(text, name)[-1] for name in ("nstdb, 12 dB", "nstdb, 0 dB", "VEB, nstdb 12 dB")} == {
        "clean seen"
    }


def test_a_claim_is_reached_only_when_both_figures_are() -> None:
    for hit, missed, extra, reached in ((9999, 1, 1, "yes"), (9980, 20, 1, "no"), (9980, 1, 20, "no")):
        records = {"800": counted(hit, missed, extra)}
        told = {"svdb": {"records": records, "groups": {"all": {"rhythm": {}}}, "missing": []}}
        assert row(page(NOTHING | {"evaluated": told}), "svdb, 1 records")[3] == reached


def test_totals_are_of_the_counts_of_all_records() -> None:
    records = {"a": counted(90, 10, 0), "b": counted(10, 0, 10)}
    assert total(records, ["a", "b"], "qrs") == (100 * 100 / 110, 100 * 100 / 110)


def test_report_only_records_are_never_told_one_by_one() -> None:
    names = {"100": counted(10, 0, 0), "101": counted(10, 0, 0)}
    told = {"mitdb": {"records": names, "groups": {}, "missing": []}}
    text = page(NOTHING | {"evaluated": told})
    assert "| 101 |" in text
    assert "| 100 |" not in text
    assert "| 100 |" not in (ROOT / "docs" / "accuracy.md").read_text()


def test_what_was_left_out_is_listed() -> None:
    text = page(NOTHING | {"evaluated": {"left_out": {"nstdb/bw": "no reference annotations (.atr)"}}})
    assert "- nstdb/bw: no reference annotations (.atr)" in text
