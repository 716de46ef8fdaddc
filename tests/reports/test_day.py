"""The figures of a day, against what can be counted by hand."""

from __future__ import annotations

import pytest
from tests.reports.studies import beats, found, study

from einthoven.reports.day import day_of
from einthoven.reports.study import Symptom

HOUR = 3600.0


def test_beats_rates_and_hours_of_a_steady_heart() -> None:
    day = day_of(study(beats("N" * 9000), 2 * HOUR))
    assert day.beats["all"] == day.beats["normal"] == 9000
    assert day.figures["rate_mean"].value == pytest.approx(75.0, abs=0.01)
    assert day.figures["rr_longest"].value == pytest.approx(800.0)
    assert [hour.beats for hour in day.hours] == [4500, 4500]
    assert [hour.rate_mean for hour in day.hours] == [75.0, 75.0]
    assert (day.minutes_told, day.minutes_fast, day.minutes_slow) == (120, 0, 0)
    assert set(day.minutes.mean) == {75.0}
    assert (day.stored_s, day.analysed_s) == (7200.0, 7200.0)


def test_ectopy_is_told_as_single_beats_pairs_and_runs_in_its_hour() -> None:
    letters = "N" * 100 + "V" + "N" * 20 + "VV" + "N" * 20 + "VVVV" + "N" * 4400 + "SS" + "N" * 100
    day = day_of(study(beats(letters), 0.8 * len(letters) + 1))
    assert day.figures["ventricular_beats"].value == 7
    assert day.figures["ventricular_couplets"].value == 1
    assert day.figures["ventricular_runs"].value == 1
    assert day.figures["ventricular_run_longest"].value == 4
    first, second = day.hours
    assert (first.ventricular, first.ventricular_couplets, first.ventricular_runs) == (7, 1, 1)
    assert (second.supraventricular, second.supraventricular_couplets, second.ventricular) == (2, 1, 0)


def test_a_beat_of_fibrillating_atria_is_no_supraventricular_ectopy() -> None:
    letters = "N" * 100 + "S" * 50 + "N" * 100 + "S" + "N" * 50
    af = found("atrial-fibrillation", 60, 130, rate_bpm=75.0)
    day = day_of(study(beats(letters), 0.8 * len(letters) + 1, [af]))
    assert day.beats["supraventricular"] == 51
    assert day.figures["supraventricular_beats"].value == day.hours[0].supraventricular == 1
    assert day.figures["supraventricular_runs"].value == 0
    assert day.figures["af_seconds"].value == 70.0
    assert day.figures["af_burden"].value == pytest.approx(100 * 70 / 241, abs=0.1)
    assert day.figures["af_rate_mean"].value == pytest.approx(75.0, abs=0.1)


def test_no_beat_is_ectopy_while_the_ventricles_fibrillate() -> None:
    letters = "N" * 50 + "V" * 20 + "N" * 50 + "VVV" + "N" * 50
    waves = found("ventricular-fibrillation", 38, 58)
    day = day_of(study(beats(letters), 0.8 * len(letters) + 1, [waves]))
    assert day.figures["ventricular_beats"].value == 3
    assert day.figures["ventricular_run_longest"].value == 3
    assert day.beats["ventricular"] == 23


def test_a_gap_is_neither_time_analysed_nor_a_long_interval() -> None:
    rows = beats("N" * 900)
    rows = rows[(rows["sample"] < 250 * 100) | (rows["sample"] > 250 * 400)]
    rows["rr_ms"][rows["sample"].searchsorted(250 * 400)] = 0
    day = day_of(study(rows, 720, gaps=[(100, 400, "power")]))
    assert day.stored_s == day.analysed_s == 420.0
    assert day.figures["rr_longest"].value == pytest.approx(800.0)
    assert [(band.kind, band.cause, band.start, band.end) for band in day.bands] == [
        ("gap", "power", 25_000, 100_000)
    ]


def test_a_symptom_is_told_with_the_rhythm_and_the_rate_then() -> None:
    af = found("atrial-fibrillation", 60, 130)
    marks = [Symptom(250 * 100, ("palpitations",), "bad", "resting"), Symptom(250 * 200, ())]
    day = day_of(study(beats("N" * 300), 241, [af], symptoms=marks))
    felt, other = day.symptoms
    assert (felt.symptoms, felt.rhythm, felt.rate) == (("palpitations",), ("atrial-fibrillation",), 75.0)
    assert other.rhythm == ()


def test_figures_name_the_samples_of_the_stream() -> None:
    day = day_of(study(beats("N" * 400), 321, origin=1_000_000))
    longest = day.figures["rr_longest"]
    assert longest.start >= 1_000_000
    assert longest.end - longest.start == 200
    assert day.hours[0].start == day.start == 1_000_000


@pytest.mark.parametrize("letters", ["", "N"], ids=["no beat", "one beat"])
def test_next_to_nothing_gives_figures_with_reasons(letters: str) -> None:
    day = day_of(study(beats(letters), 100))
    assert day.figures["rate_mean"].value is None
    assert day.figures["rate_mean"].reason
    assert all(one.value is not None or one.reason for one in day.figures.values())


def test_a_day_that_was_never_received_was_not_analysed() -> None:
    day = day_of(study(beats(""), 600, gaps=[(0, 600, "not yet received")]))
    assert (day.stored_s, day.analysed_s, day.beats["all"]) == (0.0, 0.0, 0)
    assert day.figures["ventricular_beats"].value is None


def test_a_rejected_finding_counts_nowhere() -> None:
    import dataclasses

    pause = found("pause", 50, 53, rr_ms=3000.0)
    day = day_of(study(beats("N" * 100), 81, [dataclasses.replace(pause, verdict="rejected")]))
    assert (day.rejected, day.episodes) == (1, ())
    assert day.hours[0].pauses == 0
