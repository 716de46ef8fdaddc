"""The center's reports out of what it stored: the bare file's figures; changed by people, never by chance."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.bootstrap.lives import Lives
from tests.center.desk_house import DeskHouse
from tests.center.eventful import PLAN, RATE, RECORD

from einthoven.base.deeds import CENTER
from einthoven.base.errors import EinthovenError, InputError
from einthoven.base.instants import DAY, MINUTE, SECOND
from einthoven.base.thresholds import shipped
from einthoven.bootstrap.report_maker import Place, StoredReports, criteria, gravest
from einthoven.center.ports import StreamEvent
from einthoven.ecg.analyze import analyze
from einthoven.ecg.beats import VENTRICULAR
from einthoven.ecg.measure_record import record_trends
from einthoven.ecg.measure_st import st_findings
from einthoven.edges.store.day_files import DayFiles
from einthoven.reports.analysed import study_of
from einthoven.reports.day import Day, day_of
from einthoven.reports.life_due import Cutting
from einthoven.reports.life_states import About, Kind
from einthoven.reports.read import report_from
from einthoven.reports.report import content
from einthoven.reports.standing import Standing
from einthoven.reports.urgent import stretch
from einthoven.review import relabels, strips
from einthoven.review.case import Given, Verdict
from einthoven.review.facts import Tier
from einthoven.review.relabels import Chosen
from einthoven.testing.clock import EPOCH
from einthoven.testing.disk import ForgetfulDisk

STOP = len(RECORD)
SECONDS = STOP // RATE
NOON = EPOCH - EPOCH % DAY + DAY // 2
START = NOON - 50 * SECOND
"""The recording begins fifty seconds before the hour at which days are cut."""
END = START + SECONDS * SECOND
CUTTING = Cutting("UTC", 12 * 60)


def dates() -> tuple[str, str]:
    from datetime import UTC, datetime, timedelta

    second = datetime.fromtimestamp(NOON // SECOND, UTC).date()
    return (second - timedelta(days=1)).isoformat(), second.isoformat()


def daily(place: int) -> About:
    edges = (START, NOON, END)
    return About(Kind.DAILY, 1, dates()[place], edges[place], edges[place + 1])


WHOLE = About(Kind.END, 1, "", START, END)


class Center:
    """A center that stored one recording, and its desk."""

    def __init__(self, gap: tuple[int, int] | None = None) -> None:
        self.lives = Lives(origin=START)
        for start in range(0, STOP, 500):
            stop = min(start + 500, STOP)
            if gap is None or stop <= gap[0] or start >= gap[1]:
                self.lives.give(start, stop)
        self.lives.settled()
        self.house = DeskHouse(patients=1)
        self.disk = ForgetfulDisk()
        self.begin()

    def begin(self) -> None:
        self.maker = StoredReports(
            self.lives.core,
            self.lives.facts,
            self.house.room.desk,
            lambda act: act(),
            DayFiles(self.disk),
            Place(CUTTING, shipped(), "Test center"),
        )

    def bytes(self, about: About = WHOLE, note: str = "") -> bytes:
        return self.maker.make(about, note).content

    def told(self, about: About = WHOLE, note: str = "") -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.bytes(about, note))
        return told

    def says(self, drafts: Any) -> None:
        self.house.room.desk.commit(drafts, CENTER, self.house.clock.wall())

    def ventricular(self) -> list[int]:
        rows = self.lives.core.ward.rows(1, 0, STOP)
        return [int(row["sample"]) for row in rows if row["code"] == VENTRICULAR]


@pytest.fixture(scope="module")
def center() -> Center:
    return Center()


def bare() -> Day:
    """The day of the same samples as a bare file."""
    result = analyze(RECORD, PLAN)
    trends = record_trends(RECORD, PLAN, result)
    result.findings.extend(st_findings(trends, PLAN, result, STOP, shipped()))
    return day_of(study_of(STOP, PLAN, START, result, trends, shipped()))


def figures(told: dict[str, Any]) -> dict[str, Any]:
    every = [one for section in told["sections"] for one in section["shown"] if one["figure"]]
    return {one["figure"]["name"]: one["figure"]["value"] for one in every}


def texts(told: dict[str, Any]) -> list[str]:
    return [line["text"] for line in told["conclusion"]]


def test_the_center_tells_of_stored_samples_what_a_bare_file_tells(center: Center) -> None:
    told = center.told(About(Kind.DAILY, 1, dates()[1], START, END))
    day = bare()
    assert told["sections"][0]["shown"][0]["text"] == str(day.beats["all"])
    for name, value in figures(told).items():
        if name in day.figures and name not in ("af_burden", "analysed_seconds"):
            assert value == day.figures[name].value, name
    kinds = {one.kind: one.count for one in day.episodes}
    assert kinds["ventricular-fibrillation"] == 1
    assert any(text.startswith("Ventricular fibrillation: 1 episode") for text in texts(told))


def test_it_is_made_again_byte_for_byte_from_the_shelf_and_from_the_samples(center: Center) -> None:
    for about in (daily(0), daily(1), WHOLE):
        first = center.bytes(about)
        assert center.bytes(about) == first
        kept, center.disk = center.disk, ForgetfulDisk()
        center.begin()
        assert center.bytes(about) == first
        center.disk = kept
        center.begin()


def test_days_are_cut_at_the_hour_and_the_end_sets_them_side_by_side(center: Center) -> None:
    one, two, whole = center.told(daily(0)), center.told(daily(1)), center.told()
    assert (one["title"], two["title"]) == ("Daily report, day 1", "Daily report, day 2")
    assert one["service"]["end_ms"] == two["service"]["start_ms"] == NOON // 1_000_000
    beats = [int(each["sections"][0]["shown"][0]["text"]) for each in (one, two, whole)]
    assert beats[0] + beats[1] == beats[2]
    [days] = [section for section in whole["sections"] if section["name"] == "days"]
    assert [int(row["cells"][3]) for row in days["tables"][0]["rows"]] == beats[:2]


def test_who_it_is_of_and_what_is_missing_stand_in_it(center: Center) -> None:
    told = center.told(note="samples from 3 pm on had not all come")
    assert told["person"]["name"] == "Doe, Jane"
    assert told["service"]["center"] == "Test center"
    assert told["service"]["transmitter"] == "T-1"
    assert told["notes"][0] == "Samples from 3 pm on had not all come."


def test_the_headline_is_the_gravest_sentence(center: Center) -> None:
    made = center.maker.make(WHOLE, "")
    assert made.headline.startswith("Ventricular fibrillation: 1 episode")
    assert "Doe" not in made.headline
    assert made.analysis in made.content.decode()


def test_its_pdf_is_that_of_its_content(center: Center) -> None:
    made = center.maker.make(daily(0), "").content
    assert content(report_from(made)) == made
    assert center.maker.typeset(made, Standing())[:5] == b"%PDF-"
    with pytest.raises(InputError, match="no report of the form"):
        center.maker.typeset(b'{"kind":"daily"}', Standing())


def test_another_label_changes_figures_findings_and_stamp_and_undo_brings_them_back() -> None:
    center = Center()
    before, stamp = center.told(), center.maker.stamp(WHOLE)
    beats = center.ventricular()
    book = center.house.books.relabels
    center.says(relabels.relabel(book, 1, Chosen.of(beats, {"V": len(beats)}), "N", "wide, not ventricular"))
    after = center.told()
    assert center.maker.stamp(WHOLE) != stamp
    assert figures(before)["ventricular_beats"] > 0
    assert figures(after)["ventricular_beats"] == 0
    assert any("beats carry a technician's label" in note for note in after["notes"])
    assert any(text.startswith("Ventricular bigeminy") or "VT" in text for text in texts(before)[:6])
    assert not any("VT" in text and "episode" in text for text in texts(after))
    center.says(relabels.undo(book, 1, 1))
    assert center.told() == before


def test_strips_of_the_cart_come_first() -> None:
    center = Center()
    span = 20 * RATE, 30 * RATE
    center.says(strips.keep(center.house.books.strips, 1, *span, (), "Worth a look"))
    told = center.told(daily(0))
    captions = [strip["caption"] for strip in told["strips"]]
    assert "Worth a look" in captions[:2]
    assert told["strips"][captions.index("Worth a look")]["start"] == span[0]


def test_what_was_not_received_is_told_and_a_symptom_with_what_was_found_then() -> None:
    center = Center(gap=(1000, 2500))
    body: dict[str, object] = {"symptom": "palpitations", "severity": "severe", "activity": "resting"}
    mark = StreamEvent(1, 1, "mark", 70 * RATE, END, body)
    center.lives.facts.record_events([mark], lambda _: None)
    told = center.told(About(Kind.DAILY, 1, dates()[1], START, END))
    [wear] = [one for one in told["sections"] if one["name"] == "wear"]
    assert wear["tables"][0]["rows"][0]["cells"][0] == "not yet received"
    assert any("palpitations at" in text and "Ventricular fibrillation" in text for text in texts(told))


def test_a_report_of_a_told_case_shows_its_ecg_before_and_after() -> None:
    center = Center()
    house = center.house
    house.begin()
    at = START + 25 * SECOND
    met = {"start_at": at, "end_at": at + 9 * SECOND}
    house.finds(1, "ventricular-tachycardia", Tier.EMERGENT, key="0-0-1", **met)
    house.run(5)
    [case] = house.books.triage.cases.cases.values()
    told = center.told(About(Kind.URGENT, 1, str(case.number), at, at + MINUTE))
    assert told["title"] == f"Urgent report, case {case.number}"
    assert texts(told)[0] == "ventricular tachycardia: told to the physician by telephone."
    assert texts(told)[1] == "Criterion met: ventricular-tachycardia is emergent"
    starts = [strip["start"] for strip in told["strips"]]
    assert starts == sorted(starts)
    assert starts[0] < 25 * RATE < starts[-1]
    with pytest.raises(InputError, match="case 99 is not there"):
        center.told(About(Kind.URGENT, 1, "99", at, at + MINUTE))


def test_the_event_is_the_gravest_finding_and_its_criteria_are_told_once() -> None:
    house = DeskHouse(patients=1)
    house.begin()
    house.finds(1, "ventricular-tachycardia", Tier.EMERGENT)
    house.run(5)
    [case] = house.books.triage.cases.cases.values()
    [grave] = case.findings
    [met] = grave.met
    slow = replace(
        grave,
        key="0-0-9",
        kind="bradycardia",
        title="bradycardia",
        tier=Tier.DAILY,
        start_at=grave.start_at - 20 * SECOND,
        met=(
            replace(met, criterion="bradycardia.daily.rate_bpm", tier=Tier.DAILY, words="slow 48"),
            replace(met, criterion="bradycardia.daily.rate_bpm", tier=Tier.DAILY, words="slow 47"),
        ),
    )
    both = replace(case, findings=(slow, grave))
    assert gravest(both) == grave
    assert criteria(both) == ["ventricular-tachycardia is emergent", "1 criterion for the daily report"]
    assert gravest(replace(case, findings=())) is None


def test_a_desk_that_is_gone_is_not_waited_for() -> None:
    center = Center()
    center.maker._on_loop = lambda _act: None
    center.maker._going = lambda: False
    with pytest.raises(EinthovenError, match="the desk does not answer"):
        center.told()


def test_what_goes_wrong_at_the_desk_is_told_to_the_maker() -> None:
    center = Center()

    class Gone:
        def __getattr__(self, name: str) -> object:
            raise InputError("no book")

    center.maker._desk = cast("Any", SimpleNamespace(books=Gone()))
    with pytest.raises(InputError, match="no book"):
        center.told()


@pytest.mark.parametrize("cut_s", [24, 27, 29, 33, 52, 60])
def test_what_follows_from_labels_does_not_depend_on_where_days_are_cut(cut_s: int) -> None:
    center = Center()
    some = [sample for sample in center.ventricular() if 27 * RATE < sample < 58 * RATE][::2]
    drafts = relabels.relabel(center.house.books.relabels, 1, Chosen.of(some, {"V": len(some)}), "N", "")
    center.says(drafts)
    known = center.maker._known(WHOLE)

    def told(start: int, stop: int) -> set[tuple[str, int]]:
        found = center.maker._files._found(1, PLAN, (start, stop), known, shipped())
        return {(one.kind, one.start) for one in found if start <= one.start < stop}

    cut = cut_s * RATE
    whole = told(0, STOP)
    assert told(0, cut) | told(cut, STOP) == whole
    assert any(kind.startswith("ventricular") for kind, _ in whole)


def test_what_people_decide_of_one_day_has_no_other_day_made_again() -> None:
    center = Center()
    book = center.house.books

    def stamps() -> tuple[str, str]:
        return center.maker.stamp(daily(0)), center.maker.stamp(daily(1))

    one, two = stamps()
    center.says(strips.keep(book.strips, 1, 90 * RATE, 95 * RATE, (), ""))
    assert stamps()[0] == one
    assert stamps()[1] != two
    two = stamps()[1]
    center.house.begin()
    at = NOON + 20 * SECOND
    center.house.finds(1, "pause", Tier.EMERGENT, key="0-0-1", start_at=at, end_at=at + 4 * SECOND)
    center.house.run(3)
    technician = center.house.hire("Reed, Ann")
    [case] = book.triage.cases.cases.values()
    given = Given(Verdict.ARTEFACT, technician, center.house.clock.wall())
    book.triage.cases.cases[case.number] = replace(case, given=given)
    assert stamps()[0] == one
    assert stamps()[1] != two


def test_the_report_of_an_event_that_lasted_for_days_tells_its_first_half_hour() -> None:
    hour = 3600 * 250
    assert stretch(10 * hour, 60 * hour, 250.0, 99 * hour) == (10 * hour - 60 * 250, 10 * hour + 2100 * 250)
    assert stretch(10 * hour, 10 * hour + 250, 250.0, 99 * hour)[1] == 10 * hour + 301 * 250
    assert stretch(0, None, 250.0, 100) == (0, 100)
