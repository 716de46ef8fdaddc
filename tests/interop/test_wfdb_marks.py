"""What was found as WFDB annotations: in order, whole, however it is cut into pieces."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interop.recordings import recording, recordings

from einthoven.base.layout import Layout, Lead
from einthoven.interop import wfdb_marks
from einthoven.interop.recording import Mark, Recording
from einthoven.interop.wfdb import Annotations, annotation_pieces, parse_annotations
from einthoven.interop.wfdb_marks import cut, marked

LAYOUT = Layout(250.0, (Lead("II"),))
BLANK = np.zeros((100_000, 1), np.int16)


def written(one: Recording) -> Annotations:
    data = b"".join(annotation_pieces(marked(one), one.layout.rate_hz))
    return parse_annotations(data, "annotations")


def test_marks_stand_before_the_beat_of_their_sample_and_ends_of_fibrillation_behind() -> None:
    marks = (
        Mark("episode", 300, 401, "ventricular-fibrillation", "VF"),
        Mark("gap", 500, 700, "power", "power"),
        Mark("episode", 900, None, "atrial-fibrillation", "AF"),
        Mark("symptom", 950, None, "dizzy", "dizzy; 心"),
    )
    one = recording(BLANK, LAYOUT, beats=[(10, 1), (300, 5), (400, 5)], rhythm=((10, "(N"),), marks=marks)
    read = written(one)
    assert list(zip(read.sample.tolist(), read.symbols, read.aux, strict=True)) == [
        (10, "+", "(N"),
        (10, "N", ""),
        (300, '"', "ventricular-fibrillation begins"),
        (300, "[", ""),
        (300, "V", ""),
        (400, "V", ""),
        (400, "]", ""),
        (401, '"', "ventricular-fibrillation ends"),
        (500, '"', "gap begins: power"),
        (700, '"', "gap ends"),
        (900, '"', "atrial-fibrillation"),
        (950, '"', "symptom: dizzy; 心"),
    ]
    assert read.rate_hz == 250.0


@settings(max_examples=80)
@given(recordings(), st.integers(1, 9))
def test_every_beat_and_mark_is_there_however_many_go_at_a_time(one: Recording, piece: int) -> None:
    whole = written(one)
    with patch.object(wfdb_marks, "BEATS_AT_A_TIME", piece):
        cut_up = written(one)
    assert np.array_equal(whole.sample, cut_up.sample)
    assert (whole.symbols, whole.aux or ("",) * len(whole)) == (
        cut_up.symbols,
        cut_up.aux or ("",) * len(cut_up),
    )
    codes = np.isin(whole.code, [1, 5, 6, 9, 12, 13, 16])
    assert np.array_equal(whole.sample[codes], one.beats["sample"])
    assert np.array_equal(whole.code[codes], one.beats["code"])
    notes = [text for text, symbol in zip(whole.aux, whole.symbols, strict=False) if symbol == '"']
    assert len(notes) == sum(1 + (mark.stop is not None) for mark in one.marks)
    assert (np.diff(whole.sample) >= 0).all()


def test_a_recording_without_anything() -> None:
    assert len(written(recording(BLANK[:10], LAYOUT))) == 0


def test_a_long_text_is_cut_between_characters() -> None:
    assert cut("心" * 100, 255) == "心" * 85
    mark = Mark("symptom", 0, None, "x", "ä" * 300)
    (text,) = written(recording(BLANK, LAYOUT, marks=(mark,))).aux
    assert len(text.encode()) <= 255
    assert text.startswith("symptom: ää")
