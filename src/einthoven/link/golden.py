"""Golden vectors: fixed frames, payloads, proofs and refusals that a maker builds against (``docs/wire.md``).

``golden.json`` beside this module is ``as_text()``, written again only when a change of the format is wanted;
a test keeps the two equal, so that the wire cannot change unnoticed.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Lead
from einthoven.base.spans import Span
from einthoven.link import codec, frames, identity
from einthoven.link.limits import VERSION, Cause, Code, Codec, Severity

PRIVATE_KEY: Final = bytes(range(32))
STREAM: Final = 17
TRANSMITTER: Final = "T-100"
CENTER: Final = identity.fingerprint(b"the DER form of the center's certificate")
NOW: Final = 1_800_000_000_123_456_789
CHALLENGE: Final = frames.Challenge(bytes(range(100, 132)), NOW, CENTER)
HELLO: Final = identity.signed_hello(
    PRIVATE_KEY, CHALLENGE, STREAM, TRANSMITTER, bytes(range(200, 232)), "fw 1.0"
)
LEADS: Final = (Lead("II", 200.0, 0, 12, 0), Lead("V5", 409.6, -1024, 16, 0))


def beat(count: int, leads: int = 2) -> NDArray[np.int16]:
    """A made-up heartbeat in integers, int16[count, leads]: the same on every machine."""
    index = np.arange(count)
    wave = (index * 37 % 11) - 5 + (index * index % 7)
    spike = 400 - 40 * np.abs(index % 250 - 90)
    lead = wave + np.where(spike > 0, spike, 0)
    return np.stack([lead * (1 + number) - 3 * number for number in range(leads)], 1).astype(np.int16)


def payloads() -> list[tuple[str, NDArray[np.int16], int]]:
    """Samples and the codec to write them in: every predictor, the escape, all zeros, verbatim."""
    step = np.full((70, 1), 12, np.int16)
    step[40:] = -32768
    parabola = (np.arange(40) ** 2).astype(np.int16).reshape(40, 1)
    cubic = (np.arange(60) ** 3 // 8).astype(np.int16).reshape(60, 1)
    noise, value = [], 1
    for _ in range(64):
        value = value * 75 % 65_537
        noise.append(value % 65_536 - 32_768)
    fading = [0, 0]
    for index in range(98):
        fading.append(((3 * fading[-1] - fading[-2]) >> 1) + (3000 if index % 40 == 9 else 0))
    return [
        ("plain, two leads", beat(4), Codec.PLAIN),
        ("one sample", np.array([[-32768, 32767]], np.int16), Codec.RICE),
        ("worked example", np.array([[100, 101, 103, 104, 104, 102, 99, 99]], np.int16).T, Codec.RICE),
        ("one second, two leads", beat(250), Codec.RICE),
        ("twelve leads", beat(40, 12), Codec.RICE),
        ("lead comes off: escape, then zeros", step, Codec.RICE),
        ("straight line", (np.arange(100) * 3).astype(np.int16).reshape(100, 1), Codec.RICE),
        ("parabola", parabola, Codec.RICE),
        ("cubic", cubic, Codec.RICE),
        ("slope that halves", np.array([fading], np.int16).T, Codec.RICE),
        ("noise: verbatim", np.array([noise], np.int16).T, Codec.RICE),
        ("extremes", np.array([[-32768], [32767]] * 20, np.int16), Codec.RICE),
    ]


def good() -> list[tuple[str, frames.Frame]]:
    """One frame or more of every type."""
    layout = frames.LayoutFrame(250_000, LEADS, 0x1122334455667788)
    spans = (Span(0, 500), Span(750, 1000))
    return [
        ("challenge", CHALLENGE),
        ("hello", HELLO),
        ("welcome to a new stream", frames.Welcome(1, NOW, 65_536, 10_000, 15_000, 0)),
        ("welcome back", frames.Welcome(2, NOW, 65_536, 10_000, 15_000, 3, spans, True)),
        ("layout, live", layout),
        (
            "layout, recorded",
            frames.LayoutFrame(360_000, (Lead("MLII"),), 9, True, 1_700_000_000_000_000_000, 1),
        ),
        ("samples, plain", _samples(0, beat(2), Codec.PLAIN, False)),
        ("samples, rice", _samples(250, beat(250), Codec.RICE, False)),
        ("samples, backlog", _samples(2**33, beat(500), Codec.RICE, True)),
        ("ack, one span", frames.Ack(3, (Span(250, 500),))),
        ("ack, events only", frames.Ack(4)),
        ("mark", frames.Mark(1, 12_345, "palpitations", Severity.MODERATE, "climbing stairs", "sudden")),
        ("mark, in another script", frames.Mark(2, 12_346, "síncope", Severity.UNKNOWN, "", "")),
        ("status", frames.Status(3, 250, -5, 87, 0b10, (0, 2), -71, 4)),
        ("status, nothing known", frames.Status(4, 500)),
        ("hole", frames.Hole(5, 1_000, 2_000, Cause.POWER)),
        ("clock query", frames.ClockQuery(1, NOW)),
        ("clock reply", frames.ClockReply(1, NOW, 12_345.5, 98_765_432_100)),
        ("credit", frames.Credit(15_000)),
        ("credit, send again", frames.Credit(15_000, True)),
        ("refuse", frames.Refuse(Code.LAYOUT_CONFLICT, "rate or leads differ")),
        ("goodbye", frames.Goodbye()),
    ]


def _samples(start: int, block: NDArray[np.int16], kind: int, backlog: bool) -> frames.Samples:
    return frames.Samples(
        start, block.shape[0], block.shape[1], codec.encode(block, kind), int(kind), backlog
    )


def summed(message: bytes) -> bytes:
    """``message`` with the checksum that fits it: what is wrong with it is something else."""
    return message[:4] + struct.pack("<I", frames.checksum(message)) + message[8:]


def bad() -> list[tuple[str, bytes, str]]:
    """Malformed frames and the reason each must be refused for."""
    sample = frames.encode(_samples(0, beat(2, 1), Codec.PLAIN, False))
    bye, ack = frames.encode(frames.Goodbye()), frames.encode(frames.Ack(1))
    reply = frames.encode(frames.ClockReply(1, 2, 3.0, 4))
    layout = frames.encode(frames.LayoutFrame(250_000, LEADS, 1))
    refuse = frames.encode(frames.Refuse(Code.FUTURE, "a"))
    hole = frames.encode(frames.Hole(1, 5, 6))
    return [
        ("empty", b"", "short"),
        ("seven bytes", bye[:7], "short"),
        ("version 2", summed(b"\x02" + bye[1:]), "version"),
        ("type 0", summed(b"\x01\x00" + bye[2:]), "type"),
        ("type 13", summed(b"\x01\x0d" + bye[2:]), "type"),
        ("checksum of another frame", bye[:4] + b"\0\0\0\0" + bye[8:], "crc"),
        ("one bit of the payload", sample[:-1] + bytes((sample[-1] ^ 1,)), "crc"),
        ("unknown flag", summed(b"\x01\x05\x02" + sample[3:]), "flags"),
        ("aux byte of a frame without one", summed(b"\x01\x0c\x00\x01" + bye[4:]), "reserved"),
        ("reserved byte", summed(sample[:21] + b"\x01" + sample[22:]), "reserved"),
        ("no samples", summed(sample[:16] + bytes(4) + sample[20:]), "count"),
        ("10 001 samples", summed(sample[:16] + struct.pack("<I", 10_001) + sample[20:]), "count"),
        ("13 leads", summed(sample[:20] + b"\x0d" + sample[21:]), "leads"),
        ("index beyond 2^40", summed(sample[:8] + struct.pack("<Q", 2**40 - 1) + sample[16:]), "index"),
        ("codec 2", summed(b"\x01\x05\x00\x02" + sample[4:]), "codec"),
        ("a payload byte too many", summed(sample + b"\0"), "payload"),
        ("body cut", summed(ack[:-1]), "short"),
        ("a byte too many", summed(bye + b"\0"), "trailing"),
        ("not UTF-8", summed(refuse[:-1] + b"\xff"), "text"),
        ("a line break", summed(refuse[:-1] + b"\n"), "text"),
        ("position NaN", summed(reply[:24] + struct.pack("<d", float("nan")) + reply[32:]), "value"),
        ("a hole that ends where it begins", summed(hole[:-9] + struct.pack("<QB", 5, 1)), "value"),
        ("spans that touch", summed(ack[:12] + struct.pack("<HHQQQQ", 2, 0, 0, 5, 5, 6)), "spans"),
        ("257 spans", summed(ack[:12] + struct.pack("<HH", 257, 0)), "spans"),
        ("99 Hz", summed(layout[:8] + struct.pack("<I", 99_000) + layout[12:]), "layout"),
    ]  # fmt: skip


def bad_payloads() -> list[tuple[str, bytes, int, int]]:
    """Coded payloads (bytes, samples, leads) in sound frames that do not decode: refused with ``payload``."""
    sound = codec.encode(beat(250), Codec.RICE)
    return [
        ("unknown predictor", b"\x05" + sound[1:], 250, 2),
        ("cut", sound[:-1], 250, 2),
        ("a byte left over", sound + b"\0", 250, 2),
        ("25 zeros", b"\x01\x00\x00\x00\x00\x00\x00", 2, 1),
        ("padding is not zero", b"\x01\x00\x00\x1f", 2, 1),
    ]


def golden() -> dict[str, Any]:
    """Everything, JSON-ready: byte strings are hexadecimal, enumerations numbers."""
    return {
        "about": "Golden vectors of the einthoven link; docs/wire.md says what they mean.",
        "version": VERSION,
        "identity": {
            "private_key": PRIVATE_KEY.hex(),
            "public_key": identity.public_key(PRIVATE_KEY).hex(),
            "center": CENTER.hex(),
            "challenge_nonce": CHALLENGE.nonce.hex(),
            "signed_message": identity.hello_message(CHALLENGE, HELLO).hex(),
            "signature": HELLO.signature.hex(),
        },
        "frames": [
            {
                "name": name,
                "type": type(frame).__name__,
                "hex": frames.encode(frame).hex(),
                "fields": {key: _plain(value) for key, value in asdict(frame).items()},
            }
            for name, frame in good()
        ],
        "payloads": [
            {
                "name": name,
                "codec": int(kind),
                "samples": block.tolist(),
                "hex": codec.encode(block, kind).hex(),
            }
            for name, block, kind in payloads()
        ],
        "bad_frames": [{"name": name, "hex": raw.hex(), "reason": why} for name, raw, why in bad()],
        "bad_payloads": [
            {"name": name, "codec": 1, "count": count, "leads": leads, "hex": raw.hex()}
            for name, raw, count, leads in bad_payloads()
        ],
    }


def as_text() -> str:
    """``golden.json``: one line a vector."""
    parts = []
    for key, value in golden().items():
        if isinstance(value, list):
            rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in value)
            parts.append(f'"{key}": [\n  {rows}\n ]')
        else:
            parts.append(f'"{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
