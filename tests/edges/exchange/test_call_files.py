"""Recordings that are handed in: what was good of a bad one is had, and what is wrong is said."""

from __future__ import annotations

import io
import random
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.edges.exchange.sounds import flac, tone, wav, with_length, written
from tests.telephone.calls import call, heart

from einthoven.base.errors import InputError, RecordError
from einthoven.edges.exchange.call_files import BLOCK_S, looked_at, sound_of
from einthoven.telephone.modulate import Playing, modulate
from einthoven.telephone.profiles import profile
from einthoven.telephone.receiver import Closed, Receiver, Samples, millivolts


def read(content: bytes, channel: int = 0) -> tuple[np.ndarray, str]:
    """All that is good of a file, and what is said of the rest."""
    parts, why = [np.zeros(0)], ""
    try:
        for part in sound_of(io.BytesIO(content), "call.wav", channel):
            parts.append(part)
    except RecordError as error:
        why = str(error)
    return np.concatenate(parts), why


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000, 192_000])
@pytest.mark.parametrize("form", ["WAV", "FLAC"])
def test_a_file_of_any_rate_is_read(rate: int, form: str) -> None:
    content = wav(2.0, rate) if form == "WAV" else flac(2.0, rate)
    found = looked_at(io.BytesIO(content), "call.wav", 0)
    assert (found.rate, found.channels, found.seconds, found.missing_s) == (rate, 1, 2.0, 0)
    sound, why = read(content)
    assert why == ""
    assert np.abs(sound - tone(2.0, rate)).max() < 1e-4


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW", "PCM_U8", "PCM_24", "FLOAT"])
def test_a_file_of_any_coding_is_read(subtype: str) -> None:
    sound, why = read(wav(1.0, 8000, subtype=subtype))
    assert (len(sound), why) == (8000, "")
    assert np.abs(sound - tone(1.0)).max() < 0.04


def test_the_caller_may_be_on_the_second_channel() -> None:
    both = np.stack([np.zeros(8000), tone(1.0)], axis=1)
    content = written(both, 8000, "WAV", "PCM_16")
    assert not read(content, 0)[0].any()
    assert read(content, 1)[0].any()
    with pytest.raises(InputError, match="has 1 channel"):
        looked_at(io.BytesIO(wav()), "call.wav", 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no sound that can be read"),
        (b"ID3\x04" + bytes(200), "no sound that can be read"),
        (b"%PDF-1.7", "no sound that can be read"),
        (wav()[:20], "no sound that can be read"),
        (wav(0.0), "holds no sound"),
        (wav(1.0, 4000), "4000 Hz: 8000 to 192000 are taken"),
        (wav(1.0, 384_000), "384000 Hz"),
        (wav(1.0, channels=3), "3 channels"),
        (written(tone(), 8000, "AIFF", "PCM_16"), "AIFF is not taken: WAV or FLAC"),
        (written(np.zeros(8000 * 7300, np.int16), 8000, "WAV", "ULAW"), "2.0 h long: 2 h are taken"),
    ],
    ids=["empty", "mp3", "pdf", "cut", "silent", "slow", "fast", "three", "aiff", "long"],
)
def test_what_is_no_recording_is_told_in_one_line(content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        looked_at(io.BytesIO(content), "call.wav", 0)
    assert str(told.value).startswith("call.wav: ")
    assert str(told.value).isprintable()


def test_of_a_file_that_was_cut_off_what_is_there_is_taken_and_the_rest_is_said() -> None:
    content = wav(4.0)
    cut = content[: len(content) - 16_001]
    assert looked_at(io.BytesIO(cut), "call.wav", 0).missing_s == pytest.approx(1.0, abs=1e-3)
    sound, why = read(cut)
    assert why == "call.wav: ends 1.0 s before its header says"
    assert np.array_equal(sound, read(content)[0][: len(sound)])
    assert len(sound) >= 3 * 8000 - 1


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_header_that_was_never_finished_says_nothing_of_the_length(length: int) -> None:
    """As programs write that put out sound while they hear it."""
    sound, why = read(with_length(wav(2.0), length))
    assert why == ""
    assert len(sound) in (0, 16_000)


def test_a_damaged_flac_gives_what_is_good_before_the_place_and_nothing_made_up() -> None:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, 10 * 8000)
    content = bytearray(written(noise, 8000, "FLAC", "PCM_16"))
    whole = read(bytes(content))[0]
    content[len(content) // 2] ^= 0xFF
    sound, why = read(bytes(content))
    assert why.startswith("call.wav: damaged from ")
    assert len(sound) > (5 - 1.5) * 8000
    assert np.array_equal(sound, whole[: len(sound)])


def words_of(content: bytes) -> str:
    """What is said of a file that is none; "" of one that is."""
    try:
        looked_at(io.BytesIO(content), "call.wav", 0)
    except InputError as error:
        return str(error)
    return ""


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([wav(1.0), wav(1.0, subtype="ULAW"), flac(1.0), wav(0.5, 48_000, 2)]), st.data())
def test_any_file_cut_and_changed_is_read_or_refused_in_one_line(content: bytes, data: st.DataObject) -> None:
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    changed = bytearray(content[: data.draw(st.integers(0, len(content)))])
    for _ in range(data.draw(st.integers(0, 8))):
        if changed:
            changed[chance.randrange(min(len(changed), data.draw(st.sampled_from([60, 10**6]))))] = (
                chance.randrange(256)
            )
    assert words_of(bytes(changed)).isprintable()
    sound, why = read(bytes(changed))
    assert why.isprintable()
    assert np.isfinite(sound).all()
    assert np.abs(sound).max(initial=0) <= 1.0


