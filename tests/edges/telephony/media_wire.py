"""Frames as the public documentation of telephony services shows them, in both spellings."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

STREAM = "MZ18ad3ab5a668481ce02b83e7395059f0"
CALL = "CA388f1a2b3c4d5e6f708192a3b4c5d6e7"


def connected() -> str:
    return json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})


def start(stream: str = STREAM, encoding: str = "audio/x-mulaw", rate: int = 8000, **given: str) -> str:
    return json.dumps(
        {
            "event": "start",
            "sequenceNumber": "1",
            "start": {
                "accountSid": "AC4f5c7b2d",
                "streamSid": stream,
                "callSid": CALL,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": encoding, "sampleRate": rate, "channels": 1},
                "customParameters": given,
            },
            "streamSid": stream,
        }
    )


def media(chunk: int | None, payload: bytes, at_ms: float | None = None, **more: Any) -> str:
    inner: dict[str, Any] = {"track": "inbound", "payload": base64.b64encode(payload).decode()}
    if chunk is not None:
        inner["chunk"] = str(chunk)
        inner["timestamp"] = str(round(20 * (chunk - 1) + 5 if at_ms is None else at_ms))
    elif at_ms is not None:
        inner["timestamp"] = str(round(at_ms))
    return json.dumps({"event": "media", "streamSid": STREAM, "media": inner | more.pop("media", {})} | more)


def dtmf(digit: str) -> str:
    told = {"track": "inbound_track", "digit": digit}
    return json.dumps({"event": "dtmf", "streamSid": STREAM, "sequenceNumber": "5", "dtmf": told})


def mark(name: str = "said") -> str:
    return json.dumps({"event": "mark", "streamSid": STREAM, "sequenceNumber": 6, "mark": {"name": name}})


def stop() -> str:
    told = {"accountSid": "AC4f5c7b2d", "callSid": CALL}
    return json.dumps({"event": "stop", "sequenceNumber": "9", "stop": told, "streamSid": STREAM})


def pieces(sound: bytes, length: int = 160) -> list[bytes]:
    return [sound[first : first + length] for first in range(0, len(sound), length)]


def frames(parts: Sequence[bytes]) -> list[str]:
    return [media(number, part) for number, part in enumerate(parts, start=1)]


def snake_start(law: str = "PCMU") -> str:
    return json.dumps(
        {
            "event": "start",
            "sequence_number": "1",
            "start": {
                "user_id": "3e6f995f",
                "call_control_id": "v2:T02llQxIyaRkhfRKxgAP8nY511EhFLizdvdUKJiSw8d6A9BborherQ",
                "from": "+13122010094",
                "to": "+13122123456",
                "media_format": {"encoding": law, "sample_rate": 8000, "channels": 1},
            },
            "stream_id": "32de0dea-53cb-4b21-89a4-9e1819c043bc",
        }
    )


def snake_media(number: int, chunk: int, payload: bytes) -> str:
    told = {
        "track": "inbound",
        "chunk": str(chunk),
        "timestamp": str(20 * chunk),
        "payload": base64.b64encode(payload).decode(),
    }
    stream = "32de0dea-53cb-4b21-89a4-9e1819c043bc"
    return json.dumps({"event": "media", "sequence_number": str(number), "media": told, "stream_id": stream})
