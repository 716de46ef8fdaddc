"""Where a reviewer goes at one key: the longest, fastest, slowest, first, last, next of something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.reports.review_figures import OVER, true_beats
from einthoven.reports.review_labels import CODES

Beats = NDArray[np.void]

KINDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "pause": frozenset({"pause", "asystole"}),
        "af": frozenset({"atrial-fibrillation", "atrial-flutter"}),
        "v-run": frozenset(
            {
                "ventricular-tachycardia",
                "nonsustained-ventricular-tachycardia",
                "sustained-ventricular-tachycardia",
                "torsade-de-pointes",
                "ventricular-run",
                "accelerated-idioventricular-rhythm",
                "idioventricular-rhythm",
            }
        ),
        "v-couplet": frozenset({"ventricular-couplet"}),
        "v-pattern": frozenset({"ventricular-bigeminy", "ventricular-trigeminy"}),
        "s-run": frozenset({"supraventricular-run", "supraventricular-tachycardia"}),
        "block": frozenset(
            {
                "av-block-2-mobitz-1",
                "av-block-2-mobitz-2",
                "av-block-2-to-1",
                "av-block-high-grade",
                "av-block-3",
            }
        ),
        "slow": frozenset({"sinus-bradycardia", "bradycardia", "extreme-bradycardia"}),
        "fast": frozenset({"sinus-tachycardia", "tachycardia", "extreme-tachycardia"}),
        "st": frozenset({"st-elevation", "st-depression"}),
    }
)
"""Events by the word that a page asks for: names of the kinds of findings."""
BEATS: Final = ("V", "S", "F", "/", "Q")
"""Classes whose single beats one goes to."""
OF_BEATS: Final = ("first", "last", "next", "previous", "fastest", "slowest")
WHICH: Final = ("first", "last", "next", "previous", "longest", "fastest", "slowest")


@dataclass(frozen=True, slots=True)
class Event:
    """Something one goes to: samples, its name, and its rate in beats a minute where it has one."""

    start: int
    stop: int
    words: str
    rate: float | None = None


def choose(events: Iterable[Event], which: str, at: int) -> Event | None:
    """The event that is asked for; None where there is none such.

    Args:
        events: any order.
        which: of ``WHICH``.
        at: the sample where one is, for next and previous.

    Raises:
        InputError: ``which`` is none of them.
    """
    found = sorted(events, key=lambda one: (one.start, one.stop))
    rated = [one for one in found if one.rate is not None]
    match which:
        case "first" | "last":
            return found[0 if which == "first" else -1] if found else None
        case "next":
            return next((one for one in found if one.start > at), None)
        case "previous":
            return next((one for one in reversed(found) if one.start < at), None)
        case "longest":
            return max(found, key=lambda one: one.stop - one.start, default=None)
        case "fastest":
            return max(rated, key=lambda one: one.rate or 0.0, default=None)
        case "slowest":
            return min(rated, key=lambda one: one.rate or 0.0, default=None)
        case _:
            raise InputError(f"which: {which[:20]!r}: want one of {', '.join(WHICH)}")


def beat_of_class(beats: Beats, letter: str, which: str, at: int) -> Event | None:
    """A single beat of a class, as an event of no length; its rate is that of its interval.

    Raises:
        InputError: ``which`` is none of ``WHICH``, or the longest: a beat has no length.
    """
    rows = true_beats(beats)
    rows = rows[rows["code"] == CODES[letter]]
    sample, rr = rows["sample"], rows["rr_ms"].astype(np.float64)
    known = np.flatnonzero(rr > 0)
    match which:
        case "first" | "last":
            place = 0 if which == "first" else len(rows) - 1
        case "next":
            place = int(np.searchsorted(sample, at, side="right"))
        case "previous":
            place = int(np.searchsorted(sample, at)) - 1
        case "fastest" | "slowest":
            pick = np.argmin if which == "fastest" else np.argmax
            place = int(known[pick(rr[known])]) if len(known) else -1
        case _:
            raise InputError(f"which: {which[:20]!r}: of beats want one of {', '.join(OF_BEATS)}")
    if not 0 <= place < len(rows):
        return None
    one = int(sample[place])
    return Event(one, one, letter, 60_000.0 / rr[place] if rr[place] > 0 else None)


def rate_extreme(beats: Beats, which: str) -> Event | None:
    """Where the rate over ``OVER`` intervals is highest or least, or the interval longest.

    Raises:
        InputError: ``which`` is none of longest, fastest, slowest.
    """
    if which not in ("longest", "fastest", "slowest"):
        raise InputError(f"which: {which[:20]!r}: of the rate want longest, fastest or slowest")
    rows = true_beats(beats)
    rr = rows["rr_ms"].astype(np.float64)
    over = 1 if which == "longest" else OVER
    if len(rr) < over + 1:
        return None
    sums = np.convolve(np.where(rr > 0, rr, np.nan), np.ones(over), "valid")
    if np.isnan(sums).all():
        return None
    place = int(np.nanargmin(sums) if which == "fastest" else np.nanargmax(sums)) + over - 1
    mean = float(sums[place - over + 1]) / over
    start = int(rows["sample"][place - over]) if place >= over else int(rows["sample"][0])
    words = "longest interval" if which == "longest" else f"{which} {OVER + 1} beats"
    return Event(start, int(rows["sample"][place]), words, 60_000.0 / mean)
