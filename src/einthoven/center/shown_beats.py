"""Beats that a verdict speaks of, and those that a finding rests on: the desk itself reads no store.

Whoever brings a verdict asks ``wanted`` first, reads those beats, and hands them over with ``put``; the act
follows in the same turn of the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId
from einthoven.center.desk_door import Wanted
from einthoven.center.found import LiveFinding
from einthoven.ecg.beats import VENTRICULAR
from einthoven.interop.wfdb import SYMBOLS
from einthoven.review.book import CaseBook
from einthoven.review.case import Case, ShownBeat

SPAN_MAX: Final = 1_000_000
"""Samples between the first and the last beat of one verdict: a quarter of an hour at 1000 Hz."""
NEVER: Final = 1 << 62
"""A sample that no stream reaches."""
BeatsIn: TypeAlias = Callable[[StreamId, int, int], NDArray[np.void]]


class ShownBeats:
    """The beats read last for a verdict (``Triage.beats``).

    Args:
        cases: the book.
    """

    def __init__(self, cases: CaseBook) -> None:
        self._cases = cases
        self._stream: StreamId = 0
        self._rows: dict[int, tuple[str, int]] = {}

    def wanted(self, act: str, fields: Mapping[str, object]) -> Wanted | None:
        """What is to be read for an act; None for nothing. What is wrong with the fields the act itself says.

        Raises:
            InputError: the beats lie too far apart to have been shown together.
        """
        number, told = fields.get("case"), fields.get("relabels")
        if act != "case.verdict" or not isinstance(number, int) or not isinstance(told, list):
            return None
        case = self._cases.cases.get(number)
        samples = [
            pair[0]
            for pair in told
            if isinstance(pair, list) and pair and isinstance(pair[0], int) and 0 <= pair[0] < 1 << 62
        ]
        if case is None or not samples:
            return None
        low, high = min(samples), max(samples)
        if high - low > SPAN_MAX:
            raise InputError(f"relabels: samples {low} and {high} were not shown together")
        return case.stream, low, high + 1

    def put(self, stream: StreamId, rows: NDArray[np.void]) -> None:
        """``BEAT`` rows of what was wanted."""
        self._stream = stream
        self._rows = {
            int(row["sample"]): (SYMBOLS.get(int(row["code"]), "?"), int(row["template"])) for row in rows
        }

    def __call__(self, case: Case, samples: Sequence[int]) -> Mapping[int, ShownBeat]:
        """The beats at these samples; those that are none are missing."""
        if case.stream != self._stream:
            return {}
        return {
            sample: ShownBeat(*self._rows[sample], run_of(case, sample))
            for sample in samples
            if sample in self._rows
        }


def run_of(case: Case, sample: int) -> int:
    """First sample of the run that a sample lies in, by the case's findings; −1 where they do not say.

    A finding's key begins with it (``found.LiveFinding.id``).
    """
    runs = [int(head) for fact in case.findings if (head := fact.key.partition("-")[0]).isdigit()]
    return max((run for run in runs if run <= sample), default=-1)


class JudgedShapes:
    """Says of a finding whose beats all have shapes that people judged otherwise.

    Args:
        cases: the book.
        beats: unsealed beats of a span.
    """

    def __init__(self, cases: CaseBook, beats: BeatsIn) -> None:
        self._cases = cases
        self._beats = beats

    def __call__(self, stream: StreamId, one: LiveFinding) -> str:
        """A sentence for people, or ``""``."""
        ventricular = "ventricular" in one.kind and "supraventricular" not in one.kind
        if stream not in self._cases.shapes.known or not ventricular:
            return ""
        stop = NEVER if one.end is None else int(one.end) + 1
        rows = self._beats(stream, int(one.start), stop)
        rows = rows[rows["code"] == VENTRICULAR]
        return self._cases.shapes.say(stream, one.key.run, "V", rows["template"].tolist())
