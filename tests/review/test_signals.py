"""How alarms look and sound, against the limits of IEC 60601-1-8, and the same at the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.review.facts import Priority
from einthoven.review.signals import HARMONICS_DB, LOOKS, RISE_SHARE, SOUNDS, as_text, burst, gaps

PAGES = Path(__file__).resolve().parents[2] / "frontend" / "src" / "desk" / "alarm_signals.json"
STYLES = PAGES.parents[1] / "styles" / "tokens.css"
HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW


def test_the_pages_have_the_same_table():
    assert PAGES.read_text() == as_text()


@pytest.mark.parametrize("priority", [HIGH, MEDIUM, LOW])
def test_the_colour_is_the_one_of_the_wall(priority):
    assert f"--alarm-{priority}: {LOOKS[priority].colour};" in STYLES.read_text()


# The second table, from the standard: flash rate in Hz and duty, pulses, their length in ms, silence between
# bursts in s.
@pytest.mark.parametrize(
    ("priority", "flash", "duty", "pulses", "pulse", "every"),
    [
        (HIGH, (1.4, 2.8), (0.2, 0.6), (10, 10), (75, 200), (2.5, 15)),
        (MEDIUM, (0.4, 0.8), (0.2, 0.6), (3, 3), (125, 250), (2.5, 30)),
        (LOW, (0, 0), (1, 1), (1, 2), (125, 250), (15, float("inf"))),
    ],
)
def test_the_limits_of_the_standard(priority, flash, duty, pulses, pulse, every):
    look, sound = LOOKS[priority], SOUNDS[priority]
    assert flash[0] <= look.flash_hz <= flash[1]
    assert duty[0] <= look.duty <= duty[1]
    assert pulses[0] <= len(burst(priority)) <= pulses[1]
    assert pulse[0] <= sound.pulse_ms <= pulse[1]
    assert every[0] <= sound.every_s <= every[1]
    assert sound.repeats or priority is LOW, "only low may be heard once"


def test_a_high_burst_is_two_of_five_with_the_pause_of_a_missing_pulse():
    made = gaps(burst(HIGH))
    x, length = made[0], SOUNDS[HIGH].pulse_ms
    assert 50 <= x <= 125
    assert made[:4] == made[5:] == (x, x, 2 * x + length, x)
    assert 350 <= made[4] <= 1300


def test_a_medium_burst_is_three_at_even_distance_and_a_low_one_two():
    first, second = gaps(burst(MEDIUM))
    assert first == second
    assert 125 <= first <= 250
    assert 125 <= gaps(burst(LOW))[0] <= 250


def test_bursts_of_higher_priority_come_more_often_and_no_pulse_overlaps_the_next():
    assert SOUNDS[HIGH].every_s < SOUNDS[MEDIUM].every_s < SOUNDS[LOW].every_s
    assert all(gap > 0 for priority in SOUNDS for gap in gaps(burst(priority)))


def test_the_cardiac_melody():
    assert [pulse.note for pulse in burst(HIGH)] == ["C4", "E4", "G4", "G4", "C5"] * 2
    assert [pulse.note for pulse in burst(MEDIUM)] == ["C4", "E4", "G4"]


@pytest.mark.parametrize("priority", [HIGH, MEDIUM, LOW])
def test_a_pulse_has_a_tone_with_enough_harmonics(priority):
    assert 0.1 <= RISE_SHARE <= 0.2
    for pulse in burst(priority):
        assert 150 <= pulse.hz <= 1000
        heard = [
            level
            for number, level in enumerate(HARMONICS_DB, 1)
            if 300 <= number * pulse.hz <= 4000 and abs(level) <= 15
        ]
        assert len(heard) >= 4


def test_what_is_no_alarm_neither_sounds_nor_shows():
    assert burst(Priority.NONE) == ()
    assert Priority.NONE not in LOOKS
