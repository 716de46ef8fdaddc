"""A simulated patient on the telephone: what it plays is an ECG at the other end of the line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.edges.telephony.board import Board
from tests.telephone.calls import Strip, alike, strips

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND
from einthoven.sim.caller import Caller, Prepared, Stage, prepared
from einthoven.sim.caller_script import CallerScript, Playback, Trouble
from einthoven.sim.caller_sound import voice
from einthoven.sim.caller_ways import DirectWay
from einthoven.sim.scenario import Scenario, parse, shipped
from einthoven.telephone import g711
from einthoven.telephone.dtmf import Dialled
from einthoven.telephone.receiver import Event, Receiver
from einthoven.testing.clock import VirtualClock
from einthoven.testing.scheduler import VirtualScheduler

HOUSE = shipped("telephone")
ROSA, DORIAN, EDDA = HOUSE.callers
CALLED = "+15555550100"


def short(script: CallerScript, **change: object) -> CallerScript:
    """The same with one strip of ten seconds."""
    given = {"strips": (Playback(4.0, 10.0),), "voice_s": 1.0, "hang_up_s": 3.0, **change}
    return replace(script, **given)  # type: ignore[arg-type]


class Line:
    """A caller and the center on virtual time."""

    def __init__(self, script: CallerScript, line: str = "sip", most: int = 10, code: str = "402718") -> None:
        self.time = VirtualScheduler()
        self.board = Board(most)
        self.way = DirectWay(self.board, CALLED, line)
        self.heart = HOUSE.caller_heart(script)
        made = prepared(script, self.heart, code, 1)
        clock = VirtualClock(self.time)
        self.caller = Caller(script, made, code, self.way, clock, self.time)
        self.over: list[str] = []
        self.caller.done = lambda: self.over.append(self.caller.why)

    def run(self, seconds: float) -> None:
        self.time.run_for(round(seconds * SECOND))

    @property
    def heard(self):  # type: ignore[no-untyped-def]
        return self.board.calls[1]

    def strips(self) -> list[Strip]:
        receiver, events = Receiver(8000), list[Event]()
        for part in self.heard.parts:
            events += receiver.lose(part) if isinstance(part, int) else receiver.feed(g711.decode(part, "mu"))
        return strips(events + receiver.end())

    def sent(self, place: int = 0) -> np.ndarray:
        one, layout = self.caller.script.strips[place], self.heart.layout
        first = round(one.at_s * layout.rate_hz)
        samples = self.heart.samples(first, first + round(one.seconds * layout.rate_hz))[:, 0]
        return np.asarray(samples / layout.leads[0].gain, np.float64)


def test_it_rings_until_a_person_takes_it_and_nothing_is_said_before() -> None:
    line = Line(short(ROSA))
    line.caller.dial()
    line.run(60)
    assert (line.caller.stage, line.heard.parts) == (Stage.RINGING, [])
    line.heard.call.answer()
    line.heard.call.answer()
    line.run(40)
    assert (line.heard.why, line.over) == ("the caller hung up", ["the caller hung up"])
    # A word, the wait to be told, lead-in, calibration and ten seconds of ECG, and the wait before the end.
    assert line.heard.samples / 8000 == pytest.approx(1.0 + 4.0 + 0.5 + 3.0 + 10.0 + 3.0, abs=0.2)


def test_the_strip_arrives_as_it_was() -> None:
    line = Line(short(ROSA, strips=(Playback(4.0, 20.0),)))
    line.caller.dial()
    line.heard.call.answer()
    line.run(60)
    (strip,) = line.strips()
    likeness, gain = alike(line.sent(), strip)
    assert likeness > 0.99
    assert gain == pytest.approx(1.0, abs=0.05)


def test_nobody_takes_it() -> None:
    line = Line(short(ROSA, patience_s=30.0))
    line.caller.dial()
    line.run(31)
    assert line.over == ["nobody answered"]
    assert line.heard.why is not None


def test_it_plays_when_told_to() -> None:
    line = Line(short(ROSA, strips=(Playback(600.0, 10.0),)))
    line.caller.dial()
    line.heard.call.answer()
    line.run(5)
    assert line.caller.stage is Stage.WAITING
    line.caller.play()
    line.run(40)
    assert line.over == ["the caller hung up"]
    assert len(line.strips()) == 1


def test_the_center_hangs_up() -> None:
    line = Line(short(ROSA))
    line.caller.dial()
    line.heard.call.answer()
    line.run(8)
    line.heard.call.hang_up("hung up here")
    line.run(10)
    assert line.over == ["hung up here"]
    assert line.heard.why is None
    assert line.heard.samples <= 8.2 * 8000


def test_a_center_without_room_is_busy() -> None:
    line = Line(short(ROSA), most=0)
    line.caller.dial()
    assert line.over == ["busy: no room for another call"]


def test_the_code_is_pressed_by_who_knows_it() -> None:
    for script, keys in ((short(DORIAN), "402718"), (short(ROSA), "")):
        line = Line(script)
        line.caller.dial()
        line.heard.call.answer()
        line.run(3)
        assert line.heard.keys == keys


def test_keys_of_a_line_without_events_are_heard_in_its_sound() -> None:
    made = prepared(short(DORIAN), HOUSE.caller_heart(DORIAN), "402718", 1)
    dialled = Dialled(8000)
    keys = [key.digit for packet in made.keys for key in dialled.feed(g711.decode(packet, "mu"))]
    assert "".join(keys) == "402718"


def test_several_strips_and_what_the_line_lost_is_told() -> None:
    two = (Playback(3.0, 12.0), Playback(4.0, 12.0, at_s=30.0))
    line = Line(short(EDDA, strips=two, trouble=Trouble(loss=0.02, burst=3)))
    line.caller.dial()
    line.heard.call.answer()
    line.run(80)
    first, second = line.strips()
    assert line.heard.lost > 0
    assert first.summary.number + 1 == second.summary.number
    assert sum(one.lost for strip in (first, second) for one in strip.summary.seconds) > 0
    assert all(alike(line.sent(place), one)[0] > 0.97 for place, one in enumerate((first, second)))


@pytest.mark.parametrize("trouble", [Trouble(noise_db=15.0), Trouble(clip=4.0)], ids=["noise", "clipping"])
def test_a_bad_line_is_received_or_said_to_be_bad(trouble: Trouble) -> None:
    line = Line(short(ROSA, strips=(Playback(4.0, 15.0),), trouble=trouble))
    line.caller.dial()
    line.heard.call.answer()
    line.run(60)
    (strip,) = line.strips()
    assert alike(line.sent(), strip)[0] > 0.9
    if trouble.clip > 1.0:
        assert any(one.clipped for one in strip.summary.seconds)
    else:
        assert (strip.summary.snr_db or 50.0) < 25.0


def test_three_times_as_fast() -> None:
    line = Line(short(ROSA, strips=(Playback(4.0, 30.0, speed=3),)))
    line.caller.dial()
    line.heard.call.answer()
    line.run(60)
    (strip,) = line.strips()
    assert strip.summary.speed == 3
    assert alike(line.sent(), strip)[0] > 0.97


def test_a_voice_is_no_strip() -> None:
    receiver = Receiver(8000)
    sound = np.round(voice(60.0, 3) * 32767).astype(np.int16)
    assert strips(receiver.feed(g711.decode(g711.encode(sound, "mu"), "mu")) + receiver.end()) == []
    assert 0.02 < float(np.sqrt(np.mean((sound / 32767.0) ** 2))) < 0.3


def test_time_that_stood_still_makes_no_gap_and_no_flood() -> None:
    line = Line(short(ROSA))
    line.caller.dial()
    line.heard.call.answer()
    sizes = []
    for _ in range(10):
        before = line.heard.samples
        line.run(0.1)
        sizes.append(line.heard.samples - before)
    assert max(sizes) <= 7 * 160


def test_the_same_call_again_is_another_one_and_the_same_script_the_same_call() -> None:
    def sound(call: int) -> Prepared:
        return prepared(short(EDDA), HOUSE.caller_heart(EDDA), "", call)

    assert sound(1) == sound(1)
    assert sound(1).voice != sound(2).voice


# ---- scenarios ---------------------------------------------------------------------------------------------

HEAD = 'name = "x"\nduration = 600\n[[heart]]\nname = "plain"\n'
CALLER = '[[caller]]\nid = "C-1"\npatient = "Roe, Pat"\nheart = "plain"\nat = 10\n'


def scenario(more: str = "") -> Scenario:
    return parse(HEAD + CALLER + more, "x.toml")


def test_a_caller_of_a_scenario_has_what_is_usual() -> None:
    (made,) = scenario().callers
    assert (made.line, made.transmitter, made.strips, made.trouble) == (
        "direct",
        "simulated",
        (Playback(),),
        Trouble(),
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('heart = "none"', "duplicate|overwrite"),
        ('line = "fax"', "caller.line: 'fax': want one of direct, sip, media"),
        ('transmitter = "nobody"', "caller.transmitter"),
        ("severity = 4", "caller.severity: want 0 to 3"),
        ("every = 5", "caller.every: want at least a minute between calls"),
        ("strips = [{ seconds = 0 }]", "seconds: want 1 to 600 s of ECG"),
        ("strips = [{ speed = 2 }]", "speed: this transmitter plays 1, 3 times as fast"),
        ("trouble = { loss = 1.0 }", "loss: want a share from 0 up to 1"),
        ("trouble = { burst = 0 }", "burst: want 1 to 500 packets"),
        ("trouble = { jitter_s = -1 }", "jitter_s: want 0 to 10 s"),
        ("trouble = { clip = 0.5 }", "clip: want 1 or more"),
        ("code = 1", "caller.code: 1: want true or false"),
        ('volume = "high"', "volume"),
        (CALLER, "caller 'C-1' is there twice"),
        (CALLER.replace("C-1", "C-2").replace("10", "700"), "after the end"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(more: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        scenario(more)


def test_the_shipped_callers_play_hearts_that_are_there() -> None:
    for one in HOUSE.callers:
        heart = HOUSE.caller_heart(one)
        assert heart.samples(0, 250).shape == (250, 1)
