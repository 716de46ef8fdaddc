"""Beats that a verdict speaks of are read for it; a finding of judged shapes says so."""

from __future__ import annotations

import numpy as np
import pytest
from tests.center.test_desk_feed import found
from tests.review.ward import Ward
from tests.review.ward import found as fact

from einthoven.base.errors import InputError
from einthoven.center.shown_beats import SPAN_MAX, JudgedShapes, ShownBeats, run_of
from einthoven.ecg.beats import BEAT, NORMAL, VENTRICULAR
from einthoven.review.case import ShownBeat
from einthoven.review.shapes import Lesson


def rows(*beats: tuple[int, int, int]) -> np.ndarray:
    """Beats of (sample, code, shape)."""
    made = np.zeros(len(beats), BEAT)
    for place, (sample, code, shape) in enumerate(beats):
        made[place]["sample"], made[place]["code"], made[place]["template"] = sample, code, shape
    return made


@pytest.fixture
def ward() -> Ward:
    """One case, of stream 1, with a finding of the run that begins at sample 500."""
    ward = Ward()
    ward.tell(fact("500-3-1"))
    return ward


def verdict(case: object = 1, relabels: object = ((600, "N"),)) -> dict[str, object]:
    told = [list(pair) for pair in relabels] if isinstance(relabels, tuple) else relabels
    return {"case": case, "verdict": "relabel", "relabels": told}


def test_the_beats_of_a_verdict_are_wanted_and_then_known(ward: Ward) -> None:
    shown = ShownBeats(ward.book)
    assert shown.wanted("case.verdict", verdict(relabels=((900, "N"), (600, "V")))) == (1, 600, 901)
    shown.put(1, rows((600, VENTRICULAR, 7), (750, NORMAL, 1), (900, NORMAL, 1)))
    assert shown(ward.case(), [600, 900, 901]) == {600: ShownBeat("V", 7, 500), 900: ShownBeat("N", 1, 500)}


def test_beats_of_another_patient_are_not_shown(ward: Ward) -> None:
    shown = ShownBeats(ward.book)
    shown.put(2, rows((600, VENTRICULAR, 7)))
    assert shown(ward.case(), [600]) == {}


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("case.take", {"case": 1}),
        ("case.verdict", verdict(relabels=[])),
        ("case.verdict", verdict(case=99)),
        ("case.verdict", verdict(case="1")),
        ("case.verdict", verdict(relabels=5)),
        ("case.verdict", verdict(relabels=[5, [], ["x", "N"], [-3, "N"], [1 << 62, "N"]])),
    ],
)
def test_nothing_is_read_for_what_says_nothing_of_beats(
    ward: Ward, act: str, fields: dict[str, object]
) -> None:
    assert ShownBeats(ward.book).wanted(act, fields) is None


def test_beats_that_cannot_have_been_shown_together_are_refused(ward: Ward) -> None:
    far = verdict(relabels=((600, "N"), (601 + SPAN_MAX, "N")))
    with pytest.raises(InputError, match="were not shown together"):
        ShownBeats(ward.book).wanted("case.verdict", far)


def test_a_beat_lies_in_the_last_run_that_began_before_it(ward: Ward) -> None:
    ward.tell(fact("9000-3-1", start_s=5))
    assert [run_of(ward.case(), sample) for sample in (499, 500, 8999, 9000)] == [-1, 500, 500, 9000]


@pytest.mark.parametrize(
    ("kind", "beats", "said"),
    [
        ("ventricular-couplet", ((300, VENTRICULAR, 7), (400, VENTRICULAR, 7)), True),
        ("ventricular-couplet", ((300, NORMAL, 3), (400, VENTRICULAR, 7)), True),
        ("ventricular-couplet", ((300, VENTRICULAR, 8), (400, VENTRICULAR, 7)), False),
        ("ventricular-couplet", (), False),
        ("supraventricular-couplet", ((300, VENTRICULAR, 7),), False),
    ],
)
def test_a_finding_of_judged_shapes_says_so(
    ward: Ward, kind: str, beats: tuple[tuple[int, int, int], ...], said: bool
) -> None:
    for sample in (100, 200):
        lesson = Lesson(1, sample, "V", "N", 0, 7, 1)
        ward.book.shapes.known.setdefault(1, {}).setdefault((0, 7), {})[sample] = lesson
    asked: list[tuple[int, int, int]] = []

    def near(stream: int, start: int, stop: int) -> np.ndarray:
        asked.append((stream, start, stop))
        return rows(*beats)

    judged = JudgedShapes(ward.book, near)
    assert bool(judged(1, found(kind, 1, 2))) is said
    assert judged(2, found(kind, 1, 2)) == ""
    assert asked in ([], [(1, 250, 501)])
