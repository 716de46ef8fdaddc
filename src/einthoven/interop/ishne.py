"""ISHNE Holter files: samples (``ISHNE1.0``) and beats (``ANN  1.0``), out and in (R41).

Little-endian. Eight bytes of magic, a CRC-CCITT over all of the header behind it, 512 bytes of fixed fields,
a variable block, then 16-bit samples lead by lead within each sampling instant; −32768 is a lead fault.
Source: Badilini, "The ISHNE Holter Standard Output File Format", Ann Noninvasive Electrocardiol 1998;3:263;
beats: the THEW's extension (ishneAnn).

A sample of ISHNE is zero at 0 mV: a lead's baseline is taken off. The variable block holds, as JSON, what the
fixed fields have no room for: the exact start, names, gains and baselines; a file of our own gives back the
stored values by it.
"""

from __future__ import annotations

import json
import struct
from binascii import crc_hqx
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, RecordError
from einthoven.base.instants import MINUTE, SECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE, LEADS_MAX, Lead
from einthoven.ecg.beats import ARTEFACT, FUSION, NORMAL, PACED, SUPRAVENTRICULAR, UNCLASSED, VENTRICULAR
from einthoven.interop.edf_text import ascii_of
from einthoven.interop.recording import Progress, Recording
from einthoven.interop.wfdb_annotations import SYMBOLS

I16 = NDArray[np.int16]
ECG_MAGIC, BEATS_MAGIC = b"ISHNE1.0", b"ANN  1.0"
FIXED = 522
"""Bytes before the variable block."""
ABSENT = -9
CODES = {
    "X": 2, "Y": 3, "Z": 4, "I": 5, "II": 6, "III": 7, "AVR": 8, "AVL": 9, "AVF": 10,
    "V1": 11, "V2": 12, "V3": 13, "V4": 14, "V5": 15, "V6": 16, "ES": 17, "AS": 18, "AI": 19,
    "MLII": 6,
}  # fmt: skip
"""Table 1: lead by name. The modified limb lead II counts as II; its own name is in the variable block."""
NAMES = {code: name for name, code in CODES.items() if name != "MLII"} | {8: "aVR", 9: "aVL", 10: "aVF"}
LABELS = {
    NORMAL: "N", VENTRICULAR: "V", SUPRAVENTRICULAR: "S", PACED: "P", ARTEFACT: "X",
    FUSION: "V", UNCLASSED: "N",
}  # fmt: skip
"""The beat's first label; the list has none for fusion and unclassed beats. The second is WFDB's symbol."""
TIMEOUT, STEP_MAX = "!", 65_535
SAMPLES_MAX = 2**31 - 1
_FIELDS = struct.Struct("<iiiih40s40s20shh3h3h3h3hh12h12h12hh40sh80s80s88s")
_SEXES = {"male": 1, "female": 2}
_OURS = 1


def ishne_pieces(
    recording: Recording, progress: Progress = lambda _done, _total: None, made: Instant | None = None
) -> Iterator[bytes]:
    """The bytes of an ISHNE ECG file, held a piece at a time; gaps are lead faults of every lead.

    Args:
        recording: what is written.
        progress: called with (samples done, samples in all).
        made: when the file is made, for its header.

    Raises:
        InputError: a rate, gain, length or value that the format cannot hold; names it.
        StoreError: the samples cannot be read.
    """
    yield _head(ECG_MAGIC, recording, made)
    baselines = np.array([lead.baseline for lead in recording.layout.leads], np.int64)
    done = 0
    for block in recording.blocks():
        yield _from_zero(recording, block, baselines, done).astype("<i2", copy=False).tobytes()
        done += len(block)
        progress(done, recording.samples)


def _from_zero(recording: Recording, block: I16, baselines: NDArray[np.int64], first: int) -> I16:
    if not baselines.any():
        return block
    values = block - baselines
    out = block == INVALID_SAMPLE
    values[out] = INVALID_SAMPLE
    wrong = ~out & (abs(values) > -INVALID_SAMPLE - 1)
    if wrong.any():
        row, lead = (int(at[0]) for at in np.nonzero(wrong))
        name = recording.layout.names[lead]
        raise InputError(
            f"{recording.name}: sample {first + row} of lead {name} is no 16-bit value once its baseline "
            f"{baselines[lead]} is taken off, as ISHNE wants: choose another format"
        )
    return values.astype(np.int16)


