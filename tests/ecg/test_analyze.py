"""Whole records: beats where they are, quality with its reason, gaps that are no findings."""

import numpy as np
import pytest
from tests.ecg.hearts import heart, layout

from einthoven.base.errors import InputError
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import Span
from einthoven.base.thresholds import shipped
from einthoven.ecg.analyze import analyze, made_by
from einthoven.ecg.bay import Bay
from einthoven.ecg.beats import FLAT, GOOD, LEAD_OFF, NORMAL, SATURATED, UNCLASSED, UNKNOWN, UNUSABLE


def missed_and_extra(found, true, rate_hz, skip_s=0.0):
    window = 0.15 * rate_hz
    true = true[true > skip_s * rate_hz]
    found = found[found > skip_s * rate_hz]
    missed = sum(not np.any(abs(found - t) <= window) for t in true)
    extra = sum(not np.any(abs(true - f) <= window) for f in found)
    return missed, extra


@pytest.mark.parametrize("rate_hz", [100.0, 125.0, 128.0, 200.0, 250.0, 360.0, 399.999, 500.0, 999.9, 1000.0])
@pytest.mark.parametrize("leads", [1, 2])
def test_every_beat_is_found_at_any_sampling_rate_within_a_few_samples(rate_hz, leads):
    samples, true = heart(40, rate_hz, leads)
    beats = analyze(samples, layout(rate_hz, leads)).beats
    assert missed_and_extra(beats["sample"], true[:-1], rate_hz) == (0, len(beats) - len(true[:-1]))
    assert len(true) - 1 <= len(beats) <= len(true)
    nearest = abs(beats["sample"][:, None] - true[None, :]).min(axis=1)
    assert nearest.max() / rate_hz < 0.03
    assert set(beats["code"][:-1]) == {NORMAL}
    assert beats["code"][-1] in (NORMAL, UNCLASSED), (
        "the last may have too little signal behind it to be measured"
    )
    assert not beats["late"].any()


@pytest.mark.parametrize("rate_bpm", [30, 40, 60, 100, 150, 200])
def test_rates_of_the_heart(rate_bpm):
    samples, true = heart(60, 250.0, 2, rate_bpm)
    beats = analyze(samples, layout(250.0, 2)).beats
    missed, extra = missed_and_extra(beats["sample"], true[:-1], 250.0, skip_s=5)
    assert missed == 0
    assert extra <= 1
    intervals = beats["rr_ms"][beats["sample"] > 5 * 250]
    assert abs(60_000 / intervals.mean() - rate_bpm) < 0.03 * rate_bpm


def test_beats_of_the_first_seconds_are_told_once_the_levels_are_learned():
    samples, true = heart(10)
    beats = analyze(samples[: 4 * 250], layout(250.0, 2)).beats
    assert missed_and_extra(beats["sample"], true[true < 3.4 * 250], 250.0)[0] == 0


def test_a_tall_t_wave_is_no_beat():
    samples, true = heart(40, 250.0, 1)
    at = np.arange(len(samples)) / 250
    for time in true / 250:
        samples[:, 0] += np.round(180 * np.exp(-0.5 * ((at - time - 0.28) / 0.05) ** 2)).astype(np.int16)
    beats = analyze(samples, layout(250.0, 1)).beats
    assert missed_and_extra(beats["sample"], true[:-1], 250.0, skip_s=4) == (0, 1)


