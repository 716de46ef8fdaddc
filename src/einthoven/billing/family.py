"""Which family of codes a service may be billed under, derived from what was measured (R39).

No label decides: real-time telemetry is what was sent at once, attended, could be queried over more than 24
hours and told a person; what falls short is judged as event monitoring, long patch, Holter, in this order.
Strips sent by telephone after a symptom are post-symptom strips or nothing (R7). What was not measured never
counts as good: a family of which something is not known is refused, and the answer says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from einthoven.base.instants import SECOND
from einthoven.billing import family_limits
from einthoven.billing.codes import shipped
from einthoven.billing.codes.book import Codes
from einthoven.billing.codes.code import MARKS, Code, Mark, Part, Valid, weakest
from einthoven.billing.family_limits import Limits
from einthoven.billing.service import ServiceRecord

HOUR_S: Final = 3600.0
UNLISTED: Final = "93799"


class Kind(StrEnum):
    """A family that may be billed; the first is the most demanding."""

    TELEMETRY = "telemetry"
    EVENT = "event"
    LONG_PATCH = "patch"
    HOLTER = "holter"
    POST_SYMPTOM = "post-symptom"
    NONE = "none"


class Outcome(StrEnum):
    """Of a condition, and of a family."""

    MET = "met"
    NOT_MET = "not met"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a family asks, and what was measured of it.

    Attributes:
        id: ``immediate``, ``attended``, ``queryable``, ``notified``, ``recorded``, ``strips``, ``path``,
            ``date``.
        asks: what is asked, in words with its limits.
        measured: what was measured, in words with its figures; why not, where it was not.
        figures: the figures themselves, by name with the unit in it.
        mark: how sure the limit is.
    """

    id: str
    asks: str
    outcome: Outcome
    measured: str
    figures: tuple[tuple[str, float], ...] = ()
    mark: Mark = Mark.READ


@dataclass(frozen=True, slots=True)
class Considered:
    """A family that was looked at, with the proof; refused where a condition is not met or not measured."""

    kind: Kind
    outcome: Outcome
    conditions: tuple[Condition, ...]

    @property
    def why(self) -> str:
        """One line: what it was refused for, or ``every condition is met``."""
        short = [one for one in self.conditions if one.outcome is not Outcome.MET]
        return "; ".join(f"{one.asks}: {one.measured}" for one in short) or "every condition is met"


@dataclass(frozen=True, slots=True)
class Family:
    """What may be billed.

    Attributes:
        kind: the most demanding family whose every condition is met.
        on: date of service.
        codes: part → code of that family on that day; empty where none was valid.
        instead: codes that a deleted family refers to; a person decides.
        notes: what must be known with it: modifiers, lengths, how sure the codes are.
        considered: every family from the most demanding to the one that is met, each with its proof.
        mark: the least sure fact about codes and limits that it stands on.
    """

    kind: Kind
    on: date
    codes: Mapping[Part, str]
    instead: tuple[str, ...]
    notes: tuple[str, ...]
    considered: tuple[Considered, ...]
    mark: Mark

    @property
    def words(self) -> str:
        """One line."""
        if self.kind is Kind.NONE:
            return f"nothing of this service can be billed on {self.on}: {self.considered[-1].why}"
        told = ", ".join(f"{code} ({part})" for part, code in self.codes.items())
        told = told or f"no code of it is valid on {self.on}; see {', '.join(self.instead) or 'nothing else'}"
        return f"{self.kind}: {told}"