def beat_pieces(recording: Recording, made: Instant | None = None) -> Iterator[bytes]:
    """The bytes of the beats' file (``.ann``), held a piece at a time.

    Behind the header the sample of the first beat; then of each beat its two labels and the samples since the
    row before (0 for the first). A beat further than 65535 samples behind follows ``!`` rows of 65535 each.

    Raises:
        InputError: as ``ishne_pieces``.
    """
    beats = recording.beats
    first = int(beats["sample"][0]) if len(beats) else 0
    yield _head(BEATS_MAGIC, recording, made) + struct.pack("<I", first)
    before = first
    for at in range(0, len(beats), 1 << 16):
        rows = bytearray()
        part = beats[at : at + (1 << 16)]
        for sample, code in zip(part["sample"].tolist(), part["code"].tolist(), strict=True):
            step = sample - before
            while step > STEP_MAX:
                rows += struct.pack("<ccH", TIMEOUT.encode(), b"\0", STEP_MAX)
                step -= STEP_MAX
            labels = LABELS.get(code, "N"), SYMBOLS.get(code, "?")
            rows += struct.pack("<ccH", *(label.encode() for label in labels), step)
            before = sample
        yield bytes(rows)


def _head(magic: bytes, recording: Recording, made: Instant | None) -> bytes:
    layout, subject = recording.layout, recording.subject
    if layout.rate_mhz % 1000:
        raise InputError(
            f"{recording.name}: {layout.rate_hz:g} Hz: ISHNE tells only whole samples per second"
        )
    if recording.samples > SAMPLES_MAX:
        raise InputError(f"{recording.name}: {recording.samples} samples: ISHNE counts to {SAMPLES_MAX}")
    block = _ours(recording)
    begun = None if recording.start is None else _wall(recording.start, recording.utc_offset_minutes)
    written = None if made is None else _wall(made, recording.utc_offset_minutes)
    family, _, given = subject.name.partition(",")
    count = len(layout.leads)
    absent = [ABSENT] * (LEADS_MAX - count)
    fields = _FIELDS.pack(
        len(block),
        recording.samples,
        FIXED,
        FIXED + len(block),
        1,
        ascii_of(given).encode(),
        ascii_of(family).encode(),
        ascii_of(subject.identifier).encode(),
        _SEXES.get(subject.sex, 0),
        0,
        *_day(date.fromisoformat(subject.birth_date) if subject.birth_date else None),
        *_day(begun),
        *_day(written),
        *((begun.hour, begun.minute, begun.second) if begun else (0, 0, 0)),
        count,
        *(CODES.get(lead.name.upper(), 0) for lead in layout.leads),
        *absent,
        *[0] * count,
        *absent,
        *(_resolution(lead) for lead in layout.leads),
        *absent,
        int(bool((recording.beats["code"] == PACED).any())),
        b"digital",
        layout.rate_mhz // 1000,
        b"einthoven",
        b"",
        b"",
    )
    return magic + struct.pack("<H", crc_hqx(fields + block, 0xFFFF)) + fields + block