def strip_of(content: bytes) -> tuple[np.ndarray, int]:
    """The first strip of a recording in millivolts, NaN where it has a gap; and how many strips."""
    found = looked_at(io.BytesIO(content), "call.wav", 0)
    receiver = Receiver(found.rate)
    events = [event for part in sound_of(io.BytesIO(content), "call.wav", 0) for event in receiver.feed(part)]
    events += receiver.end()
    closed = [event for event in events if isinstance(event, Closed)]
    if not closed:
        return np.zeros(0), 0
    parts = [event for event in events if isinstance(event, Samples) and event.strip == 1]
    mv = millivolts(np.concatenate([part.hz for part in parts]), closed[0].summary.scale)
    flags = np.concatenate([part.flags for part in parts])
    return np.where(flags > 0, np.nan, np.full(len(flags), np.nan) if mv is None else mv), len(closed)


def likeness(found: np.ndarray, wanted: np.ndarray) -> float:
    """Correlation once the delay is taken out, where there is signal."""
    found = found[: len(wanted)]
    best = 0.0
    for shift in range(-60, 61):
        a, b = found[60:-60], np.roll(wanted, shift)[60 : len(found) - 60]
        good = np.isfinite(a)
        best = max(best, float(np.corrcoef(a[good], b[good])[0, 1]))
    return best


def sox(tmp_path: Path, content: bytes, ending: str, *effects: str) -> bytes:
    (tmp_path / "in.wav").write_bytes(content)
    out = tmp_path / f"out.{ending}"
    subprocess.run(["sox", "-V1", str(tmp_path / "in.wav"), *effects[: effects.index("--")], str(out),
                    *effects[effects.index("--") + 1 :]], check=True)  # fmt: skip
    return out.read_bytes()


ECG = heart(20.0)


@pytest.mark.foreign
@pytest.mark.parametrize(
    ("ending", "effects", "least"),
    [
        ("wav", ("-r", "44100", "-b", "16", "--"), 0.99),
        ("flac", ("-r", "48000", "-b", "24", "--"), 0.99),
        ("flac", ("-r", "96000", "-b", "16", "--"), 0.99),
        ("wav", ("-r", "192000", "-b", "16", "--"), 0.99),
        ("wav", ("-r", "11025", "-b", "16", "--"), 0.99),
        ("wav", ("-e", "u-law", "--"), 0.99),
        ("wav", ("-e", "a-law", "--"), 0.99),
        ("wav", ("-b", "16", "--", "gain", "9"), 0.98),
        ("wav", ("-b", "16", "--", "bandpass", "1700", "2800"), 0.97),
    ],
    ids=["44k", "flac 48k", "flac 96k", "192k", "11k", "mu", "a", "clipped", "band"],
)
def test_a_strip_survives_what_sox_makes_of_it(
    tmp_path: Path, ending: str, effects: tuple[str, ...], least: float
) -> None:
    content = written(call(ECG), 8000, "WAV", "PCM_16")
    strip, count = strip_of(sox(tmp_path, content, ending, *effects))
    assert count == 1
    assert likeness(strip, ECG) >= least


@pytest.mark.foreign
def test_a_strip_with_noise_of_sox_is_read(tmp_path: Path) -> None:
    content = written(call(ECG), 8000, "WAV", "PCM_16")
    noise = tmp_path / "noise.wav"
    subprocess.run(["sox", "-V1", "-R", "-n", "-r", "8000", "-b", "16", str(noise), "synth", "30",
                    "whitenoise", "vol", "0.1"], check=True)  # fmt: skip
    mixed = sox(tmp_path, content, "wav", "-m", str(noise), "--", "trim", "0", "28")
    strip, count = strip_of(mixed)
    assert count == 1
    assert likeness(strip, ECG) >= 0.95


@pytest.mark.foreign
def test_a_strip_near_ultrasound_as_a_phone_records_it_is_read(tmp_path: Path) -> None:
    """19 kHz into a microphone of 48 kHz, made a FLAC by sox."""
    of = profile("near-19000")
    sound = modulate(ECG, 250, of, 48_000, Playing())
    quiet = np.zeros(48_000)
    content = written(np.concatenate([quiet, sound, quiet, quiet]), 48_000, "WAV", "PCM_16")
    told = sox(tmp_path, content, "flac", "-b", "16", "--")
    found = looked_at(io.BytesIO(told), "call.flac", 0)
    receiver = Receiver(found.rate, of)
    events = [event for part in sound_of(io.BytesIO(told), "call.flac", 0) for event in receiver.feed(part)]
    closed = [event.summary for event in [*events, *receiver.end()] if isinstance(event, Closed)]
    assert len(closed) == 1
    assert closed[0].centre_hz == pytest.approx(19_000, abs=30)


def test_what_is_read_at_a_time_is_little() -> None:
    parts = list(sound_of(io.BytesIO(wav(2.0)), "call.wav", 0))
    assert max(len(part) for part in parts) <= BLOCK_S * 8000


def test_a_flac_that_was_written_as_it_came_says_no_length_and_is_read() -> None:
    """Its header holds no number of samples (RFC 9639, 8.2): 36 bits of zeros."""
    content = bytearray(flac(2.0, 8000))
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    found = looked_at(io.BytesIO(bytes(content)), "call.flac", 0)
    assert (found.seconds, found.missing_s) == (0, 0)
    sound, why = read(bytes(content))
    assert (len(sound), why) == (16_000, "")
