"""A call's sound in, strips out: as sent, or said why not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from benchmarks.telephone_sounds import KINDS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.telephone.calls import RATE, alike, call, heart, line, received, strips

from einthoven.base.errors import InputError
from einthoven.telephone.modulate import Playing, modulate
from einthoven.telephone.profiles import profile
from einthoven.telephone.receiver import Receiver, Samples

ECG = heart(20)
SIMULATED = profile("simulated")


def one(sound, of=None, **given):
    found = received(sound, of, **given)
    assert len(found) == 1, [strip.summary for strip in found]
    return found[0]


@pytest.mark.parametrize("law", ["mu", "a"])
def test_a_strip_comes_back_as_it_was_sent(law):
    strip = one(line(call(ECG), law))
    correlation, gain = alike(ECG, strip)
    assert correlation > 0.998
    assert 0.97 < gain < 1.03
    said = strip.summary
    assert (said.speed, said.scale.polarity, said.scale.source) == (1, 1, "calibration")
    assert said.complete
    assert not said.notes
    assert abs(said.samples - 5000) < 40
    assert said.snr_db > 30


def test_noise_of_10_db_is_told_and_borne():
    strip = one(line(call(ECG, noise_db=10)))
    assert alike(ECG, strip)[0] > 0.97
    # 10 dB of all 4 kHz are 11.1 dB of the telephone band.
    assert 10 < strip.summary.snr_db < 12.2
    assert all(0.3 < second.noise_hz < 1.2 for second in strip.summary.seconds)


def test_noise_at_threefold_speed_is_five_times_as_large_and_said():
    strip = one(line(call(heart(45), Playing(speed=3), noise_db=10)))
    assert any("µV lies on the ECG" in note for note in strip.summary.notes)
    assert not any("lies on" in note for note in one(line(call(ECG, noise_db=15))).summary.notes)


def test_too_much_noise_is_told_or_no_strip_is():
    for noise_db in (6, 4, 2, 0):
        for strip in received(line(call(ECG, noise_db=noise_db))):
            assert any("too noisy" in note for note in strip.summary.notes)


@pytest.mark.parametrize("seed", range(4))
def test_noise_hides_no_calibration(seed):
    sound = call(ECG, noise_db=10)
    strip = one(line(sound + np.random.default_rng(seed).normal(0, 0.003, len(sound))))
    assert (strip.summary.scale.source, strip.summary.scale.polarity) == ("calibration", 1)


@pytest.mark.parametrize("speed", [1, 3])
def test_the_calibration_tells_speed_and_polarity(speed):
    strip = one(line(call(heart(45), Playing(speed=speed, upside_down=True))))
    assert (strip.summary.speed, strip.summary.scale.polarity) == (speed, -1)
    assert strip.summary.scale.polarity_source == "calibration"
    assert alike(heart(45), strip)[0] > 0.995


def test_a_transmitter_that_is_turned_over_against_its_profile_is_told():
    strip = one(line(call(ECG, Playing(upside_down=True))), "simulated")
    assert strip.summary.scale.polarity == -1
    assert any("upside down" in note for note in strip.summary.notes)


@pytest.mark.parametrize("offset", [-10.0, 10.0, 150.0, -300.0])
def test_the_centre_is_found(offset):
    strip = one(line(call(ECG, Playing(offset_hz=offset))))
    assert abs(strip.summary.centre_hz - 1900 - offset) < 15
    assert alike(ECG, strip)[0] > 0.998


def test_the_sensitivity_is_what_the_calibration_says_not_the_profile():
    of = replace(SIMULATED, hz_per_mv=130.0, range_mv=3.0)
    strip = one(line(call(ECG, of=of)), "simulated")
    assert abs(strip.summary.scale.hz_per_mv - 130) < 2
    assert 0.97 < alike(ECG, strip)[1] < 1.03
    assert any("calibration of 130 Hz/mV" in note for note in strip.summary.notes)


def test_a_swinging_calibration_tells_no_polarity():
    strip = one(line(call(ECG, of=profile("tone-1800"))), "tone-1800")
    assert abs(strip.summary.scale.hz_per_mv - 225) < 5
    assert strip.summary.scale.polarity == 0
    assert any("polarity is not known" in note for note in strip.summary.notes)


def test_without_calibration_and_profile_there_are_no_millivolts():
    strip = one(line(call(ECG, Playing(calibration=False))))
    assert strip.mv is None
    assert strip.summary.scale.hz_per_mv is None
    assert any("size in millivolts is not known" in note for note in strip.summary.notes)


def test_the_profile_tells_what_no_calibration_does():
    strip = one(line(call(ECG, Playing(calibration=False))), "tone-1900")
    assert strip.summary.scale.source == "profile"
    assert alike(ECG, strip)[0] > 0.998
    assert strip.summary.scale.polarity == 0


@pytest.mark.parametrize("speed", [1, 3])
def test_without_calibration_the_speed_is_right_or_not_told(speed):
    strip = one(line(call(heart(45), Playing(speed=speed, calibration=False))))
    assert strip.summary.speed in (0, speed)


def test_what_the_line_lost_is_a_gap_of_that_length():
    sound = line(call(ECG))
    receiver, events = Receiver(RATE), []
    for at in range(0, len(sound), 160):
        # Every 4 s 60 ms never come.
        if at % 32000 < 480 and 60_000 < at < 150_000:
            events += receiver.lose(160)
        else:
            events += receiver.feed(sound[at : at + 160])
    (strip,) = strips(events + receiver.end())
    lost = strip.flags == 1
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (strip.flags != 0).astype(int), [0]])))
    lengths = edges[1::2] - edges[::2]
    assert len(lengths) == 3
    assert all(15 <= length <= 20 for length in lengths)
    assert lost.sum() >= 45
    assert alike(ECG, strip)[0] > 0.998
    assert sum(second.lost > 0 for second in strip.summary.seconds) == 3


@pytest.mark.parametrize("milliseconds", [20, 50, 100, 500])
def test_drop_outs_are_gaps_and_never_signal(milliseconds):
    sound = call(ECG)
    places = range(8 * RATE, 20 * RATE, 5 * RATE)
    for at in places:
        sound[at : at + milliseconds * 8] = 0
    strip = one(line(sound))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (strip.flags != 0).astype(int), [0]])))
    lengths = edges[1::2] - edges[::2]
    assert len(lengths) == len(places)
    assert all(milliseconds / 4 - 1 <= length <= milliseconds / 4 + 6 for length in lengths)
    assert alike(ECG, strip)[0] > 0.997


def test_clipping_is_said():
    strip = one(line(np.clip(call(ECG), -0.2, 0.2)))
    assert any("clipped" in note for note in strip.summary.notes)
    assert not any("clipped" in note for note in one(line(call(ECG, Playing(level=0.99)))).summary.notes)


def test_a_gain_that_steps_is_borne():
    sound = call(ECG)
    sound[10 * RATE :] *= 0.55
    strip = one(line(sound))
    assert alike(ECG, strip)[0] > 0.998
    assert strip.summary.gap < 0.01


def test_several_strips_in_a_call_are_told_apart():
    rng = np.random.default_rng(3)
    sound = np.concatenate([KINDS["voice"](rng, 5), call(ECG), KINDS["voice"](rng, 4), call(heart(30))])
    found = received(line(sound))
    assert [strip.summary.number for strip in found] == [1, 2]
    assert alike(ECG, found[0])[0] > 0.995
    assert alike(heart(30), found[1])[0] > 0.995


def test_a_call_that_breaks_off_leaves_what_came():
    sound = call(ECG)[: 14 * RATE]
    strip = one(line(sound))
    assert not strip.summary.complete
    assert strip.summary.samples > 9 * 250
    assert alike(ECG, strip)[0] > 0.99


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_tone_beyond_hearing_is_found_in_a_recording(rate):
    of = profile("near-19000")
    sound = modulate(ECG, 250, of, rate, Playing(level=0.05))
    voice = KINDS["voice"](np.random.default_rng(1), 60)
    voices = np.interp(np.arange(len(sound)) / rate, np.arange(60 * RATE) / RATE, voice)
    strip = one(sound + 0.5 * voices, "near-19000", rate=rate)
    correlation, gain = alike(ECG, strip)
    assert correlation > 0.99
    assert 0.95 < gain < 1.05
    assert strip.summary.band == "near"


def test_a_tone_in_a_recording_at_another_rate_is_the_same():
    sound = modulate(ECG, 250, SIMULATED, 44_100)
    assert alike(ECG, one(np.concatenate([sound, np.zeros(100_000)]), rate=44_100))[0] > 0.998


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_no_strip_gives_none(kind):
    for seed in range(2):
        sound = KINDS[kind](np.random.default_rng(100 + seed), 25)
        assert received(line(sound), cut=8000) == []


def steady(seconds):
    return 0.4 * np.cos(2 * np.pi * 1900 / RATE * np.arange(round(seconds * RATE)))


def test_a_note_that_is_held_is_no_strip():
    assert received(line(np.concatenate([steady(8), np.zeros(3 * RATE)]))) == []


def test_a_tone_that_rests_for_long_is_told_and_said_to_show_nothing():
    strip = one(line(np.concatenate([steady(20), np.zeros(3 * RATE)])))
    assert strip.summary.flat
    assert any("does not move" in note for note in strip.summary.notes)
    assert 19.5 * 250 < strip.summary.samples < 20.5 * 250


@pytest.mark.parametrize("noise_db", [None, 15])
def test_a_heart_that_stops_within_a_strip_is_told_to_the_end(noise_db):
    ecg = np.concatenate([heart(8), np.full(30 * 250, heart(8)[-1])])
    strip = one(line(call(ecg, noise_db=noise_db)))
    assert abs(strip.summary.samples - len(ecg)) < 60
    assert (strip.flags == 0).all()
    assert np.ptp(strip.mv[-20 * 250 : -100]) < 0.15
    assert not strip.summary.flat


def test_a_heart_that_beats_again_after_half_a_minute_is_told_from_its_pause_on():
    still = np.full(30 * 250, heart(2)[0])
    ecg = np.concatenate([still, heart(10)])
    strip = one(line(call(ecg, Playing(calibration=False, lead_in_s=0.1))), "tone-1900")
    assert strip.summary.samples > len(ecg) - 60
    assert alike(ecg, strip)[0] > 0.995


def test_a_slow_flutter_of_few_millivolts_is_no_vibrato_for_ever():
    at = np.arange(20 * 250) / 250
    ecg = 0.3 * np.sin(2 * np.pi * 5 * at)
    strip = one(line(call(ecg, Playing(calibration=False, lead_in_s=0.1))), "tone-1900")
    assert strip.summary.samples > len(ecg) - 60


def test_a_chord_is_no_strip_and_one_behind_it_is():
    at = np.arange(6 * RATE) / RATE
    chord = sum(0.2 * np.sin(2 * np.pi * hz * at) for hz in (1760.0, 2093.0, 2217.0))
    assert received(line(np.concatenate([chord, np.zeros(RATE)]))) == []
    found = one(line(np.concatenate([chord, call(ECG)])))
    assert alike(ECG, found)[0] > 0.998


def test_a_pause_at_the_beginning_keeps_the_beats_before_it():
    still = np.concatenate([heart(2.2)[:500], np.full(1000, heart(2.2)[499]), heart(14)])
    ecg = still - still[499]
    strip = one(line(call(ecg, Playing(calibration=False, lead_in_s=0.1))), "tone-1900")
    assert strip.summary.samples > 20 * 250 - 60
    assert alike(ecg, strip)[0] > 0.995


SHORT = line(np.concatenate([call(heart(8), noise_db=15), KINDS["dialled"](np.random.default_rng(5), 1)]))
HOLES = ((40_000, 320), (52_000, 1000))


def told(cuts: list[int], holes: tuple[tuple[int, int], ...] = HOLES, sound=SHORT, rate=RATE) -> list:
    """Events of a call cut at these places, with holes in it."""
    receiver, events = Receiver(rate), []
    edges = [min(at, len(sound)) for begin, size in holes for at in (begin, begin + size)]
    places = sorted({0, len(sound), *cuts, *edges})
    for begin, stop in pairwise(places):
        missing = any(at <= begin < at + size for at, size in holes)
        events += receiver.lose(stop - begin) if missing else receiver.feed(sound[begin:stop])
    return events + receiver.end()


def same(one: list, other: list) -> None:
    """Every event, in order, to the bit; samples may be told in other pieces at the call's end alone."""
    assert [type(event) for event in one] == [type(event) for event in other]
    for a, b in zip(one, other, strict=True):
        if isinstance(a, Samples):
            assert (a.strip, a.first, a.scale) == (b.strip, b.first, b.scale)
            assert a.hz.tobytes() == b.hz.tobytes()
            assert a.flags.tobytes() == b.flags.tobytes()
        else:
            assert a == b


