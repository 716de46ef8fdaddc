"""The book of cases: what all deeds of this room come to. ``apply`` is the only way it changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from einthoven.base.deeds import Deed
from einthoven.base.errors import NotFoundError
from einthoven.base.ids import StreamId
from einthoven.review.case import AlarmPause, AlarmState, AudioPause, Case, KnownAf, Quality, State
from einthoven.review.facts import FindingFact
from einthoven.review.grouping import Group, Placement
from einthoven.review.limits import SHIPPED, Limits
from einthoven.review.shapes import Shapes
from einthoven.review.steps import STEPS
from einthoven.review.worklist import Worklist


@dataclass(eq=True)
class CaseBook:
    """Every case that matters now. One owner, no clock.

    Attributes:
        limits: how long a case may wait; what was decided by them stands in the deeds.
        next_case: number of the next case.
        cases: by number, closed ones until they are archived.
        by_stream: numbers of a patient's cases, the oldest first.
        worklist: those not closed, the most urgent first.
        placements: what became of each finding that is of a case or was told lately.
        waiting: conditions that make a case if they last.
        loose: of each stream, the findings of no case, the oldest first.
        af_known: why atrial fibrillation counts as known, by stream.
        af_onset: the case that told its onset first.
        lit: cases whose alarm is to be seen.
        reading: cases whose second reading is due.
        audio: pauses of sound, by station.
        paused: pauses of alarms, by stream.
        quality: figures of each reader.
        shapes: what closed cases teach of patients' beats.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset(STEPS)
    """Kinds of deeds that it takes."""

    limits: Limits = field(default_factory=lambda: SHIPPED)
    next_case: int = 1
    cases: dict[int, Case] = field(default_factory=dict)
    by_stream: dict[StreamId, list[int]] = field(default_factory=dict)
    worklist: Worklist = field(default_factory=Worklist)
    placements: dict[tuple[StreamId, str], Placement] = field(default_factory=dict)
    waiting: dict[tuple[StreamId, str], FindingFact] = field(default_factory=dict)
    loose: dict[StreamId, list[str]] = field(default_factory=dict)
    af_known: dict[StreamId, KnownAf] = field(default_factory=dict)
    af_onset: dict[StreamId, int] = field(default_factory=dict)
    lit: set[int] = field(default_factory=set)
    reading: set[int] = field(default_factory=set)
    audio: dict[int, AudioPause] = field(default_factory=dict)
    paused: dict[StreamId, AlarmPause] = field(default_factory=dict)
    quality: dict[int, Quality] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=Shapes)

    def case(self, number: int) -> Case:
        """The case of that number.

        Raises:
            NotFoundError: there is none, or it is archived.
        """
        if number not in self.cases:
            raise NotFoundError(f"no case {number} (closed ones are archived after a time)")
        return self.cases[number]

    def own(self, case: Case) -> tuple[FindingFact, ...]:
        """The findings of a case that no later case has taken over."""
        number, stream = case.number, case.stream
        return tuple(fact for fact in case.findings if self.placements[stream, fact.key].case == number)

    def open_cases(self) -> list[Case]:
        """Those not closed, the most urgent first."""
        return [self.cases[number] for number in self.worklist]

    def of_stream(self, stream: StreamId, group: Group | None = None) -> list[Case]:
        """A patient's cases, the newest first; of one group where that is given."""
        found = (self.cases[number] for number in reversed(self.by_stream.get(stream, ())))
        return [case for case in found if group is None or case.group is group]

    def apply(self, deed: Deed) -> None:
        """Take a deed of the journal; kinds of other rooms are ignored.

        Raises:
            OursError: the deed does not fit the book: it was not decided by this room on this book.
        """
        step = STEPS.get(deed.kind)
        if step is not None:
            step(self, deed, dict(deed.body))

    def put(self, case: Case) -> None:
        """Keep a case as it is now; for ``steps`` alone."""
        self.cases[case.number] = case
        self.worklist.put(case)
        signal = case.alarm.state
        shown = signal in (AlarmState.ACTIVE, AlarmState.LATCHED)
        if shown or (signal is AlarmState.ACKNOWLEDGED and case.state is not State.CLOSED):
            self.lit.add(case.number)
        else:
            self.lit.discard(case.number)
        if case.overread is not None and not case.overread.done:
            self.reading.add(case.number)
        else:
            self.reading.discard(case.number)
