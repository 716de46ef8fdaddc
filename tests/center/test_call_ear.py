"""The ear of a call: the same strips however the sound is cut, a key counted once; a quick look."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.instants import SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.base.thresholds import shipped
from einthoven.center.call_ear import CallEar, Heard, Pressed, Whole
from einthoven.center.call_live import merged
from einthoven.center.call_strips import StripSoFar, gather, look
from einthoven.center.call_world import Part
from einthoven.sim.hearts.heart import Heart
from einthoven.sim.hearts.script import Rhythm, Script
from einthoven.telephone import g711
from einthoven.telephone.modulate import modulate
from einthoven.telephone.profiles import profile

PLAYED = profile("simulated")
BARE = profile("tone-1900")
"""Plays no calibration."""


def call_of(*rhythms: Rhythm, seconds: int = 20, calibration: bool = True) -> bytes:
    """A strip over a line, a second of silence before and three behind, µ-law."""
    heart = Heart(Script(rhythms, (), (), None), Layout(250.0, (Lead("II", 400.0),)), 1)
    kind = PLAYED if calibration else BARE
    tone = modulate(heart.samples(0, seconds * 250)[:, 0] / 400.0, 250, kind, 8000)
    sound = np.concatenate([np.zeros(8000), tone, np.zeros(24000)])
    return g711.encode((sound * 32767).astype(np.int16), "mu").tobytes()


IN_VT = Rhythm(rate_bpm=75), Rhythm(at_s=6, kind="vt", rate_bpm=190)
VT = call_of(*IN_VT)


def heard_of(parts: list[Part]) -> tuple[list[Heard], dict[int, StripSoFar]]:
    ear, strips = CallEar(PLAYED), dict[int, StripSoFar]()
    heard = [*(one for part in parts for one in ear.take([part])), *ear.end()]
    gather(strips, heard)
    return heard, strips


def cut(sound: bytes, size: int) -> list[Part]:
    """Parts of so many bytes, each of its own time."""
    return [Part("mu", at * SECOND // 8000, sound[at : at + size]) for at in range(0, len(sound), size)]


WHOLE = heard_of(cut(VT, 1600))[1][1]


@given(st.integers(100, 20_000))
@settings(max_examples=8, deadline=None)
def test_a_strip_is_the_same_however_its_sound_is_cut(size: int) -> None:
    _, strips = heard_of(cut(VT, size))
    assert np.array_equal(strips[1].hz, WHOLE.hz)
    assert np.array_equal(strips[1].flags, WHOLE.flags)
    assert strips[1].scale == WHOLE.scale


def test_sound_that_is_lost_is_a_gap_in_the_strip_and_never_filled() -> None:
    half = len(VT) // 2
    parts = [Part("mu", 0, VT[:half]), Part("lost", 1, b"", 4000), Part("mu", 2, VT[half + 4000 :])]
    _, strips = heard_of(parts)
    gaps = int((strips[1].flags != 0).sum())
    assert 100 < gaps < 200, "half a second at 250 a second"
    told = strips[1].shown(0)
    assert sum(value is None for value in told["values"]) == gaps


def test_a_strip_says_before_anybody_knows_the_name_that_it_holds_a_tachycardia() -> None:
    found = look(WHOLE, shipped())
    assert found[0]["kind"] == "nonsustained-ventricular-tachycardia"
    assert found[0]["tier"] == "emergent"


def test_a_strip_whose_millivolts_are_unknown_is_not_analysed_and_says_so() -> None:
    ear, strips = CallEar(None), dict[int, StripSoFar]()
    heart = Heart(Script((Rhythm(),), (), (), None), Layout(250.0, (Lead("II", 400.0),)), 1)
    bare = modulate(heart.samples(0, 5000)[:, 0] / 400.0, 250, profile("tone-1900"), 8000)
    sound = np.concatenate([np.zeros(8000), bare, np.zeros(24000)])
    gather(strips, [*ear.sound(sound), *ear.end()])
    told = strips[1].shown(0)
    assert (told["unit"], told["analysed"]) == ("mHz", False)
    assert "millivolts" in told["why"]
    found = look(strips[1], shipped())
    assert [(one["kind"], one["tier"]) for one in found] == [("sinus-rhythm", "")]
    assert str(found[0]["words"]).endswith("(size assumed)")


def test_a_stranger_in_danger_does_not_wait_for_the_kind_of_their_recorder() -> None:
    sound, strips = g711.decode(call_of(*IN_VT, calibration=False), "mu") / 32768.0, dict[int, StripSoFar]()
    ear = CallEar(None)
    gather(strips, [*ear.sound(sound), *ear.end()])
    assert strips[1].scale.hz_per_mv is None
    (worst, *_) = look(strips[1], shipped())
    assert (worst["kind"], worst["tier"]) == ("nonsustained-ventricular-tachycardia", "emergent")
    assert "assumed" in str(worst["words"])
    assert strips[1].shown(0)["analysed"] is False


def test_a_key_that_the_line_tells_and_the_sound_holds_is_one_press() -> None:
    at = np.arange(1600) / 8000
    tone = 0.3 * (np.sin(2 * np.pi * 770 * at) + np.sin(2 * np.pi * 1336 * at))
    coded = g711.encode((tone * 16000).astype(np.int16), "mu").tobytes()
    quiet = bytes([0xFF]) * 8000
    parts = [Part("mu", 0, quiet), Part("key", 0, b"5"), Part("mu", 0, coded + quiet), Part("key", 0, b"7")]
    heard, _ = heard_of(parts)
    assert [one.digit for one in heard if isinstance(one, Pressed)] == ["5", "7"]


def test_a_strip_has_the_times_at_which_its_sound_came() -> None:
    heard, _ = heard_of(cut(VT, 160))
    (whole,) = [one for one in heard if isinstance(one, Whole)]
    assert abs(whole.opened_at - SECOND) < SECOND // 5
    assert (
        abs((whole.closed_at - whole.opened_at) / SECOND - whole.summary.stop_s + whole.summary.start_s) < 0.1
    )


def test_sound_in_a_row_is_one_part_and_losses_keep_their_place() -> None:
    parts = [Part("mu", 1, b"ab"), Part("mu", 2, b"c"), Part("lost", 3, b"", 4), Part("lost", 4, b"", 5)]
    assert merged([*parts, Part("a", 6, b"d")]) == [
        Part("mu", 1, b"abc"),
        Part("lost", 3, b"", 9),
        Part("a", 6, b"d"),
    ]
