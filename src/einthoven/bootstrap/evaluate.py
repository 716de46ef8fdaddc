"""``einthoven evaluate``: the analysis over databases with a reference, and how well it did."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import click

from einthoven.base.errors import InputError
from einthoven.bootstrap.databases import STRIPS, Database, Form, databases_in, text_of
from einthoven.bootstrap.progress import progress_bar
from einthoven.bootstrap.scoring import (
    Job,
    Outcome,
    record_alarm,
    record_beats,
    record_borders,
    record_intervals,
    record_strip,
    record_windows,
)
from einthoven.bootstrap.tables import tables
from einthoven.ecg.alarms_score import alarms_report
from einthoven.ecg.borders_score import borders_report
from einthoven.ecg.ec57 import Scored
from einthoven.ecg.ec57_report import Source, report
from einthoven.ecg.strips_score import strips_report
from einthoven.ecg.windows_score import windows_report
from einthoven.edges.exchange.annotations import ANNOTATOR, annotation_path, spare_reference
from einthoven.edges.exchange.atomic import discard_parts, make_folder

PROCESSES_MOST = 2
WORK: dict[Form, Callable[[Job], Outcome]] = {
    Form.BEATS: record_beats,
    Form.INTERVALS: record_intervals,
    Form.BORDERS: record_borders,
    Form.STRIPS: record_strip,
    Form.WINDOWS: record_windows,
    Form.ALARMS: record_alarm,
}
SEEN = "in sample: what was there of it taught the shipped forest of"
NOTES = {
    "mitdb": "in sample: DS1 taught the shipped forests; DS2 and the paced records did not",
    "nstdb": "its noises were added to training records; 118e* and 119e* taught nothing",
    "svdb": f"{SEEN} beats",
    "vfdb": f"{SEEN} ventricular fibrillation; its references have rhythms and no beats",
    "cudb": f"{SEEN} ventricular fibrillation",
    "afdb_annotations": f"{SEEN} atrial fibrillation; the beats are those of .qrs",
    "nsrdb_annotations": f"{SEEN} atrial fibrillation; the beats are those of the reference",
    "cinc2015": f"{SEEN} ventricular fibrillation, and limits of rates were chosen on it; ECG leads alone",
    "cinc2017": f"{SEEN} strips",
}
"""What a reader has to know of databases, by the name of their folder."""


def evaluate_databases(path: Path, out: Path | None, annotator: str, as_json: bool) -> None:
    """Analyse every record of the databases in ``path`` and print the figures.

    Args:
        path, out, annotator: as ``evaluate``.
        as_json: one JSON object rather than tables.

    Raises:
        InputError: as ``evaluate``.
    """
    told = evaluate(path, out, annotator)
    if as_json:
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        click.echo(tables(told), nl=False)


def evaluate(path: Path, out: Path | None = None, annotator: str = ANNOTATOR) -> dict[str, Any]:
    """Figures of the databases in a folder.

    Args:
        path: a folder of databases, or one database.
        out: keeps the annotations as ``OUT/DATABASE/RECORD.<annotator>``; None keeps none.
        annotator: their extension.

    Raises:
        InputError: no database there, nothing in it to score, or a name that is none.
    """
    annotation_path(Path(), "x", annotator)
    found = databases_in(path)
    jobs = [
        (form, Job(str(database.folder), name, str(out / database.name) if out else None, annotator))
        for database in found
        for form, names in database.records.items()
        for name in names
    ]
    if not jobs:
        reasons = "; ".join(f"{each.name}: {next(iter(each.left_out.values()))}" for each in found)
        raise InputError(f"{path}: nothing to score: {reasons}"[:300])
    if out is not None:
        for _, job in jobs:
            written = annotation_path(out / Path(job.folder).name, job.name, annotator)
            spare_reference(Path(job.folder), written)
        for database in found:
            if Form.BEATS in database.records:
                make_folder(out / database.name)
    kept = [] if out is None else [out / database.name for database in found]
    return figures(found, dict(_all(jobs, kept)), str(out) if out else None, annotator)


def _all(
    jobs: list[tuple[Form, Job]], kept: Sequence[Path]
) -> Iterator[tuple[tuple[Form, str, str], Outcome]]:
    """Every job's outcome, by form, folder and record; two at a time, which write into ``kept``."""
    workers = min(PROCESSES_MOST, os.cpu_count() or 1, len(jobs))
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _obey)
    try:
        with progress_bar("analysing", "records") as tell:
            tell(0, len(jobs))
            futures: dict[Future[Outcome], tuple[Form, Job]] = {
                pool.submit(WORK[form], job): (form, job) for form, job in jobs
            }
            for done, future in enumerate(as_completed(futures), 1):
                form, job = futures[future]
                yield (form, job.folder, job.name), future.result()
                tell(done, len(jobs))
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        workers_left = multiprocessing.active_children()
        for worker in workers_left:
            worker.terminate()
        for worker in workers_left:
            worker.join()
            # It ended where it was: what it had begun to write is put away for it.
            for folder in kept:
                discard_parts(folder, worker.pid or 0)
        raise
    pool.shutdown()


