"""``einthoven analyze``: the analysis of the live ward over records, to annotation files."""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np

from einthoven.base.errors import InputError, RecordError
from einthoven.bootstrap.progress import progress_bar
from einthoven.ecg.analyze import analyze
from einthoven.edges.exchange.annotations import annotation_path, write_annotation_file
from einthoven.edges.exchange.atomic import make_folder, write_file
from einthoven.edges.exchange.records import Record, read_record
from einthoven.interop.wfdb import Annotations


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
    beats = result.beats
    annotations = Annotations.of(
        beats["sample"].astype(np.int64), beats["code"].astype(np.uint8), rate_hz=record.layout.rate_hz
    )
    written = write_annotation_file(out, record.name, annotator, annotations)
    if findings:
        text = json.dumps(result.findings, indent=1, ensure_ascii=False) + "\n"
        write_file(out / f"{record.name}.json", text.encode())
    click.echo(json.dumps({"record": record.name, "beats": len(beats), "annotations": str(written)}))


def _check(path: str, record: Record) -> None:
    if len(record.samples) < 2:
        raise RecordError(f"{path}: {len(record.samples)} sample: nothing to analyse")
    if (record.samples == record.samples[0]).all():
        raise RecordError(f"{path}: every sample is {int(record.samples[0][0])}: a flat line is no ECG")
