"""A book of cases with its journal, and findings of patients to put into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from einthoven.base.deeds import Deed, Draft, numbered
from einthoven.base.instants import MINUTE, SECOND, from_iso
from einthoven.review.book import CaseBook
from einthoven.review.case import Case, ShownBeat, Verdict
from einthoven.review.due import due
from einthoven.review.facts import FindingFact, FindingState, Met, Priority, Tier
from einthoven.review.placing import place
from einthoven.review.sampling import SamplingPlan
from einthoven.review.verdicts import Opinion, judge_case
from einthoven.review.working import Told, close, notifying, take

NOON = from_iso("2026-11-01T12:00:00Z")
NOBODY_TWICE = SamplingPlan(by_verdict={})
"""A plan that draws none but the emergent ones."""
SHOWN = {100: ShownBeat("N", 4, 0), 300: ShownBeat("N", 4, 0)}
"""Beats that a verdict may speak of."""
TITLES = {
    "sustained-ventricular-tachycardia": "Sustained VT",
    "nonsustained-ventricular-tachycardia": "Nonsustained VT",
    "ventricular-fibrillation": "Ventricular fibrillation",
    "atrial-fibrillation": "Atrial fibrillation",
    "pause": "Pause",
    "lead-off": "Lead off",
}


class Ward:
    """A live book, its journal, and a clock that only tests move."""

    def __init__(self) -> None:
        self.book = CaseBook()
        self.journal: list[Deed] = []
        self.now = NOON

    def keep(self, drafts: Sequence[Draft], actor: str = "center") -> list[str]:
        """Take what was decided; the kinds of the deeds."""
        for deed in numbered(drafts, len(self.journal), actor, self.now):
            self.journal.append(deed)
            self.book.apply(deed)
        return [draft.kind for draft in drafts]

    def tell(self, fact: FindingFact) -> list[str]:
        return self.keep(place(self.book, fact, self.now))

    def later(self, seconds: float) -> list[str]:
        """Time goes on; everything that is due by then is done."""
        self.now += round(seconds * SECOND)
        kinds: list[str] = []
        for _ in range(20):
            drafts = due(self.book, self.now)
            if not drafts:
                return kinds
            kinds += self.keep(drafts)
        raise AssertionError(f"what was done is due again and again: {kinds[-3:]}")

    def replayed(self) -> CaseBook:
        book = CaseBook()
        for deed in self.journal:
            book.apply(deed)
        return book

    def case(self, number: int = 1) -> Case:
        return self.book.case(number)

    def take(self, number: int = 1, by: int = 3, station: int = 1) -> list[str]:
        return self.keep(take(self.book, number, by, station, self.now), f"staff {by}")

    def judge(
        self, verdict: Verdict = Verdict.TRUE, number: int = 1, by: int = 3, plan: SamplingPlan = NOBODY_TWICE
    ) -> list[str]:
        opinion = Opinion(verdict, "seen", [(100, "V")] if verdict is Verdict.RELABEL else [])
        made = judge_case(self.book, number, by, opinion, self.now, plan, SHOWN)
        return self.keep(made, f"staff {by}")

    def notify(self, number: int = 1, notification: int = 70) -> list[str]:
        return self.keep(notifying(self.book, number, notification))

    def close(self, number: int = 1, by: int = 3, told: Told | None = None) -> list[str]:
        return self.keep(close(self.book, number, by, told), f"staff {by}")


def found(
    key: str = "a",
    kind: str = "nonsustained-ventricular-tachycardia",
    tier: Tier | None = Tier.URGENT,
    start_s: float = 0,
    lasts_s: float | None = None,
    stream: int = 1,
    priority: Priority = Priority.MEDIUM,
    met: tuple[Met, ...] = (),
) -> FindingFact:
    """A finding that begins ``start_s`` behind noon; open, unless it is said how long it lasts."""
    begins = NOON + round(start_s * SECOND)
    return FindingFact(
        key,
        stream,
        kind,
        TITLES.get(kind, kind),
        FindingState.OPEN if lasts_s is None else FindingState.CLOSED,
        begins,
        None if lasts_s is None else begins + round(lasts_s * SECOND),
        tier,
        priority,
        met,
    )


def ended(fact: FindingFact, lasts_s: float = 5) -> FindingFact:
    return replace(fact, state=FindingState.CLOSED, end_at=fact.start_at + round(lasts_s * SECOND))


def withdrawn(fact: FindingFact, reason: str = "reclassed") -> FindingFact:
    return replace(ended(fact), state=FindingState.WITHDRAWN, reason=reason)


def rate_met(tier: Tier = Tier.URGENT, bpm: float = 160) -> Met:
    name = f"atrial_fibrillation.{tier.value}.fast_bpm"
    return Met(name, tier, bpm, 150, "bpm", f"rate {bpm:g} bpm in AF is at or above 150 bpm")


FIRST_AF = Met("atrial_fibrillation.urgent.first", Tier.URGENT, 1, 1, "flag", "first atrial fibrillation")
TEN_MINUTES = 10 * MINUTE // SECOND


def ward_with(tier: Tier = Tier.URGENT, **fields) -> Ward:
    ward = Ward()
    ward.tell(found(tier=tier, **fields))
    return ward
