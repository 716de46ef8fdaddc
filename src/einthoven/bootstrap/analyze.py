"""``einthoven analyze``: the analysis of the live ward over records, to files that other tools read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np

from einthoven.base.errors import InputError, RecordError
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.thresholds import Thresholds, shipped
from einthoven.bootstrap.annotated import annotations_of, borders_of
from einthoven.bootstrap.compiling import telling_compilation
from einthoven.bootstrap.interrupts import heeding
from einthoven.bootstrap.progress import progress_bar
from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.beats import ARTEFACT
from einthoven.ecg.measure_record import measure_record, record_trends
from einthoven.ecg.measure_st import st_findings
from einthoven.edges.exchange.annotations import ANNOTATOR, annotation_path, spare_reference
from einthoven.edges.exchange.atomic import make_folder, write_files
from einthoven.edges.exchange.records import Record, read_record
from einthoven.interop.wfdb import write_annotations

WAVES = "wav"
"""Extension of the borders of waves."""
LOOK = 100_000
"""Samples looked at in one go."""
GAIN_LEAST, GAIN_MOST = 1.0, 1e6
"""Units per millivolt: with fewer an ECG is a flat line, with more a 16-bit sample spans 0.06 mV at the
most."""
SPAN_LEAST_MV, SPAN_MOST_MV = 0.02, 100.0
"""From its 1st to its 99th percentile an ECG spans millivolts, not as much as this more or less."""
_FINDINGS = re.compile(rb'\[\s*(\]|\{\s*"kind"\s*:)')
_MEASUREMENTS = re.compile(rb'\{\s*"record"\s*:')
_BORDERS = re.compile(rb"(?!RIFF)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``analyze`` shall write, besides the annotations.

    Attributes:
        out: folder.
        annotator: extension of the annotations.
        findings: ``NAME.json`` and ``NAME.measurements.json`` too.
        waves: ``NAME.wav`` too.
        leads: names or numbers of the leads to analyse; none: all.
        thresholds: from what on something is a finding.
    """

    out: Path
    annotator: str = ANNOTATOR
    findings: bool = False
    waves: bool = False
    leads: tuple[str, ...] = ()
    thresholds: Thresholds = field(default_factory=shipped)


def analyze_records(records: tuple[str, ...], wanted: Wanted) -> None:
    """Write the files of every record; one line a record on stdout.

    Every record is read and looked at before anything is written; the files of a record come together.

    Raises:
        InputError: two records share a name, or a record cannot be analysed: nothing at all is written.
        StoreError: the disk does not take a record's files: none of that record is written.
    """
    if wanted.waves and wanted.annotator == WAVES:
        raise InputError(f"annotator {WAVES!r} is what --waves writes: choose another name with -a")
    _check_outputs(records, wanted)
    with progress_bar("reading", "records") as tell:
        for index, path in enumerate(records):
            read = readable(path, wanted.leads)
            tell(index + 1, len(records))
    make_folder(wanted.out)
    with heeding(), telling_compilation():
        for path in records:
            # Of many, memory holds one at a time, read once more.
            _analyze(path, read if len(records) == 1 else readable(path, wanted.leads), wanted)


def _check_outputs(records: tuple[str, ...], wanted: Wanted) -> None:
    """Nothing that is written falls on what another record writes, or on what came with a record."""
    taken: dict[Path, str] = {}
    for record in records:
        for path, ours in _outputs(name_of(record), wanted).items():
            if path in taken:
                names = {name_of(taken[path]), name_of(record)}
                which = (
                    f"two records are named {names.pop()}" if len(names) == 1 else f"{taken[path]}, {record}"
                )
                raise InputError(f"{which}: their files would overwrite one another: {path}")
            taken[path] = record
            beside = path.parent.resolve() == Path(record).parent.resolve()
            if ours is None:
                spare_reference(Path(record).parent, path)
            elif beside and path.is_file() and not ours.match(head_of(path)):
                raise InputError(f"{path} came with the record: choose another folder")


def _outputs(name: str, wanted: Wanted) -> dict[Path, re.Pattern[bytes] | None]:
    """The files of a record, and how each begins where an earlier run wrote it; None for annotations."""
    paths: dict[Path, re.Pattern[bytes] | None] = {annotation_path(wanted.out, name, wanted.annotator): None}
    if wanted.findings:
        paths[wanted.out / f"{name}.json"] = _FINDINGS
        paths[wanted.out / f"{name}.measurements.json"] = _MEASUREMENTS
    if wanted.waves:
        paths[annotation_path(wanted.out, name, WAVES)] = _BORDERS
    return paths


