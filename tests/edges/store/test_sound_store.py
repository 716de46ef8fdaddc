"""Recordings on file: kept once under their digest, read in pieces, never served when damaged."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from tests.edges.exchange.sounds import flac, wav

from einthoven.base.errors import InputError, NotFoundError, StoreDamagedError, StoreFullError
from einthoven.edges.exchange.call_files import sound_of
from einthoven.edges.store import sound_store
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.sound_store import FOLDER, SoundStore
from einthoven.edges.store.verify import VerifyReport, _check_recordings


def test_a_recording_is_kept_as_it_came_and_read_as_a_file(tmp_path: Path) -> None:
    store, content = SoundStore(RealDisk(tmp_path)), wav(3.0, 44_100)
    digest = store.put(content, "call.wav")
    assert digest == hashlib.sha256(content).hexdigest() == store.put(content, "again.wav")
    assert (tmp_path / FOLDER / digest).read_bytes() == content
    with io.BufferedReader(store.open(digest)) as file:
        assert sum(len(part) for part in sound_of(file, "call.wav", 0)) == 3 * 44_100
    with store.open(digest) as raw:
        assert raw.seek(-4, io.SEEK_END) == len(content) - 4
        assert raw.read() == content[-4:]
        assert raw.read() == b""


def test_what_cannot_be_kept_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = RealDisk(tmp_path)
    store = SoundStore(disk)
    with pytest.raises(InputError, match=r"call\.wav: is empty"):
        store.put(b"", "call.wav")
    monkeypatch.setattr(sound_store, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="larger than"):
        store.put(bytes(11), "call.wav")
    monkeypatch.setattr(disk, "free", lambda: 1 << 20)
    with pytest.raises(StoreFullError, match=r"call\.wav"):
        store.put(b"1", "call.wav")
    assert not store.has(hashlib.sha256(b"1").hexdigest())
    for strange in ("../facts.sqlite", "00", "0" * 64):
        with pytest.raises(NotFoundError):
            store.open(strange)


def test_a_recording_that_was_changed_is_never_read_and_the_check_finds_it(tmp_path: Path) -> None:
    disk = RealDisk(tmp_path)
    store = SoundStore(disk)
    digest = store.put(flac(), "call.flac")
    assert store.faults() == []
    path = tmp_path / FOLDER / digest
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    (tmp_path / FOLDER / (digest + ".new")).write_bytes(b"half")
    with pytest.raises(StoreDamagedError, match=digest):
        store.open(digest)
    report = VerifyReport()
    _check_recordings(disk, report)
    assert [digest in str(one) for one in report.problems] == [True]
