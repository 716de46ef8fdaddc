"""What is no ECG is said to be none: loose contacts, rails, mains and noise are no arrhythmia, and pass."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.ecg.hearts import heart, layout
from tests.ecg.simulated import Case, Played, played

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import Span
from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.findings import rhythm_changes
from einthoven.ecg.kinds import BY_NAME

RATE = 250
GAIN = 200.0
SILENT = {"off": INVALID_SAMPLE, "flat": 0, "rail": 32767}
I16 = NDArray[np.int16]


def look(samples: I16, present: list[Span] | None = None) -> Analysis:
    return analyze(np.ascontiguousarray(samples), layout(float(RATE), samples.shape[1]), present=present)


def spans(found: Analysis, kind: str) -> list[tuple[float, float]]:
    return [(f["opened"], f["closed"]) for f in found.findings if f["kind"] == kind]


def seconds_of(found: Analysis, kind: str) -> float:
    return sum(closed - opened for opened, closed in spans(found, kind))


def kinds(found: Analysis) -> set[str]:
    return {f["kind"] for f in found.findings} & set(BY_NAME)


def share_found(found: Analysis, peaks: NDArray[np.int64], start: float, stop: float) -> float:
    """Share of the beats between two times, in seconds, that were found within 40 ms."""
    wanted = peaks[(peaks >= start * RATE) & (peaks < stop * RATE)]
    told = found.beats["sample"]
    return float(np.mean([np.min(np.abs(told - peak)) <= 10 for peak in wanted]))


def noise(seconds: float, mv: float, leads: int = 2, seed: int = 2) -> I16:
    white = np.random.default_rng(seed).normal(0, mv * GAIN, (int(seconds * RATE), leads))
    return np.clip(np.round(white), -30000, 30000).astype(np.int16)


def mains(seconds: float, mv: float, leads: int = 2) -> I16:
    wave = mv * GAIN * np.sin(2 * np.pi * 50 * np.arange(int(seconds * RATE)) / RATE)
    return np.repeat(np.round(wave)[:, None], leads, axis=1).astype(np.int16)


@pytest.mark.parametrize("silent_s", [1, 3, 5, 12, 60])
@pytest.mark.parametrize("how", SILENT)
@pytest.mark.parametrize("leads", [1, 2])
def test_a_record_that_begins_without_a_signal_is_analysed_when_it_comes(leads, how, silent_s):
    samples, peaks = heart(silent_s + 60, leads=leads)
    samples[: silent_s * RATE] = SILENT[how]
    found = look(samples)
    assert share_found(found, peaks, silent_s + 1, silent_s + 59) >= 0.98
    assert np.sum(found.beats["sample"] > (silent_s + 1) * RATE) <= 1.03 * np.sum(
        peaks > (silent_s + 1) * RATE
    )


@pytest.mark.parametrize("how", SILENT)
def test_nor_does_it_matter_behind_a_gap(how):
    samples, peaks = heart(120, leads=1)
    samples[50 * RATE : 55 * RATE] = SILENT[how]
    found = look(samples, [Span(0, 40 * RATE), Span(50 * RATE, len(samples))])
    assert share_found(found, peaks, 56, 119) >= 0.98
    assert kinds(found) <= {"sinus-rhythm", "sinus-arrhythmia"}


def test_a_second_at_the_rail_is_passed_over():
    samples, peaks = heart(60, leads=1)
    samples[20 * RATE : 21 * RATE] = 32767
    assert share_found(look(samples), peaks, 23, 59) >= 0.98


@pytest.mark.parametrize("mv", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("leads", [1, 2])
def test_noise_is_no_rhythm_but_loss_of_analysis(leads, mv):
    found = look(noise(180, mv, leads))
    assert not kinds(found) & {"atrial-fibrillation", "pause", "sinus-rhythm", "asystole"}
    assert seconds_of(found, "analysis-lost") >= 120


def test_noise_that_follows_a_heart_is_not_its_fibrillating_atria():
    samples, _ = heart(180)
    samples[60 * RATE :] = noise(120, 0.2)
    found = look(samples)
    assert "atrial-fibrillation" not in kinds(found)
    assert all(closed <= 75 for _, closed in spans(found, "sinus-rhythm"))


def test_atria_that_fibrillate_do_so_until_the_leads_come_off():
    simulated = played(Case("afib", 90, for_s=240))
    assert simulated.agreement("(AFIB")[0] >= 0.9
    samples, _ = heart(30)
    lost = np.concatenate([samples, np.full((60 * RATE, 2), INVALID_SAMPLE, np.int16)])
    assert spans(look(lost), "analysis-lost") == [(30.0, 90.0)]


@pytest.mark.parametrize("leads", [1, 2])
def test_mains_alone_are_unusable_throughout_and_said_to_be(leads):
    found = look(mains(90, 1.5, leads))
    assert kinds(found) == {"analysis-lost"}
    assert seconds_of(found, "analysis-lost") >= 80
    # Learning the levels again makes nothing good.
    assert not (found.quality[6:89] == 0).any()
    assert found.rhythm == []


@pytest.mark.parametrize("leads", [1, 2])
def test_a_contact_that_breaks_four_times_a_second_is_loss_of_analysis(leads):
    samples, _ = heart(90, leads=leads)
    for start in range(0, len(samples), 60):
        samples[start : start + 6] = INVALID_SAMPLE
    found = look(samples)
    assert kinds(found) == {"analysis-lost"}
    assert seconds_of(found, "analysis-lost") >= 75


@pytest.mark.parametrize("leads", [1, 2])
def test_beats_that_a_breaking_contact_hides_are_no_pauses_and_no_blocks(leads):
    samples, _ = heart(300, leads=leads, rate_bpm=70)
    for start in range(0, len(samples), RATE):
        samples[start : start + 20] = INVALID_SAMPLE
    told = kinds(look(samples))
    assert not {kind for kind in told if "block" in kind or "mobitz" in kind or "extreme" in kind}
    assert not told & {"pause", "rhythm-undetermined", "analysis-lost", "atrial-fibrillation"}


@pytest.mark.parametrize("leads", [1, 2])
def test_a_line_that_goes_flat_is_asystole_and_not_loss_of_analysis_too(leads):
    samples, peaks = heart(120, leads=leads)
    samples[60 * RATE : 90 * RATE] = samples[60 * RATE]
    found = look(samples)
    last, first = peaks[peaks < 60 * RATE][-1] / RATE, peaks[peaks > 90 * RATE][0] / RATE
    ((start, stop),) = spans(found, "asystole")
    assert start == pytest.approx(last, abs=0.05)
    assert stop == pytest.approx(first, abs=0.9)
    assert spans(found, "analysis-lost") == []


def overlap(got: Played, one: str, others: set[str]) -> float:
    """Seconds that a kind of finding shares with others."""
    return sum(
        max(0.0, min(stop, end) - max(start, begin))
        for start, stop in got.spans(one)
        for other in others
        for begin, end in got.spans(other)
    )


@pytest.mark.parametrize(
    ("kind", "rate", "told"),
    [
        ("vt", 160, {"ventricular-tachycardia", "sustained-ventricular-tachycardia"}),
        ("svt", 180, {"supraventricular-tachycardia"}),
        ("asystole", 60, {"asystole"}),
        ("vf", 60, {"ventricular-fibrillation", "ventricular-flutter"}),
    ],
)
def test_sinus_rhythm_ends_where_another_begins(kind, rate, told):
    got = played(Case(kind, rate, for_s=60))
    assert sum(len(got.spans(name)) for name in told) >= 1
    assert overlap(got, "sinus-rhythm", told) <= 1.0
    before, *_, after = got.spans("sinus-rhythm")
    assert before[1] <= 62
    assert after[0] >= 118


def test_without_two_beats_no_rhythm_is_written():
    assert rhythm_changes([], np.zeros(0, np.int64), 1000) == []
    assert rhythm_changes([], np.array([100]), 1000) == []
    assert rhythm_changes([], np.array([100, 300]), 1000) == [(100, "(N")]
    assert look(np.zeros((2, 1), np.int16)).rhythm == []