WHOLE = told([])


def test_the_call_that_is_cut_has_a_strip_in_it():
    assert len(strips(WHOLE)) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, len(SHORT) - 1), max_size=300))
def test_it_does_not_matter_how_the_sound_was_cut(cuts):
    same(told(cuts), WHOLE)


@pytest.mark.parametrize("packet", [1, 7, 160, 799, 800, 801, 1600, 5003])
def test_it_does_not_matter_how_long_packets_are(packet):
    if packet == 1:
        short = SHORT[:56_000]
        same(told(list(range(1, len(short))), sound=short), told([], sound=short))
    else:
        same(told(list(range(packet, len(SHORT), packet))), WHOLE)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(1, len(SHORT) - 1), max_size=40),
    st.lists(st.tuples(st.integers(0, len(SHORT) - 1), st.integers(1, 12_000)), min_size=1, max_size=6),
)
def test_nor_where_the_line_lost_what(cuts, holes):
    apart = tuple(sorted(holes))
    same(told(cuts, apart), told([], apart))


def test_nor_at_a_rate_that_has_no_whole_number_of_samples_in_a_block():
    sound = modulate(heart(8), 250, SIMULATED, 11_025)
    whole = told([], (), sound, 11_025)
    assert len(strips(whole)) == 1
    same(told(list(range(333, len(sound), 333)), (), sound, 11_025), whole)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=6000), st.integers(1, 40))
