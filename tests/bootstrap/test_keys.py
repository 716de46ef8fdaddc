"""Key files: private, whole or not at all, never written over another transmitter's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from einthoven.base.errors import InputError
from einthoven.bootstrap.keys import KeyFile, check_writable, new_key, read_key, write_key


def key(transmitter: str = "T-100") -> KeyFile:
    seed, _ = new_key()
    return KeyFile(transmitter, "s000017", seed.hex(), "wss://127.0.0.1:1/link", "PEM", 360.0, ("MLII", "V5"))


def test_a_key_file_is_read_back_and_private(tmp_path: Path) -> None:
    path, made = tmp_path / "t.key", key()
    write_key(path, made)
    assert read_key(path) == made
    assert path.stat().st_mode & 0o077 == 0
    assert read_key(path).number == 17
    assert list(tmp_path.iterdir()) == [path]


def test_another_transmitters_key_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "t.key"
    write_key(path, key("T-1"))
    check_writable(path, "T-1")
    check_writable(tmp_path / "new.key", "T-2")
    with pytest.raises(InputError, match="T-1"):
        check_writable(path, "T-2")
    with pytest.raises(InputError, match="no such folder"):
        check_writable(tmp_path / "none" / "t.key", "T-2")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"private_key": "zz"}, "whole"),
        ({"private_key": "00"}, "32 bytes"),
        ({"stream": "x"}, "stream"),
        ({"stream": None}, "stream"),
        ({"einthoven": 2}, "version"),
        ({"rate_hz": "fast"}, "whole"),
    ],
)
def test_a_broken_key_file_is_named(tmp_path: Path, change: dict[str, object], words: str) -> None:
    path = tmp_path / "t.key"
    write_key(path, key())
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=words):
        read_key(path)


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.key").write_text("hello")
    with pytest.raises(InputError, match=r"t\.key: not a key file"):
        read_key(tmp_path / "t.key")
