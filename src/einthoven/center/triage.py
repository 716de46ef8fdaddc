"""Cases, as the desk runs them: facts are placed, people work them, alarms are answered (R10, R19, R22).

Everything is decided by ``review``; here its book, the sampling plan and what it needs of others are held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import Instant
from einthoven.center import act_fields
from einthoven.center.act_fields import Fields, pairs, whole, words
from einthoven.center.desk_door import Who
from einthoven.review import alarms, due, placing, verdicts, working
from einthoven.review.book import CaseBook
from einthoven.review.case import Case, ShownBeat
from einthoven.review.facts import FindingFact
from einthoven.review.sampling import SamplingPlan
from einthoven.review.working import Told

NOTE_MAX = verdicts.NOTE_MOST
Beats = Callable[[Case, Sequence[int]], Mapping[int, ShownBeat]]
"""The beats of a case's patient at these samples; those that are no beats are missing."""


def _no_beats(_case: Case, _samples: Sequence[int]) -> Mapping[int, ShownBeat]:
    return {}


@dataclass(slots=True)
class Triage:
    """The cases of one center.

    Attributes:
        cases: the book.
        plan: how verdicts are drawn for a second reading.
        beats: looks up beats that a verdict relabels.
        told: what came of telling the physician of a case; None where it was not done.
    """

    cases: CaseBook = field(default_factory=CaseBook)
    plan: SamplingPlan = field(default_factory=SamplingPlan)
    beats: Beats = _no_beats
    told: Callable[[Case], Told | None] = lambda _case: None

    def place(self, fact: FindingFact, now: Instant) -> list[Draft]:
        """A finding, mark or condition as it is now."""
        return placing.place(self.cases, fact, now)

    def due(self, now: Instant) -> list[Draft]:
        """What time has done; to be asked again once these are applied, until there is nothing."""
        return due.due(self.cases, now, self.told)

    def archivable(self, now: Instant) -> list[Draft]:
        """Cases that leave the book; the journal keeps them."""
        return working.archivable(self.cases, now)

    def station_lost(self, station: int, now: Instant, cause: str) -> list[Draft]:
        """Cases held at a station go back to the list."""
        return working.station_lost(self.cases, station, now, cause)

    def holder_gone(self, person: int, now: Instant, cause: str) -> list[Draft]:
        """Cases that a person holds go back to the list."""
        return working.holder_gone(self.cases, person, now, cause)

    # ---- acts --------------------------------------------------------------------------------------------

    def take(self, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        """``case.take {case}``."""
        return working.take(self.cases, whole(fields, "case"), who.staff, who.station, now)

    def release(self, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        """``case.release {case}``."""
        return working.release(self.cases, whole(fields, "case"), who.staff, now)

    def verdict(self, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        """``case.verdict {case, verdict, note, relabels, strips}``."""
        case = self.cases.case(whole(fields, "case"))
        relabels = _relabels(fields)
        opinion = verdicts.Opinion(
            verdicts.read_verdict(words(fields, "verdict", 40)),
            words(fields, "note", NOTE_MAX, empty=True),
            relabels,
            _strips(fields),
        )
        beats = self.beats(case, [sample for sample, _ in relabels]) if relabels else {}
        return verdicts.judge_case(self.cases, case.number, who.staff, opinion, now, self.plan, beats)

    def undo(self, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        """``case.undo {case}``: take a verdict back within a minute, before anybody was told."""
        case = self.cases.case(whole(fields, "case"))
        return verdicts.undo(self.cases, case.number, who.staff, now, case.notification is not None)

    def overread(self, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        """``case.overread {case, verdict, note}``."""
        verdict = verdicts.read_verdict(words(fields, "verdict", 40))
        note = words(fields, "note", NOTE_MAX, empty=True)
        return verdicts.overread(self.cases, whole(fields, "case"), who.staff, verdict, note, now)

    def close(self, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
        """``case.close {case}``."""
        case = self.cases.case(whole(fields, "case"))
        return working.close(self.cases, case.number, who.staff, self.told(case))

    def acknowledge(self, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
        """``alarm.acknowledge {case}``."""
        return alarms.acknowledge(self.cases, whole(fields, "case"), who.staff, who.station)

    def pause_audio(self, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        """``alarm.pause_audio {seconds}``: at the station where one sits; 0 ends the pause."""
        if who.station is None:
            raise RefusedError("no_station", "sound is paused at a registered station only")
        seconds = act_fields.number(fields, "seconds")
        if seconds == 0:
            return alarms.resume_audio(self.cases, who.station, who.staff)
        return alarms.pause_audio(self.cases, who.station, who.staff, seconds, now)

    def pause(self, who: Who, fields: Fields, now: Instant) -> list[Draft]:
        """``alarm.pause {stream, seconds, why}``."""
        seconds, why = act_fields.number(fields, "seconds"), words(fields, "why", 200)
        return alarms.pause(self.cases, act_fields.stream(fields), who.staff, seconds, why, now)

    def resume(self, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
        """``alarm.resume {stream?}``: of one patient, or of all."""
        stream = act_fields.stream(fields) if "stream" in fields else None
        return alarms.resume(self.cases, who.staff, stream)


def _relabels(fields: Fields) -> list[tuple[int, str]]:
    found = []
    for sample, name in pairs(fields, "relabels"):
        if type(sample) is not int or not isinstance(name, str):
            raise InputError("relabels: want pairs of a sample and a class")
        found.append((sample, name))
    return found


def _strips(fields: Fields) -> list[tuple[int, int]]:
    found = []
    for start, stop in pairs(fields, "strips"):
        if type(start) is not int or type(stop) is not int:
            raise InputError("strips: want pairs of samples")
        found.append((start, stop))
    return found
