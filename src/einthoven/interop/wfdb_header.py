"""WFDB headers (``.hea``): parse and write, single and multi-segment (R41).

Source: PhysioNet's "WFDB Applications Guide", header(5). Where that page lets a field be left out, its
defaults hold here: 250 Hz, gain 200 units per mV, baseline = ADC zero. Two things it allows are refused with
a message: frames of more than one sample a signal, and skewed signals.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from einthoven.base.errors import RecordError
from einthoven.base.instants import DAY, HOUR, MINUTE, SECOND, Instant

GAIN_DEFAULT = 200.0
RATE_DEFAULT_HZ = 250.0
SIGNALS_MAX = 4096
"""More than any recorder has: a header that states more is damaged, and nothing is allocated for it."""

FORMATS = frozenset({0, 8, 16, 24, 32, 61, 80, 160, 212, 310, 311, 508, 516, 524})
RESOLUTION_DEFAULT = {8: 12, 80: 8, 508: 8, 310: 10, 311: 10, 212: 12, 24: 24, 524: 24, 32: 32}

_FORMAT = re.compile(r"(\d{1,4})(?:x(\d{1,6}))?(?::(\d{1,9}))?(?:\+(\d{1,15}))?\Z")
_GAIN = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)(?:\(([-+]?\d{1,12})\))?(?:/(\S+))?\Z")
_INTEGER = re.compile(r"[-+]?\d{1,18}\Z")
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,255}\Z")
_TIME = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,2})(?:\.(\d{1,9}))?\Z")
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{1,4})\Z")


@dataclass(frozen=True, slots=True)
class SignalSpec:
    """One signal line.

    Attributes:
        file: signal file, beside the header; ``~`` for a null signal.
        fmt: storage format, one of ``FORMATS``; 0 is a null signal: no file, nothing measured.
        offset: bytes before the first sample.
        gain: units per physical unit (ADC units/mV); 200 where the header says 0 or nothing.
        calibrated: whether the header stated the gain.
        baseline: sample value at 0 physical units.
        units: physical unit, ``"mV"`` unless stated.
        resolution: bits of the converter.
        adc_zero: the converter's middle value.
        initial: first sample, if stated (format 8 builds on it).
        checksum: signed 16-bit sum of all samples, if stated.
        name: description, may be empty.
    """

    file: str
    fmt: int
    offset: int = 0
    gain: float = GAIN_DEFAULT
    calibrated: bool = True
    baseline: int = 0
    units: str = "mV"
    resolution: int = 16
    adc_zero: int = 0
    initial: int | None = None
    checksum: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a multi-segment record; name ``~`` is a hole, length 0 a layout header."""

    name: str
    samples: int


@dataclass(frozen=True, slots=True)
class Header:
    """A header.

    Attributes:
        name: record name.
        rate_hz: samples per second and signal.
        samples: per signal; None where the header leaves it to the length of the file.
        day: base date, or None.
        time: base time of day in nanoseconds, or None.
        signals: the signal lines; empty in a multi-segment header.
        segments: the segment lines; empty in a single-segment header.
        signals_stated: number of signals of the record line.
        comments: text after ``#``, without it.
    """

    name: str
    rate_hz: float
    samples: int | None
    day: date | None = None
    time: int | None = None
    signals: tuple[SignalSpec, ...] = ()
    segments: tuple[Segment, ...] = ()
    signals_stated: int = 0
    comments: tuple[str, ...] = field(default=())

    @property
    def start(self) -> Instant | None:
        """The instant of sample 0 where base date and time are both known, read as UTC."""
        if self.day is None or self.time is None:
            return None
        midnight = datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)
        return round(midnight.timestamp()) * SECOND + self.time


