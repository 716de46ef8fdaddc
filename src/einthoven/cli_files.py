"""The commands that take a stored stream out as files of any format, and bring one in."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from einthoven.base.errors import InputError

FOLDER = click.Path(file_okay=False, path_type=Path)
FORMATS = ("wfdb", "edf", "ishne", "dicom", "aecg", "csv", "parquet")


@click.command()
@click.argument("stream")
@click.option("--data", required=True, type=FOLDER, help="The center's data folder.")
@click.option("-o", "--out", required=True, type=FOLDER, help="Folder to write to; made if missing.")
@click.option("--from", "from_", metavar="ISO", help="From this instant.")
@click.option("--to", metavar="ISO", help="Up to this instant.")
@click.option("--format", "form", default="wfdb", show_default=True, type=click.Choice(FORMATS))
@click.option("--zone", default="", help="Time zone for formats that tell local time [UTC].")
@click.option("--bare", is_flag=True, help="Samples alone, without what was found in them.")
def export(
    stream: str, data: Path, out: Path, from_: str | None, to: str | None, form: str, zone: str, bare: bool
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

    told = export_stream(stream, data, out, form=form, from_=from_, to=to, bare=bare, zone=zone)
    click.echo(json.dumps(told, ensure_ascii=False))
    sys.stdout.flush()
    return 1 if told["damaged"] else 0


@click.command("import")
@click.argument("record")
@click.option("--center", required=True, metavar="URL", help="The center: http://127.0.0.1:8093.")
@click.option("--patient", required=True, help="The patient's complete name, e.g. 'Doe, Jane'.")
@click.option("--birth-date", help="YYYY-MM-DD.")
@click.option("--sex", help="female, male, other or unknown.")
@click.option("--address", help="Where the patient lives.")
@click.option("--telephone", help="Where the patient is reached.")
@click.option("--physician", help="Ordering physician's name.")
@click.option("--npi", help="Ordering physician's NPI (ten digits).")
@click.option("--physician-telephone", help="Where the physician is reached.")
@click.option("--transmitter", metavar="ID", help="What recorded it; made from the record if not given.")
@click.option("--start", metavar="ISO", help="When the first sample was taken, instead of what RECORD says.")
@click.option("--zone", default="", help="Time zone of the recorder's clock, e.g. Europe/Vienna [UTC].")
@click.option("--patience", default=120, show_default=True, type=click.IntRange(1, 86_400), help="Seconds.")
@click.option(
    "--token",
    envvar="EINTHOVEN_TOKEN",
    show_envvar=True,
    help="Where one must sign in: of a machine with the roles service and enrollment.",
)
def import_(record: str, center: str, token: str | None, **given: Any) -> None:
    """Bring RECORD into a center as a service period of its own, to be reviewed and reported (Holter).

    RECORD is a WFDB path (without extension), an EDF or EDF+ file, or an ISHNE file. A period is opened, the
    record sent as fast as it goes, the period ended. Exits 1 when not all of it is known to be there after
    --patience seconds without progress; the period is ended then, too.
    """
    from einthoven.bootstrap.importing import import_record

    person = {name: given[name] for name in ("birth_date", "sex", "address", "telephone")}
    body: dict[str, object] = {"patient": {"name": given["patient"]} | _known(person)}
    office = _known({"npi": given["npi"], "telephone": given["physician_telephone"]})
    if given["physician"] is not None:
        body["physician"] = {"name": given["physician"]} | office
    elif office:
        raise InputError("--npi and --physician-telephone need --physician: whose they are")
    told = import_record(
        record,
        center,
        body,
        transmitter=given["transmitter"],
        start=given["start"],
        zone=given["zone"],
        token=token,
        patience=given["patience"],
    )
    click.echo(json.dumps(told, ensure_ascii=False))
    sys.stdout.flush()


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
