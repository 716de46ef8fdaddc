"""Scoring after EC57: cases worked out by hand. At 100 Hz the window is 15 samples."""

import numpy as np
import pytest
from tests.ecg.marks import marks

from einthoven.ecg.ec57 import Marks, Rules, Scored, counts, score_record
from einthoven.ecg.ec57_report import DS1, DS2, Source, episode_rates, report

RATE, LENGTH = 100.0, 10_000
WHOLE = Rules(start_s=0.0)


def score(reference, found, rules=WHOLE, length=LENGTH) -> Scored:
    return score_record(marks(*reference), marks(*found), RATE, length, rules)


def qrs(scored):
    return tuple(counts(scored.matrix)["qrs"][name] for name in ("TP", "FN", "FP"))


@pytest.mark.parametrize(
    ("reference", "found", "counted"),
    [
        (["1000 N"], ["1000 N"], (1, 0, 0)),
        (["1000 N"], ["1015 N"], (1, 0, 0)),
        (["1000 N"], ["0985 N"], (1, 0, 0)),
        (["1000 N"], ["1016 N"], (0, 1, 1)),
        (["1000 N"], [], (0, 1, 0)),
        ([], ["1000 N"], (0, 0, 1)),
        (["1000 N"], ["0990 N", "1002 N"], (1, 0, 1)),
        (["1000 N"], ["0998 N", "1010 N"], (1, 0, 1)),
        (["1000 N", "1012 N"], ["1010 N"], (1, 1, 0)),
        (["1000 N", "1008 N"], ["0990 N", "1006 N"], (2, 0, 0)),
        (["1000 N"], ["0990 N", "1010 N"], (1, 0, 1)),
        (["1000 !"], ["1000 N"], (0, 0, 1)),
        (["1000 !"], ["1000 !"], (0, 0, 0)),
        (["1000 N"], ["1000 !"], (0, 1, 0)),
        (["10000 N"], ["10000 N"], (1, 0, 0)),
        (["10001 N"], ["10001 N"], (0, 0, 0)),
    ],
)
def test_a_beat_found_within_the_window_belongs_to_the_nearest(reference, found, counted):
    assert qrs(score(reference, found)) == counted


def test_of_two_that_might_match_the_nearer_is_taken():
    scored = score(["1000 N"], ["0990 V", "1002 N"])
    assert scored.pairs.tolist() == [[1000, 1002]]
    assert scored.matrix[0, 0] == 1
    assert scored.matrix[5, 2] == 1
    assert score(["1000 N"], ["0990 V", "1010 N"]).pairs.tolist() == [[1000, 1010]]


@pytest.mark.parametrize(
    ("reference", "found", "counted"),
    [
        (["0900 N", "1100 N"], ["0900 N", "1100 N"], (1, 0, 0)),
        (["1003 N"], ["0995 N"], (1, 0, 0)),
        (["0995 N"], ["1003 N"], (0, 0, 0)),
        (["0995 N", "1100 N"], ["1003 N", "1100 N"], (1, 0, 0)),
        (["1020 N"], ["1003 N", "1020 N"], (1, 0, 0)),
    ],
)
def test_the_first_seconds_are_left_out_and_beats_at_their_end_are_not_torn_apart(reference, found, counted):
    assert qrs(score(reference, found, Rules(start_s=10.0))) == counted


@pytest.mark.parametrize(
    ("reference", "found", "counted"),
    [
        (["500 [", "1000 N", "1500 ]"], [], (0, 0, 0)),
        (["500 [", "1500 ]"], ["1000 N"], (0, 0, 0)),
        (["1000 N"], ["500 [", "1000 N", "1500 ]"], (0, 1, 0)),
        (["500 [", "2000 N"], ["2000 N"], (0, 0, 0)),
        (["1500 ]", "2000 N"], ["2000 N"], (1, 0, 0)),
    ],
)
def test_in_ventricular_fibrillation_there_are_no_beats(reference, found, counted):
    assert qrs(score(reference, found)) == counted


def test_beats_missed_where_the_analysis_gave_up_are_counted_apart():
    scored = score(["100 N", "1000 N", "2000 V"], ["100 N", "500 ~ 48", "1500 ~ 0"])
    assert scored.matrix[0].tolist() == [1, 0, 0, 0, 0, 0, 1]
    assert scored.matrix[2].tolist() == [0, 0, 0, 0, 0, 1, 0]
    assert qrs(scored) == (1, 2, 0)


def test_beats_found_where_the_reference_gave_up_are_counted_apart():
    scored = score(["500 ~ 48", "1500 ~ 3"], ["1000 S"])
    assert scored.matrix[:, 1].tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_one_unreadable_signal_of_two_is_no_giving_up():
    assert score(["1000 N"], ["500 ~ 16"]).matrix[0, 5] == 1


def test_a_beat_ends_what_was_given_up_without_a_mark():
    found = ["100 N", "500 ~ 48", "2000 N"]
    lost = [at for at in range(50, 3000, 50) if score([f"{at} N"], found).matrix[0, 6]]
    assert (lost[0], lost[-1]) == (150, 1950)