def parse_header(data: bytes | str, source: str) -> Header:
    """The header in ``data``.

    Args:
        data: the file's bytes (UTF-8, else Latin-1) or text.
        source: file name for messages.

    Raises:
        RecordError: one line naming the file, the line and the field.
    """
    text = data if isinstance(data, str) else _decode(data)
    lines: list[tuple[int, str]] = []
    comments: list[str] = []
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        line = raw.strip()
        if line.startswith("#"):
            comments.append(line[1:].strip())
        elif line:
            lines.append((number, line))
    if not lines:
        raise RecordError(f"{source}: the header has no record line")
    header, count = _record_line(lines[0][1], f"{source}: line {lines[0][0]}")
    rest = lines[1:]
    wanted, what = (count, "segment") if count else (header.signals_stated, "signal")
    if len(rest) != wanted:
        raise RecordError(f"{source}: {len(rest)} {what} lines where the record line says {wanted}")
    signals: list[SignalSpec] = []
    segments: list[Segment] = []
    for number, line in rest:
        where = f"{source}: line {number}"
        if count:
            segments.append(_segment_line(line, where))
        else:
            signals.append(_signal_line(line, where))
    if count:
        _check_total(header.samples, segments, source)
    return Header(
        name=header.name,
        rate_hz=header.rate_hz,
        samples=header.samples,
        day=header.day,
        time=header.time,
        signals=tuple(signals),
        segments=tuple(segments),
        signals_stated=header.signals_stated,
        comments=tuple(comments),
    )


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _record_line(line: str, where: str) -> tuple[Header, int]:
    fields = line.split()
    name, _, segments = fields[0].partition("/")
    if not _NAME.match(name):
        raise RecordError(f"{where}: record name {name[:40]!r}: want letters, digits, - _ .")
    count = _integer(segments, f"{where}: number of segments", low=1, high=10**7) if segments else 0
    if "/" in fields[0] and not segments:
        raise RecordError(f"{where}: number of segments is missing after {name}/")
    if len(fields) < 2:
        raise RecordError(f"{where}: number of signals is missing")
    signals = _integer(fields[1], f"{where}: number of signals", low=0, high=SIGNALS_MAX)
    rate = _rate(fields[2], where) if len(fields) > 2 else RATE_DEFAULT_HZ
    samples = _integer(fields[3], f"{where}: number of samples", low=0) if len(fields) > 3 else 0
    time = _time_of_day(fields[4], where) if len(fields) > 4 else None
    day = _day(fields[5], where) if len(fields) > 5 else None
    return Header(name, rate, samples or None, day, time, signals_stated=signals), count


def _rate(text: str, where: str) -> float:
    value = _number(text.partition("/")[0], f"{where}: sampling rate")
    if value <= 0:
        raise RecordError(f"{where}: sampling rate {text!r} must be above 0")
    return value


def _time_of_day(text: str, where: str) -> int:
    match = _TIME.match(text)
    if match is None:
        raise RecordError(f"{where}: base time {text[:40]!r}: want HH:MM:SS")
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[:3])
    fraction = int((match[4] or "0").ljust(9, "0"))
    total = hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction
    if minutes > 59 or seconds > 59 or total >= DAY:
        raise RecordError(f"{where}: base time {text!r} is no time of day")
    return total


def _day(text: str, where: str) -> date:
    match = _DATE.match(text)
    try:
        if match is None:
            raise ValueError(text)
        return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError as error:
        raise RecordError(f"{where}: base date {text[:40]!r}: want DD/MM/YYYY") from error


def _segment_line(line: str, where: str) -> Segment:
    fields = line.split()
    if len(fields) != 2:
        raise RecordError(f"{where}: want a segment's name and length, got {line[:60]!r}")
    name = fields[0]
    if name != "~" and not _NAME.match(name):
        raise RecordError(f"{where}: segment name {name[:40]!r}: want letters, digits, - _ .")
    return Segment(name, _integer(fields[1], f"{where}: length of segment {name}", low=0))


def _check_total(samples: int | None, segments: list[Segment], source: str) -> None:
    total = sum(segment.samples for segment in segments)
    if samples is not None and total != samples:
        raise RecordError(
            f"{source}: segments add up to {total} samples where the record line says {samples}"
        )


def _signal_line(line: str, where: str) -> SignalSpec:
    fields = line.split(None, 8)
    if len(fields) < 2:
        raise RecordError(f"{where}: want a signal's file and format, got {line[:60]!r}")
    file = fields[0]
    fmt, offset = _format(fields[1], where)
    if (not _NAME.match(file) or file in {".", "..", "-"}) and (file, fmt) != ("~", 0):
        raise RecordError(f"{where}: signal file {file[:60]!r}: want a file name beside the header")
    gain, calibrated, baseline, units = _gain(fields[2] if len(fields) > 2 else "0", where)
    numbers = [
        _integer(text, f"{where}: {label}")
        for text, label in zip(
            fields[3:8],
            ("ADC resolution", "ADC zero", "initial value", "checksum", "block size"),
            strict=False,
        )
    ]
    resolution = numbers[0] if numbers and numbers[0] > 0 else RESOLUTION_DEFAULT.get(fmt, 16)
    if resolution > 64:
        raise RecordError(f"{where}: ADC resolution of {resolution} bits")
    adc_zero = numbers[1] if len(numbers) > 1 else 0
    return SignalSpec(
        file=file,
        fmt=fmt,
        offset=offset,
        gain=gain,
        calibrated=calibrated,
        baseline=adc_zero if baseline is None else baseline,
        units=units,
        resolution=resolution,
        adc_zero=adc_zero,
        initial=numbers[2] if len(numbers) > 2 else None,
        checksum=numbers[3] if len(numbers) > 3 else None,
        name=fields[8].strip() if len(fields) > 8 else "",
    )


