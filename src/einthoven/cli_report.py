"""The command that makes a report of a bare record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("record")
@click.option("-o", "--out", required=True, type=FILE, metavar="PDF", help="The report.")
@click.option(
    "--kind",
    type=click.Choice(["daily", "end"]),
    default="daily",
    show_default=True,
    help="Of one day, or of the whole record with its days side by side.",
)
@click.option("--day", type=click.IntRange(1), help="Which day of a longer record [1].")
@click.option("--name", default="", help='The patient\'s complete name; without it "name not given".')
@click.option("--birth-date", help="YYYY-MM-DD.")
@click.option("--sex", type=click.Choice(["female", "male", "other", "unknown"]), help="The patient's.")
@click.option("--id", "identifier", help="Number by which the patient is known.")
@click.option("--start", metavar="ISO", help="When the record begins, e.g. 2026-11-21T08:00:00 [the file's].")
@click.option("--zone", metavar="ZONE", help="Time zone of that time, e.g. America/New_York.")
@click.option("--physician", help="Who ordered it.")
@click.option("--indication", help="What for.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True)
@click.option("--json", "values", type=FILE, metavar="FILE", help="Also its content: figures, samples.")
@click.option("--leads", metavar="II,V1", help="Only these leads: names, or signal numbers from 0.")
@click.option("--thresholds", type=FILE, metavar="FILE", help="A site's table (docs/thresholds.md).")
def report(record: str, **given: Any) -> None:
    """Make the report of RECORD as PDF: like that of a Holter study, without a center.

    RECORD is a WFDB record (path without extension) or an .edf file. It is analysed as the live ward would,
    then set on paper: conclusion first, trends, rhythm, ectopy, pauses, ST, variability, hours, and strips
    true to scale. Nobody has read it: it says so on every page.

    \b
    einthoven report mitdb/201 -o 201.pdf --name "Doe, Jane"
    einthoven report holter.edf -o week.pdf --kind end --zone America/New_York
    """
    from einthoven.bootstrap.limits import thresholds_of
    from einthoven.bootstrap.report import Wanted, person_of, report_record

    person = person_of(given["name"], given["birth_date"], given["sex"], given["identifier"])
    leads = given["leads"]
    told = report_record(
        record,
        Wanted(
            out=given["out"],
            kind=given["kind"],
            day=given["day"],
            person=person,
            start=given["start"] or "",
            zone=given["zone"] or "",
            physician=given["physician"] or "",
            indication=given["indication"] or "",
            paper="us-letter" if given["paper"] == "letter" else "a4",
            leads=tuple(one.strip() for one in leads.split(",")) if leads is not None else (),
            values=given["values"],
            thresholds=thresholds_of(given["thresholds"]),
        ),
    )
    click.echo(json.dumps(told, ensure_ascii=False))
