"""What relabelling makes of the findings that the analysis told: which hold no more, and which are new.

The rules run twice over the same stretch (``review_retold``), once over the analysis' beats, once over the
labelled ones; only what differs between the two is changed. So where nobody said anything of a beat, every
finding stays exactly as the analysis told it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import numpy as np

from einthoven.base.spans import Span, SpanSet
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import (
    ATRIAL_BIGEMINY,
    BY_CODE,
    FREQUENT_SUPRAVENTRICULAR,
    FREQUENT_VENTRICULAR,
    SUPRAVENTRICULAR_COUPLET,
    SUPRAVENTRICULAR_RUN,
    VENTRICULAR_BIGEMINY,
    VENTRICULAR_TRIGEMINY,
)
from einthoven.reports.review_labels import Labels
from einthoven.reports.review_retold import ECTOPIC

AROUND_S: Final = 600
"""Seconds around a label that are judged again: longer than anything is counted over."""

_APART = (
    {VENTRICULAR_BIGEMINY},
    {VENTRICULAR_TRIGEMINY},
    {FREQUENT_VENTRICULAR},
    {FREQUENT_SUPRAVENTRICULAR},
    {ATRIAL_BIGEMINY},
    {SUPRAVENTRICULAR_RUN, SUPRAVENTRICULAR_COUPLET},
)
_RUNS = ECTOPIC.difference(*_APART)
FAMILIES: Final = (*(frozenset(kinds) for kinds in _APART), frozenset(_RUNS))
"""Kinds that are told of the same beats, of which one holds at a time."""
FAMILY: Final = {BY_CODE[code].name: place for place, kinds in enumerate(FAMILIES) for code in kinds}


class Told(Protocol):
    """A finding of the analysis."""

    @property
    def kind(self) -> str:
        """Name of its kind."""
        ...

    @property
    def start(self) -> int:
        """Sample of its onset."""
        ...

    @property
    def end(self) -> int | None:
        """Of its end; None while it is open."""
        ...


T = TypeVar("T", bound=Told)


@dataclass(frozen=True, slots=True)
class Difference:
    """What labels change: findings that rest on other beats now, and those that are new."""

    gone: tuple[Finding, ...]
    fresh: tuple[Finding, ...]


def around(labels: Labels, rate_hz: float, start: int, stop: int) -> list[Span]:
    """The stretches that are to be judged again, within ``[start, stop)``."""
    pad = round(AROUND_S * rate_hz)
    near = np.sort(labels.sample[(labels.sample >= start - pad) & (labels.sample < stop + pad)])
    if not len(near):
        return []
    cuts = np.flatnonzero(np.diff(near) > 2 * pad)
    first, last = near[np.concatenate([[0], cuts + 1])], near[np.concatenate([cuts, [len(near) - 1]])]
    spans = SpanSet((max(0, int(low) - pad), int(high) + pad) for low, high in zip(first, last, strict=True))
    return list(spans)


def difference(before: Sequence[Finding], after: Sequence[Finding]) -> Difference:
    """What stands in one telling and not in the other."""

    def named(one: Finding) -> tuple[int, int, int | None]:
        return one.kind.code, one.start, one.end

    was, now = {named(one) for one in before}, {named(one) for one in after}
    return Difference(
        tuple(one for one in before if named(one) not in now),
        tuple(one for one in after if named(one) not in was),
    )


def laid_over(own: Sequence[T], found: Difference) -> tuple[list[T], list[Finding]]:
    """The analysis' findings that hold no more, and the findings to be told beside the others.

    A finding of the analysis holds no more where another of its family rests on the same beats and is gone.
    """
    gone = [one for one in own if one.kind in FAMILY and _touched(one, found.gone)]
    names = {(one.kind, one.start, one.end) for one in own if one not in gone}
    fresh = [one for one in found.fresh if (one.kind.name, one.start, one.end) not in names]
    return gone, fresh


def _touched(own: Told, gone: Iterable[Finding]) -> bool:
    family, stop = FAMILY[own.kind], float("inf") if own.end is None else own.end
    return any(
        FAMILY[one.kind.name] == family
        and one.start <= stop
        and own.start <= (one.start if one.end is None else one.end)
        for one in gone
    )