def _obey() -> None:
    """Ctrl-C is for the process that was started; it ends the others and puts away their parts of files."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def figures(
    found: list[Database], outcomes: dict[tuple[Form, str, str], Outcome], out: str | None, annotator: str
) -> dict[str, Any]:
    """The JSON object: EC57's figures by database, then ``other`` forms, ``notes`` and what was
    ``left_out``."""
    told: dict[str, Any] = {}
    other: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for database in found:
        for name, reason in database.left_out.items():
            left_out[f"{database.name}/{name}" if name else database.name] = reason
        for form, names in database.records.items():
            mine = {name: outcomes[form, str(database.folder), name] for name in names}
            left_out |= {f"{database.name}/{n}": each.why for n, each in mine.items() if each.why}
            if form is Form.BEATS:
                testdir = None if out is None else str(Path(out) / database.name)
                told[database.name] = _beats(database, mine, testdir, annotator)
                continue
            kept = {name: each.value for name, each in mine.items() if not each.why}
            if kept:
                note = {"note": NOTES[database.name]} if database.name in NOTES else {}
                scored = {"scored_by": form.value} | note | OTHER[form](database, kept)
                other[database.name] = scored
    notes = {each.name: NOTES[each.name] for each in found if each.name in NOTES}
    more = {"other": other, "notes": notes, "left_out": left_out}
    return told | {name: value for name, value in more.items() if value}


def _beats(
    database: Database, outcomes: dict[str, Outcome], testdir: str | None, annotator: str
) -> dict[str, Any]:
    """A database after EC57; a record that could not be analysed counts as one without annotations."""
    scored = {name: each.value for name, each in outcomes.items() if each.value is not None}
    missing = [name for name, each in outcomes.items() if each.why and name in scored]
    source = Source(str(database.folder), testdir, annotator)
    return report({name: scored[name] for name in outcomes if name in scored}, source, missing)


def _intervals(database: Database, kept: dict[str, Scored]) -> dict[str, Any]:
    """Rhythm only: the beats are those of the database."""
    whole = report(kept, Source(str(database.folder), None, ""))
    records = {name: each["rhythm"] for name, each in whole["records"].items()}
    hours = sum(each.rhythm["AFIB"].total_s for each in kept.values()) / 3600.0
    return {
        "hours": round(hours, 3),
        "rhythm": whole["groups"]["all"]["rhythm"],
        "records": records,
    }


def _strips(database: Database, kept: dict[str, str]) -> dict[str, Any]:
    path = next(path for name in STRIPS if (path := database.folder / name).is_file())
    rows = [line.strip().split(",")[:2] for line in text_of(path).splitlines() if "," in line]
    known = {name: label for name, label in rows if label in "NAO~"}
    return strips_report({name: label for name, label in kept.items() if name in known}, known)


OTHER: dict[Form, Callable[[Database, dict[str, Any]], dict[str, Any]]] = {
    Form.INTERVALS: _intervals,
    Form.BORDERS: lambda _, kept: {"borders": borders_report(kept)},
    Form.STRIPS: _strips,
    Form.WINDOWS: lambda _, kept: windows_report(kept),
    Form.ALARMS: lambda _, kept: alarms_report(kept),
}
"""How the databases of each form but beats are summed up."""
