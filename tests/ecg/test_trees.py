"""A forest answers as its trees are drawn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.ecg.trees import (
    CLEAR,
    CLEAR_ROUNDS,
    GROWTH,
    NAN_LEFT,
    Forest,
    chances,
    score,
    score_unless_clear,
)


def drawn(classes: int) -> Forest:
    """First: a ≤ 1 ? 10 : 20, missing to the left. Second: b ≤ 0 ? (a ≤ 5 ? 1 : 2) : 3, missing right."""
    feature = [0 | int(NAN_LEFT), -1, -1, 1, 0, -1, -1, -1]
    threshold = [1.0, 10.0, 20.0, 0.0, 5.0, 3.0, 1.0, 2.0]
    child = [1, 0, 0, 4, 6, 0, 0, 0]
    return Forest(
        np.array(feature, np.int16),
        np.array(threshold, np.float32),
        np.array(child, np.int32),
        np.array([0, 3], np.int32),
        classes,
        ("a", "b"),
    )


NAN = math.nan
CASES = [
    # a, b, first tree, second tree
    (1.0, 0.0, 10.0, 1.0),
    (1.001, 0.0, 20.0, 1.0),
    (5.5, -1.0, 20.0, 2.0),
    (5.5, 0.5, 20.0, 3.0),
    (NAN, 0.0, 10.0, 2.0),
    (0.0, NAN, 10.0, 3.0),
]


@pytest.mark.parametrize(("a", "b", "first", "second"), CASES)
def test_leaves_add_up_by_class(a, b, first, second):
    case = np.array([[a, b]])
    assert drawn(1).scores(case).tolist() == [[first + second]]
    assert drawn(2).scores(case).tolist() == [[first, second]]


def test_chances_are_logistic_for_one_class_and_softmax_for_more():
    one, three = np.array([2.0]), np.array([1000.0, 1000.0, 1000.0 - math.log(2)])
    chances(one)
    chances(three)
    assert one[0] == pytest.approx(1 / (1 + math.exp(-2)))
    assert three == pytest.approx([0.4, 0.4, 0.2])


def test_a_weighed_class_has_so_much_more_of_the_chance():
    case = np.array([[1.0, 0.0]])
    before, after = drawn(2).scores(case), drawn(2).weighed({1: 3.0}).scores(case)
    assert (after - before).tolist() == [[0.0, pytest.approx(math.log(3))]]


def grown(rng, rounds):
    """Random trees of depth 1 to 6 for five classes, looking at eight values."""
    feature, threshold, child, root = [], [], [], []

    def grow(at, depth):
        if depth == 0 or (depth < 4 and rng.random() < 0.4):
            feature[at], threshold[at] = -1, rng.normal(0, 0.3)
            return
        feature[at] = int(rng.integers(8)) | (int(NAN_LEFT) if rng.random() < 0.5 else 0)
        threshold[at], child[at] = rng.normal(), len(feature)
        for part in (feature, threshold, child):
            part.extend([0, 0])
        grow(child[at], depth - 1)
        grow(child[at] + 1, depth - 1)

    for _ in range(5 * rounds):
        root.append(len(feature))
        for part in (feature, threshold, child):
            part.append(0)
        grow(root[-1], 6)
    arrays = np.array(feature, np.int16), np.array(threshold, np.float32), np.array(child, np.int32)
    return Forest(*arrays, np.array(root, np.int32), 5, tuple("abcdefgh"))


@given(seed=st.integers(0, 2**32 - 1), rounds=st.integers(1, 4 * CLEAR_ROUNDS))
@settings(max_examples=60, deadline=None)
def test_a_forest_that_may_stop_early_gives_the_sums_of_the_rounds_it_asked(seed, rounds):
    rng = np.random.default_rng(seed)
    forest = grown(rng, rounds)
    feature, threshold, child, root = forest.feature, forest.threshold, forest.child, forest.root
    case = np.where(rng.random(8) < 0.2, np.nan, rng.normal(size=8))
    wanted, asked = np.zeros(5), np.zeros(5)
    for first in range(0, rounds, CLEAR_ROUNDS):
        asked_rounds = min(first + CLEAR_ROUNDS, rounds)
        score(feature, threshold, child, root[: 5 * asked_rounds], case, wanted)
        if wanted[0] - wanted[1:].max() > CLEAR:
            wanted *= (rounds / asked_rounds) ** GROWTH
            break
    score_unless_clear(*forest.abreast(), case, CLEAR, asked)
    np.testing.assert_array_equal(asked, wanted)
    score(feature, threshold, child, root, case, wanted)
    score_unless_clear(*forest.abreast(), case, np.inf, asked)
    np.testing.assert_array_equal(asked, wanted)


def test_a_clear_lead_of_another_class_does_not_stop_it():
    feature = np.zeros(5 * 2 * CLEAR_ROUNDS, np.int16)
    root, leaning = np.arange(len(feature), dtype=np.int32), np.zeros(len(feature), np.float32)
    leaning[2::5] = 1.0
    out = np.zeros(5)
    score_unless_clear(feature, leaning, root, root, np.zeros(8), CLEAR, out)
    assert out.tolist() == [0, 0, 2 * CLEAR_ROUNDS, 0, 0]
    score_unless_clear(feature, np.roll(leaning, -2), root, root, np.zeros(8), CLEAR, out)
    assert out.tolist() == [CLEAR_ROUNDS * 2**GROWTH, 0, 0, 0, 0]
