"""A transmitter's spool on disk: append-only files that survive ``kill -9`` and power cuts at any instant.

A folder holds

* ``origin``: recording, wall time of sample 0, leads; written aside and renamed, once;
* ``samples-<first index, 20 digits>``: runs of consecutive samples. Each record is ``magic u32, crc32 u32,
  start u64, count u32, leads u32`` and the int16 samples; a gap or ``SEGMENT_BYTES`` starts another file;
* ``events``: ``crc32 u32, length u32`` and an EVENT frame each; rewritten aside now and then;
* ``acks``: ``start u64, stop u64, last event u64, crc32 u32, zero u32`` each.

All little-endian. **fsync:** ``sync`` runs fdatasync on ``samples`` and ``events`` where something was
added; a new file's folder is fsynced when it is made. ``acks`` is not fsynced: an acknowledgement lost
here is told again by the center's WELCOME. A file of samples is removed once all of it is acknowledged
and another one is open. A torn tail, found on opening, is cut off; a record that fails its checksum
elsewhere is named when read. When fdatasync fails, what it was to make durable counts as not kept: no
later success could be believed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from struct import Struct
from zlib import crc32

import numpy as np

from einthoven.base.errors import FrameError, OursError, StoreDamagedError, StoreError, StoreFullError
from einthoven.base.spans import SpanSet
from einthoven.link.frames import decode, encode
from einthoven.link.messages import Event, Hole, Mark, Status
from einthoven.sim.spool import I16, Origin, unacknowledged

SEGMENT_BYTES = 8 << 20
_RECORD = Struct("<IIQII")
_MAGIC = 0x4C4F5053
_EVENT = Struct("<II")
_ACK = Struct("<QQQ")
_ACK_CRC = Struct("<II")
_ACK_BYTES = _ACK.size + _ACK_CRC.size
_REWRITE_BYTES = 1 << 18
_EVENT_TYPES = (Mark, Status, Hole)


class _Segment:
    """One file of consecutive samples: where its records lie."""

    def __init__(self, path: Path, first: int) -> None:
        self.path = path
        self.first = first
        self.stop = first
        self.bytes = 0
        self.starts: list[int] = []
        self.places: list[int] = []


class DiskSpool:
    """A spool in a folder; opening it finds everything that was synced.

    Args:
        folder: made if it is not there.
        leads: leads of a sample.
        room: samples that may be unacknowledged at once.

    Raises:
        StoreError: the folder cannot be read or written.
        StoreDamagedError: it belongs to another layout, or its origin is unreadable.
    """

    def __init__(self, folder: Path, leads: int, room: int = 1 << 40) -> None:
        self._folder = folder
        self._leads = leads
        self._room = room
        self.spooled = SpanSet()
        self.acknowledged = SpanSet()
        self.events: list[Event] = []
        self.last_event = 0
        self._segments: list[_Segment] = []
        self._samples_file = self._events_file = self._acks_file = -1
        self._synced: tuple[int, int] | None = None
        self._events_dirty = self._events_suspect = False
        self._read_file: tuple[Path, int] | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.origin = self._load_origin()
            self._load_samples()
            self._load_events()
            self._load_acks()
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror}") from error

    @property
    def stop(self) -> int:
        """One past the highest sample ever appended."""
        return self._segments[-1].stop if self._segments else 0

    @property
    def fill(self) -> float:
        """Share of the room that unacknowledged samples take, 0–1."""
        return min(1.0, self._held() / self._room)

    def begin(self, origin: Origin) -> None:
        """Fix the origin, durably."""
        told = {"recording": origin.recording, "wall": origin.wall, "recorded": origin.recorded}
        self._replace("origin", json.dumps(told | {"leads": self._leads}).encode())
        self.origin = origin

    def append(self, start: int, samples: I16) -> None:
        """Keep samples ``[start, start + n)``; durable after ``sync``."""
        if start < self.stop:
            raise OursError(f"sample {start} was spooled already, up to {self.stop}")
        if self._held() + len(samples) > self._room:
            raise StoreFullError(f"the spool holds {self._room} unacknowledged samples")
        payload = np.ascontiguousarray(samples, dtype="<i2").tobytes()
        head = Struct("<QII").pack(start, len(samples), self._leads)
        record = _RECORD.pack(_MAGIC, crc32(payload, crc32(head)), start, len(samples), self._leads) + payload
        try:
            segment = self._segment_for(start)
            _write_all(self._samples_file, record)
        except OSError as error:
            self._cut_back()
            raise _failed(self._folder, error) from error
        segment.starts.append(start)
        segment.places.append(segment.bytes)
        segment.bytes += len(record)
        segment.stop = start + len(samples)
        self.spooled.add(start, segment.stop)

    def keep_event(self, event: Event) -> None:
        """Keep an event; durable after ``sync``."""
        self.events.append(event)
        self.last_event = event.number
        self._events_dirty = True
        try:
            _write_all(self._events_file, _event_record(event))
        except OSError as error:
            self._events_suspect = True
            raise _failed(self._folder, error) from error

    def renumber(self, events: Sequence[Event], last_event: int) -> None:
        """Replace the unacknowledged events, durably."""
        self.events = list(events)
        self.last_event = last_event
        try:
            self._rewrite_acks()
            self._rewrite_events()
        except OSError as error:
            raise _failed(self._folder, error) from error

    def sync(self) -> None:
        """fdatasync of what was added since the last time."""
        try:
            if self._events_suspect:
                self._rewrite_events()
            elif self._events_dirty:
                self._events_suspect = True
                os.fdatasync(self._events_file)
            self._events_dirty = self._events_suspect = False
            if self._segments and self._synced != (self._segments[-1].first, self._segments[-1].bytes):
                os.fdatasync(self._samples_file)
                self._synced = (self._segments[-1].first, self._segments[-1].bytes)
        except OSError as error:
            self._forget_unsynced()
            raise _failed(self._folder, error) from error

    def read(self, start: int, stop: int) -> I16:
        """Samples ``[start, stop)``."""
        pieces = []
        at = start
        for segment in self._segments:
            if segment.stop <= at or segment.first > at or at >= stop:
                continue
            index = int(np.searchsorted(segment.starts, at, side="right")) - 1
            while at < stop and index < len(segment.starts):
                block = self._record(segment, index)
                first = segment.starts[index]
                pieces.append(block[at - first : stop - first])
                at = min(stop, first + len(block))
                index += 1
        if at < stop:
            raise OursError(f"sample {at} is not in the spool")
        return np.concatenate(pieces) if pieces else np.empty((0, self._leads), np.int16)

    def acknowledge(self, spans: Iterable[tuple[int, int]], last_event: int) -> None:
        """Note what the center has; remove files that are needed no longer."""
        lines = b""
        for start, stop in spans:
            self.acknowledged.add(start, stop)
            lines += _ack_record(start, stop, last_event)
        if self.events and self.events[0].number <= last_event:
            lines = lines or _ack_record(0, 0, last_event)
            self.events = [event for event in self.events if event.number > last_event]
        try:
            os.write(self._acks_file, lines)
            self._tidy()
        except OSError as error:
            raise _failed(self._folder, error) from error

    def close(self) -> None:
        """Close every file; nothing is synced by this."""
        for file in (self._samples_file, self._events_file, self._acks_file):
            if file >= 0:
                os.close(file)
        if self._read_file is not None:
            os.close(self._read_file[1])
        self._samples_file = self._events_file = self._acks_file = -1
        self._read_file = None

    def _held(self) -> int:
        return unacknowledged(self.spooled, self.acknowledged)

    # -- samples ---------------------------------------------------------------------------------

    def _segment_for(self, start: int) -> _Segment:
        last = self._segments[-1] if self._segments else None
        if last is not None and self._samples_file >= 0 and last.stop == start and last.bytes < SEGMENT_BYTES:
            return last
        if self._samples_file >= 0:
            self.sync()
            os.close(self._samples_file)
        path = self._folder / f"samples-{start:020d}"
        self._samples_file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_TRUNC, 0o600)
        _sync_folder(self._folder)
        segment = _Segment(path, start)
        if last is not None and not last.starts:
            self._segments.pop()
            last.path.unlink(missing_ok=True)
        self._segments.append(segment)
        return segment

    def _cut_back(self) -> None:
        """Take a half-written record off again."""
        if self._samples_file >= 0 and self._segments:
            os.ftruncate(self._samples_file, self._segments[-1].bytes)

    def _forget_unsynced(self) -> None:
        """Samples that could not be synced count as never kept."""
        segment = self._segments[-1] if self._segments else None
        if segment is None or self._samples_file < 0:
            return
        whole = self._synced[1] if self._synced and self._synced[0] == segment.first else 0
        kept = sum(place < whole for place in segment.places)
        stop = segment.starts[kept] if kept < len(segment.starts) else segment.stop
        self.spooled.remove(stop, segment.stop)
        del segment.starts[kept:], segment.places[kept:]
        segment.stop, segment.bytes = stop, whole
        try:
            os.ftruncate(self._samples_file, whole)
        except OSError:
            os.close(self._samples_file)
            self._samples_file = -1

    def _load_samples(self) -> None:
        paths = sorted(self._folder.glob("samples-*"))
        for path in paths:
            segment = _Segment(path, int(path.name.removeprefix("samples-")))
            data = path.read_bytes()
            _walk(segment, data, self._leads, check=path == paths[-1])
            self._segments.append(segment)
            self.spooled.add(segment.first, segment.stop)
            if path != paths[-1]:
                continue
            self._samples_file = os.open(path, os.O_RDWR | os.O_APPEND)
            self._synced = (segment.first, segment.bytes)
            os.fdatasync(self._samples_file)
            if segment.bytes < len(data):
                os.ftruncate(self._samples_file, segment.bytes)
                os.fsync(self._samples_file)

    def _record(self, segment: _Segment, index: int) -> I16:
        place = segment.places[index]
        end = segment.places[index + 1] if index + 1 < len(segment.places) else segment.bytes
        try:
            record = os.pread(self._reading(segment.path), end - place, place)
        except OSError as error:
            raise StoreDamagedError(f"{segment.path} at {place}: {error.strerror}") from error
        if not _whole(record):
            raise StoreDamagedError(f"{segment.path} at {place}: checksum")
        return np.frombuffer(record, dtype="<i2", offset=_RECORD.size).reshape(-1, self._leads)

    def _reading(self, path: Path) -> int:
        if self._read_file is None or self._read_file[0] != path:
            if self._read_file is not None:
                os.close(self._read_file[1])
            self._read_file = (path, os.open(path, os.O_RDONLY))
        return self._read_file[1]

    def _tidy(self) -> None:
        while len(self._segments) > 1 and self.acknowledged.covers(
            self._segments[0].first, self._segments[0].stop
        ):
            gone = self._segments.pop(0)
            gone.path.unlink(missing_ok=True)
        if os.fstat(self._acks_file).st_size > _REWRITE_BYTES:
            self._rewrite_acks()
        if not self.events and os.fstat(self._events_file).st_size > _REWRITE_BYTES:
            self._rewrite_events()

    # -- origin, events, acknowledgements -----------------------------------------------------------

    def _load_origin(self) -> Origin | None:
        path = self._folder / "origin"
        if not path.exists():
            return None
        try:
            told = json.loads(path.read_bytes())
            origin = Origin(int(told["recording"]), int(told["wall"]), bool(told["recorded"]))
            leads = int(told["leads"])
        except (ValueError, KeyError, TypeError) as error:
            raise StoreDamagedError(f"{path}: {error}") from error
        if leads != self._leads:
            raise StoreDamagedError(f"{path}: holds {leads} leads, not {self._leads}")
        return origin

    def _load_events(self) -> None:
        path = self._folder / "events"
        self._events_file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        data, place = path.read_bytes(), 0
        while place + _EVENT.size <= len(data):
            crc, length = _EVENT.unpack_from(data, place)
            frame = data[place + _EVENT.size : place + _EVENT.size + length]
            if len(frame) < length or crc32(frame) != crc:
                break
            event = _event_of(frame, path, place)
            self.events.append(event)
            self.last_event = event.number
            place += _EVENT.size + length
        if place < len(data):
            os.ftruncate(self._events_file, place)
            os.fsync(self._events_file)

    def _load_acks(self) -> None:
        path = self._folder / "acks"
        data = path.read_bytes() if path.exists() else b""
        last_event = 0
        for place in range(0, len(data) - _ACK_BYTES + 1, _ACK_BYTES):
            line = data[place : place + _ACK_BYTES]
            start, stop, event = _ACK.unpack_from(line)
            if _ACK_CRC.unpack_from(line, _ACK.size)[0] != crc32(line[: _ACK.size]):
                break
            self.acknowledged.add(start, stop)
            last_event = max(last_event, event)
        self.events = [event for event in self.events if event.number > last_event]
        self._rewrite_acks(last_event)

    def _rewrite_acks(self, last_event: int | None = None) -> None:
        """The same acknowledgements in fewer lines, and none of samples that are gone."""
        if last_event is None:
            last_event = self.events[0].number - 1 if self.events else self.last_event
        kept = [_ack_record(span.start, span.stop, last_event) for span in self.acknowledged]
        self._replace("acks", b"".join(kept) or _ack_record(0, 0, last_event))
        if self._acks_file >= 0:
            os.close(self._acks_file)
        self._acks_file = os.open(self._folder / "acks", os.O_RDWR | os.O_APPEND)

    def _rewrite_events(self) -> None:
        """Unacknowledged events only; where there is none, a status that carries the last number on."""
        kept = self.events or [Status(self.last_event, self.stop)] if self.last_event else []
        self._replace("events", b"".join(_event_record(event) for event in kept))
        os.close(self._events_file)
        self._events_file = os.open(self._folder / "events", os.O_RDWR | os.O_APPEND)
        if not self.events and self.last_event:
            os.write(self._acks_file, _ack_record(0, 0, self.last_event))
            os.fsync(self._acks_file)

    def _replace(self, name: str, data: bytes) -> None:
        aside = self._folder / f"{name}.new"
        file = os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        try:
            _write_all(file, data)
            os.fsync(file)
        finally:
            os.close(file)
        aside.replace(self._folder / name)
        _sync_folder(self._folder)


def _walk(segment: _Segment, data: bytes, leads: int, check: bool) -> None:
    """Find the records of a file; stops before the first that is torn."""
    place = 0
    while place + _RECORD.size <= len(data):
        magic, _, start, count, width = _RECORD.unpack_from(data, place)
        end = place + _RECORD.size + 2 * count * width
        if magic != _MAGIC or width != leads or start != segment.stop or end > len(data) or not count:
            return
        if check and not _whole(data[place:end]):
            return
        segment.starts.append(start)
        segment.places.append(place)
        segment.stop = start + count
        segment.bytes = place = end


def _whole(record: bytes) -> bool:
    if len(record) < _RECORD.size:
        return False
    magic, crc, _, count, leads = _RECORD.unpack_from(record)
    return bool(
        magic == _MAGIC and len(record) == _RECORD.size + 2 * count * leads and crc == crc32(record[8:])
    )


def _event_of(frame: bytes, path: Path, place: int) -> Event:
    try:
        event = decode(frame)
    except FrameError as error:
        raise StoreDamagedError(f"{path} at {place}: {error}") from error
    if not isinstance(event, _EVENT_TYPES):
        raise StoreDamagedError(f"{path} at {place}: not an event")
    return event


def _event_record(event: Event) -> bytes:
    frame = encode(event)
    return _EVENT.pack(crc32(frame), len(frame)) + frame


def _ack_record(start: int, stop: int, last_event: int) -> bytes:
    line = _ACK.pack(start, stop, last_event)
    return line + _ACK_CRC.pack(crc32(line), 0)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _failed(folder: Path, error: OSError) -> StoreError:
    full = error.errno in (28, 122)
    return (StoreFullError if full else StoreError)(f"{folder}: {error.strerror}")
