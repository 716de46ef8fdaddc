"""What a report says: the conclusion first and in order, honest about what is not there, always the same."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reports.studies import ASKED, RATE, beats, flat, found, report_of, study

from einthoven.base.instants import from_iso
from einthoven.reports.compose import face_of, final
from einthoven.reports.day import day_of
from einthoven.reports.report import GRAVE, NOTABLE, Report, content, digest
from einthoven.reports.strips import Cut, choose, cut
from einthoven.reports.study import Found, Study, Symptom
from einthoven.reports.totals import totals_of
from einthoven.reports.window import window

LONG = 2000.0
STEADY = beats("N" * 2500)


def texts(report: Report) -> list[str]:
    return [line.text for line in report.conclusion]


def section(report: Report, name: str) -> dict[str, str]:
    [one] = [one for one in report.sections if one.name == name]
    return {shown.label: shown.text for shown in one.shown}


def steady(*findings: Found, **more: object) -> Report:
    return report_of(study(STEADY, LONG, findings, **more))  # type: ignore[arg-type]


def test_an_unremarkable_day_says_what_was_looked_for() -> None:
    said = texts(steady(found("sinus-rhythm", 0, LONG)))
    assert said[0].startswith("Sinus rhythm for the most part; mean rate 75/min")
    assert "No ventricular ectopic beat." in said
    assert any(line.startswith("Not found: ventricular tachycardia, ") for line in said)
    assert said[-1] == "Analysed 33 min 20 s of 33 min 20 s (100.0 %)."


def test_the_gravest_comes_first_and_is_marked() -> None:
    report = steady(
        found("ventricular-couplet", 10, 11),
        found("atrial-fibrillation", 100, 400, rate_bpm=110.0),
        found("pause", 700, 703.4, rr_ms=3400.0, cause=4.0),
        found("nonsustained-ventricular-tachycardia", 900, 904, beats=9.0, rate_bpm=168.0),
        found("ventricular-fibrillation", 1200, 1230),
    )
    words = ("Ventricular fibrillation: 1 episode, 30 s", "1 pause of 2.0 s", "Nonsustained VT: 1 episode, ")
    words += ("Atrial fibrillation: 5 min, ",)
    places = [next(k for k, text in enumerate(texts(report)) if word in text) for word in words]
    assert places == sorted(places)
    gravity = [report.conclusion[place].gravity for place in places]
    assert gravity == [GRAVE, GRAVE, NOTABLE, NOTABLE]
    assert "3.4 s, P wave not conducted at 08:11:40" in texts(report)[places[1]]
    assert "9 beats at 168/min at 08:15:00" in texts(report)[places[2]]
    assert not any("Not found: ventricular tachycardia" in text for text in texts(report))


def test_every_line_about_an_episode_names_its_samples() -> None:
    report = steady(found("atrial-fibrillation", 100, 400))
    [line] = [line for line in report.conclusion if line.text.startswith("Atrial fibrillation:")]
    assert (line.start, line.end) == (round(100 * RATE), round(400 * RATE))


def test_a_kind_with_many_episodes_is_counted_and_its_list_says_what_is_left_out() -> None:
    report = steady(*(found("pause", 20 * k, 20 * k + 2.5, rr_ms=2500.0 + k) for k in range(90)))
    [events] = [one for one in report.sections if one.name == "events"]
    assert len(events.tables[0].rows) == 40
    assert events.tables[0].note == "50 more, less grave or shorter, are not listed."
    assert any("90 pauses of 2.0 s or more, longest 2.6 s" in text for text in texts(report))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (study(beats(""), 600), "no heartbeat was found in what was received"),
        (study(beats(""), 600, gaps=[(0, 600, "power")]), "nothing was received"),
    ],
    ids=["all noise", "empty day"],
)
def test_a_day_with_nothing_in_it_says_so_and_no_more(one: Study, words: str) -> None:
    report = report_of(one)
    assert len(report.conclusion) == 1
    assert words in report.conclusion[0].text
    assert not any("No " in text or "Not found" in text for text in texts(report))
    assert section(report, "rate")["Mean rate"] == "–"


def test_where_beats_could_not_be_told_from_noise_it_says_so() -> None:
    report = steady(found("analysis-lost", 200, 500))
    assert texts(report)[-1] == (
        "Analysed 33 min 20 s of 33 min 20 s (100.0 %); in 5 min of it beats could not be told from noise."
    )
    assert section(report, "wear")["of it, beats not told from noise"] == "5 min"
    worse = steady(found("analysis-lost", 200, 1000))
    assert worse.conclusion[-1].gravity == NOTABLE


def test_symptoms_are_told_with_what_was_found_then() -> None:
    marks = [Symptom(round(200 * RATE), ("dizziness",), "bad", "climbing stairs")]
    report = steady(found("atrial-fibrillation", 100, 400), symptoms=marks)
    assert "1 symptom marked: dizziness at 08:03:20 (Atrial fibrillation)." in texts(report)
    [symptoms] = [one for one in report.sections if one.name == "symptoms"]
    assert symptoms.tables[0].rows[0].cells[:4] == ("08:03:20", "dizziness", "bad", "climbing stairs")
    assert any(strip.caption.startswith("Symptom: dizziness") for strip in report.strips)


def test_wear_is_told_by_cause() -> None:
    report = steady(gaps=[(100, 400, "power"), (500, 560, "power"), (900, 910, "lead-off")])
    [wear] = [one for one in report.sections if one.name == "wear"]
    rows = [row.cells for row in wear.tables[0].rows]
    assert rows[0] == ("power", "2", "6 min", "5 min")
    assert rows[1][:2] == ("lead-off", "1")


def test_what_a_technician_changed_is_noted() -> None:
    import dataclasses

    one = dataclasses.replace(study(STEADY, LONG), relabelled=12)
    assert "12 beats carry a technician's label instead of the analysis' own." in report_of(one).notes


def test_strips_begin_before_what_they_show_and_none_is_shown_twice() -> None:
    many = [found("pause", 100 * k, 100 * k + 3, rr_ms=3000.0 + k) for k in range(1, 15)]
    one = study(STEADY, LONG, [*many, found("ventricular-couplet", 101, 102)])
    day = day_of(one)
    chosen, left_out = choose(day, one, most=4)
    assert len(chosen) == 4
    assert left_out > 0
    starts = sorted(choice.start for choice in chosen)
    assert all(b - a > 3 * RATE for a, b in pairwise(starts))
    longest = next(choice for choice in chosen if "longest of 14" in choice.why)
    assert longest.start < round(1400 * RATE) < longest.start + round(7 * RATE)
    strip = cut(longest, one, flat, face_of(totals_of([day]), ASKED.service.zone)).strip
    assert strip.end - strip.start == round(7 * RATE)
    assert strip.traces[0].values == tuple(flat(strip.start, strip.end)[:, 0].tolist())


def test_an_end_of_service_report_sets_the_days_side_by_side() -> None:
    whole = study(
        STEADY, LONG, [found("pause", 300, 303, rr_ms=3000.0), found("pause", 1500, 1504, rr_ms=4000.0)]
    )
    days, cuts = [], list[Cut]()
    for start in (0, 1000):
        part = window(whole, round(start * RATE), round((start + 1000) * RATE))
        day = day_of(part)
        face = face_of(totals_of([day]), ASKED.service.zone)
        days.append(day)
        cuts += [cut(choice, part, flat, face) for choice in choose(day, part)[0]]
    report = final(days, cuts, ASKED)
    assert (report.kind, report.title) == ("end", "Report at the end of service")
    [table] = next(one.tables for one in report.sections if one.name == "days")
    assert [row.cells[3] for row in table.rows] == ["1\u202f250", "1\u202f250"]
    assert any("2 pauses of 2.0 s or more, longest 4.0 s" in text for text in texts(report))


@given(
    letters=st.lists(st.sampled_from("NNNNVS"), max_size=400).map("".join),
    kinds=st.lists(
        st.tuples(
            st.sampled_from(
                ["pause", "atrial-fibrillation", "ventricular-run", "av-block-1", "st-elevation"]
            ),
            st.integers(0, 300),
            st.one_of(st.none(), st.integers(1, 60)),
        ),
        max_size=8,
    ),
)
def test_any_day_gives_a_report_that_is_the_same_every_time_and_holds_no_nan(
    letters: str, kinds: list[tuple[str, int, int | None]]
) -> None:
    findings = [found(kind, at, None if length is None else at + length) for kind, at, length in kinds]
    one = study(beats(letters), 320, findings)
    first, second = content(report_of(one)), content(report_of(one))
    assert first == second
    assert len(digest(first)) == 64
    told = json.loads(first)
    assert told["conclusion"]
    for part in told["sections"]:
        for shown in part["shown"]:
            assert shown["text"]


@pytest.mark.parametrize(
    ("start", "hours", "twice", "never"),
    [
        ("2026-10-31T12:00:00Z", 25, "01:00", None),
        ("2026-03-07T13:00:00Z", 23, None, "02:00"),
    ],
    ids=["clocks go back", "clocks go forward"],
)
def test_a_day_on_which_the_clocks_change_has_its_hours_by_the_clock_on_the_wall(
    start: str, hours: int, twice: str | None, never: str | None
) -> None:
    one = study(beats("N" * 1800 * hours, every_s=2.0), 3600.0 * hours, start=from_iso(start))
    report = report_of(one)
    [table] = next(part.tables for part in report.sections if part.name == "hours")
    labels = [row.cells[0] for row in table.rows]
    assert (len(labels), labels[0], labels[-1]) == (hours, "08:00", "07:00")
    assert [label for label in dict.fromkeys(labels) if labels.count(label) == 2] == (
        [twice] if twice else []
    )
    assert never not in labels
    assert all(row.cells[2] == "1\u202f800" for row in table.rows)
    assert report.service.dates.count("08:00") == 2


def test_a_gap_over_midnight_is_a_gap_of_both_days_and_one_stretch_of_the_whole() -> None:
    gap = (900, 1100, "no network")
    rows = STEADY[(STEADY["sample"] < 900 * RATE) | (STEADY["sample"] >= 1100 * RATE)].copy()
    rows["rr_ms"][rows["sample"].searchsorted(round(1100 * RATE))] = 0
    whole = study(rows, LONG, gaps=[gap])
    days = [day_of(window(whole, round(a * RATE), round(b * RATE))) for a, b in ((0, 1000), (1000, 2000))]
    assert [day.stored_s for day in days] == [900.0, 900.0]
    report = final(days, [], ASKED)
    [wear] = [one for one in report.sections if one.name == "wear"]
    assert wear.tables[0].rows[0].cells == ("no network", "1", "3 min 20 s", "3 min 20 s")
    assert section(report, "rate")["Longest RR"] == "800"
    assert section(report, "conduction")["Pauses of 2.0 s or more"] == "0"