def derive(
    record: ServiceRecord, on: date, limits: Limits | None = None, book: Codes | None = None
) -> Family:
    """The family that a service may be billed under on a date of service, with the proof.

    Args:
        limits: from what on a figure is good enough; None: the shipped ones.
        book: the codes; None: the shipped ones.
    """
    judge = _Judge(record, on, limits or family_limits.shipped(), book or shipped())
    kinds = (
        (Kind.POST_SYMPTOM,)
        if record.telephone
        else (Kind.TELEMETRY, Kind.EVENT, Kind.LONG_PATCH, Kind.HOLTER)
    )
    considered: list[Considered] = []
    for kind in kinds:
        one = judge.consider(kind)
        considered.append(one)
        if one.outcome is Outcome.MET:
            return judge.answer(kind, considered)
    return Family(Kind.NONE, on, {}, (), (), tuple(considered), _mark(considered))


def outcome_of(conditions: Sequence[Condition]) -> Outcome:
    """Not met wins over not measured, that over met."""
    outcomes = {one.outcome for one in conditions}
    if Outcome.NOT_MET in outcomes:
        return Outcome.NOT_MET
    return Outcome.NOT_MEASURED if Outcome.NOT_MEASURED in outcomes else Outcome.MET


def family_json(family: Family) -> dict[str, Any]:
    """A family as JSON: figures as numbers, marks in words beside their sign."""
    return {
        "kind": str(family.kind),
        "on": str(family.on),
        "words": family.words,
        "codes": {str(part): code for part, code in family.codes.items()},
        "instead": list(family.instead),
        "notes": list(family.notes),
        "mark": str(family.mark),
        "mark_words": MARKS[family.mark],
        "considered": [
            {
                "kind": str(one.kind),
                "outcome": str(one.outcome),
                "why": one.why,
                "conditions": [
                    {
                        "id": each.id,
                        "asks": each.asks,
                        "outcome": str(each.outcome),
                        "measured": each.measured,
                        "figures": dict(each.figures),
                        "mark": str(each.mark),
                    }
                    for each in one.conditions
                ],
            }
            for one in family.considered
        ],
    }


