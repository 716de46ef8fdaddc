"""Beats with the classes that people gave them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.ecg.beats import ARTEFACT, BEAT, GRADES, NORMAL, VENTRICULAR
from einthoven.reports.review_labels import CODES, Labels, labelled, labels_of
from einthoven.review.relabels import Change, packed
from einthoven.review.verdicts import CLASSES

RATE = 250.0


def beats(samples: list[int], codes: dict[int, int] | None = None, breaks: tuple[int, ...] = ()):
    """``BEAT`` rows; at ``breaks`` the samples begin anew."""
    rows = np.zeros(len(samples), BEAT)
    rows["sample"], rows["code"], rows["conf"], rows["template"] = samples, NORMAL, 700, 3
    last = None
    for row in rows:
        row["code"] = (codes or {}).get(int(row["sample"]), NORMAL)
        if last is not None and int(row["sample"]) not in breaks:
            row["rr_ms"] = min((int(row["sample"]) - last) * 4, 65_535)
        last = int(row["sample"]) if row["code"] != ARTEFACT else last
    return rows


def say(*told: tuple[int, str] | tuple[int, str, bool]) -> Labels:
    changes = [
        Change(n, n, 17, 0, "staff 1", {one[1]: packed([one[0]])}, 1, {}, added=len(one) > 2)
        for n, one in enumerate(told, 1)
    ]
    return labels_of(changes)


def test_every_class_that_people_give_has_its_code() -> None:
    assert set(CODES) == set(CLASSES)


def test_a_labelled_beat_has_its_class_and_is_sure() -> None:
    rows = beats([100, 300, 500])
    out = labelled(rows, say((300, "V")), RATE)
    assert out["code"].tolist() == [NORMAL, VENTRICULAR, NORMAL]
    assert out["conf"].tolist() == [700, 1000, 700]
    assert out[["sample", "rr_ms", "template"]].tolist() == rows[["sample", "rr_ms", "template"]].tolist()


def test_nobody_said_anything() -> None:
    rows = beats([100, 300])
    assert labelled(rows, Labels(), RATE) is rows
    assert labelled(rows, say((9000, "V")), RATE) is rows


def test_the_later_of_two_labels_holds() -> None:
    assert labelled(beats([300]), say((300, "V"), (300, "N")), RATE)["code"].tolist() == [NORMAL]


@pytest.mark.parametrize(("moved", "holds"), [(15, True), (-15, True), (16, False)])
def test_a_beat_that_another_analysis_moved_a_little_keeps_its_label(moved: int, holds: bool) -> None:
    out = labelled(beats([100, 300 + moved, 500]), say((300, "V")), RATE)
    assert (out["code"][1] == VENTRICULAR) == holds


def test_an_artefact_is_no_beat_to_the_next_one() -> None:
    out = labelled(beats([100, 300, 500]), say((300, "|")), RATE)
    assert out["rr_ms"].tolist() == [0, 800, 1600]
    assert out["code"][1] == ARTEFACT


def test_an_artefact_that_is_a_beat_after_all_shortens_the_next_interval() -> None:
    rows = beats([100, 300, 500], {300: ARTEFACT})
    assert rows["rr_ms"].tolist() == [0, 800, 1600]
    assert labelled(rows, say((300, "N")), RATE)["rr_ms"].tolist() == [0, 800, 800]


def test_no_interval_goes_over_a_hole() -> None:
    rows = beats([100, 300, 9000, 9200], breaks=(9000,))
    out = labelled(rows, say((9000, "|")), RATE)
    assert out["rr_ms"].tolist() == [0, 800, 0, 0]


def test_a_beat_is_put_where_none_was_found() -> None:
    out = labelled(beats([100, 500]), say((300, "V", True)), RATE)
    assert out["sample"].tolist() == [100, 300, 500]
    assert out["rr_ms"].tolist() == [0, 800, 800]
    assert out["code"].tolist() == [NORMAL, VENTRICULAR, NORMAL]


def test_a_beat_that_the_analysis_found_since_is_not_there_twice() -> None:
    out = labelled(beats([100, 305, 500]), say((300, "V", True)), RATE)
    assert out["sample"].tolist() == [100, 305, 500]
    assert out["code"][1] == VENTRICULAR


def test_rows_of_grades_pass_untouched() -> None:
    rows = beats([100, 300, 500])
    rows["code"][1] = GRADES
    out = labelled(rows, say((300, "V"), (500, "|")), RATE)
    assert out["code"].tolist() == [NORMAL, GRADES, ARTEFACT]
    assert out[1] == rows[1]


@given(
    st.lists(st.integers(0, 4000), unique=True, min_size=1).map(sorted),
    st.lists(st.tuples(st.integers(0, 4000), st.sampled_from("NSVFQ/|"), st.booleans())),
)
def test_whatever_is_said_beats_stay_in_order_and_intervals_follow(samples, told) -> None:
    rows = beats([40 * one for one in samples])
    labels = say(
        *[(40 * at, name, True) if new and name != "|" else (40 * at, name) for at, name, new in told]
    )
    out = labelled(rows, labels, RATE)
    assert (np.diff(out["sample"]) > 0).all()
    assert set(rows["sample"]) <= set(out["sample"])
    assert set(out["code"]) <= set(CODES.values())
    true = out[out["code"] != ARTEFACT]
    follows = true["rr_ms"][1:] > 0
    steps = np.minimum(np.diff(true["sample"]) * 4, 65_535)
    assert (true["rr_ms"][1:][follows] == steps[follows]).all()
    if not any(new for *_, new in told):
        assert follows.all()