def head_of(path: Path) -> bytes:
    """The first bytes of a file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(64)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'cannot be read'}") from error


def name_of(record: str) -> str:
    """Name of a record by its path."""
    path = Path(record)
    return path.stem if path.suffix.lower() in {".edf", ".hea"} else path.name


def readable(path: str, leads: tuple[str, ...] = ()) -> Record:
    """A record that can be analysed.

    Raises:
        InputError: it cannot; one line that names the file and what is wrong with it.
    """
    record = read_record(path, leads)
    if record.too_many:
        names = ", ".join(
            f"{n} {lead.name}" for n, lead in zip(record.numbers, record.layout.leads, strict=True)
        )
        count = len(record.layout.leads) + record.too_many
        raise RecordError(f"{path}: {count} leads: choose 12 at the most with --leads, of {names} …")
    for lead in record.layout.leads:
        if not GAIN_LEAST <= lead.gain <= GAIN_MOST:
            raise RecordError(
                f"{path}: lead {lead.name}: gain {lead.gain:g} units per mV is not that of an ECG: "
                f"want {GAIN_LEAST:g} to {GAIN_MOST:,.0f}"
            )
    count = len(record.samples)
    if count < 2:
        raise RecordError(f"{path}: {count} sample: nothing to analyse")
    _check_signal(path, record)
    _check_span(path, record)
    return record


def _check_span(path: str, record: Record) -> None:
    """At least one lead spans what an ECG may, by its gain."""
    told = []
    for lead, column in zip(record.layout.leads, record.samples.T, strict=True):
        some = column[:: max(1, len(column) // LOOK)]
        some = some[some != INVALID_SAMPLE]
        if len(some) == 0:
            continue
        low, high = np.percentile(some, [1, 99])
        span = (high - low) / lead.gain
        # Flat but for a moment is not judged here.
        if span == 0.0 or SPAN_LEAST_MV <= span <= SPAN_MOST_MV:
            return
        told.append(f"lead {lead.name} spans {span:.3g} mV by its gain of {lead.gain:g} units per mV")
    if told:
        raise RecordError(f"{path}: {told[0]}: that is no ECG, or the gain is wrong")


def _check_signal(path: str, record: Record) -> None:
    """At least one lead measured something, and something that moves."""
    level = None
    for column in record.samples.T:
        first = None
        for at in range(0, len(column), LOOK):
            piece = column[at : at + LOOK]
            measured = piece[piece != INVALID_SAMPLE]
            if len(measured) == 0:
                continue
            level = first = measured[0] if first is None else first
            if (measured != first).any():
                return
    if level is None:
        raise RecordError(f"{path}: not one of {len(record.samples)} samples was measured")
    raise RecordError(f"{path}: every sample is {int(level)}: a flat line is no ECG")


def _analyze(path: str, record: Record, wanted: Wanted) -> None:
    for note in record.notes:
        click.echo(f"einthoven: note: {path}: {note}", err=True)
    with progress_bar(record.name) as tell:

        def share(done: float) -> None:
            tell(round(done * len(record.samples)), len(record.samples))

        share(0.0)
        present = None if record.present is None else list(record.present)
        result = analyze(record.samples, record.layout, share, present, wanted.thresholds)
    with progress_bar(f"{record.name}: writing", "steps") as tell:
        files = _files(record, result, wanted, tell)
        tell(1, 1)
        write_files(files)
    written = annotation_path(wanted.out, record.name, wanted.annotator)
    beats = int((result.beats["code"] != ARTEFACT).sum())
    click.echo(json.dumps({"record": record.name, "beats": beats, "annotations": str(written)}))


def _files(
    record: Record, result: Analysis, wanted: Wanted, tell: Callable[[int, int], None]
) -> dict[Path, bytes]:
    """Everything that is written of a record, by path."""
    out, name = wanted.out, record.name
    files: dict[Path, bytes] = {}
    steps = 1 + 2 * wanted.findings + wanted.waves
    if wanted.findings:
        trends = record_trends(record.samples, record.layout, result)
        st = st_findings(trends, record.layout, result, len(record.samples), wanted.thresholds)
        result.findings.extend(st)
        result.findings.sort(key=lambda finding: (finding["start_sample"], finding["kind"]))
        tell(1, steps)
        measures = {"record": name} | measure_record(record.samples, record.layout, result, trends)
        files[out / f"{name}.json"] = _json(result.findings)
        files[out / f"{name}.measurements.json"] = _with_columns(measures, "beats")
        tell(2, steps)
    if wanted.waves:
        borders = borders_of(record.samples, record.layout, result.beats)
        files[annotation_path(out, name, WAVES)] = write_annotations(borders)
        tell(steps - 1, steps)
    annotations = annotations_of(result, record.layout, record.numbers)
    files[annotation_path(out, name, wanted.annotator)] = write_annotations(annotations)
    return files


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _with_columns(value: dict[str, Any], name: str) -> bytes:
    """The same with the table ``name`` last, each of its columns on one line."""
    rest = _json({key: each for key, each in value.items() if key != name}).decode()
    columns = (
        f"  {json.dumps(key)}: {json.dumps(each, allow_nan=False, separators=(',', ':'))}"
        for key, each in value[name].items()
    )
    table = ",\n".join(columns)
    return f'{rest.removesuffix("}" + chr(10)).rstrip()},\n "{name}": {{\n{table}\n }}\n}}\n'.encode()
