"""Profiles are data, refused with their name where they are wrong."""

from __future__ import annotations

import pytest

from einthoven.base.errors import InputError
from einthoven.telephone.profiles import parse_profiles, profile, shipped

GOOD = """
[mine]
title = "Mine"
band = "line"
centre_hz = 1900
hz_per_mv = 100
polarity = -1
speeds = [1, 3]
band_hz = [0.5, 40]
range_mv = 5
mark = "ours"
source = "a test"
calibration = { hz = 5, mv = 1, seconds = 3, form = "pulses" }
"""


def test_the_shipped_ones_say_how_sure_they_are():
    assert {one.mark for one in shipped().values()} <= {"S", "M", "ours"}
    assert all(one.source for one in shipped().values())


def test_a_profile_is_read():
    one = parse_profiles(GOOD, "mine.toml")["mine"]
    assert (one.polarity, one.speeds, one.calibration.form) == (-1, (1, 3), "pulses")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("centre_hz = 1900", "centre_hz = 900"),
        ("hz_per_mv = 100", "hz_per_mv = 5"),
        ("polarity = -1", "polarity = 2"),
        ("speeds = [1, 3]", "speeds = [2]"),
        ("speeds = [1, 3]", "speeds = []"),
        ("band_hz = [0.5, 40]", "band_hz = [40, 0.5]"),
        ("band_hz = [0.5, 40]", "band_hz = [40]"),
        ("range_mv = 5", "range_mv = 50"),
        ('band = "line"', 'band = "far"'),
        ('title = "Mine"', 'tittle = "Mine"'),
        ('form = "pulses"', 'form = "sine"'),
        ("hz = 5,", "hz = 50,"),
        ("hz = 5,", ""),
        ("centre_hz = 1900", "centre_hz = [1]"),
    ],
)
def test_what_is_wrong_is_named(old, new):
    with pytest.raises(InputError, match=r"mine\.toml: \[mine\]"):
        parse_profiles(GOOD.replace(old, new), "mine.toml")


def test_one_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(InputError, match="tone-1900"):
        profile("nobody's")
