"""Scenario files: what is read, and that errors name file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.base.errors import InputError
from einthoven.link.limits import Cause, Severity
from einthoven.sim.network import Weather
from einthoven.sim.reading import seconds_of
from einthoven.sim.scenario import load, parse

HEAD = 'name = "x"\nduration = "+00:05:00"\n'
HEART = '[[heart]]\nname = "h"\nrhythms = [{ kind = "sinus", rate = 70 }]\n'
WEARER = '[[transmitter]]\nid = "T-1"\npatient = "Doe, Jane"\nheart = "h"\n'


def test_a_whole_scenario() -> None:
    text = (
        HEAD
        + HEART
        + WEARER
        + """
rate_hz = 360
leads = ["MLII", "V5"]
ppm = -40
start = "+00:00:10"

[[event]]
at = "+00:01:30"
every = "00:01:00"
do = "mark"
transmitter = "T-1"
symptom = "dizziness"
severity = "severe"

[[event]]
at = 90
do = "weather"
weather = { delay_s = 0.5, up_bytes_s = 900 }

[[event]]
at = 100
do = "off"
for = "00:30"
cause = "removed"

[[expect]]
what = "behind"
at = "+00:04:00"
at_most = 2
"""
    )
    scenario = parse(text)
    (wearer,) = scenario.wearers
    assert (wearer.layout.rate_hz, wearer.layout.names, wearer.ppm) == (360.0, ("MLII", "V5"), -40.0)
    assert wearer.start_s == 10.0
    mark, weather, off = scenario.acts
    assert (mark.at_s, mark.every_s, mark.severity) == (90.0, 60.0, Severity.SEVERE)
    assert weather.weather == Weather(0.5, up_bytes_s=900.0)
    assert (off.for_s, off.cause) == (30.0, Cause.REMOVED)
    (expectation,) = scenario.expectations
    assert (expectation.at_s, expectation.at_most, expectation.at_least) == (240.0, 2.0, None)
    assert text.splitlines()[expectation.line - 1] == "[[expect]]"
    assert scenario.heart(wearer).samples(0, 10).shape == (10, 2)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("+00:10:00", 600.0),
        ("1:02:03.5", 3723.5),
        ("01:30", 90.0),
        (45, 45.0),
        (0.25, 0.25),
        ("+99:00:00", 356_400.0),
        (-1, None),
        ("00:61:00", None),
        ("10", None),
        ("", None),
        (True, None),
        (None, None),
    ],
)
def test_times(value: object, seconds: float | None) -> None:
    assert seconds_of(value) == seconds


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("name = \n", "", "line 1"),
        ('name = "x"\n', ":1:", "duration"),
        ("name = 3\nduration = 1\n", ":1:", "want a text"),
        (HEAD + "colour = 3\n", ":3:", "colour: no such key"),
        (HEAD + HEART + "speed = 3\n", ":6:", "heart.speed"),
        (HEAD + HEART.replace("rate", "rat"), ":5:", "no such key"),
        (HEAD + HEART.replace("70", '"fast"'), ":5:", "want a number"),
        (HEAD + HEART.replace("sinus", "tango"), ":4:", "tango"),
        (HEAD + HEART + HEART, ":7:", "twice"),
        (HEAD + HEART + WEARER.replace('"h"', '"none"'), ":9:", "one of h"),
        (HEAD + HEART + WEARER.replace("patient", "pation"), ":6:", "patient: is missing"),
        (HEAD + HEART + WEARER + 'leads = ["X1"]\n', ":10:", "X1"),
        (HEAD + HEART + WEARER + WEARER, ":11:", "twice"),
        (HEAD + HEART + WEARER + '[[event]]\nat = 1\ndo = "dance"\n', ":12:", "one of cut"),
        (HEAD + HEART + WEARER + '[[event]]\nat = 1\ndo = "cut"\n', ":12:", "needs `for`"),
        (HEAD + HEART + WEARER + '[[event]]\nat = 1\ndo = "weather"\n', ":12:", "weather table"),
        (HEAD + '[[event]]\nat = "soon"\ndo = "reset"\n', ":4:", "+00:10:00"),
        (
            HEAD + '[[event]]\nat = 1\ndo = "reset"\n[[event]]\nat = 301\ndo = "reset"\n',
            ":7:",
            "after the end",
        ),
        (HEAD + '[[expect]]\nwhat = "marks"\ntransmitter = "T-9"\n', ":5:", "T-9"),
        (HEAD + '[[expect]]\nwhat = "joy"\n', ":4:", "one of stored"),
        (HEAD + "weather = { delay = 3 }\n", ":3:", "no such key"),
    ],
)
def test_errors_name_file_line_and_key(text: str, place: str, word: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, "some.toml")
    assert str(caught.value).startswith(f"some.toml{place}")
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.toml"):
        load(tmp_path / "gone.toml")
