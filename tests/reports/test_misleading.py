"""What would mislead a physician is not said: each case was found by looking for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.reports.studies import ASKED, LAYOUT, RATE, beats, flat, found, report_of, study

from einthoven.base.instants import MILLISECOND, from_iso
from einthoven.base.layout import Layout, Lead
from einthoven.ecg.beats import GOOD
from einthoven.reports.clock import ClockFace
from einthoven.reports.compose import daily, face_of, final
from einthoven.reports.day import Day, day_of
from einthoven.reports.kept import KeptDay, from_bytes, to_bytes
from einthoven.reports.report import GRAVE, Report, content
from einthoven.reports.strips import Cut, choose, cut
from einthoven.reports.study import Study, Symptom
from einthoven.reports.totals import totals_of
from einthoven.reports.urgent import choices
from einthoven.reports.window import window

LONG = 7200.0
STEADY = beats("N" * 9000)


def texts(report: Report) -> list[str]:
    return [line.text for line in report.conclusion]


def figure(report: Report, label: str) -> str:
    return next(one.text for part in report.sections for one in part.shown if one.label == label)


def days_of(whole: Study, *cuts_s: float) -> tuple[list[Day], list[Cut]]:
    edges = [0, *(round(at * RATE) for at in cuts_s), whole.samples]
    days, cuts = [], []
    for first, last in pairwise(edges):
        part = window(whole, first, last)
        day = day_of(part)
        face = face_of(totals_of([day]), ASKED.service.zone)
        days.append(day)
        cuts += [cut(one, part, flat, face) for one in choose(day, part)[0]]
    return days, cuts


def test_a_rhythm_is_for_the_most_part_only_where_it_is() -> None:
    much = report_of(study(STEADY, LONG, [found("sinus-rhythm", 0, 5000)]))
    little = report_of(
        study(STEADY, LONG, [found("sinus-rhythm", 0, 2000), found("ventricular-fibrillation", 2000, 5900)])
    )
    assert texts(much)[0].startswith("Sinus rhythm for the most part;")
    assert texts(little)[0].startswith("Ventricular fibrillation for the most part;")
    other = report_of(
        study(STEADY, LONG, [found("sinus-rhythm", 0, 2000), found("paced-rhythm", 3000, 4000)])
    )
    assert texts(other)[0].startswith("Most often sinus rhythm, 33 min 20 s of 2 h;")


def test_a_final_report_shows_the_gravest_of_all_days_and_the_usual_beats_once() -> None:
    vf = [found("ventricular-fibrillation", 600 * k + 300, 600 * k + 310) for k in range(12)]
    days, cuts = days_of(study(STEADY, LONG, vf), *(600 * k for k in range(1, 12)))
    report = final(days, cuts, ASKED)
    captions = [strip.caption for strip in report.strips]
    assert sum(caption.startswith("Ventricular fibrillation") for caption in captions) == 12
    assert captions.count("Usual beats of this recording") == 1
    assert captions[-1] == "Usual beats of this recording"
    assert not any(strip.why == "the only one" for strip in report.strips)
    assert sum(caption.startswith("Lowest rate") for caption in captions) <= 1


def test_atrial_fibrillation_that_a_technician_rejected_is_none() -> None:
    af = replace(found("atrial-fibrillation", 60, 660), verdict="rejected")
    report = report_of(study(beats("N" * 400 + "S" + "N" * 8000), LONG, [af]))
    assert figure(report, "AF/flutter burden") == "0.0"
    assert figure(report, "AF/flutter time") == "none"
    assert not any(one.kind == "atrial-fibrillation" for chart in report.charts for one in chart.stretches)
    assert figure(report, "Beats") == "8\u202f401"


def test_of_tachycardias_the_longest_and_the_fastest_are_told_and_an_emergent_one_is_grave() -> None:
    vt = "nonsustained-ventricular-tachycardia"
    some = [found(vt, 100, 106, beats=21.0, rate_bpm=220.0), found(vt, 500, 501.2, beats=5.0, rate_bpm=242.0)]
    report = report_of(study(STEADY, LONG, some))
    line = next(line for line in report.conclusion if line.text.startswith("Nonsustained VT"))
    assert "longest 21 beats at 220/min at 08:01:40, fastest 5 beats at 242/min at 08:08:20" in line.text
    assert line.gravity == GRAVE
    slow = [found("bradycardia", 100, 200, rate_bpm=45.0), found("bradycardia", 900, 920, rate_bpm=31.0)]
    said = texts(report_of(study(STEADY, LONG, slow)))
    assert any("Bradycardia: 2 episodes, slowest 20 s, 31/min" in text for text in said)


@pytest.mark.parametrize("kind", ["bradycardia", "av-block-1", "nonsustained-ventricular-tachycardia"])
def test_a_day_off_the_shelf_gives_the_same_report(kind: str) -> None:
    one = study(
        STEADY, LONG, [found(kind, 60, 160, beats=9.0, rate_bpm=45.0), found(kind, 900, 920, rate_bpm=40.0)]
    )
    days, cuts = days_of(one)
    kept = KeptDay(days[0], tuple(cuts), 0, "x")
    again = from_bytes(to_bytes(kept), "day")
    assert again == kept
    assert content(daily(kept.day, kept.cuts, 0, ASKED)) == content(daily(again.day, again.cuts, 0, ASKED))


def test_a_tachycardia_over_midnight_is_as_long_as_it_was() -> None:
    vt = found("sustained-ventricular-tachycardia", 3000, 4200, rate_bpm=168.0)
    days, cuts = days_of(study(STEADY, LONG, [vt]), 3600)
    said = texts(final(days, cuts, ASKED))
    assert any("Sustained VT: 1 episode, 20 min, 168/min at" in text for text in said)
    assert not any("still going on" in text for text in said)


def test_a_share_is_of_the_beats_that_count() -> None:
    waves = found("ventricular-fibrillation", 800, LONG)
    report = report_of(study(beats("N" * 900 + "V" * 100 + "V" * 8000), LONG, [waves]))
    assert figure(report, "Share of beats that count") == "10.0"


def test_time_lost_in_noise_is_counted_within_the_time_analysed() -> None:
    one = study(STEADY, LONG, [found("analysis-lost", 1000, 3000)])
    one.quality[2000:4000] = 2
    report = report_of(one)
    assert texts(report)[-1] == (
        "Analysed 1 h 27 min of 2 h (72.2 %); in 16 min 40 s of it beats could not be told from noise."
    )
    [wear] = [part for part in report.sections if part.name == "wear"]
    cells = wear.tables[0].rows[0].cells
    assert cells == ("received, no lead fit for analysis", "1", "33 min 20 s", "33 min 20 s")
    assert any(
        text.startswith("In the 1 h 10 min that could be analysed, not found:") for text in texts(report)
    )


def test_in_a_minute_nothing_is_said_not_to_have_been_found() -> None:
    assert "Too little could be analysed to say what was not found." in texts(
        report_of(study(beats("NN"), 2))
    )


def test_noise_is_not_shown_as_the_usual_beats_and_gives_no_negative_ectopy() -> None:
    one = study(STEADY, LONG, [found("analysis-lost", 0, LONG)])
    report = report_of(one)
    assert not any("Usual beats" in strip.caption for strip in report.strips)
    said = texts(report)
    assert any(text.startswith("Ventricular ectopic beats cannot be told") for text in said)
    af = report_of(study(STEADY, LONG, [found("atrial-fibrillation", 0, LONG)]))
    assert any(text.startswith("Supraventricular ectopic beats cannot be told") for text in texts(af))


def test_a_symptom_in_a_gap_is_not_told_as_nothing_found() -> None:
    rows = STEADY[(STEADY["sample"] < 300 * RATE) | (STEADY["sample"] > 600 * RATE)]
    marks = [Symptom(round(400 * RATE), ("syncope",))]
    report = report_of(study(rows, LONG, gaps=[(300, 600, "power")], symptoms=marks))
    assert any("syncope at 08:06:40 (not received)" in text for text in texts(report))


def test_symptoms_leave_room_for_what_is_grave_and_a_strip_of_both_names_both() -> None:
    marks = [Symptom(round((100 + 100 * k) * RATE), ("palpitations",)) for k in range(15)]
    grave = [
        found("ventricular-fibrillation", 101, 111),
        found("asystole", 2000, 2006),
        found("av-block-3", 3000, 3100),
        found("pause", 4000, 4004, rr_ms=4000.0),
        found("capture-failure", 5000, 5002),
    ]
    one = study(STEADY, LONG, grave, symptoms=marks)
    chosen, left_out = choose(day_of(one), one)
    captions = [choice.caption for choice in chosen]
    for name in ("Ventricular fibrillation", "Asystole", "AV block III", "Pause", "Capture failure"):
        assert any(caption.startswith(name) for caption in captions), name
    assert any("Ventricular fibrillation" in caption and "palpitations" in caption for caption in captions)
    assert left_out >= 5


def test_the_busiest_hour_is_an_hour() -> None:
    short = report_of(study(beats("NV" * 20), 40))
    assert figure(short, "Most in an hour") == "–"
    letters = "N" * 4500 + "NV" * 2250 + "V" * 200
    long = report_of(study(beats(letters), 0.8 * len(letters)))
    assert figure(long, "Most in an hour") == "2\u202f250"


def test_a_strip_of_many_leads_shows_the_one_it_is_about() -> None:
    names = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3")
    plain = study(STEADY, LONG, [found("st-elevation", 100, 200, lead="V3", level_uv=250.0)])
    wide = replace(
        plain,
        layout=Layout(RATE, tuple(Lead(name) for name in names)),
        quality=np.full((7200, 9), GOOD, np.uint8),
        trends=replace(plain.trends, rows=np.zeros((0, 200))),
        _columns={},
    )
    face = face_of(totals_of([day_of(plain)]), ASKED.service.zone)
    choice = next(one for one in choose(day_of(plain), plain)[0] if one.kind == "st-elevation")
    strip = cut(choice, wide, lambda a, b: np.zeros((b - a, 9), np.int16), face).strip
    assert [trace.lead for trace in strip.traces] == ["I", "II", "V3"]
    assert LAYOUT.names == ("II", "V1")


def test_many_of_one_letter_leave_room_for_the_grave_on_the_trend() -> None:
    many = [found("supraventricular-tachycardia", 90 * k, 90 * k + 20, rate_bpm=170.0) for k in range(70)]
    report = report_of(
        study(STEADY, LONG, [*many, found("asystole", 6900, 6906), found("pause", 7000, 7003, rr_ms=3e3)])
    )
    [rate] = [chart for chart in report.charts if chart.name == "rate"]
    assert {point.letter for point in rate.points} >= {"A", "P", "SVT"}
    assert rate.note == "12 more, less grave or shorter, have no letter"


def test_what_began_before_says_so() -> None:
    whole = study(STEADY, LONG, [found("atrial-fibrillation", 3000, 4800)])
    later = report_of(window(whole, round(3600 * RATE), whole.samples))
    strip = next(strip for strip in later.strips if strip.caption.startswith("Atrial fibrillation"))
    assert "going on since before" in strip.caption


def test_the_strips_of_an_event_say_whether_it_goes_on() -> None:
    day = day_of(study(STEADY, LONG))
    onset = round(4 * RATE)
    words = [one.caption for one in choices(onset, onset + round(4 * RATE), "Pause", RATE, day, "")]
    assert words == [
        "Pause: onset 1 s into the strip",
        "Afterwards, 6 s after the onset",
        "Afterwards, 13 s after the onset",
        "Afterwards, 20 s after the onset",
    ]
    words = [one.caption for one in choices(round(100 * RATE), None, "VT", RATE, day, "")]
    assert words[:3] == ["Before the onset", "VT: onset 1 s into the strip", "Going on, 6 s after the onset"]


def test_nothing_analysed_has_no_zeros() -> None:
    report = report_of(study(beats(""), 600, gaps=[(0, 600, "power")]))
    shown = {one.label: one.text for one in report.headline}
    assert shown["Pauses"] == shown["VT episodes"] == figure(report, "AF/flutter episodes") == "–"
    assert figure(report, "AF/flutter time") == "–"


def test_hours_of_days_that_begin_between_stand_where_they_were() -> None:
    whole = study(STEADY, LONG * 1.0, [found("atrial-fibrillation", 5400, 7200)])
    days, cuts = days_of(whole, 1500, 3300, 5100)
    report = final(days, cuts, ASKED)
    rate = report.charts[0]
    assert rate.seconds == LONG
    assert all(point.at_s <= LONG for point in rate.points)


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    face = ClockFace("America/New_York", 0, 1)
    once, again = (from_iso(f"2026-11-01T0{hour}:30:00Z") // MILLISECOND for hour in (5, 6))
    assert (face.time(once), face.time(again)) == ("01:30:00 EDT", "01:30:00 EST")