def test_fusion_and_unclassed_beats_called_ventricular_are_neither_right_nor_wrong():
    reference = [f"{1000 * k} {symbol}" for k, symbol in enumerate("NSVFQ", 1)]
    every = counts(score(reference, [f"{1000 * k} V" for k in range(1, 6)]).matrix)
    assert every["veb"] == {"TP": 1, "FN": 0, "FP": 2, "TN": 0}
    assert every["sveb"] == {"TP": 0, "FN": 1, "FP": 0, "TN": 4}
    every = counts(score(reference, [f"{1000 * k} S" for k in range(1, 6)]).matrix)
    assert every["veb"] == {"TP": 0, "FN": 1, "FP": 0, "TN": 4}
    assert every["sveb"] == {"TP": 1, "FN": 0, "FP": 3, "TN": 0}


@pytest.mark.parametrize(("escape", "row"), [("S", 1), ("N", 0)])
def test_escape_beats_belong_where_the_rules_say(escape, row):
    scored = score(["1000 e"], ["1000 N"], Rules(start_s=0.0, escape=escape))
    assert scored.matrix[row, 0] == 1


def test_episodes_are_compared_by_time_and_by_number():
    reference = ["0 + (N", "1000 + (AFIB", "2000 + (N", "5000 + (AFIB", "6000 + (N"]
    found = ["0 + (N", "1500 + (AFIB", "2500 + (N", "8000 + (AFL"]
    rhythm = score(reference, found).rhythm
    told = episode_rates(rhythm["AFIB"])
    assert (told["ref_s"], told["test_s"], told["overlap_s"], told["total_s"]) == (20.0, 10.0, 5.0, 100.0)
    assert (told["ep_Se"], told["ep_PP"], told["dur_Se"], told["dur_PP"]) == (50.0, 100.0, 25.0, 50.0)
    assert told["dur_Sp"] == 93.75
    assert rhythm["AF_OR_AFL"].test_s == 30.0
    assert rhythm["AF_OR_AFL"].FP == 1


def test_ventricular_fibrillation_counts_by_its_marks_and_by_its_rhythm():
    rhythm = score(["1000 [", "2000 ]", "3000 + (VFL", "4000 + (VT", "4500 + (N"], []).rhythm
    assert [rhythm[name].ref_s for name in ("VF", "VFRHY", "VTVF")] == [10.0, 20.0, 25.0]
    rhythm = score(["3000 + (VT", "4500 + (N"], []).rhythm
    assert [rhythm[name].ref_s for name in ("VF", "VFRHY", "VTVF")] == [0.0, 0.0, 15.0]


def test_an_episode_before_the_scored_period_does_not_count():
    rhythm = score(["100 + (AFIB", "900 + (N"], [], Rules(start_s=10.0)).rhythm
    assert rhythm["AFIB"].FN == 0


def test_intervals_between_matched_neighbours_tell_the_error_of_rr():
    reference = [f"{1000 + 100 * k} N" for k in range(6)]
    found = ["1002 N", "1102 N", "1203 N", "1403 N", "1501 N"]
    record = report({"a": score(reference, found)}, Source("r", "t", "x"))["records"]["a"]
    assert record["offset_ms"]["median"] == 20.0
    assert record["rr_err_ms"]["n"] == 3
    assert record["rr_err_ms"]["median_abs"] == 10.0


def case(hits, missed, extra, paced=False):
    matrix = np.zeros((7, 7), np.int64)
    matrix[0, 0], matrix[0, 5], matrix[5, 0] = hits, missed, extra
    none = score([], []).rhythm
    return Scored(matrix, np.zeros((0, 2), np.int64), np.zeros(0, np.bool_), paced, RATE, none)


def test_gross_is_of_the_sums_and_average_of_the_records():
    told = report({"a": case(90, 10, 0), "b": case(10, 0, 10)}, Source("r", "t", "x"))
    figures = told["groups"]["all"]["qrs"]
    assert figures["gross"] == {"TP": 100, "FN": 10, "FP": 10, "Se": 90.9091, "PP": 90.9091, "F1": 90.9091}
    assert figures["average"] == {"Se": 95.0, "n_Se": 2, "PP": 75.0, "n_PP": 2}
    assert figures["worst"] == {
        "Se": {"value": 90.0, "record": "a"},
        "PP": {"value": 50.0, "record": "b"},
    }
    assert told["groups"]["all"]["veb"]["gross"]["Se"] is None


def test_paced_records_count_for_beats_but_not_for_their_classes():
    told = report({"a": case(90, 10, 0), "b": case(10, 0, 0, paced=True)}, Source("r", "t", "x"))
    groups = told["groups"]
    assert told["meta"]["paced"] == ["b"]
    assert set(groups) == {"all", "nonpaced", "all_incl_paced"}
    assert [groups[name]["qrs"]["n_records"] for name in groups] == [2, 1, 2]
    assert [groups[name]["veb"]["n_records"] for name in groups] == [1, 1, 2]


def test_the_halves_of_mitdb_appear_when_they_are_whole():
    every = {name: case(1, 0, 0) for name in DS1 + DS2[:-1]}
    assert "DS1" in report(every, Source("r", "t", "x"))["groups"]
    assert "DS2" not in report(every, Source("r", "t", "x"))["groups"]


def test_an_empty_file_misses_everything():
    scored = score_record(marks("1000 N"), Marks.none(), RATE, LENGTH, WHOLE)
    assert qrs(scored) == (0, 1, 0)


def test_where_the_length_is_not_known_the_last_reference_annotation_ends_the_record():
    scored = score(["1000 N"], ["1000 N", "2000 N"], length=None)
    assert qrs(scored) == (1, 0, 0)
