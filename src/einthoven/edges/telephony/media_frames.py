"""Frames of a media stream, as telephony services send them over a WebSocket: JSON texts with an ``event``.

Facts from the public documentation of such services (``docs/media-stream.md`` names them). Two spellings of
one format are read: ``streamSid``, ``sequenceNumber``, ``mediaFormat``, and ``stream_id``,
``sequence_number``, ``media_format``. Numbers come as JSON numbers or as texts. Nothing here does I/O.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.center.call_ports import Law
from einthoven.telephone.g711 import encode

SPEECH: Final = 160
"""Samples of a frame that we send: 20 ms."""
PAYLOAD_MOST: Final = 16_000
"""Samples of a frame that is taken: 2 s."""
NUMBER_MOST: Final = 2**53
TEXT_MOST: Final = 200
LAWS: Final[Mapping[str, Law]] = {
    "audio/x-mulaw": "mu",
    "audio/x-alaw": "a",
    "pcmu": "mu",
    "pcma": "a",
    "mulaw": "mu",
    "alaw": "a",
}
KEYS: Final = frozenset("0123456789*#ABCD")
OURS: Final = frozenset({"outbound", "outbound_track"})
"""Tracks that hold what we said ourselves."""


@dataclass(frozen=True, slots=True)
class Connected:
    """First of all; says nothing that is needed."""


@dataclass(frozen=True, slots=True)
class Start:
    """What comes.

    Attributes:
        stream: id of the stream, which our frames carry.
        call: id of the call at the service; ``""``.
        law: of the sound.
        snake: whether names are written with underscores.
        parameters: what the service was told to hand on, and the numbers it says itself (``from``, ``to``).
        number: of the frame in the stream.
    """

    stream: str
    call: str
    law: Law
    snake: bool
    parameters: Mapping[str, str]
    number: int | None


@dataclass(frozen=True, slots=True)
class Media:
    """Sound of the caller.

    Attributes:
        payload: G.711, a byte a sample, 8000 a second.
        chunk: number of the frame among those with sound; None where it has none.
        at_ms: its place in the stream; None where it has none.
        number: of the frame in the stream; None where it has none.
    """

    payload: bytes
    chunk: int | None
    at_ms: float | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Dtmf:
    """A key of the telephone was pressed."""

    digit: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing more comes."""

    number: int | None


@dataclass(frozen=True, slots=True)
class Passed:
    """A frame that holds nothing for us: a mark, our own sound, an event we do not know."""

    event: str
    number: int | None


Frame: TypeAlias = Connected | Start | Media | Dtmf | Stop | Passed


def parse(text: str | bytes) -> Frame:
    """One frame.

    Raises:
        InputError: it is none; one line with the field that is wrong.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("frame: is no JSON") from error
    if not isinstance(told, dict):
        raise InputError("frame: is no JSON object")
    event = told.get("event")
    if not isinstance(event, str):
        raise InputError("event: is missing")
    number = _number(told, "sequenceNumber", "sequence_number")
    if event == "start":
        return _start(told, number)
    if event == "media":
        return _media(told, number)
    if event == "dtmf":
        return _dtmf(told, number)
    if event == "connected":
        return Connected()
    return Stop(number) if event == "stop" else Passed(_short(event), number)


def _start(told: dict[str, Any], number: int | None) -> Start:
    start = _object(told, "start")
    stream = _text(start, "streamSid", "stream_id") or _text(told, "streamSid", "stream_id")
    if not stream:
        raise InputError("start: streamSid is missing")
    snake = "stream_id" in told or "stream_id" in start
    form = start.get("mediaFormat", start.get("media_format"))
    if not isinstance(form, dict):
        raise InputError("start: mediaFormat is missing")
    encoding, rate = form.get("encoding"), form.get("sampleRate", form.get("sample_rate"))
    channels = form.get("channels", 1)
    law = LAWS.get(encoding.lower()) if isinstance(encoding, str) else None
    if law is None or str(rate) != "8000" or str(channels) != "1":
        said = _short(f"{encoding}, {rate} Hz, {channels} channel(s)")
        raise InputError(
            f"start: mediaFormat {said} is not taken: audio/x-mulaw or audio/x-alaw, 8000 Hz, one"
        )
    custom = start.get("customParameters", start.get("custom_parameters"))
    given = custom if isinstance(custom, dict) else {}
    parameters = {_short(str(name)): _short(value) for name, value in given.items() if isinstance(value, str)}
    for name in ("from", "to"):
        if isinstance(start.get(name), str):
            parameters.setdefault(name, _short(start[name]))
    call = _text(start, "callSid", "call_control_id", "call_id")
    return Start(stream, call, law, snake, parameters, number)


def _media(told: dict[str, Any], number: int | None) -> Frame:
    media = _object(told, "media")
    if media.get("track") in OURS:
        return Passed("media of ours", number)
    payload = media.get("payload")
    if not isinstance(payload, str):
        raise InputError("media: payload is missing")
    try:
        sound = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError("media: payload is no base64") from error
    if not 1 <= len(sound) <= PAYLOAD_MOST:
        raise InputError(f"media: payload of {len(sound)} samples: 1 to {PAYLOAD_MOST} are taken")
    chunk, at = _number(media, "chunk"), _number(media, "timestamp")
    return Media(sound, chunk, None if at is None else float(at), number)


def _dtmf(told: dict[str, Any], number: int | None) -> Dtmf:
    digit = _object(told, "dtmf").get("digit")
    if not isinstance(digit, str) or digit.upper() not in KEYS:
        raise InputError("dtmf: digit is none of 0-9, *, #, A-D")
    return Dtmf(digit.upper(), number)


def _object(told: dict[str, Any], name: str) -> dict[str, Any]:
    found = told.get(name)
    if not isinstance(found, dict):
        raise InputError(f"{name}: is missing")
    return found


def _text(told: dict[str, Any], *names: str) -> str:
    found = next((told[name] for name in names if isinstance(told.get(name), str)), "")
    return _short(found)


def _number(told: dict[str, Any], *names: str) -> int | None:
    """A whole number from 0, as a number or a text; None where there is none.

    Raises:
        InputError: it is something else.
    """
    name = next((one for one in names if told.get(one) is not None), None)
    if name is None:
        return None
    value = told[name]
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,16}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= NUMBER_MOST:
        raise InputError(f"{name}: is no whole number from 0")
    return value


def _short(text: str) -> str:
    """Of printable characters, on one line, of bounded length: it comes from outside and goes into logs."""
    return "".join(one if one.isprintable() else " " for one in text[:TEXT_MOST]).strip()


def spoken(sound: NDArray[np.int16], law: Law, stream: str, *, snake: bool) -> str:
    """The frame that plays sound to the caller: int16[n], 8000 a second."""
    payload = base64.b64encode(encode(sound, law).tobytes()).decode("ascii")
    return _said({"event": "media", "media": {"payload": payload}}, stream, snake=snake)


def cleared(stream: str, *, snake: bool) -> str:
    """The frame that takes back what the service has not played yet."""
    return _said({"event": "clear"}, stream, snake=snake)


def _said(frame: dict[str, object], stream: str, *, snake: bool) -> str:
    return json.dumps(frame | {"stream_id" if snake else "streamSid": stream}, separators=(",", ":"))
