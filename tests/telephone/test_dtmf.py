"""Dialled digits are heard, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.telephone_sounds import DIGITS, KINDS, silence, tone
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.telephone.calls import RATE, call, heart, line

from einthoven.telephone.dtmf import Dialled


def dialled(sound, cut=1600):
    hearing = Dialled(RATE)
    for at in range(0, len(sound), cut):
        hearing.feed(sound[at : at + cut])
    return "".join(key.digit for key in hearing.end())


def pressed(digits, held=0.08, pause=0.08, twist=1.0):
    parts = [silence(0.2)]
    for digit in digits:
        low, high = DIGITS[digit]
        parts += [tone(low, held, 0.2) + tone(high, held, 0.2 * twist), silence(pause)]
    return np.concatenate([*parts, silence(0.2)])


@settings(max_examples=40, deadline=None)
@given(st.text("0123456789*#ABCD", max_size=12), st.sampled_from([0.05, 0.08, 0.3]), st.integers(1, 5000))
def test_digits_are_heard_in_order_however_cut(digits, held, cut):
    assert dialled(line(pressed(digits, held)) / 32768, cut) == digits


@pytest.mark.parametrize("twist", [0.5, 1.9])
def test_tones_of_unlike_height_are_a_digit(twist):
    assert dialled(line(pressed("159D", twist=twist)) / 32768) == "159D"


def test_noise_under_a_digit_is_borne():
    sound = pressed("20480") + np.random.default_rng(0).normal(0, 0.03, len(pressed("20480")))
    assert dialled(line(sound) / 32768) == "20480"


def test_a_digit_tells_when_it_began():
    hearing = Dialled(RATE)
    hearing.feed(pressed("7"))
    (key,) = hearing.end()
    assert abs(key.at_s - 0.2) < 0.03


@pytest.mark.parametrize("kind", ["voice", "music", "ringing", "noise", "fax", "whistled"])
def test_other_sounds_are_no_digits(kind):
    heard = [dialled(line(KINDS[kind](np.random.default_rng(seed), 30)) / 32768) for seed in range(2)]
    assert sum(map(len, heard)) <= (1 if kind in ("voice", "music") else 0)


def test_a_strip_is_no_digit():
    assert dialled(line(call(heart(20))) / 32768) == ""
