"""What labels change of the findings, and that nothing else changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from einthoven.base.thresholds import shipped
from einthoven.ecg.beats import BEAT
from einthoven.reports.review_again import FAMILY, around, difference, laid_over
from einthoven.reports.review_labels import CODES, Labels, labelled
from einthoven.reports.review_retold import ECTOPIC, retold

RATE = 250.0


@dataclass(frozen=True)
class Own:
    """A finding as the analysis told it."""

    kind: str
    start: int
    end: int | None


def beats(letters: str) -> np.ndarray:
    rows = np.zeros(len(letters), BEAT)
    rows["sample"] = 500 + 200 * np.arange(len(letters))
    rows["code"] = [CODES[letter] for letter in letters]
    rows["rr_ms"][1:] = 800
    return rows


def said(*told: tuple[int, str]) -> Labels:
    """Labels of beats by their place."""
    return Labels(
        np.array([500 + 200 * place for place, _ in told]),
        np.array([CODES[letter] for _, letter in told], np.uint8),
        np.zeros(len(told), bool),
        np.zeros(len(told), np.int64),
    )


def change(letters: str, labels: Labels):
    rows = beats(letters)
    stop = int(rows["sample"][-1]) + 1000
    before, after = (retold(one, 250_000, 0, stop, shipped()) for one in (rows, labelled(rows, labels, RATE)))
    return difference(before, after)


LETTERS = "N" * 12 + "VV" + "N" * 12 + "VV" + "N" * 12


def test_every_ectopic_kind_is_of_one_family() -> None:
    assert len(FAMILY) == len(ECTOPIC)


def test_labels_that_say_what_was_said_change_nothing() -> None:
    found = change(LETTERS, said((12, "V"), (13, "V"), (3, "N")))
    assert (found.gone, found.fresh) == ((), ())


def test_a_couplet_of_which_one_beat_is_none_is_gone_and_the_other_stays() -> None:
    found = change(LETTERS, said((12, "N")))
    first, second = (Own("ventricular-couplet", 500 + 200 * at, 700 + 200 * at) for at in (12, 26))
    gone, fresh = laid_over([first, second], found)
    assert (gone, fresh) == ([first], [])


def test_a_couplet_that_grows_is_a_run() -> None:
    found = change(LETTERS, said((14, "V")))
    own = Own("ventricular-couplet", 2900, 3100)
    gone, fresh = laid_over([own], found)
    assert gone == [own]
    assert [(one.kind.name, one.start, one.end) for one in fresh] == [
        ("idioventricular-rhythm", 2900, 3300)
    ] or [one.start for one in fresh] == [2900]


def test_what_the_analysis_told_otherwise_of_the_same_beats_is_gone_with_them() -> None:
    """It knew shape and width, and called the couplet a run: without its beats it holds no more."""
    found = change(LETTERS, said((12, "|"), (13, "|")))
    own = Own("ventricular-run", 2900, 3100)
    assert laid_over([own], found)[0] == [own]


def test_what_is_of_another_family_stays() -> None:
    found = change(LETTERS, said((12, "N"), (13, "N")))
    own = Own("ventricular-bigeminy", 2900, 3100)
    assert laid_over([own, Own("pause", 2900, 3100)], found) == ([], [])


def test_only_what_is_near_a_label_is_judged_again() -> None:
    far = 3 * 3600 * 250
    labels = Labels(
        np.array([1000, 2000, far]), np.array([5, 5, 5], np.uint8), np.zeros(3, bool), np.zeros(3, np.int64)
    )
    pad = 600 * 250
    assert [tuple(span) for span in around(labels, RATE, 0, 2 * far)] == [
        (0, 2000 + pad), (far - pad, far + pad),
    ]  # fmt: skip
    assert around(labels, RATE, far + 2 * pad, 2 * far) == []