def test_one_dead_lead_costs_no_beat():
    samples, true = heart(60)
    samples[20 * 250 : 40 * 250, 0] = INVALID_SAMPLE
    beats = analyze(samples, layout(250.0, 2)).beats
    assert missed_and_extra(beats["sample"], true[:-1], 250.0)[0] == 0
    off = beats[(beats["sample"] > 22 * 250) & (beats["sample"] < 39 * 250)]
    assert set(off["leads"]) == {0b10}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda part: np.full_like(part, INVALID_SAMPLE), LEAD_OFF),
        (lambda part: np.full_like(part, 17), FLAT),
        (lambda part: np.full_like(part, 2047), FLAT),
        (lambda part: np.where(np.arange(len(part)) % 3 == 0, part, 2047), SATURATED),
        (lambda part: np.random.default_rng(4).normal(0, 300, len(part)).astype(np.int16), UNUSABLE),
    ],
    ids=["lead off", "flat", "flat at the rail", "saturated", "noise"],
)
def test_quality_names_what_is_wrong(spoil, code):
    samples, _ = heart(40)
    samples[10 * 250 : 20 * 250, 1] = spoil(samples[10 * 250 : 20 * 250, 1])
    plan = Layout(250.0, (Lead("II"), Lead("V1", resolution=12)))
    result = analyze(samples, plan)
    assert set(result.quality[12:20, 1]) == {code}
    assert set(result.quality[5:38, 0]) == {GOOD}
    named = [f for f in result.findings if f["evidence"]["values"].get("lead") == "V1"]
    assert any(f["start_sample"] <= 12 * 250 and f["end_sample"] >= 20 * 250 for f in named)


def test_what_is_said_of_leads_and_gaps_has_the_form_of_every_finding():
    samples, _ = heart(60)
    samples[:, 1] = INVALID_SAMPLE
    samples[20 * 250 : 40 * 250, 0] = np.random.default_rng(4).normal(0, 300, 20 * 250)
    plan = Layout(250.0, (Lead("II"), Lead("V1")))
    present = [Span(0, 50 * 250), Span(52 * 250, 60 * 250)]
    found = analyze(samples, plan, present=present).findings
    kinds = {one["kind"]: one for one in found}
    assert {"gap", "quality-lead-off", "quality-unusable", "sinus-rhythm"} <= set(kinds)
    forms = {tuple(sorted(one["evidence"])) for one in found}
    assert forms == {("beat_count", "beats", "leads", "strip", "thresholds", "told", "values")}
    assert {one["version"] for one in found} == {f"1/{made_by(shipped())}"}
    noise = kinds["quality-unusable"]["evidence"]
    assert (noise["leads"], noise["thresholds"]) == (["II"], {"background_ratio": 0.7})
    assert kinds["gap"]["evidence"]["values"] == {"samples": 500}
    assert kinds["gap"]["evidence"]["told"] == 52.0


def test_a_finding_names_the_leads_that_were_fit_for_use_over_its_strip():
    samples, _ = heart(60)
    plan = Layout(250.0, (Lead("II"), Lead("V1")))
    both = {one["kind"]: one for one in analyze(samples, plan).findings}
    samples[:, 1] = INVALID_SAMPLE
    one_lead = {one["kind"]: one for one in analyze(samples, plan).findings}
    assert both["sinus-rhythm"]["evidence"]["leads"] == ["II", "V1"]
    assert one_lead["sinus-rhythm"]["evidence"]["leads"] == ["II"]


def test_what_a_lead_was_elsewhere_in_the_record_does_not_matter():
    samples, _ = heart(60)
    samples[15 * 250 :, 1] = INVALID_SAMPLE
    found = {
        one["kind"]: one["evidence"]
        for one in analyze(samples, Layout(250.0, (Lead("II"), Lead("V1")))).findings
    }
    first, stop = found["sinus-rhythm"]["strip"]
    assert stop < 15 * 250
    assert first < stop
    assert found["sinus-rhythm"]["leads"] == ["II", "V1"]


def test_a_gap_starts_afresh_and_is_told_as_a_gap_only():
    samples, _ = heart(60)
    plan = layout(250.0, 2)
    whole = analyze(samples, plan, present=[Span(0, 7000), Span(7600, 15000)])
    second = analyze(samples[7600:], plan, present=None)
    of_a_gap = [f for f in whole.findings if f["start_sample"] < 7600 and f["end_sample"] > 7000]
    assert [(f["kind"], f["start_sample"], f["end_sample"]) for f in of_a_gap] == [("gap", 7000, 7600)]
    after = whole.beats[whole.beats["sample"] >= 7600]
    assert after["rr_ms"][0] == 0
    assert (after["sample"] - 7600 == second.beats["sample"]).all()
    assert set(whole.quality[28]) == {UNKNOWN}


