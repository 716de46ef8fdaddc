"""The command that gives the record of a service period away on request."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("period")
@click.option("--data", required=True, type=FOLDER, help="The center's data folder.")
@click.option("-o", "--out", required=True, type=FILE, metavar="FILE.zip", help="The archive to write.")
def dossier(period: str, data: Path, out: Path) -> None:
    """The whole record of service PERIOD (s000017, or its number) as one archive. Also while serving.

    \b
    dossier.pdf    order, selection criteria, ECG with the response to each event, reports, physician
                   contacts, summary, staff, quality control, emergencies, continuity, audit; its first
                   page says what is complete, what is missing and why
    beside it      the same as data: orders, determinations, events, contacts, staff, watches, plans,
                   reports as issued, ECG (WFDB), audit with its hashes
    manifest.json  SHA-256 of every file; manifest.sig the center's signature over it

    `einthoven verify FILE.zip --key PUBLIC` checks it anywhere; `einthoven peer key` prints the key. That
    the record was taken out is a line of the audit.
    """
    from einthoven.bootstrap.dossier_command import run_dossier

    click.echo(json.dumps(run_dossier(period, data, out), ensure_ascii=False))
    sys.stdout.flush()
