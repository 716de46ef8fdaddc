"""A forest answers as its trees are drawn."""

import math

import numpy as np
import pytest

from einthoven.ecg.trees import NAN_LEFT, Forest, chances


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
