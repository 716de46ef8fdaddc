"""A stored stream as a recording: what is in it, by whose clock, and what of the findings holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.edges.exchange.shelf import ECG, LAYOUT, START, Shelf, beats_at, facts_of

from einthoven.base.errors import NotFoundError
from einthoven.base.instants import SECOND
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import Span
from einthoven.center.found import Key, Told
from einthoven.ecg.kinds import ATRIAL_FIBRILLATION, BY_CODE, PAUSE, SINUS_ARRHYTHMIA
from einthoven.edges.exchange import stored
from einthoven.edges.exchange.relabelled import Said
from einthoven.edges.exchange.stored import holding, recording_of
from einthoven.interop.recording import Mark, Subject
from einthoven.reports.review_labels import Labels
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.facts_suite import hole, mark
from einthoven.testing.facts_suite import stored as put
from einthoven.testing.findings_suite import found, keep


def test_a_whole_stream() -> None:
    facts = facts_of(name="García, José", birth_date="1960-02-29", sex="male")
    assert put(facts, hole(1, 1, 1000, 1500, "power"), mark(1, 2, 2000)) is None
    assert keep(facts, Told(1, found(1700, 1900))) is None
    shelf = Shelf(ECG, (500, 1000), (1500, 4000))
    shelf.found = beats_at((600, 1), (1600, 5), (1750, 5), (3000, 1))
    taken = recording_of(shelf, facts, 1)
    recording = taken.recording
    assert (recording.name, recording.samples, taken.first) == ("s000001", 3500, 500)
    assert recording.layout == LAYOUT
    assert recording.present == (Span(0, 500), Span(1000, 3500))
    assert recording.start == START + round(500 / 360 * SECOND)
    assert recording.subject == Subject("García, José", "1960-02-29", "male", "P000001")
    assert recording.transmitter == "T-100"
    assert recording.beats["sample"].tolist() == [100, 1100, 1250, 2500]
    assert recording.rhythm == ((100, "(N"), (1200, "(VT"), (2500, "(N"))
    assert recording.marks == (
        Mark("gap", 500, 1000, "power", "power"),
        Mark("episode", 1200, 1400, "ventricular-tachycardia", "Ventricular tachycardia"),
        Mark("symptom", 1500, None, "palpitations", "palpitations; walking; ä 心"),
    )
    assert recording.made_by == "live-1/2026.1"
    assert np.array_equal(recording.read(0, 500), ECG[500:1000])
    assert (recording.read(500, 1000) == INVALID_SAMPLE).all()
    assert np.array_equal(np.concatenate(list(recording.blocks(700)))[1000:], ECG[1500:4000])
    assert taken.damaged() == []


def test_a_part_holds_what_touches_it_and_counts_from_its_own_start() -> None:
    facts = facts_of()
    assert keep(facts, Told(1, found(100, 900)), Told(1, found(1000, None, PAUSE, seq=2))) is None
    shelf = Shelf(ECG)
    shelf.found = beats_at((100, 1), (400, 5), (700, 5), (1000, 1), (2000, 1))
    part = recording_of(shelf, facts, 1, START + SECOND, START + 3 * SECOND).recording
    assert (part.samples, part.start) == (720, START + SECOND)
    assert part.beats["sample"].tolist() == [40, 340, 640]
    assert [(mark.start, mark.stop, mark.code) for mark in part.marks] == [
        (0, 540, "ventricular-tachycardia"),
        (640, None, "pause"),
    ]
    assert part.rhythm[0] == (40, "(VT")
    assert shelf.found["sample"].tolist() == [100, 400, 700, 1000, 2000]


def test_without_beats_a_rhythm_of_before_holds_from_the_parts_start_on() -> None:
    facts = facts_of()
    assert keep(facts, Told(1, found(100, None)), Told(1, found(200, None, ATRIAL_FIBRILLATION))) is None
    part = recording_of(Shelf(ECG), facts, 1, START + SECOND, START + 3 * SECOND).recording
    assert part.rhythm == ((0, "(AFIB"),)


def test_bare_is_samples_and_gaps() -> None:
    facts = facts_of()
    assert put(facts, mark(1, 1, 700)) is None
    assert keep(facts, Told(1, found(700, 900))) is None
    shelf = Shelf(ECG, (500, 1000), (1500, 4000))
    shelf.found = beats_at((600, 1))
    recording = recording_of(shelf, facts, 1, bare=True).recording
    assert (len(recording.beats), recording.rhythm, recording.made_by) == (0, (), "")
    assert [mark.kind for mark in recording.marks] == ["gap"]


def test_what_does_not_hold_stays_out() -> None:
    facts = facts_of()
    fibrillation = found(1000, 90_000, ATRIAL_FIBRILLATION, seq=1)
    irregular = found(2000, 3000, SINUS_ARRHYTHMIA, seq=2)
    gone = found(5000, 6000, seq=3)
    gone = replace(gone, finding=replace(gone.finding, withdrawn=True))
    assert keep(facts, *(Told(1, one) for one in (fibrillation, irregular, gone))) is None
    assert [one.kind for one in holding(facts, 1, 0, 100_000)] == ["atrial-fibrillation"]
    # What overrules it lies outside the part that is asked for.
    assert [one.kind for one in holding(facts, 1, 2500, 2600)] == ["atrial-fibrillation"]
    shorter = found(200_000, 202_800, ATRIAL_FIBRILLATION, seq=5)
    beside = found(201_000, 203_000, SINUS_ARRHYTHMIA, seq=6)
    assert keep(facts, Told(1, shorter), Told(1, beside)) is None
    assert holding(facts, 1, 202_900, 202_950) == []
    late = found(80_000, 80_100, PAUSE, seq=4)
    assert keep(facts, Told(1, late)) is None
    assert [one.kind for one in holding(facts, 1, 80_050, 80_060)] == ["atrial-fibrillation", "pause"]


def test_all_findings_are_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, every = facts_of(), [found(100 * n, 100 * n + 50, PAUSE, seq=n) for n in range(1, 30)]
    assert keep(facts, *(Told(1, one) for one in every)) is None
    monkeypatch.setattr(stored, "FINDINGS_AT_A_TIME", 7)
    assert [one.key for one in holding(facts, 1, 0, 10_000)] == [Key(0, 0, n) for n in range(1, 30)]
    assert BY_CODE[PAUSE].name == holding(facts, 1, 100, 101)[0].kind


def test_other_beats_than_the_sealed_ones() -> None:
    asked: list[tuple[int, int, int]] = []

    def beats(stream: int, start: int, stop: int) -> np.ndarray:
        asked.append((stream, start, stop))
        return beats_at((start + 5, 1))

    recording = recording_of(Shelf(ECG[:1000], at=50), facts_of(), 1, beats=beats).recording
    assert (asked, recording.beats["sample"].tolist()) == ([(1, 50, 1050)], [5])


def test_nothing_there() -> None:
    with pytest.raises(NotFoundError, match="there is no stream s000002"):
        recording_of(Shelf(ECG), facts_of(), 2)
    with pytest.raises(NotFoundError, match="there is no stream"):
        recording_of(Shelf(ECG), MemoryFacts(), 1)


def hour_of_beats() -> Shelf:
    """An hour at 75 a minute: sinus, with four ventricular beats in a row at 1000 s."""
    shelf = Shelf(np.zeros((3600 * 360, 2), np.int16))
    at = np.arange(100, 3600 * 360, 288)
    run = 1000 * 360 // 288
    shelf.found = beats_at(*((int(sample), 5 if run <= n < run + 4 else 1) for n, sample in enumerate(at)))
    shelf.found["rr_ms"], shelf.found["conf"] = 800, 990
    shelf.found["rr_ms"][run : run + 4] = 400
    return shelf


def test_what_people_said_of_beats_is_laid_over_what_leaves() -> None:
    facts, shelf = facts_of(), hour_of_beats()
    code = shelf.found["code"]
    run, far = np.flatnonzero(code == 5), 3000
    first, last = (int(shelf.found["sample"][run[n]]) for n in (0, -1))
    assert keep(facts, Told(1, found(first, last))) is None
    plain = recording_of(shelf, facts, 1).recording
    assert [mark.code for mark in plain.marks] == ["ventricular-tachycardia"]
    samples = shelf.found["sample"]
    given = Labels(
        np.concatenate([samples[run], samples[far : far + 2]]).astype(np.int64),
        np.array([1, 1, 1, 1, 5, 5], np.uint8),
        np.zeros(6, np.bool_),
        np.arange(6),
    )
    said = recording_of(shelf, facts, 1, said=Said(given)).recording
    assert said.beats["code"][run].tolist() == [1, 1, 1, 1]
    assert said.beats["code"][far : far + 2].tolist() == [5, 5]
    assert said.beats["sample"].tolist() == plain.beats["sample"].tolist()
    assert [mark.code for mark in said.marks] == ["ventricular-couplet"]
    assert said.marks[0].start == int(samples[far])
    assert "(VT" in [aux for _, aux in plain.rhythm]
    assert "(VT" not in [aux for _, aux in said.rhythm]
    # A part sees the same, though the label lies outside it.
    start = START + 900 * SECOND
    part = recording_of(shelf, facts, 1, start, start + 60 * SECOND, said=Said(given)).recording
    assert part.marks == ()
    assert set(part.beats["code"].tolist()) == {1}
    assert code[run[0]] == 5
