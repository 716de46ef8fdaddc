"""Shapes of beats that people have judged: what verdicts teach a patient's templates (R19, R25).

The analysis numbers the shapes of QRS complexes within one run of samples. When a case closes, the beats that
its verdict gave another class speak for their shapes. A shape counts as judged once enough of its beats were
given one class, and none another; what rests on such beats alone is then told with that. It never makes less
of anything urgent or emergent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from einthoven.base.ids import StreamId
from einthoven.review.case import Case, State

ENOUGH = 2
"""Beats of one shape that people gave one class: a single one may be a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a verdict teaches: a beat and its shape, its class until now, the one it has, and the case."""

    stream: StreamId
    sample: int
    was: str
    now: str
    run: int
    shape: int
    case: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A shape that people have judged: its class, and the case in which that was said last."""

    name: str
    case: int


def lessons(case: Case) -> tuple[Lesson, ...]:
    """What a closed case teaches; nothing while its verdict may still change."""
    if case.state is not State.CLOSED or case.given is None:
        return ()
    return tuple(
        Lesson(case.stream, each.sample, each.was, each.now, each.run, each.shape, case.number)
        for each in case.given.relabels
    )


@dataclass(eq=True)
class Shapes:
    """Lessons of all patients: by stream, run and shape, then by beat; the last word on a beat counts."""

    known: dict[StreamId, dict[tuple[int, int], dict[int, Lesson]]] = field(default_factory=dict)

    def learn(self, case: Case) -> None:
        """A case closed."""
        for lesson in lessons(case):
            if lesson.shape:
                shapes = self.known.setdefault(case.stream, {})
                shapes.setdefault((lesson.run, lesson.shape), {})[lesson.sample] = lesson

    def unlearn(self, case: Case) -> None:
        """A closed case was opened again: what it said does not count until it closes."""
        shapes = self.known.get(case.stream, {})
        for place, beats in list(shapes.items()):
            left = {sample: lesson for sample, lesson in beats.items() if lesson.case != case.number}
            if left:
                shapes[place] = left
            else:
                del shapes[place]
        if not shapes:
            self.known.pop(case.stream, None)

    def of(self, stream: StreamId, run: int, shape: int) -> Judged | None:
        """How a shape was judged; None where it was not, by too few beats, or in two ways."""
        beats = self.known.get(stream, {}).get((run, shape), {})
        names = {lesson.now for lesson in beats.values()}
        if len(beats) < ENOUGH or len(names) != 1:
            return None
        return Judged(names.pop(), max(lesson.case for lesson in beats.values()))

    def say(self, stream: StreamId, run: int, name: str, shapes: Iterable[int]) -> str:
        """A sentence where every one of these beats has a shape that was judged to be of another class.

        Args:
            stream: whose.
            run: first sample of the run they lie in.
            name: the class that the analysis gave them.
            shapes: of each beat; 0 where it is not known.
        """
        asked = list(shapes)
        judged = [self.of(stream, run, shape) for shape in asked]
        if not judged or any(one is None or one.name == name for one in judged):
            return ""
        found = [one for one in judged if one is not None]
        names = " and ".join(sorted({one.name for one in found}))
        cases = ", ".join(str(number) for number in sorted({one.case for one in found}))
        beats = "its one beat has a shape" if len(asked) == 1 else f"all its {len(asked)} beats have shapes"
        return f"{beats} that people judged to be {names}, not {name} (case {cases})"
