"""Borders of waves and classes of strips, scored: cases worked out by hand."""

import numpy as np
import pytest
from tests.ecg.marks import marks

from einthoven.ecg.borders_score import border_errors, borders_report, known_borders
from einthoven.ecg.strips_score import strips_report
from einthoven.ecg.windows_score import window_counts, windows_report

CODES = {"(": 39, ")": 40, "N": 1, "p": 24, "t": 27, "u": 29}


def borders(*marks):
    sample, code = zip(*((at, CODES[symbol]) for at, symbol in marks), strict=True)
    return known_borders(np.array(sample), np.array(code), 250.0)


WHOLE = [(10, "("), (15, "p"), (20, ")"), (30, "("), (40, "N"), (50, ")"), (70, "("), (80, "t"), (95, ")")]


def test_the_marks_round_a_beat_are_its_borders():
    assert borders(*WHOLE).tolist() == [[10, 15, 20, 30, 40, 50, 70, 80, 95]]


def test_a_mark_that_is_missing_is_not_known():
    row = borders((15, "p"), (20, ")"), (30, "("), (40, "N"), (50, ")"), (80, "t"), (95, ")"))[0]
    assert np.isnan(row[[0, 6]]).all()
    assert row[[1, 2, 3, 7, 8]].tolist() == [15, 20, 30, 80, 95]
    assert np.isnan(borders((40, "N"))[0]).sum() == 8


def test_a_wave_of_another_beat_is_not_taken():
    far = borders((10, "("), (15, "p"), (20, ")"), (300, "("), (310, "N"), (320, ")"))
    assert np.isnan(far[0, :3]).all()
    after_u = borders((30, "("), (40, "N"), (50, ")"), (70, "("), (80, "u"), (95, ")"))
    assert np.isnan(after_u[0, 6:]).all()


def test_errors_are_those_of_the_nearest_beat_and_of_the_nearer_lead():
    known = borders(*WHOLE)
    found = np.full((2, 3, 9), -1, np.int64)
    found[1, 0] = [12, 15, 20, 31, 40, 52, 70, 80, 90]
    found[1, 1] = [18, 15, 20, 28, 40, 50, 70, 80, 100]
    found[1, 2] = [11, 15, 20, 33, 40, 54, 70, 80, -1]
    errors = border_errors(known, found, np.array([400, 42]), 250.0)
    assert errors.joint[0, [0, 3, 5, 8]].tolist() == [8.0, 4.0, 8.0, -20.0]
    assert errors.better[0, [0, 3, 5, 8]].tolist() == [4.0, -8.0, 0.0, 20.0]


def test_the_report_has_mean_and_spread_and_what_was_not_seen():
    known = np.concatenate([borders(*WHOLE)] * 2)
    known[1] += 1000
    found = np.full((2, 2, 9), -1, np.int64)
    found[:, 0], found[:, 1] = known, known
    found[0, :, 3] += 2
    found[1, :, 8] = -1
    errors = border_errors(known, found, np.array([40, 1040]), 250.0)
    told = borders_report({"a": errors})
    assert told["QRS onset"]["all_leads"] == {
        "seen": 2,
        "mean_ms": 4.0,
        "sd_ms": 4.0,
        "sd_of_records_ms": 4.0,
    }
    assert told["T end"]["annotated"] == 2
    assert told["T end"]["all_leads"]["seen"] == 1
    none = border_errors(known, found[:0], np.zeros(0, np.int64), 250.0)
    assert borders_report({"a": none})["P end"]["all_leads"]["mean_ms"] is None


def test_strips_are_counted_as_in_the_challenge():
    known = {"a": "N", "b": "N", "c": "A", "d": "O", "e": "~"}
    found = {
        "a": "normal",
        "b": "other-rhythm",
        "c": "atrial-fibrillation",
        "d": "other-rhythm",
        "e": "normal",
    }
    told = strips_report(found, known)
    assert told["F1"] == {"N": 0.5, "A": 1.0, "O": pytest.approx(0.6667)}
    assert told["mean_F1"] == pytest.approx(0.7222)
    assert told["matrix"] == [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]]


def test_a_window_is_told_shockable_when_half_of_it_is():
    found = marks("0 + (N", "1000 + (VT", "1750 + (N", "2600 [", "3500 ]", "9000 N")
    labels = [(0, False), (5, False), (10, True), (15, True), (20, True), (25, True), (30, False)]
    counts = window_counts(found, labels, 5.0, 100.0)
    assert counts == {"TP": 3, "FN": 1, "FP": 1, "TN": 2}
    told = windows_report({"a": counts, "b": {"TP": 0, "FN": 0, "FP": 0, "TN": 4}})
    assert (told["windows"]["Se"], told["windows"]["Sp"]) == (75.0, 85.7143)
    assert told["records"]["b"]["Se"] is None


def test_a_class_that_never_comes_leaves_the_mean_open():
    told = strips_report({"a": "normal"}, {"a": "N"})
    assert told["F1"]["A"] is None
    assert told["mean_F1"] is None
