"""Forests of decision trees: kept as plain arrays, asked inside kernels, bit for bit the same everywhere.

A forest is grown outside the product (``training/``) and asked here one case at a time in a fixed order, so
that an answer depends neither on what is asked beside it nor on a library's version (R13).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from io import BytesIO

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
Trees = tuple[I16, F32, I32, I32]
"""What a node looks at, its threshold, its left child; where trees begin."""
NAN_LEFT = np.int16(1 << 14)
"""Set in ``feature`` where a missing value goes to the left."""
FEATURE_BITS = np.int16((1 << 14) - 1)
CLEAR_ROUNDS = 8
CLEAR = 2.8
"""Of 79,120 beats (mitdb DS1, svdb, qtdb, cinc2015) the final forest asks a quarter of its trees with this
lead, and of 10,000 that all trees together give another class than 0 it loses 8."""
GROWTH = 0.25
"""Sums grow with the rounds asked to this power, in the median of those beats: what was not asked is made up
for, so that chances mean the same whether all were asked or not."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees whose leaves add to the score of one class each.

    Attributes:
        feature: int16[nodes], which value a node looks at, with ``NAN_LEFT`` or without; −1 at a leaf.
        threshold: float32[nodes], go left when value ≤ threshold; at a leaf what it adds.
        child: int32[nodes], the left child; the right one follows it.
        root: int32[trees], tree ``i`` adds to class ``i % classes``.
        classes: number of classes; 1 for a yes-or-no forest.
        names: names of the values it looks at.
    """

    feature: I16
    threshold: F32
    child: I32
    root: I32
    classes: int
    names: tuple[str, ...]

    def weighed(self, factors: dict[int, float]) -> Forest:
        """The same forest with the chances of some classes multiplied, before they are made to sum to 1."""
        threshold = self.threshold.copy()
        for kind, factor in factors.items():
            nodes = [int(self.root[kind])]
            while nodes:
                node = nodes.pop()
                if self.feature[node] < 0:
                    threshold[node] += np.float32(np.log(factor))
                else:
                    nodes += [int(self.child[node]), int(self.child[node]) + 1]
        return replace(self, threshold=threshold)

    def abreast(self) -> Trees:
        """The trees as ``score_unless_clear`` asks them.

        A value stands twice in its case, where it is missing once as infinity and once as minus infinity, so
        that a node looks at the one which goes its way: value ``i`` in places 1 + 2i and 2 + 2i. Place 0 is
        minus infinity; a leaf looks there and has itself for a left child.
        """
        value = (self.feature & FEATURE_BITS).astype(np.int16)
        left = (self.feature & NAN_LEFT) != 0
        leaf = self.feature < 0
        feature = np.where(leaf, 0, 1 + 2 * value + left).astype(np.int16)
        child = np.where(leaf, np.arange(len(leaf)), self.child).astype(np.int32)
        return feature, self.threshold, child, self.root

    def scores(self, cases: F64) -> F64:
        """Sums of leaves, float64[cases, classes], of float64[cases, values]; see ``chances``."""
        out = np.zeros((len(cases), self.classes))
        for case, sums in zip(cases, out, strict=True):
            score(self.feature, self.threshold, self.child, self.root, case, sums)
        return out


@njit(nogil=True)
def score(feature: I16, threshold: F32, child: I32, root: I32, case: F64, out: F64) -> None:
    """Add up in ``out`` (float64[classes]) the leaves that ``case`` (float64[values]) falls into."""
    classes = len(out)
    out[:] = 0.0
    for tree in range(len(root)):
        node = root[tree]
        look = feature[node]
        while look >= 0:
            value = case[look & FEATURE_BITS]
            if np.isnan(value):
                left = (look & NAN_LEFT) != 0
            else:
                left = value <= threshold[node]
            node = child[node] if left else child[node] + 1
            look = feature[node]
        out[tree % classes] += threshold[node]


@njit(nogil=True, inline="always")
def _down(feature: I16, threshold: F32, child: I32, twice: F64, node: np.uint64) -> np.uint64:
    """The node below, the same one at a leaf; without a branch that the processor would have to guess."""
    stay = twice[np.uint64(feature[node])] <= threshold[node]
    return np.uint64(child[node]) + np.uint64(not stay)


@njit(nogil=True)
def score_unless_clear(
    feature: I16, threshold: F32, child: I32, root: I32, case: F64, clear: float, out: F64
) -> None:
    """``score`` for five classes, but it stops after every ``CLEAR_ROUNDS`` rounds of trees when class 0
    leads by ``clear`` (infinity: never), and scales the sums up. Trees as ``Forest.abreast`` gives them.

    Most beats are plainly normal, and a tenth of the trees knows it. The five trees of a round go down side
    by side, so that the processor waits for five reads at once and not for one after the other.
    """
    twice = np.empty(1 + 2 * len(case))
    twice[0] = -np.inf
    for index in range(len(case)):
        value = case[index]
        twice[1 + 2 * index] = np.inf if np.isnan(value) else value
        twice[2 + 2 * index] = -np.inf if np.isnan(value) else value
    out[:] = 0.0
    step = 5 * CLEAR_ROUNDS
    for first in range(0, len(root), step):
        for tree in range(first, min(first + step, len(root)), 5):
            a, b, c = np.uint64(root[tree]), np.uint64(root[tree + 1]), np.uint64(root[tree + 2])
            d, e = np.uint64(root[tree + 3]), np.uint64(root[tree + 4])
            while (feature[a] | feature[b] | feature[c] | feature[d] | feature[e]) != 0:
                a = _down(feature, threshold, child, twice, a)
                b = _down(feature, threshold, child, twice, b)
                c = _down(feature, threshold, child, twice, c)
                d = _down(feature, threshold, child, twice, d)
                e = _down(feature, threshold, child, twice, e)
            out[0] += threshold[a]
            out[1] += threshold[b]
            out[2] += threshold[c]
            out[3] += threshold[d]
            out[4] += threshold[e]
        if out[0] - out[1:].max() > clear:
            out *= (len(root) / min(first + step, len(root))) ** GROWTH
            return


@njit(nogil=True)
def chances(out: F64) -> None:
    """Turn sums into probabilities, in place: logistic for one class, softmax for more."""
    if len(out) == 1:
        out[0] = 1.0 / (1.0 + np.exp(-out[0]))
        return
    top = out.max()
    total = 0.0
    for index in range(len(out)):
        out[index] = np.exp(out[index] - top)
        total += out[index]
    for index in range(len(out)):
        out[index] /= total


@cache
def load_forest(name: str) -> Forest:
    """The forest of that name that the package carries.

    Raises:
        FileNotFoundError: there is none.
    """
    return parse_forest((resources.files("einthoven.ecg") / "models" / f"{name}.npz").read_bytes())


def parse_forest(data: bytes) -> Forest:
    """A forest out of the bytes of its file."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        return Forest(
            arrays["feature"],
            arrays["threshold"],
            arrays["child"],
            arrays["root"],
            int(arrays["classes"]),
            tuple(arrays["names"].tolist()),
        )
