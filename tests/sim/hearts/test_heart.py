"""Synthetic hearts: how they are cut changes nothing, and their truth is what the samples show."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import RHYTHMS, Disturbance, Incident, Rhythm, Script

LEADS = ("II", "V1", "V5")
RATE = 250.0
EVERYTHING = Script(
    rhythms=tuple(Rhythm(at_s=12.0 * k, kind=kind, rate_bpm=75.0) for k, kind in enumerate(RHYTHMS)),
    incidents=(Incident(5.0, "couplet"), Incident(8.0, "run", beats=4), Incident(30.0, "pause", seconds=3)),
    disturbances=(
        Disturbance(2, 5, "muscle"),
        Disturbance(3, 6, "mains"),
        Disturbance(9, 4, "motion", leads=("V1",)),
        Disturbance(14, 20, "wander"),
        Disturbance(20, 3, "lead_off", leads=("V5",)),
    ),
    period_s=12.0 * len(RHYTHMS) + 5.0,
)


def heart(script: Script, seed: int = 1, rate: float = RATE, leads: tuple[str, ...] = LEADS) -> Heart:
    return Heart(script, layout_of(leads, rate), seed)


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 5000), min_size=1, max_size=8),
    order=st.randoms(use_true_random=False),
    base=st.integers(0, 60_000),
)
def test_samples_do_not_depend_on_how_they_are_cut(cuts: list[int], order: object, base: int) -> None:
    edges = sorted({0, 5000, *cuts})
    whole = heart(EVERYTHING).samples(base, base + 5000)
    other = heart(EVERYTHING)
    pieces = list(itertools.pairwise(edges))
    order.shuffle(pieces)  # type: ignore[attr-defined]
    for low, high in pieces:
        assert np.array_equal(other.samples(base + low, base + high), whole[low:high])


@pytest.mark.parametrize("rate", [100.0, 128.0, 250.0, 360.0, 1000.0])
def test_any_rate_and_lead_set(rate: float) -> None:
    leads = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    samples = heart(Script(), rate=rate, leads=leads).samples(0, int(4 * rate))
    assert samples.shape == (int(4 * rate), 12)
    volts = samples.astype(float) / 200
    assert np.allclose(volts[:, 0] + volts[:, 2], volts[:, 1], atol=0.25)
    assert volts[:, 1].max() > 0.5
    assert volts[:, 6].min() < -0.4


def test_seeds_are_persons() -> None:
    one, same, other = (heart(Script(), seed).samples(0, 2000) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("kind", "rate", "label", "symbol"),
    [
        ("sinus", 70, "(N", "N"),
        ("afib", 90, "(AFIB", "N"),
        ("flutter", 75, "(AFL", "N"),
        ("svt", 180, "(SVTA", "A"),
        ("vt", 170, "(VT", "V"),
        ("idioventricular", 45, "(IVR", "E"),
        ("block1", 65, "(BI", "N"),
        ("block3", 38, "(B3", "E"),
        ("paced", 70, "(P", "/"),
    ],
)
def test_rate_and_labels_of_rhythms(kind: str, rate: float, label: str, symbol: str) -> None:
    truth = heart(Script((Rhythm(kind=kind, rate_bpm=rate),))).truth(0, int(120 * RATE))
    beats = [sample for sample, what in truth.beats if what == symbol]
    assert {span.label for span in truth.rhythms} == {label}
    assert len(beats) / 2 == pytest.approx(rate, rel=0.08)
    assert {what for _, what in truth.beats} <= {symbol, "x"}


@pytest.mark.parametrize("kind", ["vf", "asystole"])
def test_beatless_rhythms_have_no_beats(kind: str) -> None:
    script = Script((Rhythm(), Rhythm(5, kind), Rhythm(15, "sinus")))
    truth = heart(script).truth(0, int(30 * RATE))
    times = [sample / RATE for sample, _ in truth.beats]
    assert not [t for t in times if 5.01 <= t < 15]
    assert [t for t in times if t < 5]
    assert [t for t in times if t > 15]
    assert [span.label for span in truth.rhythms] == ["(N", RHYTHMS[kind], "(N"]
    stretch = heart(script).samples(int(7 * RATE), int(14 * RATE)).astype(float) / 200
    assert bool(stretch.std() > 0.2) is (kind == "vf")


@pytest.mark.parametrize("symbol", ["N", "V", "A", "/", "E"])
def test_every_beat_of_the_truth_is_in_the_samples(symbol: str) -> None:
    kinds = {"N": "sinus", "V": "vt", "A": "svt", "/": "paced", "E": "block3"}
    one = heart(Script((Rhythm(kind=kinds[symbol], rate_bpm=60 if symbol != "E" else 40),)), leads=LEADS)
    volts = one.samples(0, int(60 * RATE)).astype(float) / 200
    slope = np.abs(np.diff(volts, axis=0)).max(axis=1)
    beats = [sample for sample, what in one.truth(0, int(60 * RATE)).beats if what == symbol]
    quiet = np.median(slope)
    assert len(beats) > 30
    for sample in beats[:-1]:
        assert slope[max(0, sample - 20) : sample + 20].max() > 5 * quiet


def test_ventricular_beats_are_wide_early_and_with_opposite_t() -> None:
    one = heart(Script(incidents=tuple(Incident(5.0 + 6 * k, "pvc") for k in range(8))), seed=3)
    truth = one.truth(0, int(60 * RATE))
    samples = one.samples(0, int(60 * RATE)).astype(float)[:, 0] / 200
    symbols = [what for _, what in truth.beats]
    places = [sample for sample, _ in truth.beats]
    at = [k for k, what in enumerate(symbols) if what == "V"]
    assert len(at) == 8
    for k in at:
        before, after = places[k] - places[k - 1], places[k + 1] - places[k]
        assert before < 0.75 * after
        assert before + after == pytest.approx(2 * (places[k - 1] - places[k - 2]), rel=0.15)
        wide, narrow = (_width(samples, places[j]) for j in (k, k - 1))
        assert wide > 1.6 * narrow
        peak = samples[places[k]]
        recovery = samples[places[k] + int(0.22 * RATE) : places[k] + int(0.42 * RATE)]
        assert np.sign(recovery[np.argmax(np.abs(recovery))]) == -np.sign(peak)


def _width(samples: np.ndarray, at: int) -> int:
    half = abs(samples[at]) / 2
    return int(np.sum(np.abs(samples[at - 25 : at + 25]) > half))


def test_sinus_has_real_variability_and_fibrillation_more() -> None:
    intervals = {}
    for kind in ("sinus", "afib", "paced"):
        truth = heart(Script((Rhythm(kind=kind, rate_bpm=70),))).truth(0, int(600 * RATE))
        intervals[kind] = np.diff([sample for sample, _ in truth.beats]) / RATE * 1000
    assert 20 < intervals["sinus"].std() < 90
    assert intervals["afib"].std() > 2.5 * intervals["sinus"].std()
    assert intervals["paced"].std() < 20
    spectrum = np.abs(np.fft.rfft(intervals["sinus"] - intervals["sinus"].mean())) ** 2
    beat_hz = np.fft.rfftfreq(len(intervals["sinus"])) * 70 / 60
    breath = spectrum[(beat_hz > 0.15) & (beat_hz < 0.4)].sum()
    assert 0.15 < breath / spectrum.sum() < 0.85


def test_incidents_happen_once_a_period() -> None:
    script = Script(
        incidents=(Incident(10, "run", beats=6), Incident(20, "pause", seconds=4), Incident(40, "couplet")),
        period_s=60,
    )
    truth = heart(script).truth(0, int(180 * RATE))
    symbols = "".join(what for _, what in truth.beats)
    assert symbols.count("VVVVVV") == 3
    assert symbols.replace("VVVVVV", "").count("VV") == 3
    assert [span.label for span in truth.rhythms].count("(VT") == 3
    gaps = np.diff([sample for sample, _ in truth.beats]) / RATE
    assert (gaps > 3.9).sum() == 3


def test_wenckebach_lengthens_until_a_p_wave_is_dropped() -> None:
    truth = heart(Script((Rhythm(kind="wenckebach", rate_bpm=75),))).truth(0, int(60 * RATE))
    symbols = "".join(what for _, what in truth.beats)
    assert "NNNx" in symbols
    assert "NNNN" not in symbols


def test_lead_off_is_invalid_and_in_the_truth() -> None:
    script = Script(
        disturbances=(Disturbance(2, 3, "lead_off", leads=("V1",)), Disturbance(8, 1, "lead_off"))
    )
    one = heart(script)
    samples = one.samples(0, 2500)
    expected = np.zeros((2500, 3), dtype=bool)
    for low, high, names in one.truth(0, 2500).lead_off:
        for name in names:
            expected[low:high, LEADS.index(name)] = True
    assert np.array_equal(samples == INVALID_SAMPLE, expected)
    assert expected[:, 1].sum() == 1000
    assert expected[:, 0].sum() == 250


def test_far_and_back_again_is_the_same() -> None:
    one = heart(Script())
    far = int(3600 * RATE)
    later = one.samples(far, far + 500)
    early = one.samples(0, 500)
    assert np.array_equal(one.samples(far, far + 500), later)
    assert np.array_equal(heart(Script()).samples(0, 500), early)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Script(()), "first rhythm"),
        (lambda: Script((Rhythm(5),)), "first rhythm"),
        (lambda: Script((Rhythm(kind="tango"),)), "tango"),
        (lambda: Script((Rhythm(rate_bpm=900),)), "900"),
        (lambda: Script((Rhythm(), Rhythm(20, "vt")), period_s=20), "period"),
        (lambda: Script((Rhythm(), Rhythm(0, "vt"))), "order"),
        (lambda: Script(incidents=(Incident(1, "hiccup"),)), "hiccup"),
        (lambda: Script(disturbances=(Disturbance(1, 0, "mains"),)), "mains"),
        (lambda: heart(Script(), leads=("II", "X9")), "X9"),
        (lambda: heart(Script(), rate=50.0), "50"),
    ],
)
def test_what_cannot_be_played_is_named(make: object, word: str) -> None:
    with pytest.raises(InputError, match=word):
        make()  # type: ignore[operator]
