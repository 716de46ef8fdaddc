"""Templates: what the analysis put together, joined where it looks alike."""

from __future__ import annotations

import numpy as np

from einthoven.ecg.beats import BEAT
from einthoven.reports.review_labels import CODES
from einthoven.reports.review_shapes import Family, Group, families, groups, window

RATE = 250.0
RUN = 100_000


def rows(told: list[tuple[str, int]], runs: int = 1) -> np.ndarray:
    """Beats (class, template) one after another, the same in each run."""
    out = np.zeros(len(told) * runs, BEAT)
    for run in range(runs):
        part = out[run * len(told) : (run + 1) * len(told)]
        part["sample"] = run * RUN + 500 + 200 * np.arange(len(told))
        part["code"] = [CODES[letter] for letter, _ in told]
        part["template"] = [number for _, number in told]
        part["rr_ms"][1:] = 800
    return out


def looks(found: list[Family], wide: set[int], flat: frozenset[int] = frozenset()) -> list[np.ndarray]:
    """A narrow spike for each family, a wide one the other way round for those of these numbers."""
    before, after = window(RATE)
    at = np.arange(-before, after)
    narrow = 200 * np.exp(-((at / 4.0) ** 2))
    broad = -250 * np.exp(-((at / 14.0) ** 2))
    made = []
    for family in found:
        curve = broad if family.number in wide else narrow
        curve = 0 * curve if family.number in flat else curve
        made.append(np.tile(curve[None, :, None], (len(family.seen), 1, 2)).astype(np.float32))
    return made


def told(found: list[Group]) -> list[tuple[int, int, int]]:
    return [(group.code, len(group.rows), group.families) for group in found]


def test_a_shape_is_one_across_gaps_though_its_number_begins_anew() -> None:
    beats = rows([("N", 1), ("N", 1), ("V", 2), ("N", 1)], runs=3)
    found = families(beats)
    assert len(found) == 6
    made = groups(found, looks(found, {2}), beats, RATE)
    assert told(made) == [(CODES["N"], 9, 3), (CODES["V"], 3, 3)]
    assert beats["sample"][made[1].rows].tolist() == [900, RUN + 900, 2 * RUN + 900]
    assert set(made[1].samples) <= set(beats["sample"][made[1].rows])


def test_unlike_shapes_of_one_class_stay_apart() -> None:
    beats = rows([("V", 1), ("V", 1), ("V", 2)])
    found = families(beats)
    assert told(groups(found, looks(found, {2}), beats, RATE)) == [(5, 2, 1), (5, 1, 1)]


def test_like_shapes_of_two_classes_stay_apart() -> None:
    beats = rows([("N", 1), ("N", 1), ("S", 1)])
    found = families(beats)
    assert told(groups(found, looks(found, set()), beats, RATE)) == [(1, 2, 1), (9, 1, 1)]


def test_a_lead_without_a_signal_is_like_nothing_but_another_without() -> None:
    beats = rows([("N", 1), ("N", 1), ("N", 2), ("N", 3)])
    found = families(beats)
    made = groups(found, looks(found, set(), frozenset({2, 3})), beats, RATE)
    assert told(made) == [(1, 2, 1), (1, 2, 2)] or told(made) == [(1, 2, 2), (1, 2, 1)]


def test_what_was_not_looked_at_stands_together_by_class() -> None:
    beats = rows([("N", 1)] * 5 + [("V", 2)] * 3 + [("V", 3), ("S", 4), ("V", 5)])
    found = families(beats, most=2)
    assert [len(family.seen) for family in found] == [1, 1, 0, 0, 0]
    made = groups(found, looks(found, {2}), beats, RATE)
    assert told(made) == [(1, 5, 1), (5, 3, 1), (5, 2, 2), (9, 1, 1)]
    assert not len(made[2].mean)


def test_a_key_changes_with_the_beats_that_it_names() -> None:
    first = rows([("N", 1), ("N", 1), ("V", 2)])
    again = rows([("N", 1), ("N", 1), ("V", 2)])
    other = rows([("N", 1), ("N", 1), ("V", 2), ("V", 2)])

    def keys(beats: np.ndarray) -> list[str]:
        found = families(beats)
        return [group.key for group in groups(found, looks(found, {2}), beats, RATE)]

    assert keys(first) == keys(again)
    assert keys(first)[1] not in keys(other)


def test_no_beats_no_shapes() -> None:
    assert families(np.zeros(0, BEAT)) == []
    assert groups([], [], np.zeros(0, BEAT), RATE) == []


def test_each_beat_is_in_one_group() -> None:
    beats = rows([("N", 1), ("V", 2), ("S", 1), ("|", 3), ("Q", 0)] * 4, runs=2)
    found = families(beats)
    made = groups(found, looks(found, {2}), beats, RATE)
    assert sorted(np.concatenate([group.rows for group in made])) == list(range(len(beats)))