class _Judge:
    """Looks at one record on one day."""

    def __init__(self, record: ServiceRecord, on: date, limits: Limits, book: Codes) -> None:
        self._record = record
        self._on = on
        self._limits = limits
        self._book = book

    def consider(self, kind: Kind) -> Considered:
        """A family and everything it asks."""
        asked = {
            Kind.TELEMETRY: (self._immediate, self._attended, self._queryable, self._notified),
            Kind.EVENT: (self._recorded, self._attended, self._notified),
            Kind.LONG_PATCH: (self._long,),
            Kind.HOLTER: (self._recorded,),
            Kind.POST_SYMPTOM: (self._strips,),
        }[kind]
        conditions = [ask() for ask in asked]
        if kind is not Kind.POST_SYMPTOM:
            conditions.append(self._there(kind))
        return Considered(kind, outcome_of(conditions), tuple(conditions))

    def answer(self, kind: Kind, considered: list[Considered]) -> Family:
        """The family that is met, with its codes."""
        chosen = self._codes(kind)
        instead: tuple[str, ...] = ()
        notes = self._notes(kind)
        marks = [self._book.valid_on(one.code, self._on).mark for one in chosen]
        if not chosen:
            told = self._book.valid_on("93012", self._on)
            instead, marks = told.instead, [told.mark]
            notes.append(
                f"{told.words}; whether those may be billed for strips without a loop, a person decides"
            )
        return Family(
            kind,
            self._on,
            {one.part: one.code for one in chosen},
            instead,
            tuple(notes),
            tuple(considered),
            weakest(_mark(considered), *marks),
        )

    # ---- what is asked ---------------------------------------------------------------------------------

    def _immediate(self) -> Condition:
        within, share, p99 = (self._limit(f"immediate.{name}") for name in ("within_s", "share", "p99_s"))
        asks = f"sent at once: {share:.0%} of the samples within {within:g} s, 99 of 100 within {p99:g} s"
        sent, mark = self._record.transmission, self._mark("immediate.share")
        if sent is None or sent.samples == 0:
            return Condition(
                "immediate", asks, Outcome.NOT_MEASURED, "transmission was not measured", (), mark
            )
        figures = (
            ("samples", float(sent.samples)),
            ("share", sent.immediate),
            ("within_s", sent.within_s),
            ("p50_s", sent.p50_s),
            ("p99_s", sent.p99_s),
        )
        words = f"{_percent(sent.immediate)} of {sent.samples} samples within {sent.within_s:g} s, "
        words += f"half within {sent.p50_s:.1f} s, 99 of 100 within {sent.p99_s:.1f} s"
        outcome = _met(sent.immediate >= share and sent.p99_s <= p99)
        if outcome is Outcome.MET and sent.within_s > within:
            outcome = Outcome.NOT_MEASURED
        return Condition("immediate", asks, outcome, words, figures, mark)

    def _attended(self) -> Condition:
        share, gap = self._limit("attended.share"), self._limit("attended.gap_s")
        asks = f"attended by qualified people: {_percent(share)} of the time, no gap over {gap:g} s"
        held, mark = self._record.attendance, self._mark("attended.share")
        if held is None:
            return Condition("attended", asks, Outcome.NOT_MEASURED, "attendance was not measured", (), mark)
        longest = max(((one.stop - one.start) / SECOND for one in held.gaps), default=0.0)
        figures = (("share", held.watched), ("gaps", float(len(held.gaps))), ("longest_gap_s", longest))
        words = f"watched {_percent(held.watched)} of the time, {len(held.gaps)} gaps"
        words += f", the longest {longest:.0f} s" if held.gaps else ""
        unfit = [one for one in self._record.watchers if not one.qualified]
        if unfit:
            words += f"; not qualified: {', '.join(one.name for one in unfit)}"
        outcome = _met(held.watched >= share and longest <= gap and not unfit)
        if held.unproved:
            words += f"; the proof has a hole: {held.unproved}"
        if not self._record.watchers:
            words += "; who watched is not on record"
        if outcome is Outcome.MET and (held.unproved or not self._record.watchers):
            outcome = Outcome.NOT_MEASURED
        return Condition("attended", asks, outcome, words, figures, mark)

    def _queryable(self) -> Condition:
        hours = self._limit("queryable.hours")
        reached = self._record.longest_s / HOUR_S
        asks = f"stored ECG that one query reaches over more than {hours:g} h"
        words, figures = f"{reached:.1f} h at the longest", (("longest_h", reached),)
        return Condition("queryable", asks, _met(reached > hours), words, figures)

    def _notified(self) -> Condition:
        least = self._limit("notified.share")
        told, mark = self._record.notifications, self._mark("notified.share")
        asks = f"the physician was told: {_percent(least)} of what was due reached a person"
        if told is None:
            words = "notifications were not measured"
            return Condition("notified", asks, Outcome.NOT_MEASURED, words, (), mark)
        figures = (
            ("due", float(told.due)),
            ("reached", float(told.reached)),
            ("machine_only", float(told.machine_only)),
        )
        words = "none was due" if told.due == 0 else f"{told.reached} of {told.due} reached a person"
        words += f", {told.machine_only} nobody but a machine" if told.machine_only else ""
        met = told.reached >= least * told.due and not (least >= 1 and told.machine_only)
        return Condition("notified", asks, _met(met), words, figures, mark)

    def _recorded(self) -> Condition:
        hours = self._record.recorded_s / HOUR_S
        figures = (("recorded_h", hours),)
        return Condition("recorded", "ECG was recorded", _met(hours > 0), f"{hours:.1f} h", figures)

    def _long(self) -> Condition:
        least, hours = self._limit("patch.hours"), self._record.recorded_s / HOUR_S
        asks, figures = f"more than {least:g} h recorded", (("recorded_h", hours),)
        return Condition("recorded", asks, _met(hours > least), f"{hours:.1f} h", figures)

    def _strips(self) -> Condition:
        asks, strips = "strips were taken over the telephone after symptoms", self._record.strips
        if strips is None:
            return Condition("strips", asks, Outcome.NOT_MEASURED, "strips were not counted")
        struck = self._record.struck
        figures = (("strips", float(strips)), ("struck", float(struck)))
        words = f"{strips} strip{'s' * (strips != 1)}"
        words += f" that count, {struck} struck" if struck else ""
        if strips == 0:
            words += ": no service was rendered"
        return Condition("strips", asks, _met(strips > 0), words, figures)

    def _there(self, kind: Kind) -> Condition:
        """Whether the family has a code on the day."""
        asks = f"a code of the family is valid on {self._on}"
        if chosen := self._codes(kind):
            told = [self._book.valid_on(one.code, self._on) for one in chosen]
            words = "; ".join(one.words for one in told)
            return Condition("date", asks, Outcome.MET, words, (), weakest(*(one.mark for one in told)))
        told = [self._book.valid_on(one.code, self._on) for one in self._book.of_family(kind)]
        unknown = [one for one in told if one.answer is Valid.UNKNOWN]
        outcome = Outcome.NOT_MEASURED if unknown else Outcome.NOT_MET
        first = (unknown or told)[0]
        return Condition("date", asks, outcome, first.words, (), first.mark)

    # ---- codes -----------------------------------------------------------------------------------------

    def _codes(self, kind: Kind) -> tuple[Code, ...]:
        """The codes of a family that are valid on the day: one set, of a length that fits."""
        sets: dict[str, list[Code]] = {}
        for one in self._book.of_family(kind):
            if self._book.valid_on(one.code, self._on).answer is Valid.YES:
                sets.setdefault(one.set, []).append(one)
        if not sets:
            unlisted = self._book.lookup(UNLISTED) if kind is Kind.TELEMETRY else None
            good = unlisted and self._book.valid_on(UNLISTED, self._on).answer is Valid.YES
            return (unlisted,) if unlisted and good else ()
        if kind is not Kind.LONG_PATCH:
            return tuple(next(iter(sets.values())))
        by_length = sorted(sets.values(), key=lambda held: _days(held[0]))
        days = self._record.recorded_s / HOUR_S / 24
        return tuple(next((held for held in by_length if days <= _days(held[0])), by_length[-1]))

    def _notes(self, kind: Kind) -> list[str]:
        notes: list[str] = []
        hours, chosen = self._record.recorded_s / HOUR_S, self._codes(kind)
        if kind is Kind.TELEMETRY and any(one.code == UNLISTED for one in chosen):
            notes.append("telemetry has no number of its own on this day: an unlisted code, paid by report")
        if kind is Kind.HOLTER:
            short = self._limit("holter.short_h")
            if hours < short and self._on >= date(2011, 1, 1):
                notes.append(f"less than {short:g} h were recorded: modifier 52")
        if kind in (Kind.HOLTER, Kind.LONG_PATCH) and chosen and hours / 24 > _days(chosen[0]) > 0:
            notes.append(
                f"{hours / 24:.1f} days were recorded; {chosen[0].code} is of {_days(chosen[0])} days at most"
            )
        if kind is Kind.POST_SYMPTOM:
            notes.append("one unit in 30 days, however many strips; never telemetry (R7)")
        return notes

    def _limit(self, name: str) -> float:
        return self._limits[name].value

    def _mark(self, name: str) -> Mark:
        return self._limits[name].mark


def _met(good: bool) -> Outcome:
    return Outcome.MET if good else Outcome.NOT_MET


def _days(code: Code) -> int:
    return 0 if code.units is None else code.units.days


def _percent(share: float) -> str:
    """A share as a reader sees it; never rounded up to 100 %."""
    return "100 %" if share >= 1 else f"{int(share * 1000) / 10:g} %"


def _mark(considered: Sequence[Considered]) -> Mark:
    return weakest(Mark.READ, *(one.mark for one in considered[-1].conditions))
