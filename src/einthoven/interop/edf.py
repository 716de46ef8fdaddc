"""EDF+ files from recordings, a data record at a time: EDF+C, or EDF+D where there are gaps (R41).

Digital values are the stored samples; −32768, the lowest of them, is one that was not measured. Source: Kemp
et al. 1992 (EDF), Kemp and Olivan 2003 (EDF+), https://www.edfplus.info/specs/.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.base.instants import MINUTE, SECOND
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.interop import edf_text
from einthoven.interop.edf_plan import (
    DIGITAL,
    TICKS,
    Length,
    onset,
    record_of,
    scale_of,
    starts_of,
)
from einthoven.interop.recording import CHUNK, Mark, Progress, Recording
from einthoven.interop.wfdb_annotations import SYMBOLS

ENDS = "Recording ends"
"""Standard text of EDF+ (2.2.5): where the samples end that the last data record is filled up behind."""
YEARS = (1985, 2084)
"""What a header's two digits can tell."""
_NS_A_TICK = SECOND // TICKS
_BEATS_AT_A_TIME = 1 << 16
Tal = tuple[int, bytes]
"""The sample it is tied to, and a time-stamped annotation list."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A recording laid into data records.

    Attributes:
        length: of each.
        starts: the first sample of each.
        runs: numbers of those that do not follow on the one before; the first is 0.
        begun: the date and time of the header, on the wall's clock; None where it is not known.
        ahead: ticks that the first sample is behind that.
        room: bytes for annotations in each.
    """

    length: Length
    starts: NDArray[np.int64]
    runs: NDArray[np.int64]
    begun: datetime | None
    ahead: int
    room: int


