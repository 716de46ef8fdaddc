"""The family that may be billed follows from what was measured (R39), never from a label."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.base.instants import DAY, SECOND
from einthoven.billing import family_limits
from einthoven.billing.codes.code import Mark, Part
from einthoven.billing.family import Family, Kind, Outcome, derive, family_json
from einthoven.billing.service import Attendance, Gap, Notifications, ServiceRecord, Transmission, Watcher

RANK = {kind: place for place, kind in enumerate(reversed(Kind))}
ON = date(2026, 11, 20)
HOUR = 3600.0
GOOD = ServiceRecord(
    stream=1,
    period=1,
    order=1,
    patient="Doe, Jane",
    started=0,
    ended=30 * DAY,
    zone="UTC",
    first_day="2026-10-21",
    last_day="2026-11-20",
    recorded_s=700 * HOUR,
    longest_s=600 * HOUR,
    transmission=Transmission(10**9, 0.99, 5.0, 0.4, 60.0),
    attendance=Attendance(1.0, 0.99),
    notifications=Notifications(3, 3, 3, 0),
    watchers=(Watcher(1, "Ruiz, Ana", ("CCT 1",), True),),
)


def text(given: str) -> date:
    return date.fromisoformat(given)


def condition(family: Family, kind: Kind, which: str) -> tuple[Outcome, str]:
    one = next(each for each in family.considered if each.kind is kind)
    found = next(each for each in one.conditions if each.id == which)
    return found.outcome, found.measured


def test_what_was_measured_well_is_telemetry_with_the_proof() -> None:
    family = derive(GOOD, ON)
    assert family.kind is Kind.TELEMETRY
    assert family.codes == {Part.PROFESSIONAL: "93228", Part.TECHNICAL: "93229"}
    assert [one.kind for one in family.considered] == [Kind.TELEMETRY]
    proof = {one.id: (one.outcome, dict(one.figures)) for one in family.considered[0].conditions}
    assert proof["immediate"] == (
        Outcome.MET,
        {"samples": 1e9, "share": 0.99, "within_s": 5.0, "p50_s": 0.4, "p99_s": 60.0},
    )
    assert proof["queryable"] == (Outcome.MET, {"longest_h": 600.0})
    assert proof["notified"][1] == {"due": 3.0, "reached": 3.0, "machine_only": 0.0}
    assert family.mark is Mark.INFERRED  # no source says what "immediate" is in seconds


@pytest.mark.parametrize(
    ("change", "which", "words"),
    [
        (
            {"transmission": Transmission(10**9, 0.90, 5.0, 0.4, 60.0)},
            "immediate",
            "90 % of 1000000000 samples within 5 s",
        ),
        ({"transmission": Transmission(10**9, 0.99, 5.0, 0.4, 7200.0)}, "immediate", "99 of 100 within 7200"),
        ({"longest_s": 24 * HOUR}, "queryable", "24.0 h at the longest"),
    ],
)
def test_what_does_not_come_at_once_or_cannot_be_queried_is_event_monitoring(
    change: dict[str, object], which: str, words: str
) -> None:
    family = derive(replace(GOOD, **change), ON)  # type: ignore[arg-type]
    assert family.kind is Kind.EVENT
    assert family.codes[Part.TECHNICAL] == "93271"
    outcome, measured = condition(family, Kind.TELEMETRY, which)
    assert outcome is Outcome.NOT_MET
    assert words in measured
    assert measured in family.considered[0].why


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"attendance": Attendance(0.99, 0.99)}, "watched 99 % of the time"),
        (
            {"attendance": Attendance(0.9999, 0.99, (Gap(0, 61 * SECOND, "asleep"),))},
            "1 gaps, the longest 61 s",
        ),
        ({"watchers": (Watcher(2, "Poe, Lee", (), False, "nothing"),)}, "not qualified: Poe, Lee"),
    ],
)
def test_what_was_not_attended_is_a_long_patch(change: dict[str, object], words: str) -> None:
    family = derive(replace(GOOD, **change), ON)  # type: ignore[arg-type]
    assert family.kind is Kind.LONG_PATCH
    for kind in (Kind.TELEMETRY, Kind.EVENT):
        outcome, measured = condition(family, kind, "attended")
        assert outcome is Outcome.NOT_MET
        assert words in measured


@pytest.mark.parametrize(
    "told",
    [Notifications(3, 2, 2, 1), Notifications(3, 2, 2, 0), Notifications(1, 1, 1, 1)],
)
def test_an_answering_machine_is_no_notification(told: Notifications) -> None:
    family = derive(replace(GOOD, notifications=told), ON)
    assert family.kind is Kind.LONG_PATCH
    assert condition(family, Kind.TELEMETRY, "notified")[0] is Outcome.NOT_MET


def test_a_period_in_which_nothing_was_due_is_no_worse() -> None:
    family = derive(replace(GOOD, notifications=Notifications(0, 0, 0, 0)), ON)
    assert family.kind is Kind.TELEMETRY
    assert condition(family, Kind.TELEMETRY, "notified") == (Outcome.MET, "none was due")


@pytest.mark.parametrize(
    ("change", "which", "kind"),
    [
        ({"transmission": None}, "immediate", Kind.EVENT),
        ({"transmission": Transmission(0, 1.0, 5.0, 0.0, 0.0)}, "immediate", Kind.EVENT),
        ({"transmission": Transmission(9, 1.0, 60.0, 0.0, 0.0)}, "immediate", Kind.EVENT),
        ({"attendance": None}, "attended", Kind.LONG_PATCH),
        ({"attendance": Attendance(1.0, 1.0, (), "the proof ends before")}, "attended", Kind.LONG_PATCH),
        ({"watchers": ()}, "attended", Kind.LONG_PATCH),
        ({"notifications": None}, "notified", Kind.LONG_PATCH),
    ],
)
def test_what_was_not_measured_never_counts_as_good(
    change: dict[str, object], which: str, kind: Kind
) -> None:
    family = derive(replace(GOOD, **change), ON)  # type: ignore[arg-type]
    assert family.kind is kind
    assert condition(family, Kind.TELEMETRY, which)[0] is Outcome.NOT_MEASURED
    assert family.considered[0].outcome is Outcome.NOT_MEASURED


UNATTENDED = replace(GOOD, attendance=Attendance(0.2, 0.2))


@pytest.mark.parametrize(
    ("hours", "on", "kind", "code"),
    [
        (48.0, "2026-11-20", Kind.HOLTER, "93224"),
        (48.5, "2026-11-20", Kind.LONG_PATCH, "93241"),
        (7 * 24.0, "2026-11-20", Kind.LONG_PATCH, "93241"),
        (7 * 24.5, "2026-11-20", Kind.LONG_PATCH, "93245"),
        (30 * 24.0, "2026-11-20", Kind.LONG_PATCH, "93245"),
        (100.0, "2021-01-01", Kind.LONG_PATCH, "93241"),
        (100.0, "2020-12-31", Kind.LONG_PATCH, "0295T"),
        (100.0, "2011-12-31", Kind.HOLTER, "93224"),  # no code of a patch yet
        (5.0, "2026-11-20", Kind.HOLTER, "93224"),
        (0.0, "2026-11-20", Kind.NONE, ""),
    ],
)
def test_a_recording_by_its_length_and_day(hours: float, on: str, kind: Kind, code: str) -> None:
    family = derive(replace(UNATTENDED, recorded_s=hours * HOUR), text(on))
    assert (family.kind, family.codes.get(Part.GLOBAL, "")) == (kind, code)


def test_what_is_to_be_known_with_a_length_is_noted() -> None:
    short = derive(replace(UNATTENDED, recorded_s=5 * HOUR), ON)
    assert short.notes == ("less than 12 h were recorded: modifier 52",)
    assert derive(replace(UNATTENDED, recorded_s=5 * HOUR), text("2010-06-01")).notes == ()
    long = derive(UNATTENDED, ON)
    assert "29.1 days were recorded; 93245 is of 15 days at most" in long.notes[0] or "29.2" in long.notes[0]


def test_telemetry_before_2009_has_no_number_of_its_own() -> None:
    family = derive(GOOD, text("2008-12-31"))
    assert (family.kind, family.codes) == (Kind.TELEMETRY, {Part.UNLISTED: "93799"})
    assert "paid by report" in family.notes[0]
    assert derive(GOOD, text("2009-01-01")).codes[Part.TECHNICAL] == "93229"


def test_strips_of_the_telephone_are_never_telemetry() -> None:
    strips = replace(GOOD, telephone=True, strips=4)
    before, after = derive(strips, text("2010-12-31")), derive(strips, text("2011-01-01"))
    assert before.kind is after.kind is Kind.POST_SYMPTOM
    assert before.codes[Part.TECHNICAL] == "93012"
    assert (after.codes, after.instead) == ({}, ("93268", "93270", "93271", "93272"))
    assert "a person decides" in " ".join(after.notes)
    assert derive(replace(GOOD, telephone=True), ON).kind is Kind.NONE
    assert derive(replace(GOOD, telephone=True, strips=0), ON).kind is Kind.NONE


def test_each_family_that_was_refused_says_why() -> None:
    family = derive(replace(UNATTENDED, recorded_s=0.0), ON)
    assert family.kind is Kind.NONE
    assert [one.kind for one in family.considered] == [
        Kind.TELEMETRY,
        Kind.EVENT,
        Kind.LONG_PATCH,
        Kind.HOLTER,
    ]
    for one in family.considered:
        assert one.outcome is Outcome.NOT_MET
        assert one.why
    assert "nothing of this service can be billed" in family.words


def test_as_json_it_has_every_figure() -> None:
    told = json.loads(json.dumps(family_json(derive(GOOD, ON))))
    assert told["codes"] == {"professional": "93228", "technical": "93229"}
    assert told["considered"][0]["conditions"][0]["figures"]["p99_s"] == 60.0


# ---- what always holds -------------------------------------------------------------------------------------

SHARE = st.sampled_from([0.0, 0.5, 0.94, 0.95, 0.99, 0.999, 1.0])
TRANSMISSION = st.none() | st.builds(
    lambda samples, share, p99: Transmission(samples, share, 10.0, p99 / 10, p99),
    st.sampled_from([0, 10**9]),
    SHARE,
    st.sampled_from([1.0, 3600.0, 3601.0, 90000.0]),
)
GAPS = st.lists(st.sampled_from([1, 60, 61, 4000]).map(lambda s: Gap(0, s * SECOND, "why")), max_size=2)
ATTENDANCE = st.none() | st.builds(
    lambda share, gaps, unproved: Attendance(share, share, tuple(gaps), unproved),
    SHARE,
    GAPS,
    st.sampled_from(["", "a hole"]),
)
NOTIFICATIONS = st.none() | st.builds(
    lambda reached, missed, machine: Notifications(reached + missed, reached, 0, min(missed, machine)),
    st.integers(0, 3),
    st.integers(0, 2),
    st.integers(0, 2),
)
WATCHERS = st.lists(st.booleans().map(lambda ok: Watcher(1, "A", (), ok)), max_size=2).map(tuple)
HOURS = st.sampled_from([0.0, 1.0, 24.0, 24.1, 48.0, 49.0, 170.0, 400.0, 720.0])
RECORDS = st.builds(
    lambda sent, held, told, watchers, recorded, longest, strips, telephone: replace(
        GOOD,
        transmission=sent,
        attendance=held,
        notifications=told,
        watchers=watchers,
        recorded_s=recorded * HOUR,
        longest_s=min(recorded, longest) * HOUR,
        strips=strips,
        telephone=telephone,
    ),
    TRANSMISSION,
    ATTENDANCE,
    NOTIFICATIONS,
    WATCHERS,
    HOURS,
    HOURS,
    st.none() | st.integers(0, 2),
    st.booleans(),
)
DAYS = st.dates(date(1990, 1, 1), date(2030, 1, 1)) | st.sampled_from(
    [text(f"{year}-01-01") for year in (2009, 2011, 2012, 2021)]
)


def _sent(record: ServiceRecord, share: float, p99: float) -> ServiceRecord:
    one = record.transmission
    if one is None:
        return record
    worse = replace(one, immediate=min(one.immediate, share), p99_s=max(one.p99_s, p99))
    return replace(record, transmission=worse)


def _held(record: ServiceRecord, share: float, gaps: list[Gap]) -> ServiceRecord:
    one = record.attendance
    if one is None:
        return record
    worse = replace(one, watched=min(one.watched, share), gaps=(*one.gaps, *gaps))
    return replace(record, attendance=worse)


def _told(record: ServiceRecord, missed: int, machine: int) -> ServiceRecord:
    one = record.notifications
    if one is None:
        return record
    worse = replace(one, due=one.due + missed, machine_only=one.machine_only + min(machine, missed))
    return replace(record, notifications=worse)


WORSE: st.SearchStrategy[Callable[[ServiceRecord], ServiceRecord]] = st.one_of(
    st.tuples(SHARE, st.sampled_from([1.0, 3601.0])).map(lambda to: lambda one: _sent(one, *to)),
    st.tuples(SHARE, GAPS).map(lambda to: lambda one: _held(one, *to)),
    st.tuples(st.integers(0, 2), st.integers(0, 2)).map(lambda to: lambda one: _told(one, *to)),
    HOURS.map(lambda to: lambda one: replace(one, longest_s=min(one.longest_s, to * HOUR))),
    HOURS.map(
        lambda to: (
            lambda one: replace(
                one, recorded_s=min(one.recorded_s, to * HOUR), longest_s=min(one.longest_s, to * HOUR)
            )
        )
    ),
    st.just(lambda one: replace(one, watchers=(*one.watchers, Watcher(9, "B", (), False)))),
    st.just(lambda one: replace(one, strips=None if not one.strips else one.strips - 1)),
    st.sampled_from(["transmission", "attendance", "notifications"]).map(
        lambda name: lambda one: replace(one, **{name: None})
    ),
    st.just(lambda one: replace(one, watchers=())),
    st.just(
        lambda one: (
            one if one.attendance is None else replace(one, attendance=replace(one.attendance, unproved="x"))
        )
    ),
)


@given(RECORDS, WORSE, DAYS)
def test_a_worse_figure_never_gives_a_more_demanding_family(
    record: ServiceRecord, worsen: Callable[[ServiceRecord], ServiceRecord], on: date
) -> None:
    before, after = derive(record, on), derive(worsen(record), on)
    assert RANK[after.kind] <= RANK[before.kind]


@given(RECORDS, DAYS)
def test_a_family_is_met_by_every_condition_and_each_before_it_is_refused_with_a_reason(
    record: ServiceRecord, on: date
) -> None:
    family = derive(record, on)
    *refused, last = family.considered
    assert all(one.outcome is not Outcome.MET and one.why for one in refused)
    if family.kind is Kind.NONE:
        assert last.outcome is not Outcome.MET
    else:
        assert last.kind is family.kind
        assert all(one.outcome is Outcome.MET for one in last.conditions)
        assert family.codes or family.instead or family.kind is Kind.POST_SYMPTOM
    if record.telephone:
        assert family.kind in (Kind.POST_SYMPTOM, Kind.NONE)
    json.dumps(family_json(family), allow_nan=False)


# ---- the limits --------------------------------------------------------------------------------------------

TEXT = """
[immediate]
within_s = { value = 10, unit = "s", words = "w", mark = "I" }
"""


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (TEXT, "limits.toml: immediate.share is missing"),
        (TEXT.replace("within_s", "without_s"), "limits.toml:3: immediate.without_s: there is no such limit"),
        (TEXT.replace("10", "-1"), "limits.toml:3: immediate.within_s: -1 is no number"),
        (TEXT.replace("within_s", "share"), "limits.toml:3: immediate.share: a share of 10"),
        (TEXT.replace('"I"', '"Z"'), "limits.toml:3: immediate.within_s: no such mark 'Z'"),
        (
            TEXT.replace('unit = "s", ', ""),
            "limits.toml:3: immediate.within_s: want mark, unit, value, words",
        ),
    ],
)
def test_a_faulty_limit_is_told_with_file_and_line(given: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        family_limits.load(given, "limits.toml")
    assert str(error.value).splitlines()[0].startswith(told)


def test_every_limit_says_how_sure_it_is() -> None:
    for limit in family_limits.shipped().values():
        assert limit.words
        assert limit.mark in (Mark.INFERRED, Mark.READ, Mark.COVERAGE)
