"""Records of other systems in and out: WFDB and EDF+ in, WFDB out (R41)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, RecordError
from einthoven.base.instants import Instant
from einthoven.base.layout import LEADS_MAX, Layout, Lead
from einthoven.edges.exchange.edf_files import read_edf
from einthoven.edges.exchange.wfdb_files import read_wfdb
from einthoven.edges.exchange.wfdb_writer import WrittenRecord, write_record
from einthoven.interop.wfdb import SignalSpec

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
        comments: the file's comments.
        notes: what a reader should know: signals left out, gains assumed, leads renamed.
    """

    name: str
    layout: Layout
    samples: NDArray[np.int16]
    start: Instant | None
    comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_record(path: str) -> Record:
    """The ECG of a record.

    Args:
        path: a WFDB path without extension (``.hea`` may be given), or a file ending in ``.edf``.

    Raises:
        RecordError: not there, damaged, cut short, without ECG or outside what a stream can hold
            (100–1000 Hz, 1–12 leads, 16 bits); one line naming file and field.
    """
    where = Path(path)
    if where.suffix.lower() == ".edf":
        edf = read_edf(where)
        layout = _layout(edf.rate_hz, edf.leads, edf.notes, str(where))
        return _record(where.stem, layout, edf.samples, edf.start, (), edf.notes, str(where))
    base = where.with_suffix("") if where.suffix == ".hea" else where
    header, samples = read_wfdb(base)
    notes: list[str] = []
    kept = [index for index, signal in enumerate(header.signals) if _wanted(index, signal, notes)]
    source = f"{base}.hea"
    if len(kept) > LEADS_MAX:
        notes += [
            f"signal {header.signals[i].name!r} left out: more than {LEADS_MAX} leads" for i in kept[12:]
        ]
        kept = kept[:LEADS_MAX]
    if not kept:
        raise RecordError(f"{source}: no signal is a voltage: {'; '.join(notes)}"[:300])
    leads = [_lead(index, header.signals[index], notes) for index in kept]
    layout = _layout(header.rate_hz, leads, notes, source)
    chosen = samples if len(kept) == len(header.signals) else np.ascontiguousarray(samples[:, kept])
    return _record(base.name, layout, chosen, header.start, header.comments, notes, source)


def _record(
    name: str,
    layout: Layout,
    samples: NDArray[np.int16],
    start: Instant | None,
    comments: tuple[str, ...],
    notes: list[str],
    source: str,
) -> Record:
    if len(samples) == 0:
        raise RecordError(f"{source}: the record has no samples")
    return Record(name, layout, samples, start, comments, tuple(notes))


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


def _layout(rate_hz: float, leads: list[Lead], notes: list[str], source: str) -> Layout:
    """The layout, leads of one name told apart: the second ``ECG`` becomes ``ECG 2``."""
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
        unique.append(Lead(name, lead.gain, lead.baseline, lead.resolution, lead.adc_zero, lead.units))
    layout = Layout(rate_hz, tuple(unique))
    try:
        layout.check()
    except InputError as error:
        raise RecordError(f"{source}: {error}") from error
    return layout


def _shorten(name: str, size: int) -> str:
    text = "".join(char if char.isprintable() else "?" for char in name)
    return text.encode()[:size].decode("utf-8", "ignore").strip()
