"""Beat templates of a stretch: beats of one class and shape together, with how they look (R11, R25).

The analysis numbers shapes within one run of samples and begins anew behind every gap. A *family* is what it
put together: run, number, class. Families of one class whose average shapes are alike are one *group*, which
is what a reviewer sees and relabels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.beats import GRADES

I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
Beats = NDArray[np.void]

BEFORE_S, AFTER_S = 0.25, 0.45
"""How much of the ECG around its beats a shape shows."""
QRS_S: Final = (0.09, 0.13)
"""What is compared, before and after the largest deflection."""
ALIKE: Final = 0.9
"""Correlation of the QRS complexes of all leads from which on two families are one shape."""
SIZE: Final = 1.6
"""A shape so many times as large as another is another one."""
MEMBERS_MOST: Final = 12
"""Beats of a family that are looked at."""
LOOKS_MOST: Final = 960
"""Beats that are looked at in all: a second of reading where there are so many shapes."""


@dataclass(frozen=True, slots=True)
class Family:
    """Beats that the analysis put together.

    Attributes:
        run: first sample of the run of beats they lie in.
        number: of the shape in that run; 0 where it is not known.
        code: class, ``ecg.beats``.
        rows: places in the stretch's beats, int64[n].
        seen: samples of those that are looked at, spread over them; none where there are too many families.
    """

    run: int
    number: int
    code: int
    rows: I64
    seen: I64


@dataclass(frozen=True, slots=True)
class Group:
    """Beats of one class and shape.

    Attributes:
        key: names it: changes with the beats in it.
        code: class.
        rows: places in the stretch's beats in order, int64[n].
        mean: float32[points, leads], the average shape in units of the samples; empty where none was seen.
        members: float32[beats, points, leads], some to be laid over one another.
        samples: of the members, int64[beats].
        families: of how many it is made.
    """

    key: str
    code: int
    rows: I64
    mean: F32
    members: F32
    samples: I64
    families: int


def families(beats: Beats, most: int = LOOKS_MOST) -> list[Family]:
    """What the analysis put together, the largest first, with the samples to look at.

    Args:
        beats: labelled rows in order; rows of grades do not count.
        most: beats to look at in all; the largest families have them first.
    """
    place = np.flatnonzero(beats["code"] != GRADES)
    if not len(place):
        return []
    rows = beats[place]
    begins = rows["rr_ms"] == 0
    begins[0] = True
    run = np.cumsum(begins) - 1
    firsts = rows["sample"][begins].astype(np.int64)
    # One number a family: a month is millions of beats.
    name = (run.astype(np.int64) << 24) | (rows["template"].astype(np.int64) << 8) | rows["code"]
    kinds, which = np.unique(name, return_inverse=True)
    order = np.argsort(which, kind="stable")
    parts = np.split(place[order], np.cumsum(np.bincount(which))[:-1])
    by_size = sorted(range(len(kinds)), key=lambda one: (-len(parts[one]), one))
    # One beat of each, then more of the largest.
    spare, found = most - len(by_size), []
    for rank, one in enumerate(by_size):
        mine = parts[one]
        more = max(0, min(MEMBERS_MOST - 1, len(mine) - 1, spare))
        spare -= more
        wanted = 1 + more if rank < most else 0
        at = mine[np.linspace(0, len(mine) - 1, wanted).round().astype(int)] if wanted else mine[:0]
        seen = beats["sample"][at].astype(np.int64)
        kind = int(kinds[one])
        found.append(Family(int(firsts[kind >> 24]), kind >> 8 & 0xFFFF, kind & 0xFF, mine, seen))
    return found


def window(rate_hz: float) -> tuple[int, int]:
    """Samples before and after a beat's that its shape has."""
    return round(BEFORE_S * rate_hz), round(AFTER_S * rate_hz)


def groups(found: Sequence[Family], shapes: Sequence[F32], beats: Beats, rate_hz: float) -> list[Group]:
    """Families that look alike, joined: the largest first, in each class.

    Args:
        found: of the stretch.
        shapes: of each family its members, float32[members, points, leads], NaN where nothing was measured.
        beats: the rows that the families' places are of.
        rate_hz: sampling rate.
    """
    before, _ = window(rate_hz)
    core = slice(before - round(QRS_S[0] * rate_hz), before + round(QRS_S[1] * rate_hz))
    joined: list[list[int]] = []
    cores: list[F32] = []
    unseen: dict[int, list[int]] = {}
    for one, family in enumerate(found):
        if not len(shapes[one]):
            unseen.setdefault(family.code, []).append(one)
            continue
        mine = _core(shapes[one], core)
        alike = [
            place
            for place, others in enumerate(joined)
            if found[others[0]].code == family.code and _alike(mine, cores[place])
        ]
        if alike:
            joined[alike[0]].append(one)
        else:
            joined.append([one])
            cores.append(mine)
    made = [_group([found[one] for one in part], [shapes[one] for one in part], beats) for part in joined]
    rest = [_group([found[one] for one in part], [], beats) for part in unseen.values()]
    return sorted([*made, *rest], key=lambda group: (-len(group.rows), group.key))


def _group(part: Sequence[Family], shapes: Sequence[F32], beats: Beats) -> Group:
    rows = np.sort(np.concatenate([family.rows for family in part]))
    samples = beats["sample"][rows].astype("<i8")
    digest = hashlib.sha256(bytes([part[0].code]) + samples.tobytes()).hexdigest()[:20]
    if not shapes:
        none, nobody = np.zeros((0, 0), np.float32), np.zeros((0, 0, 0), np.float32)
        return Group(digest, part[0].code, rows, none, nobody, np.zeros(0, np.int64), len(part))
    weights = np.array([len(family.rows) for family in part], np.float64)
    means = np.stack([_mean(one) for one in shapes])
    mean = np.tensordot(weights / weights.sum(), means, axes=1).astype(np.float32)
    every = np.concatenate(shapes)
    at = np.concatenate([family.seen for family in part])
    kept = np.unique(np.linspace(0, len(every) - 1, min(len(every), MEMBERS_MOST)).round().astype(int))
    return Group(digest, part[0].code, rows, mean, every[kept], at[kept], len(part))


def _mean(members: F32) -> F32:
    """The average of the members that were measured; 0 where none was."""
    there = ~np.isnan(members)
    total = np.where(there, members, 0.0).sum(axis=0)
    mean: F32 = (total / np.maximum(there.sum(axis=0), 1)).astype(np.float32)
    return mean


def _core(members: F32, core: slice) -> F32:
    """The QRS complex of the average, each lead about its own mean, as one row."""
    mean = _mean(members)[core]
    row: F32 = (mean - mean.mean(axis=0)).ravel()
    return row


def _alike(one: F32, other: F32) -> bool:
    norms = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    if min(norms) == 0.0:
        return max(norms) == 0.0
    return max(norms) <= SIZE * min(norms) and float(one @ other) >= ALIKE * norms[0] * norms[1]
