"""Couplets and runs compared run by run."""

import pytest
from tests.ecg.marks import marks

from einthoven.ecg.ec57_runs import compare_runs, ventricular_runs

RATE, FROM = 100.0, 30_000


def beats(text, start=FROM + 500, step=60):
    """One beat every 0.6 s."""
    return marks(*(f"{start + step * number} {symbol}" for number, symbol in enumerate(text)))


def test_runs_are_rows_of_ventricular_beats():
    assert ventricular_runs(beats("NVNVVNVVVFVVN"), FROM)[:, 2].tolist() == [2, 3, 2]
    assert ventricular_runs(beats("NNN"), FROM).shape == (0, 3)
    assert ventricular_runs(beats("VVV", start=FROM - 60), FROM)[:, 2].tolist() == [2]


@pytest.mark.parametrize(
    ("reference", "found", "couplets", "short", "long"),
    [
        ("NVVN", "NVVN", (1, 0, 1, 0), (0, 0, 0, 0), (0, 0, 0, 0)),
        ("NVVN", "NVNN", (0, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)),
        ("NVVN", "NVVV", (1, 0, 0, 0), (0, 0, 0, 1), (0, 0, 0, 0)),
        ("NVVVN", "NVVNN", (0, 0, 1, 0), (0, 1, 0, 0), (0, 0, 0, 0)),
        ("VVVVVV", "VVVVVV", (0, 0, 0, 0), (0, 0, 0, 0), (1, 0, 1, 0)),
        ("VVVVVV", "VVVNVV", (0, 0, 1, 0), (0, 0, 1, 0), (0, 1, 0, 0)),
        ("NNNN", "NVVN", (0, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0)),
    ],
)
def test_a_run_is_found_when_one_as_long_as_its_class_needs_overlaps_it(
    reference, found, couplets, short, long
):
    told = compare_runs(beats(reference), beats(found), RATE)
    assert [tuple(each.values()) for each in told.values()] == [couplets, short, long]


def test_a_run_somewhere_else_is_no_match():
    told = compare_runs(beats("NVVNNNN"), beats("NNNNVVN"), RATE)
    assert told["couplets"] == {"TPs": 0, "FN": 1, "TPp": 0, "FP": 1}


def test_there_are_no_runs_in_known_fibrillation():
    reference = marks("30500 [", "31500 ]", "32000 N")
    told = compare_runs(reference, marks("30600 V", "30660 V", "30720 V", "32000 N"), RATE)
    assert [tuple(each.values()) for each in told.values()] == [(0, 0, 0, 0)] * 3


def test_fibrillation_ends_a_run():
    found = marks("30400 V", "30460 V", "30500 [", "31500 ]", "31560 V", "31620 V")
    reference = marks("30400 V", "30460 V", "30500 [", "31500 ]", "31560 V", "31620 V")
    assert compare_runs(reference, found, RATE)["couplets"] == {"TPs": 2, "FN": 0, "TPp": 2, "FP": 0}
