"""EDF and EDF+ files to samples (R41), read with edfio; the stored 16-bit values are kept as they are.

Source: Kemp et al. 1992 (EDF) and Kemp and Olivan 2003 (EDF+), https://www.edfplus.info/specs/.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import edfio
import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import RecordError
from einthoven.base.instants import MICROSECOND, SECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE, Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.edges.exchange.edf_header import UNKNOWN, edf_length
from einthoven.edges.exchange.edf_times import EdfTimes, edf_times, places_of, spans_of

I16 = NDArray[np.int16]
_PER_MILLIVOLT = {"mv": 1.0, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "v": 1e3, "nv": 1e-6}
"""How many millivolts one of each unit is."""
_DAMAGE = (ValueError, LookupError, TypeError, ArithmeticError, AttributeError, AssertionError, EOFError)
"""What the library is seen to raise for damaged files."""
_NOT_ECG = ("EEG", "EOG", "EMG", "ERG", "MEG", "RESP", "EP ", "SAO2")


@dataclass(frozen=True, slots=True)
class EdfRecord:
    """What an EDF file gives: rate, leads and their numbers among its signals, int16[n, leads], start, what
    was left out and why, and which samples are there; in a gap of EDF+D they are ``INVALID_SAMPLE``."""

    rate_hz: float
    leads: list[Lead]
    numbers: list[int]
    samples: I16
    start: Instant | None
    notes: list[str]
    present: tuple[Span, ...]


def read_edf(path: Path) -> EdfRecord:
    """The ECG signals of an EDF or EDF+ file.

    Signals labelled ECG or EKG are taken; a file that labels none so gives its voltages that are not labelled
    as something else. The first one's sampling rate rules; signals of another rate are named in ``notes``.
    Data records of EDF+D stand at their own times; what the last one holds behind the end of the recording
    (``Recording ends``) without having measured it is left off.

    Raises:
        RecordError: not an EDF file, cut short, with data records that overlap, or without ECG; one line
            naming the file.
    """
    try:
        with warnings.catch_warnings():
            # The library warns of the file's length, which is refused or noted here in our own words.
            warnings.simplefilter("ignore")
            return _read(path)
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror or 'cannot be read'}") from error
    except _DAMAGE as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise RecordError(f"{path}: not a readable EDF file: {reason[:160]}") from error


def _read(path: Path) -> EdfRecord:
    length = edf_length(path)
    edf = edfio.read_edf(path, lazy_load_data=False, header_encoding="latin-1")
    if edf.num_data_records == 0 or not edf.signals:
        raise RecordError(f"{path}: the file holds no signals")
    chosen, notes = _choose(list(edf.signals))
    if not chosen:
        raise RecordError(f"{path}: no ECG among the signals: {', '.join(notes) or 'none'}"[:300])
    if length.promised == UNKNOWN:
        notes.append(f"the header does not say how many data records there are: {length.there} are read")
    elif length.there > length.promised:
        notes.append(
            f"{length.there} data records where the header says {length.promised}: all of them are read"
        )
    leads = [_lead(signal, str(path)) for _, signal in chosen]
    first = chosen[0][1]
    rate = round(float(first.sampling_frequency), 3)
    size = int(first.samples_per_data_record)
    samples = np.stack([np.asarray(signal.digital, np.int16) for _, signal in chosen], axis=1)
    times = edf_times(path, length)
    present: tuple[Span, ...] = (Span(0, len(samples)),)
    if times is not None:
        places = places_of(path, times, size, float(first.sampling_frequency))
        present = spans_of(places, size)
        samples = _ended(_laid_out(samples, places, size), times, float(first.sampling_frequency))
        present = tuple(SpanSet(present).within(0, len(samples)))
    numbers = [number for number, _ in chosen]
    return EdfRecord(rate, leads, numbers, samples, _start(edf), notes, present)


def _laid_out(samples: I16, places: NDArray[np.int64], size: int) -> I16:
    """Samples with their data records at their places."""
    total = int(places[-1]) + size
    if total == len(samples):
        return samples
    try:
        out = np.full((total, samples.shape[1]), INVALID_SAMPLE, np.int16)
    except MemoryError as error:
        raise RecordError(f"{total} samples do not fit into memory") from error
    for record, place in enumerate(places.tolist()):
        out[place : place + size] = samples[record * size : (record + 1) * size]
    return out


def _ended(samples: I16, times: EdfTimes, rate_hz: float) -> I16:
    """Samples without what only fills the last data record up."""
    if times.ends is None:
        return samples
    stop = round((times.ends - float(times.onsets[0])) * rate_hz)
    filled = 0 < stop < len(samples) and bool((samples[stop:] == INVALID_SAMPLE).all())
    return samples[:stop] if filled else samples


def _choose(signals: list[edfio.EdfSignal]) -> tuple[list[tuple[int, edfio.EdfSignal]], list[str]]:
    labelled = [signal for signal in signals if _is_ecg(signal)]
    pool = labelled or [signal for signal in signals if not signal.label.upper().startswith(_NOT_ECG)]
    chosen: list[tuple[int, edfio.EdfSignal]] = []
    notes: list[str] = []
    for number, signal in enumerate(signals):
        if not any(signal is one for one in pool):
            notes.append(f"signal {signal.label!r} left out: not ECG")
        elif _unit(signal) not in _PER_MILLIVOLT:
            notes.append(
                f"signal {signal.label!r} left out: its unit {signal.physical_dimension!r} is no voltage"
            )
        elif chosen and signal.sampling_frequency != chosen[0][1].sampling_frequency:
            notes.append(f"signal {signal.label!r} left out: {signal.sampling_frequency:g} Hz")
        else:
            chosen.append((number, signal))
    return chosen, notes


def _is_ecg(signal: edfio.EdfSignal) -> bool:
    return bool(signal.label.upper().startswith(("ECG", "EKG")))


def _unit(signal: edfio.EdfSignal) -> str:
    return str(signal.physical_dimension).strip().casefold()


def _lead(signal: edfio.EdfSignal, source: str) -> Lead:
    label = str(signal.label).strip()
    name = label[3:].lstrip(" -_") if _is_ecg(signal) else label
    try:
        low, high = float(signal.physical_min), float(signal.physical_max)
        span = signal.digital_max - signal.digital_min
    except ValueError as error:
        raise RecordError(
            f"{source}: its header is no EDF header: signal {label!r}: the physical or digital range is "
            "not made of numbers"
        ) from error
    if not math.isfinite(low) or not math.isfinite(high) or high == low or span <= 0:
        raise RecordError(f"{source}: signal {label!r}: physical or digital range is empty")
    millivolts = _PER_MILLIVOLT[_unit(signal)]
    gain = float(f"{span / (high - low) / millivolts:.12g}")  # 200, not 200.00000000000003
    if gain <= 0:
        raise RecordError(f"{source}: signal {label!r}: the physical range is upside down")
    baseline = round(signal.digital_min - low * millivolts * gain)
    bits = min(max(math.ceil(math.log2(span + 1)), 8), 16)
    return Lead(name or label, gain, baseline, bits, 0, "mV")


def _start(edf: edfio.Edf) -> Instant | None:
    try:
        day = edf.startdate
    except ValueError:  # an anonymised date
        return None
    at: time = edf.starttime
    moment = datetime.combine(day, at.replace(microsecond=0), UTC)
    return round(moment.timestamp()) * SECOND + at.microsecond * MICROSECOND
