"""The codec of the line, held against libsndfile's."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from einthoven.telephone import g711

LAWS = [("mu", "ULAW"), ("a", "ALAW")]


def theirs(codes: bytes, subtype: str) -> np.ndarray:
    raw = io.BytesIO(codes)
    values, _ = soundfile.read(raw, format="RAW", subtype=subtype, channels=1, samplerate=8000, dtype="int16")
    return values


@pytest.mark.parametrize(("law", "subtype"), LAWS)
def test_every_code_has_the_value_that_others_give_it(law, subtype):
    codes = bytes(range(256))
    assert g711.decode(codes, law).tolist() == theirs(codes, subtype).tolist()


@pytest.mark.parametrize(("law", "subtype"), LAWS)
def test_a_value_of_a_code_comes_back(law, subtype):
    values = g711.decode(bytes(range(256)), law)
    assert g711.decode(g711.encode(values, law), law).tolist() == values.tolist()


@pytest.mark.parametrize(("law", "subtype"), LAWS)
@given(value=st.integers(-32768, 32767))
def test_the_nearest_value_is_taken(law, subtype, value):
    got = int(g711.decode(g711.encode(np.array([value], np.int16), law), law)[0])
    every = g711.decode(bytes(range(256)), law).astype(int)
    assert abs(got - value) == np.abs(every - value).min()


def test_silence_stays_silent():
    assert g711.decode(b"\xff", "mu").tolist() == [0]
    assert abs(int(g711.decode(b"\xd5", "a")[0])) == 8