def edf_pieces(recording: Recording, progress: Progress = lambda _done, _total: None) -> Iterator[bytes]:
    """The bytes of an EDF+ file, held a piece at a time.

    The file begins with the first sample that was received. A gap ends a row of data records, and the next
    row has its own time (EDF+D); the last data record before it is filled up with samples that were not
    measured. Gaps shorter than that filling are samples that were not measured, too.

    Args:
        recording: what is written; beats, rhythm and marks become annotations.
        progress: called with (samples done, samples in all).

    Raises:
        InputError: nothing was received, or a date or gain that the header cannot hold.
        StoreError: its samples cannot be read.
    """
    if not recording.present:
        raise InputError(f"{recording.name}: there are no samples to write")
    plan = _plan(recording)
    yield _header(recording, plan)
    size, leads = plan.length.samples, len(recording.layout.leads)
    waiting: deque[Tal] = deque()
    coming = _tals(recording, plan)
    cuts = [*plan.runs.tolist(), len(plan.starts)]
    step = max(1, CHUNK // size)
    for run, end in pairwise(cuts):
        for first in range(run, end, step):
            count = min(step, end - first)
            start = int(plan.starts[first])
            out = np.zeros((count, size * leads * 2 + plan.room), np.uint8)
            values = _samples(recording, start, count * size).reshape(count, size, leads)
            little = np.ascontiguousarray(values.transpose(0, 2, 1)).astype("<i2", copy=False)
            out[:, : size * leads * 2] = little.reshape(count, -1).view(np.uint8)
            for row in range(count):
                at = start + row * size
                text = _annotations(plan, _time(recording, plan, run, first + row), at, coming, waiting)
                out[row, size * leads * 2 :][: len(text)] = np.frombuffer(text, np.uint8)
            yield out.tobytes()
            progress(min(start + count * size, recording.samples), recording.samples)


def _samples(recording: Recording, start: int, count: int) -> NDArray[np.int16]:
    """Samples from ``start`` on; behind the last one none was measured."""
    stop = min(start + count, recording.samples)
    samples = recording.read(start, stop)
    if stop < start + count:
        blank = np.full((start + count - stop, samples.shape[1]), INVALID_SAMPLE, np.int16)
        samples = np.concatenate([samples, blank])
    return samples


def _plan(recording: Recording) -> _Plan:
    length = record_of(recording.layout.rate_mhz, len(recording.layout.leads))
    starts = starts_of(recording.present, length.samples)
    runs = np.flatnonzero(np.diff(starts, prepend=starts[0] - 2 * length.samples) != length.samples)
    begun, ahead = _begun(recording)
    return _Plan(length, starts, runs, begun, ahead, _room(recording, starts, length.samples))


def _begun(recording: Recording) -> tuple[datetime | None, int]:
    """When the first sample received was taken: whole seconds on the wall's clock, and ticks beyond."""
    at = recording.instant(recording.present[0].start)
    if at is None:
        return None, 0
    at += recording.utc_offset_minutes * MINUTE
    seconds, ahead = divmod(round(at / _NS_A_TICK), TICKS)
    begun = datetime.fromtimestamp(seconds, UTC)
    if not YEARS[0] <= begun.year <= YEARS[1]:
        raise InputError(
            f"{recording.name} begins in {begun.year}: EDF tells only years from {YEARS[0]} to {YEARS[1]}"
        )
    return begun, ahead


def _time(recording: Recording, plan: _Plan, run: int, record: int) -> int:
    """Ticks from the header's time to a data record; rows of records follow each other without a seam."""
    behind = int(plan.starts[run] - plan.starts[0])
    return plan.ahead + _ticks(recording, behind) + (record - run) * plan.length.ticks


def _ticks(recording: Recording, samples: int) -> int:
    return round(samples * 1000 * TICKS / recording.layout.rate_mhz)


# Annotations ---------------------------------------------------------------------------------------------


def _annotations(plan: _Plan, time: int, at: int, coming: Iterator[Tal], waiting: deque[Tal]) -> bytes:
    """The annotations of one data record: its own time, and what has come up and fits."""
    text = [b"+" + onset(time).encode() + b"\x14\x14\0"]
    left = plan.room - len(text[0])
    last = at + plan.length.samples
    while True:
        if not waiting:
            following = next(coming, None)
            if following is None:
                break
            waiting.append(following)
        sample, tal = waiting[0]
        if sample >= last and at != int(plan.starts[-1]):
            break
        if len(tal) > left:
            break
        text.append(tal)
        left -= len(tal)
        waiting.popleft()
    return b"".join(text)


def _room(recording: Recording, starts: NDArray[np.int64], size: int) -> int:
    """Bytes a data record must have for annotations so that each is written, if late.

    Where every record takes what has come up or fills all but less than the longest annotation, what comes
    up from any record on must fit into those that are left, less that much of each.
    """
    last = _ticks(recording, recording.samples) + 2 * TICKS
    longest_time = len(onset(last - last % TICKS + 1)) + 1
    sizes = np.zeros(len(starts), np.int64)
    longest = longest_time + 8
    beats = recording.beats["sample"]
    sizes += np.bincount(_taken(beats, starts, size), minlength=len(starts)) * (longest_time + 4)
    for sample, tal in _marks(recording, 2 * TICKS):
        sizes[_taken(np.array([sample]), starts, size)[0]] += len(tal) + 8
        longest = max(longest, len(tal) + 8)
    rest = sizes[::-1].cumsum()[::-1]
    need = int((-(-rest // np.arange(len(starts), 0, -1))).max())
    room = longest_time + 4 + need + longest
    return room + room % 2


def _taken(sample: NDArray[np.int64], starts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """The first data record that takes what is tied to each sample: int64[n]."""
    first: NDArray[np.int64] = np.searchsorted(starts, sample - size, "right").astype(np.int64)
    return np.minimum(first, len(starts) - 1)


def _tals(recording: Recording, plan: _Plan) -> Iterator[Tal]:
    """All annotations in order of the samples they are tied to."""
    first = int(plan.starts[0])
    marks = _marks(recording, plan.ahead)
    return heapq.merge(marks, _beats(recording, plan.ahead, first), key=lambda tal: tal[0])


def _beats(recording: Recording, ahead: int, first: int) -> Iterator[Tal]:
    beats = recording.beats
    for at in range(0, len(beats), _BEATS_AT_A_TIME):
        part = beats[at : at + _BEATS_AT_A_TIME]
        for sample, code in zip(part["sample"].tolist(), part["code"].tolist(), strict=True):
            time = max(0, ahead + _ticks(recording, sample - first))
            yield sample, f"+{onset(time)}\x14{SYMBOLS.get(code, '?')}\x14\0".encode()


def _marks(recording: Recording, ahead: int) -> list[Tal]:
    """Everything but beats, in order."""
    first, end = recording.present[0].start, recording.present[-1].stop
    rows: list[tuple[int, int | None, str]] = []
    if edf_text.told(recording.subject.name) and not edf_text.name_is_whole(recording.subject):
        rows.append((first, None, f"patient: {recording.subject.name}"))
    rows += [(first, None, text) for text in recording.comments]
    if recording.made_by:
        rows.append((first, None, f"analysis: {recording.made_by}"))
    rows += [(sample, None, f"rhythm {aux}") for sample, aux in recording.rhythm]
    rows += [
        (max(first, mark.start), mark.stop, _words(mark))
        for mark in recording.marks
        if mark.kind != "gap" or mark.start >= first
    ]
    rows.append((end, None, ENDS))
    rows.sort(key=lambda row: row[0])
    tals = []
    for sample, stop, text in rows:
        time = max(0, ahead + _ticks(recording, sample - first))
        lasts = "" if stop is None or stop <= sample else f"\x15{onset(_ticks(recording, stop - sample))}"
        tals.append((sample, f"+{onset(time)}{lasts}\x14{edf_text.told(text) or '?'}\x14\0".encode()))
    return tals


def _words(mark: Mark) -> str:
    if mark.kind == "episode":
        return mark.text or mark.code
    return f"{mark.kind}: {mark.text or mark.code}"


# The header ----------------------------------------------------------------------------------------------


def _header(recording: Recording, plan: _Plan) -> bytes:
    leads = recording.layout.leads
    begun = plan.begun
    date, time = ("01.01.85", "00.00.00") if begun is None else (f"{begun:%d.%m.%y}", f"{begun:%H.%M.%S}")
    fixed = [
        ("0", 8),
        (edf_text.patient(recording.subject), 80),
        (edf_text.recording(recording, begun), 80),
        (date, 8),
        (time, 8),
        (str(256 * (len(leads) + 2)), 8),
        ("EDF+C" if len(plan.runs) == 1 else "EDF+D", 44),
        (str(len(plan.starts)), 8),
        (plan.length.duration, 8),
        (str(len(leads) + 1), 4),
    ]
    scales = [scale_of(lead) for lead in leads]
    columns: list[tuple[int, list[str]]] = [
        (16, [*edf_text.labels(recording.layout), "EDF Annotations"]),
        (80, [""] * (len(leads) + 1)),
        (8, [*(scale.unit for scale in scales), ""]),
        (8, [*(scale.low for scale in scales), "-1"]),
        (8, [*(scale.high for scale in scales), "1"]),
        (8, [str(DIGITAL[0])] * (len(leads) + 1)),
        (8, [str(DIGITAL[1])] * (len(leads) + 1)),
        (80, [""] * (len(leads) + 1)),
        (8, [*[str(plan.length.samples)] * len(leads), str(plan.room // 2)]),
        (32, [""] * (len(leads) + 1)),
    ]
    fields = fixed + [(text, width) for width, texts in columns for text in texts]
    for text, width in fields:
        if len(text) > width:
            raise InputError(
                f"{recording.name}: {text!r} does not go into {width} characters of an EDF header"
            )
    return "".join(text.ljust(width) for text, width in fields).encode("ascii")
