"""Every header of the public databases parses; signals and annotations equal what wfdb reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.interop.judge import DATA, needs_data, quiet, wfdb

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.edges.exchange.records import read_record
from einthoven.interop.wfdb import INVALID, parse_annotations, parse_header

pytestmark = [pytest.mark.records, needs_data]
FOLDERS = ("mitdb", "nstdb", "svdb", "vfdb", "cudb", "cinc2015", "cinc2017", "qtdb", "afdb_annotations")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_header_parses(folder: str) -> None:
    headers = sorted((DATA / folder).glob("*.hea"))
    assert headers
    for path in headers:
        header = parse_header(path.read_bytes(), str(path))
        assert header.name == path.stem
        assert header.rate_hz >= 100


@pytest.mark.parametrize("folder", FOLDERS[:-1])
def test_signals_equal_wfdbs(folder: str) -> None:
    bases = [path.with_suffix("") for path in sorted((DATA / folder).glob("*.hea"))]
    for base in bases[:: max(1, len(bases) // 4)]:
        ours, theirs = read_record(str(base)), wfdb.rdrecord(str(base), physical=False)
        kept = [i for i, units in enumerate(theirs.units) if units == "mV"]
        want = theirs.d_signal[:, kept]
        assert np.array_equal(np.where(ours.samples == INVALID_SAMPLE, want, ours.samples), want)
        assert (ours.samples == INVALID_SAMPLE).sum() == (want == INVALID[int(theirs.fmt[0])]).sum()
        assert [lead.gain for lead in ours.layout.leads] == [theirs.adc_gain[i] for i in kept]
        assert [lead.baseline for lead in ours.layout.leads] == [theirs.baseline[i] for i in kept]
        assert ours.layout.rate_hz == theirs.fs


def annotation_files() -> list[Path]:
    files = [*DATA.glob("mitdb/*.atr"), *DATA.glob("svdb/*.atr"), *DATA.glob("qtdb/*.q1c")]
    return sorted(files + list(DATA.glob("afdb_annotations/*.atr")))[::7]


@quiet
def test_annotations_equal_wfdbs() -> None:
    files = annotation_files()
    assert len(files) > 5
    for path in files:
        ours = parse_annotations(path.read_bytes(), str(path))
        theirs = wfdb.rdann(str(path.with_suffix("")), path.suffix[1:])
        assert np.array_equal(ours.sample, theirs.sample)
        assert ours.symbols == theirs.symbol
        assert np.array_equal(ours.sub, theirs.subtype)
        assert np.array_equal(ours.chan, theirs.chan)
        assert np.array_equal(ours.num, theirs.num)
        assert (ours.aux or ("",) * len(ours)) == tuple(note.rstrip("\0") for note in theirs.aux_note)
