"""Records of other systems in: WFDB, EDF+ and ISHNE; WFDB out (R41)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, RecordError
from einthoven.base.instants import Instant
from einthoven.base.layout import INVALID_SAMPLE, LEADS_MAX, Layout, Lead
from einthoven.base.spans import Span
from einthoven.edges.exchange.edf_files import read_edf
from einthoven.edges.exchange.ishne_files import is_ishne, read_ishne
from einthoven.edges.exchange.wfdb_files import read_wfdb
from einthoven.edges.exchange.wfdb_writer import WrittenRecord, write_record
from einthoven.interop.wfdb import INVALID, SignalSpec

__all__ = ["Record", "WrittenRecord", "read_record", "write_record"]

_PER_MILLIVOLT = {"mv": 1.0, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "v": 1e3}


@dataclass(frozen=True, slots=True)
class Record:
    """A record as read.

    Attributes:
        name: its name, without folder and extension.
        layout: rate and leads; gains and baselines as the file states them.
        samples: int16[n, leads], the stored values unchanged; unmeasured samples are ``INVALID_SAMPLE``.
        start: instant of sample 0 where the file tells it (read as UTC), else None.
        numbers: which signal of the file each lead is, from 0.
        too_many: ECG signals left out only because a stream has 12 leads at most.
        comments: the file's comments.
        notes: what a reader should know: signals left out, gains assumed, leads renamed.
        present: the spans of the samples that the file holds, in order; elsewhere are gaps, whose samples are
            ``INVALID_SAMPLE``. None where the format tells no gaps: all of them.
    """

    name: str
    layout: Layout
    samples: NDArray[np.int16]
    start: Instant | None
    numbers: tuple[int, ...] = ()
    too_many: int = 0
    comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    present: tuple[Span, ...] | None = None


def read_record(path: str, leads: Sequence[str] = ()) -> Record:
    """The ECG of a record.

    Args:
        path: a WFDB path without extension (``.hea`` may be given), a file ending in ``.edf``, or an ISHNE
            file of any name.
        leads: names or signal numbers (from 0) of the leads wanted; none: all of them, the first 12 of more.

    Raises:
        RecordError: not there, damaged, cut short, without ECG or outside what a stream can hold
            (100–1000 Hz, 1–12 leads, 16 bits); one line naming file and field.
        InputError: a lead that the record does not have.
    """
    where = Path(path)
    if where.suffix.lower() == ".edf":
        edf = read_edf(where)
        found = _Found(where.stem, str(where), edf.rate_hz, edf.numbers, edf.leads, edf.samples, edf.start)
        return replace(_record(found, leads, edf.notes), present=edf.present)
    if is_ishne(where):
        told, values, said = read_ishne(where)
        own = _Found(
            where.stem,
            str(where),
            float(told.rate_hz),
            list(range(len(told.leads))),
            list(told.leads),
            values,
            told.start,
        )
        return _record(own, leads, said)
    base = where.with_suffix("") if where.suffix == ".hea" else where
    header, samples = read_wfdb(base)
    notes = [] if header.segments else _damage(header.signals, samples)
    kept = [index for index, signal in enumerate(header.signals) if _wanted(index, signal, notes)]
    source = f"{base}.hea"
    if not kept:
        raise RecordError(f"{source}: no signal is a voltage: {'; '.join(notes)}"[:300])
    every = [_lead(index, header.signals[index], notes) for index in kept]
    values = samples if len(kept) == len(header.signals) else samples[:, kept]
    found = _Found(
        base.name, source, header.rate_hz, kept, every, values, header.start, tuple(header.comments)
    )
    return _record(found, leads, notes)


def _damage(signals: Sequence[SignalSpec], samples: NDArray[np.int16]) -> list[str]:
    """A note on each signal whose samples do not add up to what its header says; 0 says nothing."""
    notes = []
    for signal, column in zip(signals, samples.T, strict=True):
        if not signal.checksum or not signal.fmt:
            continue
        holes = int(np.count_nonzero(column == INVALID_SAMPLE))
        total = int(column.sum(dtype=np.int64)) + holes * (INVALID.get(signal.fmt, 0) - INVALID_SAMPLE)
        if (total - signal.checksum) % 65536:
            notes.append(f"signal {signal.name!r} does not fit its header's checksum: it may be damaged")
    return notes


@dataclass(frozen=True, slots=True)
class _Found:
    """All ECG signals of a file; ``numbers`` are theirs in it."""

    name: str
    source: str
    rate_hz: float
    numbers: list[int]
    leads: list[Lead]
    samples: NDArray[np.int16]
    start: Instant | None
    comments: tuple[str, ...] = ()


def _record(found: _Found, wanted: Sequence[str], notes: list[str]) -> Record:
    """What was found as a record, less the leads that are not wanted."""
    every = _told_apart(found.leads, notes)
    kept = _chosen(wanted, every, found) if wanted else list(range(min(len(every), LEADS_MAX)))
    too_many = 0 if wanted else len(every) - len(kept)
    notes += [
        f"signal {lead.name!r} left out: more than {LEADS_MAX} leads"
        for lead in every[len(every) - too_many :]
    ]
    layout = Layout(found.rate_hz, tuple(every[index] for index in kept))
    try:
        layout.check()
    except InputError as error:
        raise RecordError(f"{found.source}: {error}") from error
    if len(found.samples) == 0:
        raise RecordError(f"{found.source}: the record has no samples")
    samples = found.samples if len(kept) == len(every) else found.samples[:, kept]
    return Record(
        found.name,
        layout,
        np.ascontiguousarray(samples),
        found.start,
        tuple(found.numbers[index] for index in kept),
        too_many,
        found.comments,
        tuple(notes),
    )


def _chosen(wanted: Sequence[str], every: list[Lead], found: _Found) -> list[int]:
    """Positions of the leads wanted, each named once, in the record's order."""
    by_name = {lead.name: index for index, lead in enumerate(every)}
    by_number = {str(number): index for index, number in enumerate(found.numbers)}
    known = by_number | by_name
    there = ", ".join(f"{n} {lead.name}" for n, lead in zip(found.numbers, every, strict=True))
    for name in wanted:
        if name not in known:
            raise InputError(f"{found.source}: no lead {name!r}: there are {there}")
    kept = sorted({known[name] for name in wanted})
    if len(kept) < len(wanted):
        raise InputError(f"{found.source}: leads {','.join(wanted)} name one lead twice: there are {there}")
    return kept


