"""Ectopic findings told again from labelled beats."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.base.spans import Span
from einthoven.base.thresholds import shipped
from einthoven.ecg.beats import BEAT, NORMAL
from einthoven.reports.review_labels import CODES
from einthoven.reports.review_retold import Around, retold

RATE_MHZ = 250_000


def told(letters: str, rr_ms: int = 800, around: Around | None = None, start: int = 0) -> list[str]:
    """Names of what is found in beats of these classes; V and S come after 60 % of the interval."""
    at, samples = start + 500, []
    for letter in letters:
        at += round((0.6 if letter in "VS" else 1.0) * rr_ms / 4)
        samples.append(at)
    rows = np.zeros(len(letters), BEAT)
    rows["sample"], rows["code"] = samples, [CODES.get(letter, NORMAL) for letter in letters]
    rows["rr_ms"][1:] = np.diff(rows["sample"]) * 4
    found = retold(rows, RATE_MHZ, start, at + 2000, shipped(), around)
    return [one.kind.name for one in found]


PLAIN = "N" * 12


@pytest.mark.parametrize(
    ("letters", "names"),
    [
        (PLAIN, []),
        (PLAIN + "V" + PLAIN, []),
        (PLAIN + "VV" + PLAIN, ["ventricular-couplet"]),
        (PLAIN + "VVVV" + PLAIN, ["nonsustained-ventricular-tachycardia"]),
        (PLAIN + "NVNVNV" + PLAIN, ["ventricular-bigeminy"]),
        (PLAIN + "NNVNNVNNVNNV" + PLAIN, ["ventricular-trigeminy"]),
        (PLAIN + "SS" + PLAIN, ["supraventricular-couplet"]),
        (PLAIN + "SSSS" + PLAIN, ["supraventricular-run"]),
    ],
)
def test_each_kind(letters: str, names: list[str]) -> None:
    assert told(letters) == names


def test_a_day_that_begins_anywhere_tells_the_same() -> None:
    far = 7 * 86_400 * 250 + 123
    assert told(PLAIN + "VV" + PLAIN, start=far) == ["ventricular-couplet"]


def test_while_the_atria_fibrillate_nothing_is_said_of_supraventricular_beats() -> None:
    around = Around(fibrillation=[Span(0, 10**6)])
    assert told(PLAIN + "SSSS" + "VV" + PLAIN, around=around) == ["ventricular-couplet"]


def test_while_the_ventricles_fibrillate_beats_mean_nothing() -> None:
    assert told(PLAIN + "VVVV" + PLAIN, around=Around(blind=[Span(0, 10**6)])) == []


def test_where_no_lead_could_be_read_no_class_is_sure() -> None:
    at, grades = np.array([0]), np.array([[2]], np.uint8)
    assert told(PLAIN + "VV" + PLAIN, around=Around(at, grades)) == []


def test_no_beats_no_findings() -> None:
    assert retold(np.zeros(0, BEAT), RATE_MHZ, 0, 250_000, shipped()) == []
    assert retold(np.zeros(0, BEAT), RATE_MHZ, 500, 500, shipped()) == []


def test_hours_are_judged_one_after_another_without_a_seam() -> None:
    """A couplet that lies across the change of the hour is one couplet."""
    samples = np.arange(500, 250 * 3700, 200)
    rows = np.zeros(len(samples), BEAT)
    rows["sample"], rows["code"], rows["rr_ms"] = samples, NORMAL, 800
    seam = int(np.searchsorted(samples, 250 * 3600))
    rows["code"][seam - 1 : seam + 1] = CODES["V"]
    found = retold(rows, RATE_MHZ, 0, 250 * 3700, shipped())
    assert [(one.kind.name, one.start, one.end) for one in found] == [
        ("ventricular-couplet", samples[seam - 1], samples[seam])
    ]
