"""Whole nights on virtual time: continuity exact by a second reading, no alarm lost, every limit measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import pytest

from einthoven.base.deeds import Body, Deed
from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_ports import Done, Notice, Tried
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.facts_desk import SqlJournal
from einthoven.edges.store.facts_proof import prove
from einthoven.escalation import legs
from einthoven.sim.night import Night, read_night, shipped_night
from einthoven.sim.night_outcome import Outcome, holes_of, judge_night, watch_faults
from einthoven.sim.night_player import NightPlayer, Played
from einthoven.sim.night_reading import read_again

SEEDS = 100
CHUNK = 10


@pytest.fixture(scope="module")
def forty() -> Outcome:
    """The night of forty patients, once in full."""
    return judge_night(NightPlayer(shipped_night("night40")).play())


@pytest.fixture(scope="module")
def rough() -> Outcome:
    return judge_night(NightPlayer(shipped_night("rough")).play())


def kinds(played: Played, kind: str) -> list[Deed]:
    return [deed for deed in played.deeds if deed.kind == kind]


def during(played: Played, what: str) -> tuple[int, int]:
    """From when to when something of the script lasted."""
    undone = {"kill-center": "start-center", "cut-center": "mend-center", "close-lid": "open-lid"}
    at = {one.what: one.at for one in played.record.happened}
    return at[what], at[undone[what]]


# ---- the night of forty patients ---------------------------------------------------------------------------


def test_the_night_of_forty_patients_is_proved_to_the_second_and_no_alarm_is_lost(forty: Outcome) -> None:
    assert forty.failures == []
    assert forty.continuity.start == forty.played.start
    assert len(forty.continuity.rows) == 40


def test_its_report_names_every_lapse_with_its_cause(forty: Outcome) -> None:
    causes = {lapse.cause for row in forty.continuity.rows for lapse in row.lapses}
    assert causes == {
        "in service and not taken by anybody yet",
        "the station is silent",
        "the page is hidden",
        "the picture does not move although samples come",
        "the center was down",
    }


def test_the_shift_of_its_middle_is_handed_over_without_a_gap(forty: Outcome) -> None:
    over = next(one.at for one in forty.played.record.happened if one.what == "shift-over")
    left = next(one.at for one in forty.played.record.happened if one.what == "left")
    handed = [deed for deed in kinds(forty.played, "watch.released") if over <= deed.at <= left]
    assert len(handed) >= 24
    assert not [
        hole
        for row in forty.continuity.rows
        for hole in holes_of(row)
        if hole.start < left and hole.stop > over
    ]


def test_a_watch_that_is_lost_is_told_within_six_seconds_of_its_last_proof(forty: Outcome) -> None:
    downs = [down.stop for down in forty.played.record.downs]
    lost = [deed for deed in kinds(forty.played, "watch.lost") if deed.at not in downs]
    assert lost
    assert max(deed.at - int(str(deed.body["since"])) for deed in lost) <= 6 * SECOND
    assert all(deed.body["supervisors"] or deed.body["stations"] for deed in lost)


def test_the_call_that_ran_when_the_center_died_is_not_made_again(forty: Outcome) -> None:
    died, _ = during(forty.played, "kill-center")
    ends = {deed.body["call"]: deed.at for deed in kinds(forty.played, "call.ended")}
    running = [
        deed for deed in kinds(forty.played, "call.started") if deed.at < died < ends[deed.body["call"]]
    ]
    assert running
    for deed in running:
        during_it = [
            one
            for one in kinds(forty.played, "call.started")
            if one.body["notification"] == deed.body["notification"]
            and deed.at < one.at <= ends[deed.body["call"]]
        ]
        assert during_it == []


def test_where_nobody_ever_answers_the_ladder_goes_on_and_the_supervisor_hears_of_every_round(
    forty: Outcome,
) -> None:
    (case,) = [
        deed.body["case"]
        for deed in kinds(forty.played, "case.opened")
        if deed.body["stream"] == 33 and deed.body["tier"] == "emergent"
    ]
    calls = [deed for deed in kinds(forty.played, "call.started") if deed.body["case"] == case]
    told = [deed for deed in kinds(forty.played, "notification.supervisor_told") if deed.body["case"] == case]
    assert len(told) == len(calls) // 2
    assert calls[-1].at > forty.played.stop - 5 * 60 * SECOND


def test_every_leg_is_measured_and_what_missed_its_limit_is_named(forty: Outcome) -> None:
    measured = {(one.tier, one.leg) for one in forty.summaries if one.count}
    assert measured >= {(tier, leg.name) for tier in ("emergent", "urgent") for leg in legs.LEGS}
    late = {(one.tier, one.leg) for one in forty.passages}
    assert ("emergent", "call started to reached") in late  # nobody ever answers


# ---- a hundred seeds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_a_rough_night_is_proved_whatever_the_delays_are(first: int) -> None:
    night = shipped_night("rough")
    for seed in range(first, first + CHUNK):
        outcome = judge_night(NightPlayer(night, seed).play())
        assert outcome.failures == [], f"seed {seed}"


def test_a_seed_is_reproduced(rough: Outcome) -> None:
    night = shipped_night("rough")
    again, other = (NightPlayer(night, seed).play() for seed in (night.seed, night.seed + 1))
    assert again.deeds == rough.played.deeds
    assert other.deeds != rough.played.deeds


def test_deeds_wait_while_the_disk_is_full_and_whoever_acts_hears_it(rough: Outcome) -> None:
    waited: list[int] = []

    def look(player: NightPlayer) -> None:
        room = player.center.room
        if room is not None and player.center.disk.full:
            told = room.center(player.clock.wall())
            assert told["unsaved_since_ms"] is None or told["unsaved"] > 0
            waited.append(room.desk.record.waiting)

    played = NightPlayer(shipped_night("rough"), watch=look).play()
    assert max(waited) > 0
    assert played.deeds == rough.played.deeds  # nothing of them is lost, and their order is the same


def test_books_read_back_from_the_deeds_are_those_of_the_night(rough: Outcome) -> None:
    books = Books(lambda _stream: PatientCard(""))
    for deed in rough.played.deeds:
        for book in books.all():
            if deed.kind in book.KINDS:
                book.apply(deed)
    now = rough.played.center.books
    assert books.surveil.staff == now.surveil.staff
    assert books.surveil.stations == now.surveil.stations
    assert books.surveil.watches == now.surveil.watches
    assert books.triage.cases == now.triage.cases
    assert books.notify.calls == now.notify.calls
    assert books.emergencies == now.emergencies


class Lockstep(SqlJournal):
    """The journal of a real file, each change durable before the next: virtual time does not wait."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.__dict__.update(facts.journal.__dict__)

    def append(self, deeds: Any, outbox: list[Notice], done: Done, tried: tuple[Tried, ...] = ()) -> None:
        self.facts.journal.append(deeds, outbox, done, tried)
        self.facts.flush()

    def note(self, actor: str, action: str, subject: str, detail: Body, at: int, done: Done) -> None:
        self.facts.journal.note(actor, action, subject, detail, at, done)
        self.facts.flush()

    def alive(self, at: int, done: Done = lambda _error: None) -> None:
        self.facts.journal.alive(at, done)
        self.facts.flush()


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[Facts]:
    opened = Facts(tmp_path / "facts.sqlite", 0)
    yield opened
    opened.close()