def _format(text: str, where: str) -> tuple[int, int]:
    match = _FORMAT.match(text)
    if match is None:
        raise RecordError(f"{where}: format {text[:40]!r} is malformed")
    fmt = int(match[1])
    if fmt not in FORMATS:
        raise RecordError(f"{where}: format {fmt} is not one of {', '.join(map(str, sorted(FORMATS)))}")
    if match[2] is not None and int(match[2]) != 1:
        raise RecordError(f"{where}: {match[2]} samples per frame: only 1 is read")
    if match[3] is not None and int(match[3]) != 0:
        raise RecordError(f"{where}: skew of {match[3]} samples: only unskewed signals are read")
    return fmt, int(match[4] or 0)


def _gain(text: str, where: str) -> tuple[float, bool, int | None, str]:
    match = _GAIN.match(text)
    if match is None:
        raise RecordError(f"{where}: gain {text[:40]!r} is malformed")
    value = float(match[1])
    if value < 0 or not math.isfinite(value):
        raise RecordError(f"{where}: gain {text[:40]!r} must not be negative")
    baseline = None if match[2] is None else int(match[2])
    if baseline is not None and not -(2**31) < baseline < 2**31:
        raise RecordError(f"{where}: baseline {baseline} is out of range")
    return value or GAIN_DEFAULT, value > 0, baseline, match[3] or "mV"


def _integer(text: str, what: str, low: int | None = None, high: int = 2**62) -> int:
    if not _INTEGER.match(text):
        raise RecordError(f"{what} {text[:40]!r} is not a whole number")
    value = int(text)
    if not (-high if low is None else low) <= value <= high:
        raise RecordError(f"{what} {value} is out of range")
    return value


def _number(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise RecordError(f"{what} {text[:40]!r} is not a number") from error
    if not math.isfinite(value):
        raise RecordError(f"{what} {text[:40]!r} is not a number")
    return value


def write_header(header: Header) -> str:
    """The text of a header file; ``parse_header`` of it gives an equal ``Header``.

    Raises:
        RecordError: a field cannot be written (a name with blanks, a comment or description of two lines).
    """
    what = f"record {header.name[:40]!r}"
    name = header.name
    if not _NAME.match(name):
        raise RecordError(f"{what}: a record name has letters, digits, - _ . only")
    first = [f"{name}/{len(header.segments)}" if header.segments else name]
    first += [str(header.signals_stated or len(header.signals)), number_text(header.rate_hz)]
    if header.samples is not None or header.time is not None:
        first.append(str(header.samples or 0))
    if header.time is not None:
        first.append(_time_text(header.time))
        if header.day is not None:
            first.append(f"{header.day.day:02d}/{header.day.month:02d}/{header.day.year:04d}")
    lines = [" ".join(first)]
    lines += [f"{segment.name} {segment.samples}" for segment in header.segments]
    lines += [_signal_text(signal) for signal in header.signals]
    lines += [f"# {comment}" for comment in header.comments]
    for line in lines:
        if len(re.split(r"[\r\n]", line)) > 1:
            raise RecordError(f"{what}: a header field holds a line break: {line[:60]!r}")
    return "\n".join(lines) + "\n"


def _signal_text(signal: SignalSpec) -> str:
    offset = f"+{signal.offset}" if signal.offset else ""
    gain = number_text(signal.gain) if signal.calibrated else "0"
    units = "_".join(signal.units.split()) or "mV"
    head = f"{signal.file} {signal.fmt}{offset} {gain}({signal.baseline})/{units}"
    numbers = f"{signal.resolution} {signal.adc_zero} {signal.initial or 0} {signal.checksum or 0} 0"
    return f"{head} {numbers} {signal.name}".rstrip()


def _time_text(time: int) -> str:
    seconds, rest = divmod(time, SECOND)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"


def number_text(value: float) -> str:
    """The shortest text that reads back as ``value``; whole numbers without a point."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
