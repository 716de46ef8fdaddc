"""How far an open finding is known to go: to the newest sample, or to a beat that is not final yet."""

from __future__ import annotations

import numpy as np
from tests.center.test_desk_feed import RATE, found

from einthoven.base.instants import Instant
from einthoven.center.analysed import Analysed
from einthoven.center.ward_report import Vitals
from einthoven.ecg.beats import BEAT


class Ward:
    """Beats at seconds, analysed up to a second."""

    def __init__(self, analysed: float | None, *beats: float) -> None:
        self.analysed = analysed
        self.rows = np.zeros(len(beats), BEAT)
        self.rows["sample"] = [round(one * RATE) for one in beats]

    def vitals(self, _stream: int) -> Vitals | None:
        if self.analysed is None:
            return None
        after, received = round(self.analysed * RATE), Instant(0)
        return Vitals(after - 1, after, received, 60.0, (0,), True, None)

    def beats(self, _stream: int, start: int, stop: int) -> np.ndarray:
        return self.rows[(self.rows["sample"] >= start) & (self.rows["sample"] < stop)]

    def reach(self, kind: str, start: float) -> float | None:
        told = Analysed(self.vitals, self.beats)(1, found(kind, start))
        return None if told is None else told / RATE


def test_a_pause_goes_to_the_beat_that_came_and_is_not_final_yet() -> None:
    assert Ward(15.0, 8.0, 9.0, 10.0, 13.5, 14.4).reach("pause", 10) == 13.5


def test_a_pause_without_a_beat_behind_it_goes_as_far_as_was_analysed() -> None:
    assert Ward(15.0, 8.0, 9.0, 10.0).reach("pause", 10) == 15.0


def test_a_beat_that_did_not_end_the_pause_when_it_was_final_ends_it_no_more() -> None:
    assert Ward(17.0, 9.0, 10.0, 13.5).reach("pause", 10) == 17.0


def test_the_beat_that_a_pause_begins_with_does_not_end_it() -> None:
    assert Ward(15.0, 12.0, 13.0).reach("pause", 13) == 15.0


def test_beats_do_not_end_a_rhythm_of_beats() -> None:
    assert Ward(15.0, 10.0, 13.5, 14.4).reach("ventricular-tachycardia", 10) == 15.0


def test_of_a_stream_of_which_nothing_was_analysed_nothing_is_known() -> None:
    assert Ward(None).reach("pause", 10) is None
