"""What people say of beats, laid over what the analysis said: the beats that pages and reports count.

``labelled`` is the one way: the stored beats stay as the analysis told them (R13), and the changes in force
(``review.relabels``) are laid over them wherever beats are shown or counted.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.beats import (
    ARTEFACT,
    BEAT,
    FUSION,
    GRADES,
    NORMAL,
    PACED,
    SUPRAVENTRICULAR,
    UNCLASSED,
    VENTRICULAR,
)
from einthoven.review.relabels import Change

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Beats = NDArray[np.void]

CODES = {
    "N": NORMAL,
    "S": SUPRAVENTRICULAR,
    "V": VENTRICULAR,
    "F": FUSION,
    "/": PACED,
    "Q": UNCLASSED,
    "|": ARTEFACT,
}
"""Classes that people give, as ``BEAT`` rows have them."""
NEAR_MS = 60.0
"""A label is of the beat that lies this near: another analysis of late samples may move a beat a little."""
ALONE_MS = 4000.0
"""An added beat so far behind the one before begins anew: no interval is told across a hole."""
RR_MOST = 65_535
SURE = 1000
"""Confidence, in thousandths, of a class that a person gave."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels in force, in the order in which they were given: of two that speak of one beat the later holds.

    Attributes:
        sample: int64[n].
        code: uint8[n], ``ecg.beats`` codes.
        added: bool[n], beats put where the analysis found none.
        change: int64[n], the place in the list of changes that each came from.
    """

    sample: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    code: U8 = field(default_factory=lambda: np.zeros(0, np.uint8))
    added: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    change: I64 = field(default_factory=lambda: np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.sample)

    def within(self, start: int, stop: int) -> Labels:
        """Those of samples ``[start, stop)``."""
        keep = (self.sample >= start) & (self.sample < stop)
        return Labels(self.sample[keep], self.code[keep], self.added[keep], self.change[keep])


def samples_of(packed: str) -> I64:
    """The samples of ``review.relabels.packed``, int64[n]."""
    return np.cumsum(np.frombuffer(zlib.decompress(base64.b64decode(packed)), "<u8").astype(np.int64))


def labels_of(changes: Sequence[Change]) -> Labels:
    """The labels of changes in force (``RelabelBook.in_force``)."""
    parts = [
        (place, change.added, CODES[name], samples_of(text))
        for place, change in enumerate(changes)
        for name, text in change.labels.items()
    ]
    if not parts:
        return Labels()
    return Labels(
        np.concatenate([at for *_, at in parts]),
        np.concatenate([np.full(len(at), code, np.uint8) for _, _, code, at in parts]),
        np.concatenate([np.full(len(at), added, np.bool_) for _, added, _, at in parts]),
        np.concatenate([np.full(len(at), place, np.int64) for place, _, _, at in parts]),
    )


def labelled(beats: Beats, labels: Labels, rate_hz: float) -> Beats:
    """Beats with the classes that people gave them.

    Classes and confidence change where somebody spoke; beats that people put in are among them; where a beat
    is no more one (``|``), or newly is one, the interval to the beat before is told anew. All else is as the
    analysis told it. Rows of grades pass untouched.

    Args:
        beats: ``BEAT`` rows in order of time, of any stretch.
        labels: those in force; others than of this stretch do no harm.
        rate_hz: sampling rate.

    Returns:
        new rows, in order; the very same array where nobody said anything.
    """
    near = round(NEAR_MS * rate_hz / 1000.0)
    if not len(labels) or not len(beats):
        return beats
    mine = labels.within(int(beats["sample"][0]) - near, int(beats["sample"][-1]) + near + 1)
    if not len(mine):
        return beats
    rows = _with_added(beats, mine, near)
    place = spoken_of(rows, mine, rate_hz)
    told = place >= 0
    out = rows.copy()
    out["code"][told] = mine.code[place[told]]
    out["conf"][told] = SURE
    _intervals(rows, out, rate_hz)
    return out


def spoken_of(rows: Beats, labels: Labels, rate_hz: float) -> I64:
    """Of each row the place of the label that holds for it, int64[n]; −1 where nobody spoke of it."""
    near = round(NEAR_MS * rate_hz / 1000.0)
    place = np.full(len(rows), -1, np.int64)
    at = np.flatnonzero(rows["code"] != GRADES)
    if not len(at) or not len(labels):
        return place
    sample = rows["sample"][at].astype(np.int64)
    behind = np.clip(np.searchsorted(sample, labels.sample), 1, max(1, len(sample) - 1))
    before, after = sample[behind - 1], sample[np.minimum(behind, len(sample) - 1)]
    nearest = np.where(labels.sample - before <= after - labels.sample, behind - 1, behind)
    nearest = np.minimum(nearest, len(sample) - 1)
    fits = np.abs(sample[nearest] - labels.sample) <= near
    place[at[nearest[fits]]] = np.flatnonzero(fits)  # of several the last, which is the newest
    return place


def _with_added(beats: Beats, labels: Labels, near: int) -> Beats:
    """The rows with those that people put in, as far as the analysis still has none there."""
    wanted = np.unique(labels.sample[labels.added])
    if not len(wanted):
        return beats
    sample = beats["sample"][beats["code"] != GRADES].astype(np.int64)
    if len(sample):
        behind = np.searchsorted(sample, wanted)
        before = wanted - sample[np.maximum(behind - 1, 0)]
        after = sample[np.minimum(behind, len(sample) - 1)] - wanted
        wanted = wanted[(np.abs(before) > near) & (np.abs(after) > near)]
    fresh = np.zeros(len(wanted), BEAT)
    fresh["sample"], fresh["code"] = wanted, GRADES + 128  # no beat yet: ``_intervals`` sees it become one
    rows = np.concatenate([beats, fresh])
    return rows[np.argsort(rows["sample"], kind="stable")]


def _intervals(rows: Beats, out: Beats, rate_hz: float) -> None:
    """Tell intervals anew where another beat than before is the one before."""
    was, now = _true(rows), _true(out)
    if np.array_equal(was, now):
        return
    index = np.arange(len(rows))
    last_was, last_now = _before(was, index), _before(now, index)
    anew = np.flatnonzero(now & ((last_was != last_now) | ~was))
    begins = (rows["rr_ms"] == 0) & (rows["code"] != GRADES) & (rows["code"] <= 2 * GRADES)
    run = np.cumsum(begins)
    last = last_now[anew]
    rr = (rows["sample"][anew] - rows["sample"][np.maximum(last, 0)]) * 1000.0 / rate_hz
    follows = (last >= 0) & (run[anew] == run[np.maximum(last, 0)]) & (~_new(rows)[anew] | (rr <= ALONE_MS))
    out["rr_ms"][anew] = np.where(follows, np.minimum(np.rint(rr), RR_MOST), 0)


def _new(rows: Beats) -> NDArray[np.bool_]:
    fresh: NDArray[np.bool_] = rows["code"] == GRADES + 128
    return fresh


def _true(rows: Beats) -> NDArray[np.bool_]:
    """Rows that are beats of the heart."""
    code = rows["code"]
    true: NDArray[np.bool_] = (code != GRADES) & (code != ARTEFACT) & ~_new(rows)
    return true


def _before(true: NDArray[np.bool_], index: I64) -> I64:
    """Of each row the place of the last beat before it, −1 where there is none."""
    last = np.maximum.accumulate(np.where(true, index, -1))
    return np.concatenate([[-1], last[:-1]])
