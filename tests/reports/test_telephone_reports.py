"""Reports of strips by telephone: tracing and counts, nothing read into them, and what could not be told."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reports.telephoned import (
    ASKED,
    RANG,
    RATE,
    call,
    quality,
    second,
    strip,
    telephoned,
    tracing,
)

from einthoven.answering.call import Asked, Line, Memory, State
from einthoven.base.instants import DAY, SECOND
from einthoven.ecg.kinds import BY_NAME
from einthoven.reports.read import report_from
from einthoven.reports.report import GRAVE, NOTABLE, PLAIN, Report, content
from einthoven.reports.telephone import NOT_TELEMETRY, TECHNICAL, Telephoned, rates_of
from einthoven.reports.telephone_period import UNIT, Heard, period_report
from einthoven.reports.telephone_strip import CANNOT, ROWS_MOST, strip_report
from einthoven.reports.words import name_of


def said(report: Report) -> list[str]:
    return [one.text for one in report.conclusion]


def shown(report: Report, name: str) -> dict[str, str]:
    (part,) = (one for one in report.sections if one.name == name)
    return {one.label: one.text for one in part.shown}


def figures(report: Report) -> dict[str, str]:
    return {one.label: one.text for one in report.headline}


def everything(report: Report) -> str:
    return content(report).decode()


def test_a_strip_is_told_with_its_call_its_symptom_and_its_tracing() -> None:
    report = strip_report(telephoned(), ASKED)
    assert report.title == "Strip by telephone, call 12, strip 1"
    assert report.service.dates == (
        "strip of 23 Nov 2026; service 20 Nov 2026 – 19 Dec 2026 (America/New_York)"
    )
    assert shown(report, "call") == {
        "Call": "12, 23 Nov 17:31:10",
        "Received over": "telephone line (SIP, G.711)",
        "Caller": "+12125550134",
        "Known": "by the number that called",
        "Taken": "23 Nov 17:31:16",
        "by": "Roe, Pat (technician)",
        "Ended": "23 Nov 17:33:10",
    }
    assert shown(report, "told") == {
        "Symptom": "palpitations, moderate",
        "Felt at": "23 Nov 17:27:10",
        "Doing": "climbing stairs",
        "Recorded": "after the symptom (post-symptom)",
        "Medication": "metoprolol 50 mg",
    }
    (told,) = (one for one in report.sections if one.name == "call")
    assert told.note == "Technician's note: Outcome: strip received. Patient calm."
    assert figures(report)["Beats counted"] == "26"
    assert figures(report)["Mean rate"] == "75"
    assert report_from(content(report)) == report


def test_every_strip_says_that_it_is_no_telemetry_and_what_it_cannot_say() -> None:
    for one in (telephoned(), telephoned(call(strip(struck="of another person")))):
        report = strip_report(one, ASKED)
        assert NOT_TELEMETRY in said(report)
        assert {TECHNICAL, CANNOT} <= set(report.notes)


def test_nothing_is_read_into_it() -> None:
    report = strip_report(telephoned(), ASKED)
    words = everything(report).casefold()
    assert not [kind for kind in BY_NAME if name_of(kind).casefold() in words]
    assert {letter for row in report.strips for _, letter in row.beats} == {"•"}


def test_rows_hold_every_sample_once_and_in_order() -> None:
    report = strip_report(telephoned(), ASKED)
    values = [value for row in report.strips for trace in row.traces for value in trace.values]
    assert tuple(values) == tracing().values
    assert [(row.start, row.end) for row in report.strips] == [
        (5000, 6750),
        (6750, 8500),
        (8500, 10250),
    ]
    # It ends when it was received: 25 s after its tone began.
    assert report.strips[0].when == "23 Nov 17:31:44"


def test_a_strip_that_goes_on_says_where_the_rest_is() -> None:
    long = tracing(samples=(ROWS_MOST + 2) * 7 * RATE)
    report = strip_report(telephoned(trace=long), ASKED)
    assert len(report.strips) == ROWS_MOST
    assert any("full disclosure" in note for note in report.notes)


def test_what_was_not_received_is_told_by_the_second() -> None:
    seconds = [second(at) for at in range(21)]
    seconds[4] = second(4, gap=0.5, lost=0.1)
    seconds[9] = second(9, snr_db=7.0, clicks=2)
    report = strip_report(telephoned(call(strip(told=quality(seconds=21) | {"seconds": seconds}))), ASKED)
    (part,) = (one for one in report.sections if one.name == "quality")
    assert [row.cells for row in part.tables[0].rows] == [
        ("4", "31", "50", "lost by the line, tone covered or away"),
        ("9", "7", "0", "noisy, 2 jumps of phase"),
    ]
    assert "0.5 s not received; gaps are hatched, never filled." in said(report)


def test_a_strip_of_unknown_size_has_no_millivolts_no_beats_and_says_so() -> None:
    one = telephoned(
        call(strip(told=quality(millivolts=False, polarity=None))),
        trace=tracing(start=None, gain=0.0, beats=None),
    )
    report = strip_report(one, ASKED)
    assert figures(report)["Beats counted"] == figures(report)["Mean rate"] == "–"
    warned = {line.text for line in report.conclusion if line.gravity == NOTABLE}
    assert "Size not known: what is shown is true in time, not in millivolts." in warned
    assert "Polarity not known: the strip may be upside down." in warned
    assert shown(report, "tracing")["Size"].startswith("SIZE NOT KNOWN")


def test_a_strip_of_unknown_speed_has_no_rate() -> None:
    report = strip_report(telephoned(call(strip(told=quality(speed=None)))), ASKED)
    assert figures(report)["Mean rate"] == "–"
    assert "Speed of playback not known: no rate is told." in said(report)


def test_a_strip_that_broke_off_and_one_that_was_struck_out_say_so() -> None:
    broke = strip_report(telephoned(call(strip(told=quality(complete=False)))), ASKED)
    assert "The call broke off within the strip: it may have been longer." in said(broke)
    struck = strip_report(telephoned(call(strip(struck="of her sister"))), ASKED)
    assert struck.conclusion[0].gravity == GRAVE
    assert "of her sister" in struck.conclusion[0].text
    assert (struck.strips, figures(struck)["Beats counted"]) == ((), "–")


def test_memory_is_labelled_as_told() -> None:
    for memory, words in (
        (Memory.BEFORE, "before the event (pre-event memory)"),
        (Memory.AFTER, "after the event (post-event memory)"),
        (Memory.UNKNOWN, "not known"),
    ):
        report = strip_report(telephoned(call(strip(), asked=Asked(memory=memory))), ASKED)
        assert shown(report, "told")["Recorded"] == words
        assert report.strips[0].why == words


def test_what_was_not_asked_is_not_told() -> None:
    told = shown(strip_report(telephoned(call(strip(), asked=Asked())), ASKED), "told")
    assert set(told.values()) == {"not told", "not known"}


@given(
    st.lists(st.integers(0, 1999), min_size=2, unique=True).map(sorted),
    st.sets(st.integers(0, 1999), max_size=5),
)
def test_no_rate_is_told_over_a_gap(beats: list[int], gaps: set[int]) -> None:
    values = tuple(None if place in gaps else 0 for place in range(2000))
    rates = rates_of(tracing(samples=2000, beats=tuple(beats), values=values))
    assert rates is not None
    whole = [b - a for a, b in pairwise(beats) if not any(a <= gap <= b for gap in gaps)]
    assert (rates.beats, rates.intervals) == (len(beats), len(whole))
    if whole:
        minute = 60.0 * RATE
        told = (rates.least, rates.mean, rates.most)
        wanted = (minute / max(whole), minute * len(whole) / sum(whole), minute / min(whole))
        assert told == pytest.approx(wanted)
    else:
        assert rates.mean is None


# ---- the period --------------------------------------------------------------------------------------------


def period(*calls: object, strips: tuple[Telephoned, ...] = ()) -> Report:
    heard = [Heard(one, "Roe, Pat") for one in calls]  # type: ignore[arg-type]
    return period_report(heard, strips, 20.0, ASKED)


def test_a_period_tells_calls_answers_and_strips_and_counts_once() -> None:
    first, second_ = strip(), strip(2, struck="of her sister")
    soon = call(first, second_)
    late = call(number=13, rang_at=RANG + DAY, taken_s=31.0, asked=Asked())
    lost = call(
        number=14,
        rang_at=RANG + 2 * DAY,
        taken_s=240.0,
        ended_at=RANG + 2 * DAY + 40 * SECOND,
        line=Line.MEDIA,
        missed=True,
        outcome="called back: well",
    )
    report = period(soon, late, lost, strips=(telephoned(soon), telephoned(soon, 1)))
    assert said(report)[:4] == [
        "3 calls, 1 strip that counts.",
        "1 of 3 calls taken by a person within 20 s; median 19 s, longest 31 s.",
        "1 call was not taken before the caller hung up; 1 called back.",
        "1 strip struck out, listed with the reason.",
    ]
    assert {UNIT, NOT_TELEMETRY} <= set(said(report))
    assert figures(report) == {
        "Calls": "3",
        "Missed": "1",
        "Taken within 20 s": "33.3",
        "Strips": "1",
        "ECG received": "21",
    }
    tables = {table.caption: table for part in report.sections for table in part.tables}
    calls = [row.cells for row in tables["Calls of the period"].rows]
    assert [row[3] for row in calls] == [
        "Roe, Pat, after 6.0 s",
        "Roe, Pat, after 31 s",
        "missed; called back by Roe, Pat after 4 min",
    ]
    strips = [row.cells for row in tables["Strips of the period"].rows]
    assert [(row[0], row[3], row[4], row[7]) for row in strips] == [
        ("12.1", "26", "75", "after the symptom (post-symptom)"),
        ("12.2", "–", "–", "struck out: of her sister"),
    ]
    assert [row.caption for row in report.strips] == ["Strip 12.1: palpitations, moderate"]
    assert report_from(content(report)) == report


def test_a_period_without_a_call_says_so() -> None:
    report = period()
    assert said(report)[0] == "The patient did not call: no strip was received."
    assert figures(report)["Taken within 20 s"] == "–"


def test_a_call_that_waits_still_is_not_missed() -> None:
    waits = call(number=15, taken_s=None, state=State.RINGING, ended_at=None, outcome="")
    report = period(waits)
    assert figures(report)["Missed"] == "0"
    missed = call(number=16, taken_s=None, state=State.MISSED, missed=True, outcome="")
    assert figures(period(missed))["Missed"] == "1"
    assert [line.text for line in period(missed).conclusion if line.gravity != PLAIN] == [
        "1 call was not taken before the caller hung up; 0 called back."
    ]


def test_a_service_that_goes_on_has_its_planned_dates_and_an_unplanned_one_its_first_day() -> None:
    going = replace(ASKED, episode=replace(ASKED.episode, stop=None))
    assert strip_report(telephoned(), going).service.dates.endswith("since 20 Nov 2026 (America/New_York)")


def test_times_are_of_the_strip() -> None:
    report = strip_report(telephoned(), ASKED)
    received = (RANG + 55 * SECOND) // 1_000_000
    assert (report.service.start_ms, report.service.end_ms) == (received - 21_000, received)
