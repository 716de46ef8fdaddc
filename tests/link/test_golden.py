"""The golden vectors: the file is what the code makes, and every vector means what it says."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest

from einthoven.base.errors import FrameError
from einthoven.link import batch, codec, frames, golden, identity
from einthoven.link.limits import REASONS, FrameType

TEXT = (files("einthoven.link") / "golden.json").read_text(encoding="utf-8")
VECTORS = json.loads(TEXT)


def names(rows: list) -> list[str]:
    return [row["name"] for row in rows]


def test_the_file_is_what_the_code_makes() -> None:
    assert golden.as_text() == TEXT, "the wire changed: old transmitters would be refused"
    assert len(TEXT.encode()) < 200_000


@pytest.mark.parametrize("row", VECTORS["frames"], ids=names(VECTORS["frames"]))
def test_frame(row: dict) -> None:
    frame = frames.decode(bytes.fromhex(row["hex"]))
    assert frame == dict(golden.good())[row["name"]]
    assert type(frame).__name__ == row["type"]
    assert frames.encode(frame).hex() == row["hex"]


@pytest.mark.parametrize("row", VECTORS["payloads"], ids=names(VECTORS["payloads"]))
def test_payload(row: dict) -> None:
    samples = np.array(row["samples"], np.int16)
    decoded = codec.decode(bytes.fromhex(row["hex"]), *samples.shape, row["codec"])
    assert np.array_equal(decoded, samples)


@pytest.mark.parametrize("row", VECTORS["bad_frames"], ids=names(VECTORS["bad_frames"]))
def test_bad_frame(row: dict) -> None:
    message = bytes.fromhex(row["hex"])
    with pytest.raises(FrameError) as caught:
        frames.decode(message)
    assert caught.value.reason == row["reason"]
    if len(message) >= 8 and message[1] == FrameType.SAMPLES and message[0] == 1:
        assert REASONS[batch.parse(*batch.join([message])).code[0]] == row["reason"]


@pytest.mark.parametrize("row", VECTORS["bad_payloads"], ids=names(VECTORS["bad_payloads"]))
def test_bad_payload(row: dict) -> None:
    with pytest.raises(FrameError) as caught:
        codec.decode(bytes.fromhex(row["hex"]), row["count"], row["leads"], row["codec"])
    assert caught.value.reason == "payload"


def test_every_type_and_most_reasons_are_there() -> None:
    assert {bytes.fromhex(row["hex"])[1] for row in VECTORS["frames"]} == set(FrameType)
    assert {row["reason"] for row in VECTORS["bad_frames"]} == set(REASONS) - {"good", "long"}
    assert {bytes.fromhex(row["hex"])[0] for row in VECTORS["payloads"] if row["codec"]} == set(range(5))


def test_the_proof_verifies() -> None:
    row = VECTORS["identity"]
    assert identity.public_key(bytes.fromhex(row["private_key"])).hex() == row["public_key"]
    assert identity.proves(bytes.fromhex(row["public_key"]), golden.CHALLENGE, golden.HELLO)
    assert identity.hello_message(golden.CHALLENGE, golden.HELLO).hex() == row["signed_message"]
