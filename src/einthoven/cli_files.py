"""The command that takes a stored stream out as files of any format."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

FOLDER = click.Path(file_okay=False, path_type=Path)
FORMATS = ("wfdb", "edf", "ishne", "dicom", "aecg", "csv", "parquet")


@click.command()
@click.argument("stream")
@click.option("--data", required=True, type=FOLDER, help="The center's data folder.")
@click.option("-o", "--out", required=True, type=FOLDER, help="Folder to write to; made if missing.")
@click.option("--from", "from_", metavar="ISO", help="From this instant.")
@click.option("--to", metavar="ISO", help="Up to this instant.")
@click.option("--format", "form", default="wfdb", show_default=True, type=click.Choice(FORMATS))
@click.option("--bare", is_flag=True, help="Samples alone, without what was found in them.")
def export(
    stream: str, data: Path, out: Path, from_: str | None, to: str | None, form: str, bare: bool
) -> int:
    """Write STREAM as files: samples as they were sent, and what was found in them. Also while serving.

    Rate, gains and lead names are kept; what each format cannot hold is in docs/formats.md. What is damaged
    on the disk is left out as a hole, and named; the exit code is then 1.

    \b
    wfdb     NAME.hea .dat, NAME.ein: beats, rhythm, episodes, symptoms
    edf      NAME.edf: EDF+C, or EDF+D where there are gaps, with annotations
    ishne    NAME.ecg, NAME.ann: beats
    dicom    NAME.dcm: Ambulatory ECG; several where it is long or has gaps
    aecg     NAME.aecg.xml: HL7 annotated ECG; several where it is long
    csv, parquet
             NAME.beats, .episodes, .minutes, .symptoms, .gaps: tables
    """
    from einthoven.bootstrap.exporting import export_stream

    told = export_stream(stream, data, out, form=form, from_=from_, to=to, bare=bare)
    click.echo(json.dumps(told, ensure_ascii=False))
    sys.stdout.flush()
    return 1 if told["damaged"] else 0