def _wanted(index: int, signal: SignalSpec, notes: list[str]) -> bool:
    if signal.units.casefold() in _PER_MILLIVOLT:
        return True
    notes.append(f"signal {signal.name or index!r} left out: its unit {signal.units!r} is no voltage")
    return False


def _lead(index: int, signal: SignalSpec, notes: list[str]) -> Lead:
    name = " ".join(signal.name.split()) or f"lead {index + 1}"
    if not signal.calibrated:
        notes.append(f"lead {name}: the header states no gain; {signal.gain:g} units per mV assumed")
    gain = signal.gain / _PER_MILLIVOLT[signal.units.casefold()]
    bits = min(max(signal.resolution, 8), 16)
    return Lead(name, gain, signal.baseline, bits, signal.adc_zero, "mV")


def _told_apart(leads: list[Lead], notes: list[str]) -> list[Lead]:
    """Leads of one name told apart: the second ``ECG`` becomes ``ECG 2``."""
    names: set[str] = set()
    unique: list[Lead] = []
    for lead in leads:
        name, turn = _shorten(lead.name, 24), 1
        while name in names:
            turn += 1
            name = f"{_shorten(lead.name, 20)} {turn}"
        if name != lead.name:
            notes.append(f"lead {lead.name!r} is called {name!r} here")
        names.add(name)
        unique.append(replace(lead, name=name))
    return unique


def _shorten(name: str, size: int) -> str:
    text = "".join(char if char.isprintable() else "?" for char in name)
    return text.encode()[:size].decode("utf-8", "ignore").strip()