def test_any_sound_is_borne(data, times):
    sound = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16)
    receiver = Receiver(RATE)
    for _ in range(times):
        receiver.feed(sound)
    receiver.end()
    assert receiver.taken >= times * len(sound)


@pytest.mark.parametrize(
    "sound", [np.zeros((2, 2)), np.zeros(3, np.int32), np.array([0.0, np.nan]), np.array([np.inf])]
)
def test_what_is_no_sound_is_refused(sound):
    with pytest.raises(InputError, match="sound"):
        Receiver(RATE).feed(sound)


@pytest.mark.parametrize("rate", [96_000, 192_000])
def test_an_image_that_a_resampler_leaves_is_no_second_strip(rate):
    sound = call(heart(8))
    at = np.arange(len(sound) * rate // RATE) * RATE / rate
    # Straight lines between samples: images at 6.1, 9.9, 14.1 and 17.9 kHz, the last 40 dB down.
    assert len(received(np.interp(at, np.arange(len(sound)), sound), rate=rate, cut=rate)) == 1


def test_a_rate_that_cannot_hold_the_band_is_refused():
    for rate, bands in ((4000, None), (8000, ("near",)), (500_000, None)):
        with pytest.raises(InputError, match="Hz"):
            Receiver(rate, bands=bands)


def test_what_is_weaker_than_an_image_of_a_tone_is_no_strip():
    assert received(call(ECG, Playing(level=1e-4))) == []
    assert len(received(call(ECG, Playing(level=2e-3)))) == 1