def test_the_same_night_on_a_real_journal_leaves_the_same_deeds_in_an_unbroken_chain(
    rough: Outcome, facts: Facts, tmp_path: Path
) -> None:
    night = replace(shipped_night("rough"), duration_s=420.0)
    kept = NightPlayer(night).play()
    written = NightPlayer(night, journal=Lockstep(facts)).play()
    assert written.deeds == kept.deeds
    assert written.deeds == rough.played.deeds[: len(written.deeds)]
    proof = prove(apsw.Connection(str(tmp_path / "facts.sqlite")))
    assert proof.faults == []
    assert proof.lines >= len(written.deeds)


# ---- the second reading sees what it must ------------------------------------------------------------------


def test_the_second_reading_sees_a_picture_that_nobody_painted(rough: Outcome) -> None:
    record = rough.played.record
    painted = [one for one in record.reports if one.station == 3]
    middle = painted[len(painted) // 2].at
    without = replace(
        record, reports=[one for one in record.reports if not middle <= one.at < middle + 8 * SECOND]
    )
    honest = read_again(record, rough.played.start, rough.played.stop)
    doubted = read_again(without, rough.played.start, rough.played.stop)
    assert honest.holes != doubted.holes
    assert {row.stream: holes_of(row) for row in rough.continuity.rows} == honest.holes


def test_a_watch_that_ends_by_hand_before_the_next_begins_is_found(rough: Outcome) -> None:
    deeds = rough.played.deeds
    assert list(watch_faults(deeds)) == []
    place = next(k for k, deed in enumerate(deeds) if deed.kind == "watch.released")
    swapped = [*deeds[: place - 1], deeds[place], deeds[place - 1], *deeds[place + 1 :]]
    assert any("before the next one was held" in fault for fault in watch_faults(swapped))
    silent = [deed for deed in deeds if deed.kind != "incident.opened"]
    assert any("no incident" in fault for fault in watch_faults(silent))


def test_an_alarm_that_nobody_looks_at_is_a_failure() -> None:
    night = shipped_night("rough")
    asleep = tuple(
        replace(act, at_s=10.0, for_s=0.0, do="sleep", who=one.login)
        for act, one in zip(night.acts, night.staff, strict=False)
    )
    outcome = judge_night(NightPlayer(replace(night, acts=asleep)).play())
    assert any("nobody judged" in failure for failure in outcome.failures)


# ---- files -------------------------------------------------------------------------------------------------

PLAIN = """
name = "plain"
description = "One patient."
duration = 120
patients = 1
[[person]]
login = "kim"
name = "Kim, Alex"
station = 1
to = 600
[[answering]]
name = "Dr. Weber"
number = "+1 555 0100"
"""


def plain(more: str = "") -> Night:
    return read_night(PLAIN + more, "plain.toml")


def test_a_quiet_night_is_watched_from_the_moment_in_which_somebody_is_there() -> None:
    outcome = judge_night(NightPlayer(plain()).play())
    assert outcome.failures == []
    assert outcome.figures["exceptions"] == 1
    assert outcome.continuity.rows[0].lapses[0].cause == "in service and not taken by anybody yet"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("[[event]]\nat = 5\ndo = 'dance'", "plain.toml:16: event.do: 'dance': want one of close-lid"),
        (
            "[[event]]\nat = 5\ndo = 'hide'\nwho = 'lee'",
            "plain.toml:17: event.who: nobody has the login 'lee'",
        ),
        ("[[event]]\nat = 500\ndo = 'kill-center'", "plain.toml:15: event.at: after the end (120 s)"),
        ("[[event]]\nat = 5\ndo = 'hand-over'\nwho = 'kim'\nto = 'kim'", "event.to: nobody else"),
        ("[[finding]]\nat = 5\npatient = 2\nkind = 'pause'", "finding.patient: 2: want 1 to 1"),
        ("[[finding]]\nat = 5\npatient = 1\nkind = 'faint'", "finding.kind: 'faint': the analysis has no"),
        (
            "[[finding]]\nat = 5\npatient = 1\nkind = 'pause'\nvalues = { interval_ms = 4 }",
            "finding.values: pause has no value 'interval_ms' (has rr_ms",
        ),
        ("[[finding]]\nat = 5\npatient = 1", "finding.kind: want a kind or a symptom"),
        (
            "[[patient]]\npatient = 1\nphysicians = ['Dr. Who']",
            "patient.physicians: no answering is 'Dr. Who'",
        ),
        ("[[expect]]\nwhat = 'luck'", "expect.what: 'luck': want one of"),
        (
            "[[person]]\nlogin = 'kim'\nname = 'K'\nstation = 2\nto = 9",
            "person.login: 'kim' is somebody else's",
        ),
        ("[[person]]\nlogin = 'lee'\nname = 'L'\nstation = 2\nfrom = 9\nto = 8", "person.to: the shift ends"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_line(more: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        plain(more)
    assert words in str(refused.value)


def test_an_expectation_that_is_missed_is_named_with_its_line() -> None:
    outcome = judge_night(NightPlayer(plain("[[expect]]\nwhat = 'cases'\nat_least = 1")).play())
    assert outcome.failures == ["line 14: cases is 0, want at least 1"]