@pytest.mark.parametrize("length", [0, 1, 2, 249, 250])
def test_next_to_nothing(length):
    result = analyze(np.zeros((length, 1), np.int16), layout(250.0, 1))
    assert len(result.beats) == 0


@pytest.mark.parametrize("value", [-32767, 0, 32767, INVALID_SAMPLE])
def test_constant_records_hold_no_beat(value):
    result = analyze(np.full((5000, 3), value, np.int16), layout(500.0, 3))
    assert len(result.beats) == 0
    assert set(result.quality[2]) == {LEAD_OFF if value == INVALID_SAMPLE else FLAT}


def test_full_swing_noise_overflows_nothing():
    rng = np.random.default_rng(0)
    samples = rng.choice(np.array([-32767, 32767], np.int16), (4000, 2))
    result = analyze(samples, layout(399.0, 2, gain=1e-3))
    assert (np.diff(result.beats["sample"]) > 0).all()


def test_samples_must_fit_the_layout():
    with pytest.raises(InputError):
        analyze(np.zeros((10, 2), np.int16), layout(250.0, 1))
    with pytest.raises(InputError):
        analyze(np.zeros((10, 1), np.int32), layout(250.0, 1))  # type: ignore[arg-type]


def test_progress_ends_at_one():
    seen: list[float] = []
    analyze(np.zeros((250 * 1300, 1), np.int16), layout(250.0, 1), seen.append)
    assert seen[-1] == 1.0
    assert seen == sorted(seen)
    assert len(seen) == 3


def sparse_bumps():
    """Nothing for a minute but a faint bump every five seconds, after ten seconds of beats."""
    samples, _ = heart(70, 250.0, 1, noise_mv=0.002)
    samples[10 * 250 :] = 0
    for at in range(12 * 250, 70 * 250, 5 * 250):
        samples[at : at + 25, 0] += 30
    return samples


@pytest.mark.parametrize(
    "samples",
    [
        sparse_bumps(),
        heart(60, 250.0, 1, rate_bpm=30)[0],
        np.roll(heart(60, 250.0, 1, noise_mv=0.3)[0], 9, 0),
    ],
    ids=["silence with bumps", "slow", "noisy"],
)
def test_beats_are_final_twelve_seconds_behind_the_newest_sample(samples):
    bay = Bay(250_000, 1, slots=1)
    slot, one = bay.take(layout(250.0, 1)), np.ones(1, np.int64)
    for start in range(0, len(samples), 50):
        found = bay.advance(
            one * slot,
            samples[start : start + 50].reshape(-1),
            one * 0,
            one * start,
            one * len(samples[start : start + 50]),
        )
        assert (found[:, 1] > start - 12 * 250).all()


def test_a_usual_beat_is_told_within_four_tenths_of_a_second():
    samples, _ = heart(60, 250.0, 1)
    bay = Bay(250_000, 1, slots=1)
    slot, one = bay.take(layout(250.0, 1)), np.ones(1, np.int64)
    late, known = [], set()
    for start in range(len(samples)):
        found = bay.advance(one * slot, samples[start], one * 0, one * start, one)
        late += [start - sample for sample in found[:, 1] if sample > 5 * 250 and sample not in known]
        known |= set(found[:, 1].tolist())
    assert len(late) > 50
    assert max(late) <= 0.4 * 250


def test_silence_after_beats_stays_silent():
    samples, _ = heart(60, 250.0, 2)
    samples[20 * 250 :] = np.random.default_rng(3).normal(0, 4, (40 * 250, 2)).astype(np.int16)
    beats = analyze(samples, layout(250.0, 2)).beats
    assert not (beats["sample"] > 20.5 * 250).any()
