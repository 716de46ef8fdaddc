"""Frames of a media stream: both spellings, and one clear line for each that is none."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.edges.telephony import media_wire as wire

from einthoven.base.errors import InputError
from einthoven.edges.telephony.media_frames import (
    Connected,
    Dtmf,
    Media,
    Passed,
    Start,
    Stop,
    cleared,
    parse,
    spoken,
)
from einthoven.telephone.g711 import decode


def test_frames_as_services_show_them() -> None:
    assert parse(wire.connected()) == Connected()
    begun = parse(wire.start(caller="+15555550100"))
    assert begun == Start(wire.STREAM, wire.CALL, "mu", False, {"caller": "+15555550100"}, 1)
    assert parse(wire.media(3, b"\xff\x7f", sequenceNumber="4")) == Media(b"\xff\x7f", 3, 45.0, 4)
    assert parse(wire.dtmf("#")) == Dtmf("#", 5)
    assert parse(wire.mark()) == Passed("mark", 6)
    assert parse(wire.stop()) == Stop(9)


def test_frames_spelt_with_underscores() -> None:
    begun = parse(wire.snake_start("PCMA"))
    assert isinstance(begun, Start)
    assert (begun.law, begun.snake, begun.stream[:8]) == ("a", True, "32de0dea")
    assert begun.parameters == {"from": "+13122010094", "to": "+13122123456"}
    assert parse(wire.snake_media(4, 2, b"\xd5")) == Media(b"\xd5", 2, 40.0, 4)


def test_what_we_said_ourselves_is_not_the_caller() -> None:
    ours = wire.media(2, b"\xff", media={"track": "outbound"})
    assert parse(ours) == Passed("media of ours", None)


def put(path: str, value: Any, text: str) -> str:
    """The frame with another value in one place, "" for no value."""
    told = json.loads(text)
    *way, name = path.split(".")
    inner = told
    for step in way:
        inner = inner[step]
    inner.pop(name) if value == "" else inner.__setitem__(name, value)
    return json.dumps(told)


STARTED, MEDIA = wire.start(), wire.media(1, b"\xff")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "frame: is no JSON"),
        ("[1]", "frame: is no JSON object"),
        ("[" * 100_000, "frame: is no JSON"),
        ("{}", "event: is missing"),
        (put("start", "", STARTED), "start: is missing"),
        (put("streamSid", "", put("start.streamSid", "", STARTED)), "start: streamSid is missing"),
        (put("start.mediaFormat", "", STARTED), "start: mediaFormat is missing"),
        (put("start.mediaFormat.encoding", "audio/x-l16", STARTED), "mediaFormat audio/x-l16, 8000 Hz"),
        (put("start.mediaFormat.sampleRate", 16000, STARTED), "16000 Hz"),
        (put("start.mediaFormat.channels", 2, STARTED), "2 channel"),
        (put("sequenceNumber", "one", STARTED), "sequenceNumber: is no whole number"),
        (put("sequenceNumber", True, STARTED), "sequenceNumber: is no whole number"),
        (put("sequenceNumber", -1, STARTED), "sequenceNumber: is no whole number"),
        (put("media", 7, MEDIA), "media: is missing"),
        (put("media.payload", 7, MEDIA), "media: payload is missing"),
        (put("media.payload", "####", MEDIA), "media: payload is no base64"),
        (put("media.payload", "é", MEDIA), "media: payload is no base64"),
        (put("media.payload", "\x00", MEDIA), "media: payload is no base64"),
        (put("media.payload", "////" * 6000, MEDIA), "1 to 16000 are taken"),
        (put("media.chunk", 1.5, MEDIA), "chunk: is no whole number"),
        (put("media.timestamp", "soon", MEDIA), "timestamp: is no whole number"),
        (put("dtmf.digit", "12", wire.dtmf("1")), "dtmf: digit is none"),
        (put("dtmf.digit", "", wire.dtmf("1")), "dtmf: digit is none"),
    ],
)
def test_what_is_none_is_told_in_one_line(text: str, words: str) -> None:
    with pytest.raises(InputError) as told:
        parse(text)
    assert words in str(told.value)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 400


def test_what_comes_from_outside_goes_into_logs_on_one_line() -> None:
    begun = parse(wire.start(stream="MZ\n\x1b[31m" + "x" * 500, caller="+1\r\n555"))
    assert isinstance(begun, Start)
    assert begun.stream.isprintable()
    assert len(begun.stream) <= 200
    assert begun.parameters == {"caller": "+1  555"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["event", "start", "media", "dtmf", "streamSid", "stream_id", "sequenceNumber", "sequence_number",
     "mediaFormat", "media_format", "encoding", "sampleRate", "channels", "customParameters", "payload",
     "chunk", "timestamp", "track", "digit"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["start", "media", "dtmf", "stop", "mark", "audio/x-mulaw", "8000", "1", "//8=", "inbound"]
)
FRAMES = st.recursive(
    JSON | WORDS | st.just(8000), lambda inner: st.dictionaries(NAMES, inner, max_size=6), max_leaves=25
)


def words_of(text: str | bytes) -> str:
    """What is said of a text that is no frame; "" of one that is."""
    try:
        parse(text)
    except InputError as error:
        return str(error)
    return ""


@given(st.one_of(FRAMES.map(json.dumps), st.text(), st.binary()))
def test_any_text_is_a_frame_or_one_line(text: str | bytes) -> None:
    assert words_of(text).isprintable()


@given(st.sampled_from([STARTED, MEDIA, wire.dtmf("5"), wire.snake_start()]), st.data())
def test_a_frame_that_is_cut_or_changed_is_a_frame_or_one_line(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    changed = data.draw(
        st.sampled_from([text[:place], text[:place] + data.draw(st.text(max_size=3)) + text[place + 1 :]])
    )
    assert words_of(changed).isprintable()


@pytest.mark.parametrize("snake", [False, True])
def test_what_we_say_is_a_frame_as_the_service_reads_it(snake: bool) -> None:
    sound = np.arange(-16000, 16000, 200).astype(np.int16)
    told = json.loads(spoken(sound, "mu", "MZ1", snake=snake))
    assert told.pop("stream_id" if snake else "streamSid") == "MZ1"
    heard = decode(base64.b64decode(told["media"].pop("payload")), "mu")
    assert np.abs(heard - sound).max() <= 512
    assert told == {"event": "media", "media": {}}
    assert json.loads(cleared("MZ1", snake=snake))["event"] == "clear"
