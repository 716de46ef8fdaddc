"""``einthoven analyze``: the analysis of the live ward over records, to annotation files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, RecordError
from einthoven.base.layout import Layout
from einthoven.bootstrap.progress import progress_bar
from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.beats import ARTEFACT, GOOD, NOISY, UNKNOWN
from einthoven.edges.exchange.annotations import annotation_path, write_annotation_file
from einthoven.edges.exchange.atomic import make_folder, write_file
from einthoven.edges.exchange.records import Record, read_record
from einthoven.interop.wfdb import Annotations
from einthoven.interop.wfdb_annotations import CODES

NOT_BEATS = tuple(CODES[symbol] for symbol in "+~[")
"""Told before a beat of the same sample."""


def analyze_records(records: tuple[str, ...], out: Path, *, annotator: str, findings: bool) -> None:
    """Write ``OUT/NAME.<annotator>`` (and ``OUT/NAME.json``) for every record; one line a record on stdout.

    Raises:
        InputError: two records share a name, or a record cannot be read; nothing of it is written.
    """
    names = [
        Path(record).stem if record.endswith((".edf", ".hea")) else Path(record).name for record in records
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"two records are named {twice[0]}: their files would overwrite one another")
    for name in names:
        annotation_path(out, name, annotator)
    make_folder(out)
    for path in records:
        _analyze(path, out, annotator, findings)


def _analyze(path: str, out: Path, annotator: str, findings: bool) -> None:
    record = read_record(path)
    _check(path, record)
    for note in record.notes:
        click.echo(f"einthoven: note: {path}: {note}", err=True)
    with progress_bar(record.name) as tell:

        def share(done: float) -> None:
            tell(round(done * len(record.samples)), len(record.samples))

        result = analyze(record.samples, record.layout, share)
    annotations = annotations_of(result, record.layout)
    beats = int((result.beats["code"] != ARTEFACT).sum())
    written = write_annotation_file(out, record.name, annotator, annotations)
    if findings:
        text = json.dumps(result.findings, indent=1, ensure_ascii=False) + "\n"
        write_file(out / f"{record.name}.json", text.encode())
    click.echo(json.dumps({"record": record.name, "beats": beats, "annotations": str(written)}))


def annotations_of(result: Analysis, layout: Layout) -> Annotations:
    """Beats, ``+`` where the rhythm changes, ``[`` and ``]`` around ventricular fibrillation, ``~`` where
    quality does.

    The subtype of ``~`` is a bit mask of the first four leads: low half noisy, high half unusable
    (ecgcodes.h).
    """
    rows = [(int(sample), int(code), 0, "") for sample, code in zip(*_columns(result.beats), strict=True)]
    rows += [(sample, CODES["+"], 0, aux) for sample, aux in result.rhythm]
    rows += [(sample, CODES["~"], sub, "") for sample, sub in _quality_changes(result.quality, layout)]
    for start, stop in result.fibrillation:
        rows += [(start, CODES["["], 0, ""), (stop - 1, CODES["]"], 0, "")]
    rows.sort(key=lambda row: (row[0], row[1] not in NOT_BEATS, row[1]))
    sample, code, sub, aux = zip(*rows, strict=True) if rows else ((), (), (), ())
    plain = Annotations.of(np.array(sample, np.int64), np.array(code, np.uint8), tuple(aux), layout.rate_hz)
    return replace(plain, sub=np.array(sub, np.int8))


def _columns(beats: NDArray[np.void]) -> tuple[list[int], list[int]]:
    return beats["sample"].tolist(), beats["code"].tolist()


def _quality_changes(quality: NDArray[np.uint8], layout: Layout) -> list[tuple[int, int]]:
    """``(sample, subtype)`` at every second where it is not what it was; leads begin as good."""
    changes: list[tuple[int, int]] = []
    before = 0
    for second, codes in enumerate(quality[:, :4].tolist()):
        if UNKNOWN in codes:
            continue
        now = sum(_bits(code) << lead for lead, code in enumerate(codes))
        if now != before:
            changes.append((-(-second * layout.rate_mhz // 1000), now - 256 if now > 127 else now))
            before = now
    return changes


def _bits(code: int) -> int:
    """Of the first lead: 1 noisy, 16 unusable."""
    return 0 if code == GOOD else 1 if code == NOISY else 16


def _check(path: str, record: Record) -> None:
    if len(record.samples) < 2:
        raise RecordError(f"{path}: {len(record.samples)} sample: nothing to analyse")
    if (record.samples == record.samples[0]).all():
        raise RecordError(f"{path}: every sample is {int(record.samples[0][0])}: a flat line is no ECG")