def _ours(recording: Recording) -> bytes:
    told = {
        "einthoven": _OURS,
        "record": recording.name,
        "start_ns": recording.start,
        "utc_offset_minutes": recording.utc_offset_minutes,
        "patient": recording.subject.name,
        "transmitter": recording.transmitter,
        "analysis": recording.made_by,
        "leads": [
            {
                "name": lead.name,
                "gain": lead.gain,
                "baseline": lead.baseline,
                "resolution": lead.resolution,
                "adc_zero": lead.adc_zero,
            }
            for lead in recording.layout.leads
        ],
        "comments": list(recording.comments),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _wall(at: Instant, offset_minutes: int) -> datetime:
    return datetime.fromtimestamp((at + offset_minutes * MINUTE) // SECOND, UTC)


def _day(when: date | None) -> tuple[int, int, int]:
    return (0, 0, 0) if when is None else (when.day, when.month, when.year)


def _resolution(lead: Lead) -> int:
    """Nanovolts of one unit, a whole number."""
    if lead.units != "mV":
        raise InputError(f"lead {lead.name}: its unit {lead.units!r} is no voltage: ISHNE holds nothing else")
    nanovolts = round(1e6 / lead.gain)
    if not 1 <= nanovolts <= 32_767:
        raise InputError(
            f"lead {lead.name}: {lead.gain:g} units per mV: ISHNE holds 1 to 32767 nV a unit, "
            "that is 30.6 to 1000000 per mV"
        )
    return nanovolts


# In ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IshneHeader:
    """What the header of an ECG file says.

    Attributes:
        samples: as the header counts them, by lead or (some writers) of all leads together.
        offset: of the first sample in the file.
        rate_hz: whole samples per second.
        leads: names by table 1, gains by the amplitude resolution; of our own files as they were stored.
        shift: what is to be added to each lead's samples, lead faults excepted.
        start: instant of the first sample, the clock on the wall read as UTC; None where it is none.
        sound: whether the checksum fits.
    """

    samples: int
    offset: int
    rate_hz: int
    leads: tuple[Lead, ...]
    shift: tuple[int, ...]
    start: Instant | None
    sound: bool


def header_size(head: bytes, source: str) -> int:
    """Bytes of the whole header, from its first ``FIXED``.

    Raises:
        RecordError: they begin no ISHNE file.
    """
    if len(head) < FIXED or not head.startswith(ECG_MAGIC):
        raise RecordError(f"{source}: not an ISHNE file: it does not begin as one")
    size, _, first, offset = struct.unpack_from("<iiii", head, 10)
    if size < 0 or first != FIXED or offset != FIXED + size:
        raise RecordError(f"{source}: its ISHNE header is damaged: blocks at bytes {first} and {offset}")
    return int(offset)


def parse_header(head: bytes, source: str) -> IshneHeader:
    """The whole header of an ECG file.

    Raises:
        RecordError: it is damaged, cut short, or says what no ECG has; one line naming ``source`` and field.
    """
    offset = header_size(head, source)
    if len(head) < offset:
        raise RecordError(f"{source}: the file is cut short within its header")
    fields = _FIELDS.unpack_from(head, 10)
    samples, count, rate = fields[1], fields[22], fields[61]
    codes, resolutions = fields[23:35], fields[47:59]
    if not 1 <= count <= LEADS_MAX:
        raise RecordError(f"{source}: {count} leads in its header")
    if samples < 1 or rate < 1:
        raise RecordError(f"{source}: {samples} samples at {rate} Hz in its header")
    for number, resolution in enumerate(resolutions[:count]):
        if resolution < 1:
            raise RecordError(f"{source}: lead {number + 1}: amplitude resolution {resolution} nV")
    (crc,) = struct.unpack_from("<H", head, 8)
    start = _start(fields[13:16], fields[19:22])
    names = [NAMES.get(code, f"lead {number + 1}") for number, code in enumerate(codes[:count])]
    gains = [float(f"{1e6 / nanovolts:.12g}") for nanovolts in resolutions[:count]]
    leads = tuple(Lead(name, gain) for name, gain in zip(names, gains, strict=True))
    sound = crc == crc_hqx(head[10:offset], 0xFFFF)
    plain = IshneHeader(samples, offset, rate, leads, (0,) * count, start, sound)
    return _as_stored(plain, head[FIXED:offset])


def _start(day: tuple[int, ...], time: tuple[int, ...]) -> Instant | None:
    try:
        hour, minute, second = time
        return round(datetime(day[2], day[1], day[0], hour, minute, second, 0, UTC).timestamp()) * SECOND
    except ValueError:
        return None


def _as_stored(header: IshneHeader, block: bytes) -> IshneHeader:
    """With what the variable block of a file of our own adds; anything else there is somebody else's."""
    try:
        told = json.loads(block)
        if told["einthoven"] != _OURS or not header.sound:
            return header
        leads = tuple(_lead(one) for one in told["leads"])
        start = told["start_ns"]
    except (ValueError, LookupError, TypeError):
        return header
    if len(leads) != len(header.leads) or not (start is None or isinstance(start, int)):
        return header
    shift = tuple(lead.baseline for lead in leads)
    return IshneHeader(header.samples, header.offset, header.rate_hz, leads, shift, start, True)


def _lead(told: Any) -> Lead:
    name, gain = str(told["name"]), float(told["gain"])
    return Lead(name, gain, int(told["baseline"]), int(told["resolution"]), int(told["adc_zero"]))


def stored(samples: I16, shift: tuple[int, ...]) -> I16:
    """Samples of a file with the baselines that were taken off; int16[n, leads]."""
    if not any(shift):
        return samples
    values = samples + np.array(shift, np.int64)
    values[samples == INVALID_SAMPLE] = INVALID_SAMPLE
    return values.clip(INVALID_SAMPLE, -INVALID_SAMPLE - 1).astype(np.int16)
